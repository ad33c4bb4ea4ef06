/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "selftest/bpf_eval.h"
#include "selftest/bpf_kind.h"

#define BOTH(operation, kind) [(operation) | BPF_K] = (kind), [(operation) | BPF_X] = (kind)

const uint8_t bpf_kinds[256] = {
    [BPF_LD | BPF_W | BPF_ABS] = KIND_LOAD,
    [BPF_LD | BPF_W | BPF_LEN] = KIND_LENGTH,
    [BPF_LDX | BPF_W | BPF_LEN] = KIND_LENGTH,
    [BPF_LD | BPF_IMM] = KIND_IMMEDIATE,
    [BPF_LDX | BPF_IMM] = KIND_IMMEDIATE,
    [BPF_LD | BPF_MEM] = KIND_RECALL,
    [BPF_LDX | BPF_MEM] = KIND_RECALL,
    [BPF_ST] = KIND_STORE,
    [BPF_STX] = KIND_STORE,
    [BPF_MISC | BPF_TAX] = KIND_TRANSFER,
    [BPF_MISC | BPF_TXA] = KIND_TRANSFER,
    BOTH(BPF_ALU | BPF_ADD, KIND_COMPUTE),
    BOTH(BPF_ALU | BPF_SUB, KIND_COMPUTE),
    BOTH(BPF_ALU | BPF_MUL, KIND_COMPUTE),
    BOTH(BPF_ALU | BPF_AND, KIND_COMPUTE),
    BOTH(BPF_ALU | BPF_OR, KIND_COMPUTE),
    BOTH(BPF_ALU | BPF_XOR, KIND_COMPUTE),
    [BPF_ALU | BPF_NEG] = KIND_COMPUTE,
    [BPF_ALU | BPF_DIV | BPF_K] = KIND_DIVIDE,
    [BPF_ALU | BPF_DIV | BPF_X] = KIND_COMPUTE,
    [BPF_ALU | BPF_LSH | BPF_K] = KIND_SHIFT,
    [BPF_ALU | BPF_LSH | BPF_X] = KIND_COMPUTE,
    [BPF_ALU | BPF_RSH | BPF_K] = KIND_SHIFT,
    [BPF_ALU | BPF_RSH | BPF_X] = KIND_COMPUTE,
    [BPF_JMP | BPF_JA] = KIND_JUMP,
    BOTH(BPF_JMP | BPF_JEQ, KIND_BRANCH),
    BOTH(BPF_JMP | BPF_JGE, KIND_BRANCH),
    BOTH(BPF_JMP | BPF_JGT, KIND_BRANCH),
    BOTH(BPF_JMP | BPF_JSET, KIND_BRANCH),
    [BPF_RET | BPF_K] = KIND_RETURN,
    [BPF_RET | BPF_A] = KIND_RETURN,
};

/* `after`: how many instructions follow. */
static enum eval_error check_one(const struct sock_filter *f, size_t after)
{
	switch (bpf_kind(f->code)) {
	case KIND_REFUSED: return EVAL_BAD_OPCODE;
	case KIND_LOAD: return f->k % 4 != 0 || f->k >= sizeof(struct seccomp_data) ? EVAL_BAD_LOAD : EVAL_OK;
	case KIND_STORE:
	case KIND_RECALL: return f->k >= BPF_MEMWORDS ? EVAL_BAD_OPERAND : EVAL_OK;
	case KIND_DIVIDE: return f->k == 0 ? EVAL_BAD_OPERAND : EVAL_OK;
	case KIND_SHIFT: return f->k >= 32 ? EVAL_BAD_OPERAND : EVAL_OK;
	case KIND_JUMP: return f->k >= after ? EVAL_BAD_JUMP : EVAL_OK;
	case KIND_BRANCH: return f->jt >= after || f->jf >= after ? EVAL_BAD_JUMP : EVAL_OK;
	default: return EVAL_OK;
	}
}

/*
 * Whether each word of scratch memory that is read was written on every way there. As check_load_and_stores(), which
 * also takes what follows a return to be reached from it.
 */
static enum eval_error check_memory(const struct sock_filter *filter, size_t length)
{
	uint16_t at[BPF_EVAL_LENGTH_MAX]; /* words written on every jump to here, a bit each */
	uint16_t written = 0;

	memset(at, 0xff, length * sizeof *at);
	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *f = &filter[pc];

		written &= at[pc];
		switch (bpf_kind(f->code)) {
		case KIND_STORE: written |= (uint16_t)(1u << f->k); break;
		case KIND_RECALL:
			if (!(written & (1u << f->k)))
				return EVAL_BAD_MEMORY;
			break;
		case KIND_JUMP:
			at[pc + 1 + f->k] &= written;
			written = UINT16_MAX;
			break;
		case KIND_BRANCH:
			at[pc + 1 + f->jt] &= written;
			at[pc + 1 + f->jf] &= written;
			written = UINT16_MAX;
			break;
		default: break;
		}
	}
	return EVAL_OK;
}

enum eval_error bpf_check(const struct sock_filter *filter, size_t length)
{
	bool recalls = false;

	if (length == 0 || length > BPF_EVAL_LENGTH_MAX)
		return EVAL_BAD_LENGTH;
	for (size_t pc = 0; pc < length; pc++) {
		enum eval_error error = check_one(&filter[pc], length - pc - 1);

		if (error != EVAL_OK)
			return error;
		recalls = recalls || bpf_kind(filter[pc].code) == KIND_RECALL;
	}
	if (bpf_kind(filter[length - 1].code) != KIND_RETURN)
		return EVAL_NO_RETURN;
	return recalls ? check_memory(filter, length) : EVAL_OK;
}
