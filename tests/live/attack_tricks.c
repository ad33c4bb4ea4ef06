/* SPDX-License-Identifier: MIT */
/*
 * attack_tricks: a command whose denied calls are answered by a listener, and what can be done about the answer. It is
 * denied the mount API, each call with an errno of its own (attack_errno below), and `sethostname` is observed.
 *
 *   calls              a line for each mount call: its name and the errno it gets (0: success), or SIGSYS; with
 *                      arguments that do nothing
 *   secret N           denied calls with N guesses of the secret in the sixth argument
 *   known              with both secrets of attack_stub.h
 *   search [plant]     looks for them in all that can be read here and of PID 1; plant: puts them there before
 *   fds                the descriptors that are open here
 *   change N FOLDER    a tracer changes calls into mount(2) on FOLDER: at their entry, at a filter's trace, while they wait
 *   signals N [restart]  N calls under a storm of signals with a handler
 *   killed N           N processes that are killed, end or become another program while threads of theirs wait
 *   crowd N M          N processes at once make M calls each, each with its own errno
 *   load N             N processes make calls, the parent of this one is killed, and they go on
 *
 *   pause N CYCLES     the same, but the parent is only stopped and continued, so often
 *   flood N SIGNAL     N processes send the parent signals as fast as they can, while calls are made
 *
 * Each but `calls` and `fds` prints a line of numbers. Exit status 0, 1 if there was what must not be, 2 if it could not
 * be tried.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack_stub.h"
#include "calls.h"
#include "selftest/canary.h"

#define END_MS 30000

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "attack_tricks: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* What the policy of attack.bats answers: no errno of the kernel's. */
static int attack_errno(int call)
{
	return 3001 + call;
}

/* A denied call with zeros, so that it does nothing wherever it gets. An errno value. */
static int denied(int call, uint64_t sixth)
{
	return syscall(call_table[call].native, 0L, 0L, 0L, 0L, 0L, sixth) == 0 ? 0 : errno;
}

static bool is_call(int call)
{
	return call_table[call].native >= 0;
}

static uint64_t chance(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

/* In processes of their own: what is denied may be denied by death. */
static int calls(void)
{
	int *error = shared(sizeof *error);

	for (int call = 0; call < CALL_COUNT; call++) {
		pid_t pid;
		int status;

		if (!is_call(call))
			continue;
		pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0) {
			*error = denied(call, 0);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid)
			die("wait");
		if (WIFSIGNALED(status))
			printf("%s %s\n", call_table[call].name, WTERMSIG(status) == SIGSYS ? "SIGSYS" : "death");
		else
			printf("%s %d\n", call_table[call].name, *error);
	}
	return 0;
}

/* ---- the secret ---- */

static unsigned made, wrong;

static void guess(int call, uint64_t sixth)
{
	const int error = denied(call, sixth);

	made++;
	if (error == attack_errno(call))
		return;
	wrong++;
	printf("WRONG %s with %#llx: %d\n", call_table[call].name, (unsigned long long)sixth, error);
}

static int secret(unsigned guesses)
{
	static const uint64_t publics[] = {CANARY_MAGIC, OVERLAY_MAGIC, 0, 1, ~UINT64_C(0), UINT64_C(1) << 63};
	uint64_t state = (uint64_t)getpid() << 32 ^ (uint64_t)time(NULL);

	for (int call = 0; call < CALL_COUNT; call++)
		for (size_t i = 0; is_call(call) && i < sizeof publics / sizeof *publics; i++) {
			const uint64_t lower = publics[i] & UINT32_MAX, upper = publics[i] >> 32;

			guess(call, publics[i]);
			guess(call, lower);
			guess(call, upper);
			guess(call, upper << 32);
			guess(call, lower << 32);
			guess(call, lower << 32 | upper);
			guess(call, ~publics[i]);
		}
	for (unsigned i = 0; i < guesses; i++)
		guess((int)(i % CALL_UMOUNT), chance(&state) | 1);
	printf("SECRET made=%u wrong=%u\n", made, wrong);
	return wrong > 0;
}

static volatile uint64_t half = STUB_HALF;

static int known(void)
{
	for (int call = 0; call < CALL_COUNT; call++)
		if (is_call(call))
			guess(call, half ^ STUB_COOKIE_REST);
	printf("COOKIE made=%u wrong=%u\n", made, wrong);
	made = 0;
	for (int call = 0; call < CALL_COUNT; call++)
		if (is_call(call))
			guess(call, half ^ STUB_MAGIC_REST);
	printf("MAGIC made=%u wrong=%u\n", made, wrong);
	return wrong > 0;
}

