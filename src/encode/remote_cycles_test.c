/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Unit tests: types that contain themselves through types of other units. No compiler makes them. */
#include "btf/build_for_test.h"
#include "encode/dwarf_for_test.h"
#include "encode/encode.h"

/* Codes of the abbreviations. All references have DW_FORM_ref_addr. */
enum {
	UNIT = 1,
	POINTER,
	CONST,
	TYPEDEF,
	STRUCT,
	ANONYMOUS,
	MEMBER,
};

/* DWARF, and which DIE each reference in it is to. */
struct made_graph {
	struct made_dwarf dwarf;
	struct u32_vector dies;	      /* by number: offset in .debug_info */
	struct u32_vector references; /* offsets of references, which have the numbers of DIEs */
};

static void made_graph_release(struct made_graph *g)
{
	made_release(&g->dwarf);
	u32_vector_release(&g->dies);
	u32_vector_release(&g->references);
}

static void put_abbrevs(struct made_dwarf *m)
{
	made_abbrev(m, UNIT, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, POINTER, DW_TAG_pointer_type, 0, DW_AT_type, DW_FORM_ref_addr, 0, 0);
	made_abbrev(m, CONST, DW_TAG_const_type, 0, DW_AT_type, DW_FORM_ref_addr, 0, 0);
	made_abbrev(m, TYPEDEF, DW_TAG_typedef, 0, DW_AT_name, DW_FORM_string, DW_AT_type,
		    DW_FORM_ref_addr, 0, 0);
	made_abbrev(m, STRUCT, DW_TAG_structure_type, 1, DW_AT_name, DW_FORM_string,
		    DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, ANONYMOUS, DW_TAG_structure_type, 1, DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, MEMBER, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type,
		    DW_FORM_ref_addr, DW_AT_data_member_location, DW_FORM_data1, 0, 0);
	made_bytes(m, DWARF_ABBREV, 0);
}

static void start_unit(struct made_graph *g)
{
	if (!g->dwarf.sections[DWARF_ABBREV].size)
		put_abbrevs(&g->dwarf);
	made_unit(&g->dwarf, 4, 0);
	made_info(&g->dwarf, UNIT);
}

static void end_unit(struct made_graph *g)
{
	made_info(&g->dwarf, 0);
	made_unit_end(&g->dwarf);
}

static void put_name(struct made_graph *g, const char *name)
{
	assert_non_null(buffer_append(&g->dwarf.sections[DWARF_INFO], name, strlen(name) + 1));
}

static void put_reference(struct made_graph *g, uint32_t die)
{
	u32_vector_append(&g->references, g->dwarf.sections[DWARF_INFO].size);
	made_number(&g->dwarf, DWARF_INFO, die, 4);
}

/* Starts the next DIE that references can be to. */
static void put_die(struct made_graph *g, uint8_t code)
{
	u32_vector_append(&g->dies, g->dwarf.sections[DWARF_INFO].size);
	made_info(&g->dwarf, code);
}

static void put_pointer(struct made_graph *g, uint8_t code, uint32_t die)
{
	put_die(g, code);
	put_reference(g, die);
}

static void put_typedef(struct made_graph *g, const char *name, uint32_t die)
{
	put_die(g, TYPEDEF);
	put_name(g, name);
	put_reference(g, die);
}

static void put_member(struct made_graph *g, const char *name, uint32_t die, uint8_t offset)
{
	made_info(&g->dwarf, MEMBER);
	put_name(g, name);
	put_reference(g, die);
	made_info(&g->dwarf, offset);
}

/* Sets *@object to the DWARF. */
static void finish(struct made_graph *g, struct encode_object *object)
{
	for (size_t i = 0; i < g->references.count; i++) {
		uint8_t *at = g->dwarf.sections[DWARF_INFO].data + g->references.items[i];

		put32(at, g->dies.items[get32(at, false)], false);
	}
	*object = (struct encode_object){ .dwarf = *made_finish(&g->dwarf) };
}

static void assert_encodes(struct made_graph *g, const char *want)
{
	struct encode_options options = { .jobs = 1 };
	struct encode_object object;
	struct rebtf_btf *btf;

	finish(g, &object);
	assert_ok(encode_object(&object, &options, NULL, &btf));
	assert_dump(btf, want);
	rebtf_btf_unref(btf);
}

