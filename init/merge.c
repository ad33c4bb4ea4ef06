/* SPDX-License-Identifier: MIT */
#include "init/merge.h"

#include <linux/seccomp.h>
#include <string.h>

#include "init/names.h"

/* ---- what the policy says of a call ---- */

struct said {
	const struct rule *rules; /* of one call, in the order in which they are asked; NULL: none */
	size_t count;
};

static struct said said_of(const struct policy *policy, uint32_t nr)
{
	struct said said = {NULL, 0};

	for (size_t i = 0; i < policy->nrules; i++) {
		if (policy->rules[i].nr != nr)
			continue;
		if (!said.rules)
			said.rules = &policy->rules[i];
		said.count++;
	}
	return said;
}

static bool is_conditional(struct said said)
{
	return said.count > 0 && said.rules->nconditions > 0;
}

static enum base_severity severity_of(const struct rule *rule)
{
	return rule->action == ACTION_KILL ? BASE_KILL : BASE_ERRNO;
}

/* CALL_ABSENT, CALL_UNKNOWN, or the number. */
static int number_of(const struct merge *m, uint32_t token)
{
	char name[BASE_NAME];
	int nr;

	base_name(&m->base, token, name);
	nr = m->calls->number(name);
	return nr == CALL_UNKNOWN && names_newer_number(name) >= 0 ? names_newer_number(name) : nr;
}

static struct said said_of_name(const struct merge *m, uint32_t token)
{
	const int nr = number_of(m, token);

	return nr >= 0 ? said_of(m->policy, (uint32_t)nr) : (struct said){NULL, 0};
}

/* ---- both on one call, taken apart ---- */

/*
 * A profile compares 64 bits, also of what the kernel takes as 32: then a call with junk above them is another call for
 * the profile and the same for the kernel. Where the policy has a condition, the base's comparisons are made as the
 * kernel sees it, too: else there would be two meanings of one argument, and no cubes that libseccomp gets right. What
 * the base would have denied for the junk alone is seen to by guard().
 */
static bool narrow(const char *call, struct cube_test *test)
{
	struct argument argument;

	if (!names_argument_at(call, test->arg, &argument) || argument.width != WIDTH_32 || test->mask > UINT32_MAX ||
	    test->values[0] > UINT32_MAX)
		return false;
	test->wide = false;
	return test->op != CUBE_MASKED; /* with such a mask it is the same on 64 */
}

static bool add_rule(struct split *split, const struct cube_rule *rule)
{
	if (split->nrules == SPLIT_RULES_MAX)
		return false;
	split->rules[split->nrules++] = *rule;
	return true;
}

/* The label of an entry's rules: one for all that mean the same. False: there are too many. */
static bool label_entry(const struct merge *m, struct split *split, const struct base_entry *entry, uint8_t *label)
{
	for (size_t i = split->first_label; i < split->nlabels; i++) {
		if (base_same(&m->base, &split->entries[i], entry)) {
			*label = (uint8_t)i;
			return true;
		}
	}
	if (split->nlabels == CUBE_LABELS)
		return false;
	*label = (uint8_t)split->nlabels;
	split->entries[split->nlabels++] = *entry;
	return true;
}

/*
 * The base's tests in one entry are joined by `and`; but if two are on one argument, each is a rule of its own: runc's
 * matchCall(), and crun the same.
 */
static bool add_entry(struct merge *m, struct split *split, const struct base_entry *entry, const char *call)
{
	struct cube_rule rule = {&split->tests[split->ntests], entry->nargs, false, 0};
	unsigned on_arg = 0;
	bool alternatives = false;

	if (split->ntests + BASE_ARGS_MAX > SPLIT_TESTS_MAX || !label_entry(m, split, entry, &rule.label))
		return false;
	base_tests(&m->base, entry, &split->tests[split->ntests], &split->values[split->ntests]);
	for (uint32_t i = 0; i < entry->nargs; i++, split->ntests++) {
		struct cube_test *test = &split->tests[split->ntests];

		split->narrowed[split->ntests] = narrow(call, test);
		alternatives |= (on_arg & 1u << test->arg) != 0;
		on_arg |= 1u << test->arg;
	}
	if (!alternatives)
		return add_rule(split, &rule);
	rule.ntests = 1;
	for (uint32_t i = 0; i < entry->nargs; i++, rule.tests++)
		if (!add_rule(split, &rule))
			return false;
	return true;
}

static bool names_call(const struct merge *m, const struct base_entry *entry, uint32_t nr)
{
	uint32_t at = entry->names;

	for (uint32_t i = 0; i < entry->nnames; i++, at = m->base.json.token[at].next)
		if (number_of(m, at) == (int)nr)
			return true;
	return false;
}

static uint64_t outcome_of(const struct split *split, size_t cube)
{
	return cubes_outcome(split->rules, split->nrules, split->cubes[cube].value);
}

