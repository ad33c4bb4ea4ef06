/* SPDX-License-Identifier: MIT */
/* policy_file: the policy's bytes, from a file that nobody may change who is to be kept in by it. */
#ifndef INIT_POLICY_FILE_H
#define INIT_POLICY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/findings.h"

/*
 * own: how bad it is that this process, not root, may write the file itself: an error at start, and a warning where it
 * is only looked at, as its author does who checks it.
 *
 * Reads the file at path (symlinks followed: Kubernetes' configmaps are chains of them) into buffer[0..size). What is
 * wrong is added to *findings with line 0; true if nothing is. *length is what was read, 0 if it could not be read as a
 * whole; it can be more than 0 when the answer is false: a file with a wrong mode can still be checked for all else.
 */
bool policy_file_load(const char *path, char *buffer, size_t size, size_t *length, enum severity own,
                      struct findings *findings);

/* Whether this process, which has become another user since, may write that file. */
bool policy_file_writable(const char *path);

#endif
