# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154,SC2317 # sourced by run, which has the rest
#
# Tests of what is built without Debian's packages: versions, static readers, a source
# tree that cannot be written, the commands that Buildroot and Yocto would run.

# What repeats the version is where nothing can look it up.
test_versions()
{
	local pack=$src/Documentation/packaging file
	[ -n "$version" ] || fail "no version in ipclens_abi.h"
	same dkms.conf "$version" "$(kernel_source_dir='' && . "$src/kmod/dkms.conf" &&
		echo "$PACKAGE_VERSION")"
	same changelog "$version" "$(sed -n '1s/^ipclens (\(.*\)) .*/\1/p' "$pack/debian/changelog")"
	same ipclens.mk "$version" "$(sed -n 's/^IPCLENS_VERSION = //p' \
		"$pack/buildroot/package/ipclens/ipclens.mk")"
	same "yocto's README" "ipclens-$version" \
		"$(grep -o 'ipclens-[0-9][0-9.]*[0-9]' "$pack/yocto/README.md" | sort -u)"
	for file in "$pack"/yocto/*.bb; do
		same "version in a recipe's name" "$version" "$(basename "$file" .bb | sed 's/.*_//')"
		same "COPYING's sum in $(basename "$file")" "$(md5sum <"$src/COPYING" | cut -d' ' -f1)" \
			"$(sed -n 's/^LIC_FILES_CHKSUM.*md5=\(.*\)"/\1/p' "$file")"
	done
}

# dkms asks the name of a kernel and its configuration, compat.h the kernel itself.
test_dkms_conf()
{
	local release config kernel_source_dir=''
	. "$src/kmod/dkms.conf"
	for release in 5.10.0-32-amd64 5.10.223 5.15.0-91-generic 5.16.1 5.19.17 6.1.0-56-amd64 \
		6.12.95+deb12-amd64 6.13-rc1 7.2.12+deb14-amd64 10.0.1; do
		[[ $release =~ $BUILD_EXCLUSIVE_KERNEL ]] || fail "$release would be left out"
	done
	for release in 4.19.0-27-amd64 5.1.10 5.4.0-1-amd64 5.9.16 5.11.0-49-generic 5.14.21; do
		[[ ! $release =~ $BUILD_EXCLUSIVE_KERNEL ]] || fail "$release would be built for"
	done
	configs_refused >"$work/configs"
	[ -s "$work/configs" ] || fail "compat.h demands nothing"
	while read -r config; do
		[[ " $BUILD_EXCLUSIVE_CONFIG " = *" $config "* ]] || fail "does not say $config"
	done <"$work/configs"
}

# What compat.h demands (NAME) and refuses (!NAME) as dkms.conf would have it; but not of
# what it demands one of several, for which dkms has no word.
configs_refused()
{
	grep -B 1 '^#error' "$src/kmod/compat.h" | sed '/&&/d' |
		grep -o '!\?IS_ENABLED([A-Z0-9_]*)' |
		sed 's/^IS_ENABLED(\(.*\))$/!\1/; s/^!IS_ENABLED(\(.*\))$/\1/'
}

# reader_is_right READER [EMULATOR]: it has this version, and reads captures.
reader_is_right()
{
	local file
	same "the reader's version" "ipclens $version" "$(${2-} "$1" --version | cut -d' ' -f1,2)"
	for file in linux-6.1.txt capture.txt; do
		${2-} "$1" --from "$src/selftests/reader/data/$file" -J shm >"$work/json" || [ $? = 1 ]
		reader_expected "$file" | cmp - "$work/json" || fail "$file is read otherwise"
	done
}

# By the one that uses the library that is installed.
reader_expected()
{
	[ -x "$work/dynamic/ipclens" ] || make -s -C "$src/userspace" MO="$work/dynamic" >&2
	"$work/dynamic/ipclens" --from "$src/selftests/reader/data/$1" -J shm || [ $? = 1 ]
}

# reader_is_static READER MACHINE: nothing to load, nothing to look up.
reader_is_static()
{
	same "machine of $1" "$2" "$(readelf -h "$1" | sed -n 's/^ *Machine: *//p')"
	readelf -l "$1" >"$work/segments"
	grep -q LOAD "$work/segments" || fail "$1 has no segments"
	! grep -E 'INTERP|DYNAMIC' "$work/segments" || fail "$1 is not static"
	echo "static reader, $2, stripped: $(stat -c %s "$1") bytes"
}

test_static()
{
	local reader=$work/static-native
	make -s -C "$src" static MO="$work/native" STATIC_OUT="$reader"
	reader_is_static "$reader" "$(readelf -h /proc/self/exe | sed -n 's/^ *Machine: *//p')"
	reader_is_right "$reader"
}

