/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks the records of structs with special members, see verify_special.h: first each record by
 * itself, in the order of ids, then which structs own one another.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/verify_special.h"
#include "util/error.h"

/* The kernel's BTF_MAX_OWNERSHIP_DEPTH. */
#define MAX_OWNER_LEVELS 8

/* ------------------------------------------------------------------------------ owning pointers */

/*
 * The kernel's structs that an owning pointer may point to. The kernel must be able to release them
 * with a destructor, which its BTF contains if it was built in. Source: the callers of
 * register_btf_id_dtor_kfuncs() in Linux 7.2.
 */
static const struct destructor {
	const char *of;
	const char *function;
} destructors[] = {
	{ "task_struct", "bpf_task_release_dtor" },
	{ "cgroup", "bpf_cgroup_release_dtor" },
	{ "bpf_cpumask", "bpf_cpumask_release_dtor" },
	{ "bpf_crypto_ctx", "bpf_crypto_ctx_release_dtor" },
	{ "sk_buff", "bpf_kfree_skb_dtor" },
	{ "prog_test_ref_kfunc", "bpf_kfunc_call_test_release_dtor" },
	{ "prog_test_member", "bpf_kfunc_call_memb_release_dtor" },
};

static bool has_destructor(struct rebtf_btf *kernel, const char *name)
{
	for (size_t i = 0; i < sizeof(destructors) / sizeof(destructors[0]); i++) {
		if (!strcmp(destructors[i].of, name))
			return rebtf_btf_find(kernel, destructors[i].function, REBTF_KIND_FUNC) !=
			       0;
	}
	return false;
}

/* Whether the kernel has a struct with that name. If so, the program's own struct is ignored. */
static bool is_of_kernel(const struct verifier *v, uint32_t id)
{
	const char *name = verifier_string(v, verifier_type(v, id)->name_off);

	return v->kernel_types && *name &&
	       rebtf_btf_find(v->kernel_types, name, REBTF_KIND_STRUCT) != 0;
}

static struct rebtf_error *check_pointer(const struct verifier *v, const struct special_field *f)
{
	const char *name = verifier_string(v, verifier_type(v, f->id)->name_off);

	if (f->special == SPECIAL_KPTR && is_of_kernel(v, f->id) &&
	    !has_destructor(v->kernel_types, name))
		FAIL("pointer with the tag 'kptr' to the kernel's struct '%s', but programs cannot own it",
		     name);
	return NULL;
}

/* ------------------------------------------------------------------------------- single records */

static uint32_t specials_in(const struct specials *s, const struct special_struct *of)
{
	uint32_t specials = 0;

	for (uint32_t i = 0; i < of->count; i++)
		specials |= 1u << fields_of(s, of)[i].special;
	return specials;
}

static struct rebtf_error *check_fields(struct specials *s, const struct special_struct *of,
					uint32_t size)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < of->count; i++) {
		const struct special_field *f = &fields_of(s, of)[i];
		const struct special_type *type = &special_types[f->special];

		if (f->offset + type->size > size)
			FAIL("%s of %u bytes at offset %u ends past the type's %u bytes",
			     type->name, type->size, f->offset, size);
		if (f->offset < end)
			FAIL("%s at offset %u overlaps the previous special field (ends at %u)",
			     type->name, f->offset, end);
		end = f->offset + type->size;
		if (1u << f->special & SPECIAL_KPTRS)
			TRY(check_pointer(s->v, f));
		if (type->node)
			TRY(check_node(s, f));
	}
	return NULL;
}

static struct rebtf_error *check_combination(uint32_t specials)
{
	if ((specials & SPECIAL_LOCKS) == SPECIAL_LOCKS)
		FAIL("both bpf_spin_lock and bpf_res_spin_lock (expected one)");
	if (specials & SPECIAL_ROOTS && !(specials & SPECIAL_LOCKS))
		FAIL("bpf_list_head or bpf_rb_root without a lock");
	if ((specials & SPECIAL_NODES) == SPECIAL_NODES && !(specials & SPECIAL(REFCOUNT)))
		FAIL("both bpf_list_node and bpf_rb_node without a bpf_refcount");
	return NULL;
}

static struct rebtf_error *check_record(struct specials *s, uint32_t id)
{
	const struct special_struct *of = special_struct(s, id);

	TRY(find_specials(s, id));
	if (of->err_id == id)
		return error_new(of->err->code, "%s", of->err->message);
	if (of->err_id)
		FAIL("contained type [%u]: %s", of->err_id,
		     special_struct(s, of->err_id)->err->message);
	if (of->levels >= MAX_DEPTH)
		FAIL("special fields in a struct with %u or more levels of nested structs",
		     MAX_DEPTH);
	if (!of->count)
		FAIL("member with the name of a special type has the wrong size or alignment");
	TRY(check_fields(s, of, verifier_type(s->v, id)->size));
	return check_combination(specials_in(s, of));
}

/* ------------------------------------------------------------------------------------ ownership */

/* Returns the struct with a record that a field owns, or 0. */
static uint32_t owned_by(const struct specials *s, const struct special_field *f)
{
	if (special_types[f->special].node)
		return f->id;
	if (!(1u << f->special & (SPECIAL(KPTR) | SPECIAL(KPTR_PERCPU))))
		return 0;
	return special_struct(s, f->id)->has_record && !is_of_kernel(s->v, f->id) ? f->id : 0;
}

