/* SPDX-License-Identifier: MIT */
#include "selftest/plan.h"

#include <string.h>

/* Asking for a scheduling class's lowest priority, and the like: no effect with any arguments, and hardly any caller. */
static const char controls[][24] = {"sched_rr_get_interval", "sched_get_priority_min", "sched_get_priority_max",
                                    "getpriority"};

bool plan_control(size_t i, struct probe *control)
{
	if (i >= sizeof controls / sizeof *controls)
		return false;
	*control = (struct probe){.abi = ABI_NATIVE, .nr = (uint32_t)numbers_of(ABI_NATIVE, controls[i])};
	control->args[CANARY_ARGUMENT] = CANARY_MAGIC;
	return true;
}

uint32_t plan_expected(const struct meaning *meaning, const struct probe *probe)
{
	struct seccomp_data data = {.nr = (int)probe->nr, .arch = numbers_abi_arch(probe->abi)};

	for (size_t i = 0; i < sizeof data.args / sizeof *data.args; i++)
		data.args[i] = (unsigned long)probe->args[i]; /* as wide as registers are */
	return meaning_action(meaning, &data);
}

static size_t add_probe(struct plan *plan, enum abi abi, uint32_t nr)
{
	struct probe *probe = &plan->probes[plan->nprobes];

	*probe = (struct probe){.abi = abi, .nr = nr};
	probe->args[CANARY_ARGUMENT] = plan->magic;
	return plan->nprobes++;
}

static void add_to_canary(struct canary_numbers *numbers, enum abi abi, uint32_t nr)
{
	if (abi == ABI_COMPAT)
		numbers->compat[numbers->compats++] = nr;
	else
		numbers->native[numbers->natives++] = nr;
}

#define JUNK UINT64_C(0xa5a5a5a500000000)

/* A bit for each half of an argument that the rule asks for. */
static unsigned halves_of(const struct trial_rule *rule)
{
	unsigned halves = 0;

	for (size_t i = 0; i < rule->nconditions; i++) {
		const struct trial_condition *c = &rule->conditions[i];

		halves |= 1u << (2 * c->arg);
		if (c->wide)
			halves |= c->upper == c->arg ? 2u << (2 * c->arg) : 1u << (2 * c->upper);
	}
	return halves;
}

/*
 * For each conditional rule of the call arguments with which it decides, and once such that none does, as far as there
 * are any. Where only the lower half of one counts, there is junk above it: it must not matter.
 */
static void add_probes_of_rules(struct plan *plan, struct subject *subject, const struct meaning *meaning, size_t first,
                                size_t count)
{
	const struct rule_order *rules = &meaning->enforced;
	unsigned halves = 0;

	for (size_t i = first; i < first + count; i++)
		halves |= halves_of(&meaning->input->rules[rules->order[i]]);
	if (halves >> (2 * CANARY_ARGUMENT))
		return; /* its place is taken by the magic */
	for (size_t i = first; i <= first + count; i++) {
		struct seccomp_data data = {.nr = (int)subject->call.nr};
		uint64_t *args;

		if (i < first + count && meaning->input->rules[rules->order[i]].nconditions == 0)
			continue;
		(void)meaning_example(rules, first, count, i, &data); /* or all 0, whatever comes of them */
		args = plan->probes[add_probe(plan, ABI_NATIVE, subject->call.nr)].args;
		for (size_t arg = 0; arg < CANARY_ARGUMENT; arg++)
			args[arg] = data.args[arg] | ((halves >> (2 * arg) & 3) == 1 ? JUNK : 0);
		subject->count++;
	}
}

static struct subject *add_subject(struct plan *plan, const char *name, uint32_t nr)
{
	struct subject *subject = &plan->subjects[plan->nsubjects++];

	memset(subject, 0, sizeof *subject);
	subject->call.name = name;
	subject->call.nr = nr;
	subject->first = plan->nprobes;
	add_to_canary(&plan->numbers, ABI_NATIVE, nr);
	return subject;
}

/* What the first of a number's observed rules says; NULL: there is none. */
static const struct trial_rule *observed_rule(const struct meaning *meaning, uint32_t nr)
{
	const struct rule_order *rules = &meaning->observed;
	size_t first;

	if (!rules->input || meaning_rules_of(rules, nr, &first) == 0)
		return NULL;
	return &rules->input->rules[rules->order[first]];
}

