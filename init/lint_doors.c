/* SPDX-License-Identifier: MIT */
#include "init/lint_doors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/calls.h"
#include "init/conditions.h"
#include "init/names.h"
#include "init/names_doors.h"
#include "init/wording.h"
#include "init/words.h"

#define ENOSYS_LINUX 38
#define DOORS_MAX 8u /* of one finding; a unit test holds the tables to it */

/* ---- what the policy says of a call ---- */

static unsigned hash(const char *name)
{
	unsigned h = 0;

	for (; *name; name++)
		h = 31 * h + (unsigned char)*name;
	return h % NAMED_BITS;
}

void lint_note_names(struct lint *lint)
{
	for (size_t i = 0; i < lint->policy->nrules; i++) {
		const unsigned h = hash(lint->policy->rules[i].name);

		lint->named[h / 64] |= UINT64_C(1) << h % 64;
	}
}

bool lint_may_name(const struct lint *lint, const char *call)
{
	const unsigned h = hash(call);

	return lint->named[h / 64] >> h % 64 & 1;
}

const struct rule *lint_rule(const struct policy *policy, const char *call)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].name[0] == call[0] && strcmp(policy->rules[i].name, call) == 0)
			return &policy->rules[i];
	return NULL;
}

/* The next rule on the same call: rules are sorted. */
static const struct rule *next_rule(const struct policy *policy, const struct rule *rule)
{
	return rule + 1 < policy->rules + policy->nrules && rule[1].nr == rule->nr ? rule + 1 : NULL;
}

const struct rule *lint_whole_rule(const struct policy *policy, const char *call)
{
	for (const struct rule *rule = lint_rule(policy, call); rule; rule = next_rule(policy, rule))
		if (rule->nconditions == 0)
			return rule;
	return NULL;
}

unsigned lint_last_line(const struct policy *policy, const char *call)
{
	unsigned last = 0;

	for (const struct rule *rule = lint_rule(policy, call); rule; rule = next_rule(policy, rule))
		if (rule->line > last)
			last = rule->line;
	return last;
}

bool lint_outranks(const struct policy *policy, const struct rule *rule, const char *call)
{
	for (const struct rule *other = lint_rule(policy, call); other; other = next_rule(policy, other))
		if (rule->action == ACTION_KILL && other->action != ACTION_KILL)
			return true;
	return false;
}

const struct allowance *lint_allowance(const struct policy *policy, const char *call)
{
	for (size_t i = 0; i < policy->nallows; i++)
		if (strcmp(policy->allows[i].name, call) == 0)
			return &policy->allows[i];
	return NULL;
}

bool lint_exists(const struct lint *lint, const char *call)
{
	return calls_number(lint->calls, call) >= 0;
}

bool lint_is_open(const struct lint *lint, const char *call)
{
	return !lint_whole_rule(lint->policy, call) && !lint_allowance(lint->policy, call) &&
	       !lint_rule(lint->observed, call) && lint_exists(lint, call);
}

bool lint_is_pretence(const struct rule *rule)
{
	return rule->nconditions == 0 && rule->action == ACTION_ERRNO && rule->errnum == ENOSYS_LINUX &&
	       (names_is_tried(rule->name) || names_vital_twin(rule->name));
}

/* Denied as a whole, while nothing is said of a call that does the same and cannot be denied as a whole. */
static bool is_vain(const struct lint *lint, const struct rule *rule)
{
	const char *twin = names_vital_twin(rule->name);

	return twin && rule->nconditions == 0 && !lint_is_pretence(rule) && !lint_rule(lint->policy, twin);
}

bool lint_propose(const struct lint *lint, const char *call)
{
	struct proposed *proposed = lint->proposed;
	const int nr = calls_number(lint->calls, call);

	for (size_t i = 0; i < proposed->count; i++)
		if (proposed->numbers[i] == nr)
			return false;
	if (proposed->count == PROPOSED_MAX)
		return false;
	proposed->numbers[proposed->count++] = nr;
	return true;
}

