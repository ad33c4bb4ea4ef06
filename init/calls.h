/* SPDX-License-Identifier: MIT */
/* calls: words of a policy to calls, their names and native numbers. Pure. */
#ifndef INIT_CALLS_H
#define INIT_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/names.h"
#include "init/nearest.h"
#include "init/policy.h"

#define NR_ABSENT UINT32_MAX /* this architecture does not have the call */

struct call {
	char name[POLICY_NAME_MAX]; /* the kernel's name; "" for a number that has no known name */
	uint32_t nr;                /* native, or NR_ABSENT */
	bool lenient;               /* `?name` */
	bool unknown;               /* that, and nobody knows it */
	const char *shown;          /* for messages: the name, or the number as it was written */
};

/* Whom to ask, whom to tell, and the line that it is about. */
struct naming {
	const struct call_table *calls;
	struct findings *findings;
	unsigned line;
};

/* A name's native number, CALL_UNKNOWN or CALL_ABSENT: by the table, or by names.h for what is newer. */
int calls_number(const struct call_table *calls, const char *name);

/* A call's name, `?name`, or a number. False: told as an error. call->shown points into call or word. */
bool calls_resolve(const struct naming *naming, const char *word, struct call *call);

void calls_of_member(const struct naming *naming, const struct group_member *member, struct call *call);

/* nearest_hint of all calls and groups; of groups only, for a word that begins with '@'. */
const char *calls_nearest(const struct naming *naming, const char *word, char hint[NEAREST_HINT]);

#endif
