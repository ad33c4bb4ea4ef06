/* SPDX-License-Identifier: MIT */
/*
 * attack_heir: gets rid of the denyinit that answers for this process's denied calls, makes a listener of its own, and
 * lets a mount through by it: of two filters that both ask a listener, the newer one's is asked (linux/seccomp.h).
 *
 *   attack_heir HOW FOLDER     a tmpfs named "attack" on FOLDER; started by denyinit itself
 *   attack_heir start N -- denyinit ... COMMAND   starts that N times and kills it while it starts, at random moments:
 *                              a line `START killed=N strays=N`, processes that are left 5 s later
 *
 *   kill      SIGKILL
 *   descriptors  RLIMIT_NOFILE 0, with which poll(2) fails
 *   orphan    the command ends, and with it denyinit
 *   race      the same where denyinit is PID 1: between the end of its listener and the end of everybody else
 *   stop      SIGSTOP, and SIGCONT after a second: in between the listener is still denyinit's
 *   stay      nothing
 *
 * All of that is done by a child of the command, which outlives both. A line at the end, but for `race`, where all end:
 *
 *   HEIR how=kill before=EPERM after=ENOSYS listener=EBUSY mounted=0
 *
 * before, after: what mount gets while denyinit is there and then; "hangs". listener: what seccomp(2) says; 0: it is had.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOPPED_MS 1000
#define END_MS 20000

static const char *folder;
static pid_t denyinit;
static int denyinit_fd; /* a pidfd */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "attack_heir: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int try_mount(void)
{
	return mount("attack", folder, "tmpfs", 0, NULL) == 0 ? 0 : errno;
}

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

/* Where it could mount if nobody denied it. */
static void be_able_to_mount(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) != 0)
		die("capget");
	if (!(sets[0].effective >> CAP_SYS_ADMIN & 1) && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		die("unshare");
}

/* ---- a listener of one's own ---- */

static int make_listener(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {4, filter};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static volatile int listener = -1;
static volatile int waits;

static void *let_through(void *unused)
{
	(void)unused;
	waits = 1;
	while (listener < 0)
		sched_yield();
	for (;;) {
		struct seccomp_notif call = {0};
		struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
			continue;
		answer.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	return NULL;
}

/* The filter is this thread's only: the other one, whose calls it does not see, answers. */
static void start_answering(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, let_through, NULL) != 0)
		die("thread");
	while (!waits)
		sched_yield();
}

/* ---- the end of denyinit ---- */

static void await_end(void)
{
	struct pollfd fd = {.fd = denyinit_fd, .events = POLLIN};

	if (poll(&fd, 1, END_MS) != 1) {
		errno = ETIMEDOUT;
		die("denyinit does not end");
	}
}

static void kill_it(void)
{
	if (kill(denyinit, SIGKILL) != 0)
		die("kill");
	await_end();
}

static void without_descriptors(void)
{
	const struct rlimit none = {0, 0};

	if (prlimit(denyinit, RLIMIT_NOFILE, &none, NULL) != 0)
		die("prlimit");
	/* It is in poll(2), and notices when it comes back from there. */
	if (kill(denyinit, SIGCONT) != 0)
		die("kill");
	await_end();
}

static void become_orphan(void)
{
	if (kill(getppid(), SIGKILL) != 0)
		die("kill");
	await_end();
}

static void stop_it(void)
{
	if (kill(denyinit, SIGSTOP) != 0)
		die("kill");
}

static void keep_it(void)
{
}

/* Whether a mount comes back at all, in a process of its own. An errno value, or -1. */
static int mount_in_time(int ms)
{
	int ends[2], result = -1;
	struct pollfd fd;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		int got = try_mount();

		_exit(write(ends[1], &got, sizeof got) == (ssize_t)sizeof got ? 0 : 2);
	}
	fd = (struct pollfd){.fd = ends[0], .events = POLLIN};
	if (poll(&fd, 1, ms) == 1 && read(ends[0], &result, sizeof result) != (ssize_t)sizeof result)
		result = -1;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(ends[0]);
	close(ends[1]);
	return result;
}

