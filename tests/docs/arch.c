/* SPDX-License-Identifier: MIT */
/*
 * For tests/docs/arch.bats, compiled for each architecture and run under qemu-user: the tables against that
 * architecture's headers, and policies to programs, which are interpreted here as the kernel does. The numbers of calls
 * are from the headers: NATIVE_CALLS and COMPAT_CALLS are files of {"NAME", NUMBER}, lines.
 *
 *   arch tables             what is not as the headers have it
 *   arch policies FILE...   for each: what a program does otherwise than its policy says, or than is known by heart
 */
#include <asm/unistd.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/abis.h"
#include "init/arch.h"
#include "init/assemble.h"
#include "init/calls.h"
#include "init/conditions.h"
#include "init/names.h"
#include "init/policy.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ERRNO(e) (SECCOMP_RET_ERRNO | (uint32_t)(e))
#define ENOSYS_LINUX 38

static int failed;

#define WRONG(...) (failed = 1, printf(__VA_ARGS__))

/* ---- calls by the headers ---- */

struct number {
	const char *name;
	uint32_t nr;
};

static const struct number native_calls[] = {
#ifdef NATIVE_CALLS
#include NATIVE_CALLS
#else
    {"getpid", __NR_getpid}, /* for those who only look at the source */
#endif
};

static const struct number compat_calls[] = {
#ifdef COMPAT_CALLS
#include COMPAT_CALLS
#else
    {"", 0},
#endif
};

static int number_among(const struct number *calls, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(calls[i].name, name) == 0)
			return (int)calls[i].nr;
	/* Known elsewhere: that no name is unknown is tested on one architecture. */
	return names_newer_number(name) >= 0 ? CALL_UNKNOWN : CALL_ABSENT;
}

static const char *name_among(const struct number *calls, size_t count, uint32_t nr)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	return NULL;
}

static int native_number(const char *name)
{
	return number_among(native_calls, COUNT(native_calls), name);
}

static const char *native_name(uint32_t nr)
{
	return name_among(native_calls, COUNT(native_calls), nr);
}

static int compat_number(const char *name)
{
	return number_among(compat_calls, COUNT(compat_calls), name);
}

static const char *compat_name(uint32_t nr)
{
	return name_among(compat_calls, COUNT(compat_calls), nr);
}

static bool no_place(size_t i, char name[POLICY_NAME_MAX])
{
	(void)i;
	name[0] = '\0';
	return false;
}

static const struct call_table native = {native_number, native_name, no_place},
			       compat = {compat_number, compat_name, no_place};

/* ---- the kernel's interpreter, of what denyinit's programs are made of ---- */

static uint32_t run(const struct program *program, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < program->length; pc++) {
		const struct sock_filter *f = &program->filter[pc];
		bool yes;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k % 4 != 0 || f->k > sizeof *data - 4)
				return SECCOMP_RET_KILL_PROCESS;
			memcpy(&a, (const char *)data + f->k, sizeof a);
			continue;
		case BPF_ALU | BPF_AND | BPF_K: a &= f->k; continue;
		case BPF_RET | BPF_K: return f->k;
		case BPF_JMP | BPF_JA: pc += f->k; continue;
		case BPF_JMP | BPF_JEQ | BPF_K: yes = a == f->k; break;
		case BPF_JMP | BPF_JGT | BPF_K: yes = a > f->k; break;
		case BPF_JMP | BPF_JGE | BPF_K: yes = a >= f->k; break;
		case BPF_JMP | BPF_JSET | BPF_K: yes = (a & f->k) != 0; break;
		default: return SECCOMP_RET_KILL_PROCESS;
		}
		pc += yes ? f->jt : f->jf;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

/* ---- a policy's program ---- */

static struct policy policy, observed, other, other_observed;
static struct program program;

static bool in_no_tail(uint32_t nr)
{
	(void)nr;
	return false;
}

static bool compile(const char *text, bool with_compat)
{
	static const struct sock_filter tail[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_AUDIT, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static struct findings findings;

	memset(&findings, 0, sizeof findings);
	if (!policy_parse(text, strlen(text), &native, &policy, &observed, &findings)) {
		for (size_t i = 0; i < findings.count; i++)
			WRONG("line %u: %s\n", findings.item[i].line, findings.item[i].text);
		return false;
	}
	if (with_compat) {
		if (!policy_parse(text, strlen(text), &compat, &other, &other_observed, &findings) ||
		    !abis_make_compat(&policy, &native, &compat, &other))
			WRONG("nothing for the compat ABI\n");
		policy.other[OTHER_COMPAT] = &other;
	}
	if (!assemble(&policy, in_no_tail, tail, COUNT(tail), &program)) {
		WRONG("too long\n");
		return false;
	}
	return true;
}

static uint32_t answer(uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	struct seccomp_data data = {.arch = arch, .nr = (int)nr};

	memcpy(data.args, args, sizeof data.args);
	return run(&program, &data);
}

/* ---- what a policy says, by its rules ---- */

static uint32_t said(const struct policy *of, uint32_t nr, const uint64_t args[6], uint32_t first, uint32_t last)
{
	const struct rule *rule = policy_rule(of, nr, args);

	if (rule)
		return rule->action == ACTION_KILL ? SECCOMP_RET_KILL_PROCESS : ERRNO(rule->errnum);
	if (nr > POLICY_CEILING && of->newer_enosys && nr != UINT32_MAX && !(first && nr >= first && nr <= last))
		return ERRNO(ENOSYS_LINUX);
	return SECCOMP_RET_ALLOW;
}

static void compare(const char *file, const struct policy *of, uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	static const uint32_t own[2][2] = {{ARCH_COMPAT_FIRST_OWN, ARCH_COMPAT_LAST_OWN},
	                                   {ARCH_FIRST_OWN, ARCH_LAST_OWN}};
	const uint32_t *alone = own[arch == ARCH_AUDIT];
	const uint32_t is = answer(arch, nr, args), should = said(of, nr, args, alone[0], alone[1]);

	if (is != should)
		WRONG("%s: ABI 0x%" PRIx32 ", number %" PRIu32 ", %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64
		      ": 0x%" PRIx32 " and not 0x%" PRIx32 "\n",
		      file, arch, nr, args[0], args[1], args[2], args[3], is, should);
}

/* Every number; and each condition's values, what is next to them, and junk above 32 bits. */
static void compare_all(const char *file, const struct policy *of, uint32_t arch)
{
	static const uint32_t far[] = {1000, 0xeffff, 0xf0000, 0xf0005, 0xf00ff, 0xf0100, 0x40000000, UINT32_MAX};
	static const uint64_t none[6] = {0};

	for (uint32_t nr = 0; nr < 600; nr++)
		compare(file, of, arch, nr, none);
	for (size_t i = 0; i < COUNT(far) && !ARCH_X32; i++)
		compare(file, of, arch, far[i], none);
	for (size_t i = 0; i < of->nrules; i++) {
		for (size_t k = 0; k < of->rules[i].nconditions; k++) {
			const struct condition *condition = &of->rules[i].conditions[k];

			for (unsigned v = 0; v < 4u * condition->count; v++) {
				const uint64_t value = conditions_values(of, condition)[v / 4];
				const uint64_t junk = UINT64_C(0x5a5a5a5a00000000) * (v % 2);
				uint64_t args[6] = {1, 2, 3, 4, 5, 6};

				if (condition->upper != condition->arg)
					args[condition->upper] = value >> 32 | junk;
				args[condition->arg] = (value + v % 4 / 2) ^ junk;
				compare(file, of, arch, of->rules[i].nr, args);
			}
		}
	}
}

/* ---- what is known by heart ---- */

/* Of the calls that an architecture does not have nothing is asked. */
static const char by_heart[] = "[policy]\n"
#if ARCH_COMPAT_DENY
			       "other-abis = deny\n"
#endif
			       "[deny]\n"
			       "@default = deny\n"
			       "ioctl = EACCES if cmd in TIOCSTI TIOCLINUX\n"
			       "pread64 = EIO if pos == 0x200000001\n"
			       "mprotect = EACCES if prot & PROT_EXEC\n"
			       "shmget = EXDEV\n"
			       "accept = EILSEQ\n"
			       "setgid = EBADF\n"
			       "fadvise64 = EPIPE if advice == 4\n"
			       "sync_file_range = ESRCH if flags & 2\n"
			       "fsync = EMFILE\n"
			       "sendto = ENXIO if flags & MSG_OOB\n"
			       "stat = ESPIPE\n";

#define HIGH UINT64_C(0x7700000000000000) /* junk */
#define NEWUSER 0x10000000u

#if defined(__s390x__)
#define CLONE(flags)                             \
	{                                        \
		HIGH, HIGH | (flags), 0, 0, 0, 0 \
	}
#else
#define CLONE(flags)                             \
	{                                        \
		HIGH | (flags), HIGH, 0, 0, 0, 0 \
	}
#endif
#if defined(__arm__)
#define AT_3(low, high)                              \
	{                                            \
		3, 0, 8, ~UINT64_C(0), (low), (high) \
	}
#elif defined(__i386__)
#define AT_3(low, high)                              \
	{                                            \
		3, 0, 8, (low), (high), ~UINT64_C(0) \
	}
#else
#define AT_3(low, high)                                       \
	{                                                     \
		3, 0, 8, (uint64_t)(high) << 32 | (low), 0, 0 \
	}
#endif
/* The flags of fadvise64 and sync_file_range: behind or before the offsets. */
#if defined(__i386__)
#define FADVISE(a)                 \
	{                          \
		3, 0, 0, 0, (a), 0 \
	}
#define SYNC(f)                    \
	{                          \
		3, 0, 0, 0, 0, (f) \
	}
#else
#define FADVISE(a)                 \
	{                          \
		3, 0, 0, (a), 0, 0 \
	}
#define SYNC(f)                    \
	{                          \
		3, 0, 0, (f), 0, 0 \
	}
#endif

static const struct known {
	const char *call;
	uint64_t args[6];
	uint32_t answer;
} natively[] = {
    {"mount", {0}, ERRNO(1)},
    {"umount", {0}, ERRNO(1)},
    {"umount2", {0}, ERRNO(1)},
    {"open_tree_attr", {0}, ERRNO(1)},
    {"clone", CLONE(NEWUSER), ERRNO(1)},
    {"clone", CLONE(0), SECCOMP_RET_ALLOW},
    {"clone3", {0}, ERRNO(ENOSYS_LINUX)},
    {"unshare", {HIGH | NEWUSER}, ERRNO(1)},
    {"unshare", {HIGH | 0x400}, SECCOMP_RET_ALLOW}, /* CLONE_FILES */
    {"ioctl", {0, HIGH | 0x5412}, ERRNO(13)},       /* TIOCSTI, everywhere */
    {"ioctl", {0, 0x5401}, SECCOMP_RET_ALLOW},
    {"pread64", AT_3(1, 2), ERRNO(5)},
    {"pread64", AT_3(2, 1), SECCOMP_RET_ALLOW},
    {"mprotect", {0, 0, 4}, ERRNO(13)},
    {"mprotect", {0, 0, 3}, SECCOMP_RET_ALLOW},
    {"shmget", {0}, ERRNO(18)},
    {"accept", {0}, ERRNO(84)},
    {"setgid", {0}, ERRNO(9)},
    {"fadvise64", FADVISE(4), ERRNO(32)},
    {"fadvise64", FADVISE(3), SECCOMP_RET_ALLOW},
    {"arm_fadvise64_64", {3, 4}, ERRNO(32)},
    {"arm_fadvise64_64", {3, 3, 4, 4, 4, 4}, SECCOMP_RET_ALLOW},
    {"sync_file_range", SYNC(2), ERRNO(3)},
    {"sync_file_range", SYNC(1), SECCOMP_RET_ALLOW},
    {"sync_file_range2", {3, 2}, ERRNO(3)},
    {"sync_file_range2", {3, 1, 2, 2, 2, 2}, SECCOMP_RET_ALLOW},
    {"fsync", {0}, ERRNO(24)},
    {"sendto", {3, 0, 0, 1}, ERRNO(6)},
    {"sendto", {3, 0, 0, 2}, SECCOMP_RET_ALLOW},
    {"stat", {0}, ERRNO(29)},
    {"getpid", {0}, SECCOMP_RET_ALLOW},
#if ARCH_COMPLETES
    {"setgid32", {0}, ERRNO(9)},
    {"stat64", {0}, ERRNO(29)},
    {"send", {3, 0, 0, 1}, ERRNO(6)},
    {"send", {3, 0, 0, 2}, SECCOMP_RET_ALLOW},
    {"socketcall", {HIGH | 5}, ERRNO(84)}, /* accept */
    {"socketcall", {9}, ERRNO(6)},         /* send */
    {"socketcall", {11}, ERRNO(6)},        /* sendto */
    {"socketcall", {1}, SECCOMP_RET_ALLOW},
    {"socketcall", {UINT64_C(0x500000001)}, SECCOMP_RET_ALLOW},
    {"ipc", {HIGH | 23}, ERRNO(18)}, /* shmget */
    {"ipc", {0x10017}, ERRNO(18)},   /* with a version */
    {"ipc", {24}, SECCOMP_RET_ALLOW},
#endif
};

#if defined(__aarch64__)
static const struct known through_arm[] = {
    {"mount", {0}, ERRNO(1)},
    {"umount2", {0}, ERRNO(1)},
    {"open_tree_attr", {0}, ERRNO(1)},
    {"clone", {HIGH | NEWUSER}, ERRNO(1)},
    {"clone", {HIGH, NEWUSER}, SECCOMP_RET_ALLOW},
    {"pread64", {3, 0, 8, 7, HIGH | 1, HIGH | 2}, ERRNO(5)},
    {"pread64", {3, 0, 8, 1, 2, 0}, SECCOMP_RET_ALLOW},
    {"accept", {0}, ERRNO(84)},
    {"setgid", {0}, ERRNO(9)},
    {"setgid32", {0}, ERRNO(9)},
    {"arm_fadvise64_64", {3, HIGH | 4}, ERRNO(32)},
    {"arm_fadvise64_64", {3, 3, 4, 4, 4, 4}, SECCOMP_RET_ALLOW},
    {"arm_sync_file_range", {3, HIGH | 2}, ERRNO(3)},
    {"arm_sync_file_range", {3, 1, 2, 2, 2, 2}, SECCOMP_RET_ALLOW},
    {"fsync", {0}, ERRNO(24)},
    {"send", {3, 0, 0, HIGH | 1}, ERRNO(6)},
    {"send", {3, 0, 0, 2}, SECCOMP_RET_ALLOW},
    {"stat", {0}, ERRNO(29)}, /* which aarch64 has not */
    {"stat64", {0}, ERRNO(29)},
    {"clock_settime64", {0}, ERRNO(1)},
    {"getpid", {0}, SECCOMP_RET_ALLOW},
};
#endif

static size_t check_known(const struct known *known, size_t count, uint32_t arch, const struct call_table *calls)
{
	size_t asked = 0;

	for (size_t i = 0; i < count; i++) {
		const int nr = calls_number(calls, known[i].call);
		uint32_t is;

		if (nr < 0)
			continue;
		is = answer(arch, (uint32_t)nr, known[i].args);
		if (is != known[i].answer)
			WRONG("%s, row %zu: 0x%" PRIx32 " and not 0x%" PRIx32 "\n", known[i].call, i, is,
			      known[i].answer);
		asked++;
	}
	return asked;
}

static void check_by_heart(void)
{
	static const uint64_t none[6] = {0};
	size_t asked;

	if (!compile(by_heart, ARCH_COMPAT_DENY))
		return;
	compare_all("by heart", &policy, ARCH_AUDIT);
	asked = check_known(natively, COUNT(natively), ARCH_AUDIT, &native);
#if defined(__aarch64__)
	compare_all("by heart", &other, ARCH_COMPAT_AUDIT);
	asked += check_known(through_arm, COUNT(through_arm), ARCH_COMPAT_AUDIT, &compat);
#endif
	if (answer(0x12345678, 1, none) != SECCOMP_RET_KILL_PROCESS)
		WRONG("another ABI is not killed\n");
	printf("asked %zu\n", asked);
}

/* Which conditions on mmap can be carried to mmap2, which no program can do without. */
static void check_vital(void)
{
#if defined(__i386__) || defined(__arm__)
	static const struct {
		const char *lines;
		size_t errors;
	} rows[] = {
	    {"mmap = EPERM if prot & 4", 0},
	    {"mmap = EPERM if off > 4096", 1},
	    {"mmap = EPERM if off > 4096 and prot & 4", 1},
	    {"mmap = EPERM if off > 4096\nmmap2 = EPERM if prot & 4", 0},
	};
	static struct findings findings;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];

		memset(&findings, 0, sizeof findings);
		snprintf(text, sizeof text, "[deny]\n@mount = deny\n%s\n", rows[i].lines);
		(void)policy_parse(text, strlen(text), &native, &policy, &observed, &findings);
		if (findings.errors != rows[i].errors)
			WRONG("%s: %zu errors\n", rows[i].lines, findings.errors);
		for (size_t k = 0; k < findings.count; k++)
			if (findings.item[k].severity == SEVERITY_ERROR && !strstr(findings.item[k].text, "to `mmap2`"))
				WRONG("%s: %s\n", rows[i].lines, findings.item[k].text);
	}
