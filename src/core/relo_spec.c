/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the path of a CO-RE relocation, "0:1:2", in the program's own types; spells it in C. */
#include <stdio.h>
#include <string.h>

#include "core/relo.h"

#define RELO_SPEC_FAIL(...) return error_new(REBTF_ERR_FORMAT, __VA_ARGS__)

static struct rebtf_error *relo_spec_read_numbers(const char *access, struct relo_spec *spec)
{
	const char *s = access;

	do {
		uint64_t number = 0;

		if (*s < '0' || *s > '9')
			RELO_SPEC_FAIL("invalid access string '%.64s'", access);
		for (; *s >= '0' && *s <= '9'; s++) {
			number = number * 10 + (uint64_t)(*s - '0');
			if (number > INT32_MAX)
				RELO_SPEC_FAIL("invalid access string '%.64s'", access);
		}
		if (spec->raw_count == RELO_STEPS_MAX)
			RELO_SPEC_FAIL("the access string has more than %d steps", RELO_STEPS_MAX);
		spec->raw[spec->raw_count++] = (uint32_t)number;
	} while (*s++ == ':');
	if (s[-1])
		RELO_SPEC_FAIL("invalid access string '%.64s'", access);
	return NULL;
}

static struct rebtf_error *relo_spec_read_enumerator(struct relo_spec *spec,
						     const struct rebtf_type *t, uint32_t id)
{
	uint32_t index = spec->raw[0];

	if (!kind_is_enum(rebtf_type_kind(t)) || spec->raw_count > 1 || index >= rebtf_type_vlen(t))
		RELO_SPEC_FAIL("type [%u] has no enumerator %u", id, index);
	relo_add_step(spec, id, index, btf_string(spec->btf, enumerator_name_off(t, index)));
	return NULL;
}

static struct rebtf_error *relo_spec_read_member(struct relo_spec *spec, const struct rebtf_type *t,
						 uint32_t *id, uint32_t index)
{
	const struct rebtf_member *m = &rebtf_members(t)[index];
	uint32_t offset;

	if (index >= rebtf_type_vlen(t))
		RELO_SPEC_FAIL("type [%u] has no member %u", *id, index);
	offset = rebtf_member_bit_offset(t, m);
	if (__builtin_add_overflow(spec->bit_offset, offset, &spec->bit_offset))
		RELO_SPEC_FAIL("member %u of type [%u] is out of range", index, *id);
	if (m->name_off) {
		const char *name = btf_string(spec->btf, m->name_off);

		if (!*name)
			RELO_SPEC_FAIL("member %u of type [%u] has an empty name", index, *id);
		relo_add_step(spec, *id, index, name);
	}
	*id = m->type;
	return NULL;
}

static struct rebtf_error *relo_spec_read_element(struct relo_spec *spec,
						  const struct rebtf_type *t, uint32_t *id,
						  uint32_t index, uint64_t *budget)
{
	const struct rebtf_array *array = rebtf_array(t);

	*id = array->type;
	TRY(relo_skip(spec->btf, id, budget, &t));
	if (index >= array->nelems &&
	    !relo_is_flexible(spec->btf, &spec->steps[spec->step_count - 1], array))
		RELO_SPEC_FAIL("element %u is out of range (the array has %u elements)", index,
			       array->nelems);
	relo_add_step(spec, *id, index, NULL);
	return relo_add_elements(spec, *id, index);
}

static struct rebtf_error *relo_spec_read_field(struct relo_spec *spec, uint32_t id,
						uint64_t *budget)
{
	relo_add_step(spec, id, spec->raw[0], NULL);
	TRY(relo_add_elements(spec, id, spec->raw[0]));
	for (uint32_t i = 1; i < spec->raw_count; i++) {
		const struct rebtf_type *t;

		TRY(relo_skip(spec->btf, &id, budget, &t));
		if (kind_is_composite(rebtf_type_kind(t)))
			TRY(relo_spec_read_member(spec, t, &id, spec->raw[i]));
		else if (rebtf_type_kind(t) == REBTF_KIND_ARRAY)
			TRY(relo_spec_read_element(spec, t, &id, spec->raw[i], budget));
		else
			RELO_SPEC_FAIL("the access string leads into type [%u], a %s", id,
				       rebtf_kind_name(rebtf_type_kind(t)));
	}
	return NULL;
}

struct rebtf_error *relo_spec_read(const struct rebtf_btf *btf, uint32_t kind, uint32_t root,
				   const char *access, uint64_t *budget, struct relo_spec *spec)
{
	const struct rebtf_type *t;
	uint32_t id = root;

	*spec = (struct relo_spec){ .btf = btf, .pointer_size = 8, .kind = kind, .root = root };
	if (kind > REBTF_RELO_TYPE_MATCHES)
		return error_new(REBTF_ERR_UNSUPPORTED, "unknown kind of relocation %u", kind);
	if (relo_is_of_type(kind)) {
		if (strcmp(access, "0") != 0)
			RELO_SPEC_FAIL("invalid access string '%.64s' (expected '0')", access);
		return NULL;
	}
	TRY(relo_spec_read_numbers(access, spec));
	TRY(relo_skip(btf, &id, budget, &t));
	return relo_is_of_enumerator(kind) ? relo_spec_read_enumerator(spec, t, id)
					   : relo_spec_read_field(spec, id, budget);
}

void relo_spec_spell(const struct relo_spec *spec, char *text)
{
	const struct rebtf_type *t = btf_type(spec->btf, spec->root);
	const char *name = btf_string(spec->btf, t->name_off);
	int length, room = RELO_PATH_MAX;

	length = snprintf(text, room, "%s%.255s", rebtf_type_keyword(t), *name ? name : "(anon)");
	for (uint32_t i = 0; i < spec->step_count && length < room; i++) {
		const struct relo_step *step = &spec->steps[i];
		char *end = text + length;

		if (relo_is_of_enumerator(spec->kind))
			length += snprintf(end, room - length, "::%s", step->name);
		else if (step->name)
			length += snprintf(end, room - length, ".%s", step->name);
		else if (i || step->index)
			length += snprintf(end, room - length, "[%u]", step->index);
	}
	if (length >= room)
		strcpy(text + room - 4, "...");
}
