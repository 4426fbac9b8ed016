/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of a base that cannot be opened, or not at once. The functions that open files are ours. No
 * test calls base_open(), which prints, because cmocka has a print_error() of its own.
 */
#include "btf/build_for_test.h"

#include "cli/base.h"
#include "cli/kernels.h"
#include "cli/stdin.h"

static struct rebtf_btf *kernel;		       /* what kernels_open() opens */
static enum rebtf_error_code kernel_code, module_code; /* why they cannot be opened; 0: they can */
static unsigned int kernels_opened, modules_opened;

struct rebtf_error *kernels_open(const char *where, struct rebtf_btf **btf)
{
	kernels_opened++;
	if (kernel_code)
		return rebtf_error_new(kernel_code, where, NULL, "not this time");
	*btf = rebtf_btf_ref(kernel);
	return NULL;
}

struct rebtf_error *kernels_open_module(const char *where, enum rebtf_reading reading,
					struct rebtf_module **module)
{
	(void)reading, (void)module;
	modules_opened++;
	return rebtf_error_new(module_code, where, NULL, "not this time");
}

struct rebtf_error *kernels_open_installed(const char *root, const char *release,
					   struct rebtf_btf **btf)
{
	(void)root;
	return kernels_open(release, btf);
}

bool stdin_is(const char *path)
{
	(void)path;
	return false;
}

static int start(void **state)
{
	(void)state;
	kernel = build_int();
	kernel_code = module_code = 0;
	kernels_opened = modules_opened = 0;
	return 0;
}

/* The tests have released their bases, so nobody else has the kernel. */
static int finish(void **state)
{
	(void)state;
	assert_int_equal(kernel->refs, 1);
	rebtf_btf_unref(kernel);
	return 0;
}

static void a_base_is_opened_once(void **state)
{
	const struct options options = { .base = "kernel" };
	struct rebtf_btf *btf;
	struct base base;

	(void)state;
	base_init(&base, &options);
	for (int i = 0; i < 2; i++) {
		assert_ok(base_get(&base, &btf));
		assert_ptr_equal(btf, kernel);
	}
	assert_int_equal(kernels_opened, 1);
	base_release(&base);
}

static void without_memory_for_the_kernel_the_next_call_tries_again(void **state)
{
	const struct options options = { .base = "kernel" };
	struct rebtf_btf *btf;
	struct base base;

	(void)state;
	base_init(&base, &options);
	kernel_code = REBTF_ERR_NOMEM;
	assert_fails(base_get(&base, &btf), REBTF_ERR_NOMEM, "");
	assert_null(btf);
	kernel_code = 0;
	assert_ok(base_get(&base, &btf));
	assert_ptr_equal(btf, kernel);
	assert_int_equal(kernels_opened, 2);
	base_release(&base);
}

static void without_memory_for_a_module_the_kernel_is_closed_and_opened_again(void **state)
{
	const char *over[] = { "module" };
	const struct options options = { .base = "kernel", .over = over, .over_count = 1 };
	struct rebtf_btf *btf;
	struct base base;

	(void)state;
	base_init(&base, &options);
	module_code = REBTF_ERR_NOMEM;
	assert_fails(base_get(&base, &btf), REBTF_ERR_NOMEM, "");
	assert_null(btf);
	assert_int_equal(kernel->refs, 1);
	module_code = REBTF_ERR_IO;
	for (int i = 0; i < 2; i++) {
		assert_ok(base_get(&base, &btf));
		assert_null(btf);
		assert_int_equal(rebtf_error_code(base.err), REBTF_ERR_IO);
	}
	assert_int_equal(kernels_opened, 2);
	assert_int_equal(modules_opened, 2);
	base_release(&base);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_base_is_opened_once),
		TEST(without_memory_for_the_kernel_the_next_call_tries_again),
		TEST(without_memory_for_a_module_the_kernel_is_closed_and_opened_again),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
