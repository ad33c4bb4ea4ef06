/* SPDX-License-Identifier: MIT */
/* plan: what is probed, with which arguments, and what the canary is told; up to the largest policy there can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "selftest/bpf_eval.h"
#include "selftest/plan.h"

#define ENOSYS_ERRNO 38

/* Native numbers used below. */
#define NR_MOUNT 165
#define NR_UMOUNT2 166
#define NR_PTRACE 101
#define NR_CLONE 56
#define NR_OPEN_TREE 428
#define NR_SCHED_RR_GET_INTERVAL 148
#define NR_SCHED_GET_PRIORITY_MIN 147
#define NR_SCHED_GET_PRIORITY_MAX 146
#define NR_GETPRIORITY 140

static struct plan plan;
static struct meaning meaning;
static struct trial_input input;

static enum plan_error make_plan(const struct trial_rule *rules, size_t count)
{
	input.rules = rules;
	input.nrules = count;
	input.ceiling = 471;
	assert_true(meaning_read(&meaning, &input));
	memset(&plan, 0xa5, sizeof plan); /* it need not be zeroed */
	return plan_trial(&plan, &meaning);
}

static const struct subject *subject_of(uint32_t nr)
{
	const struct subject *found = NULL;

	for (size_t i = 0; i < plan.nsubjects; i++) {
		if (plan.subjects[i].call.nr != nr)
			continue;
		assert_null(found); /* one entry for each call */
		found = &plan.subjects[i];
	}
	return found;
}

static bool in_canary(enum abi abi, uint32_t nr)
{
	if (abi == ABI_COMPAT) {
		for (size_t i = 0; i < plan.numbers.compats; i++)
			if (plan.numbers.compat[i] == nr)
				return true;
		return false;
	}
	for (size_t i = 0; i < plan.numbers.natives; i++)
		if (plan.numbers.native[i] == nr)
			return true;
	return false;
}

/*
 * What holds for every plan: all within its bounds; the magic in every probe; each probed call known to the canary, or
 * its body would run; the assembled canary answers each probe and nothing without the magic.
 */
static void check_plan(void)
{
	static struct sock_filter filter[CANARY_LENGTH_MAX];
	size_t length;

	assert_in_range(plan.nprobes, 1, PLAN_PROBES_MAX);
	assert_in_range(plan.nsubjects, MOUNT_API_NATIVE, REPORT_CALLS_MAX);
	/* one for each ABI, or, for a process alone, all; none where no ABI is denied */
	assert_true(plan.nforeign == (input.enforces_nothing ? 0 : 2) || plan.nforeign == PLAN_FOREIGN_MAX);
	assert_in_range(plan.nforeign, 0, REPORT_FOREIGN_MAX);
	assert_in_range(plan.numbers.natives, 1, CANARY_NUMBERS_MAX);
	assert_in_range(plan.numbers.compats, 1, sizeof plan.numbers.compat / sizeof *plan.numbers.compat);

	assert_int_equal(plan.numbers.secret, plan.magic != CANARY_MAGIC);
	assert_int_equal(plan.numbers.native[0], plan.probes[PLAN_CONTROL].nr);
	length = canary_assemble(&plan.numbers, plan.magic, SECCOMP_RET_ERRNO | plan.marker, filter);
	assert_in_range(length, 1, CANARY_LENGTH_MAX);
	for (size_t i = 0; i < plan.nprobes; i++) {
		const struct probe *probe = &plan.probes[i];
		struct seccomp_data data = {.nr = (int)probe->nr, .arch = numbers_abi_arch(probe->abi)};

		assert_true(probe->args[CANARY_ARGUMENT] == plan.magic);
		assert_true(in_canary(probe->abi, probe->nr));
		memcpy(data.args, probe->args, sizeof data.args);
		if (probe->abi == ABI_COMPAT)
			for (size_t arg = 0; arg < 6; arg++)
				data.args[arg] &= UINT32_MAX;
		assert_int_equal(bpf_eval(filter, length, &data, NULL).action, SECCOMP_RET_ERRNO | plan.marker);
		data.args[CANARY_ARGUMENT] ^= 1;
		assert_int_equal(bpf_eval(filter, length, &data, NULL).action, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < plan.nsubjects; i++) {
		const struct subject *subject = &plan.subjects[i];

		assert_ptr_equal(subject_of(subject->call.nr), subject);
		assert_true(subject->first + subject->count <= plan.nprobes);
		for (size_t p = subject->first; p < subject->first + subject->count; p++) {
			assert_int_equal(plan.probes[p].abi, ABI_NATIVE);
			assert_int_equal(plan.probes[p].nr, subject->call.nr);
		}
	}
	/* Probes belong to one subject, one way through another ABI, or are the control. */
	for (size_t p = 0; p < plan.nprobes; p++) {
		unsigned owners = p == PLAN_CONTROL;

		for (size_t i = 0; i < plan.nsubjects; i++)
			owners += p >= plan.subjects[i].first && p < plan.subjects[i].first + plan.subjects[i].count;
		for (size_t i = 0; i < plan.nforeign; i++)
			owners += plan.foreign[i].probe == p;
		assert_int_equal(owners, 1);
	}
}

/* Every call of the mount API, and through every ABI known to the canary; of the other ABIs one is probed, or all. */
static void check_mount_api(void)
{
	unsigned native = 0, i386 = 0, x32 = 0;

	for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
		int64_t nr = mount_api_number(ABI_NATIVE, row), foreign = mount_api_number(ABI_COMPAT, row);
		const struct subject *subject = nr < 0 ? NULL : subject_of((uint32_t)nr);

		assert_true(in_canary(ABI_COMPAT, (uint32_t)foreign));
		if (nr < 0)
			continue;
		native++;
		assert_non_null(subject);
		assert_true(subject->call.mount);
		assert_string_equal(subject->call.name, mount_api[row].name);
		assert_true(in_canary(ABI_X32, (uint32_t)nr | NUMBERS_X32_BIT));
	}
	for (size_t i = 0; i < plan.nforeign; i++) {
		const struct probe *probe = &plan.probes[plan.foreign[i].probe];
		bool is_i386 = strcmp(plan.foreign[i].entry.abi, "i386") == 0;

		assert_int_equal(probe->abi, is_i386 ? ABI_COMPAT : ABI_X32);
		assert_int_equal(probe->nr, numbers_of(probe->abi, plan.foreign[i].entry.call));
		i386 += is_i386;
		x32 += !is_i386;
	}
	assert_int_equal(native, 11);
	assert_true(plan.nforeign <= 2 ? i386 == plan.nforeign / 2 && x32 == i386 : i386 == 12 && x32 == 11);
}

