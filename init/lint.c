/* SPDX-License-Identifier: MIT */
#include "init/lint.h"

#include <stdio.h>
#include <string.h>

#include "init/arch.h"
#include "init/calls.h"
#include "init/conditions.h"
#include "init/lint_doors.h"
#include "init/names.h"
#include "init/names_doors.h"
#include "init/wording.h"
#include "init/words.h"

#define ENOSYS_LINUX 38

#define advise(lint, ...) findings_advise((lint)->findings, SEVERITY_WARNING, __VA_ARGS__)

/* An `allow` line of the call's own, which the line to write would contradict, and which therefore gives way to it. */
static const struct allowance *own_allowance(const struct lint *lint, const char *call)
{
	const struct allowance *allowance = lint_allowance(lint->policy, call);

	return allowance && allowance->group[0] == '\0' ? allowance : NULL;
}

/* ---- namespaces: clone, unshare, and clone3, whose flags are in memory ---- */

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h: clone and unshare have them. */
#define NEW_NAMESPACES UINT64_C(0x7e020000)

/* Which of them, each alone, the policy denies; *first: the rule that denies the lowest of them. */
static uint64_t denied_namespaces(const struct lint *lint, const char *call, const struct rule **first)
{
	struct argument flags;
	uint64_t denied = 0;
	int nr = calls_number(lint->calls, call);

	*first = NULL;
	if (nr < 0 || !names_argument(call, "flags", &flags))
		return 0;
	for (uint64_t bits = NEW_NAMESPACES; bits != 0; bits &= bits - 1) {
		uint64_t args[6] = {0};
		const struct rule *rule;

		args[flags.index] = bits & -bits;
		rule = policy_rule(lint->policy, (uint32_t)nr, args);
		if (!rule)
			continue;
		denied |= bits & -bits;
		if (!*first)
			*first = rule;
	}
	return denied;
}

/* What the one is denied, the other does. */
static void check_namespaces_of(const struct lint *lint, const struct rule *rule, const char *other, uint64_t missing)
{
	char bits[WORDING_MAX], answer[ANSWER_TEXT], line[FINDING_WRITE];
	struct argument flags;

	if (!rule || missing == 0 || !lint_is_open(lint, other) || !names_argument(other, "flags", &flags) ||
	    !lint_propose(lint, other))
		return;
	snprintf(line, sizeof(line), "%s = %s if %.300s", other, lint_answer(lint, rule, other, answer),
	         wording_bits(other, (uint8_t)flags.index, missing, bits, sizeof(bits)));
	advise(lint, rule->line,
	       &(struct advice){.kind = "twin-open",
	                        .write = lint_outranks(lint->policy, rule, other) ? NULL : line,
	                        .after = lint_last_line(lint->policy, other)},
	       "`%s` is denied for new namespaces, and %s, which makes them as well, is open: add `%s`", rule->name,
	       other, line);
}

static void check_namespaces(const struct lint *lint)
{
	const struct rule *clone, *unshare, *clone3 = lint_rule(lint->policy, "clone3");
	const uint64_t by_clone = denied_namespaces(lint, "clone", &clone),
		       by_unshare = denied_namespaces(lint, "unshare", &unshare);
	const struct rule *first = clone && (!unshare || clone->line <= unshare->line) ? clone : unshare;
	const struct allowance *allowance = own_allowance(lint, "clone3");
	struct advice advice = {.kind = "clone3-open", .write = "clone3 = ENOSYS"};

	check_namespaces_of(lint, unshare, "clone", by_unshare & ~by_clone);
	check_namespaces_of(lint, clone, "unshare", by_clone & ~by_unshare);
	if (clone3 && (clone3->action == ACTION_KILL || clone3->errnum != ENOSYS_LINUX)) {
		advice.kind = "clone3-errno";
		advice.replaces = "clone3";
		advise(
		    lint, clone3->line, &advice,
		    "`clone3` gets another answer than ENOSYS: the C library falls back to clone on that one only, and "
		    "threads fail: write `clone3 = ENOSYS`");
	} else if (first && !clone3 && !lint_rule(lint->observed, "clone3") && lint_exists(lint, "clone3")) {
		if (allowance)
			advice.replaces = "clone3";
		advise(
		    lint, allowance ? allowance->line : first->line, &advice,
		    "flags of `%s` are denied while clone3 is open, whose flags no filter sees: %s `clone3 = ENOSYS`",
		    first->name, allowance ? "write" : "add");
	}
}

/* ---- io_uring ---- */

#define TOLD_CALLS 6u

