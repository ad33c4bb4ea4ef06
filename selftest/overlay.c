/* SPDX-License-Identifier: MIT */
#include "selftest/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
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
#include "selftest/child.h"
#include "selftest/plan.h"
#include "selftest/probe.h"

#define LISTENER_MARKER 3571 /* no kernel errno, none of canary_markers */
#define READY_SECONDS 20     /* a throttled container takes seconds for what takes microseconds elsewhere */
#define WAIT_SECONDS (2 * PROBE_TIMEOUT_SECONDS)

_Static_assert(OVERLAY_NUMBERS_MAX * sizeof(struct hearsay) <= PIPE_BUF, "the answers are one atomic write");
_Static_assert(OVERLAY_NUMBERS_MAX + 16 <= CANARY_NUMBERS_MAX, "the numbers fit into one filter");

/* What seccomp(2) returns: 0, with NEW_LISTENER a descriptor; -1 and errno. */
static int load(const uint32_t *numbers, size_t count, uint32_t action, unsigned flags)
{
	struct sock_filter filter[CANARY_LENGTH_MAX];
	struct canary_numbers list = {.natives = count};
	struct probe control;
	struct sock_fprog program = {.filter = filter};

	memcpy(list.native, numbers, count * sizeof *numbers);
	for (size_t i = 0; plan_control(i, &control); i++)
		list.native[list.natives++] = control.nr;
	program.len = (unsigned short)canary_assemble(&list, OVERLAY_MAGIC, action, filter);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* False: there will be no other one. */
static bool answer_one(int listener)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp response;

	memset(&request, 0, sizeof request); /* EINVAL otherwise */
	if (ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
		return errno == ENOENT || errno == EINTR; /* ENOENT: the caller died meanwhile */
	memset(&response, 0, sizeof response);
	response.id = request.id;
	response.error = -LISTENER_MARKER; /* and never FLAG_CONTINUE: the body is not to run */
	while (ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_SEND, &response) != 0)
		if (errno != EINTR)
			return errno == ENOENT;
	return true;
}

/*
 * The helper: gets the listener's number and answers every notification with the marker. Ends when the next message
 * comes, or with its maker.
 */
static _Noreturn void help(int messages, int ready, pid_t maker)
{
	int listener;
	struct pollfd fds[2] = {{.fd = messages, .events = POLLIN}, {.events = POLLIN}};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != maker ||
	    read(messages, &listener, sizeof listener) != (ssize_t)sizeof listener || listener < 0)
		_exit(1);
	fds[1].fd = listener;
	if (write(ready, "", 1) != 1)
		_exit(1);
	while (poll(fds, 2, WAIT_SECONDS * 1000) > 0 && !fds[0].revents && fds[1].revents & POLLIN &&
	       answer_one(listener))
		;
	(void)close(listener); /* of both processes: who waits for an answer gets ENOSYS, and does not wait for ever */
	_exit(0);
}

