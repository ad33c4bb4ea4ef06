/* SPDX-License-Identifier: MIT */
#include "init/launch.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/arch.h"
#include "init/message.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define INTERPRETERS_MAX 5 /* BINPRM_LOOPS: #! in #! in #!, fs/exec.c */
#define HEAD_MAX 256       /* BINPRM_BUF_SIZE: as much as the kernel looks at */
#define DESCRIPTORS_TRIED (1u << 20)
#define DESCRIPTORS_ASKED 256

/* ---- which file ---- */

static int status_of(int error)
{
	return error == ENOENT ? LAUNCH_NOT_FOUND : LAUNCH_CANNOT_RUN;
}

/* What execve(2) would say to the file, but for what only it can know (its format). */
static int try_file(const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

int launch_resolve(const char *command, const char *path, char file[PATH_MAX], int *error)
{
	*error = ENOENT;
	if (command[0] == '\0')
		return LAUNCH_NOT_FOUND;
	if (strchr(command, '/')) {
		*error = strlen(command) < PATH_MAX ? try_file(command) : ENAMETOOLONG;
		if (*error)
			return status_of(*error);
		snprintf(file, PATH_MAX, "%s", command);
		return 0;
	}
	for (const char *at = path ? path : DEFAULT_PATH;; at++) {
		size_t length = strcspn(at, ":");
		/* An empty part is the working directory. */
		int written = snprintf(file, PATH_MAX, "%.*s%s%s", (int)length, at, length > 0 ? "/" : "./", command);

		if (length < PATH_MAX && written > 0 && written < PATH_MAX) {
			int failed = try_file(file);

			if (!failed)
				return 0;
			/* As the shells do: what is there and cannot be run is worth more than what is nowhere. */
			if (failed != ENOENT && failed != ENOTDIR)
				*error = failed;
		}
		at += length;
		if (*at == '\0')
			break;
	}
	return status_of(*error);
}

/* ---- for which ABI ---- */

static size_t read_head(const char *file, unsigned char head[HEAD_MAX])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t length = 0;

	if (fd < 0)
		return 0; /* executable and not readable: the kernel will see */
	while (length < HEAD_MAX) {
		ssize_t n = read(fd, head + length, HEAD_MAX - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	(void)close(fd); /* only read from */
	return length;
}

static const char *foreign_elf(const unsigned char *head, size_t length)
{
	uint16_t machine;

	if (length < sizeof(Elf32_Ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0 || head[EI_CLASS] != ELFCLASS32)
		return NULL;
	memcpy(&machine, head + offsetof(Elf32_Ehdr, e_machine), sizeof machine);
	if (ARCH_COMPAT[0] && machine == ARCH_COMPAT_ELF)
		return ARCH_COMPAT;
	return ARCH_X32 && machine == EM_X86_64 ? "x32" : NULL;
}

/* "#! /bin/sh -e": the interpreter's file. */
static bool interpreter_of(const unsigned char *head, size_t length, char file[PATH_MAX])
{
	const unsigned char *at = head + 2, *end = head + length;
	size_t used = 0;

	if (length < 2 || head[0] != '#' || head[1] != '!')
		return false;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (at < end && *at != ' ' && *at != '\t' && *at != '\n' && *at != '\0' && used < PATH_MAX - 1)
		file[used++] = (char)*at++;
	file[used] = '\0';
	return used > 0;
}

const char *launch_foreign_abi(const char *file)
{
	char name[PATH_MAX];

	snprintf(name, sizeof name, "%s", file);
	for (int i = 0; i <= INTERPRETERS_MAX; i++) {
		unsigned char head[HEAD_MAX];
		size_t length = read_head(name, head);
		const char *abi = foreign_elf(head, length);

		if (abi || !interpreter_of(head, length, name))
			return abi;
	}
	return NULL;
}

/* ---- descriptors ---- */

static bool read_unsigned(const char *text, unsigned long *value)
{
	*value = 0;
	if (!text || *text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || *value > (ULONG_MAX - 9) / 10)
			return false;
		*value = 10 * *value + (unsigned long)(*text - '0');
	}
	return true;
}

/* How many of 3, 4, ... were handed over by socket activation; only sockets and FIFOs can have been. */
static unsigned activated(void)
{
	unsigned long pid, count;

	if (!read_unsigned(getenv("LISTEN_PID"), &pid) || pid != (unsigned long)getpid() ||
	    !read_unsigned(getenv("LISTEN_FDS"), &count) || count > DESCRIPTORS_TRIED)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		struct stat st;

		if (fstat(3 + (int)i, &st) != 0 || !(S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode)))
			return 0;
	}
	return (unsigned)count;
}

int launch_activate_as(long pid)
{
	char number[24];
	unsigned long meant;

	if (!read_unsigned(getenv("LISTEN_PID"), &meant) || meant != (unsigned long)pid)
		return 0;
	snprintf(number, sizeof number, "%ld", (long)getpid());
	if (setenv("LISTEN_PID", number, 1) == 0)
		return 0;
	return refuse("cannot set LISTEN_PID for the command: %s", strerror(errno));
}

