# SPDX-License-Identifier: MIT
# bench.json as what docs/benchmarks.md (--arg part page) and README.md (--arg part readme) have of it between the marks
# `begin bench` and `end bench`: tests/bench/page writes it there, and tests/docs/benchmarks.bats compares.
def digits($n): . * pow(10; $n) | round | tostring
	| if $n == 0 then . else
		(if startswith("-") then "-" else "" end) as $sign | ltrimstr("-")
		| (("0" * ($n + 1 - length)) // "") + .
		| $sign + .[:-$n] + "." + .[-$n:] end;
def thousands: tostring | [while(length > 0; .[:-3]) | .[-3:]] | reverse | join(",");
def line: "| " + join(" | ") + " |";
def heads($names): ($names | line), ([$names[] | "---"] | line);
def span($d): (.low | digits($d)) + " to " + (.high | digits($d));
def yes: if . then "yes" else "**no**" end;

. as $all
| def start($name): $all.starts[] | select(.name == $name);
def by_lines($name): $all.starts_by_lines[] | select(.name == $name);
def call($name; $call): $all.calls[] | select(.name == $name and .call == $call);
def call_by_lines($name; $call): $all.calls_by_lines[] | select(.name == $name and .call == $call);
def web($name): $all.nginx[] | select(.name == $name);
def stays($name): $all.memory[] | select(.name == $name);

["getppid", "read", "openat", "ioctl", "clone"] as $calls
| ([$calls[] as $call | call("denyinit"; $call)] | max_by(.ratio)) as $worst
| ([web("bare"), web("bare-again")]) as $bare
| ([stays("denyinit-mount-supervise"), stays("denyinit-default-supervise")] | max_by(.rss)) as $staying
| if $part == "readme" then
"tini-static adds \(start("tini-static").added | digits(0)) µs to the start of a program, denyinit with its full proof \(start("mount-exec-off").ratio | digits(2)) times",
"that with `mount.ini` and \(start("default-exec-off").ratio | digits(2)) times with `default.ini`; bwrap with the same filter \(start("bwrap-filter").ratio | digits(1)) times,",
"firejail with the same list \(start("firejail-list").ratio | digits(0)) times. Allowed calls cost \([$calls[] as $call | call("denyinit"; $call).ratio] | "\(min | digits(2)) to \(max | digits(2))") times what they cost under a filter of",
"one instruction that allows. A denyinit that stays has \($staying.rss) KiB resident, tini-static \(stays("tini-static").rss)."
else
"\($all.date[:10]), \($all.versions.denyinit), commit \($all.versions.commit); \($all.machine.cpu), \($all.machine.cpus) CPUs, \($all.machine.memory_mib) MiB"
+ (if $all.machine.hypervisor != "" then ", a virtual machine of \($all.machine.hypervisor)'s" else "" end) + "; Linux \($all.machine.kernel), \($all.machine.system), BPF JIT \(if $all.machine.bpf_jit == "0" then "off" else "on" end).",
"Peers: \([$all.versions | to_entries[] | select(.key | IN("denyinit", "commit") | not) | "\(.key) \(.value)"] | join(", ")).",
"",
"### How noisy it was",
"",
heads(["", ""]),
(["load before and after", "\($all.noise.loadavg_before), \($all.noise.loadavg_after)"] | line),
(["nice value of the run", ($all.noise.nice | tostring)] | line),
(["time taken by other virtual machines", "\($all.noise.stolen_percent | digits(2)) %"] | line),
(["the bare program, measured twice: ratio of the medians", ($all.noise.bare_again | digits(3))] | line),
(["exec-only, measured twice: ratio of what it adds", ($all.noise.exec_only_again | digits(3))] | line),
(["exec-only, p95 to median", ($all.noise.exec_only_p95_to_median | digits(2))] | line),
(["exec-only, ratio to tini-static: ten parts of the run", ($all.noise.exec_only_low_to_high | map(digits(2)) | join(" to "))] | line),
(["the filter of one instruction, measured twice: ratio, the five calls", ($all.noise.one_again | map(digits(3)) | join(" to "))] | line),
(["nginx bare, measured twice: ratio", (web("bare-again").ratio | digits(3))] | line),
"",
"### Targets",
"",
heads(["what", "wanted", "measured", "met"]),
(["start with `mount.ini`, in tini-static's", "at most 1.0", (start("mount-exec-off") | "\(.ratio | digits(2)) (\(span(2)))"), (start("mount-exec-off").ratio <= 1 | yes)] | line),
(["start with `default.ini`, in tini-static's", "at most 1.4", (start("default-exec-off") | "\(.ratio | digits(2)) (\(span(2)))"), (start("default-exec-off").ratio <= 1.4 | yes)] | line),
(["an allowed call, in one under one instruction", "at most 1.05", ($worst | "\(.ratio | digits(3)) (\(.call); \(span(3)))"), ($worst.ratio <= 1.05 | yes)] | line),
(["nginx under `default.ini`, in nginx bare", "within noise", (web("default").ratio | digits(3)),
	(web("default").median >= ([$bare[].low] | min) | yes)] | line),
(["resident memory of supervise mode", "at most tini-static's, \(stays("tini-static").rss) KiB", "\($staying.rss) KiB", ($staying.rss <= stays("tini-static").rss | yes)] | line),
"",
"### Start",
"",
"Microseconds from spawn to end of a static program that does nothing: \(start("bare").median | digits(0)) (p95 \(start("bare").p95 | digits(0))).",
"What others add to that:",
"",
heads(["", "added, median", "p95", "in tini-static's", "ten parts of the run"]),
(["exec-only", "catatonit", "tini-static", "tini", "dumb-init", "setpriv", "bwrap-filter", "firejail-list"][] as $name | start($name)
	| [.name, (.added | digits(0)), (.added_p95 | digits(0)), (.ratio | digits(2)), span(2)] | line),
(("mount", "default", "strict") as $policy | ("exec", "supervise", "denials") as $mode | ("off", "text", "json") as $report
	| start("\($policy)-\($mode)-\($report)")
	| ["`\($policy).ini`, \($mode | if . == "denials" then "report-denials" else . end), report \($report)", (.added | digits(0)), (.added_p95 | digits(0)), (.ratio | digits(2)), span(2)] | line),
"",
"![start](bench/starts.svg)",
"",
"### Where the time goes",
"",
"Of a start in exec mode, report off, in microseconds (differences of medians):",
"",
heads(["", "`mount.ini`", "`default.ini`", "`strict.ini`"]),
(["denyinit itself, run and linked (`--version`)", (("mount", "default", "strict") as $policy | start("version").added | digits(0))] | line),
(["the policy read, compiled by libseccomp, looked through (`--check`)", (("mount", "default", "strict") as $policy | start($policy + "-check").added - start("version").added | digits(0))] | line),
(["the filter loaded, the proof, execve", (("mount", "default", "strict") as $policy | start($policy + "-exec-off").added - start($policy + "-check").added | digits(0))] | line),
(["the report, as text", (("mount", "default", "strict") as $policy | start($policy + "-exec-text").added - start($policy + "-exec-off").added | digits(0))] | line),
(["all of it, in tini-static's", (("mount", "default", "strict") as $policy | start($policy + "-exec-text").ratio | digits(2))] | line),
"",
"From main() to execve(2), stage by stage, as `make bench-stages` has it (medians; what stands further to the right is part of",
"what is above it; what is not listed is the rest):",
"",
heads(["", "`mount.ini`", "`default.ini`", "`strict.ini`"]),
([$all.stages[].stages] | transpose[] | [(.[0] | "&emsp;" * .depth + "`" + .name + "`"), (.[].us | digits(0))] | line),
"",
"### Allowed calls",
"",
"Nanoseconds for one call, medians; in brackets the ratio to the filter of one instruction and, in eight lives of the processes,",
"its least and greatest.",
"",
heads(["", $calls[]]),
(({"bare": "no filter", "one": "one instruction", "one-again": "one instruction, again", "denyinit-mount": "denyinit, `mount.ini`", "denyinit": "denyinit, `default.ini`",
	"denyinit-strict": "denyinit, `strict.ini`", "docker": "Docker's default profile (\($all.instructions.docker) instructions)", "docker-denyinit": "both"} | to_entries[]) as $who
	| [$who.value, ($calls[] as $call | call($who.key; $call) | "\(.median | digits(0)) (\(.ratio | digits(2)); \(span(2)))")] | line),
"",
"![allowed calls](bench/calls.svg)",
"",
"### By number of rules and conditions",
"",
"Rules: the mount API and other calls, each by a line (1: the mount API is let through). Conditions: the mount API, and so many",
"rules `ioctl = deny if cmd == N`. ioctl here is one that none of them meets.",
"",
heads(["", "start: added µs", "in tini-static's", "getppid, ns", "ioctl, ns"]),
(($all.starts_by_lines[] | select(.name | test("^(rules|conditions)-")).name) as $name
	| [($name | sub("(?<what>.*)-(?<n>.*)"; "\(.n) \(.what)") | sub("^1 (?<what>.*)s$"; "1 \(.what)")), (by_lines($name) | (.added | digits(0)), (.ratio | digits(1))),
		(call_by_lines($name; "getppid").median | digits(0)), (call_by_lines($name; "ioctl").median | digits(0))] | line),
"",
"![by rules and conditions](bench/lines.svg)",
"",
"Dashed: tini-static's start; getppid under the filter of one instruction.",
"",
"### nginx",
"",
"wrk, one worker, 8 connections, a page of 6 bytes; requests a second, \(web("bare").runs) runs each.",
"",
heads(["", "median", "least to greatest", "in nginx bare"]),
(("bare", "bare-again", "default", "nginx") as $name | web($name)
	| [({"bare": "bare", "bare-again": "bare, another one", "default": "`default.ini`", "nginx": "`nginx.ini`"}[$name]), (.median | thousands), "\(.low | thousands) to \(.high | thousands)", (.ratio | digits(3))] | line),
"",
"### Memory and size",
"",
"KiB of an init that stays, beside a program that waits.",
"",
heads(["", "resident", "proportional", "its own"]),
($all.memory[] | [.name, (.rss, .pss, .own | tostring)] | line),
"",
heads(["program", "bytes", ""]),
($all.sizes[] | [(if .name == "through" then "exec-only" else .name end), (.bytes | thousands), .linked] | line)
end
