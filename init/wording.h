/* SPDX-License-Identifier: MIT */
/* wording: a rule's conditions as one writes them in a policy. Pure. */
#ifndef INIT_WORDING_H
#define INIT_WORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "init/policy.h"

#define WORDING_MAX 600u /* what a line of a policy has in it fits, in numbers at least */

/*
 * What stands behind `if`: "flags & CLONE_NEWNS and arg1 == 3"; "" if there is nothing. With the names of arguments and
 * constants if they are known and fit, else in numbers. Read as a rule of the same call it is the same conditions, but
 * if not even that fits: then it is cut, and ends in "...". Returns text.
 */
const char *wording_conditions(const struct policy *policy, const struct rule *rule, char *text, size_t size);

/* The same, in as few bytes as possible and without names: "arg0 & 0x20000 and arg1 == 3". */
const char *wording_numbers(const struct policy *policy, const struct rule *rule, char *text, size_t size);

#endif
