/* SPDX-License-Identifier: MIT */
/* export: a policy for others than denyinit: as a container runtime's profile, or as the bytes of its program. */
#ifndef INIT_EXPORT_H
#define INIT_EXPORT_H

#include "init/loaded.h"
#include "selftest/report.h"

/*
 * To stdout, whole or nothing; findings, also those of a sound policy, to stderr. Exit status: 0; 1: the policy or the
 * base is not sound, or cannot be carried; MESSAGE_REFUSED: a file or stdout.
 */

/* base: the path of a profile to be merged over; NULL: none. */
int export_profile(struct loaded *loaded, const char *path, const char *base, struct report *scratch);

/* struct sock_filter[], in this machine's byte order: what seccomp(2) takes. Not to a terminal. */
int export_program(struct loaded *loaded, const char *path, struct report *scratch);

#endif
