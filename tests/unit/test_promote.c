/* SPDX-License-Identifier: MIT */
/*
 * promote: from a policy's text and what a run under --observe did, to the [deny] section that this run would not hit.
 * Tables say what it looks like; random policies and runs, what it is for: the parser takes it, nothing that the run did
 * is denied by it, and what the run did not do is denied as before.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/conditions.h"
#include "init/names.h"
#include "init/promote.h"
#include "init/wording.h"
#include "selftest/numbers.h"
#include "tests/unit/sample.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PATH "/etc/denyinit.ini"

/* ---- calls, by the judge's table: libseccomp is there for musl only ---- */

static const char *names[POLICY_CEILING + 1]; /* the judge's table is made for few questions */

static int set_up(void **state)
{
	(void)state;
	for (uint32_t nr = 0; nr <= POLICY_CEILING; nr++)
		names[nr] = numbers_native_name(nr);
	return 0;
}

static const char *name_of(uint32_t nr)
{
	return nr <= POLICY_CEILING ? names[nr] : NULL;
}

static int number(const char *name)
{
	for (uint32_t nr = 0; nr <= POLICY_CEILING; nr++)
		if (names[nr] && strcmp(names[nr], name) == 0)
			return (int)nr;
	return numbers_of(ABI_COMPAT, name) >= 0 ? CALL_ABSENT : CALL_UNKNOWN;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	const char *found = name_of((uint32_t)i);

	snprintf(name, POLICY_NAME_MAX, "%s", found ? found : "");
	return i <= POLICY_CEILING;
}

static const struct call_table table = {.number = number, .name = name_of, .at = at};

/* ---- a run ---- */

static struct policy policy, also; /* of [deny] and [observe] */
static struct policy observed, promoted, nothing;
static struct findings findings;
static struct denials denials;
static char output[2 * POLICY_BYTES_MAX];
static size_t output_length;

static void put(const char *line, size_t length)
{
	assert_true(length > 0 && line[length - 1] == '\n');
	assert_true(output_length + length < sizeof output);
	memcpy(output + output_length, line, length);
	output_length += length;
	output[output_length] = '\0';
}

static bool parse(const char *text, size_t length, struct policy *denied, struct policy *watched)
{
	memset(&findings, 0, sizeof findings);
	return policy_parse(text, length, &table, denied, watched, &findings);
}

static void must_parse(const char *text, struct policy *denied, struct policy *watched)
{
	if (!parse(text, strlen(text), denied, watched))
		fail_msg("line %u: %s, in\n%s", findings.item[0].line, findings.item[0].text, text);
}

static bool has_rule(const struct policy *of, uint32_t nr)
{
	for (size_t i = 0; i < of->nrules; i++)
		if (of->rules[i].nr == nr)
			return true;
	return false;
}

static bool has_allowance(const struct policy *of, uint32_t nr)
{
	for (size_t i = 0; i < of->nallows; i++)
		if (of->allows[i].nr == nr)
			return true;
	return false;
}

/* Denied for being newer than the policy. */
static bool is_above(const struct policy *of, uint32_t nr)
{
	return of->newer_enosys && nr > POLICY_CEILING && !has_rule(of, nr);
}

/* As loaded.c does for --observe: all is observed, and of a call that [deny] has, that alone counts. */
static void observe(const char *text)
{
	must_parse(text, &policy, &also);
	memset(&observed, 0, sizeof observed);
	observed.newer_enosys = policy.newer_enosys;
	for (size_t i = 0; i < also.nallows; i++)
		if (!has_rule(&policy, also.allows[i].nr) && !has_allowance(&policy, also.allows[i].nr))
			observed.allows[observed.nallows++] = also.allows[i];
	for (size_t i = 0; i < policy.nallows && observed.nallows < POLICY_RULES_MAX; i++)
		observed.allows[observed.nallows++] = policy.allows[i];
	for (size_t denied = 0, watched = 0; denied < policy.nrules || watched < also.nrules;) {
		const bool second = denied == policy.nrules ||
		                    (watched < also.nrules && also.rules[watched].nr < policy.rules[denied].nr);
		struct rule rule = second ? also.rules[watched++] : policy.rules[denied++];

		if (second && has_rule(&policy, rule.nr))
			continue;
		assert_true(conditions_move(&observed, second ? &also : &policy, &rule));
		observed.rules[observed.nrules++] = rule;
	}
	denials = (struct denials){.path = PATH};
}

