/* SPDX-License-Identifier: MIT */
/*
 * starts CPU ROUNDS UNIT: how long it takes from spawning a command to its end, for several commands in turn. In each round
 * every command runs once, in random order: what else the machine does weighs on all of them.
 *
 * The plan on stdin: NAME, FILE, COMMAND, ARGUMENT..., separated by tabs. FILE is opened for reading as descriptor 9 of the
 * command; "-": none. The first command is the bare one: what the others take more is their "added" time. UNIT is the name
 * of the one that the ratios are to.
 *
 * A line of JSON for each command; times in microseconds. median, p95; added: the difference of the medians, added_p95:
 * of its p95 and the bare median; ratio: of its added time to that of UNIT; low and high: the least and the greatest such
 * ratio of ten parts of the run.
 *
 * posix_spawn(3) is a vfork. stdin, stdout and stderr are /dev/null. A command that ends otherwise than with 0 is an error.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/sample.h"

#define COMMANDS_MAX 80
#define PARTS 10
#define WARM_UP 2 /* rounds that do not count */

struct command {
	struct plan_line plan;
	posix_spawn_file_actions_t actions;
	double *ns; /* one for each round */
};

static struct command commands[COMMANDS_MAX];
static size_t count;

static const char *name_of(const struct command *command)
{
	return command->plan.words[0];
}

static void must(int error, const char *what)
{
	if (error)
		sample_die("%s: %s", what, strerror(error));
}

static void prepare(struct command *command, size_t rounds)
{
	const char *file = command->plan.words[1];

	must(posix_spawn_file_actions_init(&command->actions), "spawn");
	for (int fd = 0; fd <= 2; fd++)
		must(posix_spawn_file_actions_addopen(&command->actions, fd, "/dev/null", O_RDWR, 0), "spawn");
	if (strcmp(file, "-") != 0)
		must(posix_spawn_file_actions_addopen(&command->actions, 9, file, O_RDONLY, 0), file);
	command->ns = calloc(rounds, sizeof *command->ns);
	if (!command->ns)
		sample_die("no memory");
}

static double run(const struct command *command)
{
	char **words = (char **)command->plan.words + 2;
	double start, end;
	int error, status;
	pid_t pid, ended;

	start = sample_now();
	error = posix_spawn(&pid, words[0], &command->actions, NULL, words, environ);
	if (error)
		sample_die("%s: %s: %s", name_of(command), words[0], strerror(error));
	do
		ended = wait4(pid, &status, 0, NULL);
	while (ended < 0 && errno == EINTR);
	end = sample_now();
	if (ended != pid || status != 0)
		sample_die("%s: wait status %#x", name_of(command), status);
	return end - start;
}

/* What a command takes more than the first one, in rounds from..from + length. */
static double added(const struct command *command, size_t from, size_t length)
{
	return sample_quantile(command->ns + from, length, 0.5) - sample_quantile(commands[0].ns + from, length, 0.5);
}

/* JSON has no infinity: where UNIT happened to add nothing, in a few rounds on a busy machine. */
static double quotient(double a, double b)
{
	return b > 0 || b < 0 ? a / b : 0;
}

static void print(const struct command *command, const struct command *unit, size_t rounds)
{
	const double p95 = sample_quantile(command->ns, rounds, 0.95);
	const size_t length = rounds / PARTS;
	double ratios[PARTS];

	for (size_t i = 0; i < PARTS; i++)
		ratios[i] = quotient(added(command, i * length, length), added(unit, i * length, length));
	printf("{\"name\":\"%s\",\"rounds\":%zu,\"median\":%.1f,\"p95\":%.1f,\"added\":%.1f,\"added_p95\":%.1f,"
	       "\"ratio\":%.3f,\"low\":%.3f,\"high\":%.3f}\n",
	       name_of(command), rounds, sample_quantile(command->ns, rounds, 0.5) / 1e3, p95 / 1e3,
	       added(command, 0, rounds) / 1e3, (p95 - sample_quantile(commands[0].ns, rounds, 0.5)) / 1e3,
	       quotient(added(command, 0, rounds), added(unit, 0, rounds)), sample_quantile(ratios, PARTS, 0),
	       sample_quantile(ratios, PARTS, 1));
}

int main(int argc, char *argv[])
{
	size_t order[COMMANDS_MAX], rounds;
	const struct command *unit = NULL;

	if (argc != 4)
		sample_die("usage: starts CPU ROUNDS UNIT <PLAN");
	sample_pin((unsigned)sample_number(argv[1], 0));
	/* A command starts with what a container's does: of what this shell has open, nothing. */
	must(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 ? 0 : errno, "close_range");
	rounds = sample_number(argv[2], PARTS);
	while (count < COMMANDS_MAX && sample_plan(&commands[count].plan, 3)) {
		prepare(&commands[count], rounds);
		if (strcmp(name_of(&commands[count]), argv[3]) == 0)
			unit = &commands[count];
		count++;
	}
	if (!unit || unit == &commands[0] || count == COMMANDS_MAX)
		sample_die("the plan has no command '%s' after the first one, or more than %d", argv[3],
		           COMMANDS_MAX - 1);
	for (size_t round = 0; round < rounds + WARM_UP; round++) {
		sample_shuffle(order, count);
		for (size_t i = 0; i < count; i++) {
			struct command *command = &commands[order[i]];
			const double ns = run(command);

			if (round >= WARM_UP)
				command->ns[round - WARM_UP] = ns;
		}
	}
	for (size_t i = 0; i < count; i++)
		print(&commands[i], unit, rounds);
	return fflush(stdout) == 0 ? 0 : 1;
}
