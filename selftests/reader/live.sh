#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# The running kernel as source, and the output as sink, each with what can go
# wrong there. The kernel is played by files in a mount namespace of our own.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
DEBUGFS=/sys/kernel/debug

# stage_run MOUNTS ARGUMENT...: run the reader where $WORK/debug lies over the
# debugfs directory and /proc/mounts says what MOUNTS says.
stage_run() {
	need unshare
	unshare -m true 2>/dev/null || skip 'no right to make a mount namespace'
	[ -d "$DEBUGFS" ] || skip "no $DEBUGFS here"
	printf '%s' "$1" >"$WORK/mounts"
	shift
	status=0
	# shellcheck disable=SC2016
	unshare -m sh -euc '
		work=$1 reader=$2 debugfs=$3
		shift 3
		[ ! -d "$work/debug" ] || mount --bind "$work/debug" "$debugfs"
		[ -d "$work/debug" ] || mount -t tmpfs none "$debugfs"
		mount -t tmpfs none /proc
		[ ! -s "$work/mounts" ] || cp "$work/mounts" /proc/mounts
		exec "$reader" "$@"' stage "$WORK" "$READER" "$DEBUGFS" "$@" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
}

stage_files() {
	mkdir -p "$WORK/debug/ipclens"
	awk -v dir="$WORK/debug/ipclens" '/^# ipclens /{ file = $3 } { print > (dir "/" file) }' \
		"$FULL"
}

nobody='setpriv --reuid 65534 --clear-groups'
need_nobody() {
	need setpriv
	$nobody true 2>/dev/null || skip 'no right or no setpriv(1) to become nobody'
}

MOUNTED="none $DEBUGFS debugfs rw 0 0
"

test_live() {
	stage_files
	for command in shm holders mqueue users denials namespaces probes status; do
		set -- "$command"
		# Which day is today, the capture tells, but not the running kernel.
		[ "$command" != denials ] || set -- denials --time-format raw
		"$READER" "$@" --from "$FULL" >"$WORK/expected"
		stage_run "$MOUNTED" "$@"
		expect_status 0
		diff "$WORK/expected" "$WORK/out" || fail "$command differs"
	done
}

test_live_elsewhere() {
	stage_files
	mkdir "$WORK/my dir"
	cp -r "$WORK/debug/ipclens" "$WORK/my dir/"
	rm -r "$WORK/debug"
	stage_run "none $(printf %s "$WORK/my dir" | sed 's/ /\\040/g') debugfs rw 0 0
" status -rn -o value
	expect_status 0
	expect_text out '^6.1.0-56-amd64$'
}

# With two mounts the usual place wins.
test_live_two_mounts() {
	stage_files
	stage_run "none /nowhere debugfs rw 0 0
$MOUNTED" status
	expect_status 0
}

test_live_without_proc() {
	stage_files
	stage_run '' status
	expect_status 0
}

test_not_mounted() {
	mkdir "$WORK/debug"
	stage_run 'proc /proc proc rw 0 0
' shm
	expect_status 2
	expect_text err "debugfs is not mounted; mount -t debugfs none $DEBUGFS"
}

test_no_module() {
	mkdir "$WORK/debug"
	stage_run "$MOUNTED" shm
	expect_status 2
	expect_text err 'load the module: insmod ipclens.ko or modprobe ipclens'
}

test_no_module_without_proc() {
	mkdir "$WORK/debug"
	stage_run '' shm
	expect_status 2
	expect_text err 'load the module'
	expect_text err 'mount debugfs'
}

test_older_module() {
	stage_files
	rm -f "$WORK/debug/ipclens/shm_holders" "$WORK/debug/ipclens/history"
	for command in holders history; do
		stage_run "$MOUNTED" "$command"
		expect_status 2
		expect_text err 'module is older'
	done
}

test_other_format() {
	stage_files
	sed -i '1s/1$/2/' "$WORK/debug/ipclens/shm"
	stage_run "$MOUNTED" shm
	expect_status 2
	expect_text err 'format 2'
}

test_ipcns_from_other_file() {
	stage_files
	sed -i '/^4026532281/d' "$WORK/debug/ipclens/shm"
	stage_run "$MOUNTED" shm --ipcns 4026532281
	expect_status 0
	stage_run "$MOUNTED" shm --ipcns 5
	expect_status 2
	expect_text err 'unknown namespace 5'
}

test_not_root() {
	need_nobody
	mkdir -m 700 "$WORK/closed"
	chmod 755 "$TOP" "$WORK"
	cp "$FULL" "$WORK/closed/shm"
	cp "$(command -v "$READER")" "$WORK/reader"
	status=0
	$nobody "$WORK/reader" shm --from "$WORK/closed/shm" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	expect_status 2
	expect_text err 'Permission denied'
}

# fault_run PATH ASSIGNMENTS ARGUMENT...: run the reader, through $as if that is set,
# while the open or read of PATH fails as ASSIGNMENTS for fault.c say.
as=
fault_run() {
	[ -e ./fault.so ] || skip 'fault.so is not built'
	chmod 755 "$TOP" "$WORK"
	cp fault.so "$FULL" "$(command -v "$READER")" "$WORK/"
	[ "$(LD_PRELOAD=$WORK/fault.so FAULT_PATH=$FULL FAULT_OPEN=5 "$READER" shm \
		--from "$FULL" 2>&1)" = "ipclens: cannot read $FULL: Input/output error" ] ||
		skip 'a static reader takes no preloaded library'
	faulty=$1 assignments=$2
	shift 2
	status=0
	# shellcheck disable=SC2086
	$as env LD_PRELOAD="$WORK/fault.so" FAULT_PATH="$faulty" $assignments \
		"$WORK/$(basename "$READER")" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
}

