/* SPDX-License-Identifier: MIT */
#include "selftest/report.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "selftest/mount_api.h"

#define BIT(verdict) (1u << (verdict))
#define OPEN_VERDICTS (~(REPORT_PASSING | BIT(VERDICT_LEFT_OPEN)))
#define SHA256_SHOWN 12

static const struct {
	const char *name, *explanation; /* for the line of a call that does not pass */
} verdicts[VERDICT_COUNT] = {
    [VERDICT_DENIED] = {"denied", "this policy denies it"},
    [VERDICT_MASKED] = {"masked", "an outer filter kills its caller before this policy is asked; evaluated as denied"},
    [VERDICT_EVALUATED] = {"evaluated", "no probe can reach this rule; the program was evaluated"},
    [VERDICT_LEFT_OPEN] = {"left-open", "the policy says so"},
    [VERDICT_DENIED_BY_RUNTIME] = {"denied-by-runtime", "only the container runtime's profile stops it"},
    [VERDICT_REACHABLE] = {"reachable", "no rule and no outer filter stops it"},
    [VERDICT_LET_THROUGH] = {"let-through", "let through by this policy; runtime unknown"},
    [VERDICT_CONTRADICTED] = {"contradicted", "it gets something else than the policy says"},
    [VERDICT_UNPROVEN] = {"unproven", "no answer in time, or no child process could be made"},
};

static const char *const foreigns[] = {"killed", "absent", "masked", "open", "unproven"};
static const char *const witnesses[] = {"ok", "not-offered", "failed"};
static const char *const outcomes[] = {"PASS", "PARTIAL", "FAIL"};

static const struct {
	const char *name, *sentence;
} reasons[REASON_COUNT] = {
    [REASON_NONE] = {"none", "mount API blocked"},
    [REASON_MOUNT_REACHABLE] = {"mount-reachable", "mount API NOT blocked"},
    [REASON_MOUNT_DENIED_BY_RUNTIME] = {"mount-denied-by-runtime", "mount API NOT blocked by this policy"},
    [REASON_MOUNT_UNPROVEN] = {"mount-unproven", "mount API not proven blocked"},
    [REASON_RULE_NOT_IN_FORCE] = {"rule-not-in-force", "a rule of the policy is NOT in force"},
    [REASON_EVALUATION] = {"evaluation-failed", "the filter does NOT do what the policy says"},
    [REASON_OTHER_ABI_OPEN] = {"other-abi-open", "calls through another ABI are NOT proven killed"},
    [REASON_KERNEL_ACCOUNT] = {"kernel-account", "the kernel does NOT confirm the filter"},
    [REASON_CONTROL] = {"control-lost", "the filter stops a call that no rule names"},
    [REASON_NOTHING_PROBED] = {"nothing-probed", "an outer filter kills every probe: nothing proven live"},
    [REASON_NOT_STARTED] = {"self-test-not-held", "the self-test could not be held"},
    [REASON_NO_DENYINIT] = {"no-denyinit", "this process is under no denyinit"},
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
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

unsigned report_count_mount(const struct report *report, unsigned mask)
{
	unsigned count = 0;

	for (size_t i = 0; i < report->ncalls; i++)
		if (report->calls[i].mount && BIT(report->calls[i].verdict) & mask)
			count++;
	return count;
}

void report_list_mount(const struct report *report, unsigned mask, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];
		size_t length = strlen(call->name ? call->name : "");

		if (!call->mount || !(BIT(call->verdict) & mask))
			continue;
		if (used + length + 2 > size)
			return;
		if (used > 0)
			names[used++] = ' ';
		memcpy(names + used, call->name, length + 1);
		used += length;
	}
}

/* The worst state of one ABI's calls, for the one pair that the short forms have room for. */
static const char *foreign_summary(const struct report *report, const char *abi)
{
	static const enum foreign order[] = {FOREIGN_OPEN, FOREIGN_UNPROVEN, FOREIGN_MASKED, FOREIGN_KILLED,
	                                     FOREIGN_ABSENT};

	for (size_t state = 0; state < sizeof order / sizeof *order; state++)
		for (size_t i = 0; i < report->nforeign; i++)
			if (report->foreign[i].state == order[state] && strcmp(report->foreign[i].abi, abi) == 0)
				return foreigns[order[state]];
	return NULL;
}

/* Control bytes, and what would end a value early, as \xNN: names in a container are not to be trusted. */
static void put_escaped(FILE *out, const char *text, bool json)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (json && (*c < 0x20 || *c >= 0x7f))
			fprintf(out, "\\u%04x", *c);
		else if (json && (*c == '"' || *c == '\\'))
			fprintf(out, "\\%c", *c);
		else if (!json && (*c <= 0x20 || *c >= 0x7f))
			fprintf(out, "\\x%02x", *c);
		else
			fputc(*c, out);
	}
}