/* ---- where it is not ---- */

static unsigned long long searched;
static unsigned found;

static void hit(const char *how, const char *where)
{
	if (found++ < 3) /* this program's buffer has copies */
		printf("FOUND %s in %s\n", how, where);
}

/* The whole value is nowhere here: it is compared by its difference from the half. As bytes, and as digits. */
static void search_bytes(const unsigned char *bytes, size_t length, const char *where)
{
	static const uint64_t rests[] = {STUB_COOKIE_REST, STUB_MAGIC_REST};

	searched += length;
	for (size_t i = 0; i + sizeof(uint64_t) <= length; i++) {
		uint64_t value;

		memcpy(&value, bytes + i, sizeof value);
		value ^= half;
		for (size_t j = 0; j < sizeof rests / sizeof *rests; j++)
			if (value == rests[j]) {
				hit("as bytes", where);
			}
	}
	for (size_t i = 0; i + 16 <= length; i++) {
		uint64_t value = 0;
		size_t digits = 0;

		for (; digits < 16; digits++) {
			const unsigned char c = bytes[i + digits] | 0x20;
			const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

			if (digit < 0)
				break;
			value = value << 4 | (unsigned)digit;
		}
		if (digits < 16) {
			i += digits;
			continue;
		}
		for (size_t j = 0; j < sizeof rests / sizeof *rests; j++)
			if ((value ^ half) == rests[j]) {
				hit("as text", where);
			}
	}
}

static unsigned char buffer[1 << 20];

static void search_memory(void)
{
	char line[512], permissions[5];
	unsigned long long first, end;
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	if (!maps || mem < 0)
		die("/proc/self/mem");
	while (fgets(line, sizeof line, maps)) {
		/* the kernel's own text: NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(line, "%llx-%llx %4s", &first, &end, permissions) != 3 || permissions[0] != 'r')
			continue;
		for (; first < end; first += sizeof buffer - 16) {
			ssize_t length = pread(mem, buffer, sizeof buffer, (off_t)first);

			if (length <= 0)
				break; /* vvar */
			if (first + sizeof buffer > end && (unsigned long long)length > end - first)
				length = (ssize_t)(end - first);
			search_bytes(buffer, (size_t)length, line);
		}
	}
	fclose(maps);
	close(mem);
}

/* Not those that block, need a position, or are as large as the memory. */
static bool is_searched(const char *name)
{
	static const char *const not [] = {"mem", "pagemap", "clear_refs", "."};

	for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
		if (strcmp(name, not [i]) == 0)
			return false;
	return name[0] != '.';
}

static void search_folder(const char *path, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		char name[512];
		struct stat st;
		ssize_t length;
		int fd;

		if (!is_searched(entry->d_name))
			continue;
		snprintf(name, sizeof name, "%.200s/%.255s", path, entry->d_name);
		if (lstat(name, &st) != 0)
			continue;
		if (S_ISLNK(st.st_mode) && (length = readlink(name, (char *)buffer, sizeof buffer)) > 0)
			search_bytes(buffer, (size_t)length, name);
		if (S_ISDIR(st.st_mode) && depth > 0)
			search_folder(name, depth - 1);
		if (!S_ISREG(st.st_mode))
			continue;
		fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		while (fd >= 0 && (length = read(fd, buffer, sizeof buffer)) > 0)
			search_bytes(buffer, (size_t)length, name);
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

static int search(bool plant)
{
	static volatile uint64_t planted[2];

	if (plant) {
		planted[0] = half ^ STUB_COOKIE_REST;
		planted[1] = half ^ STUB_MAGIC_REST;
	}
	search_memory(); /* with it the environment and the auxiliary vector */
	search_folder("/proc/self", 2);
	search_folder("/proc/1", 2);
	planted[0] = planted[1] = 0;
	printf("SEARCH bytes=%llu found=%u\n", searched, found);
	return found > 0;
}

static int fds(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0) {
			char path[64], name[256] = "";

			snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
			if (readlink(path, name, sizeof name - 1) < 0)
				die(path);
			printf("FD %d %s\n", fd, name);
		}
	return 0;
}

/* ---- a tracer changes the call ---- */

static const char *folder;

static int mounts_of_ours(void)
{
	char line[4096];
	FILE *file = fopen("/proc/self/mountinfo", "re");
	int count = 0;

	if (!file)
		die("mountinfo");
	while (fgets(line, sizeof line, file))
		count += strstr(line, " - tmpfs attack ") != NULL;
	fclose(file);
	return count;
}

