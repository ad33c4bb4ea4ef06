/* SPDX-License-Identifier: MIT */
/*
 * faults: makes one system call of a program fail, each in turn, and looks at what becomes of the program.
 *
 *   faults inject [--jobs N] [--sample N] [--seconds N] [--refuses] [--supervised | --observed] [--signal]
 *                 [--only CALL] [--verbose] -- [SETUP] denyinit ... -- ENTRYPOINT
 *       Records every call that the program called denyinit and its children make between its execve(2) and the
 *       entrypoint's, then runs it once for each of them and each fault: EPERM, ENOMEM, EINTR, ENOSYS, EIO, and 0
 *       without effect. --sample: of each call in each kind of process not more than N occurrences, the first, the last
 *       and what is between them evenly. --refuses: the policy is one with which nothing may start. --supervised: the
 *       entrypoint is a child, and the calls of its parent are made to fail to the very end; before the two divide,
 *       until the entrypoint runs, and while it runs, are three kinds of process. --observed: the same, and nothing is
 *       enforced. --signal: no fault, but a SIGTERM to the process that is about to make the call. --only: calls of
 *       that name. Prints a line for each run that did not end as allowed, and one with the numbers. Exit status 1 if
 *       there was such a run.
 *
 *   faults at CALL:N SHELL-COMMAND -- [SETUP] denyinit ... -- ENTRYPOINT
 *       Stops denyinit before its Nth (from 1) call of that name, runs the command meanwhile, and lets it go on. Exit
 *       status: its own; 128 and the signal; 98 if it never came to that call.
 *
 *   faults check ERRNO [MILLISECONDS]
 *       The entrypoint: makes each call of the mount API, and a mount of a tmpfs that would succeed. Exit status 0 if
 *       each gave that errno; 78 if some gave ENOSYS, which is what a call gets that is left without an answer; 77 if
 *       one gave anything else. MILLISECONDS: to be there for a signal.
 *
 * The fault is made by PTRACE_SYSEMU: the kernel stops at the call's entry, carries nothing out and asks no filter (a
 * number changed to -1 would be judged by the policy), and the result is written into the register. Allowed:
 *
 *   refused    exit status 125, and `denyinit: ... Not starting (125).` on stderr; 126 and 127 where the call is one by
 *              which the entrypoint is found or run. Without the message where the call is the message's write(2).
 *   protected  the entrypoint runs, by the very process, with as many filters and no_new_privs as without a fault (seen
 *              in its /proc/PID/status before its first instruction), and ends with 0: what `check` saw. Counted
 *              apart if other signals are blocked or ignored than without a fault.
 *
 * Not allowed: fail-open; hang; crash (death by a signal, any other end, no message); leak (the entrypoint has a
 * descriptor above 2, or others at 0 to 2 than without a fault); stray (a process that is left over). Apart from these
 * are faults of calls that libc makes before main(): nothing of the program runs yet, and the C library ends it by a
 * signal (`before-main`).
 *
 * Of a supervised start `protected` means also: the entrypoint runs as a child of the first process, which then has its
 * own filter and as little dumpability as without a fault; if calls are told, the entrypoint does not have
 * CAP_SYS_PTRACE, with which it could answer them itself; and the first process outlives it and ends with its status.
 * Counted apart, and allowed: the calls got ENOSYS, if the fault is the parent's, who answers them; the parent, in whom
 * the fault is, says why it gives up, kills the entrypoint and ends with 125; it keeps a descriptor that it would have
 * closed. Not allowed: fail-open, also if a call got anything else; `unconfined`, the parent is without its own filter;
 * `deserted`, it has ended while the entrypoint ran, or not with its status. With --signal the end by SIGTERM (of the
 * command also as 128 + 15) is allowed, and if one of the two processes gets it before the entrypoint runs it is the only
 * one but for a refusal: else it is `lost`.
 *
 * The program sees that it is traced. That changes one thing: the judge's way of last resort to tell who denies a call
 * (RET_TRACE) is not taken.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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
#define TEXT_MAX 4096
#define WITNESS_FD 9     /* open before the program starts, to be closed by it, as all above 2 */
#define STRAY_SECONDS 5  /* as long as a child may outlive the program */
#define MISSED_RETRIES 3 /* a process that was quicker this time has waited less often */
#define EXIT_UNPROTECTED 77
#define EXIT_UNANSWERED 78
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
#include "../../selftest/numbers.inc"
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

