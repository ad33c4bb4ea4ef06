#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The linter does not cry wolf. For each finding about a door left open: the attack that it speaks of succeeds without
# denyinit (the control) and under the policy, while what the policy denies is denied; --check finds it; and with the
# line that --check itself proposes, taken from its JSON and written into the file, the attack fails, the policy is
# sound, and the finding is gone. The attacks: doors.c.
# shellcheck disable=SC2154 # status, out and err are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	cat >"$LIVE/bin/prepared" <<-'SH'
		#!/bin/sh
		# prepared WAYS COMMAND...: fresh folders for them, and then the command.
		ways=$1
		shift
		mkdir /dev/shm/doors && mount -t tmpfs doors /dev/shm/doors && doors prepare /dev/shm/doors $ways && exec "$@"
	SH
	chmod 0755 "$LIVE/bin/prepared"
}
teardown_file() { live_end; }

# attempt POLICY WAY...: "open WAY" and the like, a line each, in $out. No policy: the control.
attempt() {
	local policy=$1 under=()
	shift
	[ -z "$policy" ] || under=(denyinit --report=off -c "$policy" --)
	observe prepared "$*" "${under[@]}" doors try /dev/shm/doors "$@"
}

# apply POLICY KIND: does what the findings of that kind in $json advise, as a tool would: the words `replaces` leave
# their line, the lines `write` come below line `after`.
apply() {
	local policy=$1 kind=$2
	jq -r --arg kind "$kind" '.findings[] | select(.kind == $kind) |
		(select(.replaces != "") | "take \(.line) \(.replaces)"), (.after as $after | .write[] | "write \($after) \(.)")' \
		<<<"$json" >"$policy.advice"
	awk '
		{ words = $0; sub(/^[a-z]+ [0-9]+ /, "", words) }
		NR == FNR && /^take/ { gone[$2] = words; next }
		NR == FNR { lines[$2] = lines[$2] words "\n"; next }
		FNR in gone {
			n = split(gone[FNR], word, " ")
			left = " " substr($0, 1, index($0, "=") - 1) " "
			for (i = 1; i <= n; i++)
				if ((at = index(left, " " word[i] " ")))
					left = substr(left, 1, at) substr(left, at + length(word[i]) + 2)
			gsub(/^ +| +$/, "", left)
			$0 = left == "" ? "" : left " " substr($0, index($0, "="))
		}
		{ print; printf "%s", lines[FNR] }' "$policy.advice" "$policy" >"$policy.new"
	mv "$policy.new" "$policy"
	chmod 0444 "$policy"
}

# check POLICY: --check's JSON in $json.
check() { json=$(denyinit --check --json -c "$1") || true; }
found() { [[ $json == *'"kind":"'"$1"'"'* ]]; }
not_found() { ! found "$1"; }

# said ANSWER WAY [ERRNOS]: $out has such a line.
said() { [[ $out =~ (^|$'\n')$1\ $2${3:+\ }${3:-}($|$'\n') ]]; }

# The calls that findings of that kind want to be denied as well.
claimed() {
	jq -r --arg kind "$1" '.findings[] | select(.kind == $kind) | .write[] | split(" =")[0]' <<<"$json" | tr ' ' '\n' | sort -u | xargs
}

