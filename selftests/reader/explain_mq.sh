#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Stories of queues, of users' budgets and of refusals, likewise.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=story.sh
. ./story.sh

# about_queue [COLUMN=VALUE...]: of the one with inode 70, whatever it is called
about_queue() {
	queue "$@" >"$WORK/mqueue"
	about queue 70
}

test_queue() {
	about_queue
	said 'This is queue /jobs (inode 70) of the initial IPC namespace (4026531839).'
	said 'It has room for 10 messages of up to 8192 bytes. It holds 2 messages with 60 bytes in all.'
	said 'It was created by process 100 (maker) at 2026-01-01T00:00:00+00:00 (1h ago).'
	unsaid 'mq_unlink' 'blocked' 'notified'
	about_queue ipcns=- name=- msgs=0 create_comm=- create_time=-
	said 'This is the queue with inode 70; no task is in its IPC namespace any more.'
	said 'It is empty.'
	said 'It was created by process 100.'
	about_queue maxmsg=- qsize=- create_pid=-
	said 'Who created it and when is not known: it was before the module was loaded.'
	unsaid 'room for' 'holds'
	probe name=mq_create state=missing >"$WORK/probes"
	about_queue create_pid=-
	said "Who created it and when is not known: the module's probe \"mq_create\" is missing here."
	about_queue send_waiters=1 recv_waiters=2 notify_pid=55
	said '1 thread is blocked in sending, as it is full.'
	said '2 threads are blocked in receiving.'
	said 'Process 55 has asked to be notified of a message.'
	about_queue send_waiters=- recv_waiters=-
	said 'More than 1024 threads are blocked in sending, as it is full.'
	said 'More than 1024 threads are blocked in receiving.'
}

test_queue_cost() {
	user >"$WORK/mq_users"
	about_queue
	said 'It takes 82880 bytes of the message queue budget of user 7, messages or none.'
	said 'This user has 82880 bytes in use of 819200 that each process is allowed (RLIMIT_MSGQUEUE).'
	user limit_max=18446744073709551615 >"$WORK/mq_users"
	about_queue
	said 'its processes are allowed from 819200 up to any number, each by its own limit (RLIMIT_MSGQUEUE).'
	about_queue charged_userns=5
	said 'of the message queue budget of user 7 of user namespace 5, messages or none.'
	unsaid 'This user has'
	about_queue charged_uid=-
	said 'of the message queue budget of an unknown user, messages or none.'
	about_queue charge=-
	said 'What it is charged is not known.'
}

# A capture cannot tell who has it open, and says so.
test_queue_end() {
	about_queue
	said 'Who has it open is in /proc of the running system alone: ipclens mqholders tells it there.'
	said 'It stays until its name is taken, and those who have it open have closed it or ended.'
	typed 'rm /dev/mqueue/jobs'
	about_queue ipcns=77
	typed "nsenter --target 770 --ipc unshare -m sh -c 'mount -t mqueue none /tmp && rm /tmp/jobs'"
	said 'It stays until its name is taken, by somebody or as its namespace ends, and those who have it open'
	about_queue ipcns=78
	said 'No task is known in its namespace that could do it.'
	untyped
	mv "$WORK/namespaces" "$WORK/kept"
	for pid in 0 4194305; do
		space ipcns=77 pid="$pid" >"$WORK/namespaces"
		about_queue ipcns=77
		said 'No task is known in its namespace that could do it.'
		untyped
	done
	mv "$WORK/kept" "$WORK/namespaces"
	about_queue linked=0
	said 'mq_unlink has taken its name, so nobody can open it any more; it goes when the last descriptor of it is closed.'
	said 'The budget gets its bytes back when those who have it open have closed it or ended.'
	untyped
	about_queue linked=0 name=-
	said 'mq_unlink has taken its name, and nobody has it open any more.'
	said 'What keeps it is a rule of Landlock that was made for it, and that goes with the last process that has it; or it is just going.'
	unsaid 'descriptor' 'running system alone'
	untyped
}

