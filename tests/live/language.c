/* SPDX-License-Identifier: MIT */
/*
 * language [--policies N] [--seed N] [--spoil]: random policies against four readings of them. Each policy is INI text,
 * with every operator, width and way to write a number. What it means is kept beside the text, in a form of this file's
 * own, and evaluated here (`reference`). Held against it, for random calls with boundary values and junk:
 *
 *   - the program that denyinit makes of the text, as the judge evaluates it
 *   - the judge's walk over all calls there can be (protect_rehearse)
 *   - what the running kernel answers with the program loaded: live calls in a child
 *
 * A rule that denyinit refuses because it could have no effect must not be one that decides about any of the calls.
 * No call's body ever runs: a filter that is loaded first denies all of them with a marker. At equal action the newest
 * filter's errno is returned, so the policy's is seen where it denies, and the marker where it does not.
 *
 * --spoil: one constant of each program is another one: then there must be differences. The last line of
 * stdout has the counts.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/loaded.h"
#include "init/protect.h"
#include "selftest/trial.h"

#define MARKER 3911
#define CALLS_MAX 32u /* tried for each policy */
#define LIVE_CALLS 24u
#define RULES 24u
#define CONDITIONS 4u
#define VALUES 12u

/* ---- random, and the same for each seed ---- */

static uint64_t seed = 1;

static uint64_t bits(void) /* splitmix64 */
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static unsigned below(unsigned end)
{
	return (unsigned)(bits() % end);
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

/* ---- what can be asked of which call: by the kernel's prototypes, written here once more ---- */

struct asked {
	const char *name; /* NULL: argN; the width is then what the values need */
	unsigned index, width;
};

static const struct subject {
	const char *name;
	unsigned nr;
	struct asked asked[6];
	unsigned count;
} subjects[] = {
    {"ioctl", 16, {{"fd", 0, 32}, {"cmd", 1, 32}}, 2},
    {"socket", 41, {{"family", 0, 32}, {"type", 1, 32}, {"protocol", 2, 32}}, 3},
    {"mount", 165, {{"flags", 3, 64}}, 1},
    {"umount2", 166, {{"flags", 1, 32}}, 1},
    {"mmap", 9, {{"len", 1, 64}, {"off", 5, 64}, {"addr", 0, 64}}, 3},
    {"mremap", 25, {{"old_len", 1, 64}, {"new_len", 2, 64}, {"flags", 3, 64}}, 3},
    {"setns", 308, {{"fd", 0, 32}, {"nstype", 1, 32}}, 2},
    {"ptrace", 101, {{"request", 0, 64}, {"addr", 2, 64}, {"data", 3, 64}}, 3},
    {"personality", 135, {{"personality", 0, 32}}, 1},
    {"500", 500, {{NULL, 0, 0}, {NULL, 1, 0}, {NULL, 2, 0}, {NULL, 3, 0}, {NULL, 4, 0}, {NULL, 5, 0}}, 6},
    {"65535", 65535, {{NULL, 0, 0}, {NULL, 1, 0}, {NULL, 5, 0}}, 3},
};
#define SUBJECTS (sizeof subjects / sizeof *subjects)
#define MMAP 9u      /* never denied as a whole: denyinit has an error for that */
#define CEILING 471u /* newer-syscalls = ENOSYS above it */

/* ---- a policy, as it is meant ---- */

enum operator{ IN, NOT_IN, EQUAL, UNEQUAL, LESS, UP_TO, MORE, FROM, BITS, OPERATORS };

static const char *const operators[OPERATORS] = {"in", "not in", "==", "!=", "<", "<=", ">", ">=", "&"};

struct meant_condition {
	const struct asked *asked;
	enum operator operator;
	unsigned width; /* 32 or 64 */
	uint64_t values[VALUES];
	unsigned count;
};

struct meant_rule {
	const struct subject *subject;
	unsigned errnum; /* 0: kill-process */
	struct meant_condition conditions[CONDITIONS];
	unsigned count;
	unsigned line;
	bool refused; /* denyinit says that it has no effect */
};

static struct meant {
	struct meant_rule rules[RULES];
	unsigned count;
	bool newer_enosys;
	char text[8192];
	size_t length;
	unsigned line; /* of what is written next */
} meant;

static uint64_t low_bits(uint64_t value, unsigned width)
{
	return width == 32 ? value % (UINT64_C(1) << 32) : value;
}

static bool condition_holds(const struct meant_condition *c, const uint64_t args[6])
{
	const uint64_t a = low_bits(args[c->asked->index], c->width), v = c->values[0];
	bool any = false;

	for (unsigned i = 0; i < c->count; i++)
		any = any || a == c->values[i];
	switch (c->operator) {
	case IN:
	case EQUAL: return any;
	case NOT_IN:
	case UNEQUAL: return !any;
	case LESS: return a < v;
	case UP_TO: return a < v || a == v;
	case MORE: return v < a;
	case FROM: return v < a || a == v;
	default: return (a & v) > 0;
	}
}

static bool rule_holds(const struct meant_rule *rule, unsigned nr, const uint64_t args[6])
{
	if (rule->subject->nr != nr)
		return false;
	for (unsigned i = 0; i < rule->count; i++)
		if (!condition_holds(&rule->conditions[i], args))
			return false;
	return true;
}

/* The most severe that matches, then the first line. NULL: none. */
static const struct meant_rule *deciding_rule(unsigned nr, const uint64_t args[6])
{
	const struct meant_rule *decides = NULL;

	for (unsigned i = 0; i < meant.count; i++) {
		const struct meant_rule *rule = &meant.rules[i];

		if (rule_holds(rule, nr, args) && (!decides || (decides->errnum != 0 && rule->errnum == 0)))
			decides = rule;
	}
	return decides;
}

static uint32_t reference(unsigned nr, const uint64_t args[6])
{
	const struct meant_rule *rule = deciding_rule(nr, args);
	bool named = false;

	if (rule)
		return rule->errnum ? SECCOMP_RET_ERRNO | rule->errnum : SECCOMP_RET_KILL_PROCESS;
	for (unsigned i = 0; i < meant.count; i++)
		named = named || meant.rules[i].subject->nr == nr;
	return !named && nr > CEILING && meant.newer_enosys ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_ALLOW;
}

/* ---- and as it is written ---- */

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(meant.text + meant.length, sizeof meant.text - meant.length, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof meant.text - meant.length)
		abort();
	meant.length += (size_t)length;
	for (const char *at = meant.text + meant.length - length; *at; at++)
		meant.line += *at == '\n';
}

