/* SPDX-License-Identifier: MIT */
#include "init/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000 /* linux/fcntl.h */
#endif
#ifndef AT_EACCESS
#define AT_EACCESS 0x200
#endif

#define REMEDY "in an image, COPY --chmod=0444; else chmod 0444, or mount it read-only"

static void explain_open(int error, struct findings *findings)
{
	if (error == ENOENT)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "no such file: name the policy with -c FILE, or put one here; samples are in "
		             "/usr/share/denyinit (default.ini)");
	else if (error == EACCES)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "cannot be opened: %s: uid %u must be able to read it: " REMEDY, strerror(error),
		             (unsigned)geteuid());
	else if (error == EMFILE)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "cannot be opened: %s: raise the limit of open files, RLIMIT_NOFILE (ulimit -n)",
		             strerror(error));
	else
		findings_add(findings, SEVERITY_ERROR, 0, "cannot be opened: %s: name another with -c FILE",
		             strerror(error));
}

static const char *kind_of(mode_t mode)
{
	static const struct {
		mode_t type;
		char name[20];
	} kinds[] = {
	    {S_IFDIR, "a directory"},    {S_IFIFO, "a pipe"},    {S_IFCHR, "a character device"},
	    {S_IFBLK, "a block device"}, {S_IFSOCK, "a socket"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((mode & S_IFMT) == kinds[i].type)
			return kinds[i].name;
	return "something else";
}

/* Where faccessat2 is not to be had: what the mode says, ACLs left out. */
static bool may_write_by_mode(const struct stat *status)
{
	gid_t groups[256];
	int count;

	if (status->st_uid == geteuid())
		return status->st_mode & S_IWUSR;
	if (status->st_gid == getegid())
		return status->st_mode & S_IWGRP;
	count = getgroups((int)(sizeof(groups) / sizeof(groups[0])), groups);
	if (count < 0) /* more groups than that: EINVAL. Any of them could be the file's. */
		return status->st_mode & S_IWGRP;
	for (int i = 0; i < count; i++)
		if (groups[i] == status->st_gid)
			return status->st_mode & S_IWGRP;
	return status->st_mode & S_IWOTH;
}

/* Asked of the descriptor, so of the file that is read, whatever the path means by now. */
static bool may_write(int fd, const struct stat *status)
{
	if (syscall(SYS_faccessat2, fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) == 0)
		return true;
	/* Linux before 5.8; a runtime's profile older than the call answers EPERM. (So does the kernel for an immutable
	 * file, which then is judged by its mode alone: too strictly, if at all.) */
	if (errno == ENOSYS || errno == EPERM)
		return may_write_by_mode(status);
	return false;
}

bool policy_file_writable(const char *path)
{
	struct stat status;

	if (syscall(SYS_faccessat2, AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
		return true;
	if (errno == EROFS || (errno != ENOSYS && errno != EPERM)) /* as above */
		return false;
	return stat(path, &status) == 0 && may_write_by_mode(&status);
}

static bool on_read_only_mount(int fd)
{
	struct statvfs mount;

	return fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY);
}

/* Root may always write: that root can be kept out by a mode is nobody's belief. */
static void check_mode(int fd, const struct stat *status, enum severity own, struct findings *findings)
{
	unsigned mode = (unsigned)status->st_mode & 07777;

	if (on_read_only_mount(fd))
		return;
	if (status->st_mode & S_IWOTH)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "others may write it (mode %04o), and so its own prisoners: " REMEDY, mode);
	else if (geteuid() != 0 && may_write(fd, status))
		findings_add(findings, own, 0,
		             "this process itself may write it (uid %u, mode %04o), and so may the entrypoint: " REMEDY,
		             (unsigned)geteuid(), mode);
	else if (status->st_mode & S_IWGRP)
		findings_add(findings, SEVERITY_WARNING, 0, "members of group %u may write it (mode %04o): " REMEDY,
		             (unsigned)status->st_gid, mode);
}

/* -1: errno says why. 0: the end. */
static ssize_t read_some(int fd, char *buffer, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Exactly size bytes and then the end, or it is not the file that was looked at. False: told. */
static bool read_whole(int fd, char *buffer, size_t size, struct findings *findings)
{
	size_t used = 0;
	char more;
	ssize_t n;

	while (used < size && (n = read_some(fd, buffer + used, size - used)) != 0) {
		if (n < 0) {
			findings_add(findings, SEVERITY_ERROR, 0, "cannot be read: %s", strerror(errno));
			return false;
		}
		used += (size_t)n;
	}
	if (used == size && read_some(fd, &more, 1) == 0)
		return true;
	findings_add(findings, SEVERITY_ERROR, 0,
	             "changed its size while it was read (%zu bytes at first): start again when nobody writes it",
	             size);
	return false;
}

static bool load(int fd, char *buffer, size_t size, size_t *length, enum severity own, struct findings *findings)
{
	struct stat status;
	size_t errors = findings->errors;

	if (fstat(fd, &status) != 0) {
		findings_add(findings, SEVERITY_ERROR, 0, "cannot be looked at: %s", strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		findings_add(findings, SEVERITY_ERROR, 0, "%s, not a regular file: name the policy with -c FILE",
		             kind_of(status.st_mode));
		return false;
	}
	check_mode(fd, &status, own, findings);
	if ((unsigned long long)status.st_size > size) {
		findings_add(findings, SEVERITY_ERROR, 0,
		             "%llu bytes long, the limit is %zu: groups (@default) are shorter",
		             (unsigned long long)status.st_size, size);
		return false;
	}
	if (!read_whole(fd, buffer, (size_t)status.st_size, findings))
		return false;
	*length = (size_t)status.st_size;
	return findings->errors == errors;
}

bool policy_file_load(const char *path, char *buffer, size_t size, size_t *length, enum severity own,
                      struct findings *findings)
{
	bool sound;
	int fd;

	*length = 0;
	/* Without O_NONBLOCK a pipe in the file's place would hold the start up for ever. */
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		explain_open(errno, findings);
		return false;
	}
	sound = load(fd, buffer, size, length, own, findings);
	(void)close(fd); /* nothing was written to it */
	return sound;
}
