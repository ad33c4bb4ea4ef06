/* SPDX-License-Identifier: MIT */
/* Errno names: names_errno.inc. x86, arm, riscv, s390, powerpc and loongarch share these numbers. */
#include "init/names.h"

#include <string.h>

#if defined(__alpha__) || defined(__mips__) || defined(__hppa__) || defined(__sparc__)
#error "this architecture has errno numbers of its own"
#endif

/* Without places: whoever wants a name goes through those before it, and most want one of the first. */
static const char names[] =
#define X(name, number) #name "\0"
#include "init/names_errno.inc"
#undef X
    ;

static const uint8_t numbers[] = {
#define X(name, number) number,
#include "init/names_errno.inc"
#undef X
};

#define NAMES sizeof(numbers)

const char *names_errno_at(size_t i)
{
	const char *name = names;

	if (i >= NAMES)
		return NULL;
	for (; i > 0; i--)
		name += strlen(name) + 1;
	return name;
}

unsigned names_errno(const char *name)
{
	const char *known = names;

	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(known, name) == 0)
			return numbers[i];
		known += strlen(known) + 1;
	}
	return 0;
}

const char *names_of_errno(unsigned errnum)
{
	for (size_t i = 0; i < NAMES; i++)
		if (numbers[i] == errnum)
			return names_errno_at(i);
	return NULL;
}
