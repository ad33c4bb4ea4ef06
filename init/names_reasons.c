/* SPDX-License-Identifier: MIT */
/*
 * Reasons. Sources: what Docker's documentation says of the calls that its default profile denies; the kernel's own code
 * and manual pages; util-linux (libmount/src/hook_mount.c) for who uses the mount API; and programs that were run under
 * these policies beside a control. Nothing is listed as breaking that was not seen or is not documented to make the call.
 */
#include "init/names_reasons.h"

#include <string.h>

#include "init/words.h"

/*
 * Names, why, what breaks, three strings for each entry, and an empty one at the end: in one array, as pointers would
 * cost a relocation each. What breaks by a call is what breaks by its group, if it is "" here. The order is that of
 * names_groups.c.
 */
static const char reasons[] =
    "@default\0"
    "the mount API, and what Docker's default profile denies to a container without added capabilities\0"
    "container engines inside, rootless builds, Chromium's sandbox, eBPF agents, perf; ordinary servers run unchanged\0"

    "@strict\0"
    "@default, and what debuggers, sandboxes and profilers need besides and servers do not\0"
    "what @default breaks, and gdb, strace, crash reporters, APM agents, servers that chroot\0"

    "@mount\0"
    "all that changes the mount tree: leave one call open, and the others are denied for nothing\0"
    "mount, umount, fusermount, systemd, bubblewrap, container engines inside\0"

    "mount\0"
    "the old call for all of it: new mounts, bind mounts, remounts, moves\0\0"

    "umount umount2\0"
    "takes a mount away, and with it what it hid or made read-only\0\0"

    "pivot_root\0"
    "exchanges the root of a mount namespace for another directory\0"
    "bubblewrap, container engines inside\0"

    "open_tree\0"
    "with OPEN_TREE_CLONE it makes a mount out of any path, without it opens the path only\0"
    "mount of util-linux 2.39 and newer, systemd 258 and newer, which only look with it\0"

    "move_mount\0"
    "attaches what the new API made, or moves a mount\0"
    "mount of util-linux 2.39 and newer\0"

    "fsopen fsconfig fsmount\0"
    "a step of the new API to a mount: the file system, its parameters, the mount\0"
    "mount of util-linux 2.39 and newer, which takes the old call after ENOSYS only\0"

    "fspick\0"
    "opens a file system that is mounted, to give it other parameters\0"
    "mount -o remount of util-linux 2.39 and newer\0"

    "mount_setattr\0"
    "changes a mount where it is: writable again, with setuid programs and devices\0"
    "mount --make-private and the like of util-linux 2.39 and newer\0"

    "open_tree_attr\0"
    "changes a mount as mount_setattr does: alone it made a read-only one writable\0"
    "hardly anything yet: it came with Linux 6.15\0"

    "@namespaces\0"
    "new namespaces, and the way into others'; in a user namespace of its own a process has every capability\0"
    "rootless builds (Buildah, BuildKit), bubblewrap, Chromium's sandbox, unshare; no ordinary process or thread\0"

    "clone unshare\0"
    "a CLONE_NEW* flag means a namespace of one's own, and a user namespace every capability in it\0\0"

    "clone3\0"
    "its flags are in memory, where no filter sees them; after ENOSYS, and only then, C libraries take clone\0"
    "with ENOSYS next to nothing, with another errno threads\0"

    "setns\0"
    "joins the namespaces of another process: out of the container, if it gets hold of one there\0"
    "nsenter, ip netns, container engines inside\0"

    "@io-uring\0"
    "its operations on files, sockets and more pass by every filter, and its bugs were ways out of containers\0"
    "databases that use it; MariaDB goes on with Linux AIO\0"

    "@aio\0"
    "asynchronous input and output: Linux AIO, and io_uring, which passes by every filter\0"
    "databases, nginx with `aio on`, QEMU with aio=native\0"

    "@chown\0"
    "gives files to other users: a server that is set up has no use for it\0"
    "entrypoint scripts that chown their data, package managers, tar as root\0"

    "@clock\0"
    "the machine's clocks are in no namespace\0"
    "chronyd, ntpd, hwclock, date -s; adjtimex and clock_adjtime also read the clock's state\0"

    "@cpu-emulation\0"
    "modes of old processors: code that few use and few look at\0"
    "16-bit programs under Wine and DOSEMU\0"

    "@debug\0"
    "looks into other processes, and at what the machine does\0"
    "gdb, strace, perf, crash reporters, APM agents\0"

    "@keyring\0"
    "the kernel's key rings are in no namespace of a container: the same user ID has the same keys\0"
    "keyctl, Kerberos caches of type KEYRING, runc and crun inside\0"

    "@module\0"
    "code that runs in the kernel\0"
    "modprobe, insmod, rmmod\0"

    "@obsolete nfsservctl\0"
    "dead, or never came to life: what is left of it in the kernel nobody looks at\0\0"

    "@pkey\0"
    "memory protection keys, which most programs do without\0"
    "little: many processors have none\0"

    "@privileged\0"
    "what takes a capability: a server that runs as an ordinary user has none\0"
    "programs that start as root and give it up, entrypoint scripts that chown their data\0"

    "@raw-io\0"
    "input and output ports: past the kernel, to the hardware\0"
    "flashrom, old X servers\0"

    "@reboot\0"
    "restarts the machine, or starts another kernel in this one's place\0"
    "reboot, poweroff, kexec, kdump, an init system as PID 1\0"

    "@setuid\0"
    "becomes another user or group: who starts as an ordinary user has no use for it\0"
    "gosu and su-exec in entrypoint scripts, nginx and Apache as root, sshd, cron\0"

    "@swap\0"
    "swap space is the machine's\0"
    "swapon, swapoff\0"

    "acct\0"
    "process accounting: a container could switch off its own\0"
    "accton\0"

    "quotactl quotactl_fd\0"
    "disk quotas: a container could lift its own limits\0"
    "quotaon, edquota, xfs_quota\0"

    "sethostname setdomainname\0"
    "the host's name, if the UTS namespace is the host's\0"
    "hostname NAME, domainname NAME, systemd\0"

    "vhangup\0"
    "takes the terminal away from everybody who is on it\0"
    "agetty, login\0"

    "syslog\0"
    "reads and clears the kernel's log, which is the host's\0"
    "dmesg where there is no /dev/kmsg, klogd\0"

    "lsm_get_self_attr lsm_set_self_attr lsm_list_modules\0"
    "reads and sets what AppArmor, SELinux and Smack hold of a process\0"
    "hardly anything yet: they came with Linux 6.8\0"

    "fanotify_init fanotify_mark\0"
    "watches whole mounts, and can hold up who opens a file there\0"
    "on-access virus scanners, fatrace\0"

    "open_by_handle_at\0"
    "opens files by number, outside of the container too: an old breakout (`shocker`)\0"
    "NFS servers in user space (Ganesha), CRIU\0"

    "bpf\0"
    "loads programs that stay in the kernel\0"
    "bpftrace, bpftool, Cilium and other eBPF agents\0"

    "perf_event_open\0"
    "shows what the machine does, other containers too\0"
    "perf, bpftrace, profilers\0"

    "lookup_dcookie\0"
    "told a profiler which file an address was in; newer kernels do not have it\0"
    "OProfile of old\0"

    "kcmp\0"
    "compares what two processes have open\0"
    "CRIU\0"

    "pidfd_getfd\0"
    "takes a descriptor out of another process\0"
    "supervisors that answer seccomp notifications\0"

    "process_madvise\0"
    "advises the kernel about another process's memory\0"
    "memory managers such as Android's\0"

    "userfaultfd\0"
    "holds the kernel up in mid-copy for as long as one likes: the tool of many exploits\0"
    "live migration: QEMU's postcopy, CRIU's lazy pages\0"

    "get_mempolicy set_mempolicy set_mempolicy_home_node mbind migrate_pages move_pages\0"
    "places memory on the machine's nodes, other processes' too\0"
    "numactl, databases with NUMA options; MySQL warns of mbind and goes on\0"

    "ptrace\0"
    "reads and steers another process of the same user, registers and memory\0"
    "gdb, strace, crash reporters, .NET createdump, APM agents, LeakSanitizer\0"

    "process_vm_readv process_vm_writev\0"
    "the memory of another process of the same user, without stopping it\0"
    "strace, py-spy, crash reporters, .NET createdump, Open MPI within a host\0"

    "chroot fchroot\0"
    "for sandboxes; with CAP_SYS_CHROOT the classic way out of one\0"
    "sshd, vsftpd, Postfix, HAProxy with `chroot`, debootstrap\0"

    "personality\0"
    "switches address randomisation off, and makes all that is readable executable\0"
    "gdb, which switches randomisation off, and setarch\0";

