/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of rewriting ELF objects: adding, replacing and removing sections in every class and byte
 * order, references to sections by index, and refused objects.
 */
#include "module/elf_file.h"
#include "module/elf_same_for_test.h"
#include "module/test_elf.h"
#include "module/test_object.h"
#include "util/testing.h"

#define SMALL "small btf"
#define LARGE "a btf section that is a good deal larger than the one before"
#define BASE  "base btf"

/*
 * Checks any output: rebtf and libelf can open it, each change is present, and the rest is
 * unchanged.
 */
static void assert_output(const struct file_bytes *image, const struct elf_change *changes,
			  size_t count, const struct file_bytes *result)
{
	const char *names[8] = {}, *wrong;
	struct elf_section found[8];
	struct elf_file file;

	assert_true(count < 8);
	for (size_t i = 0; i < count; i++)
		names[i] = changes[i].name;
	assert_ok(elf_file_open_mem(result->data, result->size, &file));
	assert_ok(elf_find_sections(&file, names, found, count));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(!found[i].index, !changes[i].data);
		if (!changes[i].data)
			continue;
		assert_int_equal(found[i].size, changes[i].size);
		assert_memory_equal(result->data + found[i].offset, changes[i].data,
				    changes[i].size);
	}
	elf_file_close(&file);
	wrong = elf_difference(image->data, image->size, result->data, result->size, names);
	if (wrong)
		fail_msg("%s", wrong);
}

/* The output in one piece. */
static struct rebtf_error *rewrite(const struct file_bytes *image, const struct elf_change *changes,
				   size_t count, struct file_bytes *result)
{
	struct elf_output output;
	size_t at = 0;

	TRY(elf_rewrite(image->data, image->size, changes, count, &output));
	result->data = malloc(output.size);
	result->size = output.size;
	for (size_t i = 0; i < output.pieces.count; i++) {
		memcpy(result->data + at, output.pieces.items[i].iov_base,
		       output.pieces.items[i].iov_len);
		at += output.pieces.items[i].iov_len;
	}
	assert_int_equal(at, output.size);
	elf_output_release(&output);
	assert_output(image, changes, count, result);
	return NULL;
}

static void assert_section(const struct file_bytes *bytes, const char *name, const char *want)
{
	const void *data;
	size_t size;

	if (!want) {
		assert_false(test_object_section(bytes->data, bytes->size, name, &data, &size));
		return;
	}
	assert_true(test_object_section(bytes->data, bytes->size, name, &data, &size));
	assert_int_equal(size, strlen(want));
	assert_memory_equal(data, want, size);
}

static struct elf_change change(const char *name, const char *text)
{
	return (struct elf_change){ .name = name, .data = text, .size = text ? strlen(text) : 0 };
}

/* Simulates distilling and relocating the object, and checks each result. */
static void check_life_of(const struct test_object *object)
{
	_cleanup_file_bytes_ struct file_bytes first = {};
	_cleanup_file_bytes_ struct file_bytes distilled = {};
	_cleanup_file_bytes_ struct file_bytes again = {};
	_cleanup_file_bytes_ struct file_bytes relocated = {};
	const struct elf_change distill[] = { change(".BTF", LARGE), change(".BTF.base", BASE) };
	const struct elf_change relocate[] = { change(".BTF", SMALL), change(".BTF.base", NULL) };

	test_object_make(object, &first);

	assert_ok(rewrite(&first, distill, 2, &distilled));
	assert_same_object(first.data, first.size, distilled.data, distilled.size);
	assert_section(&distilled, ".BTF", LARGE);
	assert_section(&distilled, ".BTF.base", BASE);

	assert_ok(rewrite(&distilled, distill, 2, &again));
	assert_int_equal(again.size, distilled.size);
	assert_memory_equal(again.data, distilled.data, again.size);

	assert_ok(rewrite(&distilled, relocate, 2, &relocated));
	assert_same_object(first.data, first.size, relocated.data, relocated.size);
	assert_section(&relocated, ".BTF", SMALL);
	assert_section(&relocated, ".BTF.base", NULL);

	/* Back and forth, a file does not grow, and it soon stays the same. */
	for (int i = 0; i < 3; i++) {
		_cleanup_file_bytes_ struct file_bytes before = relocated;

		file_bytes_release(&again);
		relocated = (struct file_bytes){};
		assert_ok(rewrite(&before, distill, 2, &again));
		assert_ok(rewrite(&again, relocate, 2, &relocated));
		assert_true(relocated.size <= before.size);
		if (i)
			assert_memory_equal(relocated.data, before.data, relocated.size);
	}
}

