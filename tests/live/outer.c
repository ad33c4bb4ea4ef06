/* SPDX-License-Identifier: MIT */
/*
 * outer: what a container runtime, or a hostile one, may have set up before denyinit starts. Sets it up, then becomes
 * the command.
 *
 *   outer [--filter NAME [--call CALL]]... [--caps all|none] [--uid N] [--no-new-privs] [--userns] [--no-proc]
 *         [--read-only] [--landlock] [--block N] [--ignore N] [--nproc N] [--] COMMAND [ARG...]
 *
 *   --filter     one more seccomp filter: see the table `filters`; --call: on that call only instead of all of the
 *                mount API; with listener-continue the command is a child of this program
 *   --caps none  empties every capability set, the bounding set too; the uid stays
 *   --uid        also the gid, no supplementary groups
 *   --userns     uid 0 with all capabilities, in a user namespace of its own that uid 65534 has made
 *   --no-proc    an empty read-only folder in place of /proc   (in a mount namespace of its own)
 *   --read-only  every mount read-only                         (the same)
 *   --landlock   a Landlock domain, in which nothing can be mounted; not before options that mount
 *   --block      a signal's number, blocked; --ignore: ignored
 *   --nproc      RLIMIT_NPROC
 *
 * Order: the user namespace, mounts, Landlock, limits and signals as given; the bounding set, filters, uid, capabilities.
 * Exit status 99 and a line on stderr if the state could not be set up. No libseccomp: raw BPF.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "docker.h"

#if defined(__x86_64__)
#define ARCH_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define ARCH_NATIVE AUDIT_ARCH_RISCV64
#elif defined(__arm__)
#define ARCH_NATIVE AUDIT_ARCH_ARM
#elif defined(__i386__)
#define ARCH_NATIVE AUDIT_ARCH_I386
#elif defined(__s390x__)
#define ARCH_NATIVE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH_NATIVE AUDIT_ARCH_PPC64LE
#else
#error "another architecture: add its AUDIT_ARCH_"
#endif

static _Noreturn void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "outer: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(99);
}

/* ---- filters ---- */

enum set {
	SET_MOUNT,   /* the mount API, or what --call names */
	SET_SECCOMP, /* what loads filters: seccomp(2), prctl(PR_SET_SECCOMP) */
	SET_LOGGED, /* seccomp(2) with SECCOMP_FILTER_FLAG_LOG: of denyinit's two loads, with `log = yes`, the policy's */
	SET_NEW,    /* numbers above 450, as profiles older than those calls answer */
	SET_FOREIGN, /* every call of another architecture */
	SET_X32,     /* numbers with x32's bit */
	SET_PRCTL,   /* prctl(2) as a whole */
	SET_IDS,     /* what sets groups and IDs */
	SET_FORK,    /* fork, vfork, clone, clone3 */
	SET_DOCKER,  /* what Docker's default profile denies */
};

#define ERRNO(e) (SECCOMP_RET_ERRNO | (e))

