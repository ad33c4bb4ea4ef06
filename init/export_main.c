/* SPDX-License-Identifier: MIT */
/*
 * The program denyinit-export: --export=oci, --base, --export=bpf and --explain, which denyinit hands over to it. A
 * program of its own, because a start does without it: an eighth of denyinit's size would be the texts of --explain.
 */
#include <stdio.h>
#include <stdlib.h>

#include "init/explain.h"
#include "init/export.h"
#include "init/inspect.h"
#include "init/message.h"
#include "init/options.h"
#include "init/print.h"

/* Large. */
static struct loaded loaded;
static struct report report;

static int explain_word(const char *word, const char *path)
{
	const struct explaining with = {&loaded.policy, &loaded.observed, path, &filter_calls};
	char why[EXPLAIN_WHY];

	if (!loaded_read(&loaded, path, SEVERITY_WARNING)) {
		print_findings(stderr, &loaded.findings, path);
		return 1;
	}
	if (explain(stdout, word, &with, why) != EXPLAIN_OK) {
		warn("%s. Nothing explained (125).", why);
		return MESSAGE_REFUSED;
	}
	return inspect_flush();
}

int main(int argc, char **argv)
{
	struct options options = {.command = COMMAND_RUN};
	char error[OPTIONS_ERROR_MAX];

	if (argc > 1 && !options_parse(argc, argv, getenv("DENYINIT_REPORT"), &options, error)) {
		warn("%s. Nothing exported (125).", error);
		return MESSAGE_REFUSED;
	}
	switch (options.command) {
	case COMMAND_EXPORT_OCI: return export_profile(&loaded, options.policy_path, options.base, &report);
	case COMMAND_EXPORT_BPF: return export_program(&loaded, options.policy_path, &report);
	case COMMAND_EXPLAIN: return explain_word(options.explain, options.policy_path);
	case COMMAND_HELP: (void)fputs(options_help, stdout); return inspect_flush();
	case COMMAND_VERSION: (void)puts("denyinit-export " DENYINIT_VERSION); return inspect_flush();
	default: break;
	}
	warn(
	    "denyinit-export has the options --export=oci, --base, --export=bpf, --explain and -c only: use denyinit. Nothing "
	    "done (125).");
	return MESSAGE_REFUSED;
}
