/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes versions of types as text and as JSON. */
#include "cli/versions.h"

static const char *version_name(const struct rebtf_btf *btf, uint32_t id)
{
	return rebtf_btf_type_name(btf, rebtf_btf_type(btf, id));
}

static void version_add_name(struct text *text, const struct rebtf_btf *btf, uint32_t id)
{
	const char *name = version_name(btf, id);

	text_add(text, rebtf_type_keyword(rebtf_btf_type(btf, id)));
	text_add_type_name(text, *name ? name : "(anon)");
}

/* "nf_nat [8044]" */
static void version_add_owner(struct text *text, const char *owner, uint32_t id)
{
	if (owner) {
		text_add_name(text, owner);
		text_add(text, " ");
	}
	text_addf(text, "[%u]", id);
}

/* "'next' at bit 64: struct list *" */
static void version_add_side(struct text *text, const char *member, uint32_t offset,
			     const char *type)
{
	if (member) {
		text_add(text, "'");
		text_add_type_name(text, member);
		text_add(text, "'");
	}
	if (member && type)
		text_addf(text, " at bit %u: ", offset);
	if (type)
		text_add_type_name(text, type);
	if (!member && !type)
		text_add(text, "nothing");
}

/* Adds the first difference. Types with the same members can still have different sizes. */
static void version_add_difference(struct text *text, const struct rebtf_btf *btf,
				   const struct rebtf_version *v)
{
	const struct rebtf_type *first = rebtf_btf_type(btf, v->first_cause);
	const struct rebtf_type *last = rebtf_btf_type(btf, v->cause);

	text_add(text, ": ");
	if (!v->first_member && !v->member && !v->first_type && !v->type &&
	    first->size != last->size) {
		text_addf(text, "size %u, size %u", first->size, last->size);
		return;
	}
	version_add_side(text, v->first_member, v->first_offset, v->first_type);
	text_add(text, ", ");
	version_add_side(text, v->member, v->offset, v->type);
}

void version_add_text(struct text *text, const struct rebtf_btf *btf,
		      const struct rebtf_version *version, const char *first_owner,
		      const char *owner)
{
	const struct rebtf_version *v = version;

	text_add(text, "  ");
	version_add_name(text, btf, v->id);
	text_add(text, ": ");
	version_add_owner(text, first_owner, v->first_id);
	text_add(text, " and ");
	version_add_owner(text, owner, v->id);
	text_add(text, " differ");
	if (v->cause && v->cause != v->id) {
		text_add(text, " because of ");
		version_add_name(text, btf, v->cause);
		text_addf(text, " [%u] and [%u]", v->first_cause, v->cause);
	}
	if (v->cause)
		version_add_difference(text, btf, v);
	text_add(text, "\n");
}

static struct json_object *version_side_json(const char *member, uint32_t offset, const char *type)
{
	struct json_object *side = json_new_object();

	json_add_name(side, "name", member);
	json_add_number(side, "offset", offset);
	json_add_name(side, "type", type);
	return side;
}

struct json_object *version_json(const struct rebtf_btf *btf, const struct rebtf_version *version)
{
	struct json_object *object = json_new_object();
	const struct rebtf_version *v = version;
	const struct rebtf_type *t = rebtf_btf_type(btf, v->id);

	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", version_name(btf, v->id));
	json_add_number(object, "first_id", v->first_id);
	json_add_number(object, "id", v->id);
	json_add_number(object, "first_cause", v->first_cause);
	json_add_number(object, "cause", v->cause);
	json_add_name(object, "cause_name", v->cause ? version_name(btf, v->cause) : NULL);
	json_add(object, "first_member",
		 version_side_json(v->first_member, v->first_offset, v->first_type));
	json_add(object, "member", version_side_json(v->member, v->offset, v->type));
	return object;
}
