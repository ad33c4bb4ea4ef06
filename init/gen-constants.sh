#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the table of constants of one architecture, from the headers themselves: a compiler evaluates each name.
#
#   init/gen-constants.sh DIR LABEL >init/names_constants_x86_64.inc
#   init/gen-constants.sh --list DIR
#   CC=aarch64-linux-gnu-gcc CC32=arm-linux-gnueabihf-gcc init/gen-constants.sh DIR LABEL >init/names_constants_aarch64.inc
#
# DIR holds linux/, asm-generic/ and asm/ (or TRIPLET/asm/) as linux-libc-dev installs them; take the newest that can be
# had. LABEL says which they are. CC is the compiler, for another architecture's table that architecture's; CC32 the one of
# another ABI of that machine, where the first one cannot make its programs (-m32) and policies are for it, too. What the
# kernel has in no header for programs (AF_*, SOCK_*, MSG_*, SOL_*, umount2's flags) comes from the machine's libc.
# --list prints what these headers have of the families, `KIND NAME VALUE`, for tests/docs/names.bats.
#
# In the table is what a register can carry. Not in it: what calls take in memory, where no filter sees it (RESOLVE_*,
# IORING_OP_*, SECCOMP_RET_*); and what has another value for a 32-bit program of the same machine, because one policy
# is for all of them.
set -eu
export LC_ALL=C
list=
if [ "${1:-}" = --list ]; then
	list=1
	shift
