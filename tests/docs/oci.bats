#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# oci2denyinit without a kernel: what it writes for each feature of a profile, what it says it cannot carry, what it
# refuses; its table, its man page, and the page that leads through it. Whether the policy means what the profile means,
# tests/live/oci.bats asks the kernel.
# shellcheck disable=SC2016 # dollar signs and backquotes are the documents'
load common

converter=conf/oci2denyinit
page=docs/moving-from-a-docker-profile.md

# convert PROFILE OPTIONS...: $status, $output, $stderr; the policy in $policy, which has to be sound unless it is none.
convert() {
	local profile=$1
	shift
	run --separate-stderr "$converter" "$@" - <<<"$profile"
	policy=$BATS_TEST_TMPDIR/converted.ini
	rm -f "$policy"
	printf '%s\n' "$output" >"$policy"
	chmod 0444 "$policy"
	[ "$status" = 0 ] || [ "$status" = 3 ] || return 0
	local before=$status text=$output
	sound "$profile" "$policy"
	status=$before output=$text
}

# allowing RULE,...: a profile that allows what it does not name. denying: one that allows a list and denies the rest.
allowing() { printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [%s]}' "$1"; }
denying() {
	printf '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_ALLOW"}, %s]}' \
		"$(awk '!/^#/ && $1 != "errno" && $1 != "personality" && $1 != "socket" { print $1 }' "$converter.calls" | paste -sd, | sed 's/,/", "/g')" "$1"
}
rule() { # CALL ACTION [ARGS [MORE]]
	printf '{"names": ["%s"], "action": "SCMP_ACT_%s", "args": [%s]%s}' "$1" "$2" "${3-}" "${4-}"
}
arg() { # INDEX OP VALUE [VALUE-TWO]
	printf '{"index": %s, "op": "SCMP_CMP_%s", "value": %s, "valueTwo": %s}' "$1" "$2" "$3" "${4-0}"
}

failures=0
told() {
	failures=$((failures + 1))
	printf 'FAILED: %s\n  status %s\n%s\n%s\n' "$1" "$status" "$output" "$stderr"
}
none_failed() { [ "$failures" = 0 ] && [ "$1" -ge "$2" ]; }

# --- What is carried: PROFILE -> a line, status 0 ------------------------------------------------------------------------

carried=0
carries() { # PROFILE LINE... -- OPTIONS...
	local profile=$1 line
	shift
	carried=$((carried + 1))
	local wanted=() # not lines: that is bats' own
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		wanted+=("$1")
		shift
	done
	convert "$profile" "${@:2}" || {
		told "$profile"
		return 0
	}
	[ "$status" = 0 ] && [ -z "$stderr" ] || told "status 0, and nothing on stderr: $profile"
	for line in "${wanted[@]}"; do
		case $line in
		'!'*) ! grep -qE -- "${line#!}" <<<"$output" || told "no line ${line#!}: $profile" ;;
		*) grep -qxF -- "$line" <<<"$output" || told "$line: $profile" ;;
		esac
	done
}

@test "actions, errnos and names" {
	carries "$(allowing "$(rule ptrace ERRNO)")" 'ptrace = EPERM' 'newer-syscalls = allow' 'other-abis = kill'
	carries "$(allowing "$(rule ptrace ERRNO '' ', "errnoRet": 38')")" 'ptrace = ENOSYS'
	carries "$(allowing "$(rule ptrace ERRNO '' ', "errnoRet": 13, "errno": "ENOSYS"')")" 'ptrace = ENOSYS'
	carries "$(allowing "$(rule ptrace ERRNO '' ', "errnoRet": 4095')")" 'ptrace = 4095'
	carries "$(allowing "$(rule ptrace KILL_PROCESS)")" 'ptrace = kill-process'
	carries "$(allowing '{"name": "ptrace", "action": "SCMP_ACT_ERRNO"}')" 'ptrace = EPERM'
	carries "$(allowing '{"Names": ["ptrace"], "ACTION": "SCMP_ACT_ERRNO", "args": null, "comment": ": 12345678901234567890,"}')" \
		'ptrace = EPERM'
	carries "$(allowing '{"names": ["acct", "bpf"], "action": "SCMP_ACT_ERRNO"}')" 'acct bpf = EPERM'
	# A call of another architecture, or of none.
	carries "$(denying '{"names": ["socket", "swapcontext", "no_such_call"], "action": "SCMP_ACT_ALLOW"}')" 'personality = EPERM' \
		'# No calls of this machine, or newer than this table: no_such_call, swapcontext.' '!^[^#]*swapcontext'
	carries "$(denying "$(rule socket ALLOW)")" 'personality = EPERM' 'newer-syscalls = ENOSYS' '!^socket'
	# The default's own action: no rule at all, so the next one counts; and the first one without arguments ends it.
	carries "$(denying "$(rule socket ERRNO), $(rule socket ALLOW)")" '!^[^#]*socket'
	carries "$(denying "$(rule socket ERRNO '' ', "errnoRet": 13'), $(rule socket ALLOW)")" 'socket = EACCES'
	carries "$(allowing "$(rule acct ERRNO), $(rule acct KILL_PROCESS)")" 'acct = EPERM'
	none_failed "$carried" 12
}

