/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Unit tests: adding sections to linked ELF files. libelf reads the results. */
#include "module/elf_embed.h"
#include "module/test_elf.h"
#include "util/testing.h"

static const struct test_section sections[] = {
	{ .name = ".text", .data = "code", .size = 4, .address = 0x1000, .flags = SHF_ALLOC },
	{ .name = ".BTF", .data = "linked", .size = 6, .address = 0x2000, .flags = SHF_ALLOC },
};

/* Makes an executable of the first @count sections. */
static void make_executable(int elf_class, int encoding, size_t count, struct file_bytes *bytes)
{
	const struct test_elf elf = {
		.elf_class = elf_class,
		.encoding = encoding,
		.type = ET_EXEC,
		.machine = elf_class == ELFCLASS32 ? EM_386 : EM_X86_64,
		.sections = sections,
		.section_count = count,
	};

	test_elf_make(&elf, bytes);
}

static struct rebtf_error *embed_all_of(const struct file_bytes *old,
					const struct elf_change *changes, size_t count,
					struct file_bytes *new)
{
	struct elf_output output = {};
	size_t at = 0;

	TRY(elf_embed(old->data, old->size, changes, count, &output));
	new->data = malloc(output.size);
	new->size = output.size;
	assert_non_null(new->data);
	for (size_t i = 0; i < output.pieces.count; i++) {
		memcpy(new->data + at, output.pieces.items[i].iov_base,
		       output.pieces.items[i].iov_len);
		at += output.pieces.items[i].iov_len;
	}
	assert_int_equal(at, output.size);
	elf_output_release(&output);
	return NULL;
}

static struct rebtf_error *embed(const struct file_bytes *old, const char *data,
				 struct file_bytes *new)
{
	const struct elf_change change = { .name = ".BTF", .data = data, .size = strlen(data) };

	return embed_all_of(old, &change, 1, new);
}

static void find_all(const struct file_bytes *file, const char *const *names,
		     struct elf_section *found, size_t count)
{
	struct elf_file elf;

	assert_ok(elf_file_open_mem(file->data, file->size, &elf));
	assert_ok(elf_check_whole(&elf));
	assert_ok(elf_find_sections(&elf, names, found, count));
	elf_file_close(&elf);
}

/* Checks that the file has one section .BTF with @data. */
static void assert_btf(const struct file_bytes *file, const char *data)
{
	static const char *const names[] = { ".BTF", ".text" };
	struct elf_section found[2];

	find_all(file, names, found, 2);
	assert_int_equal(found[0].size, strlen(data));
	assert_memory_equal(file->data + found[0].offset, data, strlen(data));
	assert_memory_equal(file->data + found[1].offset, "code", 4);
}

static void executable_gets_a_section_and_keeps_its_bytes(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		_cleanup_file_bytes_ struct file_bytes old = {}, new = {}, again = {};
		size_t header = i & 1 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);

		make_executable(i & 1 ? ELFCLASS32 : ELFCLASS64, i & 2 ? ELFDATA2MSB : ELFDATA2LSB,
				1, &old);
		assert_ok(embed(&old, "types", &new));
		assert_btf(&new, "types");
		assert_memory_equal(new.data + header, old.data + header, old.size - header);
		assert_ok(embed(&new, "more types", &again));
		assert_btf(&again, "more types");
	}
}

/* Without @data, the change removes the section. The other sections keep their indices. */
static void section_of_an_executable_is_removed(void **state)
{
	static const char *const names[] = { ".BTF", ".BTF.base", ".text" };
	const struct elf_change both[] = {
		{ .name = ".BTF.base", .data = "base", .size = 4 },
		{ .name = ".BTF", .data = "types", .size = 5 },
	};
	const struct elf_change removal[] = { { .name = ".BTF.base" }, { .name = ".BTF.other" } };

	(void)state;
	for (int i = 0; i < 4; i++) {
		_cleanup_file_bytes_ struct file_bytes old = {}, new = {}, removed = {};
		struct elf_section before[3], after[3];

		make_executable(i & 1 ? ELFCLASS32 : ELFCLASS64, i & 2 ? ELFDATA2MSB : ELFDATA2LSB,
				1, &old);
		assert_ok(embed_all_of(&old, both, 2, &new));
		assert_ok(embed_all_of(&new, removal, 2, &removed));
		find_all(&new, names, before, 3);
		find_all(&removed, names, after, 3);
		assert_true(before[1].index);
		assert_false(after[1].index);
		assert_int_equal(after[0].index, before[0].index);
		assert_int_equal(after[2].index, before[2].index);
		assert_btf(&removed, "types");
	}
}

static void section_in_memory_is_not_replaced(void **state)
{
	_cleanup_file_bytes_ struct file_bytes old = {}, new = {};

	(void)state;
	make_executable(ELFCLASS64, ELFDATA2LSB, 2, &old);
	assert_fails(embed(&old, "types", &new), REBTF_ERR_UNSUPPORTED,
		     ".BTF: the section is linked into the program's memory");
}

/* Every shorter file is refused or has its table, and no read is outside of the file. */
static void truncated_files_are_harmless(void **state)
{
	_cleanup_file_bytes_ struct file_bytes old = {};

	(void)state;
	make_executable(ELFCLASS64, ELFDATA2LSB, 1, &old);
	for (size_t size = 0; size < old.size; size++) {
		_cleanup_file_bytes_ struct file_bytes cut = { .size = size }, new = {};

		cut.data = malloc(size ?: 1);
		assert_non_null(cut.data);
		memcpy(cut.data, old.data, size);
		rebtf_error_free(embed(&cut, "types", &new));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(executable_gets_a_section_and_keeps_its_bytes),
		cmocka_unit_test(section_of_an_executable_is_removed),
		cmocka_unit_test(section_in_memory_is_not_replaced),
		cmocka_unit_test(truncated_files_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
