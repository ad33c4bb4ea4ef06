/* SPDX-License-Identifier: MIT */
/* print: a policy as a table, findings as lines and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/print.h"

static struct policy policy, observed;
static struct findings findings;
static const char *path;

static void write_policy(FILE *out)
{
	print_policy(out, &policy, path);
}

static void write_observed(FILE *out)
{
	print_observed(out, &policy, &observed, path);
}

static void write_findings(FILE *out)
{
	print_findings(out, &findings, path);
}

static void write_findings_json(FILE *out)
{
	print_findings_json(out, &findings, path);
}

static const char *text_of(void (*write)(FILE *))
{
	static char *text;
	size_t length;
	FILE *out;

	free(text);
	out = open_memstream(&text, &length);
	assert_non_null(out);
	write(out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), length);
	return text;
}

static void start(void)
{
	memset(&policy, 0, sizeof policy);
	memset(&observed, 0, sizeof observed);
	memset(&findings, 0, sizeof findings);
	path = "/etc/denyinit.ini";
}

/* ---- a policy ---- */

#define HEAD "call                        nr  gets          from\n"

static void a_policy_with_everything(void **state)
{
	static const struct rule rules[] = {
	    {.name = "mount", .nr = 165, .errnum = 1, .line = 3, .group = "@default"},
	    {.name = "reboot", .nr = 169, .action = ACTION_KILL, .line = 4},
	    {.name = "clone",
	     .nr = 56,
	     .errnum = 38,
	     .nconditions = 1,
	     .conditions = {{.test = TEST_ANY_BIT, .first = 0, .count = 1}},
	     .line = 5},
	    {.name = "ptrace",
	     .nr = 101,
	     .errnum = 1,
	     .nconditions = 1,
	     .conditions = {{.arg = 1, .upper = 1, .wide = true, .test = TEST_ANY_BIT, .first = 1, .count = 1}},
	     .line = 6,
	     .group = "@debug"},
	    {.name = "", .nr = 500, .errnum = 4095, .line = 7},
	    {.name = "s390_pci_mmio_write_long", .nr = 65535, .errnum = 531, .line = 8},
	};

	(void)state;
	start();
	memcpy(policy.rules, rules, sizeof rules);
	policy.nrules = sizeof rules / sizeof *rules;
	policy.values[0] = 0x7e020000;
	policy.values[1] = UINT64_C(0xfffffffffffffff0);
	policy.allows[policy.nallows++] = (struct allowance){.name = "fsopen", .nr = 430, .line = 9, .group = "@mount"};
	policy.allows[policy.nallows++] = (struct allowance){.name = "", .nr = 501, .line = 10};
	policy.newer_enosys = true;
	policy.nabsent = 3;
	assert_string_equal(text_of(write_policy), HEAD
	                    "mount                      165  EPERM        /etc/denyinit.ini:3 (@default)\n"
	                    "reboot                     169  kill-process /etc/denyinit.ini:4\n"
	                    "clone                       56  ENOSYS       /etc/denyinit.ini:5 if flags & CLONE_NEWNS|"
	                    "CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET\n"
	                    "ptrace                     101  EPERM        /etc/denyinit.ini:6 (@debug) if pid & "
	                    "0xfffffffffffffff0\n"
	                    "500                        500  errno 4095   /etc/denyinit.ini:7\n"
	                    "s390_pci_mmio_write_long 65535  errno 531    /etc/denyinit.ini:8\n"
	                    "fsopen                     430  allow        /etc/denyinit.ini:9 (@mount)\n"
	                    "501                        501  allow        /etc/denyinit.ini:10\n"
	                    "any call by another ABI         kill-process\n"
	                    "numbers above 472               ENOSYS\n"
	                    "and 3 calls that this architecture does not have\n");
}

static void an_empty_policy(void **state)
{
	(void)state;
	start();
	assert_string_equal(text_of(write_policy), HEAD "any call by another ABI         kill-process\n"
	                                                "numbers above 472               allow\n");
}

