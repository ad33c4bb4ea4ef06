/* SPDX-License-Identifier: MIT */
/* lint_doors: the part of lint that is about calls which do what a denied one does; and what both parts share. Pure. */
#ifndef INIT_LINT_DOORS_H
#define INIT_LINT_DOORS_H

#include <stdint.h>

#include "init/findings.h"
#include "init/policy.h"

/*
 * Calls that a finding has proposed a line for. A second line for one of them could contradict the first, or have no
 * effect beside it: what it is about is told by the next run, if it is still so.
 */
#define PROPOSED_MAX 100u
struct proposed {
	size_t count;
	int numbers[PROPOSED_MAX];
};

#define NAMED_BITS 1024u

struct lint {
	const struct policy *policy, *observed;
	const struct call_table *calls;
	struct findings *findings;
	struct proposed *proposed;
	uint64_t named[NAMED_BITS / 64]; /* of the policy's rules: a bit for the hash of each name */
};

void lint_note_names(struct lint *lint);

/*
 * False: the policy has no rule on that call. Each start asks about some hundred calls, of which the policy has few: so
 * not all of its names are compared with each of them.
 */
bool lint_may_name(const struct lint *lint, const char *call);

/* Twins, and values that come to the same. */
void lint_doors(const struct lint *lint);

/* False: a line for that call has been proposed already. */
bool lint_propose(const struct lint *lint, const char *call);

/* The first rule on a call, and the one without conditions; NULL: there is none. */
const struct rule *lint_rule(const struct policy *policy, const char *call);
const struct rule *lint_whole_rule(const struct policy *policy, const char *call);
/* NULL: not allowed by a line. */
const struct allowance *lint_allowance(const struct policy *policy, const char *call);
/* This ABI has the call. */
bool lint_exists(const struct lint *lint, const char *call);
/* It does, and some of it is neither denied nor left open knowingly. */
bool lint_is_open(const struct lint *lint, const char *call);

/* The last line with a rule on that call, 0: none. What is written for it comes below: else it could leave that rule
 * nothing to do. */
unsigned lint_last_line(const struct policy *policy, const char *call);

/* Whether a line for that call with the rule's answer has effect only above its own: it would be more severe. */
bool lint_outranks(const struct policy *policy, const struct rule *rule, const char *call);

/* A rule that says "not there" to who tries a call that need not be there, rather than "no". */
bool lint_is_pretence(const struct rule *rule);

/* What to write for another call so that it gets what the rule's gets: "deny", "EPERM", "kill-process", "95". */
#define ANSWER_TEXT 16u
const char *lint_answer(const struct lint *lint, const struct rule *rule, const char *call, char text[ANSWER_TEXT]);

/* A rule's conditions for another call, which has the same arguments elsewhere; false: it does not have them all. */
bool lint_carry(const struct rule *rule, const char *call, struct rule *carried);

/* Text that is put together; one that does not fit is cut and says so. */
struct put {
	char *text;
	size_t size, used;
	bool cut;
};

void lint_put(struct put *put, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lines to write, as they stand in a sentence: each between backquotes. */
const char *lint_quoted(const char *lines, char text[FINDING_WRITE + 20]);

#endif
