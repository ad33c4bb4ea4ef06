/* SPDX-License-Identifier: MIT */
/*
 * refusal: the one place where a step that failed becomes a sentence: what, where, and the remedy. No full stop at the
 * end. Pure.
 */
#ifndef INIT_REFUSAL_H
#define INIT_REFUSAL_H

#include "init/filter.h"
#include "init/policy.h"
#include "selftest/report.h"
#include "selftest/trial.h"

#define REFUSAL_MAX 800u

/* For a policy that its findings let pass and libseccomp or the program's length does not. */
void refusal_of_filter(char text[REFUSAL_MAX], enum filter_step step, const struct policy *policy, size_t rule,
                       int error, const char *path);

/* why: what install_why() says of TRIAL_CANARY_LOAD's errno. */
void refusal_of_trial(char text[REFUSAL_MAX], enum trial_step step, long detail, const struct policy *policy,
                      const char *path, const char *why);

/* For a report whose outcome is FAIL. */
void refusal_of_report(char text[REFUSAL_MAX], const struct report *report, const char *path);

#endif
