/* SPDX-License-Identifier: MIT */
/*
 * Which constants an argument takes, for values to be written by name again.
 */
#include "init/names.h"

#include <string.h>

#include "init/words.h"

/*
 * Pairs of words: CALL.ARGUMENT, or .ARGUMENT of any call, and a group of names_constants.c (what all of its names begin
 * with). The arguments are called as the table of arguments calls them first.
 */
static const char families[] =
    "clone.flags CLONE_ unshare.flags UNSHARE_EMPTY_MNTNS unshare.flags CLONE_ setns.flags CLONE_ mount.flags MS_ "
    "umount2.flags MNT_ umount2.flags UMOUNT_NOFOLLOW open_tree.flags OPEN_TREE_ open_tree.flags AT_ "
    "open_tree_attr.flags OPEN_TREE_ open_tree_attr.flags AT_ move_mount.flags MOVE_MOUNT_ fsopen.flags FSOPEN_CLOEXEC "
    "fsmount.flags FSMOUNT_ .attr_flags MOUNT_ATTR_ fspick.flags FSPICK_ fsconfig.cmd FSCONFIG_ mount_setattr.flags AT_ "
    "open.flags O_ openat.flags O_ .mode S_ .prot PROT_ mmap.flags MAP_ mremap.flags MREMAP_ memfd_create.flags MFD_ "
    "madvise.behavior MADV_ renameat2.flags RENAME_ fcntl.cmd F_ flock.cmd LOCK_ fchmodat2.flags AT_ statx.flags AT_ "
    "execveat.flags AT_ linkat.flags AT_ .family AF_ socket.type SOCK_ socketpair.type SOCK_ .level SOL_ "
    "ioctl.cmd TIOC ioctl.cmd TC ioctl.cmd FI ioctl.cmd FIO ioctl.cmd SIOC ioctl.cmd FS_IOC_ ioctl.cmd LOOP_ "
    "ioctl.cmd BLK ioctl.cmd KD ioctl.cmd VT_ prctl.option PR_ arch_prctl.option ARCH_ ptrace.request PTRACE_ "
    "seccomp.flags SECCOMP_FILTER_FLAG_ seccomp.op SECCOMP_ keyctl.option KEYCTL_ bpf.cmd BPF_ "
    "perf_event_open.flags PERF_FLAG_ personality.personality PER_ userfaultfd.flags UFFD_USER_MODE_ONLY "
    "io_uring_register.opcode IORING_ io_uring_enter.flags IORING_ENTER_ .resource RLIMIT_ .sig SIG futex.op FUTEX_ "
    "reboot.cmd LINUX_REBOOT_CMD_ finit_module.flags MODULE_INIT_ ";

/* Other names for what has a better known one there. */
static const char others[] =
    "MS_ASYNC MS_SYNC MS_INVALIDATE O_NDELAY AF_LOCAL AF_FILE AF_ROUTE SIGIOT SIGPOLL BPF_PROG_RUN "
    "TIOCINQ SIOCINQ SIOCOUTQ ";

/* Whether a pair's first word is meant: `wanted` is `mount.flags` or `.family`. */
static bool is_key(const char *wanted, const char *call, const char *argument)
{
	const char *dot = strchr(wanted, '.');
	size_t length = dot ? (size_t)(dot - wanted) : 0;

	if (!dot || strcmp(dot + 1, argument) != 0)
		return false;
	return length == 0 || (strlen(call) == length && memcmp(call, wanted, length) == 0);
}

/* Of two constants with the same value nobody knows which one is meant: none. */
static bool only_constant(const char *group, uint64_t wanted, bool bits, char name[NAMES_CONSTANT])
{
	struct constant_walk walk;
	const char *constant;
	unsigned found = 0;
	uint64_t value;

	names_constants_start(&walk);
	while ((constant = names_constants_next(&walk)) != NULL) {
		if (walk.prefix_length != strlen(group) || memcmp(walk.prefix, group, walk.prefix_length) != 0)
			continue;
		value = walk.value;
		if (bits && !names_constant_bits(constant, &value))
			continue;
		if (value != wanted || words_place(others, constant) >= 0)
			continue;
		memcpy(name, constant, strlen(constant) + 1);
		found++;
	}
	return found == 1;
}

const char *names_of_constant(const char *call, const char *argument, uint64_t value, bool bits,
                              char name[NAMES_CONSTANT])
{
	char key[2 * NAMES_ARGUMENT], group[NAMES_CONSTANT];
	const char *at = families;
	struct argument known;

	/* In clone these bits are the signal at exit, whatever constants the other calls have for them. */
	if (strcmp(call, "clone") == 0 && value < 0x100)
		return NULL;
	/* access(2) has a mode that is something else. */
	if (strcmp(argument, "mode") == 0 && !(names_argument(call, argument, &known) && known.width == WIDTH_16))
		return NULL;
	while (words_next(&at, key, sizeof(key)) && words_next(&at, group, sizeof(group)))
		if (is_key(key, call, argument) && only_constant(group, value, bits, name))
			return name;
	return NULL;
}
