/* SPDX-License-Identifier: MIT */
#include "selftest/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/raw.h"

/* A child that died of something that no filter sends (somebody's SIGTERM) is tried again this often. */
#define RETRIES 3

static long make(const struct probe *probe)
{
	return probe->abi == ABI_I386 ? raw_i386(probe->nr, probe->args) : raw_native(probe->nr, probe->args);
}

/* The child: one long for each call made, until the end of the list or of its life. */
static _Noreturn void child(const struct probe *probes, size_t count, int out)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		_exit(1);
	for (size_t i = 0; i < count; i++) {
		long value = make(&probes[i]);

		if (write(out, &value, sizeof value) != (ssize_t)sizeof value)
			_exit(1);
	}
	_exit(0);
}

/* libc's fork() uses one of the two, and a policy may deny one. */
static pid_t make_child(void)
{
	static const uint64_t like_fork[6] = {SIGCHLD};
	static const uint64_t none[6] = {0};
	long pid = raw_native(SYS_clone, like_fork);

	if (pid < 0)
		pid = raw_native(SYS_fork, none);
	if (pid < 0) {
		errno = (int)-pid;
		return -1;
	}
	return (pid_t)pid;
}

/* Pipe ends above 2: a process may have been started without its standard descriptors. 0 or an errno value. */
static int make_pipe(int ends[2])
{
	int low[2];
	int error = 0;

	if (pipe2(low, O_CLOEXEC) != 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		ends[i] = low[i];
		if (low[i] > 2)
			continue;
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 3);
		if (ends[i] < 0)
			error = errno;
		(void)close(low[i]); /* a failed close of a pipe end loses nothing */
	}
	if (error) {
		for (int i = 0; i < 2; i++)
			if (ends[i] > 2)
				(void)close(ends[i]);
	}
	return error;
}

/* 1: one answer read; 0: the child has ended; -1: no answer in time. */
static int next_answer(int in, long *value)
{
	char *at = (char *)value;
	size_t missing = sizeof *value;

	for (int seconds = 0; seconds < PROBE_TIMEOUT_SECONDS;) {
		struct pollfd fd = {.fd = in, .events = POLLIN};
		int ready = poll(&fd, 1, 1000);
		ssize_t n;

		if (ready < 0) {
			if (errno != EINTR)
				return -1;
			continue;
		}
		if (ready == 0) {
			seconds++;
			continue;
		}
		n = read(in, at, missing);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 0 : -1;
		at += n;
		missing -= (size_t)n;
		if (missing == 0)
			return 1;
	}
	return -1;
}

/* The signal that ended the child, 0 if none did, -1 if that cannot be learned. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* One child, from probes[0] on. *made: calls that have an answer now. 0 or an errno value. */
static int run_child(const struct probe *probes, size_t count, struct observed *observed, size_t *made, int *signal)
{
	int ends[2];
	int error = make_pipe(ends);
	int answer = 0;
	pid_t pid;

	*made = 0;
	*signal = 0;
	if (error)
		return error;
	pid = make_child();
	if (pid == 0)
		child(probes, count, ends[1]);
	if (pid < 0)
		error = errno;
	(void)close(ends[1]); /* or the end of the child would not end the pipe */
	if (pid > 0) {
		while (*made < count && (answer = next_answer(ends[0], &observed[*made].value)) == 1)
			observed[(*made)++].what = OBSERVED_RETURN;
		if (answer == -1)
			(void)kill(pid, SIGKILL); /* our own child: it cannot fail but for being dead already */
		*signal = reap(pid);
		if (answer == -1)
			*signal = -1;
	}
	(void)close(ends[0]);
	return error;
}

static int run(const struct probe *probes, size_t count, struct observed *observed)
{
	int retries = RETRIES;

	for (size_t at = 0; at < count;) {
		size_t made;
		int signal;
		int error = run_child(&probes[at], count - at, &observed[at], &made, &signal);

		if (error)
			return error;
		at += made;
		if (at == count)
			break;
		if (signal == SIGSYS || signal == SIGSEGV || signal == SIGILL) {
			/* a filter's kill; without IA32 emulation int 0x80 is a general protection fault */
			observed[at++] = (struct observed){OBSERVED_DEATH, signal};
			retries = RETRIES;
		} else if (retries-- == 0) {
			observed[at++] = (struct observed){OBSERVED_NOTHING, 0};
			retries = RETRIES;
			if (signal == -1) /* the next ones would take as long */
				break;
		}
	}
	return 0;
}

int probe_run(const struct probe *probes, size_t count, struct observed *observed)
{
	const struct sigaction by_default = {.sa_handler = SIG_DFL};
	struct sigaction before;
	int error;

	for (size_t i = 0; i < count; i++)
		observed[i] = (struct observed){OBSERVED_NOTHING, 0};
	/* Inherited as ignored, children would be reaped by the kernel and their end could not be learned. */
	if (sigaction(SIGCHLD, &by_default, &before) != 0)
		return errno;
	error = run(probes, count, observed);
	if (sigaction(SIGCHLD, &before, NULL) != 0 && !error)
		error = errno;
	return error;
}
