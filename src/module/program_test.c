/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the BTF that libbpf passes on: filled-in values, their order, and refused objects.
 * tests/cli/program.bats compares it with libbpf's own, for objects that clang compiled.
 */
#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>

#include "btf/build_for_test.h"
#include "util/file.h"

/* --------------------------------------------------------------------------------------- making */

struct section {
	const char *name;
	size_t size;
};

struct symbol {
	const char *name;
	uint64_t value;
	bool is_undefined;
	bool is_hidden;
	bool is_local;
};

/* An object with .BTF and these parts. */
struct object {
	const struct rebtf_btf *btf;
	int machine;  /* EM_BPF if 0 */
	int encoding; /* the host's if 0 */
	struct section sections[4];
	struct symbol symbols[8];
};

static Elf_Scn *add_section(Elf *elf, size_t name, GElf_Word type, Elf_Type data_type, void *data,
			    size_t size)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *d = elf_newdata(section);
	GElf_Shdr shdr;

	assert_non_null(gelf_getshdr(section, &shdr));
	shdr.sh_name = (GElf_Word)name;
	shdr.sh_type = type;
	assert_true(gelf_update_shdr(section, &shdr));
	*d = (Elf_Data){
		.d_buf = data, .d_type = data_type, .d_size = size, .d_align = 1, .d_version = 1
	};
	return section;
}

/* Consecutive strings; the first is empty. */
struct strings {
	char text[1024];
	size_t size;
};

/* A name whose offset is outside the strings. */
static const char outside[] = "outside";

static size_t add_string(struct strings *strings, const char *text)
{
	size_t at = strings->size ?: 1;

	if (text == outside)
		return sizeof(strings->text);
	strcpy(strings->text + at, text);
	strings->size = at + strlen(text) + 1;
	return at;
}

static void add_symbols(Elf *elf, const struct object *object, struct strings *names,
			struct strings *strings, GElf_Sym *room)
{
	size_t size = gelf_fsize(elf, ELF_T_SYM, 9, EV_CURRENT);
	Elf_Scn *strtab, *symtab = add_section(elf, add_string(names, ".symtab"), SHT_SYMTAB,
					       ELF_T_SYM, room, size);
	GElf_Shdr shdr;

	for (int i = 0; i < 8 && object->symbols[i].name; i++) {
		const struct symbol *s = &object->symbols[i];
		GElf_Sym sym = {
			.st_name = (GElf_Word)add_string(strings, s->name),
			.st_value = s->value,
			.st_info = GELF_ST_INFO(s->is_local ? STB_LOCAL : STB_GLOBAL,
						s->is_undefined ? STT_NOTYPE : STT_OBJECT),
			.st_other = s->is_hidden ? STV_HIDDEN : STV_DEFAULT,
			.st_shndx = s->is_undefined ? SHN_UNDEF : 2,
		};

		assert_true(gelf_update_sym(elf_getdata(symtab, NULL), i + 1, &sym));
	}
	strtab = add_section(elf, add_string(names, ".strtab"), SHT_STRTAB, ELF_T_BYTE,
			     strings->text, strings->size ?: 1);
	assert_non_null(gelf_getshdr(symtab, &shdr));
	shdr.sh_link = (GElf_Word)elf_ndxscn(strtab);
	shdr.sh_entsize = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	assert_true(gelf_update_shdr(symtab, &shdr));
}

