/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding kernels by release, below the test's own root. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "module/kernel.h"
#include "module/kernel_image.h"
#include "module/test_elf.h"
#include "module/test_object.h"
#include "module/tree.h"
#include "util/bytes.h"
#include "util/testing.h"

#define RELEASE "9.8.7-test"

static void make_btf(unsigned int types, void **data, size_t *size)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b;

	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, 0, 32);
	for (unsigned int i = 1; i < types; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, i);
	assert_ok(rebtf_builder_finish(b, &btf));
	assert_ok(rebtf_btf_write(btf, NULL, data, size));
}

/* Installs a kernel of @types types at @place below @root. */
static void install(const char *root, const char *place, unsigned int types)
{
	const char *path = scratch_path(root, place);
	_cleanup_free_ void *data = NULL;
	size_t size;

	make_btf(types, &data, &size);
	assert_ok(tree_make_parents(path));
	write_bytes(path, data, size);
}

static struct rebtf_error *open_release(const char *root, const char *release,
					enum kernel_order order, struct rebtf_btf **btf)
{
	_cleanup_image_btf_ struct image_btf found = {};

	TRY(kernel_open_release(root, release, order, NULL, NULL, &found));
	*btf = take_ptr(&found.btf);
	return NULL;
}

static void assert_finds(const char *root, enum kernel_order order, unsigned int types)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	assert_ok(open_release(root, RELEASE, order, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), types + 1);
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
	"boot/ostree/os-0123abcd/vmlinuz-" RELEASE,
	"boot/0123456789abcdef0123456789abcdef/" RELEASE "/linux",
	"efi/debian/" RELEASE "/linux",
	"boot/efi/opensuse-tumbleweed/" RELEASE "/linux-0123abcd",
	"boot/kernels/abc-linux-" RELEASE "-bzImage",
	"boot/EFI/nixos/abc-linux-" RELEASE "-bzImage.efi",
	"usr/lib/modules/" RELEASE "/vmlinuz-virt.efi",
	"usr/lib/modules/" RELEASE "/" RELEASE ".efi",
	"lib/modules/" RELEASE "/vmlinuz-uki.efi",
	"usr/lib/linux/efi/kernel.efi-" RELEASE,
	"boot/efi/EFI/ubuntu/kernel.efi-" RELEASE,
	"boot/vmlinuz-uki-" RELEASE ".efi",
	"efi/EFI/Linux/fedora-" RELEASE ".efi",
	"boot/EFI/Linux/0123456789abcdef0123456789abcdef-" RELEASE "+3.efi",
	"boot/efi/EFI/Linux/debian-" RELEASE "+2-1.efi",
	"efi/EFI/Linux/linux-" RELEASE "-0123456789abcdef0123456789abcdef.efi",
	"efi/EFI/Linux/linux-" RELEASE "-0123456789abcdef0123456789abcdef-rolling.efi",
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

static void assert_looked_for(const char *root, const char *release, const char *place)
{
	struct rebtf_error *err;
	struct rebtf_btf *btf;

	err = open_release(root, release, KERNEL_ANY, &btf);
	assert_int_equal(err->code, REBTF_ERR_NO_BTF);
	assert_non_null(strstr(err->details, place));
	rebtf_error_free(err);
}

/* Names of other releases that contain this release. */
static void kernels_of_other_releases_are_not_taken(void **state)
{
	static const char *const others[] = {
		"efi/EFI/Linux/fedora-" RELEASE "-rt.efi",
		"efi/EFI/Linux/fedora-1." RELEASE ".efi",
		"efi/EFI/Linux/linux-" RELEASE "-rt-0123456789abcdef0123456789abcdef.efi",
		"efi/EFI/Linux/linux-" RELEASE "-0123456789abcdef.efi",
		"efi/EFI/Linux/" RELEASE "/x.efi",
		"efi/debian/" RELEASE "-rt/linux",
		"boot/vmlinuz-" RELEASE "-rt",
		"boot/vmlinuz-*",
	};
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_btf *btf = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		install(root, others[i], 2);
	assert_looked_for(root, RELEASE, "/boot/*/" RELEASE "/linux*");
	/* A pattern character is an ordinary character here. */
	assert_looked_for(root, "[9]*", "/boot/*/[9]*/linux*");
	assert_ok(open_release(root, RELEASE "-rt", KERNEL_ANY, &btf));
	rebtf_btf_unref(btf);
}