static unsigned demanded(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < plan.nsubjects; i++)
		count += plan.subjects[i].demanded;
	return count;
}

/* The versions of clang-format disagree about braces in a macro. */
/* clang-format off */
#define DENY(name_, nr_, line_) \
	{.name = name_, .nr = nr_, .action = TRIAL_ERRNO, .errnum = 1, .line = line_}
#define IF_BITS(arg_, wide_, mask_) \
	.conditions = (const struct trial_condition[]){{arg_, arg_, wide_, TRIAL_ANY_BIT, (const uint64_t[]){mask_}, 1}}, \
	.nconditions = 1
#define DENY_IF(name_, nr_, arg_, wide_, mask_, line_) \
	{.name = name_, .nr = nr_, .action = TRIAL_ERRNO, .errnum = 1, IF_BITS(arg_, wide_, mask_), .line = line_}
/* clang-format on */

/* Above an argument of 32 bits. */
#define JUNK UINT64_C(0xa5a5a5a500000000)

/* ---- what is in a plan ---- */

static void the_mount_api_is_demanded(void **state)
{
	static const struct trial_rule rules[] = {DENY("ptrace", NR_PTRACE, 3)};

	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(rules, 1), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(demanded(), 11);
	assert_int_equal(plan.nsubjects, 12);
	assert_int_equal(plan.nprobes, 1 + 11 + 1 + 2);
	assert_false(subject_of(NR_PTRACE)->call.mount);
	assert_false(subject_of(NR_PTRACE)->demanded);
	for (size_t i = 0; i < plan.nsubjects; i++) {
		const struct subject *subject = &plan.subjects[i];

		assert_int_equal(subject->count, 1);
		assert_int_equal(subject->demanded, subject->call.mount);
		assert_int_equal(subject->call.line, subject->call.mount ? 0 : 3);
		for (size_t arg = 0; arg < CANARY_ARGUMENT; arg++)
			assert_true(plan.probes[subject->first].args[arg] == 0);
	}
}

