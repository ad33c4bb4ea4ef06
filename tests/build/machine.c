/* SPDX-License-Identifier: MIT */
/*
 * machine: what of the judge differs from machine to machine, tried on the one that this program is for: tables, halves
 * of arguments in struct seccomp_data, programs over them, raw calls, throw-away processes. Static and without a test
 * library, so that a cross compiler and qemu-user suffice. Prints a line for each check; exit status 1: one has failed.
 * (qemu-user has no seccomp: what the kernel makes of the programs is for tests/kernel.)
 */
#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/bpf_walk.h"
#include "selftest/canary.h"
#include "selftest/child.h"
#include "selftest/mount_api.h"
#include "selftest/numbers.h"
#include "selftest/plan.h"
#include "selftest/probe.h"
#include "selftest/raw.h"
#include "selftest/trial.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#ifndef MACHINE
#define MACHINE "x86_64"
#endif
#define MARKER (SECCOMP_RET_ERRNO | 3823)
#define CEILING 471u

static int failed;

static void check(int holds, const char *what)
{
	printf("%s %s\n", holds ? "ok" : "not ok", what);
	failed |= !holds;
}

/* The numbers of the headers that this is compiled with. */
static const struct {
	const char *name;
	long number;
} known[] = {
    {"mount", SYS_mount},
    {"umount2", SYS_umount2},
    {"pivot_root", SYS_pivot_root},
    {"open_tree", SYS_open_tree},
    {"mount_setattr", SYS_mount_setattr},
    {"clone", SYS_clone},
    {"execve", SYS_execve},
    {"getpid", SYS_getpid},
    {"ioctl", SYS_ioctl},
    {"prctl", SYS_prctl},
    {"ptrace", SYS_ptrace},
    {"seccomp", SYS_seccomp},
    {"rt_sigaction", SYS_rt_sigaction},
    {"sched_get_priority_max", SYS_sched_get_priority_max},
#ifdef SYS_umount
    {"umount", SYS_umount},
#endif
#ifdef __ARM_NR_set_tls
    {"set_tls", __ARM_NR_set_tls},
    {"cacheflush", __ARM_NR_cacheflush},
#endif
};

static void tables(void)
{
	unsigned native = 0;
	int same = 1;

	for (size_t i = 0; i < COUNT(known); i++)
		same &= numbers_of(ABI_NATIVE, known[i].name) == known[i].number;
	check(same, "numbers are those of the headers");
	same = 1;
	for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
		native += mount_api_number(ABI_NATIVE, row) >= 0;
		for (int abi = 0; abi < ABI_COUNT; abi++)
			same &= mount_api_number((enum abi)abi, row) == numbers_of((enum abi)abi, mount_api[row].name);
	}
	check(same, "the mount API by hand is that of the tables");
	check(native == MOUNT_API_NATIVE, "and has as many calls as it says");
	check(strcmp(numbers_native_name((uint32_t)SYS_mount), "mount") == 0, "a name is found by its number");
	check(strcmp(numbers_abi_name(ABI_NATIVE), MACHINE) == 0, "this is a program for " MACHINE);
}

/* Where the halves of an argument are, by a definition of its own. */
static uint32_t offset_of(int argument, int upper)
{
	const union {
		uint64_t whole;
		uint32_t part[2];
	} word = {.whole = 1};
	const int lower_first = word.part[0] == 1;

	return (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)argument) + (upper == lower_first ? 4 : 0);
}

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define NR LOAD(offsetof(struct seccomp_data, nr))
#define ARCH LOAD(offsetof(struct seccomp_data, arch))
#define JUMP(how, k, yes, no) BPF_JUMP(BPF_JMP | (how) | BPF_K, (k), (yes), (no))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))

static struct seccomp_data call(enum abi abi, const char *name, uint64_t sixth)
{
	struct seccomp_data data = {.nr = (int)numbers_of(abi, name), .arch = numbers_abi_arch(abi)};

	data.args[CANARY_ARGUMENT] = sixth;
	return data;
}

