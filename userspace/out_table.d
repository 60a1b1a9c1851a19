out_table.o: out_table.c out_table.h model.h parse.h columns.h \
 /usr/include/libsmartcols/libsmartcols.h message.h text.h
out_table.h:
model.h:
parse.h:
columns.h:
/usr/include/libsmartcols/libsmartcols.h:
message.h:
text.h:
