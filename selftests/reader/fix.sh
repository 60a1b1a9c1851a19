#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# The command that would make a refused queue fit: from a capture, and where the
# process and the limits can be asked.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=stage.sh
. ./stage.sh

INIT=4026531839

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

# both OPTION VALUE: what is printed where the hard limit of process 7 is not known
both() {
	echo "prlimit --pid 7 --$1=$2: || prlimit --pid 7 --$1=$2:$2"
}

test_fix_limits() {
	expect_fix rlimit 82880 745920 819200 - "$(both msgqueue 828800)"
	expect_fix rlimit 5 0 0 - "$(both msgqueue 5)"
	expect_fix nofile 1 64 64 - "$(both nofile 65)"
	# Descriptors were closed meanwhile.
	expect_fix nofile 1 9 64 - "$(both nofile 65)"
	expect_fix nofile 1 100 64 - "$(both nofile 101)"
	# Of very many descriptors the module does not tell how many.
	expect_fix nofile 1 - 70000 - "$(both nofile 70001)"
	expect_fix nofile 1 - - - -
	# As much as any process can have, unless that is set higher.
	expect_fix nofile 1 - 1048575 - "$(both nofile 1048576)"
	expect_fix nofile 1 - 1048576 - "set fs.nr_open to 1048577 or more, then run \
prlimit --pid 7 --nofile=1048577:1048577"
	expect_fix nofile 1 - 2147483584 - -
	expect_fix rlimit - 1 1 - -
	expect_fix rlimit 1 - 1 - -
	expect_fix rlimit 1 18446744073709551615 1 - -
	expect_fix rlimit 1 18446744073709551614 1 - "$(both msgqueue unlimited)"
}

test_fix_pid() {
	for PID in - 0 4194305 4026531839 18446744073709551615; do
		expect_fix rlimit 1 1 1 - -
		IPCNS=77 expect_fix queues_max 1 256 256 - -
		expect_fix queues_max 1 256 256 - 'sysctl -w fs.mqueue.queues_max=257'
	done
	for PID in 1 4194304; do
		expect_fix rlimit 1 1 1 - "prlimit --pid $PID --msgqueue=2: || \
prlimit --pid $PID --msgqueue=2:2"
	done
}

limit_self() {
	need prlimit
	PID=$(sh -c 'echo $PPID')
	prlimit --pid "$PID" --nofile="$1" || skip 'no right to set limits'
}

# The command of a capture, where it is run, must not take from the hard limit.
test_fix_keeps_hard_limit() {
	limit_self 20:30
	expect_fix_run nofile 1 24 20 '25 30'
}

test_fix_raises_hard_limit() {
	prlimit --nofile=9:9 prlimit --nofile=10:10 true 2>/dev/null ||
		skip 'no right to raise hard limits'
	limit_self 20:30
	expect_fix_run nofile 1 30 20 '31 31'
}

# expect_fix_run REASON ASKED CHARGED LIMIT LIMITS: soft and hard one once it was run
expect_fix_run() {
	printf '# ipclens mq_denials 1\ntime pid reason asked charged limit\n' >"$WORK/capture"
	echo "1 $PID $1 $2 $3 $4" >>"$WORK/capture"
	run denials --from "$WORK/capture" -n -o fix
	expect_status 0
	sh -c "$(cat "$WORK/out")" || fail "does not work: $(cat "$WORK/out")"
	limits=$(prlimit --pid "$PID" --"$1" --noheadings --raw -o SOFT,HARD)
	[ "$limits" = "$5" ] || fail "limits are $limits, not $5"
}

