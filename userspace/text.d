text.o: text.c text.h array.h
text.h:
array.h:
