/* SPDX-License-Identifier: MIT */
#include "selftest/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "selftest/account.h"
#include "selftest/map_ask.h"

#define STATUS_MAX 16384

/* A descriptor of procfs, or -1: there is none, or somebody's volume lies over it. */
static int open_proc(void)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (proc >= 0 && (fstatfs(proc, &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC)) {
		(void)close(proc); /* only read from, as all here */
		return -1;
	}
	return proc;
}

/* The length read, 0 if there is no such process. */
static size_t read_status(int proc, long pid, char text[STATUS_MAX])
{
	char path[48];
	size_t length = 0;
	int fd;

	snprintf(path, sizeof path, "%ld/status", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (length < STATUS_MAX) {
		ssize_t n = read(fd, text + length, STATUS_MAX - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* ESRCH: it has ended meanwhile */
			break;
		length += (size_t)n;
	}
	(void)close(fd);
	return length;
}

#define SELF 0 /* for a pid */

/* "": it cannot be read. */
static void read_link(int proc, long pid, const char *what, char *text, size_t size)
{
	char path[48];
	ssize_t length;

	if (pid == SELF)
		snprintf(path, sizeof path, "self/%s", what);
	else
		snprintf(path, sizeof path, "%ld/%s", pid, what);
	length = proc < 0 ? -1 : readlinkat(proc, path, text, size - 1);
	text[length > 0 ? length : 0] = '\0';
}

static void look_at(int proc, struct presence *presence)
{
	char text[STATUS_MAX];
	size_t length = read_status(proc, presence->pid, text);

	presence->found = length > 0;
	presence->status = procstat_parse(text, length);
	presence->who = procstat_who(text, length);
	if (presence->found)
		read_link(proc, presence->pid, "exe", presence->exe, sizeof presence->exe);
}

struct presence presence_of(long pid)
{
	struct presence presence = {.pid = pid, .own_filters = account_read(account_open()).filters};
	int proc = open_proc();

	presence.own_denyinit = map_find_canary() != 0;
	if (proc < 0)
		return presence;
	presence.proc = true;
	look_at(proc, &presence);
	(void)close(proc);
	return presence;
}

/* Those of process 1 to compare with, or, if it may not be looked at, our own. */
static const char *const namespaces[] = {"ns/pid", "ns/mnt"};
#define NAMESPACES (sizeof namespaces / sizeof *namespaces)
typedef char links[NAMESPACES][40];

enum place { PLACE_HERE, PLACE_CONTAINER, PLACE_UNKNOWN };

static enum place place_of(int proc, const struct presence *presence, const links first)
{
	enum place place = PLACE_HERE;

	if (presence->who.namespaces > 1 && presence->who.innermost == 1)
		return PLACE_CONTAINER;
	for (size_t i = 0; i < NAMESPACES; i++) {
		char link[sizeof first[0]];

		read_link(proc, presence->pid, namespaces[i], link, sizeof link);
		if (!link[0] || !first[i][0])
			place = PLACE_UNKNOWN; /* for root only, and for who may trace it */
		else if (strcmp(link, first[i]) != 0)
			return PLACE_CONTAINER;
	}
	return place;
}

static void count_one(int proc, struct presence *presence, const links first, struct presence_census *census, FILE *out,
                      bool json)
{
	enum presence_reason reason;

	look_at(proc, presence);
	reason = presence_reason(presence);
	if (reason == PRESENCE_NO_PROCESS || reason == PRESENCE_KERNEL_THREAD || reason == PRESENCE_ENDED)
		return;
	switch (place_of(proc, presence, first)) {
	case PLACE_HERE: return;
	case PLACE_UNKNOWN: census->unknown++; return;
	case PLACE_CONTAINER: census->looked_at++; break;
	}
	if (reason == PRESENCE_NOT_TOLD)
		census->unknown++;
	if (reason == PRESENCE_NO_FILTER)
		presence_entry(out, presence, json, census->without++ == 0);
}

/* 0: not the folder of a process. */
static long pid_of(const char *name)
{
	long pid = 0;

	for (; *name >= '0' && *name <= '9' && pid < 100000000; name++)
		pid = 10 * pid + (*name - '0');
	return *name ? 0 : pid;
}

/* linux_dirent64, getdents64(2): readdir(3) would bring malloc along. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t length;
	uint8_t type;
	char name[];
};

struct presence_census presence_census(FILE *out, bool json)
{
	struct presence_census census = {0};
	links first;
	_Alignas(struct entry) char buffer[4096];
	int proc = open_proc();
	long size = 0;

	presence_census_begin(out, json);
	census.proc = proc >= 0;
	for (size_t i = 0; i < NAMESPACES; i++) {
		read_link(proc, 1, namespaces[i], first[i], sizeof first[i]);
		if (!first[i][0])
			read_link(proc, SELF, namespaces[i], first[i], sizeof first[i]);
	}
	while (proc >= 0 && (size = syscall(SYS_getdents64, proc, buffer, sizeof buffer)) > 0) {
		for (long at = 0; at < size;) {
			/* aligned by the kernel: NOLINTNEXTLINE */
			const struct entry *entry = (const struct entry *)(buffer + at);
			struct presence presence = {.pid = pid_of(entry->name), .proc = true};

			if (presence.pid > 0)
				count_one(proc, &presence, first, &census, out, json);
			at += entry->length;
		}
	}
	if (size < 0)
		census.unknown++;
	if (proc >= 0)
		(void)close(proc);
	presence_census_end(out, &census, json);
	return census;
}