static const struct filter {
	const char *name;
	enum set set;
	uint32_t action;
} filters[] = {
    {"eperm-mount", SET_MOUNT, ERRNO(EPERM)},
    {"enosys-mount", SET_MOUNT, ERRNO(ENOSYS)},
    {"errno0-mount", SET_MOUNT, ERRNO(0)}, /* a call that seems to succeed */
    {"kill-mount", SET_MOUNT, SECCOMP_RET_KILL_PROCESS},
    {"kill-thread-mount", SET_MOUNT, SECCOMP_RET_KILL_THREAD},
    {"trap-mount", SET_MOUNT, SECCOMP_RET_TRAP},
    {"trace-mount", SET_MOUNT, SECCOMP_RET_TRACE | 7}, /* ENOSYS as long as nobody traces */
    {"log-mount", SET_MOUNT, SECCOMP_RET_LOG},
    {"listener-continue", SET_MOUNT, SECCOMP_RET_USER_NOTIF}, /* a listener that lets everything through */
    {"enosys-450", SET_NEW, ERRNO(ENOSYS)},
    {"kill-i386", SET_FOREIGN, SECCOMP_RET_KILL_PROCESS},
    {"kill-x32", SET_X32, SECCOMP_RET_KILL_PROCESS},
    {"fake-seccomp", SET_SECCOMP, ERRNO(0)}, /* says that the filter is loaded, and loads none */
    {"refuse-seccomp", SET_SECCOMP, ERRNO(EPERM)},
    {"enosys-seccomp", SET_SECCOMP, ERRNO(ENOSYS)}, /* as an emulator answers */
    {"einval-seccomp", SET_SECCOMP, ERRNO(EINVAL)},
    {"fake-logged-seccomp", SET_LOGGED, ERRNO(0)},
    {"fake-prctl", SET_PRCTL, ERRNO(0)},
    {"listener-positive-ids", SET_IDS,
     SECCOMP_RET_USER_NOTIF}, /* a listener that answers with a number, and no error */
    {"refuse-prctl", SET_PRCTL, ERRNO(EPERM)},
    {"refuse-fork", SET_FORK, ERRNO(EAGAIN)},
    {"fake-fork", SET_FORK, ERRNO(0)}, /* the parent takes itself for the child */
    {"docker", SET_DOCKER, ERRNO(EPERM)},
};
#define FILTERS (sizeof filters / sizeof filters[0])

struct program {
	struct sock_filter code[256];
	unsigned short length;
};

static void add(struct program *program, struct sock_filter instruction)
{
	if (program->length == sizeof program->code / sizeof *program->code)
		die("a filter is too long");
	program->code[program->length++] = instruction;
}

#define LOAD(field) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
/* The half of an argument that flags are in. */
#define LOAD_LOW(arg)                                                                                             \
	((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (arg) + \
	                                                            (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))
#define JUMP(op, k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (yes), (no)))
#define RETURN(k) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (k)))

static void on_number(struct program *program, int nr, uint32_t action)
{
	if (nr < 0)
		return;
	add(program, JUMP(BPF_JEQ, (uint32_t)nr, 0, 1));
	add(program, RETURN(action));
}

/* Argument 0 decides, and what comes behind is not reached: one of the values gets `match`, all others `other`. */
static void on_argument(struct program *program, int nr, const uint32_t *values, size_t count, uint32_t match,
                        uint32_t other)
{
	add(program, JUMP(BPF_JEQ, (uint32_t)nr, 0, (uint8_t)(2 * count + 2)));
	add(program, LOAD_LOW(0));
	for (size_t i = 0; i < count; i++) {
		add(program, JUMP(BPF_JEQ, values[i], 0, 1));
		add(program, RETURN(match));
	}
	add(program, RETURN(other));
}

/* Of i386 the mount API only; x32 has the native numbers with a bit, and the profile takes them as the same calls. */
static struct program assemble_docker(uint32_t action)
{
	struct program program = {.length = 0};
	unsigned short i386;

#if !defined(__x86_64__)
	die("--filter docker: its numbers are those of x86_64");
#endif
	add(&program, LOAD(arch));
	i386 = program.length;
	add(&program, JUMP(BPF_JEQ, AUDIT_ARCH_I386, 0, 0));
	add(&program, LOAD(nr));
	for (size_t i = 0; i < CALL_COUNT; i++)
		on_number(&program, call_table[i].i386,
		          call_table[i].i386 > DOCKER_NEWEST ? (uint32_t)ERRNO(ENOSYS) : action);
	add(&program, RETURN(SECCOMP_RET_ALLOW));
	program.code[i386].jf = (uint8_t)(program.length - i386 - 1);

	add(&program, LOAD(nr));
	add(&program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)X32_BIT));
	for (size_t i = 0; i < sizeof docker_groups / sizeof *docker_groups; i++)
		for (size_t k = 0; docker_groups[i].denied[k].name; k++)
			on_number(&program, docker_groups[i].denied[k].nr, action);
	on_number(&program, DOCKER_CLONE3, ERRNO(ENOSYS));
	add(&program, JUMP(BPF_JGT, DOCKER_NEWEST, 0, 1));
	add(&program, RETURN(ERRNO(ENOSYS)));
	add(&program, JUMP(BPF_JGT, DOCKER_GAP_LAST, 2, 0));
	add(&program, JUMP(BPF_JGE, DOCKER_GAP_FIRST, 0, 1));
	add(&program, RETURN(action));
	on_argument(&program, DOCKER_SOCKET, docker_families_denied, 2, action, SECCOMP_RET_ALLOW);
	on_argument(&program, DOCKER_PERSONALITY, docker_personalities, 5, SECCOMP_RET_ALLOW, action);
	add(&program, JUMP(BPF_JEQ, DOCKER_CLONE, 0, 3));
	add(&program, LOAD_LOW(0));
	add(&program, JUMP(BPF_JSET, DOCKER_CLONE_DENIED, 0, 1));
	add(&program, RETURN(action));
	add(&program, RETURN(SECCOMP_RET_ALLOW));
	return program;
}

