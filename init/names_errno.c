/* SPDX-License-Identifier: MIT */
/* Errno names: names_errno.inc. x86, arm, riscv, s390, powerpc and loongarch share these numbers. */
#include "init/names.h"

#include <string.h>

#if defined(__alpha__) || defined(__mips__) || defined(__hppa__) || defined(__sparc__)
#error "this architecture has errno numbers of its own"
#endif

/* One string pool and offsets into it, as selftest/numbers.c: pointers would cost a relocation each. */
struct pool {
#define X(name, number) char s_##name[sizeof #name];
#include "init/names_errno.inc"
#undef X
};

static const struct pool pool = {
#define X(name, number) .s_##name = #name,
#include "init/names_errno.inc"
#undef X
};

static const struct row {
	uint16_t name;
	uint16_t number;
} rows[] = {
#define X(name, number) {offsetof(struct pool, s_##name), number},
#include "init/names_errno.inc"
#undef X
};

const char *names_errno_at(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? (const char *)&pool + rows[i].name : NULL;
}

unsigned names_errno(const char *name)
{
	const char *known;

	for (size_t i = 0; (known = names_errno_at(i)) != NULL; i++)
		if (strcmp(known, name) == 0)
			return rows[i].number;
	return 0;
}

const char *names_of_errno(unsigned errnum)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == errnum)
			return names_errno_at(i);
	return NULL;
}
