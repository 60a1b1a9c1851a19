# SPDX-License-Identifier: GPL-2.0-only
#
# Everything that is done with ipclens by one word; "make help" lists the words.
# The parts' own Makefiles know how they are built.

KDIR ?= /lib/modules/$(shell uname -r)/build
# what uname -r says there; Debian's kernel.release does not
KRELEASE = $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null),$(shell uname -r))
# with MO=DIR nothing is built in the source tree
OUT := $(addsuffix /,$(abspath $(MO)))
MODULE_DIR = $(DESTDIR)/lib/modules/$(KRELEASE)/extra
export KDIR

all: module reader

help:
	@echo 'make              build module and reader (KDIR=... for another kernel, CC=...,'
	@echo '                  MO=DIR to write nothing in this tree)'
	@echo 'make ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- KDIR=...'
	@echo '                  the same for a board; its reader is static'
	@echo 'make static       a reader that needs no library (CROSS_COMPILE=... STATIC_OUT=FILE)'
	@echo 'make load         load the module into the running kernel; make unload'
	@echo 'make install      install module and reader, with manual pages (PREFIX=... DESTDIR=...);'
	@echo '                  install-module and install-reader for one of them; make uninstall'
	@echo 'make dkms-install have dkms build the module for each kernel; make dkms-uninstall'
	@echo 'make deb          Debian packages of reader and module (DEB_OUT=DIR)'
	@echo 'make demo         see it at work in an emulated machine'
	@echo 'make check        the checks and tests, on this machine and in emulated ones'
	@echo 'make check-matrix those on every supported kernel, and of the packages; takes hours'
	@echo 'make check-debug  the tests and a long siege on kernels built to find faults; hours, too'
	@echo 'make lint         the style and static checks alone'
	@echo 'make docs         the book of pitfalls, in Documentation/pitfalls/out'
	@echo 'make selftests    build and install the tests (INSTALL_PATH=... for a board)'
	@echo 'make bench        measure, into Documentation/performance.md; make fuzz: feed the reader garbage (FUZZ_SECONDS=60)'
	@echo 'make clean        remove what was built; make clean-cache: the kernels, too'

module:
	+$(MAKE) -C kmod $(if $(OUT),MO=$(OUT)kmod)

reader:
	+$(MAKE) -C userspace $(if $(OUT),MO=$(OUT)userspace)

static:
	+$(MAKE) -C userspace static $(if $(OUT),MO=$(OUT)userspace) $(if $(STATIC_OUT),STATIC_OUT='$(abspath $(STATIC_OUT))')

load: module
	@if [ -d /sys/module/ipclens ]; then echo 'ipclens is loaded; "make unload" first' >&2; exit 1; fi
	insmod $(OUT)kmod/ipclens.ko

unload:
	rmmod ipclens

install: install-module install-reader

install-module: module
	install -D -m 644 $(OUT)kmod/ipclens.ko $(MODULE_DIR)/ipclens.ko
	$(if $(DESTDIR),,depmod $(KRELEASE))

install-reader: reader
	+$(MAKE) -C userspace install $(if $(OUT),MO=$(OUT)userspace)

uninstall:
	rm -f $(MODULE_DIR)/ipclens.ko
	$(if $(DESTDIR),,depmod $(KRELEASE))
	+$(MAKE) -C userspace uninstall

dkms-install dkms-uninstall:
	@Documentation/packaging/dkms $(@:dkms-%=%)

deb:
	@Documentation/packaging/deb

demo:
	@selftests/vm/demo

check:
	@selftests/vm/check-all

check-matrix:
	@selftests/vm/check-matrix

check-debug:
	@selftests/vm/check-debug

lint:
	@selftests/lint/lint

docs:
	@selftests/pitfalls/book Documentation/pitfalls/out

selftests:
	+$(MAKE) -C selftests install

bench:
	@selftests/vm/install-deps check
	@selftests/bench/run

fuzz:
	@selftests/vm/install-deps fuzz
	+$(MAKE) -C userspace fuzz

clean:
	@# kbuild may be gone or of another kernel; what it leaves is known
	rm -rf kmod/*.o kmod/*.ko kmod/*.mod kmod/*.mod.c kmod/.*.cmd kmod/*.symvers kmod/*.order
	+$(MAKE) -C userspace clean
	+$(MAKE) -C selftests/reader clean
	+$(MAKE) -C selftests/bench clean
	rm -rf selftests/build selftests/vm/out selftests/vm/out-debug Documentation/packaging/out Documentation/pitfalls/out

clean-cache:
	cd "$${IPCLENS_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/ipclens}" && \
		rm -rf --one-file-system archive-* kernel-* module-* root-* source-* checkpatch-* ksource-* kselftest-* smartcols-* util-linux-* selftests.lock reader.lock guest-*.lock

.PHONY: all help module reader static load unload install install-module install-reader uninstall \
	dkms-install dkms-uninstall deb demo check check-debug check-matrix lint docs selftests bench fuzz clean clean-cache
