/* SPDX-License-Identifier: MIT */
#include "selftest/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/raw.h"

pid_t child_make(uint64_t flags)
{
	const uint64_t like_fork[6] = {flags};
	static const uint64_t none[6] = {0};
	const pid_t maker = getpid();
	long pid = raw_native(SYS_clone, like_fork);

	if (pid < 0 && flags == SIGCHLD)
		pid = raw_native(SYS_fork, none);
	if (pid == 0 && getpid() == maker)
		pid = -EPERM;
	if (pid >= 0)
		return (pid_t)pid;
	errno = (int)-pid;
	return -1;
}
