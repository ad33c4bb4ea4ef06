/* SPDX-License-Identifier: MIT */
/* sha256: the digest of a text as sha256sum(1) prints it, by libmd. Pure. */
#ifndef INIT_SHA256_H
#define INIT_SHA256_H

#include <stddef.h>

#define SHA256_HEX 65u /* with the NUL */

void sha256_hex(const char *text, size_t length, char hex[SHA256_HEX]);

#endif
