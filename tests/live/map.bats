#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The map of a process, --all: it is true under every kind of filter, says so where it cannot tell, and carries out
# nothing.
# shellcheck disable=SC2154 # status, out, err are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	local program
	for program in naive nolistener; do
		gcc -O2 -Wall -Wextra -Werror -static -o "$LIVE/bin/$program" "$ROOT/tests/live/$program.c"
	done
	policy several '[policy]' 'newer-syscalls = allow' '[deny]' '@mount = deny' 'acct = EHOSTDOWN' \
		'getcpu = kill-process' 'fchmod = deny if mode & S_ISUID' '500 = EXDEV'
}
teardown_file() { live_end; }

map="denyinit-selftest --all --json"

# answers ABI FILTER: of the calls of an ABI that jq selects, "NAME-OR-NUMBER ANSWER ERRNO BY", a line each.
answers() {
	jq -r ".abis[] | select(.abi == \"$1\") | .calls[] | select($2) |
		\"\\(.name // .nr) \\(.answer) \\(.errno) \\(.by)\\(if .some_arguments then \" partly\" else \"\" end)\"" <<<"$out"
}
answer() { answers x86_64 ".name == \"$1\""; }

# count ABI FILTER
count() { answers "$1" "$2" | wc -l; }

native_mounts='.name as $n | ["mount","umount2","pivot_root","open_tree","move_mount","fsopen","fsconfig","fsmount",
	"fspick","mount_setattr","open_tree_attr"] | index($n)'

@test "without a filter every call is open, at every privilege" {
	local privilege state abi
	for privilege in "${PRIVILEGES[@]}"; do
		read -ra state <<<"$(privilege "$privilege") --"
		observe outer "${state[@]}" $map
		expect "$privilege: status" is "$status" 0
		expect "$privilege: asked by" is "$(json '[.means, .denyinit, .filters]')" '["listener",false,0]'
		for abi in x86_64 i386 x32; do
			expect "$privilege: $abi numbers" is "$(count $abi true)" 563
			expect "$privilege: $abi, stopped" is "$(answers $abi '.answer != "open" and .answer != "not-filterable"')" ""
		done
		expect "$privilege: no filter sees these" is "$(answers x86_64 '.answer == "not-filterable"')" \
			'uretprobe not-filterable null null'$'\n''uprobe not-filterable null null'
	done
	all_rows
}

# What --print says, in the words of answers().
printed() {
	denyinit --print -c "$1" | sed -nE 's/^([a-z0-9_]+) +[0-9]+ +([A-Z]+) +(.*)$/\1 errno \2 denyinit \3/p' |
		sed -E 's/ EPERM / 1 /; s/ ENOSYS / 38 /; s/denyinit .* if .*/denyinit partly/; s/denyinit [^p].*/denyinit/' | sort
}

@test "under denyinit it is what --print says, at every privilege" {
	local privilege state file
	for file in default strict mount; do
		printed "$LIVE/policy/$file.ini" >"$BATS_TEST_TMPDIR/printed"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/printed")" -ge 11 ]
		for privilege in "${PRIVILEGES[@]}"; do
			read -ra state <<<"$(privilege "$privilege") --"
			observe outer "${state[@]}" denyinit --report=off -c "$LIVE/policy/$file.ini" -- $map
			expect "$file, $privilege: status" is "$status" 0
			expect "$file, $privilege: asked by" is "$(json '[.means, .denyinit, .filters]')" '["listener",true,2]'
			expect "$file, $privilege: the calls" is "$(answers x86_64 '.nr < 473 and .answer != "open"' | grep -v uprobe |
				grep -v uretprobe | sort)" "$(cat "$BATS_TEST_TMPDIR/printed")"
			expect "$file, $privilege: above the newest" is \
				"$(answers x86_64 '.nr > 472 and (.answer != "errno" or .errno != 38 or .by != "denyinit")')" ""
			expect "$file, $privilege: i386" is "$(answers i386 '.answer != "killed" or .by != "denyinit"')" ""
			expect "$file, $privilege: x32" is "$(answers x32 '.answer != "killed" or .by != "denyinit"')" ""
		done
	done
	all_rows
}

