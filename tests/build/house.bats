#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# make check-house: it holds, and each of its rules can be broken.

setup() {
	unset MAKEFLAGS MFLAGS MAKELEVEL
	tree=$BATS_TEST_TMPDIR
	cp -r Makefile init selftest "$tree"
}

# Adds a line to a file of the copy, and expects to be told of it.
breaks() { # FILE LINE MESSAGE
	sed -i "1i $2" "$tree/$1"
	run make -s -C "$tree" check-house
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"$1:1:$2"* ]]
	[[ $output == *"$3"* ]]
}

@test "the house is in order" {
	make -s -C "$tree" check-house
}

@test "the judge may not include the accused" {
	breaks selftest/trial.c '#include "init/policy.h"' 'selftest/ may include nothing of init/'
}

@test "nor by another spelling" {
	breaks selftest/verdict.h '#  include "../init/policy.h"' 'selftest/ may include nothing of init/'
}

@test "the judge may not use libseccomp" {
	breaks selftest/trial.c '#include <seccomp.h>' 'nor seccomp.h, nor ini.h'
}

@test "the judge may not use inih" {
	breaks selftest/trial.h '#include <ini.h>' 'nor seccomp.h, nor ini.h'
}

@test "the kernel's seccomp.h is no libseccomp" {
	sed -i '1i #include <linux/seccomp.h>' "$tree/selftest/trial.c"
	make -s -C "$tree" check-house
}

@test "the accused may include the judge by its face only" {
	breaks init/main.c '#include "selftest/probe.h"' 'init/ may include of selftest/ only'
}

@test "a pure file may include no header of system calls" {
	breaks init/policy.c '#include <unistd.h>' 'may include no header of system calls'
}

@test "nor one below sys/" {
	breaks selftest/bpf_eval.c '#include <sys/prctl.h>' 'may include no header of system calls'
}

@test "a new file is pure until it is listed as effectful" {
	echo '#include <fcntl.h>' >"$tree/init/something_new.c"
	run make -s -C "$tree" check-house
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"init/something_new.c:1:#include <fcntl.h>"* ]]
	make -s -C "$tree" check-house EFFECTFUL="$(cd "$tree" && echo init/*.c selftest/*.c)"
}

@test "the list of effectful files names no file that is gone" {
	mv "$tree/init/launch.c" "$tree/init/start.c"
	run make -s -C "$tree" check-house
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"init/launch.c is listed as effectful and is not there"* ]]
}
