/* SPDX-License-Identifier: MIT */
/*
 * leaves: what becomes of the endings of compiled programs where denials are told, and calls observed. What a program
 * decides stays as it is: only its RETs are exchanged. Pure.
 */
#ifndef INIT_LEAVES_H
#define INIT_LEAVES_H

#include <stdbool.h>
#include <stdint.h>

#include "init/assemble.h"

struct leaves {
	/*
	 * Not 0: RET ERRNO becomes "sixth argument == magic ? the errno : SECCOMP_RET_USER_NOTIF". So the self-test,
	 * which knows the magic, sees the errno without a listener, and an answer that outranks an outer filter's; all
	 * others get theirs from the listener, or ENOSYS if there is none (seccomp_unotify(2)).
	 */
	uint64_t magic;
	uint32_t observed_action; /* what calls get that are only observed: SECCOMP_RET_USER_NOTIF, _LOG or _ALLOW */
	bool other_abis;          /* calls through other ABIs do not all kill */
};

/*
 * One program of two: what `denied` allows goes on to `observed`, of which all that is not allowed becomes
 * observed_action. Either may be NULL: nothing is denied, nothing is observed. False: longer than PROGRAM_MAX, or there
 * is an ending that no program of filter.h has.
 */
bool leaves_join(const struct program *denied, const struct program *observed, const struct leaves *leaves,
                 struct program *joined);

#endif
