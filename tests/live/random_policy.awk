# SPDX-License-Identifier: MIT
# awk -v seed=N -f random_policy.awk: a random policy on standard output, for random.bats. Sound or not, whole or with
# holes: what of it is accepted, and called whole, must be so.

function pick(n) { return int(rand() * n) }
function chance(percent) { return rand() * 100 < percent }
function one_of(words,    list, n) { n = split(words, list, " "); return list[1 + pick(n)] }

function answer() {
	return one_of("deny deny deny EPERM EACCES ENOSYS ENOENT 3001 4095 " (chance(20) ? "kill-process" : "deny"))
}

# Conditions of every operator; what they are about does not matter, that no caller gets past them does.
function condition(call,    arg, ops) {
	if (call ~ /^(mount|umount2|open_tree|open_tree_attr|move_mount|fsmount|fsopen|fspick|mount_setattr)$/ && chance(70))
		arg = "flags"
	else
		arg = one_of("arg0 arg1 arg2 arg3 arg4")
	ops = one_of("& == != < <= > >= in notin")
	if (ops == "in")
		return arg " in 0 1 2 0x1000 " pick(70000)
	if (ops == "notin")
		return arg " not in " pick(9) " " 9 + pick(70000)
	return arg " " ops " " one_of("1 2 0x1000 4096 0x80000 0x7fffffff " 1 + pick(70000))
}

function line(call, action) {
	lines[++nlines] = call " = " action
}

# One mount call: mostly denied as a whole.
function mount_call(call) {
	if (chance(6)) # forgotten
		return
	if (chance(4)) {
		line(call, "allow")
		return
	}
	if (chance(12)) {
		line(call, answer() " if " condition(call) (chance(30) ? " and " condition(call) : ""))
		if (chance(60))
			line(call, answer())
		return
	}
	line(call, answer())
}

BEGIN {
	srand(seed)
	nlines = 0
	split("mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr", api, " ")
	whole = chance(60) # nothing forgotten: a group has them all
	if (whole)
		line(one_of("@mount @default @strict"), answer())
	for (i = 1; i <= 11; i++)
		if (!whole || chance(12))
			mount_call(api[i])
	noise = pick(6)
	for (i = 0; i < noise; i++) {
		call = one_of("unshare clone chroot ptrace setns personality ioctl socket prctl bpf keyctl kexec_load swapon reboot umount 468 470 ?brandnew")
		line(call, call == "clone" ? "EPERM if flags & " one_of("CLONE_NEWNS CLONE_NEWUSER 0x7e020000") : \
			call ~ /^(prctl)$/ ? "EINVAL if option == 22" : \
			call ~ /^(ioctl|socket|personality|unshare)$/ && chance(60) ? answer() " if " condition(call) : answer())
	}
	if (chance(30))
		line(one_of("@debug @clock @keyring @io-uring @namespaces @module @privileged"), one_of("deny deny allow"))
	if (chance(50))
		line("clone3", "ENOSYS")

	print "[policy]"
	print "other-abis = " (chance(40) ? "deny" : "kill")
	print "newer-syscalls = " (chance(70) ? "ENOSYS" : "allow")
	if (chance(30))
		print "deny = " one_of("EPERM EACCES 2222")
	print "[deny]"
	for (i = nlines; i > 0; i--) { # shuffled
		j = 1 + pick(i)
		print lines[j]
		lines[j] = lines[i]
	}
}
