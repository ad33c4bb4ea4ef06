/* SPDX-License-Identifier: MIT */
/*
 * supervise_drive: what happens around a supervising denyinit in its tests. COMMAND is a denyinit with a command of
 * supervise_work, or that command alone, which is the control.
 *
 *   supervise_drive forward [--pid1] [--except N]... -- COMMAND...
 *       COMMAND ends in `supervise_work receive`. Each signal that can be passed on is sent to it, and awaited; then
 *       all of them while it is stopped, real-time ones three times. Says what came not as often as it should.
 *   supervise_drive storm [--pid1] [--jobs N] [--seed N] --runs N -- COMMAND...
 *       COMMAND ends in `supervise_work handle`. One signal at a random moment of its start, many times. What may become
 *       of it: the program itself dies of it (which no PID 1 does); the command does, by default (status 128 + N); its
 *       handler is called (42). Else it is lost (the probe that is sent after it comes alone, 43): allowed only to PID
 *       1, and only if it was not blocked yet when it was sent. Says how many there were of each.
 *   supervise_drive stderr KIND -- COMMAND...
 *       stderr is a full `pipe` or `socket` that nobody reads, or one with `room` for some lines, a `tty` stopped by
 *       ^S, a pipe whose reader is `gone`, /dev/`full`, or `closed`. When COMMAND has ended: what was written there.
 *   supervise_drive eof -- COMMAND...
 *       COMMAND ends in `supervise_work pass`. Descriptor 3 is a socket; says whether its peer sees the end of it.
 *   supervise_drive pty [--background] [--no-control] [--stdin FILE] [--patience SECONDS] STEP... -- COMMAND...
 *       COMMAND on a terminal, its controlling one; in the background of another process group; only open. STEPs:
 *       await:TEXT, type:TEXT (^X for control characters), size:ROWS, kill:N (to COMMAND). Then the end of COMMAND is
 *       awaited, and what the terminal showed is said, and its foreground group: `the first`, or not.
 *   supervise_drive kill-early [--runs N] -- COMMAND...
 *       COMMAND is killed (SIGKILL) at random moments of its start; says how many left a process behind that does not end.
 *
 * Exit status: 0, 1 if something was not as it should be, 99 if it could not be found out; of stderr and pty COMMAND's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define EXIT_BROKEN 99
#define EXIT_HANDLED 42
#define EXIT_PROBED 43
#define PROBE 63
#define SIGNAL_MAX 64
static long seconds = 20; /* what takes longer hangs; a busy machine does not take so long */
#define MEASURED 15
#define TEXT_MAX 65536

static unsigned kill_all_left(void);