/* Not what [deny] denies whatever the arguments: that is not observed. */
static void what_is_observed(void **state)
{
	static const struct rule denied[] = {
	    {.name = "mount", .nr = 165, .errnum = 1, .line = 3},
	    {.name = "clone",
	     .nr = 56,
	     .errnum = 38,
	     .nconditions = 1,
	     .conditions = {{.test = TEST_ANY_BIT, .first = 0, .count = 1}},
	     .line = 5},
	};
	static const struct rule would[] = {
	    {.name = "clone", .nr = 56, .action = ACTION_KILL, .line = 11},
	    {.name = "ptrace",
	     .nr = 101,
	     .errnum = 13,
	     .nconditions = 1,
	     .conditions = {{.arg = 1, .upper = 1, .test = TEST_ANY_BIT, .count = 1}},
	     .line = 12,
	     .group = "@debug"},
	    {.name = "mount", .nr = 165, .errnum = 2, .line = 13},
	    {.name = "", .nr = 470, .errnum = 4095, .line = 14},
	};

	(void)state;
	start();
	assert_string_equal(text_of(write_observed), "");
	memcpy(policy.rules, denied, sizeof denied);
	policy.nrules = 2;
	assert_string_equal(text_of(write_observed), "");
	observed.rules[observed.nrules++] = would[2];
	assert_string_equal(text_of(write_observed), "");
	memcpy(observed.rules, would, sizeof would);
	observed.nrules = 4;
	observed.values[0] = 1;
	assert_string_equal(text_of(write_observed),
	                    "let through and told, [observe]; would get:\n"
	                    "clone                       56  kill-process /etc/denyinit.ini:11\n"
	                    "ptrace                     101  EACCES       /etc/denyinit.ini:12 (@debug) if pid & 0x1\n"
	                    "470                        470  errno 4095   /etc/denyinit.ini:14\n");
	assert_null(strstr(text_of(write_policy), "ptrace"));
}

static void every_errno(void **state)
{
	(void)state;
	for (unsigned errnum = 1; errnum <= 4095; errnum++) {
		const char *text;

		start();
		policy.rules[policy.nrules++] =
		    (struct rule){.name = "mount", .nr = 165, .errnum = (uint16_t)errnum, .line = 3};
		text = text_of(write_policy);
		assert_memory_equal(text, HEAD "mount                      165  E", strlen(HEAD) + 27);
		assert_null(strstr(text, "(null)"));
		assert_non_null(strstr(text, " /etc/denyinit.ini:3\n"));
	}
}

static void the_path_is_escaped(void **state)
{
	(void)state;
	start();
	path = "/a b\n\x1b\x7f\xc3\xa9";
	policy.rules[policy.nrules++] = (struct rule){.name = "mount", .nr = 165, .errnum = 1, .line = 3};
	assert_non_null(strstr(text_of(write_policy), "  /a b\\x0a\\x1b\\x7f\\xc3\\xa9:3\n"));
	findings_add(&findings, SEVERITY_ERROR, 2, "wrong");
	assert_string_equal(text_of(write_findings), "/a b\\x0a\\x1b\\x7f\\xc3\\xa9:2: error: wrong\n");
}

/* ---- findings ---- */

static void findings_as_lines(void **state)
{
	(void)state;
	start();
	assert_string_equal(text_of(write_findings), "");
	findings_add(&findings, SEVERITY_ERROR, 0, "empty");
	findings_add(&findings, SEVERITY_WARNING, 4, "odd: \"%s\"", "x\\y");
	findings_add(&findings, SEVERITY_ERROR, 65536, "wrong");
	assert_string_equal(text_of(write_findings), "/etc/denyinit.ini: error: empty\n"
	                                             "/etc/denyinit.ini:4: warning: odd: \"x\\y\"\n"
	                                             "/etc/denyinit.ini:65536: error: wrong\n");
}

