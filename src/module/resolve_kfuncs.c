/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Completes the types of kfuncs, as the resolve_btfids of Linux 7.0 and later does.
 *
 * - A kfunc whose flags have KF_IMPLICIT_ARGS takes arguments that the verifier adds by itself, so BPF
 *   programs must not see them. Its FUNC gets a prototype that ends before the first of them. A new
 *   FUNC NAME_impl has the whole prototype, and all tags but "bpf_kfunc".
 * - pahole tags the FUNCs of kfuncs, unless the kernel is too new to ask for it. So if no function
 *   has the tag, each kfunc gets it here, and "bpf_fastcall" if its flags have that.
 */
#include <string.h>

#include "btf/build.h"
#include "btf/string_seek.h"
#include "module/btf_ids_section.h"
#include "module/id_search.h"
#include "module/resolve_ids.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"
#include "util/text.h"

/* Flags of a kfunc in a set (include/linux/btf.h). */
#define KF_FASTCALL	 (1u << 12)
#define KF_IMPLICIT_ARGS (1u << 16)

#define TAG_KFUNC "bpf_kfunc"
/* Longer names are invalid. */
#define NAME_MAX_BYTES 4095

/* A function that .BTF_ids names. */
struct kfunc_name {
	const struct rebtf_id *id;
	const struct rebtf_id_set *set; /* the last set by name with it; or NULL */
	uint64_t place;			/* of its id in that set */
};

struct kfunc {
	uint32_t id; /* of its FUNC */
	uint32_t flags;
};

DEFINE_VECTOR(kfunc_vector, struct kfunc);

struct kfunc_tag {
	uint32_t id;
	uint32_t type; /* that it is about */
};

DEFINE_VECTOR(kfunc_tags, struct kfunc_tag);

struct kfuncs {
	const struct rebtf_ids *ids;
	const struct rebtf_btf *btf;
	struct kfunc_name *names; /* by name, descending, each once */
	size_t name_count;
	struct kfunc_tags tags; /* all own DECL_TAGs: by id at first, then by type */
	struct kfunc_vector kfuncs;
	bool tags_missing; /* the kfuncs have no tags yet */

	bool started; /* whether there is anything to add */
	struct rebtf_builder out;
};

static void kfuncs_release(struct kfuncs *k)
{
	free(k->names);
	kfunc_tags_release(&k->tags);
	kfunc_vector_release(&k->kfuncs);
	if (k->started)
		builder_release(&k->out);
}

/* ---------------------------------------------------------------------------------------- find kfuncs */

static int names_descending(const void *a, const void *b)
{
	const struct kfunc_name *left = a, *right = b;

	return strcmp(right->id->name, left->id->name);
}

/* Whether @set is the better source of flags: the last one by name, as in the kernel's tool. */
static bool set_precedes(const struct rebtf_id_set *set, const struct rebtf_id_set *other)
{
	return !other || strcmp(set->name, other->name) > 0;
}

/* Of all words with one name, the first of the array keeps the set. */
static void merge_name(struct kfunc_name *into, const struct kfunc_name *name)
{
	if (name->set && set_precedes(name->set, into->set)) {
		into->set = name->set;
		into->place = name->place;
	}
}

/* Collects the names of functions with the sets that they are in. */
static struct rebtf_error *collect_functions(struct kfuncs *k, uint32_t set_flags)
{
	const struct rebtf_ids *ids = k->ids;
	size_t count = 0, s = 0, unique = 0;

	k->names = calloc(ids->id_count + 1, sizeof(*k->names));
	if (!k->names)
		return error_nomem();
	for (size_t i = 0; i < ids->id_count; i++) {
		const struct rebtf_id *id = &ids->ids[i];
		const struct rebtf_id_set *set;

		while (s < ids->set_count && id_set_end(&ids->sets[s]) <= id->offset)
			s++;
		set = s < ids->set_count && ids->sets[s].offset < id->offset ? &ids->sets[s] : NULL;
		if (id->kind != REBTF_KIND_FUNC)
			continue;
		if (set && (!set->has_flags || (set->flags & set_flags) != set_flags))
			set = NULL;
		k->names[count++] = (struct kfunc_name){ id, set, id->offset };
	}
	qsort(k->names, count, sizeof(*k->names), names_descending);
	for (size_t i = 0; i < count; i++) {
		if (unique && !names_descending(&k->names[unique - 1], &k->names[i]))
			merge_name(&k->names[unique - 1], &k->names[i]);
		else
			k->names[unique++] = k->names[i];
	}
	k->name_count = unique;
	return NULL;
}

static uint32_t flags_of(const struct kfuncs *k, const struct kfunc_name *name)
{
	return name->set ? get32(k->ids->data + name->place + 4, k->ids->big_endian) : 0;
}

/* The FUNC that a DECL_TAG marks as a kfunc; 0: it does not. */
static uint32_t tagged_kfunc(const struct rebtf_btf *btf, const struct rebtf_type *tag)
{
	if (!btf_is_kfunc_tag(btf, tag) ||
	    rebtf_type_kind(btf_type(btf, tag->type)) != REBTF_KIND_FUNC)
		return 0;
	return tag->type;
}

static bool collect_tags(struct kfuncs *k)
{
	bool is_tagged = false;

	for (uint32_t i = 0; i < k->btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(k->btf, i);

		if (rebtf_type_kind(t) != REBTF_KIND_DECL_TAG)
			continue;
		kfunc_tags_append(&k->tags, (struct kfunc_tag){ k->btf->start_id + i, t->type });
		is_tagged = is_tagged || tagged_kfunc(k->btf, t);
	}
	return is_tagged;
}

/* The kfuncs that pahole tagged, in the order of their tags. */
static void find_tagged(struct kfuncs *k)
{
	for (size_t i = 0; i < k->tags.count; i++) {
		uint32_t id = tagged_kfunc(k->btf, btf_type(k->btf, k->tags.items[i].id));
		const struct rebtf_id key_id = {
			.name = rebtf_btf_type_name(k->btf, btf_type(k->btf, id))
		};
		const struct kfunc_name key = { .id = &key_id }, *name;

		if (!id || id < k->btf->start_id)
			continue;
		name = bsearch(&key, k->names, k->name_count, sizeof(key), names_descending);
		if (name)
			kfunc_vector_append(&k->kfuncs, (struct kfunc){ id, flags_of(k, name) });
	}
}

/* All functions in sets of kfuncs that the BTF has. */
static struct rebtf_error *find_untagged(struct kfuncs *k)
{
	_cleanup_free_ struct id_sought *sought = calloc(k->name_count + 1, sizeof(*sought));
	struct id_search search;
	struct rebtf_error *err;

	if (!sought)
		return error_nomem();
	for (size_t i = 0; i < k->name_count; i++)
		sought[i] = (struct id_sought){
			.name = k->names[i].id->name,
			.kind = REBTF_KIND_FUNC,
			.uses = 1,
		};
	err = id_search_init(&search, sought, k->name_count);
	if (!err)
		id_search_run(&search, k->btf, NULL, NULL);
	id_search_release(&search);
	for (size_t i = 0; !err && i < k->name_count; i++) {
		if (k->names[i].set && sought[i].id)
			kfunc_vector_append(&k->kfuncs,
					    (struct kfunc){ sought[i].id,
							    flags_of(k, &k->names[i]) });
	}
	return err;
}

static struct rebtf_error *find_kfuncs(struct kfuncs *k)
{
	k->tags_missing = !collect_tags(k);
	TRY(collect_functions(k, k->tags_missing ? BTF_SET8_KFUNCS : 0));
	if (k->tags_missing)
		TRY(find_untagged(k));
	else
		find_tagged(k);
	return k->tags.failed || k->kfuncs.failed ? error_nomem() : NULL;
}

/* ------------------------------------------------------------------------------------------ new types */

/* In a kernel, completing kfuncs adds less than 1/16 to the size of the types. */
#define SHARE_OF_KFUNCS 16

/* Starts the result with all of the BTF. */
static struct rebtf_error *kfuncs_start(struct kfuncs *k)
{
	if (k->started)
		return NULL;
	TRY(btf_require_known_kinds(k->btf, "complete kfuncs"));
	builder_start_like(&k->out, k->btf->base, k->btf, "complete kfuncs");
	builder_make_room_like(&k->out, k->btf, k->btf->types_size / SHARE_OF_KFUNCS);
	builder_keep_own(&k->out, k->btf);
	k->started = true;
	return NULL;
}

/* The offset of @string in the result. Adds it to the result if the BTF does not have it. */
static uint32_t kfuncs_string(struct kfuncs *k, struct sought_string *string)
{
	if (!string->off)
		string->off = builder_append_string(&k->out, string->text);
	return string->off;
}

/* Adds a type of @size bytes, and returns its id. */
static uint32_t kfuncs_add(struct kfuncs *k, const void *type, size_t size)
{
	uint32_t id = rebtf_builder_next_id(&k->out);

	builder_add(&k->out, type, size);
	return id;
}

