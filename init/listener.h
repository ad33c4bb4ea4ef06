/* SPDX-License-Identifier: MIT */
/*
 * listener: what this kernel offers of seccomp user notification (seccomp_unotify(2)), asked by trying it; and what the
 * workload must not have, as it could take the listener from its owner with it.
 */
#ifndef INIT_LISTENER_H
#define INIT_LISTENER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offer {
	int error; /* why there is no listener: errno of seccomp(2) in a throw-away child, EPROTO if it is of no use; 0: there is */
	bool continues; /* it may let a call through: SECCOMP_USER_NOTIF_FLAG_CONTINUE, Linux 5.5 */
	bool
	    killable; /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19: no signal but a deadly one ends the wait */
};

/* Makes one and uses it, in throw-away children: a call is refused, a call is let through. */
void listener_offer(struct offer *offer);

/* SECCOMP_RET_LOG: Linux 4.14 and no sandbox. */
bool listener_logs(void);

/*
 * Answers a call, and makes sure of it. 0: its caller has the answer, or is gone. An errno value: it waits, until the
 * listener is closed.
 */
int listener_send(int listener, const struct seccomp_notif_resp *answer);

/* What stands behind offer.error, and what to do. Static text. */
const char *listener_why(int error);

/*
 * Drops CAP_SYS_PTRACE from this process and what becomes of it: with it a workload takes the listener by
 * pidfd_getfd(2), however little dumpable its owner is, and lets calls through. bounded: it must be dropped from the
 * bounding set too, as there is no no_new_privs and a set-uid program would bring it back. 0 or an errno value; then
 * nothing of the policy may be left to the listener.
 */
int listener_drop_ptrace(bool bounded);

/*
 * These capabilities, as capget(2) has them, from this process's sets; the ambient ones go with them (cap_capset). Seen
 * to be gone, as an outer filter may only say so. 0 or an errno value.
 */
int listener_drop(const uint32_t which[2]);

/* Odd, and its upper half neither 0 nor ~0 (trial.h). 0 or an errno value. */
int listener_secret(uint64_t *secret);

#endif
