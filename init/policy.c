/* SPDX-License-Identifier: MIT */
#include "init/policy.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "init/answer.h"
#include "init/arch.h"
#include "init/calls.h"
#include "init/conditions.h"
#include "init/lines.h"
#include "init/names.h"
#include "init/nearest.h"
#include "init/rules.h"
#include "init/words.h"

/* What the Makefile's INIH_FLAGS say. */
_Static_assert(INI_HANDLER_LINENO, "inih must be built with INI_HANDLER_LINENO=1");
_Static_assert(!INI_ALLOW_MULTILINE, "inih must be built with INI_ALLOW_MULTILINE=0");
_Static_assert(INI_CALL_HANDLER_ON_NEW_SECTION, "inih must be built with INI_CALL_HANDLER_ON_NEW_SECTION=1");
/* With a newline and the NUL. */
_Static_assert(INI_MAX_LINE >= POLICY_LINE_MAX + 2, "inih would cut lines that lines.c lets pass");

#define KEEP_FDS_MAX 1024u

/* Where the keys below a section line go. */
enum section {
	SECTION_NONE,
	SECTION_UNKNOWN,
	SECTION_POLICY,
	SECTION_DENY,
	SECTION_OBSERVE,
	SECTION_SELFTEST,
	SECTION_INIT,
	SECTIONS
};

static const char section_names[SECTIONS][9] = {
    [SECTION_POLICY] = "policy",     [SECTION_DENY] = "deny", [SECTION_OBSERVE] = "observe",
    [SECTION_SELFTEST] = "selftest", [SECTION_INIT] = "init",
};

enum setting {
	SET_DENY,
	SET_OTHER_ABIS,
	SET_NEWER_SYSCALLS,
	SET_NO_NEW_PRIVS,
	SET_LOG,
	SET_STRICT,
	SET_REPORT,
	SET_OUTPUT,
	SET_ON_FAILURE,
	SET_REPORT_REQUIRED,
	SET_MODE,
	SET_REPORT_DENIALS,
	SET_KEEP_FDS,
	SET_SIGNALS, /* from here on in the order of enum staying_setting */
	SET_SUBREAPER,
	SET_WAIT_ALL,
	SET_VERBOSE,
	SET_PARENT_DEATH,
	SET_REWRITE,
	SET_EXIT_ZERO,
	SET_STOP_SIGNALS,
	SET_GRACE,
	SET_TERM_DELAY,
	SET_USER,
	SETTINGS,
};
_Static_assert(SETTINGS - SET_SIGNALS == STAYING_SETTINGS, "settings of staying.h");

/* A setting's value is one of words, by its place; the first one is the default. No words: read otherwise. */
static const struct {
	uint8_t section;
	char key[16];
	char words[20];
} settings[SETTINGS] = {
    [SET_DENY] = {SECTION_POLICY, "deny", ""},
    [SET_OTHER_ABIS] = {SECTION_POLICY, "other-abis", "kill deny"},
    [SET_NEWER_SYSCALLS] = {SECTION_POLICY, "newer-syscalls", "ENOSYS allow"},
    [SET_NO_NEW_PRIVS] = {SECTION_POLICY, "no-new-privs", "yes auto"}, /* enum no_new_privs */
    [SET_LOG] = {SECTION_POLICY, "log", "no yes"},
    [SET_STRICT] = {SECTION_POLICY, "strict", "no yes"},
    [SET_REPORT] = {SECTION_SELFTEST, "report", "text full json off"}, /* enum report_form */
    [SET_OUTPUT] = {SECTION_SELFTEST, "output", "stdout stderr"},
    [SET_ON_FAILURE] = {SECTION_SELFTEST, "on-failure", "refuse warn"}, /* enum on_failure */
    [SET_REPORT_REQUIRED] = {SECTION_SELFTEST, "report-required", "no yes"},
    [SET_MODE] = {SECTION_INIT, "mode", "exec supervise"},
    [SET_REPORT_DENIALS] = {SECTION_INIT, "report-denials", "no yes"},
    [SET_KEEP_FDS] = {SECTION_INIT, "keep-fds", ""},
    [SET_SIGNALS] = {SECTION_INIT, "signals", "child group"},
    [SET_SUBREAPER] = {SECTION_INIT, "subreaper", "yes no"},
    [SET_WAIT_ALL] = {SECTION_INIT, "wait-all", "no yes"},
    [SET_VERBOSE] = {SECTION_INIT, "verbose", "no reaped all"},
    [SET_PARENT_DEATH] = {SECTION_INIT, "parent-death", ""},
    [SET_REWRITE] = {SECTION_INIT, "rewrite", ""},
    [SET_EXIT_ZERO] = {SECTION_INIT, "exit-zero", ""},
    [SET_STOP_SIGNALS] = {SECTION_INIT, "stop-signals", ""},
    [SET_GRACE] = {SECTION_INIT, "grace", ""},
    [SET_TERM_DELAY] = {SECTION_INIT, "term-delay", ""},
    [SET_USER] = {SECTION_INIT, "user", ""},
};

