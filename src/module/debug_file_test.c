/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Unit tests: DWARF of one small program, which gcc and clang compile in all versions, formats and
 * for all architectures. The expected values are in the program.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "btf/header.h"
#include "encode/location.h"
#include "encode/ranges.h"
#include "module/codec.h"
#include "module/debug_file.h"
#include "module/debug_internal.h"
#include "module/test_elf.h"
#include "util/buffer.h"
#include "util/testing.h"

static const char program[] =
	"enum color { RED, GREEN = 7 };\n"
	"struct outer { int a; char b[3]; struct outer *next; unsigned int flag : 3; };\n"
	"struct outer instance;\n"
	"__attribute__((noinline)) int callee(struct outer *o, enum color n)\n"
	"{ return o->a + (int)n; }\n"
	"int caller(void) { return callee(&instance, GREEN); }\n";

/* ------------------------------------------------------------------------------------- compiling */

/* Runs a shell command in the directory. False: it failed. */
static bool run(const char *directory, const char *format, ...)
{
	char command[2048], line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "cd '%s' && { %s; } >/dev/null 2>&1", directory, command);
	return !system(line);
}

/* Compiles the program to out.o. The compiler must know the flags: a test skips if it does not. */
static bool compile(const char *directory, const char *flags)
{
	write_bytes(scratch_path(directory, "program.c"), program, sizeof(program) - 1);
	return run(directory, "%s -O1 -c program.c -o out.o", flags);
}

/* --------------------------------------------------------------------------------------- looking */

/* An opened file and its units. */
struct looking {
	struct debug_file file;
	struct dwarf_unit_vector units;
	struct unit_reader reader;
};

static void looking_end(struct looking *l)
{
	unit_reader_release(&l->reader);
	dwarf_unit_vector_release(&l->units);
	debug_file_close(&l->file);
}

#define _cleanup_looking_ _cleanup_(looking_end)

static void look(struct looking *l, const char *path)
{
	assert_ok(debug_file_open(path, &l->file));
	assert_ok(dwarf_units(&l->file.object.dwarf, &l->units));
}

/* Finds the first DIE with the tag and name (NULL: any). l->reader then has its unit. */
static bool find(struct looking *l, uint16_t tag, const char *name, struct die *die)
{
	for (size_t i = 0; i < l->units.count; i++) {
		struct die_cursor c;

		assert_ok(unit_read(&l->reader, &l->file.object.dwarf, &l->units.items[i]));
		die_cursor_start(&c, &l->reader, NULL, l->units.items[i].first_die);
		while (die_next(&c, die)) {
			const char *text = die_string(die, DIE_NAME).text;

			if (die->tag == tag && (!name || (text && !strcmp(text, name))) &&
			    !die_has(die, DIE_DECLARATION))
				return true;
		}
		assert_ok(c.err);
	}
	return false;
}

static const struct encode_symbol *find_symbol(const struct looking *l, const char *name)
{
	for (size_t i = 0; i < l->file.object.symbols.count; i++) {
		if (!strcmp(l->file.object.symbols.items[i].name, name))
			return &l->file.object.symbols.items[i];
	}
	fail_msg("no symbol %s", name);
	return NULL;
}

/* Checks the file's facts about the program. */
static void check_program(struct looking *l)
{
	uint64_t pointer = l->file.object.pointer_size;
	const struct encode_symbol *symbol = find_symbol(l, "callee");
	struct die die, type;

	assert_true(find(l, DW_TAG_structure_type, "outer", &die));
	assert_int_equal(die_number(&die, DIE_BYTE_SIZE, 0), 8 + 2 * pointer);
	assert_true(find(l, DW_TAG_member, "next", &die));
	assert_int_equal(die_number(&die, DIE_MEMBER_LOCATION, 0), 8);
	assert_true(find(l, DW_TAG_member, "flag", &die));
	assert_int_equal(die_number(&die, DIE_BIT_SIZE, 0), 3);
	assert_true(die_has(&die, DIE_BIT_OFFSET) || die_has(&die, DIE_DATA_BIT_OFFSET));
	assert_true(find(l, DW_TAG_enumerator, "GREEN", &die));
	assert_int_equal(die_number(&die, DIE_CONST_VALUE, 0), 7);
	assert_true(find(l, DW_TAG_member, "a", &die));
	assert_int_equal(die_ref(&die, DIE_TYPE).place, DIE_IN_UNIT);
	assert_ok(die_read(&l->reader, die_ref(&die, DIE_TYPE).offset, &type));
	assert_int_equal(type.tag, DW_TAG_base_type);
	assert_string_equal(die_string(&type, DIE_NAME).text, "int");
	assert_true(find(l, DW_TAG_subrange_type, NULL, &die));
	assert_true(die_number(&die, DIE_COUNT, 0) == 3 ||
		    die_number(&die, DIE_UPPER_BOUND, 0) == 2);
	assert_true(find(l, DW_TAG_subprogram, "callee", &die));
	assert_int_equal(die_number(&die, DIE_LOW_PC, 0), symbol->address);
	assert_int_not_equal(symbol->address, 0);
	assert_true(symbol->section < l->file.object.sections.count);
}

/* The first operation of the location of callee's first parameter. */
static struct die_operation first_parameter(struct looking *l)
{
	struct die_location location;
	struct die_operation op;
	struct die_cursor c;
	struct die die;
	bool more;

	assert_true(find(l, DW_TAG_subprogram, "callee", &die));
	die_cursor_start(&c, &l->reader, NULL, die.offset);
	while (die_next(&c, &die) && die.tag != DW_TAG_formal_parameter)
		;
	assert_int_equal(die.tag, DW_TAG_formal_parameter);
	assert_ok(die_location(&l->reader, &die, NULL, &location));
	assert_ok(die_operation_next(&location, &op, &more));
	assert_true(more);
	return op;
}

static void check_compiled(const char *flags)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};

	if (!compile(directory, flags))
		skip();
	look(&l, scratch_path(directory, "out.o"));
	check_program(&l);
}

/* Compilers of the host, in the versions of DWARF that they know. */
static void all_versions_are_read(void **state)
{
	static const char *const compilers[] = { "gcc -m64", "clang" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (int version = 2; version <= 5; version++) {
			_cleanup_scratch_ char *directory = scratch_new();
			_cleanup_looking_ struct looking l = {};
			char flags[64];

			snprintf(flags, sizeof(flags), "%s -gdwarf-%d", compilers[i], version);
			if (!compile(directory, flags))
				continue;
			look(&l, scratch_path(directory, "out.o"));
			assert_int_equal(l.units.items[0].version, version);
			check_program(&l);
			/* The first argument of x86-64 is in rdi, which DWARF numbers 5. */
			if (l.file.object.machine == EM_X86_64)
				assert_int_equal(first_parameter(&l).number, 5);
		}
	}
}

static void format_of_64_bits_is_read(void **state)
{
	(void)state;
	check_compiled("gcc -gdwarf-3 -gdwarf64");
	check_compiled("gcc -gdwarf-4 -gdwarf64");
	check_compiled("gcc -gdwarf-5 -gdwarf64");
	check_compiled("clang -gdwarf-5 -gdwarf64");
}

static void compressed_sections_are_unpacked(void **state)
{
	(void)state;
	check_compiled("gcc -gdwarf-5 -gz=zlib");
	check_compiled("gcc -gdwarf-4 -gz=zlib-gnu");
	check_compiled("gcc -gdwarf-5 -g -Wa,--compress-debug-sections=zstd");
}

/* Appends the bytes, compressed on their own, to the section. */
static void append_frame(struct buffer *section, enum codec codec, const char *bytes, size_t size)
{
	const struct iovec piece = { (void *)(uintptr_t)bytes, size };
	_cleanup_free_ uint8_t *frame = NULL;
	size_t frame_size;

	assert_ok(codec_compress(codec, &piece, 1, &frame, &frame_size));
	assert_non_null(buffer_append(section, frame, frame_size));
}

static void a_compressed_section_may_have_several_frames(void **state)
{
	static const char first[] = "One frame, ", second[] = "and another.";
	const size_t size = sizeof(first) - 1 + sizeof(second);
	const Elf64_Chdr header = { .ch_type = 2, .ch_size = size, .ch_addralign = 1 };
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "frames.o");
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct buffer section = {};
	struct test_section sections[] = {
		{ .name = ".debug_str", .flags = SHF_COMPRESSED },
	};
	struct debug_file file;

	(void)state;
	assert_non_null(buffer_append(&section, &header, sizeof(header)));
	append_frame(&section, CODEC_ZSTD, first, sizeof(first) - 1);
	append_frame(&section, CODEC_ZSTD, second, sizeof(second));
	sections[0].data = section.data;
	sections[0].size = section.size;
	test_elf_make(&(struct test_elf){ .sections = sections, .section_count = 1 }, &bytes);
	write_bytes(path, bytes.data, bytes.size);
	assert_ok(debug_file_open(path, &file));
	assert_int_equal(file.object.dwarf.sections[DWARF_STR].size, size);
	assert_memory_equal(file.object.dwarf.sections[DWARF_STR].data, "One frame, and another.",
			    size);
	debug_file_close(&file);
	buffer_release(&section);
}

