// SPDX-License-Identifier: GPL-2.0
/* Gives the events of ipclens_trace.h their bodies. */
#define CREATE_TRACE_POINTS
#include "ipclens_trace.h"
