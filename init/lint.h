/* SPDX-License-Identifier: MIT */
/*
 * lint: a policy that can be loaded, and means less than its author thinks, or breaks more: to findings, each with its
 * reason and the line to write instead. All of them are warnings. Pure.
 *
 * A finding about a door left open is a claim that somebody can go through it: tests/live/doors.bats does, before and
 * after the line is written. A call that `allow` or [observe] leaves open is left open knowingly, and no finding, unless
 * it opens more than itself (io_uring_setup, clone3).
 */
#ifndef INIT_LINT_H
#define INIT_LINT_H

#include "init/findings.h"
#include "init/policy.h"

/*
 * The rules of [deny], and the settings. The policy has been parsed without an error. What is added has lines of the
 * policy; the caller sorts.
 */
void lint(const struct policy *policy, const struct policy *observed, const struct call_table *calls,
          struct findings *findings);

/* What of the mount API is left open knowingly: the report says so at every start, so only --check and `strict` ask. */
void lint_mounts(const struct policy *policy, const struct policy *observed, struct findings *findings);

/* The same of what the 32-bit ABI besides alone has (umount of i386), where its calls follow the policy: of that the native rules know nothing. */
void lint_compat_mounts(const struct policy *compat, const struct call_table *native, struct findings *findings);

#endif
