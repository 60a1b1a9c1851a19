#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Segments with their holders below, in every form, and the pairs that a shell can take.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt

# joined SEGMENT... -- HOLDER...: a capture of "ipcns shmid size" and "ipcns shmid pid comm"
joined() {
	printf '# ipclens shm 1\nipcns shmid size\n' >"$WORK/capture"
	while [ "$1" != -- ]; do
		echo "$1" >>"$WORK/capture"
		shift
	done
	shift
	printf '# ipclens shm_holders 1\nipcns shmid pid comm\n' >>"$WORK/capture"
	for holder; do
		echo "$holder" >>"$WORK/capture"
	done
	printf '# ipclens status 1\nkey value\nend -\n' >>"$WORK/capture"
}

# The branches are those of the locale's characters, and nothing else differs.
test_tree_characters() {
	run shm --tree --from "$FULL"
	expect_status 0
	expect_output <<'END'
NODE       IPCNS   ORIG_KEY PENDING NATTCH SIZE COMM       PROT
0     4026531839 0x0102000c marked       1   1K rmid test  -
`-941 4026531839          - -            -    - rmid test  rw-
1     4026531839 0x0102000c no           1   1K rmid test  -
32770 4026531839 0x0000beef no           0   2M -          -
0     4026532281 0x00000000 forced       2   4K -          -
|-812 4026532281          - -            -    - app one    rw-
`-830 4026532281          - -            -    - w\x5corker r--
END
	sed 's/^|-/├─/; s/^`-/└─/' "$WORK/out" >"$WORK/utf8"
	[ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] || skip 'no C.UTF-8 locale here'
	run_in C.UTF-8 shm --tree --from "$FULL"
	expect_status 0
	expect_output <"$WORK/utf8"
}

# Where lines are taken one by one there are no branches, but the same order.
test_tree_raw() {
	run shm --tree --from "$FULL" -rn -o node,shmid,pid,comm
	expect_status 0
	expect_output <<'END'
0 0 - rmid\x20test
941 0 941 rmid\x20test
1 1 - rmid\x20test
32770 32770 - -
0 0 - -
812 0 812 app\x20one
830 0 830 w\x5corker
END
	run shm --tree --from "$FULL" -e -o node,pid
	expect_status 0
	expect_lines 7 out
	expect_text out '^IPCLENS_NODE="812" IPCLENS_PID="812"$'
}

test_tree_json() {
	run shm --tree --from "$FULL" -J -o shmid,nattch,pid,prot --ipcns 4026532281
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '%s' '{"shm":[{"shmid":0,"nattch":2,"pid":null,"prot":null,"children":[' \
		'{"shmid":0,"nattch":null,"pid":812,"prot":"rw-"},' \
		'{"shmid":0,"nattch":null,"pid":830,"prot":"r--"}]}]}' | expect_output
	[ -x ./json_check ] || skip 'json_check is not built'
	run shm --tree --from "$FULL" -J --output-all
	expect_status 0
	./json_check <"$WORK/out" >"$WORK/members" || fail 'not JSON'
	# Seven rows of 38 columns, the array of two segments' holders, and the whole.
	[ "$(cat "$WORK/members")" = $((7 * 38 + 2 + 1)) ] || fail "$(cat "$WORK/members") members"
}

# Segments are sorted, and each takes its holders along, in their order.
test_tree_sort() {
	joined '1 5 30' '1 6 10' '1 7 20' -- '1 7 71 a' '1 5 52 b' '1 5 51 c' '1 7 70 d'
	run shm --tree --from "$WORK/capture" -rn -o node --sort size
	expect_status 0
	printf '%s\n' 6 7 71 70 5 52 51 | expect_output
	run shm --tree --from "$WORK/capture" -n -o node --sort -size
	expect_status 0
	# shellcheck disable=SC2016
	printf '%s\n' 5 '|-52' '`-51' 7 '|-71' '`-70' 6 | expect_output
}

# A mapping is never left out: its segment may have come or gone between two files.
test_tree_without_segment() {
	joined '1 5 30' '2 5 40' -- '1 6 60 x' '1 5 50 y' '3 5 53 z' '1 6 61 w' '1 - 9 v'
	run shm --tree --from "$WORK/capture" -rn -o node,ipcns,shmid,pid,comm,size
	expect_status 0
	printf '%s\n' '5 1 5 - - 30' '50 1 5 50 y -' '5 2 5 - - 40' '6 1 6 - - -' '60 1 6 60 x -' \
		'61 1 6 61 w -' '5 3 5 - - -' '53 3 5 53 z -' '- 1 - - - -' '9 1 - 9 v -' |
		expect_output
}

test_tree_empty() {
	joined --
	run shm --tree --from "$WORK/capture" -o node,size
	expect_status 0
	echo 'NODE SIZE' | expect_output
	run shm --tree --from "$WORK/capture" -J
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	[ "$(cat "$WORK/flat")" = '{"shm":[]}' ] || fail 'not an empty array'
}

# Both sections are needed, and what is wrong with one of them is said.
test_tree_sections() {
	sed -n '/^# ipclens shm 1/,/^# ipclens shm_holders/p' "$FULL" | sed '$d' >"$WORK/shm"
	run shm --tree --from "$WORK/shm"
	expect_status 2
	expect_text err "has no section 'shm_holders'"
	mkdir "$WORK/files"
	cp "$WORK/shm" "$WORK/files/"
	run shm --tree --from "$WORK/files"
	expect_status 2
	expect_text err 'files/shm_holders does not exist'
	printf '# ipclens shm_holders 1\nipcns shmid pid\n4026531839 1 5\nx\n' \
		>"$WORK/files/shm_holders"
	run shm --tree --from "$WORK/files" -rn -o node
	expect_status 1
	expect_text err "1 line of section 'shm_holders' dropped"
	printf '%s\n' 0 1 5 32770 0 | expect_output
	printf '# ipclens shm_holders 1\nipcns shmid pid\ny\n1 1 1\n' >>"$WORK/shm"
	run shm --tree --from "$WORK/shm" -rn -o node
	expect_status 1
	expect_lines 2 err
	expect_text err "1 line of section 'shm_holders' dropped"
	expect_text err 'ends too early'
}

