/* SPDX-License-Identifier: MIT */
#include "init/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copies from into text[size), what is not printable ASCII as \xNN; a text that does not fit is cut between bytes. */
static void copy_printable(char *text, size_t size, const char *from)
{
	size_t used = 0;

	for (const unsigned char *c = (const unsigned char *)from; *c; c++) {
		bool plain = *c >= 0x20 && *c < 0x7f;
		size_t need = plain ? 1 : 4;

		if (used + need >= size)
			break;
		if (plain)
			text[used] = (char)*c;
		else
			snprintf(text + used, 5, "\\x%02x", *c);
		used += need;
	}
	text[used] = '\0';
}

/* NULL: there was no room for it. */
static struct finding *add(struct findings *findings, enum severity severity, unsigned line, const char *kind,
                           const char *format, va_list arguments)
{
	char raw[2 * FINDING_TEXT];
	struct finding *finding;

	if (severity == SEVERITY_ERROR)
		findings->errors++;
	else
		findings->warnings++;
	if (findings->count == FINDINGS_MAX) {
		findings->dropped++;
		return NULL;
	}
	vsnprintf(raw, sizeof(raw), format, arguments);
	finding = &findings->item[findings->count++];
	finding->line = line;
	finding->severity = severity;
	finding->kind = kind;
	finding->after = line;
	finding->write = finding->replaces = "";
	copy_printable(finding->text, sizeof(finding->text), raw);
	return finding;
}

void findings_add(struct findings *findings, enum severity severity, unsigned line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)add(findings, severity, line, FINDING_POLICY, format, arguments);
	va_end(arguments);
}

/* There is room for it. */
static const char *keep(struct findings *findings, const char *text)
{
	char *kept = findings->advice + findings->advice_used;
	size_t size = strlen(text) + 1;

	memcpy(kept, text, size);
	findings->advice_used += size;
	return kept;
}

void findings_advise(struct findings *findings, enum severity severity, unsigned line, const struct advice *advice,
                     const char *format, ...)
{
	const char *write = advice->write ? advice->write : "", *replaces = advice->replaces ? advice->replaces : "";
	struct finding *finding;
	va_list arguments;

	va_start(arguments, format);
	finding = add(findings, severity, line, advice->kind, format, arguments);
	va_end(arguments);
	if (!finding || strlen(write) + strlen(replaces) + 2 > sizeof(findings->advice) - findings->advice_used)
		return;
	finding->write = keep(findings, write);
	finding->replaces = keep(findings, replaces);
	if (advice->after > line)
		finding->after = advice->after;
}

void findings_add_refusal(struct findings *findings, const char *path, const char *why)
{
	const size_t length = strlen(path);
	unsigned line = 0;

	if (strncmp(why, path, length) == 0 && why[length] == ':') {
		why += length + 1;
		for (; *why >= '0' && *why <= '9'; why++)
			line = 10 * line + (unsigned)(*why - '0');
		why += strspn(why, ": ");
	}
	findings_add(findings, SEVERITY_ERROR, line, "%s", why);
}

void findings_make_errors(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		findings->item[i].severity = SEVERITY_ERROR;
	findings->errors += findings->warnings;
	findings->warnings = 0;
}

void findings_sort(struct findings *findings)
{
	/* Insertion: stable, at most FINDINGS_MAX entries, and those nearly in order already. */
	for (size_t i = 1; i < findings->count; i++) {
		struct finding moving = findings->item[i];
		size_t j = i;

		for (; j > 0 && findings->item[j - 1].line > moving.line; j--)
			findings->item[j] = findings->item[j - 1];
		findings->item[j] = moving;
	}
}
