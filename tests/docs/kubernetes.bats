#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/kubernetes.md and its manifests: they parse, hang together, and name what denyinit has; the rule that finds pods
# which pass denyinit by, in its form for jq, finds them. (Nothing here is a cluster.)
# shellcheck disable=SC2016,SC2030,SC2031 # dollar signs are jq's; each test has a shell
load common

page=docs/kubernetes.md
folder=docs/kubernetes

# All documents of all manifests, one a line.
setup_file() { yq -c . "$folder"/*.yaml >"$BATS_FILE_TMPDIR/manifests"; }
manifests() { cat "$BATS_FILE_TMPDIR/manifests"; }

@test "the manifests parse, each has what every object has, and no key twice" {
	local count
	count=$(manifests | jq -c 'select((.apiVersion | type) == "string" and (.kind | type) == "string" and
		(.metadata.name | test("^[a-z0-9-]+$")))' | wc -l)
	[ "$count" = 6 ]
	[ "$(manifests | wc -l)" = "$count" ]
	! grep -nP '\t' "$folder"/*.yaml || false
	same kinds 6 "$(manifests | jq -r .kind)" \
		$'ConfigMap\nDeployment\nJob\nValidatingAdmissionPolicy\nValidatingAdmissionPolicyBinding\nValidatingPolicy'
	# Of two keys of one name a YAML reader takes the last: written again, nothing is missing.
	local file
	for file in "$folder"/*.yaml; do
		/usr/bin/python3 - "$file" <<-'END'
			import sys, yaml
			class Strict(yaml.SafeLoader):
			    def construct_mapping(self, node, deep=False):
			        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != 'tag:yaml.org,2002:merge']
			        assert len(keys) == len(set(keys)), f'{sys.argv[1]}: a key twice: {keys}'
			        return super().construct_mapping(node, deep)
			assert list(yaml.load_all(open(sys.argv[1]), Strict))
		END
	done
}

@test "names that refer to each other do: labels, volumes, ports, containers, the policy's binding" {
	manifests | jq -es '.[] | select(.kind == "Deployment").spec | .selector.matchLabels == .template.metadata.labels' >/dev/null
	manifests | jq -es '.[] | select(.kind == "Deployment").spec.template.spec |
		([.volumes[].name] | sort) == ([(.containers + .initContainers)[].volumeMounts[].name] | unique) and
		(.containers[0] | .readinessProbe.httpGet.port == .ports[0].name and .livenessProbe.httpGet.port == .ports[0].name)' >/dev/null
	manifests | jq -es '.[] | select(.kind == "Job").spec |
		.podFailurePolicy.rules[0].onExitCodes.containerName == .template.spec.containers[0].name and
		.podFailurePolicy.rules[0].onExitCodes.values == [125, 126, 127] and .template.spec.restartPolicy == "Never"' >/dev/null
	[ "$(manifests | jq -r 'select(.kind == "ValidatingAdmissionPolicyBinding").spec.policyName')" = \
		"$(manifests | jq -r 'select(.kind == "ValidatingAdmissionPolicy").metadata.name')" ]
	[ "$(manifests | jq -r 'select(.kind == "Deployment").spec.template.spec.volumes[] | select(.name == "denyinit-policy").configMap.name')" = \
		"$(manifests | jq -r 'select(.kind == "ConfigMap").metadata.name')" ]
}

@test "each container gives up what it can, and only the init container may write to the programs" {
	[ "$(manifests | jq -c '.spec.template.spec? | select(.) | .securityContext as $pod | (.containers + (.initContainers // []))[] |
		.securityContext | select($pod.runAsNonRoot and $pod.runAsUser > 0 and $pod.seccompProfile.type == "RuntimeDefault" and
			.allowPrivilegeEscalation == false and .readOnlyRootFilesystem and .capabilities.drop == ["ALL"])' | wc -l)" = 3 ]
	manifests | jq -es '.[] | select(.kind == "Deployment").spec.template.spec |
		(.containers[].volumeMounts[] | select(.name == "denyinit").readOnly) and
		(.initContainers[0].volumeMounts[0] | .name == "denyinit" and (has("readOnly") | not))' >/dev/null
}

@test "the policy is sound, the commands are denyinit's, and what is copied is what is run" {
	manifests | jq -r 'select(.kind == "ConfigMap").data["denyinit.ini"]' >"$BATS_TEST_TMPDIR/denyinit.ini"
	chmod 0444 "$BATS_TEST_TMPDIR/denyinit.ini"
	sound ConfigMap "$BATS_TEST_TMPDIR/denyinit.ini"
	[[ $output != *warning* ]]
	local words
	mapfile -t words < <(manifests | jq -r 'select(.kind == "Deployment").spec.template.spec.containers[0].command[1:-1][]')
	[ "${words[*]}" = '-c /etc/denyinit/denyinit.ini --' ]
	run "$denyinit" -c "$BATS_TEST_TMPDIR/denyinit.ini" "${words[@]:2}" echo started
	[ "$status" = 0 ] && [ "${lines[1]}" = started ]
	[ "$(jq -r .verdict <<<"${lines[0]}")" = PASS ]
	# The probe's words: this process is under no denyinit, so they say no, and are understood.
	mapfile -t words < <(manifests | jq -r 'select(.kind == "Deployment").spec.template.spec.containers[0].startupProbe.exec.command[]')
	run "$selftest" "${words[@]:1}"
	[ "$status" = 1 ] && [[ $output == *'NO '* ]]
	same copied 2 "$(sed -n 's/^ENTRYPOINT //p' "$folder/Dockerfile" | jq -r '.[1:-1][] | sub(".*/"; "/denyinit/")')" \
		"$(manifests | jq -r 'select(.kind == "Deployment").spec.template.spec.containers[0] | .command[0], .startupProbe.exec.command[0]')"
	grep -q '^.It Pa /dev/termination-log$' man/denyinit.8
}

