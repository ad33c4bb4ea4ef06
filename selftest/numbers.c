/* SPDX-License-Identifier: MIT */
#include "selftest/numbers.h"

#include <linux/audit.h>
#include <stddef.h>
#include <string.h>

#if !defined(__x86_64__) || defined(__ILP32__)
#error "denyinit has tables and probes for x86_64 only in this release"
#endif

/*
 * The names stand in one string pool and rows hold offsets into it: a table of pointers would cost a relocation each
 * in a position-independent program, that is, written pages at every start.
 */
struct pool {
#define X(name, native, i386) char s_##name[sizeof #name];
#include "selftest/numbers.inc"
#undef X
};

static const struct pool pool = {
#define X(name, native, i386) .s_##name = #name,
#include "selftest/numbers.inc"
#undef X
};

static const struct row {
	uint16_t name;
	int16_t native;
	int16_t i386;
} rows[] = {
#define X(name, native, i386) {offsetof(struct pool, s_##name), native, i386},
#include "selftest/numbers.inc"
#undef X
};

enum row_index {
#define X(name, native, i386) ROW_##name,
#include "selftest/numbers.inc"
#undef X
};

static const struct {
	uint16_t row;
	int16_t number;
} x32_exceptions[] = {
#define X(name, x32) {ROW_##name, x32},
#include "selftest/numbers_x32.inc"
#undef X
};

_Static_assert(sizeof pool <= UINT16_MAX, "offsets into the pool do not fit");

static const struct {
	const char name[8];
	uint32_t arch;
} abis[ABI_COUNT] = {
    [ABI_NATIVE] = {"x86_64", AUDIT_ARCH_X86_64},
    [ABI_I386] = {"i386", AUDIT_ARCH_I386},
    [ABI_X32] = {"x32", AUDIT_ARCH_X86_64},
};

const char *numbers_abi_name(enum abi abi)
{
	return abis[abi].name;
}

uint32_t numbers_abi_arch(enum abi abi)
{
	return abis[abi].arch;
}

static const char *row_name(const struct row *row)
{
	return (const char *)&pool + row->name;
}

static int64_t number_of_row(enum abi abi, size_t row)
{
	int16_t number = rows[row].native;

	if (abi == ABI_I386)
		return rows[row].i386;
	if (abi == ABI_NATIVE)
		return number;
	for (size_t i = 0; i < sizeof x32_exceptions / sizeof *x32_exceptions; i++)
		if (x32_exceptions[i].row == row)
			number = x32_exceptions[i].number;
	return number < 0 ? -1 : (int64_t)((uint32_t)number | NUMBERS_X32_BIT);
}

int64_t numbers_of(enum abi abi, const char *name)
{
	size_t low = 0;
	size_t high = sizeof rows / sizeof *rows;

	while (low < high) { /* sorted by name: gen-numbers.sh */
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, row_name(&rows[middle]));

		if (order == 0)
			return number_of_row(abi, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const char *numbers_native_name(uint32_t nr)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].native >= 0 && (uint32_t)rows[i].native == nr)
			return row_name(&rows[i]);
	return NULL;
}
