/* SPDX-License-Identifier: MIT */
/* sample: what starts.c and calls.c share. Times are nanoseconds. For the machine's gcc and libc: it prints floats. */
#ifndef TESTS_BENCH_SAMPLE_H
#define TESTS_BENCH_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_BYTES 8192 /* firejail's list of calls is the longest one */
#define WORDS_MAX 48

/* A line of a plan, its words separated by tabs. `line` is taken apart in place and belongs to it. */
struct plan_line {
	char line[LINE_MAX_BYTES];
	char *words[WORDS_MAX + 1]; /* ends with NULL */
	size_t count;
};

/* Says what failed and ends the program with status 1: there is no measurement that may go on without a part. */
_Noreturn void sample_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* CLOCK_MONOTONIC. */
double sample_now(void);

/* This process and its children on one CPU: what they hand to each other stays where the cache is. */
void sample_pin(unsigned cpu);

/* The quantile (0 to 1) of values, which are sorted for it in a copy. 0 without values. */
double sample_quantile(const double *values, size_t count, double quantile);

/* 0 to count - 1, in random order. Seeded the same way in each run: what changes is the machine. */
void sample_shuffle(size_t *order, size_t count);

/* At least `least`; dies otherwise. */
size_t sample_number(const char *text, size_t least);

/* The next line of stdin with at least `least` words; false at the end. Empty lines are skipped. */
bool sample_plan(struct plan_line *to, size_t least);

#endif
