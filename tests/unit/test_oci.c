/* SPDX-License-Identifier: MIT */
/*
 * oci, merge: profiles/NAME.ini is a policy, NAME.base, if it is there, a profile that it is merged over; NAME.json what
 * comes of it, or not there: then nothing does; NAME.findings what is told, "policy" or "base" before each line.
 * `UPDATE=1` in the environment writes the last two instead of comparing them.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/merge.h"
#include "init/oci.h"
#include "init/print.h"

#define FOLDER "tests/unit/profiles"

static const struct {
	const char *name;
	int nr;
} known[] = {{"read", 0},          {"write", 1},    {"lseek", 8},   {"ioctl", 16},          {"socket", 41},
             {"personality", 135}, {"exit", 60},    {"mount", 165}, {"umount2", 166},       {"unshare", 272},
             {"setns", 308},       {"clone3", 435}, {"prctl", 157}, {"umount", CALL_ABSENT}};

#define KNOWN (sizeof known / sizeof *known)

static int number(const char *name)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].nr;
	return strcmp(name, "open_tree_attr") == 0 ? 467 : CALL_UNKNOWN;
}

static const char *name_of(uint32_t nr)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].nr == (int)nr)
			return known[i].name;
	return nr == 467 ? "open_tree_attr" : NULL;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	snprintf(name, POLICY_NAME_MAX, "%s", i < KNOWN ? known[i].name : "");
	return i < KNOWN;
}

static const struct call_table calls = {.number = number, .name = name_of, .at = at};

/* NULL: there is no such file. */
static char *read_file(const char *name, const char *suffix, size_t *length)
{
	static char *texts[4];
	static unsigned next;
	char path[300], **text = &texts[next++ % 4];
	FILE *file;

	snprintf(path, sizeof path, FOLDER "/%s.%s", name, suffix);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	free(*text);
	*text = calloc(1, 100000);
	assert_non_null(*text);
	*length = fread(*text, 1, 99999, file);
	assert_int_equal(fclose(file), 0);
	return *text;
}

static void write_file(const char *name, const char *suffix, const char *text)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof path, FOLDER "/%s.%s", name, suffix);
	if (!text) {
		(void)remove(path);
		return;
	}
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct policy policy, observed;
static struct findings findings, base_findings;
static struct oci oci;
static struct merge state;

/* NULL: nothing. */
static char *export_it(const char *ini, const char *base, size_t base_length)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool done;

	assert_non_null(out);
	memset(&policy, 0, sizeof policy);
	memset(&observed, 0, sizeof observed);
	memset(&findings, 0, sizeof findings);
	memset(&base_findings, 0, sizeof base_findings);
	if (!policy_parse(ini, strlen(ini), &calls, &policy, &observed, &findings))
		fail_msg("no policy: %s", findings.item[0].text);
	memset(&findings, 0, sizeof findings);
	state.policy = &policy;
	state.calls = &calls;
	state.policy_findings = &findings;
	state.base_findings = &base_findings;
	if (base) {
		done = merge(&state, base, base_length, out);
	} else {
		done = oci_make(&policy, &calls, &oci, &findings);
		if (done)
			oci_write(out, &oci, &calls);
	}
	assert_int_equal(fclose(out), 0);
	assert_int_equal(done, findings.errors + base_findings.errors == 0);
	if (done)
		return text;
	free(text);
	return NULL;
}

static char *found(void)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	findings_sort(&findings);
	findings_sort(&base_findings);
	print_findings(out, &findings, "policy");
	print_findings(out, &base_findings, "base");
	assert_int_equal(fclose(out), 0);
	return text;
}

static void compare(const char *name, const char *suffix, const char *got)
{
	size_t length;
	const char *expected = read_file(name, suffix, &length);

	if (getenv("UPDATE")) {
		write_file(name, suffix, got);
		return;
	}
	if ((expected == NULL) != (got == NULL) || (got && strcmp(expected, got) != 0))
		fail_msg("%s.%s: expected\n%s\ngot\n%s", name, suffix, expected ? expected : "nothing",
		         got ? got : "nothing");
}

static struct json again;

static void profiles(void **state_of_test)
{
	DIR *folder = opendir(FOLDER);
	struct dirent *entry;
	unsigned count = 0;

	(void)state_of_test;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		char name[256];
		const char *end = strstr(entry->d_name, ".ini");
		size_t length, base_length = 0;
		char *got, *told;
		const char *ini, *base;

		if (!end || end[4] != '\0')
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(end - entry->d_name), entry->d_name);
		ini = read_file(name, "ini", &length);
		base = read_file(name, "base", &base_length);
		got = export_it(ini, base, base_length);
		told = found();
		compare(name, "json", got);
		compare(name, "findings", told[0] ? told : NULL);
		if (got)
			assert_true(json_read(&again, got, strlen(got)));
		free(got);
		free(told);
		count++;
	}
	closedir(folder);
	print_message("# figure: export profiles by hand: %u\n", count);
	assert_true(count >= 20);
}

static void other_abis_are_not_carried(void **state_of_test)
{
	(void)state_of_test;
	memset(&policy, 0, sizeof policy);
	memset(&findings, 0, sizeof findings);
	assert_true(oci_can_carry(&policy, true, &findings));
	policy.other_abis_deny = true;
	assert_false(oci_make(&policy, &calls, &oci, &findings));
	assert_int_equal(findings.errors, 1);
	assert_non_null(strstr(findings.item[0].text, "other-abis"));
}

