/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The kernel's headers, not libc's: what conditions are about. */
#include <asm/ioctls.h>
#include <asm/prctl.h>
#include <linux/bpf.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/ipc.h>
#include <linux/keyctl.h>
#include <linux/memfd.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <linux/stat.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "init/names.h"
#include "init/policy.h"
#include "init/words.h"
#include "selftest/mount_api.h"
#include "selftest/numbers.h"

/* ---- groups ---- */

/* Whether the group has the call, as members of groups in it too. */
static const struct group_member *member_of(const char *group, const char *call)
{
	static struct group_walk walk; /* what is returned lives in it */
	const struct group_member *member;

	names_walk_start(&walk, names_group(group));
	while ((member = names_walk_next(&walk)) != NULL)
		if (strcmp(member->name, call) == 0)
			return member;
	return NULL;
}

/* systemd 262, and denyinit's own @mount and @io-uring. @NAME in a list: that group's calls too. */
static const struct {
	const char *group;
	const char *calls;
} lists[] = {
    {"@mount", "mount umount umount2 pivot_root open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick "
               "mount_setattr"},
    {"@module", "delete_module finit_module init_module"},
    {"@swap", "swapoff swapon"},
    {"@reboot", "kexec_file_load kexec_load reboot"},
    {"@raw-io", "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write s390_pci_mmio_read s390_pci_mmio_write"},
    {"@clock", "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday"},
    {"@debug", "lookup_dcookie perf_event_open pidfd_getfd ptrace rtas s390_runtime_instr sys_debug_setcontext"},
    {"@cpu-emulation", "modify_ldt subpage_prot switch_endian vm86 vm86old"},
    {"@keyring", "add_key keyctl request_key"},
    {"@io-uring", "io_uring_enter io_uring_register io_uring_setup"},
    {"@aio", "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit @io-uring"},
    {"@pkey", "pkey_alloc pkey_free pkey_mprotect"},
    {"@chown", "chown chown32 fchown fchown32 fchownat lchown lchown32"},
    {"@setuid", "setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 "
                "setreuid setreuid32 setuid setuid32"},
    {"@obsolete",
     "_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms getpmsg gtty idle lock mpx prof "
     "profil putpmsg query_module security sgetmask ssetmask stime stty sysfs tuxcall ulimit uselib ustat "
     "vserver"},
    {"@privileged", "@chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset chroot fanotify_init fchroot "
                    "fanotify_mark nfsservctl open_by_handle_at pivot_root quotactl quotactl_fd setdomainname setfsuid "
                    "setfsuid32 setgroups setgroups32 sethostname setresuid setresuid32 setreuid setreuid32 setuid "
                    "setuid32 vhangup"},
    {"@namespaces", "clone clone3 setns unshare"},
    {"@strict", "@default @debug process_vm_readv process_vm_writev chroot fchroot"},
};

/* Docker's default profile without capabilities: what it denies as a whole, but for what is only newer than it. */
static const char docker_denies[] =
    "_sysctl add_key afs_syscall create_module get_kernel_syms getpmsg io_uring_setup io_uring_enter io_uring_register "
    "kexec_load kexec_file_load keyctl migrate_pages move_pages nfsservctl open_tree_attr pivot_root putpmsg query_module "
    "request_key security swapon swapoff sysfs tuxcall uselib userfaultfd ustat vserver clone3 fanotify_init fsconfig "
    "fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_set_self_attr lsm_list_modules mount mount_setattr "
    "move_mount open_tree quotactl quotactl_fd setdomainname sethostname setns umount umount2 bpf perf_event_open syslog "
    "open_by_handle_at reboot init_module finit_module delete_module acct kcmp pidfd_getfd process_madvise iopl ioperm "
    "settimeofday stime clock_settime clock_settime64 get_mempolicy mbind set_mempolicy set_mempolicy_home_node vhangup "
    /* limited by argument */
    "clone unshare";

/* ... and what it lets through, so that it must run here too. */
static const char docker_allows[] =
    "chroot ptrace process_vm_readv process_vm_writev adjtimex clock_adjtime capset prctl seccomp personality socket "
    "chown setuid setgroups setresuid fanotify_mark io_setup io_submit pkey_alloc modify_ldt landlock_create_ruleset "
    "statmount listmount file_getattr file_setattr listns rseq_slice_yield mknod name_to_handle_at";