/* Linkers make one section of all that have a name, so a second one is damage. */
static void two_sections_of_one_name_in_a_linked_file_are_refused(void **state)
{
	static const char info[] = "sixteen bytes...";
	const Elf64_Chdr header = { .ch_type = 2, .ch_size = sizeof(info), .ch_addralign = 1 };
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "linked");
	struct buffer packed = {};
	struct debug_file file;

	(void)state;
	assert_non_null(buffer_append(&packed, &header, sizeof(header)));
	append_frame(&packed, CODEC_ZSTD, info, sizeof(info));
	for (size_t i = 0; i < 3; i++) {
		const struct test_section plain = { .name = ".debug_info",
						    .data = info,
						    .size = sizeof(info) },
					  other = { .name = ".debug_info",
						    .data = packed.data,
						    .size = packed.size,
						    .flags = SHF_COMPRESSED };
		const struct test_section sections[] = { i == 1 ? other : plain,
							 i == 2 ? other : plain };
		const struct test_elf elf = { .type = ET_EXEC,
					      .sections = sections,
					      .section_count = 2 };
		_cleanup_file_bytes_ struct file_bytes bytes = {};

		test_elf_make(&elf, &bytes);
		write_bytes(path, bytes.data, bytes.size);
		assert_fails(debug_file_open(path, &file), REBTF_ERR_UNSUPPORTED,
			     ".debug_info: more than one section of this name");
	}
	buffer_release(&packed);
}

static void architectures_are_relocated(void **state)
{
	static const struct {
		const char *target;
		uint16_t machine;
		bool big_endian;
	} targets[] = {
		{ "x86_64-linux-gnu", EM_X86_64, false },
		{ "i386-linux-gnu", EM_386, false },
		{ "aarch64-linux-gnu", EM_AARCH64, false },
		{ "aarch64_be-linux-gnu", EM_AARCH64, true },
		{ "armv7-linux-gnueabi", EM_ARM, false },
		{ "riscv64-linux-gnu -march=rv64gc -mno-relax", 243, false },
		{ "riscv64-linux-gnu -march=rv64gc", 243, false },
		{ "riscv32-linux-gnu -march=rv32gc", 243, false },
		{ "s390x-linux-gnu", EM_S390, true },
		{ "powerpc64le-linux-gnu", EM_PPC64, false },
		{ "powerpc64-linux-gnu -mabi=elfv2", EM_PPC64, true },
		{ "powerpc-linux-gnu", EM_PPC, true },
		{ "mips64el-linux-gnuabi64", EM_MIPS, false },
		{ "mips64-linux-gnuabi64", EM_MIPS, true },
		{ "mipsel-linux-gnu", EM_MIPS, false },
		{ "sparc64-linux-gnu", EM_SPARCV9, true },
		{ "bpf", 247, false },
	};
	size_t compiled = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		for (int version = 4; version <= 5; version++) {
			_cleanup_scratch_ char *directory = scratch_new();
			_cleanup_looking_ struct looking l = {};
			char flags[128];

			snprintf(flags, sizeof(flags), "clang -gdwarf-%d -target %s", version,
				 targets[i].target);
			if (!compile(directory, flags))
				continue;
			compiled++;
			look(&l, scratch_path(directory, "out.o"));
			assert_int_equal(l.file.object.machine, targets[i].machine);
			assert_int_equal(l.file.object.dwarf.big_endian, targets[i].big_endian);
			check_program(&l);
		}
	}
	if (!compiled)
		skip();
}

static void linked_file_is_read_as_needed(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};

	(void)state;
	if (!compile(directory, "gcc -g") ||
	    !run(directory, "gcc -shared -fPIC -g -O1 program.c -o out.so"))
		skip();
	look(&l, scratch_path(directory, "out.so"));
	assert_null(l.file.object.dwarf.sections[DWARF_INFO].data);
	assert_false(l.file.object.relocatable);
	check_program(&l);
}