static void halves(void)
{
	const uint32_t value[2] = {0x22222222, 0x11111111};
	struct seccomp_data data = {.args = {[1] = UINT64_C(0x1111111122222222)}};

	for (int upper = 0; upper < 2; upper++) {
		struct sock_filter filter[] = {LOAD(offset_of(1, upper)), BPF_STMT(BPF_RET | BPF_A, 0)};
		struct evaluation e = bpf_eval(filter, COUNT(filter), &data, NULL);

		check(e.error == EVAL_OK && e.action == value[upper] && e.halves == 1u << (2 + upper),
		      upper ? "the upper half is loaded as such" : "the lower half is loaded as such");
	}
}

static uint32_t answer(const struct sock_filter *filter, size_t length, struct seccomp_data data)
{
	struct evaluation e = bpf_eval(filter, length, &data, NULL);

	return e.error == EVAL_OK ? e.action : 0;
}

static void canary(void)
{
	static struct sock_filter filter[CANARY_LENGTH_MAX];
	const uint64_t wrong_upper = CANARY_MAGIC ^ UINT64_C(1) << 40, wrong_lower = CANARY_MAGIC ^ 2;
	const uint64_t magic = (unsigned long)CANARY_MAGIC; /* as a register has it */
	struct canary_numbers numbers = {.natives = 2, .secret = 1};
	size_t length;
	struct seccomp_data data;

	numbers.native[0] = (uint32_t)SYS_sched_get_priority_max;
	numbers.native[1] = (uint32_t)SYS_mount;
	if (ABI_COUNT > ABI_COMPAT)
		numbers.compat[numbers.compats++] = (uint32_t)numbers_of(ABI_COMPAT, "mount");
	for (int secret = 0; secret < 2; secret++) {
		numbers.secret = secret;
		length = canary_assemble(&numbers, CANARY_MAGIC, MARKER, filter);
		check(length > 0 && bpf_check(filter, length) == EVAL_OK, "the canary is a program");
		check(answer(filter, length, call(ABI_NATIVE, "mount", magic)) == MARKER, "it answers to the magic");
		check(answer(filter, length, call(ABI_NATIVE, "mount", wrong_lower)) == SECCOMP_RET_ALLOW,
		      "not to another");
		if (MACHINE_BITS == 64)
			check(answer(filter, length, call(ABI_NATIVE, "mount", wrong_upper)) == SECCOMP_RET_ALLOW,
			      "nor to its lower half");
		check(answer(filter, length, call(ABI_NATIVE, "getpid", magic)) == SECCOMP_RET_ALLOW,
		      "nor where another call has it");
		data = call(ABI_NATIVE, "mount", magic);
		data.arch = MACHINE_STRANGER;
		check(answer(filter, length, data) == SECCOMP_RET_ALLOW, "nor on another architecture");
		if (ABI_COUNT > ABI_COMPAT) {
			check(answer(filter, length, call(ABI_COMPAT, "mount", (uint32_t)CANARY_MAGIC)) == MARKER,
			      "on the compat ABI to the lower half");
			check(answer(filter, length, call(ABI_COMPAT, "getpid", (uint32_t)CANARY_MAGIC)) ==
			          SECCOMP_RET_ALLOW,
			      "there not where another call has it");
		}
	}
	length = canary_assemble(&numbers, OVERLAY_MAGIC, MARKER, filter);
	check(answer(filter, length, call(ABI_NATIVE, "sched_get_priority_max", magic)) ==
	          (SECCOMP_RET_ERRNO | CANARY_SECRET),
	      "a canary with a magic of its own tells so much");
}

static enum witness walk(const struct trial_input *input, struct sock_filter *filter, size_t length)
{
	static struct report report;
	const struct sock_fprog program = {(unsigned short)length, filter};
	long detail = -1;

	if (trial_rehearse(input, &program, &report, &detail) != TRIAL_OK)
		return WITNESS_NOT_OFFERED;
	return report.evaluation;
}

static uint32_t let_in = UINT32_MAX; /* an architecture that the program lets do everything */

