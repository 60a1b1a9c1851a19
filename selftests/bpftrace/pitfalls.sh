# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # it is part of "run"
#
# The tools that find pitfalls in a running program, all at once, against programs that
# do things the wrong way and the right way (selftests/pitfalls): each must find the
# former and keep silent on the latter. Sourced by "run".

pitfall_tools=(mqdeadline socktimeo condlost lockhog semgrow)
pitfall_tests=("${pitfall_tools[@]}" lockhog_alone mqdeadline_all pitfall_programs pitfall_silence
	pitfall_pages pitfall_flow)

# pitfalls_prepare: the programs under two names, by which the tools' lines tell them
# apart, and the guest's part of the test.
pitfalls_prepare()
{
	local program pitfalls=$dir/../pitfalls built=$work/pitfalls
	mkdir -p "$built"
	make -s -C "$pitfalls" all OUTPUT="$built" KSFT="$("$said_vm/kselftest")" >&2
	for program in deadline timeout select condition hog overflow pair; do
		cp "$built/$program" "$work/payload/"
		cp "$built/$program" "$work/payload/$program.ok"
	done
	${CC:-cc} -O2 -Wall -o "$work/payload/shmprogram" "$said_vm/demo.c"
	${CC:-cc} -O2 -Wall -D_GNU_SOURCE -o "$work/payload/mqprogram" "$said_vm/demo-queues.c" -lrt
	cp "$said_vm/demo-guest" "$(command -v ipcrm)" /sbin/ldconfig "$work/payload/"
	cat >>"$work/payload/all" <<'END'

# As on a machine where Debian was installed: its libraries' names are known.
mkdir /tmp/etc
cp -a /debian/etc/. /tmp/etc
mount --bind /tmp/etc /debian/etc
./ldconfig -r /debian

# watch NAME TOOL ARGUMENT...: in the background, once it has said what its columns are.
watch()
{
	watched=$1
	shift
	tool=$1
	shift
	: >"/out/$watched"
	: >>/out/statuses
	(
		chroot /debian sh -c 'exec $(sed -n "1s/^#!.*env -S //p" "$0") "$@"' \
			"$tools/$tool" "$tools/$tool" "$@" >"/out/$watched" 2>"/out/$watched.errors"
		echo "$watched: $?" >>/out/statuses
	) &
}

watched_await()
{
	for watched in "$@"; do
		n=0
		until grep -q '^TIME ' "/out/$watched" || grep -q "^$watched: " /out/statuses || [ $n = 600 ]; do
			n=$((n + 1))
			sleep 0.1
		done
	done
}

unwatch()
{
	sleep 1
	kill -INT $(pidof bpftrace)
	wait
}

# way PROGRAM WAY
way()
{
	echo "$ ./$1 $2" >>/out/ways
	chroot /debian "/payload/$1" "$2" >>/out/ways 2>&1
	echo "$1 $2: $?" >>/out/way_statuses
}

for tool in mqdeadline socktimeo condlost lockhog semgrow; do
	watch $tool ipclens-$tool
done
watched_await mqdeadline socktimeo condlost lockhog semgrow
way deadline wrong
way deadline wrong-carry
way deadline wrong-step
way timeout wrong-tiny
way timeout wrong-zero
way timeout wrong-range
way pair wrong
way pair wrong-socket
way select wrong
way select wrong-setsize
way condition wrong
way hog wrong
way overflow wrong
way overflow wrong-full
for program in deadline timeout select condition hog overflow pair; do
	way $program.ok right
done
way pair.ok right-socket
way timeout.ok right-accept
way select.ok right-poll
unwatch

watch lockhog_alone ipclens-lockhog -c "/payload/hog wrong"
watch mqdeadline_all ipclens-mqdeadline 0 1
watched_await lockhog_alone mqdeadline_all
way deadline.ok right
way hog.ok wrong
unwatch

# What the pages on segments and queues show.
umount -l /sys/kernel/tracing
./ipcrm --all=shm
./demo-guest marked orphan budget descriptors >/out/demo 2>&1
echo "demo: $?" >>/out/statuses
END
}

