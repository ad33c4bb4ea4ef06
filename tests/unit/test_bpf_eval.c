/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/bpf_eval.h"

#define NR_END (UINT64_C(1) << 32)
#define COUNT(array) (sizeof(array) / sizeof *(array))

#define NR offsetof(struct seccomp_data, nr)
#define ARCH offsetof(struct seccomp_data, arch)
#define IP offsetof(struct seccomp_data, instruction_pointer)
#define LOWER(i) (offsetof(struct seccomp_data, args) + 8 * (i))
#define UPPER(i) (LOWER(i) + 4)

#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define IMM(k) BPF_STMT(BPF_LD | BPF_IMM, (k))
#define XIMM(k) BPF_STMT(BPF_LDX | BPF_IMM, (k))
#define RET(k) BPF_STMT(BPF_RET | BPF_K, (k))
#define RETA BPF_STMT(BPF_RET | BPF_A, 0)
#define TAX BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define TXA BPF_STMT(BPF_MISC | BPF_TXA, 0)
#define ALU(op, k) BPF_STMT(BPF_ALU | BPF_##op | BPF_K, (k))
#define ALUX(op) BPF_STMT(BPF_ALU | BPF_##op | BPF_X, 0)
#define JK(op, k, jt, jf) BPF_JUMP(BPF_JMP | BPF_##op | BPF_K, (k), (jt), (jf))
#define JX(op, jt, jf) BPF_JUMP(BPF_JMP | BPF_##op | BPF_X, 0, (jt), (jf))
#define JA(k) BPF_STMT(BPF_JMP | BPF_JA, (k))
#define CODE(code, k) BPF_STMT((code), (k))

/* --- What one run answers ----------------------------------------------------------------------------------------- */

#define LENGTH_MAX 12

static const struct seccomp_data call = {
    .nr = 165,
    .arch = AUDIT_ARCH_X86_64,
    .instruction_pointer = UINT64_C(0x1111222233334444),
    .args = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210), 2, 3, 4, UINT64_C(0xb83d615e7a94c2ef)},
};

