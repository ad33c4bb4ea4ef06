/* SPDX-License-Identifier: MIT */
#include "init/denials.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "init/names.h"

#define INTERVAL_FIRST 1000
#define INTERVAL_MAX 60000
#define SECOND 1000
#define PROGRAMS_SHOWN 160u

static const char others[DENIALS_COMM] = "(others)";

/* ---- text ---- */

struct text {
	char *bytes;
	size_t size, length; /* length < size: cut where it ends */
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	va_list arguments;
	int written;

	va_start(arguments, format);
	written = vsnprintf(text->bytes + text->length, text->size - text->length, format, arguments);
	va_end(arguments);
	if (written > 0)
		text->length += (size_t)written;
	if (text->length >= text->size)
		text->length = text->size - 1;
}

#define NAME_SHOWN 200u /* bytes of a path: a line must not end within a string */

/* Names in a container are not to be trusted: nothing that ends a value early, drives a terminal or forges a line. */
static void put_name(struct text *text, const char *name, bool json)
{
	const size_t end = text->length + NAME_SHOWN;

	for (const unsigned char *c = (const unsigned char *)name; *c && text->length < end; c++) {
		if (*c <= (json ? 0x1f : 0x20) || *c >= 0x7f || *c == '"' || *c == '\\')
			put(text, json ? "\\u%04x" : "\\x%02x", *c);
		else
			put(text, "%c", *c);
	}
}

/* The last byte of a line is its newline, however it was cut. */
static size_t finish(struct text *text)
{
	if (text->length > text->size - 2)
		text->length = text->size - 2;
	put(text, "\n");
	return text->length;
}

static const char *call_name(const struct denial *denial, char number[16])
{
	if (denial->rule && denial->rule->name[0])
		return denial->rule->name;
	snprintf(number, 16, "%" PRIu32, denial->nr);
	return number;
}

static const char *answer_name(const struct denial *denial, char number[16])
{
	const char *name = denial->errnum ? names_of_errno(denial->errnum) : "kill-process";

	if (name)
		return name;
	snprintf(number, 16, "%u", (unsigned)denial->errnum);
	return number;
}

/* "/etc/denyinit.ini:2(@mount)" */
static void put_rule(struct text *text, const char *path, const struct denial *denial)
{
	put_name(text, path, false);
	if (!denial->rule)
		put(text, "(%s)", denial->setting);
	else if (denial->rule->group[0])
		put(text, ":%u(%s)", denial->rule->line, denial->rule->group);
	else
		put(text, ":%u", denial->rule->line);
}

static const struct {
	char word[9], said[9], level[5];
} kinds[] = {[DENIAL_DENIED] = {"DENIED", "denied", "warn"}, [DENIAL_OBSERVED] = {"OBSERVE", "observed", "info"}};

static void put_denial(struct text *text, const char *path, const struct denial_key *key)
{
	const struct denial *denial = &key->last;
	char call[16], answer[16];

	put(text, "denyinit: %s %s %s rule=", kinds[denial->kind].word, call_name(denial, call),
	    answer_name(denial, answer));
	put_rule(text, path, denial);
	put(text, " pid=%ld comm=", denial->pid);
	put_name(text, denial->comm[0] ? denial->comm : "?", false);
	put(text, " abi=%s count=%" PRIu64, denial->abi, key->count);
}

