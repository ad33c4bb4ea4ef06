/* SPDX-License-Identifier: MIT */
#include "selftest/map.h"

#include <signal.h>
#include <string.h>

#include "selftest/mount_api.h"

#define OWN_FILTERS 2 /* the canary and the policy */

#ifdef __s390x__ /* svc takes the lower 16 bits of a number: 65536 would be 0 (arch/s390/kernel/syscall.c) */
static const uint32_t samples[MAP_SAMPLES] = {1024, 16384, 65535};
#else
static const uint32_t samples[MAP_SAMPLES] = {1024, 65536, 0x3fffffff};
#endif

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
	for (size_t i = 0; numbers_name(i); i++)
		for (int abi = 0; abi < MACHINE_CALLABLE; abi++)
			put_name(map, (enum abi)abi, numbers_name(i));
	for (size_t i = 0; i < sizeof unfilterable / sizeof *unfilterable; i++) {
		const int64_t nr = numbers_of(ABI_NATIVE, unfilterable[i]);

		if (nr >= 0) /* x86_64 has them */
			map->calls[ABI_NATIVE][nr].answer = MAP_UNFILTERABLE;
	}
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
