/* SPDX-License-Identifier: MIT */
#include "init/terms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "init/conditions.h"
#include "init/names.h"
#include "init/nearest.h"
#include "init/words.h"

#define ARGUMENTS 6
#define OPERATORS "&|=!<>"

/* A line's text, and where its errors go. */
struct reader {
	const char *at;
	char token[POLICY_LINE_MAX + 1]; /* the one just read, "" at the end */
	unsigned line;
	struct findings *findings;
	struct terms *terms;
};

#define ERROR(reader, ...) findings_add((reader)->findings, SEVERITY_ERROR, (reader)->line, __VA_ARGS__)

/* Words and runs of operator characters. */
static const char *next_token(struct reader *r)
{
	size_t length;

	r->at += strspn(r->at, " \t");
	length = strspn(r->at, OPERATORS);
	if (length == 0)
		length = strcspn(r->at, OPERATORS " \t");
	if (length > POLICY_LINE_MAX) /* cannot happen: lines.c */
		length = POLICY_LINE_MAX;
	memcpy(r->token, r->at, length);
	r->token[length] = '\0';
	r->at += length;
	return r->token;
}

static bool is_next(const struct reader *r, const char *token)
{
	struct reader ahead = *r;

	return strcmp(next_token(&ahead), token) == 0;
}

static bool is_value(const char *token)
{
	return token[0] != '\0' && !strpbrk(token, OPERATORS) && words_place("and or", token) < 0;
}

/* ---- one term ---- */

/* arg0 .. arg5, argN:64. Everything else is a name, which only the call's table can judge. */
static bool read_argument(struct reader *r, struct term *term)
{
	const char *token = next_token(r);
	const char *colon = strchr(token, ':');
	size_t length = colon ? (size_t)(colon - token) : strlen(token);
	bool numbered = length >= 4 && memcmp(token, "arg", 3) == 0 && strspn(token + 3, "0123456789") == length - 3;

	if (numbered && (length != 4 || token[3] - '0' >= ARGUMENTS)) {
		ERROR(r, "`%.40s`: a call has six arguments, arg0 to arg5", token);
		return false;
	}
	if (colon && (!numbered || strcmp(colon, ":64") != 0)) {
		ERROR(r,
		      "`%.40s`: only `:64` behind arg0 to arg5 is known; an argument's name brings its width with it",
		      token);
		return false;
	}
	if (numbered) {
		term->index = (int8_t)(token[3] - '0');
		term->wide = colon != NULL;
		return true;
	}
	if (length >= sizeof(term->argument) || strpbrk(token, OPERATORS)) {
		ERROR(r, "`%.40s` is no argument: write its name (flags) or arg0 to arg5, as in `if flags & MASK`",
		      token);
		return false;
	}
	memcpy(term->argument, token, length + 1);
	return true;
}

static const struct {
	char word[3];
	uint8_t test;
} operators[] = {
    {"==", TEST_IN},     {"!=", TEST_NOT_IN},        {"<", TEST_LESS},    {"<=", TEST_LESS_EQUAL},
    {">", TEST_GREATER}, {">=", TEST_GREATER_EQUAL}, {"&", TEST_ANY_BIT}, {"in", TEST_IN},
};

/* What one may have meant, in pairs. */
static const char meant[] = "= == === == => >= =< <= <> != ! != && & &= & =&";

static void unknown_operator(const struct reader *r)
{
	char word[sizeof(meant)], right[sizeof(meant)];
	const char *at = meant;

	while (words_next(&at, word, sizeof(word)) && words_next(&at, right, sizeof(right))) {
		if (strcmp(word, r->token) != 0)
			continue;
		ERROR(r, "unknown operator `%s`: write `%s`", word, right);
		return;
	}
	ERROR(r, "unknown operator `%.40s`: there are == != < <= > >= & in, and not in", r->token);
}

static bool read_operator(struct reader *r, struct term *term, bool *listed)
{
	bool negated = strcmp(next_token(r), "not") == 0;

	if (negated && strcmp(next_token(r), "in") != 0) {
		ERROR(r, "`not %.40s`: write `not in`, or `!=`", r->token);
		return false;
	}
	*listed = strcmp(r->token, "in") == 0;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strcmp(operators[i].word, r->token) != 0)
			continue;
		term->test = negated ? TEST_NOT_IN : (enum test)operators[i].test;
		return true;
	}
	if (r->token[0] == '\0')
		ERROR(r, "the condition ends too early: write `if ARG == VALUE`, or another operator");
	else
		unknown_operator(r);
	return false;
}

