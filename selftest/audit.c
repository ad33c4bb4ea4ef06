/* SPDX-License-Identifier: MIT */
#include "selftest/audit.h"

#include <stdio.h>
#include <string.h>

#include "selftest/map_ask.h"
#include "selftest/map_report.h"
#include "selftest/presence.h"
#include "selftest/trial.h"

#define LOGGER "denyinit-selftest"
#define PID_MAX 4194304 /* PID_MAX_LIMIT, linux/threads.h */

enum status { STATUS_YES = 0, STATUS_NO = 1, STATUS_CANNOT_TELL = 125 };

static const int statuses[] = {
    [PRESENCE_YES] = STATUS_YES, [PRESENCE_NO] = STATUS_NO, [PRESENCE_CANNOT_TELL] = STATUS_CANNOT_TELL};

static const char *const no_map[] = {
    [MAP_NOT_LOADED] =
	"the filter that keeps the calls from being made cannot be loaded: seccomp(2), or a process that "
	"is needed for it, is refused",
    [MAP_NOT_AT_WORK] = "the filter that keeps the calls from being made does not answer: an emulator, or an outer "
			"filter that only says it was loaded",
};

static const char *const why_unknown[] = {
    [MAP_BY_LISTENER] = "no answer came in time",
    [MAP_BY_TRACE] = "this kernel has no seccomp listeners, and open looks like ENOSYS",
    [MAP_BY_ERRNO] = "there can be no seccomp listener here (an outer filter has one, or the kernel has none and this "
		     "process is traced), and only what kills is seen; for the mount API run denyinit-selftest "
		     "without --all",
};

struct request {
	bool all, json, pids;
	long pid; /* 0: none asked for */
};

static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, LOGGER ": cannot write the report to stdout.\n");
	return STATUS_CANNOT_TELL;
}

static int refuse(const char *what, const char *word)
{
	fprintf(stderr, LOGGER ": %s `%s`: see `" LOGGER " --help`. Nothing tested (125).\n", what, word);
	return STATUS_CANNOT_TELL;
}

static int map_all(bool json)
{
	static struct map map; /* large */
	enum map_step step = map_ask(&map);
	unsigned unknown;

	if (step != MAP_MADE) {
		fprintf(stderr, LOGGER ": no map: %s. Nothing asked (125).\n", no_map[step]);
		return STATUS_CANNOT_TELL;
	}
	(json ? map_report_json : map_report_text)(stdout, &map);
	unknown = map_report_unknown(&map);
	if (unknown > 0)
		fprintf(stderr, LOGGER ": %u answers could not be told (125): %s.\n", unknown, why_unknown[map.means]);
	return finish(unknown > 0 ? STATUS_CANNOT_TELL : STATUS_YES);
}

static int look_at(long pid, bool json)
{
	const struct presence presence = presence_of(pid);

	(json ? presence_json : presence_text)(stdout, &presence);
	return finish(statuses[presence_answer(presence_reason(&presence))]);
}

static int look_at_all(bool json)
{
	const struct presence_census census = presence_census(stdout, json);

	return finish(statuses[presence_census_answer(&census)]);
}

/* A pid, or "all". Not strtol(3), which would be the only one and takes 2 KB. */
static bool read_pid(const char *text, struct request *request)
{
	request->pids = strcmp(text, "all") == 0;
	request->pid = 0;
	if (request->pids)
		return true;
	for (; *text >= '0' && *text <= '9' && request->pid <= PID_MAX; text++)
		request->pid = 10 * request->pid + (*text - '0');
	return *text == '\0' && request->pid > 0 && request->pid <= PID_MAX;
}

/* NULL: another word than those of an audit. */
static const char *value_of_pid(int argc, char *const argv[], int *i)
{
	if (strncmp(argv[*i], "--pid=", 6) == 0)
		return argv[*i] + 6;
	if (strcmp(argv[*i], "--pid") != 0)
		return NULL;
	return ++*i < argc ? argv[*i] : "";
}

static bool is_for_audit(int argc, char *const argv[])
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--all") == 0 || strcmp(argv[i], "--pid") == 0 ||
		    strncmp(argv[i], "--pid=", 6) == 0)
			return true;
	return false;
}

int audit_command(int argc, char *const argv[])
{
	static const char *const information[] = {"-h", "--help", "-V", "--version"};
	struct request request = {0};

	if (!is_for_audit(argc, argv))
		return trial_command(argc, argv);
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char *pid = value_of_pid(argc, argv, &i);

		for (size_t k = 0; k < sizeof information / sizeof *information; k++)
			if (strcmp(word, information[k]) == 0)
				return trial_command(2, (char *const[]){argv[0], argv[i], NULL});
		if (pid && !read_pid(pid, &request))
			return refuse("--pid wants the number of a process, or `all`, and not", pid);
		if (strcmp(word, "--all") == 0)
			request.all = true;
		else if (strcmp(word, "--json") == 0)
			request.json = true;
		else if (!pid)
			return refuse(strcmp(word, "--full") == 0 ? "--all and --pid do not go with"
			              : word[0] == '-'            ? "unknown option"
			                                          : "unexpected argument",
			              word);
	}
	if (request.all && (request.pids || request.pid > 0))
		return refuse("--pid does not go with", "--all");
	if (request.all)
		return map_all(request.json);
	return request.pids ? look_at_all(request.json) : look_at(request.pid, request.json);
}
