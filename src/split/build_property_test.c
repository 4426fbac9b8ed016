/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A property of the builder: BTF of random shapes, taken apart and built again, is the same. Heads
 * of types come in random order, elements in turns, and the parts come from several builders.
 */
#include "split/random_for_test.h"

#define CASES 300

/* Adds type @t of @src without its elements. */
static uint32_t add_head(struct rebtf_builder *b, const struct rebtf_btf *src,
			 const struct rebtf_type *t)
{
	const char *name = rebtf_btf_type_name(src, t);
	uint32_t kind = rebtf_type_kind(t);
	const struct rebtf_array *array = rebtf_array(t);

	switch (kind) {
	case REBTF_KIND_INT:
		return rebtf_builder_int(b, name, t->size, rebtf_int_encoding(t),
					 rebtf_int_bits(t));
	case REBTF_KIND_FLOAT:
		return rebtf_builder_float(b, name, t->size);
	case REBTF_KIND_ARRAY:
		return rebtf_builder_array(b, array->type, array->index_type, array->nelems);
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return rebtf_builder_struct(b, kind, name, t->size);
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return rebtf_builder_enum(b, kind, name, t->size,
					  rebtf_type_kind_flag(t) ? REBTF_SIGNED : REBTF_UNSIGNED);
	case REBTF_KIND_FWD:
		return rebtf_builder_fwd(b,
					 rebtf_type_kind_flag(t) ? REBTF_KIND_UNION
								 : REBTF_KIND_STRUCT,
					 name);
	case REBTF_KIND_TYPEDEF:
		return rebtf_builder_typedef(b, name, t->type);
	case REBTF_KIND_FUNC:
		return rebtf_builder_func(b, name, rebtf_type_vlen(t), t->type);
	case REBTF_KIND_FUNC_PROTO:
		return rebtf_builder_func_proto(b, t->type);
	case REBTF_KIND_VAR:
		return rebtf_builder_var(b, name, rebtf_var_linkage(t), t->type);
	case REBTF_KIND_DECL_TAG:
		if (rebtf_type_kind_flag(t))
			return rebtf_builder_decl_attr(b, name, t->type,
						       rebtf_decl_tag_component(t));
		return rebtf_builder_decl_tag(b, name, t->type, rebtf_decl_tag_component(t));
	case REBTF_KIND_TYPE_TAG:
		if (rebtf_type_kind_flag(t))
			return rebtf_builder_type_attr(b, name, t->type);
		return rebtf_builder_type_tag(b, name, t->type);
	case REBTF_KIND_LOC_PARAM:
		return rebtf_builder_loc_param(b, t->size, rebtf_loc_param_flags(t));
	case REBTF_KIND_LOC_PROTO:
		return rebtf_builder_loc_proto(b);
	case REBTF_KIND_LOCSEC:
		return rebtf_builder_locsec(b, name);
	default:
		return rebtf_builder_ref(b, kind, t->type);
	}
}

/* Adds element @i of type @t. Returns false if it has no such element. */
static bool add_element_of(struct rebtf_builder *b, const struct rebtf_btf *src,
			   const struct rebtf_type *t, uint32_t i)
{
	const struct rebtf_member *member = rebtf_members(t) + i;
	const struct rebtf_param *param = rebtf_params(t) + i;
	uint32_t kind = rebtf_type_kind(t), words = layout_of(t)->elem_size / 4;
	const uint32_t *word = (const uint32_t *)rebtf_type_data(t) + i * words;

	if (!words || i >= rebtf_type_vlen(t))
		return false;
	if (kind_is_composite(kind))
		return rebtf_builder_member(b, btf_string(src, member->name_off), member->type,
					    rebtf_member_bit_offset(t, member),
					    rebtf_member_bitfield_size(t, member));
	if (kind == REBTF_KIND_FUNC_PROTO)
		return rebtf_builder_param(b, btf_string(src, param->name_off), param->type);
	if (kind == REBTF_KIND_LOC_PARAM)
		return rebtf_builder_loc_param_value(b, rebtf_loc_param_words(t)[i]);
	if (kind == REBTF_KIND_LOC_PROTO)
		return rebtf_builder_loc_proto_param(b, word[0]);
	if (kind == REBTF_KIND_LOCSEC)
		return rebtf_builder_locsec_loc(b, word[0], word[1], word[2]);
	return rebtf_builder_enumerator(b, btf_string(src, word[0]),
					word[1] | (words > 2 ? (uint64_t)word[2] << 32 : 0));
}

