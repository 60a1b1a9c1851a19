#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Message queues: hostile names, the room that a user has left, the command that
# would make a refused queue fit.
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

# expect_fix REASON ASKED CHARGED LIMIT KNOB FIX: of a refusal of process 7 in the initial
# namespace, where row 5 of user namespace 4 is the one that is full
expect_fix() {
	printf '# ipclens mq_denials 1\n%s\n' \
		'time pid userns ipcns reason asked charged limit knob limit_userns limit_uid' >"$WORK/capture"
	echo "1 ${PID-7} ${USERNS-4026531837} ${IPCNS-$INIT} $1 $2 $3 $4 $5 4 5" >>"$WORK/capture"
	run denials --from "$WORK/capture" -n -o fix
	expect_status 0
	echo "$6" | expect_output
}

test_fix_limits() {
	expect_fix rlimit 82880 745920 819200 - 'prlimit --pid 7 --msgqueue=828800:828800'
	expect_fix rlimit 5 0 0 - 'prlimit --pid 7 --msgqueue=5:5'
	expect_fix nofile 1 64 64 - 'prlimit --pid 7 --nofile=65:65'
	# Descriptors were closed meanwhile.
	expect_fix nofile 1 9 64 - 'prlimit --pid 7 --nofile=65:65'
	expect_fix nofile 1 100 64 - 'prlimit --pid 7 --nofile=101:101'
	expect_fix rlimit - 1 1 - -
	expect_fix rlimit 1 - 1 - -
	expect_fix rlimit 1 18446744073709551615 1 - -
	PID=- expect_fix rlimit 1 1 1 - -
}

test_fix_settings() {
	expect_fix file-max 1 - 1000 - 'sysctl -w fs.file-max=1001'
	expect_fix file-max 1 - 9223372036854775807 - -
	expect_fix queues_max 1 256 256 - 'sysctl -w fs.mqueue.queues_max=257'
	expect_fix queues_max 1 2147483647 2147483647 - -
	expect_fix attr 11 - 10 fs.mqueue.msg_max 'sysctl -w fs.mqueue.msg_max=11'
	expect_fix attr 65536 - 10 fs.mqueue.msg_max 'sysctl -w fs.mqueue.msg_max=65536'
	expect_fix attr 65537 - 10 fs.mqueue.msg_max -
	expect_fix attr 0 - 10 fs.mqueue.msg_max -
	expect_fix attr 9000 - 8192 fs.mqueue.msgsize_max 'sysctl -w fs.mqueue.msgsize_max=9000'
	expect_fix attr 16777217 - 8192 fs.mqueue.msgsize_max -
	expect_fix attr 65537 - 65536 HARD_MSGMAX -
	expect_fix attr 5 - 4 'x;reboot' -
}

# Their settings are reached through the process that was refused.
test_fix_other_namespace() {
	for IPCNS in 77 -; do
		for USERNS in 8 -; do
			expect_fix queues_max 1 256 256 - 'nsenter --target 7 --ipc sysctl -w '\
'fs.mqueue.queues_max=257 || nsenter --target 7 --user --ipc sysctl -w fs.mqueue.queues_max=257'
		done
		unset USERNS
		expect_fix queues_max 1 256 256 - \
			'nsenter --target 7 --ipc sysctl -w fs.mqueue.queues_max=257'
		PID=- expect_fix queues_max 1 256 256 - -
		expect_fix file-max 1 - 1000 - 'sysctl -w fs.file-max=1001'
	done
}

test_fix_userns() {
	expect_fix userns 82880 745920 819200 - "free 9600 bytes of user 5 in user namespace 4, \
or recreate the one below it under prlimit --msgqueue=828800:828800"
	expect_fix userns 82880 - 819200 - -
}

test_fix_none() {
	for reason in overflow nomem perm other nonsense; do
		expect_fix "$reason" 1 2 3 - -
	done
}

# Only what is a number is one.
test_fix_hostile() {
	# shellcheck disable=SC2016
	for bad in '7;reboot' '-7' '0x7' '$(reboot)' '7\073reboot' '18446744073709551616'; do
		printf '# ipclens mq_denials 1\ntime pid reason asked charged limit\n' \
			>"$WORK/capture"
		printf '1 7 rlimit 1 2 3\n1 %s rlimit 1 2 3\n' "$bad" >>"$WORK/capture"
		run denials --from "$WORK/capture" -rn -o pid,fix
		expect_status 1
		expect_text err '1 line of section'
		printf "7 prlimit\\\\x20--pid\\\\x207\\\\x20--msgqueue=4:4\n" | expect_output
	done
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
	test_room_without_namespaces test_computed_not_from_file test_room_many test_fix_limits
	test_fix_settings test_fix_other_namespace test_fix_userns test_fix_none test_fix_hostile
	test_hostile_names test_queue_key test_damaged_row_without_namespace test_one_namespace"
ktap_main
