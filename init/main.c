/* SPDX-License-Identifier: MIT */
/*
 * denyinit: the stages in order, and the only place that exits.
 *
 *   argv -> options -> policy -> program -> installed -> report -> the entrypoint
 *
 * With mode = supervise the process divides before the filter: its child goes on so, and denyinit stays as the parent.
 *
 * The order has its reasons. Everything that can be wrong with words (options, policy, the command's file) is found
 * before anything is done to this process. Descriptors are closed before the filter, so that nothing made earlier is
 * of use behind it. The judge opens before the policy is loaded and closes after. The report is written last, when all
 * is known, and then there is one step left.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "init/arch.h"
#include "init/inspect.h"
#include "init/launch.h"
#include "init/listener.h"
#include "init/loaded.h"
#include "init/message.h"
#include "init/options.h"
#include "init/protect.h"
#include "init/stay.h"
#include "init/supervise.h"
#include "init/user.h"
#include "init/watch.h"
#include "selftest/report.h"
#include "selftest/trial.h"

/* Large: not on the stack. */
static struct loaded loaded;
static _Alignas(2048) struct report report; /* what is written of it in one page */
static struct watch watch;

/* All of them, a line each, to stderr. */
static void tell_findings(void)
{
	const char *path = loaded.path;

	for (size_t i = 0; i < loaded.findings.count; i++) {
		const struct finding *f = &loaded.findings.item[i];
		const char *kind = f->severity == SEVERITY_WARNING ? "warning: " : "";

		if (f->line > 0)
			warn("%s:%u: %s%s", path, f->line, kind, f->text);
		else
			warn("%s: %s%s", path, kind, f->text);
	}
}

static int refuse_policy(void)
{
	const struct findings *findings = &loaded.findings;
	const struct finding *first = &findings->item[0];

	if (findings->count == 1 && first->line > 0)
		return refuse("%s:%u: %s", loaded.path, first->line, first->text);
	if (findings->count == 1)
		return refuse("%s: %s", loaded.path, first->text);
	tell_findings();
	return refuse("%s has %zu error%s, told above", loaded.path, findings->errors,
	              findings->errors == 1 ? "" : "s");
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
		if (n <= 0) /* 0 is an outer filter's answer, and would be so for ever */
			return n < 0 ? errno : EIO;
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
	error = fclose(out) == 0
	            ? write_all(loaded.policy.report_to_stderr ? STDERR_FILENO : STDOUT_FILENO, bytes, length)
	            : ENOMEM;
	free(bytes);
	return error;
}

/*
 * When it all began. Not clock_gettime(3), whose first call looks for the vDSO in its image: that takes longer than the
 * system call, and a start without a report does not need it.
 */
static void note_beginning(struct timespec *began)
{
#ifdef SYS_clock_gettime /* elsewhere the number is of a call with 32-bit times */
	if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, began) == 0)
		return;
#endif
	(void)clock_gettime(CLOCK_MONOTONIC, began);
}

static long microseconds_since(const struct timespec *from)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (long)(now.tv_sec - from->tv_sec) * 1000000L + (now.tv_nsec - from->tv_nsec) / 1000;
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

/* What goes from stage to stage of a start. */
struct start {
	const struct options *options;
	struct timespec began;
	char file[PATH_MAX]; /* the entrypoint's */
	uint64_t mask;       /* of signals, as it was */
	struct sigaction signals[LAUNCH_SIGNALS];
	int closed_fds;
	struct form form;
	struct heard heard;
	const char *not_told; /* why denials or observed calls are not told, though asked for; NULL: they are */
	struct supervisor supervisor;
	char why[REFUSAL_MAX]; /* of a report that says FAIL */
	struct report_frame frame;
	struct utsname machine; /* what the frame points to */
	char library[16];
};

/* Each stage: 0, or the exit status, and the reason has been told. */

static int take_policy(struct start *start)
{
	char why[FINDING_TEXT];

	if (!loaded_read(&loaded, start->options->policy_path, SEVERITY_ERROR))
		return refuse_policy();
	tell_findings(); /* warnings */
	if (start->options->has_report)
		loaded.policy.report = start->options->report;
	if (start->options->has_on_failure)
		loaded.policy.on_failure = start->options->on_failure;
	if (start->options->supervise)
		loaded.policy.supervise = true;
	for (const char *const *pair = start->options->staying; *pair; pair++)
		if (!policy_set(&loaded.policy, *pair, why))
			return refuse("--%s: %s", *pair, why);
	if (start->options->observe)
		loaded_observe_all(&loaded);
	return 0;
}

