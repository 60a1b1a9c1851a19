# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2015,SC2016,SC2154 # && chains are meant, apt expands, lib.sh sets
#
# Packages of any Debian suite and architecture, from the archive that this machine's
# apt uses, with apt states of their own in the cache: nothing is installed here.
# Sourced after lib.sh. Knows no package's use.

archive_tries=4
# Indexes that are younger than this many minutes are new enough.
archive_fresh=720

# archive_retry COMMAND...: mirrors fail now and then.
archive_retry()
{
	local try
	for ((try = 1; ; try++)); do
		"$@" && return 0
		[ "$try" -lt "$archive_tries" ] || return 1
		vm_say "failed, trying again: ${*: -1}"
		sleep $((try * 5))
	done
}

archive_uri_find()
{
	local uri
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Origin: Debian' 'Label: Debian' | sed -n 1p)
	[ -n "$uri" ] || {
		vm_say "apt knows no Debian archive here: run 'apt-get update' as root"
		return 1
	}
	echo "$uri"
}

# archive_apt PROGRAM ARGUMENT...: apt-get or apt-cache on the archive that is open, in
# which nothing is installed: what is asked for comes with all it depends on.
archive_apt()
{
	local program=$1 arch arches=()
	shift
	for arch in amd64 $([ "$archive_arch" = amd64 ] || echo "$archive_arch"); do
		arches+=(-o "APT::Architectures::=$arch")
	done
	"$program" -q -o APT::Architecture=amd64 "${arches[@]}" -o APT::Sandbox::User=root \
		-o Dir::Etc="$archive_dir/etc" -o Dir::State="$archive_dir/state" \
		-o Dir::State::status="$archive_dir/status" -o Dir::Cache="$archive_dir/cache" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none \
		-o APT::Default-Release="$archive_suite" "$@" </dev/null
}

# Backports are of use only beside their suite. Some suites' indexes are past their
# validity date: for throw-away roots they do.
archive_setup()
{
	local uri suite keys=/usr/share/keyrings/debian-archive-keyring.gpg
	uri=$(archive_uri_find) || return 1
	mkdir -p "$archive_dir"/etc/{apt.conf.d,preferences.d,trusted.gpg.d} \
		"$archive_dir/state/lists/partial" "$archive_dir/cache/archives/partial" || return 1
	: >"$archive_dir/status"
	for suite in "${archive_suite%-backports}" "$archive_suite"; do
		echo "deb [signed-by=$keys check-valid-until=no] $uri $suite main"
	done | sort -u >"$archive_dir/etc/sources.list"
}

archive_update()
{
	archive_apt apt-get -o APT::Update::Error-Mode=any update >"$archive_dir/log" 2>&1 ||
		{ tail -n 5 "$archive_dir/log" >&2 && return 1; }
}

# archive_open SUITE ARCH: the functions below are about that from now on; ARCH's
# packages come beside amd64's. Old indexes do where new ones cannot be had.
archive_open()
{
	archive_suite=$1 archive_arch=$2
	archive_dir=$vm_cache/archive-$1-$2
	vm_lock_take "$archive_dir"
	if [ -z "$(find "$archive_dir/updated" -mmin "-$archive_fresh" 2>/dev/null)" ]; then
		vm_say "reading the indexes of $1 for $2"
		if archive_setup && archive_retry archive_update {vm_lock}>&-; then
			touch "$archive_dir/updated"
		elif [ -e "$archive_dir/updated" ]; then
			vm_say "$1 for $2: indexes of $(date -r "$archive_dir/updated" +%F) must do"
		else
			vm_lock_drop
			vm_say "$1 for $2: the archive's indexes cannot be had"
			return 1
		fi
	fi
	vm_lock_drop
}

# archive_field PACKAGE FIELD: of the candidate, which may be PACKAGE:ARCH.
archive_field()
{
	archive_apt apt-cache --no-all-versions show "$1" 2>/dev/null |
		sed -n "s/^$2: //p"
}

# archive_depends PACKAGE: names, without versions and alternatives, a line each.
archive_depends()
{
	archive_field "$1" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//; s/ //g'
}

# archive_fetch DIR PACKAGE...: into DIR, with all that they depend on.
archive_fetch()
{
	local dir=$1
	shift
	mkdir -p "$dir/partial" &&
		archive_retry archive_quietly -y -o Dir::Cache::archives="$dir" \
			--no-install-recommends --download-only install "$@" && rm -rf "$dir/partial"
}

archive_quietly()
{
	archive_apt apt-get "$@" >apt.log 2>&1 || { tail -n 20 apt.log >&2 && return 1; }
	rm -f apt.log
}

# archive_get PACKAGE...: these alone, into the current directory.
archive_get() { archive_retry archive_quietly download "$@"; }

# archive_unpack TREE < LIST: .deb files into TREE, without what only people read. No
# maintainer script runs: programs and their libraries do without. A package that has
# /lib as a directory must not replace the link to /usr/lib.
archive_unpack()
{
	local deb
	while read -r deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1" --keep-directory-symlink \
			--no-same-owner --exclude './usr/share/doc/*' --exclude './usr/share/man/*' \
			--exclude './usr/share/locale/*' || return 1
	done
}
