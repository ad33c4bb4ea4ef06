/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "selftest/bpf_walk.h"
#include "selftest/canary.h"
#include "selftest/numbers.h"
#include "selftest/trial.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MARKER (SECCOMP_RET_ERRNO | 3823)
#define TOLD (SECCOMP_RET_ERRNO | CANARY_SECRET)
#define SECRET UINT64_C(0x5d0e9c3f21b784a1) /* as a trial makes one at random */

static struct canary_numbers numbers;
static uint64_t magic = CANARY_MAGIC;
static struct sock_filter filter[CANARY_LENGTH_MAX];

static uint32_t answer(size_t length, uint32_t arch, uint32_t nr, uint64_t arg5)
{
	struct seccomp_data data = {.nr = (int)nr, .arch = arch, .args = {[5] = arg5}};
	struct evaluation e = bpf_eval(filter, length, &data, NULL);

	assert_int_equal(e.error, EVAL_OK);
	return e.action;
}

/* Numbers with gaps, and some without; x32's among them; in no order. */
static uint32_t native_number(size_t i)
{
	uint32_t n = 3 * (uint32_t)i + (i % 11 == 5 ? 3 : 5);

	return i % 7 == 3 ? NUMBERS_X32_BIT + n : n;
}

static bool is_native(uint32_t nr)
{
	for (size_t i = 0; i < numbers.natives; i++)
		if (numbers.native[i] == nr)
			return true;
	return false;
}

static bool is_i386(uint32_t nr)
{
	for (size_t i = 0; i < numbers.compats; i++)
		if (numbers.compat[i] == nr)
			return true;
	return false;
}

static void fill(size_t natives, size_t compats)
{
	numbers.natives = natives;
	numbers.compats = compats;
	for (size_t i = 0; i < natives; i++)
		numbers.native[natives - 1 - i] = native_number(i);
	for (size_t i = 0; i < compats; i++)
		numbers.compat[i] = 2 * (uint32_t)i + 21;
}

#define LOWER_OF(m) ((m)&UINT32_MAX)
#define UPPER_OF(m) ((m)-LOWER_OF(m))
#define LOWER LOWER_OF(magic)
#define UPPER UPPER_OF(magic)

