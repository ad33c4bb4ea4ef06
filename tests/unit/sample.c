/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>

/* ---- random, and the same in every run ---- */

uint64_t seed;

uint64_t random_bits(void) /* splitmix64 */
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t below(uint32_t end)
{
	return (uint32_t)(random_bits() % end);
}

bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/* ---- a policy ---- */

/* As the parser leaves them: by number, then severity, then line. */
static int compare_rules(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	if (a->action != b->action)
		return a->action == ACTION_KILL ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

static uint32_t random_number(void)
{
	switch (below(12)) {
	case 0: return POLICY_CEILING + below(3);
	case 1: return POLICY_NUMBER_MAX - below(3);
	case 2: return POLICY_CEILING + 1 + below(2000);
	case 3: return below(3);
	default: return below(POLICY_CEILING + 1);
	}
}

static uint64_t random_mask(bool wide)
{
	uint64_t mask = one_in(2) ? UINT64_C(1) << below(wide ? 64 : 32) : random_bits();

	if (one_in(8))
		mask = UINT64_MAX;
	if (!wide)
		mask &= UINT32_MAX;
	else if (one_in(4))
		mask &= ~(uint64_t)UINT32_MAX; /* nothing to test in the lower half */
	return mask ? mask : 1;
}

void sample_add_bits(struct policy *policy, struct rule *rule, int arg, bool wide, uint64_t mask)
{
	struct condition *condition = &rule->conditions[rule->nconditions++];

	*condition = (struct condition){.arg = (uint8_t)arg,
	                                .upper = (uint8_t)arg,
	                                .wide = wide,
	                                .test = TEST_ANY_BIT,
	                                .first = (uint16_t)policy->nvalues,
	                                .count = 1};
	assert_in_range(policy->nvalues, 0, POLICY_VALUES_MAX - 1);
	policy->values[policy->nvalues++] = mask;
}

/* With a value of another condition of the policy now and then, so that they meet. */
static uint64_t random_value(const struct policy *policy, bool wide)
{
	uint64_t value = one_in(2) ? below(20) : random_mask(true);

	if (policy->nvalues > 0 && one_in(3))
		value = policy->values[below((uint32_t)policy->nvalues)] + below(3) - 1;
	if (one_in(8))
		value = 0 - (uint64_t)below(5);
	return wide ? value : (uint32_t)value;
}

static int compare_values(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static void add_random(struct policy *policy, struct rule *rule)
{
	struct condition *condition = &rule->conditions[rule->nconditions++];
	const uint8_t arg = (uint8_t)below(6);
	uint64_t *values = &policy->values[policy->nvalues];
	uint16_t count = 0, wanted;

	*condition =
	    (struct condition){.arg = arg, .upper = arg, .wide = one_in(2), .first = (uint16_t)policy->nvalues};
	condition->test = (enum test)below(TEST_ANY_BIT + 1);
	if (condition->wide && one_in(10))
		condition->upper = (uint8_t)((arg + 1) % 6);
	wanted = condition->test <= TEST_NOT_IN && one_in(2) ? (uint16_t)(1 + below(one_in(20) ? 90 : 5)) : 1;
	assert_in_range(policy->nvalues + wanted, 1, POLICY_VALUES_MAX);
	for (size_t i = 0; i < wanted; i++)
		values[i] = random_value(policy, condition->wide);
	if (condition->test == TEST_ANY_BIT && values[0] == 0)
		values[0] = 1;
	qsort(values, wanted, sizeof *values, compare_values);
	for (size_t i = 0; i < wanted; i++)
		if (i == 0 || values[i] != values[count - 1])
			values[count++] = values[i];
	condition->count = count;
	policy->nvalues += count;
}

static void random_rule(struct policy *policy, struct rule *rule, uint32_t nr, unsigned line, uint32_t conditions)
{
	memset(rule, 0, sizeof *rule);
	rule->nr = nr;
	rule->line = line;
	rule->action = one_in(4) ? ACTION_KILL : ACTION_ERRNO;
	rule->errnum = rule->action == ACTION_KILL ? 0 : (uint16_t)(one_in(4) ? 1 + below(4095) : 1 + below(40));
	if (below(10) >= conditions || policy->nvalues > POLICY_VALUES_MAX - 100)
		return;
	if (one_in(3)) {
		bool wide = one_in(2);

		sample_add_bits(policy, rule, (int)below(6), wide, random_mask(wide));
		return;
	}
	for (uint32_t more = one_in(2) ? 1 : 1 + below(3); more > 0; more--)
		add_random(policy, rule);
}

/* meaning.h wants a copy of what protect.c copies. */
static void read_rules(struct sample *sample)
{
	const struct policy *policy = &sample->policy;

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		sample->rules[i] = (struct trial_rule){.nr = r->nr,
		                                       .action = r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		                                       .errnum = r->errnum,
		                                       .conditions = sample->conditions[i],
		                                       .nconditions = r->nconditions,
		                                       .line = r->line};
		for (size_t k = 0; k < r->nconditions; k++)
			sample->conditions[i][k] = (struct trial_condition){r->conditions[k].arg,
			                                                    r->conditions[k].upper,
			                                                    r->conditions[k].wide,
			                                                    (enum trial_test)r->conditions[k].test,
			                                                    &policy->values[r->conditions[k].first],
			                                                    r->conditions[k].count};
	}
	sample->input = (struct trial_input){.rules = sample->rules,
	                                     .nrules = policy->nrules,
	                                     .ceiling = POLICY_CEILING,
	                                     .above = policy->newer_enosys ? ENOSYS_ERRNO : 0};
}

/* ---- its program, with a tail that has what libseccomp's has ---- */

static struct sock_filter tail[PROGRAM_MAX];
static size_t tail_length;
static const bool *known;

static bool in_tail(uint32_t nr)
{
	return nr < SAMPLE_KNOWN_END && known[nr];
}

static void tail_add(uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	tail[tail_length++] = (struct sock_filter){code, jt, jf, k};
}

static void make_tail(const struct policy *policy)
{
	tail_length = 0;
	tail_add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	tail_add(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	tail_add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	tail_add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	tail_add(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 2);
	tail_add(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0);
	tail_add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		if (r->nconditions > 0 || !in_tail(r->nr))
			continue;
		tail_add(BPF_JMP | BPF_JEQ | BPF_K, r->nr, 0, 1);
		tail_add(BPF_RET | BPF_K,
		         r->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | r->errnum, 0, 0);
	}
	tail_add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void make_program(struct sample *sample)
{
	known = sample->known;
	make_tail(&sample->policy);
	sample->tail_length = tail_length;
	assert_true(assemble(&sample->policy, in_tail, tail, tail_length, &sample->program));
	assert_in_range(sample->program.length, tail_length + 1, PROGRAM_MAX);
}

void sample_start(struct sample *sample)
{
	memset(&sample->policy, 0, sizeof sample->policy);
	memset(sample->known, 0, sizeof sample->known);
}

void sample_add(struct sample *sample, uint32_t nr, uint16_t errnum, int arg, bool wide, uint64_t mask)
{
	struct policy *policy = &sample->policy;
	struct rule *rule = &policy->rules[policy->nrules++];

	*rule = (struct rule){.nr = nr,
	                      .action = errnum ? ACTION_ERRNO : ACTION_KILL,
	                      .errnum = errnum,
	                      .line = (unsigned)policy->nrules};
	if (arg >= 0)
		sample_add_bits(policy, rule, arg, wide, mask);
}

void sample_finish(struct sample *sample)
{
	read_rules(sample);
	make_program(sample);
}

void sample_random(struct sample *sample, size_t most)
{
	struct policy *policy = &sample->policy;
	size_t wanted = 1 + below((uint32_t)most);
	uint32_t conditions = below(11); /* tenths of the rules that have one */

	sample_start(sample);
	policy->newer_enosys = !one_in(3);
	while (policy->nrules < wanted) {
		uint32_t nr = random_number();
		size_t same = one_in(3) ? 1 + below(8) : 1;

		for (; same > 0 && policy->nrules < wanted; same--) {
			random_rule(policy, &policy->rules[policy->nrules], nr, 1 + below(200), conditions);
			policy->nrules++;
		}
		/* Above the ceiling as well: a later libseccomp knows calls that this build does not. */
		if (nr < SAMPLE_KNOWN_END && !one_in(3))
			sample->known[nr] = true;
	}
	/* Equal lines within one number would have no order: number them through. */
	for (size_t i = 0; i < policy->nrules; i++)
		policy->rules[i].line = policy->rules[i].line * 1000 + (unsigned)i;
	qsort(policy->rules, policy->nrules, sizeof policy->rules[0], compare_rules);
	sample_finish(sample);
}

/* ---- a third reading, straight from policy.h ---- */

static bool holds(const struct policy *policy, const struct condition *c, const __u64 args[6])
{
	const uint64_t lower = args[c->arg] & UINT32_MAX, *values = &policy->values[c->first];
	const uint64_t argument = c->wide ? lower | (args[c->upper] >> (c->upper == c->arg ? 32 : 0)) << 32 : lower;
	bool listed = false;

	for (size_t i = 0; i < c->count; i++)
		listed |= values[i] == argument;
	switch (c->test) {
	case TEST_IN: return listed;
	case TEST_NOT_IN: return !listed;
	case TEST_LESS: return argument < values[0];
	case TEST_LESS_EQUAL: return argument <= values[0];
	case TEST_GREATER: return argument > values[0];
	case TEST_GREATER_EQUAL: return argument >= values[0];
	default: return (argument & values[0]) != 0;
	}
}

uint32_t policy_says(const struct policy *policy, const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;
	bool named = false;

	if (data->arch != AUDIT_ARCH_X86_64)
		return SECCOMP_RET_KILL_PROCESS;
	if (nr == UINT32_MAX)
		return SECCOMP_RET_ALLOW;
	if (nr & ~(X32_BIT - 1))
		return SECCOMP_RET_KILL_PROCESS;
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];
		bool matches = true;

		if (r->nr != nr)
			continue;
		named = true;
		for (size_t k = 0; k < r->nconditions; k++)
			matches = matches && holds(policy, &r->conditions[k], data->args);
		if (matches)
			return r->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | r->errnum;
	}
	if (!named && policy->newer_enosys && nr > POLICY_CEILING)
		return SECCOMP_RET_ERRNO | ENOSYS_ERRNO;
	return SECCOMP_RET_ALLOW;
}

