# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Appended to the kernel's kselftest runner when the tests are installed: what a
# board with BusyBox needs to run it. Replaces the functions of the same name.

# Line by line, where the runner would let sed keep the output till the end.
tap_prefix()
{
	while IFS= read -r line || [ -n "$line" ]; do
		printf '# %s\n' "$line"
	done
}

# BusyBox's timeout knows no --foreground and leaves the signal as status.
# shellcheck disable=SC2154 # the runner sets kselftest_timeout
tap_timeout()
{
	limit=$kselftest_timeout
	if ! command -v timeout >/dev/null; then
		eval "$1"
	elif timeout --foreground 1 true 2>/dev/null; then
		eval "timeout --foreground $limit timeout $limit $1"
	else
		eval "timeout -k 5 $limit $1" && return
		status=$?
		# 128 + SIGTERM or SIGKILL
		case $status in 143 | 137) status=124 ;; esac
		return $status
	fi
}
