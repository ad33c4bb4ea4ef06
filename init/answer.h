/* SPDX-License-Identifier: MIT */
/*
 * answer: the right-hand side of a rule, `EPERM if flags & MASK`: an action and perhaps a condition. Pure.
 */
#ifndef INIT_ANSWER_H
#define INIT_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "init/policy.h"

enum answer_kind {
	ANSWER_DENY,  /* whatever [policy] deny means */
	ANSWER_ERRNO, /* answer.errnum */
	ANSWER_KILL,
	ANSWER_ALLOW,
};

struct answer {
	enum answer_kind kind;
	uint16_t errnum;
	bool conditional;
	char argument[POLICY_NAME_MAX]; /* its name, "" if it is given by number */
	int8_t index;                   /* the number, -1 if it is given by name */
	bool wide;                      /* argN:64 */
	uint64_t mask;
};

/*
 * One action word: an errno by name or number, kill-process; deny and allow too if `verbs` (in [deny]; [policy] says
 * what deny means). False: told as an error.
 */
bool answer_word(const char *word, bool verbs, unsigned line, struct findings *findings, enum answer_kind *kind,
                 uint16_t *errnum);

/* A whole right-hand side. False: told as an error (all of them). */
bool answer_parse(const char *value, unsigned line, struct findings *findings, struct answer *answer);

/*
 * The condition for one call (call may be "", a number without a name), but for its value, which is answer->mask. False:
 * told as an error.
 */
bool answer_condition(const struct answer *answer, const char *call, unsigned line, struct findings *findings,
                      struct condition *condition);

enum number { NUMBER_OK, NUMBER_NONE, NUMBER_OCTAL, NUMBER_TOO_BIG };

/*
 * Decimal or 0x. NUMBER_NONE: does not look like a number. NUMBER_OCTAL: begins with a 0 that says nothing here.
 */
enum number answer_number(const char *word, uint64_t *value);

#endif