/* Counts what of words (with @groups) is not in group. */
static unsigned missing(const char *group, const char *words)
{
	unsigned count = 0;
	char word[POLICY_NAME_MAX];

	while (words_next(&words, word, sizeof(word))) {
		const struct group_member *member;
		struct group_walk walk;

		if (word[0] != '@') {
			if (!member_of(group, word)) {
				fprintf(stderr, "%s lacks %s\n", group, word);
				count++;
			}
			continue;
		}
		assert_non_null(names_group(word));
		names_walk_start(&walk, names_group(word));
		while ((member = names_walk_next(&walk)) != NULL)
			count += !member_of(group, member->name);
	}
	return count;
}

/* Counts the calls of group that are not among words (with @groups). */
static unsigned surplus(const char *group, const char *words)
{
	const struct group_member *member;
	struct group_walk walk;
	unsigned count = 0;

	names_walk_start(&walk, names_group(group));
	while ((member = names_walk_next(&walk)) != NULL) {
		bool listed = words_place(words, member->name) >= 0;
		char word[POLICY_NAME_MAX];

		for (const char *at = words; !listed && words_next(&at, word, sizeof(word));)
			listed = word[0] == '@' && member_of(word, member->name);
		if (!listed) {
			fprintf(stderr, "%s has %s\n", group, member->name);
			count++;
		}
	}
	return count;
}

static void test_groups(void **state)
{
	size_t groups = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_non_null(names_group(lists[i].group));
		assert_int_equal(missing(lists[i].group, lists[i].calls), 0);
		assert_int_equal(surplus(lists[i].group, lists[i].calls), 0);
	}
	assert_int_equal(missing("@default", docker_denies), 0);
	assert_int_equal(surplus("@default", docker_denies), 0);
	for (const char *at = docker_allows;;) {
		char word[POLICY_NAME_MAX];

		if (!words_next(&at, word, sizeof(word)))
			break;
		assert_null(member_of("@default", word));
	}
	while (names_group_at(groups))
		groups++;
	assert_int_equal(groups, sizeof(lists) / sizeof(lists[0]) + 1); /* and @default */
	assert_null(names_group("mount"));
	assert_null(names_group("@"));
	assert_null(names_group("@mounts"));
}

static unsigned depth_of(const struct group *group, unsigned limit)
{
	unsigned deepest = 0;
	char word[POLICY_NAME_MAX];

	assert_true(limit > 0); /* or a group is in itself */
	for (const char *at = group->members; words_next(&at, word, sizeof(word));) {
		if (word[0] == '@') {
			const struct group *inner = names_group(word);
			unsigned depth;

			assert_non_null(inner);
			depth = depth_of(inner, limit - 1);
			deepest = depth > deepest ? depth : deepest;
		}
	}
	return deepest + 1;
}

static size_t calls_below(const struct group *group)
{
	size_t calls = 0;
	char word[POLICY_NAME_MAX];

	for (const char *at = group->members; words_next(&at, word, sizeof(word));) {
		assert_true(word[0] == '@' || strlen(word) < GROUP_MEMBER_NAME);
		calls += word[0] == '@' ? calls_below(names_group(word)) : 1;
	}
	return calls;
}

/* What the parser and the walk rely on. */
static void test_group_tables(void **state)
{
	const struct group *group;

	(void)state;
	for (size_t i = 0; (group = names_group_at(i)) != NULL; i++) {
		const struct group_member *member;
		struct group_walk walk;
		size_t walked = 0;

		assert_true(depth_of(group, 10) <= GROUP_DEPTH);
		assert_true(strlen(group->name) < POLICY_NAME_MAX);
		names_walk_start(&walk, group);
		while ((member = names_walk_next(&walk)) != NULL) {
			const struct group_member *first = member_of(group->name, member->name);
			struct argument argument;

			walked++;
			assert_non_null(memchr(member->name, '\0', sizeof(member->name)));
			/* The first mention counts: no other one may say something else. */
			assert_int_equal(first->arg, member->arg);
			assert_int_equal(first->mask, member->mask);
			assert_int_equal(first->errnum, member->errnum);
			if (member->arg < 0) {
				assert_null(names_vital(member->name));
				assert_int_equal(member->mask, 0);
			} else {
				assert_true(names_argument_at(member->name, member->arg, &argument));
				assert_int_equal(argument.width, WIDTH_32);
				assert_int_not_equal(member->mask, 0);
			}
			assert_false(names_unfilterable(member->name));
		}
		assert_int_equal(walked, calls_below(group));
	}
}

