/* SPDX-License-Identifier: MIT */
/* options: command lines to what they mean, or to what is said about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/options.h"

#define WORDS_MAX 12

/* One command line, words separated by single blanks (an empty word between two). */
struct command_line {
	char text[600];
	char *argv[WORDS_MAX + 1];
	int argc;
};

static void split(struct command_line *line, const char *text)
{
	char *at = line->text;

	assert_true(strlen(text) < sizeof line->text);
	memcpy(line->text, text, strlen(text) + 1);
	line->argc = 0;
	while (at) {
		char *blank = strchr(at, ' ');

		assert_true(line->argc < WORDS_MAX);
		line->argv[line->argc++] = at;
		if (blank)
			*blank++ = '\0';
		at = blank;
	}
	line->argv[line->argc] = NULL;
}

static bool parse(const char *text, const char *variable, struct options *options, char error[OPTIONS_ERROR_MAX])
{
	static struct command_line line; /* options keeps pointers into it */

	split(&line, text);
	memset(options, 0xa5, sizeof *options); /* it need not be zeroed */
	memset(error, 0, OPTIONS_ERROR_MAX);
	return options_parse(line.argc, line.argv, variable, options, error);
}

static void has_words(const char *line, const struct options *options, const char *wanted)
{
	struct command_line words = {.argc = 0};

	if (wanted)
		split(&words, wanted);
	if (options->nwords != words.argc)
		fail_msg("`%s`: %d words, not %d", line, options->nwords, words.argc);
	for (int i = 0; i < words.argc; i++)
		assert_string_equal(options->words[i], words.argv[i]);
	assert_null(options->words[options->nwords]);
}

/* ---- what is right ---- */

