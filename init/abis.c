/* SPDX-License-Identifier: MIT */
#include "init/abis.h"

#include <string.h>

#include "init/arch.h"
#include "init/calls.h"
#include "init/conditions.h"
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
    "setpriority nice ";

bool abis_twin_at(size_t i, char call[POLICY_NAME_MAX], char twin[POLICY_NAME_MAX])
{
	const char *at = twins;

	do {
		if (!words_next(&at, call, POLICY_NAME_MAX) || !words_next(&at, twin, POLICY_NAME_MAX))
			return false;
	} while (i-- > 0);
	return true;
}

/* Parts of socketcall(2) and ipc(2): include/uapi/linux/net.h, ipc.h. */
struct part {
	char call[12];
	uint8_t part;
	uint16_t direct; /* i386's number of a call for this alone, since Linux 4.3 and 5.1; 0: none */
};

static const struct part socketcall_parts[] = {
    {"socket", 1, 359},    {"bind", 2, 361},        {"connect", 3, 362},     {"listen", 4, 363},
    {"accept", 5, 0},      {"getsockname", 6, 367}, {"getpeername", 7, 368}, {"socketpair", 8, 360},
    {"sendto", 9, 369},    {"recvfrom", 10, 371},   {"sendto", 11, 369},     {"recvfrom", 12, 371},
    {"shutdown", 13, 373}, {"setsockopt", 14, 366}, {"getsockopt", 15, 365}, {"sendmsg", 16, 370},
    {"recvmsg", 17, 372},  {"accept4", 18, 364},    {"recvmmsg", 19, 337},   {"sendmmsg", 20, 345},
};

static const struct part ipc_parts[] = {
    {"semop", 1, 0},     {"semget", 2, 393},  {"semctl", 3, 394},  {"semtimedop", 4, 0},
    {"msgsnd", 11, 400}, {"msgrcv", 12, 401}, {"msgget", 13, 399}, {"msgctl", 14, 402},
    {"shmat", 21, 397},  {"shmdt", 22, 398},  {"shmget", 23, 395}, {"shmctl", 24, 396},
};

static const struct multiplexer {
	char name[12];
	uint8_t count;
	const struct part *parts;
	/* The kernel looks at so many bits of the part's number: compat_sys_ipc() (ipc/syscall.c) takes what is above them
	 * for a version, compat_sys_socketcall() (net/compat.c) has an int. */
	uint32_t mask;
} multiplexers[] = {
    {"socketcall", sizeof(socketcall_parts) / sizeof(socketcall_parts[0]), socketcall_parts, UINT32_MAX},
    {"ipc", sizeof(ipc_parts) / sizeof(ipc_parts[0]), ipc_parts, 0xffff},
};

#define MULTIPLEXERS (sizeof(multiplexers) / sizeof(multiplexers[0]))

