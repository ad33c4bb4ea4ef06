/* SPDX-License-Identifier: MIT */
/*
 * verdict: what one probe shows, from what the policy says, what came back in the two rounds, and what the evaluation
 * of the program found. Pure: the truth table of the proof is in this file and in nothing else.
 */
#ifndef SELFTEST_VERDICT_H
#define SELFTEST_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "selftest/probe.h"
#include "selftest/report.h"

struct testimony {
	uint32_t
	    expected;    /* what the policy gives this very call: SECCOMP_RET_ALLOW, _KILL_PROCESS or _ERRNO | errno */
	bool evaluated;  /* the interpreted program gives the call that too */
	uint16_t marker; /* the canary's errno */
	struct observed first; /* before the policy was loaded: the canary answers, unless something older kills */
	struct observed second;
};

/*
 * A call that should be denied: VERDICT_DENIED, _MASKED (only the evaluation speaks: the caller must have seen another
 * rule at work), _REACHABLE (this policy let it through; whether something older stops it is overlay.h's to say),
 * _DENIED_BY_RUNTIME (let through by this policy, killed by something older), _CONTRADICTED or _UNPROVEN.
 * A call that should be let through: VERDICT_LEFT_OPEN if it is, else _CONTRADICTED or _UNPROVEN.
 */
enum verdict verdict_of(const struct testimony *testimony);

/* Of two probes of one call the verdict that decides: any that does not pass before any that does. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* A call through another ABI, which must kill its caller. */
enum foreign verdict_foreign(const struct testimony *testimony);

/* A call through another ABI that has the policy's rules: as verdict_of(), if there is such an ABI. */
enum foreign verdict_foreign_ruled(const struct testimony *testimony);

/*
 * From the calls' verdicts, the other ABIs, the evaluation, the kernel's account and the control to report->canary,
 * ->outcome and ->reason.
 */
void verdict_conclude(struct report *report);

#endif