/* What is denied, and an operation of io_uring does: the first line, its answer, the names of some. */
static const struct rule *by_io_uring(const struct lint *lint, char *names, size_t size)
{
	const struct policy *policy = lint->policy;
	const struct rule *first = NULL;
	struct put put = {.text = names, .size = size};
	const char *operations = names_of_io_uring();
	char word[POLICY_NAME_MAX];
	unsigned count = 0;
	bool any = false;

	names[0] = '\0';
	while (!any && words_next(&operations, word, sizeof(word)))
		any = lint_may_name(lint, word);
	for (size_t i = 0; any && i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (!names_by_io_uring(rule->name) || lint_is_pretence(rule) ||
		    (i > 0 && policy->rules[i - 1].nr == rule->nr))
			continue;
		if (count++ < TOLD_CALLS)
			lint_put(&put, "%s%s", count > 1 ? ", " : "", rule->name);
		if (!first || rule->line < first->line)
			first = rule;
	}
	if (count > TOLD_CALLS)
		lint_put(&put, " and %u more", count - TOLD_CALLS);
	return first;
}

/* Without io_uring_setup there is no ring; without the two others there is one, whose thread in the kernel works. */
static void check_io_uring(const struct lint *lint)
{
	static const char calls[3][20] = {"io_uring_setup", "io_uring_enter", "io_uring_register"};
	char names[TOLD_CALLS * POLICY_NAME_MAX], line[FINDING_WRITE], answer[ANSWER_TEXT];
	const struct allowance *allowance = own_allowance(lint, calls[0]);
	struct put put = {.text = line, .size = sizeof(line)};
	const struct rule *rule;
	bool allowed = false;

	if (lint_rule(lint->policy, calls[0]) || lint_rule(lint->observed, calls[0]) || !lint_exists(lint, calls[0]))
		return;
	rule = by_io_uring(lint, names, sizeof(names));
	if (!rule)
		return;
	/* Where a line allows any of them, what it says of the two others stays: an allowance that nothing is left of would be
	 * an error. */
	for (size_t i = 0; i < 3; i++)
		allowed |= lint_allowance(lint->policy, calls[i]) != NULL;
	for (size_t i = 0; i < 3; i++)
		if (i == 0 || (!allowed && !lint_rule(lint->policy, calls[i])))
			lint_put(&put, "%s ", calls[i]);
	lint_put(&put, "= %s", lint_answer(lint, rule, calls[0], answer));
	advise(lint, allowance ? allowance->line : rule->line,
	       &(struct advice){.kind = "io-uring", .write = line, .replaces = allowance ? calls[0] : NULL},
	       "io_uring is open, whose operations pass by every filter, and does what is denied (%s): %s `%s`", names,
	       allowance ? "write" : "add", line);
}

/* ---- kill-process ---- */

#define NAMES_MAX 150u /* bytes of the names in one line */

static bool is_tried_and_kills(const struct rule *rule)
{
	/* clone3 has a finding of its own. */
	return rule->action == ACTION_KILL && rule->nconditions == 0 && names_is_tried(rule->name) &&
	       strcmp(rule->name, "clone3") != 0;
}

/* Of one line all together. */
static void check_tried_line(const struct lint *lint, const struct rule *first)
{
	const struct policy *policy = lint->policy;
	char names[NAMES_MAX] = "", line[FINDING_WRITE];
	struct put put = {.text = names, .size = sizeof(names)};
	const bool own = first->group[0] == '\0';

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->line == first->line && strcmp(rule->group, first->group) == 0 && is_tried_and_kills(rule))
			lint_put(&put, "%s%s", put.used > 0 ? " " : "", rule->name);
	}
	snprintf(line, sizeof(line), "%s = ENOSYS", names);
	advise(
	    lint, first->line, &(struct advice){.kind = "kill-tried", .write = line, .replaces = own ? names : NULL},
	    "kill-process for %s: common libraries try that and do without it on ENOSYS only; so they, and with them "
	    "the program, die: %s `%s`",
	    names, own ? "write" : "add", line);
}

static void check_tried(const struct lint *lint)
{
	const struct policy *policy = lint->policy;

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];
		bool told = false;

		if (!is_tried_and_kills(rule))
			continue;
		for (size_t j = 0; j < i; j++)
			told |= is_tried_and_kills(&policy->rules[j]) && policy->rules[j].line == rule->line &&
			        strcmp(policy->rules[j].group, rule->group) == 0;
		if (!told)
			check_tried_line(lint, rule);
	}
}

/* ---- conditions that ask for the whole of an argument where a part would be enough ---- */

