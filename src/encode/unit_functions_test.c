/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests the collection of functions from their DIEs, on DWARF made by hand. */
#include <elf.h>

#include "encode/dwarf_for_test.h"
#include "encode/features.h"
#include "encode/unit_functions.h"
#include "encode/unit_types.h"

enum {
	UNIT = 1,
	FUNCTION,	/* with a name, an address and children */
	ANNOTATED,	/* the same, with an annotation */
	CODE,		/* a function with an origin, an address and children */
	DECLARATION,	/* a function with a name */
	PARAMETER,	/* with a name */
	CODE_PARAMETER, /* with an origin */
	VARIADIC,
	ANNOTATION,	 /* with a next one */
	LAST_ANNOTATION, /* without */
	INLINE,		 /* a function for inlining, with a name and children */
	ANNOTATED_TYPE,	 /* a typedef of void, with a name and an annotation */
};

/* All abbreviations that the tests use. */
static void make_abbrevs(struct made_dwarf *m)
{
	made_abbrev(m, UNIT, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, FUNCTION, DW_TAG_subprogram, 1, DW_AT_name, DW_FORM_string, DW_AT_low_pc,
		    DW_FORM_addr, 0, 0);
	made_abbrev(m, ANNOTATED, DW_TAG_subprogram, 1, DW_AT_name, DW_FORM_string, DW_AT_low_pc,
		    DW_FORM_addr, 0xb9, 0x42, DW_FORM_ref4, 0, 0);
	made_abbrev(m, CODE, DW_TAG_subprogram, 1, DW_AT_abstract_origin, DW_FORM_ref4,
		    DW_AT_low_pc, DW_FORM_addr, 0, 0);
	made_abbrev(m, DECLARATION, DW_TAG_subprogram, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_declaration, DW_FORM_flag_present, 0, 0);
	made_abbrev(m, PARAMETER, DW_TAG_formal_parameter, 0, DW_AT_name, DW_FORM_string, 0, 0);
	made_abbrev(m, CODE_PARAMETER, DW_TAG_formal_parameter, 0, DW_AT_abstract_origin,
		    DW_FORM_ref4, 0, 0);
	made_abbrev(m, VARIADIC, DW_TAG_unspecified_parameters, 0, 0, 0);
	/* DW_TAG_GNU_annotation and DW_AT_GNU_annotation take two bytes. */
	made_abbrev(m, ANNOTATION, 0x81, 0xc0, 0x01, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_const_value, DW_FORM_string, 0xb9, 0x42, DW_FORM_ref4, 0, 0);
	made_abbrev(m, LAST_ANNOTATION, 0x81, 0xc0, 0x01, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_const_value, DW_FORM_string, 0, 0);
	made_abbrev(m, INLINE, DW_TAG_subprogram, 1, DW_AT_name, DW_FORM_string, DW_AT_inline,
		    DW_FORM_data1, 0, 0);
	made_abbrev(m, ANNOTATED_TYPE, DW_TAG_typedef, 0, DW_AT_name, DW_FORM_string, 0xb9, 0x42,
		    DW_FORM_ref4, 0, 0);
	made_abbrev(m, 0);
}

static void start_unit(struct made_dwarf *m)
{
	make_abbrevs(m);
	made_unit(m, 5, 0);
	made_info(m, UNIT);
}

/* The offset of the next DIE in the unit. */
static uint32_t next_die(const struct made_dwarf *m)
{
	return (uint32_t)(m->sections[DWARF_INFO].size - m->unit);
}

static void add_text(struct made_dwarf *m, const char *text)
{
	assert_non_null(buffer_append(&m->sections[DWARF_INFO], text, strlen(text) + 1));
}

static void add_reference(struct made_dwarf *m, uint32_t offset)
{
	made_number(m, DWARF_INFO, offset, 4);
}

static void add_function(struct made_dwarf *m, uint8_t code, const char *name, uint64_t address)
{
	made_info(m, code);
	add_text(m, name);
	made_number(m, DWARF_INFO, address, 8);
}

static void add_code(struct made_dwarf *m, uint32_t origin, uint64_t address)
{
	made_info(m, CODE);
	add_reference(m, origin);
	made_number(m, DWARF_INFO, address, 8);
}

static uint32_t add_parameter(struct made_dwarf *m, const char *name)
{
	uint32_t offset = next_die(m);

	made_info(m, PARAMETER);
	add_text(m, name);
	return offset;
}

static void add_code_parameter(struct made_dwarf *m, uint32_t origin)
{
	made_info(m, CODE_PARAMETER);
	add_reference(m, origin);
}

static void add_annotation(struct made_dwarf *m, const char *name, const char *text, uint32_t next)
{
	made_info(m, next ? ANNOTATION : LAST_ANNOTATION);
	add_text(m, name);
	add_text(m, text);
	if (next)
		add_reference(m, next);
}

static void end_children(struct made_dwarf *m)
{
	made_info(m, 0);
}

/* The functions of a unit, and the objects that it depends on. */
struct collected {
	struct function_groups groups;
	struct variable_sections sections;
	struct node_store *store;
	struct unit_types types;
	struct unit_functions *functions;
};

/* Ends the unit and collects. The file has a symbol for "f" at 0x10 and for "g" at 0x20. */
static void collect(struct made_dwarf *m, struct collected *c)
{
	struct encode_symbol symbols[] = {
		{ .name = "f", .address = 0x10, .type = STT_FUNC },
		{ .name = "g", .address = 0x20, .type = STT_FUNC },
	};
	const struct encode_object object = { .symbols = { .items = symbols, .count = 2 } };

	end_children(m);
	made_unit_end(m);
	assert_ok(made_read(m));
	assert_ok(function_groups_init(&c->groups, &object));
	assert_ok(variable_sections_init(&c->sections, &object, VARIABLES_NONE));
	assert_ok(node_store_new(&c->store));
	assert_ok(unit_functions_new(&m->file, &m->units, NULL, &c->groups, &c->sections, c->store,
				     &c->functions));
	unit_types_init(&c->types, c->store, ENCODE_DECL_TAG);
	c->types.functions = c->functions;
	assert_ok(unit_types_read(&c->types, &m->reader, 0));
}

static void collected_release(struct collected *c)
{
	unit_functions_free(c->functions);
	unit_types_release(&c->types);
	node_store_free(c->store);
	variable_sections_release(&c->sections);
	function_groups_release(&c->groups);
}

#define _cleanup_collected_ _cleanup_(collected_release)

static size_t instance_count(const struct collected *c)
{
	return unit_functions_instances(c->functions)->list.count;
}

/* Describes instance @i: "name(parameter, parameter)" and its flags. */
static void assert_instance(const struct collected *c, size_t i, const char *expected,
			    uint32_t flags)
{
	const struct function_instances *all = unit_functions_instances(c->functions);
	const struct function_instance *instance = &all->list.items[i];
	const struct node *proto = node_store_get(c->store, instance->proto);
	char text[256];

	assert_true(i < all->list.count);
	snprintf(text, sizeof(text), "%.*s(", (int)c->groups.list.items[instance->group].length,
		 c->groups.list.items[instance->group].name);
	for (uint32_t p = 0; p < proto->count; p++) {
		const char *name = node_store_text(c->store,
						   node_parameters(c->store, proto)[p].name);

		strcat(text, p ? ", " : "");
		strcat(text, *name ? name : "...");
	}
	strcat(text, ")");
	assert_string_equal(text, expected);
	assert_int_equal(instance->flags, flags);
}

#define CODE_AT_SYMBOL (INSTANCE_AT_SYMBOL | INSTANCE_HAS_FACTS)

static void functions_have_their_parameters_and_declarations_do_not_count(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_collected_ struct collected c = {};

	(void)state;
	start_unit(&m);
	made_info(&m, DECLARATION);
	add_text(&m, "g");
	add_function(&m, FUNCTION, "f", 0x10);
	add_parameter(&m, "first");
	add_parameter(&m, "second");
	made_info(&m, VARIADIC);
	end_children(&m);
	add_function(&m, FUNCTION, "unknown", 0x30);
	add_parameter(&m, "third");
	end_children(&m);
	add_function(&m, FUNCTION, "g", 0x21);
	end_children(&m);
	collect(&m, &c);
	assert_int_equal(instance_count(&c), 2);
	assert_instance(&c, 0, "f(first, second, ...)", CODE_AT_SYMBOL);
	assert_instance(&c, 1, "g()", INSTANCE_HAS_FACTS);
}

