/* SPDX-License-Identifier: MIT */
#include "init/abis.h"

#include <string.h>

#include "init/arch.h"
#include "init/calls.h"
#include "init/conditions.h"
#include "init/lint_doors.h"
#include "init/names.h"
#include "init/registers.h"
#include "init/rules.h"
#include "init/words.h"

const char *abis_name(enum other_abi abi)
{
	return abi == OTHER_COMPAT ? ARCH_COMPAT : "x32";
}

bool abis_of(uint32_t arch, uint32_t nr, enum other_abi *abi)
{
	*abi = arch == ARCH_COMPAT_AUDIT ? OTHER_COMPAT : OTHER_X32;
	return arch == ARCH_COMPAT_AUDIT || (ARCH_X32 && arch == ARCH_AUDIT && nr >= ABIS_X32_BIT && nr != UINT32_MAX);
}

/* ---- what i386 has otherwise: arch/x86/entry/syscalls/syscall_32.tbl of Linux 7.2 ---- */

/*
 * A call that both ABIs have and one that does the same and only i386 has, in turn. The latter is there once only. Of
 * the calls that only i386 has these are all but sigreturn, vm86, vm86old, the multiplexers, and those that the kernel
 * has no code for (sys_ni_syscall): a unit test holds that against the judge's numbers.
 */
static const char twins[] =
    "umount2 umount "
    /* 16-bit ids (kernel/uid16.c) and those of 32 bits, which alone C libraries use */
    "chown chown32 fchown fchown32 lchown lchown32 setuid setuid32 setgid setgid32 setreuid setreuid32 "
    "setregid setregid32 setresuid setresuid32 setresgid setresgid32 setgroups setgroups32 setfsuid setfsuid32 "
    "setfsgid setfsgid32 getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 "
    "getresgid getresgid32 getgroups getgroups32 "
    /* times of 64 bits */
    "clock_gettime clock_gettime64 clock_settime clock_settime64 clock_adjtime clock_adjtime64 "
    "clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 timer_gettime timer_gettime64 "
    "timer_settime timer_settime64 timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 "
    "utimensat utimensat_time64 pselect6 pselect6_time64 ppoll ppoll_time64 io_pgetevents io_pgetevents_time64 "
    "recvmmsg recvmmsg_time64 mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 "
    "semtimedop semtimedop_time64 rt_sigtimedwait rt_sigtimedwait_time64 futex futex_time64 "
    "sched_rr_get_interval sched_rr_get_interval_time64 "
    /* file offsets and sizes of 64 bits, and the structures of several ages */
    "truncate truncate64 ftruncate ftruncate64 lseek _llseek fcntl fcntl64 sendfile sendfile64 statfs statfs64 "
    "fstatfs fstatfs64 fadvise64 fadvise64_64 stat stat64 stat oldstat fstat fstat64 fstat oldfstat lstat lstat64 "
    "lstat oldlstat newfstatat fstatat64 uname olduname uname oldolduname getrlimit ugetrlimit getdents readdir "
    "mmap mmap2 select _newselect "
    /* what the kernel has under its old names */
    "wait4 waitpid rt_sigaction sigaction rt_sigaction signal rt_sigprocmask sigprocmask rt_sigprocmask ssetmask "
    "rt_sigprocmask sgetmask rt_sigpending sigpending rt_sigsuspend sigsuspend settimeofday stime "
    "setpriority nice "
#if !ARCH_X32
    /* what arm and powerpc have */
    "fadvise64 arm_fadvise64_64 sync_file_range arm_sync_file_range sync_file_range sync_file_range2 sendto send "
    "recvfrom recv "
#endif
    ;

bool abis_twin_at(size_t i, char call[POLICY_NAME_MAX], char twin[POLICY_NAME_MAX])
{
	const char *at = twins;

	do {
		if (!words_next(&at, call, POLICY_NAME_MAX) || !words_next(&at, twin, POLICY_NAME_MAX))
			return false;
	} while (i-- > 0);
	return true;
}

