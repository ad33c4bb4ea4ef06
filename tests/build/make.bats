#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What make promises. The tests that change something do it in a copy of the tree, or in another build folder.

# `!` alone does not fail a test.
refute() { # COMMAND...
	if "$@"; then
		return 1
	fi
}

setup() {
	unset MAKEFLAGS MFLAGS MAKELEVEL CI WERROR DEPS_PREFIX
	tmp=$BATS_TEST_TMPDIR
}

# In place of apt-get and dpkg-query: says that it was called, and fails.
forbid_apt() {
	mkdir "$tmp/bin"
	for name in apt-get apt dpkg-query; do
		printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit 1\n' $name "$tmp/called" >"$tmp/bin/$name"
		chmod +x "$tmp/bin/$name"
	done
	PATH=$tmp/bin:$PATH
}

# Builds what is here with the libraries built here, taken for a distribution's own.
elsewhere=(CC="$PWD/build/deps/bin/musl-gcc" DEPS_PREFIX="$PWD/build/deps")

copy_tree() { # to $tmp/tree, without what was built
	mkdir "$tmp/tree"
	cp -r Makefile deps init selftest conf "$tmp/tree"
	[ ! -d man ] || cp -r man "$tmp/tree"
}

@test "a second make takes under a second, compiles nothing and asks apt for nothing" {
	make
	forbid_apt
	begin=$(date +%s%N)
	run make
	took=$((($(date +%s%N) - begin) / 1000000))
	echo "$took ms: $output"
	[ "$status" = 0 ]
	[ "$output" = "make: Nothing to be done for 'all'." ]
	[ "$took" -lt 1000 ]
	[ ! -e "$tmp/called" ]
}

@test "DEPS_PREFIX: another build folder, nothing fetched, the same programs" {
	forbid_apt
	# READY: for the same package metadata. Of libraries of others it does not say what they are.
	make -j2 BUILD="$tmp/out" CC=build/deps/bin/musl-gcc DEPS_PREFIX=build/deps READY=build/deps/VERSIONS
	[ ! -e "$tmp/called" ]
	[ ! -e "$tmp/out/deps" ]
	[ ! -e "$tmp/out/cache" ]
	for program in denyinit denyinit-selftest denyinit-export; do
		cmp "$tmp/out/$program" build/$program
		cmp "$tmp/out/$program.debug" build/$program.debug
	done
}

@test "DEPS_PREFIX without inih's source says what is missing and why" {
	run make BUILD="$tmp/out" DEPS_PREFIX="$tmp"
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"INIH=FOLDER"*"line numbers"* ]]
	[ ! -e "$tmp/out" ]
}

@test "the libraries are not taken from a folder that has been moved" {
	copy_tree
	mkdir "$tmp/tree/build"
	cp -r build/deps "$tmp/tree/build"
	run make -n -C "$tmp/tree"
	echo "$output"
	[[ $output == *"deps/build build/cache build/deps"* ]]
}

@test "another compiler flag compiles everything again" {
	make -j2 BUILD="$tmp/out" "${elsewhere[@]}"
	run make BUILD="$tmp/out" "${elsewhere[@]}" CFLAGS='-Os -g -DANOTHER'
	echo "$output"
	[ "$(grep -c 'CC  *init/main.c' <<<"$output")" = 1 ]
	[ "$(grep -c 'CC  *selftest/main.c' <<<"$output")" = 1 ]
}

@test "a warning is an error with WERROR=1 and with CI=true, and only then" {
	copy_tree
	echo 'static int unused;' >>"$tmp/tree/selftest/mount_api.c"
	object=build/obj/selftest/mount_api.o
	make -C "$tmp/tree" $object "${elsewhere[@]}"
	sleep 0.1 # the clock of files is coarse
	for setting in WERROR=1 CI=true; do
		run make -C "$tmp/tree" $object "${elsewhere[@]}" $setting
		echo "$output"
		[ "$status" != 0 ]
		[[ $output == *Werror* ]]
	done
	run env CI=true make -C "$tmp/tree" $object "${elsewhere[@]}"
	[ "$status" != 0 ]
}