static void assert_number(size_t length, uint32_t nr)
{
	const uint64_t others[] = {0,
	                           LOWER,
	                           UPPER,
	                           magic ^ 1,
	                           magic ^ UINT64_C(0x8000000000000000),
	                           OVERLAY_MAGIC,
	                           UINT64_MAX,
	                           magic << 32 | magic >> 32,
	                           LOWER_OF(CANARY_MAGIC),
	                           UPPER_OF(CANARY_MAGIC),
	                           UPPER_OF(CANARY_MAGIC) | LOWER_OF(SECRET),
	                           UPPER_OF(SECRET) | LOWER_OF(CANARY_MAGIC),
	                           magic == CANARY_MAGIC ? SECRET : CANARY_MAGIC ^ 1};
	uint32_t with_lower = is_i386(nr) ? MARKER : SECCOMP_RET_ALLOW;

	assert_int_equal(answer(length, AUDIT_ARCH_X86_64, nr, magic), is_native(nr) ? MARKER : SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(answer(length, AUDIT_ARCH_X86_64, nr, others[i]), SECCOMP_RET_ALLOW);
	/* Of all calls the control alone says that there is a secret. */
	if (magic != CANARY_MAGIC)
		assert_int_equal(answer(length, AUDIT_ARCH_X86_64, nr, CANARY_MAGIC),
		                 numbers.secret && nr == numbers.native[0] ? TOLD : SECCOMP_RET_ALLOW);

	/* The kernel gives 32-bit calls' arguments with an upper half of zero. */
	assert_int_equal(answer(length, AUDIT_ARCH_I386, nr, LOWER), with_lower);
	assert_int_equal(answer(length, AUDIT_ARCH_I386, nr, LOWER ^ 1), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(length, AUDIT_ARCH_I386, nr, UPPER), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(length, AUDIT_ARCH_I386, nr, 0), SECCOMP_RET_ALLOW);

	assert_int_equal(answer(length, AUDIT_ARCH_AARCH64, nr, magic), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(length, 0, nr, magic), SECCOMP_RET_ALLOW);
	if (magic != CANARY_MAGIC)
		assert_int_equal(answer(length, AUDIT_ARCH_I386, nr, LOWER_OF(CANARY_MAGIC)), SECCOMP_RET_ALLOW);
}

static void every_number(void)
{
	static const size_t natives[] = {0,   1,   2,   6,   119, 120, 121, 122, 123, 199,
	                                 200, 201, 254, 255, 256, 399, 400, 401, 799, 800};
	static const size_t compats[] = {0, CANARY_COMPAT_MAX};

	for (size_t i = numbers.secret; i < COUNT(natives); i++) { /* a secret's program has a control */
		for (size_t k = 0; k < COUNT(compats); k++) {
			size_t length;

			fill(natives[i], compats[k]);
			length = canary_assemble(&numbers, magic, MARKER, filter);
			assert_in_range(length, 1, CANARY_LENGTH_MAX);
			assert_int_equal(bpf_check(filter, length), EVAL_OK);
			for (uint32_t nr = 0; nr < 100; nr++)
				assert_number(length, nr);
			for (size_t n = 0; n < natives[i]; n++) {
				assert_number(length, native_number(n));
				assert_number(length, native_number(n) + 1);
				assert_number(length, native_number(n) ^ NUMBERS_X32_BIT);
			}
			assert_number(length, UINT32_MAX);
			assert_number(length, 0x7fffffff);
		}
	}
}

static void test_every_number(void **state)
{
	(void)state;
	every_number();
}

/* The magic is secret, and the control may say so, or not. */
static void test_every_number_with_a_secret(void **state)
{
	(void)state;
	magic = SECRET;
	for (int secret = 0; secret < 2; secret++) {
		numbers.secret = secret;
		every_number();
	}
	numbers.secret = false;
	magic = CANARY_MAGIC;
}

/* --- And nothing else: every call there can be -------------------------------------------------------------------- */

static bool has(uint64_t wanted, const struct seccomp_data *data, struct trace *trace)
{
	const struct comparison lower = {2 * CANARY_ARGUMENT, BPF_JEQ, UINT32_MAX, (uint32_t)wanted};
	const struct comparison upper = {2 * CANARY_ARGUMENT + 1, BPF_JEQ, UINT32_MAX, (uint32_t)(wanted >> 32)};

	/* 32-bit calls have no upper half. */
	return (data->arch == AUDIT_ARCH_I386 || bpf_decide(trace, data, upper)) && bpf_decide(trace, data, lower);
}

static uint32_t meant_action(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	uint32_t nr = (uint32_t)data->nr;
	bool native = data->arch == AUDIT_ARCH_X86_64;

	(void)context;
	if (!(native && is_native(nr)) && !(data->arch == AUDIT_ARCH_I386 && is_i386(nr)))
		return SECCOMP_RET_ALLOW;
	if (has(magic, data, trace))
		return MARKER;
	return native && numbers.secret && nr == numbers.native[0] && has(CANARY_MAGIC, data, trace)
	           ? TOLD
	           : SECCOMP_RET_ALLOW;
}

/* The next one that is listed, or is behind one. */
static uint64_t meant_next(const void *context, uint32_t arch, uint32_t nr)
{
	const uint32_t *list = arch == AUDIT_ARCH_I386 ? numbers.compat : numbers.native;
	const size_t count = arch == AUDIT_ARCH_I386 ? numbers.compats : numbers.natives;
	uint64_t next = UINT64_C(1) << 32;

	(void)context;
	for (size_t i = 0; i < count; i++)
		for (uint64_t n = list[i]; n <= (uint64_t)list[i] + 1; n++)
			if (n > nr && n < next)
				next = n;
	return next;
}

static struct walk walk_every_call(size_t length)
{
	static const struct expectation expectation = {NULL, meant_action, meant_next};
	static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};
	struct walk walk = {.error = EVAL_OK};

	for (size_t i = 0; i < COUNT(archs); i++)
		bpf_walk(filter, length, archs[i], &expectation, &walk);
	assert_int_equal(walk.error, EVAL_OK);
	return walk;
}

