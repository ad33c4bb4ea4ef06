/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tests/bench/sample.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void sample_die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "bench: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

double sample_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		sample_die("clock_gettime: %s", strerror(errno));
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

void sample_pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0)
		sample_die("CPU %u: %s", cpu, strerror(errno));
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double sample_quantile(const double *values, size_t count, double quantile)
{
	double *sorted, result;
	size_t at;

	if (count == 0)
		return 0;
	sorted = malloc(count * sizeof *sorted);
	if (!sorted)
		sample_die("no memory");
	memcpy(sorted, values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, by_size);
	at = (size_t)(quantile * (double)count);
	result = sorted[at < count ? at : count - 1];
	free(sorted);
	return result;
}

void sample_shuffle(size_t *order, size_t count)
{
	static uint32_t state = 2463534242u; /* Marsaglia's xorshift */

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t other, kept = order[i - 1];

		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		other = state % i;
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

size_t sample_number(const char *text, size_t least)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value < least || value > 1000000)
		sample_die("'%s': a number from %zu on is wanted", text, least);
	return value;
}

bool sample_plan(struct plan_line *to, size_t least)
{
	do {
		if (!fgets(to->line, sizeof to->line, stdin))
			return false;
		if (!strchr(to->line, '\n'))
			sample_die("a line of the plan is too long: %.40s", to->line);
		to->line[strcspn(to->line, "\n")] = '\0';
	} while (!*to->line);
	to->count = 0;
	for (char *rest = to->line, *word; (word = strsep(&rest, "\t"));) {
		if (to->count == WORDS_MAX)
			sample_die("%s: too many words", to->words[0]);
		to->words[to->count++] = word;
	}
	to->words[to->count] = NULL;
	if (to->count < least)
		sample_die("%s: too few words in its line", to->words[0]);
	return true;
}