@test "conditions, other errnos, numbers without a name, kill rules" {
	observe denyinit --report=off -c "$LIVE/policy/several.ini" -- $map
	expect "status" is "$status" 0
	expect "an errno" is "$(answer acct)" "acct errno 112 denyinit"
	expect "kills" is "$(answer getcpu)" "getcpu killed null denyinit"
	expect "some arguments" is "$(answer fchmod)" "fchmod errno 1 denyinit partly"
	expect "a number" is "$(answers x86_64 '.nr == 500')" "500 errno 18 denyinit"
	expect "its neighbour" is "$(answers x86_64 '.nr == 501')" "501 open null null"
	expect "newer calls are let through" is "$(count x86_64 '.nr > 472 and .answer == "open"')" 89
	expect "and no others are stopped" is "$(count x86_64 '.answer == "errno" or .answer == "killed"')" 15
	all_rows
}

@test "an outer filter's denials are told from denyinit's where that can be" {
	observe outer --filter eperm-mount -- $map
	expect "no denyinit: status" is "$status" 0
	expect "no denyinit" is "$(count x86_64 '.answer == "errno"')" 11
	expect "no denyinit: by" is "$(count x86_64 '.by == "outer" and .errno == 1')" 11
	expect "no denyinit: the mount API" is "$(count x86_64 "(.answer == \"errno\") and ($native_mounts)")" 11

	# Denied by the runtime's, and left open by the policy: the canary is asked for it, so it is known who it was.
	policy partial '[deny]' '@mount = deny' 'fsopen = allow' 'acct = deny'
	observe outer --filter eperm-mount -- denyinit --report=off -c "$LIVE/policy/partial.ini" -- $map
	expect "partial: status" is "$status" 0
	expect "partial: fsopen" is "$(answer fsopen)" "fsopen errno 1 outer"
	expect "partial: the other mount calls" is "$(count x86_64 "(.by == \"denyinit\") and ($native_mounts)")" 10
	expect "partial: another call, with a third filter about" is "$(answer acct)" "acct errno 1 denyinit-or-outer"
	expect "partial: i386" is "$(answers i386 '.answer != "killed" or .by != "denyinit-or-outer"')" ""

	# The same without the outer one.
	observe denyinit --report=off -c "$LIVE/policy/partial.ini" -- $map
	expect "control: fsopen" is "$(answer fsopen)" "fsopen open null null"
	expect "control: acct" is "$(answer acct)" "acct errno 1 denyinit"
	all_rows
}

@test "ENOSYS for what is new, errno 0, and kills by an outer filter" {
	observe outer --filter enosys-450 -- $map
	expect "enosys-450: status" is "$status" 0
	expect "enosys-450" is "$(answers x86_64 '(.nr > 450) != (.answer == "errno" and .errno == 38 and .by == "outer")')" ""

	observe outer --filter errno0-mount --call fsopen -- $map
	expect "errno0" is "$(answer fsopen)" "fsopen errno 0 outer"
	expect "errno0, alone" is "$(count x86_64 '.answer == "errno"')" 1

	local filter
	for filter in kill-mount kill-thread-mount trap-mount; do
		observe outer --filter $filter --call umount2 -- $map
		expect "$filter: status" is "$status" 0
		expect "$filter" is "$(answer umount2)" "umount2 killed null outer"
		expect "$filter: it goes on behind it" is "$(count x86_64 '.answer == "open"')" 560
		observe outer --filter $filter --call umount2 -- denyinit --report=off -c "$LIVE/policy/mount.ini" -- $map
		expect "$filter, denyinit" is "$(answer umount2)" "umount2 killed null denyinit-or-outer"
		expect "$filter, denyinit: others" is "$(answer mount)" "mount errno 1 denyinit"
	done

	observe outer --filter kill-i386 -- $map
	expect "kill-i386" is "$(count i386 '.answer == "killed" and .by == "outer"')" 563
	expect "kill-i386, x32" is "$(count x32 '.answer == "open"')" 563
	observe outer --filter kill-x32 -- $map
	expect "kill-x32" is "$(count x32 '.answer == "killed" and .by == "outer"')" 563
	expect "kill-x32, i386" is "$(count i386 '.answer == "open"')" 563
	all_rows
}

