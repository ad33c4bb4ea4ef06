/* SPDX-License-Identifier: MIT */
/*
 * filter CALL...: the program that the manuals' example comes to (seccomp_init(3), seccomp_rule_add(3),
 * seccomp_export_bpf(3)): all is allowed, these calls get EPERM. Its bytes go to stdout, as `bwrap --seccomp` takes them.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "filter: %s: %s\n", what, strerror(error));
	return 1;
}

int main(int argc, char *argv[])
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);

	if (!context)
		return fail("seccomp_init", ENOMEM);
	for (int i = 1; i < argc; i++) {
		const int nr = seccomp_syscall_resolve_name(argv[i]);
		const int error =
		    nr == __NR_SCMP_ERROR ? -ENOENT : seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), nr, 0);

		if (error < 0)
			return fail(argv[i], -error);
	}
	return seccomp_export_bpf(context, STDOUT_FILENO) < 0 ? fail("seccomp_export_bpf", EIO) : 0;
}
