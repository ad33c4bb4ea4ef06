/* SPDX-License-Identifier: MIT */
/*
 * answer: the right-hand side of a rule, `EPERM if flags & MASK`: an action and perhaps conditions. Pure.
 */
#ifndef INIT_ANSWER_H
#define INIT_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "init/policy.h"
#include "init/terms.h"

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
	struct terms terms; /* conditional */
};

/*
 * One action word: an errno by name or number, kill-process; deny and allow too if `verbs` (in [deny]; [policy] says
 * what deny means). False: told as an error.
 */
bool answer_word(const char *word, bool verbs, unsigned line, struct findings *findings, enum answer_kind *kind,
                 uint16_t *errnum);

/* A whole right-hand side. False: told as an error (all of them). */
bool answer_parse(const char *value, unsigned line, struct findings *findings, struct answer *answer);

#endif