static _Noreturn void die(const char *format, ...)
{
	va_list arguments;

	(void)kill_all_left();
	fprintf(stderr, "supervise_drive: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(EXIT_BROKEN);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = text ? strtoul(text, &end, 10) : 0;

	if (!text || !*text || *end)
		die("%s: not a number", text ? text : "nothing");
	return value;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- COMMAND ---- */

struct program {
	pid_t pid;
	int in, out; /* to its stdin, from its stdout */
	char text[TEXT_MAX];
	size_t length;
};

static int wait_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void start(struct program *program, char **command, bool pid1)
{
	const unsigned long flags = SIGCHLD | (pid1 ? CLONE_NEWPID : 0);
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		die("pipe2: %s", strerror(errno));
	program->length = 0;
	program->text[0] = '\0';
	program->pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
	if (program->pid < 0)
		die("clone: %s", strerror(errno));
	if (program->pid == 0) {
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0)
			_exit(EXIT_BROKEN);
		execvp(command[0], command);
		_exit(EXIT_BROKEN);
	}
	close(in[0]);
	close(out[1]);
	program->in = in[1];
	program->out = out[0];
}

/* Until the text has this. False: it ended before, or hangs. */
static bool await_text(struct program *program, const char *text, size_t *at)
{
	const long long until = now() + seconds * 1000000000LL;
	const char *found;

	while (!(found = strstr(program->text + *at, text))) {
		struct pollfd fd = {.fd = program->out, .events = POLLIN};
		const long long left = until - now();
		ssize_t length;

		if (left <= 0 || program->length >= TEXT_MAX - 1 || poll(&fd, 1, (int)(left / 1000000) + 1) < 0)
			return false;
		if (!fd.revents)
			continue;
		length = read(program->out, program->text + program->length, TEXT_MAX - 1 - program->length);
		if (length <= 0)
			return false;
		for (ssize_t i = 0; i < length; i++) /* a terminal may show a NUL */
			if (!program->text[program->length + (size_t)i])
				program->text[program->length + (size_t)i] = '0';
		program->length += (size_t)length;
		program->text[program->length] = '\0';
	}
	*at = (size_t)(found - program->text) + strlen(text);
	return true;
}

static void await_ready(struct program *program, size_t *at)
{
	if (!await_text(program, "ready ", at) || !await_text(program, "\n", at))
		die("COMMAND does not become ready; it said: %s", program->text);
}

/* Its wait status; -1: it hangs. */
static int await_end(const struct program *program)
{
	const long long until = now() + seconds * 1000000000LL;
	int status;

	for (;;) {
		pid_t ended = waitpid(program->pid, &status, WNOHANG);

		if (ended == program->pid)
			return status;
		if (ended < 0)
			die("waitpid: %s", strerror(errno));
		if (now() > until)
			return -1;
		usleep(100);
	}
}

static pid_t first_child(pid_t pid)
{
	char path[64], text[64] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	return (pid_t)strtol(text, NULL, 10);
}

/* This process is a subreaper: what is left has become its child. */
static unsigned kill_all_left(void)
{
	unsigned count = 0;
	pid_t child;

	while ((child = first_child(getpid())) > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		count++;
	}
	return count;
}

static void finish(struct program *program)
{
	close(program->in);
	close(program->out);
}

/* ---- forward ---- */

static const int not_forwarded[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS,
                                    SIGILL,  SIGFPE,  SIGSYS,  SIGTRAP, SIGABRT};

static bool is_forwarded(int sig, uint64_t except)
{
	for (size_t i = 0; i < sizeof not_forwarded / sizeof *not_forwarded; i++)
		if (not_forwarded[i] == sig)
			return false;
	return !((except >> (sig - 1)) & 1);
}

static bool is_stopping(int sig)
{
	return sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static unsigned count_lines(const char *text, int sig)
{
	char line[32];
	unsigned count = 0;

	snprintf(line, sizeof line, "signal %d\n", sig);
	for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
		count++;
	return count;
}

static int forward(char **command, bool pid1, uint64_t except)
{
	struct program program;
	unsigned wrong = 0, sent = 0;
	size_t at = 0;
	int status;

	start(&program, command, pid1);
	await_ready(&program, &at);
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		char line[32];

		if (!is_forwarded(sig, except))
			continue;
		snprintf(line, sizeof line, "signal %d\n", sig);
		sent++;
		if (kill(program.pid, sig) != 0 || !await_text(&program, line, &at)) {
			printf("signal %d does not come\n", sig);
			if (wrong++ > 0) /* each takes its time */
				die("and others do not");
		}
	}
	at = program.length;
	if (kill(program.pid, SIGSTOP) != 0)
		die("kill: %s", strerror(errno));
	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		for (int times = sig >= 34 ? 3 : 1; is_forwarded(sig, except) && times > 0; times--) {
			if (sig == SIGCONT || is_stopping(sig)) /* those that stop are forgotten at SIGCONT */
				continue;
			(void)kill(program.pid, sig);
			sent++;
		}
	(void)kill(program.pid, SIGCONT);
	sent++;
	if (!await_text(&program, "signal 63\nsignal 63\nsignal 63\n", &at))
		printf("signal 63 does not come three times\n");
	close(program.in);
	status = await_end(&program);
	(void)await_text(&program, "the end of it", &at); /* reads on to the end */
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		const unsigned count = count_lines(program.text, sig), wanted = is_stopping(sig) ? 1
		                                                                : sig >= 34      ? 4
		                                                                                 : 2;

		if (is_forwarded(sig, except) ? count == wanted : count == 0)
			continue;
		printf("signal %d came %u times\n", sig, count);
		wrong++;
	}
	printf("%u sent, %u wrong, status %d\n", sent, wrong, status < 0 ? -1 : wait_status(status));
	return wrong > 0 || status != 0;
}