test_refused_to_user() {
	need_nobody
	as=$nobody
	fault_run "$DEBUGFS/ipclens/shm" FAULT_OPEN=13 shm
	expect_status 2
	expect_text err 'permission denied; run as root'
}

test_refused_by_policy() {
	fault_run "$DEBUGFS/ipclens/shm" FAULT_OPEN=1 shm
	expect_status 2
	expect_text err 'shm: refused with EPERM; a lockdown or security policy forbids it'
	expect_text err 'see /sys/kernel/security/lockdown and the kernel log'
}

test_read_error_at_once() {
	fault_run "$FULL" "FAULT_READ=5 FAULT_AFTER=0" shm --from "$FULL"
	expect_status 2
	expect_text err 'Input/output error'
}

test_read_error_midway() {
	offset=$(awk '/^4026531839 +32770/ { print at; exit } { at += length + 1 }' "$FULL")
	[ -n "$offset" ] || fail 'no such row in the capture'
	fault_run "$FULL" "FAULT_READ=5 FAULT_AFTER=$offset" shm -rn -o shmid --from "$FULL"
	expect_status 1
	expect_lines 1 err
	expect_text err "Input/output error after $offset bytes"
	printf '0\n1\n' | expect_output
}

# The list of namespaces is only asked; that a part of it is missing is told once.
test_read_error_in_list() {
	mkdir "$WORK/files"
	printf '# ipclens namespaces 1\nipcns\n5\n6\n' >"$WORK/files/namespaces"
	printf '# ipclens shm 1\nipcns shmid\n1 2\n' >"$WORK/files/shm"
	for after in 0 31; do
		fault_run "$WORK/files/namespaces" "FAULT_READ=5 FAULT_AFTER=$after" shm \
			--from "$WORK/files" --ipcns 6
		expect_status 2
		expect_text err 'unknown namespace 6'
	done
	fault_run "$WORK/files/namespaces" "FAULT_READ=5 FAULT_AFTER=31" shm --raw \
		--from "$WORK/files" --ipcns 5
	expect_status 0
}

# What is told by several commands of many files is told of each that ends too early.
test_read_error_in_one() {
	mkdir "$WORK/files"
	printf '# ipclens shm 1\nipcns shmid\n1 2\n1 3\n' >"$WORK/files/shm"
	for command in metrics triage 'explain shm 2'; do
		# shellcheck disable=SC2086
		fault_run "$WORK/files/shm" "FAULT_READ=5 FAULT_AFTER=32" $command \
			--from "$WORK/files"
		expect_status 1
		expect_text err "warning: $WORK/files/shm could not be read to its end"
	done
}

test_open_error() {
	fault_run "$FULL" "FAULT_OPEN=24" shm --from "$FULL"
	expect_status 2
	expect_text err 'Too many open files'
}

test_output_full() {
	[ -c /dev/full ] || skip 'no /dev/full here'
	for arguments in "shm --from $FULL" "shm --from $FULL -J" --help 'shm --help' --version; do
		status=0
		# shellcheck disable=SC2086
		"$READER" $arguments >/dev/full 2>"$WORK/err" || status=$?
		: >"$WORK/out"
		expect_status 2
		expect_text err 'cannot write to standard output: No space left on device'
	done
}

test_output_closed() {
	: >"$WORK/out"
	status=0
	"$READER" shm --from "$FULL" >&- 2>"$WORK/err" || status=$?
	expect_status 2
	expect_text err 'standard output is closed'
}

# A pipe that nobody reads, with SIGPIPE fatal and ignored: no word about it.
test_output_broken_pipe() {
	awk 'BEGIN { print "# ipclens shm 1\nipcns shmid"; for (i = 0; i < 50000; i++) print 1, i }' \
		>"$WORK/capture"
	"$READER" shm -r --from "$WORK/capture" 2>"$WORK/err" | head -n 1 >"$WORK/out"
	expect_lines 1 out
	expect_lines 0 err
	(
		trap '' PIPE
		status=0
		"$READER" shm -r --from "$WORK/capture" 2>"$WORK/err" || status=$?
		echo "$status" >"$WORK/status"
	) | head -n 1 >"$WORK/out"
	[ "$(cat "$WORK/status")" = 2 ] || fail "status $(cat "$WORK/status")"
	expect_lines 0 err
}

test_from_device() {
	run shm --from /dev/null
	expect_status 2
	run shm --from /proc/self/mem
	expect_status 2
	expect_text err 'Input/output error'
}

TESTS="test_live test_live_elsewhere test_live_two_mounts test_live_without_proc
	test_not_mounted test_no_module test_no_module_without_proc test_older_module
	test_other_format test_ipcns_from_other_file test_not_root test_refused_to_user
	test_refused_by_policy test_read_error_at_once test_read_error_midway
	test_read_error_in_list test_read_error_in_one test_open_error test_output_full
	test_output_closed test_output_broken_pipe test_from_device"
ktap_main