static void findings_as_json(void **state)
{
	(void)state;
	start();
	assert_string_equal(text_of(write_findings_json),
	                    "{\"path\":\"/etc/denyinit.ini\",\"errors\":0,\"warnings\":0,\"findings\":[]}\n");
	path = "/a \"b\"\\\n\x01";
	findings_add(&findings, SEVERITY_ERROR, 0, "empty");
	findings_add(&findings, SEVERITY_WARNING, 4, "odd: \"%s\"", "x\\y\t");
	assert_string_equal(
	    text_of(write_findings_json),
	    "{\"path\":\"/a \\\"b\\\"\\\\\\u000a\\u0001\",\"errors\":1,\"warnings\":1,\"findings\":["
	    "{\"file\":\"/a \\\"b\\\"\\\\\\u000a\\u0001\",\"line\":0,\"severity\":\"error\",\"kind\":\"policy\","
	    "\"text\":\"empty\",\"write\":[],\"after\":0,\"replaces\":\"\"},"
	    "{\"file\":\"/a \\\"b\\\"\\\\\\u000a\\u0001\",\"line\":4,\"severity\":\"warning\",\"kind\":\"policy\","
	    "\"text\":\"odd: \\\"x\\\\y\\\\x09\\\"\",\"write\":[],\"after\":4,\"replaces\":\"\"}]}\n");
	start();
	findings_advise(
	    &findings, SEVERITY_WARNING, 4,
	    &(struct advice){
		.kind = "twin-open", .write = "a b = deny if c & 1\nd = \"e\"", .replaces = "f", .after = 7},
	    "text");
	assert_non_null(strstr(text_of(write_findings_json),
	                       "\"kind\":\"twin-open\",\"text\":\"text\",\"write\":[\"a b = deny if c & 1\",\"d = "
	                       "\\\"e\\\"\"],\"after\":7,\"replaces\":\"f\"}]}\n"));
}

static void more_findings_than_are_kept(void **state)
{
	char ending[40];
	const char *text;

	(void)state;
	start();
	for (unsigned i = 0; i < FINDINGS_MAX + 7; i++)
		findings_add(&findings, SEVERITY_ERROR, i, "wrong");
	text = text_of(write_findings);
	snprintf(ending, sizeof ending, ":%u: error: wrong\nand 7 more\n", FINDINGS_MAX - 1);
	assert_string_equal(text + strlen(text) - strlen(ending), ending);
	snprintf(ending, sizeof ending, "\"errors\":%u,", FINDINGS_MAX + 7);
	assert_non_null(strstr(text_of(write_findings_json), ending));
}

/* Every byte but NUL in the path: JSON that has no byte of it as it was, but for what is printable. */
static void every_byte_in_json(void **state)
{
	(void)state;
	for (unsigned byte = 1; byte < 256; byte++) {
		const char name[] = {'x', (char)byte, 'y', '\0'};
		char wanted[40];

		start();
		path = name;
		if (byte < 0x20 || byte >= 0x7f)
			snprintf(wanted, sizeof wanted, "{\"path\":\"x\\u%04xy\",", byte);
		else
			snprintf(wanted, sizeof wanted, "{\"path\":\"x%s%cy\",",
			         byte == '"' || byte == '\\' ? "\\" : "", (char)byte);
		assert_memory_equal(text_of(write_findings_json), wanted, strlen(wanted));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_policy_with_everything), cmocka_unit_test(what_is_observed),
	    cmocka_unit_test(an_empty_policy),          cmocka_unit_test(every_errno),
	    cmocka_unit_test(the_path_is_escaped),      cmocka_unit_test(findings_as_lines),
	    cmocka_unit_test(findings_as_json),         cmocka_unit_test(more_findings_than_are_kept),
	    cmocka_unit_test(every_byte_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
