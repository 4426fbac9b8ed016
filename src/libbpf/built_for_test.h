/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* For the tests of this directory: assertions about results and errno, and small objects. */
#ifndef REBTF_LIBBPF_BUILT_FOR_TEST_H
#define REBTF_LIBBPF_BUILT_FOR_TEST_H

#include <errno.h>
#include <string.h>

#include "btf/header.h"
#include "libbpf/api.h"
#include "util/testing.h"

#define _cleanup_btf_ _cleanup_(built_free)

static inline void built_free(struct btf **btf)
{
	btf__free(*btf);
}

/* The call returns -@err and sets errno. */
#define assert_errno(call, err)                                                                    \
	do {                                                                                       \
		errno = 0;                                                                         \
		assert_int_equal(call, -(err));                                                    \
		assert_int_equal(errno, err);                                                      \
	} while (0)

/* The call returns NULL and sets errno. */
#define assert_null_errno(call, err)                                                               \
	do {                                                                                       \
		errno = 0;                                                                         \
		assert_null(call);                                                                 \
		assert_int_equal(errno, err);                                                      \
	} while (0)

/* Messages would stand between the lines of TAP. */
static inline int built_print_nothing(void **state)
{
	(void)state;
	libbpf_set_print(NULL);
	return 0;
}

/* The host's byte order, and the other one. */
#define BUILT_ORDER	  (HOST_BIG_ENDIAN ? BTF_ORDER_BIG : BTF_ORDER_LITTLE)
#define BUILT_OTHER_ORDER (HOST_BIG_ENDIAN ? BTF_ORDER_LITTLE : BTF_ORDER_BIG)

/* A word of a file, by its bytes. */
static inline uint32_t built_bytes(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[] = { a, b, c, d };
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* The first word of a file: @magic in the host's byte order, version and flags. */
static inline uint32_t built_start(uint16_t magic, uint8_t version, uint8_t flags)
{
	uint8_t high = magic >> 8, low = magic & 0xff;

	return HOST_BIG_ENDIAN ? built_bytes(high, low, version, flags)
			       : built_bytes(low, high, version, flags);
}

static inline const char *built_name(const struct btf *btf, uint32_t id)
{
	return btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off);
}

/* [1] int, [2] struct s { int x; }, [3] struct s * */
static inline struct btf *built_base(void)
{
	struct btf *btf = btf__new_empty();

	assert_int_equal(btf__add_int(btf, "int", 4, REBTF_INT_SIGNED), 1);
	assert_int_equal(btf__add_struct(btf, "s", 4), 2);
	assert_int_equal(btf__add_field(btf, "x", 1, 0, 0), 0);
	assert_int_equal(btf__add_ptr(btf, 2), 3);
	return btf;
}

/* Over built_base(): [4] struct own { struct s s; struct s *p; }. */
static inline struct btf *built_split(struct btf *base)
{
	struct btf *split = btf__new_empty_split(base);

	assert_int_equal(btf__add_struct(split, "own", 16), 4);
	btf__add_field(split, "s", 2, 0, 0);
	btf__add_field(split, "p", 3, 64, 0);
	return split;
}

#endif