struct fault {
	const char *name;
	long value;
	int sig; /* not 0: sent, and the call is made */
};
static const struct fault values[] = {
    {"EPERM", -EPERM, 0},   {"ENOMEM", -ENOMEM, 0}, {"EINTR", -EINTR, 0},
    {"ENOSYS", -ENOSYS, 0}, {"EIO", -EIO, 0},       {"0", 0, 0},
};
static const struct fault signals[] = {{"SIGTERM", 0, SIGTERM}};

/* By these the entrypoint is found and run: 126 and 127 are right answers to their faults. */
static const int finds_entrypoint[] = {SYS_stat, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_execve};
static const int opens[] = {SYS_open, SYS_openat};
/* Of libc's start, before main(). */
static const int before_main[] = {SYS_arch_prctl, SYS_set_tid_address};
/* Made for the kernel, when it likes; what they "return" is not looked at as such. */
static const int not_counted[] = {SYS_rt_sigreturn, SYS_restart_syscall};

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
	long first, second; /* arguments */
	enum kind { KIND_FIRST, KIND_PARENT, KIND_ANSWERING, KIND_CHILD, KIND_OTHER } kind;
};

enum mode { MODE_RECORD, MODE_INJECT, MODE_AT };

struct job {
	enum mode mode;
	char **command;
	unsigned seconds;
	bool supervised; /* the entrypoint is a child */
	struct step target;
	struct fault fault; /* inject */
	const char *shell;  /* at */
};

struct process {
	pid_t pid;
	bool alive;
	bool direct;          /* a child of denyinit's */
	bool again;           /* its next call was looked at and is to be made now */
	unsigned occurrences; /* inject, at: of the target's number */
};

/* What is seen of a process before the entrypoint's first instruction. */
struct state {
	unsigned long mode, filters, no_new_privs;
	unsigned long blocked, ignored; /* signals */
	bool traces;                    /* has, or could get, CAP_SYS_PTRACE */
	uid_t owner;                    /* of its files in /proc: root's if it is not dumpable */
	unsigned descriptors;           /* above 2 */
	char standard[3][32];           /* what 0 to 2 are */
};

