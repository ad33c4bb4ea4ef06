/* SPDX-License-Identifier: MIT */
/* The versions of clang-format disagree about casts of string literals. */
/* clang-format off */
/*
 * routes: tries every route to a change of the mount tree, each in a child of its own, and prints for each
 *
 *     open NAME            the tree did change
 *     closed NAME WHY      it did not; WHY: the errno of the call that failed, the signal that killed the child,
 *                          "no-effect" (the calls succeeded, the tree is the same), "timeout"
 *     absent NAME          this kernel has no such call or no such ABI
 *
 * and last `N open of M` (M: open and closed ones). Exit status 0; 2 if it could not work at all.
 *
 * Judged by effect alone: the place concerned is looked at before and after (which file, on which mount, read-only or
 * not), or a file is written where none could be. What the calls return is only used to say why a route is closed.
 *
 * One static program for any container. Each child makes itself a mount namespace with a tmpfs to play in. Where that
 * is denied it works on the mounts that are there and puts back what it changed; on a machine's own mounts (the first
 * PID namespace, as root, no private namespace to be had) only with --here.
 *
 * Not here: io_uring has no mount operation; propagation changes are made by the same calls as those tried.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

/* For a throttled container. */
#define TIMEOUT_MS 30000

/* sys/mount.h cannot be included together with linux/mount.h everywhere. */
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif
#define TMPFS_MAGIC 0x01021994
#define STATFS_RDONLY 1
#define EMPTY_PATH 0x1000 /* AT_EMPTY_PATH, FSPICK_EMPTY_PATH has another value */

/* ---- one call through each of the ways into the kernel ---- */

enum way { WAY_NATIVE, WAY_I386, WAY_X32, WAY_COUNT };

static const char *const way_prefix[WAY_COUNT] = {"", "i386:", "x32:"};

#if defined(__x86_64__)
/* The kernel takes 32 bits of each: everything that is pointed to must lie below 4 GiB (checked in main). */
static long int80(int nr, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e)
{
	long result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"((long)nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
	                 : "r8", "r9", "r10", "r11", "memory", "cc");
	return (int)result;
}
#endif

/* Returns -errno on failure; -ENOSYS where the ABI has no such call. */
static long call(enum way way, enum call which, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e)
{
	const struct call_row *row = &call_table[which];
	long result;

#if defined(__x86_64__)
	if (way == WAY_I386)
		return row->i386 < 0 ? -ENOSYS : int80(row->i386, a, b, c, d, e);
#endif
	if (row->native < 0)
		return -ENOSYS;
	result = syscall(way == WAY_X32 ? row->native | X32_BIT : row->native, a, b, c, d, e, 0);
	return result < 0 ? -errno : result;
}

/* ---- where it plays ---- */

#define PATH_SIZE 64

/* Static, so that i386 calls can point to it: see main. */
static struct world {
	bool own;                  /* a namespace and a tmpfs of our own */
	char dir[PATH_SIZE];       /* a folder to mount on */
	char from[PATH_SIZE];      /* a folder to bind */
	char mounted[PATH_SIZE];   /* a mount whose read-only flag can be turned */
	char super[PATH_SIZE];     /* a tmpfs whose superblock can be changed */
	char removable[PATH_SIZE]; /* a mount that can be taken away or moved */
	char put_old[PATH_SIZE];   /* a folder in removable, for pivot_root */
} world;

/* What a path leads to. Where statx(2) knows no mount id (before Linux 5.8), the file's device and number must do. */
struct place {
	uint64_t dev, ino, mount, blocks;
	bool readonly, mount_root, tmpfs;
};

static bool look(const char *path, struct place *place)
{
	struct statx sx;
	struct statfs fs;

	*place = (struct place){0};
	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &sx) != 0 || statfs(path, &fs) != 0)
		return false;
	place->dev = (uint64_t)sx.stx_dev_major << 32 | sx.stx_dev_minor;
	place->ino = sx.stx_ino;
	/* The field has moved into older headers' spare words: read it from there. */
	if (sx.stx_mask & STATX_MNT_ID)
		memcpy(&place->mount, (const char *)&sx + 0x90, sizeof place->mount);
	place->readonly = (fs.f_flags & STATFS_RDONLY) != 0;
	place->mount_root = (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	place->tmpfs = fs.f_type == TMPFS_MAGIC;
	place->blocks = place->tmpfs ? (uint64_t)fs.f_blocks : 0; /* of a tmpfs: its limit */
	return true;
}

