/* SPDX-License-Identifier: MIT */
#include "selftest/meaning.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "selftest/canary.h"
#include "selftest/numbers.h"

#define NR_END (UINT64_C(1) << 32)

static bool comes_before(const struct trial_rule *rules, uint16_t a, uint16_t b)
{
	const struct trial_rule *x = &rules[a], *y = &rules[b];

	if (x->nr != y->nr)
		return x->nr < y->nr;
	if (x->action != y->action)
		return x->action == TRIAL_KILL;
	return x->line != y->line ? x->line < y->line : a < b;
}

static bool read_rules(struct rule_order *rules, uint16_t *order, const struct trial_input *input,
                       const struct trial_rule *list, size_t count, size_t most)
{
	rules->input = input;
	rules->rules = list;
	rules->order = order;
	rules->count = 0;
	if (count > most)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint16_t rule = (uint16_t)i; /* below TRIAL_OTHER_MAX */
		size_t place = rules->count++;

		/* Insertion: whoever made the list has it in order nearly always. */
		for (; place > 0 && comes_before(list, rule, rules->order[place - 1]); place--)
			rules->order[place] = rules->order[place - 1];
		rules->order[place] = rule;
	}
	return true;
}

static bool read_input(struct rule_order *native, struct rule_order other[TRIAL_ABIS],
                       uint16_t orders[1 + TRIAL_ABIS][TRIAL_OTHER_MAX], const struct trial_input *input)
{
	bool fits = read_rules(native, orders[0], input, input ? input->rules : NULL, input ? input->nrules : 0,
	                       TRIAL_RULES_MAX);

	for (size_t i = 0; i < TRIAL_ABIS; i++) {
		const bool any = input && input->other_denied;

		fits = read_rules(&other[i], orders[1 + i], input, any ? input->other[i].rules : NULL,
		                  any ? input->other[i].nrules : 0, TRIAL_OTHER_MAX) &&
		       fits;
	}
	return fits;
}

bool meaning_read(struct meaning *meaning, const struct trial_input *input)
{
	meaning->input = input;
	return read_input(&meaning->enforced, meaning->enforced_other, meaning->orders[0], input) &&
	       read_input(&meaning->observed, meaning->observed_other, meaning->orders[1], input->observed);
}

/* The first place whose rule has this number or a higher one. */
static size_t lower_bound(const struct rule_order *rules, uint32_t nr)
{
	size_t low = 0, high = rules->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rules->rules[rules->order[middle]].nr < nr)
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
	while (end < rules->count && rules->rules[rules->order[end]].nr == nr)
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

