/* SPDX-License-Identifier: MIT */
#include "init/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/nearest.h"
#include "init/words.h"

__attribute__((section(".data.help"))) const char options_help[] =
    "usage: denyinit [OPTION...] [--] COMMAND [ARG...]\n"
    "\n"
    "Installs the policy's system call filter, proves it, prints the result, and becomes COMMAND.\n"
    "\n"
    "  -c FILE                 the policy (" OPTIONS_DEFAULT_POLICY ")\n"
    "  --report=FORM           text, full, json or off, instead of what the policy says\n"
    "  --on-failure=WHAT       refuse, or warn: start COMMAND unprotected, and say so\n"
    "  --supervise             stay as COMMAND's parent: reap, pass signals on, tell denials\n"
    "  --observe               deny nothing, tell what would be denied, and end with a [deny] section\n"
    "                          that COMMAND does not hit\n"
    "\n"
    "settings of [init], denyinit.ini(5); with any of them but the last one denyinit stays:\n"
    "  --signals=child|group   who gets the signals\n"
    "  --rewrite=SIG:SIG       others in their place, 0: none; a list between quotes\n"
    "  --stop-signals=SIG      that end COMMAND (TERM): --term-delay=TIME before they are passed on,\n"
    "                          --grace=TIME then until what is left is killed\n"
    "  --wait-all=yes          for every process, not for COMMAND alone\n"
    "  --exit-zero=STATUS      of COMMAND that becomes 0\n"
    "  --subreaper=no          reap nobody's orphans unless it is process 1\n"
    "  --parent-death=SIG      when denyinit's own parent dies\n"
    "  --verbose=reaped|all    tell of processes reaped, of signals too\n"
    "  --user=NAME[:GROUP]     COMMAND's user\n"
    "\n"
    "instead of starting anything:\n"
    "  --check [--json]        what is wrong with the policy; exit status 0 sound, 1 errors\n"
    "  --print                 each call of the policy, what it gets, and from which line\n"
    "  --explain CALL          what the policy does with a call, number or group, why, what breaks, what\n"
    "                          to write to change it\n"
    "  --export=FORM           oci: the policy as a seccomp profile for Docker and Kubernetes;\n"
    "                          bpf: its program, as bwrap takes it\n"
    "  --base FILE             of --export=oci the profile that is below: denied is what either denies\n"
    "  --selftest [ARG...]     the same as denyinit-selftest: the proof, from inside\n"
    "  -h, --help              this text\n"
    "  -V, --version           the version\n"
    "\n"
    "DENYINIT_REPORT=text|full|json in the environment chooses the report's form.\n"
    "Exit status: COMMAND's own; 127 it was not found, 126 it cannot be run, 125 denyinit refused to start.\n"
    "Manuals: denyinit(8), denyinit.ini(5). Sample policies: /usr/share/denyinit.\n";

/* In the order of the enums. */
static const char *const report_forms[] = {"text", "full", "json", "off", NULL};
static const char *const failures[] = {"refuse", "warn", NULL};

static const struct {
	const char *option;
	enum command command;
} commands[] = {
    {"--check", COMMAND_CHECK},
    {"--print", COMMAND_PRINT},
    {"--selftest", COMMAND_SELFTEST},
    {"--help", COMMAND_HELP},
    {"-h", COMMAND_HELP},
    {"--version", COMMAND_VERSION},
    {"-V", COMMAND_VERSION},
    {"--export=oci", COMMAND_EXPORT_OCI},
    {"--export=bpf", COMMAND_EXPORT_BPF},
};

/* Settings of [init], which policy.c reads: --KEY=VALUE. */
static const char staying_options[] =
    "--signals --subreaper --wait-all --verbose --parent-death --rewrite --exit-zero --stop-signals --grace --term-delay "
    "--user";

static const char known_options[] =
    "-c --report --on-failure --supervise --observe --check --json --print --explain --export --base --selftest "
    "--help --version";

__attribute__((format(printf, 2, 3))) static bool fail(char error[OPTIONS_ERROR_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, OPTIONS_ERROR_MAX, format, arguments);
	va_end(arguments);
	return false;
}

