# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel log in which KCSAN's reports on races that the module has no part in, of which
# the kernel itself has many, do not begin with BUG (its clocks, which the module asks, are
# read while they are set: by design, or in whole seconds); nor do, while "faults" has its
# allocations refused, its own with WARNING that it got no memory for the fields of an event
# and (7.2) that it then puts a reference to that event's files which it has not got.

function tell(ended) {
	# one that was cut off may be ours
	if (ended && !ours)
		sub(/BUG: KCSAN:/, "not ipclens: KCSAN:", held)
	printf "%s", held
	report = 0
}

/BUG: KCSAN:/ {
	if (report)
		tell(0)
	report = 1
	ours = interrupted = 0
	clock = /KCSAN: data-race in ktime_get_([a-z]+_fast_ns|real_seconds)(\+| \/ (timekeeping|update_fast)_[a-z_]*$)/
	held = ""
}

/kselftest: Running tests in / {
	refused = / faults$/
}

refused && /WARNING: .* event_(define_fields|file_put)\+/ {
	sub(/WARNING:/, "not ipclens: warning:")
}

report {
	held = held $0 "\n"
	# What interrupts the module is none of its doing: below are the frames of who was
	# interrupted. Of a module that is gone only addresses are left.
	if (/ to .* of [0-9]+ bytes|race at unknown origin/)
		interrupted = 0
	if (/asm_(sysvec|common_interrupt|exc_)/)
		interrupted = 1
	ours = ours || (!clock && !interrupted && /\[ipclens\]| 0xffffffff[a-f][0-9a-f]+/)
	if (/=====/)
		tell(1)
	next
}

{
	print
}

END {
	if (report)
		tell(0)
}
