/* SPDX-License-Identifier: MIT */
/*
 * denyinit with a clock at each stage's door: where the time of a start goes. It is the program's own code; the stages'
 * functions are wrapped by the linker, so that the program that is shipped has nothing of this.
 *
 * Right before execve(2), to stderr, a line for each stage in the order in which they first began: its depth (a stage that
 * ran within another one is part of its time, too), nanoseconds, and that one's name and its own. tests/bench/stages makes a
 * table of them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "init/filter.h"
#include "init/findings.h"
#include "init/install.h"
#include "init/launch.h"
#include "init/lint.h"
#include "init/loaded.h"
#include "init/options.h"
#include "init/policy.h"
#include "init/policy_file.h"
#include "init/protect.h"
#include "selftest/account.h"
#include "selftest/agreement.h"
#include "selftest/bpf_walk.h"
#include "selftest/canary.h"
#include "selftest/meaning.h"
#include "selftest/plan.h"
#include "selftest/probe.h"
#include "selftest/trial.h"
#include "tests/bench/forward.h"

#define STAGES_MAX 64

struct stage {
	const char *name;
	struct stage *within; /* NULL: none */
	unsigned depth;
	long ns;
};

static struct stage stages[STAGES_MAX];
static size_t count;
static struct stage *present;

static long now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000000000L + t.tv_nsec;
}

static struct stage *stage_of(const char *name)
{
	size_t i = 0;

	while (i < count && (stages[i].within != present || strcmp(stages[i].name, name) != 0))
		i++;
	if (i == STAGES_MAX)
		_exit(1);
	if (i == count)
		stages[count++] =
		    (struct stage){.name = name, .within = present, .depth = present ? present->depth + 1 : 0};
	return &stages[i];
}

static struct stage *enter(const char *name)
{
	struct stage *stage = stage_of(name);

	present = stage;
	stage->ns -= now();
	return stage;
}

static void leave(struct stage *stage)
{
	stage->ns += now();
	present = stage->within;
}

#define STAGE(type, name, parameters, arguments)          \
	type __real_##name parameters;                    \
	type __wrap_##name parameters;                    \
	type __wrap_##name parameters                     \
	{                                                 \
		struct stage *const stage = enter(#name); \
		type result = __real_##name arguments;    \
                                                          \
		leave(stage);                             \
		return result;                            \
	}

#define STAGE_VOID(name, parameters, arguments)           \
	void __real_##name parameters;                    \
	void __wrap_##name parameters;                    \
	void __wrap_##name parameters                     \
	{                                                 \
		struct stage *const stage = enter(#name); \
                                                          \
		__real_##name arguments;                  \
		leave(stage);                             \
	}

STAGE(int, launch_guard_signals, (struct sigaction * a), (a))
STAGE(bool, loaded_read, (struct loaded * a, const char *b, enum severity c), (a, b, c))
STAGE(bool, policy_file_load, (const char *a, char *b, size_t c, size_t *d, enum severity e, struct findings *f),
      (a, b, c, d, e, f))
STAGE_VOID(sha256_hex, (const char *a, size_t b, char *c), (a, b, c))
STAGE(bool, policy_parse,
      (const char *a, size_t b, const struct call_table *c, struct policy *d, struct policy *e, struct findings *f),
      (a, b, c, d, e, f))
STAGE_VOID(lint, (const struct policy *a, const struct policy *b, const struct call_table *c, struct findings *d),
           (a, b, c, d))
STAGE(int, launch_resolve, (const char *a, const char *b, char *c, int *d), (a, b, c, d))
STAGE(const char *, launch_foreign_abi, (const char *a), (a))
STAGE(int, launch_close_descriptors, (unsigned a, int *b), (a, b))
STAGE(bool, loaded_compile, (struct loaded * a, char *b), (a, b))
STAGE(bool, protect,
      (const struct loaded *a, struct form *b, const struct heard *c, struct report *d, const char **e, char *f),
      (a, b, c, d, e, f))
STAGE(enum trial_step, trial_open, (const struct trial_input *a, struct trial **b, long *c), (a, b, c))
STAGE(bool, meaning_read, (struct meaning * a, const struct trial_input *b), (a, b))
STAGE(long, agreement_native, (const struct trial_input *a), (a))
STAGE(enum plan_error, plan_trial, (struct plan * a, const struct meaning *b), (a, b))
STAGE(int, account_open, (void), ())
STAGE(struct account, account_read, (int a), (a))
STAGE(int, probe_run, (const struct probe *a, size_t b, struct observed *c), (a, b, c))
STAGE(int, probe_run_beside, (const struct probe *a, size_t b, const long *c, struct observed *d), (a, b, c, d))
STAGE(int, install_program, (const struct sock_fprog *a, unsigned long b, int *c), (a, b, c))
STAGE_VOID(trial_close, (struct trial * a, const struct sock_fprog *b, struct report *c), (a, b, c))
STAGE_VOID(bpf_walk, (const struct sock_filter *a, size_t b, uint32_t c, const struct expectation *d, struct walk *e),
           (a, b, c, d, e))

/* Of seccomp(2) only: what loads a filter. */
long __wrap_syscall(long number, ...)
{
	struct stage *const stage = number == SYS_seccomp ? enter("seccomp(2)") : NULL;
	va_list arguments;
	long result;

	va_start(arguments, number);
	result = forward_syscall(number, arguments);
	va_end(arguments);
	if (stage)
		leave(stage);
	return result;
}

/* From main() to execve(2). */
int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

static struct stage *whole;

int __wrap_main(int argc, char **argv)
{
	whole = enter("main");
	return __real_main(argc, argv);
}

int __real_launch(const char *file, char *const argv[], int *error);
int __wrap_launch(const char *file, char *const argv[], int *error);

int __wrap_launch(const char *file, char *const argv[], int *error)
{
	leave(whole);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%u %ld %s/%s\n", stages[i].depth, stages[i].ns,
		        stages[i].within ? stages[i].within->name : "", stages[i].name);
	return __real_launch(file, argv, error);
}
