#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# What is printed: table, raw and JSON forms, numbers, unknown cells, order, and
# above all nothing that could harm a terminal.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt

# The names in it: an escape sequence, a C1 control, a letter, a broken byte, a
# backslash, \x1b as text, a tab, DEL, a right-to-left override, a lone hyphen.
hostile() {
	echo '# ipclens shm_holders 1'
	echo 'ipcns shmid pid comm'
	printf '%s\n' '1 1 1 \033[31mred' '1 1 2 \302\205x' '1 1 3 caf\303\251' '1 1 4 a\377b' \
		'1 1 5 a\134b' '1 1 6 a\134x1b' '1 1 7 a\011b' '1 1 8 a\177b' \
		'1 1 9 a\342\200\256b' '1 1 10 \055' '1 1 11 a\000b\400\8' '1 1 12 a\012b' \
		'1 1 13 \300\200' '1 1 14 \355\240\200' '1 1 15 \"q\"'
	printf '%s\n' '1 1 17 \340\201\201' '1 1 18 \364\220\200\200' '1 1 19 \360\237\230'
	printf '1 1 16 raw\302\233m\n'
}

# As \xHH in every form; the letter only where it can be printed.
hostile_expected() {
	cat <<'END'
\x1b[31mred
\xc2\x85x
LETTER
a\xffb
a\x5cb
a\x5cx1b
a\x09b
a\x7fb
a\xe2\x80\xaeb
-
a\x5c000b\x5c400\x5c8
a\x0ab
\xc0\x80
\xed\xa0\x80
\x5c"q\x5c"
\xe0\x81\x81
\xf4\x90\x80\x80
\xf0\x9f\x98
raw\xc2\x9bm
END
}

test_table() {
	run shm --from "$FULL"
	expect_status 0
	expect_output <<'END'
     IPCNS SHMID   ORIG_KEY PENDING NATTCH SIZE        UID CPID LPID
4026531839     0 0x0102000c marked       1   1K          0  941  941
4026531839     1 0x0102000c no           1   1K       1000  941  944
4026531839 32770 0x0000beef no           0   2M 4294967294  977    -
4026532281     0 0x00000000 forced       2   4K     100000  812  830
END
}

# Names in it are short: those of a busy machine are in form.sh.
test_table_widths() {
	for command in shm holders mqueue users denials history namespaces probes status; do
		run "$command" --from "$FULL"
		expect_status 0
		awk -v command="$command" 'length > 80 { print command ": " length; wide = 1 }
			END { exit wide }' "$WORK/out" || fail 'wider than 80 columns'
		expect_no_text out ' $'
	done
}

# Without rows there are headings still, and JSON as for any number of rows.
test_no_rows() {
	printf '# ipclens shm 1\nipcns shmid size\n' >"$WORK/capture"
	for form in -r -b; do
		run shm --from "$WORK/capture" "$form" -o ipcns,size,pending
		expect_status 0
		echo 'IPCNS SIZE PENDING' | expect_output
		run shm --from "$WORK/capture" "$form" -n
		expect_status 0
		expect_lines 0 out
	done
}

test_noheadings() {
	run status --from "$FULL" -n
	expect_status 0
	head -n 1 "$WORK/out" | grep -q '^version' || fail 'there are headings'
	run status --from "$FULL" -rn
	expect_status 0
	expect_lines 17 out
}

test_raw() {
	run holders --from "$FULL" -r
	expect_status 0
	expect_output <<'END'
IPCNS SHMID PID COMM START PROT TASK_IPCNS
4026531839 0 941 rmid\x20test 0x7f3c5a1e2000 rw- 4026531839
4026532281 0 812 app\x20one 0x7fb0d4000000 rw- 4026532281
4026532281 0 830 w\x5corker 0x7ffff7fc1000 r-- 4026531839
END
}

test_status_hides_end() {
	run status --from "$FULL" -rn -o key
	expect_no_text out '^end'
	expect_text out '^lost$'
}

test_json_exact() {
	run shm --from "$FULL" -J -o shmid,orig_key,dest,pending,perms,lpid,dtime --ipcns 4026532281
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '%s%s' '{"shm":[{"shmid":0,"orig_key":"0x00000000","dest":false,' \
		'"pending":"forced","perms":"600","lpid":830,"dtime":null}]}' | expect_output
}

# expect_json MEMBERS: out is strictly JSON, with so many members in all objects.
expect_json() {
	[ -x ./json_check ] || skip 'json_check is not built'
	members=$(./json_check <"$WORK/out") || fail "not JSON: $(head -c 300 "$WORK/out")"
	[ "$members" = "$1" ] || fail "$members members, not $1"
}

test_json_parses() {
	while read -r command rows columns defaults; do
		run "$command" --from "$FULL" -J
		expect_status 0
		expect_json $((rows * defaults + 1))
		run "$command" --from "$FULL" -J --output-all
		expect_status 0
		expect_json $((rows * columns + 1))
	done <<-END
		shm 4 31 9
		holders 3 8 7
		mqueue 4 21 8
		users 3 15 9
		denials 5 19 8
		history 6 28 7
		namespaces 2 15 7
		probes 8 7 6
		status 17 2 2
	END
}

# Every type, known and unknown.
test_json_types() {
	printf '%s\n' '# ipclens shm 1' \
		'ipcns shmid key dest pending perms size atime future other' \
		'1 2 0x00000003 1 marked 1666 4 5 6 -' '7 8 - - - - - - - x' >"$WORK/capture"
	run shm --from "$WORK/capture" -J --output-all
	expect_status 0
	expect_json 67
	run shm --from "$WORK/capture" -J \
		-o ipcns,key,dest,pending,perms,size,atime,future,other,nattch,rmid_comm,creator_alive
	expect_status 0
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '%s' '{"shm":[{"ipcns":1,"key":"0x00000003","dest":true,"pending":"marked",' \
		'"perms":"1666","size":4,"atime":5,"future":"6","other":null,"nattch":null,' \
		'"rmid_comm":null,"creator_alive":null},{"ipcns":7,"key":null,"dest":null,' \
		'"pending":null,"perms":null,"size":null,"atime":null,"future":null,"other":"x",' \
		'"nattch":null,"rmid_comm":null,"creator_alive":null}]}' | expect_output
}

test_json_empty() {
	printf '# ipclens shm 1\nipcns shmid key\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -J
	expect_status 0
	expect_json 1
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '{"shm":[]}' | expect_output
}

test_json_noheadings() {
	run shm --from "$FULL" -J
	cp "$WORK/out" "$WORK/plain"
	run shm --from "$FULL" -J -n
	expect_status 0
	expect_output <"$WORK/plain"
}

# Programs that take all JSON numbers as floating point would not see the difference.
test_u64() {
	run namespaces --from "$FULL" -J -o shmmax --ipcns 4026532281
	expect_status 0
	expect_text out '"shmmax": 18446744073692774399$'
	printf '# ipclens shm 1\nipcns shmid size\n1 2 18446744073709551615\n' >"$WORK/capture"
	for form in -J -r -b; do
		run shm --from "$WORK/capture" "$form" -o size
		expect_status 0
		expect_text out '18446744073709551615'
	done
}

# JSON has no such numbers.
test_leading_zeros() {
	printf '# ipclens shm 1\nipcns shmid size\n007 000 00\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -J -o ipcns,shmid,size
	expect_status 0
	expect_json 4
	tr -d ' \n' <"$WORK/out" >"$WORK/flat"
	mv "$WORK/flat" "$WORK/out"
	printf '{"shm":[{"ipcns":7,"shmid":0,"size":0}]}' | expect_output
}

# hostile_check LOCALE LETTER FORM: comm, one a line, is in out.
hostile_check() {
	expect_status 0
	expect_safe
	hostile_expected | sed "s/LETTER/$2/" | expect_output
}

test_hostile_table() {
	hostile >"$WORK/capture"
	run_in C holders --from "$WORK/capture" -n -o comm
	hostile_check C 'caf\\xc3\\xa9'
	run_in C.UTF-8 holders --from "$WORK/capture" -n -o comm
	[ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] || skip 'no C.UTF-8 locale here'
	hostile_check C.UTF-8 "$(printf 'caf\303\251')"
}

test_hostile_raw() {
	hostile >"$WORK/capture"
	for locale in C C.UTF-8; do
		run_in "$locale" holders --from "$WORK/capture" -rn -o comm
		hostile_check "$locale" 'caf\\xc3\\xa9'
	done
}

test_hostile_json() {
	hostile >"$WORK/capture"
	for locale in C C.UTF-8; do
		run_in "$locale" holders --from "$WORK/capture" -J -o comm
		expect_status 0
		expect_safe
		expect_json 20
		sed -n 's/^ *"comm": "\(.*\)"$/\1/p' "$WORK/out" |
			sed 's/\\\(["\\]\)/\1/g' >"$WORK/names"
		mv "$WORK/names" "$WORK/out"
		hostile_check "$locale" "$(printf 'caf\303\251')"
	done
}

test_hostile_width() {
	[ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] || skip 'no C.UTF-8 locale here'
	hostile >"$WORK/capture"
	run_in C.UTF-8 holders --from "$WORK/capture" -n -o comm,pid
	expect_text out "^$(printf 'caf\303\251')                    3\$"
	expect_text out '^a\\xe2\\x80\\xaeb          9$'
}

sorted() {
	run shm --from "$1" -rn -o shmid --sort "$2"
	expect_status 0
	tr '\n' ' ' <"$WORK/out"
}

test_sort() {
	printf '%s\n' '# ipclens shm 1' 'ipcns shmid key perms size pending' \
		'1 1 0x000000ff 1000 9 b' '1 2 0x00000100 777 10 a' '1 3 - - - -' \
		'1 4 0x0000000a 1000 9 c' '1 5 0x00000001 7 18446744073709551615 ab' \
		'1 6 - 007 - -' >"$WORK/capture"
	[ "$(sorted "$WORK/capture" size)" = '1 4 2 5 3 6 ' ] || fail size
	[ "$(sorted "$WORK/capture" -size)" = '5 2 1 4 3 6 ' ] || fail -size
	[ "$(sorted "$WORK/capture" +size)" = '1 4 2 5 3 6 ' ] || fail +size
	[ "$(sorted "$WORK/capture" KEY)" = '5 4 1 2 3 6 ' ] || fail key
	[ "$(sorted "$WORK/capture" perms)" = '5 6 2 1 4 3 ' ] || fail perms
	[ "$(sorted "$WORK/capture" pending)" = '2 5 1 4 3 6 ' ] || fail pending
	[ "$(sorted "$WORK/capture" -pending)" = '4 1 5 2 3 6 ' ] || fail -pending
	[ "$(sorted "$WORK/capture" swap)" = '1 2 3 4 5 6 ' ] || fail 'column not in the input'
	run shm --from "$WORK/capture" --sort nosuch
	expect_status 2
	expect_text err "unknown column 'nosuch'"
}

test_order_kept() {
	printf '# ipclens shm 1\nipcns shmid\n2 9\n1 8\n3 7\n' >"$WORK/capture"
	run shm --from "$WORK/capture" -rn -o ipcns,shmid
	expect_status 0
	printf '2 9\n1 8\n3 7\n' | expect_output
}

# 32,000 segments are normal, and ten times as many must not take a hundred times as long.
test_many_rows() {
	awk 'BEGIN { print "# ipclens shm 1\nipcns shmid key nattch size pending"
		for (i = 0; i < 320000; i++) printf "1 %d 0x%08x %d 4096 no\n", i, i, i % 7 }' \
		>"$WORK/capture"
	for form in -r -J --sort=nattch; do
		start=$(date +%s)
		run shm --from "$WORK/capture" "$form"
		[ $(($(date +%s) - start)) -lt 60 ] || fail "$form took a minute"
		expect_status 0
	done
	expect_lines 320001 out
}

TESTS="test_table test_table_widths test_no_rows test_noheadings test_raw test_status_hides_end
	test_json_exact test_json_parses test_json_types test_json_empty test_json_noheadings
	test_u64 test_leading_zeros test_hostile_table test_hostile_raw test_hostile_json
	test_hostile_width test_sort test_order_kept test_many_rows"
ktap_main