static bool differs(const struct place *a, const struct place *b)
{
	return a->dev != b->dev || a->ino != b->ino || a->mount != b->mount || a->readonly != b->readonly ||
	       a->blocks != b->blocks;
}

struct snapshot {
	struct place at[6];
};

static void take(struct snapshot *snapshot)
{
	const char *const paths[] = {"/", world.dir, world.mounted, world.super, world.removable, world.from};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		look(paths[i], &snapshot->at[i]);
}

static bool changed(const struct snapshot *before)
{
	struct snapshot now;

	take(&now);
	for (size_t i = 0; i < sizeof now.at / sizeof now.at[0]; i++)
		if (differs(&before->at[i], &now.at[i]))
			return true;
	return false;
}

static void in_folder(char path[PATH_SIZE], const char *folder, const char *name)
{
	snprintf(path, PATH_SIZE, "%.31s/%.31s", folder, name);
	mkdir(path, 0755);
}

/* A folder that is the root of a mount, or "": by preference one that few will miss. */
static void find_mount(char path[PATH_SIZE], bool tmpfs, bool but_root)
{
	static const char *const likely[] = {"/dev/shm", "/dev/mqueue", "/run", "/tmp", "/mnt",
	                                     "/dev/pts", "/dev",        "/sys", "/proc"};
	struct place place, root;

	*path = '\0';
	look("/", &root);
	for (size_t i = 0; i < sizeof likely / sizeof likely[0]; i++) {
		if (!look(likely[i], &place) || !(place.mount_root || place.dev != root.dev))
			continue;
		if (tmpfs && place.blocks == 0)
			continue;
		snprintf(path, PATH_SIZE, "%s", likely[i]);
		return;
	}
	if (!but_root && !tmpfs)
		snprintf(path, PATH_SIZE, "%s", "/");
}

static const char *const folders[] = {"/mnt", "/tmp", "/run", "/var", "/etc", "/dev", "/proc", "/"};
#define FOLDERS (sizeof folders / sizeof folders[0])

static const char *a_folder(size_t nth)
{
	struct place place;

	for (size_t i = 0; i < FOLDERS; i++)
		if (look(folders[i], &place) && nth-- == 0)
			return folders[i];
	return "/";
}

static long mount_native(const char *what, const char *path, const char *type, unsigned long flags)
{
	return call(WAY_NATIVE, CALL_MOUNT, (uintptr_t)what, (uintptr_t)path, (uintptr_t)type, flags, 0);
}

/* How much of a stage of its own a child can have: a mount namespace, and a tmpfs in it. */
enum stage { STAGE_NONE, STAGE_NAMESPACE, STAGE_TMPFS };

/* What is to be tried: a filter may kill for trying, so main finds out in a child. */
static bool set_the_stage(enum stage stage)
{
	const char *base = a_folder(0);
	bool own = stage == STAGE_NONE || unshare(CLONE_NEWNS) == 0;

	world.own = own && stage == STAGE_TMPFS && mount_native(NULL, "/", NULL, MS_REC | MS_PRIVATE) == 0 &&
	            mount_native("tmpfs", base, "tmpfs", 0) == 0;
	if (world.own) {
		in_folder(world.dir, base, "dir");
		in_folder(world.from, base, "from");
		in_folder(world.mounted, base, "mounted");
		in_folder(world.super, base, "super");
		in_folder(world.removable, base, "removable");
		mount_native("tmpfs", world.mounted, "tmpfs", 0);
		mount_native("tmpfs", world.super, "tmpfs", 0);
		mount_native("tmpfs", world.removable, "tmpfs", 0);
		in_folder(world.put_old, world.removable, "old");
		/* The one read-only by its mount, the other by its superblock only. */
		mount_native(NULL, world.mounted, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY);
		mount_native(NULL, world.super, NULL, MS_REMOUNT | MS_RDONLY);
		mount_native(NULL, world.super, NULL, MS_REMOUNT | MS_BIND);
		return true;
	}
	snprintf(world.dir, PATH_SIZE, "%s", a_folder(0));
	snprintf(world.from, PATH_SIZE, "%s", a_folder(1));
	find_mount(world.mounted, false, false);
	find_mount(world.super, true, true);
	find_mount(world.removable, false, true);
	snprintf(world.put_old, PATH_SIZE, "%s", world.removable);
	return own && stage != STAGE_TMPFS;
}

