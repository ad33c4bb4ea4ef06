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
		*) [[ $seen = "${series%%-*}".* ]] || failed "Linux ${series%%-*} is to boot, it is $seen" ;;
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
@test "refused: published policies that leave calls open" {
	check_scenarios refused
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
	local series direct staged control row
	# boot: of a machine, to its end. mount: by mount(2), and by the new calls; control: the same without denyinit.
	figure Linux boot proof 'without /proc' i386/x32 mount control denials 'calls that it lacks'
	while read -r series _; do
		direct=$(console "$series" direct) staged=$(console "$series" scenarios)
		control=$(scenario "$series" control/effect out)
		row=("$(value kernel "$staged")" "$(cut -d ' ' -f 2 "$KERNEL_RESULTS/$series/direct.qemu") ms"
			"$(value proof "$staged")" "$(value proof "$direct")" "$(value i386 "$staged")/$(value x32 "$staged")"
			"$(value old "$direct")/$(value new "$direct")" "$(value old "$control")/$(value new "$control")"
			"$(value denials "$(console "$series" denials)")")
		[[ ${row[*]} != *'?'* ]] || failed "Linux $series: a figure is missing" "${row[*]}"
		figure "${row[@]}" "$(tr ' ' '\n' <<<"$control" | sed -n '/^x32=/d; s/=38$//p' | paste -sd ' ')"
	done < <(kernels)
	sed 's/^/# figure: kernels: not to be had any more: /' "$KERNEL_RESULTS/gone" >&3
	echo "# figure: kernels: $(kernels | wc -l) kernels, $(wc -l <"$KERNEL_RESULTS/boots") boots," \
		"$(table_rows "$BATS_TEST_DIRNAME/scenarios" | cut -d "$TABLE_SEPARATOR" -f 1,2 | sort -u | wc -l) scenarios on each" >&3
	all_good
}

figure() { printf '# figure: kernels: %-26s %-8s %-23s %-16s %-13s %-11s %-15s %-8s %s\n' "$@" >&3; }

value() { # KEY TEXT: the first KEY=VALUE in it, an errno by its name
	awk -v RS='[ \n]+' -v key="$1=" '
		index($0, key) == 1 {
			found = substr($0, length(key) + 1)
			exit
		}
		END {
			if (key == "old=" || key == "new=")
				found = found == "0" ? "mounted" : found == "1" ? "EPERM" : found == "38" ? "ENOSYS" : found
			print found == "" ? "?" : found
		}' <<<"$2"
}

# What a table has to be, for the tests above to mean something.
@test "each line of the tables is read, and each scenario is checked on each kernel" {
	local table rows section name about command previous series version abis checks
	local word='^(-|(>=|<)[0-9]+\.[0-9]+|!?(i386|x32))$'
	for table in scenarios boots; do
		rows=$(table_rows "$BATS_TEST_DIRNAME/$table")
		previous='' checks=''
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
			while read -r series version abis _; do
				! is_about "$about" "$version" "$abis" || checks+="$section/$name on $series;"
			done < <(kernels)
		done <<<"$rows"
		[ "$(wc -l <<<"$rows")" = "$(grep -cE '^[a-z0-9-]+ +[|] ' "$BATS_TEST_DIRNAME/$table")" ] || failed "$table: lines"
		[ $table = scenarios ] || continue
		while read -r name; do
			while read -r series _; do
				[[ $checks = *"$name on $series;"* ]] || failed "$table: no line of $name is about Linux $series"
			done < <(kernels)
		done < <(cut -d "$TABLE_SEPARATOR" -f 1,2 <<<"$rows" | tr "$TABLE_SEPARATOR" / | sort -u)
	done
	all_good
}
