/* SPDX-License-Identifier: MIT */
#include "tests/unit/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Each of these: where the value ends, or NULL. */
static const char *json_value(const char *at, unsigned depth);

static const char *json_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if (*at < 0x20 || *at >= 0x7f) /* that it is ASCII is promised besides */
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u') {
			if (strspn(at + 1, "0123456789abcdef") < 4)
				return NULL;
			at += 4;
		} else if (!*at || !strchr("\"\\/bfnrt", *at)) {
			return NULL;
		}
	}
	return at + 1;
}

static const char *json_list(const char *at, char end, bool keys, unsigned depth)
{
	if (*++at == end)
		return at + 1;
	for (;;) {
		if (keys && (!(at = json_string(at)) || *at++ != ':'))
			return NULL;
		at = json_value(at, depth);
		if (!at)
			return NULL;
		if (*at == end)
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static const char *json_value(const char *at, unsigned depth)
{
	size_t digits;

	if (depth == 0)
		return NULL;
	if (*at == '{')
		return json_list(at, '}', true, depth - 1);
	if (*at == '[')
		return json_list(at, ']', false, depth - 1);
	if (*at == '"')
		return json_string(at);
	if (strncmp(at, "null", 4) == 0 || strncmp(at, "true", 4) == 0)
		return at + 4;
	at += *at == '-';
	digits = strspn(at, "0123456789");
	return digits == 0 || (digits > 1 && *at == '0') ? NULL : at + digits;
}

void is_json(const char *text)
{
	const char *end = text[0] == '{' ? json_value(text, 8) : NULL;

	if (!end || strcmp(end, "\n") != 0)
		fail_msg("not one line of JSON, up to `%s`:\n%s", end ? end : "?", text);
}
