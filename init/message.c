/* SPDX-License-Identifier: MIT */
#include "init/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *format, va_list arguments, const char *ending)
{
	char raw[1024], line[2048] = "denyinit: ";
	size_t used = strlen(line);

	vsnprintf(raw, sizeof raw, format, arguments);
	for (const unsigned char *c = (const unsigned char *)raw; *c && used < sizeof line - 64; c++) {
		if (*c < 0x20 || *c >= 0x7f)
			used += (size_t)snprintf(line + used, 8, "\\x%02x", *c);
		else
			line[used++] = (char)*c;
	}
	used += (size_t)snprintf(line + used, sizeof line - used, "%s\n", ending);
	while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
		; /* there is nobody to tell that stderr cannot be written */
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, "");
	va_end(arguments);
}

int refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, ". Not starting (125).");
	va_end(arguments);
	return MESSAGE_REFUSED;
}
