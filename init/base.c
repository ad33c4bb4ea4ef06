/* SPDX-License-Identifier: MIT */
#include "init/base.h"

#include <string.h>

#include "init/arch.h"

static const struct {
	const char *name;
	enum base_severity severity;
} actions[] = {
    {"SCMP_ACT_ALLOW", BASE_ALLOW},
    {"SCMP_ACT_LOG", BASE_LOG},
    {"SCMP_ACT_TRACE", BASE_TRACE},
    {"SCMP_ACT_NOTIFY", BASE_NOTIFY},
    {"SCMP_ACT_ERRNO", BASE_ERRNO},
    {"SCMP_ACT_TRAP", BASE_TRAP},
    {"SCMP_ACT_KILL", BASE_KILL_THREAD}, /* runc: getAction(), libcontainer/seccomp */
    {"SCMP_ACT_KILL_THREAD", BASE_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", BASE_KILL},
};

/* With one value each. */
static const struct {
	const char *name;
	enum cube_op op;
} operators[] = {
    {"SCMP_CMP_EQ", CUBE_IN},
    {"SCMP_CMP_NE", CUBE_NOT_IN},
    {"SCMP_CMP_LT", CUBE_LESS},
    {"SCMP_CMP_LE", CUBE_LESS_EQUAL},
    {"SCMP_CMP_GT", CUBE_GREATER},
    {"SCMP_CMP_GE", CUBE_GREATER_EQUAL},
    {"SCMP_CMP_MASKED_EQ", CUBE_MASKED},
};

/* The keys of each kind of object, as words. defaultErrno and errno are Podman's. */
static const char profile_keys[] =
    "defaultAction defaultErrnoRet defaultErrno architectures archMap flags listenerPath "
    "listenerMetadata syscalls";
static const char entry_keys[] = "name names action errnoRet errno args comment includes excludes";
static const char arg_keys[] = "index value valueTwo op";
static const char filter_keys[] = "caps arches minKernel";

bool base_wrong(struct base *base, uint32_t token, const char *text)
{
	findings_add(base->findings, SEVERITY_ERROR, json_line(&base->json, token), "%s", text);
	return false;
}

static const struct json_token *token_of(const struct base *base, uint32_t token)
{
	return &base->json.token[token];
}

static uint32_t next_of(const struct base *base, uint32_t token)
{
	return base->json.token[token].next;
}

uint32_t base_get(const struct base *base, uint32_t object, const char *key)
{
	const uint32_t value = json_get(&base->json, object, key);

	if (value && token_of(base, value)->type == JSON_WORD && base->json.text[token_of(base, value)->first] == 'n')
		return 0;
	return value;
}

/* The place of a key among words, from 0; -1: it is none of them. */
static int place_of(const struct base *base, uint32_t key, const char *words)
{
	char word[BASE_NAME];

	for (int place = 0; *words; place++) {
		const size_t length = strcspn(words, " ");

		memcpy(word, words, length);
		word[length] = '\0';
		if (json_is(&base->json, key, word))
			return place;
		words += length + (words[length] == ' ');
	}
	return -1;
}

/* An object with these keys only, none twice: of two, one reader takes this one and another that one. */
static bool check_object(struct base *base, uint32_t object, const char *keys)
{
	uint32_t seen = 0, at = object + 1;

	if (token_of(base, object)->type != JSON_OBJECT)
		return base_wrong(base, object, "an object, {...}, is wanted here");
	for (uint32_t i = 0; i < token_of(base, object)->members; i++, at = next_of(base, at + 1)) {
		const int place = place_of(base, at, keys);

		if (place < 0)
			return base_wrong(
			    base, at,
			    "this key is not known here, and may change what the profile means: leave it out");
		if (seen & 1u << place)
			return base_wrong(base, at, "this key is here twice");
		seen |= 1u << place;
	}
	return true;
}

/* A list of strings, or nothing. */
static bool check_strings(struct base *base, uint32_t list)
{
	uint32_t at = list + 1;

	if (!list)
		return true;
	if (token_of(base, list)->type != JSON_ARRAY)
		return base_wrong(base, list, "a list, [...], is wanted here");
	for (uint32_t i = 0; i < token_of(base, list)->members; i++, at = next_of(base, at))
		if (token_of(base, at)->type != JSON_STRING ||
		    memchr(base->json.text + token_of(base, at)->first, '\\', token_of(base, at)->length))
			return base_wrong(base, at, "a string without escapes is wanted here");
	return true;
}

static bool check_filter(struct base *base, uint32_t filter)
{
	return !filter ||
	       (check_object(base, filter, filter_keys) && check_strings(base, base_get(base, filter, "caps")) &&
	        check_strings(base, base_get(base, filter, "arches")));
}

static bool read_action(struct base *base, uint32_t object, const char *key, enum base_severity *severity)
{
	const uint32_t action = base_get(base, object, key);

	for (size_t i = 0; action && i < sizeof actions / sizeof *actions; i++) {
		if (json_is(&base->json, action, actions[i].name)) {
			*severity = actions[i].severity;
			return true;
		}
	}
	return base_wrong(base, action ? action : object, "an action, SCMP_ACT_..., is missing here or not known");
}

/* Only the bytes that names have: one that is spelt with an escape is the same name for a runtime, and not here. */
static bool check_name(struct base *base, uint32_t token)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const struct json_token *t = token_of(base, token);

	for (uint32_t i = 0; t->type == JSON_STRING && i < t->length; i++)
		if (!memchr(bytes, base->json.text[t->first + i], sizeof bytes - 1))
			return base_wrong(base, token, "a call's name has letters, digits and _ only");
	return (t->type == JSON_STRING && t->length > 0 && t->length < BASE_NAME) ||
	       base_wrong(base, token, "a call's name is wanted here");
}

