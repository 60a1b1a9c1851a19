columns.o: columns.c columns.h ../kmod/ipclens_abi.h
columns.h:
../kmod/ipclens_abi.h:
