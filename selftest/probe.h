/* SPDX-License-Identifier: MIT */
/*
 * probe: makes calls in throw-away children and says what came back. A child runs the list until it dies; the next
 * child goes on behind the call that killed it. So a KILL rule costs a child. Children are not dumpable: a piped
 * core_pattern would otherwise run on the host at every start.
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

#define PROBES_MAX 2048u /* in one list; E2BIG beyond */

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

/*
 * The same with children that share this process's memory, which costs a quarter; with others where that cannot be had. One
 * that dies of a call leaves this process alone only if it is not dumpable: before Linux 5.16 a core dump ends whoever
 * shares the memory (zap_threads() of fs/coredump.c; do_coredump() does not come so far without dumpable). So this process
 * is not dumpable meanwhile; where it cannot be seen to be so, memory is not shared. No signal is heard meanwhile.
 *
 * first: NULL, or what the first call has to return for any other to be made.
 *
 * No filter may kill for what probe_beside_calls() lists. The probes must stay as they are until execve: a child that
 * could neither be awaited nor killed may still read them.
 */
int probe_run_beside(const struct probe *probes, size_t count, const long *first, struct observed *observed);

/*
 * What this process calls in a round and after it, and cannot do without: killed for one of these, it would end without a
 * word. Pointers are what is no argument's value in any policy. unknown: an argument that has another value each time; -1:
 * none. (Not here is what no policy can kill for whatever its arguments are, but with some of them: write, close, execve.)
 */
struct own_call {
	struct probe call;
	int unknown;
};

#define PROBE_OWN_CALLS 10u
extern const struct own_call probe_own_calls[PROBE_OWN_CALLS];

#define PROBE_BESIDE_CALLS 4u

/* What the caller itself calls there and not in probe_run(), argument by argument. */
void probe_beside_calls(struct probe calls[PROBE_BESIDE_CALLS]);

#endif