/* The helper ends by a message and not by a signal: the policy may deny kill(2). */
static void end_helper(pid_t helper, int messages)
{
	const int none = -1;

	if (write(messages, &none, sizeof none) != (ssize_t)sizeof none)
		(void)kill(helper, SIGKILL);
	while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The helper is there, and has the listener. */
static bool is_ready(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	char byte;
	int ready;

	do
		ready = poll(&pollfd, 1, READY_SECONDS * 1000);
	while (ready < 0 && errno == EINTR);
	return ready > 0 && read(fd, &byte, 1) == 1;
}

/*
 * From here on the listener and the pipe's end are the helper's alone (Linux 5.9 and later): whatever becomes of it, who
 * waits for it is told, the caller of a probed call by ENOSYS. 0 or an errno value.
 */
static int hand_over(int listener, const int ready[2])
{
	if (syscall(SYS_close_range, listener, listener, CLOSE_RANGE_UNSHARE) == 0)
		(void)close(ready[1]);
	return is_ready(ready[0]) ? 0 : EIO;
}

struct helper {
	pid_t pid;
	int messages; /* writing end of a pipe */
};

/*
 * The filter's listener comes as a descriptor of the process that loads it. The helper shares the descriptor table, so
 * it needs the number only. Returns 0 or an errno value.
 */
static int load_with_listener(const uint32_t *numbers, size_t count, struct helper *helper)
{
	const pid_t maker = getpid();
	int ends[2], ready[2]; /* all of them end with this process, which is a throw-away one */
	int listener;
	int error = 0;

	if (pipe2(ends, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0)
		return errno;
	helper->messages = ends[1];
	helper->pid = child_make(CLONE_FILES | SIGCHLD);
	if (helper->pid == 0)
		help(ends[0], ready[1], maker);
	if (helper->pid < 0) {
		error = errno;
		(void)close(ends[0]);
		(void)close(ends[1]);
		return error;
	}
	listener = load(numbers, count, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (listener < 0)
		error = errno;
	else if (write(ends[1], &listener, sizeof listener) != (ssize_t)sizeof listener)
		error = EIO;
	else
		error = hand_over(listener, ready);
	if (error)
		end_helper(helper->pid, ends[1]);
	return error;
}

/* open_errno: what the overlay answers, and nobody else. 0: there is no such thing. */
static struct hearsay interpret(struct observed observed, int open_errno)
{
	if (observed.what == OBSERVED_DEATH)
		return (struct hearsay){TOLD_STOPPED, 0};
	/* A filter can make a call seem to succeed (errno 0): stopped, too, but by what it would take long to say. */
	if (observed.what != OBSERVED_RETURN || observed.value >= 0)
		return (struct hearsay){TOLD_NOTHING, 0};
	if (open_errno == 0)
		return observed.value == -ENOSYS ? (struct hearsay){TOLD_NOTHING, 0}
		                                 : (struct hearsay){TOLD_STOPPED, (int)-observed.value};
	return observed.value == -open_errno ? (struct hearsay){TOLD_OPEN, 0}
	                                     : (struct hearsay){TOLD_STOPPED, (int)-observed.value};
}

/* Nothing is asked that could be carried out: a harmless call first has to be seen stopped by the overlay. */
static bool is_at_work(int open_errno)
{
	struct probe control;
	struct observed observed;

	for (size_t i = 0; plan_control(i, &control); i++) {
		control.args[CANARY_ARGUMENT] = OVERLAY_MAGIC;
		if (probe_run(&control, 1, &observed) != 0 || observed.what == OBSERVED_NOTHING)
			return false; /* the next one would take as long */
		if (observed.what == OBSERVED_RETURN && observed.value == -(open_errno ? open_errno : ENOSYS))
			return true;
	}
	return false;
}

/* The throw-away child: loads, asks, writes the answers. */
static _Noreturn void ask_in_child(const uint32_t *numbers, size_t count, bool untraced, int out)
{
	struct probe probes[OVERLAY_NUMBERS_MAX];
	struct observed observed[OVERLAY_NUMBERS_MAX];
	struct hearsay hearsay[OVERLAY_NUMBERS_MAX];
	struct helper helper = {-1, -1};
	int error;

	/* Not inherited by anything that matters: this process ends here. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		_exit(1);
	error = load_with_listener(numbers, count, &helper);
	/*
	 * EINVAL: this kernel has no listeners. After EBUSY there is one already, of an older filter, whose USER_NOTIF
	 * would outrank TRACE and whose supervisor may answer CONTINUE: then the body would run.
	 */
	if (error && (error != EINVAL || !untraced || load(numbers, count, SECCOMP_RET_TRACE, 0) != 0))
		_exit(1);
	if (!is_at_work(error ? 0 : LISTENER_MARKER))
		_exit(1); /* the helper ends with its maker */
	for (size_t i = 0; i < count; i++)
		probes[i] = (struct probe){ABI_NATIVE, numbers[i], {[CANARY_ARGUMENT] = OVERLAY_MAGIC}};
	(void)probe_run(probes, count, observed); /* after an error the rest is OBSERVED_NOTHING */
	for (size_t i = 0; i < count; i++)
		hearsay[i] = interpret(observed[i], error ? 0 : LISTENER_MARKER);
	if (!error)
		end_helper(helper.pid, helper.messages);
	_exit(write(out, hearsay, count * sizeof *hearsay) == (ssize_t)(count * sizeof *hearsay) ? 0 : 1);
}

/* Whether the child's answers came. */
static bool read_answers(int in, size_t count, struct hearsay *hearsay)
{
	struct pollfd fd = {.fd = in, .events = POLLIN};
	int ready;

	do
		ready = poll(&fd, 1, WAIT_SECONDS * 1000);
	while (ready < 0 && errno == EINTR);
	return ready > 0 && read(in, hearsay, count * sizeof *hearsay) == (ssize_t)(count * sizeof *hearsay);
}

void overlay_ask(const uint32_t *numbers, size_t count, bool untraced, struct hearsay *hearsay)
{
	int ends[2];
	bool answered = false;
	pid_t child;

	memset(hearsay, 0, count * sizeof *hearsay); /* TOLD_NOTHING */
	if (count == 0 || count > OVERLAY_NUMBERS_MAX || pipe2(ends, O_CLOEXEC) != 0)
		return;
	child = child_make(SIGCHLD);
	if (child == 0)
		ask_in_child(numbers, count, untraced, ends[1]);
	(void)close(ends[1]); /* or the child's end would not end the pipe */
	if (child > 0) {
		answered = read_answers(ends[0], count, hearsay);
		/* One that answered is about to end; one that did not is left behind only if the policy denies kill(2). */
		if (kill(child, SIGKILL) == 0 || answered)
			while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
				;
	}
	if (!answered)
		memset(hearsay, 0, count * sizeof *hearsay);
	(void)close(ends[0]);
}
