/* SPDX-License-Identifier: MIT */
/*
 * supervise_work: what runs under a supervising denyinit in its tests.
 *
 *   supervise_work exit N             ends with this status
 *   supervise_work die N              ends by this signal
 *   supervise_work with [--block N]... [--ignore N]... COMMAND...   in a state that libc would not make: also 32 and 33
 *   supervise_work receive            blocks all signals, says `ready`, then `signal N` for each, to the end of stdin
 *   supervise_work handle             says `ready`; exit status 42 at a signal, 43 at signal 63
 *   supervise_work orphans N          leaves N processes to whoever adopts them, all ending at once; 0: none is left
 *   supervise_work pass               closes descriptor 3, says `closed`, waits for the end of stdin
 *   supervise_work deny [--as NAME,...] [--calls NAME,...] [--times N] ERRNO
 *                                     makes denied calls, under other names; says how many and how long the slowest
 *                                     took (ms); 0: each gave that errno
 *   supervise_work inside             looks at the init that is its parent, process 1: a line for each thing, and how
 *                                     many are wrong; 42: none
 *   supervise_work tty                reads a line of /dev/tty, and says it; says "goes on" when it is continued
 *
 * `ready` is followed by the process's pid, parent, group, and the terminal's foreground group (-1: none).
 * Exit status 99 and a line on stderr if it could not do its work.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

#define EXIT_BROKEN 99
#define EXIT_HANDLED 42
#define EXIT_PROBED 43
#define PROBE 63
#define SIGNAL_MAX 64
#define ORPHANS_SECONDS 30

static _Noreturn void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "supervise_work: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(EXIT_BROKEN);
}

static long number(const char *text)
{
	char *end;
	long value = text ? strtol(text, &end, 10) : 0;

	if (!text || !*text || *end)
		die("%s: not a number", text ? text : "nothing");
	return value;
}

/* What rt_sigaction(2) takes; libc's own keeps 32 and 33 to itself. */
struct raw_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static void set_disposition(int sig, void (*handler)(int))
{
	const struct raw_action action = {.handler = handler};

	if (syscall(SYS_rt_sigaction, sig, &action, NULL, sizeof action.mask) != 0)
		die("rt_sigaction %d: %s", sig, strerror(errno));
}

static void set_mask(int how, uint64_t mask)
{
	if (syscall(SYS_rt_sigprocmask, how, &mask, NULL, sizeof mask) != 0)
		die("rt_sigprocmask: %s", strerror(errno));
}

static uint64_t bit(long sig)
{
	if (sig < 1 || sig > SIGNAL_MAX)
		die("%ld: no signal", sig);
	return UINT64_C(1) << (sig - 1);
}

static void ready(void)
{
	printf("ready %d %d %d %d\n", (int)getpid(), (int)getppid(), (int)getpgrp(), (int)tcgetpgrp(STDIN_FILENO));
	fflush(stdout);
}

static int end_by(long sig)
{
	if (sig != SIGKILL && sig != SIGSTOP)
		set_disposition((int)sig, SIG_DFL);
	set_mask(SIG_UNBLOCK, bit(sig));
	syscall(SYS_kill, getpid(), sig);
	return EXIT_BROKEN; /* it does not kill */
}

static _Noreturn void with(char **words)
{
	for (; *words && strncmp(*words, "--", 2) == 0; words += 2) {
		const long sig = number(words[1]);

		if (strcmp(*words, "--block") == 0)
			set_mask(SIG_BLOCK, bit(sig));
		else if (strcmp(*words, "--ignore") == 0)
			set_disposition((int)sig, SIG_IGN);
		else
			die("%s: not an option", *words);
	}
	/* there is a word: NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	execvp(*words, words);
	die("%s: %s", *words, strerror(errno));
}

static bool tell_signals(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		printf("signal %u\n", info.ssi_signo);
	fflush(stdout);
	return errno == EAGAIN;
}

static int receive(void)
{
	const uint64_t all = ~UINT64_C(0);
	int fd;

	set_mask(SIG_SETMASK, all);
	fd = (int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd4: %s", strerror(errno));
	ready();
	for (;;) {
		struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
		char bytes[256];
		ssize_t length;

		if (poll(fds, 2, -1) < 0)
			die("poll: %s", strerror(errno));
		if (fds[0].revents && !tell_signals(fd))
			die("signalfd: %s", strerror(errno));
		if (!fds[1].revents)
			continue;
		length = read(STDIN_FILENO, bytes, sizeof bytes);
		if (length < 0) /* EIO: not in the foreground of its terminal */
			printf("stdin %s\n", errno == EIO ? "EIO" : strerror(errno));
		if (length <= 0)
			return tell_signals(fd) ? 0 : EXIT_BROKEN;
		printf("typed %.*s", (int)length, bytes);
		fflush(stdout);
	}
}

