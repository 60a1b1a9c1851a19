# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # it is part of "run"
#
# The tools that find pitfalls in a running program, all at once, against programs that
# do things the wrong way and the right way (selftests/pitfalls): each must find the
# former and keep silent on the latter, with glibc and with musl. Sourced by "run".

pitfall_tools=(mqdeadline socktimeo condlost lockhog semgrow)
pitfall_tests=("${pitfall_tools[@]}" "${pitfall_tools[@]/%/_musl}" pitfall_programs
	pitfall_silence pitfall_pages pitfall_flow)

# pitfalls_alone SUITE: tools that watch one process there. To start one takes its time,
# so it is not all of them where everybody waits for it.
pitfalls_alone()
{
	case $1 in
	bookworm) echo mqdeadline lockhog ;;
	*) echo "${pitfall_tools[@]}" ;;
	esac
}

# pitfalls_musl_build DIR: each as mNAME.
pitfalls_musl_build()
{
	local program
	command -v musl-gcc >/dev/null || {
		echo "run: musl-gcc is missing: run 'selftests/vm/install-deps check' as root" >&2
		exit 1
	}
	for program in deadline timeout condition hog overflow; do
		musl-gcc -std=gnu11 -O2 -Wall -D_GNU_SOURCE -I"$("$said_vm/kselftest")" -o "$1/m$program" \
			"$pitfalls"/{"$program",way,waiting}.c
	done
}

# pitfalls_prepare: the programs under two names, by which the tools' lines tell them
# apart, and the guest's part of the test.
pitfalls_prepare()
{
	local program pitfalls=$dir/../pitfalls built=$work/pitfalls
	mkdir -p "$built"
	make -s -C "$pitfalls" all OUTPUT="$built" KSFT="$("$said_vm/kselftest")" >&2
	pitfalls_musl_build "$built"
	for program in {,m}{deadline,timeout,condition,hog,overflow} select pair; do
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

# However long it takes: what is done before they are ready they do not see.
watched_await()
{
	told "waiting for $*"
	for watched in "$@"; do
		until grep -q '^TIME ' "/out/$watched" || grep -q "^$watched: " /out/statuses; do
			sleep 1
		done
	done
}

unwatch()
{
	sleep 1
	told "ending the tracers"
	tracers_end
}

# way PROGRAM WAY
way()
{
	told "$1 $2"
	echo "$ ./$1 $2" >>/out/ways
	timeout 200 chroot /debian "/payload/$1" "$2" >>/out/ways 2>&1
	echo "$1 $2: $?" >>/out/way_statuses
}

# watch_alone TOOL PROGRAM WAY ARGUMENT...: watches one process, which stands still
# until it has got SIGCONT; PID in an argument is its number.
alone=
watch_alone()
{
	tool=$1 program=$2 way=$3
	shift 3
	chroot /debian sh -c 'kill -STOP $$; exec "$@"' sh "/payload/$program" "$way" >>/out/alone 2>&1 &
	pid=$!
	alone="$alone $pid"
	echo "$pid" >"/out/$tool.pid"
	watch "${tool}_alone" "ipclens-$tool" $(echo "$@" | sed "s/PID/$pid/")
}

for tool in mqdeadline socktimeo condlost lockhog semgrow; do
	watch $tool ipclens-$tool
done
watched_await mqdeadline socktimeo condlost lockhog semgrow
way deadline wrong
way deadline wrong-carry
way deadline wrong-step
way deadline wrong-back
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
way mdeadline wrong
way mtimeout wrong-tiny
way mcondition wrong
way mhog wrong
way moverflow wrong
for program in deadline timeout select condition hog overflow pair \
	mdeadline mtimeout mcondition mhog moverflow; do
	way $program.ok right
done
way deadline.ok right-step
way pair.ok right-socket
way timeout.ok right-accept
way select.ok right-poll
unwatch

# One process alone: others do the same meanwhile.
for tool in $(cat alone); do
	case $tool in
	mqdeadline) watch_alone mqdeadline deadline right PID 1 ;;
	socktimeo) watch_alone socktimeo timeout wrong-tiny PID ;;
	condlost) watch_alone condlost condition wrong PID ;;
	lockhog) watch_alone lockhog mhog wrong 0 PID ;;
	semgrow) watch_alone semgrow overflow wrong 0 PID ;;
	esac
done
watched_await $(sed 's/[a-z]*/&_alone/g' alone)
way deadline.ok right
way timeout.ok wrong-tiny
way condition.ok wrong
way mhog.ok wrong
way overflow.ok wrong-full
for pid in $alone; do
	kill -CONT $pid
	wait $pid
	echo "process alone: $?" >>/out/way_statuses
done
unwatch

# What the pages on segments and queues show.
told demo
umount -l /sys/kernel/tracing
./ipcrm --all=shm
./demo-guest marked orphan budget descriptors >/out/demo 2>&1
echo "demo: $?" >>/out/statuses
END
}