/* With a ceiling that leaves `end` - `first` alone above it. */
static enum witness walk_policy(int argument, int upper, uint32_t first, uint32_t end)
{
	static const uint64_t flags = 0x7e020000;
	const struct trial_condition condition = {
	    .arg = (uint8_t)argument, .upper = (uint8_t)argument, .test = TRIAL_ANY_BIT, .values = &flags, .count = 1};
	struct trial_rule rules[MOUNT_API_NATIVE + 1];
	struct trial_input input = {.rules = rules, .ceiling = CEILING, .above = ENOSYS};
	struct sock_filter filter[64] = {ARCH,
	                                 JUMP(BPF_JEQ, let_in, 0, 1),
	                                 RETURN(SECCOMP_RET_ALLOW),
	                                 JUMP(BPF_JEQ, MACHINE_AUDIT, 1, 0),
	                                 RETURN(SECCOMP_RET_KILL_PROCESS),
	                                 NR,
	                                 JUMP(BPF_JEQ, UINT32_MAX, 0, 1),
	                                 RETURN(SECCOMP_RET_ALLOW)};
	size_t length = 8;

#ifdef MACHINE_X32
	filter[length++] = (struct sock_filter)JUMP(BPF_JGE, NUMBERS_X32_BIT, 0, 1);
	filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
#endif
	for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
		const int64_t nr = mount_api_number(ABI_NATIVE, row);

		if (nr < 0)
			continue;
		rules[input.nrules++] = (struct trial_rule){
		    .name = mount_api[row].name, .nr = (uint32_t)nr, .errnum = EPERM, .line = (unsigned)row + 2};
		filter[length++] = (struct sock_filter)JUMP(BPF_JEQ, (uint32_t)nr, 0, 1);
		filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | EPERM);
	}
	rules[input.nrules++] = (struct trial_rule){.name = "clone",
	                                            .nr = (uint32_t)SYS_clone,
	                                            .errnum = EACCES,
	                                            .conditions = &condition,
	                                            .nconditions = 1,
	                                            .line = 20};
	const struct sock_filter rest[] = {
	    JUMP(BPF_JEQ, (uint32_t)SYS_clone, 0, 4),
	    LOAD(offset_of(argument, upper)),
	    JUMP(BPF_JSET, (uint32_t)flags, 0, 1),
	    RETURN(SECCOMP_RET_ERRNO | EACCES),
	    RETURN(SECCOMP_RET_ALLOW),
	    JUMP(BPF_JGE, first, 0, 2),
	    JUMP(BPF_JGE, end, 1, 0),
	    RETURN(SECCOMP_RET_ALLOW),
	    JUMP(BPF_JGT, CEILING, 0, 1),
	    RETURN(SECCOMP_RET_ERRNO | ENOSYS),
	    RETURN(SECCOMP_RET_ALLOW),
	};
	memcpy(&filter[length], rest, sizeof rest);
	return walk(&input, filter, length + COUNT(rest));
}

static void walks(void)
{
	/* The private calls of a native arm are behind the ceiling's back. */
	const uint32_t first = strcmp(MACHINE, "armv7") == 0 ? 0xf0000 : 0x20000000, end = first + 0x100;
	const int alone = strcmp(MACHINE, "armv7") == 0;
	/* The value of what CONFIG_COMPAT gives a little-endian powerpc: there is no name for it. */
	const uint32_t strangers[] = {MACHINE_STRANGER, strcmp(MACHINE, "ppc64le") == 0 ? 0x40000014u : 0};

	check(walk_policy(0, 0, first, alone ? end : first) == WITNESS_OK, "a policy's program is what it should be");
	check(walk_policy(5, 0, first, alone ? end : first) == WITNESS_OK, "also one that asks for the sixth argument");
	check(walk_policy(0, 1, first, alone ? end : first) == WITNESS_FAILED, "not if it looks at the upper half");
	check(walk_policy(0, 0, first, alone ? first : end) == WITNESS_FAILED, "nor with another ceiling");
	check(walk_policy(0, 0, first, alone ? end + 1 : first + 1) == WITNESS_FAILED, "by one number");
	for (size_t i = 0; i < COUNT(strangers); i++) {
		let_in = strangers[i];
		check(walk_policy(0, 0, first, alone ? end : first) == WITNESS_FAILED, "nor if a stranger is let in");
	}
	let_in = UINT32_MAX;
}

#if ABI_COUNT == 2
/* other-abis = deny: the compat ABI has the mount API's rules, a ceiling, and its own private calls above that. */
static enum witness walk_compat(uint32_t first, uint32_t end, int without)
{
	struct trial_rule native[MOUNT_API_ROWS], compat[MOUNT_API_ROWS];
	struct trial_input input = {.rules = native, .ceiling = CEILING, .above = ENOSYS, .other_denied = true};
	struct sock_filter filter[80];
	size_t length = 0, ncompat = 0;
	const enum abi abis[] = {ABI_NATIVE, ABI_COMPAT};

