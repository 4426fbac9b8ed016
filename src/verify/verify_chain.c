/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The third pass of the verifier: chains of modifiers. A chain must end within 32 steps, and some
 * kernels require that type tags precede all other modifiers. A chain is not followed past a type
 * that was checked before, which keeps the pass linear. Kernel quirk: for this reason, such chains
 * can be longer than 32 steps.
 */
#include "verify/verify_refer.h"
#include "util/error.h"

#define LONGEST_CHAIN 32

static struct rebtf_error *check_chain(const struct verifier *v, uint32_t id, uint32_t checked)
{
	const struct rebtf_type *t = verifier_type(v, id);
	bool in_tags = is_one_of(t, KIND(TYPE_TAG));

	for (unsigned int length = 0; is_one_of(t, MODIFIERS); length++) {
		bool is_tag = is_one_of(t, KIND(TYPE_TAG));

		if (length == LONGEST_CHAIN)
			return error_new(REBTF_ERR_FORMAT,
					 "starts a chain of more than %u modifiers, or a loop",
					 LONGEST_CHAIN);
		if (is_tag && !in_tags && v->rules->tags_first)
			return error_new(
				REBTF_ERR_FORMAT,
				"type tag [%u] follows another modifier, but Linux %s expects type tags first",
				id, v->rules->release);
		in_tags = is_tag;
		if (id <= checked)
			break;
		id = t->type;
		t = verifier_type(v, id);
		if (!t)
			return error_new(REBTF_ERR_FORMAT,
					 "chain of modifiers: type [%u] does not exist", id);
	}
	return NULL;
}

struct rebtf_error *verify_chains(struct verifier *v)
{
	uint32_t checked = v->start_id - 1;

	for (uint32_t i = 0; i < v->own_count && !has_enough(v); i++) {
		const struct rebtf_type *t = (const struct rebtf_type *)(v->types + v->places[i]);
		struct rebtf_error *err;

		if (!is_one_of(t, MODIFIERS))
			continue;
		err = check_chain(v, v->start_id + i, checked);
		if (err && v->state[i] == RESOLVE_FAILED)
			rebtf_error_free(err);
		else if (err)
			TRY(note_violation(v, v->start_id + i, err));
		checked = v->start_id + i;
	}
	return NULL;
}
