#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --explain: what it says of a call is what --print says and what the program does, and each line that it proposes works.
# shellcheck disable=SC2016 # backquotes are the program's
load common

# explain WORD: under $policy, into $output.
explain() {
	run --separate-stderr "$denyinit" --explain "$1" -c "$policy"
	[ "$status" = 0 ] || {
		printf '%s: %s %s\n%s\n' "$1" "$status" "$stderr" "$output"
		return 1
	}
	[ -z "$stderr" ]
}

# The lines that are proposed: between backquotes, right behind the label or where it would stand.
proposals() { sed -nE 's/^  (change|      )   `([^`]*)`: .*/\2/p'; }

# Not those that are newer than the policy format's ceiling: they have numbers only.
calls() {
	awk -F'[(, )]+' -v ceiling="$(sed -n 's/^#define POLICY_CEILING \([0-9]*\)u$/\1/p' init/policy.h)" \
		'/^X\(/ && $3 <= ceiling && $4 <= ceiling { print $2 }' selftest/numbers_x86_64.inc
}

groups() { grep -oE '"@[a-z-]+"' init/names_groups.c | tr -d '"' | sort -u; }

@test "an example for each kind of answer" {
	shipped default
	explain unshare
	[ "${lines[0]}" = 'unshare: number 272 on x86_64, others elsewhere: policies take the name' ]
	[[ ${lines[1]} == "  x86_64   EPERM        $policy:"*' (@default) if flags & '*CLONE_NEWUSER* ]]
	[ "${lines[2]}" = '           allowed      otherwise' ]
	[ "${lines[3]}" = '  i386 x32 kill-process any call by another ABI: other-abis = kill' ]
	[ "${lines[4]}" = '  groups   @default @strict @namespaces' ]
	[[ $output == *$'\n  why      '* && $output == *$'\n  breaks   '*rootless* ]]
	[[ $output == *$'\n  change   `unshare = allow`: leaves it open\n'* ]]

	explain 272 # by its number
	[ "${lines[0]}" = 'unshare: number 272 on x86_64, others elsewhere: policies take the name' ]
	explain getpid # denied by nobody
	[[ ${lines[1]} == '  x86_64   allowed      no line names it' ]]
	explain execve # needed
	[[ $output == *'not to be denied as a whole'* ]]
	explain umount # not here
	[[ $output == *'not of x86_64'* ]]
	explain 500 # nobody's
	[[ $output == *'newer-syscalls = ENOSYS'* ]]
	explain @keyring
	[ "${lines[0]}" = '@keyring: 3 calls of x86_64' ]
	[ "$(grep -c " EPERM  .*(@default)$" <<<"$output")" = 3 ]
}

@test "an unknown word: one line on stderr, with the nearest name, and 125" {
	local word
	shipped default
	for word in unshar @keyrin 99999 0x110 400 nonsenseall "$(printf 'a\nb')"; do
		run --separate-stderr "$denyinit" --explain "$word" -c "$policy"
		echo "$word: $status $output $stderr"
		[ "$status" = 125 ]
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == 'denyinit: '* ]]
	done
	run "$denyinit" --explain unshar -c "$policy"
	[[ $output == *'did you mean `unshare`?'* ]]
	run "$denyinit" --explain @keyrin -c "$policy"
	[[ $output == *'did you mean `@keyring`?'* ]]
}

