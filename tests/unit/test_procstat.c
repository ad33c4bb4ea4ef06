/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/prctl.h>

#include "selftest/procstat.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NO PROCSTAT_MISSING

static const struct {
	const char *what, *text;
	struct procstat expected; /* seccomp, seccomp_filters, no_new_privs, tracer */
} cases[] = {
    {"nothing", "", {NO, NO, NO, NO}},
    {"a kernel's",
     "Name:\tdenyinit\nState:\tR (running)\nTracerPid:\t0\nGroups:\t0 \nNoNewPrivs:\t1\nSeccomp:\t2\n"
     "Seccomp_filters:\t3\nSpeculation_Store_Bypass:\tthread force mitigated\n",
     {2, 3, 1, 0}},
    {"before Linux 5.9", "TracerPid:\t12\nNoNewPrivs:\t0\nSeccomp:\t0\nCpus_allowed:\tf\n", {0, NO, 0, 12}},
    {"gVisor's", "Name:\tx\nSeccomp:\t2\nMems_allowed:\t1\n", {2, NO, NO, NO}},
    {"another order", "Seccomp_filters:\t1\nSeccomp:\t2\n", {2, 1, NO, NO}},
    {"only the longer key", "Seccomp_filters:\t1\n", {NO, 1, NO, NO}},
    {"a key within a line", "Name:\tSeccomp:\t2\n", {NO, NO, NO, NO}},
    {"a key with something before it", " Seccomp:\t2\nXSeccomp:\t2\n", {NO, NO, NO, NO}},
    {"a key in the text of another", "NoNewPrivs:Seccomp:\t2\n", {NO, NO, NO, NO}},
    {"other case", "seccomp:\t2\n", {NO, NO, NO, NO}},
    {"no colon", "Seccomp\t2\n", {NO, NO, NO, NO}},
    {"blanks", "Seccomp: \t  2\n", {2, NO, NO, NO}},
    {"no blank", "Seccomp:2\n", {2, NO, NO, NO}},
    {"no number", "Seccomp:\nNoNewPrivs:\t\n", {NO, NO, NO, NO}},
    {"the number of the next line", "Seccomp:\n2\n", {NO, NO, NO, NO}},
    {"text behind the number", "Seccomp:\t2x\nTracerPid:\t1 2\n", {NO, NO, NO, NO}},
    {"a blank behind the number", "Seccomp:\t2 \n", {NO, NO, NO, NO}},
    {"negative", "TracerPid:\t-1\n", {NO, NO, NO, NO}},
    {"a sign", "TracerPid:\t+1\n", {NO, NO, NO, NO}},
    {"CRLF", "Seccomp:\t2\r\nNoNewPrivs:\t1\r\n", {NO, NO, NO, NO}},
    {"CR only", "TracerPid:\t0\rSeccomp:\t2\r", {NO, NO, NO, NO}},
    {"cut in the number", "TracerPid:\t0\nSeccomp_filters:\t1", {NO, NO, NO, 0}},
    {"cut in the key", "TracerPid:\t0\nSeccomp_fil", {NO, NO, NO, 0}},
    {"cut behind the key", "TracerPid:\t0\nSeccomp:", {NO, NO, NO, 0}},
    {"only a newline", "\n", {NO, NO, NO, NO}},
    {"empty lines", "\n\nSeccomp:\t2\n\n", {2, NO, NO, NO}},
    {"the first line counts", "Seccomp:\t2\nSeccomp:\t0\n", {2, NO, NO, NO}},
    {"leading zeros", "Seccomp:\t00000000000000000002\n", {2, NO, NO, NO}},
    {"the largest int", "TracerPid:\t2147483647\n", {NO, NO, NO, 2147483647}},
    {"one more", "TracerPid:\t2147483648\n", {NO, NO, NO, NO}},
    {"huge", "TracerPid:\t99999999999999999999999999\nSeccomp_filters:\t4294967297\n", {NO, NO, NO, NO}},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = strlen(cases[i].text);
		char *text = malloc(length + 1); /* so that ASan sees a byte too far: there is no NUL */
		struct procstat got;
		char *fitted;

		assert_non_null(text);
		memcpy(text, cases[i].text, length);
		fitted = realloc(text, length ? length : 1);
		assert_non_null(fitted);
		text = fitted;
		got = procstat_parse(text, length);
		free(text);
		if (got.seccomp != cases[i].expected.seccomp ||
		    got.seccomp_filters != cases[i].expected.seccomp_filters ||
		    got.no_new_privs != cases[i].expected.no_new_privs || got.tracer != cases[i].expected.tracer)
			fail_msg("%s: %d %d %d %d", cases[i].what, got.seccomp, got.seccomp_filters, got.no_new_privs,
			         got.tracer);
	}
}

static void test_nul_bytes(void **state)
{
	static const char text[] = "Name:\t\0\nSeccomp:\t2\nNoNewPrivs:\t1\0\n";
	struct procstat got = procstat_parse(text, sizeof text - 1);

	(void)state;
	assert_int_equal(got.seccomp, 2);
	assert_int_equal(got.no_new_privs, NO);
}

