/* SPDX-License-Identifier: MIT */
#include "init/merge.h"

#include <linux/seccomp.h>
#include <string.h>

#include "init/names.h"

#define ENTRY_ARGS_MAX 16u
#define NAME_MAX_LENGTH 63u

/* ---- the base's words ---- */

/* In the kernel's order of precedence. */
enum severity_of_action { ALLOWS, LOGS, TRACES, NOTIFIES, ANSWERS, TRAPS, KILLS_THREAD, KILLS_PROCESS };

static const struct {
	const char *name;
	enum severity_of_action severity;
} actions[] = {
    {"SCMP_ACT_ALLOW", ALLOWS},
    {"SCMP_ACT_LOG", LOGS},
    {"SCMP_ACT_TRACE", TRACES},
    {"SCMP_ACT_NOTIFY", NOTIFIES},
    {"SCMP_ACT_ERRNO", ANSWERS},
    {"SCMP_ACT_TRAP", TRAPS},
    {"SCMP_ACT_KILL", KILLS_THREAD}, /* runc: getAction(), libcontainer/seccomp */
    {"SCMP_ACT_KILL_THREAD", KILLS_THREAD},
    {"SCMP_ACT_KILL_PROCESS", KILLS_PROCESS},
};

/* An argument's value as the test of cubes.h has it: one value in all of them. */
static const struct {
	const char *name;
	enum cube_op op;
} operators[] = {
    {"SCMP_CMP_EQ", CUBE_IN},
    {"SCMP_CMP_NE", CUBE_NOT_IN},
    {"SCMP_CMP_LT", CUBE_LESS},
    {"SCMP_CMP_LE", CUBE_LESS_EQUAL},
    {"SCMP_CMP_GT", CUBE_GREATER},
    {"SCMP_CMP_GE", CUBE_GREATER_EQUAL},
    {"SCMP_CMP_MASKED_EQ", CUBE_MASKED},
};

/* Where a key may stand; a key that is not here is not understood, and could be what matters. */
static const char *const profile_keys[] = {"defaultAction", "defaultErrnoRet",  "architectures", "archMap", "flags",
                                           "listenerPath",  "listenerMetadata", "syscalls",      NULL};
static const char *const entry_keys[] = {"name",    "names",    "action",   "errnoRet", "args",
                                         "comment", "includes", "excludes", NULL};
static const char *const arg_keys[] = {"index", "value", "valueTwo", "op", NULL};
static const char *const filter_keys[] = {"caps", "arches", "minKernel", NULL};

/* One of the base's syscalls[]. A place is a token, 0 where there is none. */
struct entry {
	uint32_t token, names, nnames, action, errnum, args, includes, excludes, comment;
	enum severity_of_action severity;
};

static bool wrong(struct merge *m, uint32_t token, const char *text)
{
	findings_add(m->base_findings, SEVERITY_ERROR, json_line(&m->base, token), "%s", text);
	return false;
}

static bool is_null(const struct json *json, uint32_t token)
{
	return json->token[token].type == JSON_WORD && json->text[json->token[token].first] == 'n';
}

/* The value of a key; 0 also if it is null. */
static uint32_t get(const struct merge *m, uint32_t object, const char *key)
{
	const uint32_t value = json_get(&m->base, object, key);

	return value && !is_null(&m->base, value) ? value : 0;
}

/* An object with keys of the list only, none twice: of two, readers take one or the other. */
static bool check_object(struct merge *m, uint32_t object, const char *const keys[])
{
	uint32_t seen = 0;
	uint32_t at = object + 1;

	if (m->base.token[object].type != JSON_OBJECT)
		return wrong(m, object, "an object, {...}, is wanted here");
	for (uint32_t i = 0; i < m->base.token[object].members; i++, at = m->base.token[at + 1].next) {
		unsigned k = 0;

		while (keys[k] && !json_is(&m->base, at, keys[k]))
			k++;
		if (!keys[k])
			return wrong(m, at,
			             "this key is not known here, and may change what the profile means: leave it out");
		if (seen & 1u << k)
			return wrong(m, at, "this key is here twice");
		seen |= 1u << k;
	}
	return true;
}

static bool check_array(struct merge *m, uint32_t token)
{
	return !token || m->base.token[token].type == JSON_ARRAY || wrong(m, token, "a list, [...], is wanted here");
}

