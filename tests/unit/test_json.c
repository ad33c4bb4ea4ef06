/* SPDX-License-Identifier: MIT */
/* json: what is JSON and what is not, by RFC 8259; and that a copy is the same in another dress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/json.h"

static struct json json;

/* From memory of exactly that size, for the address sanitizer. */
static bool read_exactly(const char *text, size_t length)
{
	static char *copy;

	free(copy);
	copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	return json_read(&json, copy, length);
}

static const char *const sound[] = {
    "{}",
    "[]",
    "0",
    "\"\"",
    " null ",
    "true",
    "false",
    "-0",
    "-12.5e+3",
    "1E9",
    "0.25e-1",
    "[1,2 , 3]",
    "{\"a\":1,\"b\":[{},[],\"x\"]}",
    "\r\n\t{ \"a\" : { \"b\" : null } } \n",
    "\"\\u00fF\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\xc3\xa4\"",
    "[[[[[[[[[[[[]]]]]]]]]]]]",
    "18446744073709551615",
};

static const struct {
	const char *text;
	unsigned line;
	const char *error;
} unsound[] = {
    {"", 1, "it ends too early"},
    {"\n\n ", 3, "it ends too early"},
    {"{", 1, "a key is wanted here, in quotes"},
    {"[", 1, "it ends too early"},
    {"[1", 1, "it ends too early"},
    {"[1,", 1, "it ends too early"},
    {"[1,]", 1, "no value as JSON has them"},
    {"[,1]", 1, "no value as JSON has them"},
    {"[1 2]", 1, "a comma is wanted between values"},
    {"[1]]", 1, "something stands behind its end"},
    {"{} {}", 1, "something stands behind its end"},
    {"{\"a\"}", 1, "a colon is wanted behind a key"},
    {"{\"a\" 1}", 1, "a colon is wanted behind a key"},
    {"{\"a\":}", 1, "no value as JSON has them"},
    {"{\"a\":1,}", 1, "a key is wanted here, in quotes"},
    {"{a:1}", 1, "a key is wanted here, in quotes"},
    {"{1:1}", 1, "a key is wanted here, in quotes"},
    {"{\"a\":1]", 1, "a comma is wanted between values"},
    {"{\"a\":1 \"b\":2}", 1, "a comma is wanted between values"},
    {"\"a", 1, "a string does not end on its line"},
    {"\"a\n\"", 1, "a string does not end on its line"},
    {"\"a\x01\"", 1, "a string does not end on its line"},
    {"\"\\x\"", 1, "no such escape in a string"},
    {"\"\\u12g4\"", 1, "an escape \\u without four hexadecimal digits"},
    {"\"\\u123", 1, "an escape \\u without four hexadecimal digits"},
    {"01", 1, "no number as JSON has them"},
    {"-", 1, "no number as JSON has them"},
    {"1.", 1, "no number as JSON has them"},
    {"1e", 1, "no number as JSON has them"},
    {"+1", 1, "no value as JSON has them"},
    {".5", 1, "no value as JSON has them"},
    {"nul", 1, "no value as JSON has them"},
    {"nullx", 1, "something stands behind its end"},
    {"True", 1, "no value as JSON has them"},
    {"'a'", 1, "no value as JSON has them"},
    {"{} // no", 1, "something stands behind its end"},
    {"[1,\n\n/**/2]", 3, "no value as JSON has them"},
    {"\xef\xbb\xbf{}", 1, "no value as JSON has them"},
    {"[[[[[[[[[[[[[]]]]]]]]]]]]]", 1, "nested deeper than is taken (12)"},
};

static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
		if (!read_exactly(sound[i], strlen(sound[i])))
			fail_msg("%s: %s", sound[i], json.error);
	for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++) {
		if (read_exactly(unsound[i].text, strlen(unsound[i].text)))
			fail_msg("taken: %s", unsound[i].text);
		if (strcmp(json.error, unsound[i].error) != 0 || json.line != unsound[i].line)
			fail_msg("%s: line %u: %s", unsound[i].text, json.line, json.error);
	}
	assert_false(read_exactly("{}\0", 3));      /* a NUL is no blank */
	assert_false(read_exactly("\"\\\0a\"", 5)); /* and no escape */
	assert_false(read_exactly("\"\\u00\0"
	                          "0\"",
	                          8)); /* nor a digit */
}

