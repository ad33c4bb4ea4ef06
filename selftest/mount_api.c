/* SPDX-License-Identifier: MIT */
#include "selftest/mount_api.h"

/*
 * Numbers written out by hand from the kernel's syscall_64.tbl and syscall_32.tbl: a unit test compares them with the
 * generated table, so that a slip in either is seen. open_tree_attr came with Linux 6.15.
 */
const struct mount_call mount_api[MOUNT_API_ROWS] = {
    {"mount", 165, 21},           {"umount2", 166, 52},
    {"pivot_root", 155, 217},     {"open_tree", 428, 428},
    {"move_mount", 429, 429},     {"fsopen", 430, 430},
    {"fsconfig", 431, 431},       {"fsmount", 432, 432},
    {"fspick", 433, 433},         {"mount_setattr", 442, 442},
    {"open_tree_attr", 467, 467}, {"umount", -1, 22}, /* i386 has the old call with one argument besides */
};

int64_t mount_api_number(enum abi abi, size_t row)
{
	int16_t number = abi == ABI_I386 ? mount_api[row].i386 : mount_api[row].native;

	if (number < 0)
		return -1;
	return abi == ABI_X32 ? (int64_t)((uint32_t)number | NUMBERS_X32_BIT) : number;
}
