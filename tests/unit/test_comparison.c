/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/filter.h>

#include "selftest/comparison.h"

#define PLENTY 10000u

static uint32_t random_state = 1;

static uint32_t random_number(uint32_t below)
{
	random_state ^= random_state << 13; /* xorshift32 */
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

static const struct {
	uint8_t operation;
	uint32_t mask, k, half;
	bool holds;
} outcomes[] = {
    {BPF_JEQ, UINT32_MAX, 5, 5, true},  {BPF_JEQ, UINT32_MAX, 5, 4, false},
    {BPF_JEQ, 0xf0, 0x50, 0x5f, true},  {BPF_JEQ, 0xf0, 0x5f, 0x5f, false},
    {BPF_JGT, UINT32_MAX, 5, 5, false}, {BPF_JGT, UINT32_MAX, 5, 0x80000000, true}, /* unsigned */
    {BPF_JGT, 0xf, 5, 0xf5, false},     {BPF_JGE, UINT32_MAX, 5, 5, true},
    {BPF_JGE, UINT32_MAX, 5, 4, false}, {BPF_JGE, UINT32_MAX, 0, 0, true},
    {BPF_JSET, UINT32_MAX, 6, 2, true}, {BPF_JSET, UINT32_MAX, 6, 9, false},
    {BPF_JSET, 4, 6, 2, false},         {BPF_JSET, UINT32_MAX, 0, UINT32_MAX, false},
};

static void test_outcomes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		struct comparison c = {0, outcomes[i].operation, outcomes[i].mask, outcomes[i].k};

		assert_int_equal(comparison_holds(&c, outcomes[i].half), outcomes[i].holds);
	}
}

/* The versions of clang-format disagree about braces in a macro. */
/* clang-format off */
#define YES(operation, mask, k) {{0, operation, mask, k}, true, false}
#define NO(operation, mask, k) {{0, operation, mask, k}, false, false}
/* clang-format on */

static const struct {
	struct decision decisions[4];
	size_t count;
	enum solution solution;
	uint32_t value;
} solutions[] = {
    {{{{0}, false, false}}, 0, SOLUTION_FOUND, 0},
    {{YES(BPF_JEQ, UINT32_MAX, UINT32_MAX)}, 1, SOLUTION_FOUND, UINT32_MAX},
    {{NO(BPF_JEQ, UINT32_MAX, 0)}, 1, SOLUTION_FOUND, 1},
    {{YES(BPF_JEQ, 0xf0, 0x51)}, 1, SOLUTION_NONE, 0},
    {{NO(BPF_JEQ, 0, 0)}, 1, SOLUTION_NONE, 0},
    {{YES(BPF_JGT, UINT32_MAX, UINT32_MAX)}, 1, SOLUTION_NONE, 0},
    {{YES(BPF_JGT, UINT32_MAX, 0xfffffffe)}, 1, SOLUTION_FOUND, UINT32_MAX},
    {{NO(BPF_JGE, UINT32_MAX, 0)}, 1, SOLUTION_NONE, 0},
    {{YES(BPF_JGE, 0xf000000f, 0x10)}, 1, SOLUTION_FOUND, 0x10000000},
    {{YES(BPF_JGE, 0x0f, 0x10)}, 1, SOLUTION_NONE, 0},
    {{YES(BPF_JGT, 0x0f, 0x0f)}, 1, SOLUTION_NONE, 0},
    {{YES(BPF_JSET, UINT32_MAX, 0x80000000)}, 1, SOLUTION_FOUND, 0x80000000},
    {{YES(BPF_JSET, 0x7fffffff, 0x80000000)}, 1, SOLUTION_NONE, 0},
    {{YES(BPF_JSET, UINT32_MAX, 0x7e020000), NO(BPF_JSET, UINT32_MAX, 0x00020000)}, 2, SOLUTION_FOUND, 0x02000000},
    {{YES(BPF_JSET, UINT32_MAX, 3), NO(BPF_JEQ, UINT32_MAX, 1), NO(BPF_JEQ, UINT32_MAX, 2), NO(BPF_JGE, UINT32_MAX, 3)},
     4,
     SOLUTION_NONE,
     0},
    {{YES(BPF_JGE, UINT32_MAX, 100), NO(BPF_JGT, UINT32_MAX, 99)}, 2, SOLUTION_NONE, 0},
    {{YES(BPF_JGE, UINT32_MAX, 100), NO(BPF_JGT, UINT32_MAX, 100)}, 2, SOLUTION_FOUND, 100},
    {{YES(BPF_JGT, UINT32_MAX, 0x7fffffff), YES(BPF_JEQ, 0xffff, 0x1234)}, 2, SOLUTION_FOUND, 0x80001234},
    /* what is impossible below is not tried for each value of what is above */
    {{YES(BPF_JEQ, 3, 1), YES(BPF_JEQ, 6, 4), YES(BPF_JSET, UINT32_MAX, 0xfffffff0), NO(BPF_JEQ, 5, 5)},
     4,
     SOLUTION_NONE,
     0},
    /* another half's decisions are none of this one's */
    {{{{1, BPF_JEQ, UINT32_MAX, 7}, true, false}, NO(BPF_JEQ, UINT32_MAX, 0)}, 2, SOLUTION_FOUND, 1},
};

static void test_solutions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof solutions / sizeof *solutions; i++) {
		size_t budget = PLENTY;
		uint32_t value = 0;

		assert_int_equal(comparison_solve(solutions[i].decisions, solutions[i].count, 0, &budget, &value),
		                 solutions[i].solution);
		if (solutions[i].solution == SOLUTION_FOUND)
			assert_int_equal(value, solutions[i].value);
		assert_true(PLENTY - budget <= 3 * 33); /* steps from bit to bit, not from value to value */
	}
}

