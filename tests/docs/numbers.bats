#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The judge's tables of call numbers against each machine's kernel headers, as Debian has them for cross compilers: the
# preprocessor says what the headers mean, where gen-numbers.sh reads their text. These are older than the table or
# newer: a number once given stays.
load common

# NAME NUMBER of each call in the headers below FOLDER; the compiler's own ideas of the machine do not come in.
headers() { # FOLDER [OPTION...]
	local folder=$1 define
	shift
	define=$(gcc -E -dM -nostdinc -I"$folder" "$@" -x c - <<<'#include <asm/unistd.h>' |
		sed -nE 's/^#define (__(ARM_)?NR_([a-z0-9_]+)) .*/\3 \1/p')
	{
		echo '#include <asm/unistd.h>'
		# A name in front of it that is no macro.
		sed 's/^\([^ ]*\) /= \1 : /' <<<"$define"
	} | gcc -E -P -nostdinc -I"$folder" "$@" -x c - | sed -n 's/^= \([a-z0-9_]*\) : /\1 /p' |
		while read -r name value; do
			# What stays a word has no number here.
			[[ $value =~ ^[0-9a-fxA-FX\ ()+]+$ ]] || continue
			echo "$name $((value))"
		done
}

# compare ARCH native|compat AT-LEAST FOLDER [OPTION...]: what both have is the same, and what only the headers have is
# above the table's last number.
compare() {
	local arch=$1 abi=$2 least=$3 field both
	shift 3
	[ -e "$1/asm/unistd.h" ] || {
		echo "there is no $1/asm/unistd.h"
		return 1
	}
	field=$([ "$abi" = native ] && echo 3 || echo 4)
	headers "$@" | grep -vE '^(syscalls|arch_specific_syscall) ' >"$BATS_TEST_TMPDIR/theirs"
	both=$(awk -v field="$field" -F '[(), ]+' '
		NR == FNR { split($0, one, " "); theirs[one[1]] = one[2]; next }
		/^X\(/ && $field >= 0 {
			if ($field > last && $field < 1000)
				last = $field
			if ($2 in theirs) {
				both++
				if (theirs[$2] != $field)
					print $2 " is " theirs[$2] ", not " $field >"/dev/stderr"
				delete theirs[$2]
			}
		}
		END {
			for (name in theirs)
				if (theirs[name] <= last)
					print name " " theirs[name] " is missing" >"/dev/stderr"
			print both + 0
		}' "$BATS_TEST_TMPDIR/theirs" "selftest/numbers_$arch.inc" 2>"$BATS_TEST_TMPDIR/wrong")
	cat "$BATS_TEST_TMPDIR/wrong"
	[ ! -s "$BATS_TEST_TMPDIR/wrong" ]
	echo "# figure: numbers $arch, $abi: $both of $(awk -v field="$field" -F '[(), ]+' '
		/^X\(/ && $field >= 0' "selftest/numbers_$arch.inc" | wc -l) compared with the headers" >&3
	[ "$both" -ge "$least" ]
}

@test "aarch64" {
	compare aarch64 native 300 /usr/aarch64-linux-gnu/include
	compare aarch64 compat 410 /usr/arm-linux-gnueabihf/include -m32 -D__ARM_EABI__
}

@test "armv7" { compare armv7 native 410 /usr/arm-linux-gnueabihf/include -m32 -D__ARM_EABI__; }

@test "i386, also as x86_64 has it" {
	compare i386 native 440 /usr/i686-linux-gnu/include -m32
	compare x86_64 compat 440 /usr/i686-linux-gnu/include -m32
}

@test "riscv64" {
	compare riscv64 native 300 /usr/riscv64-linux-gnu/include -U__ILP32__ -D__riscv_xlen=64
	compare riscv64 compat 290 /usr/riscv64-linux-gnu/include -m32 -D__riscv_xlen=32
}

@test "s390x" {
	compare s390x native 360 /usr/s390x-linux-gnu/include -D__s390x__
	# Newer headers have no 31-bit ABI any more.
	[ ! -e /usr/s390x-linux-gnu/include/asm/unistd_32.h ] ||
		compare s390x compat 420 /usr/s390x-linux-gnu/include -U__s390x__
}

@test "ppc64le" { compare ppc64le native 400 /usr/powerpc64le-linux-gnu/include -D__powerpc64__; }

@test "what a table has twice, it has with one number on each ABI, and in order" {
	local file count=0
	for file in selftest/numbers_*.inc; do
		count=$((count + 1))
		LC_ALL=C sort -c -u <(sed -n 's/^X(\([a-z0-9_]*\),.*/\1/p' "$file")
		[ "$(grep -c '^X(' "$file")" = "$(grep -cE '^X\([a-z0-9_]+(, -?[0-9]+){1,2}\)$' "$file")" ]
	done
	[ "$count" = 8 ]
}