/* A unified kernel image with one section, .uname, before its kernel. */
static void install_uki(const char *root, const char *place, const char *release,
			unsigned int types)
{
	const char *path = scratch_path(root, place);
	uint8_t image[4096] = "MZ";
	_cleanup_free_ void *data = NULL;
	size_t size, length = strlen(release);

	make_btf(types, &data, &size);
	put32(image + 0x3c, 0x40, false);
	memcpy(image + 0x40, "PE\0\0", 4);
	image[0x40 + 6] = 2;
	memcpy(image + 0x58, ".uname", 6);
	put32(image + 0x58 + 8, (uint32_t)length, false);
	put32(image + 0x58 + 16, 512, false);
	put32(image + 0x58 + 20, 1024, false);
	memcpy(image + 0x80, ".linux", 6);
	put32(image + 0x80 + 16, 2048, false);
	put32(image + 0x80 + 20, 2048, false);
	memcpy(image + 1024, release, length);
	memcpy(image + 2048, data, size);
	assert_ok(tree_make_parents(path));
	write_bytes(path, image, sizeof(image));
}

static void a_unified_kernel_image_tells_its_release_itself(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	install_uki(root, "efi/EFI/Linux/a-" RELEASE ".efi", "1.2.3", 2);
	install_uki(root, "efi/EFI/Linux/linux.efi", RELEASE, 3);
	assert_ok(open_release(root, RELEASE, KERNEL_ANY, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 4);
	assert_string_equal(rebtf_kernel_release(btf), RELEASE);
	assert_non_null(strstr(rebtf_kernel_file(btf), "/efi/EFI/Linux/linux.efi"));
}

static void make_link(const char *root, const char *place, const char *target)
{
	const char *path = scratch_path(root, place);

	assert_ok(tree_make_parents(path));
	assert_int_equal(symlink(target, path), 0);
}

/* Forums recommend such links for builds that require a vmlinux. */
static void a_link_to_what_the_running_kernel_shows_is_of_no_release(void **state)
{
	static const char *const targets[] = {
		"../../../../../sys/kernel/btf/vmlinux",
		"/sys/kernel/btf/vmlinux",
		"../elsewhere/vmlinux",
		"../../../../../sys/kernel/../kernel/btf/vmlinux",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		_cleanup_scratch_ char *root = scratch_new();
		struct rebtf_btf *btf;

		install(root, "sys/kernel/btf/vmlinux", 1);
		make_link(root, "usr/lib/modules/" RELEASE "/build/vmlinux", targets[i]);
		make_link(root, "usr/lib/modules/" RELEASE "/elsewhere",
			  "../../../../sys/kernel/btf");
		for (enum kernel_order order = KERNEL_ANY; order <= KERNEL_INSTALLED; order += 2)
			assert_fails(open_release(root, RELEASE, order, &btf), REBTF_ERR_NO_BTF,
				     "/build/vmlinux (leads to the running kernel)");
		install(root, "boot/vmlinuz-" RELEASE, 2);
		assert_finds(root, KERNEL_ANY, 2);
		assert_finds(root, KERNEL_INSTALLED, 2);
		assert_finds(root, KERNEL_RUNNING, 1);
	}
}

/* As in a chroot, or on another system's disk: its absolute links refer to its own files. */
static void links_lead_where_they_would_with_that_root(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_scratch_ char *other = scratch_new();

	(void)state;
	install(other, "vmlinux", 9);
	install(root, scratch_path(other, "vmlinux") + 1, 3);
	make_link(root, "usr/lib/modules/" RELEASE "/vmlinux", scratch_path(other, "vmlinux"));
	assert_finds(root, KERNEL_ANY, 3);
}

/* Writes a sparse ELF file with a section that starts with @data, both of a size that may be huge. */
static void write_sparse(const char *path, const char *name, const void *data, size_t data_size,
			 uint64_t section_size, off_t file_size)
{
	const struct test_section section = { .name = name, .data = data, .size = data_size };
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	uint8_t *header;

	test_elf_make(&(struct test_elf){ .type = ET_EXEC,
					  .sections = &section,
					  .section_count = 1,
					  .has_no_symbols = true },
		      &bytes);
	header = bytes.data + get64(bytes.data + 40, false) + 64;
	put64(header + 32, section_size, false);
	write_bytes(path, bytes.data, bytes.size);
	assert_int_equal(truncate(path, file_size), 0);
}

/* The most memory that this process has had, in KiB. */
static long most_memory(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

#define HUGE_SIZE (3ll << 30)

static void a_huge_section_of_a_sparse_file_takes_no_memory(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	const char *path = scratch_path(root, "vmlinux");
	long before = most_memory();
	struct kernel_image image;
	struct rebtf_btf *btf;
	struct rebtf_ids *ids;
	int fd;

	(void)state;
	write_sparse(path, ".BTF", "BTF", 4, HUGE_SIZE / 4 * 3, HUGE_SIZE);
	assert_fails(rebtf_kernel_open(path, NULL, &btf), REBTF_ERR_UNSUPPORTED, "too large");
	write_sparse(path, ".rodata", "text", 5, HUGE_SIZE / 4 * 3, HUGE_SIZE);
	fd = open(path, O_RDONLY);
	assert_fails(kernel_image_read(fd, path, &image), REBTF_ERR_UNSUPPORTED, "too large");
	close(fd);
	write_sparse(path, ".BTF_ids", "ids", 4, HUGE_SIZE / 4 * 3, HUGE_SIZE);
	assert_fails(rebtf_ids_open(path, &ids), REBTF_ERR_UNSUPPORTED, ".BTF_ids: too large");
	assert_in_range(most_memory() - before, 0, 256 << 10);
}

/* As a vmlinux with much debug information. */
static void a_vmlinux_that_is_too_large_to_read_whole_opens_as_a_module_too(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	REBTF_OPTIONS(rebtf_kernel_options, by_path);
	REBTF_OPTIONS(rebtf_kernel_options, by_release, .installed = true, .root = root);
	_cleanup_free_ void *data = NULL;
	char path[PATH_MAX];
	size_t size;

	(void)state;
	snprintf(path, sizeof(path), "%s", scratch_path(root, "boot/vmlinux-" RELEASE));
	assert_ok(tree_make_parents(path));
	make_btf(3, &data, &size);
	write_sparse(path, ".BTF", data, size, size, HUGE_SIZE);
	for (size_t i = 0; i < 2; i++) {
		REBTF_OPTIONS(rebtf_module_options, options, .kernels = i ? &by_release : &by_path);
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		struct rebtf_module *module;

		assert_ok(rebtf_module_open(i ? RELEASE : path, &options, &module));
		assert_ok(rebtf_module_btf(module, NULL, &btf));
		assert_int_equal(rebtf_btf_type_count(btf), 4);
		rebtf_module_free(module);
	}
}

/* As in /lib/modules. */
static void the_name_of_a_directory_is_a_release_and_that_of_another_file_is_a_path(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_free_ char *old = getcwd(NULL, 0);

	(void)state;
	assert_int_equal(mkdir(scratch_path(root, RELEASE), 0755), 0);
	install(root, "6.1", 1);
	make_link(root, "link", "6.1");
	assert_int_equal(chdir(root), 0);
	assert_false(kernel_is_path(RELEASE));
	assert_true(kernel_is_path("./" RELEASE));
	assert_true(kernel_is_path("6.1"));
	assert_true(kernel_is_path("link"));
	assert_false(kernel_is_path("6.2"));
	assert_int_equal(chdir(old), 0);
}

static void a_kernel_knows_its_file_and_release(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_unref_ struct rebtf_btf *found = NULL;
	_cleanup_unref_ struct rebtf_btf *named = NULL;
	const char *path = scratch_path(root, "boot/vmlinuz-" RELEASE);

	(void)state;
	install(root, "boot/vmlinuz-" RELEASE, 2);
	assert_ok(open_release(root, RELEASE, KERNEL_ANY, &found));
	assert_string_equal(rebtf_kernel_file(found), path);
	assert_string_equal(rebtf_kernel_release(found), RELEASE);
	/* Raw BTF does not name its release. */
	assert_ok(rebtf_kernel_open(path, NULL, &named));
	assert_string_equal(rebtf_kernel_file(named), path);
	assert_null(rebtf_kernel_release(named));
}

static void the_btf_in_sys_has_the_release_that_runs(void **state)
{
	_cleanup_unref_ struct rebtf_btf *shown = NULL;
	struct utsname running;

	(void)state;
	assert_int_equal(uname(&running), 0);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		skip();
	assert_ok(rebtf_kernel_open("/sys/kernel/btf/vmlinux", NULL, &shown));
	assert_string_equal(rebtf_kernel_release(shown), running.release);
}

static void a_path_below_lib_modules_tells_the_release(void **state)
{
	static const struct {
		const char *path;
		const char *release;
	} paths[] = {
		{ "lib/modules/" RELEASE "/vmlinux.btf", RELEASE },
		{ "./lib/modules/" RELEASE "/vmlinux.btf", RELEASE },
		{ "usr/lib/modules/" RELEASE "/vmlinux.btf", RELEASE },
		{ "xlib/modules/" RELEASE "/vmlinux.btf", NULL },
		{ "lib/modules/vmlinux.btf", NULL },
	};
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_free_ char *before = getcwd(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		install(root, paths[i].path, 2);
	assert_int_equal(chdir(root), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL;

		assert_ok(rebtf_kernel_open(paths[i].path, NULL, &btf));
		if (paths[i].release)
			assert_string_equal(rebtf_kernel_release(btf), paths[i].release);
		else
			assert_null(rebtf_kernel_release(btf));
	}
	assert_int_equal(chdir(before), 0);
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

/*
 * Headers may belong to another build of the release, and the running kernel may be the previous
 * build.
 */
static void of_what_is_installed_the_image_counts_most(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	REBTF_OPTIONS(rebtf_kernel_options, options, .installed = true, .root = root);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *none;

	(void)state;
	install(root, "sys/kernel/btf/vmlinux", 1);
	assert_finds(root, KERNEL_INSTALLED_RUNNING, 1);
	assert_fails(rebtf_kernel_open(RELEASE, &options, &none), REBTF_ERR_NO_BTF,
		     "no kernel of that release");
	install(root, "usr/src/linux-headers-" RELEASE "/vmlinux", 2);
	assert_finds(root, KERNEL_INSTALLED_RUNNING, 2);
	install(root, "boot/vmlinuz-" RELEASE, 3);
	assert_finds(root, KERNEL_INSTALLED_RUNNING, 3);
	assert_finds(root, KERNEL_INSTALLED, 3);
	assert_ok(rebtf_kernel_open(RELEASE, &options, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 4);
	assert_fails(rebtf_kernel_open("../" RELEASE, &options, &none), REBTF_ERR_ARGUMENT,
		     "not a kernel release");
}

static void a_file_without_btf_is_passed_over(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	const char *vmlinux;

	(void)state;
	install(root, "boot/vmlinuz-" RELEASE, 2);
	vmlinux = scratch_path(root, "usr/lib/debug/boot/vmlinux-" RELEASE);
	assert_ok(tree_make_parents(vmlinux));
	write_bytes(vmlinux, "stripped", 8);
	assert_finds(root, KERNEL_ANY, 2);
}

static void the_error_says_where_it_looked_and_what_was_there(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_error *err;
	struct rebtf_btf *btf;

	(void)state;
	err = open_release(root, RELEASE, KERNEL_ANY, &btf);
	assert_int_equal(err->code, REBTF_ERR_NO_BTF);
	assert_non_null(strstr(err->details, "/boot/vmlinuz-" RELEASE ","));
	assert_non_null(strstr(err->details, "/usr/src/linux-headers-" RELEASE "/vmlinux,"));
	assert_true(strlen(err->message) < 100);
	rebtf_error_free(err);
	install(root, "boot/vmlinuz-" RELEASE, 2);
	write_bytes(scratch_path(root, "boot/vmlinuz-" RELEASE), "not a kernel", 12);
	assert_fails(open_release(root, RELEASE, KERNEL_ANY, &btf), REBTF_ERR_NO_BTF,
		     "/boot/vmlinuz-" RELEASE " (no BTF found");
	/* The message names only a few of many. */
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		install(root, places[i], 2);
		write_bytes(scratch_path(root, places[i]), "not a kernel", 12);
	}
	err = open_release(root, RELEASE, KERNEL_ANY, &btf);
	assert_null(strstr(err->message, "/boot/vmlinuz-"));
	assert_non_null(strstr(err->details, "/boot/vmlinuz-" RELEASE " (no BTF found"));
	rebtf_error_free(err);
}

static void a_name_with_a_slash_or_of_a_file_is_a_path(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *none;

	(void)state;
	install(root, "kernel", 4);
	assert_ok(rebtf_kernel_open(scratch_path(root, "kernel"), NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 5);
	assert_fails(rebtf_kernel_open(scratch_path(root, "none"), NULL, &none), REBTF_ERR_IO,
		     "No such file");
	assert_fails(rebtf_kernel_open("no-such-release", NULL, &none), REBTF_ERR_NO_BTF,
		     "no kernel of that release");
	assert_fails(rebtf_kernel_open("no-such-release.btf", NULL, &none), REBTF_ERR_IO,
		     "No such file");
}

/* Only one section of an ELF file is read, so a sparse vmlinux of 100 GB works as well. */
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
	assert_ok(rebtf_kernel_open(scratch_path(root, "vmlinux"), NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_are_found_where_distributions_put_them),
		cmocka_unit_test(kernels_of_other_releases_are_not_taken),
		cmocka_unit_test(a_unified_kernel_image_tells_its_release_itself),
		cmocka_unit_test(a_link_to_what_the_running_kernel_shows_is_of_no_release),
		cmocka_unit_test(links_lead_where_they_would_with_that_root),
		cmocka_unit_test(a_huge_section_of_a_sparse_file_takes_no_memory),
		cmocka_unit_test(a_vmlinux_that_is_too_large_to_read_whole_opens_as_a_module_too),
		cmocka_unit_test(
			the_name_of_a_directory_is_a_release_and_that_of_another_file_is_a_path),
		cmocka_unit_test(a_kernel_knows_its_file_and_release),
		cmocka_unit_test(the_btf_in_sys_has_the_release_that_runs),
		cmocka_unit_test(a_path_below_lib_modules_tells_the_release),
		cmocka_unit_test(the_running_kernel_shows_its_own),
		cmocka_unit_test(of_what_is_installed_the_image_counts_most),
		cmocka_unit_test(a_file_without_btf_is_passed_over),
		cmocka_unit_test(the_error_says_where_it_looked_and_what_was_there),
		cmocka_unit_test(a_name_with_a_slash_or_of_a_file_is_a_path),
		cmocka_unit_test(an_elf_kernel_is_not_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
