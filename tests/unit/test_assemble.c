/* SPDX-License-Identifier: MIT */
/* assemble: what is put before the tail, row by row; that every program is one that the kernel takes; the limits. */
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
#include "init/conditions.h"
#include "selftest/bpf_eval.h"
#include "tests/unit/sample.h"

/* The tail of these tests says where it was reached, by numbers that no rule gives. */
#define FROM_TAIL (SECCOMP_RET_ERRNO | 4000u)
#define TAIL_DENIES 7u /* the errno that the tail has for the number that it knows */
#define KNOWN 100u

static bool knows_one(uint32_t nr)
{
	return nr == KNOWN;
}

static bool knows_none(uint32_t nr)
{
	(void)nr;
	return false;
}

static bool knows_all(uint32_t nr)
{
	(void)nr;
	return true;
}

static const struct sock_filter tail[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, KNOWN, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | TAIL_DENIES),
    BPF_STMT(BPF_RET | BPF_K, FROM_TAIL),
};

#define TAIL_LENGTH (sizeof tail / sizeof *tail)

static struct policy policy;
static struct program program;

static void start(bool newer_enosys)
{
	memset(&policy, 0, sizeof policy);
	policy.newer_enosys = newer_enosys;
}

static struct rule *add(uint32_t nr, uint16_t errnum) /* errnum 0: kill */
{
	struct rule *rule = &policy.rules[policy.nrules++];

	*rule = (struct rule){.nr = nr, .action = errnum ? ACTION_ERRNO : ACTION_KILL, .errnum = errnum};
	rule->line = (unsigned)policy.nrules;
	return rule;
}

static void add_if(uint32_t nr, uint16_t errnum, int8_t arg, bool wide, uint64_t mask)
{
	sample_add_bits(&policy, add(nr, errnum), arg, wide, mask);
}

static void make(bool (*in_tail)(uint32_t nr))
{
	memset(&program, 0xa5, sizeof program); /* it need not be zeroed */
	assert_true(assemble(&policy, in_tail, tail, TAIL_LENGTH, &program));
	assert_true(program.length > TAIL_LENGTH);
	assert_memory_equal(&program.filter[program.length - TAIL_LENGTH], tail, sizeof tail);
}

static struct evaluation run(uint32_t arch, uint32_t nr, int arg, uint64_t value)
{
	struct seccomp_data data = {.nr = (int)nr, .arch = arch};
	struct evaluation e;

	data.args[arg] = value;
	e = bpf_eval(program.filter, program.length, &data, NULL);
	assert_int_equal(e.error, EVAL_OK);
	return e;
}

static void gets(uint32_t nr, int arg, uint64_t value, uint32_t action)
{
	uint32_t got = run(AUDIT_ARCH_X86_64, nr, arg, value).action;

	if (got != action)
		fail_msg("number %u, arg%d 0x%llx: 0x%x, not 0x%x", nr, arg, (unsigned long long)value, got, action);
}

/* ---- where a native call comes into the tail ---- */

/* A tail that would kill every ABI's calls: native ones do not come by that, others do. */
static void native_calls_pass_by_the_tails_test_of_the_abi(void **state)
{
	(void)state;
	for (int newer = 0; newer < 2; newer++) {
		start(newer);
		add(KNOWN, TAIL_DENIES);
		make(knows_all);
		program.filter[program.length - TAIL_LENGTH + 1].k = 0;
		gets(1, 0, 0, FROM_TAIL);
		gets(KNOWN, 0, 0, SECCOMP_RET_ERRNO | TAIL_DENIES);
		gets(UINT32_MAX, 0, 0, SECCOMP_RET_KILL_PROCESS); /* no call: to the tail's beginning, with x32's */
		assert_int_equal(run(AUDIT_ARCH_I386, 1, 0, 0).action, SECCOMP_RET_KILL_PROCESS);
	}
}

/* ---- whose a rule is ---- */

