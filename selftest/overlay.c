/* SPDX-License-Identifier: MIT */
#include "selftest/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/canary.h"
#include "selftest/probe.h"
#include "selftest/raw.h"

#define LISTENER_MARKER 3571 /* no kernel errno, none of canary_markers */
#define WAIT_SECONDS 60

static int load(const uint32_t *numbers, size_t count, uint32_t action, unsigned flags)
{
	struct sock_filter filter[CANARY_LENGTH_MAX];
	struct canary_numbers list = {.natives = count};
	struct sock_fprog program = {.filter = filter};

	memcpy(list.native, numbers, count * sizeof *numbers);
	program.len = (unsigned short)canary_assemble(&list, OVERLAY_MAGIC, action, filter);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* The helper: answers every notification with the marker, until nobody is under the filter or its maker is gone. */
static _Noreturn void answer(int listener_pipe)
{
	int listener;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    read(listener_pipe, &listener, sizeof listener) != (ssize_t)sizeof listener)
		_exit(1);
	for (;;) {
		struct pollfd fd = {.fd = listener, .events = POLLIN};
		struct seccomp_notif request;
		struct seccomp_notif_resp response;

		if (poll(&fd, 1, WAIT_SECONDS * 1000) <= 0 || !(fd.revents & POLLIN))
			_exit(0);
		memset(&request, 0, sizeof request);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
			continue; /* the caller died meanwhile */
		memset(&response, 0, sizeof response);
		response.id = request.id;
		response.error = -LISTENER_MARKER;
		(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response); /* ENOENT: the caller died */
	}
}

/*
 * The filter's listener comes as a descriptor of the process that loads it. The helper shares the descriptor table, so
 * it needs the number only. 0: the overlay with its helper is in place.
 */
static int load_with_listener(const uint32_t *numbers, size_t count, pid_t *helper)
{
	const uint64_t sharing_files[6] = {CLONE_FILES | SIGCHLD};
	int ends[2];
	int listener;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*helper = (pid_t)raw_native(SYS_clone, sharing_files);
	if (*helper == 0)
		answer(ends[0]);
	if (*helper < 0)
		return -1;
	listener = load(numbers, count, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (listener >= 0 && write(ends[1], &listener, sizeof listener) == (ssize_t)sizeof listener)
		return 0;
	(void)kill(*helper, SIGKILL);
	(void)waitpid(*helper, NULL, 0);
	*helper = -1;
	return -1;
}

/* The throw-away child: loads, asks, writes the answers. */
static _Noreturn void ask_in_child(const uint32_t *numbers, size_t count, bool untraced, int out)
{
	struct probe probes[OVERLAY_NUMBERS_MAX];
	struct observed observed[OVERLAY_NUMBERS_MAX];
	struct hearsay hearsay[OVERLAY_NUMBERS_MAX];
	pid_t helper = -1;
	int open_errno = LISTENER_MARKER;

	memset(hearsay, 0, sizeof hearsay);
	/* Not inherited by anything that matters: this process ends here. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		_exit(1);
	if (load_with_listener(numbers, count, &helper) != 0) {
		open_errno = ENOSYS;
		if (!untraced || load(numbers, count, SECCOMP_RET_TRACE, 0) != 0)
			_exit(1);
	}
	for (size_t i = 0; i < count; i++)
		probes[i] = (struct probe){ABI_NATIVE, numbers[i], {0, 0, 0, 0, 0, OVERLAY_MAGIC}};
	if (probe_run(probes, count, observed) != 0)
		_exit(1);
	for (size_t i = 0; i < count; i++) {
		if (observed[i].what == OBSERVED_DEATH)
			hearsay[i] = (struct hearsay){TOLD_STOPPED, 0};
		else if (observed[i].what != OBSERVED_RETURN)
			continue;
		else if (observed[i].value == -LISTENER_MARKER)
			hearsay[i].told = TOLD_OPEN;
		else if (-observed[i].value != open_errno)
			hearsay[i] = (struct hearsay){TOLD_STOPPED, (int)-observed[i].value};
	}
	if (write(out, hearsay, count * sizeof *hearsay) != (ssize_t)(count * sizeof *hearsay))
		_exit(1);
	if (helper > 0)
		(void)kill(helper, SIGKILL);
	_exit(0);
}

void overlay_ask(const uint32_t *numbers, size_t count, bool untraced, struct hearsay *hearsay)
{
	const uint64_t like_fork[6] = {SIGCHLD};
	int ends[2];
	pid_t child;
	struct pollfd fd = {.events = POLLIN};

	memset(hearsay, 0, count * sizeof *hearsay);
	if (count == 0 || count > OVERLAY_NUMBERS_MAX || pipe2(ends, O_CLOEXEC) != 0)
		return;
	child = (pid_t)raw_native(SYS_clone, like_fork);
	if (child == 0)
		ask_in_child(numbers, count, untraced, ends[1]);
	(void)close(ends[1]);
	if (child > 0) {
		int ready;

		fd.fd = ends[0];
		do
			ready = poll(&fd, 1, WAIT_SECONDS * 1000);
		while (ready < 0 && errno == EINTR);
		if (ready <= 0 || read(ends[0], hearsay, count * sizeof *hearsay) !=
		                      (ssize_t)(count * sizeof *hearsay))
			memset(hearsay, 0, count * sizeof *hearsay);
		(void)kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(ends[0]);
}
