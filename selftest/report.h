/* SPDX-License-Identifier: MIT */
/*
 * report: what the trial found, and its text and JSON forms on a FILE *. Pure: the caller gathers the frame.
 */
#ifndef SELFTEST_REPORT_H
#define SELFTEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REPORT_CALLS_MAX 640u
#define REPORT_FOREIGN_MAX 32u

/* In each of these what is there by default, 0, is none that passes. */
enum verdict {
	VERDICT_UNPROVEN,  /* no answer in time, or no child could be made */
	VERDICT_DENIED,    /* by this policy; passes */
	VERDICT_MASKED,    /* an outer filter kills the caller before this one is asked; evaluated as denied; passes */
	VERDICT_EVALUATED, /* a rule that no probe can reach (it looks at the sixth argument); passes */
	VERDICT_LEFT_OPEN, /* by a line of the policy that says so: PARTIAL */
	VERDICT_DENIED_BY_RUNTIME, /* this policy lets it through, an older filter stops it */
	VERDICT_REACHABLE,         /* nothing stops it */
	VERDICT_LET_THROUGH,       /* this policy lets it through; what an older filter does could not be learned */
	VERDICT_CONTRADICTED,      /* it gets something else than the policy says */
	VERDICT_OBSERVED,          /* let through and reported, by a line of the policy that says so: OBSERVE */
	VERDICT_COUNT,
};

/* "denied", "masked", ... as the report spells them. */
const char *verdict_name(enum verdict verdict);

struct report_call {
	const char *name; /* NULL: by number only */
	uint32_t nr;
	bool mount;       /* belongs to the mount API */
	bool conditional; /* denied for some arguments only */
	bool kills;       /* by SIGSYS */
	uint16_t errnum;  /* what the policy says; 0 if it says nothing or kills */
	unsigned line;    /* of the policy; 0: it does not mention the call */
	enum verdict verdict;
	int runtime_errno; /* VERDICT_DENIED_BY_RUNTIME: what the older filter answers; 0: it kills */
};

/* Calls through another ABI of this machine. */
enum foreign {
	FOREIGN_UNPROVEN,
	FOREIGN_KILLED,
	FOREIGN_ABSENT,
	FOREIGN_MASKED,
	FOREIGN_OPEN,
	FOREIGN_DENIED, /* by an errno of this policy, with other-abis = deny; so are those below */
	/* As the policy says, by the evaluation alone: no code of this architecture can make such a call; or it is denied and
	 * told, and this kernel shows too little of an i386 call for more proof. */
	FOREIGN_EVALUATED,
	FOREIGN_LEFT_OPEN,  /* by a line of the policy that says so: PARTIAL */
	FOREIGN_OBSERVED,   /* let through and reported, by a line of the policy: OBSERVE */
	FOREIGN_NOT_PROBED, /* the judge alone: no code of this architecture can make such a call */
	FOREIGN_COUNT,
};

const char *foreign_name(enum foreign foreign);

struct report_foreign {
	const char *abi;
	const char *call;
	enum foreign state;
	uint16_t errnum; /* what the policy says; 0: it kills, or says nothing */
	unsigned line;   /* of the policy; 0: it does not mention the call, or all such calls kill */
};

enum witness { WITNESS_FAILED, WITNESS_NOT_OFFERED, WITNESS_OK };

const char *witness_name(enum witness witness);

enum outcome { OUTCOME_FAIL, OUTCOME_PARTIAL, OUTCOME_PASS, OUTCOME_OBSERVE };

/* Why an outcome is FAIL: the first that applies. The words are part of the report's contract. */
enum reason {
	REASON_NONE,
	REASON_MOUNT_REACHABLE,         /* "mount-reachable": at least one mount call is */
	REASON_MOUNT_DENIED_BY_RUNTIME, /* every mount call that is not denied is stopped by an older filter */
	REASON_MOUNT_UNPROVEN,
	REASON_EVALUATION,        /* the program does not do what the policy says */
	REASON_RULE_NOT_IN_FORCE, /* another rule of the policy */
	REASON_OTHER_ABI_OPEN,
	REASON_KERNEL_ACCOUNT, /* the kernel says that no or too few filters are loaded */
	REASON_CONTROL,        /* the call that no rule names does not get through to the canary */
	REASON_NOTHING_PROBED, /* an outer filter kills everything: no rule was seen at work */
	REASON_NOT_STARTED,    /* the trial could not be held; only with on-failure = warn */
	REASON_SECRET,         /* the judge alone: this denyinit reports denials, and keeps its magic to itself */
	REASON_NO_DENYINIT,    /* the judge alone: this process is under no denyinit */
	REASON_COUNT,
};

