#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tests/run counts right and fails when it must: run in a folder of its own, with tests made for this.

setup() {
	unset CI
	tree=$BATS_TEST_TMPDIR
	mkdir -p "$tree/tests/docs" "$tree/tests/unit" "$tree/deps" "$tree/build/unit"
	cp tests/run "$tree/tests"
	printf '#!/bin/sh\n' >"$tree/deps/install"
	chmod +x "$tree/deps/install"
	# "builds" programs that are there already, and no program that is called missing
	printf 'all check-house lint-format lint-tidy lint-cppcheck:\nbuild/unit/test_%%: ;\n' >"$tree/Makefile"
	printf 'build/unit/test_missing:\n\tfalse\nlint-shell:\n\t@echo a finding; false\n' >>"$tree/Makefile"
}

bats_file() { # NAME < CONTENT
	sed "s/^%/@/" >"$tree/tests/docs/$1.bats" # bats would take `@test` for its own
}

program() { # NAME < SCRIPT, one that prints TAP
	touch "$tree/tests/unit/test_$1.c"
	{
		echo '#!/bin/sh'
		cat
	} >"$tree/build/unit/test_$1"
	chmod +x "$tree/build/unit/test_$1"
}

ends_with() { # STATUS LAST-LINE
	echo "$output"
	[ "$status" = "$1" ]
	[ "${lines[-1]}" = "$2" ]
}

@test "all passed" {
	bats_file good <<<'%test "a" { true; }'
	run "$tree/tests/run" docs
	ends_with 0 '1 passed, 0 failed, 0 skipped'
	[[ $output == *'docs: 1 passed, 0 failed, 0 skipped in '*' s'* ]]
}

@test "one failed: what it said is shown" {
	bats_file bad <<<'%test "a" { echo the reason; false; }
%test "b" { true; }'
	run "$tree/tests/run" docs
	ends_with 1 '1 passed, 1 failed, 0 skipped'
	[[ $output == *'not ok 1 a'*'# the reason'* ]]
}

@test "one skipped: passes, but not with CI=true" {
	bats_file skip <<<'%test "a" { skip "not here"; }
%test "b" { true; }'
	run "$tree/tests/run" docs
	ends_with 0 '1 passed, 0 failed, 1 skipped'
	[[ $output == *'ok 1 a # skip not here'* ]]
	CI=true run "$tree/tests/run" docs
	ends_with 1 '1 passed, 0 failed, 1 skipped'
}

@test "a bats file that cannot be read is a failure" {
	bats_file broken <<<'%test "a" { tru'
	run "$tree/tests/run" docs
	ends_with 1 '0 passed, 1 failed, 0 skipped'
}

@test "nothing ran: a failure" {
	bats_file empty <<<''
	run "$tree/tests/run" docs
	ends_with 1 '0 passed, 0 failed, 0 skipped'
}

@test "a section without tests is an error by name, and passed over else" {
	run "$tree/tests/run" docs
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *'no tests in tests/docs yet'* ]]
	rm -r "$tree/tests/docs"
	run "$tree/tests/run"
	ends_with 1 '4 passed, 1 failed, 0 skipped'
	[[ $output == *'docs: no tests yet'* ]]
}

@test "a section that there is not is an error that names those there are" {
	run "$tree/tests/run" dcos
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"no section 'dcos': there are unit build mutation fuzz bench live container kernel docs lint"* ]]
}

@test "lint: one test for each tool, findings shown" {
	run "$tree/tests/run" lint
	ends_with 1 '4 passed, 1 failed, 0 skipped'
	[[ $output == *'a finding'* ]]
}

@test "lint beside container: both are counted, what lint finds comes last" {
	mkdir "$tree/tests/container"
	printf '@%s "c" { true; }\n' test >"$tree/tests/container/good.bats"
	run "$tree/tests/run" container lint
	ends_with 1 '5 passed, 1 failed, 0 skipped'
	[[ $output == *'container: 1 passed, 0 failed, 0 skipped in '*'a finding'*'lint: 4 passed, 1 failed, 0 skipped in '* ]]
}

@test "cmocka: passed, failed, skipped as version 1.1 prints it" {
	program mixed <<-'END'
		printf '1..3\nok 1 - a\nnot ok 2 - b\n# 0x1 != 0x2\nnot ok 3 # SKIP c\n'
		exit 1
	END
	run "$tree/tests/run" unit
	ends_with 1 '1 passed, 1 failed, 1 skipped'
	[[ $output == *'# 0x1 != 0x2'* ]]
}

@test "a program that crashes: the tests without a result have failed" {
	program crash <<-'END'
		printf '1..3\nok 1 - a\n'
		echo AddressSanitizer says something >&2
		exit 134
	END
	program good <<<'printf "1..1\nok 1 - a\n"'
	run "$tree/tests/run" unit
	ends_with 1 '2 passed, 2 failed, 0 skipped'
	[[ $output == *'ended with status 134'*'AddressSanitizer says something'* ]]
}

@test "a program that ends badly after its last test, or says nothing, has failed" {
	program leak <<<'printf "1..1\nok 1 - a\n"; echo a leak; exit 23'
	run "$tree/tests/run" unit
	ends_with 1 '1 passed, 1 failed, 0 skipped'
	[[ $output == *'a leak'* ]]
	program leak <<<'exit 1'
	run "$tree/tests/run" unit
	ends_with 1 '0 passed, 1 failed, 0 skipped'
}

@test "a program that does not build, and packages that cannot be installed, are failures" {
	touch "$tree/tests/unit/test_missing.c"
	run "$tree/tests/run" unit
	ends_with 1 '0 passed, 1 failed, 0 skipped'
	echo 'exit 1' >>"$tree/deps/install"
	bats_file good <<<'%test "a" { true; }'
	run "$tree/tests/run" docs
	ends_with 1 '0 passed, 1 failed, 0 skipped'
}
