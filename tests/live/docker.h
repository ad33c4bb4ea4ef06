/* SPDX-License-Identifier: MIT */
/*
 * docker: what Docker's default seccomp profile (moby, profiles/seccomp) does on x86_64 to a container without added
 * capabilities. The profile is a list of what is allowed, as long as the kernel's tables; this is the other side of it,
 * and says the same: every number up to DOCKER_NEWEST that is not here is allowed.
 *
 * Numbers, not SYS_ constants: the headers of the machine that builds the tests may be older than the profile.
 */
#ifndef TESTS_LIVE_DOCKER_H
#define TESTS_LIVE_DOCKER_H

#include <stdint.h>

/* runc answers ENOSYS above the newest call that the profile names (removexattrat), and to clone3; else it is EPERM. */
#define DOCKER_NEWEST 466

/* No call of this machine; the profile allows none of them. */
#define DOCKER_GAP_FIRST 336
#define DOCKER_GAP_LAST 423

static const struct docker_group {
	const char *only_with; /* the capability that would have to be added; NULL: none opens it */
	struct {
		const char *name;
		int nr;
	} denied[32];
} docker_groups[] = {
    {NULL, {{"_sysctl", 156},        {"add_key", 248},         {"afs_syscall", 183},
            {"create_module", 174},  {"get_kernel_syms", 177}, {"getpmsg", 181},
            {"io_uring_setup", 425}, {"io_uring_enter", 426},  {"io_uring_register", 427},
            {"kexec_load", 246},     {"kexec_file_load", 320}, {"keyctl", 250},
            {"migrate_pages", 256},  {"move_pages", 279},      {"nfsservctl", 180},
            {"pivot_root", 155},     {"putpmsg", 182},         {"query_module", 178},
            {"request_key", 249},    {"security", 185},        {"swapon", 167},
            {"swapoff", 168},        {"sysfs", 139},           {"tuxcall", 184},
            {"uselib", 134},         {"userfaultfd", 323},     {"ustat", 136},
            {"vserver", 236}}},
    {"SYS_ADMIN",
     {{"fanotify_init", 300},    {"fsconfig", 431},       {"fsmount", 432},           {"fsopen", 430},
      {"fspick", 433},           {"lookup_dcookie", 212}, {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
      {"lsm_list_modules", 461}, {"mount", 165},          {"mount_setattr", 442},     {"move_mount", 429},
      {"open_tree", 428},        {"quotactl", 179},       {"quotactl_fd", 443},       {"setdomainname", 171},
      {"sethostname", 170},      {"setns", 308},          {"umount2", 166},           {"unshare", 272}}},
    {"BPF, PERFMON, SYSLOG", {{"bpf", 321}, {"perf_event_open", 298}, {"syslog", 103}}},
    {"DAC_READ_SEARCH", {{"open_by_handle_at", 304}}},
    {"SYS_BOOT", {{"reboot", 169}}},
    {"SYS_MODULE", {{"delete_module", 176}, {"init_module", 175}, {"finit_module", 313}}},
    {"SYS_NICE", {{"get_mempolicy", 239}, {"mbind", 237}, {"set_mempolicy", 238}, {"set_mempolicy_home_node", 450}}},
    {"SYS_PACCT", {{"acct", 163}}},
    {"SYS_PTRACE", {{"kcmp", 312}, {"pidfd_getfd", 438}, {"process_madvise", 440}}},
    {"SYS_RAWIO", {{"iopl", 172}, {"ioperm", 173}}},
    {"SYS_TIME", {{"settimeofday", 164}, {"clock_settime", 227}}},
    {"SYS_TTY_CONFIG", {{"vhangup", 153}}},
};

#define DOCKER_CLONE3 435

/* Allowed for some arguments only. */
#define DOCKER_CLONE 56
#define DOCKER_CLONE_DENIED 0x7e020000 /* every CLONE_NEW flag */
#define DOCKER_SOCKET 41
static const uint32_t docker_families_denied[] = {38 /* AF_ALG */, 40 /* AF_VSOCK */};
#define DOCKER_PERSONALITY 135
static const uint32_t docker_personalities[] = {0, 0x8, 0x20000, 0x20008, 0xffffffff};

#endif
