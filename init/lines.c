/* SPDX-License-Identifier: MIT */
#include "init/lines.h"

#include <string.h>

#include "init/policy.h"

/* Words of the policy are shown up to this length, so that the remedy behind them is not cut off. */
#define SHOWN 40

static const char byte_order_mark[] = "\xef\xbb\xbf"; /* inih skips it too */

static int shown(size_t length)
{
	return length < SHOWN ? (int)length : SHOWN;
}

/* As isspace(3) of the C locale has it, and so inih, but for the newline. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/* Bytes before the comment and the blanks in front of it: `;` or `#` at the start or after a blank. */
static size_t before_comment(const char *text, size_t length)
{
	size_t end = 0;

	while (end < length && !((text[end] == ';' || text[end] == '#') && (end == 0 || is_blank(text[end - 1]))))
		end++;
	while (end > 0 && is_blank(text[end - 1]))
		end--;
	return end;
}

bool lines_sound(const char *text, size_t length, struct findings *findings)
{
	const char *nul = length > 0 ? memchr(text, '\0', length) : NULL;
	unsigned line = 1;

	if (length == 0) {
		findings_add(findings, SEVERITY_ERROR, 0,
		             "empty: nothing is denied; write `[deny]` and on the next line `@default = deny`");
		return false;
	}
	if (length > POLICY_BYTES_MAX) {
		findings_add(findings, SEVERITY_ERROR, 0,
		             "%zu bytes long, the limit is %u: groups (@default) are shorter", length,
		             POLICY_BYTES_MAX);
		return false;
	}
	if (!nul)
		return true;
	for (const char *c = text; c < nul; c++)
		line += *c == '\n';
	findings_add(findings, SEVERITY_ERROR, line,
	             "a NUL byte: not a text file, or one saved as UTF-16; save it as UTF-8");
	return false;
}

void lines_start(struct lines *lines, const char *text, size_t length, struct findings *findings)
{
	size_t mark = sizeof(byte_order_mark) - 1;

	*lines = (struct lines){.text = text, .length = length, .findings = findings};
	if (length >= mark && memcmp(text, byte_order_mark, mark) == 0)
		lines->at = mark;
}

static enum line_kind bad_section(struct lines *lines)
{
	lines->adrift = true;
	return LINE_BAD;
}

/* line[0] is '['. code: bytes before the comment. */
static enum line_kind section_line(struct lines *lines, const char *line, size_t code)
{
	const char *close = memchr(line, ']', code);
	const char *rest;
	size_t length;

	if (!close) {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "no `]` behind the section's name: write `[deny]`");
		return bad_section(lines);
	}
	rest = close + 1;
	length = code - (size_t)(rest - line);
	while (length > 0 && is_blank(*rest)) {
		rest++;
		length--;
	}
	if (before_comment(rest, length) > 0) {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "only a comment may stand behind a section's name: write `%.*s` on a line of its own",
		             shown(length), rest);
		return bad_section(lines);
	}
	lines->adrift = false;
	return LINE_SECTION;
}

static enum line_kind pair_line(struct lines *lines, const char *line, size_t code)
{
	size_t name = 0;
	size_t separator;

	while (name < code && line[name] != '=' && line[name] != ':')
		name++;
	separator = name;
	while (name > 0 && is_blank(line[name - 1]))
		name--;
	if (separator == code) {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "no `=`: write `%.*s = deny`, or another value", shown(name), line);
		return LINE_BAD;
	}
	if (line[separator] == ':') {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "`:` separates nothing here: write `%.*s = ...` with an equals sign", shown(name), line);
		return LINE_BAD;
	}
	if (name == 0) {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "nothing before `=`: write a call's or a group's name, as in `@default = deny`");
		return LINE_BAD;
	}
	return lines->adrift ? LINE_BAD : LINE_PAIR;
}

/* Tells it once: in a file of the old Mac kind the whole text is one line. */
static bool has_lone_return(struct lines *lines, const char *line, size_t length, bool ended)
{
	const char *found = memchr(line, '\r', length);

	if (!found || (ended && found == line + length - 1))
		return false;
	if (!lines->return_told)
		findings_add(
		    lines->findings, SEVERITY_ERROR, lines->number,
		    "a carriage return that ends no line: save the file with Unix line ends (LF; CRLF is fine too)");
	lines->return_told = true;
	return true;
}

/* code: bytes before the comment, all: with it. */
static enum line_kind look(struct lines *lines, const char *line, size_t code, size_t all, bool ended)
{
	size_t indent = 0;

	if (has_lone_return(lines, line, all, ended))
		return line[0] == '[' ? bad_section(lines) : LINE_BAD;
	while (indent < code && is_blank(line[indent]))
		indent++;
	if (indent == code)
		return LINE_NOTHING;
	if (indent > 0) {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "an indented line, which INI readers join to the line before it: begin it at the margin");
		return line[indent] == '[' ? bad_section(lines) : LINE_BAD;
	}
	if (code > POLICY_LINE_MAX) {
		findings_add(lines->findings, SEVERITY_ERROR, lines->number,
		             "%zu bytes before the comment, the limit is %u: spread the names over several lines", code,
		             POLICY_LINE_MAX);
		return line[0] == '[' ? bad_section(lines) : LINE_BAD;
	}
	return line[0] == '[' ? section_line(lines, line, code) : pair_line(lines, line, code);
}

enum line_kind lines_next(struct lines *lines)
{
	const char *line = lines->text + lines->at;
	size_t left = lines->length - lines->at;
	const char *newline;
	size_t length, code;
	enum line_kind kind;

	lines->code = "";
	lines->code_length = 0;
	if (left == 0)
		return LINE_END;
	newline = memchr(line, '\n', left);
	length = newline ? (size_t)(newline - line) : left;
	lines->at += length + (newline != NULL);
	lines->number++;
	code = before_comment(line, length);
	kind = look(lines, line, code, length, newline != NULL);
	if (kind == LINE_SECTION || kind == LINE_PAIR) {
		lines->good++;
		lines->code = line;
		lines->code_length = code;
	}
	return kind;
}
