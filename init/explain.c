/* SPDX-License-Identifier: MIT */
/*
 * A line that is proposed stands between backquotes right behind the label or the indentation, and is sound: appended to
 * [deny] of the very policy, it is no error (tests/docs/explain.bats). What else can be done is said in words.
 */
#include "init/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "init/abis.h"
#include "init/arch.h"
#include "init/calls.h"
#include "init/names.h"
#include "init/names_reasons.h"
#include "init/print.h"
#include "init/wording.h"
#include "init/words.h"

#define LABEL 8     /* columns of a label; two before it, one behind */
#define CALLS 24    /* the same, of a call in a group's list */
#define COLUMNS 100 /* of a text */

/* What is explained, and what the policy has about it. */
struct subject {
	const struct explaining *with;
	FILE *out;
	char name[POLICY_NAME_MAX]; /* the call's; "" for a number that has no known name */
	char word[POLICY_NAME_MAX]; /* what a policy calls it: the name, or the number */
	uint32_t nr;                /* NR_ABSENT: this architecture does not have it */
	const struct rule *rule;    /* the first of them; NULL: none */
	const struct allowance *allowance;
	const struct rule *observed; /* the first one of [observe] */
	bool denied;                 /* whatever its arguments are */
	bool own;                    /* by lines of its own */
};

/* ---- layout ---- */

static void put_label(FILE *out, int columns, const char *label)
{
	fprintf(out, "  %-*s ", columns, label);
}

/* Broken between words. */
static void put_text(FILE *out, const char *label, const char *text)
{
	size_t used = 0, length;

	put_label(out, LABEL, label);
	for (; *text; text += length, text += strspn(text, " ")) {
		length = strcspn(text, " ");
		if (used > 0 && LABEL + 3 + used + 1 + length > COLUMNS) {
			fputc('\n', out);
			put_label(out, LABEL, "");
			used = 0;
		}
		used += (size_t)fprintf(out, "%s%.*s", used > 0 ? " " : "", (int)length, text);
	}
	fputc('\n', out);
}

/* ---- what the policy has about a call ---- */

static const struct rule *first_rule(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; policy && i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			return &policy->rules[i];
	return NULL;
}

/* The next rule for the same call: rules are sorted. */
static const struct rule *next_rule(const struct policy *policy, const struct rule *rule)
{
	return rule + 1 < policy->rules + policy->nrules && rule[1].nr == rule->nr ? rule + 1 : NULL;
}

static void look_up(struct subject *subject)
{
	const struct policy *policy = subject->with->policy;

	subject->rule = first_rule(policy, subject->nr); /* no rule's number is NR_ABSENT */
	subject->observed = first_rule(subject->with->observed, subject->nr);
	subject->allowance = NULL;
	subject->denied = subject->own = false;
	for (const struct rule *rule = subject->rule; rule; rule = next_rule(policy, rule)) {
		subject->denied |= rule->nconditions == 0;
		subject->own |= rule->group[0] == '\0';
	}
	for (size_t i = 0; i < policy->nallows; i++)
		if (policy->allows[i].nr == subject->nr)
			subject->allowance = &policy->allows[i];
}

/* Denied for its number only. */
static bool too_new(const struct subject *subject)
{
	return !subject->rule && !subject->allowance && subject->nr > POLICY_CEILING && subject->nr != NR_ABSENT &&
	       subject->with->policy->newer_enosys;
}

static void put_allowed(const struct subject *subject)
{
	const struct allowance *allowance = subject->allowance;
	FILE *out = subject->out;

	if (too_new(subject)) {
		fprintf(out, "%-12s above %u, the newest call known here: newer-syscalls = ENOSYS\n", "ENOSYS",
		        POLICY_CEILING);
		return;
	}
	fprintf(out, "%-12s ", "allowed");
	if (allowance) {
		print_place(out, subject->with->path, allowance->line, allowance->group);
		if (allowance->denied_line != allowance->line)
			fprintf(out, ": line %u would deny it", allowance->denied_line);
		fputc('\n', out);
	} else if (subject->nr > POLICY_CEILING) {
		fprintf(out, "above %u, the newest call known here: newer-syscalls = allow\n", POLICY_CEILING);
	} else {
		fputs("no line names it\n", out);
	}
}

