/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by all unit tests: assertions that print an unexpected error, and a scratch directory that
 * is removed with its contents at the end of a scope.
 */
#ifndef REBTF_UTIL_TESTING_H
#define REBTF_UTIL_TESTING_H

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

/* Asserts that @call returns no error. */
#define assert_ok(call)                                                                            \
	do {                                                                                       \
		struct rebtf_error *ok_error = (call);                                             \
		if (ok_error)                                                                      \
			fail_msg("%s: %s", #call, rebtf_error_text(ok_error));                     \
	} while (0)

/* Asserts that @call returns an error with code @want whose text contains @part. */
#define assert_fails(call, want, part)                                                             \
	do {                                                                                       \
		struct rebtf_error *fails_error = (call);                                          \
		char *fails_text;                                                                  \
		if (!fails_error)                                                                  \
			fail_msg("%s: no error, expected one about '%s'", #call, part);            \
		fails_text = rebtf_error_text(fails_error);                                        \
		if (fails_error->code != (want) || !strstr(fails_text, part))                      \
			fail_msg("%s: error %d '%s', expected %d about '%s'", #call,               \
				 fails_error->code, fails_text, want, part);                       \
		free(fails_text);                                                                  \
		rebtf_error_free(fails_error);                                                     \
	} while (0)

/* Asserts that rebtf_@what_at() returns NULL beyond the elements of @object. */
#define assert_none_beyond(what, object)                                                           \
	do {                                                                                       \
		assert_null(rebtf_##what##_at(object, rebtf_##what##_count(object)));              \
		assert_null(rebtf_##what##_at(object, SIZE_MAX));                                  \
	} while (0)

/* Scratch directories that exist, at most eight of them. A skipped test removes these. */
static char *scratches[8];

static inline void scratch_replace(char *old, char *new)
{
	for (size_t i = 0; i < sizeof(scratches) / sizeof(*scratches); i++) {
		if (scratches[i] == old) {
			scratches[i] = new;
			return;
		}
	}
}

/* Makes a new directory. The caller must pass it to scratch_remove(). */
static inline char *scratch_new(void)
{
	char *path;

	if (asprintf(&path, "%s/rebtf-test-XXXXXX", getenv("TMPDIR") ?: "/tmp") < 0 ||
	    !mkdtemp(path))
		fail_msg("no scratch directory");
	scratch_replace(NULL, path);
	return path;
}

static inline int scratch_remove_entry(const char *path, const struct stat *st, int type,
				       struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void scratch_remove(char **path)
{
	scratch_replace(*path, NULL);
	nftw(*path, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(*path);
}

#define _cleanup_scratch_ _cleanup_(scratch_remove)

/* cmocka leaves a skipped test by longjmp(), so no scope ends. */
static inline void scratch_remove_all(void)
{
	for (size_t i = 0; i < sizeof(scratches) / sizeof(*scratches); i++) {
		if (scratches[i])
			scratch_remove(&(char *){ scratches[i] });
	}
}

#undef skip
#define skip()                                                                                     \
	do {                                                                                       \
		scratch_remove_all();                                                              \
		_skip(__FILE__, __LINE__);                                                         \
	} while (0)

/*
 * The path of @name in @directory, in a buffer that stays valid until the eighth call after this
 * one.
 */
static inline const char *scratch_path(const char *directory, const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static inline void write_bytes(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static inline void assert_file_is(const char *path, const void *data, size_t size)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	assert_ok(file_read(path, &bytes));
	assert_int_equal(bytes.size, size);
	if (size)
		assert_memory_equal(bytes.data, data, size);
}

#endif
