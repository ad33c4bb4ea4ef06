/* SPDX-License-Identifier: MIT */
#include "selftest/procstat.h"

#include <limits.h>
#include <string.h>

/* The number behind `key` at the start of a line. */
static int number_of(const char *text, size_t length, const char *key)
{
	const size_t key_length = strlen(key);
	const char *const end = text + length;

	for (const char *line = text; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *stop = newline ? newline : end;

		if ((size_t)(stop - line) > key_length && memcmp(line, key, key_length) == 0) {
			const char *p = line + key_length;
			int value = 0;

			while (p < stop && (*p == ' ' || *p == '\t'))
				p++;
			if (p == stop)
				return PROCSTAT_MISSING;
			for (; p < stop; p++) {
				if (*p < '0' || *p > '9' || value > (INT_MAX - 9) / 10)
					return PROCSTAT_MISSING;
				value = 10 * value + (*p - '0');
			}
			return value;
		}
		if (!newline)
			break;
		line = newline + 1;
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
