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
 * if the kernel's own code was reached (it failed for them, or did nothing); `uring:CALL` is io_uring's operation.
 * Exit status 0, or 2 if it was called wrongly.
 *
 * Only what a way is about is done by its own call: all else was prepared, or is done by calls that no policy denies.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "doors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/tiocl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NOBODY 65534
#define OLD 1000000000 /* a time long ago */

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

/* In this order: what is seen is looked for after the call. */
#define done(result, seen) ((result) < 0 ? errno : (seen) ? 0 : DOOR_NO_EFFECT)

/* fork(2), but for orphans. */
static pid_t make_child(void)
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
    NEWER("setxattrat", 463, attribute_set, CWD, TEXT("file"), 0, TEXT("trusted.new"), TEXT(&xattr_arguments),
          sizeof xattr_arguments),
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

#define ONE_CALLS ((int)(sizeof one_calls / sizeof *one_calls))

static int try_one_call(const struct one_call *one)
{
	const long *a = one->args;
	return done(syscall(one->nr, a[0], a[1], a[2], a[3], a[4], a[5]), one->seen());
}

/* ---- other processes ---- */

static volatile int secret = 1;
static int to_victim[2], from_victim[2];

/* A child that says what `secret` is when it is asked; it has a pipe of its own, with a byte in it, as descriptors 20, 21. */
static void be_victim(void)
{
	int own[2];
	char byte;

	secret = 2;
	if (pipe(own) != 0 || fcntl(own[0], F_DUPFD, 20) != 20 || fcntl(own[1], F_DUPFD, 21) != 21 ||
	    write(21, "s", 1) != 1 || write(from_victim[1], "r", 1) != 1)
		_exit(3);
	if (read(to_victim[0], &byte, 1) != 1)
		_exit(4);
	byte = (char)secret;
	(void)!write(from_victim[1], &byte, 1);
	_exit(0);
}

static pid_t make_victim(void)
{
	char byte;
	pid_t pid;

	if (pipe(to_victim) != 0 || pipe(from_victim) != 0)
		return -1;
	pid = make_child();
	if (pid == 0)
		be_victim();
	if (pid > 0 && read(from_victim[0], &byte, 1) != 1)
		return -1;
	return pid;
}

static int secret_of_victim(void)
{
	char byte = 0;

	if (write(to_victim[1], "?", 1) != 1 || read(from_victim[0], &byte, 1) != 1)
		return -1;
	return byte;
}

static int try_ptrace(void)
{
	pid_t pid = make_victim();
	int status;

	if (pid < 0)
		return DOOR_BROKEN;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
		return errno;
	if (waitpid(pid, &status, 0) != pid)
		return DOOR_BROKEN;
	if (ptrace(PTRACE_POKEDATA, pid, &secret, 7L) != 0 || ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
		return errno;
	return done(0, secret_of_victim() == 7);
}

static int try_process_vm_writev(void)
{
	static int seven = 7;
	const struct iovec mine = {&seven, sizeof seven}, its = {(void *)&secret, sizeof secret};
	pid_t pid = make_victim();

	if (pid < 0)
		return DOOR_BROKEN;
	if (process_vm_writev(pid, &mine, 1, &its, 1, 0) < 0)
		return errno;
	return done(0, secret_of_victim() == 7);
}

static int try_process_vm_readv(void)
{
	int copy = 0;
	const struct iovec mine = {&copy, sizeof copy}, its = {(void *)&secret, sizeof secret};
	pid_t pid = make_victim();

	if (pid < 0)
		return DOOR_BROKEN;
	return done(process_vm_readv(pid, &mine, 1, &its, 1, 0), copy == 2);
}

static int try_pidfd_getfd(void)
{
	pid_t pid = make_victim();
	int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0), taken;
	char byte = 0;

	if (pidfd < 0)
		return DOOR_BROKEN;
	taken = (int)syscall(SYS_pidfd_getfd, pidfd, 20, 0);
	if (taken < 0)
		return errno;
	return done(read(taken, &byte, 1), byte == 's');
}

