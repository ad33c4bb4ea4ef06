/* SPDX-License-Identifier: MIT */
/*
 * policy: INI text to struct policy. Pure: reads no file, asks no kernel. The format is denyinit.ini(5).
 */
#ifndef INIT_POLICY_H
#define INIT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/findings.h"
#include "init/staying.h"

#define POLICY_RULES_MAX 600u
#define POLICY_ROOM (POLICY_RULES_MAX + 200u) /* another ABI has calls that do the same twice: abis.h */
#define POLICY_NAME_MAX 40u                   /* a call's or group's name with its NUL */
#define POLICY_BYTES_MAX 65536u               /* the whole file */
#define POLICY_LINE_MAX 190u     /* bytes of one line, comment not counted: inih's stock build cuts at 199 */
#define POLICY_CONDITIONS_MAX 6u /* of one rule, joined by `and` */
#define POLICY_VALUES_MAX 4096u  /* in the conditions of all rules of a policy */

/* Numbers below differ between ABIs (the tables were unified with Linux 5.1's pidfd_send_signal, 424). */
#define POLICY_NUMBER_MIN 424u
#define POLICY_NUMBER_MAX 65535u

/* The newest call that this build knows: fchroot, Linux 7.3. Above it: newer-syscalls. */
#define POLICY_CEILING 472u

enum action {
	ACTION_ERRNO, /* the call returns -1 with rule.errnum, its body never runs */
	ACTION_KILL,  /* SECCOMP_RET_KILL_PROCESS */
};

/* All comparisons are unsigned. */
enum test {
	TEST_IN,     /* one of the values; `==` is this with one */
	TEST_NOT_IN, /* none of them; `!=` is this with one */
	TEST_LESS,   /* this and those below have one value */
	TEST_LESS_EQUAL,
	TEST_GREATER,
	TEST_GREATER_EQUAL,
	TEST_ANY_BIT, /* (argument & value) != 0, the value is not 0 */
	/* Not in the language: (argument & first value) is one of the other values, which are sorted; not wide. */
	TEST_MASKED_IN,
};

/* A test of one argument. Its values are policy->values[first .. first + count). */
struct condition {
	uint8_t arg; /* 0..5 */
	/* Wide only: the argument whose register has the upper 32 bits, in its lower half, where the ABI splits one argument
	 * over two registers. The same as arg elsewhere. */
	uint8_t upper;
	bool wide; /* compared on 64 bits, else on the lower 32 (what the kernel's prototype says) */
	enum test test;
	uint16_t first,
	    count; /* for TEST_IN and TEST_NOT_IN sorted ascending, without repeats; not wide: all below 2^32 */
};

/*
 * One rule on one call. A call may have several (alternatives): the most severe action that matches wins, at equal
 * severity the first one. rules of a policy are sorted by number, then in that order, so that the first match decides.
 */
struct rule {
	char name[POLICY_NAME_MAX]; /* the kernel's name; "" for a number that has no known name */
	uint32_t nr;                /* of the policy's ABI */
	enum action action;
	uint16_t errnum;     /* 1..4095, ACTION_ERRNO only */
	uint8_t nconditions; /* it matches if all of them hold; 0: always */
	bool lenient;        /* `?name`: no error where this machine cannot have it */
	struct condition conditions[POLICY_CONDITIONS_MAX];
	unsigned line;
	char group[POLICY_NAME_MAX]; /* "@default": the rule came from that line's group; "": a line of its own */
};

/* A call that `allow` took out again: known to be open. */
struct allowance {
	char name[POLICY_NAME_MAX]; /* as in struct rule */
	uint32_t nr;
	unsigned line;
	char group[POLICY_NAME_MAX]; /* as in struct rule */
	unsigned denied_line;        /* the line that had denied it, or would have */
};

enum no_new_privs { NNP_YES, NNP_AUTO };
enum report_form { REPORT_TEXT, REPORT_FULL, REPORT_JSON, REPORT_OFF };
enum on_failure { ON_FAILURE_REFUSE, ON_FAILURE_WARN };

