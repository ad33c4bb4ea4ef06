/* SPDX-License-Identifier: MIT */
/*
 * raw: one system call by its number through each of the ways into the kernel, past libc. The register of the sixth
 * argument is cleared afterwards: libc leaves unused registers as they are, and the magic in one of them would make the
 * canary answer a later call.
 */
#ifndef SELFTEST_RAW_H
#define SELFTEST_RAW_H

#include <stdint.h>

#include "selftest/arch.h"

/*
 * raw_native: returns what the kernel left in its register; -4095..-1 is an errno. Of 32-bit registers each has the
 * lower half of an argument. Arguments are loaded before the registers are bound: what sanitizers put around a load may
 * use those.
 */
#if defined(__x86_64__)

/* x32: nr with its bit. */
static inline long raw_native(uint32_t nr, const uint64_t args[6])
{
	const uint64_t rdi = args[0], rsi = args[1], rdx = args[2], fourth = args[3], fifth = args[4], sixth = args[5];
	long result = (long)nr; /* zero-extended: __X32_SYSCALL_BIT must not become a sign */
	register uint64_t r10 __asm__("r10") = fourth;
	register uint64_t r8 __asm__("r8") = fifth;
	register uint64_t r9 __asm__("r9") = sixth;

	__asm__ volatile("syscall\n\t"
	                 "xorl %%r9d, %%r9d"
	                 : "+a"(result), "+r"(r9)
	                 : "D"(rdi), "S"(rsi), "d"(rdx), "r"(r10), "r"(r8)
	                 : "rcx", "r11", "memory", "cc");
	return result;
}

#define RAW_COMPAT

/*
 * int 0x80 from 64-bit code: the kernel takes the lower 32 bits of ebx, ecx, edx, esi, edi, ebp. rbx and rbp may be in
 * use by the compiler, so both are saved by hand; the red zone is stepped over first. Linux before 4.17 zeroes r8 to
 * r11.
 */
static inline long raw_compat(uint32_t nr, const uint64_t args[6])
{
	const uint64_t frame[7] = {nr, args[0], args[1], args[2], args[3], args[4], args[5]};
	long result = (long)(uintptr_t)frame;

	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
	                 "pushq %%rbp\n\t"
	                 "pushq %%rbx\n\t"
	                 "movq 8(%%rax), %%rbx\n\t"
	                 "movq 16(%%rax), %%rcx\n\t"
	                 "movq 24(%%rax), %%rdx\n\t"
	                 "movq 32(%%rax), %%rsi\n\t"
	                 "movq 40(%%rax), %%rdi\n\t"
	                 "movq 48(%%rax), %%rbp\n\t"
	                 "movq (%%rax), %%rax\n\t"
	                 "int $0x80\n\t"
	                 "xorl %%r9d, %%r9d\n\t" /* the compiler may have had args[5] there */
	                 "popq %%rbx\n\t"
	                 "popq %%rbp\n\t"
	                 "leaq 128(%%rsp), %%rsp"
	                 : "+a"(result)
	                 : "m"(frame) /* read by its address in rax: the stack pointer has moved */
	                 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	return (long)(int32_t)result;
}

#elif defined(__i386__)

/*
 * Read out of memory one by one: there is no register for more than the list's address, and no reason for the compiler
 * to have the sixth argument in one. ebx and ebp may be in use by it, and get back what they had.
 */
static inline long raw_native(uint32_t nr, const uint64_t args[6])
{
	const struct {
		uint64_t arg[6];
	} *list = (const void *)args;
	long result = (long)nr;

	__asm__ volatile("pushl %%ebp\n\t"
	                 "pushl %%ebx\n\t"
	                 "movl (%%ecx), %%ebx\n\t"
	                 "movl 16(%%ecx), %%edx\n\t"
	                 "movl 24(%%ecx), %%esi\n\t"
	                 "movl 32(%%ecx), %%edi\n\t"
	                 "movl 40(%%ecx), %%ebp\n\t"
	                 "movl 8(%%ecx), %%ecx\n\t"
	                 "int $0x80\n\t"
	                 "popl %%ebx\n\t"
	                 "popl %%ebp"
	                 : "+a"(result), "+c"(list)
	                 :
	                 : "edx", "esi", "edi", "memory", "cc");
	return result;
}

#else

/*
 * The others differ in the registers and in the instruction. r7 of arm may be the frame pointer (Thumb), so it is put
 * away into a register that the kernel leaves alone; s390x has numbers above 255 in r1 (svc 0), and powerpc a positive
 * errno where it sets the summary overflow bit.
 */
#if defined(__aarch64__)
#define RAW_REGISTERS "x0", "x1", "x2", "x3", "x4", "x5"
#define RAW_NUMBER "x8"
#define RAW_CALL "svc #0\n\tmov x5, xzr"
#define RAW_LOST
#elif defined(__arm__)
#define RAW_REGISTERS "r0", "r1", "r2", "r3", "r4", "r5"
#define RAW_NUMBER "r6"
#define RAW_CALL "mov ip, r7\n\tmov r7, r6\n\tsvc #0\n\tmov r7, ip\n\tmov r5, #0"
#define RAW_LOST , "ip"
#elif defined(__riscv)
#define RAW_REGISTERS "a0", "a1", "a2", "a3", "a4", "a5"
#define RAW_NUMBER "a7"
#define RAW_CALL "ecall\n\tli a5, 0"
#define RAW_LOST
#elif defined(__s390x__)
#define RAW_REGISTERS "r2", "r3", "r4", "r5", "r6", "r7"
#define RAW_NUMBER "r1"
#define RAW_CALL "svc 0\n\tlghi %%r7, 0"
#define RAW_LOST
#else /* ppc64le */
#define RAW_REGISTERS "r3", "r4", "r5", "r6", "r7", "r8"
#define RAW_NUMBER "r0"
#define RAW_CALL "sc\n\tbns+ 1f\n\tneg 3, 3\n1:\tli 8, 0"
#define RAW_LOST , "r9", "r10", "r11", "r12", "ctr", "xer"
#endif

#define RAW_BIND_AS(r0, r1, r2, r3, r4, r5)                  \
	register unsigned long first __asm__(r0) = list[0];  \
	register unsigned long second __asm__(r1) = list[1]; \
	register unsigned long third __asm__(r2) = list[2];  \
	register unsigned long fourth __asm__(r3) = list[3]; \
	register unsigned long fifth __asm__(r4) = list[4];  \
	register unsigned long sixth __asm__(r5) = list[5]
#define RAW_BIND(registers) RAW_BIND_AS(registers)

static inline long raw_native(uint32_t nr, const uint64_t args[6])
{
	const unsigned long list[6] = {(unsigned long)args[0], (unsigned long)args[1], (unsigned long)args[2],
	                               (unsigned long)args[3], (unsigned long)args[4], (unsigned long)args[5]};
	register unsigned long number __asm__(RAW_NUMBER) = nr;
	RAW_BIND(RAW_REGISTERS);

	__asm__ volatile(RAW_CALL
	                 : "+r"(number), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth), "+r"(fifth), "+r"(sixth)
	                 :
	                 : "memory", "cc" RAW_LOST);
	return (long)first;
}

#endif
#endif
