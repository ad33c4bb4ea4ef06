/* SPDX-License-Identifier: MIT */
/*
 * listener: what this kernel offers of seccomp user notification (seccomp_unotify(2)), asked by trying it; and what the
 * workload must not have, as it could take the listener from its owner with it.
 */
#ifndef INIT_LISTENER_H
#define INIT_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offer {
	int error;      /* why there is no listener: errno of seccomp(2) in a throw-away child; 0: there is */
	bool continues; /* it may let a call through: SECCOMP_USER_NOTIF_FLAG_CONTINUE, Linux 5.5 */
	bool
	    killable; /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19: no signal but a deadly one ends the wait */
	bool logs;    /* SECCOMP_RET_LOG, Linux 4.14 and no sandbox */
};

void listener_offer(struct offer *offer);

/* What stands behind offer.error, and what to do. Static text. */
const char *listener_why(int error);

/*
 * Drops CAP_SYS_PTRACE from this process and what becomes of it: with it a workload takes the listener by
 * pidfd_getfd(2), however little dumpable its owner is, and lets calls through. bounded: it must be dropped from the
 * bounding set too, as there is no no_new_privs and a set-uid program would bring it back. 0 or an errno value; then
 * nothing of the policy may be left to the listener.
 */
int listener_drop_ptrace(bool bounded);

/* Odd, and its upper half neither 0 nor ~0 (trial.h). 0 or an errno value. */
int listener_secret(uint64_t *secret);

#endif
