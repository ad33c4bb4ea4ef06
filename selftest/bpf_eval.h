/* SPDX-License-Identifier: MIT */
/*
 * bpf_eval: what a seccomp filter does, found by interpreting its instructions, and the walk that does so for all
 * 2^32 call numbers of an ABI. Pure. What the kernel accepts: kernel/seccomp.c, seccomp_check_filter().
 */
#ifndef SELFTEST_BPF_EVAL_H
#define SELFTEST_BPF_EVAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BPF_EVAL_LENGTH_MAX 4096u /* BPF_MAXINSNS, linux/bpf_common.h */

enum eval_error {
	EVAL_OK,
	EVAL_BAD_LENGTH,  /* 0 or more than BPF_EVAL_LENGTH_MAX instructions */
	EVAL_BAD_OPCODE,  /* seccomp(2) takes no such instruction */
	EVAL_BAD_LOAD,    /* outside of struct seccomp_data or not aligned */
	EVAL_BAD_JUMP,    /* beyond the end */
	EVAL_NO_RETURN,   /* runs off the end */
	EVAL_TOO_COMPLEX, /* the walk needs more steps than its budget (a filter that computes with the number) */
};

const char *bpf_eval_error_text(enum eval_error error);

struct evaluation {
	enum eval_error error;
	uint32_t action;  /* SECCOMP_RET_*, data included; EVAL_OK only */
	uint64_t next_nr; /* lowest number above this one for which another path may be taken; 2^32: none */
	uint16_t halves;  /* which 32-bit halves of arguments were loaded: bit 2 * i lower, 2 * i + 1 upper of i */
};

/*
 * One run. constants (may be NULL) is told each value that a loaded half of an argument was compared with: the caller
 * tries the values around it.
 */
struct compared {
	uint32_t value[64];
	size_t count; /* stops at 64; distinct values */
};

struct evaluation bpf_eval(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                           struct compared *constants);

/*
 * What the walk holds the program against. action: what a call should get. next: the lowest number above nr for which
 * the answer may be another one (2^32: none). halves and values: which halves of arguments the answer depends on, and
 * values worth trying in them (masks, constants); as many as fit.
 */
struct expectation {
	const void *context;
	uint32_t (*action)(const void *context, const struct seccomp_data *data);
	uint64_t (*next)(const void *context, uint32_t arch, uint32_t nr);
	uint16_t (*halves)(const void *context, uint32_t arch, uint32_t nr, struct compared *values);
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
	size_t mismatches;                             /* all */
	struct mismatch mismatch[WALK_MISMATCHES_MAX]; /* the first ones */
	size_t segments;                               /* paths taken: what the walk cost */
};

/*
 * Adds to *walk (zeroed by the caller) what the program does with every number of one architecture. Where it loads
 * arguments, or the expectation depends on them, boundary values are run for each number. ERRNO actions are compared
 * with their errno, others without their data.
 */
void bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch, const struct expectation *expectation,
              struct walk *walk);

/* Whether the walk found this number of this architecture as expected. False after any error. */
bool bpf_walk_holds(const struct walk *walk, uint32_t arch, uint32_t nr);

#endif
