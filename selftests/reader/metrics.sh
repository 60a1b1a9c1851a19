#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# "ipclens metrics": every number against one that awk has added up over the same capture,
# and a file that is there as a whole or not at all. Whether Prometheus likes it is
# selftests/metrics' affair.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=stage.sh
. ./stage.sh

FULL=$DATA/capture.txt
USERSPACE=../../userspace
PAGE=$USERSPACE/man/ipclens-metrics.8
INIT=4026531839
REASONS='nofile file_max rlimit userns queues_max attr overflow nomem perm other'

need_tree() {
	[ -e "$PAGE" ] || skip 'not in the source tree'
}

# A capture with all that the module tells today, as $WORK/capture
complete_capture() {
	awk -v reasons="$REASONS" '
		# different from limit_min
		NF == 14 && $7 == 819200 { $8 = 1638400 }
		$1 == "shm_withheld" { $0 = $0 "\nmqueue_withheld 7" }
		$1 == "end" && !/[^a-z -]/ {
			n = split(reasons, reason)
			for (i = 1; i <= n; i++)
				print "denials_" reason[i], i * 10 }
		{ print }' "$FULL" >"$WORK/capture"
}

# Samples in the order of their names, without what came beside them.
samples() {
	grep -v '^#' "$1" | sort
}

# expected_samples CAPTURE: what must be told of it if no namespace and no user is left out;
# the room for queues as "users" has it
expected_samples() {
	: >"$WORK/rooms"
	! grep -q '^# ipclens mq_users' "$1" ||
		"$READER" users --from "$1" -rn -o userns,uid,room >"$WORK/rooms"
	awk -v init="$INIT" -v rooms="$WORK/rooms" '
	function cell(name) { return at[file, name] ? $at[file, name] : "-" }
	function put(name, labels, value) {
		print "ipclens_" name (labels == "" ? "" : "{" labels "}"), value
	}
	function put_text(name, labels, value) {
		if (value != "-") put(name, labels, value)
	}
	/^# ipclens / { file = $3; heading = 1; has[file] = 1; next }
	heading { for (i = 1; i <= NF; i++) at[file, $i] = i; heading = 0; next }
	file == "namespaces" {
		ns[cell("ipcns")] = 1
		spaces++
		mni[cell("ipcns")] = cell("shmmni")
		pages[cell("ipcns")] = cell("shm_pages")
		all[cell("ipcns")] = cell("shmall")
		queues[cell("ipcns")] = cell("mq_count")
		queues_max[cell("ipcns")] = cell("mq_queues_max")
	}
	file == "shm" {
		id = cell("ipcns")
		ns[id] = 1
		segments[id]++
		bytes[id] += cell("size")
		resident[id] += cell("rss")
		swapped[id] += cell("swap")
		if (cell("nattch") == 0 && cell("creator_alive") == "0") {
			orphans[id]++
			orphan_bytes[id] += cell("size")
		}
		if (cell("nattch") > 0) {
			pending[id, cell("pending")]++
			pending_bytes[id, cell("pending")] += cell("size")
		}
	}
	file == "mq_users" && cell("bytes") + cell("queues") > 0 {
		labels = "userns=\"" cell("userns") "\",uid=\"" cell("uid") "\""
		limit = cell("limit_min")
		shown[labels] = 1
		put("mq_bytes", labels, cell("bytes"))
		put("mq_queues", labels, cell("queues"))
		put("mq_queue_bytes", labels, cell("queue_bytes"))
		put("mq_unlinked_queues", labels, cell("unlinked"))
		put_text("mq_limit_bytes", labels, limit == "18446744073709551615" ? "+Inf" : limit)
	}
	file == "probes" { state[cell("state")]++; missed += cell("missed") }
	file == "status" { told[$1] = $2 }
	END {
		if (has["namespaces"])
			put("namespaces", "", spaces)
		for (id in ns) {
			if (id != init && !segments[id] && !(queues[id] > 0))
				continue
			l = "ipcns=\"" id "\""
			put("shm_segments", l, segments[id] + 0)
			put("shm_bytes", l, sprintf("%.0f", bytes[id]))
			put("shm_resident_bytes", l, sprintf("%.0f", resident[id]))
			put("shm_swapped_bytes", l, sprintf("%.0f", swapped[id]))
			for (i = 1; i <= split("marked forced", why); i++) {
				p = l ",pending=\"" why[i] "\""
				put("shm_pending_segments", p, pending[id, why[i]] + 0)
				put("shm_pending_bytes", p,
				    sprintf("%.0f", pending_bytes[id, why[i]]))
			}
			put("shm_orphaned_segments", l, orphans[id] + 0)
			put("shm_orphaned_bytes", l, sprintf("%.0f", orphan_bytes[id]))
			put("shm_segments_limit", l, mni[id])
			put("shm_pages", l, pages[id])
			put("shm_pages_limit", l, all[id])
			put("mq_namespace_queues", l, queues[id])
			put("mq_namespace_queues_limit", l, queues_max[id])
		}
		while ((getline line <rooms) > 0) {
			split(line, part, " ")
			labels = "userns=\"" part[1] "\",uid=\"" part[2] "\""
			if (labels in shown)
				put_text("mq_room_queues", labels, part[3])
		}
		for (i = split("nofile file-max rlimit userns queues_max attr overflow nomem perm other",
			       why); i; i--) {
			key = "denials_" why[i]
			sub("-", "_", key)
			if (key in told)
				put("mq_denials_total", "reason=\"" why[i] "\"", told[key])
		}
		for (i = split("shm holders mqueue", what); i; i--)
			if (what[i] "_withheld" in told)
				put("module_withheld_rows_total", "layout=\"" what[i] "\"",
				    told[what[i] "_withheld"])
		if ("history_used" in told) {
			put("module_history_entries", "", told["history_used"])
			put("module_history_entries_limit", "", told["history_size"])
			put("module_history_evictions_total", "", told["history_evicted"])
		}
		put("module_info", "version=\"" told["version"] "\",kernel=\"" told["kernel"] \
		    "\",arch=\"" told["arch"] "\"", 1)
		for (i = split("active fallback missing unused", what); i; i--)
			put("module_probes", "state=\"" what[i] "\"", state[what[i]] + 0)
		put("module_probe_misses_total", "", missed + 0)
		put("up", "", 1)
		put("collect_timestamp_seconds", "", told["time"])
	}' "$1"
}

