/* SPDX-License-Identifier: MIT */
/*
 * The groups. Sources: systemd 262, src/shared/seccomp-util.c (the groups with its names, but for @mount); Docker's
 * default profile, profiles/seccomp/default.json of moby (what @default is made of). Names of calls that only some
 * architectures have belong here too: elsewhere they are absent.
 */
#include "init/names.h"

#include <string.h>

#define CALL(name_)                      \
	{                                \
		.name = name_, .arg = -1 \
	}
#define GROUP(name_)                     \
	{                                \
		.name = name_, .arg = -1 \
	}
#define CALL_IF(name_, arg_, mask_)                       \
	{                                                 \
		.name = name_, .arg = arg_, .mask = mask_ \
	}
#define CALL_ALWAYS(name_, errnum_)                         \
	{                                                   \
		.name = name_, .arg = -1, .errnum = errnum_ \
	}

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h. */
#define NEW_ANY 0x7e020000u
/*
 * Of unshare alone, in clone the same bits are others: CLONE_NEWTIME (part of clone's exit signal) and
 * UNSHARE_EMPTY_MNTNS (CLONE_PARENT_SETTID), a new and empty mount namespace, of Linux 7.1.
 */
#define NEW_BY_UNSHARE 0x00100080u

#if defined(__s390x__)
#define CLONE_FLAGS_ARG 1 /* CONFIG_CLONE_BACKWARDS2: the stack comes first */
#else
#define CLONE_FLAGS_ARG 0
#endif

#define ENOSYS_LINUX 38

/* Every call that changes the mount tree. chroot changes none; statmount and listmount only read it. */
static const struct group_member mount[] = {
    CALL("mount"),         CALL("umount"), /* i386 and other 32-bit ABIs; elsewhere umount2 is the only one */
    CALL("umount2"),       CALL("pivot_root"),     CALL("open_tree"), CALL("move_mount"),
    CALL("fsopen"),        CALL("fsconfig"),       CALL("fsmount"),   CALL("fspick"),
    CALL("mount_setattr"), CALL("open_tree_attr"), /* alone made a read-only mount writable */
};

static const struct group_member module[] = {
    CALL("delete_module"),
    CALL("finit_module"),
    CALL("init_module"),
};

static const struct group_member swap[] = {
    CALL("swapoff"),
    CALL("swapon"),
};

static const struct group_member reboot[] = {
    CALL("kexec_file_load"),
    CALL("kexec_load"),
    CALL("reboot"),
};

static const struct group_member raw_io[] = {
    CALL("ioperm"),
    CALL("iopl"),
    CALL("pciconfig_iobase"),
    CALL("pciconfig_read"),
    CALL("pciconfig_write"),
    CALL("s390_pci_mmio_read"),
    CALL("s390_pci_mmio_write"),
};

static const struct group_member clock[] = {
    CALL("adjtimex"),      CALL("clock_adjtime"),   CALL("clock_adjtime64"),
    CALL("clock_settime"), CALL("clock_settime64"), CALL("settimeofday"),
};

static const struct group_member debug[] = {
    CALL("lookup_dcookie"), CALL("perf_event_open"),    CALL("pidfd_getfd"),          CALL("ptrace"),
    CALL("rtas"),           CALL("s390_runtime_instr"), CALL("sys_debug_setcontext"),
};

static const struct group_member cpu_emulation[] = {
    CALL("modify_ldt"), CALL("subpage_prot"), CALL("switch_endian"), CALL("vm86"), CALL("vm86old"),
};

static const struct group_member keyring[] = {
    CALL("add_key"),
    CALL("keyctl"),
    CALL("request_key"),
};

static const struct group_member io_uring[] = {
    CALL("io_uring_enter"),
    CALL("io_uring_register"),
    CALL("io_uring_setup"),
};

static const struct group_member aio[] = {
    CALL("io_cancel"), CALL("io_destroy"), CALL("io_getevents"), CALL("io_pgetevents"), CALL("io_pgetevents_time64"),
    CALL("io_setup"),  CALL("io_submit"),  GROUP("@io-uring"),
};

static const struct group_member pkey[] = {
    CALL("pkey_alloc"),
    CALL("pkey_free"),
    CALL("pkey_mprotect"),
};

