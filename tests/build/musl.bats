#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# deps/patches/musl: a printf(3) without floating-point numbers, wide characters and arguments by position prints all else as
# before, and says no to those.

setup() {
	here=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return 1
	dpkg-source --no-check --no-copy -x "$here"/build/cache/sources/musl_*.dsc source >/dev/null
}

build() { # PROGRAM: the text is on stdin
	cat >"$1.c"
	"$here/build/deps/bin/musl-gcc" -std=c11 -Wno-format -static-pie -o "$1" "$1.c"
}

@test "all else is printed as by the machine's own C library" {
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

@test "what is left out is an error, and nothing is made up for it" {
	build left_out <<-'END'
		#include <errno.h>
		#include <stdio.h>
		#include <wchar.h>

		#define REFUSES(error, ...) (errno = 0, snprintf(text, sizeof text, __VA_ARGS__) == -1 && errno == (error))

		int main(void)
		{
			char text[20];

			if (snprintf(text, sizeof text, "%s %d", "text", 2) != 6 || !REFUSES(EOVERFLOW, "%.1f", 1.5))
				return 1;
			if (!REFUSES(EOVERFLOW, "%ls", L"text") || !REFUSES(EOVERFLOW, "%lc", (wint_t)L'c'))
				return 2;
			return REFUSES(EINVAL, "%1$s", "text") && REFUSES(EINVAL, "%*1$d", 3) ? 0 : 3;
		}
	END
	./left_out
}

@test "no program of ours prints any of it" {
	local left_out='%([0-9]+[$]|[-+ #0-9.*]*(l?L?[efgaEFGA]|l[sc]|[SC]))'
	echo '"%-5ls" "%1$s" "%.1f" "%S"' | grep -oE "$left_out" | grep -c . | grep -qx 4
	run grep -nE "$left_out" "$here"/init/*.c "$here"/selftest/*.c
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
