// SPDX-License-Identifier: GPL-2.0-only
/*
 * C6: asks and answers by a datagram socket and by two queues. A time-out is as long as
 * asked for though signals come all the time, and an answer that comes too late is not
 * taken for the next one.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "waiting.h"
#include "way.h"

enum { ASKS = 20, SHORT_MS = 300, LONG_MS = 60000, SIGNAL_MS = 20, SIGNALS = 70 };

struct message {
	unsigned int number;
	int held; /* not answered before the next question is */
};

/* Two ways to a server: one of them is there. */
struct line {
	int fd;
	mqd_t asks, answers;
};

static volatile sig_atomic_t signals_left;
static volatile sig_atomic_t signals_seen;

static void on_signal(int number)
{
	static const struct itimerval none;

	signals_seen++;
	if (!--signals_left)
		setitimer(ITIMER_REAL, &none, NULL);
}

/* Interrupts whatever waits, @count times. */
static void signals_start(int count)
{
	const struct itimerval often = { { 0, SIGNAL_MS * 1000 }, { 0, SIGNAL_MS * 1000 } };
	struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART */

	signals_left = count;
	claim(!sigaction(SIGALRM, &action, NULL));
	claim(!setitimer(ITIMER_REAL, &often, NULL));
}

static mqd_t queue_make(const char *name)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = sizeof(struct message) };
	mqd_t queue;

	mq_unlink(name);
	queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	claim(queue >= 0 && !mq_unlink(name));
	return queue;
}

static ssize_t message_await(const struct line *from, mqd_t queue, struct message *message,
			     const struct timespec *deadline)
{
	if (queue >= 0)
		return queue_receive_until(queue, message, sizeof(*message), deadline);
	return socket_receive_until(from->fd, message, sizeof(*message), deadline);
}

static int message_send(const struct line *to, mqd_t queue, const struct message *message)
{
	if (queue >= 0)
		return mq_send(queue, (const char *)message, sizeof(*message), 0);
	return send(to->fd, message, sizeof(*message), 0) < 0 ? -1 : 0;
}

static void serve(const struct line *line)
{
	struct message message, late = { 0 };
	struct timespec deadline;

	for (;;) {
		deadline = deadline_in(LONG_MS);
		if (message_await(line, line->asks, &message, &deadline) < 0)
			exit(1);
		if (message.held) {
			late = message;
			continue;
		}
		if (late.held && message_send(line, line->answers, &late))
			exit(1);
		late.held = 0;
		if (message_send(line, line->answers, &message))
			exit(1);
	}
}

/* Ends with the one who asks. */
static void server_start(struct line *line, int by_queues)
{
	struct line other = { .asks = -1, .answers = -1 };
	int pair[2];

	if (by_queues) {
		other.asks = queue_make("/pitfall-asks");
		other.answers = queue_make("/pitfall-answers");
	}
	claim(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	*line = other;
	line->fd = pair[0];
	other.fd = pair[1];
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(&other);
	}
}

/* [ask] */
/* Asks, and waits for the answer to that, not to something earlier. @held: have it late. */
static int ask(const struct line *line, int held, long timeout_ms)
{
	static unsigned int last;
	struct timespec deadline = deadline_in(timeout_ms);
	struct message question = { .number = ++last, .held = held }, answer;
	int sent;

	do {
		sent = message_send(line, line->asks, &question);
	} while (sent && errno == EINTR);
	if (sent)
		return -1;
	do {
		if (message_await(line, line->answers, &answer, &deadline) < 0)
			return -1;
	} while (answer.number != question.number);
	return 0;
}

/* [talk] */
static void talk(int by_queues)
{
	struct timespec deadline;
	struct message more;
	struct line line;
	double start;
	int n;

	server_start(&line, by_queues);
	signals_start(SIGNALS);
	for (n = 0; n < ASKS; n++)
		claim(!ask(&line, 0, LONG_MS));
	say("%d questions, %d answers", ASKS, n);

	signals_start(SIGNALS);
	start = seconds();
	claim(ask(&line, 1, SHORT_MS) < 0);
	claim(errno == ETIMEDOUT);
	say("no answer within %d ms: ETIMEDOUT after %.1f s", SHORT_MS, seconds() - start);
	claim(seconds() - start >= SHORT_MS / 1000.0);
	claim(signals_seen > 0);
	/* Now it comes, and before that to this one. */
	claim(!ask(&line, 0, LONG_MS));
	deadline = deadline_in(1);
	claim(message_await(&line, line.answers, &more, &deadline) < 0 && errno == ETIMEDOUT);
	say("the next question got its own answer, not the late one");
}

static void talk_by_socket(void)
{
	talk(0);
}

static void talk_by_queues(void)
{
	talk(1);
}

/* [wrong] */
/* One second, begun anew after each signal. */
static void queue_restart(void)
{
	mqd_t queue = queue_make("/pitfall-asks");
	struct message message;
	double start = seconds(), again;
	struct timespec now;
	ssize_t got;

	signals_start(SIGNALS);
	do {
		again = seconds();
		clock_gettime(CLOCK_REALTIME, &now);
		now = timespec_after(now, 1000000000);
		got = mq_timedreceive(queue, (char *)&message, sizeof(message), NULL, &now);
	} while (got < 0 && errno == EINTR);
	claim(errno == ETIMEDOUT);
	say("one second has taken %.1f s and %d signals", seconds() - start, signals_seen);
	claim(signals_seen > 1);
	claim(seconds() - again > 0.99); /* all of it, after the last signal */
}

/* The same by SO_RCVTIMEO, which the kernel begins anew. */
static void socket_restart(void)
{
	struct timeval timeout = timeval_of_ms(1000);
	double start = seconds(), again;
	ssize_t got;
	int pair[2];
	char byte;

	claim(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	claim(!setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	signals_start(SIGNALS);
	do {
		again = seconds();
		got = recv(pair[0], &byte, 1, 0);
	} while (got < 0 && errno == EINTR);
	claim(errno == EAGAIN);
	say("one second has taken %.1f s and %d signals", seconds() - start, signals_seen);
	claim(signals_seen > 1);
	claim(seconds() - again > 0.99); /* all of it, after the last signal */
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = queue_restart },
	{ .name = "wrong-socket", .run = socket_restart },
	{ .name = "right", .run = talk_by_queues },
	{ .name = "right-socket", .run = talk_by_socket },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