struct run {
	struct process processes[PROCESSES_MAX];
	unsigned nprocesses;
	bool started;       /* denyinit's execve is over */
	bool divided;       /* recorded: it has a child that shares its descriptors */
	unsigned child;     /* recorded: which one */
	bool done;          /* the fault is made */
	bool early;         /* before the entrypoint ran */
	bool entrypoint;    /* is running */
	unsigned entry;     /* which process it is */
	int entry_status;   /* of wait(2) */
	bool deserted;      /* it runs, and denyinit has ended */
	bool wrong_process; /* a process ran a program that is not to */
	bool hang, ended;
	unsigned strays, children; /* left over; alive when the entrypoint began */
	int status;                /* of wait(2) */
	struct state state;        /* the entrypoint's */
	struct state parent;
	char text[TEXT_MAX];   /* stderr */
	char report[TEXT_MAX]; /* stdout */
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

/* Also one that has ended: a child may have, before it is looked at that it was made. */
static struct process *find(struct run *run, pid_t pid)
{
	for (unsigned i = 0; i < run->nprocesses; i++)
		if (run->processes[i].pid == pid)
			return &run->processes[i];
	if (run->nprocesses == PROCESSES_MAX)
		die("more than %d processes", PROCESSES_MAX);
	run->processes[run->nprocesses] = (struct process){.pid = pid, .alive = true};
	return &run->processes[run->nprocesses++];
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

static void look_at_descriptors(pid_t pid, struct state *state)
{
	const struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir) /* it has ended, and that will be seen */
		return;
	while ((entry = readdir(dir)) != NULL) {
		unsigned long fd = strtoul(entry->d_name, NULL, 10);

		if (entry->d_name[0] == '.')
			continue;
		if (fd > STDERR_FILENO)
			state->descriptors++;
		else if (readlinkat(dirfd(dir), entry->d_name, state->standard[fd], sizeof state->standard[fd] - 1) < 0)
			break; /* likewise */
	}
	closedir(dir);
}

static struct state look_at(pid_t pid)
{
	const unsigned long tracer = 1ul << CAP_SYS_PTRACE;
	char path[64], text[8192];
	struct state state;
	ssize_t length;
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 || fstat(fd, &st) != 0 ? -1 : read(fd, text, sizeof text - 1);
	if (length <= 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	text[length] = '\0';
	state = (struct state){
	    .mode = status_line(text, "\nSeccomp:\t"),
	    .filters = status_line(text, "\nSeccomp_filters:\t"),
	    .no_new_privs = status_line(text, "\nNoNewPrivs:\t"),
	    .blocked = status_line(text, "\nSigBlk:\t"),
	    .ignored = status_line(text, "\nSigIgn:\t"),
	    .owner = st.st_uid,
	};
	state.traces = (status_line(text, "\nCapPrm:\t") | status_line(text, "\nCapInh:\t")) & tracer ||
	               (state.no_new_privs == 0 && status_line(text, "\nCapBnd:\t") & tracer);
	return state;
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

static const unsigned long trace_options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                                           PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;

static void on_exec(struct run *run, const struct process *process, bool supervised)
{
	unsigned index;

	if (!run->started) {
		if (!is_denyinit(process->pid))
			return;
		/* What came before were its set-up's processes. */
		run->processes[0] = *process;
		run->nprocesses = 1;
		run->started = true;
		return;
	}
	index = (unsigned)(process - run->processes);
	if (run->entrypoint && index == run->entry)
		return;
	if (run->entrypoint || (supervised ? !process->direct : index != 0)) {
		run->wrong_process = true;
		return;
	}
	run->entrypoint = true;
	run->entry = index;
	run->state = look_at(process->pid);
	look_at_descriptors(process->pid, &run->state);
	run->deserted = !run->processes[0].alive;
	if (supervised && !run->deserted)
		run->parent = look_at(run->processes[0].pid);
	/* ESRCH: killed meanwhile. */
	if (supervised && ptrace(PTRACE_SETOPTIONS, process->pid, 0, trace_options | PTRACE_O_TRACEEXIT) != 0 &&
	    errno != ESRCH)
		die("PTRACE_SETOPTIONS: %s", strerror(errno));
	run->children = alive(run) - (supervised ? 2 : 1);
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
	if (ptrace(PTRACE_SETREGS, pid, 0, registers) != 0 && errno != ESRCH)
		die("PTRACE_SETREGS: %s", strerror(errno));
}

/* The call will not be carried out: PTRACE_SYSEMU. If it is not the one, the process makes it once more. */
static void on_suspended_call(struct run *run, const struct job *job, struct process *process, bool alike)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, process->pid, 0, &registers) != 0) {
		if (errno != ESRCH) /* killed meanwhile */
			die("PTRACE_GETREGS: %s", strerror(errno));
		return;
	}
	if (alike && process->occurrences++ == job->target.occurrence) {
		run->done = true;
		run->early = !run->entrypoint;
		if (job->fault.sig)
			kill(process->pid, job->fault.sig);
		else
			registers.rax = (unsigned long long)job->fault.value;
	}
	if (!run->done || job->fault.sig) {
		registers.rax = registers.orig_rax;
		registers.rip -= 2; /* `syscall` and `int $0x80` alike */
		process->again = true;
	}
	set_registers(process->pid, &registers);
}

/* Which of the others is the child is known at the end only. */
static enum kind kind_now(const struct run *run, unsigned index)
{
	if (index > 0)
		return KIND_OTHER;
	if (run->entrypoint)
		return KIND_ANSWERING;
	return run->divided ? KIND_PARENT : KIND_FIRST;
}