static void all_references_of_a_cycle_are_cut_between_units(void **state)
{
	_cleanup_(made_graph_release) struct made_graph g = {};

	(void)state;
	start_unit(&g);
	put_pointer(&g, POINTER, 1);
	end_unit(&g);
	start_unit(&g);
	put_typedef(&g, "loop", 0);
	end_unit(&g);
	start_unit(&g);
	put_typedef(&g, "before", 1);
	put_typedef(&g, "before_all", 2);
	end_unit(&g);
	assert_encodes(&g, "[1] PTR '(anon)' type_id=0\n"
			   "[2] TYPEDEF 'loop' type_id=0\n"
			   "[3] TYPEDEF 'before' type_id=0\n"
			   "[4] TYPEDEF 'before_all' type_id=3\n");
}

static void a_cycle_through_the_name_of_a_struct_is_not_cut(void **state)
{
	_cleanup_(made_graph_release) struct made_graph g = {};

	(void)state;
	start_unit(&g);
	put_die(&g, STRUCT);
	put_name(&g, "list");
	made_info(&g.dwarf, 8);
	put_member(&g, "next", 1, 0);
	made_info(&g.dwarf, 0);
	end_unit(&g);
	start_unit(&g);
	put_pointer(&g, POINTER, 0);
	end_unit(&g);
	assert_encodes(&g, "[1] STRUCT 'list' size=8 vlen=1\n"
			   "\t'next' type_id=2 bits_offset=0\n"
			   "[2] PTR '(anon)' type_id=1\n");
}

#define MANY 40000

/* Pointers of two units point to each other in turn. */
static void a_cycle_may_be_long(void **state)
{
	_cleanup_(made_graph_release) struct made_graph g = {};

	(void)state;
	for (uint32_t unit = 0; unit < 2; unit++) {
		start_unit(&g);
		for (uint32_t i = 0; i < MANY; i++)
			put_pointer(&g, POINTER, unit ? (i + 1) % MANY : MANY + i);
		end_unit(&g);
	}
	assert_encodes(&g, "[1] PTR '(anon)' type_id=0\n");
}

/* --- threads */

#define UNITS	      400
#define DIES_PER_UNIT 4
#define RUNS	      4

static void put_random_die(struct made_graph *g, uint64_t *seed)
{
	static const char *const names[] = { "a", "b", "c" };
	const uint32_t count = UNITS * DIES_PER_UNIT;

	switch (random_below(seed, 5)) {
	case 0:
		put_typedef(g, names[random_below(seed, 3)], random_below(seed, count));
		break;
	case 1:
		put_die(g, ANONYMOUS);
		made_info(&g->dwarf, 16);
		put_member(g, "x", random_below(seed, count), 0);
		put_member(g, "y", random_below(seed, count), 8);
		made_info(&g->dwarf, 0);
		break;
	case 2:
		put_pointer(g, CONST, random_below(seed, count));
		break;
	default:
		put_pointer(g, POINTER, random_below(seed, count));
	}
}

static void encode_to_bytes(const struct encode_object *object, unsigned int jobs, void **data,
			    size_t *size)
{
	struct encode_options options = { .jobs = jobs };
	struct rebtf_btf *btf;

	assert_ok(encode_object(object, &options, NULL, &btf));
	assert_ok(rebtf_btf_write(btf, NULL, data, size));
	rebtf_btf_unref(btf);
}

static void threads_do_not_decide_where_cycles_are_cut(void **state)
{
	static const unsigned int jobs[] = { 2, 3, 8 };
	_cleanup_(made_graph_release) struct made_graph g = {};
	struct encode_object object;
	size_t one_size, size;
	uint64_t seed = 1;
	void *one, *data;

	(void)state;
	for (uint32_t unit = 0; unit < UNITS; unit++) {
		start_unit(&g);
		for (uint32_t i = 0; i < DIES_PER_UNIT; i++)
			put_random_die(&g, &seed);
		end_unit(&g);
	}
	finish(&g, &object);
	encode_to_bytes(&object, 1, &one, &one_size);
	for (uint32_t i = 0; i < RUNS * sizeof(jobs) / sizeof(jobs[0]); i++) {
		encode_to_bytes(&object, jobs[i % 3], &data, &size);
		assert_int_equal(size, one_size);
		assert_memory_equal(data, one, size);
		free(data);
	}
	free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_references_of_a_cycle_are_cut_between_units),
		cmocka_unit_test(a_cycle_through_the_name_of_a_struct_is_not_cut),
		cmocka_unit_test(a_cycle_may_be_long),
		cmocka_unit_test(threads_do_not_decide_where_cycles_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
