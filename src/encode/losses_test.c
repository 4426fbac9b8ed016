/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests which nodes do not reach the merged store, and the fate of the types that refer to them. */
#include "encode/node_merge.h"
#include "util/testing.h"

#define STORES 2

/* Stores that are merged. */
struct merged {
	struct node_store *stores[STORES], *all;
	struct node_map maps[STORES];
	struct losses losses;
};

static void start(struct merged *m)
{
	*m = (struct merged){};
	for (size_t i = 0; i < STORES; i++)
		assert_ok(node_store_new(&m->stores[i]));
	assert_ok(node_store_new(&m->all));
}

static void finish(struct merged *m)
{
	assert_ok(node_merge(m->stores, STORES, NULL, NULL, m->all, m->maps, &m->losses));
}

static void release(struct merged *m)
{
	for (size_t i = 0; i < STORES; i++) {
		node_store_free(m->stores[i]);
		node_map_release(&m->maps[i]);
	}
	losses_release(&m->losses);
	node_store_free(m->all);
}

/* Adds a node to the first store. Its position is @first. */
static uint32_t put_at(struct merged *m, struct node node, const char *name, const void *elements,
		       uint64_t first)
{
	node.name = node_store_string(m->stores[0], name, 0);
	node.first = first;
	return node_store_add(m->stores[0], &node, elements);
}

static uint32_t put(struct merged *m, struct node node, const char *name, const void *elements)
{
	return put_at(m, node, name, elements, 7);
}

static uint32_t put_kind(struct merged *m, uint8_t kind, const char *name, uint32_t type)
{
	return put(m, (struct node){ .kind = kind, .type = type }, name, NULL);
}

static uint32_t put_int(struct merged *m)
{
	return put(m, (struct node){ .kind = REBTF_KIND_INT, .size = 4 }, "int", NULL);
}

static uint32_t name_of(struct merged *m, const char *name)
{
	return node_store_string(m->stores[0], name, 0);
}

/* The node in the merged store, which has kind @kind. */
static const struct node *found(const struct merged *m, uint32_t node, uint32_t kind)
{
	uint32_t id = m->maps[0].nodes[node];

	assert_int_not_equal(id, 0);
	assert_int_equal(node_store_get(m->all, id)->kind, kind);
	return node_store_get(m->all, id);
}

static bool is_void(const struct merged *m, uint32_t node)
{
	return !m->maps[0].nodes[node];
}

static void a_type_whose_name_is_not_an_identifier_becomes_void(void **state)
{
	static const uint8_t kinds[] = { REBTF_KIND_STRUCT, REBTF_KIND_UNION, REBTF_KIND_ENUM,
					 REBTF_KIND_ENUM64, REBTF_KIND_FWD };
	uint32_t bad[5], hidden_bad, hidden_good, pointer, alias, i;
	struct merged m;

	(void)state;
	start(&m);
	for (size_t k = 0; k < 5; k++)
		bad[k] = put_kind(&m, kinds[k], "Option<u32>", 0);
	hidden_good = put_kind(&m, REBTF_KIND_STRUCT,
			       "\1"
			       "2\2good",
			       0);
	hidden_bad = put_kind(&m, REBTF_KIND_STRUCT,
			      "\1"
			      "2\2&str",
			      0);
	pointer = put_kind(&m, REBTF_KIND_PTR, "", bad[4]);
	i = put_int(&m);
	alias = put_kind(&m, REBTF_KIND_TYPEDEF, "core::ffi::c_int", i);
	finish(&m);
	for (size_t k = 0; k < 5; k++)
		assert_true(is_void(&m, bad[k]));
	found(&m, hidden_good, REBTF_KIND_STRUCT);
	assert_true(is_void(&m, hidden_bad));
	assert_int_equal(found(&m, pointer, REBTF_KIND_PTR)->type, 0);
	assert_int_equal(m.maps[0].nodes[alias], m.maps[0].nodes[i]);
	/* The struct and its declaration, the union, two enumerations, the hidden one, the typedef. */
	assert_int_equal(m.losses.list.count, 6);
	release(&m);
}