static void on_signal(int sig)
{
	_exit(sig == PROBE ? EXIT_PROBED : EXIT_HANDLED);
}

static _Noreturn void handle(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigfillset(&action.sa_mask);
	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		if (sig != SIGCHLD && sig != SIGCONT && sig != SIGWINCH && sig != SIGURG)
			(void)sigaction(sig, &action, NULL); /* not all can be */
	ready();
	for (;;)
		pause();
}

/* The machine's own PID namespace has the kernel's threads: children of process 2. */
static bool is_kernels(const char *stat)
{
	static int has_threads = -1;
	char name[16] = "";
	const char *state = strstr(stat, ") ");
	int fd;

	if (has_threads < 0) {
		fd = open("/proc/2/comm", O_RDONLY | O_CLOEXEC);
		has_threads = fd >= 0 && read(fd, name, sizeof name - 1) > 0 && strcmp(name, "kthreadd\n") == 0;
		if (fd >= 0)
			close(fd);
	}
	return has_threads && state && (strtol(stat, NULL, 10) == 2 || strtol(state + 3, NULL, 10) == 2);
}

/* Processes but for PID 1 and this one; and how many of them are zombies. */
static unsigned others(unsigned *zombies)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned count = 0;

	if (!proc)
		die("/proc: %s", strerror(errno));
	*zombies = 0;
	while ((entry = readdir(proc)) != NULL) {
		char path[300], text[256] = "";
		int fd;

		if (!isdigit((unsigned char)*entry->d_name) || strtol(entry->d_name, NULL, 10) == 1 ||
		    strtol(entry->d_name, NULL, 10) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strstr(text, ") Z "))
			++*zombies;
		if (fd >= 0)
			close(fd);
		count += !is_kernels(text);
	}
	closedir(proc);
	return count;
}