/* Builds the own types from @first to before @end again, as types from @new_first on. */
static void rebuild_types(struct rebtf_builder *b, const struct rebtf_btf *src, uint32_t first,
			  uint32_t end, uint64_t *random)
{
	uint32_t start = rebtf_builder_next_id(b), count = end - first, left = count;
	_cleanup_free_ uint32_t *order = calloc(count + 1, sizeof(*order));

	for (uint32_t i = 0; i < count; i++) {
		uint32_t j = random_below(random, i + 1);

		order[i] = order[j];
		order[j] = i;
		assert_int_equal(rebtf_builder_reserve(b), start + i);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = start + order[i];

		assert_true(rebtf_builder_fill(b, id));
		assert_int_equal(add_head(b, src, btf_type(src, first + order[i])), id);
	}
	for (uint32_t element = 0; left; element++) {
		left = 0;
		for (uint32_t i = 0; i < count; i++) {
			assert_true(rebtf_builder_resume(b, start + order[i]));
			left += add_element_of(b, src, btf_type(src, first + order[i]), element);
		}
	}
}

static void assert_same_dump(const struct rebtf_btf *found, const struct rebtf_btf *want)
{
	_cleanup_free_ char *text = dump_text(want);

	assert_dump(found, text);
}

static void built_again_in_random_order_btf_is_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct shape s = { .random = seed * 0x9e3779b97f4a7c15 };
		_cleanup_unref_ struct rebtf_btf *base = build_random(&s, NULL, "base", 40);
		_cleanup_unref_ struct rebtf_btf *split = build_random(&s, base, "split", 60);
		_cleanup_unref_ struct rebtf_btf *again = NULL;
		struct rebtf_builder *b = build_over(base);

		rebuild_types(b, split, split->start_id, rebtf_btf_type_count(split), &s.random);
		again = built(b);
		assert_same_dump(again, split);
	}
}

/* Without references to the other half, so that each half makes sense in a builder of its own. */
static void two_builders_with_the_same_types_become_one(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct shape s = { .random = seed * 0x9e3779b97f4a7c15 };
		_cleanup_unref_ struct rebtf_btf *base = build_random(&s, NULL, "base", 40);
		_cleanup_unref_ struct rebtf_btf *split = build_random(&s, base, "split", 60);
		_cleanup_unref_ struct rebtf_btf *found = NULL, *want = NULL;
		struct rebtf_builder *b = build_over(base), *other = build_over(base);
		struct rebtf_builder *copy = build_over(base);
		uint32_t first = split->start_id, end = rebtf_btf_type_count(split);
		_cleanup_free_ uint32_t *map = calloc(end, sizeof(*map));

		rebuild_types(b, split, first, end, &s.random);
		rebuild_types(other, split, first, end, &s.random);
		assert_int_equal(rebtf_builder_append(b, other), end);
		found = built(b);
		for (uint32_t id = 0; id < end; id++)
			map[id] = id;
		for (uint32_t id = first; id < end; id++)
			rebtf_builder_copy(copy, split, id, map);
		for (uint32_t id = first; id < end; id++)
			map[id] = id + end - first;
		for (uint32_t id = first; id < end; id++)
			rebtf_builder_copy(copy, split, id, map);
		want = built(copy);
		assert_same_dump(found, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_again_in_random_order_btf_is_the_same),
		cmocka_unit_test(two_builders_with_the_same_types_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
