/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests how nodes of several units, in several stores, become types. Here each test chooses the
 * number of units in a store.
 */
#include "btf/build_for_test.h"
#include "encode/condense.h"

#define MOST 4

struct world {
	struct node_store *stores[MOST];
	uint32_t store_count;
	struct unit_list lists[MOST];
	uint32_t unit_count;
	struct u32_vector nodes; /* of the unit that is being made */
	uint32_t remote_store, remote_node;
};

static struct node_store *add_store(struct world *w)
{
	assert_ok(node_store_new(&w->stores[w->store_count]));
	return w->stores[w->store_count++];
}

static uint32_t add_node(struct world *w, struct node node, const char *name, const void *elements)
{
	struct node_store *store = w->stores[w->store_count - 1];

	node.name = node_store_string(store, name, 0);
	node.first = UINT64_MAX;
	return node_store_add(store, &node, elements);
}

/* A node that the unit has. */
static uint32_t list_as(struct world *w, uint32_t node)
{
	node_store_see(w->stores[w->store_count - 1], node,
		       (uint64_t)w->unit_count << 32 | w->nodes.count);
	u32_vector_append(&w->nodes, node);
	return node;
}

static void end_unit(struct world *w)
{
	assert_ok(unit_list_make(&w->lists[w->unit_count++], w->nodes.items, w->nodes.count,
				 w->store_count - 1));
	w->nodes.count = 0;
}

static uint32_t forward(struct world *w, const char *name)
{
	return add_node(w, (struct node){ .kind = REBTF_KIND_FWD }, name, NULL);
}

static uint32_t pointer(struct world *w, uint32_t to)
{
	return list_as(w,
		       add_node(w, (struct node){ .kind = REBTF_KIND_PTR, .type = to }, "", NULL));
}

/* A struct whose only member, at offset 0, has type @member. */
static uint32_t definition(struct world *w, const char *name, uint32_t size, uint32_t member)
{
	struct node_member members[] = { { .type = member } };

	return list_as(w, add_node(w,
				   (struct node){
					   .kind = REBTF_KIND_STRUCT, .size = size, .count = 1 },
				   name, members));
}

static uint32_t integer(struct world *w, const char *name)
{
	return list_as(w, add_node(w,
				   (struct node){ .kind = REBTF_KIND_INT,
						  .size = 4,
						  .flags = REBTF_INT_SIGNED },
				   name, NULL));
}

static bool find_remote(void *arg, const struct node *remote, uint32_t *store, uint32_t *node)
{
	struct world *w = arg;

	*store = w->remote_store;
	*node = w->remote_node;
	return node_remote_offset(remote) == 0x100000001;
}

/* Asserts the types that the world becomes. Releases it. */
static void assert_types(struct world *w, const char *expected)
{
	struct rebtf_builder *b = build_over(NULL);
	struct node_map maps[MOST] = {};
	struct condense *condense;
	struct contexts contexts;
	struct losses losses = {};
	struct node_store *all;
	struct rebtf_btf *btf;
	uint32_t index_type;

	assert_ok(node_store_new(&all));
	assert_ok(node_merge(w->stores, w->store_count, find_remote, w, all, maps, &losses));
	index_type = condense_index_type(all);
	assert_ok(contexts_make(&contexts, all, maps, w->lists, w->unit_count));
	assert_ok(condense_new(&contexts, index_type, b, &condense));
	condense_free(condense);
	contexts_release(&contexts);
	losses_release(&losses);
	node_store_free(all);
	btf = built(b);
	assert_dump(btf, expected);
	rebtf_btf_unref(btf);
	for (uint32_t i = 0; i < w->store_count; i++) {
		node_map_release(&maps[i]);
		node_store_free(w->stores[i]);
	}
	for (uint32_t i = 0; i < w->unit_count; i++)
		unit_list_release(&w->lists[i]);
	u32_vector_release(&w->nodes);
}

static void the_only_definition_counts_in_units_that_declare_it(void **state)
{
	struct world w = {};

	(void)state;
	add_store(&w);
	list_as(&w, forward(&w, "page"));
	pointer(&w, forward(&w, "page"));
	end_unit(&w);
	definition(&w, "page", 8, pointer(&w, forward(&w, "page")));
	end_unit(&w);
	assert_types(&w, "[1] PTR '(anon)' type_id=2\n"
			 "[2] STRUCT 'page' size=8 vlen=1\n"
			 "\t'(anon)' type_id=1 bits_offset=0\n");
}

static void a_type_that_no_unit_defines_stays_a_declaration(void **state)
{
	struct world w = {};

	(void)state;
	add_store(&w);
	pointer(&w, forward(&w, "hidden"));
	end_unit(&w);
	assert_types(&w, "[1] PTR '(anon)' type_id=2\n"
			 "[2] FWD 'hidden' fwd_kind=struct\n");
}

