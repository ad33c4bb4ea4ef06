/* SPDX-License-Identifier: MIT */
#include "init/protect.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/arch.h"
#include "init/conditions.h"
#include "init/install.h"
#include "init/leaves.h"
#include "init/listener.h"
#include "selftest/trial.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* linux/seccomp.h of Linux 5.19 */
#endif

/* A policy's rules as the judge takes them: large, and the judge keeps pointers to them. */
struct translated_rules {
	struct trial_rule rules[POLICY_ROOM];
	struct trial_condition conditions[POLICY_ROOM][POLICY_CONDITIONS_MAX];
	struct trial_allow allows[POLICY_RULES_MAX];
};

struct translated {
	struct trial_input input;
	struct translated_rules native, other[OTHER_ABIS];
};

static const enum trial_test tests[] = {
    [TEST_IN] = TRIAL_IN,           [TEST_NOT_IN] = TRIAL_NOT_IN,
    [TEST_LESS] = TRIAL_LESS,       [TEST_LESS_EQUAL] = TRIAL_LESS_EQUAL,
    [TEST_GREATER] = TRIAL_GREATER, [TEST_GREATER_EQUAL] = TRIAL_GREATER_EQUAL,
    [TEST_ANY_BIT] = TRIAL_ANY_BIT, [TEST_MASKED_IN] = TRIAL_MASKED_IN,
};

static void translate_conditions(const struct policy *policy, const struct rule *rule,
                                 struct trial_condition conditions[POLICY_CONDITIONS_MAX])
{
	for (size_t i = 0; i < rule->nconditions; i++) {
		const struct condition *c = &rule->conditions[i];

		conditions[i] = (struct trial_condition){.arg = c->arg,
		                                         .upper = c->upper,
		                                         .wide = c->wide,
		                                         .test = tests[c->test],
		                                         .values = conditions_values(policy, c),
		                                         .count = c->count};
	}
}

/* In words, and with the accused's own numbers for them. */
static void translate_rules(const struct policy *policy, struct translated_rules *translated)
{
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		translated->rules[i] = (struct trial_rule){
		    .name = r->name[0] ? r->name : NULL,
		    .nr = r->nr,
		    .action = r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		    .errnum = r->errnum,
		    .conditions = translated->conditions[i],
		    .nconditions = r->nconditions,
		    .line = r->line,
		};
		translate_conditions(policy, r, translated->conditions[i]);
	}
	for (size_t i = 0; i < policy->nallows; i++)
		translated->allows[i] = (struct trial_allow){policy->allows[i].name, policy->allows[i].line};
}

static struct trial_input *translate(const struct policy *policy, struct translated *translated)
{
	static const enum trial_abi abis[OTHER_ABIS] = {[OTHER_COMPAT] = TRIAL_COMPAT, [OTHER_X32] = TRIAL_X32};

	translate_rules(policy, &translated->native);
	translated->input = (struct trial_input){
	    .rules = translated->native.rules,
	    .nrules = policy->nrules,
	    .allows = translated->native.allows,
	    .nallows = policy->nallows,
	    .ceiling = POLICY_CEILING,
	    .above = policy->newer_enosys ? ENOSYS : 0,
	};
	for (size_t i = 0; i < OTHER_ABIS && policy->other[i]; i++) {
		const struct policy *other = policy->other[i];

		translate_rules(other, &translated->other[i]);
		translated->input.other_denied = true;
		translated->input.other[abis[i]] = (struct trial_other){translated->other[i].rules, other->nrules,
		                                                        translated->other[i].allows, other->nallows};
	}
	return &translated->input;
}

static struct trial_input *trial_input(const struct loaded *loaded, const struct form *form, uint64_t magic)
{
	static _Alignas(2048) struct translated denied, observed; /* what is used of each in one page, or two */
	struct trial_input *input = translate(&loaded->policy, &denied);

	input->magic = magic;
	input->enforces_nothing = loaded->enforces_nothing;
	input->observed_action = form->observed_action;
	if (loaded_observes(loaded))
		input->observed = translate(&loaded->observed, &observed);
	if (loaded->enforces_nothing) { /* what is left open stays so */
		input->allows = observed.native.allows;
		input->nallows = observed.input.nallows;
	}
	return input;
}

