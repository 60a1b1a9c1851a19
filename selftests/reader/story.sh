# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
#
# Captures of a few rows each, which a test makes of cells, and what a story of them
# says, however it is wrapped. Sourced instead of ktap.sh.

# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

INIT=4026531839
INIT_USER=4026531837
export TZ=UTC0

# When the module was read: an hour after the first second of 2026.
T0=1767225600
NOW=$((T0 + 3600))

# rows FILE COLUMNS CELLS [COLUMN=VALUE...]: a section with one row
rows() (
	file=$1 columns=$(echo "$2" | tr -s '\n\t' ' ') cells=$3
	shift 3
	# shellcheck disable=SC2086
	set -- $cells "$@"
	for column in $columns; do
		eval "$column='$1'"
		shift
	done
	for word; do eval "${word%%=*}='${word#*=}'"; done
	printf '# ipclens %s 1\n%s\n' "$file" "$columns"
	for column in $columns; do eval "printf '%s ' \"\$$column\""; done
	echo
)

segment() {
	rows shm 'ipcns shmid key orig_key dest pending nattch perms size rss swap huge uid cuid
		cpid lpid creator_alive atime dtime ctime create_comm last_comm rmid_pid rmid_uid
		rmid_comm rmid_time' "$INIT 5 0x0000beef 0x0000beef 0 no 1 600 1048576 65536 0 0 7 7
		100 200 1 $((T0 + 600)) $((T0 + 1200)) $((T0 + 1)) maker user 300 0
		ipcrm $((T0 + 1800))" "$@"
}

past() {
	rows history 'kind ipcns number complete attaches copies detaches create_time' \
		"shm $INIT 5 1 1 2 0 $T0" "$@"
}

holder() {
	rows shm_holders 'ipcns shmid pid comm start prot task_ipcns' \
		"$INIT 5 400 holder 0x1000 rw- $INIT" "$@"
}

space() {
	rows namespaces 'ipcns pid comm mq_default_charge' "$INIT 1 init 82880" "$@"
}

probe() {
	rows probes 'name state missed' "attach active 0" "$@"
}

queue() {
	rows mqueue 'ipcns ino name linked maxmsg msgsize msgs qsize charge charged_userns charged_uid
		notify_pid send_waiters recv_waiters create_pid create_comm create_time' \
		"$INIT 70 jobs 1 10 8192 2 60 82880 $INIT_USER 7 - 0 0 100 maker $T0" "$@"
}

user() {
	rows mq_users 'userns uid bytes queues unlinked queue_bytes limit_min limit_max ceiling tasks
		level parent_userns parent_uid' \
		"$INIT_USER 7 82880 1 0 82880 819200 819200 - 3 0 - -" "$@"
}

denial() {
	rows mq_denials 'time pid comm uid userns ipcns reason errno asked charged limit name knob
		limit_userns limit_uid level' "$((T0 + 60)) 600 asker 7 $INIT_USER $INIT rlimit 24
		82880 745920 819200 q10 RLIMIT_MSGQUEUE $INIT_USER 7 0" "$@"
}

# status KEY=VALUE...
status() {
	printf '# ipclens status 1\nkey value\ntime %s\nhistory_evicted 0\n' "$NOW" >"$WORK/keys"
	for word; do
		sed -i "/^${word%%=*} /d" "$WORK/keys"
		echo "${word%%=*} ${word#*=}" >>"$WORK/keys"
	done
	cat "$WORK/keys"
	echo 'end -'
}

# The files that no test has made.
fill_in() {
	[ -e "$WORK/status" ] || status >"$WORK/status"
	[ -e "$WORK/history" ] || past number=0 >"$WORK/history"
	[ -e "$WORK/shm_holders" ] || holder shmid=99 >"$WORK/shm_holders"
	[ -e "$WORK/probes" ] || probe >"$WORK/probes"
	[ -e "$WORK/mq_users" ] || user uid=99 >"$WORK/mq_users"
	[ -e "$WORK/mq_denials" ] || denial limit_uid=99 >"$WORK/mq_denials"
	[ -e "$WORK/mqueue" ] || queue ino=99 name=other charged_uid=99 >"$WORK/mqueue"
	[ -e "$WORK/namespaces" ] || {
		space
		space ipcns=77 pid=770 comm=inside | tail -n 1
	} >"$WORK/namespaces"
}

# about_again ARGUMENT...: the story of what there is now; $status is the one expected.
about_again() {
	wanted=$status
	run explain "$@" --from "$WORK"
	expect_status "$wanted"
	[ "$status" = 2 ] || expect_no_text out '  - $'
}

# about ARGUMENT...: likewise, with all files that it takes
about() {
	fill_in
	status=0
	about_again "$@"
}

# about_segment [COLUMN=VALUE...]
about_segment() {
	segment "$@" >"$WORK/shm"
	fill_in
	run explain shm 5 --from "$WORK"
	case " $* " in
	*' shmid=- '*) ;;
	*) expect_status 0 ;;
	esac
}

# Unwrapped: a paragraph, an item or a command is a line.
flat() {
	awk '/^$/ { item = 0; printf "\n"; next }
		/^  - / { item = 1; printf "\n"; sub(/^  - /, "- ") }
		/^    / && !item { printf "\n$ " }
		!/^ / && !/^- / { item = 0 }
		{ sub(/^ */, ""); printf "%s ", $0 }
		END { printf "\n" }' "$WORK/out" | sed 's/ $//'
}

# story_has GREP-OPTION TEXT
story_has() {
	flat | grep -q "$1" -e "$2"
}

# said SENTENCE...
said() {
	for sentence; do
		story_has -F "$sentence" && continue
		cat "$WORK/out"
		fail "not said: $sentence"
	done
}

unsaid() {
	for sentence; do
		story_has -F "$sentence" || continue
		cat "$WORK/out"
		fail "said: $sentence"
	done
}

# listed ITEM: all of it
listed() {
	story_has -xF "- $1" && return
	cat "$WORK/out"
	fail "not listed: $1"
}

# typed COMMAND: on a line of its own
typed() {
	story_has -xF "$ $1" && return
	cat "$WORK/out"
	fail "no command: $1"
}

untyped() {
	story_has -G '^[$] ' || return 0
	cat "$WORK/out"
	fail 'there is a command'
}
