/* SPDX-License-Identifier: MIT */
#include "selftest/canary.h"

#include <linux/seccomp.h>

#include "selftest/arch.h"

/* Above the kernel's errno values and its internal ones (512..530), below MAX_ERRNO (4095). */
const uint16_t canary_markers[CANARY_MARKERS] = {3823, 3761, 3607, 3491};

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(distance)))
#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))

#define ARGUMENT (offsetof(struct seccomp_data, args) + 8 * CANARY_ARGUMENT)

/* A conditional jump reaches 255 instructions: the numbers come in blocks, each with a long jump of its own. */
#define BLOCK 200u

/* The longest program fits: both lists, and what canary_assemble() writes around them. */
_Static_assert(CANARY_NUMBERS_MAX + CANARY_COMPAT_MAX + 2 * (CANARY_NUMBERS_MAX / BLOCK + 2) + 28 <= CANARY_LENGTH_MAX,
               "CANARY_LENGTH_MAX");

struct program {
	struct sock_filter *filter;
	size_t length;
};

static void emit(struct program *program, struct sock_filter instruction)
{
	program->filter[program->length++] = instruction;
}

/* Instructions that `numbers` take in compare(): one for each, and two jumps for each block. */
static size_t compare_length(size_t numbers)
{
	return numbers + 2 * ((numbers + BLOCK - 1) / BLOCK);
}

/* Goes on after itself and one instruction (the caller's "no") if none of the numbers is the call's. */
static void compare(struct program *program, const uint32_t *numbers, size_t count)
{
	size_t end = program->length + compare_length(count);

	for (size_t first = 0; first < count; first += BLOCK) {
		size_t n = count - first < BLOCK ? count - first : BLOCK;

		for (size_t i = 0; i < n; i++) /* a hit jumps over the block's rest and its JUMP(1) */
			emit(program, IF_EQUAL(numbers[first + i], (uint8_t)(n - i), 0));
		emit(program, JUMP(1));
		emit(program, JUMP(end + 1 - program->length - 1));
	}
}

#define ANSWER_LENGTH (MACHINE_BITS > 32 ? 5u : 3u)

/* The action, if the sixth argument is the magic; else the next instruction. */
static void answer(struct program *program, uint64_t magic, uint32_t action)
{
	emit(program, LOAD(ARGUMENT + MACHINE_LOWER));
	emit(program, IF_EQUAL((uint32_t)magic, 0, ANSWER_LENGTH - 2));
	if (MACHINE_BITS > 32) {
		emit(program, LOAD(ARGUMENT + MACHINE_UPPER));
		emit(program, IF_EQUAL((uint32_t)(magic >> 32), 0, 1));
	}
	emit(program, RETURN(action));
}

#define SECRET_LENGTH (3u + ANSWER_LENGTH) /* what canary_assemble() writes for canary_numbers.secret */

size_t canary_assemble(const struct canary_numbers *numbers, uint64_t magic, uint32_t action,
                       struct sock_filter filter[CANARY_LENGTH_MAX])
{
	struct program p = {filter, 0};
	size_t native = compare_length(numbers->natives);

	if (numbers->natives > CANARY_NUMBERS_MAX || numbers->compats > CANARY_COMPAT_MAX)
		return 0;

	emit(&p, LOAD(offsetof(struct seccomp_data, arch)));
	emit(&p, IF_EQUAL(MACHINE_AUDIT, 1, 0));
	emit(&p,
	     JUMP(1 + native + 1 + ANSWER_LENGTH + 1 + (numbers->secret ? SECRET_LENGTH : 0))); /* to the compat part */
	emit(&p, LOAD(offsetof(struct seccomp_data, nr)));
	compare(&p, numbers->native, numbers->natives);
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	answer(&p, magic, action);
	if (numbers->secret) {
		emit(&p, LOAD(offsetof(struct seccomp_data, nr)));
		emit(&p, IF_EQUAL(numbers->native[0], 1, 0));
		emit(&p, RETURN(SECCOMP_RET_ALLOW));
		answer(&p, CANARY_MAGIC, SECCOMP_RET_ERRNO | CANARY_SECRET);
	}
	emit(&p, RETURN(SECCOMP_RET_ALLOW));

#ifdef MACHINE_COMPAT_AUDIT
	emit(&p, IF_EQUAL(MACHINE_COMPAT_AUDIT, 1, 0));
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	emit(&p, LOAD(offsetof(struct seccomp_data, nr)));
	compare(&p, numbers->compat, numbers->compats);
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	emit(&p, LOAD(ARGUMENT + MACHINE_LOWER));
	emit(&p, IF_EQUAL((uint32_t)magic, 0, 1));
	emit(&p, RETURN(action));
#endif
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	return p.length;
}
