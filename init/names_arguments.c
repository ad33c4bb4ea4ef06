/* SPDX-License-Identifier: MIT */
/*
 * The argument table: arguments.txt, in the program packed (pack.sh), a line for all calls with the same arguments. A plain argument is 32 bits wide;
 * behind its name `*` means a pointer (what it points to is out of a filter's sight), `+` a long (64 bits, or what a
 * 32-bit ABI has), `:64` 64 bits on every ABI, `:16` that the kernel cuts it to 16. `/` stands before another name in use;
 * `-` is a name that means nothing (prctl's second argument is called arg2 in the kernel, and a policy's arg2 is the third
 * one). A line with `@` is that of the 32-bit ABI
 * besides (i386 on x86_64) where it differs from the native one: arch.h.
 *
 * A width is what the kernel looks at, and that is nearly always the prototype's: int, unsigned int, and what is typedef'd
 * to them, long, size_t, loff_t. umode_t is an unsigned short: the upper 48 bits of a mode are cut off, and chmod with
 * 0x104755 sets the setuid bit. Where a prototype has a long, and the kernel cuts it or ignores its upper half whatever
 * the other arguments are, it is 32 here, or junk in the upper half would hide a call:
 *
 *   clone, unshare  flags: lower_32_bits (kernel/fork.c); unshare has EINVAL for all bits above (check_unshare_flags)
 *   mmap            prot, flags, fd: do_mmap looks at low bits only; fget takes an unsigned int
 *   readv, writev and their like    fd: fdget_pos takes an unsigned int
 *   mbind           mode: an int in kernel_mbind
 *   ptrace          pid: a pid_t in find_get_task_by_vpid
 *   fcntl           arg: an int in do_fcntl, unless it is a pointer
 *   keyctl          all: key_serial_t, uid_t and the like, unless pointers or lengths of at most 1 MiB
 *   semctl          arg: an int of SETVAL, or a pointer
 *   kcmp            idx1, idx2: descriptors, or a pointer
 *   remap_file_pages    flags: all but MAP_NONBLOCK is ignored
 *
 * Where it has an error for what does not fit (mount's flags, mprotect's prot), or where that depends on the command
 * (ioctl, prctl), the prototype's width holds.
 */
#include "init/names.h"

#include <string.h>

#include "init/arch.h"
#include "init/packed.h"

#include "init/names_arguments.inc"

/* Lines that are not everywhere the same, and that of a call which most policies ask for: these are not packed. */
static const char own[] = ARCH_ARGUMENTS "unshare flags/unshare_flags\n";

/* All the others: unpacked when they are first wanted. */
static const char *table(void)
{
	static char text[TEXT_BYTES + 1];

	if (text[0] == '\0')
		packed_unpack(packed, sizeof(packed) - 1, text, sizeof(text));
	return text;
}

/* One argument as the table writes it: [at, at + length). */
struct spelling {
	const char *at;
	size_t length;
};

/* Whether the word [list, list + length), calls separated by commas, has the call. */
static bool has_call(const char *list, size_t length, const char *call, size_t wanted)
{
	for (const char *end = list + length; list < end;) {
		const char *comma = memchr(list, ',', (size_t)(end - list));
		size_t name = (size_t)((comma ? comma : end) - list);

		if (name == wanted && memcmp(list, call, wanted) == 0)
			return true;
		list += name + 1;
	}
	return false;
}

/* The arguments of call, by a line of text: the rest of it, without the newline. NULL: none has it. */
static const char *find_line(const char *text, const char *call, bool i386, size_t *length)
{
	size_t wanted = strlen(call);

	for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		size_t mark = line[0] == '@';
		const char *blank = memchr(line, ' ', (size_t)(end - line));
		const char *names_end = blank ? blank : end;

		if (mark != i386 || !has_call(line + mark, (size_t)(names_end - line) - mark, call, wanted))
			continue;
		*length = (size_t)(end - names_end) - (blank != NULL);
		return names_end + (blank != NULL);
	}
	return NULL;
}

static const char *find_native(const char *call, size_t *length)
{
	const char *signature = find_line(own, call, false, length);

	return signature ? signature : find_line(table(), call, false, length);
}

/* chown32, clock_settime64 and futex_time64 have the arguments of the call without that, unless they have a line. */
static const char *find_twin(const char *call, size_t *length)
{
	static const char *const endings[] = {"_time64", "32", "64"};
	size_t whole = strlen(call);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);
		char twin[NAMES_ARGUMENT];

		if (whole > ending && whole - ending < sizeof(twin) && strcmp(call + whole - ending, endings[i]) == 0) {
			memcpy(twin, call, whole - ending);
			twin[whole - ending] = '\0';
			return find_native(twin, length);
		}
	}
	return NULL;
}