test_pitfall_programs()
{
	if [ "$(grep -c ': 0$' "$said_dir/way_statuses")" != 26 ] ||
		grep -v ': 0$' "$said_dir/way_statuses"; then
		sed 's/^/# /' "$said_dir/way_statuses" "$said_dir/ways"
		return 1
	fi
}

# What the pages show, as page.NAME beside what was said.

# ways_of NAME PROGRAM...: what these programs have said.
ways_of()
{
	local name=$1
	shift
	awk -v programs=" $* " '
		/^\$ / { shown = index(programs, " " substr($2, 3) " ") }
		shown' "$said_dir/ways" >"$said_dir/page.${name}_ways"
}

# found_of NAME TOOL PROGRAM...: what the tool has found in them.
found_of()
{
	local name=$1 tool=$2
	shift 2
	awk -v tool="$tool" -v programs=" $* " '
		BEGIN { print "$ ipclens-" tool }
		/^TIME / { print; next }
		/^[0-9]/ { shown = index(programs, " " $3 " ") || index(programs, " " $4 " ") }
		shown && NF' "$said_dir/$tool" >"$said_dir/page.$name"
}

# story_of NAME NUMBER LAST: of the demo's story of that number, until LAST is said.
story_of()
{
	awk -v number="$2." -v last="$3" '
		/^==== / { inside = $2 == number; next }
		inside && index($0, last) { exit }
		inside && (NF || told) { for (; told && empty > 0; empty--) print ""; if (NF) { print; told = 1 } else empty = 1 }
	' "$said_dir/demo" >"$said_dir/page.$1"
}

