/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a command line and keeps what it said and how it ended. */
#ifndef LIVE_COMMAND_H
#define LIVE_COMMAND_H

#define COMMAND_TEXT 65536

struct command {
	int status; /* exit status, -1 if it did not exit by itself */
	char out[COMMAND_TEXT];
	char err[COMMAND_TEXT];
};

int command_run(struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int command_complaints(const struct command *command);
void command_squeeze(char *text);

#endif /* LIVE_COMMAND_H */