static bool read_action(struct merge *m, uint32_t token, enum severity_of_action *severity)
{
	for (size_t i = 0; token && i < sizeof actions / sizeof *actions; i++) {
		if (json_is(&m->base, token, actions[i].name)) {
			*severity = actions[i].severity;
			return true;
		}
	}
	return wrong(m, token, "an action, SCMP_ACT_..., is missing here or not known");
}

/* Only the bytes of call names: a name that is spelt with an escape is the same name for the runtime, and not here. */
static bool check_name(struct merge *m, uint32_t token)
{
	const struct json_token *t = &m->base.token[token];
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	if (t->type != JSON_STRING || t->length == 0 || t->length > NAME_MAX_LENGTH)
		return wrong(m, token, "a call's name is wanted here");
	for (uint32_t i = 0; i < t->length; i++)
		if (!memchr(bytes, m->base.text[t->first + i], sizeof bytes - 1))
			return wrong(m, token, "a call's name has letters, digits and _ only");
	return true;
}

static bool read_test(struct merge *m, uint32_t token, struct cube_test *test, uint64_t *value)
{
	uint64_t index = CUBE_ARGS, second = 0;
	const uint32_t at = get(m, token, "index"), op = get(m, token, "op"), two = get(m, token, "valueTwo");
	const uint32_t one = get(m, token, "value");
	size_t i = 0;

	if ((at && !json_unsigned(&m->base, at, &index)) || (!at && json_get(&m->base, token, "index")))
		return wrong(m, token, "`index` is no number");
	if (!at)
		index = 0; /* what Go's reader makes of it */
	*value = 0;
	if (index >= CUBE_ARGS || (one && !json_unsigned(&m->base, one, value)) ||
	    (two && !json_unsigned(&m->base, two, &second)))
		return wrong(m, token,
		             "`index` is 0 to 5, `value` and `valueTwo` are numbers of 64 bits without a sign");
	while (i < sizeof operators / sizeof *operators && !(op && json_is(&m->base, op, operators[i].name)))
		i++;
	if (i == sizeof operators / sizeof *operators)
		return wrong(m, token, "an operator, SCMP_CMP_..., is missing here or not known");
	*test =
	    (struct cube_test){.arg = (uint8_t)index, .wide = true, .op = operators[i].op, .values = value, .count = 1};
	if (test->op == CUBE_MASKED) {
		test->mask = *value;
		*value = second;
	}
	return true;
}

/* False: told. */
static bool read_entry(struct merge *m, uint32_t token, struct entry *entry)
{
	uint32_t at, name;

	if (!check_object(m, token, entry_keys))
		return false;
	*entry = (struct entry){
	    .token = token,
	    .names = get(m, token, "names"),
	    .action = get(m, token, "action"),
	    .errnum = get(m, token, "errnoRet"),
	    .args = get(m, token, "args"),
	    .includes = get(m, token, "includes"),
	    .excludes = get(m, token, "excludes"),
	    .comment = get(m, token, "comment"),
	};
	name = get(m, token, "name");
	if (!read_action(m, entry->action ? entry->action : token, &entry->severity))
		return false;
	if ((entry->names != 0) == (name != 0 && m->base.token[name].length > 0))
		return wrong(m, token, "`names` is wanted, or `name`, and not both");
	if (!check_array(m, entry->names) || !check_array(m, entry->args))
		return false;
	if ((entry->includes && !check_object(m, entry->includes, filter_keys)) ||
	    (entry->excludes && !check_object(m, entry->excludes, filter_keys)))
		return false;
	entry->nnames = entry->names ? m->base.token[entry->names].members : 1;
	entry->names = entry->names ? entry->names + 1 : name; /* the first one */
	at = entry->names;
	for (uint32_t i = 0; i < entry->nnames; i++, at = m->base.token[at].next)
		if (!check_name(m, at))
			return false;
	if (!entry->args)
		return true;
	if (m->base.token[entry->args].members > ENTRY_ARGS_MAX)
		return wrong(m, entry->args, "more `args` than are taken (16)");
	at = entry->args + 1;
	for (uint32_t i = 0; i < m->base.token[entry->args].members; i++, at = m->base.token[at].next) {
		struct cube_test test;
		uint64_t value;

		if (!check_object(m, at, arg_keys) || !read_test(m, at, &test, &value))
			return false;
	}
	return true;
}

