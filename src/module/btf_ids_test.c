/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of .BTF_ids: its ids follow their types through distill and relocate in every class and byte order,
 * flags and counts stay, sets stay sorted, and what cannot be done right is refused.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "module/btf_ids.h"
#include "util/testing.h"

/* --------------------------------------------------------------------------------------- making */

struct test_symbol {
	const char *name;
	uint64_t value;
	uint64_t size;
};

/* An object that has .BTF_ids (and no .BTF, which nobody asks for). */
struct test_ids {
	int elf_class;
	int encoding;
	const uint32_t *words;
	size_t word_count;
	const struct test_symbol *symbols;
	size_t symbol_count;
};

static size_t add_section(Elf *elf, uint32_t name, GElf_Word type, Elf_Type data_type, void *data,
			  size_t size)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *d = elf_newdata(section);
	GElf_Shdr shdr;

	assert_non_null(gelf_getshdr(section, &shdr));
	shdr.sh_name = name;
	shdr.sh_type = type;
	assert_true(gelf_update_shdr(section, &shdr));
	*d = (Elf_Data){
		.d_buf = data,
		.d_type = data_type,
		.d_size = size,
		.d_align = 4,
		.d_version = EV_CURRENT,
	};
	return elf_ndxscn(section);
}

static void add_symbols(Elf *elf, const struct test_ids *ids, size_t section, char *strings,
			void *symbols)
{
	size_t size = gelf_fsize(elf, ELF_T_SYM, ids->symbol_count + 1, EV_CURRENT);
	size_t symtab = add_section(elf, 10, SHT_SYMTAB, ELF_T_SYM, symbols, size), strtab;
	size_t strings_size = 1;
	GElf_Shdr shdr;

	for (size_t i = 0; i < ids->symbol_count; i++) {
		GElf_Sym sym = {
			.st_name = (GElf_Word)strings_size,
			.st_value = ids->symbols[i].value,
			.st_size = ids->symbols[i].size,
			.st_shndx = (GElf_Half)section,
		};

		strcpy(strings + strings_size, ids->symbols[i].name);
		strings_size += strlen(ids->symbols[i].name) + 1;
		assert_true(gelf_update_sym(elf_getdata(elf_getscn(elf, symtab), NULL), (int)i + 1,
					    &sym));
	}
	strtab = add_section(elf, 18, SHT_STRTAB, ELF_T_BYTE, strings, strings_size);
	assert_non_null(gelf_getshdr(elf_getscn(elf, symtab), &shdr));
	shdr.sh_link = (GElf_Word)strtab;
	shdr.sh_entsize = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	assert_true(gelf_update_shdr(elf_getscn(elf, symtab), &shdr));
}

static void make_object(const struct test_ids *ids, struct file_bytes *bytes)
{
	static char names[] = "\0.BTF_ids\0.symtab\0.strtab\0.shstrtab";
	uint32_t words[32];
	char strings[1024] = "";
	GElf_Sym symbols[32] = {};
	int fd = memfd_create("object", 0);
	size_t section;
	GElf_Ehdr ehdr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(gelf_newehdr(elf, ids->elf_class ?: ELFCLASS64));
	assert_non_null(gelf_getehdr(elf, &ehdr));
	ehdr.e_ident[EI_DATA] = (unsigned char)(ids->encoding ?: ELFDATA2LSB);
	ehdr.e_type = ET_REL;
	ehdr.e_version = EV_CURRENT;
	assert_true(gelf_update_ehdr(elf, &ehdr));

	memcpy(words, ids->words, ids->word_count * 4);
	section = add_section(elf, 1, SHT_PROGBITS, ELF_T_WORD, words, ids->word_count * 4);
	if (ids->symbol_count)
		add_symbols(elf, ids, section, strings, symbols);
	ehdr.e_shstrndx = (GElf_Half)add_section(elf, 26, SHT_STRTAB, ELF_T_BYTE, names,
						 sizeof(names));
	assert_true(gelf_update_ehdr(elf, &ehdr));
	if (elf_update(elf, ELF_C_WRITE) < 0)
		fail_msg("elf_update: %s", elf_errmsg(-1));
	elf_end(elf);
	assert_ok(file_read_fd(fd, "object", bytes));
	close(fd);
}

