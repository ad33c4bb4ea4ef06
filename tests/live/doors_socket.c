/* SPDX-License-Identifier: MIT */
/* doors_socket: ways in that are about sockets, terminals and filters. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/tiocl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doors.h"

/* ---- sockets ---- */

/* A child that takes one connection and answers whether a byte came over it; its port. */
static pid_t make_server(struct sockaddr_in *address)
{
	socklen_t length = sizeof *address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	if (listener < 0 || bind(listener, (struct sockaddr *)address, length) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)address, &length) != 0)
		return -1;
	pid = make_child();
	if (pid == 0) {
		struct pollfd ready = {.fd = listener, .events = POLLIN};
		char byte = 0;
		int peer;

		if (poll(&ready, 1, 10000) != 1)
			_exit(1);
		peer = accept4(listener, NULL, NULL, 0);
		_exit(peer >= 0 && read(peer, &byte, 1) == 1 && byte == 'x' ? 42 : 1);
	}
	close(listener);
	return pid;
}

static int reach_server(long (*reach)(int, const struct sockaddr_in *))
{
	struct sockaddr_in address;
	pid_t pid = make_server(&address);
	int fd = socket(AF_INET, SOCK_STREAM, 0), error, status = 0;

	if (pid < 0 || fd < 0)
		return DOOR_BROKEN;
	error = error_of(reach(fd, &address));
	if (error) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		return error;
	}
	return done(waitpid(pid, &status, 0), WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static long by_connect(int fd, const struct sockaddr_in *address)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
		return -1;
	return write(fd, "x", 1);
}

static long by_sendto(int fd, const struct sockaddr_in *address)
{
	return sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)address, sizeof *address);
}

static long by_sendmsg(int fd, const struct sockaddr_in *address)
{
	struct iovec bytes = {"x", 1};
	struct msghdr message = {
	    .msg_name = (void *)(uintptr_t)address, .msg_namelen = sizeof *address, .msg_iov = &bytes, .msg_iovlen = 1};

	return sendmsg(fd, &message, MSG_FASTOPEN);
}

static long by_sendmmsg(int fd, const struct sockaddr_in *address)
{
	struct iovec bytes = {"x", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = (void *)(uintptr_t)address,
	                                      .msg_namelen = sizeof *address,
	                                      .msg_iov = &bytes,
	                                      .msg_iovlen = 1}};

	return sendmmsg(fd, &message, 1, MSG_FASTOPEN);
}

static int try_connect(void)
{
	return reach_server(by_connect);
}

static int try_sendto(void)
{
	return reach_server(by_sendto);
}

static int try_sendmsg(void)
{
	return reach_server(by_sendmsg);
}

static int try_sendmmsg(void)
{
	return reach_server(by_sendmmsg);
}

static int take_connection(bool by_accept4)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
	    connect(fd, (struct sockaddr *)&address, length) != 0)
		return DOOR_BROKEN;
	return error_of(by_accept4 ? syscall(SYS_accept4, listener, NULL, NULL, 0)
	                           : syscall(SYS_accept, listener, NULL, NULL));
}

static int try_accept(void)
{
	return take_connection(false);
}

static int try_accept4(void)
{
	return take_connection(true);
}

static int try_socket_plain(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM, 0));
}

static int try_socket_cloexec(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int try_socket_both(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/* ---- terminals, filters ---- */

/*
 * Puts a byte into the input of a terminal, as if it had been typed. By TIOCSTI into a terminal of its own; by TIOCLINUX
 * into a console of the kernel's, where there is one: of what it selects on the screen.
 */
static int try_tiocsti(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char *name = NULL, byte = 0;

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || !(name = ptsname(master)))
		return DOOR_BROKEN;
	(void)setsid();
	slave = open(name, O_RDWR);
	if (slave < 0 || (ioctl(slave, TIOCSCTTY, 0) != 0 && errno != EPERM))
		return DOOR_BROKEN;
	if (ioctl(slave, TIOCSTI, "\n") != 0)
		return errno;
	return done(read(slave, &byte, 1), byte == '\n');
}

static int try_tioclinux(void)
{
	static const struct {
		char pad, subcode;
		struct tiocl_selection selection;
	} __attribute__((packed)) select = {0, TIOCL_SETSEL, {1, 1, 3, 1, TIOCL_SELCHAR}};
	char paste = TIOCL_PASTESEL, bytes[16] = "";
	struct pollfd input;
	int fd = open("/dev/tty9", O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return DOOR_ABSENT;
	(void)!write(fd, "\033c\033[Hxyz\n", 9);
	if (ioctl(fd, TIOCLINUX, &select.subcode) != 0)
		return errno;
	if (ioctl(fd, TIOCLINUX, &paste) != 0)
		return errno;
	if (ioctl(fd, TIOCSTI, "\n") != 0) { /* only to end the line, so that it can be read */
	}
	input = (struct pollfd){.fd = fd, .events = POLLIN};
	(void)poll(&input, 1, 2000);
	(void)!read(fd, bytes, sizeof bytes);
	return done(0, strstr(bytes, "xyz") != NULL);
}

static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
static struct sock_fprog allow_program = {1, allow};

static int try_seccomp(void)
{
	return error_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &allow_program));
}

static int try_prctl_seccomp(void)
{
	return error_of(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &allow_program, 0, 0));
}

const struct way socket_ways[] = {
    {"connect", try_connect},
    {"sendto", try_sendto},
    {"sendmsg", try_sendmsg},
    {"sendmmsg", try_sendmmsg},
    {"accept", try_accept},
    {"accept4", try_accept4},
    {"socket:plain", try_socket_plain},
    {"socket:cloexec", try_socket_cloexec},
    {"socket:both", try_socket_both},
    {"ioctl:tiocsti", try_tiocsti},
    {"ioctl:tioclinux", try_tioclinux},
    {"seccomp", try_seccomp},
    {"prctl:seccomp", try_prctl_seccomp},
    {NULL, NULL},
};
