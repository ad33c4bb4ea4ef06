/* SPDX-License-Identifier: MIT */
/* report: the three forms, to the letter where people and programs read them, and what may not break them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "selftest/report.h"
#include "tests/unit/json.h"

static struct report report;
static struct report_frame frame;

static const char *const mount_calls[] = {"mount",      "umount2",       "pivot_root",    "open_tree",
                                          "move_mount", "fsopen",        "fsconfig",      "fsmount",
                                          "fspick",     "mount_setattr", "open_tree_attr"};

#define MOUNT_CALLS (sizeof mount_calls / sizeof *mount_calls)
#define FSOPEN 5
#define DIGEST "3f9c2a71d0b4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* What the example of the design was made of. */
static void all_is_well(void)
{
	memset(&report, 0, sizeof report);
	for (size_t i = 0; i < MOUNT_CALLS; i++)
		report.calls[report.ncalls++] = (struct report_call){.name = mount_calls[i],
		                                                     .nr = 100 + (uint32_t)i,
		                                                     .mount = true,
		                                                     .errnum = 1,
		                                                     .line = 3,
		                                                     .verdict = VERDICT_DENIED};
	report.calls[report.ncalls++] =
	    (struct report_call){.name = "ptrace", .nr = 101, .kills = true, .line = 4, .verdict = VERDICT_DENIED};
	report.foreign[report.nforeign++] =
	    (struct report_foreign){.abi = "i386", .call = "mount", .state = FOREIGN_KILLED};
	report.foreign[report.nforeign++] =
	    (struct report_foreign){.abi = "x32", .call = "mount", .state = FOREIGN_KILLED};
	report.outcome = OUTCOME_PASS;
	report.evaluation = report.canary = report.kernel = WITNESS_OK;
	report.instructions = 60;
	report.own_filters = 2;
	report.outer_filters = 1;
	report.no_new_privs = 1;
	frame = (struct report_frame){.logger = "denyinit",
	                              .policy_path = "/etc/denyinit.ini",
	                              .sha256 = DIGEST,
	                              .rules = 57,
	                              .version = "0.1.0",
	                              .libseccomp = "2.6.0",
	                              .kernel = "6.12.9",
	                              .arch = "x86_64",
	                              .pid = 1,
	                              .uid = 101,
	                              .took_us = 600,
	                              .exec = "/docker-entrypoint.sh"};
}

static void fail_with(enum reason reason)
{
	report.outcome = OUTCOME_FAIL;
	report.reason = reason;
	report.canary = WITNESS_FAILED;
	frame.exit = 125;
}

/* ---- writing ---- */

typedef void (*writer)(FILE *, const struct report *, const struct report_frame *);

static char *text_of(writer write)
{
	static char *text;
	size_t length;
	FILE *out;

	free(text);
	out = open_memstream(&text, &length);
	assert_non_null(out);
	write(out, &report, &frame);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), length); /* no NUL in it */
	return text;
}

static void writes(writer write, const char *wanted)
{
	assert_string_equal(text_of(write), wanted);
}

static void has(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("`%s` is not in\n%s", wanted, text);
}

static void has_not(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted))
		fail_msg("`%s` is in\n%s", unwanted, text);
}

/* Printable ASCII in lines that each begin with the logger's name, whatever came in. */
static void is_tame(const char *text)
{
	bool at_start = true;

	for (const char *c = text; *c; c++) {
		if (at_start && strncmp(c, "denyinit: ", 10) != 0)
			fail_msg("a line does not begin with `denyinit: ` in\n%s", text);
		at_start = *c == '\n';
		if (*c != '\n' && (*c < 0x20 || *c >= 0x7f))
			fail_msg("byte 0x%02x in\n%s", (unsigned char)*c, text);
	}
	assert_true(at_start);
}

static unsigned lines(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* ---- text ---- */

static void pass_is_one_line(void **state)
{
	(void)state;
	all_is_well();
	writes(
	    report_text,
	    "denyinit: PASS mount API blocked: 11 of 11 calls denied by this policy | policy=/etc/denyinit.ini "
	    "sha256=3f9c2a71d0b4 rules=57 proof=evaluated,probed,kernel i386=killed x32=killed own-filters=2 outer-filters=1 "
	    "nnp=1 version=0.1.0 kernel=6.12.9 arch=x86_64 pid=1 took=0.6ms exec=/docker-entrypoint.sh\n");
}

static void what_is_not_known_is_left_out(void **state)
{
	(void)state;
	all_is_well();
	report.own_filters = report.outer_filters = report.no_new_privs = -1;
	report.kernel = WITNESS_NOT_OFFERED;
	report.nforeign = 0;
	frame = (struct report_frame){.logger = "denyinit", .pid = 7, .took_us = 12345};
	writes(report_text,
	       "denyinit: PASS mount API blocked: 11 of 11 calls denied by this policy | proof=evaluated,probed "
	       "pid=7 took=12.3ms\n");
	report.evaluation = WITNESS_NOT_OFFERED;
	report.canary = WITNESS_FAILED;
	has_not(text_of(report_text), "proof=");
	report.outer_filters = 3; /* whose they are is not known */
	has(text_of(report_text), " filters=3 ");
	has_not(text_of(report_text), "outer-filters");
}

static void what_is_seldom_is_said_when_it_is(void **state)
{
	(void)state;
	all_is_well();
	has_not(text_of(report_text), "warnings=");
	has_not(text_of(report_text), "tracer=");
	has_not(text_of(report_text), "closed-fds=");
	frame.warnings = 2;
	frame.closed_fds = 4;
	report.tracer = 77;
	report.no_new_privs = 0;
	writes(
	    report_text,
	    "denyinit: PASS mount API blocked: 11 of 11 calls denied by this policy | policy=/etc/denyinit.ini "
	    "sha256=3f9c2a71d0b4 rules=57 warnings=2 proof=evaluated,probed,kernel i386=killed x32=killed own-filters=2 "
	    "outer-filters=1 nnp=0 tracer=77 closed-fds=4 version=0.1.0 kernel=6.12.9 arch=x86_64 pid=1 took=0.6ms "
	    "exec=/docker-entrypoint.sh\n");
	frame.closed_fds = -1; /* closed, not counted */
	has_not(text_of(report_text), "closed-fds");
}

static void took(void **state)
{
	static const struct {
		long took_us;
		const char *wanted;
	} rows[] = {{0, " took=0.0ms "},   {99, " took=0.0ms "},   {100, " took=0.1ms "},
	            {999, " took=0.9ms "}, {1000, " took=1.0ms "}, {1234567, " took=1234.5ms "}};

	(void)state;
	all_is_well();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		frame.took_us = rows[i].took_us;
		has(text_of(report_text), rows[i].wanted);
	}
}