/* Each object has its own abbreviations, so the offset in the second header needs a relocation. */
static void objects_that_ld_joined_are_read(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};
	struct die die;

	(void)state;
	if (!compile(directory, "gcc -gdwarf-5") ||
	    !run(directory, "echo 'struct second { long x; } second;' > b.c && gcc -g -c b.c && "
			    "ld -r b.o out.o -o joined.o"))
		skip();
	look(&l, scratch_path(directory, "joined.o"));
	assert_int_equal(l.units.count, 2);
	assert_true(find(&l, DW_TAG_structure_type, "second", &die));
	check_program(&l);
}

static void type_units_are_found_by_signature(void **state)
{
	(void)state;
	for (int version = 4; version <= 5; version++) {
		_cleanup_scratch_ char *directory = scratch_new();
		_cleanup_looking_ struct looking l = {};
		char flags[64];
		struct die die;
		size_t found = 0;

		snprintf(flags, sizeof(flags), "gcc -gdwarf-%d -fdebug-types-section", version);
		if (!compile(directory, flags))
			skip();
		look(&l, scratch_path(directory, "out.o"));
		assert_true(l.units.count > 1);
		for (size_t i = 0; i < l.units.count; i++) {
			const struct dwarf_unit *unit = &l.units.items[i];

			if (unit->type != DW_UT_type)
				continue;
			assert_int_equal(unit->section, version == 4 ? DWARF_TYPES : DWARF_INFO);
			assert_int_not_equal(unit->signature, 0);
			assert_ok(unit_read(&l.reader, &l.file.object.dwarf, unit));
			assert_ok(die_read(&l.reader, unit->type_offset, &die));
			found += die.tag == DW_TAG_structure_type &&
				 !strcmp(die_string(&die, DIE_NAME).text, "outer");
		}
		assert_int_equal(found, 1);
	}
}

/* Whether any DIE refers to another unit, and all such references lead to a unit. */
static bool has_foreign_references(struct looking *l)
{
	bool found = false;

	for (size_t i = 0; i < l->units.count; i++) {
		struct die_cursor c;
		struct die die;

		assert_ok(unit_read(&l->reader, &l->file.object.dwarf, &l->units.items[i]));
		die_cursor_start(&c, &l->reader, NULL, l->units.items[i].first_die);
		while (die_next(&c, &die)) {
			struct die_ref ref = die_ref(&die, DIE_TYPE);

			if (ref.place != DIE_IN_INFO)
				continue;
			found = true;
			assert_non_null(dwarf_unit_find(&l->units, DWARF_INFO, ref.offset));
		}
		assert_ok(c.err);
	}
	return found;
}

static void dwz_makes_partial_units(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};

	(void)state;
	if (!compile(directory, "gcc -g") ||
	    !run(directory,
		 "cp program.c b.c && sed -i 's/callee/callee2/; s/caller/caller2/; s/instance/other/' b.c && "
		 "gcc -shared -fPIC -g -O1 program.c b.c -o out.so && dwz out.so"))
		skip();
	look(&l, scratch_path(directory, "out.so"));
	assert_true(has_foreign_references(&l));
}

static void dwz_moves_strings_to_a_supplementary_file(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};
	struct debug_file missing = {};

	(void)state;
	if (!compile(directory, "gcc -g") ||
	    !run(directory,
		 "gcc -shared -fPIC -g -O1 program.c -o out.so && cp out.so b.so && "
		 "objcopy --update-section .note.gnu.build-id=/dev/null b.so 2>/dev/null; "
		 "gcc -shared -fPIC -g -O1 -DX=1 program.c -o b.so && "
		 "dwz -m common.debug -M common.debug out.so b.so && test -f common.debug"))
		skip();
	look(&l, scratch_path(directory, "out.so"));
	assert_non_null(l.file.object.dwarf.supplementary);
	assert_true(run(directory, "rm common.debug"));
	assert_fails(debug_file_open(scratch_path(directory, "out.so"), &missing), REBTF_ERR_IO,
		     "common.debug");
}

static void supplementary_file_of_another_build_is_refused(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	struct debug_file file = {};

	(void)state;
	if (!compile(directory, "gcc -g") ||
	    !run(directory,
		 "gcc -shared -fPIC -g -O1 program.c -o out.so && "
		 "gcc -shared -fPIC -g -O1 -DX=1 program.c -o b.so && "
		 "dwz -m common.debug -M common.debug out.so b.so && cp b.so common.debug"))
		skip();
	assert_fails(debug_file_open(scratch_path(directory, "out.so"), &file), REBTF_ERR_FORMAT,
		     "its build id differs");
}

