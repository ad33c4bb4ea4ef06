#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# other-abis = deny: the same rules through int 0x80 and x32, with all that i386 has otherwise.
# shellcheck disable=SC2154 # status, out, err and refusal are set by common.bash
bats_require_minimum_version 1.5.0
load common

setup_file() {
	live_begin
	mkdir "$LIVE/folder"
	export ABIS_DIR=$LIVE/folder
	# Errnos that the calls themselves do not give.
	policy deny '[policy]' 'other-abis = deny' '[deny]' '@mount = EHOSTDOWN' 'setuid = EDOM' 'settimeofday = ESRMNT' \
		'clock_settime = EBADE' 'shmget = ENOANO' 'semop semtimedop = ENOCSI' 'ptrace = EBADSLT' 'accept = EXFULL' \
		'socket = EXFULL if arg0 == 1' 'ftruncate = ECHRNG if arg1:64 > 0x100000000' \
		'lseek = EBADR if arg1:64 in 5 0x500000007 -1' 'preadv2 = EUCLEAN if arg5 & 1' 'setgid = EDOM if arg0 == 0' \
		'fallocate = ENOTUNIQ if arg1 == 3 and arg2:64 == 0x700000000' '_newselect = ENOSTR if arg0 == 3'
	policy kill '[deny]' '@mount = EHOSTDOWN'
	policy told '[policy]' 'other-abis = deny' '[deny]' '@mount = EHOSTDOWN' 'setuid = EDOM' '[init]' 'report-denials = yes'
}
teardown_file() { live_end; }

# CALL, what it gives without denyinit, what under deny.ini, and what it is. Errnos by number: 33 EDOM, 44 ECHRNG,
# 50 ENOCSI, 52 EBADE, 53 EBADR, 54 EXFULL, 55 ENOANO, 57 EBADSLT, 60 ENOSTR, 69 ESRMNT, 76 ENOTUNIQ, 112 EHOSTDOWN, 117 EUCLEAN.
calls() {
	cat <<-'TABLE'
		i386:52:dir,0                         -22  -112  umount2
		i386:22:dir                           -22  -112  umount, which i386 alone has
		i386:21:tmpfs,dir,tmpfs               0    -112  mount
		i386:217                              -14  -112  pivot_root
		i386:23:0                             0    -33   setuid
		i386:213:0                            0    -33   setuid32
		i386:46:0                             0    -33   setgid, whole: the kernel looks at 16 bits
		i386:46:0x10000                       0    -33   setgid(0) with junk
		i386:214:0                            0    -33   setgid32(0)
		i386:214:1                            0    0     setgid32(1)
		i386:214:0xa5a5a5a500000000           0    -33   setgid32(0), from a register with junk above
		i386:26:-1                            -3   -57   ptrace
		i386:404:99                           -22  -52   clock_settime64
		i386:264:99                           -22  -52   clock_settime
		i386:79:1                             -14  -69   settimeofday
		i386:25                               -14  -69   stime
		i386:102:1,socket                     +    -54   socketcall(socket)
		i386:102:0x10001,socket               -22  -22   no part of socketcall
		i386:102:5,zeros                      -88  -54   socketcall(accept)
		i386:102:18,zeros                     -88  -88   socketcall(accept4)
		i386:102:3,zeros                      -88  -88   socketcall(connect)
		i386:359:1,1,0                        +    -54   socket(AF_UNIX)
		i386:359:2,1,0                        +    +     socket(AF_INET)
		i386:117:23,0x7ead,4096,0             -2   -55   ipc(shmget)
		i386:117:0x10017,0x7ead,4096,0        -2   -55   ipc(shmget | 0x10000)
		i386:117:0xffff0017,0x7ead,4096,0     -2   -55   ipc(shmget | 0xffff0000)
		i386:117:24,-1,2                      -22  -22   ipc(shmctl)
		i386:117:1,-1,1,0,zeros               -22  -50   ipc(semop)
		i386:117:4,-1,1,0,zeros               -22  -50   ipc(semtimedop)
		i386:420:-1,zeros,1                   -22  -50   semtimedop_time64
		i386:395:0x7ead,4096,0                -2   -55   shmget
		i386:194:99,0,1                       -9   -9    ftruncate64(0x100000000)
		i386:194:99,1,1                       -9   -44   ftruncate64(0x100000001)
		i386:194:99,0,2                       -9   -44   ftruncate64(0x200000000)
		i386:194:99,0xffffffff,0              -9   -9    ftruncate64(0xffffffff)
		i386:93:99,0x7fffffff                 -9   -9    ftruncate(0x7fffffff)
		i386:93:99,0x80000000                 -22  -44   ftruncate, with what may be a sign
		i386:140:99,0,5,zeros                 -9   -53   _llseek(5)
		i386:140:99,5,7,zeros                 -9   -53   _llseek(0x500000007)
		i386:140:99,5,5,zeros                 -9   -9    _llseek(0x500000005)
		i386:140:99,7,5,zeros                 -9   -9    _llseek(0x700000005)
		i386:140:99,0xffffffff,0xffffffff,zeros -9 -53   _llseek(-1)
		i386:19:99,5                          -9   -53   lseek(5)
		i386:19:99,7                          -9   -9    lseek(7)
		i386:19:99,0xa5a5a5a500000005         -9   -53   lseek(5), with junk
		i386:194:99,0xa5a5a5a500000001,0xa5a5a5a500000001 -9 -44 ftruncate64(0x100000001), with junk
		i386:19:99,0xffffffff                 -9   -53   lseek(-1)
		i386:324:99,3,0,7,0                   -9   -76   fallocate, offset 0x700000000
		i386:324:99,3,7,0,0                   -9   -9    fallocate, offset 7
		i386:142:0xa5a5a5a500000003,0,0,0,zeros 0  -60   _newselect, which i386 alone has, with junk
		i386:20                               +    +     getpid
		i386:0xffffffff                       -38  -38   no call
		x32:165:tmpfs,dir,tmpfs               ~112 -112  mount
		x32:166:dir,0                         ~112 -112  umount2
		x32:430                               ~112 -112  fsopen
		x32:105:0                             ~33  -33   setuid
		x32:101:-1                            ~57  -57   ptrace, under the native number
		x32:521:-1                            ~57  -57   ptrace, under x32's own
		x32:546:99,0,0,0,1                    ~117 -117  preadv2, its own, with the flags in the fifth place
		x32:327:99,0,0,0,1                    ~117 ~117  preadv2, the native one: they are in the sixth
		x32:77:99,0x100000001                 ~44  -44   ftruncate(0x100000001)
		x32:77:99,0x100000000                 ~44  ~44   ftruncate(0x100000000)
		x32:600                               -38  -38   a number that nobody has
		native:165:tmpfs,dir,tmpfs            0    -112  mount
		native:77:99,0x100000001              -9   -44   ftruncate
	TABLE
}