struct parse {
	const struct call_table *calls;
	struct findings *findings;
	struct lines lines;
	struct rules rules;    /* of [deny] */
	struct rules observed; /* of [observe] */
	struct staying *staying;
	size_t stays; /* a setting that says how denyinit stays, and so that it does; 0: none */
	enum section section;
	bool lost_told;     /* keys before the first section: told once */
	unsigned delivered; /* lines that inih has called the handler for: lines.good of them */

	unsigned set_in[SETTINGS]; /* line; 0: not set */
	unsigned value[SETTINGS];  /* place in words; SET_KEEP_FDS: the number */
	enum action deny;
	uint16_t deny_errno;
};

/* ---- [policy], [selftest], [init] ---- */

/* A key of another section than this one. */
static bool told_elsewhere(const struct parse *parse, const char *key, unsigned line)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].section == parse->section || strcmp(settings[i].key, key) != 0)
			continue;
		findings_add(parse->findings, SEVERITY_ERROR, line, "`%s` stands under [%s]: move it there from [%s]",
		             key, section_names[settings[i].section], section_names[parse->section]);
		return true;
	}
	return false;
}

static void unknown_key(const struct parse *parse, const char *key, unsigned line)
{
	const char *section = section_names[parse->section];
	char hint[NEAREST_HINT];
	struct nearest nearest;

	if (told_elsewhere(parse, key, line))
		return;
	if (key[0] == '@' || calls_number(parse->calls, key) != CALL_UNKNOWN) {
		findings_add(parse->findings, SEVERITY_ERROR, line,
		             "`%.40s`: calls and groups stand under [deny] or [observe], not [%s]", key, section);
		return;
	}
	nearest_start(&nearest, key);
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].section == parse->section)
			nearest_offer(&nearest, settings[i].key);
	nearest_hint(&nearest, hint);
	findings_add(parse->findings, SEVERITY_ERROR, line, "unknown key `%.40s` in [%s]%s", key, section,
	             hint[0] ? hint : ": see denyinit.ini(5)");
}

static void unknown_value(struct findings *findings, size_t setting, const char *value, unsigned line)
{
	char hint[NEAREST_HINT];
	struct nearest nearest;

	nearest_start(&nearest, value);
	nearest_offer_words(&nearest, settings[setting].words);
	nearest_hint(&nearest, hint);
	findings_add(findings, SEVERITY_ERROR, line, "unknown value `%.40s` of %s%s%s", value, settings[setting].key,
	             hint[0] ? hint : "; there are: ", hint[0] ? "" : settings[setting].words);
}

static void set_deny(struct parse *parse, const char *value, unsigned line)
{
	enum answer_kind kind;

	if (strcmp(value, "allow") == 0 || strcmp(value, "deny") == 0) {
		findings_add(
		    parse->findings, SEVERITY_ERROR, line,
		    "`deny = %s` says nothing: write what a denied call gets, an errno (EPERM) or kill-process", value);
		return;
	}
	if (!answer_word(value, false, line, parse->findings, &kind, &parse->deny_errno))
		return;
	parse->deny = kind == ANSWER_KILL ? ACTION_KILL : ACTION_ERRNO;
}

static void set_keep_fds(struct parse *parse, const char *value, unsigned line)
{
	uint64_t number = 0;

	if (words_number(value, &number) != NUMBER_OK || number > KEEP_FDS_MAX)
		findings_add(parse->findings, SEVERITY_ERROR, line,
		             "`keep-fds = %.40s`: write how many descriptors from 3 on stay open, 0 to %u", value,
		             KEEP_FDS_MAX);
	else
		parse->value[SET_KEEP_FDS] = (unsigned)number;
}

static void set_word(struct parse *parse, size_t setting, const char *value, unsigned line)
{
	int place = words_place(settings[setting].words, value);

	if (place < 0)
		unknown_value(parse->findings, setting, value, line);
	else if (setting < SET_SIGNALS)
		parse->value[setting] = (unsigned)place;
	else
		parse->staying->choice[setting - SET_SIGNALS] = (uint8_t)place;
}

