# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of this folder share: setup_suite.bash has booted the kernels; here is what became of it.

bats_require_minimum_version 1.5.0

# shellcheck source=/dev/null
. "$BATS_TEST_DIRNAME/table.bash"

failures=0
failed() { # WHAT [WHAT-WAS-SEEN]
	failures=$((failures + 1))
	printf 'FAILED: %s\n%s\n' "$1" "$(tail -n 30 <<<"${2-}" | cut -c 1-1000 | sed 's/^/    /')"
}
all_good() { [ "$failures" = 0 ]; }

kernels() { cat "$KERNEL_RESULTS/kernels"; }

# A line of a text matches a regular expression, or with ! none does; `-` is no expectation.
matches() { # EXPECTATION TEXT
	case $1 in
	-) ;;
	'!'*) ! grep -qE -e "${1#!}" <<<"$2" ;;
	*) grep -qE -e "$1" <<<"$2" ;;
	esac
}

# What a scenario has written, or its status.
scenario() { # SERIES SECTION/NAME out|err|status
	sed -n "s,^$2 $3 ,,p" "$KERNEL_RESULTS/$1/scenarios.port"
}

console() { cat "$KERNEL_RESULTS/$1/${2##*/}.console"; } # SERIES [SECTION/]BOOT

# The status that PID 1 of a boot ended with, as a shell would say it; nothing if that is not how the machine ended.
ended_with() { # SERIES [SECTION/]BOOT
	local qemu code
	read -r qemu _ <"$KERNEL_RESULTS/$1/${2##*/}.qemu" || return 0
	code=$(console "$1" "$2" | sed -n 's/.*Attempted to kill init! exitcode=\(0x[0-9a-f]*\).*/\1/p' | sed 1q)
	[ "$qemu" = 0 ] && [ -n "$code" ] || return 0
	echo $(((code & 127) ? 128 + (code & 127) : code >> 8 & 255))
}

# An expectation of a table for one kernel, whose ARCH is the first of ABIS: %arch; %calls, how many the mount API has, and
# %but-one of them; %told: those that effect makes. What a report says of the other ABIs, a blank behind it: %killed;
# %denied, with other-abis = deny; %alone, the self-test's own. Only x86_64's can be tried from a native program. %died:
# what effect says of them.
for_kernel() { # EXPECTATION ABIS
	local text=$1 arch=${2%%,*} other killed='' denied='' alone='' died='i386=38 x32=38'
	[[ $text = *%* ]] || {
		printf '%s' "$text"
		return
	}
	machine "$arch"
	for other in ${MACHINE_OTHERS//[,-]/ }; do
		if [ "$arch" = x86_64 ]; then
			killed+="$other=killed " denied+="$other=denied " alone+="$other=killed "
			died='i386=1031 x32=1031'
		else
			killed+="$other=evaluated " denied+="$other=evaluated " alone+="$other=not-probed "
		fi
	done
	text=${text//%arch/$arch}
	text=${text//%calls/$MACHINE_CALLS}
	text=${text//%but-one/$((MACHINE_CALLS - 1))}
	# ppc64le has a number for umount and no call: effect does not make it.
	text=${text//%told/$((MACHINE_CALLS + 3 - $([ "$arch" = ppc64le ] && echo 1 || echo 0)))}
	text=${text//%killed /$killed}
	text=${text//%denied /$denied}
	text=${text//%alone /$alone}
	printf '%s' "${text//%died/$died}"
}

# Every line of a section, on every kernel that it is about.
check_scenarios() { # SECTION
	check_table scenarios "$1" check_scenario
}
check_boots() { # SECTION
	check_table boots "$1" check_boot
}

check_table() { # TABLE SECTION FUNCTION
	local rows section name about wanted first second found=no series version abis
	rows=$(table_rows "$BATS_TEST_DIRNAME/$1")
	while IFS=$TABLE_SEPARATOR read -r section name about wanted first second _; do
		[ "$section" = "$2" ] || continue
		found=yes
		while read -r series version abis _; do
			is_about "$about" "$version" "$abis" || continue
			"$3" "$series" "$section/$name" "$wanted" "$(for_kernel "$first" "$abis")" "$(for_kernel "$second" "$abis")"
		done < <(kernels)
	done <<<"$rows"
	[ $found = yes ] || failed "the table $1 has no section $2"
	all_good
}

check_scenario() { # SERIES SECTION/NAME STATUS STDOUT STDERR
	local what="Linux $1, $2:" out err status
	status=$(scenario "$1" "$2" status) out=$(scenario "$1" "$2" out) err=$(scenario "$1" "$2" err)
	[ -n "$status" ] || {
		failed "$what there is no result" "$(console "$1" scenarios)"
		return 0
	}
	[ "$3" = - ] || [ "$status" = "$3" ] || failed "$what status $status, expected $3" "$out"$'\n'"$err"
	matches "$4" "$out" || failed "$what stdout does not match: $4" "$out"
	matches "$5" "$err" || failed "$what stderr does not match: $5" "$err"
}

check_boot() { # SERIES SECTION/NAME STATUS CONSOLE CONSOLE
	local what="Linux $1, boot $2:" status text pattern
	status=$(ended_with "$1" "$2") text=$(console "$1" "$2")
	[ "$3" = - ] || [ "$status" = "$3" ] || failed "$what PID 1 ended with '$status', expected $3" "$text"
	for pattern in "$4" "$5"; do
		matches "$pattern" "$text" || failed "$what the console does not match: $pattern" "$text"
	done
}
