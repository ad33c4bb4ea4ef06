/* SPDX-License-Identifier: MIT */
/* The command denyinit-selftest, but for what audit.c does: the judge alone, for whatever container it is put into. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "selftest/trial.h"

#define LOGGER "denyinit-selftest"

enum status { STATUS_YES = 0, STATUS_NO = 1, STATUS_CANNOT_TELL = 125 };

static const char usage[] =
    "usage: denyinit-selftest [--json | --full]\n"
    "       denyinit-selftest --all [--json]\n"
    "       denyinit-selftest --pid N|all [--json]\n"
    "Proves, from inside, whether the mount API is blocked for this process by the denyinit that started it.\n"
    "\n"
    "  --json         the report as one line of JSON\n"
    "  --full         the report as a table of every call\n"
    "  --all          instead: the map of this process, each call of each ABI, denied or open, how and by whom\n"
    "  --pid N        instead: whether process N has denyinit's filters on top of those of this process;\n"
    "  --pid all      the processes of this machine's containers that have no filter\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n"
    "\n"
    "No probed call is ever carried out. Needs no privilege. `denyinit --selftest` is the same without --all and --pid.\n"
    "Exit status: 0 yes, 1 no, 125 it cannot be told. Manual: denyinit-selftest(8).\n";

typedef void (*report_writer)(FILE *, const struct report *, const struct report_frame *);

static int refuse(const char *what, const char *word)
{
	fprintf(stderr, LOGGER ": %s `%s`: see `" LOGGER " --help`. Nothing tested (125).\n", what, word);
	return STATUS_CANNOT_TELL;
}

static int test(report_writer write_report)
{
	static struct report report; /* large */
	struct utsname machine;
	struct report_frame frame = {.logger = LOGGER, .version = DENYINIT_VERSION, .closed_fds = -1};
	struct timespec from, to, now;
	bool learned;

	if (clock_gettime(CLOCK_MONOTONIC, &from) != 0)
		from = (struct timespec){0};
	learned = trial_alone(&report);
	if (clock_gettime(CLOCK_MONOTONIC, &to) != 0)
		to = from;
	if (clock_gettime(CLOCK_REALTIME, &now) == 0)
		frame.time = now.tv_sec;
	if (uname(&machine) == 0) {
		frame.kernel = machine.release;
		frame.arch = machine.machine;
	}
	frame.pid = getpid();
	frame.uid = (long)getuid();
	frame.took_us = (long)(to.tv_sec - from.tv_sec) * 1000000L + (to.tv_nsec - from.tv_nsec) / 1000;
	if (report.outcome != OUTCOME_PASS)
		frame.exit = learned ? STATUS_NO : STATUS_CANNOT_TELL;
	write_report(stdout, &report, &frame);
	if (fflush(stdout) != 0) {
		fprintf(stderr, LOGGER ": cannot write the report to stdout.\n");
		return STATUS_CANNOT_TELL;
	}
	return frame.exit;
}

int trial_command(int argc, char *const argv[])
{
	report_writer write_report = report_text;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
			return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? STATUS_CANNOT_TELL : STATUS_YES;
		if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
			return puts(LOGGER " " DENYINIT_VERSION) < 0 || fflush(stdout) != 0 ? STATUS_CANNOT_TELL
			                                                                    : STATUS_YES;
		if (strcmp(word, "--json") == 0)
			write_report = report_json;
		else if (strcmp(word, "--full") == 0)
			write_report = report_full;
		else if (strcmp(word, "--all") == 0 || strncmp(word, "--pid", 5) == 0)
			return refuse("only the program denyinit-selftest has the option", word); /* audit.h */
		else
			return refuse(word[0] == '-' ? "unknown option" : "unexpected argument", word);
	}
	return test(write_report);
}