static bool has_args(const struct merge *m, const struct entry *entry)
{
	return entry->args && m->base.token[entry->args].members > 0;
}

static bool has_filter(const struct merge *m, const struct entry *entry)
{
	return (entry->includes && m->base.token[entry->includes].members > 0) ||
	       (entry->excludes && m->base.token[entry->excludes].members > 0);
}

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

static enum severity_of_action severity_of(const struct rule *rule)
{
	return rule->action == ACTION_KILL ? KILLS_PROCESS : ANSWERS;
}

/* CALL_ABSENT, CALL_UNKNOWN, or the number. */
static int number_of(const struct merge *m, uint32_t token)
{
	char name[NAME_MAX_LENGTH + 1];
	const struct json_token *t = &m->base.token[token];
	int nr;

	memcpy(name, m->base.text + t->first, t->length); /* check_name */
	name[t->length] = '\0';
	nr = m->calls->number(name);
	return nr == CALL_UNKNOWN && names_newer_number(name) >= 0 ? names_newer_number(name) : nr;
}

static struct said said_of_name(const struct merge *m, uint32_t token)
{
	const int nr = number_of(m, token);

	return nr >= 0 ? said_of(m->policy, (uint32_t)nr) : (struct said){NULL, 0};
}

/* ---- both on one call, taken apart ---- */

#define SPLIT_RULES_MAX 128u
#define SPLIT_TESTS_MAX 512u

/* The policy's rules come first. */
struct split {
	bool made;
	uint32_t nr;
	struct cube_rule rules[SPLIT_RULES_MAX];
	uint32_t owner[SPLIT_RULES_MAX]; /* token of the base's entry; 0: the policy */
	size_t nrules, npolicy;
	struct cube_test tests[SPLIT_TESTS_MAX];
	uint64_t values[SPLIT_TESTS_MAX];
	size_t ntests;
	struct cube cubes[CUBES_MAX];
	size_t ncubes;
};

/*
 * A profile compares 64 bits, also of what the kernel takes as 32: then a call with junk above them is another call for
 * the profile and the same for the kernel. Where the policy has a condition, the base's comparisons are made as the
 * kernel sees it, too: else there would be two meanings of one argument, and no cubes that libseccomp gets right.
 */
static void narrow(const struct rule *rule, struct cube_test *test)
{
	struct argument argument;

	if (names_argument_at(rule->name, test->arg, &argument) && argument.width == WIDTH_32 &&
	    test->mask <= UINT32_MAX && test->values[0] <= UINT32_MAX)
		test->wide = false;
}

static bool add_rule(struct split *split, uint32_t owner, size_t first)
{
	if (split->nrules == SPLIT_RULES_MAX)
		return false;
	split->owner[split->nrules] = owner;
	split->rules[split->nrules++] = (struct cube_rule){&split->tests[first], split->ntests - first, owner == 0};
	return true;
}

/*
 * The base's tests in one entry are joined by `and`; but if two are on one argument, each is a rule of its own: runc's
 * matchCall(), and crun the same.
 */
static bool add_entry(struct merge *m, struct split *split, const struct entry *entry, const struct rule *rule)
{
	const size_t first = split->ntests;
	const uint32_t count = has_args(m, entry) ? m->base.token[entry->args].members : 0;
	uint32_t at = entry->args + 1;
	unsigned on_arg = 0;
	bool alternatives = false;

	for (uint32_t i = 0; i < count; i++, at = m->base.token[at].next) {
		struct cube_test *test = &split->tests[split->ntests];

		if (split->ntests == SPLIT_TESTS_MAX || !read_test(m, at, test, &split->values[split->ntests]))
			return false;
		narrow(rule, test);
		alternatives |= (on_arg & 1u << test->arg) != 0;
		on_arg |= 1u << test->arg;
		split->ntests++;
	}
	if (!alternatives)
		return add_rule(split, entry->token, first);
	for (size_t i = first; i < split->ntests; i++) {
		if (!add_rule(split, entry->token, i))
			return false;
		split->rules[split->nrules - 1].ntests = 1;
	}
	return true;
}