static void on_call(struct run *run, const struct job *job, struct process *process,
                    const struct __ptrace_syscall_info *info)
{
	unsigned index = (unsigned)(process - run->processes);
	int nr = (int)info->entry.nr;

	switch (job->mode) {
	case MODE_RECORD:
		if (AMONG(nr, not_counted))
			break;
		if (nsteps == STEPS_MAX)
			die("more than %d calls", STEPS_MAX);
		steps[nsteps] = (struct step){.process = index,
		                              .occurrence = recorded(index, info->arch, nr),
		                              .arch = info->arch,
		                              .nr = nr,
		                              .first = (long)info->entry.args[0],
		                              .second = (long)info->entry.args[1],
		                              .kind = kind_now(run, index)};
		nsteps++;
		if (index == 0 && nr == SYS_clone && info->entry.args[0] & CLONE_FILES)
			run->divided = true;
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

/* Nothing more of this process's calls is of interest. */
static bool is_through(const struct run *run, const struct job *job, unsigned index)
{
	return run->entrypoint && !(job->supervised && index == 0);
}

/* How the process goes on: with as few stops as possible. */
static enum __ptrace_request resumption(const struct run *run, const struct job *job, const struct process *process)
{
	unsigned index = (unsigned)(process - run->processes);

	if (!run->started || is_through(run, job, index) || run->done)
		return PTRACE_CONT;
	if (job->mode == MODE_RECORD)
		return PTRACE_SYSCALL;
	if (index != job->target.process)
		return PTRACE_CONT;
	return job->mode == MODE_AT || process->again ? PTRACE_SYSCALL : PTRACE_SYSEMU;
}

static void on_child(struct run *run, const struct process *process, pid_t pid)
{
	struct process *child = find(run, pid);

	if (!run->started || process != &run->processes[0])
		return;
	child->direct = true;
	if (run->divided && run->child == 0)
		run->child = (unsigned)(child - run->processes);
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
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && run->started &&
		    !is_through(run, job, (unsigned)(process - run->processes)))
			on_call(run, job, process, &info);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(run, process, job->supervised);
		process = find(run, pid);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		/* Counted in the order in which they are made. */
		if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0)
			on_child(run, process, (pid_t)child);
		break;
	case PTRACE_EVENT_EXIT: /* the entrypoint is about to end: by now its parent has closed what it closes */
		if (run->processes[0].alive)
			look_at_descriptors(run->processes[0].pid, &run->parent);
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
	int go[2];
	pid_t pid;

	if (out < 0 || err < 0 || pipe2(go, O_CLOEXEC) != 0)
		die("no descriptors: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		become(command, go[0], out, err);
	}
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, trace_options) != 0)
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
		struct process *process;
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
		process = find(run, pid);
		process->alive = false;
		if (run->entrypoint && process == &run->processes[run->entry])
			run->entry_status = status;
		if (pid == main_pid) {
			run->ended = true;
			run->status = status;
			run->deserted =
			    run->deserted || (run->entrypoint && run->entry > 0 && run->processes[run->entry].alive);
			set_timer(STRAY_SECONDS);
		}
	}
}

static void take_text(int fd, char text[TEXT_MAX])
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
	take_text(out, run->report);
	take_text(err, run->text);
}

/* ---- what a run was ---- */

