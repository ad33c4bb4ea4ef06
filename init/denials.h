/* SPDX-License-Identifier: MIT */
/*
 * denials: what was denied or observed, folded by rule and program: when a line is due, and which. Pure: the time comes
 * from the caller, milliseconds of any clock that does not go back. Bounded: a workload that floods or changes its name
 * costs no memory, and no more than DENIALS_BURST lines a second; nothing is lost but a program's name.
 */
#ifndef INIT_DENIALS_H
#define INIT_DENIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/policy.h"

#define DENIALS_KEYS 320u     /* kinds of denials, rule and program, that are told apart */
#define DENIALS_PROGRAMS 256u /* from here on a rule's further programs are one, "(others)" */
#define DENIALS_BURST 20u     /* lines a second at most */
#define DENIALS_LINE 640u     /* bytes of a line, with its newline and NUL */
#define DENIALS_COMM 16u      /* TASK_COMM_LEN, with its NUL */

enum denial_kind { DENIAL_DENIED, DENIAL_OBSERVED };

/* One call that did not, or would not, get through. */
struct denial {
	enum denial_kind kind;
	const struct rule *rule; /* NULL: none names it, but `setting` ("newer-syscalls", "other-abis") */
	const char *setting;
	const char *abi; /* "x86_64" */
	uint32_t nr;
	uint16_t errnum; /* what it got or would get; 0: it would be killed */
	long pid;
	char comm[DENIALS_COMM]; /* "" if it could not be learned */
};

struct denial_key {
	struct denial last; /* the latest one */
	uint64_t count, told;
	int64_t due;      /* not told again before */
	int64_t interval; /* to the next time: doubles */
};

struct denials {
	const char *path; /* the policy's */
	bool json;
	struct denial_key keys[DENIALS_KEYS];
	size_t used;
	uint64_t unkept; /* what found no place: counted only */
	int64_t second;  /* when the present one began */
	unsigned lines;  /* in it */
};

/* *denials is zeroed but for path and json. denial->rule must outlive it. */
void denials_note(struct denials *denials, const struct denial *denial);

/* The next line that is due, with its newline; its length. 0: none. time: seconds since 1970, for JSON; 0: not known. */
size_t denials_line(struct denials *denials, int64_t now, int64_t time, char line[DENIALS_LINE]);

/* How long nothing becomes due, in ms; -1: not before the next denials_note(). */
int denials_wait(const struct denials *denials, int64_t now);

/*
 * The sums, line by line: one for each kind and rule, with the programs. *at: 0 at first. 0: no more. Text or JSON. The
 * first line is the sum of all; there is one also if nothing was denied.
 */
size_t denials_total(const struct denials *denials, size_t *at, char line[DENIALS_LINE]);

/* How often a rule's calls of this name were noted, whatever line they are from; programs (may be NULL): their names. */
uint64_t denials_count(const struct denials *denials, enum denial_kind kind, const struct rule *rule,
                       const char *setting, char *programs, size_t size);

#endif
