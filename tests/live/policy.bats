#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What becomes of a policy: errors that refuse, policies that leave something open, on-failure.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() { live_begin; }
teardown_file() { live_end; }

entrypoint=(echo ENTRYPOINT)

# A policy's lines (\n between them) and what the message must have. Every error refuses, names file and line, and runs
# nothing. (The exact messages: tests/unit.)
policy_errors() {
	cat <<'TABLE'
[deny]\nmuont = deny                                  | :2:.*muont.*mount
[deny]\n@mount = deny\n@mounts = deny                 | :3:.*@mounts
[dney]\n@mount = deny                                 | :1:.*dney
[deny]\n@mount = EPREM                                | :2:.*EPREM
[deny]\n@mount = deny\n[policy]\ndeyn = EPERM         | :4:.*deyn
[deny]\n@mount = 0                                    | :2:.*0
[deny]\n@mount = 512                                  | :2:.*512
[deny]\n@mount = 4096                                 | :2:.*4095
[deny]\n@mount = log                                  | :2:.*log
[deny]\n@mount = trace                                | :2:.*trace
[deny]\n@mount = notify                               | :2:.*notify
[deny]\n@mount = trap                                 | :2:.*trap
[deny]\n@mount = kill-thread                          | :2:.*kill-thread
[deny]\n@mount = deny\nexecve = deny                  | :3:.*execve
[deny]\n@mount = deny\nexit_group = deny              | :3:.*exit_group
[deny]\n@mount = deny\nwrite = deny                   | :3:.*write
[deny]\n@mount = deny\nptrace = deny\nptrace = EACCES | :4:.*ptrace
[deny]\n@mount = deny\nptrace = allow                 | :3:.*ptrace
[deny]\n@mount = deny\n101 = deny                     | :3:.*101
[deny]\n@mount = deny\nuretprobe = deny               | :3:.*uretprobe
[deny]\n@mount = deny\ngetpid = kill-process         | :3:.*getpid
[deny]\n@mount = deny\nwait4 = kill-process if options & WNOHANG | :3:.*wait4
[deny]\n@mount = deny\nprctl = kill-process if option == PR_GET_SECCOMP | :3:.*prctl
[deny]\n@mount = deny\nrt_sigprocmask = kill-process if how == SIG_BLOCK | :3:.*rt_sigprocmask
[deny]\n@mount = deny\nrt_sigaction = kill-process if sig == 17 | :3:.*rt_sigaction
[deny]\n@mount = deny\nrt_sigaction = kill-process if sig == 99\nrt_sigaction = kill-process if sig == 17 | :4:.*rt_sigaction
[deny]\n@mount: deny                                  | :2:
[deny]\n@mount = deny\n  ptrace = deny                | :3:
[deny]\n@mount = deny\nunshare = deny if flgs & 1     | :3:.*flgs
[deny]\n@mount = deny\nunshare = deny if flags & CLONE_NEWNSS | :3:.*CLONE_NEWNSS
[deny]\n@mount = deny\n[observe]\nptrase = deny       | :4:.*ptrace
[deny]\n@mount = deny\n[policy]\nother-abis = murder  | :4:.*other-abis
[deny]\n@mount = deny\n[init]\nmode = exec\nreport-denials = yes | :5:.*supervise
[deny]\n@mount = deny\n[selftest]\nreport = loud      | :4:.*loud
[deny]\n@mount = deny\n[selftest]\non-failure = pray  | :4:.*pray
[deny]                                                | nothing
                                                      | nothing
TABLE
}

@test "control: the same entrypoint under a sound policy" {
	policy sound '[deny]' '@mount = deny'
	observe denyinit -c "$LIVE/policy/sound.ini" -- "${entrypoint[@]}"
	[ "$status" = 0 ] && has "$out" ENTRYPOINT
}

# What kills for other arguments than denyinit's own calls have is its author's business.
@test "a policy that kills for calls as denyinit does not make them starts" {
	for rule in 'rt_sigprocmask = kill-process if sigsetsize != 8' 'rt_sigaction = kill-process if sigsetsize != 8' \
		'wait4 = kill-process if upid == 0' 'prctl = kill-process if option == PR_SET_SECCOMP'; do
		policy alive '[deny]' '@mount = deny' "$rule"
		observe denyinit -c "$LIVE/policy/alive.ini" -- "${entrypoint[@]}"
		[ "$status" = 0 ] && has "$out" ENTRYPOINT || { echo "$rule: $status $err" && false; }
	done
}

