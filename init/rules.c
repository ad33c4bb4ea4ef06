/* SPDX-License-Identifier: MIT */
/*
 * While lines come in, policy->rules and policy->allows hold what is in force so far, calls that this architecture does
 * not have included (nr = NR_ABSENT): a file is judged alike everywhere. A rule that a group's line put in (rule.group
 * not "") gives way to the call's own line and to a later group's; errno 0 in it stands for `deny`.
 */
#include "init/rules.h"

#include <stdio.h>
#include <string.h>

#include "init/abis.h"
#include "init/answer.h"
#include "init/arch.h"
#include "init/conditions.h"
#include "init/words.h"

static bool same_call(const char *a_name, uint32_t a_nr, const char *b_name, uint32_t b_nr)
{
	return a_nr == b_nr && (a_nr != NR_ABSENT || strcmp(a_name, b_name) == 0);
}

static bool rule_is_for(const struct rule *rule, const struct call *call)
{
	return same_call(rule->name, rule->nr, call->name, call->nr);
}

static bool own(const char *group)
{
	return group[0] == '\0';
}

/* ---- what is in force so far ---- */

static bool room(struct rules *rules, size_t used)
{
	if (used < POLICY_RULES_MAX)
		return true;
	if (!rules->full)
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "more than %u rules: this is where denyinit's table ends; leave some out",
		             POLICY_RULES_MAX);
	rules->full = true;
	return false;
}

static void tell_full(struct rules *rules)
{
	if (!rules->full)
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "more than %u values in conditions: this is where denyinit's table ends; leave some out",
		             POLICY_VALUES_MAX);
	rules->full = true;
}

static void add_rule(struct rules *rules, const struct rule *rule)
{
	if (!room(rules, rules->policy->nrules))
		return;
	rules->policy->rules[rules->policy->nrules++] = *rule;
	if (rule->nr <= POLICY_CEILING)
		rules->ruled[rule->nr / 64] |= UINT64_C(1) << rule->nr % 64;
}

/* False: there is no rule on that number. */
static bool may_rule(const struct rules *rules, uint32_t nr)
{
	return nr > POLICY_CEILING || (rules->ruled[nr / 64] >> nr % 64 & 1);
}

static void add_allowance(struct rules *rules, const struct call *call, const char *group, unsigned denied_line)
{
	struct policy *policy = rules->policy;
	struct allowance allowance = {.nr = call->nr, .line = rules->naming.line, .denied_line = denied_line};

	memcpy(allowance.name, call->name, sizeof(allowance.name));
	words_copy(allowance.group, sizeof(allowance.group), group);
	if (room(rules, policy->nallows))
		policy->allows[policy->nallows++] = allowance;
}

static struct allowance *allowance_of(const struct rules *rules, const struct call *call)
{
	for (size_t i = 0; i < rules->policy->nallows; i++) {
		struct allowance *allowance = &rules->policy->allows[i];

		if (same_call(allowance->name, allowance->nr, call->name, call->nr))
			return allowance;
	}
	return NULL;
}

static void remove_allowance(struct rules *rules, struct allowance *allowance)
{
	struct policy *policy = rules->policy;
	size_t behind = (size_t)(&policy->allows[policy->nallows] - (allowance + 1));

	memmove(allowance, allowance + 1, behind * sizeof(*allowance));
	policy->nallows--;
}

/* The first rule of a call; NULL: none. */
static const struct rule *rule_of(const struct rules *rules, const struct call *call)
{
	for (size_t i = 0; i < rules->policy->nrules && may_rule(rules, call->nr); i++)
		if (rule_is_for(&rules->policy->rules[i], call))
			return &rules->policy->rules[i];
	return NULL;
}