static void partial_names_what_is_open_and_its_line(void **state)
{
	(void)state;
	all_is_well();
	report.outcome = OUTCOME_PARTIAL;
	report.calls[FSOPEN].verdict = VERDICT_LEFT_OPEN;
	report.calls[FSOPEN].line = 12;
	report.calls[0].verdict = VERDICT_LEFT_OPEN;
	report.calls[0].conditional = true;
	report.calls[0].line = 13;
	report.calls[11].verdict = VERDICT_LEFT_OPEN; /* not of the mount API: nobody's business */
	writes(
	    report_text,
	    "denyinit: PARTIAL mount API only partly blocked: 9 of 11 calls denied by this policy; left open: mount (in part, "
	    "/etc/denyinit.ini:13), fsopen (/etc/denyinit.ini:12) | policy=/etc/denyinit.ini sha256=3f9c2a71d0b4 rules=57 "
	    "proof=evaluated,probed,kernel i386=killed x32=killed own-filters=2 outer-filters=1 nnp=1 version=0.1.0 "
	    "kernel=6.12.9 arch=x86_64 pid=1 took=0.6ms exec=/docker-entrypoint.sh\n");
}

static void fail_has_a_line_for_each_call(void **state)
{
	(void)state;
	all_is_well();
	for (size_t i = 0; i < MOUNT_CALLS; i++)
		report.calls[i].line = 0;
	report.calls[FSOPEN].verdict = VERDICT_REACHABLE;
	report.calls[1].verdict = VERDICT_DENIED_BY_RUNTIME;
	report.calls[2].verdict = VERDICT_MASKED;    /* passes: no line */
	report.calls[11].verdict = VERDICT_UNPROVEN; /* not of the mount API, and a rule says it */
	fail_with(REASON_MOUNT_REACHABLE);
	writes(
	    report_text,
	    "denyinit: FAIL mount API NOT blocked: 9 of 11 calls denied by this policy; /docker-entrypoint.sh not started | "
	    "policy=/etc/denyinit.ini reason=mount-reachable sha256=3f9c2a71d0b4 rules=57 proof=evaluated,kernel i386=killed "
	    "x32=killed own-filters=2 outer-filters=1 nnp=1 version=0.1.0 kernel=6.12.9 arch=x86_64 pid=1 took=0.6ms "
	    "exec=/docker-entrypoint.sh exit=125\n"
	    "denyinit: FAIL   umount2         denied-by-runtime  only the container runtime's profile stops it\n"
	    "denyinit: FAIL   fsopen          reachable          no rule and no outer filter stops it\n"
	    "denyinit: FAIL   ptrace          unproven           no answer in time, or no child process could be made; its "
	    "rule: /etc/denyinit.ini:4\n");
}

static void every_verdict_that_fails_has_a_line(void **state)
{
	(void)state;
	for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		bool fails = !((REPORT_PASSING | 1u << VERDICT_LEFT_OPEN | 1u << VERDICT_OBSERVED) & 1u << verdict);
		char start[64];

		all_is_well();
		report.calls[0].verdict = (enum verdict)verdict;
		fail_with(REASON_RULE_NOT_IN_FORCE);
		assert_int_equal(lines(text_of(report_text)), fails ? 2 : 1);
		snprintf(start, sizeof start, "denyinit: FAIL   mount           %-17s  ",
		         verdict_name((enum verdict)verdict));
		if (fails)
			has(text_of(report_text), start);
		snprintf(start, sizeof start, " 100  errno 1       %-18s 3 ", verdict_name((enum verdict)verdict));
		has(text_of(report_full), start); /* the table has it in any case */
	}
}

static void fail_for_other_reasons(void **state)
{
	(void)state;
	all_is_well();
	fail_with(REASON_OTHER_ABI_OPEN);
	report.foreign[0].state = FOREIGN_OPEN;
	report.foreign[1].state = FOREIGN_UNPROVEN;
	has(text_of(report_text),
	    "denyinit: FAIL calls through another ABI are NOT proven stopped: 11 of 11 calls denied by this "
	    "policy; /docker-entrypoint.sh not started | policy=/etc/denyinit.ini reason=other-abi-open ");
	has(text_of(report_text), " i386=open x32=unproven ");
	has(text_of(report_text), "\ndenyinit: FAIL   mount           open               called through the i386 ABI\n"
	                          "denyinit: FAIL   mount           unproven           called through the x32 ABI\n");

	all_is_well();
	fail_with(REASON_EVALUATION);
	report.evaluation = WITNESS_FAILED;
	report.evaluation_error = "the program jumps beyond its end";
	report.wrong = true;
	report.wrong_arch = 0xc000003e;
	report.wrong_nr = 165;
	report.wrong_got = 0x7fff0000;
	report.wrong_expected = 0x50001;
	has(text_of(report_text),
	    "\ndenyinit: FAIL   the program jumps beyond its end\n"
	    "denyinit: FAIL   number 165 of architecture 0xc000003e gets 0x7fff0000, the policy says "
	    "0x00050001\n");
	assert_int_equal(lines(text_of(report_text)), 3);
}

