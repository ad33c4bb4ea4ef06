/* SPDX-License-Identifier: MIT */
#include "truth_judge.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void no_such(const char *what)
{
	fprintf(stderr, "truth: %s: the table has a gap\n", what);
	exit(BROKEN);
}

/* ---- what is expected of a row ---- */

static bool is_denied(const struct policy *policy, int call)
{
	switch (policy->kind) {
	case WHOLE: return true;
	case PARTLY: return call != policy->concerned || policy->for_some;
	case HOLE: return call != policy->concerned;
	case ONE: return call == policy->concerned;
	case NO_DENYINIT: break;
	}
	return false;
}

const struct outcome *expected_outcome(const struct row *row)
{
	for (size_t i = 0; i < COUNT(outcomes); i++)
		if (outcomes[i].loading == row->outer->loading &&
		    (outcomes[i].kind == ANY_KIND || outcomes[i].kind == (int)row->policy->kind))
			return &outcomes[i];
	no_such("a row without an outcome");
}

const char *expected_verdict(const struct row *row, int call)
{
	const struct policy *policy = row->policy;

	for (size_t i = 0; i < COUNT(verdicts); i++) {
		const struct expected_verdict *v = &verdicts[i];

		if (strcmp(v->outer, row->outer->name) != 0 ||
		    (v->call != ANY_CALL && v->call != call && !(v->call == CONCERNED && call == policy->concerned)))
			continue;
		if (policy->kind == PARTLY && call == policy->concerned)
			return policy->for_some ? v->denied_for_some : v->allowed;
		return is_denied(policy, call) ? v->denied : v->not_mentioned;
	}
	no_such("a row without a verdict");
}

/* Is one of the words of the verdict that is expected of any call this one? */
static bool any_verdict(const struct row *row, const char *word)
{
	for (int call = 0; call < MOUNT_CALLS; call++) {
		const char *expected = expected_verdict(row, call);

		if (expected && strncmp(expected, word, strlen(word)) == 0)
			return true;
	}
	return false;
}

const char *expected_reason(const struct row *row)
{
	const char *reason = expected_outcome(row)->reason;

	for (size_t i = 0; !reason && i < COUNT(reasons); i++)
		if (any_verdict(row, reasons[i].verdict))
			reason = reasons[i].reason;
	return reason ? reason : "?";
}

static bool outer_kills(const struct row *row, int call)
{
	return row->outer->kills == call ||
	       (strcmp(row->outer->name, "kill-concerned") == 0 && row->policy->concerned == call);
}

/* ---- reading what came back ---- */

/* The value of `name=` in the line of effect.c; -1: it is not there. */
static int seen_value(const char *line, const char *name, size_t length)
{
	for (const char *at = line; (at = strchr(at, ' ')); at++)
		if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '=')
			return (int)strtol(at + length + 2, NULL, 10);
	return -1;
}

static int seen_of(const char *line, const char *name)
{
	return seen_value(line, name, strlen(name));
}

/* All of `name=value name!=value ...` hold; `wrong` has the first that does not. */
static bool seen_all(const char *line, const char *words, char wrong[64])
{
	while (*(words += strspn(words, " "))) {
		size_t length = strcspn(words, " "), name = strcspn(words, "!=");
		bool unequal = words[name] == '!';
		int value = seen_value(line, words, name);

		if (value < 0 || (value == strtol(words + name + unequal + 1, NULL, 10)) == unequal) {
			snprintf(wrong, 64, "%.*s", (int)length, words);
			return false;
		}
		words += length;
	}
	return true;
}

/* Is `"key":"value"` in the report? */
static bool json_is(const char *json, const char *key, const char *value)
{
	char text[128];

	snprintf(text, sizeof text, "\"%s\":\"%s\"", key, value);
	return strstr(json, text) != NULL;
}

static long json_number(const char *json, const char *key)
{
	char text[64];
	const char *at;

	snprintf(text, sizeof text, "\"%s\":", key);
	at = strstr(json, text);
	return at ? strtol(at + strlen(text), NULL, 10) : -1;
}

