#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# README.md and its kin: what they name is there.
# shellcheck disable=SC2013,SC2016,SC2030,SC2031 # words are wanted; backquotes are the documents'; each test has a shell
load common

documents=(README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md docs/*.md)

@test "every make target that a document names can be made" {
	local target count=0
	unset MAKEFLAGS MFLAGS MAKELEVEL
	for target in $(grep -ohE '(^ +|`)make [a-z-]+' "${documents[@]}" | grep -oE '[a-z-]+$' | sort -u); do
		count=$((count + 1))
		make -n "$target" >/dev/null || { echo "no target $target" && return 1; }
	done
	[ "$count" -ge 6 ]
	grep -q 'make test' README.md
	run make -n no-such-target
	[ "$status" != 0 ]
}

@test "make help has every target that README.md has, and is true of tests/run" {
	local target
	for target in $(grep -ohE '^    make [a-z]+' README.md | grep -oE '[a-z]+$' | sort -u); do
		make -s help | grep -q "^make $target "
	done
	same sections 6 "$(sed -n 's/^all=(\(.*\))$/\1/p' tests/run | tr ' ' '\n')" \
		"$(sed -n 's/^| `\([a-z]*\)` | .*/\1/p' CONTRIBUTING.md)"
}

@test "every file that a document names is there" {
	local file count=0
	for file in $(grep -ohE '[A-Za-z0-9_./-]*\b(conf|tests|man|init|selftest|deps)/[A-Za-z0-9_./-]*[a-z0-9]|\b(Makefile|Dockerfile|[A-Z]{4,}\.md)\b' \
		"${documents[@]}" LICENSE | sort -u); do
		case $file in build/* | */build/*) continue ;; esac # made
		count=$((count + 1))
		[ -e "$file" ] || [ -e "$file.h" ] || { echo "no $file" && return 1; }
	done
	[ "$count" -ge 50 ]
}

@test "every link to a file leads somewhere" {
	local document file count=0
	for document in "${documents[@]}"; do
		for file in $(grep -oE '\]\([^)]*\)' "$document" | tr -d '[]()' | grep -v '^https:'); do
			count=$((count + 1))
			[ -e "$(dirname "$document")/$file" ] || { echo "$document: no $file" && return 1; }
		done
	done
	[ "$count" -ge 6 ]
}

# FILE:ITS JOB, of the table in CONTRIBUTING.md.
files() {
	sed -n '/^<!-- begin files -->$/,/^<!-- end files -->$/s/^| \(init\|selftest\)\/\([^|]*\) | \(.*\) |$/\1\/\2|\3/p' \
		CONTRIBUTING.md | while IFS='|' read -r names job; do
		for name in ${names//,/ }; do
			case $name in
			*.\[ch\]) printf '%s\n' "${name%\[ch\]}c:$job" "${name%\[ch\]}h:$job" ;;
			*) echo "$name:$job" ;;
			esac
		done
	done
}

@test "CONTRIBUTING.md has every source file, and no other" {
	same files 60 "$(ls -d init/* selftest/*)" "$(files | cut -d: -f1)"
}

@test "what CONTRIBUTING.md calls pure is what the Makefile holds to be pure" {
	unset MAKEFLAGS MFLAGS MAKELEVEL
	# shellcheck disable=SC2016 # the variable is make's
	same files 25 "$(make -s --eval 'print-pure: ; @printf "%s\n" $(PURE)' print-pure)" \
		"$(files | grep -E '; pure$' | cut -d: -f1 | grep '\.c$')"
}

@test "the example of README.md and denyinit(8) is the Dockerfile's" {
	local line count=0
	while read -r line; do
		count=$((count + 1))
		grep -qxF "$line" README.md
		grep -qxF "$line" man/denyinit.8
	done < <(sed -n '/ AS nginx$/,/^FROM scratch/p' Dockerfile | grep -E '^(ENTRYPOINT|CMD)')
	[ "$count" = 2 ]
	grep -q -- '--target nginx ' README.md
	grep -qxF 'COPY --from=denyinit / /' README.md
	grep -q '^FROM scratch AS denyinit$' Dockerfile
}

@test "one version everywhere" {
	version=$(sed -n 's/^VERSION = //p' Makefile)
	[ -n "$version" ]
	grep -q "^## \[$version\]" CHANGELOG.md
	grep -q "^$version is for" README.md
	run "$denyinit" --version
	[[ $output == "denyinit $version "* ]]
}

@test "LICENSE has a section for everything that is linked in" {
	local package name count=0
	for package in $(sed '/^#/d; /^$/d' deps/versions | cut -d' ' -f1); do
		count=$((count + 1))
		name=${package/#libinih/inih}
		grep -qE "^[0-9]\. $name\b" LICENSE || { echo "LICENSE has no section for $name" && return 1; }
	done
	[ "$count" = 4 ]
	# The texts themselves, as the sources have them (with DEPS_PREFIX there are none).
	[ -d build/deps/licenses ] || return 0
	tail -n "$(wc -l <build/deps/licenses/libseccomp)" LICENSE | cmp - build/deps/licenses/libseccomp
	[ "$(grep -cxF -f <(sed '/^$/d' build/deps/licenses/inih) LICENSE)" -ge "$(sed '/^$/d' build/deps/licenses/inih | wc -l)" ]
	grep -q 'Rich Felker' LICENSE
	grep -q 'Aaron D. Gifford' LICENSE
}

@test "the programs are static, as README.md says" {
	local program
	grep -q '^A small static program' README.md
	for program in "$denyinit" "$selftest"; do
		readelf -hW "$program" | grep -q 'Type: *DYN'
		readelf -dW "$program" | grep -q 'FLAGS_1.*PIE'
		! readelf -lW "$program" | grep INTERP || false
		! readelf -dW "$program" | grep NEEDED || false
	done
	# The control: a program of this machine that is not.
	readelf -lW "$(command -v bash)" | grep -q INTERP
}

@test "the report that README.md and denyinit(8) show is of conf/default.ini, which has every setting" {
	local digest rules settings setting count=0
	digest=$(sha256sum conf/default.ini | cut -c 1-12)
	rules=$("$denyinit" --check -c conf/default.ini | sed -n 's/.*sound: \([0-9]*\) rules.*/\1/p')
	grep -qF "sha256=$digest rules=$rules " README.md
	grep -qF "sha256=$digest rules=$rules" man/denyinit.8
	settings=$(sed -n '/^\.\\" begin settings/,/^\.\\" end settings/s/^\.It Ic \([a-z-]*\) No = .*/\1/p' man/denyinit.ini.5)
	for setting in $settings; do
		count=$((count + 1))
		grep -qE "^;   $setting += " conf/default.ini || { echo "no $setting in conf/default.ini" && return 1; }
	done
	[ "$count" -ge 13 ]
}
