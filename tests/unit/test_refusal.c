/* SPDX-License-Identifier: MIT */
/* refusal: every step that can fail has its sentence, with the place and the remedy, and none is cut off. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/refusal.h"

#define PATH "/etc/denyinit.ini"

static struct policy policy;
static struct report report;
static char text[REFUSAL_MAX];

static void start(void)
{
	memset(&policy, 0, sizeof policy);
	memset(&report, 0, sizeof report);
	policy.nrules = 2;
	policy.rules[0] = (struct rule){.name = "", .nr = 500, .line = 7};
	policy.rules[1] = (struct rule){.name = "mount", .nr = 165, .line = 12};
	memset(text, 'x', sizeof text);
}

/* One line, not empty, no full stop at the end (who prints it adds one), nothing left of a format or of a NULL. */
static void is_sentence(void)
{
	assert_non_null(memchr(text, '\0', sizeof text));
	assert_true(strlen(text) > 20);
	assert_true(strlen(text) < REFUSAL_MAX - 1); /* not cut off */
	assert_null(strpbrk(text, "\n\r\t%"));
	assert_null(strstr(text, "(null)"));
	assert_null(strstr(text, "  "));
	assert_int_not_equal(text[strlen(text) - 1], '.');
	assert_int_not_equal(text[strlen(text) - 1], ' ');
	assert_int_not_equal(text[strlen(text) - 1], ':');
}

/* ---- the filter ---- */

static void of_filter(enum filter_step step, size_t rule, int error, const char *wanted)
{
	start();
	refusal_of_filter(text, step, &policy, rule, error, PATH);
	assert_string_equal(text, wanted);
	if (step != FILTER_OK)
		is_sentence();
}

static void steps_of_the_filter(void **state)
{
	(void)state;
	of_filter(FILTER_OK, 0, 0, "");
	of_filter(FILTER_INIT, 0, ENOMEM, "cannot set up libseccomp: Cannot allocate memory");
	of_filter(FILTER_RULE, 1, EINVAL,
	          PATH ":12: libseccomp does not take the rule for mount: Invalid argument; please report this");
	of_filter(FILTER_RULE, 0, EINVAL,
	          PATH
	          ":7: libseccomp does not take the rule for a call by number: Invalid argument; please report this");
	of_filter(FILTER_EXPORT, 0, ENOMEM,
	          "cannot compile " PATH ": libseccomp could not make the program: Cannot allocate memory");
	of_filter(
	    FILTER_TOO_LONG, 0, E2BIG,
	    PATH
	    ": the policy needs more than 4096 instructions, which is all that the kernel takes: deny fewer calls, or "
	    "with fewer conditions");
}

/* ---- the trial ---- */

static void of_trial(enum trial_step step, long detail, const char *wanted)
{
	start();
	refusal_of_trial(text, step, detail, &policy, PATH, "because");
	if (!strstr(text, wanted))
		fail_msg("`%s` is not in `%s`", wanted, text);
	if (step != TRIAL_OK)
		is_sentence();
}

static void steps_of_the_trial(void **state)
{
	(void)state;
	of_trial(TRIAL_OK, 0, "");
	assert_string_equal(text, "");
	of_trial(TRIAL_TOO_MANY_RULES, -1, PATH ": too many rules for the self-test: ");
	of_trial(TRIAL_WRONG_NUMBER, 1,
	         PATH ":12: libseccomp says that mount is number 165, the kernel's headers say otherwise: ");
	of_trial(TRIAL_SUICIDE, 1,
	         PATH ":12: kill-process for mount: the self-test makes that call itself, and denyinit would die of it "
	              "without a word: write an errno");
	of_trial(TRIAL_NO_MARKER, -1,
	         PATH ": the policy uses every errno that the self-test could use as its marker: ");
	of_trial(TRIAL_NO_CONTROL, -1,
	         PATH ": the policy names every call that the self-test could use as its control: ");
	of_trial(TRIAL_CANARY_LOAD, EPERM, "cannot load a seccomp filter: Operation not permitted: because");
	of_trial(TRIAL_NO_CHILD, EAGAIN,
	         "the self-test cannot make a child process: Resource temporarily unavailable: raise ");
	of_trial(TRIAL_CANARY_SILENT, 0, "seccomp(2) says that a filter is loaded, but it is not at work: ");
}

/* Whatever number comes in. */
static void any_errno(void **state)
{
	static const long errors[] = {0, 1, 133, 134, 4095, 4096, -1};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		start();
		refusal_of_trial(text, TRIAL_NO_CHILD, errors[i], &policy, PATH, "because");
		is_sentence();
		refusal_of_filter(text, FILTER_INIT, &policy, 0, (int)errors[i], PATH);
		is_sentence();
	}
}

/* ---- the report ---- */

static void add(const char *name, bool mount, enum verdict verdict)
{
	report.calls[report.ncalls++] = (struct report_call){.name = name, .mount = mount, .verdict = verdict};
}

static void of_report(enum reason reason, const char *wanted)
{
	report.outcome = OUTCOME_FAIL;
	report.reason = reason;
	refusal_of_report(text, &report, PATH);
	assert_string_equal(text, wanted);
	is_sentence();
}

