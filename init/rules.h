/* SPDX-License-Identifier: MIT */
/*
 * rules: the lines of [deny], one by one in the file's order, to the rules and allowances of a policy: names to
 * numbers, groups to their calls, and which line wins. Pure.
 */
#ifndef INIT_RULES_H
#define INIT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "init/calls.h"
#include "init/policy.h"

struct rules {
	struct policy *policy;
	struct naming naming;
	bool full; /* and told so */
	uint64_t ruled[POLICY_CEILING / 64 +
	               1]; /* a bit for each number that has, or had, a rule: not all are looked through */
};

void rules_start(struct rules *rules, struct policy *policy, const struct call_table *calls, struct findings *findings);

/* names: one or several, separated by blanks. value: what stands right of `=`, without comment, not empty. */
void rules_line(struct rules *rules, const char *names, const char *value, unsigned line);

/*
 * After the last line. deny and deny_errno: what `deny` means, wherever the file says it. Tells what can only be seen
 * now, drops the calls that this architecture does not have, and sorts.
 */
void rules_finish(struct rules *rules, enum action deny, uint16_t deny_errno);

/* Into the order that policy.h demands. */
void rules_sort(struct policy *policy);

#endif
