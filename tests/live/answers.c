/* SPDX-License-Identifier: MIT */
/*
 * answers: what the filters of this process answer to calls with arguments. Reads lines `NUMBER ARG0 .. ARG4`, makes each
 * call in a child, and writes a line for each: `open`, `killed`, or the errno. None of the calls is carried out: one more
 * filter, newer than all others, has TRACE for a sixth argument that nobody else uses; TRACE ranks below every errno and
 * kill, and without a tracer the call ends with ENOSYS. So an older filter's ENOSYS cannot be told from open: the tests use
 * other errnos. TRAP ends as killed, LOG as open.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAGIC 0x5ca1ab1eu

static int load(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAGIC, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* Six numbers, decimal or with 0x, negative ones too; false: that is no such line. */
static int read_call(const char *line, uint64_t number[6])
{
	for (int i = 0; i < 6; i++) {
		char *end;

		errno = 0;
		number[i] = strtoull(line, &end, 0);
		if (errno != 0 || end == line)
			return 0;
		line = end;
	}
	return strspn(line, "\n") == strlen(line);
}

int main(void)
{
	char line[256];
	uint64_t a[6];

	if (load() != 0) {
		perror("answers: seccomp");
		return 99;
	}
	while (fgets(line, sizeof(line), stdin)) {
		int status;
		pid_t child;

		if (!read_call(line, a)) {
			fprintf(stderr, "answers: no call: %s", line);
			return 99;
		}
		child = fork();
		if (child < 0)
			return 99;
		if (child == 0) {
			long result = syscall((long)a[0], a[1], a[2], a[3], a[4], a[5], (uint64_t)MAGIC);
			int errnum = errno;

			syscall(SYS_getpid, 0, 0, 0, 0, 0, 0); /* takes the magic out of the register */
			_exit(result == -1 ? errnum : result == 0 ? 0 : 255);
		}
		while (waitpid(child, &status, 0) != child)
			;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			puts("killed");
		else if (!WIFEXITED(status))
			return 99;
		else if (WEXITSTATUS(status) == ENOSYS)
			puts("open");
		else
			printf("%d\n", WEXITSTATUS(status));
	}
	return 0;
}
