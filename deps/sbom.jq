# SPDX-License-Identifier: MIT
# The document that deps/sbom makes.

def license: [if test(" ") then {expression: .} else {license: {id: .}} end];
def debian: "pkg:deb/debian/\(.package)@\(.used | @uri)?arch=source&distro=\(.suite)";
def purl($about): if $about.purl == null then debian
	else .upstream as $upstream | $about.purl | gsub("UPSTREAM"; $upstream) end;
def named($file): $patches[] | select(.file == $file);

def component: . as $work | $known[0][.package] as $about | {
	type: "library", "bom-ref": $about.name, name: $about.name, version: .upstream, scope: "required",
	licenses: ($about.license | license), purl: purl($about)
} + (if $about.cpe then {cpe: "cpe:2.3:a:\($about.cpe):\(.upstream):*:*:*:*:*:*:*"} else {} end) + {
	externalReferences: [
		{type: "website", url: $about.website},
		{type: "distribution", url: "\(.package)_\(.upstream).\($about.tarball)", comment: "Upstream's tarball, in Debian's source package \(.package) \(.used) (\(.suite))",
			hashes: [{alg: "SHA-256", content: .tarball}]}
	],
	pedigree: ({
		ancestors: [{type: "library", name: $about.name, version: .upstream}],
		notes: $about.notes
	} + (if $about.patches == [] then {} else {
		patches: [$about.patches[] | {type: "unofficial", diff: {url: .}}]
	} end)),
	properties: [
		{name: "denyinit:debian-source", value: "\(.package) \(.used) \(.suite)"},
		{name: "denyinit:patched", value: (if .parts == "full" or $about.patches != [] then "yes" else "no" end)},
		($about.patches[] | named(.) | {name: "denyinit:sha256:\(.file)", value: .sum})
	]
};

{
	bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
	metadata: {
		timestamp: ($seconds | todate),
		component: {
			type: "application", "bom-ref": "denyinit-\($version)", name: "denyinit", version: $version,
			description: "A container init that forbids system calls, proves it, and becomes the entrypoint",
			licenses: ("MIT AND LGPL-2.1-only AND BSD-3-Clause" | license), purl: "pkg:generic/denyinit@\($version)",
			properties: [
				{name: "denyinit:architecture", value: $arch},
				($tools | split("\n")[] | {name: "denyinit:built-by", value: .})
			]
		}
	},
	components: (
		[$files[] | {type: "file", "bom-ref": .name, name: .name, version: $version,
			hashes: [{alg: "SHA-256", content: .sum}]}]
		+ [$works[] | component]),
	dependencies: (
		[{ref: "denyinit-\($version)", dependsOn: [$files[].name]}]
		+ [$files[].name as $file | {ref: $file,
			dependsOn: [$works[] | $known[0][.package] | select(.in | index($file)) | .name]}]
		+ [$works[] | {ref: $known[0][.package].name}]),
	vulnerabilities: [$advisories[0][] | {"bom-ref": .id} + . + {affects: [.affects[] | {ref: .}]}]
}