# With the emulator that Debian's qemu-user has, where it is installed.
static_cross()
{
	local triplet=$1 machine=$2 emulator=$3 reader=$work/static-$1
	need "$triplet-gcc"
	make -s -C "$src/userspace" static CROSS_COMPILE="$triplet-" STATIC_OUT="$reader"
	reader_is_static "$reader" "$machine"
	if command -v "$emulator" >/dev/null; then
		reader_is_right "$reader" "$emulator"
	else
		echo "not run: no $emulator here"
	fi
}

# What a cross compiler left must not get into the way of the machine's own.
test_static_cross()
{
	local reader=$src/userspace/ipclens
	static_cross arm-linux-gnueabihf ARM qemu-arm
	static_cross aarch64-linux-gnu AArch64 qemu-aarch64
	static_cross riscv64-linux-gnu RISC-V qemu-riscv64
	make -s -C "$src/userspace"
	reader_is_right "$reader"
	make -s -C "$src/userspace" CROSS_COMPILE=arm-linux-gnueabihf- >"$work/said"
	grep -q '^static reader, .*/build-arm-linux-gnueabihf-static/ipclens$' "$work/said" ||
		fail "make CROSS_COMPILE= does not say where the reader is: $(cat "$work/said")"
	make -s -C "$src/userspace" clean
	[ -z "$(find "$src/userspace" -name '*.o' -o -name 'build-*')" ] || fail "clean leaves objects"
}

# The whole of it by one command, on a machine that has a cross compiler, the headers of
# the board's kernel and an unpacked util-linux, and no network.
test_board()
{
	local library
	need_root
	library=$(CC=cc CFLAGS='-O2 -g' "$src/userspace/smartcols-static") || fail "no libsmartcols"
	mkdir -p "$work/deb/board"
	cp -r "$(printf '%s\n' "${library%/*}"/util-linux-*/source | sort -V | tail -n 1)" \
		"$work/deb/util-linux"
	root_in board board '
		kernel=$(echo /usr/src/linux-headers-*-armmp)
		make -s -C /src ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- KDIR="$kernel" MO=/tmp/out \
			UTIL_LINUX=/deb/util-linux
		cp /tmp/out/kmod/ipclens.ko /tmp/out/userspace/build-*-static/ipclens /deb/board/'
	module_is_right "$work/deb/board/ipclens.ko"
	modinfo -F vermagic "$work/deb/board/ipclens.ko" | grep 'armmp .*ARMv7' ||
		fail "the module is for another kernel"
	reader_is_static "$work/deb/board/ipclens" ARM
	! command -v qemu-arm >/dev/null || reader_is_right "$work/deb/board/ipclens" qemu-arm
}

# module_is_right FILE: it is the module, of this version.
module_is_right() { same "version of $1" "$version" "$(modinfo -F version "$1")"; }

test_unwritable()
{
	local out=$work/out kernel
	need_root
	kernel=$(kernel_build)
	unshare --mount bash -eu -c '
		mount --bind "$1" "$1"
		mount -o remount,bind,ro "$1"
		! touch "$1/kmod/main.o" 2>/dev/null || exit 1
		make -s -C "$1" MO="$2" KDIR="$3"
		make -C "$1" MO="$2" KDIR="$3" >"$2/again"
		make -s -C "$1" MO="$2" KDIR="$3" DESTDIR="$2/dest" install' - "$src" "$out" "$kernel"
	module_is_right "$out/kmod/ipclens.ko"
	reader_is_right "$out/userspace/ipclens"
	! grep -E 'CC|LD|-o ' "$out/again" || fail "made again what was there"
	same "modules installed" 1 "$(find "$out/dest/lib/modules" -name ipclens.ko | wc -l)"
	reader_is_right "$out/dest/usr/local/bin/ipclens"
	make -s -C "$src/kmod" MO="$out/kmod" KDIR="$kernel" clean
	[ -z "$(find "$out/kmod" -type l -o -name '*.o')" ] || fail "clean leaves objects or links"
}

# Objects of another architecture in the source tree must not be taken along.
test_buildroot()
{
	local kernel build=$work/buildroot target=$work/target
	need rsync
	kernel=$(kernel_build)
	mkdir "$build"
	trap 'rm -f "$src/kmod/main.o" "$src/userspace/text.o"' EXIT
	touch "$src/kmod/main.o" "$src/userspace/text.o"
	make -s -f "$dir/buildroot.mk" SRC="$src" DIR="$build" TARGET_DIR="$target" KDIR="$kernel" \
		"$build/.stamp_target_installed"
	module_is_right "$(find "$target/lib/modules" -name ipclens.ko)"
	reader_is_right "$target/usr/bin/ipclens"
	[ -x "$target/usr/sbin/ipclens-shmleak" ] || fail "no bpftrace tools"
	[ ! -e "$build/userspace/text.o" ] || fail "objects were taken along"
}

