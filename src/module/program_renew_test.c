/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the relocations of a BPF program's .BTF after deduplication. tests/cli/dedup.bats has
 * objects that clang compiled, in which sections are the last types.
 */
#include "btf/build_for_test.h"
#include "module/elf_file.h"
#include "module/test_elf.h"
#include "util/bytes.h"

#define RELOCATIONS 3

/* The bytes of .rel.BTF: offsets in .BTF, each with the symbol and the type of its relocation. */
static void put_relocations(const uint64_t *offsets, bool big_endian, uint8_t *data)
{
	for (size_t i = 0; i < RELOCATIONS; i++) {
		put64(data + 16 * i, offsets[i], big_endian);
		put64(data + 16 * i + 8, (i + 1) << 32 | 4, big_endian);
	}
}

/*
 * Types of which [4] is equal to [3], and where they start in .BTF, after a header of 24 bytes. The
 * offset of a section's first variable is 16 bytes behind the section's start.
 */
static struct rebtf_btf *program_btf(void)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_datasec(b, ".data", 4); /* [1]: 24 */
	rebtf_builder_secinfo(b, 5, 0, 4);
	add_int(b);					    /* [2]: 48 */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);	    /* [3]: 64 */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);	    /* [4]: 76 */
	rebtf_builder_var(b, "x", REBTF_LINKAGE_GLOBAL, 2); /* [5]: 88 */
	rebtf_builder_var(b, "y", REBTF_LINKAGE_GLOBAL, 3); /* [6]: 104 */
	rebtf_builder_var(b, "z", REBTF_LINKAGE_GLOBAL, 4); /* [7]: 120 */
	rebtf_builder_datasec(b, ".bss", 16);		    /* [8]: 136 */
	rebtf_builder_secinfo(b, 6, 0, 8);
	rebtf_builder_secinfo(b, 7, 8, 8);
	return built(b);
}

/* Writes an object with these types, @size bytes of this .rel.BTF, and this .BTF.ext, if any. */
static void write_program(const char *path, bool big_endian,
			  const uint8_t relocations[16 * RELOCATIONS], size_t size, const char *ext)
{
	REBTF_OPTIONS(rebtf_write_options, options,
		      .byte_order = big_endian ? REBTF_BYTE_ORDER_BIG : REBTF_BYTE_ORDER_LITTLE);
	_cleanup_unref_ struct rebtf_btf *btf = program_btf();
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_free_ void *data = NULL;
	size_t btf_size;

	assert_ok(rebtf_btf_write(btf, &options, &data, &btf_size));
	test_elf_make(&(struct test_elf){ .encoding = big_endian ? ELFDATA2MSB : ELFDATA2LSB,
					  .machine = EM_BPF,
					  .sections =
						  (const struct test_section[]){
							  { .name = ".BTF",
							    .data = data,
							    .size = btf_size },
							  { .name = ".rel.BTF",
							    .data = relocations,
							    .size = 16 * RELOCATIONS,
							    .type = SHT_REL,
							    .info = 1 },
							  { .name = ".BTF.ext",
							    .data = ext,
							    .size = ext ? strlen(ext) : 0 },
						  },
					  .section_count = ext ? 3 : 2 },
		      &object);
	/* libelf makes no relocation that ends too early. */
	put64(object.data + get64(object.data + 40, big_endian) + 64 * 2 + 32, size, big_endian);
	write_bytes(path, object.data, object.size);
}

/* Deduplicates the object's BTF in place. */
static struct rebtf_error *dedup_program(const char *path)
{
	REBTF_OPTIONS(rebtf_module_output, output);
	struct rebtf_module *module;
	struct rebtf_dedup *dedup;
	struct rebtf_error *err;
	struct rebtf_btf *btf;

	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_module_btf(module, NULL, &btf));
	assert_ok(rebtf_dedup(btf, NULL, &dedup));
	assert_int_equal(rebtf_dedup_gone(dedup, REBTF_ANY_KIND), 1);
	output.btf = rebtf_dedup_btf(dedup);
	output.dedup = dedup;
	err = rebtf_module_write(module, path, &output);
	rebtf_dedup_free(dedup);
	rebtf_btf_unref(btf);
	rebtf_module_free(module);
	return err;
}

/* Types after [4] move by the 12 bytes of a PTR. */
static void relocations_follow_the_variables_of_the_first_and_the_last_type(void **state)
{
	static const uint64_t old[RELOCATIONS] = { 164, 40, 152 },
			      new[RELOCATIONS] = { 152, 40, 140 };
	static const char *const name = ".rel.BTF";

	(void)state;
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		_cleanup_scratch_ char *directory = scratch_new();
		const char *path = scratch_path(directory, "x.bpf.o");
		uint8_t relocations[16 * RELOCATIONS];
		_cleanup_file_bytes_ struct file_bytes object = {};
		struct elf_section found;
		struct elf_file file;

		put_relocations(old, big_endian, relocations);
		write_program(path, big_endian, relocations, sizeof(relocations), NULL);
		assert_ok(dedup_program(path));
		assert_ok(file_read(path, &object));
		assert_ok(elf_file_open_mem(object.data, object.size, &file));
		assert_ok(elf_find_sections(&file, &name, &found, 1));
		put_relocations(new, big_endian, relocations);
		assert_int_equal(found.size, sizeof(relocations));
		assert_memory_equal(object.data + found.offset, relocations, sizeof(relocations));
		elf_file_close(&file);
	}
}

/* Offsets of a section's header, of a variable's size, and before and after all variables. */
static void relocations_of_anything_else_are_refused(void **state)
{
	static const uint64_t others[] = { 0, 24, 36, 39, 41, 44, 148, 165, 176, UINT64_MAX };
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "x.bpf.o");
	uint8_t relocations[16 * RELOCATIONS];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char part[96];

		put_relocations((const uint64_t[RELOCATIONS]){ 40, 152, others[i] },
				HOST_BIG_ENDIAN, relocations);
		write_program(path, HOST_BIG_ENDIAN, relocations, sizeof(relocations), NULL);
		snprintf(part, sizeof(part), "the relocation at offset %" PRIu64 " is not that of",
			 others[i]);
		assert_fails(dedup_program(path), REBTF_ERR_UNSUPPORTED, part);
	}
	write_program(path, HOST_BIG_ENDIAN, relocations, 31, NULL);
	assert_fails(dedup_program(path), REBTF_ERR_FORMAT,
		     ".rel.BTF: section of 31 bytes (expected a multiple of 16)");
}

static void an_invalid_btf_ext_is_refused(void **state)
{
	static const uint64_t offsets[RELOCATIONS] = { 164, 40, 152 };
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "x.bpf.o");
	uint8_t relocations[16 * RELOCATIONS];

	(void)state;
	put_relocations(offsets, HOST_BIG_ENDIAN, relocations);
	write_program(path, HOST_BIG_ENDIAN, relocations, sizeof(relocations), "none");
	assert_fails(dedup_program(path), REBTF_ERR_FORMAT, ".BTF.ext: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relocations_follow_the_variables_of_the_first_and_the_last_type),
		cmocka_unit_test(relocations_of_anything_else_are_refused),
		cmocka_unit_test(an_invalid_btf_ext_is_refused),
	};

	return cmocka_run_group_tests_name("program_renew", tests, NULL, NULL);
}
