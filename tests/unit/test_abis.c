/* SPDX-License-Identifier: MIT */
/*
 * What a policy means on i386 and x32: the tables against the judge's numbers; policies' texts, and what calls get by
 * them; conditions on 64 bits as conditions on 32; and the program against the judge's reading of the same rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>

#include "init/abis.h"
#include "init/assemble.h"
#include "init/conditions.h"
#include "init/registers.h"
#include "selftest/agreement.h"
#include "selftest/bpf_walk.h"
#include "selftest/meaning.h"
#include "selftest/numbers.h"
#include "selftest/plan.h"
#include "tests/unit/sample.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
	const char *name;
	int64_t native, compat;
} all[] = {
#define X(name, native, compat) {#name, native, compat},
#include "selftest/numbers_x86_64.inc"
#undef X
};

/* ---- call tables of the judge's numbers ---- */

static int number_on(enum abi abi, const char *name)
{
	int64_t nr = numbers_of(abi, name);

	if (nr >= 0)
		return (int)nr;
	return numbers_of(ABI_NATIVE, name) >= 0 || numbers_of(ABI_COMPAT, name) >= 0 ? CALL_ABSENT : CALL_UNKNOWN;
}

static int native_number(const char *name)
{
	return number_on(ABI_NATIVE, name);
}

static int i386_number(const char *name)
{
	return number_on(ABI_COMPAT, name);
}

static int x32_number(const char *name)
{
	return number_on(ABI_X32, name);
}

static const char *native_name(uint32_t nr)
{
	return numbers_native_name(nr);
}

static bool no_place(size_t i, char name[POLICY_NAME_MAX])
{
	name[0] = '\0';
	return i > SIZE_MAX - 1;
}

static const struct call_table calls = {native_number, native_name, no_place};
static const struct call_table i386_calls = {i386_number, native_name, no_place};

/* ---- the tables ---- */

/* i386's calls that have no native one of their name and are no twins, and why no rule on a native call is for them. */
static const char *const others[][2] = {
    {"socketcall", "multiplexer"},
    {"ipc", "multiplexer"},
    {"sigreturn", "every signal handler ends in it; no policy may deny rt_sigreturn"},
    {"vm86", "a mode of the processor that 64-bit kernels do not have"},
    {"vm86old", "the same"},
    {"bdflush", "no code, or none that does anything, since Linux 2.6"},
    {"break", "no code"},
    {"ftime", "no code"},
    {"gtty", "no code"},
    {"idle", "no code"},
    {"lock", "no code"},
    {"mpx", "no code"},
    {"prof", "no code"},
    {"profil", "no code"},
    {"stty", "no code"},
    {"ulimit", "no code"},
};

static void every_call_of_i386_has_its_place(void **state)
{
	char call[POLICY_NAME_MAX], twin[POLICY_NAME_MAX];
	size_t ntwins = 0, alone = 0;

	(void)state;
	while (abis_twin_at(ntwins, call, twin)) {
		if (numbers_of(ABI_NATIVE, call) < 0)
			fail_msg("%s is no native call", call);
		if (numbers_of(ABI_COMPAT, twin) < 0 || numbers_of(ABI_NATIVE, twin) >= 0)
			fail_msg("%s is not i386's alone", twin);
		for (size_t i = 0; i < ntwins; i++) {
			char other[POLICY_NAME_MAX], same[POLICY_NAME_MAX];

			assert_true(abis_twin_at(i, other, same));
			if (strcmp(same, twin) == 0)
				fail_msg("%s is the twin of two", twin);
		}
		assert_true(abis_serves(twin, call));
		ntwins++;
	}
	for (size_t i = 0; i < COUNT(all); i++) {
		unsigned places = 0;

		if (all[i].native >= 0 || all[i].compat < 0)
			continue;
		alone++;
		for (size_t k = 0; abis_twin_at(k, call, twin); k++)
			places += strcmp(twin, all[i].name) == 0;
		for (size_t k = 0; k < COUNT(others); k++)
			places += strcmp(others[k][0], all[i].name) == 0;
		if (places != 1)
			fail_msg("%s of i386 has %u places", all[i].name, places);
	}
	assert_int_equal(alone, ntwins + COUNT(others));
	assert_true(ntwins >= 70);
}

