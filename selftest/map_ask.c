/* SPDX-License-Identifier: MIT */
#include "selftest/map_ask.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/account.h"
#include "selftest/canary.h"
#include "selftest/child.h"
#include "selftest/plan.h"
#include "selftest/raw.h"

#define MARKER 3571          /* no kernel errno, none of canary_markers */
#define GOODBYE UINT64_C(27) /* in the first argument of a harmless call: the helper's last */

static const uint64_t zeros[6];
static const uint64_t ones[6] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

/* What seccomp(2) returns, by itself: -1 and errno. All ABIs: 32-bit ones carry the magic's lower half. */
static long load(uint32_t action, unsigned flags)
{
	const uint32_t sixth = offsetof(struct seccomp_data, args) + 8 * CANARY_ARGUMENT + MACHINE_LOWER;
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sixth),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)OVERLAY_MAGIC, 1, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)CANARY_MAGIC, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, action),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/*
 * Answers every notification with the marker, and never with FLAG_CONTINUE: no body is to run. It is under the filter
 * as well: its own calls are raw ones, which do not leave the sixth register to chance.
 */
static _Noreturn void help(int listener, pid_t maker)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp response;
	long result = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == maker ? 0 : -EPERM;

	memset(&response, 0, sizeof response);
	while (result >= 0 || result == -ENOENT || result == -EINTR) { /* ENOENT: the caller died meanwhile */
		uint64_t receive[6] = {(uint64_t)listener, SECCOMP_IOCTL_NOTIF_RECV, (uintptr_t)&request};
		uint64_t send[6] = {(uint64_t)listener, SECCOMP_IOCTL_NOTIF_SEND, (uintptr_t)&response};

		memset(&request, 0, sizeof request); /* EINVAL otherwise */
		result = raw_native(SYS_ioctl, receive);
		if (result < 0)
			continue;
		response.id = request.id;
		response.error = -MARKER;
		result = raw_native(SYS_ioctl, send);
		if (request.data.args[0] == GOODBYE)
			break;
	}
	_exit(0);
}

/* What the filter answers if nobody else does. */
static uint16_t marker_of(enum map_means means)
{
	return means == MAP_BY_TRACE ? ENOSYS : MARKER;
}

static bool is_marker(struct observed observed, uint16_t marker)
{
	return observed.what == OBSERVED_RETURN && observed.value == -(long)marker;
}

static bool answers(const struct probe *control, uint16_t marker)
{
	struct observed observed;

	return probe_run(control, 1, &observed) == 0 && is_marker(observed, marker);
}

/* *helper: its pid, or 0 if there is none. */
static bool set_up(struct map *map, bool untraced, pid_t *helper)
{
	const pid_t maker = getpid();
	long listener;

	*helper = 0;
	map->means = MAP_BY_LISTENER;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	listener = load(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (listener < 0) {
		map->means = errno == EINVAL && untraced ? MAP_BY_TRACE : MAP_BY_ERRNO;
		return load(map->means == MAP_BY_TRACE ? SECCOMP_RET_TRACE : SECCOMP_RET_ERRNO | MARKER, 0) == 0;
	}
	*helper = child_make(SIGCHLD);
	if (*helper == 0)
		help((int)listener, maker);
	return *helper > 0;
}

/* By its last message; one that has not answered it is killed, unless that is denied. */
static void end_helper(pid_t helper, struct probe control)
{
	control.args[0] = GOODBYE;
	if (answers(&control, MARKER) || kill(helper, SIGKILL) == 0)
		while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
			;
}

static struct probe probe_of(enum abi abi, uint32_t nr, const uint64_t args[6], uint64_t magic)
{
	struct probe probe = {abi, nr, {0}};

	memcpy(probe.args, args, sizeof probe.args);
	probe.args[CANARY_ARGUMENT] = magic;
	return probe;
}

/* Nothing is asked that could be carried out: a harmless call first has to be seen stopped by the filter. */
static bool is_at_work(uint16_t marker, struct probe *control)
{
	for (size_t i = 0; plan_control(i, control); i++) {
		control->args[CANARY_ARGUMENT] = OVERLAY_MAGIC;
		if (answers(control, marker))
			return true;
	}
	return false;
}

/* The controls do no harm even where no canary keeps them from being carried out. */
uint16_t map_find_canary(void)
{
	struct probe control;

	for (size_t i = 0; plan_control(i, &control); i++)
		for (size_t marker = 0; marker < CANARY_MARKERS; marker++)
			if (answers(&control, canary_markers[marker]))
				return canary_markers[marker];
	return 0;
}

/* The calls of one ABI, asked once. */
struct round {
	uint64_t magic;
	const uint64_t *args[MAP_NUMBERS];     /* NULL: not this one */
	struct observed observed[MAP_NUMBERS]; /* what was not asked or not reached: OBSERVED_NOTHING */
};

/*
 * The control goes last: the answers count if the filter was at work to the end. It also leaves the sixth register
 * clean, which int 0x80 does not: in a child whose exit(2) carries the magic even that would come back.
 */
static void ask(enum abi abi, struct round *round, const struct probe *control, uint16_t marker)
{
	static struct probe probes[MAP_NUMBERS + 1]; /* large */
	static struct observed observed[MAP_NUMBERS + 1];
	size_t count = 0;

	for (size_t i = 0; i < MAP_NUMBERS; i++)
		if (round->args[i])
			probes[count++] = probe_of(abi, map_number(abi, i), round->args[i], round->magic);
	probes[count++] = *control;
	memset(round->observed, 0, sizeof round->observed);
	(void)raw_native(SYS_getpid, zeros);      /* a magic that the compiler has left in the register is gone */
	(void)probe_run(probes, count, observed); /* after an error the rest is OBSERVED_NOTHING */
	if (!is_marker(observed[count - 1], marker))
		return;
	for (size_t i = MAP_NUMBERS; i-- > 0;)
		if (round->args[i])
			round->observed[i] = observed[--count - 1];
}

/* Whether an ABI's calls may be asked: its control has come back from a filter, or not at all. Last: see ask(). */
static bool is_safe(struct map *map, enum abi abi, const struct probe *control)
{
	struct probe controls[] = {*control, *control};
	struct observed observed[2];

	controls[0].abi = abi;
	controls[0].nr = (uint32_t)numbers_of(abi, numbers_native_name(control->nr));
	if (probe_run(controls, 2, observed) != 0 || (observed[0].what == OBSERVED_RETURN && observed[0].value >= 0))
		return false;
	if (observed[0].what != OBSERVED_DEATH || observed[0].value == SIGSYS)
		return true;
	for (size_t i = 0; i < MAP_NUMBERS; i++)
		map->calls[abi][i].answer = MAP_ABSENT;
	return false;
}

/*
 * Three rounds: all arguments 0; all ones, for filters that look at arguments; and, for who it was, the canary's magic
 * with those arguments with which the call was stopped. Those that die are asked once: a death costs a process, and may
 * be a line in an audit log.
 */
static void ask_abi(struct map *map, enum abi abi, const struct probe *control)
{
	static struct round round; /* large */
	const uint16_t marker = marker_of(map->means);
	const bool certain = map->means == MAP_BY_LISTENER;
	struct map_call *calls = map->calls[abi];

	if (!is_safe(map, abi, control))
		return;
	round.magic = OVERLAY_MAGIC;
	for (size_t i = 0; i < MAP_NUMBERS; i++)
		round.args[i] = calls[i].answer == MAP_UNFILTERABLE ? NULL : zeros;
	ask(abi, &round, control, marker);
	for (size_t i = 0; i < MAP_NUMBERS; i++) {
		if (round.args[i])
			map_read(&calls[i], round.observed[i], marker, certain);
		round.args[i] = round.observed[i].what == OBSERVED_RETURN ? ones : NULL;
	}
	ask(abi, &round, control, marker);
	for (size_t i = 0; i < MAP_NUMBERS; i++) {
		const uint64_t *args = zeros;

		if (round.args[i] && map_join(&calls[i], round.observed[i], marker, certain))
			args = ones;
		round.args[i] = map->canary && calls[i].answer == MAP_ERRNO ? args : NULL;
	}
	round.magic = CANARY_MAGIC;
	ask(abi, &round, control, marker);
	for (size_t i = 0; i < MAP_NUMBERS; i++)
		calls[i].by = (uint8_t)map_blame(map, abi, i, round.observed[i]);
}

enum map_step map_ask(struct map *map)
{
	const struct account account = account_read(account_open());
	enum map_step step = MAP_MADE;
	struct probe control;
	pid_t helper;

	map_begin(map);
	map->filters = account.filters;
	map->canary = map_find_canary();
	if (!set_up(map, account.tracer == 0, &helper))
		return MAP_NOT_LOADED;
	if (is_at_work(marker_of(map->means), &control))
		for (int abi = 0; abi < MACHINE_CALLABLE; abi++)
			ask_abi(map, (enum abi)abi, &control);
	else
		step = MAP_NOT_AT_WORK;
	if (helper > 0)
		end_helper(helper, control);
	return step;
}
