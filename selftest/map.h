/* SPDX-License-Identifier: MIT */
/*
 * map: what this process gets for every number of every ABI that it can call: the model, and how it is read out of what
 * probes saw. map_ask.h makes the probes, map_report.h writes the result. Pure.
 */
#ifndef SELFTEST_MAP_H
#define SELFTEST_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selftest/numbers.h"
#include "selftest/probe.h"

/*
 * Each number from 0 on is asked: all that have a name on any ABI (x32's own go up to 547) and what is likely to get
 * one. Above, where no kernel has calls, one in each of a few places stands for the rest.
 */
#define MAP_DENSE 560u
#define MAP_SAMPLES 3u
#define MAP_NUMBERS (MAP_DENSE + MAP_SAMPLES)

enum map_answer {
	MAP_UNKNOWN, /* nobody answered in time, or the answer has two meanings */
	MAP_OPEN,    /* no filter stops it; whether the kernel has it, or a capability is missing, is another matter */
	MAP_ERRNO,   /* a filter answers errnum; 0: the call only seems to succeed */
	MAP_KILLED,  /* its caller dies by SIGSYS */
	MAP_ABSENT,  /* this kernel has no such ABI */
	MAP_UNFILTERABLE, /* the kernel asks no filter about it (uprobe, uretprobe); never asked here either */
	MAP_ANSWERS,
};

enum map_by { MAP_BY_NOBODY, MAP_BY_DENYINIT, MAP_BY_OUTER, MAP_BY_EITHER };

struct map_call {
	const char *name; /* NULL: nobody has given it one */
	uint16_t errnum;
	uint8_t answer; /* enum map_answer */
	uint8_t by;     /* enum map_by */
	bool partly;    /* stopped for some arguments: one of "all 0" and "all ones" is let through */
};

/* How it was asked: what the newest filter, the one that keeps every probed call from being made, answers with. */
enum map_means {
	MAP_BY_LISTENER, /* every answer can be told */
	MAP_BY_TRACE,    /* open cannot be told from ENOSYS */
	MAP_BY_ERRNO,    /* only what kills can be told */
};

struct map {
	enum map_means means;
	uint16_t canary; /* the marker of denyinit's canary; 0: this process is under no denyinit */
	int filters;     /* before the map's own was loaded; -1: not known */
	struct map_call calls[MACHINE_CALLABLE][MAP_NUMBERS];
};

/* The i-th number asked; x32: with its bit. */
uint32_t map_number(enum abi abi, size_t i);

/* Names in place, everything else 0, that is unknown; and MAP_UNFILTERABLE, which has to be known beforehand. */
void map_begin(struct map *map);

/*
 * What one probe saw, all arguments 0, to an answer. marker: what the newest filter answers; certain: nothing else
 * answers with it. Leaves the name.
 */
void map_read(struct map_call *call, struct observed observed, uint16_t marker, bool certain);

/* What a second one saw, with all ones, on top of that. True: only this one was stopped. */
bool map_join(struct map_call *call, struct observed observed, uint16_t marker, bool certain);

/*
 * Who stopped a call that was stopped. `canary`: what came back when the sixth argument held the canary's magic, all
 * else equal. The canary is older than the policy and newer than what the runtime has loaded (canary.h). It knows the
 * calls of the policy and the native mount API, but which ones the policy's are cannot be seen in the answer; so, of
 * these, only where there are no other filters than denyinit's two it is known who answers.
 */
enum map_by map_blame(const struct map *map, enum abi abi, size_t i, struct observed canary);

#endif
