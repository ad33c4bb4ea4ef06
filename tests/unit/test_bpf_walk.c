/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>

#include "selftest/bpf_walk.h"

#define NR_END (UINT64_C(1) << 32)
#define X32_BIT UINT32_C(0x40000000)
#define COUNT(array) (sizeof(array) / sizeof *(array))

#define NR offsetof(struct seccomp_data, nr)
#define ARCH offsetof(struct seccomp_data, arch)
#define HALF(half) (offsetof(struct seccomp_data, args) + 4 * (size_t)(half))

#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define RET(k) BPF_STMT(BPF_RET | BPF_K, (k))
#define JK(op, k, jt, jf) BPF_JUMP(BPF_JMP | BPF_##op | BPF_K, (k), (jt), (jf))
#define CODE(code, k) BPF_STMT((code), (k))
#define DENY (SECCOMP_RET_ERRNO | EPERM)

static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0, UINT32_MAX};

static uint32_t random_state = 3;

static uint32_t random_number(uint32_t below)
{
	random_state ^= random_state << 13; /* xorshift32 */
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return below ? random_state % below : random_state;
}

/* --- A policy, what it means, and programs for it ----------------------------------------------------------------- */

struct rule {
	uint32_t nr;
	uint32_t action;
	int arg; /* -1: always; else if (args[arg] & mask) */
	uint64_t mask;
};

struct policy {
	struct rule rules[16]; /* sorted by number; the first match wins */
	size_t count;
	uint32_t ceiling;
};

static const struct policy base = {
    .rules =
	{
	    {56, DENY, 0, 0x7e020000},
	    {101, SECCOMP_RET_KILL_PROCESS, -1, 0},
	    {165, DENY, -1, 0},
	    {166, DENY, -1, 0},
	    {272, SECCOMP_RET_KILL_PROCESS, 0, 0x00020000},
	    {272, DENY, 0, 0x7e000000},
	    {303, SECCOMP_RET_ERRNO | EACCES, 4, UINT64_C(0x8000000100000001)}, /* 64 bits */
	    {428, DENY, -1, 0},
	    {429, DENY, 2, 1},
	    {429, DENY, 4, 0x80000000},
	    {467, SECCOMP_RET_ERRNO | ENOSYS, -1, 0},
	},
    .count = 11,
    .ceiling = 472,
};

static bool matches(const struct rule *rule, const struct seccomp_data *data, struct trace *trace)
{
	const uint8_t half = (uint8_t)(2 * rule->arg);

	return rule->arg < 0 ||
	       bpf_decide(trace, data, (struct comparison){half, BPF_JSET, UINT32_MAX, (uint32_t)rule->mask}) ||
	       (rule->mask >> 32 &&
	        bpf_decide(trace, data,
	                   (struct comparison){half + 1, BPF_JSET, UINT32_MAX, (uint32_t)(rule->mask >> 32)}));
}

static uint32_t meant_action(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct policy *policy = context;
	uint32_t nr = (uint32_t)data->nr;

	if (data->arch != AUDIT_ARCH_X86_64)
		return SECCOMP_RET_KILL_PROCESS;
	if (nr == UINT32_MAX)
		return SECCOMP_RET_ALLOW;
	if (nr >= X32_BIT)
		return SECCOMP_RET_KILL_PROCESS;
	for (size_t i = 0; i < policy->count; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->nr == nr && matches(rule, data, trace))
			return rule->action;
	}
	return nr > policy->ceiling ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_ALLOW;
}

static uint64_t meant_next(const void *context, uint32_t arch, uint32_t nr)
{
	const struct policy *policy = context;
	const uint64_t edges[] = {(uint64_t)policy->ceiling + 1, X32_BIT, UINT32_MAX, NR_END};
	uint64_t next = NR_END;

	if (arch != AUDIT_ARCH_X86_64)
		return NR_END;
	for (size_t i = 0; i < COUNT(edges); i++)
		if (edges[i] > nr && edges[i] < next)
			next = edges[i];
	for (size_t i = 0; i < policy->count; i++) {
		if (policy->rules[i].nr > nr && policy->rules[i].nr < next)
			next = policy->rules[i].nr;
		if (policy->rules[i].nr == nr)
			next = (uint64_t)nr + 1;
	}
	return next;
}

static struct expectation meaning_of(const struct policy *policy)
{
	return (struct expectation){policy, meant_action, meant_next};
}

struct program {
	struct sock_filter filter[200];
	size_t length;
};

static void emit(struct program *program, struct sock_filter f)
{
	assert_true(program->length < COUNT(program->filter));
	program->filter[program->length++] = f;
}

#define EMIT(program, instruction) emit((program), (struct sock_filter)instruction)