static uint64_t random_value(unsigned width)
{
	switch (below(8)) {
	case 0: return low_bits(0 - (uint64_t)below(4), width);
	case 1: return UINT64_C(1) << below(width);
	case 2: return low_bits(bits(), width);
	case 3: return width == 64 ? (uint64_t)below(4) << 32 | below(4) : 0x7fffffff + below(3);
	case 4: return width == 64 ? UINT64_C(0xffffffff) + below(3) - 1 : below(1000);
	default: return below(12);
	}
}

/* One value in one of the ways in which it can be written. */
static void put_value(const struct meant_condition *c, uint64_t value)
{
	const bool equals = c->operator<= UNEQUAL;
	const uint64_t minus = low_bits(0 - value, c->width), part = value & bits();

	if (equals && value >> (c->width - 1) && one_in(2))
		put(one_in(2) ? " -%" PRIu64 : " -0x%" PRIx64, minus);
	else if (one_in(4) && part)
		put(one_in(2) ? " 0x%" PRIx64 "|0x%" PRIX64 : " 0x%" PRIx64 " | 0x%" PRIx64, part, value & ~part);
	else
		put(one_in(2) ? " %" PRIu64 : " 0x%" PRIx64, value);
}

/* Whether it comes out the same for every argument: denyinit has an error for that. */
static bool is_pointless(const struct meant_condition *c)
{
	const uint64_t v = c->values[0], most = low_bits(UINT64_MAX, c->width);

	return (v == 0 && (c->operator== LESS || c->operator== FROM || c->operator== BITS)) ||
	       (v == most && (c->operator== MORE || c->operator== UP_TO));
}

static void mean_condition(struct meant_rule *rule)
{
	const struct subject *subject = rule->subject;
	struct meant_condition *c = &rule->conditions[rule->count++];

	do {
		c->asked = &subject->asked[below(subject->count)];
		c->width = c->asked->width;
		for (unsigned i = 0; !c->asked->name && i + 1 < rule->count; i++) /* as wide as before */
			if (rule->conditions[i].asked->index == c->asked->index)
				c->width = rule->conditions[i].width;
		if (c->width == 0)
			c->width = one_in(2) ? 32 : 64;
		c->operator=(enum operator) below(OPERATORS);
		c->count = c->operator<= NOT_IN ? 1 + below(one_in(3) ? 7 : 3) : 1;
		for (unsigned i = 0; i < c->count; i++)
			c->values[i] = random_value(c->width);
	} while (is_pointless(c));
}

