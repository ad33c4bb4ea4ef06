/* SPDX-License-Identifier: MIT */
/*
 * doors: the attacks that findings of `denyinit --check` are about. Each does by one call what another one does, too.
 *
 *   doors prepare FOLDER WAY... makes a folder in FOLDER for each way in, with what it needs
 *   doors try FOLDER WAY...    tries each in a child of its own, and prints
 *
 *     open WAY                 it did what it is for: seen by its effect, not by what the call returned
 *     closed WAY ERRNO         it failed so, or with SIGSYS
 *     no-effect WAY            it succeeded and had no effect
 *     absent WAY               this kernel does not have it
 *     broken WAY               could not be tried
 *
 *   doors list                 the names of all
 *
 * Ways: the name of a call, some with `:CASE`; `raw:CALL` makes the call with arguments that can do nothing, and is open
 * if the kernel's own code was reached (it failed for them, or did nothing); `uring:CALL` is io_uring's
 * operation, `sqpoll:CALL` the same with nothing but io_uring_setup.
 * Exit status 0, or 2 if it was called wrongly.
 *
 * Only what a way is about is done by its own call: all else was prepared, or is done by calls that no policy denies.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "doors.h"
#include "doors_numbers.h"

#define OLD 1000000000 /* a time long ago */

/* fork(2), but for orphans. */
pid_t make_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(1);
	return pid;
}

/* ---- files: one call, and what is to be seen of it ---- */

static struct stat status_of(const char *path)
{
	struct stat status = {0};

	(void)lstat(path, &status);
	return status;
}

static bool is_there(const char *path)
{
	return status_of(path).st_nlink > 0;
}

static bool made(void)
{
	return is_there("new");
}

static bool made_folder(void)
{
	return S_ISDIR(status_of("new").st_mode);
}

static bool made_node(void)
{
	return S_ISFIFO(status_of("new").st_mode);
}

static bool made_symlink(void)
{
	return S_ISLNK(status_of("new").st_mode);
}

static bool linked(void)
{
	return is_there("new") && status_of("new").st_ino == status_of("file").st_ino;
}

static bool moved(void)
{
	return is_there("new") && !is_there("file");
}

static bool file_gone(void)
{
	return !is_there("file");
}

static bool folder_gone(void)
{
	return !is_there("folder");
}

static bool setuid_set(void)
{
	return status_of("file").st_mode & S_ISUID;
}

static bool given_away(void)
{
	return status_of("file").st_uid == NOBODY;
}

static bool emptied(void)
{
	return is_there("file") && status_of("file").st_size == 0;
}

static bool aged(void)
{
	return is_there("file") && status_of("file").st_mtime <= OLD + 1;
}

static bool has_attribute(const char *name)
{
	char value[8];

	return getxattr("file", name, value, sizeof value) > 0;
}

static bool attribute_set(void)
{
	return has_attribute("trusted.new");
}

static bool attribute_gone(void)
{
	return !has_attribute("trusted.old");
}

static bool any_result(void)
{
	return true;
}

#define FILE_FD 3    /* "file", open for reading and writing */
#define RESULT_FD 30 /* whom to tell */

/* linux/fcntl.h, linux/openat2.h, linux/xattr.h, linux/time_types.h, which may be older than what is tried. */
struct how {
	uint64_t flags, mode, resolve;
};
static const struct how create_how = {O_CREAT | O_WRONLY | O_TRUNC, 0600, 0};

struct xattr_arguments {
	uint64_t value;
	uint32_t size, flags;
};
static struct xattr_arguments xattr_arguments = {.size = 1}; /* its value: main() */

static const long old_times[4] = {OLD, 0, OLD, 0}; /* as struct timespec[2], struct timeval[2], struct utimbuf */
static const long old_utime[2] = {OLD, OLD};

#define CWD AT_FDCWD
#define TEXT(text) ((long)(text))
#define CREATE (O_CREAT | O_WRONLY | O_TRUNC)
#define SYS(call, seen, ...)             \
	{                                \
#call, SYS_##call, seen, \
		{                        \
			__VA_ARGS__      \
		}                        \
	}
