/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>

#include "selftest/mount_api.h"
#include "selftest/numbers.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
	const char *name;
	int64_t native, compat;
} all[] = {
#define X(name, native, compat) {#name, native, compat},
#include "selftest/numbers_x86_64.inc"
#undef X
};

static const struct {
	const char *name;
	int64_t number; /* without the bit */
} x32[] = {
#define X(name, number) {#name, number},
#include "selftest/numbers_x32.inc"
#undef X
};

static int64_t number(enum abi abi, size_t row)
{
	int64_t of_x32 = all[row].native;

	if (abi != ABI_X32)
		return abi == ABI_COMPAT ? all[row].compat : all[row].native;
	for (size_t i = 0; i < COUNT(x32); i++)
		if (strcmp(x32[i].name, all[row].name) == 0)
			of_x32 = x32[i].number;
	return of_x32 < 0 ? -1 : of_x32 + 0x40000000;
}

static void test_every_row(void **state)
{
	(void)state;
	assert_true(COUNT(all) >= 473);
	for (size_t i = 0; i < COUNT(all); i++) {
		if (i > 0 && strcmp(all[i - 1].name, all[i].name) >= 0)
			fail_msg("%s is not sorted", all[i].name);
		for (int abi = 0; abi < ABI_COUNT; abi++)
			if (numbers_of((enum abi)abi, all[i].name) != number((enum abi)abi, i))
				fail_msg("%s of %s", all[i].name, numbers_abi_name((enum abi)abi));
		if (all[i].native >= 0)
			assert_string_equal(numbers_native_name((uint32_t)all[i].native), all[i].name);
	}
}

/* No number twice, none of the native ones left out below the ones of which the kernel has none (387 to 423). */
static void test_numbers_are_distinct(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t k = 0; k < i; k++)
			for (int abi = 0; abi < ABI_COUNT; abi++)
				if (number((enum abi)abi, i) >= 0 &&
				    number((enum abi)abi, i) == number((enum abi)abi, k))
					fail_msg("%s and %s", all[i].name, all[k].name);
	for (uint32_t nr = 0; nr <= 472; nr++)
		if (nr <= 336 || nr >= 424)
			assert_non_null(numbers_native_name(nr));
}

static void test_missing(void **state)
{
	static const char *const missing[] = {"",        "_",      "A",       "zzz",          "mount2", "moun",
	                                      "writev2", "write_", "umount3", "open_tree_at", "read ",  "_llsee"};

	(void)state;
	for (size_t i = 0; i < COUNT(missing); i++)
		for (int abi = 0; abi < ABI_COUNT; abi++)
			assert_int_equal(numbers_of((enum abi)abi, missing[i]), -1);
	assert_null(numbers_native_name(400));
	assert_null(numbers_native_name(473));
	assert_null(numbers_native_name(UINT32_MAX));
	assert_null(numbers_native_name(NUMBERS_X32_BIT + 165));
}

/* From the manual page syscalls(2) and the kernel's tables, by hand: what there is of each kind. */
static const struct {
	const char *name;
	int64_t native, i386, x32;
} known[] = {
    {"_llseek", -1, 140, -1},
    {"writev", 20, 146, 0x40000000 + 516},
    {"read", 0, 3, 0x40000000},
    {"restart_syscall", 219, 0, 0x40000000 + 219},
    {"mount", 165, 21, 0x40000000 + 165},
    {"umount", -1, 22, -1},
    {"umount2", 166, 52, 0x40000000 + 166},
    {"chroot", 161, 61, 0x40000000 + 161},
    {"unshare", 272, 310, 0x40000000 + 272},
    {"setns", 308, 346, 0x40000000 + 308},
    {"execve", 59, 11, 0x40000000 + 520},
    {"ptrace", 101, 26, 0x40000000 + 521},
    {"uselib", 134, 86, -1},
    {"socketcall", -1, 102, -1},
    {"uretprobe", 335, -1, 0x40000000 + 335},
    {"seccomp", 317, 354, 0x40000000 + 317},
    {"open_tree_attr", 467, 467, 0x40000000 + 467},
};

