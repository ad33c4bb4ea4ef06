/* SPDX-License-Identifier: MIT */
/*
 * numbers: the judge's own table of every call's number for each ABI, generated from the kernel's headers
 * (gen-numbers.sh), so that the judge does not believe libseccomp. Pure.
 */
#ifndef SELFTEST_NUMBERS_H
#define SELFTEST_NUMBERS_H

#include <stdint.h>

/*
 * The ways into this kernel. x32 is a bit in the number of the native ABI (same AUDIT_ARCH), i386 an architecture of
 * its own, reached by int 0x80 from 64-bit code.
 */
enum abi { ABI_NATIVE, ABI_I386, ABI_X32, ABI_COUNT };

#define NUMBERS_X32_BIT UINT32_C(0x40000000) /* __X32_SYSCALL_BIT, asm/unistd.h */

/* Where x32's own numbers are, without the bit (arch/x86/entry/syscalls/syscall_64.tbl). */
#define NUMBERS_X32_FIRST 512u
#define NUMBERS_X32_LAST 547u

/* "x86_64", "i386", "x32". */
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

#endif
