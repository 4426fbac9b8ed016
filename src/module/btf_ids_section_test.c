/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of reading .BTF_ids: contradictory symbols, sets and words are refused. */
#include <elf.h>
#include <fcntl.h>

#include "btf/header.h"
#include "module/btf_ids_section.h"
#include "module/test_ids.h"
#include "util/testing.h"

static struct rebtf_error *read_words(const uint32_t *words, size_t word_count,
				      const struct test_symbol *symbols, size_t symbol_count)
{
	_cleanup_file_bytes_ struct file_bytes object = {};
	struct btf_ids ids = {};
	struct rebtf_error *err;

	test_ids_make(&(struct test_ids){ .words = words,
					  .word_count = word_count,
					  .symbols = symbols,
					  .symbol_count = symbol_count },
		      &object);
	err = btf_ids_read(object.data, object.size, &ids);
	btf_ids_release(&ids);
	return err;
}

static void ids_without_symbols_are_refused(void **state)
{
	static const uint32_t ids[] = { 1, 2 }, none[] = { 0, 0 };

	(void)state;
	assert_fails(read_words(ids, 2, NULL, 0), REBTF_ERR_UNSUPPORTED, "stripped");
	assert_ok(read_words(none, 2, NULL, 0));
}

static void ids_that_no_symbol_names_are_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set__x", 0, 8 },
		{ "__BTF_ID__func__start__1", 4, 4 },
		{ "__BTF_ID__func__start__2", 8, 4 },
	};
	static const uint32_t sound[] = { 1, 7, 7, 0 }, behind[] = { 1, 7, 7, 8 };

	(void)state;
	assert_ok(read_words(sound, 4, symbols, 3));
	assert_fails(read_words(behind, 4, symbols, 3), REBTF_ERR_UNSUPPORTED,
		     "no symbol names the type of the id at offset 12");
	assert_fails(read_words(behind, 4, symbols, 2), REBTF_ERR_UNSUPPORTED,
		     "no symbol names the type of the id at offset 8");
}

#define DEVICE "__BTF_ID__struct__device__1"
#define SOCK   "__BTF_ID__struct__sock__2"
#define SET    "__BTF_ID__set__x"
#define SET8   "__BTF_ID__set8__x"

