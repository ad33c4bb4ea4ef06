/* SPDX-License-Identifier: MIT */
/*
 * The truth table of the proof, written out by hand from its rules and not from verdict.c: every combination of what
 * the policy says, what the evaluation found, and what came back in the two rounds.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/seccomp.h>

#include "selftest/verdict.h"

#define MARKER 3823
#define POLICY_ERRNO 1   /* what the rule says */
#define ANOTHER_ERRNO 13 /* what no rule says */

/* ---- observations ---- */

/* The columns of every table below: what came back in round two. */
#define SECONDS "Meo0+SGTN"
/* The rows: what came back in round one. */
#define FIRSTS "MSGTeo0+N"

static struct observed observation(char letter)
{
	switch (letter) {
	case 'M': return (struct observed){OBSERVED_RETURN, -MARKER};
	case 'e': return (struct observed){OBSERVED_RETURN, -POLICY_ERRNO};
	case 'o': return (struct observed){OBSERVED_RETURN, -ANOTHER_ERRNO};
	case '0': return (struct observed){OBSERVED_RETURN, 0}; /* an outer ERRNO(0), or the call was made */
	case '+': return (struct observed){OBSERVED_RETURN, MARKER};
	case 'S': return (struct observed){OBSERVED_DEATH, SIGSYS};
	case 'G': return (struct observed){OBSERVED_DEATH, SIGSEGV};
	case 'T': return (struct observed){OBSERVED_DEATH, SIGTERM};
	default: return (struct observed){OBSERVED_NOTHING, 0};
	}
}

/* ---- the truth table ---- */

/* In the tables: Denied, Masked, left Open, Reachable, by the Runtime, Contradicted, Unproven. */
static enum verdict verdict_by(char letter)
{
	switch (letter) {
	case 'D': return VERDICT_DENIED;
	case 'm': return VERDICT_MASKED;
	case 'O': return VERDICT_LEFT_OPEN;
	case 'R': return VERDICT_REACHABLE;
	case 'B': return VERDICT_DENIED_BY_RUNTIME;
	case 'C': return VERDICT_CONTRADICTED;
	default: return VERDICT_UNPROVEN;
	}
}

#define ROWS 9

struct table {
	const char *name;
	uint32_t expected;
	bool evaluated;
	const char *rows[ROWS]; /* of FIRSTS; columns of SECONDS */
};

/*
 * Rules: round one must be the marker, or nothing that comes later says anything (U), but for a death by SIGSYS, where
 * something older kills. Round two without an answer is no proof (U). The marker in round two means that the policy let
 * the call through. Anything but what the policy says is a contradiction, and so is a denial of which the interpreted
 * program knows nothing.
 */
#define UNKNOWN_IN_ROUND_ONE "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU"

static const struct table tables[] = {
    /*                                                          M e o 0 + S G T N */
    {"allow, evaluated", SECCOMP_RET_ALLOW, true, {"OCCCCCCCU", "CCCCCOCCU", UNKNOWN_IN_ROUND_ONE}},
    {"allow, not evaluated", SECCOMP_RET_ALLOW, false, {"CCCCCCCCU", "CCCCCCCCU", UNKNOWN_IN_ROUND_ONE}},
    {"errno, evaluated", SECCOMP_RET_ERRNO | POLICY_ERRNO, true, {"RDCCCCCCU", "CCCCCmCCU", UNKNOWN_IN_ROUND_ONE}},
    {"errno, not evaluated", SECCOMP_RET_ERRNO | POLICY_ERRNO, false, {"RCCCCCCCU", "CCCCCBCCU", UNKNOWN_IN_ROUND_ONE}},
    {"kill, evaluated", SECCOMP_RET_KILL_PROCESS, true, {"RCCCCDCCU", "CCCCCmCCU", UNKNOWN_IN_ROUND_ONE}},
    {"kill, not evaluated", SECCOMP_RET_KILL_PROCESS, false, {"RCCCCCCCU", "CCCCCBCCU", UNKNOWN_IN_ROUND_ONE}},
};

