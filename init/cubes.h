/* SPDX-License-Identifier: MIT */
/*
 * cubes: conditions on a call's arguments, taken apart until no two pieces overlap.
 *
 * A container runtime hands a profile's rules to libseccomp, which can compare each argument once in a rule, compares all
 * 64 bits but for "these bits are so" (SCMP_CMP_MASKED_EQ), and merges rules of one call wrongly where they overlap. So
 * rules become cubes: each is a mask and a value for every argument, no call is in two of them, and together they are all
 * calls. They are cut argument by argument, each argument from its highest bit down: of two cubes what they say of an
 * argument, or of its upper half, is the same or excludes each other. The tree that libseccomp builds of them never has
 * to turn back. Pure.
 */
#ifndef INIT_CUBES_H
#define INIT_CUBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CUBE_ARGS 6u
#define CUBES_MAX 4096u /* of one call: more make no program that the kernel takes */

struct cube {
	uint64_t mask[CUBE_ARGS];  /* bits of the argument that are compared; 0: any argument */
	uint64_t value[CUBE_ARGS]; /* what they are; 0 where mask is */
};

/* All comparisons are unsigned. */
enum cube_op {
	CUBE_IN,
	CUBE_NOT_IN,
	CUBE_LESS,
	CUBE_LESS_EQUAL,
	CUBE_GREATER,
	CUBE_GREATER_EQUAL,
	CUBE_ANY_BIT, /* (argument & value) != 0 */
	CUBE_MASKED,  /* (argument & mask) == value */
};

struct cube_test {
	uint8_t arg;
	bool wide; /* on 64 bits; else on the lower 32 */
	enum cube_op op;
	uint64_t mask;          /* CUBE_MASKED only */
	const uint64_t *values; /* one; for CUBE_IN and CUBE_NOT_IN any number, ascending, without repeats */
	size_t count;
};

struct cube_rule {
	const struct cube_test *tests; /* all must hold */
	size_t ntests;
	bool final;    /* where it holds, the rules after it are not asked */
	uint8_t label; /* below CUBE_LABELS; rules with one label have one meaning */
};

#define CUBE_LABELS 64u

/* The labels of the rules that hold, 1 << label each: those before and including the first final one. */
uint64_t cubes_outcome(const struct cube_rule *rules, size_t nrules, const uint64_t args[CUBE_ARGS]);

/* Cubes that cover all calls; within one of them the outcome is one (ask it of its value). False: more than CUBES_MAX. */
bool cubes_split(const struct cube_rule *rules, size_t nrules, struct cube cubes[CUBES_MAX], size_t *count);

#endif
