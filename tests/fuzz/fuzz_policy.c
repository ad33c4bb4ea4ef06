/* SPDX-License-Identifier: MIT */
/*
 * The policy's text, through inih, to the program: what is taken must be in order, what is said about it printable, and
 * the program made of it must do what the judge reads in it (assemble.h and leaves.h against meaning.h, by bpf_walk()):
 * alone, and joined with what is observed, under a secret. Then a run hits some of it: what is told of that, and what
 * is proposed after it, must be lines.
 *
 * The calls are the judge's own table of names, as libseccomp is there for musl only. So is the tail, libseccomp's part
 * of the program, made here in the plainest way.
 */
#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/abis.h"
#include "init/assemble.h"
#include "init/conditions.h"
#include "init/denials.h"
#include "init/leaves.h"
#include "init/lint.h"
#include "init/names.h"
#include "init/policy.h"
#include "init/print.h"
#include "init/promote.h"
#include "init/wording.h"
#include "selftest/agreement.h"
#include "selftest/bpf_walk.h"
#include "selftest/meaning.h"
#include "selftest/numbers.h"
#include "tests/fuzz/fuzz.h"

/* By number: the judge's table is made for few questions. */
static const char *names[POLICY_CEILING + 1];

static void read_names(void)
{
	for (uint32_t nr = 0; nr <= POLICY_CEILING; nr++)
		names[nr] = numbers_native_name(nr);
}

static const char *name_of(uint32_t nr)
{
	return nr <= POLICY_CEILING ? names[nr] : NULL;
}

static int number(const char *name)
{
	for (uint32_t nr = 0; nr <= POLICY_CEILING; nr++)
		if (names[nr] && strcmp(names[nr], name) == 0)
			return (int)nr;
	return numbers_of(ABI_COMPAT, name) >= 0 ? CALL_ABSENT : CALL_UNKNOWN;
}

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	const char *found = name_of((uint32_t)i);

	snprintf(name, POLICY_NAME_MAX, "%s", found ? found : "");
	return i <= POLICY_CEILING;
}

static const struct call_table table = {.number = number, .name = name_of, .at = at};

static int number_on(enum abi abi, const char *name)
{
	const int64_t nr = numbers_of(abi, name);

	return nr >= 0 ? (int)nr : number(name) == CALL_UNKNOWN ? CALL_UNKNOWN : CALL_ABSENT;
}

static int i386_number(const char *name)
{
	return number_on(ABI_COMPAT, name);
}

static int x32_number(const char *name)
{
	return number_on(ABI_X32, name);
}

static const struct call_table i386_table = {.number = i386_number, .name = name_of, .at = at};

/* Every other call is the tail's: both ways of having a rule are tried. */
static bool in_tail(uint32_t nr)
{
	return nr % 2 == 0 && name_of(nr) != NULL;
}

static uint32_t answer_of(const struct rule *rule)
{
	return rule->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | rule->errnum;
}

#define EMIT(...) (tail[length++] = (struct sock_filter)__VA_ARGS__)

static size_t make_tail(const struct policy *policy, struct sock_filter tail[PROGRAM_MAX])
{
	size_t length = 0;

	EMIT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	EMIT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
	EMIT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	EMIT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	EMIT(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, NUMBERS_X32_BIT, 0, 2));
	EMIT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MEANING_NO_CALL, 1, 0));
	EMIT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	for (size_t i = 0; i < policy->nrules; i++) {
		if (assemble_owns(&policy->rules[i], in_tail))
			continue;
		EMIT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, policy->rules[i].nr, 0, 1));
		EMIT(BPF_STMT(BPF_RET | BPF_K, answer_of(&policy->rules[i])));
	}
	EMIT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	return length;
}

/* One of the two, as its makers and the judge have it. */
struct rules_read {
	struct trial_rule rules[POLICY_ROOM];
	struct trial_condition conditions[POLICY_ROOM][POLICY_CONDITIONS_MAX];
};

struct side {
	const struct policy *policy;
	struct rules_read native, other[OTHER_ABIS];
	struct trial_input input;
	struct program program;
};

