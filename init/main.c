/* SPDX-License-Identifier: MIT */
/*
 * denyinit: the stages in order, and the only place that exits.
 *
 *   argv -> options -> policy -> program -> installed -> report -> the entrypoint
 *
 * The order has its reasons. Everything that can be wrong with words (options, policy, the command's file) is found
 * before anything is done to this process. Descriptors are closed before the filter, so that nothing made earlier is
 * of use behind it. The judge opens before the policy is loaded and closes after. The report is written last, when all
 * is known, and then there is one step left.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "init/filter.h"
#include "init/findings.h"
#include "init/install.h"
#include "init/launch.h"
#include "init/names.h"
#include "init/options.h"
#include "init/policy.h"
#include "init/policy_file.h"
#include "init/print.h"
#include "init/refusal.h"
#include "init/sha256.h"
#include "selftest/report.h"
#include "selftest/trial.h"

#define REFUSED 125

/* Large, and one of each: not on the stack. */
static char policy_text[POLICY_BYTES_MAX];
static struct findings findings;
static struct policy policy;
static struct program program;
static struct report report;
static struct trial_rule trial_rules[POLICY_RULES_MAX];
static struct trial_allow trial_allows[POLICY_RULES_MAX];

/* ---- messages ---- */

/* One line to stderr in one write; control bytes of names that come from outside are escaped. */
static void say(const char *format, va_list arguments, const char *ending)
{
	char raw[1024], line[2048] = "denyinit: ";
	size_t used = strlen(line);

	vsnprintf(raw, sizeof raw, format, arguments);
	for (const unsigned char *c = (const unsigned char *)raw; *c && used < sizeof line - 64; c++) {
		if (*c < 0x20 || *c == 0x7f)
			used += (size_t)snprintf(line + used, 8, "\\x%02x", *c);
		else
			line[used++] = (char)*c;
	}
	used += (size_t)snprintf(line + used, sizeof line - used, "%s\n", ending);
	while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
		; /* there is nobody to tell that stderr cannot be written */
}

__attribute__((format(printf, 1, 2))) static void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, "");
	va_end(arguments);
}

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, ". Not starting (125).");
	va_end(arguments);
	return REFUSED;
}

/* ---- the policy ---- */

struct source {
	const char *path;
	size_t length; /* of policy_text */
	char sha256[SHA256_HEX];
};

/* Reads, parses, and leaves what it finds in findings. True: policy is complete. */
static bool read_policy(const struct options *options, struct source *source)
{
	enum severity own = options->command == COMMAND_RUN ? SEVERITY_ERROR : SEVERITY_WARNING;
	const char *path = options->policy_path;
	bool sound;

	source->path = path;
	sound = policy_file_load(path, policy_text, sizeof policy_text, &source->length, own, &findings);
	if (sound || source->length > 0) {
		sha256_hex(policy_text, source->length, source->sha256);
		sound = policy_parse(policy_text, source->length, &filter_calls, &policy, &findings) && sound;
	}
	findings_sort(&findings);
	return sound && findings.errors == 0;
}

/* All of them, a line each, to stderr. */
static void tell_findings(const char *path)
{
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *f = &findings.item[i];
		const char *kind = f->severity == SEVERITY_WARNING ? "warning: " : "";

		if (f->line > 0)
			warn("%s:%u: %s%s", path, f->line, kind, f->text);
		else
			warn("%s: %s%s", path, kind, f->text);
	}
}

static int refuse_policy(const char *path)
{
	if (findings.count == 1 && findings.item[0].line > 0)
		return refuse("%s:%u: %s", path, findings.item[0].line, findings.item[0].text);
	if (findings.count == 1)
		return refuse("%s: %s", path, findings.item[0].text);
	tell_findings(path);
	return refuse("%s has %zu error%s, told above", path, findings.errors, findings.errors == 1 ? "" : "s");
}

static enum filter_step compile(const char *path, char text[REFUSAL_MAX])
{
	size_t rule = 0;
	int error = 0;
	enum filter_step step = filter_compile(&policy, &program, &rule, &error);

	refusal_of_filter(text, step, &policy, rule, error, path);
	return step;
}

/* ---- what starts nothing ---- */

static int finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	warn("cannot write to stdout: %s", strerror(errno));
	return REFUSED;
}

static bool denied_always(uint32_t nr)
{
	for (size_t i = 0; i < policy.nrules; i++)
		if (policy.rules[i].nr == nr && policy.rules[i].arg < 0)
			return true;
	return false;
}

/* What of the mount API the policy leaves open knowingly. */
static void find_left_open(void)
{
	for (size_t i = 0; i < policy.nallows; i++)
		if (names_is_mount_call(policy.allows[i].name))
			findings_add(&findings, SEVERITY_WARNING, policy.allows[i].line,
			             "`%s` of the mount API is left open: the report will say PARTIAL at every start",
			             policy.allows[i].name);
	for (size_t i = 0; i < policy.nrules; i++)
		if (names_is_mount_call(policy.rules[i].name) && !denied_always(policy.rules[i].nr))
			findings_add(&findings, SEVERITY_WARNING, policy.rules[i].line,
			             "`%s` of the mount API is left open for other arguments: the report will say PARTIAL at "
			             "every start",
			             policy.rules[i].name);
}

