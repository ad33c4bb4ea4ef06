#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# make ARCH=...: which architectures there are, and what the programs for another one are: aarch64; with DENYINIT_FULL=1
# all others. Under qemu-user they say what needs no kernel: tests/kernel boots them.
# shellcheck disable=SC2030,SC2031 # each test has a shell of its own
load archs
load elf

programs=(denyinit denyinit-selftest denyinit-export)

setup_file() {
	cd "$top" || return 1
	make_for_all all
}

setup() {
	cd "$top" || return 1
	export LC_ALL=C
	tmp=$BATS_TEST_TMPDIR
	version=$(sed -n 's/^VERSION = //p' Makefile)
}

# ARCH: what readelf -h says of its programs.
header_of() {
	case $1 in
	x86_64) echo 'ELF64 little X86-64' ;;
	aarch64) echo 'ELF64 little AArch64' ;;
	armv7) echo 'ELF32 little ARM.*hard-float' ;;
	i386) echo 'ELF32 little Intel 80386' ;;
	riscv64) echo 'ELF64 little RISC-V' ;;
	s390x) echo 'ELF64 big IBM S/390' ;;
	ppc64le) echo 'ELF64 little PowerPC64.*abiv2' ;;
	esac
}

@test "an architecture that is not known is refused, with those that are" {
	for arch in mips64el x86 ',' 'aarch64 armv7'; do
		run make ARCH="$arch"
		echo "$output"
		[ "$status" != 0 ]
		[[ $output == *"there is no denyinit for the architecture"*"ARCH may be x86_64 aarch64 armv7 i386 riscv64 s390x ppc64le"* ]]
	done
	run make -n dist DIST_ARCHS='aarch64 sparc'
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"DIST_ARCHS may be some of x86_64 aarch64"* ]]
}

@test "each by Debian's, Docker's and gcc's name; each has packages; each has a folder, and the sources are in one" {
	while read -r arch names; do
		for name in $names; do
			run make -n deps BUILD="$tmp/$arch" ARCH="$name"
			if [ "$arch" = "$own" ]; then
				[[ $output == "deps/install build"$'\n'"deps/fetch $tmp/$arch/cache"$'\n'* ]]
			else
				[[ $output == "deps/install build cross-$arch"$'\n'"deps/fetch $tmp/cache"$'\n'"deps/build $tmp/cache $tmp/$arch/deps "*- ]]
			fi
		done
		grep -qE "^cross-$arch +gcc-[a-z0-9-]+ linux-libc-dev-[a-z0-9]+-cross\$" deps/packages
		echo "$arch" >>"$tmp/archs"
	done <<-'END'
		x86_64 x86_64 amd64
		aarch64 aarch64 arm64
		armv7 armv7 armhf arm armv7l
		i386 i386 386 i686
		riscv64 riscv64
		s390x s390x
		ppc64le ppc64le ppc64el powerpc64le
	END
	[ "$(paste -s -d ' ' "$tmp/archs")" = "$(sed -n 's/^ARCHS = //p' Makefile)" ]
	run make -n deps ARCH=riscv64 -W deps/versions
	[[ $output == *"deps/build build/cache build/riscv64/deps riscv64-linux-gnu-" ]]
}

@test "without ARCH, with an empty one, or with one in the environment: for this machine" {
	for way in '' ARCH=; do
		run env ARCH=riscv64 make -n deps $way -W deps/versions
		echo "$output"
		[[ $output == *"deps/build build/cache build/deps" || $output == *"deps/build build/cache build/deps " ]]
	done
}

@test "with a distribution's libraries the compiler says which architecture it is" {
	run make all DEPS_PREFIX=build/deps CC=build/deps/bin/musl-gcc ARCH=s390x
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"build/deps/bin/musl-gcc compiles for $own, and ARCH says s390x"* ]]
}

@test "a second make does nothing" {
	for arch in "${archs[@]}"; do
		run make ARCH="$arch"
		[ "$output" = "make: Nothing to be done for 'all'." ]
	done
}

@test "the programs are for that machine: static PIE, hardened, stripped, without a path of this one" {
	for arch in "${archs[@]}"; do
		read -r class order machine < <(header_of "$arch")
		for program in "${programs[@]}"; do
			file=build/$arch/$program
			echo "$file"
			readelf -hW "$file" >"$tmp/header"
			grep -qE "Class: +$class\$" "$tmp/header"
			grep -qE "Data: .*$order endian" "$tmp/header"
			tr '\n' ' ' <"$tmp/header" | grep -qE "Machine: +$machine"
			is_static_pie "$file"
			is_hardened "$file"
			is_stripped "$file"
			nm "$file.linked" | grep -q ' __stack_chk_fail$'
			refute names_its_builder "$file"
			refute names_its_builder "$file.debug"
			readelf --string-dump=.gnu_debuglink "$file" | grep -q "$program.debug"
			readelf -SW "$file.debug" | grep -q '\.debug_info'
		done
	done
}

@test "their package metadata names the architecture and what is linked in" {
	for arch in "${archs[@]}"; do
		for program in "${programs[@]}"; do
			readelf --notes "build/$arch/$program" | sed -n 's/^ *Packaging Metadata: //p' >"$tmp/note"
			jq -e --arg version "$version" --arg arch "$arch" '.name == "denyinit" and .version == $version
				and .architecture == $arch and (.linked | test("^musl [0-9.]+"))' "$tmp/note"
		done
	done
}

@test "none is bigger than wanted" {
	for arch in "${archs[@]}"; do
		read -ra limits < <(sed -n "s/^SIZES_$arch = //p" Makefile)
		[ ${#limits[@]} = 3 ]
		for i in 0 1 2; do
			program=${programs[i]} limit=${limits[i]}
			size=$(stat -c %s "build/$arch/$program")
			echo "$arch: $program has $size bytes, at most $limit"
			[ "$size" -le "$limit" ]
		done
	done
}

@test "under qemu-user they say their version and find policies sound, or not" {
	cp conf/default.ini "$tmp"
	chmod 0444 "$tmp/default.ini"
	printf '[deny]\n@mount = deny\nmuont = deny\n' >"$tmp/wrong.ini"
	for arch in "${archs[@]}"; do
		denyinit=build/$arch/denyinit
		for program in "${programs[@]}"; do
			run emulate "$arch" "build/$arch/$program" --version
			echo "$output"
			[ "$status" = 0 ]
			[ "${output%% (*}" = "$program $version" ]
		done
		run emulate "$arch" "$denyinit" --check -c "$tmp/default.ini"
		echo "$output"
		[ "$status" = 0 ]
		run emulate "$arch" "$denyinit" --check -c "$tmp/wrong.ini"
		echo "$output"
		[ "$status" != 0 ]
		[[ $output == *"wrong.ini:3"*muont* ]]
		emulate "$arch" "$denyinit" --print -c "$tmp/default.ini" >"$tmp/print"
		# with that machine's numbers
		count=0
		for call in mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr; do
			number=$(printf '#include <asm/unistd.h>\n__NR_%s\n' $call | "build/$arch/deps/bin/musl-gcc" -E -P - | tail -n 1)
			grep -qE "^$call +$((number)) +EPERM " "$tmp/print"
			count=$((count + 1))
		done
		[ $count = 10 ]
		emulate "$arch" build/"$arch"/denyinit-export --export=oci -c "$tmp/default.ini" | jq -e '.architectures | length >= 1'
	done
}

@test "make dist ARCH=...: the tar of that one, with its SBOM, and the sources" {
	for arch in "${archs[@]}"; do
		make -s dist ARCH="$arch"
		dist=build/$arch/dist name=denyinit-$version-$arch
		(cd "$dist" && sha256sum --strict --check SHA256SUMS)
		[ "$(cd "$dist" && printf '%s ' *)" = "SHA256SUMS $name-debug.tar.gz $name.cdx.json $name.tar.gz denyinit-$version-source.tar.gz " ]
		tar -C "$tmp" -xzf "$dist/$name.tar.gz"
		for program in "${programs[@]}"; do
			cmp "$tmp/$name/bin/$program" "build/$arch/$program"
			jq -e --arg name $program --arg sum "$(sha256sum "build/$arch/$program" | cut -d' ' -f1)" \
				'any(.components[]; .name == $name and .hashes[0].content == $sum)' "$dist/$name.cdx.json"
		done
		jq -e --arg arch "$arch" 'any(.metadata.component.properties[]; .name == "denyinit:architecture" and .value == $arch)
			and any(.metadata.component.properties[]; .name == "denyinit:built-by" and (.value | test("-gcc .*[0-9]")))' \
			"$tmp/$name/sbom.cdx.json"
		[ -f "$tmp/$name/licenses/musl" ]
	done
}

@test "make dist: all of them, in one folder with one SHA256SUMS" {
	run make -n dist
	want="deps/dist build build/cache $version [0-9]+"
	for arch in $(sed -n 's/^ARCHS = //p' Makefile); do
		folder=build/$arch
		[ "$arch" != "$own" ] || folder=build
		want="$want $arch:$folder"
	done
	grep -qxE "$want" <<<"$output"
}