static const struct {
	const char *line;
	const char *variable;
	enum command command;
	const char *path; /* NULL: the default */
	int report;       /* -1: not chosen */
	int on_failure;   /* -1: not chosen */
	bool json;
	const char *words; /* NULL: none */
} right[] = {
    /* the command */
    {"denyinit cmd", NULL, COMMAND_RUN, NULL, -1, -1, false, "cmd"},
    {"denyinit -- cmd", NULL, COMMAND_RUN, NULL, -1, -1, false, "cmd"},
    {"denyinit cmd -a --report=json -- -c x", NULL, COMMAND_RUN, NULL, -1, -1, false, "cmd -a --report=json -- -c x"},
    {"denyinit -- -c x", NULL, COMMAND_RUN, NULL, -1, -1, false, "-c x"},
    {"denyinit -- --", NULL, COMMAND_RUN, NULL, -1, -1, false, "--"},
    {"denyinit -- --help", NULL, COMMAND_RUN, NULL, -1, -1, false, "--help"},
    {"denyinit - x", NULL, COMMAND_RUN, NULL, -1, -1, false, "- x"},
    {"denyinit cmd --check", NULL, COMMAND_RUN, NULL, -1, -1, false, "cmd --check"},
    {"denyinit  ", NULL, COMMAND_RUN, NULL, -1, -1, false, " "}, /* two empty words: launch.c has something to say */
    /* -c */
    {"denyinit -c /a cmd", NULL, COMMAND_RUN, "/a", -1, -1, false, "cmd"},
    {"denyinit -c -- cmd", NULL, COMMAND_RUN, "--", -1, -1, false, "cmd"}, /* as getopt(3) has it */
    {"denyinit -c /a -- cmd", NULL, COMMAND_RUN, "/a", -1, -1, false, "cmd"},
    {"denyinit -c /a -c /b cmd", NULL, COMMAND_RUN, "/b", -1, -1, false, "cmd"},
    /* the report */
    {"denyinit --report=text cmd", NULL, COMMAND_RUN, NULL, REPORT_TEXT, -1, false, "cmd"},
    {"denyinit --report=full cmd", NULL, COMMAND_RUN, NULL, REPORT_FULL, -1, false, "cmd"},
    {"denyinit --report=json cmd", NULL, COMMAND_RUN, NULL, REPORT_JSON, -1, false, "cmd"},
    {"denyinit --report=off cmd", NULL, COMMAND_RUN, NULL, REPORT_OFF, -1, false, "cmd"},
    {"denyinit --report=off --report=full cmd", NULL, COMMAND_RUN, NULL, REPORT_FULL, -1, false, "cmd"},
    {"denyinit cmd", "text", COMMAND_RUN, NULL, REPORT_TEXT, -1, false, "cmd"},
    {"denyinit cmd", "full", COMMAND_RUN, NULL, REPORT_FULL, -1, false, "cmd"},
    {"denyinit cmd", "json", COMMAND_RUN, NULL, REPORT_JSON, -1, false, "cmd"},
    {"denyinit --report=full cmd", "json", COMMAND_RUN, NULL, REPORT_FULL, -1, false, "cmd"},
    {"denyinit --report=off cmd", "off", COMMAND_RUN, NULL, REPORT_OFF, -1, false, "cmd"},
    {"denyinit cmd", "", COMMAND_RUN, NULL, -1, -1, false, "cmd"}, /* ENV in a Dockerfile can be emptied, never unset */
    {"denyinit --report=full cmd", "nonsense", COMMAND_RUN, NULL, REPORT_FULL, -1, false, "cmd"},
    /* on failure */
    {"denyinit --on-failure=warn cmd", NULL, COMMAND_RUN, NULL, -1, ON_FAILURE_WARN, false, "cmd"},
    {"denyinit --on-failure=refuse cmd", NULL, COMMAND_RUN, NULL, -1, ON_FAILURE_REFUSE, false, "cmd"},
    {"denyinit --on-failure=warn --on-failure=refuse cmd", NULL, COMMAND_RUN, NULL, -1, ON_FAILURE_REFUSE, false,
     "cmd"},
    /* all together */
    {"denyinit -c /a --report=json --on-failure=warn -- cmd -x", "full", COMMAND_RUN, "/a", REPORT_JSON,
     ON_FAILURE_WARN, false, "cmd -x"},
    /* what starts nothing */
    {"denyinit --check", NULL, COMMAND_CHECK, NULL, -1, -1, false, NULL},
    {"denyinit --export=oci -c /a", NULL, COMMAND_EXPORT_OCI, "/a", -1, -1, false, NULL},
    {"denyinit --base /b --export=oci", NULL, COMMAND_EXPORT_OCI, NULL, -1, -1, false, NULL},
    {"denyinit --export=bpf --", NULL, COMMAND_EXPORT_BPF, NULL, -1, -1, false, NULL},
    {"denyinit --check --json", NULL, COMMAND_CHECK, NULL, -1, -1, true, NULL},
    {"denyinit --json --check -c /a", NULL, COMMAND_CHECK, "/a", -1, -1, true, NULL},
    {"denyinit -c /a --check --", NULL, COMMAND_CHECK, "/a", -1, -1, false, NULL},
    {"denyinit --check --check", NULL, COMMAND_CHECK, NULL, -1, -1, false, NULL},
    {"denyinit --print", NULL, COMMAND_PRINT, NULL, -1, -1, false, NULL},
    {"denyinit --print -c /a", NULL, COMMAND_PRINT, "/a", -1, -1, false, NULL},
    {"denyinit --help", NULL, COMMAND_HELP, NULL, -1, -1, false, NULL},
    {"denyinit -h", NULL, COMMAND_HELP, NULL, -1, -1, false, NULL},
    {"denyinit -h --help", NULL, COMMAND_HELP, NULL, -1, -1, false, NULL},
    {"denyinit --help cmd", NULL, COMMAND_HELP, NULL, -1, -1, false, "cmd"},
    {"denyinit --help", "nonsense", COMMAND_HELP, NULL, -1, -1, false, NULL}, /* help is there for who needs it */
    {"denyinit --version", NULL, COMMAND_VERSION, NULL, -1, -1, false, NULL},
    {"denyinit -V", "off", COMMAND_VERSION, NULL, -1, -1, false, NULL},
    /* the self-test's options are its own; argv[0] is this option */
    {"denyinit --selftest", NULL, COMMAND_SELFTEST, NULL, -1, -1, false, "--selftest"},
    {"denyinit --selftest --json --full x", NULL, COMMAND_SELFTEST, NULL, -1, -1, false, "--selftest --json --full x"},
    {"denyinit --check", "nonsense", COMMAND_CHECK, NULL, -1, -1, false, NULL}, /* there is no report at start */
    {"denyinit --selftest --help -c", "nonsense", COMMAND_SELFTEST, NULL, -1, -1, false, "--selftest --help -c"},
    {"denyinit --selftest --observe", NULL, COMMAND_SELFTEST, NULL, -1, -1, false, "--selftest --observe"},
};

