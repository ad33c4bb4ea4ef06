# SPDX-License-Identifier: MIT
# The rule of admission.yaml for what is there already:
#
#   kubectl get pods --all-namespaces -o json | jq -r -f bypass.jq
#
# A line for each finding: NAMESPACE/POD and the rule's message. Adapt the lists of images as there.
def hardened: ["registry.example.com/hardened/"];
def copiers: ["registry.example.com/denyinit-copy:", "registry.example.com/denyinit-copy@"];
def beginnings: [["/denyinit/denyinit", "-c", "/etc/denyinit/denyinit.ini", "--"], ["/usr/bin/denyinit", "--"]];

def of(prefixes): .image as $image | any(prefixes[]; . as $prefix | $image | startswith($prefix));
def begins: . as $words | any(beginnings[]; . == $words[:length]);
def copies: of(copiers) and (has("command") or has("args") | not);
def is_place: test("^(/[.]?[^/.][^/]*)+/?$") and
	(test("^/((usr|usr/bin|etc)/?$|denyinit|etc/denyinit|usr/bin/denyinit)") | not);
def is_ours: .readOnly == true and (has("subPath") or has("subPathExpr") | not) and
	.mountPath == {"denyinit": "/denyinit", "denyinit-policy": "/etc/denyinit"}[.name];
def containers: .spec.containers[], ((.spec.initContainers // [])[] | select(copies | not));
def execs: .livenessProbe, .readinessProbe, .startupProbe, .lifecycle?.preStop, .lifecycle?.postStart | .exec?.command | values;
def first: (.command // [])[0] // "";
def mounts(name): any((.volumeMounts // [])[]; .name == name);

def findings:
	(select(any(containers; (.command // []) != [] and (.command | begins | not))) |
		"a container's command does not begin with denyinit"),
	(select(any(containers; (of(hardened) | not) and
			(first == "" or first == "/usr/bin/denyinit" or any(execs; .[0] | startswith("/usr/bin/denyinit"))))) |
		"a container relies on its image for denyinit, and the image is not one that is known to have it"),
	(select(any(containers; first == "/denyinit/denyinit" and (mounts("denyinit") and mounts("denyinit-policy") | not))) |
		"a container's denyinit or policy is from a volume that it does not mount"),
	(select(any(containers | (.volumeMounts // [])[];
			if .name == "denyinit" or .name == "denyinit-policy" then is_ours else .mountPath | is_place end | not)) |
		"a volume is mounted over denyinit or its policy"),
	(select(any((.spec.volumes // [])[]; .name == "denyinit" and (has("emptyDir") | not) or
			.name == "denyinit-policy" and (has("configMap") | not))) |
		"the volume denyinit is no emptyDir, or denyinit-policy no ConfigMap"),
	(select(any(containers | execs; .[0] != "/denyinit/denyinit-selftest" and .[0] != "/usr/bin/denyinit-selftest" and
			(begins | not))) |
		"a program of a probe or hook runs outside of the filter"),
	(select((.spec.ephemeralContainers // []) != []) | "a debug container is not under denyinit");

.items[] | "\(.metadata.namespace)/\(.metadata.name): \(findings)"