static const struct group_member setuid[] = {
    CALL("setgid"),     CALL("setgid32"),   CALL("setgroups"),   CALL("setgroups32"), CALL("setregid"),
    CALL("setregid32"), CALL("setresgid"),  CALL("setresgid32"), CALL("setresuid"),   CALL("setresuid32"),
    CALL("setreuid"),   CALL("setreuid32"), CALL("setuid"),      CALL("setuid32"),
};

static const struct group_member chown[] = {
    CALL("chown"),    CALL("chown32"), CALL("fchown"),   CALL("fchown32"),
    CALL("fchownat"), CALL("lchown"),  CALL("lchown32"),
};

static const struct group_member obsolete[] = {
    CALL("_sysctl"),
    CALL("afs_syscall"),
    CALL("bdflush"),
    CALL("break"),
    CALL("create_module"),
    CALL("ftime"),
    CALL("get_kernel_syms"),
    CALL("getpmsg"),
    CALL("gtty"),
    CALL("idle"),
    CALL("lock"),
    CALL("mpx"),
    CALL("prof"),
    CALL("profil"),
    CALL("putpmsg"),
    CALL("query_module"),
    CALL("security"),
    CALL("sgetmask"),
    CALL("ssetmask"),
    CALL("stime"),
    CALL("stty"),
    CALL("sysfs"),
    CALL("tuxcall"),
    CALL("ulimit"),
    CALL("uselib"),
    CALL("ustat"),
    CALL("vserver"),
};

static const struct group_member privileged[] = {
    GROUP("@chown"),     GROUP("@clock"),       GROUP("@module"),      GROUP("@raw-io"),      GROUP("@reboot"),
    GROUP("@swap"),      CALL("_sysctl"),       CALL("acct"),          CALL("bpf"),           CALL("capset"),
    CALL("chroot"),      CALL("fanotify_init"), CALL("fanotify_mark"), CALL("nfsservctl"),    CALL("open_by_handle_at"),
    CALL("pivot_root"),  CALL("quotactl"),      CALL("quotactl_fd"),   CALL("setdomainname"), CALL("setfsuid"),
    CALL("setfsuid32"),  CALL("setgroups"),     CALL("setgroups32"),   CALL("sethostname"),   CALL("setresuid"),
    CALL("setresuid32"), CALL("setreuid"),      CALL("setreuid32"),    CALL("setuid"),        CALL("setuid32"),
    CALL("vhangup"),
};

/*
 * New namespaces, and the way into others'. Processes, threads and unshare(CLONE_FILES) stay as they are. clone3 has
 * its flags in memory, where no filter sees them: it gets ENOSYS, and libraries then use clone.
 */
static const struct group_member namespaces[] = {
    CALL_IF("clone", CLONE_FLAGS_ARG, NEW_ANY),
    CALL_ALWAYS("clone3", ENOSYS_LINUX),
    CALL("setns"), /* whole: its flags may be 0, which joins anything */
    CALL_IF("unshare", 0, NEW_ANY | NEW_BY_UNSHARE),
};

/*
 * What Docker's default profile denies to a container without added capabilities, so that whatever runs there runs
 * here. Not the calls it denies only for being newer than itself (file_getattr, file_setattr, listns,
 * rseq_slice_yield). Not its limits on the values of personality and socket: a condition cannot say "other than" yet.
 * Not uprobe: the kernel lets no filter see it. Not chroot: CAP_SYS_CHROOT is one of Docker's default capabilities.
 */
