/* SPDX-License-Identifier: MIT */
#include "init/patient.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;
static bool pipe_broke, file_full;

/* The timer's only purpose is that write(2) returns. */
static void on_alarm(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_code <= 0) /* SI_USER and the like: a process sent it; SI_KERNEL is the timer */
		alarms++;
}

int patient_start(void)
{
	struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO}; /* without SA_RESTART */
	struct {
		void (*handler)(int, siginfo_t *, void *);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} kernels = {.handler = NULL};

	if (sigaction(SIGALRM, &action, NULL) != 0)
		return errno;
	/* An outer filter may only have said so, and the timer would kill then. */
	if (syscall(SYS_rt_sigaction, SIGALRM, NULL, &kernels, sizeof kernels.mask) != 0)
		return errno;
	return kernels.handler == on_alarm ? 0 : EPERM;
}

static void set_timer(long ms)
{
	const struct itimerval timer = {.it_value.tv_usec = ms * 1000, .it_interval.tv_usec = ms * 1000};

	(void)setitimer(ITIMER_REAL, &timer, NULL); /* cannot fail with such values */
}

/*
 * poll(2) says whether there is room for a line (of a pipe: PIPE_BUF bytes). The timer is for when the command fills it
 * between poll and write; it goes off again and again, so that it cannot come too early for good.
 */
void patient_write(const char *bytes, size_t length)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	sigset_t alarm;

	if (poll(&fd, 1, 0) != 1 || !(fd.revents & POLLOUT))
		return;
	(void)sigemptyset(&alarm); /* cannot fail, as little as the next two */
	(void)sigaddset(&alarm, SIGALRM);
	set_timer(PATIENT_MS);
	(void)sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	/* Lost if it cannot be written: its count is told with the next. */
	if (write(STDERR_FILENO, bytes, length) < 0) {
		pipe_broke = pipe_broke || errno == EPIPE;
		file_full = file_full || errno == EFBIG;
	}
	(void)sigprocmask(SIG_BLOCK, &alarm, NULL);
	set_timer(0);
}

bool patient_caused(int signal)
{
	bool *caused = signal == SIGPIPE ? &pipe_broke : signal == SIGXFSZ ? &file_full : NULL;
	const bool was = caused && *caused;

	if (was)
		*caused = false;
	return was;
}

unsigned patient_alarms(void)
{
	unsigned count = (unsigned)alarms; /* blocked: nobody counts meanwhile */

	alarms = 0;
	return count;
}
