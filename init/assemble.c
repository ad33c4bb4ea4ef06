/* SPDX-License-Identifier: MIT */
#include "init/assemble.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "init/abis.h"
#include "init/arch.h"
#include "init/conditions.h"

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define IF_ABOVE(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (k), (yes), (no)))
#define AND(mask) ((struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (mask)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(distance)))
#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))

/* seccomp_rule_add(3) has EINVAL for the highest errno that the kernel hands on, 4095 (MAX_ERRNO). */
#define TAIL_ERRNO_MAX 4094

/* The instructions before the tail. */
struct writer {
	struct program *program;
	size_t length; /* may count beyond PROGRAM_MAX: then nothing more is written */
	bool near; /* conditional jumps go where they lead, at most NEAR_MAX away; else by a long jump behind them */
};

/*
 * Where a jump leads while that place is not known yet: in the jump's k, or in place of a conditional jump's distance.
 * NEXT is no place of its own: the jump goes nowhere.
 */
enum target {
	NEXT = 0,
	TO_GROUP = 252, /* the next values of a list */
	TO_HELD,        /* the condition holds */
	TO_FAILED,      /* the rule does not match */
	TO_TAIL,
};

#define UNKNOWN(target) (UINT32_C(0xffffff00) | (target))
#define NEAR_MAX 250u /* so many instructions of one rule at most: distances and targets are not to be mixed up */

static void emit(struct writer *w, struct sock_filter instruction)
{
	if (w->length < PROGRAM_MAX)
		w->program->filter[w->length] = instruction;
	w->length++;
}

static void emit_jump(struct writer *w, enum target target)
{
	emit(w, JUMP(UNKNOWN(target)));
}

/* If (A operation k) to `yes`, else to `no`, of which one may be NEXT. */
static void emit_branch(struct writer *w, uint8_t operation, uint32_t k, enum target yes, enum target no)
{
	struct sock_filter branch = {.code = BPF_JMP | BPF_K | operation, .k = k};

	if (w->near) {
		branch.jt = (uint8_t)yes;
		branch.jf = (uint8_t)no;
		emit(w, branch);
		return;
	}
	branch.jt = yes == NEXT && no != NEXT ? 1 : 0;
	branch.jf = yes != NEXT ? 1 : 0;
	emit(w, branch);
	if (yes != NEXT)
		emit_jump(w, yes);
	if (no != NEXT)
		emit_jump(w, no);
}

static bool is_long_jump(const struct sock_filter *instruction)
{
	return instruction->code == (BPF_JMP | BPF_JA);
}

/* Jumps in first .. end - 1 that lead to `target`: it is at `place`. */
static void lead(struct writer *w, size_t first, size_t end, enum target target, size_t place)
{
	for (size_t at = first; at < end && at < PROGRAM_MAX; at++) {
		struct sock_filter *f = &w->program->filter[at];
		const size_t distance = place - at - 1;

		if (is_long_jump(f)) {
			if (f->k == UNKNOWN(target))
				f->k = (uint32_t)distance;
		} else if (BPF_CLASS(f->code) == BPF_JMP && w->near && distance <= NEAR_MAX) {
			if (f->jt == target)
				f->jt = (uint8_t)distance;
			if (f->jf == target)
				f->jf = (uint8_t)distance;
		}
	}
}

/* Jumps since `first` that lead to `target`: it is here. */
static void arrive(struct writer *w, size_t first, enum target target)
{
	lead(w, first, w->length, target, w->length);
}

/*
 * Where in the tail a native call's number is first looked at: what comes before asks again for its ABI, which costs the
 * kernel as much as half a search, once for each number that there is, when it loads the filter. The judge evaluates the whole.
 */
