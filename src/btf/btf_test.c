/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the read-only object: ids and strings at the boundaries of a chain, and reference
 * counts.
 */
#include <pthread.h>

#include "btf/build_for_test.h"
#include "util/error.h"

/* [1] INT "int"; [2] FWD "mid"; [3] FWD "top" and [4] PTR. Returns the top of the chain. */
static struct rebtf_btf *build_chain(void)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *middle = NULL;
	struct rebtf_builder *b = build_over(base);

	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "mid");
	middle = built(b);
	b = build_over(middle);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "top");
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	return built(b);
}

static void ids_lead_to_the_level_that_has_them(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	struct rebtf_btf *middle = rebtf_btf_base(btf), *base = rebtf_btf_base(middle);
	static const char *const names[] = { "", "int", "mid", "top", "" };

	(void)state;
	assert_null(rebtf_btf_base(base));
	assert_int_equal(rebtf_btf_start_id(base), 1);
	assert_int_equal(rebtf_btf_start_id(middle), 2);
	assert_int_equal(rebtf_btf_start_id(btf), 3);
	assert_int_equal(rebtf_btf_type_count(btf), 5);
	for (uint32_t id = 0; id < 5; id++)
		assert_string_equal(rebtf_btf_type_name(btf, rebtf_btf_type(btf, id)), names[id]);
	assert_ptr_equal(rebtf_btf_type(btf, 1), rebtf_btf_type(base, 1));
	assert_null(rebtf_btf_type(base, 2));
	assert_null(rebtf_btf_type(middle, 3));
	assert_null(rebtf_btf_type(btf, 5));
	assert_null(rebtf_btf_type(btf, UINT32_MAX));
}

static void id_0_is_void(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	const struct rebtf_type *t = rebtf_btf_type(btf, 0);

	(void)state;
	assert_int_equal(rebtf_type_kind(t), REBTF_KIND_VOID);
	assert_int_equal(t->name_off, 0);
}

/* "\0int\0" has offsets 0 to 4, "mid\0" 5 to 8, "top\0" 9 to 12. */
static void string_offsets_lead_to_the_level_that_has_them(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	static const char *const strings[] = { "",  "int", "nt",  "t",	"",  "mid", "id",
					       "d", "",	   "top", "op", "p", "" };

	(void)state;
	assert_int_equal(rebtf_btf_start_string(btf), 9);
	assert_int_equal(rebtf_btf_string_end(btf), 13);
	for (uint32_t off = 0; off < 13; off++)
		assert_string_equal(rebtf_btf_string(btf, off), strings[off]);
	assert_null(rebtf_btf_string(btf, 13));
	assert_null(rebtf_btf_string(btf, UINT32_MAX));
	assert_null(rebtf_btf_string(rebtf_btf_base(btf), 9));
}

static void a_base_lives_as_long_as_its_split(void **state)
{
	struct rebtf_btf *btf = build_chain();

	(void)state;
	assert_ptr_equal(rebtf_btf_ref(btf), btf);
	rebtf_btf_unref(btf);
	assert_string_equal(rebtf_btf_type_name(btf, rebtf_btf_type(btf, 1)), "int");
	rebtf_btf_unref(btf);
	rebtf_btf_unref(NULL);
}

/* Freeing a chain must not take stack for each level. */
static void a_long_chain_can_be_freed(void **state)
{
	struct rebtf_btf *btf = build_int();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		const struct btf_parts parts = { .big_endian = HOST_BIG_ENDIAN };
		struct rebtf_btf *next;

		assert_ok(btf_assemble(&parts, btf, &next));
		rebtf_btf_unref(btf);
		btf = next;
	}
	assert_int_equal(rebtf_btf_type_count(btf), 2);
	assert_string_equal(rebtf_btf_string(btf, 1), "int");
	rebtf_btf_unref(btf);
}

static void *ref_and_unref(void *arg)
{
	for (int i = 0; i < 100000; i++)
		rebtf_btf_unref(rebtf_btf_ref(arg));
	return NULL;
}

static void threads_share_references(void **state)
{
	struct rebtf_btf *btf = build_int();
	pthread_t threads[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ref_and_unref, btf), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&btf->refs), 1);
	rebtf_btf_unref(btf);
}

static void each_type_has_its_size(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	size_t size = 0;

	(void)state;
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		const struct kind_layout *row = layout_of(t);
		/* A FUNC stores its linkage in vlen. */
		size_t elems = rebtf_type_kind(t) == REBTF_KIND_FUNC ? 0 : rebtf_type_vlen(t);

		assert_int_equal(btf_own_type_size(btf, i),
				 12 + row->info_size + row->elem_size * elems);
		size += btf_own_type_size(btf, i);
	}
	assert_int_equal(size, btf->types_size);
}

static void errors_at_a_type_describe_it(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	static const char *const texts[] = { "type [0] VOID: bad",	"type [1] INT 'int': bad",
					     "type [2] FWD 'mid': bad", "type [3] FWD 'top': bad",
					     "type [4] PTR: bad",	"type [5]: bad" };

	(void)state;
	for (uint32_t id = 0; id < 6; id++) {
		struct rebtf_error *err = btf_error_at(error_new(REBTF_ERR_FORMAT, "bad"), btf, id);
		_cleanup_free_ char *text = rebtf_error_text(err);

		assert_string_equal(text, texts[id]);
		rebtf_error_free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_lead_to_the_level_that_has_them),
		cmocka_unit_test(id_0_is_void),
		cmocka_unit_test(string_offsets_lead_to_the_level_that_has_them),
		cmocka_unit_test(a_base_lives_as_long_as_its_split),
		cmocka_unit_test(a_long_chain_can_be_freed),
		cmocka_unit_test(threads_share_references),
		cmocka_unit_test(each_type_has_its_size),
		cmocka_unit_test(errors_at_a_type_describe_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