@test "where an outer filter has a listener, what it cannot tell is unknown, and 125" {
	observe outer --filter listener-continue -- $map
	expect "status" is "$status" 125
	expect "said" has "$err" 'answers could not be told \(125\): there can be no seccomp listener here'
	expect "asked by" is "$(json .means)" '"errno"'
	expect "unknown" is "$(count x86_64 '.answer == "unknown"')" 561
	expect "and never open" is "$(count x86_64 '.answer == "open"')" 0
	# What kills is still seen.
	observe outer --filter kill-mount --call mount --filter listener-continue --call fsopen -- $map
	expect "kill: status" is "$status" 125
	expect "kill" is "$(answer mount)" "mount killed null outer"
	all_rows
}

@test "on a kernel without listeners open and ENOSYS look the same: unknown, and 125" {
	observe nolistener $map
	expect "status" is "$status" 125
	expect "said" has "$err" 'answers could not be told \(125\): this kernel has no seccomp listeners'
	expect "asked by" is "$(json .means)" '"trace"'
	expect "nothing is said to be open, or stopped" is "$(answers x86_64 '.answer != "unknown"' | wc -l)" 2
	observe nolistener denyinit --report=off -c "$LIVE/policy/default.ini" -- $map
	expect "denyinit: status" is "$status" 125
	expect "denyinit: mount" is "$(answer mount)" "mount errno 1 denyinit"
	expect "denyinit: another" is "$(answer acct)" "acct errno 1 denyinit-or-outer"
	expect "denyinit: ENOSYS" is "$(answer clone3)" "clone3 unknown null null"
	expect "denyinit: EPERM" is "$(count x86_64 '.answer == "errno"')" "$(printed "$LIVE/policy/default.ini" | grep -c ' errno 1 .*denyinit$')"
	expect "denyinit: killed" is "$(count i386 '.answer == "killed"')" 563
	# A tracer could let a call be made: then nothing is left to its decision.
	observe strace -f -qq -e trace=none -o /dev/null nolistener $map
	expect "traced: status" is "$status" 125
	expect "traced: asked by" is "$(json .means)" '"errno"'
	all_rows
}

@test "where no filter can be loaded there is no map, and nothing was asked" {
	local filter
	for filter in refuse-seccomp enosys-seccomp einval-seccomp fake-seccomp; do
		observe outer --filter $filter -- $map
		expect "$filter: status" is "$status" 125
		expect "$filter: nothing said on stdout" is "$out" ""
		expect "$filter: one line, which says why" has "$err" '^denyinit-selftest: no map: [^'$'\n'']+ Nothing asked \(125\)\.$'
	done
	observe_here qemu-x86_64-static "$LIVE/bin/denyinit-selftest" --all
	expect "emulation: status" is "$status" 125
	expect "emulation: nothing said on stdout" is "$out" ""
	all_rows
}

