/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of .BTF_ids: its ids follow their types through distill and relocate in every class and byte order,
 * flags and counts stay, sets stay sorted, and what cannot be done right is refused.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "module/btf_ids.h"
#include "module/elf_file.h"
#include "module/module.h"
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

/* A module that points to both structs, with two functions in either order. */
static struct rebtf_btf *make_module(struct rebtf_btf *kernel, bool swapped)
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
	for (int i = 0; i < 2; i++)
		rebtf_builder_func(b, i == swapped ? "start" : "stop", REBTF_LINKAGE_STATIC, proto);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* The id of the module's own type of that name, whatever its base has. */
static uint32_t own_id(const struct rebtf_btf *btf, const char *name)
{
	for (uint32_t id = rebtf_start_id(btf); id < rebtf_type_count(btf); id++) {
		if (!strcmp(rebtf_type_name(btf, rebtf_type_by_id(btf, id)), name))
			return id;
	}
	fail_msg("the module has no '%s'", name);
	return 0;
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
	uint32_t start = own_id(btf, "start"), stop = own_id(btf, "stop");
	const uint32_t want[WORD_COUNT] = {
		device,
		sock,
		2,
		device < sock ? device : sock,
		device < sock ? sock : device,
		2,
		1,
		start < stop ? start : stop,
		start < stop ? 0x10 : 0x20,
		start < stop ? stop : start,
		start < stop ? 0x20 : 0x10,
	};

	memcpy(words, want, sizeof(want));
}

/*
 * The words are as they should be with @btf, once those of @ids were resolved: words that were
 * right for @old, or if that is NULL, that were never resolved.
 */
static void check_resolved(struct test_ids ids, const struct rebtf_btf *old,
			   const struct btf_ids_origin *origin, const struct rebtf_btf *btf)
{
	/* As the compiler leaves it: the set8's flags, where the symbols are. */
	static const uint32_t unresolved[WORD_COUNT] = { [6] = 1, [8] = 0x20, [10] = 0x10 };
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
	if (old)
		resolved_words(old, words);
	else
		memcpy(words, unresolved, sizeof(words));
	make_object(&ids, &object);
	resolved_words(btf, words);
	make_object(&ids, &want);

	assert_ok(btf_ids_resolve(object.data, object.size, origin, btf, &data, &size));
	assert_int_equal(size, WORD_COUNT * 4);
	assert_ok(elf_file_open_mem(want.data, want.size, &file));
	assert_ok(elf_find_sections(&file, &name, &section, 1));
	assert_memory_equal(data, want.data + section.offset, size);
	elf_file_close(&file);
}

static struct btf_ids_origin origin_of(const struct rebtf_btf *btf)
{
	return (struct btf_ids_origin){ btf, rebtf_start_id(btf), true };
}

static void ids_follow_their_types_in_every_class_and_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(7, true);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
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

		struct btf_ids_origin origin = origin_of(module);

		check_resolved(ids, module, &origin, distilled);
		origin = origin_of(distilled);
		check_resolved(ids, distilled, &origin, relocated);
		origin = origin_of(relocated);
		check_resolved(ids, relocated, &origin, relocated);
	}
}

static void flags_go_where_their_functions_go(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(3, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *swapped = make_module(next_kernel, true);
	struct btf_ids_origin origin = origin_of(module);

	(void)state;
	check_resolved((struct test_ids){}, module, &origin, swapped);
	origin = origin_of(swapped);
	check_resolved((struct test_ids){ .encoding = ELFDATA2MSB }, swapped, &origin, module);
}

static void ids_that_were_never_found_are_found(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, swapped);
		struct btf_ids_origin origin = {};

		check_resolved((struct test_ids){}, NULL, &origin, module);
		origin = origin_of(module);
		check_resolved((struct test_ids){}, NULL, &origin, module);
	}
}

/*
 * The words are right for the module over a kernel that is gone. What is left is the module over a
 * distilled base, and how many types that kernel had.
 */