static void sections_come_and_go_in_every_class_and_order(void **state)
{
	static const int classes[] = { ELFCLASS32, ELFCLASS64 },
			 encodings[] = { ELFDATA2LSB, ELFDATA2MSB };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct test_object object = {
			.elf_class = classes[i & 1],
			.encoding = encodings[i >> 1],
			.btf = SMALL,
			.btf_size = strlen(SMALL),
		};

		check_life_of(&object);
		/* Removing a .BTF.base in the middle changes indices. */
		object.base = BASE;
		object.base_size = strlen(BASE);
		check_life_of(&object);
		object.base_section_symbol = true;
		check_life_of(&object);
		object = (struct test_object){ .elf_class = classes[i & 1],
					       .encoding = encodings[i >> 1] };
		check_life_of(&object);
	}
}

static void more_than_65280_sections(void **state)
{
	struct test_object object = {
		.btf = SMALL,
		.btf_size = strlen(SMALL),
		.base = BASE,
		.base_size = strlen(BASE),
		.extra_sections = 66000,
	};

	(void)state;
	check_life_of(&object);
	object.elf_class = ELFCLASS32;
	object.encoding = ELFDATA2MSB;
	check_life_of(&object);
}

/*
 * One more section makes 65,280: the number no longer fits in the header, and then it fits again.
 */
static void the_section_that_makes_65280(void **state)
{
	_cleanup_file_bytes_ struct file_bytes few = {};
	_cleanup_file_bytes_ struct file_bytes many = {};
	_cleanup_file_bytes_ struct file_bytes again = {};
	const struct elf_change add = change(".BTF.base", BASE), drop = change(".BTF.base", NULL);
	/* The null section, nine named sections, and the extra ones. */
	const struct test_object object = { .btf = SMALL,
					    .btf_size = 9,
					    .extra_sections = 65279 - 10 };

	(void)state;
	test_object_make(&object, &few);
	assert_int_equal(((Elf64_Ehdr *)few.data)->e_shnum, 65279);
	assert_ok(rewrite(&few, &add, 1, &many));
	assert_int_equal(((Elf64_Ehdr *)many.data)->e_shnum, 0);
	assert_same_object(few.data, few.size, many.data, many.size);
	assert_section(&many, ".BTF.base", BASE);
	assert_ok(rewrite(&many, &drop, 1, &again));
	assert_int_equal(again.size, few.size);
	assert_memory_equal(again.data, few.data, few.size);
}

static void replacing_by_equal_size_changes_those_bytes_alone(void **state)
{
	_cleanup_file_bytes_ struct file_bytes old = {};
	_cleanup_file_bytes_ struct file_bytes new = {};
	const struct test_object object = { .btf = "aaaaaaaa", .btf_size = 8 };
	const struct elf_change same_size = change(".BTF", "bbbbbbbb");
	size_t differ = 0;

	(void)state;
	test_object_make(&object, &old);
	assert_ok(rewrite(&old, &same_size, 1, &new));
	assert_int_equal(old.size, new.size);
	for (size_t i = 0; i < old.size; i++)
		differ += old.data[i] != new.data[i];
	assert_int_equal(differ, 8);
	assert_section(&new, ".BTF", "bbbbbbbb");
}

