/* SPDX-License-Identifier: MIT */
/* promote: from an observed run to a policy that it does not hit. Pure. */
#ifndef INIT_PROMOTE_H
#define INIT_PROMOTE_H

#include <stddef.h>

#include "init/denials.h"
#include "init/findings.h"
#include "init/policy.h"

/*
 * The rules of text[0 .. length) as a [deny] section, without what was observed: a call's own line goes, what a group has
 * is taken out by `allow`. observed: all rules of the text, as denials knows them. put gets each line with its newline.
 * scratch: for what the text's lines have wrong, which has been told.
 */
void promote(const char *text, size_t length, const struct policy *observed, const struct denials *denials,
             struct findings *scratch, void (*put)(const char *line, size_t length));

#endif
