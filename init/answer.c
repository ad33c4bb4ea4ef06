/* SPDX-License-Identifier: MIT */
#include "init/answer.h"

#include <stdio.h>
#include <string.h>

#include "init/names.h"
#include "init/nearest.h"
#include "init/words.h"

#define ERRNO_MAX 4095    /* MAX_ERRNO; seccomp(2) clips what is above */
#define RESTART_FIRST 512 /* ERESTARTSYS .. of include/linux/errno.h: the kernel's own, never seen by a program; */
#define RESTART_LAST 530  /* ERESTARTNOINTR restarts the call for ever */
#define ARGUMENTS 6

#define OPERATORS "&|=!<>"

static const char no_value_yet[] = "deny the whole call, or leave the line out";

enum number answer_number(const char *word, uint64_t *value)
{
	unsigned base = 10;
	uint64_t sum = 0;

	if (*word < '0' || *word > '9')
		return NUMBER_NONE;
	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
		base = 16;
		word += 2;
		if (!*word)
			return NUMBER_NONE;
	} else if (word[0] == '0' && word[1] != '\0') {
		return NUMBER_OCTAL;
	}
	for (; *word; word++) {
		unsigned digit = *word >= '0' && *word <= '9'   ? (unsigned)(*word - '0')
		                 : *word >= 'a' && *word <= 'f' ? (unsigned)(*word - 'a') + 10
		                 : *word >= 'A' && *word <= 'F' ? (unsigned)(*word - 'A') + 10
		                                                : base;

		if (digit >= base)
			return NUMBER_NONE;
		if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum))
			return NUMBER_TOO_BIG;
	}
	*value = sum;
	return NUMBER_OK;
}

/* What other programs have, and why it is not here. */
static const struct {
	char word[13];
	char why[100];
} refused[] = {
    {"log", "it lets the call through: write deny here, and `log = yes` under [policy]"},
    {"trace", "a tracer decides then, and may let the call through: write deny"},
    {"notify", "another process decides then, and may let the call through: write deny"},
    {"trap", "a handler of the program's own could answer in the call's place: write deny or kill-process"},
    {"kill-thread", "the other threads go on, without the locks that this one held: write kill-process"},
    {"kill", "which of the two? write kill-process, for the process with all its threads"},
    {"errno", "write which one: EPERM"},
    {"block", "write deny"},
};

static bool errno_number(uint64_t number, unsigned line, struct findings *findings, uint16_t *errnum)
{
	if (number == 0)
		findings_add(findings, SEVERITY_ERROR, line,
		             "errno 0: the call would seem to succeed; write 1 to %u, or a name (EPERM)", ERRNO_MAX);
	else if (number >= RESTART_FIRST && number <= RESTART_LAST)
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "errno %u: %u to %u are the kernel's own restart codes, not for programs; write a name (EPERM)",
		    (unsigned)number, RESTART_FIRST, RESTART_LAST);
	else if (number > ERRNO_MAX)
		findings_add(findings, SEVERITY_ERROR, line,
		             "an errno above %u, which no call can return: write a name (EPERM)", ERRNO_MAX);
	else
		*errnum = (uint16_t)number;
	return *errnum != 0;
}

static void unknown_action(const char *word, bool verbs, unsigned line, struct findings *findings)
{
	struct nearest nearest;
	char hint[NEAREST_HINT];
	const char *name;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(word, refused[i].word) == 0) {
			findings_add(findings, SEVERITY_ERROR, line, "`%s` is no action here: %s", word,
			             refused[i].why);
			return;
		}
	}
	if (strpbrk(word, ";#")) {
		findings_add(findings, SEVERITY_ERROR, line, "`%.40s`: a comment needs a blank before its `;` or `#`",
		             word);
		return;
	}
	nearest_start(&nearest, word);
	for (size_t i = 0; (name = names_errno_at(i)) != NULL; i++)
		nearest_offer(&nearest, name);
	nearest_offer_words(&nearest, verbs ? "deny allow kill-process" : "kill-process");
	nearest_hint(&nearest, hint);
	findings_add(findings, SEVERITY_ERROR, line, "unknown action `%.40s`%s", word,
	             hint[0] ? hint
	             : verbs ? ": write deny, an errno (EPERM), kill-process or allow"
	                     : ": write an errno (EPERM) or kill-process");
}

bool answer_word(const char *word, bool verbs, unsigned line, struct findings *findings, enum answer_kind *kind,
                 uint16_t *errnum)
{
	uint64_t number;

	*errnum = 0;
	if (verbs && strcmp(word, "deny") == 0) {
		*kind = ANSWER_DENY;
		return true;
	}
	if (verbs && strcmp(word, "allow") == 0) {
		*kind = ANSWER_ALLOW;
		return true;
	}
	if (strcmp(word, "kill-process") == 0) {
		*kind = ANSWER_KILL;
		return true;
	}
	*kind = ANSWER_ERRNO;
	*errnum = (uint16_t)names_errno(word);
	if (*errnum != 0)
		return true;
	switch (answer_number(word, &number)) {
	case NUMBER_OK: return errno_number(number, line, findings, errnum);
	case NUMBER_TOO_BIG: return errno_number(UINT64_MAX, line, findings, errnum);
	case NUMBER_OCTAL:
		findings_add(findings, SEVERITY_ERROR, line,
		             "`%.40s`: a number with a leading 0, octal or not? write it without", word);
		return false;
	case NUMBER_NONE: break;
	}
	unknown_action(word, verbs, line, findings);
	return false;
}

/* Words and runs of operator characters; "" at the end. */
static void next_token(const char **at, char token[POLICY_LINE_MAX + 1])
{
	size_t length;

	*at += strspn(*at, " \t");
	length = strspn(*at, OPERATORS);
	if (length == 0)
		length = strcspn(*at, OPERATORS " \t");
	if (length > POLICY_LINE_MAX) /* cannot happen: lines.c */
		length = POLICY_LINE_MAX;
	memcpy(token, *at, length);
	token[length] = '\0';
	*at += length;
}

/* arg0 .. arg5, argN:64. Everything else is a name, which only the call's table can judge. */
static bool parse_argument(const char *token, unsigned line, struct findings *findings, struct answer *answer)
{
	const char *colon = strchr(token, ':');
	size_t length = colon ? (size_t)(colon - token) : strlen(token);
	bool numbered = length >= 4 && memcmp(token, "arg", 3) == 0 && strspn(token + 3, "0123456789") == length - 3;

	if (numbered && (length != 4 || token[3] - '0' >= ARGUMENTS)) {
		findings_add(findings, SEVERITY_ERROR, line, "`%.40s`: a call has six arguments, arg0 to arg5", token);
		return false;
	}
	if (colon && (!numbered || strcmp(colon, ":64") != 0)) {
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "`%.40s`: only `:64` behind arg0 to arg5 is known; an argument's name brings its width with it",
		    token);
		return false;
	}
	if (numbered) {
		answer->index = (int8_t)(token[3] - '0');
		answer->wide = colon != NULL;
		return true;
	}
	if (length >= sizeof(answer->argument) || strpbrk(token, OPERATORS)) {
		findings_add(findings, SEVERITY_ERROR, line,
		             "`%.40s` is no argument: write its name (flags) or arg0 to arg5, as in `if flags & MASK`",
		             token);
		return false;
	}
	memcpy(answer->argument, token, length + 1);
	return true;
}