fi
usage='usage: gen-constants.sh DIR LABEL, or gen-constants.sh --list DIR'
dir=${1:?$usage}
label=${2:-}
[ -n "$list$label" ] || { echo "$usage" >&2 && exit 1; }
cc=${CC:-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# KIND NAMES [BUT-NOT]: extended regular expressions of whole names. `bits`: flags, which `&` can test alone or several;
# `values`: they exclude each other, and `&` makes no sense of them. A row is a group of the table; of two rows that
# want a name the first has it. TAG:NAMES are those of `enum TAG` only.
cat >"$work/families" <<'TABLE'
# clone, unshare, setns; scheduling, signals, waiting, limits, clocks
bits CLONE_.* CLONE_ARGS_SIZE_.*
bits CSIGNAL
bits UNSHARE_.*
values SCHED_(NORMAL|FIFO|RR|BATCH|IDLE|DEADLINE|EXT)
bits SCHED_RESET_ON_FORK
values SIG[A-Z0-9]+ SIG(RTMIN|RTMAX|STKSZ|UNUSED)
values SIG_(BLOCK|UNBLOCK|SETMASK)
bits (__)?W(NOHANG|UNTRACED|STOPPED|EXITED|CONTINUED|NOWAIT|NOTHREAD|ALL|CLONE)
bits PIDFD_(NONBLOCK|THREAD)
bits PIDFD_SIGNAL_.*
values PRIO_(PROCESS|PGRP|USER)
values IOPRIO_WHO_.*
values P_(ALL|PID|PGID|PIDFD)
values KCMP_.* KCMP_TYPES
values MEMBARRIER_CMD_.* MEMBARRIER_CMD_FLAG_.*
values RLIMIT_.*
values CLOCK_[A-Z_]+ CLOCK_(SGI_CYCLE|AUX.*)
bits TIMER_ABSTIME
# mounts
bits OPEN_TREE_.*
bits MOVE_MOUNT_.* MOVE_MOUNT__MASK
bits FSOPEN_.*
bits FSPICK_.*
bits FSMOUNT_.*
bits MOUNT_ATTR_.* MOUNT_ATTR_(SIZE.*|_ATIME|RELATIME)
values MOUNT_ATTR_RELATIME
values FSCONFIG_.*
bits MS_.* MS_(RMT_MASK|MGC_.*|KERNMOUNT|SUBMOUNT|NOREMOTELOCK|NOSEC|BORN|ACTIVE|NOUSER|VERBOSE)
bits MNT_(FORCE|DETACH|EXPIRE)
bits UMOUNT_NOFOLLOW
# files
bits O_[A-Z]+
values AT_FDCWD
bits AT_.* AT_(NULL|IGNORE|EXEC(FD|FN)|PH.*|PAGESZ|BASE.*|FLAGS|ENTRY|NOTELF|[EU]*[UG]ID|PLATFORM|HWCAP.*|CLKTCK|SECURE|RANDOM|RSEQ_.*|MINSIGSTKSZ|SYSINFO.*|VECTOR_.*)
bits S_I(S[UG]ID|SVTX|FMT|[RWX](USR|GRP|OTH)|RWX[UGO])
values S_IF(REG|DIR|CHR|BLK|IFO|SOCK|LNK)
bits RENAME_.*
bits MFD_.* MFD_HUGE_.*
bits F_SEAL_.*
values F_.* F_(OWNER_.*|(RD|WR|UN|EX|SH)LCK|LINUX_SPECIFIC_BASE)
bits FD_CLOEXEC
bits LOCK_.*
bits XATTR_(CREATE|REPLACE)
bits FALLOC_FL_.*
bits CLOSE_RANGE_.*
bits SYNC_FILE_RANGE_.* SYNC_FILE_RANGE_WRITE_AND_WAIT
values POSIX_FADV_.*
values FAN_CLASS_.*
bits FAN_((MARK|REPORT|UNLIMITED)_.*|CLOEXEC|NONBLOCK|ENABLE_AUDIT|.*_PERM|PRE_ACCESS)
bits EPOLL_CLOEXEC
values EPOLL_CTL_.*
bits RWF_.* RWF_SUPPORTED
bits IN_(CLOEXEC|NONBLOCK)
bits EFD_.*
bits TFD_(CLOEXEC|NONBLOCK|TIMER_.*)
bits SFD_.*
bits GRND_.*
# memory
bits PROT_.* PROT_NONE
values PROT_NONE
values MAP_SHARED_VALIDATE
bits MAP_.* MAP_(HUGE_.*|FILE)
bits MREMAP_.*
values MADV_.*
bits MCL_.*
bits MLOCK_ONFAULT
bits MPOL_F_.*
bits MPOL_MF_.* MPOL_MF_(INTERNAL|VALID)
values MPOL_.* MPOL_(MAX|MODE_.*|MF_.*|F_.*|USER_.*)
bits IPC_(CREAT|EXCL|NOWAIT)
values IPC_(RMID|SET|STAT|INFO)
values SHM_(LOCK|UNLOCK|STAT|INFO|STAT_ANY)
bits SHM_(HUGETLB|NORESERVE|RDONLY|RND|REMAP|EXEC)
# sockets
values AF_.* AF_MAX
bits SOCK_(NONBLOCK|CLOEXEC)
values SOCK_(STREAM|DGRAM|RAW|RDM|SEQPACKET|DCCP|PACKET)
bits MSG_.*
values SOL_.*
values IPPROTO_.* IPPROTO_MAX
values NETLINK_(ROUTE|USERSOCK|SOCK_DIAG|NFLOG|XFRM|SELINUX|ISCSI|AUDIT|FIB_LOOKUP|CONNECTOR|NETFILTER|KOBJECT_UEVENT|GENERIC|SCSITRANSPORT|RDMA|CRYPTO|SMC)
values SO_.* SO_(TIMESTAMP(NS|ING)?|(RCV|SND)TIMEO|.*_(OLD|NEW)|DEVMEM_.*)
values PACKET_([RT]X_RING|FANOUT|VERSION|VNET_HDR|ADD_MEMBERSHIP|RESERVE)
values TCP_(ULP|REPAIR|MD5SIG|FASTOPEN|FASTOPEN_CONNECT|CONGESTION|ZEROCOPY_RECEIVE)
values IPT_SO_SET_.* IPT_SO_SET_MAX
# ioctl
values TIOC.* TIOC(SER.*|PKT_.*|M_.*|.*(485|7816|TRMIOS|SERIAL|SOFTCAR)|MIWAIT|GICOUNT)
values TC[SGXF][A-Z0-9]+ TCSA(NOW|DRAIN|FLUSH)
values FIO.* FIO_.*
values SIOC(SIF.*|GIF(CONF|FLAGS|ADDR|HWADDR|INDEX|NAME)|ADDRT|DELRT|ADDMULTI|DELMULTI|DIFADDR|SARP|DARP|ETHTOOL|SMIIREG|BOND.*|BR.*|SHWTSTAMP|[SG]PGRP|ATMARK|INQ|OUTQ)
values FS_IOC_(FS[SG]ETXATTR|SETFSLABEL|SHUTDOWN|(SET|ADD|REMOVE)_ENCRYPTION_(POLICY|KEY))
values BLK(ROSET|ROGET|RRPART|GETSIZE|FLSBUF|RASET|DISCARD|SECDISCARD|ZEROOUT|TRACEST.*)
values LOOP_(SET|CLR|CTL|CHANGE|CONFIGURE|GET).* LOOP_(SET_STATUS_.*|CONFIGURE_.*)
values KD(SETMODE|SKBMODE|SKBENT|SKBSENT|SETKEYCODE|ADDIO|DELIO|ENABIO)
values VT_(ACTIVATE|DISALLOCATE|LOCKSWITCH|SETMODE|RELDISP)
values FI(CLONE|CLONERANGE|DEDUPERANGE|FREEZE|THAW)
values TUNSETIFF
# other processes, the kernel itself
bits PTRACE_O_.* PTRACE_O_MASK
values PTRACE_.* PTRACE_(O_MASK|EVENT_.*|EVENTMSG_.*|SYSCALL_INFO_.*|PEEKSIGINFO_.*)
bits SECCOMP_FILTER_FLAG_.*
values SECCOMP_(SET_MODE|GET)_.*
values SECCOMP_MODE_.*
bits SECBIT_.*
values PR_CAP_AMBIENT_.*
values PR_SET_MM_.* PR_SET_MM_MAP_SIZE
values PR_[A-Z_0-9]+ PR_(SET_MM_MAP_SIZE|TSC_.*|.*(SPEC_|UNALIGN|FP_|FPE|ENDIAN|PPC|RISCV|SVE|SME_|MTE_|TAGGED|TIMING|MCE_|RSEQ|PMLEN|MDWE_|MPX|TIMER_CREATE_RESTORE_IDS_|SHADOW_STACK_(EN|WR|PU)|CFI_|DISPATCH_|FUTEX_HASH_|DISABLE_EXC|SET_VMA_|SCHED_CORE_|PAC_AP).*)
bits PR_SPEC_(ENABLE|DISABLE|FORCE_DISABLE|DISABLE_NOEXEC|PRCTL)
bits PR_MDWE_.*
values ARCH_.* ARCH_(SHSTK_(SHSTK|WRSS)|XCOMP_.*)
bits BPF_COMMON_ATTRS
values bpf_cmd:BPF_.*
bits PERF_FLAG_.*
bits PER_CLEAR_ON_SETID
values PER_.* PER_MASK
bits UNAME26|MMAP_PAGE_ZERO|READ_IMPLIES_EXEC|SHORT_INODE|WHOLE_SECONDS|STICKY_TIMEOUTS
bits ADDR_(NO_RANDOMIZE|COMPAT_LAYOUT|LIMIT_.*)
values KEYCTL_.* KEYCTL_(SUPPORTS_.*|CAPS[01]_.*|MOVE_EXCL)
values KEY_SPEC_.*
bits FUTEX_(PRIVATE_FLAG|CLOCK_REALTIME)
values FUTEX_(WAIT|WAKE|FD|(CMP_)?REQUEUE(_PI)?|WAKE_OP|(UN|TRY)?LOCK_PI2?|(WAIT|WAKE)_BITSET|WAIT_REQUEUE_PI)
bits IORING_ENTER_.*
values io_uring_register_op:IORING_.* IORING_REGISTER_(LAST|USE_REGISTERED_RING)
bits LANDLOCK_CREATE_RULESET_.*
bits LANDLOCK_RESTRICT_SELF_.*
values LANDLOCK_RULE_.*
bits UFFD_USER_MODE_ONLY
bits KEXEC_(FILE_)?[A-Z_]+ KEXEC_(ARCH_.*|SEGMENT_.*)
bits MODULE_INIT_.*
values LINUX_REBOOT_CMD_.*
TABLE

for header in stddef.h linux/sched.h asm/signal.h linux/wait.h linux/pidfd.h linux/resource.h linux/ioprio.h \
	linux/kcmp.h linux/membarrier.h linux/time.h linux/mount.h linux/fcntl.h linux/stat.h linux/fs.h linux/memfd.h \
	linux/xattr.h linux/falloc.h linux/close_range.h linux/fadvise.h linux/fanotify.h linux/inotify.h \
	linux/eventpoll.h linux/eventfd.h linux/timerfd.h linux/signalfd.h linux/random.h linux/mman.h linux/mempolicy.h \
	linux/ipc.h linux/shm.h linux/in.h linux/in6.h linux/netlink.h asm/socket.h linux/if_packet.h linux/tcp.h \
	linux/termios.h asm/ioctls.h linux/sockios.h linux/loop.h linux/kd.h linux/vt.h linux/if_tun.h \
	linux/userfaultfd.h linux/ptrace.h linux/seccomp.h linux/securebits.h linux/prctl.h asm/prctl.h linux/bpf.h \
	linux/perf_event.h linux/personality.h linux/keyctl.h linux/futex.h linux/io_uring.h linux/landlock.h \
	linux/kexec.h linux/module.h linux/reboot.h; do
	printf '#if __has_include(<%s>)\n#include <%s>\n#endif\n' "$header" "$header"
done >"$work/kernel.h"
# A libc's fcntl.h and signal.h have other ideas than the kernel; these have what the kernel keeps to itself.
printf '#include <sys/%s.h>\n' mount socket >"$work/libc.h"
echo '#include <linux/netfilter_ipv4/ip_tables.h>' >>"$work/libc.h" # includes it
own='(AF|SOCK|MSG|SOL|MNT|IPT)_[A-Z0-9_]+|UMOUNT_NOFOLLOW'

compile() { # UNIT ARGUMENT...
	unit=$1
	shift
	[ "$unit" != libc ] || set -- -D_GNU_SOURCE "$@"
	[ "$unit" != kernel ] || set -- -nostdinc -isystem "$($cc -print-file-name=include)" "$@"
	$cc -isystem "$dir" -isystem "$dir/$($cc -print-multiarch)" "$@"
}

# TAG NAME of what a unit's headers define; `-` as tag of a macro.
names() { # UNIT
	compile "$1" -x c -E -dM "$work/$1.h" | sed -nE 's/^#define ([A-Z_][A-Z_0-9]*) .+/- \1/p'
	# shellcheck disable=SC2020 # sets of characters are meant
	compile "$1" -x c -E -P "$work/$1.h" | tr '\n{};,' ' \n\n\n\n' | awk '
		/(^|[ \t])enum[ \t]+[a-z_0-9]*[ \t]*$/ { tag = $NF == "enum" ? "-" : $NF; next }
		/^[ \t]*[A-Z_][A-Z_0-9]*[ \t]*(=.*)?$/ { sub(/=.*/, ""); print (tag == "" ? "-" : tag), $1; next }
		{ tag = "" }'
}

# ROW KIND NAME of those that the table wants.
wanted() { # UNIT
	names "$1" | sort -u | awk -v own="^($own)\$" -v unit="$1" '
		FNR == NR {
			if (/^[a-z]/) {
				kind[++rows] = $1
				colon = index($2, ":")
				tag[rows] = substr($2, 1, colon - (colon > 0))
				name[rows] = "^(" substr($2, colon + 1) ")$"
				not[rows] = $3 == "" ? "^$" : "^(" $3 ")$"
			}
			next
		}
		($2 ~ own) == (unit == "libc") {
			for (row = 1; row <= rows; row++) {
				if (!($2 in seen) && $2 ~ name[row] && $2 !~ not[row] && (tag[row] == "" || tag[row] == $1)) {
					print row, kind[row], $2
					seen[$2] = 1
				}
			}
		}' "$work/families" -
}

# Lines of the file that the compiler does not take.
bad_lines() { # UNIT FILE ARGUMENT...
	compile "$@" -x c -fsyntax-only -fmax-errors=0 2>&1 |
		awk -F: -v file="$2" '$1 == file && / error: / { print $2 }' | sort -un
}

evaluate() { # UNIT: ROW KIND NAME on stdin; ROW KIND NAME VALUE, decimal and signed
	cat >"$work/names"
	while :; do
		{
			printf '#include "%s/%s.h"\nlong long values[] = {\n' "$work" "$1"
			awk '{ print "(" $3 ")," }' "$work/names"
			echo '};'
		} >"$work/values.c"
		bad_lines "$1" "$work/values.c" | awk '{ print $1 - 2 }' >"$work/bad"
		[ -s "$work/bad" ] || break
		left_out "$work/names" 'no number'
	done
	# A 32-bit assembler has two words for each, the lower one first: of all that are here none is big-endian.
	compile "$1" -x c -S -o - "$work/values.c" | awk '
		/^[ \t]*\.(quad|xword|dword|8byte)[ \t]/ { print $2 }
		/^[ \t]*\.(long|word|4byte)[ \t]/ {
			if (half++ % 2)
				printf "%.0f\n", $2 * 4294967296 + lower
			else
				lower = $2 < 0 ? $2 + 4294967296 : $2
		}
		/^[ \t]*\.(zero|space)[ \t]/ { for (i = 0; i < $2; i += 8) print 0 }' >"$work/numbers"
	[ "$(wc -l <"$work/numbers")" = "$(wc -l <"$work/names")" ]
	paste -d' ' "$work/names" "$work/numbers"
}

# A 32-bit program must not mean something else by the same name.
same_in_32_bits() { # UNIT
	unit=$1
	cat >"$work/all"
	for option in -m32 -mx32 "${CC32:-}"; do
		if [ "$option" = "${CC32:-}" ]; then
			other=$option
			set --
		else
			other=$cc
			set -- "$option"
		fi
		[ -n "$other" ] || continue
		echo 'int i;' | $other "$@" -x c -fsyntax-only - 2>/dev/null || continue
		{
			printf '#include "%s/%s.h"\n' "$work" "$unit"
			awk '{ print "_Static_assert((" $3 ") == " $4 "LL, \"\");" }' "$work/all"
		} >"$work/assert.c"
		(cc=$other && bad_lines "$unit" "$work/assert.c" "$@") | awk '{ print $1 - 1 }' >"$work/bad"
		left_out "$work/all" "another value with $option"
	done
	cat "$work/all"
}

# Takes the lines out of a file whose numbers are in $work/bad, and says so.
left_out() { # FILE WHY
	: >"$work/rest"
	awk -v numbers="$work/bad" -v rest="$work/rest" -v why="$2" '
		BEGIN { while ((getline line <numbers) > 0) bad[line] = 1 }
		FNR in bad { print "gen-constants.sh: left out, " why ": " $3 >"/dev/stderr"; next }
		{ print >rest }' "$1"
	mv "$work/rest" "$1"
}

{
	wanted kernel | evaluate kernel | same_in_32_bits kernel
	wanted libc | evaluate libc
} >"$work/table"

if [ -n "$list" ]; then
	cut -d' ' -f2- "$work/table"
	exit
fi
[ "$(wc -l <"$work/table")" -gt 900 ]

# The table as text; its format is told in names_constants.c.
sort -k1,1n -k2,2 "$work/table" | awk '
	function hex(number,    sign) {
		if (number < 0) {
			sign = "-"
			number = -number
		}
		if (number < 4294967296)
			return sign sprintf("%x", number)
		return sign sprintf("%x%08x", int(number / 4294967296), number % 4294967296)
	}
	function before(i, j) { return value[i] < value[j] || (value[i] == value[j] && name[i] < name[j]) }
	function flush(    prefix, i, j, swap, step, line) {
		if (n == 0)
			return
		for (i = 2; i <= n; i++) {
			for (j = i; j > 1 && before(j, j - 1); j--) {
				swap = value[j]; value[j] = value[j - 1]; value[j - 1] = swap
				swap = name[j]; name[j] = name[j - 1]; name[j - 1] = swap
			}
		}
		prefix = name[1]
		for (i = 2; i <= n; i++)
			while (index(name[i], prefix) != 1)
				prefix = substr(prefix, 1, length(prefix) - 1)
		if (n > 1)
			sub(/_[^_]*$/, "_", prefix)
		line = (kind == "bits" ? "&" : "=") prefix
		for (i = 1; i <= n; i++) {
			step = kind == "bits" ? value[i - 1] * 2 : value[i - 1] + 1
			line = line " " substr(name[i], length(prefix) + 1)
			if (i > 1 && value[i] == value[i - 1])
				line = line "="
			else if (i == 1 || value[i] != step)
				line = line "=" hex(value[i])
		}
		print line
		n = 0
	}
	$1 != row { flush(); row = $1; kind = $2 }
	{
		name[++n] = $3
		value[n] = $4 + 0
		if (kind == "bits" && value[n] < 0 && value[n] >= -2147483648)
			value[n] += 4294967296 # 1 << 31 is an int
	}
	END { flush() }' | "$(dirname "$0")/pack.sh" "gen-constants.sh from $label; do not edit. names_constants.c has the format"