static void test_namespaces(void **state)
{
	static const char *const flags[] = {"CLONE_NEWNS",   "CLONE_NEWCGROUP", "CLONE_NEWUTS", "CLONE_NEWIPC",
	                                    "CLONE_NEWUSER", "CLONE_NEWPID",    "CLONE_NEWNET"};
	const struct group_member *clone = member_of("@namespaces", "clone");
	const struct group_member *unshare = member_of("@namespaces", "unshare");
	uint64_t all = 0, value;

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		assert_true(names_constant(flags[i], &value));
		all |= value;
	}
	assert_int_equal(clone->mask, all);
	assert_true(names_constant("CLONE_NEWTIME", &value));
	all |= value;
	assert_true(names_constant("UNSHARE_EMPTY_MNTNS", &value));
	all |= value;
	assert_int_equal(unshare->mask, all);
	assert_int_equal(member_of("@namespaces", "clone3")->errnum, names_errno("ENOSYS"));
}

/* The judge has a list of its own. */
static void test_mount_calls(void **state)
{
	(void)state;
	assert_int_equal(calls_below(names_group("@mount")), MOUNT_API_ROWS);
	for (size_t i = 0; i < MOUNT_API_ROWS; i++)
		assert_true(names_is_mount_call(mount_api[i].name));
	assert_false(names_is_mount_call("chroot"));
	assert_false(names_is_mount_call("statmount"));
	assert_false(names_is_mount_call(""));
}

/* ---- errno names ---- */

static void test_errnos(void **state)
{
	const char *name;
	size_t names = 0;

	(void)state;
	for (int number = 1; number < 200; number++) {
		const char *theirs = strerrorname_np(number);

		if (!theirs)
			continue;
		assert_int_equal(names_errno(theirs), number);
		assert_string_equal(names_of_errno((unsigned)number), theirs);
		names++;
	}
	assert_true(names >= 130);
	for (size_t i = 0; (name = names_errno_at(i)) != NULL; i++) {
		assert_true(names_errno(name) >= 1 && names_errno(name) <= 4095);
		assert_true(names_errno(name) < 512); /* the kernel's restart codes and beyond */
	}
	assert_int_equal(names_errno("EWOULDBLOCK"), names_errno("EAGAIN"));
	assert_int_equal(names_errno("EDEADLOCK"), names_errno("EDEADLK"));
	assert_int_equal(names_errno("ENOTSUP"), names_errno("EOPNOTSUPP"));
	assert_int_equal(names_errno("EFTYPE"), 134);
	assert_int_equal(names_errno("eperm"), 0);
	assert_int_equal(names_errno("E"), 0);
	assert_int_equal(names_errno(""), 0);
	assert_null(names_of_errno(0));
	assert_null(names_of_errno(41));
	assert_null(names_of_errno(4095));
}

/* ---- constants ---- */

/* As the machine's headers have them; all of them: tests/docs/names.bats. */
#define SAME(name)                               \
	{                                        \
#name, (uint64_t)(int64_t)(name) \
	}