/* ---- words ---- */

void lint_put(struct put *put, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(put->text + put->used, put->size - put->used, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= put->size - put->used) {
		put->cut = true;
		put->text[put->used] = '\0';
	} else {
		put->used += (size_t)length;
	}
}

const char *lint_answer(const struct lint *lint, const struct rule *rule, const char *call, char text[ANSWER_TEXT])
{
	const struct policy *policy = lint->policy;
	const char *name = names_of_errno(rule->errnum);
	const bool kills = rule->action == ACTION_KILL;

	if (kills && names_is_tried(call))
		snprintf(text, ANSWER_TEXT, "ENOSYS");
	else if (rule->action == policy->deny && (kills || rule->errnum == policy->deny_errno))
		snprintf(text, ANSWER_TEXT, "deny");
	else if (kills)
		snprintf(text, ANSWER_TEXT, "kill-process");
	else if (name)
		snprintf(text, ANSWER_TEXT, "%s", name);
	else
		snprintf(text, ANSWER_TEXT, "%u", rule->errnum);
	return text;
}

const char *lint_quoted(const char *lines, char text[FINDING_WRITE + 20])
{
	struct put put = {.text = text, .size = FINDING_WRITE + 20};

	text[0] = '\0';
	for (const char *line = lines; *line;) {
		size_t length = strcspn(line, "\n");

		lint_put(&put, "%s`%.*s`", line > lines ? ", " : "", (int)length, line);
		line += length + (line[length] == '\n');
	}
	return text;
}

/* ---- a condition, carried over to another call ---- */

/* The name of that argument of the call, which must be one of wanted; false: it is none of them, or has none. */
static bool argument_name(const char *call, uint8_t arg, const char *wanted, char name[POLICY_NAME_MAX])
{
	struct argument argument;

	while (words_next(&wanted, name, POLICY_NAME_MAX))
		if (names_argument(call, name, &argument) && (uint8_t)argument.index == arg)
			return true;
	return false;
}

/* As lint_carry; only conditions on arguments of those names. */
static bool carry(const struct rule *rule, const char *call, const char *args, struct rule *carried)
{
	*carried = *rule;
	snprintf(carried->name, sizeof(carried->name), "%s", call);
	for (size_t i = 0; i < rule->nconditions; i++) {
		struct condition *condition = &carried->conditions[i];
		char name[POLICY_NAME_MAX];
		struct argument argument;

		if (!argument_name(rule->name, condition->arg, args, name) || !names_argument(call, name, &argument) ||
		    argument.width == WIDTH_POINTER)
			return false;
		condition->arg = (uint8_t)argument.index;
		condition->upper = (uint8_t)argument.upper;
		condition->wide = argument.width == WIDTH_64;
	}
	return true;
}

bool lint_carry(const struct rule *rule, const char *call, struct rule *carried)
{
	char args[160];

	return carry(rule, call, names_arguments(rule->name, args, sizeof(args)) ? args : "", carried);
}

#define WITNESSES 64u /* as many as a value has bits */

/* The nth of the values that satisfy the condition by themselves; again from the first one where there are fewer. */
static uint64_t witness_value(const struct policy *policy, const struct condition *condition, unsigned nth)
{
	const uint64_t *values = conditions_values(policy, condition);
	uint64_t bits = *values, candidate = nth;

	switch (condition->test) {
	case TEST_IN: return values[nth % condition->count];
	case TEST_NOT_IN:
		for (size_t i = 0; i < condition->count; i++) /* sorted */
			candidate += values[i] == candidate;
		return candidate;
	case TEST_LESS: return *values - 1;
	case TEST_GREATER: return *values + 1;
	case TEST_LESS_EQUAL:
	case TEST_GREATER_EQUAL: return *values;
	case TEST_ANY_BIT:
	case TEST_MASKED_IN: break; /* the latter is in no native rule (abis.c) */
	}
	for (nth %= (unsigned)__builtin_popcountll(bits); nth > 0; nth--)
		bits &= bits - 1;
	return bits & -bits;
}

