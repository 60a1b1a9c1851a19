#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# How bytes, durations and moments are written, against date and arithmetic of awk.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

# expect_human KIND NUMBER TEXT
expect_human() {
	out=$(echo "$1 $2" | ./human_print)
	[ "$out" = "$3" ] || fail "$1 $2 is '$out', not '$3'"
}

test_bytes() {
	expect_human bytes 0 0B
	expect_human bytes 1 1B
	expect_human bytes 1023 1023B
	expect_human bytes 1024 1K
	expect_human bytes 1075 1K
	expect_human bytes 1076 1.1K
	expect_human bytes 1536 1.5K
	expect_human bytes 82880 80.9K
	expect_human bytes 745920 728.4K
	expect_human bytes 1048524 1023.9K
	expect_human bytes 1048525 1M
	expect_human bytes 8388608000 7.8G
	expect_human bytes 1152921504606846976 1E
	expect_human bytes 18446744073709551615 16E
}

# Wherever the text ends in a unit, it is not further from the number than half a tenth of it.
test_bytes_are_near() {
	awk 'BEGIN { srand(3); for (i = 0; i < 3000; i++)
		printf "bytes %d\n", 2 ^ (rand() * 52) }' >"$WORK/numbers"
	./human_print <"$WORK/numbers" >"$WORK/texts"
	paste -d ' ' "$WORK/numbers" "$WORK/texts" | awk '
		{ power = index("BKMGTPE", substr($3, length($3))) - 1; unit = 1024 ^ power
		  off = $3 * unit - $2; if (off < 0) off = -off
		  if (power < 0 || $3 + 0 >= 1024 || (power ? off > unit * 0.051 : off) ||
		      (power && $3 + 0 < 1)) { print; bad = 1 } }
		END { exit bad || NR != 3000 }' || fail 'too far off'
}

test_duration() {
	expect_human duration 0 0s
	expect_human duration 59 59s
	expect_human duration 60 1m
	expect_human duration 61 '1m 1s'
	expect_human duration 3599 '59m 59s'
	expect_human duration 3600 1h
	expect_human duration 3659 1h
	expect_human duration 12000 '3h 20m'
	expect_human duration 86399 '23h 59m'
	expect_human duration 86400 1d
	expect_human duration 90000 '1d 1h'
	expect_human duration 18446744073709551615 '213503982334601d 7h'
}

test_time() {
	for TZ in UTC0 XYZ-5:45 ABC+3:30; do
		export TZ
		for moment in 0 1795458030 4102444800; do
			expect_human time "$moment" "$(date -d "@$moment" +%Y-%m-%dT%H:%M:%S%:z)"
		done
	done
	TZ=UTC0
	expect_human time 1795458030 2026-11-23T18:20:30+00:00
	expect_human time 253402300799 9999-12-31T23:59:59+00:00
	expect_human time 253402300800 @253402300800
	expect_human time 18446744073709551615 @18446744073709551615
	expect_human time 9223372036854775808 @9223372036854775808
}

TESTS="test_bytes test_bytes_are_near test_duration test_time"
ktap_main