# Nothing of a name gets into a command but what no shell minds.
test_queue_names() {
	for name in 'a\040b' "\\044(id)" '\047' 'a;b' 'a|b' 'a\012b' '\176' 'a*' '\055\040' '\303\244'; do
		about_queue name="$name"
		expect_safe
		said 'Its name takes care to type'
		untyped
	done
	about_queue name='a\040b\042\033[31m'
	said 'This is queue "/a b\x22\x1b[31m" (inode 70)'
	about_queue name=A-z_0.9,:@+
	typed 'rm /dev/mqueue/A-z_0.9,:@+'
	about_queue name='\055rf'
	typed 'rm /dev/mqueue/-rf'
}

test_queue_found() {
	queue >"$WORK/mqueue"
	queue ipcns=77 ino=71 | tail -n 1 >>"$WORK/mqueue"
	queue ipcns=77 ino=72 name=70 | tail -n 1 >>"$WORK/mqueue"
	about queue jobs
	said '1 of 2: This is queue /jobs (inode 70)' '2 of 2: This is queue /jobs (inode 71)'
	about queue /jobs --ipcns 77
	said 'This is queue /jobs (inode 71)'
	unsaid 'of 2' 'inode 70'
	about queue 70
	said '1 of 2: This is queue /jobs (inode 70)' '2 of 2: This is queue /70 (inode 72)'
	about queue /70
	unsaid 'of 2' 'inode 70'
	status=2
	about_again queue job
	expect_text err 'no queue job; ipclens mqueue has jobs, 70$'
	about_again queue 7
	expect_text err 'no queue 7; ipclens mqueue has 70, jobs$'
	about_again queue 71 --ipcns "$INIT"
	expect_text err 'no queue 71 in IPC namespace 4026531839; one is in 77$'
}

# about_user [COLUMN=VALUE...]
about_user() {
	user "$@" >"$WORK/mq_users"
	about user 7
}

test_user() {
	about_user
	said 'This is the message queue budget of user 7. This user has 82880 bytes in use of 819200 that each process is allowed (RLIMIT_MSGQUEUE).'
	said '8 queues without attributes, 82880 bytes each, can still be opened.'
	unsaid 'No thread' 'Each charge' 'below' 'refused'
	about_user bytes=745920
	said 'Not one more queue without attributes, which takes 82880 bytes, can be opened.'
	about_user limit_max=900000
	said 'its processes are allowed from 819200 up to 900000, each by its own limit (RLIMIT_MSGQUEUE).'
	about_user limit_min=18446744073709551615 limit_max=18446744073709551615
	said 'This user has 82880 bytes in use, and no limit (RLIMIT_MSGQUEUE).'
	said 'How many more queues fit is not known, or not bounded.'
	about_user tasks=0 limit_min=- limit_max=-
	said 'This user has 82880 bytes in use, but no process that a limit could be told of.'
	said 'No thread runs as this user; what is charged stays.'
	about_user bytes=-
	unsaid 'in use'
	about_user
	about user 7 --ipcns 77
	said 'can still be opened'
	space >"$WORK/namespaces"
	status=2
	about_again user 7 --ipcns 77
	expect_text err 'unknown namespace 77; ipclens namespaces lists those that can be seen$'
}

test_user_levels() {
	about_user bytes=200000 queue_bytes=82880
	said '117120 bytes of them are charged by queues that are not listed, or came or went meanwhile.'
	user userns=5 uid=0 parent_userns="$INIT_USER" parent_uid=7 | tail -n 1 >>"$WORK/mq_users"
	about user 7
	said '117120 bytes of them are charged by user namespaces below, whose maker this user is.'
	about_user userns=5 level=1 ceiling=400000 parent_userns="$INIT_USER" parent_uid=8
	said 'This is the message queue budget of user 7 of user namespace 5.'
	said 'Each charge counts for user 8, too, who made that user namespace, and is refused where it would take that user above 400000.'
	about_user userns=5 level=1 ceiling=9223372036854775807 parent_userns=4 parent_uid=8
	said 'Each charge counts for user 8 of user namespace 4, too, who made that user namespace.'
	user >"$WORK/mq_users"
	user userns=5 | tail -n 1 >>"$WORK/mq_users"
	about user 7
	said '1 of 2: This is the message queue budget of user 7.'
	said '2 of 2: This is the message queue budget of user 7 of user namespace 5.'
	status=2
	about_again user 6
	expect_text err 'no budget of user 6; ipclens users has 7$'
}

