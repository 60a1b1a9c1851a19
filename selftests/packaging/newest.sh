# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # sourced by run, which has the rest
#
# The reader built and tried with the compiler and libsmartcols of the newest Debian:
# that library has filters, and zsh is there.

newest_packages="gcc libc6-dev make pkgconf libsmartcols-dev diffutils bsdutils procps zsh bash"
newest_tests="options form terminal tree filter watch completion golden"

test_reader_newest()
{
	local tree tests
	need_root
	# shellcheck disable=SC2086 # words
	tree=$("$top/selftests/vm/root" -d forky $newest_packages)
	# shellcheck source-path=SCRIPTDIR source=../vm/lib.sh
	. "$top/selftests/vm/lib.sh"
	cp -r "$src" "$work/newest"
	read -ra tests <<<"$newest_tests"
	vm_root_run "$tree" "$work/newest=payload" -- sh -euc '
		cd /payload/selftests/reader
		make -s -C ../../userspace CC=gcc
		make -s CC=gcc
		for test; do
			READER=/payload/userspace/ipclens "./$test.sh" >log 2>&1 || { cat log; exit 1; }
			tail -n 1 log
		done
		READER=/payload/userspace/ipclens ./filter.sh | grep "^ok.*test_filter_types$"
		READER=/payload/userspace/ipclens ./completion.sh | grep "^ok.*test_zsh$"
	' sh "${tests[@]}"
}