#define NEWER(call, nr, seen, ...)  \
	{                           \
		call, nr, seen,     \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

/* clang-format off */
static const struct one_call {
	const char *name;
	long nr;
	bool (*seen)(void);
	long args[6];
} one_calls[] = {
#ifdef SYS_open
	SYS(open, made, TEXT("new"), CREATE, 0600),
	SYS(creat, made, TEXT("new"), 0600),
	SYS(rename, moved, TEXT("file"), TEXT("new")),
	SYS(mkdir, made_folder, TEXT("new"), 0700),
	SYS(mknod, made_node, TEXT("new"), S_IFIFO | 0600, 0),
	SYS(link, linked, TEXT("file"), TEXT("new")),
	SYS(symlink, made_symlink, TEXT("file"), TEXT("new")),
	SYS(unlink, file_gone, TEXT("file")),
	SYS(rmdir, folder_gone, TEXT("folder")),
	SYS(chmod, setuid_set, TEXT("file"), 04700),
	SYS(chown, given_away, TEXT("file"), NOBODY, NOBODY),
	SYS(lchown, given_away, TEXT("file"), NOBODY, NOBODY),
	SYS(utime, aged, TEXT("file"), TEXT(old_utime)),
	SYS(utimes, aged, TEXT("file"), TEXT(old_times)),
	SYS(futimesat, aged, CWD, TEXT("file"), TEXT(old_times)),
	SYS(signalfd, any_result, -1, TEXT(old_times), 8),
	SYS(inotify_init, any_result, 0),
	SYS(epoll_create, any_result, 1),
	SYS(eventfd, any_result, 0),
	SYS(dup2, any_result, FILE_FD, 9),
#endif
	SYS(openat, made, CWD, TEXT("new"), CREATE, 0600),
	SYS(openat2, made, CWD, TEXT("new"), TEXT(&create_how), sizeof create_how),
	SYS(renameat, moved, CWD, TEXT("file"), CWD, TEXT("new")),
	SYS(renameat2, moved, CWD, TEXT("file"), CWD, TEXT("new"), 0),
	SYS(mkdirat, made_folder, CWD, TEXT("new"), 0700),
	SYS(mknodat, made_node, CWD, TEXT("new"), S_IFIFO | 0600, 0),
	SYS(linkat, linked, CWD, TEXT("file"), CWD, TEXT("new"), 0),
	SYS(symlinkat, made_symlink, TEXT("file"), CWD, TEXT("new")),
	SYS(unlinkat, file_gone, CWD, TEXT("file"), 0),
	{"unlinkat:folder", SYS_unlinkat, folder_gone, {CWD, TEXT("folder"), AT_REMOVEDIR}},
	SYS(fchmod, setuid_set, FILE_FD, 04700),
	SYS(fchmodat, setuid_set, CWD, TEXT("file"), 04700),
	NEWER("fchmodat2", 452, setuid_set, CWD, TEXT("file"), 04700, 0),
	SYS(fchown, given_away, FILE_FD, NOBODY, NOBODY),
	SYS(fchownat, given_away, CWD, TEXT("file"), NOBODY, NOBODY, 0),
	SYS(truncate, emptied, TEXT("file"), 0),
	SYS(ftruncate, emptied, FILE_FD, 0),
	SYS(utimensat, aged, CWD, TEXT("file"), TEXT(old_times), 0),
	SYS(setxattr, attribute_set, TEXT("file"), TEXT("trusted.new"), TEXT("x"), 1, 0),
	SYS(lsetxattr, attribute_set, TEXT("file"), TEXT("trusted.new"), TEXT("x"), 1, 0),
	SYS(fsetxattr, attribute_set, FILE_FD, TEXT("trusted.new"), TEXT("x"), 1, 0),
	NEWER("setxattrat", 463, attribute_set, CWD, TEXT("file"), 0, TEXT("trusted.new"), TEXT(&xattr_arguments), sizeof xattr_arguments),
	SYS(removexattr, attribute_gone, TEXT("file"), TEXT("trusted.old")),
	SYS(lremovexattr, attribute_gone, TEXT("file"), TEXT("trusted.old")),
	SYS(fremovexattr, attribute_gone, FILE_FD, TEXT("trusted.old")),
	NEWER("removexattrat", 466, attribute_gone, CWD, TEXT("file"), 0, TEXT("trusted.old")),
	SYS(signalfd4, any_result, -1, TEXT(old_times), 8, 0),
	SYS(inotify_init1, any_result, 0),
	SYS(epoll_create1, any_result, 0),
	SYS(eventfd2, any_result, 0, 0),
	SYS(dup, any_result, FILE_FD),
	SYS(dup3, any_result, FILE_FD, 9, 0),
};

/* clang-format on */

#define ONE_CALLS ((int)(sizeof one_calls / sizeof *one_calls))

static int try_one_call(const struct one_call *one)
{
	const long *a = one->args;
	return done(syscall(one->nr, a[0], a[1], a[2], a[3], a[4], a[5]), one->seen());
}

/* ---- calls that nobody wants carried out: is the kernel's code reached? ---- */

static const struct raw_arguments {
	const char *name;
	long args[6];
} raw_arguments[] = {
    {"kexec_load", {0, 0, 0, -1}},
    {"kexec_file_load", {-1, -1, 0, 0, -1}},
    {"init_module", {0, 0, 0}},
    {"finit_module", {-1, 0, -1}},
    {"clock_settime", {0, 0}},
    {"reboot", {-1, -1, -1, -1}},
    {"fork", {0}},
};

/* Not for calls that do something with nothing but zeros. */
static int try_raw(const char *name)
{
	static const long zeros[6] = {0};
	const long *a = zeros;
	long nr = number_of(name);

	if (nr < 0)
		return DOOR_ABSENT;
	for (size_t i = 0; i < sizeof raw_arguments / sizeof *raw_arguments; i++)
		if (strcmp(raw_arguments[i].name, name) == 0)
			a = raw_arguments[i].args;
	if (syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]) >= 0)
		return 0;
	/* What the tests' policies give. All else is the kernel's own, be it ENOSYS for what it was built without. */
	return errno == EXFULL ? errno : 0;
}