# expect_samples CAPTURE: the output has them, and says that the data were or were not whole.
expect_samples() {
	{ expected_samples "$1"; echo "ipclens_data_complete $((!status))"; } | sort >"$WORK/expected"
	samples "$WORK/out" | diff "$WORK/expected" - || fail 'samples differ (< expected)'
}

test_every_number() {
	complete_capture
	run metrics --from "$WORK/capture"
	expect_status 0
	expect_samples "$WORK/capture"
	[ "$(wc -l <"$WORK/expected")" -ge 60 ] || fail 'hardly any number was expected'
}

# Captures of kernels and boards, with what their modules told.
test_real_captures() {
	for capture in "$DATA"/linux-*.txt; do
		run metrics --from "$capture"
		[ "$status" != 2 ] || fail "$capture: $(cat "$WORK/err")"
		expect_samples "$capture"
	done
}

test_no_limit() {
	complete_capture
	sed -i 's/^4026531837  *0  *663040 .*/4026531837 0 82880 1 0 82880 18446744073709551615 18446744073709551615 - 12 2 0 - -/' \
		"$WORK/capture"
	run metrics --from "$WORK/capture"
	expect_status 0
	expect_text out '^ipclens_mq_limit_bytes{userns="4026531837",uid="0"} +Inf$'
	expect_samples "$WORK/capture"
}

