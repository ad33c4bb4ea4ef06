/* SPDX-License-Identifier: MIT */
/* doors: what doors.c and doors_uring.c share. */
#ifndef TESTS_LIVE_DOORS_H
#define TESTS_LIVE_DOORS_H

#include <stdbool.h>

/* What a way in returns besides 0 and an errno value. */
#define DOOR_NO_EFFECT (-1) /* the calls succeeded, and nothing is to be seen of it */
#define DOOR_ABSENT (-2)    /* not on this kernel */
#define DOOR_BROKEN (-3)    /* could not be tried */

/*
 * One operation of io_uring by the name of the call that it does without, in the working folder. 0: it did it; an errno
 * value: it, or what has to come before it, failed so; or one of the above.
 */
int uring_try(const char *call);
/* The i-th name, NULL after the last one. */
const char *uring_name(int i);

#endif