static void a_rule_or_an_allowance_speaks_for_a_mount_call(void **state)
{
	static const struct trial_rule rules[] = {
	    DENY("mount", NR_MOUNT, 3), {.name = "umount2", .nr = NR_UMOUNT2, .action = TRIAL_KILL, .line = 4}};
	static const struct trial_allow allows[] = {{"ptrace", 7}, {"fsopen", 8}, {"umount", 9}};

	(void)state;
	input = (struct trial_input){.allows = allows, .nallows = 3};
	assert_int_equal(make_plan(rules, 2), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(demanded(), 11 - 3);
	assert_int_equal(plan.nsubjects, 11);

	assert_false(subject_of(NR_MOUNT)->demanded);
	assert_int_equal(subject_of(NR_MOUNT)->call.line, 3);
	assert_int_equal(subject_of(NR_MOUNT)->call.errnum, 1);
	assert_false(subject_of(NR_MOUNT)->call.kills);
	assert_false(subject_of(NR_MOUNT)->call.conditional);
	assert_true(subject_of(NR_UMOUNT2)->call.kills);
	assert_int_equal(subject_of(NR_UMOUNT2)->call.errnum, 0);
	assert_false(subject_of(430)->demanded); /* fsopen */
	assert_int_equal(subject_of(430)->call.line, 8);
	assert_true(subject_of(431)->demanded); /* fsconfig */
	assert_int_equal(subject_of(431)->call.line, 0);
}

/* By its number a rule on a mount call is one, whatever it is called. */
static void a_mount_call_by_number(void **state)
{
	static const struct trial_rule rules[] = {DENY(NULL, 467, 3)};

	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(rules, 1), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(demanded(), 10);
	assert_int_equal(plan.nsubjects, 11);
	assert_string_equal(subject_of(467)->call.name, "open_tree_attr");
	assert_int_equal(subject_of(467)->call.line, 3);
}

/* Each condition is met by a probe of its own, and by none of the others' but for chance; the last probe meets none. */
static void conditions_are_met(void **state)
{
	const struct trial_rule rules[] = {
	    DENY_IF("mount", NR_MOUNT, 3, false, 0x1000, 3),
	    DENY_IF("clone", NR_CLONE, 0, false, 0x7e020000, 4),
	    {.name = "clone", .nr = NR_CLONE, .action = TRIAL_KILL, IF_BITS(0, false, 0x80000000), .line = 5},
	    DENY_IF("ptrace", NR_PTRACE, 1, true, UINT64_C(0x8000000000000000), 6),
	    DENY_IF("ptrace", NR_PTRACE, 4, true, UINT64_MAX, 7),
	    DENY("ptrace", NR_PTRACE, 8),
	};
	const struct subject *clone, *ptrace, *mount;

	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(rules, sizeof rules / sizeof *rules), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(demanded(), 10);

	mount = subject_of(NR_MOUNT);
	assert_true(mount->call.mount && mount->call.conditional && !mount->demanded);
	assert_int_equal(mount->count, 2);
	assert_true(plan.probes[mount->first].args[3] == (JUNK | 0x1000));
	assert_int_equal(plan_expected(&meaning, &plan.probes[mount->first]), SECCOMP_RET_ERRNO | 1);
	assert_int_equal(plan_expected(&meaning, &plan.probes[mount->first + 1]), SECCOMP_RET_ALLOW);

	clone = subject_of(NR_CLONE); /* the severer rule first */
	assert_true(clone->call.conditional && clone->call.kills && !clone->call.mount);
	assert_int_equal(clone->call.line, 5);
	assert_int_equal(clone->count, 3);
	assert_true(plan.probes[clone->first].args[0] == (JUNK | 0x80000000));
	assert_true(plan.probes[clone->first + 1].args[0] == (JUNK | 0x20000));
	assert_true(plan.probes[clone->first + 2].args[0] == JUNK);
	assert_int_equal(plan_expected(&meaning, &plan.probes[clone->first]), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(plan_expected(&meaning, &plan.probes[clone->first + 1]), SECCOMP_RET_ERRNO | 1);
	assert_int_equal(plan_expected(&meaning, &plan.probes[clone->first + 2]), SECCOMP_RET_ALLOW);

	ptrace = subject_of(NR_PTRACE); /* has a rule without a condition too */
	assert_false(ptrace->call.conditional);
	assert_int_equal(ptrace->count, 3);
	assert_true(plan.probes[ptrace->first].args[1] == UINT64_C(0x8000000000000000));
	assert_true(plan.probes[ptrace->first + 1].args[1] == 0);
	assert_true(plan.probes[ptrace->first + 1].args[4] != 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(plan_expected(&meaning, &plan.probes[ptrace->first + i]), SECCOMP_RET_ERRNO | 1);
}

/* The magic has the sixth argument's place: what looks at it is evaluated only. */
static void rules_on_the_sixth_argument_are_not_probed(void **state)
{
	const struct trial_rule rules[] = {DENY_IF("ptrace", NR_PTRACE, 0, false, 1, 3),
	                                   DENY_IF("ptrace", NR_PTRACE, 5, false, 1, 4), DENY("clone", NR_CLONE, 5)};

	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(rules, 3), PLAN_OK);
	check_plan();
	assert_int_equal(subject_of(NR_PTRACE)->count, 0);
	assert_int_equal(subject_of(NR_CLONE)->count, 1);
}

static void one_number_above_the_ceiling(void **state)
{
	static const struct trial_rule rules[] = {DENY(NULL, 472, 3), DENY(NULL, 473, 4), DENY(NULL, 475, 5)};
	const struct subject *newer;

	(void)state;
	input = (struct trial_input){.above = ENOSYS_ERRNO};
	assert_int_equal(make_plan(rules, 3), PLAN_OK);
	check_plan();
	newer = subject_of(474); /* the first that no rule names */
	assert_non_null(newer);
	assert_string_equal(newer->call.name, "newer-syscalls");
	assert_int_equal(newer->call.errnum, ENOSYS_ERRNO);
	assert_int_equal(newer->count, 1);
	assert_int_equal(plan_expected(&meaning, &plan.probes[newer->first]), SECCOMP_RET_ERRNO | ENOSYS_ERRNO);
	assert_null(subject_of(472)->call.name);

	input.above = 0;
	assert_int_equal(make_plan(rules, 3), PLAN_OK);
	check_plan();
	assert_null(subject_of(474));
}

/* ---- what the policy uses is avoided ---- */

static void a_marker_that_the_policy_does_not_use(void **state)
{
	static struct trial_rule rules[] = {DENY("ptrace", NR_PTRACE, 3), DENY("clone", NR_CLONE, 4),
	                                    DENY("acct", 163, 5), DENY("reboot", 169, 6)};
	const size_t count = sizeof rules / sizeof *rules;

	(void)state;
	assert_int_equal(count, CANARY_MARKERS);
	for (unsigned used = 0; used < 1u << CANARY_MARKERS; used++) {
		enum plan_error error;
		size_t first_free = 0;

		while (used & (1u << first_free))
			first_free++;
		for (size_t i = 0; i < count; i++)
			rules[i].errnum = used & (1u << i) ? canary_markers[i] : 1;
		input = (struct trial_input){0};
		error = make_plan(rules, count);
		if (first_free == CANARY_MARKERS) {
			assert_int_equal(error, PLAN_NO_MARKER);
			continue;
		}
		assert_int_equal(error, PLAN_OK);
		assert_int_equal(plan.marker, canary_markers[first_free]);
		check_plan();
	}
	for (size_t i = 0; i < count; i++)
		rules[i].errnum = 1;
	input = (struct trial_input){.above = canary_markers[0]};
	assert_int_equal(make_plan(rules, count), PLAN_OK);
	assert_int_equal(plan.marker, canary_markers[1]);
}

static void a_control_that_the_policy_does_not_name(void **state)
{
	static const uint32_t controls[] = {NR_SCHED_RR_GET_INTERVAL, NR_SCHED_GET_PRIORITY_MIN,
	                                    NR_SCHED_GET_PRIORITY_MAX, NR_GETPRIORITY};
	const size_t count = sizeof controls / sizeof *controls;
	struct probe control;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(plan_control(i, &control));
		assert_int_equal(control.nr, controls[i]);
		assert_int_equal(control.abi, ABI_NATIVE);
		assert_true(control.args[CANARY_ARGUMENT] == CANARY_MAGIC);
	}
	assert_false(plan_control(count, &control));

	for (unsigned used = 0; used < 1u << count; used++) {
		const struct trial_rule rule = DENY(NULL, 0, 3), conditional = DENY_IF(NULL, 0, 0, false, 4, 3);
		struct trial_rule rules[4];
		size_t nrules = 0, first_free = 0;
		enum plan_error error;

		while (used & (1u << first_free))
			first_free++;
		/* Named is named: even if only for some arguments, or by a rule that would not match the probe. */
		for (size_t i = 0; i < count; i++)
			if (used & (1u << i)) {
				rules[nrules] = i % 2 ? rule : conditional;
				rules[nrules++].nr = controls[i];
			}
		input = (struct trial_input){0};
		error = make_plan(rules, nrules);
		if (first_free == count) {
			assert_int_equal(error, PLAN_NO_CONTROL);
			continue;
		}
		assert_int_equal(error, PLAN_OK);
		assert_int_equal(plan.probes[PLAN_CONTROL].nr, controls[first_free]);
		assert_int_equal(plan_expected(&meaning, &plan.probes[PLAN_CONTROL]), SECCOMP_RET_ALLOW);
		check_plan();
	}
}

/* ---- a secret magic ---- */

#define SECRET UINT64_C(0x5d0e9c3f21b784a1)
#define COOKIE UINT64_C(0x7c31f05ad2e84b69)

static void probes_carry_the_secret(void **state)
{
	static const struct trial_rule rules[] = {DENY("ptrace", NR_PTRACE, 3), DENY("mount", NR_MOUNT, 4)};
	struct probe probe;

	(void)state;
	input = (struct trial_input){.magic = SECRET, .above = ENOSYS_ERRNO};
	assert_int_equal(make_plan(rules, 2), PLAN_OK);
	assert_true(plan.magic == SECRET);
	check_plan();
	check_mount_api();

	/* A probe gets the errno, which nobody else does. */
	probe = plan.probes[subject_of(NR_PTRACE)->first];
	assert_int_equal(plan_expected(&meaning, &probe), SECCOMP_RET_ERRNO | 1);
	probe.args[CANARY_ARGUMENT] ^= UINT64_C(0x100000000);
	assert_int_equal(plan_expected(&meaning, &probe), SECCOMP_RET_USER_NOTIF);
	probe.args[CANARY_ARGUMENT] = CANARY_MAGIC;
	assert_int_equal(plan_expected(&meaning, &probe), SECCOMP_RET_USER_NOTIF);

	input.magic = 0;
	assert_int_equal(make_plan(rules, 2), PLAN_OK);
	assert_true(plan.magic == CANARY_MAGIC);
	check_plan();
}

/* ---- what is only observed ---- */

static struct trial_input observed;

static enum plan_error make_observing_plan(const struct trial_rule *rules, size_t count,
                                           const struct trial_rule *observed_rules, size_t observed_count)
{
	observed = (struct trial_input){.rules = observed_rules, .nrules = observed_count, .ceiling = 471};
	input.observed = &observed;
	return make_plan(rules, count);
}

/* In the report each has its place and what it would get; a probe only what the canary stops, so that no body runs. */
static void observed_calls_are_in_the_report(void **state)
{
	const struct trial_rule rules[] = {DENY("mount", NR_MOUNT, 3), DENY("acct", 163, 4),
	                                   DENY_IF("clone", NR_CLONE, 0, false, 1, 5)};
	const struct trial_rule would[] = {
	    DENY("umount2", NR_UMOUNT2, 11), /* of the mount API */
	    DENY("ptrace", NR_PTRACE, 12),
	    {.name = "kcmp", .nr = 312, .action = TRIAL_KILL, .line = 13},
	    DENY_IF("setns", 308, 1, false, 4, 14),
	    DENY_IF("setns", 308, 1, false, 8, 15),
	    DENY(NULL, 470, 16),
	    {.name = "bpf", .nr = 321, .action = TRIAL_ERRNO, .errnum = 13, IF_BITS(5, false, 1), .line = 17},
	    DENY("acct", 163, 18), /* and denied: the rule that is in force speaks */
	    DENY("clone", NR_CLONE, 19),
	    DENY("fsopen", 430, 20), /* and left open by a line of [deny] */
	    DENY(NULL, 500, 21),     /* denied for being above the ceiling */
	};
	static const struct trial_allow allows[] = {{"fsopen", 7}, {"fspick", 8}};
	static const struct {
		uint32_t nr;
		const char *name;
		bool observed, demanded, mount, kills;
		uint16_t errnum;
		unsigned line;
		size_t count;
	} rows[] = {
	    {NR_MOUNT, "mount", false, false, true, false, 1, 3, 1},
	    {NR_UMOUNT2, "umount2", true, false, true, false, 1, 11, 1},
	    {430, "fsopen", true, false, true, false, 1, 20, 1},
	    {433, "fspick", false, false, true, false, 0, 8, 1},
	    {431, "fsconfig", false, true, true, false, 0, 0, 1},
	    {163, "acct", false, false, false, false, 1, 4, 1},
	    {NR_CLONE, "clone", true, false, false, false, 1, 5, 2}, /* what its condition leaves */
	    {NR_PTRACE, "ptrace", true, false, false, false, 1, 12, 0},
	    {312, "kcmp", true, false, false, true, 0, 13, 0},
	    {308, "setns", true, false, false, false, 1, 14, 0},
	    {470, NULL, true, false, false, false, 1, 16, 0},
	    {321, "bpf", true, false, false, false, 13, 17, 0},
	};
	static const uint32_t actions[] = {SECCOMP_RET_USER_NOTIF, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW};

	(void)state;
	for (size_t turn = 0; turn < 6; turn++) {
		input = (struct trial_input){.allows = allows,
		                             .nallows = 2,
		                             .above = ENOSYS_ERRNO,
		                             .magic = turn % 2 ? SECRET : 0,
		                             .observed_action = actions[turn / 2]};
		assert_int_equal(make_observing_plan(rules, 3, would, sizeof would / sizeof *would), PLAN_OK);
		check_plan();
		check_mount_api();
		assert_int_equal(plan.nsubjects, 11 + 2 + 5 + 1);
		assert_int_equal(plan.nprobes, 1 + 11 + 3 + 1 + 2);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			const struct subject *s = subject_of(rows[i].nr);

			assert_non_null(s);
			if (rows[i].name)
				assert_string_equal(s->call.name, rows[i].name);
			else
				assert_null(s->call.name);
			if (s->observed != rows[i].observed || s->demanded != rows[i].demanded ||
			    s->call.mount != rows[i].mount || s->call.kills != rows[i].kills ||
			    s->call.errnum != rows[i].errnum || s->call.line != rows[i].line ||
			    s->count != rows[i].count)
				fail_msg("number %u", rows[i].nr);
			assert_int_equal(in_canary(ABI_NATIVE, rows[i].nr), rows[i].count > 0);
			if (s->observed && s->count > 0) /* the last one: those of conditions come first */
				assert_int_equal(plan_expected(&meaning, &plan.probes[s->first + s->count - 1]),
				                 actions[turn / 2]);
		}
		assert_null(subject_of(500));
		input.above = 0; /* nor is it denied then */
		assert_int_equal(make_observing_plan(rules, 3, would, sizeof would / sizeof *would), PLAN_OK);
		check_plan();
		assert_true(subject_of(500)->observed);
		assert_int_equal(subject_of(500)->count, 0);
	}
}

