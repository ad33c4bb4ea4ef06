/* SPDX-License-Identifier: MIT */
/* conditions: what a rule's conditions mean: which calls they match, and what one rule leaves another to do. Pure. */
#ifndef INIT_CONDITIONS_H
#define INIT_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/policy.h"

/* values[0 .. condition->count). */
const uint64_t *conditions_values(const struct policy *policy, const struct condition *condition);

/*
 * Sets the condition's values, which for TEST_IN and TEST_NOT_IN are sorted and without repeats. False: the policy has
 * no room for them.
 */
bool conditions_add_values(struct policy *policy, const uint64_t *values, size_t count, struct condition *condition);

/* A rule of `from`, to be one of `to`: its values are copied there. False: no room for them; *rule is not to be used. */
bool conditions_move(struct policy *to, const struct policy *from, struct rule *rule);

/* Whether all of them hold for these arguments. */
bool conditions_match(const struct policy *policy, const struct rule *rule, const uint64_t args[6]);

/* Whether the two rules have the same conditions, written in the same order. */
bool conditions_equal(const struct policy *policy, const struct rule *a, const struct rule *b);

/* Whether some arguments meet all of a rule's conditions. Where that is hard to tell (masks with ranges): true. */
bool conditions_possible(const struct policy *policy, const struct rule *rule);

/* Whether every call that `later` matches is one that `first` matches. Where that is hard to tell: false. */
bool conditions_cover(const struct policy *policy, const struct rule *first, const struct rule *later);

#endif
