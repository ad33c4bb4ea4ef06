#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# deps/patches/libseccomp: the libseccomp in build/deps gives the same answers, and makes the same filters, as one that was
# built of the same source without it; and a source that it does not fit is refused.

# `!` alone does not fail a test.
refute() { # COMMAND...
	if "$@"; then
		return 1
	fi
}

# Builds the whole libseccomp, as deps/build does; a program for answers of each; and a list of words to ask about.
setup_file() {
	local here cc link
	here=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_FILE_TMPDIR" || return 1
	cc=$here/build/deps/bin/musl-gcc
	dpkg-source --no-check --no-copy -x "$here"/build/cache/sources/libseccomp_*.dsc source
	cp -a source whole
	(
		unset MAKEFLAGS MFLAGS MAKELEVEL
		cd whole || exit 1
		./configure --host="$(gcc -dumpmachine | sed s/gnu/musl/)" --disable-shared --enable-static --disable-python \
			CC="$cc" CFLAGS='-O1 -ffunction-sections -fdata-sections' GPERF=false
		make -j2 -C src libseccomp.la
	)
	link="$cc -std=c11 -D_GNU_SOURCE -static-pie -Wl,--gc-sections"
	$link -o answers-whole "$here/tests/build/answers.c" -Lwhole/src/.libs -lseccomp
	$link -o answers-ours "$here/tests/build/answers.c" -lseccomp

	# denyinit with each, and what it has libseccomp export on stderr
	cat >spy.c <<-'END'
		#include <seccomp.h>
		#include <stdio.h>

		int __real_seccomp_export_bpf_mem(const scmp_filter_ctx context, void *program, size_t *size);
		int __wrap_seccomp_export_bpf_mem(const scmp_filter_ctx context, void *program, size_t *size);

		int __wrap_seccomp_export_bpf_mem(const scmp_filter_ctx context, void *program, size_t *size)
		{
			int error = __real_seccomp_export_bpf_mem(context, program, size);
			const unsigned char *bytes = program;

			for (size_t i = 0; bytes && i < *size; i++)
				fprintf(stderr, "%s%02x", i % 8 ? "" : "\nprogram ", bytes[i]);
			fprintf(stderr, "\n");
			return error;
		}
	END
	local objects=("$here/build/obj/inih.o") file
	for file in "$here"/init/*.c "$here"/selftest/*.c; do
		case $file in
		*/selftest/main.c | */export_main.c) ;; # those of the other programs
		*) objects+=("$here/build/obj/${file#"$here"/}") ;;
		esac
	done
	objects=("${objects[@]/%.c/.o}")
	$link -Wl,--wrap=seccomp_export_bpf_mem -o denyinit-whole spy.c "${objects[@]}" -Lwhole/src/.libs -lseccomp -lmd
	$link -Wl,--wrap=seccomp_export_bpf_mem -o denyinit-ours spy.c "${objects[@]}" -lseccomp -lmd

	# What libseccomp, the judge and the accused know; all of it cut short, with something before or behind, in capitals.
	{
		sed '1d; s/,.*//' source/src/syscalls.csv
		sed -n 's/^X(\([a-z0-9_]*\),.*/\1/p' "$here/selftest/numbers_x86_64.inc"
		grep -o '{"[a-z0-9_]*", [0-9]*}' "$here/init/names_newer.c" | cut -d'"' -f2
	} | LC_ALL=C sort -u >calls
	{
		cat calls
		sed 's/.$//' calls
		sed 's/^.//' calls
		sed 's/$/x/' calls
		sed 's/^/_/' calls
		tr a-z A-Z <calls
		printf '%s\n' '' ' ' 'mount ' ' mount' no_such_call 0 165 -1 ~ zzz aaa "$(printf '\377')"
	} >words
}

# The parts of i386's socketcall and ipc, which the patched library knows only as the calls that they are, too.
parts='accept|accept4|bind|connect|getpeername|getsockname|getsockopt|listen|recv|recvfrom|recvmmsg|recvmsg|send|sendmmsg|sendmsg|sendto|setsockopt|shutdown|socket|socketpair|msgctl|msgget|msgrcv|msgsnd|semctl|semget|semop|semtimedop|shmat|shmctl|shmdt|shmget'