static void test_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		assert_int_equal(numbers_of(ABI_NATIVE, known[i].name), known[i].native);
		assert_int_equal(numbers_of(ABI_COMPAT, known[i].name), known[i].i386);
		assert_int_equal(numbers_of(ABI_X32, known[i].name), known[i].x32);
	}
}

static void test_abis(void **state)
{
	(void)state;
	assert_string_equal(numbers_abi_name(ABI_NATIVE), "x86_64");
	assert_string_equal(numbers_abi_name(ABI_COMPAT), "i386");
	assert_string_equal(numbers_abi_name(ABI_X32), "x32");
	assert_int_equal(numbers_abi_arch(ABI_NATIVE), AUDIT_ARCH_X86_64);
	assert_int_equal(numbers_abi_arch(ABI_X32), AUDIT_ARCH_X86_64);
	assert_int_equal(numbers_abi_arch(ABI_COMPAT), AUDIT_ARCH_I386);
}

static void test_mount_api(void **state)
{
	size_t native = 0;

	(void)state;
	for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
		for (int abi = 0; abi < ABI_COUNT; abi++)
			if (mount_api_number((enum abi)abi, row) != numbers_of((enum abi)abi, mount_api[row].name))
				fail_msg("%s of %s", mount_api[row].name, numbers_abi_name((enum abi)abi));
		native += mount_api_number(ABI_NATIVE, row) >= 0;
		for (size_t other = 0; other < row; other++)
			assert_string_not_equal(mount_api[row].name, mount_api[other].name);
	}
	assert_int_equal(native, MOUNT_API_NATIVE);
}

/* One line "#define __NR_name number", or of x32 "... (__X32_SYSCALL_BIT + number)". */
static bool read_definition(const char *line, char name[128], int64_t *number_read)
{
	static const char bit[] = "(__X32_SYSCALL_BIT + ";
	const char *number_at;
	char *end;
	int at = 0;

	if (sscanf(line, "#define __NR_%127s %n", name, &at) != 1 || at == 0)
		return false;
	number_at = line + at;
	*number_read = 0;
	if (strncmp(number_at, bit, sizeof bit - 1) == 0) {
		number_at += sizeof bit - 1;
		*number_read = 0x40000000;
	}
	*number_read += strtoll(number_at, &end, 10);
	return end > number_at;
}

/*
 * The headers of the machine that runs this, older or newer than the table: a number once given stays. A name that the
 * table does not know has to be newer than all of its own.
 */
static bool compare_with_header(enum abi abi, const char *file)
{
	static const char *const folders[] = {"/usr/include/x86_64-linux-gnu/asm", "/usr/include/asm"};
	char path[128], line[256], name[128];
	FILE *header = NULL;
	int64_t theirs;
	size_t compared = 0;

	for (size_t i = 0; i < COUNT(folders) && !header; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folders[i], file);
		header = fopen(path, "re");
	}
	if (!header)
		return false;
	while (fgets(line, sizeof line, header)) {
		int64_t ours;

		if (!read_definition(line, name, &theirs))
			continue;
		ours = numbers_of(abi, name);
		if (ours != theirs && !(ours == -1 && theirs % 0x40000000 > 472))
			fail_msg("%s: %s is %lld", file, name, (long long)theirs);
		compared++;
	}
	assert_int_equal(fclose(header), 0);
	assert_true(compared > 300);
	return true;
}

static void test_headers(void **state)
{
	(void)state;
	if (!compare_with_header(ABI_NATIVE, "unistd_64.h") || !compare_with_header(ABI_COMPAT, "unistd_32.h") ||
	    !compare_with_header(ABI_X32, "unistd_x32.h"))
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_row), cmocka_unit_test(test_numbers_are_distinct),
	    cmocka_unit_test(test_missing),   cmocka_unit_test(test_known),
	    cmocka_unit_test(test_abis),      cmocka_unit_test(test_mount_api),
	    cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