static void the_truth_table(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
		for (size_t first = 0; first < strlen(FIRSTS); first++) {
			for (size_t second = 0; second < strlen(SECONDS); second++) {
				const struct testimony testimony = {tables[t].expected, tables[t].evaluated, MARKER,
				                                    observation(FIRSTS[first]),
				                                    observation(SECONDS[second])};
				enum verdict wanted = verdict_by(tables[t].rows[first][second]);
				enum verdict got = verdict_of(&testimony);

				if (got != wanted)
					fail_msg("%s, first %c, second %c: %s, not %s", tables[t].name, FIRSTS[first],
					         SECONDS[second], verdict_name(got), verdict_name(wanted));
			}
		}
	}
}

/* The errnos that a policy may give, at their ends: each is told from its neighbours and from the marker. */
static void every_errno_is_told_from_its_neighbour(void **state)
{
	static const uint16_t errnos[] = {1, 2, 38, 511, 531, 4094, 4095};

	(void)state;
	for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++) {
		struct testimony testimony = {
		    SECCOMP_RET_ERRNO | errnos[i], true, MARKER, observation('M'), {OBSERVED_RETURN, -(long)errnos[i]}};

		assert_int_equal(verdict_of(&testimony), VERDICT_DENIED);
		testimony.second.value--;
		assert_int_equal(verdict_of(&testimony), VERDICT_CONTRADICTED);
		testimony.second.value += 2;
		assert_int_equal(verdict_of(&testimony), VERDICT_CONTRADICTED);
		testimony.second.value = errnos[i];
		assert_int_equal(verdict_of(&testimony), VERDICT_CONTRADICTED);
	}
}

/* What the design says in one sentence: of all that can come back, only these few pass. */
static void nothing_else_passes(void **state)
{
	size_t passing = 0, left_open = 0;

	(void)state;
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
		for (size_t i = 0; i < strlen(FIRSTS) * strlen(SECONDS); i++) {
			const struct testimony testimony = {tables[t].expected, tables[t].evaluated, MARKER,
			                                    observation(FIRSTS[i / strlen(SECONDS)]),
			                                    observation(SECONDS[i % strlen(SECONDS)])};
			enum verdict got = verdict_of(&testimony);

			if (REPORT_PASSING & (1u << got)) {
				passing++;
				assert_true(testimony.evaluated);
				assert_true(testimony.expected != SECCOMP_RET_ALLOW);
				assert_false(testimony.second.what == OBSERVED_RETURN &&
				             testimony.second.value == -MARKER);
			}
			left_open += got == VERDICT_LEFT_OPEN;
		}
	}
	assert_int_equal(passing, 4);   /* errno and kill: denied, and masked */
	assert_int_equal(left_open, 2); /* live, and masked */
}

/* ---- the worse of two ---- */

/* From bad to good, and each with what it must not hide. */
static const enum verdict from_bad_to_good[] = {
    VERDICT_REACHABLE, VERDICT_LET_THROUGH, VERDICT_CONTRADICTED, VERDICT_DENIED_BY_RUNTIME, VERDICT_UNPROVEN,
    VERDICT_LEFT_OPEN, VERDICT_OBSERVED,    VERDICT_MASKED,       VERDICT_EVALUATED,         VERDICT_DENIED,
};

static void the_worse_of_two(void **state)
{
	const size_t count = sizeof from_bad_to_good / sizeof *from_bad_to_good;

	(void)state;
	assert_int_equal(count, VERDICT_COUNT);
	for (size_t a = 0; a < count; a++) {
		for (size_t b = 0; b < count; b++) {
			enum verdict wanted = from_bad_to_good[a < b ? a : b];

			assert_int_equal(verdict_worse(from_bad_to_good[a], from_bad_to_good[b]), wanted);
		}
	}
}

/* 0: passes; 1: open, and the policy says so; 2: does not pass. */
static int badness(unsigned verdict)
{
	if (REPORT_PASSING & (1u << verdict))
		return 0;
	return verdict == VERDICT_LEFT_OPEN || verdict == VERDICT_OBSERVED ? 1 : 2;
}