/* ---- all of them ---- */

static const char *name_at(int i)
{
	if (i < ONE_CALLS)
		return one_calls[i].name;
	i -= ONE_CALLS;
	for (const struct way *way = process_ways; way->name; way++, i--)
		if (i == 0)
			return way->name;
	for (const struct way *way = socket_ways; way->name; way++, i--)
		if (i == 0)
			return way->name;
	return uring_name(i);
}

/* In its folder. */
static int attempt(const char *name)
{
	if (open("file", O_RDWR) != FILE_FD)
		return DOOR_BROKEN;
	if (strncmp(name, "raw:", 4) == 0)
		return try_raw(name + 4);
	if (strncmp(name, "uring:", 6) == 0)
		return uring_try(name + 6, false);
	if (strncmp(name, "sqpoll:", 7) == 0)
		return uring_try(name + 7, true);
	for (int i = 0; i < ONE_CALLS; i++)
		if (strcmp(one_calls[i].name, name) == 0)
			return try_one_call(&one_calls[i]);
	for (const struct way *way = process_ways; way->name; way++)
		if (strcmp(way->name, name) == 0)
			return way->attempt();
	for (const struct way *way = socket_ways; way->name; way++)
		if (strcmp(way->name, name) == 0)
			return way->attempt();
	return DOOR_BROKEN;
}

static const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "?";
}

static void try_way(const char *folder, const char *name)
{
	int result[2], outcome = DOOR_BROKEN, status = 0;
	char path[256];
	pid_t pid;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (pipe2(result, O_CLOEXEC) != 0)
		exit(2);
	pid = make_child();
	if (pid == 0) {
		/* Descriptors as the ways expect them, whatever was inherited. */
		outcome = chdir(path) == 0 && dup3(result[1], RESULT_FD, O_CLOEXEC) == RESULT_FD &&
		                  syscall(SYS_close_range, FILE_FD, RESULT_FD - 1, 0) == 0 &&
		                  syscall(SYS_close_range, RESULT_FD + 1, ~0U, 0) == 0
		              ? attempt(name)
		              : DOOR_BROKEN;
		_exit(write(RESULT_FD, &outcome, sizeof outcome) != sizeof outcome);
	}
	close(result[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	if (WIFSIGNALED(status))
		printf("closed %s SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
	else if (read(result[0], &outcome, sizeof outcome) != sizeof outcome || outcome == DOOR_BROKEN)
		printf("broken %s\n", name);
	else if (outcome == DOOR_NO_EFFECT)
		printf("no-effect %s\n", name);
	else if (outcome == DOOR_ABSENT)
		printf("absent %s\n", name);
	else if (outcome == 0)
		printf("open %s\n", name);
	else
		printf("closed %s %s\n", name, errno_name(outcome));
	(void)fflush(stdout);
	close(result[0]);
}

/* A folder with a file (with an attribute), a folder and, as a link, this program. */
static bool prepare_folder(const char *folder, const char *name)
{
	char path[256];
	int file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (mkdir(path, 0777) != 0 || chdir(path) != 0 || mkdir("folder", 0777) != 0)
		return false;
	file = open("file", O_CREAT | O_RDWR, 0600);
	if (file < 0 || write(file, "text", 4) != 4 || close(file) != 0)
		return false;
	(void)setxattr("file", "trusted.old", "x", 1, 0); /* seen by the control that is about it */
	return true;
}

/* Every folder gets a link to this program, which is copied once. */
static bool prepare(const char *folder, char **names)
{
	char buffer[65536], path[256], copy[256];
	int from = open("/proc/self/exe", O_RDONLY), to;
	ssize_t n;

	snprintf(copy, sizeof copy, "%s/program", folder);
	to = open(copy, O_CREAT | O_WRONLY, 0755);
	if (from < 0 || to < 0)
		return false;
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return false;
	close(to);
	for (; *names; names++) {
		if (!prepare_folder(folder, *names))
			return false;
		snprintf(path, sizeof path, "%s/%s/program", folder, *names);
		if (link(copy, path) != 0)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	const char *name;

	xattr_arguments.value = (uint64_t)(uintptr_t) "x";
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		for (int i = 0; (name = name_at(i)) != NULL; i++)
			puts(name);
		return 0;
	}
	if (argc >= 4 && strcmp(argv[1], "prepare") == 0) {
		if (prepare(argv[2], argv + 3))
			return 0;
		perror("doors prepare");
		return 2;
	}
	if (argc < 4 || strcmp(argv[1], "try") != 0) {
		fputs("doors prepare FOLDER WAY... | doors try FOLDER WAY... | doors list\n", stderr);
		return 2;
	}
	for (int i = 3; i < argc; i++)
		try_way(argv[2], argv[i]);
	return 0;
}
