#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# What a terminal changes: colours, and nothing else, whatever its width.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

FULL=$DATA/capture.txt
ESC=$(printf '\033')

# on_terminal COLUMNS ARGUMENT...: the reader's output on a terminal, in out
on_terminal() {
	need script
	need stty
	width=$1
	shift
	status=0
	# shellcheck disable=SC2016
	WIDTH=$width COMMAND="$*" READER=$READER SHELL=/bin/sh script -qec \
		'stty cols "$WIDTH" rows 24 -onlcr && exec $READER $COMMAND' /dev/null \
		</dev/null >"$WORK/out" 2>"$WORK/err" || status=$?
}

uncoloured() {
	sed "s/$ESC\\[[0-9]*m//g" "$WORK/out"
}

has_colours() {
	grep -q "$ESC\\[" "$WORK/out"
}

test_colours() {
	run shm --from "$FULL" --color=always -o shmid,pending,lpid
	expect_status 0
	expect_text out "$ESC\\[33mmarked"
	expect_text out "$ESC\\[33mforced"
	expect_text out "$ESC\\[2m *-"
	expect_no_text out "$ESC\\[[0-9]*mno"
	run mqueue --from "$FULL" --color -o linked,ino
	expect_text out "$ESC\\[33m *0$ESC"
	expect_no_text out "$ESC\\[[0-9]*m *1$ESC"
	run probes --from "$FULL" --color -o state,missed
	expect_text out "$ESC\\[31mmissing"
	expect_text out "$ESC\\[33mfallback"
	expect_text out "$ESC\\[31m *1$ESC"
	expect_no_text out "$ESC\\[[0-9]*mactive"
	expect_no_text out "$ESC\\[[0-9]*m *0$ESC"
	run denials --from "$FULL" --color -o reason
	expect_text out "$ESC\\[31mnofile"
}

# Colours change nothing but colours, and only tables have them.
test_colours_alone() {
	for table in shm holders mqueue users denials history namespaces probes status; do
		run "$table" --from "$FULL"
		mv "$WORK/out" "$WORK/plain"
		run "$table" --from "$FULL" --color=always
		expect_status 0
		uncoloured | diff "$WORK/plain" - || fail "$table differs"
		for form in -r -J -e; do
			run "$table" --from "$FULL" --color=always "$form"
			expect_status 0
			expect_safe
		done
	done
}

test_colours_when() {
	run shm --from "$FULL"
	! has_colours || fail 'colours in a file'
	run shm --from "$FULL" --color=auto
	! has_colours || fail 'colours in a file'
	export TERM=xterm
	unset NO_COLOR
	on_terminal 100 shm --from "$FULL"
	expect_status 0
	has_colours || fail 'no colours on a terminal'
	on_terminal 100 shm --from "$FULL" --color=never
	! has_colours || fail 'colours though never'
	NO_COLOR='' on_terminal 100 shm --from "$FULL"
	has_colours || fail 'an empty NO_COLOR counts'
	export NO_COLOR=1
	on_terminal 100 shm --from "$FULL"
	! has_colours || fail 'colours in spite of NO_COLOR'
	on_terminal 100 shm --from "$FULL" --color=always
	has_colours || fail 'NO_COLOR counts more than --color'
	unset NO_COLOR
	TERM=dumb on_terminal 100 shm --from "$FULL"
	! has_colours || fail 'colours on a dumb terminal'
}

test_colours_unknown() {
	for when in '' sometimes ALWAYS "$(printf 'a\033[2J')"; do
		run shm --from "$FULL" "--color=$when"
		expect_status 2
		expect_text err '--color takes auto, always or never, not'
		expect_safe
	done
	run shm --from "$FULL" --color never
	expect_status 2
	expect_text err "no argument 'never'"
}

# No cell is ever cut, in the locale's characters or others.
test_widths() {
	for table in shm holders denials history 'shm --tree' 'shm --output-all'; do
		for locale in C C.UTF-8; do
			export LC_ALL="$locale"
			# shellcheck disable=SC2086
			run $table --from "$FULL" --color=always
			expect_status 0
			mv "$WORK/out" "$WORK/plain"
			for width in 40 60 79 80 81 120 200; do
				on_terminal "$width" "$table" --from "$FULL" --color=always
				expect_status 0
				diff "$WORK/plain" "$WORK/out" || fail "$table on $width columns"
			done
		done
	done
}

TESTS="test_colours test_colours_alone test_colours_when test_colours_unknown test_widths"
ktap_main
