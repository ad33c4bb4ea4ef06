/* SPDX-License-Identifier: MIT */
#include "init/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/arch.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* linux/seccomp.h of Linux 5.19 */
#endif

/* The child's exit status: an errno value, or this and what is there. */
#define OFFERED 0x80
#define CONTINUES 0x01
#define KILLABLE 0x02

/* What is tried: one call that is to be answered by an errno which no kernel code returns, and one to be let through. */
#define REFUSED_MARK 0x6e6f2121u
#define PASSED_MARK 0x676f2121u
#define TRIED EBADE

#define SLICE_MS 20 /* looked at so often: whether the one who makes the call is still there */
#define SLICES 500  /* 10 s: no busy machine takes that long, and where poll(2) only pretends to wait it is soon over */
#define REPEATS 8   /* of what does not fail by itself, and may by somebody's doing */

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define EQUAL(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))

#define INTERRUPTIONS 100000

static int load_listener(unsigned long flags)
{
	struct sock_filter code[] = {
	    LOAD(offsetof(struct seccomp_data, nr)),
	    EQUAL(SYS_getppid, 0, 3),
	    LOAD(ARCH_ARG_LOWER(0)),
	    EQUAL(REFUSED_MARK, 2, 0),
	    EQUAL(PASSED_MARK, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &program);
}

/*
 * As fork(), which is clone(2) between two changes of the signal mask: if the second one failed, signals would be blocked
 * for good, and if the first one did, those would come that are to wait. -1: none, errno; also where an outer filter says
 * to the only process that it is the new one.
 */
static pid_t divide(void)
{
	const pid_t self = getpid();
	const long child = syscall(SYS_clone, ARCH_CLONE(SIGCHLD), 0, 0, 0);

	if (child == 0 && getpid() == self) {
		errno = EPERM;
		return -1;
	}
	return (pid_t)child;
}

/* Makes the two calls. Exit status: bit 0: the first one was answered, bit 1: the second one was let through. */
static _Noreturn void call(int listener, pid_t parent)
{
	int status = 0;

	/* Either is enough not to wait for ever for somebody who is gone. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)close(listener);
	if (syscall(SYS_getppid, (long)REFUSED_MARK) == -1 && errno == TRIED)
		status |= 1;
	if (syscall(SYS_getppid, (long)PASSED_MARK) == parent)
		status |= 2;
	_exit(status);
}

/* True: there is a call to be received. False: nobody makes one any more, or for too long. */
static bool await_call(int listener, pid_t caller)
{
	struct pollfd fd = {.fd = listener, .events = POLLIN};
	siginfo_t ended = {.si_pid = 0};

	for (int slices = 0; slices < SLICES; slices++) {
		if (poll(&fd, 1, SLICE_MS) == 1 && fd.revents & POLLIN)
			return true;
		if (waitid(P_PID, (id_t)caller, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == caller)
			return false;
	}
	return false;
}

/* As whoever supervises does it: watch.c. */
static bool answer_call(int listener, pid_t caller, struct seccomp_notif_resp answer)
{
	for (int repeats = 0; repeats < REPEATS; repeats++) {
		struct seccomp_notif notification;

		memset(&notification, 0, sizeof notification); /* the kernel wants it zeroed */
		if (!await_call(listener, caller))
			return false;
		if (ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0 || notification.data.arch == 0)
			continue;
		answer.id = notification.id;
		return listener_send(listener, &answer) == 0;
	}
	return false;
}

static pid_t wait_for(pid_t child, int *status)
{
	pid_t ended = -1;

	for (int repeats = 0; repeats < REPEATS && ended != child; repeats++)
		ended = waitpid(child, status, 0);
	return ended;
}

/*
 * That a listener can be made does not say that it can be used: an outer filter may deny ioctl(2) or poll(2), or answer
 * in their place. So all of it is done once, by this process and a child. 0, or an errno value.
 */
static int try_calls(int listener, int *offered)
{
	const pid_t self = getpid();
	const pid_t caller = divide();
	int status = 0;
	bool refused, passed = false;

	if (caller == 0)
		call(listener, self);
	if (caller < 0)
		return errno;
	refused = answer_call(listener, caller, (struct seccomp_notif_resp){.error = -TRIED});
	if (refused)
		passed = answer_call(listener, caller,
		                     (struct seccomp_notif_resp){.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE});
	(void)close(listener); /* whoever still waits for an answer gets ENOSYS; or dies */
	if (!passed)
		(void)kill(caller, SIGKILL);
	if (wait_for(caller, &status) != caller || !refused)
		return EPROTO;
	if (!passed) /* dead perhaps; it came to its second call, so it has seen the answer to the first one */
		return 0;
	if (!WIFEXITED(status) || !(WEXITSTATUS(status) & 1))
		return EPROTO;
	*offered |= WEXITSTATUS(status) & 2 ? CONTINUES : 0;
	return 0;
}

static int try(void)
{
	int listener, error, offered = OFFERED | KILLABLE;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) /* or the listener may get one of these numbers */
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR | O_CLOEXEC);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno & 0x7f;
	listener = load_listener(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	if (listener < 0 && errno == EINVAL) {
		offered = OFFERED;
		listener = load_listener(0);
	}
	if (listener < 0)
		return errno & 0x7f;
	if (listener <= STDERR_FILENO) /* an outer filter's answer, not the kernel's */
		return EPERM;
	error = try_calls(listener, &offered);
	return error ? error & 0x7f : offered;
}

bool listener_logs(void)
{
	const uint32_t log = SECCOMP_RET_LOG;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &log) == 0;
}

void listener_offer(struct offer *offer)
{
	const pid_t child = divide();
	int status = 0;

	*offer = (struct offer){.error = EPERM};
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* it may be that it waits */
		_exit(try());
	}
	if (child < 0) {
		offer->error = errno;
		return;
	}
	if (wait_for(child, &status) != child || !WIFEXITED(status))
		return;
	status = WEXITSTATUS(status);
	offer->error = status & OFFERED ? 0 : status ? status : EPERM;
	if (offer->error == 0) {
		offer->continues = status & CONTINUES;
		offer->killable = status & KILLABLE;
	}
}

