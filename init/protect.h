/* SPDX-License-Identifier: MIT */
/* protect: the filter into the kernel, between the judge's two rounds. */
#ifndef INIT_PROTECT_H
#define INIT_PROTECT_H

#include <stdbool.h>
#include <stdint.h>

#include "init/loaded.h"
#include "init/refusal.h"
#include "selftest/report.h"

/* In which form the policy is loaded: who is told of what it denies or observes. */
struct form {
	bool reports; /* each denial goes to a listener, which answers it */
	uint32_t
	    observed_action; /* of observed calls: SECCOMP_RET_USER_NOTIF (a listener tells), _LOG (the kernel), _ALLOW */
	bool killable;       /* struct offer */
};

/* What the stages of protect() need of a supervising parent; listener < 0: nobody is told. */
struct heard {
	int (*hand_over)(const void *context, int listener); /* 0 or an errno value */
	const void *context;
	uint64_t cookie; /* trial_listen() */
};

/*
 * no_new_privs, the judge's first round, the policy's program, the judge's second round, and where there is a listener
 * its third one. True: *report is the judge's, with whatever outcome. False: it could not come to that (why says why),
 * and *report says FAIL, "self-test-not-held". *form is what was asked for, and comes back as what could be had: without
 * a listener if the workload could take it (then why_not says so; NULL otherwise). heard: NULL where nobody listens.
 */
bool protect(const struct loaded *loaded, struct form *form, const struct heard *heard, struct report *report,
             const char **why_not, char why[REFUSAL_MAX]);

/*
 * What of this can be known without a kernel, for --check: whether the judge could take the policy, and finds that the
 * program does what it says. exported: for another to run under, not for this process. False: why says why not. *report is
 * for its room only.
 */
bool protect_rehearse(const struct loaded *loaded, bool exported, struct report *report, char why[REFUSAL_MAX]);

#endif
