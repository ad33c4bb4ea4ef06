/* SPDX-License-Identifier: MIT */
#include "selftest/bpf_eval.h"

#include <string.h>

#define NR_END (UINT64_C(1) << 32)
#define WALK_BUDGET 200000u /* segments; an honest program of 600 rules has under 3,000 */

static const char *const error_texts[] = {
    [EVAL_OK] = "evaluated",
    [EVAL_BAD_LENGTH] = "the program has no instruction or too many",
    [EVAL_BAD_OPCODE] = "the program has an instruction that seccomp does not know",
    [EVAL_BAD_LOAD] = "the program loads from outside of the call's data",
    [EVAL_BAD_JUMP] = "the program jumps beyond its end",
    [EVAL_NO_RETURN] = "the program runs off its end",
    [EVAL_TOO_COMPLEX] = "the program has too many paths to be walked",
};

const char *bpf_eval_error_text(enum eval_error error)
{
	return error_texts[error];
}

/*
 * Where a register's value comes from decides how far the path just taken reaches: a comparison of the number itself
 * with a constant says exactly where it would turn; of something computed from the number, that is not known, and the
 * path is taken to hold for this one number only.
 */
enum origin { FROM_ELSEWHERE, FROM_NR, FROM_NR_COMPUTED, FROM_ARGUMENT };

struct value {
	uint32_t v;
	enum origin from;
};

struct machine {
	struct value a, x, memory[BPF_MEMWORDS];
	struct evaluation result;
	struct compared *constants;
	uint32_t nr;
};

static void turns_at(struct machine *m, uint64_t nr)
{
	if (nr > m->nr && nr < m->result.next_nr)
		m->result.next_nr = nr;
}

static void note_constant(struct compared *constants, uint32_t value)
{
	for (size_t i = 0; i < constants->count; i++)
		if (constants->value[i] == value)
			return;
	if (constants->count < sizeof constants->value / sizeof *constants->value)
		constants->value[constants->count++] = value;
}

/* a has just been compared with k: from which number on may the outcome be another one? */
static void note_comparison(struct machine *m, uint16_t operation, uint32_t k, enum origin k_from)
{
	if (m->a.from == FROM_ARGUMENT && m->constants)
		note_constant(m->constants, k);
	if (k_from == FROM_NR || k_from == FROM_NR_COMPUTED || m->a.from == FROM_NR_COMPUTED) {
		turns_at(m, (uint64_t)m->nr + 1);
		return;
	}
	if (m->a.from != FROM_NR)
		return;
	switch (operation) {
	case BPF_JEQ:
		turns_at(m, k);
		turns_at(m, (uint64_t)k + 1);
		break;
	case BPF_JGE:
		turns_at(m, k);
		break;
	case BPF_JGT:
		turns_at(m, (uint64_t)k + 1);
		break;
	default: /* BPF_JSET: nothing below the lowest bit of k matters; the next carry into it may change the outcome */
		if (k) {
			uint32_t low = k & (0u - k);
			turns_at(m, (uint64_t)(m->nr | (low - 1)) + 1);
		}
	}
}

static enum origin origin_of_computed(enum origin a, enum origin b)
{
	if (a == FROM_NR || a == FROM_NR_COMPUTED || b == FROM_NR || b == FROM_NR_COMPUTED)
		return FROM_NR_COMPUTED;
	return a == FROM_ARGUMENT || b == FROM_ARGUMENT ? FROM_ARGUMENT : FROM_ELSEWHERE;
}

static bool load(struct machine *m, uint32_t offset, const struct seccomp_data *data)
{
	const size_t args = offsetof(struct seccomp_data, args);

	if (offset % 4 != 0 || offset >= sizeof *data)
		return false;
	memcpy(&m->a.v, (const char *)data + offset, sizeof m->a.v);
	m->a.from = offset == offsetof(struct seccomp_data, nr) ? FROM_NR : FROM_ELSEWHERE;
	if (offset >= args) {
		m->a.from = FROM_ARGUMENT;
		m->result.halves |= (uint16_t)(1u << ((offset - args) / 4));
	}
	return true;
}

/* False: not an operation that the kernel takes (a constant zero divisor, a shift by 32 or more). */
static bool compute(struct machine *m, uint16_t operation, struct value operand, bool is_constant)
{
	uint32_t a = m->a.v;
	uint32_t b = operand.v;

	if (m->a.from == FROM_ARGUMENT && is_constant && m->constants)
		note_constant(m->constants, b);
	switch (operation) {
	case BPF_ADD: a += b; break;
	case BPF_SUB: a -= b; break;
	case BPF_MUL: a *= b; break;
	case BPF_AND: a &= b; break;
	case BPF_OR: a |= b; break;
	case BPF_XOR: a ^= b; break;
	case BPF_NEG: a = 0u - a; break;
	case BPF_DIV: /* the kernel refuses a constant zero; by an x of zero it ends the program (no honest one does) */
		if (b == 0)
			return false;
		a /= b;
		break;
	case BPF_LSH:
		if (is_constant && b >= 32)
			return false;
		a <<= b & 31u;
		break;
	case BPF_RSH:
		if (is_constant && b >= 32)
			return false;
		a >>= b & 31u;
		break;
	default: return false;
	}
	m->a.v = a;
	m->a.from = origin_of_computed(m->a.from, operand.from);
	return true;
}