static void put_denial_json(struct text *text, const char *path, const struct denial_key *key, int64_t seconds)
{
	const struct denial *denial = &key->last;
	const time_t time = (time_t)seconds;
	char call[16], answer[16];
	struct tm t;

	put(text, "{");
	if (seconds > 0 && gmtime_r(&time, &t))
		put(text, "\"time\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\",", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
		    t.tm_hour, t.tm_min, t.tm_sec);
	put(text,
	    "\"level\":\"%s\",\"msg\":\"%s %s\",\"logger\":\"denyinit\",\"event\":\"%s\",\"schema\":1,\"call\":\"%s\","
	    "\"nr\":%" PRIu32 ",\"gets\":\"%s\",\"policy\":\"",
	    kinds[denial->kind].level, kinds[denial->kind].said, call_name(denial, call), kinds[denial->kind].said,
	    call_name(denial, call), denial->nr, answer_name(denial, answer));
	put_name(text, path, true);
	if (denial->rule)
		put(text, "\",\"line\":%u,\"group\":\"%s\"", denial->rule->line, denial->rule->group);
	else
		put(text, "\",\"setting\":\"%s\"", denial->setting);
	put(text, ",\"pid\":%ld,\"comm\":\"", denial->pid);
	put_name(text, denial->comm, true);
	put(text, "\",\"abi\":\"%s\",\"count\":%" PRIu64 "}", denial->abi, key->count);
}

/* ---- folding ---- */

static bool same_rule(const struct denial *a, const struct denial *b)
{
	return a->kind == b->kind && a->rule == b->rule && (a->rule || a->nr == b->nr) && strcmp(a->abi, b->abi) == 0;
}

static struct denial_key *find(struct denials *denials, const struct denial *denial, const char *comm)
{
	for (size_t i = 0; i < denials->used; i++) {
		struct denial_key *key = &denials->keys[i];

		if (same_rule(&key->last, denial) && strcmp(key->last.comm, comm) == 0)
			return key;
	}
	return NULL;
}

void denials_note(struct denials *denials, const struct denial *denial)
{
	struct denial_key *key = find(denials, denial, denial->comm);
	const char *comm = denial->comm;

	if (!key && denials->used >= DENIALS_PROGRAMS) {
		comm = others;
		key = find(denials, denial, comm);
	}
	if (!key && denials->used >= DENIALS_KEYS) {
		denials->unkept++;
		return;
	}
	if (!key) {
		key = &denials->keys[denials->used++];
		*key = (struct denial_key){.interval = INTERVAL_FIRST};
	}
	key->last = *denial;
	if (comm == others)
		memcpy(key->last.comm, others, sizeof others);
	key->count++;
}

static bool in_budget(const struct denials *denials, int64_t now)
{
	return denials->lines < DENIALS_BURST || now - denials->second >= SECOND;
}

static void spend(struct denials *denials, int64_t now)
{
	if (now - denials->second >= SECOND) {
		denials->second = now;
		denials->lines = 0;
	}
	denials->lines++;
}

size_t denials_line(struct denials *denials, int64_t now, int64_t time, char line[DENIALS_LINE])
{
	struct text text = {.size = DENIALS_LINE};

	text.bytes = line;
	if (!in_budget(denials, now))
		return 0;
	for (size_t i = 0; i < denials->used; i++) {
		struct denial_key *key = &denials->keys[i];

		if (key->count == key->told || key->due > now)
			continue;
		if (denials->json)
			put_denial_json(&text, denials->path, key, time);
		else
			put_denial(&text, denials->path, key);
		spend(denials, now);
		key->told = key->count;
		key->due = now + key->interval;
		key->interval = 2 * key->interval < INTERVAL_MAX ? 2 * key->interval : INTERVAL_MAX;
		return finish(&text);
	}
	return 0;
}

int denials_wait(const struct denials *denials, int64_t now)
{
	int64_t least = -1;

	for (size_t i = 0; i < denials->used; i++) {
		const struct denial_key *key = &denials->keys[i];

		if (key->count != key->told && (least < 0 || key->due < least))
			least = key->due;
	}
	if (least < 0)
		return -1;
	if (!in_budget(denials, now) && least < denials->second + SECOND)
		least = denials->second + SECOND;
	return least > now ? (int)(least - now) : 0;
}

/* ---- sums ---- */

static uint64_t sum(const struct denials *denials, enum denial_kind kind)
{
	uint64_t count = 0;

	for (size_t i = 0; i < denials->used; i++)
		if (denials->keys[i].last.kind == kind)
			count += denials->keys[i].count;
	return count;
}