static const struct group_member by_default[] = {
    GROUP("@mount"),
    GROUP("@namespaces"), /* the runtime's work, and the way to capabilities over a namespace of one's own */
    GROUP("@module"),     /* kernel code */
    GROUP("@reboot"),     /* the host's, and kexec: another kernel */
    GROUP("@swap"),       /* the host's */
    GROUP("@keyring"),    /* keyrings are in no namespace */
    GROUP("@io-uring"),   /* its operations pass by every filter; a row of breakouts */

    /* host administration */
    CALL("acct"), /* would let a container switch off its own accounting */
    CALL("quotactl"),
    CALL("quotactl_fd"),
    CALL("sethostname"),
    CALL("setdomainname"),
    CALL("vhangup"),
    CALL("iopl"), /* raw I/O ports */
    CALL("ioperm"),
    CALL("settimeofday"), /* clocks are in no namespace; adjtimex and clock_adjtime are also how one reads them */
    CALL("stime"),
    CALL("clock_settime"),
    CALL("clock_settime64"),
    CALL("syslog"), /* the host's kernel log */
    CALL("lsm_get_self_attr"),
    CALL("lsm_set_self_attr"),
    CALL("lsm_list_modules"),
    CALL("fanotify_init"),     /* watches whole mounts */
    CALL("open_by_handle_at"), /* files outside of the container: an old breakout ("shocker") */

    /* into other processes and the kernel */
    CALL("bpf"),             /* programs that stay in the kernel */
    CALL("perf_event_open"), /* what the host does */
    CALL("lookup_dcookie"),
    CALL("kcmp"),
    CALL("pidfd_getfd"),
    CALL("process_madvise"),
    CALL("userfaultfd"), /* stops the kernel in mid-copy: the tool of many exploits */

    /* memory placement, by the page and node */
    CALL("get_mempolicy"),
    CALL("set_mempolicy"),
    CALL("set_mempolicy_home_node"),
    CALL("mbind"),
    CALL("migrate_pages"),
    CALL("move_pages"),

    /* dead, or never alive */
    CALL("_sysctl"),
    CALL("afs_syscall"),
    CALL("create_module"),
    CALL("get_kernel_syms"),
    CALL("getpmsg"),
    CALL("nfsservctl"),
    CALL("putpmsg"),
    CALL("query_module"),
    CALL("security"),
    CALL("sysfs"),
    CALL("tuxcall"),
    CALL("uselib"),
    CALL("ustat"),
    CALL("vserver"),
};

/*
 * What debuggers, sandboxes and profilers need besides, and servers do not. seccomp, prctl, capset and landlock stay
 * open: servers use them to give up rights.
 */
static const struct group_member strict[] = {
    GROUP("@default"),
    GROUP("@debug"),          /* ptrace first of all: another process of the same user, registers and all */
    CALL("process_vm_readv"), /* the same without stopping it */
    CALL("process_vm_writev"),
    CALL("chroot"), /* sandboxes; with CAP_SYS_CHROOT the classic way out of one */
};

#define TABLE(name_, members_)                                            \
	{                                                                 \
		name_, members_, sizeof(members_) / sizeof((members_)[0]) \
	}

static const struct group groups[] = {
    TABLE("@default", by_default),
    TABLE("@strict", strict),
    TABLE("@mount", mount),
    TABLE("@namespaces", namespaces),
    TABLE("@io-uring", io_uring),
    TABLE("@aio", aio),
    TABLE("@chown", chown),
    TABLE("@clock", clock),
    TABLE("@cpu-emulation", cpu_emulation),
    TABLE("@debug", debug),
    TABLE("@keyring", keyring),
    TABLE("@module", module),
    TABLE("@obsolete", obsolete),
    TABLE("@pkey", pkey),
    TABLE("@privileged", privileged),
    TABLE("@raw-io", raw_io),
    TABLE("@reboot", reboot),
    TABLE("@setuid", setuid),
    TABLE("@swap", swap),
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
	walk->level[0].group = group;
	walk->level[0].next = 0;
	walk->depth = 1;
}

const struct group_member *names_walk_next(struct group_walk *walk)
{
	while (walk->depth > 0) {
		const struct group *group = walk->level[walk->depth - 1].group;
		const struct group_member *member;

		if (walk->level[walk->depth - 1].next == group->count) {
			walk->depth--;
			continue;
		}
		member = &group->members[walk->level[walk->depth - 1].next++];
		if (member->name[0] != '@')
			return member;
		group = names_group(member->name);
		if (!group || walk->depth == GROUP_DEPTH)
			continue; /* cannot happen: tests/unit/test_names.c */
		walk->level[walk->depth].group = group;
		walk->level[walk->depth].next = 0;
		walk->depth++;
	}
	return NULL;
}

bool names_is_mount_call(const char *name)
{
	for (size_t i = 0; i < sizeof(mount) / sizeof(mount[0]); i++)
		if (strcmp(mount[i].name, name) == 0)
			return true;
	return false;
}
