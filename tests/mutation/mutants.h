/* SPDX-License-Identifier: MIT */
/* mutants: a program broken in every small way there is, each of them once. */
#ifndef TESTS_MUTATION_MUTANTS_H
#define TESTS_MUTATION_MUTANTS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum how {
	MUTANT_DROPPED,     /* an instruction, jumps as they are: those across it miss */
	MUTANT_DROPPED_FIT, /* an instruction, jumps across it shortened */
	MUTANT_DOUBLED,
	MUTANT_DOUBLED_FIT,
	MUTANT_EXCHANGED,    /* two neighbours */
	MUTANT_FLIPPED,      /* a jump's two ways */
	MUTANT_SHIFTED,      /* one way of a jump, or both, by one */
	MUTANT_ALWAYS,       /* a comparison comes out the same way whatever is compared */
	MUTANT_COMPARED,     /* by another operation */
	MUTANT_CONSTANT,     /* one more, one less, one bit */
	MUTANT_RETURN,       /* another action or errno */
	MUTANT_CUT,          /* the end missing */
	MUTANT_CUT_CLOSED,   /* the end missing, and everything that went there allowed */
	MUTANT_NO_ABI,       /* every test of the architecture (or of x32's bit) removed */
	MUTANT_RULE,         /* compiled of a policy without one of its rules */
	MUTANT_PAIR,         /* two of these at once */
	MUTANT_NOT_LOADED,   /* the program itself, never loaded */
	MUTANT_OTHER_THREAD, /* loaded in another thread only */
	MUTANT_HOWS,
};

extern const char *const mutant_how[MUTANT_HOWS];

struct mutant {
	enum how how;
	uint32_t at;     /* instruction, or rule */
	uint32_t detail; /* which one of that kind */
	struct sock_filter *filter;
	size_t length;
};

struct mutants {
	struct mutant *mutant;
	size_t count, room;
	size_t *hashed; /* index + 1 by the hash of what it does; 0: none */
	size_t hashes;
	void *shared;
	size_t shared_size;
};

/* filter is copied. What is the same as the original (given first) or an earlier one is left out. */
void mutants_start(struct mutants *mutants, const struct sock_filter *original, size_t length);
void mutants_add(struct mutants *mutants, const struct mutant *mutant);

/* All but those of a policy, of pairs, and of the way of loading. */
void mutants_of_program(struct mutants *mutants, const struct sock_filter *original, size_t length);

/* `count` random ones with two faults. */
void mutants_pairs(struct mutants *mutants, const struct sock_filter *original, size_t length, size_t count);

/*
 * Into memory that children share, when all are there: a child is made for each mutant, and many for its probes, and
 * none of them is to get a copy of the page tables for this. False: no memory.
 */
bool mutants_share(struct mutants *mutants);
void mutants_free(struct mutants *mutants);

#endif
