#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The man pages as such: mdoc without a complaint, and references that lead somewhere.
load common

# What mandoc says of a page, but for pages of other packages that this machine does not have.
lint() { mandoc -T lint "$1" 2>/dev/null | grep -v 'referenced manual not found' || true; }

@test "mandoc has no complaint" {
	local page complaints
	for page in man/*.[1-9]; do
		complaints=$(lint "$page")
		[ -z "$complaints" ] || { echo "$complaints" && return 1; }
	done
	# The control: it does complain.
	{ cat man/denyinit.8 && echo '.Foo bar'; } >"$BATS_TEST_TMPDIR/denyinit.8"
	[ -n "$(lint "$BATS_TEST_TMPDIR/denyinit.8")" ]
}

@test "each page is what its name says" {
	local page name section
	for page in man/*.[1-9]; do
		section=${page##*.}
		name=$(basename "$page" ".$section")
		grep -qx "\.Dt ${name^^} $section" "$page"
		grep -qx "\.Nm $name" "$page"
		for word in NAME DESCRIPTION 'SEE ALSO' CAVEATS; do
			grep -qx "\.Sh $word" "$page"
		done
	done
}

@test "references to the project's own pages and to sections of a page lead somewhere" {
	local name section title count=0
	while read -r name section; do
		count=$((count + 1))
		[ -f "man/$name.$section" ] || { echo "no man/$name.$section" && return 1; }
	done < <(grep -ohE '^\.Xr denyinit[^ ]* [0-9]' man/* | cut -d' ' -f2-)
	[ "$count" -ge 10 ]

	count=0
	for page in man/*.[1-9]; do
		while read -r title; do
			count=$((count + 1))
			grep -qxE "\.S[hs] $title" "$page" || { echo "$page: no section $title" && return 1; }
		done < <(sed -n 's/^\.Sx //p' "$page" | sed -E 's/ +[].,):]+( +[].,):]+)*$//')
	done
	[ "$count" -ge 8 ]
}

@test "make install installs each of them" {
	make -s -n install DESTDIR="$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/log" 2>&1
	for page in man/*.[1-9]; do
		grep -qF "$page" "$BATS_TEST_TMPDIR/log" || { echo "$page is not installed" && return 1; }
	done
}
