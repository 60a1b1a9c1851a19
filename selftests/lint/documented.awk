# SPDX-License-Identifier: GPL-2.0-only
#
# Functions of C files that have no kernel-doc where they are defined. What is not static
# is called from another file; where there are several places, as that depends on the
# configuration, one is enough. Whether the kernel-doc is well formed is for others.

/^\/\*/ { head = comment = ""; inside = 1 }
inside { comment = comment $0 "\n"; inside = !/\*\/$/; next }
/^$|^[#}]|;$/ { head = comment = "" }

/^\{/ && match(head, /[A-Za-z_0-9]+\(/) {
	name = substr(head, RSTART, RLENGTH - 1)
	if (comment ~ "^/\\*\\* " name "\\(\\) - [^\n]+ \\*/\n$" ||
	    comment ~ "^/\\*\\*\n \\* " name "\\(\\) - ")
		documented[name]
	else if ((head !~ /static / || FILENAME ~ /\.h$/) && name != "main")
		place[name] = FILENAME ":" FNR
	head = comment = ""
}

{ head = head $0 }

END {
	for (name in place) {
		if (name in documented)
			continue
		print place[name] ": no kernel-doc of " name "()"
		bad = 1
	}
	exit bad
}
