/* SPDX-License-Identifier: MIT */
#include "init/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/abis.h"
#include "init/arch.h"
#include "init/names.h"
#include "init/names_doors.h"
#include "init/words.h"

/*
 * libseccomp asks the running kernel what it can do, and refuses rules that it cannot: a policy would then compile or
 * not by where it is compiled. 5 has all that is used here; a kernel that lacks it says so itself, at load.
 */
#define API_LEVEL 5

#define LIBSECCOMP_MAX 60000u /* instructions; some room for what is not an entry's */

/*
 * libseccomp gives a call of another architecture a negative pseudo number, and also one that i386, s390x and ppc64le
 * have both as a part of socketcall or ipc and as a call of its own.
 */
static int number_on(uint32_t arch, const char *name)
{
	int nr = seccomp_syscall_resolve_name_arch(arch, name);

	if (nr >= 0)
		return nr;
	if (nr == __NR_SCMP_ERROR)
		return names_newer_number(name) >= 0 ? names_newer_number(name) : CALL_UNKNOWN;
	nr = abis_direct(name);
	return nr >= 0 ? nr : CALL_ABSENT;
}

static int number(const char *name)
{
	return number_on(SCMP_ARCH_NATIVE, name);
}

static int compat_number(const char *name)
{
	return number_on(ARCH_COMPAT_SCMP, name);
}

int filter_x32_number(const char *name)
{
	int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X32, name);

	if (nr >= 0)
		return nr;
	nr = names_newer_number(name);
	return nr >= 0 ? nr | (int)ABIS_X32_BIT : CALL_ABSENT;
}

static const char *name_on(uint32_t arch, uint32_t nr)
{
	static char name[POLICY_NAME_MAX];
	char *found = seccomp_syscall_resolve_num_arch(arch, (int)nr);

	if (!found)
		return names_newer_name(nr);
	snprintf(name, sizeof name, "%s", found);
	free(found);
	return name;
}

static const char *name_of(uint32_t nr)
{
	return name_on(SCMP_ARCH_NATIVE, nr);
}

static const char *compat_name_of(uint32_t nr)
{
	return name_on(ARCH_COMPAT_SCMP, nr);
}

/* It is libseccomp's to deny. */
static bool ask_known(uint32_t nr)
{
	char *found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);
	bool carried = false;
	const char *calls;

	/* With such a number libseccomp adds a rule on socketcall or ipc, which compares 64 bits where the kernel has 32. */
	for (size_t i = 0; ARCH_COMPLETES && found && names_multiplexer_at(i, &calls); i++)
		carried |= words_place(calls, found) >= 0;
	free(found);
	return found != NULL && !carried;
}

/* Asked twice about each rule. */
enum { UNASKED, KNOWN, UNKNOWN };
static unsigned char answers[POLICY_CEILING + 1];

static bool known(uint32_t nr)
{
	if (nr >= sizeof answers)
		return ask_known(nr);
	if (answers[nr] == UNASKED)
		answers[nr] = ask_known(nr) ? KNOWN : UNKNOWN;
	return answers[nr] == KNOWN;
}

/* Places for the nearest name: every number of the ABIs that this build has tables of, then the newer calls. */
#define NUMBERS_TRIED 512u

static bool at(size_t i, char name[POLICY_NAME_MAX])
{
	static const uint32_t archs[] = {SCMP_ARCH_NATIVE, ARCH_COMPAT_SCMP};
	const char *newer;

	name[0] = '\0';
	if (i < 2 * NUMBERS_TRIED) {
		char *found = seccomp_syscall_resolve_num_arch(archs[i / NUMBERS_TRIED], (int)(i % NUMBERS_TRIED));

		if (found)
			snprintf(name, POLICY_NAME_MAX, "%s", found);
		free(found);
		return true;
	}
	newer = names_newer_at(i - 2 * NUMBERS_TRIED);
	if (newer)
		snprintf(name, POLICY_NAME_MAX, "%s", newer);
	return newer != NULL;
}

const struct call_table filter_calls = {.number = number, .name = name_of, .at = at};
const struct call_table filter_compat_calls = {.number = compat_number, .name = compat_name_of, .at = at};

const char *filter_library_version(char *text, size_t size)
{
	const struct scmp_version *version = seccomp_version();

	snprintf(text, size, "%u.%u.%u", version->major, version->minor, version->micro);
	return text;
}

/* From the last one on: libseccomp looks for a call's place from the lowest number. */
static int add_rules(scmp_filter_ctx context, const struct policy *policy, size_t *rule)
{
	for (*rule = policy->nrules; (*rule)-- > 0;) {
		const struct rule *r = &policy->rules[*rule];
		uint32_t action = r->action == ACTION_KILL ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(r->errnum);
		int error;

		if (assemble_owns(r, known))
			continue;
		error = seccomp_rule_add_exact(context, action, (int)r->nr, 0);
		if (error)
			return -error;
	}
	return 0;
}

/*
 * Into filter[0 .. *length). seccomp_export_bpf_mem() is told the program's own size: before libseccomp 2.6.1 it copies as
 * much as there is room for, also from behind the program.
 */