static void put_condition(const struct meant_condition *c)
{
	if (c->asked->name)
		put("%s", c->asked->name);
	else
		put("arg%u%s", c->asked->index, c->width == 64 ? ":64" : "");
	put("%s%s", one_in(3) && c->operator >= EQUAL ? "" : " ", operators[c->operator]);
	for (unsigned i = 0; i < c->count; i++)
		put_value(c, c->values[i]);
}

/* A line of its own. Too long a one is written anew, shorter. */
static void mean_rule(const struct subject *subject, bool always)
{
	struct meant_rule *rule = &meant.rules[meant.count];
	const size_t start = meant.length;
	unsigned conditions = always ? 0 : 1 + (one_in(3) ? below(CONDITIONS) : 0);

	for (;;) {
		*rule = (struct meant_rule){.subject = subject, .line = meant.line};
		rule->errnum = one_in(8) ? 0 : 1 + below(300);
		while (rule->count < conditions)
			mean_condition(rule);
		if (rule->errnum)
			put("%s = %u", subject->name, rule->errnum);
		else
			put("%s = kill-process", subject->name);
		for (unsigned i = 0; i < rule->count; i++) {
			put(" %s ", i == 0 ? "if" : "and");
			put_condition(&rule->conditions[i]);
		}
		if (meant.length - start <= POLICY_LINE_MAX)
			break;
		meant.length = start;
		conditions = 1;
	}
	put("\n");
	meant.count++;
}

static void mean_policy(void)
{
	meant.count = 0;
	meant.length = 0;
	meant.line = 1;
	meant.newer_enosys = one_in(2);
	put("[policy]\nnewer-syscalls = %s\n[deny]\n", meant.newer_enosys ? "ENOSYS" : "allow");
	for (unsigned calls = 1 + below(4); calls > 0; calls--) {
		const struct subject *subject = &subjects[below(SUBJECTS)];
		unsigned rules = 1 + below(5);

		for (unsigned i = 0; i < meant.count; i++)
			if (meant.rules[i].subject == subject)
				rules = 0;
		for (unsigned i = 0; i < rules; i++)
			mean_rule(subject, i + 1 == rules && subject->nr != MMAP && one_in(6));
	}
}

/* ---- calls ---- */

struct call {
	unsigned nr;
	uint64_t args[6];
	uint32_t wanted;
};

/* A value of the rule's conditions on that argument, or next to it, in all its forms in a register. */
static uint64_t random_argument(const struct meant_rule *rule, unsigned index)
{
	uint64_t value = one_in(3) ? bits() : below(12);

	for (unsigned i = 0; rule && i < rule->count; i++) {
		const struct meant_condition *c = &rule->conditions[i];

		if (c->asked->index != index || one_in(4))
			continue;
		value = c->values[below(c->count)];
		if (one_in(2))
			value += below(3) - 1u + (one_in(2) ? 0 : UINT64_MAX - UINT32_MAX);
		if (c->operator== BITS && one_in(2))
			value = one_in(2) ? ~value : value & (0 - value);
	}
	switch (below(8)) {
	case 0: return value | UINT64_C(0xffffffff00000000); /* sign-extended or not */
	case 1: return (value & UINT32_MAX) | bits() << 32;  /* junk above it */
	case 2: return (uint64_t)(int64_t)(int32_t)value;
	case 3: return value & UINT32_MAX;
	case 4: return one_in(4) ? UINT64_MAX : value;
	default: return value;
	}
}

static void random_call(struct call *call)
{
	const struct meant_rule *rule = meant.count > 0 ? &meant.rules[below(meant.count)] : NULL;

	call->nr = !rule || one_in(8) ? subjects[below(SUBJECTS)].nr : rule->subject->nr;
	for (unsigned i = 0; i < 6; i++)
		call->args[i] = random_argument(rule, i);
	call->wanted = reference(call->nr, call->args);
}

/* ---- the kernel ---- */

