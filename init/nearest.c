/* SPDX-License-Identifier: MIT */
#include "init/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: three rows of the table are enough. */
unsigned nearest_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_WORD];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	size_t la = strlen(a), lb = strlen(b);

	if (la >= NEAREST_WORD || lb >= NEAREST_WORD)
		return NEAREST_WORD;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= lb; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
			row[j] = smaller(row[j], smaller(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[lb];
}

void nearest_start(struct nearest *nearest, const char *wanted)
{
	size_t length = strlen(wanted);

	nearest->wanted = wanted;
	nearest->word[0] = '\0';
	/* A third of the letters wrong is still a slip; more is another word. Of two letters none is wrong. */
	nearest->limit = length >= NEAREST_WORD ? 0 : length < 3 ? 1 : (unsigned)(length + 1) / 3 + 1;
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t length = strlen(candidate), wanted = strlen(nearest->wanted);
	size_t apart = length > wanted ? length - wanted : wanted - length;
	unsigned distance;

	if (length == 0 || apart >= nearest->limit)
		return;
	distance = nearest_distance(nearest->wanted, candidate);
	if (distance >= nearest->limit)
		return;
	nearest->limit = distance;
	snprintf(nearest->word, sizeof(nearest->word), "%s", candidate);
}

void nearest_offer_words(struct nearest *nearest, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, " ");
		char word[NEAREST_WORD];

		if (length < sizeof(word)) {
			memcpy(word, words, length);
			word[length] = '\0';
			nearest_offer(nearest, word);
		}
		words += length;
		words += strspn(words, " ");
	}
}

const char *nearest_hint(const struct nearest *nearest, char hint[NEAREST_HINT])
{
	hint[0] = '\0';
	if (nearest->word[0] != '\0')
		snprintf(hint, NEAREST_HINT, ": did you mean `%s`?", nearest->word);
	return hint;
}
