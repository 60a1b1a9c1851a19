# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel log in which KCSAN's reports on races that the module has no part in, of which
# the kernel itself has many, do not begin with BUG. Knows no other complaint.

/BUG: KCSAN:/ {
	report = 1
	ours = 0
	held = ""
}

report {
	held = held $0 "\n"
	ours = ours || /\[ipclens\]/
	if (!/=====/)
		next
	if (!ours)
		sub(/BUG: KCSAN:/, "not ipclens: KCSAN:", held)
	printf "%s", held
	report = 0
	next
}

{
	print
}

# One that was cut off may be ours.
END {
	if (report)
		printf "%s", held
}
