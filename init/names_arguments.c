/* SPDX-License-Identifier: MIT */
/*
 * The argument table. Names and widths are those of the kernel's SYSCALL_DEFINE prototypes (Linux 7.2): int, unsigned
 * int and what is typedef'd to them (uid_t, umode_t, key_t, ...) are 32 bits; long, size_t, loff_t and addresses that
 * the kernel takes as numbers 64.
 */
#include "init/names.h"

#include <string.h>

/*
 * One call a line: its name, then every argument it has, in order. A plain argument is 32 bits wide, `:64` after it
 * means 64, `*` a pointer (what it points to is out of a filter's sight), `/` stands before another name in use,
 * `-` for a name that says nothing.
 *
 * The flags of clone and unshare are unsigned long in the prototypes and count as 32 here: clone cuts them with
 * lower_32_bits (kernel/fork.c), unshare has EINVAL for every bit above (check_unshare_flags).
 */
static const char signatures[] =
    /* mounts */
    "mount dev_name* dir_name* type* flags:64 data*\n"
    "umount name*\n"
    "umount2 name* flags\n"
    "pivot_root new_root* put_old*\n"
    "open_tree dfd filename* flags\n"
    "open_tree_attr dfd filename* flags uattr* usize:64\n"
    "move_mount from_dfd from_pathname* to_dfd to_pathname* flags\n"
    "fsopen fs_name* flags\n"
    "fsconfig fd cmd key* value* aux\n"
    "fsmount fs_fd flags attr_flags\n"
    "fspick dfd path* flags\n"
    "mount_setattr dfd path* flags uattr* usize:64\n"
    "statmount req* buf* bufsize:64 flags\n"
    "listmount req* mnt_ids* nr_mnt_ids:64 flags\n"
    "chroot filename*\n"
    "swapon specialfile* swap_flags\n"
    "swapoff specialfile*\n"
    "quotactl cmd special* id addr*\n"
    "quotactl_fd fd cmd id addr*\n"

/* processes and namespaces */
#if defined(__s390x__) /* CONFIG_CLONE_BACKWARDS2 */
    "clone newsp:64 flags/clone_flags parent_tidptr* child_tidptr* tls:64\n"
#elif defined(__aarch64__) || defined(__riscv) /* CONFIG_CLONE_BACKWARDS */
    "clone flags/clone_flags newsp:64 parent_tidptr* tls:64 child_tidptr*\n"
#else
    "clone flags/clone_flags newsp:64 parent_tidptr* child_tidptr* tls:64\n"
