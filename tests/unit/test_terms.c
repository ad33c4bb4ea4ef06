/* SPDX-License-Identifier: MIT */
/* terms, conditions and wording: text to conditions, what they match, what one leaves another, and back to text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/conditions.h"
#include "init/terms.h"
#include "init/wording.h"
#include "tests/unit/sample.h"

static struct policy policy;
static struct findings findings;

static bool read_into(struct rule *rule, const char *call, const char *text)
{
	struct terms terms;

	memset(&findings, 0, sizeof findings);
	memset(rule, 0, sizeof *rule);
	snprintf(rule->name, sizeof rule->name, "%s", call);
	return terms_parse(text, 7, &findings, &terms) &&
	       terms_apply(&terms, call, 7, &findings, &policy, rule) == TERMS_OK;
}

static void start(void)
{
	policy.nvalues = 0;
}

static const char *as_text(const struct rule *rule)
{
	static const char tests[][7] = {"in", "not in", "<", "<=", ">", ">=", "&"};
	static char text[4000];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < rule->nconditions; i++) {
		const struct condition *c = &rule->conditions[i];

		assert_int_equal(c->upper, c->arg);
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%u%s %s", i > 0 ? ", " : "", c->arg,
		                         c->wide ? "w" : "", tests[c->test]);
		for (size_t k = 0; k < c->count; k++)
			used += (size_t)snprintf(text + used, sizeof text - used, " %llx",
			                         (unsigned long long)conditions_values(&policy, c)[k]);
	}
	return text;
}

/* ---- text ---- */

static const struct {
	const char *call, *text, *conditions;
} readings[] = {
    {"ioctl", "cmd == 5", "1 in 5"},
    {"ioctl", "cmd==5", "1 in 5"},
    {"ioctl", "arg1 != 0x10", "1 not in 10"},
    {"ioctl", "cmd in 5 3 0x4", "1 in 3 4 5"},
    {"ioctl", "cmd\tnot \t in 5 3", "1 not in 3 5"},
    {"ioctl", "cmd in 5", "1 in 5"},
    {"ioctl", "cmd < 5", "1 < 5"},
    {"ioctl", "cmd<=5 and cmd>3 and fd>=1", "1 <= 5, 1 > 3, 0 >= 1"},
    {"ioctl", "cmd & 1|2|4", "1 & 7"},
    {"ioctl", "cmd & 1 | 2 | 4 and fd == 3", "1 & 7, 0 in 3"},
    {"ioctl", "cmd in 1|2 4 | 8 16", "1 in 3 c 10"},
    {"ioctl", "cmd == -1", "1 in ffffffff"},
    {"ioctl", "cmd in -1 -2147483648 -0x10 0", "1 in 0 80000000 fffffff0 ffffffff"},
    {"ioctl", "cmd in -1 0xffffffff", "1 in ffffffff"},
    {"ioctl", "cmd == -0", "1 in 0"},
    {"mount", "flags == -1", "3w in ffffffffffffffff"},
    {"mount", "flags not in -0x8000000000000000 3", "3w not in 3 8000000000000000"},
    {"mount", "flags > 0xfffffffffffffffe", "3w > fffffffffffffffe"},
    {"mount", "flags & 0x100000000", "3w & 100000000"},
    {"clone", "flags & CLONE_NEWNS|CLONE_NEWUSER", "0 & 10020000"},
    {"clone", "flags in CLONE_NEWNS CLONE_NEWUSER|1", "0 in 20000 10000001"},
    {"500", "arg0 == 5", "0 in 5"},
    {"500", "arg0:64 == 5", "0w in 5"},
    {"500", "arg0 == 0x100000000", "0w in 100000000"},
    {"500", "arg0 == -2147483649", "0w in ffffffff7fffffff"},
    {"500", "arg0 == -2147483648", "0 in 80000000"},
    {"500", "arg0 > 5 and arg0 < 0x100000000 and arg1 == 1", "0w > 5, 0w < 100000000, 1 in 1"},
    {"500", "arg0 in 1 2 and arg0:64 != 2", "0w in 1 2, 0w not in 2"},
    {"500", "arg5 >= 1 and arg5 <= 0xfffffffe", "5 >= 1, 5 <= fffffffe"},
};

