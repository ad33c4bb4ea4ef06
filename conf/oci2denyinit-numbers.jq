# SPDX-License-Identifier: MIT
# 64-bit numbers for jq, whose own have 53 bits: [the upper 32 bits, the lower 32 bits]. Such pairs compare with < and ==
# as the numbers do.

def two32: 4294967296;

# A number as the script marked it, to its digits; null: it is none.
def digits: if type == "string" and startswith("\u0001") then .[1:] else null end;

# Digits to a number; null: not an integer from 0 to 2^64-1.
def number:
	if type != "string" or (test("^(0|[1-9][0-9]{0,19})$") | not) then null
	else
		reduce (explode[] | . - 48) as $digit ([0, 0];
			if . == null then null
			else
				(.[1] * 10 + $digit) as $low
				| ($low / two32 | floor) as $carry
				| (.[0] * 10 + $carry) as $high
				| if $high >= two32 then null else [$high, $low - $carry * two32] end
			end)
	end;

# The lowest bit first.
def bits: [.[1], .[0]] | map(. as $half | [range(32)] | map($half / pow(2; .) | floor | . % 2)) | add;
def of_bits: [.[32:], .[:32]] | map(. as $bits | reduce range(32) as $i (0; . + $bits[$i] * pow(2; $i)));

def both($other): bits as $a | ($other | bits) as $b | [range(64)] | map($a[.] * $b[.]) | of_bits;
def without($other): bits as $a | ($other | bits) as $b | [range(64)] | map($a[.] * (1 - $b[.])) | of_bits;
def ones: bits | add;
# Each bit alone.
def single_bits: bits as $bits | [range(64)] | map(select($bits[.] == 1) | . as $i | [range(64)] | map(if . == $i then 1 else 0 end) | of_bits);

def largest($width): if $width == 64 then [two32 - 1, two32 - 1] else [0, pow(2; $width) - 1] end;
def plus($other):
	(.[1] + $other[1]) as $low
	| ($low / two32 | floor) as $carry
	| [.[0] + $other[0] + $carry, $low - $carry * two32];

def hex: map(. as $half | [range(7; -1; -1)] | map(($half / pow(16; .) | floor) % 16) | map("0123456789abcdef"[.:. + 1])) | add | add;
def show: if .[0] == 0 and .[1] < 4096 then "\(.[1])" else "0x" + (hex | sub("^0+"; "")) end;