/* Writes a file whose notes, and what follows their section, are these bytes. */
static void write_notes(const char *path, const void *notes, size_t size, const void *behind,
			size_t behind_size)
{
	const struct test_section sections[] = {
		{ .name = ".note", .data = notes, .size = size, .type = SHT_NOTE },
		{ .name = ".behind", .data = behind, .size = behind_size },
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	test_elf_make(&(struct test_elf){ .sections = sections, .section_count = 2 }, &bytes);
	write_bytes(path, bytes.data, bytes.size);
}

/* Each note starts at a multiple of four. After a last note that ends earlier there is nothing. */
static void notes_end_with_their_section(void **state)
{
	/* A note of one byte, its padding, and the build id. */
	static const uint8_t notes[] = {
		4, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 'G', 'N', 'U', 0, 7, 0, 0, 0,
		4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 1, 2, 3, 4,
	};
	static const char link[] = "common.debug\0\1\2\3\4";
	const struct test_section section = { .name = ".gnu_debugaltlink",
					      .data = link,
					      .size = sizeof(link) - 1 };
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_looking_ struct looking l = {};
	const char *common = scratch_path(directory, "common.debug");
	const char *user = scratch_path(directory, "user.o");

	(void)state;
	test_elf_make(&(struct test_elf){ .sections = &section, .section_count = 1 }, &bytes);
	write_bytes(user, bytes.data, bytes.size);
	write_notes(common, notes, sizeof(notes), "", 1);
	assert_ok(debug_file_open(user, &l.file));
	assert_non_null(l.file.object.dwarf.supplementary);
	looking_end(&l);
	for (size_t size = 17; size < sizeof(notes); size++) {
		write_notes(common, notes, size, notes + size, sizeof(notes) - size);
		assert_fails(debug_file_open(user, &l.file), REBTF_ERR_FORMAT,
			     "its build id differs");
	}
}

static void many_sections_are_read(void **state)
{
	static const char sections[] = ".macro section\n"
				       ".pushsection .data.s\\@,\"aw\"\n"
				       ".byte 1\n"
				       ".popsection\n"
				       ".endm\n"
				       ".rept 66000\n"
				       "section\n"
				       ".endr\n";
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};

	(void)state;
	write_bytes(scratch_path(directory, "sections.s"), sections, sizeof(sections) - 1);
	if (!compile(directory, "gcc -g") ||
	    !run(directory, "gcc -g -O1 -S program.c -o many.s && cat sections.s many.s > all.s && "
			    "gcc -c all.s -o out.o"))
		skip();
	look(&l, scratch_path(directory, "out.o"));
	assert_true(l.file.object.sections.count > 65536);
	check_program(&l);
}

/* GCC moves rare code to another section, and then the function has ranges instead of one address. */
static void function_with_cold_code_starts_at_its_symbol(void **state)
{
	static const char cold[] =
		"__attribute__((cold, noinline)) void rare(int x)\n"
		"{ __asm__ volatile(\"\" : : \"r\"(x)); }\n"
		"int before(int x) { return x + 1; }\n"
		"int split(int x)\n"
		"{ if (__builtin_expect(x, 0)) { rare(x); rare(x + 1); } return x; }\n";

	(void)state;
	for (int version = 3; version <= 5; version++) {
		_cleanup_scratch_ char *directory = scratch_new();
		_cleanup_looking_ struct looking l = {};
		struct die die;
		uint64_t pc;
		bool found;

		write_bytes(scratch_path(directory, "cold.c"), cold, sizeof(cold) - 1);
		if (!run(directory, "gcc -gdwarf-%d -O2 -c cold.c -o cold.o", version))
			skip();
		look(&l, scratch_path(directory, "cold.o"));
		assert_true(find(&l, DW_TAG_subprogram, "split", &die));
		assert_ok(die_low_pc(&l.reader, &die, &pc, &found));
		assert_true(found);
		assert_int_equal(pc, find_symbol(&l, "split")->address);
	}
}

