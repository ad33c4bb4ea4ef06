/* SPDX-License-Identifier: MIT */
#include "init/user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/accounts.h"
#include "init/listener.h"
#include "init/message.h"
#include "init/policy_file.h"

#define FILE_MAX (256u * 1024)

/* The calls with IDs of 32 bits, where those by the plain name have 16. libc's would do it for other threads, too. */
#ifdef SYS_setresuid32
enum { SETRESUID = SYS_setresuid32, SETRESGID = SYS_setresgid32, SETGROUPS = SYS_setgroups32 };
enum { GETRESUID = SYS_getresuid32, GETRESGID = SYS_getresgid32, GETGROUPS = SYS_getgroups32 };
#else
enum { SETRESUID = SYS_setresuid, SETRESGID = SYS_setresgid, SETGROUPS = SYS_setgroups };
enum { GETRESUID = SYS_getresuid, GETRESGID = SYS_getresgid, GETGROUPS = SYS_getgroups };
#endif

/* 0, or an errno value. A file that is not there is an empty one. */
static int read_file(const char *path, char text[FILE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), error = 0;
	size_t used = 0;
	ssize_t n = 1;

	text[0] = '\0';
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	while (!error && n != 0) {
		n = read(fd, text + used, FILE_MAX - used);
		if (n < 0 && errno != EINTR)
			error = errno;
		used += n > 0 ? (size_t)n : 0;
		if (used == FILE_MAX)
			error = EFBIG;
	}
	(void)close(fd); /* only read from */
	text[error ? 0 : used] = '\0';
	return error;
}

static bool all_are(const uint32_t ids[3], uint32_t id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id;
}

/* As the kernel says: an outer filter may only have said that it was done. */
static bool is_account(const struct account *a, bool groups_too)
{
	uint32_t uids[3] = {UINT32_MAX}, gids[3] = {UINT32_MAX}, groups[ACCOUNTS_GROUPS];

	if (syscall(GETRESUID, &uids[0], &uids[1], &uids[2]) != 0 || !all_are(uids, a->uid) ||
	    syscall(GETRESGID, &gids[0], &gids[1], &gids[2]) != 0 || !all_are(gids, a->gid))
		return false;
	if (!groups_too)
		return true;
	if (syscall(GETGROUPS, ACCOUNTS_GROUPS, groups) != (long)a->ngroups)
		return false;
	for (size_t i = 0; i < a->ngroups; i++) { /* the kernel sorts them */
		size_t place = 0;

		while (place < a->ngroups && groups[place] != a->groups[i])
			place++;
		if (place == a->ngroups)
			return false;
	}
	return true;
}

/*
 * 0 or an errno value.
 *
 * The kernel clears capabilities only where an ID goes from 0 to another one (cap_emulate_setxuid, security/commoncap.c):
 * not those that a user has as ambient ones, nor with SECBIT_NO_SETUID_FIXUP.
 */
static int set_ids(const struct account *a)
{
	static const uint32_t all[2] = {UINT32_MAX, UINT32_MAX};
	const bool already = is_account(a, false) && a->uid != 0;
	int error;

	if (syscall(SETGROUPS, a->ngroups, a->groups) != 0)
		return already && errno == EPERM ? 0 : errno; /* the container was started so: no capability needed */
	if (already)
		return is_account(a, true) ? 0 : EPERM;
	if (syscall(SETRESGID, a->gid, a->gid, a->gid) != 0 || syscall(SETRESUID, a->uid, a->uid, a->uid) != 0)
		return errno;
	error = a->uid != 0 ? listener_drop(all) : 0;
	return error ? error : is_account(a, true) ? 0 : EPERM;
}

int user_become(const char *wanted, const char *policy)
{
	static char passwd[FILE_MAX], group[FILE_MAX];
	static struct account account;
	/* The last two say who that is, the next time. Of numbers they have the home only. */
	const char *const files[] = {policy, "/etc/passwd", "/etc/group"};
	const bool by_number = wanted[strspn(wanted, "0123456789:")] == '\0';
	const char *missing;
	int error = read_file("/etc/passwd", passwd);

	if (!error)
		error = read_file("/etc/group", group);
	if (error)
		return refuse("cannot read /etc/passwd or /etc/group for `user = %s`: %s", wanted,
		              error == EFBIG ? "256 KiB or more: make it smaller" : strerror(error));
	missing = accounts_find(wanted, passwd, group, &account);
	if (missing)
		return refuse("`user = %s`: the user %s", wanted, missing);
	error = set_ids(&account);
	if (error)
		return refuse(
		    "cannot become `user = %s` (uid %lu, gid %lu): %s: it takes CAP_SETUID and CAP_SETGID, and no "
		    "outer filter against it; or start the container as this user",
		    wanted, (unsigned long)account.uid, (unsigned long)account.gid, strerror(error));
	/* As after an execve(2): the self-test looks at itself in /proc. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || setenv("HOME", account.home, 1) != 0)
		return refuse("cannot set HOME for `user = %s`: %s", wanted, strerror(errno));
	for (size_t i = 0; account.uid != 0 && i < (by_number ? 1 : 3); i++)
		if (policy_file_writable(files[i]))
			return refuse(
			    "%s: `user = %s` may write it: in an image, COPY --chmod=0444; else chmod 0444, or mount it "
			    "read-only",
			    files[i], wanted);
	return 0;
}
