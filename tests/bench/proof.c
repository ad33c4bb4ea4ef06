/* SPDX-License-Identifier: MIT */
/*
 * proof [--smoke]: what the proof costs, stage by stage, by number of rules. Microseconds, medians; and the whole in
 * forks and waits of the same process, made in between, so that a slow or busy machine weighs on both.
 *
 * It is denyinit's own protect() that is measured, in a child for each run. The stages' functions are wrapped by the
 * linker (BENCH_WRAPPED in the Makefile). --smoke: a few runs, as TAP, to see that it works.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/filter.h"
#include "init/install.h"
#include "init/loaded.h"
#include "init/names.h"
#include "init/protect.h"
#include "selftest/account.h"
#include "selftest/bpf_walk.h"
#include "selftest/mount_api.h"
#include "selftest/numbers.h"
#include "selftest/probe.h"
#include "selftest/trial.h"
#include "tests/bench/forward.h"

#define RUNS 25
#define SMOKE_RUNS 3

enum stage {
	STAGE_CANARY,     /* seccomp(2) with the canary */
	STAGE_FIRST,      /* round one, and the control before it */
	STAGE_SECOND,     /* round two */
	STAGE_EVALUATION, /* four walks */
	STAGE_ACCOUNT,    /* both readings */
	STAGE_TOTAL,      /* trial_open and trial_close, so what is above and what there is besides */
	STAGE_LOAD,       /* of the policy itself, between the two: no part of the proof */
	STAGE_FORK,       /* a fork and wait */
	STAGES,
};

static const char *const headings[STAGES] = {"canary",  "round 1", "round 2", "evaluation",
                                             "account", "total",   "policy",  "fork"};

struct sample {
	double us[STAGES];
	bool passed;
};

static struct sample *sample; /* shared: the present run's */
static bool opening;          /* within trial_open */

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

/* --- The stages ------------------------------------------------------------------------------------------------------ */

enum trial_step __real_trial_open(const struct trial_input *input, struct trial **trial, long *detail);
enum trial_step __wrap_trial_open(const struct trial_input *input, struct trial **trial, long *detail);
void __real_trial_close(struct trial *trial, const struct sock_fprog *program, struct report *report);
void __wrap_trial_close(struct trial *trial, const struct sock_fprog *program, struct report *report);
int __real_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);
int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);
int __real_probe_run(const struct probe *probes, size_t count, struct observed *observed);
int __wrap_probe_run(const struct probe *probes, size_t count, struct observed *observed);
int __real_probe_run_beside(const struct probe *probes, size_t count, const long *first, struct observed *observed);
int __wrap_probe_run_beside(const struct probe *probes, size_t count, const long *first, struct observed *observed);
struct account __real_account_read(int status_fd);
struct account __wrap_account_read(int status_fd);
void __real_bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch,
                     const struct expectation *expectation, struct walk *walk);
void __wrap_bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch,
                     const struct expectation *expectation, struct walk *walk);

enum trial_step __wrap_trial_open(const struct trial_input *input, struct trial **trial, long *detail)
{
	const double start = now();
	enum trial_step step;

	opening = true;
	step = __real_trial_open(input, trial, detail);
	opening = false;
	sample->us[STAGE_TOTAL] += now() - start;
	return step;
}

void __wrap_trial_close(struct trial *trial, const struct sock_fprog *program, struct report *report)
{
	const double start = now();

	__real_trial_close(trial, program, report);
	sample->us[STAGE_TOTAL] += now() - start;
}

int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener)
{
	const double start = now();
	const int error = __real_install_program(program, flags, listener);

	sample->us[STAGE_LOAD] += now() - start;
	return error;
}

int __wrap_probe_run(const struct probe *probes, size_t count, struct observed *observed)
{
	const double start = now();
	const int error = __real_probe_run(probes, count, observed);

	sample->us[opening ? STAGE_FIRST : STAGE_SECOND] += now() - start;
	return error;
}

int __wrap_probe_run_beside(const struct probe *probes, size_t count, const long *first, struct observed *observed)
{
	const double start = now();
	const int error = __real_probe_run_beside(probes, count, first, observed);

	sample->us[opening ? STAGE_FIRST : STAGE_SECOND] += now() - start;
	return error;
}

struct account __wrap_account_read(int status_fd)
{
	const double start = now();
	const struct account account = __real_account_read(status_fd);

	sample->us[STAGE_ACCOUNT] += now() - start;
	return account;
}

void __wrap_bpf_walk(const struct sock_filter *filter, size_t length, uint32_t arch,
                     const struct expectation *expectation, struct walk *walk)
{
	const double start = now();

	__real_bpf_walk(filter, length, arch, expectation, walk);
	sample->us[STAGE_EVALUATION] += now() - start;
}

/* trial.c has no other use for it than the canary. */
long __wrap_syscall(long number, ...)
{
	const double start = now();
	va_list arguments;
	long result;

	va_start(arguments, number);
	result = forward_syscall(number, arguments);
	va_end(arguments);
	if (opening && number == SYS_seccomp)
		sample->us[STAGE_CANARY] += now() - start;
	return result;
}

/* --- Policies -------------------------------------------------------------------------------------------------------- */

/* The judge could do without these, and would show less: memory limits of its children, time-outs, the control. */
static const char *const used[] = {"prlimit64",    "kill",    "seccomp", "getpid", "getppid", "fork",
                                   "open",         "fstatfs", "fcntl",   "poll",   "waitid",  "sched_rr_get_interval",
                                   "clock_gettime"};

