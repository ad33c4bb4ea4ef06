/* SPDX-License-Identifier: MIT */
#include "selftest/trial.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftest/account.h"
#include "selftest/agreement.h"
#include "selftest/blame.h"
#include "selftest/bpf_eval.h"
#include "selftest/numbers.h"
#include "selftest/plan.h"
#include "selftest/verdict.h"

#define OWN_FILTERS 2 /* the canary and the policy */

struct trial {
	struct meaning meaning;
	struct plan plan;
	int status_fd;         /* of the kernel's account; -1: none */
	struct account before; /* the canary was loaded */
};

/* A process is tried once, and memory that is there already cannot be refused. */
static _Alignas(2048) struct trial only;

static enum trial_step load_canary(const struct plan *plan, long *detail)
{
	static _Alignas(2048) struct sock_filter filter[CANARY_LENGTH_MAX]; /* large; most are in one page */
	struct sock_fprog program = {.filter = filter};

	program.len =
	    (unsigned short)canary_assemble(&plan->numbers, plan->magic, SECCOMP_RET_ERRNO | plan->marker, filter);
	if (program.len == 0)
		return TRIAL_TOO_MANY_RULES;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
		*detail = errno;
		return TRIAL_CANARY_LOAD;
	}
	return TRIAL_OK;
}

static bool gives_marker(const struct plan *plan, struct observed observed)
{
	return observed.what == OBSERVED_RETURN && observed.value == -(long)plan->marker;
}

/* The control first: nothing else is probed before the canary was seen to stop what it should. */
static enum trial_step first_round(struct trial *trial, long *detail)
{
	const struct plan *plan = &trial->plan;
	const long marker = -(long)plan->marker;
	int error = probe_run_beside(plan->probes, plan->nprobes, &marker, trial->plan.first);

	if (!error && !gives_marker(plan, trial->plan.first[PLAN_CONTROL]))
		return TRIAL_CANARY_SILENT;
	*detail = error;
	return error ? TRIAL_NO_CHILD : TRIAL_OK;
}

/* The rule that kills for this call, whatever its unknown argument is, by its index. -1: none. */
static long deadly_rule_of(const struct meaning *meaning, const struct own_call *own)
{
	static const uint64_t values[] = {3, 1000, 4194303}; /* as descriptors and pids may be */
	long deadly = -1;

	for (size_t i = 0; i < (own->unknown < 0 ? 1 : sizeof values / sizeof *values); i++) {
		struct seccomp_data data = {.nr = (int)own->call.nr, .arch = numbers_abi_arch(ABI_NATIVE)};

		memcpy(data.args, own->call.args, sizeof data.args);
		if (own->unknown >= 0)
			data.args[own->unknown] = values[i];
		if (meaning_action(meaning, &data) != SECCOMP_RET_KILL_PROCESS)
			return -1;
		deadly = meaning_decider(meaning, &data);
	}
	return deadly;
}

/* A rule by which this process would die in round two, without a word, by its index. -1: none. */
static long deadly_rule(const struct meaning *meaning)
{
	long deadly = -1;

	for (size_t i = 0; i < PROBE_OWN_CALLS && deadly < 0; i++)
		deadly = deadly_rule_of(meaning, &probe_own_calls[i]);
	return deadly;
}

/* All that needs no kernel. */
static enum trial_step prepare(struct trial *trial, const struct trial_input *input, long *detail)
{
	if (!meaning_read(&trial->meaning, input))
		return TRIAL_TOO_MANY_RULES;
	*detail = agreement_native(input);
	if (*detail >= 0)
		return TRIAL_WRONG_NUMBER;
	*detail = agreement_other(&trial->meaning);
	if (*detail >= 0)
		return TRIAL_OTHER_ABI;
	*detail = input->exported ? -1 : deadly_rule(&trial->meaning);
	if (*detail >= 0)
		return TRIAL_SUICIDE;
	switch (plan_trial(&trial->plan, &trial->meaning)) {
	case PLAN_OK: break;
	case PLAN_NO_MARKER: return TRIAL_NO_MARKER;
	case PLAN_NO_CONTROL: return TRIAL_NO_CONTROL;
	}
	return TRIAL_OK;
}

