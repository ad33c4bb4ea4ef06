/* SPDX-License-Identifier: MIT */
#include "selftest/bpf_eval.h"

#include <string.h>

#include "selftest/arch.h"
#include "selftest/bpf_kind.h"

static const char *const error_texts[] = {
    [EVAL_OK] = "evaluated",
    [EVAL_BAD_LENGTH] = "the program has no instruction or too many",
    [EVAL_BAD_OPCODE] = "the program has an instruction that seccomp does not know",
    [EVAL_BAD_OPERAND] = "the program has an instruction with an operand that seccomp does not take",
    [EVAL_BAD_LOAD] = "the program loads from outside of the call's data",
    [EVAL_BAD_JUMP] = "the program jumps beyond its end",
    [EVAL_BAD_MEMORY] = "the program reads memory that it did not write",
    [EVAL_NO_RETURN] = "the program runs off its end",
    [EVAL_OPAQUE] = "the program computes with the call's data in a way that cannot be followed",
    [EVAL_TOO_COMPLEX] = "the program has too many paths to be walked",
};

const char *bpf_eval_error_text(enum eval_error error)
{
	return error_texts[error];
}

static void add_decision(struct trace *trace, const struct comparison *comparison, bool held)
{
	struct interval left;

	if (!trace)
		return;
	left.first = trace->left[comparison->half].first;
	left.end = INTERVAL_END - trace->left[comparison->half].cut;
	if (left.end - left.first == 1 || !comparison_splits(comparison, left))
		return;
	if (trace->count == TRACE_MAX) {
		trace->full = true;
		return;
	}
	left = comparison_narrow(comparison, held, left);
	trace->left[comparison->half].first = (uint32_t)left.first;
	trace->left[comparison->half].cut = (uint32_t)(INTERVAL_END - left.end);
	trace->decision[trace->count].comparison = *comparison;
	trace->decision[trace->count++].held = held;
}

bool bpf_decide(struct trace *trace, const struct seccomp_data *data, struct comparison condition)
{
	uint64_t argument = data->args[condition.half / 2];
	bool held = comparison_holds(&condition, (uint32_t)(condition.half % 2 ? argument >> 32 : argument));

	add_decision(trace, &condition, held);
	return held;
}

/*
 * Where a register's value comes from decides what the way just taken says about other calls. A comparison of the
 * number itself with a constant says exactly where it would turn; one of something computed from the number does not,
 * and the way is taken to hold for this number only. A half of an argument, or some of its bits, compared with a
 * constant is a decision that can be turned over. Anything else that comes from arguments is opaque.
 */
enum origin { FROM_ELSEWHERE /* 0 */, FROM_NR, FROM_NR_COMPUTED, FROM_HALF, FROM_OPAQUE };

struct value {
	uint32_t v;
	uint32_t mask; /* FROM_HALF: the bits of the half that are in v */
	enum origin from;
	uint8_t half;
};

struct machine {
	struct value a, x, memory[BPF_MEMWORDS];
	struct trace *trace; /* NULL: not wanted */
	uint32_t nr;
	uint16_t halves;
};

static bool is_from_nr(enum origin from)
{
	return from == FROM_NR || from == FROM_NR_COMPUTED;
}

static bool is_from_argument(enum origin from)
{
	return from == FROM_HALF || from == FROM_OPAQUE;
}

static void turns_at(struct machine *m, uint64_t nr)
{
	if (m->trace && nr > m->nr && nr < m->trace->next_nr)
		m->trace->next_nr = nr;
}

/* The answer depends on such a value in a way that is not followed. */
static void depends_on(struct machine *m, enum origin from)
{
	if (is_from_nr(from))
		turns_at(m, (uint64_t)m->nr + 1);
	else if (is_from_argument(from) && m->trace)
		m->trace->opaque = true;
}

/* The number itself has just been compared with k: from which one on may it come out otherwise? */
static void note_number(struct machine *m, uint8_t operation, uint32_t k)
{
	switch (operation) {
	case BPF_JEQ: turns_at(m, k == m->nr ? (uint64_t)k + 1 : k); break;
	case BPF_JGE: turns_at(m, k); break;
	case BPF_JGT: turns_at(m, (uint64_t)k + 1); break;
	default: /* BPF_JSET: not before the next carry into the lowest bit of k */
		if (k)
			turns_at(m, (uint64_t)(m->nr | ((k & (0u - k)) - 1)) + 1);
	}
}

static bool is_jump_taken(struct machine *m, const struct sock_filter *f)
{
	const uint8_t operation = (uint8_t)BPF_OP(f->code);
	const bool by_x = BPF_SRC(f->code) == BPF_X;
	const uint32_t k = by_x ? m->x.v : f->k;
	const enum origin from = by_x ? m->x.from : FROM_ELSEWHERE;
	const bool held = comparison_compare(operation, m->a.v, k);

	if (m->a.from == FROM_NR && from == FROM_ELSEWHERE) {
		note_number(m, operation, k);
	} else if (m->a.from == FROM_HALF && !is_from_argument(from)) {
		const struct comparison of_half = {m->a.half, operation, m->a.mask, k};

		add_decision(m->trace, &of_half, held);
		depends_on(m, from);
	} else {
		depends_on(m, m->a.from);
		depends_on(m, from);
	}
	return held;
}