/* Writes the object to a file in memory. Returns its path. */
static const char *object_make(const struct object *object)
{
	REBTF_OPTIONS(rebtf_write_options, options);
	static char path[32], zeros[256];
	static int fd = -1;
	struct strings names = {}, strings = {};
	GElf_Sym room[9] = {};
	_cleanup_free_ void *btf = NULL;
	size_t btf_size;
	GElf_Ehdr ehdr;
	Elf *elf;

	if (fd >= 0)
		close(fd);
	fd = memfd_create("object", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(gelf_newehdr(elf, ELFCLASS64));
	assert_non_null(gelf_getehdr(elf, &ehdr));
	ehdr.e_ident[EI_DATA] =
		(unsigned char)(object->encoding ?: (HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB));
	ehdr.e_type = ET_REL;
	ehdr.e_machine = (GElf_Half)(object->machine ?: EM_BPF);
	ehdr.e_version = EV_CURRENT;
	assert_true(gelf_update_ehdr(elf, &ehdr));
	if (object->encoding == ELFDATA2MSB)
		options.byte_order = REBTF_BYTE_ORDER_BIG;
	else if (object->encoding == ELFDATA2LSB)
		options.byte_order = REBTF_BYTE_ORDER_LITTLE;
	assert_ok(rebtf_btf_write(object->btf, &options, &btf, &btf_size));
	add_section(elf, add_string(&names, ".BTF"), SHT_PROGBITS, ELF_T_BYTE, btf, btf_size);
	for (int i = 0; i < 4 && object->sections[i].name; i++)
		add_section(elf, add_string(&names, object->sections[i].name),
			    i ? SHT_PROGBITS : SHT_NOBITS, ELF_T_BYTE, i ? zeros : NULL,
			    object->sections[i].size);
	add_symbols(elf, object, &names, &strings, room);
	add_string(&names, ".shstrtab");
	ehdr.e_shstrndx = (GElf_Half)elf_ndxscn(add_section(elf, names.size - 10, SHT_STRTAB,
							    ELF_T_BYTE, names.text, names.size));
	assert_true(gelf_update_ehdr(elf, &ehdr));
	if (elf_update(elf, ELF_C_WRITE) < 0)
		fail_msg("elf_update: %s", elf_errmsg(-1));
	elf_end(elf);
	return path;
}

static struct rebtf_error *hand_over(const struct object *object, const char *kernel, void **data,
				     size_t *size)
{
	struct rebtf_module *module;
	struct rebtf_error *err;

	assert_ok(rebtf_module_open(object_make(object), NULL, &module));
	err = rebtf_module_loader_btf(module, kernel, data, size);
	rebtf_module_free(module);
	return err;
}

/* Frees the object's BTF. */
static void assert_hands_over(struct object object, const char *kernel, const char *want)
{
	_cleanup_unref_ struct rebtf_btf *btf = (struct rebtf_btf *)object.btf, *handed = NULL;
	_cleanup_free_ void *data = NULL;
	size_t size;

	assert_ok(hand_over(&object, kernel, &data, &size));
	assert_non_null(data);
	assert_ok(rebtf_btf_open_mem(data, size, NULL, NULL, &handed));
	assert_int_equal(rebtf_btf_is_big_endian(handed), object.encoding == ELFDATA2MSB);
	assert_dump(handed, want);
}

static void assert_refuses(struct object object, const char *part)
{
	_cleanup_unref_ struct rebtf_btf *btf = (struct rebtf_btf *)object.btf;
	void *data;
	size_t size;

	assert_fails(hand_over(&object, NULL, &data, &size), REBTF_ERR_FORMAT, part);
}

/* [1] int; later types start at [2]. */
static struct rebtf_builder *build(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	return b;
}

#define INT_LINE "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"

/* As clang leaves it: only the static variable has its offset. */
static struct rebtf_btf *build_data(void)
{
	struct rebtf_builder *b = build();

	rebtf_builder_var(b, "late", REBTF_LINKAGE_GLOBAL, 1);
	rebtf_builder_var(b, "hidden", REBTF_LINKAGE_GLOBAL, 1);
	rebtf_builder_var(b, "own", REBTF_LINKAGE_STATIC, 1);
	rebtf_builder_datasec(b, ".data", 0);
	rebtf_builder_secinfo(b, 2, 0, 4);
	rebtf_builder_secinfo(b, 3, 0, 4);
	rebtf_builder_secinfo(b, 4, 4, 4);
	return built(b);
}

/* ------------------------------------------------------------------------------------ filling in */

static void sizes_and_offsets_come_from_the_elf_file_in_either_order(void **state)
{
	(void)state;
	for (int encoding = ELFDATA2LSB; encoding <= ELFDATA2MSB; encoding++)
		assert_hands_over((struct object){ .btf = build_data(),
						   .encoding = encoding,
						   .sections = { { ".bss", 400 }, { ".data", 12 } },
						   .symbols = { { "late", .value = 8 },
								{ "hidden", .is_hidden = true } } },
				  NULL,
				  INT_LINE "[2] VAR 'late' type_id=1, linkage=global\n"
					   "[3] VAR 'hidden' type_id=1, linkage=static\n"
					   "[4] VAR 'own' type_id=1, linkage=static\n"
					   "[5] DATASEC '.data' size=12 vlen=3\n"
					   "\ttype_id=3 offset=0 size=4 (VAR 'hidden')\n"
					   "\ttype_id=4 offset=4 size=4 (VAR 'own')\n"
					   "\ttype_id=2 offset=8 size=4 (VAR 'late')\n");
}

/* A section without bytes in the file still has a size. */
static void a_section_of_zeros_has_its_size(void **state)
{
	struct rebtf_builder *b = build();

	(void)state;
	rebtf_builder_var(b, "x", REBTF_LINKAGE_GLOBAL, 1);
	rebtf_builder_datasec(b, ".bss", 0);
	rebtf_builder_secinfo(b, 2, 0, 4);
	assert_hands_over((struct object){ .btf = built(b),
					   .sections = { { ".bss", 400 } },
					   .symbols = { { "x", .value = 100 } } },
			  NULL,
			  INT_LINE "[2] VAR 'x' type_id=1, linkage=global\n"
				   "[3] DATASEC '.bss' size=400 vlen=1\n"
				   "\ttype_id=2 offset=100 size=4 (VAR 'x')\n");
}

/* libbpf skips such symbols, too. */
static void sections_and_symbols_without_a_name_are_ignored(void **state)
{
	static const char *const names[] = { "", outside };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rebtf_builder *b = build();

		rebtf_builder_var(b, "x", REBTF_LINKAGE_GLOBAL, 1);
		rebtf_builder_datasec(b, ".data", 0);
		rebtf_builder_secinfo(b, 2, 0, 4);
		assert_hands_over((struct object){ .btf = built(b),
						   .sections = { { ".bss", 4 },
								 { names[i], 8 },
								 { ".data", 12 } },
						   .symbols = { { names[i], .is_undefined = true },
								{ names[i] },
								{ "x", .value = 8 } } },
				  NULL,
				  INT_LINE "[2] VAR 'x' type_id=1, linkage=global\n"
					   "[3] DATASEC '.data' size=12 vlen=1\n"
					   "\ttype_id=2 offset=8 size=4 (VAR 'x')\n");
	}
}

