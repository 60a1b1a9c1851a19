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

# fault_run FAULT ARGUMENT...: run the reader with a fault of fault.c; for a program of
# shared libraries only, which is found out by a fault that must be noticed.
fault_run() {
	[ -e ./fault.so ] || skip 'fault.so is not built'
	[ "${STAGE_INSIDE-}" ] || skip 'no right to make mount and pid namespaces'
	cp fault.so "$WORK/"
	as="env LD_PRELOAD=$WORK/fault.so FAULT_MEMSTREAM=12"
	stage_run mqholders
	[ "$status" != 0 ] || skip 'a static reader takes no preloaded library'
	as="env LD_PRELOAD=$WORK/fault.so $1"
	shift
	stage_run "$@"
}

# A file server that is gone can keep whoever asks it for ever, so only what has the
# name of a queue is asked. Here each answer is an error, which counts when it comes.
test_asks_no_others() {
	echo >"$WORK/q1"
	echo >"$WORK/other"
	hold "$WORK/other"
	list_queue 5 "$WORK/q1" q1 1
	fault_run FAULT_STATX=5 mqholders -rn -o name,pid
	expect_status 0
	echo 'q1 -' | expect_output
	stop_holder
	hold "$WORK/q1"
	fault_run FAULT_STATX=5 mqholders -rn -o name,pid
	expect_status 1
	expect_text err 'descriptors of 1 process could not be read'
}

# And what has the name is asked for what is known without the server.
test_asks_no_server() {
	echo >"$WORK/q1"
	hold "$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	fault_run FAULT_STATX_ASKING=5 mqholders -rn -o fd
	expect_status 0
	printf '5\n7\n' | expect_output
}

test_link_errors() {
	echo >"$WORK/q1"
	hold "$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	fault_run FAULT_READLINK=13 mqholders -rn -o name,pid
	expect_status 1
	expect_text err 'descriptors of [0-9]* process.* could not be read'
	echo 'q1 -' | expect_output
	# A descriptor that was closed just then, and a path too long to be that of a queue.
	for error in 2 36; do
		fault_run "FAULT_READLINK=$error" mqholders -rn -o name,pid
		expect_status 0
		echo 'q1 -' | expect_output
	done
}