static void a_fail_that_starts_all_the_same_says_so(void **state)
{
	(void)state;
	all_is_well();
	fail_with(REASON_NOT_STARTED);
	report.ncalls = report.nforeign = 0;
	report.evaluation = report.kernel = WITNESS_FAILED;
	report.own_filters = report.outer_filters = report.no_new_privs = -1;
	frame.exit = 0;
	frame.note = "cannot load a seccomp filter: Operation not permitted";
	writes(report_text,
	       "denyinit: FAIL the self-test could not be held; cannot load a seccomp filter: Operation not permitted; "
	       "/docker-entrypoint.sh started all the same: on-failure = warn | policy=/etc/denyinit.ini "
	       "reason=self-test-not-held sha256=3f9c2a71d0b4 rules=57 version=0.1.0 kernel=6.12.9 arch=x86_64 pid=1 "
	       "took=0.6ms exec=/docker-entrypoint.sh\n");
}

static void alone_it_counts_the_other_way(void **state)
{
	(void)state;
	all_is_well();
	for (size_t i = 0; i < MOUNT_CALLS; i++)
		report.calls[i] =
		    (struct report_call){.name = mount_calls[i],
		                         .mount = true,
		                         .verdict = i < 4 ? VERDICT_REACHABLE : VERDICT_DENIED_BY_RUNTIME};
	report.ncalls = MOUNT_CALLS;
	report.nforeign = 0;
	report.own_filters = -1;
	report.evaluation = WITNESS_NOT_OFFERED;
	fail_with(REASON_NO_DENYINIT);
	frame = (struct report_frame){.logger = "denyinit-selftest", .version = "0.1.0", .pid = 9};
	has(text_of(report_text),
	    "denyinit-selftest: FAIL this process is under no denyinit: 4 of 11 mount calls reachable, 7 "
	    "denied by the runtime's profile | reason=no-denyinit proof=kernel filters=1 nnp=1 "
	    "version=0.1.0 pid=9 took=0.0ms\n"
	    "denyinit-selftest: FAIL   mount           reachable");
	assert_int_equal(lines(text_of(report_text)), 12);
}

/* Under a denyinit that keeps its magic to itself nothing is known of the calls, and nothing is said of them. */
static void alone_it_may_not_be_told(void **state)
{
	(void)state;
	all_is_well();
	fail_with(REASON_SECRET);
	report.ncalls = report.nforeign = 0;
	report.own_filters = -1;
	report.outer_filters = 3;
	report.evaluation = WITNESS_NOT_OFFERED;
	frame = (struct report_frame){.logger = "denyinit-selftest", .version = "0.1.0", .pid = 9};
	has(text_of(report_text), "denyinit-selftest: FAIL ");
	has(text_of(report_text),
	    " | reason=proof-is-secret proof=kernel filters=3 nnp=1 version=0.1.0 pid=9 took=0.0ms\n");
	assert_int_equal(lines(text_of(report_text)), 1);
	report.calls[report.ncalls++] =
	    (struct report_call){.name = "mount", .mount = true, .verdict = VERDICT_DENIED_BY_RUNTIME};
	has_not(text_of(report_text), "calls denied");
	has(text_of(report_json), "\"reason\":\"proof-is-secret\",");
	is_json(text_of(report_json));
}

/* The worst of an ABI's calls is the pair's value. */
static void one_word_for_each_abi(void **state)
{
	static const enum foreign from_bad_to_good[FOREIGN_COUNT] = {
	    FOREIGN_OPEN,      FOREIGN_UNPROVEN, FOREIGN_OBSERVED, FOREIGN_LEFT_OPEN, FOREIGN_MASKED,
	    FOREIGN_EVALUATED, FOREIGN_KILLED,   FOREIGN_DENIED,   FOREIGN_ABSENT,    FOREIGN_NOT_PROBED};

	(void)state;
	all_is_well();
	for (size_t i = 0; i < FOREIGN_COUNT; i++) {
		for (size_t j = 0; j < FOREIGN_COUNT; j++) {
			char pair[64];

			report.foreign[0] =
			    (struct report_foreign){.abi = "i386", .call = "mount", .state = from_bad_to_good[i]};
			report.foreign[1] =
			    (struct report_foreign){.abi = "i386", .call = "umount", .state = from_bad_to_good[j]};
			snprintf(pair, sizeof pair, " i386=%s ", foreign_name(from_bad_to_good[i < j ? i : j]));
			has(text_of(report_text), pair);
			has_not(text_of(report_text), "x32=");
		}
	}
}

