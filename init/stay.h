/* SPDX-License-Identifier: MIT */
/* stay: the parent of a divided denyinit, from the division to its end: an init. See supervise.h. */
#ifndef INIT_STAY_H
#define INIT_STAY_H

#include "init/supervise.h"
#include "init/watch.h"

/*
 * To the end of the child, and of all others where that is wanted: the child's exit status, 128 + n for its death by
 * signal n. If nothing can be heard of it any more it is killed.
 */
int stay(struct supervisor *supervisor, struct watch *watch);

#endif
