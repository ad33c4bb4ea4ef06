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

#include "init/base.h"
#include "init/findings.h"
#include "init/oci.h"
#include "init/policy.h"

/* What policy and base say of one call, taken apart. Labels: the policy's rules by their index, then entries. */
#define SPLIT_RULES_MAX 128u
#define SPLIT_TESTS_MAX 512u

struct split {
	bool made;
	uint32_t nr;
	struct cube_rule rules[SPLIT_RULES_MAX]; /* the policy's first */
	struct cube_test tests[SPLIT_TESTS_MAX];
	bool narrowed[SPLIT_TESTS_MAX];         /* the base compares 64 bits, and here it is 32: see narrow() */
	uint64_t values[SPLIT_TESTS_MAX];       /* of the base's tests, in their places */
	struct base_entry entries[CUBE_LABELS]; /* by label: the first one that means that */
	size_t nrules, ntests, first_label, nlabels;
	struct cube cubes[CUBES_MAX];
	size_t ncubes;
};

/* Large (1 MiB): static, not on the stack. The first four are the caller's to set. */
struct merge {
	const struct policy *policy;
	const struct call_table *calls;
	struct findings *policy_findings; /* by the policy's lines */
	struct findings *base_findings;   /* by the base's lines */

	struct base base;
	struct split split;
	struct oci denials;
	struct json_out out;
	bool kept[POLICY_CEILING + 1]; /* calls that the base always denies more severely than the policy does */
};

/*
 * text: the base. Writes the whole profile to the stream. False: findings say why, and what was written is to be thrown away.
 */
bool merge(struct merge *m, const char *text, size_t length, FILE *stream);

#endif
