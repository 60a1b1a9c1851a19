# SPDX-License-Identifier: GPL-2.0-only
################################################################################
#
# ipclens
#
################################################################################

IPCLENS_VERSION = 0.1.0
# The source tree that this is a part of; a copy of this file needs another place.
IPCLENS_SITE = $(realpath $(BR2_EXTERNAL_IPCLENS_PATH)/../../..)
IPCLENS_SITE_METHOD = local
IPCLENS_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = \
	--exclude /selftests/build --exclude /selftests/vm/out --exclude '*.o' --exclude '*.ko'
IPCLENS_LICENSE = GPL-2.0
IPCLENS_LICENSE_FILES = COPYING

IPCLENS_MODULE_SUBDIRS = kmod

define IPCLENS_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_MODULES)
	$(call KCONFIG_ENABLE_OPT,CONFIG_KPROBES)
	$(call KCONFIG_ENABLE_OPT,CONFIG_DEBUG_FS)
endef

ifeq ($(BR2_PACKAGE_IPCLENS_READER),y)
IPCLENS_DEPENDENCIES += host-pkgconf util-linux

define IPCLENS_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) $(TARGET_CONFIGURE_OPTS) -C $(@D)/userspace MO=$(@D)/build
endef

define IPCLENS_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/ipclens $(TARGET_DIR)/usr/bin/ipclens
endef

ifeq ($(BR2_PACKAGE_BPFTRACE),y)
define IPCLENS_INSTALL_TOOLS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D)/userspace/bpftrace install \
		PREFIX=/usr DESTDIR=$(TARGET_DIR)
endef
IPCLENS_POST_INSTALL_TARGET_HOOKS += IPCLENS_INSTALL_TOOLS
endif
endif

$(eval $(kernel-module))
$(eval $(generic-package))
