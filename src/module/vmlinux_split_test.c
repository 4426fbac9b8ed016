/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the room that BTF and its link need in a vmlinux: both ends of each bound; and of the
 * headers in all forms of ELF. tests/cli (carrier.bats) splits a whole vmlinux and joins it again.
 */
#include "btf/header.h"
#include "module/carrier.h"
#include "module/module.h"
#include "module/test_elf.h"
#include "util/bytes.h"
#include "util/testing.h"

/* The size of a link in a 64-bit kernel: a name of 56 bytes, a digest, and the size of the BTF. */
#define LINK_SIZE 92
/* The size of the sections beside it. */
#define BESIDE 16

/* BTF of @size bytes: a header of 24 bytes, an INT of 16, and the strings "", "int" and "xx...". */
static struct rebtf_btf *btf_of_size(size_t size)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	char padding[256] = "";

	memset(padding, 'x', size - 24 - 16 - 1 - 4 - 1);
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_string(b, padding);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void assert_writes(const struct rebtf_btf *btf, const void *at, size_t size)
{
	_cleanup_free_ void *data = NULL;
	size_t written;

	assert_ok(rebtf_btf_write(btf, NULL, &data, &written));
	assert_int_equal(written, size);
	assert_memory_equal(at, data, size);
}

static void cleanup_link(struct rebtf_link **link)
{
	rebtf_link_free(*link);
}

#define _cleanup_link_ _cleanup_(cleanup_link)

/* ------------------------------------------------------------------------------------- splitting */

static struct rebtf_error *split(const char *directory, size_t size, enum rebtf_link_form form)
{
	_cleanup_unref_ struct rebtf_btf *btf = btf_of_size(size);
	_cleanup_file_bytes_ struct file_bytes vmlinux = {};
	_cleanup_free_ void *data = NULL;
	_cleanup_link_ struct rebtf_link *link = NULL;
	struct test_section section = { .name = ".BTF", .flags = SHF_ALLOC };
	char from[PATH_MAX];

	assert_ok(rebtf_btf_write(btf, NULL, &data, &section.size));
	assert_int_equal(section.size, size);
	section.data = data;
	test_elf_make(&(struct test_elf){ .type = ET_EXEC,
					  .encoding = HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB,
					  .sections = &section,
					  .section_count = 1 },
		      &vmlinux);
	snprintf(from, sizeof(from), "%s", scratch_path(directory, "vmlinux"));
	write_bytes(from, vmlinux.data, vmlinux.size);
	assert_ok(rebtf_link_make(btf, form, &link));
	return rebtf_vmlinux_split(from, link, scratch_path(directory, "out"));
}

static void btf_as_large_as_its_link_is_split_but_no_smaller_one(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();

	(void)state;
	assert_ok(split(directory, LINK_SIZE, REBTF_LINK_NAMED));
	assert_fails(split(directory, LINK_SIZE - 1, REBTF_LINK_NAMED), REBTF_ERR_UNSUPPORTED,
		     ".BTF: smaller than a link");
	/* The other form has 36 bytes. */
	assert_ok(split(directory, LINK_SIZE - 1, REBTF_LINK_META));
}

static void a_kernel_with_a_link_of_either_form_is_not_split(void **state)
{
	static const char *const names[] = { ".BTF.link", ".BTF.meta" };
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = btf_of_size(LINK_SIZE);
	_cleanup_free_ void *data = NULL;
	_cleanup_link_ struct rebtf_link *link = NULL;
	char from[PATH_MAX];
	size_t size;

	(void)state;
	assert_ok(rebtf_btf_write(btf, NULL, &data, &size));
	assert_ok(rebtf_link_make(btf, REBTF_LINK_NAMED, &link));
	snprintf(from, sizeof(from), "%s", scratch_path(directory, "vmlinux"));
	for (size_t i = 0; i < 2; i++) {
		const struct test_section sections[] = {
			{ .name = ".BTF", .data = data, .size = size, .flags = SHF_ALLOC },
			{ .name = names[i], .data = "", .size = 1, .flags = SHF_ALLOC },
		};
		_cleanup_file_bytes_ struct file_bytes vmlinux = {};

		test_elf_make(&(struct test_elf){ .type = ET_EXEC,
						  .encoding = HOST_BIG_ENDIAN ? ELFDATA2MSB
									      : ELFDATA2LSB,
						  .sections = sections,
						  .section_count = 2 },
			      &vmlinux);
		write_bytes(from, vmlinux.data, vmlinux.size);
		assert_fails(rebtf_vmlinux_split(from, link, scratch_path(directory, "out")),
			     REBTF_ERR_UNSUPPORTED, "the kernel has a link to its BTF already");
	}
}

