/* SPDX-License-Identifier: MIT */
/*
 * signals: sends a signal to a program that is starting, at a random moment, many times, and looks at what becomes of
 * it.
 *
 *   signals [--pid1] [--jobs N] [--seed N] --runs N -- denyinit ... -- faults check ERRNO
 *
 * The signals take turns: TERM, HUP, ALRM, CHLD, STOP followed by CONT; to the program, to its process group, and to
 * the child that it has at that moment. With --pid1 the program is PID 1 of a PID namespace. The moment lies between
 * fork(2) and twice the time that an undisturbed start takes: with others at once it takes longer.
 *
 * Allowed: killed by that very signal, where the signal is sent to it, kills by default, and it is not PID 1 (which the
 * kernel protects); status 0 (the entrypoint saw that it is protected); 125 with a message. Not allowed: fail-open
 * (77), hang (60 s, also after CONT), crash (any other end), stray (a process left over for 5 s). Prints a line for
 * each of these, and the numbers. Exit status 1 if there was one.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_SECONDS 60
#define STRAY_SECONDS 5
#define MEASURED 20
#define EXIT_UNPROTECTED 77
#define EXIT_BROKEN 99

enum target { TARGET_PROGRAM, TARGET_GROUP, TARGET_CHILD, TARGET_COUNT };
static const char *const target_names[TARGET_COUNT] = {"the program", "its group", "its child"};

static const struct {
	const char *name;
	int number;
	bool kills; /* by default */
} signals[] = {
    {"TERM", SIGTERM, true},           {"HUP", SIGHUP, true}, {"ALRM", SIGALRM, true}, {"CHLD", SIGCHLD, false},
    {"STOP and CONT", SIGSTOP, false},
};
#define SIGNALS (sizeof signals / sizeof signals[0])

enum outcome {
	OUTCOME_PROTECTED,
	OUTCOME_REFUSED,
	OUTCOME_KILLED,
	OUTCOME_FAIL_OPEN,
	OUTCOME_HANG,
	OUTCOME_CRASH,
	OUTCOME_STRAY,
	OUTCOME_COUNT,
};
static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_PROTECTED] = "started protected",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_KILLED] = "killed by that signal",
    [OUTCOME_FAIL_OPEN] = "fail-open",
    [OUTCOME_HANG] = "hangs",
    [OUTCOME_CRASH] = "crashes",
    [OUTCOME_STRAY] = "strays",
};

struct plan {
	char **command;
	bool pid1;
	unsigned runs, jobs;
	uint64_t seed;
	long window; /* nanoseconds */
};

struct board {
	unsigned next;
	unsigned counts[OUTCOME_COUNT];
	unsigned children; /* signals that found a child */
};

static _Noreturn void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "signals: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(EXIT_BROKEN);
}

/* splitmix64: the nth number of a seed, whoever asks. */
static uint64_t chance(uint64_t seed, uint64_t n)
{
	uint64_t x = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Without sleeping for most of it: a timer's slack is as long as a start. */
static void pass(long nanoseconds)
{
	long long until = now() + nanoseconds;

	while (now() < until)
		sched_yield();
}

static pid_t begin(const struct plan *plan, int err)
{
	unsigned long flags = SIGCHLD | (plan->pid1 ? CLONE_NEWPID : 0);
	pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
	int null;

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || err < 0 || dup2(err, 2) < 0)
		_exit(EXIT_BROKEN);
	execvp(plan->command[0], plan->command);
	_exit(EXIT_BROKEN);
}

/* The first child, 0 if there is none. */
static pid_t child_of(pid_t pid)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return (pid_t)strtol(text, NULL, 10);
}

/* Ends within so many seconds; the status in *status. */
static bool await(pid_t pid, int *status, int seconds)
{
	long long until = now() + seconds * 1000000000LL;

	for (;;) {
		pid_t ended = waitpid(pid, status, WNOHANG);

		if (ended == pid)
			return true;
		if (ended < 0 && errno != EINTR)
			die("wait: %s", strerror(errno));
		if (now() > until)
			return false;
		usleep(200);
	}
}

/* This process adopts what the program leaves behind. */
static bool none_left(void)
{
	long long until = now() + STRAY_SECONDS * 1000000000LL;

	for (;;) {
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return true;
		if (now() > until)
			break;
		usleep(200);
	}
	for (pid_t child; (child = child_of(getpid())) > 0;) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return false;
}

static bool has_message(const char *text)
{
	const char ending[] = "Not starting (125).\n";
	size_t length = strlen(text);

	return strstr(text, "denyinit: ") && length >= strlen(ending) &&
	       strcmp(text + length - strlen(ending), ending) == 0;
}

static enum outcome outcome_of(int status, const char *text, bool may_die, int sig)
{
	if (WIFSIGNALED(status))
		return may_die && WTERMSIG(status) == sig ? OUTCOME_KILLED : OUTCOME_CRASH;
	switch (WEXITSTATUS(status)) {
	case 0: return OUTCOME_PROTECTED;
	case 125: return has_message(text) ? OUTCOME_REFUSED : OUTCOME_CRASH;
	case EXIT_UNPROTECTED: return OUTCOME_FAIL_OPEN;
	default: return OUTCOME_CRASH;
	}
}

