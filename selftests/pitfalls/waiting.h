/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for a message for so long and no longer: by queue or by socket, whatever
 * signals come and whoever sets the clock.
 */
#ifndef PITFALLS_WAITING_H
#define PITFALLS_WAITING_H

#include <mqueue.h>
#include <sys/time.h>
#include <time.h>

struct timespec timespec_after(struct timespec time, long long ns);
struct timeval timeval_of_ms(long ms);
struct timespec deadline_in(long ms);
long long deadline_left(const struct timespec *deadline);
ssize_t queue_receive_until(mqd_t queue, void *message, size_t size,
			    const struct timespec *deadline);
ssize_t socket_receive_until(int fd, void *message, size_t size, const struct timespec *deadline);

#endif /* PITFALLS_WAITING_H */
