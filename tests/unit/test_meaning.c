/* SPDX-License-Identifier: MIT */
/*
 * meaning, bpf_walk and assemble against each other and against a third reading of the policy (policy_says, below):
 * thousands of random policies, for which the walk must find nothing, and programs with one broken instruction, for
 * which it must.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "init/assemble.h"
#include "selftest/bpf_eval.h"
#include "selftest/meaning.h"

#define X32_BIT 0x40000000u
#define ENOSYS_ERRNO 38u
#define KNOWN_END 1024u /* numbers from here on are never in the tail */

static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};

#define ARCHS (sizeof archs / sizeof *archs)

/* ---- random, and the same in every run ---- */

static uint64_t seed;

static uint64_t random_bits(void) /* splitmix64 */
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint32_t below(uint32_t end)
{
	return (uint32_t)(random_bits() % end);
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/* ---- a policy ---- */

static struct policy policy;
static bool known[KNOWN_END]; /* to the tail */
static struct trial_rule rules[POLICY_RULES_MAX];
static struct trial_input input;
static struct meaning meaning;
static struct program program;

static bool in_tail(uint32_t nr)
{
	return nr < KNOWN_END && known[nr];
}

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

static void random_rule(struct rule *rule, uint32_t nr, unsigned line, uint32_t conditions)
{
	memset(rule, 0, sizeof *rule);
	rule->nr = nr;
	rule->line = line;
	rule->action = one_in(4) ? ACTION_KILL : ACTION_ERRNO;
	rule->errnum = rule->action == ACTION_KILL ? 0 : (uint16_t)(one_in(4) ? 1 + below(4095) : 1 + below(40));
	rule->arg = -1;
	if (below(10) < conditions) {
		rule->arg = (int8_t)below(6);
		rule->wide = one_in(2);
		rule->mask = random_mask(rule->wide);
	}
}

/* meaning.h wants a copy of what main.c copies. */
static void read_meaning(void)
{
	for (size_t i = 0; i < policy.nrules; i++) {
		const struct rule *r = &policy.rules[i];

		rules[i] = (struct trial_rule){NULL,      r->nr,  r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		                               r->errnum, r->arg, r->wide,
		                               r->mask,   r->line};
	}
	input = (struct trial_input){.rules = rules,
	                             .nrules = policy.nrules,
	                             .ceiling = POLICY_CEILING,
	                             .above = policy.newer_enosys ? ENOSYS_ERRNO : 0};
	assert_true(meaning_read(&meaning, &input));
}

static void random_policy(size_t most)
{
	size_t wanted = 1 + below((uint32_t)most);
	uint32_t conditions = below(11); /* tenths of the rules that have one */

	memset(&policy, 0, sizeof policy);
	memset(known, 0, sizeof known);
	policy.newer_enosys = !one_in(3);
	while (policy.nrules < wanted) {
		uint32_t nr = random_number();
		size_t same = one_in(3) ? 1 + below(8) : 1;

		for (; same > 0 && policy.nrules < wanted; same--) {
			random_rule(&policy.rules[policy.nrules], nr, 1 + below(200), conditions);
			policy.nrules++;
		}
		/* Above the ceiling as well: a later libseccomp knows calls that this build does not. */
		if (nr < KNOWN_END && !one_in(3))
			known[nr] = true;
	}
	/* Equal lines within one number would have no order: number them through. */
	for (size_t i = 0; i < policy.nrules; i++)
		policy.rules[i].line = policy.rules[i].line * 1000 + (unsigned)i;
	qsort(policy.rules, policy.nrules, sizeof *policy.rules, compare_rules);
	read_meaning();
}

/* ---- a third reading, straight from policy.h ---- */

static uint32_t policy_says(const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;
	bool named = false;

	if (data->arch != AUDIT_ARCH_X86_64)
		return SECCOMP_RET_KILL_PROCESS;
	if (nr == UINT32_MAX)
		return SECCOMP_RET_ALLOW;
	if (nr & ~(X32_BIT - 1))
		return SECCOMP_RET_KILL_PROCESS;
	for (size_t i = 0; i < policy.nrules; i++) {
		const struct rule *r = &policy.rules[i];
		uint64_t argument = r->arg < 0 ? 0 : data->args[r->arg];

		if (r->nr != nr)
			continue;
		named = true;
		if (!r->wide)
			argument = (uint32_t)argument;
		if (r->arg < 0 || (argument & r->mask) != 0)
			return r->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | r->errnum;
	}
	if (!named && policy.newer_enosys && nr > POLICY_CEILING)
		return SECCOMP_RET_ERRNO | ENOSYS_ERRNO;
	return SECCOMP_RET_ALLOW;
}

/* ---- a tail with what libseccomp's has ---- */

static struct sock_filter tail[PROGRAM_MAX];
static size_t tail_length;

static void tail_add(uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	tail[tail_length++] = (struct sock_filter){code, jt, jf, k};
}

static void make_tail(void)
{
	tail_length = 0;
	tail_add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	tail_add(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	tail_add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	tail_add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	tail_add(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 2);
	tail_add(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0);
	tail_add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	for (size_t i = 0; i < policy.nrules; i++) {
		const struct rule *r = &policy.rules[i];

		if (r->arg >= 0 || !in_tail(r->nr))
			continue;
		tail_add(BPF_JMP | BPF_JEQ | BPF_K, r->nr, 0, 1);
		tail_add(BPF_RET | BPF_K,
		         r->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | r->errnum, 0, 0);
	}
	tail_add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void make_program(void)
{
	make_tail();
	assert_true(assemble(&policy, in_tail, tail, tail_length, &program));
	assert_in_range(program.length, tail_length + 1, PROGRAM_MAX);
}

static struct walk walk_program(void)
{
	struct expectation expectation = meaning_expectation(&meaning);
	struct walk walk;

	memset(&walk, 0, sizeof walk);
	for (size_t i = 0; i < ARCHS; i++)
		bpf_walk(program.filter, program.length, archs[i], &expectation, &walk);
	return walk;
}

/* ---- calls to try ---- */

static uint32_t interesting_number(void)
{
	uint32_t nr = policy.nrules > 0 ? policy.rules[below((uint32_t)policy.nrules)].nr : 0;

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

static uint64_t interesting_argument(uint32_t nr, int arg)
{
	uint64_t mask = random_bits();

	for (size_t i = 0; i < policy.nrules; i++)
		if (policy.rules[i].nr == nr && policy.rules[i].arg == arg && one_in(2))
			mask = policy.rules[i].mask;
	switch (below(8)) {
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

static struct seccomp_data interesting_call(void)
{
	uint32_t nr = interesting_number();
	struct seccomp_data data = {.nr = (int)nr,
	                            .arch = one_in(8) ? archs[below(ARCHS)] : AUDIT_ARCH_X86_64,
	                            .instruction_pointer = random_bits()};

	for (int arg = 0; arg < 6; arg++)
		data.args[arg] = interesting_argument(nr, arg);
	return data;
}

static bool same(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO || (b & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return a == b;
	return (a & SECCOMP_RET_ACTION_FULL) == (b & SECCOMP_RET_ACTION_FULL);
}

static bool has_condition(uint32_t nr)
{
	for (size_t i = 0; i < policy.nrules; i++)
		if (policy.rules[i].nr == nr && policy.rules[i].arg >= 0)
			return true;
	return false;
}

/* ---- the tests ---- */

static void program_and_meaning_agree(size_t policies, size_t most, size_t calls)
{
	for (size_t n = 0; n < policies; n++) {
		uint64_t seeded = seed;
		struct walk walk;

		random_policy(most);
		make_program();
		walk = walk_program();
		if (walk.error != EVAL_OK || walk.mismatches > 0)
			fail_msg("seed %llx: %s, %zu mismatches, the first at arch %x number %u: %x, not %x",
			         (unsigned long long)seeded, bpf_eval_error_text(walk.error), walk.mismatches,
			         walk.mismatch[0].arch, walk.mismatch[0].first, walk.mismatch[0].got,
			         walk.mismatch[0].expected);
		for (size_t i = 0; i < calls; i++) {
			const struct seccomp_data data = interesting_call();
			struct evaluation e = bpf_eval(program.filter, program.length, &data, NULL);

			assert_int_equal(e.error, EVAL_OK);
			if (!same(e.action, policy_says(&data)) ||
			    !same(meaning_action(&meaning, &data), policy_says(&data)))
				fail_msg("seed %llx: arch %x number %u: program %x, meaning %x, policy %x",
				         (unsigned long long)seeded, data.arch, (unsigned)data.nr, e.action,
				         meaning_action(&meaning, &data), policy_says(&data));
			/* Or the kernel would run the filter for each such call: linux/kernel/seccomp.c, seccomp_cache_prepare. */
			if (e.halves != 0)
				assert_true(has_condition((uint32_t)data.nr));
			assert_true(bpf_walk_holds(&walk, archs[below(ARCHS)], (uint32_t)data.nr));
		}
	}
}

static void random_policies(void **state)
{
	(void)state;
	seed = 1;
	program_and_meaning_agree(3000, 12, 100);
	program_and_meaning_agree(200, 80, 300);
}

static void large_policies(void **state)
{
	(void)state;
	seed = 2;
	program_and_meaning_agree(8, 400, 3000);
}

/* One field of one instruction, so that seccomp(2) would still take the program. False: it would not. */
static bool break_one(size_t *at)
{
	struct sock_filter *f;
	struct evaluation e;
	struct seccomp_data data = {0};
	size_t left;
	bool was_bits;

	*at = below((uint32_t)program.length);
	f = &program.filter[*at];
	left = program.length - *at - 1;
	was_bits = f->code == (BPF_JMP | BPF_JSET | BPF_K);
	switch (below(7)) {
	case 0: f->k ^= 1u << below(32); break;
	case 1: f->k += one_in(2) ? 1u : UINT32_MAX; break;
	case 2: f->k = program.filter[below((uint32_t)program.length)].k; break;
	case 3: f->jt = (uint8_t)below(4); break;
	case 4: f->jf = (uint8_t)below(4); break;
	case 5: {
		static const uint16_t codes[] = {BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JGT | BPF_K,
		                                 BPF_JMP | BPF_JGE | BPF_K, BPF_JMP | BPF_JSET | BPF_K};

		if (BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) != BPF_JA)
			f->code = codes[below(4)];
		break;
	}
	default: *f = program.filter[below((uint32_t)program.length)];
	}
	/* Bits of the call's number: the walk gives up (EVAL_TOO_COMPLEX), which takes it a second each time. */
	if (f->code == (BPF_JMP | BPF_JSET | BPF_K) && !was_bits)
		return false;
	if (BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) == BPF_JA && f->k >= left)
		return false;
	if (BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) != BPF_JA && (f->jt >= left || f->jf >= left))
		return false;
	if (BPF_CLASS(f->code) == BPF_LD && (f->k % 4 != 0 || f->k >= sizeof data))
		return false;
	e = bpf_eval(program.filter, program.length, &data, NULL);
	return e.error == EVAL_OK;
}

/* A call that the broken program treats otherwise than the policy says, if sampling finds one. */
static bool find_difference(struct seccomp_data *data)
{
	for (size_t i = 0; i < 2000; i++) {
		struct evaluation e;

		*data = interesting_call();
		e = bpf_eval(program.filter, program.length, data, NULL);
		if (e.error != EVAL_OK || !same(e.action, policy_says(data)))
			return true;
	}
	return false;
}

static void broken_programs_are_found(void **state)
{
	size_t broken = 0, different = 0, found = 0;

	(void)state;
	seed = 3;
	for (size_t n = 0; n < 4000; n++) {
		uint64_t seeded = seed;
		struct seccomp_data data;
		struct walk walk;
		size_t at;
		bool differs;

		random_policy(12);
		make_program();
		if (!break_one(&at))
			continue;
		broken++;
		differs = find_difference(&data);
		walk = walk_program();
		if (differs && walk.error == EVAL_OK && walk.mismatches == 0)
			fail_msg(
			    "seed %llx: instruction %zu is broken: arch %x number %u args %llx %llx %llx %llx %llx %llx, and the "
			    "walk found nothing",
			    (unsigned long long)seeded, at, data.arch, (unsigned)data.nr,
			    (unsigned long long)data.args[0], (unsigned long long)data.args[1],
			    (unsigned long long)data.args[2], (unsigned long long)data.args[3],
			    (unsigned long long)data.args[4], (unsigned long long)data.args[5]);
		/* What it says it found is so. */
		for (size_t i = 0; i < walk.mismatches && i < WALK_MISMATCHES_MAX; i++) {
			const struct mismatch *m = &walk.mismatch[i];
			struct evaluation e = bpf_eval(program.filter, program.length, &m->example, NULL);

			assert_false(same(e.action, policy_says(&m->example)));
			assert_int_equal(m->example.arch, m->arch);
			assert_int_equal((uint32_t)m->example.nr, m->first);
			assert_true(m->first <= m->last);
			assert_false(bpf_walk_holds(&walk, m->arch, m->first));
			assert_false(bpf_walk_holds(&walk, m->arch, m->last));
			assert_int_equal(m->got, e.action);
			assert_true(same(m->expected, policy_says(&m->example)));
		}
		different += differs;
		found += walk.error != EVAL_OK || walk.mismatches > 0;
	}
	/* Most of what was broken shows; else this test would show nothing. */
	assert_true(broken > 2500);
	assert_true(different > broken / 2);
	assert_true(found >= different);
}

/* A rule that is missing in the program, and one that is too much: both seen, at their number. */
static void one_rule_more_or_less_is_found(void **state)
{
	(void)state;
	seed = 4;
	for (size_t n = 0; n < 500; n++) {
		size_t out;
		uint32_t nr;
		struct walk walk;

		random_policy(20);
		make_program();
		out = below((uint32_t)policy.nrules);
		nr = policy.rules[out].nr;
		/* The judge reads a policy without the rule, the program has it. */
		memmove(&rules[out], &rules[out + 1], (input.nrules - out - 1) * sizeof *rules);
		input.nrules--;
		assert_true(meaning_read(&meaning, &input));
		walk = walk_program();
		assert_int_equal(walk.error, EVAL_OK);
		if (walk.mismatches == 0) { /* the rule had nothing to do beside the others */
			size_t others;
			size_t first;

			others = meaning_rules_of(&meaning.enforced, nr, &first);
			assert_true(others > 0 || (policy.newer_enosys && nr > POLICY_CEILING));
			continue;
		}
		assert_int_equal(walk.mismatches, 1);
		assert_int_equal(walk.mismatch[0].first, nr);
		assert_int_equal(walk.mismatch[0].last, nr);
		assert_false(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, nr));
	}
}

/* The order of the list does not matter: number, severity and line decide. */
static void any_order_means_the_same(void **state)
{
	static struct meaning shuffled;

	(void)state;
	seed = 5;
	for (size_t n = 0; n < 500; n++) {
		random_policy(30);
		for (size_t i = input.nrules; i > 1; i--) {
			size_t j = below((uint32_t)i);
			struct trial_rule moving = rules[i - 1];

			rules[i - 1] = rules[j];
			rules[j] = moving;
		}
		assert_true(meaning_read(&shuffled, &input));
		for (size_t i = 0; i < 200; i++) {
			const struct seccomp_data data = interesting_call();

			assert_int_equal(meaning_action(&shuffled, &data), policy_says(&data));
		}
	}
}

/* next() may leave nothing out: between a number and the next one it gives, nothing changes. */
static void next_leaves_nothing_out(void **state)
{
	(void)state;
	seed = 6;
	for (size_t n = 0; n < 300; n++) {
		struct expectation expectation;

		random_policy(20);
		expectation = meaning_expectation(&meaning);
		for (size_t i = 0; i < 100; i++) {
			struct seccomp_data data = interesting_call();
			uint64_t next = expectation.next(expectation.context, data.arch, (uint32_t)data.nr);
			uint32_t here = policy_says(&data);
			uint32_t first = (uint32_t)data.nr;

			assert_true(next > first);
			assert_true(next <= UINT64_C(1) << 32);
			for (uint32_t tries = 0; tries < 20; tries++) {
				data.nr = (int)(first + (uint32_t)(random_bits() % (next - first)));
				assert_true(same(policy_says(&data), here));
			}
		}
	}
}

static void what_the_rules_say(void **state)
{
	static const struct trial_rule some[] = {
	    {"umount2", 166, TRIAL_ERRNO, 1, -1, false, 0, 9},
	    {"mount", 165, TRIAL_ERRNO, 2, 3, false, 0x1000, 8},
	    {"mount", 165, TRIAL_ERRNO, 3, 3, false, 0x1001, 7}, /* the lower line first */
	    {"mount", 165, TRIAL_KILL, 0, 0, true, UINT64_C(0x100000000),
	     99}, /* kill before errno, whatever the line */
	    {NULL, 500, TRIAL_ERRNO, 4, 1, false, 1, 3},
	    {NULL, 510, TRIAL_ERRNO, 4, 1, false, UINT64_C(0x100000001),
	     3}, /* what stands above 32 bits does not count */
	};
	static const struct {
		uint32_t arch, nr;
		uint64_t arg0, arg1, arg3;
		uint32_t action;
	} rows[] = {
	    {AUDIT_ARCH_X86_64, 166, 0, 0, 0, SECCOMP_RET_ERRNO | 1},
	    {AUDIT_ARCH_X86_64, 165, 0, 0, 0, SECCOMP_RET_ALLOW},
	    {AUDIT_ARCH_X86_64, 165, 0, 0, 0x1000, SECCOMP_RET_ERRNO | 3},
	    {AUDIT_ARCH_X86_64, 165, 0, 0, UINT64_C(0x100000001), SECCOMP_RET_ERRNO | 3},
	    {AUDIT_ARCH_X86_64, 165, 0, 0, UINT64_C(0x100100000000), SECCOMP_RET_ALLOW}, /* on 32 bits */
	    {AUDIT_ARCH_X86_64, 165, UINT64_C(0x100000000), 0, 1, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_X86_64, 165, 0xffffffff, 0, 0, SECCOMP_RET_ALLOW}, /* on 64 bits */
	    {AUDIT_ARCH_X86_64, 167, 0, 0, 0, SECCOMP_RET_ALLOW},
	    {AUDIT_ARCH_X86_64, 471, 0, 0, 0, SECCOMP_RET_ALLOW},
	    {AUDIT_ARCH_X86_64, 472, 0, 0, 0, SECCOMP_RET_ERRNO | 38},
	    {AUDIT_ARCH_X86_64, 499, 0, 0, 0, SECCOMP_RET_ERRNO | 38},
	    {AUDIT_ARCH_X86_64, 500, 0, 1, 0, SECCOMP_RET_ERRNO | 4},
	    {AUDIT_ARCH_X86_64, 500, 0, 2, 0, SECCOMP_RET_ALLOW}, /* a rule names it, and does not match */
	    {AUDIT_ARCH_X86_64, 501, 0, 0, 0, SECCOMP_RET_ERRNO | 38},
	    {AUDIT_ARCH_X86_64, 510, 0, UINT64_C(0x100000000), 0, SECCOMP_RET_ALLOW},
	    {AUDIT_ARCH_X86_64, 510, 0, UINT64_C(0x100000001), 0, SECCOMP_RET_ERRNO | 4},
	    {AUDIT_ARCH_X86_64, 0x3fffffff, 0, 0, 0, SECCOMP_RET_ERRNO | 38},
	    {AUDIT_ARCH_X86_64, 0x40000000, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_X86_64, 0x40000000 | 165, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_X86_64, 0x80000000, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_X86_64, 0xfffffffe, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_X86_64, 0xffffffff, 0, 0, 0, SECCOMP_RET_ALLOW}, /* what a tracer writes to skip a call */
	    {AUDIT_ARCH_I386, 0xffffffff, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_I386, 1, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {AUDIT_ARCH_AARCH64, 40, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	    {0, 0, 0, 0, 0, SECCOMP_RET_KILL_PROCESS},
	};
	size_t first;

	(void)state;
	input = (struct trial_input){.rules = some, .nrules = sizeof some / sizeof *some, .ceiling = 471, .above = 38};
	assert_true(meaning_read(&meaning, &input));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct seccomp_data data = {
		    .nr = (int)rows[i].nr, .arch = rows[i].arch, .args = {rows[i].arg0, rows[i].arg1, 0, rows[i].arg3}};
		uint32_t got = meaning_action(&meaning, &data);

		if (got != rows[i].action)
			fail_msg("row %zu: %x, not %x", i, got, rows[i].action);
	}
	assert_int_equal(meaning_rules_of(&meaning.enforced, 165, &first), 3);
	assert_int_equal(first, 0);
	assert_int_equal(meaning.enforced.order[0], 3);
	assert_int_equal(meaning.enforced.order[1], 2);
	assert_int_equal(meaning.enforced.order[2], 1);
	assert_int_equal(meaning_rules_of(&meaning.enforced, 166, &first), 1);
	assert_int_equal(first, 3);
	assert_int_equal(meaning_rules_of(&meaning.enforced, 167, &first), 0);
	assert_int_equal(meaning_rules_of(&meaning.enforced, UINT32_MAX, &first), 0);

	input.above = 0;
	for (uint32_t nr = 472; nr < 500; nr++) {
		struct seccomp_data data = {.nr = (int)nr, .arch = AUDIT_ARCH_X86_64};

		assert_int_equal(meaning_action(&meaning, &data), SECCOMP_RET_ALLOW);
	}
}

static void as_many_rules_as_fit(void **state)
{
	static struct trial_rule many[TRIAL_RULES_MAX + 1];
	static struct meaning most;

	(void)state;
	for (uint32_t i = 0; i <= TRIAL_RULES_MAX; i++) /* the worst order: last number first */
		many[i] = (struct trial_rule){.nr = TRIAL_RULES_MAX - i, .errnum = 1, .arg = -1, .line = i};
	input = (struct trial_input){.rules = many, .nrules = TRIAL_RULES_MAX};
	assert_true(meaning_read(&most, &input));
	assert_int_equal(most.count, TRIAL_RULES_MAX);
	for (size_t i = 1; i < most.count; i++)
		assert_true(many[most.enforced.order[i - 1]].nr < many[most.enforced.order[i]].nr);
	input.nrules = TRIAL_RULES_MAX + 1;
	assert_false(meaning_read(&most, &input));
	input.nrules = 0;
	assert_true(meaning_read(&most, &input));
	assert_int_equal(most.count, 0);
	/* All that the parser lets through has a place here. */
	assert_true(TRIAL_RULES_MAX >= POLICY_RULES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_rules_say),        cmocka_unit_test(as_many_rules_as_fit),
	    cmocka_unit_test(random_policies),           cmocka_unit_test(large_policies),
	    cmocka_unit_test(any_order_means_the_same),  cmocka_unit_test(next_leaves_nothing_out),
	    cmocka_unit_test(broken_programs_are_found), cmocka_unit_test(one_rule_more_or_less_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
