// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands for the tests of the reader: a shell runs them, two temporary files
 * take what they say, so that nothing can block.
 */
#include "command.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int command_take(const char *path, char *text)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, COMMAND_TEXT - 1);

	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
	unlink(path);
	return got < 0 ? -1 : 0;
}

/* Returns 0 if the command ran and its output could be read. */
int command_run(struct command *command, const char *format, ...)
{
	char line[2048], out[] = "/tmp/out.XXXXXX", err[] = "/tmp/err.XXXXXX";
	int outfd = mkstemp(out), errfd = mkstemp(err), used, status;
	va_list args;

	if (outfd < 0 || errfd < 0)
		return -1;
	/* Whoever the command becomes may write to them. */
	fchmod(outfd, 0666);
	fchmod(errfd, 0666);
	close(outfd);
	close(errfd);
	va_start(args, format);
	used = snprintf(line, sizeof(line), "{ ");
	used += vsnprintf(line + used, sizeof(line) - used, format, args);
	va_end(args);
	snprintf(line + used, sizeof(line) - used, "\n} >%s 2>%s </dev/null", out, err);
	status = system(line);
	command->status = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return command_take(out, command->out) | command_take(err, command->err);
}

/* Lines on standard error. */
int command_complaints(const struct command *command)
{
	int lines = 0;

	for (const char *p = command->err; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

/* Remove blanks and newlines, so that only what is said is compared. */
void command_squeeze(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (!strchr(" \t\n", *text))
			*to++ = *text;
	*to = '\0';
}
