/* SPDX-License-Identifier: MIT */
/* words: lists of words separated by blanks, and numbers. Pure. */
#ifndef INIT_WORDS_H
#define INIT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the word at *at (a longer one cut to size - 1 bytes) and steps behind it. False: there is none left. */
bool words_next(const char **at, char *word, size_t size);

/* As much of word as fits. Not snprintf(3), which takes a thousand instructions, for each call of a group. */
void words_copy(char *to, size_t size, const char *word);

/* The place of word among words, from 0; -1: it is not one of them. */
int words_place(const char *words, const char *word);

enum number { NUMBER_OK, NUMBER_NONE, NUMBER_OCTAL, NUMBER_TOO_BIG };

/*
 * Decimal or 0x. NUMBER_NONE: does not look like a number. NUMBER_OCTAL: begins with a 0 that says nothing here.
 * NUMBER_TOO_BIG: more than 64 bits.
 */
enum number words_number(const char *word, uint64_t *value);

#endif