static void emit_rule(struct program *program, const struct rule *rule)
{
	uint32_t lower = (uint32_t)rule->mask, upper = (uint32_t)(rule->mask >> 32);

	if (rule->arg < 0) {
		EMIT(program, JK(JEQ, rule->nr, 0, 1));
		EMIT(program, RET(rule->action));
		return;
	}
	EMIT(program, JK(JEQ, rule->nr, 0, 6));
	EMIT(program, LD(HALF(2 * rule->arg)));
	EMIT(program, JK(JSET, lower, 2, 0));
	EMIT(program, LD(HALF(2 * rule->arg + 1)));
	EMIT(program, JK(JSET, upper, 0, 1));
	EMIT(program, RET(rule->action));
	EMIT(program, LD(NR));
}

static void emit_head(struct program *program)
{
	EMIT(program, LD(ARCH));
	EMIT(program, JK(JEQ, AUDIT_ARCH_X86_64, 1, 0));
	EMIT(program, RET(SECCOMP_RET_KILL_PROCESS));
	EMIT(program, LD(NR));
	EMIT(program, JK(JGE, X32_BIT, 0, 3));
	EMIT(program, JK(JEQ, UINT32_MAX, 0, 1));
	EMIT(program, RET(SECCOMP_RET_ALLOW));
	EMIT(program, RET(SECCOMP_RET_KILL_PROCESS));
}

static void emit_tail(struct program *program, const struct policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		emit_rule(program, &policy->rules[i]);
	/* the ceiling does not apply to numbers with a rule */
	EMIT(program, JK(JGT, policy->ceiling, 0, 1));
	EMIT(program, RET(SECCOMP_RET_ERRNO | ENOSYS));
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

static void compile(struct program *program, const struct policy *policy)
{
	program->length = 0;
	emit_head(program);
	emit_tail(program, policy);
}

static void walk_all(struct walk *walk, const struct program *program, const struct policy *policy)
{
	struct expectation expectation = meaning_of(policy);

	memset(walk, 0, sizeof *walk);
	for (size_t i = 0; i < COUNT(archs); i++)
		bpf_walk(program->filter, program->length, archs[i], &expectation, walk);
	assert_int_equal(walk->error, EVAL_OK);
}

/* The example shows what the mismatch says. */
static void assert_example(const struct mismatch *m, const struct program *program, const struct policy *policy)
{
	uint32_t nr = (uint32_t)m->example.nr;

	assert_int_equal(m->example.arch, m->arch);
	assert_true(m->first <= nr && nr <= m->last);
	assert_int_equal(bpf_eval(program->filter, program->length, &m->example, NULL).action, m->got);
	assert_int_equal(meant_action(policy, &m->example, NULL), m->expected);
	assert_int_not_equal(m->got, m->expected);
}

static void assert_only(const struct program *program, const struct policy *policy, uint32_t nr)
{
	struct walk walk;

	walk_all(&walk, program, policy);
	assert_int_equal(walk.mismatches, 1);
	assert_int_equal(walk.mismatch[0].arch, AUDIT_ARCH_X86_64);
	assert_int_equal(walk.mismatch[0].first, nr);
	assert_int_equal(walk.mismatch[0].last, nr);
	assert_example(&walk.mismatch[0], program, policy);
	assert_false(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, nr));
	assert_true(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, nr - 1));
	assert_true(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, nr + 1));
	assert_true(bpf_walk_holds(&walk, AUDIT_ARCH_I386, nr));
}

static void test_right(void **state)
{
	struct program program;
	struct walk walk;

	(void)state;
	compile(&program, &base);
	walk_all(&walk, &program, &base);
	assert_int_equal(walk.mismatches, 0);
	assert_true(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, 165));
	assert_true(walk.runs < 150);
}

static void test_each_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < base.count; i++) {
		struct policy other = base;
		struct program program;

		other.rules[i].action ^= 64; /* another errno, another action */
		if (other.rules[i].action == (SECCOMP_RET_KILL_PROCESS ^ 64))
			other.rules[i].action = SECCOMP_RET_KILL_THREAD;
		compile(&program, &other);
		assert_only(&program, &base, base.rules[i].nr);

		other = base;
		other.rules[i] = other.rules[--other.count];
		compile(&program, &other);
		assert_only(&program, &base, base.rules[i].nr);
	}
}

static void test_one_number(void **state)
{
	static const uint32_t numbers[] = {0,    1,       471,        472,         473,        1023,
	                                   1024, 0xf0005, 0x12345678, X32_BIT - 2, X32_BIT - 1};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct policy other = base;
		struct program program;

		other.rules[other.count++] = (struct rule){numbers[i], SECCOMP_RET_ERRNO | 1234, -1, 0};
		compile(&program, &other);
		if (numbers[i] > 0)
			assert_only(&program, &base, numbers[i]);
	}
}