static void symbols_that_lie_are_refused(void **state)
{
	static const struct {
		struct test_symbol symbols[2];
		const char *complaint;
	} cases[] = {
		{ { { DEVICE, 14, 4 } }, DEVICE " is not a word within the section" },
		{ { { DEVICE, 16, 4 } }, DEVICE " is not a word within" },
		{ { { DEVICE, UINT64_MAX, 4 } }, DEVICE " is not a word within" },
		{ { { DEVICE, UINT64_MAX - 3, 4 } }, DEVICE " is not a word within" },
		{ { { DEVICE, 2, 4 } }, DEVICE " is not a word within" },
		{ { { DEVICE, 4, 0 } }, DEVICE " is not a word within" },
		{ { { DEVICE, 4, 8 } }, DEVICE " is not a word within" },
		{ { { SET, 4, UINT64_MAX } }, SET " is not a set within the section" },
		{ { { SET, 4, 16 } }, SET " is not a set within" },
		{ { { SET, 0, 0 } }, SET " is not a set within" },
		{ { { SET, 0, 6 } }, SET " is not a set within" },
		{ { { SET, 2, 12 } }, SET " is not a set within" },
		{ { { SET8, 0, 4 } }, SET8 " is not a set within" },
		{ { { SET8, 0, 12 } }, SET8 " is not a set within" },
		{ { { "__BTF_ID__struct__1", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__struct____1", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__struct", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__marvel__x__1", 0, 4 } }, "names an unknown kind of type" },
		{ { { DEVICE, 4, 4 }, { SOCK, 4, 4 } }, "overlap" },
		{ { { SET, 0, 16 }, { "__BTF_ID__set__y", 0, 16 } }, "overlap" },
		{ { { SET, 4, 12 }, { SET8, 0, 8 } }, "overlap" },
		{ { { SET, 0, 16 }, { DEVICE, 0, 4 } }, DEVICE " is not at an id of set " SET },
		{ { { SET8, 0, 16 }, { DEVICE, 4, 4 } }, DEVICE " is not at an id of set" },
		{ { { SET8, 0, 16 }, { DEVICE, 12, 4 } }, DEVICE " is not at an id of set" },
		{ { { SET, 0, 12 }, { DEVICE, 4, 4 } },
		  "invalid id count of set __BTF_ID__set__x (found 3, expected 2)" },
		{ { { SET8, 0, 16 }, { DEVICE, 8, 4 } },
		  "invalid id count of set __BTF_ID__set8__x (found 3, expected 1)" },
		{ { { SET, 0, 4 } },
		  "invalid id count of set __BTF_ID__set__x (found 3, expected 0)" },
	};
	static const struct test_symbol set = { SET, 0, 16 };
	static const uint32_t words[] = { 3, 3, 3, 3 }, no_count[] = { 0, 0, 0, 3 },
			      huge_count[] = { UINT32_MAX, 3, 3, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct test_symbol *symbols = cases[i].symbols;

		assert_fails(read_words(words, 4, symbols, symbols[1].name ? 2 : 1),
			     strstr(cases[i].complaint, "unknown kind") ? REBTF_ERR_UNSUPPORTED
									: REBTF_ERR_FORMAT,
			     cases[i].complaint);
	}
	assert_fails(read_words(no_count, 4, &set, 1), REBTF_ERR_FORMAT,
		     "invalid id count of set __BTF_ID__set__x (found 0, expected 3)");
	assert_fails(read_words(huge_count, 4, &set, 1), REBTF_ERR_FORMAT,
		     "invalid id count of set __BTF_ID__set__x (found 4294967295, expected 3)");
}

/* The header of the symbol table. */
static Elf64_Shdr *find_symtab(const struct file_bytes *object)
{
	Elf64_Shdr *shdr = (void *)(object->data + ((Elf64_Ehdr *)(void *)object->data)->e_shoff);

	while (shdr->sh_type != SHT_SYMTAB)
		shdr++;
	return shdr;
}

/* An object with one id and its symbol. *@symtab: the header of its symbol table. */
static void make_with_symtab(struct file_bytes *object, Elf64_Shdr **symtab)
{
	static const struct test_symbol symbol = { DEVICE, 0, 4 };
	static const uint32_t word = 7;

	test_ids_make(&(struct test_ids){ .words = &word,
					  .word_count = 1,
					  .symbols = &symbol,
					  .symbol_count = 1 },
		      object);
	*symtab = find_symtab(object);
}

/* Kernels do not read the size of an entry either. */
static void symbols_are_found_without_the_size_of_an_entry(void **state)
{
	_cleanup_file_bytes_ struct file_bytes object = {};
	struct btf_ids ids = {};
	Elf64_Shdr *symtab;

	(void)state;
	make_with_symtab(&object, &symtab);
	symtab->sh_entsize = 0;
	assert_ok(btf_ids_read(object.data, object.size, &ids));
	assert_int_equal(ids.word_count, 1);
	btf_ids_release(&ids);
}

/* An empty table of symbols needs no names. */
static void an_empty_table_of_symbols_is_none(void **state)
{
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "object");
	struct btf_ids ids = {};
	Elf64_Shdr *symtab;
	int fd;

	(void)state;
	make_with_symtab(&object, &symtab);
	symtab->sh_size = 0;
	symtab->sh_link = 0;
	assert_fails(btf_ids_read(object.data, object.size, &ids), REBTF_ERR_UNSUPPORTED,
		     "stripped");
	btf_ids_release(&ids);
	ids = (struct btf_ids){};
	write_bytes(path, object.data, object.size);
	fd = open(path, O_RDONLY);
	assert_ok(btf_ids_read_fd(fd, &ids));
	assert_int_equal(ids.word_count, 0);
	btf_ids_release(&ids);
	close(fd);
}

/* Copies of the names would take quadratic space. */
static void symbols_that_share_one_long_name_are_refused(void **state)
{
	enum { COUNT = 31 };
	static const uint32_t words[COUNT];
	struct test_symbol symbols[COUNT];
	_cleanup_file_bytes_ struct file_bytes object = {};
	struct btf_ids ids = {};
	Elf64_Shdr *symtab;
	char name[900];

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name, "__BTF_ID__func__", 16);
	strcpy(name + sizeof(name) - 4, "__1");
	for (size_t i = 0; i < COUNT; i++)
		symbols[i] = (struct test_symbol){ i ? "" : name, 4 * i, 4 };
	test_ids_make(&(struct test_ids){ .words = words,
					  .word_count = COUNT,
					  .symbols = symbols,
					  .symbol_count = COUNT },
		      &object);
	symtab = find_symtab(&object);
	/* The name is the first word of a symbol. */
	for (size_t i = 1; i <= COUNT; i++)
		put32(object.data + symtab->sh_offset + i * sizeof(Elf64_Sym), 1, HOST_BIG_ENDIAN);
	assert_fails(btf_ids_read(object.data, object.size, &ids), REBTF_ERR_FORMAT,
		     "symbol names overlap too much");
	btf_ids_release(&ids);
}

/* The ids of struct device, of struct sock and of a set with one function. */
static const uint32_t three[] = { 7, 8, 1, 9 };

/* Reads these ids from a section at address 0x1000, whose symbols start at @start. */
static struct rebtf_error *read_at_address(uint16_t type, uint64_t start)
{
	const struct test_symbol symbols[] = {
		{ DEVICE, start, 4 },
		{ SOCK, start + 4, 4 },
		{ SET, start + 8, 8 },
		{ "__BTF_ID__func__start__3", start + 12, 4 },
	};
	static const uint64_t offsets[] = { 0, 4, 12 };
	_cleanup_file_bytes_ struct file_bytes object = {};
	struct btf_ids ids = {};
	struct rebtf_error *err;

	test_ids_make(&(struct test_ids){ .type = type,
					  .address = 0x1000,
					  .words = three,
					  .word_count = 4,
					  .symbols = symbols,
					  .symbol_count = 4 },
		      &object);
	err = btf_ids_read(object.data, object.size, &ids);
	if (!err) {
		assert_int_equal(ids.word_count, 3);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(ids.words[i].offset, offsets[i]);
		assert_int_equal(ids.set_count, 1);
		assert_int_equal(ids.sets[0].offset, 8);
	}
	btf_ids_release(&ids);
	return err;
}

/* ELF: values of symbols are offsets in a relocatable object, and addresses in a linked file. */
static void symbols_of_linked_files_have_addresses(void **state)
{
	static const uint16_t linked[] = { ET_EXEC, ET_DYN };

	(void)state;
	assert_ok(read_at_address(ET_REL, 0));
	assert_fails(read_at_address(ET_REL, 0x1000), REBTF_ERR_FORMAT,
		     DEVICE " is not a word within the section");
	for (size_t i = 0; i < 2; i++) {
		assert_ok(read_at_address(linked[i], 0x1000));
		assert_fails(read_at_address(linked[i], 0), REBTF_ERR_FORMAT,
			     DEVICE " is not a word within the section");
		assert_fails(read_at_address(linked[i], 0x1000 - 4), REBTF_ERR_FORMAT,
			     DEVICE " is not a word within the section");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_without_symbols_are_refused),
		cmocka_unit_test(ids_that_no_symbol_names_are_refused),
		cmocka_unit_test(symbols_that_lie_are_refused),
		cmocka_unit_test(symbols_are_found_without_the_size_of_an_entry),
		cmocka_unit_test(an_empty_table_of_symbols_is_none),
		cmocka_unit_test(symbols_that_share_one_long_name_are_refused),
		cmocka_unit_test(symbols_of_linked_files_have_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