@test "defaults, ABIs, flags" {
	local list='{"names": ["execve", "execveat", "memfd_create"], "action": "SCMP_ACT_ALLOW"}, {"names": ["exit", "read", "write", "exit_group", "rt_sigreturn",
		"restart_syscall", "close", "clone", "wait4", "rt_sigtimedwait", "prctl", "rt_sigaction", "rt_sigprocmask", "mmap",
		"mprotect", "munmap", "brk", "openat", "pread64", "fstat", "newfstatat", "arch_prctl", "set_tid_address", "futex",
		"sched_rr_get_interval"], "action": "SCMP_ACT_ALLOW"}'
	# Above the newest call of the profile (execveat, 322) runc answers ENOSYS, whatever the default: bpf is 321.
	carries '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": ['"$list"']}' '!^[^#]*bpf.* = ENOSYS' '!^[^#]*openat2.* = EPERM'
	carries '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": ['"$list"']}' '! = EPERM'
	carries '{"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": ['"$list"']}' '! = EPERM' 'newer-syscalls = ENOSYS'
	grep -q ' = kill-process$' <<<"$output" || told 'the default kills'
	carries '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "defaultErrno": "EACCES", "syscalls": ['"$list"']}' '! = EPERM'
	grep -q ' = EACCES$' <<<"$output" || told 'Podman names the errno'

	carries '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
		"syscalls": ['"$(rule acct ERRNO)"']}' 'log = yes'
	local native='"architectures": ["SCMP_ARCH_X86_64"]' three='"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
	local map='"archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
		{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}]'
	local rules='"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct", "umount", "vm86"], "action": "SCMP_ACT_ERRNO"}]'
	carries "{$native, $rules}" 'other-abis = kill' 'acct = EPERM'
	carries "{$three, $rules}" 'other-abis = kill' 'acct = EPERM' -- --other-abis kill
	carries "{$three, $rules}" 'other-abis = deny' 'acct umount vm86 = EPERM'
	carries "{$native, $rules}" 'other-abis = deny' 'acct umount vm86 = EPERM' -- --other-abis=deny
	carries "{$map, $rules}" 'other-abis = deny' 'acct umount vm86 = EPERM'
	none_failed "$carried" 10
}

