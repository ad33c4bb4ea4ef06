/* SPDX-License-Identifier: MIT */
/*
 * calls: the mount API's numbers as the live tests' own programs use them; from the kernel's tables, not from those of
 * the programs under test.
 */
#ifndef TESTS_LIVE_CALLS_H
#define TESTS_LIVE_CALLS_H

#include <sys/syscall.h>

/* GNU C for that machine takes it for a 1. */
#undef i386

/* powerpc's header knows a number of it that its 64-bit kernel has no call for. */
#if defined(SYS_umount) && !defined(__powerpc64__)
#define NATIVE_UMOUNT SYS_umount
#else
#define NATIVE_UMOUNT (-1)
#endif

enum call {
	CALL_MOUNT,
	CALL_UMOUNT2,
	CALL_PIVOT_ROOT,
	CALL_OPEN_TREE,
	CALL_MOVE_MOUNT,
	CALL_FSOPEN,
	CALL_FSCONFIG,
	CALL_FSMOUNT,
	CALL_FSPICK,
	CALL_MOUNT_SETATTR,
	CALL_OPEN_TREE_ATTR,
	CALL_UMOUNT, /* without flags: i386, s390x */
	CALL_COUNT,
};

struct call_row {
	const char *name;
	int native; /* -1: the ABI does not have it; x32 has the same numbers with its bit */
	int i386;
};

static const struct call_row call_table[CALL_COUNT] = {
    [CALL_MOUNT] = {"mount", SYS_mount, 21},
    [CALL_UMOUNT2] = {"umount2", SYS_umount2, 52},
    [CALL_PIVOT_ROOT] = {"pivot_root", SYS_pivot_root, 217},
    [CALL_OPEN_TREE] = {"open_tree", 428, 428},
    [CALL_MOVE_MOUNT] = {"move_mount", 429, 429},
    [CALL_FSOPEN] = {"fsopen", 430, 430},
    [CALL_FSCONFIG] = {"fsconfig", 431, 431},
    [CALL_FSMOUNT] = {"fsmount", 432, 432},
    [CALL_FSPICK] = {"fspick", 433, 433},
    [CALL_MOUNT_SETATTR] = {"mount_setattr", 442, 442},
    [CALL_OPEN_TREE_ATTR] = {"open_tree_attr", 467, 467},
    [CALL_UMOUNT] = {"umount", NATIVE_UMOUNT, 22},
};

#define X32_BIT 0x40000000

#endif
