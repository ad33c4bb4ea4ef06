/* SPDX-License-Identifier: MIT */
/*
 * Calls that libseccomp 2.6.0 does not know (its table ends at 466, Linux 6.13). Source: the kernel's
 * scripts/syscall.tbl, Linux 7.3. From 424 on a call has one number for every ABI (but alpha, which adds 110).
 */
#include "init/names.h"

#include <string.h>

#if defined(__alpha__)
#error "alpha's numbers are 110 higher"
#endif

static const struct {
	char name[18];
	uint16_t number;
} newer[] = {
    {"open_tree_attr", 467}, {"file_getattr", 468},     {"file_setattr", 469},
    {"listns", 470},         {"rseq_slice_yield", 471}, {"fchroot", 472},
};

const char *names_newer_at(size_t i)
{
	return i < sizeof(newer) / sizeof(newer[0]) ? newer[i].name : NULL;
}

int names_newer_number(const char *name)
{
	const char *known;

	for (size_t i = 0; (known = names_newer_at(i)) != NULL; i++)
		if (strcmp(known, name) == 0)
			return newer[i].number;
	return -1;
}

const char *names_newer_name(uint32_t nr)
{
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		if (newer[i].number == nr)
			return newer[i].name;
	return NULL;
}
