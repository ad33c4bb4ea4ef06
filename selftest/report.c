/* SPDX-License-Identifier: MIT */
#include "selftest/report.h"

#include <stdarg.h>
#include <string.h>

#include "selftest/numbers.h"

#define BIT(verdict) (1u << (verdict))
#define SHA256_SHOWN 12

static const struct {
	const char *name, *explanation; /* for the line of a call that does not pass */
} verdict_words[VERDICT_COUNT] = {
    [VERDICT_DENIED] = {"denied", "this policy denies it"},
    [VERDICT_MASKED] = {"masked", "a filter kills its caller"},
    [VERDICT_EVALUATED] = {"evaluated", "no probe can reach this rule; the program was evaluated"},
    [VERDICT_LEFT_OPEN] = {"left-open", "the policy says so"},
    [VERDICT_OBSERVED] = {"observed", "the policy says so"},
    [VERDICT_DENIED_BY_RUNTIME] = {"denied-by-runtime", "only the container runtime's profile stops it"},
    [VERDICT_REACHABLE] = {"reachable", "no rule and no outer filter stops it"},
    [VERDICT_LET_THROUGH] = {"let-through",
                             "no rule of denyinit stops it; whether an outer filter does could not be learned"},
    [VERDICT_CONTRADICTED] = {"contradicted", "it gets something else than the policy says"},
    [VERDICT_UNPROVEN] = {"unproven", "no answer in time, or no child process could be made"},
};

static const char *const foreigns[] = {"unproven", "killed",    "absent",    "masked",   "open",
                                       "denied",   "evaluated", "left-open", "observed", "not-probed"};
static const char *const witnesses[] = {"failed", "not-offered", "ok"};
static const char *const outcomes[] = {"FAIL", "PARTIAL", "PASS", "OBSERVE"};

static const struct {
	const char *name, *sentence;
} reasons[REASON_COUNT] = {
    [REASON_NONE] = {"none", "mount API blocked"},
    [REASON_MOUNT_REACHABLE] = {"mount-reachable", "mount API NOT blocked"},
    [REASON_MOUNT_DENIED_BY_RUNTIME] = {"mount-denied-by-runtime", "mount API NOT blocked by this policy"},
    [REASON_MOUNT_UNPROVEN] = {"mount-unproven", "mount API not proven blocked"},
    [REASON_RULE_NOT_IN_FORCE] = {"rule-not-in-force", "a rule of the policy is NOT in force"},
    [REASON_EVALUATION] = {"evaluation-failed", "the filter does NOT do what the policy says"},
    [REASON_OTHER_ABI_OPEN] = {"other-abi-open", "calls through another ABI are NOT proven stopped"},
    [REASON_KERNEL_ACCOUNT] = {"kernel-account", "the kernel does NOT confirm the filter"},
    [REASON_CONTROL] = {"control-lost", "the filter stops a call that no rule names"},
    [REASON_NOTHING_PROBED] = {"nothing-probed", "an outer filter kills every probe: nothing proven live"},
    [REASON_NOT_STARTED] = {"self-test-not-held", "the self-test could not be held"},
    [REASON_SECRET] = {"proof-is-secret", "denyinit reports denials here, and keeps its proof secret"},
    [REASON_NO_DENYINIT] = {"no-denyinit", "this process is under no denyinit"},
};

const char *verdict_name(enum verdict verdict)
{
	return verdict_words[verdict].name;
}

const char *foreign_name(enum foreign foreign)
{
	return foreigns[foreign];
}

const char *witness_name(enum witness witness)
{
	return witnesses[witness];
}

const char *reason_name(enum reason reason)
{
	return reasons[reason].name;
}

const char *outcome_name(enum outcome outcome)
{
	return outcomes[outcome];
}

static bool any_foreign_open(const struct report *report)
{
	for (size_t i = 0; i < report->nforeign; i++)
		if (report->foreign[i].state == FOREIGN_LEFT_OPEN || report->foreign[i].state == FOREIGN_OBSERVED)
			return true;
	return false;
}

const char *report_sentence(const struct report *report)
{
	const unsigned open = BIT(VERDICT_LEFT_OPEN) | BIT(VERDICT_OBSERVED);

	if (report->enforces_nothing && report->outcome == OUTCOME_OBSERVE)
		return "NOTHING is blocked, all is only observed";
	if (report->outcome == OUTCOME_PARTIAL ||
	    (report->outcome == OUTCOME_OBSERVE && (report_count_mount(report, open) > 0 || any_foreign_open(report))))
		return "mount API only partly blocked";
	return reasons[report->reason].sentence;
}

unsigned report_count_mount(const struct report *report, unsigned verdicts)
{
	unsigned count = 0;

	for (size_t i = 0; i < report->ncalls; i++)
		if (report->calls[i].mount && BIT(report->calls[i].verdict) & verdicts)
			count++;
	return count;
}

void report_list_mount(const struct report *report, unsigned verdicts, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];
		size_t length = call->name ? strlen(call->name) : 0;

		if (!call->mount || length == 0 || !(BIT(call->verdict) & verdicts))
			continue;
		if (used + length + 2 > size)
			return;
		if (used > 0)
			names[used++] = ' ';
		memcpy(names + used, call->name, length + 1);
		used += length;
	}
}

const char *report_foreign_summary(const struct report *report, const char *abi)
{
	static const enum foreign order[] = {FOREIGN_OPEN,   FOREIGN_UNPROVEN,  FOREIGN_OBSERVED, FOREIGN_LEFT_OPEN,
	                                     FOREIGN_MASKED, FOREIGN_EVALUATED, FOREIGN_KILLED,   FOREIGN_DENIED,
	                                     FOREIGN_ABSENT, FOREIGN_NOT_PROBED};

	for (size_t state = 0; state < sizeof order / sizeof *order; state++)
		for (size_t i = 0; i < report->nforeign; i++)
			if (report->foreign[i].state == order[state] && strcmp(report->foreign[i].abi, abi) == 0)
				return foreigns[order[state]];
	return NULL;
}

/* What is no printable ASCII from `first` on as \xNN: names in a container are not to be trusted. */
static void put_from(FILE *out, unsigned char first, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < first || *c >= 0x7f)
			fprintf(out, "\\x%02x", *c);
		else
			fputc(*c, out);
	}
}

/* A value, which a blank would end early. */
static void put_escaped(FILE *out, const char *text)
{
	put_from(out, '!', text);
}

/* A sentence: blanks stay. */
static void put_words(FILE *out, const char *text)
{
	put_from(out, ' ', text);
}

static void pair(FILE *out, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(out, " %s=", key);
	put_escaped(out, value);
}

static void pair_number(FILE *out, const char *key, long value)
{
	fprintf(out, " %s=%ld", key, value);
}

/* Witnesses that spoke for the verdict. */
static void put_proof(FILE *out, const struct report *report)
{
	static const char *const names[] = {"evaluated", "probed", "kernel"};
	const enum witness spoke[] = {report->evaluation, report->canary, report->kernel};
	const char *separator = " proof=";

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (spoke[i] != WITNESS_OK)
			continue;
		fprintf(out, "%s%s", separator, names[i]);
		separator = ",";
	}
}

static void put_pairs(FILE *out, const struct report *report, const struct report_frame *frame)
{
	char digest[SHA256_SHOWN + 1] = "";

	fputs(" |", out);
	pair(out, "policy", frame->policy_path);
	if (report->outcome == OUTCOME_FAIL)
		pair(out, "reason", reason_name(report->reason));
	if (frame->sha256) {
		memcpy(digest, frame->sha256, SHA256_SHOWN);
		pair(out, "sha256", digest);
		pair_number(out, "rules", (long)frame->rules);
		if (frame->warnings > 0)
			pair_number(out, "warnings", (long)frame->warnings);
	}
	put_proof(out, report);
	pair(out, "mode", frame->mode);
	pair(out, "denials", frame->denials);
	pair(out, "observed", frame->observed);
	for (int abi = ABI_COMPAT; abi < ABI_COUNT; abi++) {
		const char *name = numbers_abi_name((enum abi)abi);

		pair(out, name, report_foreign_summary(report, name));
	}
	if (report->own_filters >= 0)
		pair_number(out, "own-filters", report->own_filters);
	if (report->outer_filters >= 0)
		pair_number(out, report->own_filters >= 0 ? "outer-filters" : "filters", report->outer_filters);
	if (report->no_new_privs >= 0)
		pair_number(out, "nnp", report->no_new_privs);
	if (report->tracer > 0)
		pair_number(out, "tracer", report->tracer);
	if (frame->closed_fds > 0)
		pair_number(out, "closed-fds", frame->closed_fds);
	pair(out, "version", frame->version);
	pair(out, "kernel", frame->kernel);
	pair(out, "arch", frame->arch);
	pair_number(out, "pid", frame->pid);
	fprintf(out, " took=%ld.%ldms", frame->took_us / 1000, frame->took_us % 1000 / 100);
	pair(out, "exec", frame->exec);
	if (frame->exit)
		pair_number(out, "exit", frame->exit);
	fputc('\n', out);
}

/* A mount call is named once, and by its ABI only if it is left open there alone. */
static bool is_named(const struct report *report, const char *name, enum verdict verdict)
{
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if (call->mount && call->verdict == verdict && strcmp(call->name, name) == 0)
			return true;
	}
	return false;
}

static void put_open_place(FILE *out, const struct report_frame *frame, unsigned line)
{
	put_escaped(out, frame->policy_path ? frame->policy_path : "policy");
	fprintf(out, ":%u)", line);
}

/* "; left open: fsopen (/etc/denyinit.ini:12), mount (...:13), umount by i386 (...:14)" */
static void put_left_open(FILE *out, const struct report *report, const struct report_frame *frame)
{
	const char *separator = "; left open: ";

	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if (!call->mount || call->verdict != VERDICT_LEFT_OPEN)
			continue;
		fprintf(out, "%s%s (%s", separator, call->name, call->conditional ? "in part, " : "");
		put_open_place(out, frame, call->line);
		separator = ", ";
	}
	for (size_t i = 0; i < report->nforeign; i++) {
		const struct report_foreign *f = &report->foreign[i];

		if (f->state != FOREIGN_LEFT_OPEN || is_named(report, f->call, VERDICT_LEFT_OPEN))
			continue;
		fprintf(out, "%s%s by %s (", separator, f->call, f->abi);
		put_open_place(out, frame, f->line);
		separator = ", ";
	}
}

#define OBSERVED_SHOWN 12u

/* "; NOT enforced, only observed: ptrace, clone (in part), umount by i386 and 93 more" */
static void put_observed(FILE *out, const struct report *report)
{
	const char *separator = "; NOT enforced, only observed: ";
	size_t count = 0;

	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if (call->verdict != VERDICT_OBSERVED || count++ >= OBSERVED_SHOWN)
			continue;
		fputs(separator, out);
		if (call->name)
			fputs(call->name, out);
		else
			fprintf(out, "%u", (unsigned)call->nr);
		if (call->conditional)
			fputs(" (in part)", out);
		separator = ", ";
	}
	for (size_t i = 0; i < report->nforeign; i++) {
		const struct report_foreign *f = &report->foreign[i];

		if (f->state != FOREIGN_OBSERVED || is_named(report, f->call, VERDICT_OBSERVED) ||
		    count++ >= OBSERVED_SHOWN)
			continue;
		fprintf(out, "%s%s by %s", separator, f->call, f->abi);
		separator = ", ";
	}
	if (count > OBSERVED_SHOWN)
		fprintf(out, " and %zu more", count - OBSERVED_SHOWN);
}

static void put_sentence(FILE *out, const struct report *report, const struct report_frame *frame)
{
	unsigned total = report_count_mount(report, ~0u), denied = report_count_mount(report, REPORT_PASSING);
	unsigned masked = report_count_mount(report, BIT(VERDICT_MASKED));
	bool evaluated =
	    report->evaluation != WITNESS_NOT_OFFERED; /* a masked call is known to be this policy's, too */

	fprintf(out, "%s: %s %s", frame->logger, outcomes[report->outcome], report_sentence(report));
	if (total > 0 && report->reason != REASON_NO_DENYINIT && report->reason != REASON_SECRET)
		fprintf(out, ": %u of %u calls denied by this policy", evaluated ? denied : denied - masked, total);
	if (masked > 0 && !evaluated)
		fprintf(out, ", %u killed by it or by an outer filter", masked);
	if (total > 0 && report->reason == REASON_NO_DENYINIT)
		fprintf(out, ": %u of %u mount calls reachable, %u denied by the runtime's profile",
		        report_count_mount(report, BIT(VERDICT_REACHABLE)), total,
		        report_count_mount(report, BIT(VERDICT_DENIED_BY_RUNTIME)));
	put_left_open(out, report, frame);
	put_observed(out, report);
	if (frame->note) {
		fputs("; ", out);
		put_words(out, frame->note);
	}
	if (report->outcome == OUTCOME_FAIL && frame->exec) {
		fputs("; ", out);
		put_escaped(out, frame->exec);
		fputs(frame->exit ? " not started" : " started all the same: on-failure = warn", out);
	}
}

