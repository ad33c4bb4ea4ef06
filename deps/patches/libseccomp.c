/* SPDX-License-Identifier: MIT */
/* Takes the place of libseccomp's src/syscalls.perf.c: see the script beside this file, which makes calls.inc. */

#include <seccomp.h>
#include <string.h>

#include "syscalls.h"

#pragma GCC diagnostic error "-Woverflow" /* a pseudo number that does not fit */
#include "calls.inc"

#define ROWS (sizeof rows / sizeof *rows)

static const struct row *find(const char *name)
{
	size_t low = 0, high = ROWS;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, names + rows[middle].name);

		if (order == 0)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

#define INDEXED 512 /* numbers below have their row in an index, the few others are searched for */

/* From the end: libseccomp has the same pseudo number for switch_endian and sys_debug_setcontext, and names the latter. */
static const struct row *search_number(int number, int column)
{
	for (size_t i = ROWS; i > 0; i--)
		if (rows[i - 1].numbers[column] == number)
			return &rows[i - 1];
	return NULL;
}

static const struct row *find_number(int number, int column)
{
	static unsigned short places[SYSTBL_COLUMNS][INDEXED]; /* from 1; 0: no call has the number */
	static unsigned char is_made[SYSTBL_COLUMNS];

	if (number < 0 || number >= INDEXED)
		return search_number(number, column);
	for (size_t i = 0; i < ROWS && !is_made[column]; i++)
		if (rows[i].numbers[column] >= 0 && rows[i].numbers[column] < INDEXED)
			places[column][rows[i].numbers[column]] = (unsigned short)(i + 1);
	is_made[column] = 1;
	return places[column][number] ? &rows[places[column][number] - 1] : NULL;
}

int syscall_resolve_name(const char *name, int column)
{
	const struct row *row = find(name);

	return row ? row->numbers[column] : __NR_SCMP_ERROR;
}

const char *syscall_resolve_num(int number, int column)
{
	const struct row *row = find_number(number, column);

	return row ? names + row->name : NULL;
}

enum scmp_kver syscall_resolve_name_kver(const char *name, int column)
{
	(void)column;
	return find(name) ? SCMP_KV_UNDEF : __SCMP_KV_NULL;
}

enum scmp_kver syscall_resolve_num_kver(int number, int column, int kver_column)
{
	(void)kver_column;
	return find_number(number, column) ? SCMP_KV_UNDEF : __SCMP_KV_NULL;
}

/* For libseccomp's own tests only. */
const struct arch_syscall_def *syscall_iterate(unsigned int spot, int column)
{
	static struct arch_syscall_def call;

	call.name = spot < ROWS ? names + rows[spot].name : NULL;
	call.num = (unsigned int)(spot < ROWS ? rows[spot].numbers[column] : __NR_SCMP_ERROR);
	return &call;
}