static void members_without_a_type_or_name_for_btf_are_left_out(void **state)
{
	struct node s = { .kind = REBTF_KIND_STRUCT, .size = 8, .count = 8 };
	uint32_t i, bad, foreign, no_size, function, undefined, defined, id;
	const struct node_member *members;
	const struct node *merged;
	struct merged m;

	(void)state;
	start(&m);
	i = put_int(&m);
	bad = put_kind(&m, REBTF_KIND_FWD, "&str", 0);
	foreign = put_kind(&m, NODE_FOREIGN, "", 0);
	no_size = put_kind(&m, REBTF_KIND_CONST, "",
			   put_kind(&m, REBTF_KIND_TYPEDEF, "nothing", 0));
	function = put_kind(&m, REBTF_KIND_TYPEDEF, "fn",
			    put_kind(&m, REBTF_KIND_FUNC_PROTO, "", i));
	undefined = put_kind(&m, REBTF_KIND_FWD, "undefined", 0);
	defined = put_kind(&m, REBTF_KIND_FWD, "defined", 0);
	id = put(&m, s, "holder",
		 &(struct node_member[]){ { name_of(&m, "a"), bad, 0, 0 },
					  { name_of(&m, "b"), foreign, 0, 0 },
					  { name_of(&m, "c"), no_size, 0, 0 },
					  { name_of(&m, "d"), function, 0, 0 },
					  { name_of(&m, "e"), undefined, 0, 0 },
					  { name_of(&m, "0bad"), i, 0, 0 },
					  { name_of(&m, "good"), i, 0, 0 },
					  { name_of(&m, "also"), defined, 32, 0 } });
	put(&m, (struct node){ .kind = REBTF_KIND_STRUCT, .size = 4 }, "defined", NULL);
	finish(&m);
	merged = found(&m, id, REBTF_KIND_STRUCT);
	assert_int_equal(merged->count, 2);
	members = node_members(m.all, merged);
	assert_string_equal(node_store_text(m.all, members[0].name), "good");
	assert_string_equal(node_store_text(m.all, members[1].name), "also");
	/* The members, and the type of the first. */
	assert_int_equal(m.losses.list.count, 7);
	release(&m);
}

static void members_are_in_the_order_of_their_offsets(void **state)
{
	struct node s = { .kind = REBTF_KIND_STRUCT, .size = 8, .count = 4 };
	static const uint32_t offsets[] = { 0, 0, 32, 64 };
	static const char *const names[] = { "second", "fourth", "third", "first" };
	const struct node_member *members;
	struct merged m;
	uint32_t i, id;

	(void)state;
	start(&m);
	i = put_int(&m);
	id = put(&m, s, "reordered",
		 &(struct node_member[]){ { name_of(&m, "first"), i, 64, 0 },
					  { name_of(&m, "second"), i, 0, 0 },
					  { name_of(&m, "third"), i, 32, 0 },
					  { name_of(&m, "fourth"), i, 0, 0 } });
	finish(&m);
	members = node_members(m.all, found(&m, id, REBTF_KIND_STRUCT));
	for (size_t k = 0; k < 4; k++) {
		assert_int_equal(members[k].bit_offset, offsets[k]);
		assert_string_equal(node_store_text(m.all, members[k].name), names[k]);
	}
	assert_int_equal(m.losses.list.count, 0);
	release(&m);
}

static void tags_follow_their_members(void **state)
{
	struct node s = { .kind = REBTF_KIND_STRUCT, .size = 8, .count = 2 };
	struct node tag = { .kind = REBTF_KIND_DECL_TAG };
	uint32_t i, whole, cut, gone, tags[4];
	struct merged m;

	(void)state;
	start(&m);
	i = put_int(&m);
	whole = put(&m, s, "whole",
		    &(struct node_member[]){ { name_of(&m, "a"), i, 0, 0 },
					     { name_of(&m, "b"), i, 32, 0 } });
	cut = put(&m, s, "cut",
		  &(struct node_member[]){ { name_of(&m, "0"), i, 0, 0 },
					   { name_of(&m, "b"), i, 32, 0 } });
	gone = put_kind(&m, REBTF_KIND_STRUCT, "(u8, u32)", 0);
	tag.type = whole;
	tag.size = 1;
	tags[0] = put(&m, tag, "tag", NULL);
	tag.type = cut;
	tags[1] = put(&m, tag, "tag", NULL);
	tag.size = UINT32_MAX;
	tags[2] = put(&m, tag, "tag", NULL);
	tag.type = gone;
	tags[3] = put(&m, tag, "tag", NULL);
	finish(&m);
	found(&m, tags[0], REBTF_KIND_DECL_TAG);
	assert_true(is_void(&m, tags[1]));
	found(&m, tags[2], REBTF_KIND_DECL_TAG);
	assert_true(is_void(&m, tags[3]));
	release(&m);
}