/* Sends SIGKILL. */
static int try_signal(long (*send)(pid_t))
{
	pid_t pid = make_victim();
	int status = 0, error;

	if (pid < 0)
		return DOOR_BROKEN;
	error = error_of(send(pid));
	if (error) {
		(void)secret_of_victim();
		return error;
	}
	return done(waitpid(pid, &status, 0), WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static long send_kill(pid_t pid)
{
	return kill(pid, SIGKILL);
}

static long send_tkill(pid_t pid)
{
	return syscall(SYS_tkill, pid, SIGKILL);
}

static long send_tgkill(pid_t pid)
{
	return syscall(SYS_tgkill, pid, pid, SIGKILL);
}

static long send_pidfd(pid_t pid)
{
	return syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, pid, 0), SIGKILL, NULL, 0);
}

static long send_queued(pid_t pid)
{
	siginfo_t info = {.si_signo = SIGKILL, .si_code = SI_QUEUE};

	return syscall(SYS_rt_sigqueueinfo, pid, SIGKILL, &info);
}

static long send_queued_to_thread(pid_t pid)
{
	siginfo_t info = {.si_signo = SIGKILL, .si_code = SI_QUEUE};

	return syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGKILL, &info);
}

static int try_kill(void)
{
	return try_signal(send_kill);
}

static int try_tkill(void)
{
	return try_signal(send_tkill);
}

static int try_tgkill(void)
{
	return try_signal(send_tgkill);
}

static int try_pidfd_send_signal(void)
{
	return try_signal(send_pidfd);
}

static int try_rt_sigqueueinfo(void)
{
	return try_signal(send_queued);
}

static int try_rt_tgsigqueueinfo(void)
{
	return try_signal(send_queued_to_thread);
}

/* ---- who one is ---- */

static int try_setuid(void)
{
	return done(syscall(SYS_setuid, NOBODY), getuid() == NOBODY && geteuid() == NOBODY);
}

static int try_setreuid(void)
{
	return done(syscall(SYS_setreuid, NOBODY, NOBODY), getuid() == NOBODY && geteuid() == NOBODY);
}

static int try_setresuid(void)
{
	return done(syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY), getuid() == NOBODY && geteuid() == NOBODY);
}

static int try_setgid(void)
{
	return done(syscall(SYS_setgid, NOBODY), getgid() == NOBODY && getegid() == NOBODY);
}

static int try_setregid(void)
{
	return done(syscall(SYS_setregid, NOBODY, NOBODY), getgid() == NOBODY && getegid() == NOBODY);
}

static int try_setresgid(void)
{
	return done(syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY), getgid() == NOBODY && getegid() == NOBODY);
}

/* ---- new processes, programs and namespaces ---- */

static int child_of(long pid)
{
	int status = 0;

	if (pid == 0)
		_exit(42);
	if (pid < 0)
		return errno;
	return done(waitpid((pid_t)pid, &status, 0), WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static int try_fork(void)
{
#ifdef SYS_fork
	return child_of(syscall(SYS_fork));
#else
	return DOOR_ABSENT;
#endif
}

static int try_vfork(void)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork): it is the call that is tried */
	return child_of(vfork());
}

