# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2015,SC2154 # && chains are meant, lib.sh and kernel set
#
# Kernels built from Debian's source of the machine's own series: tinyconfig, then
# kernel.d/guest.config, then kernel.d/FLAVOUR.config. Sourced by "kernel".

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
# word. An option that is not asked to be "is not set" may also be unknown.
source_config_verify()
{
	local line option dropped=0
	while read -r line; do
		grep -qxF "$line" build/.config && continue
		option=${line#\# }
		[ "$line" = "$option" ] || grep -q "^${option%% *}=" build/.config || continue
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
	mkdir build && cd build && vm_source_unpack && cd .. || return 1
	vm_say "building the kernel $row_flavour, some minutes (log: $log)"
	source_config >"fragment"
	(cd build &&
		make tinyconfig &&
		scripts/kconfig/merge_config.sh -m .config ../fragment &&
		make olddefconfig) >"$log" 2>&1 || { tail "$log" && return 1; }
	source_config_verify || return 1
	# shellcheck disable=SC2086 # words
	make -C build -j"$(nproc)" $goals >>"$log" 2>&1 || { tail "$log" && return 1; }
	echo "$vm_series ($row_flavour)" >release && echo "$vm_version" >version || return 1
	[ "$row_matrix" != refused ] || return 0
	mv build/arch/x86/boot/bzImage image &&
		cp build/modules.builtin . && mkdir tree &&
		kernel_modules_take modules && rm -rf tree modules.builtin &&
		source_build_prune
}