/* What the base says, compared on 64 bits, of a cube's calls with junk in one argument. */
static uint64_t outcome_with_junk(struct split *split, size_t cube, unsigned arg)
{
	uint64_t args[CUBE_ARGS], outcome;

	memcpy(args, split->cubes[cube].value, sizeof args);
	args[arg] |= UINT64_C(1) << 32;
	for (size_t i = 0; i < split->ntests; i++)
		split->tests[i].wide |= split->narrowed[i];
	outcome = cubes_outcome(split->rules, split->nrules, args);
	for (size_t i = 0; i < split->ntests; i++)
		split->tests[i].wide &= !split->narrowed[i];
	return outcome;
}

/*
 * Whether the base would deny calls with junk in an argument that are let through without: by an entry that lets through
 * and does not apply to them, or one that denies and does.
 */
static bool junk_matters(struct split *split, unsigned arg)
{
	for (size_t i = 0; i < split->ncubes; i++) {
		const uint64_t without = outcome_of(split, i), with = outcome_with_junk(split, i, arg);

		for (size_t label = split->first_label; label < split->nlabels; label++) {
			const bool denies = split->entries[label].severity >= BASE_ERRNO;

			if (((denies ? with & ~without : without & ~with) >> label & 1))
				return true;
		}
	}
	return false;
}

/*
 * If so, all that is said of the call is said of calls without junk, and those with it get the base's default. False: that
 * is to let through.
 */
static bool guard(const struct merge *m, struct split *split)
{
	unsigned narrowed = 0;

	for (size_t i = 0; i < split->ntests; i++)
		if (split->narrowed[i])
			narrowed |= 1u << split->tests[i].arg;
	for (unsigned arg = 0; arg < CUBE_ARGS; arg++) {
		if (!(narrowed >> arg & 1) || !junk_matters(split, arg))
			continue;
		if (m->base.otherwise < BASE_ERRNO)
			return false;
		for (size_t i = 0; i < split->ncubes; i++)
			split->cubes[i].mask[arg] |= UINT64_C(0xffffffff00000000);
	}
	return true;
}

static void add_policy(struct merge *m, struct split *split, struct said said)
{
	split->ntests = oci_cube_rules(m->policy, said.rules, said.count, split->rules, split->tests);
	split->nrules = split->first_label = split->nlabels = said.count;
	memset(split->narrowed, 0, sizeof split->narrowed);
	/* Where the base's default is more severe, it matters also of what the policy denies whether the base has it. */
	for (size_t i = 0; m->base.otherwise > BASE_ERRNO && i < said.count; i++) {
		split->rules[i].final = false;
		split->rules[i].label = (uint8_t)i;
	}
}

/* NULL: too many, and it was told. Kept until another call is asked for. */
static const struct split *split_of(struct merge *m, struct said said)
{
	struct split *split = &m->split;
	struct base_walk walk;
	struct base_entry entry;
	bool fits = said.count <= OCI_CALL_RULES_MAX;

	if (split->made && split->nr == said.rules->nr)
		return split;
	split->made = false;
	split->nr = said.rules->nr;
	if (fits)
		add_policy(m, split, said);
	base_start(&m->base, &walk);
	while (fits && base_next(&m->base, &walk, &entry))
		if (names_call(m, &entry, split->nr))
			fits = add_entry(m, split, &entry, said.rules->name);
	if (!fits || !cubes_split(split->rules, split->nrules, split->cubes, &split->ncubes) || !guard(m, split)) {
		oci_too_many(m->policy_findings, said.rules);
		return NULL;
	}
	split->made = true;
	return split;
}

/* The policy's rule in an outcome; NULL: none. */
static const struct rule *decides(const struct split *split, const struct rule *rules, uint64_t outcome)
{
	for (size_t i = 0; i < split->first_label; i++)
		if (outcome >> i & 1)
			return &rules[i];
	return NULL;
}

/*
 * Two entries of the base that may both apply to the same container say different things of the same call: which one a
 * runtime takes depends on its libseccomp.
 */
static bool is_ambiguous(const struct merge *m, const struct split *split, uint64_t outcome)
{
	for (size_t i = split->first_label; i < split->nlabels; i++)
		for (size_t k = i + 1; k < split->nlabels; k++)
			if ((outcome >> i & outcome >> k & 1) &&
			    split->entries[i].severity != split->entries[k].severity &&
			    !base_exclusive(&m->base, &split->entries[i], &split->entries[k]))
				return true;
	return false;
}

/* ---- what goes out ---- */

/* What becomes of a name in an entry of the base. */
enum fate {
	FATE_STAYS,
	FATE_GOES, /* the policy's own entries, or what is derived from this one, stand for it */
	FATE_IS_TOO_NEW,
	FATE_CONFLICT,
};

