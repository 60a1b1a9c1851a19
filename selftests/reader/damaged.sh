#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Captures that are damaged, cut, hostile, or none at all. What is whole must be
# shown, what is not must be said.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
COMMANDS='shm holders mqueue users denials history namespaces probes status'

# A damaged row may look like a prompt; it must be counted all the same.
test_rows_like_prompts() {
	for row in '1 5# 8' '1# 5 8 x' '1 5$' '7# 1' 'x 5# 8 x 0x1 0x2 rw- 1'; do
		printf '# ipclens shm_holders 1\nipcns shmid pid comm start end prot task_ipcns\n' \
			>"$WORK/capture"
		printf '1 2 3 x 0x1 0x2 rw- 1\n%s\n' "$row" >>"$WORK/capture"
		run holders --from "$WORK/capture" -rn -o shmid
		expect_status 1
		expect_text err "1 line of section 'shm_holders' dropped, not a row (first: line 4)"
		echo 2 | expect_output
	done
	sed 's/^close .*/close shm_close#/' "$FULL" >"$WORK/capture"
	run probes --from "$WORK/capture"
	expect_status 1
	expect_text err "1 line of section 'probes'"
}

# A shell prompts when all rows are out; what looks like it before took a row with it.
test_prompt_before_row() {
	printf '# ipclens shm 1\nipcns shmid size\n1 2 3\n~ # 1 3 3\n# 1 4 3\n1 5 3\n~ # ' \
		>"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o shmid
	expect_status 1
	expect_text err "2 lines of section 'shm' dropped, not a row (first: line 4)"
	printf '2\n5\n' | expect_output
	printf '# ipclens shm 1\n~ # x\nipcns shmid\n1 2\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o shmid
	expect_status 1
	expect_text err "1 line of section 'shm' dropped, not a row (first: line 2)"
}

test_kernel_messages() {
	awk '{ print } NR % 3 == 2 { print "[  123.456789] usb 1-1: new device found" }' "$FULL" \
		>"$WORK/capture"
	for command in $COMMANDS; do
		status=0
		"$READER" "$command" --from "$WORK/capture" -r --output-all >"$WORK/out" \
			2>"$WORK/err" || status=$?
		expect_status 1
		expect_lines 1 err
		expect_text err "lines* of section .* dropped"
		"$READER" "$command" --from "$FULL" -r --output-all | expect_output
	done
}

test_kernel_message_count() {
	sed '/^# ipclens mq_d/{n;s/$/\n[ 1.2] foo\n[ 1.3] bar/}' "$FULL" >"$WORK/capture"
	run denials --from "$WORK/capture"
	expect_status 1
	expect_text err "2 lines of section 'mq_denials' dropped, not a row (first: line 11)"
	run shm --from "$WORK/capture"
	expect_status 0
}

# A bad row goes, its neighbours stay.
test_bad_cells() {
	for bad in '-' x 0x10 1.5 +1 18446744073709551616 4026531839x; do
		printf '# ipclens shm 1\nipcns shmid key perms dest\n' >"$WORK/capture"
		printf '1 2 0x00000003 666 0\n%s 3 - - -\n1 4 - - -\n' "$bad" >>"$WORK/capture"
		run shm --from "$WORK/capture" -rn -o shmid
		expect_status 1
		expect_text err '(first: line 4)'
		printf '2\n4\n' | expect_output
	done
	for bad in '1 x - - -' '1 3 7 - -' '1 3 0x100000000 - -' '1 3 0xg - -' '1 3 0x - -' \
		'1 3 - 8 -' '1 3 - - 2' '1 3 - - 01' '1 3 - -' '1 3 - - - -'; do
		printf '# ipclens shm 1\nipcns shmid key perms dest\n' >"$WORK/capture"
		printf '1 2 0x00000003 666 0\n%s\n1 4 - - -\n' "$bad" >>"$WORK/capture"
		run shm --from "$WORK/capture" -rn -o shmid
		expect_status 1
		printf '2\n4\n' | expect_output
	done
}

test_two_words_in_status() {
	sed '/^kernel/s/^/BUG: foo\n<4>[1.2] bar\nOops 1\n/' "$FULL" >"$WORK/capture"
	run status --from "$WORK/capture" -rn -o key
	expect_status 1
	expect_text err '3 lines'
	expect_lines 17 out
}

test_control_bytes_in_row() {
	printf '# ipclens shm_holders 1\nipcns shmid pid comm\n' >"$WORK/capture"
	printf '1 1 1 a\n1 1 2 b\033[31m\n1 1 3 c\177\n1 1 4 d\0e\n1 1 5 f\r6\n1 1 6 g\n' \
		>>"$WORK/capture"
	run holders --from "$WORK/capture" -rn -o pid
	expect_status 1
	printf '1\n6\n' | expect_output
	expect_text err '4 lines'
}

test_nothing_usable() {
	printf '# ipclens shm 1\nipcns shmid\nfoo\nbar baz\n' >"$WORK/capture"
	run shm --from "$WORK/capture"
	expect_status 2
	expect_text err "section 'shm' in line 1 has no row that can be used"
	printf '# ipclens shm 1\n' >"$WORK/capture"
	run shm --from "$WORK/capture"
	expect_status 2
	printf '# ipclens shm 1\nnosuch column names\n1 2 3\n' >"$WORK/capture"
	run shm --from "$WORK/capture"
	expect_status 2
}

