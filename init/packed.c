/* SPDX-License-Identifier: MIT */
#include "init/packed.h"

#define NESTED 32u /* symbols that wait; tests/unit/test_names.c reads all that there is to unpack */

void packed_unpack(const unsigned char *packed, size_t length, const unsigned char pairs[128][2], char *text,
                   size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char waiting[NESTED];
		size_t n = 0;

		waiting[n++] = packed[i];
		while (n > 0) {
			unsigned char symbol = waiting[--n];

			if (symbol >= 128 && n + 2 <= NESTED) {
				waiting[n++] = pairs[symbol - 128][1];
				waiting[n++] = pairs[symbol - 128][0];
			} else if (used + 1 < size) {
				text[used++] = (char)symbol;
			}
		}
	}
	text[used] = '\0';
}