/* Numbers of calls for a part alone: i386's since Linux 4.3 and 5.1, those of s390x, and of ppc64le. */
#if ARCH_MULTIPLEXERS == 3
#define DIRECT(i386, s390x, ppc64le) ppc64le
#elif ARCH_MULTIPLEXERS == 2
#define DIRECT(i386, s390x, ppc64le) s390x
#else
#define DIRECT(i386, s390x, ppc64le) i386
#endif

/* Parts of socketcall(2) and ipc(2): include/uapi/linux/net.h, ipc.h. */
struct part {
	char call[12];
	uint8_t part;
	uint16_t direct; /* 0: none */
};

static const struct part socketcall_parts[] = {
    {"socket", 1, DIRECT(359, 359, 326)},      {"bind", 2, DIRECT(361, 361, 327)},
    {"connect", 3, DIRECT(362, 362, 328)},     {"listen", 4, DIRECT(363, 363, 329)},
    {"accept", 5, DIRECT(0, 0, 330)},          {"getsockname", 6, DIRECT(367, 367, 331)},
    {"getpeername", 7, DIRECT(368, 368, 332)}, {"socketpair", 8, DIRECT(360, 360, 333)},
    {"sendto", 9, DIRECT(369, 369, 335)},      {"recvfrom", 10, DIRECT(371, 371, 337)},
    {"sendto", 11, DIRECT(369, 369, 335)},     {"recvfrom", 12, DIRECT(371, 371, 337)},
    {"shutdown", 13, DIRECT(373, 373, 338)},   {"setsockopt", 14, DIRECT(366, 366, 339)},
    {"getsockopt", 15, DIRECT(365, 365, 340)}, {"sendmsg", 16, DIRECT(370, 370, 341)},
    {"recvmsg", 17, DIRECT(372, 372, 342)},    {"accept4", 18, DIRECT(364, 364, 344)},
    {"recvmmsg", 19, DIRECT(337, 357, 343)},   {"sendmmsg", 20, DIRECT(345, 358, 349)},
};

static const struct part ipc_parts[] = {
    {"semop", 1, 0},     {"semget", 2, 393},  {"semctl", 3, 394},  {"semtimedop", 4, DIRECT(0, 392, 392)},
    {"msgsnd", 11, 400}, {"msgrcv", 12, 401}, {"msgget", 13, 399}, {"msgctl", 14, 402},
    {"shmat", 21, 397},  {"shmdt", 22, 398},  {"shmget", 23, 395}, {"shmctl", 24, 396},
};

static const struct multiplexer {
	char name[12];
	uint8_t count;
	const struct part *parts;
	/* The kernel looks at so many bits of the part's number: compat_sys_ipc() (ipc/syscall.c) takes what is above them
	 * for a version, compat_sys_socketcall() (net/compat.c) has an int; so do the native ones. */
	uint32_t mask;
} multiplexers[] = {
    {"socketcall", sizeof(socketcall_parts) / sizeof(socketcall_parts[0]), socketcall_parts, UINT32_MAX},
    {"ipc", sizeof(ipc_parts) / sizeof(ipc_parts[0]), ipc_parts, 0xffff},
};

#define MULTIPLEXERS (sizeof(multiplexers) / sizeof(multiplexers[0]))

int abis_direct(const char *name)
{
	for (size_t m = 0; ARCH_MULTIPLEXERS && m < MULTIPLEXERS; m++)
		for (size_t i = 0; i < multiplexers[m].count; i++)
			if (strcmp(multiplexers[m].parts[i].call, name) == 0)
				return multiplexers[m].parts[i].direct > 0 ? multiplexers[m].parts[i].direct : -1;
	return -1;
}

