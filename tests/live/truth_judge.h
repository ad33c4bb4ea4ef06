/* SPDX-License-Identifier: MIT */
/*
 * truth_judge: is what came back from a row what the table (truth.h) says?
 *
 * A false pass: started, although the row says refused, or although what the entrypoint then sees is not denied by this
 * policy as the row says. A false refusal: not started, although the row says so. Any other difference, a word of the
 * report, a status, a message, is "otherwise wrong".
 */
#ifndef TESTS_LIVE_TRUTH_JUDGE_H
#define TESTS_LIVE_TRUTH_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "truth.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define BROKEN 99 /* the exit status of a test that could not be held */
#define WHY_MAX 256

struct row {
	const struct outer *outer;
	const struct privilege *privilege;
	const struct policy *policy;
	const struct surroundings *surroundings;
};

enum grade { RIGHT, FALSE_PASS, FALSE_REFUSAL, OTHERWISE_WRONG, GRADES };

struct ran {
	int status; /* 128 + signal if it was killed; -1: it did not end */
	char out[16384], err[8192];
};

const struct outcome *expected_outcome(const struct row *row);

/* One of the words that are expected for the call, or several separated by `|`; NULL: the report has no calls. */
const char *expected_verdict(const struct row *row, int call);

const char *expected_reason(const struct row *row);

enum grade judge(const struct row *row, const struct ran *ran, char why[WHY_MAX]);

/* Without denyinit: is the row what its name says, and could the entrypoint mount there if nothing kept it from it? */
enum grade judge_control(const struct row *row, const struct ran *ran, char why[WHY_MAX]);

#endif