/* By another name, i386 has the calls of multiplexers: the kernel's headers know which. */
static void numbers_of_parts(void **state)
{
	static const char *const parts[] = {
	    "socket",      "bind",       "connect",  "listen",     "accept",  "getsockname", "sendto",     "recvfrom",
	    "getpeername", "socketpair", "shutdown", "setsockopt", "sendmsg", "recvmsg",     "getsockopt", "accept4",
	    "recvmmsg",    "sendmmsg",   "semop",    "semget",     "semctl",  "semtimedop",  "msgsnd",     "msgrcv",
	    "msgget",      "msgctl",     "shmat",    "shmdt",      "shmget",  "shmctl"};

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		assert_true(abis_serves(i < 18 ? "socketcall" : "ipc", parts[i]));
		assert_false(abis_serves(i < 18 ? "ipc" : "socketcall", parts[i]));
		if (abis_direct(parts[i]) != (int)numbers_of(ABI_COMPAT, parts[i]))
			fail_msg("%s is %d", parts[i], abis_direct(parts[i]));
	}
	assert_int_equal(abis_direct("mount"), -1);
}

static void names_and_numbers(void **state)
{
	enum other_abi abi;

	(void)state;
	assert_string_equal(abis_name(OTHER_COMPAT), numbers_abi_name(ABI_COMPAT));
	assert_string_equal(abis_name(OTHER_X32), numbers_abi_name(ABI_X32));
	assert_true(abis_of(AUDIT_ARCH_I386, 5, &abi) && abi == OTHER_COMPAT);
	assert_true(abis_of(AUDIT_ARCH_X86_64, ABIS_X32_BIT, &abi) && abi == OTHER_X32);
	assert_true(abis_of(AUDIT_ARCH_X86_64, UINT32_MAX - 1, &abi) && abi == OTHER_X32);
	assert_false(abis_of(AUDIT_ARCH_X86_64, UINT32_MAX, &abi));
	assert_false(abis_of(AUDIT_ARCH_X86_64, ABIS_X32_BIT - 1, &abi));
	assert_false(abis_of(AUDIT_ARCH_AARCH64, 5, &abi));
	assert_int_equal(ABIS_X32_BIT, NUMBERS_X32_BIT);
	assert_int_equal(ABIS_X32_FIRST, NUMBERS_X32_FIRST);
	assert_int_equal(ABIS_X32_LAST, NUMBERS_X32_LAST);
	for (size_t i = 0; i < COUNT(all); i++) { /* what newer-syscalls leaves alone is what x32 has */
		int64_t nr = numbers_of(ABI_X32, all[i].name) - NUMBERS_X32_BIT;

		assert_true(nr < 0 || nr == all[i].native || (nr >= ABIS_X32_FIRST && nr <= ABIS_X32_LAST));
	}
}

/* ---- texts, and what calls get ---- */

static struct policy native, i386, x32, observed, observed_i386;

static void parse(const char *text)
{
	static struct findings findings;

	memset(&findings, 0, sizeof findings);
	if (!policy_parse(text, strlen(text), &calls, &native, &observed, &findings))
		fail_msg("%s: %s", text, findings.item[0].text);
	memset(&findings, 0, sizeof findings);
	(void)policy_parse(text, strlen(text), &i386_calls, &i386, &observed_i386, &findings);
	assert_true(abis_make_compat(&native, &calls, &i386_calls, &i386));
	assert_true(abis_make_x32(&native, x32_number, &x32));
	native.other[OTHER_COMPAT] = &i386;
	native.other[OTHER_X32] = &x32;
}

static uint16_t gets(const struct policy *policy, uint32_t nr, const uint64_t args[6])
{
	const struct rule *rule = policy_rule(policy, nr, args);

	if (rule && rule->action == ACTION_KILL)
		return UINT16_MAX;
	return rule ? rule->errnum : 0;
}

#define KILLED UINT16_MAX
#define JUNK UINT64_C(0xa5a5a5a500000000)

