// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a capture, through the triage and its output. Judges by rules of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../selftests/reader/json.h"
#include "../triage.h"
#include "fuzz.h"

static const struct section *find_section(const struct capture *capture, const char *file)
{
	size_t count;
	const struct section *section = parse_section(capture, view_find_file(file), &count);

	return section && section->columns ? section : NULL;
}

/* One line each of what and of what to do, and no name in the latter. */
static void check_findings(const struct triage *triage)
{
	static const char allowed[] = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      " 0123456789_.,-=|:&'\"${}+<>/#";
	const struct finding *before = NULL;

	for (size_t i = 0; i < triage->nfindings; before = &triage->findings[i++]) {
		const struct finding *finding = &triage->findings[i];

		MUST(finding->what && *finding->what && finding->next && *finding->next);
		MUST(strspn(finding->next, allowed) == strlen(finding->next));
		MUST(!before || before->severity <= finding->severity);
	}
}

static void check_triage_output(const struct triage *triage, enum out_form form)
{
	const struct out_style style = { .form = form };
	char *text = NULL;
	size_t size, lines = 0;
	FILE *out = open_memstream(&text, &size);

	MUST(out && !triage_print(triage, out, &style));
	MUST(!fclose(out));
	check_bytes(text, size);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	if (form == OUT_JSON)
		MUST(json_count_members(text) == (long)(triage->nfindings * 12 + 1));
	else if (form == OUT_TABLE)
		MUST(lines == (triage->nfindings ? 2 * triage->nfindings : 1));
	else
		MUST(lines == triage->nfindings);
	free(text);
}

/* choice is any number, on which it depends what is tried. */
void fuzz_triage(const struct capture *capture, uint8_t choice)
{
	const struct bounds bounds = BOUNDS_DEFAULT,
			    strict = { .near = 1, .denials_within = ~0ull };
	const uint64_t ipcns = 4026531839u;
	struct triage triage = {
		.bounds = choice & 1 ? &bounds : &strict,
		.has_now = choice & 2,
		.now = choice & 4 ? UINT64_MAX : 1795453800,
		.ipcns = choice & 8 ? &ipcns : NULL,
		.namespaces = find_section(capture, "namespaces"),
		.shm = find_section(capture, "shm"),
		.holders = find_section(capture, "shm_holders"),
		.mqueue = find_section(capture, "mqueue"),
		.mqholders = find_section(capture, "mqholders"),
		.users = find_section(capture, "mq_users"),
		.denials = find_section(capture, "mq_denials"),
		.probes = find_section(capture, "probes"),
		.status = find_section(capture, "status"),
	};

	MUST(!triage_find(&triage));
	check_findings(&triage);
	for (enum out_form form = OUT_TABLE; form <= OUT_JSON; form++)
		check_triage_output(&triage, form);
	findings_free(&triage);
}
