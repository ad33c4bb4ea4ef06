/* SPDX-License-Identifier: MIT */
/* cubes: that they are no two of one call, all calls, of one outcome each, and of the shape that libseccomp needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/cubes.h"
#include "tests/unit/sample.h"

#define RULES 3u
#define TESTS 3u
#define VALUES 4u

static struct cube cubes[CUBES_MAX];
static size_t ncubes;

/* ---- random rules ---- */

static uint64_t values[RULES][TESTS][VALUES];
static struct cube_test tests[RULES][TESTS];
static struct cube_rule rules[RULES];

static uint64_t random_value(bool wide)
{
	static const uint64_t usual[] = {0, 1, 2, 3, 5, 16, 17, 0x20000, 0x7e020000, 0x80000000, UINT32_MAX, 0x5412};
	uint64_t value;

	switch (below(4)) {
	case 0: value = UINT64_C(1) << below(64); break;
	case 1: value = random_bits(); break;
	default: value = usual[below(sizeof usual / sizeof *usual)];
	}
	if (wide && one_in(3))
		value |= random_bits() << 32;
	return wide ? value : (uint32_t)value;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void random_test(struct cube_test *test, uint64_t *value)
{
	static const enum cube_op ops[] = {CUBE_IN,      CUBE_NOT_IN,        CUBE_LESS,    CUBE_LESS_EQUAL,
	                                   CUBE_GREATER, CUBE_GREATER_EQUAL, CUBE_ANY_BIT, CUBE_MASKED};

	*test = (struct cube_test){.arg = (uint8_t)below(3), .op = ops[below(8)], .values = value, .count = 1};
	test->wide = one_in(3);
	value[0] = random_value(test->wide);
	if (test->op == CUBE_ANY_BIT && value[0] == 0)
		value[0] = 1;
	if (test->op == CUBE_MASKED) {
		test->mask = random_value(test->wide);
		if (!one_in(8))
			value[0] &= test->mask;
	}
	if (test->op == CUBE_IN || test->op == CUBE_NOT_IN) {
		size_t kept = 1;

		for (size_t i = 1; i < VALUES; i++)
			value[i] = one_in(3) ? value[i - 1] + 1 : random_value(test->wide);
		if (!test->wide)
			for (size_t i = 0; i < VALUES; i++)
				value[i] = (uint32_t)value[i];
		qsort(value, VALUES, sizeof *value, compare);
		for (size_t i = 1; i < VALUES; i++)
			if (value[i] != value[kept - 1])
				value[kept++] = value[i];
		test->count = kept;
	}
}

static size_t random_rules(void)
{
	const size_t count = 1 + below(RULES);

	for (size_t i = 0; i < count; i++) {
		const size_t ntests = 1 + below(one_in(4) ? TESTS : 2);

		for (size_t k = 0; k < ntests; k++)
			random_test(&tests[i][k], values[i][k]);
		rules[i] = (struct cube_rule){tests[i], ntests, !one_in(4), (uint8_t)below(3)};
	}
	return count;
}

/* A second reading of what a rule means. */
static bool holds(const struct cube_rule *rule, const uint64_t args[CUBE_ARGS])
{
	for (size_t i = 0; i < rule->ntests; i++) {
		const struct cube_test *test = &rule->tests[i];
		const uint64_t value = test->wide ? args[test->arg] : (uint32_t)args[test->arg];
		bool in = false, yes = false;

		for (size_t k = 0; k < test->count; k++)
			in |= test->values[k] == value;
		if (test->op == CUBE_IN || test->op == CUBE_NOT_IN)
			yes = in == (test->op == CUBE_IN);
		else if (test->op == CUBE_LESS || test->op == CUBE_LESS_EQUAL)
			yes = value < test->values[0] || (in && test->op == CUBE_LESS_EQUAL);
		else if (test->op == CUBE_GREATER || test->op == CUBE_GREATER_EQUAL)
			yes = value > test->values[0] || (in && test->op == CUBE_GREATER_EQUAL);
		else if (test->op == CUBE_ANY_BIT)
			yes = value & test->values[0];
		else
			yes = (value & test->mask) == test->values[0];
		if (!yes)
			return false;
	}
	return true;
}

static uint64_t outcome(size_t nrules, const uint64_t args[CUBE_ARGS])
{
	uint64_t bits = 0;

	for (size_t i = 0; i < nrules; i++) {
		if (!holds(&rules[i], args))
			continue;
		bits |= UINT64_C(1) << rules[i].label;
		if (rules[i].final)
			return bits;
	}
	return bits;
}

/* ---- what is to be true of cubes ---- */

static bool is_in(const struct cube *cube, const uint64_t args[CUBE_ARGS])
{
	for (unsigned i = 0; i < CUBE_ARGS; i++)
		if ((args[i] & cube->mask[i]) != cube->value[i])
			return false;
	return true;
}

static uint32_t half(uint64_t value, unsigned level)
{
	return (uint32_t)(level % 2 ? value : value >> 32);
}

/*
 * libseccomp's tree has a level for each half of each argument, the upper half first. Where two cubes part, no call may
 * go both ways.
 */
static void part_for_good(const struct cube *a, const struct cube *b)
{
	for (unsigned level = 0; level < 2 * CUBE_ARGS; level++) {
		const uint32_t a_mask = half(a->mask[level / 2], level), b_mask = half(b->mask[level / 2], level);
		const uint32_t a_value = half(a->value[level / 2], level), b_value = half(b->value[level / 2], level);

		if (a_mask == b_mask && a_value == b_value)
			continue;
		assert_int_not_equal((a_value ^ b_value) & a_mask & b_mask, 0);
		return;
	}
	fail_msg("one cube is there twice");
}

static void random_args(uint64_t args[CUBE_ARGS])
{
	const struct cube *cube = &cubes[below((uint32_t)ncubes)];
	const bool inside = one_in(2);

	for (unsigned i = 0; i < CUBE_ARGS; i++) {
		const uint64_t free = one_in(3) ? 0 : one_in(2) ? UINT64_MAX : random_bits();

		args[i] = inside ? cube->value[i] | (free & ~cube->mask[i]) : random_value(true);
		if (!inside && one_in(2))
			args[i] = values[below(RULES)][below(TESTS)][0] + below(3) - 1;
	}
}

static void random_rules_are_taken_apart(void **state)
{
	size_t done = 0, too_many = 0, points = 0, most = 0;

	(void)state;
	seed = 4711;
	for (int n = 0; n < 3000; n++) {
		const size_t nrules = random_rules();

		if (!cubes_split(rules, nrules, cubes, &ncubes)) {
			too_many++;
			continue;
		}
		done++;
		most = ncubes > most ? ncubes : most;
		for (size_t i = 0; i < ncubes && ncubes <= 200; i++)
			for (size_t k = i + 1; k < ncubes; k++)
				part_for_good(&cubes[i], &cubes[k]);
		for (int k = 0; k < 100; k++, points++) {
			uint64_t args[CUBE_ARGS];
			size_t in = 0;

			random_args(args);
			assert_int_equal(cubes_outcome(rules, nrules, args), outcome(nrules, args));
			for (size_t i = 0; i < ncubes; i++) {
				if (!is_in(&cubes[i], args))
					continue;
				in++;
				assert_int_equal(outcome(nrules, cubes[i].value), outcome(nrules, args));
			}
			assert_int_equal(in, 1);
		}
	}
	print_message(
	    "# figure: export cubes: %zu random sets of rules, %zu with too many, %zu calls, at most %zu cubes\n", done,
	    too_many, points, most);
	assert_true(done > 1000);
	assert_true(too_many > 0);
}

/* ---- some by hand ---- */

struct by_hand {
	const char *what;
	enum cube_op op;
	bool wide;
	uint64_t mask, value, second; /* second: 0: there is none */
	size_t cubes, that_hold;
};

static const struct by_hand by_hand[] = {
    {"one value of 32 bits", CUBE_IN, false, 0, 5, 0, 33, 1},
    {"one value of 64 bits", CUBE_IN, true, 0, 5, 0, 65, 1},
    {"all but one", CUBE_NOT_IN, false, 0, 5, 0, 33, 32},
    {"two neighbours", CUBE_IN, false, 0, 4, 5, 32, 1},
    {"0 to 7", CUBE_LESS, false, 0, 8, 0, 30, 1},
    {"0 to 7, by 7", CUBE_LESS_EQUAL, false, 0, 7, 0, 30, 1},
    {"nothing is below 0", CUBE_LESS, false, 0, 0, 0, 1, 0},
    {"all is at least 0", CUBE_GREATER_EQUAL, true, 0, 0, 0, 1, 1},
    {"nothing is above the highest", CUBE_GREATER, false, 0, UINT32_MAX, 0, 1, 0},
    {"one bit", CUBE_ANY_BIT, false, 0, 0x20000, 0, 2, 1},
    {"three bits", CUBE_ANY_BIT, true, 0, UINT64_C(0x100000012), 0, 4, 3},
    {"bits that are so", CUBE_MASKED, true, 0xff, 0x12, 0, 9, 1},
    {"a mask of nothing", CUBE_MASKED, true, 0, 0, 0, 1, 1},
    {"bits beside the mask", CUBE_MASKED, true, 1, 2, 0, 1, 0},
};

static void sets_by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++) {
		const struct by_hand *row = &by_hand[i];
		const uint64_t two[] = {row->value, row->second};
		const struct cube_test test = {1, row->wide, row->op, row->mask, two, row->second ? 2 : 1};
		const struct cube_rule rule = {&test, 1, true, 0};
		size_t holding = 0;

		assert_true(cubes_split(&rule, 1, cubes, &ncubes));
		for (size_t k = 0; k < ncubes; k++)
			holding += cubes_outcome(&rule, 1, cubes[k].value) != 0;
		if (ncubes != row->cubes || holding != row->that_hold)
			fail_msg("%s: %zu cubes, %zu hold", row->what, ncubes, holding);
	}
}

