# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2015,SC2154 # && chains are meant, lib.sh and kernel set
#
# Kernels built from Debian's source, of the machine's own series (suite "source") or of
# another suite (source:SUITE): tinyconfig, then kernel.d/guest.config, then of flavour A+B
# kernel.d/A.config and kernel.d/B.config. Sourced by "kernel".

# Sets source_series and source_version.
source_resolve()
{
	local package
	if [ "$row_suite" = source ]; then
		vm_kernel_resolve
		source_series=$vm_series source_version=$vm_version
		return
	fi
	archive_open "${row_suite#source:}" amd64 || return 1
	package=$(archive_depends linux-source:all | grep -m 1 '^linux-source-') || {
		vm_say "${row_suite#source:} has no linux-source"
		return 1
	}
	source_series=${package#linux-source-}
	source_version=$(archive_field "$package:all" Version)
}

source_fetch()
{
	archive_get "linux-source-$source_series:all" &&
		vm_source_take "linux-source-$source_series.tar.xz"
}

# All but other architectures, into the current directory.
source_unpack()
{
	if [ "$row_suite" = source ]; then
		vm_source_unpack
		return
	fi
	vm_entry_make "$vm_cache/source-$source_version" source_fetch
	vm_archive_unpack "$vm_cache/source-$source_version/linux-source-$source_series.tar.xz"
}

# The settings that are asked for, comments apart. Of several of one option the last counts.
source_config()
{
	local part parts=()
	for part in guest ${row_flavour//+/ }; do
		parts+=("$fragments/$part.config")
	done
	cat "${parts[@]}" |
		grep '^CONFIG_\|^# CONFIG_.* is not set$' | awk '
			{ option = /^#/ ? $2 : substr($0, 1, index($0, "=") - 1) }
			!(option in set) { order[++count] = option }
			{ set[option] = $0 }
			END { for (i = 1; i <= count; i++) print set[order[i]] }'
}

# Every setting must have been taken: Kconfig drops what it cannot satisfy without a
# word. An option that is not asked to be "is not set" may also be unknown, and so may
# those be that a fragment says are gone.
source_config_verify()
{
	local line option part dropped=0
	while read -r line; do
		grep -qxF "$line" build/.config && continue
		option=${line#\# }
		[ "$line" = "$option" ] || grep -q "^${option%% *}=" build/.config || continue
		for part in ${row_flavour//+/ }; do
			! grep -qxF "# gone: ${line%%=*}" "$fragments/$part.config" || continue 2
		done
		vm_say "option not taken: $line"
		dropped=1
	done < <(source_config)
	return $dropped
}

# Leave what an external module's build reads.
source_build_prune()
{
	(cd build &&
		find . -depth \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -delete &&
		find . -mindepth 1 -maxdepth 1 ! -name Makefile ! -name Kbuild ! -name .config \
			! -name Module.symvers ! -name System.map ! -name include ! -name scripts \
			! -name arch ! -name tools -exec rm -rf {} + &&
		find arch -mindepth 1 -maxdepth 1 ! -name x86 -exec rm -rf {} + &&
		find arch/x86 -mindepth 1 -maxdepth 1 ! -name include ! -name 'Makefile*' \
			-exec rm -rf {} + &&
		find tools -type f ! -path tools/objtool/objtool -delete)
}

# A kernel that the module must refuse to be built for is prepared, not built.
source_make()
{
	local log=$PWD.log goals="bzImage modules"
	[ "$row_matrix" != refused ] || goals=modules_prepare
	mkdir build && cd build && source_unpack && cd .. || return 1
	vm_say "building the kernel $row_flavour, some minutes (log: $log)"
	source_config >"fragment"
	(cd build &&
		make tinyconfig &&
		scripts/kconfig/merge_config.sh -m .config ../fragment &&
		make olddefconfig) >"$log" 2>&1 || { tail "$log" && return 1; }
	source_config_verify || return 1
	# shellcheck disable=SC2086 # words
	make -C build -j"$(nproc)" $goals >>"$log" 2>&1 || { tail "$log" && return 1; }
	echo "$source_series ($row_flavour)" >release && echo "$source_version" >version || return 1
	[ "$row_matrix" != refused ] || return 0
	mv build/arch/x86/boot/bzImage image &&
		cp build/modules.builtin . && mkdir tree &&
		kernel_modules_take modules && rm -rf tree modules.builtin &&
		source_build_prune
}
