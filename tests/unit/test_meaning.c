/* SPDX-License-Identifier: MIT */
/*
 * meaning, bpf_walk and assemble against each other and against a third reading of the policy (policy_says): thousands
 * of random policies, for which the walk must find nothing, and programs with one broken instruction, for which it must.
 * test_joined.c has the same for programs of two.
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

#include "selftest/bpf_eval.h"
#include "selftest/meaning.h"
#include "tests/unit/sample.h"

static struct sample sample;
static struct meaning meaning;

static void random_policy(size_t most)
{
	sample_random(&sample, most);
	assert_true(meaning_read(&meaning, &sample.input));
}

static struct walk walk_program(void)
{
	struct expectation expectation = meaning_expectation(&meaning);
	struct walk walk;

	memset(&walk, 0, sizeof walk);
	for (size_t i = 0; i < SAMPLE_ARCHS; i++)
		bpf_walk(sample.program.filter, sample.program.length, sample_archs[i], &expectation, &walk);
	return walk;
}

static struct evaluation run(const struct seccomp_data *data)
{
	return bpf_eval(sample.program.filter, sample.program.length, data, NULL);
}

static bool has_condition(uint32_t nr)
{
	for (size_t i = 0; i < sample.policy.nrules; i++)
		if (sample.policy.rules[i].nr == nr && sample.policy.rules[i].nconditions > 0)
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
		walk = walk_program();
		if (walk.error != EVAL_OK || walk.mismatches > 0)
			fail_msg("seed %llx: %s, %zu mismatches, the first at arch %x number %u: %x, not %x",
			         (unsigned long long)seeded, bpf_eval_error_text(walk.error), walk.mismatches,
			         walk.mismatch[0].arch, walk.mismatch[0].first, walk.mismatch[0].got,
			         walk.mismatch[0].expected);
		for (size_t i = 0; i < calls; i++) {
			const struct seccomp_data data = sample_call(&sample.policy);
			struct evaluation e = run(&data);

			assert_int_equal(e.error, EVAL_OK);
			if (!same_action(e.action, policy_says(&sample.policy, &data)) ||
			    !same_action(meaning_action(&meaning, &data), policy_says(&sample.policy, &data)))
				fail_msg("seed %llx: arch %x number %u: program %x, meaning %x, policy %x",
				         (unsigned long long)seeded, data.arch, (unsigned)data.nr, e.action,
				         meaning_action(&meaning, &data), policy_says(&sample.policy, &data));
			/* Or the kernel would run the filter for each such call: linux/kernel/seccomp.c, seccomp_cache_prepare. */
			if (e.halves != 0)
				assert_true(has_condition((uint32_t)data.nr));
			assert_true(bpf_walk_holds(&walk, sample_archs[below(SAMPLE_ARCHS)], (uint32_t)data.nr));
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

	*at = below((uint32_t)sample.program.length);
	f = &sample.program.filter[*at];
	left = sample.program.length - *at - 1;
	was_bits = f->code == (BPF_JMP | BPF_JSET | BPF_K);
	switch (below(7)) {
	case 0: f->k ^= 1u << below(32); break;
	case 1: f->k += one_in(2) ? 1u : UINT32_MAX; break;
	case 2: f->k = sample.program.filter[below((uint32_t)sample.program.length)].k; break;
	case 3: f->jt = (uint8_t)below(4); break;
	case 4: f->jf = (uint8_t)below(4); break;
	case 5: {
		static const uint16_t codes[] = {BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JGT | BPF_K,
		                                 BPF_JMP | BPF_JGE | BPF_K, BPF_JMP | BPF_JSET | BPF_K};

		if (BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) != BPF_JA)
			f->code = codes[below(4)];
		break;
	}
	default: *f = sample.program.filter[below((uint32_t)sample.program.length)];
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
	e = run(&data);
	return e.error == EVAL_OK;
}

