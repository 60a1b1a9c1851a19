# SPDX-License-Identifier: GPL-2.0-only
#
# What every collection of C tests shares. A collection's Makefile sets
# TEST_GEN_PROGS and includes this; KSFT is the directory of the kernel's own
# kselftest files.
KSFT ?= $(shell ../vm/kselftest)

ifeq ($(OUTPUT),)
OUTPUT := $(CURDIR)
endif

HELPERS := asked child file gate lens lens_check truth truth_maps compare compare_holders peer peer_loop peer_queue queues module trace \
	trace_form
HELPER_OBJS := $(HELPERS:%=$(OUTPUT)/%.o)
EXTRA_CLEAN += $(HELPER_OBJS)

CFLAGS += -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-pointer-to-int-cast
# Numbers of the kernel's that may be longer than a word of the machine: limits, inodes, times.
CFLAGS += -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
CFLAGS += -D_GNU_SOURCE -I../helpers -I$(KSFT)
LDLIBS += -pthread -lrt

include $(KSFT)/lib.mk

$(OUTPUT)/%.o: ../helpers/%.c $(wildcard ../helpers/*.h)
	$(COMPILE.c) $< -o $@

$(TEST_GEN_PROGS) $(TEST_GEN_PROGS_EXTENDED): $(HELPER_OBJS)
