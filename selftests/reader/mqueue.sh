#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Message queues: hostile names, and the room that a user has left.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
INIT=4026531839

# users_capture CHARGE < ROWS: userns uid bytes limit_min ceiling level parent_userns parent_uid
users_capture() {
	echo '# ipclens mq_users 1'
	echo 'userns uid bytes limit_min ceiling level parent_userns parent_uid'
	cat
	echo '# ipclens namespaces 1'
	echo 'ipcns mq_default_charge'
	echo "$INIT $1"
	echo '77 10'
	echo '# ipclens status 1'
	echo 'key value'
	echo 'end -'
}

# expect_room CHARGE ROOM...: of the rows on standard input, from the first
expect_room() {
	users_capture "$1" >"$WORK/capture"
	shift
	run users --from "$WORK/capture" -rn -o room
	expect_status 0
	printf '%s\n' "$@" | expect_output
}

test_room_by_limit() {
	expect_room 100 9 8 0 0 0 - - 0 - <<-'END'
		1 0 0 999 - 0 - -
		1 1 100 900 - 0 - -
		1 2 900 900 - 0 - -
		1 3 901 900 - 0 - -
		1 4 801 900 - 0 - -
		1 5 0 - - 0 - -
		1 6 0 18446744073709551615 - 0 - -
		1 7 18446744073709551615 0 - 0 - -
		1 8 5 18446744073709551615 - 0 - -
	END
}

# The row above has its own limit, which does not count, and its own bytes, which do.
test_room_by_ceiling() {
	expect_room 100 9 2 10 4 10 - 9 5 <<-'END'
		1 0 700 1600 - 0 - -
		2 5 0 1000 900 1 1 0
		2 6 0 1000 9223372036854775807 1 1 0
		2 7 0 1000 400 1 1 9
		2 8 0 18446744073709551615 1000 1 1 9
		2 9 0 18446744073709551615 9223372036854775807 1 1 0
		3 5 0 1000 900 2 2 8
		4 5 0 1000 500 3 3 5
	END
}

test_room_by_upper_ceiling() {
	expect_room 10 5 - - - - - <<-'END'
		3 0 0 1000 900 2 2 0
		3 1 0 1000 900 2 2 1
		3 2 0 1000 - 2 2 0
		4 0 0 1000 900 3 3 7
		2 0 50 - 150 1 1 0
		1 0 100 - - 0 - -
	END
}

# No program of ours writes this; it must end all the same.
test_room_in_circle() {
	expect_room 10 - - <<-'END'
		2 0 0 1000 900 1 2 0
		3 0 0 1000 900 1 2 0
	END
}

test_room_unknown_charge() {
	for charge in - 0; do
		expect_room "$charge" - <<-'END'
			1 0 0 1000 - 0 - -
		END
	done
}

test_room_of_namespace() {
	echo '1 0 0 1000 - 0 - -' | users_capture 100 >"$WORK/capture"
	run users --from "$WORK/capture" -rn -o room --ipcns 77
	expect_status 0
	echo 100 | expect_output
	run users --from "$WORK/capture" --ipcns 78
	expect_status 2
	expect_text err 'unknown namespace 78'
}

test_room_sorted() {
	users_capture 100 >"$WORK/capture" <<-'END'
		1 0 0 200 - 0 - -
		1 1 0 - - 0 - -
		1 2 0 1100 - 0 - -
		1 3 0 900 - 0 - -
	END
	run users --from "$WORK/capture" -rn -o uid --sort -ROOM
	expect_status 0
	printf '2\n3\n0\n1\n' | expect_output
}

