/* SPDX-License-Identifier: MIT */
/*
 * The groups. Sources: systemd 262, src/shared/seccomp-util.c (the groups with its names, but for @mount, and fchroot,
 * which is newer); Docker's default profile, profiles/seccomp/default.json of moby (what @default is made of). Names of
 * calls that only some architectures have belong here too: elsewhere they are absent.
 */
#include "init/names.h"

#include <string.h>

#include "init/arch.h"
#include "init/words.h"

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h. */
#define NEW_ANY 0x7e020000u
/*
 * Of unshare alone, in clone the same bits are others: CLONE_NEWTIME (part of clone's exit signal) and
 * UNSHARE_EMPTY_MNTNS (CLONE_PARENT_SETTID), a new and empty mount namespace, of Linux 7.1.
 */
#define NEW_BY_UNSHARE 0x00100080u

#define ENOSYS_LINUX 38

/* Members that mean less than the whole call, or another errno than the line's. */
static const struct group_member special[] = {
    {.name = "clone", .arg = ARCH_CLONE_FLAGS, .mask = NEW_ANY},
    {.name = "clone3", .arg = -1, .errnum = ENOSYS_LINUX},
    {.name = "unshare", .arg = 0, .mask = NEW_ANY | NEW_BY_UNSHARE},
};

/*
 * A group's members are words, each a call or, with its @, another group. (As an array of structures they would take
 * twice the space.)
 */

/* Every call that changes the mount tree. chroot changes none; statmount and listmount only read it. */
static const char mount[] = "mount "
			    "umount " /* i386 and other 32-bit ABIs; elsewhere umount2 is the only one */
			    "umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
			    "open_tree_attr "; /* alone made a read-only mount writable */

static const char module[] = "delete_module finit_module init_module ";

static const char swap[] = "swapoff swapon ";

static const char reboot[] = "kexec_file_load kexec_load reboot ";

static const char raw_io[] =
    "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write s390_pci_mmio_read s390_pci_mmio_write ";

static const char clock[] = "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday ";

static const char debug[] =
    "lookup_dcookie perf_event_open pidfd_getfd ptrace rtas s390_runtime_instr sys_debug_setcontext ";

static const char cpu_emulation[] = "modify_ldt subpage_prot switch_endian vm86 vm86old ";

static const char keyring[] = "add_key keyctl request_key ";

static const char io_uring[] = "io_uring_enter io_uring_register io_uring_setup ";

static const char aio[] =
    "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit @io-uring ";

static const char pkey[] = "pkey_alloc pkey_free pkey_mprotect ";

static const char setuid[] =
    "setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 "
    "setreuid setreuid32 setuid setuid32 ";

static const char chown[] = "chown chown32 fchown fchown32 fchownat lchown lchown32 ";

static const char obsolete[] =
    "_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms getpmsg gtty idle lock mpx prof "
    "profil putpmsg query_module security sgetmask ssetmask stime stty sysfs tuxcall ulimit uselib ustat "
    "vserver ";

static const char privileged[] =
    "@chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset chroot fanotify_init fanotify_mark "
    "fchroot nfsservctl open_by_handle_at pivot_root quotactl quotactl_fd setdomainname setfsuid setfsuid32 setgroups "
    "setgroups32 sethostname setresuid setresuid32 setreuid setreuid32 setuid setuid32 vhangup ";

/*
 * New namespaces, and the way into others'. Processes, threads and unshare(CLONE_FILES) stay as they are. clone3 has
 * its flags in memory, where no filter sees them: it gets ENOSYS, and libraries then use clone.
 */
static const char namespaces[] = "clone clone3 "
				 "setns " /* whole: its flags may be 0, which joins anything */
				 "unshare ";

/*
 * What Docker's default profile denies to a container without added capabilities, so that whatever runs there runs
 * here. Not the calls it denies only for being newer than itself (file_getattr, file_setattr, listns,
 * rseq_slice_yield). Not its limits on the values of personality and socket: a condition cannot say "other than" yet.
 * Not uprobe: the kernel lets no filter see it. Not chroot: CAP_SYS_CHROOT is one of Docker's default capabilities.
 */
