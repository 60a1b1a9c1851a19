#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# The command history: order, unknown cells, namespaces, and captures of modules that
# had no history yet.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
OLD=$DATA/linux-6.1.txt

# history_rows ROW...: a capture with "kind ipcns number create_time" in this order
history_rows() {
	printf '# ipclens history 1\nkind ipcns number create_time\n' >"$WORK/capture"
	printf '%s\n' "$@" >>"$WORK/capture"
}

test_table() {
	run history --from "$FULL"
	expect_status 0
	expect_output <<'END'
KIND        IPCNS NUMBER CREATE_TIME CREATE_COMM RMID_TIME RMID_COMM
shm    4026531839      0    17:09:48 rmid test    17:09:49 rmid test
shm    4026531839      1    17:09:49 rmid test           - -
mqueue 4026531839  21001    17:09:50 rmid test           - -
mqueue          -     40    17:09:51 worker              - -
mqueue 4026532281     33    17:09:52 app one             - -
shm    4026532281      0           - -                   - -
END
}

# The module's order means nothing, so it is that of creation; unknown ones come last.
test_order() {
	history_rows 'shm 1 7 30' 'shm 1 8 -' 'mqueue 1 9 9' 'shm 1 6 100' 'shm 1 5 30'
	run history --from "$WORK/capture" -rn -o number
	expect_status 0
	printf '9\n7\n5\n6\n8\n' | expect_output
	run history --from "$WORK/capture" -rn -o number --sort -number
	expect_status 0
	printf '9\n8\n7\n6\n5\n' | expect_output
	printf '# ipclens history 1\nkind number\nshm 2\nmqueue 1\n' >"$WORK/capture"
	run history --from "$WORK/capture" -rn -o number
	expect_status 0
	printf '2\n1\n' | expect_output
}

test_ipcns() {
	run history --from "$FULL" -rn -o kind,number --ipcns 4026532281
	expect_status 0
	printf 'mqueue 33\nshm 0\n' | expect_output
	history_rows 'shm 1 7 30' 'mqueue - 8 31'
	run history --from "$WORK/capture" --ipcns 2
	expect_status 2
	expect_text err 'unknown namespace 2'
	printf '# ipclens namespaces 1\nipcns\n2\n# ipclens status 1\nkey value\nend -\n' \
		>>"$WORK/capture"
	run history --from "$WORK/capture" -rn --ipcns 2
	expect_status 0
	expect_lines 0 out
}

# Of which namespace a queue was may be unknown, but not which queue.
test_key() {
	history_rows 'mqueue - 8 31' 'mqueue 1 - 32' 'mqueue 1 9 33'
	run history --from "$WORK/capture" -rn -o number
	expect_status 1
	expect_text err "1 line of section 'history' dropped, not a row (first: line 4)"
	printf '8\n9\n' | expect_output
}

test_json() {
	run history --from "$FULL" -J --ipcns 4026532281 \
		-o kind,ipcns,number,orig_key,complete,attaches,create_time,create_comm,attach_comm
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '%s' '{"history":[{"kind":"mqueue","ipcns":4026532281,"number":33,' \
		'"orig_key":null,"complete":true,"attaches":0,"create_time":1795453792,' \
		'"create_comm":"appone","attach_comm":null},' \
		'{"kind":"shm","ipcns":4026532281,"number":0,"orig_key":"0x00000000",' \
		'"complete":false,"attaches":null,"create_time":null,"create_comm":null,' \
		'"attach_comm":"w\\x5corker"}]}' | expect_output
}

test_hostile_names() {
	run history --from "$FULL" -rn -o detach_comm --sort number
	expect_status 0
	expect_safe
	expect_text out '^a\\x1b\[31mb$'
}

# Modules before the history had no such file; all else of theirs is shown.
test_capture_without_history() {
	run history --from "$OLD"
	expect_status 2
	expect_text err "has no section 'history'"
	for command in shm holders namespaces probes status; do
		run "$command" --from "$OLD"
		expect_status 0
	done
	run shm --from "$OLD" -rn -o shmid,attaches,copies,create_comm,rmid_pid
	expect_status 0
	printf '%s - - - -\n' 0 1 2 0 | expect_output
}

TESTS="test_table test_order test_ipcns test_key test_json test_hostile_names
	test_capture_without_history"
ktap_main
