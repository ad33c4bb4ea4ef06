/* SPDX-License-Identifier: MIT */
/*
 * bpf_eval: classic BPF as seccomp(2) takes it: whether the kernel would accept a program, and what one run of it
 * answers. Pure. A run can be traced: which words of the call's arguments decided its way, and how far the number may
 * grow without another way being taken. bpf_walk.h makes of that the answer for every call there can be.
 */
#ifndef SELFTEST_BPF_EVAL_H
#define SELFTEST_BPF_EVAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selftest/comparison.h"

#define BPF_EVAL_LENGTH_MAX 4096u /* BPF_MAXINSNS, linux/bpf_common.h */

enum eval_error {
	EVAL_OK,
	EVAL_BAD_LENGTH,  /* 0 or more than BPF_EVAL_LENGTH_MAX instructions */
	EVAL_BAD_OPCODE,  /* seccomp(2) takes no such instruction */
	EVAL_BAD_OPERAND, /* a shift by 32 or more, a division by zero, scratch memory beyond its end */
	EVAL_BAD_LOAD,    /* outside of struct seccomp_data or not aligned */
	EVAL_BAD_JUMP,    /* beyond the end */
	EVAL_BAD_MEMORY,  /* reads scratch memory that may not have been written */
	EVAL_NO_RETURN,   /* the last instruction is no return */
	EVAL_OPAQUE,      /* does with the call's data what a walk cannot follow (no honest filter does) */
	EVAL_TOO_COMPLEX, /* a walk needs more runs than its budget */
};

const char *bpf_eval_error_text(enum eval_error error);

/*
 * Whether seccomp(2) would take the program, by the same rules: bpf_check_classic() and check_load_and_stores() in
 * net/core/filter.c, seccomp_check_filter() in kernel/seccomp.c.
 */
enum eval_error bpf_check(const struct sock_filter *filter, size_t length);

/*
 * How one run went. To be set before it: next_nr = 2^32, all else zero. Decisions stand in it in order: those that
 * depended on arguments, and were open still after the ones before them: what these leave of a half is kept along with
 * it, so that a program that asks what has been answered (was it 5? is it 6?) costs the walk nothing.
 */
#define TRACE_MAX 2048u

struct trace {
	size_t count; /* of decisions */
	/* The values that the decisions leave a half, counted from both ends: first .. INTERVAL_END - cut - 1. */
	struct {
		uint32_t first, cut;
	} left[COMPARISON_HALVES];
	uint64_t next_nr; /* lowered to the lowest number above this one for which a decision may be another one */
	bool opaque;      /* set if more has gone into the answer than decision and next_nr say */
	bool full;        /* set if there were more decisions */
	struct decision decision[TRACE_MAX];
};

/* What a condition on a call's arguments comes out as; a decision of the trace (may be NULL). */
bool bpf_decide(struct trace *trace, const struct seccomp_data *data, struct comparison condition);

struct evaluation {
	enum eval_error error;
	uint32_t action; /* SECCOMP_RET_*, data included; EVAL_OK only */
	uint16_t halves; /* of arguments, which were loaded: bit 2 * i the lower, 2 * i + 1 the upper one of i */
};

/*
 * One run, traced if trace is not NULL. Safe with any bytes; what it answers for a program that bpf_check() refuses
 * means nothing.
 */
struct evaluation bpf_eval(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                           struct trace *trace);

#endif
