/* SPDX-License-Identifier: MIT */
/* names_reasons: texts about calls and groups. That they are true no test can say; that none is missing or stale can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "init/names_reasons.h"
#include "init/policy.h"
#include "init/words.h"

static const char *const all_calls[] = {
#define X(name, native, compat) #name,
#include "selftest/numbers_x86_64.inc"
#undef X
};

static bool known(const char *call)
{
	for (size_t i = 0; i < sizeof(all_calls) / sizeof(all_calls[0]); i++)
		if (strcmp(all_calls[i], call) == 0)
			return true;
	return false;
}

/* Half a sentence, printable: how texts are put together with others. */
static void check_text(const char *text)
{
	size_t length = strlen(text);

	if (length == 0)
		return;
	assert_true(text[0] != ' ' && text[length - 1] != ' ');
	assert_true(text[length - 1] != '.' && text[length - 1] != ';' && text[length - 1] != ',');
	assert_null(strstr(text, "  "));
	for (size_t i = 0; i < length; i++)
		assert_true(text[i] >= ' ' && text[i] <= '~');
}

static void every_entry(void **state)
{
	char seen[8192] = "", word[POLICY_NAME_MAX];
	struct reason reason;
	const char *names;
	size_t entries = 0, used = 0;

	(void)state;
	for (; (names = names_reason_at(entries, &reason)) != NULL; entries++) {
		size_t words = 0;

		for (const char *at = names; words_next(&at, word, sizeof(word)); words++) {
			assert_true(word[0] == '@' ? names_group(word) != NULL : known(word));
			assert_true(words_place(seen, word) < 0); /* told once */
			used += (size_t)snprintf(seen + used, sizeof(seen) - used, "%s ", word);
			assert_true(used < sizeof(seen));
		}
		assert_true(words > 0);
		assert_true(reason.why[0] == '@' || (reason.why[0] >= 'a' && reason.why[0] <= 'z'));
		check_text(reason.why);
		check_text(reason.breaks);
	}
	assert_true(entries >= 45);
	assert_null(names_reason_at(entries, &reason));
	assert_null(names_reason_at(entries + 100, &reason));
}

static void every_group_and_each_of_its_calls(void **state)
{
	const struct group *group;
	struct reason reason;
	size_t calls = 0;

	(void)state;
	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++) {
		const struct group_member *member;
		struct group_walk walk;

		assert_true(names_reason(group->name, &reason));
		assert_true(reason.why[0] != '\0');
		check_text(names_source(group->name));
		names_walk_start(&walk, group);
		while ((member = names_walk_next(&walk)) != NULL) {
			assert_true(names_group_has(group, member->name));
			assert_true(names_reason(member->name, &reason));
			assert_true(reason.why[0] != '\0');
			calls++;
		}
	}
	assert_true(calls > 300);
}

/* What is in @default or @strict has a better reason than being there. */
static void no_call_falls_back_on_default(void **state)
{
	const struct group_member *member;
	struct reason reason, of_default, of_strict;
	struct group_walk walk;

	(void)state;
	assert_true(names_reason("@default", &of_default));
	assert_true(names_reason("@strict", &of_strict));
	names_walk_start(&walk, names_group("@strict"));
	while ((member = names_walk_next(&walk)) != NULL) {
		assert_true(names_reason(member->name, &reason));
		assert_string_not_equal(reason.why, of_default.why);
		assert_string_not_equal(reason.why, of_strict.why);
		assert_string_not_equal(reason.breaks, of_default.breaks);
	}
}

static void fallbacks(void **state)
{
	struct reason reason, of_group;

	(void)state;
	assert_true(names_reason("add_key", &reason));
	assert_true(names_reason("@keyring", &of_group));
	assert_string_equal(reason.why, of_group.why);
	assert_string_equal(reason.breaks, of_group.breaks);

	assert_true(names_reason("unshare", &reason)); /* a why of its own */
	assert_true(names_reason("@namespaces", &of_group));
	assert_string_not_equal(reason.why, of_group.why);
	assert_string_equal(reason.breaks, of_group.breaks);

	assert_true(names_reason("fsopen", &reason)); /* all its own */
	assert_true(names_reason("@mount", &of_group));
	assert_string_not_equal(reason.why, of_group.why);
	assert_string_not_equal(reason.breaks, of_group.breaks);

	assert_true(names_reason("personality", &reason)); /* in no group */
	assert_null(names_narrowest_group("personality"));
	assert_false(names_reason("getpid", &reason));
	assert_false(names_reason("", &reason));
	assert_false(names_reason("@nothing", &reason));
	assert_false(names_reason("fsopen fsconfig", &reason));
}

static void narrowest_groups(void **state)
{
	static const char *const rows[][2] = {
	    {"mount", "@mount"},
	    {"unshare", "@namespaces"},
	    {"io_uring_setup", "@io-uring"},
	    {"io_submit", "@aio"},
	    {"setuid", "@setuid"},
	    {"capset", "@privileged"},
	    {"init_module", "@module"},
	    {"ptrace", "@debug"},
	    {"chroot", "@privileged"},
	    {"kcmp", "@default"},
	    {"stime", "@obsolete"},
	    {"settimeofday", "@clock"},
	    {"process_vm_readv", "@strict"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(names_narrowest_group(rows[i][0])->name, rows[i][1]);
	assert_null(names_narrowest_group("read"));
	assert_null(names_narrowest_group("@mount"));
}

static void sources(void **state)
{
	static const char own[] = "@default @strict @mount @namespaces @io-uring";
	const struct group *group;

	(void)state;
	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++)
		assert_int_equal(strncmp(names_source(group->name), "denyinit's own", 14) == 0,
		                 words_place(own, group->name) >= 0);
}

static void cases(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(all_calls) / sizeof(all_calls[0]); i++) {
		const char *meaning, *condition = names_case(all_calls[i], &meaning);

		if (!condition)
			continue;
		found++;
		check_text(meaning);
		assert_non_null(strstr(condition, " & "));
	}
	assert_int_equal(found, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_entry),
	    cmocka_unit_test(every_group_and_each_of_its_calls),
	    cmocka_unit_test(no_call_falls_back_on_default),
	    cmocka_unit_test(fallbacks),
	    cmocka_unit_test(narrowest_groups),
	    cmocka_unit_test(sources),
	    cmocka_unit_test(cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