static const struct {
	const char *name;
	uint64_t value;
} values[] = {
    SAME(SOCK_STREAM),      SAME(SOCK_PACKET),       SAME(AF_UNSPEC),       SAME(AF_UNIX),
    SAME(AF_ALG),           SAME(AF_VSOCK),          SAME(PF_UNIX),         SAME(PF_PACKET),
    SAME(IPPROTO_ICMP),     SAME(SOL_SOCKET),        SAME(SOL_ALG),         SAME(AT_FDCWD),
    SAME(O_RDONLY),         SAME(PROT_NONE),         SAME(TIOCSTI),         SAME(TIOCLINUX),
    SAME(TIOCSETD),         SAME(TIOCGPTPEER),       SAME(TCGETS),          SAME(FICLONE),
    SAME(PTRACE_TRACEME),   SAME(PTRACE_ATTACH),     SAME(PTRACE_SEIZE),    SAME(PTRACE_PEEKTEXT),
    SAME(PR_SET_NAME),      SAME(PR_SET_MM),         SAME(PR_SET_PTRACER),  SAME(PR_SET_MM_EXE_FILE),
    SAME(KEYCTL_READ),      SAME(KEYCTL_SEARCH),     SAME(BPF_MAP_CREATE),  SAME(BPF_PROG_LOAD),
    SAME(BPF_PROG_RUN),     SAME(PER_LINUX),         SAME(PER_LINUX32),     SAME(KEY_SPEC_SESSION_KEYRING),
    SAME(F_DUPFD),          SAME(F_ADD_SEALS),       SAME(FUTEX_WAIT),      SAME(FUTEX_LOCK_PI2),
    SAME(MADV_DONTNEED),    SAME(MADV_HWPOISON),     SAME(RLIMIT_NOFILE),   SAME(SIGKILL),
    SAME(MS_ASYNC),         {"S_IFCHR", 0020000},    {"S_IFSOCK", 0140000}, SAME(MAP_SHARED_VALIDATE),
    SAME(CLOCK_BOOTTIME),   SAME(FSCONFIG_SET_PATH), SAME(SCHED_FIFO),      SAME(SECCOMP_SET_MODE_FILTER),
    SAME(IPC_RMID),         SAME(NETLINK_NETFILTER), SAME(ARCH_SET_FS),     SAME(IORING_UNREGISTER_FILES),
    SAME(SO_ATTACH_FILTER), SAME(MPOL_BIND),         SAME(LOCK_UN),         SAME(LINUX_REBOOT_CMD_POWER_OFF),
};

static const struct {
	const char *name;
	uint64_t bits;
} flags[] = {
    SAME(CLONE_NEWNS),
    SAME(CLONE_NEWTIME),
    SAME(CLONE_IO),
    SAME(CLONE_INTO_CGROUP),
    SAME(CSIGNAL),
    SAME(OPEN_TREE_CLONE),
    SAME(OPEN_TREE_CLOEXEC),
    SAME(MOVE_MOUNT_T_EMPTY_PATH),
    SAME(FSOPEN_CLOEXEC),
    SAME(FSPICK_NO_AUTOMOUNT),
    SAME(MOUNT_ATTR_IDMAP),
    SAME(MS_BIND),
    SAME(MS_REC),
    SAME(MS_LAZYTIME),
    {"MNT_DETACH", 2},
    {"UMOUNT_NOFOLLOW", 8},
    SAME(O_CREAT),
    SAME(O_WRONLY),
    SAME(O_RDWR),
    SAME(O_ACCMODE),
    SAME(O_DIRECTORY),
    SAME(O_CLOEXEC),
    SAME(SOCK_NONBLOCK),
    SAME(SOCK_CLOEXEC),
    SAME(MSG_FASTOPEN),
    SAME(MSG_OOB),
    SAME(AT_EMPTY_PATH),
    SAME(AT_SYMLINK_NOFOLLOW),
    {"S_ISUID", 04000},
    {"S_ISGID", 02000},
    {"S_IWOTH", 02},
    {"S_IFMT", 0170000},
    SAME(RENAME_EXCHANGE),
    SAME(MFD_HUGETLB),
    SAME(PROT_EXEC),
    SAME(PROT_GROWSUP),
    SAME(MAP_SHARED),
    SAME(MAP_FIXED),
    SAME(MAP_32BIT),
    SAME(MAP_HUGETLB),
    SAME(MREMAP_DONTUNMAP),
    SAME(PTRACE_O_EXITKILL),
    SAME(SECBIT_NOROOT_LOCKED),
    SAME(SECCOMP_FILTER_FLAG_TSYNC),
    SAME(UFFD_USER_MODE_ONLY),
    SAME(PERF_FLAG_PID_CGROUP),
    SAME(UNAME26),
    SAME(READ_IMPLIES_EXEC),
    SAME(ADDR_NO_RANDOMIZE),
    SAME(FUTEX_PRIVATE_FLAG),
    SAME(IORING_ENTER_EXT_ARG),
    SAME(GRND_INSECURE),
    SAME(IPC_CREAT),
    SAME(FD_CLOEXEC),
    SAME(LOCK_EX),
    {"O_SYNC", __O_SYNC},
    {"O_TMPFILE", __O_TMPFILE},
};