static const struct {
	const char *what;
	struct sock_filter filter[LENGTH_MAX];
	size_t length;
	uint32_t action;
	uint64_t next_nr; /* 0: not looked at */
	bool opaque;
} runs[] = {
    {"return", {RET(7)}, 1, 7, NR_END, false},
    {"A is 0 at the start", {RETA}, 1, 0, NR_END, false},
    {"X is 0 at the start", {IMM(9), TXA, RETA}, 3, 0, NR_END, false},
    {"number", {LD(NR), RETA}, 2, 165, 166, false},
    {"arch", {LD(ARCH), RETA}, 2, AUDIT_ARCH_X86_64, NR_END, false},
    {"lower half", {LD(LOWER(0)), RETA}, 2, 0x89abcdef, 0, true},
    {"upper half", {LD(UPPER(0)), RETA}, 2, 0x01234567, 0, true},
    {"last half", {LD(UPPER(5)), RETA}, 2, 0xb83d615e, 0, true},
    {"instruction pointer", {LD(IP), JK(JEQ, 0x33334444, 0, 1), RET(1), RET(2)}, 4, 1, 0, true},
    {"length", {CODE(BPF_LD | BPF_W | BPF_LEN, 0), RETA}, 2, 64, NR_END, false},
    {"length in X", {CODE(BPF_LDX | BPF_W | BPF_LEN, 0), TXA, RETA}, 3, 64, NR_END, false},
    {"add", {IMM(UINT32_MAX), ALU(ADD, 2), RETA}, 3, 1, NR_END, false},
    {"sub", {IMM(1), ALU(SUB, 2), RETA}, 3, UINT32_MAX, NR_END, false},
    {"mul", {IMM(0x10001), ALU(MUL, 0x10001), RETA}, 3, 0x20001, NR_END, false},
    {"div", {IMM(UINT32_MAX), ALU(DIV, 2), RETA}, 3, 0x7fffffff, NR_END, false},
    {"and", {IMM(0xff), ALU(AND, 0x1f0), RETA}, 3, 0xf0, NR_END, false},
    {"or", {IMM(1), ALU(OR, 8), RETA}, 3, 9, NR_END, false},
    {"xor", {IMM(9), ALU(XOR, 8), RETA}, 3, 1, NR_END, false},
    {"neg", {IMM(1), CODE(BPF_ALU | BPF_NEG, 0), RETA}, 3, UINT32_MAX, NR_END, false},
    {"lsh", {IMM(3), ALU(LSH, 31), RETA}, 3, 0x80000000, NR_END, false},
    {"rsh", {IMM(0x80000000), ALU(RSH, 31), RETA}, 3, 1, NR_END, false},
    {"lsh by X of 32 is none", {IMM(3), XIMM(32), ALUX(LSH), RETA}, 4, 3, NR_END, false},
    {"rsh by X of 33 is one", {IMM(2), XIMM(33), ALUX(RSH), RETA}, 4, 1, NR_END, false},
    {"div by X", {IMM(9), XIMM(2), ALUX(DIV), RETA}, 4, 4, NR_END, false},
    {"div by X of 0 kills", {IMM(9), ALUX(DIV), RET(SECCOMP_RET_ALLOW)}, 3, SECCOMP_RET_KILL_THREAD, NR_END, false},
    {"memory", {IMM(5), CODE(BPF_ST, 15), IMM(6), CODE(BPF_LD | BPF_MEM, 15), RETA}, 5, 5, NR_END, false},
    {"memory of X", {XIMM(5), CODE(BPF_STX, 0), XIMM(6), CODE(BPF_LDX | BPF_MEM, 0), TXA, RETA}, 6, 5, NR_END, false},
    {"ja", {JA(1), RET(1), RET(2)}, 3, 2, NR_END, false},
    {"jeq", {LD(NR), JK(JEQ, 165, 1, 0), RET(1), RET(2)}, 4, 2, 166, false},
    {"jeq above", {LD(NR), JK(JEQ, 167, 1, 0), RET(1), RET(2)}, 4, 1, 167, false},
    {"jeq below", {LD(NR), JK(JEQ, 160, 1, 0), RET(1), RET(2)}, 4, 1, NR_END, false},
    {"jgt", {LD(NR), JK(JGT, 165, 1, 0), RET(1), RET(2)}, 4, 1, 166, false},
    {"jgt below", {LD(NR), JK(JGT, 164, 1, 0), RET(1), RET(2)}, 4, 2, NR_END, false},
    {"jgt last", {LD(NR), JK(JGT, UINT32_MAX, 1, 0), RET(1), RET(2)}, 4, 1, NR_END, false},
    {"jge", {LD(NR), JK(JGE, 0x40000000, 1, 0), RET(1), RET(2)}, 4, 1, 0x40000000, false},
    {"jge is unsigned", {IMM(UINT32_MAX), JK(JGE, 1, 1, 0), RET(1), RET(2)}, 4, 2, NR_END, false},
    {"jset turns at the next carry", {LD(NR), JK(JSET, 0x40000000, 1, 0), RET(1), RET(2)}, 4, 1, 0x40000000, false},
    {"jset, lowest bit counts", {LD(NR), JK(JSET, 0x40000008, 1, 0), RET(1), RET(2)}, 4, 1, 168, false},
    {"jset of nothing", {LD(NR), JK(JSET, 0, 1, 0), RET(1), RET(2)}, 4, 1, NR_END, false},
    {"number through X and memory",
     {LD(NR), TAX, IMM(0), CODE(BPF_STX, 3), CODE(BPF_LD | BPF_MEM, 3), JK(JEQ, 200, 1, 0), RET(1), RET(2)},
     8,
     1,
     200,
     false},
    {"computed from the number", {LD(NR), ALU(AND, 0xff), JK(JEQ, 7, 1, 0), RET(1), RET(2)}, 5, 1, 166, false},
    {"x is the number", {LD(NR), TAX, IMM(9), JX(JGT, 1, 0), RET(1), RET(2)}, 6, 1, 166, false},
    {"divided by the number", {LD(NR), TAX, IMM(330), ALUX(DIV), RETA}, 5, 2, 166, false},
    {"arch in X", {LD(ARCH), TAX, LD(NR), JX(JEQ, 1, 0), RET(1), RET(2)}, 6, 1, AUDIT_ARCH_X86_64, false},
    {"argument with itself", {LD(LOWER(2)), TAX, LD(LOWER(2)), JX(JEQ, 1, 0), RET(1), RET(2)}, 6, 2, 0, true},
    {"number with an argument", {LD(LOWER(2)), TAX, LD(NR), JX(JGT, 1, 0), RET(1), RET(2)}, 6, 2, 0, true},
    {"argument with the number", {LD(NR), TAX, LD(LOWER(2)), JX(JGT, 1, 0), RET(1), RET(2)}, 6, 1, 166, false},
    {"computed from an argument", {LD(LOWER(2)), ALU(ADD, 1), JK(JEQ, 3, 1, 0), RET(1), RET(2)}, 5, 2, 0, true},
    {"an argument and the number",
     {LD(NR), TAX, LD(LOWER(2)), ALUX(AND), JK(JEQ, 0, 1, 0), RET(1), RET(2)},
     7,
     2,
     0,
     true},
    {"divided by an argument", {LD(LOWER(2)), TAX, IMM(9), ALUX(DIV), RET(1)}, 5, 1, 0, true},
    {"an argument that does not matter", {LD(LOWER(2)), ALU(ADD, 1), RET(1)}, 3, 1, NR_END, false},
};