static bool jump_taken(struct machine *m, uint16_t operation, struct value operand)
{
	note_comparison(m, operation, operand.v, operand.from);
	switch (operation) {
	case BPF_JEQ: return m->a.v == operand.v;
	case BPF_JGE: return m->a.v >= operand.v;
	case BPF_JGT: return m->a.v > operand.v;
	default: return (m->a.v & operand.v) != 0;
	}
}

static struct evaluation ended(struct machine *m, enum eval_error error)
{
	m->result.error = error;
	return m->result;
}

struct evaluation bpf_eval(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                           struct compared *constants)
{
	struct machine m;

	memset(&m, 0, sizeof m);
	m.result.next_nr = NR_END;
	m.constants = constants;
	m.nr = (uint32_t)data->nr;
	if (length == 0 || length > BPF_EVAL_LENGTH_MAX)
		return ended(&m, EVAL_BAD_LENGTH);

	/* Jumps only go forward, so the loop ends. */
	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *f = &filter[pc];
		const struct value k = {f->k, FROM_ELSEWHERE};

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (!load(&m, f->k, data))
				return ended(&m, EVAL_BAD_LOAD);
			break;
		case BPF_LD | BPF_W | BPF_LEN: m.a = (struct value){sizeof *data, FROM_ELSEWHERE}; break;
		case BPF_LDX | BPF_W | BPF_LEN: m.x = (struct value){sizeof *data, FROM_ELSEWHERE}; break;
		case BPF_LD | BPF_IMM: m.a = k; break;
		case BPF_LDX | BPF_IMM: m.x = k; break;
		case BPF_MISC | BPF_TAX: m.x = m.a; break;
		case BPF_MISC | BPF_TXA: m.a = m.x; break;
		case BPF_LD | BPF_MEM:
		case BPF_LDX | BPF_MEM:
		case BPF_ST:
		case BPF_STX:
			if (f->k >= BPF_MEMWORDS)
				return ended(&m, EVAL_BAD_OPCODE);
			if (BPF_CLASS(f->code) == BPF_LD)
				m.a = m.memory[f->k];
			else if (BPF_CLASS(f->code) == BPF_LDX)
				m.x = m.memory[f->k];
			else
				m.memory[f->k] = BPF_CLASS(f->code) == BPF_ST ? m.a : m.x;
			break;
		case BPF_JMP | BPF_JA:
			if (f->k >= length - pc - 1)
				return ended(&m, EVAL_BAD_JUMP);
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
		case BPF_JMP | BPF_JEQ | BPF_X:
		case BPF_JMP | BPF_JGE | BPF_X:
		case BPF_JMP | BPF_JGT | BPF_X:
		case BPF_JMP | BPF_JSET | BPF_X:
			if (f->jt >= length - pc - 1 || f->jf >= length - pc - 1)
				return ended(&m, EVAL_BAD_JUMP);
			pc += jump_taken(&m, BPF_OP(f->code), BPF_SRC(f->code) == BPF_X ? m.x : k) ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			m.result.action = f->k;
			return ended(&m, EVAL_OK);
		case BPF_RET | BPF_A:
			m.result.action = m.a.v;
			if (m.a.from == FROM_NR || m.a.from == FROM_NR_COMPUTED)
				turns_at(&m, (uint64_t)m.nr + 1);
			return ended(&m, EVAL_OK);
		default:
			if (BPF_CLASS(f->code) != BPF_ALU || (f->code & ~(BPF_ALU | 0xf8u)) != 0)
				return ended(&m, EVAL_BAD_OPCODE);
			if (!compute(&m, BPF_OP(f->code), BPF_SRC(f->code) == BPF_X ? m.x : k,
			             BPF_SRC(f->code) == BPF_K))
				return ended(&m, EVAL_BAD_OPCODE);
		}
	}
	return ended(&m, EVAL_NO_RETURN);
}

static bool same_action(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) != (b & SECCOMP_RET_ACTION_FULL))
		return false;
	return (a & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || (a & SECCOMP_RET_DATA) == (b & SECCOMP_RET_DATA);
}

static void set_half(struct seccomp_data *data, unsigned half, uint32_t value)
{
	unsigned shift = half % 2 ? 32 : 0;

	data->args[half / 2] &= ~(UINT64_C(0xffffffff) << shift);
	data->args[half / 2] |= (uint64_t)value << shift;
}

