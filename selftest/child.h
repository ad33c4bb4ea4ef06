/* SPDX-License-Identifier: MIT */
/* child: a throw-away process, by a raw system call. */
#ifndef SELFTEST_CHILD_H
#define SELFTEST_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/*
 * clone(2) with these flags (SIGCHLD, CLONE_FILES) and no stack of its own, so as fork(2) does it. A pid, 0 in the
 * child, or -1 and errno: EPERM also if the call only seems to succeed, as an outer filter's ERRNO(0) makes it, for the
 * caller would take itself for the child. libc's idea of its thread id is the caller's in the child: nothing that asks
 * for it (raise, abort, locks of stdio) may be used there.
 */
pid_t child_make(uint64_t flags);

#endif