# The largest first, and which containers share the budget.
test_user_queues() {
	{
		queue charge=100 name=small ino=1
		queue charge=3000 name=large ipcns=77 ino=2 linked=0 create_comm='x\040y' | tail -n 1
		queue charge=200 name=kept ipcns=- ino=3 create_pid=- | tail -n 1
		queue charge=9999 name=other charged_uid=8 ino=4 | tail -n 1
		queue charge=9999 name=other charged_userns=5 ino=5 | tail -n 1
	} >"$WORK/mqueue"
	about_user
	said 'Bytes are taken by 3 queues, the largest first:'
	unsaid 'other'
	listed 'queue /large (inode 2): 3000 bytes in IPC namespace 77; unlinked; created by process 100 ("x y")'
	listed 'queue /kept (inode 3): 200 bytes'
	listed 'queue /small (inode 1): 100 bytes; created by process 100 (maker)'
	flat | grep -o '^- queue /[a-z]*' >"$WORK/order"
	printf -- '- queue /large\n- queue /kept\n- queue /small\n' | cmp - "$WORK/order" ||
		fail 'not the largest first'
	said 'They are in different IPC namespaces, which share this budget:'
	listed 'IPC namespaces that no task is in any more: 1 queue, 200 bytes'
	listed 'IPC namespace 77: 1 queue, 3000 bytes; process 770 (inside) is in it'
	listed 'the initial IPC namespace (4026531839): 1 queue, 100 bytes; process 1 (init) is in it'
	sed -i '/ 77 \|^77\| kept /d' "$WORK/mqueue"
	about user 7
	said 'Bytes are taken by 1 queue:'
	unsaid 'share' 'By IPC namespace' 'first:'
	rm "$WORK/mqueue"
	status=1
	about_again user 7
	said 'Which queues take it is not known.'
	expect_text err "no usable section 'mqueue'"
}

test_user_many_queues() {
	queue charged_uid=99 ino=1 >"$WORK/mqueue"
	for ino in $(seq 101 120); do
		queue charge="$ino" ino="$ino" ipcns="$ino" | tail -n 1
	done >>"$WORK/mqueue"
	about_user
	said 'Bytes are taken by 20 queues, the largest first:'
	listed 'queue /jobs (inode 120): 120 bytes in IPC namespace 120; created by process 100 (maker)'
	unsaid 'inode 104)'
	listed 'and 4 more; ipclens mqueue lists all'
	listed 'and 4 more'
	awk 'NR < 3 { print; next } { for (i = 0; i < 500; i++) { $2 = NR * 500 + i; print } }' \
		"$WORK/mqueue" >"$WORK/more"
	mv "$WORK/more" "$WORK/mqueue"
	start=$(date +%s)
	about user 7
	said 'Bytes are taken by 10000 queues, the largest first:'
	[ $(($(date +%s) - start)) -lt 20 ] || fail 'took 20 seconds'
}

# A refusal counts for the budget that was full, which can be that of another user.
test_user_refused() {
	denial limit_uid=8 >"$WORK/mq_denials"
	about_user
	unsaid 'refused'
	denial uid=9 >"$WORK/mq_denials"
	denial pid=601 | tail -n 1 >>"$WORK/mq_denials"
	denial pid=602 limit_uid=8 | tail -n 1 >>"$WORK/mq_denials"
	about_user
	said 'For want of this budget 2 queues were refused; this tells of the newest:'
	typed "ipclens explain denial 2 --from $WORK"
	typed 'prlimit --pid 601 --msgqueue=828800: || prlimit --pid 601 --msgqueue=828800:828800'
}

