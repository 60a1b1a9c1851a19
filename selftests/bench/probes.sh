# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # "measure" sets
# In the guest: what the module's probes cost, and what others cost that do the same work.

# probes_list: what the loaded module has placed, as the floor takes it.
probes_list()
{
	awk '$4 == "active" || $4 == "fallback" { print $3 ":" $2 }' "$lens/probes" |
		tr '\n' ',' | sed 's/,$//'
}

# probes_ops STATE [COMMAND...]: the operations, run by COMMAND if there is one.
probes_ops()
{
	state=$1
	shift
	begin "probe $state"
	"$@" /payload/ops "$state" /out/results || echo "bench: $state: status $?"
}

# For bpftrace, which starts the program when all probes are placed.
probes_bpftrace()
{
	script=$1
	shift
	chroot /debian bpftrace -o /dev/null "/payload/peers/$script" -c "$*"
}

probes_perf()
{
	chroot /debian perf trace -a -o /dev/null -e 'syscalls:*shm*' -- "$@"
}

# The functions that the module probes, and no others.
probes_graph()
{
	(
		cd "$tracing" || exit
		echo "$probes" | tr ',' '\n' | sed 's/.*://' >set_ftrace_filter
		echo function_graph >current_tracer
	)
	"$@"
	echo nop >"$tracing/current_tracer"
	echo >"$tracing/set_ftrace_filter"
}

probes_measure()
{
	insmod "$module"
	probes=$(probes_list)
	rmmod ipclens
	probes_ops absent
	insmod /payload/floor.ko "probes=$probes"
	probes_ops floor
	rmmod floor
	insmod "$module"
	probes_ops loaded
	echo 1 >"$tracing/events/ipclens/enable"
	probes_ops event
	echo 0 >"$tracing/events/ipclens/enable"
	rmmod ipclens
	probes_ops graph probes_graph
	probes_ops perf-trace probes_perf
	probes_ops snoop probes_bpftrace snoop.bt
	probes_ops facts probes_bpftrace facts.bt
	probes_ops absent-again
}

# The guest begins with one CPU. The kernel waits for the next one without a break in which
# the emulator would go to that.
scale_start()
{
	./scale yield &
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		echo 1 >"$cpu"
	done
	kill $!
}

# One after the other, since what a loaded module adds is asked of each number of CPUs.
scale_measure()
{
	begin scale start
	scale_start
	insmod "$module"
	probes=$(probes_list)
	rmmod ipclens
	begin scale absent
	./scale absent /out/results 1 2 4
	insmod /payload/floor.ko "probes=$probes"
	begin scale floor
	./scale floor /out/results 1 2 4
	rmmod floor
	insmod "$module"
	begin scale loaded
	./scale loaded /out/results 1 2 4
	rmmod ipclens
}
