/* SPDX-License-Identifier: MIT */
#include "init/calls.h"

#include <stdio.h>
#include <string.h>

#include "init/words.h"

int calls_number(const struct call_table *calls, const char *name)
{
	int nr = calls->number(name);

	return nr == CALL_UNKNOWN && names_newer_number(name) >= 0 ? names_newer_number(name) : nr;
}

const char *calls_nearest(const struct naming *naming, const char *word, char hint[NEAREST_HINT])
{
	struct nearest nearest;
	const struct group *group;
	char name[POLICY_NAME_MAX];
	const char *newer;

	nearest_start(&nearest, word);
	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++)
		nearest_offer(&nearest, group->name);
	if (word[0] != '@') {
		for (size_t i = 0; naming->calls->at(i, name); i++)
			nearest_offer(&nearest, name);
		for (size_t i = 0; (newer = names_newer_at(i)) != NULL; i++)
			nearest_offer(&nearest, newer);
	}
	return nearest_hint(&nearest, hint);
}

static void unknown_call(const struct naming *naming, const char *word)
{
	char hint[NEAREST_HINT];

	if (strchr(word, ',')) {
		findings_add(naming->findings, SEVERITY_ERROR, naming->line,
		             "`%.40s`: names are separated by blanks, not commas", word);
		return;
	}
	calls_nearest(naming, word, hint);
	findings_add(naming->findings, SEVERITY_ERROR, naming->line, "unknown call `%.40s`%s", word,
	             hint[0] ? hint : ": if it is newer than this denyinit, write `?` before it, or its number");
}

/* No call's name begins with a digit. */
static bool is_number(const char *word)
{
	return *word >= '0' && *word <= '9';
}

static bool call_by_number(const struct naming *naming, const char *word, struct call *call)
{
	uint64_t nr;
	enum number number = words_number(word, &nr);
	const char *name;

	if (word[strspn(word, "0123456789")] != '\0' || number == NUMBER_OCTAL) {
		findings_add(naming->findings, SEVERITY_ERROR, naming->line,
		             "`%.40s`: write a call's number decimal, without a leading 0", word);
		return false;
	}
	if (number == NUMBER_TOO_BIG || nr > POLICY_NUMBER_MAX) {
		findings_add(naming->findings, SEVERITY_ERROR, naming->line,
		             "`%.40s` is no call's number: they end at %u, the newest known is %u", word,
		             POLICY_NUMBER_MAX, POLICY_CEILING);
		return false;
	}
	name = naming->calls->name((uint32_t)nr);
	if (!name)
		name = names_newer_name((uint32_t)nr);
	if (nr < POLICY_NUMBER_MIN) {
		findings_add(naming->findings, SEVERITY_ERROR, naming->line,
		             "number %u: below %u each ABI has numbers of its own; write the name%s%s%s", (unsigned)nr,
		             POLICY_NUMBER_MIN, name ? " (here `" : "", name ? name : "", name ? "`)" : "");
		return false;
	}
	snprintf(call->name, sizeof(call->name), "%s", name ? name : "");
	call->nr = (uint32_t)nr;
	call->lenient = call->unknown = false;
	call->shown = word;
	return true;
}

bool calls_resolve(const struct naming *naming, const char *word, struct call *call)
{
	bool lenient = word[0] == '?';
	const char *name = word + lenient;
	int nr;

	if (is_number(name) && lenient) {
		findings_add(naming->findings, SEVERITY_ERROR, naming->line, "`%.40s`: a number needs no `?`", word);
		return false;
	}
	if (is_number(name))
		return call_by_number(naming, name, call);
	if (lenient && (name[0] == '@' || name[0] == '\0')) {
		findings_add(naming->findings, SEVERITY_ERROR, naming->line,
		             "`%.40s`: `?` stands before a call's name only", word);
		return false;
	}
	if (strlen(name) >= sizeof(call->name)) {
		unknown_call(naming, name);
		return false;
	}
	nr = calls_number(naming->calls, name);
	if (nr == CALL_UNKNOWN && !lenient && !names_unfilterable(name)) {
		unknown_call(naming, name);
		return false;
	}
	memcpy(call->name, name, strlen(name) + 1);
	call->nr = nr < 0 ? NR_ABSENT : (uint32_t)nr;
	call->lenient = lenient;
	call->unknown = lenient && nr == CALL_UNKNOWN;
	call->shown = call->name;
	return true;
}

void calls_of_member(const struct naming *naming, const struct group_member *member, struct call *call)
{
	int nr = calls_number(naming->calls, member->name);

	_Static_assert(sizeof(member->name) <= sizeof(call->name), "a group's member does not fit");
	memcpy(call->name, member->name, sizeof(member->name));
	call->lenient = call->unknown = false;
	call->nr = nr < 0 ? NR_ABSENT : (uint32_t)nr;
	call->shown = call->name;
}