static void right_command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];

		if (!parse(right[i].line, right[i].variable, &options, error))
			fail_msg("`%s`: %s", right[i].line, error);
		if (options.command != right[i].command || options.json != right[i].json ||
		    options.has_report != (right[i].report >= 0) ||
		    options.has_on_failure != (right[i].on_failure >= 0))
			fail_msg("`%s`: command %d, json %d, report %d, on-failure %d", right[i].line,
			         (int)options.command, options.json, options.has_report, options.has_on_failure);
		if (options.has_report)
			assert_int_equal(options.report, right[i].report);
		if (options.has_on_failure)
			assert_int_equal(options.on_failure, right[i].on_failure);
		assert_false(options.supervise || options.observe);
		assert_null(options.explain);
		assert_string_equal(options.policy_path, right[i].path ? right[i].path : OPTIONS_DEFAULT_POLICY);
		has_words(right[i].line, &options, right[i].words);
	}
}

/* --supervise, --observe, --explain. */
static const struct {
	const char *line;
	enum command command;
	const char *path, *words; /* as above */
	bool supervise, observe;
	const char *explain;
} right_also[] = {
    {"denyinit --supervise cmd", COMMAND_RUN, NULL, "cmd", true, false, NULL},
    {"denyinit --observe cmd", COMMAND_RUN, NULL, "cmd", false, true, NULL},
    {"denyinit --observe --supervise -- cmd", COMMAND_RUN, NULL, "cmd", true, true, NULL},
    {"denyinit --supervise --supervise --observe --observe cmd", COMMAND_RUN, NULL, "cmd", true, true, NULL},
    {"denyinit cmd --supervise --observe", COMMAND_RUN, NULL, "cmd --supervise --observe", false, false, NULL},
    {"denyinit -- --observe", COMMAND_RUN, NULL, "--observe", false, false, NULL},
    {"denyinit -c /a --observe --report=json --on-failure=warn cmd", COMMAND_RUN, "/a", "cmd", false, true, NULL},
    /* what is asked about may be anything, so its word comes behind a blank */
    {"denyinit --explain mount", COMMAND_EXPLAIN, NULL, NULL, false, false, "mount"},
    {"denyinit --explain 467 -c /a", COMMAND_EXPLAIN, "/a", NULL, false, false, "467"},
    {"denyinit -c /a --explain @default --", COMMAND_EXPLAIN, "/a", NULL, false, false, "@default"},
    {"denyinit --explain --help", COMMAND_EXPLAIN, NULL, NULL, false, false, "--help"},
};