# What is not there makes the column unknown, and is said once.
test_room_without_namespaces() {
	echo '1 0 0 1000 - 0 - -' | users_capture 100 >"$WORK/capture"
	sed '/^# ipclens namespaces/,/^77/d' "$WORK/capture" >"$WORK/none"
	sed 's/ mq_default_charge/ pid/' "$WORK/capture" >"$WORK/older"
	sed "/^$INIT/d" "$WORK/capture" >"$WORK/gone"
	for file in none older gone; do
		run users --from "$WORK/$file" -rn -o uid,room
		expect_status 1
		expect_lines 1 err
		expect_text err "namespace.*, so the column 'room' is unknown"
		echo '0 -' | expect_output
		run users --from "$WORK/$file" -rn -o uid
		expect_status 0
	done
	head -n 4 "$WORK/capture" >"$WORK/cut"
	run users --from "$WORK/cut" -rn -o uid,room
	expect_status 1
	expect_lines 1 err
	expect_text err 'ends too early'
}

# A file cannot say what this program is to compute.
test_computed_not_from_file() {
	printf '# ipclens mq_denials 1\ntime pid fix\n1 2 reboot\n' >"$WORK/capture"
	run denials --from "$WORK/capture" -J --output-all
	expect_status 0
	expect_no_text out reboot
	[ "$(grep -c '"fix"' "$WORK/out")" -eq 1 ] || fail 'fix is there twice'
}

test_room_many() {
	awk 'BEGIN { for (i = 0; i < 100000; i++) print 2, i, 0, 1000, 900, 1, 1, i
		for (i = 0; i < 100000; i++) print 1, i, i % 1000, 1000, "-", 0, "-", "-" }' |
		users_capture 1 >"$WORK/capture"
	start=$(date +%s)
	run users --from "$WORK/capture" -rn -o userns,uid,room
	[ $(($(date +%s) - start)) -lt 60 ] || fail 'took a minute'
	expect_status 0
	expect_lines 200000 out
	expect_text out '^2 99950 0$'
	expect_text out '^2 50 850$'
}

test_hostile_names() {
	long=$(printf '%0255d' 0 | tr 0 '\001' | sed 's/./\\001/g')
	[ "${#long}" -eq 1020 ] || fail 'the long name is not what it should be'
	{
		printf '# ipclens mqueue 1\nipcns ino name linked\n'
		printf '1 2 %s 1\n' 'a\040b' '\012\012' '\033[31m\033]0;x\007' "$long" '\055' -
		printf '%s %d x 0\n' - 3
	} >"$WORK/capture"
	for form in -n -rn; do
		run mqueue --from "$WORK/capture" "$form" -o name
		expect_status 0
		expect_safe
		expect_lines 7 out
		expect_text out '^\\x0a\\x0a$'
		expect_text out '^\\x1b\[31m\\x1b\]0;x\\x07$'
		expect_text out "^\\(\\\\x01\\)\\{255\\}\$"
	done
	run mqueue --from "$WORK/capture" -J
	expect_status 0
	expect_safe
	run mqueue --from "$WORK/capture" -rn -o ipcns,ino,name --sort ipcns
	[ "$(tail -n 1 "$WORK/out")" = '- 3 x' ] || fail 'a queue without namespace is not last'
}

# Of a queue only its inode number is always known.
test_queue_key() {
	printf '# ipclens mqueue 1\nipcns ino name\n- 1 a\n1 - b\n- - c\n' >"$WORK/capture"
	run mqueue --from "$WORK/capture" -rn -o name
	expect_status 1
	expect_text err '2 lines of section'
	echo a | expect_output
}

test_damaged_row_without_namespace() {
	printf '# ipclens mqueue 1\nipcns ino name\n- 1 a\n- 2#\n' >"$WORK/capture"
	run mqueue --from "$WORK/capture" -rn -o name
	expect_status 1
	expect_text err '1 line of section'
}

test_one_namespace() {
	run mqueue --from "$FULL" -rn -o ino --ipcns 4026532281
	expect_status 0
	echo 33 | expect_output
	run denials --from "$FULL" -rn -o errno --ipcns 4026532281
	expect_status 0
	printf '24\n28\n' | expect_output
}

TESTS="test_room_by_limit test_room_by_ceiling test_room_by_upper_ceiling test_room_in_circle
	test_room_unknown_charge test_room_of_namespace test_room_sorted
	test_room_without_namespaces test_computed_not_from_file test_room_many
	test_hostile_names test_queue_key test_damaged_row_without_namespace test_one_namespace"
ktap_main
