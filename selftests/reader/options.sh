#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Commands and options: every one, before and after the command, and what is
# said to those that cannot be meant.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt

# Without a command it is the triage.
test_no_command() {
	run --from "$FULL"
	expect_status 1
	cp "$WORK/out" "$WORK/triage"
	run triage --from "$FULL"
	expect_output <"$WORK/triage"
	run --from "$FULL" -o kind
	expect_status 2
	expect_text err "'triage' does not go with --output"
}

test_unknown_command() {
	run frobnicate
	expect_status 2
	expect_text err "unknown command 'frobnicate'"
	run "$(printf 'a\033[31mb')"
	expect_status 2
	expect_safe
}

test_extra_argument() {
	run shm 7 --from "$FULL"
	expect_status 2
	expect_text err "no argument '7'"
}

test_unknown_option() {
	for option in --frob -x --output-everything --=; do
		run shm --from "$FULL" "$option"
		expect_status 2
		expect_text err "'$option'.*unknown"
	done
	run shm --from "$FULL" "$(printf -- '--a\033]0;b\007')"
	expect_status 2
	expect_safe
}

test_missing_argument() {
	for option in --from -o --output --sort --ipcns; do
		run shm "$option"
		expect_status 2
		expect_text err "'$option' needs an argument"
	done
}

test_empty_argument() {
	for option in from output sort; do
		run shm --from "$FULL" "--$option" ''
		expect_status 2
		expect_text err "$option"
	done
}

test_help() {
	for option in -h --help; do
		run $option
		expect_status 0
		for command in shm holders mqueue mqholders users denials history \
			namespaces probes status; do
			expect_text out "^ $command "
		done
	done
}

test_help_of_command() {
	run holders --help
	expect_status 0
	expect_text out 'TASK_IPCNS  *number  *IPC namespace'
	run --help holders
	expect_text out 'TASK_IPCNS  *number  *IPC namespace'
	expect_no_text out 'NATTCH'
	run nothing --help
	expect_status 2
}

test_version() {
	for option in -V --version; do
		run $option
		expect_status 0
		expect_lines 1 out
		expect_text out '^ipclens [0-9][0-9.]* (format 1)$'
	done
}

test_options_before_and_after() {
	run shm --from "$FULL" -r -n -o shmid
	expect_status 0
	printf '0\n1\n32770\n0\n' | expect_output
	run -r -n -o shmid --from "$FULL" shm
	expect_status 0
	printf '0\n1\n32770\n0\n' | expect_output
	run -rn shm --from="$FULL" --output=shmid
	expect_status 0
	printf '0\n1\n32770\n0\n' | expect_output
}

test_json_excludes_raw() {
	run shm --from "$FULL" -J -r
	expect_status 2
	expect_text err 'exclude each other'
	run shm --from "$FULL" --raw --json
	expect_status 2
}

test_output_names() {
	run shm --from "$FULL" -rn -o ShmId,CPID
	expect_status 0
	printf '0 941\n1 941\n32770 977\n0 812\n' | expect_output
}

test_output_appends() {
	run holders --from "$FULL" -r -o +end,pid
	expect_status 0
	head -n 1 "$WORK/out" >"$WORK/head"
	mv "$WORK/head" "$WORK/out"
	echo 'IPCNS SHMID PID COMM START PROT TASK_IPCNS END' | expect_output
}

test_output_repeated_name() {
	run shm --from "$FULL" -rn -o shmid,nattch,SHMID
	expect_status 0
	printf '0 1\n1 1\n32770 0\n0 2\n' | expect_output
}

test_output_unknown() {
	for list in nosuch shmid,nosuch +nosuch "shmid," ","; do
		run shm --from "$FULL" -o "$list"
		expect_status 2
		expect_text err 'unknown column'
		expect_text err 'ipcns, shmid, key, orig_key, .*copies$'
	done
	run holders --from "$FULL" -o "$(printf 'a\033[2J')"
	expect_status 2
	expect_safe
}