/* Takes a call's rules out; the line that had put the last one in, 0 if there was none. */
static unsigned remove_rules(struct rules *rules, const struct call *call)
{
	struct policy *policy = rules->policy;
	unsigned line = 0;
	size_t kept = 0;

	for (size_t i = 0; i < policy->nrules; i++) {
		if (rule_is_for(&policy->rules[i], call))
			line = policy->rules[i].line;
		else if (kept++ != i)
			policy->rules[kept - 1] = policy->rules[i];
	}
	policy->nrules = kept;
	return line;
}

/* What groups say of a call gives way to its own line. */
static void remove_groups_word(struct rules *rules, const struct call *call)
{
	const struct rule *rule = rule_of(rules, call);
	struct allowance *allowance = allowance_of(rules, call);

	if (rule && !own(rule->group))
		remove_rules(rules, call);
	if (allowance && !own(allowance->group))
		remove_allowance(rules, allowance);
}

/* ---- a call's own line ---- */

static void allow_call(struct rules *rules, const struct call *call)
{
	struct allowance *allowance = allowance_of(rules, call);
	unsigned denied_line;

	if (allowance && own(allowance->group)) {
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "`%s` is allowed in line %u already: remove one of the two", call->shown, allowance->line);
		return;
	}
	if (allowance)
		remove_allowance(rules, allowance);
	denied_line = remove_rules(rules, call);
	/* A later group's line may still be the one that would have denied it. Of a call that only newer builds know,
	 * groups know too little here. */
	add_allowance(rules, call, "", denied_line == 0 && call->unknown ? rules->naming.line : denied_line);
}

static void set_action(struct rule *rule, const struct answer *answer)
{
	rule->action = answer->kind == ANSWER_KILL ? ACTION_KILL : ACTION_ERRNO;
	rule->errnum = answer->errnum;
}

/* An own rule that leaves the new one nothing to do, or has nothing to do beside it, whatever their actions. */
static const struct rule *twin_of(const struct rules *rules, const struct rule *new)
{
	for (size_t i = 0; i < rules->policy->nrules && may_rule(rules, new->nr); i++) {
		const struct rule *rule = &rules->policy->rules[i];

		if (same_call(rule->name, rule->nr, new->name, new->nr) && own(rule->group) &&
		    conditions_equal(rules->policy, rule, new))
			return rule;
	}
	return NULL;
}

static void deny_call(struct rules *rules, const struct call *call, const struct answer *answer)
{
	struct rule rule = {.nr = call->nr, .lenient = call->lenient, .line = rules->naming.line};
	const struct allowance *allowance = allowance_of(rules, call);
	const struct rule *twin;
	const char *why;

	memcpy(rule.name, call->name, sizeof(rule.name));
	set_action(&rule, answer);
	if (answer->conditional) {
		enum terms_step step = terms_apply(&answer->terms, call->name[0] ? call->name : call->shown,
		                                   rules->naming.line, rules->naming.findings, rules->policy, &rule);

		if (step == TERMS_FULL)
			tell_full(rules);
		if (step != TERMS_OK)
			return;
	}
	if (names_unfilterable(call->name)) {
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "`%s` can have no effect: the kernel lets no filter see this call; remove it",
		             call->shown);
		return;
	}
	why = names_vital(call->name);
	if (why && rule.nconditions == 0) {
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "`%s` cannot be denied: %s; remove it", call->shown, why);
		return;
	}
	if (allowance && own(allowance->group)) {
		findings_add(
		    rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		    "`%s` is allowed in line %u: remove one of the two (its own line beats groups without `allow`)",
		    call->shown, allowance->line);
		return;
	}
	remove_groups_word(rules, call);
	twin = twin_of(rules, &rule);
	if (twin) {
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "`%s` has %s in line %u already: remove one of the two", call->shown,
		             rule.nconditions == 0   ? "a rule without a condition"
		             : rule.nconditions == 1 ? "a rule with this condition"
		                                     : "a rule with these conditions",
		             twin->line);
		return;
	}
	add_rule(rules, &rule);
}

static void call_word(struct rules *rules, const char *word, const struct answer *answer)
{
	struct call call;

	if (!calls_resolve(&rules->naming, word, &call) || !answer)
		return;
	if (answer->kind == ANSWER_ALLOW)
		allow_call(rules, &call);
	else
		deny_call(rules, &call, answer);
}

