#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Looking again and again: that it shows what is new, on a terminal in place, and how it
# ends.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
ESC=$(printf '\033')

segments() {
	printf '# ipclens shm 1\nipcns shmid size\n' >"$WORK/new"
	for id; do
		echo "1 $id 4096" >>"$WORK/new"
	done
	mv "$WORK/new" "$WORK/capture"
}

# A shell has its background jobs ignore interrupts.
watch_start() {
	"$READER" "$@" >"$WORK/out" 2>"$WORK/err" &
	watcher=$!
}

# ended PID: also if it has not been waited for
ended() {
	! kill -s 0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"
}

watch_end() {
	kill -s "$1" "$watcher"
	for _ in $(seq 40); do
		ended "$watcher" && break
		sleep 0.5
	done
	ended "$watcher" || { kill -s KILL "$watcher"; fail "SIG$1 did not end it"; }
	status=0
	wait "$watcher" || status=$?
}

# wait_for TEXT: until it is in out, for a minute at most
wait_for() {
	for _ in $(seq 120); do
		! grep -qs "$1" "$WORK/out" || return 0
		sleep 0.5
	done
	cat "$WORK/out" "$WORK/err"
	fail "never printed: $1"
}

test_watch() {
	segments 11 12
	watch_start shm --from "$WORK/capture" --watch=1 -o shmid,size
	wait_for 12
	segments 11 13
	wait_for 13
	watch_end TERM
	expect_status 0
	head -n 3 "$WORK/out" >"$WORK/first"
	printf 'SHMID SIZE\n   11   4K\n   12   4K\n' | diff - "$WORK/first" || fail 'the first look'
	tail -n 4 "$WORK/out" >"$WORK/last"
	printf '\nSHMID SIZE\n   11   4K\n   13   4K\n' | diff - "$WORK/last" || fail 'the last look'
	expect_no_text out "$ESC"
}

test_watch_terminated() {
	watch_start shm --from "$FULL" -w -o shmid
	wait_for 32770
	watch_end TERM
	expect_status 0
	expect_lines 0 err
}

test_watch_interrupted() {
	env --default-signal=INT true 2>/dev/null || skip 'env sets no signal to its default here'
	env --default-signal=INT "$READER" shm --from "$FULL" -w -o shmid >"$WORK/out" 2>"$WORK/err" &
	watcher=$!
	wait_for 32770
	watch_end INT
	expect_status 0
	expect_lines 0 err
}

# That interrupts are ignored is not for the reader to change.
test_watch_ignores() {
	segments 11
	watch_start shm --from "$WORK/capture" -w1 -o shmid
	wait_for 11
	kill -s INT "$watcher"
	segments 12
	wait_for 12
	watch_end TERM
	expect_status 0
}

# While it waits for a file to go on; nobody can write to it but a process that does not.
test_watch_reading() {
	mkfifo "$WORK/fifo"
	watch_start shm --from "$WORK/fifo" -w
	sleep 60 >"$WORK/fifo" &
	writer=$!
	for _ in $(seq 120); do
		[ "$(find "/proc/$watcher/fd" -lname "$WORK/fifo")" = '' ] || break
		sleep 0.5
	done
	watch_end TERM
	kill "$writer"
	expect_status 0
	expect_lines 0 out
	expect_lines 0 err
}

# What is wrong ends it, with one line.
test_watch_fails() {
	segments 11
	watch_start shm --from "$WORK/capture" -w1 -rn -o shmid
	wait_for 11
	rm "$WORK/capture"
	status=0
	wait "$watcher" || status=$?
	[ "$status" = 2 ] || fail "status is $status, not 2"
	expect_lines 1 err
	expect_text err 'capture does not exist'
	run shm --from "$WORK/capture" -w1
	expect_status 2
	run shm --from "$FULL" -w1 -o nosuch
	expect_status 2
}

test_watch_json() {
	segments 11
	watch_start shm --from "$WORK/capture" -w1 -J -o shmid
	wait_for '^$'
	watch_end TERM
	expect_status 0
	[ "$(grep -c '"shmid": 11' "$WORK/out")" -ge 2 ] || fail 'not two looks'
}