/* Whatever the order within them: what does not pass outweighs what is left open, and that what passes. */
static void nothing_bad_is_hidden_by_good(void **state)
{
	(void)state;
	for (unsigned a = 0; a < VERDICT_COUNT; a++) {
		for (unsigned b = 0; b < VERDICT_COUNT; b++) {
			unsigned worse = verdict_worse((enum verdict)a, (enum verdict)b);

			assert_true(worse == a || worse == b);
			assert_int_equal(badness(worse), badness(a) > badness(b) ? badness(a) : badness(b));
		}
	}
	/* Three kinds, and every verdict is of one. */
	assert_int_equal(REPORT_PASSING & REPORT_FAILING, 0);
	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		assert_int_equal(badness(i) == 2, (REPORT_FAILING & 1u << i) != 0);
}

/* ---- other ABIs ---- */

static enum foreign foreign_by(char letter)
{
	switch (letter) {
	case 'K': return FOREIGN_KILLED;
	case 'A': return FOREIGN_ABSENT;
	case 'm': return FOREIGN_MASKED;
	case 'O': return FOREIGN_OPEN;
	default: return FOREIGN_UNPROVEN;
	}
}

/*
 * Only the death of the caller will do: in round two after the marker (K), or in both (m). A general protection fault
 * in round one: there is no such way into this kernel (A). '.' is nowhere laid down: a way that is not there in round
 * one and is in round two.
 */
static const struct {
	bool evaluated;
	const char *rows[ROWS];
} foreign_tables[] = {
    /*       M e o 0 + S G T N */
    {true,
     {"OOOOOKUUU", "UUUUUmUUU", "......A..", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU", "UUUUUUUUU",
      "UUUUUUUUU"}},
    {false,
     {"OOOOOOOOO", "OOOOOOOOO", "......A..", "OOOOOOOOO", "OOOOOOOOO", "OOOOOOOOO", "OOOOOOOOO", "OOOOOOOOO",
      "OOOOOOOOO"}},
};

static void other_abis(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof foreign_tables / sizeof *foreign_tables; t++) {
		for (size_t first = 0; first < strlen(FIRSTS); first++) {
			for (size_t second = 0; second < strlen(SECONDS); second++) {
				const struct testimony testimony = {
				    SECCOMP_RET_KILL_PROCESS, foreign_tables[t].evaluated, MARKER,
				    observation(FIRSTS[first]), observation(SECONDS[second])};
				char letter = foreign_tables[t].rows[first][second];
				enum foreign got = verdict_foreign(&testimony);

				if (letter != '.' && got != foreign_by(letter))
					fail_msg("evaluated %d, first %c, second %c: %s, not %s",
					         foreign_tables[t].evaluated, FIRSTS[first], SECONDS[second],
					         foreign_name(got), foreign_name(foreign_by(letter)));
			}
		}
	}
}

/* ---- the conclusion ---- */

static struct report report;

/* Eleven mount calls and two others, denied; both other ABIs killed; all witnesses heard. */
static void all_is_well(void)
{
	memset(&report, 0, sizeof report);
	report.evaluation = report.kernel = WITNESS_OK;
	for (size_t i = 0; i < 13; i++)
		report.calls[report.ncalls++] =
		    (struct report_call){.name = "some", .mount = i < 11, .verdict = VERDICT_DENIED};
	for (size_t i = 0; i < 2; i++)
		report.foreign[report.nforeign++] =
		    (struct report_foreign){.abi = i == 0 ? "i386" : "x32", .call = "mount", .state = FOREIGN_KILLED};
}

#define MOUNT_CALL 3
#define OTHER_CALL 12

static void concludes(enum outcome outcome, enum reason reason, enum witness canary)
{
	report.outcome = (enum outcome)99;
	report.reason = (enum reason)99;
	report.canary = (enum witness)99;
	verdict_conclude(&report);
	assert_string_equal(reason_name(report.reason), reason_name(reason));
	assert_int_equal(report.outcome, outcome);
	assert_int_equal(report.canary, canary);
}

static void fails(enum reason reason, enum witness canary)
{
	concludes(OUTCOME_FAIL, reason, canary);
}

static void all_denied_is_pass(void **state)
{
	(void)state;
	all_is_well();
	concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK);
	assert_int_equal(report.evaluation, WITNESS_OK);
	assert_int_equal(report.kernel, WITNESS_OK);

	report.kernel = WITNESS_NOT_OFFERED; /* corroboration only: its absence is never fatal */
	concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK);
	assert_int_equal(report.kernel, WITNESS_NOT_OFFERED);
}