/* A number, 0 if it is not there (as Go's reader has it). */
static bool read_number(struct base *base, uint32_t object, const char *key, uint64_t *number)
{
	const uint32_t value = base_get(base, object, key);

	*number = 0;
	return !value || json_unsigned(&base->json, value, number);
}

static bool read_test(struct base *base, uint32_t token, struct cube_test *test, uint64_t *value)
{
	uint64_t index, second;
	const uint32_t op = base_get(base, token, "op");
	size_t i = 0;

	if (!read_number(base, token, "index", &index) || index >= CUBE_ARGS ||
	    !read_number(base, token, "value", value) || !read_number(base, token, "valueTwo", &second))
		return base_wrong(base, token,
		                  "`index` is 0 to 5, `value` and `valueTwo` are numbers of 64 bits without a sign");
	while (i < sizeof operators / sizeof *operators && !(op && json_is(&base->json, op, operators[i].name)))
		i++;
	if (i == sizeof operators / sizeof *operators)
		return base_wrong(base, token, "an operator, SCMP_CMP_..., is missing here or not known");
	*test =
	    (struct cube_test){.arg = (uint8_t)index, .wide = true, .op = operators[i].op, .values = value, .count = 1};
	if (test->op == CUBE_MASKED) {
		test->mask = *value;
		*value = second;
	}
	return true;
}

static bool check_args(struct base *base, uint32_t args)
{
	uint32_t at = args + 1;
	struct cube_test test;
	uint64_t value;

	if (!args)
		return true;
	if (token_of(base, args)->type != JSON_ARRAY || token_of(base, args)->members > BASE_ARGS_MAX)
		return base_wrong(base, args, "a list, [...], of at most 16 is wanted here");
	for (uint32_t i = 0; i < token_of(base, args)->members; i++, at = next_of(base, at))
		if (!check_object(base, at, arg_keys) || !read_test(base, at, &test, &value))
			return false;
	return true;
}

/* Where its parts are. */
static struct base_entry entry_at(const struct base *base, uint32_t token)
{
	const uint32_t names = base_get(base, token, "names"), name = base_get(base, token, "name");
	struct base_entry entry = {
	    .token = token,
	    .action = base_get(base, token, "action"),
	    .errnum = base_get(base, token, "errnoRet"),
	    .errname = base_get(base, token, "errno"),
	    .args = base_get(base, token, "args"),
	    .includes = base_get(base, token, "includes"),
	    .excludes = base_get(base, token, "excludes"),
	    .comment = base_get(base, token, "comment"),
	};

	entry.names = names ? names + 1 : name;
	entry.nnames = names ? token_of(base, names)->members : name != 0;
	entry.nargs = entry.args ? token_of(base, entry.args)->members : 0;
	return entry;
}

static bool check_entry(struct base *base, uint32_t token)
{
	enum base_severity severity;
	struct base_entry entry;
	uint32_t at, names;

	if (!check_object(base, token, entry_keys) || !read_action(base, token, "action", &severity))
		return false;
	entry = entry_at(base, token);
	names = base_get(base, token, "names");
	if ((names != 0) == (base_get(base, token, "name") != 0))
		return base_wrong(base, token, "`names` is wanted, or `name`, and not both");
	if (!check_strings(base, names) || !check_args(base, entry.args) || !check_filter(base, entry.includes) ||
	    !check_filter(base, entry.excludes))
		return false;
	at = entry.names;
	for (uint32_t i = 0; i < entry.nnames; i++, at = next_of(base, at))
		if (!check_name(base, at))
			return false;
	return true;
}

