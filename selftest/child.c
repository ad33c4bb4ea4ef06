/* SPDX-License-Identifier: MIT */
#include "selftest/child.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "selftest/raw.h"

pid_t child_make(uint64_t flags)
{
	/* Written by the kernel, in the child's memory only (CLONE_CHILD_SETTID). */
	volatile int tid = 0;
	const uint64_t set = flags | CLONE_CHILD_SETTID, where = (uintptr_t)&tid;
	/*
	 * The order differs (CONFIG_CLONE_BACKWARDS..., kernel/fork.c): s390 has the stack before the flags, and others the
	 * child's thread id behind the TLS, which is not looked at without CLONE_SETTLS.
	 */
#ifdef __s390x__
	const uint64_t args[6] = {0, set, 0, where, where};
#else
	const uint64_t args[6] = {set, 0, 0, where, where};
#endif
	long pid = raw_native(SYS_clone, args);

	if (pid == 0 && tid == 0)
		pid = -EPERM;
	if (pid >= 0)
		return (pid_t)pid;
	errno = (int)-pid;
	return -1;
}

pid_t child_beside(void *stack_end, void (*run)(void *with), void *with)
{
#ifdef CHILD_BESIDE
	void *top = (char *)stack_end - (uintptr_t)stack_end % 16;
	long pid = SYS_clone;
	register uint64_t child_tid __asm__("r10") = 0;
	register uint64_t tls __asm__("r8") = 0;
	register uint64_t sixth __asm__("r9") = 0; /* the canary looks at it: raw.h */

	/* Where the call only seems to succeed, the stack is still the caller's. */
	__asm__ volatile("syscall\n\t"
	                 "testq %%rax, %%rax\n\t"
	                 "jnz 1f\n\t"
	                 "cmpq %%rsi, %%rsp\n\t"
	                 "jne 1f\n\t"
	                 "movq %[with], %%rdi\n\t"
	                 "callq *%[run]\n\t"
	                 "hlt\n"
	                 "1:"
	                 : "+a"(pid)
	                 : "D"((uint64_t)CHILD_BESIDE_FLAGS), "S"(top), "d"(0L), "r"(child_tid), "r"(tls),
	                   "r"(sixth), [with] "r"(with), [run] "r"(run)
	                 : "rcx", "r11", "memory", "cc");
	if (pid > 0)
		return (pid_t)pid;
	errno = pid == 0 ? EPERM : (int)-pid;
#else
	(void)stack_end, (void)run, (void)with;
	errno = ENOSYS;
#endif
	return -1;
}
