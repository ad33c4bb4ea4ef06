/* SPDX-License-Identifier: MIT */
/* The report's JSON form (report.h). */
#include <string.h>
#include <time.h>

#include "selftest/mount_api.h"
#include "selftest/report.h"

#define BIT(verdict) (1u << (verdict))

/* Bytes that are not ASCII count as Latin-1: whatever they were meant to be, the line stays valid JSON. */
static void put_escaped(FILE *out, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\u%04x", *c);
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
}

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
	put_escaped(json->out, value);
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
	snprintf(stamp, sizeof stamp, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
	         t.tm_hour, t.tm_min, t.tm_sec);
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
	    {"left_open", VERDICT_LEFT_OPEN}, {"denied_by_runtime", VERDICT_DENIED_BY_RUNTIME},
	    {"reachable", VERDICT_REACHABLE}, {"let_through", VERDICT_LET_THROUGH},
	    {"masked", VERDICT_MASKED},       {"contradicted", VERDICT_CONTRADICTED},
	    {"unproven", VERDICT_UNPROVEN},   {"observed", VERDICT_OBSERVED},
	};

	json_open(json, "mount_api", '{');
	json_number(json, "total", (long)report_count_mount(report, ~0u));
	json_number(json, "denied", (long)report_count_mount(report, REPORT_PASSING));
	json_open(json, "absent", '[');
	for (size_t row = 0; row < MOUNT_API_ROWS; row++)
		if (mount_api[row].native < 0 && mount_api[row].compat >= 0)
			json_string(json, NULL, mount_api[row].name);
	json_close(json, ']');
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		json_mount_list(json, lists[i].key, report, BIT(lists[i].verdict));
	json_close(json, '}');
}

/* Calls with one of the verdicts; name or number. */
static void json_calls(struct json *json, const char *key, const struct report *report, bool mount_too, unsigned mask)
{
	json_open(json, key, '[');
	for (size_t i = 0; i < report->ncalls; i++) {
		const struct report_call *call = &report->calls[i];

		if ((call->mount && !mount_too) || !(BIT(call->verdict) & mask))
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
	json_open(json, "filter", '{');
	json_number(json, "instructions", (long)report->instructions);
	json_known(json, "own", report->own_filters);
	json_known(json, "outer", report->outer_filters);
	json_known(json, "no_new_privs", report->no_new_privs);
	json_number(json, "tracer", report->tracer > 0 ? report->tracer : 0);
	json_open(json, "other_abis", '{');
	for (int abi = ABI_COMPAT; abi < ABI_COUNT; abi++) {
		const char *name = numbers_abi_name((enum abi)abi);

		json_string(json, name, report_foreign_summary(report, name));
	}
	json_close(json, '}');
	json_close(json, '}');
}

void report_json(FILE *out, const struct report *report, const struct report_frame *frame)
{
	static const char *const levels[] = {"error", "warn", "info", "warn"};
	struct json json = {out, false};

	json_open(&json, NULL, '{');
	json_time(&json, frame->time);
	json_string(&json, "level", levels[report->outcome]);
	json_string(&json, "msg", report_sentence(report));
	json_string(&json, "logger", frame->logger);
	json_string(&json, "event", "selftest");
	json_number(&json, "schema", 1);
	json_string(&json, "verdict", outcome_name(report->outcome));
	json_string(&json, "reason", reason_name(report->reason));
	json_string(&json, "note", frame->note);
	json_mount_api(&json, report);
	json_calls(&json, "failed_rules", report, false, REPORT_FAILING); /* whatever call they are for */
	if (report->outcome == OUTCOME_OBSERVE)
		json_calls(&json, "observed", report, true, BIT(VERDICT_OBSERVED));
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
	json_string(&json, "mode", frame->mode);
	json_string(&json, "denials", frame->denials);
	json_string(&json, "observing", frame->observed);
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
