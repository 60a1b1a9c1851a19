parse.o: parse.c parse.h columns.h ../kmod/ipclens_abi.h text.h
parse.h:
columns.h:
../kmod/ipclens_abi.h:
text.h:
