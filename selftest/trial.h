/* SPDX-License-Identifier: MIT */
/*
 * trial: the judge's face, all that init/ sees of it but for the report (report.h). It shares no code with the filter's
 * makers, believes none of their numbers, and tells by three witnesses whether the policy is in force:
 *
 *   evaluation  the very bytes handed to the kernel, interpreted for every number of every ABI
 *   canary      each rule probed by a live call before and after the policy is loaded (canary.h)
 *   kernel      its own account: prctl(2), /proc/self/status
 *
 * Order: no_new_privs, trial_open, seccomp(2) with the policy, trial_close.
 */
#ifndef SELFTEST_TRIAL_H
#define SELFTEST_TRIAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selftest/report.h"

#define TRIAL_RULES_MAX (REPORT_CALLS_MAX - 20u) /* the mount API and newer-syscalls are reported besides */
#define TRIAL_OTHER_MAX (TRIAL_RULES_MAX + 200u) /* the same for each other ABI */

enum trial_action { TRIAL_ERRNO, TRIAL_KILL };

enum trial_test {
	TRIAL_IN,     /* the argument is one of the values */
	TRIAL_NOT_IN, /* none of them */
	TRIAL_LESS,   /* unsigned; this and those below have one value */
	TRIAL_LESS_EQUAL,
	TRIAL_GREATER,
	TRIAL_GREATER_EQUAL,
	TRIAL_ANY_BIT,   /* (argument & value) != 0 */
	TRIAL_MASKED_IN, /* (argument & first value) is one of the others; not wide */
};

struct trial_condition {
	uint8_t arg, upper; /* wide: the argument whose lower half is the upper one, where a pair of registers has it */
	bool wide;          /* 64 bits, else the lower 32 */
	enum trial_test test;
	const uint64_t *values;
	size_t count;
};

/* What the policy says of one call, in words and in the accused's own number for it. */
struct trial_rule {
	const char *name; /* NULL: the policy gives a number that has no name */
	uint32_t nr;      /* of its ABI; the judge refuses if its own number for the name is another */
	enum trial_action action;
	uint16_t errnum;                          /* TRIAL_ERRNO: 1..4095 */
	const struct trial_condition *conditions; /* all must hold; none: always */
	size_t nconditions;
	unsigned line; /* of the policy; among rules of one call and severity the lowest one wins */
};

/* A call that the policy leaves open in so many words. */
struct trial_allow {
	const char *name;
	unsigned line;
};

/* The other ABIs that there may be (selftest/numbers.h), and what the policy says of calls through one. */
enum trial_abi { TRIAL_COMPAT, TRIAL_X32, TRIAL_ABIS };

struct trial_other {
	const struct trial_rule *rules; /* x32's numbers have their bit, and may be the native ones or its own */
	size_t nrules;
	const struct trial_allow *allows;
	size_t nallows;
};

struct trial_input {
	const struct trial_rule *rules;
	size_t nrules;
	const struct trial_allow *allows;
	size_t nallows;
	uint32_t ceiling;  /* numbers above it that no rule names ... */
	uint16_t above;    /* ... get this errno; 0: they are let through */
	bool no_new_privs; /* must be set */

	/*
	 * What calls through other ABIs get: other_denied: what other[] says, with the same ceiling; else they kill. The judge
	 * demands that each native rule without conditions is there, too, where it knows the ABI to have a call of that name,
	 * and of each ABI the whole mount API.
	 */
	bool other_denied;
	struct trial_other other[TRIAL_ABIS];

	/*
	 * Denials are reported: each errno is given only to calls with `magic` in the sixth argument, the others are
	 * SECCOMP_RET_USER_NOTIF, which never lets a call through by itself. Then the magic is secret and random (odd, its
	 * upper half neither 0 nor ~0; with registers of 32 bits only the lower half counts); 0: not reported.
	 */
	uint64_t magic;

	/*
	 * What would be denied and is only observed: the same form; NULL: nothing. Whatever the input itself lets through
	 * and that one denies gets observed_action (SECCOMP_RET_USER_NOTIF, _LOG or _ALLOW).
	 */
	const struct trial_input *observed;
	uint32_t observed_action;
	bool exported;         /* for another: this process does not run under the program */
	bool enforces_nothing; /* no rule, no ceiling and no other ABI is denied by the input itself */
};

enum trial_step {
	TRIAL_OK,
	TRIAL_TOO_MANY_RULES,
	TRIAL_WRONG_NUMBER,  /* *detail: index of the rule whose number is not the judge's */
	TRIAL_OTHER_ABI,     /* so is a number of another ABI, or a rule is missing there: *detail: the rule's line */
	TRIAL_SUICIDE,       /* a rule kills for what this process calls itself; *detail: its index */
	TRIAL_NO_MARKER,     /* the policy uses every errno that could be one */
	TRIAL_NO_CONTROL,    /* the policy names every call that could be one */
	TRIAL_CANARY_LOAD,   /* *detail: errno of seccomp(2) */
	TRIAL_NO_CHILD,      /* *detail: errno of clone(2) or pipe2(2) */
	TRIAL_CANARY_SILENT, /* loaded, says the kernel, but the control does not answer: nothing is probed */
};

struct trial;

/*
 * What can be known of a policy and its program without a kernel: the numbers, a marker, a control, the evaluation.
 * TRIAL_OK, and report->evaluation, ->evaluation_error and ->wrong... are filled; or what trial_open would say.
 */
enum trial_step trial_rehearse(const struct trial_input *input, const struct sock_fprog *program, struct report *report,
                               long *detail);

/*
 * Checks the numbers, loads the canary and makes round one. input and what it points to must live until trial_close.
 * There is one trial in a process; nothing has to be freed, also if trial_close is never called.
 */
enum trial_step trial_open(const struct trial_input *input, struct trial **trial, long *detail);

/*
 * Round two, evaluation of program (exactly what was given to the kernel) and the kernel's account. Fills *report.
 * Always gives a verdict: what could not be learned counts against the policy.
 */
void trial_close(struct trial *trial, const struct sock_fprog *program, struct report *report);

/* The errno that a listener gives to trial_listen()'s calls: one that no kernel code returns. */
#define TRIAL_HEARD 3917

/*
 * After trial_close, where denials are reported (input->magic): whether the listener hears of them. Calls that a rule
 * denies are made with `cookie` in the sixth argument, which the listener is to answer TRIAL_HEARD: one, or with an outer
 * filter one for each call that has a rule, as that filter's own denials come first and nobody hears of them. Fills
 * report->heard and ->asked. No such call's body can run: nothing that the filter passes on is let through unanswered.
 */
void trial_listen(struct trial *trial, uint64_t cookie, struct report *report);

/* What a program answers a call: SECCOMP_RET_*, data included; SECCOMP_RET_KILL_PROCESS if it is no valid program. */
uint32_t trial_evaluate(const struct sock_fprog *program, const struct seccomp_data *data);

/*
 * The judge alone, for a process that may or may not be under denyinit: round two from inside, if the canary answers;
 * else only who would stop the calls. Fills *report; outcome PASS only with all of the mount API denied under denyinit.
 * False: nothing could be learned at all.
 */
bool trial_alone(struct report *report);

/* The command denyinit-selftest, argv[0] not looked at; its exit status: 0 yes, 1 no, 125 cannot tell. */
int trial_command(int argc, char *const argv[]);

#endif
