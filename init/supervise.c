/* SPDX-License-Identifier: MIT */
#include "init/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/arch.h"
#include "init/confine.h"
#include "init/install.h"
#include "init/launch.h"
#include "init/message.h"
#include "init/patient.h"

#define CLOSED_ONE_BY_ONE 4096
#define FAILURES 8 /* in a row, of what fails by somebody's doing only: an outer filter's, a tracer's */

/* What the kernel sends for a crash: blocked, it would kill without a word (force_sig). */
#define CRASHES                                                                                                    \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS) | \
	 SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGABRT))

/* One message through a pipe. */
struct message {
	enum { LISTENER, PROVEN, GO, STAY, DEAF, LEAVING, FAILED } kind;
	int value; /* LISTENER: the descriptor; STAY: an errno value */
};

const char *supervise_why(enum supervise_step step)
{
	switch (step) {
	case SUPERVISE_DESCRIPTORS:
		return "cannot open what a supervising denyinit needs (pipe2, signalfd4, /dev/null)";
	case SUPERVISE_SIGNALS: return "cannot block signals: an outer filter forbids it";
	case SUPERVISE_CLONE: return "cannot make the command's process (clone)";
	case SUPERVISE_PARENT: return "the supervising denyinit does not answer";
	case SUPERVISE_CONFINE:
		return "the supervising denyinit cannot confine itself: an outer filter denies, or only pretends, seccomp(2), prctl(2), "
		       "setitimer(2) or chdir(2): allow them in the container runtime's profile";
	case SUPERVISE_LISTENER:
		return "the supervising denyinit cannot receive or answer calls that are denied or observed, though it could "
		       "when that was tried: write `report-denials = no`, and nothing in [observe]";
	case SUPERVISE_SHARED:
		return "an outer filter only pretends to part the supervising denyinit's descriptors from the command's "
		       "(close_range, unshare)";
	case SUPERVISE_SUBREAPER:
		return "cannot become a subreaper: an outer filter denies, or only pretends, prctl(2): write `subreaper = no`";
	case SUPERVISE_OK: break;
	}
	return "";
}

/* libc's sigprocmask() hides its own signals: eight bytes as the kernel has them. */
static int set_mask(uint64_t mask, uint64_t *before)
{
	return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, before, sizeof mask) == 0 ? 0 : errno;
}

int supervise_hold(uint64_t *mask)
{
	*mask = 0;
	return set_mask(~CRASHES, mask);
}

/* An outer filter may only have said so: then nothing would be heard of the command's end. */
static bool holds(void)
{
	const uint64_t wanted = ~(CRASHES | SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
	uint64_t now = 0;

	return syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, sizeof now) == 0 && (now & wanted) == wanted;
}

int supervise_let_go(uint64_t mask)
{
	return set_mask(mask, NULL);
}

/*
 * For names of programs, and to find orphans. A mere folder, where there is no /proc, is the workload's to fill: with a
 * FIFO for one. That of another PID namespace has other numbers: proc_self_get_link(), fs/proc/self.c.
 */
static int open_proc(void)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs = {0};
	char own[12], self[12] = "";

	snprintf(own, sizeof own, "%d", (int)getpid());
	if (proc < 0 || (fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	                 readlinkat(proc, "self", self, sizeof self - 1) > 0 && strcmp(self, own) == 0))
		return proc;
	(void)close(proc);
	return -1;
}