# A capture with 40 namespaces and 50 users, the later the larger.
many_capture() {
	awk -v init="$INIT" 'BEGIN {
		print "# ipclens mq_users 1\nuserns uid bytes queues unlinked queue_bytes limit_min ceiling level parent_userns parent_uid"
		for (i = 1; i <= 50; i++)
			print "4026531837", 1000 + i, 1000 * i, i, 1, 1000 * i, 819200, "- 0 - -"
		print "# ipclens namespaces 1\nipcns shm_count shm_pages shmmax shmall shmmni rmid_forced mq_count mq_queues_max mq_default_charge"
		for (i = 0; i < 40; i++)
			printf "%.0f %s\n", init + i, "1 " i " 9 99 4096 0 2 256 82880"
		print "# ipclens shm 1\nipcns shmid dest pending nattch size rss swap creator_alive"
		for (i = 0; i < 40; i++)
			printf "%.0f 0 1 marked 1 %d 4096 0 1\n", init + i, 4096 * i
		print "# ipclens status 1\nkey value\ntime 1795453800\nend -"
	}' >"$WORK/capture"
}

# expect_rows FAMILY LABEL COUNT SUM: so many samples, those of others included
expect_rows() {
	grep "^$1{" "$WORK/out" | awk -v count="$3" -v sum="$4" '
		{ found += $NF }
		END { if (NR != count || found != sum) { print NR, found; exit 1 } }' ||
		fail "$1: not $3 rows with the sum $4"
	grep -q "^$1{$2=\"other\"" "$WORK/out" || fail "$1: no row for all others"
}

test_top() {
	many_capture
	for top in 32 5 1; do
		run metrics --from "$WORK/capture" --top "$top"
		expect_rows ipclens_shm_bytes ipcns $((top + 1)) $((4096 * 39 * 20))
		expect_rows ipclens_shm_pages ipcns $((top + 1)) $((39 * 20))
		expect_rows ipclens_mq_namespace_queues ipcns $((top + 1)) 80
		expect_rows ipclens_mq_bytes userns $((top + 1)) $((1000 * 25 * 51))
		expect_rows ipclens_mq_unlinked_queues userns $((top + 1)) 50
		# the least room of all others; a sum of limits would mean nothing
		expect_text out "^ipclens_mq_room_queues{userns=\"other\",uid=\"other\"} 9$"
		expect_no_text out '_limit.*="other"'
		# the initial namespace, though the smallest, then the largest
		expect_text out "^ipclens_shm_bytes{ipcns=\"$INIT\"} 0$"
		[ "$top" = 1 ] ||
			expect_text out "^ipclens_shm_bytes{ipcns=\"$((INIT + 39))\"} $((39 * 4096))$"
		expect_text out '^ipclens_mq_bytes{userns="4026531837",uid="1050"} 50000$'
	done
	run metrics --from "$WORK/capture" --top 0
	expect_rows ipclens_shm_bytes ipcns 1 $((4096 * 39 * 20))
	run metrics --from "$WORK/capture" --top 18446744073709551615
	expect_no_text out other
	cp "$WORK/out" "$WORK/all"
	run metrics --from "$WORK/capture" --top 50
	diff "$WORK/all" "$WORK/out" || fail '50 are not all'
	run metrics --from "$WORK/capture"
	cp "$WORK/out" "$WORK/default"
	run metrics --from "$WORK/capture" --top 32
	diff "$WORK/default" "$WORK/out" || fail '32 is not the default'
}

test_many_segments() {
	complete_capture
	awk '{ print } /^ *ipcns +shmid/ && !done++ {
		for (i = 100; i < 32100; i++)
			print "4026531839", i, "0 0x1 0", i % 2 ? "no" : "marked", 1, "600 4096 4096 0 0 0 0 0 0 1 1 1 - - - - - - - - - - - -"
		}' "$WORK/capture" | sed 's/ 0 0x1 \(0\) / 0x00000000 0x00000001 \1 /' >"$WORK/many"
	run metrics --from "$WORK/many"
	expect_status 0
	expect_text out "^ipclens_shm_segments{ipcns=\"$INIT\"} 32003$"
	expect_text out "^ipclens_shm_pending_segments{ipcns=\"$INIT\",pending=\"marked\"} 16001$"
	expect_samples "$WORK/many"
}

