/* SPDX-License-Identifier: MIT */
#include "selftest/meaning.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "selftest/canary.h"
#include "selftest/numbers.h"

#define NR_END (UINT64_C(1) << 32)

static bool comes_before(const struct trial_input *input, uint16_t a, uint16_t b)
{
	const struct trial_rule *x = &input->rules[a], *y = &input->rules[b];

	if (x->nr != y->nr)
		return x->nr < y->nr;
	if (x->action != y->action)
		return x->action == TRIAL_KILL;
	return x->line != y->line ? x->line < y->line : a < b;
}

static bool read_rules(struct rule_order *rules, const struct trial_input *input)
{
	rules->input = input;
	rules->count = 0;
	if (!input)
		return true;
	if (input->nrules > TRIAL_RULES_MAX)
		return false;
	for (size_t i = 0; i < input->nrules; i++) {
		uint16_t rule = (uint16_t)i; /* below TRIAL_RULES_MAX */
		size_t place = rules->count++;

		/* Insertion: whoever made the list has it in order nearly always. */
		for (; place > 0 && comes_before(input, rule, rules->order[place - 1]); place--)
			rules->order[place] = rules->order[place - 1];
		rules->order[place] = rule;
	}
	return true;
}

bool meaning_read(struct meaning *meaning, const struct trial_input *input)
{
	meaning->input = input;
	return read_rules(&meaning->enforced, input) && read_rules(&meaning->observed, input->observed);
}

