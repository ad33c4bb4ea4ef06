/* SPDX-License-Identifier: MIT */
/*
 * findings: what is wrong with a policy, one entry for each place. The parser goes on after an error so that
 * one run tells everything; whoever called it decides what to do (refuse to start, or print and exit 1).
 */
#ifndef INIT_FINDINGS_H
#define INIT_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#define FINDINGS_MAX 100u
#define FINDING_TEXT 440u
#define FINDING_WRITE 400u /* what a finding proposes: two lines of a policy at least */
#define ADVICE_MAX 12288u  /* of all findings */

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct finding {
	unsigned line; /* 1-based; 0: the file as a whole */
	enum severity severity;
	char text[FINDING_TEXT]; /* what is wrong, why, and what to write instead; printable, one line, no full stop at
	                            the end */
	const char *kind;        /* for tools: a word that stays the same from release to release */
	const char *write;       /* the lines to write, a newline between them; "": no line would do */
	const char *replaces;    /* those words of the line give way to them: calls, or a setting's key; "": none */
	unsigned after;          /* they come below this line */
};

/* What findings_advise adds to a text. NULL for write or replaces: none. */
struct advice {
	const char *kind;
	const char *write;
	const char *replaces;
	unsigned after; /* the lines come below this one, or below the finding's, whichever is later */
};

#define FINDING_POLICY "policy" /* the kind of all that is not an advice */

struct findings {
	size_t count;    /* entries in item[] */
	size_t dropped;  /* findings beyond FINDINGS_MAX: counted, not kept (an error is never lost: see errors) */
	size_t errors;   /* of all, dropped ones included */
	size_t warnings; /* of all, dropped ones included */
	size_t advice_used;
	struct finding item[FINDINGS_MAX];
	char advice[ADVICE_MAX]; /* what the items' write and replaces point to: so no copy of this structure is made */
};

/*
 * Adds one finding. Bytes that are not printable ASCII are written as \xNN, so that a policy cannot drive the
 * terminal of whoever reads the message. Longer texts are cut.
 */
void findings_add(struct findings *findings, enum severity severity, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * The same with an advice that a tool can follow: the words `replaces` are taken out of the line (the line, if nothing
 * is left of what stands before its `=`), and the lines `write` come below the line `after`, which is in the same section. What does not fit
 * whole is left out: an advice is never cut.
 */
void findings_advise(struct findings *findings, enum severity severity, unsigned line, const struct advice *advice,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* An error by a message of refusal.h: the line that stands in it behind the path, if there is one, is the finding's. */
void findings_add_refusal(struct findings *findings, const char *path, const char *why);

/* strict = yes. */
void findings_make_errors(struct findings *findings);

/* By line (stable); findings about the whole file come first. */
void findings_sort(struct findings *findings);

#endif
