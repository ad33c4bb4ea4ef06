/* SPDX-License-Identifier: MIT */
/* protect: the filter into the kernel, between the judge's two rounds. */
#ifndef INIT_PROTECT_H
#define INIT_PROTECT_H

#include <stdbool.h>

#include "init/loaded.h"
#include "init/refusal.h"
#include "selftest/report.h"

/*
 * no_new_privs, the judge's first round, the policy's program, the judge's second round. True: *report is the judge's,
 * with whatever outcome. False: it could not come to that (why says why), and *report says FAIL, "self-test-not-held".
 */
bool protect(const struct loaded *loaded, struct report *report, char why[REFUSAL_MAX]);

/*
 * What of this can be known without a kernel, for --check: whether the judge could take the policy, and finds that the
 * program does what it says. False: why says why not. *report is for its room only.
 */
bool protect_rehearse(const struct loaded *loaded, struct report *report, char why[REFUSAL_MAX]);

#endif
