/* SPDX-License-Identifier: MIT */
#include "init/assemble.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "init/abis.h"
#include "init/conditions.h"

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define IF_ABOVE(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (k), (yes), (no)))
#define IF_ANY_BIT(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), (yes), (no)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(distance)))
#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))

/* Little-endian: the lower half first. */
#define ARG_LOWER(i) (offsetof(struct seccomp_data, args) + 8 * (size_t)(i))
#define ARG_UPPER(i) (ARG_LOWER(i) + 4)

/* seccomp_rule_add(3) has EINVAL for the highest errno that the kernel hands on, 4095 (MAX_ERRNO). */
#define TAIL_ERRNO_MAX 4094

/* The instructions before the tail. Where the tail begins is not known yet: a jump there is patched at the end. */
struct writer {
	struct program *program;
	size_t length;          /* may count beyond PROGRAM_MAX: then nothing more is written */
	struct sock_filter end; /* for what no rule matches: to the tail, or SECCOMP_RET_ALLOW */
};

#define TO_TAIL UINT32_MAX /* the distance of a jump that is to be patched */

static void emit(struct writer *w, struct sock_filter instruction)
{
	if (w->length < PROGRAM_MAX)
		w->program->filter[w->length] = instruction;
	w->length++;
}

static void patch(struct writer *w, size_t at, size_t target)
{
	if (at < PROGRAM_MAX)
		w->program->filter[at].k = (uint32_t)(target - at - 1);
}

static bool is_jump_to_tail(const struct sock_filter *instruction)
{
	return instruction->code == (BPF_JMP | BPF_JA) && instruction->k == TO_TAIL;
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

static void emit_conditional(struct writer *w, const struct policy *policy, const struct rule *rule)
{
	const struct condition *condition = &rule->conditions[0];
	const uint64_t mask = *conditions_values(policy, condition);

	emit(w, LOAD(ARG_LOWER(condition->arg)));
	if (condition->wide) {
		emit(w, IF_ANY_BIT((uint32_t)mask, 2, 0));
		emit(w, LOAD(ARG_UPPER(condition->arg)));
		emit(w, IF_ANY_BIT((uint32_t)(mask >> 32), 0, 1));
	} else {
		emit(w, IF_ANY_BIT((uint32_t)mask, 0, 1));
	}
	emit(w, RETURN(action_of(rule)));
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
	emit(w, w->end);
}

/* bit: x32's, 0 elsewhere. */
static void emit_newer(struct writer *w, uint32_t bit)
{
	if (bit) {
		emit(w, IF_ABOVE(bit + ABIS_X32_LAST, 2, 0));
		emit(w, IF_ABOVE(bit + ABIS_X32_FIRST - 1, 2, 0));
	}
	emit(w, IF_ABOVE(bit + POLICY_CEILING, 0, 1));
	emit(w, RETURN(SECCOMP_RET_ERRNO | 38 /* ENOSYS */));
}

static void emit_dispatch(struct writer *w, const struct policy *policy, bool (*in_tail)(uint32_t nr), uint32_t bit)
{
	size_t entries = w->length; /* two instructions each: the number, and a jump to its rules */

	for (size_t i = 0; i < policy->nrules; i += same_number(policy, i)) {
		if (!any_owned(&policy->rules[i], same_number(policy, i), in_tail))
			continue;
		emit(w, IF_EQUAL(policy->rules[i].nr, 0, 1));
		emit(w, JUMP(0)); /* patched below */
	}
	if (policy->newer_enosys)
		emit_newer(w, bit);
	emit(w, w->end);
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

/*
 * All that the calls of one other ABI get. What ends natively in the tail ends here: the tail is for the native ABI, and
 * kills.
 */
static void emit_other(struct writer *w, const struct policy *policy, enum other_abi abi)
{
	w->end = RETURN(SECCOMP_RET_ALLOW);
	emit(w, LOAD(offsetof(struct seccomp_data, nr)));
	emit(w, IF_EQUAL(UINT32_MAX, 0, 1)); /* no call: a tracer's way to have one skipped */
	emit(w, w->end);
	emit_dispatch(w, policy, nothing_in_tail, abi == OTHER_X32 ? ABIS_X32_BIT : 0);
}

#define TO_I386 3u /* where the jump to i386's part is */

bool assemble(const struct policy *policy, bool (*in_tail)(uint32_t nr), const struct sock_filter *tail,
              size_t tail_length, struct program *program)
{
	const struct policy *i386 = policy->other[OTHER_I386], *x32 = policy->other[OTHER_X32];
	struct writer w = {program, 0, JUMP(TO_TAIL)};
	size_t to_x32;

	emit(&w, LOAD(offsetof(struct seccomp_data, arch)));
	emit(&w, IF_EQUAL(AUDIT_ARCH_X86_64, i386 ? 3 : 1, 0));
	if (i386) {
		emit(&w, IF_EQUAL(AUDIT_ARCH_I386, 0, 1));
		emit(&w, JUMP(0)); /* patched below */
	}
	emit(&w, JUMP(TO_TAIL)); /* another ABI: the tail kills */
	emit(&w, LOAD(offsetof(struct seccomp_data, nr)));
	emit(&w, IF_ABOVE(ABIS_X32_BIT - 1, 0, 1)); /* above every number of the native ABI */
	emit(&w, JUMP(TO_TAIL));
	to_x32 = w.length - 1;
	emit_dispatch(&w, policy, in_tail, 0);
	if (i386) {
		patch(&w, TO_I386, w.length);
		emit_other(&w, i386, OTHER_I386);
	}
	if (x32) {
		patch(&w, to_x32, w.length);
		emit_other(&w, x32, OTHER_X32);
	}

	if (w.length > PROGRAM_MAX || tail_length > PROGRAM_MAX - w.length)
		return false;
	for (size_t at = 0; at < w.length; at++)
		if (is_jump_to_tail(&program->filter[at]))
			patch(&w, at, w.length);
	memcpy(&program->filter[w.length], tail, tail_length * sizeof *tail);
	program->length = w.length + tail_length;
	return true;
}