enum outcome {
	OUTCOME_PROTECTED,
	OUTCOME_SIGNALS,
	OUTCOME_REFUSED,
	OUTCOME_NOT_FOUND, /* 126, 127 */
	OUTCOME_BEFORE_MAIN,
	OUTCOME_UNANSWERED,
	OUTCOME_GIVEN_UP,
	OUTCOME_KEEPS,
	OUTCOME_KILLED,
	OUTCOME_MISSED, /* the call was not made this time */
	OUTCOME_FAIL_OPEN,
	OUTCOME_HANG,
	OUTCOME_CRASH,
	OUTCOME_LEAK,
	OUTCOME_STRAY,
	OUTCOME_UNCONFINED,
	OUTCOME_DESERTED,
	OUTCOME_LOST,
	OUTCOME_COUNT,
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_PROTECTED] = "started protected",
    [OUTCOME_SIGNALS] = "the same with other signals blocked or ignored",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_NOT_FOUND] = "not found or not run",
    [OUTCOME_BEFORE_MAIN] = "ended by libc before main",
    [OUTCOME_UNANSWERED] = "calls denied by ENOSYS",
    [OUTCOME_GIVEN_UP] = "the parent gave up",
    [OUTCOME_KEEPS] = "the parent keeps descriptors",
    [OUTCOME_KILLED] = "ended by the signal",
    [OUTCOME_MISSED] = "missed",
    [OUTCOME_FAIL_OPEN] = "fail-open",
    [OUTCOME_HANG] = "hangs",
    [OUTCOME_CRASH] = "crashes",
    [OUTCOME_LEAK] = "leaks",
    [OUTCOME_STRAY] = "strays",
    [OUTCOME_UNCONFINED] = "unconfined",
    [OUTCOME_DESERTED] = "deserted",
    [OUTCOME_LOST] = "lost",
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

/* By one of the two that may have to say something. */
static bool is_message(const struct step *step)
{
	return (step->nr == SYS_write || step->nr == SYS_writev) && step->kind != KIND_OTHER &&
	       step->first == STDERR_FILENO;
}

/* A shell's number for it: also how a supervising parent tells its child's end. */
static int number_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What was asked for, and is so without a fault. */
struct expected {
	bool refuses, enforces;
	struct state state, parent;
	int status; /* of wait(2), the entrypoint's */
};

/* Of an open(2) that says 0 and opens nothing libc marks what is there, stdin, to be closed at execve(2). */
static bool takes_stdin(const struct job *job)
{
	return AMONG(job->target.nr, opens) && !job->fault.sig && job->fault.value == 0;
}

static bool same_descriptors(const struct job *job, const struct state *seen, const struct state *expected)
{
	for (int fd = takes_stdin(job) ? STDOUT_FILENO : STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (strcmp(seen->standard[fd], expected->standard[fd]) != 0)
			return false;
	return seen->descriptors <= expected->descriptors;
}

static enum outcome outcome_of_end(const struct run *run, const struct job *job)
{
	const struct step *step = &job->target;
	int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;
	bool told = has_message(run->text, code) || is_message(step);

	if (job->fault.sig && number_of(run->status) == 128 + job->fault.sig)
		return OUTCOME_KILLED;
	if (code == 125 && told)
		return OUTCOME_REFUSED;
	if ((code == 126 || code == 127) && told && AMONG(step->nr, finds_entrypoint))
		return OUTCOME_NOT_FOUND;
	if (WIFSIGNALED(run->status) && step->process == 0 && AMONG(step->nr, before_main))
		return OUTCOME_BEFORE_MAIN;
	return OUTCOME_CRASH;
}

/* Calls are told to somebody. */
static bool is_listened_to(const struct run *run)
{
	static const char *const words[] = {"=reported", "=in-part", ":\"reported\"", ":\"in-part\""};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(run->report, words[i]))
			return true;
	return false;
}

/* The entrypoint began; whatever else was, it must have been protected then. */
static bool was_open(const struct run *run, const struct job *job, const struct expected *expected)
{
	if (expected->refuses)
		return true;
	if (!expected->enforces)
		return false;
	return !same_protection(run->state, expected->state) ||
	       (job->supervised && is_listened_to(run) && run->state.traces);
}

/* The parent, which can go on no more, has said why, killed the entrypoint, and ended as for a refusal. */
static bool has_given_up(const struct run *run, const struct job *job)
{
	return job->supervised && job->target.process == 0 && number_of(run->entry_status) == 128 + SIGKILL &&
	       number_of(run->status) == 125 && strstr(run->text, "denyinit: cannot ");
}

/* What the entrypoint itself has seen. */
static enum outcome outcome_by_entrypoint(const struct run *run, const struct job *job, const struct expected *expected)
{
	const int status = job->supervised ? run->entry_status : run->status;

