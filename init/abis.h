/* SPDX-License-Identifier: MIT */
/*
 * abis: what a policy means on the machine's other ABIs (other-abis = deny), where the same effects have other names,
 * other numbers and other registers. Pure.
 *
 * x32 has the native calls with a bit in the number, some of them under numbers of its own besides, and the same
 * registers. i386 has
 *
 *   - calls that it alone has, by their own names: what the policy's text says of them counts;
 *   - twins, several calls for what is one natively: 16-bit user ids and 32-bit ones, times of 32 and of 64 bits, umount
 *     beside umount2. A rule is on all of them;
 *   - socketcall and ipc, each one call for many. A rule on one of these is on that part of them, in whole: the
 *     arguments are in memory, where no filter looks;
 *   - 64-bit arguments in two registers each, and 32 bits where the native ABI has an unsigned long.
 *
 * On aarch64 it is arm with calls of its own, twins and registers; elsewhere there are no tables (arch.h).
 *
 * Where the native ABI has such calls itself (i386, armv7, s390x, ppc64le), a rule is on all of them as well.
 *
 * What cannot be said with the other registers is denied more widely, never less: a condition that cannot be tested is
 * left out of its rule.
 */
#ifndef INIT_ABIS_H
#define INIT_ABIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/findings.h"
#include "init/policy.h"

#define ABIS_X32_BIT UINT32_C(0x40000000) /* __X32_SYSCALL_BIT, asm/unistd.h */

/* x32's numbers of its own, without the bit: what newer-syscalls must leave alone there. */
#define ABIS_X32_FIRST 512u
#define ABIS_X32_LAST 547u

/* "i386" ("arm"), "x32". */
const char *abis_name(enum other_abi abi);

/*
 * The ABI of a call by seccomp_data.arch and number; false: the native one or none of this machine. A number is x32's
 * from its bit upwards; -1 is none.
 */
bool abis_of(uint32_t arch, uint32_t nr, enum other_abi *abi);

/*
 * The number of a call by itself for which libseccomp gives that of socketcall or ipc, where an ABI of this machine has
 * these; -1: there is no other way.
 */
int abis_direct(const char *name);

/*
 * *compat: what the text says with the 32-bit ABI's calls (policy_parse with that ABI's table). Its rules on calls that the native
 * ABI has too are exchanged for native's, translated, and twins and multiplexers are added. calls and i386_calls: whom
 * to ask for the numbers of the two ABIs. False: no room for so many rules.
 */
bool abis_make_compat(const struct policy *native, const struct call_table *calls, const struct call_table *i386_calls,
                      struct policy *compat);

/*
 * A native policy, its rules sorted, those of absent calls still there: where ARCH_COMPLETES rules are added on the calls
 * that do the same as denied ones, or carry them; to be sorted again. A finding: one of these is needed by every program,
 * and the rule's condition cannot be carried to it. False: no room.
 */
bool abis_complete(struct policy *policy, const struct call_table *calls, struct findings *findings);

/* *x32 from nothing; x32_number: CALL_ABSENT or x32's number, with the bit. False: no room for so many rules. */
bool abis_make_x32(const struct policy *native, int (*x32_number)(const char *name), struct policy *x32);

/*
 * Whether the other ABI's call `name` does what the native `call` does, or part of it: it is that call, or a twin, or the
 * multiplexer that carries it.
 */
bool abis_serves(const char *name, const char *call);

/* The native call that carries `call` as a part of it, socketcall or ipc, and its number; NULL: there is none. */
const char *abis_carrier(const struct call_table *calls, const char *call, uint32_t *nr);

/* The i-th twin: what the other ABI alone has, and the call that it does the work of; false after the last one. For tests. */
bool abis_twin_at(size_t i, char call[POLICY_NAME_MAX], char twin[POLICY_NAME_MAX]);

#endif
