/* SPDX-License-Identifier: MIT */
/*
 * truth: the table of what denyinit has to say and do, for each outer state, privilege, policy and surroundings. It is
 * written from what the kernel does (seccomp(2), kernel/seccomp.c), not from what denyinit prints. A row is one of each
 * column; truth.c runs them, truth_judge.c compares.
 *
 * What is expected of a row comes from three small tables, first match:
 *
 *   outcomes   can filters be loaded at all, and what kind of policy is it: the report's verdict, and is it started
 *   verdicts   what is outside, and what the policy says of a call: the word for that call
 *   seen       what the started entrypoint gets when it really makes the calls (effect.c): the policy's errno or death
 *
 * None of them has a column for privilege or surroundings: that the verdict depends on neither is what is being tested.
 *
 * Rows that cannot be told apart, by denyinit or by anybody who may not run the calls; README names them:
 *
 *   1. An outer filter that kills for a call. Its caller dies before and after the policy is loaded, whether the policy
 *      has a rule for it or not, of whatever kind: with a rule that kills, even the entrypoint sees no difference. Only
 *      the evaluation speaks: `masked` with a rule, `denied-by-runtime` without, `left-open` if a line says so.
 *   2. An outer listener (user notification). It answers each call as it likes: that it let one through, or stopped it,
 *      says nothing about the next one. So a call that the policy lets through is `let-through` at the most certain,
 *      whatever the listener does: never denied. With the policy's rule there is nothing to tell: errno comes first.
 *   3. An outer ENOSYS beside an outer listener: there can be no second listener to ask by, and asking by
 *      SECCOMP_RET_TRACE gives ENOSYS of itself: `let-through`. Without a listener it is `denied-by-runtime`.
 *   4. A tracer. What it lets the probes see it may keep from the entrypoint. The report has tracer=, where there is a
 *      /proc, and no more can be said: the same verdict under a friendly one (strace) and a hostile one.
 *   5. What the kernel itself denies behind the filters: a missing capability, Landlock and other security modules,
 *      a call that this kernel does not have. The self-test is made so that these do not matter; so it tells nothing
 *      about them either: a call that only they stop is `reachable`.
 *   6. Without /proc (and before Linux 5.9) the number of filters is not known: kernel=not-offered, same verdict.
 *   7. The policy's ENOSYS and a kernel that does not have the call: told apart by the self-test (the marker comes
 *      first), not by the entrypoint. In the table: open_tree_attr on Linux before 6.15.
 */
#ifndef TESTS_LIVE_TRUTH_H
#define TESTS_LIVE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "calls.h"

#define MOUNT_CALLS CALL_UMOUNT /* umount is i386's only */
#define NO_CALL MOUNT_CALLS

/* What is written for a call's death of SIGSYS, as effect.c does. */
#define KILLED 1031

/* ---- the columns ---- */

enum loading { LOADS, CANARY_ONLY, LOADS_NOTHING };

/*
 * `seen`: what the entrypoint sees there without denyinit, separated by blanks, `!=` included: is the state in force?
 * `kills`: the call for which its caller is killed.
 */
static const struct outer {
	const char *name;
	const char *options; /* of `outer`; %s: the call that the policy's column is about */
	enum loading loading;
	int kills;
	const char *seen;
} outers[] = {
    {"none", "", LOADS, NO_CALL, "seccomp=14 logged=14 prctl=14 nnp=0 mount!=1031 open_tree_attr!=38 i386!=1031"},
    {"docker", "--filter docker", LOADS, NO_CALL,
     "mount=1 umount2=1 pivot_root=1 open_tree=1 move_mount=1 fsopen=1 fsconfig=1 fsmount=1 fspick=1 mount_setattr=1 "
     "open_tree_attr=38 open_tree-plain=1 i386=1 x32=1 old=1 new=1 seccomp=14"},
    {"eperm-mount", "--filter eperm-mount", LOADS, NO_CALL,
     "mount=1 umount2=1 pivot_root=1 open_tree=1 move_mount=1 fsopen=1 fsconfig=1 fsmount=1 fspick=1 mount_setattr=1 "
     "open_tree_attr=1 open_tree-plain=1 old=1 new=1 i386!=1"},
    {"enosys-450", "--filter enosys-450", LOADS, NO_CALL, "open_tree_attr=38 mount!=38 fsopen!=38"},
    {"kill-fsopen", "--filter kill-mount --call fsopen", LOADS, CALL_FSOPEN, "fsopen=1031 new=1031 mount!=1031"},
    {"kill-concerned", "--filter kill-mount --call %s", LOADS, NO_CALL, ""}, /* the call that the policy is about */
    {"kill-i386", "--filter kill-i386", LOADS, NO_CALL, "i386=1031 mount!=1031"},
    {"fake-seccomp", "--filter fake-seccomp", LOADS_NOTHING, NO_CALL, "seccomp=0 logged=0 prctl=0"},
    {"fake-policy", "--filter fake-logged-seccomp", CANARY_ONLY, NO_CALL, "seccomp=14 logged=0 prctl=14"},
    {"refuse-seccomp", "--filter refuse-seccomp", LOADS_NOTHING, NO_CALL, "seccomp=1 logged=1 prctl=1 nnp=0"},
    {"refuse-prctl", "--filter refuse-prctl --filter refuse-seccomp", LOADS_NOTHING, NO_CALL,
     "seccomp=1 logged=1 prctl=1 nnp=1"},
    {"listener-continue", "--filter listener-continue", LOADS, NO_CALL, "mount!=38 fsopen!=38 open_tree_attr!=38"},
    {"listener-enosys-450", "--filter listener-continue --filter enosys-450", LOADS, NO_CALL,
     "mount!=38 fsopen!=38 open_tree_attr=38"},
};

static const struct privilege {
	const char *name;
	const char *options;
	bool can_mount; /* where nothing else stops it */
	const char *seen;
} privileges[] = {
    {"root", "", true, "uid=0 caps=1 ids=1"},
    {"bare-root", "--caps none", false, "uid=0 caps=0 ids=1"},
    {"nobody", "--caps none --uid 65534", false, "uid=65534 caps=0 ids=1"},
    {"userns", "--userns", true, "uid=0 caps=1 ids=0"},
};

/* What kind of policy it is, by what it says of the mount calls. */
enum kind {
	WHOLE,      /* all denied */
	PARTLY,     /* the call concerned is left open by a line, always or for some arguments; all others denied */
	HOLE,       /* the call concerned is not mentioned; all others denied */
	ONE,        /* the call concerned is denied, the others are not mentioned */
	NO_DENYINIT /* the control: the entrypoint alone */
};

/*
 * EHOSTDOWN (112) is an errno that neither the kernel nor an outer filter returns for these calls: where the entrypoint
 * sees it, it was this policy. `rules`: %s stands for all mount calls but the one concerned.
 */
static const struct policy {
	const char *name;
	enum kind kind;
	int concerned;
	int gets;      /* what a denied call gives: errno, or KILLED */
	bool for_some; /* the call concerned is denied with the arguments that effect.c uses, open with others */
	const char *deny, *rules;
} policies[] = {
    {"whole", WHOLE, NO_CALL, 112, false, "EHOSTDOWN", "@mount = deny"},
    {"whole-eperm", WHOLE, NO_CALL, 1, false, "EPERM", "@mount = deny"},
    {"whole-enosys", WHOLE, NO_CALL, 38, false, "EPERM", "@mount = ENOSYS"},
    {"whole-111", WHOLE, NO_CALL, 111, false, "111", "@mount = deny"},
    {"whole-kill", WHOLE, NO_CALL, KILLED, false, "EPERM", "%s= kill-process"},
    {"whole-default", WHOLE, NO_CALL, 1, false, "EPERM", "@default = deny"},
    {"one-of-them-kills", WHOLE, NO_CALL, 112, false, "EHOSTDOWN", "@mount = deny\nacct = kill-process"},
    {"without-mount", HOLE, CALL_MOUNT, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-umount2", HOLE, CALL_UMOUNT2, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-pivot_root", HOLE, CALL_PIVOT_ROOT, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-open_tree", HOLE, CALL_OPEN_TREE, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-move_mount", HOLE, CALL_MOVE_MOUNT, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-fsopen", HOLE, CALL_FSOPEN, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-fsconfig", HOLE, CALL_FSCONFIG, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-fsmount", HOLE, CALL_FSMOUNT, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-fspick", HOLE, CALL_FSPICK, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-mount_setattr", HOLE, CALL_MOUNT_SETATTR, 112, false, "EHOSTDOWN", "%s= deny"},
    {"without-open_tree_attr", HOLE, CALL_OPEN_TREE_ATTR, 112, false, "EHOSTDOWN", "%s= deny"},
    {"enosys-without-open_tree_attr", HOLE, CALL_OPEN_TREE_ATTR, 38, false, "EPERM", "%s= ENOSYS"},
    {"eperm-without-move_mount", HOLE, CALL_MOVE_MOUNT, 1, false, "EPERM", "%s= deny"},
    {"kill-without-fsopen", HOLE, CALL_FSOPEN, KILLED, false, "EPERM", "%s= kill-process"},
    {"kill-without-mount", HOLE, CALL_MOUNT, KILLED, false, "EPERM", "%s= kill-process"},
    {"mount-only", ONE, CALL_MOUNT, 112, false, "EHOSTDOWN", "mount = deny"},
    {"mount-only-eperm", ONE, CALL_MOUNT, 1, false, "EPERM", "mount = deny"},
    {"open_tree-by-flag", PARTLY, CALL_OPEN_TREE, 112, true, "EHOSTDOWN",
     "%s= deny\nopen_tree = deny if flags & OPEN_TREE_CLONE"},
    {"open_tree-killed-by-flag", PARTLY, CALL_OPEN_TREE, KILLED, true, "EPERM",
     "%s= kill-process\nopen_tree = kill-process if flags & OPEN_TREE_CLONE"},
    {"fsopen-allowed", PARTLY, CALL_FSOPEN, 112, false, "EHOSTDOWN", "@mount = deny\nfsopen = allow"},
};

/* The control, in place of a policy. */
static const struct policy no_denyinit = {"no-denyinit", NO_DENYINIT, NO_CALL, 0, false, "", ""};

static const struct surroundings {
	const char *name;
	const char *options; /* of `outer`, before those of the other columns but --userns */
	const char *before;  /* what denyinit is started by */
	const char *kernel;  /* the third witness */
	bool traced;
	bool no_mounts; /* something else than a filter stops every change of the mount tree */
	const char *seen;
} surroundings[] = {
    {"none", "", "", "ok", false, false, "proc=1 tracer=0"},
    {"no-proc", "--no-proc", "", "not-offered", false, false, "proc=0"},
    {"strace", "", "strace -f -qq -o /dev/null", "ok", true, false, "proc=1 tracer=1"},
    {"strace-bpf", "", "strace -f -qq -o /dev/null --seccomp-bpf -e trace=mount,umount2,open_tree,fsopen,move_mount",
     "ok", true, false, "proc=1 tracer=1"},
    {"landlock", "--landlock", "", "ok", false, true, "proc=1 tracer=0 old!=0 new!=0"},
};

/* ---- what is expected ---- */

#define RUNS 42 /* the entrypoint's own status */
#define REFUSED 125
#define ANY_KIND 99

/* `reason`: NULL: as the verdicts of the calls have it, see `reasons`. */
static const struct outcome {
	enum loading loading;
	int kind;
	const char *verdict, *reason;
	int status;
} outcomes[] = {
    {LOADS, WHOLE, "PASS", "none", RUNS},           {LOADS, PARTLY, "PARTIAL", "none", RUNS},
    {LOADS, HOLE, "FAIL", NULL, REFUSED},           {LOADS, ONE, "FAIL", NULL, REFUSED},
    {CANARY_ONLY, ANY_KIND, "FAIL", NULL, REFUSED}, {LOADS_NOTHING, ANY_KIND, "FAIL", "self-test-not-held", REFUSED},
};

/* A call that no filter stops is the worse news. */
static const struct {
	const char *verdict, *reason;
} reasons[] = {
    {"reachable", "mount-reachable"},
    {"let-through", "mount-reachable"},
    {"denied-by-runtime", "mount-denied-by-runtime"},
};

#define ANY_CALL 98
#define CONCERNED 97

/* Words, alternatives separated by `|`; NULL: there is no report of calls. */
static const struct expected_verdict {
	const char *outer;
	int call;
	const char *denied, *allowed, *denied_for_some, *not_mentioned; /* what the policy says of the call */
} verdicts[] = {
    {"none", ANY_CALL, "denied", "left-open", "left-open", "reachable"},
    {"docker", ANY_CALL, "denied", "left-open", "left-open", "denied-by-runtime"},
    {"eperm-mount", ANY_CALL, "denied", "left-open", "left-open", "denied-by-runtime"},
    {"enosys-450", CALL_OPEN_TREE_ATTR, "denied", "left-open", "left-open", "denied-by-runtime"},
    {"enosys-450", ANY_CALL, "denied", "left-open", "left-open", "reachable"},
    {"kill-fsopen", CALL_FSOPEN, "masked", "left-open", "left-open", "denied-by-runtime"},
    {"kill-fsopen", ANY_CALL, "denied", "left-open", "left-open", "reachable"},
    {"kill-concerned", CONCERNED, "masked", "left-open", "left-open", "denied-by-runtime"},
    {"kill-concerned", ANY_CALL, "denied", "left-open", "left-open", "reachable"},
    {"kill-i386", ANY_CALL, "denied", "left-open", "left-open", "reachable"},
    {"listener-continue", ANY_CALL, "denied", "left-open", "left-open", "reachable|let-through"},
    {"listener-enosys-450", CALL_OPEN_TREE_ATTR, "denied", "left-open", "left-open", "let-through"},
    {"listener-enosys-450", ANY_CALL, "denied", "left-open", "left-open", "reachable|let-through"},
    /* The policy's filter is not there: nothing is denied, and what it would have let through is let through. */
    {"fake-policy", ANY_CALL, "reachable", "left-open", "reachable", "reachable"},
    {"fake-seccomp", ANY_CALL, NULL, NULL, NULL, NULL},
    {"refuse-seccomp", ANY_CALL, NULL, NULL, NULL, NULL},
    {"refuse-prctl", ANY_CALL, NULL, NULL, NULL, NULL},
};

#endif