static struct program assemble(const struct filter *filter, const char *call)
{
	struct program program = {.length = 0};
	unsigned found = 0;

	if (filter->set == SET_DOCKER)
		return assemble_docker(filter->action);
	add(&program, LOAD(arch));
	add(&program, JUMP(BPF_JEQ, ARCH_NATIVE, 1, 0));
	add(&program, RETURN(filter->set == SET_FOREIGN ? filter->action : SECCOMP_RET_ALLOW));
	add(&program, LOAD(nr));
	switch (filter->set) {
	case SET_MOUNT:
		for (size_t i = 0; i < CALL_COUNT; i++)
			if (!call || strcmp(call, call_table[i].name) == 0) {
				on_number(&program, call_table[i].native, filter->action);
				found++;
			}
		if (!found)
			die("--call %s: no call of the mount API", call);
		break;
	case SET_SECCOMP:
		on_number(&program, SYS_seccomp, filter->action);
		add(&program, JUMP(BPF_JEQ, SYS_prctl, 0, 3));
		add(&program, LOAD_LOW(0));
		on_number(&program, PR_SET_SECCOMP, filter->action);
		break;
	case SET_LOGGED:
		add(&program, JUMP(BPF_JEQ, SYS_seccomp, 0, 3));
		add(&program, LOAD_LOW(1));
		add(&program, JUMP(BPF_JSET, SECCOMP_FILTER_FLAG_LOG, 0, 1));
		add(&program, RETURN(filter->action));
		break;
	case SET_NEW:
		add(&program, JUMP(BPF_JGT, 450, 0, 1));
		add(&program, RETURN(filter->action));
		break;
	case SET_PRCTL: on_number(&program, SYS_prctl, filter->action); break;
	case SET_IDS:
		on_number(&program, SYS_setgroups, filter->action);
		on_number(&program, SYS_setresgid, filter->action);
		on_number(&program, SYS_setresuid, filter->action);
		break;
	case SET_FORK:
#ifdef SYS_fork
		on_number(&program, SYS_fork, filter->action);
		on_number(&program, SYS_vfork, filter->action);
#endif
		on_number(&program, SYS_clone, filter->action);
		on_number(&program, 435, filter->action);
		break;
	case SET_X32:
		add(&program, JUMP(BPF_JSET, X32_BIT, 0, 1));
		add(&program, RETURN(filter->action));
		break;
	case SET_FOREIGN:
	case SET_DOCKER: break;
	}
	add(&program, RETURN(SECCOMP_RET_ALLOW));
	return program;
}

/* Returns the listener if flags ask for one. */
static int load(struct program *program, unsigned flags)
{
	struct sock_fprog fprog = {.len = program->length, .filter = program->code};
	long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);

	if (result < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
	if (result < 0)
		die("seccomp(2): %s", strerror(errno));
	return (int)result;
}