/* SOCK_CLOEXEC and SOCK_NONBLOCK, which the kernel takes in the type of a socket (net/socket.c, __sys_socket). */
#define TYPE_FLAGS UINT64_C(0x80800)
#define TYPE_MASK UINT64_C(0xf)

static void check_type(const struct lint *lint, const struct rule *rule, const struct condition *condition)
{
	const uint64_t *values = conditions_values(lint->policy, condition);
	char line[FINDING_WRITE], answer[ANSWER_TEXT];
	struct put put = {.text = line, .size = sizeof(line)};
	unsigned missing = 0;

	lint_put(&put, "%s = %s if type in", rule->name, lint_answer(lint, rule, rule->name, answer));
	for (size_t i = 0; i < condition->count; i++) {
		static const uint64_t flags[] = {0x800, 0x80000, TYPE_FLAGS};

		if (values[i] > TYPE_MASK)
			continue;
		for (size_t j = 0; j < 3; j++) {
			uint64_t args[6] = {0};

			args[condition->arg] = values[i] | flags[j];
			if (policy_rule(lint->policy, rule->nr, args))
				continue;
			lint_put(&put, " 0x%x", (unsigned)args[condition->arg]);
			missing++;
		}
	}
	if (missing > 0 && lint_propose(lint, rule->name))
		advise(
		    lint, rule->line,
		    &(struct advice){.kind = "equal-flags",
		                     .write = put.cut || lint_outranks(lint->policy, rule, rule->name) ? NULL : line,
		                     .after = lint_last_line(lint->policy, rule->name)},
		    "`%s` is denied by type, and the same types with SOCK_CLOEXEC or SOCK_NONBLOCK or-ed in are open: "
		    "add `%s`",
		    rule->name, line);
}

/* Whether another of the values has some of this one's bits and no others: what is written for that one is for both. */
static bool has_smaller(const uint64_t *values, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++)
		if (values[i] != 0 && values[i] != value && (values[i] & ~value) == 0)
			return true;
	return false;
}

/* Flags as they stand in a rule of `==` and `in`: each value's bits, as conditions on each of them. */
static void check_flags(const struct lint *lint, const struct rule *rule, const struct condition *condition)
{
	const uint64_t *values = conditions_values(lint->policy, condition);
	char line[FINDING_WRITE], answer[ANSWER_TEXT], bits[WORDING_MAX];
	struct put put = {.text = line, .size = sizeof(line)};

	for (size_t i = 0; i < condition->count; i++) {
		const char *separator = " if ";
		uint64_t args[6] = {0};

		/* Any other bit beside it is enough to get by. */
		args[condition->arg] = values[i] | (values[i] & 1 ? UINT64_C(0x40000000) : 1);
		if (values[i] == 0 || has_smaller(values, condition->count, values[i]) ||
		    __builtin_popcountll(values[i]) > (int)POLICY_CONDITIONS_MAX ||
		    policy_rule(lint->policy, rule->nr, args))
			continue;
		lint_put(&put, "%s%s = %s", put.used > 0 ? "\n" : "", rule->name,
		         lint_answer(lint, rule, rule->name, answer));
		for (uint64_t rest = values[i]; rest != 0; rest &= rest - 1) {
			lint_put(&put, "%s%s", separator,
			         wording_bits(rule->name, condition->arg, rest & -rest, bits, sizeof(bits)));
			separator = " and ";
		}
	}
	if (put.used > 0 && lint_propose(lint, rule->name)) {
		char quoted[FINDING_WRITE + 20];

		advise(lint, rule->line,
		       &(struct advice){.kind = "equal-flags",
		                        .write = put.cut || lint_outranks(lint->policy, rule, rule->name) ? NULL : line,
		                        .after = lint_last_line(lint->policy, rule->name)},
		       "`%s` is denied for exactly these flags, and with another one beside them is open: add %s",
		       rule->name, lint_quoted(line, quoted));
	}
}

static void check_equal(const struct lint *lint)
{
	const struct policy *policy = lint->policy;

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];
		const struct condition *condition = &rule->conditions[0];
		char names[160], name[POLICY_NAME_MAX];
		const char *at;
		struct argument argument;

		if (rule->nconditions != 1 || condition->test != TEST_IN)
			continue;
		at = names_arguments(rule->name, names, sizeof(names));
		while (at && words_next(&at, name, sizeof(name))) {
			if (!names_argument(rule->name, name, &argument) || (uint8_t)argument.index != condition->arg)
				continue;
			if (names_is_flags(rule->name, name))
				check_flags(lint, rule, condition);
			else if (strcmp(name, "type") == 0 &&
			         (strcmp(rule->name, "socket") == 0 || strcmp(rule->name, "socketpair") == 0))
				check_type(lint, rule, condition);
		}
	}
}