static int check(const struct options *options)
{
	struct source source = {0};
	bool sound = read_policy(options, &source);
	char text[REFUSAL_MAX], names[200];
	int status;

	if (sound && policy_unmentioned(&policy, &filter_calls, names, sizeof names) > 0)
		findings_add(&findings, SEVERITY_ERROR, 0, "part of the mount API is neither denied nor left open by a line "
		             "of its own: %s: write `@mount = deny` in [deny]", names);
	if (sound && compile(source.path, text) != FILTER_OK)
		findings_add(&findings, SEVERITY_ERROR, 0, "%s", text);
	if (sound)
		find_left_open();
	findings_sort(&findings);
	if (options->json)
		print_findings_json(stdout, &findings, source.path);
	else
		print_findings(stdout, &findings, source.path);
	status = findings.errors > 0 ? 1 : 0;
	if (!options->json && status == 0)
		printf("%s: sound: %zu rules, %zu instructions, sha256 %s\n", source.path, policy.nrules, program.length,
		       source.sha256);
	return finish_output() ? REFUSED : status;
}

static int print(const struct options *options)
{
	struct source source = {0};

	if (!read_policy(options, &source)) {
		print_findings(stderr, &findings, source.path);
		return 1;
	}
	print_policy(stdout, &policy, source.path);
	return finish_output();
}

/* ---- the proof ---- */

static struct trial_input trial_input(bool no_new_privs)
{
	for (size_t i = 0; i < policy.nrules; i++) {
		const struct rule *r = &policy.rules[i];

		trial_rules[i] = (struct trial_rule){
		    .name = r->name[0] ? r->name : NULL,
		    .nr = r->nr,
		    .action = r->action == ACTION_KILL ? TRIAL_KILL : TRIAL_ERRNO,
		    .errnum = r->errnum,
		    .arg = r->arg,
		    .wide = r->wide,
		    .mask = r->mask,
		    .line = r->line,
		};
	}
	for (size_t i = 0; i < policy.nallows; i++)
		trial_allows[i] = (struct trial_allow){policy.allows[i].name, policy.allows[i].line};
	return (struct trial_input){
	    .rules = trial_rules,
	    .nrules = policy.nrules,
	    .allows = trial_allows,
	    .nallows = policy.nallows,
	    .ceiling = POLICY_CEILING,
	    .above = policy.newer_enosys ? ENOSYS : 0,
	    .no_new_privs = no_new_privs,
	};
}

/*
 * no_new_privs, the judge's first round, the policy, the judge's second round. True: *report is the judge's. False: it
 * could not come to that, text says why.
 */
static bool protect(const char *path, char text[REFUSAL_MAX])
{
	const struct sock_fprog fprog = {.len = (unsigned short)program.length, .filter = program.filter};
	struct trial_input input;
	struct trial *trial;
	enum trial_step step;
	bool no_new_privs = false;
	long detail = 0;
	int error = install_no_new_privs(policy.no_new_privs, &no_new_privs);

	if (error) {
		snprintf(text, REFUSAL_MAX, "cannot set no_new_privs: %s: an outer filter forbids prctl(2) or only pretends: "
		         "allow it in the container runtime's profile", strerror(error));
		return false;
	}
	input = trial_input(no_new_privs);
	step = trial_open(&input, &trial, &detail);
	if (step != TRIAL_OK) {
		refusal_of_trial(text, step, detail, &policy, path, install_why((int)detail));
		return false;
	}
	error = install_program(&fprog, policy.log);
	if (error) {
		snprintf(text, REFUSAL_MAX, "cannot load the policy's filter: %s: %s%s", strerror(error), install_why(error),
		         policy.log ? "; `log = yes` needs Linux 4.14 and no sandbox" : "");
		return false;
	}
	trial_close(trial, &fprog, &report);
	return true;
}

/* ---- the report ---- */

static void (*const report_writers[])(FILE *, const struct report *, const struct report_frame *) = {
    [REPORT_TEXT] = report_text, [REPORT_FULL] = report_full, [REPORT_JSON] = report_json, [REPORT_OFF] = NULL};

/* In one write where the kernel takes it whole. 0 or an errno value. */
static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_report(enum report_form form, const struct report_frame *frame)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *out;
	int error;

	if (!report_writers[form])
		return 0;
	out = open_memstream(&bytes, &length);
	if (!out)
		return errno;
	report_writers[form](out, &report, frame);
	error = fclose(out) == 0 ? write_all(policy.report_to_stderr ? STDERR_FILENO : STDOUT_FILENO, bytes, length)
	                         : ENOMEM;
	free(bytes);
	return error;
}

static long microseconds_since(const struct timespec *from)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (now.tv_sec - from->tv_sec) * 1000000L + (now.tv_nsec - from->tv_nsec) / 1000;
}

/* ---- all stages ---- */