static bool is_first_of_its_rule(const struct denials *denials, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_rule(&denials->keys[j].last, &denials->keys[i].last))
			return false;
	return true;
}

/* "nginx(12) entrypoint.sh(3)"; returns the sum. */
static uint64_t put_programs(struct text *text, const struct denials *denials, const struct denial *denial, bool json)
{
	uint64_t count = 0;
	bool any = false;

	for (size_t i = 0; i < denials->used; i++) {
		const struct denial_key *key = &denials->keys[i];

		if (!same_rule(&key->last, denial))
			continue;
		count += key->count;
		if (text->length > PROGRAMS_SHOWN + 200)
			continue; /* no room: the sum has them */
		put(text, any ? " " : "");
		any = true;
		put_name(text, key->last.comm[0] ? key->last.comm : "?", json);
		put(text, "(%" PRIu64 ")", key->count);
	}
	return count;
}

static void put_total(struct text *text, const struct denials *denials, const struct denial *denial)
{
	char call[16], answer[16];
	uint64_t count;

	put(text, "denyinit:   %-16s %-8s rule=", call_name(denial, call), answer_name(denial, answer));
	put_rule(text, denials->path, denial);
	put(text, " abi=%s by ", denial->abi);
	count = put_programs(text, denials, denial, false);
	put(text, " count=%" PRIu64, count);
}

static void put_total_json(struct text *text, const struct denials *denials, const struct denial *denial)
{
	char call[16], answer[16];
	uint64_t count;

	put(text,
	    "{\"level\":\"info\",\"msg\":\"%s in all\",\"logger\":\"denyinit\",\"event\":\"%s-total\",\"schema\":1,"
	    "\"call\":\"%s\",\"gets\":\"%s\",\"line\":%u,\"abi\":\"%s\",\"programs\":\"",
	    kinds[denial->kind].said, kinds[denial->kind].said, call_name(denial, call), answer_name(denial, answer),
	    denial->rule ? denial->rule->line : 0, denial->abi);
	count = put_programs(text, denials, denial, true);
	put(text, "\",\"count\":%" PRIu64 "}", count);
}

size_t denials_total(const struct denials *denials, size_t *at, char line[DENIALS_LINE])
{
	struct text text = {.size = DENIALS_LINE};

	text.bytes = line;
	if ((*at)++ == 0) {
		put(&text,
		    denials->json ? "{\"level\":\"info\",\"msg\":\"denials in all\",\"logger\":\"denyinit\","
		                    "\"event\":\"totals\",\"schema\":1,\"denied\":%" PRIu64 ",\"observed\":%" PRIu64
		                    ",\"unkept\":%" PRIu64 "}"
		                  : "denyinit: TOTALS denied=%" PRIu64 " observed=%" PRIu64 " unkept=%" PRIu64,
		    sum(denials, DENIAL_DENIED), sum(denials, DENIAL_OBSERVED), denials->unkept);
		return finish(&text);
	}
	for (; *at <= denials->used + 1; (*at)++) {
		const size_t i = *at - 2;

		if (!is_first_of_its_rule(denials, i))
			continue;
		if (denials->json)
			put_total_json(&text, denials, &denials->keys[i].last);
		else
			put_total(&text, denials, &denials->keys[i].last);
		return finish(&text);
	}
	return 0;
}

uint64_t denials_count(const struct denials *denials, enum denial_kind kind, const struct rule *rule,
                       const char *setting, char *programs, size_t size)
{
	struct text text = {programs, size, 0};
	uint64_t count = 0;

	if (programs)
		programs[0] = '\0';
	for (size_t i = 0; i < denials->used; i++) {
		const struct denial_key *key = &denials->keys[i];

		if (key->last.kind != kind || key->last.rule != rule)
			continue;
		if (!rule && strcmp(key->last.setting, setting) != 0)
			continue;
		count += key->count;
		if (!programs)
			continue;
		put(&text, text.length > 0 ? " " : "");
		put_name(&text, key->last.comm[0] ? key->last.comm : "?", false);
	}
	return count;
}