every=()

# compare COLUMN: holds the lines of $out against that column of the table: a number, +: no error, ~N: anything but -N.
compare() {
	local call control denied what wanted got rows=0
	while read -r call control denied what; do
		wanted=$control
		[ "$1" = control ] || wanted=$denied
		got=$(sed -n "s/^$call //p" <<<"$out")
		case $wanted in
		+) expect "$call: $what" has "$got" '^[0-9]+$' ;;
		~*) expect "$call: $what" has "${got/#-${wanted#~}/same}" '^-?[0-9]+$' ;;
		*) expect "$call: $what" is "$got" "$wanted" ;;
		esac
		rows=$((rows + 1))
	done < <(calls)
	expect "the table was read" [ "$rows" -ge 55 ]
}

@test "control: without denyinit each call reaches the kernel" {
	mapfile -t every < <(calls | cut -d' ' -f1)
	observe abis "${every[@]}"
	expect "runs" is "$status" 0
	compare control
	all_rows
}

@test "with other-abis = deny each call through i386 and x32 gets what its rule says, and no other does" {
	mapfile -t every < <(calls | cut -d' ' -f1)
	observe denyinit --report=text -c "$LIVE/policy/deny.ini" -- abis "${every[@]}"
	expect "runs" is "$status" 0
	expect "proven" has "$out" 'PASS mount API blocked: 11 of 11 .* i386=denied x32=denied '
	compare denied
	all_rows
}

@test "with other-abis = kill any such call kills" {
	observe denyinit -c "$LIVE/policy/kill.ini" -- abis i386:20 i386:21 x32:39 i386:0xffffffff native:39
	expect "runs" is "$status" 0
	expect "proven" has "$out" ' i386=killed x32=killed '
	expect "all but the native one" is "$(lines "$out" ' signal 31$')" 4
	expect "the native one" has "$out" 'native:39 [0-9]+'
	all_rows
}

@test "a 32-bit program runs under deny, and cannot mount" {
	observe elf32 --mount "$LIVE/folder"
	expect "control" is "$status" 0
	observe denyinit --report=off -c "$LIVE/policy/deny.ini" -- elf32
	expect "runs" is "$status" 0
	observe denyinit --report=off -c "$LIVE/policy/deny.ini" -- elf32 --mount "$LIVE/folder"
	expect "EHOSTDOWN" is "$status" 112
	observe denyinit --report=off -c "$LIVE/policy/kill.ini" -- elf32
	expect "not started under kill" is "$status" 125
	expect "told what to write" has "$err" 'other-abis = deny'
	all_rows
}

