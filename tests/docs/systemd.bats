#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The groups against systemd's of the same name, as the installed systemd-analyze prints them: what differs is in the
# table here, with its reason, or is an error.
load common

setup_file() {
	names=$BATS_FILE_TMPDIR/names
	gcc -std=c11 -O1 -Wall -Wextra -Werror -I. -D_GNU_SOURCE= -o "$names" tests/docs/names.c init/names_constants.c \
		init/names_arguments.c init/names_groups.c init/packed.c init/words.c
	"$names" groups >"$BATS_FILE_TMPDIR/ours"
	systemd-analyze syscall-filter >"$BATS_FILE_TMPDIR/theirs" 2>/dev/null
}

# Groups that are not systemd's: no such name there, or another meaning.
own='@default @strict @namespaces @io-uring'

# GROUP, the call with `+` (we have it and they do not) or `-`, the versions of systemd, the reason. Looked at: 252
# (Debian 12), 257 (Debian 13), 262.
differences() {
	sed '/^#/d' <<-'TABLE'
		@mount -chroot 0-999 it changes no mount, and CAP_SYS_CHROOT is one of Docker's default capabilities
		@mount +open_tree_attr 0-257 Linux 6.15, newer than these; alone it made a read-only mount writable
		@privileged +fchroot 0-262 Linux 7.3, newer than these; chroot by a descriptor
		@mount +open_tree 258-999 with OPEN_TREE_CLONE it copies mounts; systemd has moved it to @file-system for its use without
	TABLE
}

version() { systemd-analyze --version | sed -n 's/^systemd \([0-9]*\).*/\1/p'; }

# Those of the table that are about this version of systemd: GROUP CALL.
explained() { # VERSION
	differences | while read -r group call versions _; do
		[ "$1" -lt "${versions%-*}" ] || [ "$1" -gt "${versions#*-}" ] || echo "$group $call"
	done | sort
}

ours() { sed -n "s/^$1 //p" "$BATS_FILE_TMPDIR/ours" | tr ' ' '\n' | sort -u; }

# A group as systemd has it, those in it too, from what it prints: `@group`, then its members, indented.
theirs() { # GROUP
	local member
	sed -n "/^$1\$/,/^\$/{s/^    \\([@a-z_][a-z0-9_-]*\\)\$/\\1/p}" "$BATS_FILE_TMPDIR/theirs" | while read -r member; do
		case $member in
		@*) theirs "$member" ;;
		*) echo "$member" ;;
		esac
	done | sort -u
}

@test "each group is systemd's, but for what is explained" {
	local version group groups=0 calls=0 found="" difference
	version=$(version)
	[ "$version" -ge 252 ]
	for group in $(cut -d' ' -f1 "$BATS_FILE_TMPDIR/ours"); do
		case " $own " in *" $group "*) continue ;; esac
		[ "$(theirs "$group" | wc -l)" -ge 2 ] || { echo "systemd $version has no $group" && return 1; }
		difference=$(comm -3 <(theirs "$group") <(ours "$group") | sed "s/^\t/$group +/; t; s/^/$group -/")
		found+=$difference${difference:+$'\n'}
		calls=$((calls + $(theirs "$group" | wc -l)))
		groups=$((groups + 1))
	done
	echo "systemd $version, $groups groups, $calls calls"
	[ "$groups" = 15 ]
	[ "$calls" -ge 150 ]
	# @privileged and others have no explanation of their own: they are the same.
	diff <(explained "$version") <(sort <<<"${found%$'\n'}")
	echo "# figure: names groups: $groups compared with systemd $version, $calls calls, $(explained "$version" | wc -l) differences explained" >&3
}

@test "the groups that systemd has not are no groups of its own" {
	local group
	for group in ${own#@default }; do
		[ "$(theirs "$group" | wc -l)" = 0 ]
	done
	# Another @default, of what every program needs.
	theirs @default | grep -qx execve
	run grep -x execve <(ours @default)
	[ "$status" = 1 ]
}

@test "each difference has its reason, and there is none for a group that is not compared" {
	local group call versions reason count=0
	while read -r group call versions reason; do
		grep -q "^$group " "$BATS_FILE_TMPDIR/ours"
		[[ $call =~ ^[-+][a-z0-9_]+$ ]]
		[[ $versions =~ ^[0-9]+-[0-9]+$ ]]
		[ "$(wc -w <<<"$reason")" -ge 4 ]
		count=$((count + 1))
	done < <(differences)
	[ "$count" = 4 ]
	# The page says which groups are not systemd's.
	for group in @mount $own; do
		grep -qx "\.Ql $group\( [,.]\)\?" man/denyinit.ini.5
	done
}