/* Arguments that the rule denies and that pass if they are those of the other call, by the carried rule's places. */
static bool passes(const struct lint *lint, const struct rule *rule, const struct rule *carried, uint32_t door)
{
	for (unsigned nth = 0; nth < WITNESSES; nth++) {
		uint64_t args[6] = {0}, others[6] = {0};

		for (size_t i = 0; i < rule->nconditions; i++) {
			uint64_t value = witness_value(lint->policy, &rule->conditions[i], nth);

			args[rule->conditions[i].arg] |= value;
			others[carried->conditions[i].arg] |= value;
		}
		if (conditions_match(lint->policy, rule, args) && !policy_rule(lint->policy, door, others))
			return true;
	}
	return false;
}

/* ---- findings of doors ---- */

struct door {
	char name[POLICY_NAME_MAX];
	char condition[WORDING_MAX]; /* what to write behind `if`; "": nothing */
	bool unseen;                 /* its flags are in memory */
};

struct doors {
	size_t count;
	struct door *door;
};

/* Of the finding that is being made. Large, and rarely written. */
static struct door found[DOORS_MAX];

static void add_door(const struct lint *lint, struct doors *doors, const char *name, const char *condition, bool unseen)
{
	if (doors->count == DOORS_MAX || !lint_propose(lint, name))
		return;
	snprintf(doors->door[doors->count].name, POLICY_NAME_MAX, "%s", name);
	snprintf(doors->door[doors->count].condition, WORDING_MAX, "%s", condition);
	doors->door[doors->count++].unseen = unseen;
}

/* One line for all doors that get the same. */
static void write_lines(const struct lint *lint, const struct rule *rule, const struct doors *doors, struct put *put)
{
	bool written[DOORS_MAX] = {false};

	for (size_t i = 0; i < doors->count; i++) {
		char first[ANSWER_TEXT], other[ANSWER_TEXT];

		if (written[i])
			continue;
		lint_put(put, "%s", i > 0 ? "\n" : "");
		if (doors->door[i].unseen)
			snprintf(first, sizeof(first), "ENOSYS"); /* libraries take the older call then */
		else
			lint_answer(lint, rule, doors->door[i].name, first);
		for (size_t j = i; j < doors->count; j++) {
			lint_answer(lint, rule, doors->door[j].name, other);
			if (j > i && (written[j] || doors->door[i].unseen || doors->door[j].unseen ||
			              strcmp(first, other) != 0 ||
			              strcmp(doors->door[i].condition, doors->door[j].condition) != 0))
				continue;
			lint_put(put, "%s ", doors->door[j].name);
			written[j] = true;
		}
		lint_put(put, "= %s", first);
		if (doors->door[i].condition[0])
			lint_put(put, " if %s", doors->door[i].condition);
	}
}

/* "a", "a and b", "a, b and c". */
static void put_names(struct put *put, const struct doors *doors)
{
	for (size_t i = 0; i < doors->count; i++)
		lint_put(put, "%s%s", i == 0 ? "" : i + 1 < doors->count ? ", " : " and ", doors->door[i].name);
}

