/* SPDX-License-Identifier: MIT */
/*
 * arch: what machine this program is for, as far as the judge has to know. (init/ has a file of that name, too.)
 *
 *   MACHINE_NUMBERS      the table of its calls (gen-numbers.sh); MACHINE_NUMBER, a type that holds each of them
 *   MACHINE_NAME         its name in reports; MACHINE_AUDIT, the AUDIT_ARCH_* that filters see
 *   MACHINE_COMPAT_NAME, MACHINE_COMPAT_AUDIT
 *                        of the other architecture whose programs its kernels can run; not defined: none
 *   MACHINE_X32          defined: there is x32, too
 *   MACHINE_STRANGER     an architecture that it does not have, and that is not far off, or that a 64-bit kernel has
 *                        besides (i386) or with CONFIG_COMPAT (ppc64le); MACHINE_STRANGER_TOO, another one
 *   MACHINE_CALLABLE     as many of its ABIs (enum abi) can be called by a program of the native one: on x86_64 by int
 *                        0x80 and x32's bit. Elsewhere that takes another program: of those ABIs no call can be probed
 *                        here, and only the evaluation speaks.
 */
#ifndef SELFTEST_ARCH_H
#define SELFTEST_ARCH_H

#include <linux/audit.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define MACHINE_NUMBERS "selftest/numbers_x86_64.inc"
#define MACHINE_NUMBER int16_t
#define MACHINE_NAME "x86_64"
#define MACHINE_AUDIT AUDIT_ARCH_X86_64
#define MACHINE_COMPAT_NAME "i386"
#define MACHINE_COMPAT_AUDIT AUDIT_ARCH_I386
#define MACHINE_X32
#define MACHINE_STRANGER AUDIT_ARCH_AARCH64
#define MACHINE_CALLABLE 3
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
#define MACHINE_NUMBERS "selftest/numbers_aarch64.inc"
#define MACHINE_NUMBER int32_t
#define MACHINE_NAME "aarch64"
#define MACHINE_AUDIT AUDIT_ARCH_AARCH64
#define MACHINE_COMPAT_NAME "arm"
#define MACHINE_COMPAT_AUDIT AUDIT_ARCH_ARM
#define MACHINE_STRANGER AUDIT_ARCH_X86_64
#elif defined(__arm__) && defined(__ARM_EABI__) && !defined(__ARMEB__)
#define MACHINE_NUMBERS "selftest/numbers_armv7.inc"
#define MACHINE_NUMBER int32_t
#define MACHINE_NAME "armv7"
#define MACHINE_AUDIT AUDIT_ARCH_ARM
#define MACHINE_STRANGER AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define MACHINE_NUMBERS "selftest/numbers_i386.inc"
#define MACHINE_NUMBER int16_t
#define MACHINE_NAME "i386"
#define MACHINE_AUDIT AUDIT_ARCH_I386
#define MACHINE_STRANGER AUDIT_ARCH_X86_64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE_NUMBERS "selftest/numbers_riscv64.inc"
#define MACHINE_NUMBER int16_t
#define MACHINE_NAME "riscv64"
#define MACHINE_AUDIT AUDIT_ARCH_RISCV64
#define MACHINE_COMPAT_NAME "riscv32"
#define MACHINE_COMPAT_AUDIT AUDIT_ARCH_RISCV32
#define MACHINE_STRANGER AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define MACHINE_NUMBERS "selftest/numbers_s390x.inc"
#define MACHINE_NUMBER int16_t
#define MACHINE_NAME "s390x"
#define MACHINE_AUDIT AUDIT_ARCH_S390X
#define MACHINE_COMPAT_NAME "s390"
#define MACHINE_COMPAT_AUDIT AUDIT_ARCH_S390
#define MACHINE_STRANGER AUDIT_ARCH_PPC64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MACHINE_NUMBERS "selftest/numbers_ppc64le.inc"
#define MACHINE_NUMBER int16_t
#define MACHINE_NAME "ppc64le"
#define MACHINE_AUDIT AUDIT_ARCH_PPC64LE
#define MACHINE_STRANGER (AUDIT_ARCH_PPC | __AUDIT_ARCH_LE) /* syscall_get_arch(), arch/powerpc/include/asm/syscall.h */
#define MACHINE_STRANGER_TOO AUDIT_ARCH_PPC64
#else
#error \
    "denyinit's self-test does not know this machine: see selftest/arch.h for those that it has tables and probes for"
#endif

#if defined(MACHINE_X32)
#define ABI_COUNT 3
#elif defined(MACHINE_COMPAT_NAME)
#define ABI_COUNT 2
#else
#define ABI_COUNT 1
#endif

#ifndef MACHINE_CALLABLE
#define MACHINE_CALLABLE 1
#endif

/* Of its registers. Filters see 64 all the same, of which the upper half is 0 then. */
#define MACHINE_BITS (8 * __SIZEOF_LONG__)

/* Where the halves of such a word are, in bytes: in the order of the machine (struct seccomp_data). */
#define MACHINE_LOWER (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4u : 0u)
#define MACHINE_UPPER (4u - MACHINE_LOWER)

#endif
