/* SPDX-License-Identifier: MIT */
#include "init/names.h"

#include <string.h>

#include "init/arch.h"

/*
 * Calls that no policy may deny as a whole: denyinit makes them after the filter is loaded (the self-test's second
 * round, then the start of the entrypoint), or no program gets as far as its main(). A name and its reason in turn, then
 * an empty name: rows of fixed width would be half air.
 */
static const char vital[] = "execve\0denyinit starts the entrypoint with it\0"
			    "exit_group\0no process could end\0"
			    "exit\0no thread could end\0"
			    "rt_sigreturn\0no signal handler could return\0"
			    "sigreturn\0no signal handler could return\0"
			    "restart_syscall\0the kernel makes it to go on with an interrupted wait\0"
			    "read\0every program needs it\0"
			    "write\0denyinit's report and every program need it\0"
			    "close\0every program needs it\0"
			    "clone\0denyinit's self-test needs a child (deny CLONE_NEW* flags)\0"
			    "wait4\0denyinit's self-test waits for its child with it\0"
			    "rt_sigtimedwait\0denyinit's self-test waits for its child with it\0"
			    "prctl\0denyinit asks the kernel with it whether the filter is loaded\0"
			    "rt_sigaction\0denyinit hands the signal state on with it\0"
			    "rt_sigprocmask\0denyinit hands the signal state on with it\0"
			    "mmap\0no program could be loaded\0"
			    "mmap2\0no program could be loaded\0"
			    "mprotect\0no program could be loaded\0"
			    "munmap\0no program could give memory back\0"
			    "brk\0no program could get memory\0"
			    "openat\0the dynamic loader opens libraries with it\0"
			    "pread64\0denyinit's self-test and the dynamic loader read with it\0"
			    "fstat\0the dynamic loader looks at libraries with it\0"
			    "newfstatat\0the dynamic loader looks at libraries with it\0"
			    "arch_prctl\0the C library sets up its first thread with it\0"
			    "set_tid_address\0the C library sets up its first thread with it\0"
			    "futex\0every lock between threads waits with it\0" ARCH_VITAL;

const char *names_vital(const char *call)
{
	for (const char *name = vital; *name;) {
		const char *why = name + strlen(name) + 1;

		if (strcmp(call, name) == 0)
			return why;
		name = why + strlen(why) + 1;
	}
	return NULL;
}

/* The kernel's own trampolines make these calls, and kernel/seccomp.c lets them pass before it asks any filter. */
bool names_unfilterable(const char *name)
{
	return strcmp(name, "uprobe") == 0 || strcmp(name, "uretprobe") == 0;
}