static void texts(void **state)
{
	struct rule rule;

	(void)state;
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
		start();
		if (!read_into(&rule, readings[i].call, readings[i].text))
			fail_msg("%s: %s: %s", readings[i].call, readings[i].text, findings.item[0].text);
		assert_int_equal(findings.count, 0);
		assert_string_equal(as_text(&rule), readings[i].conditions);
	}
}

static void twice_is_a_warning(void **state)
{
	struct rule rule;

	(void)state;
	start();
	assert_true(read_into(&rule, "ioctl", "cmd in 4 1 4 1 4 and fd in 7 7"));
	assert_int_equal(findings.warnings, 2);
	assert_int_equal(findings.errors, 0);
	assert_string_equal(findings.item[0].text, "value `4` twice in one list: once is enough");
	assert_string_equal(as_text(&rule), "1 in 1 4, 0 in 7");
}

/* As many values as a line has room for; the table's end. */
static void many_values(void **state)
{
	char line[POLICY_LINE_MAX + 1] = "fd in";
	struct rule rule;
	size_t length = 5, count = 0, rules = 0;

	(void)state;
	start();
	while (length + 2 < sizeof line) {
		length += (size_t)snprintf(line + length, sizeof line - length, " %zu", count % 10);
		count++;
	}
	assert_true(read_into(&rule, "ioctl", line));
	assert_int_equal(rule.conditions[0].count, 10);

	start();
	for (;;) {
		struct terms terms;
		char text[60];
		enum terms_step step;

		snprintf(text, sizeof text, "fd in %zu %zu %zu", rules * 3 + 1, rules * 3 + 2, rules * 3 + 3);
		memset(&findings, 0, sizeof findings);
		assert_true(terms_parse(text, 7, &findings, &terms));
		memset(&rule, 0, sizeof rule);
		step = terms_apply(&terms, "ioctl", 7, &findings, &policy, &rule);
		assert_int_equal(findings.count, 0);
		if (step != TERMS_OK) {
			assert_int_equal(step, TERMS_FULL);
			break;
		}
		assert_true(terms_apply(&terms, "ioctl", 7, &findings, &policy, &rule) == TERMS_OK); /* shared */
		rules++;
	}
	assert_int_equal(rules, POLICY_VALUES_MAX / 3);
	assert_in_range(policy.nvalues, POLICY_VALUES_MAX - 2, POLICY_VALUES_MAX);
}

/* ---- what they match ---- */

static const struct {
	const char *text;
	uint64_t arg0, arg1;
	bool matches;
} matches[] = {
    {"arg0 == 5", 5, 0, true},
    {"arg0 == 5", UINT64_C(0xdeadbeef00000005), 0, true}, /* junk above 32 bits */
    {"arg0 == 5", 4, 0, false},
    {"arg0:64 == 5", UINT64_C(0x100000005), 0, false},
    {"arg0 != 5", UINT64_C(0x100000005), 0, false},
    {"arg0:64 != 5", UINT64_C(0x100000005), 0, true},
    {"arg0 < 5", UINT64_C(0xffffffff00000004), 0, true},
    {"arg0:64 < 5", UINT64_C(0xffffffff00000004), 0, false},
    {"arg0 < 5", 5, 0, false},
    {"arg0 <= 5", 5, 0, true},
    {"arg0 > 0x7fffffff", 0xffffffff, 0, true}, /* unsigned */
    {"arg0 > 5", 5, 0, false},
    {"arg0 >= 5", 5, 0, true},
    {"arg0 & 6", UINT64_C(0x600000001), 0, false},
    {"arg0 & 6", 4, 0, true},
    {"arg0 & 0x100000000", UINT64_C(0x100000000), 0, true},
    {"arg0 in 1 5 9 and arg1 not in 2 4", 9, 3, true},
    {"arg0 in 1 5 9 and arg1 not in 2 4", 9, 4, false},
    {"arg0 in 1 5 9 and arg1 not in 2 4", 8, 3, false},
    {"arg0 == -1", 0xffffffff, 0, true},
    {"arg0 == -1", UINT64_MAX, 0, true},
};