test_openmetrics() {
	complete_capture
	run metrics --from "$WORK/capture"
	cp "$WORK/out" "$WORK/plain"
	run metrics --from "$WORK/capture" --format prometheus
	diff "$WORK/plain" "$WORK/out" || fail 'prometheus is not the default'
	run metrics --from "$WORK/capture" --format openmetrics
	expect_status 0
	[ "$(tail -n 1 "$WORK/out")" = '# EOF' ] || fail 'no end'
	samples "$WORK/plain" >"$WORK/expected"
	samples "$WORK/out" | diff "$WORK/expected" - || fail 'samples differ (> openmetrics)'
	# families of counters and infos have no suffix here
	expect_text out '^# TYPE ipclens_mq_denials counter$'
	expect_text out '^# TYPE ipclens_module info$'
	expect_text out '^# UNIT ipclens_shm_bytes bytes$'
	expect_no_text plain '^# \(UNIT\|EOF\)'
}

# One line each, with quotes and backslashes undone only where the format does.
test_hostile() {
	complete_capture
	for value in 'a"b' 'a\134b' 'a\012ipclens_up\0400' '\033[31m' '\303\251' '\377' '{}' \
		"$(printf '%0300d' 7)"; do
		printf '%s\n' "$value" | awk 'NR == FNR { value = $0; next }
			$1 == "kernel" { $2 = value } { print }' - "$WORK/capture" >"$WORK/hostile"
		for format in prometheus openmetrics; do
			run metrics --from "$WORK/hostile" --format "$format"
			expect_status 0
			expect_safe
			[ "$(wc -L <"$WORK/out")" -le 300 ] || fail 'a line is too long'
			expect_lines "$(run metrics --from "$WORK/capture" --format "$format"
				wc -l <"$WORK/out")" out
			run metrics --from "$WORK/hostile" --format "$format"
			[ "$(grep -c '^ipclens_module_info{.*} 1$' "$WORK/out")" = 1 ] || fail "no info: $value"
			sed 's/\\\\//g; s/\\"//g' "$WORK/out" | grep '^ipclens_module_info' |
				grep -q '^[a-z_]*{version="[^"]*",kernel="[^"\\]*",arch="[^"]*"} 1$' ||
				fail "$(grep module_info "$WORK/out")"
		done
	done
	run metrics --from "$WORK/hostile"
	expect_text out 'kernel="0*"'
}

test_wrong_options() {
	for format in '' Prometheus json 'open"metrics'; do
		run metrics --from "$FULL" --format "$format"
		expect_status 2
		expect_text err "takes prometheus or openmetrics, not '$format'"
	done
	for top in '' -1 x 1x 18446744073709551616 0x10; do
		run metrics --from "$FULL" --top "$top"
		expect_status 2
		expect_text err "--top takes a number of namespaces and users, not '$top'"
	done
	run metrics --from "$FULL" --output-file ''
	expect_status 2
	expect_text err 'not empty'
	for option in --json --raw --noheadings --output=x --output-all --sort=x --ipcns=1; do
		run metrics --from "$FULL" "$option"
		expect_status 2
		expect_text err "'metrics' does not go with ${option%=*}"
	done
	for option in --format=openmetrics --top=1 --output-file=x; do
		run shm --from "$FULL" "$option"
		expect_status 2
		expect_text err "'shm' does not go with ${option%=*}"
	done
	run metrics "$FULL"
	expect_status 2
	expect_text err "no argument"
}

