/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Takes the place of the kernel's own test_progs.h, which needs BPF programs and a kernel for them:
 * the assertions that libbpf's API tests use. main.c runs the tests.
 */
#ifndef TEST_PROGS_H
#define TEST_PROGS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/types.h>

enum verbosity {
	VERBOSE_NONE,
};

struct test_env {
	enum verbosity verbosity;
	int nr_cpus;
};

extern struct test_env env;

static inline __u64 ptr_to_u64(const void *pointer)
{
	return (unsigned long)pointer;
}

bool test__start_subtest(const char *name);
void test__skip(void);
void test__fail(void);

#define PRINT_FAIL(...) (test__fail(), printf("# %s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__))

#define _CHECK(condition, tag, duration, ...)                                                      \
	({                                                                                         \
		int failed_ = !!(condition);                                                       \
		int errnum_ = errno;                                                               \
		(void)duration;                                                                    \
		if (failed_) {                                                                     \
			test__fail();                                                              \
			printf("# %s:%d: %s: ", __FILE__, __LINE__, tag);                          \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
		errno = errnum_;                                                                   \
		failed_;                                                                           \
	})
#define CHECK(condition, tag, ...) _CHECK(condition, tag, duration, __VA_ARGS__)
#define CHECK_FAIL(condition)	   _CHECK(condition, "CHECK_FAIL", 0, "failed")

#define TEST_HOLDS(holds, name, ...)                                                               \
	({                                                                                         \
		bool holds_ = (holds);                                                             \
		_CHECK(!holds_, name, 0, __VA_ARGS__);                                             \
		holds_;                                                                            \
	})
#define TEST_COMPARE(a, op, b, name)                                                               \
	({                                                                                         \
		__typeof__(a) a_ = (a);                                                            \
		__typeof__(b) b_ = (b);                                                            \
		TEST_HOLDS(a_ op b_, name, "%lld, expected " #op " %lld", (long long)a_,           \
			   (long long)b_);                                                         \
	})

#define ASSERT_EQ(a, b, name)	      TEST_COMPARE(a, ==, b, name)
#define ASSERT_NEQ(a, b, name)	      TEST_COMPARE(a, !=, b, name)
#define ASSERT_LT(a, b, name)	      TEST_COMPARE(a, <, b, name)
#define ASSERT_LE(a, b, name)	      TEST_COMPARE(a, <=, b, name)
#define ASSERT_GT(a, b, name)	      TEST_COMPARE(a, >, b, name)
#define ASSERT_GE(a, b, name)	      TEST_COMPARE(a, >=, b, name)
#define ASSERT_OK(result, name)	      TEST_COMPARE((long long)(result), ==, 0, name)
#define ASSERT_ERR(result, name)      TEST_COMPARE((long long)(result), <, 0, name)
#define ASSERT_OK_FD(fd, name)	      TEST_COMPARE(fd, >=, 0, name)
#define ASSERT_TRUE(holds, name)      TEST_HOLDS(holds, name, "false")
#define ASSERT_FALSE(holds, name)     TEST_HOLDS(!(holds), name, "true")
#define ASSERT_NULL(pointer, name)    TEST_HOLDS(!(pointer), name, "not NULL")
#define ASSERT_OK_PTR(pointer, name)  ASSERT_EQ(libbpf_get_error(pointer), 0, name)
#define ASSERT_ERR_PTR(pointer, name) ASSERT_NEQ(libbpf_get_error(pointer), 0, name)
#define ASSERT_STREQ(a, b, name)      ASSERT_STRNEQ(a, b, SIZE_MAX, name)
#define ASSERT_STRNEQ(a, b, size, name)                                                            \
	({                                                                                         \
		const char *s_ = (a), *t_ = (b);                                                   \
		TEST_HOLDS(s_ &&t_ && !strncmp(s_, t_, size), name, "'%s'\n# expected '%s'", s_,   \
			   t_);                                                                    \
	})

#endif
