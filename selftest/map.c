/* SPDX-License-Identifier: MIT */
#include "selftest/map.h"

#include <signal.h>
#include <string.h>

#include "selftest/mount_api.h"

#define OWN_FILTERS 2 /* the canary and the policy */

/*
 * Calls that i386 has and the native ABI does not: all other names are found by their native numbers. None will be
 * added: since 424 a call has one number for all ABIs.
 */
static const char i386_only[] =
    "_llseek\0_newselect\0bdflush\0break\0chown32\0clock_adjtime64\0clock_getres_time64\0clock_gettime64\0"
    "clock_nanosleep_time64\0clock_settime64\0fadvise64_64\0fchown32\0fcntl64\0fstat64\0fstatat64\0fstatfs64\0ftime\0"
    "ftruncate64\0futex_time64\0getegid32\0geteuid32\0getgid32\0getgroups32\0getresgid32\0getresuid32\0getuid32\0"
    "gtty\0idle\0io_pgetevents_time64\0ipc\0lchown32\0lock\0lstat64\0mmap2\0mpx\0mq_timedreceive_time64\0"
    "mq_timedsend_time64\0nice\0oldfstat\0oldlstat\0oldolduname\0oldstat\0olduname\0ppoll_time64\0prof\0profil\0"
    "pselect6_time64\0readdir\0recvmmsg_time64\0rt_sigtimedwait_time64\0sched_rr_get_interval_time64\0"
    "semtimedop_time64\0sendfile64\0setfsgid32\0setfsuid32\0setgid32\0setgroups32\0setregid32\0setresgid32\0"
    "setresuid32\0setreuid32\0setuid32\0sgetmask\0sigaction\0signal\0sigpending\0sigprocmask\0sigreturn\0sigsuspend\0"
    "socketcall\0ssetmask\0stat64\0statfs64\0stime\0stty\0timer_gettime64\0timer_settime64\0timerfd_gettime64\0"
    "timerfd_settime64\0truncate64\0ugetrlimit\0ulimit\0umount\0utimensat_time64\0vm86\0vm86old\0waitpid\0";

static const uint32_t samples[MAP_SAMPLES] = {1024, 65536, 0x3fffffff};

uint32_t map_number(enum abi abi, size_t i)
{
	uint32_t nr = i < MAP_DENSE ? (uint32_t)i : samples[i - MAP_DENSE];

	return abi == ABI_X32 ? nr | NUMBERS_X32_BIT : nr;
}

static void put_name(struct map *map, enum abi abi, const char *name)
{
	int64_t nr = numbers_of(abi, name);

	if (nr >= 0 && (nr & ~(int64_t)NUMBERS_X32_BIT) < MAP_DENSE)
		map->calls[abi][nr & ~(int64_t)NUMBERS_X32_BIT].name = name;
}

void map_begin(struct map *map)
{
	static const char *const unfilterable[] = {"uretprobe", "uprobe"}; /* seccomp_uprobe_exception(), Linux 6.14 */

	memset(map, 0, sizeof *map);
	for (uint32_t nr = 0; nr < MAP_DENSE; nr++) {
		const char *name = numbers_native_name(nr);

		for (int abi = 0; name && abi < ABI_COUNT; abi++)
			put_name(map, (enum abi)abi, name);
	}
	for (const char *name = i386_only; *name; name += strlen(name) + 1)
		put_name(map, ABI_I386, name);
	for (size_t i = 0; i < sizeof unfilterable / sizeof *unfilterable; i++)
		map->calls[ABI_NATIVE][numbers_of(ABI_NATIVE, unfilterable[i])].answer = MAP_UNFILTERABLE;
}

void map_read(struct map_call *call, struct observed observed, uint16_t marker, bool certain)
{
	call->answer = MAP_UNKNOWN;
	call->errnum = 0;
	if (observed.what == OBSERVED_DEATH) /* other than SIGSYS: int 0x80 without IA32 emulation */
		call->answer = observed.value == SIGSYS ? MAP_KILLED : MAP_ABSENT;
	if (observed.what != OBSERVED_RETURN || observed.value > 0 || observed.value < -4095)
		return;
	if (observed.value == -(long)marker) {
		call->answer = certain ? MAP_OPEN : MAP_UNKNOWN;
		return;
	}
	call->answer = MAP_ERRNO;
	call->errnum = (uint16_t)-observed.value;
}

static bool is_stopped(const struct map_call *call)
{
	return call->answer == MAP_ERRNO || call->answer == MAP_KILLED;
}

bool map_join(struct map_call *call, struct observed observed, uint16_t marker, bool certain)
{
	struct map_call ones = *call;

	map_read(&ones, observed, marker, certain);
	if (call->answer == MAP_OPEN && is_stopped(&ones)) {
		*call = ones;
		call->partly = true;
		return true;
	}
	call->partly = is_stopped(call) && ones.answer == MAP_OPEN;
	return false;
}

/* Of the other ABIs the canary knows one call, and denyinit kills: an errno there is another filter's, if anything. */
static bool is_native_mount(enum abi abi, uint32_t nr)
{
	for (size_t row = 0; row < MOUNT_API_ROWS; row++)
		if (abi == ABI_NATIVE && mount_api_number(abi, row) == (int64_t)nr)
			return true;
	return false;
}

enum map_by map_blame(const struct map *map, enum abi abi, size_t i, struct observed canary)
{
	const struct map_call *call = &map->calls[abi][i];

	if (!is_stopped(call))
		return MAP_BY_NOBODY;
	if (map->canary == 0)
		return MAP_BY_OUTER;
	if (map->filters == OWN_FILTERS)
		return MAP_BY_DENYINIT;
	if (call->answer == MAP_KILLED || canary.what != OBSERVED_RETURN)
		return MAP_BY_EITHER;
	if (canary.value == -(long)map->canary)
		return MAP_BY_OUTER; /* the canary was asked, and nothing newer had an errno of its own */
	return is_native_mount(abi, map_number(abi, i)) ? MAP_BY_DENYINIT : MAP_BY_EITHER;
}
