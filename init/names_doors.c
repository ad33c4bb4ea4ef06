/* SPDX-License-Identifier: MIT */
/*
 * A row is here if denying the one and forgetting the other is a mistake that people make, and if the other does the
 * whole of it. Not here: what a call does only in part; calls that are denied alone for good reasons (statx, renameat2 by
 * flags, ...); what needs neither (fcntl duplicates descriptors as dup does, prlimit64 sets limits and is how they are
 * read).
 */
#include "init/names_doors.h"

#include <string.h>

#include "init/words.h"

/* Of four pointers in each row, each would be relocated at every start. */
#define FAMILY(does, denied, doors, args) does "\0" denied "\0" doors "\0" args

static const char *const twins[] = {
    FAMILY("open files", "open openat", "open openat openat2*", "flags mode"),
    /* ptrace(2), process_vm_readv(2), pidfd_getfd(2): one permission for all of them, PTRACE_MODE_ATTACH */
    FAMILY("reach into other processes", "ptrace", "process_vm_readv process_vm_writev pidfd_getfd", ""),
    FAMILY("reach into other processes", "process_vm_readv process_vm_writev", "ptrace", ""),
    FAMILY("change the user id", "setuid setuid32 setreuid setreuid32 setresuid setresuid32",
           "setuid setuid32 setreuid setreuid32 setresuid setresuid32", ""),
    FAMILY("change the group id", "setgid setgid32 setregid setregid32 setresgid setresgid32",
           "setgid setgid32 setregid setregid32 setresgid setresgid32", ""),
    FAMILY("send signals", "kill tgkill", "kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo",
           "sig"),
    FAMILY("change a file's mode", "chmod fchmod fchmodat", "chmod fchmod fchmodat fchmodat2", "mode"),
    FAMILY("change a file's owner", "chown chown32 lchown lchown32 fchown fchown32 fchownat",
           "chown chown32 lchown lchown32 fchown fchown32 fchownat", "user group"),
    FAMILY("set extended attributes", "setxattr lsetxattr fsetxattr", "setxattr lsetxattr fsetxattr setxattrat", ""),
    FAMILY("remove extended attributes", "removexattr lremovexattr fremovexattr",
           "removexattr lremovexattr fremovexattr removexattrat", ""),
    FAMILY("set a file's times", "utime utimes futimesat utimensat",
           "utime utimes futimesat utimensat utimensat_time64", ""),
    FAMILY("rename files", "rename renameat renameat2", "rename renameat renameat2", ""),
    FAMILY("make device nodes and pipes", "mknod mknodat", "mknod mknodat", "mode dev"),
    FAMILY("make folders", "mkdir mkdirat", "mkdir mkdirat", "mode"),
    FAMILY("make hard links", "link linkat", "link linkat", ""),
    FAMILY("make symbolic links", "symlink symlinkat", "symlink symlinkat", ""),
    FAMILY("remove files", "unlink unlinkat", "unlink unlinkat", ""),
    FAMILY("cut files", "truncate ftruncate", "truncate ftruncate", ""),
    FAMILY("make memory executable", "mprotect pkey_mprotect", "mprotect pkey_mprotect", "prot"),
    FAMILY("load kernel modules", "init_module finit_module", "init_module finit_module", ""),
    FAMILY("load another kernel", "kexec_load kexec_file_load", "kexec_load kexec_file_load", ""),
    /* Not adjtimex, which can set clocks as well: it is also how one reads their state, and often left open for that. */
    FAMILY("set clocks", "settimeofday clock_settime clock_settime64 stime",
           "settimeofday clock_settime clock_settime64 stime", ""),
    FAMILY("adjust clocks", "adjtimex clock_adjtime clock_adjtime64", "adjtimex clock_adjtime clock_adjtime64", ""),
    FAMILY("change the root folder", "chroot", "chroot fchroot", ""), /* fchroot: Linux 7.3 */
    FAMILY("set quotas", "quotactl quotactl_fd", "quotactl quotactl_fd", "cmd"),
    FAMILY("open I/O ports", "iopl ioperm", "iopl ioperm", ""),
    FAMILY("take connections", "accept accept4", "accept accept4", ""),
    FAMILY("watch files", "inotify_init inotify_init1", "inotify_init inotify_init1", ""),
    FAMILY("make such descriptors", "signalfd signalfd4", "signalfd signalfd4", ""),
    FAMILY("make such descriptors", "eventfd eventfd2", "eventfd eventfd2", ""),
    FAMILY("make such descriptors", "epoll_create epoll_create1", "epoll_create epoll_create1", ""),
};

