# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the guest scripts share: where the cache is, which kernel packages are
# meant, how cache entries come to be. Knows nothing of tests.

set -o pipefail

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
vm_top=$(cd "$vm_dir/../.." && pwd)
vm_cache=${IPCLENS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ipclens}
vm_me=$(basename "$0")

vm_say() { printf '%s: %s\n' "$vm_me" "$*" >&2; }

vm_die()
{
	vm_say "$*"
	exit 125
}

# Debian 12's own kernel series, and the newest of it whose headers are here.
vm_series=6.1

vm_headers_find()
{
	dpkg-query -W -f '${db:Status-Abbrev} ${Version} ${Package}\n' \
		"linux-headers-$vm_series.*-amd64" 2>/dev/null |
		awk '$1 == "ii" { print $2, $3 }' | sort -V | tail -n 1
}

# Sets vm_release (6.1.0-N-amd64) and vm_version (of the source package).
vm_kernel_resolve()
{
	local found
	found=$(vm_headers_find)
	[ -n "$found" ] || vm_die "Debian's $vm_series kernel headers are not installed:" \
		"run selftests/vm/install-deps as root"
	vm_version=${found% *}
	# shellcheck disable=SC2034 # for those who source this
	vm_release=${found#* linux-headers-}
}

# vm_lock_take NAME, vm_lock_drop: one lock at a time and process; children that
# live on must not keep it (run them with {vm_lock}>&-).
vm_lock_take()
{
	mkdir -p "$(dirname "$1")"
	exec {vm_lock}>"$1.lock"
	flock "$vm_lock"
}

vm_lock_drop() { exec {vm_lock}>&-; }

# vm_tree_remove DIR: who makes a root mounts file systems in it, /sys among them. They
# are still there if that was killed, and what is in them must stay whole.
vm_tree_remove()
{
	awk -v dir="$1/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		xargs -r umount -l || :
	rm -rf --one-file-system "$1"
}

# vm_entry_make DIR FUNCTION: unless cache entry DIR is there, run FUNCTION in
# an empty directory beside it and rename that to DIR. Concurrent callers wait
# for each other; what a killed one left behind is swept away. FUNCTION chains
# its steps with "&&", since "set -e" does not act in it.
vm_entry_make()
{
	local entry=$1 build=$2
	[ -d "$entry" ] && return 0
	vm_lock_take "$entry"
	if [ ! -d "$entry" ]; then
		vm_tree_remove "$entry.part"
		mkdir "$entry.part"
		(cd "$entry.part" && "$build") >&2 {vm_lock}>&- || {
			vm_tree_remove "$entry.part"
			vm_die "could not make $(basename "$entry"), see above"
		}
		mv "$entry.part" "$entry"
	fi
	vm_lock_drop
}

# vm_row_read NAME: sets row_suite, row_flavour, row_arch, row_programs, row_matrix and
# row_check from the matrix.
# shellcheck disable=SC2034 # for those who source this
vm_row_read()
{
	local name=$1 found
	found=$(awk -v name="$name" '$1 == name' "$vm_dir/matrix")
	[ -n "$found" ] || vm_die "no kernel $1 in selftests/vm/matrix"
	read -r _ row_suite row_flavour row_arch row_programs row_matrix row_check <<<"$found"
}

# vm_root_run TREE [FROM=TO...] -- COMMAND...: COMMAND in TREE, where the directories
# FROM appear as TO. Needs root; mounts go with it.
# shellcheck disable=SC2016 # the inner shell expands
vm_root_run()
{
	local tree=$1 binds=()
	shift
	while [ "$1" != -- ]; do
		binds+=("${1%%=*}" "$tree/${1#*=}")
		shift
	done
	shift
	unshare --mount sh -euc '
		tree=$1 count=$2
		shift 2
		mount --rbind /dev "$tree/dev"
		mount -t proc proc "$tree/proc"
		while [ "$count" -gt 0 ]; do
			mount --bind "$1" "$2"
			shift 2
			count=$((count - 2))
		done
		exec env -i LC_ALL=C HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$tree" "$@"' sh "$tree" ${#binds[@]} "${binds[@]}" "$@"
}

# vm_package_get NAME VERSION: the package's .deb into the current directory.
vm_package_get()
{
	vm_say "downloading $1 $2"
	apt-get download -q -o APT::Sandbox::User=root "$1=$2" >apt.log 2>&1 || {
		cat apt.log >&2
		vm_say "$1 $2 cannot be downloaded; if the archive has moved on, run" \
			"'apt-get update && apt-get install linux-headers-amd64' as root"
		return 1
	}
	rm apt.log
}

vm_source_fetch()
{
	vm_package_get "linux-source-$vm_series" "$vm_version" &&
		vm_source_take "$vm_source_name"
}

# vm_source_take NAME: instead of the package that is here the archive in it.
vm_source_take()
{
	dpkg-deb --fsys-tarfile ./*.deb | tar -xO "./usr/src/$1" >"$1" && rm ./*.deb
}

# vm_archive_unpack ARCHIVE [PATH...]: that part of it, or all, into the current directory.
vm_archive_unpack()
{
	local archive=$1
	shift
	vm_say "unpacking the kernel source"
	tar -xJf "$archive" --strip-components=1 --no-same-owner "$@"
}

# Prints the path of the kernel's source archive, the very version that
# vm_kernel_resolve found; an installed linux-source serves if it is that one.
vm_source_tarball()
{
	local have
	vm_source_name=linux-source-$vm_series.tar.xz
	have=$(dpkg-query -W -f '${Version}' "linux-source-$vm_series" 2>/dev/null || :)
	if [ "$have" = "$vm_version" ] && [ -r "/usr/src/$vm_source_name" ]; then
		echo "/usr/src/$vm_source_name"
		return
	fi
	vm_entry_make "$vm_cache/source-$vm_version" vm_source_fetch
	echo "$vm_cache/source-$vm_version/$vm_source_name"
}

# vm_source_unpack [PATH-IN-TREE...]: that part of the kernel source, or all
# but other architectures, into the current directory.
# shellcheck disable=SC2120
vm_source_unpack()
{
	local tarball root=linux-source-$vm_series
	tarball=$(vm_source_tarball)
	vm_archive_unpack "$tarball" "${@/#/$root/}"
}

# vm_hash STRING...: a short name for content.
vm_hash() { printf '%s\n' "$@" | sha256sum | cut -c 1-12; }

# vm_old_prune PREFIX KEEP: delete entries of the same kind that nobody used
# for a week; several versions may be in use side by side.
vm_old_prune()
{
	local old
	touch "$2"
	find "$vm_cache" -mindepth 1 -maxdepth 1 -type d -name "$1*" -mtime +7 |
		while read -r old; do
			vm_tree_remove "$old" && rm -f "$old.lock"
		done
}

# vm_progress NAME: of the KTAP that is read, the result lines that are not nested, each
# with the seconds since the one before. Not with awk: some wait for a full buffer.
vm_progress()
{
	local line last=$SECONDS
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			printf '%s: [%4d s] %s\n' "$1" $((SECONDS - last)) "${line/selftests: /}"
			last=$SECONDS
			;;
		esac
	done
}

# vm_queue_run OPTION BESIDE WORD...: "this script OPTION WORD" for each, two at a time, in a
# process group of its own, so that it is ended as a whole when the caller ends; beside
# them BESIDE, unless empty, in the time that they leave. Status: 0 if all had it. Leaves
# traps of EXIT and signals.
vm_queue_run()
{
	local option=$1 beside=$2 status=0
	shift 2
	set -m
	{
		{ [ -z "$beside" ] || exec nice -n 19 "$0" "$option" "$beside"; } &
		printf -- "$option %s\n" "$@" | xargs -L 1 -P 2 "$0" || status=$?
		wait $! || status=$?
		exit $status
	} &
	vm_queue=$!
	set +m
	trap '[ -z "$vm_queue" ] || kill -- -"$vm_queue" 2>/dev/null || :' EXIT
	trap 'exit 1' HUP INT TERM
	wait "$vm_queue" || status=$?
	vm_queue=''
	return $status
}
