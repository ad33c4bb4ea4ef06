/* SPDX-License-Identifier: MIT */
/* words: lists of words separated by blanks. Pure. */
#ifndef INIT_WORDS_H
#define INIT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the word at *at (a longer one cut to size - 1 bytes) and steps behind it. False: there is none left. */
bool words_next(const char **at, char *word, size_t size);

/* The place of word among words, from 0; -1: it is not one of them. */
int words_place(const char *words, const char *word);

#endif
