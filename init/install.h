/* SPDX-License-Identifier: MIT */
/* install: no_new_privs, then seccomp(2) on exactly the bytes of a program; and why the kernel would not have them. */
#ifndef INIT_INSTALL_H
#define INIT_INSTALL_H

#include <linux/filter.h>
#include <stdbool.h>

#include "init/policy.h"

/*
 * NNP_YES: sets it. NNP_AUTO: only if this process lacks CAP_SYS_ADMIN, without which seccomp(2) asks for it. *set tells
 * whether it is set now, as read back from the kernel. 0 or an errno value.
 */
int install_no_new_privs(enum no_new_privs wanted, bool *set);

/*
 * For this process and all that come of it, for good. flags: SECCOMP_FILTER_FLAG_*. listener: the descriptor that
 * SECCOMP_FILTER_FLAG_NEW_LISTENER gives, close-on-exec; else NULL. 0 or an errno value.
 */
int install_program(const struct sock_fprog *program, unsigned long flags, int *listener);

/*
 * What stands behind an error of seccomp(2): who refuses, and what to do. errnum: what it gave; filtered: there was a
 * filter before any of denyinit's own. Static text.
 */
const char *install_why(int errnum, bool filtered);

/* Whether this process has a filter now. */
bool install_is_filtered(void);

#endif