test_fix_settings() {
	expect_fix file-max 1 - 1000 - \
		'set fs.file-max to 1001 or more, and above the first number of fs.file-nr'
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

# settings_capture SETTING: refusals in the initial namespace, in 77 and in an unknown one,
# all to be helped by 257; the initial one has that SETTING by now, the others none that is known
settings_capture() {
	echo '# ipclens mq_denials 1'
	echo 'time pid userns ipcns reason asked charged limit knob'
	for ipcns in "$INIT" 77 -; do
		echo "1 7 4026531837 $ipcns queues_max 1 256 256 -"
		echo "1 7 4026531837 $ipcns attr 257 - 20 fs.mqueue.msg_max"
		echo "1 7 4026531837 $ipcns attr 257 - 20 fs.mqueue.msgsize_max"
	done
	echo '# ipclens namespaces 1'
	echo 'ipcns mq_queues_max mq_msg_max mq_msgsize_max'
	printf '%s\n' '78 999 999 999' "$INIT $1 $1 $1" '- 999 999 999' '77 - - 256'
	printf '# ipclens status 1\nkey value\nend -\n'
}

# A command that could only lower what is set by now is none.
test_fix_set_by_now() {
	for setting in 256 257 258 -; do
		settings_capture "$setting" >"$WORK/capture"
		run denials --from "$WORK/capture" -n -o fix
		expect_status 0
		expect_lines 9 out
		unknown=0
		case $setting in 257 | 258) unknown=3 ;; esac
		[ "$(grep -c '^-$' "$WORK/out")" -eq "$unknown" ] || fail "at $setting: $(cat "$WORK/out")"
		[ "$(head -n 3 "$WORK/out" | grep -c '^-$')" -eq "$unknown" ] || fail 'of another one'
	done
}

test_fix_many() {
	{
		printf '# ipclens mq_denials 1\ntime pid ipcns reason asked charged limit\n'
		awk 'BEGIN { for (i = 0; i < 100000; i++) print 1, 7, i, "queues_max", 1, 256, 256 }'
		printf '# ipclens namespaces 1\nipcns mq_queues_max\n'
		awk 'BEGIN { for (i = 99999; i >= 0; i--) print i, i < 500 ? 999 : 256 }'
		printf '# ipclens status 1\nkey value\nend -\n'
	} >"$WORK/capture"
	start=$(date +%s)
	run denials --from "$WORK/capture" -rn -o fix
	[ $(($(date +%s) - start)) -lt 60 ] || fail 'took a minute'
	expect_status 0
	[ "$(grep -c '^-$' "$WORK/out")" -eq 500 ] || fail 'not as set'
}

# What was not too large is not helped by a setting, least of all by a lower one.
test_fix_attr_within_limit() {
	for asked in 1 9 10; do
		expect_fix attr "$asked" - 10 fs.mqueue.msg_max -
		expect_fix attr "$asked" - 10 fs.mqueue.msgsize_max -
	done
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
		echo "7 $(both msgqueue 4 | sed 's/ /\\x20/g')" | expect_output
	done
}

# list_refusals SECONDS ROW...: of the holder, as many seconds ago
list_refusals() {
	mkdir -p "$WORK/debug/ipclens"
	printf '# ipclens mq_denials 1\n%s\n' \
		'time pid ipcns userns reason asked charged limit' >"$WORK/debug/ipclens/mq_denials"
	time=$(($(date +%s) - $1))
	shift
	for row; do
		echo "$time $holder 77 4026531837 $row" >>"$WORK/debug/ipclens/mq_denials"
	done
}

# expect_live_fix: standard input
expect_live_fix() {
	stage_run denials -n -o fix
	expect_status 0
	expect_output
}

hold_with_limits() {
	need prlimit
	echo >"$WORK/q1"
	hold "$WORK/q1"
	prlimit --pid "$holder" --msgqueue=1000:2000 --nofile=10:20 || skip 'no right to set limits'
}

# The limits of a living process decide how the command has to look.
test_live_hard_limit() {
	hold_with_limits
	list_refusals 0 'rlimit 1000 1000 1000' 'nofile 1 19 10' 'rlimit 1001 1000 1000' \
		'nofile 1 20 10' 'nofile 1 - 15' 'rlimit 1 18446744073709551614 1000'
	expect_live_fix <<-END
		prlimit --pid $holder --msgqueue=2000:
		prlimit --pid $holder --nofile=20:
		prlimit --pid $holder --msgqueue=2001:2001
		prlimit --pid $holder --nofile=21:21
		prlimit --pid $holder --nofile=16:
		prlimit --pid $holder --msgqueue=unlimited:unlimited
	END
	rows='1 2'
	! prlimit --nofile=9:9 prlimit --nofile=10:10 true 2>/dev/null || rows='1 2 3 4'
	for row in $rows; do
		sh -c "$(sed -n "${row}p" "$WORK/out")" || fail "row $row does not work"
	done
	[ "$rows" = '1 2 3 4' ] || return 0
	prlimit --pid "$holder" --msgqueue=1000:unlimited
	list_refusals 0 'rlimit 1001 1000 1000'
	echo "prlimit --pid $holder --msgqueue=2001:" | expect_live_fix
}

