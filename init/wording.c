/* SPDX-License-Identifier: MIT */
#include "init/wording.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/conditions.h"
#include "init/names.h"
#include "init/words.h"

/* Text in the making. */
struct wording {
	const struct rule *rule;
	bool names;
	char *text;
	size_t size, used;
	bool cut;
};

__attribute__((format(printf, 2, 3))) static void put(struct wording *w, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(w->text + w->used, w->size - w->used, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= w->size - w->used) {
		w->cut = true;
		w->text[w->used] = '\0';
		return;
	}
	w->used += (size_t)length;
}

/* The argument's name in the kernel's prototype, or argN; a name brings its width with it. */
static void name_argument(const struct wording *w, const struct condition *condition, char name[POLICY_NAME_MAX])
{
	const char *call = w->rule->name;
	struct argument argument;
	char names[160];
	const char *at = w->names ? names_arguments(call, names, sizeof(names)) : NULL;

	if (condition->wide && condition->upper != condition->arg) { /* not in the language */
		snprintf(name, POLICY_NAME_MAX, "arg%u|arg%u<<32", condition->arg, condition->upper);
		return;
	}
	while (at && words_next(&at, name, POLICY_NAME_MAX))
		if (names_argument(call, name, &argument) && (uint8_t)argument.index == condition->arg)
			return;
	snprintf(name, POLICY_NAME_MAX, "arg%u%s", condition->arg,
	         condition->wide && !names_argument_at(call, condition->arg, &argument) ? ":64" : "");
}

static void put_bits(struct wording *w, const char *argument, uint64_t value)
{
	const char *separator = "", *constant;
	char name[NAMES_CONSTANT];
	uint64_t rest = value;

	for (uint64_t bits = value; bits != 0; bits &= bits - 1) {
		uint64_t bit = bits & -bits;

		constant = w->names ? names_of_constant(w->rule->name, argument, bit, true, name) : NULL;
		if (!constant)
			continue;
		put(w, "%s%s", separator, constant);
		separator = "|";
		rest &= ~bit;
	}
	if (rest != 0)
		put(w, "%s0x%" PRIx64, separator, rest);
}

#define SMALL 4096u /* decimal below it, where names count and not bytes */

static void put_number(struct wording *w, uint64_t value)
{
	char decimal[24], hex[24];

	snprintf(decimal, sizeof(decimal), "%" PRIu64, value);
	snprintf(hex, sizeof(hex), "0x%" PRIx64, value);
	put(w, "%s", (w->names ? value < SMALL : strlen(decimal) <= strlen(hex)) ? decimal : hex);
}

/* One to be compared for being equal. */
static void put_value(struct wording *w, const struct condition *condition, const char *argument, uint64_t value)
{
	char name[NAMES_CONSTANT];
	const char *constant = w->names ? names_of_constant(w->rule->name, argument, value, false, name) : NULL;
	uint64_t minus = condition->wide ? 0 - value : (uint32_t)(0 - value);

	if (constant)
		put(w, "%s", constant);
	else if (minus <= SMALL && value != 0)
		put(w, "-%" PRIu64, minus);
	else
		put_number(w, value);
}

static const char operators[][3] = {
    [TEST_LESS] = "<", [TEST_LESS_EQUAL] = "<=", [TEST_GREATER] = ">", [TEST_GREATER_EQUAL] = ">="};

static void put_condition(struct wording *w, const struct policy *policy, const struct condition *condition)
{
	const uint64_t *values = conditions_values(policy, condition);
	const bool negated = condition->test == TEST_NOT_IN;
	char argument[POLICY_NAME_MAX];

	name_argument(w, condition, argument);
	put(w, "%s ", argument);
	if (condition->test == TEST_ANY_BIT) {
		put(w, "& ");
		put_bits(w, argument, *values);
	} else if (condition->test == TEST_MASKED_IN) { /* not in the language */
		put(w, "& 0x%" PRIx64 " in", values[0]);
		for (size_t i = 1; i < condition->count; i++)
			put(w, " %" PRIu64, values[i]);
	} else if (condition->test == TEST_IN || negated) {
		put(w, "%s", condition->count == 1 ? (negated ? "!=" : "==") : (negated ? "not in" : "in"));
		for (size_t i = 0; i < condition->count; i++) {
			put(w, " ");
			put_value(w, condition, argument, values[i]);
		}
	} else {
		put(w, "%s ", operators[condition->test]);
		put_number(w, *values);
	}
}

static bool write_all(const struct policy *policy, const struct rule *rule, bool names, char *text, size_t size)
{
	struct wording w = {.rule = rule, .names = names, .text = text, .size = size};

	text[0] = '\0';
	for (size_t i = 0; i < rule->nconditions; i++) {
		put(&w, "%s", i > 0 ? " and " : "");
		put_condition(&w, policy, &rule->conditions[i]);
	}
	if (w.cut && size > 4) {
		if (w.used > size - 4)
			w.used = size - 4;
		memcpy(text + w.used, "...", 4);
	}
	return !w.cut;
}

const char *wording_conditions(const struct policy *policy, const struct rule *rule, char *text, size_t size)
{
	if (!write_all(policy, rule, true, text, size))
		write_all(policy, rule, false, text, size);
	return text;
}

const char *wording_numbers(const struct policy *policy, const struct rule *rule, char *text, size_t size)
{
	write_all(policy, rule, false, text, size);
	return text;
}
