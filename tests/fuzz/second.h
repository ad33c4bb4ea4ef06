/* SPDX-License-Identifier: MIT */
/*
 * second: classic BPF once more, by class and operation as net/core/filter.c has it, for bpf_eval to be held against;
 * and the kernel's own answer, from a child that loads the program behind a filter which stops the call itself.
 */
#ifndef TESTS_FUZZ_SECOND_H
#define TESTS_FUZZ_SECOND_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a program that the kernel takes. *address: set if the answer may depend on where the call is made. */
uint32_t second_run(const struct sock_filter *filter, size_t length, const struct seccomp_data *data, bool *address);

/* Before the first question; once. False: this process may not load filters. */
bool kernel_start(void);

enum kernel_answer { KERNEL_RETURNS, KERNEL_KILLS, KERNEL_SILENT /* something else happened: the test is wrong */ };

/*
 * Loads the program in children and makes calls[0 .. count) there (at most KERNEL_CALLS_MAX; their sixth argument must
 * be KERNEL_MAGIC, their architecture the native one). Returns 0 and what came of each call, or the errno with which the
 * program was not taken.
 */
#define KERNEL_CALLS_MAX 8u
#define KERNEL_MAGIC UINT64_C(0xb83d615e7a94c2ef)
#define KERNEL_MARKER 3823

struct kernel_result {
	enum kernel_answer answer;
	long value; /* KERNEL_RETURNS: as the kernel left it, -errno */
};

int kernel_ask(const struct sock_filter *filter, size_t length, const struct seccomp_data *calls, size_t count,
               struct kernel_result *results);

/* What should come of a call that the program answers so, with the filter behind it that gives ERRNO(KERNEL_MARKER). */
struct kernel_result kernel_expected(uint32_t action);

#endif
