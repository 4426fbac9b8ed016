/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: the encoder. An ELF file is encoded with its symbols and .BTF_ids. Of any other input,
 * each byte or two adds a DIE to valid DWARF: so nearly all inputs reach the types, functions and
 * references. The result must not depend on the number of threads, and must open again.
 */
#include "encode/constants.h"
#include "encode/encode.h"
#include "fuzz.h"
#include "module/debug_file.h"
#include "mutate.h"
#include "split/inlined.h"
#include "util/buffer.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return size && elf_detect(data, size) ? mutate_elf(data, size, max_size)
					      : LLVMFuzzerMutate(data, size, max_size);
}

static struct rebtf_btf *encode_with(const struct encode_object *object, unsigned int jobs,
				     uint32_t features)
{
	struct encode_options options = {
		.features = features, .jobs = jobs, .inlined = true, .report_skipped = true
	};
	struct encode_report report = {};
	struct rebtf_btf *btf = NULL;

	if (!ok(encode_object(object, &options, &report, &btf)))
		btf = NULL;
	encode_report_release(&report);
	return btf;
}

/* Parts the BTF from its inline BTF. Both must open again. */
static void part(const struct rebtf_btf *joined)
{
	struct rebtf_btf *btf, *inlined;
	uint32_t *new_ids;

	if (!ok(inlined_part(joined, joined, &btf, &inlined, &new_ids)))
		return;
	must_reopen(btf, NULL);
	must_reopen(inlined, NULL);
	rebtf_btf_unref(inlined);
	rebtf_btf_unref(btf);
	free(new_ids);
}

static void encode_all(const struct encode_object *object, uint32_t features)
{
	struct rebtf_btf *one = encode_with(object, 1, features);
	struct rebtf_btf *many = encode_with(object, 3, features);

	if (!one != !many)
		fail("the number of threads decides about an error");
	if (one && hash_of_dump(one) != hash_of_dump(many))
		fail("the number of threads changes the result");
	if (one)
		part(one);
	rebtf_btf_unref(one);
	rebtf_btf_unref(many);
}

/* ------------------------------------------------------------------------------------- made DWARF */

/* The DIEs that an input can choose. */
static const struct {
	uint8_t tag, children;
	uint8_t attributes[5];
} dies[] = {
	{ DW_TAG_base_type, 0, { DW_AT_name, DW_AT_byte_size, DW_AT_encoding } },
	{ DW_TAG_pointer_type, 0, { DW_AT_type } },
	{ DW_TAG_const_type, 0, { DW_AT_type } },
	{ DW_TAG_typedef, 0, { DW_AT_name, DW_AT_type } },
	{ DW_TAG_structure_type, 1, { DW_AT_name, DW_AT_byte_size } },
	{ DW_TAG_structure_type, 1, { DW_AT_byte_size } },
	{ DW_TAG_structure_type, 0, { DW_AT_name, DW_AT_declaration } },
	{ DW_TAG_union_type, 1, { DW_AT_name, DW_AT_byte_size } },
	{ DW_TAG_member, 0, { DW_AT_name, DW_AT_type, DW_AT_data_member_location } },
	{ DW_TAG_member, 0, { DW_AT_type, DW_AT_bit_size, DW_AT_data_bit_offset } },
	{ DW_TAG_enumeration_type, 1, { DW_AT_name, DW_AT_byte_size } },
	{ DW_TAG_enumerator, 0, { DW_AT_name, DW_AT_const_value } },
	{ DW_TAG_array_type, 1, { DW_AT_type } },
	{ DW_TAG_subrange_type, 0, { DW_AT_upper_bound } },
	{ DW_TAG_subroutine_type, 1, { DW_AT_type } },
	{ DW_TAG_formal_parameter, 0, { DW_AT_name, DW_AT_type } },
	{ DW_TAG_unspecified_parameters, 0, {} },
	{ DW_TAG_subprogram, 1, { DW_AT_name, DW_AT_type, DW_AT_low_pc } },
	{ DW_TAG_subprogram, 1, { DW_AT_abstract_origin, DW_AT_low_pc } },
	{ DW_TAG_subprogram, 0, { DW_AT_name, DW_AT_declaration } },
	{ DW_TAG_lexical_block, 1, {} },
	{ DW_TAG_reference_type, 0, { DW_AT_type } },
	{ DW_TAG_variable, 0, { DW_AT_name, DW_AT_type } },
	{ DW_TAG_volatile_type, 0, {} },
	{ DW_TAG_subprogram, 1, { DW_AT_name, DW_AT_type, DW_AT_inline } },
	{ DW_TAG_inlined_subroutine, 1, { DW_AT_abstract_origin, DW_AT_low_pc } },
	{ DW_TAG_formal_parameter, 0, { DW_AT_abstract_origin, DW_AT_const_value } },
	{ DW_TAG_formal_parameter, 0, { DW_AT_abstract_origin, DW_AT_location } },
};