/* What another ABI alone leaves open is named with it, and what is left open natively, too, once. */
static void left_open_elsewhere(void **state)
{
	(void)state;
	all_is_well();
	report.outcome = OUTCOME_PARTIAL;
	report.foreign[0] =
	    (struct report_foreign){.abi = "i386", .call = "umount", .state = FOREIGN_LEFT_OPEN, .line = 7};
	report.foreign[1] =
	    (struct report_foreign){.abi = "x32", .call = "mount", .state = FOREIGN_DENIED, .errnum = 5};
	has(text_of(report_text), "; left open: umount by i386 (/etc/denyinit.ini:7) |");
	has(text_of(report_text), " i386=left-open x32=denied ");
	has(text_of(report_full), "   umount                     i386  -             left-open\n");
	has(text_of(report_full), "   mount                       x32  errno 5       denied\n");
	report.foreign[1] = (struct report_foreign){.abi = "x32", .call = "mount", .state = FOREIGN_KILLED};
	has(text_of(report_full), "   mount                       x32  kill-process  killed\n");
	report.outcome = OUTCOME_OBSERVE; /* of another call */
	has(text_of(report_text), ": OBSERVE mount API only partly blocked: 11 of 11 ");
	report.foreign[0].state = FOREIGN_OBSERVED;
	has(text_of(report_text),
	    ": OBSERVE mount API only partly blocked: 11 of 11 calls denied by this policy; NOT enforced, only observed: "
	    "umount by i386 |");
	report.foreign[0].state = FOREIGN_LEFT_OPEN;
	report.outcome = OUTCOME_PARTIAL;
	for (size_t i = 0; i < report.ncalls; i++) {
		if (strcmp(report.calls[i].name, "fsopen") == 0) {
			report.calls[i].verdict = VERDICT_LEFT_OPEN;
			report.calls[i].line = 3;
		}
	}
	report.foreign[1] =
	    (struct report_foreign){.abi = "x32", .call = "fsopen", .state = FOREIGN_LEFT_OPEN, .line = 3};
	has(text_of(report_text), "; left open: fsopen (/etc/denyinit.ini:3), umount by i386 (/etc/denyinit.ini:7) |");
	is_json(text_of(report_json));
}

/* ---- what is only observed ---- */

#define OBSERVE_REST                                                                                                     \
	" | policy=/etc/denyinit.ini sha256=3f9c2a71d0b4 rules=57 proof=evaluated,probed,kernel mode=supervise "         \
	"denials=reported observed=kernel-log i386=killed x32=killed own-filters=2 outer-filters=1 nnp=1 version=0.1.0 " \
	"kernel=6.12.9 arch=x86_64 pid=1 took=0.6ms exec=/docker-entrypoint.sh\n"

static void observe(void)
{
	all_is_well();
	report.outcome = OUTCOME_OBSERVE;
	frame.mode = "supervise";
	frame.denials = "reported";
	frame.observed = "kernel-log";
}

static void observe_names_what_is_not_enforced(void **state)
{
	(void)state;
	observe();
	report.calls[11].verdict = VERDICT_OBSERVED; /* ptrace */
	writes(report_text,
	       "denyinit: OBSERVE mount API blocked: 11 of 11 calls denied by this policy; NOT enforced, only "
	       "observed: ptrace" OBSERVE_REST);

	report.calls[FSOPEN].verdict = VERDICT_OBSERVED;
	writes(
	    report_text,
	    "denyinit: OBSERVE mount API only partly blocked: 10 of 11 calls denied by this policy; NOT enforced, only "
	    "observed: fsopen, ptrace" OBSERVE_REST);

	report.calls[0].verdict = VERDICT_LEFT_OPEN; /* what is open comes first, with its line */
	writes(report_text,
	       "denyinit: OBSERVE mount API only partly blocked: 9 of 11 calls denied by this policy; left open: mount "
	       "(/etc/denyinit.ini:3); NOT enforced, only observed: fsopen, ptrace" OBSERVE_REST);

	report.calls[FSOPEN].verdict = VERDICT_DENIED;
	has(text_of(report_text),
	    "denyinit: OBSERVE mount API only partly blocked: 10 of 11 calls denied by this policy; left "
	    "open: mount (/etc/denyinit.ini:3); NOT enforced, only observed: ptrace |");
	report.calls[FSOPEN].verdict = VERDICT_OBSERVED;

	report.calls[11].conditional = true; /* and denied for some arguments */
	has(text_of(report_text), "; NOT enforced, only observed: fsopen, ptrace (in part) |");
	report.calls[11].conditional = false;

	report.calls[11].name = NULL; /* by number */
	has(text_of(report_text), "; NOT enforced, only observed: fsopen, 101 |");
	is_tame(text_of(report_text));

	/* Nothing at all is enforced: that comes first. */
	report.enforces_nothing = true;
	has(text_of(report_text),
	    "denyinit: OBSERVE NOTHING is blocked, all is only observed: 9 of 11 calls denied by this policy; left open: ");
	for (size_t i = 0; i < report.ncalls; i++)
		report.calls[i].verdict = VERDICT_OBSERVED;
	has(text_of(report_text),
	    "denyinit: OBSERVE NOTHING is blocked, all is only observed: 0 of 11 calls denied by this "
	    "policy; NOT enforced, only observed: mount, umount2, ");
	fail_with(REASON_CONTROL); /* the failure is what is said then */
	has(text_of(report_text), "denyinit: FAIL the filter stops a call that no rule names: ");
}

/* A list in one line has an end, and says how long it is. */
static void observed_calls_are_counted(void **state)
{
	static const char *const ends[] = {
	    " | ",
	    ": mount | ",
	    "mount, umount2 | ",
	    NULL,
	    NULL,
	    NULL,
	    NULL,
	    NULL,
	    NULL,
	    NULL,
	    NULL,
	    "mount_setattr, open_tree_attr | ",         /* 11 */
	    "mount_setattr, open_tree_attr, ptrace | ", /* 12 */
	    "open_tree_attr, ptrace and 1 more | ",     /* 13 */
	    "open_tree_attr, ptrace and 2 more | ",
	};
	const size_t most = sizeof ends / sizeof *ends - 1;

	(void)state;
	observe();
	while (report.ncalls < most) {
		report.calls[report.ncalls] = (struct report_call){
		    .name = "kcmp", .nr = 900 + (uint32_t)report.ncalls, .errnum = 1, .verdict = VERDICT_DENIED};
		report.ncalls++;
	}
	for (size_t count = 0; count <= most; count++) {
		for (size_t i = 0; i < most; i++)
			report.calls[i].verdict = i < count ? VERDICT_OBSERVED : VERDICT_DENIED;
		if (ends[count])
			has(text_of(report_text), ends[count]);
		if (count == 0)
			has_not(text_of(report_text), "only observed");
		if (count <= 12)
			has_not(text_of(report_text), " more");
		assert_int_equal(lines(text_of(report_text)), 1);
	}
	for (report.ncalls = 0; report.ncalls < REPORT_CALLS_MAX; report.ncalls++)
		report.calls[report.ncalls] = (struct report_call){.nr = 900, .verdict = VERDICT_OBSERVED};
	has(text_of(report_text), ", 900 and 628 more | ");
	is_tame(text_of(report_full));
}