# door LINE KIND DENIED DOOR...: the whole of it. LINE is under [deny], `;` between lines. DENIED: ways that the line
# closes itself, joined by commas.
door() {
	local text=$1 kind=$2 denied=${3//,/ } file=$LIVE/policy/door.ini way
	shift 3
	policy door '[deny]' '@mount = deny' "${text//;/$'\n'}"
	attempt "$file" "$@" $denied
	for way in "$@"; do
		[[ $absent == *" $way "* ]] && continue
		expect "$text: $way is a door" said '(open|no-effect)' "$way"
	done
	for way in $denied; do
		expect "$text: $way is denied" said closed "$way" EXFULL
	done

	check "$file"
	out=$json
	expect "$text: --check finds it" found "$kind"
	# No door is claimed that is not gone through here, and the other way round.
	[ "$kind" != twin-open ] || expect "$text: these doors" is "$(claimed "$kind")" "$(printf '%s\n' "${@#raw:}" | sed 's/:.*//' | sort -u | xargs)"
	for _ in 1 2 3; do # a call that is denied now may have a twin of its own
		found "$kind" || break
		apply "$file" "$kind"
		check "$file"
	done
	out="$(cat "$file")"$'\n'$json
	expect "$text: the finding is gone" not_found "$kind"
	expect "$text: sound with the advice" has "$json" '"errors":0,'
	attempt "$file" "$@" $denied
	for way in "$@" $denied; do
		[[ $absent == *" $way "* ]] && continue
		expect "$text: $way is closed" said closed "$way" '(EXFULL|ENOSYS)'
	done
}

# Rows: LINE | KIND | DENIED | DOOR... The control is one for all; what an older kernel does not have is left out.
table() {
	local rows=() row text kind denied ways all=() doors=0 way words absent=
	while IFS= read -r row; do
		rows+=("$row")
		IFS='|' read -r text kind denied ways <<<"$row"
		read -ra words <<<"${denied//,/ } $ways"
		all+=("${words[@]}")
		read -ra ways <<<"$ways"
		doors=$((doors + ${#ways[@]}))
	done
	mapfile -t all < <(printf '%s\n' "${all[@]}" | sort -u)
	attempt '' "${all[@]}"
	for way in "${all[@]}"; do
		if said absent "$way" || said closed "$way" ENOSYS; then
			absent+=" $way "
			continue
		fi
		expect "control: $way" said '(open|no-effect)' "$way"
	done
	for row in "${rows[@]}"; do
		IFS='|' read -r text kind denied ways <<<"$row"
		read -r text <<<"$text"
		read -r kind <<<"$kind"
		read -r denied <<<"$denied"
		read -ra ways <<<"$ways"
		door "$text" "$kind" "$denied" "${ways[@]}"
	done
	echo "# figure: doors: ${#rows[@]} findings, $doors doors, gone through and then closed: $BATS_TEST_DESCRIPTION${absent:+;" \
		"not on this kernel:$absent}" >&3
	[ "${#rows[@]}" = "$1" ]
	all_rows
}

@test "the same by another call" {
	table 20 <<-'TABLE'
		ptrace = EXFULL                 | twin-open | ptrace                 | process_vm_readv process_vm_writev pidfd_getfd
		process_vm_readv process_vm_writev = EXFULL | twin-open | process_vm_readv,process_vm_writev | ptrace
		setuid setgid = EXFULL          | twin-open | setuid,setgid          | setreuid setresuid setregid setresgid
		setreuid setregid = EXFULL      | twin-open | setreuid,setregid      | setuid setresuid setgid setresgid
		setresuid setresgid = EXFULL    | twin-open | setresuid,setresgid    | setuid setreuid setgid setregid
		kill = EXFULL                   | twin-open | kill                   | tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo
		tgkill = EXFULL if sig == 9     | twin-open | tgkill                 | kill tkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo
		rename mkdir mknod link symlink unlink rmdir chmod chown truncate utime setxattr removexattr = EXFULL | twin-open | rename,mkdir,mknod,link,symlink,unlink,rmdir,chmod,chown,truncate,utime,setxattr,removexattr | renameat renameat2 mkdirat mknodat linkat symlinkat unlinkat unlinkat:folder fchmod fchmodat fchmodat2 lchown fchown fchownat ftruncate utimes futimesat utimensat lsetxattr fsetxattr setxattrat lremovexattr fremovexattr removexattrat
		renameat renameat2 mkdirat mknodat linkat symlinkat unlinkat fchmod fchmodat fchown fchownat ftruncate = EXFULL;futimesat utimensat lsetxattr fsetxattr lremovexattr fremovexattr = EXFULL | twin-open | renameat,renameat2,mkdirat,mknodat,linkat,symlinkat,unlinkat,fchmod,fchmodat,fchown,fchownat,ftruncate,futimesat,utimensat,lsetxattr,fsetxattr,lremovexattr,fremovexattr | rename mkdir mknod link symlink unlink rmdir chmod fchmodat2 chown lchown truncate utime utimes setxattr setxattrat removexattr removexattrat
		chmod = EXFULL if mode & 0xc00;chown = EXFULL if user == 65534;mknodat = EXFULL if mode & 0x1000 | twin-open | chmod,chown,mknodat | fchmod fchmodat fchmodat2 lchown fchown fchownat mknod
		unlinkat = EXFULL if flag & AT_REMOVEDIR | twin-open | unlinkat:folder | rmdir
		open = EXFULL if flags & O_CREAT   | twin-open | open                | openat openat2 creat
		openat = EXFULL if flags & O_CREAT | twin-open | openat              | open openat2 creat
		mprotect = EXFULL if prot & PROT_EXEC | twin-open | mprotect         | pkey_mprotect
		pkey_mprotect = EXFULL if prot & PROT_EXEC | twin-open | pkey_mprotect | mprotect
		connect = EXFULL                | twin-open | connect                | sendto sendmsg sendmmsg
		execveat = EXFULL               | twin-open | execveat               | memfd_create
		seccomp = EXFULL                | twin-open | seccomp                | prctl:seccomp
		accept inotify_init signalfd eventfd epoll_create = EXFULL | twin-open | accept,inotify_init,signalfd,eventfd,epoll_create | accept4 inotify_init1 signalfd4 eventfd2 epoll_create1
		accept4 inotify_init1 signalfd4 eventfd2 epoll_create1 = EXFULL | twin-open | accept4,inotify_init1,signalfd4,eventfd2,epoll_create1 | accept inotify_init signalfd eventfd epoll_create
	TABLE
}

# What nobody wants carried out on this machine: the kernel's own code is reached, or it is not.
@test "the same by another call, as far as the kernel's own code" {
	table 3 <<-'TABLE'
		chroot = EXFULL | twin-open | raw:chroot | raw:fchroot
		init_module kexec_load settimeofday adjtimex quotactl iopl = EXFULL | twin-open | raw:init_module,raw:kexec_load,raw:settimeofday,raw:adjtimex,raw:quotactl,raw:iopl | raw:finit_module raw:kexec_file_load raw:clock_settime raw:clock_adjtime raw:quotactl_fd raw:ioperm
		finit_module kexec_file_load clock_settime clock_adjtime quotactl_fd ioperm = EXFULL | twin-open | raw:finit_module,raw:kexec_file_load,raw:clock_settime,raw:clock_adjtime,raw:quotactl_fd,raw:ioperm | raw:init_module raw:kexec_load raw:settimeofday raw:adjtimex raw:quotactl raw:iopl
	TABLE
}

@test "namespaces: clone, unshare, clone3, setns" {
	table 8 <<-'TABLE'
		unshare = EXFULL if flags & CLONE_NEWUTS | twin-open   | unshare         | clone:namespace
		clone = EXFULL if flags & CLONE_NEWUTS   | twin-open   | clone:namespace | unshare
		unshare = EXFULL                         | twin-open   | unshare         | clone:namespace
		unshare = EXFULL if flags & CLONE_NEWUTS | clone3-open | unshare         | clone3:namespace clone3:user
		unshare clone = EXFULL if flags & 0x14000000 | clone3-open | unshare,clone:namespace | clone3:namespace clone3:user
		@namespaces = EXFULL;clone3 = allow      | clone3-open | unshare,clone:namespace | clone3:namespace clone3:user
		setns = EXFULL if nstype & CLONE_NEWUTS  | setns-any   | setns:flag      | setns:zero
		setns = EXFULL if nstype == CLONE_NEWUTS | setns-any   | setns:flag      | setns:zero
	TABLE
}

@test "conditions by == where more bits are taken" {
	table 3 <<-'TABLE'
		unshare = EXFULL if flags == CLONE_NEWUTS | equal-flags | unshare      | unshare:two
		socket = EXFULL if type == 2              | equal-flags | socket:plain | socket:cloexec socket:both
		mprotect = EXFULL if prot == 4;pkey_mprotect = EXFULL if prot & PROT_EXEC | equal-flags | pkey_mprotect | mprotect
	TABLE
}

# There is no console with a screen on such a machine: that the call is carried out is all that is to be seen.
@test "terminal input: TIOCSTI and TIOCLINUX" {
	table 1 <<-'TABLE'
		ioctl = EXFULL if cmd == TIOCSTI | terminal-input | ioctl:tiocsti | ioctl:tioclinux
	TABLE
}

# In one policy what the operations' preparation does without.
@test "io_uring does what is denied" {
	table 13 <<-'TABLE'
		mkdir mkdirat symlinkat linkat renameat2 unlink unlinkat setxattr fsetxattr getxattr fgetxattr fallocate ftruncate fsync = EXFULL;sync_file_range fadvise64 madvise preadv pwritev statx poll epoll_wait splice tee waitid futex_wake shutdown sendto sendmsg recvfrom recvmsg = EXFULL | io-uring | mkdir,mkdirat,symlinkat,linkat,renameat2,unlink,unlinkat,setxattr,fsetxattr,raw:getxattr,raw:fgetxattr,raw:fallocate,ftruncate,raw:fsync,raw:sync_file_range,raw:fadvise64,raw:madvise,raw:preadv,raw:pwritev,raw:statx,raw:poll,raw:epoll_wait,raw:splice,raw:tee,raw:waitid,raw:futex_wake,raw:shutdown,raw:sendto,raw:sendmsg,raw:recvfrom,raw:recvmsg | uring:mkdirat uring:symlinkat uring:linkat uring:renameat uring:unlinkat uring:setxattr uring:fsetxattr uring:getxattr uring:fgetxattr uring:fallocate uring:ftruncate uring:fsync uring:sync_file_range uring:fadvise64 uring:madvise uring:preadv uring:pwritev uring:statx uring:poll uring:epoll_wait uring:splice uring:tee uring:waitid uring:futex_wake uring:shutdown uring:sendto uring:sendmsg uring:recvfrom uring:recvmsg
		openat = EXFULL if flags & O_CREAT | io-uring | openat         | uring:openat
		open openat = EXFULL if flags & O_CREAT;openat2 creat = EXFULL | io-uring | open,openat,openat2,creat | uring:openat2
		epoll_ctl = EXFULL       | io-uring | raw:epoll_ctl  | uring:epoll_ctl
		pipe = EXFULL            | io-uring | raw:pipe       | uring:pipe2
		socket = EXFULL          | io-uring | raw:socket     | uring:socket
		bind = EXFULL            | io-uring | raw:bind       | uring:bind
		listen = EXFULL          | io-uring | raw:listen     | uring:listen
		connect = EXFULL         | io-uring | connect        | uring:connect
		accept4 = EXFULL         | io-uring | accept4        | uring:accept4
		mkdir mkdirat io_uring_enter io_uring_register = EXFULL | io-uring | mkdir,mkdirat,raw:io_uring_enter | sqpoll:mkdirat
		@default = EXFULL;mkdir mkdirat = EXFULL;@io-uring = allow | io-uring | mkdir,mkdirat | uring:mkdirat
		@default = EXFULL;mkdir mkdirat = EXFULL;io_uring_setup io_uring_enter = allow | io-uring | mkdir,mkdirat | uring:mkdirat
	TABLE
}

# A line that keeps nobody from anything: there is none to add, as no policy can deny the other call.
@test "calls whose twin cannot be denied" {
	local call twin count=0
	while read -r call twin; do
		policy vital '[deny]' '@mount = deny' "$call = EXFULL"
		attempt '' "$call" "$twin"
		expect "control: $call" said open "$call"
		expect "control: $twin" said open "$twin"
		attempt "$LIVE/policy/vital.ini" "$call" "$twin"
		expect "$call is denied" said closed "$call" EXFULL
		expect "$twin is not" said open "$twin"
		check "$LIVE/policy/vital.ini"
		out=$json
		expect "$call: --check finds it" found twin-vital
		policy vital '[deny]' '@mount = deny' "${twin%:*} = EXFULL"
		check "$LIVE/policy/vital.ini"
		out=$json
		expect "$twin cannot be denied" has "$json" "cannot be denied"
		policy vital '[deny]' '@mount = deny' "$call = ENOSYS"
		check "$LIVE/policy/vital.ini"
		out=$json
		expect "$call: ENOSYS is no finding" not_found twin-vital
		count=$((count + 1))
	done <<-'TABLE'
		open     openat
		fork     clone
		vfork    clone
	TABLE
	[ "$count" = 3 ]
	all_rows
}

warning='warning: `ptrace` is denied, and process_vm_readv, process_vm_writev and pidfd_getfd'

@test "at start each finding is told once, on stderr, and keeps nothing from starting; strict = yes: it does" {
	policy warned '[deny]' '@mount = deny' 'ptrace = deny'
	observe denyinit -c "$LIVE/policy/warned.ini" -- sh -c 'echo ENTRYPOINT'
	expect "starts" has "$out" ENTRYPOINT
	expect "PASS" has "$out" '^denyinit: PASS '
	expect "told once" is "$(lines "$err" "warned.ini:3: $warning")" 1
	expect "nothing else" is "$(lines "$err" .)" 1
	observe denyinit --check -c "$LIVE/policy/warned.ini"
	expect "--check: a warning is no error" is "$status" 0

	policy strict-warned '[policy]' 'strict = yes' '[deny]' '@mount = deny' 'ptrace = deny'
	observe denyinit -c "$LIVE/policy/strict-warned.ini" -- sh -c 'echo ENTRYPOINT'
	expect "strict: refuses" is "$status" 125
	expect "strict: runs nothing" has_not "$out" ENTRYPOINT
	expect "strict: says why" has "$err" "strict-warned.ini:5: ${warning#warning: }.*Not starting \(125\)"
	observe denyinit --check -c "$LIVE/policy/strict-warned.ini"
	expect "strict: --check" is "$status" 1
	expect "strict: --check says error" has "$out" ':5: error: `ptrace`'
	all_rows
}

@test "strict = yes: a mount call that is left open knowingly refuses, as --check says" {
	policy strict-partial '[policy]' 'strict = yes' '[deny]' '@mount = deny' 'fsopen = allow'
	observe denyinit -c "$LIVE/policy/strict-partial.ini" -- sh -c 'echo ENTRYPOINT'
	expect "refuses" is "$status" 125
	expect "runs nothing" has_not "$out" ENTRYPOINT
	expect "says why" has "$err" "strict-partial.ini:5: .fsopen. of the mount API is left open"
	observe denyinit --check -c "$LIVE/policy/strict-partial.ini"
	expect "--check" is "$status" 1
	# The control: without, it starts, and only the report speaks of it.
	policy partial '[deny]' '@mount = deny' 'fsopen = allow'
	observe denyinit -c "$LIVE/policy/partial.ini" -- sh -c 'echo ENTRYPOINT'
	expect "control: starts" has "$out" ENTRYPOINT
	expect "control: PARTIAL" has "$out" '^denyinit: PARTIAL '
	expect "control: no warning" is "$err" ""
	all_rows
}