static void adding_then_removing_gives_the_old_bytes(void **state)
{
	_cleanup_file_bytes_ struct file_bytes old = {};
	_cleanup_file_bytes_ struct file_bytes with = {};
	_cleanup_file_bytes_ struct file_bytes without = {};
	const struct test_object object = { .btf = SMALL, .btf_size = strlen(SMALL) };
	const struct elf_change add = change(".BTF.base", BASE), drop = change(".BTF.base", NULL);

	(void)state;
	test_object_make(&object, &old);
	assert_ok(rewrite(&old, &add, 1, &with));
	assert_ok(rewrite(&with, &drop, 1, &without));
	assert_int_equal(without.size, old.size);
	assert_memory_equal(without.data, old.data, old.size);
}

/* Only the section of their names. */
static void an_object_without_sections_gets_some(void **state)
{
	const struct elf_change add = change(".BTF", SMALL);
	_cleanup_file_bytes_ struct file_bytes bare = {};
	_cleanup_file_bytes_ struct file_bytes more = {};

	(void)state;
	test_elf_make(&(struct test_elf){ .has_no_symbols = true }, &bare);
	assert_ok(rewrite(&bare, &add, 1, &more));
	assert_section(&more, ".BTF", SMALL);
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
	_cleanup_file_bytes_ struct file_bytes old = {};
	_cleanup_file_bytes_ struct file_bytes new = {};
	const struct test_object object = { .btf = SMALL, .btf_size = strlen(SMALL) };
	const struct elf_change drop = change(".BTF.base", NULL);

	(void)state;
	test_object_make(&object, &old);
	assert_ok(rewrite(&old, &drop, 1, &new));
	assert_int_equal(new.size, old.size);
	assert_memory_equal(new.data, old.data, old.size);
}

static void refused_object(const struct test_object *object, const struct elf_change *asked,
			   enum rebtf_error_code code, const char *part)
{
	_cleanup_file_bytes_ struct file_bytes image = {};
	struct file_bytes result;

	test_object_make(object, &image);
	assert_fails(rewrite(&image, asked, 1, &result), code, part);
}

static void what_depends_on_a_section_keeps_it(void **state)
{
	struct test_object object = { .btf = SMALL, .btf_size = 9, .base = BASE, .base_size = 8 };
	const struct elf_change replace = change(".BTF", LARGE), drop = change(".BTF.base", NULL);

	(void)state;
	object.btf_relocated = true;
	refused_object(&object, &replace, REBTF_ERR_UNSUPPORTED, ".rela.BTF");
	object.btf_relocated = false;
	object.base_named_symbol = true;
	refused_object(&object, &drop, REBTF_ERR_UNSUPPORTED, ".symtab");
	object.base_named_symbol = false;
	object.base_section_symbol = object.base_symbol_used = true;
	refused_object(&object, &drop, REBTF_ERR_UNSUPPORTED, ".rela.text");
}

/* A removal changes these sections, too, so they cannot get other bytes at the same time. */
static void a_section_that_changes_twice_is_refused(void **state)
{
	static const uint32_t types[] = { SHT_GROUP, SHT_SYMTAB_SHNDX, SHT_SYMTAB, SHT_DYNSYM };
	static const char zeros[240];
	const struct test_object object = {
		.btf = SMALL,
		.btf_size = strlen(SMALL),
		.base = BASE,
		.base_size = strlen(BASE),
		.ext = zeros,
		.ext_size = sizeof(zeros),
	};
	const struct elf_change both[] = {
		{ ".BTF.ext", .data = zeros, .size = sizeof(zeros), .keeps_layout = true },
		change(".BTF.base", NULL),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		_cleanup_file_bytes_ struct file_bytes image = {}, result = {};
		uint32_t symbols = 4;
		Elf64_Shdr *table;

		test_object_make(&object, &image);
		table = (Elf64_Shdr *)(image.data + ((Elf64_Ehdr *)image.data)->e_shoff);
		while (table[symbols].sh_type != SHT_SYMTAB)
			symbols++;
		/* Section 4 is .BTF.ext. */
		table[4].sh_type = types[i];
		table[4].sh_link = symbols;
		assert_fails(rewrite(&image, both, 2, &result), REBTF_ERR_FORMAT, "with two uses");
	}
}