# buildroot_choose LINE...: what kconfig makes of the wish for the package. The kernel's has
# another way to write a variable than Buildroot's.
buildroot_choose()
{
	local path=$src/Documentation/packaging/buildroot
	printf '%s\n' 'config BR2_LINUX_KERNEL' 'bool "l"' 'config BR2_USE_MMU' 'bool "m"' \
		'config BR2_PACKAGE_UTIL_LINUX' 'bool "u"' \
		'config BR2_PACKAGE_UTIL_LINUX_LIBSMARTCOLS' 'bool "s"' \
		"$(sed "s|\$BR2_EXTERNAL_IPCLENS_PATH|$path|" "$path/Config.in")" >"$work/Kconfig"
	printf '%s\n' BR2_PACKAGE_IPCLENS=y "$@" >"$work/.config"
	(cd "$work" && CONFIG_='' "$conf" --olddefconfig Kconfig >said 2>&1) ||
		fail "$(cat "$work/said")"
	! grep -v '^#' "$work/said" || fail "Config.in is not clean"
}

test_buildroot_config()
{
	local conf
	conf=$(kernel_build)/scripts/kconfig/conf
	[ -x "$conf" ] || skip "no $conf"
	buildroot_choose BR2_LINUX_KERNEL=y BR2_USE_MMU=y
	same "what is chosen" 4 "$(grep -c -E '^BR2_PACKAGE_(IPCLENS|IPCLENS_READER|UTIL_LINUX|UTIL_LINUX_LIBSMARTCOLS)=y$' \
		"$work/.config")"
	buildroot_choose BR2_LINUX_KERNEL=y
	grep -q '^BR2_PACKAGE_IPCLENS=y' "$work/.config" || fail "no module without MMU"
	! grep 'READER=y' "$work/.config" || fail "a reader without libsmartcols"
	buildroot_choose BR2_USE_MMU=y
	! grep 'IPCLENS=y' "$work/.config" || fail "a module without a kernel"
}

# yocto_value RECIPE VARIABLE: what a recipe sets it to, as words.
yocto_value()
{
	sed -n "s/^$2 +\?= \"\(.*\)\"/\1/p" "$src/Documentation/packaging/yocto/$1_$version.bb" |
		sed "s|\${S}|$S|g; s|\${STAGING_KERNEL_DIR}|$STAGING_KERNEL_DIR|g"
}

# With the variables that module.bbclass gives, and source and build directory of the
# kernel apart, as Yocto has them, and Debian its headers.
test_yocto()
{
	local S=$work/yocto/ipclens-$version D=$work/image kernel STAGING_KERNEL_DIR class extra
	kernel=$(realpath "$(kernel_build)")
	STAGING_KERNEL_DIR=$(dirname "$(sed -n 's/^include //p' "$kernel/Makefile")")
	[ -e "$STAGING_KERNEL_DIR/Makefile" ] || skip "no kernel source apart from $kernel"
	mkdir "$work/yocto"
	tar -c -C "$work" --transform "s|^src|ipclens-$version|" src | tar -x -C "$work/yocto"
	class=(CC=gcc LD=ld AR=ar OBJCOPY=objcopy STRIP=strip "O=$kernel" KBUILD_EXTRA_SYMBOLS=)
	read -ra extra <<<"KERNEL_SRC=$STAGING_KERNEL_DIR $(yocto_value ipclens-mod EXTRA_OEMAKE)"
	export KBUILD_OUTPUT=$kernel CROSS_COMPILE=
	(cd "$S" && make -s "${extra[@]}" "${class[@]}" &&
		make -s "${extra[@]}" DEPMOD=echo MODLIB="$D/lib/modules/x" "${class[@]}" modules_install)
	module_is_right "$(find "$D/lib/modules/x" -name ipclens.ko)"
	[ -e "$S/$(yocto_value ipclens-mod MODULES_MODULE_SYMVERS_LOCATION)/Module.symvers" ] ||
		fail "no Module.symvers where the recipe says it is"
	unset KBUILD_OUTPUT
	read -ra extra <<<"$(yocto_value ipclens EXTRA_OEMAKE)"
	export CC=cc CFLAGS=-O1 CPPFLAGS='' LDFLAGS=-Wl,-z,now
	(cd "$S" && make -s "${extra[@]}" && make -s "${extra[@]}" install DESTDIR="$D" \
		PREFIX=/usr BINDIR=/usr/bin SBINDIR=/usr/libexec MANDIR=/usr/man)
	unset CC CFLAGS CPPFLAGS LDFLAGS CROSS_COMPILE
	reader_is_right "$D/usr/bin/ipclens"
	[ -x "$D/usr/libexec/ipclens-shmleak" ] || fail "no bpftrace tools where they belong"
}