static void test_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct trace trace = {.next_nr = NR_END};
		struct evaluation e = bpf_eval(runs[i].filter, runs[i].length, &call, &trace);

		if (bpf_check(runs[i].filter, runs[i].length) != EVAL_OK || e.error != EVAL_OK ||
		    e.action != runs[i].action || trace.opaque != runs[i].opaque ||
		    (runs[i].next_nr && trace.next_nr != runs[i].next_nr))
			fail_msg("%s: error %d action %#x next %#llx opaque %d", runs[i].what, e.error, e.action,
			         (unsigned long long)trace.next_nr, trace.opaque);
		e = bpf_eval(runs[i].filter, runs[i].length, &call, NULL);
		assert_int_equal(e.error, EVAL_OK);
		assert_int_equal(e.action, runs[i].action);
	}
}

static void test_decisions(void **state)
{
	static const struct sock_filter filter[] = {
	    LD(UPPER(1)),
	    JK(JEQ, 0xfedcba98, 0, 5), /* held */
	    LD(LOWER(1)),
	    ALU(AND, 0xff),
	    CODE(BPF_ST, 0),
	    JK(JSET, 0x0f, 2, 0), /* not held */
	    CODE(BPF_LDX | BPF_MEM, 0),
	    TXA,
	    JK(JGT, 0x0f, 0, 0), /* held */
	    RET(1),
	};
	static const struct decision expected[] = {
	    {{1, BPF_JEQ, UINT32_MAX, 7}, false, false},
	    {{3, BPF_JEQ, UINT32_MAX, 0xfedcba98}, true, false},
	    {{2, BPF_JSET, 0xff, 0x0f}, false, false},
	    {{2, BPF_JGT, 0xff, 0x0f}, true, false},
	};
	struct trace trace = {.next_nr = NR_END, .count = 1, .decision = {{{1, BPF_JEQ, UINT32_MAX, 7}, false, false}}};

	(void)state;
	assert_int_equal(bpf_eval(filter, COUNT(filter), &call, &trace).action, 1);
	assert_false(trace.opaque);
	assert_int_equal(trace.count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(trace.decision[i].comparison.half, expected[i].comparison.half);
		assert_int_equal(trace.decision[i].comparison.operation, expected[i].comparison.operation);
		assert_int_equal(trace.decision[i].comparison.mask, expected[i].comparison.mask);
		assert_int_equal(trace.decision[i].comparison.k, expected[i].comparison.k);
		assert_int_equal(trace.decision[i].held, expected[i].held);
	}
}

