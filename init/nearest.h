/* SPDX-License-Identifier: MIT */
/*
 * nearest: of many candidates the one most like a misspelt word, or none if nothing is like it. Pure.
 */
#ifndef INIT_NEAREST_H
#define INIT_NEAREST_H

#define NEAREST_WORD 40u /* longer words are like nothing */

struct nearest {
	const char *wanted;
	char word[NEAREST_WORD]; /* "": nothing near so far */
	unsigned limit;          /* only what is nearer than this counts */
};

/* wanted is kept, not copied. */
void nearest_start(struct nearest *nearest, const char *wanted);
void nearest_offer(struct nearest *nearest, const char *candidate);
/* Offers every word of a list separated by blanks. */
void nearest_offer_words(struct nearest *nearest, const char *words);

/* ": did you mean `mount`?", or "" if nothing is near. hint has NEAREST_HINT bytes; returns it. */
#define NEAREST_HINT (NEAREST_WORD + 24u)
const char *nearest_hint(const struct nearest *nearest, char hint[NEAREST_HINT]);

/* Letters to insert, remove, replace or swap with their neighbour to make one of the other, whatever their case. */
unsigned nearest_distance(const char *a, const char *b);

#endif