/*
 * Returns the length of the longest chain of owners that starts at @id, or 0 if it exceeds @most.
 * @most also limits the recursion.
 */
static uint32_t count_owner_levels(struct specials *s, uint32_t id, uint32_t most)
{
	struct special_struct *of = special_struct(s, id);
	uint32_t levels = 1;

	if (!most)
		return 0;
	for (uint32_t i = 0; !of->owner_levels && i < of->count; i++) {
		uint32_t owned = owned_by(s, &fields_of(s, of)[i]), below;

		if (!owned)
			continue;
		below = count_owner_levels(s, owned, most - 1);
		if (!below)
			return 0;
		if (below >= levels)
			levels = below + 1;
	}
	if (!of->owner_levels)
		of->owner_levels = (uint8_t)levels;
	return of->owner_levels <= most ? of->owner_levels : 0;
}

/* The rule before kernels counted levels: a struct that can be owned must not own owners. */
static struct rebtf_error *check_node_owners(const struct specials *s,
					     const struct special_struct *of)
{
	if (!(specials_in(s, of) & SPECIAL_NODES))
		return NULL;
	for (uint32_t i = 0; i < of->count; i++) {
		const struct special_field *f = &fields_of(s, of)[i];

		if (special_types[f->special].node &&
		    specials_in(s, special_struct(s, f->id)) & SPECIAL_ROOTS)
			FAIL("element of lists or trees contains a list or tree of type [%u] with its own lists or trees",
			     f->id);
	}
	return NULL;
}

static struct rebtf_error *check_owner(struct specials *s, uint32_t id)
{
	const struct special_struct *of = special_struct(s, id);

	for (uint32_t i = 0; i < of->count; i++) {
		const struct special_field *f = &fields_of(s, of)[i];

		if (special_types[f->special].node && !special_struct(s, f->id)->has_record)
			FAIL("%s contains type [%u], but its node is not the first of this name",
			     special_types[f->special].name, f->id);
	}
	if (!s->v->rules->owner_levels)
		return check_node_owners(s, of);
	if (!count_owner_levels(s, id, MAX_OWNER_LEVELS))
		FAIL("starts a chain of more than %u owners, or a loop", MAX_OWNER_LEVELS);
	return NULL;
}

/* ---------------------------------------------------------------------------------------- frame */

static void find_marking(struct specials *s)
{
	const struct verifier *v = s->v;

	for (uint32_t i = 0; i < v->own_count; i++) {
		const struct rebtf_type *t = verifier_type(v, v->start_id + i);
		const char *name = verifier_string(v, t->name_off);

		if (!is_one_of(t, KIND(STRUCT)) || strncmp(name, "bpf_", 4) != 0)
			continue;
		for (enum special k = 1; k < SPECIAL_MARKING; k++) {
			if (!s->marking[k] && !strcmp(name, special_types[k].name))
				s->marking[k] = v->start_id + i;
		}
	}
}

/* Whether a member of type @id gives its struct a record. */
static bool is_marking(const struct specials *s, uint32_t id)
{
	enum special special;
	struct rebtf_error *err;
	uint32_t target;

	for (enum special k = 1; k < SPECIAL_MARKING; k++) {
		if (id == s->marking[k])
			return true;
	}
	if (s->v->rules->flat_records)
		return false;
	err = find_kptr(s->v, id, &special, &target);
	rebtf_error_free(err);
	return !err && special;
}

static bool needs_record(const struct specials *s, uint32_t id)
{
	const struct rebtf_type *t = verifier_type(s->v, id);
	const struct rebtf_member *m = rebtf_members(t);

	if (!is_one_of(t, KIND(STRUCT)))
		return false;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		if (is_marking(s, m[i].type))
			return true;
	}
	return false;
}

static struct rebtf_error *make_records(struct specials *s)
{
	struct verifier *v = s->v;

	for (uint32_t i = 0; i < v->own_count && !has_enough(v); i++) {
		struct rebtf_error *err;

		if (!needs_record(s, v->start_id + i))
			continue;
		if (!s->structs)
			s->structs = calloc(v->own_count, sizeof(*s->structs));
		if (!s->structs)
			return error_nomem();
		err = check_record(s, v->start_id + i);
		s->structs[i].has_record = !err;
		if (err)
			TRY(note_violation(v, v->start_id + i, err));
	}
	return NULL;
}

static struct rebtf_error *check_owners(struct specials *s)
{
	struct verifier *v = s->v;

	for (uint32_t i = 0; i < v->own_count && !has_enough(v); i++) {
		struct rebtf_error *err;

		if (!s->structs[i].has_record)
			continue;
		err = check_owner(s, v->start_id + i);
		if (err)
			TRY(note_violation(v, v->start_id + i, err));
	}
	return NULL;
}

struct rebtf_error *verify_specials(struct verifier *v)
{
	struct specials s = { .v = v };
	struct rebtf_error *err;

	if (v->base || !v->rules->records)
		return NULL;
	find_marking(&s);
	err = make_records(&s);
	if (!err && s.structs && !v->noted->errors.count)
		err = check_owners(&s);
	for (uint32_t i = 0; s.structs && i < v->own_count; i++) {
		rebtf_error_free(s.structs[i].err);
		free(s.structs[i].members);
	}
	free(s.structs);
	named_vector_release(&s.by_name);
	contains_tags_release(&s.tags);
	special_fields_release(&s.fields);
	return err;
}