static void whose_a_rule_is(void **state)
{
	(void)state;
	start(false);
	assert_false(assemble_owns(add(KNOWN, 1), knows_one));
	assert_true(assemble_owns(add(KNOWN + 1, 1), knows_one));
	add_if(KNOWN, 1, 0, false, 1);
	assert_true(assemble_owns(&policy.rules[2], knows_one));
	add_if(KNOWN, 1, 5, false, 1);
	assert_true(assemble_owns(&policy.rules[3], knows_all));
}

/* ---- what calls get ---- */

static void unknown_numbers(void **state)
{
	(void)state;
	start(false);
	add(467, 1);
	add(469, 0);
	make(knows_one);
	gets(466, 0, 0, FROM_TAIL);
	gets(467, 0, 0, SECCOMP_RET_ERRNO | 1);
	gets(467, 3, UINT64_MAX, SECCOMP_RET_ERRNO | 1);
	gets(468, 0, 0, FROM_TAIL);
	gets(469, 0, 0, SECCOMP_RET_KILL_PROCESS);
	gets(470, 0, 0, FROM_TAIL);
	gets(KNOWN, 0, 0, SECCOMP_RET_ERRNO | TAIL_DENIES);
}

static void the_ceiling(void **state)
{
	static const uint32_t above[] = {POLICY_CEILING + 1, POLICY_CEILING + 2, 512, 547, 65535, 0x3fffffff};

	(void)state;
	for (int on = 0; on < 2; on++) {
		start(on);
		add(POLICY_CEILING + 3, 1); /* a rule of its own outweighs the ceiling */
		add_if(POLICY_CEILING + 4, 1, 0, false, 4);
		make(knows_one);
		for (size_t i = 0; i < sizeof above / sizeof *above; i++)
			gets(above[i], 0, 0, on ? SECCOMP_RET_ERRNO | 38 : FROM_TAIL);
		gets(POLICY_CEILING, 0, 0, FROM_TAIL);
		gets(POLICY_CEILING + 3, 0, 0, SECCOMP_RET_ERRNO | 1);
		gets(POLICY_CEILING + 4, 0, 4, SECCOMP_RET_ERRNO | 1);
		gets(POLICY_CEILING + 4, 0, 3, FROM_TAIL);
	}
}