/* Doors in front of a program that is right. */
static const struct {
	const char *what;
	struct sock_filter filter[10]; /* a return of ALLOW is the door */
	size_t length;
	uint32_t first, last;
} doors[] = {
    {"a number beyond x32's",
     {LD(NR), JK(JEQ, X32_BIT + 165, 0, 1), RET(SECCOMP_RET_ALLOW)},
     3,
     X32_BIT + 165,
     X32_BIT + 165},
    {"the number before -1", {LD(NR), JK(JEQ, 0xfffffffe, 0, 1), RET(SECCOMP_RET_ALLOW)}, 3, 0xfffffffe, 0xfffffffe},
    {"a range", {LD(NR), JK(JGE, 1000, 0, 2), JK(JGT, 2000, 1, 0), RET(SECCOMP_RET_ALLOW)}, 4, 1000, 2000},
    {"a carry",
     {LD(NR), JK(JGE, 512, 0, 3), JK(JGE, 1024, 2, 0), JK(JSET, 256, 0, 1), RET(SECCOMP_RET_ALLOW)},
     5,
     768,
     1023},
    {"a caller's argument",
     {LD(NR), JK(JEQ, 165, 0, 3), LD(HALF(7)), JK(JEQ, 0xdeadbeef, 0, 1), RET(SECCOMP_RET_ALLOW)},
     5,
     165,
     165},
    {"two arguments together",
     {LD(NR), JK(JEQ, 56, 0, 5), LD(HALF(0)), JK(JEQ, 0x10000000, 0, 3), LD(HALF(2)), JK(JEQ, 0x1234, 0, 1),
      RET(SECCOMP_RET_ALLOW)},
     7,
     56,
     56},
    {"both halves",
     {LD(NR), JK(JEQ, 428, 0, 5), LD(HALF(10)), JK(JEQ, 0x7a94c2ef, 0, 3), LD(HALF(11)), JK(JEQ, 0xb83d615e, 0, 1),
      RET(SECCOMP_RET_ALLOW)},
     7,
     428,
     428},
    {"some bits of an argument, in a range",
     {LD(NR), JK(JEQ, 166, 0, 5), LD(HALF(4)), CODE(BPF_ALU | BPF_AND | BPF_K, 0xff00), JK(JGT, 0xfe00, 0, 2),
      JK(JSET, 0x0100, 0, 1), RET(SECCOMP_RET_ALLOW)},
     7,
     166,
     166},
    {"junk in the upper half",
     {LD(NR), JK(JEQ, 56, 0, 3), LD(HALF(1)), JK(JEQ, 0, 1, 0), RET(SECCOMP_RET_ALLOW)},
     5,
     56,
     56},
    {"one value of many, kept in memory",
     {LD(HALF(2)), CODE(BPF_ST, 1), LD(NR), JK(JEQ, 166, 0, 4), CODE(BPF_LDX | BPF_MEM, 1), CODE(BPF_MISC | BPF_TXA, 0),
      JK(JEQ, 77, 0, 1), RET(SECCOMP_RET_ALLOW)},
     8,
     166,
     166},
};

static void test_doors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(doors); i++) {
		struct program program = {.length = 0};
		struct walk walk;

		for (size_t k = 0; k < doors[i].length; k++)
			emit(&program, doors[i].filter[k]);
		/* Jumps of the door that go beyond its end fall through to here. */
		emit_head(&program);
		emit_tail(&program, &base);
		walk_all(&walk, &program, &base);
		if (walk.mismatches < 1)
			fail_msg("%s: not found", doors[i].what);
		for (size_t k = 0; k < walk.mismatches; k++)
			assert_example(&walk.mismatch[k], &program, &base);
		assert_int_equal(walk.mismatch[0].first, doors[i].first);
		assert_int_equal(walk.mismatch[walk.mismatches - 1].last, doors[i].last);
		assert_false(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, doors[i].first));
	}
}

static void test_edges(void **state)
{
	/* instruction, what it becomes, the mismatch: of x32's bit, of -1, of the architecture */
	static const struct {
		size_t at;
		struct sock_filter wrong;
		uint32_t arch, first, last;
	} wrongs[] = {
	    {4, JK(JGT, X32_BIT, 0, 3), AUDIT_ARCH_X86_64, X32_BIT, X32_BIT},
	    {4, JK(JGE, X32_BIT - 1, 0, 3), AUDIT_ARCH_X86_64, X32_BIT - 1, X32_BIT - 1},
	    {4, JK(JSET, X32_BIT, 0, 3), AUDIT_ARCH_X86_64, 0x80000000, 0xbfffffff}, /* taken for no x32: ENOSYS */
	    {6, RET(SECCOMP_RET_KILL_PROCESS), AUDIT_ARCH_X86_64, UINT32_MAX, UINT32_MAX},
	    {7, RET(SECCOMP_RET_KILL_THREAD), AUDIT_ARCH_X86_64, X32_BIT, UINT32_MAX - 1},
	    {2, RET(SECCOMP_RET_ALLOW), AUDIT_ARCH_I386, 0, UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		struct program program;
		struct walk walk;

		compile(&program, &base);
		program.filter[wrongs[i].at] = wrongs[i].wrong;
		walk_all(&walk, &program, &base);
		assert_true(walk.mismatches >= 1);
		assert_int_equal(walk.mismatch[0].arch, wrongs[i].arch);
		assert_int_equal(walk.mismatch[0].first, wrongs[i].first);
		assert_int_equal(walk.mismatch[0].last, wrongs[i].last);
		assert_example(&walk.mismatch[0], &program, &base);
	}
}

static void test_ceiling(void **state)
{
	struct policy other = base;
	struct program program;

	(void)state;
	other.ceiling++;
	compile(&program, &other);
	assert_only(&program, &base, base.ceiling + 1);
	compile(&program, &base);
	assert_only(&program, &other, base.ceiling + 1);
}

/* Each bit of each mask, one too few and one too many. */
static void test_each_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < base.count; i++) {
		for (unsigned bit = 0; bit < 64 && base.rules[i].arg >= 0; bit++) {
			struct policy other = base;
			struct program program;
			struct walk walk;

			if (i == 5 && bit == 17)
				continue; /* the rule before it has this bit, and comes first */
			other.rules[i].mask ^= UINT64_C(1) << bit;
			compile(&program, &other);
			walk_all(&walk, &program, &base);
			assert_int_equal(walk.mismatches, 1);
			assert_int_equal(walk.mismatch[0].first, base.rules[i].nr);
			assert_int_equal(walk.mismatch[0].last, base.rules[i].nr);
			assert_example(&walk.mismatch[0], &program, &base);
		}
	}
}

