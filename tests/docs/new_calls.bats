#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What tests/docs/new_calls says of the newest kernel's headers, and of headers with calls that nobody has.
load common

setup_file() {
	local found
	found=$(deps/headers build/cache)
	echo "${found%% *}/include" >"$BATS_FILE_TMPDIR/include"
	echo "${found#* }" >"$BATS_FILE_TMPDIR/version"
}

setup() {
	include=$(cat "$BATS_FILE_TMPDIR/include")
	version=$(cat "$BATS_FILE_TMPDIR/version")
}

# The newest headers with the calls of a table besides: NAME NUMBER, in $changed.
add_calls() {
	local name number triplet
	changed=$BATS_TEST_TMPDIR/include
	cp -rL "$include" "$changed"
	while read -r name number; do
		for triplet in x86_64-linux-gnu aarch64-linux-gnu i386-linux-gnu riscv64-linux-gnu s390x-linux-gnu \
			powerpc64le-linux-gnu arm-linux-gnueabihf; do
			sed -i "\$a #define __NR_$name $number" "$changed/$triplet"/asm/unistd[_-][6e3]*.h
		done
		sed -i "\$a #define __NR_$name (__X32_SYSCALL_BIT + $number)" "$changed/x86_64-linux-gnu/asm/unistd_x32.h"
	done
}

# What is said of one call: from its line on to the next thing.
said_of() { awk -v call="new call: $1 (" 'index($0, call) == 1 { on = 1; print; next } /^[^ ]/ { on = 0 } on' <<<"$output"; }

# A failure is the news that it is for: a kernel was released that has calls or constants which these tables do not know.
# Of a release candidate it is only told.
@test "the newest linux-libc-dev of Debian has nothing that the tables do not have" {
	run tests/docs/new_calls --headers "$include" "linux-libc-dev $version"
	echo "$output"
	echo "# figure: new-calls: $(grep -cE '^(new|another|the ceiling)' <<<"$output" || :) new in linux-libc-dev $version" >&3
	[ "$status" -le 1 ]
	[[ $output =~ '('([0-9]+)' calls by name' ]] && [ "${BASH_REMATCH[1]}" -ge 450 ]
	[[ $output == *"x86_64:i386 x86_64:x32"* ]]
	[ "$status" = 0 ] || [[ $version == *~rc* ]]
}

@test "two calls that nobody has are found: one that may mount, one without kin, and each says where it belongs" {
	local steps
	add_calls <<-'TABLE'
		remount_everything 502
		wink 503
	TABLE
	run tests/docs/new_calls --headers "$changed" invented
	echo "$output"
	[ "$status" = 1 ]
	[ "$(grep -c '^new call: ' <<<"$output")" = 2 ]
	steps=$(said_of remount_everything)
	[[ $steps == *'(x86_64 502'*'x86_64:i386 502'*'x86_64:x32 502'* ]]
	[[ $steps == *'By its name it may. Then: @mount in init/names_groups.c and a row of selftest/mount_api.c'* ]]
	[[ $steps == *'init/names_newer.c lacks it'*'init/arguments.txt lacks its arguments'* ]]
	steps=$(said_of wink)
	[[ $steps == *'Nothing in its name says so'*'No call of a group has a name like it'* ]]
	[[ $output == *'POLICY_CEILING in init/policy.h is '*' and wink has the number 503.'* ]]
	[[ $output == *'selftest/gen-numbers.sh'*'conf/gen-calls.sh'* ]]
}

# NAME NUMBER: what is said of it.
@test "a newer form of a denied call is told as its twin, a new member of a family as such" {
	local name number said count=0
	table() {
		cat <<-'TABLE'
			userfaultfd2 502 the twin of userfaultfd, which is in @default @strict:
			kexec_hurry 503 of the family of kexec_load, which is in @default @strict @privileged @reboot:
			mount_setattr2 504 the twin of mount_setattr, which is in @default @strict @mount:
			fpivot_root 505 the twin of pivot_root, which is in @default @strict @mount @privileged:
			clone4 506 the twin of clone3, which is in @default @strict @namespaces:
			swapoff_attr 507 the twin of swapoff, which is in @default @strict @privileged @swap:
		TABLE
	}
	add_calls < <(table | cut -d ' ' -f 1,2)
	run tests/docs/new_calls --headers "$changed" invented
	while read -r name number said; do
		count=$((count + 1))
		[[ $(said_of "$name") == *"By its name $said"* ]] || { echo "$name: no '$said' in: $output" && return 1; }
	done < <(table)
	[ "$count" = 6 ]
}

@test "a number that has changed and a constant that is new are told; headers that are none are an error" {
	changed=$BATS_TEST_TMPDIR/include
	cp -rL "$include" "$changed"
	sed -i 's/^#define __NR_fsopen 430$/#define __NR_fsopen 435/' "$changed/x86_64-linux-gnu/asm/unistd_64.h"
	sed -i '/^#define FSOPEN_CLOEXEC/a #define FSOPEN_TWICE 0x00000002' "$changed/linux/mount.h"
	run tests/docs/new_calls --headers "$changed" invented
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *'another number: fsopen is 435 on x86_64, and the table says 430'* ]]
	[[ $output == *'new constant: FSOPEN_TWICE = 2 (bits)'*'init/gen-constants.sh'* ]]
	run tests/docs/new_calls --headers "$BATS_TEST_TMPDIR" nothing
	[ "$status" = 2 ]
}