static void test_budget(void **state)
{
	static const struct decision hard[] = {NO(BPF_JEQ, UINT32_MAX, 0), YES(BPF_JSET, UINT32_MAX, 2)};
	size_t budget = 10;
	uint32_t value;

	(void)state;
	assert_int_equal(comparison_solve(hard, 2, 0, &budget, &value), SOLUTION_TOO_HARD);
	assert_int_equal(budget, 0);
	budget = 100;
	assert_int_equal(comparison_solve(hard, 2, 0, &budget, &value), SOLUTION_FOUND);
	assert_int_equal(value, 2);
}

static bool all_right(const struct decision *decisions, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		if (comparison_holds(&decisions[i].comparison, value) != decisions[i].held)
			return false;
	return true;
}

static void random_decision(struct decision *decision, unsigned bits)
{
	static const uint8_t operations[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};

	decision->comparison.half = 0;
	decision->comparison.operation = operations[random_number(4)];
	decision->comparison.mask = random_number(2) ? UINT32_MAX : random_number(1u << bits);
	decision->comparison.k =
	    random_number(4) ? random_number(1u << bits) & decision->comparison.mask : random_number(1u << bits);
	decision->held = random_number(2);
}

/*
 * Against trying every value. All constants have BITS bits, so from 2^BITS on values differ in nothing but their lower
 * BITS bits: the values below 2^(BITS + 1) stand for all.
 */
#define BITS 10u

static void test_every_value(void **state)
{
	size_t found = 0;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		struct decision decisions[6];
		size_t count = 1 + random_number(6);
		size_t budget = PLENTY;
		uint32_t lowest = 0, value;
		enum solution solution;

		for (size_t i = 0; i < count; i++)
			random_decision(&decisions[i], BITS);
		while (lowest < 2u << BITS && !all_right(decisions, count, lowest))
			lowest++;
		solution = comparison_solve(decisions, count, 0, &budget, &value);
		assert_int_equal(solution, lowest < 2u << BITS ? SOLUTION_FOUND : SOLUTION_NONE);
		if (solution == SOLUTION_FOUND)
			assert_int_equal(value, lowest);
		found += solution == SOLUTION_FOUND;
	}
	assert_in_range(found, 800, 3200); /* both outcomes were tried */
}

/* The same with masks and constants in the uppermost bits. */
static void test_upper_bits(void **state)
{
	const unsigned shift = 32 - BITS;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct decision decisions[5];
		size_t count = 1 + random_number(5);
		size_t budget = PLENTY;
		uint32_t value;
		enum solution solution;

		for (size_t i = 0; i < count; i++) {
			random_decision(&decisions[i], BITS);
			decisions[i].comparison.k <<= shift;
			if (decisions[i].comparison.mask != UINT32_MAX)
				decisions[i].comparison.mask <<= shift;
		}
		solution = comparison_solve(decisions, count, 0, &budget, &value);
		assert_int_not_equal(solution, SOLUTION_TOO_HARD);
		if (solution == SOLUTION_FOUND) {
			assert_true(all_right(decisions, count, value));
			continue;
		}
		for (uint32_t v = 0; v < 1u << BITS; v++) {
			assert_false(all_right(decisions, count, v << shift));
			assert_false(all_right(decisions, count, (v << shift) + 1));
		}
	}
}

/* What is said of an interval holds for each value in it, and nothing that may be is left out. */
static void test_intervals(void **state)
{
	size_t undivided = 0, narrowed = 0;

	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		const uint64_t first = random_number(3) ? random_number(12) : INTERVAL_END - 12 + random_number(12);
		const uint64_t most = INTERVAL_END - first < 9 ? INTERVAL_END - first : 9;
		const struct interval among = {first, first + 1 + random_number((uint32_t)most)};
		struct decision d;
		struct interval left;
		size_t holding = 0, right = 0;

		random_decision(&d, 4);
		if (random_number(2))
			d.comparison.k = (uint32_t)(first - 2 + random_number(12));
		left = comparison_narrow(&d.comparison, d.held, among);
		for (uint64_t v = among.first; v < among.end; v++) {
			const bool holds = comparison_holds(&d.comparison, (uint32_t)v);

			holding += holds;
			if (holds != d.held)
				continue;
			right++;
			assert_true(v >= left.first && v < left.end);
		}
		assert_true(left.first >= among.first && left.end <= among.end);
		assert_true(right > 0 || left.first >= left.end || d.comparison.mask != UINT32_MAX ||
		            d.comparison.operation == BPF_JSET);
		if (!comparison_splits(&d.comparison, among)) {
			assert_true(holding == 0 || holding == among.end - among.first);
			undivided++;
		}
		narrowed += left.end - left.first < among.end - among.first;
	}
	assert_true(undivided > 10000 && narrowed > 10000);
}

/* A list of hundreds, one by one: a step for each and no more. */
static void test_long_lists(void **state)
{
	static struct decision decisions[1000];
	size_t budget = 100000;
	uint32_t value;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		decisions[i] = (struct decision)NO(BPF_JEQ, UINT32_MAX, i);
	assert_int_equal(comparison_solve(decisions, 1000, 0, &budget, &value), SOLUTION_FOUND);
	assert_int_equal(value, 1000);
	assert_true(budget > 100000 - 1100 * (1 + 1000 / 32));
	decisions[999] = (struct decision)NO(BPF_JGT, UINT32_MAX, 998);
	assert_int_equal(comparison_solve(decisions, 1000, 0, &budget, &value), SOLUTION_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outcomes),   cmocka_unit_test(test_solutions),  cmocka_unit_test(test_budget),
	    cmocka_unit_test(test_intervals),  cmocka_unit_test(test_long_lists), cmocka_unit_test(test_every_value),
	    cmocka_unit_test(test_upper_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