/* All the flags that are more than one bit. */
static const char several[] = "CSIGNAL O_ACCMODE S_IFMT S_IRWXO S_IRWXG S_IRWXU AT_STATX_SYNC_TYPE "
			      "LOCK_RW FAN_MARK_MNTNS FAN_REPORT_DFID_NAME FAN_REPORT_DFID_NAME_TARGET "
			      "FAN_MARK_IGNORE_SURV MAP_TYPE PER_CLEAR_ON_SETID ";

static void test_constants(void **state)
{
	uint64_t value, bits;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		bool flag = strcmp(values[i].name, "MS_ASYNC") == 0 || strcmp(values[i].name, "LOCK_UN") == 0;

		assert_true(names_constant(values[i].name, &value));
		assert_int_equal(value, values[i].value);
		assert_int_equal(names_constant_is_mask(values[i].name), flag);
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		assert_true(names_constant_is_mask(flags[i].name));
		assert_true(names_constant_bits(flags[i].name, &bits));
		assert_int_equal(bits, flags[i].bits);
		assert_true(names_constant(flags[i].name, &value));
		assert_int_equal(value & bits, bits);
	}
	/* The whole value is right for `==`. */
	assert_true(names_constant("O_TMPFILE", &value));
	assert_int_equal(value, __O_TMPFILE | O_DIRECTORY);
	assert_true(names_constant("O_SYNC", &value));
	assert_int_equal(value, __O_SYNC | O_DSYNC);
	/* Newer than many a machine's headers, and of every row of bits above 32. */
	assert_true(names_constant("UNSHARE_EMPTY_MNTNS", &value));
	assert_int_equal(value, 0x100000);
	assert_true(names_constant("CLONE_EMPTY_MNTNS", &value));
	assert_int_equal(value, 1ull << 37);
	assert_true(names_constant("OPEN_TREE_NAMESPACE", &value));
	assert_int_equal(value, 2);
	assert_true(names_constant("KEY_SPEC_REQUESTOR_KEYRING", &value));
	assert_int_equal(value, (uint64_t)-8);

	static const char *const none[] = {
	    "",        "clone_newns",  "CLONE_", "CLONE_NEWNS ", "NEWNS", "CLONE_NEWNS=20000", "AF_MAX", "PF_",
	    "PF_NONE", "&CLONE_NEWNS", "=",      "SIG",          " ",     "RESOLVE_BENEATH"};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(names_constant(none[i], &value));
		assert_false(names_constant_bits(none[i], &bits));
		assert_false(names_constant_is_mask(none[i]));
	}
}

