/* SPDX-License-Identifier: MIT */
/*
 * work: what the cost of denials is measured with, as denyinit's entrypoint.
 *
 *   work denied N             N denied calls; prints nanoseconds for one
 *   work allowed N            the same with getppid(2), which no policy names
 *   work flood PROCESSES MS   as many denied calls as they can make; prints how many, and the longest one in microseconds
 *   work stay                 says "ready" and waits to be killed
 *
 * Exit status 77 if a call that should be denied gets anything but EPERM.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 200

static uint64_t now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		exit(1);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void be_denied(void)
{
	if (syscall(SYS_mount, NULL, NULL, NULL, 0, NULL) != -1 || errno != EPERM)
		_exit(77);
}

struct share {
	volatile uint64_t calls, longest;
};

static void flood(struct share *share, uint64_t until)
{
	for (uint64_t before = now(), after; before < until; before = after) {
		be_denied();
		after = now();
		share->calls++;
		if (after - before > share->longest)
			share->longest = after - before;
	}
	_exit(0);
}

static int flood_all(unsigned processes, uint64_t ms)
{
	struct share *shares =
	    mmap(NULL, PROCESSES_MAX * sizeof *shares, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const uint64_t until = now() + ms * 1000000u;
	uint64_t calls = 0, longest = 0;
	int status, worst = 0;

	if (shares == MAP_FAILED || processes > PROCESSES_MAX)
		return 1;
	for (unsigned i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (child == 0)
			flood(&shares[i], until);
	}
	while (wait(&status) > 0)
		if (status != 0)
			worst = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	for (unsigned i = 0; i < processes; i++) {
		calls += shares[i].calls;
		if (shares[i].longest > longest)
			longest = shares[i].longest;
	}
	printf("%llu %llu\n", (unsigned long long)calls, (unsigned long long)longest / 1000);
	return worst;
}

static int time_calls(uint64_t n, int denied)
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < 5; round++) {
		const uint64_t start = now();

		for (uint64_t i = 0; i < n; i++) {
			if (denied)
				be_denied();
			else
				(void)syscall(SYS_getppid);
		}
		if (now() - start < best)
			best = now() - start;
	}
	printf("%llu\n", (unsigned long long)(best / n));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "denied") == 0)
		return time_calls(strtoull(argv[2], NULL, 10), 1);
	if (argc == 3 && strcmp(argv[1], "allowed") == 0)
		return time_calls(strtoull(argv[2], NULL, 10), 0);
	if (argc == 4 && strcmp(argv[1], "flood") == 0)
		return flood_all((unsigned)strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "stay") == 0) {
		puts("ready");
		fflush(stdout);
		pause();
		return 0;
	}
	return 2;
}
