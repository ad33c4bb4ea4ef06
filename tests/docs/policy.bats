#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# denyinit.ini(5) against the parser: sections, keys, values, groups, limits, and every example.
# shellcheck disable=SC2013,SC2016,SC2030,SC2031 # words are wanted; backquotes are the documents'; each test has a shell
load common

page=man/denyinit.ini.5

# The parser's table of settings: SECTION KEY WORD....
settings() {
	awk '/^} settings\[SETTINGS\] = \{/ { on = 1; next } on && /^};/ { exit } on' init/policy.c | tr -d '\n' |
		grep -oE '\{SECTION_[A-Z]+, "[a-z-]+", "[^"]*"\}' | tr -d '{"}' |
		awk -F', ' '{
			sub(/^SECTION_/, "", $1)
			n = split($3, word, " ")
			words = ""
			for (i = 1; i <= n; i++)
				words = words " " word[i]
			print tolower($1) " " $2 words
		}'
}

# The same out of the page: the value in the item's line is the default, the others stand in the text by .Cm.
documented_settings() {
	local section
	for section in policy selftest init; do
		part "$page" "settings $section" | awk -v section="$section" '
			function flush() { if (key != "") print section, key words }
			/^\.It Ic / { flush(); key = $3; words = ""; split("", seen); value = $NF; if ($(NF - 1) != "Cm") value = "" }
			/^\.It Ic / && value != "" { words = " " value; seen[value] = 1 }
			/^\.Cm / && !($2 in seen) { words = words " " $2; seen[$2] = 1 }
			END { flush() }'
	done
}

@test "every section, key and value that the parser has is in the page, and the other way round" {
	# deny has a text of its own: any errno, and kill-process.
	same settings 24 "$(settings)" "$(documented_settings | sed 's/^policy deny .*/policy deny/')"
	# Each section has its heading.
	for section in $(settings | cut -d' ' -f1 | sort -u); do
		grep -q "^\.Ql \[$section\]" "$page"
	done
}

# Of settings that have no list of words; the first one is the default.
values() {
	case $1 in
	user) echo none app app:group 1000:1000 ;;
	rewrite) echo none TERM:QUIT WINCH:0 15:RTMIN+1 ;;
	stop-signals) echo TERM SIGQUIT 2 ;;
	term-delay | grace) echo none 500ms 10s 2m ;;
	exit-zero) echo none 143 ;;
	parent-death) echo none KILL ;;
	esac
}

@test "the program takes each documented value, and no other" {
	local section key words word count=0
	while read -r section key words; do
		[ "$key" != deny ] || words="kill-process EPERM ENOSYS 4095"
		[ "$key" != keep-fds ] || words="0 1024"
		[ -n "$words" ] || words=$(values "$key")
		for word in $words; do
			policy "[deny]\n@mount = deny\n[$section]\n$key = $word\n"
			sound "$section: $key = $word" "$policy"
			count=$((count + 1))
		done
		policy "[deny]\n@mount = deny\n[$section]\n$key = 99999\n"
		run "$denyinit" --check -c "$policy"
		[ "$status" = 1 ]
	done < <(documented_settings)
	[ "$count" -ge 48 ]
}

@test "the value shown is the one that holds without the line" {
	local section key word
	while read -r section key word _; do
		[ "$key" != deny ] || word=EPERM
		[ "$key" != keep-fds ] || word=0
		[ -n "$word" ] || read -r word _ < <(values "$key")
		part "$page" "settings $section" | grep -qE "^\.It Ic $key No = (Cm |Er )?$word$"
		# The parser's first word is its default; that deny is EPERM is to be seen.
	done < <(settings)
	policy '[deny]\n@mount = deny\n'
	"$denyinit" --print -c "$policy" | grep -qE '^fsopen +430 +EPERM '
}

@test "every kind of finding is in the page, and the other way round" {
	same kinds 15 "$(sed -nE 's/.*\.kind = "([a-z0-9-]+)".*/\1/p; s/.*advice\.kind = "([a-z0-9-]+)".*/\1/p; s/^    \{"([a-z]+-[a-z]+)", .*/\1/p; s/^#define FINDING_POLICY "(.*)".*/\1/p; s/.*tell\(lint, "([a-z-]+)", .*/\1/p' init/lint*.c init/inspect.c init/names_doors.c init/findings.h)" \
		"$(part "$page" findings | item_names)"
}

