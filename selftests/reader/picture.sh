#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# What draws a terminal's text as a picture: every character has to be at its place. Needs
# the source tree and Python, so it skips elsewhere.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

PICTURES=../../Documentation/pictures

# draw ARGUMENT... <TEXT: the picture in out, its characters by their coordinates in grid
draw() {
	[ -e "$PICTURES/render" ] || skip 'not in the source tree'
	need python3
	status=0
	"$PICTURES/render" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 0 ] || return 0
	python3 - "$WORK/out" >"$WORK/grid" <<-'END'
		import sys, xml.etree.ElementTree as tree
		rows = {}
		for text in tree.parse(sys.argv[1]).iter('{http://www.w3.org/2000/svg}text'):
		    x, y = int(text.get('x')), int(text.get('y'))
		    if text.get('text-anchor'):
		        continue
		    assert (x - 14) % 8 == 0 and int(text.get('textLength')) == 8 * len(text.text)
		    row = rows.setdefault(y, '')
		    rows[y] = row.ljust((x - 14) // 8) + text.text
		ys = sorted(rows)
		assert all((y - ys[0]) % 18 == 0 for y in ys)
		sys.stdout.reconfigure(encoding='utf-8')
		for y in range(ys[0], ys[-1] + 1, 18):
		    print(rows.get(y, ''))
	END
}

# expect_grid: what can be seen is what standard input says
expect_grid() {
	[ "$status" = 0 ] || fail "$(cat "$WORK/err")"
	diff - "$WORK/grid" || fail 'the picture (>) and the text (<) differ'
}

test_picture_text() {
	printf '$ ipclens\nA <b> & "c"\n\n   indented  twice\n├─ tree\n' >"$WORK/text"
	draw <"$WORK/text"
	expect_grid <"$WORK/text"
	expect_text out 'height="118"'
	draw -t 'a < b' <"$WORK/text"
	expect_grid <"$WORK/text"
	expect_text out 'height="146"'
	expect_text out '>a &lt; b</text>'
}

test_picture_colours() {
	printf 'a \033[1;31mred\033[0m b\n\033[38;5;208morange\033[39m\033[92mgreen\n' >"$WORK/text"
	draw <"$WORK/text"
	printf 'a red b\norangegreen\n' | expect_grid
	expect_text out 'fill="#e06c75" font-weight="bold">red<'
	expect_text out '[0-9e"] *>b<'
	expect_text out 'fill="#ff8700">orange<'
	expect_text out 'fill="#b5e890">green<'
	expect_no_text out "$(printf '\033')"
}

# expect_refused FORMAT: of text that printf makes of it
expect_refused() {
	# shellcheck disable=SC2059
	printf "$1" >"$WORK/text"
	draw <"$WORK/text"
	[ "$status" = 1 ] || fail 'this was drawn'
	expect_lines 1 err
}

test_picture_refuses() {
	expect_refused 'a\033[2Jb\n'
	expect_refused 'a\033[38;2;1;2;3mb\n'
	expect_refused 'a\tb\001\n'
	expect_refused '\n'
}

# A picture that is kept has been drawn of the text that is kept beside it.
test_pictures_are_drawn() {
	[ -e "$PICTURES/render" ] || skip 'not in the source tree'
	need python3
	for text in "$PICTURES"/*.txt; do
		[ -e "$text" ] || skip 'no text is kept'
		sed -n 's/.*<text [^>]*text-anchor[^>]*>\([^<]*\)<.*/\1/p' "${text%.txt}.svg" >"$WORK/title"
		"$PICTURES/render" -t "$(cat "$WORK/title")" <"$text" |
			cmp - "${text%.txt}.svg" || fail "$text and its picture differ"
	done
}

# And that text is what the reader says today.
test_tree_is_what_is_said() {
	[ -e "$PICTURES/tree.txt" ] || skip 'not in the source tree'
	[ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] || skip 'no C.UTF-8 locale here'
	run_in C.UTF-8 shm --tree --color=always --from "$DATA/linux-7.2.txt"
	expect_status 0
	sed 1d "$PICTURES/tree.txt" | expect_output
}

TESTS="test_picture_text test_picture_colours test_picture_refuses test_pictures_are_drawn
	test_tree_is_what_is_said"
ktap_main
