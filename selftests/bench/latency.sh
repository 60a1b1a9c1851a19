# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # "measure" sets
# In the guest: how long a reader holds spin locks, with which preemption is off, and how
# long it stays in an RCU section, where it does not give the CPU back on most kernels.
# The kernel's function tracer writes down when these are taken and let go, and by that makes
# longer what has others of its kind inside.

latency_lock='_raw_spin_lock _raw_spin_unlock _raw_spin_lock_irqsave _raw_spin_unlock_irqrestore
	_raw_spin_lock_irq _raw_spin_unlock_irq _raw_spin_lock_bh _raw_spin_unlock_bh
	_raw_spin_trylock'
latency_rcu='__rcu_read_lock __rcu_read_unlock'
# So much of a file: batches are alike, and the tracer's memory has an end.
latency_bytes=200000

# latency_on FUNCTIONS
latency_on()
{
	echo 40000 >"$tracing/buffer_size_kb"
	# counts nanoseconds here
	echo x86-tsc >"$tracing/trace_clock"
	for function in $1; do
		echo "$function" >>"$tracing/set_ftrace_filter"
	done
	echo 0 >"$tracing/tracing_on"
	echo function >"$tracing/current_tracer"
}

latency_off()
{
	echo nop >"$tracing/current_tracer"
	echo >"$tracing/set_ftrace_filter"
	echo >"$tracing/set_ftrace_pid"
	echo local >"$tracing/trace_clock"
	echo 10 >"$tracing/buffer_size_kb"
}

# From where something is taken to where all is let go; without the interrupts between.
latency_longest()
{
	awk '
		/^#/ { next }
		{ time = $4 + 0 }
		substr($3, 3, 1) ~ /[hHs]/ {
			if (!away)
				away = time
			back = time
			next
		}
		away {
			begun += back - away
			away = 0
		}
		# others have run meanwhile
		$6 ~ /finish_task_switch/ {
			depth = 0
			next
		}
		$5 ~ /unlock/ {
			if (depth && !--depth && time - begun > most) {
				most = time - begun
				where = from " to " $6
			}
			next
		}
		!depth++ {
			begun = time
			from = $6
		}
		END {
			printf "%d %s\n", most, where
			exit !NR
		}' "$tracing/trace"
}

# latency_of KIND SERIES FILE
latency_of()
{
	echo >"$tracing/trace"
	./traced "$tracing" "$3" "$latency_bytes"
	latency_longest >/tmp/longest || echo "bench: $2: no $1 traced"
	read -r longest where </tmp/longest
	echo "latency $2: $1 $longest, $where"
	echo "latency $2,$1 - $longest" >>/out/results
}

latency_files()
{
	latency_of "$1" sysvipc/shm /proc/sysvipc/shm
	for file in shm shm_holders mqueue mq_users namespaces history status; do
		latency_of "$1" "$file" "$lens/$file"
	done
}

stage_latency()
{
	latency_on "$latency_lock"
	latency_files lock
	latency_off
	latency_on "$latency_rcu"
	latency_files rcu
	latency_off
}
