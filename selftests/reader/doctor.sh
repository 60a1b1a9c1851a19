#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# The doctor where it cannot work: one line says why, and nothing is made. Then where
# the files tell of another machine: it has to find every column out, and to leave
# nothing behind. What it says of a module that is there, selftests/live asks.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=stage.sh
. ./stage.sh

FULL=$DATA/capture.txt
ABI=../../kmod/ipclens_abi.h
PAGE=../../userspace/man/ipclens.8
MOUNTED="none $DEBUGFS debugfs rw 0 0
"

make_files() {
	mkdir -p "$WORK/debug/ipclens"
	awk -v dir="$WORK/debug/ipclens" '/^# ipclens /{ file = $3 } { print > (dir "/" file) }' \
		"$FULL"
}

# blind_run MOUNTS ARGUMENT...: as stage_run, without a /proc but for its mounts.
blind_run() {
	need unshare
	[ "${STAGE_INSIDE-}" ] || skip 'no right to make mount and pid namespaces'
	[ -d "$DEBUGFS" ] || skip "no $DEBUGFS here"
	printf '%s' "$1" >"$WORK/mounts"
	shift
	status=0
	# shellcheck disable=SC2016
	unshare -m sh -euc '
		work=$1 reader=$2 debugfs=$3 as=$4
		shift 4
		mount --bind "$work/debug" "$debugfs"
		mount -t tmpfs none /proc
		[ ! -s "$work/mounts" ] || cp "$work/mounts" /proc/mounts
		exec $as "$reader" "$@"' stage "$WORK" "$READER" "$DEBUGFS" "$as" "$@" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
}

# What there is of segments and queues in the namespace of this test.
list_objects() {
	cut -c 1-60 /proc/sysvipc/shm 2>/dev/null || :
	mkdir -p "$WORK/queues"
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount -t mqueue none "$1" && ls "$1"' list "$WORK/queues" || :
}

test_not_mounted() {
	mkdir "$WORK/debug"
	blind_run '' doctor
	expect_status 2
	expect_text err "load the module"
	blind_run 'proc /proc proc rw 0 0
' doctor
	expect_status 2
	expect_text err "debugfs is not mounted; mount -t debugfs none $DEBUGFS"
}

test_not_loaded() {
	mkdir "$WORK/debug"
	blind_run "$MOUNTED" doctor
	expect_status 2
	expect_text err 'load the module: insmod ipclens.ko or modprobe ipclens'
}

test_older_module() {
	make_files
	rm "$WORK/debug/ipclens/probes"
	blind_run "$MOUNTED" doctor
	expect_status 2
	expect_text err 'module is older'
}

test_no_proc() {
	make_files
	blind_run "$MOUNTED" doctor
	expect_status 2
	expect_text err 'cannot see the processes; mount -t proc none /proc'
}

test_not_root() {
	need setpriv
	make_files
	chmod 700 "$WORK/debug/ipclens"
	chmod 755 "$TOP" "$WORK" "$WORK/debug"
	cp "$(command -v "$READER")" "$WORK/copy"
	READER=$WORK/copy as='setpriv --reuid 65534 --clear-groups'
	blind_run "$MOUNTED" doctor
	expect_status 2
	expect_text err 'permission denied; run as root'
}

# What cannot be meant is said at once, before anything is looked at.
test_options() {
	run doctor -o nosuch
	expect_status 2
	expect_text err "unknown column 'nosuch'; 'doctor' has: file, column, result, cells, note"
	run doctor --sort nosuch
	expect_status 2
	run doctor --from "$FULL"
	expect_status 2
	expect_text err 'leave --from out'
	run doctor --ipcns 4026531839
	expect_status 2
	expect_text err 'leave --ipcns out'
	run doctor shm
	expect_status 2
	run doctor -J -r
	expect_status 2
}

# need_objects: segments and queues can be made here
need_objects() {
	[ -e /proc/sysvipc/shm ] || skip 'no System V shared memory here'
	[ -e /proc/sys/fs/mqueue ] || skip 'no message queues here'
	unshare -i true 2>/dev/null || skip 'no right to make an IPC namespace'
}