/* Every beginning of a whole text: a number is right or missing. */
static void test_every_length(void **state)
{
	static const char text[] = "TracerPid:\t1234\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t12\n";

	(void)state;
	for (size_t length = 0; length < sizeof text; length++) {
		struct procstat got = procstat_parse(text, length);

		assert_true(got.tracer == NO || got.tracer == 1234);
		assert_true(got.no_new_privs == NO || got.no_new_privs == 1);
		assert_true(got.seccomp == NO || got.seccomp == 2);
		assert_true(got.seccomp_filters == NO || got.seccomp_filters == 12);
		assert_int_equal(got.seccomp_filters != NO, length >= sizeof text - 1);
	}
}

static const struct {
	const char *what, *text;
	struct procstat_who expected; /* name, state, memory, namespaces, innermost */
} whos[] = {
    {"nothing", "", {"", 0, false, NO, NO}},
    {"a container's first process",
     "Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t1234\nNStgid:\t1234\t1\nNSpid:\t1234\t1\n"
     "VmPeak:\t    2000 kB\nVmSize:\t    1000 kB\n",
     {"nginx", 'S', true, 2, 1}},
    {"a process of the host", "Name:\tsh\nState:\tR (running)\nNSpid:\t77\nVmSize:\t 1 kB\n", {"sh", 'R', true, 1, 77}},
    {"a kernel thread",
     "Name:\tkthreadd\nState:\tS (sleeping)\nNSpid:\t2\nKthread:\t1\n",
     {"kthreadd", 'S', false, 1, 2}},
    {"a zombie", "Name:\tsleep\nState:\tZ (zombie)\nNSpid:\t9\t3\n", {"sleep", 'Z', false, 2, 3}},
    {"three deep", "NSpid:\t300\t20\t1\n", {"", 0, false, 3, 1}},
    {"blanks", "NSpid: \t5  \t 6\t\n", {"", 0, false, 2, 6}},
    {"before Linux 4.1", "Name:\tx\nState:\tS\nVmSize:\t1 kB\n", {"x", 'S', true, NO, NO}},
    {"no number", "NSpid:\t\n", {"", 0, false, NO, NO}},
    {"words", "NSpid:\t1\tx\n", {"", 0, false, NO, NO}},
    {"cut in a number", "NSpid:\t1234\t1", {"", 0, false, NO, NO}},
    {"a name with blanks, as the kernel writes one",
     "Name:\ta b:\\n\\\\c\nState:\tD (x)\n",
     {"a b:\\n\\\\c", 'D', false, NO, NO}},
    {"a name that pretends", "Name:\tState:\tZ\nState:\tR (running)\n", {"State:\tZ", 'R', false, NO, NO}},
    {"an empty name", "Name:\t\nState:\tR (running)\n", {"", 'R', false, NO, NO}},
    {"no state", "State:\t\n", {"", 0, false, NO, NO}},
    {"cut in the name", "Name:\tngi", {"", 0, false, NO, NO}},
    {"a name that is too long",
     "Name:\t0123456789012345678901234567890123456789012345678901234567890123456789012345\n",
     {"01234567890123456789012345678901234567890123456789012345678901234567890", 0, false, NO, NO}},
};

static void test_who(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(whos); i++) {
		const struct procstat_who *expected = &whos[i].expected;
		size_t length = strlen(whos[i].text);
		char *text = malloc(length + 1); /* as above */
		struct procstat_who got;
		char *fitted;

		assert_non_null(text);
		memcpy(text, whos[i].text, length);
		fitted = realloc(text, length ? length : 1);
		assert_non_null(fitted);
		text = fitted;
		got = procstat_who(text, length);
		free(text);
		if (strcmp(got.name, expected->name) != 0 || got.state != expected->state ||
		    got.memory != expected->memory || got.namespaces != expected->namespaces ||
		    got.innermost != expected->innermost)
			fail_msg("%s: \"%s\" %d %d %d %d", whos[i].what, got.name, got.state, got.memory,
			         got.namespaces, got.innermost);
	}
}

/* This kernel's, against what it says by another way. */
static void test_this_kernel(void **state)
{
	static char text[65536];
	FILE *file = fopen("/proc/self/status", "re");
	struct procstat got;

	(void)state;
	if (!file)
		skip();
	got = procstat_parse(text, fread(text, 1, sizeof text, file));
	assert_int_equal(fclose(file), 0);
	if (got.seccomp != NO)
		assert_int_equal(got.seccomp, prctl(PR_GET_SECCOMP));
	if (got.no_new_privs != NO)
		assert_int_equal(got.no_new_privs, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	if (got.seccomp == 0 && got.seccomp_filters != NO)
		assert_int_equal(got.seccomp_filters, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts), cmocka_unit_test(test_nul_bytes),   cmocka_unit_test(test_every_length),
	    cmocka_unit_test(test_who),   cmocka_unit_test(test_this_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
