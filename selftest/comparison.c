/* SPDX-License-Identifier: MIT */
#include "selftest/comparison.h"

bool comparison_holds(const struct comparison *comparison, uint32_t half)
{
	return comparison_compare(comparison->operation, half & comparison->mask, comparison->k);
}

/* Of the half as it is, in the order of its values. */
static bool is_plain(const struct comparison *c)
{
	return c->mask == UINT32_MAX && c->operation != BPF_JSET;
}

/* The lowest value above k for which such a comparison comes out otherwise. */
static uint64_t edge_of(const struct comparison *c)
{
	return (uint64_t)c->k + (c->operation != BPF_JGE);
}

bool comparison_splits(const struct comparison *c, struct interval among)
{
	if (!is_plain(c))
		return true;
	if (c->operation == BPF_JEQ)
		return c->k >= among.first && c->k < among.end;
	return edge_of(c) > among.first && edge_of(c) < among.end;
}

struct interval comparison_narrow(const struct comparison *c, bool held, struct interval among)
{
	const uint64_t k = c->k, edge = edge_of(c), first = c->operation == BPF_JEQ ? k : edge;

	if (!is_plain(c))
		return among;
	if (c->operation == BPF_JEQ && !held) {
		among.first += k == among.first;
		among.end -= edge == among.end;
		return among;
	}
	if (held && first > among.first)
		among.first = first;
	if ((!held || c->operation == BPF_JEQ) && edge < among.end)
		among.end = edge;
	return among;
}

static uint32_t lowest_bit(uint32_t v)
{
	return v & (0u - v);
}

static uint32_t highest_bit(uint32_t v)
{
	return v ? UINT32_C(0x80000000) >> __builtin_clz(v) : 0;
}

/* The bits that such a decision looks at. */
static uint32_t bits_of(const struct comparison *comparison)
{
	return comparison->operation == BPF_JSET ? comparison->mask & comparison->k : comparison->mask;
}

static bool blame_if(bool lost, uint32_t bits, uint32_t *blamed)
{
	if (lost)
		*blamed = bits;
	return lost;
}

/* v >= least is wanted, where `bits` of v can be set and those in `open` may be. */
static bool is_below(uint32_t v, uint64_t least, uint32_t bits, uint32_t open, uint32_t *blamed)
{
	return blame_if((v | (bits & open)) < least, bits & ~open & ~v, blamed);
}

static bool is_above(uint32_t v, uint32_t most, uint32_t *blamed)
{
	return blame_if(v > most, v, blamed);
}

/*
 * Bits of the value are given, but for those in `open`, which are 0. Whether the decision cannot come out as it says
 * any more, whatever becomes of the open ones; *blamed is then a set of given bits, of which one at least is wrong.
 */
static bool is_lost(const struct decision *decision, uint32_t value, uint32_t open, uint32_t *blamed)
{
	const struct comparison *c = &decision->comparison;
	const bool held = decision->held;
	const uint32_t bits = bits_of(c), v = value & bits, given = bits & ~open;

	switch (c->operation) {
	case BPF_JEQ:
		if (!held)
			return blame_if(given == bits && v == c->k, bits, blamed);
		return blame_if((c->k & ~bits) || ((v ^ c->k) & given), lowest_bit((v ^ c->k) & given), blamed);
	case BPF_JGE:
		if (held)
			return is_below(v, c->k, bits, open, blamed);
		return c->k ? is_above(v, c->k - 1, blamed) : blame_if(true, 0, blamed);
	case BPF_JGT: return held ? is_below(v, (uint64_t)c->k + 1, bits, open, blamed) : is_above(v, c->k, blamed);
	default:
		return held ? blame_if(given == bits && v == 0, bits, blamed) : blame_if(v != 0, lowest_bit(v), blamed);
	}
}

static bool is_any_lost(const struct decision *decisions, size_t count, uint8_t half, uint32_t v, uint32_t open,
                        uint32_t *blamed)
{
	for (size_t i = 0; i < count; i++)
		if (decisions[i].comparison.half == half && is_lost(&decisions[i], v, open, blamed))
			return true;
	return false;
}

/* Steps that a look at so many decisions is worth. */
static bool has_paid(size_t count, size_t *budget)
{
	const size_t price = 1 + count / 32;

	if (*budget < price)
		return false;
	*budget -= price;
	return true;
}

/* The first decision about that half that does not come out as it says; NULL: all do. */
static const struct decision *first_broken(const struct decision *decisions, size_t count, uint8_t half, uint32_t v)
{
	for (size_t i = 0; i < count; i++)
		if (decisions[i].comparison.half == half &&
		    comparison_holds(&decisions[i].comparison, v) != decisions[i].held)
			return &decisions[i];
	return NULL;
}

/*
 * Of what is compared in order of size and for being equal, the lowest value not ruled out one by one. False: bits are
 * to be looked at.
 */
static bool solve_plain(const struct decision *decisions, size_t count, uint8_t half, size_t *budget, uint32_t *value,
                        enum solution *solution)
{
	struct interval among = {0, INTERVAL_END};

	for (size_t i = 0; i < count; i++)
		if (decisions[i].comparison.half == half)
			among = comparison_narrow(&decisions[i].comparison, decisions[i].held, among);
	for (; among.first < among.end; among.first++) {
		const struct decision *broken;

		*solution = SOLUTION_TOO_HARD;
		if (!has_paid(count, budget))
			return true;
		*solution = SOLUTION_FOUND;
		*value = (uint32_t)among.first;
		broken = first_broken(decisions, count, half, *value);
		if (!broken)
			return true;
		if (!is_plain(&broken->comparison) && among.end - among.first > 1)
			return false;
	}
	*solution = SOLUTION_NONE;
	return true;
}

/*
 * Goes through the bits from the highest, first with 0. Where that is lost, back to the lowest of the bits to blame and
 * not just to the last one (conflict-directed backjumping): so what is wrong is not tried again for each value of what
 * has nothing to do with it. Where a bit was to blame with both its values, the others are that were to blame besides.
 */
enum solution comparison_solve(const struct decision *decisions, size_t count, uint8_t half, size_t *budget,
                               uint32_t *value)
{
	uint32_t why[32]; /* the higher bits to blame for that one's not being 0 */
	uint32_t relevant = 0, v = 0, bit, blamed = 0;
	enum solution solution;

	if (solve_plain(decisions, count, half, budget, value, &solution))
		return solution;
	for (size_t i = 0; i < count; i++)
		if (decisions[i].comparison.half == half)
			relevant |= bits_of(&decisions[i].comparison);
	bit = 0; /* none is given yet */
	for (;;) {
		uint32_t open = bit ? bit - 1 : UINT32_MAX;

		if (!has_paid(count, budget))
			return SOLUTION_TOO_HARD;
		if (!is_any_lost(decisions, count, half, v, open, &blamed)) {
			bit = highest_bit(relevant & open);
			if (bit == 0)
				break;
			why[__builtin_ctz(bit)] = 0;
			continue;
		}
		do { /* back to the lowest bit to blame that still has another value */
			bit = lowest_bit(blamed);
			if (bit == 0)
				return SOLUTION_NONE;
			blamed = why[__builtin_ctz(bit)] |= blamed & ~bit;
		} while (v & bit);
		v = (v & ~(bit - 1)) | bit;
	}
	*value = v;
	return SOLUTION_FOUND;
}
