/* SPDX-License-Identifier: MIT */
/* presence_report: whether denyinit's filters seem to be on a process, and that as text or JSON on a FILE *. Pure. */
#ifndef SELFTEST_PRESENCE_REPORT_H
#define SELFTEST_PRESENCE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "selftest/procstat.h"

enum presence_answer { PRESENCE_YES, PRESENCE_NO, PRESENCE_CANNOT_TELL };

/* The first that applies. */
enum presence_reason {
	PRESENCE_NO_PROC,       /* no procfs at /proc */
	PRESENCE_NO_PROCESS,    /* none with this number, or none that we are shown */
	PRESENCE_KERNEL_THREAD, /* makes no system calls */
	PRESENCE_ENDED,         /* a zombie */
	PRESENCE_NOT_TOLD,      /* the kernel says nothing about filters */
	PRESENCE_NO_FILTER,
	PRESENCE_UNDER_DENYINIT, /* so is this process: then no more filters are to be expected */
	PRESENCE_NOT_COUNTED,    /* the kernel does not say how many (before Linux 5.9) */
	PRESENCE_TOO_FEW,        /* less than denyinit's two above ours */
	PRESENCE_ABOVE,
	PRESENCE_REASONS,
};

struct presence {
	long pid;
	bool proc, found;
	struct procstat status;
	struct procstat_who who;
	char exe[256];     /* its program; "": not known */
	int own_filters;   /* of this process; -1: not known */
	bool own_denyinit; /* this process is under a denyinit */
};

struct presence_census {
	bool proc;
	unsigned looked_at, without, unknown; /* unknown: whether in a container, or whether filtered */
};

enum presence_reason presence_reason(const struct presence *presence);
enum presence_answer presence_answer(enum presence_reason reason);

/* A line, and one more that says what it proves; JSON: one line. */
void presence_text(FILE *out, const struct presence *presence);
void presence_json(FILE *out, const struct presence *presence);

/* One process of a census, in the order found; `first`: of the list. */
void presence_entry(FILE *out, const struct presence *presence, bool json, bool first);

enum presence_answer presence_census_answer(const struct presence_census *census);

/* What stands around the entries. */
void presence_census_begin(FILE *out, bool json);
void presence_census_end(FILE *out, const struct presence_census *census, bool json);

#endif
