/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of kernels whose BTF is in a carrier. The bytes of the links are laid out here by hand, as
 * the kernel's build writes them.
 */
#include "module/carrier.h"
#include "module/crypto.h"
#include "module/image_for_test.h"
#include "module/kernel.h"
#include "module/module.h"
#include "module/test_elf.h"
#include "module/tree.h"

#define RELEASE "9.8.7-test"
#define BANNER	"Linux version " RELEASE " (a@b) (gcc) #1 SMP\n"

/* The BTF of a kernel, and its digest. */
struct kernel {
	struct image btf;
	uint8_t digest[REBTF_DIGEST_SIZE];
	bool big_endian;
	unsigned int word;
};

static void kernel_make(struct kernel *kernel, unsigned int types)
{
	struct iovec piece;

	put_btf(&kernel->btf, types, kernel->big_endian);
	piece = iovec_of(kernel->btf.data, kernel->btf.size);
	assert_ok(crypto_sha256(&piece, 1, kernel->digest));
}

static void kernel_release(struct kernel *kernel)
{
	image_release(&kernel->btf);
}

#define _cleanup_kernel_ _cleanup_(kernel_release)

/* Lays out a link; returns its size. */
static size_t lay_out(const struct kernel *kernel, enum rebtf_link_form form, uint8_t bytes[96])
{
	size_t name_size = kernel->word == 4 ? 60 : 56;
	uint32_t size = (uint32_t)kernel->btf.size;

	memset(bytes, 0, 96);
	if (form == REBTF_LINK_META) {
		put32(bytes, size, kernel->big_endian);
		memcpy(bytes + 4, kernel->digest, 32);
		return 36;
	}
	memcpy(bytes, "btf_vmlinux", 11);
	memcpy(bytes + name_size, kernel->digest, 32);
	put32(bytes + name_size + 32, size, kernel->big_endian);
	return name_size + 36;
}

/* A vmlinux with a link and without BTF. */
static void make_vmlinux(const struct kernel *kernel, enum rebtf_link_form form,
			 struct file_bytes *bytes)
{
	uint8_t link[96];
	const struct test_section sections[] = {
		{ .name = ".rodata", .data = BANNER, .size = sizeof(BANNER) },
		{ .name = form == REBTF_LINK_META ? ".BTF.meta" : ".BTF.link",
		  .data = link,
		  .size = lay_out(kernel, form, link),
		  .flags = SHF_ALLOC },
	};
	const struct test_elf elf = {
		.type = ET_EXEC,
		.elf_class = kernel->word == 4 ? ELFCLASS32 : ELFCLASS64,
		.encoding = kernel->big_endian ? ELFDATA2MSB : ELFDATA2LSB,
		.sections = sections,
		.section_count = 2,
	};

	test_elf_make(&elf, bytes);
}

static void install_bytes(const char *root, const char *place, const void *data, size_t size)
{
	const char *path = scratch_path(root, place);

	assert_ok(tree_make_parents(path));
	write_bytes(path, data, size);
}

static void install_vmlinux(const char *root, const char *place, const struct kernel *kernel,
			    enum rebtf_link_form form)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	make_vmlinux(kernel, form, &bytes);
	install_bytes(root, place, bytes.data, bytes.size);
}

