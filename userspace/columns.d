columns.o: columns.c columns.h ../kmod/ipclens_abi.h array.h
columns.h:
../kmod/ipclens_abi.h:
array.h:
