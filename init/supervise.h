/* SPDX-License-Identifier: MIT */
/*
 * supervise: a denyinit that stays. It divides: the child goes on to prove the policy and becomes the command, the
 * parent (PID 1 in a container) reaps everything, passes signals on, answers and tells denials, and exits as the command
 * did. From the division on no signal is lost: all that can be passed on are blocked in both until the command runs.
 *
 * The two share one descriptor table until the parent leaves it (CLONE_FILES): so the listener, which only the child can
 * make, needs no passing, and no call that a policy might deny.
 */
#ifndef INIT_SUPERVISE_H
#define INIT_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/staying.h"
#include "init/watch.h"

enum supervise_step {
	SUPERVISE_OK,
	SUPERVISE_DESCRIPTORS, /* open, pipe2, signalfd */
	SUPERVISE_SIGNALS,     /* sigprocmask, sigaction */
	SUPERVISE_CLONE,
	SUPERVISE_PARENT,   /* the parent is gone, or does not answer */
	SUPERVISE_SHARED,   /* their descriptors are still the same */
	SUPERVISE_CONFINE,  /* the parent's own filter could not be loaded */
	SUPERVISE_LISTENER, /* the parent cannot use the listener */
	SUPERVISE_SUBREAPER,
};

struct supervisor {
	const struct staying *how;
	pid_t child;  /* 0: this is the child */
	pid_t self;   /* before the division */
	pid_t parent; /* of that one, when it began */
	pid_t group;  /* likewise */
	int terminal; /* the controlling one; in the end only where somebody above has other jobs on it. -1: none */
	bool gave_terminal; /* that is the command's, and was this group's */
	int up[2], down[2];
	int signals; /* signalfd(2) */
	int null;
	int proc;                 /* O_PATH; -1: none */
	uint64_t mask;            /* as it was, to be the command's */
	struct sigaction sigchld; /* likewise */
};

/*
 * All signals that can be passed on wait from here on, the first thing that is done: PID 1, which has no default
 * actions, would lose them (and anybody those that a start ignores, launch.h). *mask: as it was. 0 or an errno value.
 */
int supervise_hold(uint64_t *mask);

/* It is no supervising denyinit after all. 0 or an errno value. */
int supervise_let_go(uint64_t mask);

/*
 * After supervise_hold, with its mask; s->parent is set. *error: errno value. SUPERVISE_OK: both go on, and s->child tells which one this
 * is. Makes the child the leader of a process group of its own, and that the foreground one of the terminal on 0, 1 or 2
 * if this process's was.
 */
enum supervise_step supervise_divide(struct supervisor *s, const struct staying *how, uint64_t mask, int *error);

/* ---- the child ---- */

/* Until it is released it dies with its parent; again after another user's ID, which ends that. 0 or an errno value. */
int supervise_bind(const struct supervisor *s);

/* The filter has a listener; from now on the parent answers. 0 or an errno value. */
int supervise_hand_over(const struct supervisor *s, int listener);

/* All is proven: waits until the parent has confined itself. Then the command may run. */
enum supervise_step supervise_release(const struct supervisor *s, int *error);

/* The command is run now; it could not be run after all. 0 or an errno value. */
int supervise_tell_leaving(const struct supervisor *s);
int supervise_tell_failed(const struct supervisor *s);

/* The signal state of the command. 0 or an errno value. */
int supervise_restore_signals(const struct supervisor *s);

/* ---- the parent ---- */

/*
 * All that the child has said so far: watch->listener is set from what it hands over, and where all is proven this
 * process confines itself. 0 or an errno value: there was none, or the answer could not be given.
 */
int supervise_take_messages(struct supervisor *s, struct watch *watch);

/* A step in words; no full stop at the end. Static text. */
const char *supervise_why(enum supervise_step step);

#endif