_Static_assert(sizeof(twins) / sizeof(twins[0]) <= 64, "lint_doors.c has a bit for each");

bool names_twins_at(size_t i, struct twins *family)
{
	if (i >= sizeof(twins) / sizeof(twins[0]))
		return false;
	family->does = twins[i];
	family->denied = family->does + strlen(family->does) + 1;
	family->doors = family->denied + strlen(family->denied) + 1;
	family->args = family->doors + strlen(family->doors) + 1;
	return true;
}

/* asm-generic/ioctls.h, linux/sched.h, linux/prctl.h, linux/fcntl.h, the kernel's include/linux/socket.h. */
#define TIOCSTI_LINUX 0x5412
#define TIOCLINUX_LINUX 0x541c
#define NEW_NAMESPACES 0x7e020080
#define FASTOPEN 0x20000000
#define REMOVEDIR 0x200
#define SET_MODE_FILTER 1 /* SECCOMP_SET_MODE_FILTER */
#define SET_SECCOMP 22    /* PR_SET_SECCOMP */
#define CREATING 0x241    /* O_CREAT|O_WRONLY|O_TRUNC, as which creat(2) is defined */

static const struct door_case cases[] = {
    {"terminal-input", "ioctl", "cmd", TIOCSTI_LINUX, false, "ioctl", "cmd", TIOCLINUX_LINUX, "cmd == TIOCLINUX",
     " with TIOCSTI", "with TIOCLINUX can put text into a console's input (CVE-2023-1523)"},
    {"setns-any", "setns", "nstype", NEW_NAMESPACES, true, "setns", "nstype", 0, "nstype == 0", " by type",
     "with 0 can join a namespace of any type"},
    {"twin-open", "connect", NULL, 0, false, "sendto sendmsg sendmmsg", "flags", FASTOPEN, "flags & MSG_FASTOPEN", "",
     "with MSG_FASTOPEN can connect a TCP socket"},
    /* A program without a file: execve(2) runs it just as well, by its name in /proc/self/fd. */
    {"twin-open", "execveat", NULL, 0, false, "memfd_create", NULL, 0, "", "",
     "with execve of what it makes can run a program that has no file"},
    {"twin-open", "rmdir", NULL, 0, false, "unlinkat", "flags", REMOVEDIR, "flags & AT_REMOVEDIR", "",
     "with AT_REMOVEDIR can remove folders"},
    {"twin-open", "unlinkat", "flags", REMOVEDIR, false, "rmdir", NULL, 0, "", " with AT_REMOVEDIR",
     "can remove folders"},
    {"twin-open", "open openat", "flags", CREATING, false, "creat", NULL, 0, "", " with O_CREAT, O_WRONLY and O_TRUNC",
     "can open a file in that way"},
    {"twin-open", "seccomp", "op", SET_MODE_FILTER, false, "prctl", "option", SET_SECCOMP, "option == PR_SET_SECCOMP",
     "", "with PR_SET_SECCOMP can add filters"},
};

const struct door_case *names_door_case_at(size_t i)
{
	return i < sizeof(cases) / sizeof(cases[0]) ? &cases[i] : NULL;
}

