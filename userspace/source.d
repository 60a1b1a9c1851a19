source.o: source.c source.h ../kmod/ipclens_abi.h message.h parse.h \
 columns.h
source.h:
../kmod/ipclens_abi.h:
message.h:
parse.h:
columns.h:
