# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How the tables are read: `scenarios`, which says what is in it, `boots`, `kernels` and `machines`.

TABLE_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TABLE_SEPARATOR=$'\x1f'

# Each line of a table with seven fields: SECTION NAME KERNELS STATUS FIRST SECOND COMMAND.
table_rows() { # FILE
	awk -v OFS="$TABLE_SEPARATOR" '
		/^#/ || /^[ \t]*$/ { next }
		/^\[.*\]$/ { section = substr($0, 2, length($0) - 2); next }
		{
			sub(/[ \t]+$/, "")
			n = split($0, field, /[ \t]+[|][ \t]+/)
			command = field[6]
			for (i = 7; i <= n; i++)
				command = command " | " field[i]
			if (n < 5 || section == "") {
				print FILENAME ":" FNR ": fewer than five columns, or no section above" >"/dev/stderr"
				exit 1
			}
			print section, field[1], field[2], field[3], field[4], field[5], command
		}' "$1"
}

# 6.12.117 or 6.12 as a number that can be compared.
version_number() { # VERSION
	[[ $1 =~ ^([0-9]+)\.([0-9]+) ]] && echo $((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2]))
}

# Whether a line with these KERNELS is about a kernel.
is_about() { # KERNELS VERSION ABIS
	local condition number
	number=$(version_number "$2")
	for condition in ${1//,/ }; do
		case $condition in
		-) ;;
		'>='*) [ "$number" -ge "$(version_number "${condition#>=}")" ] || return 1 ;;
		'<'*) [ "$number" -lt "$(version_number "${condition#<}")" ] || return 1 ;;
		'!'*) [[ ,$3, != *",${condition#!},"* ]] || return 1 ;;
		*) [[ ,$3, = *",$condition,"* ]] || return 1 ;;
		esac
	done
}

# The rows of `kernels` that are wanted: ARCH SERIES DEBIAN PATTERN SUITES ABIS SET. DENYINIT_FULL=1: all of them.
# KERNELS is an extended regular expression that ARCH/SERIES has to match, to try some by hand.
kernel_rows() {
	sed '/^#/d; /^$/d' "$TABLE_FOLDER/kernels" | while read -r -a row; do
		[ "${row[6]}" = small ] || [ "${DENYINIT_FULL:-}" = 1 ] || continue
		[[ ${row[0]}/${row[1]} =~ ^(${KERNELS:-.*})$ ]] || continue
		echo "${row[*]}"
	done
}

kernel_archs() { kernel_rows | cut -d ' ' -f 1 | sort -u; }

# A row of `machines`, in variables MACHINE_*.
machine() { # ARCH
	local arch
	while read -r arch MACHINE_DEBIAN MACHINE_OTHERS MACHINE_COMPAT MACHINE_CALLS MACHINE_EMULATOR MACHINE_PACKAGE \
		MACHINE_CONSOLE MACHINE_PORT MACHINE_OPTIONS; do
		[ "$arch" != "$1" ] || return 0
	done <"$TABLE_FOLDER/machines"
	echo "tests/kernel/machines has no row for $1" >&2
	return 1
}