	if (status == expected->status)
		return OUTCOME_PROTECTED;
	if (job->fault.sig && WIFSIGNALED(status) && WTERMSIG(status) == job->fault.sig)
		return OUTCOME_KILLED;
	if (job->supervised && job->target.process == 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNANSWERED)
		return OUTCOME_UNANSWERED;
	if (has_given_up(run, job))
		return OUTCOME_GIVEN_UP;
	return expected->enforces ? OUTCOME_FAIL_OPEN : OUTCOME_CRASH;
}

static enum outcome outcome_of_parent(const struct run *run, const struct job *job, const struct expected *expected)
{
	if (run->deserted || number_of(run->status) != number_of(run->entry_status))
		return OUTCOME_DESERTED;
	/* It can execute nothing, so no_new_privs is no matter. */
	if (run->parent.mode != expected->parent.mode || run->parent.filters != expected->parent.filters ||
	    run->parent.owner != expected->parent.owner)
		return OUTCOME_UNCONFINED;
	/* A signal may end the entrypoint before the parent has closed them. */
	return job->fault.sig || same_descriptors(job, &run->parent, &expected->parent) ? OUTCOME_PROTECTED
	                                                                                : OUTCOME_KEEPS;
}

static enum outcome outcome_of(const struct run *run, const struct job *job, const struct expected *expected)
{
	enum outcome outcome = OUTCOME_PROTECTED;

	if (!run->done)
		return OUTCOME_MISSED;
	if (run->wrong_process || (run->entrypoint && was_open(run, job, expected)))
		return OUTCOME_FAIL_OPEN;
	if (run->hang)
		return OUTCOME_HANG;
	if (run->entrypoint)
		outcome = outcome_by_entrypoint(run, job, expected);
	if (is_bad(outcome))
		return outcome;
	if (run->strays > 0)
		return OUTCOME_STRAY;
	if (!run->entrypoint)
		return outcome_of_end(run, job);
	if (!same_descriptors(job, &run->state, &expected->state))
		return OUTCOME_LEAK;
	if (outcome == OUTCOME_PROTECTED && job->fault.sig && run->early && job->target.kind != KIND_OTHER)
		return OUTCOME_LOST;
	if (job->supervised && outcome != OUTCOME_GIVEN_UP) {
		enum outcome by_parent = outcome_of_parent(run, job, expected);

		if (outcome == OUTCOME_PROTECTED || is_bad(by_parent))
			outcome = by_parent;
	}
	if (outcome == OUTCOME_PROTECTED &&
	    (run->state.blocked != expected->state.blocked || run->state.ignored != expected->state.ignored))
		return OUTCOME_SIGNALS;
	return outcome;
}

static const char *const kind_names[] = {
    [KIND_FIRST] = "denyinit",       [KIND_PARENT] = "the parent", [KIND_ANSWERING] = "the parent at work",
    [KIND_CHILD] = "the entrypoint", [KIND_OTHER] = "another",
};

/* The first line that is there, and the last one: between them there may be a hundred. */
static void print_text(const char *text)
{
	size_t length = strlen(text), first = strcspn(text, "\n"), last;

	while (length > 0 && text[length - 1] == '\n')
		length--;
	for (last = length; last > 0 && text[last - 1] != '\n';)
		last--;
	if (length == 0)
		printf("(no message)\n");
	else if (last == 0)
		printf("%.*s\n", (int)length, text);
	else
		printf("%.*s ... %.*s\n", (int)first, text, (int)(length - last), text + last);
}

