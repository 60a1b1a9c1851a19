// SPDX-License-Identifier: GPL-2.0-only
/*
 * The budgets of message queues by user, and how far each is from being refused.
 */
#include "array.h"
#include "message.h"
#include "metrics_parts.h"
#include "model.h"
#include "namespace.h"
#include "room.h"

enum user_series {
	USER_BYTES,
	USER_QUEUES,
	USER_QUEUE_BYTES,
	USER_UNLINKED,
	USER_LIMIT,
	USER_ROOM,
};

#define GAUGE(name_, unit_, help_)                                                                 \
	.family = { .name = name_, .type = METRICS_GAUGE, .unit = unit_, .help = help_ }

static const struct metrics_series user_series[] = {
	[USER_BYTES] = { GAUGE(
		"ipclens_mq_bytes", "bytes",
		"What a user is charged for message queues, those of user namespaces below included: what RLIMIT_MSGQUEUE bounds.") },
	[USER_QUEUES] = { GAUGE("ipclens_mq_queues", NULL,
				"Message queues that a user is charged for itself.") },
	[USER_QUEUE_BYTES] = { GAUGE("ipclens_mq_queue_bytes", "bytes",
				     "What the queues cost that a user is charged for itself.") },
	[USER_UNLINKED] = { GAUGE(
		"ipclens_mq_unlinked_queues", NULL,
		"Message queues without a name that a user is charged for itself.") },
	[USER_LIMIT] = { GAUGE("ipclens_mq_limit_bytes", "bytes",
			       "Lowest RLIMIT_MSGQUEUE (soft) of the user's threads."),
			 .rest = METRICS_REST_NONE },
	[USER_ROOM] = { GAUGE("ipclens_mq_room_queues", NULL,
			      "Queues that the user can still open without attributes, at the initial IPC namespace's defaults, before this limit or one of a user namespace above refuses."),
			.rest = METRICS_REST_LEAST },
};

_Static_assert(ARRAY_SIZE(user_series) <= METRICS_SERIES_MAX, "rows are too short");

static const struct {
	enum user_series series;
	const char *column;
} user_columns[] = {
	{ USER_BYTES, "bytes" },
	{ USER_QUEUES, "queues" },
	{ USER_QUEUE_BYTES, "queue_bytes" },
	{ USER_UNLINKED, "unlinked" },
	{ USER_LIMIT, "limit_min" },
};

static int users_add(struct metrics_table *table, const struct model *model)
{
	const struct section *users = model->section;
	struct metrics_row *user;
	uint64_t userns, uid, number;

	for (size_t row = 0; row < users->nrows; row++) {
		const char *room = model_cell(model, row, 0);

		if (!section_number(users, row, "userns", &userns) ||
		    !section_number(users, row, "uid", &uid))
			continue;
		user = metrics_table_row(table, userns, uid);
		if (!user) {
			message_no_memory();
			return -1;
		}
		for (size_t i = 0; i < ARRAY_SIZE(user_columns); i++)
			if (section_number(users, row, user_columns[i].column, &number))
				metrics_row_add(user, user_columns[i].series, number);
		if (room && column_cell_value(COLUMN_NUM, room, &number))
			metrics_row_add(user, USER_ROOM, number);
	}
	return 0;
}

/**
 * metrics_users_print() - all that is known by user
 * @text: where to
 * @users: the section "mq_users"
 * @namespaces: the section of that name
 * @top: users that have series of their own
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int metrics_users_print(const struct metrics_text *text, const struct section *users,
			const struct section *namespaces, uint64_t top)
{
	static const char *const ids[] = { "userns", "uid" };
	struct metrics_table table = {
		.series = user_series,
		.nseries = ARRAY_SIZE(user_series),
		.ids = ids,
		.nids = ARRAY_SIZE(ids),
		.weight = USER_BYTES,
		.sparse = true,
	};
	struct model model;
	int ret;

	if (!users)
		return 0;
	if (model_init(&model, users))
		return -1;
	ret = model_select_fields(&model, "room") ?:
		      room_compute(&model, room_charge(namespaces, IPCNS_INIT));
	if (!ret)
		ret = users_add(&table, &model);
	if (!ret) {
		metrics_table_close(&table, top);
		metrics_table_print(&table, text);
	}
	metrics_table_free(&table);
	model_exit(&model);
	return ret;
}