/* Lets through whatever is notified, or answers in its place, until the child ends; then ends like it. */
static _Noreturn void answer(int listener, pid_t child, bool positive)
{
	int status;

	signal(SIGTERM, SIG_IGN);
	for (;;) {
		struct seccomp_notif request = {0};
		struct seccomp_notif_resp response = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == 0) {
			response.id = request.id;
			if (positive) {
				response.flags = 0;
				response.val = 7;
			}
			ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
			continue;
		}
		/* EINTR by SIGCHLD, ENOENT when the caller is gone. */
		if (waitpid(child, &status, WNOHANG) == child)
			exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		if (errno != EINTR && errno != ENOENT)
			die("listener: %s", strerror(errno));
	}
}

static void wake(int sig)
{
	(void)sig;
}

/* Goes on in a child; this process stays behind as the one that listens, itself under no filter. */
static void load_with_listener(struct program *program, bool positive)
{
	struct sigaction action = {.sa_handler = wake}; /* no SA_RESTART: ioctl(2) is to be interrupted */
	int to_parent[2], to_child[2];
	int theirs, pidfd, listener;
	char byte;
	pid_t pid;

	if (pipe(to_parent) != 0 || pipe(to_child) != 0)
		die("pipe(2): %s", strerror(errno));
	sigaction(SIGCHLD, &action, NULL);
	pid = fork();
	if (pid < 0)
		die("fork(2): %s", strerror(errno));
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		listener = load(program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
		if (write(to_parent[1], &listener, sizeof listener) != (ssize_t)sizeof listener ||
		    read(to_child[0], &byte, 1) != 1)
			die("the listener's process is gone");
		close(listener);
		close(to_parent[0]);
		close(to_parent[1]);
		close(to_child[0]);
		close(to_child[1]);
		return;
	}
	close(to_parent[1]);
	if (read(to_parent[0], &theirs, sizeof theirs) != (ssize_t)sizeof theirs)
		exit(99);                               /* the child has said why */
	pidfd = (int)syscall(434, pid, 0);              /* pidfd_open */
	listener = (int)syscall(438, pidfd, theirs, 0); /* pidfd_getfd */
	if (listener < 0)
		die("pidfd_getfd(2): %s", strerror(errno));
	if (write(to_child[1], "", 1) != 1)
		die("the child is gone");
	/* The last write end but for the child's: without this a killed child would be waited for for ever. */
	close(to_child[1]);
	answer(listener, pid, positive);
}

static void apply_filter(const char *name, const char *call)
{
	for (size_t i = 0; i < FILTERS; i++)
		if (strcmp(name, filters[i].name) == 0) {
			struct program program = assemble(&filters[i], call);

			if (filters[i].action == SECCOMP_RET_USER_NOTIF)
				load_with_listener(&program, filters[i].set != SET_MOUNT);
			else
				load(&program, 0);
			return;
		}
	if (strcmp(name, "none") == 0)
		return;
	fprintf(stderr, "outer: --filter %s: none of: none", name);
	for (size_t i = 0; i < FILTERS; i++)
		fprintf(stderr, " %s", filters[i].name);
	fprintf(stderr, "\n");
	exit(99);
}

/* ---- the other states ---- */

static void own_mounts(void)
{
	static bool done;

	if (!done && (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0))
		die("no mount namespace: %s", strerror(errno));
	done = true;
}

static void hide_proc(void)
{
	own_mounts();
	if (mount("none", "/proc", "tmpfs", MS_RDONLY, NULL) != 0)
		die("tmpfs on /proc: %s", strerror(errno));
}

/* struct mount_attr, linux/mount.h, which cannot be included beside sys/mount.h everywhere. */
static void all_read_only(void)
{
	const uint64_t attr[4] = {MS_RDONLY, 0, 0, 0}; /* MOUNT_ATTR_RDONLY is 1 too */

	own_mounts();
	if (syscall(442, -100 /* AT_FDCWD */, "/", 0x8000 /* AT_RECURSIVE */, attr, sizeof attr) != 0)
		die("mount_setattr(2): %s", strerror(errno));
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("%s: %s", path, strerror(errno));
	close(fd);
}

static void become(unsigned long id)
{
	if (setgroups(0, NULL) != 0 || setresgid((gid_t)id, (gid_t)id, (gid_t)id) != 0 ||
	    setresuid((uid_t)id, (uid_t)id, (uid_t)id) != 0)
		die("uid %lu: %s", id, strerror(errno));
}