/* A call with its rules, of which the first one speaks for it in the report. */
static void add_ruled(struct plan *plan, const char *name, uint32_t nr, bool mount, const struct meaning *meaning,
                      size_t first, size_t count)
{
	struct subject *subject = add_subject(plan, name, nr);
	const struct trial_rule *rule = &meaning->input->rules[meaning->enforced.order[first]];

	subject->call.mount = mount;
	subject->call.conditional = true;
	for (size_t i = first; i < first + count; i++)
		if (meaning->input->rules[meaning->enforced.order[i]].nconditions == 0)
			subject->call.conditional = false;
	subject->observed = subject->call.conditional && observed_rule(meaning, nr); /* what its conditions leave */
	subject->call.kills = rule->action == TRIAL_KILL;
	subject->call.errnum = rule->action == TRIAL_KILL ? 0 : rule->errnum;
	subject->call.line = rule->line;
	add_probes_of_rules(plan, subject, meaning, first, count);
}

static void mark_observed(struct subject *subject, const struct trial_rule *rule)
{
	subject->observed = true;
	subject->demanded = false;
	subject->call.line = rule->line;
	subject->call.kills = rule->action == TRIAL_KILL;
	subject->call.errnum = rule->action == TRIAL_KILL ? 0 : rule->errnum;
}

/* A mount call that must be denied, unless its caller says otherwise. */
static struct subject *add_mount_call(struct plan *plan, const char *name, uint32_t nr)
{
	struct subject *subject = add_subject(plan, name, nr);

	subject->call.mount = true;
	subject->demanded = true;
	add_probe(plan, ABI_NATIVE, nr);
	subject->count = 1;
	return subject;
}

static void add_unruled_mount(struct plan *plan, const char *name, uint32_t nr, const struct meaning *meaning)
{
	const struct trial_input *input = meaning->input;
	const struct trial_rule *rule = observed_rule(meaning, nr);
	struct subject *subject = add_mount_call(plan, name, nr);

	for (size_t i = 0; i < input->nallows; i++) {
		if (strcmp(input->allows[i].name, name) == 0) {
			subject->demanded = false;
			subject->call.line = input->allows[i].line;
		}
	}
	if (rule)
		mark_observed(subject, rule);
}

static bool is_native_mount(uint32_t nr)
{
	for (size_t row = 0; row < MOUNT_API_ROWS; row++)
		if (mount_api_number(ABI_NATIVE, row) == (int64_t)nr)
			return true;
	return false;
}

static const struct {
	enum abi abi;
	enum trial_abi trial;
} other_abis[TRIAL_ABIS] = {{ABI_COMPAT, TRIAL_COMPAT}, {ABI_X32, TRIAL_X32}};

/* What the policy has to say of a mount call through an ABI that has rules. */
static void read_foreign(struct foreign_subject *subject, const struct meaning *meaning, enum trial_abi abi,
                         uint32_t nr)
{
	const struct rule_order *rules = &meaning->enforced_other[abi];
	const struct trial_other *other = &meaning->input->other[abi];
	size_t first, count = meaning_rules_of(rules, nr, &first);

	for (size_t i = first + count; i-- > first;) {
		const struct trial_rule *rule = &rules->rules[rules->order[i]];

		subject->ruled = subject->ruled || rule->nconditions == 0;
		subject->entry.line = rule->line;
		subject->entry.errnum = rule->action == TRIAL_KILL ? 0 : rule->errnum;
	}
	subject->demanded = count == 0;
	for (size_t i = 0; i < other->nallows && count == 0; i++) {
		if (strcmp(other->allows[i].name, subject->entry.call) == 0) {
			subject->demanded = false;
			subject->entry.line = other->allows[i].line;
		}
	}
	rules = &meaning->observed_other[abi];
	if (!subject->ruled && meaning_rules_of(rules, nr, &first) > 0) {
		subject->demanded = false;
		subject->observed = true;
		subject->entry.line = rules->rules[rules->order[first]].line;
	}
}

/* One mount call through another ABI, and its probe; NULL: the ABI has no such call. */
static struct foreign_subject *add_foreign_call(struct plan *plan, enum abi abi, size_t row)
{
	int64_t nr = mount_api_number(abi, row);
	struct foreign_subject *subject;