/* --------------------------------------------------------------------------------------- joining */

/* What is around the link at the end of a vmlinux. */
struct surroundings {
	size_t btf_size;
	size_t zeros;		  /* after the link */
	bool has_byte;		  /* the last of them is not zero */
	bool ends;		  /* the file ends there; otherwise another section starts */
	size_t overlaps_previous; /* bytes of the link that the previous section also has */
	size_t overlaps_next;	  /* bytes before the zeros' end that the next section also has */
	bool next_is_bss;	  /* which has no bytes in the file */
};

static void put_header(struct file_bytes *vmlinux, size_t index, uint32_t type, uint64_t offset,
		       uint64_t size)
{
	uint8_t *header = vmlinux->data + get64(vmlinux->data + 40, HOST_BIG_ENDIAN) + 64 * index;

	put32(header + 4, type, HOST_BIG_ENDIAN);
	put64(header + 24, offset, HOST_BIG_ENDIAN);
	put64(header + 32, size, HOST_BIG_ENDIAN);
}

/*
 * Makes a vmlinux whose file ends with: the section [1], the link [2], zeros, and the section [3].
 * Returns the link's offset.
 */
static size_t make_vmlinux(const struct surroundings *s, const uint8_t link[LINK_SIZE],
			   struct file_bytes *vmlinux)
{
	const struct test_section sections[] = {
		{ .name = ".before", .data = "", .size = 1, .flags = SHF_ALLOC },
		{ .name = ".BTF.link", .data = "", .size = 1, .flags = SHF_ALLOC },
		{ .name = ".after", .data = "", .size = 1, .flags = SHF_ALLOC },
	};
	size_t before, at, end;

	test_elf_make(&(struct test_elf){ .type = ET_EXEC,
					  .encoding = HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB,
					  .sections = sections,
					  .section_count = 3 },
		      vmlinux);
	before = vmlinux->size;
	at = before + BESIDE;
	end = at + LINK_SIZE + s->zeros;
	vmlinux->size = end + (s->ends ? 0 : BESIDE);
	vmlinux->data = realloc(vmlinux->data, vmlinux->size);
	memset(vmlinux->data + before, 'b', BESIDE);
	memcpy(vmlinux->data + at, link, LINK_SIZE);
	memset(vmlinux->data + at + LINK_SIZE, 0, s->zeros);
	vmlinux->data[end - 1] |= s->has_byte;
	memset(vmlinux->data + end, 'a', vmlinux->size - end);
	put_header(vmlinux, 1, SHT_PROGBITS, before, BESIDE + s->overlaps_previous);
	put_header(vmlinux, 2, SHT_PROGBITS, at, LINK_SIZE);
	put_header(vmlinux, 3, s->next_is_bss ? SHT_NOBITS : SHT_PROGBITS, end - s->overlaps_next,
		   s->ends ? 0 : BESIDE);
	/* It has a segment, so it is not only a link. */
	put16(vmlinux->data + 54, 56, HOST_BIG_ENDIAN);
	put16(vmlinux->data + 56, 1, HOST_BIG_ENDIAN);
	return at;
}

