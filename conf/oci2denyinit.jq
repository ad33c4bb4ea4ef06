# SPDX-License-Identifier: MIT
# A seccomp profile to a policy. `oci2denyinit` turns the profile (numbers marked, see the script) into the lines that the
# script expects: `errors` and the errors, or `policy N` and the policy, in which N things are marked NOT CARRIED.
include "oci2denyinit-numbers";
include "oci2denyinit-profile";
include "oci2denyinit-conditions";

def line_max: 170; # bytes of a rule; denyinit takes 190
def ways_max: 32;  # lines for one call

# --- The table ---------------------------------------------------------------------------------------------------------

def read_table:
	[$table | split("\n")[] | select(. != "" and (startswith("#") | not)) | split(" ")]
	| {
		errnos: ([.[] | select(.[0] == "errno") | {key: .[1], value: (.[2] | tonumber)}] | from_entries),
		calls: ([.[] | select(.[0] != "errno") | {key: .[0], value: {
			x86_64: (.[1] | tonumber), i386: (.[2] | tonumber), role: .[3],
			args: (if .[4] == "?" then null else .[4:] | map(
				if endswith("*") then {name: .[:-1], width: "*"}
				else split(":") | {name: .[0], width: (.[1] | tonumber)} end) end)
		}}] | from_entries)
	};

# --- Actions -----------------------------------------------------------------------------------------------------------

# {answer, note}: what the policy writes, null for allow, and what is lost by it.
def answer($names):
	if .kind == "ALLOW" then {answer: null}
	elif .kind == "KILL_PROCESS" then {answer: "kill-process"}
	elif .kind == "KILL_THREAD" then {answer: "kill-process", note: "the profile kills the thread (SCMP_ACT_KILL_THREAD or SCMP_ACT_KILL), the policy its whole process"}
	elif .kind == "TRAP" then {answer: "kill-process", note: "the profile sends SIGSYS, which a program may catch (SCMP_ACT_TRAP); the policy kills the process"}
	elif .kind == "TRACE" then {answer: "ENOSYS", note: "a tracer decides in the profile (SCMP_ACT_TRACE); the policy answers ENOSYS, as the kernel does without one"}
	elif .kind == "NOTIFY" then {answer: "ENOSYS", note: "a listener decides in the profile (SCMP_ACT_NOTIFY); the policy answers ENOSYS, as the kernel does without one"}
	elif .kind == "LOG" then {answer: null, note: "the profile lets pass and logs (SCMP_ACT_LOG), the policy lets pass; to have such calls told, name them under [observe]"}
	elif .errno == 0 then {answer: "EPERM", note: "the profile's errno is 0, by which the call seems to succeed; the policy answers EPERM"}
	elif .errno >= 512 and .errno <= 530 then {answer: "EPERM", note: "the profile's errno \(.errno) is one of the kernel's own restart codes; the policy answers EPERM"}
	elif .errno > 4095 then {answer: "EPERM", note: "the profile's errno \(.errno) is none that a call can return; the policy answers EPERM"}
	else {answer: ($names["\(.errno)"] // "\(.errno)")} end;

def let_through: IN("ALLOW", "LOG", "TRACE");

# --- The rules of one call, as runc hands them to libseccomp -----------------------------------------------------------

# {always: an action or null, some: [{args, action}]}. A rule with the default's own action is left out. A rule without
# arguments ends it: it takes the place of those before it, and later ones are for nothing. A rule that names an argument
# twice is as many rules as it has arguments.
def settle($default):
	reduce (.[] | select(.action != $default)) as $rule ({always: null, some: []};
		if .always != null then .
		elif $rule.args == [] then {always: $rule.action, some: []}
		elif ($rule.args | map(.index) | length != (unique | length))
		then .some += [$rule.args[] | {args: [.], action: $rule.action}]
		else .some += [{args: $rule.args, action: $rule.action}] end);

# All comparisons of a rule: {must, exact, why}. What has no form counts as true.
def holding($call):
	[.args[] | comparison($call)]
	| {
		must: ([.[] | .must // [] | .[]] | together),
		exact: all(.[]; .must != null),
		why: [.[] | select(.must == null) | .why]
	};
# Not all of them: {any, why}; any null: it has no form, and counts as true.
def failing($call):
	[.args[] | comparison($call)]
	| if any(.[]; .any == null) then {any: null, why: [.[] | select(.any == null) | .why]}
	  else {any: [.[].any[]], why: []} end;

# `in` of the same argument for the same answer: one line.
def joined:
	[group_by([.answer, (.atoms | if length == 1 and .[0].test == "in" then .[0].arg else . end)])[]
		| if length > 1 and (.[0].atoms | length == 1 and .[0].test == "in")
		  then .[0] + {atoms: [.[0].atoms[0] + {values: ([.[].atoms[0].values[]] | unique)}]}
		  else .[] end];

def too_long($call): ($call + " = " + .answer + (.atoms | condition_words) | utf8bytelength) > line_max;

# Cut into lines that denyinit takes.
def cut($call):
	if too_long($call) | not then .
	else
		(.atoms | map(.test == "in" and (.values | length) > 1) | index(true)) as $i
		| if $i == null then . + {atoms: [], long: true}
		  else (.atoms[$i].values | length / 2 | floor) as $half
			| .atoms[$i].values as $values
			| (.atoms[$i].values = $values[:$half], .atoms[$i].values = $values[$half:]) | cut($call)
		  end
	end;

# Lines for a call with rules for some arguments: {lines: [{answer, atoms}], notes}.
def conditional($name; $call; $default; $names):
	[.some[] | . as $rule | (.action | answer($names)) + (.args | {args: .} | holding($call)) + {args: $rule.args}
		| select(.must != null)] as $rules
	| ($default | answer($names)) as $otherwise
	# Where none of them holds, the default.
	| [$rules[] | failing($call)] as $not
	| (if $otherwise.answer == null then [] else ways([$not[].any | values]; ways_max) end) as $ways
	| [range($rules | length) as $i | range($i) as $j | select($rules[$i].answer != $rules[$j].answer)
		| select($rules[$i].must + $rules[$j].must | together != null)] as $overlaps
	| {
		lines: ([$rules[] | select(.answer != null) | {answer, atoms: .must[:conditions_max]}]
			+ [($ways // [[]])[] | {answer: $otherwise.answer, atoms: .[:conditions_max]}] | joined | map(cut($name))),
		notes: ([$rules[] | .note | values]
			+ [if $otherwise.answer != null and $ways != [] then $otherwise.note | values else empty end]
			+ [$rules[] | select(.answer != null) | .why[] | "the profile denies for some arguments, the policy for more: the rule \(.)"]
			+ (if $otherwise.answer == null then [] else [$not[] | .why[] | "the profile allows for some arguments, the policy for fewer or none: the rule \(.)"] end)
			+ (if $ways == null then ["the profile allows for some arguments, the policy for none: that would be more than \(ways_max) lines"] else [] end)
			+ (if $overlaps != [] then ["rules of the profile with different actions hold for the same arguments; in the policy the severest wins, and an errno before allow"] else [] end))
	}
	| . as $r
	| .notes += [$r.lines[] | select(.long) | "the profile has more values than fit into one line; the policy denies the whole call"]
	| .notes += [$rules[].must, ($ways // [])[] | select(length > conditions_max) | "more than \(conditions_max) conditions at once; the policy tests the first ones and denies more"]
	# One for the whole call: what is left besides is what is severer.
	| ([.lines[] | select(.atoms == [])] | (map(select(.answer == "kill-process")) + .)[:1]) as $whole
	| if $whole == [] then . else
		.lines |= ($whole + map(select($whole[0].answer != "kill-process" and .answer == "kill-process"))) end;

# --- All calls ---------------------------------------------------------------------------------------------------------

# The largest number that the profile names: runc answers ENOSYS above it, unless the default lets pass.
def newest($rules; $calls; $abi): [$rules[].names[] | $calls[.] | values | .[$abi]] | max // -1;

# Each call of the table, and each that is only named: {name, call, lines, notes, listed}.
def convert($profile; $calls; $names):
	$profile.default as $default
	| (reduce ($profile.rules[] | . as $rule | .names[] | {name: ., rule: $rule}) as $entry ({};
		.[$entry.name] += [$entry.rule])) as $by_name
	| ($default.kind == "ERRNO" and $default.errno == 38) as $is_enosys
	| (if ($default.kind | let_through) or $is_enosys then null
	   else {x86_64: newest($profile.rules; $calls; "x86_64"), i386: newest($profile.rules; $calls; "i386")} end) as $newest
	| $calls | to_entries[] | .key as $name | .value as $call
	| select($call.role != "unseen" and ($call.x86_64 >= 0 or ($profile.other_abis | length == 2)))
	| ($by_name[$name] // [] | settle($default)) as $rules
	| {name: $name, role: $call.role, listed: ($by_name[$name] != null)} +
	  (if $rules.some != [] then $rules | conditional($name; $call; $default; $names)
	   else
		(if $rules.always != null then $rules.always
		 elif $by_name[$name] == null and $newest != null
			and (if $call.x86_64 >= 0 then $call.x86_64 > $newest.x86_64 else $call.i386 > $newest.i386 end)
		 then {kind: "ERRNO", errno: 38}
		 else $default end | answer($names)) as $a
		| {lines: [if $a.answer != null then {answer: $a.answer, atoms: []} else empty end], notes: [$a.note | values]}
	   end)
	# denyinit and every program need them.
	| if .role == "vital" and any(.lines[]; .atoms == [])
	  then . + {lines: [], notes: ["the profile denies it; the policy leaves it open, because denyinit, or any program, cannot do without"]}
	  else . end;

# Words to lines of at most so many columns.
def wrapped($words; $width):
	reduce $words[] as $word ([""]; if .[-1] == "" then .[-1] = $word elif (.[-1] + $word | length) < $width then .[-1] += " " + $word else . + [$word] end)
	| .[];

def comment: [wrapped(split(" "); 108)] | .[0] as $first | "# " + $first, (.[1:][] | "#   " + .);

# Unconditional lines, calls with the same answer together.
def plain_lines: group_by(.lines[0].answer)[] | .[0].lines[0].answer as $answer
	| wrapped(map(.name); 100) + " = " + $answer;
def conditional_lines: .[] | .name as $name | .lines[] | "\($name) = \(.answer)\(.atoms | condition_words)";
def section($title): if . == [] then empty else "", "# \($title)", .[] end;

def is_conditional: any(.lines[]; .atoms != []);

def general_notes($profile):
	[$profile.flags[] | select(IN("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC") | not)
		| "the flag \(quoted): denyinit has no setting for it"],
	[if $profile.other_abis | length == 1 then "the profile is for one of i386 and x32 (\($profile.other_abis[0])) and kills the other; the policy kills both" else empty end]
	| .[] | {note: ., name: null};

# What is denied by a name that is not in the table, where unknown numbers are let through.
def unknown_notes($profile; $calls):
	select($profile.default.kind | IN("ALLOW", "LOG"))
	| $profile.rules[] | select(.action.kind | let_through | not) | .names[] | select($calls[.] == null)
	| {note: "the profile denies it, and denyinit does not know it: it is no call of this machine, or a newer one, which the policy lets through", name: .};

def oci2denyinit:
	read_table as $t
	| ($t.errnos | to_entries | map({key: "\(.value)", value: .key}) | from_entries) as $names
	| ($caps | ascii_upcase | [splits(",+") | select(. != "") | if startswith("CAP_") then . else "CAP_" + . end] | unique) as $held
	| input as $json
	| [$json | wrong_profile($t.errnos)] as $wrong
	| if $wrong != [] then "errors", $wrong[]
	  else
		($json | read_profile($held; $kernel; $t.errnos)
			# As the option says, or as the profile does.
			| .other_abis = {kill: [], deny: ["SCMP_ARCH_X32", "SCMP_ARCH_X86"], "": .other_abis}[$abis]) as $profile
		| [convert($profile; $t.calls; $names)]
		# The self-test needs one call that no rule names, to see that its own filter is at work.
		| (map(.role == "control" and .lines == []) | any) as $controlled
		| (if $controlled then . else
			(map(.role == "control") | indices(true) | .[-1]) as $i # sched_rr_get_interval
			| .[$i] += {lines: [], notes: ["the profile denies it; the policy leaves it open, because the self-test needs one call that does no harm"]} end)
		| . as $all
		| [$all[] | select(.lines != [])] as $denied
		| [$all[] | select(.role == "mount" and .lines == [])] as $open
		| ([$all[] | .name as $name | .notes[] | {note: ., name: $name}] + [general_notes($profile), unknown_notes($profile; $t.calls)]
			| group_by(.note) | map({note: .[0].note, names: (map(.name | values) | unique)})) as $notes
		| [$profile.rules[].names[] | select($t.calls[.] == null)] as $foreign
		| if $denied == [] then "errors", "this profile denies nothing: there is nothing to write"
		  else
			"policy \($notes | length)",
			("Made by oci2denyinit of \($name), which answers \($profile.default.kind) to what it does not name. For containers with "
				+ (if $held == [] then "no capability" else ($held | join(", ")) end)
				+ (if $kernel == "" then "." else ", Linux \($kernel)." end) | comment),
			($profile.capabilities - $held | select(. != []) | "It has other rules for: \(join(", ")) (--caps)." | comment),
			($held - $profile.capabilities | select(. != []) | "It has no rule for: \(join(", "))." | comment),
			($profile.ignored | select(. != []) | "Keys that no runtime knows: \(map(quoted) | join(", "))." | comment),
			($foreign | unique | select(. != []) | "No calls of this machine, or newer than this table: \(join(", "))." | comment),
			($notes[] | "", ("NOT CARRIED: \(.note)\(.names | if . == [] then "" elif length > 40 then ": \(length) calls" else ": " + join(" ") end)" | comment)),
			"", "[policy]",
			"other-abis = \(if $profile.other_abis | length == 2 then "deny" else "kill" end)",
			"newer-syscalls = \(if $profile.default.kind | IN("ALLOW", "LOG") then "allow" else "ENOSYS" end)",
			(if $profile.flags | any(. == "SECCOMP_FILTER_FLAG_LOG") then "log = yes" else empty end),
			"", "[deny]",
			(if $open != [] then
				"", "# Calls of the mount API that the profile leaves open. The report says PARTIAL for them, at every start; without",
				"# the second line they are denied.",
				"@mount = deny", "\($open | map(.name) | join(" ")) = allow" else empty end),
			([$denied[] | select(is_conditional)] | [conditional_lines] | section("For some arguments.")),
			([$denied[] | select(.listed and (is_conditional | not))] | [plain_lines] | section("By rules of the profile.")),
			([$denied[] | select(.listed | not)] | [plain_lines] | section("What the profile does not name."))
		  end
	  end;