static void what_was_kept_says_what_relocated_ids_are(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *gone = make_kernel(7, true);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(3, false);
	_cleanup_unref_ struct rebtf_btf *relocated = make_module(gone, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *swapped = make_module(next_kernel, true);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	_cleanup_unref_ struct rebtf_btf *kept = NULL;
	struct btf_ids_origin origin;

	(void)state;
	assert_ok(rebtf_distill(module, &distilled_base, &kept));
	origin = (struct btf_ids_origin){ kept, rebtf_start_id(relocated), false };
	check_resolved((struct test_ids){}, relocated, &origin, swapped);
}

/* ----------------------------------------------------------------------------------- single words */

/* The words that become of @words in @result, which may be NULL. */
static struct rebtf_error *resolve_over(const struct btf_ids_origin *origin,
					const struct rebtf_btf *btf, const uint32_t *words,
					size_t word_count, const struct test_symbol *symbols,
					size_t symbol_count, uint32_t *result)
{
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_free_ uint8_t *data = NULL;
	size_t size;

	make_object(&(struct test_ids){ .words = words,
					.word_count = word_count,
					.symbols = symbols,
					.symbol_count = symbol_count },
		    &object);
	TRY(btf_ids_resolve(object.data, object.size, origin, btf, &data, &size));
	assert_int_equal(size, word_count * 4);
	if (result)
		memcpy(result, data, size);
	return NULL;
}

/* The same of a module whose old BTF is not known. */
static struct rebtf_error *resolve_words(const uint32_t *words, size_t word_count,
					 const struct test_symbol *symbols, size_t symbol_count,
					 uint32_t *result)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);

	return resolve_over(&(struct btf_ids_origin){}, module, words, word_count, symbols,
			    symbol_count, result);
}

static void word_of_two_functions_stays_with_the_one_it_had(void **state)
{
	static const struct test_symbol symbol = { "__BTF_ID__func__start__1", 0, 4 };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(5, true);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *next_module = make_module(next_kernel, true);
	const struct btf_ids_origin origin = origin_of(module);
	uint32_t word, result;

	(void)state;
	word = rebtf_find(kernel, "start", REBTF_KIND_FUNC);
	assert_ok(resolve_over(&origin, next_module, &word, 1, &symbol, 1, &result));
	assert_int_equal(result, rebtf_find(next_kernel, "start", REBTF_KIND_FUNC));
	word = own_id(module, "start");
	assert_ok(resolve_over(&origin, next_module, &word, 1, &symbol, 1, &result));
	assert_int_equal(result, own_id(next_module, "start"));
	word = 0;
	assert_ok(resolve_over(&origin, next_module, &word, 1, &symbol, 1, &result));
	assert_int_equal(result, own_id(next_module, "start"));
}