	if (nr < 0)
		return NULL;
	add_to_canary(&plan->numbers, abi, (uint32_t)nr); /* in any case: a process within may ask */
	subject = &plan->foreign[plan->nforeign++];
	*subject = (struct foreign_subject){.entry = {.abi = numbers_abi_name(abi), .call = mount_api[row].name}};
	subject->probe = add_probe(plan, abi, (uint32_t)nr);
	if (MACHINE_CALLABLE < ABI_COUNT && abi >= MACHINE_CALLABLE) {
		plan->nprobes--;
		subject->probe = plan->probes_max - plan->nforeign;
		plan->probes[subject->probe] = plan->probes[plan->nprobes];
	}
	return subject;
}

/*
 * The mount API through the other ways into the kernel. Where those are to kill, of each ABI one call: each costs a
 * child, and on the host a line in the audit log (a kill is logged whatever SECCOMP_FILTER_FLAG_LOG says): so the others
 * are left to the evaluation, which has every number of every ABI. Where they get an errno, all.
 */
static void add_foreign(struct plan *plan, const struct meaning *meaning)
{
	const struct trial_input *input = meaning->input;

	for (size_t i = 0; i + 1 < ABI_COUNT; i++) {
		size_t killed = 0;

		for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
			struct foreign_subject *subject = add_foreign_call(plan, other_abis[i].abi, row);
			const struct probe *probe;

			if (!subject)
				continue;
			probe = &plan->probes[subject->probe];
			if (input->other_denied)
				read_foreign(subject, meaning, other_abis[i].trial, probe->nr);
			if (input->enforces_nothing ||
			    (plan_expected(meaning, probe) == SECCOMP_RET_KILL_PROCESS && killed++ > 0)) {
				plan->nprobes -= !plan_cannot_call(plan, subject); /* the last one of each */
				plan->nforeign--;
			}
		}
	}
}

static bool gives(const struct trial_rule *rules, size_t count, uint16_t errnum)
{
	for (size_t i = 0; i < count; i++)
		if (rules[i].errnum == errnum)
			return true;
	return false;
}

static bool choose_marker(const struct trial_input *input, uint16_t *marker)
{
	for (size_t i = 0; i < CANARY_MARKERS; i++) {
		bool taken = input->above == canary_markers[i] || gives(input->rules, input->nrules, canary_markers[i]);

		for (size_t abi = 0; abi < TRIAL_ABIS && input->other_denied; abi++)
			taken = taken || gives(input->other[abi].rules, input->other[abi].nrules, canary_markers[i]);
		if (!taken) {
			*marker = canary_markers[i];
			return true;
		}
	}
	return false;
}

static bool choose_control(const struct meaning *meaning, struct probe *control)
{
	size_t first;

	for (size_t i = 0; plan_control(i, control); i++)
		if (meaning_rules_of(&meaning->enforced, control->nr, &first) == 0 &&
		    !observed_rule(meaning, control->nr) && plan_expected(meaning, control) == SECCOMP_RET_ALLOW)
			return true;
	return false;
}

/* rules: how many can be probed; subjects: the calls that can be reported besides the mount API's and newer-syscalls. */
static void lay_out(struct plan *plan, size_t rules, size_t subjects)
{
	char *at = plan->room;

	subjects += MOUNT_API_NATIVE + 2;
	plan->probes_max = 2 * rules + MOUNT_API_NATIVE + PLAN_FOREIGN_MAX + 2;
	plan->probes = (struct probe *)(void *)at;
	at += plan->probes_max * sizeof *plan->probes;
	plan->subjects = (struct subject *)(void *)at;
	at += (subjects < REPORT_CALLS_MAX ? subjects : REPORT_CALLS_MAX) * sizeof *plan->subjects;
	plan->foreign = (struct foreign_subject *)(void *)at;
	at += PLAN_FOREIGN_MAX * sizeof *plan->foreign;
	plan->first = (struct observed *)(void *)at;
	plan->second = plan->first + plan->probes_max;
}

static void start(struct plan *plan, const struct probe *control, uint16_t marker, uint64_t magic)
{
	plan->magic = magic;
	plan->nsubjects = plan->nforeign = 0;
	plan->numbers.compats = 0;
	plan->marker = marker;
	plan->probes[PLAN_CONTROL] = *control;
	plan->probes[PLAN_CONTROL].args[CANARY_ARGUMENT] = magic;
	plan->nprobes = 1;
	plan->numbers.native[0] = control->nr;
	plan->numbers.natives = 1;
	plan->numbers.secret = magic != CANARY_MAGIC;
}

