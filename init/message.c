/* SPDX-License-Identifier: MIT */
#include "init/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The default of terminationMessagePath. The kubelet mounts a file of its own there, and shows 4096 bytes of it. */
static const char left_at[] = "/dev/termination-log";
static char left[4096];
static size_t left_used, left_last; /* bytes; where the last line begins, at most in the middle */

enum { NOT_TRIED = -2, NONE = -1 };
static int left_fd = NOT_TRIED;

static void say(const char *format, va_list arguments, const char *ending)
{
	char raw[1024], line[2048] = "denyinit: ";
	size_t used = strlen(line);

	vsnprintf(raw, sizeof raw, format, arguments);
	for (const unsigned char *c = (const unsigned char *)raw; *c && used < sizeof line - 64; c++) {
		if (*c < 0x20 || *c >= 0x7f)
			used += (size_t)snprintf(line + used, 8, "\\x%02x", *c);
		else
			line[used++] = (char)*c;
	}
	used += (size_t)snprintf(line + used, sizeof line - used, "%s\n", ending);
	while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
		; /* there is nobody to tell that stderr cannot be written */
	/* Findings can be many, and the last line says the most: when half is used, a line replaces the one before. */
	if (left_used > sizeof left - sizeof line)
		left_used = left_last;
	left_last = left_used;
	memcpy(left + left_used, line, used);
	left_used += used;
}

/*
 * Neither created nor followed: /dev may be the workload's, a link in it could lead to any file, and a FIFO or a device
 * could hang or do something. O_NONBLOCK: a FIFO without a reader (ENXIO), and a lease, for which open(2) would wait.
 */
void message_prepare(void)
{
	struct stat status;

	if (left_fd != NOT_TRIED)
		return;
	left_fd = openat(AT_FDCWD, left_at, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	/* 0 to 2: one of them was closed, and its place is not for this. */
	if (left_fd < 0 || (left_fd > STDERR_FILENO && fstat(left_fd, &status) == 0 && S_ISREG(status.st_mode)))
		return;
	(void)close(left_fd);
	left_fd = NONE;
}

void message_renounce(void)
{
	if (left_fd >= 0)
		(void)close(left_fd);
	left_fd = NONE;
}

void message_leave(void)
{
	message_prepare();
	if (left_fd >= 0)
		(void)!write(left_fd, left, left_used); /* nobody is to be told */
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, "");
	va_end(arguments);
}

int refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, ". Not starting (125).");
	va_end(arguments);
	message_leave();
	return MESSAGE_REFUSED;
}
