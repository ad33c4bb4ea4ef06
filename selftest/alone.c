/* SPDX-License-Identifier: MIT */
/* The judge alone (trial.h): what a process under denyinit, or under nothing, can find out about itself. */
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>

#include "selftest/account.h"
#include "selftest/blame.h"
#include "selftest/plan.h"
#include "selftest/trial.h"
#include "selftest/verdict.h"

/* The canary's marker, or CANARY_SECRET, if one answers: the controls are harmless also where none does. 0: none. */
static uint16_t find_canary(struct probe *control)
{
	for (size_t i = 0; plan_control(i, control); i++) {
		struct observed observed;

		if (probe_run(control, 1, &observed) != 0 || observed.what != OBSERVED_RETURN)
			continue;
		if (observed.value == -CANARY_SECRET)
			return CANARY_SECRET;
		for (size_t marker = 0; marker < CANARY_MARKERS; marker++)
			if (observed.value == -(long)canary_markers[marker])
				return canary_markers[marker];
	}
	return 0;
}

/*
 * There was no round one, and no policy says what to expect. The canary listens to all of these calls: what does not
 * come to it was stopped by a filter that is newer, or killed.
 */
static void judge_call(struct report_call *call, struct observed observed, uint16_t marker)
{
	call->verdict = VERDICT_DENIED;
	if (observed.what == OBSERVED_DEATH && observed.value == SIGSYS)
		call->verdict = VERDICT_MASKED; /* by this policy's kill rule, or by an outer filter */
	else if (observed.what != OBSERVED_RETURN)
		call->verdict = VERDICT_UNPROVEN;
	else if (observed.value == -(long)marker)
		call->verdict = VERDICT_REACHABLE;
	else if (observed.value < 0 && observed.value >= -4095)
		call->errnum = (uint16_t)-observed.value;
	else
		call->verdict = VERDICT_CONTRADICTED;
}

static enum foreign judge_foreign(struct observed observed, uint16_t marker)
{
	if (observed.what == OBSERVED_NOTHING)
		return FOREIGN_UNPROVEN;
	if (observed.what == OBSERVED_RETURN)
		return observed.value == -(long)marker || observed.value >= 0 ? FOREIGN_OPEN : FOREIGN_DENIED;
	return observed.value == SIGSYS ? FOREIGN_KILLED : FOREIGN_ABSENT;
}

static void judge_under_canary(const struct plan *plan, struct report *report)
{
	struct observed *observed = plan->first;

	(void)probe_run(plan->probes, plan->nprobes, observed); /* what was not reached is OBSERVED_NOTHING */
	for (size_t i = 0; i < plan->nsubjects; i++)
		judge_call(&report->calls[i], observed[plan->subjects[i].first], plan->marker);
	for (size_t i = 0; i < plan->nforeign; i++) {
		report->foreign[i] = plan->foreign[i].entry;
		report->foreign[i].state = plan_cannot_call(plan, &plan->foreign[i])
		                               ? FOREIGN_NOT_PROBED
		                               : judge_foreign(observed[plan->foreign[i].probe], plan->marker);
	}
	report->nforeign = plan->nforeign;
}

static void report_account(struct account account, struct report *report)
{
	report->evaluation = WITNESS_NOT_OFFERED; /* the program's bytes are not to be had from inside */
	report->kernel = WITNESS_OK;
	if (account.mode < 0)
		report->kernel = WITNESS_NOT_OFFERED;
	else if (account.mode != SECCOMP_MODE_FILTER)
		report->kernel = WITNESS_FAILED;
	report->own_filters = -1;
	report->outer_filters = account.filters; /* all there are: whose they are is not known */
	report->no_new_privs = account.no_new_privs;
	report->tracer = account.tracer;
}

bool trial_alone(struct report *report)
{
	static struct plan plan; /* large */
	int status_fd = account_open();
	struct account account = account_read(status_fd);
	struct probe control;
	uint16_t marker = find_canary(&control);
	bool learned = false;

	report_clear(report);
	report_account(account, report);
	if (marker == CANARY_SECRET) {
		report->outcome = OUTCOME_FAIL;
		report->reason = REASON_SECRET;
		return false;
	}
	plan_mount_api(&plan, &control, marker);
	for (size_t i = 0; i < plan.nsubjects; i++) {
		report->calls[i] = plan.subjects[i].call;
		report->calls[i].verdict = VERDICT_REACHABLE; /* until something says otherwise */
	}
	report->ncalls = plan.nsubjects;
	if (marker)
		judge_under_canary(&plan, report);
	blame(report, account.tracer == 0);
	verdict_conclude(report);
	if (!marker) {
		report->outcome = OUTCOME_FAIL;
		report->reason = REASON_NO_DENYINIT;
	}
	for (size_t i = 0; i < report->ncalls; i++)
		learned = learned || report->calls[i].verdict != VERDICT_LET_THROUGH;
	return learned;
}
