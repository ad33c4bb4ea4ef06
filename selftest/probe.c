/* SPDX-License-Identifier: MIT */
#include "selftest/probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/account.h"
#include "selftest/child.h"
#include "selftest/raw.h"

/* A child that died of something that no filter sends (the OOM killer's SIGKILL) is tried again this often. */
#define RETRIES 3

/*
 * What a child tells, in memory shared with it: no system call is made between two probes, so the one that a child dies
 * in is known, and a policy may deny pipes and write(2).
 */
struct board {
	volatile size_t made; /* calls that have come back */
	volatile bool ready;  /* the first call is about to be made */
	volatile pid_t maker; /* 0, or the child is to see whether that is its parent still; it clears this then */
	volatile long value[PROBES_MAX];
};

static long make(const struct probe *probe)
{
#ifdef RAW_COMPAT
	if (probe->abi == ABI_COMPAT)
		return raw_compat(probe->nr, probe->args);
#endif
	return raw_native(probe->nr, probe->args);
}

/* What a filter's kill, or int 0x80 without IA32 emulation (a general protection fault, elsewhere SIGILL), is to see. */
static const int deaths[] = {SIGSYS, SIGSEGV, SIGILL};

/*
 * A disposition as the kernel has it: libc's sigaction() fills in what the kernel may only have said to have told (an
 * outer filter's answer), out of its own stack. Zeroed by the caller, it is SIG_DFL then.
 */
struct disposition {
	void (*handler)(int);
	unsigned long flags;
#ifndef __riscv /* the only one here without SA_RESTORER, asm/signal.h */
	void (*restorer)(void);
#endif
	unsigned long mask[sizeof(uint64_t) / sizeof(long)];
};

/* Past libc, which has one errno for this process and a child that shares its memory. */
static long call(uint32_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const uint64_t args[6] = {a, b, c, d};

	return raw_native(nr, args);
}

/* How a list is run. */
struct manner {
	bool beside;       /* children share memory */
	const long *first; /* NULL, or as in struct task */
};

struct task {
	const struct probe *probes;
	size_t count;
	struct board *board;
	bool checks; /* the first call has to return `first` for any other to be made */
	long first;
};

#define STACK_BYTES (8192u + 1024u)

/* Of children that share memory. What is used of it, around the stack's end, lies in one page. */
static struct {
	_Alignas(2048) char stack[STACK_BYTES];
	struct task task;
	struct board board;
} room;

static void make_all(const struct task *task)
{
	struct board *board = task->board;

	/*
	 * It may hang in a seccomp notification that nobody answers: where denials are told, it has a copy of the listener
	 * itself. What fails or is denied here is no error, and the parent's death before the first call is seen by the second.
	 */
	(void)call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
	if (board->maker > 0) {
		const long parent = call(SYS_getppid, 0, 0, 0, 0);

		if (parent > 0 && parent != board->maker)
			return;
		board->maker = 0;
	}
	board->ready = true;
	for (size_t i = 0; i < task->count; i++) {
		board->value[i] = make(&task->probes[i]);
		board->made = i + 1;
		if (i == 0 && task->checks && board->value[0] != task->first)
			break;
	}
}

/* The child: calls until the end of the list or of its life. */
static void child(void *with)
{
	const struct disposition by_default = {.handler = SIG_DFL};
	const struct task *task = with;

	/*
	 * Whatever this process does about them. Where memory is shared, all signals are blocked: what the kernel sends for a
	 * call that is blocked, it sends to the default (force_sig_info_to_task() in kernel/signal.c).
	 */
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths && task->board != &room.board; i++)
		(void)call(SYS_rt_sigaction, (uint64_t)deaths[i], (uintptr_t)&by_default, 0, sizeof by_default.mask);
	make_all(task);
	(void)call(SYS_exit_group, 0, 0, 0, 0);
	for (;;)
		(void)call(SYS_exit, 0, 0, 0, 0);
}

