/* SPDX-License-Identifier: MIT */
/* explain: what a policy does with one call or group, why, and what to write to change that. Pure, to a FILE *. */
#ifndef INIT_EXPLAIN_H
#define INIT_EXPLAIN_H

#include <stdio.h>

#include "init/policy.h"

enum explained {
	EXPLAIN_OK,
	EXPLAIN_UNKNOWN, /* the word is no call, number or group: nothing was written, and why says what is near */
};

#define EXPLAIN_WHY 240u

struct explaining {
	const struct policy *policy;
	const struct policy *observed; /* the rules of [observe]: told, not enforced; NULL: none */
	const char *path;              /* the policy's, as the user gave it */
	const struct call_table *calls;
};

/* word: a call's name or number, or a group with its @. why is filled for EXPLAIN_UNKNOWN, without a full stop. */
enum explained explain(FILE *out, const char *word, const struct explaining *with, char why[EXPLAIN_WHY]);

#endif