static void who_stays_and_what_is_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof right_also / sizeof *right_also; i++) {
		const char *const line = right_also[i].line;
		struct options options;
		char error[OPTIONS_ERROR_MAX];

		if (!parse(line, NULL, &options, error))
			fail_msg("`%s`: %s", line, error);
		if (options.command != right_also[i].command || options.supervise != right_also[i].supervise ||
		    options.observe != right_also[i].observe)
			fail_msg("`%s`: command %d, supervise %d, observe %d", line, (int)options.command,
			         options.supervise, options.observe);
		if (right_also[i].explain)
			assert_string_equal(options.explain, right_also[i].explain);
		else
			assert_null(options.explain);
		assert_string_equal(options.policy_path,
		                    right_also[i].path ? right_also[i].path : OPTIONS_DEFAULT_POLICY);
		has_words(line, &options, right_also[i].words);
	}
}

/* Settings of [init]: the last one of each counts. */
static void how_it_stays(void **state)
{
	static const struct {
		const char *line, *kept[3];
	} rows[] = {
	    {"denyinit cmd --grace=1s", {NULL}},
	    {"denyinit --grace=1s cmd", {"grace=1s"}},
	    {"denyinit --grace=1s --user=a --grace=2s -- cmd", {"grace=2s", "user=a"}},
	    {"denyinit --signals=group --stop-signals=QUIT cmd", {"signals=group", "stop-signals=QUIT"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		int n = 0;

		if (!parse(rows[i].line, NULL, &options, error))
			fail_msg("`%s`: %s", rows[i].line, error);
		for (; rows[i].kept[n]; n++)
			assert_string_equal(options.staying[n], rows[i].kept[n]);
		assert_null(options.staying[n]);
	}
}

/* ---- what is wrong ---- */

#define NO_COMMAND                                                                                                            \
	"no command to start: denyinit [OPTION...] [--] COMMAND [ARG...]; in an image, CMD is the command (an ENTRYPOINT of " \
	"one's own empties the base image's CMD: repeat it)"
#define SEE_HELP "; `denyinit --help` has them all; a command that begins with a dash goes behind `--`"

static const struct {
	const char *line;
	const char *variable;
	const char *error;
} wrong[] = {
    {"denyinit", NULL, NO_COMMAND},
    {"denyinit --", NULL, NO_COMMAND},
    {"denyinit -c /a", NULL, NO_COMMAND},
    {"denyinit --report=json --", NULL, NO_COMMAND},
    {"denyinit -c", NULL, "`-c` needs a file: denyinit -c FILE"},
    {"denyinit --check -c", NULL, "`-c` needs a file: denyinit -c FILE"},
    {"denyinit -c  cmd", NULL, "`-c` needs a file: denyinit -c FILE"},
    {"denyinit --report cmd", NULL, "`--report` needs a value: write `--report=text|full|json|off`"},
    {"denyinit --report json cmd", NULL, "`--report` needs a value: write `--report=text|full|json|off`"},
    {"denyinit --report= cmd", NULL, "unknown report form in `--report=`: text, full, json or off"},
    {"denyinit --report=JSON cmd", NULL, "unknown report form in `--report=JSON`: text, full, json or off"},
    {"denyinit --report=jsonx cmd", NULL, "unknown report form in `--report=jsonx`: text, full, json or off"},
    {"denyinit --on-failure warn cmd", NULL, "`--on-failure` needs a value: write `--on-failure=refuse|warn`"},
    {"denyinit --on-failure=ignore cmd", NULL, "unknown value in `--on-failure=ignore`: refuse or warn"},
    {"denyinit --reports=json cmd", NULL, "unknown option `--reports=json`: did you mean `--report`?" SEE_HELP},
    {"denyinit --chekc", NULL, "unknown option `--chekc`: did you mean `--check`?" SEE_HELP},
    {"denyinit --selftests", NULL, "unknown option `--selftests`: did you mean `--selftest`?" SEE_HELP},
    {"denyinit --zzzzzzzzzz cmd", NULL, "unknown option `--zzzzzzzzzz`" SEE_HELP},
    {"denyinit --check=x", NULL, "unknown option `--check=x`: did you mean `--check`?" SEE_HELP},
    {"denyinit -x cmd", NULL, "unknown option `-x`" SEE_HELP},
    {"denyinit --export", NULL, "`--export` has two forms: `--export=oci` and `--export=bpf`"},
    {"denyinit --export=", NULL, "`--export` has two forms: `--export=oci` and `--export=bpf`"},
    {"denyinit --export=json", NULL, "`--export` has two forms: `--export=oci` and `--export=bpf`"},
    {"denyinit --export oci", NULL, "`--export` has two forms: `--export=oci` and `--export=bpf`"},
    {"denyinit --exports=oci", NULL, "unknown option `--exports=oci`: did you mean `--export`?" SEE_HELP},
    {"denyinit --export=oci --export=bpf", NULL,
     "`--export=bpf` cannot go together with the option before it: one at a time"},
    {"denyinit --check --export=oci", NULL,
     "`--export=oci` cannot go together with the option before it: one at a time"},
    {"denyinit --export=oci --explain mount", NULL,
     "`--explain` cannot go together with the option before it: one at a time"},
    {"denyinit --export=oci cmd", NULL, "unexpected `cmd`: this option starts no command"},
    {"denyinit --export=bpf -- cmd", NULL, "unexpected `cmd`: this option starts no command"},
    {"denyinit --export=oci --json", NULL, "`--json` goes with `--check`; `--export=oci` is JSON as it is"},
    {"denyinit --export=bpf --supervise", NULL, "`--supervise` goes with a command to start"},
    {"denyinit --export=oci --base", NULL, "`--base` needs a file: denyinit --export=oci --base FILE"},
    {"denyinit --export=oci --base  -c /p", NULL, "`--base` needs a file: denyinit --export=oci --base FILE"},
    {"denyinit --export=bpf --base /b", NULL, "`--base` goes with `--export=oci`"},
    {"denyinit --base /b cmd", NULL, "`--base` goes with `--export=oci`"},
    {"denyinit --base /b --check", NULL, "`--base` goes with `--export=oci`"},
    {"denyinit --supervise", NULL, NO_COMMAND},
    {"denyinit --grace", NULL,
     "`--grace` needs a value: write `--grace=VALUE`; the values are those of denyinit.ini(5)"},
    {"denyinit --grace= cmd", NULL,
     "`--grace` needs a value: write `--grace=VALUE`; the values are those of denyinit.ini(5)"},
    {"denyinit --grase=1s cmd", NULL, "unknown option `--grase=1s`: did you mean `--grace`?" SEE_HELP},
    {"denyinit --check --grace=1s", NULL, "`--grace=1s` goes with a command to start"},
    {"denyinit --observe --", NULL, NO_COMMAND},
    {"denyinit --supervise=yes cmd", NULL, "unknown option `--supervise=yes`: did you mean `--supervise`?" SEE_HELP},
    {"denyinit --observed cmd", NULL, "unknown option `--observed`: did you mean `--observe`?" SEE_HELP},
    {"denyinit --check --supervise", NULL, "`--supervise` goes with a command to start"},
    {"denyinit --observe --check", NULL, "`--observe` goes with a command to start"},
    {"denyinit --print --supervise --observe", NULL, "`--observe` goes with a command to start"},
    {"denyinit --supervise --explain mount", NULL, "`--supervise` goes with a command to start"},
    {"denyinit --observe --selftest", NULL, "`--observe` goes with a command to start"},
    {"denyinit --supervise -V", NULL, "`--supervise` goes with a command to start"},
    {"denyinit --explain", NULL, "`--explain` needs a call, a number or a group: denyinit --explain mount"},
    {"denyinit --explain  mount", NULL, "`--explain` needs a call, a number or a group: denyinit --explain mount"},
    {"denyinit --explain=mount", NULL, "unknown option `--explain=mount`: did you mean `--explain`?" SEE_HELP},
    {"denyinit --explains mount", NULL, "unknown option `--explains`: did you mean `--explain`?" SEE_HELP},
    {"denyinit --explain mount fsopen", NULL, "unexpected `fsopen`: this option starts no command"},
    {"denyinit --explain mount -- cmd", NULL, "unexpected `cmd`: this option starts no command"},
    {"denyinit --explain mount --json", NULL, "`--json` goes with `--check`; `--explain` has no such form yet"},
    {"denyinit --explain mount --explain fsopen", NULL,
     "`--explain` cannot go together with the option before it: one at a time"},
    {"denyinit --check --explain mount", NULL,
     "`--explain` cannot go together with the option before it: one at a time"},
    {"denyinit --explain mount --check", NULL, "`--check` cannot go together with the option before it: one at a time"},
    {"denyinit --explain mount --selftest", NULL,
     "`--selftest` cannot go together with the option before it: one at a time"},
    {"denyinit --json cmd", NULL, "`--json` goes with `--check`; for the report at start it is `--report=json`"},
    {"denyinit --print --json", NULL, "`--json` goes with `--check`; `--print` has no such form yet"},
    {"denyinit --check cmd", NULL, "unexpected `cmd`: this option starts no command"},
    {"denyinit --check -- cmd", NULL, "unexpected `cmd`: this option starts no command"},
    {"denyinit --print cmd", NULL, "unexpected `cmd`: this option starts no command"},
    {"denyinit --check --print", NULL, "`--print` cannot go together with the option before it: one at a time"},
    {"denyinit --print --check", NULL, "`--check` cannot go together with the option before it: one at a time"},
    {"denyinit --check --help", NULL, "`--help` cannot go together with the option before it: one at a time"},
    {"denyinit -V -h", NULL, "`-h` cannot go together with the option before it: one at a time"},
    {"denyinit --check --selftest", NULL, "`--selftest` cannot go together with the option before it: one at a time"},
    {"denyinit -c /a --selftest", NULL, "`-c` has no meaning with `--selftest`: the self-test reads no policy"},
    /* the environment chooses a form and no more */
    {"denyinit cmd", "off",
     "DENYINIT_REPORT=off: the environment cannot silence the report; write `report = off` in the "
     "policy's [selftest], or unset it"},
    {"denyinit cmd", "Json", "DENYINIT_REPORT=Json: unknown report form: text, full or json, or unset it"},
    /* the first thing wrong is told */
    {"denyinit --nonsense --report=x", "off", "unknown option `--nonsense`" SEE_HELP},
};

static void wrong_command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];

		if (parse(wrong[i].line, wrong[i].variable, &options, error))
			fail_msg("`%s` is taken", wrong[i].line);
		if (strcmp(error, wrong[i].error) != 0)
			fail_msg("`%s`: %s\nand not: %s", wrong[i].line, error, wrong[i].error);
	}
}

