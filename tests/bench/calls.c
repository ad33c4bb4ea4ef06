/* SPDX-License-Identifier: MIT */
/*
 * calls: what an allowed system call costs, under one filter and another.
 *
 *   calls measure CPU ROUNDS GENERATIONS CALL... <PLAN
 *   calls under FILE COMMAND...    becomes COMMAND under a filter: its instructions as in FILE (as `bwrap --seccomp` takes
 *                                  them), or, as FILE, `one`: a single one that allows
 *   calls serve                    what COMMAND is: makes calls as it is told on stdin, and answers with the time
 *
 * A line of the plan: NAME, COMMAND, ARGUMENT..., separated by tabs; COMMAND ends in `calls serve`. One process for each line
 * lives at the same time; in each round each of them makes a batch of each call, in random order. They are started anew in
 * each generation: where a process's pages lie makes some difference too.
 *
 * A line of JSON for each name and call; nanoseconds for one call. ratio: of the median to that of the second name (the plan
 * has the bare one first and `one` second); low and high: the least and the greatest ratio of the generations.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/sample.h"

#define NAMES_MAX 24
#define ROOM 20000 /* rounds of all generations */
#define INSTRUCTIONS_MAX 4096

/* --- The calls. Each returns false if it did not do what it does where nothing is denied. ----------------------------- */

static int zero = -1, pipe_end = -1;

static bool call_getppid(void)
{
	return syscall(SYS_getppid) > 0;
}

static bool call_read(void)
{
	char byte;

	return syscall(SYS_read, zero, &byte, 1) == 1;
}

static bool call_openat(void)
{
	const long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && syscall(SYS_close, fd) == 0;
}

static bool call_ioctl(void)
{
	int bytes;

	return syscall(SYS_ioctl, pipe_end, FIONREAD, &bytes) == 0;
}

static int child(void *unused)
{
	(void)unused;
	_exit(0);
}

static bool call_clone(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	const pid_t pid = clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static const struct call {
	const char *name;
	bool (*make)(void);
	uint32_t batch;
} calls[] = {
    {"getppid", call_getppid, 10000}, {"read", call_read, 5000}, {"openat", call_openat, 1000},
    {"ioctl", call_ioctl, 5000},      {"clone", call_clone, 40},
};

#define CALLS (sizeof calls / sizeof *calls)

/* --- serve --------------------------------------------------------------------------------------------------------------- */

static void serve(void)
{
	int ends[2];
	uint32_t which;

	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (zero < 0 || pipe2(ends, O_CLOEXEC) != 0)
		sample_die("serve: %s", strerror(errno));
	pipe_end = ends[0];
	while (read(STDIN_FILENO, &which, sizeof which) == (ssize_t)sizeof which) {
		double start, end;

		if (which >= CALLS)
			sample_die("serve: no such call");
		(void)calls[which].make(); /* warm again after the others */
		start = sample_now();
		for (uint32_t i = 0; i < calls[which].batch; i++)
			if (!calls[which].make())
				sample_die("serve: %s: %s", calls[which].name, strerror(errno));
		end = (sample_now() - start) / calls[which].batch;
		if (write(STDOUT_FILENO, &end, sizeof end) != (ssize_t)sizeof end)
			sample_die("serve: %s", strerror(errno));
	}
}

/* --- under --------------------------------------------------------------------------------------------------------------- */

static void under(const char *file, char *command[])
{
	static struct sock_filter filter[INSTRUCTIONS_MAX] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
	struct sock_fprog program = {1, filter};

	if (strcmp(file, "one") != 0) {
		const int fd = open(file, O_RDONLY | O_CLOEXEC);
		const ssize_t bytes = fd < 0 ? -1 : read(fd, filter, sizeof filter);

		if (bytes <= 0 || (size_t)bytes == sizeof filter || (size_t)bytes % sizeof *filter)
			sample_die("%s: no program, or too large a one", file);
		program.len = (unsigned short)((size_t)bytes / sizeof *filter);
		(void)close(fd);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		sample_die("under %s: %s", file, strerror(errno));
	execv(command[0], command);
	sample_die("%s: %s", command[0], strerror(errno));
}

/* --- measure ------------------------------------------------------------------------------------------------------------- */

struct server {
	struct plan_line plan;
	pid_t pid;
	int to, from;
	double *ns[CALLS];
};

static struct server servers[NAMES_MAX];
static size_t nservers;

static void start(struct server *server)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		sample_die("pipe: %s", strerror(errno));
	server->pid = fork();
	if (server->pid == 0) {
		if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0)
			sample_die("dup2: %s", strerror(errno));
		execv(server->plan.words[1], server->plan.words + 1);
		sample_die("%s: %s", server->plan.words[1], strerror(errno));
	}
	if (server->pid < 0 || close(to[0]) != 0 || close(from[1]) != 0)
		sample_die("fork: %s", strerror(errno));
	server->to = to[1];
	server->from = from[0];
}

