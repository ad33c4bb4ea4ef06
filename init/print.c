/* SPDX-License-Identifier: MIT */
#include "init/print.h"

#include <inttypes.h>
#include <string.h>

#include "init/abis.h"
#include "init/arch.h"
#include "init/names.h"
#include "init/wording.h"

static void put_path(FILE *out, const char *path)
{
	for (const unsigned char *c = (const unsigned char *)path; *c; c++) {
		if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\x%02x", *c);
		else
			fputc(*c, out);
	}
}

void print_action(FILE *out, const struct rule *rule)
{
	const char *name = names_of_errno(rule->errnum);

	if (rule->action == ACTION_KILL)
		fprintf(out, "%-12s ", "kill-process");
	else if (name)
		fprintf(out, "%-12s ", name);
	else
		fprintf(out, "errno %-6u ", rule->errnum);
}

static void put_call(FILE *out, const char *name, uint32_t nr)
{
	if (name[0])
		fprintf(out, "%-24s %5" PRIu32 "  ", name, nr);
	else
		fprintf(out, "%-24" PRIu32 " %5" PRIu32 "  ", nr, nr);
}

void print_place(FILE *out, const char *path, unsigned line, const char *group)
{
	put_path(out, path);
	fprintf(out, ":%u", line);
	if (group[0])
		fprintf(out, " (%s)", group);
}

/* native: its arguments have the names of the native ABI's. */
static void put_rule(FILE *out, const struct policy *policy, const struct rule *rule, const char *path, bool native)
{
	char conditions[WORDING_MAX];

	put_call(out, rule->name, rule->nr);
	print_action(out, rule);
	print_place(out, path, rule->line, rule->group);
	if (rule->nconditions > 0)
		fprintf(out, " if %s",
		        native ? wording_conditions(policy, rule, conditions, sizeof(conditions))
		               : wording_numbers(policy, rule, conditions, sizeof(conditions)));
	fputc('\n', out);
}

void print_policy(FILE *out, const struct policy *policy, const char *path)
{
	fprintf(out, "%-24s %5s  %-13s from\n", "call", "nr", "gets");
	for (size_t i = 0; i < policy->nrules; i++)
		put_rule(out, policy, &policy->rules[i], path, true);
	for (size_t i = 0; i < policy->nallows; i++) {
		put_call(out, policy->allows[i].name, policy->allows[i].nr);
		fprintf(out, "%-13s", "allow");
		print_place(out, path, policy->allows[i].line, policy->allows[i].group);
		fputc('\n', out);
	}
	if (!policy->other_abis_deny)
		fprintf(out, "%-24s %5s  %s\n", "any call by another ABI", "", "kill-process");
	fprintf(out, "numbers above %-10u %5s  %s\n", POLICY_CEILING, "", policy->newer_enosys ? "ENOSYS" : "allow");
	if (policy->nabsent > 0)
		fprintf(out, "and %zu call%s that this architecture does not have\n", policy->nabsent,
		        policy->nabsent == 1 ? "" : "s");
}

static bool has_rule(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			return true;
	return false;
}

void print_others(FILE *out, const struct policy *policy, const char *path)
{
	const struct policy *compat = policy->other[OTHER_COMPAT], *x32 = policy->other[OTHER_X32];

	if (compat)
		fprintf(out, "by " ARCH_COMPAT ARCH_COMPAT_WAY ", conditions by register:\n");
	for (size_t i = 0; compat && i < compat->nrules; i++)
		put_rule(out, compat, &compat->rules[i], path, false);
	if (x32)
		fprintf(out, "by x32: the same as without it, each number with %u added; and its own:\n", ABIS_X32_BIT);
	for (size_t i = 0; x32 && i < x32->nrules; i++)
		if (!has_rule(policy, x32->rules[i].nr & ~ABIS_X32_BIT))
			put_rule(out, x32, &x32->rules[i], path, false);
}

/* What [deny] has, too, is not observed. */
static bool denied_always(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr && policy->rules[i].nconditions == 0)
			return true;
	return false;
}

void print_observed(FILE *out, const struct policy *policy, const struct policy *observed, const char *path)
{
	bool any = false;

	for (size_t i = 0; i < observed->nrules; i++) {
		const struct rule *rule = &observed->rules[i];

		if (denied_always(policy, rule->nr))
			continue;
		if (!any)
			fprintf(out, "let through and told, [observe]; would get:\n");
		any = true;
		put_rule(out, observed, rule, path, true);
	}
}

static const char *const severities[] = {[SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};

void print_findings(FILE *out, const struct findings *findings, const char *path)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];

		put_path(out, path);
		if (finding->line > 0)
			fprintf(out, ":%u", finding->line);
		fprintf(out, ": %s: %s\n", severities[finding->severity], finding->text);
	}
	if (findings->dropped > 0)
		fprintf(out, "and %zu more\n", findings->dropped);
}

/* length bytes at most. */
static void put_json_part(FILE *out, const char *text, size_t length)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; length > 0 && *c; c++, length--) {
		if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\u%04x", *c);
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void put_json_string(FILE *out, const char *text)
{
	put_json_part(out, text, strlen(text));
}

static void put_json_lines(FILE *out, const char *lines)
{
	fputs(",\"write\":[", out);
	for (const char *line = lines; *line;) {
		size_t length = strcspn(line, "\n");

		if (line > lines)
			fputc(',', out);
		put_json_part(out, line, length);
		line += length + (line[length] == '\n');
	}
	fputc(']', out);
}

void print_findings_json(FILE *out, const struct findings *findings, const char *path)
{
	fputs("{\"path\":", out);
	put_json_string(out, path);
	fprintf(out, ",\"errors\":%zu,\"warnings\":%zu,\"findings\":[", findings->errors, findings->warnings);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];

		fprintf(out, "%s{\"file\":", i > 0 ? "," : "");
		put_json_string(out, path);
		fprintf(out, ",\"line\":%u,\"severity\":\"%s\",\"kind\":\"%s\",\"text\":", finding->line,
		        severities[finding->severity], finding->kind);
		put_json_string(out, finding->text);
		put_json_lines(out, finding->write);
		fprintf(out, ",\"after\":%u,\"replaces\":", finding->after);
		put_json_string(out, finding->replaces);
		fputc('}', out);
	}
	fputs("]}\n", out);
}
