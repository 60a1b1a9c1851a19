#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# A capture cut at every byte, or on slow boards at every CUT_STEP: no row that was
# whole is lost, none is shown wrong, and a cut is noticed wherever it can be.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt

# cut_everywhere CAPTURE COMMAND SECTION
cut_everywhere() {
	[ -x ./cut_capture ] || skip 'cut_capture is not built'
	./cut_capture "$(command -v "$READER")" "$@" "${CUT_STEP:-29}"
}

# single SECTION: a capture of this one file, in $WORK/single
single() {
	awk -v section="$1" '/^# ipclens /{ take = $3 == section } take' "$FULL" >"$WORK/single"
}

test_shm() {
	cut_everywhere "$FULL" shm shm
}

test_holders() {
	cut_everywhere "$FULL" holders shm_holders
}

test_namespaces() {
	cut_everywhere "$FULL" namespaces namespaces
}

test_probes() {
	cut_everywhere "$FULL" probes probes
}

test_status() {
	cut_everywhere "$FULL" status status
}

test_denials() {
	cut_everywhere "$FULL" denials mq_denials
}

test_users() {
	cut_everywhere "$FULL" users mq_users
}

test_mqueue() {
	cut_everywhere "$FULL" mqueue mqueue
}

test_history() {
	cut_everywhere "$FULL" history history
}

test_single_shm() {
	single shm
	cut_everywhere "$WORK/single" shm shm
}

test_single_holders() {
	single shm_holders
	cut_everywhere "$WORK/single" holders shm_holders
}

test_single_history() {
	single history
	cut_everywhere "$WORK/single" history history
}

test_single_status() {
	single status
	cut_everywhere "$WORK/single" status status
}

# What the module of a real 6.1 kernel printed, names with escape sequences included.
test_real_capture() {
	for pair in 'shm shm' 'holders shm_holders' 'namespaces namespaces' 'probes probes' \
		'status status'; do
		CUT_STEP=997
		# shellcheck disable=SC2086
		cut_everywhere "$DATA/linux-6.1.txt" $pair
	done
}

TESTS="test_shm test_holders test_namespaces test_probes test_status test_denials test_users
	test_mqueue test_history test_single_shm
	test_single_holders test_single_history test_single_status test_real_capture"
ktap_main