static void the_symbol_of_a_relocation_is_found_in_every_layout(void **state)
{
	static const struct {
		int elf_class, encoding;
		uint16_t machine;
	} layouts[] = {
		{ ELFCLASS32, ELFDATA2LSB, EM_386 },	 { ELFCLASS32, ELFDATA2MSB, EM_PPC },
		{ ELFCLASS64, ELFDATA2LSB, EM_AARCH64 }, { ELFCLASS64, ELFDATA2MSB, EM_S390 },
		{ ELFCLASS32, ELFDATA2LSB, EM_MIPS },	 { ELFCLASS32, ELFDATA2MSB, EM_MIPS },
		{ ELFCLASS64, ELFDATA2LSB, EM_MIPS },	 { ELFCLASS64, ELFDATA2MSB, EM_MIPS },
	};
	const struct elf_change drop = change(".BTF.base", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		_cleanup_file_bytes_ struct file_bytes image = {};
		_cleanup_file_bytes_ struct file_bytes result = {};
		struct test_object object = {
			.elf_class = layouts[i].elf_class,
			.encoding = layouts[i].encoding,
			.machine = layouts[i].machine,
			.base = BASE,
			.base_size = strlen(BASE),
			.base_section_symbol = true,
		};

		test_object_make(&object, &image);
		assert_ok(rewrite(&image, &drop, 1, &result));
		object.base_symbol_used = true;
		refused_object(&object, &drop, REBTF_ERR_UNSUPPORTED, ".rela.text");
	}
}

static void only_relocatable_objects_are_rewritten(void **state)
{
	const struct test_object object = { .btf = SMALL, .btf_size = 9 };
	const struct elf_change replace = change(".BTF", LARGE);
	_cleanup_file_bytes_ struct file_bytes image = {};
	struct file_bytes result;

	(void)state;
	test_object_make(&object, &image);
	((Elf64_Ehdr *)image.data)->e_type = ET_EXEC;
	assert_fails(rewrite(&image, &replace, 1, &result), REBTF_ERR_UNSUPPORTED,
		     "not a relocatable object");
}

/* Sets one word of a section header and expects a refusal. */
static void refuse_with_header(size_t field, uint64_t value, const char *part)
{
	const struct test_object object = { .btf = SMALL, .btf_size = strlen(SMALL) };
	const struct elf_change replace = change(".BTF", LARGE);
	_cleanup_file_bytes_ struct file_bytes image = {};
	struct file_bytes result;
	Elf64_Shdr *table;

	test_object_make(&object, &image);
	table = (Elf64_Shdr *)(image.data + ((Elf64_Ehdr *)image.data)->e_shoff);
	/* Section 4 is .data, which comes after .BTF. */
	memcpy((char *)&table[4] + field, &value, sizeof(value));
	assert_fails(rewrite(&image, &replace, 1, &result), REBTF_ERR_FORMAT, part);
}

static void contradictory_headers_are_refused(void **state)
{
	(void)state;
	refuse_with_header(offsetof(Elf64_Shdr, sh_offset), 64, "overlap");
	refuse_with_header(offsetof(Elf64_Shdr, sh_offset), 1ull << 40, "ends past the file's");
	refuse_with_header(offsetof(Elf64_Shdr, sh_size), UINT64_MAX, "ends past the file's");
	refuse_with_header(offsetof(Elf64_Shdr, sh_addralign), 24, "is not a power of 2");
}

/* The section header table of an object of the host's class and byte order. */
static Elf64_Shdr *table_of(const struct file_bytes *image)
{
	return (Elf64_Shdr *)(image->data + ((Elf64_Ehdr *)image->data)->e_shoff);
}

static Elf64_Shdr *find_type(const struct file_bytes *image, uint32_t type)
{
	Elf64_Shdr *section = table_of(image) + 1;

	while (section->sh_type != type)
		section++;
	return section;
}

static Elf64_Shdr *names_of(const struct file_bytes *image)
{
	return table_of(image) + ((Elf64_Ehdr *)image->data)->e_shstrndx;
}

/*
 * Adds .BTF.base to an object after @damage. Expects an error about @part; NULL: expects success.
 */
static void add_base_after(void (*damage)(const struct file_bytes *image), const char *part)
{
	const struct test_object object = { .btf = SMALL, .btf_size = strlen(SMALL) };
	const struct elf_change add = change(".BTF.base", BASE);
	const struct elf_change replace = change(".BTF", "SMALL BTF");
	_cleanup_file_bytes_ struct file_bytes image = {};
	_cleanup_file_bytes_ struct file_bytes result = {};
	_cleanup_file_bytes_ struct file_bytes other = {};

	test_object_make(&object, &image);
	damage(&image);
	if (part)
		assert_fails(rewrite(&image, &add, 1, &result), REBTF_ERR_FORMAT, part);
	else
		assert_ok(rewrite(&image, &add, 1, &result));
	/* Without growth, the damage has no effect. */
	assert_ok(rewrite(&image, &replace, 1, &other));
}

static void name_past_the_end(const struct file_bytes *image)
{
	find_type(image, SHT_NOBITS)->sh_name = (uint32_t)names_of(image)->sh_size;
}

static void name_far_past_the_end(const struct file_bytes *image)
{
	find_type(image, SHT_GROUP)->sh_name = UINT32_MAX;
}

static void name_past_the_end_of_no_section(const struct file_bytes *image)
{
	Elf64_Shdr *section = find_type(image, SHT_NOBITS);

	section->sh_type = SHT_NULL;
	section->sh_name = (uint32_t)names_of(image)->sh_size;
}

static void section_names_past_the_end_are_refused_before_the_table_grows(void **state)
{
	(void)state;
	add_base_after(name_past_the_end, "the name of section");
	add_base_after(name_far_past_the_end, "the name of section");
	add_base_after(name_past_the_end_of_no_section, NULL);
}

/* As with LLVM: one table for the names of sections and of symbols. */
static void share_names(const struct file_bytes *image)
{
	Elf64_Shdr *symtab = find_type(image, SHT_SYMTAB);

	symtab->sh_link = ((Elf64_Ehdr *)image->data)->e_shstrndx;
}

static void symbol_name_past_the_end(const struct file_bytes *image)
{
	Elf64_Shdr *symtab = find_type(image, SHT_SYMTAB);

	share_names(image);
	((Elf64_Sym *)(image->data + symtab->sh_offset))[2].st_name =
		(uint32_t)names_of(image)->sh_size;
}

static void symbol_names_past_the_end_are_refused_before_the_table_grows(void **state)
{
	(void)state;
	add_base_after(share_names, NULL);
	add_base_after(symbol_name_past_the_end, "the name of symbol 2");
}

static uint16_t section_count(const struct file_bytes *image)
{
	return ((Elf64_Ehdr *)image->data)->e_shnum;
}

static void link_past_the_end(const struct file_bytes *image)
{
	find_type(image, SHT_PROGBITS)->sh_link = section_count(image);
}

static void info_past_the_end(const struct file_bytes *image)
{
	Elf64_Shdr *data = find_type(image, SHT_NOBITS) - 1;

	data->sh_flags |= SHF_INFO_LINK;
	data->sh_info = section_count(image);
}

static void symbol_past_the_end(const struct file_bytes *image)
{
	Elf64_Shdr *symtab = find_type(image, SHT_SYMTAB);

	((Elf64_Sym *)(image->data + symtab->sh_offset))[3].st_shndx = section_count(image);
}