# Everybody may read the file: no name, key or process of the capture is in it.
test_names_nobody() {
	complete_capture
	# numbers of processes that are nothing else's; of the module itself anything may be told
	awk -v secrets="$WORK/secrets" '
		/^# ipclens / { heading = 1; own = $3 ~ /^(status|probes)$/; print; next }
		heading { heading = 0; n = split($0, column); print; next }
		!own {
			for (i = 1; i <= n; i++) {
				if (column[i] ~ /pid$/ && $i > 0)
					$i += 4190000
				if (column[i] ~ /(pid|key|comm|name)$/ && $i !~ /^(-|0|0x0*)$/)
					print $i >secrets
			}
		}
		{ print }' "$WORK/capture" >"$WORK/marked"
	[ "$(sort -u "$WORK/secrets" | wc -l)" -ge 20 ] || fail 'nothing to look for'
	# a name in full, and each word of it
	tr -s '\\0-9' '\n' <"$WORK/secrets" | grep '^[a-z]\{4,\}$' >"$WORK/words"
	run metrics --from "$WORK/marked"
	expect_status 0
	samples "$WORK/out" >"$WORK/samples"
	! grep -n -w -F -f "$WORK/secrets" -f "$WORK/words" "$WORK/samples" || fail 'told'
}

# expect_kept: the file is what it was, and nothing lies beside it.
expect_kept() {
	[ "$(cat "$WORK/dir/a.prom")" = before ] || fail "a file that could not be written has changed"
	[ "$(ls -A "$WORK/dir")" = a.prom ] || fail "left behind: $(ls -A "$WORK/dir")"
}

test_output_file() {
	complete_capture
	run metrics --from "$WORK/capture"
	cp "$WORK/out" "$WORK/expected"
	mkdir "$WORK/dir"
	for _ in first second; do
		(umask 077 && exec "$READER" metrics --from "$WORK/capture" \
			--output-file "$WORK/dir/a.prom") >"$WORK/out" 2>&1 || fail "$(cat "$WORK/out")"
		[ ! -s "$WORK/out" ] || fail 'also written to standard output'
		diff "$WORK/expected" "$WORK/dir/a.prom" || fail 'the file differs from the output'
		[ "$(stat -c %a "$WORK/dir/a.prom")" = 644 ] || fail 'nobody else can read it'
		[ "$(ls -A "$WORK/dir")" = a.prom ] || fail "left behind: $(ls -A "$WORK/dir")"
		# whoever has the old one open has the whole old one
		[ ! "${old-}" ] || [ "$(stat -c %i "$WORK/dir/a.prom")" != "$old" ] || fail 'written over'
		old=$(stat -c %i "$WORK/dir/a.prom")
		ln -f "$WORK/dir/a.prom" "$WORK/first"
	done
	cd "$WORK/dir"
	run metrics --from "$WORK/capture" --output-file b.prom
	expect_status 0
	diff "$WORK/expected" b.prom || fail 'a name without a directory'
}

# What fails on the way: the old file stays, and nothing is left beside it.
test_output_fails() {
	mkdir "$WORK/dir"
	echo before >"$WORK/dir/a.prom"
	cp "${FAULT:-./fault.so}" "$WORK/fault.so"
	for fault in FAULT_WRITE=28 FAULT_WRITE=5 FAULT_FSYNC=5 FAULT_RENAME=13; do
		for after in 0 1 100 4000; do
			status=0
			env LD_PRELOAD="$WORK/fault.so" "$fault" FAULT_AFTER="$after" "$READER" metrics \
				--from "$FULL" --output-file "$WORK/dir/a.prom" >"$WORK/out" \
				2>"$WORK/err" || status=$?
			sed -i '/^ipclens: warning/d' "$WORK/err"
			expect_status 2
			expect_text err "cannot write $WORK/dir/a.prom: "
			expect_kept
		done
	done
	expect_text err 'Permission denied; run as root, or choose another directory'
	run metrics --from "$FULL" --output-file "$WORK/nowhere/a.prom"
	sed -i '/^ipclens: warning/d' "$WORK/err"
	expect_status 2
	expect_text err 'No such file or directory; make its directory first'
}