# Of the module's files there is one with nothing of what the doctor has made.
test_other_machine() {
	need_objects
	make_files
	list_objects >"$WORK/before"
	stage_run doctor -rn -o file,column,result,note
	[ "$status" = 1 ] || { cat "$WORK/err"; fail "status is $status, not 1"; }
	expect_lines 1 err
	expect_text err '^doctor: [0-9]* columns verified, [1-9][0-9]* differ, [1-9][0-9]* unknown, '
	expect_text out '^shm nattch unknown there.*no.*row.*plain'
	expect_text out '^mqueue charge unknown there.*no.*row.*preset'
	expect_text out '^status value differs '
	expect_no_text out 'check.*yet'
	list_objects | diff "$WORK/before" - || fail 'the doctor leaves (>) objects'
	[ -e "$ABI" ] || return 0
	awk '/^#define IPCLENS_FILES/ { exit }
		/^#define IPCLENS_.*_COLUMNS\(X\)/ {
			file = tolower($2); sub(/^ipclens_/, "", file); sub(/_columns.*/, "", file) }
		/^\tX\(/ { split($0, part, /[(, ]+/); print file, part[2] }' "$ABI" |
		sort >"$WORK/expected"
	cut -d ' ' -f 1,2 "$WORK/out" | sort | diff "$WORK/expected" - ||
		fail 'columns of the header (<) and of the doctor (>) differ'
}

# wait_for yes|no PATTERN: until there is, or is no, process of that name
wait_for() {
	tries=0
	while grep -qs "$2" /proc/[0-9]*/comm && found=yes || found=no; [ "$found" != "$1" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "after 20 s: a process $2: $found"
		sleep 0.1
	done
}

# However it ends, nothing is left.
test_killed() {
	need_objects
	make_files
	list_objects >"$WORK/before"
	cp "$(command -v "$READER")" "$WORK/reader"
	for signal in TERM KILL; do
		# shellcheck disable=SC2016
		unshare -m sh -euc 'mount --bind "$1/debug" "$2"; exec "$1/reader" doctor' \
			stage "$WORK" "$DEBUGFS" >"$WORK/out" 2>&1 &
		doctor=$!
		# Objects are made within seconds of this, and are there for seconds.
		wait_for yes '^doctor-child$'
		kill -"$signal" "$doctor"
		wait "$doctor" || :
		wait_for no '^doctor-'
		list_objects | diff "$WORK/before" - || fail 'the doctor leaves (>) objects'
	done
}

# present_run COMMAND: in a namespace of users and of IPC that allows no other one of IPC
present_run() {
	need_objects
	make_files
	unshare -Urim true 2>/dev/null || skip 'no right to make a user namespace'
	cp "$(command -v "$READER")" "$WORK/reader"
	chmod 755 "$TOP" "$WORK"
	status=0
	# shellcheck disable=SC2016
	unshare -Urim sh -euc '
		work=$1 debugfs=$2 command=$3
		echo 0 >/proc/sys/user/max_ipc_namespaces
		mount --bind "$work/debug" "$debugfs"
		mkdir "$work/queues"
		mount -t mqueue none "$work/queues"
		eval "$command"
		ls "$work/queues" >"$work/left"
		tail -n +2 /proc/sysvipc/shm >>"$work/left"' stage "$WORK" "$DEBUGFS" "$1" ||
		status=$?
	[ "$status" = 0 ] || fail "the stage ends with status $status"
	[ ! -s "$WORK/left" ] || fail "left: $(cat "$WORK/left")"
}

# Where there is no namespace to be had, and no other user, it says so and goes on.
test_present_namespace() {
	# shellcheck disable=SC2016
	present_run '"$work/reader" doctor >"$work/out" 2>"$work/err" || echo $? >"$work/status"'
	[ "$(cat "$WORK/status")" = 1 ] || fail "status $(cat "$WORK/status")"
	expect_text err 'no IPC namespace.*so the objects are made in the present one'
	expect_text err '^doctor: '
	expect_text out '^mq_users  *bytes  *not tried  *cannot become another user'
	expect_text out '^shm  *nattch  *unknown'
}

# Who waits for the end of all others clears away, whatever that end was.
test_killed_in_present_namespace() {
	for signal in INT TERM KILL; do
		rm -rf "$WORK/queues"
		# shellcheck disable=SC2016
		present_run '
			env --default-signal=INT "$work/reader" doctor >"$work/out" 2>&1 &
			doctor=$!
			tries=0
			until [ -n "$(ls "$work/queues")" ] || [ "$tries" = 200 ]; do
				tries=$((tries + 1))
				sleep 0.1
			done
			[ "$(tail -n +2 /proc/sysvipc/shm | wc -l)" -ge 5 ] && [ "$tries" -lt 200 ]
			kill -'"$signal"' "$doctor"
			wait "$doctor" || :
			tries=0
			while grep -qs "^reader$" /proc/[0-9]*/comm && [ "$tries" -lt 200 ]; do
				tries=$((tries + 1))
				sleep 0.1
			done'
	done
}

test_page_has_help_columns() {
	[ -e "$PAGE" ] || skip 'not in the source tree'
	"$READER" doctor --help | awk '
		listed { star = $1 ~ /^\*/ ? " *" : ""; sub(/^ [* ]/, "")
			print tolower($1), $2 star }
		/^Columns/ { listed = 1 }' >"$WORK/expected"
	[ -s "$WORK/expected" ] || fail 'help is not understood'
	awk '/^\.Sh / { doctor = $2 == "DOCTOR" }
		doctor && /^\.It Cm / { name = $3; star = / No \*/ ? " *" : ""; getline
			sub(/:.*/, ""); print name, $0 star }' "$PAGE" >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'manual page (>) and help (<) differ'
	"$READER" --help | grep -q '^ doctor ' || fail 'the help does not name it'
}

TESTS="test_not_mounted test_not_loaded test_older_module test_no_proc test_not_root
	test_options test_other_machine test_killed test_present_namespace
	test_killed_in_present_namespace test_page_has_help_columns"
ktap_main