/* Also 0 to 2 are made sure of: what was closed there would be the next thing that is opened, the listener for one. */
static int open_descriptors(struct supervisor *s, uint64_t mask)
{
	s->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (s->null >= 0 && s->null <= STDERR_FILENO) {
		int next = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (fcntl(s->null, F_SETFD, 0) != 0) /* the command's, too */
			return errno;
		s->null = next;
	}
	s->proc = open_proc();
	s->signals = (int)syscall(SYS_signalfd4, -1, &mask, sizeof mask, O_CLOEXEC | O_NONBLOCK);
	if (s->signals <= STDERR_FILENO)
		return s->signals < 0 ? errno : EPERM;
	/* `up` never fills: three messages. */
	return pipe2(s->up, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(s->down, O_CLOEXEC) == 0 ? 0 : errno;
}

/*
 * Of 0 to 2 one that is the controlling terminal: any may be redirected. stderr first: it is kept anyway. -1: none.
 * *foreground: its foreground group.
 */
static int controlling_terminal(pid_t *foreground)
{
	for (int fd = STDERR_FILENO; fd >= STDIN_FILENO; fd--) {
		*foreground = tcgetpgrp(fd);
		if (*foreground > 0)
			return fd;
	}
	return -1;
}

static void look_at_terminal(struct supervisor *s)
{
	pid_t foreground = 0;

	s->group = getpgrp();
	s->terminal = controlling_terminal(&foreground);
	s->gave_terminal = s->terminal >= 0 && foreground == s->group;
}

/*
 * Both sides do it: whichever comes first, a signal to the group finds it. The terminal only if it was ours. What can
 * fail: it has become the command already (EACCES), and has a group then.
 */
static void make_group(const struct supervisor *s)
{
	if (setpgid(s->child, s->child) == 0 && s->gave_terminal)
		(void)tcsetpgrp(s->terminal, s->child ? s->child : getpid()); /* SIGTTOU is blocked */
}

/* Who leads the session has nobody above who could continue it, nor take the terminal back. */
static void keep_terminal(struct supervisor *s)
{
	if (s->terminal >= 0 && getsid(0) == s->self)
		s->terminal = -1;
	if (s->terminal == STDIN_FILENO || s->terminal == STDOUT_FILENO)
		s->terminal = fcntl(s->terminal, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* An outer filter may only have said so. 0 or an errno value. */
static int adopt_orphans(void)
{
	int is = 0;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || prctl(PR_GET_CHILD_SUBREAPER, &is, 0, 0, 0) != 0)
		return errno;
	return is == 1 ? 0 : EPERM;
}

int supervise_bind(const struct supervisor *s)
{
	/* The pipe's other end is open here too, so a parent that was killed would leave this one waiting. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return errno;
	return getppid() == s->self ? 0 : ESRCH;
}

/* In the parent. The one that it is about may be gone already. */
static int bind_to_parent(const struct supervisor *s)
{
	const int signal = s->how->parent_death;

	if (!signal)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0)
		return errno;
	return getppid() == s->parent || kill(getpid(), signal) == 0 ? 0 : errno;
}

enum supervise_step supervise_divide(struct supervisor *s, const struct staying *how, uint64_t mask, int *error)
{
	const struct sigaction by_default = {.sa_handler = SIG_DFL};
	const pid_t self = getpid();
	long child;

	*s = (struct supervisor){.how = how, .child = -1, .mask = mask, .parent = s->parent};
	*error = holds() ? launch_disposition(SIGCHLD, &s->sigchld) : EPERM;
	/* Ignored, it would have the kernel reap in our place. */
	if (!*error && sigaction(SIGCHLD, &by_default, NULL) != 0)
		*error = errno;
	if (*error)
		return SUPERVISE_SIGNALS;
	*error = open_descriptors(s, ~CRASHES);
	if (*error)
		return SUPERVISE_DESCRIPTORS;
	*error = self != 1 && how->choice[STAY_SUBREAPER] == 0 ? adopt_orphans() : 0;
	if (*error)
		return SUPERVISE_SUBREAPER;
	look_at_terminal(s);
	child = syscall(SYS_clone, ARCH_CLONE(CLONE_FILES | SIGCHLD), 0, 0, 0);
	if (child < 0 || (child == 0 && getpid() == self)) { /* the latter: an outer filter's answer */
		*error = child < 0 ? errno : EPERM;
		return SUPERVISE_CLONE;
	}
	s->child = (pid_t)child;
	s->self = self;
	make_group(s);
	*error = s->child == 0 ? supervise_bind(s) : bind_to_parent(s);
	return *error ? SUPERVISE_PARENT : SUPERVISE_OK;
}

/* ---- messages ---- */

static int send(int fd, struct message message)
{
	ssize_t written;

	do {
		written = write(fd, &message, sizeof message);
	} while (written < 0 && errno == EINTR);
	return written == (ssize_t)sizeof message ? 0 : written < 0 ? errno : EIO;
}

static int receive(int fd, struct message *message)
{
	ssize_t length;

	do {
		length = read(fd, message, sizeof *message);
	} while (length < 0 && errno == EINTR);
	return length == (ssize_t)sizeof *message ? 0 : length < 0 ? errno : EIO;
}

/* ---- the child ---- */

int supervise_hand_over(const struct supervisor *s, int listener)
{
	return send(s->up[1], (struct message){.kind = LISTENER, .value = listener});
}

enum supervise_step supervise_release(const struct supervisor *s, int *error)
{
	struct message answer = {.kind = STAY};

	*error = send(s->up[1], (struct message){.kind = PROVEN});
	if (!*error)
		*error = receive(s->down[0], &answer);
	if (*error)
		return SUPERVISE_PARENT;
	*error = answer.value;
	if (answer.kind != GO)
		return answer.kind == DEAF ? SUPERVISE_LISTENER : SUPERVISE_CONFINE;
	/* The parent has closed it, and has a table of its own: only in the same one it is gone here, too. */
	if (fcntl(s->down[0], F_GETFD) < 0 && errno == EBADF) {
		*error = EBADF;
		return SUPERVISE_SHARED;
	}
	/* Of a denyinit that is to die with its own parent the command does, too. */
	*error = prctl(PR_SET_PDEATHSIG, s->how->parent_death == SIGKILL ? SIGKILL : 0, 0, 0, 0) == 0 ? 0 : errno;
	return *error ? SUPERVISE_PARENT : SUPERVISE_OK;
}

/* More than once: a parent that does not hear of it has only wrong sums to tell. */
static int tell(const struct supervisor *s, struct message message)
{
	int error = EIO;

	for (int times = 0; error && times < FAILURES; times++)
		error = send(s->up[1], message);
	return error;
}

int supervise_tell_leaving(const struct supervisor *s)
{
	return tell(s, (struct message){.kind = LEAVING});
}

int supervise_tell_failed(const struct supervisor *s)
{
	return tell(s, (struct message){.kind = FAILED});
}

/* A report or a message that nobody reads: that signal is this process's own, and not to be the command's. */
static void forget_own(int signal)
{
	const struct timespec now = {0};
	siginfo_t info;
	sigset_t one;

	(void)sigemptyset(&one); /* cannot fail, as little as the next */
	(void)sigaddset(&one, signal);
	if (sigtimedwait(&one, &info, &now) == signal && info.si_pid != getpid())
		(void)kill(getpid(), signal); /* somebody else's: back with it */
}

int supervise_restore_signals(const struct supervisor *s)
{
	forget_own(SIGPIPE);
	forget_own(SIGXFSZ);

	if (sigaction(SIGCHLD, &s->sigchld, NULL) != 0)
		return errno;
	return set_mask(s->mask, NULL);
}

/* ---- the parent ---- */

static void close_between(int first, int last)
{
	if (first > last || syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) == 0)
		return;
	for (int fd = first; fd <= last && fd < CLOSED_ONE_BY_ONE; fd++) /* before Linux 5.9 */
		(void)close(fd);
}

/*
 * Leaves the table that the child shares, and keeps of it nothing but stderr and what it works with: a socket or a
 * terminal of the command's must not stay open here. Where the kernel (before 5.9) and the outer filter let nobody do
 * so, it all stays.
 */
static void keep_only(const struct supervisor *s, int listener)
{
	int kept[] = {s->up[0], s->down[1], s->signals, s->proc, listener, s->terminal};
	const size_t count = sizeof kept / sizeof *kept;
	int first = STDERR_FILENO + 1;

	if (syscall(SYS_close_range, ~0u, ~0u, CLOSE_RANGE_UNSHARE) != 0 && unshare(CLONE_FILES) != 0)
		return;
	(void)close(s->down[0]); /* the child sees by it whether that was true */
	(void)dup2(s->null, STDIN_FILENO);
	(void)dup2(s->null, STDOUT_FILENO);
	for (size_t i = 0; i < count; i++) {
		int least = -1;

		for (size_t j = 0; j < count; j++)
			if (kept[j] >= first && (least < 0 || kept[j] < least))
				least = kept[j];
		if (least < 0)
			break;
		close_between(first, least - 1);
		first = least + 1;
	}
	close_between(first, INT32_MAX);
}

/*
 * Not dumpable: no ptrace(2), /proc/PID/mem or pidfd_getfd(2) by anyone without CAP_SYS_PTRACE. An outer filter can answer
 * in prctl(2)'s place, but always the same: so both values are to be seen.
 */
static int hide(void)
{
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1 &&
	    (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1))
		return EPERM;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : EPERM;
}

