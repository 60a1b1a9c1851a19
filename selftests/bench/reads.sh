# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2154 # other shells expand, "measure" sets
# In the guest: what it costs to read the module's files, and to get the same elsewhere.

# Debian's programs get at everything below the guest's own root.
reads_cost() { ./cost -r /debian /out/results "$@"; }

# reads_rows SERIES COUNT FILE HEADINGS [ROWS]: COUNT rows, or so many for COUNT things.
reads_rows() { ./rows /out/results "$1" "$2" "$3" "$4" "${5:-$2}"; }

# What is measured on a stage is a function of this file, by itself.
stage_segments()
{
	reads_rows sysvipc/shm "$1" /proc/sysvipc/shm 1
	reads_rows shm "$1" "$lens/shm" 2
}

stage_reader()
{
	./cost /out/results ipclens-shm "$1" "$1" ipclens shm
	reads_cost lsipc "$1" "$1" lsipc -m
}

stage_spaces()
{
	./cost /out/results ipclens-shm-spaces "$1" "$2" ipclens shm
	./cost /out/results ipclens "$1" 1 sh -c 'ipclens; :'
	reads_cost nsenter-lsipc "$1" "$2" sh -c 'lsns -n -t ipc -o PID |
		while read -r pid; do nsenter -t "$pid" --ipc lsipc -m; done'
}

stage_processes()
{
	reads_rows shm_holders "$1" "$lens/shm_holders" 2
	reads_cost cat-shm_holders "$1" "$1" cat "$lens/shm_holders"
	./cost /out/results ipclens-holders "$1" "$1" ipclens holders
	reads_cost lsof "$1" "$1" lsof -n -P
	reads_cost grep-maps "$1" "$1" sh -c 'grep SYSV /proc/[0-9]*/maps 2>/dev/null; :'
}

stage_mappings() { reads_rows shm_holders-mappings "$1" "$lens/shm_holders" 2; }

stage_queues()
{
	reads_rows mqueue "$1" "$lens/mqueue" 2
	# one row, for which each queue is looked at
	reads_rows mq_users "$1" "$lens/mq_users" 2 1
	mkdir -p /debian/tmp/queues
	mount -t mqueue mqueue /debian/tmp/queues
	reads_cost cat-mqueue "$1" "$1" sh -c 'cd /tmp/queues && cat *'
	umount /debian/tmp/queues
}

memory_of_module()
{
	awk '$1 == "ipclens" { print "module resident -", $2 }' /proc/modules
	awk '$1 == "history_size" { print "module history entries", $2 }' "$lens/status"
	rmmod ipclens
	# so many that they are listed where memory of many pages is
	insmod "$module" history=262144
	sed -n 's/.* history_init.*ipclens.* pages=\([0-9]*\) .*/\1/p' /proc/vmallocinfo |
		sort -n | tail -n 1 |
		while read -r pages; do echo "module history entry $((pages * 4096 / 262144))"; done
}

# reads_on "STAGE-OPTIONS" STAGE COUNT...
reads_on()
{
	options=$1
	shift
	begin "$*"
	# shellcheck disable=SC2086 # words
	./stage $options "$0" stage "$@" || echo "bench: $*: status $?"
}

reads_measure()
{
	insmod "$module"
	for count in 1000 4000 32000 100000; do
		reads_on "-s $count" segments $count
	done
	for count in 4000 32000; do
		reads_on "-s $count" reader $count
	done
	for count in 1 100 1000; do
		reads_on "-s $count -p $count" processes $count
	done
	for count in 100 1000 10000; do
		reads_on "-s 1 -p 1 -m $count" mappings $count
	done
	for count in 1250 2500 10000; do
		reads_on "-q $count" queues $count
	done
	reads_on "-n 100 -s 40" spaces 100 4000
	reads_on "-s 32000 -p 300 -q 10000" latency 32000
	memory_of_module >>/out/results
	rmmod ipclens
}