static void read_side(struct rules_read *side, const struct policy *policy)
{
	static const enum trial_test tests[] = {
	    [TEST_IN] = TRIAL_IN,           [TEST_NOT_IN] = TRIAL_NOT_IN,
	    [TEST_LESS] = TRIAL_LESS,       [TEST_LESS_EQUAL] = TRIAL_LESS_EQUAL,
	    [TEST_GREATER] = TRIAL_GREATER, [TEST_GREATER_EQUAL] = TRIAL_GREATER_EQUAL,
	    [TEST_ANY_BIT] = TRIAL_ANY_BIT, [TEST_MASKED_IN] = TRIAL_MASKED_IN};

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		side->rules[i] = (struct trial_rule){.name = r->name[0] ? r->name : NULL,
		                                     .nr = r->nr,
		                                     .action = r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		                                     .errnum = r->errnum,
		                                     .conditions = side->conditions[i],
		                                     .nconditions = r->nconditions,
		                                     .line = r->line};
		for (size_t k = 0; k < r->nconditions; k++) {
			const struct condition *c = &r->conditions[k];

			side->conditions[i][k] = (struct trial_condition){
			    c->arg, c->upper, c->wide, tests[c->test], &policy->values[c->first], c->count};
		}
	}
}

/* False: longer than a program may be. */
static bool make_side(struct side *side, const struct policy *policy)
{
	static struct sock_filter tail[PROGRAM_MAX];

	side->policy = policy;
	read_side(&side->native, policy);
	side->input = (struct trial_input){.rules = side->native.rules,
	                                   .nrules = policy->nrules,
	                                   .ceiling = POLICY_CEILING,
	                                   .above = policy->newer_enosys ? ENOSYS : 0};
	for (size_t i = 0; i < OTHER_ABIS && policy->other[i]; i++) {
		MUST(policy->other[i]->nrules <= POLICY_ROOM && policy->other[i]->nvalues <= POLICY_VALUES_MAX);
		read_side(&side->other[i], policy->other[i]);
		side->input.other_denied = true;
		side->input.other[i == OTHER_COMPAT ? TRIAL_COMPAT : TRIAL_X32] =
		    (struct trial_other){.rules = side->other[i].rules, .nrules = policy->other[i]->nrules};
	}
	if (assemble(policy, in_tail, tail, make_tail(policy, tail), &side->program))
		return true;
	MUST(13 * policy->nrules + 4 * policy->nvalues > PROGRAM_MAX / 2 || policy->other[0]);
	return false;
}

/* With other-abis = deny, if there is room for them: what the text means on the other ABIs. */
static void read_others(const char *text, size_t size, struct policy *policy, struct policy *observed)
{
	static struct policy other[OTHER_ABIS], observed_other[OTHER_ABIS];
	static struct findings told;

	if (!policy->other_abis_deny)
		return;
	memset(&told, 0, sizeof told);
	MUST(policy_parse(text, size, &i386_table, &other[OTHER_COMPAT], &observed_other[OTHER_COMPAT], &told) ||
	     other[OTHER_COMPAT].nrules + observed_other[OTHER_COMPAT].nrules == 0);
	if (!abis_make_compat(policy, &table, &i386_table, &other[OTHER_COMPAT]) ||
	    !abis_make_x32(policy, x32_number, &other[OTHER_X32]) ||
	    !abis_make_compat(observed, &table, &i386_table, &observed_other[OTHER_COMPAT]) ||
	    !abis_make_x32(observed, x32_number, &observed_other[OTHER_X32]))
		return;
	for (size_t i = 0; i < OTHER_ABIS; i++) {
		policy->other[i] = &other[i];
		observed->other[i] = &observed_other[i];
	}
}

/* What the judge reads is what the program does, and for its own rules what policy_rule() finds. */
static void check_program(const struct trial_input *input, const struct program *program)
{
	static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};
	static struct meaning meaning;
	static struct walk walk;
	struct expectation expectation;

	MUST(meaning_read(&meaning, input));
	MUST(agreement_other(&meaning) < 0);
	MUST(bpf_check(program->filter, program->length) == EVAL_OK);
	expectation = meaning_expectation(&meaning);
	memset(&walk, 0, sizeof walk);
	for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
		bpf_walk(program->filter, program->length, archs[i], &expectation, &walk);
	MUST(walk.mismatches == 0);
	/* Many conditions joined by `and` on one call are too many ways: refused, which is no lie. */
	MUST(walk.error == EVAL_OK || walk.error == EVAL_TOO_COMPLEX);
}

/* One that meets it mostly. */
static uint64_t example(const struct condition *condition, uint64_t value)
{
	switch (condition->test) {
	case TEST_NOT_IN:
	case TEST_GREATER: return value + 1;
	case TEST_LESS: return value - 1;
	case TEST_ANY_BIT: return value & (0u - value);
	default: return value;
	}
}

