#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What make dist makes, and that it makes the same of the same: `make dist` of this folder, once, against one that
# another user makes, elsewhere and without network, of the sources in it: for x86_64, with DENYINIT_FULL=1 for all
# architectures. archs.bats looks at the tars of the others.
# shellcheck disable=SC2030,SC2031 # each test has a shell of its own

bats_require_minimum_version 1.5.0
only=(DIST_ARCHS=x86_64)
[ "${DENYINIT_FULL:-}" != 1 ] || only=()

setup_file() {
	unset MAKEFLAGS MFLAGS MAKELEVEL DEPS_PREFIX SOURCE_DATE_EPOCH
	make -s dist "${only[@]}"
}

setup() {
	unset MAKEFLAGS MFLAGS MAKELEVEL CI WERROR DEPS_PREFIX SOURCE_DATE_EPOCH
	tmp=$BATS_TEST_TMPDIR
	version=$(sed -n 's/^VERSION = //p' Makefile)
	name=denyinit-$version-x86_64
	dist=$PWD/build/dist
	sbom=$dist/$name.cdx.json
}

# `!` alone does not fail a test.
refute() { # COMMAND...
	if "$@"; then
		return 1
	fi
}

# A policy with so many rules for each of 40 calls that have three arguments of 32 bits, or more.
many_conditions() { # RULES
	printf '%s\n' '[policy]' 'newer-syscalls = allow' '[deny]' '@mount = deny'
	awk -v rules="$1" '!/^;/ {
		n = 0
		for (i = 2; i <= NF; i++)
			if ($i ~ /^[a-z0-9_]+$/)
				argument[++n] = $i
		count = split($1, calls, ",")
		for (c = 1; n >= 3 && c <= count && done < 40; c++) {
			done++
			for (r = 0; r < rules; r++) {
				printf "?%s = EPERM if %s > 5", calls[c], argument[n]
				for (i = 1; i < n; i++)
					printf " and %s == %d", argument[i], r
				print ""
			}
		}
	}' init/arguments.txt
}

unpack() { tar -C "$tmp" -xzf "$dist/$1.tar.gz"; } # NAME

# same FOLDER: the files of dist/ there are these.
same() {
	local file
	for file in "$dist"/*; do
		cmp "$file" "$1/${file##*/}" || return 1
	done
	[ "$(ls "$dist")" = "$(ls "$1")" ]
}

