text.o: text.c text.h
text.h:
