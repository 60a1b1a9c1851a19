# SPDX-License-Identifier: GPL-2.0-only
#
# Counts KTAP: each file a stage, each innermost result a case. A test that
# failed although none of its cases did, a case that a plan promised, and a
# planned test without a result each count as one failure. Knows no test.
#
# Prints the skips with their reasons, the failures, what was said about each of
# them, a line for each stage, and the total.

function fail(name) {
	failed++
	stage_failed[stage]++
	failures = failures "failed  " stage ": " name "\n"
	details = details "not ok  " stage ": " name "\n" recent
	recent = ""
}

function skip(name, reason) {
	# the harness knows none of a test whose status was 255
	if (reason == "" || reason == "unknown") {
		fail(name " (skipped without a reason)")
		return
	}
	skipped++
	stage_skipped[stage]++
	skips = skips "skip    " stage ": " name " (" reason ")\n"
}

function pass() {
	passed++
	stage_passed[stage]++
}

# A result closes what was inside it. Promised cases that never came have failed.
function close_inner(depth, name,	d) {
	inner = inner_bad = 0
	for (d = deepest; d > depth; d--) {
		if (plan[d] > count[d]) {
			fail(name " (" plan[d] - count[d] " of " plan[d] " cases without a result)")
			bad[d]++
		}
		inner += count[d]
		inner_bad += bad[d]
		plan[d] = count[d] = bad[d] = 0
	}
	deepest = depth
}

function result(depth, text,	ok, name, reason, skipping) {
	ok = text !~ /^not /
	name = text
	sub(/^(not )?ok [0-9]+ *(- )?/, "", name)
	skipping = match(name, / *# *SKIP */)
	if (skipping) {
		reason = substr(name, RSTART + RLENGTH)
		name = substr(name, 1, RSTART - 1)
	}
	sub(/^selftests: /, "", name)
	if (depth == 0 && name != "")
		answered[stage, name] = answered[stage, (split(name, word, " # ") ? word[1] : name)] = 1
	if (depth > 0)
		name = entry (entry == "" || name == "" ? "" : ": ") name
	close_inner(depth, name)
	count[depth]++
	bad[depth] += !ok
	if (inner) {
		# the sum of its cases: counts only if it fails for another reason
		if (!ok && !inner_bad)
			fail(name)
	} else if (skipping)
		skip(name, reason)
	else if (ok)
		pass()
	else
		fail(name)
	if (depth == 0)
		recent = ""
}

# A file that is empty, or was never written, has no first line to open its stage.
function stage_missing(	i, name) {
	for (i = 1; i < ARGC; i++) {
		name = ARGV[i]
		sub(/.*\//, "", name)
		sub(/\.tap$/, "", name)
		if (name in opened)
			continue
		stages[++stage_count] = stage = name
		fail("nothing ran")
	}
}

function stage_close(	i) {
	if (stage == "")
		return
	close_inner(-1, stage)
	for (i = 1; i <= wanted; i++)
		if (!((stage, want[i]) in answered))
			fail(want[i] " (no result)")
	wanted = 0
	recent = ""
}

FNR == 1 {
	stage_close()
	stage = FILENAME
	sub(/.*\//, "", stage)
	sub(/\.tap$/, "", stage)
	stages[++stage_count] = stage
	opened[stage] = 1
}

{
	sub(/\r$/, "")
	text = $0
	depth = 0
	while (text ~ /^(# |  )/) {
		text = substr(text, 3)
		depth++
	}
}

depth == 1 && text ~ /^planned: / {
	sub(/^planned: /, "", text)
	sub(/:/, ": ", text)
	want[++wanted] = text
	next
}

depth == 1 && text ~ /^selftests: / {
	entry = substr(text, 12)
}

text ~ /^1\.\.[0-9]+/ {
	if (depth > deepest)
		deepest = depth
	split(text, word, /[. ]+/)
	if (text ~ /^1\.\.0 *# *SKIP/) {
		sub(/.*# *SKIP */, "", text)
		count[depth]++
		skip(entry, text)
	} else if (word[2] == 0) {
		count[depth]++
		bad[depth]++
		fail(entry " (nothing was planned)")
	} else if (depth > 0 || !plan[depth])
		plan[depth] = word[2] + 0
	next
}

text ~ /^(not )?ok [0-9]+( |$)/ {
	if (depth > deepest)
		deepest = depth
	if (depth > 0 || text !~ /^ok/)
		recent = recent "        | " substr($0, 1, 300) "\n"
	result(depth, text)
	next
}

{
	recent = recent "        | " substr($0, 1, 300) "\n"
	# what was said long before a failure is not about it
	if (length(recent) > 6000)
		recent = substr(recent, length(recent) - 5000)
}

END {
	stage_close()
	stage_missing()
	printf "%s%s%s", skips, failures, details
	for (i = 1; i <= stage_count; i++) {
		stage = stages[i]
		printf "%-24s %d passed, %d failed, %d skipped\n", stage, stage_passed[stage], \
			stage_failed[stage], stage_skipped[stage]
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0 || passed == 0
}