/* What is not this ABI's is the tail's to kill: no rule and no ceiling may answer first. */
static void other_abis_go_to_the_tail(void **state)
{
	static const uint32_t not_native[] = {0x40000000, 0x40000000 | 467, 0x40000000 | KNOWN, 0x7fffffff,
	                                      0x80000000, 0xfffffffe,       0xffffffff};

	(void)state;
	start(true);
	add_if(KNOWN, 1, 0, false, UINT32_MAX);
	add(467, 1);
	make(knows_one);
	for (size_t i = 0; i < sizeof not_native / sizeof *not_native; i++)
		gets(not_native[i], 0, UINT64_MAX, FROM_TAIL);
	for (uint32_t nr = 0; nr < 600; nr++) {
		assert_int_equal(run(AUDIT_ARCH_I386, nr, 0, UINT64_MAX).action, SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(run(AUDIT_ARCH_AARCH64, nr, 0, UINT64_MAX).action, SECCOMP_RET_KILL_PROCESS);
	}
}

static void a_condition_on_32_bits(void **state)
{
	(void)state;
	for (int8_t arg = 0; arg < 6; arg++) {
		start(false);
		add_if(200, 5, arg, false, 0x80000006);
		make(knows_one);
		gets(200, arg, 0, FROM_TAIL);
		gets(200, arg, 1, FROM_TAIL);
		gets(200, arg, 2, SECCOMP_RET_ERRNO | 5);
		gets(200, arg, 4, SECCOMP_RET_ERRNO | 5);
		gets(200, arg, 7, SECCOMP_RET_ERRNO | 5);
		gets(200, arg, 8, FROM_TAIL);
		gets(200, arg, 0x80000000, SECCOMP_RET_ERRNO | 5);
		gets(200, arg, UINT64_C(0xffffffff00000000), FROM_TAIL);             /* junk must not break the call */
		gets(200, arg, UINT64_C(0xffffffff00000002), SECCOMP_RET_ERRNO | 5); /* nor hide it */
		gets(200, (arg + 1) % 6, UINT64_MAX, FROM_TAIL);
		gets(201, arg, UINT64_MAX, FROM_TAIL);
	}
}

static void a_condition_on_64_bits(void **state)
{
	(void)state;
	for (int8_t arg = 0; arg < 6; arg++) {
		start(false);
		add_if(200, 5, arg, true, UINT64_C(0x8000000000000001));
		add_if(201, 5, arg, true, 1);                            /* nothing in the upper half */
		add_if(202, 5, arg, true, UINT64_C(0x0000000100000000)); /* nothing in the lower half */
		make(knows_one);
		gets(200, arg, 0, FROM_TAIL);
		gets(200, arg, 1, SECCOMP_RET_ERRNO | 5);
		gets(200, arg, UINT64_C(0x8000000000000000), SECCOMP_RET_ERRNO | 5);
		gets(200, arg, UINT64_C(0x7ffffffffffffffe), FROM_TAIL);
		gets(200, arg, UINT64_C(0x0000000100000000), FROM_TAIL);
		gets(201, arg, UINT64_C(0xffffffff00000000), FROM_TAIL);
		gets(201, arg, UINT64_C(0xffffffff00000001), SECCOMP_RET_ERRNO | 5);
		gets(202, arg, 0xffffffff, FROM_TAIL);
		gets(202, arg, UINT64_C(0x1ffffffff), SECCOMP_RET_ERRNO | 5);
		gets(202, (arg + 1) % 6, UINT64_MAX, FROM_TAIL);
	}
}

/* The rules of one number in their order: the first that matches decides. */
static void alternatives(void **state)
{
	(void)state;
	start(false);
	add_if(KNOWN, 0, 0, false, 1); /* kill-process */
	add_if(KNOWN, 2, 0, false, 3);
	add_if(KNOWN, 3, 1, false, 1);
	add(KNOWN, TAIL_DENIES); /* in the tail */
	add_if(KNOWN + 1, 0, 0, false, 1);
	add_if(KNOWN + 1, 2, 0, false, 3);
	add(KNOWN + 1, 4);
	add_if(KNOWN + 1, 5, 0, false, 4); /* never asked */
	add_if(KNOWN + 2, 6, 0, false, 1);
	make(knows_one);
	gets(KNOWN, 0, 1, SECCOMP_RET_KILL_PROCESS);
	gets(KNOWN, 0, 3, SECCOMP_RET_KILL_PROCESS);
	gets(KNOWN, 0, 2, SECCOMP_RET_ERRNO | 2);
	gets(KNOWN, 1, 1, SECCOMP_RET_ERRNO | 3);
	gets(KNOWN, 0, 0, SECCOMP_RET_ERRNO | TAIL_DENIES);
	gets(KNOWN + 1, 0, 1, SECCOMP_RET_KILL_PROCESS);
	gets(KNOWN + 1, 0, 2, SECCOMP_RET_ERRNO | 2);
	gets(KNOWN + 1, 0, 0, SECCOMP_RET_ERRNO | 4);
	gets(KNOWN + 1, 0, 4, SECCOMP_RET_ERRNO | 4);
	gets(KNOWN + 2, 0, 1, SECCOMP_RET_ERRNO | 6);
	gets(KNOWN + 2, 0, 0, FROM_TAIL);
}

/* A rule without a condition that comes first and is in the tail: nothing of the number is asked here. */
static void the_tail_may_come_first(void **state)
{
	(void)state;
	start(false);
	add(KNOWN, TAIL_DENIES);
	add_if(KNOWN, 2, 0, false, 3);
	make(knows_one);
	gets(KNOWN, 0, 3, SECCOMP_RET_ERRNO | TAIL_DENIES);
	gets(KNOWN, 0, 0, SECCOMP_RET_ERRNO | TAIL_DENIES);
}

/* Calls without a condition must not have an argument looked at: the kernel answers them from a bitmap then. */
static void arguments_are_looked_at_for_their_call_only(void **state)
{
	(void)state;
	start(true);
	add_if(50, 1, 0, true, UINT64_MAX);
	add(60, 1);
	add_if(KNOWN, 1, 2, false, 1);
	add_if(467, 1, 5, false, 1);
	make(knows_one);
	for (uint32_t nr = 0; nr < 600; nr++) {
		struct evaluation e = run(AUDIT_ARCH_X86_64, nr, 0, 0);

		assert_int_equal(e.halves, nr == 50 ? 3 : nr == KNOWN ? 1 << 4 : nr == 467 ? 1 << 10 : 0);
	}
}

static void nothing_to_put_before(void **state)
{
	(void)state;
	start(false);
	add(KNOWN, TAIL_DENIES);
	make(knows_all);
	for (uint32_t nr = 0; nr < 600; nr++)
		gets(nr, 0, UINT64_MAX, nr == KNOWN ? SECCOMP_RET_ERRNO | TAIL_DENIES : FROM_TAIL);
}

/* ---- the kernel takes it ---- */

/* What seccomp_check_filter() and bpf_check_classic() ask: known opcodes, aligned loads, jumps inside, a RET at the end. */
static void is_a_filter(void)
{
	for (size_t pc = 0; pc < program.length; pc++) {
		const struct sock_filter *f = &program.filter[pc];
		size_t left = program.length - pc - 1;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS: assert_true(f->k % 4 == 0 && f->k < sizeof(struct seccomp_data)); break;
		case BPF_JMP | BPF_JA: assert_true(f->k < left); break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K: assert_true(f->jt < left && f->jf < left); break;
		case BPF_RET | BPF_K: break;
		default: /* of the tail only */ assert_true(pc >= program.length - TAIL_LENGTH);
		}
	}
	assert_int_equal(program.filter[program.length - 1].code, BPF_RET | BPF_K);
}