int abis_direct(const char *name)
{
	for (size_t m = 0; m < MULTIPLEXERS; m++)
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

/* ---- rules ---- */

struct making {
	const struct policy *native;
	struct policy *to;
	bool full;
};

static bool own(const char *group)
{
	return group[0] == '\0';
}

static void add_rule(struct making *making, const struct rule *rule)
{
	if (making->to->nrules < POLICY_ROOM)
		making->to->rules[making->to->nrules++] = *rule;
	else
		making->full = true;
}

/*
 * The rule's conditions, of `from`, on another call's registers (registers_move). False: it can match nothing there, or
 * there is no room.
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

/* All native rules of one number to another call, up to the first that always matches: what comes then is never asked. */
static void add_all(struct making *making, size_t first, size_t count, const char *name, uint32_t nr,
                    enum other_abi abi)
{
	bool always = false;

	for (size_t i = first; i < first + count && !always; i++) {
		struct rule rule = making->native->rules[i];

		memset(rule.name, 0, sizeof(rule.name));
		memcpy(rule.name, name, strlen(name));
		rule.nr = nr;
		if (!translate(making, making->native, &rule, name, abi))
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
static bool word_on(const struct policy *i386, uint32_t nr, unsigned *line, bool *is_own)
{
	for (size_t i = 0; i < i386->nrules; i++) {
		if (i386->rules[i].nr == nr) {
			*line = i386->rules[i].line;
			*is_own = own(i386->rules[i].group);
			return true;
		}
	}
	for (size_t i = 0; i < i386->nallows; i++) {
		if (i386->allows[i].nr == nr) {
			*line = i386->allows[i].line;
			*is_own = own(i386->allows[i].group);
			return true;
		}
	}
	return false;
}

/* The twin's own line beats its brother's rules; groups give way to an own line, and to a group's later one. */
static bool gives_way(const struct policy *i386, uint32_t twin, const struct rule *brother)
{
	unsigned line;
	bool is_own;

	if (!word_on(i386, twin, &line, &is_own))
		return true;
	return !is_own && (own(brother->group) || line < brother->line);
}

static void add_twins(struct making *making, const struct call_table *calls, const struct call_table *i386_calls)
{
	char call[POLICY_NAME_MAX], twin[POLICY_NAME_MAX];
	const char *at = twins;

	while (words_next(&at, call, sizeof(call)) && words_next(&at, twin, sizeof(twin))) {
		size_t first, count = rules_of(making->native, calls_number(calls, call), &first);
		int nr = count > 0 ? calls_number(i386_calls, twin) : CALL_ABSENT;

		if (nr < 0 || !gives_way(making->to, (uint32_t)nr, &making->native->rules[first]))
			continue;
		remove_rules(making->to, (uint32_t)nr);
		remove_allowances(making->to, (uint32_t)nr);
		add_all(making, first, count, twin, (uint32_t)nr, OTHER_COMPAT);
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

static void add_parts(struct making *making, const struct call_table *calls, const struct call_table *i386_calls)
{
	for (size_t m = 0; m < MULTIPLEXERS; m++) {
		const struct multiplexer *multiplexer = &multiplexers[m];
		int nr = calls_number(i386_calls, multiplexer->name);
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

bool abis_make_compat(const struct policy *native, const struct call_table *calls, const struct call_table *i386_calls,
                      struct policy *i386)
{
	struct making making = {native, i386, false};
	size_t kept = 0, count;

	/* What both ABIs have comes from the native rules: the text was read with the native arguments in mind. */
	for (size_t i = 0; i < i386->nrules; i++) {
		struct rule rule = i386->rules[i];

		if (rule.name[0] != '\0' && calls_number(calls, rule.name) < 0 &&
		    translate(&making, i386, &rule, "", OTHER_COMPAT))
			i386->rules[kept++] = rule;
	}
	i386->nrules = kept;
	for (size_t i = 0; i < native->nrules; i += count) {
		const struct rule *rule = &native->rules[i];
		int nr = rule->name[0] ? calls_number(i386_calls, rule->name) : (int)rule->nr;
		size_t first;

		count = rules_of(native, (int)rule->nr, &first);
		if (nr >= 0)
			add_all(&making, first, count, rule->name, (uint32_t)nr, OTHER_COMPAT);
	}
	add_twins(&making, calls, i386_calls);
	add_parts(&making, calls, i386_calls);
	finish(&making);
	return !making.full;
}

bool abis_make_x32(const struct policy *native, int (*x32_number)(const char *name), struct policy *x32)
{
	struct making making = {native, x32, false};
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
			add_all(&making, first, count, rule->name, (uint32_t)number, OTHER_X32);
	}
	for (size_t i = 0; i < native->nallows; i++) {
		x32->allows[i] = native->allows[i];
		x32->allows[i].nr |= ABIS_X32_BIT;
	}
	x32->nallows = native->nallows;
	finish(&making);
	return !making.full;
}