static void set_staying(struct parse *parse, size_t setting, const char *value, unsigned line)
{
	char why[STAYING_WHY];

	if (!staying_take((enum staying_setting)(setting - SET_SIGNALS), value, parse->staying, why))
		findings_add(parse->findings, SEVERITY_ERROR, line, "`%s`: %s", settings[setting].key, why);
}

/* Another user is for both modes, and what holds anyway says nothing. */
static bool says_how(size_t setting, const char *value)
{
	if (setting < SET_SIGNALS || setting >= SET_USER)
		return false;
	if (settings[setting].words[0] != '\0')
		return words_place(settings[setting].words, value) != 0;
	return strcmp(value, setting == SET_STOP_SIGNALS ? "TERM" : "none") != 0;
}

static void setting_line(struct parse *parse, const char *key, const char *value, unsigned line)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].section != parse->section || strcmp(settings[i].key, key) != 0)
			continue;
		if (parse->set_in[i] > 0) {
			findings_add(parse->findings, SEVERITY_ERROR, line,
			             "`%s` is set in line %u already: remove one of the two", key, parse->set_in[i]);
			return;
		}
		parse->set_in[i] = line;
		if (says_how(i, value))
			parse->stays = i;
		if (i == SET_DENY)
			set_deny(parse, value, line);
		else if (i == SET_KEEP_FDS)
			set_keep_fds(parse, value, line);
		else if (settings[i].words[0] == '\0')
			set_staying(parse, i, value, line);
		else
			set_word(parse, i, value, line);
		return;
	}
	unknown_key(parse, key, line);
}

/* ---- lines as inih delivers them ---- */

static void section_line(struct parse *parse, const char *name, unsigned line)
{
	char hint[NEAREST_HINT];
	struct nearest nearest;

	for (unsigned i = SECTION_POLICY; i < SECTIONS; i++) {
		if (strcmp(section_names[i], name) == 0) {
			parse->section = (enum section)i;
			return;
		}
	}
	parse->section = SECTION_UNKNOWN;
	nearest_start(&nearest, name);
	for (unsigned i = SECTION_POLICY; i < SECTIONS; i++)
		nearest_offer(&nearest, section_names[i]);
	nearest_hint(&nearest, hint);
	findings_add(parse->findings, SEVERITY_ERROR, line, "unknown section [%.40s]%s", name,
	             hint[0] ? hint : ": there are [policy], [deny], [observe], [selftest] and [init]");
}

static bool has_rules(enum section section)
{
	return section == SECTION_DENY || section == SECTION_OBSERVE;
}

static void pair_line(struct parse *parse, const char *name, const char *value, unsigned line)
{
	if (parse->section == SECTION_UNKNOWN)
		return;
	if (parse->section == SECTION_NONE) {
		if (!parse->lost_told)
			findings_add(parse->findings, SEVERITY_ERROR, line,
			             "`%.40s` stands before the first section: begin with a line `[deny]`", name);
		parse->lost_told = true;
	} else if (value[0] == '\0') {
		findings_add(parse->findings, SEVERITY_ERROR, line, "`%.40s` has no value: behind the `=`, write %s",
		             name, has_rules(parse->section) ? "what it gets, as in `mount = deny`" : "one");
	} else if (has_rules(parse->section)) {
		if (!told_elsewhere(parse, name, line))
			rules_line(parse->section == SECTION_DENY ? &parse->rules : &parse->observed, name, value,
			           line);
	} else {
		setting_line(parse, name, value, line);
	}
}

/* inih's handler. */
static int handle(void *user, const char *section, const char *name, const char *value, int line)
{
	struct parse *parse = user;

	parse->delivered++;
	if (name)
		pair_line(parse, name, value, (unsigned)line);
	else
		section_line(parse, section, (unsigned)line);
	return 1;
}

/* inih's fgets(): the next line, but only what of it inih reads rightly; another line in its place is empty. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct lines *lines = stream;
	size_t length;

	if (lines_next(lines) == LINE_END)
		return NULL;
	length = lines->code_length < (size_t)size - 2 ? lines->code_length
	                                               : (size_t)size - 2; /* is below: see INI_MAX_LINE */
	memcpy(buffer, lines->code, length);
	memcpy(buffer + length, "\n", 2);
	return buffer;
}

/* ---- the whole ---- */

