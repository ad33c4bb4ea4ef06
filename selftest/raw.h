/* SPDX-License-Identifier: MIT */
/*
 * raw: one system call by its number through each of the ways into the kernel, past libc. The register of the sixth
 * argument is cleared afterwards: libc leaves unused registers as they are, and the magic in one of them would make the
 * canary answer a later call.
 */
#ifndef SELFTEST_RAW_H
#define SELFTEST_RAW_H

#include <stdint.h>

#if !defined(__x86_64__) || defined(__ILP32__)
#error "denyinit has tables and probes for x86_64 only in this release"
#endif

/* Returns what the kernel left in rax: -4095..-1 is an errno. x32: nr with its bit. */
static inline long raw_native(uint32_t nr, const uint64_t args[6])
{
	/* Loaded before the registers are bound: what sanitizers put around a load may use those. */
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

/*
 * int 0x80 from 64-bit code: the kernel takes the lower 32 bits of ebx, ecx, edx, esi, edi, ebp. rbx and rbp may be in
 * use by the compiler, so both are saved by hand; the red zone is stepped over first. Linux before 4.17 zeroes r8 to
 * r11.
 */
static inline long raw_i386(uint32_t nr, const uint64_t args[6])
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

#endif