enum trial_step trial_open(const struct trial_input *input, struct trial **trial, long *detail)
{
	enum trial_step step = prepare(&only, input, detail);

	*trial = &only;
	if (step != TRIAL_OK)
		return step;
	only.status_fd = account_open();
	only.before = account_first(only.status_fd);
	step = load_canary(&only.plan, detail);
	return step == TRIAL_OK ? first_round(&only, detail) : step;
}

/*
 * Every number of the native architecture, of the other one of this machine, if any, and of some that it does not have or
 * that a kernel may have besides (arch.h).
 */
static void evaluate(const struct trial *trial, const struct sock_fprog *program, struct walk *walk)
{
	const uint32_t archs[] = {
		numbers_abi_arch(ABI_NATIVE),
#if ABI_COUNT > 1
		numbers_abi_arch(ABI_COMPAT),
#endif
		MACHINE_STRANGER,
#ifdef MACHINE_STRANGER_TOO
		MACHINE_STRANGER_TOO,
#endif
		0
	};
	struct expectation expectation = meaning_expectation(&trial->meaning);

	bpf_walk_clear(walk);
	for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
		bpf_walk(program->filter, program->len, archs[i], &expectation, walk);
}

static void report_evaluation(const struct walk *walk, struct report *report)
{
	report->evaluation = walk->error == EVAL_OK && walk->mismatches == 0 ? WITNESS_OK : WITNESS_FAILED;
	if (walk->error != EVAL_OK)
		report->evaluation_error = bpf_eval_error_text(walk->error);
	report->too_complex = walk->error == EVAL_TOO_COMPLEX;
	report->wrong_arch = walk->error_arch;
	report->wrong_nr = walk->error_nr;
	if (walk->mismatches > 0) {
		report->wrong = true;
		report->wrong_arch = walk->mismatch[0].arch;
		report->wrong_nr = walk->mismatch[0].first;
		report->wrong_got = walk->mismatch[0].got;
		report->wrong_expected = walk->mismatch[0].expected;
	}
}

enum trial_step trial_rehearse(const struct trial_input *input, const struct sock_fprog *program, struct report *report,
                               long *detail)
{
	enum trial_step step = prepare(&only, input, detail);
	struct walk walk;

	report_clear(report);
	if (step != TRIAL_OK)
		return step;
	evaluate(&only, program, &walk);
	report_evaluation(&walk, report);
	return TRIAL_OK;
}

/* What is observed goes on to the canary, whose answer outranks a notification and a log entry. */
static uint32_t live_action(uint32_t expected)
{
	return expected == SECCOMP_RET_USER_NOTIF || expected == SECCOMP_RET_LOG ? SECCOMP_RET_ALLOW : expected;
}

static struct testimony testimony_of(const struct trial *trial, size_t probe, const struct walk *walk)
{
	const struct probe *p = &trial->plan.probes[probe];

	return (struct testimony){
	    .expected = live_action(plan_expected(&trial->meaning, p)),
	    .evaluated = bpf_walk_holds(walk, numbers_abi_arch(p->abi), p->nr),
	    .marker = trial->plan.marker,
	    .first = trial->plan.first[probe],
	    .second = trial->plan.second[probe],
	};
}

static enum verdict judge(const struct trial *trial, const struct subject *subject, const struct walk *walk)
{
	enum verdict verdict = VERDICT_DENIED;