static void apply(const struct parse *parse, struct policy *policy, const struct policy *observed)
{
	policy->newer_enosys = parse->value[SET_NEWER_SYSCALLS] == 0;
	policy->other_abis_deny = parse->value[SET_OTHER_ABIS] == 1;
	policy->no_new_privs = (enum no_new_privs)parse->value[SET_NO_NEW_PRIVS];
	policy->log = parse->value[SET_LOG] == 1;
	policy->strict = parse->value[SET_STRICT] == 1;
	policy->deny = parse->deny;
	policy->deny_errno = parse->deny_errno;
	policy->deny_line = parse->set_in[SET_DENY];
	policy->no_new_privs_line = parse->set_in[SET_NO_NEW_PRIVS];
	policy->report = (enum report_form)parse->value[SET_REPORT];
	policy->report_to_stderr = parse->value[SET_OUTPUT] == 1;
	policy->on_failure = (enum on_failure)parse->value[SET_ON_FAILURE];
	policy->report_required = parse->value[SET_REPORT_REQUIRED] == 1;
	policy->keep_fds = parse->value[SET_KEEP_FDS];
	policy->report_denials = parse->value[SET_REPORT_DENIALS] == 1;
	policy->stays_exec = parse->set_in[SET_MODE] > 0 && parse->value[SET_MODE] == 0;
	policy->supervise =
	    parse->value[SET_MODE] == 1 ||
	    (!policy->stays_exec && (policy->report_denials || observed->nrules > 0 || parse->stays > 0));
}

/* Who becomes the entrypoint has nobody left to tell. */
static void check_mode(const struct parse *parse, const struct policy *policy)
{
	const size_t setting = policy->report_denials ? SET_REPORT_DENIALS : parse->stays;

	if (policy->stays_exec && setting > 0)
		findings_add(parse->findings, SEVERITY_ERROR, parse->set_in[setting],
		             "`%s%s` needs a denyinit that stays: write `mode = supervise` in line %u, or "
		             "remove that line",
		             settings[setting].key, setting == SET_REPORT_DENIALS ? " = yes" : "",
		             parse->set_in[SET_MODE]);
}

static void warn_of(const struct parse *parse, size_t setting, const char *text)
{
	findings_add(parse->findings, SEVERITY_WARNING, parse->set_in[setting], "`%s` %s", settings[setting].key, text);
}

/* What is said and means nothing. */
static void check_staying(const struct parse *parse)
{
	const struct staying *s = parse->staying;

	if (parse->set_in[SET_STOP_SIGNALS] && s->stops != SIGNAL_BIT(15) && !s->grace_ms && !s->delay_ms)
		warn_of(parse, SET_STOP_SIGNALS,
		        "are those after which `grace` and `term-delay` run: write one of these, or remove the line");
	if (s->choice[STAY_SUBREAPER] && (s->choice[STAY_WAIT_ALL] || s->grace_ms))
		warn_of(parse, SET_SUBREAPER,
		        "= no: unless it is process 1, denyinit neither awaits nor ends orphans: remove the line");
}

/* Of the other ABIs of some machines denyinit has no tables. */
static void check_abis(const struct parse *parse, const struct policy *policy)
{
	if (!ARCH_COMPAT_DENY && policy->other_abis_deny)
		findings_add(parse->findings, SEVERITY_ERROR, parse->set_in[SET_OTHER_ABIS],
		             "`other-abis = deny`: this build, for " ARCH_NAME
		             ", has no tables for other ABIs than the "
		             "native one: write `other-abis = kill`");
}

/* An unconditional rule of a call; NULL: there is none. */
static const struct rule *rule_without_condition(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr && policy->rules[i].nconditions == 0)
			return &policy->rules[i];
	return NULL;
}

/* An [observe] line of a call's own that is denied whatever its arguments. Groups overlap, and may. */
static void warn_about_observed(const struct policy *policy, const struct policy *observed, struct findings *findings)
{
	for (size_t i = 0; i < observed->nrules; i++) {
		const struct rule *rule = &observed->rules[i];
		const struct rule *denied = rule_without_condition(policy, rule->nr);
		char number[16];

		if (rule->group[0] != '\0')
			continue;
		snprintf(number, sizeof(number), "%u", (unsigned)rule->nr);
		if (denied)
			findings_add(findings, SEVERITY_WARNING, rule->line,
			             "`%s` is denied by line %u already, and so never observed: remove one of the two",
			             rule->name[0] ? rule->name : number, denied->line);
		else if (rule->nr > POLICY_CEILING && policy->newer_enosys)
			findings_add(
			    findings, SEVERITY_WARNING, rule->line,
			    "`%s` is denied by `newer-syscalls = ENOSYS`, and so never observed: remove the line",
			    rule->name[0] ? rule->name : number);
	}
}