/*
 * No core dump. If the policy denies prctl(2), by the limit: 1 also keeps a piped core_pattern from being run
 * (fs/coredump.c). A dump would be a nuisance and no reason to prove nothing, so failing is no error.
 */
static void prevent_dump(void)
{
	struct rlimit core;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return;
	/* Not setrlimit: musl's brings in 2 KB that do it in all threads. */
	if (prlimit(0, RLIMIT_CORE, NULL, &core) == 0) {
		core.rlim_cur = core.rlim_max < 1 ? core.rlim_max : 1;
		(void)prlimit(0, RLIMIT_CORE, &core, NULL);
	}
}

/*
 * Of children that share memory; false for good once one of them may still be there. Its stack, its task, its board and
 * the probes are then left as they are: it may not have read them yet.
 */
static bool may_share = true;

/* Not dumpable. -1 and errno if there is none. */
static pid_t make_child(struct task *task)
{
	pid_t pid;

	if (task->board == &room.board) {
		room.task = *task; /* outlives whoever called this, if the child does */
		return child_beside(room.stack + sizeof room.stack, child, &room.task);
	}
	pid = child_make(SIGCHLD);
	if (pid == 0) {
		prevent_dump();
		child(task);
	}
	return pid;
}

enum end {
	ENDED,
	OUT_OF_TIME,
	LOST,
	LEFT, /* may still be there, and is the last one: nobody else gets its board */
};

/*
 * Once: no signal interrupts it (whoever calls this has no handler without SA_RESTART), and an outer filter that answers
 * EINTR would do so for ever.
 */
static enum end reap(pid_t pid, int *status)
{
	return waitpid(pid, status, 0) == pid ? ENDED : LOST;
}

/* SIGCHLD is blocked: it stays pending, so none is missed between waitpid and sigtimedwait. */
static enum end await(pid_t pid, const struct board *board, size_t count, int *status)
{
	const struct timespec second = {.tv_sec = 1};
	sigset_t sigchld;
	size_t seen = 0;
	bool lost = false;

	(void)sigemptyset(&sigchld); /* cannot fail, as little as the next */
	(void)sigaddset(&sigchld, SIGCHLD);
	/* One that has told all and does not end (somebody denies exit_group) need not be waited for. */
	for (int idle = 0; idle < (board->made == count ? 1 : PROBE_TIMEOUT_SECONDS);) {
		pid_t ended = waitpid(pid, status, WNOHANG);

		if (ended == pid)
			return ENDED;
		lost = ended < 0 && errno != EINTR;
		if (lost) /* not left behind: its calls would come when they are somebody else's matter */
			break;
		if (sigtimedwait(&sigchld, NULL, &second) >= 0 || errno == EINTR)
			continue;      /* this child's end, or another's */
		if (errno != EAGAIN) { /* denied: then without a time-out */
			if (reap(pid, status) == ENDED)
				return ENDED;
			lost = true;
			break;
		}
		idle = board->made == seen ? idle + 1 : 0;
		seen = board->made;
	}
	/* Our own child: what fails but for its being dead already is a policy that denies kill(2). */
	if (kill(pid, SIGKILL) == 0 ? reap(pid, status) != ENDED : errno != ESRCH)
		return LEFT;
	return lost ? LOST : OUT_OF_TIME;
}

static bool is_death_by_call(int status)
{
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == deaths[i])
			return true;
	return false;
}

/* Whether the first call is still to be made, or gave what it had to. */
static bool may_go_on(const struct observed *observed, size_t at, const long *first)
{
	return at == 0 || !first || (observed[0].what == OBSERVED_RETURN && observed[0].value == *first);
}

