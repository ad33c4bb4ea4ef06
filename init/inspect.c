/* SPDX-License-Identifier: MIT */
#include "init/inspect.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "init/abis.h"
#include "init/message.h"
#include "init/print.h"
#include "init/protect.h"

int inspect_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	warn("cannot write to stdout: %s", strerror(errno));
	return MESSAGE_REFUSED;
}

/* What of the mount API the policy leaves open, and not knowingly. */
static void find_unmentioned(const struct policy *policy, const struct policy *observed, struct findings *findings)
{
	char names[200];

	if (policy_unmentioned(policy, observed, &filter_calls, names, sizeof names) > 0)
		findings_advise(findings, SEVERITY_ERROR, 0,
		                &(struct advice){.kind = "mount-forgotten", .write = "@mount = deny"},
		                "part of the mount API is neither denied nor left open by a line of its own: %s: write "
		                "`@mount = deny` in [deny]",
		                names);
}

static const struct rule *last_rule(const struct policy *native, uint32_t arch, uint32_t nr)
{
	const struct policy *policy = native;
	const struct rule *last = NULL;
	enum other_abi abi;

	if (abis_of(arch, nr, &abi))
		policy = native->other[abi];
	if (!policy)
		return NULL;

	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			last = &policy->rules[i];
	return last;
}

/* Whether that is all that is wrong: then it is told at the call's last line. */
static bool told_complexity(struct loaded *loaded, const struct report *report)
{
	const struct rule *rule =
	    report->too_complex ? last_rule(&loaded->policy, report->wrong_arch, report->wrong_nr) : NULL;

	if (report->too_complex && !rule)
		rule = last_rule(&loaded->observed, report->wrong_arch, report->wrong_nr);
	if (!rule)
		return false;
	findings_add(&loaded->findings, SEVERITY_ERROR, rule->line,
	             "too many conditions on `%s` for the self-test, which tries every way through them: join fewer by "
	             "`and`, write fewer lines for it, or deny the whole call",
	             rule->name[0] ? rule->name : "this number");
	return true;
}

int inspect_check(struct loaded *loaded, const char *path, bool json, struct report *scratch)
{
	struct findings *findings = &loaded->findings;
	char why[REFUSAL_MAX];
	bool sound = loaded_read(loaded, path, SEVERITY_WARNING);

	if (loaded->parsed) /* also where `strict` finds fault with it */
		find_unmentioned(&loaded->policy, &loaded->observed, findings);
	if (sound) {
		scratch->too_complex = false;
		if ((!loaded_compile(loaded, why) || !protect_rehearse(loaded, false, scratch, why)) &&
		    !told_complexity(loaded, scratch))
			findings_add_refusal(findings, path, why);
	}
	findings_sort(findings);
	if (json)
		print_findings_json(stdout, findings, path);
	else
		print_findings(stdout, findings, path);
	if (!json && findings->errors == 0)
		printf("%s: sound: %zu rules, %zu instructions, sha256 %s\n", path, loaded->policy.nrules,
		       loaded->program.length, loaded_digest(loaded));
	if (inspect_flush())
		return MESSAGE_REFUSED;
	return findings->errors > 0 ? 1 : 0;
}

int inspect_print(struct loaded *loaded, const char *path)
{
	if (!loaded_read(loaded, path, SEVERITY_WARNING)) {
		print_findings(stderr, &loaded->findings, path);
		return 1;
	}
	print_policy(stdout, &loaded->policy, path);
	print_others(stdout, &loaded->policy, path);
	print_observed(stdout, &loaded->policy, &loaded->observed, path);
	return inspect_flush();
}

int inspect_hand_over(const char *program, char *const argv[], const char *done)
{
	/* By the path that execve(2) was given: no /proc is needed, and no PATH believed. */
	const char *self =
	    (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr): that is what it is */
	const char *slash = self ? strrchr(self, '/') : NULL;
	char path[PATH_MAX];
	int length =
	    snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash + 1 - self) : 0, slash ? self : "", program);

	if (length < 0 || (size_t)length >= sizeof path)
		errno = ENAMETOOLONG;
	else
		(void)execv(path, argv);
	warn(
	    "cannot start %s: %s: it is that program which does this, and it is to be in denyinit's folder (a start does "
	    "without it). Nothing %s (125).",
	    path, strerror(errno), done);
	return MESSAGE_REFUSED;
}