# What is advised asks the same capture, or nothing where its path would need quotes.
test_from() {
	reader=$(realpath "$(command -v "$READER")")
	denial >"$WORK/mq_denials"
	user >"$WORK/mq_users"
	fill_in
	cat "$WORK/mq_denials" "$WORK/mq_users" "$WORK/mqueue" "$WORK/namespaces" "$WORK/status" \
		>"$WORK/text"
	for path in text 'a b' "\$(id)" "it's" -text; do
		[ "$path" = text ] || cp "$WORK/text" "$WORK/$path"
		(cd "$WORK" && "$reader" explain user 7 "--from=$path") >"$WORK/out"
		said 'For want of this budget 1 queue was refused'
		if [ "$path" = text ]; then
			typed 'ipclens explain denial 1 --from text'
		else
			said 'For want of this budget 1 queue was refused.'
			unsaid 'ipclens explain denial'
		fi
		(cd "$WORK" && "$reader" explain denial "--from=$path") >"$WORK/out"
		if [ "$path" = text ]; then
			typed 'ipclens explain user 7 --from text'
		else
			unsaid 'Which queues take that budget' 'ipclens explain user'
		fi
	done
	run explain denial --from - <"$WORK/text"
	expect_status 0
	unsaid 'ipclens explain user'
}

# about_denial [COLUMN=VALUE...]
about_denial() {
	denial "$@" >"$WORK/mq_denials"
	about denial
}

test_denial() {
	user >"$WORK/mq_users"
	about_denial
	said 'Refusal 1 of 1, counted from the newest. This is about process 600 (asker) of user 7 in the initial IPC namespace (4026531839). Its mq_open of queue /q10 was refused with EMFILE (too many open files) at 2026-01-01T00:01:00+00:00 (59m ago).'
	about_denial pid=- comm=- uid=- userns=- ipcns=- name=- errno=-
	said 'This is about an unknown process. Its mq_open of a queue whose name is not known was refused with an unknown error at '
	untyped_but "ipclens explain user 7 --from $WORK"
	about_denial errno=99 userns=5 name='a\040"b'
	said 'of user 7 of user namespace 5 in' 'queue "/a \x22b"' 'refused with error 99'
	denial pid=601 >"$WORK/mq_denials"
	denial pid=602 | tail -n 1 >>"$WORK/mq_denials"
	about denial
	said 'Refusal 1 of 2' 'process 602'
	about denial 2
	said 'Refusal 2 of 2' 'process 601'
	status=2
	about_again denial 3
	expect_text err 'there are 2 refusals on record; 1 is the newest'
	denial | head -n 2 >"$WORK/mq_denials"
	about_again denial
	expect_text err 'there is no refusal; ipclens denials has no row'
}

# untyped_but COMMAND: that one, and no other
untyped_but() {
	typed "$1"
	[ "$(flat | grep -c '^[$] ')" = 1 ] || fail "another command than $1"
}