# pitfall_pages_make SUITE
pitfall_pages_make()
{
	ways_of deadline deadline
	ways_of timeout timeout select
	ways_of condition condition
	ways_of hog hog
	ways_of semaphore overflow
	ways_of pair pair
	found_of deadline mqdeadline deadline
	found_of timeout socktimeo timeout select
	found_of condition condlost condition
	found_of hog lockhog hog
	found_of semaphore semgrow overflow
	found_of pair socktimeo pair
	story_of removed 1 "(the program goes on)"
	story_of left 2 "The next start of the program"
	story_of budget 6 "The program has ended"
	story_of descriptors 7 "(nothing more)"
	awk '/shmget\(key 0x0, size 8192\)/ { shown = 1 }
		shown && / workload / { print }
		shown && /shm_destroy\(/ { last = NR + 2 }
		last && NR == last { exit }' "$said_dir/shmflow" >"$said_dir/page.flow"
	[ -z "${KEEP:-}" ] || cp "$said_dir"/page.* "$KEEP/$1"
}

test_pitfall_pages() { "$dir/../pitfalls/pages" "$said_dir" --check | sed 's/^/# /'; }

# The solid arrows of the diagram are the calls within calls that shmflow prints, both ways.
test_pitfall_flow()
{
	sed -n 's/^\t\([a-z_]*\) -> \([a-z_]*\)\( \[label.*\)\?;$/\1 \2/p' \
		"$dir/../../Documentation/pitfalls/flow.dot" | sort -u >"$work/drawn"
	awk '
		# what is written behind the columns of thread and command
		! / workload / { next }
		{ text = substr($0, 25); depth = match(text, /[^ ]/) - 1; text = substr(text, depth + 1) }
		depth == 0 && /= / { delete open; next }
		text ~ / (=|ends) / || text ~ /^= / { next }
		{
			name = text
			sub(/[^a-z_].*/, "", name)
			for (above = depth - 2; above >= 0 && !(above in open); above -= 2)
				;
			if (depth == 0 && name != "exit_shm")
				delete open
			else
				print above < 0 ? "exit" : open[above], name
			for (above = depth; above <= 8; above += 2)
				delete open[above]
			if (name !~ /^(shm_fault|shm_open|exit_shm|ipc_addid|ipcperms)$/)
				open[depth] = name
		}' "$said_dir/shmflow" | sort -u >"$work/seen"
	diff "$work/drawn" "$work/seen" | sed 's/^/# /'
}

# found NAME PATTERN: at least one line matches.
found() { said "$1" "$(grep -cE -- "$2" "$said_dir/$1")" "$2" && grep -qE -- "$2" "$said_dir/$1"; }

test_mqdeadline()
{
	local by=' deadline +mq_timedsend +'
	said mqdeadline 5 ' deadline ' &&
		said mqdeadline 1 "${by}0 +0\.[0-9]{6} -[0-9]{10}\.[0-9]{6} a length of time\? \{ 30, 0 \}$" &&
		said mqdeadline 1 "${by}-110 +0\.[0-9]{6} -[0-9]{10}\.[0-9]{6} a length of time\? \{ 30, 0 \}$" &&
		said mqdeadline 2 "${by}-22 +0\.[0-9]{6} [+-][0-9.]+ no time: \{ [0-9]+, 1000000000 \}$" &&
		said mqdeadline 1 "${by}-110 .* \+(1799|1800)\.[0-9]{6} the clock was set by (359|360)[0-9]{4} ms meanwhile$"
}

test_socktimeo()
{
	said socktimeo 3 ' timeout ' && said socktimeo 2 ' select ' && said socktimeo 1 ' pair ' &&
		said socktimeo 1 ' SO_RCVTIMEO .* 0\.000500 -  .* less than a millisecond: in which unit\?$' &&
		said socktimeo 1 ' SO_RCVTIMEO .* 0\.000000 -  .* 0 is for ever$' &&
		said socktimeo 1 ' SO_RCVTIMEO .* 0\.1500000 -  .* -33 +refused$' &&
		said socktimeo 1 ' pair .* 1\.000000 +[0-9]+\.[0-9]{6} -(4|11) +longer than set: begun anew after signals$' &&
		said socktimeo 1 ' 0 +its time-out ran out, and was not set again$' &&
		said socktimeo 1 ' select +1032 .* descriptors from 1024 on have no place in an fd_set$'
}

test_condlost()
{
	said condlost 1 ' condition +0x[0-9a-f]+ +0x[0-9a-f]+ +2 +[0-9]+\.[0-9]{6}$' &&
		said condlost 2 '^(TIME|[0-9])'
}

# By the time that a line comes, the holder has taken it ten times at least.
test_lockhog()
{
	found lockhog ' hog +0x[0-9a-f]+ +[0-9]+ +[0-9]+ +[0-9]{2,} +[0-9]+\.[0-9]{6} waits$' &&
		found lockhog ' hog +0x.* has it; others had it ([5-9][0-9]|100) percent of that$' &&
		said lockhog 0 ' [0-9] +[0-9]+\.[0-9]{6} waits$'
}

test_semgrow()
{
	local line=' overflow +0x[0-9a-f]+ +'
	said semgrow 1 "${line}1024 +512 +[0-9]+ +[0-9]+$" && said semgrow 1 "${line}2048 +1536 " &&
		said semgrow 1 "${line}8192 +7680 " && said semgrow 1 "${line}2147483647 refused: EOVERFLOW$" &&
		said semgrow 0 ' (1024|2048|8192) .* 0$'
}

# One process alone: another does the same meanwhile.
test_lockhog_alone()
{
	found lockhog_alone ' hog +0x.* waits$' &&
		said lockhog_alone 0 ' hog\.ok ' && [ "$(awk '/ hog / { print $2 }' "$said_dir/lockhog_alone" | sort -u | wc -l)" = 1 ] &&
		grep -q '^hog.ok wrong: 0$' "$said_dir/way_statuses"
}

test_mqdeadline_all()
{
	said mqdeadline_all 1 ' deadline\.ok +mq_timedsend +-110 +[0-9]+\.[0-9]{6} \+0\.[0-9]{6} -$'
}

test_pitfall_silence()
{
	local tool
	for tool in "${pitfall_tools[@]}"; do
		said "$tool" 0 ' [a-z]+\.ok ' || return
	done
}
