/* SPDX-License-Identifier: MIT */
/*
 * names: const tables. Groups, errno names, argument names with their widths, constants, and the numbers of calls
 * that libseccomp does not know. Sources are named beside each table. Pure.
 */
#ifndef INIT_NAMES_H
#define INIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROUP_MEMBER_NAME 24u

/* A call as a group has it. */
struct group_member {
	char name[GROUP_MEMBER_NAME];
	int8_t arg; /* -1: unconditional; else only if (that argument & mask) != 0 */
	/* Not 0: this errno whatever the line says (clone3 = ENOSYS: the C library falls back on nothing else). */
	uint16_t errnum;
	uint32_t mask;
};

struct group {
	const char *name;    /* with its '@' */
	const char *members; /* words: calls, and other groups with their '@' */
};

/* NULL: no such group. */
const struct group *names_group(const char *name);
/* The i-th group, NULL after the last one. */
const struct group *names_group_at(size_t i);

#define GROUPS_MAX 32u
#define GROUP_DEPTH 4u /* groups in groups; a unit test holds the tables to it */

/*
 * Every call of a group, those of the groups in it too; a call may come more than once. A member is valid until the
 * next one.
 */
struct group_walk {
	const char *level[GROUP_DEPTH]; /* what is left of each group's members */
	unsigned depth;
	struct group_member member;
};

void names_walk_start(struct group_walk *walk, const struct group *group);
/* NULL after the last one. */
const struct group_member *names_walk_next(struct group_walk *walk);

/* 0: no such errno name. 1..4095 otherwise. */
unsigned names_errno(const char *name);
/* "EPERM"; NULL if the number has no name. */
const char *names_of_errno(unsigned errnum);
/* The i-th errno name, NULL after the last one. */
const char *names_errno_at(size_t i);

/* The eleven (on i386 twelve) calls of the mount API, by the same list as the group @mount. */
bool names_is_mount_call(const char *name);

/* 16: the kernel cuts it to that (umode_t; i386's ids): what is above is junk, and only `&` is not misled by it. */
enum width { WIDTH_32, WIDTH_64, WIDTH_POINTER, WIDTH_16 };

struct argument {
	int8_t index; /* 0..5, the register; its lower half if the width is not 64 */
	int8_t
	    upper; /* the register that has the upper 32 bits, in its lower half; index where one register has all 64 */
	enum width width;
};

/* What the argument table says about a call: its arguments' names in order, separated by blanks ("" if it has none); NULL:
 * the table does not have the call. names has size bytes and is returned; it is cut if too short. */
const char *names_arguments(const char *call, char *names, size_t size);

#define NAMES_ARGUMENT 24u /* bytes of an argument's longest name, with its NUL */

/* By the argument's name as in the kernel's prototype, or by index (argN); false: the table does not have it. */
bool names_argument(const char *call, const char *name, struct argument *argument);
bool names_argument_at(const char *call, int index, struct argument *argument);

/* x32 has native registers and widths. */
enum names_abi { NAMES_NATIVE, NAMES_COMPAT };

/*
 * What another ABI of the machine has for the argument that names_argument_at(call, index) is: i386 splits 64 bits over
 * two registers, has clone's arguments in another order, longs and pointers of 32 bits, and users' and groups' ids of
 * 16. A call that is i386's alone has as its index the place in the prototype. False: the table does not know the call,
 * or there the argument is in memory (mmap, select).
 */
bool names_argument_on(enum names_abi abi, const char *call, int index, struct argument *argument);
/* The same of a call that the native ABI does not have, by the place in its prototype. */
bool names_argument_alone(const char *call, int index, struct argument *argument);

/*
 * CLONE_NEWNS and the like; PF_UNIX is AF_UNIX. The value is the kernel's headers', a negative one (AT_FDCWD) with its
 * sign in 64 bits. No constant has another value on a second ABI of the same machine.
 */
bool names_constant(const char *name, uint64_t *value);
/*
 * For `&`: the bits to test. They are the value's, but for O_TMPFILE and O_SYNC, whose values have a second bit that is
 * another flag's (O_DIRECTORY, O_DSYNC): of these the bit that is theirs alone. False: not known, or no flag but one of
 * several values that exclude each other (SOCK_STREAM, AF_UNIX, O_RDONLY), which want `==` or `in`.
 */
bool names_constant_bits(const char *name, uint64_t *bits);
/* Whether that is true of it: a flag, or several. */
bool names_constant_is_mask(const char *name);

#define NAMES_CONSTANT 56u /* bytes of the longest one's name, with its NUL */

/*
 * The other way round: how one writes a value, or (bits) one bit of a mask, of a call's argument, which is called as
 * names_arguments calls it. NULL: no constant is known, or several. name is returned.
 */
const char *names_of_constant(const char *call, const char *argument, uint64_t value, bool bits,
                              char name[NAMES_CONSTANT]);

/* The constants in the table's order. Nothing is to be freed. */
struct constant_walk {
	const char *at; /* what is left of the table */
	const char *prefix;
	size_t prefix_length;
	bool bits;
	uint64_t value; /* of the name below */
	char name[NAMES_CONSTANT];
};

void names_constants_start(struct constant_walk *walk);
/* NULL after the last one; valid until the next one. */
const char *names_constants_next(struct constant_walk *walk);
/* The i-th constant's name, NULL after the last one; valid until the next one. Quick if i is the last one's or its next. */
const char *names_constant_at(size_t i);

/* Why no policy may deny a call as a whole; NULL: it may. */
const char *names_vital(const char *call);

/* A call that the kernel never shows to a filter: a rule on it has no effect. */
bool names_unfilterable(const char *call);

/* Calls newer than libseccomp's tables (424 and above: one number for every ABI). -1 / NULL: not in the table. */
int names_newer_number(const char *name);
const char *names_newer_name(uint32_t nr);
const char *names_newer_at(size_t i);

#endif