/* The traced process is a fork of this one: these addresses are the same there. */
static bool make_it_mount(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0)
		return false;
	regs.orig_rax = SYS_mount;
	regs.rdi = (uintptr_t) "attack";
	regs.rsi = (uintptr_t)folder;
	regs.rdx = (uintptr_t) "tmpfs";
	regs.r10 = regs.r8 = 0;
	return ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0;
}

static bool is_in(pid_t pid, long call)
{
	struct user_regs_struct regs;

	return ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0 && (long)regs.orig_rax == call;
}

static void trace_getppid(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {4, filter};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		_exit(2);
}

enum moment { AT_ENTRY, AT_TRACE, WHILE_WAITING, MOMENTS };

/* Calls what may be called until it is killed. */
static _Noreturn void traced(enum moment moment)
{
	if (moment == AT_TRACE)
		trace_getppid();
	raise(SIGSTOP);
	for (;;) {
		if (moment == WHILE_WAITING)
			(void)syscall(SYS_sethostname, NULL, -1L); /* observed; then EINVAL */
		else
			(void)syscall(SYS_getppid);
	}
}

static unsigned change_at(enum moment moment, unsigned times)
{
	const int requests[MOMENTS] = {PTRACE_SYSCALL, PTRACE_CONT, PTRACE_CONT};
	uint64_t state = moment;
	unsigned changed = 0;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0)
		traced(moment);
	if (waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) != 0)
		die("seize");
	kill(pid, SIGCONT);
	while (changed < times) {
		if (moment == WHILE_WAITING) {
			const struct timespec some = {.tv_nsec = (long)(chance(&state) % 60000)};

			nanosleep(&some, NULL); /* the moment is the experiment */
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		}
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			die("traced");
		if (moment == WHILE_WAITING ? is_in(pid, SYS_sethostname) : is_in(pid, SYS_getppid))
			changed += make_it_mount(pid);
		if (ptrace(requests[moment], pid, NULL, NULL) != 0)
			die("continue");
	}
	/* What was changed last is still to be carried out. */
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, &status, __WALL);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		;
	return changed;
}

static int change(unsigned times)
{
	unsigned changed[MOMENTS];

	for (enum moment moment = 0; moment < MOMENTS; moment++)
		changed[moment] = change_at(moment, times);
	printf("CHANGE entry=%u trace=%u waiting=%u mounted=%d\n", changed[AT_ENTRY], changed[AT_TRACE],
	       changed[WHILE_WAITING], mounts_of_ours());
	return 0;
}

/* ---- signals ---- */

static volatile unsigned caught;

static void catch (int sig)
{
	(void)sig;
	caught++;
}

static int signals(unsigned times, bool restart)
{
	struct sigaction action = {.sa_handler = catch, .sa_flags = restart ? SA_RESTART : 0};
	const struct itimerval often = {.it_interval.tv_usec = 70, .it_value.tv_usec = 70}, never = {0};
	unsigned right = 0, interrupted = 0, other = 0;

	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &often, NULL) != 0)
		die("timer");
	for (unsigned i = 0; i < times; i++) {
		const int error = denied(CALL_FSOPEN, i);

		right += error == attack_errno(CALL_FSOPEN);
		interrupted += error == EINTR;
		other += error != EINTR && error != attack_errno(CALL_FSOPEN);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("SIGNALS caught=%u right=%u interrupted=%u other=%u\n", caught, right, interrupted, other);
	return other > 0;
}

/* ---- death while waiting ---- */

static unsigned *not_denied; /* shared */

static void *call_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		if (denied(CALL_MOUNT, 0) != attack_errno(CALL_MOUNT))
			__atomic_fetch_add(not_denied, 1, __ATOMIC_RELAXED);
	return NULL;
}

enum death { BY_SIGNAL, BY_EXIT, BY_EXEC, DEATHS };

static _Noreturn void threads(enum death death, long ns)
{
	const struct timespec some = {.tv_nsec = ns};
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread, NULL, call_for_ever, NULL) != 0)
			_exit(2);
	nanosleep(&some, NULL); /* the moment is the experiment */
	if (death == BY_EXEC)
		execl("/proc/self/exe", "attack_tricks", "nothing", NULL);
	if (death == BY_EXIT)
		_exit(0);
	for (;;)
		pause();
}

/* Whether it ends in time. */
static bool ends(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};
	bool ended = pidfd >= 0 && poll(&fd, 1, END_MS) == 1;

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pidfd);
	return ended;
}