static bool is_masked_in(const struct question *q)
{
	const struct trial_condition *c = q->condition;
	struct comparison bits = {(uint8_t)(2 * c->arg), BPF_JEQ, (uint32_t)c->values[0], 0};

	for (size_t i = 1; i < c->count; i++) {
		bits.k = (uint32_t)c->values[i];
		if (bpf_decide(q->trace, q->data, bits))
			return true;
	}
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
	case TRIAL_MASKED_IN: return is_masked_in(q);
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

/* ABI_NONE: none of this machine. Where there is x32, a number is its own from the bit upwards. */
static enum abi abi_of(uint32_t arch, uint32_t nr)
{
#ifdef MACHINE_COMPAT_AUDIT
	if (arch == MACHINE_COMPAT_AUDIT)
		return ABI_COMPAT;
#endif
	if (arch != MACHINE_AUDIT)
		return ABI_NONE;
	return ABI_COUNT > ABI_X32 && nr >= NUMBERS_X32_BIT ? ABI_X32 : ABI_NATIVE;
}

static bool is_above_ceiling(const struct trial_input *input, enum abi abi, uint32_t nr)
{
	return nr - (abi == ABI_X32 ? NUMBERS_X32_BIT : 0) > input->ceiling &&
	       (abi != NUMBERS_OWN_ABI || nr < NUMBERS_OWN_FIRST || nr > NUMBERS_OWN_LAST);
}

static const struct rule_order *rules_for(const struct rule_order *native, const struct rule_order other[TRIAL_ABIS],
                                          enum abi abi)
{
	return abi == ABI_NATIVE ? native : &other[abi == ABI_COMPAT ? TRIAL_COMPAT : TRIAL_X32];
}

/* What a list of rules denies. */
static uint32_t denial(const struct rule_order *native, const struct rule_order other[TRIAL_ABIS],
                       const struct seccomp_data *data, struct trace *trace)
{
	const struct trial_input *input = native->input;
	const struct rule_order *rules;
	uint32_t nr = (uint32_t)data->nr;
	const enum abi abi = abi_of(data->arch, nr);
	const bool no_call = nr == MEANING_NO_CALL;
	size_t first, count;

	if (abi == ABI_NONE || (abi == ABI_COMPAT && !input->other_denied))
		return SECCOMP_RET_KILL_PROCESS;
	if (no_call)
		return SECCOMP_RET_ALLOW;
	if (abi == ABI_X32 && !input->other_denied)
		return SECCOMP_RET_KILL_PROCESS;
	rules = rules_for(native, other, abi);
	count = meaning_rules_of(rules, nr, &first);
	for (size_t i = first; i < first + count; i++) {
		const struct trial_rule *rule = &rules->rules[rules->order[i]];

		if (matches(rule, data, trace))
			return rule->action == TRIAL_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | rule->errnum;
	}
	if (count == 0 && input->above && is_above_ceiling(input, abi, nr))
		return SECCOMP_RET_ERRNO | input->above;
	return SECCOMP_RET_ALLOW;
}

static bool has_magic(uint64_t magic, const struct seccomp_data *data, struct trace *trace)
{
	const uint8_t lower = 2 * CANARY_ARGUMENT;
	const struct comparison of_lower = {lower, BPF_JEQ, UINT32_MAX, (uint32_t)magic};
	const struct comparison of_upper = {lower + 1, BPF_JEQ, UINT32_MAX, (uint32_t)(magic >> 32)};

	return bpf_decide(trace, data, of_lower) && (MACHINE_BITS == 32 || bpf_decide(trace, data, of_upper));
}

/* Where denials are reported nobody may have a listener of his own, who would answer them when the first one is gone. */
static bool denies_listeners(const struct trial_input *input)
{
	return input->magic && !input->enforces_nothing;
}

static bool asks_for_listener(const struct trial_input *input, const struct seccomp_data *data, struct trace *trace)
{
	const struct comparison flag = {2 * 1, BPF_JSET, UINT32_MAX, SECCOMP_FILTER_FLAG_NEW_LISTENER};
	const enum abi abi = abi_of(data->arch, (uint32_t)data->nr);

	return (abi == ABI_NATIVE || (abi != ABI_NONE && input->other_denied)) &&
	       (int64_t)(uint32_t)data->nr == numbers_of(abi, "seccomp") && bpf_decide(trace, data, flag);
}

static uint32_t action(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct meaning *meaning = context;
	const struct trial_input *input = meaning->input;
	uint32_t denied = SECCOMP_RET_ALLOW;

	if (denies_listeners(input) && asks_for_listener(input, data, trace))
		return SECCOMP_RET_ERRNO | EBUSY;
	if (!input->enforces_nothing)
		denied = denial(&meaning->enforced, meaning->enforced_other, data, trace);
	if (denied == SECCOMP_RET_KILL_PROCESS)
		return denied;
	if (denied != SECCOMP_RET_ALLOW)
		return !input->magic || has_magic(input->magic, data, trace) ? denied : SECCOMP_RET_USER_NOTIF;
	if (input->observed && denial(&meaning->observed, meaning->observed_other, data, trace) != SECCOMP_RET_ALLOW)
		return input->observed_action;
	return SECCOMP_RET_ALLOW;
}

uint32_t meaning_action(const struct meaning *meaning, const struct seccomp_data *data)
{
	return action(meaning, data, NULL);
}

long meaning_decider(const struct meaning *meaning, const struct seccomp_data *data)
{
	const struct rule_order *rules = &meaning->enforced;
	size_t first;
	const size_t count = meaning_rules_of(rules, (uint32_t)data->nr, &first);

	for (size_t i = first; i < first + count; i++)
		if (matches(&rules->rules[rules->order[i]], data, NULL))
			return rules->order[i];
	return -1;
}

struct wanted {
	const struct rule_order *rules;
	size_t first, end, place;
};

static bool decides(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct wanted *w = context;

	for (size_t i = w->first; i < w->end && i <= w->place; i++)
		if (matches(&w->rules->rules[w->rules->order[i]], data, trace))
			return i == w->place;
	return w->place == w->end;
}

bool meaning_example(const struct rule_order *rules, size_t first, size_t count, size_t place,
                     struct seccomp_data *data)
{
	const struct wanted wanted = {rules, first, first + count, place};

	return bpf_find(decides, &wanted, data);
}

/* The lowest of the edges above nr. */
static uint64_t nearest_edge(const uint64_t *edges, size_t count, uint32_t nr)
{
	uint64_t nearest = NR_END;

	for (size_t i = 0; i < count; i++)
		if (edges[i] > nr && edges[i] < nearest)
			nearest = edges[i];
	return nearest;
}

/* Where the answer changes that rules give, or nearer. */
static uint64_t next_of(const struct rule_order *rules, uint32_t nr)
{
	uint64_t edge;
	size_t first;

	if (meaning_rules_of(rules, nr, &first) > 0)
		return (uint64_t)nr + 1;
	edge = first < rules->count ? rules->rules[rules->order[first]].nr : NR_END;
	return nearest_edge(&edge, 1, nr);
}

/* The same for what holds without rules. */
static uint64_t next_of_all(const struct trial_input *input, enum abi abi, uint32_t nr)
{
	const uint64_t bit = abi == ABI_X32 ? NUMBERS_X32_BIT : 0;
	const uint64_t seccomp = denies_listeners(input) ? (uint64_t)numbers_of(abi, "seccomp") : NR_END;
	const uint64_t edges[] = {input->ceiling + 1 + bit,
	                          NUMBERS_X32_BIT,
	                          NUMBERS_OWN_FIRST,
	                          NUMBERS_OWN_LAST + 1,
	                          seccomp,
	                          seccomp + 1,
	                          input->observed ? input->observed->ceiling + 1 + bit : NR_END,
	                          MEANING_NO_CALL};

	return nearest_edge(edges, sizeof edges / sizeof *edges, nr);
}

static uint64_t next(const void *context, uint32_t arch, uint32_t nr)
{
	const struct meaning *meaning = context;
	const enum abi abi = abi_of(arch, nr);
	uint64_t edges[3];

	if (abi == ABI_NONE || (abi == ABI_COMPAT && !meaning->input->other_denied))
		return NR_END;
	edges[0] = next_of_all(meaning->input, abi, nr);
	edges[1] = next_of(rules_for(&meaning->enforced, meaning->enforced_other, abi), nr);
	edges[2] = next_of(rules_for(&meaning->observed, meaning->observed_other, abi), nr);
	return nearest_edge(edges, 3, nr);
}

struct expectation meaning_expectation(const struct meaning *meaning)
{
	return (struct expectation){.context = meaning, .action = action, .next = next};
}