/* ---- the routes: each returns -errno of the call that failed, 0, or OPENED if it has seen the effect itself ---- */

#define OPENED 1L

static long mount_new(enum way way)
{
	return call(way, CALL_MOUNT, (uintptr_t) "tmpfs", (uintptr_t)world.dir, (uintptr_t) "tmpfs", 0, 0);
}

static long mount_bind(enum way way)
{
	return call(way, CALL_MOUNT, (uintptr_t)world.from, (uintptr_t)world.dir, 0, MS_BIND, 0);
}

static long mount_move(enum way way)
{
	return call(way, CALL_MOUNT, (uintptr_t)world.removable, (uintptr_t)world.dir, 0, MS_MOVE, 0);
}

static bool is_readonly(const char *path)
{
	struct place place;

	return look(path, &place) && place.readonly;
}

static long mount_remount(enum way way)
{
	unsigned long flags = MS_REMOUNT | MS_BIND | (is_readonly(world.mounted) ? 0 : MS_RDONLY);

	return call(way, CALL_MOUNT, 0, (uintptr_t)world.mounted, 0, flags, 0);
}

/* A tmpfs that is not in the tree yet: its descriptor. */
static long new_tmpfs(enum way way)
{
	long fs = call(way, CALL_FSOPEN, (uintptr_t) "tmpfs", 0, 0, 0, 0);
	long result;

	if (fs < 0)
		return fs;
	result = call(way, CALL_FSCONFIG, (uintptr_t)fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
	return result < 0 ? result : call(way, CALL_FSMOUNT, (uintptr_t)fs, 0, 0, 0, 0);
}

static long attach(enum way way, long tree)
{
	if (tree < 0)
		return tree;
	return call(way, CALL_MOVE_MOUNT, (uintptr_t)tree, (uintptr_t) "", (uintptr_t)AT_FDCWD, (uintptr_t)world.dir,
	            MOVE_MOUNT_F_EMPTY_PATH);
}

static long fsopen_attach(enum way way)
{
	return attach(way, new_tmpfs(way));
}

/* A mount that never gets into the tree can be written to all the same. */
static long write_there(long tree)
{
	int fd;

	if (tree < 0)
		return tree;
	fd = openat((int)tree, "written", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, "x", 1) != 1)
		return -errno;
	unlinkat((int)tree, "written", 0);
	return OPENED;
}

static long fsmount_detached(enum way way)
{
	return write_there(new_tmpfs(way));
}

static long open_tree_bind(enum way way)
{
	return attach(way,
	              call(way, CALL_OPEN_TREE, (uintptr_t)AT_FDCWD, (uintptr_t)world.from, OPEN_TREE_CLONE, 0, 0));
}

static struct mount_attr attr; /* static: see world */

static void *turn_readonly(const char *path)
{
	attr = (struct mount_attr){0};
	if (is_readonly(path))
		attr.attr_clr = MOUNT_ATTR_RDONLY;
	else
		attr.attr_set = MOUNT_ATTR_RDONLY;
	return &attr;
}

static long open_tree_attr(enum way way, const char *path, unsigned flags)
{
	return call(way, CALL_OPEN_TREE_ATTR, (uintptr_t)AT_FDCWD, (uintptr_t)path, flags,
	            (uintptr_t)turn_readonly(path), sizeof attr);
}

static long open_tree_attr_bind(enum way way)
{
	return attach(way, open_tree_attr(way, world.from, OPEN_TREE_CLONE));
}

static long open_tree_attr_remount(enum way way)
{
	return open_tree_attr(way, world.mounted, 0);
}

static void *make_writable(void)
{
	attr = (struct mount_attr){.attr_clr = MOUNT_ATTR_RDONLY};
	return &attr;
}