@test "capabilities, architectures, kernels" {
	inc() { printf ', "includes": %s' "$1"; }
	exc() { printf ', "excludes": %s' "$1"; }
	local x='"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]'
	carries "$(allowing "$(rule acct ERRNO), $(rule bpf ERRNO '' "$(inc "{$x}")")")" '!^[^#]*bpf' '# It has other rules for: CAP_BPF, CAP_SYS_ADMIN (--caps).'
	carries "$(allowing "$(rule acct ERRNO), $(rule bpf ERRNO '' "$(inc "{$x}")")")" '!^[^#]*bpf' -- --caps CAP_BPF
	carries "$(allowing "$(rule bpf ERRNO '' "$(inc "{$x}")")")" 'bpf = EPERM' -- --caps=sys_admin,CAP_BPF
	carries "$(allowing "$(rule bpf ERRNO '' "$(exc "{$x}")")")" 'bpf = EPERM'
	carries "$(allowing "$(rule acct ERRNO), $(rule bpf ERRNO '' "$(exc "{$x}")")")" '!^[^#]*bpf' -- --caps CAP_BPF
	carries "$(allowing "$(rule acct ERRNO)")" '# It has no rule for: CAP_CHOWN.' -- --caps CAP_CHOWN
	carries "$(allowing "$(rule bpf ERRNO '' "$(inc '{"arches": ["amd64", "x32"]}')")")" 'bpf = EPERM'
	carries "$(allowing "$(rule acct ERRNO), $(rule bpf ERRNO '' "$(inc '{"arches": ["arm64"]}')")")" '!^[^#]*bpf'
	carries "$(allowing "$(rule acct ERRNO), $(rule bpf ERRNO '' "$(exc '{"arches": ["amd64"]}')")")" '!^[^#]*bpf'
	carries "$(allowing "$(rule bpf ERRNO '' "$(inc '{"minKernel": "4.8"}')")")" 'bpf = EPERM'
	carries "$(allowing "$(rule bpf ERRNO '' "$(inc '{"minKernel": "6.2"}')")")" 'bpf = EPERM' -- --kernel 6.10
	carries "$(allowing "$(rule acct ERRNO), $(rule bpf ERRNO '' "$(inc '{"minKernel": "6.2"}')")")" '!^[^#]*bpf' -- --kernel 6.1
	carries "$(allowing "$(rule bpf ERRNO '' "$(exc '{"minKernel": "6.2"}')")")" 'bpf = EPERM' -- --kernel=5.10
	none_failed "$carried" 13
}

@test "conditions" {
	# Denied where the rule holds.
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 40)")")" 'socket = EPERM if family == 40'
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 40)"), $(rule socket ERRNO "$(arg 0 EQ 38)")")" 'socket = EPERM if family in 38 40'
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 NE 1)")")" 'socket = EPERM if family != 1'
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 LT 4), $(arg 1 GE 3)")")" 'socket = EPERM if family <= 3 and type >= 3'
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 GT 4294967294)")")" 'socket = EPERM if family == 0xffffffff'
	carries "$(allowing "$(rule socket ERRNO "$(arg 1 MASKED_EQ 2048 2048)")")" 'socket = EPERM if type & 2048'
	carries "$(allowing "$(rule socket ERRNO "$(arg 1 MASKED_EQ 3 3)")")" 'socket = EPERM if type & 1 and type & 2'
	carries "$(allowing "$(rule socket ERRNO "$(arg 1 MASKED_EQ 4294967280 16)")")" 'socket = EPERM if type >= 16 and type <= 31'
	carries "$(allowing "$(rule fchmod ERRNO "$(arg 1 MASKED_EQ 2048 2048)")")" 'fchmod = EPERM if mode & 2048'
	# The same argument twice: runc makes two rules of it.
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 1), $(arg 0 EQ 2)")")" 'socket = EPERM if family in 1 2'
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 1), $(arg 1 EQ 5), $(arg 0 EQ 2)")")" 'socket = EPERM if family in 1 2' 'socket = EPERM if type == 5'
	# 64 bits, and what a double cannot hold.
	carries "$(allowing "$(rule mremap ERRNO "$(arg 3 EQ 18446744073709551615)")")" 'mremap = EPERM if flags == 0xffffffffffffffff'
	carries "$(allowing "$(rule mremap ERRNO "$(arg 3 EQ 9007199254740993)")")" 'mremap = EPERM if flags == 0x20000000000001'
	carries "$(allowing "$(rule personality ERRNO "$(arg 0 EQ 18446744073709551615)")")" 'personality = EPERM if personality == 0xffffffff'

	# Allowed where the rule holds: denied where none does.
	carries "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 0 NE 40)")")" 'socket = EPERM if family == 40'
	carries "$(denying "$(rule socket ALLOW), $(rule personality ALLOW "$(arg 0 EQ 0)"), $(rule personality ALLOW "$(arg 0 EQ 8)")")" \
		'personality = EPERM if personality not in 0 8'
	carries "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 0 EQ 1), $(arg 1 EQ 2)")")" \
		'socket = EPERM if family != 1' 'socket = EPERM if type != 2'
	carries "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 0 EQ 1), $(arg 1 EQ 2)"), $(rule socket ALLOW "$(arg 0 EQ 2)")")" \
		'socket = EPERM if family not in 1 2' 'socket = EPERM if family != 2 and type != 2'
	carries "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 1 MASKED_EQ 2048 0)")")" 'socket = EPERM if type & 2048'
	carries "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 0 LE 2)"), $(rule socket ALLOW "$(arg 0 GE 10)")")" \
		'socket = EPERM if family >= 3 and family <= 9'
	# Podman's own: three rules that are one.
	carries "$(denying "$(rule personality ALLOW), $(rule socket ERRNO "$(arg 0 EQ 16), $(arg 2 EQ 9)" ', "errnoRet": 22'),
		$(rule socket ALLOW "$(arg 2 NE 9)"), $(rule socket ALLOW "$(arg 0 NE 16)")")" 'socket = EINVAL if family == 16 and protocol == 9' '!^socket = EPERM'
	# Without arguments: what came before it is for nothing, and what comes after it.
	carries "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 1)"), $(rule socket KILL_PROCESS), $(rule socket ERRNO "$(arg 0 EQ 2)")")" \
		'socket = kill-process' '!socket = EPERM'
	none_failed "$carried" 22
}

