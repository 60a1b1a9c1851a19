// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from the command line to the exit status. Every step is another file's.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "options.h"
#include "watch.h"

/* Whoever closed the pipe does not want to hear about it; a full disk matters. */
static int output_finish(int status)
{
	bool failed = ferror(stdout);
	int error = 0;

	errno = 0;
	if (fflush(stdout))
		error = errno ?: EIO;
	if (fclose(stdout) && !error)
		error = errno ?: EIO;
	if (!error && !failed)
		return status;
	/* Why what was written before has failed is not known any more. */
	if (!error)
		message_error("cannot write to standard output");
	else if (error != EPIPE)
		message_error("cannot write to standard output: %s", strerror(error));
	return STATUS_NOTHING;
}

int main(int argc, char **argv)
{
	struct options options;

	setlocale(LC_CTYPE, "");
	/* Else a file that is opened could take standard output's place. */
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		message_error("standard output is closed");
		return STATUS_NOTHING;
	}
	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_RUN:
		return output_finish(options.watch ? watch_run(&options) :
						     options.command->run(&options));
	case OPTIONS_ANSWERED:
		return output_finish(STATUS_FINE);
	case OPTIONS_WRONG:
		break;
	}
	return STATUS_NOTHING;
}
