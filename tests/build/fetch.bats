#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# deps/fetch and deps/install with made-up apt configurations, and an apt-get that the tests play. No network.

setup() {
	etc=$BATS_TEST_TMPDIR/etc
	cache=$BATS_TEST_TMPDIR/cache
	mkdir -p "$etc/sources.list.d" "$BATS_TEST_TMPDIR/bin"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# A command that the tests play; its arguments get into $BATS_TEST_TMPDIR/NAME.called.
play() { # NAME < SCRIPT
	{
		echo '#!/bin/sh'
		echo "echo \"\$*\" >>'$BATS_TEST_TMPDIR/$1.called'"
		cat
	} >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

mirror_is() { # EXPECTED: what deps/fetch finds, blanks squeezed
	run env APT_ETC="$etc" deps/fetch --find-mirror
	echo "$output"
	[ "$status" = 0 ]
	[ "$(tr -s ' \t' ' ' <<<"$output")" = "$1" ]
}

@test "deb822, as Debian's images have it" {
	cat >"$etc/sources.list.d/debian.sources" <<-'END'
		Types: deb
		# a comment
		URIs: http://mirror.example/debian
		Suites: trixie trixie-updates
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp

		Types: deb
		URIs: http://mirror.example/debian-security
		Suites: trixie-security
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp
	END
	mirror_is 'URIs: http://mirror.example/debian
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp'
}

@test "deb822: security first, -updates apart, disabled and third parties' entries are passed over" {
	cat >"$etc/sources.list.d/debian.sources" <<-'END'
		Types: deb
		URIs: http://mirror.example/debian-security
		Suites: bookworm-security
		Components: main

		Types: deb
		URIs: http://mirror.example/updates
		Suites: bookworm-updates
		Components: main

		Types: deb
		URIs: http://mirror.example/disabled
		Suites: bookworm
		Components: main
		Enabled: no

		Types: deb
		URIs: http://mirror.example/contrib
		Suites: bookworm
		Components: contrib

		types: deb deb-src
		uris: http://mirror.example/right
		suites: bookworm
		components: contrib main
	END
	cat >"$etc/sources.list.d/a.sources" <<-'END'
		Types: deb
		URIs: http://third.example/party
		Suites: stable
		Components: main
	END
	mirror_is 'URIs: http://mirror.example/right'
}

@test "deb822: several addresses, and a key in the entry, are handed on as they are" {
	cat >"$etc/sources.list.d/my.sources" <<-'END'
		Types: deb
		URIs: http://one.example/debian
		 http://two.example/debian
		Suites: bookworm
		Components: main
		Signed-By:
		 -----BEGIN PGP PUBLIC KEY BLOCK-----
		 .
		 mDMEZ
		 -----END PGP PUBLIC KEY BLOCK-----
	END
	mirror_is 'URIs: http://one.example/debian
 http://two.example/debian
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEZ
 -----END PGP PUBLIC KEY BLOCK-----'
}

@test "one-line, without options" {
	cat >"$etc/sources.list" <<-'END'
		# deb http://commented.example/debian bookworm main
		deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main
		deb http://mirror.example/debian-security bookworm-security main
		deb	http://mirror.example/debian  bookworm  contrib main non-free # a comment
	END
	mirror_is 'URIs: http://mirror.example/debian'
}

@test "one-line, with options" {
	cat >"$etc/sources.list.d/debian.list" <<-'END'
		deb [ arch=amd64 signed-by=/usr/share/keyrings/a.gpg,/usr/share/keyrings/b.gpg ] http://mirror.example/debian sid main
	END
	mirror_is 'URIs: http://mirror.example/debian
Signed-By: /usr/share/keyrings/a.gpg /usr/share/keyrings/b.gpg'
}

@test "one-line, deb-src, one option" {
	echo 'deb-src [signed-by=/k.gpg] mirror+file:/etc/apt/mirrors/debian.list trixie main' >"$etc/sources.list"
	mirror_is 'URIs: mirror+file:/etc/apt/mirrors/debian.list
Signed-By: /k.gpg'
}

@test "debian.sources comes before other files" {
	echo 'deb http://second.example/debian bookworm main' >"$etc/sources.list"
	printf 'Types: deb\nURIs: http://third.example/x\nSuites: stable\nComponents: main\n' >"$etc/sources.list.d/a.sources"
	mirror_is 'URIs: http://second.example/debian'
	printf 'Types: deb\nURIs: http://first.example/debian\nSuites: bookworm\nComponents: main\n' \
		>"$etc/sources.list.d/debian.sources"
	mirror_is 'URIs: http://first.example/debian'
}

@test "this machine's own sources are understood" {
	run deps/fetch --find-mirror
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == URIs:* ]]
}

@test "no sources, or none of Debian's: an error with the remedy" {
	run env APT_ETC="$etc" deps/fetch "$cache"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"no apt sources in $etc"*DEPS_PREFIX* ]]
	echo 'deb http://mirror.example/ubuntu noble main' >"$etc/sources.list"
	run env APT_ETC="$etc" deps/fetch "$cache"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"no entry for Debian's main archive"*DEPS_PREFIX* ]]
}