@test "a condition too long for a line, and many alternatives" {
	local rules='' i
	for i in {100000..100060}; do rules+="${rules:+, }$(rule socket ERRNO "$(arg 0 EQ "$i")")"; done
	carries "$(allowing "$rules")"
	[ "$(grep -c '^socket = EPERM if family in ' <<<"$output")" -ge 3 ] || told 'cut into lines'
	[ "$(grep -oE '0x186[0-9a-f]{2}' <<<"$output" | sort -u | wc -l)" = 61 ] || told 'all values'
	none_failed "$carried" 1
}

@test "the mount API: what a profile leaves open is left open knowingly" {
	carries "$(allowing "$(rule mount ERRNO)")" '@mount = deny' 'mount = EPERM' \
		'fsconfig fsmount fsopen fspick mount_setattr move_mount open_tree open_tree_attr pivot_root umount2 = allow'
	local all='"names": ["mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_tree_attr"]'
	carries "$(allowing "{$all, \"action\": \"SCMP_ACT_ERRNO\"}")" '!@mount' '!^[a-z0-9_ ]+ = allow$'
	carries "$(allowing "{$all, \"action\": \"SCMP_ACT_ERRNO\"}")" '!@mount' -- --caps CAP_SYS_ADMIN
	none_failed "$carried" 3
}

# --- What is not -------------------------------------------------------------------------------------------------------

uncarried=0
loses() { # PROFILE REGEX LINE
	uncarried=$((uncarried + 1))
	convert "$1" || {
		told "$1"
		return 0
	}
	[ "$status" = 3 ] || told "status 3: $1"
	grep -qE '^oci2denyinit: stdin: not carried as it is: [1-9]' <<<"$stderr" || told "stderr tells: $1"
	# Comments are wrapped: joined again.
	grep -qE -- "NOT CARRIED: .*$2" < <(sed -e ':a' -e '$!N;s/\n#   / /;ta' -e 'P;D' <<<"$output") || told "$2: $1"
	case $3 in
	'!'*) ! grep -qE -- "${3#!}" <<<"$output" || told "no line ${3#!}: $1" ;;
	*) grep -qxF -- "$3" <<<"$output" || told "$3: $1" ;;
	esac
}