static void member_past_the_end(const struct file_bytes *image)
{
	Elf64_Shdr *group = find_type(image, SHT_GROUP);

	((uint32_t *)(image->data + group->sh_offset))[1] = section_count(image);
}

static void indices_past_the_end_are_refused_before_there_are_more_sections(void **state)
{
	(void)state;
	add_base_after(link_past_the_end, "sh_link refers to section");
	add_base_after(info_past_the_end, "sh_info refers to section");
	add_base_after(symbol_past_the_end, "a symbol refers to section");
	add_base_after(member_past_the_end, "a group member refers to section");
}

/* The name of .BTF.base, the last in the table, is the end of another section's name. */
static void a_name_that_ends_another_one_stays_when_its_section_goes(void **state)
{
	const struct test_object object = { .btf = SMALL, .btf_size = strlen(SMALL) };
	const struct elf_change add = change("other.BTF.base", BASE);
	const struct elf_change both[] = { change("other.BTF.base", LARGE),
					   change(".BTF.base", BASE) };
	const struct elf_change drop = change(".BTF.base", NULL);
	_cleanup_file_bytes_ struct file_bytes plain = {};
	_cleanup_file_bytes_ struct file_bytes other = {};
	_cleanup_file_bytes_ struct file_bytes with = {};
	_cleanup_file_bytes_ struct file_bytes without = {};

	(void)state;
	test_object_make(&object, &plain);
	assert_ok(rewrite(&plain, &add, 1, &other));
	assert_ok(rewrite(&other, both, 2, &with));
	assert_int_equal(names_of(&other)->sh_size, names_of(&with)->sh_size);
	assert_ok(rewrite(&with, &drop, 1, &without));
	assert_section(&without, "other.BTF.base", LARGE);
}

/* The table of names keeps its size, but not its contents. */
static void a_section_replaces_one_with_a_name_as_long(void **state)
{
	const struct test_object object = { .btf = SMALL, .btf_size = strlen(SMALL) };
	const struct elf_change add = change(".BTF.base", BASE);
	const struct elf_change both[] = { change(".BTF.base", NULL), change(".BTF.kept", LARGE) };
	_cleanup_file_bytes_ struct file_bytes plain = {};
	_cleanup_file_bytes_ struct file_bytes with = {};
	_cleanup_file_bytes_ struct file_bytes other = {};

	(void)state;
	test_object_make(&object, &plain);
	assert_ok(rewrite(&plain, &add, 1, &with));
	assert_ok(rewrite(&with, both, 2, &other));
	assert_section(&other, ".BTF.kept", LARGE);
}

/* Every table refers to a section behind the one that goes. rewrite() checks the new indices. */
static void an_object_has_up_to_two_symbol_tables(void **state)
{
	const struct test_object object = { .base = BASE, .base_size = strlen(BASE) };
	const struct elf_change drop = change(".BTF.base", NULL);
	_cleanup_file_bytes_ struct file_bytes image = {};
	_cleanup_file_bytes_ struct file_bytes result = {};
	struct file_bytes refused;
	Elf64_Shdr *dynsym;

	(void)state;
	test_object_make(&object, &image);
	/* .data becomes .dynsym, with a symbol of its own section. */
	dynsym = find_type(&image, SHT_NOBITS) - 1;
	dynsym->sh_type = SHT_DYNSYM;
	((Elf64_Sym *)(image.data + dynsym->sh_offset))[1].st_shndx =
		(uint16_t)(dynsym - table_of(&image));
	assert_ok(rewrite(&image, &drop, 1, &result));
	find_type(&image, SHT_PROGBITS)->sh_type = SHT_DYNSYM;
	assert_fails(rewrite(&image, &drop, 1, &refused), REBTF_ERR_FORMAT,
		     "too many symbol tables");
}

