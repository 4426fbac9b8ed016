/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: .BTF_ids. The input is four or five files, each after its length: a base, the
 * module's old BTF and new BTF over that base, an ELF file with .BTF_ids and its symbols, and the
 * record of its ids. Resolving resolved ids again from the new BTF must not change them. BTF that was
 * made for them as in a kernel's build must open.
 */
#include "fuzz.h"
#include "module/btf_ids.h"
#include "module/btf_ids_section.h"
#include "module/ids.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 5);
}

static struct btf_ids_origin origin_of(const struct rebtf_btf *btf)
{
	return (struct btf_ids_origin){
		.btf = btf,
		.start = btf ? rebtf_btf_start_id(btf) : 0,
		.has_base = btf && rebtf_btf_base(btf),
	};
}

/* The file with other words in its .BTF_ids. */
static uint8_t *with_ids(struct input elf, const uint8_t *words, size_t size)
{
	uint8_t *image = malloc(elf.size);
	struct btf_ids ids = {};

	memcpy(image, elf.data, elf.size);
	must(btf_ids_read(elf.data, elf.size, &ids));
	if (ids.section.size != size)
		fail(".BTF_ids has another size");
	memcpy(image + ids.section.offset, words, size);
	btf_ids_release(&ids);
	return image;
}

static void find_again(struct input elf, const struct rebtf_btf *new_btf, const uint8_t *words,
		       size_t size)
{
	struct btf_ids_origin origin = origin_of(new_btf);
	uint8_t *image = with_ids(elf, words, size);
	struct btf_ids_result again;
	struct rebtf_error *err;

	/* Flags of functions without BTF are ambiguous once their set is sorted. */
	err = btf_ids_resolve(image, elf.size, &origin, new_btf, 0, &again);
	if (err && rebtf_error_code(err) != REBTF_ERR_UNSUPPORTED)
		must(err);
	if (ok(err)) {
		if (again.size != size || memcmp(again.data, words, size))
			fail("ids that were found are found in another way");
		btf_ids_result_release(&again);
	}
	free(image);
}

static void resolve(struct input elf, const struct rebtf_btf *old_btf,
		    const struct rebtf_btf *new_btf, const struct id_record *record)
{
	struct btf_ids_origin origin = origin_of(old_btf);
	struct btf_ids_result result;

	origin.record = record;
	if (!ok(btf_ids_resolve(elf.data, elf.size, &origin, new_btf, BTF_IDS_STRAY, &result)))
		return;
	if (result.data)
		find_again(elf, new_btf, result.data, result.size);
	btf_ids_result_release(&result);
}

/*
 * Resolves as if the new BTF were split from a distilled base. The resulting record must be
 * readable.
 */
static void distill(struct input elf, const struct rebtf_btf *old_btf,
		    const struct rebtf_btf *new_btf)
{
	struct btf_ids_origin origin = origin_of(old_btf);
	struct id_record record = {};
	struct btf_ids_result result;

	if (!ok(btf_ids_resolve(elf.data, elf.size, &origin, new_btf,
				BTF_IDS_DISTILL | BTF_IDS_STRAY, &result)))
		return;
	if (result.record)
		must(id_record_read(result.record, result.record_size,
				    elf.data[EI_DATA] == ELFDATA2MSB, &record));
	id_record_release(&record);
	btf_ids_result_release(&result);
}

/* As a kernel's build resolves ids. The BTF that belongs to them must open. */
static void resolve_for_build(struct input elf, const struct rebtf_btf *btf, bool distilled)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .kfuncs = true, .sort = true,
		      .distill = distilled);
	struct rebtf_btf *result, *again;
	struct rebtf_resolution *r;
	struct rebtf_ids *ids;
	size_t size;
	void *data;

	if (!ok(ids_open_mem(elf.data, elf.size, "x", &ids)))
		return;
	if (ok(rebtf_resolve_ids(ids, btf, &options, &r))) {
		result = rebtf_resolution_btf(r);
		must(rebtf_resolution_write(r, result, &data, &size));
		must(rebtf_btf_open_mem(data, size, NULL, rebtf_btf_base(result), &again));
		if (!rebtf_btf_is_sorted(again))
			fail("sorted BTF is not sorted");
		rebtf_btf_unref(again);
		free(data);
		rebtf_resolution_free(r);
	}
	rebtf_ids_free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_btf *base = next_btf(&input, NULL), *old_btf = next_btf(&input, base),
			 *new_btf = next_btf(&input, base);
	struct input elf = next_file(&input), recorded = next_file(&input);
	struct id_record record = {};

	if (new_btf && elf.size > EI_DATA) {
		resolve(elf, old_btf, new_btf, NULL);
		resolve(elf, NULL, new_btf, NULL);
		distill(elf, old_btf, new_btf);
		resolve_for_build(elf, new_btf, false);
		resolve_for_build(elf, new_btf, true);
		if (ok(id_record_read(recorded.data, recorded.size,
				      elf.data[EI_DATA] == ELFDATA2MSB, &record)))
			resolve(elf, old_btf, new_btf, &record);
		id_record_release(&record);
	}
	rebtf_btf_unref(new_btf);
	rebtf_btf_unref(old_btf);
	rebtf_btf_unref(base);
	return 0;
}