static size_t tail_entry(const struct sock_filter *tail, size_t length)
{
	size_t entry = 0;
	bool of_number = false;

	for (size_t at = 0; at < length; at++) {
		const struct sock_filter *f = &tail[at];
		bool held;

		if (f->code == (BPF_LD | BPF_W | BPF_ABS)) {
			of_number = f->k == offsetof(struct seccomp_data, nr);
			if (of_number)
				entry = at;
			else if (f->k != offsetof(struct seccomp_data, arch))
				break;
		} else if (f->code == (BPF_JMP | BPF_JEQ | BPF_K) || f->code == (BPF_JMP | BPF_JGE | BPF_K)) {
			if (of_number ? !ARCH_X32 || f->k < ABIS_X32_BIT : BPF_OP(f->code) != BPF_JEQ)
				break;
			held = !of_number && f->k == ARCH_AUDIT; /* native numbers are below x32's */
			at += held ? f->jt : f->jf;
		} else {
			break;
		}
	}
	return entry;
}

static void patch(struct writer *w, size_t at, size_t target)
{
	if (at < PROGRAM_MAX)
		w->program->filter[at].k = (uint32_t)(target - at - 1);
}

static uint32_t action_of(const struct rule *rule)
{
	return rule->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | rule->errnum;
}

bool assemble_owns(const struct rule *rule, bool (*in_tail)(uint32_t nr))
{
	return rule->nconditions > 0 || !in_tail(rule->nr) || rule->nr > POLICY_CEILING ||
	       (rule->action == ACTION_ERRNO && rule->errnum > TAIL_ERRNO_MAX);
}

/* rules of one number: rules[0 .. count). */
static size_t same_number(const struct policy *policy, size_t first)
{
	size_t count = 1;

	while (first + count < policy->nrules && policy->rules[first + count].nr == policy->rules[first].nr)
		count++;
	return count;
}

static bool any_owned(const struct rule *rules, size_t count, bool (*in_tail)(uint32_t nr))
{
	for (size_t i = 0; i < count; i++)
		if (assemble_owns(&rules[i], in_tail))
			return true;
	return false;
}

static uint32_t lower_half(uint64_t value)
{
	return (uint32_t)value;
}

