/* SPDX-License-Identifier: MIT */
/*
 * comparison: comparisons of one 32-bit half of a call's argument with a constant, and the search for a value that a
 * list of them lets through: an exact answer, or none. Pure.
 */
#ifndef SELFTEST_COMPARISON_H
#define SELFTEST_COMPARISON_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lower half of argument i is 2 * i, the upper one 2 * i + 1. */
#define COMPARISON_HALVES 12u

struct comparison {
	uint8_t half;
	uint8_t operation; /* BPF_JEQ, BPF_JGT, BPF_JGE (unsigned) or BPF_JSET */
	uint32_t mask;     /* (half & mask) operation k; UINT32_MAX: the half as it is */
	uint32_t k;
};

struct decision {
	struct comparison comparison;
	bool held;
	bool turned; /* a walk's own note */
};

/* v operation k; inline as it is most of what a run consists of. */
static inline bool comparison_compare(uint8_t operation, uint32_t v, uint32_t k)
{
	switch (operation) {
	case BPF_JEQ: return v == k;
	case BPF_JGE: return v >= k;
	case BPF_JGT: return v > k;
	default: return (v & k) != 0;
	}
}

/* `half` is the value of comparison->half. */
bool comparison_holds(const struct comparison *comparison, uint32_t half);

/* Values of a half: first .. end - 1. */
struct interval {
	uint64_t first, end;
};

#define INTERVAL_END (UINT64_C(1) << 32)

/* False if it comes out the same for all of those, as far as can be seen at once. */
bool comparison_splits(const struct comparison *comparison, struct interval among);

/* Of those the ones for which it may have come out so; maybe none. */
struct interval comparison_narrow(const struct comparison *comparison, bool held, struct interval among);

enum solution {
	SOLUTION_FOUND,
	SOLUTION_NONE,     /* proven: no value has all these outcomes */
	SOLUTION_TOO_HARD, /* the budget was used up */
};

/*
 * The lowest value of `half` for which every decision about that half comes out as it says; the others are passed
 * over. *budget is what is left of the steps that may be taken.
 */
enum solution comparison_solve(const struct decision *decisions, size_t count, uint8_t half, size_t *budget,
                               uint32_t *value);

#endif
