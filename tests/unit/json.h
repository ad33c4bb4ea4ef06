/* SPDX-License-Identifier: MIT */
/* json: just enough of RFC 8259 for the tests to tell whether what was written is JSON. */
#ifndef TESTS_UNIT_JSON_H
#define TESTS_UNIT_JSON_H

/* Fails the test unless text is one object and one newline behind it. */
void is_json(const char *text);

#endif