/* Sends, and CONT after STOP. Returns whether it was the program that got it. */
static bool disturb(const struct plan *plan, unsigned run, pid_t pid, struct board *board)
{
	int sig = signals[run % SIGNALS].number;
	enum target target = (enum target)(run / SIGNALS % TARGET_COUNT);
	pid_t to = pid, child;

	/* Of the whole, a half and a quarter of the time: a machine that was busy when it was measured may not be now. */
	pass((long)(chance(plan->seed, 2 * run) % (uint64_t)plan->window) >> (run / SIGNALS / TARGET_COUNT % 3));
	if (target == TARGET_GROUP && getpgid(pid) == pid)
		to = -pid;
	child = target == TARGET_CHILD ? child_of(pid) : 0;
	if (child > 0) {
		to = child;
		__atomic_fetch_add(&board->children, 1, __ATOMIC_RELAXED);
	}
	kill(to, sig); /* ESRCH: a child that is gone. The program cannot be: nobody has waited for it. */
	if (sig == SIGSTOP) {
		pass((long)(chance(plan->seed, 2 * run + 1) % 3000000));
		kill(to, SIGCONT);
	}
	return child == 0;
}

static void one_run(const struct plan *plan, unsigned run, struct board *board)
{
	char text[4096] = "";
	int err = memfd_create("stderr", MFD_CLOEXEC);
	bool hit, ended;
	enum outcome outcome;
	int status = 0;
	pid_t pid = err < 0 ? -1 : begin(plan, err);

	if (pid < 0)
		die("fork: %s", strerror(errno));
	hit = disturb(plan, run, pid, board);
	ended = await(pid, &status, HANG_SECONDS);
	if (!ended) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (pread(err, text, sizeof text - 1, 0) < 0)
		die("stderr: %s", strerror(errno));
	close(err);
	outcome = ended ? outcome_of(status, text, hit && !plan->pid1 && signals[run % SIGNALS].kills,
	                             signals[run % SIGNALS].number)
	                : OUTCOME_HANG;
	if (!none_left() && outcome < OUTCOME_FAIL_OPEN)
		outcome = OUTCOME_STRAY;
	__atomic_fetch_add(&board->counts[outcome], 1, __ATOMIC_RELAXED);
	if (outcome >= OUTCOME_FAIL_OPEN) {
		printf("%s: run %u of seed %llu: %s to %s: wait status %#x: %s\n", outcome_names[outcome], run,
		       (unsigned long long)plan->seed, signals[run % SIGNALS].name,
		       target_names[run / SIGNALS % TARGET_COUNT], (unsigned)status, text[0] ? text : "(no message)\n");
		fflush(stdout);
	}
}

/* How long an undisturbed start takes on an idle machine: the shortest of some, in nanoseconds. */
static long measure(const struct plan *plan)
{
	long long shortest = HANG_SECONDS * 1000000000LL;

	for (unsigned i = 0; i < MEASURED; i++) {
		int status, null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		long long began = now();
		pid_t pid = begin(plan, null);

		if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			die("undisturbed, it does not start protected");
		close(null);
		if (now() - began < shortest)
			shortest = now() - began;
	}
	return (long)shortest;
}

static int campaign(struct plan *plan)
{
	struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned bad = 0;
	long shortest;

	if (board == MAP_FAILED)
		die("no memory");
	shortest = measure(plan);
	plan->window = 2 * shortest;
	for (unsigned i = 0; i < plan->jobs; i++)
		if (fork() == 0) {
			unsigned run;

			prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
			while ((run = __atomic_fetch_add(&board->next, 1, __ATOMIC_RELAXED)) < plan->runs)
				one_run(plan, run, board);
			exit(0);
		}
	for (unsigned i = 0; i < plan->jobs; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			die("a worker ended badly (%#x)", (unsigned)status);
	}
	printf("%u signals%s, a start takes %.1f ms, %u found a child:", plan->runs, plan->pid1 ? " to PID 1" : "",
	       (double)shortest / 1e6, board->children);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		printf("%s %s %u", i ? "," : "", outcome_names[i], board->counts[i]);
		bad += i >= OUTCOME_FAIL_OPEN ? board->counts[i] : 0;
	}
	printf("\n");
	if (board->children == 0 || (!plan->pid1 && board->counts[OUTCOME_KILLED] == 0))
		die("no signal came while it was starting");
	return bad > 0;
}

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
	struct plan plan = {.jobs = 2, .seed = 1};
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--pid1") == 0)
			plan.pid1 = true;
		else if (strcmp(argv[i], "--jobs") == 0)
			plan.jobs = number("--jobs", argv[++i]);
		else if (strcmp(argv[i], "--seed") == 0)
			plan.seed = number("--seed", argv[++i]);
		else if (strcmp(argv[i], "--runs") == 0)
			plan.runs = number("--runs", argv[++i]);
		else
			die("%s: not an option", argv[i]);
	}
	if (i + 1 >= argc || plan.runs == 0 || plan.jobs == 0)
		die("no command, or no runs");
	plan.command = argv + i + 1;
	return campaign(&plan);
}