static bool is_of_proc(int fd)
{
	struct statfs fs = {0};

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC; /* not somebody's volume over /proc */
}

/*
 * Whether /proc says that there are none from `first` on: the folder's size is how many are open (Linux 6.2 and later, 0
 * before: proc_fd_getattr() in fs/proc/fd.c), which costs a third of reading it.
 */
static bool none_listed(int first)
{
	int fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st = {0};
	bool none;

	if (fd < 0)
		return false;
	/* It is the lowest that was free: so all below are open, and it is the last one. */
	none = fd == first && is_of_proc(fd) && fstat(fd, &st) == 0 && st.st_size == first + 1;
	(void)close(fd); /* a mere path */
	return none;
}

/* With /proc: exactly those that are open. -1: no /proc to see them in. */
static int close_listed(int first)
{
	DIR *dir;
	const struct dirent *entry;
	int closed = 0;

	if (none_listed(first))
		return 0;
	dir = opendir("/proc/self/fd");
	if (!dir)
		return -1;
	if (!is_of_proc(dirfd(dir))) {
		(void)closedir(dir);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		unsigned long fd;

		if (!read_unsigned(entry->d_name, &fd) || fd < (unsigned long)first || (int)fd == dirfd(dir))
			continue;
		if (close((int)fd) == 0 || errno != EBADF) /* Linux closes it whatever else it says: close(2) */
			closed++;
	}
	(void)closedir(dir);
	return closed;
}

/* Without /proc nothing shows whether an outer filter's "done" is true: so the likely ones are asked for. */
static bool any_open(int first)
{
	for (int fd = first; fd < DESCRIPTORS_ASKED; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return true;
	return false;
}

int launch_close_descriptors(unsigned keep, int *closed)
{
	unsigned sockets = activated();
	int first = 3 + (int)(keep > sockets ? keep : sockets);
	struct rlimit limit;

	*closed = close_listed(first);
	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0 && (*closed >= 0 || !any_open(first)))
		return 0;
	if (*closed >= 0)
		return 0;
	/* Before Linux 5.9 and without /proc: one by one, as far as there can be any. */
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return errno;
	if (limit.rlim_max > DESCRIPTORS_TRIED)
		return EMFILE;
	*closed = 0;
	for (int fd = first; fd < (int)limit.rlim_max; fd++)
		if (close(fd) == 0)
			(*closed)++;
	return 0;
}

/* ---- signals ---- */

static const int guarded[LAUNCH_SIGNALS] = {SIGPIPE, SIGXFSZ, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS};
#define FIRST_CRASH 2

static void crash(int signal)
{
	static const char told[] =
	    "denyinit: crashed: too little memory or stack, an outer filter that traps or fakes a call, "
	    "or a defect. Not starting (125).\n";

	(void)signal;
	(void)!write(STDERR_FILENO, told, sizeof told - 1); /* there is nobody to tell */
	_exit(125);
}

int launch_disposition(int signal, struct sigaction *before)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} kernels = {.handler = SIG_DFL};

	if (syscall(SYS_rt_sigaction, signal, NULL, &kernels, sizeof kernels.mask) != 0)
		return errno;
	memset(before, 0, sizeof *before);
	before->sa_handler = kernels.handler == SIG_IGN ? SIG_IGN : SIG_DFL;
	return 0;
}

/*
 * A handler and not SIG_IGN, which would drop one that came from outside and waits (supervise_hold): do_sigaction() in
 * kernel/signal.c. With either one write(2) fails, and that is looked at.
 */
static void pass_over(int signal)
{
	(void)signal;
}

int launch_guard_signals(struct sigaction before[LAUNCH_SIGNALS])
{
	static char stack[16384]; /* the crash may be for want of one; the kernel wants some KiB for its registers */
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	const struct sigaction ignore = {.sa_handler = pass_over, .sa_flags = SA_RESTART};
	const struct sigaction handle = {.sa_handler = crash, .sa_flags = SA_ONSTACK};

	if (sigaltstack(&alternate, NULL) != 0)
		return errno;
	for (size_t i = 0; i < LAUNCH_SIGNALS; i++) {
		int error = launch_disposition(guarded[i], &before[i]);

		if (error)
			return error;
		if (sigaction(guarded[i], i < FIRST_CRASH ? &ignore : &handle, NULL) != 0)
			return errno;
	}
	return 0;
}

int launch_restore_signals(const struct sigaction before[LAUNCH_SIGNALS])
{
	for (size_t i = 0; i < LAUNCH_SIGNALS; i++) /* not left to execve(2): one that waits is the entrypoint's */
		if (sigaction(guarded[i], &before[i], NULL) != 0)
			return errno;
	return 0;
}

int launch_restore_crashes(const struct sigaction before[LAUNCH_SIGNALS])
{
	for (size_t i = FIRST_CRASH; i < LAUNCH_SIGNALS; i++)
		if (sigaction(guarded[i], &before[i], NULL) != 0)
			return errno;
	return 0;
}

/* ---- away ---- */

int launch(const char *file, char *const argv[], int *error)
{
	extern char **environ;

	(void)execve(file, argv, environ); /* returns on failure only */
	*error = errno;
	return status_of(*error);
}
