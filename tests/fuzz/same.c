/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whether two BTF say the same, see must_be_same_types() in fuzz.h. What is compared is structure:
 * two types are the same if everything they say and refer to is, wherever it stands. The walk keeps
 * a list, as references may be deep and go round in circles.
 */
#include "fuzz.h"

#include "format/btf.h"
#include "util/buffer.h"

/* Two types that have to be the same for two others to be. */
struct pair {
	uint32_t a, b;
};

struct comparison {
	const struct rebtf_btf *a, *b;
	bool same_base;
	uint32_t *assumed;  /* by ids of a: the id of b that it is compared with, or 0 */
	struct buffer todo; /* struct pair */
};

/* Of these, distilling keeps no more than the name, the kind and the size. */
static bool stands_for_itself(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_type_by_id(btf, id);

	return id < rebtf_start_id(btf) && kind_is_relocatable(rebtf_type_kind(t)) &&
	       *rebtf_type_name(btf, t);
}

static void also_compare(struct comparison *c, uint32_t a, uint32_t b)
{
	const struct pair pair = { a, b };

	if (!a != !b)
		fail("void became something, or the other way round");
	if (!a)
		return;
	if (c->assumed[a]) {
		if (c->assumed[a] != b)
			fail("one type became two");
		return;
	}
	c->assumed[a] = b;
	buffer_append(&c->todo, &pair, sizeof(pair));
}

/* The words of a type, with ids and string offsets left out. */
static void must_say_the_same(const struct comparison *c, struct pair pair)
{
	const struct rebtf_btf *owner_a = btf_of_id(c->a, pair.a),
			       *owner_b = btf_of_id(c->b, pair.b);
	size_t size = btf_own_type_size(owner_a, pair.a - owner_a->start_id);
	uint8_t *words[2] = { malloc(size), malloc(size) };

	if (size != btf_own_type_size(owner_b, pair.b - owner_b->start_id))
		fail("a type has another length");
	memcpy(words[0], rebtf_type_by_id(c->a, pair.a), size);
	memcpy(words[1], rebtf_type_by_id(c->b, pair.b), size);
	for (int i = 0; i < 2; i++) {
		for (int field = REBTF_FIELD_IDS; field <= REBTF_FIELD_STRINGS; field++) {
			struct rebtf_field_iter it;
			const uint32_t *value;

			rebtf_field_iter_init(&it, (struct rebtf_type *)words[i], field);
			while ((value = rebtf_field_iter_next(&it)))
				*(uint32_t *)value = 0;
		}
	}
	if (memcmp(words[0], words[1], size))
		fail("a type's words are not the same");
	free(words[0]);
	free(words[1]);
}

static void compare_fields(struct comparison *c, const struct rebtf_type *a,
			   const struct rebtf_type *b)
{
	struct rebtf_field_iter it_a, it_b;
	const uint32_t *field_a, *field_b;

	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_STRINGS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_STRINGS);
	while ((field_a = rebtf_field_iter_next(&it_a)) &&
	       (field_b = rebtf_field_iter_next(&it_b))) {
		if (strcmp(rebtf_string(c->a, *field_a), rebtf_string(c->b, *field_b)))
			fail("a name is not the same");
	}
	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_IDS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_IDS);
	while ((field_a = rebtf_field_iter_next(&it_a)) && (field_b = rebtf_field_iter_next(&it_b)))
		also_compare(c, *field_a, *field_b);
}

static void compare_pair(struct comparison *c, struct pair pair)
{
	const struct rebtf_type *a = rebtf_type_by_id(c->a, pair.a),
				*b = rebtf_type_by_id(c->b, pair.b);

	if (strcmp(rebtf_type_name(c->a, a), rebtf_type_name(c->b, b)))
		fail("a type's name is not the same");
	if (stands_for_itself(c->a, pair.a) != stands_for_itself(c->b, pair.b))
		fail("a type of the base became one of the split, or the other way round");
	if (!stands_for_itself(c->a, pair.a)) {
		must_say_the_same(c, pair);
		compare_fields(c, a, b);
	} else if (c->same_base && pair.a != pair.b) {
		fail("a type of the base became another one of it");
	}
}

void must_be_same_types(const struct rebtf_btf *a, const struct rebtf_btf *b, bool same_base)
{
	struct comparison c = { .a = a, .b = b, .same_base = same_base };

	if (b->own_count < a->own_count)
		fail("types are missing");
	c.assumed = calloc(rebtf_type_count(a), sizeof(*c.assumed));
	for (uint32_t i = 0; i < a->own_count; i++)
		also_compare(&c, a->start_id + i, b->start_id + i);
	while (c.todo.size) {
		struct pair pair;

		c.todo.size -= sizeof(pair);
		memcpy(&pair, c.todo.data + c.todo.size, sizeof(pair));
		compare_pair(&c, pair);
	}
	free(c.assumed);
	buffer_release(&c.todo);
}
