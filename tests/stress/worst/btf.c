/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Worlds of BTF. Each has a base, a module over it that refers to each of its types, also as a file
 * of raw BTF, and the base of a later kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shapes.h"
#include "worst.h"

/* ------------------------------------------------------------------------------------- samples */

static bool can_be_parameter(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_FUNC:
	case REBTF_KIND_FUNC_PROTO:
	case REBTF_KIND_LOC_PARAM:
	case REBTF_KIND_LOC_PROTO:
	case REBTF_KIND_LOCSEC:
	case REBTF_KIND_VAR:
	case REBTF_KIND_DATASEC:
	case REBTF_KIND_DECL_TAG:
		return false;
	default:
		return true;
	}
}

static bool can_be_embedded(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_STRUCT || rebtf_type_kind(t) == REBTF_KIND_UNION;
}

/*
 * Adds a union that contains all structs of the base by value and pointers to its prototypes, and
 * functions with all its other types as parameters.
 */
static void refer_to_base(struct rebtf_builder *b, const struct rebtf_btf *base)
{
	char name[32];

	rebtf_builder_struct(b, REBTF_KIND_UNION, "own", UINT32_MAX / 2);
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++) {
		if (can_be_embedded(rebtf_btf_type(base, id)))
			rebtf_builder_member(b, NULL, id, 0, 0);
	}
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++) {
		if (rebtf_type_kind(rebtf_btf_type(base, id)) == REBTF_KIND_FUNC_PROTO)
			rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	}
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id += 8) {
		uint32_t proto = rebtf_builder_func_proto(b, 0);

		for (uint32_t i = id; i < id + 8 && i < rebtf_btf_type_count(base); i++) {
			if (can_be_parameter(rebtf_btf_type(base, i)))
				rebtf_builder_param(b, NULL, i);
		}
		snprintf(name, sizeof(name), "own%u", id);
		rebtf_builder_func(b, name, REBTF_LINKAGE_STATIC, proto);
	}
}

static struct rebtf_btf *build(const struct shape *shape, struct rebtf_btf *base, uint32_t types,
			       bool changed)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;

	must("builder", rebtf_builder_new(base, &b));
	if (changed)
		rebtf_builder_float(b, "float", 4);
	shape->fill(b, types, changed);
	if (base)
		refer_to_base(b, base);
	must("build", rebtf_builder_finish(b, &btf));
	return btf;
}

/* Sets the base and its bytes. */
static void make_base(const struct shape *shape, uint32_t types, struct world *w)
{
	void *data;

	w->base = build(shape, NULL, types, false);
	must("write", rebtf_btf_write(w->base, NULL, &data, &w->base_size));
	w->base_data = data;
	if (!shape->tangle)
		return;
	rebtf_btf_unref(w->base);
	shape->tangle(data, w->base_size);
	must("open", rebtf_btf_open_mem(data, w->base_size, "tangled", NULL, &w->base));
}

/*
 * Makes the split's other forms, as far as it has them. Works on copies of the objects, because
 * operations count the work that an object does only once, and whose result it keeps.
 */
static void make_forms(struct world *w)
{
	REBTF_OPTIONS(rebtf_trust, trust, .names = w->trust, .name_count = w->trust_count);
	struct rebtf_btf *base = NULL, *split = NULL, *distilled_base = NULL;

	must("open", rebtf_btf_open_mem(w->base_data, w->base_size, "base", NULL, &base));
	must("open", rebtf_btf_open_mem(w->split_data, w->split_size, "split", base, &split));
	ok(rebtf_distill_expects(split, &trust, &distilled_base, &w->distilled, &w->expects));
	ok(rebtf_standalone(split, NULL, &w->standalone));
	rebtf_btf_unref(distilled_base);
	rebtf_btf_unref(split);
	rebtf_btf_unref(base);
}

static void release(struct world *w)
{
	rebtf_btf_unref(w->standalone);
	rebtf_btf_unref(w->expects);
	rebtf_btf_unref(w->distilled);
	rebtf_btf_unref(w->new_base);
	rebtf_btf_unref(w->split);
	rebtf_btf_unref(w->base);
	free((void *)w->split_data);
	free((void *)w->base_data);
}

static void with_shape(uint32_t number, uint32_t n,
		       void (*run)(const struct world *w, size_t size, void *arg), void *arg)
{
	static const char *const trust[] = { "trusted", "same", "wide", "own" };
	const struct shape *shape = &shapes[number];
	struct world w = { .trust = trust, .trust_count = 4, .one_thread = true };
	size_t new_size;
	void *data;
	int fd;

	make_base(shape, n, &w);
	w.split = build(shape, w.base, n / 2, false);
	must("write", rebtf_btf_write(w.split, NULL, &data, &w.split_size));
	w.split_data = data;
	w.new_base = build(shape, NULL, n, true);
	must("write", rebtf_btf_write(w.new_base, NULL, &data, &new_size));
	free(data);
	make_forms(&w);
	fd = add_file(&w, w.split_data, w.split_size);
	run(&w, w.base_size + w.split_size + new_size, arg);
	close(fd);
	release(&w);
}

static const char *shape_name(uint32_t shape)
{
	return shape < shape_count ? shapes[shape].name : NULL;
}

const struct subject btf_subject = { shape_name, with_shape, 4000 };
