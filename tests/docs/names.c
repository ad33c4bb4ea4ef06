/* SPDX-License-Identifier: MIT */
/*
 * What the tables of names say, for tests/docs/names.bats and tests/live/arguments.bats:
 *
 *   names constants        KIND NAME VALUE, a line each; KIND is `bits` or `values`, VALUE decimal and signed
 *   names groups           GROUP CALL..., those of the groups in it too
 *   names arguments        reads `CALL INDEX WIDTH NAME`, and after a call's last one `CALL COUNT end -`, and says what
 *                          the table has otherwise
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/names.h"

static void print_constants(void)
{
	struct constant_walk walk;
	const char *name;

	names_constants_start(&walk);
	while ((name = names_constants_next(&walk)) != NULL) {
		uint64_t value;

		if (!names_constant(name, &value) || value != walk.value)
			printf("not found: %s\n", name);
		printf("%s %s %" PRId64 "\n", walk.bits ? "bits" : "values", name, (int64_t)value);
	}
}

static void print_groups(void)
{
	const struct group *group;

	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++) {
		const struct group_member *member;
		struct group_walk walk;

		printf("%s", group->name);
		names_walk_start(&walk, group);
		while ((member = names_walk_next(&walk)) != NULL)
			printf(" %s", member->name);
		printf("\n");
	}
}

static const char *const widths[] = {
    [WIDTH_16] = "16", [WIDTH_32] = "32", [WIDTH_64] = "64", [WIDTH_POINTER] = "pointer"};

static void compare_argument(const char *call, int index, const char *width, const char *name)
{
	struct argument argument, named;
	char names[160];

	if (!names_arguments(call, names, sizeof(names)))
		printf("unknown %s\n", call);
	else if (!names_argument_at(call, index, &argument))
		printf("fewer %s %d\n", call, index);
	else if (strcmp(widths[argument.width], width) != 0)
		printf("width %s %s %s\n", call, name, widths[argument.width]);
	else if (strncmp(name, "arg", 3) != 0 && (!names_argument(call, name, &named) || named.index != index))
		printf("name %s %d %s\n", call, index, name);
}

/* After a call's last argument: the table has no more of them. */
static void compare_end(const char *call, int arguments)
{
	struct argument argument;
	char names[160];

	if (!names_arguments(call, names, sizeof(names)))
		printf("unknown %s\n", call);
	else if (names_argument_at(call, arguments, &argument))
		printf("more %s %d\n", call, arguments);
}

static void compare_arguments(void)
{
	char line[200], call[60], index[4], width[12], name[60];
	unsigned lines = 0;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%59s %3s %11s %59s", call, index, width, name) != 4)
			printf("what is this: %s", line);
		else if (strcmp(width, "end") == 0)
			compare_end(call, (int)strtol(index, NULL, 10));
		else
			compare_argument(call, (int)strtol(index, NULL, 10), width, name);
		lines++;
	}
	printf("compared %u\n", lines);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "constants") == 0)
		print_constants();
	else if (strcmp(what, "groups") == 0)
		print_groups();
	else if (strcmp(what, "arguments") == 0)
		compare_arguments();
	else
		return 2;
	return ferror(stdout) || fflush(stdout) != 0;
}
