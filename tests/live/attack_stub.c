/* SPDX-License-Identifier: MIT */
/*
 * attack_stub: a denyinit with one of its protections taken out, so that the attacks of attack.bats can be seen to
 * succeed. Not a program of its own: it is linked with all of denyinit's objects, and the linker puts its functions
 * (--wrap) in the place of denyinit's. Which one is taken out the environment says: DENYINIT_STUB=WORD,...
 *
 *   dumpable       PR_SET_DUMPABLE only says that it was done
 *   ptrace         CAP_SYS_PTRACE is not dropped
 *   guard          the command may make a listener of its own
 *   interruptible  without SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, as before Linux 5.19
 *   known          the secrets are STUB_COOKIE and STUB_MAGIC (attack_stub.h)
 *   inside         the confined parent tries every call that it should not be able to make, and tells on stderr
 *   foreign        it makes one through int 0x80
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack_stub.h"
#include "init/filter.h"
#include "init/install.h"
#include "init/listener.h"
#include "init/watch.h"

static bool is_out(const char *word)
{
	const char *at = getenv("DENYINIT_STUB");
	const size_t length = strlen(word);

	for (; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/* ---- prctl(2) ---- */

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);

int __wrap_prctl(int option, ...)
{
	static int said = 1;
	unsigned long a[4];
	va_list arguments;

	va_start(arguments, option);
	for (unsigned i = 0; i < 4; i++) /* more than were given: registers that nobody minds being read */
		a[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (is_out("dumpable") && option == PR_SET_DUMPABLE) {
		said = (int)a[0];
		return 0;
	}
	if (is_out("dumpable") && option == PR_GET_DUMPABLE)
		return said;
	return __real_prctl(option, a[0], a[1], a[2], a[3]);
}

/* ---- listener.h ---- */

int __real_listener_drop_ptrace(bool bounded);
int __wrap_listener_drop_ptrace(bool bounded);
int __real_listener_secret(uint64_t *secret);
int __wrap_listener_secret(uint64_t *secret);
void __real_listener_offer(struct offer *offer);
void __wrap_listener_offer(struct offer *offer);

int __wrap_listener_drop_ptrace(bool bounded)
{
	return is_out("ptrace") ? 0 : __real_listener_drop_ptrace(bounded);
}

/* The first one is the parent's, before it divides. */
int __wrap_listener_secret(uint64_t *secret)
{
	static bool cookie_made;

	if (!is_out("known"))
		return __real_listener_secret(secret);
	*secret = cookie_made ? STUB_MAGIC : STUB_COOKIE;
	cookie_made = true;
	return 0;
}

void __wrap_listener_offer(struct offer *offer)
{
	__real_listener_offer(offer);
	if (is_out("interruptible"))
		offer->killable = false;
}

/* ---- install.h ---- */

int __real_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);
int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener);

/* The judge is told of the program as it was before: nothing of what it probes has changed. */
int __wrap_install_program(const struct sock_fprog *program, unsigned long flags, int *listener)
{
	static struct sock_filter filter[PROGRAM_MAX];
	const struct sock_fprog open = {.len = program->len, .filter = filter};

	if (!is_out("guard") || !listener || program->len > PROGRAM_MAX)
		return __real_install_program(program, flags, listener);
	memcpy(filter, program->filter, program->len * sizeof *filter);
	for (size_t i = 1; i < program->len; i++)
		if (filter[i - 1].code == (BPF_JMP | BPF_JSET | BPF_K) &&
		    filter[i - 1].k == SECCOMP_FILTER_FLAG_NEW_LISTENER && filter[i].code == (BPF_RET | BPF_K))
			filter[i].k = SECCOMP_RET_ALLOW;
	return __real_install_program(&open, flags, listener);
}

/* ---- watch.h: what the parent calls again and again ---- */

int __real_watch_tell(struct watch *watch);
int __wrap_watch_tell(struct watch *watch);

static void tell(const char *format, ...)
{
	char line[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	(void)!write(STDERR_FILENO, line, (size_t)length); /* the test misses the line */
}

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

/* By their arguments: allowed in part. Errno values. */
static void try_arguments(const char *when, int listener)
{
	const struct seccomp_notif_resp answer = {0}; /* to no call that there is */
	const struct seccomp_notif_addfd descriptor = {.srcfd = STDERR_FILENO};
	uint64_t id = 0;

	tell("%s write=%d read-write=%d create=%d truncate=%d path=%d read=%d ioctl-stderr=%d ioctl-listener=%d "
	     "add-descriptor=%d socket=%d getppid=%d\n",
	     when, error_of(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY, 0)),
	     error_of(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0)),
	     error_of(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CREAT, 0)),
	     error_of(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_TRUNC, 0)),
	     error_of(syscall(SYS_openat, AT_FDCWD, "/", O_TMPFILE | O_RDWR, 0)),
	     error_of(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0)),
	     error_of(ioctl(STDERR_FILENO, FIONREAD, &id)),
	     error_of(ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_SEND, &answer)),
	     error_of(ioctl(listener, (int)SECCOMP_IOCTL_NOTIF_ADDFD, &descriptor)),
	     error_of(syscall(SYS_socket, 1, 1, 0)), error_of(syscall(SYS_getppid)));
}

/*
 * What it needs, whatever the arguments, and the two that are tried above. By hand: not denyinit's list. The last ones
 * are uretprobe and uprobe, which no filter sees, and which kill by SIGILL.
 */
static const long not_tried[] = {SYS_read,
                                 SYS_write,
                                 SYS_poll,
                                 SYS_ppoll,
                                 SYS_wait4,
                                 SYS_kill,
                                 SYS_close,
                                 SYS_setitimer,
                                 SYS_rt_sigreturn,
                                 SYS_rt_sigprocmask,
                                 SYS_exit_group,
                                 SYS_exit,
                                 SYS_clock_gettime,
                                 SYS_restart_syscall,
                                 SYS_openat,
                                 SYS_ioctl,
                                 335,
                                 336};

static bool is_tried(long nr)
{
	for (size_t i = 0; i < sizeof not_tried / sizeof *not_tried; i++)
		if (not_tried[i] == nr)
			return false;
	return true;
}

static void try_all(void)
{
	unsigned refused = 0, tried = 0;

	for (long nr = 0; nr < STUB_NUMBERS; nr++) {
		int error;

		if (!is_tried(nr))
			continue;
		error = error_of(syscall(nr, 0, 0, 0, 0, 0, 0));
		tried++;
		refused += error == EPERM;
		if (error != EPERM)
			tell("INSIDE call %ld gets %d\n", nr, error);
	}
	tell("INSIDE refused %u of %u\n", refused, tried);
}

static void try_foreign(void)
{
	long result = 20; /* getpid */

	tell("INSIDE int 0x80 is next\n");
	__asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
	tell("INSIDE int 0x80 came back with %ld\n", result);
}

int __wrap_watch_tell(struct watch *watch)
{
	static bool before, after;

	if (is_out("inside") && !watch->released && !before) {
		before = true;
		try_arguments("BEFORE", watch->listener);
	}
	if (watch->released && !after) {
		after = true;
		if (is_out("inside")) {
			try_arguments("INSIDE", watch->listener);
			try_all();
		}
		if (is_out("foreign"))
			try_foreign();
	}
	return __real_watch_tell(watch);
}
