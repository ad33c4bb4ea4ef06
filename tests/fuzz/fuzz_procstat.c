/* SPDX-License-Identifier: MIT */
/* The text of /proc/PID/status, against a second reading of it by libc's means. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/procstat.h"
#include "tests/fuzz/fuzz.h"

/* The first line that begins with the key, has more than that and an end: blanks, digits, and not above INT_MAX. */
static int second_reading(const char *text, size_t length, const char *key)
{
	char *copy = calloc(1, length + 1), *line, *end, *next;
	int value = PROCSTAT_MISSING;

	MUST(copy != NULL);
	/* A NUL is no digit, blank or part of a key: any other byte that is none does as well. */
	for (size_t i = 0; i < length; i++)
		copy[i] = text[i] ? text[i] : '\1';
	for (line = copy; (next = strchr(line, '\n')) != NULL; line = next + 1) {
		*next = '\0';
		if (strncmp(line, key, strlen(key)) != 0 || line[strlen(key)] == '\0')
			continue;
		line += strlen(key);
		line += strspn(line, " \t");
		end = line + strspn(line, "0123456789");
		line += strspn(line, "0");
		if (*end == '\0' && end != copy && end[-1] >= '0' && end[-1] <= '9' && end - line <= 10) {
			long number = strtol(line, NULL, 10);

			value = number <= INT_MAX ? (int)number : PROCSTAT_MISSING;
		}
		break;
	}
	free(copy);
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const struct procstat facts = procstat_parse(text, size);

	MUST(facts.seccomp == second_reading(text, size, "Seccomp:"));
	MUST(facts.seccomp_filters == second_reading(text, size, "Seccomp_filters:"));
	MUST(facts.no_new_privs == second_reading(text, size, "NoNewPrivs:"));
	MUST(facts.tracer == second_reading(text, size, "TracerPid:"));
	return 0;
}