static void test_constant_table(void **state)
{
	struct constant_walk walk;
	const char *name, *last = NULL;
	size_t count = 0;

	(void)state;
	names_constants_start(&walk);
	for (; (name = names_constants_next(&walk)) != NULL; count++) {
		uint64_t value, bits = 0;

		assert_true(strlen(name) > 3 || strcmp(name, "P_PID") == 0);
		assert_int_equal(strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"), strlen(name));
		assert_true(names_constant(name, &value));
		assert_int_equal(value, walk.value); /* no name is there twice with two values */
		assert_int_equal(names_constant_bits(name, &bits), walk.bits && value != 0);
		if (walk.bits && (bits & (bits - 1)) != 0 && words_place(several, name) < 0)
			fail_msg("%s is several bits", name);
	}
	assert_true(count >= 1000);
	assert_null(names_constants_next(&walk));
	assert_string_equal(walk.name, "LINUX_REBOOT_CMD_SW_SUSPEND");

	/* By index: in order, and not. */
	names_constants_start(&walk);
	for (size_t i = 0; i < count; i++) {
		last = names_constants_next(&walk);
		assert_string_equal(names_constant_at(i), last);
		assert_string_equal(names_constant_at(i), last);
	}
	assert_null(names_constant_at(count));
	assert_null(names_constant_at(count + 7));
	assert_string_equal(names_constant_at(2), "CLONE_FS");
	assert_string_equal(names_constant_at(0), "CLONE_NEWTIME");
	assert_string_equal(names_constant_at(count - 1), last);
	assert_null(names_constant_at(SIZE_MAX));
}

/* What is written by name is read as the same value. */
static void test_names_of_constants(void **state)
{
	static const struct {
		const char *call, *argument;
		uint64_t value;
		bool bits;
		const char *name;
	} rows[] = {
	    {"clone", "flags", 0x20000, true, "CLONE_NEWNS"},
	    {"clone", "flags", 0x80, true, NULL}, /* part of the signal */
	    {"unshare", "flags", 0x80, true, "CLONE_NEWTIME"},
	    {"unshare", "flags", 0x100000, true, "UNSHARE_EMPTY_MNTNS"},
	    {"mount", "flags", 1, true, "MS_RDONLY"},
	    {"openat", "flags", 0x400000, true, "O_TMPFILE"},
	    {"openat", "flags", 0x410000, false, "O_TMPFILE"},
	    {"openat", "flags", 0x410000, true, NULL},
	    {"openat", "flags", 0, false, "O_RDONLY"},
	    {"openat", "mode", 04000, true, "S_ISUID"},
	    {"access", "mode", 4, true, NULL},
	    {"socket", "family", 1, false, "AF_UNIX"},
	    {"socket", "type", 3, false, "SOCK_RAW"},
	    {"socket", "type", 0x80000, true, "SOCK_CLOEXEC"},
	    {"socket", "protocol", 1, false, NULL},
	    {"ioctl", "cmd", 0x5412, false, "TIOCSTI"},
	    {"ioctl", "cmd", 0x541c, false, "TIOCLINUX"},
	    {"ioctl", "arg", 0x5412, false, NULL},
	    {"prctl", "option", 35, false, "PR_SET_MM"},
	    {"prctl", "option", 1, false, "PR_SET_PDEATHSIG"},
	    {"ptrace", "request", 16, false, "PTRACE_ATTACH"},
	    {"keyctl", "option", 11, false, "KEYCTL_READ"},
	    {"kill", "sig", 9, false, "SIGKILL"},
	    {"personality", "personality", 8, false, "PER_LINUX32"},
	    {"seccomp", "op", 2, false, "SECCOMP_GET_ACTION_AVAIL"},
	    {"seccomp", "flags", 2, true, "SECCOMP_FILTER_FLAG_LOG"},
	    {"unlinkat", "flag", 0x200, true, NULL},
	    {"nothing", "flags", 1, true, NULL},
	    {"fork", "", 1, true, NULL},
	};
	char name[NAMES_CONSTANT];
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *found =
		    names_of_constant(rows[i].call, rows[i].argument, rows[i].value, rows[i].bits, name);

		if (!rows[i].name) {
			assert_null(found);
			continue;
		}
		assert_non_null(found);
		assert_string_equal(found, rows[i].name);
		assert_true(rows[i].bits ? names_constant_bits(found, &value) : names_constant(found, &value));
		assert_int_equal(value, rows[i].value);
	}
}

/* ---- arguments ---- */