/* What one number was seen to do, over all arguments tried. */
struct segment {
	enum eval_error error;
	uint64_t next;
	uint16_t halves; /* of any run */
	struct compared constants;
	bool mismatch;
	struct mismatch found;
};

static void run_one(const struct sock_filter *filter, size_t length, const struct expectation *expectation,
                    const struct seccomp_data *data, struct segment *segment)
{
	struct evaluation e = bpf_eval(filter, length, data, &segment->constants);
	uint32_t expected;

	if (e.error != EVAL_OK) {
		segment->error = e.error;
		return;
	}
	if (e.next_nr < segment->next)
		segment->next = e.next_nr;
	segment->halves |= e.halves;
	expected = expectation->action(expectation->context, data);
	if (!segment->mismatch && !same_action(e.action, expected)) {
		segment->mismatch = true;
		segment->found.got = e.action;
		segment->found.expected = expected;
		segment->found.example = *data;
	}
}

static void run_half(const struct sock_filter *filter, size_t length, const struct expectation *expectation,
                     const struct seccomp_data *base, unsigned half, uint32_t value, struct segment *segment)
{
	struct seccomp_data data = *base;

	/* the other halves all zero, all ones (sign-extended, junk in the upper half), and only the twin half ones */
	memset(data.args, 0, sizeof data.args);
	set_half(&data, half, value);
	run_one(filter, length, expectation, &data, segment);
	set_half(&data, half ^ 1u, UINT32_MAX);
	run_one(filter, length, expectation, &data, segment);
	memset(data.args, 0xff, sizeof data.args);
	set_half(&data, half, value);
	run_one(filter, length, expectation, &data, segment);
}

/* Boundary values in every half that matters; runs may bring new halves and constants to light, so until none does. */
static void run_boundaries(const struct sock_filter *filter, size_t length, const struct expectation *expectation,
                           const struct seccomp_data *base, struct segment *segment)
{
	uint16_t done_halves = 0;
	size_t done_constants = 0;

	while (segment->error == EVAL_OK &&
	       (done_halves != segment->halves || done_constants != segment->constants.count)) {
		uint16_t halves = segment->halves;
		size_t constants = segment->constants.count;

		for (unsigned half = 0; half < 12; half++) {
			if (!(halves & (1u << half)))
				continue;
			run_half(filter, length, expectation, base, half, 0, segment);
			run_half(filter, length, expectation, base, half, UINT32_MAX, segment);
			for (unsigned bit = 0; bit < 32; bit++) {
				run_half(filter, length, expectation, base, half, UINT32_C(1) << bit, segment);
				run_half(filter, length, expectation, base, half, ~(UINT32_C(1) << bit), segment);
			}
			for (size_t i = 0; i < constants; i++) {
				uint32_t k = segment->constants.value[i];

				run_half(filter, length, expectation, base, half, k - 1, segment);
				run_half(filter, length, expectation, base, half, k, segment);
				run_half(filter, length, expectation, base, half, k + 1, segment);
				run_half(filter, length, expectation, base, half, ~k, segment);
			}
		}
		done_halves = halves;
		done_constants = constants;
	}
}

static void record(struct walk *walk, const struct segment *segment, uint32_t arch, uint32_t first, uint32_t last)
{
	struct mismatch *m;

	if (walk->mismatches++ >= WALK_MISMATCHES_MAX)
		return;
	m = &walk->mismatch[walk->mismatches - 1];
	*m = segment->found;
	m->arch = arch;
	m->first = first;
	m->last = last;
}

void bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch, const struct expectation *expectation,
              struct walk *walk)
{
	uint64_t nr = 0;

	while (nr < NR_END && walk->error == EVAL_OK) {
		struct seccomp_data data = {.nr = (int)(uint32_t)nr, .arch = arch};
		struct segment segment = {.next = expectation->next(expectation->context, arch, (uint32_t)nr)};

		if (++walk->segments > WALK_BUDGET) {
			walk->error = EVAL_TOO_COMPLEX;
			return;
		}
		segment.halves =
		    expectation->halves(expectation->context, arch, (uint32_t)nr, &segment.constants);
		run_one(filter, length, expectation, &data, &segment);
		if (segment.halves)
			run_boundaries(filter, length, expectation, &data, &segment);
		walk->error = segment.error;
		if (segment.error == EVAL_OK && segment.mismatch)
			record(walk, &segment, arch, (uint32_t)nr, (uint32_t)(segment.next - 1));
		nr = segment.next;
	}
}

bool bpf_walk_holds(const struct walk *walk, uint32_t arch, uint32_t nr)
{
	if (walk->error != EVAL_OK || walk->mismatches > WALK_MISMATCHES_MAX)
		return false;
	for (size_t i = 0; i < walk->mismatches; i++)
		if (walk->mismatch[i].arch == arch && walk->mismatch[i].first <= nr && nr <= walk->mismatch[i].last)
			return false;
	return true;
}