static void leave_orphan(int gate[2])
{
	pid_t pid = fork();
	char byte;

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0) {
		if (waitpid(pid, NULL, 0) != pid)
			die("waitpid: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		_exit(0);
	close(gate[1]);
	(void)!read(gate[0], &byte, 1); /* to its end */
	_exit(0);
}

static int orphans(long count)
{
	time_t until;
	unsigned left, zombies;
	int gate[2];

	if (pipe(gate) != 0)
		die("pipe: %s", strerror(errno));
	for (long i = 0; i < count; i++)
		leave_orphan(gate);
	left = others(&zombies);
	if ((long)left < count)
		die("%u of %ld orphans are there", left, count);
	close(gate[1]);
	until = time(NULL) + ORPHANS_SECONDS;
	do {
		left = others(&zombies);
		usleep(1000);
	} while (left > 0 && (zombies < left || getpid() != 1) &&
	         time(NULL) < until); /* who is PID 1 waits for nobody */
	printf("left %u, zombies %u\n", left, zombies);
	return left > 0;
}

static int pass(void)
{
	char byte;

	close(3);
	printf("closed %d\n", (int)getppid());
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static long number_of(const char *name)
{
	for (int i = 0; i < CALL_COUNT; i++)
		if (strcmp(call_table[i].name, name) == 0)
			return call_table[i].native;
	return number(name);
}

/* Arguments with which no such call could do anything. */
static bool gives(const char *call, long wanted, double *slowest)
{
	const double before = now_ms();
	const long result = syscall(number_of(call), -1L, -1L, -1L, -1L, -1L, 0L);
	const int error = errno;
	const double took = now_ms() - before;

	if (took > *slowest)
		*slowest = took;
	if (result == -1 && error == wanted)
		return true;
	printf("%s: %ld, errno %d\n", call, result, error);
	return false;
}

static int deny(char **words)
{
	char *names = NULL, *calls = strdup("mount"), *call, *name, *state;
	double slowest = 0;
	long times = 1, wrong = 0, made = 0, wanted;

	/* it ends soon: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	for (; *words && strncmp(*words, "--", 2) == 0 && words[1]; words += 2) {
		if (strcmp(*words, "--as") == 0)
			names = words[1];
		else if (strcmp(*words, "--calls") == 0)
			calls = words[1];
		else if (strcmp(*words, "--times") == 0)
			times = number(words[1]);
		else
			die("%s: not an option", *words);
	}
	wanted = number(*words);
	name = names ? strtok_r(names, ",", &state) : NULL;
	do {
		if (name)
			prctl(PR_SET_NAME, name, 0, 0, 0);
		for (long i = 0; i < times; i++) {
			char *copy = strdup(calls), *at = NULL;

			for (call = strtok_r(copy, ",", &at); call; call = strtok_r(NULL, ",", &at), made++)
				wrong += !gives(call, wanted, &slowest);
			free(copy);
		}
		name = name ? strtok_r(NULL, ",", &state) : NULL;
	} while (name);
	printf("made %ld, wrong %ld, slowest %.0f\n", made, wrong, slowest);
	return wrong > 0;
}

/* ---- inside ---- */

static unsigned things, wrong_things;

__attribute__((format(printf, 3, 4))) static void look(bool right, const char *what, const char *format, ...)
{
	va_list arguments;

	things++;
	wrong_things += !right;
	printf("%s: %s", what, right ? "right" : "wrong: ");
	va_start(arguments, format);
	if (!right)
		vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
}

/* A line of /proc/PID/status behind its name; "": there is none. */
static void status_line(const char *pid, const char *name, char value[64])
{
	char path[64], line[256];
	FILE *file;

	value[0] = '\0';
	snprintf(path, sizeof path, "/proc/%s/status", pid);
	file = fopen(path, "r");
	if (!file)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			sscanf(line + strlen(name) + 1, "%63s", value);
	fclose(file);
}

/* Each signal that can be passed on is sent to the init, and comes once. */
static void look_at_signals(int wait_ms)
{
	static const int not_passed[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS,
	                                 SIGILL,  SIGFPE,  SIGSYS,  SIGTRAP, SIGABRT};
	const uint64_t all = ~UINT64_C(0);
	int fd = (int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC | SFD_NONBLOCK), sent = 0, came = 0,
	    last = 0;

	set_mask(SIG_SETMASK, all);
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		struct signalfd_siginfo info;
		bool passed = true;

		for (size_t i = 0; i < sizeof not_passed / sizeof *not_passed; i++)
			passed = passed && not_passed[i] != sig;
		if (!passed)
			continue;
		sent++;
		if (kill(getppid(), sig) != 0 || poll(&poll_fd, 1, wait_ms) != 1 ||
		    read(fd, &info, sizeof info) != (ssize_t)sizeof info || (int)info.ssi_signo != sig)
			last = sig;
		else
			came++;
	}
	look(sent == came && sent == 54, "signals", "%d of %d came, not %d", came, sent, last);
	close(fd);
}

static int inside(int wait_ms)
{
	char value[64], before[64];

	look(getppid() == 1, "parent", "%d", (int)getppid());
	look(getpgrp() == getpid(), "group", "%d", (int)getpgrp());
	status_line("self", "SigBlk", value);
	look(strspn(value, "0") == strlen(value), "blocked signals", "%s", value);
	status_line("self", "SigIgn", value);
	look(strspn(value, "0") == strlen(value), "ignored signals", "%s", value);
	look(fcntl(3, F_GETFD) < 0, "descriptors", "3 is open");
	look_at_signals(wait_ms);
	look(orphans(300) == 0, "orphans", "some are left");
	status_line("1", "voluntary_ctxt_switches", before);
	usleep(1500000); /* nothing is to happen */
	status_line("1", "voluntary_ctxt_switches", value);
	look(strcmp(before, value) == 0, "idle", "%s wake-ups, then %s", before, value);
	printf("inside: %u things, %u wrong\n", things, wrong_things);
	return wrong_things > 0 ? 1 : EXIT_HANDLED;
}

/* A shell prints a job's words before it gives it the terminal, and continues it after. */
static void say_again(int signal)
{
	(void)signal;
	(void)!write(STDOUT_FILENO, "goes on\n", 8);
}

static int read_tty(void)
{
	const struct sigaction action = {.sa_handler = say_again, .sa_flags = SA_RESTART};
	FILE *tty = fopen("/dev/tty", "r+");
	char line[100];

	if (sigaction(SIGCONT, &action, NULL) != 0)
		die("sigaction: %s", strerror(errno));

	if (!tty)
		die("/dev/tty: %s", strerror(errno));
	ready();
	if (!fgets(line, sizeof line, tty))
		die("/dev/tty: %s", strerror(errno));
	printf("read %s", line);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "exit") == 0)
		_exit((int)number(argv[2]));
	if (strcmp(what, "die") == 0)
		return end_by(number(argv[2]));
	if (strcmp(what, "with") == 0)
		with(argv + 2);
	if (strcmp(what, "receive") == 0)
		return receive();
	if (strcmp(what, "handle") == 0)
		handle();
	if (strcmp(what, "orphans") == 0)
		return orphans(number(argv[2]));
	if (strcmp(what, "pass") == 0)
		return pass();
	if (strcmp(what, "deny") == 0)
		return deny(argv + 2);
	if (strcmp(what, "inside") == 0)
		return inside(argc > 2 ? (int)number(argv[2]) : 10000);
	if (strcmp(what, "tty") == 0)
		return read_tty();
	die("%s: not known", what);
}