static void make_carrier(const struct kernel *kernel, const char *modinfo, struct image *image)
{
	const struct test_module module = {
		.modinfo = modinfo,
		.btf = kernel->btf.data,
		.btf_size = kernel->btf.size,
		.elf_class = kernel->word == 4 ? ELFCLASS32 : ELFCLASS64,
		.encoding = kernel->big_endian ? ELFDATA2MSB : ELFDATA2LSB,
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	test_module_make(&module, &bytes);
	put(image, bytes.data, bytes.size);
}

#define MODINFO "name=btf_vmlinux|vermagic=" RELEASE " SMP mod_unload "

static void install_carrier(const char *root, const char *place, const struct kernel *kernel,
			    enum codec codec)
{
	_cleanup_image_ struct image module = {};
	_cleanup_image_ struct image packed = {};

	make_carrier(kernel, MODINFO, &module);
	if (codec == CODEC_NONE)
		put(&packed, module.data, module.size);
	else
		put_packed(&packed, codec, &module);
	install_bytes(root, place, packed.data, packed.size);
}

static struct rebtf_error *open_kernel(const char *root, const char *release,
				       struct rebtf_btf **btf)
{
	REBTF_OPTIONS(rebtf_kernel_options, options, .installed = true, .root = root);

	return rebtf_kernel_open(release, &options, btf);
}

static void assert_has(struct rebtf_btf *btf, unsigned int types)
{
	assert_int_equal(rebtf_btf_type_count(btf), types + 1);
	assert_string_equal(rebtf_kernel_release(btf), RELEASE);
	rebtf_btf_unref(btf);
}

#define CARRIER "lib/modules/" RELEASE "/kernel/kernel/bpf/btf_vmlinux.ko"

static void both_links_lead_to_the_carrier_of_each_compression(void **state)
{
	static const struct {
		const char *ending;
		enum codec codec;
	} carriers[] = { { "", CODEC_NONE },
			 { ".gz", CODEC_GZIP },
			 { ".xz", CODEC_XZ },
			 { ".zst", CODEC_ZSTD } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		_cleanup_scratch_ char *root = scratch_new();
		_cleanup_kernel_ struct kernel kernel = { .word = 8, .big_endian = i & 1 };
		char place[128];
		struct rebtf_btf *btf;

		kernel_make(&kernel, 7);
		snprintf(place, sizeof(place), CARRIER "%s", carriers[i].ending);
		install_vmlinux(root, "boot/vmlinux-" RELEASE, &kernel,
				i & 2 ? REBTF_LINK_META : REBTF_LINK_NAMED);
		assert_fails(open_kernel(root, RELEASE, &btf), REBTF_ERR_NO_BTF,
			     "is in the module btf_vmlinux.ko");
		install_carrier(root, place, &kernel, carriers[i].codec);
		assert_ok(open_kernel(root, RELEASE, &btf));
		assert_has(btf, 7);
		assert_ok(rebtf_kernel_open(scratch_path(root, "boot/vmlinux-" RELEASE), NULL,
					    &btf));
		assert_string_equal(rebtf_kernel_file(btf),
				    scratch_path(root, "boot/vmlinux-" RELEASE));
		assert_has(btf, 7);
	}
}

static void links_of_32_bit_kernels_have_a_longer_name(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_kernel_ struct kernel kernel = { .word = 4, .big_endian = true };
	struct rebtf_btf *btf;

	(void)state;
	kernel_make(&kernel, 5);
	install_vmlinux(root, "boot/vmlinux-" RELEASE, &kernel, REBTF_LINK_NAMED);
	install_carrier(root, CARRIER, &kernel, CODEC_NONE);
	assert_ok(open_kernel(root, RELEASE, &btf));
	assert_has(btf, 5);
}

/* A kernel's build has the carrier beside vmlinux, or in the directory of its source. */
static void carriers_beside_the_kernel_are_found(void **state)
{
	static const char *const places[] = { "btf_vmlinux.ko", "kernel/bpf/btf_vmlinux.ko" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_scratch_ char *root = scratch_new();
		_cleanup_kernel_ struct kernel kernel = { .word = 8 };
		struct rebtf_btf *btf;

		kernel_make(&kernel, 5);
		install_vmlinux(root, "vmlinux", &kernel, REBTF_LINK_NAMED);
		install_carrier(root, places[i], &kernel, CODEC_NONE);
		assert_ok(rebtf_kernel_open(scratch_path(root, "vmlinux"), NULL, &btf));
		assert_has(btf, 5);
	}
}

static void images_with_a_link_are_opened_by_their_carrier(void **state)
{
	static const uint8_t zeros[200];

	(void)state;
	for (int raw = 0; raw < 2; raw++) {
		for (unsigned int word = 4; word <= 8; word += 4) {
			_cleanup_scratch_ char *root = scratch_new();
			_cleanup_kernel_ struct kernel kernel = { .word = word };
			_cleanup_file_bytes_ struct file_bytes vmlinux = {};
			_cleanup_image_ struct image inner = {};
			_cleanup_image_ struct image image = {};
			uint8_t link[96];
			struct rebtf_btf *btf;

			kernel_make(&kernel, 6);
			make_vmlinux(&kernel, REBTF_LINK_NAMED, &vmlinux);
			put_code(&inner, 1000);
			put(&inner, BANNER, sizeof(BANNER));
			put(&inner, "btf_vmlinux", 12);
			put_code(&inner, 100);
			/* The name in a carrier's struct module. */
			put(&inner, "btf_vmlinux", 12);
			put(&inner, zeros, sizeof(zeros));
			put(&inner, link, lay_out(&kernel, REBTF_LINK_NAMED, link));
			put_code(&inner, 1000);
			if (!raw) {
				inner.size = 0;
				put(&inner, vmlinux.data, vmlinux.size);
			}
			put_code(&image, 500);
			put_packed(&image, CODEC_GZIP, &inner);
			install_bytes(root, "boot/vmlinuz-" RELEASE, image.data, image.size);
			assert_fails(open_kernel(root, RELEASE, &btf), REBTF_ERR_NO_BTF,
				     "is in the module btf_vmlinux.ko");
			install_carrier(root, CARRIER, &kernel, CODEC_NONE);
			assert_ok(open_kernel(root, RELEASE, &btf));
			assert_has(btf, 6);
		}
	}
}

/* The carrier of another build of the same release. */
static void carriers_of_another_kernel_are_refused_with_both_digests(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_kernel_ struct kernel kernel = { .word = 8 };
	_cleanup_kernel_ struct kernel other = { .word = 8 };
	char first[3], second[3];
	struct rebtf_btf *btf;

	(void)state;
	kernel_make(&kernel, 5);
	kernel_make(&other, 6);
	install_vmlinux(root, "vmlinux", &kernel, REBTF_LINK_META);
	install_carrier(root, "btf_vmlinux.ko", &other, CODEC_NONE);
	snprintf(first, sizeof(first), "%02x", kernel.digest[0]);
	snprintf(second, sizeof(second), "%02x", other.digest[0]);
	for (int i = 0; i < 2; i++) {
		char part[32];

		snprintf(part, sizeof(part), "SHA-256 %s", i ? first : second);
		assert_fails(rebtf_kernel_open(scratch_path(root, "vmlinux"), NULL, &btf),
			     REBTF_ERR_WRONG_BASE, part);
	}
	/* The search continues after it. */
	install_carrier(root, CARRIER, &kernel, CODEC_NONE);
	assert_ok(rebtf_kernel_open(scratch_path(root, "vmlinux"), NULL, &btf));
	assert_has(btf, 5);
	/* The right digest alone is not enough. */
	install_bytes(root, CARRIER, "", 0);
	image_release(&other.btf);
	other = (struct kernel){ .word = 8 };
	kernel_make(&other, 5);
	put(&other.btf, "", 1);
	memcpy(other.digest, kernel.digest, 32);
	install_vmlinux(root, "vmlinux", &other, REBTF_LINK_META);
	install_carrier(root, "btf_vmlinux.ko", &kernel, CODEC_NONE);
	assert_fails(rebtf_kernel_open(scratch_path(root, "vmlinux"), NULL, &btf),
		     REBTF_ERR_WRONG_BASE, "not the BTF of the kernel");
}

static void a_carrier_is_a_kernel_and_other_modules_are_not(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_kernel_ struct kernel kernel = { .word = 8 };
	_cleanup_image_ struct image module = {};
	struct rebtf_btf *btf;

	(void)state;
	kernel_make(&kernel, 5);
	install_carrier(root, "btf_vmlinux.ko", &kernel, CODEC_NONE);
	install_carrier(root, "renamed.ko.xz", &kernel, CODEC_XZ);
	assert_ok(rebtf_kernel_open(scratch_path(root, "btf_vmlinux.ko"), NULL, &btf));
	assert_has(btf, 5);
	assert_ok(rebtf_kernel_open(scratch_path(root, "renamed.ko.xz"), NULL, &btf));
	assert_has(btf, 5);
	make_carrier(&kernel, "name=btf_vmlinux2", &module);
	install_bytes(root, "btf_vmlinux2.ko", module.data, module.size);
	assert_fails(rebtf_kernel_open(scratch_path(root, "btf_vmlinux2.ko"), NULL, &btf),
		     REBTF_ERR_UNSUPPORTED, "not a kernel's BTF, but a module's");
}

static void a_release_without_an_image_is_opened_by_its_carrier_alone(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_kernel_ struct kernel kernel = { .word = 8 };
	_cleanup_kernel_ struct kernel other = { .word = 8 };
	struct rebtf_btf *btf;

	(void)state;
	kernel_make(&kernel, 5);
	kernel_make(&other, 6);
	install_carrier(root, CARRIER ".zst", &kernel, CODEC_ZSTD);
	assert_ok(open_kernel(root, RELEASE, &btf));
	assert_string_equal(rebtf_kernel_file(btf), scratch_path(root, CARRIER ".zst"));
	assert_has(btf, 5);
	/* An image that contradicts it is decisive. */
	install_vmlinux(root, "boot/vmlinux-" RELEASE, &other, REBTF_LINK_NAMED);
	assert_fails(open_kernel(root, RELEASE, &btf), REBTF_ERR_NO_BTF,
		     "not the BTF of the kernel");
}

static void damaged_links_are_errors(void **state)
{
	_cleanup_kernel_ struct kernel kernel = { .word = 8 };
	struct rebtf_link link;
	uint8_t bytes[97];

	(void)state;
	kernel_make(&kernel, 5);
	for (size_t size = 0; size <= 97; size++) {
		const struct bytes section = { bytes, size };

		lay_out(&kernel, REBTF_LINK_NAMED, bytes);
		if (size != 92 && size != 96)
			assert_fails(carrier_link_parse(REBTF_LINK_NAMED, section, false, &link),
				     REBTF_ERR_FORMAT, "(expected 92 or 96)");
		if (size != 36)
			assert_fails(carrier_link_parse(REBTF_LINK_META, section, false, &link),
				     REBTF_ERR_FORMAT, "(expected 36)");
	}
	lay_out(&kernel, REBTF_LINK_NAMED, bytes);
	for (size_t i = 0; i < 3; i++) {
		const struct bytes section = { bytes, 92 };
		static const char *const names[] = { "", "../x", "btf vmlinux" };

		memset(bytes, 0, 56);
		memcpy(bytes, names[i], strlen(names[i]));
		assert_fails(carrier_link_parse(REBTF_LINK_NAMED, section, false, &link),
			     REBTF_ERR_FORMAT, "invalid name");
	}
	memset(bytes, 'a', 56);
	assert_fails(carrier_link_parse(REBTF_LINK_NAMED, (struct bytes){ bytes, 92 }, false,
					&link),
		     REBTF_ERR_FORMAT, "invalid name");
}

static void links_are_written_as_they_are_read(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		_cleanup_kernel_ struct kernel kernel = { .word = i & 1 ? 4 : 8,
							  .big_endian = i & 2 };
		enum rebtf_link_form form = i & 4 ? REBTF_LINK_META : REBTF_LINK_NAMED;
		uint8_t want[96], written[96];
		struct rebtf_link link;
		size_t size;

		kernel_make(&kernel, 5);
		size = lay_out(&kernel, form, want);
		assert_ok(carrier_link_parse(form, (struct bytes){ want, size }, kernel.big_endian,
					     &link));
		assert_string_equal(link.module, "btf_vmlinux");
		assert_int_equal(link.btf_size, kernel.btf.size);
		assert_int_equal(carrier_link_write(&link, kernel.word, kernel.big_endian, written),
				 size);
		assert_memory_equal(written, want, size);
	}
}