/* == instead of &, the wrong argument, the wrong half. */
static void test_wrong_comparisons(void **state)
{
	(void)state;
	for (int wrong = 0; wrong < 3; wrong++) {
		struct program program;

		compile(&program, &base);
		for (size_t i = 0; i < program.length; i++) {
			struct sock_filter *f = &program.filter[i];

			if (f->code != (BPF_JMP | BPF_JEQ | BPF_K) || f->k != 56)
				continue;
			if (wrong == 0)
				f[2].code = BPF_JMP | BPF_JEQ | BPF_K;
			else
				f[1].k = wrong == 1 ? HALF(2) : HALF(1);
		}
		assert_only(&program, &base, 56);
	}
}

/* --- Random programs, against trying numbers and arguments one by one --------------------------------------------- */

static uint32_t allows(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	(void)context;
	(void)data;
	(void)trace;
	return SECCOMP_RET_ALLOW;
}

static uint64_t never(const void *context, uint32_t arch, uint32_t nr)
{
	(void)context;
	(void)arch;
	(void)nr;
	return NR_END;
}

static const struct expectation all_allowed = {NULL, allows, never};

static uint32_t random_constant(void)
{
	static const uint32_t constants[] = {
	    0,          1,          2,          7,   100, 165, 1023,       1024,       0xf0005,        X32_BIT,
	    0x400000a5, 0x7fffffff, 0x80000000, 255, 256, 428, UINT32_MAX, 0xfffffffe, AUDIT_ARCH_I386};

	switch (random_number(4)) {
	case 0: return random_number(600);
	case 1: return UINT32_C(1) << random_number(32);
	case 2: return random_number(12) ? random_number(16) : random_number(0);
	default: return constants[random_number(COUNT(constants))];
	}
}

