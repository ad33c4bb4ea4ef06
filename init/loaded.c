/* SPDX-License-Identifier: MIT */
#include "init/loaded.h"

#include "init/conditions.h"
#include "init/policy_file.h"

bool loaded_read(struct loaded *loaded, const char *path, enum severity own)
{
	struct findings *findings = &loaded->findings;
	bool sound;

	loaded->path = path;
	sound = policy_file_load(path, loaded->text, sizeof loaded->text, &loaded->length, own, findings);
	if (sound || loaded->length > 0) { /* a wrong mode is no reason not to tell the rest */
		sha256_hex(loaded->text, loaded->length, loaded->sha256);
		sound = policy_parse(loaded->text, loaded->length, &filter_calls, &loaded->policy, &loaded->observed,
		                     findings) &&
		        sound;
	}
	findings_sort(findings);
	return sound && findings->errors == 0;
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
	if (policy->nrules == POLICY_RULES_MAX || !conditions_move(policy, from, &rule))
		return;
	for (; place > 0 && policy->rules[place - 1].nr > rule.nr; place--)
		policy->rules[place] = policy->rules[place - 1];
	policy->rules[place] = rule;
	policy->nrules++;
}

void loaded_observe_all(struct loaded *loaded)
{
	struct policy *policy = &loaded->policy, *observed = &loaded->observed;

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
	policy->supervise = true;
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
	return loaded->observed.nrules == 0 || compile(loaded, &loaded->observed, &loaded->observed_program, why);
}