static void test_every_call(void **state)
{
	(void)state;
	for (int secret = 0; secret < 2; secret++) {
		struct walk walk;
		size_t length;

		magic = secret ? SECRET : CANARY_MAGIC;
		numbers.secret = secret;
		fill(201, 12);
		length = canary_assemble(&numbers, magic, MARKER, filter);
		assert_int_equal(walk_every_call(length).mismatches, 0);

		/* The walk would see it. */
		numbers.natives--;
		assert_int_equal(walk_every_call(length).mismatches, 1);
		numbers.natives++;
		numbers.compats--;
		assert_int_equal(walk_every_call(length).mismatches, 1);
		numbers.compats++;
		numbers.secret = !secret;
		walk = walk_every_call(length);
		assert_int_equal(walk.mismatches, secret ? 1 : 0); /* without one, both are the same magic */
		if (secret)
			assert_int_equal(walk.mismatch[0].first, numbers.native[0]);
	}
	numbers.secret = false;
	magic = CANARY_MAGIC;
}

/* Calls that are not listed are allowed without a look at their arguments: the kernel can cache that. */
static void test_arguments_are_last(void **state)
{
	size_t length;

	(void)state;
	fill(401, 12);
	length = canary_assemble(&numbers, CANARY_MAGIC, MARKER, filter);
	for (uint32_t nr = 0; nr < 1300; nr++) {
		struct seccomp_data data = {.nr = (int)nr, .arch = AUDIT_ARCH_X86_64};
		struct trace trace = {.next_nr = UINT64_C(1) << 32};

		(void)bpf_eval(filter, length, &data, &trace);
		assert_int_equal(trace.count > 0, is_native(nr));
	}
}

static void test_too_many(void **state)
{
	(void)state;
	fill(CANARY_NUMBERS_MAX, 0);
	numbers.natives = CANARY_NUMBERS_MAX + 1;
	assert_int_equal(canary_assemble(&numbers, CANARY_MAGIC, MARKER, filter), 0);
	numbers.natives = SIZE_MAX;
	assert_int_equal(canary_assemble(&numbers, CANARY_MAGIC, MARKER, filter), 0);
	numbers.secret = true;
	numbers.natives = CANARY_NUMBERS_MAX + 1;
	assert_int_equal(canary_assemble(&numbers, SECRET, MARKER, filter), 0);
	numbers.secret = false;
	fill(1, CANARY_COMPAT_MAX);
	numbers.compats = CANARY_COMPAT_MAX + 1;
	assert_int_equal(canary_assemble(&numbers, CANARY_MAGIC, MARKER, filter), 0);
}

static void assert_magic(uint64_t m)
{
	assert_true(m & 1);
	assert_int_not_equal(m >> 32, 0);
	assert_int_not_equal(m >> 32, UINT32_MAX);
	/* no address, with 57 bits of it either */
	assert_true(m >> 56 != 0 && m >> 56 != 0xff);
}

static void test_constants(void **state)
{
	(void)state;
	assert_magic(CANARY_MAGIC);
	assert_magic(OVERLAY_MAGIC);
	assert_int_not_equal((uint32_t)CANARY_MAGIC, (uint32_t)OVERLAY_MAGIC);
	assert_int_not_equal(CANARY_MAGIC >> 32, OVERLAY_MAGIC >> 32);
	for (size_t i = 0; i < CANARY_MARKERS; i++) {
		assert_in_range(canary_markers[i], 531, 4095);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(canary_markers[i], canary_markers[k]);
		/* What else comes back to the judge is none of them. */
		assert_int_not_equal(canary_markers[i], CANARY_SECRET);
		assert_int_not_equal(canary_markers[i], TRIAL_HEARD);
	}
	assert_in_range(CANARY_SECRET, 531, 4095);
	assert_in_range(TRIAL_HEARD, 531, 4095);
	assert_int_not_equal(CANARY_SECRET, TRIAL_HEARD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_number), cmocka_unit_test(test_every_number_with_a_secret),
	    cmocka_unit_test(test_every_call),   cmocka_unit_test(test_arguments_are_last),
	    cmocka_unit_test(test_too_many),     cmocka_unit_test(test_constants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
