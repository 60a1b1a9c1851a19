#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# How sizes and times are shown, and how wide tables become by that.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
TABLES='shm holders mqueue users denials history namespaces probes status'

# sizes NUMBER...: a capture of segments that are so large
sizes() {
	printf '# ipclens shm 1\nipcns shmid size\n' >"$WORK/capture"
	for size; do
		echo "1 1 $size" >>"$WORK/capture"
	done
}

# moments TODAY TIME...: one taken at TODAY ("-" if it does not say), of such attaches
moments() {
	printf '# ipclens shm 1\nipcns shmid atime\n' >"$WORK/capture"
	today=$1
	shift
	for time; do
		echo "1 1 $time" >>"$WORK/capture"
	done
	[ "$today" = - ] && return
	printf '# ipclens status 1\nkey value\ntime %s\nend -\n' "$today" >>"$WORK/capture"
}

# show ARGUMENT...: the cells, one a line
show() {
	run shm --from "$WORK/capture" -n "$@"
	expect_status 0
	tr -d ' ' <"$WORK/out" >"$WORK/cells"
	mv "$WORK/cells" "$WORK/out"
}

test_sizes() {
	sizes 0 1023 1024 1536 82880 2097152 9223372036854775806 9223372036854775807 \
		18446744073709551615 -
	show -o size
	printf '%s\n' 0B 1023B 1K 1.5K 80.9K 2M 8E unlimited unlimited - | expect_output
	for option in -b --bytes; do
		show -o size "$option"
		printf '%s\n' 0 1023 1024 1536 82880 2097152 9223372036854775806 \
			9223372036854775807 18446744073709551615 - | expect_output
	done
}

# What programs read is exact, with and without the option.
test_sizes_exact() {
	sizes 1536
	for option in -r -rb -br; do
		show "$option" -o size
		echo 1536 | expect_output
	done
	for option in -J -Jb; do
		show "$option" -o size
		expect_text out '^"size":1536$'
	done
}

test_sizes_sorted_exactly() {
	printf '# ipclens shm 1\nipcns shmid size\n1 1 1048577\n1 2 1023\n1 3 1048576\n1 4 2000\n' \
		>"$WORK/capture"
	run shm --from "$WORK/capture" -o size,shmid --sort size
	printf '%s\n' ' SIZE SHMID' '1023B     2' '   2K     4' '   1M     3' '   1M     1' |
		expect_output
}

test_times() {
	moments 1795453800 1795453789 1795392000 1795391999 1795478399 1795478400 0 -
	show -o atime
	printf '%s\n' 17:09:49 00:00:00 2026-11-22 23:59:59 2026-11-24 1970-01-01 - | expect_output
	show -o atime --time-format short
	printf '%s\n' 17:09:49 00:00:00 2026-11-22 23:59:59 2026-11-24 1970-01-01 - | expect_output
	show -o atime --time-format iso
	printf '2026-11-%s+00:00\n' 23T17:09:49 23T00:00:00 22T23:59:59 23T23:59:59 24T00:00:00 \
		>"$WORK/expected.iso"
	printf '%s\n' '1970-01-01T00:00:00+00:00' - >>"$WORK/expected.iso"
	expect_output <"$WORK/expected.iso"
	show -o atime --time-format=raw
	printf '%s\n' 1795453789 1795392000 1795391999 1795478399 1795478400 0 - | expect_output
}

# The day begins where the reader is.
test_time_zone() {
	moments 1795453800 1795453789 1795478400
	TZ=XYZ-7:30 show -o atime
	printf '%s\n' 00:39:49 07:30:00 | expect_output
	TZ=XYZ-7:30 show -o atime --time-format iso
	printf '2026-11-24T%s+07:30\n' 00:39:49 07:30:00 | expect_output
}

# No date, or none with four digits of a year.
test_times_without_date() {
	moments 1795453800 18446744073709551615 9223372036854775807 253402300800 253402300799
	show -o atime
	printf '%s\n' @18446744073709551615 @9223372036854775807 @253402300800 9999-12-31 |
		expect_output
	moments 18446744073709551615 1795453789
	show -o atime
	echo 2026-11-23 | expect_output
}

# Without a word of when it was taken, today is now.
test_times_today() {
	now=$(date +%s)
	moments - "$now" 1
	show -o atime
	[ "$(date -d "@$now" +%F)" = "$(date +%F)" ] || skip 'a day has just begun'
	printf '%s\n' "$(date -d "@$now" +%T)" 1970-01-01 | expect_output
	[ ! -e /proc/self/status ] || moments 1795453800x "$now"
	show -o atime
	date -d "@$now" +%T | expect_output
}

test_times_for_programs() {
	moments 1795453800 1795453789
	show -r -o atime
	echo 1795453789 | expect_output
	show -J -o atime
	expect_text out '^"atime":1795453789$'
	show -J -o atime --time-format raw
	expect_text out '^"atime":1795453789$'
	show -J -o atime --time-format iso
	expect_text out '^"atime":"2026-11-23T17:09:49+00:00"$'
	show -J -o atime --time-format short
	expect_text out '^"atime":"17:09:49"$'
	show -r -o atime --time-format iso
	echo '2026-11-23T17:09:49+00:00' | expect_output
}

test_time_format_unknown() {
	for form in '' ISO sho 0 "$(printf 'a\033[2J')"; do
		run shm --from "$FULL" --time-format "$form"
		expect_status 2
		expect_text err '--time-format takes short, iso or raw, not'
		expect_safe
	done
	run shm --from "$FULL" --time-format
	expect_status 2
	expect_text err "'--time-format' needs an argument"
}

# As a busy machine has them: long numbers of namespaces, segments and processes, and
# names of usual length.
busy() {
	sed 's/\<941\>/4194301/g; s/\<944\>/4194302/g; s/\<812\>/4194303/g; s/\<977\>/4194299/g
		s/\<32770\>/2147450880/g; s/\<21001\>/1048577/g
		s/rmid.040test/postgres_main/g; s/app.040one/api-server/g; s/systemd/containerd-shim/g
		s/\<app\>/worker.results.v2/g
		s/4294967294/165534/g; s/  *1024  *4096 / 68719476736 68719476736 /' "$FULL"
}

test_widths() {
	busy >"$WORK/capture"
	for table in $TABLES; do
		run "$table" --from "$WORK/capture"
		expect_status 0
		awk 'length > 80 { print length ": " $0; wide = 1 } END { exit wide }' "$WORK/out" ||
			fail "$table is wider than 80 columns"
	done
}

TESTS="test_sizes test_sizes_exact test_sizes_sorted_exactly test_times test_time_zone
	test_times_without_date test_times_today test_times_for_programs
	test_time_format_unknown test_widths"
ktap_main
