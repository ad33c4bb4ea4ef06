/* SPDX-License-Identifier: MIT */
#include "selftest/account.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "selftest/procstat.h"

int account_open(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct statfs fs = {0};
	int high;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC) { /* somebody's volume over /proc */
		(void)close(fd);
		return -1;
	}
	if (fd > 2)
		return fd;
	/* A process may have been started without its standard descriptors: they stay closed for the entrypoint. */
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd); /* only read from */
	return high;
}

/* The length read, 0 if there is nothing to read from. */
static size_t read_status(int fd, char text[ACCOUNT_READ_MAX])
{
	size_t length = 0;

	while (fd >= 0 && length < ACCOUNT_READ_MAX) {
		ssize_t n = pread(fd, text + length, ACCOUNT_READ_MAX - length, (off_t)length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	return length;
}

struct account account_read(int status_fd)
{
	static _Alignas(2048) char text[ACCOUNT_READ_MAX]; /* large; what is read mostly fits into one page */
	struct procstat status = procstat_parse(text, read_status(status_fd, text));
	int no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	return (struct account){
	    .mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
	    .filters = status.seccomp_filters,
	    .no_new_privs = status.no_new_privs >= 0 ? status.no_new_privs : no_new_privs,
	    .tracer = status.tracer,
	};
}

/* Writing that file takes the kernel as long as loading a filter. */
struct account account_first(int status_fd)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_DISABLED)
		return (struct account){.mode = SECCOMP_MODE_DISABLED, .filters = 0, .no_new_privs = -1};
	return account_read(status_fd);
}