static const char by_default[] =
    "@mount "
    "@namespaces " /* the runtime's work, and the way to capabilities over a namespace of one's own */
    "@module "     /* kernel code */
    "@reboot "     /* the host's, and kexec: another kernel */
    "@swap "       /* the host's */
    "@keyring "    /* keyrings are in no namespace */
    "@io-uring "   /* its operations pass by every filter; a row of breakouts */

    /* host administration */
    "acct " /* would let a container switch off its own accounting */
    "quotactl quotactl_fd sethostname setdomainname vhangup "
    "iopl " /* raw I/O ports */
    "ioperm "
    "settimeofday " /* clocks are in no namespace; adjtimex and clock_adjtime are also how one reads them */
    "stime clock_settime clock_settime64 "
    "syslog " /* the host's kernel log */
    "lsm_get_self_attr lsm_set_self_attr lsm_list_modules "
    "fanotify_init "     /* watches whole mounts */
    "open_by_handle_at " /* files outside of the container: an old breakout ("shocker") */

    /* into other processes and the kernel */
    "bpf "             /* programs that stay in the kernel */
    "perf_event_open " /* what the host does */
    "lookup_dcookie kcmp pidfd_getfd process_madvise "
    "userfaultfd " /* stops the kernel in mid-copy: the tool of many exploits */

    /* memory placement, by the page and node */
    "get_mempolicy set_mempolicy set_mempolicy_home_node mbind migrate_pages move_pages "

    /* dead, or never alive */
    "_sysctl afs_syscall create_module get_kernel_syms getpmsg nfsservctl putpmsg query_module security sysfs "
    "tuxcall uselib ustat vserver ";

/*
 * What debuggers, sandboxes and profilers need besides, and servers do not. seccomp, prctl, capset and landlock stay
 * open: servers use them to give up rights.
 */
static const char strict[] = "@default "
			     "@debug " /* ptrace first of all: another process of the same user, registers and all */
			     "process_vm_readv " /* the same without stopping it */
			     "process_vm_writev "
			     "chroot "   /* sandboxes; with CAP_SYS_CHROOT the classic way out of one */
			     "fchroot "; /* the same by a descriptor */

static const struct group groups[] = {
    {"@default", by_default},
    {"@strict", strict},
    {"@mount", mount},
    {"@namespaces", namespaces},
    {"@io-uring", io_uring},
    {"@aio", aio},
    {"@chown", chown},
    {"@clock", clock},
    {"@cpu-emulation", cpu_emulation},
    {"@debug", debug},
    {"@keyring", keyring},
    {"@module", module},
    {"@obsolete", obsolete},
    {"@pkey", pkey},
    {"@privileged", privileged},
    {"@raw-io", raw_io},
    {"@reboot", reboot},
    {"@setuid", setuid},
    {"@swap", swap},
};

_Static_assert(sizeof(groups) / sizeof(groups[0]) <= GROUPS_MAX, "GROUPS_MAX too small");

const struct group *names_group_at(size_t i)
{
	return i < sizeof(groups) / sizeof(groups[0]) ? &groups[i] : NULL;
}

const struct group *names_group(const char *name)
{
	const struct group *group;

	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++)
		if (strcmp(group->name, name) == 0)
			return group;
	return NULL;
}

void names_walk_start(struct group_walk *walk, const struct group *group)
{
	walk->level[0] = group->members;
	walk->depth = 1;
}

static const struct group_member *member_of_name(struct group_walk *walk, const char *name)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].name, name) == 0)
			return &special[i];
	walk->member = (struct group_member){.arg = -1};
	memcpy(walk->member.name, name, sizeof(walk->member.name));
	return &walk->member;
}

const struct group_member *names_walk_next(struct group_walk *walk)
{
	while (walk->depth > 0) {
		char name[GROUP_MEMBER_NAME] = "";
		const struct group *group;

		if (!words_next(&walk->level[walk->depth - 1], name, sizeof(name))) {
			walk->depth--;
			continue;
		}
		if (name[0] != '@')
			return member_of_name(walk, name);
		group = names_group(name);
		if (!group || walk->depth == GROUP_DEPTH)
			continue; /* cannot happen: tests/unit/test_names.c */
		walk->level[walk->depth++] = group->members;
	}
	return NULL;
}

bool names_is_mount_call(const char *name)
{
	return words_place(mount, name) >= 0;
}
