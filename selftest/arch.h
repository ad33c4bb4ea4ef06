/* SPDX-License-Identifier: MIT */
/*
 * arch: what machine this program is for, as far as the judge has to know.
 *
 *   ARCH_NUMBERS   the table of its calls (gen-numbers.sh), and ARCH_NUMBER, a type that holds each of them
 *   ARCH_NAME      in reports; ARCH_AUDIT, the AUDIT_ARCH_* that filters see
 *   ARCH_COMPAT_NAME, ARCH_COMPAT_AUDIT
 *                  of the other architecture whose programs its kernels can run; not defined: none
 *   ARCH_X32       defined: there is x32, too
 *   ARCH_STRANGER  an architecture that it does not have, and that is not far off
 *   ARCH_CALLABLE  as many of its ABIs (enum abi) can be called by a program of the native one: by int 0x80 and x32's bit
 *                  on x86_64. Elsewhere that takes another program: of those ABIs no call can be probed here, and only
 *                  the evaluation speaks.
 */
#ifndef SELFTEST_ARCH_H
#define SELFTEST_ARCH_H

#include <linux/audit.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH_NUMBERS "selftest/numbers_x86_64.inc"
#define ARCH_NUMBER int16_t
#define ARCH_NAME "x86_64"
#define ARCH_AUDIT AUDIT_ARCH_X86_64
#define ARCH_COMPAT_NAME "i386"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_I386
#define ARCH_X32
#define ARCH_STRANGER AUDIT_ARCH_AARCH64
#define ARCH_CALLABLE 3
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
#define ARCH_NUMBERS "selftest/numbers_aarch64.inc"
#define ARCH_NUMBER int32_t
#define ARCH_NAME "aarch64"
#define ARCH_AUDIT AUDIT_ARCH_AARCH64
#define ARCH_COMPAT_NAME "arm"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_ARM
#define ARCH_STRANGER AUDIT_ARCH_X86_64
#elif defined(__arm__) && defined(__ARM_EABI__) && !defined(__ARMEB__)
#define ARCH_NUMBERS "selftest/numbers_armv7.inc"
#define ARCH_NUMBER int32_t
#define ARCH_NAME "armv7"
#define ARCH_AUDIT AUDIT_ARCH_ARM
#define ARCH_STRANGER AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH_NUMBERS "selftest/numbers_i386.inc"
#define ARCH_NUMBER int16_t
#define ARCH_NAME "i386"
#define ARCH_AUDIT AUDIT_ARCH_I386
#define ARCH_STRANGER AUDIT_ARCH_X86_64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_NUMBERS "selftest/numbers_riscv64.inc"
#define ARCH_NUMBER int16_t
#define ARCH_NAME "riscv64"
#define ARCH_AUDIT AUDIT_ARCH_RISCV64
#define ARCH_COMPAT_NAME "riscv32"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_RISCV32
#define ARCH_STRANGER AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define ARCH_NUMBERS "selftest/numbers_s390x.inc"
#define ARCH_NUMBER int16_t
#define ARCH_NAME "s390x"
#define ARCH_AUDIT AUDIT_ARCH_S390X
#define ARCH_COMPAT_NAME "s390"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_S390
#define ARCH_STRANGER AUDIT_ARCH_PPC64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH_NUMBERS "selftest/numbers_ppc64le.inc"
#define ARCH_NUMBER int16_t
#define ARCH_NAME "ppc64le"
#define ARCH_AUDIT AUDIT_ARCH_PPC64LE
#define ARCH_STRANGER AUDIT_ARCH_PPC64
#else
#error \
    "denyinit's self-test does not know this machine: see selftest/arch.h for those that it has tables and probes for"
#endif

#if defined(ARCH_X32)
#define ABI_COUNT 3
#elif defined(ARCH_COMPAT_NAME)
#define ABI_COUNT 2
#else
#define ABI_COUNT 1
#endif

#ifndef ARCH_CALLABLE
#define ARCH_CALLABLE 1
#endif

/* Of its registers. Filters see 64 all the same, of which the upper half is 0 then. */
#define ARCH_BITS (8 * __SIZEOF_LONG__)

/* Where the halves of such a word are, in bytes: in the order of the machine (struct seccomp_data). */
#define ARCH_LOWER (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4u : 0u)
#define ARCH_UPPER (4u - ARCH_LOWER)

#endif
