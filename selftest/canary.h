/* SPDX-License-Identifier: MIT */
/*
 * canary: assembles the marker filter. Loaded before the policy, it answers ERRNO(marker) to the probed calls when
 * their sixth argument holds a magic value, so that the calls' bodies never run. Of filters with equal action the
 * newest one's data wins (kernel/seccomp.c, seccomp_run_filters): a probe that gives the marker was let through by
 * everything newer, one that gives another errno was denied by something newer than the canary, and what is older
 * (the container runtime's profile) cannot pretend to be either. It only ever denies more, so it stays loaded. Pure.
 */
#ifndef SELFTEST_CANARY_H
#define SELFTEST_CANARY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Odd (no aligned pointer), not canonical as an address, upper half neither 0 nor ~0: no caller passes it by chance.
 * 32-bit registers carry the lower half only. The overlay (overlay.h) has a magic of its own.
 */
#define CANARY_MAGIC UINT64_C(0xb83d615e7a94c2ef)
#define OVERLAY_MAGIC UINT64_C(0x917bd4c358e60fa3)

/* The call's argument that carries the magic. */
#define CANARY_ARGUMENT 5

/*
 * Markers: errno values that no kernel code returns, in the order of preference. The one used is the first that is not
 * an errno of the policy. What a process under the canary sees tells it which one that was.
 */
#define CANARY_MARKERS 4u
extern const uint16_t canary_markers[CANARY_MARKERS];

/*
 * What the control gives to CANARY_MAGIC where the canary listens to a secret magic: so a process within learns that it
 * is under a denyinit, and that it cannot be told more. Of the other calls none does, or a workload could make them
 * without being reported.
 */
#define CANARY_SECRET 3389

#define CANARY_NUMBERS_MAX 800u
#define CANARY_COMPAT_MAX 16u
#define CANARY_LENGTH_MAX 1800u

struct canary_numbers {
	size_t natives, compats;
	bool secret; /* native[0], the control, gives CANARY_SECRET to CANARY_MAGIC */
	uint32_t compat[CANARY_COMPAT_MAX];
	uint32_t native[CANARY_NUMBERS_MAX]; /* x32's with their bit */
};

/*
 * Answers `action` (SECCOMP_RET_ERRNO | marker, or the overlay's SECCOMP_RET_TRACE or _USER_NOTIF) where number and
 * magic match, and ALLOW otherwise. Tests the number first: calls that are not listed stay in the kernel's
 * constant-time cache (Linux 5.11, seccomp_cache_prepare). Returns the length, 0 if the numbers do not fit.
 */
size_t canary_assemble(const struct canary_numbers *numbers, uint64_t magic, uint32_t action,
                       struct sock_filter filter[CANARY_LENGTH_MAX]);

#endif