enum {
	ROWS = sizeof(dies) / sizeof(dies[0]),
	END = ROWS,	 /* of the children */
	NEXT = ROWS + 1, /* unit */
	CHOICES,
	UNIT = 2 * ROWS + 1, /* code of the abbreviation */
};

static const char *const names[] = { "a", "b", "int", "char", "&str", "f", "g", "" };

static void put(struct buffer *b, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buffer_append(b, &(uint8_t){ i < 8 ? (uint8_t)(number >> 8 * i) : 0 }, 1);
}

/* @across: references can be to DIEs of other units. */
static uint8_t form_of(uint8_t attribute, bool across)
{
	switch (attribute) {
	case DW_AT_name:
		return DW_FORM_string;
	case DW_AT_type:
	case DW_AT_abstract_origin:
		return across ? DW_FORM_ref_addr : DW_FORM_ref4;
	case DW_AT_declaration:
		return DW_FORM_flag_present;
	case DW_AT_low_pc:
		return DW_FORM_addr;
	case DW_AT_const_value:
		return DW_FORM_sdata;
	case DW_AT_location:
		return DW_FORM_exprloc;
	default:
		return DW_FORM_data1;
	}
}

static uint8_t abbrev_of(size_t row, bool across)
{
	return (uint8_t)(row + 1 + (across ? ROWS : 0));
}

static void put_abbrev(struct buffer *abbrev, size_t row, bool across)
{
	put(abbrev, abbrev_of(row, across), 1);
	put(abbrev, dies[row].tag, 1);
	put(abbrev, dies[row].children, 1);
	for (const uint8_t *a = dies[row].attributes; *a; a++) {
		put(abbrev, *a, 1);
		put(abbrev, form_of(*a, across), 1);
	}
	put(abbrev, 0, 2);
}

static void put_abbrevs(struct buffer *abbrev)
{
	const uint8_t unit[] = { UNIT, DW_TAG_compile_unit, 1, 0, 0 };

	for (size_t row = 0; row < ROWS; row++) {
		put_abbrev(abbrev, row, false);
		put_abbrev(abbrev, row, true);
	}
	buffer_append(abbrev, unit, sizeof(unit));
	put(abbrev, 0, 1);
}

static uint8_t next_byte(struct input *input)
{
	return input->size ? input->size--, *input->data++ : 0;
}

/* The state of .debug_info while it is made. */
struct info {
	struct buffer bytes;
	size_t unit;		  /* where the last unit starts */
	unsigned int depth;	  /* of the next DIE in it */
	uint32_t first;		  /* number of the unit's first DIE */
	struct u32_vector starts; /* offsets of all DIEs */
	struct u32_vector inside; /* offsets of the unit's references to its own DIEs */
	struct u32_vector across; /* offsets of references to any DIE */
};

/* A reference is noted, and is the number of a DIE for now. */
static void put_value(struct info *info, uint8_t form, uint8_t value)
{
	const char *name = names[value % (sizeof(names) / sizeof(names[0]))];
	struct buffer *bytes = &info->bytes;

	switch (form) {
	case DW_FORM_string:
		buffer_append(bytes, name, strlen(name) + 1);
		break;
	case DW_FORM_ref4:
	case DW_FORM_ref_addr:
		u32_vector_append(form == DW_FORM_ref4 ? &info->inside : &info->across,
				  (uint32_t)bytes->size);
		put(bytes, value, 4);
		break;
	case DW_FORM_flag_present:
		break;
	case DW_FORM_addr:
		put(bytes, 0x1000 + 16u * (value % 4), 8);
		break;
	case DW_FORM_sdata:
		put(bytes, value & 0x7f, 1);
		break;
	case DW_FORM_exprloc:
		put(bytes, 2, 1);
		put(bytes, value, 1);
		put(bytes, value % 2 ? DW_OP_stack_value : value % 128, 1);
		break;
	default:
		put(bytes, value, 1);
	}
}

