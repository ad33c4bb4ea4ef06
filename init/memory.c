/* SPDX-License-Identifier: MIT */
/*
 * malloc(3) and its kin for denyinit, in place of musl's: a room of fixed size from which nothing is given back. musl's
 * maps a page or a few for nearly every handful of libseccomp's blocks, and soon unmaps them: 270 system calls of a
 * start with the default policy, a fault for each such page, and 6 KB of code. Here a block that was freed waits for the
 * next one of its size. When the room is full there is NULL and ENOMEM, as from any malloc.
 *
 * Who asks: libseccomp, open_memstream(3), opendir(3) and setenv(3), in the only thread that there is. The default policy
 * takes 45 KiB; one that denies all calls which can be denied, by many errnos, 250. denyinit-export, which has libseccomp
 * compile far larger programs, keeps musl's.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef MEMORY_ROOM
#define MEMORY_ROOM ((size_t)1 << 20)
#endif

#define GRAIN 16u                  /* what blocks are aligned to, and sizes up to SMALL rounded to */
#define SMALL ((size_t)64 * GRAIN) /* above, sizes are powers of two: what grows is not copied often */
#define CLASSES (SMALL / GRAIN + 64u)

/* Before what is handed out, and so aligned that this is. */
struct block {
	_Alignas(GRAIN) size_t size; /* of what is behind this */
	struct block *next;          /* while it waits */
};

/* Aligned so that what is used first lies in one page. */
static _Alignas(2048) struct {
	struct block *waiting[CLASSES];
	size_t used;
	_Alignas(GRAIN) char room[MEMORY_ROOM];
} heap;

/* Not 0, and so in another page. That one is written to before it is read: else it would be faulted in twice. */
static bool is_untouched = true;

static struct block **waiting_for(size_t size)
{
	return &heap.waiting[size <= SMALL ? size / GRAIN - 1 : SMALL / GRAIN + (size_t)__builtin_ctzl(size)];
}

static size_t rounded(size_t wanted)
{
	if (wanted > SMALL)
		return (size_t)1 << (LONG_BIT - __builtin_clzl(wanted - 1));
	return wanted == 0 ? GRAIN : (wanted + GRAIN - 1) / GRAIN * GRAIN;
}

/*
 * *fresh: it is as the room was at the start, all 0. Not malloc itself: of that and memset(3) the compiler would make the
 * call of calloc that is being defined.
 */
static void *take(size_t wanted, bool *fresh)
{
	struct block *block, **place;
	size_t size;

	if (wanted >= MEMORY_ROOM) {
		errno = ENOMEM;
		return NULL;
	}
	if (is_untouched) {
		is_untouched = false;
		*(volatile size_t *)&heap.used = 0;
	}
	size = rounded(wanted);
	place = waiting_for(size);
	block = *place;
	*fresh = !block;
	if (block) {
		*place = block->next;
		return block + 1;
	}
	if (size + sizeof(*block) > MEMORY_ROOM - heap.used) {
		errno = ENOMEM;
		return NULL;
	}
	block = (struct block *)(void *)(heap.room + heap.used);
	block->size = size;
	heap.used += sizeof(*block) + size;
	return block + 1;
}

void *malloc(size_t size)
{
	bool fresh;

	return take(size, &fresh);
}

void free(void *ptr)
{
	struct block *block = ptr, **place;

	if (!ptr)
		return;
	block--;
	place = waiting_for(block->size);
	block->next = *place;
	*place = block;
}

void *calloc(size_t nmemb, size_t size)
{
	void *memory;
	bool fresh;

	if (__builtin_mul_overflow(nmemb, size, &size))
		size = SIZE_MAX; /* more than there is */
	memory = take(size, &fresh);
	return memory && !fresh ? memset(memory, 0, size) : memory;
}

void *realloc(void *ptr, size_t size)
{
	struct block *block = ptr;
	void *larger;
	bool fresh;

	if (ptr && size <= block[-1].size)
		return ptr;
	/* What grows once grows on, libseccomp's program by an instruction or two at a time. Powers of two have room for that. */
	larger = take(ptr && size <= SMALL ? 2 * size : size, &fresh);
	if (!larger)
		larger = take(size, &fresh);
	if (ptr && larger) {
		memcpy(larger, ptr, block[-1].size);
		free(ptr);
	}
	return larger;
}
