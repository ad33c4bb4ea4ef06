#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# deps/patches/musl: a printf(3) without floating-point numbers prints all else as before, and says no to those.

setup() {
	here=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return 1
	dpkg-source --no-check --no-copy -x "$here"/build/cache/sources/musl_*.dsc source >/dev/null
}

build() { # PROGRAM: the text is on stdin
	cat >"$1.c"
	"$here/build/deps/bin/musl-gcc" -std=c11 -Wno-format -static-pie -o "$1" "$1.c"
}

@test "what is no float is printed as by the machine's own C library" {
	cat >ways.c <<-'END'
		#include <stdint.h>
		#include <stdio.h>

		int main(void)
		{
			printf("%d|%5d|%-5d|%05d|%+d|% d|%.3d\n", -1, 2, 3, 4, 5, 6, 7);
			printf("%x|%#X|%o|%#o|%llu|%lld|%zu|%hhd\n", 255, 255, 8, 8, ~0ull, INT64_MIN, SIZE_MAX, 300);
			return printf("%s|%10s|%-10s|%.2s|%.*s|%c|%%|%u\n", "a", "b", "c", "def", 3, "ghijk", 'l', 0u) < 0;
		}
	END
	build ours <ways.c
	gcc -std=c11 -o theirs ways.c
	[ "$(./ours)" = "$(./theirs)" ]
}

@test "a float is an error, and nothing is made up for it" {
	build float <<-'END'
		#include <errno.h>
		#include <stdio.h>

		int main(void)
		{
			char text[20];

			return snprintf(text, sizeof text, "%.1f", 1.5) == -1 && errno == EOVERFLOW ? 0 : 1;
		}
	END
	./float
}

@test "no program of ours prints one" {
	run grep -nE '%[-+ #0-9.*]*l?L?[efgaEFGA]' "$here"/init/*.c "$here"/selftest/*.c
	[ -z "$(echo "$output" | grep '"' | grep -vE '%%')" ]
}

@test "it fits the source that is fetched, once, and no other" {
	cd source
	"$here/deps/patches/musl"
	head -n 1 src/stdio/vfprintf.c | grep -q 'Changed when denyinit was built'
	run "$here/deps/patches/musl"
	[ "$status" -ne 0 ]
	[[ $output == *"not as expected"* ]]
}
