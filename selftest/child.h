/* SPDX-License-Identifier: MIT */
/* child: a throw-away process, by a raw system call. */
#ifndef SELFTEST_CHILD_H
#define SELFTEST_CHILD_H

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * clone(2) with these flags (SIGCHLD, CLONE_FILES) and no stack of its own, so as fork(2) does it. A pid, 0 in the
 * child, or -1 and errno: EPERM also if the call only seems to succeed, as an outer filter's ERRNO(0) makes it, for the
 * caller would take itself for the child. libc's idea of its thread id is the caller's in the child: nothing that asks
 * for it (raise, abort, locks of stdio) may be used there.
 */
pid_t child_make(uint64_t flags);

/* Whether child_beside() works here; it takes some assembly. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define CHILD_BESIDE
#endif
#define CHILD_BESIDE_FLAGS \
	(CLONE_VM | CLONE_FILES | SIGCHLD) /* a table of descriptors would only be copied and dropped */

/*
 * The same in the caller's memory, which both go on in: no page tables are copied, and no page afterwards, a quarter of the
 * time. The child runs run(with) on the stack that ends at stack_end, and must not return. It has the caller's errno and
 * thread, so it calls nothing of libc.
 */
pid_t child_beside(void *stack_end, void (*run)(void *with), void *with);

#endif
