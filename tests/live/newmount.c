/* SPDX-License-Identifier: MIT */
/*
 * newmount [-t TYPE] SOURCE FOLDER: mounts by the new API alone (fsopen, fsconfig, fsmount, move_mount), as mount(8) of
 * util-linux 2.39 and later does; so that this can be seen on a Debian 12 too, whose mount(8) knows mount(2) only.
 * Exit status 32 on failure, as mount(8).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

/* linux/mount.h */
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#define MOVE_MOUNT_F_EMPTY_PATH 4

static int made(long result, const char *call, const char *folder)
{
	if (result < 0) {
		fprintf(stderr, "newmount: %s: %s: %s\n", folder, call, strerror(errno));
		exit(32);
	}
	return (int)result;
}

int main(int argc, char **argv)
{
	const char *type = "tmpfs", *source, *folder;
	int fs, tree;

	if (argc == 5 && strcmp(argv[1], "-t") == 0) {
		type = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: newmount [-t TYPE] SOURCE FOLDER\n");
		return 1;
	}
	source = argv[1];
	folder = argv[2];
	fs = made(syscall(call_table[CALL_FSOPEN].native, type, 0), "fsopen", folder);
	made(syscall(call_table[CALL_FSCONFIG].native, fs, FSCONFIG_SET_STRING, "source", source, 0), "fsconfig",
	     folder);
	made(syscall(call_table[CALL_FSCONFIG].native, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "fsconfig", folder);
	tree = made(syscall(call_table[CALL_FSMOUNT].native, fs, 0, 0), "fsmount", folder);
	made(syscall(call_table[CALL_MOVE_MOUNT].native, tree, "", AT_FDCWD, folder, MOVE_MOUNT_F_EMPTY_PATH),
	     "move_mount", folder);
	return 0;
}
