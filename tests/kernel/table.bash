# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How the tables `scenarios` and `boots` are read; `scenarios` says what is in them.

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
