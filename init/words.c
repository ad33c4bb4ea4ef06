/* SPDX-License-Identifier: MIT */
#include "init/words.h"

#include <string.h>

bool words_next(const char **at, char *word, size_t size)
{
	size_t length, kept;

	*at += strspn(*at, " \t");
	length = strcspn(*at, " \t");
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
	size_t length = strlen(word);

	for (int place = 0;; place++) {
		size_t next;

		words += strspn(words, " \t");
		next = strcspn(words, " \t");
		if (next == 0)
			return -1;
		if (next == length && memcmp(words, word, length) == 0)
			return place;
		words += next;
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