/* Values filled in by a linker of BPF objects stay, but are sorted. */
static void a_section_that_has_a_size_keeps_its_offsets(void **state)
{
	struct rebtf_builder *b = build();

	(void)state;
	rebtf_builder_var(b, "x", REBTF_LINKAGE_GLOBAL, 1);
	rebtf_builder_var(b, "y", REBTF_LINKAGE_GLOBAL, 1);
	rebtf_builder_datasec(b, ".data", 8);
	rebtf_builder_secinfo(b, 2, 4, 4);
	rebtf_builder_secinfo(b, 3, 0, 4);
	assert_hands_over((struct object){ .btf = built(b),
					   .symbols = { { "x", .value = 100 }, { "y" } } },
			  NULL,
			  INT_LINE "[2] VAR 'x' type_id=1, linkage=global\n"
				   "[3] VAR 'y' type_id=1, linkage=global\n"
				   "[4] DATASEC '.data' size=8 vlen=2\n"
				   "\ttype_id=3 offset=0 size=4 (VAR 'y')\n"
				   "\ttype_id=2 offset=4 size=4 (VAR 'x')\n");
}

static void externs_of_the_kernel_become_variables_of_type_int(void **state)
{
	struct rebtf_builder *b = build();

	(void)state;
	rebtf_builder_var(b, "jiffies", REBTF_LINKAGE_EXTERN, 0);
	rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, NULL, 1);
	rebtf_builder_param(b, "named", 1);
	rebtf_builder_func(b, "kfunc", REBTF_LINKAGE_EXTERN, 3);
	rebtf_builder_datasec(b, ".ksyms", 0);
	rebtf_builder_secinfo(b, 4, 0, 0);
	rebtf_builder_secinfo(b, 2, 0, 8);
	assert_hands_over((struct object){ .btf = built(b),
					   .symbols = { { "jiffies", .is_undefined = true },
							{ "kfunc", .is_undefined = true } } },
			  NULL,
			  INT_LINE "[2] VAR 'jiffies' type_id=1, linkage=global\n"
				   "[3] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2\n"
				   "\t'dummy_ksym' type_id=1\n"
				   "\t'named' type_id=1\n"
				   "[4] FUNC 'kfunc' type_id=3 linkage=global\n"
				   "[5] DATASEC '.ksyms' size=8 vlen=2\n"
				   "\ttype_id=6 offset=0 size=4 (VAR 'dummy_ksym')\n"
				   "\ttype_id=2 offset=4 size=4 (VAR 'jiffies')\n"
				   "[6] VAR 'dummy_ksym' type_id=1, linkage=global\n");
}

