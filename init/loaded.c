/* SPDX-License-Identifier: MIT */
#include "init/loaded.h"

#include "init/policy_file.h"

bool loaded_read(struct loaded *loaded, const char *path, enum severity own)
{
	struct findings *findings = &loaded->findings;
	bool sound;

	loaded->path = path;
	sound = policy_file_load(path, loaded->text, sizeof loaded->text, &loaded->length, own, findings);
	if (sound || loaded->length > 0) { /* a wrong mode is no reason not to tell the rest */
		sha256_hex(loaded->text, loaded->length, loaded->sha256);
		sound = policy_parse(loaded->text, loaded->length, &filter_calls, &loaded->policy, findings) && sound;
	}
	findings_sort(findings);
	return sound && findings->errors == 0;
}

bool loaded_compile(struct loaded *loaded, char why[REFUSAL_MAX])
{
	size_t rule = 0;
	int error = 0;
	enum filter_step step = filter_compile(&loaded->policy, &loaded->program, &rule, &error);

	refusal_of_filter(why, step, &loaded->policy, rule, error, loaded->path);
	return step == FILTER_OK;
}
