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
