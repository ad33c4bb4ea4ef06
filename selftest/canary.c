/* SPDX-License-Identifier: MIT */
#include "selftest/canary.h"

#include <linux/seccomp.h>

#include "selftest/arch.h"

/* Above the kernel's errno values and its internal ones (512..530), below MAX_ERRNO (4095). */
const uint16_t canary_markers[CANARY_MARKERS] = {3823, 3761, 3607, 3491};

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define IF_AT_LEAST(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (k), (yes), (no)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(distance)))
#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))

#define ARGUMENT (offsetof(struct seccomp_data, args) + 8 * CANARY_ARGUMENT)

#define BOUNDS(numbers) (2 * (numbers)) /* at most: where each of them begins, and ends */

/* Within a tree conditional jumps reach everything, 255 instructions, and its two ends. */
#define TREE_MAX 240u

/* A comparison of each bound; two ends behind each tree, which is at least half full; two instructions before it. */
#define SEARCH_LENGTH_MAX(numbers) (BOUNDS(numbers) + 4 * (BOUNDS(numbers) / (TREE_MAX / 2) + 1))

/* The longest program fits: both lists, and what canary_assemble() writes around them. */
_Static_assert(SEARCH_LENGTH_MAX(CANARY_NUMBERS_MAX) + SEARCH_LENGTH_MAX(CANARY_COMPAT_MAX) + 28 <= CANARY_LENGTH_MAX,
               "CANARY_LENGTH_MAX");

struct program {
	struct sock_filter *filter;
	size_t length;
};

static void emit(struct program *program, struct sock_filter instruction)
{
	program->filter[program->length++] = instruction;
}

/* Where jumps lead while that place is not known yet: out of reach within a tree. */
enum { TO_ALLOW = 254, TO_FOUND = 255 };

static uint8_t end_of(bool listed)
{
	return listed ? TO_FOUND : TO_ALLOW;
}

/* listed: whether numbers below the first of the bounds are; each bound changes it. */
static void tree(struct program *program, const uint32_t *bounds, size_t count, bool listed)
{
	const size_t left = count / 2, right = count - left - 1, at = program->length;
	const bool listed_right = listed != (left % 2 == 0);

	emit(program, IF_AT_LEAST(bounds[left], end_of(listed_right), end_of(listed)));
	if (left > 0) {
		program->filter[at].jf = 0;
		tree(program, bounds, left, listed);
	}
	if (right > 0) {
		program->filter[at].jt = (uint8_t)(program->length - at - 1);
		tree(program, bounds + left + 1, right, listed_right);
	}
}

static void arrive(struct program *program, size_t start, uint8_t target)
{
	for (size_t at = start; at < program->length; at++) {
		struct sock_filter *f = &program->filter[at];
		const uint8_t distance = (uint8_t)(program->length - at - 1);

		f->jt = f->jt == target ? distance : f->jt;
		f->jf = f->jf == target ? distance : f->jf;
	}
}

#define UNKNOWN UINT32_MAX /* where a long jump leads while that place is not known yet */

/* As tree(), for any number of bounds. Allows, or goes on where the unknown jumps lead. */
static void search(struct program *program, const uint32_t *bounds, size_t count, bool listed)
{
	const size_t left = count / 2, at = program->length;

	if (count > TREE_MAX) {
		emit(program, IF_AT_LEAST(bounds[left], 0, 1));
		emit(program, JUMP(0));
		search(program, bounds, left, listed);
		program->filter[at + 1].k = (uint32_t)(program->length - at - 2);
		search(program, bounds + left + 1, count - left - 1, listed != (left % 2 == 0));
		return;
	}
	if (count > 0)
		tree(program, bounds, count, listed);
	arrive(program, at, TO_ALLOW);
	emit(program, RETURN(SECCOMP_RET_ALLOW));
	arrive(program, at, TO_FOUND);
	emit(program, JUMP(UNKNOWN));
}

/* They come in a few runs that ascend. */
static void sort(const uint32_t *numbers, size_t count, uint32_t *sorted)
{
	for (size_t i = 0; i < count; i++) {
		size_t place = i;

		for (; place > 0 && sorted[place - 1] > numbers[i]; place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = numbers[i];
	}
}

/*
 * Where it changes whether a number is one of those. They are sorted behind the bounds that are made of them: at most two of
 * each, so that none is overwritten before it was read.
 */
static size_t find_bounds(const uint32_t *numbers, size_t count, uint32_t bounds[BOUNDS(CANARY_NUMBERS_MAX)])
{
	uint32_t *sorted = bounds + count;
	uint64_t end = 0; /* of the numbers before: the last bound */
	size_t n = 0;

	sort(numbers, count, sorted);
	for (size_t i = 0; i < count; i++) {
		const uint32_t number = sorted[i];

		if (n > 0 && number < end) /* twice */
			continue;
		if (n > 0 && number == end)
			n--;
		else
			bounds[n++] = number;
		end = (uint64_t)number + 1;
		if (end <= UINT32_MAX)
			bounds[n++] = (uint32_t)end;
	}
	return n;
}

/*
 * Goes on behind itself if one of the numbers is the call's, and allows if none is. Short, and by halves: when the kernel
 * loads a filter, it translates it, and goes through it once for each number that there is (seccomp_cache_prepare() in
 * kernel/seccomp.c).
 */
static void find(struct program *program, const uint32_t *numbers, size_t count)
{
	static _Alignas(2048) uint32_t bounds[BOUNDS(CANARY_NUMBERS_MAX)]; /* large */
	const size_t start = program->length;

	search(program, bounds, find_bounds(numbers, count, bounds), false);
	for (size_t at = start; at < program->length; at++)
		if (program->filter[at].code == (BPF_JMP | BPF_JA) && program->filter[at].k == UNKNOWN)
			program->filter[at].k = (uint32_t)(program->length - at - 1);
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

size_t canary_assemble(const struct canary_numbers *numbers, uint64_t magic, uint32_t action,
                       struct sock_filter filter[CANARY_LENGTH_MAX])
{
	struct program p = {filter, 0};
	size_t to_compat;

	if (numbers->natives > CANARY_NUMBERS_MAX || numbers->compats > CANARY_COMPAT_MAX)
		return 0;

	emit(&p, LOAD(offsetof(struct seccomp_data, arch)));
	emit(&p, IF_EQUAL(MACHINE_AUDIT, 1, 0));
	to_compat = p.length;
	emit(&p, JUMP(0));
	emit(&p, LOAD(offsetof(struct seccomp_data, nr)));
	find(&p, numbers->native, numbers->natives);
	answer(&p, magic, action);
	if (numbers->secret) {
		emit(&p, LOAD(offsetof(struct seccomp_data, nr)));
		emit(&p, IF_EQUAL(numbers->native[0], 1, 0));
		emit(&p, RETURN(SECCOMP_RET_ALLOW));
		answer(&p, CANARY_MAGIC, SECCOMP_RET_ERRNO | CANARY_SECRET);
	}
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	filter[to_compat].k = (uint32_t)(p.length - to_compat - 1);

#ifdef MACHINE_COMPAT_AUDIT
	emit(&p, IF_EQUAL(MACHINE_COMPAT_AUDIT, 1, 0));
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	emit(&p, LOAD(offsetof(struct seccomp_data, nr)));
	find(&p, numbers->compat, numbers->compats);
	emit(&p, LOAD(ARGUMENT + MACHINE_LOWER));
	emit(&p, IF_EQUAL((uint32_t)magic, 0, 1));
	emit(&p, RETURN(action));
#endif
	emit(&p, RETURN(SECCOMP_RET_ALLOW));
	return p.length;
}