static void put_call_name(FILE *out, const struct report_call *call, int width)
{
	if (call->name)
		fprintf(out, "%-*s", width, call->name);
	else
		fprintf(out, "%-*u", width, (unsigned)call->nr);
}

static void put_problem_prefix(FILE *out, const struct report_frame *frame)
{
	fprintf(out, "%s: FAIL   ", frame->logger);
}

/* What each call gets that should get something else, one line each. */
static void put_problems(FILE *out, const struct report *report, const struct report_frame *frame)
{
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if (!(BIT(call->verdict) & REPORT_FAILING))
			continue;
		put_problem_prefix(out, frame);
		put_call_name(out, call, 14);
		fprintf(out, "  %-17s  %s", verdict_name(call->verdict), verdict_words[call->verdict].explanation);
		if (call->line > 0) {
			fputs("; its rule: ", out);
			put_escaped(out, frame->policy_path ? frame->policy_path : "policy");
			fprintf(out, ":%u", call->line);
		}
		fputc('\n', out);
	}
	for (size_t i = 0; i < report->nforeign; i++) {
		const struct report_foreign *f = &report->foreign[i];

		if (f->state != FOREIGN_OPEN && f->state != FOREIGN_UNPROVEN)
			continue;
		put_problem_prefix(out, frame);
		fprintf(out, "%-14s  %-17s  called through the %s ABI\n", f->call, foreign_name(f->state), f->abi);
	}
	if (report->evaluation_error) {
		put_problem_prefix(out, frame);
		fprintf(out, "%s\n", report->evaluation_error);
	}
	if (report->wrong) {
		put_problem_prefix(out, frame);
		fprintf(out, "number %u of architecture 0x%08x gets 0x%08x, the policy says 0x%08x\n",
		        (unsigned)report->wrong_nr, (unsigned)report->wrong_arch, (unsigned)report->wrong_got,
		        (unsigned)report->wrong_expected);
	}
}

void report_text(FILE *out, const struct report *report, const struct report_frame *frame)
{
	put_sentence(out, report, frame);
	put_pairs(out, report, frame);
	if (report->outcome == OUTCOME_FAIL)
		put_problems(out, report, frame);
}

static const char *errno_text(char text[24], const struct report_call *call)
{
	if (call->kills)
		return "kill-process";
	if (call->errnum == 0)
		return "-";
	snprintf(text, 24, "errno %u", call->errnum);
	return text;
}

void report_full(FILE *out, const struct report *report, const struct report_frame *frame)
{
	put_sentence(out, report, frame);
	put_pairs(out, report, frame);
	fprintf(out, "%s:   %-24s %6s  %-13s %-18s %s\n", frame->logger, "call", "number", "gets", "verdict", "line");
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];
		char number[24];

		fprintf(out, "%s:   ", frame->logger);
		put_call_name(out, call, 24);
		fprintf(out, " %6u  %-13s %-18s ", (unsigned)call->nr, errno_text(number, call),
		        verdict_name(call->verdict));
		if (call->line > 0)
			fprintf(out, "%u", call->line);
		else
			fputc('-', out);
		fprintf(out, "%s%s\n", call->conditional ? " for some arguments" : "", call->mount ? " mount API" : "");
	}
	for (size_t i = 0; i < report->nforeign; i++) {
		const struct report_foreign *f = &report->foreign[i];
		const bool open = f->state == FOREIGN_LEFT_OPEN || f->state == FOREIGN_OBSERVED;
		const struct report_call gets = {.kills = f->errnum == 0 && !open, .errnum = f->errnum};
		char number[24];

		fprintf(out, "%s:   %-24s %6s  %-13s %s\n", frame->logger, f->call, f->abi, errno_text(number, &gets),
		        foreign_name(f->state));
	}
	fprintf(out, "%s:   evaluation=%s canary=%s kernel=%s instructions=%zu\n", frame->logger,
	        witness_name(report->evaluation), witness_name(report->canary), witness_name(report->kernel),
	        report->instructions);
	if (report->outcome == OUTCOME_FAIL)
		put_problems(out, report, frame);
}