static bool add_policy(struct merge *m, struct split *split, struct said said)
{
	for (size_t i = 0; i < said.count; i++) {
		const size_t first = split->ntests;

		if (split->ntests + POLICY_CONDITIONS_MAX > SPLIT_TESTS_MAX)
			return false;
		split->ntests += oci_cube_rule(m->policy, &said.rules[i], &split->tests[first]).ntests;
		if (!add_rule(split, 0, first))
			return false;
	}
	split->npolicy = split->nrules;
	return true;
}

/* The next entry of the base, from *at on; false: no more. They were read before, and are sound. */
static bool next_entry(struct merge *m, uint32_t *at, uint32_t *left, struct entry *entry)
{
	if (*left == 0)
		return false;
	(void)read_entry(m, *at, entry);
	*at = m->base.token[*at].next;
	(*left)--;
	return true;
}

static uint32_t entries(const struct merge *m, uint32_t *count)
{
	const uint32_t list = get(m, 0, "syscalls");

	*count = list ? m->base.token[list].members : 0;
	return list + 1;
}

static bool names_call(const struct merge *m, const struct entry *entry, uint32_t nr)
{
	uint32_t at = entry->names;

	for (uint32_t i = 0; i < entry->nnames; i++, at = m->base.token[at].next)
		if (number_of(m, at) == (int)nr)
			return true;
	return false;
}

/* Of the call that was asked for last. Large. */
static struct split last_split;

/* NULL: too many, and it was told. */
static const struct split *split_of(struct merge *m, struct said said)
{
	uint32_t count, at = entries(m, &count);
	struct entry entry;
	bool fits;

	if (last_split.made && last_split.nr == said.rules->nr)
		return &last_split;
	last_split.made = false;
	last_split.nr = said.rules->nr;
	last_split.nrules = last_split.ntests = 0;
	fits = add_policy(m, &last_split, said);
	while (fits && next_entry(m, &at, &count, &entry))
		if (names_call(m, &entry, last_split.nr))
			fits = add_entry(m, &last_split, &entry, said.rules);
	if (!fits || !cubes_split(last_split.rules, last_split.nrules, last_split.cubes, &last_split.ncubes)) {
		oci_too_many(m->policy_findings, said.rules);
		return NULL;
	}
	last_split.made = true;
	return &last_split;
}

/* The policy's rule that decides in a cube; NULL: none. */
static const struct rule *decides(const struct split *split, struct said said, const struct cube *cube)
{
	for (size_t i = 0; i < split->npolicy; i++)
		if (cubes_holds(&split->rules[i], cube->value))
			return &said.rules[i];
	return NULL;
}

static bool entry_holds(const struct split *split, const struct entry *entry, const struct cube *cube)
{
	for (size_t i = split->npolicy; i < split->nrules; i++)
		if (split->owner[i] == entry->token && cubes_holds(&split->rules[i], cube->value))
			return true;
	return false;
}

/* ---- what goes out ---- */

struct writing {
	struct merge *m;
	struct json_out out;
	enum severity_of_action otherwise; /* the base's default */
	bool kept[POLICY_CEILING + 1];     /* calls that the base denies more severely than the policy, always */
};

/* The base's name of a call goes, with all that stands for it besides the policy's own entries. */
enum fate { FATE_STAYS, FATE_GOES, FATE_GOES_TOO_NEW, FATE_CONFLICT };

static enum fate fate_of(const struct merge *m, const struct entry *entry, uint32_t name)
{
	const struct said said = said_of_name(m, name);
	enum severity_of_action lowest = KILLS_PROCESS;

	if (!said.rules)
		return number_of(m, name) == CALL_UNKNOWN && m->policy->newer_enosys && entry->severity < ANSWERS
		           ? FATE_GOES_TOO_NEW
		           : FATE_STAYS;
	for (size_t i = 0; i < said.count; i++)
		if (severity_of(&said.rules[i]) < lowest)
			lowest = severity_of(&said.rules[i]);
	if (entry->severity <= lowest)
		return FATE_GOES;
	return has_args(m, entry) || has_filter(m, entry) || is_conditional(said) ? FATE_CONFLICT : FATE_STAYS;
}

/* The policy's denials need an entry of their own for all calls; else the base's default is more severe than they. */
static bool stands_alone(const struct writing *w, const struct rule *rule)
{
	return w->otherwise <= severity_of(rule);
}

