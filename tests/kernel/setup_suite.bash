# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Once for all tests of this folder: fetches, builds an initramfs for each architecture, and boots every kernel in every
# way. The tests only read what came out.

setup_suite() {
	local here=$BATS_TEST_DIRNAME top cache folder rows arch series name kernels abis package version suite build jobs
	top=$(cd "$here/../.." && pwd)
	cache=$top/build/cache/kernels folder=$top/build/kernel
	mkdir -p "$cache" "$folder"
	# Two runs in one tree would write the same files.
	exec 7>"$folder/lock"
	flock --nonblock 7 || {
		echo "another run of these tests uses $folder"
		return 1
	}
	# shellcheck source=/dev/null
	. "$here/table.bash"
	"$here/fetch" "$cache"
	for arch in $(kernel_archs); do
		build=build
		[ "$arch" = x86_64 ] || build=build/$arch
		make -s -C "$top" -j "$(nproc)" ARCH="$arch" all "$build/kernel/spoilt"
		"$here/initramfs" "$cache" "$arch" "$folder"
	done

	rm -rf "$folder/results"
	mkdir "$folder/results"
	# ARCH/SERIES VERSION ABIS PACKAGE SUITE: the kernels that there are. Among the ABIs is the kernel's own, and `every`
	# if it is booted in every way.
	: >"$folder/results/gone"
	kernel_rows | while read -r arch series _ _ _ abis _; do
		if [ -e "$cache/$arch/$series/gone" ]; then
			echo "$arch/$series" >>"$folder/results/gone"
		else
			[ "$arch" != x86_64 ] && [ "${DENYINIT_FULL:-}" != 1 ] || abis+=,every
			read -r package version suite <"$cache/$arch/$series/package"
			echo "$arch/$series $version $arch,$abis $package $suite"
		fi
	done >"$folder/results/kernels"

	rows=$(table_rows "$here/boots")
	while read -r series version abis _; do
		while IFS=$TABLE_SEPARATOR read -r _ name kernels _; do
			! is_about "$kernels" "$version" "$abis" || echo "${series/\// } $name"
		done <<<"$rows"
	done <"$folder/results/kernels" | sort -u >"$folder/results/boots"
	# The longest first, and two at a time, on two processors or more.
	jobs=$(($(nproc) > 1 ? 2 : 1))
	{
		grep -v '^x86_64 ' "$folder/results/boots" | grep ' scenarios$' || true
		grep '^x86_64 .* scenarios$' "$folder/results/boots" || true
		grep -v ' scenarios$' "$folder/results/boots"
	} | xargs -L 1 -P $jobs "$here/boot" "$cache" "$folder" 7>&-
	export KERNEL_RESULTS=$folder/results
}
