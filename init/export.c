/* SPDX-License-Identifier: MIT */
#include "init/export.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/arch.h"
#include "init/inspect.h"
#include "init/merge.h"
#include "init/message.h"
#include "init/print.h"
#include "init/protect.h"

#define BASE_BYTES_MAX 262144u /* Docker's default has 16 KiB */

#define ERRNO_NOSYS 38u

/* ---- the policy ---- */

/* As at a start: what denyinit would refuse is not handed to anybody else either. */
static bool load(struct loaded *loaded, const char *path, struct report *scratch)
{
	struct findings *findings = &loaded->findings;
	char names[200], why[REFUSAL_MAX];

	if (!loaded_read(loaded, path, SEVERITY_WARNING))
		return false;
	if (policy_unmentioned(&loaded->policy, &loaded->observed, &filter_calls, names, sizeof names) > 0)
		findings_add(findings, SEVERITY_ERROR, 0,
		             "part of the mount API is neither denied nor left open by a line of its own: %s: write "
		             "`@mount = deny` in [deny]",
		             names);
	else if (!loaded_compile(loaded, why) || !protect_rehearse(loaded, true, scratch, why))
		findings_add_refusal(findings, path, why);
	if (loaded->observed.nrules > 0)
		findings_add(findings, SEVERITY_WARNING, loaded->observed.rules[0].line,
		             "[observe]: nobody would be told: what it has is let through");
	return findings->errors == 0;
}

static int refuse_export(const struct loaded *loaded)
{
	print_findings(stderr, &loaded->findings, loaded->path);
	warn("nothing exported");
	return 1;
}

/* ---- stdout ---- */

static int write_out(const void *bytes, size_t length)
{
	(void)fwrite(bytes, 1, length, stdout);
	return inspect_flush();
}

int export_program(struct loaded *loaded, const char *path, struct report *scratch)
{
	if (isatty(STDOUT_FILENO)) {
		warn("a program is no text for a terminal: send stdout to a file. Nothing exported (125).");
		return MESSAGE_REFUSED;
	}
	if (!load(loaded, path, scratch))
		return refuse_export(loaded);
	print_findings(stderr, &loaded->findings, path);
	return write_out(loaded->program.filter, loaded->program.length * sizeof loaded->program.filter[0]);
}

/* ---- a profile by itself ---- */

static bool has_rule(const struct policy *policy, uint32_t nr)
{
	for (size_t i = 0; i < policy->nrules; i++)
		if (policy->rules[i].nr == nr)
			return true;
	return false;
}

/* Numbers that no call has get ENOSYS of an allow list, as they get of the kernel. False: no room. */
static bool add_gaps(struct policy *policy)
{
	for (uint32_t nr = 0; nr <= POLICY_CEILING; nr++) {
		size_t place = policy->nrules;

		if (filter_calls.name(nr) || has_rule(policy, nr))
			continue;
		if (policy->nrules == POLICY_RULES_MAX)
			return false;
		for (; place > 0 && policy->rules[place - 1].nr > nr; place--)
			policy->rules[place] = policy->rules[place - 1];
		policy->rules[place] = (struct rule){.nr = nr, .action = ACTION_ERRNO, .errnum = ERRNO_NOSYS};
		policy->nrules++;
	}
	return true;
}

/*
 * The number -1 is no call, but what a tracer writes to have one skipped. denyinit lets it through; an allow list, as
 * Docker's own, answers ENOSYS, as the kernel does afterwards. The judge is not asked about that. False: no room.
 */