/* why[0] and why[1], one behind the other: what the doors do. */
static void tell(const struct lint *lint, const char *kind, const struct rule *rule, const char *with,
                 const struct doors *doors, const char *const why[2])
{
	char lines[FINDING_WRITE], quoted[FINDING_WRITE + 20], names[DOORS_MAX * POLICY_NAME_MAX];
	struct put write = {.text = lines, .size = sizeof(lines)}, put = {.text = names, .size = sizeof(names)};
	struct advice advice = {.kind = kind};
	bool follows = true;

	for (size_t i = 0; i < doors->count; i++) {
		unsigned last = lint_last_line(lint->policy, doors->door[i].name);

		advice.after = last > advice.after ? last : advice.after;
		follows &= !lint_outranks(lint->policy, rule, doors->door[i].name);
	}
	write_lines(lint, rule, doors, &write);
	if (follows && !write.cut)
		advice.write = lines;
	put_names(&put, doors);
	findings_advise(lint->findings, SEVERITY_WARNING, rule->line, &advice,
	                "`%s` is denied%s, and %s, which %s%s as well, %s open: add %s", rule->name, with, names,
	                why[0], why[1], doors->count > 1 ? "are" : "is", lint_quoted(lines, quoted));
}

/* ---- twins ---- */

static void find_doors_of_all(const struct lint *lint, const struct twins *twins, const struct rule *rule,
                              struct doors *doors)
{
	char door[POLICY_NAME_MAX];
	const char *at = twins->doors;

	while (words_next(&at, door, sizeof(door))) {
		door[strcspn(door, "*")] = '\0';
		/* One that has rules of its own, if only for some arguments, was thought of. */
		if (strcmp(door, rule->name) != 0 && !lint_rule(lint->policy, door) && !names_vital(door) &&
		    lint_is_open(lint, door))
			add_door(lint, doors, door, "", false);
	}
}

static void find_doors_of_some(const struct lint *lint, const struct twins *twins, const struct rule *rule,
                               struct doors *doors)
{
	char door[POLICY_NAME_MAX], condition[WORDING_MAX];
	const char *at = twins->doors;
	struct rule carried;

	while (words_next(&at, door, sizeof(door))) {
		const bool unseen = strchr(door, '*') != NULL;

		door[strcspn(door, "*")] = '\0';
		if (strcmp(door, rule->name) == 0 || !lint_is_open(lint, door))
			continue;
		if (unseen) {
			if (!lint_rule(lint->policy, door) && carry(rule, rule->name, twins->args, &carried))
				add_door(lint, doors, door, "", true);
		} else if (carry(rule, door, twins->args, &carried) &&
		           passes(lint, rule, &carried, (uint32_t)calls_number(lint->calls, door))) {
			add_door(lint, doors, door,
			         wording_conditions(lint->policy, &carried, condition, sizeof(condition)), false);
		}
	}
}

/* Whether a rule with the same conditions on a twin before it has told all that this one could. */
static bool told_by_twin(const struct lint *lint, const struct twins *twins, const struct rule *rule)
{
	char call[POLICY_NAME_MAX];
	const char *at = twins->denied;
	struct rule carried;

	while (words_next(&at, call, sizeof(call)) && strcmp(call, rule->name) != 0) {
		for (const struct rule *other = lint_rule(lint->policy, call); other;
		     other = next_rule(lint->policy, other))
			if (rule->nconditions == 0 ? other->nconditions == 0
			                           : carry(rule, call, twins->args, &carried) &&
			                                 conditions_equal(lint->policy, &carried, other))
				return true;
	}
	return false;
}

/* whole: the rules without conditions; else those with. Returns whether there is any of the other kind. */
static bool check_twins(const struct lint *lint, const struct twins *twins, bool whole)
{
	bool any_other = false;
	const char *const why[2] = {"can ", twins->does};
	char call[POLICY_NAME_MAX];
	const char *at = twins->denied;

	while (words_next(&at, call, sizeof(call))) {
		if (!lint_may_name(lint, call))
			continue;
		for (const struct rule *rule = lint_rule(lint->policy, call); rule;
		     rule = next_rule(lint->policy, rule)) {
			struct doors doors = {.door = found};

			any_other |= (rule->nconditions == 0) != whole;
			if ((rule->nconditions == 0) != whole || lint_is_pretence(rule) || is_vain(lint, rule) ||
			    told_by_twin(lint, twins, rule))
				continue;
			if (rule->nconditions == 0)
				find_doors_of_all(lint, twins, rule, &doors);
			else
				find_doors_of_some(lint, twins, rule, &doors);
			if (doors.count > 0)
				tell(lint, "twin-open", rule, rule->nconditions > 0 ? " for some arguments" : "",
				     &doors, why);
		}
	}
	return any_other;
}