/* A control that is only observed would be told, or logged, each time. */
static void no_control_is_observed(void **state)
{
	const struct trial_rule would[] = {DENY("sched_rr_get_interval", NR_SCHED_RR_GET_INTERVAL, 3),
	                                   DENY_IF("sched_get_priority_min", NR_SCHED_GET_PRIORITY_MIN, 0, false, 4, 4),
	                                   DENY("sched_get_priority_max", NR_SCHED_GET_PRIORITY_MAX, 5),
	                                   DENY("getpriority", NR_GETPRIORITY, 6)};

	(void)state;
	for (size_t count = 0; count <= 4; count++) {
		enum plan_error error;

		input = (struct trial_input){.observed_action = SECCOMP_RET_LOG};
		error = make_observing_plan(NULL, 0, would, count);
		if (count == 4) {
			assert_int_equal(error, PLAN_NO_CONTROL);
			continue;
		}
		assert_int_equal(error, PLAN_OK);
		if (count < 3)
			assert_int_equal(plan.probes[PLAN_CONTROL].nr, would[count].nr);
		check_plan();
	}
}

/* No ABI and no number is denied then: there is nothing to ask of them. The mount API is to be mentioned all the same. */
static void nothing_is_enforced(void **state)
{
	static const struct trial_rule would[] = {DENY("mount", NR_MOUNT, 3), DENY("ptrace", NR_PTRACE, 4),
	                                          DENY(NULL, 500, 5)};
	static const struct trial_allow allows[] = {{"fsopen", 7}};

	(void)state;
	input = (struct trial_input){.allows = allows,
	                             .nallows = 1,
	                             .above = ENOSYS_ERRNO,
	                             .enforces_nothing = true,
	                             .observed_action = SECCOMP_RET_USER_NOTIF};
	assert_int_equal(make_observing_plan(NULL, 0, would, 3), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(plan.nforeign, 0);
	assert_int_equal(plan.nsubjects, 11 + 2);
	assert_true(subject_of(500)->observed); /* no ceiling is, either */
	assert_null(subject_of(472));
	assert_int_equal(demanded(), 9);
	assert_true(subject_of(NR_MOUNT)->observed && !subject_of(NR_MOUNT)->demanded);
	assert_true(subject_of(NR_PTRACE)->observed);
	assert_int_equal(subject_of(NR_PTRACE)->count, 0);
	for (size_t i = 0; i < plan.nprobes; i++) {
		uint32_t expected = plan_expected(&meaning, &plan.probes[i]);

		assert_int_equal(expected, plan.probes[i].nr == NR_MOUNT ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
	}
}

/* ---- what a listener must hear of ---- */

static struct probe calls[PLAN_PROBES_MAX];

static size_t listen(size_t most)
{
	size_t count;

	memset(calls, 0xa5, sizeof calls);
	count = plan_calls(&plan, &meaning, COOKIE, most, calls);
	assert_true(count <= most);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(calls[i].abi, ABI_NATIVE);
		assert_true(calls[i].args[CANARY_ARGUMENT] == COOKIE);
		/* Or its body would run, as the canary does not know the cookie. */
		assert_int_equal(plan_expected(&meaning, &calls[i]), SECCOMP_RET_USER_NOTIF);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(calls[j].nr, calls[i].nr);
	}
	return count;
}

static bool hears_of(uint32_t nr, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i].nr == nr)
			return true;
	return false;
}

