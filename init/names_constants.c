/* SPDX-License-Identifier: MIT */
/*
 * Constants for conditions: names_constants.inc, written out so that a build does not depend on how new the machine's
 * headers are; a unit test compares it with those. Not in it: enumerations in disguise (SOCK_RAW is 3, and `type & 3`
 * is true of every socket), which want `==`.
 */
#include "init/names.h"

#include <string.h>

#if !defined(__x86_64__) && !defined(__riscv)
#error "O_DIRECTORY and its neighbours have other values here"
#endif

/* One string pool and offsets into it, as selftest/numbers.c: pointers would cost a relocation each. */
struct pool {
#define X(name, number) char s_##name[sizeof #name];
#include "init/names_constants.inc"
#undef X
};

static const struct pool pool = {
#define X(name, number) .s_##name = #name,
#include "init/names_constants.inc"
#undef X
};

/* Two tables, so that no row is padded. */
static const uint16_t offsets[] = {
#define X(name, value) offsetof(struct pool, s_##name),
#include "init/names_constants.inc"
#undef X
};

static const uint64_t values[] = {
#define X(name, value) value,
#include "init/names_constants.inc"
#undef X
};

const char *names_constant_at(size_t i)
{
	return i < sizeof(offsets) / sizeof(offsets[0]) ? (const char *)&pool + offsets[i] : NULL;
}

bool names_constant(const char *name, uint64_t *value)
{
	const char *known;

	for (size_t i = 0; (known = names_constant_at(i)) != NULL; i++) {
		if (strcmp(known, name) == 0) {
			*value = values[i];
			return true;
		}
	}
	return false;
}
