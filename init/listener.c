/* SPDX-License-Identifier: MIT */
#include "init/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* linux/seccomp.h of Linux 5.19 */
#endif

/* The child's exit status: an errno value, or this and what is there. */
#define OFFERED 0x80
#define CONTINUES 0x01
#define KILLABLE 0x02

static int load_listener(unsigned long flags)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = {.len = 1, .filter = &allow};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &program);
}

/* Whether an answer may say CONTINUE: a kernel that does not know the flag says EINVAL, one that does misses the call. */
static bool continues(int listener)
{
	struct seccomp_notif_resp nothing = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	return ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_SEND, &nothing) != 0 && errno == ENOENT;
}

static int try(void)
{
	int listener, offered = OFFERED | KILLABLE;

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
	return continues(listener) ? offered | CONTINUES : offered;
}

void listener_offer(struct offer *offer)
{
	const uint32_t log = SECCOMP_RET_LOG;
	const pid_t self = getpid();
	pid_t child = fork(), ended;
	int status;

	*offer = (struct offer){.error = EPERM};
	if (child == 0 && getpid() != self)
		_exit(try());
	offer->logs = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &log) == 0;
	if (child <= 0) { /* 0: an outer filter's answer */
		offer->error = child < 0 ? errno : EPERM;
		return;
	}
	do {
		ended = waitpid(child, &status, 0);
	} while (ended < 0 && errno == EINTR);
	if (ended != child || !WIFEXITED(status))
		return;
	status = WEXITSTATUS(status);
	offer->error = status & OFFERED ? 0 : status ? status : EPERM;
	if (offer->error == 0) {
		offer->continues = status & CONTINUES;
		offer->killable = status & KILLABLE;
	}
}

const char *listener_why(int error)
{
	switch (error) {
	case EBUSY: return "a filter that was here before has a listener already, and there can be one only";
	case EINVAL: return "this kernel (before Linux 5.0) or sandbox has no seccomp user notification";
	case ENOSYS: return "this kernel or sandbox has no seccomp(2), or an outer filter hides it";
	default: return "an outer filter or a security module forbids it";
	}
}

#define WORD(capability) ((capability) / 32)
#define BIT(capability) (1u << ((capability) % 32))

/* The effective and ambient sets follow: the kernel keeps them within. */
static int drop_from_sets(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_data_struct *set = &sets[WORD(CAP_SYS_PTRACE)];
	const uint32_t others = ~BIT(CAP_SYS_PTRACE);

	memset(sets, 0xff, sizeof sets); /* if they are only said to be filled: present, and the check below fails */
	if (syscall(SYS_capget, &header, sets) != 0)
		return errno;
	if (!((set->effective | set->permitted | set->inheritable) & ~others))
		return 0;
	set->effective &= others;
	set->permitted &= others;
	set->inheritable &= others;
	if (syscall(SYS_capset, &header, sets) != 0)
		return errno;
	memset(sets, 0xff, sizeof sets);
	if (syscall(SYS_capget, &header, sets) != 0)
		return errno;
	return (set->effective | set->permitted | set->inheritable) & ~others ? EPERM : 0;
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
	(void)prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0); /* needs CAP_SETPCAP; seen below */
	if (bounded && !is_out_of_bounds())
		return EPERM;
	return drop_from_sets();
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
		upper = (uint32_t)(*secret >> 32);
		if (upper != 0 && upper != UINT32_MAX)
			return 0;
	}
	return EIO;
}