static bool parse_operator(const char *token, unsigned line, struct findings *findings)
{
	if (strcmp(token, "&") == 0)
		return true;
	if (words_place("== != < <= > >= in not", token) >= 0)
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "this release does not have conditions with `%s` yet, only `ARG & MASK` (any of these bits): %s",
		    token, no_value_yet);
	else if (token[0] == '\0')
		findings_add(findings, SEVERITY_ERROR, line, "the condition ends too early: write `if ARG & MASK`");
	else
		findings_add(findings, SEVERITY_ERROR, line, "unknown operator `%.40s`: write `if ARG & MASK`", token);
	return false;
}

static void unknown_constant(const char *token, unsigned line, struct findings *findings)
{
	struct nearest nearest;
	char hint[NEAREST_HINT];
	const char *name;

	nearest_start(&nearest, token);
	for (size_t i = 0; (name = names_constant_at(i)) != NULL; i++)
		nearest_offer(&nearest, name);
	nearest_hint(&nearest, hint);
	findings_add(findings, SEVERITY_ERROR, line, "unknown constant `%.40s`%s", token,
	             hint[0] ? hint : ": write its value, decimal or 0x");
}

static bool parse_bits(const char *token, unsigned line, struct findings *findings, uint64_t *bits)
{
	if (names_constant(token, bits))
		return true;
	switch (answer_number(token, bits)) {
	case NUMBER_OK: return true;
	case NUMBER_OCTAL:
		findings_add(findings, SEVERITY_ERROR, line,
		             "`%.40s`: a number with a leading 0, octal or not? write it decimal or with 0x", token);
		return false;
	case NUMBER_TOO_BIG:
		findings_add(findings, SEVERITY_ERROR, line,
		             "`%.40s` has more than 64 bits, an argument has at most 64", token);
		return false;
	case NUMBER_NONE: break;
	}
	if (token[0] == '-')
		findings_add(findings, SEVERITY_ERROR, line,
		             "`%.40s`: a mask has no sign; write the bits, as in 0x80000000", token);
	else
		unknown_constant(token, line, findings);
	return false;
}

/* What stands behind a mask that is no further `|`. */
static void unexpected(const char *token, unsigned line, struct findings *findings)
{
	if (strcmp(token, "and") == 0)
		findings_add(findings, SEVERITY_ERROR, line,
		             "this release does not have conditions with `and` yet, only one `ARG & MASK` a line: %s",
		             no_value_yet);
	else if (strcmp(token, "or") == 0)
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "unknown word `or`: write a second line for the same call, several lines are alternatives");
	else
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "unexpected `%.40s` behind the mask: `|` joins bits, a comment begins with a blank and `;` or `#`",
		    token);
}

/* Behind `if`. */
static bool parse_condition(const char *at, unsigned line, struct findings *findings, struct answer *answer)
{
	char token[POLICY_LINE_MAX + 1];
	bool ok;

	next_token(&at, token);
	if (token[0] == '\0') {
		findings_add(findings, SEVERITY_ERROR, line, "no condition behind `if`: write `if ARG & MASK`");
		return false;
	}
	ok = parse_argument(token, line, findings, answer);
	if (strpbrk(token, OPERATORS))
		return false;
	next_token(&at, token);
	if (!parse_operator(token, line, findings))
		return false;
	do {
		uint64_t bits = 0;

		next_token(&at, token);
		if (token[0] == '\0' || strpbrk(token, OPERATORS)) {
			findings_add(
			    findings, SEVERITY_ERROR, line,
			    "a value is missing: write `if ARG & MASK`, MASK a number or constants joined by `|`");
			return false;
		}
		ok &= parse_bits(token, line, findings, &bits);
		answer->mask |= bits;
		next_token(&at, token);
	} while (strcmp(token, "|") == 0);
	if (token[0] != '\0') {
		unexpected(token, line, findings);
		return false;
	}
	if (ok && answer->mask == 0) {
		findings_add(findings, SEVERITY_ERROR, line,
		             "the mask is 0, without a bit to test: the rule would never match; name at least one bit");
		return false;
	}
	return ok;
}