/* ---- text ---- */

static void pair(FILE *out, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(out, " %s=", key);
	put_escaped(out, value, false);
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
	pair(out, "i386", foreign_summary(report, "i386"));
	pair(out, "x32", foreign_summary(report, "x32"));
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

/* "; left open: fsopen (/etc/denyinit.ini:12), mount (...:13)" */
static void put_left_open(FILE *out, const struct report *report, const struct report_frame *frame)
{
	const char *separator = "; left open: ";

	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if (!call->mount || call->verdict != VERDICT_LEFT_OPEN)
			continue;
		fprintf(out, "%s%s (%s", separator, call->name, call->conditional ? "in part, " : "");
		put_escaped(out, frame->policy_path ? frame->policy_path : "policy", false);
		fprintf(out, ":%u)", call->line);
		separator = ", ";
	}
}

static void put_sentence(FILE *out, const struct report *report, const struct report_frame *frame)
{
	unsigned total = report_count_mount(report, ~0u), denied = report_count_mount(report, REPORT_PASSING);
	const char *sentence = reasons[report->reason].sentence;

	if (report->outcome == OUTCOME_PARTIAL)
		sentence = "mount API only partly blocked";
	fprintf(out, "%s: %s %s", frame->logger, outcomes[report->outcome], sentence);
	if (total > 0 && report->reason != REASON_NO_DENYINIT)
		fprintf(out, ": %u of %u calls denied by this policy", denied, total);
	if (total > 0 && report->reason == REASON_NO_DENYINIT)
		fprintf(out, ": %u of %u mount calls reachable, %u denied by the runtime's profile",
		        report_count_mount(report, BIT(VERDICT_REACHABLE)), total,
		        report_count_mount(report, BIT(VERDICT_DENIED_BY_RUNTIME)));
	put_left_open(out, report, frame);
	if (frame->note)
		fprintf(out, "; %s", frame->note);
	if (report->outcome == OUTCOME_FAIL && frame->exec) {
		fputs("; ", out);
		put_escaped(out, frame->exec, false);
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

		if (!(BIT(call->verdict) & OPEN_VERDICTS))
			continue;
		put_problem_prefix(out, frame);
		put_call_name(out, call, 14);
		fprintf(out, "  %-17s  %s", verdict_name(call->verdict), verdicts[call->verdict].explanation);
		if (call->line > 0) {
			fputs("; its rule: ", out);
			put_escaped(out, frame->policy_path ? frame->policy_path : "policy", false);
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

/* ---- full ---- */

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
	for (size_t i = 0; i < report->nforeign; i++)
		fprintf(out, "%s:   %-24s %6s  %-13s %s\n", frame->logger, report->foreign[i].call, report->foreign[i].abi,
		        "kill-process", foreign_name(report->foreign[i].state));
	fprintf(out, "%s:   evaluation=%s canary=%s kernel=%s instructions=%zu\n", frame->logger,
	        witness_name(report->evaluation), witness_name(report->canary), witness_name(report->kernel),
	        report->instructions);
	if (report->outcome == OUTCOME_FAIL)
		put_problems(out, report, frame);
}

/* ---- JSON ---- */

/* A comma where something stands before: after an opening bracket nothing does. */
struct json {
	FILE *out;
	bool comma;
};

static void json_key(struct json *json, const char *key)
{
	if (json->comma)
		fputc(',', json->out);
	json->comma = true;
	if (key)
		fprintf(json->out, "\"%s\":", key);
}

static void json_open(struct json *json, const char *key, char bracket)
{
	json_key(json, key);
	fputc(bracket, json->out);
	json->comma = false;
}

static void json_close(struct json *json, char bracket)
{
	fputc(bracket, json->out);
	json->comma = true;
}

static void json_string(struct json *json, const char *key, const char *value)
{
	if (!value)
		return;
	json_key(json, key);
	fputc('"', json->out);
	put_escaped(json->out, value, true);
	fputc('"', json->out);
}

static void json_number(struct json *json, const char *key, long value)
{
	json_key(json, key);
	fprintf(json->out, "%ld", value);
}

/* What is not known is null, so that no query takes it for a number. */
static void json_known(struct json *json, const char *key, long value)
{
	if (value >= 0) {
		json_number(json, key, value);
		return;
	}
	json_key(json, key);
	fputs("null", json->out);
}

/* RFC 3339. By gmtime_r alone: strftime would bring the machine's time zones along. */
static void json_time(struct json *json, int64_t seconds)
{
	char stamp[40];
	struct tm t;
	time_t time = (time_t)seconds;

	if (seconds == 0 || !gmtime_r(&time, &t))
		return;
	snprintf(stamp, sizeof stamp, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
	         t.tm_min, t.tm_sec);
	json_string(json, "time", stamp);
}

static void json_mount_list(struct json *json, const char *key, const struct report *report, unsigned mask)
{
	json_open(json, key, '[');
	for (size_t i = 0; i < report->ncalls; i++)
		if (report->calls[i].mount && BIT(report->calls[i].verdict) & mask)
			json_string(json, NULL, report->calls[i].name);
	json_close(json, ']');
}

static void json_mount_api(struct json *json, const struct report *report)
{
	static const struct {
		const char *key;
		enum verdict verdict;
	} lists[] = {
	    {"left_open", VERDICT_LEFT_OPEN},     {"denied_by_runtime", VERDICT_DENIED_BY_RUNTIME},
	    {"reachable", VERDICT_REACHABLE},     {"let_through", VERDICT_LET_THROUGH},
	    {"masked", VERDICT_MASKED},           {"contradicted", VERDICT_CONTRADICTED},
	    {"unproven", VERDICT_UNPROVEN},
	};

	json_open(json, "mount_api", '{');
	json_number(json, "total", report_count_mount(report, ~0u));
	json_number(json, "denied", report_count_mount(report, REPORT_PASSING));
	json_open(json, "absent", '[');
	for (size_t row = 0; row < MOUNT_API_ROWS; row++)
		if (mount_api_number(ABI_NATIVE, row) < 0)
			json_string(json, NULL, mount_api[row].name);
	json_close(json, ']');
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		json_mount_list(json, lists[i].key, report, BIT(lists[i].verdict));
	json_close(json, '}');
}

/* Rules that are not in force, whatever call they are for; name or number. */
static void json_failed_rules(struct json *json, const struct report *report)
{
	json_open(json, "failed_rules", '[');
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if (call->mount || !(BIT(call->verdict) & OPEN_VERDICTS))
			continue;
		if (call->name)
			json_string(json, NULL, call->name);
		else
			json_number(json, NULL, (long)call->nr);
	}
	json_close(json, ']');
}

static void json_filter(struct json *json, const struct report *report)
{
	static const char *const abis[] = {"i386", "x32"};

	json_open(json, "filter", '{');
	json_number(json, "instructions", (long)report->instructions);
	json_known(json, "own", report->own_filters);
	json_known(json, "outer", report->outer_filters);
	json_known(json, "no_new_privs", report->no_new_privs);
	json_number(json, "tracer", report->tracer > 0 ? report->tracer : 0);
	json_open(json, "other_abis", '{');
	for (size_t i = 0; i < sizeof abis / sizeof *abis; i++)
		json_string(json, abis[i], foreign_summary(report, abis[i]));
	json_close(json, '}');
	json_close(json, '}');
}

void report_json(FILE *out, const struct report *report, const struct report_frame *frame)
{
	static const char *const levels[] = {"info", "warn", "error"};
	struct json json = {out, false};

	json_open(&json, NULL, '{');
	json_time(&json, frame->time);
	json_string(&json, "level", levels[report->outcome]);
	json_string(&json, "msg", report->outcome == OUTCOME_PARTIAL ? "mount API only partly blocked"
	                                                             : reasons[report->reason].sentence);
	json_string(&json, "logger", frame->logger);
	json_string(&json, "event", "selftest");
	json_number(&json, "schema", 1);
	json_string(&json, "verdict", outcomes[report->outcome]);
	json_string(&json, "reason", reason_name(report->reason));
	json_string(&json, "note", frame->note);
	json_mount_api(&json, report);
	json_failed_rules(&json, report);
	if (frame->sha256) {
		json_open(&json, "policy", '{');
		json_string(&json, "path", frame->policy_path);
		json_string(&json, "sha256", frame->sha256);
		json_number(&json, "rules", (long)frame->rules);
		json_number(&json, "absent", (long)frame->absent);
		json_number(&json, "warnings", (long)frame->warnings);
		json_close(&json, '}');
	}
	json_open(&json, "proof", '{');
	json_string(&json, "evaluation", witness_name(report->evaluation));
	json_string(&json, "canary", witness_name(report->canary));
	json_string(&json, "kernel", witness_name(report->kernel));
	json_close(&json, '}');
	json_filter(&json, report);
	json_string(&json, "version", frame->version);
	json_string(&json, "libseccomp", frame->libseccomp);
	json_string(&json, "kernel", frame->kernel);
	json_string(&json, "arch", frame->arch);
	json_number(&json, "pid", frame->pid);
	json_number(&json, "uid", frame->uid);
	json_number(&json, "took_us", frame->took_us);
	json_known(&json, "closed_fds", frame->closed_fds);
	json_string(&json, "exec", frame->exec);
	json_number(&json, "exit", frame->exit);
	json_close(&json, '}');
	fputc('\n', out);
}
