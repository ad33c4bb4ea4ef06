# SPDX-License-Identifier: MIT
# Conditions of a profile to those of a policy. An atom is one comparison as the policy has it: {arg, width, test, values},
# test one of in, notin, least, most, bits. What has no such form counts as "always" where a call is denied: then more is
# denied than by the profile, never less, and the reason is kept.
include "oci2denyinit-numbers";

def atom($on; $test; $values): {arg: $on.name, width: $on.width, test: $test, values: $values};

# The argument of a call: {name, width}, or {why} it cannot be tested.
def argument($call; $index):
	if $call.args == null then {name: "arg\($index):64", width: 64}
	else $call.args[$index]
		| if . == null then {why: "tests an argument that the call does not have"}
		  elif .width == "*" then {why: "tests a pointer, of which a filter sees the address only"}
		  else . end
	end;

# A value as the kernel takes it: of an argument of 32 bits the lower half. -1 comes with or without a sign.
def fitted($width):
	if $width == 64 or .[0] == 0 then .
	elif .[0] == two32 - 1 and .[1] >= two32 / 2 then [0, .[1]]
	else null end;

def too_wide: {why: "compares an argument of 32 bits with more than 32"};

# (argument & mask) == value. Runs of values (a mask of the highest bits, all of them too) are ranges.
def masked($on; $mask; $value):
	($mask | both(largest($on.width))) as $m
	| ($value | both($mask) | if $mask[0] == 0 then . else fitted($on.width) end) as $v
	| if $v == null then too_wide
	  else
		(largest($on.width) | without($m)) as $free
		# Of an argument that the kernel cuts to 16 bits a policy tests bits only.
		| ($on.width > 16 and ($m | bits[:$on.width] | . == sort)) as $high
		| (if $high then {must: [atom($on; "least"; [$v]), atom($on; "most"; [$v | plus($free)])],
				any: ([if $v > [0, 0] then atom($on; "below"; [$v]) else empty end,
					if ($v | plus($free)) < largest($on.width) then atom($on; "above"; [$v | plus($free)]) else empty end])}
		   elif $v == $m then {must: [$v | single_bits[] | atom($on; "bits"; [.])]}
		   else {} end)
		+ (if $v == [0, 0] and $m != [0, 0] then {any: [atom($on; "bits"; [$m])]} else {} end)
		+ {why: "tests bits in a way that the format has no word for"}
	  end;

# {must, any, why}: the atoms that all hold if the comparison does, and those of which one holds if it does not. Where one
# of the two is missing it has no form, and why says so.
def comparison($call):
	argument($call; .index) as $on
	| if $on.name == null then $on
	  elif .op == "MASKED_EQ" then masked($on; .value; .value_two)
	  else
		(.value | fitted($on.width)) as $v
		| if $on.width == 16 then {why: "compares an argument that the kernel cuts to 16 bits, of which a policy tests bits only"}
		  elif $v == null or (.op | IN("EQ", "NE") | not) and $v != .value then too_wide
		  elif .op == "EQ" then {must: [atom($on; "in"; [$v])], any: [atom($on; "notin"; [$v])]}
		  elif .op == "NE" then {must: [atom($on; "notin"; [$v])], any: [atom($on; "in"; [$v])]}
		  else {LT: ["below", "least"], LE: ["most", "above"], GT: ["above", "most"], GE: ["least", "below"]}[.op] as $tests
			| {must: [atom($on; $tests[0]; [$v])], any: [atom($on; $tests[1]; [$v])]} end
	  end;

# --- Several atoms -----------------------------------------------------------------------------------------------------

def one: [0, 1];
def minus_one: if .[1] > 0 then [.[0], .[1] - 1] else [.[0] - 1, two32 - 1] end;
def has_bits($masks): . as $value | all($masks[]; ($value | both(.)) != [0, 0]);

# All that is said about one argument, in few atoms; null if no value does.
def of_argument:
	.[0] as $first
	| largest($first.width) as $top
	| {name: $first.arg, width: $first.width} as $on
	| [.[] | select(.test == "below" and .values[0] == [0, 0]), select(.test == "above" and .values[0] == $top)] as $never
	| ([.[] | if .test == "least" then .values[0] elif .test == "above" and .values[0] != $top then .values[0] | plus(one) else empty end] | max // [0, 0]) as $low
	| ([.[] | if .test == "most" then .values[0] elif .test == "below" and .values[0] != [0, 0] then .values[0] | minus_one else empty end] | min // $top) as $high
	| [.[] | select(.test == "notin") | .values[]] as $out
	| [.[] | select(.test == "bits") | .values[0]] as $masks
	| [.[] | select(.test == "in") | .values] as $sets
	| def possible: . >= $low and . <= $high and has_bits($masks);
	if $never != [] or $low > $high then null
	elif $sets != [] or $low == $high then
		(if $sets == [] then [$low] else $sets[0] end)
		| map(select(possible and (IN($out[]) | not) and (. as $v | all($sets[]; any(.[]; . == $v))))) | unique
		| if . == [] then null else [atom($on; "in"; .)] end
	else
		[if $low > [0, 0] then atom($on; "least"; [$low]) else empty end,
		 if $high < $top then atom($on; "most"; [$high]) else empty end,
		 ($out | map(select(possible)) | unique | if . == [] then empty else atom($on; "notin"; .) end),
		 ($masks | unique | .[] | atom($on; "bits"; [.]))]
	end;

# Atoms that are to hold together, in few; null: they cannot. [] holds always.
def together:
	[group_by(.arg)[] | of_argument] | if any(.[]; . == null) then null else add // [] end;

# Every way in which one atom of each list holds, at most so many; null if there are more.
def ways($lists; $limit):
	reduce $lists[] as $list ([[]];
		if . == null then null
		else [.[] as $way | $list[] as $atom | $way + [$atom] | together | values] | unique
			# What another way has and more than that is nothing new.
			| . as $all
			| map(. as $way | select(any($all[]; . != $way and (. - $way) == [] and (($way - .) != [])) | not))
			| if length > $limit then null else . end
		end);

def words:
	.arg + " " + (.values as $values | {
		in: (if ($values | length) == 1 then "==" else "in" end),
		notin: (if ($values | length) == 1 then "!=" else "not in" end),
		least: ">=", most: "<=", bits: "&"
	}[.test]) + " " + (.values | map(show) | join(" "));

# `if ...`, or nothing. Too many conditions for one line (init/policy.h has the limits): the first ones alone deny more.
def conditions_max: 6;
def condition_words: if . == [] then "" else " if " + (map(words) | join(" and ")) end;