#endif
}

static void check_file(const char *file)
{
	static char text[POLICY_BYTES_MAX + 1];
	FILE *stream = fopen(file, "r");
	size_t length;

	if (!stream) {
		WRONG("%s: cannot be opened\n", file);
		return;
	}
	length = fread(text, 1, sizeof text - 1, stream);
	text[length] = '\0';
	fclose(stream);
	if (!compile(text, false)) {
		WRONG("%s: refused\n", file);
		return;
	}
	for (size_t i = 0; i < COUNT(native_calls); i++) {
		static const uint64_t none[6] = {0};

		if (names_is_mount_call(native_calls[i].name) &&
		    answer(ARCH_AUDIT, native_calls[i].nr, none) == SECCOMP_RET_ALLOW)
			WRONG("%s: %s is open\n", file, native_calls[i].name);
	}
	compare_all(file, &policy, ARCH_AUDIT);
	printf("%s: %zu rules\n", file, policy.nrules);
}

/* ---- tables ---- */

static void check_tables(void)
{
	static const char parts[][12] = {
	    "socket",     "bind",     "connect",    "listen",     "getsockname", "getpeername", "sendto",  "recvfrom",
	    "socketpair", "shutdown", "setsockopt", "getsockopt", "sendmsg",     "recvmsg",     "accept4", "recvmmsg",
	    "sendmmsg",   "accept",   "semop",      "semtimedop", "semget",      "semctl",      "msgsnd",  "msgrcv",
	    "msgget",     "msgctl",   "shmat",      "shmdt",      "shmget",      "shmctl"};
	const char *name;

	for (size_t i = 0; i < COUNT(parts) && ARCH_COMPLETES && ARCH_MULTIPLEXERS; i++)
		if (abis_direct(parts[i]) != (native_number(parts[i]) < 0 ? -1 : native_number(parts[i])))
			WRONG("%s is %d, and %d by the headers\n", parts[i], abis_direct(parts[i]),
			      native_number(parts[i]));
	for (size_t i = 0; (name = names_newer_at(i)) != NULL; i++)
		if (native_number(name) >= 0 && native_number(name) != names_newer_number(name))
			WRONG("%s is %d\n", name, native_number(name));
	for (size_t i = 0; i < COUNT(native_calls); i++)
		if (native_calls[i].nr > 600)
			WRONG("%s has the number %" PRIu32 "\n", native_calls[i].name, native_calls[i].nr);
#ifdef COMPAT_CALLS
	if (compat_number("seccomp") != ARCH_COMPAT_SECCOMP)
		WRONG("seccomp is %d\n", compat_number("seccomp"));
#endif
#ifdef __ARM_NR_BASE
	if (ARCH_FIRST_OWN != __ARM_NR_BASE || ARCH_LAST_OWN < __ARM_NR_get_tls)
		WRONG("private numbers from 0x%x\n", __ARM_NR_BASE);
#endif
	if (native_number("umount") < 0 ? native_number("umount2") < 0 : !ARCH_COMPLETES)
		WRONG("umount\n");
	printf("%s: %zu calls, %zu of %s\n", ARCH_NAME, COUNT(native_calls), COUNT(compat_calls), ARCH_COMPAT);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "tables") == 0) {
		check_tables();
	} else if (argc > 2 && strcmp(argv[1], "policies") == 0) {
		check_by_heart();
		check_vital();
		for (int i = 2; i < argc; i++)
			check_file(argv[i]);
	} else {
		return 2;
	}
	return failed;
}