/* By alignment, largest first, then by size, then by name. */
static void options_of_the_kernel_get_offsets(void **state)
{
	struct rebtf_builder *b = build();

	(void)state;
	rebtf_builder_int(b, "char", 1, REBTF_INT_SIGNED, 8);
	rebtf_builder_int(b, "long", 8, REBTF_INT_SIGNED, 64);
	rebtf_builder_array(b, 2, 1, 5);
	rebtf_builder_ref(b, REBTF_KIND_CONST, 2);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "libbpf_tristate", 4, REBTF_UNSIGNED);
	rebtf_builder_var(b, "array", REBTF_LINKAGE_EXTERN, 4);
	rebtf_builder_var(b, "byte", REBTF_LINKAGE_EXTERN, 5);
	rebtf_builder_var(b, "z_int", REBTF_LINKAGE_EXTERN, 1);
	rebtf_builder_var(b, "a_tri", REBTF_LINKAGE_EXTERN, 6);
	rebtf_builder_var(b, "wide", REBTF_LINKAGE_EXTERN, 3);
	rebtf_builder_datasec(b, ".kconfig", 0);
	for (uint32_t id = 7; id <= 11; id++)
		rebtf_builder_secinfo(b, id, 0, (const uint32_t[]){ 5, 1, 4, 4, 8 }[id - 7]);
	assert_hands_over((struct object){ .btf = built(b),
					   .symbols = { { "array", .is_undefined = true },
							{ "byte", .is_undefined = true },
							{ "z_int", .is_undefined = true },
							{ "a_tri", .is_undefined = true },
							{ "wide", .is_undefined = true } } },
			  NULL,
			  INT_LINE
			  "[2] INT 'char' size=1 bits_offset=0 nr_bits=8 encoding=SIGNED\n"
			  "[3] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED\n"
			  "[4] ARRAY '(anon)' type_id=2 index_type_id=1 nr_elems=5\n"
			  "[5] CONST '(anon)' type_id=2\n"
			  "[6] ENUM 'libbpf_tristate' encoding=UNSIGNED size=4 vlen=0\n"
			  "[7] VAR 'array' type_id=4, linkage=global\n"
			  "[8] VAR 'byte' type_id=5, linkage=global\n"
			  "[9] VAR 'z_int' type_id=1, linkage=global\n"
			  "[10] VAR 'a_tri' type_id=6, linkage=global\n"
			  "[11] VAR 'wide' type_id=3, linkage=global\n"
			  "[12] DATASEC '.kconfig' size=22 vlen=5\n"
			  "\ttype_id=11 offset=0 size=8 (VAR 'wide')\n"
			  "\ttype_id=10 offset=8 size=4 (VAR 'a_tri')\n"
			  "\ttype_id=9 offset=12 size=4 (VAR 'z_int')\n"
			  "\ttype_id=8 offset=16 size=1 (VAR 'byte')\n"
			  "\ttype_id=7 offset=17 size=5 (VAR 'array')\n");
}