bool same_action(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO || (b & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return a == b;
	return (a & SECCOMP_RET_ACTION_FULL) == (b & SECCOMP_RET_ACTION_FULL);
}

/* ---- calls to try ---- */

const uint32_t sample_archs[SAMPLE_ARCHS] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};

static uint32_t interesting_number(const struct policy *policy)
{
	uint32_t nr = policy->nrules > 0 ? policy->rules[below((uint32_t)policy->nrules)].nr : 0;

	switch (below(10)) {
	case 0: return nr + 1;
	case 1: return nr - 1;
	case 2: return nr | X32_BIT;
	case 3: return POLICY_CEILING + below(3);
	case 4: return X32_BIT - 1 + below(3);
	case 5: return UINT32_MAX - below(2);
	case 6: return (uint32_t)random_bits();
	default: return nr;
	}
}

static uint64_t interesting_argument(const struct policy *policy, uint32_t nr, int arg)
{
	uint64_t mask = random_bits();

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		for (size_t k = 0; r->nr == nr && k < r->nconditions; k++)
			if ((r->conditions[k].arg == arg || r->conditions[k].upper == arg) && one_in(2))
				mask = policy->values[r->conditions[k].first + below(r->conditions[k].count)];
	}
	switch (below(13)) {
	case 8: return mask - 1;
	case 9: return mask + 1;
	case 10: return mask ^ random_bits() << 32; /* another upper half */
	case 11: return mask | UINT64_C(0xffffffff00000000);
	case 12: return mask >> 32; /* of a pair of registers */
	case 0: return 0;
	case 1: return UINT64_MAX;
	case 2: return mask;
	case 3: return ~mask;
	case 4: return mask & (0u - mask);
	case 5: return mask << 32;
	case 6: return UINT64_C(1) << below(64);
	default: return random_bits();
	}
}

struct seccomp_data sample_call(const struct policy *policy)
{
	uint32_t nr = interesting_number(policy);
	struct seccomp_data data = {.nr = (int)nr,
	                            .arch = sample_archs[one_in(8) ? below(SAMPLE_ARCHS) : 0],
	                            .instruction_pointer = random_bits()};

	for (int arg = 0; arg < 6; arg++)
		data.args[arg] = interesting_argument(policy, nr, arg);
	return data;
}
