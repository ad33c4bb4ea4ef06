/* SPDX-License-Identifier: MIT */
/* doors: what the parts of doors.c share. */
#ifndef TESTS_LIVE_DOORS_H
#define TESTS_LIVE_DOORS_H

#include <stdbool.h>
#include <sys/types.h>

/* What a way in returns besides 0 and an errno value. */
#define DOOR_NO_EFFECT (-1) /* the calls succeeded, and nothing is to be seen of it */
#define DOOR_ABSENT (-2)    /* not on this kernel */
#define DOOR_BROKEN (-3)    /* could not be tried */

#define NOBODY 65534

/* In this order: what is seen is looked for after the call. */
#define error_of(result) ((result) < 0 ? errno : 0)
#define done(result, seen) ((result) < 0 ? errno : (seen) ? 0 : DOOR_NO_EFFECT)

/* fork(2), but for orphans. */
pid_t make_child(void);

/* In the working folder. 0, an errno value, or one of the above. */
struct way {
	const char *name;
	int (*attempt)(void);
};

/* To a nameless one. */
extern const struct way process_ways[], socket_ways[];

/*
 * One operation of io_uring, by the name of the call that it makes needless, in the working folder. by_thread: without
 * io_uring_enter, by a thread of the kernel's. 0: it did it; an errno value: it, or what has to come before it, failed
 * so; or one of the above.
 */
int uring_try(const char *call, bool by_thread);
/* The i-th name, NULL after the last one. */
const char *uring_name(int i);

#endif