/* ---- a group ---- */

static bool set_member_condition(struct rules *rules, const struct group_member *member, struct rule *rule)
{
	const uint8_t arg = (uint8_t)member->arg;
	const uint64_t mask = member->mask;
	struct argument argument;

	rule->nconditions = 1;
	rule->conditions[0] = (struct condition){.arg = arg, .upper = arg, .test = TEST_ANY_BIT};
	rule->conditions[0].wide =
	    names_argument_at(member->name, member->arg, &argument) && argument.width == WIDTH_64;
	if (conditions_add_values(rules->policy, &mask, 1, &rule->conditions[0]))
		return true;
	tell_full(rules);
	return false;
}

/* Denies one call for a group's line, unless its own line or this group has said what it gets. */
static void deny_member(struct rules *rules, const struct group *group, const struct group_member *member,
                        const struct answer *answer)
{
	struct rule rule = {.line = rules->naming.line};
	const struct rule *before;
	struct allowance *allowance;
	struct call call;

	calls_of_member(&rules->naming, member, &call);
	allowance = allowance_of(rules, &call);
	before = rule_of(rules, &call);
	if (allowance && own(allowance->group)) {
		allowance->denied_line = rules->naming.line;
		return;
	}
	if (before &&
	    (own(before->group) || (before->line == rules->naming.line && strcmp(before->group, group->name) == 0)))
		return;
	if (before || allowance)
		remove_groups_word(rules, &call);

	memcpy(rule.name, call.name, sizeof(rule.name));
	words_copy(rule.group, sizeof(rule.group), group->name);
	rule.nr = call.nr;
	if (member->arg >= 0 && !set_member_condition(rules, member, &rule))
		return;
	set_action(&rule, answer);
	if (member->errnum != 0) { /* even with kill-process: programs try such a call and count on this answer */
		rule.action = ACTION_ERRNO;
		rule.errnum = member->errnum;
	}
	add_rule(rules, &rule);
}

/* Whether there was something to take out. */
static bool allow_member(struct rules *rules, const struct group *group, const struct group_member *member)
{
	const struct rule *before;
	struct call call;

	calls_of_member(&rules->naming, member, &call);
	before = rule_of(rules, &call);
	if (!before || own(before->group))
		return false;
	add_allowance(rules, &call, group->name, remove_rules(rules, &call));
	return true;
}

/* A line for the same group of which something is still in force. */
static unsigned denied_before(const struct rules *rules, const struct group *group)
{
	for (size_t i = 0; i < rules->policy->nrules; i++)
		if (strcmp(rules->policy->rules[i].group, group->name) == 0)
			return rules->policy->rules[i].line;
	return 0;
}

static void group_lines(struct rules *rules, const struct group *group, const struct answer *answer)
{
	bool allow = answer->kind == ANSWER_ALLOW;
	unsigned before = denied_before(rules, group);
	const struct group_member *member;
	struct group_walk walk;
	bool taken = false;

	if (answer->conditional) {
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "a condition behind the group `%s`: its calls have different arguments; name the calls",
		             group->name);
		return;
	}
	if (answer->kind == ANSWER_KILL)
		findings_add(
		    rules->naming.findings, SEVERITY_WARNING, rules->naming.line,
		    "`%s = kill-process` kills PID 1, and the container with it, when the entrypoint itself makes one "
		    "of these calls: an errno denies as hard",
		    group->name);
	if (!allow && before > 0) {
		findings_add(rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		             "`%s` is denied in line %u already: remove one of the two", group->name, before);
		return;
	}
	names_walk_start(&walk, group);
	while ((member = names_walk_next(&walk)) != NULL) {
		if (allow)
			taken |= allow_member(rules, group, member);
		else
			deny_member(rules, group, member, answer);
	}
	if (allow && !taken)
		findings_add(
		    rules->naming.findings, SEVERITY_ERROR, rules->naming.line,
		    "`%s = allow` takes nothing out: no group's line before it denies any of its calls (of groups the "
		    "later line wins); move it down, or remove it",
		    group->name);
}