# There is nothing to raise any more.
test_live_limit_raised() {
	hold_with_limits
	list_refusals 0 'rlimit 1 998 900' 'rlimit 1 999 900' 'rlimit 1 1000 900' 'nofile 1 9 9' \
		'nofile 1 - 9' 'nofile 1 10 9'
	expect_live_fix <<-END
		-
		-
		prlimit --pid $holder --msgqueue=1001:
		-
		-
		prlimit --pid $holder --nofile=11:
	END
	prlimit --pid "$holder" --nofile=11:20
	prlimit --pid "$holder" --msgqueue=unlimited:unlimited 2>/dev/null ||
		prlimit --pid "$holder" --msgqueue=1001:2000
	printf -- '-\n-\n-\n-\n-\n-\n' | expect_live_fix
}

# The number of the process has another one by now, with a name that is hard to read.
test_live_other_process() {
	NAME='x) S 1 1 1 1 1' hold_with_limits
	for row in 'rlimit 1 1000 1000' 'nofile 1 10 10' 'queues_max 1 256 256'; do
		list_refusals 0 "$row"
		stage_run denials -n -o fix
		expect_text out "^[a-z]* --[a-z]* $holder --"
		list_refusals 10 "$row"
		echo - | expect_live_fix
	done
}

# The clock is read in whole seconds, and adjusted now and then.
test_live_clock_slack() {
	need getconf
	NAME=holder hold_with_limits
	ticks=$(awk '{ print $22 }' "/proc/$holder/stat")
	started=$(($(awk '$1 == "btime" { print $2 }' /proc/stat) + ticks / $(getconf CLK_TCK)))
	for early in 2 3; do
		list_refusals 0 'rlimit 1 1000 1000'
		sed -i "\$s/^[0-9]*/$((started - early))/" "$WORK/debug/ipclens/mq_denials"
		stage_run denials -n -o fix
		expect_status 0
		mv "$WORK/out" "$WORK/$early"
	done
	expect_text 2 "^prlimit --pid $holder --msgqueue=1001:\$"
	expect_text 3 '^-$'
}

test_live_no_process() {
	hold_with_limits
	list_refusals 0 'rlimit 1 1000 1000' 'nofile 1 10 10' 'queues_max 1 256 256'
	kill "$holder"
	wait "$holder" || :
	printf -- '-\n-\n-\n' | expect_live_fix
}

# expect_file_max USED MAX FIX: at a limit of 1000
expect_file_max() {
	printf '%s\t0\t%s\n' "$1" "$2" >"$WORK/file-nr"
	list_refusals 0 'file-max 1 - 1000'
	echo "$3" | expect_live_fix
}

# Root may open more files than the limit says.
test_live_file_max() {
	holder=1
	expect_file_max 900 1000 'sysctl -w fs.file-max=1001'
	expect_file_max 1000 1000 'sysctl -w fs.file-max=1001'
	expect_file_max 5000 1000 'sysctl -w fs.file-max=5001'
	expect_file_max 5000 5000 'sysctl -w fs.file-max=5001'
	expect_file_max 5000 5001 -
	expect_file_max 900 1001 -
	expect_file_max 9223372036854775807 1000 -
	holder=-
}

# Nobody can have more than that, so it comes first.
test_live_nr_open() {
	hold_with_limits
	echo 20 >"$WORK/nr_open"
	list_refusals 0 'nofile 1 19 10' 'nofile 1 20 10'
	expect_live_fix <<-END
		prlimit --pid $holder --nofile=20:
		sysctl -w fs.nr_open=21 && prlimit --pid $holder --nofile=21:21
	END
}

TESTS="test_fix_limits test_fix_pid test_fix_keeps_hard_limit test_fix_raises_hard_limit
	test_fix_settings test_fix_set_by_now test_fix_many test_fix_attr_within_limit
	test_fix_other_namespace test_fix_userns test_fix_none test_fix_hostile
	test_live_hard_limit test_live_limit_raised test_live_other_process
	test_live_clock_slack test_live_no_process test_live_file_max test_live_nr_open"
ktap_main