test_pitfall_programs()
{
	if [ "$(grep -c ': 0$' "$said_dir/way_statuses")" != $((41 + $(wc -w <"$work/payload/alone"))) ] ||
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
	local name
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
	for name in "${pitfall_tools[@]}"; do
		found_of "tool_$name" "$name" deadline timeout select condition hog overflow pair
	done
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
	said mqdeadline 6 ' deadline ' &&
		said mqdeadline 1 "${by}0 +0\.[0-9]{6} -[0-9]{10}\.[0-9]{6} a length of time\? \{ 30, 0 \}$" &&
		said mqdeadline 1 "${by}-110 +0\.[0-9]{6} -[0-9]{10}\.[0-9]{6} a length of time\? \{ 30, 0 \}$" &&
		said mqdeadline 2 "${by}-22 +0\.[0-9]{6} [+-][0-9.]+ no time: \{ [0-9]+, 1000000000 \}$" &&
		said mqdeadline 1 "${by}-110 .* \+1[78][0-9]{2}\.[0-9]{6} the clock was set by (359|360)[0-9]{4} ms meanwhile$" &&
		said mqdeadline 1 "${by}0 +[2-9]\.[0-9]{6} \+[012]\.[0-9]{6} the clock was set by -(359|360)[0-9]{4} ms meanwhile$"
}

test_mqdeadline_musl()
{
	said mqdeadline 2 ' mdeadline +mq_timedsend +(0|-110) +0\.[0-9]{6} -[0-9]{10}\.[0-9]{6} a length of time\? \{ 30, 0 \}$' &&
		said mqdeadline 2 ' mdeadline '
}

test_socktimeo()
{
	said socktimeo 3 ' timeout ' && said socktimeo 2 ' select ' && said socktimeo 1 ' pair ' &&
		said socktimeo 1 ' timeout +SO_RCVTIMEO .* 0\.000500 -  .* less than a millisecond: in which unit\?$' &&
		said socktimeo 1 ' SO_RCVTIMEO .* 0\.000000 -  .* 0 is for ever$' &&
		said socktimeo 1 ' SO_RCVTIMEO +[0-9]+ +- +- +-33 +refused: \{ 0, 1500000 \}$' &&
		said socktimeo 1 ' pair .* 1\.000000 +[0-9]+\.[0-9]{6} -(4|11) +longer than set: begun anew after signals$' &&
		said socktimeo 1 ' 0 +its time-out ran out, and was not set again$' &&
		said socktimeo 1 ' select +1032 .* descriptors from 1024 on have no place in an fd_set$'
}

test_socktimeo_musl()
{
	said socktimeo 1 ' mtimeout +SO_RCVTIMEO .* 0\.000500 -  .* less than a millisecond: in which unit\?$' &&
		said socktimeo 1 ' mtimeout '
}

# condition_lost NAME COMMAND: has one line.
condition_lost()
{
	said "$1" 1 " $2 +0x[0-9a-f]+ +0x[0-9a-f]+ +2 +[0-9]+\.[0-9]{6}$" && said "$1" 1 " $2 "
}

test_condlost() { condition_lost condlost condition && said condlost 3 '^(TIME|[0-9])'; }

test_condlost_musl() { condition_lost condlost mcondition; }

# lock_hogged NAME COMMAND: by the time that a line comes, the holder has taken it ten
# times at least; how long that took is nobody's business.
lock_hogged()
{
	found "$1" " $2 +0x[0-9a-f]+ +[0-9]+ +[0-9]+ +[0-9]{2,} +[0-9]+\.[0-9]{6} waits$" &&
		found "$1" " $2 +0x.* [0-9]{2,} +[0-9]+\.[0-9]{6} has it; others had it ([1-9][0-9]?|100) percent of that$" &&
		said "$1" 0 ' [0-9] +[0-9]+\.[0-9]{6} (waits|has it.*)$'
}

test_lockhog() { lock_hogged lockhog hog; }

test_lockhog_musl() { lock_hogged lockhog mhog; }

# semaphore_grown NAME COMMAND: up to what the program has claimed at least.
semaphore_grown()
{
	local line=" $2 +0x[0-9a-f]+ +"
	said "$1" 1 "${line}1024 +512 +[0-9]+ +[0-9]+$" && said "$1" 1 "${line}2048 +1536 " &&
		said "$1" 0 ' (1024|2048|4096) .* 0$'
}

test_semgrow()
{
	semaphore_grown semgrow overflow &&
		said semgrow 1 " overflow +0x[0-9a-f]+ +2147483647 refused: EOVERFLOW$"
}

test_semgrow_musl() { semaphore_grown semgrow moverflow; }

# alone NAME: nobody but the process that was asked for.
alone()
{
	local pid
	pid=$(cat "$said_dir/$1.pid")
	found "${1}_alone" "^[0-9:]{8} $pid " && said "${1}_alone" "$(grep -c "^[0-9:]\{8\} $pid " "$said_dir/${1}_alone")" '^[0-9]'
}

# With each call that has a deadline, too.
test_mqdeadline_alone()
{
	alone mqdeadline &&
		said mqdeadline_alone 1 ' deadline +mq_timedsend +-110 +[0-9]+\.[0-9]{6} [+-][0-9]+\.[0-9]{6} -$'
}

test_socktimeo_alone() { alone socktimeo && said socktimeo_alone 1 ' timeout +SO_RCVTIMEO '; }

test_condlost_alone() { alone condlost && condition_lost condlost_alone condition; }

test_lockhog_alone() { alone lockhog && lock_hogged lockhog_alone mhog; }

test_semgrow_alone() { alone semgrow && semaphore_grown semgrow_alone overflow; }

test_pitfall_silence()
{
	local tool
	for tool in "${pitfall_tools[@]}"; do
		said "$tool" 0 ' [a-z]+\.ok ' || return
	done
}