static void types_are_in_the_order_of_units_and_not_of_stores(void **state)
{
	struct world w = { .unit_count = 1 };

	(void)state;
	add_store(&w);
	integer(&w, "second");
	integer(&w, "third");
	end_unit(&w);
	w.unit_count = 0;
	add_store(&w);
	integer(&w, "first");
	integer(&w, "third");
	end_unit(&w);
	w.unit_count = 2;
	assert_types(&w, "[1] INT 'first' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] INT 'third' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[3] INT 'second' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
}

static void a_unit_keeps_its_own_version_of_an_ambiguous_type(void **state)
{
	struct world w = {};
	uint32_t i;

	(void)state;
	add_store(&w);
	i = integer(&w, "int");
	definition(&w, "state", 4, i);
	definition(&w, "user", 8, pointer(&w, forward(&w, "state")));
	end_unit(&w);
	add_store(&w);
	definition(&w, "state", 8, 0);
	definition(&w, "user", 8, pointer(&w, forward(&w, "state")));
	end_unit(&w);
	/* This unit agrees with the first, so it has no types of its own. */
	add_store(&w);
	i = integer(&w, "int");
	definition(&w, "state", 4, i);
	definition(&w, "user", 8, pointer(&w, forward(&w, "state")));
	end_unit(&w);
	/* This one does not know which. */
	definition(&w, "user", 8, pointer(&w, forward(&w, "state")));
	end_unit(&w);
	assert_types(&w, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] STRUCT 'state' size=4 vlen=1\n"
			 "\t'(anon)' type_id=1 bits_offset=0\n"
			 "[3] PTR '(anon)' type_id=2\n"
			 "[4] STRUCT 'user' size=8 vlen=1\n"
			 "\t'(anon)' type_id=3 bits_offset=0\n"
			 "[5] STRUCT 'state' size=8 vlen=1\n"
			 "\t'(anon)' type_id=0 bits_offset=0\n"
			 "[6] PTR '(anon)' type_id=5\n"
			 "[7] STRUCT 'user' size=8 vlen=1\n"
			 "\t'(anon)' type_id=6 bits_offset=0\n"
			 "[8] PTR '(anon)' type_id=10\n"
			 "[9] STRUCT 'user' size=8 vlen=1\n"
			 "\t'(anon)' type_id=8 bits_offset=0\n"
			 "[10] FWD 'state' fwd_kind=struct\n");
}

static void a_hidden_type_gets_its_real_name(void **state)
{
	struct world w = {};

	(void)state;
	add_store(&w);
	definition(&w, "local", 4, 0);
	definition(&w,
		   "\1"
		   "2\2local",
		   8, 0);
	pointer(&w, forward(&w, "\1"
				"2\2local"));
	pointer(&w, forward(&w, "local"));
	end_unit(&w);
	/* Which of the two it is, is not known here. */
	list_as(&w, forward(&w, "local"));
	end_unit(&w);
	assert_types(&w, "[1] STRUCT 'local' size=4 vlen=1\n"
			 "\t'(anon)' type_id=0 bits_offset=0\n"
			 "[2] STRUCT 'local' size=8 vlen=1\n"
			 "\t'(anon)' type_id=0 bits_offset=0\n"
			 "[3] PTR '(anon)' type_id=2\n"
			 "[4] PTR '(anon)' type_id=1\n"
			 "[5] FWD 'local' fwd_kind=struct\n");
}

static void a_declared_enumeration_becomes_its_only_definition(void **state)
{
	struct node_value values[] = { { .low = 1 } };
	struct node node = { .kind = REBTF_KIND_ENUM, .size = 4 };
	struct world w = {};

	(void)state;
	add_store(&w);
	pointer(&w, add_node(&w, node, "color", NULL));
	end_unit(&w);
	add_store(&w);
	node.count = 1;
	pointer(&w, list_as(&w, add_node(&w, node, "color", values)));
	end_unit(&w);
	assert_types(&w, "[1] PTR '(anon)' type_id=2\n"
			 "[2] ENUM 'color' encoding=UNSIGNED size=4 vlen=1\n"
			 "\t'(anon)' val=1\n");
}

static uint32_t remote(struct world *w, uint64_t offset)
{
	struct node node = { .kind = NODE_REMOTE, .size = offset >> 32 };
	uint32_t id;

	node.name = offset;
	node.first = UINT64_MAX;
	id = node_store_add(w->stores[w->store_count - 1], &node, NULL);
	return id;
}

static void a_type_of_another_unit_is_found_or_becomes_void(void **state)
{
	struct world w = {};

	(void)state;
	add_store(&w);
	pointer(&w, remote(&w, 0x100000001));
	pointer(&w, remote(&w, 1));
	end_unit(&w);
	add_store(&w);
	w.remote_store = 1;
	w.remote_node = integer(&w, "int");
	end_unit(&w);
	assert_types(&w, "[1] PTR '(anon)' type_id=3\n"
			 "[2] PTR '(anon)' type_id=0\n"
			 "[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
}

static void a_store_is_its_own_merge_if_no_node_changes(void **state)
{
	/* An enumeration without enumerators is only declared. */
	static const struct {
		uint8_t kind;
		const char *name;
	} changed[] = {
		{ NODE_REMOTE, "" },
		{ NODE_FOREIGN, "" },
		{ REBTF_KIND_ENUM, "e" },
		{ REBTF_KIND_FWD, "not C" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changed) / sizeof(*changed); i++) {
		struct node node = { .kind = REBTF_KIND_INT, .size = 4, .first = UINT64_MAX };
		struct node_store *store;

		assert_ok(node_store_new(&store));
		node.name = node_store_string(store, "int", 0);
		node_store_add(store, &node, NULL);
		assert_true(node_merge_is_copy(store));
		node.kind = changed[i].kind;
		node.name = node_store_string(store, changed[i].name, 0);
		node_store_add(store, &node, NULL);
		assert_false(node_merge_is_copy(store));
		node_store_free(store);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_only_definition_counts_in_units_that_declare_it),
		cmocka_unit_test(a_type_that_no_unit_defines_stays_a_declaration),
		cmocka_unit_test(types_are_in_the_order_of_units_and_not_of_stores),
		cmocka_unit_test(a_unit_keeps_its_own_version_of_an_ambiguous_type),
		cmocka_unit_test(a_hidden_type_gets_its_real_name),
		cmocka_unit_test(a_declared_enumeration_becomes_its_only_definition),
		cmocka_unit_test(a_type_of_another_unit_is_found_or_becomes_void),
		cmocka_unit_test(a_store_is_its_own_merge_if_no_node_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
