/* SPDX-License-Identifier: MIT */
/*
 * bpf_check, bpf_eval and bpf_walk against a second implementation and, for one program of 64 and what is new in them,
 * against the kernel's own answers. The input is read as a recipe, so that most of what comes of it is a program that
 * the kernel takes.
 */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "selftest/bpf_walk.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/second.h"

#define LENGTH_MAX 48u
#define SAMPLES 64u
#define SWEPT 480u
#define KERNEL_EVERY 64u
#define KERNEL_TIMES 6u /* each kind of instruction at least, then only every so often */
#define NR_END (UINT64_C(1) << 32)

/* --- The recipe ---------------------------------------------------------------------------------------------------- */

struct recipe {
	const uint8_t *at, *end;
};

static uint32_t take(struct recipe *r, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | (r->at < r->end ? *r->at++ : 0);
	return value;
}

static const uint32_t constants[] = {
    0,
    1,
    2,
    7,
    31,
    32,
    33,
    38,
    56,
    165,
    255,
    256,
    467,
    471,
    472,
    1023,
    0x3fffffff,
    0x40000000,
    0x400000a5,
    0x7e020000,
    0x7fffffff,
    0x80000000,
    0xfffffffe,
    UINT32_MAX,
    AUDIT_ARCH_I386,
    AUDIT_ARCH_X86_64,
    0x00020000,
};

static const uint32_t answers[] = {
    SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | ENOSYS,
    SECCOMP_RET_LOG,   SECCOMP_RET_TRAP,          SECCOMP_RET_KILL_THREAD,  SECCOMP_RET_ERRNO | 4095,
    SECCOMP_RET_TRACE, SECCOMP_RET_ERRNO,
};

#define OF(array, n) ((array)[(n) % (sizeof(array) / sizeof *(array))])

static uint32_t constant(struct recipe *r)
{
	const uint32_t kind = take(r, 1);

	if (kind < 128)
		return OF(constants, kind);
	return kind < 192 ? take(r, 1) : kind < 224 ? UINT32_C(1) << kind % 32 : take(r, 4);
}

static const uint16_t codes[] = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_ABS,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_RET | BPF_K,
    BPF_RET | BPF_K,
    BPF_JMP | BPF_JA,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_LD | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_RET | BPF_A,
    BPF_ALU | BPF_NEG,
    BPF_ALU | BPF_ADD,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JSET | BPF_X,
};

static struct sock_filter instruction(struct recipe *r, size_t behind)
{
	const uint32_t which = take(r, 1);
	struct sock_filter f = {.code = OF(codes, which)};

	if (which >= 252) { /* anything at all */
		f.code = (uint16_t)take(r, 2);
		f.jt = (uint8_t)take(r, 1);
		f.jf = (uint8_t)take(r, 1);
		f.k = take(r, 4);
		return f;
	}
	switch (BPF_CLASS(f.code)) {
	case BPF_LD:
	case BPF_LDX:
		f.k = BPF_MODE(f.code) == BPF_ABS   ? 4 * (take(r, 1) % 16)
		      : BPF_MODE(f.code) == BPF_MEM ? take(r, 1) % BPF_MEMWORDS
		                                    : constant(r);
		break;
	case BPF_ST:
	case BPF_STX: f.k = take(r, 1) % BPF_MEMWORDS; break;
	case BPF_RET: f.k = OF(answers, take(r, 1)); break;
	case BPF_ALU:
		f.k = constant(r);
		if (BPF_OP(f.code) == BPF_LSH || BPF_OP(f.code) == BPF_RSH)
			f.k %= 34; /* 32 and more: not taken */
		break;
	case BPF_JMP:
		f.jt = (uint8_t)(take(r, 1) % (behind < 9 ? behind ? behind : 1 : 9));
		f.jf = (uint8_t)(take(r, 1) % (behind < 9 ? behind ? behind : 1 : 9));
		f.k = BPF_OP(f.code) == BPF_JA ? f.jt : constant(r);
		break;
	default: break;
	}
	return f;
}

