/* SPDX-License-Identifier: MIT */
/*
 * arch: the machine that this build is for, all that differs between architectures in init/ but for the tables that have a
 * file each (ARCH_CONSTANTS) and those of what another ABI has otherwise (abis.c, registers.c). Only macros: the code asks
 * them, and not what the compiler says of its target. selftest/ has its own and shares nothing with this.
 *
 *   ARCH_NAME         as reports say it; ARCH_A: its article
 *   ARCH_AUDIT        seccomp_data.arch of a native call
 *   ARCH_SCMP         its name in a container runtime's profile; ARCH_DOCKER: what Docker's profiles call it in `arches`
 *   ARCH_WORD         bits of a long
 *   ARCH_PAIRS        where a long has 32, here or by the compat ABI: 64 bits are in two registers; 2: and the first one
 *                     has an even number, which may leave one out
 *   ARCH_COMPAT       the 32-bit ABI that a 64-bit kernel may have besides, "" if there is none; ARCH_COMPAT_AUDIT as
 *                     above, 0 if there is none; ARCH_COMPAT_ELF: its programs' machine
 *   ARCH_COMPAT_DENY  1: abis.c and registers.c have what it has otherwise, so that `other-abis = deny` can be meant
 *   ARCH_COMPAT_OLDER 1: it has calls for which the native ABI has newer ones only (open, stat, chown)
 *   ARCH_COMPAT_SCMP  as libseccomp calls it (a macro of seccomp.h), ARCH_COMPAT_SECCOMP: its number of seccomp(2)
 *   ARCH_COMPAT_WAY   how a native program gets there, for people
 *   ARCH_X32          1: there is x32 besides
 *   ARCH_OTHERS       all of these in one string, and ARCH_OTHERS_AND in words
 *   ARCH_ARGUMENTS    lines of the argument table that are this machine's: names_arguments.c has the format, and how the
 *                     compat ABI's are marked
 *   ARCH_VITAL        pairs for names_vital.c
 *   ARCH_CLONE_FLAGS  which argument of clone they are
 *   ARCH_MULTIPLEXERS whose numbers the parts of socketcall and ipc have by themselves: 1 i386's, 2 s390x's, 3 ppc64le's;
 *                     0: neither the native ABI nor the compat one has these two
 *   ARCH_COMPLETES    1: the native ABI has several calls for what is one elsewhere (umount, 16-bit ids, socketcall): a
 *                     rule on that one is on all of them (abis_complete)
 *   ARCH_IN_MEMORY    native calls that have their arguments in one structure in memory, where no filter looks;
 *                     ARCH_IN_MEMORY_NEEDED: 0: C libraries use others (mmap2)
 *   ARCH_CPUID        1: it has that instruction
 *   ARCH_FIRST_OWN, ARCH_LAST_OWN   native numbers above all others that newer-syscalls leaves alone; 0: none.
 *                     ARCH_COMPAT_FIRST_OWN, ARCH_COMPAT_LAST_OWN: the compat ABI's
 */
#ifndef INIT_ARCH_H
#define INIT_ARCH_H

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* Clone's last two arguments, or its first two, are the other way round: CONFIG_CLONE_BACKWARDS and _BACKWARDS2. */
#define CLONE_FORWARDS "clone flags/clone_flags newsp+ parent_tidptr* child_tidptr* tls+\n"
#define CLONE_BACKWARDS "clone flags/clone_flags newsp+ parent_tidptr* tls+ child_tidptr*\n"
#define CLONE_BACKWARDS2 "clone newsp+ flags/clone_flags parent_tidptr* child_tidptr* tls+\n"

/* Ids of 16 bits (CONFIG_UID16), of the ABI whose lines have that mark. */
#define IDS_OF_16_BITS(mark)                                                                                   \
	mark "chown,lchown filename* user:16 group:16\n" mark "fchown fd user:16 group:16\n" mark              \
	     "setfsuid,setuid uid:16\n" mark "setfsgid,setgid gid:16\n" mark "setreuid ruid:16 euid:16\n" mark \
	     "setregid rgid:16 egid:16\n" mark "setresuid ruid:16 euid:16 suid:16\n" mark                      \
	     "setresgid rgid:16 egid:16 sgid:16\n"

#if defined(__x86_64__) && !defined(__ILP32__)

#define ARCH_NAME "x86_64"
#define ARCH_AUDIT AUDIT_ARCH_X86_64
#define ARCH_SCMP "SCMP_ARCH_X86_64"
#define ARCH_DOCKER "amd64"
#define ARCH_CONSTANTS "init/names_constants_x86_64.inc"
#define ARCH_WORD 64
#define ARCH_COMPAT "i386"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_I386
#define ARCH_COMPAT_ELF EM_386
#define ARCH_COMPAT_DENY 1
#define ARCH_COMPAT_SCMP SCMP_ARCH_X86
#define ARCH_COMPAT_SECCOMP 354 /* arch/x86/entry/syscalls/syscall_32.tbl */
#define ARCH_COMPAT_WAY " (int 0x80)"
#define ARCH_X32 1
#define ARCH_CPUID 1
#define ARCH_OTHERS "i386 x32"
#define ARCH_OTHERS_AND "i386 and x32"
/* i386's mmap and select have their arguments in memory. */
#define ARCH_ARGUMENTS CLONE_FORWARDS "@" CLONE_BACKWARDS "@mmap,select arg*\n" IDS_OF_16_BITS("@")
#define ARCH_MULTIPLEXERS 1

