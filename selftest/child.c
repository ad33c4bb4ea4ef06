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
	const uint64_t args[6] = {flags | CLONE_CHILD_SETTID, 0, 0, (uint64_t)(uintptr_t)&tid};
	long pid = raw_native(SYS_clone, args);

	if (pid == 0 && tid == 0)
		pid = -EPERM;
	if (pid >= 0)
		return (pid_t)pid;
	errno = (int)-pid;
	return -1;
}
