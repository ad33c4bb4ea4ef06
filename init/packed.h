/* SPDX-License-Identifier: MIT */
/*
 * packed: tables of text that init/pack.sh has packed, unpacked. Pure.
 */
#ifndef INIT_PACKED_H
#define INIT_PACKED_H

#include <stddef.h>

/*
 * packed begins with the number of characters that the text is of, these, and the pairs: symbols below that number stand
 * for a character, those above for two symbols, each of which may be such a pair. The symbols of the text follow, up to
 * packed[length). What does not fit into text, which has size bytes, is left out; there always is a NUL behind it.
 */
void packed_unpack(const unsigned char *packed, size_t length, char *text, size_t size);

#endif
