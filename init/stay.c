/* SPDX-License-Identifier: MIT */
#include "init/stay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/message.h"
#include "init/patient.h"

#define TURN 32u           /* calls answered before signals are looked at again */
#define TOTALS_SIGNAL 64   /* SIGRTMAX: asks for the sums, where there are any, and is not passed on */
#define FAILURES 8         /* in a row, of what fails by somebody's doing only: an outer filter's, a tracer's */
#define INTERRUPTIONS 1000 /* of being interrupted, which is anybody's doing: this often counts as one of these */
#define END_MS 5000        /* of who was killed */
#define STEP_MS 100        /* of time without a clock */

enum { REAPED = 1, ALL }; /* of `verbose` */

/* What is known so far. */
struct stay {
	struct supervisor *s;
	struct watch *watch;
	const struct staying *how;
	int status;  /* the command's exit status */
	bool ended;  /* the command has, and is reaped */
	bool alone;  /* there is nobody to wait for */
	int delayed; /* a signal that is passed on at pass_at; 0: none */
	/* In milliseconds; 0: never. */
	int64_t pass_at, kill_at, leave_at;
	bool killing;
	bool stopping;  /* a signal has come that is to end it all */
	bool asked;     /* the others have been, to end */
	int stopped_by; /* the terminal's signal that has just stopped the command; 0: none */
	int suspended;  /* the same, for which this process has stopped itself, or tried to */
};

/*
 * Where the clock fails, which takes somebody's doing, time goes on from what it said last, by a step for each time that
 * it is asked: too fast rather than never.
 */
static bool clockless;

static int64_t milliseconds(void)
{
	static int64_t last;
	struct timespec now = {0};

	clockless = clock_gettime(CLOCK_MONOTONIC, &now) != 0 || !(now.tv_sec | now.tv_nsec);
	if (clockless)
		last += STEP_MS;
	else
		last = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	return last;
}

/* ---- telling ---- */

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	char line[200] = "denyinit: ";
	const size_t head = strlen(line);
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line + head, sizeof line - head, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < sizeof line - head)
		patient_write(line, head + (size_t)length);
}

static bool tells(const struct stay *stay, unsigned what)
{
	return stay->how->choice[STAY_VERBOSE] >= what && stay->watch->released;
}

/* ---- signals to others ---- */

/* Negative: a process group. Somebody's word is not enough: an outer filter's, a tracer's. 0 or an errno value. */
static int send_to(pid_t whom, int signal)
{
	int error = 0;

	for (int times = 0; times < FAILURES; times++) {
		error = kill(whom, signal) == 0 ? 0 : errno;
		if (!error || error == ESRCH)
			break;
	}
	return error;
}

/* Whoever has come to this process without being the command: what /proc says; nobody where there is none. */
static void signal_orphans(const struct stay *stay, int signal)
{
	char text[4096];
	ssize_t length;
	pid_t pid = 0;
	int fd = stay->s->proc < 0 ? -1 : openat(stay->s->proc, "thread-self/children", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while ((length = read(fd, text, sizeof text)) > 0)
		for (ssize_t i = 0; i < length; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				pid = 10 * pid + (text[i] - '0');
				continue;
			}
			if (pid > 1 && (stay->ended || pid != stay->s->child)) /* reaped: another one has its number */
				(void)send_to(pid, signal);
			pid = 0;
		}
	(void)close(fd); /* only read from */
}

/* As process 1: all that there are. Else the command's group, while its number is its own, and whom it has left. */
static void signal_all(const struct stay *stay, int signal)
{
	if (stay->s->self == 1) {
		(void)send_to(-1, signal);
		return;
	}
	if (!stay->ended) {
		const int error = send_to(-stay->s->child, signal);

		if (error || signal == SIGKILL) /* it may have left its group */
			(void)send_to(stay->s->child, signal);
	}
	signal_orphans(stay, signal);
}

static void send_on(const struct stay *stay, int signal)
{
	const pid_t child = stay->s->child;
	int error = ESRCH;

	if (stay->ended) {
		signal_all(stay, signal);
		return;
	}
	if (stay->how->choice[STAY_SIGNALS])
		error = send_to(-child, signal);
	if (error == ESRCH) /* it may have left its group, too */
		error = send_to(child, signal);
	/* EPERM: it runs as somebody else, and CAP_KILL is missing. No reason to end. */
	if (error && error != ESRCH)
		tell("cannot pass signal %d on to process %ld: %s%s\n", signal, (long)child, strerror(error),
		     error == EPERM ? ": it takes CAP_KILL" : "");
}

