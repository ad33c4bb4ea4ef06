/* SPDX-License-Identifier: MIT */
/*
 * bpf_walk: what a program answers for every call there can be, held against what it should answer. Pure, but that its
 * memory is static: one at a time.
 *
 * A run (bpf_eval.h) tells up to which number the same way is taken: the walk goes on from there, so a few hundred runs
 * stand for all 2^32 numbers. Where a run decided by arguments, each decision is turned over in turn, and a value for
 * which it comes out so is sought (comparison.h): another run, until every way that some value of the arguments can take
 * has been taken. What the answer should be may depend on arguments, too: those are decisions like the program's. So
 * the result is no sample. It holds for every number and every value of every argument, or it is an error.
 */
#ifndef SELFTEST_BPF_WALK_H
#define SELFTEST_BPF_WALK_H

#include <string.h>

#include "selftest/bpf_eval.h"

/*
 * What the walk holds the program against. action: what a call should get; whatever it asks about arguments it asks by
 * bpf_decide(trace, ...), so that the other answer gets its turn. next: the lowest number above nr for which the answer
 * or a question may be another one (2^32: none).
 */
struct expectation {
	const void *context;
	uint32_t (*action)(const void *context, const struct seccomp_data *data, struct trace *trace);
	uint64_t (*next)(const void *context, uint32_t arch, uint32_t nr);
};

/* The numbers first .. last of arch get something else than expected; example is one such call. */
struct mismatch {
	uint32_t arch;
	uint32_t first, last;
	uint32_t got, expected;
	struct seccomp_data example;
};

#define WALK_MISMATCHES_MAX 64u

struct walk {
	enum eval_error error;
	uint32_t error_arch, error_nr;                 /* where it came up */
	size_t mismatches;                             /* all */
	size_t runs, work;                             /* what the walk cost; work is limited */
	struct mismatch mismatch[WALK_MISMATCHES_MAX]; /* the first ones */
};

/* Nothing has been walked yet. */
static inline void bpf_walk_clear(struct walk *walk)
{
	memset(walk, 0, offsetof(struct walk, mismatch));
}

/*
 * Adds to *walk (cleared by the caller) what the program does with every call of one architecture. ERRNO actions are
 * compared with their errno, others without their data.
 */
void bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch, const struct expectation *expectation,
              struct walk *walk);

/*
 * Arguments for which something is true that asks about them by bpf_decide() only: searched for from those in *data on,
 * which get them. False: there are none, or finding them is too hard.
 */
bool bpf_find(bool (*wanted)(const void *context, const struct seccomp_data *data, struct trace *trace),
              const void *context, struct seccomp_data *data);

/*
 * Whether the walk found this number of this architecture as expected. False after any error, and if there were more
 * mismatches than could be kept.
 */
bool bpf_walk_holds(const struct walk *walk, uint32_t arch, uint32_t nr);

#endif
