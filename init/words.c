/* SPDX-License-Identifier: MIT */
#include "init/words.h"

#include <string.h>

/* Inlined, also where the compiler is to make small code: a start asks some 30,000 times. */
static inline __attribute__((always_inline)) bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline __attribute__((always_inline)) bool is_end(char c)
{
	return c == '\0' || is_blank(c);
}

void words_copy(char *to, size_t size, const char *word)
{
	const size_t length = strnlen(word, size - 1);

	memcpy(to, word, length);
	to[length] = '\0';
}

bool words_next(const char **at, char *word, size_t size)
{
	size_t length, kept;

	while (is_blank(**at))
		(*at)++;
	for (length = 0; !is_end((*at)[length]); length++)
		;
	if (length == 0)
		return false;
	kept = length < size ? length : size - 1;
	memcpy(word, *at, kept);
	word[kept] = '\0';
	*at += length;
	return true;
}

int words_place(const char *words, const char *word)
{
	/* By hand: strspn(3) and strcspn(3) make a set of their characters each time, and each start looks through all lists. */
	for (int place = 0;; place++) {
		size_t same = 0;

		while (is_blank(*words))
			words++;
		if (*words == '\0')
			return -1;
		while (!is_end(words[same]) && words[same] == word[same])
			same++;
		if (is_end(words[same]) && word[same] == '\0')
			return place;
		while (!is_end(*words))
			words++;
	}
}

enum number words_number(const char *word, uint64_t *value)
{
	unsigned base = 10;
	uint64_t sum = 0;

	if (*word < '0' || *word > '9')
		return NUMBER_NONE;
	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
		base = 16;
		word += 2;
		if (!*word)
			return NUMBER_NONE;
	} else if (word[0] == '0' && word[1] != '\0') {
		return NUMBER_OCTAL;
	}
	for (; *word; word++) {
		unsigned digit = *word >= '0' && *word <= '9'   ? (unsigned)(*word - '0')
		                 : *word >= 'a' && *word <= 'f' ? (unsigned)(*word - 'a') + 10
		                 : *word >= 'A' && *word <= 'F' ? (unsigned)(*word - 'A') + 10
		                                                : base;

		if (digit >= base)
			return NUMBER_NONE;
		if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum))
			return NUMBER_TOO_BIG;
	}
	*value = sum;
	return NUMBER_OK;
}
