#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# What is said of captures from real kernels: word for word what is kept in data/golden, so
# that each change of it is seen and meant, and in numbers what awk reads in the capture.
#
# "golden.sh keep" (make golden) keeps what is said now; "git diff" shows what that changes.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

TABLES='shm holders mqueue users denials history namespaces probes status'
# No terminal, so of this width whatever the machine.
export COLUMNS=80
unset NO_COLOR TERM

# cells CAPTURE FILE: "row column cell" of a file's section
cells() {
	awk -v file="$2" '
		/^# ipclens / { inside = $3 == file; heading = 1; next }
		!inside { next }
		heading { for (i = 1; i <= NF; i++) name[i] = $i; heading = 0; next }
		{ row++; for (i = 1; i <= NF; i++) print row, name[i], $i }' "$1"
}

# first CAPTURE FILE COLUMN [WHERE VALUE]: the cell of the first row, or of the first such one
first() {
	cells "$1" "$2" | awk -v column="$3" -v where="${4-}" -v value="${5-}" '
		{ cell[$1, $2] = $3; rows = $1 }
		END {
			for (row = 1; row <= rows; row++) {
				if (where == "" || cell[row, where] == value) {
					print cell[row, column]
					exit
				}
			}
		}'
}

# say CAPTURE ARGUMENT...: the command and all that comes of it
say() {
	capture=$1
	shift
	printf '$ ipclens %s\n' "$*"
	run "$@" --from "$capture"
	# where the capture lies is nothing of ours
	sed "s|$capture|CAPTURE|" "$WORK/out"
	sed "s|$capture|CAPTURE|; s/^/! /" "$WORK/err"
	[ "$status" = 0 ] || echo "[exit status $status]"
	echo
}

# One object of each kind, the most telling: a queue without a name, whoever is charged most
say_stories() {
	say "$1" explain shm "$(first "$1" shm shmid)"
	queue=$(first "$1" mqueue ino linked 0)
	say "$1" explain queue "${queue:-none}"
	user=$(cells "$1" mq_users | awk '$2 == "uid" { uid = $3 }
		$2 == "bytes" && $3 >= most { most = $3; found = uid } END { print found }')
	say "$1" explain user "${user:-0}"
	say "$1" explain denial 1
}

say_all() {
	for table in $TABLES; do
		say "$1" "$table"
	done
	say "$1" shm --tree
	say "$1" triage
	say_stories "$1"
	say "$1" metrics
}

# golden CAPTURE: the name of what is kept
golden() {
	echo "$DATA/golden/${1##*/}"
}

test_golden() {
	differ=
	for capture in "$DATA"/*.txt; do
		say_all "$capture" >"$WORK/said"
		diff -u "$(golden "$capture")" "$WORK/said" || differ="$differ $capture"
	done
	[ -z "$differ" ] || fail "not what is kept (-) of:$differ; if it is meant, make golden"
}

test_no_golden_is_left_over() {
	for kept in "$DATA"/golden/*; do
		[ -e "$DATA/${kept##*/}" ] || fail "no capture for $kept"
	done
}

# Now is when a capture was taken, years later as well.
test_golden_at_any_time() {
	[ -e ./fault.so ] || skip 'fault.so is not built'
	for capture in "$DATA"/*.txt; do
		(
			export LD_PRELOAD=./fault.so FAULT_TIME=100000000
			say_all "$capture"
		) >"$WORK/said"
		diff -u "$(golden "$capture")" "$WORK/said" || fail "$capture reads differently later"
	done
}

# json_cells: "row column cell" of what is a number, as the reader tells it
json_cells() {
	awk '/^ *(},)?[{]$/ { row++ }
		/^ *"[a-z_]*": [^[]/ {
			cell = $0
			sub(/^[^:]*: "?/, "", cell)
			sub(/"?,?$/, "", cell)
			sub(/^true$/, 1, cell)
			sub(/^false$/, 0, cell)
			gsub(/[ ":]/, "", $1)
			# a column of the reader itself
			if ($1 != "room" && cell ~ /^[0-9]+$/)
				print row - 1, $1, cell
		}' "$WORK/out"
}

# Every number of every table, with nothing added and nothing lost.
test_numbers() {
	compared=0
	for capture in "$DATA"/*.txt; do
		for table in $TABLES; do
			case $table in
			holders) file=shm_holders ;;
			users | denials) file=mq_$table ;;
			*) file=$table ;;
			esac
			# sorted by time, which history.sh looks at
			fields=1-
			[ "$table" != history ] || fields=2-
			cells "$capture" "$file" | awk '$3 ~ /^[0-9]+$/' | cut -d ' ' -f "$fields" |
				sort >"$WORK/expected"
			[ -s "$WORK/expected" ] || continue
			run "$table" -J --output-all --from "$capture"
			json_cells | cut -d ' ' -f "$fields" | sort >"$WORK/told"
			diff "$WORK/expected" "$WORK/told" || fail "$table of $capture (<) reads (>)"
			compared=$((compared + $(wc -l <"$WORK/told")))
		done
	done
	[ "$compared" -gt 2000 ] || fail "only $compared numbers were compared"
}

# total CAPTURE FILE WHERE VALUE COLUMN: count and sum of such rows
total() {
	cells "$1" "$2" | awk -v where="$3" -v value="$4" -v column="$5" '
		{ cell[$1, $2] = $3; rows = $1 }
		END {
			for (row = 1; row <= rows; row++) {
				if (cell[row, where] == value) {
					count++
					sum += cell[row, column]
				}
			}
			print count + 0, sum + 0
		}'
}

# What selftests/vm/capture has had the demo's programs do, on every kernel the same: a
# queue refused to user 1000, who has used up the budget, an orphan, segments that a display
# has from clients that are gone, one that its creator has removed, and unlinked queues.
test_situation() {
	captures=$(grep -l display "$DATA"/linux-*.txt)
	[ "$(echo "$captures" | wc -l)" -ge 3 ] || fail "few captures: $captures"
	for capture in $captures; do
		{
			echo "fails denials 1 -"
			echo "soon budget $(total "$capture" mqueue charged_uid 1000 charge)"
			echo "memory pending $(total "$capture" shm create_comm display size)"
			echo "memory unlinked $(total "$capture" mqueue charged_uid 1001 charge)"
			echo "memory pending 1 1024"
			echo "memory orphans 1 1024"
		} >"$WORK/expected"
		run triage -r --from "$capture"
		[ "$status" = 1 ] || fail "exit status $status"
		awk 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			{ print $at["SEVERITY"], $at["KIND"], $at["COUNT"], $at["BYTES"] }' \
			"$WORK/out" >"$WORK/told"
		diff "$WORK/expected" "$WORK/told" || fail "the findings (>) in $capture"
	done
}

if [ "${1-}" = keep ]; then
	mkdir -p "$WORK" "$DATA/golden"
	rm -f "$DATA"/golden/*
	for capture in "$DATA"/*.txt; do
		say_all "$capture" >"$(golden "$capture")"
	done
	exit
fi

TESTS="test_golden test_no_golden_is_left_over test_golden_at_any_time test_numbers
	test_situation"
ktap_main
