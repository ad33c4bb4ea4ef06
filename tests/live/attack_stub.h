/* SPDX-License-Identifier: MIT */
/* attack_stub: what attack_stub.c and the attacks must both know. */
#ifndef TESTS_LIVE_ATTACK_STUB_H
#define TESTS_LIVE_ATTACK_STUB_H

#include <stdint.h>

/*
 * With DENYINIT_STUB=known. In two parts: a program that searches memory for them is not to have them in its own
 * text.
 */
#define STUB_HALF UINT64_C(0x5a17c3e9f08b2d64)
#define STUB_COOKIE_REST UINT64_C(0x9b3f62d70a41c885)
#define STUB_MAGIC_REST UINT64_C(0xe2780d15b6f94a3b)
#define STUB_COOKIE (STUB_HALF ^ STUB_COOKIE_REST)
#define STUB_MAGIC (STUB_HALF ^ STUB_MAGIC_REST)

#define STUB_NUMBERS 472 /* calls are tried up to this number: denyinit's ceiling and one */

#endif
