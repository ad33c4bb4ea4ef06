/* SPDX-License-Identifier: MIT */
#include "tests/mutation/mutants.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define X32_BIT UINT32_C(0x40000000)

const char *const mutant_how[MUTANT_HOWS] = {
    [MUTANT_DROPPED] = "instruction dropped",
    [MUTANT_DROPPED_FIT] = "instruction dropped, jumps fitted",
    [MUTANT_DOUBLED] = "instruction doubled",
    [MUTANT_DOUBLED_FIT] = "instruction doubled, jumps fitted",
    [MUTANT_EXCHANGED] = "two instructions exchanged",
    [MUTANT_FLIPPED] = "jump flipped",
    [MUTANT_SHIFTED] = "jump shifted by one",
    [MUTANT_ALWAYS] = "comparison without effect",
    [MUTANT_COMPARED] = "another comparison",
    [MUTANT_CONSTANT] = "constant changed",
    [MUTANT_RETURN] = "another return",
    [MUTANT_CUT] = "cut short",
    [MUTANT_CUT_CLOSED] = "cut short, the rest allowed",
    [MUTANT_NO_ABI] = "tests of the ABI removed",
    [MUTANT_RULE] = "rule removed from the policy",
    [MUTANT_PAIR] = "two faults",
    [MUTANT_NOT_LOADED] = "not loaded",
    [MUTANT_OTHER_THREAD] = "loaded in another thread",
};

static void *must(void *memory)
{
	if (!memory) {
		perror("mutants");
		exit(2);
	}
	return memory;
}

static uint64_t hash_of(const struct mutant *m)
{
	const unsigned char *bytes = (const unsigned char *)m->filter;
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < m->length * sizeof *m->filter; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	/* These two are the original's bytes. */
	return m->how >= MUTANT_NOT_LOADED ? hash + m->how : hash;
}

static bool is_same(const struct mutant *a, const struct mutant *b)
{
	const enum how least = MUTANT_NOT_LOADED;

	return a->length == b->length && (a->how == b->how || (a->how < least && b->how < least)) &&
	       memcmp(a->filter, b->filter, a->length * sizeof *a->filter) == 0;
}

static void make_room(struct mutants *mutants)
{
	if (mutants->count < mutants->room)
		return;
	mutants->room = mutants->room ? 2 * mutants->room : 4096;
	mutants->mutant = must(realloc(mutants->mutant, mutants->room * sizeof *mutants->mutant));
	mutants->hashes = 4 * mutants->room;
	free(mutants->hashed);
	mutants->hashed = must(calloc(mutants->hashes, sizeof *mutants->hashed));
	for (size_t i = 0; i < mutants->count; i++) {
		size_t place = (size_t)(hash_of(&mutants->mutant[i]) % mutants->hashes);

		while (mutants->hashed[place])
			place = (place + 1) % mutants->hashes;
		mutants->hashed[place] = i + 1;
	}
}

void mutants_add(struct mutants *mutants, const struct mutant *mutant)
{
	size_t place;

	make_room(mutants);
	place = (size_t)(hash_of(mutant) % mutants->hashes);
	for (; mutants->hashed[place]; place = (place + 1) % mutants->hashes)
		if (is_same(&mutants->mutant[mutants->hashed[place] - 1], mutant))
			return;
	mutants->hashed[place] = mutants->count + 1;
	mutants->mutant[mutants->count] = *mutant;
	mutants->mutant[mutants->count].filter = must(malloc((mutant->length + 1) * sizeof *mutant->filter));
	memcpy(mutants->mutant[mutants->count++].filter, mutant->filter, mutant->length * sizeof *mutant->filter);
}

void mutants_start(struct mutants *mutants, const struct sock_filter *original, size_t length)
{
	const struct mutant itself = {.filter = (struct sock_filter *)(uintptr_t)original, .length = length};

	memset(mutants, 0, sizeof *mutants);
	mutants_add(mutants, &itself);
}

bool mutants_share(struct mutants *mutants)
{
	size_t size = mutants->count * sizeof *mutants->mutant;
	struct mutant *to;
	struct sock_filter *filter;

	for (size_t i = 0; i < mutants->count; i++)
		size += mutants->mutant[i].length * sizeof *filter;
	to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (to == MAP_FAILED)
		return false;
	memcpy(to, mutants->mutant, mutants->count * sizeof *to);
	filter = (struct sock_filter *)(to + mutants->count);
	for (size_t i = 0; i < mutants->count; i++) {
		memcpy(filter, to[i].filter, to[i].length * sizeof *filter);
		free(to[i].filter);
		to[i].filter = filter;
		filter += to[i].length;
	}
	free(mutants->mutant);
	free(mutants->hashed);
	mutants->mutant = to;
	mutants->shared = to;
	mutants->shared_size = size;
	return true;
}

