/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From where on something is worth a finding.
 */
#ifndef IPCLENS_BOUNDS_H
#define IPCLENS_BOUNDS_H

#include <stdint.h>

struct bounds {
	uint64_t pending_bytes; /* least size of a holder's pending segments together */
	uint64_t orphan_age; /* least seconds that a segment is unused */
	uint64_t near; /* least percentage of a limit that is in use */
	uint64_t denials_within; /* most seconds since a refusal */
	uint64_t losses; /* most that each of the module's counters of losses may have */
};

#define BOUNDS_DEFAULT                                                                             \
	{                                                                                          \
		.near = 80, .denials_within = 3600                                                 \
	}

#endif /* IPCLENS_BOUNDS_H */
