#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own tests of System V messages and POSIX queues say the same whether the
# module is loaded, with all events on, or not. That which measures is not for kernels with a
# leak detector (IPCLENS_LEAKS), where it takes minutes.
cd "$(dirname "$0")" || exit 1

work=$(mktemp -d)
trap 'rmmod ipclens 2>/dev/null; rm -rf "$work"' EXIT
module=${IPCLENS_KO:-/lib/ipclens/ipclens.ko}
events=/sys/kernel/debug/tracing/events/ipclens/enable
tests="msgque mq_open_tests" perf=mq_perf_tests
[ "${IPCLENS_LEAKS:-}" = 1 ] || tests="$tests $perf"

run_all()
{
	for test in $tests; do
		"./$test" >"$work/said" 2>&1
		echo "$test: status $?"
		# not what it has measured
		grep -E 'PASS|FAIL|^(not )?ok |^1\.\.|Totals|Test #|iterations|mq_' "$work/said"
	done
}

echo "TAP version 13"
echo "1..3"
status=0
if grep -q '^ipclens ' /proc/modules; then
	rmmod ipclens
fi
run_all >"$work/without"
insmod "$module" && echo 1 >"$events" && run_all >"$work/with" && echo 0 >"$events" || status=1
sed 's/^/# /' "$work/without"
if [ "$(grep -c 'status 0$' "$work/without")" = "$(echo "$tests" | wc -w)" ]; then
	echo "ok 1 they pass without the module"
else
	echo "not ok 1 they pass without the module"
	status=1
fi
if [ $status = 0 ] && diff "$work/without" "$work/with" >"$work/diff"; then
	echo "ok 2 they say the same with it"
else
	sed 's/^/# /' "$work/diff"
	echo "not ok 2 they say the same with it"
	status=1
fi
case $tests in
*$perf*) echo "ok 3 $perf is one of them" ;;
*) echo "ok 3 $perf # SKIP takes minutes of a debug kernel; others run it" ;;
esac
exit $status