@test "another folder, user, umask, time zone, locale, and dates of files, no network: the same bytes" {
	begin=$SECONDS
	place=$(mktemp -d /tmp/elsewhere.XXXXXX) # a test's own folder is closed to others
	chmod 0755 "$place"
	user=() # and no network
	if [ "$(id -u)" = 0 ]; then
		chown 65534:65534 "$place"
		user=(unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	mkdir "$tmp/bin"
	printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/apt-get"
	chmod 0755 "$tmp/bin/apt-get"
	cp "$tmp/bin/apt-get" "$place"
	status=0
	"${user[@]}" env -i HOME=/ PATH="$place:$PATH" TZ=Asia/Kathmandu LC_ALL=C.UTF-8 LANG=C.UTF-8 USER=somebody bash -ec '
		umask 077
		cd "$1"
		tar -xzmf "$2"
		cd denyinit-*
		find . -exec touch -d 2001-02-03 {} +
		chmod -R go-rwx .
		shift 2
		make -s -j "$(nproc)" dist "$@"' bash "$place" "$dist/denyinit-$version-source.tar.gz" "${only[@]}" >"$tmp/log" 2>&1 || status=$?
	tail -n 20 "$tmp/log"
	[ "$status" = 0 ]
	same "$place/denyinit-$version-source/build/dist" || {
		for file in denyinit{,-selftest,-export}{,.debug}; do
			cmp "build/$file" "$place/denyinit-$version-source/build/$file" || true
		done
		rm -rf "$place"
		return 1
	}
	rm -rf "$place"
	echo "# figure: reproducible build, elsewhere: $((SECONDS - begin)) s" >&3
}

@test "SHA256SUMS names every other file, and is right" {
	(cd "$dist" && sha256sum --strict --check SHA256SUMS)
	[ "$(cut -d' ' -f3 "$dist/SHA256SUMS" | LC_ALL=C sort)" = "$(cd "$dist" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort)" ]
}

@test "the tar has the programs, policies, man pages, documents and licenses, and nothing of who built it" {
	# README.md says what they are called
	grep -qF "denyinit-$version-source.tar.gz" README.md
	grep -qF "$name.cdx.json" README.md
	unpack "$name"
	cd "$tmp/$name"
	for program in denyinit denyinit-selftest denyinit-export; do
		cmp "bin/$program" "$OLDPWD/build/$program"
	done
	bin/denyinit --version | grep -q "^denyinit $version\b"
	for file in conf/*.ini conf/oci2denyinit*.jq conf/oci2denyinit.calls man/*.[1-9] docs/*.md README.md LICENSE; do
		cmp "$file" "$OLDPWD/$file"
	done
	[ "$(cd "$OLDPWD" && ls conf/*.ini man/*.[1-9])" = "$(ls conf/*.ini man/*.[1-9])" ]
	conf/oci2denyinit "$OLDPWD/tests/container/profiles/guide.json" | grep -qx '@mount = deny'
	while read -r package _; do
		grep -q . "licenses/${package#lib}" || grep -q . "licenses/$package"
	done < <(sed '/^#/d; /^$/d' "$OLDPWD/deps/versions")
	grep -q 'LESSER GENERAL PUBLIC LICENSE' licenses/libseccomp
	# what the documents link to is there
	for link in $(grep -ohE '\]\([a-zA-Z][^):#]*\)' README.md CONTRIBUTING.md SECURITY.md | tr -d '[]()'); do
		[ -e "$link" ] || { echo "no $link" && return 1; }
	done
	tar --numeric-owner -tvzf "$dist/$name.tar.gz" >"$tmp/list"
	[ "$(wc -l <"$tmp/list")" -gt 40 ]
	refute grep -vE "^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) 0/0 +[0-9]+ 2026-11-29 00:00 $name/" "$tmp/list"
}

@test "the debug files are those that the programs ask for" {
	unpack "$name"
	unpack "$name-debug"
	for program in denyinit denyinit-selftest denyinit-export; do
		sum=$(gzip -c "$tmp/$name-debug/$program.debug" | tail -c 8 | od -An -tx4 -N4 --endian=little | tr -d ' ') # its CRC-32
		objcopy -O binary --only-section=.gnu_debuglink --set-section-flags .gnu_debuglink=alloc \
			"$tmp/$name/bin/$program" "$tmp/link"
		[ "$(tail -c 4 "$tmp/link" | od -An -tx4 --endian=little | tr -d ' ')" = "$sum" ]
	done
}

@test "the SBOM: CycloneDX, each work with version, license and tarball, each program with its checksum" {
	jq -e '.bomFormat == "CycloneDX" and .specVersion == "1.5" and (.serialNumber | test("^urn:uuid:[0-9a-f-]{36}$"))
		and .metadata.component.version == $version' --arg version "$version" "$sbom"
	count=0
	while read -r package used suite sum; do
		count=$((count + 1))
		jq -e --arg source "$package $used $suite" --arg sum "$sum" --arg upstream "${used%-*}" '[.components[]
			| select(any(.properties[]?; .name == "denyinit:debian-source" and .value == $source))]
			| length == 1 and (.[0] | .type == "library" and .version == $upstream and (.licenses | length) == 1
			and (.purl | startswith("pkg:")) and (.pedigree.notes | length) > 20
			and any(.externalReferences[]; .type == "distribution" and .hashes[0].content == $sum))' "$sbom"
	done < <(grep -E '^(musl|lib[a-z]+) ' build/deps/VERSIONS)
	[ "$count" = "$(grep -cE '^[a-z]' deps/versions)" ]
	for program in denyinit denyinit-selftest denyinit-export; do
		jq -e --arg name $program --arg sum "$(sha256sum build/$program | cut -d' ' -f1)" \
			'any(.components[]; .name == $name and .hashes[0].content == $sum)' "$sbom"
	done
	# what is changed here says so, with the checksum of what changes it
	for file in deps/patches/*; do
		jq -e --arg name "denyinit:sha256:$file" --arg sum "$(sha256sum "$file" | cut -d' ' -f1)" \
			'any(.components[].properties[]?; .name == $name and .value == $sum)
			and any(.components[].pedigree.patches[]?; .diff.url == $file)' --arg file "$file" "$sbom"
	done
	# every reference has something that it refers to
	jq -e '([.metadata.component, .components[]] | map(.["bom-ref"])) as $refs
		| ([.dependencies[] | .ref, .dependsOn[]?] + [.vulnerabilities[].affects[].ref]) - $refs == []' "$sbom"
	unpack "$name"
	cmp "$sbom" "$tmp/$name/sbom.cdx.json"
	refute grep -F "$PWD" "$sbom"
}

@test "the SBOM's dependencies are what the linker took" {
	for program in denyinit denyinit-selftest denyinit-export; do
		nm build/$program.linked >"$tmp/names"
		linked=musl
		! grep -q ' T seccomp_' "$tmp/names" || linked="$linked libseccomp"
		! grep -q ' T ini_parse' "$tmp/names" || linked="$linked inih"
		! grep -q ' T SHA256' "$tmp/names" || linked="$linked libmd"
		[ "$(jq -r --arg ref $program '.dependencies[] | select(.ref == $ref) | .dependsOn | join(" ")' "$sbom")" = "$linked" ]
	done
}

@test "what the SBOM says of advisories is so" {
	jq -e '(.vulnerabilities | length) >= 6 and all(.vulnerabilities[];
		.analysis.state == "not_affected" and (.analysis.justification | length) > 0 and (.analysis.detail | length) > 40)' "$sbom"
	for id in GHSA-4q85-33p6-j5g6 GHSA-46fr-jh49-xvhx GHSA-2hqh-5c36-grrm CVE-2025-26519 CVE-2026-6042 CVE-2026-40200; do
		jq -e --arg id $id 'any(.vulnerabilities[]; .id == $id)' "$sbom"
	done
	for program in denyinit denyinit-selftest denyinit-export; do
		nm build/$program.linked >"$tmp/$program"
		grep -q ' T memcpy' "$tmp/$program"
		refute grep -wE 'iconv(_open)?|qsort(_r)?' "$tmp/$program"
	done
	# rules with comparisons are given to libseccomp where a profile is compiled, and that is in denyinit-export only
	[ "$(grep -c 'seccomp_rule_add_[a-z_]*(' init/filter.c)" = 2 ]
	grep -q 'seccomp_rule_add_exact(context, action, (int)r->nr, 0)' init/filter.c
	refute grep -w filter_compile_profile "$tmp/denyinit"
	grep -qw filter_compile_profile "$tmp/denyinit-export"
	# and one that comes to too many instructions does not get as far as that
	many_conditions 2 >"$tmp/sound.ini"
	many_conditions 3 >"$tmp/many.ini"
	chmod 0444 "$tmp"/*.ini
	build/denyinit-export --export=oci -c "$tmp/sound.ini" >/dev/null
	run --separate-stderr build/denyinit-export --export=oci -c "$tmp/many.ini"
	echo "$stderr"
	[ "$status" = 1 ] && [ -z "$output" ]
	[[ $stderr == *"libseccomp does not take the profile: it comes to too many instructions"* ]]
}

@test "each program has package metadata, loaded with it, that names what is linked in" {
	for program in denyinit denyinit-selftest denyinit-export; do
		note=$(readelf --notes "build/$program" | sed -n 's/^ *Packaging Metadata: //p')
		jq -e --arg version "$version" '.name == "denyinit" and .version == $version and .architecture == "x86_64"
			and .purl == "pkg:generic/denyinit@\($version)"' <<<"$note"
		readelf -lW "build/$program" | grep -q 'NOTE'
		[ "$(jq -r .linked <<<"$note" | tr , '\n')" = "$(jq -r --arg ref $program '. as $bom | .dependencies[]
			| select(.ref == $ref) | .dependsOn[] as $ref | $bom.components[] | select(.["bom-ref"] == $ref)
			| .properties[] | select(.name == "denyinit:debian-source") | .value | split(" ")[0:2] | join(" ")' "$sbom")" ]
	done
	deps/note denyinit 1.2 arm | jq -e '.version == "1.2" and .architecture == "arm" and (has("linked") | not)'
	run deps/note denyinit 1.2 arm /dev/null
	[ "$status" != 0 ]
}

@test "with libraries of others: no SBOM is installed, and nothing packed" {
	others=(BUILD="$tmp/out" CC="$PWD/build/deps/bin/musl-gcc" DEPS_PREFIX="$PWD/build/deps")
	run make -n "${others[@]}" install
	[ "$status" = 0 ]
	[[ $output != *sbom* ]]
	run make -n "${others[@]}" dist
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"not with DEPS_PREFIX"* ]]
}

@test "another SOURCE_DATE_EPOCH is the date of everything, and changes nothing else" {
	deps/sbom build build/deps "$version" x86_64 86400 >"$tmp/sbom"
	diff <(jq -S 'del(.serialNumber)' "$sbom") <(jq -S 'del(.serialNumber)' "$tmp/sbom") >"$tmp/diff" || true
	[ "$(grep -c '^[<>]' "$tmp/diff")" = 2 ]
	grep -q '^> .*"timestamp": "1970-01-02T00:00:00Z"' "$tmp/diff"
	refute cmp -s <(jq .serialNumber "$sbom") <(jq .serialNumber "$tmp/sbom")
}