static void a_prototype_that_would_mislead_becomes_void(void **state)
{
	struct node proto = { .kind = REBTF_KIND_FUNC_PROTO, .count = 2 };
	uint32_t i, bad, good, by_value, no_name, result, arrays[2];
	struct merged m;

	(void)state;
	start(&m);
	i = put_int(&m);
	bad = put_kind(&m, REBTF_KIND_FWD, "Box<int>", 0);
	good = put(&m, proto, "", &(struct node_parameter[]){ { name_of(&m, "x"), i }, { 0, 0 } });
	by_value = put(&m, proto, "",
		       &(struct node_parameter[]){ { name_of(&m, "x"), i },
						   { name_of(&m, "y"), bad } });
	no_name = put(&m, proto, "",
		      &(struct node_parameter[]){ { name_of(&m, "x y"), i }, { 0, i } });
	proto.type = bad;
	proto.count = 0;
	result = put(&m, proto, "", NULL);
	arrays[0] = put_kind(&m, REBTF_KIND_ARRAY, "", bad);
	arrays[1] = put_kind(&m, REBTF_KIND_ARRAY, "", i);
	finish(&m);
	assert_int_equal(found(&m, good, REBTF_KIND_FUNC_PROTO)->count, 2);
	assert_true(is_void(&m, by_value) && is_void(&m, no_name) && is_void(&m, result));
	assert_true(is_void(&m, arrays[0]));
	found(&m, arrays[1], REBTF_KIND_ARRAY);
	release(&m);
}

static void an_enumeration_needs_identifiers_for_its_values(void **state)
{
	struct node e = { .kind = REBTF_KIND_ENUM, .size = 4, .count = 1 };
	uint32_t good, bad;
	struct merged m;

	(void)state;
	start(&m);
	good = put(&m, e, "e", &(struct node_value){ name_of(&m, "A"), 0, 0 });
	bad = put(&m, e, "e", &(struct node_value){ name_of(&m, "A B"), 0, 0 });
	finish(&m);
	found(&m, good, REBTF_KIND_ENUM);
	assert_true(is_void(&m, bad));
	release(&m);
}

static void a_loss_in_several_stores_is_listed_once_at_its_first_place(void **state)
{
	struct node_store *swapped;
	struct merged m;

	(void)state;
	start(&m);
	put_at(&m, (struct node){ .kind = REBTF_KIND_STRUCT }, "a b", NULL, 9);
	put_at(&m, (struct node){ .kind = REBTF_KIND_STRUCT }, "c d", NULL, 4);
	swapped = m.stores[0];
	m.stores[0] = m.stores[1];
	m.stores[1] = swapped;
	put_at(&m, (struct node){ .kind = REBTF_KIND_STRUCT }, "a b", NULL, 3);
	/* Only referred to. */
	put_at(&m, (struct node){ .kind = REBTF_KIND_FWD }, "e f", NULL, UINT64_MAX);
	finish(&m);
	assert_int_equal(m.losses.list.count, 2);
	assert_string_equal(node_store_text(m.all, m.losses.list.items[0].name), "a b");
	assert_int_equal(m.losses.list.items[0].first, 3);
	assert_string_equal(node_store_text(m.all, m.losses.list.items[1].name), "c d");
	assert_int_equal(m.losses.list.items[1].first, 4);
	release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_whose_name_is_not_an_identifier_becomes_void),
		cmocka_unit_test(members_without_a_type_or_name_for_btf_are_left_out),
		cmocka_unit_test(members_are_in_the_order_of_their_offsets),
		cmocka_unit_test(tags_follow_their_members),
		cmocka_unit_test(a_prototype_that_would_mislead_becomes_void),
		cmocka_unit_test(an_enumeration_needs_identifiers_for_its_values),
		cmocka_unit_test(a_loss_in_several_stores_is_listed_once_at_its_first_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