test_cut_before_end() {
	printf '# ipclens status 1\nkey value\nversion 0.1.0\n' >"$WORK/capture"
	run status --from "$WORK/capture"
	expect_status 1
	expect_text err 'ends too early'
	sed '$d' "$FULL" >"$WORK/capture"
	for command in $COMMANDS; do
		run "$command" --from "$WORK/capture"
		expect_status 1
		expect_lines 1 err
		expect_text err 'ends too early'
	done
	sed '/^# ipclens status/,$d' "$FULL" >"$WORK/capture"
	run shm --from "$WORK/capture"
	expect_status 1
	expect_text err 'ends too early'
}

# The cell that the cut went through must not be shown as if it were whole.
test_cut_within_last_cell() {
	printf '# ipclens shm 1\nipcns shmid size\n1 2 4096\n1 3 40' >"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o shmid,size
	expect_status 1
	printf '2 4096\n3 -\n' | expect_output
	printf '# ipclens shm 1\nipcns shmid size\n1 2 4096\n1 3' >"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o shmid,size
	expect_status 1
	printf '2 4096\n' | expect_output
}

test_garbage() {
	for seed in 1 2 3 4 5 6 7 8; do
		awk -v seed="$seed" 'BEGIN { srand(seed);
			for (i = 0; i < 60000; i++) printf "%c", int(rand() * 255) + 1 }' \
			>"$WORK/garbage"
		run shm --from "$WORK/garbage"
		expect_status 2
		expect_safe
	done
	head -c 2000000 /dev/urandom >"$WORK/garbage"
	run shm --from "$WORK/garbage"
	expect_status 2
	head -c 100000 /dev/zero >"$WORK/garbage"
	run shm --from "$WORK/garbage"
	expect_status 2
}

test_garbage_within() {
	{
		sed '/^# ipclens status/,$d' "$FULL"
		head -c 300000 /dev/urandom
		echo
		sed -n '/^# ipclens status/,$p' "$FULL"
	} >"$WORK/capture"
	run holders --from "$WORK/capture" -rn -o pid
	expect_status 1
	printf '941\n812\n830\n' | expect_output
	expect_safe
}

test_long_path() {
	long=$(printf '%0200d' 0)
	for levels in 1 5; do
		path=/nowhere
		for _ in $(seq "$levels"); do path=$path/$long; done
		run shm --from "$path"
		expect_status 2
		expect_lines 1 err
		expect_text err '^ipclens: /nowhere/000.* does not exist; --from takes a capture, .* or -$'
	done
	[ "$(wc -c <"$WORK/err")" -lt 1100 ] || fail 'the message is too long'
	expect_text err '0 \.\.\. 0'
}

test_long_lines() {
	head -c 1048576 /dev/zero | tr '\0' x >"$WORK/x"
	head -c 1048576 /dev/zero | tr '\0' ' ' >"$WORK/blanks"
	head -c 1048576 /dev/zero | sed 's/\x00/1 /g' >"$WORK/ones"
	for long in x ones; do
		run shm --from "$WORK/$long"
		expect_status 2
		{ echo '# ipclens status 1'; echo 'key value'; cat "$WORK/$long"; echo
		  printf 'a '; cat "$WORK/$long"; printf '\nb 1\nend -\n'; } >"$WORK/capture"
		run status --from "$WORK/capture" -rn
		expect_status 1
		echo 'b 1' | expect_output
		[ "$(wc -c <"$WORK/err")" -lt 500 ] || fail 'the message is too long'
	done
	{ echo '# ipclens status 1'; cat "$WORK/blanks"; echo 'key value'; printf 'b '
	  cat "$WORK/blanks"; printf '1\nend -\n'; } >"$WORK/capture"
	run status --from "$WORK/capture" -rn
	expect_status 0
	echo 'b 1' | expect_output
}

test_empty_input() {
	: >"$WORK/empty"
	for command in $COMMANDS; do
		run "$command" --from "$WORK/empty"
		expect_status 2
		expect_text err 'has no section'
	done
	run shm --from - </dev/null
	expect_status 2
	expect_text err 'standard input'
	printf '\n\n\n' >"$WORK/empty"
	run shm --from "$WORK/empty"
	expect_status 2
}

test_hostile_columns() {
	printf '# ipclens shm 1\nipcns shmid \302\233m\n1 2 3\n' >"$WORK/capture"
	run shm --from "$WORK/capture" --output-all
	expect_status 2
	expect_safe
	printf '# ipclens shm 1\nipcns shmid %%n"\n1 2 3\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -J --output-all
	expect_status 2
	printf '# ipclens shm 1\nipcns \033[31mshmid\n1 2\n' >"$WORK/capture"
	run shm --from "$WORK/capture"
	expect_status 2
	expect_safe
	printf '# ipclens shm 1\nipcns shmid ipcns\n1 2 3\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -J
	expect_status 2
}

TESTS="test_rows_like_prompts test_prompt_before_row test_kernel_messages
	test_kernel_message_count test_bad_cells test_two_words_in_status
	test_control_bytes_in_row test_nothing_usable test_cut_before_end
	test_cut_within_last_cell test_garbage test_garbage_within test_long_path test_long_lines
	test_empty_input test_hostile_columns"
ktap_main
