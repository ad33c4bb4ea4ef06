/* SPDX-License-Identifier: MIT */
/*
 * probe: makes calls in throw-away children and says what came back. A child runs the list until it dies; the next
 * child goes on behind the call that killed it. So a KILL rule costs a child and nothing else is shared with it: a
 * child that shared memory would on Linux 5.10 take its parent along. Children are not dumpable: a piped core_pattern
 * would otherwise run on the host at every start.
 *
 * The caller must have loaded a canary or overlay that stops every call of the list, and must have seen it work: a
 * probed call's body is never to run.
 */
#ifndef SELFTEST_PROBE_H
#define SELFTEST_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "selftest/numbers.h"

/*
 * How long a child may take for one call before it is given up, and the rest of the list with it: a throttled container
 * (--cpus 0.01) takes seconds for what takes microseconds elsewhere. Counted in slices, so that a stopped container
 * does not use it up.
 */
#define PROBE_TIMEOUT_SECONDS 30

struct probe {
	enum abi abi;
	uint32_t nr; /* x32: with its bit */
	uint64_t args[6];
};

enum observation {
	OBSERVED_NOTHING, /* not made, or no answer in time */
	OBSERVED_RETURN,  /* value */
	OBSERVED_DEATH,   /* the child died of signal `value` */
};

struct observed {
	enum observation what;
	long value;
};

/*
 * Makes probes[0..count) in order. Returns 0 and fills all of observed, or an errno value if no child could be made
 * (EAGAIN: process limit; ENOMEM: no memory to share with it; EPERM and the like: an outer filter, or a policy that
 * denies clone and fork); what was not reached is OBSERVED_NOTHING then. Uses no descriptor. Leaves SIGCHLD's
 * disposition and mask as they were, but one that was pending is lost: sigaction(2).
 */
int probe_run(const struct probe *probes, size_t count, struct observed *observed);

#endif