/* Rules that call by a name; without it, the one before. */
static const struct row {
	const char *rules;
	const char *call; /* of i386 */
	uint64_t args[6];
	uint16_t errnum;
} rows[] = {
    {"umount2 = EIO", "umount2", {0}, 5},
    {NULL, "umount", {0}, 5},
    {"umount2 = EIO\numount = ENXIO", "umount", {0}, 6},
    {NULL, "umount2", {0}, 5},
    {"umount2 = EIO\numount = allow", "umount", {0}, 0},
    {"umount2 = EIO if flags & 1", "umount", {0}, 5}, /* it has no flags */
    {NULL, "umount2", {0, 1}, 5},
    {NULL, "umount2", {0, 2}, 0},
    {"@mount = EIO\numount2 = ENXIO", "umount", {0}, 6}, /* an own line beats the group's */
    {"@mount = EIO\numount2 = allow", "umount", {0}, 5},
    {"umount = EIO\nptrace = EIO", "umount", {0}, 5},
    {"mount = EIO\nsetuid = EIO if arg0 == 0", "setuid", {5}, 5}, /* 16 bits: whole */
    {NULL, "setuid32", {0}, 5},
    {NULL, "setuid32", {JUNK}, 5},
    {NULL, "setuid32", {5}, 0},
    {"@setuid = EIO\nsetuid = ENXIO", "setuid32", {0}, 6},
    {"@setuid = EIO", "setuid32", {0}, 5},
    {"@setuid = EIO\n@setuid = allow\nsetuid = ENXIO", "setuid32", {0}, 6},
    {"@setuid = EIO\nsetuid32 = allow", "setuid32", {0}, 0},
    {"setuid = EIO\nsetuid32 = allow", "setuid32", {0}, 0},
    {NULL, "setuid", {0}, 5},
    {"setuid = kill-process if arg0 == 0\nsetuid = EIO", "setuid32", {0}, KILLED},
    {NULL, "setuid32", {1}, 5},
    {NULL, "setuid", {1}, KILLED}, /* the condition cannot be told: the more severe one */
    {"socket = EIO", "socketcall", {1}, 5},
    {NULL, "socketcall", {2}, 0},
    {NULL, "socketcall", {JUNK | 1}, 5},
    {NULL, "socketcall", {0x10001}, 0}, /* no part: the kernel looks at all 32 bits */
    {NULL, "socket", {2}, 5},
    {"socket = EIO if arg0 == 2", "socketcall", {1}, 5},
    {NULL, "socket", {2}, 5},
    {NULL, "socket", {1}, 0},
    {"socket = EIO if arg0 == 2\nsocket = kill-process if arg0 == 1", "socketcall", {1}, KILLED},
    {"socket bind = EIO\nsocketcall = ENXIO if arg0 == 3", "socketcall", {1}, 0}, /* its own line says all */
    {NULL, "socketcall", {3}, 6},
    {NULL, "socket", {0}, 5},
    {"socket = EIO\nsocketcall = allow", "socketcall", {1}, 0},
    {"accept = EIO", "socketcall", {5}, 5}, /* which i386 has no other way */
    {NULL, "socketcall", {18}, 0},
    {"sendto = EIO", "socketcall", {9}, 5}, /* send(2) */
    {NULL, "socketcall", {11}, 5},
    {"recvmmsg = EIO", "recvmmsg_time64", {0}, 5},
    {NULL, "socketcall", {19}, 5},
    {"shmget = EIO", "ipc", {23}, 5},
    {NULL, "ipc", {0x10017}, 5},
    {NULL, "ipc", {0xffff0017}, 5},
    {NULL, "ipc", {JUNK | 0x17}, 5},
    {NULL, "ipc", {22}, 0},
    {NULL, "ipc", {0x170000}, 0},
    {NULL, "shmget", {0}, 5},
    {"semtimedop = EIO", "semtimedop_time64", {0}, 5},
    {NULL, "ipc", {4}, 5},
    {NULL, "ipc", {1}, 0},
    {"settimeofday = EIO", "stime", {0}, 5},
    {"@clock = EIO\n@obsolete = ENXIO", "stime", {0}, 6}, /* of groups the later line wins */
    {"@obsolete = ENXIO\n@clock = EIO", "stime", {0}, 5},
    {"setpriority = EIO if arg0 == 1", "nice", {0}, 5},
    {"ftruncate = EIO if arg1:64 == 0x500000007", "ftruncate64", {3, 7, 5}, 5},
    {NULL, "ftruncate64", {3, JUNK | 7, JUNK | 5}, 5},
    {NULL, "ftruncate64", {3, 7, 6}, 0},
    {NULL, "ftruncate64", {3, 8, 5}, 0},
    {NULL, "ftruncate", {3, 7}, 0},                                /* 32 bits cannot be that much */
    {"ftruncate = EIO if arg1 == 7", "ftruncate64", {3, 7, 5}, 0}, /* its length has 64 bits everywhere */
    {NULL, "ftruncate64", {3, 7, 0}, 5},
    {"lseek = EIO if arg1:64 == 0x500000007 and arg2 == 1", "_llseek", {3, 5, 7, 0, 1}, 5},
    {NULL, "_llseek", {3, 7, 5, 0, 1}, 0},
    {NULL, "_llseek", {3, 5, 7, 1, 0}, 0},
    {"pread64 = EIO if arg3:64 == 0x500000007", "pread64", {0, 0, 0, 7, 5}, 5},
    {"preadv2 = EIO if arg5 & 1", "preadv2", {0, 0, 0, 0, 0, 1}, 5},
    {"preadv2 = EIO if arg3:64 == 0x500000007 and arg5 & 1", "preadv2", {0, 0, 0, 7, 5, 1}, 5},
    {"readahead = EIO if arg2:64 == 9", "readahead", {0, 0, 0, 9}, 5},
    {NULL, "readahead", {0, 0, 9, 0}, 0},
    {"fallocate = EIO if arg2:64 == 0x500000007 and arg3:64 == 9", "fallocate", {0, 0, 7, 5, 9, 0}, 5},
    {NULL, "fallocate", {0, 0, 7, 5, 9, 1}, 0},
    {"sync_file_range = EIO if arg3 == 4", "sync_file_range", {0, 0, 0, 0, 0, 4}, 5},
    {"fadvise64 = EIO if arg3 == 4", "fadvise64", {0, 0, 0, 0, 4}, 5},
    {NULL, "fadvise64_64", {0, 0, 0, 0, 0, 4}, 5},
    {"mount = EIO\nfadvise64_64 = EIO if advice == 3",
     "fadvise64_64",
     {0, 0, 0, 0, 0, 3},
     5}, /* i386's alone: by its own line */
    {NULL, "fadvise64_64", {0, 0, 0, 3}, 0},
    {"mount = EIO\ntruncate64 = EIO if length > 5", "truncate64", {0, 0, 1}, 5}, /* 64 bits in two registers */
    {NULL, "truncate64", {0, 6, 0}, 5},
    {NULL, "truncate64", {0, 5, 0}, 0},
    {"fanotify_mark = EIO if arg3 == 4", "fanotify_mark", {0, 0, 0, 0, 4}, 5},
    {"fanotify_mark = EIO if arg2:64 & 0x100000000", "fanotify_mark", {0, 0, 0, 1}, 5},
    {"clone = EIO if arg4:64 == 7", "clone", {0, 0, 0, 7, 0}, 5}, /* tls comes before the pointer */
    {"mmap = EIO if arg2 & 4", "mmap2", {0, 0, 4}, 5},
    {NULL, "mmap2", {0, 0, 3}, 0},
    {NULL, "mmap", {0, 0, 0}, 5},                                                   /* all in memory */
    {"mmap = EIO if arg2 & 4 and arg5:64 == 4096", "mmap2", {0, 0, 4, 0, 0, 1}, 5}, /* in pages there */
    {"ptrace = EIO if arg0:64 == 16", "ptrace", {JUNK | 16}, 5},
    {NULL, "ptrace", {17}, 0},
    {"ptrace = EIO if arg0:64 == 0x100000010", "ptrace", {16}, 0},
    {"ptrace = EIO if arg0:64 not in 0x100000010", "ptrace", {16}, 5},
    {"mount = EIO\n_newselect = EIO if arg0 == 3", "_newselect", {JUNK | 3}, 5},
    {"select = EIO if arg0 == 3", "_newselect", {3}, 5},
    {NULL, "select", {0}, 5},
    {"468 = EIO", "file_getattr", {0}, 5},
    {"accept = EIO", "mount", {0}, 0},
};