static void test_arguments(void **state)
{
	static const struct {
		const char *call, *name;
		int index;
		enum width width;
	} rows[] = {
	    {"open_tree", "flags", 2, WIDTH_32},
	    {"open_tree", "filename", 1, WIDTH_POINTER},
	    {"mount", "flags", 3, WIDTH_64},
	    {"socket", "domain", 0, WIDTH_32},
	    {"socket", "family", 0, WIDTH_32},
	    {"clone", "flags", 0, WIDTH_32},
	    {"clone", "clone_flags", 0, WIDTH_32},
	    {"unshare", "flags", 0, WIDTH_32},
	    {"setns", "nstype", 1, WIDTH_32},
	    {"ioctl", "cmd", 1, WIDTH_32},
	    {"ioctl", "arg", 2, WIDTH_64},
	    {"mmap", "prot", 2, WIDTH_32},
	    {"mmap", "fd", 4, WIDTH_32},
	    {"mmap", "off", 5, WIDTH_64},
	    {"mprotect", "prot", 2, WIDTH_64},
	    {"chmod", "mode", 1, WIDTH_16},
	    {"openat", "mode", 3, WIDTH_16},
	    {"access", "mode", 1, WIDTH_32},
	    {"writev", "fd", 0, WIDTH_32},
	    {"fcntl", "arg", 2, WIDTH_32},
	    {"ptrace", "pid", 1, WIDTH_32},
	    {"personality", "personality", 0, WIDTH_32},
	    {"fallocate", "offset", 2, WIDTH_64},
	    {"ftruncate", "length", 1, WIDTH_64},
	    {"setuid32", "uid", 0, WIDTH_32},
	    {"clock_settime64", "which_clock", 0, WIDTH_32},
	    {"clock_nanosleep_time64", "rqtp", 2, WIDTH_POINTER},
	    {"truncate64", "length", 1, WIDTH_64},
	    {"unlinkat", "flags", 2, WIDTH_32},
	    {"unlinkat", "flag", 2, WIDTH_32},
	    {"ptrace", "request", 0, WIDTH_64},
	    {"open_tree_attr", "uattr", 3, WIDTH_POINTER},
	    {"prctl", "option", 0, WIDTH_32},
	    {"clone3", "size", 1, WIDTH_64},
	    {"fanotify_mark", "pathname", 4, WIDTH_POINTER},
	};
	struct argument argument;
	char names[60];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(names_argument(rows[i].call, rows[i].name, &argument));
		assert_int_equal(argument.index, rows[i].index);
		assert_int_equal(argument.width, rows[i].width);
		memset(&argument, 0xff, sizeof(argument));
		assert_true(names_argument_at(rows[i].call, rows[i].index, &argument));
		assert_int_equal(argument.index, rows[i].index);
		assert_int_equal(argument.width, rows[i].width);
	}
	assert_true(names_argument_at("prctl", 4, &argument));
	assert_int_equal(argument.width, WIDTH_64);
	assert_true(names_argument_at("keyctl", 4, &argument));
	assert_int_equal(argument.width, WIDTH_32);
	assert_false(names_argument_at("getpid", 0, &argument));
	assert_false(names_argument_at("32", 0, &argument));
	assert_false(names_argument_at("_time64", 0, &argument));
	assert_false(names_argument_at("chown,fchown", 0, &argument));
	assert_false(names_argument_at("chow", 0, &argument));
	assert_false(names_argument_at("@clone", 0, &argument));
	assert_false(names_argument("chown", "user:16", &argument));
	assert_false(names_argument_at("prctl", 5, &argument));
	assert_false(names_argument_at("open_tree", -1, &argument));
	assert_false(names_argument_at("fork", 0, &argument));
	assert_false(names_argument("prctl", "-", &argument));
	assert_false(names_argument("open_tree", "flag", &argument));
	assert_false(names_argument("open_tree", "flagss", &argument));
	assert_false(names_argument("open_tree", "", &argument));
	assert_false(names_argument("open_tre", "flags", &argument));
	assert_false(names_argument("", "flags", &argument));

	assert_string_equal(names_arguments("socket", names, sizeof(names)), "family type protocol");
	assert_string_equal(names_arguments("keyctl", names, sizeof(names)), "option");
	assert_string_equal(names_arguments("fork", names, sizeof(names)), "");
	assert_string_equal(names_arguments("socket", names, 11), "family"); /* cut between names */
	assert_string_equal(names_arguments("getpid", names, sizeof(names)), "");
	assert_null(names_arguments("afs_syscall", names, sizeof(names)));
	assert_null(names_arguments("", names, sizeof(names)));
}

/* On i386: where the argument is that is `index` on x86_64. */
static void test_arguments_on_i386(void **state)
{
	static const struct {
		const char *call;
		int index, low, high;
		enum width width;
	} rows[] = {
	    {"clone", 0, 0, 0, WIDTH_32},
	    {"clone", 3, 4, 4, WIDTH_POINTER}, /* child_tidptr */
	    {"clone", 4, 3, 3, WIDTH_32},      /* tls */
	    {"ftruncate64", 1, 1, 2, WIDTH_64},
	    {"pread64", 3, 3, 4, WIDTH_64},
	    {"fallocate", 2, 2, 3, WIDTH_64},
	    {"fallocate", 3, 4, 5, WIDTH_64},
	    {"fadvise64", 1, 1, 2, WIDTH_64},
	    {"fadvise64", 3, 4, 4, WIDTH_32},
	    {"fadvise64_64", 3, 5, 5, WIDTH_32},
	    {"sync_file_range", 3, 5, 5, WIDTH_32},
	    {"fanotify_mark", 2, 2, 3, WIDTH_64},
	    {"fanotify_mark", 4, 5, 5, WIDTH_POINTER},
	    {"readahead", 2, 3, 3, WIDTH_32},
	    {"preadv2", 5, 5, 5, WIDTH_32}, /* pos_l and pos_h are two on x86_64 too */
	    {"mount", 3, 3, 3, WIDTH_32},
	    {"prctl", 1, 1, 1, WIDTH_32},
	    {"ftruncate", 1, 1, 1, WIDTH_32}, /* an off_t */
	    {"setuid", 0, 0, 0, WIDTH_16},
	    {"setuid32", 0, 0, 0, WIDTH_32},
	    {"chown", 2, 2, 2, WIDTH_16},
	    {"setresgid", 2, 2, 2, WIDTH_16},
	    {"socketcall", 0, 0, 0, WIDTH_32},
	    {"ipc", 5, 5, 5, WIDTH_32},
	};
	struct argument argument;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(names_argument_on(NAMES_COMPAT, rows[i].call, rows[i].index, &argument));
		assert_int_equal(argument.index, rows[i].low);
		assert_int_equal(argument.upper, rows[i].high);
		assert_int_equal(argument.width, rows[i].width);
		assert_true(names_argument_on(NAMES_NATIVE, rows[i].call, rows[i].index, &argument));
		assert_int_equal(argument.index, rows[i].index);
		assert_int_equal(argument.upper, rows[i].index);
	}
	assert_false(names_argument_on(NAMES_COMPAT, "mmap", 1, &argument)); /* in memory */
	assert_false(names_argument_on(NAMES_COMPAT, "clone", 5, &argument));
	assert_false(names_argument_on(NAMES_COMPAT, "nothing", 0, &argument));
}

