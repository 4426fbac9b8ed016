/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Relocating: split BTF over a distilled base becomes split BTF over a kernel. Once it is known
 * which type of the kernel each distilled one is (match.c), the rest is copying the split's bytes
 * and renumbering them, so the cost is that of the module, whatever the size of the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "split/embedded.h"
#include "split/match.h"
#include "split/rewrite.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/error.h"

struct relocation {
	const struct rebtf_btf *split;
	const struct rebtf_btf *distilled;
	const struct rebtf_btf *new_base;
	const struct rebtf_match *matches;
	uint32_t *ids;		  /* new ids of the distilled base's types; void stays void */
	uint32_t distilled_count; /* void included */
	uint32_t base_count;	  /* of the new base, likewise */
	uint32_t old_start;	  /* string offset at which the split's own strings start: now */
	uint32_t new_start;	  /* and over the new base */
	uint32_t *strings;   /* new offsets of the distilled base's strings; 0: not known yet */
	struct buffer added; /* strings of the distilled base that the new one may not have */
};

/* No branch on the value, which is as good as random: both sides of the choice are cheap. */
static inline void renumber_id(void *arg, const uint32_t *field)
{
	const struct relocation *r = arg;
	uint32_t *id = (uint32_t *)field;
	bool is_base = *id < r->distilled_count;
	uint32_t mapped = r->ids[is_base ? *id : 0];

	*id = is_base ? mapped : *id - r->distilled_count + r->base_count;
}

/*
 * The split uses a string of the distilled base that is no name of a type there, which is no common
 * thing. It joins the split's strings.
 */
static uint32_t add_string(struct relocation *r, uint32_t off)
{
	const char *s = btf_string(r->distilled, off);

	/*
	 * More than there are can only come of names inside names, of which a file could have no
	 * end.
	 */
	if (r->added.size + strlen(s) >= r->old_start)
		r->added.failed = true;
	r->strings[off] = r->new_start + r->split->strings_size + r->added.size;
	buffer_append(&r->added, s, strlen(s) + 1);
	return r->strings[off];
}

static inline void renumber_string(void *arg, const uint32_t *field)
{
	struct relocation *r = arg;
	uint32_t *off = (uint32_t *)field;
	bool is_base = !*off | (*off < r->old_start);
	uint32_t mapped = r->strings[is_base ? *off : 0];

	if (__builtin_expect(is_base && !mapped && *off, 0))
		mapped = add_string(r, *off);
	*off = is_base ? mapped : *off - r->old_start + r->new_start;
}

/*
 * The names of matched types are in the new base already, at the offset that the target has its
 * name at; unless that is inside another name, to which only the base itself may refer.
 */
static void map_base(struct relocation *r)
{
	for (uint32_t id = 1; id < r->distilled_count; id++) {
		uint32_t target = r->matches[id - 1].target;
		uint32_t name_off = btf_type(r->new_base, target)->name_off;

		r->ids[id] = target;
		if (btf_string_is_whole(r->new_base, name_off))
			r->strings[btf_type(r->distilled, id)->name_off] = name_off;
	}
}

/*
 * A copy of the split's own part: types, layout and strings in one piece of memory, and its places.
 */
static struct rebtf_error *copy_parts(const struct rebtf_btf *split, struct btf_parts *parts)
{
	size_t layout_size = split->layout_count * sizeof(*split->layout);
	size_t places_size = split->own_count * sizeof(*split->places);
	uint8_t *memory = malloc((size_t)split->types_size + layout_size + split->strings_size + 1);
	uint32_t *places = malloc(places_size + 1);

	if (!memory || !places) {
		free(memory);
		free(places);
		return error_nomem();
	}
	*parts = (struct btf_parts){
		.memory = memory,
		.types = (const uint32_t *)memory,
		.types_size = split->types_size,
		.layout = layout_size ? (const struct layout_entry *)(memory + split->types_size)
				      : NULL,
		.layout_count = split->layout_count,
		.strings = (const char *)memory + split->types_size + layout_size,
		.strings_size = split->strings_size,
		.places = places,
		.own_count = split->own_count,
		.big_endian = split->big_endian,
	};
	if (places_size)
		memcpy(places, split->places, places_size);
	if (split->types_size)
		memcpy(memory, split->types, split->types_size);
	if (layout_size)
		memcpy(memory + split->types_size, split->layout, layout_size);
	if (split->strings_size)
		memcpy((char *)parts->strings, split->strings, split->strings_size);
	return NULL;
}