const char *reason_name(enum reason reason);
const char *outcome_name(enum outcome outcome);

struct report {
	enum outcome outcome;
	enum reason reason;

	size_t ncalls, nforeign; /* in the lists at the end */

	enum witness evaluation, canary, kernel;
	bool enforces_nothing;        /* all is observed only */
	size_t asked, heard;          /* denials that were made to see whether they are reported, and those that were */
	size_t unanswered;            /* of those asked, got no answer at all: denied calls would wait for ever */
	bool control_lost;            /* the control did not get through to the canary in round two */
	bool too_complex;             /* the evaluation gave up: too many conditions on call wrong_nr */
	const char *evaluation_error; /* NULL or why the program could not be evaluated */
	bool wrong;                   /* the first number that the evaluation found to get something else */
	uint32_t wrong_arch, wrong_nr, wrong_got, wrong_expected;

	size_t instructions; /* of the policy's program; 0: not known */
	int own_filters;     /* loaded by denyinit, says the kernel: canary and policy; -1: not known */
	int outer_filters;   /* there before; -1: not known */
	int no_new_privs;    /* -1: not known */
	int tracer;          /* pid; 0: none or not known */

	/* Last: pages that nobody writes to cost nothing. */
	struct report_call calls[REPORT_CALLS_MAX];
	struct report_foreign foreign[REPORT_FOREIGN_MAX];
};

/* All is 0, and the lists are empty. */
static inline void report_clear(struct report *report)
{
	memset(report, 0, offsetof(struct report, calls));
}

/* What the report says around the findings. Strings may be NULL: the pair is left out. */
struct report_frame {
	const char *logger; /* "denyinit" or "denyinit-selftest" */
	const char *policy_path;
	const char *sha256; /* 64 hexadecimal digits; the text form shows the first 12 */
	size_t rules, warnings, absent;
	const char *version, *libseccomp, *kernel, *arch;
	long pid, uid;
	long took_us;
	const char *exec;    /* argv[0] of the entrypoint, never more of the command line */
	int exit;            /* 0, or the status with which denyinit refuses */
	int closed_fds;      /* descriptors closed before the entrypoint; -1: not counted */
	int64_t time;        /* seconds since 1970, JSON only; 0: not known */
	const char *mode;    /* "supervise"; NULL: exec */
	const char *denials; /* how they are told: "reported", "in-part", "not-reported"; NULL: nobody asked */
	const char
	    *observed; /* how observed calls are told: "reported", "kernel-log", "not-reported"; NULL: there are none */
	const char *note; /* one more sentence for a FAIL before the trial */
};

/* Mount calls of the native ABI that stand in report->calls with one of the verdicts of the mask (1u << verdict). */
unsigned report_count_mount(const struct report *report, unsigned verdicts);

/* Their names, separated by spaces, cut where size ends. */
void report_list_mount(const struct report *report, unsigned verdicts, char *names, size_t size);

#define REPORT_PASSING ((1u << VERDICT_DENIED) | (1u << VERDICT_MASKED) | (1u << VERDICT_EVALUATED))
#define REPORT_FAILING (~(REPORT_PASSING | (1u << VERDICT_LEFT_OPEN) | (1u << VERDICT_OBSERVED)))

/* The worst state of one ABI's calls, as foreign_name() spells it; NULL: nothing was learned of that ABI. */
const char *report_foreign_summary(const struct report *report, const char *abi);

/* What the report says first, "mount API blocked". */
const char *report_sentence(const struct report *report);

/* One line on PASS and PARTIAL; on FAIL one more for each call concerned. */
void report_text(FILE *out, const struct report *report, const struct report_frame *frame);

/* The text form's first line and a table of every call. */
void report_full(FILE *out, const struct report *report, const struct report_frame *frame);

/* One line. */
void report_json(FILE *out, const struct report *report, const struct report_frame *frame);

#endif
