# SPDX-License-Identifier: GPL-2.0-only
#
# Adds up what "gcov -t" printed of several runs and builds: a line of a source file was
# run if it was in one of them. Prints a line for each file, one for all; with LEFT=1 the
# lines that were never run instead. ONLY is the directory that the sources must be of.

{
	number = $0
	sub(/^[^:]*: */, "", number)
	number += 0
}

/^ *-: *0:Source:/ {
	file = $0
	sub(/.*:Source:/, "", file)
	known = file !~ /\// || index(file, ONLY) == 1
	sub(/.*\//, "", file)
	next
}

!known || !number { next }

/^ *-:/ { next }

{
	if (!((file, number) in seen)) {
		seen[file, number] = 1
		lines[file]++
		if (number > last[file])
			last[file] = number
		text[file, number] = $0
		sub(/^[^:]*:[^:]*:/, "", text[file, number])
	}
	if ($0 ~ /^ *[0-9]+\*?:/ && !ran[file, number]++)
		run[file]++
}

END {
	for (file in lines) {
		for (number = 1; LEFT && number <= last[file]; number++)
			if (seen[file, number] && !ran[file, number])
				printf "%s:%d:%s\n", file, number, text[file, number] | "sort -t: -k1,1 -k2,2n"
		if (!LEFT)
			printf "%6.1f %% of %4d lines  %s\n", 100 * run[file] / lines[file], \
				lines[file], file | "sort -n -k 1,1 -s"
		all += lines[file]
		all_run += run[file]
	}
	close("sort -n -k 1,1 -s")
	if (!LEFT)
		printf "%6.1f %% of %4d lines  in all\n", 100 * all_run / all, all
}
