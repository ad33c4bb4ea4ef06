#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# denyinit on real kernels, from Linux 5.10 to the newest: what it does there as a machine's PID 1 (the table `boots`),
# and all the rest (the table `scenarios`). Each section of a table is a test here; a line that fails tells on which
# kernel.
load common

@test "the kernels are those of the table, and have run all scenarios" {
	local series version abis package seen
	[ "$(kernels | wc -l)" -ge 4 ]
	while read -r series version abis package; do
		seen=$(sed -n 's/^kernel //p' "$KERNEL_RESULTS/$series/scenarios.port")
		# The release is in the package's name.
		[ -n "$seen" ] && [[ $package = *-"$seen" ]] || failed "$package is to boot, it is '$seen'" "$(console "$series" scenarios)"
		case $series in
		newest*) ;;
		*) [[ $seen = "${series%%-*}".* ]] || failed "Linux ${series%%-*} is to boot, it is $seen" "" ;;
		esac
		[ "$(tail -n 1 "$KERNEL_RESULTS/$series/scenarios.port")" = end ] ||
			failed "Linux $series has not come to the end of the scenarios" "$(console "$series" scenarios)"
	done < <(kernels)
	all_good
}

@test "control: without denyinit both kinds of mount work, by every way that the kernel has" { check_scenarios control; }
@test "start: the proof holds with every policy that closes the mount API, by every witness that the kernel offers" {
	check_scenarios start
}
@test "surroundings: without /proc, without privilege, in a user namespace, under filters of others" {
	check_scenarios surroundings
}
@test "entrypoint: is PID 1, carries the filter, and cannot mount" { check_scenarios entrypoint; }
@test "refused: published policies that leave calls open" { check_scenarios refused; }
@test "boots: PID 1 of the machine, straight from the kernel and behind a stage that mounts /proc" { check_boots pid1; }
@test "boots: where it refuses to start, the machine ends with status 125" { check_boots refused; }

# What a table has to be, for the tests above to mean something.
@test "each line of the tables is read, and each scenario is checked on each kernel" {
	local table rows section name about first second command previous series version abis names
	local word='^(-|(>=|<)[0-9]+\.[0-9]+|!?(i386|x32))$'
	for table in scenarios boots; do
		rows=$(table_rows "$BATS_TEST_DIRNAME/$table")
		previous='' names=' '
		while IFS=$TABLE_SEPARATOR read -r section name about _ first second command; do
			grep -qE "^@test .*check_$table $section; }|^	check_$table $section$" "$BATS_TEST_FILENAME" ||
				failed "$table: no test for the section $section" ""
			! grep -vqE "$word" <<<"${about//,/$'\n'}" || failed "$table, $name: kernels: $about" ""
			# The kernels' command line has room for 2,048 bytes; a line of the guest's table is a line.
			[ ${#command} -lt 1500 ] || failed "$table, $name: too long" ""
			if [ "$section/$name" = "$previous" ]; then
				[ -z "$command" ] || failed "$table, $name: a second command" ""
			else
				[ -n "$command" ] || failed "$table, $name: no command" ""
			fi
			previous=$section/$name
		done <<<"$rows"
		[ "$(wc -l <<<"$rows")" = "$(grep -cE '^[a-z0-9-]+ +[|] ' "$BATS_TEST_DIRNAME/$table")" ] || failed "$table: lines" ""
	done
	all_good
}
