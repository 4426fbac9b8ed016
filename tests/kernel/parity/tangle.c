/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes a few types, each valid by itself, that refer to one another at random. They test the
 * effects of the order of types, and of the order of a kernel's visits to them.
 */
#include "rebtf.h"

#include "blob.h"

#define KIND(kind) (1u << REBTF_KIND_##kind)
#define INSIDE                                                                                     \
	(KIND(INT) | KIND(PTR) | KIND(ARRAY) | KIND(STRUCT) | KIND(UNION) | KIND(TYPEDEF) |        \
	 KIND(CONST) | KIND(VOLATILE))

struct tangle {
	struct blob *b;
	struct rng *r;
	uint32_t count;
	uint32_t kinds[16]; /* of each type */
};

/* A random type's id, most often of one of these kinds. */
static uint32_t some_id(struct tangle *t, uint32_t kinds)
{
	uint32_t i = 0;

	for (unsigned int tries = 0; tries < 8; tries++) {
		i = rng_below(t->r, t->count);
		if (kinds >> t->kinds[i] & 1)
			break;
	}
	return i + 1;
}

static void add_type(struct tangle *t, uint32_t kind)
{
	struct blob *b = t->b;
	struct rng *r = t->r;
	uint32_t vlen = rng_below(r, 3);

	switch (kind) {
	case REBTF_KIND_INT:
		blob_begin(b, 1, kind, 0, 4);
		blob_put(b, rng_below(r, 8) ? 32 : 24);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		blob_begin(b, 0, kind, vlen, rng_below(r, 4) ? 64 : 8);
		for (uint32_t i = 0; i < vlen; i++) {
			blob_put(b, 0);
			blob_put(b, some_id(t, INSIDE));
			blob_put(b, 0);
		}
		break;
	case REBTF_KIND_ARRAY:
		blob_begin(b, 0, kind, 0, 0);
		blob_put(b, some_id(t, INSIDE));
		blob_put(b, some_id(t, KIND(INT)));
		blob_put(b, rng_below(r, 4));
		break;
	case REBTF_KIND_DATASEC:
		blob_begin(b, 1, kind, vlen, 256);
		for (uint32_t i = 0; i < vlen; i++) {
			blob_put(b, some_id(t, KIND(VAR)));
			blob_put(b, 64 * i);
			blob_put(b, rng_below(r, 2) ? 64 : 4);
		}
		break;
	case REBTF_KIND_FUNC_PROTO:
		blob_begin(b, 0, kind, vlen, rng_below(r, 2) ? some_id(t, INSIDE) : 0);
		for (uint32_t i = 0; i < vlen; i++) {
			blob_put(b, rng_below(r, 8) ? 1 : 0);
			blob_put(b, some_id(t, INSIDE));
		}
		break;
	case REBTF_KIND_VAR:
		blob_begin(b, 1, kind, 0, some_id(t, INSIDE));
		blob_put(b, 0);
		break;
	case REBTF_KIND_DECL_TAG:
		blob_begin(b, 1, kind, 0,
			   some_id(t, KIND(STRUCT) | KIND(UNION) | KIND(FUNC) | KIND(VAR) |
					      KIND(TYPEDEF)));
		blob_put(b, rng_below(r, 3) - 1);
		break;
	case REBTF_KIND_FUNC:
		blob_begin(b, 1, kind, 0, some_id(t, KIND(FUNC_PROTO)));
		break;
	case REBTF_KIND_FWD:
		blob_begin(b, 1, kind, 0, 0);
		break;
	default: /* PTR and modifiers */
		blob_begin(b, kind == REBTF_KIND_TYPEDEF, kind, 0,
			   rng_below(r, 8)
				   ? some_id(t, INSIDE | KIND(FUNC) | KIND(FUNC_PROTO) | KIND(FWD))
				   : 0);
	}
}

void blob_tangle(struct blob *b, struct rng *r)
{
	/* Kinds that interact. */
	static const uint32_t sets[][4] = {
		{ REBTF_KIND_PTR, REBTF_KIND_CONST, REBTF_KIND_STRUCT, REBTF_KIND_ARRAY },
		{ REBTF_KIND_PTR, REBTF_KIND_TYPEDEF, REBTF_KIND_UNION, REBTF_KIND_FWD },
		{ REBTF_KIND_DATASEC, REBTF_KIND_VAR, REBTF_KIND_PTR, REBTF_KIND_ARRAY },
		{ REBTF_KIND_DATASEC, REBTF_KIND_VAR, REBTF_KIND_CONST, REBTF_KIND_STRUCT },
		{ REBTF_KIND_FUNC, REBTF_KIND_FUNC_PROTO, REBTF_KIND_PTR, REBTF_KIND_CONST },
		{ REBTF_KIND_DECL_TAG, REBTF_KIND_FUNC, REBTF_KIND_FUNC_PROTO, REBTF_KIND_TYPEDEF },
		{ REBTF_KIND_DECL_TAG, REBTF_KIND_VAR, REBTF_KIND_STRUCT, REBTF_KIND_VOLATILE },
	};
	struct tangle t = { .b = b, .r = r, .count = 3 + rng_below(r, 6) };
	const uint32_t *set = sets[rng_below(r, sizeof(sets) / sizeof(sets[0]))];

	for (uint32_t i = 0; i < t.count; i++)
		t.kinds[i] = rng_below(r, 16) ? set[rng_below(r, 4)]
					      : 1 + rng_below(r, REBTF_KIND_DATASEC);
	t.kinds[rng_below(r, 3)] = REBTF_KIND_INT;
	b->count = 0;
	b->start[0] = 0;
	for (uint32_t i = 0; i < t.count; i++)
		add_type(&t, t.kinds[i]);
}
