#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What init/ has for each architecture, against that architecture's headers, and run under qemu-user: the tables, and the
# programs that shipped policies become. aarch64 and s390x (big-endian, with socketcall, ipc and umount as native calls);
# DENYINIT_FULL=1: all of them.
load common

# NAME  Debian's cross tools  qemu-user's name  the tools of the ABI besides that has tables
table='aarch64  aarch64-linux-gnu      aarch64  arm-linux-gnueabihf
s390x    s390x-linux-gnu        s390x
riscv64  riscv64-linux-gnu      riscv64
ppc64le  powerpc64le-linux-gnu  ppc64le
armv7    arm-linux-gnueabihf    arm
i386     i686-linux-gnu         i386'

full() { [ "${DENYINIT_FULL:-}" = 1 ]; }

setup_file() {
	if full; then
		deps/install docs-archs
	fi
	[ -f build/deps/src/inih/ini.c ] || make -s build/deps/VERSIONS
}

# each FUNCTION: calls it with the row of each architecture.
each() {
	local name triplet qemu compat count=0
	while read -r name triplet qemu compat <&4; do
		full || [ $count -lt 2 ] || break
		"$1" "$name" "$triplet" "qemu-$qemu-static" "$compat" || { echo "$1: $name" && return 1; }
		count=$((count + 1))
	done 4<<<"$table"
	[ $count -ge 2 ]
}

# calls COMPILER: {"NAME", NUMBER}, of each call by its headers.
calls() {
	{
		echo '#include <asm/unistd.h>'
		"$1" -dM -E -include asm/unistd.h - </dev/null |
			sed -nE 's/^#define (__NR_([a-z0-9_]+)) .*/call "\2" \1/p'
	} | "$1" -E -P - | sed -nE 's/^call ("[a-z0-9_]+") (.*)$/{\1, \2},/p'
}

inih=(-isystem build/deps/src/inih -DINI_HANDLER_LINENO=1 -DINI_ALLOW_MULTILINE=0 -DINI_CALL_HANDLER_ON_NEW_SECTION=1
	-DINI_USE_STACK=1 -DINI_MAX_LINE=200)

compile() { # COMPILER OUTPUT ARGUMENT...
	"$1" -static -std=c11 -O1 -Wall -Wextra -Werror -I. -D_GNU_SOURCE= -o "$2" "${@:3}"
}

constants() { # ROW
	local list=$BATS_TEST_TMPDIR/list said=$BATS_TEST_TMPDIR/said found both=$BATS_TEST_TMPDIR/both
	compile "$2-gcc" "$BATS_TEST_TMPDIR/names" tests/docs/names.c init/names_constants.c init/names_arguments.c \
		init/names_groups.c init/packed.c init/words.c
	"$3" "$BATS_TEST_TMPDIR/names" constants | LC_ALL=C sort >"$said"
	! grep '^not found' "$said" || return 1
	CC=$2-gcc init/gen-constants.sh --list "/usr/$2/include" 2>/dev/null | LC_ALL=C sort >"$list"
	# Older headers have less, newer ones more: what both have is the same.
	found=$(LC_ALL=C join -1 2 -2 2 "$list" "$said" | tee "$both" | awk '$2 != $4 || $3 != $5')
	echo "$found"
	echo "# figure: names constants: $1: $(wc -l <"$both") of $(wc -l <"$said") compared with the headers" >&3
	[ "$found" = "" ] && [ "$(wc -l <"$both")" -ge 900 ]
}

@test "every constant has the kind and value that its architecture's headers say" {
	each constants
}

programs() { # ROW
	local output define=() sound
	calls "$2-gcc" >"$BATS_TEST_TMPDIR/native.h"
	define+=("-DNATIVE_CALLS=\"$BATS_TEST_TMPDIR/native.h\"")
	if [ -n "$4" ]; then
		calls "$4-gcc" >"$BATS_TEST_TMPDIR/compat.h"
		define+=("-DCOMPAT_CALLS=\"$BATS_TEST_TMPDIR/compat.h\"")
	fi
	compile "$2-gcc" "$BATS_TEST_TMPDIR/arch" "${define[@]}" "${inih[@]}" tests/docs/arch.c \
		init/{abis,answer,assemble,calls,conditions,findings,lines,lint_doors,nearest,packed,policy,registers}.c \
		init/{rules,staying,terms,words,wording}.c init/names_*.c build/deps/src/inih/ini.c
	output=$("$3" "$BATS_TEST_TMPDIR/arch" tables) || { echo "$output" && return 1; }
	[[ $output == "$1: "[34][0-9][0-9]" calls"* ]] || { echo "$output" && return 1; }
	# Those that are refused are examples of what is.
	mapfile -t sound < <(grep -L 'REFUSES' conf/*.ini)
	output=$("$3" "$BATS_TEST_TMPDIR/arch" policies "${sound[@]}") || { echo "$output" && return 1; }
	[ "$(grep -c ' rules$' <<<"$output")" = ${#sound[@]} ]
	[[ $output =~ asked\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 24 ]
	echo "# figure: architectures: $1: ${#sound[@]} policies, ${BASH_REMATCH[1]} calls known by heart" >&3
}

@test "what policies become denies by the numbers, registers and byte order of each architecture" {
	each programs
}
