/* SPDX-License-Identifier: MIT */
/*
 * staying: the values of [init] that say how a denyinit that stays does so: signals, durations, exit statuses, a user.
 * Pure.
 */
#ifndef INIT_STAYING_H
#define INIT_STAYING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAYING_SIGNALS 64
#define STAYING_USER 64u
#define STAYING_WHY 200u

#define SIGNAL_BIT(signal) (UINT64_C(1) << ((signal)-1))

/* In the order of the settings, which policy.c has; those of the first row are one of some words. */
enum staying_setting {
	STAY_SIGNALS,   /* child group */
	STAY_SUBREAPER, /* yes no */
	STAY_WAIT_ALL,  /* no yes */
	STAY_VERBOSE,   /* no reaped all */
	STAYING_CHOICES,
	STAY_PARENT_DEATH = STAYING_CHOICES,
	STAY_REWRITE,
	STAY_EXIT_ZERO,
	STAY_STOP_SIGNALS,
	STAY_GRACE,
	STAY_TERM_DELAY,
	STAY_USER,
	STAYING_SETTINGS
};

struct staying {
	uint8_t choice[STAYING_CHOICES];        /* the word's place */
	uint8_t parent_death;                   /* a signal; 0: none */
	uint8_t rewritten[STAYING_SIGNALS + 1]; /* by signal: 0: as it is */
	uint64_t dropped;                       /* signals that nobody gets: SIGNAL_BIT */
	uint64_t stops;                         /* that are to end the command */
	uint64_t exit_zero[4];                  /* exit statuses that become 0, a bit each */
	uint32_t grace_ms, delay_ms;            /* 0: none */
	char user[STAYING_USER];                /* "": nobody else */
};

/* The defaults. */
void staying_start(struct staying *staying);

/*
 * A value that is not one of some words: STAY_PARENT_DEATH and those behind it. False: why says what is wrong, and what
 * to write instead; no full stop at the end.
 */
bool staying_take(enum staying_setting setting, const char *value, struct staying *staying, char why[STAYING_WHY]);

/* "TERM", "SIGTERM", "RTMIN+1" or "15" to 15. -1: no signal. */
int staying_signal(const char *word);

/* "SIGTERM", or "signal 40". */
const char *staying_signal_name(int signal, char name[16]);

/* Whether a denyinit that stays can pass it on: neither KILL, STOP, CHLD, nor what the kernel sends for a crash. */
bool staying_passes(int signal);

#endif
