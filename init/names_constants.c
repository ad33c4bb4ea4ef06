/* SPDX-License-Identifier: MIT */
/*
 * Constants for conditions: a file for each architecture, written by gen-constants.sh from the kernel's headers, so that a
 * build does not depend on how new the machine's are; tests/docs/names.bats compares it with those.
 *
 * As text, a line is a group. Its first character: `&` flags, `=` values that exclude each other. Then what all of its
 * names begin with, and behind a blank the rest of each. `=` and hexadecimal digits after one give its value; without them
 * it is that of the one before plus 1, of flags shifted by 1; `=` alone: the same value again.
 *
 * The program has it packed (pack.sh).
 */
#include "init/names.h"

#include <string.h>

#include "init/arch.h"
#include "init/packed.h"

#include ARCH_CONSTANTS

/* The table as text: unpacked when it is first wanted, which most starts never do. */
static const char *table(void)
{
	static char text[TEXT_BYTES + 1];

	if (text[0] == '\0')
		packed_unpack(packed, sizeof(packed) - 1, text, sizeof(text));
	return text;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is behind a name: moves *at over it. */
static uint64_t read_value(const char **at, uint64_t before, bool bits)
{
	uint64_t value = 0;
	bool negative;

	if (**at != '=')
		return bits ? before << 1 : before + 1;
	(*at)++;
	if (digit(**at) < 0 && **at != '-')
		return before;
	negative = **at == '-';
	*at += negative;
	for (; digit(**at) >= 0; (*at)++)
		value = value << 4 | (uint64_t)digit(**at);
	return negative ? 0 - value : value;
}

/* The head of the group that begins at walk->at. */
static void enter_group(struct constant_walk *walk)
{
	walk->bits = walk->at[0] == '&';
	walk->prefix = walk->at + 1;
	walk->prefix_length = strcspn(walk->prefix, " ");
	walk->at = walk->prefix + walk->prefix_length + 1;
	walk->value = 0;
}

/* The next name's rest, and its value; at the end of a group NULL, and walk->at is where the next one begins. */
static const char *next_rest(struct constant_walk *walk, size_t *length)
{
	const char *rest = walk->at;

	*length = strcspn(rest, " =\n");
	if (*length == 0 && *rest != '=') {
		walk->at++;
		return NULL;
	}
	walk->at += *length;
	walk->value = read_value(&walk->at, walk->value, walk->bits);
	walk->at += *walk->at == ' ';
	return rest;
}

void names_constants_start(struct constant_walk *walk)
{
	*walk = (struct constant_walk){.at = table()};
}

const char *names_constants_next(struct constant_walk *walk)
{
	while (*walk->at) {
		const char *rest;
		size_t length;

		if (!walk->prefix)
			enter_group(walk);
		rest = next_rest(walk, &length);
		if (!rest) {
			walk->prefix = NULL;
			continue;
		}
		if (walk->prefix_length + length >= sizeof(walk->name))
			continue; /* cannot happen: tests/unit/test_names.c */
		memcpy(walk->name, walk->prefix, walk->prefix_length);
		memcpy(walk->name + walk->prefix_length, rest, length);
		walk->name[walk->prefix_length + length] = '\0';
		return walk->name;
	}
	return NULL;
}

const char *names_constant_at(size_t i)
{
	static struct constant_walk walk;
	static size_t next; /* the one that names_constants_next would give */

	if (!walk.at || (i != next && i + 1 != next)) {
		names_constants_start(&walk);
		next = 0;
	}
	for (; next <= i; next++)
		if (!names_constants_next(&walk))
			return walk.at = NULL;
	return walk.name;
}

/* Only groups that the name can be in are read. */
static bool find(const char *name, struct constant_walk *walk)
{
	bool pf = strncmp(name, "PF_", 3) == 0;
	const char *line = table();

	for (size_t whole; *line; line += whole + 1) {
		const char *rest, *tail;
		size_t length;

		whole = strcspn(line, "\n");
		walk->at = line;
		enter_group(walk);
		if (pf && walk->prefix_length == 3 && memcmp(walk->prefix, "AF_", 3) == 0)
			tail = name + 3;
		else if (strncmp(name, walk->prefix, walk->prefix_length) == 0)
			tail = name + walk->prefix_length;
		else
			continue;
		while ((rest = next_rest(walk, &length)) != NULL)
			if (strlen(tail) == length && memcmp(tail, rest, length) == 0)
				return true;
	}
	return false;
}

bool names_constant(const char *name, uint64_t *value)
{
	struct constant_walk walk;

	if (!find(name, &walk))
		return false;
	*value = walk.value;
	return true;
}

bool names_constant_bits(const char *name, uint64_t *bits)
{
	/* asm-generic/fcntl.h: O_SYNC is (__O_SYNC | O_DSYNC), O_TMPFILE (__O_TMPFILE | O_DIRECTORY). */
	static const char *const both[][2] = {{"O_SYNC", "O_DSYNC"}, {"O_TMPFILE", "O_DIRECTORY"}};
	struct constant_walk walk;
	uint64_t value, other;

	if (!find(name, &walk) || !walk.bits || walk.value == 0)
		return false;
	value = walk.value;
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		if (strcmp(name, both[i][0]) == 0 && names_constant(both[i][1], &other))
			value &= ~other;
	*bits = value;
	return true;
}

bool names_constant_is_mask(const char *name)
{
	uint64_t bits;

	return names_constant_bits(name, &bits);
}