/* ---- odd argument lists ---- */

/* execve(2) with an empty argv: Linux before 5.18 lets it through. */
static void no_arguments_at_all(void **state)
{
	char *argv[] = {NULL};
	struct options options;
	char error[OPTIONS_ERROR_MAX];

	(void)state;
	assert_false(options_parse(0, argv, NULL, &options, error));
	assert_string_equal(error, NO_COMMAND);
	assert_int_equal(options.nwords, 0);
}

static void words_that_are_long(void **state)
{
	static const char *const starts[] = {"-", "--", "--report=", "--on-failure=", "--export=", "--"};
	char word[5000];

	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		for (size_t length = strlen(starts[i]) + 1; length < sizeof word; length += i + 97) {
			char name[] = "denyinit";
			char *argv[] = {name, word, NULL};
			struct options options;
			char *error = malloc(OPTIONS_ERROR_MAX); /* for the address sanitizer */

			assert_non_null(error);
			memset(word, 'x', length);
			memcpy(word, starts[i], strlen(starts[i]));
			word[length] = '\0';
			assert_false(options_parse(2, argv, NULL, &options, error));
			assert_true(strlen(error) < OPTIONS_ERROR_MAX);
			assert_true(strlen(error) > 20);
			assert_false(options_parse(2, argv + 0, word, &options, error));
			free(error);
		}
	}
	{
		char name[] = "denyinit", cmd[] = "cmd";
		char *argv[] = {name, cmd, NULL};
		struct options options;
		char error[OPTIONS_ERROR_MAX];

		memset(word, 'x', sizeof word - 1);
		word[sizeof word - 1] = '\0';
		assert_false(options_parse(2, argv, word, &options, error));
		assert_true(strlen(error) < OPTIONS_ERROR_MAX);
		assert_non_null(strstr(error, ": unknown report form: text, full or json, or unset it"));
	}
}

/* The remedy stands behind the word, however long that is. */
static void the_remedy_is_never_cut_off(void **state)
{
	char name[] = "denyinit", word[300];
	char *argv[] = {name, word, NULL};
	struct options options;
	char error[OPTIONS_ERROR_MAX];

	(void)state;
	memset(word, 'x', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	word[0] = word[1] = '-';
	assert_false(options_parse(2, argv, NULL, &options, error));
	assert_non_null(strstr(error, "goes behind `--`"));
}

/* ---- help ---- */

static void help_names_every_option(void **state)
{
	static const char *const options[] = {"-c FILE",
	                                      "--report=FORM",
	                                      "--on-failure=WHAT",
	                                      "--supervise",
	                                      "--observe",
	                                      "--check [--json]",
	                                      "--print",
	                                      "--explain CALL",
	                                      "--export=FORM",
	                                      "--base FILE",
	                                      "--selftest",
	                                      "-h, --help",
	                                      "-V, --version",
	                                      "DENYINIT_REPORT=text|full|json",
	                                      "[--] COMMAND [ARG...]",
	                                      OPTIONS_DEFAULT_POLICY,
	                                      "127",
	                                      "126",
	                                      "125"};

	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (!strstr(options_help, options[i]))
			fail_msg("--help does not name %s", options[i]);
	assert_int_equal(options_help[strlen(options_help) - 1], '\n');
}

/* And no other: each word of it that begins with a dash is an option that is taken. */
static void help_names_no_other(void **state)
{
	char text[4000], *save = NULL;

	(void)state;
	assert_true(strlen(options_help) < sizeof text);
	memcpy(text, options_help, strlen(options_help) + 1);
	for (char *word = strtok_r(text, " \n,[]", &save); word; word = strtok_r(NULL, " \n,[]", &save)) {
		static const struct {
			const char *in_help, *in_use;
		} values[] = {{"--report=FORM", "--report=full"},   {"--on-failure=WHAT", "--on-failure=warn"},
		              {"--export=FORM", "--export=bpf"},    {"--export=oci", "--export=oci"},
		              {"--base", "--export=oci --base /b"}, {"-c", "-c /a"},
		              {"--explain", "--explain mount"},     {"--json", "--check --json"},
		              {"--user=NAME", "--user=app"}};
		struct options options;
		char line[100], error[OPTIONS_ERROR_MAX];
		const char *in_use = word;

		if (word[0] != '-' || strcmp(word, "--") == 0)
			continue;
		for (size_t i = 0; i < sizeof values / sizeof *values; i++)
			if (strcmp(word, values[i].in_help) == 0)
				in_use = values[i].in_use;
		snprintf(line, sizeof line, "denyinit %s", in_use);
		if (!parse(line, NULL, &options, error) && strcmp(error, NO_COMMAND) != 0)
			fail_msg("`%s` of --help: %s", word, error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(right_command_lines),
	    cmocka_unit_test(who_stays_and_what_is_explained),
	    cmocka_unit_test(how_it_stays),
	    cmocka_unit_test(wrong_command_lines),
	    cmocka_unit_test(no_arguments_at_all),
	    cmocka_unit_test(words_that_are_long),
	    cmocka_unit_test(the_remedy_is_never_cut_off),
	    cmocka_unit_test(help_names_every_option),
	    cmocka_unit_test(help_names_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
