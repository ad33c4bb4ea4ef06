/* SPDX-License-Identifier: MIT */
#include "init/assemble.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "init/conditions.h"

#define X32_BIT 0x40000000u /* __X32_SYSCALL_BIT, asm/unistd.h; also above every number of the native ABI */

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define IF_ABOVE(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (k), (yes), (no)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(distance)))
#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))

/* Little-endian: the lower half first. */
#define ARG_LOWER(i) (offsetof(struct seccomp_data, args) + 8 * (size_t)(i))
#define ARG_UPPER(i) (ARG_LOWER(i) + 4)

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

/* Jumps since `first` that lead to `target`: it is here. */
static void arrive(struct writer *w, size_t first, enum target target)
{
	for (size_t at = first; at < w->length && at < PROGRAM_MAX; at++) {
		struct sock_filter *f = &w->program->filter[at];
		const size_t distance = w->length - at - 1;

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
	emit(w, LOAD(ARG_LOWER(condition->arg)));
}

static void load_upper(struct writer *w, const struct condition *condition)
{
	if (condition->upper == condition->arg)
		emit(w, LOAD(ARG_UPPER(condition->arg)));
	else /* a register of its own */
		emit(w, LOAD(ARG_LOWER(condition->upper)));
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

static void emit_dispatch(struct writer *w, const struct policy *policy, bool (*in_tail)(uint32_t nr))
{
	size_t entries = w->length; /* two instructions each: the number, and a jump to its rules */

	for (size_t i = 0; i < policy->nrules; i += same_number(policy, i)) {
		if (!any_owned(&policy->rules[i], same_number(policy, i), in_tail))
			continue;
		emit(w, IF_EQUAL(policy->rules[i].nr, 0, 1));
		emit(w, JUMP(0)); /* patched below */
	}
	if (policy->newer_enosys) {
		emit(w, IF_ABOVE(POLICY_CEILING, 0, 1));
		emit(w, RETURN(SECCOMP_RET_ERRNO | 38 /* ENOSYS */));
	}
	emit_jump(w, TO_TAIL);
	for (size_t i = 0; i < policy->nrules; i += same_number(policy, i)) {
		if (!any_owned(&policy->rules[i], same_number(policy, i), in_tail))
			continue;
		patch(w, entries + 1, w->length);
		entries += 2;
		emit_rules(w, policy, &policy->rules[i], same_number(policy, i), in_tail);
	}
}

bool assemble(const struct policy *policy, bool (*in_tail)(uint32_t nr), const struct sock_filter *tail,
              size_t tail_length, struct program *program)
{
	struct writer w = {.program = program};

	emit(&w, LOAD(offsetof(struct seccomp_data, arch)));
	emit(&w, IF_EQUAL(AUDIT_ARCH_X86_64, 1, 0));
	emit_jump(&w, TO_TAIL); /* another ABI: the tail kills */
	emit(&w, LOAD(offsetof(struct seccomp_data, nr)));
	emit(&w, IF_ABOVE(X32_BIT - 1, 0, 1));
	emit_jump(&w, TO_TAIL);
	emit_dispatch(&w, policy, in_tail);

	if (w.length > PROGRAM_MAX || tail_length > PROGRAM_MAX - w.length)
		return false;
	arrive(&w, 0, TO_TAIL);
	memcpy(&program->filter[w.length], tail, tail_length * sizeof *tail);
	program->length = w.length + tail_length;
	return true;
}
