/* SPDX-License-Identifier: MIT */
#include "selftest/mount_api.h"

/*
 * Numbers written out by hand, native and compat, from the kernel's tables (syscall_64.tbl, syscall_32.tbl and their
 * like of each architecture): tests compare them with the generated tables, so that a slip in either is seen. umount is
 * the old call, with one argument. From 424 on a call has one number everywhere; open_tree_attr came with Linux 6.15.
 */
#if defined(__x86_64__)
#define MOUNT 165, 21
#define UMOUNT2 166, 52
#define PIVOT_ROOT 155, 217
#define UMOUNT -1, 22
#elif defined(__aarch64__) /* with arm */
#define MOUNT 40, 21
#define UMOUNT2 39, 52
#define PIVOT_ROOT 41, 218
#define UMOUNT -1, -1
#elif defined(__arm__)
#define MOUNT 21, -1
#define UMOUNT2 52, -1
#define PIVOT_ROOT 218, -1
#define UMOUNT -1, -1
#elif defined(__i386__)
#define MOUNT 21, -1
#define UMOUNT2 52, -1
#define PIVOT_ROOT 217, -1
#define UMOUNT 22, -1
#elif defined(__riscv)
#define MOUNT 40, 40
#define UMOUNT2 39, 39
#define PIVOT_ROOT 41, 41
#define UMOUNT -1, -1
#elif defined(__s390x__)
#define MOUNT 21, 21
#define UMOUNT2 52, 52
#define PIVOT_ROOT 217, 217
#define UMOUNT 22, 22
#elif defined(__powerpc64__)
#define MOUNT 21, -1
#define UMOUNT2 52, -1
#define PIVOT_ROOT 203, -1
#define UMOUNT 22, -1
#endif

#if ABI_COUNT > 1
#define EVERYWHERE(number) (number), (number)
#else
#define EVERYWHERE(number) (number), -1
#endif

const struct mount_call mount_api[MOUNT_API_ROWS] = {
    {"mount", MOUNT},
    {"umount2", UMOUNT2},
    {"pivot_root", PIVOT_ROOT},
    {"open_tree", EVERYWHERE(428)},
    {"move_mount", EVERYWHERE(429)},
    {"fsopen", EVERYWHERE(430)},
    {"fsconfig", EVERYWHERE(431)},
    {"fsmount", EVERYWHERE(432)},
    {"fspick", EVERYWHERE(433)},
    {"mount_setattr", EVERYWHERE(442)},
    {"open_tree_attr", EVERYWHERE(467)},
    {"umount", UMOUNT},
};

int64_t mount_api_number(enum abi abi, size_t row)
{
	int16_t number = abi == ABI_COMPAT ? mount_api[row].compat : mount_api[row].native;

	if (number < 0)
		return -1;
	return abi == ABI_X32 ? (int64_t)((uint32_t)number | NUMBERS_X32_BIT) : number;
}