@test "every call and every group is explained in a few lines" {
	local word count=0
	shipped default
	for word in $(calls) $(groups); do
		explain "$word"
		count=$((count + 1))
		[ "${#lines[@]}" -ge 3 ]
		[[ $word == @* || ${#lines[@]} -le 20 ]]
		[[ $output == *$'\n  change   '* ]]
	done
	[ "$count" -gt 450 ]
}

@test "every call of @strict has a reason" {
	local word count=0
	shipped strict
	for word in $("$denyinit" --print -c "$policy" | sed -n 's/^\([a-z0-9_]*\) .*(@strict).*/\1/p'); do
		explain "$word"
		[[ $output == *$'\n  why      '* ]]
		count=$((count + 1))
	done
	[ "$count" -gt 70 ]
}

@test "what it says of a call is what --print says" {
	local name call nr gets from count=0
	for name in default mount strict; do
		shipped "$name"
		while read -r call nr gets from; do
			explain "$call"
			[[ ${lines[0]} == "$call: number $nr "* ]]
			read -r label said place rest <<<"${lines[1]}"
			[ "$label $said $place" = "x86_64 $gets ${from%% *}" ]
			[[ ${lines[1]} == *" (@$name)"* ]]
			[[ $from != *' if '* || $rest == *' if '* ]]
			count=$((count + 1))
		done < <("$denyinit" --print -c "$policy" | grep '(@')
	done
	echo "$count calls"
	[ "$count" -gt 150 ]
}

# --check of the policy with one more line.
try() { # LINE
	local changed
	tried=$((${tried:-0} + 1))
	changed=$BATS_TEST_TMPDIR/changed-$tried.ini
	(umask 0222 && printf '%s\n\n[deny]\n%s\n' "$(<"$policy")" "$1" >"$changed")
	"$denyinit" --check -c "$changed" >"$BATS_TEST_TMPDIR/said" 2>&1 || {
		printf 'proposed for %s: %s\n' "$policy" "$1"
		cat "$BATS_TEST_TMPDIR/said"
		return 1
	}
}

# Tries all that is proposed for the words, and counts it.
try_all() { # WORD...
	local word line
	for word; do
		"$denyinit" --explain "$word" -c "$policy" | proposals
	done | sort -u >"$BATS_TEST_TMPDIR/proposed"
	while read -r line; do
		try "$line"
		count=$((count + 1))
	done <"$BATS_TEST_TMPDIR/proposed"
}

@test "each line that is proposed makes a sound policy" {
	local name line count=0
	for name in default mount strict; do
		shipped "$name"
		# shellcheck disable=SC2046 # words
		try_all $(calls) $(groups)
	done
	echo "$count lines"
	[ "$count" -gt 900 ]
	# The control: lines that it has reason not to propose.
	shipped mount
	for line in '@mount = allow' '@mount = deny' 'execve = deny' 'ptrace = allow' 'uprobe = deny'; do
		tried=$((tried + 1))
		run try "$line"
		[ "$status" = 1 ]
	done
}

@test "the same in a policy with lines of all kinds" {
	local count=0
	policy '[policy]\ndeny = EHOSTDOWN\n[deny]\n@default = deny\n@keyring @namespaces = allow\nclone3 = ENOSYS\n'
	policy "$(cat "$policy")"'\nclone = deny if flags & CLONE_NEWNS\nsyslog fspick = allow\nbpf = ENOSYS if cmd & 1\n'
	policy "$(cat "$policy")"'\nbpf = kill-process if cmd & 2\n600 = deny\nptrace chroot = EACCES\n[observe]\n'
	policy "$(cat "$policy")"'\n@raw-io = deny\npersonality = deny\nopenat = ENOSYS if flags & O_TMPFILE\n'
	sound 'all kinds' "$policy"
	# shellcheck disable=SC2046 # words
	try_all $(calls) $(groups) 600 601
	echo "$count lines"
	[ "$count" -gt 300 ]
}

@test "what the report says of a mount call is what it says at the start" {
	local line
	policy '[deny]\n@mount = deny\n@swap = deny\n'
	explain fspick
	[[ $output != *'  report   '* ]]
	line=$(proposals <<<"$output" | head -n 1)
	[ "$line" = 'fspick = allow' ]
	[[ $output == *"\`$line\`: "*PARTIAL* ]]
	run "$denyinit" -c "$policy" -- true
	[[ $output == 'denyinit: PASS '* ]]
	policy '[deny]\n@mount = deny\n@swap = deny\nfspick = allow\n'
	explain fspick
	[[ $output == *$'\n  report   PARTIAL at every start'* ]]
	run "$denyinit" -c "$policy" -- true
	[[ $output == 'denyinit: PARTIAL '*fspick* ]]
	policy '[deny]\n@mount = deny\n@swap = deny\nfspick = allow\n[observe]\nfspick ptrace = deny\n'
	explain fspick
	[[ $output == *$'\n           observed     would get EPERM '* && $output == *$'\n  report   OBSERVE at every start'* ]]
	run "$denyinit" -c "$policy" -- true
	[[ $output == 'denyinit: OBSERVE '*fspick* ]]
}
