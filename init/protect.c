/* SPDX-License-Identifier: MIT */
#include "init/protect.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/install.h"
#include "selftest/trial.h"

/* The policy as the judge takes it: in words, and with the accused's own numbers for them. */
static struct trial_input trial_input(const struct policy *policy, bool no_new_privs)
{
	static struct trial_rule rules[POLICY_RULES_MAX]; /* large; the judge keeps pointers to them */
	static struct trial_allow allows[POLICY_RULES_MAX];

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		rules[i] = (struct trial_rule){
		    .name = r->name[0] ? r->name : NULL,
		    .nr = r->nr,
		    .action = r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		    .errnum = r->errnum,
		    .arg = r->arg,
		    .wide = r->wide,
		    .mask = r->mask,
		    .line = r->line,
		};
	}
	for (size_t i = 0; i < policy->nallows; i++)
		allows[i] = (struct trial_allow){policy->allows[i].name, policy->allows[i].line};
	return (struct trial_input){
	    .rules = rules,
	    .nrules = policy->nrules,
	    .allows = allows,
	    .nallows = policy->nallows,
	    .ceiling = POLICY_CEILING,
	    .above = policy->newer_enosys ? ENOSYS : 0,
	    .no_new_privs = no_new_privs,
	};
}

/* The kernel's type is not const; nobody writes. */
static struct sock_fprog sock_fprog(const struct loaded *loaded)
{
	return (struct sock_fprog){.len = (unsigned short)loaded->program.length,
	                           .filter = (struct sock_filter *)(uintptr_t)loaded->program.filter};
}

bool protect_rehearse(const struct loaded *loaded, struct report *report, char why[REFUSAL_MAX])
{
	struct trial_input input = trial_input(&loaded->policy, false);
	struct sock_fprog program = sock_fprog(loaded);
	long detail = 0;
	enum trial_step step = trial_rehearse(&input, &program, report, &detail);

	if (step != TRIAL_OK) {
		refusal_of_trial(why, step, detail, &loaded->policy, loaded->path, "");
		return false;
	}
	if (report->evaluation == WITNESS_OK)
		return true;
	report->reason = REASON_EVALUATION;
	refusal_of_report(why, report, loaded->path);
	return false;
}

bool protect(const struct loaded *loaded, struct report *report, char why[REFUSAL_MAX])
{
	const struct policy *policy = &loaded->policy;
	struct sock_fprog program = sock_fprog(loaded);
	bool filtered = install_is_filtered();
	struct trial_input input;
	struct trial *trial;
	enum trial_step step;
	bool no_new_privs = false;
	long detail = 0;
	int error = install_no_new_privs(policy->no_new_privs, &no_new_privs);

	*report = (struct report){.outcome = OUTCOME_FAIL,
	                          .reason = REASON_NOT_STARTED,
	                          .evaluation = WITNESS_FAILED,
	                          .canary = WITNESS_FAILED,
	                          .kernel = WITNESS_FAILED,
	                          .own_filters = -1,
	                          .outer_filters = -1,
	                          .no_new_privs = -1};
	if (error) {
		snprintf(
		    why, REFUSAL_MAX,
		    "cannot set no_new_privs: %s: an outer filter forbids prctl(2) or only pretends: allow it in the "
		    "container runtime's profile",
		    strerror(error));
		return false;
	}
	input = trial_input(policy, no_new_privs);
	step = trial_open(&input, &trial, &detail);
	if (step != TRIAL_OK) {
		refusal_of_trial(why, step, detail, policy, loaded->path, install_why((int)detail, filtered));
		return false;
	}
	error = install_program(&program, policy->log);
	if (error) {
		snprintf(why, REFUSAL_MAX, "cannot load the policy's filter: %s: %s%s", strerror(error),
		         install_why(error, filtered),
		         policy->log ? "; `log = yes` needs Linux 4.14 and no sandbox" : "");
		return false;
	}
	trial_close(trial, &program, report);
	return true;
}
