/* SPDX-License-Identifier: MIT */
#include "init/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/arch.h"
#include "init/names.h"

#define BIT(verdict) (1u << (verdict))
#define NAMES_MAX 120u /* the whole mount API */

static const char *name_of(const struct rule *rule)
{
	return rule->name[0] ? rule->name : "a call by number";
}

void refusal_of_filter(char text[REFUSAL_MAX], enum filter_step step, const struct policy *policy, size_t rule,
                       int error, const char *path)
{
	switch (step) {
	case FILTER_OK: text[0] = '\0'; break;
	case FILTER_INIT: snprintf(text, REFUSAL_MAX, "cannot set up libseccomp: %s", strerror(error)); break;
	case FILTER_RULE:
		if (error == ENOMEM) {
			snprintf(text, REFUSAL_MAX,
			         "%s: no memory to compile the policy: raise RLIMIT_AS, RLIMIT_DATA or the "
			         "container's memory limit",
			         path);
			break;
		}
		snprintf(text, REFUSAL_MAX, "%s:%u: libseccomp does not take the rule for %s: %s; please report this",
		         path, policy->rules[rule].line, name_of(&policy->rules[rule]), strerror(error));
		break;
	case FILTER_EXPORT:
		snprintf(text, REFUSAL_MAX, "cannot compile %s: libseccomp could not make the program: %s", path,
		         strerror(error));
		break;
	case FILTER_TOO_LONG:
		snprintf(text, REFUSAL_MAX,
		         "%s: the policy needs more than %u instructions, which is all that the kernel "
		         "takes: deny fewer calls, or with fewer conditions",
		         path, PROGRAM_MAX);
		break;
	}
}

void refusal_of_trial(char text[REFUSAL_MAX], enum trial_step step, long detail, const struct policy *policy,
                      const char *path, const char *why)
{
	switch (step) {
	case TRIAL_OK: text[0] = '\0'; break;
	case TRIAL_TOO_MANY_RULES:
		snprintf(text, REFUSAL_MAX, "%s: too many rules for the self-test: deny fewer calls", path);
		break;
	case TRIAL_WRONG_NUMBER:
		snprintf(text, REFUSAL_MAX,
		         "%s:%u: libseccomp says that %s is number %u, the kernel's headers say otherwise: "
		         "a filter that cannot be trusted; please report this",
		         path, policy->rules[detail].line, name_of(&policy->rules[detail]),
		         (unsigned)policy->rules[detail].nr);
		break;
	case TRIAL_OTHER_ABI:
		snprintf(text, REFUSAL_MAX,
		         "%s:%ld: what this line says is not what denyinit has made of it for " ARCH_OTHERS_AND
		         ": a filter "
		         "that cannot be trusted; please report this, and write `other-abis = kill`",
		         path, detail);
		break;
	case TRIAL_SUICIDE:
		snprintf(
		    text, REFUSAL_MAX,
		    "%s:%u: kill-process for %s%s: the self-test makes that call itself, and denyinit would die of "
		    "it without a word: write an errno",
		    path, policy->rules[detail].line, name_of(&policy->rules[detail]),
		    policy->rules[detail].nconditions > 0 ? " on this condition" : "");
		break;
	case TRIAL_NO_MARKER:
		snprintf(text, REFUSAL_MAX,
		         "%s: the policy uses every errno that the self-test could use as its marker: take "
		         "errnos that have names",
		         path);
		break;
	case TRIAL_NO_CONTROL:
		snprintf(text, REFUSAL_MAX,
		         "%s: the policy names every call that the self-test could use as its control: leave "
		         "sched_rr_get_interval out",
		         path);
		break;
	case TRIAL_CANARY_LOAD:
		snprintf(text, REFUSAL_MAX, "cannot load a seccomp filter: %s: %s", strerror((int)detail), why);
		break;
	case TRIAL_NO_CHILD:
		snprintf(text, REFUSAL_MAX, "the self-test cannot make a child process: %s: %s", strerror((int)detail),
		         detail == EPERM ? "an outer filter forbids clone(2)"
		                         : "raise the limit of processes (pids cgroup, RLIMIT_NPROC) or of memory");
		break;
	case TRIAL_CANARY_SILENT:
		snprintf(text, REFUSAL_MAX,
		         "seccomp(2) says that a filter is loaded, but it is not at work: an outer filter, a "
		         "sandbox or an emulator only pretends; allow seccomp(2) in the container runtime's profile");
		break;
	}
}