static void split_dwarf_is_refused(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};
	struct rebtf_error *err;

	(void)state;
	for (int version = 4; version <= 5; version++) {
		char flags[64];

		snprintf(flags, sizeof(flags), "gcc -gdwarf-%d -gsplit-dwarf", version);
		if (!compile(directory, flags))
			skip();
		assert_ok(debug_file_open(scratch_path(directory, "out.o"), &l.file));
		err = dwarf_units(&l.file.object.dwarf, &l.units);
		if (!err)
			err = unit_read(&l.reader, &l.file.object.dwarf, &l.units.items[0]);
		assert_fails(err, REBTF_ERR_UNSUPPORTED, "build without -gsplit-dwarf");
		looking_end(&l);
	}
}

static void file_without_dwarf_has_no_units(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_looking_ struct looking l = {};

	(void)state;
	if (!compile(directory, "gcc"))
		skip();
	look(&l, scratch_path(directory, "out.o"));
	assert_int_equal(l.units.count, 0);
}

/* A section may be the last bytes of a file, but not more. */
static void a_section_ends_with_the_file_at_the_latest(void **state)
{
	static const uint8_t image[64] = { [60] = 1 };
	struct debug_file file = { .image = image, .size = sizeof(image), .unread = 8, .fd = -1 };
	struct debug_section section = { .shdr = { .sh_offset = 60, .sh_size = 4 } };
	const uint8_t *data;

	(void)state;
	assert_ok(debug_section_bytes(&file, &section, &data));
	assert_memory_equal(data, image + 60, 4);
	section.shdr.sh_size = 5;
	assert_fails(debug_section_bytes(&file, &section, &data), REBTF_ERR_FORMAT,
		     "5 bytes at offset 60 ends past the file's 64 bytes");
	debug_file_close(&file);
}

/* Without standard input, the file gets descriptor 0. But {} does not own that descriptor. */
static void a_closed_file_closes_only_its_own_descriptor(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "linked");
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
	struct debug_file file = {};
	struct rebtf_error *err;

	(void)state;
	debug_file_close(&file);
	assert_int_not_equal(fcntl(0, F_GETFD), -1);
	test_elf_make(&(struct test_elf){ .type = ET_EXEC }, &bytes);
	write_bytes(path, bytes.data, bytes.size);
	close(0);
	err = debug_file_open(path, &file);
	if (!err)
		debug_file_close(&file);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(dup2(saved, 0), 0);
	close(saved);
	assert_ok(err);
}

/* A file's index section may have fewer words than its symbol table has symbols. */
static void a_symbol_without_an_index_has_no_section(void **state)
{
	/* The second word is behind the index section. */
	static const uint32_t indices[] = { 1, 1 };
	static const Elf64_Sym symbols[2] = { { .st_shndx = SHN_XINDEX },
					      { .st_shndx = SHN_XINDEX } };
	const struct debug_opening opening = {
		.section_count = 2,
		.is_64 = true,
		.big_endian = HOST_BIG_ENDIAN,
		.symbols = (const uint8_t *)symbols,
		.symbol_size = sizeof(*symbols),
		.symbol_count = 2,
		.indices = (const uint8_t *)indices,
		.index_count = 1,
	};

	(void)state;
	assert_int_equal(debug_symbol(&opening, 0).section, 1);
	assert_int_equal(debug_symbol(&opening, 1).section, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_ends_with_the_file_at_the_latest),
		cmocka_unit_test(all_versions_are_read),
		cmocka_unit_test(format_of_64_bits_is_read),
		cmocka_unit_test(compressed_sections_are_unpacked),
		cmocka_unit_test(a_compressed_section_may_have_several_frames),
		cmocka_unit_test(two_sections_of_one_name_in_a_linked_file_are_refused),
		cmocka_unit_test(architectures_are_relocated),
		cmocka_unit_test(linked_file_is_read_as_needed),
		cmocka_unit_test(objects_that_ld_joined_are_read),
		cmocka_unit_test(type_units_are_found_by_signature),
		cmocka_unit_test(dwz_makes_partial_units),
		cmocka_unit_test(dwz_moves_strings_to_a_supplementary_file),
		cmocka_unit_test(supplementary_file_of_another_build_is_refused),
		cmocka_unit_test(notes_end_with_their_section),
		cmocka_unit_test(many_sections_are_read),
		cmocka_unit_test(function_with_cold_code_starts_at_its_symbol),
		cmocka_unit_test(split_dwarf_is_refused),
		cmocka_unit_test(file_without_dwarf_has_no_units),
		cmocka_unit_test(a_closed_file_closes_only_its_own_descriptor),
		cmocka_unit_test(a_symbol_without_an_index_has_no_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