static bool except_no_call(struct program *program)
{
	static const struct sock_filter before[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_AUDIT, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const size_t count = sizeof before / sizeof *before;

	if (program->length > PROGRAM_MAX - count)
		return false;
	memmove(program->filter + count, program->filter, program->length * sizeof program->filter[0]);
	memcpy(program->filter, before, sizeof before);
	program->length += count;
	return true;
}

/*
 * The judge is asked of the program that a runtime would make of the profile, as it is asked of denyinit's own: a
 * profile that libseccomp makes something else of is not handed out.
 */
static bool prove(const struct loaded *loaded, const struct oci *oci, struct report *scratch, struct findings *findings)
{
	static struct loaded as_profile; /* large */
	char why[REFUSAL_MAX];
	size_t rule = 0;
	int error = 0;
	enum filter_step step = filter_compile_profile(oci, &as_profile.program, &rule, &error);

	if (step != FILTER_OK) {
		findings_add(findings, SEVERITY_ERROR, 0, "libseccomp does not take the profile: %s",
		             step == FILTER_TOO_LONG ? "it comes to too many instructions" : strerror(error));
		return false;
	}
	as_profile.path = loaded->path;
	as_profile.policy = loaded->policy;
	as_profile.policy.report_denials = false;
	if (loaded->policy.newer_enosys && (!add_gaps(&as_profile.policy) || !except_no_call(&as_profile.program))) {
		findings_add(findings, SEVERITY_ERROR, 0, "too many rules for the profile to be proven");
		return false;
	}
	if (protect_rehearse(&as_profile, true, scratch, why))
		return true;
	findings_add(findings, SEVERITY_ERROR, 0, "the profile, as libseccomp compiles it, would not be the policy: %s",
	             why);
	return false;
}

static bool write_profile(struct loaded *loaded, FILE *out, struct report *scratch)
{
	static struct oci oci; /* large */

	if (!oci_make(&loaded->policy, &filter_calls, &oci, &loaded->findings) ||
	    !prove(loaded, &oci, scratch, &loaded->findings))
		return false;
	oci_write(out, &oci, &filter_calls);
	return true;
}

/* ---- over a base ---- */

static char base_text[BASE_BYTES_MAX + 1];

/* 0 or an errno value. */
static int read_base(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error = 0;
	struct stat status;

	*length = 0;
	if (fd < 0)
		return errno;
	if (fstat(fd, &status) != 0)
		error = errno;
	else if (!S_ISREG(status.st_mode))
		error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
	while (!error && *length < sizeof base_text) {
		ssize_t n = read(fd, base_text + *length, sizeof base_text - *length);

		if (n == 0)
			break;
		if (n > 0)
			*length += (size_t)n;
		else if (errno != EINTR)
			error = errno;
	}
	(void)close(fd); /* read only: nothing to lose */
	return error ? error : *length == sizeof base_text ? EFBIG : 0;
}

static bool write_merged(struct loaded *loaded, const char *text, size_t length, FILE *out, struct findings *findings)
{
	static struct merge state; /* large */

	state.policy = &loaded->policy;
	state.calls = &filter_calls;
	state.policy_findings = &loaded->findings;
	state.base_findings = findings;
	return merge(&state, text, length, out);
}

int export_profile(struct loaded *loaded, const char *path, const char *base, struct report *scratch)
{
	static struct findings base_findings; /* large */
	size_t base_length = 0, length = 0;
	char *bytes = NULL;
	FILE *out;
	bool written;
	int status;

	if (base) {
		const int error = read_base(base, &base_length);

		if (error) {
			warn("%s: %s: it is to be a file with a seccomp profile, of at most 256 KiB. Nothing exported "
			     "(125).",
			     base, strerror(error));
			return MESSAGE_REFUSED;
		}
	}
	if (!load(loaded, path, scratch))
		return refuse_export(loaded);
	out = open_memstream(&bytes, &length);
	if (!out) {
		warn("no memory. Nothing exported (125).");
		return MESSAGE_REFUSED;
	}
	written = base ? write_merged(loaded, base_text, base_length, out, &base_findings)
	               : write_profile(loaded, out, scratch);
	if (fclose(out) != 0) {
		free(bytes);
		warn("no memory. Nothing exported (125).");
		return MESSAGE_REFUSED;
	}
	if (base)
		print_findings(stderr, &base_findings, base);
	if (!written || loaded->findings.errors > 0 || base_findings.errors > 0) {
		free(bytes);
		return refuse_export(loaded);
	}
	print_findings(stderr, &loaded->findings, path);
	status = write_out(bytes, length);
	free(bytes);
	return status;
}
