// SPDX-License-Identifier: MIT
// evaluate.js POLICY PODS NODE_MODULES: what a ValidatingAdmissionPolicy (or Kyverno's ValidatingPolicy) finds in each pod
// of a list, by its own CEL: a line NAMESPACE/POD: MESSAGE for each validation that is false, as bypass.jq has them. What
// is an error in CEL is an error here.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [policyFile, podsFile, modules] = process.argv.slice(2);
const { run, isCelError } = createRequire(modules + '/')('@bufbuild/cel');
const { spec } = JSON.parse(readFileSync(policyFile));
const { items } = JSON.parse(readFileSync(podsFile));

function evaluate(what, expression, scope) {
	const value = run(expression, scope);
	if (isCelError(value)) {
		throw new Error(`${what}: ${value.message}`);
	}
	return value;
}

for (const object of items) {
	const variables = {};
	for (const { name, expression } of spec.variables) {
		variables[name] = evaluate(name, expression, { object, variables });
	}
	for (const { message, expression } of spec.validations) {
		const holds = evaluate(message, expression, { object, variables });
		if (typeof holds !== 'boolean') {
			throw new Error(`${message}: not a boolean`);
		}
		if (!holds) {
			console.log(`${object.metadata.namespace}/${object.metadata.name}: ${message}`);
		}
	}
}