test_no_memory() {
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	fault_run FAULT_MEMSTREAM=12 mqholders
	expect_status 2
	expect_text err 'out of memory'
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

# To root that is no advice.
test_unreadable_to_root() {
	as='setpriv --inh-caps -sys_ptrace --bounding-set -sys_ptrace'
	need setpriv
	$as true 2>/dev/null || skip 'no right or no setpriv(1) to drop a capability'
	[ "$(id -u)" = 0 ] || skip 'not root'
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	stage_run mqholders -rn -o name,pid
	expect_status 1
	expect_lines 1 err
	expect_text err 'descriptors of [0-9]* process.* could not be read.*CAP_SYS_PTRACE'
	expect_no_text err 'run as root'
}

# A queue without holders and one that nobody could look for must not look the same.
test_unsearchable() {
	echo >"$WORK/q1"
	hold "$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	list_queue 5 "$WORK/q1" - 1
	stage_run mqholders -rn -o name,fd
	expect_status 1
	expect_lines 1 err
	expect_text err "1 queue could not be searched for, as 'mqueue' has no name or device of it"
	printf 'q1 5\nq1 7\n- -\n' | expect_output
	list_queue 6 "$WORK/q1" q1 1
	sed -i '$s/ [0-9]*:[0-9]* *$/ -/' "$WORK/debug/ipclens/mqueue"
	stage_run mqholders -rn -o name,fd
	expect_status 1
	expect_text err '2 queues could not be searched for'
	list_queue 7 "$WORK/q1" q1 1
	stage_run mqholders -rn -o fd --ipcns 7
	expect_status 0
	printf '5\n7\n' | expect_output
}

# Of each namespace that is asked for, its own and nothing else.
test_one_namespace() {
	echo >"$WORK/q1"
	echo >"$WORK/q2"
	hold "$WORK/q1" "$WORK/q2"
	list_queue 5 "$WORK/q1" q1 1
	list_queue 6 "$WORK/q2" q2 1
	list_queue - "$WORK/q2" q2 1
	stage_run mqholders -rn -o name,fd --ipcns 5
	expect_status 0
	printf 'q1 5\nq1 7\n' | expect_output
	stage_run mqholders -rn -o name,fd --ipcns 6
	expect_status 0
	printf 'q2 9\n' | expect_output
	stage_run mqholders --ipcns 7
	expect_status 2
	expect_text err 'unknown namespace 7'
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

# list_nothing: the other files that a story is made of
list_nothing() {
	for file in history:kind namespaces:ipcns mq_users:userns\ uid mq_denials:time probes:name; do
		printf '# ipclens %s 1\n%s\n' "${file%:*}" "${file#*:}" \
			>"$WORK/debug/ipclens/${file%:*}"
	done
	printf '# ipclens status 1\nkey value\ntime 1767225600\nend -\n' \
		>"$WORK/debug/ipclens/status"
}

# A story goes on without, and does not pass for a whole one.
test_no_proc_explain() {
	echo >"$WORK/q1"
	list_queue 5 "$WORK/q1" q1 1
	list_nothing
	stage_run explain queue q1
	expect_status 0
	expect_text out 'No process was found that has it open'
	tr '\n' ' ' <"$WORK/out" | tr -s ' ' >"$WORK/flat"
	expect_text flat 'until its name is taken, by somebody or as its namespace ends\. What is in it is lost then'
	PROC=none stage_run explain queue q1
	expect_status 1
	expect_lines 1 err
	expect_text err 'warning: cannot see the processes; mount -t proc'
	expect_text out 'Who has it open could not be found out'
	expect_no_text out 'running system alone'
}

# What takes a name away takes that of the queue, and not that of another namespace which
# is what is mounted there, as it is in a container.
test_advice_of_mounted() {
	mkdir -p "$WORK/dev/mqueue"
	echo >"$WORK/dev/mqueue/q1"
	here=$(stat -L -c %i /proc/self/ns/ipc)
	list_queue "$here" "$WORK/dev/mqueue/q1" q1 1
	list_nothing
	stage_run explain queue q1
	expect_status 0
	expect_text out '^    rm /dev/mqueue/q1$'
	sed -i 's/ [0-9]*:[0-9]* *$/ 0:0/' "$WORK/debug/ipclens/mqueue"
	stage_run explain queue q1
	expect_status 0
	expect_text out "^    unshare -m sh -c 'mount -t mqueue none /tmp && rm /tmp/q1'\$"
	expect_no_text out '/dev/mqueue'
	rm -r "${WORK:?}/dev"
	stage_run explain queue q1
	expect_no_text out '/dev/mqueue'
}

# Nobody is told to remove what may be open in a process that could not be looked into.
test_advice_of_unreadable() {
	need setpriv
	echo >"$WORK/q1"
	COLUMNS="$COLUMNS charged_userns charged_uid" list_queue 5 "$WORK/q1" q1 1
	sed -i '$s/$/ 4026531837 7/' "$WORK/debug/ipclens/mqueue"
	list_nothing
	printf '4026531837 7\n' >>"$WORK/debug/ipclens/mq_users"
	printf '# ipclens namespaces 1\nipcns pid\n5 1\n' >"$WORK/debug/ipclens/namespaces"
	stage_run explain user 7
	expect_status 0
	expect_text out 'these open. If what is in them'
	as='setpriv --reuid 65534 --clear-groups'
	$as true 2>/dev/null || skip 'no right or no setpriv(1) to become nobody'
	stage_run explain user 7
	expect_status 1
	expect_no_text out 'If what is in them'
	expect_no_text out 'rm /tmp'
}

test_no_queues() {
	mkdir -p "$WORK/debug/ipclens"
	printf '# ipclens mqueue 1\n%s\n' "$COLUMNS" >"$WORK/debug/ipclens/mqueue"
	stage_run mqholders
	expect_status 0
	echo 'IPCNS INO NAME LINKED CHARGE PID COMM FD' | expect_output
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

# small_reader BYTES: a reader that takes no more text than that
small_reader() {
	[ -e ../../userspace/man/ipclens.8 ] || skip 'not in the source tree'
	need make
	need "${CC:-cc}"
	pkg-config --exists smartcols || skip 'no libsmartcols to build with'
	mkdir -p "$TOP/small/kmod" "$TOP/small/userspace"
	cp ../../kmod/ipclens_abi.h "$TOP/small/kmod/"
	cp ../../userspace/Makefile ../../userspace/*.[ch] "$TOP/small/userspace/"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$TOP/small/userspace" \
		CPPFLAGS="-DPARSE_TEXT_MAX='((size_t)$1)'" CFLAGS=-O0
	READER=$TOP/small/userspace/ipclens
}

# hold_often FILE TIMES: as many processes with it as four descriptors each, and one more
hold_often() {
	# shellcheck disable=SC2016
	sh -c 'for i in $(seq "$2"); do read -r line <"$1" & done; wait' hold "$WORK/wait" "$2" \
		5<"$1" 6<&5 7<&5 8<&5 &
	while [ "$(find /proc/[0-9]*/fd -lname "$1" 2>/dev/null | wc -l)" -lt $((4 * $2)) ]; do
		sleep 0.1
	done
}

# More holders than can be shown end the search, with a way to those that are wanted:
# too much text of a few, or too many to keep.
test_too_many_holders() {
	small_reader 8192
	name=$(printf '%0200d' 0)
	echo >"$WORK/$name"
	echo >"$WORK/q2"
	hold "$WORK/$name" "$WORK/q2"
	list_queue 6 "$WORK/q2" q2 1
	list_queue 5 "$WORK/$name" "$name" 1
	stage_run mqholders -rn -o fd
	expect_status 0
	printf '9\n5\n7\n' | expect_output
	hold_often "$WORK/$name" 12
	stage_run mqholders -rn -o fd
	expect_status 2
	expect_text err 'more holders than fit into 8192 bytes; choose one IPC namespace by --ipcns'
	stage_run mqholders -rn -o fd --ipcns 5
	expect_status 2
	expect_text err 'more holders than fit into 8192 bytes; see ls -l /proc/\*/fd'
	stage_run mqholders -rn -o fd --ipcns 6
	expect_status 0
	echo 9 | expect_output
	hold_often "$WORK/q2" 20
	stage_run mqholders -rn -o fd --ipcns 6
	expect_status 2
	expect_text err 'more holders than fit into 8192 bytes'
}

test_help() {
	run mqholders --help
	expect_status 0
	expect_no_text out '--from'
	expect_text out '--json'
	run mqueue --help
	expect_text out '--from'
}

test_capture() {
	for from in "$DATA/capture.txt" "$DATA" -; do
		run mqholders --from "$from" </dev/null
		expect_status 2
		expect_text err "'mqholders' does not go with --from; leave --from out"
	done
}

TESTS="test_holders test_json test_unlinked test_same_name test_hostile_names
	test_asks_no_others test_asks_no_server test_link_errors test_no_memory
	test_unreadable test_unreadable_to_root test_unsearchable test_one_namespace
	test_vanishing test_no_proc test_no_proc_explain test_advice_of_mounted
	test_advice_of_unreadable test_no_queues test_damaged_list test_many
	test_too_many_holders test_help test_capture"
ktap_main