#elif defined(__aarch64__) && defined(__LP64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define ARCH_NAME "aarch64"
#define ARCH_AUDIT AUDIT_ARCH_AARCH64
#define ARCH_SCMP "SCMP_ARCH_AARCH64"
#define ARCH_DOCKER "arm64"
#define ARCH_CONSTANTS "init/names_constants_aarch64.inc"
#define ARCH_WORD 64
#define ARCH_PAIRS 2
#define ARCH_COMPAT "arm"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_ARM
#define ARCH_COMPAT_ELF EM_ARM
#define ARCH_COMPAT_DENY 1
#define ARCH_COMPAT_OLDER 1
#define ARCH_COMPAT_SCMP SCMP_ARCH_ARM
#define ARCH_COMPAT_SECCOMP 383 /* arch/arm/tools/syscall.tbl */
#define ARCH_COMPAT_FIRST_OWN ARM_FIRST_OWN
#define ARCH_COMPAT_LAST_OWN ARM_LAST_OWN
#define ARCH_OTHERS "arm"
#define ARCH_ARGUMENTS CLONE_BACKWARDS ARM_ARGUMENTS IDS_OF_16_BITS("@")

#elif defined(__riscv) && __riscv_xlen == 64

#define ARCH_NAME "riscv64"
#define ARCH_A "a"
#define ARCH_AUDIT AUDIT_ARCH_RISCV64
#define ARCH_SCMP "SCMP_ARCH_RISCV64"
#define ARCH_DOCKER "riscv64"
#define ARCH_CONSTANTS "init/names_constants_riscv64.inc"
#define ARCH_WORD 64
#define ARCH_COMPAT "riscv32"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_RISCV32
#define ARCH_COMPAT_ELF EM_RISCV
#define ARCH_OTHERS "riscv32"
#define ARCH_ARGUMENTS CLONE_BACKWARDS

#elif defined(__s390x__)

#define ARCH_NAME "s390x"
#define ARCH_AUDIT AUDIT_ARCH_S390X
#define ARCH_SCMP "SCMP_ARCH_S390X"
#define ARCH_DOCKER "s390x"
#define ARCH_CONSTANTS "init/names_constants_s390x.inc"
#define ARCH_WORD 64
#define ARCH_COMPAT "s390"
#define ARCH_COMPAT_AUDIT AUDIT_ARCH_S390
#define ARCH_COMPAT_ELF EM_S390
#define ARCH_OTHERS "s390"
#define ARCH_ARGUMENTS CLONE_BACKWARDS2
#define ARCH_IN_MEMORY "mmap" /* sys_old_mmap() */
#define ARCH_CLONE_FLAGS 1
#define ARCH_MULTIPLEXERS 2
#define ARCH_COMPLETES 1

#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define ARCH_NAME "ppc64le"
#define ARCH_AUDIT AUDIT_ARCH_PPC64LE
#define ARCH_SCMP "SCMP_ARCH_PPC64LE"
#define ARCH_DOCKER "ppc64le"
#define ARCH_CONSTANTS "init/names_constants_ppc64le.inc"
#define ARCH_WORD 64
/* ppc_fadvise64_64 and its like have their flags first on 32 bits only; sync_file_range2 everywhere. */
#define ARCH_ARGUMENTS CLONE_BACKWARDS ARM_ARGUMENTS
#define ARCH_MULTIPLEXERS 3
#define ARCH_COMPLETES 1

#elif defined(__i386__)

#define ARCH_NAME "i386"
#define ARCH_AUDIT AUDIT_ARCH_I386
#define ARCH_SCMP "SCMP_ARCH_X86"
#define ARCH_DOCKER "x86"
#define ARCH_CONSTANTS "init/names_constants_i386.inc"
#define ARCH_WORD 32
#define ARCH_PAIRS 1
#define ARCH_CPUID 1
#define ARCH_ARGUMENTS CLONE_BACKWARDS IDS_OF_16_BITS("")
#define ARCH_IN_MEMORY "mmap select" /* sys_old_mmap(), sys_old_select() */
#define ARCH_IN_MEMORY_NEEDED 0
#define ARCH_MULTIPLEXERS 1
#define ARCH_COMPLETES 1