static size_t program_of(struct recipe *r, struct sock_filter filter[LENGTH_MAX])
{
	const size_t length = 1 + take(r, 1) % LENGTH_MAX;

	for (size_t i = 0; i < length; i++)
		filter[i] = instruction(r, length - i - 1);
	if (r->at < r->end && filter[length - 1].code != (BPF_RET | BPF_A))
		filter[length - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, OF(answers, take(r, 1)));
	return length;
}

/* --- Calls ---------------------------------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_bits(void)
{
	random_state ^= random_state << 13; /* xorshift64 */
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

static uint32_t interesting(const struct sock_filter *filter, size_t length)
{
	const uint32_t k = filter[random_bits() % length].k;

	switch (random_bits() % 8) {
	case 0: return 0;
	case 1: return k + 1;
	case 2: return k - 1;
	case 3: return k ^ UINT32_C(1) << random_bits() % 32;
	case 4: return random_bits();
	case 5: return OF(constants, random_bits());
	default: return k;
	}
}

static struct seccomp_data call(const struct sock_filter *filter, size_t length)
{
	struct seccomp_data data = {.nr = (int)interesting(filter, length),
	                            .arch = random_bits() % 4 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_I386,
	                            .instruction_pointer = random_bits()};

	for (unsigned i = 0; i < 6; i++) {
		data.args[i] = interesting(filter, length);
		if (random_bits() % 2)
			data.args[i] |= (uint64_t)interesting(filter, length) << 32;
	}
	return data;
}

/* --- The walk ------------------------------------------------------------------------------------------------------- */

/* Numbers first .. last get one answer if a bit of an argument is set, all others are let through. */
struct rule {
	uint32_t first, last, answer;
	struct comparison comparison;
};

static uint32_t expected(const void *context, const struct seccomp_data *data, struct trace *trace)
{
	const struct rule *rule = context;
	const uint32_t nr = (uint32_t)data->nr;

	if (nr < rule->first || nr > rule->last || !bpf_decide(trace, data, rule->comparison))
		return SECCOMP_RET_ALLOW;
	return rule->answer;
}

static uint64_t next(const void *context, uint32_t arch, uint32_t nr)
{
	const struct rule *rule = context;

	(void)arch;
	if (rule->first > nr && rule->first <= rule->last)
		return rule->first;
	return rule->last >= nr && rule->first <= rule->last ? (uint64_t)rule->last + 1 : NR_END;
}

static bool same(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) != (b & SECCOMP_RET_ACTION_FULL))
		return false;
	return (a & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || (a & SECCOMP_RET_DATA) == (b & SECCOMP_RET_DATA);
}

static void check_walk(const struct sock_filter *filter, size_t length, const struct rule *rule)
{
	static struct walk walk;
	const struct expectation expectation = {rule, expected, next};
	bool address = false;

	memset(&walk, 0, sizeof walk);
	bpf_walk(filter, length, AUDIT_ARCH_X86_64, &expectation, &walk);
	bpf_walk(filter, length, AUDIT_ARCH_I386, &expectation, &walk);
	for (size_t i = 0; i < walk.mismatches && i < WALK_MISMATCHES_MAX && walk.error == EVAL_OK; i++) {
		const struct mismatch *m = &walk.mismatch[i];

		MUST(second_run(filter, length, &m->example, &address) == m->got);
		MUST(expected(rule, &m->example, NULL) == m->expected && !same(m->got, m->expected));
		MUST(!bpf_walk_holds(&walk, m->arch, m->first) && !bpf_walk_holds(&walk, m->arch, m->last));
	}
	for (unsigned n = 0; n < SAMPLES; n++) {
		const struct seccomp_data data = call(filter, length);

		if (!same(second_run(filter, length, &data, &address), expected(rule, &data, NULL)))
			MUST(!bpf_walk_holds(&walk, data.arch, (uint32_t)data.nr));
	}
	/* the plain sweep */
	for (uint32_t nr = 0; nr < SWEPT; nr++) {
		const struct seccomp_data data = {.nr = (int)nr, .arch = AUDIT_ARCH_X86_64};

		if (!same(second_run(filter, length, &data, &address), expected(rule, &data, NULL)))
			MUST(!bpf_walk_holds(&walk, data.arch, nr));
	}
}

