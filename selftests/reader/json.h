/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A strict judge of JSON text, for tests. Knows nothing of the reader.
 */
#ifndef IPCLENS_JSON_H
#define IPCLENS_JSON_H

/* Number of members in all objects of the text, or -1 if it is not JSON. */
long json_count_members(const char *text);

#endif /* IPCLENS_JSON_H */
