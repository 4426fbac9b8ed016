/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Forwards new names of strtol() and its kin to the old names. Debian's newest libbpf.a is built
 * for a newer libc, whose headers rename these functions. This file defines the new names for an
 * older libc. They are weak, so a libc that has them takes precedence.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FORWARD_SCANF(name, vname, source)                                                         \
	int __isoc23_##name(source from, const char *format, ...);                                 \
	__attribute__((weak)) int __isoc23_##name(source from, const char *format, ...)            \
	{                                                                                          \
		va_list args;                                                                      \
		int count;                                                                         \
                                                                                                   \
		va_start(args, format);                                                            \
		count = vname(from, format, args);                                                 \
		va_end(args);                                                                      \
		return count;                                                                      \
	}

#define FORWARD_STRTO(type, name)                                                                  \
	type __isoc23_##name(const char *text, char **end, int base);                              \
	__attribute__((weak)) type __isoc23_##name(const char *text, char **end, int base)         \
	{                                                                                          \
		return name(text, end, base);                                                      \
	}

FORWARD_SCANF(sscanf, vsscanf, const char *)
FORWARD_SCANF(fscanf, vfscanf, FILE *)
FORWARD_STRTO(long, strtol)
FORWARD_STRTO(unsigned long, strtoul)
FORWARD_STRTO(long long, strtoll)
FORWARD_STRTO(unsigned long long, strtoull)
