// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a command prints, again and again, until it is interrupted. On a terminal it is
 * written over what was there, in one piece, so that nothing flickers.
 */
#define _GNU_SOURCE
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"
#include "text.h"

/* Also while a file is read that has no end yet. Nothing is half written then. */
static void watch_interrupt(int signal)
{
	(void)signal;
	_exit(STATUS_FINE);
}

static const int watch_signals[] = { SIGINT, SIGTERM };

/* A job in the background of a script has interrupts ignored, and keeps that. */
static void watch_signals_take(sigset_t *taken)
{
	const struct sigaction action = { .sa_handler = watch_interrupt };
	struct sigaction before;

	sigemptyset(taken);
	for (size_t i = 0; i < sizeof(watch_signals) / sizeof(*watch_signals); i++) {
		sigaddset(taken, watch_signals[i]);
		if (!sigaction(watch_signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(watch_signals[i], &action, NULL);
	}
}

struct watch_screen {
	size_t rows, columns;
};

static struct watch_screen watch_screen_find(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return (struct watch_screen){ 24, 80 };
	return (struct watch_screen){ size.ws_row, size.ws_col };
}

/* Columns that a line takes: a character one, and colours none. */
static size_t watch_width(const char *line, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\033')
			i += strcspn(line + i, "m");
		else
			used += (line[i] & 0xc0) != 0x80;
	}
	return used;
}

/* From the top: each line with what was behind it erased, then what was below. */
static void watch_draw(const char *text, const struct watch_screen *screen)
{
	size_t left = screen->rows - 1, more = 0;

	fputs("\033[H", stdout);
	while (*text) {
		size_t len = strcspn(text, "\n");
		size_t width = watch_width(text, len), columns = screen->columns;
		size_t rows = width ? (width + columns - 1) / columns : 1;
		bool full = width == rows * columns;

		/* The last row is for what is said below, or for the cursor. */
		if (!more && rows < left) {
			/* Behind a full row the cursor is on its last character still. */
			printf("%.*s%s\n", (int)len, text, full ? "" : "\033[K");
			left -= rows;
		} else {
			more++;
		}
		text += len + (text[len] == '\n');
	}
	if (more)
		printf("... %zu more; a taller screen, --sort or -o shows them\033[K\n", more);
	if (message_warned())
		fputs("(there are warnings: run it without --watch)\033[K", stdout);
	fputs("\033[J", stdout);
}

/* In one piece: signals wait. Returns whether that has failed. */
static bool watch_print(const char *text, bool first, const sigset_t *signals)
{
	struct watch_screen screen;
	sigset_t before;
	bool failed;

	sigprocmask(SIG_BLOCK, signals, &before);
	if (isatty(STDOUT_FILENO)) {
		screen = watch_screen_find();
		if (first)
			fputs("\033[2J", stdout);
		watch_draw(text, &screen);
	} else {
		printf("%s%s", first ? "" : "\n", text);
	}
	/* What did not fit the buffer has failed before. */
	failed = fflush(stdout) || ferror(stdout);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return failed;
}

/* Once; the text is shown even if it is not all. Returns the command's status. */
static int watch_round(const struct options *options, bool first, const sigset_t *signals)
{
	struct options once = *options;
	char *text = NULL;
	size_t size;
	int status;

	once.out = open_memstream(&text, &size);
	if (!once.out) {
		message_no_memory();
		return STATUS_NOTHING;
	}
	message_forget();
	status = options->command->run(&once);
	if (text_stream_close(once.out, &text)) {
		message_no_memory();
		status = STATUS_NOTHING;
	}
	if (status != STATUS_NOTHING && watch_print(text, first, signals))
		status = STATUS_NOTHING;
	free(text);
	return status;
}

/**
 * watch_run() - run the command every so often
 * @options: what to run, and how often
 *
 * An interrupt ends the program at once, as if all had been well.
 *
 * Return: exit status, when a look has failed.
 */
int watch_run(const struct options *options)
{
	bool first = true;
	sigset_t signals;
	int status;

	watch_signals_take(&signals);
	while ((status = watch_round(options, first, &signals)) != STATUS_NOTHING) {
		first = false;
		sleep(options->watch);
	}
	return status;
}