ask_both() { # WHAT [WORDS]: the answers to $BATS_TEST_TMPDIR/ours, which are the same; those in $skip only to .skipped
	local which
	for which in whole ours; do
		"$BATS_FILE_TMPDIR/answers-$which" "$1" <"${2:-/dev/null}" >"$BATS_TEST_TMPDIR/$which"
		if [ -n "${skip:-}" ]; then
			grep -E "$skip" "$BATS_TEST_TMPDIR/$which" >"$BATS_TEST_TMPDIR/$which.skipped"
			sed -i -E "/$skip/d" "$BATS_TEST_TMPDIR/$which"
		fi
	done
	diff "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/ours" | cut -c 1-200 | head -n 20
	cmp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/ours"
}

count_lines() { # PATTERN OPERATOR NUMBER: of the answers
	local n
	n=$(grep -cE -- "$1" "$BATS_TEST_TMPDIR/ours") || true
	echo "$1: $n lines"
	test "$n" "$2" "$3"
}

@test "the two libraries are two, and the patched one has one table less than a tenth as big" {
	cd "$BATS_FILE_TMPDIR"
	nm answers-whole | grep -q ' wordlist$'
	refute grep -q ' wordlist$' <(nm answers-ours)
	size=$(nm -S answers-ours | awk '$4 == "rows" { print $2 }')
	whole=$(nm -S answers-whole | awk '$4 == "wordlist" { print $2 }')
	echo "$((16#$size)) bytes of $((16#$whole))"
	[ $((16#$size * 10)) -lt $((16#$whole)) ]
}

@test "each name of each architecture, and 2,500 words that are none, resolve to the same" {
	skip="^'($parts)'"
	[ "$(gcc -dumpmachine)" = x86_64-linux-gnu ] || skip=
	ask_both names "$BATS_FILE_TMPDIR/words"
	[ "$(wc -l <"$BATS_FILE_TMPDIR/calls")" -gt 500 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/ours* | wc -l)" = "$(wc -l <"$BATS_FILE_TMPDIR/words")" ]
	count_lines "': [0-9]" -gt 300     # native
	count_lines "': -[0-9]{3,}" -gt 50 # of another architecture: a pseudo number
	count_lines "': -1 " -gt 2400      # no call
	count_lines "^'open_tree_attr': -1 " = 1
	count_lines "^'(cacheflush|set_tls|breakpoint|sysmips|swapcontext|s390_pci_mmio_read|riscv_flush_icache)': -10" = 7
}

@test "the parts of i386's socketcall and ipc resolve to the numbers that they have as calls" {
	[ "$(gcc -dumpmachine)" = x86_64-linux-gnu ] || skip "a machine without i386"
	local name native i386 header number
	skip="^'($parts)'"
	ask_both names "$BATS_FILE_TMPDIR/words"
	sort -u "$BATS_TEST_TMPDIR/ours.skipped" >"$BATS_TEST_TMPDIR/ours"
	count_lines . = 32
	header=$(echo '#include <asm/unistd_32.h>' | gcc -E -dM -)
	while read -r name native _ _ _ _ i386 _; do
		number=$(sed -n "s/^#define __NR_$name //p" <<<"$header")
		echo "$name: native $native, i386 $i386, header ${number:-none}"
		[ "$i386" = "$number" ] || { [ -z "$number" ] && [ "$i386" -lt 0 ]; }
	done < <(tr -d "':" <"$BATS_TEST_TMPDIR/ours")
	# All else of these lines is the same.
	sort -u "$BATS_TEST_TMPDIR/whole.skipped" | cut -d' ' -f 1-6,9- >"$BATS_TEST_TMPDIR/whole"
	cut -d' ' -f 1-6,9- "$BATS_TEST_TMPDIR/ours" >"$BATS_TEST_TMPDIR/rest"
	cmp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/rest"
}

@test "each number resolves to the same name" {
	skip="^2 -(1[0-2]|20|21|22)[0-9] ($parts)$" # i386's
	ask_both numbers
	count_lines ' [a-z0-9_]+$' -gt 1500
	count_lines ' -[0-9]+ [a-z0-9_]+$' -gt 100
}

@test "each call, and each number, as a rule: the same filter or the same error, natively and with all architectures" {
	ask_both rules "$BATS_FILE_TMPDIR/calls"
	count_lines ': 0 .*export 0:[0-9a-f]{64}' -gt 1500
	count_lines ': -[0-9]+' -gt 500
}

@test "a filter for all calls is the same, natively and with all architectures" {
	ask_both programs "$BATS_FILE_TMPDIR/calls"
	count_lines 'export 0:[0-9a-f]{4000,}' -ge 2
	count_lines 'export -' = 0
}

@test "architectures that this machine's kernel has not are unknown: the only answers that differ" {
	case $(gcc -dumpmachine) in
	x86_64-* | i?86-* | aarch64-* | arm-* | riscv64-*) ;;
	*) skip "libseccomp stays as it is on this machine" ;;
	esac
	run ask_both others
	[ "$status" != 0 ]
	count_lines 'getpid -1, its number unknown, arch_add unknown$' = 5
	count_lines 'by name: unknown$' = 1
	mv "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/ours"
	count_lines 'getpid [0-9]+, its number getpid, arch_add known$' = 5
	count_lines 'by name: known$' = 1
}

@test "denyinit makes the same of each shipped policy: program, --check and --print" {
	cd "$BATS_TEST_DIRNAME/../.."
	for policy in conf/*.ini tests/mutation/kinds.ini; do
		for what in --check --print; do
			for which in whole ours; do
				echo "$policy $what $which" >&2
				status=0
				"$BATS_FILE_TMPDIR/denyinit-$which" $what -c "$policy" >"$BATS_TEST_TMPDIR/$which" 2>&1 || status=$?
				echo "status $status" >>"$BATS_TEST_TMPDIR/$which"
			done
			cmp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/ours"
			[ $what != --check ] || grep '^program ' "$BATS_TEST_TMPDIR/ours" | sha256sum >>"$BATS_TEST_TMPDIR/programs"
		done
		count_lines . -ge 3
	done
	[ "$(wc -l <"$BATS_TEST_TMPDIR/programs")" -ge 6 ]
	[ "$(sort -u "$BATS_TEST_TMPDIR/programs" | wc -l)" -ge 5 ] # they are not all empty
}

@test "what asks the kernel for what it can do is left out; rules are taken or not as before, and loaded" {
	nm "$BATS_FILE_TMPDIR/denyinit-whole" | grep -q ' _sys_chk_flag_kernel$'
	refute grep -q ' _sys_chk_flag_kernel$' <(nm "$BATS_FILE_TMPDIR/denyinit-ours")
	cat >"$BATS_TEST_TMPDIR/load.c" <<-'END'
		#include <errno.h>
		#include <seccomp.h>
		#include <unistd.h>

		int main(void)
		{
			scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);

			if (!context || seccomp_api_get() < 5 || seccomp_api_set(8) != -EINVAL)
				return 1;
			if (seccomp_attr_set(context, SCMP_FLTATR_CTL_LOG, 1) != 0 ||
			    seccomp_rule_add(context, SCMP_ACT_KILL_PROCESS, SCMP_SYS(getppid), 0) != 0 ||
			    seccomp_rule_add(context, SCMP_ACT_ERRNO(7), SCMP_SYS(getpgid), 0) != 0 ||
			    seccomp_rule_add(context, 0x1234, SCMP_SYS(getsid), 0) != -EINVAL)
				return 2;
			return seccomp_load(context) == 0 && getpgid(0) == -1 && errno == 7 ? 0 : 3;
		}
	END
	for library in "$BATS_FILE_TMPDIR/whole/src/.libs" "$BATS_TEST_DIRNAME/../../build/deps/lib"; do
		"$BATS_TEST_DIRNAME/../../build/deps/bin/musl-gcc" -static-pie -o "$BATS_TEST_TMPDIR/load" \
			"$BATS_TEST_TMPDIR/load.c" -L"$library" -lseccomp
		"$BATS_TEST_TMPDIR/load"
	done
}

# Runs the script of libseccomp on a copy of its source, after an edit of it.
patch_libseccomp() { # MACHINE [SED-SCRIPT FILE]
	rm -rf "$BATS_TEST_TMPDIR/source"
	cp -a "$BATS_FILE_TMPDIR/source" "$BATS_TEST_TMPDIR"
	[ $# = 1 ] || sed -i "$2" "$BATS_TEST_TMPDIR/source/src/$3"
	(cd "$BATS_TEST_TMPDIR/source" && "$BATS_TEST_DIRNAME/../../deps/patches/libseccomp" "$1")
}

compile() { # FILE...: of the copy, with warnings as errors
	local here=$BATS_TEST_DIRNAME/../..
	cp "$BATS_FILE_TMPDIR/whole/configure.h" "$BATS_TEST_TMPDIR/source"
	for file; do
		"$here/build/deps/bin/musl-gcc" -Wall -Wextra -Werror -Wno-unused-parameter -c -o "$BATS_TEST_TMPDIR/object" \
			-I"$BATS_TEST_TMPDIR/source" -I"$BATS_TEST_TMPDIR/source/include" "$BATS_TEST_TMPDIR/source/src/$file"
	done
}

@test "libseccomp for other machines: their tables compile, wider where numbers do not fit into 16 bits" {
	local row="/^static const struct row/,/^}/p"
	patch_libseccomp aarch64-linux-gnu
	compile syscalls.perf.c arch-aarch64.c arch-arm.c
	grep -q '	int numbers\[' "$BATS_TEST_TMPDIR/source/src/calls.inc"
	sed -n "$row" "$BATS_TEST_TMPDIR/source/src/calls.inc" | grep -q '{__PNR_set_tls, 983045}'
	patch_libseccomp riscv64-linux-gnu
	compile syscalls.perf.c arch-riscv64.c
	grep -q '	short numbers\[' "$BATS_TEST_TMPDIR/source/src/calls.inc"
	patch_libseccomp x86_64-linux-gnu
	compile syscalls.perf.c arch.c arch-x86.c arch-x86_64.c arch-x32.c system.c
	sed -n "$row" "$BATS_TEST_TMPDIR/source/src/calls.inc" | grep -q '{165, 21, 165}'
}

@test "libseccomp for a machine that is not listed stays as it is" {
	patch_libseccomp m68k-linux-gnu | grep -q 'stays as it is'
	diff -r "$BATS_FILE_TMPDIR/source" "$BATS_TEST_TMPDIR/source"
}

@test "another libseccomp, which its script does not fit, is refused or does not compile" {
	is_refused() { # MESSAGE SED-SCRIPT [FILE]
		run patch_libseccomp x86_64-linux-gnu "$2" "${3:-syscalls.csv}"
		echo "$output"
		[ "$status" != 0 ]
		[[ $output == *"$1"* ]]
	}
	does_not_compile() { # FILE-TO-COMPILE SED-SCRIPT FILE
		patch_libseccomp x86_64-linux-gnu "$2" "$3"
		refute compile "$1"
	}
	is_refused 'no column x32' '1s/,x32,/,x33,/'
	is_refused 'no kernel version beside x86' '1s/,x86_kver,/,/'
	is_refused 'mount: neither a number nor PNR' 's/^mount,21,KV_UNDEF/mount,21,KV_2_6/'
	is_refused 'mount: neither a number nor PNR' 's/^mount,21,/mount,none,/'
	is_refused 'Mount: not a name' 's/^mount,/Mount,/'
	is_refused 'mount: not a name, or there twice' 's/^munmap,/mount,/'
	is_refused 'the names have 0 bytes' '2,$d'
	is_refused 'api.c: not 70 lines' '0,/^[[:space:]]*sys_set_seccomp_flag(/{/sys_set_seccomp_flag(/d}' api.c
	is_refused 'system.c: not 1 lines' 's/^int sys_chk_seccomp_flag(/long &/' system.c
	does_not_compile arch-x86.c 's/^struct arch_syscall_table/struct table/' syscalls.h
	does_not_compile arch-x86.c 's/SYSTBL_OFFSET(NAME)/SYSTBL_OFFSET(WHICH)/' syscalls.h
	does_not_compile syscalls.perf.c 's/int syscall_resolve_name(/long syscall_resolve_name(/' syscalls.h
	# a pseudo number of more than 16 bits
	does_not_compile syscalls.perf.c 's/\(__PNR_afs_syscall\|__PNR_set_tls\)[[:space:]]*-.*/\1 -40000/' ../include/seccomp-syscalls.h
}