/* A line that keeps nobody from anything. */
static void check_vital_twins(const struct lint *lint)
{
	for (size_t i = 0; i < lint->policy->nrules; i++) {
		const struct rule *rule = &lint->policy->rules[i];
		const char *twin = names_vital_twin(rule->name);

		if (is_vain(lint, rule))
			findings_advise(lint->findings, SEVERITY_WARNING, rule->line,
			                &(struct advice){.kind = "twin-vital"},
			                "`%s` is denied, and %s, which does the same, cannot be: remove the line, or "
			                "write `%s = ENOSYS` if only the call itself is to be gone",
			                rule->name, twin, rule->name);
	}
}

/* ---- values that come to the same ---- */

/* The rule that denies the call with that value in that argument; NULL: none. */
static const struct rule *denied_with(const struct lint *lint, const char *call, const char *arg, uint64_t value)
{
	const struct rule *first = lint_rule(lint->policy, call);
	uint64_t args[6] = {0};
	struct argument argument;
	int nr;

	/* Where nothing or all is denied, arguments need not be looked up, which takes longest. */
	if (!first || !arg || first->nconditions == 0)
		return lint_whole_rule(lint->policy, call);
	nr = calls_number(lint->calls, call);
	if (nr < 0 || !names_argument(call, arg, &argument))
		return NULL;
	args[argument.index] = value;
	return policy_rule(lint->policy, (uint32_t)nr, args);
}

static const struct rule *denied_case(const struct lint *lint, const struct door_case *c)
{
	char call[POLICY_NAME_MAX];
	const char *at = c->denied;

	while (words_next(&at, call, sizeof(call))) {
		const struct rule *rule = NULL;

		if (!lint_may_name(lint, call))
			continue;
		for (uint64_t bits = c->value; c->each_bit && bits != 0 && !rule; bits &= bits - 1)
			rule = denied_with(lint, call, c->arg, bits & -bits);
		if (!c->each_bit)
			rule = denied_with(lint, call, c->arg, c->value);
		if (rule && !lint_is_pretence(rule) && !is_vain(lint, rule))
			return rule;
	}
	return NULL;
}

static void check_case(const struct lint *lint, const struct door_case *c)
{
	const struct rule *rule = denied_case(lint, c);
	struct doors doors = {.door = found};
	char door[POLICY_NAME_MAX];
	const char *at = c->doors;
	struct argument argument;

	while (rule && words_next(&at, door, sizeof(door)))
		if (lint_is_open(lint, door) && (!c->door_arg || names_argument(door, c->door_arg, &argument)) &&
		    !denied_with(lint, door, c->door_arg, c->door_value) &&
		    (c->door_arg || !lint_rule(lint->policy, door)))
			add_door(lint, &doors, door, c->condition, false);
	if (doors.count > 0)
		tell(lint, c->kind, rule, c->with, &doors, (const char *const[]){"", c->why});
}

void lint_doors(const struct lint *lint)
{
	struct twins twins;
	uint64_t conditional = 0; /* families with such rules, a bit for each */
	const struct door_case *c;

	for (size_t i = 0; names_twins_at(i, &twins); i++)
		if (check_twins(lint, &twins, true))
			conditional |= UINT64_C(1) << i;
	for (size_t i = 0; conditional >> i != 0; i++)
		if (conditional >> i & 1 && names_twins_at(i, &twins))
			check_twins(lint, &twins, false);
	check_vital_twins(lint);
	for (size_t i = 0; (c = names_door_case_at(i)) != NULL; i++)
		check_case(lint, c);
}
