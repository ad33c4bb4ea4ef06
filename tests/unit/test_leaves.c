/* SPDX-License-Identifier: MIT */
/*
 * leaves: programs of every shape, alone and in pairs, run by the judge's interpreter against what both give: an errno
 * under the magic and a notification without, kills and other endings as they were, and what is allowed as it is
 * observed. test_joined.c has the same for all calls of random policies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>

#include "init/leaves.h"
#include "selftest/bpf_eval.h"
#include "tests/unit/sample.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAGIC UINT64_C(0x5d0e9c3f21b784a1)
#define EPERM_ANSWER (SECCOMP_RET_ERRNO | 1)

#define NR offsetof(struct seccomp_data, nr)
#define ARCH offsetof(struct seccomp_data, arch)
#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define RET(k) BPF_STMT(BPF_RET | BPF_K, (k))
#define JK(op, k, jt, jf) BPF_JUMP(BPF_JMP | BPF_##op | BPF_K, (k), (jt), (jf))

static void emit(struct program *program, struct sock_filter f)
{
	assert_true(program->length < PROGRAM_MAX);
	program->filter[program->length++] = f;
}

#define EMIT(program, ...) emit((program), (struct sock_filter)__VA_ARGS__)

/* ---- shapes ---- */

/* What a number gets in these programs. */
static uint32_t some_answer(uint32_t i)
{
	static const uint32_t answers[] = {EPERM_ANSWER, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | 13,
	                                   SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 38};

	return answers[i % COUNT(answers)];
}

static void emit_head(struct program *program)
{
	EMIT(program, LD(ARCH));
	EMIT(program, JK(JEQ, AUDIT_ARCH_X86_64, 1, 0));
	EMIT(program, RET(SECCOMP_RET_KILL_PROCESS));
	EMIT(program, LD(NR));
}