bool abis_serves(const char *name, const char *call)
{
	char brother[POLICY_NAME_MAX], twin[POLICY_NAME_MAX];
	const char *at = twins;

	while (words_next(&at, brother, sizeof(brother)) && words_next(&at, twin, sizeof(twin)))
		if (strcmp(twin, name) == 0 && strcmp(brother, call) == 0)
			return true;
	for (size_t m = 0; m < MULTIPLEXERS; m++)
		for (size_t i = 0; i < multiplexers[m].count && strcmp(multiplexers[m].name, name) == 0; i++)
			if (strcmp(multiplexers[m].parts[i].call, call) == 0)
				return true;
	return strcmp(name, call) == 0;
}

const char *abis_carrier(const struct call_table *calls, const char *call, uint32_t *nr)
{
	for (size_t m = 0; ARCH_COMPLETES && m < MULTIPLEXERS; m++) {
		const int number = calls_number(calls, multiplexers[m].name);

		*nr = (uint32_t)number;
		if (number >= 0 && strcmp(call, multiplexers[m].name) != 0 && abis_serves(multiplexers[m].name, call))
			return multiplexers[m].name;
	}
	return NULL;
}

/* ---- rules ---- */

struct making {
	const struct policy *native;
	struct policy *to;
	struct findings *findings; /* of abis_complete() only */
	bool full;
};

static bool own(const char *group)
{
	return group[0] == '\0';
}

static void add_rule(struct making *making, const struct rule *rule)
{
	if (making->to->nrules < (making->to == making->native ? POLICY_RULES_MAX : POLICY_ROOM))
		making->to->rules[making->to->nrules++] = *rule;
	else
		making->full = true;
}

/*
 * A condition on a call that only the other ABI has: the text was read with native arguments in mind, in registers of 64
 * bits. False: what is there has 16 bits, and no comparison is safe from what is above.
 */
static bool settle(const struct rule *rule, struct condition *condition)
{
	struct argument argument;

	if (!names_argument_alone(rule->name, condition->arg, &argument))
		return true; /* nothing is known of its arguments */
	condition->arg = (uint8_t)argument.index;
	condition->upper = (uint8_t)argument.upper;
	return argument.width != WIDTH_16 || condition->test == TEST_ANY_BIT;
}

/*
 * The rule's conditions, of `from`, on another call's registers (registers_move); call "": on its own. False: it can match
 * nothing there, or there is no room.
 */
static bool translate(struct making *making, const struct policy *from, struct rule *rule, const char *call,
                      enum other_abi abi)
{
	const struct rule before = *rule;

	rule->nconditions = 0;
	for (size_t i = 0; i < before.nconditions; i++) {
		struct condition *condition = &rule->conditions[rule->nconditions];
		struct moved moved;
		enum becomes becomes;

		if (!registers_take(from, &before.conditions[i], &moved)) {
			making->full = true;
			return false;
		}
		if (call[0] == '\0' && !settle(&before, &moved.condition))
			continue;
		becomes = registers_move(&moved, call, abi);
		if (becomes == BECOMES_FALSE)
			return false;
		if (becomes == BECOMES_TRUE)
			continue;
		*condition = moved.condition;
		if (!conditions_add_values(making->to, moved.values, moved.count, condition)) {
			making->full = true;
			return false;
		}
		rule->nconditions++;
	}
	return true;
}

/* The native rules of one number: native->rules[first .. first + count). */
static size_t rules_of(const struct policy *native, int nr, size_t *first)
{
	size_t low = 0, high = native->nrules, count = 0;

	if (nr < 0)
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (native->rules[middle].nr < (uint32_t)nr)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (low + count < native->nrules && native->rules[low + count].nr == (uint32_t)nr)
		count++;
	return count;
}

/* All rules of one number, of `from`, to another call, up to the first that always matches: what comes then is never asked. */
static void add_all(struct making *making, const struct policy *from, size_t first, size_t count, const char *name,
                    uint32_t nr, enum other_abi abi)
{
	bool always = false;

	for (size_t i = first; i < first + count && !always; i++) {
		struct rule rule = from->rules[i];

		memset(rule.name, 0, sizeof(rule.name));
		memcpy(rule.name, name, strlen(name));
		rule.nr = nr;
		if (!translate(making, from, &rule, name, abi))
			continue;
		add_rule(making, &rule);
		always = rule.nconditions == 0;
	}
}