#endif
    "clone3 uargs* size:64\n"
    "fork\n"
    "vfork\n"
    "unshare flags/unshare_flags\n"
    "setns fd nstype/flags\n"
    "listns req* ns_ids* nr_ns_ids:64 flags\n"
    "execve filename* argv* envp*\n"
    "execveat dfd filename* argv* envp* flags\n"
    "wait4 upid stat_addr* options ru*\n"
    "waitid which upid infop* options ru*\n"
    "kill pid sig\n"
    "tkill pid sig\n"
    "tgkill tgid pid sig\n"
    "pidfd_open pid flags\n"
    "pidfd_getfd pidfd fd flags\n"
    "pidfd_send_signal pidfd sig info* flags\n"
    "prctl option -:64 -:64 -:64 -:64\n"
    "arch_prctl option -:64\n"
    "personality personality\n"
    "prlimit64 pid resource new_rlim* old_rlim*\n"
    "setrlimit resource rlim*\n"
    "sched_setscheduler pid policy param*\n"
    "sched_setattr pid uattr* flags\n"
    "setpriority which who niceval\n"
    "ioprio_set which who ioprio\n"
    "membarrier cmd flags cpu_id\n"
    "rseq_slice_yield\n"

    /* debugging, the kernel itself */
    "ptrace request:64 pid:64 addr:64 data:64\n"
    "process_vm_readv pid lvec* liovcnt:64 rvec* riovcnt:64 flags:64\n"
    "process_vm_writev pid lvec* liovcnt:64 rvec* riovcnt:64 flags:64\n"
    "process_madvise pidfd vec* vlen:64 behavior flags\n"
    "process_mrelease pidfd flags\n"
    "kcmp pid1 pid2 type idx1:64 idx2:64\n"
    "bpf cmd uattr* size\n"
    "perf_event_open attr_uptr* pid cpu group_fd flags:64\n"
    "userfaultfd flags\n"
    "seccomp op flags uargs*\n"
    "landlock_create_ruleset attr* size:64 flags\n"
    "landlock_add_rule ruleset_fd rule_type rule_attr* flags\n"
    "landlock_restrict_self ruleset_fd flags\n"
    "lsm_get_self_attr attr ctx* size* flags\n"
    "lsm_set_self_attr attr ctx* size flags\n"
    "lsm_list_modules ids* size* flags\n"
    "init_module umod* len:64 uargs*\n"
    "finit_module fd uargs* flags\n"
    "delete_module name_user* flags\n"
    "kexec_load entry:64 nr_segments:64 segments* flags:64\n"
    "kexec_file_load kernel_fd initrd_fd cmdline_len:64 cmdline_ptr* flags:64\n"
    "reboot magic1 magic2 cmd arg*\n"
    "syslog type buf* len\n"
    "acct name*\n"
    "iopl level\n"
    "ioperm from:64 num:64 turn_on\n"
    "sethostname name* len\n"
    "setdomainname name* len\n"
    "clock_settime which_clock tp*\n"
    "clock_adjtime which_clock utx*\n"
    "settimeofday tv* tz*\n"
    "adjtimex txc_p*\n"

    /* keys */
    "keyctl option -:64 -:64 -:64 -:64\n"
    "add_key type* description* payload* plen:64 ringid\n"
    "request_key type* description* callout_info* destringid\n"

    /* identity */
    "setuid uid\n"
    "setgid gid\n"
    "setreuid ruid euid\n"
    "setregid rgid egid\n"
    "setresuid ruid euid suid\n"
    "setresgid rgid egid sgid\n"
    "setfsuid uid\n"
    "setfsgid gid\n"
    "setgroups gidsetsize grouplist*\n"
    "capset header* data*\n"

    /* sockets */
    "socket family/domain type protocol\n"
    "socketpair family/domain type protocol usockvec*\n"
    "bind fd umyaddr* addrlen\n"
    "connect fd uservaddr* addrlen\n"
    "listen fd backlog\n"
    "accept4 fd upeer_sockaddr* upeer_addrlen* flags\n"
    "sendto fd buff* len:64 flags addr* addr_len\n"
    "sendmsg fd msg* flags\n"
    "recvfrom fd ubuf* size:64 flags addr* addr_len*\n"
    "recvmsg fd msg* flags\n"
    "setsockopt fd level optname optval* optlen\n"
    "getsockopt fd level optname optval* optlen*\n"

    /* files */
    "ioctl fd cmd arg:64\n"
    "fcntl fd cmd arg:64\n"
    "open filename* flags mode\n"
    "openat dfd filename* flags mode\n"
    "openat2 dfd filename* how* usize:64\n"
    "creat pathname* mode\n"
    "name_to_handle_at dfd name* handle* mnt_id* flag/flags\n"
    "open_by_handle_at mountdirfd handle* flags\n"
    "chmod filename* mode\n"
    "fchmod fd mode\n"
    "fchmodat dfd filename* mode\n"
    "fchmodat2 dfd filename* mode flags\n"
    "chown filename* user group\n"
    "lchown filename* user group\n"
    "fchown fd user group\n"
    "fchownat dfd filename* user group flag/flags\n"
    "mkdir pathname* mode\n"
    "mkdirat dfd pathname* mode\n"
    "mknod filename* mode dev\n"
    "mknodat dfd filename* mode dev\n"
    "linkat olddfd oldname* newdfd newname* flags\n"
    "unlinkat dfd pathname* flag/flags\n"
    "renameat2 olddfd oldname* newdfd newname* flags\n"
    "faccessat2 dfd filename* mode flags\n"
    "newfstatat dfd filename* statbuf* flag/flags\n"
    "statx dfd filename* flags mask buffer*\n"
    "utimensat dfd filename* utimes* flags\n"
    "setxattr pathname* name* value* size:64 flags\n"
    "lsetxattr pathname* name* value* size:64 flags\n"
    "fsetxattr fd name* value* size:64 flags\n"
    "setxattrat dfd pathname* at_flags name* uargs* usize:64\n"
    "getxattrat dfd pathname* at_flags name* uargs* usize:64\n"
    "listxattrat dfd pathname* at_flags list* size:64\n"
    "removexattrat dfd pathname* at_flags name*\n"
    "file_getattr dfd filename* ufattr* usize:64 at_flags\n"
    "file_setattr dfd filename* ufattr* usize:64 at_flags\n"
    "fallocate fd mode offset:64 len:64\n"
    "flock fd cmd\n"
    "close_range fd max_fd flags\n"
    "dup3 oldfd newfd flags\n"
    "pipe2 fildes* flags\n"
    "preadv2 fd vec* vlen:64 pos_l:64 pos_h:64 flags\n"
    "pwritev2 fd vec* vlen:64 pos_l:64 pos_h:64 flags\n"
    "splice fd_in off_in* fd_out off_out* len:64 flags\n"
    "copy_file_range fd_in off_in* fd_out off_out* len:64 flags\n"
    "memfd_create uname* flags\n"
    "memfd_secret flags\n"
    "eventfd2 count flags\n"
    "epoll_create1 flags\n"
    "signalfd4 ufd user_mask* sizemask:64 flags\n"
    "timerfd_create clockid flags\n"
    "inotify_init1 flags\n"
    "fanotify_init flags event_f_flags\n"
    "fanotify_mark fanotify_fd flags mask:64 dfd pathname*\n"
    "getrandom ubuf* len:64 flags\n"
    "io_uring_setup entries params*\n"
    "io_uring_enter fd to_submit min_complete flags argp* argsz:64\n"
    "io_uring_register fd opcode arg* nr_args\n"

    /* memory */
    "mmap addr:64 len:64 prot:64 flags:64 fd:64 off:64\n"
    "mprotect start:64 len:64 prot:64\n"
    "pkey_mprotect start:64 len:64 prot:64 pkey\n"
    "mremap addr:64 old_len:64 new_len:64 flags:64 new_addr:64\n"
    "remap_file_pages start:64 size:64 prot:64 pgoff:64 flags:64\n"
    "madvise start:64 len_in:64 behavior\n"
    "mlock2 start:64 len:64 flags\n"
    "mlockall flags\n"
    "mseal start:64 len:64 flags:64\n"
    "mbind start:64 len:64 mode:64 nmask* maxnode:64 flags\n"
    "set_mempolicy mode nmask* maxnode:64\n"
    "shmget key size:64 shmflg\n"
    "shmat shmid shmaddr* shmflg\n";

