/* SPDX-License-Identifier: MIT */
#include "init/loaded.h"

#include "init/abis.h"
#include "init/arch.h"
#include "init/conditions.h"
#include "init/lint.h"
#include "init/policy_file.h"

/* What is sound, and still not what its author thinks. own: as in loaded_read. */
static void check(struct loaded *loaded, enum severity own)
{
	const struct policy *policy = &loaded->policy;

	lint(policy, &loaded->observed, &filter_calls, &loaded->findings);
	/* At every start the report says it. */
	if (policy->strict || own == SEVERITY_WARNING) {
		lint_mounts(policy, &loaded->observed, &loaded->findings);
		if (policy->other[OTHER_COMPAT])
			lint_compat_mounts(policy->other[OTHER_COMPAT], &filter_calls, &loaded->findings);
	}
	if (policy->strict)
		findings_make_errors(&loaded->findings);
}

/*
 * The text once more, with the calls of the 32-bit ABI besides. Its findings have been told already, but for one: that nothing is denied,
 * where that has none of the calls, and that is none.
 */
static bool parse_for_compat(struct loaded *loaded)
{
	static struct findings told; /* large */

	told = (struct findings){0};
	return policy_parse(loaded->text, loaded->length, &filter_compat_calls, &loaded->other[OTHER_COMPAT],
	                    &loaded->observed_other[OTHER_COMPAT], &told) ||
	       (loaded->other[OTHER_COMPAT].nrules == 0 && loaded->observed_other[OTHER_COMPAT].nrules == 0);
}

static bool make_others(struct policy *policy, struct policy *other)
{
	if (!abis_make_compat(policy, &filter_calls, &filter_compat_calls, &other[OTHER_COMPAT]) ||
	    (ARCH_X32 && !abis_make_x32(policy, filter_x32_number, &other[OTHER_X32])))
		return false;
	for (size_t i = 0; i < OTHER_COMPAT + 1 + ARCH_X32; i++)
		policy->other[i] = &other[i];
	return true;
}

bool loaded_observes(const struct loaded *loaded)
{
	const struct policy *compat = loaded->observed.other[OTHER_COMPAT]; /* which has calls of its own */

	return loaded->observed.nrules > 0 || (compat && compat->nrules > 0);
}

/* other-abis = deny. */
static bool read_others(struct loaded *loaded)
{
	if (!parse_for_compat(loaded)) {
		findings_add(&loaded->findings, SEVERITY_ERROR, 0,
		             "with the calls of " ARCH_COMPAT
		             " this policy has errors that it does not have with those of " ARCH_NAME
		             ": a bug, please report it; write `other-abis = kill`");
		return false;
	}
	if (make_others(&loaded->policy, loaded->other) && make_others(&loaded->observed, loaded->observed_other)) {
		if (!loaded->policy.stays_exec && loaded_observes(loaded))
			loaded->policy.supervise = true;
		return true;
	}
	findings_add(
	    &loaded->findings, SEVERITY_ERROR, 0,
	    "`other-abis = deny`: more rules, or values in conditions, than denyinit's tables for " ARCH_OTHERS_AND " "
	    "have room for: deny fewer calls, or write `other-abis = kill`");
	return false;
}

bool loaded_read(struct loaded *loaded, const char *path, enum severity own)
{
	struct findings *findings = &loaded->findings;
	bool sound;

	loaded->path = path;
	sound = policy_file_load(path, loaded->text, sizeof loaded->text, &loaded->length, own, findings);
	if (sound || loaded->length > 0) { /* a wrong mode is no reason not to tell the rest */
		loaded->parsed = policy_parse(loaded->text, loaded->length, &filter_calls, &loaded->policy,
		                              &loaded->observed, findings);
		sound = loaded->parsed && sound;
		if (sound && loaded->policy.other_abis_deny)
			sound = read_others(loaded);
	}
	if (loaded->parsed)
		check(loaded, own);
	findings_sort(findings);
	return sound && findings->errors == 0;
}

const char *loaded_digest(struct loaded *loaded)
{
	sha256_hex(loaded->text, loaded->length, loaded->sha256);
	return loaded->sha256;
}

/* All that a policy says of a call. */
static void remove_call(struct policy *policy, uint32_t nr)
{
	size_t kept = 0;

	for (size_t i = 0; i < policy->nallows; i++)
		if (policy->allows[i].nr != nr && kept++ != i)
			policy->allows[kept - 1] = policy->allows[i];
	policy->nallows = kept;
	kept = 0;
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr != nr && kept++ != i)
			policy->rules[kept - 1] = policy->rules[i];
	policy->nrules = kept;
}

/* Rules stay sorted by number, and those of one number in their order. */
static void add_rule(struct policy *policy, const struct policy *from, struct rule rule)
{
	size_t place = policy->nrules;

	/* Of so many the last ones are not observed: there are not that many calls. */
	if (policy->nrules == POLICY_ROOM || !conditions_move(policy, from, &rule))
		return;
	for (; place > 0 && policy->rules[place - 1].nr > rule.nr; place--)
		policy->rules[place] = policy->rules[place - 1];
	policy->rules[place] = rule;
	policy->nrules++;
}

static void observe_all(struct policy *policy, struct policy *observed)
{
	/* What [deny] says of a call is all that counts for it, as it would be without --observe. */
	for (size_t i = 0; i < policy->nrules; i++)
		remove_call(observed, policy->rules[i].nr);
	for (size_t i = 0; i < policy->nallows; i++)
		remove_call(observed, policy->allows[i].nr);
	for (size_t i = 0; i < policy->nrules; i++)
		add_rule(observed, policy, policy->rules[i]);
	for (size_t i = 0; i < policy->nallows && observed->nallows < POLICY_RULES_MAX; i++)
		observed->allows[observed->nallows++] = policy->allows[i];
	observed->newer_enosys = policy->newer_enosys;
	policy->nrules = policy->nallows = 0;
	policy->newer_enosys = false;
}

void loaded_observe_all(struct loaded *loaded)
{
	observe_all(&loaded->policy, &loaded->observed);
	for (size_t i = 0; i < OTHER_ABIS && loaded->policy.other[i]; i++)
		observe_all(&loaded->other[i], &loaded->observed_other[i]);
	loaded->policy.supervise = true;
	loaded->enforces_nothing = true;
}

static bool compile(const struct loaded *loaded, const struct policy *policy, struct program *program,
                    char why[REFUSAL_MAX])
{
	size_t rule = 0;
	int error = 0;
	enum filter_step step = filter_compile(policy, program, &rule, &error);

	refusal_of_filter(why, step, policy, rule, error, loaded->path);
	return step == FILTER_OK;
}

bool loaded_compile(struct loaded *loaded, char why[REFUSAL_MAX])
{
	if (!loaded->enforces_nothing && !compile(loaded, &loaded->policy, &loaded->program, why))
		return false;
	return !loaded_observes(loaded) || compile(loaded, &loaded->observed, &loaded->observed_program, why);
}