static void unknown_constant(const struct reader *r, const char *token)
{
	struct nearest nearest;
	char hint[NEAREST_HINT];
	const char *name;

	if (strpbrk(token, ",;")) {
		ERROR(r, "`%.40s`: blanks stand between values, and before a comment's `;`", token);
		return;
	}
	nearest_start(&nearest, token);
	for (size_t i = 0; (name = names_constant_at(i)) != NULL; i++)
		nearest_offer(&nearest, name);
	nearest_hint(&nearest, hint);
	ERROR(r, "unknown constant `%.40s`%s", token, hint[0] ? hint : ": write its value, decimal or 0x");
}

/* A number, with a sign or without, or a constant. */
static bool read_number(const struct reader *r, enum test test, struct term_value *value)
{
	const char *token = r->token;
	const bool minus = token[0] == '-';

	value->negative = false;
	if (test == TEST_ANY_BIT && names_constant_bits(token, &value->bits))
		return true;
	if (names_constant(token, &value->bits)) {
		value->negative = value->bits > INT64_MAX; /* AT_FDCWD, as the kernel's headers have it */
		return true;
	}
	switch (words_number(token + minus, &value->bits)) {
	case NUMBER_OK:
		if (minus && value->bits > (uint64_t)INT64_MAX + 1)
			break;
		value->negative = minus && value->bits != 0;
		value->bits = minus ? 0 - value->bits : value->bits;
		return true;
	case NUMBER_OCTAL:
		ERROR(r, "`%.40s`: a number with a leading 0, octal or not? write it decimal or with 0x", token);
		return false;
	case NUMBER_TOO_BIG: break;
	case NUMBER_NONE: unknown_constant(r, token); return false;
	}
	ERROR(r, "`%.40s` has more than 64 bits, an argument has at most 64", token);
	return false;
}

static void value_is_missing(const struct reader *r, const struct term *term)
{
	if (term->test == TEST_ANY_BIT)
		ERROR(r, "a value is missing: write `ARG & MASK`, MASK a number or constants joined by `|`");
	else
		ERROR(r, "a value is missing behind the operator: a number, or constants joined by `|`");
}

/* One value: numbers and constants joined by `|`. *ok: none was wrong. False: it ends here. */
static bool read_value(struct reader *r, struct term *term, bool *ok)
{
	struct term_value value = {0}, part;
	bool joined = false;

	for (;;) {
		if (!is_value(next_token(r))) {
			value_is_missing(r, term);
			return false;
		}
		if (!read_number(r, term->test, &part))
			*ok = false;
		else if (part.negative && term->test == TEST_ANY_BIT) {
			ERROR(r, "`%.40s`: a mask has no sign; write the bits, as in 0x80000000", r->token);
			*ok = false;
		} else if (part.negative && (joined || is_next(r, "|"))) {
			ERROR(r, "`%.40s`: a negative value has no bits to join; write them, as in 0x80000000",
			      r->token);
			*ok = false;
		}
		value.bits |= part.bits;
		value.negative |= part.negative;
		if (!is_next(r, "|"))
			break;
		next_token(r);
		joined = true;
	}
	if (r->terms->nvalues == TERMS_VALUES_MAX) { /* cannot happen: lines.c */
		ERROR(r, "more than %u values in one line", TERMS_VALUES_MAX);
		return false;
	}
	r->terms->values[r->terms->nvalues++] = value;
	term->count++;
	return true;
}

static void warn_about_twice(const struct reader *r, const struct term *term, bool *told)
{
	const struct term_value *values = &r->terms->values[term->first];
	const struct term_value *last = &values[term->count - 1];

	for (size_t i = 0; i + 1 < term->count && !*told; i++) {
		if (values[i].bits != last->bits || values[i].negative != last->negative)
			continue;
		findings_add(r->findings, SEVERITY_WARNING, r->line, "value `%.40s` twice in one list: once is enough",
		             r->token);
		*told = true;
	}
}

static bool read_term(struct reader *r, struct term *term, bool *ok)
{
	bool listed = false, told = false;

	*term = (struct term){.index = -1, .first = (uint16_t)r->terms->nvalues};
	if (!read_argument(r, term)) {
		*ok = false;
		if (strpbrk(r->token, OPERATORS))
			return false;
	}
	if (!read_operator(r, term, &listed))
		return false;
	do {
		if (!read_value(r, term, ok))
			return false;
		if (*ok)
			warn_about_twice(r, term, &told);
	} while (listed && !is_next(r, "") && !is_next(r, "and") && !is_next(r, "or"));
	return true;
}

/* What stands behind a term that is no `and`. */
static void unexpected(const struct reader *r, const struct term *term)
{
	if (strcmp(r->token, "or") == 0)
		ERROR(r, "unknown word `or`: write a second line for the same call, several lines are alternatives");
	else if (strcmp(r->token, "&&") == 0)
		ERROR(r, "unknown word `&&`: write `and`");
	else if (term->test == TEST_ANY_BIT)
		ERROR(
		    r,
		    "unexpected `%.40s` behind the mask: `|` joins bits, a comment begins with a blank and `;` or `#`",
		    r->token);
	else
		ERROR(r,
		      "unexpected `%.40s` behind the value: several are `in A B`, conditions are joined by `and`, a "
		      "comment begins with a blank and `;` or `#`",
		      r->token);
}

