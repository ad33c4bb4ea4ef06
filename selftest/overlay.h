/* SPDX-License-Identifier: MIT */
/*
 * overlay: who else would stop a call that this policy let through? Asked only after the verdict is already "not
 * denied by this policy", in a throw-away child that loads one more filter, under a magic of its own, with an action
 * that every ERRNO of an older filter outranks (kernel/seccomp.c: the action of lowest value wins):
 *
 *   USER_NOTIF, answered with a marker by a helper: the marker means that nobody else stops the call. Linux 5.0.
 *   TRACE, on kernels without listeners: without a tracer it gives ENOSYS, which an older filter's own ENOSYS cannot be
 *   told from. A tracer could let the call run: not used where there may be one.
 *
 * Under an older filter with a listener of its own there can be no second one, and TRACE is outranked by that filter's
 * USER_NOTIF: nothing is asked then.
 *
 * The calls' bodies never run.
 */
#ifndef SELFTEST_OVERLAY_H
#define SELFTEST_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum told {
	TOLD_NOTHING, /* could not be asked, or the answer has two meanings */
	TOLD_OPEN,    /* nothing but this overlay stops it */
	TOLD_STOPPED, /* an older filter stops it: errno `value`, or the death of its caller (value 0) */
};

struct hearsay {
	enum told told;
	int value;
};

#define OVERLAY_NUMBERS_MAX 64u

/* Native calls, at most OVERLAY_NUMBERS_MAX. Fills all of hearsay; what cannot be learned is TOLD_NOTHING. */
void overlay_ask(const uint32_t *numbers, size_t count, bool untraced, struct hearsay *hearsay);

#endif