static void what_a_listener_hears(void **state)
{
	const struct trial_rule rules[] = {
	    DENY("mount", NR_MOUNT, 3),
	    DENY_IF("umount2", NR_UMOUNT2, 1, false, 6, 4), /* with an argument that matches */
	    DENY("ptrace", NR_PTRACE, 5),
	    {.name = "acct", .nr = 163, .action = TRIAL_KILL, .line = 6}, /* nobody hears of a death */
	    {.name = "clone", .nr = NR_CLONE, .action = TRIAL_KILL, IF_BITS(0, false, 2), .line = 7},
	    DENY_IF("clone", NR_CLONE, 0, false, 1, 8),
	    DENY_IF("bpf", 321, 5, false, 1, 9), /* the cookie has the place of what it asks */
	    DENY(NULL, 500, 10),
	};
	static const struct trial_rule would[] = {DENY("kcmp", 312, 13), DENY("fsopen", 430, 14),
	                                          DENY("ptrace", NR_PTRACE, 15)};
	static const struct trial_allow allows[] = {{"fspick", 7}};
	static const uint32_t heard[] = {NR_MOUNT, NR_UMOUNT2, NR_PTRACE, 500, 472 /* newer-syscalls */};
	const size_t count = sizeof heard / sizeof *heard;

	(void)state;
	input = (struct trial_input){.allows = allows,
	                             .nallows = 1,
	                             .above = ENOSYS_ERRNO,
	                             .magic = SECRET,
	                             .observed_action = SECCOMP_RET_USER_NOTIF};
	assert_int_equal(make_observing_plan(rules, sizeof rules / sizeof *rules, would, 3), PLAN_OK);
	check_plan();
	assert_int_equal(listen(PLAN_PROBES_MAX), count);
	for (size_t i = 0; i < count; i++)
		assert_true(hears_of(heard[i], count));
	for (size_t i = 0; i < count; i++)
		if (calls[i].nr == NR_UMOUNT2)
			assert_true(calls[i].args[1] == (JUNK | 2));
	for (size_t most = 0; most <= count; most++)
		assert_int_equal(listen(most), most);

	input.magic = 0; /* nobody listens */
	assert_int_equal(make_observing_plan(rules, sizeof rules / sizeof *rules, would, 3), PLAN_OK);
	assert_int_equal(listen(PLAN_PROBES_MAX), 0);

	input.magic = SECRET;
	input.above = 0;
	assert_int_equal(make_observing_plan(NULL, 0, would, 3), PLAN_OK);
	assert_int_equal(listen(PLAN_PROBES_MAX), 0);
}

