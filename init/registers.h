/* SPDX-License-Identifier: MIT */
/*
 * registers: a condition on a native call's arguments as one on the registers of the same call, or of one that does the
 * same, on another ABI. Pure.
 */
#ifndef INIT_REGISTERS_H
#define INIT_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/policy.h"

/* A condition on its way, with its values: no line of a policy has room for more. */
struct moved {
	struct condition condition; /* its values are not policy->values */
	uint64_t values[POLICY_LINE_MAX / 2 + 1];
	size_t count;
};

enum becomes {
	BECOMES_TEST,  /* *moved is the condition */
	BECOMES_TRUE,  /* it cannot be tested there, or holds always: the rule does without it, and denies no less */
	BECOMES_FALSE, /* no value can meet it */
};

/* False: more values than fit. */
bool registers_take(const struct policy *policy, const struct condition *condition, struct moved *moved);

/*
 * call: as i386 names it, "" for the same registers; for x32, under the number that it has there alone. On i386 nothing
 * is tested on 64 bits of one register: filters are shown the whole of what 64-bit code has in it (regs->bx and so on,
 * syscall_get_arguments() in arch/x86/include/asm/syscall.h), and the kernel takes 32 of them.
 */
enum becomes registers_move(struct moved *moved, const char *call, enum other_abi abi);

#endif
