/* SPDX-License-Identifier: MIT */
/*
 * watch: the listener's other end: hears of each call that the policy denies or observes, answers it, and tells. The
 * answer comes first in everything: it is what the policy says whether or not the telling works, and only what no rule
 * of [deny] denies is ever let through.
 */
#ifndef INIT_WATCH_H
#define INIT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "init/denials.h"
#include "init/loaded.h"

struct watch {
	struct loaded *loaded; /* its policies, and its programs in the form that denies by errno */
	uint64_t cookie;       /* of the self-test's calls: answered TRIAL_HEARD and not told */
	int listener;          /* -1: none (yet), or nobody is left under the filter */
	bool listens;          /* there has been one */
	bool lost;             /* it was of no use, and has been closed */
	unsigned failures;     /* to receive, in a row */
	int proc;              /* /proc, for the programs' names; -1: none */
	bool released;         /* the command may run: from now on denials are told */
	bool has_run;          /* it was begun, and that did not fail */
	struct denials denials;
};

/* The listener has something: answers at most `most` calls. */
void watch_answer(struct watch *watch, unsigned most);

/* Writes the lines that are due. How long poll(2) may sleep, in ms; -1: until something happens. */
int watch_tell(struct watch *watch);

/* All sums. */
void watch_totals(struct watch *watch);

/* After a run with --observe, in words: a policy that it would not have hit. */
void watch_promote(struct watch *watch);

#endif
