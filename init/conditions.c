/* SPDX-License-Identifier: MIT */
#include "init/conditions.h"

#include <string.h>

const uint64_t *conditions_values(const struct policy *policy, const struct condition *condition)
{
	return &policy->values[condition->first];
}

bool conditions_add_values(struct policy *policy, const uint64_t *values, size_t count, struct condition *condition)
{
	size_t first = 0;

	/* One line for several calls says the same several times. */
	while (first + count <= policy->nvalues && memcmp(&policy->values[first], values, count * sizeof(*values)) != 0)
		first++;
	if (first + count > policy->nvalues) {
		first = policy->nvalues;
		if (count > POLICY_VALUES_MAX - first)
			return false;
		memcpy(&policy->values[first], values, count * sizeof(*values));
		policy->nvalues += count;
	}
	condition->first = (uint16_t)first;
	condition->count = (uint16_t)count;
	return true;
}

bool conditions_move(struct policy *to, const struct policy *from, struct rule *rule)
{
	for (size_t i = 0; i < rule->nconditions; i++) {
		struct condition *condition = &rule->conditions[i];

		if (!conditions_add_values(to, conditions_values(from, condition), condition->count, condition))
			return false;
	}
	return true;
}

static bool is_among(const uint64_t *values, size_t count, uint64_t value)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (values[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && values[low] == value;
}

/* argument: 64 bits of it. */
static bool holds(const struct policy *policy, const struct condition *condition, uint64_t argument)
{
	const uint64_t *values = conditions_values(policy, condition);

	if (!condition->wide)
		argument = (uint32_t)argument;
	switch (condition->test) {
	case TEST_IN: return is_among(values, condition->count, argument);
	case TEST_NOT_IN: return !is_among(values, condition->count, argument);
	case TEST_LESS: return argument < *values;
	case TEST_LESS_EQUAL: return argument <= *values;
	case TEST_GREATER: return argument > *values;
	case TEST_GREATER_EQUAL: return argument >= *values;
	case TEST_ANY_BIT: return (argument & *values) != 0;
	}
	return true;
}

static uint64_t argument_of(const struct condition *condition, const uint64_t args[6])
{
	if (condition->upper == condition->arg)
		return args[condition->arg];
	return (uint32_t)args[condition->arg] | args[condition->upper] << 32;
}

bool conditions_match(const struct policy *policy, const struct rule *rule, const uint64_t args[6])
{
	for (size_t i = 0; i < rule->nconditions; i++)
		if (!holds(policy, &rule->conditions[i], argument_of(&rule->conditions[i], args)))
			return false;
	return true;
}

static bool same_condition(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return a->arg == b->arg && a->upper == b->upper && a->wide == b->wide && a->test == b->test &&
	       a->count == b->count &&
	       memcmp(conditions_values(policy, a), conditions_values(policy, b), a->count * sizeof(uint64_t)) == 0;
}

bool conditions_equal(const struct policy *policy, const struct rule *a, const struct rule *b)
{
	if (a->nconditions != b->nconditions)
		return false;
	for (size_t i = 0; i < a->nconditions; i++)
		if (!same_condition(policy, &a->conditions[i], &b->conditions[i]))
			return false;
	return true;
}

/*
 * Whether a value of one argument meets all of a rule's conditions on it, but not `except` (NULL: there is none). It is
 * searched for among a few: what conditions say of an argument changes at their values only, so that each value, the
 * ones next to it, and both ends stand for all there are, as far as bits play no part.
 */
struct search {
	const struct policy *policy;
	const struct rule *rule;
	const struct condition *except;
	uint8_t arg, upper;
};

static bool is_about(const struct search *s, const struct condition *condition)
{
	return condition->arg == s->arg && condition->upper == s->upper;
}

static bool is_found(const struct search *s, uint64_t value)
{
	for (size_t i = 0; i < s->rule->nconditions; i++) {
		const struct condition *condition = &s->rule->conditions[i];

		if (is_about(s, condition) && !holds(s->policy, condition, value))
			return false;
	}
	return !s->except || !holds(s->policy, s->except, value);
}

/* The values of one condition, and what is next to them; below what a 32-bit one sees, both ends. */
static bool is_found_near(const struct search *s, const struct condition *condition, bool mixed)
{
	const uint64_t *values = conditions_values(s->policy, condition);
	const uint64_t ends = mixed && !condition->wide ? UINT64_C(0xffffffff00000000) : 0;

	for (size_t i = 0; i < condition->count; i++)
		for (uint64_t value = values[i] - 1; value != values[i] + 2; value++)
			if (is_found(s, value) || (ends && is_found(s, value | ends)))
				return true;
	return false;
}

/* Where it cannot be told: true. */
static bool may_be_found(const struct search *s)
{
	bool listed = false, all_listed = false, wide = s->except && s->except->wide,
	     narrow = s->except && !s->except->wide;
	size_t bits = 0, others = 0;
	uint64_t without = 0;

	for (size_t i = 0; i <= s->rule->nconditions; i++) {
		const struct condition *c = i < s->rule->nconditions ? &s->rule->conditions[i] : s->except;

		if (!c || (c != s->except && !is_about(s, c)))
			continue;
		if (c->test == (c == s->except ? TEST_NOT_IN : TEST_IN)) {
			listed = true;
			all_listed |= c->wide;
		}
		wide |= c->wide;
		narrow |= !c->wide;
		bits += c->test == TEST_ANY_BIT;
		others += c->test != TEST_ANY_BIT;
		if (c == s->except && c->test == TEST_ANY_BIT)
			without = *conditions_values(s->policy, c);
	}
	if (is_found(s, 0) || is_found(s, UINT64_MAX) || is_found(s, ~without))
		return true;
	for (size_t i = 0; i < s->rule->nconditions; i++)
		if (is_about(s, &s->rule->conditions[i]) && is_found_near(s, &s->rule->conditions[i], wide && narrow))
			return true;
	if (s->except && is_found_near(s, s->except, wide && narrow))
		return true;
	if (all_listed)
		return false;
	if (wide && narrow) /* two orders in one: the few do not stand for all */
		return bits == 0 || others > 0;
	/* Bits alone: `without` has told. With a list: its values have. */
	return bits > 0 && others > 0 && !listed;
}

bool conditions_possible(const struct policy *policy, const struct rule *rule)
{
	for (size_t i = 0; i < rule->nconditions; i++) {
		const struct condition *condition = &rule->conditions[i];
		const struct search search = {policy, rule, NULL, condition->arg, condition->upper};

		if (!may_be_found(&search))
			return false;
	}
	return true;
}

bool conditions_cover(const struct policy *policy, const struct rule *first, const struct rule *later)
{
	for (size_t i = 0; i < first->nconditions; i++) {
		const struct condition *condition = &first->conditions[i];
		const struct search search = {policy, later, condition, condition->arg, condition->upper};

		if (may_be_found(&search))
			return false;
	}
	return true;
}