/* One call of the run, which may be told. */
static void make_call(uint32_t nr, const uint64_t args[6], const char *comm)
{
	struct denial denial = {
	    .kind = DENIAL_OBSERVED, .setting = "newer-syscalls", .abi = "x86_64", .nr = nr, .pid = 7};

	denial.rule = policy_rule(&observed, nr, args);
	if (!denial.rule && !is_above(&observed, nr))
		return;
	denial.errnum = denial.rule ? denial.rule->errnum : ENOSYS_ERRNO;
	snprintf(denial.comm, sizeof denial.comm, "%.15s", comm);
	denials_note(&denials, &denial);
}

static void run_promote(const char *text, size_t length)
{
	static struct findings scratch;
	char *exact = malloc(length + (length == 0)); /* for the address sanitizer: not NUL-terminated */

	assert_non_null(exact);
	memcpy(exact, text, length);
	output_length = 0;
	output[0] = '\0';
	memset(&scratch, 0, sizeof scratch);
	promote(exact, length, &observed, &denials, &scratch, put);
	free(exact);
}

/* ---- tables ---- */

/* A run as text: "mount openat*3 clone:0x20000 500 nginx/ptrace": number of calls, first argument, program. */
static void make_calls(const char *run)
{
	char word[100];

	while (sscanf(run, " %99s", word) == 1) {
		char *slash = strchr(word, '/'), *name = slash ? slash + 1 : word, *times = strchr(name, '*');
		char *colon = strchr(name, ':');
		const char *comm = "app";
		uint64_t args[6] = {0};
		unsigned long count = times ? strtoul(times + 1, NULL, 10) : 1;

		run += strspn(run, " ");
		run += strcspn(run, " ");
		if (colon)
			for (size_t i = 0; i < 6; i++)
				args[i] = strtoull(colon + 1, NULL, 0);
		if (times)
			*times = '\0';
		if (colon)
			*colon = '\0';
		if (slash) {
			*slash = '\0';
			comm = word;
		}
		for (; count > 0; count--) {
			const int nr = name[0] <= '9' ? (int)strtoul(name, NULL, 10) : number(name);

			assert_true(nr >= 0);
			make_call((uint32_t)nr, args, comm);
		}
	}
}

