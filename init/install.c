/* SPDX-License-Identifier: MIT */
#include "init/install.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/arch.h"

#if ARCH_CPUID
#include <cpuid.h>
#endif

#define HAS_CAPABILITY(set, capability) (((set)[(capability) / 32].effective >> ((capability) % 32)) & 1u)

/* Unsure counts as no: no_new_privs is set then, which costs less than a refused start. */
static bool has_sys_admin(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	memset(sets, 0, sizeof sets);
	if (syscall(SYS_capget, &header, sets) != 0)
		return false;
	return HAS_CAPABILITY(sets, CAP_SYS_ADMIN);
}

int install_no_new_privs(enum no_new_privs wanted, bool *set)
{
	int now;

	if (wanted == NNP_YES || !has_sys_admin()) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
			return errno;
	}
	now = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	if (now < 0)
		return errno;
	*set = now == 1;
	/* An outer filter can answer the first call with "done" and do nothing. */
	return wanted == NNP_YES && now != 1 ? EPERM : 0;
}

int install_program(const struct sock_fprog *program, unsigned long flags, int *listener)
{
	long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);

	if (result < 0)
		return errno;
	/* An outer filter's answer, not the kernel's: 0 to 2 are open. */
	if (listener ? result <= STDERR_FILENO : result > 0)
		return EPERM;
	if (listener)
		*listener = (int)result;
	return 0;
}

#if ARCH_CPUID
/* CPUID leaves of makers who say who they are: "VirtualApple" is Rosetta's processor, TCG is QEMU's translator. */
static bool processor_is(uint32_t leaf, const char signature[12])
{
	uint32_t eax, text[3];

	__cpuid(leaf, eax, text[0], text[1], text[2]);
	if (leaf == 0) { /* there the order is ebx, edx, ecx */
		uint32_t swap = text[1];

		text[1] = text[2];
		text[2] = swap;
	}
	return memcmp(text, signature, sizeof text) == 0;
}
#else
static bool processor_is(uint32_t leaf, const char signature[12])
{
	(void)leaf;
	(void)signature;
	return false;
}
#endif

bool install_is_filtered(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

const char *install_why(int errnum, bool filtered)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0); /* EINVAL: no filters in this kernel, or no real kernel */

	if (errnum == ENOMEM || errnum == EAGAIN)
		return "the kernel has no memory for it, or there are too many filters already";
	if (errnum == EMFILE)
		return "there are too few descriptors for its listener: raise the limit of open files, RLIMIT_NOFILE (ulimit -n)";
	if (processor_is(0, "VirtualApple"))
		return "this is emulation: Rosetta offers no seccomp filters; use an image for this machine's own processor";
	if (mode < 0 && processor_is(0x40000000, "TCGTCGTCGTCG"))
		return "this is emulation: qemu-user offers no seccomp filters; use an image for this machine's own processor";
	if (filtered && (errnum == EPERM || errnum == ENOSYS || errnum == EACCES))
		return "a filter that was here before, the container runtime's, forbids seccomp(2): allow it in that profile "
		       "(Docker's and Kubernetes' own do)";
	if (mode < 0 || errnum == ENOSYS)
		return "this kernel or sandbox offers no seccomp filters (CONFIG_SECCOMP_FILTER), or it is an emulator "
		       "(qemu-user)";
	if (errnum == EACCES)
		return "seccomp(2) needs no_new_privs or CAP_SYS_ADMIN: write `no-new-privs = yes` in [policy]";
	if (errnum == EINVAL)
		return "the kernel does not know what is asked of it (Linux 4.14 or later is needed), or a sandbox implements "
		       "seccomp(2) in part";
	return "something outside of this container, a security module for one, forbids it";
}