static void print_run(const struct run *run, const struct job *job, enum outcome outcome, double took)
{
	const struct step *step = &job->target;
	char entry[64] = "";

	if (run->entrypoint)
		snprintf(entry, sizeof entry, "entrypoint ran (status %d%s), ", number_of(run->entry_status),
		         run->deserted ? ", deserted" : "");
	printf("%s: process %u (%s), %s%s(%#lx, ...) for the %u. time = %s: %sstatus %d, seccomp %lu, %lu filters, %u "
	       "descriptors, parent's %lu, %lu, %u, %u children, %u strays, %.1f s: ",
	       outcome_names[outcome], step->process, kind_names[step->kind],
	       step->arch == AUDIT_ARCH_X86_64 ? "" : "i386:", name_of(step->arch, step->nr),
	       (unsigned long)step->first, step->occurrence + 1, job->fault.name, entry, number_of(run->status),
	       run->state.mode, run->state.filters, run->state.descriptors, run->parent.mode, run->parent.filters,
	       run->parent.descriptors, run->children, run->strays, took);
	print_text(run->text);
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
	bool verbose;
	const struct fault *faults;
	size_t nfaults;
	const char *only; /* NULL: all calls */
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

/* The same call by the same kind of process. */
static bool alike(const struct step *a, const struct step *b)
{
	return a->nr == b->nr && a->arch == b->arch && a->kind == b->kind;
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
		campaign->wanted[i] = sample == 0 || all <= sample || before == 0 ||
		                      slot(before, all, sample) != slot(before - 1, all, sample);
		if (campaign->only && strcmp(campaign->only, name_of(steps[i].arch, steps[i].nr)) != 0)
			campaign->wanted[i] = false;
	}
}

/*
 * An answer to a call that is said to be sent and is not: that cannot be known. Nothing is open then, but the caller
 * waits for ever. Not injected: the kernel never does so, and an outer filter that would is found out by listener.c.
 */
static bool is_unknowable(const struct step *step, const struct fault *fault)
{
	return step->nr == SYS_ioctl && (unsigned)step->second == SECCOMP_IOCTL_NOTIF_SEND && !fault->sig &&
	       fault->value == 0;
}

