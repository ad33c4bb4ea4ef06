/* SPDX-License-Identifier: MIT */
#include "init/promote.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lines.h"
#include "init/names.h"
#include "init/wording.h"
#include "init/words.h"

#define WORD_MAX (POLICY_LINE_MAX + 1)

#define RANGES_MAX 16u /* [observe] sections; rules of more are left out */

struct promotion {
	const struct policy *observed;
	const struct denials *denials;
	void (*put)(const char *line, size_t length);
	/* The groups that the section denies, and with a `-` before them those that it takes out again, in their order.
	 * What does not fit has no effect on what is denied, but on what `allow` is written for. */
	char groups[2 * POLICY_LINE_MAX];
	struct {
		unsigned first, last; /* lines */
	} ranges[RANGES_MAX];
	size_t nranges;
	bool mount_lost; /* a mount call's own line has gone */
};

__attribute__((format(printf, 2, 3))) static void say(const struct promotion *p, const char *format, ...)
{
	char line[2 * POLICY_LINE_MAX];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof line - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length > sizeof line - 2)
		length = sizeof line - 2;
	line[length] = '\n';
	p->put(line, (size_t)length + 1);
}

static uint64_t hits(const struct promotion *p, const struct rule *rule)
{
	return denials_count(p->denials, DENIAL_OBSERVED, rule, NULL, NULL, 0);
}

static bool is_named(const struct rule *rule, const char *word)
{
	char number[16];

	snprintf(number, sizeof number, "%" PRIu32, rule->nr);
	return strcmp(rule->name[0] ? rule->name : number, word) == 0 || strcmp(number, word) == 0;
}

/* The rule of a call's own line that was observed, whichever line that is: then none of them can stay. */
static const struct rule *own_hit(const struct promotion *p, const char *word)
{
	if (word[0] == '?')
		word++;
	for (size_t i = 0; i < p->observed->nrules; i++) {
		const struct rule *rule = &p->observed->rules[i];

		if (rule->group[0] == '\0' && is_named(rule, word) && hits(p, rule) > 0)
			return rule;
	}
	return NULL;
}

static bool group_has(const char *group, const char *call)
{
	const struct group *found = names_group(group);
	const struct group_member *member;
	struct group_walk walk;

	if (!found)
		return false;
	names_walk_start(&walk, found);
	while ((member = names_walk_next(&walk)) != NULL)
		if (strcmp(member->name, call) == 0)
			return true;
	return false;
}

/* Whether the groups written so far deny the call, the later one before the earlier one. */
static bool any_group_has(const struct promotion *p, const char *call)
{
	const char *at = p->groups;
	char group[WORD_MAX];
	bool denied = false;

	while (words_next(&at, group, sizeof group)) {
		const bool taken_out = group[0] == '-';

		if (group_has(taken_out ? group + 1 : group, call))
			denied = !taken_out;
	}
	return denied;
}

static void keep_group(struct promotion *p, const char *word, bool allows)
{
	size_t used = strlen(p->groups);

	snprintf(p->groups + used, sizeof p->groups - used, " %s%s", allows ? "-" : "", word);
}

/* One line of rules, without the calls that were observed by it. */
static void rule_line(struct promotion *p, const struct lines *lines)
{
	char text[POLICY_LINE_MAX + 1], kept[POLICY_LINE_MAX + 1] = "", word[WORD_MAX];
	const char *at = text;
	char *value;
	size_t used = 0;
	bool allows;

	snprintf(text, sizeof text, "%.*s", (int)lines->code_length, lines->code);
	value = strchr(text, '=');
	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	allows = strcmp(value, "allow") == 0;
	while (words_next(&at, word, sizeof word)) {
		const struct rule *hit = word[0] == '@' || allows ? NULL : own_hit(p, word);

		if (word[0] == '@')
			keep_group(p, word, allows);
		if (hit) {
			p->mount_lost = p->mount_lost || names_is_mount_call(hit->name);
			continue;
		}
		used += (size_t)snprintf(kept + used, sizeof kept - used, "%s%s", used > 0 ? " " : "", word);
	}
	if (used > 0)
		say(p, "%s = %s", kept, value);
}

/* How often the calls of one number were observed, by all of its rules: rules[first .. ). */
static uint64_t hits_of_call(const struct promotion *p, size_t first, char *programs, size_t size)
{
	const struct policy *observed = p->observed;
	char some[100];
	uint64_t sum = 0;

	programs[0] = '\0';
	for (size_t i = first; i < observed->nrules && observed->rules[i].nr == observed->rules[first].nr; i++) {
		uint64_t count =
		    denials_count(p->denials, DENIAL_OBSERVED, &observed->rules[i], NULL, some, sizeof some);

		if (count > 0)
			snprintf(programs, size, "%s", some);
		sum += count;
	}
	return sum;
}