/* --- The kernel ------------------------------------------------------------------------------------------------------ */

static size_t asked, answered;

static void tell(void)
{
	fprintf(stderr, "kernel: asked about %zu programs, compared %zu answers\n", asked, answered);
}

/* The kernel has hardly been asked about some instruction of it, with a constant that may matter to it. */
static bool is_news(const struct sock_filter *filter, size_t length)
{
	static const uint32_t matters[] = {0, 1, 31, 32, BPF_MEMWORDS - 1, BPF_MEMWORDS};
	static uint8_t times[256][sizeof matters / sizeof *matters + 1];
	bool news = false;

	for (size_t i = 0; i < length; i++) {
		size_t which = 0;

		if (filter[i].code >= 256)
			continue;
		while (which < sizeof matters / sizeof *matters && filter[i].k != matters[which])
			which++;
		if (times[filter[i].code][which] == KERNEL_TIMES)
			continue;
		times[filter[i].code][which]++;
		news = true;
	}
	return news;
}

static void check_kernel(const struct sock_filter *filter, size_t length, bool accepted)
{
	static bool started;
	struct seccomp_data calls[KERNEL_CALLS_MAX];
	struct kernel_result results[KERNEL_CALLS_MAX];
	int error;

	if (!started) {
		MUST(kernel_start() && atexit(tell) == 0);
		started = true;
	}
	for (unsigned i = 0; i < KERNEL_CALLS_MAX; i++) {
		calls[i] = call(filter, length);
		calls[i].arch = AUDIT_ARCH_X86_64;
		calls[i].args[5] = KERNEL_MAGIC;
		if (calls[i].nr == 335 || calls[i].nr == 336) /* uretprobe, uprobe: the kernel asks no filter */
			calls[i].nr = 334;
	}
	error = kernel_ask(filter, length, calls, KERNEL_CALLS_MAX, results);
	asked++;
	MUST(error == 0 || error == EINVAL);
	MUST(accepted == (error == 0));
	for (unsigned i = 0; i < KERNEL_CALLS_MAX && !error; i++) {
		bool address = false;
		const struct kernel_result should = kernel_expected(second_run(filter, length, &calls[i], &address));

		if (address)
			continue;
		MUST(results[i].answer == should.answer && results[i].value == should.value);
		answered++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned count;
	struct sock_filter recipe[LENGTH_MAX], *filter;
	struct recipe r = {data, data + size};
	struct rule rule;
	bool accepted;
	size_t length;

	if (size < 4)
		return 0;
	random_state = UINT64_C(88172645463325252);
	for (size_t i = 0; i < size; i++)
		random_state = (random_state ^ data[i]) * UINT64_C(0x100000001b3) | 1;
	rule.first = constant(&r);
	rule.last = constant(&r);
	rule.answer = OF(answers, take(&r, 1));
	rule.comparison = (struct comparison){.operation = BPF_JSET, .mask = UINT32_MAX};
	rule.comparison.half = (uint8_t)(take(&r, 1) % COMPARISON_HALVES);
	rule.comparison.k = constant(&r);
	length = program_of(&r, recipe);
	filter = malloc(length * sizeof *filter); /* so that reading beyond the end is seen */
	MUST(filter != NULL);
	memcpy(filter, recipe, length * sizeof *filter);
	accepted = bpf_check(filter, length) == EVAL_OK;
	for (unsigned i = 0; i < SAMPLES; i++) {
		const struct seccomp_data sample = call(filter, length);
		const struct evaluation e = bpf_eval(filter, length, &sample, NULL);
		bool address = false;

		if (accepted)
			MUST(e.error == EVAL_OK && e.action == second_run(filter, length, &sample, &address));
	}
	if (accepted)
		check_walk(filter, length, &rule);
	if (is_news(filter, length) || count++ % KERNEL_EVERY == 0)
		check_kernel(filter, length, accepted);
	free(filter);
	return 0;
}
