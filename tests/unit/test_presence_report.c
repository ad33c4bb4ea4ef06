/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "selftest/presence_report.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NO PROCSTAT_MISSING

static char *text;
static size_t length;

static const struct {
	const char *what;
	bool proc, found;
	char state;
	bool memory;
	int mode, filters, own;
	bool own_denyinit;
	enum presence_reason reason;
	enum presence_answer answer;
} rows[] = {
    {"no /proc", false, false, 0, false, NO, NO, 0, false, PRESENCE_NO_PROC, PRESENCE_CANNOT_TELL},
    {"no process", true, false, 0, false, NO, NO, 0, false, PRESENCE_NO_PROCESS, PRESENCE_CANNOT_TELL},
    {"a zombie", true, true, 'Z', false, 2, 0, 0, false, PRESENCE_ENDED, PRESENCE_CANNOT_TELL},
    {"a dead one", true, true, 'X', true, 2, 3, 0, false, PRESENCE_ENDED, PRESENCE_CANNOT_TELL},
    {"a kernel thread", true, true, 'S', false, 0, 0, 0, false, PRESENCE_KERNEL_THREAD, PRESENCE_CANNOT_TELL},
    {"a kernel without seccomp", true, true, 'S', true, NO, NO, NO, false, PRESENCE_NOT_TOLD, PRESENCE_CANNOT_TELL},
    {"no filter", true, true, 'S', true, 0, 0, 0, false, PRESENCE_NO_FILTER, PRESENCE_NO},
    {"strict mode", true, true, 'S', true, 1, 0, 0, false, PRESENCE_NO_FILTER, PRESENCE_NO},
    {"no filter, from under denyinit", true, true, 'S', true, 0, 0, 3, true, PRESENCE_NO_FILTER, PRESENCE_NO},
    {"as many, from under denyinit", true, true, 'S', true, 2, 3, 3, true, PRESENCE_UNDER_DENYINIT,
     PRESENCE_CANNOT_TELL},
    {"more, from under denyinit", true, true, 'S', true, 2, 5, 3, true, PRESENCE_UNDER_DENYINIT, PRESENCE_CANNOT_TELL},
    {"not counted", true, true, 'S', true, 2, NO, 0, false, PRESENCE_NOT_COUNTED, PRESENCE_CANNOT_TELL},
    {"ours not counted", true, true, 'S', true, 2, 3, NO, false, PRESENCE_NOT_COUNTED, PRESENCE_CANNOT_TELL},
    {"one", true, true, 'S', true, 2, 1, 0, false, PRESENCE_TOO_FEW, PRESENCE_NO},
    {"one more", true, true, 'S', true, 2, 4, 3, false, PRESENCE_TOO_FEW, PRESENCE_NO},
    {"as many", true, true, 'S', true, 2, 1, 1, false, PRESENCE_TOO_FEW, PRESENCE_NO},
    {"fewer", true, true, 'S', true, 2, 1, 4, false, PRESENCE_TOO_FEW, PRESENCE_NO},
    {"two", true, true, 'R', true, 2, 2, 0, false, PRESENCE_ABOVE, PRESENCE_YES},
    {"two more", true, true, 'D', true, 2, 3, 1, false, PRESENCE_ABOVE, PRESENCE_YES},
    {"many more", true, true, 'S', true, 2, 20, 1, false, PRESENCE_ABOVE, PRESENCE_YES},
};

static struct presence presence_of_row(size_t i)
{
	return (struct presence){
	    .pid = 42,
	    .proc = rows[i].proc,
	    .found = rows[i].found,
	    .status = {rows[i].mode, rows[i].filters, 1, 0},
	    .who = {"nginx", rows[i].state, rows[i].memory, 2, 1},
	    .exe = "/usr/sbin/nginx",
	    .own_filters = rows[i].own,
	    .own_denyinit = rows[i].own_denyinit,
	};
}

static void test_reasons(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct presence presence = presence_of_row(i);
		enum presence_reason reason = presence_reason(&presence);

		if (reason != rows[i].reason || presence_answer(reason) != rows[i].answer)
			fail_msg("%s: %d, %d", rows[i].what, reason, presence_answer(reason));
		seen |= 1u << reason;
	}
	assert_int_equal(seen, (1u << PRESENCE_REASONS) - 1);
}

static FILE *begin(void)
{
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &length);
	assert_non_null(out);
	return out;
}

static void assert_has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("no `%s` in:\n%s", part, text);
}

/* Every row, in both forms: a sentence of its own, and one line, or one more where it says what it proves. */
static void test_forms(void **state)
{
	static const char *const answers[] = {": YES pid 42", ": NO pid 42", ": UNKNOWN pid 42"};
	static const char *const words[] = {"\"answer\":\"yes\"", "\"answer\":\"no\"", "\"answer\":\"unknown\""};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct presence presence = presence_of_row(i);
		FILE *out = begin();
		unsigned lines = 0;

		presence_text(out, &presence);
		assert_int_equal(fclose(out), 0);
		assert_has(answers[rows[i].answer]);
		assert_has("exe=/usr/sbin/nginx\n");
		for (const char *c = text; *c; c++)
			lines += *c == '\n';
		assert_int_equal(lines, rows[i].answer == PRESENCE_YES ? 2 : 1);
		assert_int_equal(strstr(text, "presence, not content") != NULL, rows[i].answer == PRESENCE_YES);
		out = begin();
		presence_json(out, &presence);
		assert_int_equal(fclose(out), 0);
		assert_has(words[rows[i].answer]);
		assert_has("\"pid\":42,\"comm\":\"nginx\",\"exe\":\"/usr/sbin/nginx\",\"nspid\":1,");
		assert_ptr_equal(strchr(text, '\n'), text + length - 1);
	}
}