# Ended in the middle, it has done its work or none, and nothing is left beside the file.
test_output_ended() {
	mkdir "$WORK/dir"
	cp "${FAULT:-./fault.so}" "$WORK/fault.so"
	echo before >"$WORK/dir/a.prom"
	status=0
	env LD_PRELOAD="$WORK/fault.so" FAULT_SIGNAL=15 "$READER" metrics --from "$FULL" \
		--output-file "$WORK/dir/a.prom" >"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = 143 ] || fail "status $status"
	[ "$(ls -A "$WORK/dir")" = a.prom ] || fail "left behind: $(ls -A "$WORK/dir")"
	grep -q '^ipclens_shm_segments' "$WORK/dir/a.prom" || fail 'its work was not done'
}

# A full file system, and one that cannot be written, of the kernel's own.
test_output_full() {
	need unshare
	need mount
	unshare -m true 2>/dev/null || skip 'no right to make a mount namespace'
	mkdir "$WORK/dir"
	cp "$(command -v "$READER")" "$WORK/reader"
	complete_capture
	for how in full read-only; do
		# shellcheck disable=SC2016
		unshare -m sh -euc '
			mount -t tmpfs -o size=8k none "$1/dir"
			echo before >"$1/dir/a.prom"
			[ "$2" = full ] || mount -o remount,ro "$1/dir"
			status=0
			"$1/reader" metrics --from "$1/capture" --output-file "$1/dir/a.prom" \
				>"$1/out" 2>"$1/err" || status=$?
			echo "$status" >"$1/status"
			ls -A "$1/dir" >"$1/list"
			cat "$1/dir/a.prom" >>"$1/list"' full "$WORK" "$how"
		status=$(cat "$WORK/status")
		expect_status 2
		expect_text err "cannot write .*: \(No space left on device\|Read-only file system\)$"
		printf 'a.prom\nbefore\n' | diff - "$WORK/list" || fail 'not as it was'
	done
}

test_output_unwritable() {
	need setpriv
	setpriv --reuid 65534 --clear-groups true 2>/dev/null || skip 'no right to become nobody'
	mkdir "$WORK/dir"
	echo before >"$WORK/dir/a.prom"
	cp "$FULL" "$WORK/capture"
	cp "$(command -v "$READER")" "$WORK/reader"
	chmod 755 "$TOP" "$WORK" "$WORK/dir"
	status=0
	setpriv --reuid 65534 --clear-groups "$WORK/reader" metrics --from "$WORK/capture" \
		--output-file "$WORK/dir/a.prom" >"$WORK/out" 2>"$WORK/err" || status=$?
	sed -i '/^ipclens: warning/d' "$WORK/err"
	expect_status 2
	expect_text err 'Permission denied; run as root, or choose another directory'
	expect_kept
}

test_output_no_regular_file() {
	mkfifo "$WORK/fifo"
	mkdir "$WORK/dir"
	ln -s "$WORK/target" "$WORK/link"
	for file in fifo dir link; do
		run metrics --from "$FULL" --output-file "$WORK/$file"
		sed -i '/^ipclens: warning/d' "$WORK/err"
		expect_status 2
		expect_text err "$file is no regular file"
	done
	[ "$(stat -c %F "$WORK/fifo" "$WORK/dir" "$WORK/link" | tr '\n' ,)" = \
		fifo,directory,'symbolic link', ] || fail 'replaced'
	run metrics --from "$FULL" --output-file /dev/null
	[ "$status" = 2 ] || fail "/dev/null: status $status"
	[ -c /dev/null ] || fail '/dev/null replaced'
}

test_standard_output_full() {
	[ -c /dev/full ] || skip 'no /dev/full here'
	complete_capture
	status=0
	"$READER" metrics --from "$WORK/capture" >/dev/full 2>"$WORK/err" || status=$?
	: >"$WORK/out"
	expect_status 2
	expect_text err 'cannot write to standard output'
}

test_out_of_memory() {
	complete_capture
	cp "${FAULT:-./fault.so}" "$WORK/fault.so"
	status=0
	LD_PRELOAD=$WORK/fault.so FAULT_MEMSTREAM=12 "$READER" metrics --from "$WORK/capture" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	expect_status 2
	expect_text err 'out of memory'
}

