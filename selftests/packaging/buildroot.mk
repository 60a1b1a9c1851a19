# SPDX-License-Identifier: GPL-2.0-only
# What of Buildroot's generic-package and kernel-module infrastructure the package uses:
# the steps in their order, with the variables that Buildroot gives. It has no Buildroot.
BR2_EXTERNAL_IPCLENS_PATH := $(SRC)/Documentation/packaging/buildroot
BR2_PACKAGE_IPCLENS_READER := y
BR2_PACKAGE_BPFTRACE := y
TARGET_CONFIGURE_OPTS = CC="cc" CFLAGS="-O1" LDFLAGS="" PKG_CONFIG="pkg-config"
INSTALL = install

include $(BR2_EXTERNAL_IPCLENS_PATH)/external.mk

KERNEL_MODULES = $(MAKE) -C $(KDIR) PWD=$(@D)/$(IPCLENS_MODULE_SUBDIRS) \
	M=$(@D)/$(IPCLENS_MODULE_SUBDIRS)

$(DIR)/.stamp_rsynced:
	rsync -a $(IPCLENS_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS) $(IPCLENS_SITE)/ $(DIR)
	touch $@

$(DIR)/.stamp_built: $(DIR)/.stamp_rsynced
	$(IPCLENS_BUILD_CMDS)
	$(KERNEL_MODULES) modules

$(DIR)/.stamp_target_installed: $(DIR)/.stamp_built
	$(IPCLENS_INSTALL_TARGET_CMDS)
	$(IPCLENS_INSTALL_TOOLS)
	$(KERNEL_MODULES) INSTALL_MOD_PATH=$(TARGET_DIR) DEPMOD=true modules_install