/* What it gets by the rules from this one on, a line each, and from where. */
static void put_rules(const struct subject *subject, const struct policy *policy, const struct rule *rule, int columns,
                      const char *label)
{
	char conditions[WORDING_MAX];

	for (; rule; rule = next_rule(policy, rule)) {
		put_label(subject->out, columns, label);
		if (policy == subject->with->observed)
			fputs("observed     would get ", subject->out);
		print_action(subject->out, rule);
		print_place(subject->out, subject->with->path, rule->line, rule->group);
		if (rule->nconditions > 0)
			fprintf(subject->out, " if %s",
			        wording_conditions(policy, rule, conditions, sizeof(conditions)));
		fputc('\n', subject->out);
		label = "";
	}
}

/* The label before the first line. */
static void put_gets(const struct subject *subject, int columns, const char *label)
{
	put_rules(subject, subject->with->policy, subject->rule, columns, label);
	if (subject->denied)
		return; /* what [observe] says of it comes too late */
	put_label(subject->out, columns, subject->rule ? "" : label);
	if (subject->rule)
		fprintf(subject->out, "%-12s otherwise\n", "allowed");
	else
		put_allowed(subject);
	if (!too_new(subject))
		put_rules(subject, subject->with->observed, subject->observed, columns, "");
}

/* ---- what to write ---- */

struct change {
	const struct subject *subject;
	bool begun;
};

static void put_change(struct change *change)
{
	put_label(change->subject->out, LABEL, change->begun ? "" : "change");
	change->begun = true;
}