/* ---- the largest ---- */

static struct trial_rule many[TRIAL_RULES_MAX];

static struct trial_condition many_conditions[TRIAL_RULES_MAX];
static uint64_t many_masks[TRIAL_RULES_MAX];

static void set_many(size_t i, const char *name, uint32_t nr, uint8_t arg, bool wide, uint64_t mask, unsigned line)
{
	many_masks[i] = mask;
	many_conditions[i] = (struct trial_condition){arg, arg, wide, TRIAL_ANY_BIT, &many_masks[i], 1};
	many[i] = (struct trial_rule)DENY(name, nr, line);
	many[i].conditions = &many_conditions[i];
	many[i].nconditions = 1;
}

/* No call twice, and none of the mount API, nor a control. */
static void each_rule_a_call_of_its_own(void **state)
{
	size_t count = 0;

	(void)state;
	for (uint32_t nr = 500; count < TRIAL_RULES_MAX; nr++)
		set_many(count++, NULL, nr, (uint8_t)(nr % 5), nr % 2, 1u << nr % 32, nr);
	input = (struct trial_input){.above = ENOSYS_ERRNO};
	assert_int_equal(make_plan(many, count), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(plan.nsubjects, TRIAL_RULES_MAX + 11 + 1);
	assert_int_equal(plan.nprobes, PLAN_PROBES_MAX - PLAN_FOREIGN_MAX + 2);
	for (size_t i = 0; i < plan.nsubjects; i++)
		assert_int_equal(plan.subjects[i].count, plan.subjects[i].call.conditional ? 2 : 1);
}

/* As many observed as denied, all of other calls: the list in the report ends, and nothing is written beyond it. */
static void as_many_observed(void **state)
{
	static struct trial_rule would[TRIAL_RULES_MAX];

	(void)state;
	for (uint32_t i = 0; i < TRIAL_RULES_MAX; i++) {
		many[i] = (struct trial_rule)DENY(NULL, 500 + i, i + 1);
		would[i] = (struct trial_rule)DENY(NULL, 2000 + i, i + 1);
	}
	input = (struct trial_input){.above = ENOSYS_ERRNO, .magic = SECRET, .observed_action = SECCOMP_RET_USER_NOTIF};
	assert_int_equal(make_observing_plan(many, TRIAL_RULES_MAX, would, TRIAL_RULES_MAX), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(plan.nsubjects, TRIAL_RULES_MAX + 11 + 1);
	assert_int_equal(listen(PLAN_PROBES_MAX), TRIAL_RULES_MAX + 1);
	input.above = 0; /* then they are observed */
	assert_int_equal(make_observing_plan(many, TRIAL_RULES_MAX, would, TRIAL_RULES_MAX), PLAN_OK);
	check_plan();
	assert_in_range(plan.nsubjects, TRIAL_RULES_MAX + 11 + 1, REPORT_CALLS_MAX);
	assert_true(plan.subjects[plan.nsubjects - 1].observed);

	input.above = 0;
	assert_int_equal(make_observing_plan(NULL, 0, would, TRIAL_RULES_MAX), PLAN_OK); /* there is room for all */
	check_plan();
	assert_int_equal(plan.nsubjects, 11 + TRIAL_RULES_MAX);
}

static void all_rules_on_one_call(void **state)
{
	const struct subject *mount;

	(void)state;
	for (size_t i = 0; i < TRIAL_RULES_MAX; i++) {
		set_many(i, "mount", NR_MOUNT, (uint8_t)(i % 5), i % 2, 1 + i, (unsigned)i);
		many_conditions[i].test = i % 3 ? TRIAL_IN : TRIAL_ANY_BIT;
		if (i % 3 == 0)
			many_masks[i] = UINT64_C(0x100000) << i / 15 % (i % 2 ? 44 : 12);
		many[i].errnum = (uint16_t)(1 + i);
	}
	input = (struct trial_input){.above = ENOSYS_ERRNO};
	assert_int_equal(make_plan(many, TRIAL_RULES_MAX), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(plan.nsubjects, 11 + 1);
	mount = subject_of(NR_MOUNT);
	assert_int_equal(mount->count, TRIAL_RULES_MAX + 1);
	for (size_t i = 0; i < 180; i++) /* then bits come again */
		assert_int_equal(plan_expected(&meaning, &plan.probes[mount->first + i]), SECCOMP_RET_ERRNO | (1 + i));
	assert_int_equal(plan_expected(&meaning, &plan.probes[mount->first + TRIAL_RULES_MAX]), SECCOMP_RET_ALLOW);
}

#define AND(...)                                                     \
	.conditions = (const struct trial_condition[]){__VA_ARGS__}, \
	.nconditions = sizeof((const struct trial_condition[]){__VA_ARGS__}) / sizeof(struct trial_condition)
#define TEST(arg_, wide_, test_, ...)                                          \
	{                                                                      \
		arg_, arg_, wide_, test_, (const uint64_t[]){__VA_ARGS__},     \
		    sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t) \
	}

/* Every operator, alone and together; and what is none's. */
static void every_operator_has_an_example(void **state)
{
	const struct trial_rule rules[] = {
	    {.name = "ptrace", .nr = NR_PTRACE, .errnum = 1, .line = 1, AND(TEST(0, false, TRIAL_IN, 4, 16))},
	    {.name = "ptrace",
	     .nr = NR_PTRACE,
	     .errnum = 2,
	     .line = 2,
	     AND(TEST(0, false, TRIAL_NOT_IN, 0, 1, 2, 3, 4, 16))},
	    {.name = "ptrace",
	     .nr = NR_PTRACE,
	     .errnum = 3,
	     .line = 3,
	     AND(TEST(0, false, TRIAL_GREATER, 2), TEST(1, true, TRIAL_LESS, 7))},
	    {.name = "ptrace",
	     .nr = NR_PTRACE,
	     .errnum = 4,
	     .line = 4,
	     AND(TEST(1, true, TRIAL_GREATER_EQUAL, UINT64_C(0x100000000)),
	         TEST(1, true, TRIAL_LESS_EQUAL, UINT64_C(0x100000000)))},
	    {.name = "ptrace",
	     .nr = NR_PTRACE,
	     .errnum = 5,
	     .line = 5,
	     AND(TEST(2, true, TRIAL_ANY_BIT, UINT64_C(0x8000000000000000)),
	         TEST(2, true, TRIAL_NOT_IN, UINT64_C(0x8000000000000000)), TEST(3, false, TRIAL_LESS, 1))},
	    {.name = "ptrace",
	     .nr = NR_PTRACE,
	     .errnum = 6,
	     .line = 6,
	     AND(TEST(0, false, TRIAL_IN, 16), TEST(4, false, TRIAL_IN, 1))}, /* never gets there */
	    {.name = "ptrace",
	     .nr = NR_PTRACE,
	     .errnum = 7,
	     .line = 7,
	     AND({1, 4, true, TRIAL_GREATER, (const uint64_t[]){UINT64_C(0xfffffffffffffffe)}, 1})},
	};
	const size_t count = sizeof rules / sizeof *rules;
	const struct subject *subject;

	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(rules, count), PLAN_OK);
	check_plan();
	subject = subject_of(NR_PTRACE);
	assert_int_equal(subject->count, count + 1);
	for (size_t i = 0; i < count; i++)
		if (rules[i].errnum != 6)
			assert_int_equal(plan_expected(&meaning, &plan.probes[subject->first + i]),
			                 SECCOMP_RET_ERRNO | rules[i].errnum);
	assert_int_equal(plan_expected(&meaning, &plan.probes[subject->first + count]), SECCOMP_RET_ALLOW);
	/* Junk where only the lower half counts, and nowhere else. */
	for (size_t i = 0; i <= count; i++) {
		assert_true(plan.probes[subject->first + i].args[0] >> 32 == JUNK >> 32);
		assert_true(plan.probes[subject->first + i].args[3] >> 32 == JUNK >> 32);
		assert_true(plan.probes[subject->first + i].args[1] >> 32 != JUNK >> 32);
		assert_true(plan.probes[subject->first + i].args[2] >> 32 != JUNK >> 32);
	}
}

static void nothing_at_all(void **state)
{
	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(NULL, 0), PLAN_OK);
	check_plan();
	check_mount_api();
	assert_int_equal(demanded(), 11);
	assert_int_equal(plan.nsubjects, 11);
}

