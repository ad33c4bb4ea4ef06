/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "selftest/map_report.h"

static struct map map; /* large */
static char *text;
static size_t length;

/* All numbers of all ABIs get the same. */
static void all(enum map_answer answer, enum map_by by)
{
	map_begin(&map);
	for (int abi = 0; abi < ABI_COUNT; abi++)
		for (size_t i = 0; i < MAP_NUMBERS; i++) {
			map.calls[abi][i].answer = (uint8_t)answer;
			map.calls[abi][i].by = (uint8_t)by;
		}
}

static void stop(size_t nr, enum map_answer answer, uint16_t errnum, enum map_by by, bool partly)
{
	struct map_call *call = &map.calls[ABI_NATIVE][nr];

	call->answer = (uint8_t)answer;
	call->errnum = errnum;
	call->by = (uint8_t)by;
	call->partly = partly;
}

static void write_with(void (*write)(FILE *, const struct map *))
{
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &length);
	assert_non_null(out);
	write(out, &map);
	assert_int_equal(fclose(out), 0);
}

static void assert_has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("no `%s` in:\n%s", part, text);
}

static void assert_has_not(const char *part)
{
	if (strstr(text, part))
		fail_msg("`%s` is in:\n%s", part, text);
}

static void test_uniform(void **state)
{
	(void)state;
	all(MAP_OPEN, MAP_BY_NOBODY);
	write_with(map_report_text);
	assert_has("x86_64: ");
	assert_has(" calls known: 0 denied, ");
	assert_has("  every number: open\n");
	assert_has_not("read");
	all(MAP_KILLED, MAP_BY_DENYINIT);
	write_with(map_report_text);
	assert_has(" by this denyinit), 0 open\n  every number: killed     denyinit\n");
	all(MAP_ABSENT, MAP_BY_NOBODY);
	write_with(map_report_text);
	assert_has(" calls known: 0 denied, 0 open, ");
	assert_has(" absent\n  every number: absent\n");
}

static void test_lines(void **state)
{
	(void)state;
	all(MAP_OPEN, MAP_BY_NOBODY);
	stop(165, MAP_ERRNO, 1, MAP_BY_DENYINIT, false);
	stop(166, MAP_ERRNO, 112, MAP_BY_OUTER, false);
	stop(56, MAP_ERRNO, 38, MAP_BY_EITHER, true);
	stop(309, MAP_KILLED, 0, MAP_BY_DENYINIT, false);
	stop(1, MAP_UNKNOWN, 0, MAP_BY_NOBODY, false);
	stop(335, MAP_UNFILTERABLE, 0, MAP_BY_NOBODY, false);
	write_with(map_report_text);
	assert_has(": 4 denied (2 by this denyinit, 1 by an outer filter, 1 by this denyinit or an outer filter), ");
	assert_has(" open, 1 unknown, 1 not-filterable\n");
	assert_has("\n  mount                          165  EPERM      denyinit\n");
	assert_has("\n  umount2                        166  errno 112  outer\n");
	assert_has("\n  clone                           56  ENOSYS     denyinit-or-outer, for some arguments\n");
	assert_has("\n  getcpu                         309  killed     denyinit\n");
	assert_has("\n  unknown: write\n");
	assert_has("\n  not-filterable: uretprobe\n");
	assert_has("\n  open: read open close ");
	assert_has(" 337-423");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(line[0] != ' ' || strlen(line) <= 100);
}

/* Numbers without a name are told together, if they are neighbours and get the same. */
static void test_ranges(void **state)
{
	(void)state;
	all(MAP_OPEN, MAP_BY_NOBODY);
	for (size_t i = 480; i < MAP_NUMBERS; i++)
		stop(i, MAP_ERRNO, i < 500 ? 1 : 38, i < 510 ? MAP_BY_DENYINIT : MAP_BY_OUTER, i == 490);
	stop(520, MAP_OPEN, 0, MAP_BY_NOBODY, false);
	write_with(map_report_text);
	assert_has("  480-489                          -  EPERM      denyinit\n"
	           "  490                              -  EPERM      denyinit, for some arguments\n"
	           "  491-499                          -  EPERM      denyinit\n"
	           "  500-509                          -  ENOSYS     denyinit\n"
	           "  510-519                          -  ENOSYS     outer\n"
	           "  521-559                          -  ENOSYS     outer\n"
	           "  1024                             -  ENOSYS     outer\n"
	           "  65536                            -  ENOSYS     outer\n"
	           "  1073741823                       -  ENOSYS     outer\n"
	           "  open: ");
	assert_has(" 473-479");
	assert_has(" 520\n");
}

static void test_json(void **state)
{
	size_t objects = 0;

	(void)state;
	all(MAP_OPEN, MAP_BY_NOBODY);
	map.filters = -1;
	stop(165, MAP_ERRNO, 1, MAP_BY_DENYINIT, false);
	stop(337, MAP_KILLED, 0, MAP_BY_EITHER, true);
	write_with(map_report_json);
	assert_has("{\"schema\":1,\"event\":\"map\",");
	assert_has(
	    "\"means\":\"listener\",\"denyinit\":false,\"filters\":null,\"abis\":[{\"abi\":\"x86_64\",\"calls\":[");
	assert_has("{\"nr\":0,\"name\":\"read\",\"answer\":\"open\"},{\"nr\":1,");
	assert_has(
	    "{\"nr\":165,\"name\":\"mount\",\"answer\":\"errno\",\"errno\":1,\"by\":\"denyinit\",\"some_arguments\":false}");
	assert_has("{\"nr\":337,\"answer\":\"killed\",\"by\":\"denyinit-or-outer\",\"some_arguments\":true}");
	assert_has("]},{\"abi\":\"i386\",\"calls\":[{\"nr\":0,\"name\":\"restart_syscall\",");
	assert_has("]},{\"abi\":\"x32\",\"calls\":[{\"nr\":1073741824,\"name\":\"read\",");
	assert_has("]}]}\n");
	for (const char *at = text; (at = strstr(at, "{\"nr\":")) != NULL; at++)
		objects++;
	assert_int_equal(objects, 3 * MAP_NUMBERS);
	map.filters = 3;
	map.canary = 3823;
	map.means = MAP_BY_ERRNO;
	write_with(map_report_json);
	assert_has("\"means\":\"errno\",\"denyinit\":true,\"filters\":3,");
}

static void test_unknown(void **state)
{
	(void)state;
	all(MAP_OPEN, MAP_BY_NOBODY);
	assert_int_equal(map_report_unknown(&map), 0);
	stop(7, MAP_UNKNOWN, 0, MAP_BY_NOBODY, false);
	assert_int_equal(map_report_unknown(&map), 1);
	map_begin(&map);
	assert_int_equal(map_report_unknown(&map), 3 * MAP_NUMBERS - 2);
}

static int clean_up(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_uniform), cmocka_unit_test(test_lines),   cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_json),    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
