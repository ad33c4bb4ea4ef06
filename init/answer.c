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

/* What other programs have, and why it is not here, in turn; then an empty word. */
static const char refused[] =
    "log\0it lets the call through: write deny here, and `log = yes` under [policy]\0"
    "trace\0a tracer decides then, and may let the call through: write deny\0"
    "notify\0another process decides then, and may let the call through: write deny\0"
    "trap\0a handler of the program's own could answer in the call's place: write deny or kill-process\0"
    "kill-thread\0the other threads go on, without the locks that this one held: write kill-process\0"
    "kill\0which of the two? write kill-process, for the process with all its threads\0"
    "errno\0write which one: EPERM\0"
    "block\0write deny\0";

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

	for (const char *other = refused, *why; *other; other = why + strlen(why) + 1) {
		why = other + strlen(other) + 1;
		if (strcmp(word, other) == 0) {
			findings_add(findings, SEVERITY_ERROR, line, "`%s` is no action here: %s", word, why);
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
	switch (words_number(word, &number)) {
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

bool answer_parse(const char *value, unsigned line, struct findings *findings, struct answer *answer)
{
	char word[POLICY_LINE_MAX + 1];
	const char *behind;
	bool ok;

	*answer = (struct answer){.conditional = false};
	ok = words_next(&value, word, sizeof(word)) &&
	     answer_word(word, true, line, findings, &answer->kind, &answer->errnum);
	behind = value;
	if (!words_next(&value, word, sizeof(word)))
		return ok;
	if (strcmp(word, "if") != 0) {
		findings_add(
		    findings, SEVERITY_ERROR, line,
		    "unexpected `%.40s` behind the action: only `if ARG == VALUE` and the like may follow, or ` ;` and a comment",
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
	return terms_parse(value, line, findings, &answer->terms) && ok;
}