static const struct {
	const char *what;
	const char *text;
	const char *run;
	const char *section;
} rows[] = {
    {"nothing was met", "[deny]\n@mount = deny\nptrace setns = EACCES\n", "read openat getpid*7",
     "[deny]\n@mount = deny\nptrace setns = EACCES\n"},
    {"a call's own line goes", "[deny]\n@mount = deny\nptrace = deny\n", "ptrace", "[deny]\n@mount = deny\n"},
    {"one word of a line", "[deny]\n@mount = deny\nsetns  ptrace\tbpf = EACCES\n", "ptrace*3",
     "[deny]\n@mount = deny\nsetns bpf = EACCES\n"},
    {"the first and the last of a line", "[deny]\n@mount ptrace setns bpf = EACCES\n", "bpf ptrace",
     "[deny]\n@mount setns = EACCES\n"},
    {"a group keeps the rest", "[deny]\n@default = deny\n", "bpf",
     "[deny]\n@default = deny\nbpf = allow ; 1 call by app\n"},
    {"who, and how often", "[deny]\n@mount = deny\n", "nginx/mount*12 sh/mount nginx/umount2",
     "[deny]\n@mount = deny\nmount = allow ; 13 calls by nginx sh\numount2 = allow ; 1 call by nginx\n"},
    {"a group in a group", "[deny]\n@strict = deny\n", "ptrace mount",
     "[deny]\n@strict = deny\nptrace = allow ; 1 call by app\nmount = allow ; 1 call by app\n"},
    {"in two groups once", "[deny]\n@mount = deny\n@privileged = deny\n", "pivot_root",
     "[deny]\n@mount = deny\n@privileged = deny\npivot_root = allow ; 1 call by app\n"},
    {"an own line and a group", "[deny]\n@default = deny\nbpf = EACCES\n", "bpf",
     "[deny]\n@default = deny\nbpf = allow ; 1 call by app\n"},
    {"an own line and a group, in one line", "[deny]\nbpf @default = EACCES\n", "bpf",
     "[deny]\n@default = EACCES\nbpf = allow ; 1 call by app\n"},
    {"what was left open stays so", "[deny]\n@default = deny\nbpf = allow\n@swap = allow\n", "bpf swapon mount",
     "[deny]\n@default = deny\nbpf = allow\n@swap = allow\nmount = allow ; 1 call by app\n"},
    {"a condition that was met", "[deny]\n@mount = deny\nclone = deny if flags & CLONE_NEWUSER\nbpf = deny\n",
     "clone:0x10000000", "[deny]\n@mount = deny\nbpf = deny\n"},
    {"a condition that was not met", "[deny]\n@mount = deny\nclone = deny if flags & CLONE_NEWUSER\n", "clone clone:1",
     "[deny]\n@mount = deny\nclone = deny if flags & CLONE_NEWUSER\n"},
    {"alternatives, all of them met, beside a group",
     "[deny]\n@mount @namespaces = deny\nclone = EACCES if flags & 0x10000000\nclone = EPERM if flags & 0x20000000\n",
     "clone:0x10000000 clone:0x20000000", "[deny]\n@mount @namespaces = deny\nclone = allow ; 2 calls by app\n"},
    {"a condition of a group", "[deny]\n@namespaces = deny\n", "clone:0x10000000 clone",
     "[deny]\n@namespaces = deny\nclone = allow ; 1 call by app\n"},
    {"the words of an answer stay as they were",
     "[deny]\n@mount=deny\nunshare  setns =  EACCES if  flags & 0x80|1  ; why\n", "setns:0",
     "[deny]\n@mount = deny\nunshare setns = EACCES if  flags & 0x80|1\n"},
    {"a number", "[deny]\n@mount = deny\n500 501 = deny\n467 = EACCES\n", "501",
     "[policy]\nnewer-syscalls = allow\n[deny]\n@mount = deny\n500 = deny\n467 = EACCES\n"},
    {"a name that may be unknown", "[deny]\n@mount = deny\n?bpf ?xyzzy = deny\n", "bpf",
     "[deny]\n@mount = deny\n?xyzzy = deny\n"},
    {"calls that only others have", "[deny]\n@mount = deny\numount stime ptrace = deny\n", "ptrace",
     "[deny]\n@mount = deny\numount stime = deny\n"},
    {"other sections and comments are not of it",
     "; a\n[policy]\ndeny = EACCES\n[deny] # b\n; c\n@mount = deny\n[init]\nkeep-fds = 3\n[deny]\nbpf = deny\n[selftest]\n"
     "report = full\n",
     "", "[deny]\n@mount = deny\nbpf = deny\n"},
    {"[observe] is promoted", "[observe]\n@mount = deny\nptrace bpf = deny\n", "ptrace",
     "[deny]\n@mount = deny\nbpf = deny\n"},
    {"[observe] beside [deny]", "[deny]\n@mount = deny\nsetns = deny\n[observe]\nptrace bpf = deny\n", "ptrace setns",
     "[deny]\n@mount = deny\nbpf = EPERM\n"},
    {"a later alternative goes too",
     "[deny]\n@mount = deny\nopen_by_handle_at = kill-process if flags & 1\nopen_by_handle_at = EPERM\n",
     "open_by_handle_at:1", "[deny]\n@mount = deny\n"},
    {"a mount call with `?`",
     "[deny]\nmount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
     "?open_tree_attr = deny\n",
     "open_tree_attr",
     "[deny]\nmount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr = deny\n"
     "@mount = deny\nopen_tree_attr = allow ; 1 call by app\n"},
    {"a group left open again", "[deny]\n@mount @swap = deny\n@swap = allow\nswapon = EACCES\n", "swapon",
     "[deny]\n@mount @swap = deny\n@swap = allow\n"},
    {"a comment at once behind the section", "[deny];x\n@mount = deny\nbpf ptrace = deny\n", "ptrace",
     "[deny]\n@mount = deny\nbpf = deny\n"},
    {"[observe] cannot open what [deny] denies",
     "[deny]\n@mount = deny\n[observe]\n@swap @mount = deny\nmount = allow\nbpf = deny if cmd & 1\n", "",
     "[deny]\n@mount = deny\nswapon = EPERM\nswapoff = EPERM\nbpf = EPERM if arg0 & 0x1\n"},
    {"clone3 stays", "[deny]\n@mount = deny\n@namespaces = deny\n", "clone3",
     "[deny]\n@mount = deny\n@namespaces = deny\n; clone3 stays ENOSYS, 1 call by app: C libraries do without it\n"},
    /* a mount call is left open knowingly, or not at all */
    {"a mount call's own line",
     "[deny]\nmount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount = deny\n"
     "fspick mount_setattr open_tree_attr = EACCES\n",
     "mount fspick",
     "[deny]\numount2 pivot_root open_tree move_mount fsopen fsconfig fsmount = deny\n"
     "mount_setattr open_tree_attr = EACCES\n@mount = deny\nmount = allow ; 1 call by app\nfspick = allow ; 1 call by app\n"},
    {"a mount call's own line beside its group", "[deny]\n@default = deny\nmount = EACCES\n", "mount",
     "[deny]\n@default = deny\nmount = allow ; 1 call by app\n"},
    {"a mount call's condition", "[deny]\n@mount = deny\nopen_tree = deny if flags & 1\n", "open_tree:1",
     "[deny]\n@mount = deny\nopen_tree = allow ; 1 call by app\n"},
    /* what no line of the policy names */
    {"newer calls", "[deny]\n@mount = deny\n", "477", "[policy]\nnewer-syscalls = allow\n[deny]\n@mount = deny\n"},
    {"names that are not to be trusted", "[deny]\n@mount = deny\n", "a;b/mount \"q\\/mount",
     "[deny]\n@mount = deny\nmount = allow ; 2 calls by a;b \\x22q\\x5c\n"},
    {"CRLF, a byte order mark, no newline at the end", "\xef\xbb\xbf[deny]\r\n@mount = deny\r\nptrace bpf = deny",
     "bpf", "[deny]\n@mount = deny\nptrace = deny\n"},
};