static int try_clone(void)
{
	return child_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

/* This program, out of a descriptor; it ends with 0 when it is asked for its list. */
static int run_nameless(int fd, bool by_execveat)
{
	char *words[] = {"doors", "list", NULL}, *none[] = {NULL}, path[40];
	int status = 0;
	pid_t pid = make_child();

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (pid == 0) {
		int quiet = open("/dev/null", O_WRONLY);

		(void)dup2(quiet, 1);
		if (by_execveat)
			(void)syscall(SYS_execveat, fd, "", words, none, AT_EMPTY_PATH);
		else
			(void)execve(path, words, none);
		_exit(errno < 255 ? errno : 255);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return DOOR_BROKEN;
	return WEXITSTATUS(status);
}

/* A program that has no name any more. */
static int try_execveat(void)
{
	int fd = open("program", O_RDONLY);

	return fd >= 0 && unlink("program") == 0 ? run_nameless(fd, true) : DOOR_BROKEN;
}

/* One that never had one. */
static int try_memfd_create(void)
{
	int from = open("program", O_RDONLY), fd = (int)syscall(SYS_memfd_create, "program", 0), readable;
	char buffer[65536], path[40];
	ssize_t n;

	if (fd < 0)
		return errno;
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(fd, buffer, (size_t)n) != n)
			return DOOR_BROKEN;
	/* What is open for writing cannot be run. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY);
	close(fd);
	return from >= 0 && readable >= 0 ? run_nameless(readable, false) : DOOR_BROKEN;
}

static ino_t uts_namespace(void)
{
	struct stat status = {0};

	(void)stat("/proc/self/ns/uts", &status);
	return status.st_ino;
}

/* In the child of a clone. */
static int in_new_namespace(long pid, ino_t before)
{
	int status = 0;

	if (pid == 0)
		_exit(uts_namespace() != before ? 42 : 43);
	if (pid < 0)
		return errno;
	return done(waitpid((pid_t)pid, &status, 0), WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static int try_unshare(void)
{
	ino_t before = uts_namespace();

	return done(unshare(CLONE_NEWUTS), uts_namespace() != before);
}

static int try_unshare_two(void)
{
	ino_t before = uts_namespace();

	return done(unshare(CLONE_NEWUTS | CLONE_NEWIPC), uts_namespace() != before);
}

static int try_clone_namespace(void)
{
	ino_t before = uts_namespace();

	return in_new_namespace(syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0), before);
}

static int try_clone3_namespace(void)
{
	uint64_t arguments[8] = {CLONE_NEWUTS, 0, 0, 0, SIGCHLD}; /* flags, pidfd, child_tid, parent_tid, exit_signal */
	ino_t before = uts_namespace();

	return in_new_namespace(syscall(SYS_clone3, arguments, sizeof arguments), before);
}

/* As an ordinary user, who comes to capabilities that way. */
static int try_clone3_user(void)
{
	uint64_t arguments[8] = {CLONE_NEWUSER | CLONE_NEWUTS, 0, 0, 0, SIGCHLD};
	ino_t before = uts_namespace();

	if (setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return DOOR_BROKEN;
	return in_new_namespace(syscall(SYS_clone3, arguments, sizeof arguments), before);
}

/* Joins the namespace of a child that has made one of its own. */
static int join(int flags)
{
	ino_t before = uts_namespace();
	char path[40], byte;
	int ready[2], fd;
	pid_t pid;

	if (pipe(ready) != 0)
		return DOOR_BROKEN;
	pid = make_child();
	if (pid == 0) {
		if (unshare(CLONE_NEWUTS) == 0)
			(void)!write(ready[1], "r", 1);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		return DOOR_BROKEN;
	snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return DOOR_BROKEN;
	return done(syscall(SYS_setns, fd, flags), uts_namespace() != before);
}

static int try_setns_flag(void)
{
	return join(CLONE_NEWUTS);
}

static int try_setns_zero(void)
{
	return join(0);
}

/* ---- memory ---- */

/* Writes code into a page of memory and runs it. */
static int run_made_code(long nr)
{
	static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*run)(void);

#if !defined(__x86_64__)
	return DOOR_ABSENT;
#endif
	if (page == MAP_FAILED)
		return DOOR_BROKEN;
	memcpy(page, code, sizeof code);
	if (syscall(nr, page, size, PROT_READ | PROT_EXEC, -1) != 0)
		return errno;
	memcpy(&run, &page, sizeof run);
	return done(0, run() == 42);
}

static int try_mprotect(void)
{
	return run_made_code(SYS_mprotect);
}

static int try_pkey_mprotect(void)
{
	return run_made_code(SYS_pkey_mprotect);
}

/* ---- sockets ---- */

/* A child that takes one connection and answers whether a byte came over it; its port. */
static pid_t make_server(struct sockaddr_in *address)
{
	socklen_t length = sizeof *address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	if (listener < 0 || bind(listener, (struct sockaddr *)address, length) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)address, &length) != 0)
		return -1;
	pid = make_child();
	if (pid == 0) {
		struct pollfd ready = {.fd = listener, .events = POLLIN};
		char byte = 0;
		int peer;

		if (poll(&ready, 1, 10000) != 1)
			_exit(1);
		peer = accept4(listener, NULL, NULL, 0);
		_exit(peer >= 0 && read(peer, &byte, 1) == 1 && byte == 'x' ? 42 : 1);
	}
	close(listener);
	return pid;
}

static int reach_server(long (*reach)(int, const struct sockaddr_in *))
{
	struct sockaddr_in address;
	pid_t pid = make_server(&address);
	int fd = socket(AF_INET, SOCK_STREAM, 0), error, status = 0;

	if (pid < 0 || fd < 0)
		return DOOR_BROKEN;
	error = error_of(reach(fd, &address));
	if (error) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		return error;
	}
	return done(waitpid(pid, &status, 0), WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static long by_connect(int fd, const struct sockaddr_in *address)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
		return -1;
	return write(fd, "x", 1);
}

static long by_sendto(int fd, const struct sockaddr_in *address)
{
	return sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)address, sizeof *address);
}

