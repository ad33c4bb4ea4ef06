/* SPDX-License-Identifier: MIT */
/* doors_process: ways in that are about processes: others', new ones, namespaces, who one is, memory. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doors.h"

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

const struct way process_ways[] = {
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
    {NULL, NULL},
};