static bool json_lists(const char *json, const char *key, const char *member)
{
	char text[64];
	const char *list, *at, *end;

	snprintf(text, sizeof text, "\"%s\":[", key);
	list = strstr(json, text);
	end = list ? strchr(list, ']') : NULL;
	snprintf(text, sizeof text, "\"%s\"", member);
	at = end ? strstr(list + strlen(key) + 3, text) : NULL;
	return at && at < end;
}

/* The report has lists of the calls that are not plainly denied, by verdict. */
static const char *reported_verdict(const char *json, int call)
{
	static const char *const keys[][2] = {
	    {"left_open", "left-open"}, {"denied_by_runtime", "denied-by-runtime"},
	    {"reachable", "reachable"}, {"let_through", "let-through"},
	    {"masked", "masked"},       {"contradicted", "contradicted"},
	    {"unproven", "unproven"},
	};

	for (size_t i = 0; i < COUNT(keys); i++)
		if (json_lists(json, keys[i][0], call_table[call].name))
			return keys[i][1];
	return "denied";
}

static bool one_of(const char *alternatives, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = alternatives;; at++) {
		if (strncmp(at, word, length) == 0 && (at[length] == '|' || !at[length]))
			return true;
		at = strchr(at, '|');
		if (!at)
			return false;
	}
}

/* ---- judging ---- */

static enum grade wrong(enum grade grade, char why[WHY_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, WHY_MAX, format, arguments);
	va_end(arguments);
	return grade;
}

/* What the entrypoint saw, when it runs under denyinit: is every call that the policy denies denied by the policy? */
static enum grade judge_effect(const struct row *row, const char *effect, char why[WHY_MAX])
{
	const struct policy *policy = row->policy;
	static const char *const others[] = {"i386", "x32"};
	int gets = policy->gets;

	for (int call = 0; call < MOUNT_CALLS; call++) {
		int value = seen_of(effect, call_table[call].name);
		int wanted = outer_kills(row, call) ? KILLED : gets;

		if (is_denied(policy, call) ? value != wanted : value == gets && !outer_kills(row, call))
			return wrong(is_denied(policy, call) ? FALSE_PASS : OTHERWISE_WRONG, why,
			             "the entrypoint's %s gives %d, the policy's answer is %d", call_table[call].name,
			             value, gets);
	}
	if (!policy->for_some && is_denied(policy, CALL_OPEN_TREE) && !outer_kills(row, CALL_OPEN_TREE) &&
	    seen_of(effect, "open_tree-plain") != gets)
		return wrong(FALSE_PASS, why, "open_tree without a flag gives %d", seen_of(effect, "open_tree-plain"));
	if (policy->for_some && !outer_kills(row, CALL_OPEN_TREE) && seen_of(effect, "open_tree-plain") == gets)
		return wrong(OTHERWISE_WRONG, why, "open_tree without a flag is denied");
	for (size_t i = 0; i < COUNT(others); i++) {
		int value = seen_of(effect, others[i]);

		if (value != KILLED && value != 1000 + SIGSEGV) /* no IA32 emulation */
			return wrong(FALSE_PASS, why, "mount through %s gives %d", others[i], value);
	}
	if (seen_of(effect, "old") <= 0 || seen_of(effect, "new") <= 0)
		return wrong(FALSE_PASS, why, "the entrypoint has mounted");
	return RIGHT;
}

/* One complete sentence on stderr: what strace says for itself does not count. */
static bool is_refusal(const char *err)
{
	const char *end = "Not starting (125).\n";
	size_t length;

	while (strncmp(err, "strace: ", 8) == 0 && strchr(err, '\n'))
		err = strchr(err, '\n') + 1;
	length = strlen(err);
	return strncmp(err, "denyinit: ", 10) == 0 && length > strlen(end) &&
	       strcmp(err + length - strlen(end), end) == 0 && strchr(err, '\n') == err + length - 1;
}