static void parameters_of_nested_functions_are_their_own(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_collected_ struct collected c = {};

	(void)state;
	start_unit(&m);
	add_function(&m, FUNCTION, "f", 0x10);
	add_parameter(&m, "outer");
	add_function(&m, FUNCTION, "g", 0x20);
	add_parameter(&m, "inner");
	end_children(&m);
	add_parameter(&m, "late");
	end_children(&m);
	collect(&m, &c);
	assert_int_equal(instance_count(&c), 2);
	assert_instance(&c, 0, "f(outer, late)", CODE_AT_SYMBOL);
	assert_instance(&c, 1, "g(inner)", CODE_AT_SYMBOL);
}

static void code_has_the_names_of_its_origin(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_collected_ struct collected c = {};
	uint32_t source, first, second;

	(void)state;
	start_unit(&m);
	source = next_die(&m);
	made_info(&m, INLINE);
	add_text(&m, "f");
	made_info(&m, DW_INL_inlined);
	first = add_parameter(&m, "first");
	second = add_parameter(&m, "second");
	end_children(&m);
	add_code(&m, source, 0x10);
	add_code_parameter(&m, first);
	add_code_parameter(&m, second);
	end_children(&m);
	add_code(&m, source, 0x50);
	add_code_parameter(&m, second);
	add_code_parameter(&m, first);
	end_children(&m);
	collect(&m, &c);
	assert_int_equal(instance_count(&c), 3);
	assert_instance(&c, 0, "f(first, second)", 0);
	assert_instance(&c, 1, "f(first, second)", CODE_AT_SYMBOL);
	assert_instance(&c, 2, "f(second, first)", INSTANCE_HAS_FACTS | INSTANCE_REORDERED);
}

static void annotations_of_gcc_are_tags(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_collected_ struct collected c = {};
	const struct function_instances *all;
	uint32_t last, other, chain;

	(void)state;
	start_unit(&m);
	last = next_die(&m);
	add_annotation(&m, "btf_decl_tag", "last", 0);
	other = next_die(&m);
	add_annotation(&m, "btf_type_tag", "of a type", last);
	chain = next_die(&m);
	add_annotation(&m, "btf_decl_tag", "first", other);
	add_function(&m, ANNOTATED, "f", 0x10);
	add_reference(&m, chain);
	end_children(&m);
	made_info(&m, ANNOTATED_TYPE);
	add_text(&m, "tagged");
	add_reference(&m, last);
	collect(&m, &c);
	assert_int_equal(c.types.annotated.count, 1);
	all = unit_functions_instances(c.functions);
	assert_int_equal(all->list.count, 1);
	assert_int_equal(all->list.items[0].tag_count, 2);
	assert_string_equal(node_store_text(c.store, all->tags.items[0].text), "first");
	assert_string_equal(node_store_text(c.store, all->tags.items[1].text), "last");
	assert_int_equal(all->tags.items[1].component, -1);
}

static void references_in_circles_end(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_collected_ struct collected c = {};
	uint32_t first, self;

	(void)state;
	start_unit(&m);
	first = next_die(&m);
	/* Each is the other's origin; the second's children include a parameter of itself. */
	add_code(&m, first + 14, 0x10);
	end_children(&m);
	assert_int_equal(next_die(&m), first + 14);
	add_code(&m, first, 0x10);
	self = next_die(&m);
	add_code_parameter(&m, self);
	end_children(&m);
	add_function(&m, FUNCTION, "f", 0x10);
	self = next_die(&m);
	add_code_parameter(&m, self);
	end_children(&m);
	self = next_die(&m);
	add_annotation(&m, "btf_decl_tag", "again", self);
	add_function(&m, ANNOTATED, "g", 0x20);
	add_reference(&m, self);
	end_children(&m);
	collect(&m, &c);
	assert_int_equal(instance_count(&c), 2);
	assert_true(unit_functions_instances(c.functions)->list.items[0].flags & INSTANCE_UNNAMED);
	assert_instance(&c, 1, "g()", CODE_AT_SYMBOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_have_their_parameters_and_declarations_do_not_count),
		cmocka_unit_test(parameters_of_nested_functions_are_their_own),
		cmocka_unit_test(code_has_the_names_of_its_origin),
		cmocka_unit_test(annotations_of_gcc_are_tags),
		cmocka_unit_test(references_in_circles_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