/* What the last argument decides nothing about is not cut by it. */
static void cuts_without_a_difference_are_undone(void **state)
{
	static const uint64_t one = 1, two = 2;
	const struct cube_test both[] = {{0, false, CUBE_ANY_BIT, 0, &one, 1}, {3, false, CUBE_ANY_BIT, 0, &two, 1}};
	const struct cube_rule same[] = {{both, 2, true, 5}, {both, 1, true, 5}};
	const struct cube_rule always = {NULL, 0, true, 0};

	(void)state;
	assert_true(cubes_split(same, 2, cubes, &ncubes));
	assert_int_equal(ncubes, 2); /* by argument 0 alone */
	assert_int_equal(cubes[0].mask[3] | cubes[1].mask[3], 0);
	assert_true(cubes_split(&always, 1, cubes, &ncubes));
	assert_int_equal(ncubes, 1);
	assert_true(cubes_split(NULL, 0, cubes, &ncubes));
	assert_int_equal(ncubes, 1);
}

static void too_many_are_told(void **state)
{
	static uint64_t many[600];
	const struct cube_test test = {0, true, CUBE_IN, 0, many, 600};
	const struct cube_rule rule = {&test, 1, true, 0};

	(void)state;
	for (size_t i = 0; i < 600; i++)
		many[i] = 3 * i + (i << 40);
	assert_false(cubes_split(&rule, 1, cubes, &ncubes));
}

int main(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(sets_by_hand),
	    cmocka_unit_test(cuts_without_a_difference_are_undone),
	    cmocka_unit_test(too_many_are_told),
	    cmocka_unit_test(random_rules_are_taken_apart),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, NULL, NULL);
}