static bool load(struct machine *m, uint32_t offset, const struct seccomp_data *data)
{
	const size_t args = offsetof(struct seccomp_data, args);

	if (offset % 4 != 0 || offset >= sizeof *data)
		return false;
	memcpy(&m->a.v, (const char *)data + offset, sizeof m->a.v);
	if (offset == offsetof(struct seccomp_data, nr)) {
		m->a.from = FROM_NR;
	} else if (offset == offsetof(struct seccomp_data, arch)) {
		m->a.from = FROM_ELSEWHERE; /* one walk, one architecture */
	} else if (offset >= args) {
		m->a.from = FROM_HALF;
		m->a.half = (uint8_t)((offset - args) / 4 ^ MACHINE_LOWER / 4);
		m->a.mask = UINT32_MAX;
		m->halves |= (uint16_t)(1u << m->a.half);
	} else { /* instruction_pointer: any caller's */
		m->a.from = FROM_OPAQUE;
	}
	return true;
}

static enum origin origin_of_computed(enum origin a, enum origin b)
{
	if (is_from_argument(a) || is_from_argument(b))
		return FROM_OPAQUE;
	return is_from_nr(a) || is_from_nr(b) ? FROM_NR_COMPUTED : FROM_ELSEWHERE;
}

/* False: divided by zero. */
static bool compute(struct machine *m, const struct sock_filter *f)
{
	const uint8_t operation = (uint8_t)BPF_OP(f->code);
	const bool by_x = BPF_SRC(f->code) == BPF_X;
	const uint32_t b = by_x ? m->x.v : f->k;
	const enum origin from = by_x ? m->x.from : FROM_ELSEWHERE;
	uint32_t a = m->a.v;

	switch (operation) {
	case BPF_ADD: a += b; break;
	case BPF_SUB: a -= b; break;
	case BPF_MUL: a *= b; break;
	case BPF_AND: a &= b; break;
	case BPF_OR: a |= b; break;
	case BPF_XOR: a ^= b; break;
	case BPF_NEG: a = 0u - a; break;
	case BPF_LSH: a <<= b & 31u; break; /* eBPF, to which the kernel translates, masks what is in a register */
	case BPF_RSH: a >>= b & 31u; break;
	default: /* BPF_DIV */
		depends_on(m, from);
		if (b == 0)
			return false;
		a /= b;
	}
	if (operation == BPF_AND && m->a.from == FROM_HALF && from == FROM_ELSEWHERE)
		m->a.mask &= b;
	else
		m->a.from = origin_of_computed(m->a.from, from);
	m->a.v = a;
	return true;
}

static struct evaluation ended(const struct machine *m, enum eval_error error, uint32_t action)
{
	return (struct evaluation){.error = error, .action = action, .halves = m->halves};
}

struct evaluation bpf_eval(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                           struct trace *trace)
{
	struct machine m;

	memset(&m, 0, sizeof m); /* A and X are zero at the start: bpf_convert_filter() */
	m.trace = trace;
	m.nr = (uint32_t)data->nr;
	if (length == 0 || length > BPF_EVAL_LENGTH_MAX)
		return ended(&m, EVAL_BAD_LENGTH, 0);

	/* Jumps only go forward, so the loop ends. */
	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *f = &filter[pc];
		const size_t after = length - pc - 1;
		struct value *loaded = BPF_CLASS(f->code) == BPF_LDX ? &m.x : &m.a;

		switch (bpf_kind(f->code)) {
		case KIND_REFUSED: return ended(&m, EVAL_BAD_OPCODE, 0);
		case KIND_LOAD:
			if (!load(&m, f->k, data))
				return ended(&m, EVAL_BAD_LOAD, 0);
			break;
		case KIND_LENGTH: *loaded = (struct value){.v = sizeof *data}; break;
		case KIND_IMMEDIATE: *loaded = (struct value){.v = f->k}; break;
		case KIND_RECALL:
		case KIND_STORE:
			if (f->k >= BPF_MEMWORDS)
				return ended(&m, EVAL_BAD_OPERAND, 0);
			if (bpf_kind(f->code) == KIND_RECALL)
				*loaded = m.memory[f->k];
			else
				m.memory[f->k] = BPF_CLASS(f->code) == BPF_ST ? m.a : m.x;
			break;
		case KIND_TRANSFER:
			if (BPF_MISCOP(f->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		case KIND_COMPUTE:
		case KIND_DIVIDE:
		case KIND_SHIFT:
			if (!compute(&m, f)) /* bpf_convert_filter(): ends the program with 0 */
				return ended(&m, EVAL_OK, SECCOMP_RET_KILL_THREAD);
			break;
		case KIND_JUMP:
			if (f->k >= after)
				return ended(&m, EVAL_BAD_JUMP, 0);
			pc += f->k;
			break;
		case KIND_BRANCH:
			if (f->jt >= after || f->jf >= after)
				return ended(&m, EVAL_BAD_JUMP, 0);
			pc += is_jump_taken(&m, f) ? f->jt : f->jf;
			break;
		case KIND_RETURN:
			if (BPF_RVAL(f->code) == BPF_K)
				return ended(&m, EVAL_OK, f->k);
			depends_on(&m, m.a.from);
			return ended(&m, EVAL_OK, m.a.v);
		}
	}
	return ended(&m, EVAL_NO_RETURN, 0);
}