static void unused_words_stay_zero_and_first(void **state)
{
	/* BTF_ID_UNUSED, in a list and in a set. */
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__struct__device__1", 4, 4 },
		{ "__BTF_ID__set__x", 8, 16 },
		{ "__BTF_ID__struct__sock__2", 16, 4 },
		{ "__BTF_ID__struct__device__3", 20, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, true);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(5, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *next_module = make_module(next_kernel, false);
	const struct btf_ids_origin origin = origin_of(module);
	uint32_t device = rebtf_find(kernel, "device", REBTF_KIND_STRUCT);
	uint32_t sock = rebtf_find(kernel, "sock", REBTF_KIND_STRUCT);
	const uint32_t words[] = { 0, device, 3, 0, sock, device };
	uint32_t result[6];

	(void)state;
	assert_true(sock < device);
	assert_ok(resolve_over(&origin, next_module, words, 6, symbols, 4, result));
	device = rebtf_find(next_kernel, "device", REBTF_KIND_STRUCT);
	sock = rebtf_find(next_kernel, "sock", REBTF_KIND_STRUCT);
	assert_true(device < sock);
	assert_memory_equal(result, ((uint32_t[]){ 0, device, 3, 0, device, sock }), 24);
}

/* ------------------------------------------------------------------------------------- given up */

/* A kernel without a struct device, and a module that has one, and a typedef, of its own. */
static struct rebtf_btf *make_localised(struct rebtf_btf *base)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t device;

	assert_ok(rebtf_builder_new(base, &b));
	device = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 4);
	rebtf_builder_typedef(b, "device_t", device);
	rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 0));
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void type_of_the_kernel_cannot_become_the_modules_own(void **state)
{
	static const struct test_symbol symbol = { "__BTF_ID__struct__device__1", 0, 4 };
	static const struct test_symbol set[] = {
		{ "__BTF_ID__set__x", 0, 8 },
		{ "__BTF_ID__struct__device__1", 4, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *empty = make_localised(NULL);
	_cleanup_unref_ struct rebtf_btf *next_kernel = NULL;
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *localised = NULL;
	struct btf_ids_origin origin = origin_of(module);
	uint32_t device = rebtf_find(kernel, "device", REBTF_KIND_STRUCT), result[2];
	struct rebtf_builder *b;

	(void)state;
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	assert_ok(rebtf_builder_finish(b, &next_kernel));
	localised = make_localised(next_kernel);

	assert_fails(resolve_over(&origin, localised, &device, 1, &symbol, 1, NULL),
		     REBTF_ERR_UNSUPPORTED, "STRUCT 'device', which has to be the kernel's");
	assert_fails(resolve_over(&origin, localised, (uint32_t[]){ 1, device }, 2, set, 2, NULL),
		     REBTF_ERR_UNSUPPORTED, "STRUCT 'device', which has to be the kernel's");
	assert_fails(resolve_over(&origin, localised, &(uint32_t){ 0 }, 1, &symbol, 1, NULL),
		     REBTF_ERR_UNSUPPORTED, "STRUCT 'device', which has to be the kernel's");
	/* The kernel that the ids are of is gone. */
	origin = (struct btf_ids_origin){ module, 1000, false };
	assert_fails(resolve_over(&origin, localised, (uint32_t[]){ 1, 999 }, 2, set, 2, NULL),
		     REBTF_ERR_UNSUPPORTED, "STRUCT 'device', which has to be the kernel's");

	/* In standalone BTF all types are the module's own. */
	origin = origin_of(module);
	assert_ok(resolve_over(&origin, empty, &device, 1, &symbol, 1, result));
	assert_int_equal(result[0], own_id(empty, "device"));
	/* And what was its own before is none the worse for it. */
	origin = origin_of(localised);
	device = own_id(localised, "device");
	assert_ok(resolve_over(&origin, localised, &device, 1, &symbol, 1, result));
	assert_int_equal(result[0], device);
}

static void typedef_of_the_kernel_is_distilled_into_the_module(void **state)
{
	static const struct test_symbol symbol = { "__BTF_ID__typedef__device_t__1", 0, 4 };
	_cleanup_unref_ struct rebtf_btf *kernel = make_localised(NULL);
	_cleanup_unref_ struct rebtf_btf *module = NULL, *base = NULL, *distilled = NULL;
	struct rebtf_builder *b;
	uint32_t device_t = rebtf_find(kernel, "device_t", REBTF_KIND_TYPEDEF), result;
	struct btf_ids_origin origin;

	(void)state;
	assert_ok(rebtf_builder_new(kernel, &b));
	rebtf_builder_ref(b, REBTF_KIND_PTR, device_t);
	assert_ok(rebtf_builder_finish(b, &module));
	assert_ok(rebtf_distill(module, &base, &distilled));
	origin = origin_of(module);
	assert_ok(resolve_over(&origin, distilled, &device_t, 1, &symbol, 1, &result));
	assert_int_equal(result, own_id(distilled, "device_t"));
}

/* --------------------------------------------------------------------------------------- listing */

static void named_types_are_listed_once_and_in_order(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__func__stop__1", 0, 4 },	   { "__BTF_ID__struct__sock__2", 4, 4 },
		{ "__BTF_ID__struct__device__3", 8, 4 },   { "__BTF_ID__func__stop__4", 12, 4 },
		{ "__BTF_ID__struct__unheard__5", 16, 4 },
	};
	static const uint32_t words[] = { 1, 2, 3, 4, 0 };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *btf = make_module(kernel, false);
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_free_ uint32_t *ids = NULL;
	struct rebtf_module module = { .path = (char *)"x.ko", .container = REBTF_CONTAINER_ELF };
	size_t count;

	(void)state;
	make_object(&(struct test_ids){ .words = words,
					.word_count = 5,
					.symbols = symbols,
					.symbol_count = 5 },
		    &object);
	module.image = object;
	assert_ok(rebtf_module_ids(&module, btf, &ids, &count));
	assert_int_equal(count, 0);
	module.sections[REBTF_SECTION_BTF_IDS].size = sizeof(words);
	assert_ok(rebtf_module_ids(&module, btf, &ids, &count));
	assert_int_equal(count, 3);
	assert_int_equal(ids[0], rebtf_find(kernel, "device", REBTF_KIND_STRUCT));
	assert_int_equal(ids[1], rebtf_find(kernel, "sock", REBTF_KIND_STRUCT));
	assert_int_equal(ids[2], own_id(btf, "stop"));
}

/* ------------------------------------------------------------------------------------- refusing */

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

static void flags_whose_function_is_unknown_are_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set8__x", 0, 24 },
		{ "__BTF_ID__func__start__1", 8, 4 },
		{ "__BTF_ID__func__stop__2", 16, 4 },
	};
	static const uint32_t same[] = { 2, 1, 700, 5, 800, 5 },
			      different[] = { 2, 1, 700, 5, 800, 6 };

	(void)state;
	assert_ok(resolve_words(same, 6, symbols, 3, NULL));
	assert_fails(resolve_words(different, 6, symbols, 3, NULL), REBTF_ERR_UNSUPPORTED,
		     "it cannot be told which flags in the set __BTF_ID__set8__x are whose");
}

