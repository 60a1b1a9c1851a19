message.o: message.c message.h text.h
message.h:
text.h:
