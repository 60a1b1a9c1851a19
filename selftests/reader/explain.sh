#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
# shellcheck disable=SC2154 # rows are made of variables that are set by name
#
# Stories of segments: each sentence against the cells that it is made of, and none where
# a cell is unknown.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=story.sh
. ./story.sh

test_what() {
	about_segment
	said 'Segment 5 of the initial IPC namespace (4026531839) is 1M of shared memory.'
	said 'Its key is 0x0000beef.'
	about_segment ipcns=77 size=1000 huge=2097152 perms=2600
	said 'Segment 5 of IPC namespace 77 is 1000 bytes of shared memory in pages of 2M, locked into memory.'
	about_segment key=0x00000000 orig_key=0x00000000
	said 'It is private: it has never had a key.'
	about_segment key=0x00000000
	said 'It was created with the key 0x0000beef; its key is 0 since it was marked for removal.'
	about_segment key=-
	said 'It was created with the key 0x0000beef.'
	about_segment orig_key=- size=-
	said 'The key that it was created with is unknown.'
	said 'is shared memory of unknown size.'
	unsaid 'Its key'
}

test_creation() {
	segment >"$WORK/shm"
	past >"$WORK/history"
	about shm 5
	said 'It was created by process 100 (maker) of user 7 at 2026-01-01T00:00:00+00:00 (1h ago).'
	said 'The thread that created it lives.'
	unsaid 'It belongs to'
	rm "$WORK/history"
	about_segment creator_alive=0 uid=8
	said 'It was created by process 100 (maker) of user 7; that, or a later change of its owner or mode, was at 2026-01-01T00:00:01+00:00 (59m 59s ago).'
	said 'The thread that created it has ended or left the namespace.'
	said 'It belongs to user 8 now.'
	about_segment create_comm=- cuid=- ctime=- creator_alive=-
	said 'It was created by process 100; when is not known.'
	unsaid 'The thread'
	about_segment cpid=-
	said 'Who created it is unknown.'
}

# What was seen, what was not, and why not.
test_counts() {
	segment >"$WORK/shm"
	past >"$WORK/history"
	about shm 5
	said 'Since its creation, it was attached once; 2 mappings were copied by fork or split, and no mappings have gone.'
	past complete=0 attaches=3 copies=1 detaches=1 >"$WORK/history"
	about shm 5
	said 'Since the module was loaded, it was attached 3 times; 1 mapping was copied by fork or split, and 1 mapping has gone.'
	past attaches=- >"$WORK/history"
	about shm 5
	said 'How often it was attached is not known, as the module may have forgotten some of it.'
	past number=6 >"$WORK/history"
	past ipcns=77 | tail -n 1 >>"$WORK/history"
	past kind=mqueue | tail -n 1 >>"$WORK/history"
	about shm 5
	said 'What was done with it is not known: it was before the module was loaded.'
	status history_evicted=3 >"$WORK/status"
	about shm 5
	said 'What was done with it is not known: it was before the module was loaded, or is among the 3 rows that the module has forgotten.'
	status history_evicted=- >"$WORK/status"
	probe missed=1 >"$WORK/probes"
	about shm 5
	said 'What was done with it is not known: it was before the module was loaded, or the module has forgotten it, or among the 1 call that its probe has missed.'
	probe state=missing >"$WORK/probes"
	about shm 5
	said "What was done with it is not known: the module's probe \"attach\" is missing here."
	rm "$WORK/history"
	status=1
	about_again shm 5
	said 'What was done with it is not known: there is no history here.'
}

test_last() {
	about_segment
	said 'It was last attached at 2026-01-01T00:10:00+00:00 (50m ago) and last detached at 2026-01-01T00:20:00+00:00 (40m ago). The last to do either was process 200 (user).'
	about_segment dtime=- last_comm=-
	said 'It was last attached at 2026-01-01T00:10:00+00:00 (50m ago). The last to do either was process 200.'
	unsaid 'detached at'
	about_segment atime=- lpid=-
	said 'It was last detached at 2026-01-01T00:20:00+00:00 (40m ago).'
	unsaid 'The last to do'
	about_segment atime=- dtime=- lpid=- nattch=0
	said 'It has never been attached.'
	about_segment atime=- dtime=- nattch=1
	unsaid 'last attached' 'never been'
	status time=$((T0 + 900)) >"$WORK/status"
	about_segment
	said '00:10:00+00:00 (5m ago)' '00:20:00+00:00. '
	status time=- >"$WORK/status"
	about_again shm 5
	unsaid ' ago)'
}

test_mark() {
	about_segment pending=marked
	said 'It was marked for removal (IPC_RMID) by process 300 (ipcrm) of user 0 at 2026-01-01T00:30:00+00:00 (30m ago).'
	about_segment pending=marked rmid_uid=- rmid_comm=- rmid_time=-
	said 'It was marked for removal (IPC_RMID) by process 300.'
	past number=9 >"$WORK/history"
	about_segment pending=marked rmid_pid=-
	said 'It was marked for removal (IPC_RMID), but by whom and when is not known: it was before the module was loaded.'
	past >"$WORK/history"
	about_segment pending=marked rmid_pid=-
	said 'It was marked for removal (IPC_RMID), but by whom and when is not known: the module has missed it.'
	past complete=0 >"$WORK/history"
	status history_evicted=1 >"$WORK/status"
	about_segment pending=marked rmid_pid=-
	said 'but by whom and when is not known: it was before the module was loaded, or is among the 1 row that the module has forgotten.'
	probe name=mark state=missing >"$WORK/probes"
	about_segment pending=marked rmid_pid=-
	said "but by whom and when is not known: the module's probe \"mark\" is missing here."
	about_segment pending=forced
	said 'Nobody has marked it for removal, but the setting kernel.shm_rmid_forced of its namespace makes it go with its last mapping all the same.'
	about_segment
	unsaid 'marked for removal (IPC_RMID)' 'shm_rmid_forced'
}

# Three mappings of one process, as one mprotect makes them, are one holder.
test_holders() {
	segment nattch=4 pending=marked >"$WORK/shm"
	{ holder start=0x1000 prot=rw-; holder start=0x2000 prot=r-- | tail -n 1
		holder start=0x3000 prot=rw- | tail -n 1
		holder pid=401 comm='web\040content' task_ipcns=77 | tail -n 1
		holder shmid=6 | tail -n 1; holder ipcns=77 | tail -n 1; } >"$WORK/shm_holders"
	about shm 5
	said 'It has 4 mappings in 2 processes:'
	listed 'process 400 (holder): 3 mappings rw-, r--, rw-'
	listed 'process 401 ("web content"): 1 mapping rw-; it is in IPC namespace 77 now'
	said 'Its memory is freed when processes 400 and 401 have detached it or ended.'
	# one of another segment is between them
	{ holder start=0x1000 prot=rw-; holder shmid=6 prot=r-- | tail -n 1
		holder start=0x3000 prot=r-x | tail -n 1; } >"$WORK/between"
	mv "$WORK/shm_holders" "$WORK/kept"
	mv "$WORK/between" "$WORK/shm_holders"
	about shm 5
	listed 'process 400 (holder): 2 mappings rw-, r-x'
	mv "$WORK/kept" "$WORK/shm_holders"
	segment nattch=5 >"$WORK/shm"
	about shm 5
	said 'It has 4 mappings in 2 processes; the kernel counted 5, so some came or went meanwhile, or could not be found:'
	holder >"$WORK/shm_holders"
	about_segment nattch=1
	said 'It has 1 mapping in 1 process:'
}

test_many_holders() {
	segment nattch=30 pending=marked >"$WORK/shm"
	holder pid=500 >"$WORK/shm_holders"
	for pid in $(seq 501 529); do holder pid="$pid" | tail -n 1; done >>"$WORK/shm_holders"
	about shm 5
	said 'It has 30 mappings in 30 processes:'
	[ "$(grep -c '^  - process' "$WORK/out")" = 16 ] || fail 'not 16 are listed'
	listed 'and 14 processes more'
	said 'Its memory is freed when these 30 processes have detached it or ended.'
	for pid in $(seq 503 529); do sed -i "/ $pid /d" "$WORK/shm_holders"; done
	about shm 5
	said 'Its memory is freed when processes 500, 501 and 502 have detached it or ended.'
}

test_unknown_holders() {
	about_segment nattch=2
	said 'It has 2 mappings, but no process with one was found.'
	status lost=rmid,shm_holders >"$WORK/status"
	about_segment nattch=2
	said 'It has 2 mappings, but the module cannot see here in which processes.'
	rm "$WORK/shm_holders"
	status=1
	about_again shm 5
	said 'It has 2 mappings, but it is not known in which processes.'
	expect_text err "no usable section 'shm_holders'"
}

test_cost() {
	about_segment
	said 'It takes 64K of memory and no swap.'
	about_segment rss=0 swap=5120
	said 'It takes no memory and 5K of swap.'
	about_segment swap=-
	said 'It takes 64K of memory.'
	about_segment rss=-
	said 'How much memory it takes is not known.'
}

test_end() {
	holder >"$WORK/shm_holders"
	about_segment pending=marked
	said 'Its memory is freed when process 400 (holder) has detached it or ended.'
	untyped
	about_segment pending=forced
	said 'Its memory is freed when process 400 (holder) has detached it or ended.'
	about_segment
	said 'It is in use, and stays when it is not any more, for nobody has removed it. Once it is marked for removal, it goes when process 400 (holder) has detached it or ended.'
	typed 'ipcrm -m 5'
	holder shmid=6 >"$WORK/shm_holders"
	about_segment nattch=0 creator_alive=0
	said 'Nobody has it attached and nobody has removed it, so it stays until somebody does, with all that is in it.'
	typed 'ipcrm -m 5'
	about_segment nattch=0 creator_alive=0 ipcns=77
	said 'so it stays until somebody does or its namespace ends, with all that is in it.'
	about_segment nattch=0 pending=forced
	said 'Nobody has it attached; it goes with the next detach, or with its creator.'
	about_segment nattch=0 pending=marked
	said 'Nobody has it attached any more, so it is about to go.'
	untyped
	for cell in nattch pending; do
		about_segment "$cell=-"
		said 'Whether it goes by itself is not known.'
		untyped
	done
}

# The command has to be run where the segment is.
test_place() {
	about_segment ipcns=77 nattch=0
	typed 'nsenter --target 770 --ipc ipcrm -m 5'
	# a task without a number, and numbers that the kernel gives to none
	for pid in - 0 4194305 18446744073709551615; do
		space ipcns=77 pid="$pid" >"$WORK/namespaces"
		about_segment ipcns=77 nattch=0
		said 'That takes ipcrm -m 5 inside its namespace, but no task is known that is in it.'
		untyped
	done
}

test_several() {
	segment >"$WORK/shm"
	segment ipcns=77 pending=marked key=0x00000000 | tail -n 1 >>"$WORK/shm"
	segment shmid=6 key=0x0000feed orig_key=0x0000feed | tail -n 1 >>"$WORK/shm"
	for what in 5 0x0000beef 0xbeef; do
		about shm "$what"
		said '1 of 2: Segment 5 of the initial IPC namespace'
		said '2 of 2: Segment 5 of IPC namespace 77'
		about shm "$what" --ipcns 77
		unsaid 'of 2' 'the initial'
		said 'Segment 5 of IPC namespace 77'
	done
	about shm 6
	unsaid ' of 1:' 'Segment 5'
}

# Of a namespace without a task nothing is listed but mappings in processes that have left.
test_lost_segment() {
	segment >"$WORK/shm"
	holder ipcns=99 shmid=3 >"$WORK/shm_holders"
	about shm 3
	said 'Segment 3 of IPC namespace 99 could not be read, but has mappings.'
	said 'It has 1 mapping in 1 process:'
	listed 'process 400 (holder): 1 mapping rw-; it is in the initial IPC namespace (4026531839) now'
	said 'Segment and namespace go when process 400 (holder) has detached it or ended.'
	status=2
	about_again shm 3 --ipcns 77
	# one of another namespace, and of both a second mapping
	{ holder ipcns=98 shmid=3 pid=401 start=0x2000; holder ipcns=99 shmid=3 start=0x3000
		holder ipcns=98 shmid=3 pid=401 start=0x4000; } | grep ' 3 ' >>"$WORK/shm_holders"
	status=0
	about_again shm 3
	said 'Segment 3 of IPC namespace 99 could' 'Segment 3 of IPC namespace 98 could'
	[ "$(grep -c 'could not be read' "$WORK/out")" = 2 ] || fail 'not told once each'
	listed 'process 400 (holder): 2 mappings rw-; it is in the initial IPC namespace (4026531839) now'
	listed 'process 401 (holder): 2 mappings rw-; it is in the initial IPC namespace (4026531839) now'
	about_again shm 3 --ipcns 98
	unsaid 'process 400'
	# beside one of that number that has a row
	segment shmid=3 >"$WORK/shm"
	about_again shm 3
	said 'Segment 3 of the initial IPC namespace (4026531839) is' 'Segment 3 of IPC namespace 99 could'
	# and not one that the row has
	holder ipcns=99 shmid=3 >"$WORK/shm_holders"
	segment ipcns=99 shmid=3 >"$WORK/shm"
	about_again shm 3
	unsaid 'could not be read'
}