/* The BTF in the cache has the digest of the link, so it stays right without the carrier. */
static void a_module_of_an_image_has_the_link(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_kernel_ struct kernel kernel = { .word = 8 };
	_cleanup_file_bytes_ struct file_bytes vmlinux = {};
	_cleanup_image_ struct image image = {};
	struct image inner;
	const char *cache = scratch_path(root, "xdg/rebtf");
	REBTF_OPTIONS(rebtf_kernel_options, kernels, .cache_dir = cache);
	REBTF_OPTIONS(rebtf_module_options, options, .kernels = &kernels);

	(void)state;
	kernel_make(&kernel, 5);
	make_vmlinux(&kernel, REBTF_LINK_NAMED, &vmlinux);
	inner = (struct image){ vmlinux.data, vmlinux.size };
	put_packed(&image, CODEC_XZ, &inner);
	install_bytes(root, "vmlinuz", image.data, image.size);
	install_carrier(root, "btf_vmlinux.ko", &kernel, CODEC_NONE);
	for (int cached = 0; cached < 2; cached++) {
		const struct rebtf_link *link;
		struct rebtf_module *module;
		size_t size;

		assert_ok(rebtf_module_open(scratch_path(root, "vmlinuz"), &options, &module));
		link = rebtf_module_link(module);
		assert_non_null(link);
		assert_true(link->fits);
		assert_memory_equal(link->digest, kernel.digest, 32);
		assert_int_equal(!link->carrier, cached);
		rebtf_module_section(module, REBTF_SECTION_BTF, &size);
		assert_int_equal(size, kernel.btf.size);
		rebtf_module_free(module);
		remove(scratch_path(root, "btf_vmlinux.ko"));
	}
}