/* A writable copy of what is mounted read-only (where there is nothing read-only: a copy). */
static long open_tree_attr_detached(enum way way)
{
	return write_there(call(way, CALL_OPEN_TREE_ATTR, (uintptr_t)AT_FDCWD, (uintptr_t)world.mounted,
	                        OPEN_TREE_CLONE, (uintptr_t)make_writable(), sizeof attr));
}

static long move_mount_alone(enum way way)
{
	return call(way, CALL_MOVE_MOUNT, (uintptr_t)AT_FDCWD, (uintptr_t)world.removable, (uintptr_t)AT_FDCWD,
	            (uintptr_t)world.dir, 0);
}

static long mount_setattr(enum way way)
{
	return call(way, CALL_MOUNT_SETATTR, (uintptr_t)AT_FDCWD, (uintptr_t)world.mounted, 0,
	            (uintptr_t)turn_readonly(world.mounted), sizeof attr);
}

static long mount_setattr_detached(enum way way)
{
	long tree = call(way, CALL_OPEN_TREE, (uintptr_t)AT_FDCWD, (uintptr_t)world.mounted, OPEN_TREE_CLONE, 0, 0);
	long result;

	if (tree < 0)
		return tree;
	result = call(way, CALL_MOUNT_SETATTR, (uintptr_t)tree, (uintptr_t) "", EMPTY_PATH, (uintptr_t)make_writable(),
	              sizeof attr);
	return result < 0 ? result : write_there(tree);
}

