/* SPDX-License-Identifier: MIT */
/*
 * map_ask: asks for every number of a map what this process's filters answer, and has none of the calls carried out.
 * One more filter is loaded into this very process, newer than all others. Every call, of every number and ABI, whose
 * sixth argument holds a magic value goes to
 *
 *   USER_NOTIF, answered with a marker by a helper: what any older filter denies or kills outranks it. Linux 5.0.
 *   TRACE, on kernels without listeners: without a tracer it is ENOSYS, as an older filter's own ENOSYS is. With a
 *          tracer the call could be made: not used where there is one.
 *   ERRNO with a marker, below an older filter that has a listener itself: then there can be no second one, and that
 *          filter's USER_NOTIF, whose supervisor could let the call through, has to be outranked. It outranks the
 *          errno of older filters, too, so only what kills can be seen.
 *
 * The overlay (overlay.h) asks the same of a few calls, beside a running trial, and leaves no filter behind.
 */
#ifndef SELFTEST_MAP_ASK_H
#define SELFTEST_MAP_ASK_H

#include "selftest/map.h"

enum map_step {
	MAP_MADE,
	MAP_NOT_LOADED,  /* seccomp(2) does not take the filter, or there can be no helper */
	MAP_NOT_AT_WORK, /* it seems to, and the filter does not answer: nothing was asked */
};

/*
 * For a process that has nothing else to do afterwards: the filter stays, with no_new_privs. Children are made, and
 * none is left.
 */
enum map_step map_ask(struct map *map);

/* The marker of the canary that denyinit has loaded before this process was started; 0: none answers. */
uint16_t map_find_canary(void);

#endif
