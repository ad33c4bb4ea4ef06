/* SPDX-License-Identifier: MIT */
/* The command line: lines of the input are its words, the first one is DENYINIT_REPORT if it begins with '='. */
#include <string.h>

#include "init/options.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 40

static void check(const struct options *options, int argc, char *argv[])
{
	MUST(options->policy_path != NULL);
	MUST(options->command >= COMMAND_RUN && options->command <= COMMAND_VERSION);
	MUST(options->report >= REPORT_TEXT && options->report <= REPORT_OFF);
	MUST(options->on_failure >= ON_FAILURE_REFUSE && options->on_failure <= ON_FAILURE_WARN);
	MUST((options->explain != NULL) == (options->command == COMMAND_EXPLAIN));
	MUST(!options->explain || options->explain[0] != '\0');
	MUST(!options->base || (options->command == COMMAND_EXPORT_OCI && options->base[0] != '\0'));
	if (options->command != COMMAND_RUN) {
		MUST(!options->supervise && !options->observe);
		return;
	}
	/* The entrypoint is the end of the command line, all of it, and there is one. */
	MUST(options->nwords >= 1 && options->nwords < argc);
	MUST(options->words == argv + argc - options->nwords);
	MUST(options->words[options->nwords] == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS_MAX + 2] = {"denyinit"};
	const char *variable = NULL;
	char error[OPTIONS_ERROR_MAX];
	struct options options;
	int argc = 1;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0'; /* a NUL before ends the last word: the rest is not looked at */
	for (char *word = text, *next; word && argc <= WORDS_MAX; word = next) {
		next = strchr(word, '\n');
		if (next)
			*next++ = '\0';
		if (word == text && *word == '=')
			variable = word + 1;
		else
			argv[argc++] = word;
	}
	argv[argc] = NULL;
	memset(error, 0, sizeof error);
	if (options_parse(argc, argv, variable, &options, error)) {
		check(&options, argc, argv);
	} else {
		size_t length = strnlen(error, sizeof error);

		MUST(length > 0 && length < sizeof error);
	}
	free(text);
	return 0;
}
