/* SPDX-License-Identifier: MIT */
/*
 * oci: a policy as a container runtime's seccomp profile, in the JSON that Docker, containerd and CRI-O take. Pure.
 *
 * The runtime resolves names by its own libseccomp, and passes over those that it does not know without a word: in a
 * profile that lets through what it does not name, an old runtime leaves a new call open (open_tree_attr, which makes
 * read-only mounts writable, was known to no libseccomp before 2.6.1). So with `newer-syscalls = ENOSYS` the profile is
 * an allow list: every call of this build that the policy does not deny is named, and the rest gets ENOSYS. With
 * `newer-syscalls = allow` there is no such form, and a finding says what follows.
 */
#ifndef INIT_OCI_H
#define INIT_OCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "init/cubes.h"
#include "init/findings.h"
#include "init/json.h"
#include "init/policy.h"

/* More make no program that the kernel takes (BPF_MAXINSNS). */
#define OCI_ENTRIES_MAX 4096u

/* One rule as libseccomp is given it. */
struct oci_entry {
	uint32_t nr;
	uint32_t action; /* SECCOMP_RET_ALLOW, _KILL_PROCESS, or _ERRNO | errno */
	bool conditional;
	struct cube cube; /* if conditional */
};

/* Large (500 KiB): static, not on the stack. */
struct oci {
	uint32_t otherwise; /* what a call gets that no entry is for, as struct oci_entry has it */
	bool log;
	struct oci_entry entries[OCI_ENTRIES_MAX];
	size_t nentries;
};

/* False: findings say which line cannot be carried. */
bool oci_make(const struct policy *policy, const struct call_table *calls, struct oci *oci, struct findings *findings);

void oci_write(FILE *stream, const struct oci *oci, const struct call_table *calls);

/* ---- for merge.c ---- */

#define OCI_CALL_RULES_MAX 32u /* of one call in a policy */

/* What of the policy no profile can say, whatever else is in it. names_all: every call that it lets through is named. */
bool oci_can_carry(const struct policy *policy, bool names_all, struct findings *findings);

/*
 * Rules of one call, rules[0 .. count) as they are asked, as cubes.h takes them; the label is the index of the first one
 * with the same action. cubed has room for count, tests for POLICY_CONDITIONS_MAX times that. Returns the number of tests.
 */
size_t oci_cube_rules(const struct policy *policy, const struct rule *rules, size_t count, struct cube_rule *cubed,
                      struct cube_test *tests);

uint32_t oci_action(const struct rule *rule);

/* False: there are too many. */
bool oci_add(struct oci *oci, uint32_t nr, uint32_t action, const struct cube *cube);

/* Adds the unconditional denials, those of one action in a row. skips: whether one is left out; may be NULL. */
bool oci_add_denials(struct oci *oci, const struct policy *policy, bool (*skips)(const void *context, uint32_t nr),
                     const void *context);

/* "the conditions of `x` come to too many rules" */
void oci_too_many(struct findings *findings, const struct rule *rule);

/* The pieces of the JSON. An entry is a rule of one or several calls. */
void oci_write_entries(struct json_out *out, const struct oci *oci, const struct call_table *calls);
void oci_write_action(struct json_out *out, uint32_t action);
void oci_write_args(struct json_out *out, const struct cube *cube);
void oci_write_architectures(struct json_out *out);

#endif
