/* SPDX-License-Identifier: MIT */
/*
 * elf32: a real 32-bit program without libc, so that no 32-bit library need be installed. `elf32 --mount DIR` mounts
 * a tmpfs on DIR and exits with the errno; anything else exits 0.
 */
static int call(int nr, const void *a, const void *b, const void *c, long d, const void *e)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return result;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* stack: argc, argv[0], ... as the kernel left it */
__attribute__((used, noreturn)) static void start(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	int result = 0;

	if (stack[0] == 3 && same(argv[1], "--mount"))
		result = call(21, "tmpfs", argv[2], "tmpfs", 0, 0);
	for (;;)
		call(1, (const void *)-(long)result, 0, 0, 0, 0);
}

__asm__(".globl _start\n"
        "_start:\n\t"
        "movl %esp, %eax\n\t"
        "andl $-16, %esp\n\t"
        "subl $12, %esp\n\t"
        "pushl %eax\n\t"
        "call start\n");
