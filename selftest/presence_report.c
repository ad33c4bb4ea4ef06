/* SPDX-License-Identifier: MIT */
#include "selftest/presence_report.h"

#define LOGGER "denyinit-selftest: "
#define OWN_FILTERS 2 /* of a denyinit: the canary and the policy */
#define FILTERED 2    /* SECCOMP_MODE_FILTER */

static const char *const answers[] = {"YES", "NO", "UNKNOWN"};
static const char *const words[] = {"yes", "no", "unknown"};

static const struct {
	enum presence_answer answer;
	const char *word, *sentence;
} reasons[PRESENCE_REASONS] = {
    [PRESENCE_NO_PROC] = {PRESENCE_CANNOT_TELL, "no-proc", "there is no procfs at /proc"},
    [PRESENCE_NO_PROCESS] = {PRESENCE_CANNOT_TELL, "no-process", "there is no such process, or it is not shown to us"},
    [PRESENCE_KERNEL_THREAD] = {PRESENCE_CANNOT_TELL, "kernel-thread", "a kernel thread makes no system calls"},
    [PRESENCE_ENDED] = {PRESENCE_CANNOT_TELL, "ended", "the process has ended and waits for its parent"},
    [PRESENCE_NOT_TOLD] = {PRESENCE_CANNOT_TELL, "not-told", "the kernel does not say whether it has filters"},
    [PRESENCE_NO_FILTER] = {PRESENCE_NO, "no-filter", "it has no seccomp filter"},
    [PRESENCE_UNDER_DENYINIT] = {PRESENCE_CANNOT_TELL, "under-denyinit",
                                 "this process is under a denyinit itself, so there is nothing to compare with; for "
                                 "itself it has a proof: denyinit-selftest without --pid"},
    [PRESENCE_NOT_COUNTED] = {PRESENCE_CANNOT_TELL, "not-counted",
                              "it has a seccomp filter, but the kernel does not say how many"},
    [PRESENCE_TOO_FEW] = {PRESENCE_NO, "too-few",
                          "it has seccomp filters, but not the two more than this process that denyinit loads"},
    [PRESENCE_ABOVE] = {PRESENCE_YES, "above",
                        "it has at least the two seccomp filters more than this process that "
                        "denyinit loads"},
};

enum presence_reason presence_reason(const struct presence *p)
{
	if (!p->proc)
		return PRESENCE_NO_PROC;
	if (!p->found)
		return PRESENCE_NO_PROCESS;
	if (p->who.state == 'Z' || p->who.state == 'X')
		return PRESENCE_ENDED;
	if (!p->who.memory)
		return PRESENCE_KERNEL_THREAD;
	if (p->status.seccomp < 0)
		return PRESENCE_NOT_TOLD;
	if (p->status.seccomp != FILTERED)
		return PRESENCE_NO_FILTER;
	if (p->own_denyinit)
		return PRESENCE_UNDER_DENYINIT;
	if (p->status.seccomp_filters < 0 || p->own_filters < 0)
		return PRESENCE_NOT_COUNTED;
	return p->status.seccomp_filters - p->own_filters < OWN_FILTERS ? PRESENCE_TOO_FEW : PRESENCE_ABOVE;
}

enum presence_answer presence_answer(enum presence_reason reason)
{
	return reasons[reason].answer;
}

/* Names of processes and programs are the container's to choose: no control bytes, nothing that ends a value early. */
static void put_escaped(FILE *out, const char *text, bool json)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c >= 0x7f || (!json && *c == ' '))
			fprintf(out, json ? "\\u%04x" : "\\x%02x", *c);
		else if (json && (*c == '"' || *c == '\\'))
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
}

static void pair(FILE *out, const char *key, long value)
{
	if (value >= 0)
		fprintf(out, " %s=%ld", key, value);
}

static void put_who(FILE *out, const struct presence *p)
{
	fprintf(out, "pid %ld", p->pid);
	if (p->who.name[0]) {
		fputs(" (", out);
		put_escaped(out, p->who.name, false);
		fputc(')', out);
	}
}