static void how_they_are_told(void **state)
{
	static const char *const words[] = {"supervise", "reported", "in-part", "not-reported", "kernel-log"};
	static const struct {
		const char **value;
		const char *pair, *member;
	} rows[] = {{&frame.mode, " mode=", ",\"mode\":\""},
	            {&frame.denials, " denials=", ",\"denials\":\""},
	            {&frame.observed, " observed=", ",\"observing\":\""}};
	const size_t count = sizeof rows / sizeof *rows;

	(void)state;
	for (size_t row = 0; row < count; row++) {
		for (size_t word = 0; word < sizeof words / sizeof *words; word++) {
			char wanted[60];

			all_is_well();
			*rows[row].value = words[word];
			for (size_t i = 0; i < count; i++) {
				if (i == row)
					continue;
				has_not(text_of(report_text), rows[i].pair);
				has_not(text_of(report_json), rows[i].member);
			}
			snprintf(wanted, sizeof wanted, "%s%s ", rows[row].pair, words[word]);
			has(text_of(report_text), wanted);
			snprintf(wanted, sizeof wanted, "%s%s\",", rows[row].member, words[word]);
			has(text_of(report_json), wanted);
			is_json(text_of(report_json));
		}
	}
}

/* ---- full ---- */

static void full_is_a_table(void **state)
{
	(void)state;
	all_is_well();
	report.calls[0] = report.calls[11];
	report.calls[1] = (struct report_call){
	    .name = "clone", .nr = 56, .conditional = true, .errnum = 1, .line = 5, .verdict = VERDICT_DENIED};
	report.calls[2] =
	    (struct report_call){.name = NULL, .nr = 467, .errnum = 38, .line = 6, .verdict = VERDICT_MASKED};
	report.calls[3] = (struct report_call){.name = "open_tree_attr",
	                                       .nr = 467,
	                                       .mount = true,
	                                       .conditional = true,
	                                       .errnum = 1,
	                                       .line = 7,
	                                       .verdict = VERDICT_LEFT_OPEN};
	report.calls[4] = (struct report_call){.name = "fsopen", .nr = 430, .mount = true, .verdict = VERDICT_DENIED};
	report.ncalls = 5;
	frame = (struct report_frame){.logger = "denyinit", .pid = 1};
	writes(
	    report_full,
	    "denyinit: PASS mount API blocked: 1 of 2 calls denied by this policy; left open: open_tree_attr (in part, "
	    "policy:7) | proof=evaluated,probed,kernel i386=killed x32=killed own-filters=2 outer-filters=1 nnp=1 pid=1 "
	    "took=0.0ms\n"
	    "denyinit:   call                     number  gets          verdict            line\n"
	    "denyinit:   ptrace                      101  kill-process  denied             4\n"
	    "denyinit:   clone                        56  errno 1       denied             5 for some arguments\n"
	    "denyinit:   467                         467  errno 38      masked             6\n"
	    "denyinit:   open_tree_attr              467  errno 1       left-open          7 for some arguments mount API\n"
	    "denyinit:   fsopen                      430  -             denied             - mount API\n"
	    "denyinit:   mount                      i386  kill-process  killed\n"
	    "denyinit:   mount                       x32  kill-process  killed\n"
	    "denyinit:   evaluation=ok canary=ok kernel=ok instructions=60\n");
}

/* ---- JSON ---- */

static void json_of_pass(void **state)
{
	(void)state;
	all_is_well();
	frame.time = 1750000000;
	frame.closed_fds = 2;
	frame.absent = 4;
	is_json(text_of(report_json));
	writes(
	    report_json,
	    "{\"time\":\"2025-06-15T15:06:40Z\",\"level\":\"info\",\"msg\":\"mount API blocked\",\"logger\":\"denyinit\","
	    "\"event\":\"selftest\",\"schema\":1,\"verdict\":\"PASS\",\"reason\":\"none\",\"mount_api\":{\"total\":11,"
	    "\"denied\":11,\"absent\":[\"umount\"],\"left_open\":[],\"denied_by_runtime\":[],\"reachable\":[],"
	    "\"let_through\":[],\"masked\":[],\"contradicted\":[],\"unproven\":[],\"observed\":[]},\"failed_rules\":[],"
	    "\"policy\":{\"path\":\"/etc/denyinit.ini\",\"sha256\":\"" DIGEST
	    "\",\"rules\":57,\"absent\":4,\"warnings\":0},\"proof\":{"
	    "\"evaluation\":\"ok\",\"canary\":\"ok\",\"kernel\":\"ok\"},\"filter\":{\"instructions\":60,\"own\":2,\"outer\":1,"
	    "\"no_new_privs\":1,\"tracer\":0,\"other_abis\":{\"i386\":\"killed\",\"x32\":\"killed\"}},\"version\":\"0.1.0\","
	    "\"libseccomp\":\"2.6.0\",\"kernel\":\"6.12.9\",\"arch\":\"x86_64\",\"pid\":1,\"uid\":101,\"took_us\":600,"
	    "\"closed_fds\":2,\"exec\":\"/docker-entrypoint.sh\",\"exit\":0}\n");
}