/* ---- bases that are not taken ---- */

#define ENTRY(text) "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" text "]}"
#define ARG(text) ENTRY("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" text "]}")

static const struct {
	const char *base, *told;
} refused[] = {
    {"", "no JSON: it ends too early"},
    {"[]", "an object, {...}, is wanted here"},
    {"{}", "an action, SCMP_ACT_..., is missing here or not known"},
    {"{\"defaultAction\":\"SCMP_ACT_errno\"}", "an action, SCMP_ACT_..., is missing here or not known"},
    {"{\"defaultAction\":1}", "an action, SCMP_ACT_..., is missing here or not known"},
    {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"Syscalls\":[]}",
     "this key is not known here, and may change what the profile means: leave it out"},
    {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"sys\\u0063alls\":[]}",
     "this key is not known here, and may change what the profile means: leave it out"},
    {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[],\"syscalls\":null}", "this key is here twice"},
    {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":{}}", "a list, [...], is wanted here"},
    {"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":\"x\"}", "a list, [...], is wanted here"},
    {ENTRY("1"), "an object, {...}, is wanted here"},
    {ENTRY("{\"names\":[\"read\"]}"), "an action, SCMP_ACT_..., is missing here or not known"},
    {ENTRY("{\"action\":\"SCMP_ACT_ALLOW\"}"), "`names` is wanted, or `name`, and not both"},
    {ENTRY("{\"names\":[\"read\"],\"name\":\"write\",\"action\":\"SCMP_ACT_ALLOW\"}"),
     "`names` is wanted, or `name`, and not both"},
    {ENTRY("{\"names\":\"read\",\"action\":\"SCMP_ACT_ALLOW\"}"), "a list, [...], is wanted here"},
    {ENTRY("{\"names\":[1],\"action\":\"SCMP_ACT_ALLOW\"}"), "a string without escapes is wanted here"},
    {ENTRY("{\"names\":[\"moun\\u0074\"],\"action\":\"SCMP_ACT_ALLOW\"}"), "a string without escapes is wanted here"},
    {ENTRY("{\"name\":\"moun\\u0074\",\"action\":\"SCMP_ACT_ALLOW\"}"), "a call's name has letters, digits and _ only"},
    {ENTRY("{\"names\":[\"\"],\"action\":\"SCMP_ACT_ALLOW\"}"), "a call's name is wanted here"},
    {ENTRY("{\"names\":[\"a b\"],\"action\":\"SCMP_ACT_ALLOW\"}"), "a call's name has letters, digits and _ only"},
    {ENTRY(
	 "{\"names\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
     "a call's name is wanted here"},
    {ENTRY("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\",\"args\":{}}"), "a list, [...], of at most 16 is wanted here"},
    {ENTRY("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":[]}"), "an object, {...}, is wanted here"},
    {ENTRY("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"cap\":[]}}"),
     "this key is not known here, and may change what the profile means: leave it out"},
    {ENTRY("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":\"CAP_A\"}}"),
     "a list, [...], is wanted here"},
    {ENTRY("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"arches\":[\"amd\\u00364\"]}}"),
     "a string without escapes is wanted here"},
    {ARG("1"), "an object, {...}, is wanted here"},
    {ARG("{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"),
     "`index` is 0 to 5, `value` and `valueTwo` are numbers of 64 bits without a sign"},
    {ARG("{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}"),
     "`index` is 0 to 5, `value` and `valueTwo` are numbers of 64 bits without a sign"},
    {ARG("{\"index\":0,\"value\":1e3,\"op\":\"SCMP_CMP_EQ\"}"),
     "`index` is 0 to 5, `value` and `valueTwo` are numbers of 64 bits without a sign"},
    {ARG("{\"index\":0,\"value\":18446744073709551616,\"op\":\"SCMP_CMP_EQ\"}"),
     "`index` is 0 to 5, `value` and `valueTwo` are numbers of 64 bits without a sign"},
    {ARG("{\"index\":0,\"value\":1}"), "an operator, SCMP_CMP_..., is missing here or not known"},
    {ARG("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_ANY\"}"),
     "an operator, SCMP_CMP_..., is missing here or not known"},
    {ARG("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\",\"value_two\":0}"),
     "this key is not known here, and may change what the profile means: leave it out"},
};

static void bases_that_are_not_taken(void **state_of_test)
{
	static const char smallest[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}";

	(void)state_of_test;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		assert_null(export_it("[deny]\nmount = deny\n", refused[i].base, strlen(refused[i].base)));
		assert_int_equal(base_findings.count, 1);
		if (strcmp(base_findings.item[0].text, refused[i].told) != 0)
			fail_msg("%s: %s", refused[i].base, base_findings.item[0].text);
	}
	/* The control: the smallest one. */
	free(export_it("[deny]\nmount = deny\n", smallest, strlen(smallest)));
	assert_int_equal(base_findings.count, 0);
}

int main(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(profiles),
	    cmocka_unit_test(other_abis_are_not_carried),
	    cmocka_unit_test(bases_that_are_not_taken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, NULL, NULL);
}