static void group_word(struct rules *rules, const char *word, const struct answer *answer)
{
	const struct group *group = names_group(word);
	char hint[NEAREST_HINT];

	if (group && answer) {
		group_lines(rules, group, answer);
	} else if (!group) {
		calls_nearest(&rules->naming, word, hint);
		findings_add(
		    rules->naming.findings, SEVERITY_ERROR, rules->naming.line, "unknown group `%.40s`%s", word,
		    hint[0] ? hint : ": see denyinit.ini(5) for the list; @default, @strict and @mount are some");
	}
}

/* ---- a line ---- */

void rules_start(struct rules *rules, struct policy *policy, const struct call_table *calls, struct findings *findings)
{
	*rules = (struct rules){.policy = policy, .naming = {.calls = calls, .findings = findings}};
}

/* Whether the word stands in names before *end. */
static bool said_before(const char *names, const char *end, const char *word)
{
	char earlier[POLICY_LINE_MAX + 1];

	while (words_next(&names, earlier, sizeof(earlier)) && names < end)
		if (strcmp(earlier, word) == 0)
			return true;
	return false;
}

void rules_line(struct rules *rules, const char *names, const char *value, unsigned line)
{
	char word[POLICY_LINE_MAX + 1];
	const char *at = names;
	struct answer answer;
	bool ok;

	rules->naming.line = line;
	ok = answer_parse(value, line, rules->naming.findings, &answer);
	while (words_next(&at, word, sizeof(word))) {
		if (said_before(names, at, word))
			findings_add(rules->naming.findings, SEVERITY_WARNING, line,
			             "`%.40s` twice in one line: once is enough", word);
		else if (word[0] == '@')
			group_word(rules, word, ok ? &answer : NULL);
		else
			call_word(rules, word, ok ? &answer : NULL);
	}
}

/* ---- the end ---- */

/* By number; then what decides first: the more severe action, then the line. Absent calls come last, by name. */
static int compare_rules(const struct rule *a, const struct rule *b)
{
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	if (a->nr == NR_ABSENT && strcmp(a->name, b->name) != 0)
		return strcmp(a->name, b->name);
	if (a->action != b->action)
		return a->action == ACTION_KILL ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

/* Shell's, by Gonnet and Baeza-Yates' gaps: musl's qsort(3) would be another 1.7 KB of denyinit, and nobody else's there. */
void rules_sort(struct policy *policy)
{
	struct rule *rules = policy->rules;

	for (size_t gap = policy->nrules; gap > 1;) {
		gap = gap < 5 ? 1 : (gap * 5 - 1) / 11;
		for (size_t i = gap; i < policy->nrules; i++) {
			size_t place = i;
			struct rule rule;

			if (compare_rules(&rules[i - gap], &rules[i]) <= 0)
				continue;
			rule = rules[i];
			for (; place >= gap && compare_rules(&rules[place - gap], &rule) > 0; place -= gap)
				rules[place] = rules[place - gap];
			rules[place] = rule;
		}
	}
}

/* The name, or the number of a call that has none. */
static const char *shown_as(const char *name, uint32_t nr, char number[POLICY_NAME_MAX])
{
	snprintf(number, POLICY_NAME_MAX, "%u", (unsigned)nr);
	return name[0] ? name : number;
}

/* With other-abis = deny a denied call's twins on i386 are denied, too, unless they are allowed. */
static bool takes_twin_out(const struct policy *policy, const struct allowance *allowance)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].name[0] != '\0' && abis_serves(allowance->name, policy->rules[i].name))
			return true;
	return false;
}

