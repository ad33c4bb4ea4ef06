/* SPDX-License-Identifier: MIT */
/*
 * message: what denyinit has to say besides its report: a line to stderr, "denyinit: ...", in one write.
 *
 * Why nothing was started also goes to Kubernetes' termination message file, if there is one: all lines that were said,
 * the last one in any case. A file that is not there, or cannot be written, is no error, and nothing is said of it.
 */
#ifndef INIT_MESSAGE_H
#define INIT_MESSAGE_H

#define MESSAGE_REFUSED 125 /* denyinit's own exit status */

/* Control bytes are escaped: names that come from outside must not drive a terminal or forge a line. Cut at 2 KiB. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, ending in ". Not starting (125)."; returns that status. What was said so far is left to be found. */
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Leaves what was said so far to be found, where that is no refusal: the command cannot be run. Once for a process. */
void message_leave(void);

/*
 * Opens that file, once, for a process whose filter may soon deny that, or kill for it. The descriptor is above 2 and
 * closes when the command is executed. Without this, message_leave() opens it.
 */
void message_prepare(void);

/* Leaves nothing from now on: for a process that may not open it any more, or whose command has been started. */
void message_renounce(void);

#endif