static void a_question_mark_is_dropped_for_kernels_that_do_not_take_it(void **state)
{
	static const char *const kernels[] = { "6.1", "6.12" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rebtf_builder *b = build();

		rebtf_builder_datasec(b, "?struct_ops", 4);
		assert_hands_over((struct object){ .btf = built(b) }, kernels[i],
				  i ? INT_LINE "[2] DATASEC '?struct_ops' size=4 vlen=0\n"
				    : INT_LINE "[2] DATASEC '_struct_ops' size=4 vlen=0\n");
	}
}

/* -------------------------------------------------------------------------------------- refusing */

static void sections_and_variables_that_the_object_lacks_are_refused(void **state)
{
	(void)state;
	assert_refuses(
		(struct object){ .btf = build_data(), .sections = { { ".bss", 4 } } },
		"type [5] DATASEC '.data': libbpf rejects the object: missing or empty section in the object");
	assert_refuses((struct object){ .btf = build_data(),
					.sections = { { ".bss", 4 }, { ".data", 0 } } },
		       "missing or empty section in the object");
	assert_refuses((struct object){ .btf = build_data(),
					.sections = { { ".bss", 4 }, { ".data", 12 } },
					.symbols = { { "late", .is_local = true } } },
		       "no symbol for variable 'late'");
}

static void entries_of_sections_that_are_no_variables_are_refused(void **state)
{
	static const char *const names[] = { ".data", ".ksyms", ".kconfig" };

	(void)state;
	/* Void, and an INT that the undefined symbol does not make extern. */
	for (uint32_t id = 0; id < 2; id++) {
		struct rebtf_builder *b = build();

		rebtf_builder_datasec(b, ".data", 4);
		rebtf_builder_secinfo(b, id, 0, 4);
		assert_refuses((struct object){ .btf = built(b) }, "is not a VAR");
	}
	for (size_t i = 1; i < 3; i++) {
		for (uint32_t id = 0; id < 2; id++) {
			struct rebtf_builder *b = build();

			rebtf_builder_var(b, "x", REBTF_LINKAGE_EXTERN, 1);
			rebtf_builder_datasec(b, names[i], 0);
			rebtf_builder_secinfo(b, 2, 0, 4);
			rebtf_builder_secinfo(b, id, 0, 4);
			assert_refuses((struct object){ .btf = built(b),
							.symbols = { { "x",
								       .is_undefined = true } } },
				       "no undefined symbol for extern type [");
		}
	}
}

/* [2] is VAR 'x', in @section unless that is NULL. */
static struct rebtf_btf *build_extern(uint32_t linkage, const char *section, uint32_t type)
{
	struct rebtf_builder *b = build();

	rebtf_builder_var(b, "x", linkage, type);
	if (section) {
		rebtf_builder_datasec(b, section, 0);
		rebtf_builder_secinfo(b, 2, 0, 4);
	} else {
		rebtf_builder_float(b, "double", 8);
	}
	rebtf_builder_int(b, "huge", 16, 0, 128);
	rebtf_builder_array(b, 4, 1, 3);
	rebtf_builder_int(b, "bool", 4, REBTF_INT_BOOL, 32);
	return built(b);
}