/* One argument as the table writes it: [at, at + length). */
struct spelling {
	const char *at;
	size_t length;
};

/* The arguments of call: the rest of its line, without the newline. NULL: not in the table. */
static const char *signature_of(const char *call, size_t *length)
{
	size_t wanted = strlen(call);

	for (const char *line = signatures; *line;) {
		size_t whole = strcspn(line, "\n"), name = strcspn(line, " \n");

		if (name == wanted && memcmp(line, call, wanted) == 0) {
			const char *rest = line + name + (line[name] == ' ');

			*length = (size_t)(line + whole - rest);
			return rest;
		}
		line += whole + 1;
	}
	return NULL;
}

/* Takes one word off the front of a signature. */
static bool next_spelling(const char **signature, size_t *length, struct spelling *word)
{
	const char *blank;

	if (*length == 0)
		return false;
	blank = memchr(*signature, ' ', *length);
	word->at = *signature;
	word->length = blank ? (size_t)(blank - *signature) : *length;
	*signature += word->length + (blank != NULL);
	*length -= word->length + (blank != NULL);
	return true;
}

static size_t name_length(struct spelling word)
{
	size_t i = 0;

	while (i < word.length && !memchr("*:/", word.at[i], 3))
		i++;
	return i;
}

/* `flags/clone_flags` has two names. */
static bool has_name(struct spelling word, const char *name)
{
	size_t wanted = strlen(name);

	while (word.length > 0) {
		size_t length = name_length(word);

		if (length == wanted && memcmp(word.at, name, wanted) == 0)
			return true;
		if (length >= word.length || word.at[length] != '/')
			return false;
		word.at += length + 1;
		word.length -= length + 1;
	}
	return false;
}

static struct argument read_spelling(struct spelling word, int index)
{
	struct argument argument = {.index = (int8_t)index, .width = WIDTH_32};

	if (word.at[word.length - 1] == '*')
		argument.width = WIDTH_POINTER;
	else if (memchr(word.at, ':', word.length))
		argument.width = WIDTH_64;
	return argument;
}

const char *names_arguments(const char *call, char *names, size_t size)
{
	size_t length, used = 0;
	const char *signature = signature_of(call, &length);
	struct spelling word;

	if (!signature)
		return NULL;
	names[0] = '\0';
	while (next_spelling(&signature, &length, &word)) {
		size_t name = name_length(word);

		if (word.at[0] == '-')
			continue;
		if (used + name + 2 > size)
			break;
		if (used > 0)
			names[used++] = ' ';
		memcpy(names + used, word.at, name);
		used += name;
		names[used] = '\0';
	}
	return names;
}

bool names_argument(const char *call, const char *name, struct argument *argument)
{
	size_t length;
	const char *signature = signature_of(call, &length);
	struct spelling word;

	if (!signature || strcmp(name, "-") == 0)
		return false;
	for (int i = 0; next_spelling(&signature, &length, &word); i++) {
		if (has_name(word, name)) {
			*argument = read_spelling(word, i);
			return true;
		}
	}
	return false;
}

bool names_argument_at(const char *call, int index, struct argument *argument)
{
	size_t length;
	const char *signature = signature_of(call, &length);
	struct spelling word;

	if (!signature)
		return false;
	for (int i = 0; next_spelling(&signature, &length, &word); i++) {
		if (i == index) {
			*argument = read_spelling(word, i);
			return true;
		}
	}
	return false;
}