# pods: the list of tests/docs/kubernetes_pods as `kubectl get pods -o json` has it, each named by its number, in
# $BATS_TEST_TMPDIR/pods; what is to be found in them, in $BATS_TEST_TMPDIR/wanted; how many they are, in $count.
pods() {
	local change messages program='' message
	count=0
	: >"$BATS_TEST_TMPDIR/wanted"
	while IFS= read -r change; do
		messages=${change##*|} change=${change%|*}
		count=$((count + 1))
		program+=", (${change//APP/.spec.containers[0]} | .metadata.name = \"$count\")"
		while [ "$messages" != - ]; do
			message=${messages%%; *}
			echo "web/$count: $message" >>"$BATS_TEST_TMPDIR/wanted"
			[ "$message" != "$messages" ] || break
			messages=${messages#*; }
		done
	done < <(grep -v '^#' tests/docs/kubernetes_pods)
	manifests | jq -c 'select(.kind == "Deployment").spec.template | .metadata.namespace = "web"' |
		jq "{items: [${program#, }]}" >"$BATS_TEST_TMPDIR/pods"
	[ "$count" = 55 ]
}

@test "pods that pass denyinit by are found, each by its rule; others are not" {
	pods
	jq -r -f "$folder/bypass.jq" "$BATS_TEST_TMPDIR/pods" >"$BATS_TEST_TMPDIR/found"
	diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/found"
	grep -q "on $count pods" "$page"
	grep -q "same $count pods" "$page"
}

# The engine is npm's @bufbuild/cel, which is fetched for this alone: not in the normal run.
@test "the admission rule's own CEL, and Kyverno's, finds the same pods (DENYINIT_FULL=1)" {
	[ "${DENYINIT_FULL:-}" = 1 ] || return 0
	command -v npm >/dev/null || deps/install docs-full
	pods
	mkdir -p build/cel
	cp tests/docs/cel/package*.json build/cel
	npm ci --prefix build/cel --ignore-scripts --no-audit --no-fund
	local kind
	for kind in ValidatingAdmissionPolicy ValidatingPolicy; do
		manifests | jq --arg kind "$kind" 'select(.kind == $kind)' >"$BATS_TEST_TMPDIR/policy"
		node tests/docs/cel/evaluate.js "$BATS_TEST_TMPDIR/policy" "$BATS_TEST_TMPDIR/pods" "$PWD/build/cel/node_modules" \
			>"$BATS_TEST_TMPDIR/found"
		diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/found"
	done
}

@test "Kyverno's rule is the admission rule, word for word" {
	local part
	for part in .variables .validations .matchConstraints.resourceRules; do
		[ "$(manifests | jq -c "select(.kind == \"ValidatingPolicy\").spec$part")" = \
			"$(manifests | jq -c "select(.kind == \"ValidatingAdmissionPolicy\").spec$part")" ]
	done
	[ "$(manifests | jq -c 'select(.kind == "ValidatingPolicy").spec.matchConstraints.namespaceSelector')" = \
		"$(manifests | jq -c 'select(.kind == "ValidatingAdmissionPolicyBinding").spec.matchResources.namespaceSelector')" ]
}

@test "the page has each file, and its query for the reasons reads what kubectl prints" {
	same files 6 "$(ls "$folder")" "$(sed -n 's/^| \[\([A-Za-z.]*\)\](kubernetes\/\1) | .*/\1/p' "$page")"
	local query
	query=$(sed -n "/get pods -o json | jq -r '/,/'\$/p" "$page" | sed "1s/.*jq -r '//; \$s/'\$//")
	[ -n "$query" ]
	run jq -r "$query" <<-'END'
		{"items": [
			{"metadata": {"name": "waits"}, "status": {}},
			{"metadata": {"name": "runs"}, "status": {"containerStatuses": [{"state": {"running": {}}, "lastState": {}}]}},
			{"metadata": {"name": "exits"}, "status": {"containerStatuses": [{"state": {"terminated": {"exitCode": 1}}, "lastState": {}}]}},
			{"metadata": {"name": "refused"}, "status": {"containerStatuses": [{"state": {"waiting": {}},
				"lastState": {"terminated": {"exitCode": 125, "message": "denyinit: why. Not starting (125).\n"}}}]}}]}
	END
	[ "$status" = 0 ] && [ "${lines[*]}" = 'refused: denyinit: why. Not starting (125).' ]
}

@test "the rule for jq and the one for admission have the same messages, lists and patterns" {
	local policy name
	policy=$(manifests | jq -c 'select(.kind == "ValidatingAdmissionPolicy").spec')
	same messages 7 "$(jq -r '.validations[].message' <<<"$policy")" \
		"$(grep -oE '"(a|the) [^"]{20,}"' "$folder/bypass.jq" | tr -d '"')"
	for name in hardened copiers beginnings; do
		[ "$(jq -r --arg name "$name" '.variables[] | select(.name == $name).expression' <<<"$policy" | tr "'" '"' | jq -c .)" = \
			"$(sed -n "s/^def $name: \(.*\);$/\1/p" "$folder/bypass.jq" | jq -c .)" ]
	done
	same patterns 2 "$(jq -r '.validations[].expression' <<<"$policy" | grep -oE "matches\('[^']*'" | sed "s/matches('//; s/'$//")" \
		"$(grep -oE 'test\("[^"]*"' "$folder/bypass.jq" | sed 's/test("//; s/"$//')"
	# What a variable is called by is there.
	for name in $(jq -r '.variables[].expression, .validations[].expression' <<<"$policy" | grep -oE 'variables\.[A-Za-z]+' | sort -u); do
		jq -e --arg name "${name#*.}" 'any(.variables[]; .name == $name)' <<<"$policy" >/dev/null
	done
	[ "$(jq -r '.variables[].expression, .validations[].expression' <<<"$policy" | tr -cd '(' | wc -c)" = \
		"$(jq -r '.variables[].expression, .validations[].expression' <<<"$policy" | tr -cd ')' | wc -c)" ]
}
