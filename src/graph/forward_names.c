/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists forward declarations and definitions by name. */
#include <stdlib.h>
#include <string.h>

#include "graph/forward_names.h"
#include "graph/forwards.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"

bool forward_is_declaration(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return t->name_off &&
	       (kind == REBTF_KIND_FWD || (kind_is_enum(kind) && !rebtf_type_vlen(t)));
}

uint64_t forward_key(const struct rebtf_type *t)
{
	struct rebtf_type forward = kind_is_composite(rebtf_type_kind(t)) ? forward_of(t) : *t;
	bool is_forward = rebtf_type_kind(&forward) == REBTF_KIND_FWD;

	if (!t->name_off || (!is_forward && !kind_is_enum(rebtf_type_kind(t))))
		return 0;
	return (uint64_t)t->name_off << 2 | (is_forward ? 1 + rebtf_type_kind_flag(&forward) : 0);
}

/* --- the list */

struct forward_draft {
	struct forward_names *f;
	const struct type_run *run;
	struct table table; /* numbers of names */
	uint8_t *contained; /* by id: see forwards.h */
};

struct forward_name_key {
	const struct forward_draft *draft;
	uint64_t key;
};

static inline bool forward_same(const void *arg, uint32_t number)
{
	const struct forward_name_key *search = arg;
	const struct forward_draft *d = search->draft;

	return forward_key(run_type(d->run, d->f->names.items[number].forward)) == search->key;
}

static struct table_slot *forward_find(const struct forward_draft *d, uint64_t key, uint32_t *hash)
{
	struct forward_name_key search = { d, key };

	*hash = hash_number(key);
	return table_find(&d->table, *hash, forward_same, &search);
}

static struct rebtf_error *forward_add_names(struct forward_draft *d,
					     enum forward_use (*use)(const void *arg,
								     const struct rebtf_type *t),
					     const void *arg)
{
	struct forward_names *f = d->f;

	forward_name_vector_append(&f->names, (struct forward_name){});
	for (uint32_t id = 1; id <= d->run->count; id++) {
		const struct rebtf_type *t = run_type(d->run, id);
		enum forward_use what = FORWARD_IGNORE;
		struct table_slot *slot;
		uint32_t hash;

		if (forward_is_declaration(t))
			what = use(arg, t);
		if (what == FORWARD_IGNORE)
			continue;
		if (!table_reserve(&d->table, 1))
			return error_nomem();
		slot = forward_find(d, forward_key(t), &hash);
		if (slot->value)
			continue;
		table_add(&d->table, slot, hash, f->names.count);
		forward_name_vector_append(&f->names,
					   (struct forward_name){ .forward = id,
								  .chosen = NO_BLOCK,
								  .kept = what == FORWARD_KEEP });
		if (f->names.failed)
			break;
	}
	return f->names.failed ? error_nomem() : NULL;
}

/* Sets the name of each definition and forward declaration, and counts the definitions. */
static uint32_t forward_count_definitions(struct forward_draft *d)
{
	struct forward_names *f = d->f;
	uint32_t total = 0, hash;

	for (uint32_t id = 1; id <= d->run->count; id++) {
		const struct rebtf_type *t = run_type(d->run, id);
		uint64_t key = forward_key(t);
		uint32_t number = key ? forward_find(d, key, &hash)->value : 0;

		f->by_id[id] = number;
		if (number && !forward_is_declaration(t))
			f->names.items[number].count++;
	}
	for (size_t i = 1; i < f->names.count; i++) {
		f->names.items[i].first = total;
		total += f->names.items[i].count;
	}
	return total;
}

/* A name cannot be followed if it has no definition, or a forward declaration inside a type. */
static void forward_drop_names(struct forward_draft *d)
{
	struct forward_names *f = d->f;

	for (uint32_t id = 1; id <= d->run->count; id++) {
		if (rebtf_type_kind(run_type(d->run, id)) == REBTF_KIND_FWD && d->contained[id])
			f->names.items[f->by_id[id]].count = 0;
	}
	for (uint32_t id = 1; id <= d->run->count; id++) {
		if (!f->names.items[f->by_id[id]].count)
			f->by_id[id] = 0;
	}
}

static void forward_add_definitions(struct forward_draft *d)
{
	struct forward_names *f = d->f;

	for (size_t i = 1; i < f->names.count; i++) {
		f->by_name[i] = f->names.items[i].count;
		f->names.items[i].count = 0;
	}
	for (uint32_t id = 1; id <= d->run->count; id++) {
		struct forward_name *n = &f->names.items[f->by_id[id]];

		if (f->by_id[id] && !forward_is_declaration(run_type(d->run, id)))
			f->definitions[n->first + n->count++] = id;
	}
}

static struct rebtf_error *forward_draft_names(struct forward_draft *d,
					       enum forward_use (*use)(const void *arg,
								       const struct rebtf_type *t),
					       const void *arg)
{
	size_t count = (size_t)d->run->count + 1;
	struct forward_names *f = d->f;
	uint32_t definitions;

	if (!table_reserve(&d->table, 1))
		return error_nomem();
	TRY(forward_add_names(d, use, arg));
	f->by_id = calloc(count, sizeof(*f->by_id));
	f->by_name = calloc(f->names.count, sizeof(*f->by_name));
	if (!f->by_id || !f->by_name)
		return error_nomem();
	if (f->names.count == 1)
		return NULL;
	d->contained = calloc(count, 1);
	f->leading = calloc(count, sizeof(*f->leading));
	if (!d->contained || !f->leading)
		return error_nomem();
	definitions = forward_count_definitions(d);
	f->definitions = malloc(((size_t)definitions + 1) * sizeof(*f->definitions));
	if (!f->definitions)
		return error_nomem();
	forwards_find_contained(d->run, d->contained);
	forward_drop_names(d);
	forward_add_definitions(d);
	return NULL;
}

struct rebtf_error *forward_names_list(struct forward_names *f, const struct type_run *run,
				       enum forward_use (*use)(const void *arg,
							       const struct rebtf_type *t),
				       const void *arg)
{
	struct forward_draft d = { .f = f, .run = run };
	struct rebtf_error *err = forward_draft_names(&d, use, arg);

	table_release(&d.table);
	free(d.contained);
	return err;
}

void forward_names_release(struct forward_names *f)
{
	forward_name_vector_release(&f->names);
	free(f->by_id);
	free(f->definitions);
	free(f->by_name);
	free(f->leading);
	free(f->targets);
}
