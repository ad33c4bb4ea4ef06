/* SPDX-License-Identifier: MIT */
#include "selftest/verdict.h"

#include <linux/seccomp.h>
#include <signal.h>

/* What the kernel makes of SECCOMP_RET_KILL_*: the caller dies of SIGSYS. (So it does of an unhandled TRAP.) */
static bool killed(struct observed observed)
{
	return observed.what == OBSERVED_DEATH && observed.value == SIGSYS;
}

static bool returned(struct observed observed, uint16_t errnum)
{
	return observed.what == OBSERVED_RETURN && observed.value == -(long)errnum;
}

/* Something older than the canary kills the caller before the policy can be heard: the evaluation has to do. */
static enum verdict of_masked(const struct testimony *t)
{
	bool should_be_open = t->expected == SECCOMP_RET_ALLOW;

	if (!killed(t->second))
		return t->second.what == OBSERVED_NOTHING ? VERDICT_UNPROVEN : VERDICT_CONTRADICTED;
	if (t->evaluated)
		return should_be_open ? VERDICT_LEFT_OPEN : VERDICT_MASKED;
	return should_be_open ? VERDICT_CONTRADICTED : VERDICT_DENIED_BY_RUNTIME;
}

enum verdict verdict_of(const struct testimony *t)
{
	bool as_expected;

	if (killed(t->first))
		return of_masked(t);
	if (!returned(t->first, t->marker) || t->second.what == OBSERVED_NOTHING)
		return VERDICT_UNPROVEN;

	if (t->expected == SECCOMP_RET_ALLOW) {
		as_expected = returned(t->second, t->marker);
		return as_expected && t->evaluated ? VERDICT_LEFT_OPEN : VERDICT_CONTRADICTED;
	}
	if (returned(t->second, t->marker)) /* whatever the evaluation says: that program is not in force then */
		return VERDICT_REACHABLE;
	if ((t->expected & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		as_expected = returned(t->second, (uint16_t)(t->expected & SECCOMP_RET_DATA));
	else
		as_expected = killed(t->second);
	return as_expected && t->evaluated ? VERDICT_DENIED : VERDICT_CONTRADICTED;
}

enum verdict verdict_worse(enum verdict a, enum verdict b)
{
	/* From bad to good. LET_THROUGH is not here: it comes of REACHABLE, afterwards. */
	static const enum verdict order[] = {
	    VERDICT_REACHABLE, VERDICT_LET_THROUGH, VERDICT_CONTRADICTED, VERDICT_DENIED_BY_RUNTIME, VERDICT_UNPROVEN,
	    VERDICT_LEFT_OPEN, VERDICT_OBSERVED,    VERDICT_MASKED,       VERDICT_EVALUATED,         VERDICT_DENIED,
	};

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
		if (order[i] == a || order[i] == b)
			return order[i];
	return VERDICT_UNPROVEN;
}

/* Without IA32 emulation int 0x80 is a general protection fault: there is no such way into this kernel. */
static bool is_absent(const struct testimony *t)
{
	return t->first.what == OBSERVED_DEATH && t->first.value == SIGSEGV && t->second.what == OBSERVED_DEATH &&
	       t->second.value == SIGSEGV;
}

enum foreign verdict_foreign_ruled(const struct testimony *t)
{
	if (is_absent(t))
		return FOREIGN_ABSENT;
	switch (verdict_of(t)) {
	case VERDICT_DENIED: return t->expected == SECCOMP_RET_KILL_PROCESS ? FOREIGN_KILLED : FOREIGN_DENIED;
	case VERDICT_MASKED: return FOREIGN_MASKED;
	case VERDICT_LEFT_OPEN: return FOREIGN_LEFT_OPEN;
	case VERDICT_UNPROVEN: return FOREIGN_UNPROVEN;
	default: return FOREIGN_OPEN;
	}
}

enum foreign verdict_foreign(const struct testimony *t)
{
	if (is_absent(t))
		return FOREIGN_ABSENT;
	if (!t->evaluated)
		return FOREIGN_OPEN;
	if (killed(t->first))
		return killed(t->second) ? FOREIGN_MASKED : FOREIGN_UNPROVEN;
	if (!returned(t->first, t->marker))
		return FOREIGN_UNPROVEN;
	if (killed(t->second))
		return FOREIGN_KILLED;
	return t->second.what == OBSERVED_RETURN ? FOREIGN_OPEN : FOREIGN_UNPROVEN;
}

#define BIT(verdict) (1u << (verdict))

static bool any_call(const struct report *report, bool mount_only, unsigned verdicts)
{
	for (size_t i = 0; i < report->ncalls; i++)
		if ((!mount_only || report->calls[i].mount) && BIT(report->calls[i].verdict) & verdicts)
			return true;
	return false;
}

static bool any_foreign(const struct report *report, unsigned states)
{
	for (size_t i = 0; i < report->nforeign; i++)
		if (BIT(report->foreign[i].state) & states)
			return true;
	return false;
}

/* What cannot be probed rests on the evaluation of a program that was seen at work elsewhere at least. */
static bool nothing_probed(const struct report *report)
{
	return !report->enforces_nothing && !any_call(report, false, BIT(VERDICT_DENIED)) &&
	       !any_foreign(report, BIT(FOREIGN_KILLED) | BIT(FOREIGN_DENIED));
}

static enum reason reason_of(const struct report *report)
{
	if (any_call(report, true, BIT(VERDICT_REACHABLE) | BIT(VERDICT_LET_THROUGH)))
		return REASON_MOUNT_REACHABLE;
	if (any_call(report, true, BIT(VERDICT_DENIED_BY_RUNTIME)))
		return REASON_MOUNT_DENIED_BY_RUNTIME;
	if (any_call(report, true, BIT(VERDICT_UNPROVEN)))
		return REASON_MOUNT_UNPROVEN;
	if (report->evaluation == WITNESS_FAILED)
		return REASON_EVALUATION;
	if (any_call(report, false, REPORT_FAILING))
		return REASON_RULE_NOT_IN_FORCE;
	if (any_foreign(report, BIT(FOREIGN_OPEN) | BIT(FOREIGN_UNPROVEN)))
		return REASON_OTHER_ABI_OPEN;
	if (report->kernel == WITNESS_FAILED)
		return REASON_KERNEL_ACCOUNT;
	if (report->control_lost)
		return REASON_CONTROL;
	return nothing_probed(report) ? REASON_NOTHING_PROBED : REASON_NONE;
}

void verdict_conclude(struct report *report)
{
	bool live_failed = any_call(report, false, REPORT_FAILING) || report->control_lost || nothing_probed(report) ||
	                   any_foreign(report, BIT(FOREIGN_OPEN) | BIT(FOREIGN_UNPROVEN));

	report->canary = live_failed ? WITNESS_FAILED : WITNESS_OK;
	report->reason = reason_of(report);
	if (report->reason != REASON_NONE)
		report->outcome = OUTCOME_FAIL;
	else if (any_call(report, false, BIT(VERDICT_OBSERVED)) || any_foreign(report, BIT(FOREIGN_OBSERVED)) ||
	         report->enforces_nothing)
		report->outcome = OUTCOME_OBSERVE;
	else if (any_call(report, true, BIT(VERDICT_LEFT_OPEN)) || any_foreign(report, BIT(FOREIGN_LEFT_OPEN)))
		report->outcome = OUTCOME_PARTIAL;
	else
		report->outcome = OUTCOME_PASS;
}
