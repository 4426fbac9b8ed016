/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding kernels by release, below a root of the test's own. */
#include "module/kernel.h"
#include "module/test_object.h"
#include "util/testing.h"

#define RELEASE "9.8.7-test"

static void make_btf(unsigned int types, void **data, size_t *size)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b;

	assert_ok(rebtf_builder_new(NULL, &b));
	for (unsigned int i = 0; i < types; i++)
		rebtf_builder_int(b, i ? "unsigned int" : "int", 4, 0, 32);
	assert_ok(rebtf_builder_finish(b, &btf));
	assert_ok(rebtf_write(btf, 0, data, size));
}

/* A kernel of @types types at @place below @root. */
static void install(const char *root, const char *place, unsigned int types)
{
	const char *path = scratch_path(root, place);
	_cleanup_free_ void *data = NULL;
	size_t size;

	make_btf(types, &data, &size);
	assert_ok(rebtf_make_parents(path));
	write_bytes(path, data, size);
}

static void assert_finds(const char *root, enum kernel_order order, unsigned int types)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	assert_ok(kernel_open_release(root, RELEASE, order, &btf));
	assert_int_equal(rebtf_type_count(btf), types + 1);
}

static const char *const places[] = {
	"boot/vmlinuz-" RELEASE,
	"boot/vmlinux-" RELEASE,
	"lib/modules/" RELEASE "/vmlinuz",
	"lib/modules/" RELEASE "/build/vmlinux",
	"usr/lib/modules/" RELEASE "/vmlinux.xz",
	"usr/lib/debug/boot/vmlinux-" RELEASE,
	"usr/src/linux-headers-" RELEASE "/vmlinux",
	"usr/lib/debug/lib/modules/" RELEASE "/vmlinux",
	"usr/src/kernels/" RELEASE "/vmlinux",
};

static void kernels_are_found_where_distributions_put_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		_cleanup_scratch_ char *root = scratch_new();

		install(root, places[i], 2);
		assert_finds(root, KERNEL_ANY, 2);
	}
}

static void the_running_kernel_shows_its_own(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();

	(void)state;
	install(root, "sys/kernel/btf/vmlinux", 3);
	install(root, "usr/src/linux-headers-" RELEASE "/vmlinux", 2);
	assert_finds(root, KERNEL_RUNNING, 3);
	assert_finds(root, KERNEL_ANY, 2);
}

/* Headers may be of another build of the release, and the running kernel the one before it. */
static void of_what_is_installed_the_image_counts_most(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *none;

	(void)state;
	install(root, "sys/kernel/btf/vmlinux", 1);
	assert_finds(root, KERNEL_INSTALLED_RUNNING, 1);
	assert_fails(rebtf_kernel_open_in(root, RELEASE, &none), REBTF_ERR_NO_BTF,
		     "no kernel of that release");
	install(root, "usr/src/linux-headers-" RELEASE "/vmlinux", 2);
	assert_finds(root, KERNEL_INSTALLED_RUNNING, 2);
	install(root, "boot/vmlinuz-" RELEASE, 3);
	assert_finds(root, KERNEL_INSTALLED_RUNNING, 3);
	assert_finds(root, KERNEL_INSTALLED, 3);
	assert_ok(rebtf_kernel_open_in(root, RELEASE, &btf));
	assert_int_equal(rebtf_type_count(btf), 4);
	assert_fails(rebtf_kernel_open_in(root, "../" RELEASE, &none), REBTF_ERR_ARGUMENT,
		     "no kernel release");
}

static void a_file_without_btf_is_passed_over(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	const char *vmlinux;

	(void)state;
	install(root, "boot/vmlinuz-" RELEASE, 2);
	vmlinux = scratch_path(root, "usr/lib/debug/boot/vmlinux-" RELEASE);
	assert_ok(rebtf_make_parents(vmlinux));
	write_bytes(vmlinux, "stripped", 8);
	assert_finds(root, KERNEL_ANY, 2);
}

static void the_error_says_where_it_looked_and_what_was_there(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_error *err;
	struct rebtf_btf *btf;

	(void)state;
	err = kernel_open_release(root, RELEASE, KERNEL_ANY, &btf);
	assert_int_equal(err->code, REBTF_ERR_NO_BTF);
	assert_non_null(strstr(err->details, "/boot/vmlinuz-" RELEASE ","));
	assert_non_null(strstr(err->details, "/usr/src/linux-headers-" RELEASE "/vmlinux,"));
	assert_true(strlen(err->message) < 100);
	rebtf_error_free(err);
	install(root, "boot/vmlinuz-" RELEASE, 2);
	write_bytes(scratch_path(root, "boot/vmlinuz-" RELEASE), "not a kernel", 12);
	assert_fails(kernel_open_release(root, RELEASE, KERNEL_ANY, &btf), REBTF_ERR_NO_BTF,
		     "/boot/vmlinuz-" RELEASE " (no BTF in it");
	/* However many there are, few are named in the error's own line. */
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		install(root, places[i], 2);
		write_bytes(scratch_path(root, places[i]), "not a kernel", 12);
	}
	err = kernel_open_release(root, RELEASE, KERNEL_ANY, &btf);
	assert_null(strstr(err->message, "/boot/vmlinuz-"));
	assert_non_null(strstr(err->details, "/boot/vmlinuz-" RELEASE " (no BTF in it"));
	rebtf_error_free(err);
}

static void a_name_with_a_slash_or_of_a_file_is_a_path(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *none;

	(void)state;
	install(root, "kernel", 4);
	assert_ok(rebtf_kernel_open(scratch_path(root, "kernel"), &btf));
	assert_int_equal(rebtf_type_count(btf), 5);
	assert_fails(rebtf_kernel_open(scratch_path(root, "none"), &none), REBTF_ERR_IO,
		     "No such file");
	assert_fails(rebtf_kernel_open("no-such-release", &none), REBTF_ERR_NO_BTF,
		     "no kernel of that release");
	assert_fails(rebtf_kernel_open("no-such-release.btf", &none), REBTF_ERR_IO, "No such file");
}

/* What is read of an ELF file is its section, so a sparse vmlinux of 100 GB is as good as any. */
static void an_elf_kernel_is_not_read_whole(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_file_bytes_ struct file_bytes elf = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_free_ void *data = NULL;
	struct test_object object = {};

	(void)state;
	make_btf(2, &data, &object.btf_size);
	object.btf = data;
	test_object_make(&object, &elf);
	write_bytes(scratch_path(root, "vmlinux"), elf.data, elf.size);
	if (truncate(scratch_path(root, "vmlinux"), 100ll << 30))
		skip();
	assert_ok(rebtf_kernel_open(scratch_path(root, "vmlinux"), &btf));
	assert_int_equal(rebtf_type_count(btf), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_are_found_where_distributions_put_them),
		cmocka_unit_test(the_running_kernel_shows_its_own),
		cmocka_unit_test(of_what_is_installed_the_image_counts_most),
		cmocka_unit_test(a_file_without_btf_is_passed_over),
		cmocka_unit_test(the_error_says_where_it_looked_and_what_was_there),
		cmocka_unit_test(a_name_with_a_slash_or_of_a_file_is_a_path),
		cmocka_unit_test(an_elf_kernel_is_not_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
