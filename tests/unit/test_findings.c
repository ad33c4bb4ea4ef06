/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "init/findings.h"

static struct findings findings;

static int start(void **state)
{
	(void)state;
	memset(&findings, 0, sizeof(findings));
	return 0;
}

static void test_counts(void **state)
{
	(void)state;
	findings_add(&findings, SEVERITY_ERROR, 3, "%s is %d", "this", 7);
	findings_add(&findings, SEVERITY_WARNING, 0, "plain");
	assert_int_equal(findings.count, 2);
	assert_int_equal(findings.errors, 1);
	assert_int_equal(findings.warnings, 1);
	assert_int_equal(findings.dropped, 0);
	assert_string_equal(findings.item[0].text, "this is 7");
	assert_int_equal(findings.item[0].line, 3);
	assert_int_equal(findings.item[0].severity, SEVERITY_ERROR);
	assert_int_equal(findings.item[1].severity, SEVERITY_WARNING);
}

/* A policy's bytes end up in messages, and those on a terminal. */
static void test_escapes(void **state)
{
	(void)state;
	findings_add(&findings, SEVERITY_ERROR, 1, "a%sb", "\x1b[31m\n\r\t\x7f\x80\xff~ ");
	assert_string_equal(findings.item[0].text, "a\\x1b[31m\\x0a\\x0d\\x09\\x7f\\x80\\xff~ b");
}

static void test_long_texts(void **state)
{
	char text[3 * FINDING_TEXT];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	findings_add(&findings, SEVERITY_ERROR, 1, "%s", text);
	assert_int_equal(strlen(findings.item[0].text), FINDING_TEXT - 1);
	/* Four bytes for one: the last one that does not fit is left out whole. */
	memset(text, '\n', sizeof(text) - 1);
	findings_add(&findings, SEVERITY_ERROR, 1, "%s", text);
	assert_int_equal(strlen(findings.item[1].text), (FINDING_TEXT - 1) / 4 * 4);
	assert_string_equal(findings.item[1].text + strlen(findings.item[1].text) - 4, "\\x0a");
}

static void test_sort(void **state)
{
	static const unsigned lines[] = {5, 0, 5, 2, 9, 0, 2, 1};
	static const char *const sorted = "0b 0f 1h 2d 2g 5a 5c 9e ";
	char text[100] = "";

	(void)state;
	findings_sort(&findings); /* of nothing */
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		findings_add(&findings, SEVERITY_ERROR, lines[i], "%c", (char)('a' + i));
	findings_sort(&findings);
	for (size_t i = 0; i < findings.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u%s ", findings.item[i].line,
		         findings.item[i].text);
	assert_string_equal(text, sorted);
}

static void test_too_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FINDINGS_MAX + 7; i++)
		findings_add(&findings, i % 2 ? SEVERITY_ERROR : SEVERITY_WARNING, i, "x");
	assert_int_equal(findings.count, FINDINGS_MAX);
	assert_int_equal(findings.dropped, 7);
	assert_int_equal(findings.errors + findings.warnings, FINDINGS_MAX + 7);
	assert_int_equal(findings.errors, 53);
}

/* An advice is whole, or it is none. */
static void test_advice(void **state)
{
	static char fits[ADVICE_MAX - 10], longer[ADVICE_MAX];

	(void)state;
	memset(fits, 'x', sizeof(fits) - 1);
	memset(longer, 'x', sizeof(longer) - 1);
	findings_advise(&findings, SEVERITY_WARNING, 1, &(struct advice){.kind = "a", .write = longer, .replaces = "b"},
	                "%d", 5);
	findings_advise(&findings, SEVERITY_WARNING, 2, &(struct advice){.kind = "a", .write = "d", .replaces = longer},
	                "e");
	findings_advise(&findings, SEVERITY_WARNING, 3, &(struct advice){.kind = "a"}, "f");
	findings_add(&findings, SEVERITY_ERROR, 4, "g");
	findings_advise(&findings, SEVERITY_WARNING, 5,
	                &(struct advice){.kind = "a", .write = fits, .replaces = "b", .after = 9}, "c");
	findings_advise(&findings, SEVERITY_WARNING, 6, &(struct advice){.kind = "a", .write = "no more"}, "h");
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(findings.item[i].write, i == 4 ? fits : "");
		assert_string_equal(findings.item[i].replaces, i == 4 ? "b" : "");
		assert_int_equal(findings.item[i].after, i == 4 ? 9 : i + 1);
		assert_string_equal(findings.item[i].kind, i == 3 ? FINDING_POLICY : "a");
	}
	assert_string_equal(findings.item[0].text, "5");
	assert_int_equal(findings.warnings, 5);
}

static void test_strict(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FINDINGS_MAX + 7; i++)
		findings_add(&findings, i % 2 ? SEVERITY_ERROR : SEVERITY_WARNING, i, "x");
	findings_make_errors(&findings);
	assert_int_equal(findings.errors, FINDINGS_MAX + 7);
	assert_int_equal(findings.warnings, 0);
	for (size_t i = 0; i < findings.count; i++)
		assert_int_equal(findings.item[i].severity, SEVERITY_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_counts, start),     cmocka_unit_test_setup(test_escapes, start),
	    cmocka_unit_test_setup(test_long_texts, start), cmocka_unit_test_setup(test_sort, start),
	    cmocka_unit_test_setup(test_too_many, start),   cmocka_unit_test_setup(test_advice, start),
	    cmocka_unit_test_setup(test_strict, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
