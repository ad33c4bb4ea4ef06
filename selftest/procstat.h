/* SPDX-License-Identifier: MIT */
/* procstat: the text of /proc/PID/status to the facts in it that the judge asks for. Pure. */
#ifndef SELFTEST_PROCSTAT_H
#define SELFTEST_PROCSTAT_H

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

#endif
