/* SPDX-License-Identifier: MIT */
#include "selftest/account.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "selftest/procstat.h"

/* The lines wanted come after the one of the supplementary groups, which may be long. */
#define STATUS_MAX 16384

/* The length read, 0 if there is no such file or it is none of procfs's (somebody's volume over /proc). */
static size_t read_status(char text[STATUS_MAX])
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct statfs fs;
	size_t length = 0;

	if (fd < 0)
		return 0;
	if (fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC) {
		while (length < STATUS_MAX) {
			ssize_t n = read(fd, text + length, STATUS_MAX - length);

			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			length += (size_t)n;
		}
	}
	(void)close(fd); /* only read from */
	return length;
}

struct account account_read(void)
{
	char text[STATUS_MAX];
	struct procstat status = procstat_parse(text, read_status(text));
	int no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	return (struct account){
	    .mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
	    .filters = status.seccomp_filters,
	    .no_new_privs = status.no_new_privs >= 0 ? status.no_new_privs : no_new_privs,
	    .tracer = status.tracer,
	};
}