static void add_tag(struct kfuncs *k, const struct rebtf_type *like, uint32_t func)
{
	const uint32_t tag[] = { like->name_off, like->info, func,
				 (uint32_t)rebtf_decl_tag_component(like) };

	kfuncs_add(k, tag, sizeof(tag));
}

static const struct rebtf_type *skip_qualifiers(const struct rebtf_btf *btf, uint32_t id)
{
	for (;;) {
		const struct rebtf_type *t = btf_type(btf, id);

		switch (rebtf_type_kind(t)) {
		case REBTF_KIND_VOLATILE:
		case REBTF_KIND_CONST:
		case REBTF_KIND_RESTRICT:
		case REBTF_KIND_TYPE_TAG:
			id = t->type;
			break;
		default:
			return t;
		}
	}
}

/* Whether the verifier adds an argument of this type by itself. */
static bool is_implicit(const struct rebtf_btf *btf, uint32_t type)
{
	const struct rebtf_type *t = skip_qualifiers(btf, type);
	const char *name;

	if (rebtf_type_kind(t) != REBTF_KIND_PTR)
		return false;
	t = skip_qualifiers(btf, t->type);
	name = rebtf_btf_type_name(btf, t);
	return rebtf_type_kind(t) == REBTF_KIND_STRUCT &&
	       (!strcmp(name, "bpf_prog_aux") || !strcmp(name, "btf_struct_meta"));
}

/* Adds a copy of the prototype without its implicit parameters. Returns its id. */
static uint32_t add_explicit_proto(struct kfuncs *k, const struct rebtf_type *proto)
{
	const struct rebtf_param *params = rebtf_params(proto);
	struct rebtf_type cut = *proto;
	uint32_t count = 0, id, *copy;

	while (count < rebtf_type_vlen(proto) && !is_implicit(k->btf, params[count].type))
		count++;
	cut.name_off = 0;
	cut.info = (uint32_t)REBTF_KIND_FUNC_PROTO << 24;
	id = kfuncs_add(k, &cut, sizeof(cut));
	copy = k->out.err ? NULL : builder_extend(&k->out, count * sizeof(*params));
	if (copy && count) {
		memcpy(copy, params, count * sizeof(*params));
		builder_type(&k->out, id)->info |= count;
	}
	return id;
}

static int tags_by_type(const void *a, const void *b)
{
	const struct kfunc_tag *left = a, *right = b;

	return by_number(left->type, right->type) ?: by_number(left->id, right->id);
}

/* The index of the first tag of type @id, or of a later type. */
static size_t first_tag_of(const struct kfuncs *k, uint32_t id)
{
	size_t low = 0, high = k->tags.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->tags.items[mid].type < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Adds the function with the whole prototype. */
static void add_implementation(struct kfuncs *k, uint32_t id, struct sought_string *name)
{
	struct rebtf_type added = *btf_type(k->btf, id);
	uint32_t added_id;

	added.name_off = kfuncs_string(k, name);
	added_id = kfuncs_add(k, &added, sizeof(added));
	for (size_t i = first_tag_of(k, id); i < k->tags.count && k->tags.items[i].type == id;
	     i++) {
		const struct rebtf_type *tag = btf_type(k->btf, k->tags.items[i].id);

		if (strcmp(btf_string(k->btf, tag->name_off), TAG_KFUNC) != 0)
			add_tag(k, tag, added_id);
	}
}

/* ------------------------------------------------------------------------------------------- complete */

/* A kfunc with implicit arguments, and the name of its implementation. */
struct implicit {
	uint32_t id;
	char *name;
	struct id_sought *sought;
};

struct implicit_list {
	struct implicit *items;
	size_t count;
	struct id_sought *sought;      /* the names, each once */
	struct sought_string *strings; /* the same */
};

static void implicit_list_release(struct implicit_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].name);
	free(list->items);
	free(list->sought);
	free(list->strings);
}

static int implicit_by_name(const void *a, const void *b)
{
	return strcmp((*(const struct implicit *const *)a)->name,
		      (*(const struct implicit *const *)b)->name);
}

static struct rebtf_error *list_implicit(const struct kfuncs *k, struct implicit_list *list)
{
	list->items = calloc(k->kfuncs.count + 1, sizeof(*list->items));
	if (!list->items)
		return error_nomem();
	for (size_t i = 0; i < k->kfuncs.count; i++) {
		const struct kfunc *kfunc = &k->kfuncs.items[i];
		const char *name = rebtf_btf_type_name(k->btf, btf_type(k->btf, kfunc->id));
		struct implicit *item = &list->items[list->count];

		if (!(kfunc->flags & KF_IMPLICIT_ARGS) || kfunc->id < k->btf->start_id)
			continue;
		if (strlen(name) + strlen("_impl") > NAME_MAX_BYTES)
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "cannot append _impl: the name is too long"),
					    k->btf, kfunc->id);
		item->id = kfunc->id;
		item->name = text_join(name, "_impl");
		if (!item->name)
			return error_nomem();
		list->count++;
	}
	return NULL;
}