/* Mostly what filters do; sometimes what a walk cannot follow. */
static struct sock_filter random_instruction(uint32_t after)
{
	static const uint16_t jumping[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
	struct sock_filter f = {.k = random_constant()};

	switch (random_number(12)) {
	case 0:
	case 1:
	case 2: return (struct sock_filter)LD(NR);
	case 3:
	case 4: return (struct sock_filter)LD(HALF(random_number(4)));
	case 5:
		switch (random_number(6)) {
		case 0: return (struct sock_filter)LD(ARCH);
		case 1: return (struct sock_filter)CODE(BPF_MISC | BPF_TAX, 0);
		case 2: return (struct sock_filter)CODE(BPF_MISC | BPF_TXA, 0);
		case 3: return (struct sock_filter)CODE(BPF_LDX | BPF_IMM, f.k);
		case 4: return (struct sock_filter)CODE(BPF_ST, 0);
		default: return (struct sock_filter)CODE(BPF_LD | BPF_MEM, 0);
		}
	case 6:
		if (random_number(4) == 0)
			return (struct sock_filter)CODE(
			    (uint16_t)(BPF_ALU | (random_number(2) ? BPF_ADD : BPF_RSH) | BPF_K), random_number(32));
		return (struct sock_filter)CODE(BPF_ALU | BPF_AND | BPF_K, f.k);
	case 7:
		return random_number(3) ? (struct sock_filter)RET(random_number(2) ? SECCOMP_RET_ALLOW : DENY)
		                        : (struct sock_filter)CODE(BPF_JMP | BPF_JA, random_number(after));
	default:
		f.code = BPF_JMP | jumping[random_number(4)];
		f.code |= (uint16_t)(random_number(10) ? BPF_K : BPF_X);
		f.jt = (uint8_t)random_number(after);
		f.jf = (uint8_t)random_number(after);
		return f;
	}
}

static void random_program(struct program *program)
{
	uint32_t length = 4 + random_number(20);

	program->length = 0;
	EMIT(program, CODE(BPF_ST, 0));
	for (uint32_t i = 1; i < length; i++) {
		struct sock_filter f = random_instruction(length - i + 1);

		const struct sock_filter *before = &program->filter[i - 1];

		/* A walk that has to try one number at a time takes long: seldom. */
		if (BPF_CLASS(f.code) == BPF_ALU && random_number(20) &&
		    (before->code != (BPF_LD | BPF_W | BPF_ABS) || before->k < HALF(0)))
			f = (struct sock_filter)LD(HALF(random_number(4)));
		emit(program, f);
	}
	EMIT(program, RET(DENY));
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

static uint32_t random_half(const struct program *program)
{
	uint32_t k = program->filter[random_number((uint32_t)program->length)].k;

	switch (random_number(5)) {
	case 0: return k;
	case 1: return k + 1;
	case 2: return k - 1;
	case 3: return random_number(2) ? 0 : UINT32_MAX;
	default: return random_constant();
	}
}

static bool is_denied(const struct program *program, uint32_t arch, uint32_t nr, const uint32_t halves[4])
{
	struct seccomp_data data = {.nr = (int)nr, .arch = arch};

	data.args[0] = halves[0] | (uint64_t)halves[1] << 32;
	data.args[1] = halves[2] | (uint64_t)halves[3] << 32;
	return bpf_eval(program->filter, program->length, &data, NULL).action != SECCOMP_RET_ALLOW;
}

/* What the walk says is wrong is wrong, for every number of the range and as the example shows. */
static void assert_found_is_there(const struct walk *walk, const struct program *program)
{
	for (size_t i = 0; i < walk->mismatches && i < WALK_MISMATCHES_MAX; i++) {
		const struct mismatch *m = &walk->mismatch[i];
		struct seccomp_data data = m->example;

		assert_true(m->first <= m->last);
		assert_int_equal(bpf_eval(program->filter, program->length, &data, NULL).action, m->got);
		assert_int_not_equal(m->got, SECCOMP_RET_ALLOW);
	}
}

/* Nothing else is wrong: numbers that the program mentions, their neighbours and some others, with many arguments. */
static void assert_there_is_found(const struct walk *walk, const struct program *program, uint32_t arch)
{
	for (int i = 0; i < 150; i++) {
		uint32_t nr = i < 40 ? random_number(1030) : random_half(program);

		for (int j = 0; j < 10; j++) {
			const uint32_t halves[] = {random_half(program), random_half(program), random_half(program),
			                           random_half(program)};

			if (is_denied(program, arch, nr, halves))
				assert_false(bpf_walk_holds(walk, arch, nr));
		}
	}
}

static void test_random_programs(void **state)
{
	size_t walked = 0, wrong = 0, by_arguments = 0;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct program program;
		struct walk walk = {.error = EVAL_OK};
		uint32_t arch = archs[random_number(2)];

		random_program(&program);
		if (bpf_check(program.filter, program.length) != EVAL_OK)
			continue;
		bpf_walk(program.filter, program.length, arch, &all_allowed, &walk);
		if (walk.error != EVAL_OK) {
			assert_true(walk.error == EVAL_OPAQUE || walk.error == EVAL_TOO_COMPLEX);
			continue;
		}
		assert_found_is_there(&walk, &program);
		assert_there_is_found(&walk, &program, arch);
		walked++;
		wrong += walk.mismatches > 0 && walk.mismatches <= WALK_MISMATCHES_MAX;
		for (size_t i = 0; i < walk.mismatches && i < WALK_MISMATCHES_MAX; i++)
			by_arguments += !is_denied(&program, arch, walk.mismatch[i].first, (uint32_t[4]){0, 0, 0, 0});
	}
	assert_true(walked > 500 && wrong > 200 && by_arguments > 30); /* all of it was tried */
}

/* A small world in full: programs that look at 4 bits of the number and 4 of each of two halves. */
static void test_small_world(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct program program = {.length = 0};
		struct walk walk = {.error = EVAL_OK};

		EMIT(&program, LD(NR));
		for (uint32_t after = 12; after > 0; after--) {
			struct sock_filter f = random_instruction(after + 1);

			if (BPF_CLASS(f.code) == BPF_JMP && BPF_SRC(f.code) == BPF_K && BPF_OP(f.code) != BPF_JA)
				f.k = random_number(16);
			else if (random_number(2))
				f = random_number(3)
				        ? (struct sock_filter)LD(HALF(random_number(2)))
				        : (struct sock_filter)CODE(BPF_ALU | BPF_AND | BPF_K, random_number(16));
			else if (BPF_CLASS(f.code) != BPF_RET)
				f = (struct sock_filter)LD(NR);
			emit(&program, f);
		}
		EMIT(&program, RET(DENY));
		EMIT(&program, RET(SECCOMP_RET_ALLOW));
		if (bpf_check(program.filter, program.length) != EVAL_OK)
			continue;
		bpf_walk(program.filter, program.length, AUDIT_ARCH_X86_64, &all_allowed, &walk);
		if (walk.error != EVAL_OK)
			continue;
		for (uint32_t nr = 0; nr < 20; nr++) {
			bool denied = false;

			for (uint32_t a = 0; a < 20 * 20 && !denied; a++)
				denied =
				    is_denied(&program, AUDIT_ARCH_X86_64, nr, (uint32_t[4]){a % 20, a / 20, 0, 0});
			assert_int_equal(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, nr), !denied);
			wrong += denied;
		}
	}
	assert_in_range(wrong, 500, 400 * 20);
}