static void remove_rules(struct policy *policy, uint32_t nr)
{
	size_t kept = 0;

	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr != nr && kept++ != i)
			policy->rules[kept - 1] = policy->rules[i];
	policy->nrules = kept;
}

static void remove_allowances(struct policy *policy, uint32_t nr)
{
	size_t kept = 0;

	for (size_t i = 0; i < policy->nallows; i++)
		if (policy->allows[i].nr != nr && kept++ != i)
			policy->allows[kept - 1] = policy->allows[i];
	policy->nallows = kept;
}

/* What the text says of a call that only i386 has: the line, and whether it is the call's own. False: nothing. */
static bool word_on(const struct policy *compat, uint32_t nr, unsigned *line, bool *is_own)
{
	for (size_t i = 0; i < compat->nrules; i++) {
		if (compat->rules[i].nr == nr) {
			*line = compat->rules[i].line;
			*is_own = own(compat->rules[i].group);
			return true;
		}
	}
	for (size_t i = 0; i < compat->nallows; i++) {
		if (compat->allows[i].nr == nr) {
			*line = compat->allows[i].line;
			*is_own = own(compat->allows[i].group);
			return true;
		}
	}
	return false;
}

/* The twin's own line beats its brother's rules; groups give way to an own line, and to a group's later one. */
static bool gives_way(const struct policy *compat, uint32_t twin, const struct rule *brother)
{
	unsigned line;
	bool is_own;

	if (!word_on(compat, twin, &line, &is_own))
		return true;
	return !is_own && (own(brother->group) || line < brother->line);
}

/* The same of a policy whose rules are sorted in part only. */
static size_t rules_alone(const struct policy *policy, int nr, size_t *first)
{
	size_t count = 0;

	for (*first = 0; *first < policy->nrules && (nr < 0 || policy->rules[*first].nr != (uint32_t)nr);)
		(*first)++;
	while (*first + count < policy->nrules && policy->rules[*first + count].nr == (uint32_t)nr)
		count++;
	return count;
}

static void add_twins(struct making *making, const struct call_table *calls, const struct call_table *compat_calls)
{
	char call[POLICY_NAME_MAX], twin[POLICY_NAME_MAX];
	const char *at = twins;

	while (words_next(&at, call, sizeof(call)) && words_next(&at, twin, sizeof(twin))) {
		const struct policy *from = making->native;
		size_t first, count = rules_of(from, calls_number(calls, call), &first);
		int nr;

		if (ARCH_COMPAT_OLDER && calls_number(calls, call) < 0) {
			from = making->to;
			count = rules_alone(from, calls_number(compat_calls, call), &first);
		}
		nr = count > 0 ? calls_number(compat_calls, twin) : CALL_ABSENT;
		if (nr < 0 || !gives_way(making->to, (uint32_t)nr, &from->rules[first]))
			continue;
		remove_rules(making->to, (uint32_t)nr);
		remove_allowances(making->to, (uint32_t)nr);
		if (from == making->to) /* they may have moved */
			(void)rules_alone(from, calls_number(compat_calls, call), &first);
		add_all(making, from, first, count, twin, (uint32_t)nr, OTHER_COMPAT);
	}
}

/* The most severe of the rules on the part's call denies the whole part. */
static void add_part(struct making *making, const struct multiplexer *multiplexer, const struct part *part, uint32_t nr,
                     const struct rule *native)
{
	const uint64_t values[] = {multiplexer->mask, part->part};
	const bool masked = multiplexer->mask != UINT32_MAX;
	struct rule rule = *native;

	memset(rule.name, 0, sizeof(rule.name));
	memcpy(rule.name, multiplexer->name, strlen(multiplexer->name));
	rule.nr = nr;
	rule.nconditions = 1;
	rule.conditions[0] = (struct condition){.test = masked ? TEST_MASKED_IN : TEST_IN};
	if (conditions_add_values(making->to, masked ? values : values + 1, masked ? 2 : 1, &rule.conditions[0]))
		add_rule(making, &rule);
	else
		making->full = true;
}

