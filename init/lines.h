/* SPDX-License-Identifier: MIT */
/*
 * lines: the raw text of a policy, looked at line by line before inih sees it, and handed to inih without comments and
 * without what is wrong. inih takes silently what must not be taken so (a NUL byte, an indented line, a line over its
 * limit, text behind a section's name), knows no ` #` comments, and tells of syntax errors the first only. Pure.
 */
#ifndef INIT_LINES_H
#define INIT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "init/findings.h"

enum line_kind {
	LINE_END,     /* no more lines */
	LINE_NOTHING, /* blank or a comment */
	LINE_SECTION, /* [NAME] */
	LINE_PAIR,    /* NAME = VALUE */
	LINE_BAD,     /* told as an error, or below a section line that was */
};

struct lines {
	const char *text;
	size_t length;
	size_t at;        /* where the next line begins */
	unsigned number;  /* of the current line, 1-based */
	const char *code; /* the current line without its comment, if it is a section or a pair; else "" */
	size_t code_length;
	unsigned good;    /* sections and pairs so far: what inih must have called its handler for */
	bool adrift;      /* a section line was bad: the pairs below it belong nowhere */
	bool return_told; /* carriage returns are told once */
	struct findings *findings;
};

/* The text as a whole: false (and told) if it is empty, too long or has a NUL byte. inih must not get it then. */
bool lines_sound(const char *text, size_t length, struct findings *findings);

void lines_start(struct lines *lines, const char *text, size_t length, struct findings *findings);

/* Goes to the next line and tells what is wrong with it. */
enum line_kind lines_next(struct lines *lines);

#endif