/* False: why says why not. *fprog points to static memory. */
static bool join(const struct loaded *loaded, const struct form *form, uint64_t magic, struct sock_fprog *fprog,
                 char why[REFUSAL_MAX])
{
	static struct program joined; /* large */
	const struct leaves leaves = {
	    .magic = magic, .other_abis = loaded->policy.other_abis_deny, .observed_action = form->observed_action};

	if (!magic && loaded->program.length > 0 && !loaded_observes(loaded)) { /* as it is */
		*fprog = (struct sock_fprog){.len = (unsigned short)loaded->program.length,
		                             .filter = (struct sock_filter *)loaded->program.filter};
		return true;
	}
	if (!leaves_join(loaded->program.length > 0 ? &loaded->program : NULL,
	                 loaded->observed_program.length > 0 ? &loaded->observed_program : NULL, &leaves, &joined)) {
		refusal_of_filter(why, FILTER_TOO_LONG, &loaded->policy, 0, E2BIG, loaded->path);
		return false;
	}
	*fprog = (struct sock_fprog){.len = (unsigned short)joined.length, .filter = joined.filter};
	return true;
}

bool protect_rehearse(const struct loaded *loaded, bool exported, struct report *report, char why[REFUSAL_MAX])
{
	const struct form form = {.observed_action = SECCOMP_RET_USER_NOTIF};
	const uint64_t magic =
	    loaded->policy.report_denials ? ARCH_SECRET_MASK & UINT64_C(0x8d1c6e0b52f79a35) : 0; /* as good as any */
	struct trial_input *input = trial_input(loaded, &form, magic);
	struct sock_fprog program;
	long detail = 0;
	enum trial_step step;

	input->exported = exported;
	if (!join(loaded, &form, magic, &program, why))
		return false;
	step = trial_rehearse(input, &program, report, &detail);
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

/* A listener that the workload could take is worse than none. */
static void secure_listener(struct form *form, bool no_new_privs, uint64_t *magic, const char **why_not)
{
	*magic = 0;
	if (!form->reports && form->observed_action != SECCOMP_RET_USER_NOTIF)
		return;
	if (listener_drop_ptrace(!no_new_privs) != 0)
		*why_not =
		    "CAP_SYS_PTRACE, with which the command could answer its own calls, cannot be dropped: start the "
		    "container without it, or write `no-new-privs = yes`";
	else if (form->reports && listener_secret(magic) != 0)
		*why_not = "getrandom(2) fails: an outer filter forbids it";
	if (!*why_not)
		return;
	form->reports = false;
	*magic = 0;
	if (form->observed_action == SECCOMP_RET_USER_NOTIF)
		form->observed_action = SECCOMP_RET_ALLOW;
}

static int install(const struct loaded *loaded, const struct form *form, const struct heard *heard,
                   const struct sock_fprog *program)
{
	const bool listens = form->reports || form->observed_action == SECCOMP_RET_USER_NOTIF;
	unsigned long flags = loaded->policy.log ? SECCOMP_FILTER_FLAG_LOG : 0;
	int listener = -1, error;

	if (!listens)
		return install_program(program, flags, NULL);
	flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER | (form->killable ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0);
	error = install_program(program, flags, &listener);
	return error ? error : heard->hand_over(heard->context, listener);
}

bool protect(const struct loaded *loaded, struct form *form, const struct heard *heard, struct report *report,
             const char **why_not, char why[REFUSAL_MAX])
{
	const struct policy *policy = &loaded->policy;
	bool filtered = install_is_filtered(), no_new_privs = false;
	struct sock_fprog program;
	struct trial_input *input;
	struct trial *trial;
	enum trial_step step;
	uint64_t magic;
	long detail = 0;
	int error = install_no_new_privs(policy->no_new_privs, &no_new_privs);

	*why_not = NULL;
	report_clear(report);
	report->outcome = OUTCOME_FAIL;
	report->reason = REASON_NOT_STARTED;
	report->evaluation = report->canary = report->kernel = WITNESS_FAILED;
	report->own_filters = report->outer_filters = report->no_new_privs = -1;
	if (error) {
		snprintf(
		    why, REFUSAL_MAX,
		    "cannot set no_new_privs: %s: an outer filter forbids prctl(2) or only pretends: allow it in the "
		    "container runtime's profile",
		    strerror(error));
		return false;
	}
	secure_listener(form, no_new_privs, &magic, why_not);
	if (!join(loaded, form, magic, &program, why))
		return false;
	input = trial_input(loaded, form, magic);
	input->no_new_privs = no_new_privs;
	step = trial_open(input, &trial, &detail);
	if (step != TRIAL_OK) {
		refusal_of_trial(why, step, detail, policy, loaded->path, install_why((int)detail, filtered));
		return false;
	}
	error = install(loaded, form, heard, &program);
	if (error) {
		snprintf(why, REFUSAL_MAX, "cannot load the policy's filter: %s: %s%s", strerror(error),
		         install_why(error, filtered),
		         policy->log ? "; `log = yes` needs Linux 4.14 and no sandbox" : "");
		return false;
	}
	trial_close(trial, &program, report);
	if (magic)
		trial_listen(trial, heard->cookie, report);
	return true;
}