static long by_sendmsg(int fd, const struct sockaddr_in *address)
{
	struct iovec bytes = {"x", 1};
	struct msghdr message = {
	    .msg_name = (void *)(uintptr_t)address, .msg_namelen = sizeof *address, .msg_iov = &bytes, .msg_iovlen = 1};

	return sendmsg(fd, &message, MSG_FASTOPEN);
}

static long by_sendmmsg(int fd, const struct sockaddr_in *address)
{
	struct iovec bytes = {"x", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = (void *)(uintptr_t)address,
	                                      .msg_namelen = sizeof *address,
	                                      .msg_iov = &bytes,
	                                      .msg_iovlen = 1}};

	return sendmmsg(fd, &message, 1, MSG_FASTOPEN);
}

static int try_connect(void)
{
	return reach_server(by_connect);
}

static int try_sendto(void)
{
	return reach_server(by_sendto);
}

static int try_sendmsg(void)
{
	return reach_server(by_sendmsg);
}

static int try_sendmmsg(void)
{
	return reach_server(by_sendmmsg);
}

static int take_connection(bool by_accept4)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
	    connect(fd, (struct sockaddr *)&address, length) != 0)
		return DOOR_BROKEN;
	return error_of(by_accept4 ? syscall(SYS_accept4, listener, NULL, NULL, 0)
	                           : syscall(SYS_accept, listener, NULL, NULL));
}

static int try_accept(void)
{
	return take_connection(false);
}

static int try_accept4(void)
{
	return take_connection(true);
}

static int try_socket_plain(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM, 0));
}

static int try_socket_cloexec(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int try_socket_both(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/* ---- terminals, filters ---- */

/*
 * Puts a byte into the input of a terminal, as if it had been typed. By TIOCSTI into a terminal of its own; by TIOCLINUX
 * into a console of the kernel's, where there is one: of what it selects on the screen.
 */
static int try_tiocsti(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char *name = NULL, byte = 0;

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || !(name = ptsname(master)))
		return DOOR_BROKEN;
	(void)setsid();
	slave = open(name, O_RDWR);
	if (slave < 0 || (ioctl(slave, TIOCSCTTY, 0) != 0 && errno != EPERM))
		return DOOR_BROKEN;
	if (ioctl(slave, TIOCSTI, "\n") != 0)
		return errno;
	return done(read(slave, &byte, 1), byte == '\n');
}

static int try_tioclinux(void)
{
	static const struct {
		char pad, subcode;
		struct tiocl_selection selection;
	} __attribute__((packed)) select = {0, TIOCL_SETSEL, {1, 1, 3, 1, TIOCL_SELCHAR}};
	char paste = TIOCL_PASTESEL, bytes[16] = "";
	struct pollfd input;
	int fd = open("/dev/tty9", O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return DOOR_ABSENT;
	(void)!write(fd, "\033c\033[Hxyz\n", 9);
	if (ioctl(fd, TIOCLINUX, &select.subcode) != 0)
		return errno;
	if (ioctl(fd, TIOCLINUX, &paste) != 0)
		return errno;
	if (ioctl(fd, TIOCSTI, "\n") != 0) { /* only to end the line, so that it can be read */
	}
	input = (struct pollfd){.fd = fd, .events = POLLIN};
	(void)poll(&input, 1, 2000);
	(void)!read(fd, bytes, sizeof bytes);
	return done(0, strstr(bytes, "xyz") != NULL);
}

static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
static struct sock_fprog allow_program = {1, allow};

static int try_seccomp(void)
{
	return error_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &allow_program));
}