@test "the sources that apt is given: the mirror and its keys, and nothing of the machine" {
	echo 'deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main' >"$etc/sources.list"
	play apt-get <<<'exit 1'
	run env APT_ETC="$etc" deps/fetch "$cache"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *debian-archive-keyring* ]]
	[ "$(tr -s ' ' ' ' <"$cache/apt/sources/denyinit.sources")" = 'Types: deb-src
Suites: trixie
Components: main
URIs: http://mirror.example/debian
Signed-By: /k.gpg' ]
	for option in Dir::State= Dir::Cache= Dir::Etc::sourcelist=/dev/null Dir::Etc::sourceparts=; do
		grep -qF -- "-o $option" "$BATS_TEST_TMPDIR/apt-get.called"
	done
}

@test "an archive without a valid signature is refused, by the real apt" {
	mkdir -p "$BATS_TEST_TMPDIR/mirror/dists/trixie/main/source"
	: >"$BATS_TEST_TMPDIR/mirror/dists/trixie/main/source/Sources"
	printf 'Suite: stable\nCodename: trixie\nComponents: main\nSHA256:\n %s 0 main/source/Sources\n' \
		"$(sha256sum </dev/null | cut -d' ' -f1)" >"$BATS_TEST_TMPDIR/mirror/dists/trixie/Release"
	echo "deb file:$BATS_TEST_TMPDIR/mirror trixie main" >"$etc/sources.list"
	run env APT_ETC="$etc" deps/fetch "$cache"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"is not signed"* ]]
	[ ! -e "$cache/sources" ]
}

@test "what has been fetched is not fetched again" {
	play apt-get <<<'exit 1'
	deps/fetch build/cache
	[ ! -e "$BATS_TEST_TMPDIR/apt-get.called" ]
}

@test "what has been fetched and was changed or lost since is fetched again" {
	play apt-get <<<'exit 1'
	for change in 'echo >>libmd_*.orig.tar.xz' 'rm musl_*.orig.tar.gz' 'rm libseccomp_*.dsc' 'rm complete'; do
		rm -rf "$cache" "$BATS_TEST_TMPDIR/apt-get.called"
		mkdir "$cache"
		cp -r build/cache/sources "$cache"
		deps/fetch "$cache"
		[ ! -e "$BATS_TEST_TMPDIR/apt-get.called" ]
		(cd "$cache/sources" && eval "$change")
		run deps/fetch "$cache"
		echo "$change: $output"
		[ "$status" = 1 ]
		[ -s "$BATS_TEST_TMPDIR/apt-get.called" ]
	done
}

# apt-get, played: `source` copies a tarball of these bytes, of this version.
play_a_mirror_with() { # TARBALL'S-VERSION PACKAGE'S-VERSION
	play apt-get <<-END
		package=\${*##* }
		package=\${package%/*}
		case " \$* " in
		*' update '*) ;;
		*' --print-uris '*) echo "'http://mirror.example/x' \${package}_$2.dsc 1 SHA256:0" ;;
		*' source '*) echo other >"\${package}_$1.orig.tar.gz" ;;
		esac
	END
	echo 'deb http://mirror.example/debian bookworm main' >"$etc/sources.list"
}

@test "another tarball of the same name is an error that gives both sums" {
	play_a_mirror_with 1.2.5 1.2.5-1
	run env APT_ETC="$etc" deps/fetch "$cache"
	echo "$output"
	[ "$status" = 1 ]
	sum=$(echo other | sha256sum | cut -d' ' -f1)
	[[ $output == *"the tarball of musl 1.2.5 has SHA-256 $sum, and deps/versions says a9a118bbe84d8764"* ]]
	[ ! -e "$cache/sources/complete" ]
}

@test "another upstream version is an error that names the line to change" {
	play_a_mirror_with 1.2.6 1.2.6-1
	run env APT_ETC="$etc" deps/fetch "$cache"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"the source package of trixie is musl_1.2.6-1, and deps/versions says upstream version 1.2.5"* ]]
}

@test "deps/install: nothing missing, apt is not called" {
	play apt-get <<<'exit 1'
	play dpkg-query <<<'echo installed'
	deps/install build tests
	[ ! -e "$BATS_TEST_TMPDIR/apt-get.called" ]
}

@test "deps/install: only what is missing is installed, after new lists if there are none" {
	play dpkg-query <<<'case $* in *gperf) exit 1 ;; esac; echo installed'
	play apt-get <<<'case $* in *"-s install"*) exit 100 ;; esac'
	play sudo <<<'exec "$@"'
	deps/install build
	cat "$BATS_TEST_TMPDIR/apt-get.called"
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/apt-get.called") == *" install -y --no-install-recommends --no-remove gperf" ]]
	grep -q ' update$' "$BATS_TEST_TMPDIR/apt-get.called"
}

@test "deps/install: a section that is not there is named" {
	run deps/install nonsense
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"no section 'nonsense'"* ]]
}