static void what_calls_get(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		char text[1000];
		uint16_t got;

		if (row->rules) {
			snprintf(text, sizeof text, "[policy]\nother-abis = deny\n[deny]\n%s\n", row->rules);
			parse(text);
		}
		got = gets(&i386, (uint32_t)numbers_of(ABI_COMPAT, row->call), row->args);
		if (got != row->errnum) {
			print_error("row %zu: %s gets %u, not %u\n", i, row->call, got, row->errnum);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

static void what_x32_gets(void **state)
{
	static const struct {
		uint32_t nr; /* without the bit */
		uint64_t args[6];
		uint16_t errnum;
	} expected[] = {
	    {101, {16}, 5},
	    {101, {UINT64_C(0x100000010)}, 0}, /* the native function */
	    {521, {16}, 5},
	    {521, {UINT64_C(0x100000010)}, 5}, /* compat_sys_ptrace: a condition on 64 bits would be passed by */
	    {521, {17}, 5},
	    {327, {0, 0, 0, 0, 1, 0}, 0},
	    {327, {0, 0, 0, 0, 0, 1}, 6},
	    {546, {0, 0, 0, 0, 1, 0}, 6},
	    {546, {0, 0, 0, 0, 0, 1}, 0},
	    {165, {0}, 1},
	    {59, {0, 0, 0}, 0},
	    {468, {0}, 9},
	};

	(void)state;
	parse("[deny]\nptrace = EIO if arg0:64 == 16\npreadv2 = ENXIO if arg5 & 1\nmount = EPERM\n468 = EBADF\n");
	for (size_t i = 0; i < COUNT(expected); i++)
		if (gets(&x32, expected[i].nr | ABIS_X32_BIT, expected[i].args) != expected[i].errnum)
			fail_msg("row %zu", i);
}

/* So many rules that the others' tables are full: told, and nothing is written behind them. */
static void too_many(void **state)
{
	(void)state;
	parse("[deny]\nsocket = EIO\n");
	native.nrules = 0;
	for (size_t i = 0; i < POLICY_RULES_MAX; i++) {
		native.rules[i] = (struct rule){.name = "shmget", .nr = 29, .errnum = 1};
		native.rules[i].nconditions = 1;
		native.rules[i].conditions[0] = (struct condition){.test = TEST_IN, .first = 0, .count = 1};
	}
	native.nrules = POLICY_RULES_MAX;
	native.nvalues = 1;
	for (size_t i = 0; i < POLICY_RULES_MAX; i++)
		memcpy(native.rules[i].name, "ptrace", sizeof "ptrace"), native.rules[i].nr = 101;
	assert_false(abis_make_x32(&native, x32_number, &x32)); /* two numbers for each */
	assert_int_equal(x32.nrules, POLICY_ROOM);
	i386.nrules = i386.nvalues = i386.nallows = 0;
	assert_true(abis_make_compat(&native, &calls, &i386_calls, &i386));
	i386.nvalues = POLICY_VALUES_MAX;
	i386.nrules = 0;
	native.values[0] = 77;
	assert_false(abis_make_compat(&native, &calls, &i386_calls, &i386));
}

/* ---- 64 bits to 32 ---- */

static bool holds_for(enum test test, const uint64_t *values, size_t count, uint64_t argument)
{
	bool in = false;

	for (size_t i = 0; i < count; i++)
		in = in || values[i] == argument;
	switch (test) {
	case TEST_IN: return in;
	case TEST_NOT_IN: return !in;
	case TEST_LESS: return argument < values[0];
	case TEST_LESS_EQUAL: return argument <= values[0];
	case TEST_GREATER: return argument > values[0];
	case TEST_GREATER_EQUAL: return argument >= values[0];
	default: return (argument & values[0]) != 0;
	}
}

/*
 * 32 bits mean an unsigned number or one with a sign. A test holds if it would for one of the two; of a set's complement
 * what has a member's meaning in one of the two is out.
 */
static bool should_hold(enum test test, const uint64_t *values, size_t count, uint32_t argument)
{
	const bool plain = holds_for(test, values, count, argument);
	const bool sign = holds_for(test, values, count, (uint64_t)(int64_t)(int32_t)argument);

	return test == TEST_NOT_IN ? plain && sign : plain || sign;
}

static int compare_values(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t edge(void)
{
	static const uint64_t edges[] = {
	    0, 1, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_C(0x100000000), UINT64_C(0xffffffff80000000), UINT64_MAX};

	return one_in(4) ? random_bits() >> below(64) : edges[below(COUNT(edges))] + below(3) - 1;
}

static void narrowing(void **state)
{
	static struct policy from, to;
	size_t tried = 0, held = 0;

	(void)state;
	seed = 20260501;
	for (size_t n = 0; n < 20000; n++) {
		struct rule rule = {.name = "x", .nr = 1, .action = ACTION_ERRNO, .errnum = 1, .nconditions = 1};
		uint64_t values[6];
		size_t count = 1, kept = 0;
		const enum test test = (enum test)below(TEST_ANY_BIT + 1);
		struct moved moved;
		enum becomes becomes;

		if (test == TEST_IN || test == TEST_NOT_IN)
			count = 1 + below(COUNT(values));
		for (size_t i = 0; i < count; i++)
			values[i] = edge();
		qsort(values, count, sizeof *values, compare_values);
		for (size_t i = 0; i < count; i++)
			if (kept == 0 || values[i] != values[kept - 1])
				values[kept++] = values[i];
		count = kept;
		if (test == TEST_ANY_BIT && values[0] == 0)
			continue;
		rule.conditions[0] = (struct condition){.arg = 2, .upper = 2, .wide = true, .test = test};
		from.nvalues = to.nvalues = to.nrules = 0;
		assert_true(conditions_add_values(&from, values, count, &rule.conditions[0]));
		assert_true(registers_take(&from, &rule.conditions[0], &moved));
		becomes = registers_move(&moved, "", OTHER_COMPAT);
		rule.conditions[0] = moved.condition;
		assert_false(becomes == BECOMES_TEST && moved.condition.wide);
		if (becomes == BECOMES_TEST)
			assert_true(conditions_add_values(&to, moved.values, moved.count, &rule.conditions[0]));
		for (size_t k = 0; k < 20; k++) {
			uint32_t argument =
			    (uint32_t)(one_in(3) ? edge() : values[below((uint32_t)count)] + below(3) - 1);
			const uint64_t args[6] = {0, 0, argument | (one_in(2) ? JUNK : 0)};
			bool got =
			    becomes == BECOMES_TRUE || (becomes == BECOMES_TEST && conditions_match(&to, &rule, args));

			tried++;
			held += got;
			if (got != should_hold(test, values, count, argument))
				fail_msg("test %d, first value 0x%llx of %zu, argument 0x%x: %d", test,
				         (unsigned long long)values[0], count, argument, got);
		}
	}
	assert_true(tried > 300000 && held > tried / 5 && held < tried);
}

/* ---- the program, and the judge ---- */

static struct trial_rule judged[3][POLICY_ROOM];
static struct trial_condition conditions[3][POLICY_ROOM][POLICY_CONDITIONS_MAX];
static struct trial_allow allows[3][8];
static struct trial_input input;
static struct meaning meaning;
static struct program program;

static const enum trial_test tests_of[] = {[TEST_IN] = TRIAL_IN,           [TEST_NOT_IN] = TRIAL_NOT_IN,
                                           [TEST_LESS] = TRIAL_LESS,       [TEST_LESS_EQUAL] = TRIAL_LESS_EQUAL,
                                           [TEST_GREATER] = TRIAL_GREATER, [TEST_GREATER_EQUAL] = TRIAL_GREATER_EQUAL,
                                           [TEST_ANY_BIT] = TRIAL_ANY_BIT, [TEST_MASKED_IN] = TRIAL_MASKED_IN};

static void read_for_judge(const struct policy *policy, size_t place)
{
	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *r = &policy->rules[i];

		judged[place][i] = (struct trial_rule){.name = r->name[0] ? r->name : NULL,
		                                       .nr = r->nr,
		                                       .action = r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		                                       .errnum = r->errnum,
		                                       .conditions = conditions[place][i],
		                                       .nconditions = r->nconditions,
		                                       .line = r->line};
		for (size_t k = 0; k < r->nconditions; k++)
			conditions[place][i][k] = (struct trial_condition){r->conditions[k].arg,
			                                                   r->conditions[k].upper,
			                                                   r->conditions[k].wide,
			                                                   tests_of[r->conditions[k].test],
			                                                   conditions_values(policy, &r->conditions[k]),
			                                                   r->conditions[k].count};
	}
	for (size_t i = 0; i < policy->nallows && i < COUNT(allows[0]); i++)
		allows[place][i] = (struct trial_allow){policy->allows[i].name, policy->allows[i].line};
}

static void judge(void)
{
	read_for_judge(&native, 0);
	read_for_judge(&i386, 1);
	read_for_judge(&x32, 2);
	input = (struct trial_input){
	    .rules = judged[0],
	    .nrules = native.nrules,
	    .allows = allows[0],
	    .nallows = native.nallows,
	    .ceiling = POLICY_CEILING,
	    .above = native.newer_enosys ? ENOSYS_ERRNO : 0,
	    .other_denied = true,
	    .other = {[TRIAL_COMPAT] = {judged[1], i386.nrules, allows[1], i386.nallows},
	              [TRIAL_X32] = {judged[2], x32.nrules, allows[2], x32.nallows}},
	};
	assert_true(meaning_read(&meaning, &input));
}

static bool nothing_in_tail(uint32_t nr)
{
	(void)nr;
	return false;
}

/* As libseccomp's: kills for another architecture, and for x32's numbers but -1. */
static void build(void)
{
	static const struct sock_filter tail[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};

	assert_true(assemble(&native, nothing_in_tail, tail, COUNT(tail), &program));
}

static size_t mismatches(void)
{
	const struct expectation expectation = meaning_expectation(&meaning);
	static struct walk walk;

	memset(&walk, 0, sizeof walk);
	for (size_t i = 0; i < SAMPLE_ARCHS; i++)
		bpf_walk(program.filter, program.length, sample_archs[i], &expectation, &walk);
	assert_int_equal(walk.error, EVAL_OK);
	return walk.mismatches;
}

/* A third reading. */
static uint32_t says(const struct seccomp_data *data)
{
	const uint32_t nr = (uint32_t)data->nr;
	enum other_abi abi = OTHER_COMPAT;
	const bool other = abis_of(data->arch, nr, &abi);
	const struct policy *policy = other ? native.other[abi] : &native;
	const uint32_t base = other && abi == OTHER_X32 ? nr - X32_BIT : nr;
	uint64_t args[6];
	bool named = false;
	const struct rule *rule;

	if (data->arch != AUDIT_ARCH_X86_64 && data->arch != AUDIT_ARCH_I386)
		return SECCOMP_RET_KILL_PROCESS;
	if (nr == UINT32_MAX)
		return SECCOMP_RET_ALLOW;
	memcpy(args, data->args, sizeof args);
	rule = policy_rule(policy, nr, args);
	if (rule)
		return rule->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | rule->errnum;
	for (size_t i = 0; i < policy->nrules; i++)
		named = named || policy->rules[i].nr == nr;
	if (!named && native.newer_enosys && base > POLICY_CEILING && (abi != OTHER_X32 || base < 512 || base > 547))
		return SECCOMP_RET_ERRNO | ENOSYS_ERRNO;
	return SECCOMP_RET_ALLOW;
}

static void three_readings(const char *text)
{
	parse(text);
	judge();
	build();
	assert_int_equal(agreement_native(&input), -1);
	assert_int_equal(agreement_other(&meaning), -1);
	if (mismatches() > 0)
		fail_msg("%s: the judge reads something else", text);
	for (size_t i = 0; i < 3000; i++) {
		const struct policy *about = one_in(3) ? &native : one_in(2) ? &i386 : &x32;
		struct seccomp_data data = sample_call(about);

		if (about == &i386)
			data.arch = AUDIT_ARCH_I386;
		if (bpf_eval(program.filter, program.length, &data, NULL).action != says(&data))
			fail_msg("%s: number %u of 0x%x", text, (unsigned)data.nr, (unsigned)data.arch);
	}
}

static void programs_do_what_rules_say(void **state)
{
	char text[8000] = "[policy]\nother-abis = deny\n[deny]\n";

	(void)state;
	seed = 20260502;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!rows[i].rules)
			continue;
		snprintf(text, sizeof text, "[policy]\nother-abis = deny\nnewer-syscalls = %s\n[deny]\n%s\n",
		         i % 3 ? "ENOSYS" : "allow", rows[i].rules);
		three_readings(text);
	}
	three_readings("[deny]\n@default = deny\n@strict = EACCES\n@setuid @aio = deny\n");
}