static void start_unit(struct info *info)
{
	struct buffer *bytes = &info->bytes;

	info->unit = bytes->size;
	info->depth = 0;
	info->first = (uint32_t)info->starts.count;
	put(bytes, 0, 4);
	put(bytes, 4, 2);
	put(bytes, 0, 4);
	put(bytes, 8, 1);
	put(bytes, UNIT, 1);
}

/* Lets references be the offsets of DIEs from number @first on, which count from @base. */
static void set_references(struct info *info, struct u32_vector *references, uint32_t first,
			   size_t base)
{
	for (size_t i = 0; i < references->count; i++) {
		uint8_t *at = info->bytes.data + references->items[i];
		uint32_t number, offset;

		memcpy(&number, at, sizeof(number));
		number = first + number % (uint32_t)(info->starts.count - first);
		offset = info->starts.items[number] - (uint32_t)base;
		memcpy(at, &offset, sizeof(offset));
	}
	references->count = 0;
}

/* Closes all DIEs, and sets the unit's length and its references to its own DIEs. */
static void end_unit(struct info *info)
{
	uint32_t length;

	put(&info->bytes, 0, info->depth + 1);
	length = (uint32_t)(info->bytes.size - info->unit - 4);
	memcpy(info->bytes.data + info->unit, &length, sizeof(length));
	set_references(info, &info->inside, info->first, info->unit);
}

/* Makes .debug_info. A byte chooses a DIE and the form of its references. Each value has another. */
static void put_dies(struct info *info, struct input input)
{
	start_unit(info);
	while (input.size) {
		uint8_t byte = next_byte(&input), choice = byte % CHOICES;
		bool across = byte / CHOICES % 2;

		if (choice == END) {
			put(&info->bytes, 0, info->depth > 0);
			info->depth -= info->depth > 0;
			continue;
		}
		if (choice == NEXT) {
			end_unit(info);
			start_unit(info);
			continue;
		}
		u32_vector_append(&info->starts, (uint32_t)info->bytes.size);
		put(&info->bytes, abbrev_of(choice, across), 1);
		for (const uint8_t *at = dies[choice].attributes; *at; at++)
			put_value(info, form_of(*at, across), next_byte(&input));
		info->depth += dies[choice].children;
	}
	end_unit(info);
	set_references(info, &info->across, 0, 0);
	u32_vector_release(&info->starts);
	u32_vector_release(&info->inside);
	u32_vector_release(&info->across);
}

static void encode_made(const uint8_t *data, size_t size)
{
	struct encode_object object = { .dwarf = { .fd = -1, .name = "made" },
					.machine = 62,
					.pointer_size = 8 };
	static const char *const functions[] = { "a", "b", "f", "g" };
	struct info made = {};
	struct buffer *info = &made.bytes, abbrev = {};

	put_abbrevs(&abbrev);
	put_dies(&made, (struct input){ data + 1, size - 1 });
	for (uint32_t i = 0; i < 4; i++)
		encode_symbol_vector_append(&object.symbols,
					    (struct encode_symbol){ .name = functions[i],
								    .address = 0x1000 + 16 * i,
								    .size = 16,
								    .type = 2 });
	encode_section_vector_append(&object.sections, (struct encode_section){ .name = ".text",
										.address = 0x1000,
										.size = 64,
										.is_data = true });
	object.dwarf.sections[DWARF_INFO].size = info->size;
	object.dwarf.sections[DWARF_ABBREV].size = abbrev.size;
	for (size_t i = 0; i < DWARF_PADDING; i++) {
		put(info, 0xff, 1);
		put(&abbrev, 0xff, 1);
	}
	object.dwarf.sections[DWARF_INFO].data = info->data;
	object.dwarf.sections[DWARF_ABBREV].data = abbrev.data;
	encode_all(&object, data[0] & 1 ? UINT32_MAX >> 1 : ENCODE_ENUM64);
	encode_symbol_vector_release(&object.symbols);
	encode_section_vector_release(&object.sections);
	buffer_release(info);
	buffer_release(&abbrev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct debug_file file = {};

	if (!elf_detect(data, size)) {
		if (size)
			encode_made(data, size);
		return 0;
	}
	if (ok(debug_file_open_mem("input", data, size, &file)))
		encode_all(&file.object, UINT32_MAX >> 1);
	debug_file_close(&file);
	return 0;
}