static void what_it_looks_like(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		observe(rows[i].text);
		make_calls(rows[i].run);
		run_promote(rows[i].text, strlen(rows[i].text));
		if (strcmp(output, rows[i].section) != 0) {
			print_error("--- %s: expected\n%s--- found\n%s", rows[i].what, rows[i].section, output);
			wrong++;
		}
		must_parse(output, &promoted, &nothing);
	}
	assert_int_equal(wrong, 0);
}

static void another_abi(void **state)
{
	static const char text[] = "[deny]\n@mount = deny\n";
	const struct denial denial = {.kind = DENIAL_OBSERVED, .setting = "other-abis", .abi = "i386", .nr = 21};

	(void)state;
	observe(text);
	denials_note(&denials, &denial);
	run_promote(text, strlen(text));
	assert_string_equal(output, "; calls through another ABI were made: other-abis = kill will kill their callers\n"
	                            "[deny]\n@mount = deny\n");
	must_parse(output, &promoted, &nothing);
}

/* What is denied, and not observed, is no reason. */
static void denials_are_not_observations(void **state)
{
	static const char text[] = "[deny]\n@mount = deny\nptrace = deny\n";
	struct denial denial = {.kind = DENIAL_DENIED, .setting = "newer-syscalls", .abi = "x86_64"};

	(void)state;
	observe(text);
	for (size_t i = 0; i < observed.nrules; i++) {
		denial.rule = &observed.rules[i];
		denials_note(&denials, &denial);
	}
	denial.rule = NULL;
	denials_note(&denials, &denial);
	denial.setting = "other-abis";
	denials_note(&denials, &denial);
	run_promote(text, strlen(text));
	assert_string_equal(output, text);
}