/* Each rule of an other ABI, left out of the program or changed in it, is found by the evaluation. */
static void a_rule_lost_is_found(void **state)
{
	size_t lost = 0;

	(void)state;
	parse(
	    "[policy]\nother-abis = deny\n[deny]\n@mount = deny\nsetuid = EIO\nshmget = EIO\nsocket = EIO if arg0 == 2\n"
	    "ftruncate = EIO if arg1:64 > 0x100000000\n");
	judge();
	build();
	assert_int_equal(mismatches(), 0);
	for (size_t a = 0; a < 2; a++) {
		struct policy *other = a == 0 ? &i386 : &x32;

		for (size_t i = 0; i < other->nrules; i++) {
			const struct rule kept = other->rules[i];

			other->rules[i].errnum++;
			build();
			assert_true(mismatches() > 0);
			other->rules[i] = kept;
			other->rules[i].nr += 2000;
			build();
			assert_true(mismatches() > 0);
			other->rules[i] = kept;
			lost++;
		}
	}
	assert_true(lost >= 30);
	native.other[OTHER_COMPAT] = NULL;
	build();
	assert_true(mismatches() > 0);
}

/* What the accused makes of a policy for another ABI is not believed. */
static void disagreement_is_found(void **state)
{
	static struct policy kept;
	size_t found = 0;

	(void)state;
	parse("[policy]\nother-abis = deny\n[deny]\n@mount = deny\nsetuid = EIO\nptrace = EIO\n467 = deny\n");
	judge();
	assert_int_equal(agreement_other(&meaning), -1);
	for (size_t a = 0; a < 2; a++) {
		struct policy *other = a == 0 ? &i386 : &x32;

		kept = *other;
		for (size_t i = 0; i < kept.nrules; i++) {
			const bool named = numbers_of(ABI_NATIVE, kept.rules[i].name) >= 0;

			other->rules[i].nr += 2000; /* not that call's number */
			judge();
			assert_true(agreement_other(&meaning) == kept.rules[i].line);
			*other = kept;
			memmove(&other->rules[i], &other->rules[i + 1], (kept.nrules - i - 1) * sizeof kept.rules[0]);
			other->nrules--; /* nothing of it; twins are the mount API's demand */
			judge();
			assert_int_equal(agreement_other(&meaning), named ? (long)kept.rules[i].line : -1);
			*other = kept;
			other->rules[i].errnum = 77;
			judge();
			assert_int_equal(agreement_other(&meaning), named ? (long)kept.rules[i].line : -1);
			*other = kept;
			found++;
		}
	}
	assert_true(found >= 28);
	judge();
	judged[0][0].nr++;
	assert_int_equal(agreement_native(&input), 0);
}