# A task is in its namespace: the module shows that one alone, or has withheld the row.
test_lost_segment_with_task() {
	segment >"$WORK/shm"
	holder ipcns=99 shmid=3 task_ipcns=99 >"$WORK/shm_holders"
	about shm 3
	said 'The module has not shown it, or it came or went meanwhile. It has 1 mapping in 1 process:'
	unsaid 'no task is in' 'Segment and namespace go'
}

# Everything unknown but what a row is about.
test_unknown_cells() {
	about_segment key=- orig_key=- dest=- pending=- nattch=- perms=- size=- rss=- swap=- huge=- \
		uid=- cuid=- cpid=- lpid=- creator_alive=- atime=- dtime=- ctime=- create_comm=- \
		last_comm=- rmid_pid=- rmid_uid=- rmid_comm=- rmid_time=- shmid=-
	status=2
	about_again shm 5
	about_segment key=- orig_key=- dest=- pending=- nattch=- perms=- size=- rss=- swap=- huge=- \
		uid=- cuid=- cpid=- lpid=- creator_alive=- atime=- dtime=- ctime=- create_comm=- \
		last_comm=- rmid_pid=- rmid_uid=- rmid_comm=- rmid_time=-
	unsaid ' 0 ' '(null)' 'process ' '1970'
}

# The same from one text as from a directory, and from a text without the rest.
test_sources() {
	segment >"$WORK/shm"
	past >"$WORK/history"
	holder >"$WORK/shm_holders"
	about shm 5
	mv "$WORK/out" "$WORK/split"
	cat "$WORK/history" "$WORK/namespaces" "$WORK/probes" "$WORK/shm" "$WORK/shm_holders" \
		"$WORK/status" >"$WORK/text"
	run explain shm 5 --from "$WORK/text"
	expect_status 0
	cmp "$WORK/split" "$WORK/out" || fail 'a text and a directory differ'
	run explain --from - shm 5 <"$WORK/text"
	expect_status 0
	cmp "$WORK/split" "$WORK/out" || fail 'a text and standard input differ'
	run explain shm 5 --from "$WORK/shm"
	expect_status 1
	expect_lines 1 err
	expect_text err "no usable section 'history', 'shm_holders', 'probes', 'namespaces', 'status'"
	said 'Segment 5 of the initial'
	head -c -9 "$WORK/text" >"$WORK/cut"
	run explain shm 5 --from "$WORK/cut"
	expect_status 1
	expect_lines 1 err
	expect_text err 'ends too early'
	run explain shm 5 --from "$WORK/namespaces"
	expect_status 2
	expect_text err "no section 'shm'"
}

test_nothing() {
	segment >"$WORK/shm"
	for id in $(seq 15 27) 7; do segment shmid="$id" | tail -n 1; done >>"$WORK/shm"
	status=2
	about_again shm 8
	expect_text err 'no segment 8; ipclens shm has 18, 5, 15, 16, 17, 19, 20, 21, ...$'
	about_again shm 0x0000feed
	expect_text err 'no segment 0x0000feed; ipclens shm has'
	about_again shm 5 --ipcns 77
	expect_text err 'no segment 5 in IPC namespace 77; one is in 4026531839$'
	segment | head -n 2 >"$WORK/shm"
	about_again shm 5
	expect_text err 'there is no segment; ipclens shm has no row'
}

# expect_wrong PATTERN ARGUMENT...
expect_wrong() {
	pattern=$1
	shift
	run --from "$WORK" explain "$@"
	expect_status 2
	expect_text err "$pattern"
}

test_wrong() {
	segment >"$WORK/shm"
	takes='shm ID | queue NAME | user UID | denial \[N\]'
	expect_wrong "explain what? It takes $takes"
	expect_wrong "cannot explain 'segment'; explain takes $takes" segment 5
	expect_wrong "explain shm takes one argument, not '6' as well" shm 5 6
	for id in '' x -- 5x 0x 0xg +5 18446744073709551616 0x100000000; do
		expect_wrong "explain shm takes the id of a segment.* not '$id'" shm -- "$id"
	done
	expect_wrong 'explain shm takes the id of a segment' shm
	expect_wrong '0 is the key of every private or removed segment' shm 0x00000000
	for user in '' x root; do
		expect_wrong "explain user takes the number of a user.* not '$user'" user "$user"
	done
	expect_wrong 'explain queue takes the name of a queue' queue /
	expect_wrong 'explain queue takes the name of a queue' queue
	for number in 0 x ''; do
		expect_wrong 'explain denial takes 1 for the newest' denial "$number"
	done
	expect_wrong 'leave --ipcns out' denial --ipcns 77
	run explain shm 5 --json
	expect_status 2
	expect_text err "'explain' does not go with --json"
}

