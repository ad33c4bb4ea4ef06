/* SPDX-License-Identifier: MIT */
/* presence: what /proc says of the filters of another process, and of all processes in containers. */
#ifndef SELFTEST_PRESENCE_H
#define SELFTEST_PRESENCE_H

#include <stdbool.h>
#include <stdio.h>

#include "selftest/presence_report.h"

/* Looks at one process, and at this one to compare with. */
struct presence presence_of(long pid);

/*
 * Looks at every process that is in a container: the first of a PID namespace below ours, or one in another PID or
 * mount namespace than process 1 (than this one, where that one may not be looked at). Writes those without a filter
 * (presence_report.h) while it looks.
 */
struct presence_census presence_census(FILE *out, bool json);

#endif
