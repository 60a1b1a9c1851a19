model.o: model.c model.h parse.h columns.h message.h
model.h:
parse.h:
columns.h:
message.h:
