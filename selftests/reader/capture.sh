#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Captures as they come: from serial lines, pasted, doubled, of other versions. What
# is whole must be shown, whatever lies around it.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
COMMANDS='shm holders mqueue users denials history namespaces probes status'

# The raw output of every command, which the same content must give in any wrapping.
show_all() {
	for command in $COMMANDS; do
		"$READER" "$command" --from "$1" --raw --output-all || return
	done
}

expect_same() {
	show_all "$FULL" >"$WORK/expected"
	show_all "$1" >"$WORK/out" 2>"$WORK/err" || fail "status $?: $(cat "$WORK/err")"
	diff "$WORK/expected" "$WORK/out" || fail 'output differs from that of the plain capture'
	[ ! -s "$WORK/err" ] || fail "message: $(cat "$WORK/err")"
}

test_plain() {
	expect_same "$FULL"
	[ "$(wc -l <"$WORK/out")" -eq 61 ] || fail 'rows are missing'
}

test_stdin() {
	run shm -rn -o shmid --from - <"$FULL"
	expect_status 0
	printf '0\n1\n32770\n0\n' | expect_output
	status=0
	tee "$WORK/copy" <"$FULL" | "$READER" shm -rn -o shmid --from - >"$WORK/out" || status=$?
	[ "$status" -eq 0 ] || fail "status $status"
	printf '0\n1\n32770\n0\n' | expect_output
}

test_directory() {
	awk -v dir="$WORK" '/^# ipclens /{ file = $3 } { print > (dir "/" file) }' "$FULL"
	expect_same "$WORK"
	rm "$WORK/shm"
	run shm --from "$WORK"
	expect_status 2
	expect_text err "$WORK/shm does not exist"
}

test_single_file() {
	sed -n '/^# ipclens shm 1/,/^# ipclens shm_holders/p' "$FULL" | sed '$d' >"$WORK/shm"
	run shm -rn -o shmid --from "$WORK/shm"
	expect_status 0
	printf '0\n1\n32770\n0\n' | expect_output
	run holders --from "$WORK/shm"
	expect_status 2
	expect_text err "has no section 'shm_holders'"
}

test_crlf() {
	sed "s/\$/$(printf '\r')/" "$FULL" >"$WORK/crlf"
	expect_same "$WORK/crlf"
	sed "s/\$/$(printf '\r\r')/" "$FULL" >"$WORK/crlf"
	expect_same "$WORK/crlf"
}

test_no_last_newline() {
	printf %s "$(cat "$FULL")" >"$WORK/capture"
	expect_same "$WORK/capture"
}

test_prompts() {
	{
		echo 'Welcome to board 7'
		echo 'board login: root'
		echo '~ # insmod ipclens.ko'
		echo '# ipclens shm'
		echo "~ # cat /sys/kernel/debug/ipclens/*"
		cat "$FULL"
		printf '~ # '
	} >"$WORK/capture"
	expect_same "$WORK/capture"
}

# One cat for each file, with the prompt and the command between the sections.
test_prompts_between() {
	for prompt in '# ' '$ ' '~ # ' '/sys/kernel # ' 'root@board:~# ' '[root@board ~]# '; do
		awk -v prompt="$prompt" '
			/^# ipclens /{ print prompt "cat /sys/kernel/debug/ipclens/" $3 }
			{ print }
			END { printf "%s", prompt }' "$FULL" >"$WORK/capture"
		expect_same "$WORK/capture"
	done
}

# What line editors send to the terminal ends up in a log of the session.
test_terminal_sequences() {
	{
		printf '\033[?2004hroot@board:~# cat *\r\n\033[?2004l\r'
		cat "$FULL"
		printf '\033[?2004hroot@board:~# \033[6n'
	} >"$WORK/capture"
	expect_same "$WORK/capture"
}

test_empty_section() {
	printf '# ipclens shm 1\nipcns shmid key\n' >"$WORK/capture"
	for form in --raw --json --noheadings; do
		run shm --from "$WORK/capture" "$form"
		expect_status 0
	done
}

test_columns_by_name() {
	printf '# ipclens shm 1\nkey future shmid ipcns\n0x0000beef hello 7 5\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -r -o ipcns,shmid,key,size,future
	expect_status 0
	printf 'IPCNS SHMID KEY SIZE FUTURE\n5 7 0x0000beef - hello\n' | expect_output
	run shm --from "$WORK/capture" -rn --output-all
	expect_status 0
	expect_text out ' hello$'
	run shm --from "$WORK/capture" -rn
	expect_no_text out hello
}

test_unknown_section() {
	sed 's/^# ipclens shm 1/# ipclens future 1/' "$FULL" >"$WORK/capture"
	run holders --from "$WORK/capture"
	expect_status 0
	run shm --from "$WORK/capture"
	expect_status 2
	expect_text err "has no section 'shm'"
}

# Only exactly four words of the right shape start a section.
test_header_shape() {
	for header in '# ipclens shm' '# ipclens shm x' '# ipclens SHM 1' '# ipclens shm 1 2' \
		'#ipclens shm 1' 'ipclens shm 1' '## ipclens shm 1' '# ipclens ../shm 1'; do
		printf '%s\nipcns shmid\n1 2\n' "$header" >"$WORK/capture"
		run shm --from "$WORK/capture"
		expect_status 2
		expect_text err "has no section 'shm'"
	done
	# Nor do they end one.
	for header in '# ipclens SHM 1' '# ipclens s-m 1' '# ipclens shm'; do
		printf '# ipclens shm 1\nipcns shmid\n1 2\n%s\n1 3\n' "$header" >"$WORK/capture"
		run shm --from "$WORK/capture" -rn -o shmid
		expect_status 1
		expect_text err "1 line of section .* (first: line 4)"
		printf '2\n3\n' | expect_output
	done
}

test_format() {
	for format in 0 2 17 18446744073709551615; do
		sed "s/^\(# ipclens .*\) 1/\1 $format/" "$FULL" >"$WORK/capture"
		for command in $COMMANDS; do
			run "$command" --from "$WORK/capture"
			expect_status 2
			expect_text err "format $format, this program knows format 1"
		done
	done
}

test_twice() {
	{ cat "$FULL"; sed 's/32770/32771/' "$FULL"; } >"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o shmid
	expect_status 1
	expect_lines 1 err
	expect_text err "has 2 sections 'shm'; the one in line 112 is shown"
	printf '0\n1\n32771\n0\n' | expect_output
}

# The second capture was cut, so the first is the last complete one.
test_twice_second_cut() {
	{ cat "$FULL"; sed 's/32770/32771/; /^4026532281/d; /^# ipclens shm_h/,$d' "$FULL"; } \
		>"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o shmid
	expect_status 1
	printf '0\n1\n32770\n0\n' | expect_output
}

test_no_such_file() {
	run shm --from "$WORK/nowhere"
	expect_status 2
	expect_text err 'nowhere does not exist'
	run shm --from "$WORK/$(printf 'a\033[2Jb\nc')"
	expect_status 2
	expect_safe
}

TESTS="test_plain test_stdin test_directory test_single_file test_crlf test_no_last_newline
	test_prompts test_prompts_between test_terminal_sequences test_empty_section
	test_columns_by_name test_unknown_section test_header_shape test_format test_twice
	test_twice_second_cut test_no_such_file"
ktap_main
