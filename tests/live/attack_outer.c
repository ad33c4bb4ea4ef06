/* SPDX-License-Identifier: MIT */
/*
 * attack_outer: surroundings that are hostile to a denyinit which stays and listens: an older filter that answers in the
 * place of calls that only such a one makes, or asks a listener that is no more. Sets that up, then becomes the command.
 *
 *   attack_outer KIND... -- COMMAND [ARG...]
 *
 * The kinds: see the table; `list` prints their names. Exit status 99 if it could not be set up. (outer.c has the
 * others.)
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAIT_KILLABLE_RECV (1u << 5) /* linux/seccomp.h of Linux 5.19 */
#define ERRNO(e) (SECCOMP_RET_ERRNO | (e))
#define DONE ERRNO(0) /* what was not done seems to be */
#define ANY 0, 0, 0   /* whatever the arguments */

/* Where the masked argument has the value. */
static const struct kind {
	const char *name;
	int nr;
	uint32_t action;
	unsigned argument;
	uint32_t mask, value;
} kinds[] = {
    {"einval-listener", SYS_seccomp, ERRNO(EINVAL), 1, SECCOMP_FILTER_FLAG_NEW_LISTENER,
     SECCOMP_FILTER_FLAG_NEW_LISTENER},
    {"eperm-listener", SYS_seccomp, ERRNO(EPERM), 1, SECCOMP_FILTER_FLAG_NEW_LISTENER,
     SECCOMP_FILTER_FLAG_NEW_LISTENER},
    {"fake-listener", SYS_seccomp, DONE, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_NEW_LISTENER},
    {"einval-killable", SYS_seccomp, ERRNO(EINVAL), 1, WAIT_KILLABLE_RECV, WAIT_KILLABLE_RECV},
    {"fake-killable", SYS_seccomp, DONE, 1, WAIT_KILLABLE_RECV, WAIT_KILLABLE_RECV},
    {"fake-set-dumpable", SYS_prctl, DONE, 0, UINT32_MAX, PR_SET_DUMPABLE},
    {"fake-get-dumpable", SYS_prctl, DONE, 0, UINT32_MAX, PR_GET_DUMPABLE},
    {"refuse-dumpable", SYS_prctl, ERRNO(EPERM), 0, UINT32_MAX, PR_SET_DUMPABLE},
    {"fake-drop-bounding", SYS_prctl, DONE, 0, UINT32_MAX, PR_CAPBSET_DROP},
    {"fake-read-bounding", SYS_prctl, DONE, 0, UINT32_MAX, PR_CAPBSET_READ},
    {"fake-no-new-privs", SYS_prctl, DONE, 0, UINT32_MAX, PR_SET_NO_NEW_PRIVS},
    {"fake-death-signal", SYS_prctl, DONE, 0, UINT32_MAX, PR_SET_PDEATHSIG},
    {"fake-capset", SYS_capset, DONE, ANY},
    {"fake-capget", SYS_capget, DONE, ANY},
    {"refuse-capset", SYS_capset, ERRNO(EPERM), ANY},
    {"fake-getrandom", SYS_getrandom, DONE, ANY},
    {"refuse-getrandom", SYS_getrandom, ERRNO(ENOSYS), ANY},
    {"fake-clone", SYS_clone, DONE, ANY},
    {"refuse-clone", SYS_clone, ERRNO(EAGAIN), ANY},
    {"fake-close_range", SYS_close_range, DONE, ANY},
    {"refuse-close_range", SYS_close_range, ERRNO(ENOSYS), ANY},
    {"fake-pipe2", SYS_pipe2, DONE, ANY},
    {"refuse-pipe2", SYS_pipe2, ERRNO(EMFILE), ANY},
    {"fake-signalfd", SYS_signalfd4, DONE, ANY},
    {"refuse-signalfd", SYS_signalfd4, ERRNO(ENOSYS), ANY},
    {"fake-poll", SYS_poll, DONE, ANY},
    {"refuse-poll", SYS_poll, ERRNO(EPERM), ANY},
    {"fake-ioctl", SYS_ioctl, DONE, ANY},
    {"refuse-ioctl", SYS_ioctl, ERRNO(EPERM), ANY},
    {"fake-chdir", SYS_chdir, DONE, ANY},
    {"refuse-chdir", SYS_chdir, ERRNO(EPERM), ANY},
    {"fake-setpgid", SYS_setpgid, DONE, ANY},
    {"fake-setitimer", SYS_setitimer, DONE, ANY},
    {"refuse-setitimer", SYS_setitimer, ERRNO(EPERM), ANY},
    {"trace-mount", SYS_mount, SECCOMP_RET_TRACE, ANY}, /* ENOSYS as long as nobody traces */
};
#define KINDS (sizeof kinds / sizeof *kinds)

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "attack_outer: %s: %s\n", what, strerror(errno));
	exit(99);
}

static int load(const struct sock_fprog *program, unsigned flags)
{
	int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);

	if (result < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	if (result < 0)
		die("seccomp(2)");
	return result;
}

static void apply(const struct kind *kind)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 6),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)kind->nr, 0, 4),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args) + 8 * kind->argument),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kind->mask),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kind->value, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, kind->action),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	load(&program, 0);
}

/* mount(2) asks a listener that nobody has any more: ENOSYS. */
static void dead_listener(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	close(load(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER));
}

static void set_up(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(name, kinds[i].name) == 0) {
			apply(&kinds[i]);
			return;
		}
	if (strcmp(name, "dead-listener") != 0) {
		errno = EINVAL;
		die(name);
	}
	dead_listener();
}

int main(int argc, char **argv)
{
	int i = 1;

	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		for (size_t k = 0; k < KINDS; k++)
			puts(kinds[k].name);
		puts("dead-listener");
		return 0;
	}
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		set_up(argv[i]);
	if (i + 1 >= argc) {
		fprintf(stderr, "usage: attack_outer KIND... -- COMMAND [ARG...]; attack_outer list\n");
		return 99;
	}
	execvp(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