/* What to do about each reason. */
static const char *const remedies[REASON_COUNT] = {
    [REASON_MOUNT_REACHABLE] = "write `@mount = deny` in its [deny]",
    [REASON_MOUNT_DENIED_BY_RUNTIME] =
	"what the container runtime's profile stops here it would not stop elsewhere: write "
	"`@mount = deny` in its [deny]",
    [REASON_MOUNT_UNPROVEN] = "no answer in time: is the container throttled, frozen or out of processes?",
    [REASON_RULE_NOT_IN_FORCE] =
	"see the lines of the report (--report=full); if nothing outside explains them, please "
	"report it",
    [REASON_EVALUATION] = "a defect of denyinit or of its libseccomp; please report it with the policy",
    [REASON_OTHER_ABI_OPEN] =
	"a kernel that does not ask seccomp there, or a defect: please report it; if it is only unproven: is the "
	"container throttled or out of processes?",
    [REASON_KERNEL_ACCOUNT] =
	"/proc/self/status or prctl(2) say that another number of filters is loaded than denyinit "
	"loaded, or that no_new_privs is not set: something outside only pretends",
    [REASON_CONTROL] = "an outer filter came in between, or a defect; see --report=full",
    [REASON_NOTHING_PROBED] =
	"an outer filter kills every call of the policy, so that nothing of it can be seen at work: "
	"let the runtime's profile answer with an errno",
};

/* What may be so because the self-test's own calls were denied: all that is not about what a call got. */
#define OWN_CALLS                                                                                  \
	(BIT(REASON_MOUNT_UNPROVEN) | BIT(REASON_RULE_NOT_IN_FORCE) | BIT(REASON_OTHER_ABI_OPEN) | \
	 BIT(REASON_KERNEL_ACCOUNT) | BIT(REASON_CONTROL))

/* As a whole such a call cannot be denied (rules.c); for some arguments only the self-test shows whether it needs them. */
static void add_own_call(char text[REFUSAL_MAX], const struct report *report)
{
	const struct report_call *own = NULL;
	size_t length = strlen(text);

	for (size_t i = 0; i < report->ncalls; i++)
		if (report->calls[i].conditional && report->calls[i].name && names_vital(report->calls[i].name))
			own = &report->calls[i];
	if (own && BIT(report->reason) & OWN_CALLS)
		snprintf(text + length, REFUSAL_MAX - length,
		         "; or does the condition on `%s` in line %u meet denyinit's own calls (%s)? then leave it out",
		         own->name, own->line, names_vital(own->name));
}

void refusal_of_report(char text[REFUSAL_MAX], const struct report *report, const char *path)
{
	char open[NAMES_MAX], stopped[NAMES_MAX];
	const char *remedy = remedies[report->reason];

	if (report->too_complex)
		remedy =
		    "too many conditions on one call for the self-test to follow: write fewer, or deny it as a whole "
		    "(denyinit --check tells which one)";

	report_list_mount(report, BIT(VERDICT_REACHABLE) | BIT(VERDICT_LET_THROUGH), open, sizeof open);
	report_list_mount(report, BIT(VERDICT_DENIED_BY_RUNTIME), stopped, sizeof stopped);
	snprintf(text, REFUSAL_MAX, "the self-test of %.200s failed (%s)%s%s%s%s; %s", path,
	         reason_name(report->reason), open[0] ? ": still open: " : "", open,
	         stopped[0] ? ": denied by the runtime only: " : "", stopped, remedy ? remedy : "see the report");
	add_own_call(text, report);
}