/* Not the whole of it: 400 KiB of both that a supervising denyinit would keep for nothing. The counts say what is used. */
static void start_empty(struct policy *policy)
{
	policy->nrules = policy->nallows = policy->nabsent = policy->nvalues = 0;
	policy->newer_enosys = policy->other_abis_deny = policy->strict = false;
	staying_start(&policy->staying);
	for (size_t i = 0; i < OTHER_ABIS; i++)
		policy->other[i] = NULL;
}

bool policy_parse(const char *text, size_t length, const struct call_table *calls, struct policy *policy,
                  struct policy *observed, struct findings *findings)
{
	struct parse parse = {.calls = calls, .findings = findings, .staying = &policy->staying};
	size_t errors = findings->errors;

	start_empty(policy);
	start_empty(observed);
	if (!lines_sound(text, length, findings))
		return false;
	parse.deny = ACTION_ERRNO;
	parse.deny_errno = (uint16_t)names_errno("EPERM");
	lines_start(&parse.lines, text, length, findings);
	rules_start(&parse.rules, policy, calls, findings);
	rules_start(&parse.observed, observed, calls, findings);

	/* Cannot happen; if it did, a line would be missing. */
	if (ini_parse_stream(next_line, &parse.lines, handle, &parse) != 0 || parse.delivered != parse.lines.good)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "%u lines are to be read and inih read %u: a bug, please report it", parse.lines.good,
		             parse.delivered);
	rules_finish(&parse.rules, parse.deny, parse.deny_errno);
	rules_finish(&parse.observed, parse.deny, parse.deny_errno);
	apply(&parse, policy, observed);
	check_mode(&parse, policy);
	check_staying(&parse);
	check_abis(&parse, policy);
	warn_about_observed(policy, observed, findings);
	if (findings->errors == errors && policy->nrules == 0 && observed->nrules == 0)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "nothing is denied: write `[deny]` and below it, for a start, `@default = deny`");
	findings_sort(findings);
	return findings->errors == errors;
}

bool policy_set(struct policy *policy, const char *pair, char why[FINDING_TEXT])
{
	static struct findings findings; /* large */
	struct parse parse = {.findings = &findings, .staying = &policy->staying, .section = SECTION_INIT};
	const size_t length = strcspn(pair, "=");
	char key[sizeof settings->key];

	findings.count = 0;
	snprintf(key, sizeof key, "%.*s", (int)length, pair);
	setting_line(&parse, key, pair[length] ? pair + length + 1 : "", 1);
	if (findings.count > 0)
		snprintf(why, FINDING_TEXT, "%s", findings.item[0].text);
	else if (!parse.set_in[SET_USER])
		policy->supervise = true;
	return findings.count == 0;
}

static bool mentioned(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			return true;
	return false;
}

static bool is_allowed(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nallows; i++)
		if (policy->allows[i].nr == nr)
			return true;
	return false;
}

unsigned policy_unmentioned(const struct policy *policy, const struct policy *observed, const struct call_table *calls,
                            char *names, size_t size)
{
	const struct group_member *member;
	struct group_walk walk;
	unsigned count = 0;
	size_t used = 0;

	if (size > 0)
		names[0] = '\0';
	names_walk_start(&walk, names_group("@mount"));
	while ((member = names_walk_next(&walk)) != NULL) {
		int nr = calls_number(calls, member->name);
		size_t length = strlen(member->name);

		if (nr < 0 || mentioned(policy, (uint32_t)nr) || is_allowed(policy, (uint32_t)nr) ||
		    mentioned(observed, (uint32_t)nr))
			continue;
		count++;
		if (used + length + 2 > size)
			continue; /* cut */
		used += (size_t)snprintf(names + used, size - used, "%s%s", used > 0 ? " " : "", member->name);
	}
	return count;
}

const struct rule *policy_rule(const struct policy *policy, uint32_t nr, const uint64_t args[6])
{
	for (size_t i = 0; i < policy->nrules && policy->rules[i].nr <= nr; i++)
		if (policy->rules[i].nr == nr && conditions_match(policy, &policy->rules[i], args))
			return &policy->rules[i];
	return NULL;
}
