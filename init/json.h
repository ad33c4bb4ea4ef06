/* SPDX-License-Identifier: MIT */
/*
 * json: JSON text to a table of tokens, and values to JSON text. Pure.
 *
 * The reader takes RFC 8259 and nothing else: what it is for, a seccomp profile, is read by others afterwards, and a text
 * that two readers understand differently is no profile. It does not copy: tokens are places in the text.
 */
#ifndef INIT_JSON_H
#define INIT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_TOKENS_MAX 16384u
#define JSON_DEPTH_MAX 12u

enum json_type { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_WORD /* true, false, null */ };

struct json_token {
	enum json_type type;
	uint32_t first, length; /* bytes of the text; of a string what is between its quotes */
	uint32_t members;       /* of an array; of an object: its keys. A key is followed by its value */
	uint32_t next;          /* index of the token after this one and all that is in it */
};

struct json {
	const char *text;
	struct json_token token[JSON_TOKENS_MAX]; /* token[0]: the whole */
	uint32_t count;
	/* What is wrong, and the line where; NULL: nothing. */
	const char *error;
	unsigned line;
};

/* text must live as long as *json is used. length at most UINT32_MAX. */
bool json_read(struct json *json, const char *text, size_t length);

/* The line, from 1, where a token begins. */
unsigned json_line(const struct json *json, uint32_t token);

/* Whether a token is that string. False for one with an escape in it. */
bool json_is(const struct json *json, uint32_t token, const char *string);

/* The value of a key; 0: the object does not have it (no value is token 0). */
uint32_t json_get(const struct json *json, uint32_t object, const char *key);

/* A number without sign, fraction and exponent. */
bool json_unsigned(const struct json *json, uint32_t token, uint64_t *value);

/* The writer: two blanks for each level, a value a line, but for flat objects. Errors are the stream's. */
struct json_out {
	FILE *out;
	unsigned depth;
	bool flat;    /* within an object that has nothing but strings, numbers and words: on one line */
	bool filled;  /* something stands before, on this level */
	bool has_key; /* the next value belongs to it */
};

void json_open(struct json_out *out, char bracket);  /* { or [ */
void json_open_flat(struct json_out *out);           /* { */
void json_close(struct json_out *out, char bracket); /* } or ] */
void json_key(struct json_out *out, const char *key);
void json_put(struct json_out *out, const char *string); /* printable ASCII without quote and backslash */
void json_put_number(struct json_out *out, uint64_t number);
void json_copy(struct json_out *out, const struct json *json, uint32_t token); /* with all that is in it */

#endif
