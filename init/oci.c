/* SPDX-License-Identifier: MIT */
#include "init/oci.h"

#include <linux/seccomp.h>
#include <string.h>

#include "init/arch.h"
#include "init/names.h"
#include "init/names_doors.h"

#define ERRNO_NOSYS 38u
#define ERRNO_LIBSECCOMP_MAX 4094u /* db_action_valid() */

uint32_t oci_action(const struct rule *rule)
{
	return rule->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | rule->errnum;
}

static struct cube_test test_of(const struct policy *policy, const struct condition *condition)
{
	static const enum cube_op ops[] = {
	    [TEST_IN] = CUBE_IN,           [TEST_NOT_IN] = CUBE_NOT_IN,
	    [TEST_LESS] = CUBE_LESS,       [TEST_LESS_EQUAL] = CUBE_LESS_EQUAL,
	    [TEST_GREATER] = CUBE_GREATER, [TEST_GREATER_EQUAL] = CUBE_GREATER_EQUAL,
	    [TEST_ANY_BIT] = CUBE_ANY_BIT,
	};

	return (struct cube_test){
	    .arg = condition->arg,
	    .wide = condition->wide,
	    .op = ops[condition->test],
	    .values = &policy->values[condition->first],
	    .count = condition->count,
	};
}

size_t oci_cube_rules(const struct policy *policy, const struct rule *rules, size_t count, struct cube_rule *cubed,
                      struct cube_test *tests)
{
	size_t ntests = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t label = 0;

		while (oci_action(&rules[label]) != oci_action(&rules[i]))
			label++;
		cubed[i] = (struct cube_rule){&tests[ntests], rules[i].nconditions, true, label};
		for (size_t k = 0; k < rules[i].nconditions; k++)
			tests[ntests++] = test_of(policy, &rules[i].conditions[k]);
	}
	return ntests;
}

bool oci_add(struct oci *oci, uint32_t nr, uint32_t action, const struct cube *cube)
{
	static const struct cube none;
	struct oci_entry *entry = &oci->entries[oci->nentries];

	if (oci->nentries == OCI_ENTRIES_MAX)
		return false;
	*entry = (struct oci_entry){.nr = nr, .action = action};
	if (cube && memcmp(cube->mask, none.mask, sizeof none.mask) != 0) {
		entry->conditional = true;
		entry->cube = *cube;
	}
	oci->nentries++;
	return true;
}

void oci_too_many(struct findings *findings, const struct rule *rule)
{
	findings_add(findings, SEVERITY_ERROR, rule->line,
	             "`%s`: the conditions come to more rules than a profile of a container runtime can have: write "
	             "fewer conditions, values or alternatives for this call",
	             rule->name);
}

/* rules of one call: rules[0 .. count). */
static size_t same_call(const struct policy *policy, size_t first)
{
	size_t count = 0;

	while (first + count < policy->nrules && policy->rules[first + count].nr == policy->rules[first].nr)
		count++;
	return count;
}

/* The rule that is asked first decides for all arguments. */
static bool is_unconditional(const struct rule *first)
{
	return first->nconditions == 0;
}

/* socketcall or ipc, where they are native calls: libseccomp makes rules on them of those on their parts. */
static bool is_multiplexer(const char *call)
{
	const char *name, *calls;

	for (size_t i = 0; ARCH_COMPLETES && (name = names_multiplexer_at(i, &calls)) != NULL; i++)
		if (strcmp(name, call) == 0)
			return true;
	return false;
}