test_output_all() {
	run holders --from "$FULL" -r --output-all
	expect_status 0
	expect_text out '^IPCNS SHMID PID COMM START END PROT TASK_IPCNS$'
	run holders --from "$FULL" --output-all -o pid
	expect_status 2
	expect_text err 'exclude each other'
}

test_ipcns() {
	run shm --from "$FULL" -rn -o ipcns,shmid --ipcns 4026532281
	expect_status 0
	echo '4026532281 0' | expect_output
	run shm --from "$FULL" -rn -o shmid --ipcns 4026531839
	printf '0\n1\n32770\n' | expect_output
}

test_ipcns_without_column() {
	run shm --from "$FULL" -rn -o cpid --ipcns 4026532281
	expect_status 0
	echo 812 | expect_output
}

test_ipcns_unknown() {
	run shm --from "$FULL" --ipcns 4026532282
	expect_status 2
	expect_text err 'unknown namespace 4026532282'
}

# Known from "namespaces", though no segment is in it.
test_ipcns_empty() {
	sed '/^# ipclens shm 1/,/^# ipclens shm_holders/{/^4026532281/d}' "$FULL" >"$WORK/capture"
	run shm --from "$WORK/capture" -J --ipcns 4026532281
	expect_status 0
	run shm --from "$WORK/capture" -J --ipcns 4026532282
	expect_status 2
}

# A section that does not tell the namespace cannot be filtered by it.
test_ipcns_column_missing() {
	printf '%s\n' '# ipclens namespaces 1' 'ipcns pid' '5 1' '# ipclens shm 1' \
		'shmid size' '1 2' '# ipclens status 1' 'key value' 'end -' >"$WORK/capture"
	for number in 5 6; do
		run shm --from "$WORK/capture" --ipcns "$number"
		expect_status 2
		expect_text err "section 'shm' has no column 'ipcns'"
	done
	run shm --from "$WORK/capture" -rn -o shmid
	expect_status 0
	echo 1 | expect_output
}

# What another version lists may mean something else.
test_ipcns_other_format() {
	for format in 1 2; do
		printf '%s\n' "# ipclens namespaces $format" 'ipcns pid' '5 1' '# ipclens shm 1' \
			'ipcns shmid' '1 2' '# ipclens status 1' 'key value' 'end -' >"$WORK/$format"
	done
	run shm --from "$WORK/1" --ipcns 5
	expect_status 0
	run shm --from "$WORK/2" --ipcns 5
	expect_status 2
	expect_text err 'unknown namespace 5'
}

# One line, whatever keeps the list of namespaces from being read.
test_ipcns_list_unreadable() {
	mkdir -p "$WORK/files/namespaces"
	printf '# ipclens shm 1\nipcns shmid\n1 2\n' >"$WORK/files/shm"
	run shm --from "$WORK/files" --ipcns 5
	expect_status 2
	expect_text err 'unknown namespace 5'
	rmdir "$WORK/files/namespaces"
	run shm --from "$WORK/files" --ipcns 5
	expect_status 2
	expect_text err 'unknown namespace 5'
}

test_ipcns_malformed() {
	for value in '' -1 0x10 1.5 ipc:1 99999999999999999999 ' 1'; do
		run shm --from "$FULL" --ipcns "$value"
		expect_status 2
		expect_text err '--ipcns takes'
	done
}

test_ipcns_makes_no_sense() {
	for command in probes status; do
		run "$command" --from "$FULL" --ipcns 1
		expect_status 2
		expect_text err 'leave --ipcns out'
	done
}

TESTS="test_no_command test_unknown_command test_extra_argument test_unknown_option
	test_missing_argument test_empty_argument test_help test_help_of_command test_version
	test_options_before_and_after test_json_excludes_raw test_output_names
	test_output_appends test_output_repeated_name test_output_unknown test_output_all
	test_ipcns test_ipcns_without_column test_ipcns_unknown test_ipcns_empty
	test_ipcns_column_missing test_ipcns_other_format test_ipcns_list_unreadable
	test_ipcns_malformed test_ipcns_makes_no_sense"
ktap_main