/* The board of children with memory of their own, once there was one. NULL and errno if it cannot be had. */
static struct board *map_board(struct board **board)
{
	if (!*board) {
		void *memory = mmap(NULL, sizeof **board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			return NULL;
		if (!memory) /* an outer filter's answer, not the kernel's */
			errno = EPERM;
		*board = memory;
	}
	return *board;
}

static int run(const struct probe *probes, size_t count, const struct manner *manner, struct board **mapped,
               struct observed *observed)
{
	bool beside = manner->beside;
	pid_t maker = getpid();
	int retries = RETRIES;
	size_t at = 0;

	while (at < count && may_go_on(observed, at, manner->first)) {
		const bool checks = at == 0 && manner->first, shares = beside && may_share;
		struct board *board = shares ? &room.board : map_board(mapped);
		struct task task = {&probes[at], count - at, board, checks, checks ? *manner->first : 0};
		int status = 0;
		size_t made;
		enum end end;
		pid_t pid;

		if (!board)
			return errno;
		board->made = 0;
		board->ready = false;
		board->maker = maker;
		pid = make_child(&task);
		if (pid < 0 && shares) { /* then one that shares nothing */
			beside = false;
			continue;
		}
		if (pid < 0)
			return errno;
		end = await(pid, board, count - at, &status);
		may_share = may_share && end == ENDED;
		made = board->made; /* once: a child that could not be killed may still be writing */
		if (made > count - at)
			return EIO;
		if (made > 0)
			retries = RETRIES;
		for (size_t i = 0; i < made; i++)
			observed[at++] = (struct observed){OBSERVED_RETURN, board->value[i]};
		if (at == count || end == LEFT)
			break;
		if (board->maker > 0) { /* of the question itself: a policy kills for getppid(2) */
			maker = 0;
			continue;
		}
		if (end == OUT_OF_TIME) /* the next ones would take as long */
			break;
		if (end == ENDED && board->ready && is_death_by_call(status)) {
			observed[at++] = (struct observed){OBSERVED_DEATH, WTERMSIG(status)};
			retries = RETRIES;
		} else if (retries-- == 0) {
			at++; /* OBSERVED_NOTHING */
			retries = RETRIES;
		}
	}
	return 0;
}

static int run_on_board(const struct probe *probes, size_t count, const struct manner *manner,
                        struct observed *observed)
{
	struct board *mapped = NULL;
	int error = count <= PROBES_MAX ? run(probes, count, manner, &mapped, observed) : E2BIG;

