/* SPDX-License-Identifier: MIT */
#include "selftest/procstat.h"

#include <limits.h>
#include <string.h>

/* p .. end is digits and nothing else, after blanks. */
static int number_at(const char *p, const char *end)
{
	int value = 0;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == end)
		return PROCSTAT_MISSING;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9' || value > (INT_MAX - (*p - '0')) / 10)
			return PROCSTAT_MISSING;
		value = 10 * value + (*p - '0');
	}
	return value;
}

/* What is behind `key` at the start of a line, up to *end; NULL: none. A line without an end may have been cut. */
static const char *value_of(const char *text, size_t length, const char *key, const char **end)
{
	const size_t key_length = strlen(key);
	const char *const text_end = text + length;
	const char *newline;

	for (const char *line = text; line < text_end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(text_end - line));
		if (!newline)
			break;
		*end = newline;
		if ((size_t)(newline - line) > key_length && memcmp(line, key, key_length) == 0)
			return line + key_length;
	}
	return NULL;
}

static int number_of(const char *text, size_t length, const char *key)
{
	const char *end;
	const char *value = value_of(text, length, key, &end);

	return value ? number_at(value, end) : PROCSTAT_MISSING;
}

struct procstat procstat_parse(const char *text, size_t length)
{
	return (struct procstat){
	    .seccomp = number_of(text, length, "Seccomp:"),
	    .seccomp_filters = number_of(text, length, "Seccomp_filters:"),
	    .no_new_privs = number_of(text, length, "NoNewPrivs:"),
	    .tracer = number_of(text, length, "TracerPid:"),
	};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "NSpid:\t1234\t1": the process in each namespace, ours first. */
static void read_namespaces(struct procstat_who *who, const char *p, const char *end)
{
	int count = 0;

	while (p < end) {
		const char *word;

		while (p < end && is_blank(*p))
			p++;
		for (word = p; p < end && !is_blank(*p);)
			p++;
		if (word == p)
			break;
		who->innermost = number_at(word, p);
		if (who->innermost == PROCSTAT_MISSING)
			return;
		count++;
	}
	if (count > 0)
		who->namespaces = count;
}

struct procstat_who procstat_who(const char *text, size_t length)
{
	struct procstat_who who = {.namespaces = PROCSTAT_MISSING, .innermost = PROCSTAT_MISSING};
	const char *end;
	const char *value = value_of(text, length, "Name:\t", &end);

	if (value) {
		size_t size = (size_t)(end - value);

		memcpy(who.name, value, size < sizeof who.name ? size : sizeof who.name - 1);
	}
	value = value_of(text, length, "State:\t", &end);
	if (value)
		who.state = *value;
	who.memory = value_of(text, length, "VmSize:", &end) != NULL;
	value = value_of(text, length, "NSpid:", &end);
	if (value)
		read_namespaces(&who, value, end);
	return who;
}