static void what_matches(void **state)
{
	struct rule rule;

	(void)state;
	for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
		const uint64_t args[6] = {matches[i].arg0, matches[i].arg1};

		start();
		assert_true(read_into(&rule, "500", matches[i].text));
		if (conditions_match(&policy, &rule, args) != matches[i].matches)
			fail_msg("%s, row %zu", matches[i].text, i);
	}
}

/* The lower half of arg3 and that of arg1 are one argument. */
static void a_pair_of_registers(void **state)
{
	const uint64_t junk = UINT64_C(0xa5a5a5a500000000);
	struct rule rule = {.nconditions = 1};

	(void)state;
	start();
	policy.values[0] = UINT64_C(0x200000003);
	policy.nvalues = 1;
	rule.conditions[0] = (struct condition){.arg = 1, .upper = 3, .wide = true, .test = TEST_IN, .count = 1};
	assert_true(conditions_match(&policy, &rule, (const uint64_t[6]){0, junk | 3, 0, junk | 2}));
	assert_false(conditions_match(&policy, &rule, (const uint64_t[6]){0, 2, 0, 3}));
	assert_false(conditions_match(&policy, &rule, (const uint64_t[6]){0, UINT64_C(0x200000003), 0, 0}));
}

/* ---- what one leaves another ---- */

static void random_condition(struct rule *rule, uint8_t arg, bool bits, bool wide)
{
	struct condition *c = &rule->conditions[rule->nconditions++];
	uint64_t values[4];
	size_t count;

	*c = (struct condition){.arg = arg, .upper = arg, .wide = wide};
	c->test = (enum test)below(bits ? TEST_ANY_BIT + 1 : TEST_ANY_BIT);
	values[0] = below(6) + (wide && one_in(3) ? UINT64_C(0x100000000) : 0);
	if (c->test == TEST_ANY_BIT && values[0] == 0)
		values[0] = 1;
	count = c->test <= TEST_NOT_IN ? 1 + below(4) : 1;
	for (size_t i = 1; i < count; i++)
		values[i] = values[i - 1] + 1 + below(3);
	assert_true(conditions_add_values(&policy, values, count, c));
}

/* All that such conditions can tell apart. */
static size_t small_world(uint64_t world[200])
{
	size_t count = 0;

	for (uint64_t upper = 0; upper < 4; upper++)
		for (uint64_t lower = 0; lower < 24; lower++)
			world[count++] =
			    (upper == 3 ? UINT32_MAX : upper) << 32 | (lower < 20 ? lower : UINT32_MAX - lower + 20);
	return count;
}