void mutants_free(struct mutants *mutants)
{
	(void)munmap(mutants->shared, mutants->shared_size);
	memset(mutants, 0, sizeof *mutants);
}

/* --- The ways ---------------------------------------------------------------------------------------------------- */

/* A copy to be broken. */
struct draft {
	struct sock_filter filter[BPF_MAXINSNS + 1];
	size_t length;
};

static void copy(struct draft *d, const struct sock_filter *original, size_t length)
{
	memcpy(d->filter, original, length * sizeof *original);
	d->length = length;
}

static void add(struct mutants *mutants, enum how how, size_t at, uint32_t detail, struct draft *d)
{
	const struct mutant mutant = {how, (uint32_t)at, detail, d->filter, d->length};

	if (d->length > 0 && d->length <= BPF_MAXINSNS)
		mutants_add(mutants, &mutant);
}

static bool is_jump(const struct sock_filter *f)
{
	return f->code == (BPF_JMP | BPF_JA);
}

static bool is_branch(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_JMP && !is_jump(f);
}

static bool is_return(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_RET;
}

/* Jumps that begin before `at` and end behind it (at it: where it moves too) reach as much further. */
static void fit_jumps(struct draft *d, size_t at, int by)
{
	for (size_t i = 0; i < at; i++) {
		struct sock_filter *f = &d->filter[i];

		if (is_jump(f) && i + 1 + f->k > at)
			f->k += (uint32_t)by;
		if (is_branch(f) && i + 1 + f->jt > at)
			f->jt = (uint8_t)(f->jt + by);
		if (is_branch(f) && i + 1 + f->jf > at)
			f->jf = (uint8_t)(f->jf + by);
	}
}

static void drop(struct draft *d, size_t at)
{
	memmove(&d->filter[at], &d->filter[at + 1], (d->length - at - 1) * sizeof *d->filter);
	d->length--;
}

static void insert(struct draft *d, size_t at, struct sock_filter f)
{
	memmove(&d->filter[at + 1], &d->filter[at], (d->length - at) * sizeof *d->filter);
	d->filter[at] = f;
	d->length++;
}

