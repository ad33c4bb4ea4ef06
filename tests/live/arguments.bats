#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The argument table against the running kernel: its own prototypes, as its tracepoints have them, and what it makes of
# junk in the upper half of an argument.
# shellcheck disable=SC2154 # status, out, err are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	cd "$ROOT" || return
	gcc -std=c11 -O1 -Wall -Wextra -Werror -static -I. -D_GNU_SOURCE= -o "$LIVE/bin/names" tests/docs/names.c \
		init/names_constants.c init/names_arguments.c init/names_groups.c init/packed.c init/words.c
	gcc -O1 -Wall -Wextra -Werror -static -o "$LIVE/bin/widths" tests/live/widths.c
}
teardown_file() { live_end; }

# What the table has on purpose otherwise than the prototype: CALL ARGUMENT WIDTH. names_arguments.c says why of each, and
# the second test shows it.
on_purpose() {
	sed 's/^/width /' <<-'TABLE'
		clone clone_flags 32
		unshare unshare_flags 32
		mmap prot 32
		mmap flags 32
		mmap fd 32
		readv fd 32
		writev fd 32
		preadv fd 32
		pwritev fd 32
		preadv2 fd 32
		pwritev2 fd 32
		mbind mode 32
		ptrace pid 32
		fcntl arg 32
		keyctl arg2 32
		keyctl arg3 32
		keyctl arg4 32
		keyctl arg5 32
		semctl arg 32
		kcmp idx1 32
		kcmp idx2 32
		remap_file_pages flags 32
	TABLE
}

# CALL INDEX WIDTH NAME of every prototype that the kernel has; the tracefs is the test's own.
prototypes() {
	unshare -m sh -c 'mount --make-rprivate / && mount -t tracefs tracefs "$1" && cd "$1/events/syscalls" &&
		grep -H "^.field:" sys_enter_*/format' sh "$1" | awk '
		BEGIN {
			# What the kernel calls some functions; and the calls that are made of them.
			split("newstat stat newfstat fstat newlstat lstat newuname uname sendfile64 sendfile umount umount2", names, " ")
			for (i = 1; i in names; i += 2)
				call_of[names[i]] = names[i + 1]
			split("unsigned_long long size_t loff_t off_t __u64 aio_context_t", types, " ")
			for (i in types)
				width[types[i]] = 64
			split("int unsigned_int unsigned pid_t u32 __u32 __s32 uid_t gid_t clockid_t timer_t mqd_t key_t rwf_t qid_t key_serial_t enum_landlock_rule_type", types, " ")
			for (i in types)
				width[types[i]] = 32
			width["umode_t"] = 16
			width["cap_user_header_t"] = width["cap_user_data_t"] = "pointer"
		}
		function close_call() { if (call != "") print call, n, "end", "-" }
		{
			match($0, /^sys_enter_[^\/]*/)
			name = substr($0, 11, RLENGTH - 10)
			name = name in call_of ? call_of[name] : name
			if (name != call) {
				close_call()
				call = name
				n = -1
			}
			sub(/^[^\t]*\tfield:/, "")
			sub(/;.*/, "")
			if ($0 ~ /__syscall_nr$/) {
				n = 0
				next
			}
			if (n < 0)
				next # common_type and the like
			argument = $NF
			sub(/^_+/, "", argument)
			sub(/ [^ ]*$/, "")
			sub(/^const /, "")
			gsub(/ /, "_")
			print call, n++, /\*/ ? "pointer" : $0 in width ? width[$0] : "what-is-" $0, argument
		}
		END { close_call() }'
}

@test "names and widths are those of the running kernel's prototypes" {
	local lines
	mkdir -p "$BATS_TEST_TMPDIR/tracefs"
	prototypes "$BATS_TEST_TMPDIR/tracefs" >"$BATS_TEST_TMPDIR/prototypes" || {
		echo "this kernel has no tracepoints of system calls (CONFIG_FTRACE_SYSCALLS): run it where it has" >&2
		return 1
	}
	names arguments <"$BATS_TEST_TMPDIR/prototypes" >"$BATS_TEST_TMPDIR/found"
	lines=$(wc -l <"$BATS_TEST_TMPDIR/prototypes")
	echo "# figure: names arguments: $(cut -d' ' -f1 "$BATS_TEST_TMPDIR/prototypes" | sort -u | wc -l) calls compared with Linux $(uname -r)" >&3
	expect "compared" has "$(tail -n 1 "$BATS_TEST_TMPDIR/found")" "^compared $lines\$"
	expect "calls" is "$(($(grep -c ' end ' "$BATS_TEST_TMPDIR/prototypes") >= 330))" 1
	expect "arguments" is "$((lines >= 1200))" 1
	# Calls that are newer than this table are no error: nothing is said about them.
	expect "differences" is "$(sed '$d' "$BATS_TEST_TMPDIR/found" | grep -v '^unknown ' | sort)" "$(on_purpose | sort)"
	expect "not in the table" is "$(sed -n 's/^unknown //p' "$BATS_TEST_TMPDIR/found" |
		grep -xF "$(sed -n 's/^X(\([a-z0-9_]*\),.*/\1/p' "$ROOT/selftest/numbers_x86_64.inc")")" ""
	all_rows
}

@test "junk above the bits that the table gives an argument changes nothing for the kernel" {
	observe widths
	expect "status" is "$status" 0
	expect "seen" is "$out" "$(printf 'junk is ignored: %s\n' 'mmap prot' 'mmap flags' 'mmap fd' 'writev fd' 'readv fd' \
		'mbind mode' 'ptrace pid' 'fcntl arg' 'keyctl arg2' 'semctl arg' 'kcmp idx1' 'clone flags' 'mkdir mode' \
		'chmod mode' 'open mode' 'ioctl cmd' 'socket family'
		printf 'junk counts: %s\n' 'mprotect prot' 'unshare flags' 'prctl option 4, arg2')"
	all_rows
}
