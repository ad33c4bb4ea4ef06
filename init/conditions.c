/* SPDX-License-Identifier: MIT */
#include "init/conditions.h"

#include <string.h>

const uint64_t *conditions_values(const struct policy *policy, const struct condition *condition)
{
	return &policy->values[condition->first];
}

bool conditions_add_values(struct policy *policy, const uint64_t *values, size_t count, struct condition *condition)
{
	/* One line for several calls says the same several times. */
	bool again = count <= policy->nvalues &&
	             memcmp(&policy->values[policy->nvalues - count], values, count * sizeof(*values)) == 0;

	if (!again && count > POLICY_VALUES_MAX - policy->nvalues)
		return false;
	if (!again) {
		memcpy(&policy->values[policy->nvalues], values, count * sizeof(*values));
		policy->nvalues += count;
	}
	condition->first = (uint16_t)(policy->nvalues - count);
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

static bool holds(const struct policy *policy, const struct condition *condition, const uint64_t args[6])
{
	const uint64_t *values = conditions_values(policy, condition);
	uint64_t argument = (uint32_t)args[condition->arg];

	if (condition->wide && condition->upper != condition->arg)
		argument |= args[condition->upper] << 32;
	else if (condition->wide)
		argument = args[condition->arg];
	switch (condition->test) {
	case TEST_IN: return is_among(values, condition->count, argument);
	case TEST_NOT_IN: return !is_among(values, condition->count, argument);
	case TEST_LESS: return argument < *values;
	case TEST_LESS_EQUAL: return argument <= *values;
	case TEST_GREATER: return argument > *values;
	case TEST_GREATER_EQUAL: return argument >= *values;
	case TEST_ANY_BIT: return (argument & *values) != 0;
	case TEST_MASKED_IN: return is_among(values + 1, condition->count - 1u, argument & *values);
	}
	return true;
}

bool conditions_match(const struct policy *policy, const struct rule *rule, const uint64_t args[6])
{
	for (size_t i = 0; i < rule->nconditions; i++)
		if (!holds(policy, &rule->conditions[i], args))
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

bool conditions_cover(const struct policy *policy, const struct rule *first, const struct rule *later)
{
	const struct condition *a = first->conditions, *b = later->conditions;

	if (first->nconditions == 0)
		return true;
	if (first->nconditions > 1 || later->nconditions != 1 || a->arg != b->arg || a->test != TEST_ANY_BIT ||
	    b->test != TEST_ANY_BIT)
		return false;
	return (*conditions_values(policy, b) & ~*conditions_values(policy, a)) == 0;
}