/* ---- random policies and runs ---- */

static struct seccomp_data calls[60];
static size_t ncalls;
static char text[8000];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	const size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, sizeof text - used, format, arguments);
	va_end(arguments);
	assert_true(strlen(text) < sizeof text - 1);
}

static void say_words(bool groups)
{
	for (uint32_t words = 1 + below(4); words > 0; words--) {
		char name[POLICY_NAME_MAX] = "";

		while (name[0] == '\0')
			at(below(POLICY_CEILING + 1), name);
		if (groups && one_in(2))
			say("%s ", names_group_at(below(19))->name);
		else if (one_in(12))
			say("%u ", POLICY_NUMBER_MIN + below(100));
		else
			say("%s%s ", one_in(8) ? "?" : "", name);
	}
}

static void say_line(void)
{
	static const char *const operators[] = {"&", "==", "!=", "<", "<=", ">", ">=", "in 3 -1", "not in 1 2"};
	static const char *const answers[] = {"deny", "EACCES", "ENOSYS", "kill-process", "7"};

	switch (below(6)) {
	case 0:
		say_words(true);
		say("= allow\n");
		break;
	case 1:
		say_words(false);
		say("= %s if arg%u %s 0x%x", answers[below(COUNT(answers))], below(6),
		    operators[one_in(2) ? 0 : below(COUNT(operators))],
		    one_in(2) ? UINT32_C(1) << below(31) : 1 + below(UINT32_C(1) << 20));
		if (one_in(4))
			say(" and arg%u not in %u -%u 70000", below(6), 1 + below(5), 1 + below(9));
		say("\n");
		break;
	default: say_words(true); say("= %s\n", answers[below(COUNT(answers))]);
	}
}

/* Line by line what the parser takes; the mount API is in it, by a group or call by call. */
static void random_text(void)
{
	text[0] = '\0';
	say("%s[%s]\n", one_in(4) ? "[policy]\nnewer-syscalls = allow\n" : "", one_in(4) ? "observe" : "deny");
	switch (below(4)) {
	case 0: say("@default = deny\n"); break;
	case 1:
		say("mount umount2 pivot_root open_tree move_mount fsopen = deny\n"
		    "fsconfig fsmount fspick mount_setattr open_tree_attr = EACCES\n");
		break;
	default: say("@mount = deny\n");
	}
	for (uint32_t lines = below(12); lines > 0; lines--) {
		const size_t before = strlen(text);

		say_line();
		if (!parse(text, strlen(text), &policy, &observed))
			text[before] = '\0';
	}
}

static bool was_called(uint32_t nr)
{
	for (size_t i = 0; i < ncalls; i++)
		if ((uint32_t)calls[i].nr == nr)
			return true;
	return false;
}

static const struct rule *rule_for(const struct policy *of, const struct seccomp_data *call)
{
	uint64_t args[6];

	memcpy(args, call->args, sizeof args);
	return policy_rule(of, (uint32_t)call->nr, args);
}

static void random_run(void)
{
	const size_t wanted = below(COUNT(calls));

	for (ncalls = 0; ncalls < wanted; ncalls++) {
		struct seccomp_data *call = &calls[ncalls];
		uint64_t args[6];

		*call = sample_call(&observed);
		if ((uint32_t)call->nr >= X32_BIT)
			call->nr = (int)below(POLICY_CEILING + 10);
		memcpy(args, call->args, sizeof args);
		make_call((uint32_t)call->nr, args, one_in(3) ? "sh" : "app");
	}
}