/* A call that the broken program treats otherwise than the policy says, if sampling finds one. */
static bool find_difference(struct seccomp_data *data)
{
	for (size_t i = 0; i < 2000; i++) {
		struct evaluation e;

		*data = sample_call(&sample.policy);
		e = run(data);
		if (e.error != EVAL_OK || !same_action(e.action, policy_says(&sample.policy, data)))
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
			struct evaluation e = run(&m->example);

			assert_false(same_action(e.action, policy_says(&sample.policy, &m->example)));
			assert_int_equal(m->example.arch, m->arch);
			assert_int_equal((uint32_t)m->example.nr, m->first);
			assert_true(m->first <= m->last);
			assert_false(bpf_walk_holds(&walk, m->arch, m->first));
			assert_false(bpf_walk_holds(&walk, m->arch, m->last));
			assert_int_equal(m->got, e.action);
			assert_true(same_action(m->expected, policy_says(&sample.policy, &m->example)));
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
		struct seccomp_data data = {0};
		size_t out, first, count;
		struct walk walk;
		bool decides;
		uint32_t nr;

		random_policy(20);
		out = below((uint32_t)sample.policy.nrules);
		nr = sample.policy.rules[out].nr;
		count = meaning_rules_of(&meaning.enforced, nr, &first);
		decides = meaning_example(&meaning.enforced, first, count, out, &data);
		/* The judge reads a policy without the rule, the program has it. */
		memmove(&sample.rules[out], &sample.rules[out + 1],
		        (sample.input.nrules - out - 1) * sizeof sample.rules[0]);
		sample.input.nrules--;
		assert_true(meaning_read(&meaning, &sample.input));
		walk = walk_program();
		assert_int_equal(walk.error, EVAL_OK);
		if (walk.mismatches == 0) { /* the rule had nothing to do beside the others */
			size_t others = meaning_rules_of(&meaning.enforced, nr, &first);

			assert_true(!decides || others > 0 || (sample.policy.newer_enosys && nr > POLICY_CEILING));
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
		for (size_t i = sample.input.nrules; i > 1; i--) {
			size_t j = below((uint32_t)i);
			struct trial_rule moving = sample.rules[i - 1];

			sample.rules[i - 1] = sample.rules[j];
			sample.rules[j] = moving;
		}
		assert_true(meaning_read(&shuffled, &sample.input));
		for (size_t i = 0; i < 200; i++) {
			const struct seccomp_data data = sample_call(&sample.policy);

			assert_int_equal(meaning_action(&shuffled, &data), policy_says(&sample.policy, &data));
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
			struct seccomp_data data = sample_call(&sample.policy);
			uint64_t next = expectation.next(expectation.context, data.arch, (uint32_t)data.nr);
			uint32_t here = policy_says(&sample.policy, &data);
			uint32_t first = (uint32_t)data.nr;

			assert_true(next > first);
			assert_true(next <= UINT64_C(1) << 32);
			for (uint32_t tries = 0; tries < 20; tries++) {
				data.nr = (int)(first + (uint32_t)(random_bits() % (next - first)));
				assert_true(same_action(policy_says(&sample.policy, &data), here));
			}
		}
	}
}

/* Conditions and their number. */
#define IF_BITS(arg_, wide_, mask_) \
	(const struct trial_condition[]){{arg_, arg_, wide_, TRIAL_ANY_BIT, (const uint64_t[]){mask_}, 1}}, 1

static void what_is_told_and_what_observed(void **state)
{
	const struct trial_rule denied[] = {
	    {"umount2", 166, TRIAL_ERRNO, 1, NULL, 0, 9},
	    {"mount", 165, TRIAL_ERRNO, 2, IF_BITS(3, false, 0x1000), 8},
	    {"ptrace", 101, TRIAL_KILL, 0, NULL, 0, 7},
	};
	const struct trial_rule would[] = {
	    {"mount", 165, TRIAL_ERRNO, 5, NULL, 0, 20},
	    {"bpf", 321, TRIAL_KILL, 0, IF_BITS(0, false, 2), 21},
	    {"umount2", 166, TRIAL_KILL, 0, NULL, 0, 22},
	    {"ptrace", 101, TRIAL_ERRNO, 5, NULL, 0, 23},
	};
	static const uint64_t magic = UINT64_C(0x1234567890abcdef);
	/* In the columns: with neither; magic only; observed only (kernel log); both; nothing is enforced. */
	static const struct {
		uint32_t arch, nr;
		uint64_t arg0, arg3;
		const char
		    *gets; /* of the columns, without and with the magic: - open, e errno, k kill, n told, L logged */
	} rows[] = {
	    {AUDIT_ARCH_X86_64, 0, 0, 0, "-- -- -- -- --"},
	    {AUDIT_ARCH_X86_64, 166, 0, 0, "ee ne ee ne LL"},
	    {AUDIT_ARCH_X86_64, 165, 0, 0, "-- -- LL LL LL"},
	    {AUDIT_ARCH_X86_64, 165, 0, 0x1000, "ee ne ee ne LL"},
	    {AUDIT_ARCH_X86_64, 101, 0, 0, "kk kk kk kk LL"},
	    {AUDIT_ARCH_X86_64, 321, 0, 0, "-- -- -- -- --"},
	    {AUDIT_ARCH_X86_64, 321, 2, 0, "-- -- LL LL LL"},
	    {AUDIT_ARCH_X86_64, 471, 0, 0, "-- -- -- -- --"},
	    {AUDIT_ARCH_X86_64, 472, 0, 0, "ee ne ee ne LL"}, /* above both ceilings */
	    {AUDIT_ARCH_X86_64, 0x40000000, 0, 0, "kk kk kk kk LL"},
	    {AUDIT_ARCH_X86_64, 0xffffffff, 0, 0, "-- -- -- -- --"}, /* what a tracer writes to skip a call */
	    {AUDIT_ARCH_I386, 0, 0, 0, "kk kk kk kk LL"},
	    {0, 0, 0, 0, "kk kk kk kk LL"},
	};

	struct trial_input input, watched_input;

	(void)state;
	watched_input = (struct trial_input){.rules = would, .nrules = 4, .ceiling = 471, .above = 38};
	for (size_t column = 0; column < 5; column++) {
		input = (struct trial_input){.rules = denied, .nrules = 3, .ceiling = 471, .above = 38};
		input.magic = column == 1 || column == 3 ? magic : 0;
		input.observed = column >= 2 ? &watched_input : NULL;
		input.observed_action = SECCOMP_RET_LOG;
		input.enforces_nothing = column == 4;
		assert_true(meaning_read(&meaning, &input));
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			for (size_t k = 0; k < 2; k++) {
				const struct seccomp_data data = {
				    .nr = (int)rows[i].nr,
				    .arch = rows[i].arch,
				    .args = {rows[i].arg0, 0, 0, rows[i].arg3, 0, k ? magic : magic ^ 1}};
				uint32_t got = meaning_action(&meaning, &data) & SECCOMP_RET_ACTION_FULL;
				char letter = got == SECCOMP_RET_ALLOW          ? '-'
				              : got == SECCOMP_RET_ERRNO        ? 'e'
				              : got == SECCOMP_RET_KILL_PROCESS ? 'k'
				              : got == SECCOMP_RET_USER_NOTIF   ? 'n'
				              : got == SECCOMP_RET_LOG          ? 'L'
				                                                : '?';

				if (letter != rows[i].gets[3 * column + k])
					fail_msg("row %zu, column %zu, %zu: %c", i, column, k, letter);
			}
		}
	}
}