/* Calls, a condition on them, and what a line with it means: three strings for each, and an empty one at the end. */
static const char cases[] = "clone unshare\0"
			    "flags & CLONE_NEWUSER\0"
			    "no new user namespace; the others take CAP_SYS_ADMIN\0"

			    "open_tree\0"
			    "flags & OPEN_TREE_CLONE|OPEN_TREE_NAMESPACE\0"
			    "opens paths and makes no mounts; open in part, says the report\0"

			    "mknod mknodat\0"
			    "mode & 0x2000\0"
			    "no devices, but FIFOs and sockets\0"

			    "chmod fchmod fchmodat fchmodat2\0"
			    "mode & S_ISUID|S_ISGID\0"
			    "no setuid and setgid programs\0";

/* Groups of denyinit's own making, each with what is different; the others are systemd's. */
static const char sources[] = "@default\0denyinit's own, after Docker's default profile (Kubernetes' RuntimeDefault)\0"
			      "@strict\0denyinit's own\0"
			      "@mount\0denyinit's own: systemd's has chroot besides, and not open_tree\0"
			      "@namespaces\0denyinit's own\0"
			      "@io-uring\0denyinit's own; systemd has these calls in @aio\0";

static const char *behind(const char *string)
{
	return string + strlen(string) + 1;
}