/* Groups would deny it all the same: taken out, once for each call. */
static void allow_lines(const struct promotion *p)
{
	const struct policy *observed = p->observed;

	for (size_t i = 0; i < observed->nrules; i++) {
		const struct rule *rule = &observed->rules[i];
		char programs[100];
		uint64_t count;

		if (i > 0 && observed->rules[i - 1].nr == rule->nr)
			continue; /* told with the first one */
		count = hits_of_call(p, i, programs, sizeof programs);
		if (count == 0 || !any_group_has(p, rule->name))
			continue;
		if (strcmp(rule->name, "clone3") == 0) /* a C library tries it first, and goes on with clone */
			say(p, "; clone3 stays ENOSYS, %" PRIu64 " call%s by %s: C libraries do without it", count,
			    count == 1 ? "" : "s", programs);
		else
			say(p, "%s = allow ; %" PRIu64 " call%s by %s", rule->name, count, count == 1 ? "" : "s",
			    programs);
	}
}

static bool is_above_ceiling(const struct promotion *p)
{
	for (size_t i = 0; i < p->observed->nrules; i++)
		if (p->observed->rules[i].nr > POLICY_CEILING && hits(p, &p->observed->rules[i]) > 0)
			return p->observed->newer_enosys;
	return denials_count(p->denials, DENIAL_OBSERVED, NULL, "newer-syscalls", NULL, 0) > 0;
}

static bool is_in_ranges(const struct promotion *p, unsigned line)
{
	for (size_t i = 0; i < p->nranges; i++)
		if (line >= p->ranges[i].first && line <= p->ranges[i].last)
			return true;
	return false;
}

/*
 * What only [observe] had and nobody met, call by call: its groups and its `allow` mean something else beside those of
 * [deny]. A call of which [deny] says anything has no such rule (loaded_observe_all).
 */
static void observed_lines(const struct promotion *p)
{
	for (size_t i = 0; i < p->observed->nrules; i++) {
		const struct rule *rule = &p->observed->rules[i];
		char name[16], answer[16], programs[100], conditions[WORDING_MAX];
		size_t first = i;

		while (first > 0 && p->observed->rules[first - 1].nr == rule->nr)
			first--;
		if (!is_in_ranges(p, rule->line) || hits_of_call(p, first, programs, sizeof programs) > 0)
			continue;
		snprintf(name, sizeof name, "%" PRIu32, rule->nr);
		snprintf(answer, sizeof answer, "%u", rule->errnum);
		wording_numbers(p->observed, rule, conditions, sizeof conditions);
		say(p, "%s = %s%s%s", rule->name[0] ? rule->name : name,
		    rule->action == ACTION_KILL    ? "kill-process"
		    : names_of_errno(rule->errnum) ? names_of_errno(rule->errnum)
		                                   : answer,
		    conditions[0] ? " if " : "", conditions);
	}
}

static bool is_section(const struct lines *lines, const char *name)
{
	const size_t length = strlen(name);

	return lines->code_length >= length && memcmp(lines->code, name, length) == 0;
}

static bool has_lines(const char *text, size_t length, const char *name, struct findings *scratch)
{
	struct lines lines;
	enum line_kind kind;
	bool within = false;

	lines_start(&lines, text, length, scratch);
	while ((kind = lines_next(&lines)) != LINE_END) {
		if (kind == LINE_SECTION)
			within = is_section(&lines, name);
		else if (kind == LINE_PAIR && within)
			return true;
	}
	return false;
}

void promote(const char *text, size_t length, const struct policy *observed, const struct denials *denials,
             struct findings *scratch, void (*put)(const char *line, size_t length))
{
	struct promotion p = {.observed = observed, .denials = denials, .put = put};
	enum { OTHER, DENY, OBSERVE } section = OTHER;
	struct lines lines;
	enum line_kind kind;
	bool denies;

	if (denials_count(denials, DENIAL_OBSERVED, NULL, "other-abis", NULL, 0) > 0)
		say(&p, "; calls through another ABI were made: other-abis = kill will kill their callers");
	if (is_above_ceiling(&p))
		say(&p, "[policy]\nnewer-syscalls = allow");
	say(&p, "[deny]");
	denies = has_lines(text, length, "[deny]", scratch);
	lines_start(&lines, text, length, scratch);
	while ((kind = lines_next(&lines)) != LINE_END) {
		if (kind == LINE_SECTION) {
			section = is_section(&lines, "[deny]")      ? DENY
			          : is_section(&lines, "[observe]") ? OBSERVE
			                                            : OTHER;
			if (section == OBSERVE && p.nranges < RANGES_MAX)
				p.ranges[p.nranges++].first = lines.number;
		} else if (kind == LINE_PAIR && (section == DENY || (section == OBSERVE && !denies))) {
			rule_line(&p, &lines);
		} else if (kind == LINE_PAIR && section == OBSERVE && p.nranges > 0) {
			p.ranges[p.nranges - 1].last = lines.number;
		}
	}
	if (p.mount_lost && !any_group_has(&p, "mount")) { /* a mount call is left open knowingly or not at all */
		say(&p, "@mount = deny");
		keep_group(&p, "@mount", false);
		for (size_t i = 0; i < observed->nallows; i++) /* was open before, and not observed */
			if (observed->allows[i].group[0] && names_is_mount_call(observed->allows[i].name))
				say(&p, "%s = allow ; as line %u has it", observed->allows[i].name,
				    observed->allows[i].line);
	}
	if (denies)
		observed_lines(&p);
	allow_lines(&p);
}
