/* SPDX-License-Identifier: MIT */
/*
 * base: a seccomp profile that somebody else wrote, as JSON in the form of Docker, Podman or the OCI, to entries. What is
 * not understood is an error: it could be what matters. Pure.
 */
#ifndef INIT_BASE_H
#define INIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/cubes.h"
#include "init/findings.h"
#include "init/json.h"

#define BASE_ARGS_MAX 16u
#define BASE_NAME 64u /* a call's name with its NUL */

/* What a profile does with a call, in the kernel's order of precedence. */
enum base_severity {
	BASE_ALLOW,
	BASE_LOG,
	BASE_TRACE,
	BASE_NOTIFY,
	BASE_ERRNO,
	BASE_TRAP,
	BASE_KILL_THREAD,
	BASE_KILL
};

struct base {
	struct json json;
	struct findings *findings; /* by the profile's lines */
	enum base_severity otherwise;
	uint32_t syscalls; /* token of the list; 0: none */
};

/* One of its `syscalls`. Each is a place in the JSON, 0 where the profile has nothing. */
struct base_entry {
	uint32_t token;
	uint32_t names, nnames; /* the first name, and how many */
	uint32_t action, errnum, errname, args, nargs, includes, excludes, comment;
	enum base_severity severity;
};

/* base->findings is set. False: they say what is wrong. text must live as long as *base. */
bool base_read(struct base *base, const char *text, size_t length);

/* For walking over the entries that are for this architecture: *at is 0 before the first. False: no more. */
struct base_walk {
	uint32_t at, left;
};

void base_start(const struct base *base, struct base_walk *walk);
bool base_next(struct base *base, struct base_walk *walk, struct base_entry *entry);

void base_name(const struct base *base, uint32_t token, char name[BASE_NAME]);

/* The value of a key of the whole profile or of an object in it; 0: not there, or null. */
uint32_t base_get(const struct base *base, uint32_t object, const char *key);

/* entry->args as tests on 64 bits; value[i] is the value that tests[i] points to. */
void base_tests(struct base *base, const struct base_entry *entry, struct cube_test tests[BASE_ARGS_MAX],
                uint64_t values[BASE_ARGS_MAX]);

/* It is for some containers only. */
bool base_has_filter(const struct base *base, const struct base_entry *entry);

/* Two entries that are for the same containers and do the same. */
bool base_same(const struct base *base, const struct base_entry *a, const struct base_entry *b);

/* One is for containers with a capability, the other for those without it. */
bool base_exclusive(const struct base *base, const struct base_entry *a, const struct base_entry *b);

/* Adds an error at that place, and returns false. */
bool base_wrong(struct base *base, uint32_t token, const char *text);

#endif
