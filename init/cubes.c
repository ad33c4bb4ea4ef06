/* SPDX-License-Identifier: MIT */
#include "init/cubes.h"

#include <string.h>

/* What a cube says of one argument. */
struct part {
	uint64_t mask, value;
};

struct parts {
	struct part item[CUBES_MAX];
	size_t count; /* may be CUBES_MAX + 1: too many */
};

static void add(struct parts *parts, uint64_t mask, uint64_t value)
{
	if (parts->count < CUBES_MAX)
		parts->item[parts->count] = (struct part){mask, value};
	if (parts->count <= CUBES_MAX)
		parts->count++;
}

static unsigned width(const struct cube_test *test)
{
	return test->wide ? 64 : 32;
}

/* n < 64 */
static uint64_t low_bits(unsigned n)
{
	return (UINT64_C(1) << n) - 1;
}

static uint64_t all_bits(const struct cube_test *test)
{
	return test->wide ? UINT64_MAX : UINT32_MAX;
}

/* Of the test's values, how many are below the limit. */
static size_t below(const struct cube_test *test, uint64_t limit)
{
	size_t low = 0, high = test->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (test->values[middle] < limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct cube_test *test, uint64_t value)
{
	const size_t at = below(test, value);

	return at < test->count && test->values[at] == value;
}

static bool test_holds(const struct cube_test *test, uint64_t argument)
{
	const uint64_t value = argument & all_bits(test), first = test->values[0];

	switch (test->op) {
	case CUBE_IN: return has(test, value);
	case CUBE_NOT_IN: return !has(test, value);
	case CUBE_LESS: return value < first;
	case CUBE_LESS_EQUAL: return value <= first;
	case CUBE_GREATER: return value > first;
	case CUBE_GREATER_EQUAL: return value >= first;
	case CUBE_ANY_BIT: return (value & first) != 0;
	case CUBE_MASKED: return (value & test->mask) == first;
	}
	return false;
}

static bool holds(const struct cube_rule *rule, const uint64_t args[CUBE_ARGS])
{
	for (size_t i = 0; i < rule->ntests; i++)
		if (!test_holds(&rule->tests[i], args[rule->tests[i].arg]))
			return false;
	return true;
}

uint64_t cubes_outcome(const struct cube_rule *rules, size_t nrules, const uint64_t args[CUBE_ARGS])
{
	uint64_t outcome = 0;

	for (size_t i = 0; i < nrules; i++) {
		if (!holds(&rules[i], args))
			continue;
		outcome |= UINT64_C(1) << rules[i].label;
		if (rules[i].final)
			break;
	}
	return outcome;
}

/* Whether the test gives the same for all of first..last, for tests that ask where on the line an argument is. */
static bool is_uniform(const struct cube_test *test, uint64_t first, uint64_t last)
{
	size_t before, within;

	if (test->op != CUBE_IN && test->op != CUBE_NOT_IN)
		return test_holds(test, first) == test_holds(test, last);
	before = below(test, first);
	within = below(test, last) - before + has(test, last);
	return within == 0 || (within - 1 == last - first);
}

/* Halves the line until each piece is uniform: a piece is all numbers that begin with the same bits. */
static void cut_line(const struct cube_test *test, struct parts *parts)
{
	struct {
		uint64_t first;
		unsigned free; /* bits */
	} stack[66] = {{0, width(test)}};
	size_t depth = 1;

	while (depth > 0 && parts->count <= CUBES_MAX) {
		const uint64_t first = stack[--depth].first;
		const unsigned free = stack[depth].free;
		const uint64_t rest = free == 64 ? UINT64_MAX : low_bits(free);

		if (is_uniform(test, first, first | rest)) {
			add(parts, all_bits(test) & ~rest, first);
			continue;
		}
		stack[depth].first = first | UINT64_C(1) << (free - 1);
		stack[depth++].free = free - 1;
		stack[depth].first = first;
		stack[depth++].free = free - 1;
	}
}

/* From the highest bit of the mask down: those that differ there first; last those that do not differ. */
static void cut_bits(uint64_t mask, uint64_t value, struct parts *parts)
{
	uint64_t same = 0;

	for (unsigned bit = 64; bit-- > 0;) {
		const uint64_t one = UINT64_C(1) << bit;

		if (!(mask & one))
			continue;
		add(parts, same | one, (value & same) | (~value & one));
		same |= one;
	}
	add(parts, mask, value);
}

static void cut(const struct cube_test *test, struct parts *parts)
{
	parts->count = 0;
	if (test->op == CUBE_ANY_BIT)
		cut_bits(test->values[0] & all_bits(test), 0, parts);
	else if (test->op == CUBE_MASKED && (test->values[0] & ~(test->mask & all_bits(test))) != 0)
		add(parts, 0, 0); /* holds never */
	else if (test->op == CUBE_MASKED)
		cut_bits(test->mask & all_bits(test), test->values[0], parts);
	else
		cut_line(test, parts);
}

/* Every part, cut by the test. */
static void refine(struct parts *parts, const struct cube_test *test)
{
	static struct parts pieces, refined; /* large */

	cut(test, &pieces);
	refined.count = 0;
	if (pieces.count > CUBES_MAX || parts->count > CUBES_MAX) {
		parts->count = CUBES_MAX + 1;
		return;
	}
	for (size_t i = 0; i < parts->count; i++) {
		const struct part a = parts->item[i];

		for (size_t k = 0; k < pieces.count; k++) {
			const struct part b = pieces.item[k];

			if (((a.value ^ b.value) & a.mask & b.mask) == 0)
				add(&refined, a.mask | b.mask, a.value | b.value);
		}
	}
	memcpy(parts->item, refined.item, (refined.count <= CUBES_MAX ? refined.count : 0) * sizeof refined.item[0]);
	parts->count = refined.count;
}

/* What the tests on arguments before this one make of a rule, everywhere in the cube. */
enum so_far { SO_FAR_NO, SO_FAR_YES, SO_FAR_OPEN };

static enum so_far so_far(const struct cube_rule *rule, const struct cube *cube, unsigned arg)
{
	enum so_far result = SO_FAR_YES;

	for (size_t i = 0; i < rule->ntests; i++) {
		const struct cube_test *test = &rule->tests[i];

		if (test->arg >= arg)
			result = SO_FAR_OPEN;
		else if (!test_holds(test, cube->value[test->arg]))
			return SO_FAR_NO;
	}
	return result;
}

/* The cube, cut by all tests on one argument that still matter in it. */
static void cut_cube(const struct cube_rule *rules, size_t nrules, const struct cube *cube, unsigned arg,
                     struct parts *parts)
{
	parts->count = 0;
	add(parts, 0, 0);
	for (size_t i = 0; i < nrules; i++) {
		const enum so_far state = so_far(&rules[i], cube, arg);

		if (state == SO_FAR_NO)
			continue;
		if (state == SO_FAR_YES && rules[i].final)
			break;
		for (size_t k = 0; k < rules[i].ntests; k++)
			if (rules[i].tests[k].arg == arg)
				refine(parts, &rules[i].tests[k]);
	}
}

static bool same_on(const struct cube *a, const struct cube *b, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		if (a->mask[i] != b->mask[i] || a->value[i] != b->value[i])
			return false;
	return true;
}

static bool is_cut(const struct cube *cube, unsigned first)
{
	for (unsigned i = first; i < CUBE_ARGS; i++)
		if (cube->mask[i])
			return true;
	return false;
}

/*
 * Cuts that made no difference are undone, from the last argument on: where all that came of one cube has one outcome, it
 * is that cube again. (What came of one cube stands together.)
 */
static void join(const struct cube_rule *rules, size_t nrules, struct cube *cubes, size_t *count, unsigned arg)
{
	size_t kept = 0, end;

	for (size_t i = 0; i < *count; i = end) {
		const uint64_t outcome = cubes_outcome(rules, nrules, cubes[i].value);
		bool one = !is_cut(&cubes[i], arg + 1);

		for (end = i + 1; end < *count && same_on(&cubes[i], &cubes[end], 0, arg); end++)
			one = one && !is_cut(&cubes[end], arg + 1) &&
			      cubes_outcome(rules, nrules, cubes[end].value) == outcome;
		if (one) {
			cubes[kept] = cubes[i];
			cubes[kept].mask[arg] = cubes[kept].value[arg] = 0;
			kept++;
			continue;
		}
		for (size_t k = i; k < end; k++)
			cubes[kept++] = cubes[k];
	}
	*count = kept;
}

bool cubes_split(const struct cube_rule *rules, size_t nrules, struct cube cubes[CUBES_MAX], size_t *count)
{
	static struct cube before[CUBES_MAX]; /* large */
	static struct parts parts;
	size_t nbefore;

	memset(&cubes[0], 0, sizeof cubes[0]);
	*count = 1;
	for (unsigned arg = 0; arg < CUBE_ARGS; arg++) {
		nbefore = *count;
		memcpy(before, cubes, nbefore * sizeof *cubes);
		*count = 0;
		for (size_t i = 0; i < nbefore; i++) {
			cut_cube(rules, nrules, &before[i], arg, &parts);
			if (parts.count > CUBES_MAX - *count)
				return false;
			for (size_t k = 0; k < parts.count; k++, (*count)++) {
				cubes[*count] = before[i];
				cubes[*count].mask[arg] = parts.item[k].mask;
				cubes[*count].value[arg] = parts.item[k].value;
			}
		}
	}
	for (unsigned arg = CUBE_ARGS; arg-- > 0;)
		join(rules, nrules, cubes, count, arg);
	return true;
}