static void json_of_fail(void **state)
{
	const char *text;

	(void)state;
	all_is_well();
	fail_with(REASON_MOUNT_REACHABLE);
	frame.note = "a note";
	report.calls[0].verdict = VERDICT_REACHABLE;
	report.calls[1].verdict = VERDICT_DENIED_BY_RUNTIME;
	report.calls[2].verdict = VERDICT_LET_THROUGH;
	report.calls[3].verdict = VERDICT_MASKED;
	report.calls[4].verdict = VERDICT_CONTRADICTED;
	report.calls[5].verdict = VERDICT_UNPROVEN;
	report.calls[6].verdict = VERDICT_LEFT_OPEN;
	report.calls[7].verdict = VERDICT_REACHABLE;
	report.calls[8].verdict = VERDICT_EVALUATED;
	report.calls[11].verdict = VERDICT_CONTRADICTED;
	report.calls[report.ncalls++] = (struct report_call){.nr = 470, .verdict = VERDICT_UNPROVEN};
	report.calls[report.ncalls++] = (struct report_call){.name = "clone", .verdict = VERDICT_LEFT_OPEN};
	report.own_filters = report.outer_filters = report.no_new_privs = frame.closed_fds = -1;
	report.tracer = 4242;
	report.foreign[1].state = FOREIGN_OPEN;
	text = text_of(report_json);
	is_json(text);
	has(text, "{\"level\":\"error\",\"msg\":\"mount API NOT blocked\",");
	has(text,
	    ",\"verdict\":\"FAIL\",\"reason\":\"mount-reachable\",\"note\":\"a note\",\"mount_api\":{\"total\":11,\"denied\":4,"
	    "\"absent\":[\"umount\"],\"left_open\":[\"fsconfig\"],\"denied_by_runtime\":[\"umount2\"],\"reachable\":["
	    "\"mount\",\"fsmount\"],\"let_through\":[\"pivot_root\"],\"masked\":[\"open_tree\"],\"contradicted\":["
	    "\"move_mount\"],\"unproven\":[\"fsopen\"],\"observed\":[]},\"failed_rules\":[\"ptrace\",470],");
	has(text, "\"proof\":{\"evaluation\":\"ok\",\"canary\":\"failed\",\"kernel\":\"ok\"}");
	has(text,
	    "\"own\":null,\"outer\":null,\"no_new_privs\":null,\"tracer\":4242,\"other_abis\":{\"i386\":\"killed\",\"x32\":"
	    "\"open\"}}");
	has(text, "\"closed_fds\":null,");
	has(text, "\"exit\":125}\n");
}

static void json_of_partial(void **state)
{
	(void)state;
	all_is_well();
	report.outcome = OUTCOME_PARTIAL;
	report.calls[0].verdict = VERDICT_LEFT_OPEN;
	is_json(text_of(report_json));
	has(text_of(report_json), "\"level\":\"warn\",\"msg\":\"mount API only partly blocked\",");
	has(text_of(report_json),
	    "\"verdict\":\"PARTIAL\",\"reason\":\"none\",\"mount_api\":{\"total\":11,\"denied\":10,");
	has(text_of(report_json), "\"left_open\":[\"mount\"]");
}

static void json_of_observe(void **state)
{
	const char *text;

	(void)state;
	observe();
	report.calls[FSOPEN].verdict = VERDICT_OBSERVED;
	report.calls[1].verdict = VERDICT_LEFT_OPEN;
	report.calls[11].verdict = VERDICT_OBSERVED;
	report.calls[report.ncalls++] = (struct report_call){.nr = 470, .verdict = VERDICT_OBSERVED};
	report.calls[report.ncalls++] = (struct report_call){.name = "kcmp", .verdict = VERDICT_DENIED};
	text = text_of(report_json);
	is_json(text);
	has(text, "{\"level\":\"warn\",\"msg\":\"mount API only partly blocked\",");
	has(text, "\"verdict\":\"OBSERVE\",\"reason\":\"none\",\"mount_api\":{\"total\":11,\"denied\":9,");
	has(text, "\"left_open\":[\"umount2\"]");
	has(text,
	    ",\"observed\":[\"fsopen\"]},\"failed_rules\":[],\"observed\":[\"fsopen\",\"ptrace\",470],\"policy\":{");
	has(text,
	    "\"other_abis\":{\"i386\":\"killed\",\"x32\":\"killed\"}},\"mode\":\"supervise\",\"denials\":\"reported\","
	    "\"observing\":\"kernel-log\",\"version\":");

	report.enforces_nothing = true;
	has(text_of(report_json), "{\"level\":\"warn\",\"msg\":\"NOTHING is blocked, all is only observed\",");
	is_json(text_of(report_json));

	/* In other outcomes, what is said of the mount API has to do. */
	fail_with(REASON_CONTROL);
	has(text_of(report_json), ",\"observed\":[\"fsopen\"]},\"failed_rules\":[],\"policy\":{");
	is_json(text_of(report_json));
}

static void json_without_what_is_not_known(void **state)
{
	(void)state;
	memset(&report, 0, sizeof report);
	frame = (struct report_frame){.logger = "denyinit", .closed_fds = -1};
	is_json(text_of(report_json));
	has(text_of(report_json), "\"mount_api\":{\"total\":0,\"denied\":0,");
	has(text_of(report_json), "\"other_abis\":{}}");
	has_not(text_of(report_json), "\"policy\":");
	has_not(text_of(report_json), "\"exec\":");
	has_not(text_of(report_json), "\"time\":");
	has_not(text_of(report_json), "(null)");
}