static bool is_used(const char *name)
{
	for (size_t i = 0; i < sizeof used / sizeof *used; i++)
		if (strcmp(used[i], name) == 0)
			return true;
	return names_is_mount_call(name) || names_vital(name) || names_unfilterable(name);
}

/* The mount API, then calls from the newest down, then numbers that are nobody's yet. */
static void write_policy(struct loaded *loaded, size_t rules)
{
	char *text = loaded->text;
	size_t room = sizeof loaded->text, left = rules - MOUNT_API_NATIVE;
	int n = snprintf(text, room, "[deny]\n@mount = deny\n");

	for (uint32_t nr = POLICY_CEILING; nr > 0 && left > 0; nr--) {
		const char *name = numbers_native_name(nr);

		if (name && filter_calls.number(name) == (int)nr && !is_used(name)) {
			n += snprintf(text + n, room - (size_t)n, "%s = deny\n", name);
			left--;
		}
	}
	for (uint32_t nr = POLICY_CEILING + 1; left > 0; nr++, left--)
		n += snprintf(text + n, room - (size_t)n, "%u = deny\n", nr);
	loaded->length = (size_t)n;
	loaded->path = "bench";
}

static bool compile(struct loaded *loaded, size_t rules)
{
	char why[REFUSAL_MAX];

	memset(loaded, 0, sizeof *loaded);
	write_policy(loaded, rules);
	if (!policy_parse(loaded->text, loaded->length, &filter_calls, &loaded->policy, &loaded->observed,
	                  &loaded->findings)) {
		printf("# %zu rules: line %u: %s\n", rules, loaded->findings.item[0].line,
		       loaded->findings.item[0].text);
		return false;
	}
	return loaded->policy.nrules == rules && loaded_compile(loaded, why);
}

/* --- Runs ------------------------------------------------------------------------------------------------------------- */

static bool reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) != pid)
		if (errno != EINTR)
			return false;
	return true;
}

static bool measure(const struct loaded *loaded, struct sample *to)
{
	static struct report report;
	struct form form = {.observed_action = SECCOMP_RET_ALLOW};
	const char *why_not;
	char why[REFUSAL_MAX];
	double start;
	pid_t pid;

	memset(to, 0, sizeof *to);
	sample = to;
	start = now();
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid < 0 || !reap(pid))
		return false;
	to->us[STAGE_FORK] = now() - start;
	pid = fork();
	if (pid == 0) {
		to->passed = protect(loaded, &form, NULL, &report, &why_not, why) && report.outcome == OUTCOME_PASS;
		_exit(0);
	}
	return pid > 0 && reap(pid) && to->passed;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const struct sample *samples, size_t runs, enum stage stage)
{
	double values[RUNS] = {0};

	for (size_t i = 0; i < runs; i++)
		values[i] = samples[i].us[stage];
	qsort(values, runs, sizeof *values, by_size);
	return values[runs / 2];
}

/* For printing: the static programs' printf(3) has no floats (deps/patches/musl). */
static long whole(double value)
{
	return (long)(value + 0.5);
}

static long tenths(double value)
{
	return whole(value * 10);
}

int main(int argc, char *argv[])
{
	static const size_t sizes[] = {11, 40, 72, 100, 200, 400};
	const size_t count = sizeof sizes / sizeof *sizes;
	static struct loaded loaded; /* large */
	const bool smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
	const size_t runs = smoke ? SMOKE_RUNS : RUNS;
	const char *prefix = smoke ? "# " : "";
	struct sample *samples =
	    mmap(NULL, RUNS * sizeof *samples, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool sound = samples != MAP_FAILED;

	if (smoke)
		printf("1..%zu\n", count);
	printf("%s%5s %12s", prefix, "rules", "instructions");
	for (unsigned stage = 0; stage < STAGES; stage++)
		printf(" %10s", headings[stage]);
	printf(" %11s\n", "total/fork");
	for (size_t i = 0; i < count; i++) {
		bool ran = sound && compile(&loaded, sizes[i]);
		double total, fork_and_wait;
		long ratio;

		fflush(stdout);
		for (size_t run = 0; run < runs && ran; run++)
			ran = measure(&loaded, &samples[run]);
		if (smoke || !ran)
			printf("%sok %zu - bench: the proof with %zu rules passes\n", ran ? "" : "not ", i + 1,
			       sizes[i]);
		sound = sound && ran;
		if (!ran)
			continue;
		printf("%s%5zu %12zu", prefix, sizes[i], loaded.program.length);
		for (unsigned stage = 0; stage < STAGES; stage++)
			printf(" %10ld", whole(median(samples, runs, (enum stage)stage)));
		total = median(samples, runs, STAGE_TOTAL);
		fork_and_wait = median(samples, runs, STAGE_FORK);
		ratio = tenths(total / fork_and_wait);
		printf(" %9ld.%ld\n", ratio / 10, ratio % 10);
		if (smoke && sizes[i] == 72)
			printf("# figure: proof with 72 rules: %ld.%ld ms, %ld.%ld times a fork and wait\n",
			       tenths(total / 1000) / 10, tenths(total / 1000) % 10, ratio / 10, ratio % 10);
	}
	printf(
	    "%sMicroseconds, medians of %zu. total: trial_open and trial_close. policy: loading it, no part of the proof. "
	    "fork: and wait.\n",
	    prefix, runs);
	return sound ? 0 : 1;
}