/* Who becomes the entrypoint dies of a signal as ever, also while it starts. */
static int let_go(const struct start *start)
{
	int error = loaded.policy.supervise ? 0 : supervise_let_go(start->mask);

	return error ? refuse("%s: %s", supervise_why(SUPERVISE_SIGNALS), strerror(error)) : 0;
}

static int find_entrypoint(struct start *start)
{
	const char *word = start->options->words[0], *abi;
	int error, status = launch_resolve(word, getenv("PATH"), start->file, &error);

	if (status) {
		warn("cannot run `%s`: %s%s (%d)", word, strerror(error),
		     strchr(word, '/') ? "" : ": looked for in PATH", status);
		message_leave();
		return status;
	}
	/* --observe: its calls are only told */
	abi = loaded.policy.other_abis_deny || loaded.enforces_nothing ? NULL : launch_foreign_abi(start->file);
	if (abi)
		return refuse(
		    "%s is a program of the %s ABI, or a script for one: with `other-abis = kill` its first call would "
		    "be its last; use " ARCH_A " " ARCH_NAME " build of it%s",
		    start->file, abi, ARCH_COMPAT_DENY ? ", or write `other-abis = deny`" : "");
	return 0;
}

static int guard(struct start *start)
{
	uint64_t held;
	int error = supervise_hold(&start->mask);

	if (error)
		return refuse("%s: %s", supervise_why(SUPERVISE_SIGNALS), strerror(error));
	error = launch_guard_signals(start->signals);
	if (!error) /* again: with the first handler musl unblocks what is its own (sigaction.c, SIGPT_SET) */
		error = supervise_hold(&held);
	return error
	           ? refuse("cannot prepare for signals: %s: an outer filter forbids rt_sigaction(2) or sigaltstack(2)",
	                    strerror(error))
	           : 0;
}

static int close_descriptors(struct start *start)
{
	int error = launch_close_descriptors(loaded.policy.keep_fds, &start->closed_fds);

	return error ? refuse("cannot close inherited descriptors: %s: mount /proc, or lower RLIMIT_NOFILE",
	                      strerror(error))
	             : 0;
}

static bool is_for_another(void)
{
	return loaded.policy.staying.user[0] != '\0';
}

/*
 * Before the filter, which may deny it or kill for it, and after all that its first user may be needed for. What the
 * entrypoint's file is, that user is asked.
 */
static int become_user(struct start *start)
{
	int error = 0, status = user_become(loaded.policy.staying.user, loaded.path);

	if (status)
		return status;
	start->frame.uid = getuid();
	if (loaded.policy.supervise)
		error = supervise_bind(&start->supervisor);
	return error ? refuse("%s: %s", supervise_why(SUPERVISE_PARENT), strerror(error)) : find_entrypoint(start);
}

static int compile_policy(struct start *start)
{
	return loaded_compile(&loaded, start->why) ? 0 : refuse("%s", start->why);
}

static bool is_observing(void)
{
	return loaded_observes(&loaded);
}

/* Who is told of denials and observed calls, as far as this kernel, and whoever runs this container, let it be done. */
static void choose_form(struct start *start)
{
	const bool wanted = loaded.policy.report_denials || is_observing();
	struct offer offer = {.error = EINVAL};

	start->form = (struct form){.observed_action = SECCOMP_RET_ALLOW};
	if (!wanted)
		return;
	if (loaded.policy.supervise)
		listener_offer(&offer);
	if (!loaded.policy.supervise)
		start->not_told = "mode = exec leaves nobody who could";
	else if (offer.error)
		start->not_told = listener_why(offer.error);
	start->form.reports = loaded.policy.report_denials && !start->not_told;
	start->form.killable = offer.killable;
	if (!start->not_told && offer.continues)
		start->form.observed_action = SECCOMP_RET_USER_NOTIF;
	else if (listener_logs())
		start->form.observed_action = SECCOMP_RET_LOG;
	if (is_observing() && !start->not_told && !offer.continues)
		start->not_told = "this kernel (before Linux 5.5) lets no listener pass calls on";
}

static int hand_over(const void *context, int listener)
{
	return supervise_hand_over(context, listener);
}

/* Two processes go on from here; see supervise.h. */
static int divide(struct start *start)
{
	int error;
	enum supervise_step step;

	if (listener_secret(&start->heard.cookie) != 0)
		start->heard.cookie = 0; /* then there is no magic either, and protect() says so */
	step = supervise_divide(&start->supervisor, &loaded.policy.staying, start->mask, &error);
	if (step != SUPERVISE_OK)
		return refuse("%s: %s%s", supervise_why(step), strerror(error),
		              error == EMFILE ? ": raise the limit of open files, RLIMIT_NOFILE (ulimit -n)" : "");
	start->heard.context = &start->supervisor;
	start->heard.hand_over = hand_over;
	return 0;
}