static void long_programs_have_long_jumps(void **state)
{
	const uint32_t calls = 580; /* with a condition each: nearly as many as fit */

	(void)state;
	start(true);
	for (uint32_t i = 0; i < calls; i++)
		add_if(i, (uint16_t)(1 + i), (int8_t)(i % 6), i % 2, 1u << i % 32);
	make(knows_one);
	is_a_filter();
	for (uint32_t i = 0; i < calls; i++) {
		gets(i, (int)(i % 6), 1u << i % 32, SECCOMP_RET_ERRNO | (1 + i));
		gets(i, (int)(i % 6), ~(1u << i % 32), i == KNOWN ? SECCOMP_RET_ERRNO | TAIL_DENIES : FROM_TAIL);
	}

	start(true); /* all of one call */
	for (uint32_t i = 0; i < POLICY_RULES_MAX; i++)
		add_if(200, (uint16_t)(1 + i), (int8_t)(i % 6), true, UINT64_C(1) << (i / 6) % 64);
	make(knows_one);
	is_a_filter();
	for (uint32_t i = 0; i < 6 * 64; i++)
		gets(200, (int)(i % 6), UINT64_C(1) << i / 6, SECCOMP_RET_ERRNO | (1 + i));
	gets(200, 0, 0, FROM_TAIL);
}

/* ---- the limit ---- */