/* Joins, and checks that the BTF begins where the link did and that nothing else changes. */
static struct rebtf_error *join(const char *directory, const struct surroundings *s)
{
	_cleanup_unref_ struct rebtf_btf *btf = btf_of_size(s->btf_size);
	_cleanup_file_bytes_ struct file_bytes vmlinux = {}, joined = {};
	uint8_t bytes[LINK_NAMED_SIZE(4)];
	_cleanup_link_ struct rebtf_link *link = NULL;
	char from[PATH_MAX];
	size_t at, behind;

	assert_ok(rebtf_link_make(btf, REBTF_LINK_NAMED, &link));
	assert_int_equal(carrier_link_write(link, 8, HOST_BIG_ENDIAN, bytes), LINK_SIZE);
	at = make_vmlinux(s, bytes, &vmlinux);
	snprintf(from, sizeof(from), "%s", scratch_path(directory, "vmlinux"));
	write_bytes(from, vmlinux.data, vmlinux.size);
	TRY(rebtf_vmlinux_join(from, btf, scratch_path(directory, "out")));
	assert_ok(file_read(scratch_path(directory, "out"), &joined));
	assert_true(joined.size > vmlinux.size);
	assert_writes(btf, joined.data + at, s->btf_size);
	assert_memory_equal(joined.data + at - BESIDE, vmlinux.data + at - BESIDE, BESIDE);
	behind = at + s->btf_size;
	assert_memory_equal(joined.data + behind, vmlinux.data + behind, vmlinux.size - behind);
	return NULL;
}

static void btf_needs_its_own_bytes_or_zeros_of_no_other_section(void **state)
{
	static const struct {
		struct surroundings s;
		bool fits;
	} cases[] = {
		/* As large as the link. */
		{ { .btf_size = LINK_SIZE }, true },
		{ { .btf_size = LINK_SIZE, .ends = true }, true },
		{ { .btf_size = LINK_SIZE, .overlaps_next = 1 }, false },
		{ { .btf_size = LINK_SIZE, .overlaps_previous = 1 }, false },
		{ { .btf_size = LINK_SIZE - 1 }, false },
		/* Larger. */
		{ { .btf_size = LINK_SIZE + 1 }, false },
		{ { .btf_size = LINK_SIZE + 1, .ends = true }, false },
		{ { .btf_size = LINK_SIZE + 1, .zeros = 1 }, true },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 40 }, true },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 40, .ends = true }, true },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 39 }, false },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 39, .ends = true }, false },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 40, .has_byte = true }, false },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 41, .has_byte = true }, true },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 40, .overlaps_previous = 1 }, false },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 40, .overlaps_next = 1 }, false },
		{ { .btf_size = LINK_SIZE + 40, .zeros = 41, .overlaps_next = 1 }, true },
		{ { .btf_size = LINK_SIZE + 40,
		    .zeros = 40,
		    .overlaps_next = 1,
		    .next_is_bss = true },
		  true },
	};
	_cleanup_scratch_ char *directory = scratch_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rebtf_error *err = join(directory, &cases[i].s);
		char part[64];

		if (cases[i].fits && !err)
			continue;
		if (cases[i].fits || !err)
			fail_msg("case %zu: %s", i, err ? rebtf_error_message(err) : "joined");
		snprintf(part, sizeof(part), ".BTF.link: no room for %zu bytes of BTF",
			 cases[i].s.btf_size);
		assert_fails(err, REBTF_ERR_UNSUPPORTED, part);
	}
}

/* --------------------------------------------------------------------------------- forms of ELF */

/* BTF of @size bytes in that byte order. */
static struct rebtf_btf *btf_of_order(size_t size, bool big_endian)
{
	_cleanup_unref_ struct rebtf_btf *host = btf_of_size(size);
	const struct rebtf_write_options options = {
		.size = sizeof(options),
		.byte_order = big_endian ? REBTF_BYTE_ORDER_BIG : REBTF_BYTE_ORDER_LITTLE,
	};
	_cleanup_free_ void *data = NULL;
	struct rebtf_btf *btf;

	assert_ok(rebtf_btf_write(host, &options, &data, &size));
	assert_ok(rebtf_btf_open_mem(data, size, NULL, NULL, &btf));
	return btf;
}

