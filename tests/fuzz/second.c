/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/second.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/raw.h"
#include "tests/fuzz/fuzz.h"

struct state {
	uint32_t a, x, m[BPF_MEMWORDS];
};

static uint32_t operand(const struct sock_filter *f, const struct state *s)
{
	return BPF_SRC(f->code) == BPF_X ? s->x : f->k;
}

/* False: the program ends with 0. */
static bool arithmetic(const struct sock_filter *f, struct state *s)
{
	const uint32_t b = operand(f, s);

	switch (BPF_OP(f->code)) {
	case BPF_ADD: s->a = s->a + b; return true;
	case BPF_SUB: s->a = s->a - b; return true;
	case BPF_MUL: s->a = s->a * b; return true;
	case BPF_OR: s->a = s->a | b; return true;
	case BPF_AND: s->a = s->a & b; return true;
	case BPF_XOR: s->a = s->a ^ b; return true;
	case BPF_LSH: s->a = s->a << (b % 32); return true;
	case BPF_RSH: s->a = s->a >> (b % 32); return true;
	case BPF_NEG: s->a = 0u - s->a; return true;
	case BPF_DIV: return b != 0 ? s->a /= b, true : false;
	default: abort();
	}
}

static bool jumps(const struct sock_filter *f, const struct state *s)
{
	const uint32_t b = operand(f, s);

	switch (BPF_OP(f->code)) {
	case BPF_JEQ: return s->a == b;
	case BPF_JGT: return s->a > b;
	case BPF_JGE: return s->a >= b;
	case BPF_JSET: return (s->a & b) != 0;
	default: abort();
	}
}

static uint32_t loaded(const struct sock_filter *f, const struct state *s, const struct seccomp_data *data,
                       bool *address)
{
	uint32_t word;

	switch (BPF_MODE(f->code)) {
	case BPF_IMM: return f->k;
	case BPF_MEM: return s->m[f->k];
	case BPF_LEN: return sizeof *data;
	default: break;
	}
	if (f->k == offsetof(struct seccomp_data, instruction_pointer) ||
	    f->k == offsetof(struct seccomp_data, instruction_pointer) + 4)
		*address = true;
	memcpy(&word, (const unsigned char *)data + f->k, sizeof word);
	return word;
}

uint32_t second_run(const struct sock_filter *filter, size_t length, const struct seccomp_data *data, bool *address)
{
	struct state s;
	const struct sock_filter *f = filter;

	memset(&s, 0, sizeof s);
	while (f < filter + length) {
		const struct sock_filter *now = f++;

		switch (BPF_CLASS(now->code)) {
		case BPF_RET: return BPF_RVAL(now->code) == BPF_A ? s.a : now->k;
		case BPF_LD: s.a = loaded(now, &s, data, address); break;
		case BPF_LDX: s.x = loaded(now, &s, data, address); break;
		case BPF_ST: s.m[now->k] = s.a; break;
		case BPF_STX: s.m[now->k] = s.x; break;
		case BPF_MISC:
			*(BPF_MISCOP(now->code) == BPF_TAX ? &s.x : &s.a) =
			    BPF_MISCOP(now->code) == BPF_TAX ? s.a : s.x;
			break;
		case BPF_ALU:
			if (!arithmetic(now, &s))
				return SECCOMP_RET_KILL_THREAD;
			break;
		default: f += BPF_OP(now->code) == BPF_JA ? now->k : jumps(now, &s) ? now->jt : now->jf;
		}
	}
	abort(); /* not of a program that the kernel takes */
}

/* --- The kernel --------------------------------------------------------------------------------------------------- */

/* What a child tells its parent. */
struct board {
	volatile int loaded; /* -1: not yet; 0 or an errno */
	volatile bool guarded;
	volatile size_t made;
	volatile long value[KERNEL_CALLS_MAX];
};

static struct board *board;

/* Whatever the call: with the magic it does not run. */
static struct sock_filter guard[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 40),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)KERNEL_MAGIC, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 44),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(KERNEL_MAGIC >> 32), 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | KERNEL_MARKER),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

bool kernel_start(void)
{
	board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return board != MAP_FAILED && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static int load(const struct sock_filter *filter, size_t length)
{
	struct sock_fprog program = {.len = (unsigned short)length, .filter = (struct sock_filter *)(uintptr_t)filter};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

/* The end is by an instruction: the program may deny every call. */
__attribute__((no_sanitize("address", "undefined"))) static _Noreturn void child(const struct sock_filter *filter,
                                                                                 size_t length,
                                                                                 const struct seccomp_data *calls,
                                                                                 size_t count)
{
	static const uint64_t magic[6] = {0, 0, 0, 0, 0, KERNEL_MAGIC};
	const struct rlimit none = {0, 0};

	/* libFuzzer would take what is meant here for a crash. */
	(void)signal(SIGILL, SIG_DFL);
	(void)signal(SIGSEGV, SIG_DFL);
	(void)signal(SIGSYS, SIG_DFL);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (load(guard, sizeof guard / sizeof *guard) == 0 &&
	    raw_native(SYS_sched_get_priority_min, magic) == -KERNEL_MARKER) {
		board->guarded = true;
		board->loaded = load(filter, length);
		for (size_t i = 0; i < count && board->loaded == 0; i++) {
			board->value[i] = raw_native((uint32_t)calls[i].nr, (const uint64_t *)calls[i].args);
			board->made = i + 1;
		}
	}
	for (;;)
		__builtin_trap();
}

int kernel_ask(const struct sock_filter *filter, size_t length, const struct seccomp_data *calls, size_t count,
               struct kernel_result *results)
{
	for (size_t i = 0; i < count;) {
		int status = 0;
		pid_t pid;

		board->loaded = -1;
		board->guarded = false;
		board->made = 0;
		pid = fork();
		if (pid == 0)
			child(filter, length, &calls[i], count - i);
		MUST(pid > 0);
		while (waitpid(pid, &status, 0) < 0)
			MUST(errno == EINTR); /* libFuzzer's own timer */
		MUST(WIFSIGNALED(status) && board->guarded);
		/* Nothing but a program that was taken kills by SIGSYS; the load itself is not under it yet. */
		if (board->loaded > 0)
			return board->loaded;
		for (size_t k = 0; k < board->made; k++)
			results[i++] = (struct kernel_result){KERNEL_RETURNS, board->value[k]};
		if (i < count)
			results[i++] =
			    (struct kernel_result){WTERMSIG(status) == SIGSYS ? KERNEL_KILLS : KERNEL_SILENT, 0};
	}
	return 0;
}

struct kernel_result kernel_expected(uint32_t action)
{
	const int32_t rank = (int32_t)(action & SECCOMP_RET_ACTION_FULL), behind = (int32_t)SECCOMP_RET_ERRNO;
	const long data = action & SECCOMP_RET_DATA;

	if (rank < behind) /* also what the kernel does not know, and TRAP without a handler */
		return (struct kernel_result){KERNEL_KILLS, 0};
	if (rank == behind)
		return (struct kernel_result){KERNEL_RETURNS, data > 4095 ? -4095 : -data};
	return (struct kernel_result){KERNEL_RETURNS, -KERNEL_MARKER};
}
