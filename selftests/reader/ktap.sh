# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
#
# KTAP for shell tests of the reader, and the few checks they are made of. Sourced
# by each script from its own directory; knows nothing of what is tested.
#
# A script lists functions in TESTS and ends with ktap_main. A function fails by
# a check that does not hold, and skips by "skip REASON".

READER_GIVEN=${READER:-}
READER=${READER:-ipclens}
DATA=data
TOP=$(mktemp -d)
WORK=$TOP/work # new for each test
trap 'rm -rf "$TOP"' EXIT
export LC_ALL=C TZ=UTC0

# Run the reader: its output goes to $WORK/out and $WORK/err, its status to $status.
run() {
	status=0
	"$READER" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
}

# run_in LOCALE ARGUMENT...
run_in() {
	LC_ALL=$1
	shift
	run "$@"
}

fail() {
	echo "failed: $*"
	exit 1
}

skip() {
	echo "$*" >"$TOP/skip"
	exit 4
}

need() {
	command -v "$1" >/dev/null || skip "no $1 here"
}

# expect_status STATUS: of the last run, with standard error as that status has it.
expect_status() {
	if [ "$status" != "$1" ]; then
		sed 's/^/stderr: /' "$WORK/err"
		fail "status is $status, not $1"
	fi
	[ "$1" != 0 ] || expect_lines 0 err
	[ "$1" != 2 ] || { expect_lines 1 err && expect_lines 0 out; }
}

# expect_lines COUNT out|err
expect_lines() {
	lines=$(wc -l <"$WORK/$2")
	[ "$lines" -eq "$1" ] && return
	cat "$WORK/$2"
	fail "$2 has $lines lines, not $1"
}

# expect_text out|err PATTERN: a line matches the basic regular expression.
expect_text() {
	grep -q -e "$2" "$WORK/$1" && return
	cat "$WORK/$1"
	fail "no line of $1 matches: $2"
}

expect_no_text() {
	if grep -q -e "$2" "$WORK/$1"; then
		cat "$WORK/$1"
		fail "a line of $1 matches: $2"
	fi
}

# expect_output: out is exactly what standard input says.
expect_output() {
	cat >"$WORK/expected"
	diff "$WORK/expected" "$WORK/out" && return
	fail "output differs (< expected)"
}

# expect_safe: no control byte but newlines, in out and err; no C1 control in UTF-8.
expect_safe() {
	for f in out err; do
		tr -d '\n -~\200-\377' <"$WORK/$f" >"$WORK/control"
		[ ! -s "$WORK/control" ] || fail "$f has control bytes: $(od -c "$WORK/control")"
		c1=$(od -An -v -tx1 "$WORK/$f" | tr -d ' \n' | sed 's/../& /g' | grep -c 'c2 [89]') || :
		[ "$c1" -eq 0 ] || fail "$f has a C1 control"
	done
}

ktap_result() {
	case $1 in
	0) echo "ok $number $2" ;;
	4) echo "ok $number $2 # SKIP $(cat "$TOP/skip")" ;;
	*)
		echo "not ok $number $2"
		failed=$((failed + 1))
		;;
	esac
}

ktap_main() {
	# shellcheck disable=SC2086
	set -- $TESTS
	# every one that is written is run
	printf '%s\n' "$@" | sort >"$TOP/listed"
	sed -n 's/^\(test_[a-z0-9_]*\)() *{.*/\1/p' "${0##*/}" | sort | diff - "$TOP/listed" || {
		echo "TAP version 13"
		echo "Bail out! ${0##*/}: functions (<) and TESTS (>) differ"
		exit 1
	}
	command -v "$READER" >/dev/null || {
		echo "TAP version 13"
		[ -z "$READER_GIVEN" ] || { echo "Bail out! no reader: $READER"; exit 1; }
		echo "1..0 # SKIP no reader: $READER"
		exit 4
	}
	echo "TAP version 13"
	echo "1..$#"
	number=0
	failed=0
	skipped=0
	for name; do
		number=$((number + 1))
		rm -rf "$WORK"
		mkdir "$WORK"
		set +e
		(
			set -eu
			"$name"
		) >"$TOP/log" 2>&1
		result=$?
		set -e
		sed 's/^/# /' "$TOP/log" | tr -c '\n -~' '?'
		[ "$result" != 4 ] || skipped=$((skipped + 1))
		ktap_result "$result" "$name"
	done
	echo "# Totals: pass:$((number - failed - skipped)) fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
	[ "$failed" -eq 0 ] || exit 1
	[ "$skipped" -ne "$number" ] || exit 4
	exit 0
}
