/* SPDX-License-Identifier: MIT */
/*
 * abis WAY:NR[:ARG,...]...: makes calls, each in a child of its own, and prints a line for each:
 *
 *     WAY:NR[:ARG,...] RESULT    what came back (-errno), or "signal N"
 *
 * WAY: native, i386 (int 0x80) or x32 (NR without the bit). ARG, five at most: a number, or one of these words for where
 * they are: `dir` (the path of an empty folder, $ABIS_DIR), `tmpfs` (that word), `zeros` (much of nothing), `socket`
 * (socketcall's block for a UNIX stream socket). All of it is below 4 GiB: the program is linked so.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

#define ARGS 5

static char dir[256] = "/", tmpfs[] = "tmpfs", zeros[4096];
static uint32_t socket_block[] = {1, 1, 0};

static unsigned long argument(const char *word)
{
	static const struct {
		const char *word;
		void *at;
	} words[] = {{"dir", dir}, {"tmpfs", tmpfs}, {"zeros", zeros}, {"socket", socket_block}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, word) == 0)
			return (uintptr_t)words[i].at;
	return strtoul(word, NULL, 0);
}

static long int80(unsigned long nr, const unsigned long a[ARGS])
{
	long result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
	                 : "r8", "r9", "r10", "r11", "memory", "cc");
	return (int)result;
}

/* The sixth argument is 0. */
static long make(const char *way, unsigned long nr, const unsigned long a[ARGS])
{
	long result;

	if (strcmp(way, "i386") == 0)
		return int80(nr, a);
	result = syscall((long)(strcmp(way, "x32") == 0 ? nr | X32_BIT : nr), a[0], a[1], a[2], a[3], a[4], 0);
	return result < 0 ? -errno : result;
}

static void one(const char *word)
{
	char text[128], *way = text, *nr, *list;
	unsigned long a[ARGS] = {0};
	long result = 0;
	int fds[2], status = 0;
	pid_t pid;

	snprintf(text, sizeof text, "%s", word);
	nr = strchr(text, ':');
	if (!nr || pipe(fds) != 0)
		exit(2);
	*nr++ = '\0';
	list = strchr(nr, ':');
	if (list)
		*list++ = '\0';
	for (int i = 0; list && i < ARGS; i++) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma++ = '\0';
		a[i] = argument(list);
		list = comma;
	}
	pid = fork();
	if (pid == 0) {
		result = make(way, strtoul(nr, NULL, 0), a);
		_exit(write(fds[1], &result, sizeof result) == sizeof result ? 0 : 2);
	}
	close(fds[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	if (WIFSIGNALED(status))
		printf("%s signal %d\n", word, WTERMSIG(status));
	else if (read(fds[0], &result, sizeof result) == sizeof result)
		printf("%s %ld\n", word, result);
	else
		exit(2);
	close(fds[0]);
}

int main(int argc, char **argv)
{
	if (getenv("ABIS_DIR"))
		snprintf(dir, sizeof dir, "%s", getenv("ABIS_DIR"));
	for (int i = 1; i < argc; i++)
		one(argv[i]);
	return 0;
}