/* The file was found beforehand: what else execve(2) can mean. */
static const char *hint(int error)
{
	switch (error) {
	case ENOENT: return ": the file is there: its #! interpreter or its dynamic loader is not";
	case ENOEXEC: return ": neither a program for this machine nor a script that begins with #!";
	default: return "";
	}
}

static int run(const struct options *options, const struct timespec *started)
{
	const enum on_failure *on_failure = &policy.on_failure;
	struct report_frame frame = {.logger = "denyinit", .version = DENYINIT_VERSION, .exec = options->words[0]};
	struct source source = {0};
	struct utsname machine;
	char file[PATH_MAX], text[REFUSAL_MAX] = "", library[16];
	struct timespec now;
	struct sigaction signals[LAUNCH_IGNORED];
	const char *foreign;
	bool held, failed;
	int error, status;

	if (!read_policy(options, &source))
		return refuse_policy(source.path);
	tell_findings(source.path);
	if (options->has_report)
		policy.report = options->report;
	if (options->has_on_failure)
		policy.on_failure = options->on_failure;

	status = launch_resolve(options->words[0], getenv("PATH"), file, &error);
	if (status) {
		warn("cannot run `%s`: %s%s (%d)", options->words[0], strerror(error),
		     strchr(options->words[0], '/') ? "" : ": looked for in PATH", status);
		return status;
	}
	foreign = launch_foreign_abi(file);
	if (foreign)
		return refuse("%s is a program of the %s ABI, or a script for one: with `other-abis = kill` its first call would "
		              "be its last; use an x86_64 build of it", file, foreign);
	error = launch_ignore_signals(signals);
	if (error)
		return refuse("cannot ignore SIGPIPE: %s: an outer filter forbids rt_sigaction(2)", strerror(error));
	if (compile(source.path, text) != FILTER_OK)
		return refuse("%s", text);
	error = launch_close_descriptors(policy.keep_fds, &frame.closed_fds);
	if (error)
		return refuse("cannot close inherited descriptors: %s: mount /proc, or lower RLIMIT_NOFILE", strerror(error));

	held = protect(source.path, text);
	if (!held) {
		report = (struct report){.outcome = OUTCOME_FAIL, .reason = REASON_NOT_STARTED, .evaluation = WITNESS_FAILED,
		                         .canary = WITNESS_FAILED, .kernel = WITNESS_FAILED, .own_filters = -1,
		                         .outer_filters = -1, .no_new_privs = -1};
		frame.note = text;
	} else if (report.outcome == OUTCOME_FAIL) {
		refusal_of_report(text, &report, source.path);
	}
	failed = report.outcome == OUTCOME_FAIL;

	frame.policy_path = source.path;
	frame.sha256 = source.sha256;
	frame.rules = policy.nrules;
	frame.absent = policy.nabsent;
	frame.warnings = findings.warnings;
	frame.libseccomp = filter_library_version(library, sizeof library);
	if (uname(&machine) == 0) {
		frame.kernel = machine.release;
		frame.arch = machine.machine;
	}
	frame.pid = getpid();
	frame.uid = getuid();
	if (clock_gettime(CLOCK_REALTIME, &now) == 0)
		frame.time = now.tv_sec;
	frame.exit = failed && *on_failure == ON_FAILURE_REFUSE ? REFUSED : 0;
	frame.took_us = microseconds_since(started);
	error = write_report(policy.report, &frame);
	if (error && policy.report_required)
		return refuse("the report could not be written to %s: %s, and the policy has `report-required = yes`",
		              policy.report_to_stderr ? "stderr" : "stdout", strerror(error));
	if (error)
		warn("the report could not be written to %s: %s; starting all the same (`report-required = yes` would not)",
		     policy.report_to_stderr ? "stderr" : "stdout", strerror(error));

	if (failed && *on_failure == ON_FAILURE_REFUSE)
		return refuse("%s", text);
	if (failed)
		warn("%s. Starting %s UNPROTECTED: on-failure = warn", text, options->words[0]);

	error = launch_restore_signals(signals);
	if (error)
		return refuse("cannot restore SIGPIPE: %s", strerror(error));
	status = launch(file, options->words, &error);
	warn("cannot run `%s`: %s%s (%d)", file, strerror(error), hint(error), status);
	return status;
}

int main(int argc, char **argv)
{
	struct timespec started = {0};
	struct options options;
	char error[OPTIONS_ERROR_MAX];

	(void)clock_gettime(CLOCK_MONOTONIC, &started); /* only for took= */
	if (!options_parse(argc, argv, getenv("DENYINIT_REPORT"), &options, error))
		return refuse("%s", error);
	switch (options.command) {
	case COMMAND_CHECK: return check(&options);
	case COMMAND_PRINT: return print(&options);
	case COMMAND_SELFTEST: return trial_command(options.nwords, options.words);
	case COMMAND_HELP: (void)fputs(options_help, stdout); return finish_output();
	case COMMAND_VERSION:
		(void)printf("denyinit %s (libseccomp %s)\n", DENYINIT_VERSION, filter_library_version(error, sizeof error));
		return finish_output();
	case COMMAND_RUN: break;
	}
	return run(&options, &started);
}