static const struct {
	const char *name;
	int native, compat;
} all_calls[] = {
#define X(name, native, compat) {#name, native, compat},
#include "selftest/numbers_x86_64.inc"
#undef X
};

/* What no kernel of today has, or its prototype is not known here. */
static const char without_arguments[] =
    "afs_syscall break create_module epoll_ctl_old epoll_wait_old ftime get_kernel_syms getpmsg gtty idle lock mpx "
    "nfsservctl prof profil putpmsg query_module security stty tuxcall ulimit vserver ";

/* Every call is there, none has more than six arguments, and the names fit the messages' buffer. */
static void test_argument_table(void **state)
{
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(all_calls) / sizeof(all_calls[0]); i++) {
		const char *call = all_calls[i].name;
		struct argument argument;
		char names[160];
		bool listed = words_place(without_arguments, call) >= 0;

		assert_false(names_argument_at(call, 6, &argument));
		if ((names_arguments(call, names, sizeof(names)) != NULL) == listed)
			fail_msg("%s is %s", call, listed ? "known" : "not in the table");
		known += !listed;
		for (int index = 0; names_argument_at(call, index, &argument); index++) {
			assert_int_equal(argument.index, index);
			assert_int_equal(argument.upper, index);
			/* i386 has six registers, and a call that it has is known there too. */
			if (all_calls[i].compat < 0 || !names_argument_on(NAMES_COMPAT, call, index, &argument))
				continue;
			assert_in_range(argument.index, 0, 5);
			assert_in_range(argument.upper, argument.index, 5);
			assert_int_equal(argument.upper - argument.index, argument.width == WIDTH_64);
		}
	}
	assert_true(known >= 440);
}

/* ---- newer calls ---- */

static void test_newer(void **state)
{
	const char *name;
	size_t count = 0;

	(void)state;
	for (; (name = names_newer_at(count)) != NULL; count++) {
		int number = names_newer_number(name);

		assert_true(number > 466); /* the last one that libseccomp 2.6.0 knows */
		assert_true(number <= (int)POLICY_CEILING);
		assert_string_equal(names_newer_name((uint32_t)number), name);
		assert_int_equal(numbers_of(ABI_NATIVE, name), number);
		assert_int_equal(numbers_of(ABI_COMPAT, name), number);
	}
	assert_int_equal(count, POLICY_CEILING - 466);
	assert_int_equal(names_newer_number("mount"), -1);
	assert_null(names_newer_name(466));
	assert_null(names_newer_name(POLICY_CEILING + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_groups),         cmocka_unit_test(test_group_tables),
	    cmocka_unit_test(test_namespaces),     cmocka_unit_test(test_mount_calls),
	    cmocka_unit_test(test_errnos),         cmocka_unit_test(test_constants),
	    cmocka_unit_test(test_constant_table), cmocka_unit_test(test_names_of_constants),
	    cmocka_unit_test(test_arguments),      cmocka_unit_test(test_arguments_on_i386),
	    cmocka_unit_test(test_argument_table), cmocka_unit_test(test_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