static enum fate fate_of(const struct merge *m, const struct base_entry *entry, uint32_t name)
{
	const struct said said = said_of_name(m, name);
	enum base_severity lowest = BASE_KILL;

	if (!said.rules)
		return number_of(m, name) == CALL_UNKNOWN && m->policy->newer_enosys && entry->severity < BASE_ERRNO
		           ? FATE_IS_TOO_NEW
		           : FATE_STAYS;
	for (size_t i = 0; i < said.count; i++)
		if (severity_of(&said.rules[i]) < lowest)
			lowest = severity_of(&said.rules[i]);
	if (entry->severity <= lowest)
		return FATE_GOES;
	return entry->nargs > 0 || base_has_filter(&m->base, entry) || is_conditional(said) ? FATE_CONFLICT
	                                                                                    : FATE_STAYS;
}

/* The policy's denial is for all calls that it is about; else the base's default is more severe than it. */
static bool stands_alone(const struct merge *m, const struct rule *rule)
{
	return m->base.otherwise <= severity_of(rule);
}

static void copy_key(struct merge *m, const char *key, uint32_t value)
{
	if (!value)
		return;
	json_key(&m->out, key);
	json_copy(&m->out, &m->base.json, value);
}

static void copy_action(struct merge *m, const struct base_entry *entry)
{
	copy_key(m, "action", entry->action);
	copy_key(m, "errnoRet", entry->errnum);
	copy_key(m, "errno", entry->errname);
}

static void copy_rest(struct merge *m, const struct base_entry *entry)
{
	copy_key(m, "comment", entry->comment);
	copy_key(m, "includes", entry->includes);
	copy_key(m, "excludes", entry->excludes);
}

/*
 * An entry for one call that was taken out of one of the base's, with what restricts that one. rule: whose action it
 * gets, NULL: the base's. cube: NULL: the base's args.
 */
static void write_derived(struct merge *m, const struct base_entry *entry, const char *call, const struct rule *rule,
                          const struct cube *cube)
{
	json_open(&m->out, '{');
	json_key(&m->out, "names");
	json_open(&m->out, '[');
	json_put(&m->out, call);
	json_close(&m->out, ']');
	if (rule)
		oci_write_action(&m->out, oci_action(rule));
	else
		copy_action(m, entry);
	if (cube)
		oci_write_args(&m->out, cube);
	else
		copy_key(m, "args", entry->args);
	copy_rest(m, entry);
	json_close(&m->out, '}');
}

/* All entries of the base that mean the same, at once: when it is the first one's turn. */
static bool write_cubes(struct merge *m, const struct base_entry *entry, uint32_t name, struct said said)
{
	const struct split *split = split_of(m, said);
	size_t label;

	if (!split)
		return false;
	label = split->first_label;
	while (label < split->nlabels && split->entries[label].token != entry->token)
		label++;
	for (size_t i = 0; label < split->nlabels && i < split->ncubes; i++) {
		const uint64_t outcome = outcome_of(split, i);
		const struct rule *rule = decides(split, said.rules, outcome);

		if (!rule && is_ambiguous(m, split, outcome))
			return base_wrong(&m->base, name,
			                  "the base says different things of the same call: that cannot be merged");
		if ((outcome >> label & 1) && (!rule || !stands_alone(m, rule)))
			write_derived(m, entry, said.rules->name, rule, &split->cubes[i]);
	}
	return true;
}

static bool write_taken_out(struct merge *m, const struct base_entry *entry, uint32_t name)
{
	const struct said said = said_of_name(m, name);

	if (!said.rules) /* cannot happen: the policy has rules on a name that goes */
		return false;
	if (is_conditional(said))
		return write_cubes(m, entry, name, said);
	if (!stands_alone(m, said.rules))
		write_derived(m, entry, said.rules->name, said.rules, NULL);
	return true;
}

/* The base's entry with the names that stay. */
static void write_rest(struct merge *m, const struct base_entry *entry)
{
	uint32_t at = entry->names;

	json_open(&m->out, '{');
	json_key(&m->out, "names");
	json_open(&m->out, '[');
	for (uint32_t i = 0; i < entry->nnames; i++, at = m->base.json.token[at].next)
		if (fate_of(m, entry, at) == FATE_STAYS)
			json_copy(&m->out, &m->base.json, at);
	json_close(&m->out, ']');
	copy_action(m, entry);
	copy_key(m, "args", entry->args);
	copy_rest(m, entry);
	json_close(&m->out, '}');
}

static void tell_too_new(struct merge *m, uint32_t token)
{
	char name[BASE_NAME];

	base_name(&m->base, token, name);
	findings_add(m->base.findings, SEVERITY_WARNING, json_line(&m->base.json, token),
	             "`%s` is newer than this build, or no call: left out, by `newer-syscalls = ENOSYS`", name);
}