static void test_too_many_decisions(void **state)
{
	struct sock_filter filter[TRACE_MAX + 3] = {LD(LOWER(0))};
	struct trace trace = {.next_nr = NR_END};

	(void)state;
	for (size_t i = 1; i < COUNT(filter) - 1; i++)
		filter[i] = (struct sock_filter)JK(JEQ, 1, 0, 0);
	filter[COUNT(filter) - 1] = (struct sock_filter)RET(1);
	assert_int_equal(bpf_eval(filter, COUNT(filter), &call, &trace).error, EVAL_OK);
	assert_int_equal(trace.count, TRACE_MAX);
	assert_true(trace.full);
	trace = (struct trace){.next_nr = NR_END};
	filter[1] = (struct sock_filter)JA(0);
	assert_int_equal(bpf_eval(filter, COUNT(filter), &call, &trace).error, EVAL_OK);
	assert_false(trace.full);
}

static void test_decide(void **state)
{
	struct trace trace = {.next_nr = NR_END};

	(void)state;
	assert_true(bpf_decide(&trace, &call, (struct comparison){2, BPF_JEQ, UINT32_MAX, 0x76543210}));
	assert_true(bpf_decide(&trace, &call, (struct comparison){11, BPF_JGT, 0xff000000, 0xb7000000}));
	assert_false(bpf_decide(&trace, &call, (struct comparison){10, BPF_JSET, UINT32_MAX, 0x10}));
	assert_false(bpf_decide(NULL, &call, (struct comparison){0, BPF_JEQ, UINT32_MAX, 0}));
	assert_int_equal(trace.count, 3);
	assert_int_equal(trace.decision[1].comparison.half, 11);
	assert_true(trace.decision[1].held);
	assert_false(trace.decision[2].held);
}

static void test_halves(void **state)
{
	static const struct sock_filter filter[] = {LD(NR), LD(ARCH), LD(LOWER(0)), LD(UPPER(5)),
	                                            LD(IP), JA(1),    LD(UPPER(3)), RET(1)};

	(void)state;
	assert_int_equal(bpf_eval(filter, COUNT(filter), &call, NULL).halves, 1 | 1 << 11);
	assert_int_equal(bpf_eval(&filter[7], 1, &call, NULL).halves, 0);
}

/* --- What the kernel would not take ------------------------------------------------------------------------------- */

