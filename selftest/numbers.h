/* SPDX-License-Identifier: MIT */
/*
 * numbers: the judge's own table of every call's number for each ABI, generated from the kernel's headers
 * (gen-numbers.sh), so that the judge does not believe libseccomp. Pure.
 */
#ifndef SELFTEST_NUMBERS_H
#define SELFTEST_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "selftest/arch.h"

/*
 * The ways into this kernel, of which the machine has the first ABI_COUNT (arch.h). x32 is a bit in the number of
 * x86_64's native ABI (same AUDIT_ARCH), the compat ABI an architecture of its own: on x86_64 i386, reached by int 0x80
 * from 64-bit code.
 */
enum abi { ABI_NATIVE, ABI_COMPAT, ABI_X32, ABI_NONE };

#define NUMBERS_X32_BIT UINT32_C(0x40000000) /* __X32_SYSCALL_BIT, asm/unistd.h */

/*
 * Numbers far above all others that an ABI has had from its beginning: no ceiling is meant for them. x32's own ones
 * (arch/x86/entry/syscalls/syscall_64.tbl); arm's private calls, without which no C library does (__ARM_NR_set_tls,
 * __ARM_NR_cacheflush).
 */
#if defined(MACHINE_X32)
#define NUMBERS_X32_FIRST 512u
#define NUMBERS_X32_LAST 547u
#define NUMBERS_OWN_ABI ABI_X32
#define NUMBERS_OWN_FIRST (NUMBERS_X32_BIT + NUMBERS_X32_FIRST)
#define NUMBERS_OWN_LAST (NUMBERS_X32_BIT + NUMBERS_X32_LAST)
#else
#if defined(__aarch64__)
#define NUMBERS_OWN_ABI ABI_COMPAT
#elif defined(__arm__)
#define NUMBERS_OWN_ABI ABI_NATIVE
#else
#define NUMBERS_OWN_ABI ABI_NONE
#endif
#define NUMBERS_OWN_FIRST 0xf0000u
#define NUMBERS_OWN_LAST 0xf00ffu
#endif

/* "x86_64", "i386", "x32"; abi below ABI_COUNT, as of the next one. */
const char *numbers_abi_name(enum abi abi);

/* The AUDIT_ARCH_* value that a filter sees in seccomp_data.arch. */
uint32_t numbers_abi_arch(enum abi abi);

/*
 * A call's number, x32's with the bit; -1: this ABI has no such call or nobody has. x32 has numbers of its own for
 * calls whose structures differ (ioctl, execve, ...).
 */
int64_t numbers_of(enum abi abi, const char *name);

/* The name of a native number; NULL: none. */
const char *numbers_native_name(uint32_t nr);

/* The i-th name there is on any ABI, in the order of strcmp(3); NULL behind the last one. */
const char *numbers_name(size_t i);

#endif