/* ---- storm ---- */

static const int thrown[] = {SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGALRM, SIGQUIT, SIGPIPE,
                             SIGXFSZ, SIGIO,  SIGPWR, 32,      34,      50};
#define THROWN (sizeof thrown / sizeof *thrown)

enum outcome { DIED, BY_DEFAULT, HANDLED, EARLY, LOST, HANGS, OTHER, OUTCOMES };
static const char *const outcomes[OUTCOMES] = {
    [DIED] = "the program died of it",
    [BY_DEFAULT] = "the command died of it",
    [HANDLED] = "handled",
    [EARLY] = "PID 1 not yet there",
    [LOST] = "lost",
    [HANGS] = "hangs",
    [OTHER] = "other",
};

struct plan {
	char **command;
	bool pid1;
	unsigned runs, jobs;
	uint64_t seed;
	long long window;
};

struct board {
	unsigned next, counts[OUTCOMES];
};

/* splitmix64: the nth number of a seed, whoever asks. */
static uint64_t chance(uint64_t seed, uint64_t n)
{
	uint64_t x = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Without sleeping: a timer's slack is as long as a start. */
static void pass(long long nanoseconds)
{
	const long long until = now() + nanoseconds;

	while (now() < until)
		sched_yield();
}

static bool has_blocked(pid_t pid, int sig)
{
	char path[64], text[4096] = "";
	const char *line;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	line = strstr(text, "\nSigBlk:");
	return line && (strtoull(line + 8, NULL, 16) >> (sig - 1)) & 1;
}

static enum outcome outcome_of(int status, int sig, bool pid1, bool blocked)
{
	if (status < 0)
		return HANGS;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == sig && !pid1 ? DIED : OTHER;
	if (WEXITSTATUS(status) == EXIT_HANDLED)
		return HANDLED;
	if (WEXITSTATUS(status) == 128 + sig)
		return BY_DEFAULT;
	if (WEXITSTATUS(status) == EXIT_PROBED)
		return pid1 && !blocked ? EARLY : LOST;
	return OTHER;
}

static void throw_one(const struct plan *plan, unsigned run, struct board *board)
{
	static struct program program; /* large */
	const int sig = thrown[run % THROWN];
	enum outcome outcome;
	size_t at = 0;
	bool blocked;
	int status;

	start(&program, plan->command, plan->pid1);
	pass((long long)(chance(plan->seed, run) % (uint64_t)plan->window) >> (run / THROWN % 3));
	blocked = has_blocked(program.pid, sig);
	kill(program.pid, sig); /* it cannot be gone: nobody has waited for it */
	if (await_text(&program, "ready ", &at))
		kill(program.pid, PROBE);
	status = await_end(&program);
	if (status < 0) {
		kill(program.pid, SIGKILL);
		waitpid(program.pid, NULL, 0);
	}
	finish(&program);
	(void)kill_all_left(); /* a program that died of it before it divided has left none; else its command */
	outcome = outcome_of(status, sig, plan->pid1, blocked);
	__atomic_fetch_add(&board->counts[outcome], 1, __ATOMIC_RELAXED);
	if (outcome < LOST)
		return;
	printf("%s: run %u of seed %llu: signal %d%s: wait status %#x; it said: %s\n", outcomes[outcome], run,
	       (unsigned long long)plan->seed, sig, blocked ? " (blocked then)" : "", (unsigned)status, program.text);
	fflush(stdout);
}

/* From the beginning until it is ready, on an idle machine: the shortest of some. */
static long long measure(char **command, bool pid1)
{
	long long shortest = seconds * 1000000000LL;

	for (unsigned i = 0; i < MEASURED; i++) {
		static struct program program;
		const long long began = now();
		size_t at = 0;

		start(&program, command, pid1);
		if (!await_text(&program, "ready", &at))
			die("undisturbed, COMMAND does not become ready");
		if (now() - began < shortest)
			shortest = now() - began;
		kill(program.pid, PROBE);
		if (await_end(&program) != EXIT_PROBED << 8)
			die("undisturbed, COMMAND does not get the probe");
		finish(&program);
	}
	return shortest;
}

/* `jobs` processes, each of which does one after another. */
static void share_out(const struct plan *plan, struct board *board,
                      void (*one)(const struct plan *, unsigned, struct board *))
{
	fflush(stdout);
	for (unsigned i = 0; i < plan->jobs; i++)
		if (fork() == 0) {
			unsigned run;

			prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
			while ((run = __atomic_fetch_add(&board->next, 1, __ATOMIC_RELAXED)) < plan->runs)
				one(plan, run, board);
			exit(0);
		}
	for (unsigned i = 0; i < plan->jobs; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			die("a worker ended badly (%#x)", (unsigned)status);
	}
}

static struct board *new_board(void)
{
	struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		die("no memory");
	return board;
}

static int storm(struct plan *plan)
{
	struct board *board = new_board();
	const long long shortest = measure(plan->command, plan->pid1);

	plan->window = shortest * 3 / 2;
	share_out(plan, board, throw_one);
	printf("%u signals%s, ready after %.1f ms:", plan->runs, plan->pid1 ? " to PID 1" : "", (double)shortest / 1e6);
	for (int i = 0; i < OUTCOMES; i++)
		printf("%s %s %u", i ? "," : "", outcomes[i], board->counts[i]);
	printf("\n");
	if (board->counts[HANDLED] == 0 || (!plan->pid1 && board->counts[DIED] == 0))
		die("the moments do not cover a start");
	return board->counts[LOST] + board->counts[HANGS] + board->counts[OTHER] > 0;
}

/* ---- kill-early ---- */

static void kill_one(const struct plan *plan, unsigned run, struct board *board)
{
	static struct program program;
	long long until;
	pid_t left;

	start(&program, plan->command, false);
	pass((long long)(chance(plan->seed, run) % (uint64_t)plan->window));
	kill(program.pid, SIGKILL);
	waitpid(program.pid, NULL, 0);
	finish(&program);
	/* What is left ends by itself, or is the command, which has its stdin's end. */
	until = now() + 5 * 1000000000LL;
	while ((left = first_child(getpid())) > 0 && now() < until) {
		if (waitpid(-1, NULL, WNOHANG) <= 0)
			usleep(200);
	}
	__atomic_fetch_add(&board->counts[left > 0 ? HANGS : DIED], 1, __ATOMIC_RELAXED);
	(void)kill_all_left();
}

static int kill_early(struct plan *plan)
{
	struct board *board = new_board();

	plan->window = 12 * 1000000;
	share_out(plan, board, kill_one);
	printf("%u killed, %u left something behind\n", plan->runs, board->counts[HANGS]);
	return board->counts[HANGS] > 0;
}

/* ---- stderr ---- */

static void fill(int fd, size_t leave)
{
	const int flags = fcntl(fd, F_GETFL);
	char bytes[4096];

	memset(bytes, 'x', sizeof bytes);
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		die("fcntl: %s", strerror(errno));
	while (leave == 0 && write(fd, bytes, sizeof bytes) > 0)
		;
	while (leave == 0 && write(fd, bytes, 1) > 0)
		;
	if (fcntl(fd, F_SETFL, flags) < 0)
		die("fcntl: %s", strerror(errno));
}

static int open_pty(int *subordinate)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		die("no terminal: %s", strerror(errno));
	*subordinate = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*subordinate < 0)
		die("%s: %s", ptsname(master), strerror(errno));
	return master;
}