static const struct {
	const char *what;
	struct sock_filter filter[LENGTH_MAX];
	size_t length;
	enum eval_error error;
	enum eval_error run; /* what a run of it comes upon */
} refusals[] = {
    {"nothing", {RET(0)}, 0, EVAL_BAD_LENGTH, EVAL_BAD_LENGTH},
    {"return X", {CODE(BPF_RET | BPF_X, 0)}, 1, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"mod", {ALU(MOD, 1), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"mod X", {XIMM(1), ALUX(MOD), RET(0)}, 3, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"neg X", {CODE(BPF_ALU | BPF_NEG | BPF_X, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"load a halfword", {CODE(BPF_LD | BPF_H | BPF_ABS, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"load a byte", {CODE(BPF_LD | BPF_B | BPF_ABS, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"load indirectly", {CODE(BPF_LD | BPF_W | BPF_IND, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"header length", {CODE(BPF_LDX | BPF_B | BPF_MSH, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"load to X", {CODE(BPF_LDX | BPF_W | BPF_ABS, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"eBPF's jne", {CODE(BPF_JMP | 0x50 | BPF_K, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"ja X", {CODE(BPF_JMP | BPF_JA | BPF_X, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"a code beyond a byte", {CODE(0x100 | BPF_RET, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"an ALU code beyond a byte", {CODE(0x100 | BPF_ALU, 0), RET(0)}, 2, EVAL_BAD_OPCODE, EVAL_BAD_OPCODE},
    {"where no run comes", {RET(0), CODE(0xff, 0), RET(0)}, 3, EVAL_BAD_OPCODE, EVAL_OK},
    {"load not aligned", {LD(2), RET(0)}, 2, EVAL_BAD_LOAD, EVAL_BAD_LOAD},
    {"load beyond the end", {LD(64), RET(0)}, 2, EVAL_BAD_LOAD, EVAL_BAD_LOAD},
    {"load far beyond the end", {LD(0xfffff000), RET(0)}, 2, EVAL_BAD_LOAD, EVAL_BAD_LOAD},
    {"div by 0", {ALU(DIV, 0), RET(9)}, 2, EVAL_BAD_OPERAND, EVAL_OK},
    {"lsh by 32", {ALU(LSH, 32), RET(0)}, 2, EVAL_BAD_OPERAND, EVAL_OK},
    {"rsh by 32", {ALU(RSH, 32), RET(0)}, 2, EVAL_BAD_OPERAND, EVAL_OK},
    {"store beyond the end", {CODE(BPF_ST, 16), RET(0)}, 2, EVAL_BAD_OPERAND, EVAL_BAD_OPERAND},
    {"store X beyond the end", {CODE(BPF_STX, 16), RET(0)}, 2, EVAL_BAD_OPERAND, EVAL_BAD_OPERAND},
    {"recall beyond the end", {CODE(BPF_LD | BPF_MEM, 16), RET(0)}, 2, EVAL_BAD_OPERAND, EVAL_BAD_OPERAND},
    {"recall X beyond the end", {CODE(BPF_LDX | BPF_MEM, UINT32_MAX), RET(0)}, 2, EVAL_BAD_OPERAND, EVAL_BAD_OPERAND},
    {"memory never written", {CODE(BPF_LD | BPF_MEM, 0), RET(0)}, 2, EVAL_BAD_MEMORY, EVAL_OK},
    {"memory written on one way of two",
     {JK(JEQ, 0, 0, 1), CODE(BPF_ST, 0), CODE(BPF_LD | BPF_MEM, 0), RET(0)},
     4,
     EVAL_BAD_MEMORY,
     EVAL_OK},
    {"another word written", {CODE(BPF_ST, 1), CODE(BPF_LDX | BPF_MEM, 0), RET(0)}, 3, EVAL_BAD_MEMORY, EVAL_OK},
    {"read where no run comes", {RET(0), CODE(BPF_LD | BPF_MEM, 0), RET(0)}, 3, EVAL_BAD_MEMORY, EVAL_OK},
    {"ja to the end", {JA(1), RET(0)}, 2, EVAL_BAD_JUMP, EVAL_BAD_JUMP},
    {"ja round the end", {JA(UINT32_MAX), RET(0)}, 2, EVAL_BAD_JUMP, EVAL_BAD_JUMP},
    {"jump to the end", {JK(JEQ, 0, 1, 0), RET(0)}, 2, EVAL_BAD_JUMP, EVAL_BAD_JUMP},
    {"jump to the end that is not taken", {JK(JEQ, 0, 0, 1), RET(0)}, 2, EVAL_BAD_JUMP, EVAL_BAD_JUMP},
    {"no return", {LD(NR)}, 1, EVAL_NO_RETURN, EVAL_NO_RETURN},
    {"no return at the end", {RET(0), LD(NR)}, 2, EVAL_NO_RETURN, EVAL_OK},
    /* and what it would, near to that */
    {"return at the end of a jump", {JA(0), RET(0)}, 2, EVAL_OK, EVAL_OK},
    {"last word of memory", {CODE(BPF_ST, 15), CODE(BPF_LD | BPF_MEM, 15), RET(0)}, 3, EVAL_OK, EVAL_OK},
    {"written on both ways",
     {JK(JEQ, 0, 0, 2), CODE(BPF_ST, 0), JA(1), CODE(BPF_STX, 0), CODE(BPF_LD | BPF_MEM, 0), RET(0)},
     6,
     EVAL_OK,
     EVAL_OK},
    {"read after a jump, where no run comes", {JA(1), CODE(BPF_LD | BPF_MEM, 0), RET(0)}, 3, EVAL_OK, EVAL_OK},
    {"last word of the call", {LD(60), RET(0)}, 2, EVAL_OK, EVAL_OK},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		if (bpf_check(refusals[i].filter, refusals[i].length) != refusals[i].error)
			fail_msg("%s: check", refusals[i].what);
		if (bpf_eval(refusals[i].filter, refusals[i].length, &call, NULL).error != refusals[i].run)
			fail_msg("%s: run", refusals[i].what);
	}
}

static void test_lengths(void **state)
{
	static struct sock_filter filter[BPF_EVAL_LENGTH_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(filter); i++)
		filter[i] = (struct sock_filter)RET(3);
	assert_int_equal(BPF_EVAL_LENGTH_MAX, BPF_MAXINSNS);
	assert_int_equal(bpf_check(filter, BPF_EVAL_LENGTH_MAX), EVAL_OK);
	assert_int_equal(bpf_check(filter, BPF_EVAL_LENGTH_MAX + 1), EVAL_BAD_LENGTH);
	assert_int_equal(bpf_eval(filter, BPF_EVAL_LENGTH_MAX + 1, &call, NULL).error, EVAL_BAD_LENGTH);
	filter[0] = (struct sock_filter)JA(BPF_EVAL_LENGTH_MAX - 2);
	assert_int_equal(bpf_eval(filter, BPF_EVAL_LENGTH_MAX, &call, NULL).action, 3);
	filter[1] = (struct sock_filter)CODE(BPF_LD | BPF_MEM, 0); /* makes check_memory go all the way */
	assert_int_equal(bpf_check(filter, BPF_EVAL_LENGTH_MAX), EVAL_OK);
}

static void test_error_texts(void **state)
{
	(void)state;
	for (int error = EVAL_OK; error <= EVAL_TOO_COMPLEX; error++)
		assert_non_null(bpf_eval_error_text((enum eval_error)error));
}

/* --- Against the kernel ------------------------------------------------------------------------------------------- */

static uint32_t random_state = 7;

static uint32_t random_number(uint32_t below)
{
	random_state ^= random_state << 13; /* xorshift32 */
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return below ? random_state % below : random_state;
}

/* Calls without effect, whatever their arguments, and numbers of none. */
static const uint32_t harmless[] = {SYS_getppid, SYS_getpid, SYS_getuid, SYS_getgid, SYS_geteuid, 9999, 0x12345678};

static const uint32_t actions[] = {
    SECCOMP_RET_ALLOW,
    SECCOMP_RET_ERRNO | 1,
    SECCOMP_RET_ERRNO | 3333,
    SECCOMP_RET_ERRNO,
    SECCOMP_RET_ERRNO | 5000,
    SECCOMP_RET_KILL_PROCESS,
    SECCOMP_RET_KILL_THREAD,
    SECCOMP_RET_TRAP,
    SECCOMP_RET_TRACE | 2,
    SECCOMP_RET_USER_NOTIF,
    0x00010000,
};

static uint32_t random_constant(void)
{
	static const uint32_t constants[] = {0,
	                                     1,
	                                     2,
	                                     31,
	                                     32,
	                                     165,
	                                     0x40000000,
	                                     0x400000a5,
	                                     UINT32_MAX,
	                                     0x7fffffff,
	                                     0x80000000,
	                                     AUDIT_ARCH_X86_64,
	                                     AUDIT_ARCH_I386};

	switch (random_number(4)) {
	case 0: return harmless[random_number(COUNT(harmless))];
	case 1: return constants[random_number(COUNT(constants))];
	case 2: return UINT32_C(1) << random_number(32);
	default: return random_number(0);
	}
}

/* Every operation there is, and some that there are not. */
static struct sock_filter random_instruction(size_t after)
{
	static const uint16_t computing[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,  BPF_AND,
	                                     BPF_XOR, BPF_LSH, BPF_RSH, BPF_NEG, BPF_MOD, BPF_AND};
	static const uint16_t moving[] = {
	    BPF_MISC | BPF_TAX,       BPF_MISC | BPF_TXA,        BPF_LD | BPF_IMM, BPF_LDX | BPF_IMM,
	    BPF_LD | BPF_MEM,         BPF_LDX | BPF_MEM,         BPF_ST,           BPF_STX,
	    BPF_LD | BPF_W | BPF_LEN, BPF_LDX | BPF_W | BPF_LEN, BPF_ST,           BPF_STX};
	static const uint16_t jumping[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
	struct sock_filter f = {.k = random_constant()};

	switch (random_number(8)) {
	case 0:
	case 1: return (struct sock_filter)LD(4 * random_number(16));
	case 2:
		f.code = BPF_ALU | computing[random_number(random_number(8) ? 9 : 12)];
		f.code |= (uint16_t)(random_number(2) ? BPF_X : BPF_K);
		if (BPF_OP(f.code) == BPF_LSH || BPF_OP(f.code) == BPF_RSH)
			f.k = random_number(random_number(20) ? 32 : 34);
		return f;
	case 3:
		f.code = moving[random_number(COUNT(moving))];
		if (BPF_CLASS(f.code) == BPF_ST || BPF_CLASS(f.code) == BPF_STX || BPF_MODE(f.code) == BPF_MEM)
			f.k = random_number(random_number(20) ? 2 : 17);
		return f;
	case 4:
		if (random_number(2))
			return (struct sock_filter)RET(actions[random_number(COUNT(actions))]);
		if (random_number(30) == 0)
			return (struct sock_filter){.code = (uint16_t)random_number(256), .k = f.k};
		return (struct sock_filter)JA(random_number((uint32_t)after));
	default:
		f.code = BPF_JMP | jumping[random_number(4)];
		f.code |= (uint16_t)(random_number(3) ? BPF_K : BPF_X);
		f.jt = (uint8_t)random_number((uint32_t)after);
		f.jf = (uint8_t)random_number((uint32_t)after);
		return f;
	}
}

static size_t random_program(struct sock_filter *filter, size_t max)
{
	size_t length = 2 + random_number((uint32_t)max - 2);

	for (size_t i = 0; i + 1 < length; i++)
		filter[i] = random_instruction(length - i - 1);
	if (random_number(20))
		filter[length - 1] = (struct sock_filter)RET(actions[random_number(COUNT(actions))]);
	else
		filter[length - 1] = random_instruction(1);
	return length;
}

/* What a child under the program has seen, in memory shared with it. */
struct seen {
	volatile int refused; /* errno of seccomp(2) */
	volatile int loaded;
	volatile int returned;
	volatile long value;
};

static _Noreturn void child(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                            struct seen *seen)
{
	const struct sock_fprog program = {(unsigned short)length, (struct sock_filter *)(uintptr_t)filter};
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGSYS, SIG_DFL); /* cmocka catches these */
	(void)signal(SIGILL, SIG_DFL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
		seen->refused = errno;
	} else {
		seen->loaded = 1;
		seen->value = syscall(data->nr, data->args[0], data->args[1], data->args[2], data->args[3],
		                      data->args[4], data->args[5]);
		if (seen->value == -1)
			seen->value = -errno;
		seen->returned = 1;
	}
	__builtin_trap(); /* an end without a call: the program may have its own idea of exit_group(2) */
}

/* Whether what the child saw is what the action means. */
static bool is_effect(uint32_t action, const struct seccomp_data *data, const struct seen *seen, int status)
{
	uint32_t number = (uint32_t)data->nr;

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		if (number == 9999 || number == 0x12345678)
			return seen->returned && seen->value == -ENOSYS;
		if (number == SYS_getppid)
			return seen->returned && seen->value == getpid();
		if (number == SYS_getpid)
			return seen->returned && seen->value > 1;
		return seen->returned && seen->value >= 0;
	case SECCOMP_RET_ERRNO: {
		uint32_t data_of_it = action & SECCOMP_RET_DATA;

		return seen->returned && seen->value == -(long)(data_of_it > 4095 ? 4095 : data_of_it);
	}
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF: return seen->returned && seen->value == -ENOSYS;
	default: return !seen->returned && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	}
}

static void print_program(const struct sock_filter *filter, size_t length)
{
	for (size_t i = 0; i < length; i++)
		print_error("%zu: code %#x jt %u jf %u k %#x\n", i, filter[i].code, filter[i].jt, filter[i].jf,
		            filter[i].k);
}

static int run_under(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                     struct seen *seen)
{
	int status;
	pid_t pid;

	memset(seen, 0, sizeof *seen);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(filter, length, data, seen);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_as_kernel(const struct sock_filter *filter, size_t length, const struct seccomp_data *data,
                             struct seen *seen)
{
	enum eval_error check = bpf_check(filter, length);
	struct evaluation e = bpf_eval(filter, length, data, NULL);
	int status = run_under(filter, length, data, seen);

	if (check == EVAL_OK ? seen->loaded && e.error == EVAL_OK && is_effect(e.action, data, seen, status)
	                     : seen->refused == EINVAL)
		return;
	print_program(filter, length);
	fail_msg("check %d, error %d action %#x; kernel: refused %d loaded %d returned %d value %ld status %#x", check,
	         e.error, e.action, seen->refused, seen->loaded, seen->returned, seen->value, status);
}

static struct seen *shared(void)
{
	struct seen *seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(seen != MAP_FAILED);
	return seen;
}

/* Linux without seccomp filters, or a sandbox that forbids them. */
static bool kernel_has_filters(struct seen *seen)
{
	static const struct sock_filter allow[] = {RET(SECCOMP_RET_ALLOW)};
	static const struct seccomp_data getppid_call = {.nr = SYS_getppid};

	run_under(allow, 1, &getppid_call, seen);
	return seen->loaded;
}

static void test_tables_against_kernel(void **state)
{
	struct seen *seen = shared();

	(void)state;
	if (!kernel_has_filters(seen))
		skip();
	for (size_t i = 0; i < COUNT(refusals); i++) {
		run_under(refusals[i].filter, refusals[i].length, &call,
		          seen); /* if it loads, mount(2) returns EFAULT */
		if (refusals[i].error == EVAL_OK ? !seen->loaded : seen->refused != EINVAL)
			fail_msg("%s: kernel: refused %d", refusals[i].what, seen->refused);
	}
	assert_int_equal(munmap(seen, sizeof *seen), 0);
}

static void test_random_against_kernel(void **state)
{
	struct seen *seen = shared();
	size_t loaded = 0, refused = 0, stopped = 0;

	(void)state;
	if (!kernel_has_filters(seen))
		skip();
	for (int round = 0; round < 600; round++) {
		struct sock_filter filter[24];
		size_t length = random_program(filter, COUNT(filter));
		struct seccomp_data data = {
		    .nr = (int)harmless[random_number(COUNT(harmless))],
		    .arch = AUDIT_ARCH_X86_64,
		};

		for (size_t i = 0; i < COUNT(data.args); i++)
			data.args[i] = (uint64_t)random_constant() << 32 | random_constant();
		/* The address of the calling instruction is not known here. */
		for (size_t i = 0; i < length; i++)
			if (filter[i].code == (BPF_LD | BPF_W | BPF_ABS) &&
			    (filter[i].k == IP || filter[i].k == IP + 4))
				filter[i].k = NR;
		assert_as_kernel(filter, length, &data, seen);
		loaded += seen->loaded != 0;
		refused += seen->refused != 0;
		stopped += seen->loaded && !(seen->returned && seen->value >= 0);
	}
	assert_true(loaded > 200 && refused > 100 && stopped > 100); /* all of it was tried */
	assert_int_equal(munmap(seen, sizeof *seen), 0);
}

/* Any bytes: no crash, no endless loop (ASan and UBSan look on). */
static void test_any_bytes(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct sock_filter filter[8];
		struct trace trace = {.next_nr = NR_END};

		for (size_t i = 0; i < COUNT(filter); i++)
			filter[i] = (struct sock_filter){(uint16_t)random_number(random_number(16) ? 256 : 65536),
			                                 (uint8_t)random_number(random_number(2) ? 4 : 256),
			                                 (uint8_t)random_number(4),
			                                 random_number(2) ? random_number(20) : random_constant()};
		(void)bpf_check(filter, COUNT(filter));
		(void)bpf_eval(filter, COUNT(filter), &call, &trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_decisions),
	    cmocka_unit_test(test_too_many_decisions),
	    cmocka_unit_test(test_decide),
	    cmocka_unit_test(test_halves),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_error_texts),
	    cmocka_unit_test(test_tables_against_kernel),
	    cmocka_unit_test(test_random_against_kernel),
	    cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