static void add_parts(struct making *making, const struct call_table *calls, const struct call_table *compat_calls)
{
	for (size_t m = 0; m < MULTIPLEXERS; m++) {
		const struct multiplexer *multiplexer = &multiplexers[m];
		int nr = calls_number(compat_calls, multiplexer->name);
		unsigned line;
		bool is_own;

		if (nr < 0 || word_on(making->to, (uint32_t)nr, &line, &is_own))
			continue;
		for (size_t i = 0; i < multiplexer->count; i++) {
			const struct part *part = &multiplexer->parts[i];
			size_t first, count = rules_of(making->native, calls_number(calls, part->call), &first);

			if (count > 0)
				add_part(making, multiplexer, part, (uint32_t)nr, &making->native->rules[first]);
		}
	}
}

static void finish(struct making *making)
{
	struct policy *policy = making->to;

	rules_sort(policy);
	policy->newer_enosys = making->native->newer_enosys;
}

bool abis_make_compat(const struct policy *native, const struct call_table *calls,
                      const struct call_table *compat_calls, struct policy *compat)
{
	struct making making = {native, compat, NULL, false};
	size_t kept = 0, count;

	/* What both ABIs have comes from the native rules: the text was read with the native arguments in mind. */
	for (size_t i = 0; i < compat->nrules; i++) {
		struct rule rule = compat->rules[i];

		if (rule.name[0] != '\0' && calls_number(calls, rule.name) < 0 &&
		    translate(&making, compat, &rule, "", OTHER_COMPAT))
			compat->rules[kept++] = rule;
	}
	compat->nrules = kept;
	for (size_t i = 0; i < native->nrules; i += count) {
		const struct rule *rule = &native->rules[i];
		int nr = rule->name[0] ? calls_number(compat_calls, rule->name) : (int)rule->nr;
		size_t first;

		count = rules_of(native, (int)rule->nr, &first);
		if (nr >= 0)
			add_all(&making, native, first, count, rule->name, (uint32_t)nr, OTHER_COMPAT);
	}
	add_twins(&making, calls, compat_calls);
	add_parts(&making, calls, compat_calls);
	finish(&making);
	return !making.full;
}

/* ---- the native ABI, where it has several calls for what is one elsewhere ---- */

/* Rules by name: what this machine does not have by itself has a name only. */
static const struct rule *rule_by_name(const struct policy *policy, size_t end, const char *name)
{
	for (size_t i = 0; i < end; i++)
		if (strcmp(policy->rules[i].name, name) == 0)
			return &policy->rules[i];
	return NULL;
}

/* Whether a condition says the same of 64 bits as it did of 32: of no value that could have a sign. */
static bool may_widen(const struct policy *policy, const struct condition *condition)
{
	for (size_t i = 0; i < condition->count; i++)
		if (conditions_values(policy, condition)[i] >= INT32_MAX)
			return false;
	return true;
}

/* The rule for the twin: with its conditions if the twin has those arguments, too, else for all arguments. */
static struct rule rule_for_twin(const struct policy *policy, const struct rule *rule, const char *twin, uint32_t nr)
{
	struct rule carried;

	if (lint_carry(rule, twin, &carried)) {
		for (size_t i = 0; i < carried.nconditions; i++)
			if (carried.conditions[i].wide && !rule->conditions[i].wide &&
			    !may_widen(policy, &rule->conditions[i]))
				carried.nconditions = 0;
	} else {
		carried.nconditions = 0;
	}
	carried.nr = nr;
	return carried;
}

