/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of when the core's object is made anew. The tests hold a reference to the last one, so that a
 * new one has another address.
 */
#include "libbpf/built_for_test.h"
#include "libbpf/view.h"

static struct rebtf_btf *view_of(struct btf *btf)
{
	struct rebtf_btf *view;

	assert_ok(view_get(btf, &view));
	return view;
}

static const char *name_of(const struct rebtf_btf *btf, uint32_t id)
{
	return rebtf_btf_type_name(btf, rebtf_btf_type(btf, id));
}

static void an_object_that_stays_as_it_is_keeps_its_view(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = btf__new_empty_split(base);
	_cleanup_unref_ struct rebtf_btf *base_view = NULL, *view = NULL;

	(void)state;
	assert_int_equal(btf__add_ptr(split, 3), 4);
	view = rebtf_btf_ref(view_of(split));
	base_view = rebtf_btf_ref(view_of(base));
	assert_ptr_equal(view_of(split), view);
	assert_ptr_equal(view_of(base), base_view);
	assert_ptr_equal(rebtf_btf_base(view), base_view);
}

static void a_type_that_is_written_is_in_a_new_view(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_unref_ struct rebtf_btf *old = rebtf_btf_ref(view_of(btf));

	(void)state;
	((struct rebtf_type *)(uintptr_t)btf__type_by_id(btf, 2))->size = 12;
	assert_int_equal(rebtf_btf_type(view_of(btf), 2)->size, 12);
	assert_int_equal(rebtf_btf_type(old, 2)->size, 4);
}

/* Programs replace characters of names that a kernel would refuse, within the object. */
static void a_name_that_is_written_is_in_a_new_view(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_unref_ struct rebtf_btf *old = rebtf_btf_ref(view_of(btf));
	char *name = (char *)(uintptr_t)built_name(btf, 2);

	(void)state;
	*name = 't';
	assert_string_equal(name_of(view_of(btf), 2), "t");
	assert_string_equal(name_of(old, 2), "s");
}

static void a_change_of_a_base_gives_new_views_of_what_stands_on_it(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = btf__new_empty_split(base);
	_cleanup_unref_ struct rebtf_btf *old = NULL;

	(void)state;
	assert_int_equal(btf__add_ptr(split, 3), 4);
	old = rebtf_btf_ref(view_of(split));
	((struct rebtf_type *)(uintptr_t)btf__type_by_id(base, 2))->size = 12;
	assert_int_equal(rebtf_btf_type(view_of(split), 2)->size, 12);
	assert_int_equal(rebtf_btf_type(old, 2)->size, 4);
}

static void another_byte_order_of_files_gives_a_new_view(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_unref_ struct rebtf_btf *old = rebtf_btf_ref(view_of(btf));

	(void)state;
	assert_int_equal(rebtf_btf_is_big_endian(old), HOST_BIG_ENDIAN);
	assert_int_equal(btf__set_endianness(btf, BUILT_OTHER_ORDER), 0);
	assert_int_equal(rebtf_btf_is_big_endian(view_of(btf)), !HOST_BIG_ENDIAN);
}

static void an_object_that_forbids_changes_takes_no_other_types(void **state)
{
	_cleanup_btf_ struct btf *from = built_base(), *btf = NULL;
	uint32_t size;
	const void *data = btf__raw_data(from, &size);

	(void)state;
	btf = btf__new(data, size);
	btf->has_more_header = true;
	assert_int_equal(view_take(btf, view_of(from)), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_that_stays_as_it_is_keeps_its_view),
		cmocka_unit_test(a_type_that_is_written_is_in_a_new_view),
		cmocka_unit_test(a_name_that_is_written_is_in_a_new_view),
		cmocka_unit_test(a_change_of_a_base_gives_new_views_of_what_stands_on_it),
		cmocka_unit_test(another_byte_order_of_files_gives_a_new_view),
		cmocka_unit_test(an_object_that_forbids_changes_takes_no_other_types),
	};

	return cmocka_run_group_tests_name("libbpf: view", tests, built_print_nothing, NULL);
}