/* As the settings have it: another one in its place, or none. */
static void pass_on(struct stay *stay, int signal)
{
	const int as = stay->how->rewritten[signal] ? stay->how->rewritten[signal] : signal;
	const bool dropped = stay->how->dropped & SIGNAL_BIT(signal);
	char name[16], other[16];

	if (tells(stay, ALL))
		tell("%s%s%s%s\n", staying_signal_name(signal, name), dropped ? " is not passed on" : " is passed on",
		     as == signal ? "" : " as ", as == signal ? "" : staying_signal_name(as, other));
	if (dropped)
		return;
	if (stay->how->stops & SIGNAL_BIT(signal)) {
		stay->stopping = true;
		stay->asked = stay->asked || stay->ended;
		if (stay->how->grace_ms && !stay->kill_at)
			stay->kill_at = milliseconds() + stay->how->grace_ms;
	}
	send_on(stay, as);
}

static void pass_delayed_on(struct stay *stay)
{
	const int signal = stay->delayed;

	stay->delayed = 0;
	stay->pass_at = 0;
	if (signal)
		pass_on(stay, signal);
}

/* A signal that is to end the command may have to wait; a second one ends that, and goes on, too, if it is another. */
static void receive(struct stay *stay, int signal)
{
	char name[16];

	if (!(stay->how->stops & SIGNAL_BIT(signal)) || !stay->how->delay_ms || stay->ended || stay->stopping) {
		pass_on(stay, signal);
	} else if (stay->delayed) {
		const bool other = signal != stay->delayed;

		pass_delayed_on(stay);
		if (other)
			pass_on(stay, signal);
	} else {
		stay->delayed = signal;
		stay->pass_at = milliseconds() + stay->how->delay_ms;
		if (tells(stay, ALL))
			tell("%s waits %u ms\n", staying_signal_name(signal, name), stay->how->delay_ms);
	}
}

/* What came while a line was written, and so not by the signalfd; more may come while it is told that it cannot be passed on. */
static void pass_alarms_on(struct stay *stay)
{
	while (patient_alarms() > 0)
		receive(stay, SIGALRM);
}

/* ---- the terminal ---- */

static bool has_terminal(const struct stay *stay, pid_t group)
{
	return stay->s->terminal >= 0 && tcgetpgrp(stay->s->terminal) == group;
}

/* This group has it, again or at last: then the command is to. SIGTTOU is blocked. */
static bool hand_terminal_over(const struct stay *stay)
{
	return has_terminal(stay, stay->s->group) && tcsetpgrp(stay->s->terminal, stay->s->child) == 0;
}

static void take_terminal_back(const struct stay *stay)
{
	if (stay->s->gave_terminal && has_terminal(stay, stay->s->child))
		(void)tcsetpgrp(stay->s->terminal, stay->s->group);
}

/*
 * ^Z, or reading in the background: whoever started this job, a shell, waits for its group and not for the command's. So
 * this group stops, too, if there is a shell: in a group that nobody could continue the kernel ignores the signal
 * (is_current_pgrp_orphaned, kernel/signal.c), and so it is here, for the command.
 */
static void follow_stop(struct stay *stay)
{
	const int by = stay->stopped_by;
	sigset_t stop;

	stay->stopped_by = 0;
	if (by == SIGTSTP && stay->s->terminal < 0 && stay->s->gave_terminal) {
		(void)send_to(-stay->s->child, SIGCONT);
		return;
	}
	if (stay->s->terminal < 0)
		return;
	if (hand_terminal_over(stay)) {
		(void)send_to(-stay->s->child, SIGCONT);
		return;
	}
	if (tells(stay, ALL))
		tell("stops with the command\n");
	if (has_terminal(stay, stay->s->child))
		(void)tcsetpgrp(stay->s->terminal, stay->s->group);
	stay->suspended = by;
	(void)sigemptyset(&stop); /* cannot fail, as little as the next two */
	(void)sigaddset(&stop, SIGTSTP);
	(void)kill(0, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &stop, NULL);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
}

/*
 * Somebody's SIGCONT has come. If not, this process was not stopped: as there is nobody to continue it, ^Z is without
 * effect, and who reads in the background waits.
 */
static void go_on(struct stay *stay, bool continued)
{
	const int by = stay->suspended;

	stay->suspended = 0;
	(void)hand_terminal_over(stay);
	if (continued || by == SIGTSTP)
		(void)send_to(-stay->s->child, SIGCONT);
}

/* ---- who has ended ---- */

static void take_end(struct stay *stay, pid_t pid, int how)
{
	const int status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);

	if (pid == stay->s->child && !stay->ended) { /* else another one that has got its number */
		stay->ended = true;
		stay->status = status;
	}
	if (tells(stay, REAPED))
		tell("reaped process %ld (%d)\n", (long)pid, status);
}

/* What one SIGCHLD stands for, or many of them. That there is nobody more has to be said twice. */
static void reap(struct stay *stay)
{
	int error = 0;

	for (int nobody = 0; nobody < 2;) {
		int how = 0;
		const pid_t pid = waitpid(-1, &how, WNOHANG | WUNTRACED);

		error = pid < 0 ? errno : 0;
		nobody += pid <= 0;
		if (pid <= 0)
			continue;
		if (!WIFSTOPPED(how))
			take_end(stay, pid, how);
		else if (pid == stay->s->child && !stay->ended && WSTOPSIG(how) >= SIGTSTP && WSTOPSIG(how) <= SIGTTOU)
			stay->stopped_by = WSTOPSIG(how);
	}
	stay->alone = error == ECHILD;
}

/* The kernel's word (a process's own has another code) for where wait4(2) says nothing. */
static void hear_end(struct stay *stay, const struct signalfd_siginfo *info)
{
	const bool killed = info->ssi_code == CLD_KILLED || info->ssi_code == CLD_DUMPED;

	if (stay->ended || (pid_t)info->ssi_pid != stay->s->child || !(killed || info->ssi_code == CLD_EXITED))
		return;
	stay->status = killed ? 128 + info->ssi_status : info->ssi_status;
	stay->ended = true;
}

static bool is_told(const struct watch *watch)
{
	return watch->released && watch->listens;
}

/* What writing to stderr brings: the timer of patient.h, late; a pipe without reader; a file size limit. Or follow_stop. */
static bool is_own(const struct stay *stay, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGALRM)
		return info->ssi_code > 0;
	return (pid_t)info->ssi_pid == stay->s->self &&
	       (patient_caused((int)info->ssi_signo) || info->ssi_signo == SIGTSTP);
}

/* An errno value if there was no signal. */
static int take_signals(struct stay *stay)
{
	struct signalfd_siginfo info;
	bool totals = false;
	unsigned taken = 0;

	/* Not until there is none: who floods this process with signals is not to keep it from answering. */
	for (; taken < TURN && read(stay->s->signals, &info, sizeof info) == (ssize_t)sizeof info; taken++) {
		const int signal = (int)info.ssi_signo;

		if (signal == SIGCHLD) {
			reap(stay);
			hear_end(stay, &info);
		} else if (signal == TOTALS_SIGNAL && is_told(stay->watch)) {
			totals = true;
		} else if (signal == SIGCONT && stay->suspended) {
			go_on(stay, true);
		} else if (!is_own(stay, &info)) {
			if (signal == SIGCONT)
				(void)hand_terminal_over(stay);
			receive(stay, signal);
		}
	}
	if (totals)
		watch_totals(stay->watch);
	return taken == 0 ? EIO : 0;
}

/* ---- the end ---- */

/* It may be poll(2) that fails: then this does not sleep. */
static bool await_end(struct stay *stay)
{
	const int64_t until = milliseconds() + END_MS;

	do {
		reap(stay);
		if (stay->ended || stay->alone)
			return true;
		(void)poll(NULL, 0, 1);
	} while (milliseconds() < until);
	return false;
}

/* Nothing is heard of any more: the command must not run on, nor wait for ever. */
static int give_up(struct stay *stay, int error)
{
	static const char why[] = "cannot wait for the command, its calls or signals (poll, read, write)";
	struct supervisor *s = stay->s;

	reap(stay);
	if (!stay->ended && !stay->alone) {
		(void)kill(-s->child, SIGKILL); /* its group */
		(void)kill(s->child, SIGKILL);
		(void)await_end(stay); /* what is left dies with process 1, or gets ENOSYS */
	}
	if (s->up[0] >= 0)
		(void)supervise_take_messages(s, stay->watch);
	if (!stay->watch->has_run)
		return refuse("%s: %s", why, strerror(error));
	warn("%s: %s: what is left of it is killed (%d)", why, strerror(error), stay->status);
	return stay->status;
}

/* The sums, unless there was nothing that could have made them. Then its exit status. */
static int tell_end(struct stay *stay)
{
	struct watch *watch = stay->watch;
	const unsigned status = (unsigned)stay->status;

	for (int nothing = 0; nothing < 2 && stay->s->up[0] >= 0; nothing++) /* its last words */
		(void)supervise_take_messages(stay->s, watch);
	if (is_told(watch) && watch->has_run) {
		if (watch->denials.used > 0 || watch->loaded->enforces_nothing)
			watch_totals(watch);
		watch_promote(watch);
	}
	/* That it was refused to run is no status of the command's. */
	return watch->has_run && stay->how->exit_zero[status / 64 % 4] >> status % 64 & 1 ? 0 : stay->status;
}

/*
 * The command has ended. True: nobody is waited for, or nobody is left. The others are asked to end where they are not
 * merely waited for, and where it was asked to: perhaps that came when it had ended, and was not yet reaped.
 */
static bool is_over(struct stay *stay)
{
	const struct staying *how = stay->how;
	const bool waits = how->choice[STAY_WAIT_ALL];

	if (!stay->ended || stay->alone)
		return stay->ended || stay->alone;
	if (!how->grace_ms && !waits)
		return true;
	reap(stay); /* once more: that nobody is left comes with no signal of its own, and is not told again */
	if (stay->alone)
		return true;
	if (!stay->asked && (!waits || stay->stopping)) {
		stay->asked = true;
		if (how->grace_ms && !stay->kill_at)
			stay->kill_at = milliseconds() + how->grace_ms;
		signal_all(stay, SIGTERM);
	}
	return false;
}

/* What it is time for. True: for not waiting any longer. */
static bool is_late(struct stay *stay)
{
	const int64_t now = stay->pass_at || stay->kill_at || stay->leave_at ? milliseconds() : 0;

	if (stay->pass_at && now >= stay->pass_at)
		pass_delayed_on(stay);
	if (stay->kill_at && now >= stay->kill_at && !stay->killing) {
		stay->killing = true;
		stay->leave_at = now + END_MS;
		if (tells(stay, ALL))
			tell("the grace period is over: SIGKILL\n");
	}
	if (stay->killing)
		signal_all(stay, SIGKILL); /* again: whom they leave behind comes to this process */
	if (!stay->leave_at || now < stay->leave_at)
		return false;
	if (!stay->ended) { /* without CAP_KILL, or it waits for a device */
		stay->status = 128 + SIGKILL;
		tell("process %ld could not be killed, and is left\n", (long)stay->s->child);
	}
	return true;
}

static int sooner(int wait, int64_t at)
{
	int64_t left = at ? at - milliseconds() : -1;

	if (!at)
		return wait;
	if (clockless && left > STEP_MS)
		left = STEP_MS;
	return left <= 0 ? 0 : wait < 0 || left < wait ? (int)left : wait;
}

static int longest_wait(const struct stay *stay, int wait)
{
	wait = sooner(wait, stay->pass_at);
	wait = sooner(wait, stay->killing ? 0 : stay->kill_at);
	return sooner(wait, stay->leave_at);
}

int stay(struct supervisor *s, struct watch *watch)
{
	struct stay stay = {.s = s, .watch = watch, .how = s->how, .status = MESSAGE_REFUSED};
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
		/* First: what came before the command may run, it gets before it runs. */
		if (fds[0].revents & POLLIN) {
			const int none = take_signals(&stay);

			error = none ? none : error;
		}
		if (fds[1].revents & POLLIN) {
			error = supervise_take_messages(s, watch);
			if (error && s->down[1] < 0 && !watch->released)
				return give_up(&stay, error);
		} else if (fds[1].revents) { /* the command runs: it has closed the other end */
			(void)close(s->up[0]);
			s->up[0] = -1;
		}
		if (fds[2].revents & POLLIN && watch->listener >= 0)
			watch_answer(watch, TURN);
		else if (fds[2].revents & (POLLHUP | POLLNVAL)) /* POLLERR is a signal's (SIGSTOP, a freezer): no end */
			watch->listener = -1;                   /* nobody under the filter is left */
		if (stay.ended)
			take_terminal_back(&stay);
		else if (stay.suspended)
			go_on(&stay, false);
		else if (stay.stopped_by)
			follow_stop(&stay);
		if (is_over(&stay) || is_late(&stay))
			return tell_end(&stay);
		wait = watch_tell(watch);
		pass_alarms_on(&stay);
		wait = stay.suspended ? 0 : longest_wait(&stay, wait);
		if (!error) {
			failures = interruptions = 0;
		} else if (error != EINTR || ++interruptions == INTERRUPTIONS) {
			failures++;
			interruptions = 0;
		}
		if (failures == FAILURES)
			return give_up(&stay, error);
	}
}