/*
 * Strings stand last, so there is more room for them where they are or where the memory moves to.
 */
static struct rebtf_error *append_strings(struct btf_parts *parts, const struct buffer *added)
{
	size_t before = parts->strings - (const char *)parts->memory + parts->strings_size;
	size_t strings_at = parts->strings - (const char *)parts->memory;
	uint8_t *memory;

	if (added->failed)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "no room for the strings that it uses of its distilled base");
	if ((uint64_t)parts->strings_size + added->size > UINT32_MAX)
		return error_nomem();
	if (!added->size)
		return NULL;
	memory = realloc(parts->memory, before + added->size);
	if (!memory)
		return error_nomem();
	memcpy(memory + before, added->data, added->size);
	parts->memory = memory;
	parts->types = (const uint32_t *)memory;
	if (parts->layout)
		parts->layout = (const struct layout_entry *)(memory + parts->types_size);
	parts->strings = (const char *)memory + strings_at;
	parts->strings_size += added->size;
	return NULL;
}

static struct rebtf_error *renumber(struct relocation *r, struct rebtf_btf *new_base,
				    struct rebtf_btf **relocated)
{
	struct btf_parts parts;
	struct rebtf_error *err;

	r->strings = calloc((size_t)r->old_start + 1, sizeof(*r->strings));
	r->ids = calloc(r->distilled_count, sizeof(*r->ids));
	if (!r->strings || !r->ids)
		return error_nomem();
	map_base(r);
	TRY(copy_parts(r->split, &parts));
	rewrite_types((uint32_t *)parts.types, parts.places, parts.own_count, renumber_id,
		      renumber_string, r);
	err = append_strings(&parts, &r->added);
	if (err) {
		free(parts.memory);
		free(parts.places);
		return err;
	}
	return btf_assemble(&parts, new_base, relocated);
}

static struct rebtf_error *relocate(const struct rebtf_btf *split, struct rebtf_btf *new_base,
				    const struct rebtf_report *report, struct rebtf_btf **relocated)
{
	struct relocation r = {
		.split = split,
		.distilled = split->base,
		.new_base = new_base,
		.matches = report->matches,
		.distilled_count = split->start_id,
		.base_count = rebtf_type_count(new_base),
		.old_start = split->start_string,
		.new_start = rebtf_string_end(new_base),
	};
	struct rebtf_error *err = renumber(&r, new_base, relocated);

	free(r.strings);
	free(r.ids);
	buffer_release(&r.added);
	return err;
}

static struct rebtf_error *check_arguments(const struct rebtf_btf *split,
					   const struct rebtf_btf *new_base)
{
	if (!split->base)
		return error_new(
			REBTF_ERR_ARGUMENT,
			"only split BTF over a distilled base can be relocated, and this has no base");
	if (split->big_endian != new_base->big_endian)
		return error_new(REBTF_ERR_ARGUMENT, "it is %s-endian, and the new base is not",
				 split->big_endian ? "big" : "little");
	return require_known_kinds(split, "relocate");
}

struct rebtf_error *rebtf_relocate(const struct rebtf_btf *split, struct rebtf_btf *new_base,
				   struct rebtf_report **report, struct rebtf_btf **relocated)
{
	struct rebtf_report *r;
	struct id_set embedded;
	struct rebtf_error *err;

	TRY(check_arguments(split, new_base));
	TRY(find_embedded(split, &embedded));
	err = match_distilled(split->base, &embedded, new_base, &r);
	id_set_release(&embedded);
	if (err)
		return err;
	if (r->misfits)
		err = report_error(r);
	else if (relocated)
		err = relocate(split, new_base, r, relocated);
	if (report && (!err || err->code == REBTF_ERR_MISMATCH))
		*report = r;
	else
		rebtf_report_free(r);
	return err;
}
