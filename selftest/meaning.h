/* SPDX-License-Identifier: MIT */
/*
 * meaning: what the policy says of a call, by the judge's own reading of its rules. The evaluation holds the program
 * against it, the probes take what they expect from it. Pure.
 */
#ifndef SELFTEST_MEANING_H
#define SELFTEST_MEANING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selftest/bpf_walk.h"
#include "selftest/trial.h"

/*
 * The number -1, on every ABI that does not kill: no call, but what a tracer writes to have one skipped. The kernel answers ENOSYS by
 * itself, and a filter that killed would break tracers: let through, in the program and here.
 */
#define MEANING_NO_CALL UINT32_MAX

struct rule_order {
	const struct trial_input *input;
	const struct trial_rule *rules; /* the input's for one ABI */
	size_t count;
	uint16_t *order; /* indices of rules, by number, then severity, then line */
};

/*
 * Of the native ABI, and of the others (nothing where all their calls kill). input: NULL if nothing is observed. Not to be
 * copied: it points into itself.
 */
struct meaning {
	const struct trial_input *input;
	struct rule_order enforced, observed;
	struct rule_order enforced_other[TRIAL_ABIS], observed_other[TRIAL_ABIS];
	uint16_t orders[2][1 + TRIAL_ABIS][TRIAL_OTHER_MAX]; /* last: most of it is never written */
};

/* False: more than TRIAL_RULES_MAX or TRIAL_OTHER_MAX rules. input must outlive *meaning. */
bool meaning_read(struct meaning *meaning, const struct trial_input *input);

/* The rules of one number: rules->order[*first .. *first + count). Returns the count. */
size_t meaning_rules_of(const struct rule_order *rules, uint32_t nr, size_t *first);

/* SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | errno, or input's observed_action. */
uint32_t meaning_action(const struct meaning *meaning, const struct seccomp_data *data);

/* The enforced rule that decides a native call: its index in the input's rules. -1: none does. */
long meaning_decider(const struct meaning *meaning, const struct seccomp_data *data);

/*
 * Arguments with which the rule in that place decides, of the number's rules [first .. first + count); place first +
 * count: with which none of them matches. Into data->args, of which those are kept that are not asked for. False: there
 * are none.
 */
bool meaning_example(const struct rule_order *rules, size_t first, size_t count, size_t place,
                     struct seccomp_data *data);

/* The same as an expectation for bpf_walk(); valid as long as *meaning. */
struct expectation meaning_expectation(const struct meaning *meaning);

#endif