/* With each rule's own arguments: whichever rule answers them, it is that which the program answers by. */
static void check_deciding_rules(const struct side *side)
{
	for (size_t i = 0; i < side->policy->nrules; i++) {
		const struct rule *own = &side->policy->rules[i], *deciding;
		struct seccomp_data data = {.nr = (int)own->nr, .arch = AUDIT_ARCH_X86_64};
		uint64_t args[6];

		for (size_t k = 0; k < own->nconditions; k++) {
			const struct condition *condition = &own->conditions[k];

			data.args[condition->arg] = example(condition, side->policy->values[condition->first]);
		}
		memcpy(args, data.args, sizeof args);
		deciding = policy_rule(side->policy, own->nr, args);
		MUST(own->nconditions > 1 || deciding || own->conditions[0].test == TEST_NOT_IN);
		MUST(!deciding || deciding->nr == own->nr);
		MUST(bpf_eval(side->program.filter, side->program.length, &data, NULL).action ==
		     (deciding ? answer_of(deciding) : SECCOMP_RET_ALLOW));
	}
}

/* What is written of a rule's conditions is read as the same conditions. */
static void check_wording(const struct policy *policy)
{
	static struct policy read, nothing;
	static struct findings findings;
	char conditions[WORDING_MAX], text[WORDING_MAX + 100];

	for (size_t i = 0; i < policy->nrules && i < 40; i++) {
		const struct rule *rule = &policy->rules[i];
		int length;

		if (rule->nconditions == 0)
			continue;
		if (i % 2)
			wording_conditions(policy, rule, conditions, sizeof conditions);
		else
			wording_numbers(policy, rule, conditions, sizeof conditions);
		if (rule->name[0])
			length = snprintf(text, sizeof text, "[deny]\n%s = 1 if %s\n", rule->name, conditions);
		else
			length = snprintf(text, sizeof text, "[deny]\n%u = 1 if %s\n", rule->nr, conditions);
		MUST(length > 0 && (size_t)length < sizeof text);
		if ((size_t)length > POLICY_LINE_MAX)
			continue;
		memset(&findings, 0, sizeof findings);
		MUST(policy_parse(text, (size_t)length, &table, &read, &nothing, &findings));
		MUST(read.nrules == 1 && read.rules[0].nconditions == rule->nconditions);
		for (size_t k = 0; k < rule->nconditions; k++) {
			const struct condition *a = &rule->conditions[k], *b = &read.rules[0].conditions[k];

			MUST(a->arg == b->arg && a->upper == b->upper && a->wide == b->wide && a->test == b->test);
			MUST(a->count == b->count && memcmp(conditions_values(policy, a), conditions_values(&read, b),
			                                    a->count * sizeof(uint64_t)) == 0);
		}
	}
}

#define MAGIC UINT64_C(0x5d0e9c3f21b784a1)

/* Under --observe (nothing is enforced) or not; denials told or not; the kernel's log or a listener. */
static void check_joined(const struct side *denied, const struct side *observed, size_t how)
{
	static const uint32_t actions[] = {SECCOMP_RET_USER_NOTIF, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW};
	static struct program joined;
	struct trial_input input = denied->input;
	const struct leaves leaves = {.magic = how % 2 ? MAGIC : 0,
	                              .observed_action = actions[how / 2 % 3],
	                              .other_abis = denied->input.other_denied};
	const bool observes = observed->policy->nrules > 0;

	input.magic = leaves.magic;
	input.observed = observes ? &observed->input : NULL;
	input.observed_action = leaves.observed_action;
	input.enforces_nothing = how / 6 % 2;
	if (leaves_join(input.enforces_nothing ? NULL : &denied->program, observes ? &observed->program : NULL, &leaves,
	                &joined))
		check_program(&input, &joined);
	else /* there is no other reason; an ending for each errno at most */
		MUST(7 * denied->program.length + observed->program.length > PROGRAM_MAX);
}

/* ---- a run ---- */

static void check_line(const char *line, size_t length)
{
	MUST(length > 0 && line[length - 1] == '\n');
	for (size_t i = 0; i + 1 < length; i++)
		MUST((line[i] >= ' ' && line[i] <= '~') || line[i] == '\n');
}

static size_t proposed;

static void put(const char *line, size_t length)
{
	MUST(length > 0 && line[length - 1] == '\n');
	proposed += length;
}

/* Some of the rules are hit, by calls of programs that nobody would name so. */
static void check_run(const char *text, size_t size, const struct policy *policy, size_t how)
{
	static struct denials denials;
	static struct findings scratch;
	char line[DENIALS_LINE];
	size_t length, at = 0;

	memset(&denials, 0, sizeof denials);
	memset(&scratch, 0, sizeof scratch);
	denials.path = "x.ini";
	denials.json = how % 2;
	for (size_t i = how % 3; i < policy->nrules; i += 1 + how % 5) {
		struct denial denial = {.kind = DENIAL_OBSERVED,
		                        .rule = &policy->rules[i],
		                        .setting = "newer-syscalls",
		                        .abi = "x86_64",
		                        .nr = policy->rules[i].nr,
		                        .errnum = policy->rules[i].errnum};

		memcpy(denial.comm, text, size < sizeof denial.comm - 1 ? size : sizeof denial.comm - 1);
		denials_note(&denials, &denial);
	}
	for (int64_t now = 0; denials_wait(&denials, now) >= 0; now += denials_wait(&denials, now))
		while ((length = denials_line(&denials, now, 0, line)) > 0)
			check_line(line, length);
	while ((length = denials_total(&denials, &at, line)) > 0)
		check_line(line, length);
	proposed = 0;
	promote(text, size, policy, &denials, &scratch, put);
	MUST(proposed <= 2 * size + 200 * (policy->nrules + 4));
}