static void copy_key(struct writing *w, const char *key, uint32_t value)
{
	if (!value)
		return;
	json_key(&w->out, key);
	json_copy(&w->out, &w->m->base, value);
}

/* An entry for one call that was taken out of one of the base's, with what restricts that one. rule: NULL: its action. */
static void write_derived(struct writing *w, const struct entry *entry, const struct rule *about,
                          const struct rule *rule, const struct cube *cube)
{
	static const struct cube any;

	json_open(&w->out, '{');
	json_key(&w->out, "names");
	json_open(&w->out, '[');
	json_put(&w->out, about->name);
	json_close(&w->out, ']');
	if (rule) {
		oci_write_action(&w->out, oci_action(rule));
	} else {
		copy_key(w, "action", entry->action);
		copy_key(w, "errnoRet", entry->errnum);
	}
	if (!cube)
		copy_key(w, "args", entry->args);
	else if (memcmp(cube->mask, any.mask, sizeof any.mask) != 0)
		oci_write_args(&w->out, cube);
	copy_key(w, "comment", entry->comment);
	copy_key(w, "includes", entry->includes);
	copy_key(w, "excludes", entry->excludes);
	json_close(&w->out, '}');
}

static bool write_taken_out(struct writing *w, const struct entry *entry, struct said said)
{
	const struct split *split;

	if (!is_conditional(said)) {
		if (!stands_alone(w, said.rules))
			write_derived(w, entry, said.rules, said.rules, NULL);
		return true;
	}
	split = split_of(w->m, said);
	if (!split)
		return false;
	for (size_t i = 0; i < split->ncubes; i++) {
		const struct rule *rule = decides(split, said, &split->cubes[i]);

		if (entry_holds(split, entry, &split->cubes[i]) && (!rule || !stands_alone(w, rule)))
			write_derived(w, entry, said.rules, rule, &split->cubes[i]);
	}
	return true;
}

/* The base's entry with the names that stay. */
static void write_rest(struct writing *w, const struct entry *entry, uint32_t stay)
{
	const struct json *base = &w->m->base;
	uint32_t at = entry->names;

	if (stay == 0)
		return;
	json_open(&w->out, '{');
	json_key(&w->out, "names");
	json_open(&w->out, '[');
	for (uint32_t i = 0; i < entry->nnames; i++, at = base->token[at].next)
		if (fate_of(w->m, entry, at) == FATE_STAYS)
			json_copy(&w->out, base, at);
	json_close(&w->out, ']');
	copy_key(w, "action", entry->action);
	copy_key(w, "errnoRet", entry->errnum);
	copy_key(w, "args", entry->args);
	copy_key(w, "comment", entry->comment);
	copy_key(w, "includes", entry->includes);
	copy_key(w, "excludes", entry->excludes);
	json_close(&w->out, '}');
}

static void tell_too_new(struct merge *m, uint32_t name)
{
	const struct json_token *t = &m->base.token[name];

	findings_add(m->base_findings, SEVERITY_WARNING, json_line(&m->base, name),
	             "`%.*s` is newer than this build, or no call: left out, by `newer-syscalls = ENOSYS`",
	             (int)t->length, m->base.text + t->first);
}

static bool conflict(struct merge *m, uint32_t name)
{
	return wrong(
	    m, name,
	    "the base denies this call more severely than the policy, for some arguments or in some containers: "
	    "that cannot be merged; leave the call out of one of them");
}

static bool write_entry(struct writing *w, const struct entry *entry)
{
	const struct json *base = &w->m->base;
	uint32_t at = entry->names, stay = 0;

	for (uint32_t i = 0; i < entry->nnames; i++, at = base->token[at].next) {
		switch (fate_of(w->m, entry, at)) {
		case FATE_CONFLICT: return conflict(w->m, at);
		case FATE_GOES_TOO_NEW: tell_too_new(w->m, at); break;
		case FATE_GOES: break;
		case FATE_STAYS:
			stay++;
			if (said_of_name(w->m, at).rules && number_of(w->m, at) <= (int)POLICY_CEILING)
				w->kept[number_of(w->m, at)] = true;
			break;
		}
	}
	write_rest(w, entry, stay);
	at = entry->names;
	for (uint32_t i = 0; i < entry->nnames; i++, at = base->token[at].next)
		if (fate_of(w->m, entry, at) == FATE_GOES && !write_taken_out(w, entry, said_of_name(w->m, at)))
			return false;
	return true;
}