/* What no program can do without: a rule on all of it was not asked for. */
static void tell_vital(const struct making *making, const struct rule *rule, const char *twin)
{
	const char *why = names_vital(twin);

	if (why)
		findings_add(making->findings, SEVERITY_ERROR, rule->line,
		             "the condition on `%s` cannot be carried to `%s`, which does the same on " ARCH_NAME
		             " and cannot be denied as a whole: %s; give it a line of its own: `?%s = ...`",
		             rule->name, twin, why, twin);
}

/* `end`: the rules of the text; those behind are made of them. */
static void complete_twin(struct making *making, size_t end, const char *call, const char *twin, uint32_t nr)
{
	const struct policy *policy = making->to;

	for (size_t i = 0; i < end; i++) {
		struct rule carried;

		if (strcmp(policy->rules[i].name, call) != 0)
			continue;
		carried = rule_for_twin(policy, &policy->rules[i], twin, nr);
		if (carried.nconditions == 0)
			tell_vital(making, &policy->rules[i], twin);
		add_rule(making, &carried);
		if (carried.nconditions == 0)
			return;
	}
}

bool abis_complete(struct policy *policy, const struct call_table *calls, struct findings *findings)
{
	struct making making = {policy, policy, findings, false};
	char call[POLICY_NAME_MAX], twin[POLICY_NAME_MAX];
	const char *at = twins;
	bool is_own;
	unsigned line;
	size_t end;

	if (!ARCH_COMPLETES)
		return true;
	end = policy->nrules;
	while (words_next(&at, call, sizeof(call)) && words_next(&at, twin, sizeof(twin))) {
		const struct rule *brother = rule_by_name(policy, end, call);
		const int nr = brother ? calls_number(calls, twin) : CALL_ABSENT;
		const size_t before = policy->nrules;

		if (nr < 0 || !gives_way(policy, (uint32_t)nr, brother))
			continue;
		remove_rules(policy, (uint32_t)nr);
		remove_allowances(policy, (uint32_t)nr);
		end -= before - policy->nrules;
		complete_twin(&making, end, call, twin, (uint32_t)nr);
	}
	for (size_t m = 0; ARCH_MULTIPLEXERS && m < MULTIPLEXERS; m++) {
		const int nr = calls_number(calls, multiplexers[m].name);

		if (nr < 0 || word_on(policy, (uint32_t)nr, &line, &is_own))
			continue;
		for (size_t i = 0; i < multiplexers[m].count; i++) {
			const struct part *part = &multiplexers[m].parts[i];
			const struct rule *rule = rule_by_name(policy, end, part->call);

			if (rule)
				add_part(&making, &multiplexers[m], part, (uint32_t)nr, rule);
		}
	}
	return !making.full;
}

bool abis_make_x32(const struct policy *native, int (*x32_number)(const char *name), struct policy *x32)
{
	struct making making = {native, x32, NULL, false};
	size_t count;

	x32->nrules = x32->nallows = x32->nvalues = 0;
	for (size_t i = 0; i < native->nrules; i += count) {
		const struct rule *rule = &native->rules[i];
		int number = rule->name[0] ? x32_number(rule->name) : CALL_ABSENT;
		size_t first;

		count = rules_of(native, (int)rule->nr, &first);
		for (size_t k = first; k < first + count; k++) { /* the native registers, and all of them */
			struct rule same = native->rules[k];

			same.nr |= ABIS_X32_BIT;
			if (conditions_move(x32, native, &same))
				add_rule(&making, &same);
			else
				making.full = true;
		}
		if (number >= 0 && (uint32_t)number != (rule->nr | ABIS_X32_BIT))
			add_all(&making, native, first, count, rule->name, (uint32_t)number, OTHER_X32);
	}
	for (size_t i = 0; i < native->nallows; i++) {
		x32->allows[i] = native->allows[i];
		x32->allows[i].nr |= ABIS_X32_BIT;
	}
	x32->nallows = native->nallows;
	finish(&making);
	return !making.full;
}