test_denial_reasons() {
	{ user; user uid=8 | tail -n 1; } >"$WORK/mq_users"
	about_denial
	said "The queue takes 82880 bytes. Queues of its user took 745920 bytes already, and the limit of the process (RLIMIT_MSGQUEUE) is 819200 bytes for all of the user's queues. Together that is 9600 bytes too many."
	said 'As things stood then, this would have let it be opened:'
	typed 'prlimit --pid 600 --msgqueue=828800: || prlimit --pid 600 --msgqueue=828800:828800'
	typed "ipclens explain user 7 --from $WORK"
	about_denial limit=900000
	unsaid 'Together'
	about_denial charged=-
	said 'Queues of its user took an unknown number of bytes already'
	unsaid 'Together'
	about_denial reason=userns limit_uid=8
	said 'The queue takes 82880 bytes, which count for user 8, too. That user had 745920 bytes in use already; the ceiling for charges from the user namespace below, set when it was made, is 819200 bytes. Together that is 9600 bytes too many.'
	said 'What would have helped: free 9600 bytes of user 8 in user namespace 4026531837, or recreate the one below it under prlimit --msgqueue=828800:828800.'
	untyped_but "ipclens explain user 8 --from $WORK"
	about_denial reason=nofile asked=1 charged=1024 limit=1024 limit_uid=- limit_userns=-
	said 'No budget of queues was short: the process had 1024 descriptors open and was allowed 1024 (RLIMIT_NOFILE).'
	untyped_but 'prlimit --pid 600 --nofile=1025: || prlimit --pid 600 --nofile=1025:1025'
	about_denial reason=file-max asked=1 charged=- limit=5000 errno=23
	said 'refused with ENFILE (too many open files in the system)'
	said 'The whole machine had no open file left: the limit (fs.file-max) is 5000.'
	said 'What would have helped: set fs.file-max to 5001 or more'
	untyped
	about_denial reason=queues_max asked=1 charged=256 limit=256 errno=28
	said 'refused with ENOSPC (no space left on device)'
	said 'Its IPC namespace had 256 queues and was allowed 256 (fs.mqueue.queues_max).'
	untyped_but 'sysctl -w fs.mqueue.queues_max=257'
	about_denial reason=queues_max asked=1 charged=- limit=- ipcns=- errno=28
	said 'The IPC namespace whose file system it is had as many queues as it was allowed (fs.mqueue.queues_max); which one that is, is not known.'
	said 'There is no command that would help it: what it takes is not known.'
	unsaid 'an unknown number' 'the process has ended'
	about_denial reason=attr asked=11 charged=- limit=10 knob=fs.mqueue.msg_max errno=22
	said 'refused with EINVAL (invalid argument)'
	said 'An attribute of the queue was refused: 11 was asked for, and 10 is the most (fs.mqueue.msg_max).'
	untyped_but 'sysctl -w fs.mqueue.msg_max=11'
	about_denial reason=attr asked=0 charged=- limit=10 knob=fs.mqueue.msg_max errno=22
	said 'An attribute of the queue was refused: 0 was asked for, and 1 is the least.'
	about_denial reason=attr asked=11 charged=- limit=- knob=-
	said 'An attribute of the queue was refused: 11 was asked for.'
	untyped
	about_denial reason=overflow
	said 'Its attributes make it larger than can be counted.'
	about_denial reason=nomem
	said 'The kernel had no memory for it.'
	about_denial reason=perm errno=13
	said 'refused with EACCES (permission denied)'
	said 'No limit was in the way, but permissions'
	for reason in other strange -; do
		about_denial "reason=$reason"
		said 'The module could not tell which limit that was.'
		untyped
	done
}

# A command about a budget that nobody has any more would say that there is none.
test_denial_budget_gone() {
	user uid=8 >"$WORK/mq_users"
	about_denial charged=0 asked=900000
	said 'The queue takes 900000 bytes.'
	untyped_but 'prlimit --pid 600 --msgqueue=900000: || prlimit --pid 600 --msgqueue=900000:900000'
}

# A long command is one line, whatever the width.
test_commands_are_whole() {
	need script
	about_denial
	script -qec "stty cols 30; $(command -v "$READER") explain denial --from $WORK" /dev/null \
		</dev/null | tr -d '\r' >"$WORK/out"
	typed 'prlimit --pid 600 --msgqueue=828800: || prlimit --pid 600 --msgqueue=828800:828800'
	[ "$(grep -v '^    ' "$WORK/out" | wc -L)" -le 30 ] || fail 'sentences are too wide'
	user >"$WORK/mq_users"
	queue >"$WORK/mqueue"
	script -qec "stty cols 30; $(command -v "$READER") explain user 7 --from $WORK" /dev/null \
		</dev/null | tr -d '\r' >"$WORK/out"
	for inline in 'ipclens explain queue' 'ulimit -q' 'prlimit --msgqueue'; do
		expect_text out "$inline"
	done
}

test_hostile_cells() {
	cell='x\041).\040It\040\012\033[31m\302\233'
	about_denial comm="$cell" name="$cell" knob="$cell" reason=attr
	expect_safe
	queue name="$cell" create_comm="$cell" charged_uid=7 >"$WORK/mqueue"
	space comm="$cell" >"$WORK/namespaces"
	about_user
	expect_safe
	listed 'queue "/x!). It \x0a\x1b[31m\xc2\x9b" (inode 70): 82880 bytes; created by process 100 ("x!). It \x0a\x1b[31m\xc2\x9b")'
}

TESTS="test_queue test_queue_cost test_queue_end test_queue_names test_queue_found test_user
	test_user_levels test_user_queues test_user_many_queues test_user_refused test_from test_denial
	test_denial_reasons test_denial_budget_gone test_commands_are_whole test_hostile_cells"
ktap_main
