# SPDX-License-Identifier: GPL-2.0-only
SUMMARY = "What procfs hides about System V shared memory and POSIX queues: kernel module"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://COPYING;md5=b234ee4d69f5fce4486a80fdaf4a4263"

SRC_URI = "file://ipclens-${PV}.tar.gz"
# UNPACKDIR since Yocto 5.1
S = "${@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}/ipclens-${PV}"

inherit module

EXTRA_OEMAKE += "-C ${S}/kmod KDIR=${STAGING_KERNEL_DIR}"
MODULES_MODULE_SYMVERS_LOCATION = "kmod"
