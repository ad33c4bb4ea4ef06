#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/demo.sh: what denyinit does, to be seen in a minute on this machine, without Docker. `make demo` builds first.
#
# Everything runs in namespaces of its own, from a temporary folder, with an nginx of its own on a free port of the
# loopback interface; it ends and cleans up by itself. Each thing shown is also checked: the exit status is 0 only if
# all was as the text says.
set -eu
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "tests/demo.sh: run this as root: it makes namespaces and shows what root can mount" >&2
		exit 1
	}
	exec sudo "$0" "$@"
fi

children() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }

tmp=
nginx=
no_services=
cleanup() {
	if [ -n "$nginx" ]; then
		# unshare(1) itself heeds no SIGTERM while it waits. With PID 1 ends all that is in its namespaces.
		# shellcheck disable=SC2046 # none or one
		kill -KILL $(children "$nginx") "$nginx" 2>/dev/null || true
		wait "$nginx" 2>/dev/null || true
	fi
	[ -z "$no_services" ] || rm -f "$no_services"
	cd /
	[ -z "$tmp" ] || rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- what is needed ----

for program in denyinit denyinit-selftest; do
	[ -x "build/$program" ] || {
		echo "tests/demo.sh: build/$program is not there: run make first (make demo does)" >&2
		exit 1
	}
done
# An nginx that gets installed for this is not to be started as a service: this is how Debian is told so.
if ! [ -x /usr/sbin/nginx ] && ! [ -e /usr/sbin/policy-rc.d ]; then
	no_services=/usr/sbin/policy-rc.d
	printf '#!/bin/sh\nexit 101\n' >$no_services
	chmod 0755 $no_services
fi
deps/install demo
[ -z "$no_services" ] || rm -f "$no_services"
no_services=
tests/live/build

# A folder that uid 65534 can look into, wherever this clone is.
tmp=$(mktemp -d /tmp/denyinit-demo.XXXXXX)
mkdir "$tmp/bin" "$tmp/conf" "$tmp/html" "$tmp/mnt"
install -m 0755 build/denyinit build/denyinit-selftest build/live/newmount "$tmp/bin"
install -m 0444 conf/*.ini "$tmp/conf"
chmod 0755 "$tmp" "$tmp"/*
export PATH="$tmp/bin:$PATH:/usr/sbin:/sbin"
cd "$tmp"

# Where to mount: /mnt, unless something is mounted there already.
folder=/mnt
if ! [ -d /mnt ] || mountpoint -q /mnt; then
	folder=$tmp/mnt
fi

# ---- how it is told ----

wrong=0
heading() { printf '\n=== %s\n\n' "$1"; }
say() { printf '%s\n' "$@"; }

# show FILE: what a command has printed.
show() { sed 's/^/    /' "$1"; }

# check WHAT COMMAND...: the demo's own look at it.
check() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		printf '  ok  %s\n' "$what"
	else
		printf '  NOT AS IT SHOULD BE: %s\n' "$what"
		wrong=$((wrong + 1))
	fi
}
no() { ! "$@"; }

# In mount and PID namespaces of its own.
container=(unshare --mount --pid --fork --kill-child --mount-proc)

# The two attempts, as the issue of every guide: mount a tmpfs, print the exit status, look whether it is there. Debian
# 12's mount(8) knows the old API only; Debian 13's takes the new one, and the old one where it is told so by this
# variable. The new API on any Debian: newmount (tests/live/newmount.c), the same calls in a page of C.
cat >"$tmp/bin/try-to-mount" <<EOF
#!/bin/sh
echo "# by the old API, mount(2), as uid \$(id -u):"
echo '\$ mount -t tmpfs tmpfs $folder; echo \$?; df -h | grep " $folder\$"'
LIBMOUNT_FORCE_MOUNT2=always mount -t tmpfs tmpfs $folder 2>&1
echo \$?
df -h 2>/dev/null | grep " $folder\$" && umount $folder
echo "# by the new API, fsopen(2) and its kin:"
echo '\$ newmount -t tmpfs tmpfs $folder; echo \$?; df -h | grep " $folder\$"'
newmount -t tmpfs tmpfs $folder 2>&1
echo \$?
df -h 2>/dev/null | grep " $folder\$"
exit 0
EOF
chmod 0755 "$tmp/bin/try-to-mount"

# How many of the two attempts have left a mount; how many said 0.
mounted() { grep -c " $folder\$" "$1" || true; }
succeeded() { grep -cx 0 "$1" || true; }

# ---- the show ----

say "denyinit starts before a container's program, takes the system calls away that the program"
say "does not need, proves that they are gone, and becomes the program."

heading "1. Without denyinit: root in a container mounts what it likes, by both of Linux's mount APIs"
"${container[@]}" try-to-mount >"$tmp/out" 2>&1 || true
show "$tmp/out"
check "both attempts have succeeded" [ "$(succeeded "$tmp/out"):$(mounted "$tmp/out")" = 2:2 ]

heading "2. nginx under denyinit, as PID 1 of its container, the same root with the same capabilities"
port=
for candidate in $(seq 18080 18180); do
	if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then
		port=$candidate
		break
	fi
done
[ -n "$port" ] || {
	echo "tests/demo.sh: no free port from 18080 to 18180" >&2
	exit 1
}
page="Served by nginx under denyinit, process $$ of the demo."
say "$page" >"$tmp/html/index.html"
cat >"$tmp/nginx.conf" <<EOF
pid $tmp/nginx.pid;
error_log stderr;
daemon off;
worker_processes 1;
events { }
http {
	access_log off;
	client_body_temp_path $tmp/body;
	proxy_temp_path $tmp/proxy;
	fastcgi_temp_path $tmp/fastcgi;
	uwsgi_temp_path $tmp/uwsgi;
	scgi_temp_path $tmp/scgi;
	server {
		listen 127.0.0.1:$port;
		root $tmp/html;
	}
}
EOF
# The container's entrypoint: as an entrypoint script does, it does some work (here: tries to mount) and becomes nginx.
cat >"$tmp/bin/entrypoint" <<EOF
#!/bin/sh
try-to-mount
echo '\$ exec nginx'
exec nginx -c $tmp/nginx.conf
EOF
chmod 0755 "$tmp/bin/entrypoint"
say "\$ denyinit -c conf/default.ini -- entrypoint"
"${container[@]}" denyinit -c conf/default.ini -- entrypoint >"$tmp/out" 2>&1 </dev/null &
nginx=$!
got=
for _ in $(seq 100); do
	if got=$(curl -sf --max-time 5 "http://127.0.0.1:$port/") || ! kill -0 "$nginx" 2>/dev/null; then
		break
	fi
	sleep 0.1
done
show "$tmp/out"
pid=$(children "$nginx")
pid=${pid%% *}
say "" "\$ curl http://127.0.0.1:$port/"
say "    $got" ""
check "the report: PASS, 11 of 11 calls" \
	grep -q '^denyinit: PASS mount API blocked: 11 of 11 calls denied by this policy' "$tmp/out"
check "both attempts to mount have failed" [ "$(grep -cE '^(1|32)$' "$tmp/out"):$(mounted "$tmp/out")" = 2:0 ]
check "both with 'Operation not permitted', or mount's words for it" \
	[ "$(grep -ciE '^(new)?mount: .*(not permitted|permission denied)' "$tmp/out")" = 2 ]
check "nginx serves its page" [ "$got" = "$page" ]
check "nginx is PID 1 of its container" grep -qE '^NSpid:.*[[:space:]]1$' "/proc/$pid/status"
check "and nobody else: denyinit has become it" [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = nginx ]
check "by the kernel's own account it carries filters" grep -qE '^Seccomp:[[:space:]]*2$' "/proc/$pid/status"
[ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null || true
status=0
wait "$nginx" || status=$?
nginx=
check "it ends when it is told to (SIGQUIT), with nginx's own exit status 0" [ "$status" = 0 ]

heading "3. Policies as guides teach them: denyinit refuses to start with them, and says what they leave open"
say "The container below would have been believed to be safe. Exit status 125 is denyinit's refusal."
while read -r name open; do
	say "" "\$ cat conf/$name.ini" "$(grep -vE '^[[:space:]]*([;#]|$)' "$tmp/conf/$name.ini" | sed 's/^/    /')"
	say "\$ denyinit -c conf/$name.ini -- echo 'the entrypoint runs'; echo \$?"
	status=0
	"${container[@]}" denyinit -c "conf/$name.ini" -- echo 'the entrypoint runs' >"$tmp/out" 2>&1 || status=$?
	echo "$status" >>"$tmp/out"
	show "$tmp/out"
	check "refused with 125" [ "$status" = 125 ]
	check "nothing was started" no grep -qx 'the entrypoint runs' "$tmp/out"
	check "$open of 11 calls named as reachable" \
		[ "$(grep -cE '^denyinit: FAIL +[a-z0-9_]+ +reachable' "$tmp/out")" = "$open" ]
done <<'TABLE'
naive   10
minimal 10
guide   4
TABLE

heading "4. The same proof without any privilege: uid 65534, no capability"
say "This user may not mount anyhow, so 'Operation not permitted' proves nothing. denyinit can tell all the same who"
say "said it, because the kernel asks the filter before it looks at capabilities:" ""
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
say "\$ denyinit -c conf/default.ini -- id -u"
status=0
"${container[@]}" "${nobody[@]}" denyinit -c conf/default.ini -- id -u >"$tmp/out" 2>&1 || status=$?
show "$tmp/out"
check "PASS, 11 of 11 calls denied by this policy" \
	grep -q '^denyinit: PASS mount API blocked: 11 of 11 calls denied by this policy' "$tmp/out"
check "as uid 65534" grep -qx 65534 "$tmp/out"
say "" "\$ denyinit-selftest       # the judge alone, the same user, without denyinit"
status=0
"${container[@]}" "${nobody[@]}" denyinit-selftest >"$tmp/out" 2>&1 || status=$?
show "$tmp/out"
check "it is not taken in by the missing capability: all 11 are told as reachable" \
	[ "$status:$(grep -cE 'FAIL +[a-z0-9_]+ +reachable' "$tmp/out")" = 1:11 ]
say "" "To be seen with the naked eye: a policy that answers with an unlikely errno."
printf '[policy]\ndeny = EHOSTDOWN\n[deny]\n@mount = deny\n' >"$tmp/conf/hostdown.ini"
chmod 0444 "$tmp/conf/hostdown.ini"
say "\$ newmount tmpfs $folder    # without denyinit: it is the missing capability that answers"
"${container[@]}" "${nobody[@]}" newmount tmpfs "$folder" >"$tmp/out" 2>&1 || true
show "$tmp/out"
check "Operation not permitted" grep -q 'fsopen: Operation not permitted' "$tmp/out"
say "\$ denyinit -c conf/hostdown.ini -- newmount tmpfs $folder"
"${container[@]}" "${nobody[@]}" denyinit --report=off -c conf/hostdown.ini -- newmount tmpfs "$folder" \
	>"$tmp/out" 2>&1 || true
show "$tmp/out"
check "Host is down: the filter has answered before the capability was looked at" \
	grep -q 'fsopen: Host is down' "$tmp/out"

say ""
if [ "$wrong" != 0 ]; then
	say "=== $wrong of the things above were NOT as they should be."
	exit 1
fi
say "=== All as it should be. Nothing of it is left on this machine, but for packages that had to be installed."