static void times(void **state)
{
	static const struct {
		int64_t time;
		const char *wanted;
	} rows[] = {{1, "{\"time\":\"1970-01-01T00:00:01Z\","},
	            {951782400, "{\"time\":\"2000-02-29T00:00:00Z\","},
	            {INT64_C(4102444799), "{\"time\":\"2099-12-31T23:59:59Z\","},
	            {0, "{\"level\""}};

	(void)state;
	all_is_well();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		frame.time = rows[i].time;
		is_json(text_of(report_json));
		assert_memory_equal(text_of(report_json), rows[i].wanted, strlen(rows[i].wanted));
	}
	frame.time = INT64_MAX; /* no such year */
	is_json(text_of(report_json));
}

/* ---- what may not break them ---- */

static void names_are_escaped(void **state)
{
	(void)state;
	all_is_well();
	frame.exec = "a b\n\"c\"\x1b[31m\\d\xc3\xa9\x7f";
	frame.policy_path = "/p\tq r";
	frame.note = "a note of\n/p\x1b[31m\xc3\xa9 q"; /* a sentence: its blanks stay */
	has(text_of(report_text), "; a note of\\x0a/p\\x1b[31m\\xc3\\xa9 q |");
	frame.note = NULL;
	has(text_of(report_text), " policy=/p\\x09q\\x20r ");
	has(text_of(report_text), " exec=a\\x20b\\x0a\"c\"\\x1b[31m\\d\\xc3\\xa9\\x7f\n");
	is_tame(text_of(report_text));
	is_tame(text_of(report_full));
	assert_int_equal(lines(text_of(report_text)), 1);
	has(text_of(report_json), "\"exec\":\"a b\\u000a\\\"c\\\"\\u001b[31m\\\\d");
	has(text_of(report_json), "\"path\":\"/p\\u0009q r\"");
	is_json(text_of(report_json));

	fail_with(REASON_RULE_NOT_IN_FORCE);
	report.calls[11].verdict = VERDICT_CONTRADICTED;
	has(text_of(report_text), "; a\\x20b\\x0a\"c\"\\x1b[31m");
	has(text_of(report_text), "; its rule: /p\\x09q\\x20r:4\n");
	is_tame(text_of(report_text));
	report.outcome = OUTCOME_PARTIAL;
	report.calls[0].verdict = VERDICT_LEFT_OPEN;
	has(text_of(report_text), "; left open: mount (/p\\x09q\\x20r:3) |");
	is_tame(text_of(report_text));
}

/* Each single byte but NUL, in each string that comes from outside. */
static void every_byte(void **state)
{
	(void)state;
	for (unsigned byte = 1; byte < 256; byte++) {
		const char text[] = {'x', (char)byte, 'y', '\0'};

		all_is_well();
		frame.exec = frame.policy_path = frame.kernel = frame.arch = frame.version = frame.libseccomp = text;
		is_tame(text_of(report_text));
		is_tame(text_of(report_full));
		is_json(text_of(report_json));
		assert_int_equal(lines(text_of(report_text)), 1);
	}
}

/* No string of the frame has to be there, in no form and no outcome. */
static void no_strings(void **state)
{
	(void)state;
	for (unsigned outcome = OUTCOME_FAIL; outcome <= OUTCOME_OBSERVE; outcome++) {
		all_is_well();
		report.outcome = (enum outcome)outcome;
		report.calls[0].verdict = VERDICT_LEFT_OPEN;
		report.calls[1].verdict = VERDICT_REACHABLE;
		report.calls[2].verdict = VERDICT_OBSERVED;
		report.calls[2].name = NULL;
		report.calls[11].name = NULL;
		report.calls[11].verdict = VERDICT_UNPROVEN;
		frame = (struct report_frame){.logger = "denyinit"};
		is_tame(text_of(report_text));
		is_tame(text_of(report_full));
		is_json(text_of(report_json));
		has_not(text_of(report_text), "(null)");
		has_not(text_of(report_full), "(null)");
		has_not(text_of(report_json), "(null)");
	}
}

/* The largest there is. */
static void full_to_the_brim(void **state)
{
	(void)state;
	all_is_well();
	for (report.ncalls = 0; report.ncalls < REPORT_CALLS_MAX; report.ncalls++)
		report.calls[report.ncalls] = (struct report_call){.name = "process_madvise",
		                                                   .nr = UINT32_MAX,
		                                                   .errnum = 4095,
		                                                   .line = 65536,
		                                                   .verdict = VERDICT_DENIED_BY_RUNTIME};
	for (report.nforeign = 0; report.nforeign < REPORT_FOREIGN_MAX; report.nforeign++)
		report.foreign[report.nforeign] =
		    (struct report_foreign){.abi = "i386", .call = "open_tree_attr", .state = FOREIGN_UNPROVEN};
	fail_with(REASON_RULE_NOT_IN_FORCE);
	assert_int_equal(lines(text_of(report_text)), 1 + REPORT_CALLS_MAX + REPORT_FOREIGN_MAX);
	assert_int_equal(lines(text_of(report_full)), 3 + 2 * (REPORT_CALLS_MAX + REPORT_FOREIGN_MAX));
	is_tame(text_of(report_full));
	is_json(text_of(report_json));
}

/* ---- lists and words ---- */