bool terms_parse(const char *text, unsigned line, struct findings *findings, struct terms *terms)
{
	struct reader r = {.at = text, .line = line, .findings = findings, .terms = terms};
	bool ok = true;

	terms->count = terms->nvalues = 0;
	if (is_next(&r, "")) {
		ERROR(&r, "no condition behind `if`: write `if ARG == VALUE`, or another operator");
		return false;
	}
	for (;;) {
		struct term *term = &terms->term[terms->count];

		if (!read_term(&r, term, &ok))
			return false;
		terms->count++;
		if (next_token(&r)[0] == '\0')
			return ok;
		if (strcmp(r.token, "and") != 0) {
			unexpected(&r, term);
			return false;
		}
		if (is_next(&r, "")) {
			ERROR(&r, "no condition behind `and`");
			return false;
		}
		if (terms->count == POLICY_CONDITIONS_MAX) {
			ERROR(&r, "more than %u conditions in one rule: a call has six arguments; write less of them",
			      POLICY_CONDITIONS_MAX);
			return false;
		}
	}
}

/* ---- for one call ---- */

struct call_place {
	const char *call;
	unsigned line;
	struct findings *findings;
};

/* "open_tree has dfd filename flags", or that it has none. */
static const char *list_arguments(const char *call, char *text, size_t size)
{
	char names[160];

	if (!names_arguments(call, names, sizeof(names)))
		snprintf(text, size, "denyinit does not know the names of its arguments, write arg0 to arg5");
	else if (names[0] == '\0')
		snprintf(text, size, "`%s` takes none", call);
	else
		snprintf(text, size, "`%s` has %s", call, names);
	return text;
}

static void unknown_argument(const struct call_place *p, const struct term *term)
{
	char names[160], hint[NEAREST_HINT], text[220];
	struct nearest nearest;

	list_arguments(p->call, text, sizeof(text));
	if (term->index >= 0) {
		ERROR(p, "no argument `arg%d`: %s", term->index, text);
		return;
	}
	nearest_start(&nearest, term->argument);
	if (names_arguments(p->call, names, sizeof(names)))
		nearest_offer_words(&nearest, names);
	nearest_hint(&nearest, hint);
	ERROR(p, "unknown argument `%s` of `%s`%s%s%s", term->argument, p->call, hint, hint[0] ? "" : ": ",
	      hint[0] ? "" : text);
}

static bool fits(const struct term_value *value, bool wide)
{
	return wide || (value->negative ? value->bits >= 0 - (UINT64_C(1) << 31) : value->bits <= UINT32_MAX);
}

/* The table does not have it: as wide as any condition of the rule on it says, or has a value for. */
static bool needs_width(const struct terms *terms, int8_t index)
{
	for (size_t i = 0; i < terms->count; i++) {
		const struct term *term = &terms->term[i];
		bool wide = term->wide;

		for (size_t k = 0; k < term->count; k++)
			wide |= !fits(&terms->values[term->first + k], false);
		if (term->index == index && wide)
			return true;
	}
	return false;
}

static bool find_argument(const struct terms *terms, const struct term *term, const struct call_place *p,
                          struct condition *condition)
{
	char names[160];
	struct argument argument;
	bool known = term->index < 0 ? names_argument(p->call, term->argument, &argument)
	                             : names_argument_at(p->call, term->index, &argument);

	*condition = (struct condition){.test = term->test};
	if (!known && (term->index < 0 || names_arguments(p->call, names, sizeof(names)))) {
		unknown_argument(p, term);
		return false;
	}
	if (!known) {
		condition->arg = condition->upper = (uint8_t)term->index;
		condition->wide = needs_width(terms, term->index);
		return true;
	}
	condition->arg = (uint8_t)argument.index;
	condition->upper = (uint8_t)argument.upper;
	condition->wide = argument.width == WIDTH_64;
	if (argument.width == WIDTH_POINTER)
		ERROR(p,
		      "arg%d of `%s` is a pointer: a filter sees the address, never what is there (and that could "
		      "change after the check); deny the whole call, or test another argument",
		      argument.index, p->call);
	else if (argument.width != WIDTH_64 && term->wide)
		ERROR(p, "the kernel takes arg%d of `%s` as 32 bits, what stands above them is junk: leave `:64` out",
		      argument.index, p->call);
	else if (argument.width == WIDTH_16 && term->test != TEST_ANY_BIT)
		ERROR(p,
		      "the kernel cuts arg%d of `%s` to 16 bits, and with junk above them a call would pass by a "
		      "comparison: test its bits, as in `mode & S_ISUID|S_ISGID`",
		      argument.index, p->call);
	else
		return true;
	return false;
}