/* Each verdict, once on a mount call and once on another. */
static void one_call_decides(void **state)
{
	static const struct {
		enum verdict verdict;
		enum outcome mount_outcome;
		enum reason mount;
		enum outcome other_outcome;
		enum reason other;
	} rows[] = {
	    {VERDICT_DENIED, OUTCOME_PASS, REASON_NONE, OUTCOME_PASS, REASON_NONE},
	    {VERDICT_MASKED, OUTCOME_PASS, REASON_NONE, OUTCOME_PASS, REASON_NONE},
	    {VERDICT_EVALUATED, OUTCOME_PASS, REASON_NONE, OUTCOME_PASS, REASON_NONE},
	    {VERDICT_LEFT_OPEN, OUTCOME_PARTIAL, REASON_NONE, OUTCOME_PASS, REASON_NONE},
	    {VERDICT_DENIED_BY_RUNTIME, OUTCOME_FAIL, REASON_MOUNT_DENIED_BY_RUNTIME, OUTCOME_FAIL,
	     REASON_RULE_NOT_IN_FORCE},
	    {VERDICT_REACHABLE, OUTCOME_FAIL, REASON_MOUNT_REACHABLE, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE},
	    {VERDICT_LET_THROUGH, OUTCOME_FAIL, REASON_MOUNT_REACHABLE, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE},
	    {VERDICT_CONTRADICTED, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE},
	    {VERDICT_UNPROVEN, OUTCOME_FAIL, REASON_MOUNT_UNPROVEN, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE},
	    {VERDICT_OBSERVED, OUTCOME_OBSERVE, REASON_NONE, OUTCOME_OBSERVE, REASON_NONE},
	};

	(void)state;
	assert_int_equal(sizeof rows / sizeof *rows, VERDICT_COUNT);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		all_is_well();
		report.calls[MOUNT_CALL].verdict = rows[i].verdict;
		concludes(rows[i].mount_outcome, rows[i].mount,
		          rows[i].mount_outcome == OUTCOME_FAIL ? WITNESS_FAILED : WITNESS_OK);
		all_is_well();
		report.calls[OTHER_CALL].verdict = rows[i].verdict;
		concludes(rows[i].other_outcome, rows[i].other,
		          rows[i].other_outcome == OUTCOME_FAIL ? WITNESS_FAILED : WITNESS_OK);
	}
}

static void one_other_abi_decides(void **state)
{
	static const struct {
		enum foreign foreign;
		enum reason reason;
	} rows[] = {
	    {FOREIGN_KILLED, REASON_NONE},
	    {FOREIGN_ABSENT, REASON_NONE},
	    {FOREIGN_MASKED, REASON_NONE},
	    {FOREIGN_OPEN, REASON_OTHER_ABI_OPEN},
	    {FOREIGN_UNPROVEN, REASON_OTHER_ABI_OPEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		all_is_well();
		report.foreign[1].state = rows[i].foreign;
		if (rows[i].reason == REASON_NONE)
			concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK);
		else
			fails(rows[i].reason, WITNESS_FAILED);
	}
}

static void each_witness_can_refuse(void **state)
{
	(void)state;
	all_is_well();
	report.evaluation = WITNESS_FAILED;
	fails(REASON_EVALUATION, WITNESS_OK);

	all_is_well();
	report.kernel = WITNESS_FAILED;
	fails(REASON_KERNEL_ACCOUNT, WITNESS_OK);

	all_is_well();
	report.control_lost = true;
	fails(REASON_CONTROL, WITNESS_FAILED);
}

/* A masked call rests on the evaluation of a program that was seen at work elsewhere at least. */
static void masked_needs_something_live(void **state)
{
	(void)state;
	all_is_well();
	for (size_t i = 0; i < report.ncalls; i++)
		report.calls[i].verdict = VERDICT_MASKED;
	concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK); /* the other ABIs are */

	for (size_t i = 0; i < report.nforeign; i++)
		report.foreign[i].state = FOREIGN_MASKED;
	fails(REASON_NOTHING_PROBED, WITNESS_FAILED);

	report.foreign[0].state = FOREIGN_ABSENT;
	fails(REASON_NOTHING_PROBED, WITNESS_FAILED);
	report.foreign[0].state = FOREIGN_KILLED;
	concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK);
	report.foreign[0].state = FOREIGN_MASKED;

	report.calls[OTHER_CALL].verdict = VERDICT_EVALUATED; /* nor is that live */
	fails(REASON_NOTHING_PROBED, WITNESS_FAILED);
	report.calls[OTHER_CALL].verdict = VERDICT_DENIED;
	concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK);
}

