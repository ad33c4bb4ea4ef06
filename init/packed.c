/* SPDX-License-Identifier: MIT */
#include "init/packed.h"

#define SYMBOLS 256u
#define NESTED 32u /* symbols that wait; tests/unit/test_names.c reads all that there is to unpack */

void packed_unpack(const unsigned char *packed, size_t length, char *text, size_t size)
{
	const unsigned characters = packed[0];
	const unsigned char *character = packed + 1, *pairs = character + characters;
	const unsigned char *end = packed + length;
	size_t used = 0;

	for (const unsigned char *at = pairs + 2 * (SYMBOLS - characters); at < end; at++) {
		unsigned char waiting[NESTED];
		unsigned symbol = *at;
		size_t n = 0;

		for (;; symbol = waiting[--n]) {
			while (symbol >= characters && n < NESTED) {
				const unsigned char *pair = &pairs[2 * (symbol - characters)];

				waiting[n++] = pair[1];
				symbol = pair[0];
			}
			if (symbol < characters && used + 1 < size)
				text[used++] = (char)character[symbol];
			if (n == 0)
				break;
		}
	}
	text[used] = '\0';
}
