/* SPDX-License-Identifier: MIT */
#include "selftest/probe.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
	volatile long value[];
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
 * The child: calls until the end of the list or of its life. It comes from a raw clone(2), so libc's idea of its thread
 * id is its parent's: nothing that asks for that (raise, abort, locks of stdio) may be used here.
 */
static _Noreturn void child(const struct probe *probes, size_t count, struct board *board)
{
	const struct sigaction by_default = {.sa_handler = SIG_DFL};

	/*
	 * No core dump. If the policy denies prctl(2), by the limit: 1 also keeps a piped core_pattern from being run
	 * (fs/coredump.c). A dump would be a nuisance and no reason to prove nothing, so failing is no error.
	 */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		struct rlimit core;

		/* Not setrlimit: musl's brings in 2 KB that do it in all threads. */
		if (prlimit(0, RLIMIT_CORE, NULL, &core) == 0) {
			core.rlim_cur = core.rlim_max < 1 ? core.rlim_max : 1;
			(void)prlimit(0, RLIMIT_CORE, &core, NULL);
		}
	}
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
		(void)sigaction(deaths[i], &by_default, NULL); /* whatever this process does about them */
	/*
	 * It may hang in a seccomp notification that nobody answers: where denials are told, it has a copy of the listener
	 * itself. What fails or is denied here is no error, and the parent's death before the first call is seen by the second.
	 */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (board->maker > 0) {
		const pid_t parent = getppid();

		if (parent > 0 && parent != board->maker)
			_exit(0);
		board->maker = 0;
	}
	board->ready = true;
	for (size_t i = 0; i < count; i++) {
		board->value[i] = make(&probes[i]);
		board->made = i + 1;
	}
	_exit(0);
}

enum end { ENDED, OUT_OF_TIME, LOST };

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
			continue; /* this child's end, or another's */
		if (errno != EAGAIN)
			return reap(pid, status); /* denied: then without a time-out */
		idle = board->made == seen ? idle + 1 : 0;
		seen = board->made;
	}
	/* Our own child: what fails but for its being dead already is a policy that denies kill(2). */
	if (kill(pid, SIGKILL) == 0)
		(void)reap(pid, status);
	return lost ? LOST : OUT_OF_TIME;
}

static bool is_death_by_call(int status)
{
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == deaths[i])
			return true;
	return false;
}

static int run(const struct probe *probes, size_t count, struct board *board, struct observed *observed)
{
	pid_t maker = getpid();
	int retries = RETRIES;
	size_t at = 0;

	while (at < count) {
		int status = 0;
		size_t made;
		enum end end;
		pid_t pid;

		board->made = 0;
		board->ready = false;
		board->maker = maker;
		pid = child_make(SIGCHLD);
		if (pid == 0)
			child(&probes[at], count - at, board);
		if (pid < 0)
			return errno;
		end = await(pid, board, count - at, &status);
		made = board->made; /* once: a child that could not be killed may still be writing */
		if (made > 0)
			retries = RETRIES;
		for (size_t i = 0; i < made; i++)
			observed[at++] = (struct observed){OBSERVED_RETURN, board->value[i]};
		if (at == count)
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

static int run_on_board(const struct probe *probes, size_t count, struct observed *observed)
{
	const size_t size = sizeof(struct board) + count * sizeof(long);
	struct board *board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int error;

	if (board == MAP_FAILED)
		return errno;
	if (!board) /* an outer filter's answer, not the kernel's */
		return EPERM;
	error = run(probes, count, board, observed);
	(void)munmap(board, size); /* a failure leaves memory, which is given back at execve */
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

static int change_sigchld(const struct disposition *to, struct disposition *before)
{
	return syscall(SYS_rt_sigaction, SIGCHLD, to, before, sizeof to->mask) == 0 ? 0 : errno;
}

/* The end of a child is waited for with SIGCHLD blocked, and not ignored: else the kernel would reap it itself. */
int probe_run(const struct probe *probes, size_t count, struct observed *observed)
{
	static const uint64_t sigchld = UINT64_C(1) << (SIGCHLD - 1);
	const struct disposition by_default = {.handler = SIG_DFL};
	struct disposition action = {.handler = SIG_DFL};
	uint64_t mask = 0;
	int error, restored;

	for (size_t i = 0; i < count; i++)
		observed[i] = (struct observed){OBSERVED_NOTHING, 0};
	error = change_mask(SIG_BLOCK, &sigchld, &mask);
	if (error)
		return error;
	error = change_sigchld(&by_default, &action);
	if (!error) {
		error = run_on_board(probes, count, observed);
		restored = change_sigchld(&action, NULL);
		error = error ? error : restored;
	}
	restored = change_mask(SIG_SETMASK, &mask, NULL);
	return error ? error : restored;
}