static const char *name_of(int error)
{
	return error < 0 ? "hangs" : error ? strerrorname_np(error) : "0";
}

static int inherit(const char *how, void (*end)(void), bool stops)
{
	int before, after, said;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		return 0;
	}
	/* denyinit kills the command's group when it gives up: not this one. */
	if (setpgid(0, 0) != 0)
		die("setpgid");
	be_able_to_mount();
	before = try_mount();
	end();
	after = mount_in_time(stops ? STOPPED_MS : END_MS);
	said = make_listener();
	if (said >= 0) {
		start_answering();
		listener = said;
		(void)try_mount();
		said = 0;
	} else {
		said = errno;
	}
	if (stops && kill(denyinit, SIGCONT) != 0)
		die("kill");
	if (stops && try_mount() == 0)
		die("after all, it mounted");
	printf("HEIR how=%s before=%s after=%s listener=%s mounted=%d\n", how, name_of(before), name_of(after),
	       name_of(said), mounts_of_ours());
	fflush(stdout);
	_exit(0);
}

/* ---- where the end of denyinit is the end of all ---- */

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)sched_setaffinity(0, sizeof set, &set); /* only makes it likelier */
}

static int race(void)
{
	volatile int *ready = mmap(NULL, sizeof *ready, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (ready == MAP_FAILED || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		int made;

		be_able_to_mount();
		stay_on(0);
		start_answering();
		*ready = 1;
		while ((made = make_listener()) < 0)
			;
		listener = made;
		(void)try_mount();
		for (;;)
			pause();
	}
	while (!*ready)
		sched_yield();
	return 0;
}

/* ---- while it starts ---- */

#define WINDOW_NS 12000000 /* a start takes 2 to 10 ms */
#define STRAY_SECONDS 5

static pid_t first_child(void)
{
	char path[64];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	if (!file)
		die(path);
	/* the kernel's own text: NOLINTNEXTLINE(cert-err34-c) */
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

/* This process adopts what is left. SIGCHLD is blocked. */
static bool none_left(void)
{
	const struct timespec limit = {.tv_sec = STRAY_SECONDS};
	sigset_t sigchld;

	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid == 0 && sigtimedwait(&sigchld, NULL, &limit) < 0 && errno == EAGAIN)
			break;
	}
	for (pid_t pid; (pid = first_child()) > 0;) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return false;
}

static int start(unsigned times, char **command)
{
	unsigned strays = 0;
	sigset_t sigchld;

	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		die("subreaper");
	srandom(1);
	for (unsigned i = 0; i < times; i++) {
		const struct timespec moment = {.tv_nsec = random() % WINDOW_NS};
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			execvp(command[0], command);
			_exit(2);
		}
		sigprocmask(SIG_BLOCK, &sigchld, NULL);
		nanosleep(&moment, NULL);
		kill(pid, SIGKILL);
		strays += !none_left();
		sigprocmask(SIG_UNBLOCK, &sigchld, NULL);
	}
	printf("START killed=%u strays=%u\n", times, strays);
	return strays > 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *how;
		void (*end)(void);
	} ways[] = {{"kill", kill_it},
	            {"descriptors", without_descriptors},
	            {"orphan", become_orphan},
	            {"stop", stop_it},
	            {"stay", keep_it}};

	if (argc > 4 && strcmp(argv[1], "start") == 0 && strcmp(argv[3], "--") == 0)
		return start((unsigned)strtoul(argv[2], NULL, 10), argv + 4);
	if (argc == 3) {
		folder = argv[2];
		denyinit = getppid();
		denyinit_fd = (int)syscall(SYS_pidfd_open, denyinit, 0);
		if (denyinit_fd < 0)
			die("pidfd_open");
		if (strcmp(argv[1], "race") == 0)
			return race();
		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
			if (strcmp(argv[1], ways[i].how) == 0)
				return inherit(argv[1], ways[i].end, ways[i].end == stop_it);
	}
	fprintf(stderr, "usage: attack_heir kill|descriptors|orphan|race|stop|stay FOLDER\n");
	return 2;
}