static void fail_about(const char *what, uint32_t nr)
{
	char name[POLICY_NAME_MAX];

	at(nr, name);
	fail_msg("%s: %u %s, of\n%swith %zu calls comes\n%s", what, nr, name, text, ncalls, output);
}

static bool did_all_of_it(void)
{
	for (size_t i = 0; i < observed.nrules; i++)
		if (!was_called(observed.rules[i].nr))
			return false;
	return true;
}

/* Nothing that the run did is denied. */
static void the_run_is_let_through(void)
{
	for (size_t i = 0; i < ncalls; i++) {
		const struct rule *rule = rule_for(&promoted, &calls[i]);

		/* C libraries do without clone3 where it is ENOSYS. */
		if (rule && !(strcmp(rule->name, "clone3") == 0 && rule->group[0] && rule->errnum == ENOSYS))
			fail_about("denied", (uint32_t)calls[i].nr);
		if (observed.newer_enosys && is_above(&promoted, (uint32_t)calls[i].nr))
			fail_about("denied as a newer call", (uint32_t)calls[i].nr);
	}
}

static bool same_conditions(const struct rule *a, const struct rule *b)
{
	char of_a[WORDING_MAX], of_b[WORDING_MAX];

	return strcmp(wording_numbers(&observed, a, of_a, sizeof of_a),
	              wording_numbers(&promoted, b, of_b, sizeof of_b)) == 0;
}

/* And what it did not do gets what it got; the lines are others. */
static void the_rest_is_denied(void)
{
	for (size_t i = 0; i < observed.nrules; i++) {
		struct seccomp_data call = {.nr = (int)observed.rules[i].nr};
		const struct rule *before, *after;

		if (was_called(observed.rules[i].nr))
			continue;
		for (size_t k = 0; k < observed.rules[i].nconditions; k++) {
			const struct condition *condition = &observed.rules[i].conditions[k];
			const uint64_t value = observed.values[condition->first];

			call.args[condition->arg] = condition->test == TEST_ANY_BIT ? value & (0u - value)
			                            : condition->test == TEST_LESS  ? value - 1
			                            : condition->test == TEST_IN    ? value
			                                                            : value + 1;
		}
		before = rule_for(&observed, &call);
		after = rule_for(&promoted, &call);
		assert_true(before || observed.rules[i].nconditions > 0);
		if (!before && !after)
			continue;
		if (!before || !after || before->action != after->action || before->errnum != after->errnum ||
		    !same_conditions(before, after))
			fail_about("not denied as before", (uint32_t)call.nr);
	}
}

static void random_runs(void **state)
{
	size_t rounds = 0, hit = 0, whole = 0;
	char open[300];

	(void)state;
	seed = 1;
	while (rounds < 2000) {
		random_text();
		observe(text);
		random_run();
		run_promote(text, strlen(text));
		rounds++;
		hit += denials.used > 0;
		whole += denials.used == 0;
		if (!parse(output, output_length, &promoted, &nothing)) {
			if (did_all_of_it())
				continue; /* nothing is left to deny */
			fail_msg("line %u: %s, of\n%scomes\n%s", findings.item[findings.count - 1].line,
			         findings.item[findings.count - 1].text, text, output);
		}
		/* What would be refused for leaving the mount API open without a word is no proposal. */
		if (policy_unmentioned(&promoted, &nothing, &table, open, sizeof open) > 0)
			fail_about(open, 0);
		the_run_is_let_through();
		the_rest_is_denied();
	}
	assert_true(hit > 1000 && whole > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_it_looks_like),
	    cmocka_unit_test(another_abi),
	    cmocka_unit_test(denials_are_not_observations),
	    cmocka_unit_test(random_runs),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
