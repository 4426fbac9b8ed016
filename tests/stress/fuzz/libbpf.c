/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: libbpf's functions on a base, split BTF over it and .BTF.ext. They check less than
 * rebtf's own when they open BTF, so all of them must stand types that contain themselves.
 */
#include "fuzz.h"
#include "libbpf/api.h"
#include "mutate.h"

#define MOST_DUMPED 200

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 3);
}

static void print_nothing(void *arg, const char *format, va_list arguments)
{
	char text[4096];

	(void)arg;
	vsnprintf(text, sizeof(text), format, arguments);
}

static struct btf *next_object(struct input *input, struct btf *base)
{
	struct input file = next_file(input);

	return btf__new_split(file.data, file.size, base);
}

static void ask_all(const struct btf *btf)
{
	uint32_t size;

	for (uint32_t id = 0; id <= btf__type_cnt(btf); id++) {
		const struct rebtf_type *t = btf__type_by_id(btf, id);

		btf__resolve_size(btf, id);
		btf__resolve_type(btf, id);
		btf__align_of(btf, id);
		if (t && btf__name_by_offset(btf, t->name_off))
			btf__find_by_name_kind(btf, btf__name_by_offset(btf, t->name_off),
					       rebtf_type_kind(t));
	}
	btf__pointer_size(btf);
	btf__raw_data(btf, &size);
}

static void dump_all(const struct btf *btf, const struct input *data)
{
	struct btf_dump_type_data_opts opts = { .sz = sizeof(opts), .emit_zeroes = true };
	struct btf_dump *d = btf_dump__new(btf, print_nothing, NULL, NULL);

	for (uint32_t id = 0; id < btf__type_cnt(btf) && id < MOST_DUMPED; id++) {
		btf_dump__dump_type(d, id);
		btf_dump__emit_type_decl(d, id, NULL);
		btf_dump__dump_type_data(d, id, data->data, data->size, &opts);
	}
	btf_dump__free(d);
}

static void permute(struct btf *btf, struct ext_section *ext)
{
	struct btf_permute_opts opts = { .sz = sizeof(opts), .btf_ext = ext };
	const struct btf *base = btf__base_btf(btf);
	uint32_t start = base ? btf__type_cnt(base) : 1, end = btf__type_cnt(btf), first = !base;
	uint32_t *map = calloc(end, sizeof(*map));

	for (uint32_t id = start; map && id < end; id++)
		map[first + id - start] = end - 1 - (id - start);
	if (map)
		btf__permute(btf, map, first + end - start, &opts);
	free(map);
}

/* Written BTF can be read again, but for ids that the reader checks. */
static void change_all(struct btf *btf, struct ext_section *ext)
{
	struct btf_dedup_opts opts = { .sz = sizeof(opts), .btf_ext = ext };
	struct btf *distilled, *split,
		*copy = btf__new_empty_split((struct btf *)btf__base_btf(btf));

	btf__add_btf(copy, btf);
	btf__dedup(copy, NULL);
	btf__free(copy);
	if (!btf__distill_base(btf, &distilled, &split)) {
		btf__relocate(split, btf__base_btf(btf));
		btf__free(split);
		btf__free(distilled);
	}
	permute(btf, ext);
	btf__set_endianness(btf, !btf__endianness(btf));
	ask_all(btf);
	btf__dedup(btf, &opts);
	ask_all(btf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size }, file;
	struct btf *base, *split = NULL;
	struct ext_section *ext;

	libbpf_set_print(NULL);
	base = next_object(&input, NULL);
	if (base)
		split = next_object(&input, base);
	file = next_file(&input);
	ext = btf_ext__new(file.data, file.size);
	if (split) {
		ask_all(split);
		dump_all(split, &input);
		change_all(split, ext);
	} else if (base) {
		ask_all(base);
		dump_all(base, &input);
		change_all(base, ext);
	}
	btf_ext__free(ext);
	btf__free(split);
	btf__free(base);
	return 0;
}
