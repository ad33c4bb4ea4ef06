/* SPDX-License-Identifier: MIT */
/*
 * What the kernel makes of junk above the bits that init/names_arguments.c gives an argument: a call with it does what it
 * does without, or has another effect. Prints a line for each; has a control for each, the call without junk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define JUNK 0x700000000L
#define JUNK_16 0x7f0000L

static int wrong;

/* plain: the control, true; with: what came of the call with junk. */
static void tell(const char *what, int plain, int with)
{
	if (!plain) {
		fprintf(stderr, "%s: the control failed: %s\n", what, strerror(errno));
		wrong = 1;
	}
	printf("junk %s: %s\n", with ? "is ignored" : "counts", what);
}

static int maps(long prot, long flags, long fd)
{
	return syscall(SYS_mmap, 0L, 4096L, prot, flags, fd, 0L) != -1;
}

static int has_mode(const char *path, unsigned mode)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

static int makes(long mode)
{
	int made = syscall(SYS_mkdir, "/dev/shm/folder", mode) == 0 && has_mode("/dev/shm/folder", 0751);

	rmdir("/dev/shm/folder");
	return made;
}

static int changes(long mode)
{
	return chmod("/dev/shm/file", 0) == 0 && syscall(SYS_chmod, "/dev/shm/file", mode) == 0 &&
	       has_mode("/dev/shm/file", 04711);
}

static int opens(long mode)
{
	long fd = syscall(SYS_open, "/dev/shm/opened", O_CREAT | O_RDWR, mode);
	int made = fd >= 0 && has_mode("/dev/shm/opened", 0751);

	close((int)fd);
	unlink("/dev/shm/opened");
	return made;
}

static int seizes(long junk)
{
	pid_t child = fork();
	int seized;

	if (child == 0) {
		pause();
		_exit(0);
	}
	seized = syscall(SYS_ptrace, (long)PTRACE_SEIZE, child | junk, 0L, 0L) == 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return seized;
}

static int clones(long flags)
{
	long child = syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid((pid_t)child, NULL, 0) == child;
}

int main(void)
{
	char byte = 0;
	struct iovec one = {&byte, 1};
	int pipes[2], fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), available = -1, semaphore;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long flags = MAP_PRIVATE;

	umask(0);
	if (fd < 0 || page == MAP_FAILED || pipe(pipes) != 0 ||
	    close(open("/dev/shm/file", O_CREAT | O_RDWR, 0600)) != 0)
		return 1;
	tell("mmap prot", maps(PROT_READ, flags, fd), maps(PROT_READ | JUNK, flags, fd));
	tell("mmap flags", maps(PROT_READ, flags, fd), maps(PROT_READ, flags | JUNK, fd));
	tell("mmap fd", maps(PROT_READ, flags, fd), maps(PROT_READ, flags, fd | JUNK));
	tell("writev fd", syscall(SYS_writev, (long)pipes[1], &one, 1L) == 1,
	     syscall(SYS_writev, pipes[1] | JUNK, &one, 1L) == 1);
	tell("readv fd", syscall(SYS_readv, (long)pipes[0], &one, 1L) == 1,
	     syscall(SYS_readv, pipes[0] | JUNK, &one, 1L) == 1);
	tell("mbind mode", syscall(SYS_mbind, page, 4096L, (long)MPOL_DEFAULT, 0L, 0L, 0L) == 0,
	     syscall(SYS_mbind, page, 4096L, MPOL_DEFAULT | JUNK, 0L, 0L, 0L) == 0);
	tell("ptrace pid", seizes(0), seizes(JUNK));
	tell("fcntl arg", syscall(SYS_fcntl, fd, F_DUPFD, 50L) == 50, syscall(SYS_fcntl, fd, F_DUPFD, 60 | JUNK) == 60);
	tell("keyctl arg2", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, (long)KEY_SPEC_PROCESS_KEYRING, 1L) > 0,
	     syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, (uint32_t)KEY_SPEC_PROCESS_KEYRING | JUNK, 1L) > 0);
	semaphore = semget(IPC_PRIVATE, 1, 0600);
	tell("semctl arg",
	     syscall(SYS_semctl, semaphore, 0, SETVAL, 5L) == 0 && syscall(SYS_semctl, semaphore, 0, GETVAL, 0L) == 5,
	     syscall(SYS_semctl, semaphore, 0, SETVAL, 6 | JUNK) == 0 &&
	         syscall(SYS_semctl, semaphore, 0, GETVAL, 0L) == 6);
	semctl(semaphore, 0, IPC_RMID);
	tell("kcmp idx1", syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, (long)fd, (long)fd) == 0,
	     syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, fd | JUNK, fd | JUNK) == 0);
	tell("clone flags", clones(SIGCHLD), clones(SIGCHLD | JUNK));
	tell("mkdir mode", makes(0751), makes(0751 | JUNK_16));
	tell("chmod mode", changes(04711), changes(04711 | JUNK_16));
	tell("open mode", opens(0751), opens(0751 | JUNK_16));
	tell("ioctl cmd", syscall(SYS_ioctl, pipes[0], (long)FIONREAD, &available) == 0,
	     syscall(SYS_ioctl, pipes[0], FIONREAD | JUNK, &available) == 0);
	tell("socket family", syscall(SYS_socket, (long)AF_UNIX, (long)SOCK_STREAM, 0L) >= 0,
	     syscall(SYS_socket, AF_UNIX | JUNK, SOCK_STREAM | JUNK, 0L) >= 0);
	tell("mprotect prot", syscall(SYS_mprotect, page, 4096L, (long)PROT_READ) == 0,
	     syscall(SYS_mprotect, page, 4096L, PROT_READ | JUNK) == 0);
	tell("unshare flags", syscall(SYS_unshare, (long)CLONE_FS) == 0, syscall(SYS_unshare, CLONE_FS | JUNK) == 0);
	tell("prctl option 4, arg2", syscall(SYS_prctl, (long)PR_SET_DUMPABLE, 1L, 0L, 0L, 0L) == 0,
	     syscall(SYS_prctl, (long)PR_SET_DUMPABLE, 1 | JUNK, 0L, 0L, 0L) == 0);
	return wrong;
}