static void stop(struct server *server)
{
	int status;

	if (close(server->to) != 0 || close(server->from) != 0 || waitpid(server->pid, &status, 0) != server->pid ||
	    status != 0)
		sample_die("%s: it did not end well", server->plan.words[0]);
}

static double ask(const struct server *server, size_t call)
{
	const uint32_t which = (uint32_t)call;
	double ns;

	if (write(server->to, &which, sizeof which) != (ssize_t)sizeof which ||
	    read(server->from, &ns, sizeof ns) != (ssize_t)sizeof ns)
		sample_die("%s: %s: no answer", server->plan.words[0], calls[call].name);
	return ns;
}

static void print(const struct server *server, size_t call, size_t rounds, size_t generations)
{
	const double *ns = server->ns[call], *one = servers[1].ns[call];
	double low = 1e9, high = 0;

	for (size_t i = 0; i < generations; i++) {
		const double ratio =
		    sample_quantile(ns + i * rounds, rounds, 0.5) / sample_quantile(one + i * rounds, rounds, 0.5);

		low = ratio < low ? ratio : low;
		high = ratio > high ? ratio : high;
	}
	rounds *= generations;
	printf("{\"name\":\"%s\",\"call\":\"%s\",\"rounds\":%zu,\"median\":%.2f,\"p95\":%.2f,\"ratio\":%.3f,"
	       "\"low\":%.3f,\"high\":%.3f}\n",
	       server->plan.words[0], calls[call].name, rounds, sample_quantile(ns, rounds, 0.5),
	       sample_quantile(ns, rounds, 0.95), sample_quantile(ns, rounds, 0.5) / sample_quantile(one, rounds, 0.5),
	       low, high);
}

static bool wanted(size_t call, char *const names[])
{
	for (; *names; names++)
		if (strcmp(*names, calls[call].name) == 0)
			return true;
	return false;
}

static void measure(size_t rounds, size_t generations, char *const names[])
{
	size_t order[NAMES_MAX];

	if (rounds * generations > ROOM)
		sample_die("too many rounds");
	while (nservers < NAMES_MAX && sample_plan(&servers[nservers].plan, 2))
		nservers++;
	if (nservers < 2 || nservers == NAMES_MAX)
		sample_die("a plan has 2 to %d lines", NAMES_MAX - 1);
	for (size_t i = 0; i < nservers; i++)
		for (size_t call = 0; call < CALLS; call++)
			if (!(servers[i].ns[call] = calloc(ROOM, sizeof(double))))
				sample_die("no memory");
	for (size_t generation = 0; generation < generations; generation++) {
		for (size_t i = 0; i < nservers; i++)
			start(&servers[i]);
		/* Round 0 does not count: they may still be starting. */
		for (size_t round = 0; round <= rounds; round++)
			for (size_t call = 0; call < CALLS; call++) {
				sample_shuffle(order, nservers);
				for (size_t i = 0; i < nservers && wanted(call, names); i++) {
					struct server *server = &servers[order[i]];
					const double ns = ask(server, call);

					if (round > 0)
						server->ns[call][generation * rounds + round - 1] = ns;
				}
			}
		for (size_t i = 0; i < nservers; i++)
			stop(&servers[i]);
	}
	for (size_t i = 0; i < nservers; i++)
		for (size_t call = 0; call < CALLS; call++)
			if (wanted(call, names))
				print(&servers[i], call, rounds, generations);
}

int main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "serve") == 0) {
		serve();
	} else if (argc > 3 && strcmp(argv[1], "under") == 0) {
		under(argv[2], argv + 3);
	} else if (argc > 5 && strcmp(argv[1], "measure") == 0) {
		sample_pin((unsigned)sample_number(argv[2], 0));
		measure(sample_number(argv[3], 1), sample_number(argv[4], 1), argv + 5);
	} else {
		sample_die("usage: calls measure CPU ROUNDS GENERATIONS CALL... | under FILE COMMAND... | serve");
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