/* The line, then what it means. */
static void propose(struct change *change, const char *meaning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void propose(struct change *change, const char *meaning, const char *format, ...)
{
	va_list arguments;

	put_change(change);
	fputc('`', change->subject->out);
	va_start(arguments, format);
	vfprintf(change->subject->out, format, arguments);
	va_end(arguments);
	fprintf(change->subject->out, "`: %s\n", meaning);
}

static void advise(struct change *change, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void advise(struct change *change, const char *format, ...)
{
	va_list arguments;

	put_change(change);
	va_start(arguments, format);
	vfprintf(change->subject->out, format, arguments);
	va_end(arguments);
	fputc('\n', change->subject->out);
}

/* Whether the policy would still say anything without this call's rules: one that denies nothing is an error. */
static bool says_more(const struct explaining *with, uint32_t nr)
{
	for (size_t i = 0; i < with->policy->nrules; i++)
		if (with->policy->rules[i].nr != nr)
			return true;
	return with->observed && with->observed->nrules > 0;
}

/* What the report says at the start if part of the mount API is open. */
static const char *outcome(const struct explaining *with)
{
	for (size_t i = 0; with->observed && i < with->observed->nrules; i++) {
		const struct rule *rule = first_rule(with->policy, with->observed->rules[i].nr);

		while (rule && rule->nconditions > 0)
			rule = next_rule(with->policy, rule);
		if (!rule)
			return "OBSERVE";
	}
	return "PARTIAL";
}

static void propose_allow(struct change *change)
{
	const struct subject *subject = change->subject;
	const char *meaning = "leaves it open";
	char text[80];

	if (!says_more(subject->with, subject->nr)) {
		advise(change, "no `allow`: the policy would deny nothing any more");
		return;
	}
	snprintf(text, sizeof(text), "%s, and the report says %s at every start", meaning, outcome(subject->with));
	if (names_is_mount_call(subject->name))
		meaning = text;
	else if (strcmp(subject->name, "clone3") == 0)
		meaning = "leaves it open, and namespaces by it, whatever is denied of clone and unshare";
	propose(change, meaning, "%s = allow", subject->word);
}

/* For some arguments only. */
static void propose_case(struct change *change)
{
	const char *meaning, *condition = names_case(change->subject->name, &meaning);

	if (condition)
		propose(change, meaning, "%s = deny if %s", change->subject->word, condition);
}

/* Of a call that the policy does not deny. */
static void propose_deny(struct change *change)
{
	const struct subject *subject = change->subject;
	const struct group *group = names_narrowest_group(subject->name);
	const char *vital = names_vital(subject->name);

	if (names_is_mount_call(subject->name) && !subject->allowance && !subject->observed) {
		propose(change, "denyinit refuses a policy that is silent about any call of the mount API",
		        "@mount = deny");
		return;
	}
	if (vital)
		advise(change, "not to be denied as a whole: %s", vital);
	else
		propose(change, subject->observed ? "denies it, and does not only tell it" : "denies it", "%s = %s",
		        subject->word, strcmp(subject->name, "clone3") == 0 ? "ENOSYS" : "deny");
	propose_case(change);
	if (group && !subject->allowance)
		propose(change, "denies it with the rest of its group", "%s = deny", group->name);
	if (subject->observed && subject->observed->group[0] == '\0')
		advise(change, "then take it out of line %u", subject->observed->line);
}

/* abis_carrier() of what is no call by itself here. */
static const char *carrier(const struct subject *subject, uint32_t *nr)
{
	return ARCH_COMPLETES && subject->nr == NR_ABSENT ? abis_carrier(subject->with->calls, subject->name, nr)
	                                                  : NULL;
}

static void put_changes(const struct subject *subject)
{
	struct change change = {.subject = subject};
	const struct allowance *allowance = subject->allowance;
	uint32_t nr;

	if (names_unfilterable(subject->name)) {
		advise(&change, "nothing: a line for it is an error");
	} else if (carrier(subject, &nr)) {
		propose(&change, "denies that part, unless a line of its own says what the whole gets", "%s = deny",
		        subject->word);
	} else if (subject->nr == NR_ABSENT) {
		advise(&change, "nothing: a line for it is skipped here, and holds where the call exists");
	} else if (allowance && allowance->group[0] == '\0') {
		advise(&change, "take it out of line %u: then line %u denies it", allowance->line,
		       allowance->denied_line);
	} else if (subject->rule && subject->own) {
		propose_allow(&change);
		advise(&change, "or edit line %u: of a call, its own line beats those of groups", subject->rule->line);
	} else if (subject->rule) {
		propose_allow(&change);
		propose_case(&change);
	} else if (too_new(subject)) {
		advise(&change, "for all calls above %u: `newer-syscalls = allow` in [policy]", POLICY_CEILING);
	} else {
		propose_deny(&change);
	}
}

/* ---- a call ---- */

static void put_groups(FILE *out, const char *call)
{
	const struct group *group;
	bool any = false;

	put_label(out, LABEL, "groups");
	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++) {
		if (!names_group_has(group, call))
			continue;
		fprintf(out, "%s%s", any ? " " : "", group->name);
		any = true;
	}
	fputs(any ? "\n" : "none has it\n", out);
}

static void put_reason(FILE *out, const char *name)
{
	struct reason reason;

	if (!names_reason(name, &reason))
		return;
	put_text(out, "why", reason.why);
	if (reason.breaks[0])
		put_text(out, "breaks", reason.breaks);
}

static void put_mount_report(const struct subject *subject)
{
	if (!names_is_mount_call(subject->name) || subject->nr == NR_ABSENT || subject->denied)
		return;
	put_label(subject->out, LABEL, "report");
	if (subject->rule || subject->allowance || subject->observed)
		fprintf(subject->out, "%s at every start: this call of the mount API is left open\n",
		        outcome(subject->with));
	else
		fputs("none: denyinit does not start, as nothing is said of this mount call\n", subject->out);
}

static void put_head(const struct subject *subject)
{
	FILE *out = subject->out;
	uint32_t nr;

	if (names_unfilterable(subject->name))
		fprintf(out, "%s: made by the kernel's own trampolines, and shown to no filter\n", subject->word);
	else if (carrier(subject, &nr))
		fprintf(out, "%s: a part of %s on " ARCH_NAME ", number %" PRIu32 ", and no call by itself\n",
		        subject->word, carrier(subject, &nr), nr);
	else if (subject->nr == NR_ABSENT)
		fprintf(out, "%s: a call of other architectures, not of " ARCH_NAME "\n", subject->word);
	else if (subject->nr >= POLICY_NUMBER_MIN)
		fprintf(out, "%s: number %" PRIu32 " everywhere\n", subject->word, subject->nr);
	else
		fprintf(out, "%s: number %" PRIu32 " on " ARCH_NAME ", others elsewhere: policies take the name\n",
		        subject->word, subject->nr);
}

static bool is_same_call(const struct subject *subject, const struct rule *rule, enum other_abi abi)
{
	if (subject->name[0] == '\0' || abi == OTHER_X32)
		return (rule->nr & ~ABIS_X32_BIT) == subject->nr ||
		       (rule->name[0] && strcmp(rule->name, subject->name) == 0);
	/* Of socketcall only the parts that this call's rules are for: those come from one line. */
	return abis_serves(rule->name, subject->name) &&
	       (strcmp(rule->name, subject->name) == 0 || !subject->rule || rule->line == subject->rule->line);
}

/* What the calls of an ABI get that do the same. */
static void put_other(const struct subject *subject, enum other_abi abi)
{
	const struct policy *policy = subject->with->policy->other[abi];
	const char *label = abis_name(abi);
	char conditions[WORDING_MAX];

	if (!policy) /* this machine has no such ABI */
		return;
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (!is_same_call(subject, rule, abi))
			continue;
		put_label(subject->out, LABEL, label);
		print_action(subject->out, rule);
		print_place(subject->out, subject->with->path, rule->line, rule->group);
		fprintf(subject->out, ": %s %" PRIu32, rule->name[0] ? rule->name : "number", rule->nr);
		if (rule->nconditions > 0)
			fprintf(subject->out, " if %s", wording_numbers(policy, rule, conditions, sizeof(conditions)));
		fputc('\n', subject->out);
		label = "";
	}
	if (label[0] && (abi == OTHER_COMPAT || subject->nr != NR_ABSENT)) {
		put_label(subject->out, LABEL, label);
		fprintf(subject->out, "%-12s by every call there that does this\n", "allowed");
	}
}

