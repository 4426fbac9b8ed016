/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decides whether a kernel would accept this BTF: runs the passes of the kernel's verifier in the
 * kernel's order. The verifier works on raw bytes, because BTF that rebtf_btf_open() refuses needs
 * a verdict, too. It shares as little code as possible with the rest of rebtf, because it judges
 * the output of that code.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/header.h"
#include "btf/pointer_size.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"
#include "verify/verify.h"

/* Copies the types, which may be unaligned and in the other byte order. */
static struct rebtf_error *verify_copy_types(struct verifier *v, const uint8_t *types,
					     uint32_t size, bool swapped)
{
	size_t most = size / sizeof(struct rebtf_type) + 1;

	v->types_size = size;
	v->types = malloc((size_t)size + 4);
	v->state = calloc(most, sizeof(*v->state));
	v->final = calloc(most, sizeof(*v->final));
	v->tags = calloc(most, sizeof(*v->tags));
	v->array_size = calloc(most, sizeof(*v->array_size));
	if (!v->types || !v->state || !v->final || !v->tags || !v->array_size)
		return error_nomem();
	memcpy(v->types, types, size);
	if (swapped)
		swap_types(v->types, size);
	return NULL;
}

/* The size of pointers according to the BTF's own types, or 0 if unknown. */
static uint32_t own_pointer_size(const struct verifier *v)
{
	unsigned int best = UINT32_MAX;
	uint32_t found = 0;

	for (uint32_t i = 0; i < v->own_count && best; i++) {
		const struct rebtf_type *t = verifier_type(v, v->start_id + i);
		const char *name = verifier_string(v, t->name_off) ?: "";
		unsigned int rank;
		uint32_t size = pointer_size_from(t, name, &rank);

		if (!size || rank >= best)
			continue;
		found = size;
		best = rank;
	}
	return found;
}

/* Determines the size of pointers: from the kernel's types, otherwise from the BTF itself. */
static void find_pointer_size(struct verifier *v)
{
	if (v->base)
		v->pointer_size = pointer_size(v->base);
	if (!v->pointer_size && v->kernel_types)
		v->pointer_size = pointer_size(v->kernel_types);
	if (!v->pointer_size)
		v->pointer_size = own_pointer_size(v);
	v->guesses_pointers = !v->pointer_size;
	if (v->guesses_pointers)
		v->pointer_size = 8;
}

static struct rebtf_error *verify(struct verifier *v, const uint8_t *data, size_t size)
{
	struct btf_header h;
	struct rebtf_error *err;
	bool swapped, whole;

	err = verify_frame(v, data, size, &h, &swapped);
	if (err)
		return note_violation(v, REBTF_NO_TYPE, err);
	TRY(verify_copy_types(v, data + h.hdr_len + h.type_off, h.type_len, swapped));
	TRY(verify_shapes(v, &whole));
	if (!whole)
		return NULL;
	if (!v->pointer_size)
		find_pointer_size(v);
	if (!v->kernel_btf)
		TRY(verify_references(v));
	if (!v->rules->any_chains)
		TRY(verify_chains(v));
	/* The rules of the last pass apply only if all others are met. */
	return v->kernel_btf || v->noted->errors.count ? NULL : verify_specials(v);
}

static void violations_release(struct rebtf_violations *violations)
{
	for (size_t i = 0; i < violations->errors.count; i++)
		rebtf_error_free(violations->errors.items[i]);
	violation_vector_release(&violations->errors);
}

void rebtf_violations_free(struct rebtf_violations *violations)
{
	if (!violations)
		return;
	violations_release(violations);
	free(violations);
}

size_t rebtf_violations_count(const struct rebtf_violations *violations)
{
	return violations->errors.count;
}

const struct rebtf_error *rebtf_violations_at(const struct rebtf_violations *violations,
					      size_t index)
{
	return index < violations->errors.count ? violations->errors.items[index] : NULL;
}

bool rebtf_violations_only_64_bit(const struct rebtf_violations *violations)
{
	return violations->only_64_bit;
}

/*
 * Verifies with pointers of @pointer_size bytes. 0: the size that the BTF implies. @guessed is set
 * if the size is unknown. The caller must free @found, even on error.
 */
static struct rebtf_error *verify_once(const void *data, size_t size, struct rebtf_btf *base,
				       const struct rebtf_verify_options *options,
				       uint32_t pointer_size, struct rebtf_violations *found,
				       bool *guessed)
{
	struct verifier v = {
		.kernel_btf = options->kernel_btf,
		.limit = options->limit,
		.noted = found,
		.kernel_types = options->kernel_types,
		.pointer_size = pointer_size,
		.base = base,
		.start_id = base ? rebtf_btf_type_count(base) : 1,
		.start_string = base ? rebtf_btf_string_end(base) : 0,
	};
	struct rebtf_error *err;

	TRY(kernel_rules_find(options->kernel, &v.rules));
	err = verify(&v, data, size);
	*guessed = v.guesses_pointers;
	free(v.types);
	free(v.places);
	free(v.state);
	free(v.final);
	free(v.tags);
	free(v.array_size);
	free(v.base_final);
	free(v.base_arrays);
	return err;
}

/*
 * If the size of pointers is unknown, a verdict is valid only if it is the same for both sizes. BTF
 * that is valid with larger pointers is valid with smaller ones, too, so only a refusal is in
 * doubt.
 */
static struct rebtf_error *verify_both(const void *data, size_t size, struct rebtf_btf *base,
				       const struct rebtf_verify_options *options,
				       struct rebtf_violations *found)
{
	struct rebtf_violations other = {};
	struct rebtf_error *err;
	bool guessed;

	TRY(verify_once(data, size, base, options, options->pointer_size, found, &guessed));
	if (!guessed || !found->errors.count)
		return NULL;
	err = verify_once(data, size, base, options, 4, &other, &guessed);
	if (!err && !other.errors.count) {
		found->only_64_bit = true;
	} else if (!err) {
		/* The violations with 4-byte pointers hold for both sizes. */
		struct rebtf_violations swapped = *found;

		*found = other;
		other = swapped;
	}
	violations_release(&other);
	return err;
}

struct rebtf_error *rebtf_verify(const void *data, size_t size, const char *name,
				 struct rebtf_btf *base, const struct rebtf_verify_options *options,
				 struct rebtf_violations **violations)
{
	struct rebtf_verify_options how;
	struct rebtf_violations *found;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_verify_options, &how, options));
	if (how.pointer_size && !pointer_size_is_valid(how.pointer_size))
		return error_new(REBTF_ERR_ARGUMENT, "invalid pointer size %u (expected 4 or 8)",
				 how.pointer_size);
	found = calloc(1, sizeof(*found));
	if (!found)
		return error_nomem();
	err = verify_both(data, size, base, &how, found);
	if (err) {
		rebtf_violations_free(found);
		return err;
	}
	for (size_t i = 0; i < found->errors.count; i++)
		error_at(found->errors.items[i], name, how.section);
	*violations = found;
	return NULL;
}

struct rebtf_error *rebtf_verify_rules(const char *kernel, const char **version)
{
	const struct kernel_rules *rules;

	TRY(kernel_rules_find(kernel, &rules));
	*version = rules->release;
	return NULL;
}
