# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # sourced by run, which has the rest
#
# Tests of the Debian packages and of dkms, in Debian roots of their own: what is built,
# what is installed for two kernels, and that nothing stays when it is taken back.

# root_in build|dkms|board STATE SCRIPT: the shell script in such a root, with the source at /src,
# which cannot be written, and the packages at /deb. What it writes is kept under STATE.
# Mounts and processes end with it.
root_in()
{
	local tree state=$work/root-$2
	need_root
	need mmdebstrap
	tree=$("$dir/root" "$1")
	mkdir -p "$state"/{upper,work,root} "$work/deb"
	printf '%s\n' 'set -eu' "$3" >"$work/script"
	unshare --mount --pid --fork --kill-child bash -eu -c '
		tree=$1 state=$2 src=$3 work=$4
		root=$state/root
		mount -t overlay overlay \
			-o "lowerdir=$tree,upperdir=$state/upper,workdir=$state/work" "$root"
		mkdir -p "$root/src" "$root/deb"
		mount -t proc proc "$root/proc"
		mount --bind "$src" "$root/src"
		mount -o remount,bind,ro "$root/src"
		mount --bind "$work/deb" "$root/deb"
		cp "$work/script" "$root/script"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
			DEBIAN_FRONTEND=noninteractive version="$5" chroot "$root" /bin/bash /script
	' - "$tree" "$state" "$src" "$work" "$version"
}