/* A kernel: a function that a module has too, @filler other types, and two structs in either order. */
static struct rebtf_btf *make_kernel(size_t filler, bool swapped)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t number;

	assert_ok(rebtf_builder_new(NULL, &b));
	number = rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, number));
	for (size_t i = 0; i < filler; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, number);
	for (int i = 0; i < 2; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, i == swapped ? "device" : "sock", 4);
		rebtf_builder_member(b, "id", number, 0, 0);
	}
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* A module that points to both structs, with two functions. */
static struct rebtf_btf *make_module(struct rebtf_btf *kernel)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t device, sock, proto;

	assert_ok(rebtf_builder_new(kernel, &b));
	device = rebtf_builder_ref(b, REBTF_KIND_PTR,
				   rebtf_find(kernel, "device", REBTF_KIND_STRUCT));
	sock = rebtf_builder_ref(b, REBTF_KIND_PTR, rebtf_find(kernel, "sock", REBTF_KIND_STRUCT));
	proto = rebtf_builder_func_proto(b, device);
	rebtf_builder_param(b, "sock", sock);
	rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_func(b, "stop", REBTF_LINKAGE_STATIC, proto);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* ------------------------------------------------------------------------------------ resolving */

/* A list of two structs, a set of the same two, a set8 of functions. Symbols as the kernel's macros make them. */
static const struct test_symbol kernel_symbols[] = {
	{ "__BTF_ID__struct__device__11", 0, 4 },
	{ "__BTF_ID__struct__sock__12", 4, 4 },
	{ "__BTF_ID__set__both", 8, 12 },
	{ "__BTF_ID__struct__sock__13", 12, 4 },
	{ "__BTF_ID__struct__device__14", 16, 4 },
	{ "__BTF_ID__set8__kfuncs", 20, 24 },
	{ "__BTF_ID__func__stop__15", 28, 4 },
	{ "__BTF_ID__func__start__16", 36, 4 },
	{ "unrelated", 0, 4 },
};
#define SYMBOL_COUNT (sizeof(kernel_symbols) / sizeof(*kernel_symbols))
#define WORD_COUNT   11

static void resolved_words(const struct rebtf_btf *btf, uint32_t words[WORD_COUNT])
{
	struct rebtf_btf *base = rebtf_base(btf);
	uint32_t device = rebtf_find(base, "device", REBTF_KIND_STRUCT);
	uint32_t sock = rebtf_find(base, "sock", REBTF_KIND_STRUCT);
	uint32_t stop = rebtf_find(btf, "stop", REBTF_KIND_FUNC);
	const uint32_t want[WORD_COUNT] = {
		device,
		sock,
		2,
		device < sock ? device : sock,
		device < sock ? sock : device,
		2,
		1,
		stop - 1, /* the module's own "start", whatever the base has */
		0x10,
		stop,
		0x20,
	};

	memcpy(words, want, sizeof(want));
}

/* The words are as they should be with @btf, once those of @ids, read with @old, were resolved. */
static void check_resolved(struct test_ids ids, const struct rebtf_btf *old,
			   const struct rebtf_btf *btf)
{
	_cleanup_file_bytes_ struct file_bytes object = {}, want = {};
	_cleanup_free_ uint8_t *data = NULL;
	uint32_t words[WORD_COUNT];
	const char *name = ".BTF_ids";
	struct elf_section section;
	struct elf_file file;
	size_t size;

	ids.symbols = kernel_symbols;
	ids.symbol_count = SYMBOL_COUNT;
	ids.words = words;
	ids.word_count = WORD_COUNT;
	resolved_words(old, words);
	make_object(&ids, &object);
	resolved_words(btf, words);
	make_object(&ids, &want);

	assert_ok(btf_ids_resolve(object.data, object.size, btf, &data, &size));
	assert_int_equal(size, WORD_COUNT * 4);
	assert_ok(elf_file_open_mem(want.data, want.size, &file));
	assert_ok(elf_find_sections(&file, &name, &section, 1));
	assert_memory_equal(data, want.data + section.offset, size);
	elf_file_close(&file);
}

static void ids_follow_their_types_in_every_class_and_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(7, true);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	_cleanup_unref_ struct rebtf_btf *distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *relocated = NULL;
	struct rebtf_report *report = NULL;

	(void)state;
	assert_ok(rebtf_distill(module, &distilled_base, &distilled));
	assert_ok(rebtf_relocate(distilled, next_kernel, &report, &relocated));
	rebtf_report_free(report);
	for (int i = 0; i < 4; i++) {
		const struct test_ids ids = {
			.elf_class = i & 1 ? ELFCLASS32 : ELFCLASS64,
			.encoding = i & 2 ? ELFDATA2MSB : ELFDATA2LSB,
		};

		check_resolved(ids, module, distilled);
		check_resolved(ids, distilled, relocated);
		check_resolved(ids, relocated, relocated);
	}
}