/* An outer filter's "done" is not enough: a call that went before is denied afterwards. 0 or an errno value. */
static int confine(const struct sock_fprog *program)
{
	int error;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return EPERM;
	error = install_program(program, 0, NULL);
	if (error)
		return error;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) < 0 && errno == EPERM ? 0 : EPERM;
}

/* Before the command runs: nothing of this process is to be of use to it. 0 or an errno value. */
static int settle(struct supervisor *s, int listener)
{
	struct sock_filter filter[CONFINE_LENGTH_MAX];
	struct sock_fprog program = {.filter = filter};
	int error = patient_start();

	keep_terminal(s);
	program.len = (unsigned short)confine_assemble(listener, s->terminal, filter);
	keep_only(s, listener);
	if (!error && chdir("/") != 0)
		error = errno;
	if (!error)
		error = hide();
	return error ? error : confine(&program);
}

/* It waits for the answer, or is dead. An errno value: it waits for ever. */
static int answer_proven(struct supervisor *s, struct watch *watch)
{
	struct message answer = {.kind = GO};
	int error;

	if (watch->lost)
		answer = (struct message){.kind = DEAF, .value = EIO};
	else
		answer.value = settle(s, watch->listener);
	if (answer.kind == GO && answer.value)
		answer.kind = STAY;
	error = send(s->down[1], answer);
	watch->released = !error && answer.kind == GO;
	(void)close(s->down[1]);
	s->down[1] = -1;
	return error;
}

int supervise_take_messages(struct supervisor *s, struct watch *watch)
{
	struct message message;
	unsigned taken = 0;
	int error;

	while ((error = receive(s->up[0], &message)) == 0) {
		taken++;
		switch (message.kind) {
		case LISTENER:
			watch->listens = true;
			watch->lost = message.value <= STDERR_FILENO; /* no kernel's answer: install.c */
			watch->listener = watch->lost ? -1 : message.value;
			break;
		case PROVEN:
			error = answer_proven(s, watch);
			if (error)
				return error;
			break;
		case LEAVING: watch->has_run = watch->released; break;
		case FAILED: watch->has_run = false; break;
		default: break;
		}
	}
	return taken > 0 ? 0 : error;
}