static void one_instruction_too_long(void **state)
{
	static struct sock_filter long_tail[PROGRAM_MAX + 1];
	size_t before;

	(void)state;
	for (size_t i = 0; i <= PROGRAM_MAX; i++)
		long_tail[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)i);
	start(true);
	add_if(200, 5, 0, false, 1);
	make(knows_one);
	before = program.length - TAIL_LENGTH;

	assert_true(assemble(&policy, knows_one, long_tail, PROGRAM_MAX - before, &program));
	assert_int_equal(program.length, PROGRAM_MAX);
	gets(1, 0, 0, 0); /* the tail's first instruction */
	gets(200, 0, 1, SECCOMP_RET_ERRNO | 5);
	assert_false(assemble(&policy, knows_one, long_tail, PROGRAM_MAX - before + 1, &program));
	assert_false(assemble(&policy, knows_one, long_tail, PROGRAM_MAX, &program));
	assert_false(assemble(&policy, knows_one, long_tail, PROGRAM_MAX + 1, &program));
}

static void add_list(uint32_t nr, enum test test, bool wide, const uint64_t *values, size_t count)
{
	struct rule *rule = add(nr, 5);

	rule->nconditions = 1;
	rule->conditions[0] = (struct condition){.arg = 1, .upper = 1, .wide = wide, .test = test};
	assert_true(conditions_add_values(&policy, values, count, &rule->conditions[0]));
}

/* So long that a conditional jump does not reach its end: with other jumps, and the same answers. */
static void long_lists(void **state)
{
	uint64_t values[300];

	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		const bool wide = how % 2, not_in = how / 2;
		const uint64_t step = wide ? UINT64_C(0x100000003) : 3;
		const uint32_t in = not_in ? FROM_TAIL : SECCOMP_RET_ERRNO | 5;
		const uint32_t out = not_in ? SECCOMP_RET_ERRNO | 5 : FROM_TAIL;

		for (size_t count = 60; count <= 300; count += 30) {
			for (size_t i = 0; i < count; i++)
				values[i] = 10 + step * i;
			start(false);
			add_list(200, not_in ? TEST_NOT_IN : TEST_IN, wide, values, count);
			make(knows_one);
			for (size_t i = 0; i < count; i++) {
				gets(200, 1, values[i], in);
				gets(200, 1, values[i] + 1, out);
				gets(200, 1, values[i] ^ UINT64_C(0x8000000000000000), wide ? out : in);
			}
			gets(201, 1, values[0], FROM_TAIL);
		}
	}
}

/* More than fits, from the first instruction too many on to the most that there can be: no write beyond the end. */
static void far_too_long(void **state)
{
	size_t fit = 0;

	(void)state;
	start(true);
	for (uint32_t i = 0; i < POLICY_RULES_MAX; i++) {
		add_if(i, 1, 0, true, UINT64_C(0x100000001));
		if (assemble(&policy, knows_none, tail, TAIL_LENGTH, &program))
			fit = policy.nrules;
	}
	/* Two to find a call, five for its condition, one to the tail: eight for each; nine stand once. */
	assert_int_equal(fit, (PROGRAM_MAX - TAIL_LENGTH - 9) / 8);
	assert_true(fit < POLICY_RULES_MAX);
	assert_false(assemble(&policy, knows_none, tail, TAIL_LENGTH, &program));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whose_a_rule_is),
	    cmocka_unit_test(unknown_numbers),
	    cmocka_unit_test(the_ceiling),
	    cmocka_unit_test(other_abis_go_to_the_tail),
	    cmocka_unit_test(a_condition_on_32_bits),
	    cmocka_unit_test(a_condition_on_64_bits),
	    cmocka_unit_test(native_calls_pass_by_the_tails_test_of_the_abi),
	    cmocka_unit_test(alternatives),
	    cmocka_unit_test(the_tail_may_come_first),
	    cmocka_unit_test(arguments_are_looked_at_for_their_call_only),
	    cmocka_unit_test(nothing_to_put_before),
	    cmocka_unit_test(long_programs_have_long_jumps),
	    cmocka_unit_test(one_instruction_too_long),
	    cmocka_unit_test(long_lists),
	    cmocka_unit_test(far_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
