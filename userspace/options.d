options.o: options.c options.h columns.h out_table.h model.h parse.h \
 ../kmod/ipclens_abi.h message.h
options.h:
columns.h:
out_table.h:
model.h:
parse.h:
../kmod/ipclens_abi.h:
message.h:
