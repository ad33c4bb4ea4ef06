/* SPDX-License-Identifier: MIT */
/*
 * faults: makes one system call of a program fail, each in turn, and looks at what becomes of the program.
 *
 *   faults inject [--jobs N] [--sample N] [--seconds N] [--refuses] [--supervised] [--only CALL] [--verbose]
 *                 -- [SETUP] denyinit ... -- ENTRYPOINT
 *       Records every call that the program called denyinit and its children make between its execve(2) and the
 *       entrypoint's, then runs it once for each of them and each fault: EPERM, ENOMEM, EINTR, ENOSYS, EIO, and 0
 *       without effect. --sample: of each call in each kind of process not more than N occurrences, the first, the last
 *       and what is between them evenly. --refuses: the policy is one with which nothing may start. --supervised:
 *       denyinit stays as the entrypoint's parent: its calls are recorded to the end. --only: calls of that name. Prints
 *       a line for each run that did not end as allowed, and one with the numbers. Exit status 1 if there was such a run.
 *
 *   faults at CALL:N SHELL-COMMAND -- [SETUP] denyinit ... -- ENTRYPOINT
 *       Stops denyinit before its Nth (from 1) call of that name, runs the command meanwhile, and lets it go on. Exit
 *       status: its own; 128 and the signal; 98 if it never came to that call.
 *
 *   faults check [--observed] [--signal] ERRNO|any
 *       The entrypoint: makes each call of the mount API, and a mount of a tmpfs that would succeed. Exit status 0 if
 *       each gave that errno, 77 if one did not. any: whatever they gave. --observed: also a ptrace(2), which has to
 *       give the kernel's errno. --signal: then sends its parent SIGTERM, which has to come back: 78 if it does not.
 *
 * The fault is made by PTRACE_SYSEMU: the kernel stops at the call's entry, carries nothing out and asks no filter (a
 * number changed to -1 would be judged by the policy), and the result is written into the register. Allowed:
 *
 *   refused    exit status 125, and `denyinit: ... Not starting (125).` on stderr; 126 and 127 where the call is one by
 *              which the entrypoint is found or run. Without the message where the call is the message's write(2).
 *   protected  the entrypoint runs, by the very process (--supervised: a child), with as many filters and no_new_privs as without a fault (seen
 *              in its /proc/PID/status before its first instruction), and ends with 0: what `check` saw. Counted
 *              apart if other signals are blocked or ignored than without a fault.
 *
 * With --supervised what is told has to be true, too: a report that says `reported` as without a fault, and the same sums
 * at the end, which may only be missing where the fault is in writing them; or another word and its reason on stderr.
 * Where nothing has run there are no sums.
 *
 * Not allowed: fail-open; hang; a report that is not true; crash (death by a signal, any other end, no message); leak (a descriptor that was to be
 * closed is open in the entrypoint); stray (a process that is left over). Apart from these are faults of calls that
 * libc makes before main(): nothing of the program runs yet, and the C library ends it by a signal (`before-main`).
 *
 * The program sees that it is traced. That changes one thing: the judge's way of last resort to tell who denies a call
 * (RET_TRACE) is not taken.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

#define PROCESSES_MAX 256
#define STEPS_MAX 16384
#define TEXT_MAX 16384
#define WITNESS_FD 9     /* open before the program starts, to be closed by it */
#define STRAY_SECONDS 5  /* as long as a child may outlive the program */
#define MISSED_RETRIES 3 /* a process that was quicker this time has waited less often */
#define EXIT_UNPROTECTED 77
#define EXIT_NO_SIGNAL 78
#define EXIT_MISSED 98
#define EXIT_BROKEN 99

static _Noreturn void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "faults: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(EXIT_BROKEN);
}

/* ---- names, only to be read ---- */

static const struct {
	const char *name;
	int x86_64, i386;
} names[] = {
#define X(name, x86_64, i386) {#name, x86_64, i386},
#include "../../selftest/numbers_x86_64.inc"
#undef X
};
#define NAMES (sizeof names / sizeof names[0])

static const char *name_of(uint32_t arch, int nr)
{
	static char unknown[24];

	for (size_t i = 0; i < NAMES; i++)
		if (nr >= 0 && nr == (arch == AUDIT_ARCH_X86_64 ? names[i].x86_64 : names[i].i386))
			return names[i].name;
	snprintf(unknown, sizeof unknown, "0x%x", (unsigned)nr);
	return unknown;
}

static const struct value {
	const char *name;
	long value;
} values[] = {
    {"EPERM", -EPERM}, {"ENOMEM", -ENOMEM}, {"EINTR", -EINTR}, {"ENOSYS", -ENOSYS}, {"EIO", -EIO}, {"0", 0},
};
#define VALUES (sizeof values / sizeof values[0])

/* By these the entrypoint is found and run: 126 and 127 are right answers to their faults. */
static const int finds_entrypoint[] = {SYS_stat, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_execve};
/* Of libc's start, before main(). */
static const int before_main[] = {SYS_arch_prctl, SYS_set_tid_address};

static bool among(int nr, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (nr == list[i])
			return true;
	return false;
}
#define AMONG(nr, list) among(nr, list, sizeof(list) / sizeof((list)[0]))

/* ---- one run under ptrace(2) ---- */

/*
 * A call: the how manieth of that number, of which process, counted from 0 and from denyinit itself. How often a
 * process waits differs from run to run, so calls of all numbers counted together would not be the same ones.
 */
struct step {
	unsigned process, occurrence;
	uint32_t arch;
	int nr;
	long first; /* argument */
};

enum mode { MODE_RECORD, MODE_INJECT, MODE_AT };

struct job {
	enum mode mode;
	char **command;
	unsigned seconds;
	struct step target;
	bool supervised;
	long value;        /* inject */
	const char *shell; /* at */
};

struct process {
	pid_t pid;
	bool alive;
	bool again;           /* its next call was looked at and is to be made now */
	unsigned occurrences; /* inject, at: of the target's number */
};

/* What is seen of the entrypoint before its first instruction. */
struct state {
	unsigned long mode, filters, no_new_privs;
	unsigned long blocked, ignored; /* signals */
};

struct run {
	struct process processes[PROCESSES_MAX];
	unsigned nprocesses;
	bool started;     /* denyinit's execve is over */
	bool done;        /* the fault is made */
	bool entrypoint;  /* is running */
	unsigned command; /* the entrypoint's process */
	bool by_child;    /* a process ran a program that is not to */
	bool leak, hang, ended;
	unsigned strays, children; /* left over; alive when the entrypoint began */
	int status;                /* of wait(2) */
	struct state state;
	char text[TEXT_MAX]; /* stderr */
	char out[TEXT_MAX];  /* stdout */
};

static struct step *steps; /* recorded */
static size_t nsteps;
static volatile sig_atomic_t alarmed;

static void on_alarm(int sig)
{
	(void)sig;
	alarmed = 1;
}

/* Again and again: one that comes just before wait(2) is entered is not lost for good. */
static void set_timer(unsigned seconds)
{
	const struct itimerval timer = {{seconds > 0, 0}, {seconds, 0}};

	alarmed = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static struct process *find(struct run *run, pid_t pid)
{
	for (unsigned i = 0; i < run->nprocesses; i++)
		if (run->processes[i].pid == pid && run->processes[i].alive)
			return &run->processes[i];
	if (run->nprocesses == PROCESSES_MAX)
		die("more than %d processes", PROCESSES_MAX);
	run->processes[run->nprocesses] = (struct process){.pid = pid, .alive = true};
	return &run->processes[run->nprocesses++];
}

static bool was_seen(const struct run *run, pid_t pid)
{
	for (unsigned i = 0; i < run->nprocesses; i++)
		if (run->processes[i].pid == pid)
			return true;
	return false;
}

static unsigned alive(const struct run *run)
{
	unsigned count = 0;

	for (unsigned i = 0; i < run->nprocesses; i++)
		count += run->processes[i].alive;
	return count;
}

static void kill_all(const struct run *run)
{
	for (unsigned i = 0; i < run->nprocesses; i++)
		if (run->processes[i].alive)
			kill(run->processes[i].pid, SIGKILL);
}

/* All of these have a value of at most 16 digits, the sets of signals in hexadecimal, the others of one digit. */
static unsigned long status_line(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? strtoul(line + strlen(key), NULL, 16) : ~0ul;
}

static struct state look_at(pid_t pid)
{
	char path[64], text[8192];
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (length <= 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	text[length] = '\0';
	return (struct state){
	    .mode = status_line(text, "\nSeccomp:\t"),
	    .filters = status_line(text, "\nSeccomp_filters:\t"),
	    .no_new_privs = status_line(text, "\nNoNewPrivs:\t"),
	    .blocked = status_line(text, "\nSigBlk:\t"),
	    .ignored = status_line(text, "\nSigIgn:\t"),
	};
}

static bool has_witness(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, WITNESS_FD);
	return lstat(path, &st) == 0;
}

static bool is_denyinit(pid_t pid)
{
	char path[64], name[32] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, name, sizeof name - 1) <= 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return strcmp(name, "denyinit\n") == 0;
}

static void on_exec(struct run *run, const struct job *job, const struct process *process)
{
	const unsigned index = (unsigned)(process - run->processes);

	if (!run->started) {
		if (!is_denyinit(process->pid))
			return;
		/* What came before were its set-up's processes. */
		run->processes[0] = *process;
		run->nprocesses = 1;
		run->started = true;
	} else if (run->entrypoint ? index == run->command : job->supervised == (index > 0)) {
		if (run->entrypoint)
			return;
		run->entrypoint = true;
		run->command = index;
		run->state = look_at(process->pid);
		run->leak = has_witness(process->pid);
		run->children = alive(run) - 1 - job->supervised;
	} else {
		run->by_child = true;
	}
}

static unsigned recorded(unsigned process, uint32_t arch, int nr)
{
	unsigned count = 0;

	for (size_t i = 0; i < nsteps; i++)
		count += steps[i].process == process && steps[i].arch == arch && steps[i].nr == nr;
	return count;
}

static void run_shell(const char *command)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(EXIT_BROKEN);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		die("`%s` failed", command);
}

static void set_registers(pid_t pid, const struct user_regs_struct *registers)
{
	if (ptrace(PTRACE_SETREGS, pid, 0, registers) != 0)
		die("PTRACE_SETREGS: %s", strerror(errno));
}

/* The call will not be carried out: PTRACE_SYSEMU. If it is not the one, the process makes it once more. */
static void on_suspended_call(struct run *run, const struct job *job, struct process *process, bool alike)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, process->pid, 0, &registers) != 0)
		die("PTRACE_GETREGS: %s", strerror(errno));
	if (alike && process->occurrences++ == job->target.occurrence) {
		registers.rax = (unsigned long long)job->value;
		run->done = true;
	} else {
		registers.rax = registers.orig_rax;
		registers.rip -= 2; /* `syscall` and `int $0x80` alike */
		process->again = true;
	}
	set_registers(process->pid, &registers);
}

static void on_call(struct run *run, const struct job *job, struct process *process,
                    const struct __ptrace_syscall_info *info)
{
	unsigned index = (unsigned)(process - run->processes);
	int nr = (int)info->entry.nr;

	switch (job->mode) {
	case MODE_RECORD:
		if (nsteps == STEPS_MAX)
			die("more than %d calls", STEPS_MAX);
		steps[nsteps] =
		    (struct step){index, recorded(index, info->arch, nr), info->arch, nr, (long)info->entry.args[0]};
		nsteps++;
		break;
	case MODE_AT:
		if (!run->done && index == 0 && nr == job->target.nr &&
		    process->occurrences++ == job->target.occurrence) {
			run->done = true;
			run_shell(job->shell);
		}
		break;
	case MODE_INJECT:
		if (process->again)
			process->again = false;
		else if (!run->done && index == job->target.process)
			on_suspended_call(run, job, process, nr == job->target.nr && info->arch == job->target.arch);
		break;
	}
}

/* Whose calls are of interest: denyinit's, of the parent that stays also when the entrypoint runs. */
static bool is_followed(const struct run *run, const struct job *job, const struct process *process)
{
	return run->started && (!run->entrypoint || (job->supervised && process == &run->processes[0]));
}

/* How the process goes on: with as few stops as possible. */
static enum __ptrace_request resumption(const struct run *run, const struct job *job, const struct process *process)
{
	unsigned index = (unsigned)(process - run->processes);

	if (!is_followed(run, job, process) || run->done)
		return PTRACE_CONT;
	if (job->mode == MODE_RECORD)
		return PTRACE_SYSCALL;
	if (index != job->target.process)
		return PTRACE_CONT;
	return job->mode == MODE_AT || process->again ? PTRACE_SYSCALL : PTRACE_SYSEMU;
}

static void on_stop(struct run *run, const struct job *job, struct process *process, int status)
{
	struct __ptrace_syscall_info info;
	unsigned long child;
	int sig = WSTOPSIG(status), deliver = 0;
	pid_t pid = process->pid;

	switch (status >> 16) {
	case 0:
		if (sig != (SIGTRAP | 0x80)) {
			deliver = sig;
			break;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && is_followed(run, job, process))
			on_call(run, job, process, &info);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(run, job, process);
		process = find(run, pid);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		/* Counted in the order in which they are made. It may have come, and gone, before this is told. */
		if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0 && !was_seen(run, (pid_t)child))
			(void)find(run, (pid_t)child);
		break;
	default: break; /* PTRACE_EVENT_STOP: a new child */
	}
	/* ESRCH: killed meanwhile. */
	if (ptrace(resumption(run, job, process), pid, 0, deliver) != 0 && errno != ESRCH)
		die("cannot resume process %d: %s", (int)pid, strerror(errno));
}

static _Noreturn void become(char **command, int go, int out, int err)
{
	char byte;

	/* The order of these does not matter to the program: it is not yet traced. */
	if (read(go, &byte, 1) != 0 || dup2(out, WITNESS_FD) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(EXIT_BROKEN);
	close(0);
	if (open("/dev/null", O_RDONLY) != 0)
		_exit(EXIT_BROKEN);
	execvp(command[0], command);
	_exit(EXIT_BROKEN);
}

static pid_t begin(char **command, int out, int err)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
	                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	int go[2];
	pid_t pid;

	if (out < 0 || err < 0 || pipe2(go, O_CLOEXEC) != 0)
		die("no descriptors: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		become(command, go[0], out, err);
	}
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, options) != 0)
		die("PTRACE_SEIZE: %s", strerror(errno));
	close(go[0]);
	close(go[1]);
	return pid;
}

/* Until nobody is left. */
static void follow(struct run *run, const struct job *job)
{
	pid_t main_pid = run->processes[0].pid;

	set_timer(job->seconds);
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == ECHILD)
			return;
		if (pid < 0) {
			if (errno != EINTR)
				die("wait: %s", strerror(errno));
			if (alarmed && !run->hang && run->strays == 0) {
				run->hang = !run->ended;
				run->strays = run->ended ? alive(run) : 0;
			}
			if (alarmed)
				kill_all(run);
			continue;
		}
		if (WIFSTOPPED(status)) {
			on_stop(run, job, find(run, pid), status);
			continue;
		}
		find(run, pid)->alive = false;
		if (pid == main_pid) {
			run->ended = true;
			run->status = status;
			set_timer(STRAY_SECONDS);
		}
	}
}

static void read_back(int fd, char text[TEXT_MAX])
{
	ssize_t length = pread(fd, text, TEXT_MAX - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	close(fd);
}

static void trace(struct run *run, const struct job *job)
{
	int out = memfd_create("stdout", MFD_CLOEXEC), err = memfd_create("stderr", MFD_CLOEXEC);

	*run = (struct run){.nprocesses = 0};
	(void)find(run, begin(job->command, out, err));
	follow(run, job);
	set_timer(0);
	read_back(out, run->out);
	read_back(err, run->text);
}

/* ---- what a run was ---- */

enum outcome {
	OUTCOME_PROTECTED,
	OUTCOME_SIGNALS,
	OUTCOME_REFUSED,
	OUTCOME_NOT_FOUND, /* 126, 127 */
	OUTCOME_BEFORE_MAIN,
	OUTCOME_UNSENT, /* a kill(2) that only seems to succeed: nobody can know */
	OUTCOME_MISSED, /* the call was not made this time */
	OUTCOME_FAIL_OPEN,
	OUTCOME_HANG,
	OUTCOME_WRONG,
	OUTCOME_CRASH,
	OUTCOME_LEAK,
	OUTCOME_STRAY,
	OUTCOME_COUNT,
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_PROTECTED] = "started protected",
    [OUTCOME_SIGNALS] = "the same with other signals blocked or ignored",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_NOT_FOUND] = "not found or not run",
    [OUTCOME_BEFORE_MAIN] = "ended by libc before main",
    [OUTCOME_UNSENT] = "signal kept back by the fault itself",
    [OUTCOME_MISSED] = "missed",
    [OUTCOME_FAIL_OPEN] = "fail-open",
    [OUTCOME_HANG] = "hangs",
    [OUTCOME_WRONG] = "wrong reports",
    [OUTCOME_CRASH] = "crashes",
    [OUTCOME_LEAK] = "leaks",
    [OUTCOME_STRAY] = "strays",
};

static bool is_bad(enum outcome outcome)
{
	return outcome >= OUTCOME_FAIL_OPEN;
}

/* no_new_privs may also be set where it was not: `no-new-privs = auto` sets it where it cannot tell. */
static bool same_protection(struct state seen, struct state expected)
{
	return seen.mode == expected.mode && seen.filters == expected.filters &&
	       seen.no_new_privs >= expected.no_new_privs;
}

static bool has_message(const char *text, int status)
{
	char ending[48];
	const char *line = strstr(text, "denyinit: ");
	size_t length = strlen(text), expected;

	expected = (size_t)snprintf(ending, sizeof ending, status == 125 ? "Not starting (%d).\n" : "(%d)\n", status);
	return line && length >= expected && strcmp(text + length - expected, ending) == 0;
}

static bool is_message(const struct step *step)
{
	return (step->nr == SYS_write || step->nr == SYS_writev) && step->first == STDERR_FILENO;
}

/* What a start without a fault is like, and says. */
struct expected {
	struct state state;
	bool supervised;
	char denials[32], observed[32]; /* the report's words */
	char totals[128];               /* the line */
	bool promotes;
};

/* The value of " key=" in a line of a text. */
static void word_of(const char *text, const char *key, char word[32])
{
	const char *at = strstr(text, key);
	size_t length = at ? strcspn(at + strlen(key), " \n") : 0;

	snprintf(word, 32, "%.*s", (int)length, at ? at + strlen(key) : "");
}

static void totals_of(const char *text, char totals[128])
{
	const char *at = strstr(text, "denyinit: TOTALS ");

	snprintf(totals, 128, "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
}

static bool promotes(const char *text)
{
	return strstr(text, "denyinit: OBSERVED this run is over") != NULL;
}

/* A word that is the expected one, or another one with its reason. *same: nothing is told in another way. */
static bool is_true(const char *text, const char *out, const char *key, const char *expected, const char *reason,
                    bool *same)
{
	char word[32];

	word_of(out, key, word);
	*same = *same && strcmp(word, expected) == 0;
	return strcmp(word, expected) == 0 || strstr(text, reason) != NULL;
}

/* Calls by which the parent writes, and learns whether it may. */
static const int writes[] = {SYS_write, SYS_poll, SYS_setitimer, SYS_rt_sigprocmask};

static bool is_report_true(const struct run *run, const struct step *step, const struct expected *expected)
{
	const bool by_parent = step->process == 0;
	bool same = true, excused = by_parent && AMONG(step->nr, writes);
	char totals[128];

	totals_of(run->text, totals);
	if (!run->entrypoint)
		return totals[0] == '\0' && !promotes(run->text);
	if (strncmp(run->out, "denyinit: ", 10) != 0)
		return step->nr == SYS_write || strstr(run->text, "the report could not be written") != NULL;
	if (!is_true(run->text, run->out, " denials=", expected->denials, "not reported: ", &same) ||
	    !is_true(run->text, run->out, " observed=", expected->observed, "observed calls are let through, and ",
	             &same))
		return false;
	if (!same)
		return true;
	if (excused && totals[0] == '\0')
		return true;
	return strcmp(totals, expected->totals) == 0 && (excused || promotes(run->text) == expected->promotes);
}

static enum outcome outcome_of_end(const struct run *run, const struct step *step)
{
	int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;
	bool told = has_message(run->text, code) || is_message(step);

	if (code == 125 && told)
		return OUTCOME_REFUSED;
	if ((code == 126 || code == 127) && told && AMONG(step->nr, finds_entrypoint))
		return OUTCOME_NOT_FOUND;
	if (WIFSIGNALED(run->status) && step->process == 0 && AMONG(step->nr, before_main))
		return OUTCOME_BEFORE_MAIN;
	return OUTCOME_CRASH;
}

static enum outcome outcome_of(const struct run *run, const struct step *step, long value,
                               const struct expected *expected, bool refuses)
{
	int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;

	if (!run->done)
		return OUTCOME_MISSED;
	if (run->by_child || (run->entrypoint && (refuses || !same_protection(run->state, expected->state))))
		return OUTCOME_FAIL_OPEN;
	if (run->hang)
		return OUTCOME_HANG;
	if (run->entrypoint && code == EXIT_NO_SIGNAL && step->nr == SYS_kill && value == 0)
		return OUTCOME_UNSENT;
	if (run->entrypoint && code != 0)
		return !expected->supervised || code == EXIT_UNPROTECTED ? OUTCOME_FAIL_OPEN : OUTCOME_CRASH;
	if (run->strays > 0)
		return OUTCOME_STRAY;
	if (expected->supervised && !is_report_true(run, step, expected))
		return OUTCOME_WRONG;
	if (!run->entrypoint)
		return outcome_of_end(run, step);
	if (run->leak)
		return OUTCOME_LEAK;
	return run->state.blocked == expected->state.blocked && run->state.ignored == expected->state.ignored
	           ? OUTCOME_PROTECTED
	           : OUTCOME_SIGNALS;
}

static void print_run(const struct run *run, const struct step *step, const char *value, enum outcome outcome,
                      double took)
{
	char end[64];

	if (WIFSIGNALED(run->status))
		snprintf(end, sizeof end, "killed by signal %d", WTERMSIG(run->status));
	else
		snprintf(end, sizeof end, "status %d", WEXITSTATUS(run->status));
	printf(
	    "%s: process %u, %s%s(%#lx, ...) for the %u. time = %s: %s%s, seccomp %lu, %lu filters, %u children, %u strays, "
	    "%.1f s: %s\n",
	    outcome_names[outcome], step->process,
	    step->arch == AUDIT_ARCH_X86_64 ? "" : "i386:", name_of(step->arch, step->nr), (unsigned long)step->first,
	    step->occurrence + 1, value, run->entrypoint ? "entrypoint ran, " : "", end, run->state.mode,
	    run->state.filters, run->children, run->strays, took, run->text[0] ? run->text : "(no message)\n");
}

/* ---- inject ---- */

/* Shared by the workers. */
struct board {
	size_t next;
	unsigned counts[OUTCOME_COUNT];
	unsigned slow; /* took longer than a second */
	double slowest;
	bool reached[STEPS_MAX]; /* at least one fault of the call was made */
};

struct campaign {
	struct job job;
	unsigned jobs, sample;
	bool refuses, verbose;
	const char *only; /* NULL: all */
	struct expected expected;
	bool *wanted; /* of each step */
	struct board *board;
};

static void *shared(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("no memory");
	return at;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same call by the same kind of process: denyinit, or any child. */
static bool alike(const struct step *a, const struct step *b)
{
	return a->nr == b->nr && a->arch == b->arch && (a->process == 0) == (b->process == 0);
}

/* At equal distances, the first and the last among them. */
static size_t slot(size_t occurrence, size_t all, size_t sample)
{
	return occurrence * (sample - 1) / (all - 1);
}

static void choose(struct campaign *campaign)
{
	for (size_t i = 0; i < nsteps; i++) {
		size_t before = 0, all = 0, sample = campaign->sample;

		for (size_t k = 0; k < nsteps; k++)
			if (alike(&steps[i], &steps[k])) {
				before += k < i;
				all++;
			}
		campaign->wanted[i] =
		    (sample == 0 || all <= sample || before == 0 ||
		     slot(before, all, sample) != slot(before - 1, all, sample)) &&
		    (!campaign->only || strcmp(campaign->only, name_of(steps[i].arch, steps[i].nr)) == 0);
	}
}

static void one_fault(struct campaign *campaign, size_t step, size_t value)
{
	static struct run run; /* large */
	struct board *board = campaign->board;
	struct job job = campaign->job;
	enum outcome outcome;
	double began = now(), took;

	job.mode = MODE_INJECT;
	job.target = steps[step];
	job.value = values[value].value;
	for (int i = 0; i <= MISSED_RETRIES; i++) {
		began = now();
		trace(&run, &job);
		outcome = outcome_of(&run, &job.target, job.value, &campaign->expected, campaign->refuses);
		if (outcome != OUTCOME_MISSED)
			break;
	}
	took = now() - began;
	__atomic_fetch_add(&board->counts[outcome], 1, __ATOMIC_RELAXED);
	if (outcome != OUTCOME_MISSED)
		board->reached[step] = true;
	if (took > 1)
		__atomic_fetch_add(&board->slow, 1, __ATOMIC_RELAXED);
	if (took > board->slowest)
		board->slowest = took; /* only to be read */
	if (is_bad(outcome) || campaign->verbose)
		print_run(&run, &job.target, values[value].name, outcome, took);
	fflush(stdout);
}

static void work(struct campaign *campaign)
{
	for (;;) {
		size_t at = __atomic_fetch_add(&campaign->board->next, 1, __ATOMIC_RELAXED);

		if (at >= nsteps * VALUES)
			return;
		/* From the end: the last children's are those after which somebody waits in vain. */
		at = nsteps * VALUES - 1 - at;
		if (campaign->wanted[at / VALUES])
			one_fault(campaign, at / VALUES, at % VALUES);
	}
}

/* What a start is like without a fault. */
static void record(struct campaign *campaign)
{
	struct expected *expected = &campaign->expected;
	static struct run run;
	struct job job = campaign->job;
	bool right;

	job.mode = MODE_RECORD;
	steps = calloc(STEPS_MAX, sizeof *steps);
	if (!steps)
		die("no memory");
	trace(&run, &job);
	right = WIFEXITED(run.status) && WEXITSTATUS(run.status) == (campaign->refuses ? 125 : 0) &&
	        run.entrypoint == !campaign->refuses && !run.leak && run.strays == 0 && run.children == 0;
	if (!run.started || !right)
		die("without a fault: %s, entrypoint %s, wait status %#x, %u strays, %u children, witness %s: %s",
		    run.started ? "denyinit ran" : "denyinit did not run", run.entrypoint ? "ran" : "did not run",
		    (unsigned)run.status, run.strays, run.children, run.leak ? "open" : "closed", run.text);
	if (run.entrypoint && run.state.mode != 2)
		die("without a fault: the entrypoint has no filter");
	expected->state = run.state;
	expected->supervised = job.supervised;
	word_of(run.out, " denials=", expected->denials);
	word_of(run.out, " observed=", expected->observed);
	totals_of(run.text, expected->totals);
	expected->promotes = promotes(run.text);
}

/* How often a process waits is chance, so the last waits recorded may not come again; but some of a kind have to. */
static bool is_kind_missed(const struct campaign *campaign, size_t step)
{
	for (size_t i = 0; i < nsteps; i++)
		if (alike(&steps[i], &steps[step]) && campaign->board->reached[i] &&
		    (campaign->sample > 0 || steps[i].process == steps[step].process))
			return false;
	return true;
}

static int inject(struct campaign *campaign)
{
	unsigned injected = 0, bad = 0;
	size_t chosen = 0;

	record(campaign);
	campaign->board = shared(sizeof *campaign->board);
	campaign->wanted = calloc(nsteps, sizeof *campaign->wanted);
	if (!campaign->wanted)
		die("no memory");
	choose(campaign);
	for (unsigned i = 0; i < campaign->jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (pid == 0) {
			work(campaign);
			exit(0);
		}
	}
	for (unsigned i = 0; i < campaign->jobs; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			die("a worker ended badly (%#x)", (unsigned)status);
	}
	for (size_t i = 0; i < nsteps; i++) {
		chosen += campaign->wanted[i];
		if (campaign->wanted[i] && is_kind_missed(campaign, i)) {
			printf("never made: process %u, %s\n", steps[i].process, name_of(steps[i].arch, steps[i].nr));
			bad++;
		}
	}
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		injected += i == OUTCOME_MISSED ? 0 : campaign->board->counts[i];
		bad += is_bad((enum outcome)i) ? campaign->board->counts[i] : 0;
	}
	printf("%u injected into %zu of %zu calls:", injected, chosen, nsteps);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		printf("%s %s %u", i ? "," : "", outcome_names[i], campaign->board->counts[i]);
	printf("; %u took over 1 s, the slowest %.1f s\n", campaign->board->slow, campaign->board->slowest);
	return bad > 0;
}

/* ---- at ---- */

static int at(char *where, const char *shell, char **command)
{
	static struct run run;
	struct job job = {.mode = MODE_AT, .command = command, .seconds = 60, .target.nr = -1, .shell = shell};
	char *colon = strchr(where, ':');

	if (!colon)
		die("%s: not CALL:N", where);
	*colon = '\0';
	job.target.occurrence = (unsigned)strtoul(colon + 1, NULL, 10) - 1;
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, where) == 0)
			job.target.nr = names[i].x86_64;
	if (job.target.nr < 0)
		die("%s: no such call", where);
	trace(&run, &job);
	fputs(run.text, stderr);
	if (!run.done)
		return EXIT_MISSED;
	if (run.entrypoint && run.state.mode != 2)
		return EXIT_UNPROTECTED;
	if (run.hang || run.strays > 0)
		die("%s", run.hang ? "hangs" : "leaves processes");
	return WIFSIGNALED(run.status) ? 128 + WTERMSIG(run.status) : WEXITSTATUS(run.status);
}

/* ---- check ---- */

/* By way of the parent, which passes it on. */
static bool comes_back(int sig)
{
	const struct timespec most = {.tv_sec = 5};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigprocmask(SIG_BLOCK, &set, NULL) == 0 && kill(getppid(), sig) == 0 &&
	       sigtimedwait(&set, NULL, &most) == sig;
}

/* errnum < 0: any. */
static int check(int errnum, bool observed, bool by_signal)
{
	int open = 0;

	/* So that a mount that should not have been possible is nobody else's. */
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	for (size_t i = 0; i < CALL_COUNT; i++) {
		long result;

		if (call_table[i].native < 0)
			continue;
		errno = 0;
		result = syscall(call_table[i].native, 0, 0, 0, 0, 0, 0);
		if (errnum < 0 || (result == -1 && errno == errnum))
			continue;
		fprintf(stderr, "check: %s: %ld, %s\n", call_table[i].name, result, strerror(errno));
		open++;
	}
	/* With arguments that make sense; the folder is there everywhere. */
	if (mount("none", "/dev/shm", "tmpfs", 0, NULL) == 0) {
		if (errnum >= 0)
			fprintf(stderr, "check: a tmpfs was mounted\n");
		umount2("/dev/shm", MNT_DETACH);
		open += errnum >= 0;
	} else if (errnum >= 0 && errno != errnum) {
		fprintf(stderr, "check: mounting a tmpfs: %s\n", strerror(errno));
		open++;
	}
	/* No such process: 0. */
	if (observed && (ptrace(PTRACE_ATTACH, 0, 0, 0) != -1 || errno != ESRCH)) {
		fprintf(stderr, "check: ptrace: %s\n", strerror(errno));
		open++;
	}
	if (by_signal && !comes_back(SIGTERM)) {
		fprintf(stderr, "check: the signal does not come\n");
		return EXIT_NO_SIGNAL;
	}
	return open ? EXIT_UNPROTECTED : 0;
}

/* ---- */

static unsigned number(const char *option, const char *text)
{
	char *end = NULL;
	unsigned long value = text ? strtoul(text, &end, 10) : 0;

	if (!text || !*text || *end)
		die("%s wants a number", option);
	return (unsigned)value;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART: wait(2) is to be interrupted */
	struct campaign campaign = {.jobs = 4, .job = {.seconds = 60}};
	int i = 2;

	if (argc > 2 && strcmp(argv[1], "check") == 0) {
		const char *last = argv[argc - 1];
		bool observed = false, by_signal = false;

		for (; i < argc - 1; i++) {
			observed = observed || strcmp(argv[i], "--observed") == 0;
			by_signal = by_signal || strcmp(argv[i], "--signal") == 0;
		}
		return check(strcmp(last, "any") == 0 ? -1 : (int)number("check", last), observed, by_signal);
	}
	sigaction(SIGALRM, &action, NULL);
	if (argc > 5 && strcmp(argv[1], "at") == 0 && strcmp(argv[4], "--") == 0)
		return at(argv[2], argv[3], argv + 5);
	if (argc < 4 || strcmp(argv[1], "inject") != 0)
		die("inject, at, or check");
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--refuses") == 0)
			campaign.refuses = true;
		else if (strcmp(argv[i], "--supervised") == 0)
			campaign.job.supervised = true;
		else if (strcmp(argv[i], "--only") == 0)
			campaign.only = argv[++i];
		else if (strcmp(argv[i], "--verbose") == 0)
			campaign.verbose = true;
		else if (strcmp(argv[i], "--jobs") == 0)
			campaign.jobs = number("--jobs", argv[++i]);
		else if (strcmp(argv[i], "--sample") == 0)
			campaign.sample = number("--sample", argv[++i]);
		else if (strcmp(argv[i], "--seconds") == 0)
			campaign.job.seconds = number("--seconds", argv[++i]);
		else
			die("%s: not an option", argv[i]);
	}
	if (i + 1 >= argc)
		die("no command");
	campaign.job.command = argv + i + 1;
	return inject(&campaign);
}