# On a terminal of 10 rows: from the top, each line erased to its end, no more lines than
# there are rows.
test_watch_terminal() {
	need script
	need stty
	# shellcheck disable=SC2046
	segments $(seq 100 130)
	status=0
	# shellcheck disable=SC2016
	READER=$READER CAPTURE=$WORK/capture SHOWN=$WORK/out SHELL=/bin/sh TERM=xterm timeout 60 script -qec '
		stty cols 80 rows 10 -onlcr
		"$READER" shm --from "$CAPTURE" -w1 -o shmid,size &
		until [ "$(grep -c "SHMID SIZE" "$SHOWN")" -ge 2 ]; do sleep 0.5; done
		kill -s TERM $!; wait $!; echo "status $?"' /dev/null </dev/null >"$WORK/out" ||
		status=$?
	expect_text out 'status 0$'
	expect_text out "^$ESC\\[2J$ESC\\[HSHMID SIZE$ESC\\[K$"
	expect_text out "^$ESC\\[J$ESC\\[HSHMID SIZE$ESC\\[K$"
	[ "$(grep -c 'SHMID SIZE' "$WORK/out")" -ge 2 ] || fail 'not two looks'
	sed -n '1,/more/p' "$WORK/out" | sed "s/$ESC\\[[0-9]*[A-Z]//g" >"$WORK/screen"
	mv "$WORK/screen" "$WORK/out"
	expect_output <<-'END'
		SHMID SIZE
		  100   4K
		  101   4K
		  102   4K
		  103   4K
		  104   4K
		  105   4K
		  106   4K
		... 24 more; a taller screen, --sort or -o shows them
	END
}

# Lines as wide as the terminal: to erase what is behind them would take their last character.
test_watch_full_rows() {
	need script
	need stty
	segments 100 101
	status=0
	# shellcheck disable=SC2016
	READER=$READER CAPTURE=$WORK/capture SHOWN=$WORK/out SHELL=/bin/sh TERM=xterm timeout 60 script -qec '
		stty cols 10 rows 10 -onlcr
		"$READER" shm --from "$CAPTURE" -w1 -o shmid,size &
		until [ "$(grep -c "SHMID SIZE" "$SHOWN")" -ge 1 ]; do sleep 0.5; done
		kill -s TERM $!; wait $!' /dev/null </dev/null >"$WORK/out" || status=$?
	[ "$status" = 0 ] || fail "status is $status"
	for line in 'SHMID SIZE' '  100   4K' '  101   4K'; do
		expect_text out "$line$"
		expect_no_text out "$line$ESC\[K"
	done
}

# Each look has warnings of its own: the last one here has none.
test_watch_warnings() {
	need script
	need stty
	segments 11
	cp "$WORK/capture" "$WORK/whole"
	echo broken >>"$WORK/capture"
	status=0
	# shellcheck disable=SC2016
	READER=$READER WORK=$WORK SHELL=/bin/sh TERM=xterm timeout 60 script -qec '
		stty cols 80 rows 10 -onlcr
		"$READER" shm --from "$WORK/capture" -w1 -o shmid,size 2>/dev/null &
		until grep -q "there are warnings" "$WORK/out"; do sleep 0.5; done
		cp "$WORK/whole" "$WORK/new"; echo "1 12 4096" >>"$WORK/new"
		mv "$WORK/new" "$WORK/capture"
		until grep -q " 12 " "$WORK/out"; do sleep 0.5; done
		sleep 1
		kill -s TERM $!; wait $!; echo "status $?"' /dev/null </dev/null >"$WORK/out" ||
		status=$?
	expect_text out 'status 0$'
	sed -n '/ 12 /,$p' "$WORK/out" >"$WORK/last"
	mv "$WORK/last" "$WORK/out"
	expect_text out '^   12   4K'
	expect_no_text out 'there are warnings'
}

test_watch_wrong() {
	for seconds in 0 -1 x 1.5 86401 99999999999999999999 ''; do
		run shm --from "$FULL" "--watch=$seconds"
		expect_status 2
		expect_text err '--watch takes a number of seconds, 1 to 86400, not'
	done
	run shm --from - --watch <"$FULL"
	expect_status 2
	expect_text err 'standard input cannot be read again'
	run doctor --watch
	expect_status 2
	expect_text err "'doctor' does not go with --watch"
}

test_watch_full_disk() {
	[ -c /dev/full ] || skip 'no /dev/full here'
	status=0
	timeout 60 "$READER" shm --from "$FULL" -w1 >/dev/full 2>"$WORK/err" || status=$?
	: >"$WORK/out"
	expect_status 2
	expect_text err 'cannot write to standard output'
	# More than is kept back until it is written.
	sed '/^# ipclens shm /,/^# ipclens/!d' "$FULL" | sed '$d' >"$WORK/many"
	tail -n 1 "$WORK/many" | awk '{ for (n = 0; n < 2000; n++) print }' >"$WORK/more"
	cat "$WORK/more" >>"$WORK/many"
	status=0
	timeout 60 "$READER" shm --from "$WORK/many" -w1 >/dev/full 2>"$WORK/err" || status=$?
	expect_status 2
	expect_text err 'cannot write to standard output'
}

TESTS="test_watch test_watch_terminated test_watch_interrupted test_watch_ignores
	test_watch_reading test_watch_fails test_watch_json test_watch_terminal
	test_watch_full_rows test_watch_warnings test_watch_wrong test_watch_full_disk"
ktap_main
