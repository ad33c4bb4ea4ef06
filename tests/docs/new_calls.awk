# SPDX-License-Identifier: MIT
# Of tests/docs/new_calls: GROUPS NEWER ARGUMENTS TABLES HEADERS, five files. What the headers have and the others do not,
# and a guess by the name where it belongs. Exit status 1 if there is something.

# What is left of a name without what tells a newer form of a call from the older one: mount_setattr2 -> mount_setattr,
# open_tree_attr -> open_tree, fchmodat2 -> fchmod, clock_settime64 -> clock_settime, fchroot -> chroot.
function stem(name,    before) {
	do {
		before = name
		sub(/[0-9]+$/, "", name)
		sub(/(_time|_attr|_fd|_flags|_ex|v)$/, "", name)
		if (length(name) > 5)
			sub(/at$/, "", name)
	} while (name != before)
	if (length(name) > 5)
		sub(/^[fl]/, "", name)
	return name
}

# The smallest groups first: @default and @strict have the others in them.
function groups_of(name,    i, list) {
	for (i = 1; i <= groups; i++)
		if ((i, name) in member)
			list = list (list == "" ? "" : " ") group[i]
	return list
}

function guess(name,    other, twins, kin, in_groups, first) {
	for (other in known)
		if (stem(other) == stem(name))
			twins = twins " " other
	first = name
	sub(/_.*/, "", first)
	if (first != name && length(first) > 1)
		for (other in known)
			if (index(other, first "_") == 1 && groups_of(other) != "")
				kin = kin " " other
	if (name ~ /mount|mnt|pivot|(^|_)tree(_|$)|^fs(open|config|pick)/)
		print "    Does it change the mount tree? By its name it may. Then: @mount in init/names_groups.c and a row of " \
			"selftest/mount_api.c,\n    by hand, twice; a route in tests/live/routes.c; the lists of tests/live and " \
			"tests/container."
	else
		print "    Does it change the mount tree? Nothing in its name says so: look, all the same."
	if (name ~ /(^|_)ns(_|$)|namespace|^(set|list)ns|clone|unshare/)
		print "    New namespaces, or the way into others'? @namespaces."
	show("the twin of", twins)
	show("of the family of", kin)
	if (twins == "" && kin == "")
		print "    No call of a group has a name like it: what do Docker's profile and systemd say of it?"
}

function show(what, others,    word, n, i, of) {
	n = split(others, word, " ")
	for (i = 1; i <= n; i++) {
		of = groups_of(word[i])
		print "    By its name " what " " word[i] (of == "" ? ", which is in no group." : ", which is in " of \
			": does it belong there?")
	}
	if (n && what ~ /twin/)
		print "    A twin also goes into init/names_doors.c, with a way in tests/live/doors.c."
}

FNR == 1 { file++ }
file == 1 { group[++groups] = $1; for (i = 2; i <= NF; i++) member[groups, $i] = 1; next }
file == 2 { newer[$1] = $2; if (lowest == "" || $2 + 0 < lowest) lowest = $2 + 0; next }
file == 3 { has_arguments[$1] = 1; next }
file == 4 { table[$1, $2] = $3; known[$2] = 1; next }
{
	if (!($2 in seen))
		order[++calls] = $2
	seen[$2] = 1
	where[$2] = where[$2] ((where[$2] == "") ? "" : ", ") $1 " " $3
	header[$1, $2] = $3
	if (!(($1, $2) in table))
		missing[$2] = missing[$2] " " $1
	else if (table[$1, $2] != $3) {
		print "another number: " $2 " is " $3 " on " $1 ", and the table says " table[$1, $2]
		status = 1
	}
	# The ceiling is for the numbers that a call has everywhere: x32's own from 512 on are not above it.
	if ($3 + 0 > highest && $3 < 512) {
		highest = $3 + 0
		newest = $2
	}
	if ($3 + 0 >= lowest && $3 < 512)
		above[$2] = $3
}
END {
	for (i = 1; i <= calls; i++) {
		name = order[i]
		lacks = ""
		if (name in missing)
			lacks = lacks "\n    The judge's table lacks it:" missing[name] "."
		if (name in above && !(name in newer))
			lacks = lacks "\n    init/names_newer.c lacks it, if libseccomp does not know it."
		if (name in above && !(name in has_arguments))
			lacks = lacks "\n    init/arguments.txt lacks its arguments: SYSCALL_DEFINE in the kernel's source."
		if (lacks == "")
			continue
		print "new call: " name " (" where[name] ")" lacks
		delete known[name]
		guess(name)
		status = 1
	}
	if (highest > ceiling) {
		print "the ceiling: POLICY_CEILING in init/policy.h is " ceiling ", and " newest " has the number " highest "."
		status = 1
	}
	for (key in table) {
		split(key, part, SUBSEP)
		if (!(key in header))
			gone[part[2]] = gone[part[2]] " " part[1]
	}
	for (name in gone)
		print "in the table, not in these headers (taken out, or they are older):" gone[name] " " name
	exit status
}