static void check_effects(const struct rules *rules)
{
	char number[POLICY_NAME_MAX];
	const struct policy *policy = rules->policy;

	for (size_t i = 0; i < policy->nallows; i++) {
		const struct allowance *allowance = &policy->allows[i];

		if (allowance->denied_line == 0 && !takes_twin_out(policy, allowance))
			findings_add(rules->naming.findings, SEVERITY_ERROR, allowance->line,
			             "`allow` takes nothing out: `%s` is not denied; remove it",
			             shown_as(allowance->name, allowance->nr, number));
	}
	for (size_t i = 1; i < policy->nrules; i++) {
		const struct rule *later = &policy->rules[i];

		for (size_t j = i; j-- > 0;) {
			const struct rule *first = &policy->rules[j];

			if (!same_call(first->name, first->nr, later->name, later->nr))
				break;
			if (!conditions_cover(policy, first, later))
				continue;
			findings_add(
			    rules->naming.findings, SEVERITY_ERROR, later->line,
			    "this rule on `%s` can have no effect: line %u answers first, and all that this one would; "
			    "remove one of the two%s",
			    shown_as(later->name, later->nr, number), first->line,
			    first->action == later->action ? ", or swap them" : "");
			break;
		}
	}
}

/* Counts the absent calls and drops them. Rules are sorted. */
static void drop_absent(struct policy *policy)
{
	size_t kept = 0;

	while (policy->nrules > 0 && policy->rules[policy->nrules - 1].nr == NR_ABSENT) {
		const struct rule *last = &policy->rules[--policy->nrules];

		if (policy->nrules == 0 || !same_call(last[-1].name, last[-1].nr, last->name, last->nr))
			policy->nabsent++;
	}
	for (size_t i = 0; i < policy->nallows; i++) {
		if (policy->allows[i].nr == NR_ABSENT)
			policy->nabsent++;
		else if (kept++ != i)
			policy->allows[kept - 1] = policy->allows[i];
	}
	policy->nallows = kept;
}

/*
 * A condition on what no filter sees. Where other calls do the work, whose conditions can be asked, the old one is denied
 * for all arguments; else the rule cannot be had, which is an error but for `?name`.
 */
static void settle_unseen(struct rules *rules)
{
	struct policy *policy = rules->policy;
	size_t kept = 0;

	for (size_t i = 0; i < policy->nrules; i++) {
		struct rule rule = policy->rules[i];

		if (rule.nconditions > 0 && rule.nr != NR_ABSENT && words_place(ARCH_IN_MEMORY, rule.name) >= 0) {
			if (ARCH_IN_MEMORY_NEEDED)
				findings_add(
				    rules->naming.findings, rule.lenient ? SEVERITY_WARNING : SEVERITY_ERROR, rule.line,
				    "`%s`: on " ARCH_NAME " this call has its arguments in memory, where no filter "
				    "sees them: %s",
				    rule.name,
				    rule.lenient
					? "the rule is left out here, and the call is open"
					: "to leave the rule out there, and the call open, write `?` before it");
			if (ARCH_IN_MEMORY_NEEDED || (kept > 0 && policy->rules[kept - 1].nr == rule.nr))
				continue;
			rule.nconditions = 0;
		}
		policy->rules[kept++] = rule;
	}
	policy->nrules = kept;
}

/* Where the native ABI has several calls for what is one elsewhere. */
static void complete(struct rules *rules)
{
	if (!abis_complete(rules->policy, rules->naming.calls, rules->naming.findings))
		tell_full(rules);
	settle_unseen(rules);
	rules_sort(rules->policy);
}

void rules_finish(struct rules *rules, enum action deny, uint16_t deny_errno)
{
	struct policy *policy = rules->policy;

	for (size_t i = 0; i < policy->nrules; i++) {
		struct rule *rule = &policy->rules[i];

		if (rule->action == ACTION_ERRNO && rule->errnum == 0) {
			rule->action = deny;
			rule->errnum = deny_errno;
		}
	}
	rules_sort(policy);
	if (ARCH_COMPLETES)
		complete(rules);
	check_effects(rules);
	drop_absent(policy);
}
