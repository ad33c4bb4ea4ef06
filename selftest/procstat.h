/* SPDX-License-Identifier: MIT */
/* procstat: the text of /proc/PID/status to the facts in it that the judge asks for. Pure. */
#ifndef SELFTEST_PROCSTAT_H
#define SELFTEST_PROCSTAT_H

#include <stdbool.h>
#include <stddef.h>

#define PROCSTAT_MISSING (-1) /* the line is not there (older kernel, gVisor), has no end, or is no number */

struct procstat {
	int seccomp;         /* 0 none, 1 strict, 2 filter */
	int seccomp_filters; /* how many; Linux 5.9 and later */
	int no_new_privs;    /* Linux 4.10 and later */
	int tracer;          /* pid of the tracer, 0: none */
};

/* text need not end in a NUL. */
struct procstat procstat_parse(const char *text, size_t length);

#define PROCSTAT_NAME_MAX 72

/* Whose status it is. */
struct procstat_who {
	char name
	    [PROCSTAT_NAME_MAX]; /* as the kernel writes it, cut; "": missing. The process may have chosen it itself. */
	char state;              /* 'R', 'S', 'Z', ...; 0: missing */
	bool memory;             /* false: it has none, so it is a kernel thread or a zombie */
	int namespaces;          /* PID namespaces that it is in, seen from here; PROCSTAT_MISSING before Linux 4.1 */
	int innermost;           /* its pid in the innermost one */
};

struct procstat_who procstat_who(const char *text, size_t length);

#endif
