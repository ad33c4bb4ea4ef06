# SPDX-License-Identifier: MIT
# Reads a profile as Docker and runc do (moby's profiles/seccomp, runc's libcontainer/seccomp): first what they would
# refuse, then the rules that hold for one machine and one container.
include "oci2denyinit-numbers";

def actions: ["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO",
	"SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY"];
def operators: ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
	"SCMP_CMP_MASKED_EQ"];
def known_keys: {
	profile: ["defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "listenerPath",
		"listenerMetadata", "syscalls"],
	rule: ["name", "names", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes"],
	arg: ["index", "value", "valueTwo", "op"],
	filter: ["caps", "arches", "minKernel"],
	map: ["architecture", "subArchitectures"]
};

# Go takes a key in any case, and its null as if it were not there.
def spell($keys):
	with_entries(select(.value != null)
		| .key as $key
		| .key = ([$keys[] | select(ascii_downcase == ($key | ascii_downcase))] | .[0] // $key));
# A key that begins with _ $ or / is a comment of somebody's.
def unknown($known): keys[] | select(IN($known[]) | not) | select(test("^[_$/]") | not);

def list: if . == null then [] else . end;
# A key may begin with the mark by itself: only what are digits stands without quotes.
def quoted: (digits | strings | select(test("\\A[-+.0-9eE]+\\z"))) // (tojson | gsub("\"\\\\u0001(?<digits>[^\"]*)\""; .digits)) | .[:60];

# --- What is wrong with it: one text each ------------------------------------------------------------------------------

def wrong_number($what; $max):
	select(. != null) | digits as $digits
	| if $digits == null then "\($what): a number is wanted, not \(quoted)"
	  elif ($digits | number) == null then "\($what): \($digits[:40]) is no integer from 0 to 2^64-1"
	  elif ($digits | number) > $max then "\($what): \($digits) is more than \($max | show)"
	  else empty end;

def wrong_strings($what):
	select(. != null)
	| if type != "array" then "\($what): a list is wanted, not \(quoted)"
	  else .[] | select(type != "string" or startswith("\u0001")) | "\($what): a string is wanted, not \(quoted)" end;

# Names of capabilities go into a comment of the policy: one with a line's end in it would be a line of the policy.
def wrong_caps($what):
	wrong_strings($what),
	(arrays | .[] | strings | select(startswith("\u0001") or test("\\A[A-Za-z0-9_]{1,39}\\z") | not)
		| "\($what): \(quoted) cannot be the name of a capability");

def wrong_action($what):
	if type != "string" then "\($what): it is missing, or no string"
	elif IN(actions[]) then empty
	else "\($what): unknown action \(quoted)" end;

def wrong_errno($what; $errnos):
	select(. != null and . != "")
	| if type == "string" and $errnos[.] then empty else "\($what): unknown errno \(quoted)" end;

def wrong_filter($what):
	select(. != null)
	| if type != "object" then "\($what): an object is wanted, not \(quoted)"
	  else spell(known_keys.filter)
		| (.caps | wrong_caps("\($what).caps")),
		  (.arches | wrong_strings("\($what).arches")),
		  (.minKernel | select(. != null and . != "")
			| select(type != "string" or (test("\\A[0-9]{1,3}\\.[0-9]{1,3}\\z") | not) or . == "0.0")
			| "\($what).minKernel: two numbers are wanted, as in \"4.8\", not \(quoted)")
	  end;

def wrong_arg($what):
	if type != "object" then "\($what): an object is wanted, not \(quoted)"
	else spell(known_keys.arg)
		| (.index | wrong_number("\($what).index"; [0, 5])),
		  (.value, .valueTwo | wrong_number("\($what).value"; largest(64))),
		  (if .op == null then "\($what).op: it is missing"
		   elif .op | IN(operators[]) then empty
		   else "\($what).op: unknown operator \(.op | quoted)" end)
	end;

def wrong_rule($what; $errnos):
	if type != "object" then "\($what): an object is wanted, not \(quoted)"
	else spell(known_keys.rule)
		| (.action | wrong_action("\($what).action")),
		  (if .name != null and (.names | list) != [] then "\($what): both name and names: write one of them" else empty end),
		  ((.names | wrong_strings("\($what).names")), ([.name | select(. != null)] | wrong_strings("\($what).name"))),
		  ((.names | arrays | .[]), .name | strings | select(startswith("\u0001") | not)
			| select(test("\\A[A-Za-z0-9_]{1,39}\\z") | not) | "\($what).names: \(quoted) cannot be the name of a call"),
		  (.errnoRet | wrong_number("\($what).errnoRet"; [0, 4294967295])),
		  (.errno | wrong_errno("\($what).errno"; $errnos)),
		  (.args | select(. != null) | if type != "array" then "\($what).args: a list is wanted, not \(quoted)"
			else to_entries[] | .key as $i | .value | wrong_arg("\($what).args[\($i)]") end),
		  (.includes | wrong_filter("\($what).includes")),
		  (.excludes | wrong_filter("\($what).excludes"))
	end;

def wrong_architectures($what):
	wrong_strings($what),
	(arrays | .[] | strings | select(test("\\ASCMP_ARCH_[A-Z0-9_]+\\z") | not) | "\($what): unknown architecture \(quoted)");

def wrong_map($what):
	if type != "object" then "\($what): an object is wanted, not \(quoted)"
	else spell(known_keys.map)
		| ([.architecture] | wrong_architectures("\($what).architecture")),
		  (.subArchitectures | wrong_architectures("\($what).subArchitectures"))
	end;

def wrong_profile($errnos):
	if type != "object" then "a profile is an object, not \(quoted)"
	else spell(known_keys.profile)
		| (if .defaultAction == null and (.syscalls | list) == []
		   then "neither defaultAction nor syscalls: that is no seccomp profile (a runtime would run without a filter)"
		   else .defaultAction | wrong_action("defaultAction") end),
		  (if .defaultAction == "SCMP_ACT_NOTIFY" then "defaultAction: SCMP_ACT_NOTIFY cannot be the default: runc refuses it" else empty end),
		  (.defaultErrnoRet | wrong_number("defaultErrnoRet"; [0, 4294967295])),
		  (.defaultErrno | wrong_errno("defaultErrno"; $errnos)),
		  (.architectures | wrong_architectures("architectures")),
		  (.flags | wrong_strings("flags")),
		  (if (.architectures | list) != [] and (.archMap | list) != []
		   then "both architectures and archMap: write one of them" else empty end),
		  (.archMap | select(. != null) | if type != "array" then "archMap: a list is wanted, not \(quoted)"
			else to_entries[] | .key as $i | .value | wrong_map("archMap[\($i)]") end),
		  (.syscalls | select(. != null) | if type != "array" then "syscalls: a list is wanted, not \(quoted)"
			else to_entries[] | .key as $i | .value | wrong_rule("syscalls[\($i)]"; $errnos) end)
	end;

# --- What it means -----------------------------------------------------------------------------------------------------

def plain: digits // .;

# {kind, errno}: KILL is KILL_THREAD, and an errno is EPERM unless it is given, by name (Podman) or number.
def action($action; $errnoRet; $errno; $errnos):
	($action | ltrimstr("SCMP_ACT_") | if . == "KILL" then "KILL_THREAD" else . end) as $kind
	| if $kind | IN("ERRNO", "TRACE")
	  then {kind: $kind, errno: ($errnos[$errno // ""] // ($errnoRet | if . == null then 1 else digits | tonumber end))}
	  else {kind: $kind, errno: null} end;

def version: split(".") | map(tonumber);
# Without --kernel every version has been reached.
def reached($kernel): $kernel == "" or ($kernel | version) >= version;

# Whether a rule is for this container: every capability of includes, none of excludes.
def holds($caps; $kernel):
	(.includes | list | if . == [] then {} else . end | spell(known_keys.filter)) as $in
	| (.excludes | list | if . == [] then {} else . end | spell(known_keys.filter)) as $ex
	| ($in.arches | list | length == 0 or any(. == "amd64"))
	  and ($ex.arches | list | any(. == "amd64") | not)
	  and ($in.caps | list | all(IN($caps[])))
	  and ($ex.caps | list | any(IN($caps[])) | not)
	  and ($in.minKernel | . == null or . == "" or reached($kernel))
	  and ($ex.minKernel | . == null or . == "" or (reached($kernel) | not));

def capabilities: [.syscalls | list | .[] | spell(known_keys.rule) | .includes, .excludes | objects
	| spell(known_keys.filter) | .caps | list | .[]] | unique;

# Of both forms: the ABIs of this machine that the filter is for besides x86_64 itself.
def other_abis:
	if (.architectures | list) != [] then .architectures
	else [.archMap | list | .[] | spell(known_keys.map) | select(.architecture == "SCMP_ARCH_X86_64") | .subArchitectures | list | .[]]
	end
	| map(select(IN("SCMP_ARCH_X86", "SCMP_ARCH_X32"))) | unique;

# A profile without errors, to {default, rules, ...}; a rule is {names, action, args, where}.
def read_profile($caps; $kernel; $errnos):
	spell(known_keys.profile)
	| {
		default: action(.defaultAction; .defaultErrnoRet; .defaultErrno; $errnos),
		other_abis: other_abis,
		flags: (.flags | list),
		listener: (.listenerPath != null and .listenerPath != ""),
		capabilities: capabilities,
		ignored: ([unknown(known_keys.profile),
			(.syscalls | list | .[] | spell(known_keys.rule) | unknown(known_keys.rule),
				(.args | list | .[] | spell(known_keys.arg) | unknown(known_keys.arg)),
				(.includes, .excludes | objects | spell(known_keys.filter) | unknown(known_keys.filter)))] | unique),
		rules: [.syscalls | list | to_entries[] | .key as $i | .value | spell(known_keys.rule) | select(holds($caps; $kernel))
			| {
				names: (if .name != null then [.name] else .names | list end),
				action: action(.action; .errnoRet; .errno; $errnos),
				args: (.args | list | map(spell(known_keys.arg)
					| {
						index: (.index | if . == null then 0 else digits | tonumber end),
						op: (.op | ltrimstr("SCMP_CMP_")),
						value: (.value | if . == null then [0, 0] else digits | number end),
						value_two: (.valueTwo | if . == null then [0, 0] else digits | number end)
					})),
				where: "syscalls[\($i)]"
			}]
	};