/* Index of value in a list that ends in NULL; -1: not in it. */
static int index_of(const char *value, const char *const list[])
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], value) == 0)
			return i;
	return -1;
}

/* "--report=json": "json". NULL: another option. */
static const char *value_of(const char *word, const char *option)
{
	size_t length = strlen(option);

	return strncmp(word, option, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* What stands before the "=". */
static void name_of(const char *word, char name[NEAREST_WORD])
{
	const size_t length = strcspn(word, "=");

	snprintf(name, NEAREST_WORD, "%.*s", (int)(length < NEAREST_WORD ? length : NEAREST_WORD - 1), word);
}

static bool unknown(const char *word, char error[OPTIONS_ERROR_MAX])
{
	struct nearest nearest;
	char name[NEAREST_WORD], hint[NEAREST_HINT];

	name_of(word, name);
	if (words_place(staying_options, name) >= 0)
		return fail(error, "`%s` needs a value: write `%s=VALUE`; the values are those of denyinit.ini(5)",
		            name, name);
	if (strcmp(name, "--export") == 0)
		return fail(error, "`--export` has two forms: `--export=oci` and `--export=bpf`");
	if (strcmp(name, "--report") == 0 || strcmp(name, "--on-failure") == 0)
		return fail(error, "`%s` needs a value: write `%s=%s`", name, name,
		            strcmp(name, "--report") == 0 ? "text|full|json|off" : "refuse|warn");
	nearest_start(&nearest, name);
	nearest_offer_words(&nearest, known_options);
	nearest_offer_words(&nearest, staying_options);
	return fail(error,
	            "unknown option `%.60s`%s; `denyinit --help` has them all; a command that begins with a dash goes "
	            "behind `--`",
	            word, nearest_hint(&nearest, hint));
}

/* False: it is none of these. */
static bool take_staying(const char *word, struct options *options)
{
	char name[NEAREST_WORD];
	int i = 0;

	name_of(word, name);
	if (!word[strlen(name)] || !word[strlen(name) + 1] || words_place(staying_options, name) < 0)
		return false;
	while (options->staying[i] && strncmp(options->staying[i], word + 2, strlen(name) - 1) != 0)
		i++;
	if (i == OPTIONS_STAYING_MAX)
		return false; /* there are fewer, and a later one takes the place of the same before */
	options->staying[i] = word + 2;
	return true;
}

static bool take_value(const char *word, struct options *options, char error[OPTIONS_ERROR_MAX])
{
	const char *value;
	int i;

	if ((value = value_of(word, "--report")) != NULL) {
		i = index_of(value, report_forms);
		if (i < 0)
			return fail(error, "unknown report form in `%.60s`: text, full, json or off", word);
		options->has_report = true;
		options->report = (enum report_form)i;
		return true;
	}
	if ((value = value_of(word, "--on-failure")) != NULL) {
		i = index_of(value, failures);
		if (i < 0)
			return fail(error, "unknown value in `%.60s`: refuse or warn", word);
		options->has_on_failure = true;
		options->on_failure = (enum on_failure)i;
		return true;
	}
	return take_staying(word, options) || unknown(word, error);
}

/* An option without a value. */
static bool take_flag(const char *word, struct options *options)
{
	const struct {
		const char *option;
		bool *flag;
	} flags[] = {
	    {"--json", &options->json}, {"--supervise", &options->supervise}, {"--observe", &options->observe}};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (strcmp(word, flags[i].option) == 0) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static bool take_command(const char *word, struct options *options, char error[OPTIONS_ERROR_MAX], bool *taken)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(word, commands[i].option) != 0)
			continue;
		*taken = true;
		if (options->command != COMMAND_RUN && options->command != commands[i].command)
			return fail(error, "`%s` cannot go together with the option before it: one at a time", word);
		options->command = commands[i].command;
	}
	return true;
}

static bool take_variable(const char *value, struct options *options, char error[OPTIONS_ERROR_MAX])
{
	int i;

	if (!value || value[0] == '\0' || options->has_report) /* an image's ENV can be emptied, never unset */
		return true;
	i = index_of(value, report_forms);
	if (i == REPORT_OFF)
		return fail(
		    error,
		    "DENYINIT_REPORT=off: the environment cannot silence the report; write `report = off` in the "
		    "policy's [selftest], or unset it");
	if (i < 0)
		return fail(error, "DENYINIT_REPORT=%.40s: unknown report form: text, full or json, or unset it",
		            value);
	options->has_report = true;
	options->report = (enum report_form)i;
	return true;
}

static bool is_export(enum command command)
{
	return command == COMMAND_EXPORT_OCI || command == COMMAND_EXPORT_BPF;
}

/* Nothing to start, or something beside what starts nothing. */
static bool check_words(const struct options *options, char error[OPTIONS_ERROR_MAX])
{
	if (options->command == COMMAND_RUN && options->nwords == 0)
		return fail(error,
		            "no command to start: denyinit [OPTION...] [--] COMMAND [ARG...]; in an image, CMD is the "
		            "command (an ENTRYPOINT of one's own empties the base image's CMD: repeat it)");
	if (options->command == COMMAND_SELFTEST && options->policy_path)
		return fail(error, "`-c` has no meaning with `--selftest`: the self-test reads no policy");
	if (options->command == COMMAND_PRINT && options->json)
		return fail(error, "`--json` goes with `--check`; `--print` has no such form yet");
	if (options->command == COMMAND_RUN && options->json)
		return fail(error, "`--json` goes with `--check`; for the report at start it is `--report=json`");
	if (options->command == COMMAND_EXPLAIN && options->json)
		return fail(error, "`--json` goes with `--check`; `--explain` has no such form yet");
	if (options->base && options->command != COMMAND_EXPORT_OCI)
		return fail(error, "`--base` goes with `--export=oci`");
	if (is_export(options->command) && options->json)
		return fail(error, "`--json` goes with `--check`; `--export=oci` is JSON as it is");
	if (options->command != COMMAND_RUN && (options->supervise || options->observe))
		return fail(error, "`%s` goes with a command to start", options->observe ? "--observe" : "--supervise");
	if (options->command != COMMAND_RUN && options->staying[0])
		return fail(error, "`--%s` goes with a command to start", options->staying[0]);
	if ((options->command == COMMAND_CHECK || options->command == COMMAND_PRINT ||
	     options->command == COMMAND_EXPLAIN || is_export(options->command)) &&
	    options->nwords > 0)
		return fail(error, "unexpected `%.60s`: this option starts no command", options->words[0]);
	return true;
}

bool options_parse(int argc, char *argv[], const char *report_variable, struct options *options,
                   char error[OPTIONS_ERROR_MAX])
{
	int i = 1;

	*options = (struct options){.command = COMMAND_RUN};
	for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		bool taken = false;

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (!take_command(argv[i], options, error, &taken))
			return false;
		if (options->command == COMMAND_SELFTEST)
			break; /* itself becomes argv[0] of the self-test command, which has options of its own */
		if (taken || take_flag(argv[i], options))
			continue;
		if (strcmp(argv[i], "--explain") == 0) {
			if (options->command != COMMAND_RUN)
				return fail(error,
				            "`--explain` cannot go together with the option before it: one at a time");
			options->command = COMMAND_EXPLAIN;
			if (++i < argc)
				options->explain = argv[i];
			if (i == argc || options->explain[0] == '\0')
				return fail(error,
				            "`--explain` needs a call, a number or a group: denyinit --explain mount");
		} else if (strcmp(argv[i], "-c") == 0) {
			if (++i < argc)
				options->policy_path = argv[i];
			if (i == argc || options->policy_path[0] == '\0')
				return fail(error, "`-c` needs a file: denyinit -c FILE");
		} else if (strcmp(argv[i], "--base") == 0) {
			if (++i < argc)
				options->base = argv[i];
			if (i == argc || options->base[0] == '\0')
				return fail(error, "`--base` needs a file: denyinit --export=oci --base FILE");
		} else if (!take_value(argv[i], options, error)) {
			return false;
		}
	}
	options->words = argv + (i < argc ? i : argc);
	options->nwords = argc - (i < argc ? i : argc);
	if (options->command == COMMAND_RUN && !take_variable(report_variable, options, error))
		return false;
	if (!check_words(options, error))
		return false;
	if (!options->policy_path)
		options->policy_path = OPTIONS_DEFAULT_POLICY;
	return true;
}