static void put_pairs(FILE *out, const struct presence *p)
{
	if (p->found) {
		fputs(" |", out);
		pair(out, "seccomp", p->status.seccomp);
		pair(out, "filters", p->status.seccomp_filters);
		pair(out, "own-filters", p->own_filters);
		pair(out, "nnp", p->status.no_new_privs);
		if (p->who.namespaces > 1)
			pair(out, "nspid", p->who.innermost);
	}
	if (p->exe[0]) {
		fputs(" exe=", out);
		put_escaped(out, p->exe, false);
	}
	fputc('\n', out);
}

void presence_text(FILE *out, const struct presence *p)
{
	enum presence_reason reason = presence_reason(p);

	fprintf(out, LOGGER "%s ", answers[reasons[reason].answer]);
	put_who(out, p);
	fprintf(out, ": %s", reasons[reason].sentence);
	put_pairs(out, p);
	if (reason == PRESENCE_ABOVE)
		fputs(LOGGER "that is presence, not content: what they deny is proven by the start-up report, or from "
		             "inside by `denyinit -- denyinit-selftest`\n",
		      out);
}

static void json_known(FILE *out, const char *key, long value)
{
	if (value >= 0)
		fprintf(out, ",\"%s\":%ld", key, value);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void json_string(FILE *out, const char *key, const char *value)
{
	fprintf(out, ",\"%s\":\"", key);
	put_escaped(out, value, true);
	fputc('"', out);
}

static void json_process(FILE *out, const struct presence *p)
{
	fprintf(out, "\"pid\":%ld", p->pid);
	json_string(out, "comm", p->who.name);
	json_string(out, "exe", p->exe);
	json_known(out, "nspid", p->who.namespaces > 1 ? p->who.innermost : -1);
	json_known(out, "seccomp", p->status.seccomp);
	json_known(out, "filters", p->status.seccomp_filters);
	json_known(out, "no_new_privs", p->status.no_new_privs);
}

void presence_json(FILE *out, const struct presence *p)
{
	enum presence_reason reason = presence_reason(p);

	fputs("{\"schema\":1,\"event\":\"presence\"", out);
	json_string(out, "version", DENYINIT_VERSION);
	json_string(out, "answer", words[reasons[reason].answer]);
	json_string(out, "reason", reasons[reason].word);
	json_string(out, "msg", reasons[reason].sentence);
	json_string(out, "proves", "presence");
	json_known(out, "own_filters", p->own_filters);
	fputc(',', out);
	json_process(out, p);
	fputs("}\n", out);
}

void presence_entry(FILE *out, const struct presence *p, bool json, bool first)
{
	if (json) {
		fputs(first ? "{" : ",{", out);
		json_process(out, p);
		fputc('}', out);
		return;
	}
	fputs(LOGGER "NO ", out);
	put_who(out, p);
	fprintf(out, ": %s", reasons[PRESENCE_NO_FILTER].sentence);
	put_pairs(out, p);
}

enum presence_answer presence_census_answer(const struct presence_census *census)
{
	if (census->without > 0)
		return PRESENCE_NO;
	return census->proc && census->unknown == 0 ? PRESENCE_YES : PRESENCE_CANNOT_TELL;
}

void presence_census_begin(FILE *out, bool json)
{
	if (json)
		fputs("{\"schema\":1,\"event\":\"census\",\"without_filter\":[", out);
}

void presence_census_end(FILE *out, const struct presence_census *census, bool json)
{
	enum presence_answer answer = presence_census_answer(census);

	if (json) {
		fputc(']', out);
		json_string(out, "version", DENYINIT_VERSION);
		json_string(out, "answer", words[answer]);
		json_known(out, "looked_at", census->proc ? (long)census->looked_at : -1);
		json_known(out, "unknown", census->proc ? (long)census->unknown : -1);
		fputs("}\n", out);
		return;
	}
	fprintf(out, LOGGER "%s ", answers[answer]);
	if (!census->proc)
		fprintf(out, "%s\n", reasons[PRESENCE_NO_PROC].sentence);
	else
		fprintf(
		    out,
		    "%u processes in containers, %u of them without a seccomp filter, %u of which it cannot be told\n",
		    census->looked_at, census->without, census->unknown);
}