static void ids_that_no_symbol_names_are_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set__x", 0, 12 },
		{ "__BTF_ID__func__start__1", 4, 4 },
	};
	static const uint32_t in_set[] = { 2, 700, 800, 0 }, behind[] = { 2, 0, 700, 800 };

	(void)state;
	assert_fails(resolve_words(in_set, 4, symbols, 2, NULL), REBTF_ERR_UNSUPPORTED,
		     "no symbol says of what types the ids in the set __BTF_ID__set__x are");
	assert_fails(resolve_words(behind, 4, symbols, 2, NULL), REBTF_ERR_UNSUPPORTED,
		     "no symbol says of what type the id at offset 12 is");
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
		{ { { DEVICE, 14, 4 } }, DEVICE " is no word that lies in the section" },
		{ { { DEVICE, 16, 4 } }, DEVICE " is no word" },
		{ { { DEVICE, UINT64_MAX, 4 } }, DEVICE " is no word" },
		{ { { DEVICE, UINT64_MAX - 3, 4 } }, DEVICE " is no word" },
		{ { { DEVICE, 2, 4 } }, DEVICE " is no word" },
		{ { { DEVICE, 4, 0 } }, DEVICE " is no word" },
		{ { { DEVICE, 4, 8 } }, DEVICE " is no word" },
		{ { { SET, 4, UINT64_MAX } }, SET " is no set that lies in the section" },
		{ { { SET, 4, 16 } }, SET " is no set" },
		{ { { SET, 0, 0 } }, SET " is no set" },
		{ { { SET, 0, 6 } }, SET " is no set" },
		{ { { SET, 2, 12 } }, SET " is no set" },
		{ { { SET8, 0, 4 } }, SET8 " is no set" },
		{ { { SET8, 0, 12 } }, SET8 " is no set" },
		{ { { "__BTF_ID__struct__1", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__struct____1", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__struct", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__", 0, 4 } }, "names no type" },
		{ { { "__BTF_ID__marvel__x__1", 0, 4 } }, "no kind of type" },
		{ { { DEVICE, 4, 4 }, { SOCK, 4, 4 } }, "overlap" },
		{ { { SET, 0, 16 }, { "__BTF_ID__set__y", 0, 16 } }, "overlap" },
		{ { { SET, 4, 12 }, { SET8, 0, 8 } }, "overlap" },
		{ { { SET, 0, 16 }, { DEVICE, 0, 4 } },
		  DEVICE " is at no id's place in the set " SET },
		{ { { SET8, 0, 16 }, { DEVICE, 4, 4 } }, DEVICE " is at no id's place" },
		{ { { SET8, 0, 16 }, { DEVICE, 12, 4 } }, DEVICE " is at no id's place" },
		{ { { SET, 0, 12 }, { DEVICE, 4, 4 } },
		  "says that it has 3 ids, and has room for 2" },
		{ { { SET8, 0, 16 }, { DEVICE, 8, 4 } },
		  "says that it has 3 ids, and has room for 1" },
		{ { { SET, 0, 4 } }, "says that it has 3 ids, and has room for 0" },
	};
	static const struct test_symbol set = { SET, 0, 16 };
	static const uint32_t words[] = { 3, 3, 3, 3 }, no_count[] = { 0, 0, 0, 3 },
			      huge_count[] = { UINT32_MAX, 3, 3, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct test_symbol *symbols = cases[i].symbols;

		assert_fails(resolve_words(words, 4, symbols, symbols[1].name ? 2 : 1, NULL),
			     strstr(cases[i].complaint, "no kind") ? REBTF_ERR_UNSUPPORTED
								   : REBTF_ERR_FORMAT,
			     cases[i].complaint);
	}
	assert_fails(resolve_words(no_count, 4, &set, 1, NULL), REBTF_ERR_FORMAT,
		     "says that it has 0 ids, and has room for 3");
	assert_fails(resolve_words(huge_count, 4, &set, 1, NULL), REBTF_ERR_FORMAT,
		     "says that it has 4294967295 ids, and has room for 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_follow_their_types_in_every_class_and_order),
		cmocka_unit_test(flags_go_where_their_functions_go),
		cmocka_unit_test(ids_that_were_never_found_are_found),
		cmocka_unit_test(what_was_kept_says_what_relocated_ids_are),
		cmocka_unit_test(word_of_two_functions_stays_with_the_one_it_had),
		cmocka_unit_test(unused_words_stay_zero_and_first),
		cmocka_unit_test(type_of_the_kernel_cannot_become_the_modules_own),
		cmocka_unit_test(typedef_of_the_kernel_is_distilled_into_the_module),
		cmocka_unit_test(named_types_are_listed_once_and_in_order),
		cmocka_unit_test(ids_without_symbols_are_refused),
		cmocka_unit_test(type_that_is_gone_is_refused_unless_it_was_never_found),
		cmocka_unit_test(name_with_underscores_is_cut_at_its_number),
		cmocka_unit_test(flags_whose_function_is_unknown_are_refused),
		cmocka_unit_test(ids_that_no_symbol_names_are_refused),
		cmocka_unit_test(symbols_that_lie_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