test_width() {
	need script
	segment >"$WORK/shm"
	holder comm='web\040content' >"$WORK/shm_holders"
	past >"$WORK/history"
	about shm 5
	[ "$(wc -L <"$WORK/out")" -le 80 ] || fail 'wider than 80 columns'
	[ "$(wc -L <"$WORK/out")" -gt 70 ] || fail 'narrower than it could be'
	words=$(tr -s ' \n' '\n' <"$WORK/out" | md5sum)
	for columns in 30 40 100 200; do
		script -qec "stty cols $columns; $(command -v "$READER") explain shm 5 --from $WORK" \
			/dev/null </dev/null | tr -d '\r' >"$WORK/out"
		[ "$(wc -L <"$WORK/out")" -le "$columns" ] || fail "wider than $columns columns"
		[ "$(wc -L <"$WORK/out")" -gt $((columns - 20)) ] || fail "too narrow for $columns"
		[ "$words" = "$(tr -s ' \n' '\n' <"$WORK/out" | md5sum)" ] || fail 'words differ'
	done
}

# Whatever a name is, it is seen where it begins and ends, and does nothing else.
test_hostile_names() {
	holder comm='x\041).\040It\040is\042\054\040\012\033[31m\134\302\233' >"$WORK/shm_holders"
	about_segment create_comm='\055' last_comm='a\042b'
	expect_safe
	said 'process 100 (-)'
	said 'process 200 ("a\x22b")'
	listed 'process 400 ("x!). It is\x22, \x0a\x1b[31m\x5c\xc2\x9b"): 1 mapping rw-'
	holder comm='\303\244rger\302\240\342\200\256x' >"$WORK/shm_holders"
	about_segment
	listed 'process 400 ("\xc3\xa4rger\xc2\xa0\xe2\x80\xaex"): 1 mapping rw-'
	run_in C.UTF-8 explain shm 5 --from "$WORK"
	expect_status 0
	expect_safe
	listed "$(printf 'process 400 ("\303\244rger\\xc2\\xa0\\xe2\\x80\\xaex"): 1 mapping rw-')"
	long=$(printf '%04000d' 0 | tr 0 x)
	holder comm="$long" >"$WORK/shm_holders"
	about_segment
	expect_text out "^  - process 400\$"
	expect_text out "($long):"
}

# As many segments as a namespace may have, each with holders.
test_many() {
	segment >"$WORK/shm"
	holder >"$WORK/shm_holders"
	past >"$WORK/history"
	for file in shm shm_holders history; do
		awk 'NR < 3 { print; next }
			{ for (i = 6; i < 32006; i++) { $(2 + ($1 == "shm")) = i; print } }' \
			"$WORK/$file" >"$WORK/more"
		mv "$WORK/more" "$WORK/$file"
	done
	start=$(date +%s)
	about shm 32005
	status=2
	about_again shm 5
	# nothing is like these
	for shmid in 96001 96002 96003 96004 96005; do about_again shm "$shmid"; done
	[ $(($(date +%s) - start)) -lt 30 ] || fail 'took half a minute'
}

# page KIND NAME PAGE: the page that the story of an object ends with, or none
page() {
	run explain "$1" "$2" --from data/capture.txt
	tail -n 1 "$WORK/out" >"$WORK/last"
	grep -v '^More on this: ' "$WORK/last" >"$WORK/none" || :
	[ "$3" != none ] || { [ -s "$WORK/none" ] || fail "$1 $2 has a page"; return 0; }
	echo "More on this: pitfalls/$3.md in the documentation." | diff - "$WORK/last" ||
		fail "$1 $2 has not the page $3"
	[ ! -d ../../Documentation ] || [ -e "../../Documentation/pitfalls/$3.md" ] ||
		fail "there is no page $3"
}

test_pages() {
	page shm 0 removed
	page shm 32770 left
	page shm 1 none
	page queue q1 budget
	page user 0 budget
	page denial 5 budget
	page denial 4 descriptors
	page denial 3 budget
	page denial 1 none
}

TESTS="test_what test_creation test_counts test_last test_mark test_holders test_many_holders
	test_unknown_holders test_cost test_end test_place test_several test_lost_segment test_lost_segment_with_task
	test_unknown_cells test_sources test_nothing test_wrong test_width test_hostile_names
	test_many test_pages"
ktap_main