@test "each operator is in the page, and each in the page is one" {
	local operator documented
	documented=$(part "$page" operators | sed -n 's/^\.It Ar ARG Ic \(.*\) Ar .*/\1/p; s/^\.Ic \([<>=, ]*\),$/\1/p' |
		sed 's/ ,/\n/g' | sed 's/^ *//; s/ *$//' | grep . | sort -u)
	same operators 9 "$(grep -oE '^    \{"[^"]+", +TEST_.*|\{"[^"]{1,2}", TEST_[A-Z_]+\}' init/terms.c | grep -oE '"[^"]+"' |
		tr -d '"' | cat - <(echo 'not in') | sort -u)" "$documented"
	while read -r operator; do
		policy "[deny]\n@mount = deny\nioctl = EPERM if cmd $operator 5 and fd != 3\n"
		sound "$operator" "$policy"
	done <<<"$documented"
}

# GROUP: MEMBER..., a line each.
documented_groups() {
	part "$page" groups | awk '
		/^\.It Ic @/ { if (name != "") print name ":" members; name = $3; members = ""; next }
		/^\.Ic / { sub(/^\.Ic /, ""); gsub(/ [,.]/, ""); members = members " " $0 }
		END { print name ":" members }'
}

# The calls of a documented group, those of the groups in it too.
members() { # GROUP
	local member found
	found=$(documented_groups | sed -n "s/^$1: //p")
	[ -n "$found" ]
	for member in $found; do
		case $member in
		@*) members "$member" ;;
		*) echo "$member" ;;
		esac
	done
}

@test "every group is in the page" {
	same groups 19 "$(grep -oE '"@[a-z-]+"' init/names_groups.c | tr -d '"')" "$(documented_groups | cut -d: -f1)"
	policy '[deny]\n@mount = deny\n@nothing = deny\n'
	run "$denyinit" --check -c "$policy"
	[ "$status" = 1 ]
}

@test "what is in each group is in the page, and nothing else" {
	local name count=0
	# The calls of x86_64; of the others --print does not speak.
	native=$(sed -n 's/^X(\([a-z0-9_]*\), [0-9].*/\1/p' selftest/numbers_x86_64.inc | sort)
	[ "$(wc -l <<<"$native")" -gt 350 ]
	for name in $(documented_groups | cut -d: -f1); do
		policy "[deny]\n@mount = EPERM\n$name = ENOSYS\n"
		[ "$name" != @mount ] || policy '[deny]\n@mount = deny\n'
		"$denyinit" --print -c "$policy" >"$BATS_TEST_TMPDIR/printed"
		documented=$(members "$name" | sort -u)
		same "$name" 1 "$(sed -n "s/^\([a-z0-9_]*\) .*($name).*/\1/p" "$BATS_TEST_TMPDIR/printed")" \
			"$(comm -12 <(echo "$native") <(echo "$documented"))"
		count=$((count + $(wc -l <<<"$documented")))
	done
	[ "$count" -gt 250 ]
	# Calls of other architectures are at least in the code.
	for name in $(documented_groups | cut -d: -f2- | tr ' ' '\n' | sort -u); do
		grep -qE "[\" ]${name}[\" ]" init/names_groups.c || { echo "nowhere in the code: $name" && return 1; }
	done
}

@test "every call that cannot be denied is in the page, and no other" {
	local calls
	calls=$(sed -n 's/^X(\([a-z0-9_]*\), .*/\1/p' selftest/numbers_x86_64.inc)
	[ "$(wc -l <<<"$calls")" -gt 400 ]
	policy "[deny]\n${calls//$'\n'/ = deny\\n} = deny\n"
	run "$denyinit" --check -c "$policy"
	[ "$status" = 1 ]
	same calls 27 "$(part "$page" vital | sed -n 's/^\.Ic //p' | tr -s ' ,.' '\n' | sed '/^$/d')" \
		"$(sed -n 's/.* error: `\([a-z0-9_]*\)` cannot be denied: .*/\1/p' <<<"$output")"
}

@test "actions that are not to be had are in the page, and refused" {
	local word
	for word in log trace notify trap kill-thread 0 512 530 4096; do
		policy "[deny]\n@mount = deny\nptrace = $word\n"
		run "$denyinit" --check -c "$policy"
		[ "$status" = 1 ]
	done
	for word in log trace notify trap kill-thread; do
		grep -q "^\.Ql $word\b" "$page"
	done
	grep -q 'so are 512 to 530' "$page"
	grep -q 'from 1 to 4095' "$page"
	# The page's list of actions, each of them works.
	[ "$(part "$page" actions | grep '^\.It' | cut -d' ' -f3 | tr '\n' ' ')" = 'deny errno kill-process allow ' ]
}

# number FILE NAME: a #define.
number() { sed -n "s/^#define $2 \([0-9]*\)u\?.*/\1/p" "$1"; }

