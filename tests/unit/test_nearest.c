/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/nearest.h"
#include "init/words.h"

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
	    {"", "", 0},
	    {"mount", "mount", 0},
	    {"MOUNT", "mount", 0},
	    {"mount", "", 5},
	    {"mount", "muont", 1},
	    {"mount", "mont", 1},
	    {"mount", "moount", 1},
	    {"mount", "mounz", 1},
	    {"mount", "umount", 1},
	    {"mount", "tnuom", 4},
	    {"abc", "cab", 2},
	    {"EPERM", "ENOENT", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(nearest_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(nearest_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static const char *hint(const char *wanted, const char *words)
{
	static char text[NEAREST_HINT];
	struct nearest nearest;

	nearest_start(&nearest, wanted);
	nearest_offer_words(&nearest, words);
	return nearest_hint(&nearest, text);
}

static void test_hint(void **state)
{
	static const char calls[] = "mount umount2 move_mount fsopen open_tree";

	(void)state;
	assert_string_equal(hint("muont", calls), ": did you mean `mount`?");
	assert_string_equal(hint("umount", calls), ": did you mean `mount`?"); /* the first of equals */
	assert_string_equal(hint("FSOPEN", calls), ": did you mean `fsopen`?");
	assert_string_equal(hint("fsopen", calls), ": did you mean `fsopen`?");
	assert_string_equal(hint("socket", calls), "");
	assert_string_equal(hint("", calls), "");
	assert_string_equal(hint("mount", ""), "");
	assert_string_equal(hint("mount", "   "), "");
	/* two letters: only their case may be wrong */
	assert_string_equal(hint("of", "on"), "");
	assert_string_equal(hint("ON", "on"), ": did you mean `on`?");
	/* a third of the letters, not more */
	assert_string_equal(hint("abcdef", "abcdxy"), ": did you mean `abcdxy`?");
	assert_string_equal(hint("abcdef", "abcxyz"), "");
}

static void test_long_words(void **state)
{
	char word[3 * NEAREST_WORD];

	(void)state;
	memset(word, 'a', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_string_equal(hint(word, word), "");
	assert_string_equal(hint("aaaa", word), "");
	assert_int_equal(nearest_distance(word, "a"), NEAREST_WORD);
	word[NEAREST_WORD - 1] = '\0'; /* the longest that still counts */
	assert_int_equal(nearest_distance(word, word), 0);
	assert_int_equal(strlen(hint(word, word)), strlen(": did you mean ``?") + NEAREST_WORD - 1);
}

static void test_words(void **state)
{
	const char *at = " \tone two\t three  ";
	char word[4];

	(void)state;
	assert_true(words_next(&at, word, sizeof(word)));
	assert_string_equal(word, "one");
	assert_true(words_next(&at, word, sizeof(word)));
	assert_string_equal(word, "two");
	assert_true(words_next(&at, word, sizeof(word)));
	assert_string_equal(word, "thr"); /* cut */
	assert_false(words_next(&at, word, sizeof(word)));
	assert_false(words_next(&at, word, sizeof(word)));

	assert_int_equal(words_place("yes auto", "yes"), 0);
	assert_int_equal(words_place("yes  auto ", "auto"), 1);
	assert_int_equal(words_place("yes auto", "aut"), -1);
	assert_int_equal(words_place("yes auto", "auto2"), -1);
	assert_int_equal(words_place("yes auto", ""), -1);
	assert_int_equal(words_place("", "yes"), -1);
	assert_int_equal(words_place("", ""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_distance),
	    cmocka_unit_test(test_hint),
	    cmocka_unit_test(test_long_words),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