	if (subject->count == 0 && subject->observed)
		return bpf_walk_holds(walk, numbers_abi_arch(ABI_NATIVE), subject->call.nr) ? VERDICT_OBSERVED
		                                                                            : VERDICT_CONTRADICTED;
	if (subject->count == 0 && subject->call.mount && subject->call.conditional &&
	    bpf_walk_holds(walk, numbers_abi_arch(ABI_NATIVE), subject->call.nr))
		return VERDICT_LEFT_OPEN;
	if (subject->count == 0)
		return bpf_walk_holds(walk, numbers_abi_arch(ABI_NATIVE), subject->call.nr) ? VERDICT_EVALUATED
		                                                                            : VERDICT_CONTRADICTED;
	for (size_t i = subject->first; i < subject->first + subject->count; i++) {
		struct testimony testimony = testimony_of(trial, i, walk);
		enum verdict one;

		if (subject->demanded) { /* no rule: whatever the program was evaluated to, it is not to a denial */
			testimony.expected = SECCOMP_RET_ERRNO | EPERM;
			testimony.evaluated = false;
		}
		one = verdict_of(&testimony);
		/* Open where the rule's condition does not match: as it should be, and for some calls worth saying. */
		if (one == VERDICT_LEFT_OPEN && subject->call.conditional && !subject->call.mount && !subject->observed)
			continue;
		verdict = verdict_worse(verdict, one);
	}
	if (subject->observed && verdict == VERDICT_LEFT_OPEN)
		return VERDICT_OBSERVED;
	return verdict;
}

/*
 * Filters are shown the whole of the registers that 64-bit code makes an i386 call with (syscall_get_arguments(),
 * arch/x86/include/asm/syscall.h), but a kernel may well show 32 bits. Then a denial that is told has no whole magic to
 * go by, and the canary answers before the listener is asked. The evaluation alone speaks.
 */
static bool lacks_magic(const struct trial *trial, const struct foreign_subject *subject,
                        const struct testimony *testimony)
{
	struct probe probe = trial->plan.probes[subject->probe];

	probe.args[CANARY_ARGUMENT] = (uint32_t)probe.args[CANARY_ARGUMENT];
	return probe.abi == ABI_COMPAT && testimony->evaluated && gives_marker(&trial->plan, testimony->first) &&
	       gives_marker(&trial->plan, testimony->second) &&
	       plan_expected(&trial->meaning, &probe) == SECCOMP_RET_USER_NOTIF;
}

/* What no code of the native ABI can call: the evaluation alone speaks. */
static enum foreign judge_unprobed(const struct trial *trial, const struct foreign_subject *subject,
                                   const struct walk *walk)
{
	const struct probe *call = &trial->plan.probes[subject->probe];

	if (subject->demanded || !bpf_walk_holds(walk, numbers_abi_arch(call->abi), call->nr))
		return FOREIGN_OPEN;
	if (live_action(plan_expected(&trial->meaning, call)) != SECCOMP_RET_ALLOW)
		return FOREIGN_EVALUATED;
	return subject->observed ? FOREIGN_OBSERVED : FOREIGN_LEFT_OPEN;
}

static enum foreign judge_foreign(const struct trial *trial, const struct foreign_subject *subject,
                                  const struct walk *walk)
{
	struct testimony testimony;
	enum foreign state;

	if (plan_cannot_call(&trial->plan, subject))
		return judge_unprobed(trial, subject, walk);
	testimony = testimony_of(trial, subject->probe, walk);
	if (!trial->meaning.input->other_denied)
		return verdict_foreign(&testimony);
	if (subject->demanded) { /* as in judge() */
		testimony.expected = SECCOMP_RET_ERRNO | EPERM;
		testimony.evaluated = false;
	}
	state = verdict_foreign_ruled(&testimony);
	if (state == FOREIGN_OPEN && subject->ruled && trial->meaning.input->magic &&
	    lacks_magic(trial, subject, &testimony))
		return FOREIGN_EVALUATED;
	if (state != FOREIGN_LEFT_OPEN)
		return state;
	return subject->observed ? FOREIGN_OBSERVED : FOREIGN_LEFT_OPEN;
}

static void report_calls(const struct trial *trial, const struct walk *walk, struct report *report)
{
	for (size_t i = 0; i < trial->plan.nsubjects; i++) {
		report->calls[i] = trial->plan.subjects[i].call;
		report->calls[i].verdict = judge(trial, &trial->plan.subjects[i], walk);
	}
	report->ncalls = trial->plan.nsubjects;
	for (size_t i = 0; i < trial->plan.nforeign; i++) {
		report->foreign[i] = trial->plan.foreign[i].entry;
		report->foreign[i].state = judge_foreign(trial, &trial->plan.foreign[i], walk);
	}
	report->nforeign = trial->plan.nforeign;
}

