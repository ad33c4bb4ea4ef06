/* SPDX-License-Identifier: MIT */
/* inspect: the options that only look at a policy. They need no privilege and nothing of the kernel. */
#ifndef INIT_INSPECT_H
#define INIT_INSPECT_H

#include "init/loaded.h"
#include "selftest/report.h"

/* --check: findings to stdout, as a compiler prints them or as JSON. Exit status: 0 sound, 1 errors, 125 stdout broken. */
int inspect_check(struct loaded *loaded, const char *path, bool json, struct report *scratch);

/* --print: each call, what it gets, and from which line. Exit status as above; findings of a bad policy go to stderr. */
int inspect_print(struct loaded *loaded, const char *path);

/* What was printed to stdout has arrived: 0; else 125, and it has been said. */
int inspect_flush(void);

/*
 * Becomes the program of that name in this one's folder, with the same arguments; or says why not, and that nothing was
 * done ("exported"), and MESSAGE_REFUSED.
 */
int inspect_hand_over(const char *program, char *const argv[], const char *done);

#endif