/* --- Errors and bookkeeping --------------------------------------------------------------------------------------- */

static const struct {
	const char *what;
	struct sock_filter filter[8];
	size_t length;
	enum eval_error error;
} hopeless[] = {
    {"refused by the kernel", {LD(NR)}, 1, EVAL_NO_RETURN},
    {"computes with the number",
     {LD(NR), CODE(BPF_ALU | BPF_AND | BPF_K, 0xff), JK(JEQ, 7, 0, 0), RET(SECCOMP_RET_ALLOW)},
     4,
     EVAL_TOO_COMPLEX},
    {"returns the number", {LD(NR), CODE(BPF_RET | BPF_A, 0)}, 2, EVAL_TOO_COMPLEX},
    {"returns an argument", {LD(HALF(0)), CODE(BPF_RET | BPF_A, 0)}, 2, EVAL_OPAQUE},
    {"looks at the caller's address", {LD(8), JK(JEQ, 7, 0, 0), RET(SECCOMP_RET_ALLOW)}, 3, EVAL_OPAQUE},
    {"computes with an argument",
     {LD(HALF(0)), CODE(BPF_ALU | BPF_ADD | BPF_K, 1), JK(JEQ, 1, 0, 0), RET(SECCOMP_RET_ALLOW)},
     4,
     EVAL_OPAQUE},
    {"does so on one way",
     {LD(NR), JK(JEQ, 12345, 0, 2), LD(HALF(0)), CODE(BPF_RET | BPF_A, 0), RET(SECCOMP_RET_ALLOW)},
     5,
     EVAL_OPAQUE},
};

static void test_errors(void **state)
{
	struct walk walk;

	(void)state;
	for (size_t i = 0; i < COUNT(hopeless); i++) {
		memset(&walk, 0, sizeof walk);
		bpf_walk(hopeless[i].filter, hopeless[i].length, AUDIT_ARCH_X86_64, &all_allowed, &walk);
		if (walk.error != hopeless[i].error)
			fail_msg("%s: %d", hopeless[i].what, walk.error);
		assert_false(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, 0));
	}

	/* An error stays. */
	bpf_walk(&hopeless[1].filter[3], 1, AUDIT_ARCH_X86_64, &all_allowed, &walk);
	assert_int_equal(walk.error, EVAL_OPAQUE);
}

/* 2^22 ways: an error, and soon. */
static void test_too_many_ways(void **state)
{
	struct program program = {.length = 0};
	struct walk walk = {.error = EVAL_OK};

	(void)state;
	for (unsigned i = 0; i < 22; i++) {
		EMIT(&program, LD(HALF(i / 8)));
		EMIT(&program, JK(JSET, 1u << i, 0, 0));
	}
	EMIT(&program, RET(SECCOMP_RET_ALLOW));
	bpf_walk(program.filter, program.length, AUDIT_ARCH_X86_64, &all_allowed, &walk);
	assert_int_equal(walk.error, EVAL_TOO_COMPLEX);
}

static uint32_t asks_too_much(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	(void)context;
	for (uint32_t i = 0; data->nr == 5 && i <= TRACE_MAX; i++)
		(void)bpf_decide(trace, data, (struct comparison){0, BPF_JEQ, UINT32_MAX, 7});
	return SECCOMP_RET_ALLOW;
}

/* Of 60 values and 30 bits one is denied. Both that and its program are a chain of questions. */
static uint32_t asks_much(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	(void)context;
	for (uint32_t i = 0; data->nr == 5 && i < 60; i++)
		if (bpf_decide(trace, data, (struct comparison){3, BPF_JEQ, UINT32_MAX, 7 * i}))
			return i == 59 ? DENY : SECCOMP_RET_ALLOW;
	for (uint32_t i = 0; data->nr == 5 && i < 30; i++)
		if (bpf_decide(trace, data, (struct comparison){2, BPF_JSET, UINT32_MAX, 1u << i}))
			return i == 29 ? DENY : SECCOMP_RET_ALLOW;
	return SECCOMP_RET_ALLOW;
}

static uint64_t stands_still(const void *context, uint32_t arch, uint32_t nr)
{
	(void)context;
	(void)arch;
	return nr < 10 ? nr : NR_END;
}

static uint64_t next_number(const void *context, uint32_t arch, uint32_t nr)
{
	(void)context;
	(void)arch;
	return nr < 1000 ? (uint64_t)nr + 1 : NR_END;
}