bool answer_parse(const char *value, unsigned line, struct findings *findings, struct answer *answer)
{
	char word[POLICY_LINE_MAX + 1];
	const char *behind;
	bool ok;

	*answer = (struct answer){.index = -1};
	ok = words_next(&value, word, sizeof(word)) &&
	     answer_word(word, true, line, findings, &answer->kind, &answer->errnum);
	behind = value;
	if (!words_next(&value, word, sizeof(word)))
		return ok;
	if (strcmp(word, "if") != 0) {
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "unexpected `%.40s` behind the action: only `if ARG & MASK` may follow, or ` ;` and a comment",
		    behind + strspn(behind, " \t"));
		return false;
	}
	answer->conditional = true;
	if (ok && answer->kind == ANSWER_ALLOW) {
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "`allow` takes no condition: write the cases to deny, as in `open_tree = deny if flags & MASK`");
		return false;
	}
	return parse_condition(value, line, findings, answer) && ok;
}

/* "open_tree has dfd filename flags", or that it has none. */
static const char *list_arguments(const char *call, char *text, size_t size)
{
	char names[160];

	if (!names_arguments(call, names, sizeof(names)))
		snprintf(text, size, "denyinit does not know the names of its arguments, write arg0 to arg5");
	else if (names[0] == '\0')
		snprintf(text, size, "`%s` takes none", call);
	else
		snprintf(text, size, "`%s` has %s", call, names);
	return text;
}

static void unknown_argument(const struct answer *answer, const char *call, unsigned line, struct findings *findings)
{
	char names[160], hint[NEAREST_HINT], text[220];
	struct nearest nearest;

	list_arguments(call, text, sizeof(text));
	if (answer->index >= 0) {
		findings_add(findings, SEVERITY_ERROR, line, "no argument `arg%d`: %s", answer->index, text);
		return;
	}
	nearest_start(&nearest, answer->argument);
	if (names_arguments(call, names, sizeof(names)))
		nearest_offer_words(&nearest, names);
	nearest_hint(&nearest, hint);
	findings_add(findings, SEVERITY_ERROR, line, "unknown argument `%s` of `%s`%s%s%s", answer->argument, call,
	             hint, hint[0] ? "" : ": ", hint[0] ? "" : text);
}

bool answer_condition(const struct answer *answer, const char *call, unsigned line, struct findings *findings,
                      struct condition *condition)
{
	char names[160];
	struct argument argument;
	bool fits = answer->mask <= UINT32_MAX;
	bool known;

	*condition = (struct condition){.test = TEST_ANY_BIT};
	if (answer->index < 0)
		known = names_argument(call, answer->argument, &argument);
	else
		known = names_argument_at(call, answer->index, &argument);
	if (!known && (answer->index < 0 || names_arguments(call, names, sizeof(names)))) {
		unknown_argument(answer, call, line, findings);
		return false;
	}
	if (!known) {
		condition->arg = condition->upper = (uint8_t)answer->index;
		condition->wide = answer->wide || !fits;
		return true;
	}
	condition->arg = condition->upper = (uint8_t)argument.index;
	condition->wide = argument.width == WIDTH_64;
	if (argument.width == WIDTH_POINTER) {
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "arg%d of `%s` is a pointer: a filter sees the address, never what is there (and that could change "
		    "after the check); deny the whole call, or test another argument",
		    argument.index, call);
		return false;
	}
	if (argument.width == WIDTH_32 && answer->wide) {
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "the kernel takes arg%d of `%s` as 32 bits, what stands above them is junk: leave `:64` out",
		    argument.index, call);
		return false;
	}
	if (argument.width == WIDTH_32 && !fits) {
		findings_add(findings, SEVERITY_ERROR, line,
		             "mask 0x%llx has bits beyond the 32 that arg%d of `%s` has for the kernel: leave them out",
		             (unsigned long long)answer->mask, argument.index, call);
		return false;
	}
	return true;
}