const char *names_vital_twin(const char *call)
{
	static const char pairs[3][2][7] = {{"open", "openat"}, {"fork", "clone"}, {"vfork", "clone"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (strcmp(pairs[i][0], call) == 0)
			return pairs[i][1];
	return NULL;
}

/*
 * linux/io_uring.h, Linux 7.2, in the order of its operations, each with the calls that do the same. Without those that
 * no call is (NOP, TIMEOUT, MSG_RING, ...).
 */
static const char by_io_uring[] =
    "readv preadv preadv2 writev pwritev pwritev2 " /* READV WRITEV */
    "fsync fdatasync "
    "read pread64 write pwrite64 " /* READ_FIXED WRITE_FIXED READ WRITE */
    "poll ppoll "                  /* POLL_ADD */
    "sync_file_range sendmsg sendmmsg recvmsg recvmmsg accept accept4 connect fallocate "
    "open openat creat close statx "
    "fadvise64 madvise "
    "send sendto recv recvfrom "
    "openat2 epoll_ctl splice tee shutdown "
    "rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat symlink symlinkat link linkat "
    "setxattr fsetxattr getxattr fgetxattr "
    "socket waitid "
    "futex futex_wait futex_wake futex_waitv "
    "truncate ftruncate bind listen "
    "epoll_wait epoll_pwait epoll_pwait2 " /* EPOLL_WAIT */
    "pipe pipe2";

const char *names_of_io_uring(void)
{
	return by_io_uring;
}

bool names_by_io_uring(const char *call)
{
	return words_place(by_io_uring, call) >= 0;
}

/*
 * Who tries it: the C library (at every start: rseq, set_robust_list; clone3, getrandom, close_range, faccessat2,
 * fchmodat2, statx, copy_file_range), Go's and Rust's (openat2, pidfd_open, pidfd_send_signal), libuv (io_uring), libnuma
 * (get_mempolicy), .NET and liburcu (membarrier), toolkits (memfd_create), xz (landlock), coreutils (renameat2).
 */
static const char tried[] =
    "clone3 rseq set_robust_list getrandom statx close_range faccessat2 fchmodat2 copy_file_range openat2 "
    "pidfd_open pidfd_send_signal io_uring_setup io_uring_enter io_uring_register get_mempolicy membarrier memfd_create "
    "landlock_create_ruleset renameat2 epoll_pwait2 preadv2 pwritev2 futex_waitv";

bool names_is_tried(const char *call)
{
	return words_place(tried, call) >= 0;
}

/* linux/net.h and linux/ipc.h. */
static const char *const multiplexers[][2] = {
    {"socketcall", "socket bind connect listen accept accept4 getsockname getpeername socketpair send sendto recv "
                   "recvfrom shutdown setsockopt getsockopt sendmsg recvmsg sendmmsg recvmmsg"},
    {"ipc", "semop semget semctl semtimedop msgsnd msgrcv msgget msgctl shmat shmdt shmget shmctl"},
};

const char *names_multiplexer_at(size_t i, const char **calls)
{
	if (i >= sizeof(multiplexers) / sizeof(multiplexers[0]))
		return NULL;
	*calls = multiplexers[i][1];
	return multiplexers[i][0];
}

/* Pairs of words: a call, an argument of it. */
static const char flags[] =
    "clone flags unshare flags setns nstype open flags openat flags open_tree flags chmod mode fchmod mode "
    "fchmodat mode fchmodat2 mode mount flags umount2 flags mmap prot mprotect prot pkey_mprotect prot "
    "memfd_create flags renameat2 flags unlinkat flag unlinkat flags accept4 flags";

bool names_is_flags(const char *call, const char *arg)
{
	const char *at = flags;
	char one[24], other[24];

	while (words_next(&at, one, sizeof(one)) && words_next(&at, other, sizeof(other)))
		if (strcmp(one, call) == 0 && strcmp(other, arg) == 0)
			return true;
	return false;
}
