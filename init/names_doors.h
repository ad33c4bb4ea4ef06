/* SPDX-License-Identifier: MIT */
/*
 * names_doors: const tables of what does the same as what: calls that have twins, operations of io_uring, calls that
 * carry others. Each row claims that a door is open; tests/live/doors.bats goes through it. Pure.
 */
#ifndef INIT_NAMES_DOORS_H
#define INIT_NAMES_DOORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A family of calls, each of which does what the others do. All lists are words. */
struct twins {
	const char *does;   /* "change a file's mode" */
	const char *denied; /* those that one denies to keep from that */
	const char *doors;  /* those by which it can be done all the same; `*` behind a name: its flags are in memory */
	const char *args;   /* arguments that mean the same in all of them, by their names */
};

/* The i-th family, false after the last one. */
bool names_twins_at(size_t i, struct twins *family);

/* A call with one value of an argument, and another one, or another value, that comes to the same. */
struct door_case {
	const char *kind;   /* of the finding */
	const char *denied; /* words */
	const char *arg;    /* NULL: denied whatever its arguments are */
	uint64_t value;
	bool each_bit;        /* any one bit of value, not the whole */
	const char *doors;    /* words */
	const char *door_arg; /* NULL: whatever its arguments are */
	uint64_t door_value;
	const char *condition; /* what to write behind `if`; "": nothing */
	const char *with;      /* goes on "CALL is denied" */
	const char *why;       /* goes on "DOORS, which", and before "as well" */
};

const struct door_case *names_door_case_at(size_t i);

/* The call that does the same as this one and that no policy can deny as a whole; NULL: there is none. */
const char *names_vital_twin(const char *call);

/* Whether an operation of io_uring does what the call does; all such calls, as words. */
bool names_by_io_uring(const char *call);
const char *names_of_io_uring(void);

/* Whether common libraries make this call to see whether it is there, and do without where it is not (ENOSYS). */
bool names_is_tried(const char *call);

/* The i-th call that carries others (socketcall, ipc), and their names in *calls; NULL after the last one. */
const char *names_multiplexer_at(size_t i, const char **calls);

/* Whether a condition on that argument of the call is one on single bits of it. */
bool names_is_flags(const char *call, const char *arg);

#endif
