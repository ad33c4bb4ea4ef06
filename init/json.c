/* SPDX-License-Identifier: MIT */
#include "init/json.h"

#include <inttypes.h>
#include <string.h>

struct reader {
	struct json *json;
	size_t at, length;
	uint32_t open[JSON_DEPTH_MAX]; /* the objects and arrays that it is in, from the outermost */
	unsigned depth;
};

static int peek(const struct reader *r)
{
	return r->at < r->length ? (unsigned char)r->json->text[r->at] : -1;
}

static bool fail(struct reader *r, const char *error)
{
	r->json->error = error;
	r->json->line = 1;
	for (size_t i = 0; i < r->at && i < r->length; i++)
		r->json->line += r->json->text[i] == '\n';
	return false;
}

static bool take(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

static void skip_blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' || peek(r) == '\r')
		r->at++;
}

/* NULL: there are too many, and it was told. */
static struct json_token *add(struct reader *r, enum json_type type)
{
	struct json *json = r->json;

	if (json->count == JSON_TOKENS_MAX) {
		fail(r, "more values than are taken (16384)");
		return NULL;
	}
	json->token[json->count] = (struct json_token){.type = type, .first = (uint32_t)r->at, .next = json->count + 1};
	return &json->token[json->count++];
}

static bool read_escape(struct reader *r)
{
	const int c = peek(r);

	if (c <= 0 || !strchr("\"\\/bfnrtu", c)) /* strchr() finds a NUL, too */
		return fail(r, "no such escape in a string");
	r->at++;
	for (int digits = 0; c == 'u' && digits < 4; digits++) {
		if (peek(r) <= 0 || !strchr("0123456789abcdefABCDEF", peek(r)))
			return fail(r, "an escape \\u without four hexadecimal digits");
		r->at++;
	}
	return true;
}

static bool read_string(struct reader *r)
{
	struct json_token *token;

	r->at++; /* the quote */
	token = add(r, JSON_STRING);
	if (!token)
		return false;
	while (!take(r, '"')) {
		if (peek(r) < 0x20) /* the end, too */
			return fail(r, "a string does not end on its line");
		if (take(r, '\\')) {
			if (!read_escape(r))
				return false;
		} else {
			r->at++;
		}
	}
	token->length = (uint32_t)r->at - 1 - token->first;
	return true;
}

static bool digits(struct reader *r)
{
	const size_t first = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at > first;
}

static bool read_number(struct reader *r)
{
	struct json_token *token = add(r, JSON_NUMBER);
	bool right;

	if (!token)
		return false;
	(void)take(r, '-');
	right = take(r, '0') || digits(r);
	if (right && take(r, '.'))
		right = digits(r);
	if (right && (take(r, 'e') || take(r, 'E'))) {
		if (!take(r, '-'))
			(void)take(r, '+');
		right = digits(r);
	}
	if (!right || (peek(r) >= '0' && peek(r) <= '9'))
		return fail(r, "no number as JSON has them");
	token->length = (uint32_t)r->at - token->first;
	return true;
}

static bool read_word(struct reader *r)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const size_t length = strlen(words[i]);
		struct json_token *token;

		if (r->length - r->at < length || memcmp(r->json->text + r->at, words[i], length) != 0)
			continue;
		token = add(r, JSON_WORD);
		if (!token)
			return false;
		token->length = (uint32_t)length;
		r->at += length;
		return true;
	}
	return fail(r, peek(r) < 0 ? "it ends too early" : "no value as JSON has them");
}

static bool enter(struct reader *r, enum json_type type)
{
	if (r->depth == JSON_DEPTH_MAX)
		return fail(r, "nested deeper than is taken (12)");
	if (!add(r, type))
		return false;
	r->at++;
	r->open[r->depth++] = r->json->count - 1;
	return true;
}

static struct json_token *innermost(const struct reader *r)
{
	return &r->json->token[r->open[r->depth - 1]];
}

static void leave(struct reader *r)
{
	struct json_token *token = innermost(r);

	token->length = (uint32_t)r->at - token->first;
	token->next = r->json->count;
	r->depth--;
}

/* One value; of an object or array its beginning only. */
static bool read_value(struct reader *r)
{
	switch (peek(r)) {
	case '{': return enter(r, JSON_OBJECT);
	case '[': return enter(r, JSON_ARRAY);
	case '"': return read_string(r);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9': return read_number(r);
	default: return read_word(r);
	}
}

static bool read_key(struct reader *r)
{
	if (peek(r) != '"')
		return fail(r, "a key is wanted here, in quotes");
	if (!read_string(r))
		return false;
	skip_blanks(r);
	if (!take(r, ':'))
		return fail(r, "a colon is wanted behind a key");
	skip_blanks(r);
	return true;
}

/* Inside of an object or array: its next member, or its end. */
static bool read_member(struct reader *r)
{
	struct json_token *whole = innermost(r);
	const char end = whole->type == JSON_OBJECT ? '}' : ']';

	skip_blanks(r);
	if (take(r, end)) {
		leave(r);
		return true;
	}
	if (whole->members > 0 && !take(r, ','))
		return fail(r, peek(r) < 0 ? "it ends too early" : "a comma is wanted between values");
	whole->members++;
	skip_blanks(r);
	return (whole->type != JSON_OBJECT || read_key(r)) && read_value(r);
}

