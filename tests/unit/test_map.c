/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "selftest/map.h"
#include "selftest/mount_api.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MARKER 3571
#define CANARY 3823

static struct map map; /* large */

/* Every name of the judge's table stands at its number in each ABI that has it, and nothing else has a name. */
static void test_names(void **state)
{
	static const char *const names[] = {
#define X(name, native, compat) #name,
#include "selftest/numbers_x86_64.inc"
#undef X
	};
	size_t expected = 0, found = 0;

	(void)state;
	map_begin(&map);
	for (int abi = 0; abi < ABI_COUNT; abi++) {
		for (size_t i = 0; i < COUNT(names); i++) {
			int64_t nr = numbers_of((enum abi)abi, names[i]);
			size_t at = (size_t)nr & ~(size_t)NUMBERS_X32_BIT;

			if (nr < 0)
				continue;
			expected++;
			assert_true(at < MAP_DENSE);
			assert_int_equal(map_number((enum abi)abi, at), nr);
			if (!map.calls[abi][at].name || strcmp(map.calls[abi][at].name, names[i]) != 0)
				fail_msg("%s %s: %zu has the name %s", numbers_abi_name((enum abi)abi), names[i], at,
				         map.calls[abi][at].name ? map.calls[abi][at].name : "(none)");
		}
		for (size_t i = 0; i < MAP_NUMBERS; i++)
			found += map.calls[abi][i].name != NULL;
	}
	assert_int_equal(found, expected);
	assert_true(expected > 1100);
}

static void test_begin(void **state)
{
	unsigned unfilterable = 0;

	(void)state;
	memset(&map, 0xff, sizeof map);
	map_begin(&map);
	for (int abi = 0; abi < ABI_COUNT; abi++)
		for (size_t i = 0; i < MAP_NUMBERS; i++) {
			if (map.calls[abi][i].answer == MAP_UNFILTERABLE)
				unfilterable++;
			else
				assert_int_equal(map.calls[abi][i].answer, MAP_UNKNOWN);
			assert_int_equal(map.calls[abi][i].by, MAP_BY_NOBODY);
		}
	assert_int_equal(unfilterable, 2);
	assert_int_equal(map.calls[ABI_NATIVE][335].answer, MAP_UNFILTERABLE);
	assert_int_equal(map.calls[ABI_NATIVE][336].answer, MAP_UNFILTERABLE);
	assert_int_equal(map.canary, 0);
}

static void test_numbers(void **state)
{
	(void)state;
	for (int abi = 0; abi < ABI_COUNT; abi++)
		for (size_t i = 0; i < MAP_NUMBERS; i++) {
			uint32_t nr = map_number((enum abi)abi, i);

			assert_int_equal((nr & NUMBERS_X32_BIT) != 0, abi == ABI_X32);
			if (i < MAP_DENSE)
				assert_int_equal(nr & ~NUMBERS_X32_BIT, i);
			if (i > 0)
				assert_true(nr > map_number((enum abi)abi, i - 1));
		}
}

static const struct {
	struct observed observed;
	bool certain;
	enum map_answer answer;
	uint16_t errnum;
} reads[] = {
    {{OBSERVED_NOTHING, 0}, true, MAP_UNKNOWN, 0},         {{OBSERVED_NOTHING, -MARKER}, true, MAP_UNKNOWN, 0},
    {{OBSERVED_DEATH, SIGSYS}, true, MAP_KILLED, 0},       {{OBSERVED_DEATH, SIGSYS}, false, MAP_KILLED, 0},
    {{OBSERVED_DEATH, SIGSEGV}, true, MAP_ABSENT, 0},      {{OBSERVED_DEATH, SIGILL}, true, MAP_ABSENT, 0},
    {{OBSERVED_RETURN, -MARKER}, true, MAP_OPEN, 0},       {{OBSERVED_RETURN, -MARKER}, false, MAP_UNKNOWN, 0},
    {{OBSERVED_RETURN, -EPERM}, true, MAP_ERRNO, EPERM},   {{OBSERVED_RETURN, -EPERM}, false, MAP_ERRNO, EPERM},
    {{OBSERVED_RETURN, -4095}, true, MAP_ERRNO, 4095},     {{OBSERVED_RETURN, 0}, true, MAP_ERRNO, 0},
    {{OBSERVED_RETURN, 1}, true, MAP_UNKNOWN, 0},          /* no filter's answer */
    {{OBSERVED_RETURN, -4096}, true, MAP_UNKNOWN, 0},      /* nor this */
    {{OBSERVED_RETURN, -CANARY}, true, MAP_ERRNO, CANARY}, /* one who denies with the canary's marker */
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct map_call call = {.name = "kept", .errnum = 77, .answer = MAP_ERRNO};

		map_read(&call, reads[i].observed, MARKER, reads[i].certain);
		if (call.answer != reads[i].answer || call.errnum != reads[i].errnum)
			fail_msg("row %zu: %d, errno %d", i, call.answer, call.errnum);
		assert_string_equal(call.name, "kept");
	}
}

enum { OPEN, DENIED, OTHERWISE, KILLED, NOTHING };