/* Comparisons that come out the same for every argument. */
static bool decides_nothing(const struct condition *condition, uint64_t value, const struct call_place *p)
{
	const uint64_t most = condition->wide ? UINT64_MAX : UINT32_MAX;
	const bool all = (condition->test == TEST_GREATER_EQUAL && value == 0) ||
	                 (condition->test == TEST_LESS_EQUAL && value == most);

	if (condition->test == TEST_ANY_BIT && value == 0) {
		ERROR(p, "the mask is 0, without a bit to test: the rule would never match; name at least one bit (or "
		         "compare: `== 0`)");
		return true;
	}
	if (all)
		ERROR(p,
		      "arg%u of `%s` is always so, comparisons are unsigned: leave the condition out, and it is denied "
		      "whatever the argument",
		      condition->arg, p->call);
	else if (condition->test == TEST_LESS && value == 0)
		ERROR(p, "arg%u of `%s` is never below 0, comparisons are unsigned: the rule would never match",
		      condition->arg, p->call);
	else if (condition->test == TEST_GREATER && value == most)
		ERROR(p,
		      "arg%u of `%s` is never above 0x%" PRIx64
		      ", comparisons are unsigned: the rule would never match",
		      condition->arg, p->call, value);
	else
		return false;
	return true;
}

static bool is_ordering(enum test test)
{
	return test == TEST_LESS || test == TEST_LESS_EQUAL || test == TEST_GREATER || test == TEST_GREATER_EQUAL;
}

static bool take_value(const struct term_value *value, const struct condition *condition, const struct call_place *p,
                       uint64_t *taken)
{
	if (value->negative && is_ordering(condition->test)) {
		ERROR(p,
		      "%" PRId64
		      ": comparisons are unsigned, and no argument is below 0 so; the negative ones are `>= %s`",
		      (int64_t)value->bits, condition->wide ? "0x8000000000000000" : "0x80000000");
		return false;
	}
	if (!fits(value, condition->wide)) {
		if (value->negative)
			ERROR(p, "%" PRId64 " does not fit into the 32 bits that arg%u of `%s` has for the kernel",
			      (int64_t)value->bits, condition->arg, p->call);
		else
			ERROR(p,
			      "%s 0x%" PRIx64
			      " has bits beyond the 32 that arg%u of `%s` has for the kernel: leave them "
			      "out",
			      condition->test == TEST_ANY_BIT ? "mask" : "value", value->bits, condition->arg, p->call);
		return false;
	}
	*taken = condition->wide ? value->bits : (uint32_t)value->bits;
	return true;
}

/* Sorted, and each once: -1 and 0xffffffff may be the same. Returns the count. */
static size_t sort_unique(uint64_t *values, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const uint64_t value = values[i];
		size_t place = kept;

		while (place > 0 && values[place - 1] > value)
			place--;
		if (place > 0 && values[place - 1] == value)
			continue;
		memmove(&values[place + 1], &values[place], (kept - place) * sizeof(*values));
		values[place] = value;
		kept++;
	}
	return kept;
}

static enum terms_step apply_one(const struct terms *terms, const struct term *term, const struct call_place *p,
                                 struct policy *policy, struct condition *condition)
{
	uint64_t values[TERMS_VALUES_MAX] = {0};
	bool ok = true;

	if (!find_argument(terms, term, p, condition))
		return TERMS_WRONG;
	for (size_t i = 0; i < term->count; i++)
		ok &= take_value(&terms->values[term->first + i], condition, p, &values[i]);
	if (!ok || decides_nothing(condition, values[0], p))
		return TERMS_WRONG;
	return conditions_add_values(policy, values, sort_unique(values, term->count), condition) ? TERMS_OK
	                                                                                          : TERMS_FULL;
}

enum terms_step terms_apply(const struct terms *terms, const char *call, unsigned line, struct findings *findings,
                            struct policy *policy, struct rule *rule)
{
	const struct call_place place = {call, line, findings};
	enum terms_step step = TERMS_OK;

	rule->nconditions = 0;
	for (size_t i = 0; i < terms->count; i++) {
		enum terms_step one =
		    apply_one(terms, &terms->term[i], &place, policy, &rule->conditions[rule->nconditions]);

		if (one == TERMS_OK)
			rule->nconditions++;
		else if (step != TERMS_WRONG)
			step = one;
	}
	if (step == TERMS_OK && !conditions_possible(policy, rule)) {
		ERROR(&place,
		      "no call of `%s` can meet all of these conditions, the rule can have no effect: correct them, or "
		      "write them as several lines, which are alternatives",
		      call);
		return TERMS_WRONG;
	}
	return step;
}
