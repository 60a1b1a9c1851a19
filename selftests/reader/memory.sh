#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2086,SC2317 # words; ktap_main calls the functions
#
# Memory that cannot be had: allocations of each command fail in turn, every MEMORY_STEP
# (5), each with 1. Either it does without, or says so in one line with status 2; no half
# of a table passes for the whole.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

CAPTURE=$DATA/linux-7.2.txt

# run_without ALLOCATION ARGUMENT...: as run, with that allocation failing; 0 is none.
run_without() {
	allocation=$1
	shift
	status=0
	FAULT_COUNT=$WORK/count FAULT_MALLOC=$allocation LD_PRELOAD=./fault.so \
		"$READER" "$@" --from "$CAPTURE" >"$WORK/out" 2>"$WORK/err" || status=$?
	# when it was read
	[ "${1:-}" != metrics ] || sed -i '/^ipclens_collect_timestamp_seconds [0-9]*$/d' "$WORK/out"
}

# each_allocation ARGUMENT...
each_allocation() {
	[ -e ./fault.so ] || skip 'fault.so is not built'
	run_without 0 "$@"
	cp "$WORK/out" "$WORK/whole"
	usual=$status
	[ "$usual" -lt 2 ] || fail "$*: status $usual without a fault"
	count=$(cat "$WORK/count")
	[ "$count" -gt 10 ] || fail "$*: only $count allocations"
	refused=0
	number=1
	while [ "$number" -le "$count" ]; do
		run_without "$number" "$@"
		if [ "$status" = 2 ]; then
			refused=$((refused + 1))
			[ "$(cat "$WORK/err")" = 'ipclens: out of memory' ] ||
				fail "$*: allocation $number: $(cat "$WORK/err")"
		elif [ "$status" != "$usual" ]; then
			fail "$*: allocation $number: status $status $(cat "$WORK/err")"
		else
			cmp -s "$WORK/whole" "$WORK/out" ||
				fail "$*: allocation $number: other output, but status $status"
		fi
		number=$((number + ${MEMORY_STEP:-5}))
	done
	[ "$refused" -gt 0 ] || fail "$*: nothing was refused"
}

test_triage() {
	each_allocation
	each_allocation -J
}

test_tables() {
	for command in shm holders mqueue users denials namespaces history probes status; do
		each_allocation $command
	done
}

test_forms() {
	each_allocation shm --tree
	each_allocation shm -J
	each_allocation shm -r --sort size
	each_allocation mqueue -J --output-all
}

test_stories() {
	each_allocation explain shm 1
	each_allocation explain user 1000
	each_allocation explain queue spool-0
	each_allocation explain denial 1
}

test_metrics() {
	each_allocation metrics
}

TESTS="test_triage test_tables test_forms test_stories test_metrics"
ktap_main
