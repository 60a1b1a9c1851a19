#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Who has a queue open. Ordinary files play the queues: the list of the module, which
# says what is one, is a file over debugfs in a mount namespace of our own.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=stage.sh
. ./stage.sh

test_holders() {
	echo >"$WORK/q1"
	echo >"$WORK/q2"
	echo >"$WORK/q3"
	hold "$WORK/q1" "$WORK/q3"
	list_queue 5 "$WORK/q3" q3 1
	list_queue 5 "$WORK/q2" q2 1
	list_queue 5 "$WORK/q1" q1 1
	stage_run mqholders -rn
	expect_status 0
	q1=$(stat -c %i "$WORK/q1") q2=$(stat -c %i "$WORK/q2") q3=$(stat -c %i "$WORK/q3")
	expect_output <<-END
		5 $q3 q3 1 82880 $holder hold\\x20er 9
		5 $q2 q2 1 82880 - - -
		5 $q1 q1 1 82880 $holder hold\\x20er 5
		5 $q1 q1 1 82880 $holder hold\\x20er 7
	END
	stage_run mqholders -r
	head -n 1 "$WORK/out" >"$WORK/head"
	[ "$(cat "$WORK/head")" = 'IPCNS INO NAME LINKED CHARGE PID COMM FD' ] || fail 'headings'
	stage_run mqholders -rn -o pid,fd --sort -fd --ipcns 5
	expect_status 0
	printf '%s 9\n%s 7\n%s 5\n- -\n' "$holder" "$holder" "$holder" | expect_output
}

test_json() {
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	list_queue 5 "$WORK/q1" '\055' 0
	stage_run mqholders -J -o name,linked,pid,comm,fd
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '%s%s' '{"mqholders":[{"name":"q1","linked":true,"pid":null,"comm":null,' \
		'"fd":null},{"name":"-","linked":false,"pid":null,"comm":null,"fd":null}]}' |
		expect_output
}

# An unlinked one, in no namespace any more.
test_unlinked() {
	echo >"$WORK/q1"
	hold "$WORK/q1"
	rm "$WORK/q1"
	list_queue - "/proc/$holder/fd/5" q1 0
	stage_run mqholders -rn -o ipcns,name,linked,pid,fd
	expect_status 0
	printf -- '- q1 0 %s 5\n- q1 0 %s 7\n' "$holder" "$holder" | expect_output
}

# A name alone makes no holder, neither does an inode on another device.
test_same_name() {
	mkdir "$WORK/other"
	echo >"$WORK/q1"
	echo >"$WORK/other/q1"
	hold "$WORK/other/q1"
	list_queue 5 "$WORK/q1" q1 1
	list_queue 6 "$WORK/other/q1" q1 1
	sed -i '$s/ [0-9]*:/ 4095:/' "$WORK/debug/ipclens/mqueue"
	stage_run mqholders -rn -o ipcns,pid
	expect_status 0
	printf '5 -\n6 -\n' | expect_output
}

test_hostile_names() {
	long=$(printf '%0255d' 0 | tr 0 '\001')
	escaped=$(printf %s "$long" | sed 's/./\\001/g')
	# shellcheck disable=SC1003
	newline=$(printf 'a b\n\033[31m\\')
	for pair in "$long $escaped" "$newline a\\040b\\012\\033[31m\\134" \
		'x (deleted) x\040(deleted)' '- \055'; do
		name=${pair% *}
		echo >"$WORK/$name"
		hold "$WORK/$name"
		rm -rf "$WORK/debug"
		list_queue 5 "$WORK/$name" "${pair##* }" 1
		stage_run mqholders -rn -o fd
		expect_status 0
		printf '5\n7\n' | expect_output
		stage_run mqholders -n -o name
		expect_safe
		stop_holder
	done
}

# A file server that is gone can keep whoever asks it for ever, so only what has the
# name of a queue is asked. Here each answer is an error, which counts when it comes.
test_asks_no_others() {
	[ -e ./fault.so ] || skip 'fault.so is not built'
	[ "${STAGE_INSIDE-}" ] || skip 'no right to make mount and pid namespaces'
	cp fault.so "$WORK/"
	echo >"$WORK/q1"
	echo >"$WORK/other"
	hold "$WORK/other"
	list_queue 5 "$WORK/q1" q1 1
	as="env LD_PRELOAD=$WORK/fault.so FAULT_STATX=5"
	stage_run mqholders -rn -o name,pid
	expect_status 0
	echo 'q1 -' | expect_output
	stop_holder
	hold "$WORK/q1"
	stage_run mqholders -rn -o name,pid
	[ "$status" != 0 ] || skip 'a static reader takes no preloaded library'
	expect_status 1
	expect_text err 'descriptors of 1 process could not be read'
}

# What cannot be looked into is told; the rest is shown.
test_unreadable() {
	as='setpriv --reuid 65534 --clear-groups'
	need setpriv
	$as true 2>/dev/null || skip 'no right or no setpriv(1) to become nobody'
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	stage_run mqholders -rn -o name,pid
	expect_status 1
	expect_lines 1 err
	expect_text err 'descriptors of [0-9]* process.* could not be read.*run as root'
	echo 'q1 -' | expect_output
}

# Processes come and go all the time; that is no complaint.
test_vanishing() {
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	sh -c 'while :; do /bin/true; done' &
	holder=$!
	trap stop_holder EXIT
	for round in 1 2 3 4 5 6 7 8 9 10; do
		stage_run mqholders -rn -o name
		expect_status 0
		echo q1 | expect_output
	done
	[ "$round" -eq 10 ]
}

test_no_proc() {
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	PROC=none stage_run mqholders
	expect_status 2
	expect_text err 'mount -t proc'
}

test_no_queues() {
	mkdir -p "$WORK/debug/ipclens"
	printf '# ipclens mqueue 1\n%s\n' "$COLUMNS" >"$WORK/debug/ipclens/mqueue"
	stage_run mqholders
	expect_status 0
	expect_lines 0 out
}

# What is wrong with the list is told as for any other view.
test_damaged_list() {
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	echo '5 x' >>"$WORK/debug/ipclens/mqueue"
	stage_run mqholders -rn -o name
	expect_status 1
	expect_lines 1 err
	expect_text err "1 line of section 'mqueue' dropped"
	echo q1 | expect_output
}

test_many() {
	echo >"$WORK/q1"
	hold "$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	awk 'BEGIN { for (i = 0; i < 50000; i++) print 5, 9000000 + i, "q" i, 1, 82880, "0:1" }' \
		>>"$WORK/debug/ipclens/mqueue"
	start=$(date +%s)
	stage_run mqholders -rn -o name,pid
	[ $(($(date +%s) - start)) -lt 60 ] || fail 'took a minute'
	expect_status 0
	expect_lines 50002 out
}

test_capture() {
	for from in "$DATA/capture.txt" "$DATA" -; do
		run mqholders --from "$from" </dev/null
		expect_status 2
		expect_text err "live /proc, which a capture does not have"
	done
}

TESTS="test_holders test_json test_unlinked test_same_name test_hostile_names
	test_asks_no_others test_unreadable
	test_vanishing test_no_proc test_no_queues test_damaged_list test_many
	test_capture"
ktap_main