# What is missing is said, and is not counted as zero.
test_partial() {
	complete_capture
	awk '/^# ipclens /{ skip = $3 == "shm" || $3 == "mq_users" } !skip' "$WORK/capture" \
		>"$WORK/partial"
	run metrics --from "$WORK/partial"
	expect_status 1
	expect_lines 1 err
	expect_text err "no usable section 'shm', 'mq_users', so metrics are missing"
	expect_text out '^ipclens_data_complete 0$'
	expect_text out '^ipclens_up 1$'
	expect_text out '^ipclens_shm_segments_limit'
	expect_no_text out '^ipclens_shm_\(segments\|bytes\|[rspo][a-z]*ed_[a-z]*\|pending_[a-z]*\){'
	expect_no_text out '^ipclens_mq_bytes'
	# an older module
	run metrics --from "$FULL"
	expect_status 1
	expect_lines 1 err
	expect_text err "section 'status' does not tell ipclens_mq_denials_total"
	expect_no_text out denials
}

test_damaged() {
	complete_capture
	sed '/^# ipclens shm 1/,/^# ipclens shm_h/s/^4026531839 .*/garbage/' "$WORK/capture" >"$WORK/garbled"
	run metrics --from "$WORK/garbled"
	expect_status 1
	expect_text err "3 lines of section 'shm' dropped"
	expect_text out '^ipclens_data_complete 0$'
	head -n 40 "$WORK/capture" >"$WORK/cut"
	run metrics --from "$WORK/cut"
	expect_status 1
	expect_lines 1 err
	expect_text err 'ends too early'
	cat "$WORK/capture" "$WORK/capture" >"$WORK/twice"
	run metrics --from "$WORK/twice"
	expect_status 1
	expect_lines 5 err
	expect_text err "has 2 sections 'shm'; the one in line"
	expect_text out "^ipclens_shm_segments{ipcns=\"$INIT\"} 3$"
	for text in '' 'no capture' '# ipclens shm 2
ipcns shmid
1 2'; do
		printf '%s\n' "$text" >"$WORK/nothing"
		run metrics --from "$WORK/nothing" --output-file "$WORK/a.prom"
		expect_status 2
		[ ! -e "$WORK/a.prom" ] || fail 'written all the same'
	done
	run metrics --from "$WORK/nowhere"
	expect_status 2
	expect_text err 'nowhere does not exist'
}

# Numbers that no kernel has: none wraps round.
test_huge_numbers() {
	complete_capture
	awk '/^4026531839 / && $6 ~ /no|marked/ { $9 = "18446744073709551000" } { print }' \
		"$WORK/capture" >"$WORK/huge"
	run metrics --from "$WORK/huge"
	expect_text out "^ipclens_shm_bytes{ipcns=\"$INIT\"} +Inf$"
}

stage_files() {
	complete_capture
	mkdir -p "$WORK/debug/ipclens"
	awk -v dir="$WORK/debug/ipclens" '/^# ipclens /{ file = $3 } { print > (dir "/" file) }' \
		"$WORK/capture"
}

test_live() {
	stage_files
	"$READER" metrics --from "$WORK/capture" >"$WORK/expected"
	stage_run metrics
	expect_status 0
	diff "$WORK/expected" "$WORK/out" || fail 'differs from the capture of it'
	run metrics --from "$WORK/debug/ipclens"
	expect_status 0
	diff "$WORK/expected" "$WORK/out" || fail 'a directory differs from one text'
	run metrics --from - <"$WORK/capture"
	diff "$WORK/expected" "$WORK/out" || fail 'standard input differs from a file'
	rm "$WORK/debug/ipclens/shm"
	stage_run metrics
	expect_status 1
	expect_text err "the module: no usable section 'shm'"
}