/* The parent's way, to the end. */
static int remain(struct start *start)
{
	message_renounce(); /* its filter lets it open nothing to write; why the child refuses, the child leaves */
	watch.loaded = &loaded;
	watch.cookie = start->heard.cookie;
	watch.listener = -1;
	watch.denials.path = loaded.path;
	watch.denials.json = loaded.policy.report == REPORT_JSON;
	(void)launch_restore_crashes(start->signals); /* its words are for a start */
	return stay(&start->supervisor, &watch);
}

/* Leaves a report in any case; what it says is the next stages' business. */
static void prove(struct start *start)
{
	const char *why_not;

	if (!protect(&loaded, &start->form, &start->heard, &report, &why_not, start->why))
		return;
	if (why_not)
		start->not_told = why_not;
	if (report.outcome == OUTCOME_FAIL)
		refusal_of_report(start->why, &report, loaded.path);
}

static bool must_refuse(void)
{
	return report.outcome == OUTCOME_FAIL && loaded.policy.on_failure == ON_FAILURE_REFUSE;
}

/* The supervising parent confines itself before there is a command. */
static int release(const struct start *start)
{
	int error;
	enum supervise_step step;

	if (!loaded.policy.supervise || must_refuse())
		return 0;
	if (start->form.reports && report.unanswered > 0)
		return refuse(
		    "calls that are to be reported get no answer, and would wait for ever: something, an outer "
		    "filter for one, keeps the supervising denyinit from its work: write `report-denials = no`");
	step = supervise_release(&start->supervisor, &error);
	return step == SUPERVISE_OK ? 0 : refuse("%s: %s", supervise_why(step), strerror(error));
}

/*
 * Whatever of the report's frame has to be asked of the kernel is asked before the filter is there: the policy may deny
 * these calls, or kill for them.
 */
static void gather_frame(struct start *start)
{
	struct timespec now;

	start->frame = (struct report_frame){
	    .logger = "denyinit",
	    .policy_path = loaded.path,
	    .sha256 = loaded.policy.report == REPORT_OFF ? NULL : loaded_digest(&loaded),
	    .rules = loaded.policy.nrules,
	    .warnings = loaded.findings.warnings,
	    .absent = loaded.policy.nabsent,
	    .version = DENYINIT_VERSION,
	    .libseccomp = filter_library_version(start->library, sizeof start->library),
	    .pid = getpid(),
	    .uid = (long)getuid(),
	    .exec = start->options->words[0],
	    .closed_fds = start->closed_fds,
	};
	if (uname(&start->machine) == 0) {
		start->frame.kernel = start->machine.release;
		start->frame.arch = start->machine.machine;
	}
	if (loaded.policy.report == REPORT_JSON && clock_gettime(CLOCK_REALTIME, &now) == 0)
		start->frame.time = now.tv_sec;
}

static const char *denials_word(const struct start *start)
{
	if (!loaded.policy.report_denials)
		return NULL;
	if (!start->form.reports || report.heard == 0)
		return "not-reported";
	return report.heard < report.asked ? "in-part" : "reported";
}

static const char *observed_word(const struct start *start)
{
	if (!is_observing())
		return NULL;
	switch (start->form.observed_action) {
	case SECCOMP_RET_USER_NOTIF: return "reported";
	case SECCOMP_RET_LOG: return "kernel-log";
	default: return "not-reported";
	}
}

/* What was asked for and is not so: on stderr, whatever form the report has. */
static void tell_untold(const struct start *start)
{
	const bool logged = start->form.observed_action == SECCOMP_RET_LOG;

	if (start->not_told && loaded.policy.report_denials && !start->form.reports && !loaded.enforces_nothing)
		warn("denials are enforced, and not reported: %s", start->not_told);
	if (start->not_told && is_observing())
		warn("observed calls are let through, and %s: %s",
		     logged ? "told in the host's kernel log only" : "told nowhere", start->not_told);
	if (start->form.reports && report.heard < report.asked)
		warn(
		    "%zu of %zu denied calls are not reported: a filter that was here before, the container runtime's, "
		    "denies them first, and nobody hears of that",
		    report.asked - report.heard, report.asked);
}

