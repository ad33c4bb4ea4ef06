#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What libseccomp.bats sees of this machine's library, of those for other architectures: the patched one answers as one
# that was built of the same source without the patch, and has the numbers of that architecture's kernel headers. The
# answers are given under qemu-user. aarch64; with DENYINIT_FULL=1 all that the Makefile knows.
# shellcheck disable=SC2030,SC2031 # each test has a shell of its own
load archs

# The parts of socketcall and ipc, where the native ABI has these two: there the patched library knows the calls that they
# are, and nothing else.
parts='accept|accept4|bind|connect|getpeername|getsockname|getsockopt|listen|recv|recvfrom|recvmmsg|recvmsg|send|sendmmsg|sendmsg|sendto|setsockopt|shutdown|socket|socketpair|msgctl|msgget|msgrcv|msgsnd|semctl|semget|semop|semtimedop|shmat|shmctl|shmdt|shmget'

has_parts() { [[ " i386 s390x ppc64le " == *" $1 "* ]]; } # ARCH

setup_file() {
	local arch cc machine
	make_for_all deps
	cd "$BATS_FILE_TMPDIR" || return 1
	dpkg-source --no-check --no-copy -x "$top"/build/cache/sources/libseccomp_*.dsc source
	for arch in "${archs[@]}"; do
		cc=$top/build/$arch/deps/bin/musl-gcc
		machine=$("$cc" -dumpmachine)
		mkdir "$arch"
		cp -a source "$arch/whole"
		(
			cd "$arch/whole" || exit 1
			./configure --host="${machine/gnu/musl}" --disable-shared --enable-static --disable-python CC="$cc" \
				CFLAGS='-O1 -ffunction-sections -fdata-sections' GPERF=false AR="$machine-ar" RANLIB="$machine-ranlib"
			make -j2 -C src libseccomp.la
		)
		for which in whole ours; do
			library=()
			[ $which = ours ] || library=("-L$arch/whole/src/.libs")
			"$cc" -std=c11 -D_GNU_SOURCE -static-pie -Wl,--gc-sections -o "$arch/answers-$which" \
				"$top/tests/build/answers.c" "${library[@]}" -lseccomp
		done
		printf '#include <asm/unistd.h>\n' | "$cc" -E -dM - |
			sed -nE 's/^#define __NR_([a-z0-9_]+) .*/\1/p' | LC_ALL=C sort >"$arch/names"
		{
			printf '#include <asm/unistd.h>\n'
			sed 's/.*/"&" __NR_&/' "$arch/names"
		} | "$cc" -E -P - | awk -F '"' 'NF == 3 { gsub(/ /, "", $3); print $2, $3 }' >"$arch/header"
	done
	sed '1d; s/,.*//' source/src/syscalls.csv >calls
	{
		cat calls
		sed 's/.$//; p; s/^/_/' calls
		printf '%s\n' '' ' ' 'mount ' no_such_call 0 165 -1 '~' zzz "$(printf '\377')"
	} >words
}

ask() { # ARCH WHICH WHAT WORDS SKIP
	emulate "$1" "$BATS_FILE_TMPDIR/$1/answers-$2" "$3" <"$4" | grep -avE "$5" >"$BATS_TEST_TMPDIR/$2"
}

same_answers() { # ARCH WHAT WORDS SKIP LINES
	ask "$1" whole "$2" "$3" "$4"
	ask "$1" ours "$2" "$3" "$4"
	diff "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/ours" | cut -c 1-200 | head -n 20
	cmp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/ours"
	lines=$(wc -l <"$BATS_TEST_TMPDIR/ours")
	echo "$1 $2: $lines lines"
	[ "$lines" -gt "$5" ]
}

# Regular expressions of what is answered otherwise; what matches nothing, where nothing is.
of_names() { if has_parts "$1"; then echo "^'($parts)'"; else echo '^$'; fi; }
of_numbers() { if has_parts "$1"; then echo "^[0-9] -(1[0-2]|20|21|22)[0-9] ($parts)\$"; else echo '^$'; fi; }
of_rules() {
	if has_parts "$1"; then
		echo " (-[12][0-9][0-9]$(sed -nE "s/^($parts) (.*)/|\\2/p" "$BATS_FILE_TMPDIR/$1/header" | tr -d '\n')): "
	else
		echo '^$'
	fi
}

@test "each name and word resolves to the same, and each number" {
	for arch in "${archs[@]}"; do
		same_answers "$arch" names "$BATS_FILE_TMPDIR/words" "$(of_names "$arch")" 1000
		[ "$(grep -acE "': [0-9]" "$BATS_TEST_TMPDIR/ours")" -gt 250 ]
		same_answers "$arch" numbers /dev/null "$(of_numbers "$arch")" 800
	done
}

@test "each call and each number makes the same filter or the same error, and so do all calls" {
	for arch in "${archs[@]}"; do
		grep -vxE "$(has_parts "$arch" && echo "$parts")" "$BATS_FILE_TMPDIR/calls" >"$BATS_TEST_TMPDIR/calls"
		same_answers "$arch" rules "$BATS_TEST_TMPDIR/calls" "$(of_rules "$arch")" 3000
		[ "$(grep -cE ': 0 .*export 0:[0-9a-f]{64}' "$BATS_TEST_TMPDIR/ours")" -gt 1500 ]
		same_answers "$arch" programs "$BATS_TEST_TMPDIR/calls" '^$' 600
		[ "$(grep -cE 'export 0:[0-9a-f]{4000,}' "$BATS_TEST_TMPDIR/ours")" -ge 2 ]
	done
}

@test "the numbers are those of the architecture's kernel headers" {
	for arch in "${archs[@]}"; do
		ask "$arch" ours names "$BATS_FILE_TMPDIR/calls" '^$'
		tr -d "':" <"$BATS_TEST_TMPDIR/ours" | cut -d' ' -f 1,2 | LC_ALL=C sort >"$BATS_TEST_TMPDIR/known"
		compared=0
		# what libseccomp has no name for is no call: `syscalls`, the count of them, for one
		while read -r name header known; do
			# arm has two names for one call
			[ "$name" != sync_file_range2 ] || [ "$arch" != armv7 ] || continue
			compared=$((compared + 1))
			[ "$known" = "$((header))" ] || { echo "$arch $name: $known, header $header" && return 1; }
		done < <(LC_ALL=C join "$BATS_FILE_TMPDIR/$arch/header" "$BATS_TEST_TMPDIR/known")
		echo "$arch: $compared calls"
		[ $compared -gt 280 ]
	done
}

@test "architectures that its kernel has not are unknown: the only answers that differ" {
	for arch in "${archs[@]}"; do
		ask "$arch" whole others /dev/null '^$'
		ask "$arch" ours others /dev/null '^$'
		[ "$(grep -c 'getpid -1, its number unknown, arch_add unknown$' "$BATS_TEST_TMPDIR/ours")" = 5 ]
		[ "$(grep -c 'getpid [0-9]*, its number getpid, arch_add known$' "$BATS_TEST_TMPDIR/whole")" = 5 ]
	done
}