/*
 * The first that applies, in the order in which report.h names them but for the rule, which explains less than the
 * evaluation. Everything is wrong at once; then one thing after the other is put right.
 */
static void the_first_reason_wins(void **state)
{
	(void)state;
	all_is_well();
	report.calls[0].verdict = VERDICT_REACHABLE;
	report.calls[1].verdict = VERDICT_LET_THROUGH;
	report.calls[2].verdict = VERDICT_DENIED_BY_RUNTIME;
	report.calls[3].verdict = VERDICT_UNPROVEN;
	report.calls[4].verdict = VERDICT_CONTRADICTED;
	report.calls[5].verdict = VERDICT_LEFT_OPEN;
	report.calls[OTHER_CALL].verdict = VERDICT_REACHABLE;
	report.evaluation = WITNESS_FAILED;
	report.kernel = WITNESS_FAILED;
	report.control_lost = true;
	report.foreign[0].state = FOREIGN_OPEN;

	fails(REASON_MOUNT_REACHABLE, WITNESS_FAILED);
	report.calls[0].verdict = VERDICT_DENIED;
	fails(REASON_MOUNT_REACHABLE, WITNESS_FAILED);
	report.calls[1].verdict = VERDICT_DENIED;
	fails(REASON_MOUNT_DENIED_BY_RUNTIME, WITNESS_FAILED);
	report.calls[2].verdict = VERDICT_DENIED;
	fails(REASON_MOUNT_UNPROVEN, WITNESS_FAILED);
	report.calls[3].verdict = VERDICT_DENIED;
	fails(REASON_EVALUATION, WITNESS_FAILED);
	report.evaluation = WITNESS_OK;
	fails(REASON_RULE_NOT_IN_FORCE, WITNESS_FAILED);
	report.calls[4].verdict = VERDICT_DENIED;
	fails(REASON_RULE_NOT_IN_FORCE, WITNESS_FAILED);
	report.calls[OTHER_CALL].verdict = VERDICT_DENIED;
	fails(REASON_OTHER_ABI_OPEN, WITNESS_FAILED);
	report.foreign[0].state = FOREIGN_UNPROVEN;
	fails(REASON_OTHER_ABI_OPEN, WITNESS_FAILED);
	report.foreign[0].state = FOREIGN_KILLED;
	fails(REASON_KERNEL_ACCOUNT, WITNESS_FAILED);
	report.kernel = WITNESS_OK;
	fails(REASON_CONTROL, WITNESS_FAILED);
	report.control_lost = false;
	concludes(OUTCOME_PARTIAL, REASON_NONE, WITNESS_OK);
	report.calls[5].verdict = VERDICT_DENIED;
	concludes(OUTCOME_PASS, REASON_NONE, WITNESS_OK);
}

/* ---- what is only observed ---- */