/* ---- alone ---- */

static void the_mount_api_alone(void **state)
{
	struct probe control;

	(void)state;
	assert_true(plan_control(1, &control));
	memset(&plan, 0xa5, sizeof plan);
	plan_mount_api(&plan, &control, canary_markers[2]);
	check_plan();
	check_mount_api();
	assert_int_equal(plan.marker, canary_markers[2]);
	assert_memory_equal(&plan.probes[PLAN_CONTROL], &control, sizeof control);
	assert_int_equal(plan.nsubjects, 11);
	assert_int_equal(plan.nprobes, 1 + 11 + 23);
}

static void what_the_policy_gives_a_probe(void **state)
{
	static const struct trial_rule rules[] = {DENY("mount", NR_MOUNT, 3)};
	const struct probe i386 = {.abi = ABI_COMPAT, .nr = 21}, x32 = {.abi = ABI_X32, .nr = NUMBERS_X32_BIT | 165},
			   native = {.abi = ABI_NATIVE, .nr = 165}, other = {.abi = ABI_NATIVE, .nr = 21};

	(void)state;
	input = (struct trial_input){0};
	assert_int_equal(make_plan(rules, 1), PLAN_OK);
	assert_int_equal(plan_expected(&meaning, &i386), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(plan_expected(&meaning, &x32), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(plan_expected(&meaning, &native), SECCOMP_RET_ERRNO | 1);
	assert_int_equal(plan_expected(&meaning, &other), SECCOMP_RET_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_mount_api_is_demanded),
	    cmocka_unit_test(a_rule_or_an_allowance_speaks_for_a_mount_call),
	    cmocka_unit_test(a_mount_call_by_number),
	    cmocka_unit_test(conditions_are_met),
	    cmocka_unit_test(rules_on_the_sixth_argument_are_not_probed),
	    cmocka_unit_test(one_number_above_the_ceiling),
	    cmocka_unit_test(a_marker_that_the_policy_does_not_use),
	    cmocka_unit_test(a_control_that_the_policy_does_not_name),
	    cmocka_unit_test(probes_carry_the_secret),
	    cmocka_unit_test(observed_calls_are_in_the_report),
	    cmocka_unit_test(no_control_is_observed),
	    cmocka_unit_test(nothing_is_enforced),
	    cmocka_unit_test(what_a_listener_hears),
	    cmocka_unit_test(each_rule_a_call_of_its_own),
	    cmocka_unit_test(as_many_observed),
	    cmocka_unit_test(all_rules_on_one_call),
	    cmocka_unit_test(every_operator_has_an_example),
	    cmocka_unit_test(nothing_at_all),
	    cmocka_unit_test(the_mount_api_alone),
	    cmocka_unit_test(what_the_policy_gives_a_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
