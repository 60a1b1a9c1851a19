#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Building, checking and cleaning as after a fresh clone, in a copy of the sources.
# Needs the source tree and what the build needs, so it skips elsewhere.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

# What a clone has: nothing that is built, ignored or left over.
copy_tree() {
	[ -e ../../userspace/man/ipclens.8 ] || skip 'not in the source tree'
	need make
	need pkg-config
	need "${CC:-cc}"
	pkg-config --exists smartcols || skip 'no libsmartcols to build with'
	mkdir -p "$WORK/tree/kmod" "$WORK/tree/selftests/reader" "$WORK/tree/userspace/fuzz"
	cp ../../kmod/ipclens_abi.h "$WORK/tree/kmod/"
	cp -r Makefile run ./*.sh ./*.[ch] data "$WORK/tree/selftests/reader/"
	(
		cd ../../userspace
		cp -r Makefile ./*.[ch] man "$WORK/tree/userspace/"
		cp -r fuzz/corpus fuzz/dictionary fuzz/*.[ch] "$WORK/tree/userspace/fuzz/"
	)
	list_tree >"$WORK/before"
}

list_tree() {
	(cd "$WORK/tree" && find . -type f | sort)
}

# build DIRECTORY ARGUMENT...: make, as if no other make had started us; quick, not good.
build() {
	directory=$WORK/tree/$1
	shift
	status=0
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u READER -u KSFT -u OUTPUT -u WERROR CFLAGS=-O0 \
		make -C "$directory" "$@" >"$WORK/out" 2>&1 || status=$?
}

# build_expect STATUS
build_expect() {
	[ "$status" -eq "$1" ] && return
	cat "$WORK/out"
	fail "make gives $status, not $1"
}

# warn: the sources get a line that compilers warn of.
warn() {
	echo 'static int unused_number;' >>"$WORK/tree/userspace/text.c"
}

test_check_builds_reader() {
	copy_tree
	build selftests/reader check TEST_PROGS=options.sh
	build_expect 0
	expect_text out '^ok 1 selftests: reader: options.sh$'
}

test_check_takes_reader() {
	copy_tree
	build selftests/reader check TEST_PROGS=options.sh READER="$(command -v "$READER")"
	build_expect 0
	[ ! -e "$WORK/tree/userspace/ipclens" ] || fail 'a reader was built all the same'
}

test_warnings_do_not_stop_build() {
	copy_tree
	warn
	build userspace
	build_expect 0
	expect_text out 'unused_number'
	[ -x "$WORK/tree/userspace/ipclens" ] || fail 'no reader was built'
}

test_warnings_on_request() {
	copy_tree
	warn
	build userspace WERROR=1
	build_expect 2
	expect_text out 'error: .*unused_number'
}

# Also if all is built already.
test_warnings_stop_check() {
	copy_tree
	warn
	build userspace
	build_expect 0
	build selftests/reader check TEST_PROGS=options.sh
	build_expect 2
	expect_text out 'error: .*unused_number'
}

# Nothing else builds the fuzz target but "make fuzz".
test_fuzz_target_takes_its_corpus() {
	copy_tree
	echo 'int main(void) { return 0; }' >"$WORK/empty.c"
	"${CC:-cc}" -fsanitize=address,undefined -o "$WORK/empty" "$WORK/empty.c" 2>/dev/null ||
		skip 'no sanitizers here'
	build userspace fuzz/corpus_run WERROR=1
	build_expect 0
	"$WORK/tree/userspace/fuzz/corpus_run" "$WORK"/tree/userspace/fuzz/corpus/* >"$WORK/out" 2>&1 || {
		tail -n 20 "$WORK/out"
		fail 'a file of the corpus breaks a rule of the target'
	}
}

test_clean() {
	copy_tree
	build selftests/reader check TEST_PROGS=options.sh
	build_expect 0
	mkdir "$WORK/tree/userspace/fuzz/work"
	for file in work/1 crash-1 leak-1 oom-1 slow-unit-1 timeout-1 fuzz_parse; do
		: >"$WORK/tree/userspace/fuzz/$file"
	done
	: >"$WORK/tree/userspace/.checkpatch-camelcase.date.0"
	list_tree >"$WORK/built"
	[ "$(wc -l <"$WORK/built")" -gt "$(($(wc -l <"$WORK/before") + 20))" ] ||
		fail 'nothing was built'
	build userspace clean
	build_expect 0
	build selftests/reader clean
	build_expect 0
	list_tree | diff "$WORK/before" - || fail 'clean leaves or takes (<) files'
}

# What is built for a board lies elsewhere; what "make check" left is removed as well.
test_clean_with_output() {
	copy_tree
	mkdir "$WORK/board"
	build selftests/reader all
	build_expect 0
	for target in all clean; do
		build selftests/reader "$target" OUTPUT="$WORK/board"
		build_expect 0
	done
	list_tree | diff "$WORK/before" - || fail 'clean leaves or takes (<) files'
	[ -z "$(ls "$WORK/board")" ] || fail "left: $(ls "$WORK/board")"
}

test_uninstall() {
	copy_tree
	mkdir "$WORK/tree/Documentation"
	cp -r ../../Documentation/pitfalls "$WORK/tree/Documentation/"
	(cd ../../userspace && cp -r bpftrace completion metrics "$WORK/tree/userspace/")
	build userspace install DESTDIR="$WORK/root"
	build_expect 0
	"$WORK/root/usr/local/bin/ipclens" --version >"$WORK/out"
	expect_text out '^ipclens '
	[ "$(find "$WORK/root" -type f | wc -l)" -gt 20 ] || fail 'little was installed'
	build userspace uninstall DESTDIR="$WORK/root"
	build_expect 0
	left=$(find "$WORK/root" -name '*ipclens*' -o ! -type d)
	[ -z "$left" ] || fail "left: $left"
	# nor what is not ours
	build userspace install DESTDIR="$WORK/root"
	: >"$WORK/root/usr/local/share/ipclens/notes"
	build userspace uninstall DESTDIR="$WORK/root"
	build_expect 0
	[ -e "$WORK/root/usr/local/share/ipclens/notes" ] || fail 'took what is not ours'
}

TESTS="test_check_builds_reader test_check_takes_reader test_warnings_do_not_stop_build
	test_warnings_on_request test_warnings_stop_check test_fuzz_target_takes_its_corpus
	test_clean test_clean_with_output test_uninstall"
ktap_main