@test "every route to a mount through i386 and x32 ends in the policy's errno" {
	local privilege state
	for privilege in "${PRIVILEGES[@]}"; do
		read -ra state <<<"$(privilege "$privilege") --"
		observe outer "${state[@]}" denyinit --report=off -c "$LIVE/policy/deny.ini" -- routes
		expect "$privilege: runs" is "$status" 0
		expect "$privilege: none open" has "$(tail -1 <<<"$out")" '^0 open of '
		expect "$privilege: i386" has "$out" 'closed i386:mount-tmpfs 112'
		expect "$privilege: x32" has "$out" 'closed x32:mount-tmpfs 112'
		expect "$privilege: 32-bit program" has "$out" 'closed elf32 112'
		expect "$privilege: nobody dies" has_not "$out" 'SIGSYS'
	done
	all_rows
}

@test "what a policy leaves open on i386 alone is PARTIAL, and named" {
	policy open '[policy]' 'other-abis = deny' '[deny]' '@mount = EHOSTDOWN' 'umount = allow'
	observe denyinit -c "$LIVE/policy/open.ini" -- abis i386:22:dir i386:52:dir
	expect "PARTIAL" has "$out" '^denyinit: PARTIAL mount API only partly blocked: 11 of 11 .*; left open: umount by i386 \([^ ]*open.ini:5\) '
	expect "so" has "$out" ' i386=left-open x32=denied '
	expect "umount is open" has "$out" 'i386:22:dir -22'
	expect "umount2 is not" has "$out" 'i386:52:dir -112'
	observe denyinit --check -c "$LIVE/policy/open.ini"
	expect "told beforehand" has "$out" 'open.ini:5: warning: `umount` of the mount API is left open through i386'
	policy open '[policy]' 'other-abis = deny' '[deny]' '@mount = deny' 'open_tree = EHOSTDOWN if flags & OPEN_TREE_CLONE'
	observe denyinit -c "$LIVE/policy/open.ini" -- abis i386:428:-100,dir,0 i386:428:-100,dir,1 x32:428:-100,dir,1
	expect "PARTIAL" has "$out" '^denyinit: PARTIAL .* i386=left-open x32=left-open '
	expect "without the flag" has "$out" 'i386:428:-100,dir,0 [0-9]+'
	expect "with it" is "$(lines "$out" ' -112$')" 2
	all_rows
}

@test "naming the eleven native mount calls denies i386's umount, too" {
	policy named '[policy]' 'other-abis = deny' '[deny]' "${MOUNT_CALLS[*]} = EHOSTDOWN"
	observe denyinit -c "$LIVE/policy/named.ini" -- abis i386:22:dir
	expect "PASS" has "$out" '^denyinit: PASS '
	expect "denied" has "$out" 'i386:22:dir -112'
	all_rows
}

@test "denials through i386 and x32 are told, with their ABI; nobody gets a listener there" {
	observe denyinit -c "$LIVE/policy/told.ini" -- abis i386:213:0 i386:23:0 x32:105:0 i386:22:dir native:105:0 \
		i386:354:1,8,1 x32:317:1,8,1 native:317:1,8,1 i386:354:1,0,1
	expect "runs" is "$status" 0
	expect "proven" has "$out" '^denyinit: PASS .* denials=reported i386=(denied|evaluated) x32=denied '
	expect "each has its errno" is "$(lines "$out" '^[^ ]+:(213|23|105):0 -33$')" 4
	expect "umount" has "$out" 'i386:22:dir -112'
	expect "setuid32" has "$err" 'DENIED setuid32 EDOM rule=[^ ]*told.ini:5 pid=[0-9]+ comm=abis abi=i386 count=1'
	expect "setuid" has "$err" 'DENIED setuid EDOM rule=[^ ]*told.ini:5 pid=[0-9]+ comm=abis abi=i386 count=1'
	expect "x32" has "$err" 'DENIED setuid EDOM rule=[^ ]*told.ini:5 pid=[0-9]+ comm=abis abi=x32 count=1'
	expect "umount" has "$err" 'DENIED umount EHOSTDOWN rule=[^ ]*told.ini:4\(@mount\) pid=[0-9]+ comm=abis abi=i386 '
	expect "no listener" is "$(lines "$out" ':1,8,1 -16$')" 3
	expect "an ordinary filter is the kernel's to refuse" has "$out" 'i386:354:1,0,1 -14'
	all_rows
}