static int try_prctl_seccomp(void)
{
	return error_of(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &allow_program, 0, 0));
}

static const struct way {
	const char *name;
	int (*attempt)(void);
} ways[] = {
    {"ptrace", try_ptrace},
    {"process_vm_readv", try_process_vm_readv},
    {"process_vm_writev", try_process_vm_writev},
    {"pidfd_getfd", try_pidfd_getfd},
    {"kill", try_kill},
    {"tkill", try_tkill},
    {"tgkill", try_tgkill},
    {"pidfd_send_signal", try_pidfd_send_signal},
    {"rt_sigqueueinfo", try_rt_sigqueueinfo},
    {"rt_tgsigqueueinfo", try_rt_tgsigqueueinfo},
    {"setuid", try_setuid},
    {"setreuid", try_setreuid},
    {"setresuid", try_setresuid},
    {"setgid", try_setgid},
    {"setregid", try_setregid},
    {"setresgid", try_setresgid},
    {"fork", try_fork},
    {"vfork", try_vfork},
    {"clone", try_clone},
    {"memfd_create", try_memfd_create},
    {"execveat", try_execveat},
    {"unshare", try_unshare},
    {"unshare:two", try_unshare_two},
    {"clone:namespace", try_clone_namespace},
    {"clone3:namespace", try_clone3_namespace},
    {"clone3:user", try_clone3_user},
    {"setns:flag", try_setns_flag},
    {"setns:zero", try_setns_zero},
    {"mprotect", try_mprotect},
    {"pkey_mprotect", try_pkey_mprotect},
    {"connect", try_connect},
    {"sendto", try_sendto},
    {"sendmsg", try_sendmsg},
    {"sendmmsg", try_sendmmsg},
    {"accept", try_accept},
    {"accept4", try_accept4},
    {"socket:plain", try_socket_plain},
    {"socket:cloexec", try_socket_cloexec},
    {"socket:both", try_socket_both},
    {"ioctl:tiocsti", try_tiocsti},
    {"ioctl:tioclinux", try_tioclinux},
    {"seccomp", try_seccomp},
    {"prctl:seccomp", try_prctl_seccomp},
};

#define WAYS ((int)(sizeof ways / sizeof *ways))

/* ---- calls that nobody wants carried out: is the kernel's code reached? ---- */

#include "doors_numbers.h"

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
	if (i < ONE_CALLS + WAYS)
		return ways[i - ONE_CALLS].name;
	return uring_name(i - ONE_CALLS - WAYS);
}

/* In its folder. */
static int attempt(const char *name)
{
	if (open("file", O_RDWR) != FILE_FD)
		return DOOR_BROKEN;
	if (strncmp(name, "raw:", 4) == 0)
		return try_raw(name + 4);
	if (strncmp(name, "uring:", 6) == 0)
		return uring_try(name + 6);
	for (int i = 0; i < ONE_CALLS; i++)
		if (strcmp(one_calls[i].name, name) == 0)
			return try_one_call(&one_calls[i]);
	for (int i = 0; i < WAYS; i++)
		if (strcmp(ways[i].name, name) == 0)
			return ways[i].attempt();
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