const char *names_reason_at(size_t i, struct reason *reason)
{
	const char *names = reasons;

	for (; i > 0 && *names; i--)
		names = behind(behind(behind(names)));
	if (!*names)
		return NULL;
	reason->why = behind(names);
	reason->breaks = behind(reason->why);
	return names;
}

static bool own_reason(const char *name, struct reason *reason)
{
	const char *names;

	for (size_t i = 0; (names = names_reason_at(i, reason)) != NULL; i++)
		if (words_place(names, name) >= 0)
			return true;
	return false;
}

bool names_group_has(const struct group *group, const char *call)
{
	const struct group_member *member;
	struct group_walk walk;

	names_walk_start(&walk, group);
	while ((member = names_walk_next(&walk)) != NULL)
		if (strcmp(member->name, call) == 0)
			return true;
	return false;
}

static size_t calls_in(const struct group *group)
{
	struct group_walk walk;
	size_t calls = 0;

	names_walk_start(&walk, group);
	while (names_walk_next(&walk))
		calls++;
	return calls;
}

const struct group *names_narrowest_group(const char *call)
{
	const struct group *group, *narrowest = NULL;

	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++)
		if (names_group_has(group, call) && (!narrowest || calls_in(group) < calls_in(narrowest)))
			narrowest = group;
	return narrowest;
}

bool names_reason(const char *name, struct reason *reason)
{
	const struct group *group = names_narrowest_group(name);
	struct reason of_group = {"", ""};
	bool own = own_reason(name, reason);

	if (group && own_reason(group->name, &of_group) && own && !reason->breaks[0])
		reason->breaks = of_group.breaks;
	if (!own)
		*reason = of_group;
	return own || group;
}

const char *names_source(const char *group)
{
	for (const char *name = sources; *name; name = behind(behind(name)))
		if (strcmp(name, group) == 0)
			return behind(name);
	return "systemd's group of this name (systemd 262)";
}

const char *names_case(const char *call, const char **meaning)
{
	for (const char *name = cases; *name; name = behind(behind(behind(name)))) {
		if (words_place(name, call) < 0)
			continue;
		*meaning = behind(behind(name));
		return behind(name);
	}
	return NULL;
}