static int killed(unsigned times)
{
	unsigned hang = 0, after = 0;
	uint64_t state = 1;

	not_denied = shared(sizeof *not_denied);
	for (unsigned i = 0; i < times; i++) {
		const long ns = (long)(chance(&state) % 2000000);
		const enum death death = (enum death)(i % DEATHS);
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			threads(death, ns);
		if (death == BY_SIGNAL) {
			const struct timespec some = {.tv_nsec = ns};

			nanosleep(&some, NULL);
			kill(pid, SIGKILL);
		}
		hang += !ends(pid);
		after += denied(CALL_UMOUNT2, 0) != attack_errno(CALL_UMOUNT2);
	}
	printf("KILLED processes=%u hang=%u not-denied=%u wrong-after=%u\n", times, hang, *not_denied, after);
	return hang + *not_denied + after > 0;
}

/* ---- many at once ---- */

static int crowd(unsigned processes, unsigned times)
{
	unsigned *counts = shared(2 * sizeof *counts); /* made, wrong */
	unsigned bad = 0;
	int begin[2];
	char byte;

	if (pipe2(begin, O_CLOEXEC) != 0)
		die("pipe2");
	for (unsigned p = 0; p < processes; p++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid > 0)
			continue;
		close(begin[1]);
		if (read(begin[0], &byte, 1) != 0) /* till all are there */
			_exit(2);
		for (unsigned i = 0; i < times; i++) {
			const int call = (int)((p + i) % CALL_UMOUNT);

			if (denied(call, i) != attack_errno(call))
				__atomic_fetch_add(&counts[1], 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&counts[0], 1, __ATOMIC_RELAXED);
		}
		_exit(0);
	}
	close(begin[1]);
	for (int status; waitpid(-1, &status, 0) > 0;)
		bad += status != 0;
	printf("CROWD processes=%u made=%u wrong=%u ended-badly=%u\n", processes, counts[0], counts[1], bad);
	return counts[1] + bad > 0;
}

/* ---- the one who answers is killed ---- */

struct worker {
	unsigned long before, after, late;      /* late: begun before its end, and come back after */
	unsigned long wrong, succeeded, enosys; /* enosys: of those before and late */
};

static _Noreturn void work(struct worker *worker, const volatile int *gone)
{
	for (;;) {
		const bool was_gone = *gone;
		const int error = denied(CALL_MOUNT, 0);

		worker->succeeded += error == 0;
		if (was_gone) {
			worker->wrong += error != ENOSYS;
			worker->after++;
			continue;
		}
		worker->wrong += error != ENOSYS && error != attack_errno(CALL_MOUNT);
		worker->enosys += error == ENOSYS;
		worker->late += *gone;
		worker->before++;
	}
}

static bool all_have(const struct worker *workers, unsigned count, bool after)
{
	for (unsigned i = 0; i < count; i++)
		if ((after ? workers[i].after : workers[i].before) < 20)
			return false;
	return true;
}

static bool await_all(const struct worker *workers, unsigned count, bool after)
{
	for (int ms = 0; ms < END_MS; ms++) {
		if (all_have(workers, count, after))
			return true;
		usleep(1000);
	}
	return false;
}

static int load(unsigned count)
{
	struct worker *workers = shared(count * sizeof *workers), sum = {0};
	volatile int *gone = shared(sizeof *gone);
	pid_t *pids = calloc(count, sizeof *pids), answerer = getppid();
	int pidfd = (int)syscall(SYS_pidfd_open, answerer, 0);
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};
	bool hang;

	if (!pids || pidfd < 0)
		die("pids");
	for (unsigned i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i] == 0)
			work(&workers[i], gone);
	}
	hang = !await_all(workers, count, false);
	if (kill(answerer, SIGKILL) != 0 || poll(&fd, 1, END_MS) != 1)
		die("kill");
	*gone = 1;
	hang = !await_all(workers, count, true) || hang;
	for (unsigned i = 0; i < count; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		sum.before += workers[i].before;
		sum.after += workers[i].after;
		sum.late += workers[i].late;
		sum.wrong += workers[i].wrong;
		sum.succeeded += workers[i].succeeded;
		sum.enosys += workers[i].enosys;
	}
	free(pids);
	printf("LOAD processes=%u before=%lu answered-by-its-end=%lu after=%lu wrong=%lu succeeded=%lu hang=%d\n",
	       count, sum.before, sum.enosys, sum.after, sum.wrong, sum.succeeded, hang);
	return sum.wrong + sum.succeeded > 0 || hang;
}

