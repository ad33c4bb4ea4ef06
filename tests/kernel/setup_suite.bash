# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Once for all tests of this folder: fetches, builds the initramfs, and boots every kernel in every way. The tests only
# read what came out.

setup_suite() {
	local here=$BATS_TEST_DIRNAME top cache folder rows series name kernels abis package version jobs
	top=$(cd "$here/../.." && pwd)
	cache=$top/build/cache/kernels folder=$top/build/kernel
	mkdir -p "$cache" "$folder"
	# Two runs in one tree would write the same files.
	exec 7>"$folder/lock"
	flock --nonblock 7 || {
		echo "another run of these tests uses $folder"
		return 1
	}
	"$here/fetch" "$cache"
	"$here/initramfs" "$cache/tools" "$folder"

	# shellcheck source=/dev/null
	. "$here/table.bash"
	rm -rf "$folder/results"
	mkdir "$folder/results"
	# SERIES VERSION ABIS PACKAGE: the kernels that there are.
	: >"$folder/results/gone"
	"$here/fetch" --list | while read -r series _ _ abis _; do
		if [ -e "$cache/$series/gone" ]; then
			echo "$series" >>"$folder/results/gone"
		else
			read -r package version _ <"$cache/$series/package"
			echo "$series $version $abis $package"
		fi
	done >"$folder/results/kernels"

	rows=$(table_rows "$here/boots")
	while read -r series version abis _; do
		while IFS=$TABLE_SEPARATOR read -r _ name kernels _; do
			! is_about "$kernels" "$version" "$abis" || echo "$series $name"
		done <<<"$rows"
	done <"$folder/results/kernels" | sort -u >"$folder/results/boots"
	# The longest first, and two at a time, on two processors or more.
	jobs=$(($(nproc) > 1 ? 2 : 1))
	{
		grep ' scenarios$' "$folder/results/boots"
		grep -v ' scenarios$' "$folder/results/boots"
	} | xargs -L 1 -P $jobs "$here/boot" "$cache" "$folder" 7>&-
	export KERNEL_RESULTS=$folder/results
}