static void externs_that_libbpf_cannot_place_are_refused(void **state)
{
	const struct symbol x = { "x", .is_undefined = true };
	struct rebtf_builder *b = build();

	(void)state;
	assert_refuses((struct object){ .btf = built(b), .symbols = { x } },
		       "no type for the extern symbol x");
	assert_refuses(
		(struct object){ .btf = build_extern(REBTF_LINKAGE_GLOBAL, ".ksyms", 1),
				 .symbols = { x } },
		"type [2] VAR 'x': libbpf rejects the object: undefined symbol, but not extern");
	assert_refuses((struct object){ .btf = build_extern(REBTF_LINKAGE_EXTERN, NULL, 1),
					.symbols = { x } },
		       "extern, but in no section");
	assert_refuses((struct object){ .btf = build_extern(REBTF_LINKAGE_EXTERN, ".data", 1),
					.symbols = { x } },
		       "extern in an unsupported section (found .data");
	/* An INT of 16 bytes, an array of these, a bool of 4 bytes, and void. */
	for (size_t i = 0; i < 4; i++)
		assert_refuses((struct object){ .btf = build_extern(REBTF_LINKAGE_EXTERN,
								    ".kconfig",
								    (uint32_t[]){ 4, 5, 6, 0 }[i]),
						.symbols = { x } },
			       "variables in .kconfig cannot have this type");
	b = build();
	rebtf_builder_func(b, "x", REBTF_LINKAGE_EXTERN, rebtf_builder_func_proto(b, 0));
	rebtf_builder_datasec(b, ".kconfig", 0);
	rebtf_builder_secinfo(b, 3, 0, 0);
	assert_refuses((struct object){ .btf = built(b), .symbols = { x } },
		       "functions cannot be in .kconfig");
}

/* The search for functions does not visit this .ksyms first, so it has no variable for them. */
static void functions_in_a_second_section_are_left_without_a_variable(void **state)
{
	struct rebtf_builder *b = build();

	(void)state;
	rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, NULL, 1);
	rebtf_builder_func(b, "x", REBTF_LINKAGE_EXTERN, 2);
	rebtf_builder_datasec(b, ".ksyms", 0);
	rebtf_builder_datasec(b, ".ksyms", 0);
	rebtf_builder_secinfo(b, 3, 0, 0);
	assert_hands_over((struct object){ .btf = built(b),
					   .symbols = { { "x", .is_undefined = true } } },
			  NULL,
			  INT_LINE "[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1\n"
				   "\t'(anon)' type_id=1\n"
				   "[3] FUNC 'x' type_id=2 linkage=global\n"
				   "[4] DATASEC '.ksyms' size=0 vlen=0\n"
				   "[5] DATASEC '.ksyms' size=4 vlen=1\n"
				   "\ttype_id=0 offset=0 size=4 (UNKNOWN '(anon)')\n");
}

static void what_is_no_program_is_not_handed_over(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_data();
	struct object object = { .btf = btf, .machine = EM_X86_64 };
	void *data = &object;
	size_t size;

	(void)state;
	assert_ok(hand_over(&object, NULL, &data, &size));
	assert_null(data);
	data = &object;
	assert_fails(hand_over(&object, "5.4", &data, &size), REBTF_ERR_ARGUMENT, "5.4");
	assert_ptr_equal(data, &object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_offsets_come_from_the_elf_file_in_either_order),
		cmocka_unit_test(a_section_of_zeros_has_its_size),
		cmocka_unit_test(sections_and_symbols_without_a_name_are_ignored),
		cmocka_unit_test(a_section_that_has_a_size_keeps_its_offsets),
		cmocka_unit_test(externs_of_the_kernel_become_variables_of_type_int),
		cmocka_unit_test(options_of_the_kernel_get_offsets),
		cmocka_unit_test(a_question_mark_is_dropped_for_kernels_that_do_not_take_it),
		cmocka_unit_test(sections_and_variables_that_the_object_lacks_are_refused),
		cmocka_unit_test(entries_of_sections_that_are_no_variables_are_refused),
		cmocka_unit_test(externs_that_libbpf_cannot_place_are_refused),
		cmocka_unit_test(functions_in_a_second_section_are_left_without_a_variable),
		cmocka_unit_test(what_is_no_program_is_not_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