# What there is to be changed: mounts, names, limits, ids, a process to be killed, files, times, memory, the session.
# (Masks are those of grep: the shell changes its own while it waits.)
what_changes='
	cat /proc/self/mountinfo /proc/sys/kernel/hostname /proc/sys/kernel/domainname /proc/swaps /proc/mounts
	ls -la /dev/shm; umask; pwd; ulimit -a; kill -0 "$VICTIM" && echo alive
	grep -E "^(Umask|[UG]id|Groups|Sig[BIC]|Cap|NoNewPrivs|Seccomp)" /proc/self/status
	cut -d" " -f5,6,7,19,20 /proc/$$/stat; readlink /proc/$$/ns/*; ls /proc/$$/fd'

@test "as root with all capabilities nothing is carried out, and no process is left" {
	observe unshare --uts --ipc --net --time --cgroup env STATE="$what_changes" bash -c '
		cd /dev/shm && sleep 50 & VICTIM=$! && export VICTIM
		cd /dev/shm && echo kept >file && hostname kept.example && mkdir /dev/shm/notes && cd notes || exit 1
		touch before after changed
		bash -c "$STATE" >before
		denyinit-selftest --all >/dev/null; echo "map $?"
		bash -c "$STATE" >after
		sed -i "s/^[0-9 ]* \(-\?[0-9]\)/\1/" before after
		diff before after && echo same
		wc -l <before
		ps -e -o comm= | grep -c denyinit-self
		hostname other.example; bash -c "$STATE" >changed; diff before changed | grep -c other.example'
	expect "the map, and nothing else" has "$out" '^map 0'$'\n''same'
	expect "much was looked at" [ "$(sed -n 3p <<<"$out")" -ge 40 ]
	expect "no process is left" is "$(sed -n 4p <<<"$out")" 0
	expect "control: a change is seen" is "$(sed -n 5p <<<"$out")" 1
	all_rows
}

@test "as seen by strace no call below the filter is made but its own" {
	# Everything that is asked comes back with the marker, 3571, which the kernel never returns by itself.
	observe strace -f -qq -e trace=mount,sethostname,kill,reboot,unlink,setuid,chroot,swapoff,setsid,sync,vhangup \
		-o /dev/shm/trace sh -c 'denyinit-selftest --all >/dev/null; echo $?; cat /dev/shm/trace'
	expect "traced: status" is "$(head -n 1 <<<"$out")" 0
	expect "asked" [ "$(lines "$out" ' = -1 \(errno 3571\)|= -3571|errno 3571')" -ge 22 ]
	expect "and nothing but that" is "$(lines "$out" '\) += ' )" "$(lines "$out" '3571')"
	all_rows
}

@test "the text says the same as the JSON" {
	local words
	observe outer --filter eperm-mount -- denyinit --report=off -c "$LIVE/policy/default.ini" -- $map
	words=$(count x86_64 '.answer == "errno" and .name')
	observe outer --filter eperm-mount -- denyinit --report=off -c "$LIVE/policy/default.ini" -- denyinit-selftest --all
	expect "status" is "$status" 0
	expect "counts" has "$out" "^x86_64: [0-9]+ calls known: $words denied \\(11 by this denyinit, [0-9]+ by this denyinit or an outer filter\\), [0-9]+ open, 2 not-filterable"
	expect "a denied call" has "$out" $'\n''  mount +165 +EPERM +denyinit'$'\n'
	expect "another" has "$out" $'\n''  acct +163 +EPERM +denyinit-or-outer'$'\n'
	expect "some arguments" has "$out" $'\n''  clone +56 +EPERM +denyinit-or-outer, for some arguments'$'\n'
	expect "a range" has "$out" $'\n''  473-559 +- +ENOSYS +denyinit-or-outer'$'\n'
	expect "the open ones" has "$out" $'\n''  open: read write '
	expect "an ABI of which all is the same" has "$out" 'i386: [0-9]+ calls known: [0-9]+ denied[^'$'\n'']*'$'\n''  every number: killed +denyinit-or-outer'
	expect "no line is too long" is "$(awk 'length > 110 && !/calls known/' <<<"$out")" ""
	all_rows
}

# What naive.c takes to be blocked, as numbers, sorted; and what is.
naive() { sort -n <<<"$out"; }

@test "it is right where calling and looking for EPERM is not" {
	local guessed name nr
	# No filter at all, no capability: nothing is blocked.
	observe unshare --uts --ipc outer --caps none --uid $NOBODY -- naive
	guessed=$(naive)
	observe outer --caps none --uid $NOBODY -- $map
	expect "the map" is "$(count x86_64 '.answer == "open"')" 561
	for name in swapon swapoff acct reboot sethostname pivot_root setuid; do
		nr=$(jq ".abis[0].calls[] | select(.name == \"$name\") | .nr" <<<"$out")
		expect "$name is taken to be blocked" grep -qx "$nr" <<<"$guessed"
		expect "$name is open" is "$(answer $name)" "$name open null null"
	done
	# Under denyinit: of the eleven calls of the mount API eight are not even looked at.
	observe unshare --uts --ipc outer --caps none --uid $NOBODY -- denyinit --report=off -c "$LIVE/policy/default.ini" -- naive
	guessed=$(naive)
	observe outer --caps none --uid $NOBODY -- denyinit --report=off -c "$LIVE/policy/default.ini" -- $map
	expect "mount calls guessed" is "$(jq -r ".abis[0].calls[] | select($native_mounts) | .nr" <<<"$out" |
		grep -cxF -f <(echo "$guessed"))" 3
	expect "mount calls mapped" is "$(count x86_64 "(.by == \"denyinit\") and ($native_mounts)")" 11
	all_rows
}

@test "a full stdout is no map" {
	status=0
	denyinit-selftest --all >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" = 125 ]
	grep -q 'cannot write' "$BATS_TEST_TMPDIR/err"
}