static void one_fault(struct campaign *campaign, size_t step, const struct fault *fault)
{
	static struct run run; /* large */
	struct board *board = campaign->board;
	struct job job = campaign->job;
	enum outcome outcome;
	double began = now(), took;

	job.mode = MODE_INJECT;
	job.target = steps[step];
	job.fault = *fault;
	for (int i = 0; i <= MISSED_RETRIES; i++) {
		began = now();
		trace(&run, &job);
		outcome = outcome_of(&run, &job, &campaign->expected);
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
		print_run(&run, &job, outcome, took);
	fflush(stdout);
}

static void work(struct campaign *campaign)
{
	const size_t all = nsteps * campaign->nfaults;

	for (;;) {
		size_t at = __atomic_fetch_add(&campaign->board->next, 1, __ATOMIC_RELAXED);

		if (at >= all)
			return;
		/* From the end: the last children's are those after which somebody waits in vain. */
		at = all - 1 - at;
		if (campaign->wanted[at / campaign->nfaults] &&
		    !is_unknowable(&steps[at / campaign->nfaults], &campaign->faults[at % campaign->nfaults]))
			one_fault(campaign, at / campaign->nfaults, &campaign->faults[at % campaign->nfaults]);
	}
}

/* Fills in what a start is like without a fault. */
static void record(struct campaign *campaign)
{
	static struct run run;
	struct job job = campaign->job;
	struct expected *expected = &campaign->expected;
	const int status = expected->refuses ? 125 : expected->enforces ? 0 : EXIT_UNPROTECTED;
	bool right;

	job.mode = MODE_RECORD;
	steps = calloc(STEPS_MAX, sizeof *steps);
	if (!steps)
		die("no memory");
	trace(&run, &job);
	right = WIFEXITED(run.status) && WEXITSTATUS(run.status) == status && run.entrypoint == !expected->refuses &&
	        run.state.descriptors == 0 && run.strays == 0 && run.children == 0 && !run.deserted &&
	        !run.wrong_process;
	if (!run.started || !right)
		die("without a fault: %s, entrypoint %s, wait status %#x, %u strays, %u children, %u descriptors: %s",
		    run.started ? "denyinit ran" : "denyinit did not run", run.entrypoint ? "ran" : "did not run",
		    (unsigned)run.status, run.strays, run.children, run.state.descriptors, run.text);
	if (run.entrypoint && (run.state.mode != 2 || (job.supervised && run.parent.mode != 2)))
		die("without a fault: the entrypoint, or its parent, has no filter");
	if (job.supervised && is_listened_to(&run) && run.state.traces)
		die("without a fault: the entrypoint has CAP_SYS_PTRACE");
	for (size_t i = 0; i < nsteps; i++)
		if (run.child > 0 && steps[i].process == run.child)
			steps[i].kind = KIND_CHILD;
	expected->state = run.state;
	expected->parent = run.parent;
	expected->status = job.supervised ? run.entry_status : run.status;
}

/*
 * How often a process waits is chance, so the last waits recorded may not come again; but some of a kind have to, if
 * there is more than one fault.
 */
static bool is_kind_missed(const struct campaign *campaign, size_t step)
{
	if (campaign->nfaults == 1)
		return false;
	for (size_t i = 0; i < nsteps; i++)
		if (steps[i].process == steps[step].process && alike(&steps[i], &steps[step]) &&
		    campaign->board->reached[i])
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
			printf("never made: process %u (%s), %s\n", steps[i].process, kind_names[steps[i].kind],
			       name_of(steps[i].arch, steps[i].nr));
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

static int check(int errnum)
{
	int open = 0, unanswered = 0;

	/* So that a mount that should not have been possible is nobody else's. */
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	for (size_t i = 0; i < CALL_COUNT; i++) {
		long result;

		if (call_table[i].native < 0)
			continue;
		errno = 0;
		result = syscall(call_table[i].native, 0, 0, 0, 0, 0, 0);
		if (result == -1 && errno == errnum)
			continue;
		if (result == -1 && errno == ENOSYS) {
			unanswered++;
			continue;
		}
		fprintf(stderr, "check: %s: %ld, %s\n", call_table[i].name, result, strerror(errno));
		open++;
	}
	/* With arguments that make sense; the folder is there everywhere. */
	if (mount("none", "/dev/shm", "tmpfs", 0, NULL) == 0) {
		fprintf(stderr, "check: a tmpfs was mounted\n");
		umount2("/dev/shm", MNT_DETACH);
		open++;
	} else if (errno == ENOSYS) {
		unanswered++;
	} else if (errno != errnum) {
		fprintf(stderr, "check: mounting a tmpfs: %s\n", strerror(errno));
		open++;
	}
	if (unanswered > 0)
		fprintf(stderr, "check: %d times ENOSYS\n", unanswered);
	return open ? EXIT_UNPROTECTED : unanswered ? EXIT_UNANSWERED : 0;
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

static void observe(struct campaign *campaign)
{
	campaign->job.supervised = true;
	campaign->expected.enforces = false;
}

static void send_signals(struct campaign *campaign)
{
	campaign->faults = signals;
	campaign->nfaults = sizeof signals / sizeof *signals;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART: wait(2) is to be interrupted */
	struct campaign campaign = {.jobs = 4,
	                            .faults = values,
	                            .nfaults = sizeof values / sizeof *values,
	                            .expected.enforces = true,
	                            .job = {.seconds = 60}};
	int i = 2;

	if ((argc == 3 || argc == 4) && strcmp(argv[1], "check") == 0) {
		int status = check((int)number("check", argv[2]));

		usleep(argc == 4 ? 1000 * number("check", argv[3]) : 0);
		return status;
	}
	sigaction(SIGALRM, &action, NULL);
	if (argc > 5 && strcmp(argv[1], "at") == 0 && strcmp(argv[4], "--") == 0)
		return at(argv[2], argv[3], argv + 5);
	if (argc < 4 || strcmp(argv[1], "inject") != 0)
		die("inject, at, or check");
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--refuses") == 0)
			campaign.expected.refuses = true;
		else if (strcmp(argv[i], "--supervised") == 0)
			campaign.job.supervised = true;
		else if (strcmp(argv[i], "--observed") == 0)
			observe(&campaign);
		else if (strcmp(argv[i], "--signal") == 0)
			send_signals(&campaign);
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