@test "what is not carried is told, and denies more, not less" {
	loses "$(allowing "$(rule acct KILL)")" 'kills the thread.*: acct$' 'acct = kill-process'
	loses "$(allowing "$(rule acct KILL_THREAD)")" 'kills the thread.*: acct$' 'acct = kill-process'
	loses "$(allowing "$(rule acct TRAP)")" 'SIGSYS.*: acct$' 'acct = kill-process'
	loses "$(allowing "$(rule acct TRACE)")" 'tracer.*: acct$' 'acct = ENOSYS'
	loses "$(allowing "$(rule acct NOTIFY)")" 'listener.*: acct$' 'acct = ENOSYS'
	loses "$(allowing "$(rule bpf ERRNO), $(rule acct LOG)")" 'lets pass and logs.*: acct$' '!^acct'
	loses "$(allowing "$(rule acct ERRNO '' ', "errnoRet": 0')")" 'errno is 0.*: acct$' 'acct = EPERM'
	loses "$(allowing "$(rule acct ERRNO '' ', "errnoRet": 512')")" 'restart codes.*: acct$' 'acct = EPERM'
	loses "$(allowing "$(rule acct ERRNO '' ', "errnoRet": 4096')")" 'none that a call can return.*: acct$' 'acct = EPERM'
	loses "$(allowing "$(rule acct ERRNO), $(rule read ERRNO)")" 'cannot do without: read$' '!^[^#]*read'
	loses '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": ['"$(rule execve ALLOW)"']}' 'one call that does no harm: sched_rr_get_interval$' 'newer-syscalls = ENOSYS'
	loses '{"defaultAction": "SCMP_ACT_LOG", "syscalls": ['"$(rule acct ERRNO)"']}' 'lets pass and logs.*: [0-9]+ calls$' 'acct = EPERM'
	loses '{"defaultAction": "SCMP_ACT_TRAP", "syscalls": ['"$(rule execve ALLOW)"']}' 'SIGSYS.*: [0-9]+ calls$' 'newer-syscalls = ENOSYS'
	loses '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"], "syscalls": ['"$(rule acct ERRNO)"']}' 'SPEC_ALLOW' 'acct = EPERM'
	loses '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "syscalls": ['"$(rule acct ERRNO)"']}' 'one of i386 and x32' 'other-abis = kill'

	loses "$(allowing "$(rule acct ERRNO), $(rule brandnew ERRNO)")" 'does not know it.*: brandnew$' '!^brandnew'

	# Conditions without a form: a pointer; an argument that is not there; some bits set and others not; more bits than
	# there are. Where the profile denies, all is denied; where it allows, nothing is allowed by that rule.
	loses "$(allowing "$(rule mount ERRNO "$(arg 0 EQ 0)")")" 'tests a pointer.*: mount$' 'mount = EPERM'
	loses "$(allowing "$(rule mount ERRNO "$(arg 0 EQ 0), $(arg 3 EQ 1)")")" 'tests a pointer.*: mount$' 'mount = EPERM if flags == 1'
	loses "$(allowing "$(rule chroot KILL_PROCESS "$(arg 2 EQ 0)")")" 'does not have: chroot$' 'chroot = kill-process'
	loses "$(allowing "$(rule socket ERRNO "$(arg 1 MASKED_EQ 15 1)")")" 'no word for.*: socket$' 'socket = EPERM'
	loses "$(allowing "$(rule socket ERRNO "$(arg 1 EQ 4294967296)")")" 'more than 32: socket$' 'socket = EPERM'
	loses "$(allowing "$(rule socket ERRNO "$(arg 1 LT 4294967296)")")" 'more than 32: socket$' 'socket = EPERM'
	loses "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 1 MASKED_EQ 15 1)")")" 'no word for.*: socket$' 'socket = EPERM'
	loses "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 1 MASKED_EQ 15 1)"), $(rule socket ALLOW "$(arg 0 EQ 1)")")" \
		'no word for.*: socket$' 'socket = EPERM if family != 1'
	loses "$(allowing "$(rule fchmod ERRNO "$(arg 1 EQ 2048)")")" '16 bits.*: fchmod$' 'fchmod = EPERM'
	# Rules that overlap: the severest.
	loses "$(allowing "$(rule socket ERRNO "$(arg 0 LE 5)"), $(rule socket KILL_PROCESS "$(arg 0 GE 5)")")" 'different actions.*: socket$' 'socket = kill-process if family >= 5'
	loses "$(denying "$(rule personality ALLOW), $(rule socket ALLOW "$(arg 0 LE 5)"), $(rule socket KILL_PROCESS "$(arg 1 GE 5)")")" \
		'different actions.*: socket$' 'socket = kill-process if type >= 5'
	[ "$uncarried" -ge 26 ] && [ "$failures" = 0 ]
}

@test "too many alternatives: the whole call" {
	local rules='' i
	for i in 1 2 3 4 5 6; do rules+=", $(rule socket ALLOW "$(arg 0 EQ "$i"), $(arg 1 EQ "$i"), $(arg 2 EQ "$i")")"; done
	loses "$(denying "$(rule personality ALLOW)$rules")" 'more than [0-9]+ lines: socket$' 'socket = EPERM'
	[ "$failures" = 0 ]
}

# --- What is refused ---------------------------------------------------------------------------------------------------

refused=0
refuses() { # PROFILE REGEX...
	local regex
	refused=$((refused + 1))
	run --separate-stderr "$converter" - <<<"$1"
	[ "$status" = 1 ] && [ -z "$output" ] || told "status 1, and nothing on stdout: $1"
	for regex in "${@:2}"; do
		grep -qE -- "^oci2denyinit: stdin: $regex" <<<"$stderr" || told "$regex: $1"
	done
}