static void test_strange_expectations(void **state)
{
	static const struct sock_filter allow[] = {RET(SECCOMP_RET_ALLOW)};
	struct expectation expectation = {NULL, asks_too_much, next_number};
	struct walk walk = {.error = EVAL_OK};

	(void)state;
	bpf_walk(allow, 1, AUDIT_ARCH_X86_64, &expectation, &walk);
	assert_int_equal(walk.error, EVAL_TOO_COMPLEX);

	memset(&walk, 0, sizeof walk);
	expectation = (struct expectation){NULL, allows, stands_still};
	bpf_walk(allow, 1, AUDIT_ARCH_X86_64, &expectation, &walk);
	assert_int_equal(walk.error, EVAL_OK);
	assert_int_equal(walk.runs, 11);
}

/* Many alternatives for one call: as many ways, and not 2 to that power. */
static void test_many_questions(void **state)
{
	const struct expectation expectation = {NULL, asks_much, next_number};
	struct program program = {.length = 0};
	struct walk walk;

	(void)state;
	EMIT(&program, LD(NR));
	EMIT(&program, JK(JEQ, 5, 1, 0));
	EMIT(&program, RET(SECCOMP_RET_ALLOW));
	EMIT(&program, LD(HALF(3)));
	for (uint8_t i = 0; i < 60; i++)
		EMIT(&program, JK(JEQ, 7 * i, (uint8_t)(i < 59 ? 60 - i : 0), i < 59 ? 0 : 2));
	EMIT(&program, RET(DENY));
	EMIT(&program, RET(SECCOMP_RET_ALLOW));
	EMIT(&program, LD(HALF(2)));
	for (uint8_t i = 0; i < 30; i++)
		EMIT(&program, JK(JSET, 1u << i, (uint8_t)(i < 29 ? 30 - i : 0), i < 29 ? 0 : 1));
	EMIT(&program, RET(DENY));
	EMIT(&program, RET(SECCOMP_RET_ALLOW));

	memset(&walk, 0, sizeof walk);
	bpf_walk(program.filter, program.length, AUDIT_ARCH_X86_64, &expectation, &walk);
	assert_int_equal(walk.error, EVAL_OK);
	assert_int_equal(walk.mismatches, 0);
	assert_int_equal(walk.runs, 1001 + 90);

	program.filter[4 + 33].k++; /* another value, and that one is denied */
	program.filter[4 + 33].jt = 59 - 33;
	memset(&walk, 0, sizeof walk);
	bpf_walk(program.filter, program.length, AUDIT_ARCH_X86_64, &expectation, &walk);
	assert_int_equal(walk.mismatches, 1);
	assert_int_equal(walk.mismatch[0].example.args[1] >> 32, 7 * 33 + 1);
}

/* Neighbours with the same answer are one mismatch; what does not fit is counted. */
static void test_mismatches(void **state)
{
	static const struct sock_filter deny[] = {RET(DENY)};
	struct expectation expectation = {NULL, allows, next_number};
	struct program program = {.length = 0};
	struct walk walk = {.error = EVAL_OK};

	(void)state;
	bpf_walk(deny, 1, AUDIT_ARCH_X86_64, &expectation, &walk);
	bpf_walk(deny, 1, AUDIT_ARCH_I386, &expectation, &walk);
	assert_int_equal(walk.mismatches, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(walk.mismatch[i].arch, archs[i]);
		assert_int_equal(walk.mismatch[i].first, 0);
		assert_int_equal(walk.mismatch[i].last, UINT32_MAX);
	}

	memset(&walk, 0, sizeof walk);
	EMIT(&program, LD(NR));
	EMIT(&program, JK(JGT, 2 * WALK_MISMATCHES_MAX + 1, 1, 0));
	EMIT(&program, JK(JSET, 1, 1, 0));
	EMIT(&program, RET(SECCOMP_RET_ALLOW));
	EMIT(&program, RET(DENY));
	bpf_walk(program.filter, program.length, AUDIT_ARCH_X86_64, &all_allowed, &walk);
	assert_int_equal(walk.error, EVAL_OK);
	assert_int_equal(walk.mismatches, WALK_MISMATCHES_MAX + 1);
	assert_false(bpf_walk_holds(&walk, AUDIT_ARCH_X86_64, 0)); /* not known any more */
}

/* --- A secret ----------------------------------------------------------------------------------------------------- */

#define MAGIC UINT64_C(0x5d0e9c3f21b784a1)

/* What becomes of a denial that is told: the errno with the magic in the sixth argument, a listener's answer without. */
static uint32_t tells(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct comparison lower = {10, BPF_JEQ, UINT32_MAX, (uint32_t)MAGIC};
	const struct comparison upper = {11, BPF_JEQ, UINT32_MAX, (uint32_t)(MAGIC >> 32)};

	(void)context;
	if (data->nr != 165)
		return SECCOMP_RET_ALLOW;
	return bpf_decide(trace, data, lower) && bpf_decide(trace, data, upper) ? DENY : SECCOMP_RET_USER_NOTIF;
}

