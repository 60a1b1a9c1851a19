# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of tracers share: a guest with Debian's programs in which ./all of
# $work/payload runs them; $said_dir has what each of them said, and statuses how they ended.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
said_dir=$work/out/out
mkdir "$work/payload"
said_vm=$(cd "$(dirname "${BASH_SOURCE[0]}")/../vm" && pwd)
said_number=0 said_failed=0

# said_guest SUITE PACKAGE...: boots it with these packages of that suite. KEEP=DIR
# copies what was said to DIR/SUITE.
said_guest()
{
	local image
	chmod +x "$work/payload/all"
	image=$("$said_vm/root" "$@")
	# in turns: breakpoints come and go, see "check"
	"$said_vm/guest" -k debian -s -m 1536 -t "${IPCLENS_LIMIT:-1500}" -r "$image" -o "$work/out" -d "$work/payload" ./all >&2
	[ -z "${KEEP:-}" ] || { mkdir -p "$KEEP/$1" && cp -r "$said_dir/." "$KEEP/$1"; }
}

# said NAME COUNT PATTERN: it has ended well, and so many lines match.
said()
{
	local count
	grep -qx "$1: 0" "$said_dir/statuses" || {
		echo "# $1 did not end well"
		sed 's/^/# /' "$said_dir/$1.errors" "$said_dir/$1" 2>/dev/null | tail -n 20
		return 1
	}
	count=$(grep -cE -- "$3" "$said_dir/$1") || :
	[ "$count" = "$2" ] || {
		echo "# $1: $count lines, not $2, match $3"
		sed 's/^/# /' "$said_dir/$1" | head -n 150
		return 1
	}
}

# said_judge PREFIX NAME...: a KTAP line from each function test_NAME.
said_judge()
{
	local prefix=$1 name
	shift
	for name; do
		said_number=$((said_number + 1))
		if "test_$name"; then
			echo "ok $said_number $prefix$name"
		else
			echo "not ok $said_number $prefix$name"
			said_failed=1
		fi
	done
}

said_close() { exit "$said_failed"; }