static void add_mount_api(struct plan *plan, const struct meaning *meaning)
{
	for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
		int64_t nr = mount_api_number(ABI_NATIVE, row);
		size_t first = 0, count;

		if (nr < 0)
			continue;
		count = meaning_rules_of(&meaning->enforced, (uint32_t)nr, &first);
		if (count > 0)
			add_ruled(plan, mount_api[row].name, (uint32_t)nr, true, meaning, first, count);
		else
			add_unruled_mount(plan, mount_api[row].name, (uint32_t)nr, meaning);
	}
}

/* One number above the ceiling stands for all of them: the evaluation has the rest. */
static void add_newer(struct plan *plan, const struct meaning *meaning)
{
	uint32_t nr = meaning->input->ceiling + 1;
	struct subject *subject;
	size_t first;

	while (meaning_rules_of(&meaning->enforced, nr, &first) > 0)
		nr++;
	subject = add_subject(plan, "newer-syscalls", nr);
	subject->call.errnum = meaning->input->above;
	subject->count = 1;
	add_probe(plan, ABI_NATIVE, nr);
}

/* What is only observed cannot be probed: the body would run. The evaluation has it. */
static void add_observed(struct plan *plan, const struct meaning *meaning)
{
	const struct rule_order *rules = &meaning->observed;

	for (size_t i = 0; rules->input && i < rules->count;) {
		const struct trial_rule *rule = &rules->input->rules[rules->order[i]];
		struct subject *subject;
		size_t first;

		i += meaning_rules_of(rules, rule->nr, &first);
		if (is_native_mount(rule->nr) || meaning_rules_of(&meaning->enforced, rule->nr, &first) > 0)
			continue; /* has been added */
		if (rule->nr > meaning->input->ceiling && meaning->input->above && !meaning->input->enforces_nothing)
			continue; /* denied by that */
		if (plan->nsubjects + 1 >= REPORT_CALLS_MAX)
			return; /* only the list in the report ends here */
		subject = &plan->subjects[plan->nsubjects++];
		memset(subject, 0, sizeof *subject);
		subject->call.name = rule->name;
		subject->call.nr = rule->nr;
		mark_observed(subject, rule);
	}
}

enum plan_error plan_trial(struct plan *plan, const struct meaning *meaning)
{
	const struct trial_input *input = meaning->input;
	struct probe control;
	uint16_t marker;

	if (!choose_marker(input, &marker))
		return PLAN_NO_MARKER;
	if (!choose_control(meaning, &control))
		return PLAN_NO_CONTROL;
	lay_out(plan, input->nrules, input->nrules + (input->observed ? input->observed->nrules : 0));
	start(plan, &control, marker, input->magic ? input->magic : CANARY_MAGIC);
	add_mount_api(plan, meaning);
	for (size_t i = 0; i < meaning->enforced.count;) {
		const struct trial_rule *rule = &input->rules[meaning->enforced.order[i]];
		size_t first;
		size_t count = meaning_rules_of(&meaning->enforced, rule->nr, &first);

		if (!is_native_mount(rule->nr))
			add_ruled(plan, rule->name, rule->nr, false, meaning, first, count);
		i += count;
	}
	if (input->above && !input->enforces_nothing)
		add_newer(plan, meaning);
	add_foreign(plan, meaning);
	add_observed(plan, meaning);
	return PLAN_OK;
}

void plan_mount_api(struct plan *plan, const struct probe *control, uint16_t marker)
{
	lay_out(plan, 0, 0);
	start(plan, control, marker, CANARY_MAGIC);
	for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
		int64_t nr = mount_api_number(ABI_NATIVE, row);

		if (nr >= 0)
			add_mount_call(plan, mount_api[row].name, (uint32_t)nr);
	}
	for (size_t i = 0; i < TRIAL_ABIS && other_abis[i].abi < ABI_COUNT;
	     i++) /* all: there is no program to evaluate */
		for (size_t row = 0; row < MOUNT_API_ROWS; row++)
			(void)add_foreign_call(plan, other_abis[i].abi, row);
}

size_t plan_calls(const struct plan *plan, const struct meaning *meaning, uint64_t cookie, size_t most,
                  struct probe probes[PLAN_PROBES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < plan->nsubjects && count < most; i++) {
		const struct subject *subject = &plan->subjects[i];

		if (subject->count == 0)
			continue;
		probes[count] = plan->probes[subject->first]; /* a rule's, with matching arguments */
		probes[count].args[CANARY_ARGUMENT] = cookie;
		if (plan_expected(meaning, &probes[count]) == SECCOMP_RET_USER_NOTIF &&
		    (!subject->observed || subject->call.conditional))
			count++;
	}
	return count;
}
