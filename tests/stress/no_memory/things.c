/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The input of operations: BTF of random types in all its forms. It is created once, as bytes, and
 * opened for each run.
 */
#include "no_memory.h"
#include "split/random_for_test.h"

struct blobs blobs;

/* So many that a table of their names grows. */
#define FORWARDS 20

/* Adds structs "ahead0" and so on, defined or not. */
static void add_ahead(struct rebtf_builder *b, bool defined)
{
	for (int i = 0; i < FORWARDS; i++) {
		char name[24];

		snprintf(name, sizeof(name), "ahead%d", i);
		if (!defined) {
			rebtf_builder_fwd(b, REBTF_KIND_STRUCT, name);
			continue;
		}
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 4);
		rebtf_builder_member(b, "x", 1, 0, 0);
	}
}

/* Adds a struct of @size bytes, and another that changes between kernels only because of it. */
static void add_outer(struct rebtf_builder *b, uint32_t size)
{
	uint32_t inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", size);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", size + 4);
	rebtf_builder_member(b, "in", inner, 0, 0);
	rebtf_builder_member(b, "last", 1, size * 8, 0);
}

int blobs_make(void **state)
{
	struct shape s = { .random = 3, .data_only = true };
	_cleanup_unref_ struct rebtf_btf *base, *new_base, *split, *standalone = NULL;
	_cleanup_parts_ struct parts parts = {};
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	while (rebtf_builder_next_id(b) < 120)
		add_random_type(&s, b, "type", 120);
	add_ahead(b, true);
	add_outer(b, 4);
	base = built(b);
	b = build_over(NULL);
	add_int(b);
	while (rebtf_builder_next_id(b) < 110)
		add_random_type(&s, b, "type", 110);
	add_ahead(b, false);
	add_outer(b, 8);
	new_base = built(b);
	s.data_only = false;
	split = build_random(&s, base, "own", 40);
	assert_ok(rebtf_standalone(split, NULL, &standalone));
	parts = distilled_parts(split, NULL);

	blobs.base = written(base, 0);
	blobs.new_base = written(new_base, 0);
	blobs.split = written(split, 0);
	blobs.distilled_base = written(parts.base, 0);
	blobs.over_distilled = written(parts.split, 0);
	blobs.expects = written(parts.expects, 0);
	blobs.standalone = written(standalone, 0);
	return 0;
}

int blobs_free(void **state)
{
	struct bytes *const all[] = { &blobs.base,	     &blobs.split,
				      &blobs.new_base,	     &blobs.standalone,
				      &blobs.distilled_base, &blobs.over_distilled,
				      &blobs.expects };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		bytes_release(all[i]);
	return 0;
}

void things_make(struct things *t)
{
	assert_ok(open_bytes(&blobs.base, NULL, &t->base));
	assert_ok(open_bytes(&blobs.split, t->base, &t->split));
	assert_ok(open_bytes(&blobs.new_base, NULL, &t->new_base));
	assert_ok(open_bytes(&blobs.distilled_base, NULL, &t->parts.base));
	assert_ok(open_bytes(&blobs.over_distilled, t->parts.base, &t->parts.split));
	assert_ok(open_bytes(&blobs.expects, t->parts.base, &t->parts.expects));
	assert_ok(open_bytes(&blobs.standalone, NULL, &t->standalone));
}

void things_release(struct things *t)
{
	rebtf_btf_unref(t->standalone);
	parts_release(&t->parts);
	rebtf_btf_unref(t->new_base);
	rebtf_btf_unref(t->split);
	rebtf_btf_unref(t->base);
	free(t->path);
	free(t->tree);
	free(t->root);
	if (t->directory)
		scratch_remove(&t->directory);
}

struct world things_world(const struct things *t)
{
	static const char *const trust[] = { "type10", "type20", "own130", "nothing" };

	return (struct world){
		.base = t->base,
		.base_data = blobs.base.data,
		.base_size = blobs.base.size,
		.split = t->split,
		.split_data = blobs.split.data,
		.split_size = blobs.split.size,
		.new_base = t->new_base,
		.distilled = t->parts.split,
		.expects = t->parts.expects,
		.standalone = t->standalone,
		.trust = trust,
		.trust_count = sizeof(trust) / sizeof(trust[0]),
		.path = t->path,
		.out = t->path,
		.directory = t->directory,
		.tree = t->tree,
		.root = t->root,
		.release = t->release,
	};
}
