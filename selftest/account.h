/* SPDX-License-Identifier: MIT */
/* account: what the kernel itself says of this process's filters, by prctl(2) and by /proc/self/status. */
#ifndef SELFTEST_ACCOUNT_H
#define SELFTEST_ACCOUNT_H

/* Each -1 where the kernel does not say: no /proc, one of another process, an older kernel, gVisor. */
struct account {
	int mode;         /* PR_GET_SECCOMP: 2 with a filter */
	int filters;      /* how many (Linux 5.9 and later) */
	int no_new_privs; /* 0 or 1 */
	int tracer;       /* pid; 0: none */
};

/*
 * A descriptor of /proc/self/status, closed at execve(2), -1 if there is none: opened once, so that a policy that
 * denies open(2) does not take the account away.
 */
int account_open(void);

/* The lines wanted come after the one of the supplementary groups, which may be long. */
#define ACCOUNT_READ_MAX 16384

/* What it says now. */
struct account account_read(int status_fd);

/*
 * The same before there is a filter of this process's own, of which it will be asked again: where prctl(2) says that there
 * is none at all, no more is looked at (no_new_privs -1, tracer 0). If that is a lie, the count at the end is wrong.
 */
struct account account_first(int status_fd);

#endif
