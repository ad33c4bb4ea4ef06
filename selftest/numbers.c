/* SPDX-License-Identifier: MIT */
#include "selftest/numbers.h"

#include <stddef.h>
#include <string.h>

/*
 * The names stand in one string pool and rows hold offsets into it: a table of pointers would cost a relocation each
 * in a position-independent program, that is, written pages at every start.
 */
struct pool {
#define X(name, native, compat) char s_##name[sizeof #name];
#include MACHINE_NUMBERS
#undef X
};

static const struct pool pool = {
#define X(name, native, compat) .s_##name = #name,
#include MACHINE_NUMBERS
#undef X
};

static const struct row {
	uint16_t name;
	MACHINE_NUMBER native;
	MACHINE_NUMBER compat;
} rows[] = {
#define X(name, native, compat) {offsetof(struct pool, s_##name), native, compat},
#include MACHINE_NUMBERS
#undef X
};

#define ROWS (sizeof rows / sizeof *rows)

#define X(name, native, compat) \
	_Static_assert((MACHINE_NUMBER)(native) == (native) && (MACHINE_NUMBER)(compat) == (compat), #name);
#include MACHINE_NUMBERS
#undef X

_Static_assert(sizeof pool <= UINT16_MAX, "offsets into the pool do not fit");

static const struct {
	const char name[8];
	uint32_t arch;
} abis[ABI_COUNT] = {
    [ABI_NATIVE] = {MACHINE_NAME, MACHINE_AUDIT},
#ifdef MACHINE_COMPAT_NAME
    [ABI_COMPAT] = {MACHINE_COMPAT_NAME, MACHINE_COMPAT_AUDIT},
#endif
#ifdef MACHINE_X32
    [ABI_X32] = {"x32", AUDIT_ARCH_X86_64},
#endif
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

#ifdef MACHINE_X32
enum row_index {
#define X(name, native, compat) ROW_##name,
#include MACHINE_NUMBERS
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

static int64_t number_on_x32(size_t row)
{
	int16_t number = rows[row].native;

	for (size_t i = 0; i < sizeof x32_exceptions / sizeof *x32_exceptions; i++)
		if (x32_exceptions[i].row == row)
			number = x32_exceptions[i].number;
	return number < 0 ? -1 : (int64_t)((uint32_t)number | NUMBERS_X32_BIT);
}
#else
static int64_t number_on_x32(size_t row)
{
	(void)row;
	return -1;
}
#endif

int64_t numbers_of(enum abi abi, const char *name)
{
	size_t low = 0;
	size_t high = ROWS;

	while (low < high) { /* sorted by name: gen-numbers.sh */
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, row_name(&rows[middle]));

		if (order == 0)
			return abi == ABI_NATIVE   ? rows[middle].native
			       : abi == ABI_COMPAT ? rows[middle].compat
			                           : number_on_x32(middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const char *numbers_native_name(uint32_t nr)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].native >= 0 && (uint32_t)rows[i].native == nr)
			return row_name(&rows[i]);
	return NULL;
}

const char *numbers_name(size_t i)
{
	return i < ROWS ? row_name(&rows[i]) : NULL;
}