/* ------------------------------------------------------------------------------------- refusing */

static struct rebtf_error *resolve_words(const uint32_t *words, size_t word_count,
					 const struct test_symbol *symbols, size_t symbol_count,
					 uint32_t *result)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel);
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_free_ uint8_t *data = NULL;
	size_t size;

	make_object(&(struct test_ids){ .words = words,
					.word_count = word_count,
					.symbols = symbols,
					.symbol_count = symbol_count },
		    &object);
	TRY(btf_ids_resolve(object.data, object.size, module, &data, &size));
	assert_int_equal(size, word_count * 4);
	if (result)
		memcpy(result, data, size);
	return NULL;
}

static void ids_without_symbols_are_refused(void **state)
{
	static const uint32_t ids[] = { 1, 2 }, none[] = { 0, 0 };

	(void)state;
	assert_fails(resolve_words(ids, 2, NULL, 0, NULL), REBTF_ERR_UNSUPPORTED, "stripped");
	assert_ok(resolve_words(none, 2, NULL, 0, NULL));
}

static void type_that_is_gone_is_refused_unless_it_was_never_found(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__struct__device__1", 0, 4 },
		{ "__BTF_ID__union__gone__2", 4, 4 },
	};
	static const uint32_t found[] = { 90, 91 }, never_found[] = { 90, 0 };
	uint32_t result[2];

	(void)state;
	assert_fails(resolve_words(found, 2, symbols, 2, NULL), REBTF_ERR_UNSUPPORTED,
		     ".BTF_ids: the module has the type id of UNION 'gone'");
	assert_ok(resolve_words(never_found, 2, symbols, 2, result));
	assert_int_not_equal(result[0], 90);
	assert_int_equal(result[1], 0);
}

static void name_with_underscores_is_cut_at_its_number(void **state)
{
	/* The kernel has a "struct nf_conn___init". */
	static const struct test_symbol symbol = { "__BTF_ID__struct__nf_conn___init__1266", 0, 4 };
	static const uint32_t word = 1;

	(void)state;
	assert_fails(resolve_words(&word, 1, &symbol, 1, NULL), REBTF_ERR_UNSUPPORTED,
		     "STRUCT 'nf_conn___init'");
}

static void symbols_that_lie_are_refused(void **state)
{
	static const struct {
		struct test_symbol symbol;
		const char *complaint;
	} cases[] = {
		{ { "__BTF_ID__struct__device__1", 14, 4 }, "is no word" },
		{ { "__BTF_ID__struct__device__1", UINT64_MAX, 4 }, "is no word" },
		{ { "__BTF_ID__set__x", 4, UINT64_MAX }, "is no set" },
		{ { "__BTF_ID__set__x", 0, 0 }, "is no set" },
		{ { "__BTF_ID__set8__x", 0, 12 }, "is no set" },
		{ { "__BTF_ID__struct__1", 0, 4 }, "names no type" },
		{ { "__BTF_ID__struct", 0, 4 }, "names no type" },
		{ { "__BTF_ID__marvel__x__1", 0, 4 }, "no kind of type" },
	};
	static const struct test_symbol overlapping[] = {
		{ "__BTF_ID__struct__device__1", 4, 4 },
		{ "__BTF_ID__set__x", 0, 16 },
		{ "__BTF_ID__set__y", 0, 16 },
	};
	static const uint32_t words[] = { 3, 3, 3, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rebtf_error *err = resolve_words(words, 4, &cases[i].symbol, 1, NULL);

		if (!err)
			fail_msg("%s: no error, expected '%s'", cases[i].symbol.name,
				 cases[i].complaint);
		if (!strstr(err->message, cases[i].complaint))
			fail_msg("%s: '%s', expected '%s'", cases[i].symbol.name, err->message,
				 cases[i].complaint);
		rebtf_error_free(err);
	}
	assert_fails(resolve_words(words, 4, overlapping, 3, NULL), REBTF_ERR_FORMAT,
		     "sets overlap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_follow_their_types_in_every_class_and_order),
		cmocka_unit_test(ids_without_symbols_are_refused),
		cmocka_unit_test(type_that_is_gone_is_refused_unless_it_was_never_found),
		cmocka_unit_test(name_with_underscores_is_cut_at_its_number),
		cmocka_unit_test(symbols_that_lie_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