# A root who finds no module tells so; others cannot know.
test_no_module() {
	mkdir "$WORK/debug"
	before=$(date +%s)
	stage_run metrics
	expect_status 1
	expect_lines 1 err
	expect_text err 'load the module\|debugfs is not mounted'
	samples "$WORK/out" | sed 's/\(timestamp_seconds\) .*/\1/' >"$WORK/found"
	printf '%s\n' ipclens_collect_timestamp_seconds 'ipclens_data_complete 0' 'ipclens_up 0' |
		diff - "$WORK/found" || fail 'not what is known without a module'
	when=$(sed -n 's/^ipclens_collect_timestamp_seconds //p' "$WORK/out")
	[ "$((when >= before && when <= $(date +%s)))" = 1 ] || fail 'not the time of day'
	need setpriv
	setpriv --reuid 65534 --clear-groups true 2>/dev/null || skip 'no right to become nobody'
	chmod 755 "$TOP" "$WORK" "$WORK/debug"
	as='setpriv --reuid 65534 --clear-groups'
	stage_run metrics
	expect_status 2
}

# Every name in the page, and no other; rules and dashboard know no other either.
test_names_agree() {
	need_tree
	complete_capture
	run metrics --from "$WORK/capture"
	sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$WORK/out" | sort >"$WORK/emitted"
	[ "$(wc -l <"$WORK/emitted")" -ge 30 ] || fail 'the output is not understood'
	[ "$(sort -u "$WORK/emitted" | wc -l)" = "$(wc -l <"$WORK/emitted")" ] || fail 'twice the same'
	sed -n 's/^\.It Cm \(ipclens_[a-z_]*\)$/\1/p' "$PAGE" | sort |
		diff "$WORK/emitted" - || fail 'metrics (<) and manual page (>) differ'
	for file in ipclens.rules.yml ipclens.dashboard.json; do
		grep -o 'ipclens_[a-z_]*' "$USERSPACE/metrics/$file" | sort -u >"$WORK/used"
		[ "$(wc -l <"$WORK/used")" -ge 15 ] || fail "$file is not understood"
		comm -13 "$WORK/emitted" "$WORK/used" | grep . && fail "$file knows others"
		comm -23 "$WORK/emitted" "$WORK/used" >"$WORK/unused.$file"
	done
	# What neither looks at is known here.
	comm -12 "$WORK"/unused.* >"$WORK/unused"
	printf 'ipclens_%s\n' module_history_entries module_history_entries_limit module_info \
		mq_queue_bytes shm_pending_segments | diff - "$WORK/unused" ||
		fail 'used by rules or dashboard (<), and by neither (>)'
}

test_alerts_in_page() {
	need_tree
	sed -n 's/^ *- alert: //p' "$USERSPACE/metrics/ipclens.rules.yml" | sort >"$WORK/rules"
	[ -s "$WORK/rules" ] || fail 'the rules are not understood'
	sed -n '/^\.Sh ALERTS/,/^\.El/s/^\.It Cm //p' "$PAGE" | sed 's/ , /\n/g' | sort |
		diff "$WORK/rules" - || fail 'rules (<) and manual page (>) differ'
}

test_options_in_page() {
	need_tree
	"$READER" metrics --help | sed -n 's/^ .*--\([a-z-]*\) [A-Z][A-Z]* .*/\1/p' | sort >"$WORK/expected"
	[ "$(wc -l <"$WORK/expected")" = 4 ] || fail 'the help is not understood'
	sed -n 's/^\.It Fl -\([a-z-]*\) .*/\1/p' "$PAGE" | sort | diff "$WORK/expected" - ||
		fail 'help (<) and manual page (>) differ'
}

TESTS="test_every_number test_real_captures test_no_limit test_top test_many_segments
	test_openmetrics test_hostile test_wrong_options test_names_nobody
	test_output_file test_output_fails
	test_output_ended
	test_output_full test_output_unwritable test_output_no_regular_file
	test_standard_output_full test_out_of_memory test_partial test_damaged
	test_huge_numbers test_live test_no_module test_names_agree test_alerts_in_page
	test_options_in_page"
ktap_main
