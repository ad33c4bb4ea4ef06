/* SPDX-License-Identifier: MIT */
#include "init/registers.h"

#include <string.h>

#include "init/arch.h"
#include "init/conditions.h"
#include "init/words.h"

/*
 * Where the 32-bit ABI has the native call's arguments, a call and its shape in turn. A shape is for each of those, in
 * order, the register with its lower half, and the same or another one with the upper half; '.': nowhere. Behind the last
 * one as natively: the whole string is short. Calls that are not here, nor among nowhere, have them all as natively.
 */
static const char compat_shapes[] =
#if ARCH_PAIRS == 1     /* i386: arch/x86/kernel/sys_ia32.c has the ia32_ ones, fs/ and kernel/ the compat_ ones */
    "pread64 00112234 " /* ia32_pread64(fd, buf, count, poslo, poshi) */
    "pwrite64 00112234 "
    "readahead 001233 "   /* (fd, off_lo, off_hi, count) */
    "fadvise64 00123344 " /* (fd, offset_lo, offset_hi, len, advice) */
    "fadvise64_64 00123455 "
    "sync_file_range 00123455 "
    "fallocate 00112345 "
    "truncate64 0012 "
    "ftruncate64 0012 "
    "_llseek 002144 "    /* (fd, offset_high, offset_low, result, whence) */
    "preadv 00112234.. " /* (fd, vec, vlen, pos_low, pos_high); the native pos_h has no effect */
    "pwritev 00112234.. "
    "preadv2 00112234..55 "
    "pwritev2 00112234..55 "
    "fanotify_mark 0011234455 " /* (fd, flags, mask0, mask1, dfd, pathname) */
    "lookup_dcookie 012233 "
    "clone 0011224433 " /* CONFIG_CLONE_BACKWARDS: tls before child_tidptr */
    "statfs64 0022 "    /* a size before the buffer */
    "fstatfs64 0022 "
    "mmap2 0011223344.. " /* the offset is in pages */
    "waitpid 001122.. "
    "sigaction 001122.. "
    "sigprocmask 001122.. "
    "readdir 0011.. " /* old_readdir(): one entry, whatever the count */
#else /* arm: arch/arm64/kernel/sys32.c has the compat_sys_aarch32_ ones. A pair begins with an even register. */
    "pread64 00112245 " /* (fd, buf, count, pad, pos_lo, pos_hi) */
    "pwrite64 00112245 "
    "readahead 002344 "          /* (fd, pad, off_lo, off_hi, count) */
    "arm_fadvise64_64 00234511 " /* (fd, advice, offset_lo, offset_hi, len_lo, len_hi) */
    "arm_sync_file_range 00234511 "
    "fallocate 00112345 "
    "truncate64 0023 "
    "ftruncate64 0023 "
    "_llseek 002144 "
    "preadv 00112234.. "
    "pwritev 00112234.. "
    "preadv2 00112234..55 "
    "pwritev2 00112234..55 "
    "fanotify_mark 0011234455 "
    "lookup_dcookie 012233 "
    "statfs64 0022 "
    "fstatfs64 0022 "
    "mmap2 0011223344.. " /* the offset is in units of 4 KiB */
    "send 00112233.... "
    "recv 00112233.... "
    "sigaction 001122.. "
    "sigprocmask 001122.. "
#endif
    "umount 00.......... "
    "signal 00.......... ";

/* Calls that have none of the native call's arguments where a filter sees them. */
static const char nowhere[] =
#if ARCH_PAIRS == 1
    "mmap select " /* one structure in memory */
#endif
    /* 16 bits of a register count (old_uid_t), and ~0 of them is -1: nobody needs that told apart. */
    "chown fchown lchown setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid "
    /* Other arguments. */
    "sigpending sigsuspend ssetmask sgetmask stime nice";

/* x32's own preadv2 and pwritev2 have the offset in one register (compat_sys_preadv64v2, fs/read_write.c). */
static const char x32_shapes[] = "preadv2 00112233..44 pwritev2 00112233..44";

#define CALL_SIZE 21  /* of the longest name there, and a NUL */
#define SHAPE_SIZE 13 /* of two for each of six arguments, and a NUL */

