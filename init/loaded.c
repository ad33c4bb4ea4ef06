/* SPDX-License-Identifier: MIT */
#include "init/loaded.h"

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

static bool has_rule(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			return true;
	return false;
}

/* Rules stay sorted by number. What [deny] says of a call is all that counts for it, as it would be without --observe. */
static void add_rule(struct policy *policy, const struct rule *rule)
{
	size_t place = policy->nrules;

	if (policy->nrules == POLICY_RULES_MAX)
		return; /* of 600 calls and more the last ones are not observed: there are not that many */
	for (; place > 0 && policy->rules[place - 1].nr > rule->nr; place--)
		policy->rules[place] = policy->rules[place - 1];
	policy->rules[place] = *rule;
	policy->nrules++;
}

void loaded_observe_all(struct loaded *loaded)
{
	static struct policy both; /* large */

	both = loaded->policy;
	for (size_t i = 0; i < loaded->observed.nrules; i++)
		if (!has_rule(&loaded->policy, loaded->observed.rules[i].nr))
			add_rule(&both, &loaded->observed.rules[i]);
	loaded->observed = both;
	loaded->policy.nrules = loaded->policy.nallows = 0;
	loaded->policy.newer_enosys = false;
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
	return loaded->observed.nrules == 0 || compile(loaded, &loaded->observed, &loaded->observed_program, why);
}