/* Whether the walk finds a call that gets something else; then that is so. */
static bool is_found(const struct sock_filter *filter, size_t length)
{
	static const struct expectation expectation = {NULL, tells, next_number};
	struct walk walk = {.error = EVAL_OK};

	bpf_walk(filter, length, AUDIT_ARCH_X86_64, &expectation, &walk);
	assert_int_equal(walk.error, EVAL_OK);
	assert_in_range(walk.runs, 1000, 1010); /* a few more for each way of 165 */
	if (walk.mismatches > 0) {
		const struct seccomp_data *example = &walk.mismatch[0].example;

		assert_int_equal(bpf_eval(filter, length, example, NULL).action, walk.mismatch[0].got);
		assert_int_equal(tells(NULL, example, NULL), walk.mismatch[0].expected);
		assert_int_not_equal(walk.mismatch[0].got, walk.mismatch[0].expected);
	}
	return walk.mismatches > 0;
}

static void test_secret(void **state)
{
	static const struct sock_filter right[] = {
	    LD(NR),
	    JK(JEQ, 165, 0, 6),
	    LD(HALF(10)),
	    JK(JEQ, (uint32_t)MAGIC, 0, 3),
	    LD(HALF(11)),
	    JK(JEQ, (uint32_t)(MAGIC >> 32), 0, 1),
	    RET(DENY),
	    RET(SECCOMP_RET_USER_NOTIF),
	    RET(SECCOMP_RET_ALLOW),
	};
	/* Each a way of which 2^64 sixth arguments hide all but a few, or one. */
	static const struct {
		const char *what;
		size_t at;
		struct sock_filter instruction;
	} wrongs[] = {
	    {"nothing is told", 3, JK(JEQ, (uint32_t)MAGIC, 2, 2)},
	    {"all is told", 3, JK(JEQ, (uint32_t)MAGIC, 3, 3)},
	    {"the lower half alone", 3, JK(JEQ, (uint32_t)MAGIC, 2, 3)},
	    {"the upper half alone", 3, JK(JEQ, (uint32_t)MAGIC, 0, 0)},
	    {"another lower half", 3, JK(JEQ, (uint32_t)MAGIC ^ 0x80, 0, 3)},
	    {"another upper half", 5, JK(JEQ, (uint32_t)(MAGIC >> 32) + 1, 0, 1)},
	    {"the same half twice", 4, LD(HALF(10))},
	    {"another argument", 2, LD(HALF(8))},
	    {"some bits of a half", 3, JK(JSET, (uint32_t)MAGIC, 0, 3)},
	    {"from there on", 3, JK(JGE, (uint32_t)MAGIC, 0, 3)},
	    {"not, but else", 5, JK(JEQ, (uint32_t)(MAGIC >> 32), 1, 0)},
	    {"let through under the magic", 6, RET(SECCOMP_RET_ALLOW)},
	    {"another errno under the magic", 6, RET(SECCOMP_RET_ERRNO | EACCES)},
	    {"let through without it", 7, RET(SECCOMP_RET_ALLOW)},
	    {"the errno without it", 7, RET(DENY)},
	    {"only logged without it", 7, RET(SECCOMP_RET_LOG)},
	    {"other calls told", 8, RET(SECCOMP_RET_USER_NOTIF)},
	};

	(void)state;
	assert_false(is_found(right, COUNT(right)));
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		struct sock_filter filter[COUNT(right)];

		memcpy(filter, right, sizeof right);
		filter[wrongs[i].at] = wrongs[i].instruction;
		if (!is_found(filter, COUNT(right)))
			fail_msg("%s: not found", wrongs[i].what);
	}
}

/* Only ERRNO's data is compared. */
static void test_data_of_actions(void **state)
{
	static const struct {
		uint32_t action;
		size_t mismatches;
	} got[] = {
	    {SECCOMP_RET_ALLOW, 0}, {SECCOMP_RET_ALLOW | 5, 0}, {SECCOMP_RET_LOG, 1}, {SECCOMP_RET_ERRNO, 1},
	    {0x12340000, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(got); i++) {
		const struct sock_filter filter[] = {RET(got[i].action)};
		struct walk walk = {.error = EVAL_OK};

		bpf_walk(filter, 1, AUDIT_ARCH_X86_64, &all_allowed, &walk);
		assert_int_equal(walk.mismatches, got[i].mismatches);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_right),
	    cmocka_unit_test(test_each_rule),
	    cmocka_unit_test(test_one_number),
	    cmocka_unit_test(test_doors),
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_ceiling),
	    cmocka_unit_test(test_each_bit),
	    cmocka_unit_test(test_wrong_comparisons),
	    cmocka_unit_test(test_random_programs),
	    cmocka_unit_test(test_small_world),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_too_many_ways),
	    cmocka_unit_test(test_strange_expectations),
	    cmocka_unit_test(test_many_questions),
	    cmocka_unit_test(test_mismatches),
	    cmocka_unit_test(test_secret),
	    cmocka_unit_test(test_data_of_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
