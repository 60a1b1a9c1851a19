# SPDX-License-Identifier: GPL-2.0-only
SUMMARY = "What procfs hides about System V shared memory and POSIX queues: reader"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://COPYING;md5=b234ee4d69f5fce4486a80fdaf4a4263"

# libsmartcols
DEPENDS = "util-linux"

SRC_URI = "file://ipclens-${PV}.tar.gz"
# UNPACKDIR since Yocto 5.1
S = "${@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}/ipclens-${PV}"

inherit pkgconfig

EXTRA_OEMAKE += "-C ${S}/userspace"

do_compile() {
	oe_runmake
}

do_install() {
	oe_runmake install DESTDIR=${D} PREFIX=${prefix} BINDIR=${bindir} \
		SBINDIR=${sbindir} MANDIR=${mandir} DATADIR= UNITDIR=
}

PACKAGES =+ "${PN}-bpftrace"
FILES:${PN}-bpftrace = "${sbindir}/ipclens-*"
RRECOMMENDS:${PN}-bpftrace = "bpftrace"
RRECOMMENDS:${PN} = "kernel-module-ipclens"