static long reconfigure(enum way way, enum fsconfig_command command, const char *key, const char *value)
{
	long fs = call(way, CALL_FSPICK, (uintptr_t)AT_FDCWD, (uintptr_t)world.super, 0, 0, 0);
	long result;

	if (fs < 0)
		return fs;
	result = call(way, CALL_FSCONFIG, (uintptr_t)fs, command, (uintptr_t)key, (uintptr_t)value, 0);
	if (result == 0)
		result = call(way, CALL_FSCONFIG, (uintptr_t)fs, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
	close((int)fs);
	return result;
}

static long resize(enum way way, uint64_t blocks)
{
	static char size[32];

	snprintf(size, sizeof size, "%llu", (unsigned long long)blocks * 4096);
	return reconfigure(way, FSCONFIG_SET_STRING, "size", size);
}

/*
 * Of our own tmpfs, read-only is turned off. Another one's superblock is seen by everyone who has it mounted, in other
 * namespaces too: it only gets room for one page more.
 */
static long fspick_reconfigure(enum way way)
{
	struct place place;

	if (world.own)
		return reconfigure(way, FSCONFIG_SET_FLAG, "rw", NULL);
	look(world.super, &place);
	return resize(way, place.blocks + 1);
}

static long umount2_detach(enum way way)
{
	return call(way, CALL_UMOUNT2, (uintptr_t)world.removable, MNT_DETACH, 0, 0, 0);
}

static long umount_plain(enum way way)
{
	return call(way, CALL_UMOUNT, (uintptr_t)world.removable, 0, 0, 0, 0);
}

static long pivot(enum way way)
{
	return call(way, CALL_PIVOT_ROOT, (uintptr_t)world.removable, (uintptr_t)world.put_old, 0, 0, 0);
}

/* What the routes below do once they are where they lead: a tmpfs by the old API or by the new one. */
static long (*mount_inside)(enum way way);

static void *in_thread(void *result)
{
	*(long *)result = mount_inside(WAY_NATIVE);
	return NULL;
}

static long by_thread(enum way way)
{
	pthread_t thread;
	long result = -EAGAIN;
	int error;

	(void)way;
	error = pthread_create(&thread, NULL, in_thread, &result);
	if (error != 0)
		return -error;
	pthread_join(thread, NULL);
	return result;
}

static void finish(long result);

/* The grandchild of a clone route: it is in the new namespace, so it is the one to judge. */
static _Noreturn void mount_and_judge(void)
{
	struct snapshot before;
	long result;

	take(&before);
	result = mount_inside(WAY_NATIVE);
	finish(changed(&before) ? OPENED : result);
	_exit(0);
}

/* 0: the grandchild has reported. It may have been killed instead. */
static long await(long pid)
{
	int status;

	if (pid < 0)
		return pid;
	while (waitpid((pid_t)pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(0);
}

static long by_clone_flags(unsigned long flags)
{
#if defined(__s390x__)
	long pid = syscall(SYS_clone, 0, flags | SIGCHLD, 0, 0, 0);
#else
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
#endif

	if (pid == 0)
		mount_and_judge();
	return await(pid < 0 ? -errno : pid);
}

static long by_clone3_flags(unsigned long flags)
{
	uint64_t args[8] = {flags, 0, 0, 0, SIGCHLD, 0, 0, 0}; /* struct clone_args, version 0 */
	long pid = syscall(435, args, sizeof args);

	if (pid == 0)
		mount_and_judge();
	return await(pid < 0 ? -errno : pid);
}

static long clone_newns(enum way way)
{
	(void)way;
	return by_clone_flags(CLONE_NEWNS);
}

static long clone3_newns(enum way way)
{
	(void)way;
	return by_clone3_flags(CLONE_NEWNS);
}

static long userns_unshare(enum way way)
{
	(void)way;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return -errno;
	mount_and_judge();
}

static long userns_clone(enum way way)
{
	(void)way;
	return by_clone_flags(CLONE_NEWUSER | CLONE_NEWNS);
}

static long userns_clone3(enum way way)
{
	(void)way;
	return by_clone3_flags(CLONE_NEWUSER | CLONE_NEWNS);
}

/* Into another process's mount namespace (where none can be made, into our own anew), and mount there. */
static long by_setns(enum way way)
{
	int ready[2];
	char byte;
	pid_t other;
	int fd;

	(void)way;
	if (pipe2(ready, O_CLOEXEC) != 0)
		return -errno;
	other = fork();
	if (other < 0)
		return -errno;
	if (other == 0) {
		(void)!(unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS));
		(void)!write(ready[1], "", 1);
		for (;;)
			pause(); /* ends with the process group: run_one() */
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return -ECHILD;
	fd = (int)syscall(434, other, 0); /* pidfd_open: works without /proc */
	if (fd < 0 || setns(fd, CLONE_NEWNS) != 0) {
		int error = errno;

		kill(other, SIGKILL);
		return -error;
	}
	kill(other, SIGKILL);
	mount_and_judge();
}

#if defined(ELF32)
/* elf32.c, built for i386: a program of the other ABI from its first instruction on. */
__asm__(".section .rodata\n"
        ".globl elf32_start, elf32_end\n"
        "elf32_start: .incbin \"" ELF32 "\"\n"
        "elf32_end:\n"
        ".previous\n");
extern const char elf32_start[], elf32_end[];

static long by_elf32(enum way way)
{
	char *const argv[] = {"elf32", "--mount", world.dir, NULL};
	char *const envp[] = {NULL};
	size_t size = (size_t)(elf32_end - elf32_start);
	int fd = (int)syscall(SYS_memfd_create, "elf32", 0);
	int status;
	pid_t pid;

	(void)way;
	if (fd < 0 || write(fd, elf32_start, size) != (ssize_t)size)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		char path[32];

		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		execve(path, argv, envp);
		syscall(SYS_execveat, fd, "", argv, envp, EMPTY_PATH);
		_exit(errno == ENOEXEC ? ENOSYS : errno); /* no 32-bit programs here: absent */
	}
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return -WEXITSTATUS(status);
}
#endif

enum kind {
	EACH_ABI, /* native, i386, x32 */
	OLD_UMOUNT, /* i386, and where the native ABI has it */
	ONCE,     /* native, and has its own way to mount */
	BOTH_APIS /* native, by the old and by the new API */
};

static const struct route {
	const char *name;
	long (*go)(enum way way);
	enum kind kind;
} routes[] = {
    {"mount-tmpfs", mount_new, EACH_ABI},
    {"mount-bind", mount_bind, EACH_ABI},
    {"mount-move", mount_move, EACH_ABI},
    {"mount-remount", mount_remount, EACH_ABI},
    {"fsopen", fsopen_attach, EACH_ABI},
    {"fsmount-detached", fsmount_detached, EACH_ABI},
    {"open_tree-bind", open_tree_bind, EACH_ABI},
    {"open_tree_attr-bind", open_tree_attr_bind, EACH_ABI},
    {"open_tree_attr-remount", open_tree_attr_remount, EACH_ABI},
    {"open_tree_attr-detached", open_tree_attr_detached, EACH_ABI},
    {"move_mount", move_mount_alone, EACH_ABI},
    {"mount_setattr-remount", mount_setattr, EACH_ABI},
    {"mount_setattr-detached", mount_setattr_detached, EACH_ABI},
    {"fspick-reconfigure", fspick_reconfigure, EACH_ABI},
    {"umount2", umount2_detach, EACH_ABI},
    {"umount", umount_plain, OLD_UMOUNT},
    {"pivot_root", pivot, EACH_ABI},
#if defined(ELF32)
    {"elf32", by_elf32, ONCE},
#endif
    {"thread", by_thread, BOTH_APIS},
    {"clone-newns", clone_newns, BOTH_APIS},
    {"clone3-newns", clone3_newns, BOTH_APIS},
    {"userns-unshare", userns_unshare, BOTH_APIS},
    {"userns-clone", userns_clone, BOTH_APIS},
    {"userns-clone3", userns_clone3, BOTH_APIS},
    {"setns", by_setns, BOTH_APIS},
};

/* ---- one route, one child ---- */

static int report_fd = -1;

static void finish(long result)
{
	(void)!write(report_fd, &result, sizeof result);
}

/* A tree that is not ours was changed: put it back, as far as that is possible, by whatever way is open. */
static void tidy(const struct snapshot *before)
{
	for (enum way way = WAY_NATIVE; way < WAY_COUNT; way++) {
		struct snapshot now;

		take(&now);
		if (differs(&before->at[1], &now.at[1]))
			call(way, CALL_UMOUNT2, (uintptr_t)world.dir, MNT_DETACH, 0, 0, 0);
		/* The same mount still? Not another one that was under it. */
		if (before->at[2].mount == now.at[2].mount && before->at[2].readonly != now.at[2].readonly &&
		    mount_setattr(way) < 0)
			mount_remount(way);
		if (before->at[3].dev == now.at[3].dev && before->at[3].blocks != now.at[3].blocks)
			resize(way, before->at[3].blocks);
	}
}

static enum stage best_stage;

static _Noreturn void child(const struct route *route, enum way way, bool new_api)
{
	struct snapshot before;
	long result;

	setpgid(0, 0);
	set_the_stage(best_stage);
	take(&before);
	mount_inside = new_api ? fsopen_attach : mount_new;
	result = route->go(way);
	finish(changed(&before) ? OPENED : result);
	/* In a child, for what is denied may be denied by death. */
	if (!world.own && changed(&before) && fork() == 0) {
		tidy(&before);
		_exit(0);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(0);
}

#define WHY_MAX 24

enum state { STATE_OPEN, STATE_CLOSED, STATE_ABSENT };

struct name {
	int number;
	const char *name;
};

static const char *name_of(const struct name *names, size_t count, int number, char spare[WHY_MAX])
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(spare, WHY_MAX, "%d", number);
	return spare;
}

static const char *errno_name(int number, char spare[WHY_MAX])
{
#define N(name)             \
	{                   \
		name, #name \
	}
	static const struct name names[] = {N(EPERM),  N(ENOENT),     N(ESRCH),  N(EIO),    N(ENXIO),  N(EBADF),
	                                    N(ECHILD), N(EAGAIN),     N(ENOMEM), N(EACCES), N(EFAULT), N(EBUSY),
	                                    N(EEXIST), N(ENODEV),     N(EINVAL), N(ENOSPC), N(EROFS),  N(ENOSYS),
	                                    N(ELOOP),  N(EOPNOTSUPP), N(EUSERS)};

	return name_of(names, sizeof names / sizeof names[0], number, spare);
}

static const char *signal_name(int number, char spare[WHY_MAX])
{
	static const struct name names[] = {N(SIGSYS), N(SIGSEGV), N(SIGKILL), N(SIGABRT), N(SIGTERM), N(SIGBUS)};
#undef N

	return name_of(names, sizeof names / sizeof names[0], number, spare);
}

/* The word after `closed NAME`, or the errno's for `absent`. */
static enum state run_one(const struct route *route, enum way way, bool new_api, char why[WHY_MAX])
{
	int ends[2];
	struct pollfd poller;
	long result = 0;
	int status = 0;
	bool told;
	pid_t pid;

	snprintf(why, WHY_MAX, "%s", "no-effect");
	if (pipe2(ends, O_CLOEXEC) != 0 || (report_fd = ends[1], pid = fork()) < 0) {
		perror("routes");
		exit(2);
	}
	if (pid == 0)
		child(route, way, new_api);
	close(ends[1]);
	poller = (struct pollfd){.fd = ends[0], .events = POLLIN};
	if (poll(&poller, 1, TIMEOUT_MS) == 0)
		snprintf(why, WHY_MAX, "%s", "timeout");
	told = poller.revents && read(ends[0], &result, sizeof result) == (ssize_t)sizeof result;
	/* A child that has told is about to end, and to tidy up before. */
	if (!told && !poller.revents)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	close(ends[0]);

	if (told && result == OPENED)
		return STATE_OPEN;
	if (told && result == -ENOSYS)
		return STATE_ABSENT;
	if (told && result < 0) {
		char spare[WHY_MAX];

		snprintf(why, WHY_MAX, "%s", errno_name((int)-result, spare));
	}
	if (!told && poller.revents && WIFSIGNALED(status)) {
		char spare[WHY_MAX];

		/* Without IA32 emulation int 0x80 is a general protection fault. */
		if (way == WAY_I386 && WTERMSIG(status) == SIGSEGV)
			return STATE_ABSENT;
		snprintf(why, WHY_MAX, "%s", signal_name(WTERMSIG(status), spare));
	}
	return STATE_CLOSED;
}

static bool try_the_stage(enum stage stage)
{
	int status = 1;
	pid_t pid = fork();

	if (pid < 0) {
		perror("routes: fork");
		exit(2);
	}
	if (pid == 0) {
		_exit(set_the_stage(stage) ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* Whether the mounts that are there may be played with: nothing could be spoilt, or this is a container. */
static bool may_play_here(void)
{
	char text[64];
	ssize_t length;

	if (geteuid() != 0)
		return true;
	length = readlink("/proc/self/ns/pid", text, sizeof text - 1);
	if (length <= 0)
		return getpid() == 1;
	text[length] = '\0';
	return strcmp(text, "pid:[4026531836]") != 0; /* PROC_PID_INIT_INO, linux/proc_ns.h */
}

static unsigned open_routes, tried;

static void run(const struct route *route, enum way way, bool new_api)
{
	static const char *const words[] = {"open", "closed", "absent"};
	char why[WHY_MAX];
	enum state state = run_one(route, way, new_api, why);

	printf("%s %s%s%s%s%s\n", words[state], way_prefix[way], route->name, new_api ? "+fsopen" : "",
	       state == STATE_CLOSED ? " " : "", state == STATE_CLOSED ? why : "");
	tried += state != STATE_ABSENT;
	open_routes += state == STATE_OPEN;
}

int main(int argc, char **argv)
{
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--here") != 0)) {
		fprintf(stderr, "usage: routes [--here]\n");
		return 2;
	}
#if defined(__x86_64__)
	if ((uintptr_t)&world >> 32 != 0 || (uintptr_t) "tmpfs" >> 32 != 0) {
		fprintf(stderr, "routes: link it with -no-pie: i386 calls cannot reach its data\n");
		return 2;
	}
#endif
	best_stage = STAGE_TMPFS;
	while (best_stage != STAGE_NONE && !try_the_stage(best_stage))
		best_stage = best_stage == STAGE_TMPFS ? STAGE_NAMESPACE : STAGE_NONE;
	if (best_stage != STAGE_TMPFS && argc == 1 && !may_play_here()) {
		fprintf(
		    stderr,
		    "routes: can have no mounts of its own, and this is no container: --here to use those there are\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (enum way way = WAY_NATIVE; way < WAY_COUNT; way++)
		for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
			const struct route *route = &routes[i];

#if !defined(__x86_64__)
			if (way != WAY_NATIVE)
				continue;
#endif
			if (route->kind == OLD_UMOUNT ? way == WAY_I386 || (way == WAY_NATIVE && call_table[CALL_UMOUNT].native >= 0)
			                              : way == WAY_NATIVE || route->kind == EACH_ABI)
				run(route, way, false);
			if (route->kind == BOTH_APIS && way == WAY_NATIVE)
				run(route, way, true);
		}
	printf("%u open of %u\n", open_routes, tried);
	return 0;
}
