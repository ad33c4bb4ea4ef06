/* SPDX-License-Identifier: MIT */
/*
 * truth [--full] [--list] [--match TEXT] FOLDER: runs denyinit through the truth table (truth.h).
 *
 *   --full   every row; without it every outer state x privilege x policy, each in one of the surroundings in turn
 *   --list   prints the rows and what is expected of each; runs none
 *   --match  only rows whose name, OUTER/PRIVILEGE/POLICY/SURROUNDINGS, has TEXT in it
 *
 * FOLDER has bin/denyinit, bin/outer, bin/effect, a folder mnt, and a folder policy, into which truth-*.ini are
 * written. As root. Each row has a mount and a PID namespace of its own, whose PID 1 becomes `outer`, which becomes
 * (strace and) denyinit, which becomes `effect`, or does not.
 *
 * What differs from the table is told, with the command. The last line has the figures. Exit status 0 if all is as it
 * should be, 1 if not, 99 if it could not be run.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "truth_judge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 120
#define SHOWN_MAX 40 /* differences told in full by each worker */
#define WORKERS_MAX 16
#define ROWS_MAX 16384

static const char *const grade_names[GRADES] = {"right", "FALSE PASS", "FALSE REFUSAL", "WRONG"};

static const char *folder;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "truth: %s: %s\n", what, strerror(errno));
	exit(BROKEN);
}

/* A path below the folder, in one of a few buffers in turn. */
static const char *below(const char *format, ...)
{
	static char paths[8][512];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	va_list arguments;
	int length = snprintf(path, sizeof paths[0], "%s/", folder);

	va_start(arguments, format);
	vsnprintf(path + length, sizeof paths[0] - (size_t)length, format, arguments);
	va_end(arguments);
	return path;
}

static void name_of(const struct row *row, char name[200])
{
	snprintf(name, 200, "%s/%s/%s/%s", row->outer->name, row->privilege->name, row->policy->name,
	         row->surroundings->name);
}

/* ---- running ---- */

static const char *policy_path(const struct row *row)
{
	/* The outer filter that fakes the policy's load only knows it by the flag of `log = yes`. */
	return below("policy/truth-%s%s.ini", row->policy->name, row->outer->loading == CANARY_ONLY ? "-log" : "");
}

static void write_policy(const struct policy *policy, bool log)
{
	const char *path = below("policy/truth-%s%s.ini", policy->name, log ? "-log" : "");
	char others[256] = "";
	size_t used = 0;
	FILE *file;

	for (int call = 0; call < MOUNT_CALLS; call++)
		if (call != policy->concerned)
			used += (size_t)snprintf(others + used, sizeof others - used, "%s ", call_table[call].name);
	unlink(path);
	file = fopen(path, "w");
	if (!file)
		die(path);
	fprintf(file, "[policy]\ndeny = %s\n%s\n[deny]\n", policy->deny, log ? "log = yes" : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fprintf(file, policy->rules, others);
#pragma GCC diagnostic pop
	fputc('\n', file);
	if (fclose(file) != 0 || chmod(path, 0444) != 0)
		die(path);
}

struct words {
	char *word[64];
	size_t count;
	char text[1024];
	size_t used;
};

/* Appends the words of a text, of which `%s` is replaced. */
static void append(struct words *words, const char *text, const char *replacement)
{
	while (*(text += strspn(text, " "))) {
		size_t length = strcspn(text, " ");
		bool replaced = length == 2 && strncmp(text, "%s", 2) == 0;

		words->word[words->count++] = words->text + words->used;
		words->used += 1 + (size_t)snprintf(words->text + words->used, sizeof words->text - words->used, "%.*s",
		                                    replaced ? 99 : (int)length, replaced ? replacement : text);
		if (words->used >= sizeof words->text || words->count >= COUNT(words->word) - 1) {
			errno = E2BIG;
			die("a command");
		}
		text += length;
	}
}

static void command_of(const struct row *row, struct words *words)
{
	const char *concerned = row->policy->concerned == NO_CALL ? "" : call_table[row->policy->concerned].name;
	bool userns = strcmp(row->privilege->options, "--userns") == 0;

	append(words, below("bin/outer"), NULL);
	append(words, userns ? row->privilege->options : "", NULL); /* the other options that mount go in there */
	append(words, row->surroundings->options, NULL);
	append(words, row->outer->options, concerned);
	append(words, userns ? "" : row->privilege->options, NULL);
	append(words, "--", NULL);
	append(words, row->surroundings->before, NULL);
	if (row->policy->kind != NO_DENYINIT) {
		append(words, below("bin/denyinit"), NULL);
		append(words, "--report=json -c %s --", policy_path(row));
	}
	append(words, below("bin/effect"), NULL);
	append(words, below("mnt"), NULL);
}

static _Noreturn void become(const struct row *row, int out, int err)
{
	struct words words = {.count = 0};
	int in = open("/dev/null", O_RDONLY);

	command_of(row, &words);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("proc", "/proc", "proc", 0, NULL) != 0)
		die("mount(2)");
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		die("dup2(2)");
	execv(words.word[0], words.word);
	die(words.word[0]);
}