#define HIGHEST_WITH_SIGN UINT64_C(0xffffffff80000000) /* from here on: what 32 bits with a sign become on 64 */
#define SIGN UINT32_C(0x80000000)

/* Of a set of values those that 32 bits can mean, as unsigned or with a sign; sorted, without repeats. */
static void narrow_values(struct moved *moved)
{
	size_t count = 0;

	for (size_t i = 0; i < moved->count; i++) {
		const uint64_t value = moved->values[i];
		size_t place = count;

		if (value > UINT32_MAX && value < HIGHEST_WITH_SIGN)
			continue;
		while (place > 0 && moved->values[place - 1] > (uint32_t)value)
			place--;
		if (place > 0 && moved->values[place - 1] == (uint32_t)value)
			continue;
		memmove(&moved->values[place + 1], &moved->values[place], (count - place) * sizeof(moved->values[0]));
		moved->values[place] = (uint32_t)value;
		count++;
	}
	moved->count = count;
}

/*
 * A test of a 64-bit argument to one of the 32 bits that this ABI has for it. The kernel may take those as unsigned or
 * with a sign: it holds if it would for one of the two. (Equality with what has both meanings is meant.)
 */
static enum becomes narrow(struct moved *moved)
{
	const uint64_t value = moved->values[0];

	moved->condition.wide = false;
	switch (moved->condition.test) {
	case TEST_IN: narrow_values(moved); return moved->count > 0 ? BECOMES_TEST : BECOMES_FALSE;
	case TEST_NOT_IN: narrow_values(moved); return moved->count > 0 ? BECOMES_TEST : BECOMES_TRUE;
	case TEST_LESS: return value > UINT32_MAX ? BECOMES_TRUE : BECOMES_TEST;
	case TEST_LESS_EQUAL: return value >= UINT32_MAX ? BECOMES_TRUE : BECOMES_TEST;
	case TEST_GREATER:
	case TEST_GREATER_EQUAL:
		if (value >= HIGHEST_WITH_SIGN)
			moved->values[0] = (uint32_t)value;
		else if (value >= SIGN) /* what has a sign is greater */
			moved->values[0] = moved->condition.test == TEST_GREATER ? SIGN - 1 : SIGN;
		return BECOMES_TEST;
	case TEST_ANY_BIT: moved->values[0] = (uint32_t)value | (value > UINT32_MAX ? SIGN : 0); return BECOMES_TEST;
	case TEST_MASKED_IN: break;
	}
	return BECOMES_TRUE; /* cannot be; denies more */
}

/* "": all as natively. */
static void find_shape(const char *shapes, const char *call, char shape[SHAPE_SIZE])
{
	char name[CALL_SIZE];

	while (words_next(&shapes, name, sizeof(name)) && words_next(&shapes, shape, SHAPE_SIZE))
		if (strcmp(name, call) == 0)
			return;
	shape[0] = '\0';
}

bool registers_take(const struct policy *policy, const struct condition *condition, struct moved *moved)
{
	moved->condition = *condition;
	moved->count = condition->count;
	if (moved->count > sizeof(moved->values) / sizeof(moved->values[0]))
		return false;
	memcpy(moved->values, conditions_values(policy, condition), moved->count * sizeof(moved->values[0]));
	return true;
}

enum becomes registers_move(struct moved *moved, const char *call, enum other_abi abi)
{
	const size_t place = 2 * (size_t)moved->condition.arg;
	char registers[SHAPE_SIZE];

	/* Of x32's own calls most are compat_ ones, which look at 32 bits: what is above those would hide a value. */
	if (abi == OTHER_X32 && moved->condition.wide)
		return BECOMES_TRUE;
	if (abi == OTHER_COMPAT && words_place(nowhere, call) >= 0)
		return BECOMES_TRUE;
	find_shape(abi == OTHER_COMPAT ? compat_shapes : x32_shapes, call, registers);
	if (strlen(registers) > place) {
		if (registers[place] == '.')
			return BECOMES_TRUE;
		moved->condition.arg = (uint8_t)(registers[place] - '0');
		moved->condition.upper = (uint8_t)(registers[place + 1] - '0');
	}
	if (!moved->condition.wide)
		moved->condition.upper = moved->condition.arg;
	else if (moved->condition.upper == moved->condition.arg)
		return narrow(moved);
	return BECOMES_TEST;
}
