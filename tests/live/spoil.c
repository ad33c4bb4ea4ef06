/* SPDX-License-Identifier: MIT */
/*
 * spoil CALL[:ARG=VALUE] ERRNO COMMAND [ARG...]: a filter that gives one call this errno, for all who come after; 0: it
 * seems to succeed and is not carried out. Only where the lower half of argument ARG (0 to 5) has this value, if that is
 * given. Numbers only, VALUE also as 0x. Exit status 99 if it could not be set up.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(at) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(at)))
#define UNLESS(k, skip) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, (skip)))

int main(int argc, char **argv)
{
	unsigned long nr, value = 0, argument = 0, error;
	bool conditional;
	char *end;

	if (argc < 4)
		return 99;
	nr = strtoul(argv[1], &end, 10);
	conditional = *end == ':';
	if (conditional)
		argument = strtoul(end + 1, &end, 10);
	if (conditional && *end == '=')
		value = strtoul(end + 1, &end, 0); /* -1, too */
	else if (conditional)
		return 99;
	if (*end || argument > 5)
		return 99;
	error = strtoul(argv[2], NULL, 10);

	struct sock_filter code[] = {
	    LOAD(offsetof(struct seccomp_data, arch)),
	    UNLESS(AUDIT_ARCH_X86_64, 5),
	    LOAD(offsetof(struct seccomp_data, nr)),
	    UNLESS((unsigned)nr, 3),
	    LOAD(offsetof(struct seccomp_data, args) + 8 * argument),
	    UNLESS((unsigned)value, conditional ? 1 : 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof code / sizeof *code, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return 99;
	execvp(argv[3], argv + 3);
	perror("spoil");
	return 99;
}
