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

static bool set_timer(long ms, struct itimerval *was)
{
	const struct itimerval timer = {.it_value.tv_usec = ms * 1000, .it_interval.tv_usec = ms * 1000};

	return setitimer(ITIMER_REAL, &timer, was) == 0;
}

int patient_start(void)
{
	struct itimerval timer = {.it_interval.tv_usec = 0};
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
	if (kernels.handler != on_alarm)
		return EPERM;
	/* The same of the timer: without one who fills the pipe in the right moment would keep this process waiting. */
	if (!set_timer(PATIENT_MS, NULL) || !set_timer(0, &timer))
		return errno;
	return timer.it_interval.tv_usec == PATIENT_MS * 1000 ? 0 : EPERM;
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
	(void)set_timer(PATIENT_MS, NULL); /* it can: patient_start() */
	(void)sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	/* Lost if it cannot be written: its count is told with the next. */
	if (write(STDERR_FILENO, bytes, length) < 0) {
		pipe_broke = pipe_broke || errno == EPIPE;
		file_full = file_full || errno == EFBIG;
	}
	(void)sigprocmask(SIG_BLOCK, &alarm, NULL);
	(void)set_timer(0, NULL);
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