static int export_program(scmp_filter_ctx context, struct sock_filter filter[PROGRAM_MAX], size_t *length)
{
	size_t size = 0;
	int error = -seccomp_export_bpf_mem(context, NULL, &size);

	if (error)
		return error;
	if (size == 0 || size % sizeof *filter != 0)
		return EIO;
	if (size > PROGRAM_MAX * sizeof *filter)
		return E2BIG;
	*length = size / sizeof *filter;
	return -seccomp_export_bpf_mem(context, filter, &size);
}

static int set_up(scmp_filter_ctx context)
{
	int error = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!error) /* the kernel's own errno of a failed write, not ECANCELED for each */
		error = seccomp_attr_set(context, SCMP_FLTATR_API_SYSRAWRC, 1);
	return -error;
}

/*
 * As a tree. When the kernel loads a filter it goes through it once for each number that there is (seccomp_cache_prepare()
 * of kernel/seccomp.c), as the judge does: so a long list costs each twice.
 */
#define OPTIMIZE 2

enum filter_step filter_compile(const struct policy *policy, struct program *program, size_t *rule, int *error)
{
	static _Alignas(2048) struct sock_filter tail[PROGRAM_MAX];
	enum filter_step step = FILTER_OK;
	scmp_filter_ctx context;
	size_t length = 0;

	answers[0] = UNASKED; /* written before it is read: else its page would be faulted in twice */
	*error = -seccomp_api_set(API_LEVEL);
	if (*error)
		return FILTER_INIT;
	context = seccomp_init(SCMP_ACT_ALLOW);
	if (!context) {
		*error = ENOMEM;
		return FILTER_INIT;
	}
	*error = set_up(context);
	if (*error)
		step = FILTER_INIT;
	if (step == FILTER_OK && (*error = -seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE)) != 0)
		step = FILTER_INIT;
	if (step == FILTER_OK && (*error = add_rules(context, policy, rule)) != 0)
		step = FILTER_RULE;
	if (step == FILTER_OK && (*error = export_program(context, tail, &length)) != 0)
		step = *error == E2BIG ? FILTER_TOO_LONG : FILTER_EXPORT;
	seccomp_release(context);
	if (step != FILTER_OK)
		return step;
	if (!assemble(policy, known, tail, length, program)) {
		*error = E2BIG;
		return FILTER_TOO_LONG;
	}
	return FILTER_OK;
}

static uint32_t runtime_action(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW: return SCMP_ACT_ALLOW;
	case SECCOMP_RET_ERRNO: return SCMP_ACT_ERRNO(action & SECCOMP_RET_DATA);
	default: return SCMP_ACT_KILL_PROCESS;
	}
}

static int add_entry(scmp_filter_ctx context, const struct oci_entry *entry)
{
	struct scmp_arg_cmp args[CUBE_ARGS];
	unsigned count = 0;

	for (unsigned i = 0; entry->conditional && i < CUBE_ARGS; i++)
		if (entry->cube.mask[i])
			args[count++] =
			    (struct scmp_arg_cmp){i, SCMP_CMP_MASKED_EQ, entry->cube.mask[i], entry->cube.value[i]};
	return -seccomp_rule_add_exact_array(context, runtime_action(entry->action), (int)entry->nr, count, args);
}

/*
 * libseccomp before 2.6.1 counts a filter's instructions in 16 bits, and corrupts its memory beyond (GHSA-46fr-jh49-xvhx,
 * GHSA-2hqh-5c36-grrm). This is what an entry comes to at most: for each half of an argument a load, the mask, the jump,
 * and two more where a jump is too long; the action and a jump to it. Most are shared: a program that the kernel takes
 * is far below.
 */
static size_t instructions_at_most(const struct oci *oci)
{
	size_t count = 0;

	for (size_t i = 0; i < oci->nentries; i++) {
		const struct oci_entry *entry = &oci->entries[i];

		count += 3;
		for (unsigned arg = 0; entry->conditional && arg < CUBE_ARGS; arg++)
			count += 5u * ((uint32_t)entry->cube.mask[arg] != 0) + 5u * (entry->cube.mask[arg] >> 32 != 0);
	}
	return count;
}

enum filter_step filter_compile_profile(const struct oci *oci, struct program *program, size_t *rule, int *error)
{
	enum filter_step step = FILTER_OK;
	scmp_filter_ctx context;

	if (instructions_at_most(oci) > LIBSECCOMP_MAX) {
		*error = E2BIG;
		return FILTER_TOO_LONG;
	}
	*error = -seccomp_api_set(API_LEVEL);
	if (*error)
		return FILTER_INIT;
	context = seccomp_init(runtime_action(oci->otherwise));
	if (!context) {
		*error = ENOMEM;
		return FILTER_INIT;
	}
	*error = set_up(context);
	if (*error)
		step = FILTER_INIT;
	for (*rule = 0; step == FILTER_OK && *rule < oci->nentries; (*rule)++) {
		if (oci->entries[*rule].action == oci->otherwise) /* refused by libseccomp, left out by runc */
			continue;
		*error = add_entry(context, &oci->entries[*rule]);
		if (*error) {
			step = FILTER_RULE;
			break;
		}
	}
	if (step == FILTER_OK && (*error = export_program(context, program->filter, &program->length)) != 0)
		step = *error == E2BIG ? FILTER_TOO_LONG : FILTER_EXPORT;
	seccomp_release(context);
	return step;
}