/* ---- what is demanded of the mount API ---- */

static const struct foreign_subject *foreign(const struct plan *plan, const char *abi, const char *call)
{
	for (size_t i = 0; i < plan->nforeign; i++)
		if (strcmp(plan->foreign[i].entry.abi, abi) == 0 && strcmp(plan->foreign[i].entry.call, call) == 0)
			return &plan->foreign[i];
	return NULL;
}

static void mount_calls_are_demanded(void **state)
{
	static struct plan plan;
	size_t kept;

	(void)state;
	parse("[policy]\nother-abis = deny\n[deny]\n@mount = EIO\n");
	judge();
	assert_int_equal(plan_trial(&plan, &meaning), PLAN_OK);
	assert_int_equal(plan.nforeign, MOUNT_API_ROWS + MOUNT_API_NATIVE);
	for (size_t i = 0; i < plan.nforeign; i++) {
		assert_true(plan.foreign[i].ruled && !plan.foreign[i].demanded && !plan.foreign[i].observed);
		assert_int_equal(plan.foreign[i].entry.errnum, 5);
		assert_int_equal(plan_expected(&meaning, &plan.probes[plan.foreign[i].probe]), SECCOMP_RET_ERRNO | 5);
	}
	/* The accused forgets umount, which only i386 has. */
	kept = i386.nrules;
	for (size_t i = 0, to = 0; i < kept; i++) {
		if (strcmp(i386.rules[i].name, "umount") != 0)
			i386.rules[to++] = i386.rules[i];
		else
			i386.nrules--;
	}
	assert_int_equal(i386.nrules, kept - 1);
	judge();
	assert_int_equal(plan_trial(&plan, &meaning), PLAN_OK);
	assert_true(foreign(&plan, "i386", "umount")->demanded);
	assert_false(foreign(&plan, "i386", "umount2")->demanded);

	parse("[policy]\nother-abis = deny\n[deny]\n@mount = EIO\numount = allow\nopen_tree = EIO if flags & 1\n");
	judge();
	assert_int_equal(plan_trial(&plan, &meaning), PLAN_OK);
	assert_false(foreign(&plan, "i386", "umount")->demanded);
	assert_int_equal(foreign(&plan, "i386", "umount")->entry.line, 5);
	assert_false(foreign(&plan, "i386", "open_tree")->ruled || foreign(&plan, "i386", "open_tree")->demanded);
	assert_false(foreign(&plan, "x32", "open_tree")->ruled || foreign(&plan, "x32", "open_tree")->demanded);

	/* What kills is seen once for each ABI: it costs a child. */
	parse("[policy]\nother-abis = deny\n[deny]\n@mount = kill-process\n");
	judge();
	assert_int_equal(plan_trial(&plan, &meaning), PLAN_OK);
	assert_int_equal(plan.nforeign, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_call_of_i386_has_its_place),
	    cmocka_unit_test(numbers_of_parts),
	    cmocka_unit_test(names_and_numbers),
	    cmocka_unit_test(what_calls_get),
	    cmocka_unit_test(what_x32_gets),
	    cmocka_unit_test(too_many),
	    cmocka_unit_test(narrowing),
	    cmocka_unit_test(programs_do_what_rules_say),
	    cmocka_unit_test(a_rule_lost_is_found),
	    cmocka_unit_test(disagreement_is_found),
	    cmocka_unit_test(mount_calls_are_demanded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