static void what_the_rules_say(void **state)
{
	const struct trial_rule some[] = {
	    {"umount2", 166, TRIAL_ERRNO, 1, NULL, 0, 9},
	    {"mount", 165, TRIAL_ERRNO, 2, IF_BITS(3, false, 0x1000), 8},
	    {"mount", 165, TRIAL_ERRNO, 3, IF_BITS(3, false, 0x1001), 7}, /* the lower line first */
	    {"mount", 165, TRIAL_KILL, 0, IF_BITS(0, true, UINT64_C(0x100000000)),
	     99}, /* kill before errno, whatever the line */
	    {NULL, 500, TRIAL_ERRNO, 4, IF_BITS(1, false, 1), 3},
	    {NULL, 510, TRIAL_ERRNO, 4, IF_BITS(1, false, UINT64_C(0x100000001)),
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
	struct trial_input input = {0};
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
	struct trial_input input, watched_input;

	(void)state;
	for (uint32_t i = 0; i <= TRIAL_RULES_MAX; i++) /* the worst order: last number first */
		many[i] = (struct trial_rule){.nr = TRIAL_RULES_MAX - i, .errnum = 1, .line = i};
	input = (struct trial_input){.rules = many, .nrules = TRIAL_RULES_MAX};
	assert_true(meaning_read(&most, &input));
	assert_int_equal(most.enforced.count, TRIAL_RULES_MAX);
	for (size_t i = 1; i < most.enforced.count; i++)
		assert_true(many[most.enforced.order[i - 1]].nr < many[most.enforced.order[i]].nr);
	input.nrules = TRIAL_RULES_MAX + 1;
	assert_false(meaning_read(&most, &input));
	input.nrules = 0;
	assert_true(meaning_read(&most, &input));
	assert_int_equal(most.enforced.count, 0);
	/* And as many observed ones. */
	watched_input = (struct trial_input){.rules = many, .nrules = TRIAL_RULES_MAX};
	input.observed = &watched_input;
	assert_true(meaning_read(&most, &input));
	assert_int_equal(most.observed.count, TRIAL_RULES_MAX);
	assert_int_equal(most.enforced.count, 0);
	for (size_t i = 1; i < most.observed.count; i++)
		assert_true(many[most.observed.order[i - 1]].nr < many[most.observed.order[i]].nr);
	watched_input.nrules = TRIAL_RULES_MAX + 1;
	assert_false(meaning_read(&most, &input));
	input.observed = NULL;
	assert_true(meaning_read(&most, &input));
	assert_int_equal(most.observed.count, 0);
	assert_null(most.observed.input);
	/* All that the parser lets through has a place here. */
	assert_true(TRIAL_RULES_MAX >= POLICY_RULES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_rules_say),
	    cmocka_unit_test(what_is_told_and_what_observed),
	    cmocka_unit_test(as_many_rules_as_fit),
	    cmocka_unit_test(random_policies),
	    cmocka_unit_test(large_policies),
	    cmocka_unit_test(any_order_means_the_same),
	    cmocka_unit_test(next_leaves_nothing_out),
	    cmocka_unit_test(broken_programs_are_found),
	    cmocka_unit_test(one_rule_more_or_less_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