	for (int i = 0; i < 2; i++) {
		const size_t jump = length + 1;

		filter[length++] = (struct sock_filter)ARCH;
		filter[length++] = (struct sock_filter)JUMP(BPF_JEQ, numbers_abi_arch(abis[i]), 0, 0);
		filter[length++] = (struct sock_filter)NR;
		filter[length++] = (struct sock_filter)JUMP(BPF_JEQ, UINT32_MAX, 0, 1);
		filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
		for (size_t row = 0; row < MOUNT_API_ROWS; row++) {
			const int64_t nr = mount_api_number(abis[i], row);
			struct trial_rule rule = {.name = mount_api[row].name,
			                          .nr = (uint32_t)nr,
			                          .errnum = EPERM,
			                          .line = (unsigned)row + 2};

			if (nr < 0 || (i == 1 && (int)row == without))
				continue;
			if (i == 0)
				native[input.nrules++] = rule;
			else
				compat[ncompat++] = rule;
			filter[length++] = (struct sock_filter)JUMP(BPF_JEQ, (uint32_t)nr, 0, 1);
			filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | EPERM);
		}
		if (i == 1) {
			filter[length++] = (struct sock_filter)JUMP(BPF_JGE, first, 0, 2);
			filter[length++] = (struct sock_filter)JUMP(BPF_JGE, end, 1, 0);
			filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
		}
		filter[length++] = (struct sock_filter)JUMP(BPF_JGT, CEILING, 0, 1);
		filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | ENOSYS);
		filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
		filter[jump].jf = (uint8_t)(length - jump - 1);
	}
	filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	input.other[TRIAL_COMPAT] = (struct trial_other){.rules = compat, .nrules = ncompat};
	return walk(&input, filter, length);
}

static void compats(void)
{
	const int arm = strcmp(numbers_abi_name(ABI_COMPAT), "arm") == 0;
	const uint32_t first = 0xf0000, end = arm ? 0xf0100 : first;

	check(walk_compat(first, end, -1) == WITNESS_OK, "a policy for the compat ABI, too");
	check(walk_compat(first, end + 1, -1) == WITNESS_FAILED, "with another ceiling there it is not");
	check(walk_compat(first, end, 0) == WITNESS_NOT_OFFERED, "and without its mount it is none");
}
#else
static void compats(void)
{
}
#endif

/* Denials are reported: a program that gives its errno to the magic only. upper: it asks for that half, too. */
static enum witness walk_reported(uint64_t magic, int upper)
{
	const struct trial_rule rule = {.name = "acct", .nr = (uint32_t)SYS_acct, .errnum = EPERM, .line = 2};
	const struct trial_input input = {.rules = &rule, .nrules = 1, .magic = magic};
	struct sock_filter filter[] = {
	    ARCH,
	    JUMP(BPF_JEQ, MACHINE_AUDIT, 1, 0),
	    RETURN(SECCOMP_RET_KILL_PROCESS),
	    NR,
#ifdef MACHINE_X32
	    JUMP(BPF_JEQ, UINT32_MAX, 2, 0),
	    JUMP(BPF_JGE, NUMBERS_X32_BIT, 0, 1),
	    RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
	    JUMP(BPF_JEQ, (uint32_t)SYS_seccomp, 0, 4),
	    LOAD(offset_of(1, 0)),
	    JUMP(BPF_JSET, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, 1),
	    RETURN(SECCOMP_RET_ERRNO | EBUSY),
	    RETURN(SECCOMP_RET_ALLOW),
	    JUMP(BPF_JEQ, (uint32_t)SYS_acct, 1, 0),
	    RETURN(SECCOMP_RET_ALLOW),
	    LOAD(offset_of(5, 0)),
	    JUMP(BPF_JEQ, (uint32_t)magic, 0, 3),
	    LOAD(offset_of(5, upper)),
	    JUMP(BPF_JEQ, (uint32_t)(upper ? magic >> 32 : magic), 0, 1),
	    RETURN(SECCOMP_RET_ERRNO | EPERM),
	    RETURN(SECCOMP_RET_USER_NOTIF),
	};