/* The two ends of what stderr shall be: *ours is kept and not read; -1: there is none. */
static int make_stderr(const char *kind, int *ours)
{
	int ends[2] = {-1, -1};

	*ours = -1;
	/* a kind is always given: NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	if (strcmp(kind, "closed") == 0)
		return -1;
	if (strcmp(kind, "full") == 0)
		return open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (strcmp(kind, "tty") == 0) {
		*ours = open_pty(&ends[1]);
		if (tcflow(ends[1], TCOOFF) != 0)
			die("tcflow: %s", strerror(errno));
		return ends[1];
	}
	if (strcmp(kind, "socket") == 0 ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0
	                                : pipe2(ends, O_CLOEXEC) != 0)
		die("%s: %s", kind, strerror(errno));
	if (strcmp(kind, "room") == 0)
		(void)fcntl(ends[1], F_SETPIPE_SZ, 8192);
	else if (strcmp(kind, "gone") != 0)
		fill(ends[1], 0);
	if (strcmp(kind, "gone") == 0)
		close(ends[0]);
	else
		*ours = ends[0];
	return ends[1];
}

/* What is there now, but for what it was filled with. */
static void tell_rest(int fd)
{
	char bytes[4096];
	ssize_t length;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	printf("stderr:\n");
	while ((length = read(fd, bytes, sizeof bytes)) > 0)
		for (ssize_t i = 0; i < length; i++)
			if (bytes[i] != 'x' || (i > 0 && bytes[i - 1] != 'x')) /* the filling has no other letters */
				putchar(bytes[i]);
}

static int with_stderr(const char *kind, char **command)
{
	int ours, theirs = make_stderr(kind, &ours), status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (theirs < 0)
			close(STDERR_FILENO);
		else if (dup2(theirs, STDERR_FILENO) < 0)
			_exit(EXIT_BROKEN);
		execvp(command[0], command);
		_exit(EXIT_BROKEN);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork, waitpid: %s", strerror(errno));
	if (ours >= 0 && strcmp(kind, "tty") != 0)
		tell_rest(ours);
	return wait_status(status);
}

/* ---- eof ---- */

static int see_end(char **command)
{
	static struct program program;
	struct pollfd fd = {.events = POLLIN};
	int ends[2], status;
	char byte;
	size_t at = 0;
	bool ended;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		die("socketpair: %s", strerror(errno));
	if (ends[0] == 3) {
		int moved = fcntl(ends[0], F_DUPFD_CLOEXEC, 10);

		close(ends[0]);
		ends[0] = moved;
	}
	if (ends[1] != 3) {
		if (dup2(ends[1], 3) != 3)
			die("dup2: %s", strerror(errno));
		close(ends[1]);
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	start(&program, command, false);
	close(3);
	if (!await_text(&program, "closed ", &at))
		die("COMMAND does not say that it has closed it: %s", program.text);
	fd.fd = ends[0];
	ended = poll(&fd, 1, 5000) == 1 && read(ends[0], &byte, 1) == 0;
	printf("%s\n", ended ? "the end is seen" : "no end is seen in 5 s");
	close(program.in);
	status = await_end(&program);
	return !ended || status != 0;
}

/* ---- pty ---- */

static const char *unescaped(const char *text, char *bytes)
{
	char *to = bytes;

	for (; *text; text++)
		*to++ = text[0] == '^' && text[1] ? (char)(*++text & 0x1f) : *text;
	*to = '\0';
	return bytes;
}

struct terminal {
	bool background, control;
	const char *stdin_file;
	int subordinate;
};

/* In the child: the command's place on the terminal. */
static _Noreturn void take_place(const struct terminal *t, char **command, int report, int hold[2])
{
	const int tty = t->subordinate;
	int in = t->stdin_file ? open(t->stdin_file, O_RDONLY) : tty;
	pid_t pid = getpid();
	int status;

	if (setsid() < 0 || (t->control && ioctl(tty, TIOCSCTTY, 0) != 0))
		_exit(EXIT_BROKEN);
	if (dup2(in, 0) < 0 || dup2(tty, 1) < 0 || dup2(tty, 2) < 0)
		_exit(EXIT_BROKEN);
	if (t->background) {
		pid = fork();
		if (pid == 0)
			setpgid(0, 0);
	}
	if (t->background ? pid == 0 : true) {
		if (!t->background)
			(void)!write(report, &pid, sizeof pid);
		execvp(command[0], command);
		_exit(EXIT_BROKEN);
	}
	setpgid(pid, pid);
	signal(SIGHUP, SIG_IGN);
	(void)!write(report, &pid, sizeof pid);
	waitpid(pid, &status, 0);
	close(hold[1]);
	(void)!read(hold[0], &pid, 1); /* to its end: without a leader the terminal is nobody's */
	_exit(wait_status(status));
}

static void step(struct program *program, const char *step, pid_t command, size_t *at)
{
	const char *value = strchr(step, ':');
	char bytes[256];

	if (!value++)
		die("%s: no step", step);
	if (strncmp(step, "await:", 6) == 0) {
		if (!await_text(program, value, at))
			die("%s: does not come; there was: %s", step, program->text);
	} else if (strncmp(step, "type:", 5) == 0) {
		unescaped(value, bytes);
		if (write(program->in, bytes, strlen(bytes)) != (ssize_t)strlen(bytes))
			die("%s: %s", step, strerror(errno));
	} else if (strncmp(step, "size:", 5) == 0) {
		const struct winsize size = {.ws_row = (unsigned short)number(value), .ws_col = 80};

		if (ioctl(program->in, TIOCSWINSZ, &size) != 0)
			die("%s: %s", step, strerror(errno));
	} else if (strncmp(step, "kill:", 5) == 0) {
		if (kill(command, (int)number(value)) != 0)
			die("%s: %s", step, strerror(errno));
	} else {
		die("%s: no step", step);
	}
}

static int pty(char **words)
{
	static struct program program;
	struct terminal t = {.control = true};
	char **first, **command;
	int report[2], hold[2], status;
	pid_t pid, foreground = 0;
	size_t at = 0;

	for (; *words && strncmp(*words, "--", 2) == 0 && strcmp(*words, "--") != 0; words++) {
		if (strcmp(*words, "--background") == 0)
			t.background = true;
		else if (strcmp(*words, "--no-control") == 0)
			t.control = false;
		else if (strcmp(*words, "--stdin") == 0)
			t.stdin_file = *++words;
		else if (strcmp(*words, "--patience") == 0)
			seconds = (long)number(*++words);
		else
			die("%s: not an option", *words);
	}
	first = words;
	while (*words && strcmp(*words, "--") != 0)
		words++;
	if (!*words || !words[1])
		die("no COMMAND");
	command = words + 1;
	program.in = program.out = open_pty(&t.subordinate);
	if (pipe2(report, O_CLOEXEC) != 0 || pipe2(hold, O_CLOEXEC) != 0)
		die("pipe2: %s", strerror(errno));
	program.pid = fork();
	if (program.pid == 0)
		take_place(&t, command, report[1], hold);
	close(report[1]);
	if (program.pid < 0 || read(report[0], &pid, sizeof pid) != (ssize_t)sizeof pid)
		die("no COMMAND: %s", strerror(errno));
	for (; first < words; first++)
		step(&program, *first, pid, &at);
	(void)ioctl(program.in, TIOCGPGRP, &foreground); /* of a terminal that controls nobody: ENOTTY */
	close(hold[1]);
	status = await_end(&program);
	close(t.subordinate);
	(void)await_text(&program, "the end of it", &at);
	printf("%s\nforeground: %s\n", program.text, foreground == program.pid ? "the first" : "another");
	if (status < 0)
		die("COMMAND does not end");
	return wait_status(status);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *kind = NULL;
	struct plan plan = {.jobs = 2, .seed = 1, .runs = 200};
	uint64_t except = 0;
	int i = 2;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (strcmp(what, "pty") == 0)
		return pty(argv + 2);
	if (strcmp(what, "stderr") == 0)
		kind = argv[i++];
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--pid1") == 0)
			plan.pid1 = true;
		else if (strcmp(argv[i], "--jobs") == 0)
			plan.jobs = (unsigned)number(argv[++i]);
		else if (strcmp(argv[i], "--seed") == 0)
			plan.seed = number(argv[++i]);
		else if (strcmp(argv[i], "--runs") == 0)
			plan.runs = (unsigned)number(argv[++i]);
		else if (strcmp(argv[i], "--except") == 0)
			except |= UINT64_C(1) << (number(argv[++i]) - 1);
		else
			die("%s: not an option", argv[i]);
	}
	if (i + 1 >= argc || plan.runs == 0 || plan.jobs == 0)
		die("no COMMAND, or no runs");
	plan.command = argv + i + 1;
	if (strcmp(what, "forward") == 0)
		return forward(plan.command, plan.pid1, except);
	if (strcmp(what, "storm") == 0)
		return storm(&plan);
	if (strcmp(what, "kill-early") == 0)
		return kill_early(&plan);
	if (strcmp(what, "stderr") == 0)
		return with_stderr(kind, plan.command);
	if (strcmp(what, "eof") == 0)
		return see_end(plan.command);
	die("%s: not known", what);
}
