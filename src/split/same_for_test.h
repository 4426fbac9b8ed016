/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares two BTF objects, for tests and fuzz targets. It compares structure: two types are the
 * same if their contents and all types that they refer to are, independent of ids, down to named
 * types of a base. Of these, distilling keeps only kind, name and size. The walk uses a list,
 * because references may be deep and cyclic.
 */
#ifndef REBTF_SPLIT_SAME_FOR_TEST_H
#define REBTF_SPLIT_SAME_FOR_TEST_H

#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "util/buffer.h"

/* Two types that must be the same for two others to be the same. */
struct same_pair {
	uint32_t a, b;
};

struct sameness {
	const struct rebtf_btf *a, *b;
	bool same_base;
	uint32_t *assumed;  /* by ids of a: the id of b that it is compared with, or 0 */
	struct buffer todo; /* struct same_pair */
	const char *wrong;  /* the first difference, or NULL */
};

static inline void same_require(struct sameness *s, bool condition, const char *otherwise)
{
	if (!condition && !s->wrong)
		s->wrong = otherwise;
}

/* A FWD in one base may be a STRUCT in the other, an ENUM an ENUM64. */
static inline bool stands_for_itself(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);

	return id < rebtf_btf_start_id(btf) && btf_is_findable(btf, t);
}

static inline void same_also(struct sameness *s, uint32_t a, uint32_t b)
{
	const struct same_pair pair = { a, b };

	same_require(s, !a == !b, "void became something, or the other way round");
	if (!a || !b)
		return;
	if (s->assumed[a]) {
		same_require(s, s->assumed[a] == b, "one type became two");
		return;
	}
	s->assumed[a] = b;
	buffer_append(&s->todo, &pair, sizeof(pair));
}

/* A malloced copy of a type whose ids and string offsets are 0. */
static inline void *same_words(const struct rebtf_btf *btf, uint32_t id, size_t *size)
{
	const struct rebtf_btf *owner = btf_of_id(btf, id);
	struct rebtf_type *words;

	*size = btf_own_type_size(owner, id - owner->start_id);
	words = malloc(*size);
	memcpy(words, rebtf_btf_type(btf, id), *size);
	for (int field = REBTF_FIELD_IDS; field <= REBTF_FIELD_STRINGS; field++) {
		struct rebtf_field_iter it;
		const uint32_t *value;

		rebtf_field_iter_init(&it, words, field);
		while ((value = rebtf_field_iter_next(&it)))
			*(uint32_t *)value = 0;
	}
	return words;
}

static inline void same_fields(struct sameness *s, const struct rebtf_type *a,
			       const struct rebtf_type *b)
{
	struct rebtf_field_iter it_a, it_b;
	const uint32_t *field_a, *field_b;

	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_STRINGS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_STRINGS);
	while ((field_a = rebtf_field_iter_next(&it_a)) && (field_b = rebtf_field_iter_next(&it_b)))
		same_require(s,
			     !strcmp(rebtf_btf_string(s->a, *field_a),
				     rebtf_btf_string(s->b, *field_b)),
			     "a name is not the same");
	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_IDS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_IDS);
	while ((field_a = rebtf_field_iter_next(&it_a)) && (field_b = rebtf_field_iter_next(&it_b)))
		same_also(s, *field_a, *field_b);
}

static inline void same_type(struct sameness *s, struct same_pair pair)
{
	const struct rebtf_type *a = rebtf_btf_type(s->a, pair.a),
				*b = rebtf_btf_type(s->b, pair.b);
	bool is_name = stands_for_itself(s->a, pair.a);
	size_t size_a, size_b;
	void *words_a, *words_b;

	same_require(s, !strcmp(rebtf_btf_type_name(s->a, a), rebtf_btf_type_name(s->b, b)),
		     "a type's name is not the same");
	same_require(s, is_name == stands_for_itself(s->b, pair.b),
		     "a type of the base became one of the split, or the other way round");
	if (is_name) {
		same_require(s, !s->same_base || pair.a == pair.b,
			     "a type of the base became another one of it");
		return;
	}
	words_a = same_words(s->a, pair.a, &size_a);
	words_b = same_words(s->b, pair.b, &size_b);
	same_require(s, size_a == size_b, "a type has another length");
	same_require(s, s->wrong || !memcmp(words_a, words_b, size_a),
		     "a type's words are not the same");
	free(words_a);
	free(words_b);
	if (!s->wrong)
		same_fields(s, a, b);
}

/*
 * Checks that the own types of @b start with those of @a, in order, and that all types they refer
 * to are the same. @b may have more types after them. Named types of a base are compared by name,
 * and by id if @same_base. Returns the first difference, or NULL.
 */
static inline const char *find_difference(const struct rebtf_btf *a, const struct rebtf_btf *b,
					  bool same_base)
{
	struct sameness s = { .a = a, .b = b, .same_base = same_base };

	if (b->own_count < a->own_count)
		return "types are missing";
	s.assumed = calloc(rebtf_btf_type_count(a), sizeof(*s.assumed));
	for (uint32_t i = 0; i < a->own_count; i++)
		same_also(&s, a->start_id + i, b->start_id + i);
	while (s.todo.size && !s.wrong) {
		struct same_pair pair;

		s.todo.size -= sizeof(pair);
		memcpy(&pair, s.todo.data + s.todo.size, sizeof(pair));
		same_type(&s, pair);
	}
	free(s.assumed);
	buffer_release(&s.todo);
	return s.wrong;
}

#endif