/* ---- the policy's own entries ---- */

static bool is_not_needed(const void *context, uint32_t nr)
{
	const struct writing *w = context;

	return (nr <= POLICY_CEILING && w->kept[nr]) || !stands_alone(w, said_of(w->m->policy, nr).rules);
}

static bool add_denied_cubes(struct writing *w, struct said said)
{
	const struct split *split = split_of(w->m, said);

	if (!split)
		return false;
	for (size_t i = 0; i < split->ncubes; i++) {
		const struct rule *rule = decides(split, said, &split->cubes[i]);

		if (rule && stands_alone(w, rule) &&
		    !oci_add(&w->m->denials, rule->nr, oci_action(rule), &split->cubes[i])) {
			oci_too_many(w->m->policy_findings, said.rules);
			return false;
		}
	}
	return true;
}

static bool write_denials(struct writing *w)
{
	const struct policy *policy = w->m->policy;
	struct oci *denials = &w->m->denials;

	denials->nentries = 0;
	(void)oci_add_denials(denials, policy, is_not_needed, w); /* fits: a call has a rule each */
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct said said = said_of(policy, policy->rules[i].nr);

		if (said.rules == &policy->rules[i] && is_conditional(said) && !add_denied_cubes(w, said))
			return false;
	}
	oci_write_entries(&w->out, denials, w->m->calls);
	return true;
}

/* ---- the whole ---- */

static void write_flags(struct writing *w)
{
	static const char name[] = "SECCOMP_FILTER_FLAG_LOG";
	const struct json *base = &w->m->base;
	const uint32_t flags = get(w->m, 0, "flags");
	bool wanted = w->m->policy->log;

	if (!flags && !wanted)
		return;
	json_key(&w->out, "flags");
	json_open(&w->out, '[');
	for (uint32_t i = 0, at = flags + 1; flags && i < base->token[flags].members; i++, at = base->token[at].next) {
		wanted = wanted && !json_is(base, at, name);
		json_copy(&w->out, base, at);
	}
	if (wanted)
		json_put(&w->out, name);
	json_close(&w->out, ']');
}

/* All that can be known before anything is written. */
static bool check(struct writing *w)
{
	struct merge *m = w->m;
	const uint32_t list = get(m, 0, "syscalls"), action = get(m, 0, "defaultAction");
	struct entry entry;
	uint32_t at = list + 1;

	if (!check_object(m, 0, profile_keys) || !check_array(m, list) || !check_array(m, get(m, 0, "flags")) ||
	    !read_action(m, action, &w->otherwise))
		return false;
	for (uint32_t i = 0; list && i < m->base.token[list].members; i++, at = m->base.token[at].next)
		if (!read_entry(m, at, &entry))
			return false;
	if (w->otherwise < ANSWERS && m->policy->newer_enosys)
		return wrong(
		    m, action,
		    "the base lets calls through that it does not name, and `newer-syscalls = ENOSYS` cannot be "
		    "carried over it: take a base whose defaultAction denies, or write `newer-syscalls = allow`");
	return oci_can_carry(m->policy, w->otherwise >= ANSWERS, m->policy_findings);
}

bool merge(struct merge *m, const char *text, size_t length, FILE *stream)
{
	static struct writing w;
	struct entry entry;
	uint32_t count, at;
	static const char *const copied[] = {"defaultAction", "defaultErrnoRet", "listenerPath", "listenerMetadata"};

	w = (struct writing){.m = m, .out = {.out = stream}};
	last_split.made = false;
	if (!json_read(&m->base, text, length)) {
		findings_add(m->base_findings, SEVERITY_ERROR, m->base.line, "no JSON: %s", m->base.error);
		return false;
	}
	if (!check(&w))
		return false;
	json_open(&w.out, '{');
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		copy_key(&w, copied[i], get(m, 0, copied[i]));
	oci_write_architectures(&w.out);
	write_flags(&w);
	json_key(&w.out, "syscalls");
	json_open(&w.out, '[');
	at = entries(m, &count);
	while (next_entry(m, &at, &count, &entry))
		if (!write_entry(&w, &entry))
			return false;
	if (!write_denials(&w))
		return false;
	json_close(&w.out, ']');
	json_close(&w.out, '}');
	return true;
}
