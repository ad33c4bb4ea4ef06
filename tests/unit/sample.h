/* SPDX-License-Identifier: MIT */
/*
 * sample: policies made at random, the same in every run, with what is made of each: the program, what the judge reads,
 * and a third reading straight from policy.h. And calls that are worth trying.
 */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/assemble.h"
#include "init/policy.h"
#include "selftest/trial.h"

#define X32_BIT 0x40000000u
#define ENOSYS_ERRNO 38u
#define SAMPLE_KNOWN_END 1024u /* numbers from here on are never in the tail */

/* ---- random, and the same in every run ---- */

extern uint64_t seed; /* to be set first */

uint64_t random_bits(void);
uint32_t below(uint32_t end);
bool one_in(uint32_t n);

/* ---- policies ---- */

/* Large: static, not on the stack. Not to be moved: input points into it. */
struct sample {
	struct policy policy;
	bool known[SAMPLE_KNOWN_END]; /* to the tail */
	struct trial_rule rules[POLICY_RULES_MAX];
	struct trial_condition conditions[POLICY_RULES_MAX][POLICY_CONDITIONS_MAX];
	struct trial_input input; /* of policy: only its rules and what is above the ceiling */
	struct program program;
	size_t tail_length;
};

/* Random rules, at most so many, in the order of policy.h; and what is made of them. */
void sample_random(struct sample *sample, size_t most);

/* An empty one; rules, in the order of policy.h; and what is made of them. errnum 0: kills. arg < 0: always. */
void sample_start(struct sample *sample);
void sample_add(struct sample *sample, uint32_t nr, uint16_t errnum, int arg, bool wide, uint64_t mask);
void sample_finish(struct sample *sample);

/* (argument & mask) != 0 is one more condition of the rule. */
void sample_add_bits(struct policy *policy, struct rule *rule, int arg, bool wide, uint64_t mask);

/* What a policy gives a call, read a third time. */
uint32_t policy_says(const struct policy *policy, const struct seccomp_data *data);

/* As the kernel takes two actions for the same: only of ERRNO the data counts. */
bool same_action(uint32_t a, uint32_t b);

/* ---- calls to try ---- */

#define SAMPLE_ARCHS 4u
extern const uint32_t sample_archs[SAMPLE_ARCHS]; /* the first one is the native one */

/* About one policy's rules, their numbers and masks, and what is next to them. */
struct seccomp_data sample_call(const struct policy *policy);

#endif
