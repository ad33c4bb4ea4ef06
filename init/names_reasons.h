/* SPDX-License-Identifier: MIT */
/* names_reasons: why a group or a call is denied, and what commonly breaks then, as texts. Pure. */
#ifndef INIT_NAMES_REASONS_H
#define INIT_NAMES_REASONS_H

#include <stdbool.h>
#include <stddef.h>

#include "init/names.h"

/* Half sentences without a full stop; "": nothing is known. */
struct reason {
	const char *why;
	const char *breaks; /* programs, and what helps them */
};

/*
 * Of a call, or of a group with its @. What is not said of a call itself is that of its narrowest group. False: nobody
 * has a reason (the call is in no group).
 */
bool names_reason(const char *name, struct reason *reason);

/* The i-th entry of the table: the calls and groups that it is about, separated by blanks. NULL after the last one. */
const char *names_reason_at(size_t i, struct reason *reason);

/* Where a group comes from. */
const char *names_source(const char *group);

/* The group with the fewest calls that has this one; NULL: none has. */
const struct group *names_narrowest_group(const char *call);

/* Whether the group, or one in it, has the call. */
bool names_group_has(const struct group *group, const char *call);

/*
 * For a call of which a filter can tell the bad cases by an argument: the condition, as it stands behind `if`, and what a
 * line with it means. NULL: no such call.
 */
const char *names_case(const char *call, const char **meaning);

#endif