bool base_read(struct base *base, const char *text, size_t length)
{
	uint32_t at;

	if (!json_read(&base->json, text, length)) {
		findings_add(base->findings, SEVERITY_ERROR, base->json.line, "no JSON: %s", base->json.error);
		return false;
	}
	if (!check_object(base, 0, profile_keys) || !read_action(base, 0, "defaultAction", &base->otherwise) ||
	    !check_strings(base, base_get(base, 0, "flags")))
		return false;
	base->syscalls = base_get(base, 0, "syscalls");
	if (!base->syscalls)
		return true;
	if (token_of(base, base->syscalls)->type != JSON_ARRAY)
		return base_wrong(base, base->syscalls, "a list, [...], is wanted here");
	at = base->syscalls + 1;
	for (uint32_t i = 0; i < token_of(base, base->syscalls)->members; i++, at = next_of(base, at))
		if (!check_entry(base, at))
			return false;
	return true;
}

static bool has_string(const struct base *base, uint32_t list, const char *string, size_t length)
{
	uint32_t at = list + 1;

	for (uint32_t i = 0; list && i < token_of(base, list)->members; i++, at = next_of(base, at))
		if (token_of(base, at)->length == length &&
		    memcmp(base->json.text + token_of(base, at)->first, string, length) == 0)
			return true;
	return false;
}

/* Whether the `arches` of includes or excludes has this one, as Docker calls it; if there is none: otherwise. */
static bool has_arch(const struct base *base, uint32_t filter, bool otherwise)
{
	const uint32_t list = filter ? base_get(base, filter, "arches") : 0;

	if (!list || token_of(base, list)->members == 0)
		return otherwise;
	return has_string(base, list, ARCH_DOCKER, sizeof(ARCH_DOCKER) - 1);
}

void base_start(const struct base *base, struct base_walk *walk)
{
	walk->at = base->syscalls + 1;
	walk->left = base->syscalls ? token_of(base, base->syscalls)->members : 0;
}

bool base_next(struct base *base, struct base_walk *walk, struct base_entry *entry)
{
	while (walk->left > 0) {
		*entry = entry_at(base, walk->at);
		(void)read_action(base, walk->at, "action", &entry->severity); /* check_entry */
		walk->at = next_of(base, walk->at);
		walk->left--;
		if (has_arch(base, entry->includes, true) && !has_arch(base, entry->excludes, false))
			return true;
	}
	return false;
}

void base_name(const struct base *base, uint32_t token, char name[BASE_NAME])
{
	const struct json_token *t = token_of(base, token);

	memcpy(name, base->json.text + t->first, t->length); /* check_name */
	name[t->length] = '\0';
}

void base_tests(struct base *base, const struct base_entry *entry, struct cube_test tests[BASE_ARGS_MAX],
                uint64_t values[BASE_ARGS_MAX])
{
	uint32_t at = entry->args + 1;

	for (uint32_t i = 0; i < entry->nargs; i++, at = next_of(base, at))
		(void)read_test(base, at, &tests[i], &values[i]); /* check_args */
}

bool base_has_filter(const struct base *base, const struct base_entry *entry)
{
	return (entry->includes && token_of(base, entry->includes)->members > 0) ||
	       (entry->excludes && token_of(base, entry->excludes)->members > 0);
}

/* Byte by byte: what is written otherwise and means the same counts as another. */
static bool same_text(const struct base *base, uint32_t a, uint32_t b)
{
	const struct json_token *one = token_of(base, a), *other = token_of(base, b);

	if (!a || !b)
		return a == b;
	return one->length == other->length &&
	       memcmp(base->json.text + one->first, base->json.text + other->first, one->length) == 0;
}

bool base_same(const struct base *base, const struct base_entry *a, const struct base_entry *b)
{
	return same_text(base, a->action, b->action) && same_text(base, a->errnum, b->errnum) &&
	       same_text(base, a->errname, b->errname) && same_text(base, a->includes, b->includes) &&
	       same_text(base, a->excludes, b->excludes);
}

static bool excludes_one(const struct base *base, const struct base_entry *a, const struct base_entry *b)
{
	const uint32_t has = a->includes ? base_get(base, a->includes, "caps") : 0;
	const uint32_t has_not = b->excludes ? base_get(base, b->excludes, "caps") : 0;
	uint32_t at = has + 1;

	for (uint32_t i = 0; has && i < token_of(base, has)->members; i++, at = next_of(base, at))
		if (has_string(base, has_not, base->json.text + token_of(base, at)->first, token_of(base, at)->length))
			return true;
	return false;
}

bool base_exclusive(const struct base *base, const struct base_entry *a, const struct base_entry *b)
{
	return excludes_one(base, a, b) || excludes_one(base, b, a);
}
