/* SPDX-License-Identifier: MIT */
/*
 * The program denyinit-export: --export=oci, --base and --export=bpf, to which `denyinit --export` hands over. A program
 * of its own, because a container does without it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "init/export.h"
#include "init/inspect.h"
#include "init/message.h"
#include "init/options.h"

/* Large. */
static struct loaded loaded;
static struct report report;

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
	case COMMAND_HELP: (void)fputs(options_help, stdout); return inspect_flush();
	case COMMAND_VERSION: (void)puts("denyinit-export " DENYINIT_VERSION); return inspect_flush();
	default: break;
	}
	warn(
	    "denyinit-export has the options --export=oci, --base, --export=bpf and -c only: use denyinit. Nothing exported "
	    "(125).");
	return MESSAGE_REFUSED;
}
