/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Not in place of the sanitizers' own. */
#define malloc memory_malloc
#define calloc memory_calloc
#define realloc memory_realloc
#define free memory_free
void *memory_malloc(size_t size);
void *memory_calloc(size_t nmemb, size_t size);
void *memory_realloc(void *ptr, size_t size);
void memory_free(void *ptr);
#define MEMORY_ROOM ((size_t)1 << 16)
#include "init/memory.c" /* NOLINT(bugprone-suspicious-include): see above */

static int start(void **state)
{
	(void)state;
	heap.used = 0;
	is_untouched = true;
	memset(heap.waiting, 0, sizeof(heap.waiting));
	memset(heap.room, 0, sizeof(heap.room));
	return 0;
}

/* All of it can be written, and nobody else is given any of it. */
static void test_apart(void **state)
{
	unsigned char *blocks[100];

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		blocks[i] = malloc(i * 7);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % 16, 0);
		memset(blocks[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < 100; i += 2)
		free(blocks[i]);
	for (size_t i = 0; i < 100; i += 2) {
		blocks[i] = malloc(i * 7);
		memset(blocks[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < 100; i++)
		for (size_t j = 0; j < i * 7; j++)
			assert_int_equal(blocks[i][j], i);
}

static void test_sizes(void **state)
{
	static const struct {
		size_t wanted, given;
	} rows[] = {{0, 16},      {1, 16},      {16, 16},     {17, 32},     {1008, 1008},  {1009, 1024},
	            {1024, 1024}, {1025, 2048}, {2048, 2048}, {2049, 4096}, {32768, 32768}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(NULL);
		assert_non_null(malloc(rows[i].wanted));
		assert_int_equal(heap.used, rows[i].given + 16);
	}
}

static void test_again(void **state)
{
	void *small, *large;
	size_t before;

	(void)state;
	small = malloc(100);
	large = malloc(5000);
	before = heap.used;
	for (unsigned i = 0; i < 1000; i++) {
		free(small);
		free(large);
		assert_ptr_equal(malloc(112), small);
		assert_ptr_equal(malloc(4097), large);
	}
	assert_int_equal(heap.used, before);
	free(NULL);
}

static void test_zeroed(void **state)
{
	unsigned char *block = calloc(10, 10);

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(block[i], 0);
	memset(block, 1, 100);
	free(block);
	block = calloc(1, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(block[i], 0);
}

static void test_grows(void **state)
{
	unsigned char *block = realloc(NULL, 1);

	(void)state;
	block[0] = 0;
	for (size_t i = 1; i < 16000; i++) {
		block = realloc(block, i + 1);
		assert_non_null(block);
		block[i] = (unsigned char)i;
	}
	for (size_t i = 0; i < 16000; i++)
		assert_int_equal(block[i], (unsigned char)i);
}

static void test_full(void **state)
{
	static const size_t never[] = {MEMORY_ROOM, MEMORY_ROOM - 1, MEMORY_ROOM / 2 + 1, SIZE_MAX, SIZE_MAX / 2};
	unsigned char *block, *last = NULL;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		errno = 0;
		assert_null(malloc(never[i]));
		assert_int_equal(errno, ENOMEM);
		assert_null(calloc(1, never[i]));
		assert_null(realloc(NULL, never[i]));
	}
	assert_null(calloc(SIZE_MAX / 2, 3));
	assert_null(calloc((size_t)1 << 32, (size_t)1 << 32)); /* 0, were it not looked at */
	assert_int_equal(heap.used, 0);
	while ((block = malloc(100)) != NULL) {
		last = block;
		count++;
	}
	assert_int_equal(count, MEMORY_ROOM / 128);
	assert_int_equal(errno, ENOMEM);
	memset(last, 7, 100);
	assert_null(realloc(last, 200)); /* and what there was stays */
	assert_int_equal(last[99], 7);
	assert_ptr_equal(realloc(last, 112), last);
	free(last);
	assert_ptr_equal(malloc(112), last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_apart, start), cmocka_unit_test_setup(test_sizes, start),
	    cmocka_unit_test_setup(test_again, start), cmocka_unit_test_setup(test_zeroed, start),
	    cmocka_unit_test_setup(test_grows, start), cmocka_unit_test_setup(test_full, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