#elif defined(__arm__) && defined(__ARM_EABI__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define ARCH_NAME "armv7"
#define ARCH_AUDIT AUDIT_ARCH_ARM
#define ARCH_SCMP "SCMP_ARCH_ARM"
#define ARCH_DOCKER "arm"
#define ARCH_CONSTANTS "init/names_constants_armv7.inc"
#define ARCH_WORD 32
#define ARCH_PAIRS 2
#define ARCH_COMPLETES 1
#define ARCH_FIRST_OWN ARM_FIRST_OWN
#define ARCH_LAST_OWN ARM_LAST_OWN
#define ARCH_ARGUMENTS CLONE_BACKWARDS ARM_ARGUMENTS IDS_OF_16_BITS("")

#else
#error "denyinit does not know this architecture: init/arch.h says what it wants to know of it"
#endif

/* What arm and powerpc have: the flags before offsets that want an even register; send and recv beside sendto, recvfrom. */
#define ARM_ARGUMENTS                                                                                              \
	"arm_sync_file_range,sync_file_range2 fd flags offset:64 nbytes:64\narm_fadvise64_64 fd advice offset:64 " \
	"len:64\nsend fd buff* len+ flags\nrecv fd ubuf* size+ flags\n"

/* arm's private calls (__ARM_NR_BASE, asm/unistd.h): set_tls, with which every program starts, cacheflush and others. */
#define ARM_FIRST_OWN 0xf0000u
#define ARM_LAST_OWN 0xf00ffu

/* ---- what most do not have ---- */

#ifndef ARCH_A
#define ARCH_A "an"
#endif
#ifndef ARCH_COMPAT
#define ARCH_COMPAT ""
#define ARCH_COMPAT_AUDIT 0
#define ARCH_COMPAT_ELF EM_NONE
#define ARCH_OTHERS "others"
#endif
#ifndef ARCH_OTHERS_AND
#define ARCH_OTHERS_AND ARCH_OTHERS
#endif
#ifndef ARCH_COMPAT_DENY
#define ARCH_COMPAT_DENY 0
#define ARCH_COMPAT_SCMP SCMP_ARCH_NATIVE
#define ARCH_COMPAT_SECCOMP 0
#endif
#ifndef ARCH_COMPAT_OLDER
#define ARCH_COMPAT_OLDER 0
#endif
#ifndef ARCH_COMPAT_WAY
#define ARCH_COMPAT_WAY ""
#endif
#ifndef ARCH_COMPAT_FIRST_OWN
#define ARCH_COMPAT_FIRST_OWN 0u
#define ARCH_COMPAT_LAST_OWN 0u
#endif
#ifndef ARCH_FIRST_OWN
#define ARCH_FIRST_OWN 0u
#define ARCH_LAST_OWN 0u
#endif
#ifndef ARCH_X32
#define ARCH_X32 0
#endif
#ifndef ARCH_IN_MEMORY
#define ARCH_IN_MEMORY ""
#endif
#ifndef ARCH_IN_MEMORY_NEEDED
#define ARCH_IN_MEMORY_NEEDED 1
#endif
#ifndef ARCH_CPUID
#define ARCH_CPUID 0
#endif
#ifndef ARCH_PAIRS
#define ARCH_PAIRS 1
#endif
#ifndef ARCH_CLONE_FLAGS
#define ARCH_CLONE_FLAGS 0
#endif
#ifndef ARCH_MULTIPLEXERS
#define ARCH_MULTIPLEXERS 0
#endif
#ifndef ARCH_COMPLETES
#define ARCH_COMPLETES 0
#endif

/* The 32-bit calls that take times of 64 bits are those that C libraries make, and denyinit with them. */
#if ARCH_WORD == 32
#define ARCH_VITAL                                                                   \
	"rt_sigtimedwait_time64\0denyinit's self-test waits for its child with it\0" \
	"futex_time64\0every lock between threads waits with it\0"                   \
	"fstat64\0the dynamic loader looks at libraries with it\0"                   \
	"fstatat64\0the dynamic loader looks at libraries with it\0"                 \
	"set_thread_area\0the C library sets up its first thread with it\0"
#else
#define ARCH_VITAL ""
#endif

/* The first two arguments of a clone that shares no memory: on s390x the flags come second (CONFIG_CLONE_BACKWARDS2). */
#define ARCH_CLONE(flags) (ARCH_CLONE_FLAGS ? 0 : (flags)), (ARCH_CLONE_FLAGS ? (flags) : 0)

/* What an argument can carry of 64 bits. */
#define ARCH_SECRET_MASK (ARCH_WORD == 32 ? UINT32_MAX : UINT64_MAX)

/* The two halves of an argument, as offsets for BPF_LD | BPF_W | BPF_ABS, which loads with the machine's byte order. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARCH_LOWER_AT 4u
#define ARCH_UPPER_AT 0u
#else
#define ARCH_LOWER_AT 0u
#define ARCH_UPPER_AT 4u
#endif
#define ARCH_ARG_LOWER(i) (offsetof(struct seccomp_data, args) + 8 * (size_t)(i) + ARCH_LOWER_AT)
#define ARCH_ARG_UPPER(i) (offsetof(struct seccomp_data, args) + 8 * (size_t)(i) + ARCH_UPPER_AT)

#endif
