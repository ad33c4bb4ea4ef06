#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What kind of files the build makes. Each check is a function, so that the last tests can see it fail.
load elf

PROGRAMS='build/denyinit build/denyinit-selftest build/denyinit-export'

setup_file() {
	cat >"$BATS_FILE_TMPDIR/empty.c" <<-'END'
		int main(void) { return 0; }
	END
}

gcc_makes() { # OPTION...
	gcc "$@" -o "$BATS_TEST_TMPDIR/program" "$BATS_FILE_TMPDIR/empty.c"
}

@test "the programs are static PIE: no INTERP, no NEEDED" {
	for program in $PROGRAMS; do
		is_static_pie "$program"
	done
}

@test "full RELRO, no executable stack, no text relocations" {
	for program in $PROGRAMS; do
		is_hardened "$program"
	done
}

@test "the stack protector is in" {
	for program in $PROGRAMS; do
		nm "$program.linked" | grep -q ' __stack_chk_fail$'
	done
}

@test "the stack protector's value is another at each start, and what writes over it is ended" {
	local guard
	guard=$(grep -oE -- '-mstack-protector-guard=[a-z]+' build/flags | sort -u)
	cat >"$BATS_TEST_TMPDIR/smash.c" <<-'END'
		#include <stdint.h>
		#include <stdio.h>
		#include <string.h>

		extern uintptr_t __stack_chk_guard;

		__attribute__((noinline)) static void smash(char *bytes, size_t length)
		{
			memset(bytes, 'x', length);
		}

		int main(int argc, char **argv)
		{
			char bytes[16] = "";

			(void)argv;
			printf("%lx\n", (unsigned long)__stack_chk_guard);
			fflush(stdout);
			smash(bytes, argc > 1 ? 64 : sizeof bytes);
			return bytes[0] != 'x';
		}
	END
	# shellcheck disable=SC2086 # an option, or none
	build/deps/bin/musl-gcc -static-pie -Oz -fstack-protector-strong $guard -o "$BATS_TEST_TMPDIR/smash" \
		"$BATS_TEST_TMPDIR/smash.c"
	for _ in 1 2 3; do "$BATS_TEST_TMPDIR/smash"; done >"$BATS_TEST_TMPDIR/values"
	[ "$(grep -E '^[0-9a-f]{9,}$' "$BATS_TEST_TMPDIR/values" | sort -u | wc -l)" = 3 ]
	run "$BATS_TEST_TMPDIR/smash" too much
	[ "$status" -gt 128 ]
}

@test "stripped, with the debug file beside named in them" {
	for program in $PROGRAMS; do
		is_stripped "$program"
		readelf --string-dump=.gnu_debuglink "$program" | grep -q "${program#build/}.debug"
		readelf -SW "$program.debug" | grep -q '\.debug_info'
	done
}

@test "denyinit has at most 240 KiB, denyinit-export 220, denyinit-selftest 60" {
	[ "$(stat -c %s build/denyinit)" -le $((240 * 1024)) ]
	[ "$(stat -c %s build/denyinit-export)" -le $((220 * 1024)) ]
	[ "$(stat -c %s build/denyinit-selftest)" -le $((60 * 1024)) ]
}

@test "make size says what their bytes are, to the last one" {
	local program
	for program in $PROGRAMS; do
		tests/bench/size build "${program#build/}" >"$BATS_TEST_TMPDIR/size"
		# Each number where it belongs: code and tables are what the rows sum up to, and the file is all rows.
		awk -F ' *[|] *' -v size="$(stat -c %s "$program")" '
			NR < 3 { next }
			$2 == "all" { all = $5; next }
			$3 != "" { wrong += $3 + $4 != $5; parts++ }
			{ sum += $5; last = $5 }
			END { exit !(parts >= 2 && !wrong && sum == size && all == size && last > 0 && last < 8192) }' \
			"$BATS_TEST_TMPDIR/size"
	done
	tests/bench/size build denyinit | grep -q '^| libseccomp |'
}

@test "no path of the machine that built them is in them" {
	for program in $PROGRAMS; do
		for file in "$program" "$program.debug"; do
			refute names_its_builder "$file"
		done
	done
}

@test "build/deps/VERSIONS names each dependency of deps/versions with its tarball" {
	while read -r package upstream _ suite _ sum; do
		grep -qE "^$package $upstream-[^ ]+ $suite $sum\$" build/deps/VERSIONS
	done < <(sed '/^#/d; /^$/d' deps/versions)
}

@test "denyinit-selftest has nothing of libseccomp, inih or libmd in it" {
	nm build/denyinit.linked | grep -q ' seccomp_'
	nm build/denyinit-selftest.linked >"$BATS_TEST_TMPDIR/names"
	refute grep -qE ' (seccomp_|ini_parse|SHA256)' "$BATS_TEST_TMPDIR/names"
}

@test "control: the checks find a dynamic program" {
	gcc_makes
	refute is_static_pie "$BATS_TEST_TMPDIR/program"
	refute is_stripped "$BATS_TEST_TMPDIR/program"
}

@test "control: the checks find a static program that is no PIE" {
	gcc_makes -static -no-pie
	refute is_static_pie "$BATS_TEST_TMPDIR/program"
}

@test "control: the checks find lazy binding, an executable stack" {
	gcc_makes -Wl,-z,lazy
	refute is_hardened "$BATS_TEST_TMPDIR/program"
	gcc_makes -Wl,-z,relro,-z,now
	is_hardened "$BATS_TEST_TMPDIR/program"
	gcc_makes -Wl,-z,relro,-z,now,-z,execstack
	refute is_hardened "$BATS_TEST_TMPDIR/program"
}
