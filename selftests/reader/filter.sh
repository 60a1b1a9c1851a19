#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Rows chosen by an expression, where the library that the reader is built with has them;
# where not, what is said.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt

has_filters() {
	run shm --from "$FULL" --filter 'nattch > 1'
	! grep -q 'needs libsmartcols 2.40' "$WORK/err"
}

need_filters() {
	has_filters || skip 'the libsmartcols here has no filters'
}

# chosen TABLE EXPRESSION COLUMN: the cells of the column in the rows chosen, in a line
chosen() {
	run "$1" --from "$FULL" -rn -o "$3" --filter "$2"
	expect_status 0
	tr "\n" " " <"$WORK/out" | sed "s/ $//"
}

# expect_chosen TABLE EXPRESSION COLUMN CELLS
expect_chosen() {
	got=$(chosen "$1" "$2" "$3")
	[ "$got" = "$4" ] || fail "$2: '$got', not '$4'"
}

test_filter_missing() {
	! has_filters || skip 'the libsmartcols here has filters'
	for expression in 'nattch > 1' 'nonsense(' 'nosuch == 1'; do
		run shm --from "$FULL" --filter "$expression"
		expect_status 2
		expect_text err 'needs libsmartcols 2.40, this program was built with [0-9.]*; leave it out'
	done
}

test_filter_empty() {
	run shm --from "$FULL" --filter ''
	expect_status 2
	expect_text err '--filter needs an argument that is not empty'
	run shm --from "$FULL" --filter
	expect_status 2
	expect_text err "'--filter' needs an argument"
}

test_filter_types() {
	need_filters
	expect_chosen shm 'nattch >= 1' shmid '0 1 0'
	expect_chosen shm 'size == 1024' shmid '0 1'
	expect_chosen shm 'size > 1024 && uid < 4294967294' shmid 0
	expect_chosen shm 'pending == "marked" || pending == "forced"' ipcns '4026531839 4026532281'
	expect_chosen shm 'pending != "no"' nattch '1 2'
	expect_chosen shm 'orig_key == "0x0000beef"' shmid 32770
	expect_chosen shm 'perms == "600"' shmid '32770 0'
	expect_chosen shm 'dest == 1' shmid 0
	expect_chosen shm '!dest' shmid '1 32770 0'
	expect_chosen shm 'create_comm =~ "^rmid"' shmid '0 1'
	expect_chosen shm 'atime > 1795453789' nattch '1 2'
	expect_chosen namespaces 'shmmax > 18446744073692774398' pid '1 812'
	expect_chosen status 'key == "kernel"' value 6.1.0-56-amd64
}

# The column need not be printed, its name may be in either case.
test_filter_columns() {
	need_filters
	expect_chosen shm 'NATTCH > 1 and Cpid == 812' pending forced
	expect_chosen users 'room < 9' uid '0 100000'
	expect_chosen denials 'fix =~ "sysctl"' reason queues_max
	run shm --from "$FULL" --filter 'nosuch == 1'
	expect_status 2
	expect_text err "unknown column 'nosuch'; 'shm' has: ipcns, shmid,"
}

# What is unknown is neither more nor less than a number, nor equal to it.
test_filter_unknown_cells() {
	need_filters
	expect_chosen shm 'lpid > 0' shmid '0 1 0'
	expect_chosen shm 'lpid == 0' shmid ''
	expect_chosen shm 'lpid != 941' lpid '944 830'
}

test_filter_with_others() {
	need_filters
	run shm --from "$FULL" -rn -o shmid --filter 'size >= 1024' --sort -size --ipcns 4026531839
	expect_status 0
	printf '%s\n' 32770 0 1 | expect_output
	run shm --tree --from "$FULL" -rn -o node --filter 'nattch > 1'
	expect_status 0
	printf '%s\n' 0 812 830 | expect_output
	run shm --from "$FULL" -o shmid --filter 'nattch > 100'
	expect_status 0
	echo SHMID | expect_output
	run shm --from "$FULL" -J --filter 'nattch > 100'
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	[ "$(cat "$WORK/flat")" = '{"shm":[]}' ] || fail 'not an empty array'
}

test_filter_wrong() {
	need_filters
	for expression in 'nattch >' '(' 'nattch ! 3' '"' "$(printf 'a\033[2J ==')" \
		'create_comm =~ "("' 'nattch > 1 @' 'nattch & 1' 'nattch > 1;' '%n' "$(printf '\303')"; do
		run shm --from "$FULL" --filter "$expression"
		expect_status 2
		expect_text err '--filter cannot'
		expect_safe
	done
	run shm --from "$DATA/linux-6.1.txt" --filter "$(printf '(%2000s' '')"
	expect_status 2
}

TESTS="test_filter_missing test_filter_empty test_filter_types test_filter_columns
	test_filter_unknown_cells test_filter_with_others test_filter_wrong"
ktap_main