/* Makes a vmlinux with a segment and the section .BTF [2] among others. */
static void make_whole_vmlinux(int class, bool big_endian, struct bytes btf,
			       struct file_bytes *vmlinux)
{
	const struct test_section sections[] = {
		{ .name = ".before", .data = "before", .size = 6, .flags = SHF_ALLOC },
		{ .name = ".BTF", .data = btf.data, .size = btf.size, .flags = SHF_ALLOC },
		{ .name = ".after", .data = "after", .size = 5, .flags = SHF_ALLOC },
	};
	size_t segments = class == ELFCLASS64 ? 54 : 42;

	test_elf_make(&(struct test_elf){ .type = ET_EXEC,
					  .elf_class = class,
					  .encoding = big_endian ? ELFDATA2MSB : ELFDATA2LSB,
					  .sections = sections,
					  .section_count = 3 },
		      vmlinux);
	put16(vmlinux->data + segments, class == ELFCLASS64 ? 56 : 32, big_endian);
	put16(vmlinux->data + segments + 2, 1, big_endian);
}

/*
 * Checks that the section [2] of @from is @data in @to, named @name, followed by zeros up to the end
 * of the larger of both. The names of sections are at the end. Nothing else changes.
 */
static void assert_replaced(const struct file_bytes *from, const struct file_bytes *to,
			    const char *name, struct bytes data, size_t larger)
{
	static const uint8_t zeros[256];
	Elf *old = elf_memory((char *)from->data, from->size);
	Elf *new = elf_memory((char *)to->data, to->size);
	GElf_Shdr was, is;
	GElf_Ehdr ehdr;
	size_t count, names, behind;

	assert_non_null(gelf_getehdr(old, &ehdr));
	assert_int_equal(elf_getshdrnum(new, &count), 0);
	assert_int_equal(count, ehdr.e_shnum);
	assert_int_equal(elf_getshdrstrndx(new, &names), 0);
	for (size_t i = 1; i < count; i++) {
		assert_non_null(gelf_getshdr(elf_getscn(old, i), &was));
		assert_non_null(gelf_getshdr(elf_getscn(new, i), &is));
		assert_string_equal(elf_strptr(new, names, is.sh_name),
				    i == 2 ? name : elf_strptr(old, names, was.sh_name));
		if (i == 2) {
			was.sh_name = is.sh_name;
			was.sh_size = data.size;
		} else if (i == names) {
			was.sh_offset = from->size;
			was.sh_size = to->size - from->size;
		}
		assert_memory_equal(&is, &was, sizeof(is));
	}
	assert_non_null(gelf_getshdr(elf_getscn(new, 2), &is));
	assert_memory_equal(to->data, from->data, is.sh_offset);
	assert_memory_equal(to->data + is.sh_offset, data.data, data.size);
	assert_memory_equal(to->data + is.sh_offset + data.size, zeros, larger - data.size);
	/* The headers are at the end of the old file. */
	behind = is.sh_offset + larger;
	assert_memory_equal(to->data + behind, from->data + behind, ehdr.e_shoff - behind);
	elf_end(old);
	elf_end(new);
}

static void split_and_join(int class, bool big_endian)
{
	enum { SIZE = 200 };
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = btf_of_order(SIZE, big_endian);
	_cleanup_file_bytes_ struct file_bytes vmlinux = {}, split = {}, joined = {};
	_cleanup_free_ void *data = NULL;
	char from[PATH_MAX], to[PATH_MAX];
	uint8_t bytes[LINK_NAMED_SIZE(4)];
	_cleanup_link_ struct rebtf_link *link = NULL;
	size_t size;

	snprintf(from, sizeof(from), "%s", scratch_path(directory, "vmlinux"));
	snprintf(to, sizeof(to), "%s", scratch_path(directory, "split"));
	assert_ok(rebtf_btf_write(btf, NULL, &data, &size));
	assert_int_equal(size, SIZE);
	make_whole_vmlinux(class, big_endian, (struct bytes){ data, size }, &vmlinux);
	write_bytes(from, vmlinux.data, vmlinux.size);
	assert_ok(rebtf_link_make(btf, REBTF_LINK_NAMED, &link));
	assert_ok(rebtf_vmlinux_split(from, link, to));
	assert_ok(file_read(to, &split));
	size = carrier_link_write(link, class == ELFCLASS64 ? 8 : 4, big_endian, bytes);
	assert_replaced(&vmlinux, &split, ".BTF.link", (struct bytes){ bytes, size }, SIZE);
	assert_ok(rebtf_vmlinux_join(to, btf, scratch_path(directory, "joined")));
	assert_ok(file_read(scratch_path(directory, "joined"), &joined));
	assert_replaced(&split, &joined, ".BTF", (struct bytes){ data, SIZE }, SIZE);
}