bool oci_can_carry(const struct policy *policy, bool names_all, struct findings *findings)
{
	const size_t errors = findings->errors;

	if (policy->other_abis_deny)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "`other-abis = deny`: a profile has one rule for all ABIs, with each argument in the same "
		             "place, and cannot carry it: export a policy with `other-abis = kill`");
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->action == ACTION_ERRNO && rule->errnum > ERRNO_LIBSECCOMP_MAX)
			findings_add(findings, SEVERITY_ERROR, rule->line,
			             "errno %u: the libseccomp of container runtimes takes none above %u", rule->errnum,
			             ERRNO_LIBSECCOMP_MAX);
		if (rule->nconditions > 0 && is_multiplexer(rule->name))
			findings_add(findings, SEVERITY_ERROR, rule->line,
			             "it denies a part of `%s` on " ARCH_NAME
			             ", which container runtimes' libseccomp mixes "
			             "up with its own rules on that: write `%s` with an errno, or leave the line out",
			             rule->name, rule->name);
		if (rule->name[0] ||
		    (names_all && is_unconditional(rule) && oci_action(rule) == (SECCOMP_RET_ERRNO | ERRNO_NOSYS)))
			continue;
		findings_add(findings, SEVERITY_ERROR, rule->line,
		             "number %u has no name in this build, and a profile has names only: leave the line out%s",
		             (unsigned)rule->nr, names_all ? " (it gets ENOSYS then), or write `= ENOSYS`" : "");
	}
	return findings->errors == errors;
}

bool oci_add_denials(struct oci *oci, const struct policy *policy, bool (*skips)(const void *context, uint32_t nr),
                     const void *context)
{
	static bool left[POLICY_RULES_MAX];

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];
		const bool is_first = i == 0 || rule->nr != rule[-1].nr;

		left[i] = is_first && is_unconditional(rule) && rule->name[0] && !(skips && skips(context, rule->nr));
	}
	for (size_t i = 0; i < policy->nrules; i++) {
		const uint32_t action = oci_action(&policy->rules[i]);

		if (!left[i])
			continue;
		for (size_t k = i; k < policy->nrules; k++) {
			if (!left[k] || oci_action(&policy->rules[k]) != action)
				continue;
			left[k] = false;
			if (!oci_add(oci, policy->rules[k].nr, action, NULL))
				return false;
		}
	}
	return true;
}

/* The number of the only bit; bits is not 0. */
static unsigned label_of(uint64_t bits)
{
	unsigned label = 0;

	while (!(bits >> label & 1))
		label++;
	return label;
}

/* rules[0 .. count): of one call. */
static bool add_conditional(struct oci *oci, const struct policy *policy, const struct rule *rules, size_t count,
                            bool names_all)
{
	static struct cube cubes[CUBES_MAX]; /* large */
	struct cube_test tests[OCI_CALL_RULES_MAX * POLICY_CONDITIONS_MAX];
	struct cube_rule cubed[OCI_CALL_RULES_MAX];
	size_t ncubes;

	if (count > OCI_CALL_RULES_MAX)
		return false;
	(void)oci_cube_rules(policy, rules, count, cubed, tests);
	if (!cubes_split(cubed, count, cubes, &ncubes))
		return false;
	for (size_t i = 0; i < ncubes; i++) {
		const uint64_t outcome = cubes_outcome(cubed, count, cubes[i].value);
		const uint32_t action = outcome ? oci_action(&rules[label_of(outcome)]) : SECCOMP_RET_ALLOW;

		if ((outcome || names_all) && !oci_add(oci, rules->nr, action, &cubes[i]))
			return false;
	}
	return true;
}

static bool has_rule(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			return true;
	return false;
}

/* Names that a runtime may not know, and then lets through. */
static void tell_newer(const struct policy *policy, struct findings *findings)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (names_newer_number(policy->rules[i].name) >= 0)
			findings_add(
			    findings, SEVERITY_WARNING, policy->rules[i].line,
			    "`%s` is newer than libseccomp 2.6.0: a runtime that does not know the name lets the "
			    "call through; with `newer-syscalls = ENOSYS` the profile is an allow list, and it "
			    "would not",
			    policy->rules[i].name);
}

