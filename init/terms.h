/* SPDX-License-Identifier: MIT */
/*
 * terms: what stands behind `if`, `flags & CLONE_NEWNS and arg1 in 1 2`, to a rule's conditions: the text once for a
 * line, then for each of its calls, as arguments and their widths are the call's. Pure.
 */
#ifndef INIT_TERMS_H
#define INIT_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/policy.h"

#define TERMS_VALUES_MAX (POLICY_LINE_MAX / 2 + 1) /* more do not fit into a line */

struct term_value {
	uint64_t bits; /* negative: of 64 bits, two's complement */
	bool negative;
};

struct term {
	char argument[POLICY_NAME_MAX]; /* its name, "" if it is given by number */
	int8_t index;                   /* the number, -1 if it is given by name */
	bool wide;                      /* argN:64 */
	enum test test;
	uint16_t first, count; /* in terms.values, as written */
};

struct terms {
	struct term term[POLICY_CONDITIONS_MAX];
	size_t count;
	struct term_value values[TERMS_VALUES_MAX];
	size_t nvalues;
};

/* False: told as an error (all of them). */
bool terms_parse(const char *text, unsigned line, struct findings *findings, struct terms *terms);

enum terms_step {
	TERMS_OK,
	TERMS_WRONG, /* told as an error */
	TERMS_FULL,  /* the policy has no room for the values: not told */
};

/*
 * The conditions for one call, which may be a number that has no name (it says "500" then): into rule->conditions, the
 * values into *policy.
 */
enum terms_step terms_apply(const struct terms *terms, const char *call, unsigned line, struct findings *findings,
                            struct policy *policy, struct rule *rule);

#endif
