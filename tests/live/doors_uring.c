/* SPDX-License-Identifier: MIT */
/*
 * doors_uring: what system calls do, done by operations of io_uring: the kernel carries them out without asking any
 * filter. By its three calls alone, no library.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "doors.h"

/* Operations that the machine's linux/io_uring.h may be too old for. */
enum {
	OP_WAITID = 50,
	OP_FUTEX_WAKE = 52,
	OP_FTRUNCATE = 55,
	OP_BIND = 56,
	OP_LISTEN = 57,
	OP_EPOLL_WAIT = 59,
	OP_PIPE = 62,
};

#define FILE_FD 3 /* "file", open for reading and writing: doors.c */
#define ADDRESS(pointer) ((uint64_t)(uintptr_t)(pointer))

static uint32_t loaded(const unsigned char *word)
{
	return __atomic_load_n((const uint32_t *)(const void *)word, __ATOMIC_ACQUIRE);
}

#define THREAD_IDLE_MS 10000u

/*
 * One operation through a ring of its own. Its result, or -errno: of the ring's making, too. With a thread of the
 * kernel's, which looks for operations by itself, io_uring_setup is the only call that is needed. -EAGAIN: the thread had
 * looked before the operation was there, and sleeps.
 */
static int operate(const struct io_uring_sqe *operation, bool by_thread)
{
	struct io_uring_params params = {.flags = by_thread ? IORING_SETUP_SQPOLL : 0,
	                                 .sq_thread_idle = THREAD_IDLE_MS};
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
	struct io_uring_sqe *entries;
	unsigned char *shared;
	size_t size;
	int result;

	if (ring < 0)
		return -errno;
	size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	entries = mmap(NULL, params.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
	               ring, IORING_OFF_SQES);
	if (shared == MAP_FAILED || entries == MAP_FAILED)
		return -errno;
	entries[0] = *operation;
	*(uint32_t *)(void *)(shared + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(void *)(shared + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	while (by_thread && loaded(shared + params.cq_off.tail) == 0) {
		if (loaded(shared + params.sq_off.flags) & IORING_SQ_NEED_WAKEUP) {
			close(ring);
			return -EAGAIN;
		}
		sched_yield();
	}
	if (!by_thread && syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	result = ((struct io_uring_cqe *)(void *)(shared + params.cq_off.cqes))->res;
	close(ring);
	return result;
}

static bool is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static bool made(void)
{
	return is_there("new");
}

static bool moved(void)
{
	return is_there("new") && !is_there("file");
}

static bool file_gone(void)
{
	return !is_there("file");
}

static bool emptied(void)
{
	struct stat status;

	return stat("file", &status) == 0 && status.st_size == 0;
}

static bool grown(void)
{
	struct stat status;

	return stat("file", &status) == 0 && status.st_size == 100;
}

static bool attribute_set(void)
{
	char value[8];

	return getxattr("file", "trusted.new", value, sizeof value) > 0;
}

static char buffer[4096];

static bool text_read(void)
{
	return memcmp(buffer, "text", 4) == 0;
}

static bool byte_read(void)
{
	return buffer[0] == 'x';
}

static const struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0600};
static struct iovec bytes = {buffer, 4}, one_byte = {"x", 1}, room = {buffer, 1};
static struct msghdr message = {.msg_iov = &one_byte, .msg_iovlen = 1}, answer = {.msg_iov = &room, .msg_iovlen = 1};
static int pipes[4][2], pair[2], event, epoll, listener, client, fresh[2];
static struct sockaddr_in address;
static struct epoll_event wanted = {.events = EPOLLIN}, happened;
static siginfo_t info;
static uint32_t word;

/* What operations may need, made by the calls themselves before the one that is denied is tried. */
static bool prepare(void)
{
	socklen_t length = sizeof address;
	pid_t pid;

	address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	for (int i = 0; i < 4; i++)
		if (pipe2(pipes[i], 0) != 0)
			return false;
	event = eventfd(1, 0);
	epoll = epoll_create1(0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	return pid > 0 && event >= 0 && epoll >= 0 && write(pipes[0][1], "x", 1) == 1 && length > 0;
}

static bool prepare_pair(void)
{
	return prepare() && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
}

static bool prepare_full_pair(void)
{
	return prepare_pair() && write(pair[1], "x", 1) == 1;
}

/* A bound socket needs the very calls that other rows deny: each has what it needs, and no more. */
static bool prepare_socket(void)
{
	client = socket(AF_INET, SOCK_STREAM, 0);
	return prepare() && client >= 0;
}

static bool prepare_listener(void)
{
	socklen_t length = sizeof address;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	return prepare_socket() && bind(listener, (struct sockaddr *)&address, length) == 0 &&
	       listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&address, &length) == 0;
}

static bool prepare_connection(void)
{
	return prepare_listener() && connect(client, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool prepare_watch(void)
{
	return prepare() && epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted) == 0;
}

#define OPERATION(name, ...) .entry = {.opcode = (name), __VA_ARGS__}
#define IN_FOLDER(name, ...) OPERATION(name, .fd = AT_FDCWD, __VA_ARGS__)
#define TO_FILE(name, ...) OPERATION(name, .fd = FILE_FD, __VA_ARGS__)

/* The call's name; what has to be there before; the descriptor, if it is none of the two above; the operation; what is
 * to be seen of it (without: its result is all). */
/* clang-format off */
static const struct row {
	const char *call;
	bool (*prepare)(void);
	const int *fd_of;
	struct io_uring_sqe entry;
	bool (*seen)(void);
} rows[] = {
	{"openat", prepare, .seen = made,
	 IN_FOLDER(IORING_OP_OPENAT, .addr = ADDRESS("new"), .len = 0600, .open_flags = O_CREAT)},
	{"openat2", prepare, .seen = made,
	 IN_FOLDER(IORING_OP_OPENAT2, .addr = ADDRESS("new"), .len = sizeof how, .off = ADDRESS(&how))},
	{"statx", prepare,
	 IN_FOLDER(IORING_OP_STATX, .addr = ADDRESS("file"), .len = 0x7ff, .off = ADDRESS(buffer))},
	{"mkdirat", prepare, .seen = made, IN_FOLDER(IORING_OP_MKDIRAT, .addr = ADDRESS("new"), .len = 0700)},
	{"symlinkat", prepare, .seen = made,
	 IN_FOLDER(IORING_OP_SYMLINKAT, .addr = ADDRESS("file"), .addr2 = ADDRESS("new"))},
	{"linkat", prepare, .seen = made,
	 IN_FOLDER(IORING_OP_LINKAT, .addr = ADDRESS("file"), .addr2 = ADDRESS("new"), .len = (uint32_t)AT_FDCWD)},
	{"renameat", prepare, .seen = moved,
	 IN_FOLDER(IORING_OP_RENAMEAT, .addr = ADDRESS("file"), .addr2 = ADDRESS("new"), .len = (uint32_t)AT_FDCWD)},
	{"unlinkat", prepare, .seen = file_gone, IN_FOLDER(IORING_OP_UNLINKAT, .addr = ADDRESS("file"))},
	{"setxattr", prepare, .seen = attribute_set,
	 OPERATION(IORING_OP_SETXATTR, .addr = ADDRESS("trusted.new"), .addr2 = ADDRESS("x"), .addr3 = ADDRESS("file"),
	           .len = 1)},
	{"fsetxattr", prepare, .seen = attribute_set,
	 TO_FILE(IORING_OP_FSETXATTR, .addr = ADDRESS("trusted.new"), .addr2 = ADDRESS("x"), .len = 1)},
	{"getxattr", prepare, .seen = byte_read,
	 OPERATION(IORING_OP_GETXATTR, .addr = ADDRESS("trusted.old"), .addr2 = ADDRESS(buffer), .addr3 = ADDRESS("file"),
	           .len = 1)},
	{"fgetxattr", prepare, .seen = byte_read,
	 TO_FILE(IORING_OP_FGETXATTR, .addr = ADDRESS("trusted.old"), .addr2 = ADDRESS(buffer), .len = 1)},
	{"fallocate", prepare, .seen = grown, TO_FILE(IORING_OP_FALLOCATE, .addr = 100)},
	{"ftruncate", prepare, .seen = emptied, TO_FILE(OP_FTRUNCATE)},
	{"fsync", prepare, TO_FILE(IORING_OP_FSYNC)},
	{"sync_file_range", prepare, TO_FILE(IORING_OP_SYNC_FILE_RANGE)},
	{"fadvise64", prepare, TO_FILE(IORING_OP_FADVISE)},
	{"madvise", prepare, OPERATION(IORING_OP_MADVISE)},
	{"preadv", prepare, .seen = text_read, TO_FILE(IORING_OP_READV, .addr = ADDRESS(&bytes), .len = 1)},
	{"pwritev", prepare, .seen = grown,
	 TO_FILE(IORING_OP_WRITEV, .off = 99, .addr = ADDRESS(&one_byte), .len = 1)},
	{"poll", prepare, &event, OPERATION(IORING_OP_POLL_ADD, .poll32_events = POLLIN)},
	{"epoll_ctl", prepare, &epoll,
	 OPERATION(IORING_OP_EPOLL_CTL, .addr = ADDRESS(&wanted), .len = EPOLL_CTL_ADD)},
	{"epoll_wait", prepare_watch, &epoll, OPERATION(OP_EPOLL_WAIT, .addr = ADDRESS(&happened), .len = 1)},
	{"splice", prepare, &pipes[1][1],
	 OPERATION(IORING_OP_SPLICE, .off = UINT64_MAX, .addr = UINT64_MAX, .len = 1)},
	{"tee", prepare, &pipes[1][1], OPERATION(IORING_OP_TEE, .len = 1)},
	{"pipe2", prepare, OPERATION(OP_PIPE, .addr = ADDRESS(fresh))},
	{"waitid", prepare,
	 OPERATION(OP_WAITID, .len = P_ALL, .file_index = WEXITED, .addr2 = ADDRESS(&info))},
	{"futex_wake", prepare,
	 OPERATION(OP_FUTEX_WAKE, .fd = 2 /* FUTEX2_SIZE_U32 */, .addr = ADDRESS(&word), .off = 1, .addr3 = 1)},
	{"socket", prepare, OPERATION(IORING_OP_SOCKET, .fd = AF_INET, .off = SOCK_STREAM)},
	{"bind", prepare_socket, &client, OPERATION(OP_BIND, .addr = ADDRESS(&address), .addr2 = sizeof address)},
	{"listen", prepare_socket, &client, OPERATION(OP_LISTEN, .len = 1)},
	{"connect", prepare_listener, &client,
	 OPERATION(IORING_OP_CONNECT, .addr = ADDRESS(&address), .off = sizeof address)},
	{"accept4", prepare_connection, &listener, OPERATION(IORING_OP_ACCEPT)},
	{"shutdown", prepare_pair, &pair[0], OPERATION(IORING_OP_SHUTDOWN, .len = SHUT_RDWR)},
	{"sendto", prepare_pair, &pair[0], OPERATION(IORING_OP_SEND, .addr = ADDRESS("x"), .len = 1)},
	{"sendmsg", prepare_pair, &pair[0], OPERATION(IORING_OP_SENDMSG, .addr = ADDRESS(&message), .len = 1)},
	{"recvfrom", prepare_full_pair, &pair[0], .seen = byte_read,
	 OPERATION(IORING_OP_RECV, .addr = ADDRESS(buffer), .len = 1)},
	{"recvmsg", prepare_full_pair, &pair[0], .seen = byte_read,
	 OPERATION(IORING_OP_RECVMSG, .addr = ADDRESS(&answer), .len = 1)},
};
/* clang-format on */

#define ROWS ((int)(sizeof rows / sizeof *rows))

int uring_try(const char *call, bool by_thread)
{
	for (int i = 0; i < ROWS; i++) {
		struct io_uring_sqe operation = rows[i].entry;
		int result;

		if (strcmp(rows[i].call, call) != 0)
			continue;
		if (!rows[i].prepare())
			return DOOR_BROKEN;
		if (rows[i].fd_of)
			operation.fd = *rows[i].fd_of;
		if (operation.opcode == IORING_OP_SPLICE || operation.opcode == IORING_OP_TEE)
			operation.splice_fd_in = pipes[0][0];
		if (operation.opcode == IORING_OP_EPOLL_CTL)
			operation.off = (uint64_t)event;
		do
			result = operate(&operation, by_thread);
		while (by_thread && result == -EAGAIN);
		/* Before the operation was there. */
		if (result == -EINVAL && operation.opcode > IORING_OP_SENDMSG_ZC)
			return DOOR_ABSENT;
		if (result < 0)
			return -result;
		return !rows[i].seen || rows[i].seen() ? 0 : DOOR_NO_EFFECT;
	}
	return DOOR_BROKEN;
}

const char *uring_name(int i)
{
	static char name[40] = "uring:";

	if (i >= ROWS)
		return NULL;
	strncpy(name + 6, rows[i].call, sizeof name - 7);
	return name;
}
