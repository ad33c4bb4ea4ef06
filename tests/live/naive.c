/* SPDX-License-Identifier: MIT */
/*
 * naive: what container auditors commonly do to find out which calls are blocked, reproduced so that its answers can be
 * compared with those of `denyinit-selftest --all` in the same place. As in amicontained, seccompIter(): every call
 * from 0 to 334 but for those that hang or end the caller is made for real, with zeros, and EPERM or EACCES count as
 * blocked. Here each in a child of its own.
 *
 * Writes the number of each call that it takes to be blocked. It does carry out what succeeds with zeros: run it
 * without capabilities and in namespaces only.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_skipped(long nr)
{
	static const long skipped[] = {SYS_rt_sigreturn, SYS_select,     SYS_pause, SYS_pselect6, SYS_ppoll,
	                               SYS_exit,         SYS_exit_group, SYS_clone, SYS_fork,     SYS_vfork};

	for (unsigned i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if (skipped[i] == nr)
			return 1;
	return 0;
}

int main(void)
{
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		return 99;
	for (long nr = 0; nr <= SYS_rseq; nr++) {
		int status;
		pid_t child = is_skipped(nr) ? 0 : fork();

		if (child < 0)
			return 99;
		if (is_skipped(nr))
			continue;
		if (child == 0) {
			alarm(2);
			_exit(syscall(nr, 0, 0, 0, 0, 0, 0) == -1 && (errno == EPERM || errno == EACCES));
		}
		while (waitpid(child, &status, 0) != child)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
			printf("%ld\n", nr);
	}
	return 0;
}