	if (mapped)
		(void)munmap(mapped, sizeof *mapped); /* a failure leaves memory, which is given back at execve */
	return error;
}

/*
 * The mask as the kernel has it, eight bytes of it: libc's sigprocmask() hides its own signals (32 to 34 of musl) in what
 * it returns, one of which is another libc's SIGRTMIN.
 */
static int change_mask(int how, const uint64_t *set, uint64_t *before)
{
	return syscall(SYS_rt_sigprocmask, how, set, before, sizeof *set) == 0 ? 0 : errno;
}

static int change_sigchld(const struct disposition *to, struct disposition *before)
{
	return syscall(SYS_rt_sigaction, SIGCHLD, to, before, sizeof to->mask) == 0 ? 0 : errno;
}

/* The end of a child is waited for with SIGCHLD blocked, and not ignored: else the kernel would reap it itself. */
static int run_blocked(const struct probe *probes, size_t count, const struct manner *manner, struct observed *observed)
{
	/* A child in the same memory must run no handler there; what kills it for a call does so though it is blocked. */
	const uint64_t blocked = manner->beside ? UINT64_MAX : UINT64_C(1) << (SIGCHLD - 1);
	const struct disposition by_default = {.handler = SIG_DFL};
	struct disposition action = {.handler = SIG_DFL};
	uint64_t mask = 0;
	int error, restored;

	for (size_t i = 0; i < count; i++)
		observed[i] = (struct observed){OBSERVED_NOTHING, 0};
	error = change_mask(SIG_BLOCK, &blocked, &mask);
	if (error)
		return error;
	error = change_sigchld(&by_default, &action);
	if (!error) {
		error = run_on_board(probes, count, manner, observed);
		restored = change_sigchld(&action, NULL);
		error = error ? error : restored;
	}
	restored = change_mask(SIG_SETMASK, &mask, NULL);
	return error ? error : restored;
}

int probe_run(const struct probe *probes, size_t count, struct observed *observed)
{
	const struct manner manner = {.beside = false};

	return run_blocked(probes, count, &manner, observed);
}

#define POINTER 1

/* clone's arguments are in another order on s390x: child.c. */
#ifdef __s390x__
#define FORK_FLAGS 1
#else
#define FORK_FLAGS 0
#endif

const struct own_call probe_own_calls[PROBE_OWN_CALLS] = {
    {{.nr = SYS_getpid}, -1},
    {{.nr = SYS_rt_sigprocmask, .args = {SIG_BLOCK, POINTER, POINTER, sizeof(uint64_t)}}, -1},
    {{.nr = SYS_rt_sigprocmask, .args = {SIG_SETMASK, POINTER, 0, sizeof(uint64_t)}}, -1},
    {{.nr = SYS_rt_sigaction, .args = {SIGCHLD, POINTER, POINTER, sizeof(uint64_t)}}, -1},
    {{.nr = SYS_clone, .args = {[FORK_FLAGS] = CLONE_CHILD_SETTID | SIGCHLD}}, -1},
    {{.nr = SYS_wait4, .args = {0, POINTER, WNOHANG}}, 0},
#ifdef SYS_rt_sigtimedwait
    {{.nr = SYS_rt_sigtimedwait, .args = {POINTER, 0, POINTER, sizeof(uint64_t)}}, -1},
#else /* 32 bits: another call comes first, and this one only where that is not there */
    {{.nr = SYS_getpid}, -1},
#endif
    {{.nr = SYS_pread64, .args = {0, POINTER, ACCOUNT_READ_MAX, 0}}, 0},
    {{.nr = SYS_prctl, .args = {PR_GET_SECCOMP}}, -1},
    {{.nr = SYS_prctl, .args = {PR_GET_NO_NEW_PRIVS}}, -1},
};

/* What probe_run_beside() calls besides what probe_run() does. */
enum { GET_DUMPABLE, SET_DUMPABLE, RESTORE_DUMPABLE, CLONE_BESIDE };

void probe_beside_calls(struct probe calls[PROBE_BESIDE_CALLS])
{
	calls[GET_DUMPABLE] = (struct probe){.nr = SYS_prctl, .args = {PR_GET_DUMPABLE}};
	calls[SET_DUMPABLE] = (struct probe){.nr = SYS_prctl, .args = {PR_SET_DUMPABLE, 0}};
	calls[RESTORE_DUMPABLE] = (struct probe){.nr = SYS_prctl, .args = {PR_SET_DUMPABLE, 1}};
	calls[CLONE_BESIDE] = (struct probe){
	    .nr = SYS_clone,
	    .args = {CHILD_BESIDE_FLAGS, (uintptr_t)(room.stack + sizeof room.stack)}}; /* child_beside() */
}

int probe_run_beside(const struct probe *probes, size_t count, const long *first, struct observed *observed)
{
	struct probe calls[PROBE_BESIDE_CALLS];
	struct manner manner = {.first = first};
	bool dumpable;
	int error;

	probe_beside_calls(calls);
	/* 2 (suid_dumpable) is nothing that could be put back, prctl(2); 0 may be all that an outer filter ever answers. */
	dumpable = make(&calls[GET_DUMPABLE]) == 1;
	manner.beside = dumpable && make(&calls[SET_DUMPABLE]) == 0 && make(&calls[GET_DUMPABLE]) == 0;
	error = run_blocked(probes, count, &manner, observed);
	if (dumpable && may_share)                    /* else one is left whose death must leave this process alone */
		(void)make(&calls[RESTORE_DUMPABLE]); /* a failure lasts until execve, which sets it anew */
	return error;
}