static void put_abis(const struct subject *subject)
{
	uint32_t nr;

	if (subject->nr != NR_ABSENT)
		put_gets(subject, LABEL, ARCH_NAME);
	else if (carrier(subject, &nr))
		put_rules(subject, subject->with->policy, first_rule(subject->with->policy, nr), LABEL, ARCH_NAME);
	if (subject->with->policy->other_abis_deny) {
		for (unsigned abi = 0; abi < OTHER_ABIS; abi++)
			put_other(subject, (enum other_abi)abi);
		return;
	}
	put_label(subject->out, LABEL, ARCH_OTHERS);
	fprintf(subject->out, "%-12s any call by another ABI: other-abis = kill\n", "kill-process");
}

static void explain_call(struct subject *subject)
{
	look_up(subject);
	put_head(subject);
	if (!names_unfilterable(subject->name))
		put_abis(subject);
	put_mount_report(subject);
	put_groups(subject->out, subject->name);
	put_reason(subject->out, subject->name);
	put_changes(subject);
}

/* ---- a group ---- */

/* Of a group's calls, how many are ... */
struct tally {
	unsigned here;      /* on this architecture */
	unsigned elsewhere; /* on others only */
	unsigned by_groups; /* denied by a group's line */
	unsigned open;      /* not denied, and no own line says so */
	bool mounts;        /* one that is denied by a group's line is of the mount API */
};

static void subject_of_member(struct subject *subject, const char *name)
{
	int nr = calls_number(subject->with->calls, name);

	snprintf(subject->name, sizeof(subject->name), "%s", name);
	snprintf(subject->word, sizeof(subject->word), "%s", name);
	subject->nr = nr < 0 ? NR_ABSENT : (uint32_t)nr;
	look_up(subject);
}

/* A call that is in two groups of the group comes twice: the first time counts. */
static bool comes_before(const struct group *group, size_t place, const char *name)
{
	const struct group_member *member;
	struct group_walk walk;

	names_walk_start(&walk, group);
	for (size_t i = 0; i < place && (member = names_walk_next(&walk)) != NULL; i++)
		if (strcmp(member->name, name) == 0)
			return true;
	return false;
}

/* Every call of the group that is here, once, each on its lines if `print`. */
static struct tally walk_group(const struct group *group, struct subject *subject, bool print)
{
	const struct group_member *member;
	struct tally tally = {0};
	struct group_walk walk;

	names_walk_start(&walk, group);
	for (size_t place = 0; (member = names_walk_next(&walk)) != NULL; place++) {
		if (comes_before(group, place, member->name))
			continue;
		subject_of_member(subject, member->name);
		if (subject->nr == NR_ABSENT) {
			tally.elsewhere++;
			continue;
		}
		tally.here++;
		if (subject->rule && !subject->own) {
			tally.by_groups++;
			tally.mounts |= names_is_mount_call(subject->name);
		} else if (!subject->rule && (!subject->allowance || subject->allowance->group[0])) {
			tally.open++;
		}
		if (print)
			put_gets(subject, CALLS, subject->name);
	}
	return tally;
}

/* Whether `@group = deny` would be the second such line. */
static bool group_denies(const struct policy *policy, const struct group *group)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (strcmp(policy->rules[i].group, group->name) == 0)
			return true;
	return false;
}

/* says_more() after `@group = allow`, which takes out what groups' lines deny. */
static bool says_more_than(const struct explaining *with, const struct group *group)
{
	const struct policy *policy = with->policy;

	for (size_t i = 0; i < policy->nrules; i++)
		if (!policy->rules[i].group[0] || !names_group_has(group, policy->rules[i].name))
			return true;
	return with->observed && with->observed->nrules > 0;
}