/* One such call is enough, whichever it is: the report must not say PASS, nor PARTIAL, but it is no failure. */
static void observed_is_neither_pass_nor_fail(void **state)
{
	static const struct {
		enum verdict mount, other;
		enum outcome outcome;
		enum reason reason;
	} rows[] = {
	    {VERDICT_OBSERVED, VERDICT_OBSERVED, OUTCOME_OBSERVE, REASON_NONE},
	    {VERDICT_LEFT_OPEN, VERDICT_OBSERVED, OUTCOME_OBSERVE, REASON_NONE}, /* before PARTIAL */
	    {VERDICT_OBSERVED, VERDICT_LEFT_OPEN, OUTCOME_OBSERVE, REASON_NONE},
	    {VERDICT_MASKED, VERDICT_OBSERVED, OUTCOME_OBSERVE, REASON_NONE},
	    /* and hides nothing */
	    {VERDICT_REACHABLE, VERDICT_OBSERVED, OUTCOME_FAIL, REASON_MOUNT_REACHABLE},
	    {VERDICT_DENIED_BY_RUNTIME, VERDICT_OBSERVED, OUTCOME_FAIL, REASON_MOUNT_DENIED_BY_RUNTIME},
	    {VERDICT_UNPROVEN, VERDICT_OBSERVED, OUTCOME_FAIL, REASON_MOUNT_UNPROVEN},
	    {VERDICT_OBSERVED, VERDICT_CONTRADICTED, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE},
	    {VERDICT_OBSERVED, VERDICT_REACHABLE, OUTCOME_FAIL, REASON_RULE_NOT_IN_FORCE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		all_is_well();
		report.calls[MOUNT_CALL].verdict = rows[i].mount;
		report.calls[OTHER_CALL].verdict = rows[i].other;
		concludes(rows[i].outcome, rows[i].reason,
		          rows[i].outcome == OUTCOME_FAIL ? WITNESS_FAILED : WITNESS_OK);
	}
	all_is_well();
	report.calls[OTHER_CALL].verdict = VERDICT_OBSERVED;
	report.evaluation = WITNESS_FAILED;
	fails(REASON_EVALUATION, WITNESS_OK);
	report.evaluation = WITNESS_OK;
	report.kernel = WITNESS_FAILED;
	fails(REASON_KERNEL_ACCOUNT, WITNESS_OK);
	report.kernel = WITNESS_OK;
	report.foreign[0].state = FOREIGN_OPEN;
	fails(REASON_OTHER_ABI_OPEN, WITNESS_FAILED);
	report.foreign[0].state = FOREIGN_KILLED;
	report.control_lost = true;
	fails(REASON_CONTROL, WITNESS_FAILED);
}

/* Where nothing is enforced, nothing can be seen at work, and that is as it should be; all else is asked as ever. */
static void a_policy_that_enforces_nothing(void **state)
{
	(void)state;
	all_is_well();
	report.nforeign = 0;
	for (size_t i = 0; i < report.ncalls; i++)
		report.calls[i].verdict = VERDICT_OBSERVED;
	fails(REASON_NOTHING_PROBED, WITNESS_FAILED);
	report.enforces_nothing = true;
	concludes(OUTCOME_OBSERVE, REASON_NONE, WITNESS_OK);
	report.calls[MOUNT_CALL].verdict = VERDICT_LEFT_OPEN;
	concludes(OUTCOME_OBSERVE, REASON_NONE, WITNESS_OK);
	report.calls[MOUNT_CALL].verdict = VERDICT_REACHABLE; /* not mentioned */
	fails(REASON_MOUNT_REACHABLE, WITNESS_FAILED);
	report.calls[MOUNT_CALL].verdict = VERDICT_CONTRADICTED;
	fails(REASON_RULE_NOT_IN_FORCE, WITNESS_FAILED);
	report.calls[MOUNT_CALL].verdict = VERDICT_OBSERVED;
	report.evaluation = WITNESS_FAILED;
	fails(REASON_EVALUATION, WITNESS_OK);
	report.evaluation = WITNESS_OK;
	report.control_lost = true;
	fails(REASON_CONTROL, WITNESS_FAILED);
	report.control_lost = false;

	/* It is no PASS, even with nothing in it. */
	report.ncalls = 0;
	concludes(OUTCOME_OBSERVE, REASON_NONE, WITNESS_OK);
	report.enforces_nothing = false;
	fails(REASON_NOTHING_PROBED, WITNESS_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_truth_table),
	    cmocka_unit_test(every_errno_is_told_from_its_neighbour),
	    cmocka_unit_test(nothing_else_passes),
	    cmocka_unit_test(the_worse_of_two),
	    cmocka_unit_test(nothing_bad_is_hidden_by_good),
	    cmocka_unit_test(other_abis),
	    cmocka_unit_test(all_denied_is_pass),
	    cmocka_unit_test(one_call_decides),
	    cmocka_unit_test(one_other_abi_decides),
	    cmocka_unit_test(each_witness_can_refuse),
	    cmocka_unit_test(masked_needs_something_live),
	    cmocka_unit_test(the_first_reason_wins),
	    cmocka_unit_test(observed_is_neither_pass_nor_fail),
	    cmocka_unit_test(a_policy_that_enforces_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