@test "a profile that no runtime would take is refused, with the place" {
	refuses '' '0 JSON texts'
	refuses '{' 'jq: error .* line '
	refuses '{} {}' '2 JSON texts'
	refuses '[]' 'a profile is an object'
	refuses '7' 'a profile is an object, not 7'
	refuses '{}' 'neither defaultAction nor syscalls'
	refuses '{"syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}' 'defaultAction: it is missing'
	refuses '{"defaultAction": "SCMP_ACT_DENY"}' 'defaultAction: unknown action "SCMP_ACT_DENY"'
	refuses '{"defaultAction": "SCMP_ACT_NOTIFY"}' 'defaultAction: SCMP_ACT_NOTIFY cannot be the default'
	refuses '{"defaultAction": "SCMP_ACT_ALLOW"}' 'this profile denies nothing'
	refuses "$(allowing "$(rule acct ALLOW)")" 'this profile denies nothing'
	refuses '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": {}}' 'syscalls: a list is wanted'
	refuses "$(allowing '5')" 'syscalls\[0\]: an object is wanted, not 5'
	refuses "$(allowing '{"names": "acct", "action": "SCMP_ACT_ERRNO"}')" 'syscalls\[0\]\.names: a list is wanted'
	refuses "$(allowing '{"names": [7], "action": "SCMP_ACT_ERRNO"}')" 'syscalls\[0\]\.names: a string is wanted, not 7'
	refuses "$(allowing '{"names": [""], "action": "SCMP_ACT_ERRNO"}')" 'syscalls\[0\]\.names: "" cannot be the name'
	# Nothing of a profile becomes a line of its own.
	refuses "$(allowing '{"names": ["acct\n@mount = allow"], "action": "SCMP_ACT_ERRNO"}')" 'syscalls\[0\]\.names: "acct\\n@mount = allow" cannot be'
	refuses "$(allowing '{"names": ["acct\n"], "action": "SCMP_ACT_ERRNO"}')" 'syscalls\[0\]\.names: "acct\\n" cannot be'
	refuses "$(allowing "$(rule acct ERRNO '' ', "excludes": {"caps": ["A\n[selftest]\non-failure=warn\n#"]}')")" \
		'syscalls\[0\]\.excludes\.caps: "A\\n.* cannot be the name of a capability'
	refuses "$(allowing '{"name": "bpf", "names": ["acct"], "action": "SCMP_ACT_ERRNO"}')" 'syscalls\[0\]: both name and names'
	refuses "$(allowing '{"names": ["acct"]}')" 'syscalls\[0\]\.action: it is missing'
	refuses "$(allowing "$(rule acct ERRNO '' ', "errnoRet": "EPERM"')")" 'syscalls\[0\]\.errnoRet: a number is wanted'
	refuses "$(allowing "$(rule acct ERRNO '' ', "errnoRet": -1')")" 'syscalls\[0\]\.errnoRet: -1 is no integer'
	refuses "$(allowing "$(rule acct ERRNO '' ', "errno": "EFOO"')")" 'syscalls\[0\]\.errno: unknown errno'
	refuses "$(allowing "$(rule socket ERRNO '{"index": 0, "value": 1}')")" 'syscalls\[0\]\.args\[0\]\.op: it is missing'
	refuses "$(allowing "$(rule socket ERRNO "$(arg 6 EQ 1)")")" 'syscalls\[0\]\.args\[0\]\.index: 6 is more than 5'
	refuses "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 1.5)")")" 'syscalls\[0\]\.args\[0\]\.value: 1\.5 is no integer'
	refuses "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 1e3)")")" 'syscalls\[0\]\.args\[0\]\.value: 1e3 is no integer'
	refuses "$(allowing "$(rule socket ERRNO "$(arg 0 EQ 18446744073709551616)")")" 'syscalls\[0\]\.args\[0\]\.value: 18446744073709551616 is no'
	refuses "$(allowing "$(rule socket ERRNO "$(arg 0 EG 1)")")" 'syscalls\[0\]\.args\[0\]\.op: unknown operator'
	refuses "$(allowing "$(rule socket ERRNO '' ', "includes": {"caps": "CAP_BPF", "minKernel": "6"}')")" 'syscalls\[0\]\.includes\.caps: a list' \
		'syscalls\[0\]\.includes\.minKernel: two numbers'
	refuses '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["X86"], "archMap": [{}], "flags": 1}' \
		'architectures: unknown architecture "X86"' 'both architectures and archMap' 'flags: a list is wanted'
	[ "$refused" -ge 30 ] && [ "$failures" = 0 ]
}

