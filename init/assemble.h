/* SPDX-License-Identifier: MIT */
/*
 * assemble: what libseccomp cannot be given (conditions: it merges several of one call wrongly and compares 64 bits;
 * numbers that it does not know; everything above a number) as a few instructions before the program that it made.
 * Pure.
 */
#ifndef INIT_ASSEMBLE_H
#define INIT_ASSEMBLE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "init/policy.h"

#define PROGRAM_MAX 4096u /* BPF_MAXINSNS, linux/bpf_common.h: the kernel takes no more */

struct program {
	size_t length;
	struct sock_filter filter[PROGRAM_MAX];
};

/*
 * Writes the part of the policy that is not in the tail, then the tail. in_tail: whether the tail knows a call by its
 * number (then its unconditional rule is there). It dispatches on the number before it looks at any argument, so that
 * calls without a condition stay in the kernel's constant-time cache (Linux 5.11, seccomp_cache_prepare).
 * False: longer than PROGRAM_MAX.
 */
bool assemble(const struct policy *policy, bool (*in_tail)(uint32_t nr), const struct sock_filter *tail,
              size_t tail_length, struct program *program);

/* Whether a rule is assembled's to carry out (false: it belongs in the tail). */
bool assemble_owns(const struct rule *rule, bool (*in_tail)(uint32_t nr));

#endif
