/* SPDX-License-Identifier: MIT */
/*
 * plan: which calls are probed, with which arguments, and which of them the canary has to know. Pure.
 */
#ifndef SELFTEST_PLAN_H
#define SELFTEST_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selftest/canary.h"
#include "selftest/meaning.h"
#include "selftest/mount_api.h"
#include "selftest/probe.h"
#include "selftest/report.h"

#define PLAN_FOREIGN_MAX (MOUNT_API_ROWS + MOUNT_API_NATIVE)
/* Each rule with matching arguments, each conditional call once more without, the ways through other ABIs, the rest. */
#define PLAN_PROBES_MAX (2 * TRIAL_RULES_MAX + MOUNT_API_NATIVE + PLAN_FOREIGN_MAX + 2)

_Static_assert(PLAN_PROBES_MAX <= PROBES_MAX, "all of a plan's probes are one list");

/* One call of the native ABI: an entry of the report, and its probes. */
struct subject {
	struct report_call call; /* all but the verdict */
	bool demanded; /* of the mount API, and the policy does not mention it: it must be denied all the same */
	bool
	    observed; /* let through and reported, where it would be denied; call.conditional: what no rule denies of it */
	size_t first, count; /* in plan.probes; count 0: no probe can reach its rules */
};

struct foreign_subject {
	struct report_foreign entry; /* all but the state */
	size_t probe;                /* in plan.probes */
	/* Where the ABI has rules: there is none, nor anything else that leaves the call open; a rule denies it whatever its
	 * arguments; it is let through and reported. */
	bool demanded, ruled, observed;
};

#define PLAN_CONTROL 0

/* All lists of the longest plan, and what two rounds see of its probes. */
#define PLAN_ROOM                                                                 \
	(PLAN_PROBES_MAX * (sizeof(struct probe) + 2 * sizeof(struct observed)) + \
	 REPORT_CALLS_MAX * sizeof(struct subject) + PLAN_FOREIGN_MAX * sizeof(struct foreign_subject))

/* Not to be copied: it points into itself. */
struct plan {
	uint16_t marker; /* what the canary answers */
	uint64_t magic;  /* and to what */
	size_t nprobes, nsubjects, nforeign, probes_max;
	/* Lists, one behind the other as long as they can get: of each that had the room of the longest a page would be used. */
	struct probe *probes; /* the first one is the control, a call that no policy names */
	struct subject *subjects;
	struct foreign_subject *foreign;
	struct observed *first, *second; /* probes_max each: for what the two rounds see of the probes */
	struct canary_numbers numbers;
	_Alignas(2048) char room[PLAN_ROOM]; /* so in as few pages as can be */
};

/* No code of this machine's native ABI can make the call: it stands behind those that are made, to be evaluated. */
static inline bool plan_cannot_call(const struct plan *plan, const struct foreign_subject *subject)
{
	return MACHINE_CALLABLE < ABI_COUNT && subject->probe >= plan->nprobes;
}

enum plan_error {
	PLAN_OK,
	PLAN_NO_MARKER,  /* the policy uses every errno that could be one */
	PLAN_NO_CONTROL, /* the policy names every call that could be one, or denies numbers that low */
};

/*
 * The mount API, every rule (those that are only observed without a probe), one number above the ceiling, and the mount API
 * through every other ABI, where its calls kill one of them. *plan need not be zeroed.
 */
enum plan_error plan_trial(struct plan *plan, const struct meaning *meaning);

/* The mount API alone, through every ABI, for a process that knows no policy but found its canary. */
void plan_mount_api(struct plan *plan, const struct probe *control, uint16_t marker);

/*
 * Calls that have no effect and read nothing even if they are made for real with all arguments 0: the i-th candidate for
 * the control; false after the last one.
 */
bool plan_control(size_t i, struct probe *control);

/*
 * Of a trial's probes those for which a listener must have heard, each once and with `cookie` in the magic's place: into
 * probes[0 .. count returned). most: no more than that.
 */
size_t plan_calls(const struct plan *plan, const struct meaning *meaning, uint64_t cookie, size_t most,
                  struct probe probes[PLAN_PROBES_MAX]);

/* What the policy gives exactly this probe. */
uint32_t plan_expected(const struct meaning *meaning, const struct probe *probe);

#endif
