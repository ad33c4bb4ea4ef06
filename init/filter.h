/* SPDX-License-Identifier: MIT */
/*
 * filter: a policy to the program that the kernel is given. libseccomp makes the unconditional list and the ABI check
 * (its architecture is the native one only: it kills for every call through another ABI), assemble.h puts the rest before
 * it.
 * The only user of seccomp.h.
 */
#ifndef INIT_FILTER_H
#define INIT_FILTER_H

#include "init/assemble.h"
#include "init/oci.h"
#include "init/policy.h"

enum filter_step {
	FILTER_OK,
	FILTER_INIT,     /* libseccomp could not be set up */
	FILTER_RULE,     /* it does not take a rule: *rule is its index */
	FILTER_EXPORT,   /* it could not make the program of them */
	FILTER_TOO_LONG, /* more than PROGRAM_MAX instructions */
};

/* *error: errno value of what failed. Does not depend on the running kernel. */
enum filter_step filter_compile(const struct policy *policy, struct program *program, size_t *rule, int *error);

/*
 * What a container runtime makes of a profile, by runc's example (InitSeccomp(), libcontainer/seccomp), with a libseccomp
 * that knows all its names. *rule: index of the entry.
 */
enum filter_step filter_compile_profile(const struct oci *oci, struct program *program, size_t *rule, int *error);

/* Calls by libseccomp's tables, and those newer than it by names.h: the native ones, and those of the 32-bit ABI besides. */
extern const struct call_table filter_calls, filter_compat_calls;

/* x32's number of a call, with its bit; CALL_ABSENT. */
int filter_x32_number(const char *name);

/* "2.6.0". text has size bytes and is returned. */
const char *filter_library_version(char *text, size_t size);

#endif