/* Looks for implementations that the source code has itself. */
static struct rebtf_error *seek_implementations(const struct kfuncs *k, struct implicit_list *list)
{
	_cleanup_free_ struct implicit **by_name = calloc(list->count + 1, sizeof(*by_name));
	struct rebtf_error *err;
	struct id_search search;
	size_t count = 0;

	list->sought = calloc(list->count + 1, sizeof(*list->sought));
	list->strings = calloc(list->count + 1, sizeof(*list->strings));
	if (!by_name || !list->sought || !list->strings)
		return error_nomem();
	for (size_t i = 0; i < list->count; i++)
		by_name[i] = &list->items[i];
	qsort(by_name, list->count, sizeof(*by_name), implicit_by_name);
	for (size_t i = 0; i < list->count; i++) {
		if (!count || strcmp(by_name[i]->name, list->sought[count - 1].name) != 0)
			list->sought[count++] = (struct id_sought){
				.name = by_name[i]->name,
				.kind = REBTF_KIND_FUNC,
				.uses = 1,
			};
		by_name[i]->sought = &list->sought[count - 1];
		list->strings[count - 1].text = list->sought[count - 1].name;
	}
	err = id_search_init(&search, list->sought, count);
	if (!err)
		id_search_run(&search, k->btf, NULL, NULL);
	id_search_release(&search);
	return err ?: string_seek(k->btf, list->strings, count);
}

static struct rebtf_error *hide_arguments(struct kfuncs *k)
{
	_cleanup_(implicit_list_release) struct implicit_list list = {};

	TRY(list_implicit(k, &list));
	if (!list.count)
		return NULL;
	TRY(seek_implementations(k, &list));
	TRY(kfuncs_start(k));
	if (k->tags.count)
		qsort(k->tags.items, k->tags.count, sizeof(*k->tags.items), tags_by_type);
	for (size_t i = 0; i < list.count; i++) {
		const struct implicit *item = &list.items[i];
		const struct rebtf_type *proto = btf_type(k->btf, btf_type(k->btf, item->id)->type);
		uint32_t id;

		if (rebtf_type_kind(proto) != REBTF_KIND_FUNC_PROTO)
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "the function has no prototype"),
					    k->btf, item->id);
		if (!item->sought->id) {
			item->sought->id = rebtf_builder_next_id(&k->out);
			add_implementation(k, item->id, &list.strings[item->sought - list.sought]);
		}
		id = add_explicit_proto(k, proto);
		if (!k->out.err)
			builder_type(&k->out, item->id)->type = id;
	}
	return NULL;
}

static void add_named_tag(struct kfuncs *k, struct sought_string *name, uint32_t func)
{
	const uint32_t tag[] = { kfuncs_string(k, name), (uint32_t)REBTF_KIND_DECL_TAG << 24, func,
				 UINT32_MAX };

	kfuncs_add(k, tag, sizeof(tag));
}

static struct rebtf_error *add_missing_tags(struct kfuncs *k)
{
	struct sought_string names[] = { { .text = TAG_KFUNC }, { .text = "bpf_fastcall" } };

	if (!k->tags_missing || !k->kfuncs.count)
		return NULL;
	TRY(string_seek(k->btf, names, 2));
	TRY(kfuncs_start(k));
	for (size_t i = 0; i < k->kfuncs.count; i++) {
		const struct kfunc *kfunc = &k->kfuncs.items[i];

		add_named_tag(k, &names[0], kfunc->id);
		if (kfunc->flags & KF_FASTCALL)
			add_named_tag(k, &names[1], kfunc->id);
	}
	return NULL;
}

struct rebtf_error *resolve_kfuncs(const struct rebtf_ids *ids, const struct rebtf_btf *btf,
				   struct rebtf_btf **completed)
{
	_cleanup_(kfuncs_release) struct kfuncs k = {
		.ids = ids,
		.btf = btf,
	};

	*completed = NULL;
	TRY(find_kfuncs(&k));
	TRY(add_missing_tags(&k));
	TRY(hide_arguments(&k));
	return k.started ? builder_assemble(&k.out, completed) : NULL;
}
