# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The running kernel and its processes, played by files over debugfs in a mount
# namespace and by processes in a pid namespace of our own. Sourced instead of ktap.sh.

# Only where all processes are ours are all of them readable.
if [ -z "${STAGE_INSIDE-}" ] && unshare -mpf --mount-proc true 2>/dev/null; then
	STAGE_INSIDE=yes exec unshare -mpf --mount-proc "./${0##*/}"
fi

# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

DEBUGFS=/sys/kernel/debug
COLUMNS='ipcns ino name linked charge dev'
holder=

stop_holder() {
	[ -z "$holder" ] || kill "$holder" 2>/dev/null || :
}

# device FILE: of its file system, major:minor
device() {
	number=$(stat -L -c %d "$1")
	echo "$((number >> 8 & 0xfff)):$((number & 0xff | number >> 12 & 0xfff00))"
}

# list_queue IPCNS FILE NAME LINKED: a row about the file
list_queue() {
	[ -e "$WORK/debug/ipclens/mqueue" ] || {
		mkdir -p "$WORK/debug/ipclens"
		printf '# ipclens mqueue 1\n%s\n' "$COLUMNS" >"$WORK/debug/ipclens/mqueue"
		chmod 755 "$TOP" "$WORK" "$WORK/debug" "$WORK/debug/ipclens"
	}
	printf '%s ' "$1" "$(stat -L -c %i "$2")" "$3" "$4" 82880 "$(device "$2")" \
		>>"$WORK/debug/ipclens/mqueue"
	echo >>"$WORK/debug/ipclens/mqueue"
}

# stage_run ARGUMENT...: run the reader, through $as if that is set, with our files.
as=
stage_run() {
	need unshare
	[ "${STAGE_INSIDE-}" ] || skip 'no right to make mount and pid namespaces'
	[ -d "$DEBUGFS" ] || skip "no $DEBUGFS here"
	[ -e /proc/self/fd ] || skip 'no /proc here'
	cp "$(command -v "$READER")" "$WORK/reader"
	status=0
	# shellcheck disable=SC2016
	unshare -m sh -euc '
		work=$1 debugfs=$2 proc=$3 as=$4
		shift 4
		mount --bind "$work/debug" "$debugfs"
		[ ! -e "$work/file-nr" ] || mount --bind "$work/file-nr" /proc/sys/fs/file-nr
		[ ! -e "$work/nr_open" ] || mount --bind "$work/nr_open" /proc/sys/fs/nr_open
		[ ! -d "$work/dev" ] || mount --bind "$work/dev" /dev
		[ -z "$proc" ] || mount -t tmpfs none /proc
		exec $as "$work/reader" "$@"' stage "$WORK" "$DEBUGFS" "${PROC-}" "$as" "$@" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
}

# hold FILE [OTHER]: a process with the file as its descriptors 5 and 7, named as $NAME
# says, else "hold er", and the other one as 9
hold() {
	[ -p "$WORK/wait" ] || mkfifo "$WORK/wait"
	# shellcheck disable=SC2016
	sh -c 'printf %s "$2" >/proc/self/comm; read -r line <"$1"' hold "$WORK/wait" \
		"${NAME-hold er}" 5<"$1" 7<"$1" 9<"${2:-/dev/null}" &
	holder=$!
	trap stop_holder EXIT
	while [ "$(cat "/proc/$holder/comm")" != "${NAME-hold er}" ]; do sleep 0.1; done
}
