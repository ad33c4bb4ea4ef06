/* SPDX-License-Identifier: MIT */
#include "selftest/child.h"

#include <errno.h>
#include <sched.h>
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