static void make_allow(struct program *program)
{
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

static void make_kill(struct program *program)
{
	EMIT(program, RET(SECCOMP_RET_KILL_PROCESS));
}

static void make_errno(struct program *program)
{
	EMIT(program, RET(EPERM_ANSWER));
}

/* Each number with a leaf of its own behind it. */
static void make_list(struct program *program)
{
	emit_head(program);
	for (uint32_t i = 0; i < 50; i++) {
		EMIT(program, JK(JEQ, 3 * i, 0, 1));
		EMIT(program, RET(some_answer(i)));
	}
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

/* As libseccomp has it: the numbers in a list, and at its end one leaf for each answer. */
static void make_shared(struct program *program)
{
	const uint8_t numbers = 240;

	emit_head(program);
	for (uint8_t i = 0; i < numbers; i++)
		EMIT(program, JK(JEQ, 2u * i, (uint8_t)(numbers - i + i % 5), 0));
	EMIT(program, RET(SECCOMP_RET_ALLOW));
	for (uint32_t i = 0; i < 5; i++)
		EMIT(program, RET(some_answer(i)));
}

/* As libseccomp has it, if it is asked to optimize: a binary tree, its leaves at its ends. */
static void emit_tree(struct program *program, uint32_t first, uint32_t count)
{
	const size_t at = program->length;

	if (count == 1) {
		EMIT(program, JK(JEQ, 4 * first, 0, 1));
		EMIT(program, RET(some_answer(first)));
		EMIT(program, RET(first % 2 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | 7));
		return;
	}
	EMIT(program, JK(JGE, 4 * (first + count / 2), 0, 0));
	emit_tree(program, first, count / 2);
	program->filter[at].jt = (uint8_t)(program->length - at - 1);
	emit_tree(program, first + count / 2, count - count / 2);
}

static void make_tree(struct program *program)
{
	emit_head(program);
	emit_tree(program, 0, 64);
}

static void make_many_errnos(struct program *program)
{
	emit_head(program);
	for (uint32_t i = 0; i < 300; i++) {
		EMIT(program, JK(JEQ, i, 0, 1));
		EMIT(program, RET(SECCOMP_RET_ERRNO | (1 + 7 * i)));
	}
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

/* What no policy gives, all of it: neither a denial to tell nor a call to observe. */
static void make_odd(struct program *program)
{
	static const uint32_t answers[] = {SECCOMP_RET_KILL_THREAD,
	                                   SECCOMP_RET_TRAP | 1,
	                                   SECCOMP_RET_TRACE | 5,
	                                   SECCOMP_RET_LOG,
	                                   SECCOMP_RET_USER_NOTIF,
	                                   SECCOMP_RET_ALLOW | 1,
	                                   0x12340000,
	                                   SECCOMP_RET_ERRNO,
	                                   SECCOMP_RET_ERRNO | 0xffff};

	EMIT(program, LD(NR));
	for (uint32_t i = 0; i < COUNT(answers); i++) {
		EMIT(program, JK(JEQ, i, 0, 1));
		EMIT(program, RET(answers[i]));
	}
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

/* A look at the sixth argument of its own, with what is left of it in the accumulator at the leaves. */
static void make_asking(struct program *program)
{
	static struct sample sample;

	sample_start(&sample);
	sample.policy.newer_enosys = true;
	for (uint32_t i = 0; i < 40; i++) {
		sample_add(&sample, 3 * i, (uint16_t)(i % 4), (int)(i % 7) - 1, i % 2, UINT64_C(0x100000001) << i % 32);
		sample.known[3 * i] = i % 3 == 0;
	}
	sample_finish(&sample);
	*program = sample.program;
}

static void make_long(struct program *program)
{
	emit_head(program);
	for (uint32_t i = 0; program->length < PROGRAM_MAX - 30; i++) {
		EMIT(program, JK(JEQ, i, 0, 1));
		EMIT(program, RET(some_answer(i)));
	}
	EMIT(program, RET(SECCOMP_RET_ALLOW));
}

static const struct {
	const char *name;
	void (*make)(struct program *); /* NULL: there is no program */
} shapes[] = {
    {"none", NULL},      {"allow", make_allow},   {"kill", make_kill}, {"errno", make_errno},
    {"list", make_list}, {"shared", make_shared}, {"tree", make_tree}, {"many errnos", make_many_errnos},
    {"odd", make_odd},   {"asking", make_asking}, {"long", make_long},
};

/* NULL if there is none. */
static const struct program *make(size_t shape, struct program *program)
{
	program->length = 0;
	if (!shapes[shape].make)
		return NULL;
	shapes[shape].make(program);
	assert_int_equal(bpf_check(program->filter, program->length), EVAL_OK);
	return program;
}

/* ---- what should come out ---- */

static bool is_errno(uint32_t action)
{
	return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

#define SECCOMP 317 /* asm/unistd_64.h */
#define GUARD 7u    /* instructions before a program whose denials are told */

static uint32_t run(const struct program *program, const struct seccomp_data *data)
{
	struct evaluation e;

	if (!program)
		return SECCOMP_RET_ALLOW;
	e = bpf_eval(program->filter, program->length, data, NULL);
	assert_int_equal(e.error, EVAL_OK);
	return e.action;
}

static uint32_t wanted(const struct program *denied, const struct program *observed, const struct leaves *leaves,
                       const struct seccomp_data *data)
{
	const uint32_t action = run(denied, data);

	if (denied && denied->length > 0 && leaves->magic && data->arch == AUDIT_ARCH_X86_64 && data->nr == SECCOMP &&
	    data->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return SECCOMP_RET_ERRNO | EBUSY;
	if (is_errno(action) && leaves->magic)
		return data->args[5] == leaves->magic ? action : SECCOMP_RET_USER_NOTIF;
	if (action != SECCOMP_RET_ALLOW || run(observed, data) == SECCOMP_RET_ALLOW)
		return action;
	return leaves->observed_action;
}

static size_t errnos_in(const struct program *program)
{
	static bool seen[0x10000];
	size_t count = 0;

	memset(seen, 0, sizeof seen);
	for (size_t i = 0; program && i < program->length; i++) {
		const struct sock_filter *f = &program->filter[i];

		if (f->code == (BPF_RET | BPF_K) && is_errno(f->k) && !seen[f->k & SECCOMP_RET_DATA]) {
			seen[f->k & SECCOMP_RET_DATA] = true;
			count++;
		}
	}
	return count;
}

/* One ending of six instructions for each errno, the guard against other listeners, and nothing else is added. */
static size_t length_of(const struct program *denied, const struct program *observed, const struct leaves *leaves)
{
	size_t length = (denied ? denied->length : 0) + (observed ? observed->length : 0);

	if (leaves->magic)
		length += 6 * errnos_in(denied) + (denied ? GUARD : 0);
	return length ? length : 1;
}

static const uint64_t sixths[] = {0,
                                  MAGIC,
                                  MAGIC &UINT32_MAX,
                                  MAGIC & ~(uint64_t)UINT32_MAX,
                                  MAGIC ^ 1,
                                  MAGIC ^ UINT64_C(0x8000000000000000),
                                  MAGIC << 32 | MAGIC >> 32,
                                  UINT64_MAX};

static void all_get_what_they_should(const char *names, const struct program *denied, const struct program *observed,
                                     const struct leaves *leaves, const struct program *joined, uint32_t step)
{
	static const uint32_t edges[] = {SECCOMP, POLICY_CEILING, POLICY_CEILING + 1, X32_BIT, X32_BIT | 3, UINT32_MAX};

	for (uint32_t i = 0; i < 260 + COUNT(edges); i += i < 260 ? step : 1) {
		for (size_t sixth = 0; sixth < COUNT(sixths); sixth++) {
			struct seccomp_data data = {.nr = (int)(i < 260 ? i : edges[i - 260]),
			                            .arch = i % 13 == 12 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64};

			for (int arg = 0; arg < 5; arg++)
				data.args[arg] = (i + sixth) % 3 ? UINT64_MAX : 0;
			data.args[5] = sixths[sixth];
			if (run(joined, &data) != wanted(denied, observed, leaves, &data))
				fail_msg("%s, magic %d, observed %x: number %u, sixth %llx: %x, not %x", names,
				         leaves->magic != 0, leaves->observed_action, (unsigned)data.nr,
				         (unsigned long long)data.args[5], run(joined, &data),
				         wanted(denied, observed, leaves, &data));
		}
	}
}

/* ---- the tests ---- */

static void every_pair_of_shapes(void **state)
{
	static const struct leaves kinds[] = {{0, SECCOMP_RET_ALLOW, false},
	                                      {MAGIC, SECCOMP_RET_ALLOW, false},
	                                      {0, SECCOMP_RET_USER_NOTIF, false},
	                                      {MAGIC, SECCOMP_RET_USER_NOTIF, false},
	                                      {MAGIC, SECCOMP_RET_LOG, false}};
	static struct program first, second;
	size_t fitting = 0, too_long = 0;

	(void)state;
	for (size_t pair = 0; pair < COUNT(shapes) * COUNT(shapes); pair++) {
		const size_t a = pair / COUNT(shapes), b = pair % COUNT(shapes);
		const struct program *denied = make(a, &first), *observed = make(b, &second);
		char names[64];

		snprintf(names, sizeof names, "%s and %s", shapes[a].name, shapes[b].name);
		for (size_t kind = 0; kind < COUNT(kinds); kind++) {
			struct program *joined = malloc(sizeof *joined); /* for the address sanitizer */
			const size_t length = length_of(denied, observed, &kinds[kind]);

			assert_non_null(joined);
			memset(joined, 0xa5, sizeof *joined); /* it need not be zeroed */
			assert_int_equal(leaves_join(denied, observed, &kinds[kind], joined), length <= PROGRAM_MAX);
			if (length <= PROGRAM_MAX) {
				assert_int_equal(joined->length, length);
				assert_int_equal(bpf_check(joined->filter, length), EVAL_OK);
				all_get_what_they_should(names, denied, observed, &kinds[kind], joined,
				                         length > 1000 ? 11 : 1);
				fitting++;
			} else {
				too_long++;
			}
			free(joined);
		}
	}
	assert_true(fitting > 400 && too_long > 10);
}

/* Each errno there is, in one program: the highest ones, and those that mean something to the kernel, too. */
static void every_errno(void **state)
{
	static struct program denied, joined;
	const struct leaves leaves = {.magic = MAGIC};

	(void)state;
	for (uint32_t first = 0; first < 4096; first += 256) {
		denied.length = 0;
		EMIT(&denied, LD(NR));
		for (uint32_t i = 0; i < 256; i++) {
			EMIT(&denied, JK(JEQ, i, 0, 1));
			EMIT(&denied, RET(SECCOMP_RET_ERRNO | (first + i)));
		}
		EMIT(&denied, RET(SECCOMP_RET_ALLOW));
		assert_true(leaves_join(&denied, NULL, &leaves, &joined));
		for (uint32_t i = 0; i < 256; i++) {
			struct seccomp_data data = {.nr = (int)i, .arch = AUDIT_ARCH_X86_64};

			assert_int_equal(run(&joined, &data), SECCOMP_RET_USER_NOTIF);
			data.args[5] = MAGIC;
			assert_int_equal(run(&joined, &data), SECCOMP_RET_ERRNO | (first + i));
		}
	}
}

/* Any magic, odd or not: one half may be 0. */
static void every_bit_of_the_magic(void **state)
{
	static struct program denied, joined;

	(void)state;
	denied.length = 0;
	make_errno(&denied);
	for (unsigned bit = 0; bit < 64; bit++) {
		const struct leaves leaves = {.magic = UINT64_C(1) << bit};

		assert_true(leaves_join(&denied, NULL, &leaves, &joined));
		for (unsigned other = 0; other < 64; other++) {
			struct seccomp_data data = {.args = {[5] = leaves.magic}};

			assert_int_equal(run(&joined, &data), EPERM_ANSWER);
			data.args[5] ^= UINT64_C(1) << other;
			assert_int_equal(run(&joined, &data), SECCOMP_RET_USER_NOTIF);
		}
	}
}

/* Or the kernel would run the filter for every call: linux/kernel/seccomp.c, seccomp_cache_prepare. */
static void arguments_are_looked_at_last(void **state)
{
	static struct program first, second, joined;
	const struct leaves leaves = {MAGIC, SECCOMP_RET_USER_NOTIF, false};

	(void)state;
	for (size_t shape = 0; shape < COUNT(shapes); shape++) {
		const struct program *denied, *observed = make(4, &second); /* the list */

		if (shapes[shape].make == make_asking || shapes[shape].make == make_long)
			continue;
		denied = make(shape, &first);
		assert_true(leaves_join(denied, observed, &leaves, &joined));
		for (int nr = 0; nr < 600; nr++) {
			const struct seccomp_data data = {.nr = nr, .arch = AUDIT_ARCH_X86_64};
			struct evaluation e = bpf_eval(joined.filter, joined.length, &data, NULL);

			/* Of an ending only: the lower half of the sixth, the upper one if that is the magic's. */
			if (nr != SECCOMP)
				assert_int_equal(e.halves, is_errno(run(denied, &data)) ? 1u << 10 : 0);
		}
	}
}

static void nothing_at_all(void **state)
{
	static const uint64_t magics[] = {0, MAGIC};
	static struct program joined, empty;

	(void)state;
	for (size_t i = 0; i < COUNT(magics); i++) {
		const struct leaves leaves = {magics[i], SECCOMP_RET_LOG, false};

		assert_true(leaves_join(NULL, NULL, &leaves, &joined));
		assert_int_equal(joined.length, 1);
		assert_int_equal(joined.filter[0].code, BPF_RET | BPF_K);
		assert_int_equal(joined.filter[0].k, SECCOMP_RET_ALLOW);
		assert_true(leaves_join(&empty, NULL, &leaves, &joined)); /* still a filter that the kernel takes */
		assert_int_equal(bpf_check(joined.filter, joined.length), EVAL_OK);
	}
}

/* ---- the limit ---- */

/* Of so many instructions, one RET of each errno from 1 on, and then one that allows. */
static void make_of_length(struct program *program, size_t length, uint32_t errnos)
{
	program->length = 0;
	EMIT(program, LD(NR));
	for (uint32_t i = 0; i < errnos; i++) {
		EMIT(program, JK(JEQ, i, 0, 1));
		EMIT(program, RET(SECCOMP_RET_ERRNO | (1 + i)));
	}
	while (program->length < length - 1)
		EMIT(program, LD(NR));
	EMIT(program, RET(SECCOMP_RET_ALLOW));
	assert_int_equal(program->length, length);
}

static void one_instruction_too_long(void **state)
{
	static const struct {
		size_t denied, observed; /* lengths; 0: none */
		uint32_t errnos;
		bool magic, fits;
	} rows[] = {
	    {PROGRAM_MAX - GUARD, 0, 0, true, true},
	    {PROGRAM_MAX, 0, 1, false, true}, /* nothing is told */
	    {PROGRAM_MAX, 0, 1, true, false},
	    {PROGRAM_MAX - GUARD - 6, 0, 1, true, true},
	    {PROGRAM_MAX - GUARD - 5, 0, 1, true, false},
	    {PROGRAM_MAX - GUARD - 6 * 100, 0, 100, true, true},
	    {PROGRAM_MAX - GUARD - 6 * 100 + 1, 0, 100, true, false},
	    {0, PROGRAM_MAX, 0, true, true},
	    {0, PROGRAM_MAX, 100, true, true}, /* of what is observed nothing is told by an ending */
	    {1000, PROGRAM_MAX - GUARD - 1000, 0, true, true},
	    {1000, PROGRAM_MAX - GUARD - 999, 0, true, false},
	    {1000, PROGRAM_MAX - GUARD - 1060, 10, true, true},
	    {1000, PROGRAM_MAX - GUARD - 1059, 10, true, false},
	    {1000, PROGRAM_MAX - 1000, 10, false, true},
	    {1000, PROGRAM_MAX - 999, 10, false, false},
	    {PROGRAM_MAX, 2, 0, false, false},
	    {PROGRAM_MAX, PROGRAM_MAX, 100, true, false},
	    {PROGRAM_MAX, PROGRAM_MAX, 2000, true, false}, /* four times what there is room for */
	};
	static struct program denied, observed;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct leaves leaves = {rows[i].magic ? MAGIC : 0, SECCOMP_RET_USER_NOTIF, false};
		struct program *joined = malloc(sizeof *joined); /* for the address sanitizer */

		assert_non_null(joined);
		if (rows[i].denied)
			make_of_length(&denied, rows[i].denied, rows[i].errnos);
		if (rows[i].observed)
			make_of_length(&observed, rows[i].observed, rows[i].observed > 300 ? 100 : 0);
		if (leaves_join(rows[i].denied ? &denied : NULL, rows[i].observed ? &observed : NULL, &leaves,
		                joined) != rows[i].fits)
			fail_msg("row %zu", i);
		if (rows[i].fits) {
			assert_int_equal(bpf_check(joined->filter, joined->length), EVAL_OK);
			all_get_what_they_should("of length", rows[i].denied ? &denied : NULL,
			                         rows[i].observed ? &observed : NULL, &leaves, joined, 20);
		}
		free(joined);
	}
}

/* ---- what no program of filter.h has ---- */

static void endings_without_a_value(void **state)
{
	static const uint16_t codes[] = {BPF_RET | BPF_A, BPF_RET | BPF_X, BPF_RET | 0x18};
	static struct program odd, right, joined;
	const struct leaves leaves = {MAGIC, SECCOMP_RET_USER_NOTIF, false};

	(void)state;
	make_of_length(&right, 10, 1);
	for (size_t i = 0; i < COUNT(codes); i++) {
		for (size_t at = 0; at < right.length; at++) {
			odd = right;
			odd.filter[at].code = codes[i];
			assert_false(leaves_join(&odd, NULL, &leaves, &joined));
			assert_false(leaves_join(NULL, &odd, &leaves, &joined));
			assert_false(leaves_join(&odd, &right, &leaves, &joined));
			assert_false(leaves_join(&right, &odd, &leaves, &joined));
		}
	}
	assert_true(leaves_join(&right, &right, &leaves, &joined));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_pair_of_shapes),    cmocka_unit_test(every_errno),
	    cmocka_unit_test(every_bit_of_the_magic),  cmocka_unit_test(arguments_are_looked_at_last),
	    cmocka_unit_test(nothing_at_all),          cmocka_unit_test(one_instruction_too_long),
	    cmocka_unit_test(endings_without_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