static void headers_of_each_form_of_elf_are_changed(void **state)
{
	(void)state;
	split_and_join(ELFCLASS64, false);
	split_and_join(ELFCLASS64, true);
	split_and_join(ELFCLASS32, false);
	split_and_join(ELFCLASS32, true);
}

static void section_headers_of_a_false_size_are_not_written(void **state)
{
	static const int classes[] = { ELFCLASS32, ELFCLASS64 };
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = btf_of_size(LINK_SIZE);
	_cleanup_free_ void *data = NULL;
	_cleanup_link_ struct rebtf_link *link = NULL;
	char from[PATH_MAX];
	size_t size;

	(void)state;
	snprintf(from, sizeof(from), "%s", scratch_path(directory, "vmlinux"));
	assert_ok(rebtf_btf_write(btf, NULL, &data, &size));
	assert_ok(rebtf_link_make(btf, REBTF_LINK_META, &link));
	for (size_t i = 0; i < 2; i++) {
		_cleanup_file_bytes_ struct file_bytes vmlinux = {};

		make_whole_vmlinux(classes[i], HOST_BIG_ENDIAN, (struct bytes){ data, size },
				   &vmlinux);
		/* e_shentsize */
		put16(vmlinux.data + (classes[i] == ELFCLASS64 ? 58 : 46), 0xffff, HOST_BIG_ENDIAN);
		write_bytes(from, vmlinux.data, vmlinux.size);
		assert_fails(rebtf_vmlinux_split(from, link, scratch_path(directory, "out")),
			     REBTF_ERR_FORMAT, "bad ELF file: invalid section header table");
		assert_fails(rebtf_vmlinux_join(from, btf, scratch_path(directory, "out")),
			     REBTF_ERR_FORMAT, "bad ELF file: invalid section header table");
	}
}

static void split_btf_is_not_a_kernel_s(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = btf_of_size(LINK_SIZE), *split_btf = NULL;
	REBTF_OPTIONS(rebtf_vmlinux_options, options, .path = "/nonexistent/vmlinux");
	enum rebtf_vmlinux_outcome outcome;
	struct rebtf_builder *b;
	struct rebtf_link *link;
	char *path;

	(void)state;
	assert_ok(rebtf_builder_new(btf, &b));
	assert_ok(rebtf_builder_finish(b, &split_btf));
	assert_fails(rebtf_link_make(split_btf, REBTF_LINK_NAMED, &link), REBTF_ERR_ARGUMENT,
		     "split BTF");
	options.btf = split_btf;
	assert_fails(rebtf_kernel_provide_vmlinux("6.1", &options, &outcome, &path),
		     REBTF_ERR_ARGUMENT, "split BTF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(btf_as_large_as_its_link_is_split_but_no_smaller_one),
		cmocka_unit_test(a_kernel_with_a_link_of_either_form_is_not_split),
		cmocka_unit_test(btf_needs_its_own_bytes_or_zeros_of_no_other_section),
		cmocka_unit_test(headers_of_each_form_of_elf_are_changed),
		cmocka_unit_test(section_headers_of_a_false_size_are_not_written),
		cmocka_unit_test(split_btf_is_not_a_kernel_s),
	};

	return cmocka_run_group_tests_name("vmlinux_split", tests, NULL, NULL);
}
