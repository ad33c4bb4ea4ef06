/* SPDX-License-Identifier: MIT */
/*
 * ask: makes the calls that it reads from stdin, each in a child, and prints what came back.
 *
 *   ask <CALLS     a line each: NUMBER ARG0 ARG1 ... (up to six, hexadecimal with 0x or decimal, 64 bits)
 *
 * Prints each line again with " errno N", " returned", or " signal N". Whoever writes the lines sees to it that no call
 * could do anything.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says of itself, by its exit status' place in a pipe: an errno does not fit into a status. */
static int ask(const unsigned long word[7], int *answer)
{
	int ends[2], status;
	pid_t child;
	ssize_t got;

	if (pipe(ends) != 0)
		return -1;
	child = fork();
	if (child < 0)
		return -1;
	if (child == 0) {
		long result = syscall((long)word[0], word[1], word[2], word[3], word[4], word[5], word[6]);
		int told = result == -1 ? errno : 0;

		_exit(write(ends[1], &told, sizeof told) != sizeof told);
	}
	close(ends[1]);
	got = read(ends[0], answer, sizeof *answer);
	close(ends[0]);
	if (waitpid(child, &status, 0) != child)
		return -1;
	if (WIFSIGNALED(status)) {
		*answer = -WTERMSIG(status);
		return 0;
	}
	return got == sizeof *answer && status == 0 ? 0 : -1;
}

int main(void)
{
	char line[512];

	while (fgets(line, sizeof line, stdin)) {
		unsigned long word[7] = {0};
		char *at = line;
		int answer;

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < 7 && *at; i++)
			word[i] = strtoul(at, &at, 0);
		if (ask(word, &answer) != 0) {
			fprintf(stderr, "ask: cannot: %s\n", line);
			return 1;
		}
		if (answer < 0)
			printf("%s signal %d\n", line, -answer);
		else if (answer > 0)
			printf("%s errno %d\n", line, answer);
		else
			printf("%s returned\n", line);
		fflush(stdout);
	}
	return 0;
}