bool oci_make(const struct policy *policy, const struct call_table *calls, struct oci *oci, struct findings *findings)
{
	const bool names_all = policy->newer_enosys;

	oci->otherwise = names_all ? SECCOMP_RET_ERRNO | ERRNO_NOSYS : SECCOMP_RET_ALLOW;
	oci->log = policy->log;
	oci->nentries = 0;
	if (!oci_can_carry(policy, names_all, findings))
		return false;
	if (!names_all)
		tell_newer(policy, findings);
	(void)oci_add_denials(oci, policy, NULL, NULL); /* fits: a call has a rule each */
	for (size_t i = 0; i < policy->nrules; i += same_call(policy, i)) {
		if (is_unconditional(&policy->rules[i]))
			continue;
		if (!add_conditional(oci, policy, &policy->rules[i], same_call(policy, i), names_all)) {
			oci_too_many(findings, &policy->rules[i]);
			return false;
		}
	}
	for (uint32_t nr = 0; names_all && nr <= POLICY_CEILING; nr++)
		if (calls->name(nr) && !has_rule(policy, nr) && !oci_add(oci, nr, SECCOMP_RET_ALLOW, NULL)) {
			findings_add(findings, SEVERITY_ERROR, 0,
			             "it comes to more rules than a profile of a container runtime can have");
			return false;
		}
	return true;
}

/* ---- the JSON ---- */

static const char *action_name(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW: return "SCMP_ACT_ALLOW";
	case SECCOMP_RET_ERRNO: return "SCMP_ACT_ERRNO";
	default: return "SCMP_ACT_KILL_PROCESS";
	}
}

static bool is_errno(uint32_t action)
{
	return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

void oci_write_action(struct json_out *out, uint32_t action)
{
	json_key(out, "action");
	json_put(out, action_name(action));
	if (is_errno(action)) {
		json_key(out, "errnoRet");
		json_put_number(out, action & SECCOMP_RET_DATA);
	}
}

void oci_write_args(struct json_out *out, const struct cube *cube)
{
	json_key(out, "args");
	json_open(out, '[');
	for (unsigned i = 0; i < CUBE_ARGS; i++) {
		if (cube->mask[i] == 0)
			continue;
		json_open_flat(out);
		json_key(out, "index");
		json_put_number(out, i);
		json_key(out, "value"); /* of this operator the mask */
		json_put_number(out, cube->mask[i]);
		json_key(out, "valueTwo");
		json_put_number(out, cube->value[i]);
		json_key(out, "op");
		json_put(out, "SCMP_CMP_MASKED_EQ");
		json_close(out, '}');
	}
	json_close(out, ']');
}

void oci_write_architectures(struct json_out *out)
{
	json_key(out, "architectures");
	json_open(out, '[');
	json_put(out, ARCH_SCMP);
	json_close(out, ']');
}

void oci_write_entries(struct json_out *out, const struct oci *oci, const struct call_table *calls)
{
	for (size_t i = 0; i < oci->nentries;) {
		const struct oci_entry *first = &oci->entries[i];

		json_open(out, '{');
		json_key(out, "names");
		json_open(out, '[');
		do
			json_put(out, calls->name(oci->entries[i++].nr));
		while (i < oci->nentries && !first->conditional && !oci->entries[i].conditional &&
		       oci->entries[i].action == first->action);
		json_close(out, ']');
		oci_write_action(out, first->action);
		if (first->conditional)
			oci_write_args(out, &first->cube);
		json_close(out, '}');
	}
}

void oci_write(FILE *stream, const struct oci *oci, const struct call_table *calls)
{
	struct json_out out = {.out = stream};

	json_open(&out, '{');
	json_key(&out, "defaultAction");
	json_put(&out, action_name(oci->otherwise));
	if (is_errno(oci->otherwise)) {
		json_key(&out, "defaultErrnoRet");
		json_put_number(&out, oci->otherwise & SECCOMP_RET_DATA);
	}
	oci_write_architectures(&out);
	if (oci->log) {
		json_key(&out, "flags");
		json_open(&out, '[');
		json_put(&out, "SECCOMP_FILTER_FLAG_LOG");
		json_close(&out, ']');
	}
	json_key(&out, "syscalls");
	json_open(&out, '[');
	oci_write_entries(&out, oci, calls);
	json_close(&out, ']');
	json_close(&out, '}');
}