static void a_vmlinux_with_both_tells_whether_they_fit(void **state)
{
	(void)state;
	for (int fits = 0; fits < 2; fits++) {
		_cleanup_scratch_ char *root = scratch_new();
		_cleanup_kernel_ struct kernel kernel = { .word = 8 };
		_cleanup_file_bytes_ struct file_bytes bytes = {};
		struct rebtf_module *module;
		uint8_t link[96];
		struct test_section sections[] = {
			{ .name = ".BTF.link", .data = link, .size = 92 },
			{ .name = ".BTF" },
		};
		const struct test_elf elf = { .type = ET_EXEC,
					      .sections = sections,
					      .section_count = 2 };

		kernel_make(&kernel, 5);
		lay_out(&kernel, REBTF_LINK_NAMED, link);
		link[60] ^= !fits;
		sections[1].data = kernel.btf.data;
		sections[1].size = kernel.btf.size;
		test_elf_make(&elf, &bytes);
		install_bytes(root, "vmlinux.unstripped", bytes.data, bytes.size);
		assert_ok(rebtf_module_open(scratch_path(root, "vmlinux.unstripped"), NULL,
					    &module));
		assert_int_equal(rebtf_module_link(module)->fits, fits);
		rebtf_module_free(module);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_links_lead_to_the_carrier_of_each_compression),
		cmocka_unit_test(links_of_32_bit_kernels_have_a_longer_name),
		cmocka_unit_test(carriers_beside_the_kernel_are_found),
		cmocka_unit_test(images_with_a_link_are_opened_by_their_carrier),
		cmocka_unit_test(carriers_of_another_kernel_are_refused_with_both_digests),
		cmocka_unit_test(a_carrier_is_a_kernel_and_other_modules_are_not),
		cmocka_unit_test(a_release_without_an_image_is_opened_by_its_carrier_alone),
		cmocka_unit_test(damaged_links_are_errors),
		cmocka_unit_test(links_are_written_as_they_are_read),
		cmocka_unit_test(a_module_of_an_image_has_the_link),
		cmocka_unit_test(a_vmlinux_with_both_tells_whether_they_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
