/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of inferred attributes of alignment. tests/peers/header compiles those of whole kernels. */
#include "core/c_header_for_test.h"

/* Struct "line" with a member at byte 0 and one at byte 64, of @size bytes. Returns its id. */
static uint32_t build_line(struct rebtf_builder *b, uint32_t size)
{
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "line", size);

	rebtf_builder_member(b, "a", 1, 0, 0);
	rebtf_builder_member(b, "b", 1, 64 * 8, 0);
	return id;
}

static void a_gap_that_an_attribute_explains_becomes_one(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	build_line(b, 128);
	btf = built(b);
	/* At the end, the attribute of the member explains the gap. */
	assert_has(btf, "struct line {\n"
			"\tlong unsigned int a;\n"
			"\tlong unsigned int b __attribute__((aligned(64)));\n"
			"};\n");
}

static void a_gap_that_an_attribute_does_not_explain_is_filled(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	/* With the attribute, the size would be a multiple of 64. */
	build_line(b, 72);
	btf = built(b);
	assert_has(btf, "\tlong unsigned int a;\n"
			"\tlong: 64;\n"
			"\tlong: 64;\n");
	assert_header(btf, "struct line {\n"
			   "\tlong unsigned int a;\n"
			   "\tlong: 64;\n"
			   "\tlong: 64;\n"
			   "\tlong: 64;\n"
			   "\tlong: 64;\n"
			   "\tlong: 64;\n"
			   "\tlong: 64;\n"
			   "\tlong: 64;\n"
			   "\tlong unsigned int b;\n"
			   "};\n\n");
}

static void a_gap_at_the_end_becomes_an_attribute_of_the_type(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "line", 32);
	rebtf_builder_member(b, "a", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "either", 16);
	rebtf_builder_member(b, "a", 1, 0, 0);
	btf = built(b);
	assert_has(btf, "struct line {\n"
			"\tlong unsigned int a;\n"
			"} __attribute__((aligned(32)));\n");
	assert_has(btf, "union either {\n"
			"\tlong unsigned int a;\n"
			"} __attribute__((aligned(16)));\n");
}

/* Builds a struct of @size bytes with the type @id at byte @offset, and returns its id. */
static uint32_t build_around(struct rebtf_builder *b, uint32_t size, uint32_t id, uint32_t offset)
{
	uint32_t around = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "around", size);

	rebtf_builder_member(b, "inside", id, offset * 8, 0);
	return around;
}

static void an_attribute_fits_all_places_of_a_type(void **state)
{
	static const struct {
		uint32_t size, offset, outer_size, outer_offset;
		bool fits;
	} places[] = {
		{ 256, 128, 256, 0, true },
		{ 192, 64, 384, 192, true },
		{ 256, 96, 256, 0, false },  /* its offset is no multiple of 64 */
		{ 288, 128, 576, 0, false }, /* nor is the size of what contains it */
		{ 256, 128, 512, 32, false } /* nor the offset of that */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		struct rebtf_builder *b = header_build();
		uint32_t line = build_line(b, 128);
		/* Inside of a typedef of an array. */
		uint32_t array = rebtf_builder_array(b, line, 1, 1);
		uint32_t type = rebtf_builder_typedef(b, "lines", array);
		uint32_t around = build_around(b, places[i].size, type, places[i].offset);

		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", places[i].outer_size);
		rebtf_builder_member(b, "around", around, places[i].outer_offset * 8, 0);
		btf = built(b);
		assert_has(btf, places[i].fits
					? "\tlong unsigned int b __attribute__((aligned(64)));"
					: "\tlong: 64;\n\tlong unsigned int b;\n");
	}
}

static void types_of_the_base_have_no_attributes_if_another_header_defines_them(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *btf = NULL;
	REBTF_OPTIONS(rebtf_header_options, own, .only_own = true, .include = "vmlinux.h");
	struct rebtf_builder *b = header_build();
	struct buffer text = {};
	uint32_t line = build_line(b, 128);

	(void)state;
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 192);
	rebtf_builder_member(b, "a", 1, 0, 0);
	rebtf_builder_member(b, "line", line, 64 * 8, 0);
	btf = built(b);
	assert_ok(rebtf_header(btf, &own, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_non_null(strstr((char *)text.data,
			       "\tstruct line line __attribute__((aligned(64)));"));
	buffer_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_that_an_attribute_explains_becomes_one),
		cmocka_unit_test(a_gap_that_an_attribute_does_not_explain_is_filled),
		cmocka_unit_test(a_gap_at_the_end_becomes_an_attribute_of_the_type),
		cmocka_unit_test(an_attribute_fits_all_places_of_a_type),
		cmocka_unit_test(
			types_of_the_base_have_no_attributes_if_another_header_defines_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