static void test_escapes(void **state)
{
	struct presence presence = presence_of_row(COUNT(rows) - 1);
	FILE *out = begin();

	(void)state;
	strcpy(presence.who.name, "a\"\\\033 \303");
	strcpy(presence.exe, "/x | y\n");
	presence_text(out, &presence);
	assert_int_equal(fclose(out), 0);
	assert_has("(a\"\\\\x1b\\x20\\xc3)");
	assert_has("exe=/x\\x20|\\x20y\\x0a\n");
	out = begin();
	presence_json(out, &presence);
	assert_int_equal(fclose(out), 0);
	assert_has("\"comm\":\"a\\\"\\\\\\u001b \\u00c3\",\"exe\":\"/x | y\\u000a\"");
}

static void test_what_is_not_known(void **state)
{
	struct presence presence = {
	    .pid = 7, .proc = true, .status = {NO, NO, NO, NO}, .who = {"", 0, false, NO, NO}, .own_filters = NO};
	FILE *out = begin();

	(void)state;
	presence_text(out, &presence);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
	                    "denyinit-selftest: UNKNOWN pid 7: there is no such process, or it is not shown to us\n");
	out = begin();
	presence_json(out, &presence);
	assert_int_equal(fclose(out), 0);
	assert_has(
	    "\"own_filters\":null,\"pid\":7,\"comm\":\"\",\"exe\":\"\",\"nspid\":null,\"seccomp\":null,\"filters\":null,"
	    "\"no_new_privs\":null}\n");
}

static const struct {
	struct presence_census census; /* proc, looked_at, without, unknown */
	enum presence_answer answer;
	const char *line, *json;
} censuses[] = {
    {{false, 0, 0, 0},
     PRESENCE_CANNOT_TELL,
     "UNKNOWN there is no procfs",
     "\"unknown\",\"looked_at\":null,\"unknown\":null}"},
    {{true, 0, 0, 0}, PRESENCE_YES, "YES 0 processes", "\"yes\",\"looked_at\":0,\"unknown\":0}"},
    {{true, 5, 0, 0}, PRESENCE_YES, "YES 5 processes in containers, 0 of them", "\"yes\",\"looked_at\":5,"},
    {{true, 5, 2, 0}, PRESENCE_NO, "NO 5 processes in containers, 2 of them", "\"no\",\"looked_at\":5,"},
    {{true, 5, 0, 1}, PRESENCE_CANNOT_TELL, "UNKNOWN 5 processes", "\"unknown\",\"looked_at\":5,\"unknown\":1}"},
    {{true, 5, 1, 1},
     PRESENCE_NO,
     "NO 5 processes in containers, 1 of them without a seccomp filter, 1 of which",
     "\"no\""},
};

static void test_census(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(censuses); i++) {
		FILE *out = begin();

		assert_int_equal(presence_census_answer(&censuses[i].census), censuses[i].answer);
		presence_census_begin(out, false);
		presence_census_end(out, &censuses[i].census, false);
		assert_int_equal(fclose(out), 0);
		assert_has(censuses[i].line);
		out = begin();
		presence_census_begin(out, true);
		presence_census_end(out, &censuses[i].census, true);
		assert_int_equal(fclose(out), 0);
		assert_has("{\"schema\":1,\"event\":\"census\",\"without_filter\":[],\"version\":");
		assert_has(censuses[i].json);
	}
}

static void test_entries(void **state)
{
	struct presence presence = presence_of_row(6);
	FILE *out = begin();

	(void)state;
	presence_census_begin(out, true);
	presence_entry(out, &presence, true, true);
	presence.pid = 43;
	presence.who.namespaces = 1;
	presence_entry(out, &presence, true, false);
	presence_census_end(out, &(struct presence_census){true, 2, 2, 0}, true);
	assert_int_equal(fclose(out), 0);
	assert_has(
	    "\"without_filter\":[{\"pid\":42,\"comm\":\"nginx\",\"exe\":\"/usr/sbin/nginx\",\"nspid\":1,\"seccomp\":0,"
	    "\"filters\":0,\"no_new_privs\":1},{\"pid\":43,");
	assert_has("\"nspid\":null,");
	out = begin();
	presence_entry(out, &presence, false, true);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
	                    "denyinit-selftest: NO pid 43 (nginx): it has no seccomp filter | seccomp=0 filters=0 "
	                    "own-filters=0 nnp=1 exe=/usr/sbin/nginx\n");
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
	    cmocka_unit_test(test_reasons),           cmocka_unit_test(test_forms),  cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_what_is_not_known), cmocka_unit_test(test_census), cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