/* All subjects get the marker. */
static bool load_marker(void)
{
	struct sock_filter filter[2 * SUBJECTS + 2] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {1, filter};

	for (unsigned i = 0; i < SUBJECTS; i++) {
		filter[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, subjects[i].nr, 0, 1);
		filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | MARKER);
	}
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static long make_call(const struct call *call)
{
	const uint64_t *a = call->args;

	return syscall((long)call->nr, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 ? -errno : 0;
}

#define KILLED (-5000)
#define NOT_MADE (-5001)

/* One that is to kill its caller has a caller of its own. */
static long make_deadly_call(const struct call *call)
{
	int status = 0;
	long child = syscall(SYS_fork);

	if (child == 0) {
		make_call(call);
		syscall(SYS_exit_group, 0);
	}
	if (child < 0 || syscall(SYS_wait4, child, &status, 0, NULL) != child)
		return NOT_MADE;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : 0;
}

static long *results; /* shared with the child */

static bool ask_kernel(const struct sock_fprog *program, const struct call *calls)
{
	int status;
	pid_t child;

	for (unsigned i = 0; i < LIVE_CALLS; i++)
		results[i] = NOT_MADE;
	child = fork();
	if (child == 0) {
		if (!load_marker() || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) != 0)
			_exit(1);
		for (unsigned i = 0; i < LIVE_CALLS; i++)
			results[i] = calls[i].wanted == SECCOMP_RET_KILL_PROCESS ? make_deadly_call(&calls[i])
			                                                         : make_call(&calls[i]);
		syscall(SYS_exit_group, 0);
	}
	/* One that killed, and should not, leaves the others NOT_MADE: differences. */
	return child > 0 && waitpid(child, &status, 0) == child &&
	       (WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

static long kernel_wanted(uint32_t action)
{
	if (action == SECCOMP_RET_KILL_PROCESS)
		return KILLED;
	return action == SECCOMP_RET_ALLOW ? -MARKER : -(long)(action & SECCOMP_RET_DATA);
}

/* ---- the comparison ---- */

static struct {
	unsigned long policies, rules, refused_rules, calls, denied, by_evaluation, by_walk, by_kernel, wrongly_refused,
	    complex, broken;
} counts;

static void tell(const char *who, const struct call *call, long got)
{
	if (counts.by_evaluation + counts.by_kernel + counts.by_walk > 5)
		return;
	printf("# %s: number %u with %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64
	       ": %#lx, not %#x, in\n%.*s",
	       who, call->nr, call->args[0], call->args[1], call->args[2], call->args[3], call->args[4], call->args[5],
	       (unsigned long)got, call->wanted, (int)meant.length, meant.text);
}

static struct loaded loaded; /* large */

static bool parse(void)
{
	memset(&loaded.findings, 0, sizeof loaded.findings);
	loaded.path = "language.ini";
	return policy_parse(meant.text, meant.length, &filter_calls, &loaded.policy, &loaded.observed,
	                    &loaded.findings);
}

/* Removes a line of the text, and its rule from what is meant. */
static void remove_line(unsigned line)
{
	char *at = meant.text, *end;
	unsigned kept = 0;

	for (unsigned i = 1; i < line; i++)
		at = strchr(at, '\n') + 1;
	end = strchr(at, '\n');
	for (char *c = at; c < end; c++)
		*c = ' ';
	*at = ';';
	for (unsigned i = 0; i < meant.count; i++)
		if (meant.rules[i].line != line)
			meant.rules[kept++] = meant.rules[i];
	meant.count = kept;
}

/* Rules without effect are errors: are they such, and may they go? Any other error is a failure of this test. */
static bool drop_refused_rules(void)
{
	static struct meant whole;
	unsigned lines[RULES], count = 0;
	struct call call;

	for (unsigned i = 0; i < loaded.findings.count; i++) {
		const struct finding *f = &loaded.findings.item[i];

		if (f->severity != SEVERITY_ERROR)
			continue;
		if (!strstr(f->text, "can have no effect") && !strstr(f->text, " already: remove one of the two")) {
			printf("# line %u: %s, in\n%.*s", f->line, f->text, (int)meant.length, meant.text);
			return false;
		}
		if (count < RULES && (count == 0 || lines[count - 1] != f->line))
			lines[count++] = f->line;
	}
	for (unsigned tries = 0; tries < 200; tries++) {
		const struct meant_rule *rule;

		random_call(&call);
		rule = deciding_rule(call.nr, call.args);
		for (unsigned i = 0; rule && i < count; i++) {
			if (rule->line != lines[i])
				continue;
			/* Of twins the second line goes, which may be the more severe. */
			whole = meant;
			remove_line(lines[i]);
			rule = deciding_rule(call.nr, call.args);
			meant = whole;
			if (rule)
				break;
			counts.wrongly_refused++;
			tell("refused as without effect", &call, 0);
		}
	}
	for (unsigned i = count; i-- > 0;)
		remove_line(lines[i]);
	counts.refused_rules += count;
	return count > 0;
}

static void try_policy(bool spoil)
{
	static struct report report; /* large */
	struct call calls[CALLS_MAX];
	struct sock_fprog program;
	char why[REFUSAL_MAX];
	bool parsed;

	mean_policy();
	while (!(parsed = parse()) && meant.count > 0)
		if (!drop_refused_rules())
			break;
	if (!parsed && meant.count == 0)
		return; /* nothing left */
	if (!parsed || !loaded_compile(&loaded, why)) {
		counts.broken++;
		return;
	}
	counts.policies++;
	counts.rules += meant.count;
	program = (struct sock_fprog){(unsigned short)loaded.program.length, loaded.program.filter};
	if (spoil) /* the program's own part comes first: the last comparison before the tail, or thereabouts */
		for (unsigned i = 8 + below(program.len - 8u), n = 0; n < program.len; n++, i++) {
			struct sock_filter *f = &program.filter[i % program.len];

			if (BPF_CLASS(f->code) != BPF_JMP || BPF_OP(f->code) == BPF_JA || i % program.len < 8)
				continue;
			f->k ^= 1u << below(4);
			break;
		}
	else if (!protect_rehearse(&loaded, false, &report, why)) {
		counts.complex += report.too_complex;
		counts.by_walk += !report.too_complex;
		if (!report.too_complex)
			printf("# %s, in\n%.*s", why, (int)meant.length, meant.text);
	}
	for (unsigned i = 0; i < CALLS_MAX; i++) {
		struct seccomp_data data = {.arch = AUDIT_ARCH_X86_64};
		uint32_t got;

		random_call(&calls[i]);
		data.nr = (int)calls[i].nr;
		memcpy(data.args, calls[i].args, sizeof data.args);
		got = trial_evaluate(&program, &data);
		counts.calls++;
		counts.denied += calls[i].wanted != SECCOMP_RET_ALLOW;
		if (got != calls[i].wanted) {
			counts.by_evaluation++;
			if (!spoil)
				tell("evaluation", &calls[i], got);
		}
	}
	if (!ask_kernel(&program, calls)) {
		counts.broken++;
		return;
	}
	for (unsigned i = 0; i < LIVE_CALLS; i++) {
		if (results[i] == kernel_wanted(calls[i].wanted))
			continue;
		counts.by_kernel++;
		if (!spoil)
			tell("kernel", &calls[i], results[i]);
	}
}

int main(int argc, char *argv[])
{
	unsigned long wanted = 1000;
	bool spoil = false, ok;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--spoil") == 0)
			spoil = true;
		else if (strcmp(argv[i], "--policies") == 0 && i + 1 < argc)
			wanted = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else
			return 2;
	}
	results = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		return 2;
	while (counts.policies < wanted && counts.broken < 10)
		try_policy(spoil);
	/* Something must have been asked: a third of the calls denied, and hardly any policy too complex. */
	ok = counts.broken == 0 && counts.by_walk == 0 && counts.wrongly_refused == 0 &&
	     counts.denied * 4 > counts.calls && counts.complex * 100 < counts.policies &&
	     counts.refused_rules * 2 < counts.rules &&
	     (spoil ? counts.by_evaluation > counts.policies && counts.by_kernel > counts.policies / 2
	            : counts.by_evaluation == 0 && counts.by_kernel == 0);
	printf(
	    "language: %lu policies, %lu rules, %lu calls, %lu of them denied, %lu rules refused as without effect, "
	    "%lu policies too complex; differences: evaluation %lu, walk %lu, kernel %lu, refusals %lu, broken %lu\n",
	    counts.policies, counts.rules, counts.calls, counts.denied, counts.refused_rules, counts.complex,
	    counts.by_evaluation, counts.by_walk, counts.by_kernel, counts.wrongly_refused, counts.broken);
	return ok ? 0 : 1;
}