	return walk(&input, filter, COUNT(filter));
}

static void reported(void)
{
	check(walk_reported(UINT64_C(0x1234567855555555) & ULONG_MAX, 1) == WITNESS_OK, "a magic of whole registers");
	check(walk_reported(UINT64_C(0x1234567855555555), 0) == (MACHINE_BITS == 32 ? WITNESS_OK : WITNESS_FAILED),
	      "its lower half will do where registers have no more");
}

static void plans(void)
{
	static struct meaning meaning;
	static struct plan plan;
	const struct trial_input input = {.ceiling = CEILING, .above = ENOSYS};
	struct probe control;

	check(meaning_read(&meaning, &input) && plan_trial(&plan, &meaning) == PLAN_OK, "a plan is made");
	check(plan.nforeign == ABI_COUNT - 1, "with one call of each other ABI, which is to kill");
	for (size_t i = 0; i < plan.nforeign; i++) {
		const struct probe *probe = &plan.probes[plan.foreign[i].probe];

		check(plan_cannot_call(&plan, &plan.foreign[i]) == (probe->abi >= MACHINE_CALLABLE) &&
		          probe->abi == (enum abi)(i + 1),
		      "made only by who can");
		check(plan_expected(&meaning, probe) == SECCOMP_RET_KILL_PROCESS, "and to be killed");
	}
	check(plan.numbers.natives == 2 + MOUNT_API_NATIVE + (MACHINE_CALLABLE == 3 ? MOUNT_API_NATIVE : 0),
	      "the canary knows the mount API");
	for (size_t i = 0; plan_control(i, &control); i++)
		check(control.nr < 400, "there is a control");
}

static void raw(void)
{
	const uint64_t none[6] = {0};
	const uint64_t bad[6] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	off64_t from = 1;
	char text[4] = "";
	uint64_t copy[6] = {(uint64_t)in, (uintptr_t)&from, (uint64_t)out, 0, 3, 0};

	check(raw_native((uint32_t)SYS_getpid, none) == getpid(), "a call");
	check(raw_native((uint32_t)SYS_close, bad) == -EBADF, "an error");
	check(raw_native(4000, bad) == -ENOSYS, "a number that is none");
	check(write(in, "abcdef", 6) == 6 && raw_native((uint32_t)SYS_copy_file_range, copy) == 3 && from == 4 &&
	          lseek(out, 0, SEEK_SET) == 0 && read(out, text, sizeof text) == 3 && memcmp(text, "bcd", 3) == 0,
	      "six arguments");
	copy[5] = 1;
	check(raw_native((uint32_t)SYS_copy_file_range, copy) == -EINVAL, "of which the sixth matters");
}

static void on_child(int signal)
{
	(void)signal;
}

static void children(void)
{
	const struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
	struct probe probes[3];
	struct observed observed[3] = {{OBSERVED_NOTHING, 0}};
	struct sigaction after;
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = child_make(SIGCHLD);
	if (pid == 0)
		_exit(getpid() != 0 ? 7 : 8);
	check(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7, "a child");

	for (size_t i = 0; i < COUNT(probes); i++)
		(void)plan_control(2, &probes[i]); /* sched_get_priority_max */
	probes[0].args[0] = SCHED_FIFO;
	probes[1].args[0] = SCHED_OTHER;
	probes[2].args[0] = 99;
	check(sigaction(SIGCHLD, &action, NULL) == 0 && probe_run(probes, COUNT(probes), observed) == 0, "probes");
	check(observed[0].what == OBSERVED_RETURN && observed[0].value == 99 && observed[1].value == 0 &&
	          observed[2].value == -EINVAL,
	      "come back with what the calls did");
	check(sigaction(SIGCHLD, NULL, &after) == 0 && after.sa_handler == on_child && after.sa_flags & SA_NOCLDSTOP &&
	          !sigismember(&after.sa_mask, SIGUSR1),
	      "and leave SIGCHLD as it was");
}

int main(void)
{
	tables();
	halves();
	canary();
	walks();
	compats();
	reported();
	plans();
	raw();
	children();
	return failed;
}