static void read_all(int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	for (ssize_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = '?';
	close(fd);
}

/* When PID 1 of the namespace has ended, so has everything in it. */
static void run(const struct row *row, struct ran *ran)
{
	int out = memfd_create("stdout", MFD_CLOEXEC), err = memfd_create("stderr", MFD_CLOEXEC);
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	struct pollfd end = {.events = POLLIN};
	int status, ready;

	if (pid == 0)
		become(row, out, err);
	if (out < 0 || err < 0 || pid < 0)
		die("clone(2)");
	end.fd = (int)syscall(434, pid, 0); /* pidfd_open */
	do
		ready = poll(&end, 1, TIMEOUT_SECONDS * 1000);
	while (ready < 0 && errno == EINTR);
	if (ready != 1)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid(2)");
	close(end.fd);
	ran->status = ready != 1 ? -1 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	read_all(out, ran->out, sizeof ran->out);
	read_all(err, ran->err, sizeof ran->err);
}

static void tell(const struct row *row, enum grade grade, const char *why, const struct ran *ran)
{
	char name[200];
	char *text;
	struct words words = {.count = 0};
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		die("open_memstream");
	name_of(row, name);
	command_of(row, &words);
	fprintf(memory, "%s: %s: %s (status %d)\n  $", grade_names[grade], name, why, ran->status);
	for (size_t i = 0; i < words.count; i++)
		fprintf(memory, " %s", words.word[i]);
	fprintf(memory, "\n  stdout: %s\n  stderr: %s\n", ran->out, ran->err);
	fclose(memory);
	/* In one piece: there are other workers. */
	if (write(1, text, size) != (ssize_t)size)
		exit(BROKEN);
	free(text);
}

struct tally {
	unsigned rows, controls;
	unsigned graded[GRADES];
	unsigned controls_wrong;
};

static void work(const struct row *rows, size_t count, size_t first, size_t step, struct tally *tally)
{
	static struct ran ran;
	unsigned shown = 0;

	for (size_t i = first; i < count; i += step) {
		bool control = rows[i].policy->kind == NO_DENYINIT;
		char why[WHY_MAX] = "";
		enum grade grade;

		run(&rows[i], &ran);
		grade = control ? judge_control(&rows[i], &ran, why) : judge(&rows[i], &ran, why);
		if (control) {
			tally->controls++;
			tally->controls_wrong += grade != RIGHT;
		} else {
			tally->rows++;
			tally->graded[grade]++;
		}
		if (grade != RIGHT && shown++ < SHOWN_MAX)
			tell(&rows[i], grade, why, &ran);
	}
}

static void run_all(const struct row *rows, size_t count, struct tally *sum)
{
	long workers = sysconf(_SC_NPROCESSORS_ONLN);
	struct tally *tallies =
	    mmap(NULL, WORKERS_MAX * sizeof *tallies, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tallies == MAP_FAILED)
		die("mmap(2)");
	workers = workers < 1 ? 1 : workers > WORKERS_MAX ? WORKERS_MAX : workers;
	for (long i = 0; i < workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork(2)");
		if (pid == 0) {
			work(rows, count, (size_t)i, (size_t)workers, &tallies[i]);
			_exit(0);
		}
	}
	for (long i = 0; i < workers; i++) {
		int status;

		if (wait(&status) < 0 || status != 0) {
			fprintf(stderr, "truth: a worker has failed\n");
			exit(BROKEN);
		}
	}
	for (long i = 0; i < workers; i++) {
		sum->rows += tallies[i].rows;
		sum->controls += tallies[i].controls;
		sum->controls_wrong += tallies[i].controls_wrong;
		for (int grade = 0; grade < GRADES; grade++)
			sum->graded[grade] += tallies[i].graded[grade];
	}
}

/* ---- the rows ---- */

static struct row rows[ROWS_MAX];

static size_t add_row(size_t count, struct row row, const char *match)
{
	char name[200];

	/* That state is about one call; without one it is no state. */
	if (strcmp(row.outer->name, "kill-concerned") == 0 && row.policy->concerned == NO_CALL)
		return count;
	name_of(&row, name);
	if (match && !strstr(name, match))
		return count;
	if (count == ROWS_MAX) {
		errno = E2BIG;
		die("rows");
	}
	rows[count] = row;
	return count + 1;
}

static size_t make_rows(bool full, const char *match)
{
	size_t count = 0;

	for (size_t o = 0; o < COUNT(outers); o++)
		for (size_t q = 0; q < COUNT(privileges); q++)
			for (size_t p = 0; p <= COUNT(policies); p++)
				for (size_t s = 0; s < COUNT(surroundings); s++)
					if (full || s == (o + p + q) % COUNT(surroundings) || p == COUNT(policies))
						count = add_row(
						    count,
						    (struct row){&outers[o], &privileges[q],
						                 p == COUNT(policies) ? &no_denyinit : &policies[p],
						                 &surroundings[s]},
						    match);
	return count;
}

/* Calls by what is expected of them: "denied 10, reachable 1 (fsopen)". */
static void list_row(const struct row *row)
{
	const struct outcome *outcome;
	char name[200];

	name_of(row, name);
	if (row->policy->kind == NO_DENYINIT) {
		printf("%s: %s %s %s\n", name, row->outer->seen, row->privilege->seen, row->surroundings->seen);
		return;
	}
	outcome = expected_outcome(row);
	printf("%s: %d %s reason=%s", name, outcome->status, outcome->verdict, expected_reason(row));
	for (int call = 0; call < MOUNT_CALLS && outcome->loading != LOADS_NOTHING; call++)
		if (strcmp(expected_verdict(row, call), "denied") != 0)
			printf(" %s=%s", call_table[call].name, expected_verdict(row, call));
	printf("\n");
}

int main(int argc, char **argv)
{
	bool full = false, list = false;
	const char *match = NULL;
	struct tally sum = {0};
	size_t count;
	int i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--full") == 0)
			full = true;
		else if (strcmp(argv[i], "--list") == 0)
			list = true;
		else if (strcmp(argv[i], "--match") == 0 && i + 1 < argc)
			match = argv[++i];
		else
			break;
	}
	if (i + 1 != argc) {
		fprintf(stderr, "usage: truth [--full] [--list] [--match TEXT] FOLDER\n");
		return BROKEN;
	}
	folder = argv[i];
	count = make_rows(full, match);
	for (size_t k = 0; list && k < count; k++)
		list_row(&rows[k]);
	if (list)
		return 0;
	for (size_t k = 0; k < COUNT(policies); k++) {
		write_policy(&policies[k], false);
		write_policy(&policies[k], true);
	}
	fflush(stdout);
	run_all(rows, count, &sum);
	printf("truth table: %u rows, false passes %u, false refusals %u", sum.rows, sum.graded[FALSE_PASS],
	       sum.graded[FALSE_REFUSAL]);
	if (sum.graded[OTHERWISE_WRONG] > 0)
		printf(", otherwise wrong %u", sum.graded[OTHERWISE_WRONG]);
	if (sum.controls_wrong > 0)
		printf(", %u of %u controls wrong", sum.controls_wrong, sum.controls);
	printf("\n");
	return sum.rows > 0 && sum.graded[RIGHT] == sum.rows && sum.controls_wrong == 0 ? 0 : 1;
}