static const struct observed seen[] = {
    [OPEN] = {OBSERVED_RETURN, -MARKER}, [DENIED] = {OBSERVED_RETURN, -EPERM}, [OTHERWISE] = {OBSERVED_RETURN, -ENOSYS},
    [KILLED] = {OBSERVED_DEATH, SIGSYS}, [NOTHING] = {OBSERVED_NOTHING, 0},
};

static const struct {
	int zeros, ones;
	enum map_answer answer;
	uint16_t errnum;
	bool partly, by_ones;
} joins[] = {
    {OPEN, OPEN, MAP_OPEN, 0, false, false},
    {OPEN, DENIED, MAP_ERRNO, EPERM, true, true},
    {OPEN, KILLED, MAP_KILLED, 0, true, true},
    {OPEN, NOTHING, MAP_OPEN, 0, false, false},
    {DENIED, OPEN, MAP_ERRNO, EPERM, true, false},
    {DENIED, DENIED, MAP_ERRNO, EPERM, false, false},
    {DENIED, OTHERWISE, MAP_ERRNO, EPERM, false, false},
    {DENIED, KILLED, MAP_ERRNO, EPERM, false, false},
    {DENIED, NOTHING, MAP_ERRNO, EPERM, false, false},
    {NOTHING, DENIED, MAP_UNKNOWN, 0, false, false},
};

static void test_join(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(joins); i++) {
		struct map_call call = {.name = "kept"};
		bool by_ones;

		map_read(&call, seen[joins[i].zeros], MARKER, true);
		by_ones = map_join(&call, seen[joins[i].ones], MARKER, true);
		if (call.answer != joins[i].answer || call.errnum != joins[i].errnum ||
		    call.partly != joins[i].partly || by_ones != joins[i].by_ones)
			fail_msg("row %zu: %d, errno %d, partly %d, by ones %d", i, call.answer, call.errnum,
			         call.partly, by_ones);
		assert_string_equal(call.name, "kept");
	}
}

#define MOUNT 165
#define ACCT 163

static const struct {
	uint16_t canary;
	int filters;
	enum abi abi;
	uint32_t nr;
	enum map_answer answer;
	long came_back; /* with the canary's magic; 1: nothing */
	enum map_by by;
} blames[] = {
    {CANARY, 2, ABI_NATIVE, MOUNT, MAP_OPEN, -MARKER, MAP_BY_NOBODY},
    {CANARY, 2, ABI_NATIVE, MOUNT, MAP_UNKNOWN, 1, MAP_BY_NOBODY},
    {0, 2, ABI_NATIVE, MOUNT, MAP_ERRNO, -EPERM, MAP_BY_OUTER},
    {0, 1, ABI_NATIVE, ACCT, MAP_KILLED, 1, MAP_BY_OUTER},
    {0, -1, ABI_NATIVE, ACCT, MAP_ERRNO, 1, MAP_BY_OUTER},
    {CANARY, 2, ABI_NATIVE, ACCT, MAP_ERRNO, -EPERM, MAP_BY_DENYINIT},
    {CANARY, 2, ABI_NATIVE, ACCT, MAP_KILLED, 1, MAP_BY_DENYINIT},
    {CANARY, 3, ABI_NATIVE, MOUNT, MAP_ERRNO, -EPERM, MAP_BY_DENYINIT},
    {CANARY, 3, ABI_NATIVE, MOUNT, MAP_ERRNO, -CANARY, MAP_BY_OUTER},
    {CANARY, 3, ABI_NATIVE, MOUNT, MAP_ERRNO, 1, MAP_BY_EITHER},
    {CANARY, 3, ABI_NATIVE, MOUNT, MAP_KILLED, 1, MAP_BY_EITHER},
    {CANARY, 3, ABI_NATIVE, ACCT, MAP_ERRNO, -EPERM, MAP_BY_EITHER},
    {CANARY, 3, ABI_NATIVE, ACCT, MAP_ERRNO, -CANARY, MAP_BY_OUTER},
    {CANARY, -1, ABI_NATIVE, ACCT, MAP_ERRNO, -EPERM, MAP_BY_EITHER},
    {CANARY, -1, ABI_NATIVE, MOUNT, MAP_ERRNO, -EPERM, MAP_BY_DENYINIT},
    {CANARY, 3, ABI_X32, MOUNT, MAP_ERRNO, -EPERM, MAP_BY_EITHER},
    {CANARY, 3, ABI_X32, ACCT, MAP_ERRNO, -EPERM, MAP_BY_EITHER},
    {CANARY, 3, ABI_COMPAT, 21, MAP_ERRNO, -EPERM, MAP_BY_EITHER}, /* i386's mount */
    {CANARY, 3, ABI_COMPAT, MOUNT, MAP_ERRNO, -EPERM, MAP_BY_EITHER},
};

static void test_blame(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(blames); i++) {
		struct observed observed = {OBSERVED_RETURN, blames[i].came_back};

		if (blames[i].came_back == 1)
			observed = (struct observed){OBSERVED_NOTHING, 0};
		map_begin(&map);
		map.canary = blames[i].canary;
		map.filters = blames[i].filters;
		map.calls[blames[i].abi][blames[i].nr].answer = (uint8_t)blames[i].answer;
		if (map_blame(&map, blames[i].abi, blames[i].nr, observed) != blames[i].by)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names), cmocka_unit_test(test_begin), cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_read),  cmocka_unit_test(test_join),  cmocka_unit_test(test_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
