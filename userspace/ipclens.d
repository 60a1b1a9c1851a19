ipclens.o: ipclens.c ../kmod/ipclens_abi.h message.h model.h parse.h \
 columns.h options.h out_table.h source.h
../kmod/ipclens_abi.h:
message.h:
model.h:
parse.h:
columns.h:
options.h:
out_table.h:
source.h:
