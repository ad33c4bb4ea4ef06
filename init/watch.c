/* SPDX-License-Identifier: MIT */
#include "init/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "init/abis.h"
#include "init/arch.h"
#include "init/listener.h"
#include "init/patient.h"
#include "init/promote.h"
#include "selftest/trial.h"

#define FAILURES 8u /* in a row, of what fails by somebody's doing only */

/* The policy for the calls of an ABI; NULL: they all kill. *name: the ABI's. */
static const struct policy *policy_for(const struct policy *native, const struct seccomp_data *data, const char **name)
{
	enum other_abi abi;

	if (abis_of(data->arch, (uint32_t)data->nr, &abi)) {
		*name = abis_name(abi);
		return native->other[abi];
	}
	*name = data->arch == ARCH_AUDIT ? ARCH_NAME : "other";
	return data->arch == ARCH_AUDIT ? native : NULL;
}

/* A rule of another ABI as the native one that it comes from, if that is on a call of the same name: one line, one rule. */
static const struct rule *native_rule(const struct policy *native, const struct rule *rule)
{
	for (size_t i = 0; rule && i < native->nrules; i++) {
		const struct rule *same = &native->rules[i];

		if (same->line == rule->line && same->action == rule->action && strcmp(same->name, rule->name) == 0 &&
		    (rule->name[0] || (rule->nr & ~ABIS_X32_BIT) == same->nr))
			return same;
	}
	return rule;
}

/* The kernel's type is not const; nobody writes. */
static uint32_t evaluate(const struct program *program, const struct seccomp_data *data)
{
	const struct sock_fprog fprog = {.len = (unsigned short)program->length,
	                                 .filter = (struct sock_filter *)(uintptr_t)program->filter};

	return program->length > 0 ? trial_evaluate(&fprog, data) : SECCOMP_RET_ALLOW;
}

/* While the caller waits for its answer its name cannot change. */
static void read_comm(int proc, uint32_t pid, char comm[DENIALS_COMM])
{
	char path[24];
	ssize_t length = -1;
	int fd;

	comm[0] = '\0';
	if (proc < 0 || pid == 0)
		return;
	snprintf(path, sizeof path, "%u/comm", (unsigned)pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, comm, DENIALS_COMM);
	(void)close(fd); /* only read from */
	if (length <= 0)
		comm[0] = '\0';
	else
		comm[length - 1] = '\0'; /* a newline */
}

static void note(struct watch *watch, const struct seccomp_notif *call, enum denial_kind kind, uint32_t action)
{
	const struct policy *policy = kind == DENIAL_DENIED ? &watch->loaded->policy : &watch->loaded->observed;
	struct denial denial = {.kind = kind, .nr = (uint32_t)call->data.nr, .pid = (long)call->pid};
	const struct policy *abis = policy_for(policy, &call->data, &denial.abi);
	uint64_t args[6];

	memcpy(args, call->data.args, sizeof args);
	if (abis) {
		denial.rule = native_rule(policy, policy_rule(abis, denial.nr, args));
		denial.setting = "newer-syscalls";
	} else {
		denial.setting = "other-abis";
	}
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		denial.errnum = (uint16_t)(action & SECCOMP_RET_DATA);
	read_comm(watch->proc, call->pid, denial.comm);
	denials_note(&watch->denials, &denial);
}

/* What becomes of one call: the whole decision. Sets what is to be sent. */
static void decide(struct watch *watch, const struct seccomp_notif *call, struct seccomp_notif_resp *answer)
{
	const uint32_t denied = evaluate(&watch->loaded->program, &call->data);
	uint32_t observed;

	answer->error = -EPERM; /* whatever comes: not through */
	if (!watch->released && call->data.args[5] == watch->cookie) {
		answer->error = -TRIAL_HEARD;
		return;
	}
	if (denied != SECCOMP_RET_ALLOW) {
		if ((denied & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && (denied & SECCOMP_RET_DATA) != 0)
			answer->error = -(int)(denied & SECCOMP_RET_DATA);
		if (watch->released)
			note(watch, call, DENIAL_DENIED, denied);
		return;
	}
	observed = evaluate(&watch->loaded->observed_program, &call->data);
	if (observed == SECCOMP_RET_ALLOW)
		return; /* cannot be: neither program passes such a call on */
	answer->error = 0;
	answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (watch->released)
		note(watch, call, DENIAL_OBSERVED, observed);
}

static bool has_more(int listener)
{
	struct pollfd fd = {.fd = listener, .events = POLLIN};

	return poll(&fd, 1, 0) == 1 && fd.revents & POLLIN;
}

/*
 * A listener of no use: who waits for an answer, and whoever makes such a call from now on, gets ENOSYS by its being
 * closed (kernel/seccomp.c, seccomp_do_user_notification); else they would wait for ever.
 */
static void lose(struct watch *watch, const char *what, int error)
{
	char line[256];
	int length;

	(void)close(watch->listener);
	watch->listener = -1;
	watch->lost = true;
	if (!watch->released)
		return; /* then nothing will run, and that is told */
	length = snprintf(
	    line, sizeof line,
	    "denyinit: calls that are denied or observed are not told any more, and get ENOSYS: cannot %s them: "
	    "%s\n",
	    what, strerror(error));
	if (length > 0 && (size_t)length < sizeof line)
		patient_write(line, (size_t)length);
}

void watch_answer(struct watch *watch, unsigned most)
{
	do {
		struct seccomp_notif call;
		struct seccomp_notif_resp answer;
		int error;

		memset(&call, 0, sizeof call); /* the kernel wants it zeroed */
		memset(&answer, 0, sizeof answer);
		errno = EIO; /* of an outer filter that only says that it is done: no call is of ABI 0 */
		if (ioctl(watch->listener, (int)SECCOMP_IOCTL_NOTIF_RECV, &call) != 0 || call.data.arch == 0) {
			/* The caller was killed; this process was stopped: any number of times. */
			if (errno == ENOENT || errno == EINTR)
				continue;
			if (++watch->failures == FAILURES) {
				lose(watch, "receive", errno);
				return;
			}
			continue;
		}
		watch->failures = 0;
		answer.id = call.id;
		decide(watch, &call, &answer);
		error = listener_send(watch->listener, &answer);
		if (error) {
			lose(watch, "answer", error);
			return;
		}
	} while (--most > 0 && has_more(watch->listener));
}

static int64_t milliseconds(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int watch_tell(struct watch *watch)
{
	const int64_t now = milliseconds(CLOCK_MONOTONIC);
	char line[DENIALS_LINE];
	size_t length;

	while ((length = denials_line(&watch->denials, now, milliseconds(CLOCK_REALTIME) / 1000, line)) > 0)
		patient_write(line, length);
	return denials_wait(&watch->denials, now);
}

void watch_totals(struct watch *watch)
{
	char line[DENIALS_LINE];
	size_t length, at = 0;

	while ((length = denials_total(&watch->denials, &at, line)) > 0)
		patient_write(line, length);
}

void watch_promote(struct watch *watch)
{
	static const char head[] =
	    "denyinit: OBSERVED this run is over: with this policy nothing that it did would have been denied:\n";
	struct loaded *loaded = watch->loaded;

	if (!loaded->enforces_nothing || watch->denials.json)
		return;
	patient_write(head, sizeof head - 1);
	promote(loaded->text, loaded->length, &loaded->observed, &watch->denials, &loaded->findings, patient_write);
}