test_tree_of_others() {
	for command in holders mqueue users status; do
		run "$command" --tree --from "$FULL"
		expect_status 2
		expect_text err "'$command' does not go with --tree"
	done
	run shm --tree --from "$FULL" -o nosuch
	expect_status 2
	expect_text err "'shm' has: node, comm, pid, .*copies$"
}

test_tree_many() {
	awk 'BEGIN { print "# ipclens shm 1\nipcns shmid"
		for (i = 0; i < 32000; i++) print 1, (i * 7919) % 32000
		print "# ipclens shm_holders 1\nipcns shmid pid"
		for (i = 0; i < 32000; i++) print 1, (i * 104729) % 32000, i
		print "# ipclens status 1\nkey value\nend -" }' >"$WORK/capture"
	start=$(date +%s)
	run shm --tree --from "$WORK/capture" -rn -o shmid,pid
	[ $(($(date +%s) - start)) -lt 60 ] || fail 'it took a minute'
	expect_status 0
	expect_lines 64000 out
	awk '$2 == "-" { segment = $1; next } $1 != segment { exit 1 }' "$WORK/out" ||
		fail 'a holder is below another segment'
}

# What a shell makes of the pairs is what is in the cells, and it runs nothing.
test_export() {
	run holders --from "$FULL" -e -o ipcns,comm,prot
	expect_status 0
	expect_output <<'END'
IPCLENS_IPCNS="4026531839" IPCLENS_COMM="rmid test" IPCLENS_PROT="rw-"
IPCLENS_IPCNS="4026532281" IPCLENS_COMM="app one" IPCLENS_PROT="rw-"
IPCLENS_IPCNS="4026532281" IPCLENS_COMM="w\x5corker" IPCLENS_PROT="r--"
END
	run shm --from "$FULL" --export -o shmid,size,lpid,atime --ipcns 4026531839
	expect_status 0
	tail -n 1 "$WORK/out" >"$WORK/last"
	echo 'IPCLENS_SHMID="32770" IPCLENS_SIZE="2097152" IPCLENS_LPID="" IPCLENS_ATIME=""' | diff - "$WORK/last" ||
		fail 'sizes are not exact, or unknown cells not empty'
	run shm --from "$FULL" -en
	expect_status 0
	expect_lines 4 out
}

test_export_hostile() {
	printf '# ipclens shm_holders 1\nipcns shmid pid comm\n' >"$WORK/capture"
	# shellcheck disable=SC2016
	printf '1 1 1 %s\n' '$(touch\040ran)' '`touch\040ran`' '";touch\040ran;"' 'a\012b' \
		'\134$HOME' '${HOME}' "'" 'caf\303\251' '\033[31m' >>"$WORK/capture"
	for locale in C C.UTF-8; do
		run_in "$locale" holders --from "$WORK/capture" -e -o comm
		expect_status 0
		expect_safe
		expect_lines 9 out
		while read -r line; do
			(cd "$WORK" && eval "$line" && printf '%s\n' "$IPCLENS_COMM")
		done <"$WORK/out" >"$WORK/names"
		[ ! -e "$WORK/ran" ] || fail 'a name was run'
		sed 's/\\x24/$/g; s/\\x60/`/g; s/\\x22/"/g' "$WORK/names" >"$WORK/out"
		# shellcheck disable=SC2016
		printf '%s\n' '$(touch ran)' '`touch ran`' '";touch ran;"' 'a\x0ab' '\x5c$HOME' \
			'${HOME}' "'" 'caf\xc3\xa9' '\x1b[31m' | expect_output
	done
}

# Nor does it touch what the shell has: UID cannot be set in bash, and a capture has no
# business with PATH.
test_export_variables() {
	printf '# ipclens shm_holders 1\nipcns shmid pid comm uid path ifs\n1 1 1 a 7 /nowhere x\n' \
		>"$WORK/capture"
	run holders --from "$WORK/capture" -e --output-all
	expect_status 0
	for shell in sh bash zsh; do
		command -v "$shell" >/dev/null || continue
		# shellcheck disable=SC2016
		"$shell" -ec 'before=$PATH; eval "$1"; [ "$PATH" = "$before" ]; ls / >/dev/null
			echo "$IPCLENS_COMM $IPCLENS_UID $IPCLENS_PATH"' export "$(cat "$WORK/out")" \
			>"$WORK/said" 2>&1 || fail "$shell: $(cat "$WORK/said")"
		[ "$(cat "$WORK/said")" = 'a 7 /nowhere' ] || fail "$shell: $(cat "$WORK/said")"
	done
}

test_forms_exclude_each_other() {
	for forms in '-e -r' '-e -J' '-r -J' '--json --export'; do
		# shellcheck disable=SC2086
		run shm --from "$FULL" $forms
		expect_status 2
		expect_text err 'exclude each other'
	done
	run shm --from "$FULL" -e -e -o shmid
	expect_status 0
}

TESTS="test_tree_characters test_tree_raw test_tree_json test_tree_sort
	test_tree_without_segment test_tree_empty test_tree_sections test_tree_of_others
	test_tree_many test_export test_export_hostile test_export_variables test_forms_exclude_each_other"
ktap_main