/* Whatever is cut off, it is no JSON any more. */
static void every_beginning(void **state)
{
	static const char whole[] = "{\"a\":[1.5,\"x\\u1234\",{\"b\":null}],\"c\":true}";

	(void)state;
	for (size_t length = 0; length < sizeof whole - 1; length++)
		assert_false(read_exactly(whole, length));
	assert_true(read_exactly(whole, sizeof whole - 1));
}

static void too_many_tokens(void **state)
{
	static char text[2 * JSON_TOKENS_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = i % 2 ? '1' : ',';
	text[0] = '[';
	text[2 * JSON_TOKENS_MAX] = ']';
	assert_false(read_exactly(text, 2 * JSON_TOKENS_MAX + 1));
	text[2 * JSON_TOKENS_MAX - 2] = ']';
	assert_true(read_exactly(text, 2 * JSON_TOKENS_MAX - 1));
	assert_int_equal(json.count, JSON_TOKENS_MAX);
}

static void values_are_found(void **state)
{
	static const char text[] = "{\"a\": [1, 2],\n \"b\": \"x\", \"c\": 18446744073709551615,\n"
				   "\"d\": 18446744073709551616, \"e\": -1, \"f\": 1.0, \"\\u0061\": 7}";
	uint64_t value;

	(void)state;
	assert_true(read_exactly(text, sizeof text - 1));
	assert_int_equal(json.token[0].members, 7);
	assert_int_equal(json.token[json_get(&json, 0, "a")].members, 2);
	assert_true(json_is(&json, json_get(&json, 0, "b"), "x"));
	assert_false(json_is(&json, json_get(&json, 0, "b"), "xy"));
	assert_false(json_is(&json, json_get(&json, 0, "b"), ""));
	assert_true(json_unsigned(&json, json_get(&json, 0, "c"), &value));
	assert_true(value == UINT64_MAX);
	assert_int_equal(json_line(&json, json_get(&json, 0, "d")), 3);
	assert_false(json_unsigned(&json, json_get(&json, 0, "d"), &value));
	assert_false(json_unsigned(&json, json_get(&json, 0, "e"), &value));
	assert_false(json_unsigned(&json, json_get(&json, 0, "f"), &value));
	assert_false(json_unsigned(&json, json_get(&json, 0, "b"), &value));
	assert_int_equal(json_get(&json, 0, "x"), 0);
	assert_int_equal(json_get(&json, 0, "1"), 0); /* a value is no key */
	assert_int_equal(json_get(&json, json_get(&json, 0, "a"), "a"), 0);
}

static const char *copied(void)
{
	static char *text;
	size_t length;
	struct json_out out = {0};

	free(text);
	out.out = open_memstream(&text, &length);
	assert_non_null(out.out);
	json_copy(&out, &json, 0);
	assert_int_equal(fclose(out.out), 0);
	return text;
}

static void a_copy(void **state)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e3,{}],\"b\":{\"c\":\"\\u0041\\\"\",\"d\":[]},\"g\":{\"h\":1,\"i\":null},\"e\":null,\"f\":[[true],[[]]]}";
	static const char pretty[] =
	    "{\n  \"a\": [\n    1,\n    -2.5e3,\n    {}\n  ],\n  \"b\": {\n    \"c\": \"\\u0041\\\"\",\n"
	    "    \"d\": []\n  },\n  \"g\": {\"h\": 1, \"i\": null},\n  \"e\": null,\n  \"f\": [\n    [\n      true\n    ],\n    [\n"
	    "      []\n    ]\n  ]\n}\n";

	(void)state;
	assert_true(read_exactly(text, sizeof text - 1));
	assert_string_equal(copied(), pretty);
	assert_true(read_exactly(pretty, sizeof pretty - 1));
	assert_string_equal(copied(), pretty);
}

int main(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(texts),           cmocka_unit_test(every_beginning),
	    cmocka_unit_test(too_many_tokens), cmocka_unit_test(values_are_found),
	    cmocka_unit_test(a_copy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(all, NULL, NULL);
}
