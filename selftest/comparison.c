/* SPDX-License-Identifier: MIT */
#include "selftest/comparison.h"

bool comparison_holds(const struct comparison *comparison, uint32_t half)
{
	return comparison_compare(comparison->operation, half & comparison->mask, comparison->k);
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

	for (size_t i = 0; i < count; i++)
		if (decisions[i].comparison.half == half)
			relevant |= bits_of(&decisions[i].comparison);
	bit = 0; /* none is given yet */
	for (;;) {
		uint32_t open = bit ? bit - 1 : UINT32_MAX;

		if (*budget == 0)
			return SOLUTION_TOO_HARD;
		--*budget;
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
