# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # for those who source this
#
# Architectures, by Debian's names: how to compile for them and which machine to emulate.

# arch_describe ARCH: sets arch_triplet, arch_qemu (the emulator), arch_machine,
# arch_console, arch_serial (of virtio), arch_args (more for the kernel).
arch_describe()
{
	arch_console=ttyS0 arch_serial=virtio-serial-device arch_args=''
	case $1 in
	amd64)
		# On a busy host the timer's first ticks may be too late for the check. An interrupt
		# while 6.1 finds out about its boot CPU sees one without five levels of page
		# tables, so that KASAN takes all memory for wild: four it is.
		arch_triplet=x86_64-linux-gnu arch_serial=virtio-serial-pci arch_args=no_timer_check
		arch_qemu=qemu-system-x86_64 arch_machine=(-M q35 -cpu 'max,la57=off') ;;
	i386)
		arch_triplet=i686-linux-gnu ;;
	arm64)
		arch_triplet=aarch64-linux-gnu arch_console=ttyAMA0
		arch_qemu=qemu-system-aarch64 arch_machine=(-M virt -cpu cortex-a57) ;;
	armhf)
		arch_triplet=arm-linux-gnueabihf arch_console=ttyAMA0
		arch_qemu=qemu-system-arm arch_machine=(-M virt -cpu cortex-a15) ;;
	riscv64)
		arch_triplet=riscv64-linux-gnu
		arch_qemu=qemu-system-riscv64 arch_machine=(-M virt) ;;
	*)
		vm_die "no such architecture: $1" ;;
	esac
}

# arch_cross ARCH: what goes before the names of its compiler and its like, on amd64.
arch_cross()
{
	[ "$1" != amd64 ] || return 0
	arch_describe "$1"
	echo "$arch_triplet-"
}