# For scripts in a root: to see a command succeed or fail; the files there are, but for journals, what depmod and dpkg make
# anew, and the key that dkms makes once; the kernels; and whether the module is there for
# each, made for it.
root_words='
	check() { "$@" || { echo "failed: $*"; exit 1; }; }
	refused() { ! "$@" >/tmp/said 2>&1 || { echo "not refused: $*"; exit 1; }; cat /tmp/said; }
	list() { find / -xdev \( -path /proc -o -path /src -o -path /deb -o -path /tmp -o \
		-path /script -o -path /var/log -o -path /var/lib/dpkg -o -path /var/cache -o \
		-name "modules.*" -o -path "/var/lib/dkms/mok.*" \) -prune -o -print | sort; }
	kernels() { for build in /lib/modules/*/build; do basename "${build%/build}"; done; }
	modules_check()
	{
		check [ "$(kernels | wc -l)" -ge 2 ]
		for kernel in $(kernels); do
			modinfo -n -k "$kernel" ipclens | grep "/$kernel/updates/dkms/ipclens.ko"
			check [ "$(modinfo -F version -k "$kernel" ipclens)" = "$version" ]
			modinfo -F vermagic -k "$kernel" ipclens | grep "^$kernel "
		done
	}'

deb_build()
{
	[ -n "$(find "$work/deb" -name '*.changes' 2>/dev/null)" ] && return
	root_in build build 'make -s -C /src deb DEB_OUT=/deb' >"$work/deb.log" 2>&1 || {
		[ $? != 4 ] || exit 4
		tail -n 40 "$work/deb.log"
		fail "make deb"
	}
}

# deb_files PACKAGE: the files in it, without directories and papers.
deb_files()
{
	dpkg-deb -c "$work"/deb/"$1"_*.deb | awk '!/^d/ { print substr($6, 2) }' |
		grep -v -E '^/usr/share/(doc|lintian)/' | sort
}

test_deb()
{
	local tool
	deb_build
	grep -q '^ok .*output.sh$' "$work/deb.log" || fail "the reader was not tested"
	{
		printf '/usr/%s\n' bin/ipclens share/man/man8/ipclens.8.gz \
			share/man/man8/ipclens-metrics.8.gz share/man/man8/ipclens-tools.8.gz \
			share/ipclens/ipclens.dashboard.json share/ipclens/ipclens.rules.yml \
			share/man/man5/ipclens-debugfs.5.gz \
			share/bash-completion/completions/ipclens share/zsh/vendor-completions/_ipclens
		printf '/lib/systemd/system/ipclens-metrics.%s\n' service timer
		for tool in "$src"/userspace/bpftrace/*.bt; do
			tool=ipclens-$(basename "$tool" .bt)
			printf '/usr/sbin/%s\n/usr/share/man/man8/%s.8.gz\n' "$tool" "$tool"
		done
	} | sort >"$work/expected"
	deb_files ipclens | diff "$work/expected" - || fail "ipclens (> found)"
	(cd "$src/kmod" && printf "/usr/src/ipclens-$version/%s\n" Kbuild Makefile dkms.conf ./*.[ch] |
		sed 's|/\./|/|' | sort) >"$work/expected"
	deb_files ipclens-dkms | diff "$work/expected" - ||
		fail "ipclens-dkms (> found)"
	ls -s "$work/deb"
}

test_lintian()
{
	deb_build
	root_in dkms lintian '
		lintian --allow-root --fail-on error,warning --tag-display-limit 0 /deb/*.changes'
}

test_deb_install()
{
	deb_build
	root_in dkms install "$root_words"'
		list >/tmp/before
		dpkg -i /deb/ipclens_*.deb /deb/ipclens-dkms_*.deb
		for kernel in $(kernels); do
			dkms autoinstall -k "$kernel"
		done
		modules_check
		ipclens --version
		ipclens --from /src/selftests/reader/data/linux-6.1.txt -J shm >/deb/json || [ $? = 1 ]
		mandoc -T lint -W warning /usr/share/man/man8/ipclens-shmleak.8.gz
		dpkg -P ipclens ipclens-dkms
		list >/tmp/after
		diff /tmp/before /tmp/after'
	reader_expected linux-6.1.txt | cmp - "$work/deb/json"
}

test_dkms()
{
	root_in dkms dkms "$root_words"'
		list >/tmp/before
		make -s -C /src dkms-install
		modules_check
		dkms status
		refused make -s -C /src dkms-install
		grep "is there already" /tmp/said
		make -s -C /src dkms-uninstall
		list >/tmp/after
		diff /tmp/before /tmp/after
		refused make -s -C /src dkms-uninstall
		grep "was not installed" /tmp/said'
}

# A kernel without kprobes is left out; without dkms, and over a package, nothing is done.
test_dkms_refuses()
{
	deb_build
	root_in dkms refuses "$root_words"'
		kernel=$(kernels | sort -V | tail -n 1)
		config=$(realpath "/lib/modules/$kernel/build")/.config
		sed -i "s/^CONFIG_KPROBES=y/# CONFIG_KPROBES is not set/" "$config"
		DKMS_KERNELS=$kernel refused make -s -C /src dkms-install
		grep "the module is not for $kernel" /tmp/said
		grep "built for no kernel" /tmp/said
		make -s -C /src dkms-uninstall
		check [ ! -e "/usr/src/ipclens-$version" ]
		DKMS_KERNELS=6.1.0-0-missing refused make -s -C /src dkms-install
		grep "failed for 6.1.0-0-missing" /tmp/said
		make -s -C /src dkms-uninstall
		dpkg --unpack /deb/ipclens-dkms_*.deb
		for word in install uninstall; do
			refused make -s -C /src dkms-$word
			grep "belongs to the package" /tmp/said
		done
		mv /usr/sbin/dkms /tmp/dkms
		refused make -s -C /src dkms-install
		grep "apt-get install dkms" /tmp/said'
}

# A kernel that has src= no more, and MO= not yet.
test_unwritable_newer()
{
	root_in dkms unwritable "$root_words"'
		kernel=$(kernels | sort -V | tail -n 1)
		make -s -C /src/kmod MO=/tmp/out KDIR="/lib/modules/$kernel/build"
		modinfo -F vermagic /tmp/out/ipclens.ko | grep "^$kernel "'
}
