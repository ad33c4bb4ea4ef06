/* SPDX-License-Identifier: MIT */
/* Every call's number, by name: the judge's table. */
#ifndef TESTS_LIVE_DOORS_NUMBERS_H
#define TESTS_LIVE_DOORS_NUMBERS_H

#include <string.h>

static const struct {
	const char *name;
	int native;
} numbers[] = {
#define X(name, native, i386) {#name, native},
#include "../../selftest/numbers_x86_64.inc"
#undef X
};

/* -1: this ABI has no such call. */
static long number_of(const char *name)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(numbers[i].name, name) == 0)
			return numbers[i].native;
	return -1;
}

#endif