static int publish(struct start *start)
{
	struct report_frame *frame = &start->frame;
	const char *where = loaded.policy.report_to_stderr ? "stderr" : "stdout";
	int error;

	frame->exit = must_refuse() ? MESSAGE_REFUSED : 0;
	frame->mode = loaded.policy.supervise ? "supervise" : NULL;
	frame->denials = denials_word(start);
	frame->observed = observed_word(start);
	frame->note = report.reason == REASON_NOT_STARTED ? start->why : NULL;
	if (loaded.policy.report != REPORT_OFF)
		frame->took_us = microseconds_since(&start->began);
	if (!must_refuse())
		tell_untold(start);
	error = write_report(loaded.policy.report, frame);
	if (error && loaded.policy.report_required)
		return refuse("the report could not be written to %s: %s, and the policy has `report-required = yes`",
		              where, strerror(error));
	if (error && !must_refuse())
		warn(
		    "the report could not be written to %s: %s; starting all the same (`report-required = yes` would not)",
		    where, strerror(error));
	return 0;
}

/* The point of no return, and the only way to it. */
static int become(const struct start *start)
{
	int error, status;

	if (must_refuse())
		return refuse("%s", start->why);
	if (report.outcome == OUTCOME_PARTIAL && loaded.policy.report == REPORT_OFF)
		warn("part of the mount API is left open by %s: see `denyinit --check`", loaded.path);
	if (report.outcome == OUTCOME_FAIL)
		warn("%s. Starting %s UNPROTECTED: on-failure = warn", start->why, start->options->words[0]);
	if (report.outcome == OUTCOME_OBSERVE && loaded.policy.report == REPORT_OFF)
		warn("OBSERVE: %s has rules that are not enforced", loaded.path);
	if (loaded.policy.supervise && supervise_tell_leaving(&start->supervisor) != 0)
		return refuse("%s", supervise_why(SUPERVISE_PARENT));
	error = launch_restore_signals(start->signals);
	if (!error && loaded.policy.supervise)
		error = supervise_restore_signals(&start->supervisor);
	if (error)
		return refuse("cannot restore the signals: %s", strerror(error));
	status = launch(start->file, start->options->words, &error);
	warn("cannot run `%s`: %s%s (%d)", start->file, strerror(error), hint(error), status);
	message_leave();
	return status;
}

static int run(const struct options *options, struct timespec began)
{
	struct start start = {.options = options, .began = began, .supervisor.parent = getppid()};
	int status = guard(&start);

	if (!status)
		status = take_policy(&start);
	if (!status)
		status = let_go(&start);
	if (!status && !is_for_another())
		status = find_entrypoint(&start);
	if (!status)
		status = close_descriptors(&start);
	if (!status)
		status = compile_policy(&start);
	if (status)
		return status;
	gather_frame(&start);
	choose_form(&start);
	if (loaded.policy.supervise) {
		status = divide(&start);
		if (status)
			return status;
		if (start.supervisor.child > 0)
			return remain(&start);
		status = launch_activate_as(start.frame.pid);
	}
	message_prepare();
	if (!status && is_for_another())
		status = become_user(&start);
	if (!status)
		prove(&start);
	if (!status)
		status = release(&start);
	if (!status)
		status = publish(&start);
	if (!status)
		status = become(&start);
	if (loaded.policy.supervise)
		(void)supervise_tell_failed(&start.supervisor); /* or the sums at the end are of nothing */
	return status;
}

int main(int argc, char **argv)
{
	struct timespec started = {0};
	struct options options;
	char error[OPTIONS_ERROR_MAX];

	/*
	 * An outer listener may answer any call with a number that is neither 0 nor an error: who then takes errno for what
	 * went wrong must not find the 0 that is there at first. Nobody sets it to 0 again: errno(3).
	 */
	errno = EPERM;
	note_beginning(&started);
	if (!options_parse(argc, argv, getenv("DENYINIT_REPORT"), &options, error))
		return refuse("%s", error);
	switch (options.command) {
	case COMMAND_CHECK: return inspect_check(&loaded, options.policy_path, options.json, &report);
	case COMMAND_PRINT: return inspect_print(&loaded, options.policy_path);
	case COMMAND_EXPLAIN: return inspect_hand_over("denyinit-export", argv, "explained");
	case COMMAND_EXPORT_OCI:
	case COMMAND_EXPORT_BPF: return inspect_hand_over("denyinit-export", argv, "exported");
	case COMMAND_SELFTEST: return trial_command(options.nwords, options.words);
	case COMMAND_HELP: (void)fputs(options_help, stdout); return inspect_flush();
	case COMMAND_VERSION:
		(void)printf("denyinit %s (libseccomp %s)\n", DENYINIT_VERSION,
		             filter_library_version(error, sizeof error));
		return inspect_flush();
	case COMMAND_RUN: break;
	}
	return run(&options, started);
}