static void what_is_open_is_named(void **state)
{
	(void)state;
	start();
	add("mount", true, VERDICT_DENIED);
	add("fsopen", true, VERDICT_REACHABLE);
	add("ptrace", false, VERDICT_REACHABLE);
	add("fsmount", true, VERDICT_LET_THROUGH);
	of_report(REASON_MOUNT_REACHABLE,
	          "the self-test of " PATH " failed (mount-reachable): still open: fsopen fsmount; write "
	          "`@mount = deny` in its [deny]");
	add("umount2", true, VERDICT_DENIED_BY_RUNTIME);
	add("open_tree", true, VERDICT_DENIED_BY_RUNTIME);
	of_report(REASON_MOUNT_REACHABLE,
	          "the self-test of " PATH " failed (mount-reachable): still open: fsopen fsmount: denied "
	          "by the runtime only: umount2 open_tree; write `@mount = deny` in its [deny]");
	report.calls[1].verdict = report.calls[3].verdict = VERDICT_MASKED;
	of_report(
	    REASON_MOUNT_DENIED_BY_RUNTIME,
	    "the self-test of " PATH
	    " failed (mount-denied-by-runtime): denied by the runtime only: umount2 open_tree; what the "
	    "container runtime's profile stops here it would not stop elsewhere: write `@mount = deny` in its [deny]");
}

/* Only the self-test shows whether it needs the arguments that a condition denies. */
static void a_condition_on_what_the_self_test_needs(void **state)
{
	(void)state;
	start();
	add("mount", true, VERDICT_UNPROVEN);
	report.calls[0].conditional = true;
	add("wait4", false, VERDICT_UNPROVEN);
	report.calls[1].line = 7;
	report.reason = REASON_MOUNT_UNPROVEN;
	refusal_of_report(text, &report, PATH);
	assert_null(strstr(text, "line 7"));
	report.calls[1].conditional = true;
	refusal_of_report(text, &report, PATH);
	is_sentence();
	assert_non_null(strstr(text,
	                       "; or does the condition on `wait4` in line 7 meet denyinit's own calls (denyinit's "
	                       "self-test waits for its child with it)? then leave it out"));
	report.reason = REASON_MOUNT_REACHABLE;
	refusal_of_report(text, &report, PATH);
	assert_null(strstr(text, "line 7"));
}

/* All eleven names have room, and the remedy behind them. */
static void the_whole_mount_api(void **state)
{
	static const char names[] =
	    "mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr";
	static char copy[sizeof names];
	char *save = NULL;

	(void)state;
	start();
	memcpy(copy, names, sizeof names);
	for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save))
		add(name, true, VERDICT_REACHABLE);
	assert_int_equal(report.ncalls, 11);
	of_report(REASON_MOUNT_REACHABLE,
	          "the self-test of " PATH " failed (mount-reachable): still open: mount umount2 "
	          "pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
	          "open_tree_attr; write `@mount = deny` in its [deny]");
}

static void every_reason_has_a_remedy(void **state)
{
	(void)state;
	for (unsigned reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		char start_of_it[120];

		start();
		report.outcome = OUTCOME_FAIL;
		report.reason = (enum reason)reason;
		refusal_of_report(text, &report, PATH);
		is_sentence();
		snprintf(start_of_it, sizeof start_of_it, "the self-test of " PATH " failed (%s); ",
		         reason_name((enum reason)reason));
		assert_memory_equal(text, start_of_it, strlen(start_of_it));
		/* These are never a trial's: main.c and alone.c say them. */
		if (reason != REASON_NOT_STARTED && reason != REASON_NO_DENYINIT && reason != REASON_SECRET)
			assert_string_not_equal(text + strlen(start_of_it), "see the report");
	}
}

/* ---- a path as long as paths get ---- */

static void a_long_path(void **state)
{
	static char path[4096];

	(void)state;
	memset(path, 'p', sizeof path - 1);
	for (unsigned step = FILTER_INIT; step <= FILTER_TOO_LONG; step++) {
		start();
		refusal_of_filter(text, (enum filter_step)step, &policy, 1, EINVAL, path);
		assert_non_null(memchr(text, '\0', sizeof text));
	}
	for (unsigned step = TRIAL_TOO_MANY_RULES; step <= TRIAL_CANARY_SILENT; step++) {
		start();
		refusal_of_trial(text, (enum trial_step)step, 1, &policy, path, path);
		assert_non_null(memchr(text, '\0', sizeof text));
	}
	start();
	report.reason = REASON_KERNEL_ACCOUNT;
	refusal_of_report(text, &report, path);
	is_sentence(); /* the path gives way, the remedy does not */
	assert_non_null(strstr(text, "something outside only pretends"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_of_the_filter),
	    cmocka_unit_test(steps_of_the_trial),
	    cmocka_unit_test(any_errno),
	    cmocka_unit_test(what_is_open_is_named),
	    cmocka_unit_test(a_condition_on_what_the_self_test_needs),
	    cmocka_unit_test(the_whole_mount_api),
	    cmocka_unit_test(every_reason_has_a_remedy),
	    cmocka_unit_test(a_long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
