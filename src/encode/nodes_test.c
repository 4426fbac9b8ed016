/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests that the store keeps each node and each string once. */
#include <stdio.h>

#include "encode/nodes.h"
#include "util/testing.h"

static int new_store(void **state)
{
	assert_null(node_store_new((struct node_store **)state));
	return 0;
}

static int free_store(void **state)
{
	node_store_free(*state);
	return 0;
}

static void node_store_keeps_equal_strings_once(void **state)
{
	struct node_store *store = *state;
	uint32_t list = node_store_string(store, "list_head", 0);

	assert_int_equal(node_store_string(store, "", 0), 0);
	assert_string_equal(node_store_text(store, list), "list_head");
	assert_int_equal(node_store_string(store, "list_head", 0), list);
	assert_int_equal(node_store_string(store, "list_head", 7 | 1ull << 60), list);
	assert_int_equal(node_store_string(store, "list_head", 8 | 1ull << 60), list);
	assert_int_not_equal(node_store_string(store, "list", 9 | 1ull << 60), list);
	/* The text of a known key is not read. */
	assert_int_equal(node_store_string(store, NULL, 7 | 1ull << 60), list);
	assert_false(node_store_failed(store));
}

static void node_store_fails_beyond_its_limit_of_text(void **state)
{
	struct node_store *store = *state;

	node_store_limit_text(store, 9); /* the empty string has one byte */
	assert_int_equal(node_store_string(store, "1234567", 0), 1);
	assert_false(node_store_failed(store));
	assert_int_equal(node_store_string(store, "1234567", 0), 1);
	assert_int_equal(node_store_string(store, "8", 0), 0);
	assert_true(node_store_failed(store));
	assert_true(node_store_is_over_limit(store));
}

static void node_store_takes_nothing_after_a_failure(void **state)
{
	struct node_store *store = *state;
	struct node node = { .kind = REBTF_KIND_INT, .size = 4 };

	node_store_limit_text(store, 9);
	assert_int_equal(node_store_string(store, "too long", 0), 0);
	assert_int_equal(node_store_string(store, "x", 0), 0);
	assert_int_equal(node_store_string(store, "x", 7 | 1ull << 60), 0);
	assert_int_equal(node_store_strings(store), 1);
	assert_int_equal(node_store_add(store, &node, NULL), 0);
	assert_int_equal(node_store_count(store), 1);
	assert_true(node_store_is_over_limit(store));
}

static void node_store_keeps_equal_nodes_once_with_their_first_position(void **state)
{
	struct node_store *store = *state;
	struct node_member members[] = { { 1, 1, 0, 0 }, { 2, 1, 32, 3 } };
	struct node node = { .kind = REBTF_KIND_STRUCT, .size = 8, .count = 2, .first = 9 };
	uint32_t id = node_store_add(store, &node, members);

	node.first = 5;
	assert_int_equal(node_store_add(store, &node, members), id);
	node.first = 7;
	assert_int_equal(node_store_add(store, &node, members), id);
	assert_int_equal(node_store_get(store, id)->first, 5);
	assert_int_equal(node_store_count(store), 2);
	assert_int_equal(node_members(store, node_store_get(store, id))[1].bits, 3);
}

static void node_store_tells_apart_nodes_that_differ_anywhere(void **state)
{
	struct node_store *store = *state;
	struct node_member members[] = { { 1, 1, 0, 0 } }, others[] = { { 1, 1, 0, 1 } };
	struct node nodes[] = {
		{ .kind = REBTF_KIND_STRUCT, .size = 8, .count = 1 },
		{ .kind = REBTF_KIND_UNION, .size = 8, .count = 1 },
		{ .kind = REBTF_KIND_STRUCT, .size = 9, .count = 1 },
		{ .kind = REBTF_KIND_STRUCT, .size = 8, .count = 0 },
		{ .kind = REBTF_KIND_STRUCT, .size = 8, .count = 1, .name = 1 },
		{ .kind = REBTF_KIND_FWD },
		{ .kind = REBTF_KIND_FWD, .flags = 1 },
	};
	uint32_t count = sizeof(nodes) / sizeof(nodes[0]);

	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(node_store_add(store, &nodes[i], members), i + 1);
	assert_int_equal(node_store_add(store, &nodes[0], others), count + 1);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(node_store_add(store, &nodes[i], members), i + 1);
}

static void node_real_name_leaves_out_the_number(void **state)
{
	(void)state;
	assert_string_equal(node_real_name("page"), "page");
	assert_string_equal(node_real_name("\1page"), "\1page");
	assert_string_equal(node_real_name("\1"
					   "2\2page"),
			    "page");
	assert_string_equal(node_real_name("\1"
					   "2\2"),
			    "");
}

/* The store's string for the real name of a type with @name that is hidden. */
static uint32_t unhidden(struct node_store *store, const char *name)
{
	char hidden[600];

	snprintf(hidden, sizeof(hidden), "%c2%c%s", NODE_HIDDEN, NODE_NAME, name);
	return node_store_real_name(store, node_store_string(store, hidden, 0));
}

static void node_store_real_name_is_a_string_of_the_store(void **state)
{
	struct node_store *store = *state;
	uint32_t page = node_store_string(store, "page", 0);
	char name[500];

	assert_int_equal(node_store_real_name(store, page), page);
	assert_int_equal(unhidden(store, "page"), page);
	assert_int_equal(unhidden(store, ""), 0);
	/* Some of these move the text of the store. */
	for (int length = 1; length < 500; length++) {
		snprintf(name, sizeof(name), "%0*d", length, length);
		assert_string_equal(node_store_text(store, unhidden(store, name)), name);
	}
	assert_false(node_store_failed(store));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(node_real_name_leaves_out_the_number),
		cmocka_unit_test_setup_teardown(node_store_keeps_equal_strings_once, new_store,
						free_store),
		cmocka_unit_test_setup_teardown(node_store_real_name_is_a_string_of_the_store,
						new_store, free_store),
		cmocka_unit_test_setup_teardown(node_store_fails_beyond_its_limit_of_text,
						new_store, free_store),
		cmocka_unit_test_setup_teardown(node_store_takes_nothing_after_a_failure, new_store,
						free_store),
		cmocka_unit_test_setup_teardown(
			node_store_keeps_equal_nodes_once_with_their_first_position, new_store,
			free_store),
		cmocka_unit_test_setup_teardown(node_store_tells_apart_nodes_that_differ_anywhere,
						new_store, free_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