/*
 * The other ways into the kernel of this machine: a 32-bit ABI (i386's int 0x80 on x86_64; arm on aarch64), and on x86_64
 * the native way with another bit in the number. Which of them there are: arch.h.
 */
enum other_abi { OTHER_COMPAT, OTHER_X32, OTHER_ABIS };

struct policy {
	size_t nrules, nallows, nvalues; /* in the lists at the end */
	size_t nabsent;                  /* calls named that this architecture does not have */

	bool newer_enosys;    /* newer-syscalls = ENOSYS */
	bool other_abis_deny; /* other-abis = deny: the same rules on the machine's other ABIs; else their calls kill */
	/* other_abis_deny: what those get (abis.h), their rules' numbers being theirs, x32's with its bit; else NULL. Of these
	 * policies only rules, allows, values and newer_enosys are used. */
	const struct policy *other[OTHER_ABIS];
	bool strict;      /* warnings are errors */
	enum action deny; /* what `deny` means, and its errno */
	uint16_t deny_errno;
	unsigned deny_line, no_new_privs_line; /* where these settings stand; 0: nowhere */
	enum no_new_privs no_new_privs;
	bool log;

	enum report_form report;
	bool report_to_stderr;
	bool report_required;
	enum on_failure on_failure;

	bool supervise;      /* mode = supervise, said or meant: there are denials to report, or calls to observe */
	bool stays_exec;     /* mode = exec was said */
	bool report_denials; /* each denial on stderr, as it happens */
	unsigned keep_fds;   /* descriptors 3 .. 2 + keep_fds stay open */
	struct staying staying;

	/* Last: pages that nobody writes to cost nothing. */
	struct rule rules[POLICY_ROOM];
	struct allowance allows[POLICY_RULES_MAX];
	uint64_t values[POLICY_VALUES_MAX]; /* of the rules' conditions, which may share them */
};

/*
 * What the parser must ask about calls and cannot know itself. filter.c has the one made of libseccomp's tables;
 * the unit tests have a small one.
 */
#define CALL_UNKNOWN (-1) /* on no architecture */
#define CALL_ABSENT (-2)  /* on another architecture */

struct call_table {
	int (*number)(const char *name);  /* native number, CALL_UNKNOWN or CALL_ABSENT */
	const char *(*name)(uint32_t nr); /* NULL: no name; valid until the next call */
	/* The name in place i of the tables, for proposing the nearest one: false past the last place; *name is ""
	 * where a place is empty; a name may come more than once. */
	bool (*at)(size_t i, char name[POLICY_NAME_MAX]);
};

/*
 * Parses text[0..length), which need not end in NUL. The rules of [deny] and all settings go to *policy, the rules of
 * [observe] (what would be denied, were they in [deny]) to *observed, of which only rules, allows and their counts are
 * used. Findings are added, never cleared. Returns true if no error was found; both are complete then and must not be
 * used otherwise. That part of the mount API is never mentioned is not found here: the judge tells it (and --check asks
 * policy_unmentioned).
 */
bool policy_parse(const char *text, size_t length, const struct call_table *calls, struct policy *policy,
                  struct policy *observed, struct findings *findings);

/*
 * A setting of how denyinit stays, as an option of the command line says it (`grace=10s`), which outweighs the policy's
 * and, but for `user`, means mode = supervise. False: why says what is wrong; no full stop at the end.
 */
bool policy_set(struct policy *policy, const char *pair, char why[FINDING_TEXT]);

/*
 * The mount calls that the policy neither denies nor leaves open knowingly (by `allow`, by a condition, or as observed):
 * the names in one string, separated by spaces, and their count. A policy with any is refused.
 */
unsigned policy_unmentioned(const struct policy *policy, const struct policy *observed, const struct call_table *calls,
                            char *names, size_t size);

/*
 * The rule that decides about a call of the policy's ABI; NULL: none. Of calls above the ceiling without a rule,
 * newer_enosys decides.
 */
const struct rule *policy_rule(const struct policy *policy, uint32_t nr, const uint64_t args[6]);

#endif
