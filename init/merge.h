/* SPDX-License-Identifier: MIT */
/*
 * merge: a policy over a seccomp profile that is there already, such as Docker's default: what either of them denies is
 * denied. As two filters would: the more severe action counts, at equal severity the policy's errno. Pure.
 *
 * Of the base stays all that the policy does not speak of: its entries in their order, their `includes` and `excludes`
 * (capabilities, kernel versions), its default. Its architectures do not stay: other ABIs are killed, as the policy says.
 */
#ifndef INIT_MERGE_H
#define INIT_MERGE_H

#include <stdbool.h>
#include <stdio.h>

#include "init/findings.h"
#include "init/json.h"
#include "init/oci.h"
#include "init/policy.h"

/* The parts of it are large: static, not on the stack. */
struct merge {
	const struct policy *policy;
	const struct call_table *calls;
	struct findings *policy_findings; /* by the policy's lines */
	struct findings *base_findings;   /* by the base's lines */
	struct json base;
	struct oci denials; /* scratch */
};

/*
 * text: the base, in the form of Docker or of the OCI. Writes the whole profile to out; what was written before it returns
 * false is to be thrown away: then findings say why.
 */
bool merge(struct merge *merge, const char *text, size_t length, FILE *out);

#endif
