/* SPDX-License-Identifier: MIT */
/*
 * packed: tables of text that init/pack.sh has packed, unpacked. Pure.
 */
#ifndef INIT_PACKED_H
#define INIT_PACKED_H

#include <stddef.h>

/*
 * A byte below 128 is itself, one above stands for the two of pairs[byte - 128], each of which may be such a byte. What
 * does not fit into text, which has size bytes, is left out; there always is a NUL behind it.
 */
void packed_unpack(const unsigned char *packed, size_t length, const unsigned char pairs[128][2], char *text,
                   size_t size);

#endif
