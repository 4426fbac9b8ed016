/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Counts basic blocks and libc calls (work.h). The linker's --wrap redirects calls to the functions
 * named __wrap_.
 */
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "work.h"

static struct work done;

void work_start(void)
{
	done = (struct work){};
}

struct work work_done(void)
{
	return done;
}

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	done.steps++;
}

/*
 * A name, its return type, its parameters, their names, and the number of bytes read to compute
 * @result.
 */
#define COUNTED(name, type, parameters, arguments, count)                                          \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		type result = __real_##name arguments;                                             \
		done.steps += 1 + (count);                                                         \
		return result;                                                                     \
	}

#define ASKED(name, type, parameters, arguments, count)                                            \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		done.steps++;                                                                      \
		done.bytes += (count);                                                             \
		return __real_##name arguments;                                                    \
	}

static uint64_t in_common(const char *a, const char *b, size_t size, int is_string)
{
	size_t i = 0;

	while (i < size && a[i] == b[i] && (a[i] || !is_string))
		i++;
	return i;
}

static uint64_t until(const void *start, const void *found, size_t otherwise)
{
	return found ? (uint64_t)((const char *)found - (const char *)start) : otherwise;
}

COUNTED(memcpy, void *, (void *to, const void *from, size_t n), (to, from, n), n)
COUNTED(memmove, void *, (void *to, const void *from, size_t n), (to, from, n), n)
COUNTED(memset, void *, (void *to, int c, size_t n), (to, c, n), n)
COUNTED(memcmp, int, (const void *a, const void *b, size_t n), (a, b, n), in_common(a, b, n, 0))
COUNTED(memchr, void *, (const void *s, int c, size_t n), (s, c, n), until(s, result, n))
COUNTED(memrchr, void *, (const void *s, int c, size_t n), (s, c, n), n - until(s, result, 0))
COUNTED(memmem, void *, (const void *s, size_t n, const void *t, size_t m), (s, n, t, m),
	until(s, result, n))
COUNTED(strlen, size_t, (const char *s), (s), result)
COUNTED(strnlen, size_t, (const char *s, size_t n), (s, n), result)
COUNTED(strcmp, int, (const char *a, const char *b), (a, b), in_common(a, b, SIZE_MAX, 1))
COUNTED(strncmp, int, (const char *a, const char *b, size_t n), (a, b, n), in_common(a, b, n, 1))
COUNTED(strchr, char *, (const char *s, int c), (s, c), until(s, result, strlen(s)))
COUNTED(strrchr, char *, (const char *s, int c), (s, c), strlen(s))
COUNTED(strstr, char *, (const char *s, const char *t), (s, t), until(s, result, strlen(s)))
COUNTED(strdup, char *, (const char *s), (s), strlen(s))
COUNTED(strndup, char *, (const char *s, size_t n), (s, n), strnlen(s, n))

ASKED(malloc, void *, (size_t n), (n), n)
ASKED(calloc, void *, (size_t n, size_t m), (n, m), n *m)
ASKED(realloc, void *, (void *p, size_t n), (p, n), n)
ASKED(reallocarray, void *, (void *p, size_t n, size_t m), (p, n, m), n *m)

/* libelf searches for a NUL behind the string on each call, from the end of the section. */
char *__real_elf_strptr(Elf *elf, size_t index, size_t offset);
char *__wrap_elf_strptr(Elf *elf, size_t index, size_t offset);

char *__wrap_elf_strptr(Elf *elf, size_t index, size_t offset)
{
	Elf_Data *data = elf_rawdata(elf_getscn(elf, index), NULL);
	const char *last = data ? memrchr(data->d_buf, 0, data->d_size) : NULL;

	if (data)
		done.steps += data->d_size - until(data->d_buf, last, 0);
	return __real_elf_strptr(elf, index, offset);
}
