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

/* The number behind `key` at the start of a line. A line without an end may be cut in the middle of its number. */
static int number_of(const char *text, size_t length, const char *key)
{
	const size_t key_length = strlen(key);
	const char *const end = text + length;
	const char *newline;

	for (const char *line = text; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			break;
		if ((size_t)(newline - line) > key_length && memcmp(line, key, key_length) == 0)
			return number_at(line + key_length, newline);
	}
	return PROCSTAT_MISSING;
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
