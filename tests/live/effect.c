/* SPDX-License-Identifier: MIT */
/*
 * effect FOLDER: the entrypoint of the truth table's rows. Tries the mount API and says what came of it, without asking
 * anybody why: one line `EFFECT name=value ...` on stdout. Ends with status 42.
 *
 * A value is an errno, 0 for success, or 1000 + the signal that the call killed its caller with. Each try is a process
 * of its own. The raw calls have arguments with which they cannot do anything, even where nothing stops them.
 *
 *   uid, caps (has CAP_SYS_ADMIN), ids (uids are those of the machine), proc, tracer   where it runs
 *   nnp                               can no_new_privs be read
 *   seccomp, logged, prctl            can a filter be loaded: by seccomp(2), with SECCOMP_FILTER_FLAG_LOG, by prctl(2)
 *   the mount calls by name           each of them raw; open_tree with OPEN_TREE_CLONE, open_tree-plain without
 *   i386, x32                         mount(2) through these, on x86_64; elsewhere there are none
 *   old, new                          a tmpfs on FOLDER by mount(2), by the new calls; 0 only if it is there then
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

#define STATUS 42
#define BROKEN 99
#define OPEN_TREE_CLONED 1 /* OPEN_TREE_CLONE of linux/mount.h, and what follows is of it too */
#define FSCONFIG_COMMAND_CREATE 6
#define MOVE_MOUNT_FROM_EMPTY_PATH 4

static char line[1024] = "EFFECT";
static const char *folder;

static void say(const char *name, int value)
{
	size_t used = strlen(line);

	snprintf(line + used, sizeof line - used, " %s=%d", name, value);
}

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

/* The exit status carries what `try` returns: errnos below 256. */
static void attempt(const char *name, int (*try)(int), int which)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try(which));
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("effect");
		exit(BROKEN);
	}
	say(name, WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status));
}

static int raw(int nr)
{
	return error_of(syscall(nr, 0, 0, 0, 0, 0, 0));
}

static int clone_tree(int nr)
{
	return error_of(syscall(nr, 0, 0, OPEN_TREE_CLONED, 0, 0, 0));
}

static int i386(int nr)
{
	long result = -ENOSYS;

#if defined(__x86_64__)
	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"((long)nr), "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
	                 : "r8", "r9", "r10", "r11", "memory");
#else
	(void)nr;
#endif
	return result < 0 ? (int)-result : 0;
}

static int x32(int nr)
{
#if defined(__x86_64__)
	return raw(X32_BIT | nr);
#else
	(void)nr;
	return ENOSYS;
#endif
}

static int by_seccomp(int flags)
{
	return error_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL));
}

static int by_prctl(int option)
{
	return error_of(prctl(option, SECCOMP_MODE_FILTER, NULL, 0, 0));
}

static int get_no_new_privs(int option)
{
	return error_of(prctl(option, 0, 0, 0, 0));
}

/* A mount by all accounts, or what kept it from being one. */
static int mounted(int error, dev_t before)
{
	struct stat after;

	if (stat(folder, &after) != 0)
		return BROKEN;
	if (after.st_dev != before)
		return 0;
	return error ? error : BROKEN;
}

static int mount_old(int unused)
{
	struct stat before;

	(void)unused;
	if (stat(folder, &before) != 0)
		return BROKEN;
	return mounted(error_of(mount("effect", folder, "tmpfs", 0, NULL)), before.st_dev);
}

static int mount_new(int unused)
{
	struct stat before;
	long fs, tree;

	(void)unused;
	if (stat(folder, &before) != 0)
		return BROKEN;
	fs = syscall(call_table[CALL_FSOPEN].native, "tmpfs", 0);
	if (fs < 0 || syscall(call_table[CALL_FSCONFIG].native, fs, FSCONFIG_COMMAND_CREATE, NULL, NULL, 0) != 0)
		return mounted(errno, before.st_dev);
	tree = syscall(call_table[CALL_FSMOUNT].native, fs, 0, 0);
	if (tree < 0)
		return mounted(errno, before.st_dev);
	return mounted(error_of(syscall(call_table[CALL_MOVE_MOUNT].native, tree, "", AT_FDCWD, folder,
	                                MOVE_MOUNT_FROM_EMPTY_PATH)),
	               before.st_dev);
}

static void say_capable(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {{0}, {0}};

	if (syscall(SYS_capget, &header, sets) != 0)
		exit(BROKEN);
	say("caps", (sets[0].effective >> CAP_SYS_ADMIN) & 1);
}

static void say_traced(void)
{
	char status[4096] = "";
	const char *tracer;
	int fd = open("/proc/self/status", O_RDONLY);

	say("proc", fd >= 0);
	if (fd < 0)
		return;
	if (read(fd, status, sizeof status - 1) < 0 || !(tracer = strstr(status, "\nTracerPid:\t")))
		exit(BROKEN);
	say("tracer", strtol(tracer + strlen("\nTracerPid:\t"), NULL, 10) != 0);
}

int main(int argc, char **argv)
{
	struct stat root;

	if (argc != 2 || stat("/", &root) != 0)
		return BROKEN;
	folder = argv[1];
	say("uid", (int)getuid());
	say_capable();
	say("ids", root.st_uid == 0); /* not mapped in a user namespace of uid 65534's */
	say_traced();
	attempt("nnp", get_no_new_privs, PR_GET_NO_NEW_PRIVS);
	attempt("seccomp", by_seccomp, 0);
	attempt("logged", by_seccomp, SECCOMP_FILTER_FLAG_LOG);
	attempt("prctl", by_prctl, PR_SET_SECCOMP);
	for (int i = 0; i < CALL_COUNT; i++)
		if (call_table[i].native >= 0)
			attempt(call_table[i].name, i == CALL_OPEN_TREE ? clone_tree : raw, call_table[i].native);
	attempt("open_tree-plain", raw, call_table[CALL_OPEN_TREE].native);
	attempt("i386", i386, call_table[CALL_MOUNT].i386);
	attempt("x32", x32, call_table[CALL_MOUNT].native);
	attempt("old", mount_old, 0);
	attempt("new", mount_new, 0);
	printf("%s\n", line);
	return fflush(stdout) == 0 ? STATUS : BROKEN;
}
