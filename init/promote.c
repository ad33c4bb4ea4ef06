/* SPDX-License-Identifier: MIT */
#include "init/promote.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lines.h"
#include "init/names.h"
#include "init/words.h"

#define WORD_MAX (POLICY_LINE_MAX + 1)

struct promotion {
	const struct policy *observed;
	const struct denials *denials;
	void (*put)(const char *line, size_t length);
	char groups[POLICY_LINE_MAX + 1]; /* those that the section denies, as words; what does not fit has no effect */
	bool mount_lost;                  /* a mount call's own line has gone, and no group has it */
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

/* Whether the call that stands in this line was observed by it. */
static bool was_hit(const struct promotion *p, unsigned line, const char *word)
{
	if (word[0] == '?')
		word++;
	for (size_t i = 0; i < p->observed->nrules; i++) {
		const struct rule *rule = &p->observed->rules[i];

		if (rule->line == line && rule->group[0] == '\0' && is_named(rule, word) && hits(p, rule) > 0)
			return true;
	}
	return false;
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

static bool any_group_has(const struct promotion *p, const char *call)
{
	const char *at = p->groups;
	char group[WORD_MAX];

	while (words_next(&at, group, sizeof group))
		if (group_has(group, call))
			return true;
	return false;
}

static void keep_group(struct promotion *p, const char *word)
{
	size_t used = strlen(p->groups);

	snprintf(p->groups + used, sizeof p->groups - used, " %s", word);
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
		if (word[0] == '@' && !allows)
			keep_group(p, word);
		if (word[0] != '@' && was_hit(p, lines->number, word)) {
			p->mount_lost = p->mount_lost || names_is_mount_call(word);
			continue;
		}
		used += (size_t)snprintf(kept + used, sizeof kept - used, "%s%s", used > 0 ? " " : "", word);
	}
	if (used > 0)
		say(p, "%s = %s", kept, value);
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
		count = 0;
		for (size_t j = i; j < observed->nrules && observed->rules[j].nr == rule->nr; j++)
			count += denials_count(p->denials, DENIAL_OBSERVED, &observed->rules[j], NULL, programs,
			                       sizeof programs);
		if (count > 0 && any_group_has(p, rule->name))
			say(p, "%s = allow ; %" PRIu64 " call%s by %s", rule->name, count, count == 1 ? "" : "s",
			    programs);
	}
}

static bool is_section(const struct lines *lines, const char *name)
{
	const size_t length = strlen(name);

	return lines->code_length == length && memcmp(lines->code, name, length) == 0;
}

void promote(const char *text, size_t length, const struct policy *observed, const struct denials *denials,
             struct findings *scratch, void (*put)(const char *line, size_t length))
{
	struct promotion p = {.observed = observed, .denials = denials, .put = put};
	struct lines lines;
	enum line_kind kind;
	bool rules = false;

	if (denials_count(denials, DENIAL_OBSERVED, NULL, "other-abis", NULL, 0) > 0)
		say(&p, "; calls through another ABI were made: other-abis = kill will kill their callers");
	if (denials_count(denials, DENIAL_OBSERVED, NULL, "newer-syscalls", NULL, 0) > 0)
		say(&p, "[policy]\nnewer-syscalls = allow");
	say(&p, "[deny]");
	lines_start(&lines, text, length, scratch);
	while ((kind = lines_next(&lines)) != LINE_END) {
		if (kind == LINE_SECTION)
			rules = is_section(&lines, "[deny]") || is_section(&lines, "[observe]");
		else if (kind == LINE_PAIR && rules)
			rule_line(&p, &lines);
	}
	if (p.mount_lost && !any_group_has(&p, "mount")) { /* a mount call is left open knowingly or not at all */
		say(&p, "@mount = deny");
		keep_group(&p, "@mount");
	}
	allow_lines(&p);
}