static uint32_t upper_half(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static void load_lower(struct writer *w, const struct condition *condition)
{
	emit(w, LOAD(ARCH_ARG_LOWER(condition->arg)));
}

static void load_upper(struct writer *w, const struct condition *condition)
{
	if (condition->upper == condition->arg)
		emit(w, LOAD(ARCH_ARG_UPPER(condition->arg)));
	else /* a register of its own */
		emit(w, LOAD(ARCH_ARG_LOWER(condition->upper)));
}

/* To `yes` if the argument is one of the values, else to `no`. */
static void emit_list(struct writer *w, const struct condition *condition, const uint64_t *values, enum target yes,
                      enum target no)
{
	const size_t count = condition->count;
	size_t end;

	if (condition->wide)
		load_upper(w, condition);
	else
		load_lower(w, condition);
	for (size_t first = 0; first < count; first = end) {
		const size_t start = w->length;

		for (end = first + 1; end < count; end++)
			if (condition->wide && upper_half(values[end]) != upper_half(values[first]))
				break;
		if (condition->wide) {
			emit_branch(w, BPF_JEQ, upper_half(values[first]), NEXT, end == count ? no : TO_GROUP);
			load_lower(w, condition);
		}
		for (size_t i = first; i < end; i++)
			emit_branch(w, BPF_JEQ, lower_half(values[i]), yes, i + 1 < end ? NEXT : no);
		arrive(w, start, TO_GROUP); /* with the upper half in A, as before */
	}
}

/* To `yes` if (argument operation value), BPF_JGT or BPF_JGE, else to `no`. */
static void emit_order(struct writer *w, const struct condition *condition, uint8_t operation, uint64_t value,
                       enum target yes, enum target no)
{
	if (condition->wide) {
		load_upper(w, condition);
		emit_branch(w, BPF_JGT, upper_half(value), yes, NEXT);
		emit_branch(w, BPF_JEQ, upper_half(value), NEXT, no);
	}
	load_lower(w, condition);
	emit_branch(w, operation, lower_half(value), yes, no);
}

static void emit_bits(struct writer *w, const struct condition *condition, uint64_t mask)
{
	const bool upper = condition->wide && upper_half(mask) != 0, lower = !upper || lower_half(mask) != 0;

	if (lower) {
		load_lower(w, condition);
		emit_branch(w, BPF_JSET, lower_half(mask), TO_HELD, upper ? NEXT : TO_FAILED);
	}
	if (upper) {
		load_upper(w, condition);
		emit_branch(w, BPF_JSET, upper_half(mask), TO_HELD, TO_FAILED);
	}
}

/* The first value is the mask. */
static void emit_masked(struct writer *w, const struct condition *condition, const uint64_t *values)
{
	load_lower(w, condition);
	emit(w, AND(lower_half(values[0])));
	for (size_t i = 1; i < condition->count; i++)
		emit_branch(w, BPF_JEQ, lower_half(values[i]), TO_HELD, i + 1u < condition->count ? NEXT : TO_FAILED);
}

static void emit_condition(struct writer *w, const struct condition *condition, const uint64_t *values)
{
	const size_t start = w->length;

	switch (condition->test) {
	case TEST_IN: emit_list(w, condition, values, TO_HELD, TO_FAILED); break;
	case TEST_NOT_IN: emit_list(w, condition, values, TO_FAILED, TO_HELD); break;
	case TEST_LESS: emit_order(w, condition, BPF_JGE, *values, TO_FAILED, TO_HELD); break;
	case TEST_LESS_EQUAL: emit_order(w, condition, BPF_JGT, *values, TO_FAILED, TO_HELD); break;
	case TEST_GREATER: emit_order(w, condition, BPF_JGT, *values, TO_HELD, TO_FAILED); break;
	case TEST_GREATER_EQUAL: emit_order(w, condition, BPF_JGE, *values, TO_HELD, TO_FAILED); break;
	case TEST_ANY_BIT: emit_bits(w, condition, *values); break;
	case TEST_MASKED_IN: emit_masked(w, condition, values); break;
	}
	arrive(w, start, TO_HELD);
}

static void emit_conditional(struct writer *w, const struct policy *policy, const struct rule *rule)
{
	const size_t start = w->length;

	w->near = true;
	for (;;) {
		for (size_t i = 0; i < rule->nconditions; i++)
			emit_condition(w, &rule->conditions[i], conditions_values(policy, &rule->conditions[i]));
		emit(w, RETURN(action_of(rule)));
		if (!w->near || w->length - start <= NEAR_MAX)
			break;
		w->near = false; /* once more, with jumps as long as needed */
		w->length = start;
	}
	arrive(w, start, TO_FAILED);
	w->near = false;
}

/* The rules come in the order in which they decide: what stands behind an unconditional one is never asked. */
static void emit_rules(struct writer *w, const struct policy *policy, const struct rule *rules, size_t count,
                       bool (*in_tail)(uint32_t nr))
{
	for (size_t i = 0; i < count; i++) {
		if (rules[i].nconditions > 0) {
			emit_conditional(w, policy, &rules[i]);
			continue;
		}
		if (!assemble_owns(&rules[i], in_tail))
			break;
		emit(w, RETURN(action_of(&rules[i])));
		return;
	}
	emit_jump(w, TO_TAIL);
}

/* What newer-syscalls is for: numbers above the ceiling, but not those of the ABI's own, first to last. */
struct newer {
	uint32_t ceiling, first, last; /* first 0: none */
};

static const struct newer native_newer = {POLICY_CEILING, ARCH_FIRST_OWN, ARCH_LAST_OWN},
			  compat_newer = {POLICY_CEILING, ARCH_COMPAT_FIRST_OWN, ARCH_COMPAT_LAST_OWN},
			  x32_newer = {ABIS_X32_BIT + POLICY_CEILING, ABIS_X32_BIT + ABIS_X32_FIRST,
                                       ABIS_X32_BIT + ABIS_X32_LAST};

static void emit_newer(struct writer *w, const struct newer *newer)
{
	if (newer->first) {
		emit(w, IF_ABOVE(newer->last, 2, 0));
		emit(w, IF_ABOVE(newer->first - 1, 2, 0));
	}
	emit(w, IF_ABOVE(newer->ceiling, 0, 1));
	emit(w, RETURN(SECCOMP_RET_ERRNO | 38 /* ENOSYS */));
}

static void emit_dispatch(struct writer *w, const struct policy *policy, bool (*in_tail)(uint32_t nr),
                          const struct newer *newer)
{
	size_t entries = w->length; /* two instructions each: the number, and a jump to its rules */

	for (size_t i = 0; i < policy->nrules; i += same_number(policy, i)) {
		if (!any_owned(&policy->rules[i], same_number(policy, i), in_tail))
			continue;
		emit(w, IF_EQUAL(policy->rules[i].nr, 0, 1));
		emit(w, JUMP(0)); /* patched below */
	}
	if (policy->newer_enosys)
		emit_newer(w, newer);
	emit_jump(w, TO_TAIL);
	for (size_t i = 0; i < policy->nrules; i += same_number(policy, i)) {
		if (!any_owned(&policy->rules[i], same_number(policy, i), in_tail))
			continue;
		patch(w, entries + 1, w->length);
		entries += 2;
		emit_rules(w, policy, &policy->rules[i], same_number(policy, i), in_tail);
	}
}

/* The tail has nothing of the other ABIs. */
static bool nothing_in_tail(uint32_t nr)
{
	(void)nr;
	return false;
}

/* All that the calls of one other ABI get. What natively goes on to the tail ends here: there it would be killed. */
static void emit_other(struct writer *w, const struct policy *policy, const struct newer *newer)
{
	const size_t start = w->length;

	emit(w, LOAD(offsetof(struct seccomp_data, nr)));
	emit(w, IF_EQUAL(UINT32_MAX, 0, 1)); /* no call: a tracer's way to have one skipped */
	emit_jump(w, TO_TAIL);
	emit_dispatch(w, policy, nothing_in_tail, newer);
	arrive(w, start, TO_TAIL);
	emit(w, RETURN(SECCOMP_RET_ALLOW));
}

bool assemble(const struct policy *policy, bool (*in_tail)(uint32_t nr), const struct sock_filter *tail,
              size_t tail_length, struct program *program)
{
	const struct policy *compat = policy->other[OTHER_COMPAT], *x32 = policy->other[OTHER_X32];
	struct writer w = {.program = program};
	size_t to_compat = 0, to_x32, native, native_end;

	emit(&w, LOAD(offsetof(struct seccomp_data, arch)));
	emit(&w, IF_EQUAL(ARCH_AUDIT, compat ? 3 : 1, 0));
	if (compat) {
		emit(&w, IF_EQUAL(ARCH_COMPAT_AUDIT, 0, 1));
		to_compat = w.length;
		emit(&w, JUMP(0)); /* patched below */
	}
	emit_jump(&w, TO_TAIL); /* another ABI: the tail kills */
	emit(&w, LOAD(offsetof(struct seccomp_data, nr)));
	if (ARCH_X32)
		emit(&w, IF_ABOVE(ABIS_X32_BIT - 1, 0, 1)); /* above every number of the native ABI */
	else
		emit(&w, IF_EQUAL(UINT32_MAX, 0, 1)); /* as in emit_other() */
	to_x32 = w.length;
	emit_jump(&w, TO_TAIL);
	native = w.length;
	emit_dispatch(&w, policy, in_tail, &native_newer);
	native_end = w.length;
	if (compat) {
		patch(&w, to_compat, w.length);
		emit_other(&w, compat, &compat_newer);
	}
	if (x32) {
		patch(&w, to_x32, w.length);
		emit_other(&w, x32, &x32_newer);
	}

	if (w.length > PROGRAM_MAX || tail_length > PROGRAM_MAX - w.length)
		return false;
	lead(&w, native, native_end, TO_TAIL, w.length + tail_entry(tail, tail_length));
	arrive(&w, 0, TO_TAIL);
	memcpy(&program->filter[w.length], tail, tail_length * sizeof *tail);
	program->length = w.length + tail_length;
	return true;
}