@test "a program that has grown too big is not left there; with a distribution's libraries it is only said" {
	run make BUILD="$tmp/out" "${elsewhere[@]}" denyinit-selftest_SIZE=1000 "$tmp/out/denyinit-selftest"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"at most 1000 are wanted"* ]]
	rm "$tmp/out/denyinit-selftest"
	run make BUILD="$tmp/out" "${elsewhere[@]}" TOO_BIG=false denyinit-selftest_SIZE=1000 "$tmp/out/denyinit-selftest"
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"at most 1000 are wanted"* ]]
	[ ! -e "$tmp/out/denyinit-selftest" ]
}

@test "install and uninstall, with DESTDIR and PREFIX: nothing is left" {
	for prefix in /usr /opt/some; do
		make install DESTDIR="$tmp/root" PREFIX=$prefix
		cmp build/denyinit "$tmp/root$prefix/bin/denyinit"
		cmp build/denyinit-selftest "$tmp/root$prefix/bin/denyinit-selftest"
		cmp build/denyinit-export "$tmp/root$prefix/bin/denyinit-export"
		[ "$(stat -c %a "$tmp/root$prefix/bin/denyinit")" = 755 ]
		cmp conf/default.ini "$tmp/root/etc/denyinit.ini"
		[ "$(stat -c %a "$tmp/root/etc/denyinit.ini")" = 444 ]
		for sample in conf/*.ini; do
			cmp "$sample" "$tmp/root$prefix/share/denyinit/${sample#conf/}"
		done
		cmp build/sbom.cdx.json "$tmp/root$prefix/share/denyinit/sbom.cdx.json"
		[ "$(stat -c %a "$tmp/root$prefix/share/denyinit/sbom.cdx.json")" = 444 ]
		"$tmp/root$prefix/share/denyinit/oci2denyinit" tests/container/profiles/guide.json | grep -qx '@mount = deny'
		for page in man/*.[1-9]; do
			[ ! -e "$page" ] || cmp "$page" "$tmp/root$prefix/share/man/man${page##*.}/${page#man/}"
		done
		make uninstall DESTDIR="$tmp/root" PREFIX=$prefix
		[ "$(find "$tmp/root" ! -type d)" = '' ]
		[ ! -e "$tmp/root$prefix/share/denyinit" ]
	done
}

@test "install keeps a policy that is there, and so does uninstall" {
	mkdir -p "$tmp/root/etc"
	echo mine >"$tmp/root/etc/denyinit.ini"
	make install DESTDIR="$tmp/root"
	run make uninstall DESTDIR="$tmp/root"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"/etc/denyinit.ini is not the default one: it stays"* ]]
	[ "$(cat "$tmp/root/etc/denyinit.ini")" = mine ]
}

@test "clean keeps the fetched sources and the libraries, distclean nothing" {
	copy_tree
	make -C "$tmp/tree" "${elsewhere[@]}" -j2
	mkdir "$tmp/tree/build/cache" "$tmp/tree/build/deps"
	make -C "$tmp/tree" clean
	[ "$(cd "$tmp/tree/build" && echo *)" = 'cache deps' ]
	make -C "$tmp/tree" distclean
	[ ! -e "$tmp/tree/build" ]
}

@test "make help names every target that somebody may type" {
	run make help
	targets=$(sed -n '/^\.PHONY:/,/[^\\]$/ { s/\.PHONY://; s/\\$//; p }' Makefile)
	[ "$(wc -w <<<"$targets")" -gt 10 ]
	for target in $targets; do
		case $target in
		all | FORCE) continue ;;
		esac
		echo "$target"
		grep -qw -- "$target" <<<"$output"
	done
}

@test "a folder with a blank in its path is refused with the reason" {
	mkdir "$tmp/a folder"
	cp Makefile "$tmp/a folder"
	run make -C "$tmp/a folder"
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"path has a blank in it"* ]]
}