/* Whether all have made another call since, in time. */
static bool all_go_on(const unsigned *made_by, unsigned count)
{
	unsigned before[count];

	memcpy(before, made_by, sizeof before);
	for (unsigned i = 0; i < count; i++)
		for (int ms = 0; __atomic_load_n(&made_by[i], __ATOMIC_RELAXED) == before[i]; ms++) {
			if (ms == END_MS)
				return false;
			usleep(1000);
		}
	return true;
}

/* What a filter's listener says of itself to who is about to be stopped is no news of its end. */
static int pauses(unsigned count, unsigned cycles)
{
	unsigned *made_by = shared(count * sizeof *made_by), done = 0;
	pid_t *pids = calloc(count, sizeof *pids), answerer = getppid();
	uint64_t state = 1;
	bool go_on = true;

	if (!pids)
		die("pids");
	for (unsigned i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		while (pids[i] == 0) {
			if (denied(CALL_MOUNT, 0) != attack_errno(CALL_MOUNT))
				_exit(1);
			__atomic_fetch_add(&made_by[i], 1, __ATOMIC_RELAXED);
		}
	}
	while (go_on && done < cycles) {
		for (unsigned i = 0; i < 500; i++, done++) {
			if (kill(answerer, SIGSTOP) != 0)
				die("kill");
			usleep((useconds_t)(chance(&state) % 50)); /* the moment is the experiment */
			if (kill(answerer, SIGCONT) != 0)
				die("kill");
			usleep((useconds_t)(chance(&state) % 200));
		}
		go_on = all_go_on(made_by, count);
	}
	for (unsigned i = 0; i < count; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	free(pids);
	printf("PAUSE processes=%u cycles=%u hang=%d\n", count, done, !go_on);
	return !go_on;
}

static int flood(unsigned count, int sig)
{
	const pid_t answerer = getppid();
	pid_t *pids = calloc(count + 1, sizeof *pids);
	unsigned hang = 0, in_time = 0;
	long longest = 0;

	if (!pids)
		die("pids");
	signal(sig, SIG_IGN); /* it comes back to this process */
	for (unsigned i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		while (pids[i] == 0)
			(void)!sigqueue(answerer, sig, (union sigval){0}); /* EAGAIN: as many as there can be */
	}
	for (unsigned i = 0; i < 100 && !hang; i++) {
		struct timespec begin, end;
		pid_t pid;

		clock_gettime(CLOCK_MONOTONIC, &begin);
		pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0)
			_exit(denied(CALL_MOUNT, 0) == attack_errno(CALL_MOUNT) ? 0 : 1);
		if (ends(pid))
			in_time++;
		else
			hang++;
		clock_gettime(CLOCK_MONOTONIC, &end);
		if (longest < (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000)
			longest = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
	}
	for (unsigned i = 0; i < count; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	free(pids);
	printf("FLOOD processes=%u signal=%d calls=%u hang=%u longest-ms=%ld\n", count, sig, in_time, hang, longest);
	return hang > 0;
}

static int try(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 2 && strcmp(what, "nothing") == 0)
		return 0;
	if (argc == 2 && strcmp(what, "calls") == 0)
		return calls();
	if (argc == 3 && strcmp(what, "secret") == 0)
		return secret(number(argv[2]));
	if (argc == 2 && strcmp(what, "known") == 0)
		return known();
	if (strcmp(what, "search") == 0)
		return search(argc == 3);
	if (argc == 2 && strcmp(what, "fds") == 0)
		return fds();
	if (argc == 4 && strcmp(what, "change") == 0) {
		folder = argv[3];
		return change(number(argv[2]));
	}
	if (argc >= 3 && strcmp(what, "signals") == 0)
		return signals(number(argv[2]), argc == 4);
	if (argc == 3 && strcmp(what, "killed") == 0)
		return killed(number(argv[2]));
	if (argc == 4 && strcmp(what, "crowd") == 0)
		return crowd(number(argv[2]), number(argv[3]));
	if (argc == 3 && strcmp(what, "load") == 0)
		return load(number(argv[2]));
	if (argc == 4 && strcmp(what, "pause") == 0)
		return pauses(number(argv[2]), number(argv[3]));
	if (argc == 4 && strcmp(what, "flood") == 0)
		return flood(number(argv[2]), (int)number(argv[3]));
	fprintf(stderr, "usage: attack_tricks WHAT ...: see the head of attack_tricks.c\n");
	return 2;
}

int main(int argc, char **argv)
{
	int status = try(argc, argv);

	fflush(stdout);
	return status;
}