/* ---- calls that carry others ---- */

static void check_multiplexers(const struct lint *lint)
{
	const struct policy *policy = lint->policy;
	const char *name, *calls;

	for (size_t i = 0; (name = names_multiplexer_at(i, &calls)) != NULL; i++) {
		const struct rule *first = NULL;
		char line[FINDING_WRITE], answer[ANSWER_TEXT];

		if (lint_rule(policy, name) || !lint_is_open(lint, name))
			continue;
		for (size_t j = 0; j < policy->nrules; j++)
			if (words_place(calls, policy->rules[j].name) >= 0 &&
			    (!first || policy->rules[j].line < first->line))
				first = &policy->rules[j];
		if (!first)
			continue;
		snprintf(line, sizeof(line), "%s = %s", name, lint_answer(lint, first, name, answer));
		advise(
		    lint, first->line, &(struct advice){.kind = "multiplexed", .write = line},
		    "`%s` is denied, and %s is open, which does the same with its arguments in memory, where no filter "
		    "sees them: add `%s`",
		    first->name, name, line);
	}
}

/* ---- settings ---- */

static void check_settings(const struct lint *lint)
{
	const struct policy *policy = lint->policy;

	if (policy->deny == ACTION_KILL && !policy->supervise)
		advise(
		    lint, policy->deny_line,
		    &(struct advice){.kind = "kill-init", .write = "deny = EPERM", .replaces = "deny"},
		    "`deny = kill-process` kills PID 1, and the container with it, when the entrypoint itself makes a "
		    "denied call; an errno is enforced as hard: `deny = EPERM`");
	if (policy->no_new_privs == NNP_AUTO)
		advise(
		    lint, policy->no_new_privs_line,
		    &(struct advice){.kind = "no-new-privs", .write = "no-new-privs = yes", .replaces = "no-new-privs"},
		    "with `no-new-privs = auto`, where the container has CAP_SYS_ADMIN, setuid programs and file "
		    "capabilities still give privileges to whoever runs them: write `no-new-privs = yes`");
}

void lint(const struct policy *policy, const struct policy *observed, const struct call_table *calls,
          struct findings *findings)
{
	struct proposed proposed = {.count = 0};
	struct lint all = {policy, observed, calls, findings, &proposed, {0}};

	lint_note_names(&all);
	check_namespaces(&all);
	check_io_uring(&all);
	lint_doors(&all);
	check_equal(&all);
	check_tried(&all);
	check_multiplexers(&all);
	check_settings(&all);
}

/* ---- the mount API ---- */

static void tell_mount(struct findings *findings, unsigned line, const char *call, const char *how, const char *word)
{
	findings_advise(findings, SEVERITY_WARNING, line, &(struct advice){.kind = "mount-open"},
	                "`%s` of the mount API is %s: the report will say %s at every start", call, how, word);
}

void lint_mounts(const struct policy *policy, const struct policy *observed, struct findings *findings)
{
	for (size_t i = 0; i < policy->nallows; i++)
		if (names_is_mount_call(policy->allows[i].name))
			tell_mount(findings, policy->allows[i].line, policy->allows[i].name, "left open", "PARTIAL");
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (names_is_mount_call(rule->name) && !lint_whole_rule(policy, rule->name))
			tell_mount(findings, rule->line, rule->name, "left open for other arguments", "PARTIAL");
	}
	for (size_t i = 0; i < observed->nrules; i++) {
		const struct rule *rule = &observed->rules[i];

		if (names_is_mount_call(rule->name) && !lint_whole_rule(policy, rule->name))
			tell_mount(findings, rule->line, rule->name, "only observed", "OBSERVE");
	}
}

void lint_compat_mounts(const struct policy *compat, const struct call_table *native, struct findings *findings)
{
	for (size_t i = 0; i < compat->nallows; i++) {
		const char *name = compat->allows[i].name;

		if (names_is_mount_call(name) && native->number(name) < 0)
			tell_mount(findings, compat->allows[i].line, name, "left open through " ARCH_COMPAT, "PARTIAL");
	}
	for (size_t i = 0; i < compat->nrules; i++) {
		const char *name = compat->rules[i].name;

		if (names_is_mount_call(name) && native->number(name) < 0 && !lint_whole_rule(compat, name))
			tell_mount(findings, compat->rules[i].line, name,
			           "left open for other arguments through " ARCH_COMPAT, "PARTIAL");
	}
}
