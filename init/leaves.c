/* SPDX-License-Identifier: MIT */
#include "init/leaves.h"

#include <asm/unistd.h>
#include <linux/seccomp.h>

#include "init/abis.h"
#include "init/arch.h"

#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))
#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define JUMP(distance) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(distance)))

#define IF_ANY_BIT(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), (yes), (no)))

#define EBUSY_LINUX 16

/* length may count beyond PROGRAM_MAX: then nothing more is written. */
static void emit(struct program *program, struct sock_filter instruction)
{
	if (program->length < PROGRAM_MAX)
		program->filter[program->length] = instruction;
	program->length++;
}

/* A jump leads forward only, and a RET is one instruction: a JA in its place keeps all other distances. */
static void redirect(struct program *program, size_t from, size_t to)
{
	if (from < PROGRAM_MAX)
		program->filter[from] = JUMP(to - from - 1);
}

static bool is_return(struct sock_filter instruction)
{
	return BPF_CLASS(instruction.code) == BPF_RET;
}

static bool is_errno(struct sock_filter instruction)
{
	return is_return(instruction) && (instruction.k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

/* False: an ending whose value is not in the instruction. */
static bool append(struct program *joined, const struct program *program)
{
	for (size_t i = 0; i < program->length; i++) {
		if (is_return(program->filter[i]) && program->filter[i].code != (BPF_RET | BPF_K))
			return false;
		emit(joined, program->filter[i]);
	}
	return joined->length <= PROGRAM_MAX;
}

static void emit_told(struct program *joined, uint32_t action, uint64_t magic)
{
	emit(joined, LOAD(ARCH_ARG_LOWER(5)));
	emit(joined, IF_EQUAL((uint32_t)magic, 0, 3));
	emit(joined, LOAD(ARCH_ARG_UPPER(5)));
	emit(joined, IF_EQUAL((uint32_t)(magic >> 32), 0, 1));
	emit(joined, RETURN(action));
	emit(joined, RETURN(SECCOMP_RET_USER_NOTIF));
}

/*
 * Nobody under this filter gets a listener of his own. While ours is there the kernel says the same (EBUSY), but when
 * its owner is gone, it lets one in: and of equal actions the newest filter's counts, so that one would answer the
 * denials, with SECCOMP_USER_NOTIF_FLAG_CONTINUE (linux/seccomp.h).
 */
static void emit_guard(struct program *joined, bool other_abis)
{
	emit(joined, LOAD(offsetof(struct seccomp_data, arch)));
	if (other_abis) {
		emit(joined, IF_EQUAL(ARCH_COMPAT_AUDIT, 0, 2));
		emit(joined, LOAD(offsetof(struct seccomp_data, nr)));
		emit(joined, IF_EQUAL(ARCH_COMPAT_SECCOMP, 3 + ARCH_X32, 6 + ARCH_X32));
		emit(joined, IF_EQUAL(ARCH_AUDIT, 0, 5 + ARCH_X32));
		emit(joined, LOAD(offsetof(struct seccomp_data, nr)));
		emit(joined, IF_EQUAL(__NR_seccomp, ARCH_X32, ARCH_X32 ? 0 : 3));
		if (ARCH_X32)
			emit(joined, IF_EQUAL(__NR_seccomp | ABIS_X32_BIT, 0, 3));
	} else {
		emit(joined, IF_EQUAL(ARCH_AUDIT, 0, 5));
		emit(joined, LOAD(offsetof(struct seccomp_data, nr)));
		emit(joined, IF_EQUAL(__NR_seccomp, 0, 3));
	}
	emit(joined, LOAD(ARCH_ARG_LOWER(1)));
	emit(joined, IF_ANY_BIT(SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, 1));
	emit(joined, RETURN(SECCOMP_RET_ERRNO | EBUSY_LINUX));
}

/* One ending for each errno in [start, end), behind what there is, to which those that gave it lead now. */
static void tell_denials(struct program *joined, size_t start, size_t end, uint64_t magic)
{
	for (size_t i = start; i < end; i++) {
		const struct sock_filter leaf = joined->filter[i];
		const size_t told = joined->length;

		if (!is_errno(leaf))
			continue;
		emit_told(joined, leaf.k, magic);
		for (size_t j = i; j < end; j++)
			if (is_errno(joined->filter[j]) && joined->filter[j].k == leaf.k)
				redirect(joined, j, told);
	}
}

static bool append_observed(struct program *joined, size_t end, const struct program *observed, uint32_t action)
{
	const size_t start = joined->length;

	for (size_t i = 0; i < end; i++)
		if (is_return(joined->filter[i]) && joined->filter[i].k == SECCOMP_RET_ALLOW)
			redirect(joined, i, start);
	if (!append(joined, observed))
		return false;
	for (size_t i = start; i < joined->length; i++)
		if (is_return(joined->filter[i]) && joined->filter[i].k != SECCOMP_RET_ALLOW)
			joined->filter[i].k = action;
	return true;
}

bool leaves_join(const struct program *denied, const struct program *observed, const struct leaves *leaves,
                 struct program *joined)
{
	size_t start, end;

	joined->length = 0;
	if (denied && denied->length > 0 && leaves->magic)
		emit_guard(joined, leaves->other_abis);
	start = joined->length;
	if (denied && !append(joined, denied))
		return false;
	end = joined->length;
	if (leaves->magic)
		tell_denials(joined, start, end, leaves->magic);
	if (joined->length <= PROGRAM_MAX && observed &&
	    !append_observed(joined, end, observed, leaves->observed_action))
		return false;
	if (joined->length == 0)
		emit(joined, RETURN(SECCOMP_RET_ALLOW));
	return joined->length <= PROGRAM_MAX;
}
