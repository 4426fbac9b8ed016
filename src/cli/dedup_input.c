/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads BTF for deduplication, and joins it. */
#include <stdlib.h>

#include "cli/dedup_input.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/joined.h"

void dedup_input_release(struct dedup_input *input)
{
	rebtf_btf_unref(input->btf);
	rebtf_builder_free(input->all);
}

/* Appends all own types of @btf. */
static struct rebtf_error *dedup_input_append(struct dedup_input *input,
					      const struct rebtf_btf *btf)
{
	uint32_t start = rebtf_btf_start_id(btf), count = rebtf_btf_type_count(btf);
	uint32_t first = rebtf_builder_next_id(input->all);
	GUARD(memory) uint32_t *map = malloc(count * sizeof(*map));

	if (!map)
		return rebtf_error_nomem();
	for (uint32_t id = 0; id < count; id++)
		map[id] = id < start ? id : id - start + first;
	/* The builder keeps the first error until the end. */
	for (uint32_t id = start; id < count; id++)
		rebtf_builder_copy(input->all, btf, id, map);
	return NULL;
}

/* The first blob needs no copy if it is the only one. */
static struct rebtf_error *dedup_input_add_blob(struct dedup_input *input, struct rebtf_btf *btf)
{
	if (!input->blobs++) {
		input->btf = rebtf_btf_ref(btf);
		return NULL;
	}
	if (!input->all) {
		TRY(rebtf_builder_new(input->base, &input->all));
		rebtf_builder_set_byte_order(input->all, rebtf_btf_is_big_endian(input->btf)
								 ? REBTF_BYTE_ORDER_BIG
								 : REBTF_BYTE_ORDER_LITTLE);
		TRY(dedup_input_append(input, input->btf));
	}
	return dedup_input_append(input, btf);
}

/*
 * Linkers join what compilers wrote, so a blob is standalone if it can be read so. With a base, it
 * becomes split.
 */
static struct rebtf_error *dedup_input_open_blob(struct dedup_input *input, const char *path,
						 const uint8_t *data, size_t size,
						 struct rebtf_btf **btf)
{
	GUARD(btf) struct rebtf_btf *standalone = NULL;
	struct rebtf_error *err;

	if (!input->base)
		return rebtf_btf_open_mem(data, size, path, NULL, btf);
	err = rebtf_btf_open_mem(data, size, path, NULL, &standalone);
	if (!err) {
		input->renumbered = true;
		return rebtf_renumber(standalone, input->base, btf);
	}
	TRY(error_if_nomem(err));
	return rebtf_btf_open_mem(data, size, path, input->base, btf);
}

static struct rebtf_error *dedup_input_add_joined(struct dedup_input *input, const char *path,
						  const uint8_t *data, size_t size)
{
	do {
		GUARD(btf) struct rebtf_btf *btf = NULL;
		size_t blob;

		TRY(joined_first(path, data, size, &blob));
		TRY(dedup_input_open_blob(input, path, data, size, &btf));
		TRY(dedup_input_add_blob(input, btf));
		data += blob;
		size -= blob;
	} while (size);
	return NULL;
}

/* Reads BTF that is alone in its section. With a base, standalone BTF becomes split. */
static struct rebtf_error *dedup_input_add_single(struct dedup_input *input, const char *path,
						  const struct rebtf_module *module)
{
	GUARD(btf) struct rebtf_btf *btf = NULL, *split = NULL;
	struct rebtf_error *err = rebtf_module_btf(module, input->base, &btf);

	/* A compiler's BTF need not have an int. */
	if (err && rebtf_error_code(err) == REBTF_ERR_AMBIGUOUS && !input->base) {
		size_t size;
		const void *data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);

		rebtf_error_free(err);
		err = rebtf_btf_open_mem(data, size, path, NULL, &btf);
	}
	TRY(err);
	if (rebtf_btf_base(btf) == input->base)
		return dedup_input_add_blob(input, btf);
	if (rebtf_btf_base(btf))
		return rebtf_error_new(REBTF_ERR_ARGUMENT, path, NULL,
				       "cannot deduplicate distilled BTF: relocate it first");
	TRY(rebtf_renumber(btf, input->base, &split));
	input->renumbered = true;
	return dedup_input_add_blob(input, split);
}

struct rebtf_error *dedup_input_add(struct dedup_input *input, const struct rebtf_module *module)
{
	const char *path = rebtf_module_path(module);
	size_t size, blob;
	const uint8_t *data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);

	TRY(joined_first(path, data, size, &blob));
	if (blob < size)
		return dedup_input_add_joined(input, path, data, size);
	return dedup_input_add_single(input, path, module);
}

struct rebtf_error *dedup_input_finish(struct dedup_input *input)
{
	struct rebtf_builder *all = input->all;

	if (!all)
		return NULL;
	rebtf_btf_unref(input->btf);
	input->btf = NULL;
	input->all = NULL;
	return rebtf_builder_finish(all, &input->btf);
}