/* Sets each byte of @image to several values in turn, and rewrites the result. */
static void damage_each_byte(const struct file_bytes *image, const struct elf_change *changes,
			     size_t count)
{
	/* The last two: the next section's index, and the end of the section names. */
	const uint8_t values[] = { 0x00,
				   0x01,
				   0x7f,
				   0x80,
				   0xff,
				   (uint8_t)section_count(image),
				   (uint8_t)names_of(image)->sh_size };
	size_t refused = 0, written = 0;

	for (size_t i = 0; i < image->size; i++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			_cleanup_file_bytes_ struct file_bytes copy = {
				.data = malloc(image->size),
				.size = image->size,
			};
			_cleanup_file_bytes_ struct file_bytes result = {};
			struct rebtf_error *err;

			memcpy(copy.data, image->data, image->size);
			copy.data[i] = values[v];
			err = rewrite(&copy, changes, count, &result);
			refused += !!err;
			written += !err;
			rebtf_error_free(err);
		}
	}
	assert_true(refused && written);
}

/* rewrite() checks each output: it opens, and has lost no data. */
static void damaged_objects_do_no_harm(void **state)
{
	struct test_object object = {
		.btf = SMALL,
		.btf_size = 9,
		.base = BASE,
		.base_size = 8,
		.base_section_symbol = true,
	};
	const struct elf_change remove[] = { change(".BTF", LARGE), change(".BTF.base", NULL) };
	const struct elf_change add[] = { change(".BTF", LARGE), change(".BTF.base", BASE) };
	_cleanup_file_bytes_ struct file_bytes with = {};
	_cleanup_file_bytes_ struct file_bytes without = {};

	(void)state;
	test_object_make(&object, &with);
	damage_each_byte(&with, remove, 2);
	object = (struct test_object){ .btf = SMALL, .btf_size = 9 };
	test_object_make(&object, &without);
	damage_each_byte(&without, add, 2);
}

static void truncated_objects_are_refused(void **state)
{
	const struct test_object object = { .btf = SMALL, .btf_size = 9 };
	const struct elf_change replace = change(".BTF", LARGE);
	_cleanup_file_bytes_ struct file_bytes image = {};

	(void)state;
	test_object_make(&object, &image);
	for (size_t size = 0; size < image.size; size++) {
		_cleanup_free_ uint8_t *copy = malloc(size ? size : 1);
		struct file_bytes cut = { .data = copy, .size = size }, result;
		struct rebtf_error *err;

		memcpy(copy, image.data, size);
		err = rewrite(&cut, &replace, 1, &result);
		assert_non_null(err);
		rebtf_error_free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_come_and_go_in_every_class_and_order),
		cmocka_unit_test(more_than_65280_sections),
		cmocka_unit_test(the_section_that_makes_65280),
		cmocka_unit_test(replacing_by_equal_size_changes_those_bytes_alone),
		cmocka_unit_test(adding_then_removing_gives_the_old_bytes),
		cmocka_unit_test(an_object_without_sections_gets_some),
		cmocka_unit_test(removing_what_is_not_there_changes_nothing),
		cmocka_unit_test(what_depends_on_a_section_keeps_it),
		cmocka_unit_test(a_section_that_changes_twice_is_refused),
		cmocka_unit_test(the_symbol_of_a_relocation_is_found_in_every_layout),
		cmocka_unit_test(only_relocatable_objects_are_rewritten),
		cmocka_unit_test(contradictory_headers_are_refused),
		cmocka_unit_test(section_names_past_the_end_are_refused_before_the_table_grows),
		cmocka_unit_test(symbol_names_past_the_end_are_refused_before_the_table_grows),
		cmocka_unit_test(indices_past_the_end_are_refused_before_there_are_more_sections),
		cmocka_unit_test(a_name_that_ends_another_one_stays_when_its_section_goes),
		cmocka_unit_test(a_section_replaces_one_with_a_name_as_long),
		cmocka_unit_test(an_object_has_up_to_two_symbol_tables),
		cmocka_unit_test(damaged_objects_do_no_harm),
		cmocka_unit_test(truncated_objects_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