static bool write_entry(struct merge *m, const struct base_entry *entry)
{
	uint32_t at = entry->names, stay = 0;

	for (uint32_t i = 0; i < entry->nnames; i++, at = m->base.json.token[at].next) {
		const int nr = number_of(m, at);

		switch (fate_of(m, entry, at)) {
		case FATE_CONFLICT:
			return base_wrong(
			    &m->base, at,
			    "the base denies this call more severely than the policy does, for some arguments or in "
			    "some containers: that cannot be merged; leave the call out of one of them");
		case FATE_IS_TOO_NEW: tell_too_new(m, at); break;
		case FATE_GOES: break;
		case FATE_STAYS:
			stay++;
			if (said_of_name(m, at).rules && nr <= (int)POLICY_CEILING)
				m->kept[nr] = true;
		}
	}
	if (stay > 0)
		write_rest(m, entry);
	at = entry->names;
	for (uint32_t i = 0; i < entry->nnames; i++, at = m->base.json.token[at].next)
		if (fate_of(m, entry, at) == FATE_GOES && !write_taken_out(m, entry, at))
			return false;
	return true;
}

/* ---- the policy's own entries ---- */

static bool is_not_needed(const void *context, uint32_t nr)
{
	const struct merge *m = context;

	return (nr <= POLICY_CEILING && m->kept[nr]) || !stands_alone(m, said_of(m->policy, nr).rules);
}

static bool add_denied_cubes(struct merge *m, struct said said)
{
	const struct split *split = split_of(m, said);

	for (size_t i = 0; split && i < split->ncubes; i++) {
		const struct rule *rule = decides(split, said.rules, outcome_of(split, i));

		if (rule && stands_alone(m, rule) &&
		    !oci_add(&m->denials, rule->nr, oci_action(rule), &split->cubes[i])) {
			oci_too_many(m->policy_findings, said.rules);
			return false;
		}
	}
	return split != NULL;
}

static bool write_denials(struct merge *m)
{
	m->denials.nentries = 0;
	(void)oci_add_denials(&m->denials, m->policy, is_not_needed, m); /* fits: a call has a rule each */
	for (size_t i = 0; i < m->policy->nrules; i++) {
		const struct said said = said_of(m->policy, m->policy->rules[i].nr);

		if (said.rules == &m->policy->rules[i] && is_conditional(said) && !add_denied_cubes(m, said))
			return false;
	}
	oci_write_entries(&m->out, &m->denials, m->calls);
	return true;
}

/* ---- the whole ---- */

static void write_flags(struct merge *m)
{
	static const char name[] = "SECCOMP_FILTER_FLAG_LOG";
	const struct json *json = &m->base.json;
	const uint32_t flags = base_get(&m->base, 0, "flags");
	bool wanted = m->policy->log;

	if (!flags && !wanted)
		return;
	json_key(&m->out, "flags");
	json_open(&m->out, '[');
	for (uint32_t i = 0, at = flags + 1; flags && i < json->token[flags].members; i++, at = json->token[at].next) {
		wanted = wanted && !json_is(json, at, name);
		json_copy(&m->out, json, at);
	}
	if (wanted)
		json_put(&m->out, name);
	json_close(&m->out, ']');
}

static bool write_head(struct merge *m)
{
	static const char *const copied[] = {"defaultAction", "defaultErrnoRet", "defaultErrno", "listenerPath",
	                                     "listenerMetadata"};

	if (m->base.otherwise < BASE_ERRNO && m->policy->newer_enosys)
		return base_wrong(
		    &m->base, base_get(&m->base, 0, "defaultAction"),
		    "the base lets calls through that it does not name, and `newer-syscalls = ENOSYS` cannot be "
		    "carried over it: take a base whose defaultAction denies, or write `newer-syscalls = allow`");
	if (!oci_can_carry(m->policy, m->base.otherwise >= BASE_ERRNO, m->policy_findings))
		return false;
	json_open(&m->out, '{');
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		copy_key(m, copied[i], base_get(&m->base, 0, copied[i]));
	oci_write_architectures(&m->out);
	write_flags(m);
	return true;
}

bool merge(struct merge *m, const char *text, size_t length, FILE *stream)
{
	struct base_entry entry;
	struct base_walk walk;

	m->base.findings = m->base_findings;
	m->split.made = false;
	memset(m->kept, 0, sizeof m->kept);
	m->out = (struct json_out){.out = stream};
	if (!base_read(&m->base, text, length) || !write_head(m))
		return false;
	json_key(&m->out, "syscalls");
	json_open(&m->out, '[');
	base_start(&m->base, &walk);
	while (base_next(&m->base, &walk, &entry))
		if (!write_entry(m, &entry))
			return false;
	if (!write_denials(m))
		return false;
	json_close(&m->out, ']');
	json_close(&m->out, '}');
	return true;
}
