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

#include "init/confine.h"
#include "init/install.h"
#include "init/launch.h"
#include "init/message.h"
#include "init/patient.h"

#define TURN 32u         /* calls answered before signals are looked at again */
#define TOTALS_SIGNAL 64 /* SIGRTMAX: asks for the sums, where there are any, and is not passed on */
#define CLOSED_ONE_BY_ONE 4096
#define FAILURES 8         /* in a row, of what fails by somebody's doing only: an outer filter's, a tracer's */
#define INTERRUPTIONS 1000 /* of being interrupted, which is anybody's doing: this often counts as one of these */
#define END_MS 5000        /* of who was killed */
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* What the kernel sends for a crash: blocked, it would kill without a word (force_sig). */
#define CRASHES (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) | BIT(SIGSYS) | BIT(SIGTRAP) | BIT(SIGABRT))

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
	const uint64_t wanted = ~(CRASHES | BIT(SIGKILL) | BIT(SIGSTOP));
	uint64_t now = 0;

	return syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, sizeof now) == 0 && (now & wanted) == wanted;
}

int supervise_let_go(uint64_t mask)
{
	return set_mask(mask, NULL);
}

/* For names of programs only. A mere folder, where there is no /proc, is the workload's to fill: with a FIFO for one. */
static int open_proc(void)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs = {0};

	if (proc < 0 || (fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC))
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

/* Of 0 to 2 one that is the terminal of which this is the foreground group: any may be redirected. -1: none. */
static int our_terminal(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (tcgetpgrp(fd) == getpgrp())
			return fd;
	return -1;
}

/* Both sides do it: whichever comes first, a signal to the group finds it. The terminal only if it was ours. */
static void make_group(pid_t child)
{
	const int terminal = our_terminal();

	/* What can fail: it has become the command already (EACCES), and has a group then. */
	if (setpgid(child, child) == 0 && terminal >= 0)
		(void)tcsetpgrp(terminal, child ? child : getpid()); /* SIGTTOU is blocked */
}

enum supervise_step supervise_divide(struct supervisor *s, uint64_t mask, int *error)
{
	const struct sigaction by_default = {.sa_handler = SIG_DFL};
	const pid_t self = getpid();
	long child;

	*s = (struct supervisor){.child = -1, .mask = mask};
	*error = holds() ? launch_disposition(SIGCHLD, &s->sigchld) : EPERM;
	/* Ignored, it would have the kernel reap in our place. */
	if (!*error && sigaction(SIGCHLD, &by_default, NULL) != 0)
		*error = errno;
	if (*error)
		return SUPERVISE_SIGNALS;
	*error = open_descriptors(s, ~CRASHES);
	if (*error)
		return SUPERVISE_DESCRIPTORS;
	child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (child < 0 || (child == 0 && getpid() == self)) { /* the latter: an outer filter's answer */
		*error = child < 0 ? errno : EPERM;
		return SUPERVISE_CLONE;
	}
	s->child = (pid_t)child;
	s->self = self;
	make_group(s->child);
	/* Until it is released: the pipe's other end is open here too, so a parent that was killed would leave it waiting. */
	if (s->child == 0)
		*error = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ? errno : getppid() != self ? ESRCH : 0;
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
	*error = prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0 ? 0 : errno;
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
	int kept[] = {s->up[0], s->down[1], s->signals, s->proc, listener};
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
static int settle(const struct supervisor *s, int listener)
{
	struct sock_filter filter[CONFINE_LENGTH_MAX];
	const struct sock_fprog program = {.len = (unsigned short)confine_assemble(listener, filter), .filter = filter};
	int error = patient_start();

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

/* All that are there. 0 or an errno value: there was none, or the answer could not be given. */
static int take_messages(struct supervisor *s, struct watch *watch)
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

static void pass_on(pid_t child, int signal)
{
	char line[160];
	int length;

	for (int times = 0; times < FAILURES; times++)
		if (kill(child, signal) == 0 || errno == ESRCH)
			return;
	/* EPERM: it runs as somebody else, and CAP_KILL is missing. No reason to end. */
	length = snprintf(line, sizeof line, "denyinit: cannot pass signal %d on to process %ld: %s\n", signal,
	                  (long)child, strerror(errno));
	if (length > 0 && (size_t)length < sizeof line)
		patient_write(line, (size_t)length);
}

/* What came while a line was written, and so not by the signalfd; more may come while it is told that it cannot be passed on. */
static void pass_alarms_on(pid_t child)
{
	while (patient_alarms() > 0)
		pass_on(child, SIGALRM);
}

/*
 * What one SIGCHLD stands for, or many of them. True: the command has ended; *status is its exit status. That there is
 * nobody more has to be said twice.
 */
static bool reap(const struct supervisor *s, int *status)
{
	bool ended = false;
	int error = 0;

	for (int nobody = 0; nobody < 2;) {
		int how = 0;
		const pid_t pid = waitpid(-1, &how, WNOHANG);

		error = pid < 0 ? errno : 0;
		nobody += pid <= 0;
		if (pid != s->child || pid <= 0)
			continue;
		*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
		ended = true;
	}
	return ended || error == ECHILD;
}

/* The kernel's word (a process's own has another code) for where wait4(2) says nothing. */
static bool has_ended(const struct supervisor *s, const struct signalfd_siginfo *info, int *status)
{
	const bool killed = info->ssi_code == CLD_KILLED || info->ssi_code == CLD_DUMPED;

	if ((pid_t)info->ssi_pid != s->child || !(killed || info->ssi_code == CLD_EXITED))
		return false;
	*status = killed ? 128 + info->ssi_status : info->ssi_status;
	return true;
}

static bool is_told(const struct watch *watch)
{
	return watch->released && watch->listens;
}

/* What writing to stderr brings: the timer of patient.h, late; a pipe without reader; a file size limit. */
static bool is_own(const struct supervisor *s, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGALRM)
		return info->ssi_code > 0;
	return (pid_t)info->ssi_pid == s->self && patient_caused((int)info->ssi_signo);
}

/* True: the command has ended. *error: an errno value if there was no signal. */
static bool take_signals(const struct supervisor *s, struct watch *watch, int *status, int *error)
{
	struct signalfd_siginfo info;
	bool ended = false, totals = false;
	unsigned taken = 0;

	/* Not until there is none: who floods this process with signals is not to keep it from answering. */
	for (; taken < TURN && read(s->signals, &info, sizeof info) == (ssize_t)sizeof info; taken++) {
		const int signal = (int)info.ssi_signo;

		if (signal == SIGCHLD)
			ended = reap(s, status) || has_ended(s, &info, status) || ended;
		else if (signal == TOTALS_SIGNAL && is_told(watch))
			totals = true;
		else if (!ended && !is_own(s, &info))
			pass_on(s->child, signal);
	}
	if (taken == 0)
		*error = EIO;
	if (totals)
		watch_totals(watch);
	return ended;
}

static int64_t milliseconds(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* without one nobody waits long */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* It may be poll(2) that fails: then this does not sleep. */
static bool await_end(const struct supervisor *s, int *status)
{
	const int64_t until = milliseconds() + END_MS;

	do {
		if (reap(s, status))
			return true;
		(void)poll(NULL, 0, 1);
	} while (milliseconds() < until);
	return false;
}

/* Nothing is heard of any more: the command must not run on, nor wait for ever. */
static int give_up(struct supervisor *s, struct watch *watch, int error)
{
	static const char why[] = "cannot wait for the command, its calls or signals (poll, read, write)";
	int status = MESSAGE_REFUSED;

	if (!reap(s, &status)) {
		(void)kill(-s->child, SIGKILL); /* its group */
		(void)kill(s->child, SIGKILL);
		(void)await_end(s, &status); /* what is left dies with process 1, or gets ENOSYS */
	}
	if (s->up[0] >= 0)
		(void)take_messages(s, watch);
	if (!watch->has_run)
		return refuse("%s: %s", why, strerror(error));
	warn("%s: %s: what is left of it is killed (%d)", why, strerror(error), status);
	return status;
}

/* The sums, unless there was nothing that could have made them. */
static void tell_end(struct supervisor *s, struct watch *watch)
{
	for (int nothing = 0; nothing < 2 && s->up[0] >= 0; nothing++) /* its last words */
		(void)take_messages(s, watch);
	if (!is_told(watch) || !watch->has_run)
		return;
	if (watch->denials.used > 0 || watch->loaded->enforces_nothing)
		watch_totals(watch);
	watch_promote(watch);
}

int supervise_stay(struct supervisor *s, struct watch *watch)
{
	int status = MESSAGE_REFUSED; /* if the end of the child is never learned */
	int failures = 0, interruptions = 0, wait = -1;

	watch->proc = s->proc;
	for (;;) {
		struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
		                       {.fd = s->up[0], .events = POLLIN},
		                       {.fd = watch->listener, .events = POLLIN}};
		const int ready = poll(fds, 3, wait);
		int error = ready < 0 ? errno : 0;

		if (ready == 0 && wait < 0)
			error = EIO; /* an outer filter only pretends */
		if (fds[1].revents & POLLIN) {
			error = take_messages(s, watch);
			if (error && s->down[1] < 0 && !watch->released)
				return give_up(s, watch, error);
		} else if (fds[1].revents) { /* the command runs: it has closed the other end */
			(void)close(s->up[0]);
			s->up[0] = -1;
		}
		if (fds[2].revents & POLLIN && watch->listener >= 0)
			watch_answer(watch, TURN);
		else if (fds[2].revents & (POLLHUP | POLLNVAL)) /* POLLERR is a signal's (SIGSTOP, a freezer): no end */
			watch->listener = -1;                   /* nobody under the filter is left */
		if (fds[0].revents & POLLIN && take_signals(s, watch, &status, &error)) {
			tell_end(s, watch);
			return status;
		}
		wait = watch_tell(watch);
		pass_alarms_on(s->child);
		if (!error) {
			failures = interruptions = 0;
		} else if (error != EINTR || ++interruptions == INTERRUPTIONS) {
			failures++;
			interruptions = 0;
		}
		if (failures == FAILURES)
			return give_up(s, watch, error);
	}
}