static void of_place(struct mutants *mutants, const struct sock_filter *original, size_t length, size_t at)
{
	static struct draft d;

	for (int fitted = 0; fitted < 2; fitted++) {
		copy(&d, original, length);
		if (fitted)
			fit_jumps(&d, at, -1);
		drop(&d, at);
		add(mutants, fitted ? MUTANT_DROPPED_FIT : MUTANT_DROPPED, at, 0, &d);
		copy(&d, original, length);
		if (fitted)
			fit_jumps(&d, at, 1);
		insert(&d, at, original[at]);
		add(mutants, fitted ? MUTANT_DOUBLED_FIT : MUTANT_DOUBLED, at, 0, &d);
	}
	if (at + 1 < length) {
		copy(&d, original, length);
		d.filter[at] = original[at + 1];
		d.filter[at + 1] = original[at];
		add(mutants, MUTANT_EXCHANGED, at, 0, &d);
	}
	if (at > 0) {
		copy(&d, original, at);
		add(mutants, MUTANT_CUT, at, 0, &d);
		d.filter[d.length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
		for (size_t i = 0; i < at; i++) {
			struct sock_filter *f = &d.filter[i];

			if (is_jump(f) && i + 1 + f->k > at)
				f->k = (uint32_t)(at - i - 1);
			if (is_branch(f) && i + 1 + f->jt > at)
				f->jt = (uint8_t)(at - i - 1);
			if (is_branch(f) && i + 1 + f->jf > at)
				f->jf = (uint8_t)(at - i - 1);
		}
		add(mutants, MUTANT_CUT_CLOSED, at, 0, &d);
	}
}

static void of_branch(struct mutants *mutants, const struct sock_filter *original, size_t length, size_t at)
{
	static const struct {
		int jt, jf;
	} shifts[] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
	static const uint16_t operations[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
	static struct draft d;
	struct sock_filter *f = &d.filter[at];

	copy(&d, original, length);
	f->jt = original[at].jf;
	f->jf = original[at].jt;
	add(mutants, MUTANT_FLIPPED, at, 0, &d);
	for (uint32_t i = 0; i < sizeof shifts / sizeof *shifts; i++) { /* 0 - 1 is 255: mostly beyond the end */
		*f = original[at];
		f->jt = (uint8_t)(f->jt + shifts[i].jt);
		f->jf = (uint8_t)(f->jf + shifts[i].jf);
		add(mutants, MUTANT_SHIFTED, at, i, &d);
	}
	for (uint32_t yes = 0; yes < 2; yes++) {
		*f = original[at];
		f->jt = f->jf = yes ? f->jt : f->jf;
		add(mutants, MUTANT_ALWAYS, at, yes, &d);
	}
	for (uint32_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		*f = original[at];
		f->code = (uint16_t)(BPF_JMP | BPF_K | operations[i]);
		add(mutants, MUTANT_COMPARED, at, i, &d);
	}
}

static void of_return(struct mutants *mutants, const struct sock_filter *original, size_t length, size_t at)
{
	static const uint32_t returns[] = {
	    SECCOMP_RET_ALLOW,        SECCOMP_RET_LOG,          SECCOMP_RET_TRACE,
	    SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRAP,         SECCOMP_RET_KILL_THREAD,
	    SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO, /* 0: the call seems to succeed */
	    SECCOMP_RET_ERRNO | 1,    SECCOMP_RET_ERRNO | 38,   SECCOMP_RET_ERRNO | 111,
	    SECCOMP_RET_ERRNO | 4095, SECCOMP_RET_ERRNO | 3823, /* the judge's own marker */
	};
	static struct draft d;

	copy(&d, original, length);
	for (uint32_t i = 0; i < sizeof returns / sizeof *returns; i++) {
		d.filter[at].k = returns[i];
		add(mutants, MUTANT_RETURN, at, i, &d);
	}
}

static void of_constant(struct mutants *mutants, const struct sock_filter *original, size_t length, size_t at)
{
	static struct draft d;

	copy(&d, original, length);
	for (uint32_t bit = 0; bit < 32; bit++) {
		d.filter[at].k = original[at].k ^ UINT32_C(1) << bit;
		add(mutants, MUTANT_CONSTANT, at, bit, &d);
	}
	d.filter[at].k = original[at].k + 1;
	add(mutants, MUTANT_CONSTANT, at, 32, &d);
	d.filter[at].k = original[at].k - 1;
	add(mutants, MUTANT_CONSTANT, at, 33, &d);
}

/* The tests of the architecture, of x32's bit, and both: as if it were this machine's own ABI. */
static void without_abi(struct mutants *mutants, const struct sock_filter *original, size_t length)
{
	static struct draft d;

	for (uint32_t which = 1; which < 4; which++) {
		copy(&d, original, length);
		for (size_t i = 0; i < length; i++) {
			struct sock_filter *f = &d.filter[i];

			if (which & 1 && is_branch(f) && f->k == AUDIT_ARCH_X86_64)
				f->jf = f->jt; /* is it? it is */
			if (which & 2 && is_branch(f) && (f->k == X32_BIT || f->k == X32_BIT - 1))
				f->jt = f->jf; /* is it above? it is not */
		}
		add(mutants, MUTANT_NO_ABI, 0, which, &d);
	}
}

void mutants_of_program(struct mutants *mutants, const struct sock_filter *original, size_t length)
{
	without_abi(mutants, original, length);
	for (size_t at = 0; at < length; at++) {
		of_place(mutants, original, length, at);
		if (is_branch(&original[at]))
			of_branch(mutants, original, length, at);
		if (is_return(&original[at]))
			of_return(mutants, original, length, at);
		of_constant(mutants, original, length, at);
	}
}

void mutants_pairs(struct mutants *mutants, const struct sock_filter *original, size_t length, size_t count)
{
	const size_t singles = mutants->count;
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);

	for (size_t tries = 0; mutants->count < singles + count && tries < 20 * count; tries++) {
		static struct draft d;
		const struct mutant *first, *second;
		bool apart = true;

		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		first = &mutants->mutant[(random >> 33) % singles];
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		second = &mutants->mutant[(random >> 33) % singles];
		if (first->length != length || second->length != length || first->how >= MUTANT_RULE ||
		    second->how >= MUTANT_RULE)
			continue;
		copy(&d, first->filter, length);
		for (size_t i = 0; i < length && apart; i++) {
			if (memcmp(&second->filter[i], &original[i], sizeof *original) == 0)
				continue;
			apart = memcmp(&d.filter[i], &original[i], sizeof *original) == 0;
			d.filter[i] = second->filter[i];
		}
		if (apart)
			add(mutants, MUTANT_PAIR, (size_t)(first - mutants->mutant),
			    (uint32_t)(second - mutants->mutant), &d);
	}
}