static void put_group_changes(const struct group *group, const struct subject *subject, const struct tally *tally)
{
	struct change change = {.subject = subject};
	const struct policy *policy = subject->with->policy;

	if (tally->open > 0 && !group_denies(policy, group))
		propose(&change, "denies those of them that are open", "%s = deny", group->name);
	if (tally->by_groups > 0 && says_more_than(subject->with, group))
		propose(&change,
		        tally->mounts
		            ? "takes out what groups' lines deny of them, mount calls too, as the report says then"
		            : "takes out what groups' lines deny of them",
		        "%s = allow", group->name);
	advise(&change, "%s a call's own line beats those of groups, of these the later one wins",
	       change.begun ? "of single calls: --explain CALL;" : "single calls: --explain CALL;");
}

static void explain_group(const struct group *group, struct subject *subject)
{
	struct tally tally = walk_group(group, subject, false);
	FILE *out = subject->out;

	fprintf(out, "%s: %u call%s of " ARCH_NAME, group->name, tally.here, tally.here == 1 ? "" : "s");
	if (tally.elsewhere > 0)
		fprintf(out, ", and %u of other architectures only", tally.elsewhere);
	fputc('\n', out);
	put_text(out, "source", names_source(group->name));
	put_reason(out, group->name);
	walk_group(group, subject, true);
	put_group_changes(group, subject, &tally);
}

/* ---- the word ---- */

static enum explained unknown(const char *word, const struct explaining *with, char why[EXPLAIN_WHY])
{
	struct naming naming = {.calls = with->calls};
	char hint[NEAREST_HINT];

	calls_nearest(&naming, word, hint);
	if (word[0] == '@')
		snprintf(why, EXPLAIN_WHY, "unknown group `%.40s`%s", word,
		         hint[0] ? hint : ": denyinit.ini(5) has the list");
	else
		snprintf(why, EXPLAIN_WHY, "unknown call `%.40s`%s", word,
		         hint[0] ? hint : ": if it is newer than this denyinit, give its number");
	return EXPLAIN_UNKNOWN;
}

static enum explained explain_number(const char *word, struct subject *subject, char why[EXPLAIN_WHY])
{
	const struct call_table *calls = subject->with->calls;
	enum number number;
	const char *name;
	uint64_t nr = 0;

	number = words_number(word, &nr);
	if (word[strspn(word, "0123456789")] != '\0' || number == NUMBER_OCTAL) {
		snprintf(why, EXPLAIN_WHY, "`%.40s`: write a call's number decimal, without a leading 0", word);
		return EXPLAIN_UNKNOWN;
	}
	if (number != NUMBER_OK || nr > POLICY_NUMBER_MAX) {
		snprintf(why, EXPLAIN_WHY, "`%.40s` is no call's number: they end at %u, the newest known is %u", word,
		         POLICY_NUMBER_MAX, POLICY_CEILING);
		return EXPLAIN_UNKNOWN;
	}
	subject->nr = (uint32_t)nr;
	name = calls->name(subject->nr);
	if (!name)
		name = names_newer_name(subject->nr);
	if (!name && nr < POLICY_NUMBER_MIN) {
		snprintf(why, EXPLAIN_WHY, "no call of " ARCH_NAME " has the number %u", (unsigned)nr);
		return EXPLAIN_UNKNOWN;
	}
	snprintf(subject->name, sizeof(subject->name), "%s", name ? name : "");
	snprintf(subject->word, sizeof(subject->word), "%s", name ? name : word);
	explain_call(subject);
	return EXPLAIN_OK;
}

enum explained explain(FILE *out, const char *word, const struct explaining *with, char why[EXPLAIN_WHY])
{
	struct subject subject = {.with = with, .out = out};
	const struct group *group = names_group(word);
	int nr;

	if (group) {
		explain_group(group, &subject);
		return EXPLAIN_OK;
	}
	if (*word >= '0' && *word <= '9')
		return explain_number(word, &subject, why);
	if (strlen(word) >= sizeof(subject.name))
		return unknown(word, with, why);
	nr = calls_number(with->calls, word);
	if (nr == CALL_UNKNOWN && !names_unfilterable(word))
		return unknown(word, with, why);
	memcpy(subject.name, word, strlen(word) + 1);
	memcpy(subject.word, word, strlen(word) + 1);
	subject.nr = nr < 0 ? NR_ABSENT : (uint32_t)nr;
	explain_call(&subject);
	return EXPLAIN_OK;
}
