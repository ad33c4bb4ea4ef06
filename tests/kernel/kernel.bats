#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# denyinit on real kernels, from Linux 5.10 to the newest, of each architecture that it is built for: what it does there
# as a machine's PID 1 (the table `boots`), and all the rest (the table `scenarios`). Each section of a table is a test
# here; a line that fails tells on which kernel.
load common

@test "the kernels are those of the table, and have run all scenarios" {
	local series version abis package seen
	[ -n "${KERNELS:-}" ] || [ "$(kernels | wc -l)" -ge 3 ]
	while read -r series version abis package _; do
		seen=$(sed -n 's/^kernel //p' "$KERNEL_RESULTS/$series/scenarios.port")
		# The release is in the package's name.
		[ -n "$seen" ] && [[ $package = *-"$seen" ]] || failed "$package is to boot, it is '$seen'" "$(console "$series" scenarios)"
		version=${series#*/}
		case $version in
		newest*) ;;
		*) [[ $seen = "${version%%-*}".* ]] || failed "Linux ${version%%-*} is to boot, it is $seen" ;;
		esac
		[ "$(tail -n 1 "$KERNEL_RESULTS/$series/scenarios.port")" = end ] ||
			failed "Linux $series has not come to the end of the scenarios" "$(console "$series" scenarios)"
	done < <(kernels)
	all_good
}

@test "control: without denyinit both kinds of mount work, by every way that the kernel has" {
	check_scenarios control
}
@test "start: the proof holds with every policy that closes the mount API, by every witness that the kernel offers" {
	check_scenarios start
}
@test "surroundings: without /proc, without privilege, in a user namespace, under filters of others" {
	check_scenarios surroundings
}
@test "entrypoint: is PID 1, carries the filter, and cannot mount" {
	check_scenarios entrypoint
}
@test "compat: 32-bit programs of another architecture are killed at their first call, or get the same rules" {
	check_scenarios compat
}
@test "refused: policies that leave calls open, each call of the mount API missing once, and mistakes of other kinds" {
	check_scenarios refused
}
@test "spoilt: where the kernel was given another filter than the judge was told of, it is seen" {
	check_scenarios spoilt
}
@test "supervise: the command is a child, and its end is denyinit's" {
	check_scenarios supervise
}
@test "denials: every denied call is told and stays denied, between signals too" {
	check_scenarios denials
}
@test "observe: what is let through is told" {
	check_scenarios observe
}
@test "boots: PID 1 of the machine, straight from the kernel and behind a stage that mounts /proc" {
	check_boots pid1
}
@test "boots: where it refuses to start, the machine ends with status 125" {
	check_boots refused
}

@test "figures" {
	"$BATS_TEST_DIRNAME/results" "$KERNEL_RESULTS" >"$KERNEL_RESULTS/table" || failed "a figure is missing" "$(<"$KERNEL_RESULTS/table")"
	sed 's/^/# figure: kernels: /' "$KERNEL_RESULTS/table" >&3
	sed 's/^/# figure: kernels: not to be had any more: /' "$KERNEL_RESULTS/gone" >&3
	echo "# figure: kernels: $(kernels | wc -l) kernels, $(wc -l <"$KERNEL_RESULTS/boots") boots," \
		"$(table_rows "$BATS_TEST_DIRNAME/scenarios" | cut -d "$TABLE_SEPARATOR" -f 1,2 | sort -u | wc -l) scenarios on each" >&3
	all_good
}

# What a table has to be, for the tests above to mean something.
@test "each line of the tables is read, and each scenario is checked on each kernel" {
	local table rows section name about command previous series version abis checks special
	local own='^!?(x32|compat|every|x86_64|aarch64|armv7|i386|riscv64|s390x|ppc64le)$'
	local word="^(-|(>=|<)[0-9]+\.[0-9]+)$|$own"
	for table in scenarios boots; do
		rows=$(table_rows "$BATS_TEST_DIRNAME/$table")
		previous='' checks='' special=' '
		while IFS=$TABLE_SEPARATOR read -r section name about _ _ _ command; do
			grep -qE "^	check_$table $section$" "$BATS_TEST_FILENAME" || failed "$table: no test for the section $section"
			! grep -vqE "$word" <<<"${about//,/$'\n'}" || failed "$table, $name: kernels: $about"
			# The kernels' command line has room for 2,048 bytes.
			[ ${#command} -lt 1500 ] || failed "$table, $name: too long"
			if [ "$section/$name" = "$previous" ]; then
				[ -z "$command" ] || failed "$table, $name: a second command"
			else
				[ -n "$command" ] || failed "$table, $name: no command"
			fi
			previous=$section/$name
			! grep -qE "$own" <<<"${about//,/$'\n'}" || special+="$previous "
			while read -r series version abis _; do
				! is_about "$about" "$version" "$abis" || checks+="$section/$name on $series;"
			done < <(kernels)
		done <<<"$rows"
		[ "$(wc -l <<<"$rows")" = "$(grep -cE '^[a-z0-9_-]+ +[|] ' "$BATS_TEST_DIRNAME/$table")" ] || failed "$table: lines"
		[ $table = scenarios ] || continue
		while read -r name; do
			[[ $special != *" $name "* ]] || continue
			while read -r series _; do
				[[ $checks = *"$name on $series;"* ]] || failed "$table: no line of $name is about Linux $series"
			done < <(kernels)
		done < <(cut -d "$TABLE_SEPARATOR" -f 1,2 <<<"$rows" | tr "$TABLE_SEPARATOR" / | sort -u)
	done
	all_good
}
