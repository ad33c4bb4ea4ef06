/* SPDX-License-Identifier: MIT */
#include "selftest/agreement.h"

#include "selftest/numbers.h"

long agreement_native(const struct trial_input *input)
{
	for (size_t i = 0; i < input->nrules; i++) {
		const struct trial_rule *rule = &input->rules[i];

		if (rule->name && numbers_of(ABI_NATIVE, rule->name) != (int64_t)rule->nr)
			return (long)i;
	}
	return -1;
}

static bool is_number_of(enum abi abi, const struct trial_rule *rule)
{
	const int64_t native = numbers_of(ABI_NATIVE, rule->name);

	return numbers_of(abi, rule->name) == (int64_t)rule->nr ||
	       (abi == ABI_X32 && native >= 0 && ((uint32_t)native | NUMBERS_X32_BIT) == rule->nr);
}

/* Whether a rule without conditions denies the number, as the native one does or by death. */
static bool is_denied_as(const struct rule_order *rules, int64_t nr, const struct trial_rule *native)
{
	size_t first, count = meaning_rules_of(rules, (uint32_t)nr, &first);

	for (size_t i = first; i < first + count; i++) {
		const struct trial_rule *rule = &rules->rules[rules->order[i]];

		if (rule->nconditions == 0)
			return rule->action == TRIAL_KILL ||
			       (rule->action == native->action && rule->errnum == native->errnum);
	}
	return false;
}

static long wrong_line(const struct trial_input *input, const struct rule_order other[TRIAL_ABIS])
{
	static const enum abi abis[TRIAL_ABIS] = {[TRIAL_COMPAT] = ABI_COMPAT, [TRIAL_X32] = ABI_X32};

	for (size_t a = 0; a + 1 < ABI_COUNT; a++) {
		for (size_t i = 0; i < other[a].count; i++)
			if (other[a].rules[i].name && !is_number_of(abis[a], &other[a].rules[i]))
				return (long)other[a].rules[i].line;
		for (size_t i = 0; i < input->nrules; i++) {
			const struct trial_rule *rule = &input->rules[i];
			int64_t nr = rule->name ? numbers_of(abis[a], rule->name) : -1;

			if (rule->nconditions > 0)
				continue;
			if (!rule->name && abis[a] == ABI_COMPAT)
				nr = rule->nr;
			if (nr >= 0 && !is_denied_as(&other[a], nr, rule))
				return (long)rule->line;
			if (abis[a] == ABI_X32 && !is_denied_as(&other[a], rule->nr | NUMBERS_X32_BIT, rule))
				return (long)rule->line;
		}
	}
	return -1;
}

long agreement_other(const struct meaning *meaning)
{
	const struct trial_input *observed = meaning->input->observed;
	long line = meaning->input->other_denied ? wrong_line(meaning->input, meaning->enforced_other) : -1;

	if (line < 0 && observed && observed->other_denied)
		line = wrong_line(observed, meaning->observed_other);
	return line;
}
