/* SPDX-License-Identifier: MIT */
#include "init/confine.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "init/arch.h"

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define IF_EQUAL(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no)))
#define IF_ANY_BIT(k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), (yes), (no)))
#define RETURN(action) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (action)))

#define EPERM_LINUX 1

/*
 * Whatever their arguments: with them alone nobody does anything to the workload but wait for it and signal it. Newer
 * architectures have no poll, 32-bit ones have times twice, and some a second end of signal handlers.
 */
static const uint16_t calls[] = {
    __NR_read,
    __NR_write,
#ifdef __NR_poll
    __NR_poll,
#endif
    __NR_ppoll,
    __NR_wait4,
    __NR_kill,
    __NR_close,
    __NR_setitimer,
    __NR_rt_sigreturn,
    __NR_rt_sigprocmask,
    __NR_clock_gettime,
    __NR_restart_syscall,
    __NR_exit_group,
    __NR_exit,
#ifdef __NR_ppoll_time64
    __NR_ppoll_time64,
#endif
#ifdef __NR_clock_gettime64
    __NR_clock_gettime64,
#endif
#if defined(__NR_sigreturn)
    __NR_sigreturn,
#endif
};
#define CALLS (sizeof calls / sizeof *calls)

size_t confine_assemble(int listener, int terminal, struct sock_filter filter[CONFINE_LENGTH_MAX])
{
	size_t n = 0;

	filter[n++] = LOAD(offsetof(struct seccomp_data, arch));
	filter[n++] = IF_EQUAL(ARCH_AUDIT, 1, 0);
	filter[n++] = RETURN(SECCOMP_RET_KILL_PROCESS);
	filter[n++] = LOAD(offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++) {
		filter[n] = IF_EQUAL(calls[i], (uint8_t)(CALLS - i + 13), 0);
		n++;
	}
	filter[n++] = IF_EQUAL(__NR_openat, 0, 2);
	filter[n++] = LOAD(ARCH_ARG_LOWER(2));
	filter[n++] = IF_ANY_BIT(O_ACCMODE | O_CREAT | O_TRUNC, 10, 11); /* for reading only */
	filter[n++] = IF_EQUAL(__NR_ioctl, 0, 9);
	filter[n++] = LOAD(ARCH_ARG_LOWER(0));
	filter[n++] = IF_EQUAL((uint32_t)listener, listener >= 0 ? 0 : 7, 3);
	filter[n++] = LOAD(ARCH_ARG_LOWER(1));
	filter[n++] = IF_EQUAL((uint32_t)SECCOMP_IOCTL_NOTIF_RECV, 6, 0);
	filter[n++] = IF_EQUAL((uint32_t)SECCOMP_IOCTL_NOTIF_SEND, 5, 4); /* not ADDFD: a descriptor for the workload */
	filter[n++] = IF_EQUAL((uint32_t)terminal, terminal >= 0 ? 0 : 3, 3);
	filter[n++] = LOAD(ARCH_ARG_LOWER(1));
	filter[n++] = IF_EQUAL(TIOCGPGRP, 2, 0);
	filter[n++] = IF_EQUAL(TIOCSPGRP, 1, 0);
	filter[n++] = RETURN(SECCOMP_RET_ERRNO | EPERM_LINUX);
	filter[n++] = RETURN(SECCOMP_RET_ALLOW);
	return n;
}