/*
 * EINTR: whoever stops this process again and again interrupts its waiting for a lock each time (mutex_lock_interruptible
 * in seccomp_notify_send(), kernel/seccomp.c); only an outer filter does so without an end.
 */
static int send_once(int listener, const struct seccomp_notif_resp *answer)
{
	int error = EINTR;

	for (int times = 0; error == EINTR && times < INTERRUPTIONS; times++)
		error = ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_SEND, answer) == 0 ? 0 : errno;
	return error;
}

/*
 * What the kernel has taken it does not take again: ENOENT, or EINPROGRESS as long as the caller has not come to it. Only
 * that shows that the first was not an outer filter's, or a tracer's, word. (ENOENT at first: the caller was killed.)
 */
int listener_send(int listener, const struct seccomp_notif_resp *answer)
{
	int error = 0;

	for (int repeats = 0; repeats < REPEATS; repeats++) {
		error = send_once(listener, answer);
		if (repeats > 0 && (error == ENOENT || error == EINPROGRESS))
			return 0;
	}
	return error ? error : EIO;
}

const char *listener_why(int error)
{
	switch (error) {
	case EBUSY: return "a filter that was here before has a listener already, and there can be one only";
	case EINVAL: return "this kernel (before Linux 5.0) or sandbox has no seccomp user notification";
	case EMFILE:
		return "there are too few descriptors for a listener: raise the limit of open files, RLIMIT_NOFILE (ulimit -n)";
	case EPROTO:
		return "a listener can be made here and not be used: an outer filter or a security module denies, or only "
		       "pretends, ioctl(2), poll(2) or wait4(2)";
	case ENOSYS: return "this kernel or sandbox has no seccomp(2), or an outer filter hides it";
	default: return "an outer filter or a security module forbids it";
	}
}

int listener_drop(const uint32_t which[2])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	for (int times = 0; times < 2; times++) {
		uint32_t left = 0;

		memset(sets, 0xff, sizeof sets); /* if they are only said to be filled: present, also the second time */
		if (syscall(SYS_capget, &header, sets) != 0)
			return errno;
		for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
			left |= (sets[i].effective | sets[i].permitted | sets[i].inheritable) & which[i];
			sets[i].effective &= ~which[i];
			sets[i].permitted &= ~which[i];
			sets[i].inheritable &= ~which[i];
		}
		if (!left)
			return 0;
		if (times == 0 && syscall(SYS_capset, &header, sets) != 0)
			return errno;
	}
	return EPERM;
}

/* An outer filter can answer in prctl(2)'s place, but always the same: so another capability must be seen there. */
static bool is_out_of_bounds(void)
{
	bool other = false;

	for (unsigned long capability = 0; capability < 64; capability++)
		other = other || prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
	return other && prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE, 0, 0, 0) == 0;
}

int listener_drop_ptrace(bool bounded)
{
	static const uint32_t ptrace[2] = {1u << CAP_SYS_PTRACE};

	(void)prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0); /* needs CAP_SETPCAP; seen below */
	if (bounded && !is_out_of_bounds())
		return EPERM;
	return listener_drop(ptrace);
}

int listener_secret(uint64_t *secret)
{
	for (int tries = 0; tries < 8; tries++) {
		uint32_t upper;

		*secret = 0;
		errno = EIO; /* of an outer filter that only says that it is done */
		if (syscall(SYS_getrandom, secret, sizeof *secret, 0) != (long)sizeof *secret)
			return errno;
		*secret |= 1;
		*secret &= ARCH_SECRET_MASK;
		if (ARCH_WORD == 32)
			return 0;
		upper = (uint32_t)(*secret >> 32);
		if (upper != 0 && upper != UINT32_MAX)
			return 0;
	}
	return EIO;
}