static void counting_and_listing_mount_calls(void **state)
{
	char names[200];
	unsigned all = ~0u;

	(void)state;
	all_is_well();
	report.calls[0].verdict = report.calls[FSOPEN].verdict = VERDICT_REACHABLE;
	report.calls[11].verdict = VERDICT_REACHABLE; /* ptrace */
	assert_int_equal(report_count_mount(&report, all), 11);
	assert_int_equal(report_count_mount(&report, REPORT_PASSING), 9);
	assert_int_equal(report_count_mount(&report, 1u << VERDICT_REACHABLE), 2);
	assert_int_equal(report_count_mount(&report, 0), 0);

	report_list_mount(&report, 1u << VERDICT_REACHABLE, names, sizeof names);
	assert_string_equal(names, "mount fsopen");
	report_list_mount(&report, 1u << VERDICT_MASKED, names, sizeof names);
	assert_string_equal(names, "");
	report_list_mount(&report, all, names, sizeof names);
	assert_string_equal(
	    names, "mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
		   "open_tree_attr");
	/* Cut between names where size ends; never a byte more (the address sanitizer looks). */
	for (size_t size = 1; size < sizeof names; size++) {
		char *small = malloc(size);

		assert_non_null(small);
		report_list_mount(&report, all, small, size);
		assert_true(strlen(small) < size);
		assert_memory_equal(small, names, strlen(small));
		assert_true(names[strlen(small)] == '\0' || names[strlen(small)] == ' ' || small[0] == '\0');
		free(small);
	}
}

static void has_words(const char *text)
{
	assert_non_null(text);
	assert_true(strlen(text) >= 2);
	assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz-"), strlen(text));
}

/* The words are the report's contract: a list of their own here, so that none changes by accident. */
static void every_value_has_its_word(void **state)
{
	static const char *const verdict_words[] = {
	    "unproven",          "denied",    "masked",      "evaluated",    "left-open",
	    "denied-by-runtime", "reachable", "let-through", "contradicted", "observed"};
	static const char *const reason_words[] = {"none",           "mount-reachable",    "mount-denied-by-runtime",
	                                           "mount-unproven", "evaluation-failed",  "rule-not-in-force",
	                                           "other-abi-open", "kernel-account",     "control-lost",
	                                           "nothing-probed", "self-test-not-held", "proof-is-secret",
	                                           "no-denyinit"};
	static const char *const outcome_words[] = {"FAIL", "PARTIAL", "PASS", "OBSERVE"};
	static const char *const foreign_words[] = {"unproven", "killed",    "absent",    "masked",   "open",
	                                            "denied",   "evaluated", "left-open", "observed", "not-probed"};
	static const char *const witness_words[] = {"failed", "not-offered", "ok"};

	(void)state;
	assert_int_equal(sizeof verdict_words / sizeof *verdict_words, VERDICT_COUNT);
	assert_int_equal(sizeof foreign_words / sizeof *foreign_words, FOREIGN_COUNT);
	assert_int_equal(sizeof reason_words / sizeof *reason_words, REASON_COUNT);
	for (unsigned i = 0; i < VERDICT_COUNT; i++) {
		has_words(verdict_name((enum verdict)i));
		assert_string_equal(verdict_name((enum verdict)i), verdict_words[i]);
	}
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		has_words(reason_name((enum reason)i));
		assert_string_equal(reason_name((enum reason)i), reason_words[i]);
		all_is_well(); /* and a sentence */
		fail_with((enum reason)i);
		has_not(text_of(report_text), "(null)");
		is_json(text_of(report_json));
		has_not(text_of(report_json), "(null)");
	}
	for (unsigned i = OUTCOME_FAIL; i <= OUTCOME_OBSERVE; i++)
		assert_string_equal(outcome_name((enum outcome)i), outcome_words[i]);
	for (unsigned i = FOREIGN_UNPROVEN; i < FOREIGN_COUNT; i++)
		assert_string_equal(foreign_name((enum foreign)i), foreign_words[i]);
	for (unsigned i = WITNESS_FAILED; i <= WITNESS_OK; i++)
		assert_string_equal(witness_name((enum witness)i), witness_words[i]);
}

/* What passes, passes: one line of the contract. */
static void three_verdicts_pass(void **state)
{
	(void)state;
	assert_int_equal(REPORT_PASSING, 1u << VERDICT_DENIED | 1u << VERDICT_MASKED | 1u << VERDICT_EVALUATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pass_is_one_line),
	    cmocka_unit_test(what_is_not_known_is_left_out),
	    cmocka_unit_test(what_is_seldom_is_said_when_it_is),
	    cmocka_unit_test(took),
	    cmocka_unit_test(partial_names_what_is_open_and_its_line),
	    cmocka_unit_test(fail_has_a_line_for_each_call),
	    cmocka_unit_test(every_verdict_that_fails_has_a_line),
	    cmocka_unit_test(fail_for_other_reasons),
	    cmocka_unit_test(a_fail_that_starts_all_the_same_says_so),
	    cmocka_unit_test(alone_it_counts_the_other_way),
	    cmocka_unit_test(one_word_for_each_abi),
	    cmocka_unit_test(left_open_elsewhere),
	    cmocka_unit_test(alone_it_may_not_be_told),
	    cmocka_unit_test(observe_names_what_is_not_enforced),
	    cmocka_unit_test(observed_calls_are_counted),
	    cmocka_unit_test(how_they_are_told),
	    cmocka_unit_test(full_is_a_table),
	    cmocka_unit_test(json_of_pass),
	    cmocka_unit_test(json_of_fail),
	    cmocka_unit_test(json_of_partial),
	    cmocka_unit_test(json_of_observe),
	    cmocka_unit_test(json_without_what_is_not_known),
	    cmocka_unit_test(times),
	    cmocka_unit_test(names_are_escaped),
	    cmocka_unit_test(every_byte),
	    cmocka_unit_test(no_strings),
	    cmocka_unit_test(full_to_the_brim),
	    cmocka_unit_test(counting_and_listing_mount_calls),
	    cmocka_unit_test(every_value_has_its_word),
	    cmocka_unit_test(three_verdicts_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