static const char *signature_of(enum names_abi abi, const char *call, size_t *length)
{
	const char *signature = abi == NAMES_COMPAT ? find_line(own, call, true, length) : NULL;

	signature = signature ? signature : find_native(call, length);
	return signature ? signature : find_twin(call, length);
}

/* Takes one word off the front of a signature. */
static bool next_spelling(const char **signature, size_t *length, struct spelling *word)
{
	const char *blank;

	if (*length == 0)
		return false;
	blank = memchr(*signature, ' ', *length);
	word->at = *signature;
	word->length = blank ? (size_t)(blank - *signature) : *length;
	*signature += word->length + (blank != NULL);
	*length -= word->length + (blank != NULL);
	return true;
}

static size_t name_length(struct spelling word)
{
	size_t i = 0;

	while (i < word.length && !memchr("*+:/", word.at[i], 4))
		i++;
	return i;
}

/* `flags/clone_flags` has two names. */
static bool has_name(struct spelling word, const char *name)
{
	size_t wanted = strlen(name);

	while (word.length > 0) {
		size_t length = name_length(word);

		if (length == wanted && memcmp(word.at, name, wanted) == 0)
			return true;
		if (length >= word.length || word.at[length] != '/')
			return false;
		word.at += length + 1;
		word.length -= length + 1;
	}
	return false;
}

/* A long has 32 bits there. */
static bool is_narrow(enum names_abi abi)
{
	return ARCH_WORD == 32 || abi == NAMES_COMPAT;
}

/* What is behind the name, and so the width of a word; a long is what the ABI has. */
static enum width width_of(enum names_abi abi, struct spelling word)
{
	switch (word.at[word.length - 1]) {
	case '*': return WIDTH_POINTER;
	case '+': return is_narrow(abi) ? WIDTH_32 : WIDTH_64;
	case '4': return memchr(word.at, ':', word.length) ? WIDTH_64 : WIDTH_32;
	case '6': return memchr(word.at, ':', word.length) ? WIDTH_16 : WIDTH_32;
	default: return WIDTH_32;
	}
}

/* The argument that is called name, or (name NULL) is at this place. */
static bool find_argument(enum names_abi abi, const char *call, const char *name, int place, struct argument *argument,
                          struct spelling *word)
{
	size_t length;
	const char *signature = signature_of(abi, call, &length);
	int at = 0; /* register */

	if (!signature)
		return false;
	for (int i = 0; next_spelling(&signature, &length, word); i++) {
		enum width width = width_of(abi, *word);
		bool pair = is_narrow(abi) && width == WIDTH_64;
		int upper;

		if (ARCH_PAIRS == 2 && pair)
			at += at % 2;
		upper = at + pair;

		if (name ? has_name(*word, name) : i == place) {
			*argument = (struct argument){.index = (int8_t)at, .upper = (int8_t)upper, .width = width};
			return true;
		}
		at = upper + 1;
	}
	return false;
}

const char *names_arguments(const char *call, char *names, size_t size)
{
	size_t length, used = 0;
	const char *signature = signature_of(NAMES_NATIVE, call, &length);
	struct spelling word;

	if (!signature)
		return NULL;
	names[0] = '\0';
	while (next_spelling(&signature, &length, &word)) {
		size_t name = name_length(word);

		if (word.at[0] == '-')
			continue;
		if (used + name + 2 > size)
			break;
		if (used > 0)
			names[used++] = ' ';
		memcpy(names + used, word.at, name);
		used += name;
		names[used] = '\0';
	}
	return names;
}

bool names_argument(const char *call, const char *name, struct argument *argument)
{
	struct spelling word;

	return strcmp(name, "-") != 0 && find_argument(NAMES_NATIVE, call, name, 0, argument, &word);
}

bool names_argument_at(const char *call, int index, struct argument *argument)
{
	struct spelling word;

	return find_argument(NAMES_NATIVE, call, NULL, index, argument, &word);
}

bool names_argument_alone(const char *call, int index, struct argument *argument)
{
	struct spelling word;

	return find_argument(NAMES_COMPAT, call, NULL, index, argument, &word);
}

bool names_argument_on(enum names_abi abi, const char *call, int index, struct argument *argument)
{
	struct spelling word;
	char name[NAMES_ARGUMENT];
	size_t length;

	if (!find_argument(NAMES_NATIVE, call, NULL, index, argument, &word))
		return false;
	length = name_length(word);
	if (word.at[0] == '-' || length >= sizeof(name))
		return find_argument(abi, call, NULL, index, argument, &word);
	memcpy(name, word.at, length);
	name[length] = '\0';
	return find_argument(abi, call, name, 0, argument, &word);
}