@test "each policy error refuses with 125 and runs nothing" {
	local row text wanted
	while IFS= read -r row; do
		text=${row%%|*}
		text=${text%"${text##*[! ]}"}
		wanted=${row##*| }
		policy wrong "$(printf '%b' "$text")"
		observe denyinit -c "$LIVE/policy/wrong.ini" -- "${entrypoint[@]}"
		expect "$text: status" is "$status" 125
		expect "$text: runs nothing" has_not "$out" ENTRYPOINT
		expect "$text: message" has "$err" "$wanted"
		expect "$text: names the file" has "$err" wrong.ini
		expect "$text: ends so" has "$err" 'Not starting \(125\)\.$'
	done < <(policy_errors)
	all_rows
}

@test "what is no policy file refuses with 125" {
	policy binary ''
	chmod 0644 "$LIVE/policy/binary.ini"
	printf '[deny]\n@mount = deny\0\n' >"$LIVE/policy/binary.ini"
	policy cr ''
	chmod 0644 "$LIVE/policy/cr.ini"
	printf '[deny]\r@mount = deny\r' >"$LIVE/policy/cr.ini"
	policy writable '[deny]' '@mount = deny'
	chmod 0666 "$LIVE/policy/writable.ini"
	mkfifo "$LIVE/policy/fifo.ini"
	local file
	for file in binary cr writable fifo no-such; do
		observe denyinit -c "$LIVE/policy/$file.ini" -- "${entrypoint[@]}"
		expect "$file: status" is "$status" 125
		expect "$file: runs nothing" has_not "$out" ENTRYPOINT
		expect "$file: message" has "$err" "$refusal"
		expect "$file: names the file" has "$err" "$file.ini"
	done
	observe denyinit -c "$LIVE/policy" -- "${entrypoint[@]}"
	expect "a folder" is "$status" 125
	all_rows
}

@test "a policy that this very user could write refuses; on a read-only mount, or for root, it does not" {
	policy mine '[deny]' '@mount = deny'
	chmod 0644 "$LIVE/policy/mine.ini"
	observe denyinit -c "$LIVE/policy/mine.ini" -- "${entrypoint[@]}"
	expect "root's, by root" is "$status" 0
	chown "$NOBODY" "$LIVE/policy/mine.ini"
	observe outer --uid "$NOBODY" -- denyinit -c "$LIVE/policy/mine.ini" -- "${entrypoint[@]}"
	expect "nobody's, by nobody" is "$status" 125
	expect "nobody's, by nobody: says so" has "$err" "$refusal"
	observe outer --uid "$NOBODY" --read-only -- denyinit -c "$LIVE/policy/mine.ini" -- "${entrypoint[@]}"
	expect "nobody's, by nobody, read-only mount" is "$status" 0
	all_rows
}

@test "several errors are told in one run" {
	policy several '[deny]' 'muont = deny' '@mount = EPREM' '[polciy]'
	observe denyinit -c "$LIVE/policy/several.ini" -- "${entrypoint[@]}"
	expect "line 2" has "$err" ':2:'
	expect "line 3" has "$err" ':3:'
	expect "line 4" has "$err" ':4:'
	expect "status" is "$status" 125
	all_rows
}

@test "the teaching policies are refused and name what they leave open" {
	local name left
	while read -r name left; do
		observe denyinit -c "$LIVE/policy/$name.ini" -- "${entrypoint[@]}"
		expect "$name: status" is "$status" 125
		expect "$name: runs nothing" has_not "$out" ENTRYPOINT
		expect "$name: count" has "$out" "^denyinit: FAIL mount API NOT blocked: $((11 - left)) of 11 calls"
		expect "$name: each named" is "$(lines "$out" '^denyinit: FAIL +[a-z_0-9]+ +reachable')" "$left"
	done <<-'TABLE'
		naive   10
		minimal 10
		guide   4
	TABLE
	all_rows
}

@test "a mount call left open knowingly: PARTIAL, starts, names it and its line, and it works" {
	policy partial '[deny]' '@mount = deny' 'fsopen = allow'
	observe denyinit -c "$LIVE/policy/partial.ini" -- "${entrypoint[@]}"
	expect status is "$status" 0
	expect entrypoint has "$out" $'\n'ENTRYPOINT
	expect report has "$out" '^denyinit: PARTIAL '
	expect "names it" has "$out" fsopen
	expect "and its line" has "$out" 'partial.ini:3'
	# fsopen(2) itself goes through, the next call of the new API does not.
	observe denyinit --report=off -c "$LIVE/policy/partial.ini" -- newmount tmpfs /mnt
	expect "fsopen works" has "$err" 'fsconfig: Operation not permitted'
	observe denyinit --report=off -c "$LIVE/policy/mount.ini" -- newmount tmpfs /mnt
	expect "control: denied by mount.ini" has "$err" 'fsopen: Operation not permitted'
	observe newmount tmpfs /mnt
	expect "control: mounts without denyinit" is "$status" 0
	all_rows
}

@test "a mount call left open knowingly is PARTIAL at every privilege, under an outer EPERM too" {
	local privilege filter state
	policy partial '[deny]' '@mount = deny' 'fsopen = allow'
	for privilege in "${PRIVILEGES[@]}"; do
		for filter in none eperm-mount; do
			read -ra state <<<"--filter $filter $(privilege "$privilege")"
			observe outer "${state[@]}" -- denyinit -c "$LIVE/policy/partial.ini" -- "${entrypoint[@]}"
			expect "$privilege, $filter: status" is "$status" 0
			expect "$privilege, $filter: report" has "$out" '^denyinit: PARTIAL [^'$'\n'']*fsopen'
		done
	done
	all_rows
}

@test "on-failure = warn starts all the same, and says FAIL" {
	local filter
	policy warn '[deny]' "$(all_but fsopen)= deny" '[selftest]' 'on-failure = warn'
	for filter in none eperm-mount; do
		observe outer --filter "$filter" -- denyinit -c "$LIVE/policy/warn.ini" -- sh -c 'echo ENTRYPOINT; exit 7'
		expect "$filter: status" is "$status" 7
		expect "$filter: starts" has "$out" $'\n'ENTRYPOINT
		expect "$filter: says FAIL" has "$out" '^denyinit: FAIL mount API NOT blocked( by this policy)?: 10 of 11'
		expect "$filter: names it" has "$out" $'\n''denyinit: FAIL +fsopen '
	done
	# The same by the option, under a policy that refuses.
	observe denyinit --on-failure=warn -c "$LIVE/policy/without-fsopen.ini" -- "${entrypoint[@]}"
	expect "by option: starts" has "$out" ENTRYPOINT
	expect "by option: says FAIL" has "$out" '^denyinit: FAIL '
	# Where no filter can be loaded at all.
	for filter in fake-seccomp refuse-seccomp; do
		observe outer --filter "$filter" -- denyinit -c "$LIVE/policy/warn.ini" -- "${entrypoint[@]}"
		expect "$filter: starts" has "$out" ENTRYPOINT
		expect "$filter: says FAIL" has "$out" '^denyinit: FAIL '
	done
	all_rows
}

@test "a policy error refuses under on-failure = warn too" {
	policy wrong-warn '[deny]' '@mount = EPREM' '[selftest]' 'on-failure = warn'
	observe denyinit -c "$LIVE/policy/wrong-warn.ini" -- "${entrypoint[@]}"
	expect status is "$status" 125
	expect "runs nothing" has_not "$out" ENTRYPOINT
	observe denyinit --on-failure=warn -c "$LIVE/policy/wrong-warn.ini" -- "${entrypoint[@]}"
	expect "by option: status" is "$status" 125
	all_rows
}

@test "--check finds the same, without any privilege, and runs nothing" {
	local name wanted
	policy wrong '[deny]' 'muont = deny'
	while read -r name wanted; do
		observe outer --caps none --uid "$NOBODY" --filter refuse-seccomp -- denyinit --check -c "$LIVE/policy/$name.ini"
		expect "$name" is "$status" "$wanted"
	done <<-'TABLE'
		default 0
		mount   0
		strict  0
		wrong   1
		naive   1
		guide   1
	TABLE
	all_rows
}

@test "conditions: clone and unshare are denied with namespace flags only, and clone3 answers ENOSYS" {
	observe unshare --mount true
	expect "control: unshare -m" is "$status" 0
	observe denyinit --report=off -c "$LIVE/policy/default.ini" -- unshare --mount true
	expect "unshare -m denied" has "$err" 'Operation not permitted'
	observe denyinit --report=off -c "$LIVE/policy/default.ini" -- sh -c '(exit 3); [ $? = 3 ]'
	expect "a fork works" is "$status" 0
	all_rows
}

@test "kill-process and errno actions do what they say" {
	policy kill '[deny]' '@mount = deny' 'sysinfo = kill-process' 'uname = ENOTTY'
	observe_here free
	expect "control: free" is "$status" 0
	policy actions '[deny]' '@mount = deny' 'umount2 = kill-process' 'fsopen = ENOTTY'
	observe_here unshare --mount denyinit --report=off -c "$LIVE/policy/actions.ini" -- newmount tmpfs /mnt
	expect "errno by name" has "$err" 'fsopen: Inappropriate ioctl'
	observe_here unshare --mount denyinit --report=off -c "$LIVE/policy/actions.ini" -- sh -c 'umount /proc; echo $?'
	expect "killed by SIGSYS" is "$out" 159
	all_rows
}