/* Against every pair of arguments. Where bits or both widths play a part it may be left open, and then is seldom. */
static void possible_and_covered(void **state)
{
	static uint64_t world[200];
	const size_t size = small_world(world);
	size_t possible = 0, covered = 0, open = 0, told[2] = {0, 0};

	(void)state;
	seed = 5;
	for (size_t n = 0; n < 6000; n++) {
		struct rule first = {.nconditions = 0}, later = {.nconditions = 0};
		const bool bits = one_in(2), mixed = one_in(3), wide = one_in(2);
		bool is_possible = false, is_covered = true, says_possible, says_covered;

		start();
		for (size_t more = 1 + below(2); more > 0; more--)
			random_condition(&first, (uint8_t)below(2), bits, mixed ? one_in(2) : wide);
		for (size_t more = 1 + below(3); more > 0; more--)
			random_condition(&later, (uint8_t)below(2), bits, mixed ? one_in(2) : wide);
		for (size_t i = 0; i < size; i++) {
			for (size_t k = 0; k < size; k++) {
				const uint64_t args[6] = {world[i], world[k]};

				if (!conditions_match(&policy, &later, args))
					continue;
				is_possible = true;
				is_covered = is_covered && conditions_match(&policy, &first, args);
			}
		}
		says_possible = conditions_possible(&policy, &later);
		says_covered = conditions_cover(&policy, &first, &later);
		possible += is_possible;
		if (is_possible)
			assert_true(says_possible);
		else
			told[0] += !says_possible;
		if (!is_possible)
			continue; /* an error of its own */
		covered += is_covered;
		if (says_covered)
			assert_true(is_covered);
		told[1] += says_covered;
		open += is_covered && !says_covered;
		if (!bits && !mixed) { /* then all is told */
			assert_int_equal(says_possible, is_possible);
			assert_int_equal(says_covered, is_covered);
		}
	}
	assert_true(possible > 3000 && told[0] > 300 && told[1] > 300);
	assert_true(open * 4 < told[1]);
}

/* ---- back to text ---- */

static void wording(void **state)
{
	static const struct {
		const char *call, *text, *names, *numbers;
	} rows[] = {
	    {"ioctl", "arg1 == 5", "cmd == 5", "arg1 == 5"},
	    {"ioctl", "cmd in 0x5412 3 -1", "cmd in 3 0x5412 -1", "arg1 in 3 21522 -1"},
	    {"ioctl", "cmd not in 1 2 and fd >= 70000", "cmd not in 1 2 and fd >= 0x11170",
	     "arg1 not in 1 2 and arg0 >= 70000"},
	    {"mount", "flags != -2", "flags != -2", "arg3 != -2"},
	    {"mount", "flags < 0xfffffffffffffffe", "flags < 0xfffffffffffffffe", "arg3 < 0xfffffffffffffffe"},
	    {"clone", "arg0 & 0x20000", "flags & CLONE_NEWNS", "arg0 & 0x20000"},
	    {"500", "arg0:64 <= 5 and arg1 > 6", "arg0:64 <= 5 and arg1 > 6", "arg0:64 <= 5 and arg1 > 6"},
	};
	char text[WORDING_MAX];
	struct rule rule;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		start();
		assert_true(read_into(&rule, rows[i].call, rows[i].text));
		assert_string_equal(wording_conditions(&policy, &rule, text, sizeof text), rows[i].names);
		assert_string_equal(wording_numbers(&policy, &rule, text, sizeof text), rows[i].numbers);
	}
	memset(&rule, 0, sizeof rule);
	assert_string_equal(wording_conditions(&policy, &rule, text, sizeof text), "");
}

/* Names give way to numbers; what does not fit is cut, and says so. */
static void wording_that_does_not_fit(void **state)
{
	char text[WORDING_MAX];
	struct rule rule;

	(void)state;
	start();
	assert_true(read_into(&rule, "clone", "flags & CLONE_NEWNS|CLONE_NEWUSER|CLONE_NEWPID"));
	assert_string_equal(wording_conditions(&policy, &rule, text, 20), "arg0 & 0x30020000");
	assert_string_equal(wording_conditions(&policy, &rule, text, 10), "arg0 &...");
	for (size_t size = 1; size < 60; size++) {
		memset(text, 0x5a, sizeof text);
		wording_conditions(&policy, &rule, text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], 0x5a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts),
	    cmocka_unit_test(twice_is_a_warning),
	    cmocka_unit_test(many_values),
	    cmocka_unit_test(what_matches),
	    cmocka_unit_test(a_pair_of_registers),
	    cmocka_unit_test(possible_and_covered),
	    cmocka_unit_test(wording),
	    cmocka_unit_test(wording_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