@test "the limits are those of the code" {
	local line bytes first ceiling fds
	line=$(number init/policy.h POLICY_LINE_MAX)
	bytes=$(number init/policy.h POLICY_BYTES_MAX)
	first=$(number init/policy.h POLICY_NUMBER_MIN)
	ceiling=$(number init/policy.h POLICY_CEILING)
	fds=$(number init/policy.c KEEP_FDS_MAX)
	text=$(tr '\n' ' ' <"$page")
	[[ $text == *"at most $line bytes before its comment, a file at most $bytes."* ]]
	[[ $text == *"by its number, from $first on"* ]]
	[[ $text == *"a number above $ceiling, the newest one"* ]]
	[[ $text == *"at most $fds."* ]]
	# The newest call's name and its kernel.
	newest=$(sed -n "s/.*{\"\([a-z_]*\)\", $ceiling}.*/\1/p" init/names_newer.c)
	[ -n "$newest" ]
	kernel=$(sed -n "s,^/\* The newest call that this build knows: $newest\, \(Linux [0-9.]*\)\. .*,\1,p" init/policy.h)
	[ -n "$kernel" ]
	[[ $text == *"($newest of $kernel)"* ]]
	grep -q "above $ceiling" conf/default.ini
	[[ $(cat CHANGELOG.md) == *"number $ceiling (\`$newest\`, $kernel)"* ]]
}

@test "the mount API is the judge's list, in denyinit(8)" {
	judge=$(table selftest/mount_api.c 'mount_api[MOUNT_API_ROWS] = {' '"[a-z0-9_]+"')
	page=$(tr '\n' ' ' <man/denyinit.8 | grep -oE 'On x86_64, aarch64, armv7 and riscv64 it has eleven calls: .*They are to be' |
		grep -oE '\.Ic [a-z0-9_ ,]+' | sed 's/\.Ic//g' | tr -s ' ,' '\n' | sed '/^$/d; /^and$/d')
	same calls 12 "$judge" "$page"
}

# Writes the examples of a document into files, and says how many there are.
examples() { # FILE
	local prefix
	prefix=$BATS_TEST_TMPDIR/$(basename "$1")
	rm -f "$prefix".*
	case $1 in
	*.md)
		awk -v prefix="$prefix" '
			/^ *```ini$/ { file = prefix "." ++n; match($0, /^ */); indent = RLENGTH; next }
			/^ *```/ { file = "" }
			file != "" { print substr($0, indent + 1) >file }' "$1"
		;;
	*)
		awk -v prefix="$prefix" '
			/^\.\\" policy$/ { wanted = 1; next }
			wanted && /^\.Bd -literal/ { file = prefix "." ++n; wanted = 0; next }
			/^\.Ed/ { file = "" }
			file != "" { gsub(/\\&/, ""); gsub(/\\e/, "\\"); print >file }' "$1"
		;;
	esac
	chmod 0444 "$prefix".*
	examples=("$prefix".*)
}

@test "the examples of README.md and of the man pages are sound policies" {
	local document example
	while read -r document count; do
		examples "$document"
		echo "$document: ${#examples[@]} examples"
		[ "${#examples[@]}" = "$count" ]
		for example in "${examples[@]}"; do
			sound "$document" "$example"
		done
	done <<-TABLE
		README.md $(grep -c '^ *```ini$' README.md)
		man/denyinit.ini.5 $(grep -cE '^(\[deny\])$' man/denyinit.ini.5)
	TABLE
	[ "$(grep -c '^ *```ini$' README.md)" -ge 3 ]
}

@test "an example that is called PARTIAL is" {
	local policy=$BATS_TEST_TMPDIR/partial.ini
	printf '%s\n' '[deny]' '@mount = deny' \
		"$(grep -h '^open_tree = deny if' man/denyinit.ini.5)" >"$policy"
	chmod 0444 "$policy"
	run "$denyinit" -c "$policy" -- true
	[ "$status" = 0 ]
	[[ $output == 'denyinit: PARTIAL '*'open_tree (in part, '* ]]
}

@test "the teaching policies leave open what README.md and they themselves say" {
	local name left line
	grep -q 'leave 10, 10 and 4 open' README.md
	while read -r name left; do
		grep -q "conf/$name.ini" README.md
		shipped "$name"
		run "$denyinit" --check -c "$policy"
		[ "$status" = 1 ]
		line=${output##*of its own: }
		line=${line%%: write*}
		[ "$(wc -w <<<"$line")" = "$left" ]
		# Its comment has the same calls.
		for call in $line; do
			grep -qE "^;.*\b$call\b" "conf/$name.ini"
		done
		grep -q "$left of the 11 calls stay open" "conf/$name.ini"
	done <<-'TABLE'
		naive 10
		minimal 10
		guide 4
	TABLE
}

@test "the sample policies that the page names are shipped, and sound" {
	local name count=0
	for name in $(grep -oE '/usr/share/denyinit/[a-z-]+\.ini' "$page" | sort -u); do
		name=$(basename "$name" .ini)
		shipped "$name"
		sound "$name" "$policy"
		count=$((count + 1))
	done
	# All but the three teaching examples.
	[ "$count" = $(($(ls conf/*.ini | wc -l) - 3)) ]
}
