/* SPDX-License-Identifier: MIT */
/*
 * mount_api: every call that changes the mount tree, with its number on each ABI. An invariant of the judge: no policy
 * and no option changes it. (statmount and listmount only read; chroot changes no mount.)
 */
#ifndef SELFTEST_MOUNT_API_H
#define SELFTEST_MOUNT_API_H

#include <stddef.h>
#include <stdint.h>

#include "selftest/numbers.h"

struct mount_call {
	char name[16];
	int16_t native; /* -1: the ABI does not have it */
	int16_t compat;
};

#define MOUNT_API_ROWS 12u /* of all ABIs together */

/* Of the native one: these have umount besides (ppc64le: a number that the kernel has no code for). */
#if defined(__i386__) || defined(__s390x__) || defined(__powerpc64__)
#define MOUNT_API_NATIVE 12u
#else
#define MOUNT_API_NATIVE 11u
#endif

extern const struct mount_call mount_api[MOUNT_API_ROWS];

/* As numbers_of(), from this table alone; row < MOUNT_API_ROWS. */
int64_t mount_api_number(enum abi abi, size_t row);

#endif