/* The first place whose rule has this number or a higher one. */
static size_t lower_bound(const struct rule_order *rules, uint32_t nr)
{
	size_t low = 0, high = rules->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rules->input->rules[rules->order[middle]].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t meaning_rules_of(const struct rule_order *rules, uint32_t nr, size_t *first)
{
	size_t end;

	*first = end = lower_bound(rules, nr);
	while (end < rules->count && rules->input->rules[rules->order[end]].nr == nr)
		end++;
	return end - *first;
}

/*
 * Whatever is asked about arguments is asked by bpf_decide(): the walk then tries the other answer, too. An argument is
 * one half or two, and greater with it is what is greater in the upper one, or the same there and greater in the lower.
 */
struct question {
	const struct trial_condition *condition;
	const struct seccomp_data *data;
	struct trace *trace;
};

static bool ask_lower(const struct question *q, uint8_t operation, uint64_t value)
{
	const uint8_t half = (uint8_t)(2 * q->condition->arg);

	return bpf_decide(q->trace, q->data, (struct comparison){half, operation, UINT32_MAX, (uint32_t)value});
}

static bool ask_upper(const struct question *q, uint8_t operation, uint64_t value)
{
	const struct trial_condition *c = q->condition;
	const uint8_t half = (uint8_t)(c->upper == c->arg ? 2 * c->arg + 1 : 2 * c->upper);

	return bpf_decide(q->trace, q->data, (struct comparison){half, operation, UINT32_MAX, (uint32_t)(value >> 32)});
}

static bool is_equal(const struct question *q, uint64_t value)
{
	return (!q->condition->wide || ask_upper(q, BPF_JEQ, value)) && ask_lower(q, BPF_JEQ, value);
}

static bool is_greater(const struct question *q, uint8_t operation, uint64_t value)
{
	if (q->condition->wide && !ask_upper(q, BPF_JEQ, value))
		return ask_upper(q, BPF_JGT, value);
	return ask_lower(q, operation, value);
}

static bool is_in(const struct question *q)
{
	for (size_t i = 0; i < q->condition->count; i++)
		if (is_equal(q, q->condition->values[i]))
			return true;
	return false;
}

static bool holds(const struct question *q)
{
	const struct trial_condition *c = q->condition;

	switch (c->test) {
	case TRIAL_IN: return is_in(q);
	case TRIAL_NOT_IN: return !is_in(q);
	case TRIAL_LESS: return !is_greater(q, BPF_JGE, *c->values);
	case TRIAL_LESS_EQUAL: return !is_greater(q, BPF_JGT, *c->values);
	case TRIAL_GREATER: return is_greater(q, BPF_JGT, *c->values);
	case TRIAL_GREATER_EQUAL: return is_greater(q, BPF_JGE, *c->values);
	default: return ask_lower(q, BPF_JSET, *c->values) || (c->wide && ask_upper(q, BPF_JSET, *c->values));
	}
}

static bool matches(const struct trial_rule *rule, const struct seccomp_data *data, struct trace *trace)
{
	for (size_t i = 0; i < rule->nconditions; i++)
		if (!holds(&(struct question){&rule->conditions[i], data, trace}))
			return false;
	return true;
}

/* What a list of rules denies. */
static uint32_t denial(const struct rule_order *rules, const struct seccomp_data *data, struct trace *trace)
{
	const struct trial_input *input = rules->input;
	uint32_t nr = (uint32_t)data->nr;
	size_t first, count;

	if (data->arch != numbers_abi_arch(ABI_NATIVE))
		return SECCOMP_RET_KILL_PROCESS;
	if (nr == MEANING_NO_CALL)
		return SECCOMP_RET_ALLOW;
	if (nr >= NUMBERS_X32_BIT)
		return SECCOMP_RET_KILL_PROCESS;
	count = meaning_rules_of(rules, nr, &first);
	for (size_t i = first; i < first + count; i++) {
		const struct trial_rule *rule = &input->rules[rules->order[i]];

		if (matches(rule, data, trace))
			return rule->action == TRIAL_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | rule->errnum;
	}
	if (count == 0 && nr > input->ceiling && input->above)
		return SECCOMP_RET_ERRNO | input->above;
	return SECCOMP_RET_ALLOW;
}

static bool has_magic(uint64_t magic, const struct seccomp_data *data, struct trace *trace)
{
	const uint8_t lower = 2 * CANARY_ARGUMENT;
	const struct comparison of_lower = {lower, BPF_JEQ, UINT32_MAX, (uint32_t)magic};
	const struct comparison of_upper = {lower + 1, BPF_JEQ, UINT32_MAX, (uint32_t)(magic >> 32)};

	return bpf_decide(trace, data, of_lower) && bpf_decide(trace, data, of_upper);
}

/* Where denials are reported nobody may have a listener of his own, who would answer them when the first one is gone. */
static bool denies_listeners(const struct trial_input *input)
{
	return input->magic && !input->enforces_nothing;
}

static bool asks_for_listener(const struct seccomp_data *data, struct trace *trace)
{
	const struct comparison flag = {2 * 1, BPF_JSET, UINT32_MAX, SECCOMP_FILTER_FLAG_NEW_LISTENER};

	return data->arch == numbers_abi_arch(ABI_NATIVE) && (int64_t)data->nr == numbers_of(ABI_NATIVE, "seccomp") &&
	       bpf_decide(trace, data, flag);
}

static uint32_t action(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct meaning *meaning = context;
	const struct trial_input *input = meaning->input;
	uint32_t denied = SECCOMP_RET_ALLOW;

	if (denies_listeners(input) && asks_for_listener(data, trace))
		return SECCOMP_RET_ERRNO | EBUSY;
	if (!input->enforces_nothing)
		denied = denial(&meaning->enforced, data, trace);
	if (denied == SECCOMP_RET_KILL_PROCESS)
		return denied;
	if (denied != SECCOMP_RET_ALLOW)
		return !input->magic || has_magic(input->magic, data, trace) ? denied : SECCOMP_RET_USER_NOTIF;
	if (input->observed && denial(&meaning->observed, data, trace) != SECCOMP_RET_ALLOW)
		return input->observed_action;
	return SECCOMP_RET_ALLOW;
}

uint32_t meaning_action(const struct meaning *meaning, const struct seccomp_data *data)
{
	return action(meaning, data, NULL);
}

struct wanted {
	const struct rule_order *rules;
	size_t first, end, place;
};

static bool decides(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct wanted *w = context;

	for (size_t i = w->first; i < w->end && i <= w->place; i++)
		if (matches(&w->rules->input->rules[w->rules->order[i]], data, trace))
			return i == w->place;
	return w->place == w->end;
}

bool meaning_example(const struct rule_order *rules, size_t first, size_t count, size_t place,
                     struct seccomp_data *data)
{
	const struct wanted wanted = {rules, first, first + count, place};

	return bpf_find(decides, &wanted, data);
}

static uint64_t next_of(const struct rule_order *rules, uint32_t nr)
{
	uint64_t edges[] = {NR_END, NUMBERS_X32_BIT, MEANING_NO_CALL, NR_END};
	uint64_t nearest = NR_END;
	size_t first;

	if (!rules->input)
		return NR_END;
	if (meaning_rules_of(rules, nr, &first) > 0)
		return (uint64_t)nr + 1;
	edges[0] = (uint64_t)rules->input->ceiling + 1;
	if (first < rules->count)
		nearest = rules->input->rules[rules->order[first]].nr;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		if (edges[i] > nr && edges[i] < nearest)
			nearest = edges[i];
	return nearest;
}

static uint64_t next(const void *context, uint32_t arch, uint32_t nr)
{
	const struct meaning *meaning = context;
	const uint64_t seccomp = (uint64_t)numbers_of(ABI_NATIVE, "seccomp");
	uint64_t enforced, observed;

	if (arch != numbers_abi_arch(ABI_NATIVE))
		return NR_END;
	enforced = next_of(&meaning->enforced, nr);
	observed = next_of(&meaning->observed, nr);
	if (observed < enforced)
		enforced = observed;
	if (nr < seccomp && seccomp < enforced)
		return seccomp;
	return nr == seccomp ? seccomp + 1 : enforced;
}

struct expectation meaning_expectation(const struct meaning *meaning)
{
	return (struct expectation){.context = meaning, .action = action, .next = next};
}
