/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding embedded types: through every chain, but not through pointers. */
#include "graph/embedded.h"
#include "split/split_for_test.h"

/*
 * [1] STRUCT "device", [2] UNION "value", [3] TYPEDEF of [1], [4] INT: the base of all tests in
 * this file.
 */
enum { DEVICE = 1, VALUE, DEVICE_T, INT };

static struct rebtf_builder *build_over_device(void)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 744);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "value", 8);
	rebtf_builder_typedef(b, "device_t", DEVICE);
	rebtf_builder_int(b, "int", 4, 0, 32);
	base = built(b);
	return build_over(base);
}

static void assert_set(const struct rebtf_btf *split, enum embedding embedding, bool device,
		       bool value)
{
	struct id_set embedded;

	assert_ok(find_embedded(split, embedding, &embedded));
	assert_int_equal(id_set_has(&embedded, DEVICE), device);
	assert_int_equal(id_set_has(&embedded, VALUE), value);
	assert_false(id_set_has(&embedded, DEVICE_T));
	if (embedding == EMBEDDED_FOR_KERNEL)
		assert_false(id_set_has(&embedded, INT));
	id_set_release(&embedded);
}

/*
 * Asserts whether the split BTF that @b becomes embeds its base's "device" and "value", also for
 * kernels.
 */
static void assert_embeds(struct rebtf_builder *b, bool device, bool value)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b);

	assert_set(split, EMBEDDED_FOR_KERNEL, device, value);
	assert_set(split, EMBEDDED_BY_VALUE, device, value);
}

/* Asserts whether it contains them by value in a way that kernels ignore. */
static void assert_embeds_unseen(struct rebtf_builder *b, bool device, bool value)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b);

	assert_set(split, EMBEDDED_FOR_KERNEL, false, false);
	assert_set(split, EMBEDDED_BY_VALUE, device, value);
}

static void hold_in_struct(struct rebtf_builder *b, uint32_t type)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 744);
	rebtf_builder_member(b, "dev", type, 0, 0);
}

static void a_member_is_embedded(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	hold_in_struct(b, DEVICE);
	assert_embeds(b, true, false);
	b = build_over_device();
	rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 744);
	rebtf_builder_member(b, "other", INT, 0, 0);
	rebtf_builder_member(b, "value", VALUE, 0, 0);
	assert_embeds(b, false, true);
}

static void elements_of_an_array_are_embedded(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	rebtf_builder_array(b, DEVICE, INT, 2);
	assert_embeds_unseen(b, true, false);
	b = build_over_device();
	hold_in_struct(b, rebtf_builder_array(b, VALUE, INT, 2));
	assert_embeds(b, false, true);
}

static void a_variable_is_embedded(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	rebtf_builder_var(b, "the_device", REBTF_LINKAGE_GLOBAL, DEVICE);
	assert_embeds_unseen(b, true, false);
}

static void parameters_and_results_are_embedded(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	rebtf_builder_func_proto(b, DEVICE);
	rebtf_builder_param(b, "value", VALUE);
	assert_embeds_unseen(b, true, true);
}

/* Adds a chain of all modifiers, a typedef and a type tag on @type. Returns its first link. */
static uint32_t add_chain(struct rebtf_builder *b, uint32_t type)
{
	type = rebtf_builder_ref(b, REBTF_KIND_CONST, type);
	type = rebtf_builder_typedef(b, "t", type);
	type = rebtf_builder_ref(b, REBTF_KIND_VOLATILE, type);
	type = rebtf_builder_type_tag(b, "percpu", type);
	return rebtf_builder_ref(b, REBTF_KIND_RESTRICT, type);
}

static void each_modifier_passes_it_on(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct rebtf_builder *b = build_over_device();
		uint32_t link = 0;

		switch (i) {
		case 0:
			link = rebtf_builder_typedef(b, "t", DEVICE);
			break;
		case 1:
			link = rebtf_builder_ref(b, REBTF_KIND_CONST, DEVICE);
			break;
		case 2:
			link = rebtf_builder_ref(b, REBTF_KIND_VOLATILE, DEVICE);
			break;
		case 3:
			link = rebtf_builder_ref(b, REBTF_KIND_RESTRICT, DEVICE);
			break;
		case 4:
			link = rebtf_builder_type_tag(b, "tag", DEVICE);
			break;
		}
		hold_in_struct(b, link);
		assert_embeds(b, true, false);
	}
}

static void whole_chains_pass_it_on(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t array, inner;

	(void)state;
	array = rebtf_builder_array(b, add_chain(b, VALUE), INT, 3);
	array = add_chain(b, array);
	inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", 24);
	rebtf_builder_member(b, "values", array, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "outer", 24);
	rebtf_builder_member(b, "inner", inner, 0, 0);
	assert_embeds(b, false, true);
}

static void pointers_do_not_embed(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t ptr;

	(void)state;
	ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	hold_in_struct(b, ptr);
	rebtf_builder_array(b, ptr, INT, 2);
	rebtf_builder_var(b, "v", REBTF_LINKAGE_STATIC, ptr);
	ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, add_chain(b, VALUE));
	hold_in_struct(b, add_chain(b, ptr));
	rebtf_builder_func_proto(b, ptr);
	rebtf_builder_param(b, "d", ptr);
	assert_embeds(b, false, false);
}

static void one_way_in_is_enough(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t link;

	(void)state;
	link = rebtf_builder_typedef(b, "t", DEVICE);
	rebtf_builder_var(b, "p", REBTF_LINKAGE_STATIC, rebtf_builder_ref(b, REBTF_KIND_PTR, link));
	hold_in_struct(b, link);
	assert_embeds(b, true, false);
}

/* The module's layout does not depend on unused typedefs. */
static void what_is_only_named_is_not_embedded(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	add_chain(b, DEVICE);
	rebtf_builder_decl_tag(b, "tag", VALUE, -1);
	assert_embeds(b, false, false);
}

/*
 * The third word of a DATASEC is a size. If a struct claims to have one as a member, that size must
 * not be taken for a type.
 */
static void a_section_as_a_member_is_not_followed(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t section;

	(void)state;
	section = rebtf_builder_datasec(b, ".data", 0x7fffffff);
	hold_in_struct(b, section);
	hide_odd_reference(b);
	assert_embeds(b, false, false);
}

static void long_chains_are_followed_once(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t link = DEVICE;

	(void)state;
	for (int i = 0; i < 20000; i++)
		link = rebtf_builder_ref(b, REBTF_KIND_CONST, link);
	for (int i = 0; i < 20000; i++)
		hold_in_struct(b, link - i);
	assert_embeds(b, true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_embedded),
		cmocka_unit_test(elements_of_an_array_are_embedded),
		cmocka_unit_test(a_variable_is_embedded),
		cmocka_unit_test(parameters_and_results_are_embedded),
		cmocka_unit_test(each_modifier_passes_it_on),
		cmocka_unit_test(whole_chains_pass_it_on),
		cmocka_unit_test(pointers_do_not_embed),
		cmocka_unit_test(one_way_in_is_enough),
		cmocka_unit_test(what_is_only_named_is_not_embedded),
		cmocka_unit_test(a_section_as_a_member_is_not_followed),
		cmocka_unit_test(long_chains_are_followed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