@test "observed calls through i386 are let through and told" {
	policy observe '[policy]' 'other-abis = deny' '[deny]' '@mount = deny' '[observe]' 'setuid = EDOM'
	observe denyinit -c "$LIVE/policy/observe.ini" -- abis i386:213:0 x32:105:0 i386:22:dir
	expect "let through" has "$out" 'i386:213:0 0'
	expect "told" has "$err" 'OBSERVE setuid32 EDOM rule=[^ ]*observe.ini:6 pid=[0-9]+ comm=abis abi=i386 count=1'
	expect "x32 told" has "$err" 'OBSERVE setuid EDOM rule=[^ ]*observe.ini:6 pid=[0-9]+ comm=abis abi=x32 count=1'
	expect "the others are denied" has "$out" 'i386:22:dir -1'
	# What i386 alone has, and nothing else.
	policy observe '[policy]' 'other-abis = deny' '[deny]' '@mount = deny' 'umount = allow' '[observe]' 'umount = EDOM'
	observe denyinit -c "$LIVE/policy/observe.ini" -- abis i386:22:dir i386:52:dir
	expect "i386's own: let through" has "$out" 'i386:22:dir -22'
	expect "i386's own: told" has "$err" 'OBSERVE umount EDOM rule=[^ ]*observe.ini:7 pid=[0-9]+ comm=abis abi=i386 count=1'
	expect "i386's own: in the report" has "$out" \
		'^denyinit: OBSERVE mount API only partly blocked: 11 of 11 .*; NOT enforced, only observed: umount by i386 '
	expect "beside it: denied" has "$out" 'i386:52:dir -1'
	observe denyinit --observe -c "$LIVE/policy/deny.ini" -- abis i386:20 i386:22:dir i386:213:0
	expect "nothing dies" has "$out" 'i386:20 [0-9]+'
	expect "nothing is denied" has "$out" 'i386:22:dir -22'
	expect "all is told" has "$err" 'OBSERVE umount EHOSTDOWN .* abi=i386 '
	expect "and what to write" has "$err" '; setuid32 by i386, 1 call: `setuid32 = allow`'
	all_rows
}

@test "--print and --explain say what i386 and x32 get" {
	observe denyinit --print -c "$LIVE/policy/deny.ini"
	expect "umount" has "$out" $'\n''umount +22  EHOSTDOWN +[^ ]*deny.ini:4 \(@mount\)'
	expect "ipc" has "$out" $'\n''ipc +117  ENOANO +[^ ]*deny.ini:8 if arg0 & 0xffff in 23'
	expect "two registers" has "$out" 'ftruncate64 +194  ECHRNG +[^ ]* if arg1\|arg2<<32 > 4294967296'
	expect "x32's own number" has "$out" 'ptrace +1073742345  EBADSLT '
	expect "none kills" has_not "$out" 'any call by another ABI'
	observe denyinit --explain umount2 -c "$LIVE/policy/deny.ini"
	expect "umount" has "$out" '  i386     EHOSTDOWN    [^ ]* \(@mount\): umount 22'
	expect "x32" has "$out" '  x32      EHOSTDOWN    [^ ]* \(@mount\): umount2 1073741990'
	observe denyinit --explain getpid -c "$LIVE/policy/deny.ini"
	expect "no rule" has "$out" '  i386     allowed '
	observe denyinit --print -c "$LIVE/policy/kill.ini"
	expect "all kill" has "$out" 'any call by another ABI +kill-process'
	all_rows
}

@test "whatever outer filters do to these ABIs, the verdict is right" {
	local filter wanted
	while read -r filter wanted; do
		observe outer --filter "$filter" -- denyinit -c "$LIVE/policy/deny.ini" -- abis native:39
		expect "$filter" has "$out" "^denyinit: PASS .* $wanted "
		expect "$filter: started" has "$out" 'native:39 [0-9]+'
	done <<-'TABLE'
		docker      i386=denied x32=denied
		eperm-mount i386=denied x32=denied
		kill-mount  i386=denied x32=denied
		kill-i386   i386=masked x32=denied
		kill-x32    i386=denied x32=masked
	TABLE
	all_rows
}

@test "from inside the proof can be repeated through every ABI" {
	observe denyinit --report=off -c "$LIVE/policy/deny.ini" -- denyinit-selftest
	expect "PASS" has "$out" '^denyinit-selftest: PASS .* i386=denied x32=denied '
	observe denyinit --report=off -c "$LIVE/policy/kill.ini" -- denyinit-selftest
	expect "killed" has "$out" ' i386=killed x32=killed '
	all_rows
}