static void report_account(const struct trial *trial, struct report *report)
{
	struct account after = account_read(trial->status_fd);
	bool counted = after.filters >= 0 && trial->before.filters >= 0;
	bool failed = false;

	report->outer_filters = counted ? trial->before.filters : -1; /* of prctl(2) alone it is not told */
	report->own_filters = counted ? after.filters - trial->before.filters : -1;
	report->no_new_privs = after.no_new_privs;
	report->tracer = after.tracer;

	failed = failed || (after.mode >= 0 && after.mode != SECCOMP_MODE_FILTER);
	failed = failed || (counted && report->own_filters != OWN_FILTERS);
	failed = failed || (trial->meaning.input->no_new_privs && after.no_new_privs == 0);
	report->kernel = failed ? WITNESS_FAILED : counted ? WITNESS_OK : WITNESS_NOT_OFFERED;
}

/* A policy may kill for what this process calls only to have its memory shared, and it can do without. */
static bool may_run_beside(const struct sock_fprog *program)
{
	struct probe calls[PROBE_BESIDE_CALLS];

	probe_beside_calls(calls);
	for (size_t i = 0; i < PROBE_BESIDE_CALLS; i++) {
		struct seccomp_data data = {.nr = (int)calls[i].nr, .arch = numbers_abi_arch(ABI_NATIVE)};

		memcpy(data.args, calls[i].args, sizeof data.args);
		if (trial_evaluate(program, &data) != SECCOMP_RET_ALLOW)
			return false;
	}
	return true;
}

/* Again. After an error what was not reached is OBSERVED_NOTHING: unproven. */
static void second_round(struct trial *trial, const struct sock_fprog *program)
{
	if (may_run_beside(program))
		(void)probe_run_beside(trial->plan.probes, trial->plan.nprobes, NULL, trial->plan.second);
	else
		(void)probe_run(trial->plan.probes, trial->plan.nprobes, trial->plan.second);
}

void trial_close(struct trial *trial, const struct sock_fprog *program, struct report *report)
{
	struct walk walk;

	report_clear(report);
	second_round(trial, program);
	evaluate(trial, program, &walk);
	report_evaluation(&walk, report);
	report_calls(trial, &walk, report);
	report_account(trial, report);
	report->instructions = program->len;
	report->enforces_nothing = trial->meaning.input->enforces_nothing;
	report->control_lost = !gives_marker(&trial->plan, trial->plan.second[PLAN_CONTROL]);
	blame(report, report->tracer == 0 && trial->before.tracer == 0);
	verdict_conclude(report);
}

void trial_listen(struct trial *trial, uint64_t cookie, struct report *report)
{
	static struct probe probes[PLAN_PROBES_MAX]; /* large */
	const bool alone = report->outer_filters == 0;
	struct observed *observed = trial->plan.first; /* not needed any more */

	report->asked = plan_calls(&trial->plan, &trial->meaning, cookie, alone ? 1 : REPORT_CALLS_MAX, probes);
	report->heard = report->unanswered = 0;
	(void)probe_run(probes, report->asked, observed); /* what was not made is OBSERVED_NOTHING */
	for (size_t i = 0; i < report->asked; i++) {
		if (observed[i].what == OBSERVED_RETURN && observed[i].value == -TRIAL_HEARD)
			report->heard++;
		if (observed[i].what == OBSERVED_NOTHING)
			report->unanswered++;
	}
}

uint32_t trial_evaluate(const struct sock_fprog *program, const struct seccomp_data *data)
{
	struct evaluation evaluation = bpf_eval(program->filter, program->len, data, NULL);

	return evaluation.error == EVAL_OK ? evaluation.action : SECCOMP_RET_KILL_PROCESS;
}