static enum grade judge_report(const struct row *row, const char *out, char why[WHY_MAX])
{
	const struct outcome *outcome = expected_outcome(row);
	bool canary_only = outcome->loading == CANARY_ONLY;
	const char *kernel = row->surroundings->kernel;

	if (!json_is(out, "verdict", outcome->verdict))
		return wrong(OTHERWISE_WRONG, why, "the report does not say %s", outcome->verdict);
	if (!json_is(out, "reason", expected_reason(row)))
		return wrong(OTHERWISE_WRONG, why, "the report's reason is not %s", expected_reason(row));
	if (outcome->loading == LOADS_NOTHING)
		return RIGHT;
	for (int call = 0; call < MOUNT_CALLS; call++) {
		const char *expected = expected_verdict(row, call), *reported = reported_verdict(out, call);

		if (!one_of(expected, reported))
			return wrong(OTHERWISE_WRONG, why, "%s is %s, not %s", call_table[call].name, reported,
			             expected);
	}
	if (canary_only && strcmp(kernel, "ok") == 0)
		kernel = "failed";
	if (!json_is(out, "kernel", kernel))
		return wrong(OTHERWISE_WRONG, why, "the kernel's account is not %s", kernel);
	if ((json_number(out, "tracer") > 0) != row->surroundings->traced)
		return wrong(OTHERWISE_WRONG, why, "tracer %ld", json_number(out, "tracer"));
	if (!canary_only && !json_is(out, "i386", strcmp(row->outer->name, "kill-i386") == 0 ? "masked" : "killed") &&
	    !json_is(out, "i386", "absent"))
		return wrong(OTHERWISE_WRONG, why, "the verdict on i386");
	return RIGHT;
}

enum grade judge(const struct row *row, const struct ran *ran, char why[WHY_MAX])
{
	const struct outcome *outcome = expected_outcome(row);
	const char *effect = strstr(ran->out, "EFFECT ");
	enum grade grade;

	if (effect && outcome->status != RUNS)
		return wrong(FALSE_PASS, why, "started");
	if (!effect && outcome->status == RUNS)
		return wrong(FALSE_REFUSAL, why, "not started");
	if (effect && (grade = judge_effect(row, effect, why)) != RIGHT)
		return grade;
	if (ran->status != outcome->status)
		return wrong(OTHERWISE_WRONG, why, "ended with %d, not %d", ran->status, outcome->status);
	if (!effect && !is_refusal(ran->err))
		return wrong(OTHERWISE_WRONG, why, "stderr is not one sentence that ends `Not starting (125).`");
	if (effect && strstr(ran->err, "denyinit: "))
		return wrong(OTHERWISE_WRONG, why, "started, and complains on stderr");
	return judge_report(row, ran->out, why);
}

enum grade judge_control(const struct row *row, const struct ran *ran, char why[WHY_MAX])
{
	const char *effect = strstr(ran->out, "EFFECT ");
	const char *words[] = {row->outer->seen, row->privilege->seen, row->surroundings->seen};
	bool stopped = !row->privilege->can_mount || row->surroundings->no_mounts ||
	               strstr(row->outer->seen, " old=1 new=1") != NULL;
	bool only_old = row->outer->kills == CALL_FSOPEN;
	char difference[64];

	if (!effect || ran->status != RUNS)
		return wrong(OTHERWISE_WRONG, why, "the control did not run: %d", ran->status);
	for (size_t i = 0; i < COUNT(words); i++)
		if (!seen_all(effect, words[i], difference))
			return wrong(OTHERWISE_WRONG, why, "not %s", difference);
	for (int call = 0; call < MOUNT_CALLS; call++)
		if (seen_of(effect, call_table[call].name) == 112)
			return wrong(OTHERWISE_WRONG, why, "%s gives 112 without denyinit", call_table[call].name);
	if ((seen_of(effect, "old") != 0) != stopped || (seen_of(effect, "new") != 0) != (stopped || only_old))
		return wrong(OTHERWISE_WRONG, why, "mounts: %d, %d", seen_of(effect, "old"), seen_of(effect, "new"));
	return RIGHT;
}
