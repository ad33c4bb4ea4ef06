/* SPDX-License-Identifier: MIT */
/*
 * launch: from the command line's words to the entrypoint's own execve(2): which file it is, whether it can run under
 * the filter, which descriptors it gets. Signal mask, dispositions and environment it gets as denyinit did.
 */
#ifndef INIT_LAUNCH_H
#define INIT_LAUNCH_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>

#define LAUNCH_NOT_FOUND 127 /* the shell's exit statuses */
#define LAUNCH_CANNOT_RUN 126

/*
 * The file that `command` names: itself if it has a slash, else the first one that can be executed in path ($PATH;
 * NULL: the system's default). 0, or the exit status, *error is the errno value then.
 */
int launch_resolve(const char *command, const char *path, char file[PATH_MAX], int *error);

/*
 * Whether the file, or the interpreter that its #! line names, is for another ABI of this machine ("i386", "x32"): the
 * filter would kill it at its first call. NULL: it is not, or that cannot be told.
 */
const char *launch_foreign_abi(const char *file);

/*
 * Closes what is above 2, but for `keep` descriptors from 3 on, and for those of socket activation (LISTEN_PID is this
 * process, LISTEN_FDS of them, each a socket or a FIFO; sd_listen_fds(3)). *closed: how many, -1 if they could only be
 * closed uncounted. 0 or an errno value.
 */
int launch_close_descriptors(unsigned keep, int *closed);

/*
 * Until the entrypoint: a pipe without a reader (SIGPIPE) and a file size limit (SIGXFSZ) are errors with a message, not
 * deaths without one, and so are this program's own crashes (a stack limit, an outer filter that only pretends to have
 * mapped memory or that traps a call). 0 or an errno value.
 */
#define LAUNCH_SIGNALS 7
int launch_guard_signals(struct sigaction before[LAUNCH_SIGNALS]);
int launch_restore_signals(const struct sigaction before[LAUNCH_SIGNALS]);

/*
 * A signal's disposition, SIG_DFL or SIG_IGN (after an execve(2) there are no others). By the kernel's own structure:
 * libc's sigaction() would fill in, out of its stack, what an outer filter only says to have been told. 0 or an errno
 * value.
 */
int launch_disposition(int signal, struct sigaction *before);

/* Of these only the crashes: for a denyinit that stays, whose crashes are not those of a start. 0 or an errno value. */
int launch_restore_crashes(const struct sigaction before[LAUNCH_SIGNALS]);

/*
 * In the child of a supervising denyinit: descriptors that socket activation meant for process `pid`, its parent, are
 * meant for it (LISTEN_PID). 0 or an exit status, and told.
 */
int launch_activate_as(long pid);

/* Becomes the file. Returns only on failure: the exit status; *error is the errno value. */
int launch(const char *file, char *const argv[], int *error);

#endif