bool json_read(struct json *json, const char *text, size_t length)
{
	struct reader r = {.json = json, .length = length};

	json->text = text;
	json->count = 0;
	json->error = NULL;
	if (length > UINT32_MAX)
		return fail(&r, "too long");
	skip_blanks(&r);
	if (!read_value(&r))
		return false;
	while (r.depth > 0)
		if (!read_member(&r))
			return false;
	skip_blanks(&r);
	return r.at == length || fail(&r, "something stands behind its end");
}

unsigned json_line(const struct json *json, uint32_t token)
{
	unsigned line = 1;

	for (uint32_t i = 0; i < json->token[token].first; i++)
		line += json->text[i] == '\n';
	return line;
}

bool json_is(const struct json *json, uint32_t token, const char *string)
{
	const struct json_token *t = &json->token[token];

	return t->type == JSON_STRING && t->length == strlen(string) &&
	       memcmp(json->text + t->first, string, t->length) == 0;
}

uint32_t json_get(const struct json *json, uint32_t object, const char *key)
{
	uint32_t at = object + 1;

	if (json->token[object].type != JSON_OBJECT)
		return 0;
	for (uint32_t i = 0; i < json->token[object].members; i++, at = json->token[at + 1].next)
		if (json_is(json, at, key))
			return at + 1;
	return 0;
}

bool json_unsigned(const struct json *json, uint32_t token, uint64_t *value)
{
	const struct json_token *t = &json->token[token];

	*value = 0;
	if (t->type != JSON_NUMBER)
		return false;
	for (uint32_t i = 0; i < t->length; i++) {
		const int c = (unsigned char)json->text[t->first + i];

		if (c < '0' || c > '9' || *value > (UINT64_MAX - (uint64_t)(c - '0')) / 10)
			return false;
		*value = 10 * *value + (uint64_t)(c - '0');
	}
	return true;
}

/* ---- the writer ---- */

static void begin(struct json_out *out)
{
	if (!out->has_key && out->filled)
		fputc(',', out->out);
	if (!out->has_key && out->flat)
		fputs(out->filled ? " " : "", out->out);
	else if (!out->has_key && out->depth > 0)
		fprintf(out->out, "\n%*s", 2 * (int)out->depth, "");
	out->has_key = false;
	out->filled = true;
}

void json_open(struct json_out *out, char bracket)
{
	begin(out);
	fputc(bracket, out->out);
	out->depth++;
	out->filled = false;
}

void json_open_flat(struct json_out *out)
{
	json_open(out, '{');
	out->flat = true;
}

void json_close(struct json_out *out, char bracket)
{
	out->depth--;
	if (out->filled && !out->flat)
		fprintf(out->out, "\n%*s", 2 * (int)out->depth, "");
	fputc(bracket, out->out);
	out->flat = false;
	out->filled = true;
	if (out->depth == 0)
		fputc('\n', out->out);
}

void json_key(struct json_out *out, const char *key)
{
	json_put(out, key);
	fputs(": ", out->out);
	out->has_key = true;
}

void json_put(struct json_out *out, const char *string)
{
	begin(out);
	fprintf(out->out, "\"%s\"", string);
}

void json_put_number(struct json_out *out, uint64_t number)
{
	begin(out);
	fprintf(out->out, "%" PRIu64, number);
}

/* Closes what has ended before the token: the ends of open tokens are on the stack. */
struct copying {
	uint32_t end[JSON_DEPTH_MAX];
	char bracket[JSON_DEPTH_MAX];
	uint32_t keys[JSON_DEPTH_MAX]; /* of an object: the next key */
	unsigned depth;
};

static void close_ended(struct json_out *out, struct copying *c, uint32_t token)
{
	while (c->depth > 0 && c->end[c->depth - 1] == token)
		json_close(out, c->bracket[--c->depth]);
}

/* It has something in it, and no object or array. */
static bool is_flat(const struct json *json, uint32_t token)
{
	for (uint32_t at = token + 1; at < json->token[token].next; at++)
		if (json->token[at].type == JSON_OBJECT || json->token[at].type == JSON_ARRAY)
			return false;
	return json->token[token].members > 0;
}

void json_copy(struct json_out *out, const struct json *json, uint32_t token)
{
	const uint32_t end = json->token[token].next;
	struct copying c = {.depth = 0};

	for (uint32_t at = token; at < end; at++) {
		const struct json_token *t = &json->token[at];
		const char *bytes = json->text + t->first;

		close_ended(out, &c, at);
		if (t->type == JSON_OBJECT || t->type == JSON_ARRAY) {
			const bool object = t->type == JSON_OBJECT;

			if (object && is_flat(json, at))
				json_open_flat(out);
			else
				json_open(out, object ? '{' : '[');
			c.end[c.depth] = t->next;
			c.bracket[c.depth] = object ? '}' : ']';
			c.keys[c.depth++] = object ? at + 1 : 0;
			continue;
		}
		begin(out);
		if (t->type == JSON_STRING)
			fprintf(out->out, "\"%.*s\"", (int)t->length, bytes);
		else
			fprintf(out->out, "%.*s", (int)t->length, bytes);
		if (c.depth > 0 && c.keys[c.depth - 1] == at) {
			c.keys[c.depth - 1] = json->token[at + 1].next;
			fputs(": ", out->out);
			out->has_key = true;
		}
	}
	close_ended(out, &c, end);
}