@test "keys that no runtime knows are told" {
	convert "$(allowing "$(rule acct ERRNO '' ', "erronRet": 38, "_comment": 1')")"
	[ "$status" = 0 ]
	grep -qxF '# Keys that no runtime knows: "erronRet".' <<<"$output"
	grep -qx 'acct = EPERM' <<<"$output"
	# The script's own mark in front of a key.
	convert '{"defaultAction": "SCMP_ACT_ALLOW", "\u0001\n[selftest]\non-failure=warn\n#": 1, "syscalls": ['"$(rule acct ERRNO)"']}'
	[ "$status" = 0 ]
	grep -qF '# Keys that no runtime knows: \n' <<<"$output"
	run ! grep -q '^on-failure' <<<"$output"
}

@test "wrong commands: 2, and nothing on stdout" {
	local words count=0
	while read -r words; do
		count=$((count + 1))
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$converter" $words </dev/null
		[ "$status" = 2 ] && [ -z "$output" ] && [[ $stderr == oci2denyinit:\ * ]] || told "$words"
	done <<-'END'

		a b
		--foo x
		--caps
		--caps a;b x
		--kernel 6 x
		--kernel 6.1.2 x
		--kernel .6 x
		--other-abis maybe x
	END
	[ "$count" = 9 ] && [ "$failures" = 0 ]
	run --separate-stderr "$converter" "$BATS_TEST_TMPDIR/nowhere"
	[ "$status" = 1 ] && [[ $stderr == *'no such file' ]]
}

# --- The table and the documents ---------------------------------------------------------------------------------------

@test "the table of calls is what its sources say" {
	conf/gen-calls.sh >"$BATS_TEST_TMPDIR/calls"
	[ "$(grep -vc '^[#e]' "$BATS_TEST_TMPDIR/calls")" -ge 400 ]
	cmp "$BATS_TEST_TMPDIR/calls" "$converter.calls" || {
		echo "run: conf/gen-calls.sh >$converter.calls"
		return 1
	}
	# The roles, by the documents.
	same vital 25 "$(part man/denyinit.ini.5 vital | sed 's/^\.Ic //' | tr -s ' ,.' '\n' | sed '/^$/d')" \
		"$(awk '$4 == "vital" { print $1 }' "$converter.calls")"
	[ "$(awk '$4 == "mount"' "$converter.calls" | wc -l)" = 12 ]
	[ "$(awk '$4 == "control"' "$converter.calls" | wc -l)" -ge 3 ]
}

@test "oci2denyinit(1) has the options and the exit statuses" {
	local words
	words=$("$converter" --help)
	same options 4 "$(part man/oci2denyinit.1 options | sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p; s/^\.It Fl h , Fl -help/--help/p')" \
		"$(sed -n 's/^  \(-h, \)\{0,1\}\(--[a-z-]*\) .*/\2/p' <<<"$words")"
	same statuses 4 "$(part man/oci2denyinit.1 statuses | item_names)" "$(printf '%s\n' 0 1 2 3)"
}

# block NAME: the fenced block behind `<!-- NAME -->` in the page.
block() {
	sed -n "/^<!-- $1 -->\$/,/^\`\`\`\$/p" "$page" | sed '1,2d;$d'
}

@test "the page's example is what comes out" {
	local name
	cd "$BATS_TEST_TMPDIR"
	page=$OLDPWD/$page
	for name in profile policy told; do
		[ -n "$(block $name)" ] || { echo "the page has no block $name" && return 1; }
	done
	block profile >web.json
	status=0
	"$OLDPWD/$converter" --caps CAP_CHOWN,CAP_SYS_CHROOT web.json >denyinit.ini 2>told || status=$?
	grep -qF -- '--caps CAP_CHOWN,CAP_SYS_CHROOT web.json >denyinit.ini' "$page"
	[ "$status" = 3 ]
	diff <(block policy) denyinit.ini
	diff <(block told) told
	chmod 0444 denyinit.ini
	run "$OLDPWD/$denyinit" --check -c denyinit.ini
	[ "$status" = 0 ]
}