static void own_users(void)
{
	become(65534);
	/* Or /proc/self belonged to root. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		die("no user namespace: %s", strerror(errno));
	write_to("/proc/self/setgroups", "deny");
	write_to("/proc/self/uid_map", "0 65534 1");
	write_to("/proc/self/gid_map", "0 65534 1");
}

/* A domain that restricts anything at all denies every change of the mount tree: security/landlock/fs.c, hook_sb_mount. */
static void enter_landlock(void)
{
	const uint64_t make_block_devices = 1 << 11; /* LANDLOCK_ACCESS_FS_MAKE_BLOCK: nobody misses it */
	long ruleset = syscall(444, &make_block_devices, sizeof make_block_devices, 0);

	if (ruleset < 0 || syscall(446, ruleset, 0) != 0)
		die("no Landlock: %s", strerror(errno));
	close((int)ruleset);
}

static void drop_bounding_set(void)
{
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			die("PR_CAPBSET_DROP %lu: %s", cap, strerror(errno));
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[2] = {{0}, {0}};

	if (syscall(SYS_capset, &header, none) != 0)
		die("capset(2): %s", strerror(errno));
}

static unsigned long number(const char *option, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end)
		die("%s %s: not a number", option, text);
	return value;
}

int main(int argc, char **argv)
{
	static const char *const with_value[] = {"--filter", "--call",   "--caps",  "--uid",
	                                         "--block",  "--ignore", "--nproc", NULL};
	const char *filter[16] = {NULL}, *on_call[16] = {NULL};
	size_t nfilters = 0;
	bool no_caps = false, set_uid = false;
	unsigned long uid = 0;
	int i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		const char *option = argv[i], *value = NULL;

		if (strcmp(option, "--") == 0) {
			i++;
			break;
		}
		for (size_t k = 0; with_value[k]; k++)
			if (strcmp(option, with_value[k]) == 0 && !(value = argv[++i]))
				die("%s wants a value", option);
		if (strcmp(option, "--filter") == 0 && nfilters < 16)
			filter[nfilters++] = value;
		else if (strcmp(option, "--call") == 0 && nfilters > 0)
			on_call[nfilters - 1] = value;
		else if (strcmp(option, "--caps") == 0 && (strcmp(value, "all") == 0 || strcmp(value, "none") == 0))
			no_caps = value[0] == 'n';
		else if (strcmp(option, "--uid") == 0) {
			uid = number(option, value);
			set_uid = true;
		} else if (strcmp(option, "--no-new-privs") == 0)
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		else if (strcmp(option, "--userns") == 0)
			own_users();
		else if (strcmp(option, "--landlock") == 0)
			enter_landlock();
		else if (strcmp(option, "--no-proc") == 0)
			hide_proc();
		else if (strcmp(option, "--read-only") == 0)
			all_read_only();
		else if (strcmp(option, "--block") == 0) {
			sigset_t set;

			sigemptyset(&set);
			sigaddset(&set, (int)number(option, value));
			sigprocmask(SIG_BLOCK, &set, NULL);
		} else if (strcmp(option, "--ignore") == 0)
			signal((int)number(option, value), SIG_IGN);
		else if (strcmp(option, "--nproc") == 0) {
			const struct rlimit limit = {number(option, value), number(option, value)};

			if (setrlimit(RLIMIT_NPROC, &limit) != 0)
				die("setrlimit(2): %s", strerror(errno));
		} else
			die("%s: not an option, or in the wrong place", option);
	}
	if (i >= argc)
		die("no command");

	if (no_caps)
		drop_bounding_set(); /* before a filter forbids prctl(2) */
	for (size_t k = 0; k < nfilters; k++)
		apply_filter(filter[k], on_call[k]);
	if (set_uid)
		become(uid);
	if (no_caps)
		drop_capabilities();
	execvp(argv[i], argv + i);
	die("%s: %s", argv[i], strerror(errno));
}