static void check_rules(const struct policy *policy)
{
	MUST(policy->nrules <= POLICY_RULES_MAX && policy->nallows <= POLICY_RULES_MAX);
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		MUST(memchr(r->name, 0, sizeof r->name) && memchr(r->group, 0, sizeof r->group));
		MUST(r->line > 0 && r->nconditions <= POLICY_CONDITIONS_MAX);
		MUST(r->action == ACTION_KILL || (r->errnum >= 1 && r->errnum <= 4095));
		for (size_t k = 0; k < r->nconditions; k++) {
			const struct condition *c = &r->conditions[k];

			MUST(c->arg <= 5 && c->upper == c->arg);
			MUST(c->count > 0 && c->first + (size_t)c->count <= policy->nvalues);
			for (size_t v = 0; v < c->count; v++)
				MUST(c->wide || policy->values[c->first + v] <= UINT32_MAX);
		}
		MUST(r->name[0] ? numbers_of(ABI_NATIVE, r->name) == (int64_t)r->nr ||
		                      names_newer_number(r->name) == (int)r->nr
		                : r->nr >= POLICY_NUMBER_MIN && r->nr <= POLICY_NUMBER_MAX);
		MUST(i == 0 || policy->rules[i - 1].nr <= r->nr);
		/* Which call is vital is said of the whole call. */
		MUST(r->nconditions > 0 || !r->name[0] || !names_vital(r->name));
	}
}

static void check_findings(const struct findings *findings)
{
	MUST(findings->count <= FINDINGS_MAX);
	MUST(findings->count + findings->dropped == findings->errors + findings->warnings);
	for (size_t i = 0; i < findings->count; i++) {
		const char *text = findings->item[i].text;
		size_t length = strnlen(text, FINDING_TEXT);

		MUST(length > 0 && length < FINDING_TEXT && text[length - 1] != '.');
		for (size_t k = 0; k < length; k++)
			MUST(text[k] >= ' ' && text[k] <= '~');
		MUST(i == 0 || findings->item[i - 1].line <= findings->item[i].line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy policy, observed;
	static struct side denied, watched;
	static struct findings findings;
	static FILE *nowhere;
	char unmentioned[400];
	bool sound;

	if (!nowhere) {
		nowhere = fopen("/dev/null", "w");
		MUST(nowhere != NULL);
		read_names();
	}
	memset(&policy, 0xa5, sizeof policy);
	memset(&observed, 0xa5, sizeof observed);
	memset(&findings, 0, sizeof findings);
	sound = policy_parse((const char *)data, size, &table, &policy, &observed, &findings);
	findings_sort(&findings);
	check_findings(&findings);
	MUST(sound == (findings.errors == 0));
	MUST(!sound || policy.supervise || (observed.nrules == 0 && !policy.report_denials) || policy.stays_exec);
	print_findings(nowhere, &findings, "x.ini");
	print_findings_json(nowhere, &findings, "x.ini");
	if (!sound)
		return 0;
	lint(&policy, &observed, &table, &findings);
	lint_mounts(&policy, &observed, &findings);
	findings_sort(&findings);
	check_findings(&findings);
	MUST(findings.errors == 0);
	print_findings_json(nowhere, &findings, "x.ini");
	check_rules(&policy);
	check_rules(&observed);
	MUST(policy_unmentioned(&policy, &observed, &table, unmentioned, sizeof unmentioned) <= 12);
	print_policy(nowhere, &policy, "x.ini");
	print_observed(nowhere, &policy, &observed, "x.ini");
	check_wording(&policy);
	check_wording(&observed);
	read_others((const char *)data, size, &policy, &observed);
	print_others(nowhere, &policy, "x.ini");
	if (make_side(&denied, &policy) && make_side(&watched, &observed)) {
		check_program(&denied.input, &denied.program);
		check_deciding_rules(&denied);
		check_deciding_rules(&watched);
		check_joined(&denied, &watched, size);
	}
	check_run((const char *)data, size, policy.nrules > 0 ? &policy : &observed, size);
	return 0;
}
