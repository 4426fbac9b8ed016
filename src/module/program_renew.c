/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renews what refers to the BTF of a BPF program's object after deduplication: .BTF.ext refers to
 * types and strings, and relocations of .BTF to the offsets of variables in sections. Linkers and
 * disassemblers use these.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/header.h"
#include "core/btf_ext.h"
#include "module/module_write.h"
#include "module/program_elf.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/order.h"

/* Where a variable's offset is in the old and in the new .BTF. */
struct program_slot {
	uint64_t old_offset;
	uint64_t new_offset;
};

DEFINE_VECTOR(program_slots, struct program_slot);

struct program_renewal {
	const struct rebtf_module *module;
	const struct rebtf_dedup *dedup;
	struct elf_file file;
	struct rebtf_btf *old;
	struct rebtf_btf *new; /* with the strings of .BTF.ext */
	struct rebtf_builder strings;
	struct btf_ext ext;
	struct program_slots slots; /* by old offset */
};

static void program_renewal_release(struct program_renewal *r)
{
	if (r->file.elf)
		elf_file_close(&r->file);
	builder_release(&r->strings);
	btf_ext_release(&r->ext);
	program_slots_release(&r->slots);
	rebtf_btf_unref(r->old);
	rebtf_btf_unref(r->new);
}

/* ------------------------------------------------------------------------------------- .BTF.ext */

static struct rebtf_error *program_renew_ext(struct program_renewal *r,
					     const struct elf_section *found,
					     struct new_sections *sections)
{
	const uint8_t *data = r->module->image.data + found->offset;
	struct section_bytes *ext = &sections->program_ext;

	builder_start_like(&r->strings, NULL, rebtf_dedup_btf(r->dedup), "rewrite .BTF.ext");
	builder_keep_own(&r->strings, rebtf_dedup_btf(r->dedup));
	TRY(btf_ext_read(data, found->size, r->old, &r->ext));
	TRY(btf_ext_renew(&r->ext, r->old, r->dedup, &r->strings, &ext->data));
	ext->size = found->size;
	TRY(builder_assemble(&r->strings, &r->new));
	btf_ext_release(&r->ext);
	return btf_ext_read(ext->data, ext->size, r->new, &r->ext);
}

/* --------------------------------------------------------------------------------- relocations */

/* Notes where the variables of a section are. No variable and no section is merged. */
static void program_add_slots(struct program_renewal *r, uint32_t id, uint64_t old_types,
			      uint64_t new_types)
{
	const struct rebtf_type *sec = btf_type(r->old, id);
	const uint32_t *old_place = &r->old->places[id - r->old->start_id];
	uint32_t new_id = rebtf_dedup_id(r->dedup, id) - r->new->start_id;

	if (new_id >= r->new->own_count)
		return;
	for (uint32_t i = 0; i < rebtf_type_vlen(sec); i++) {
		size_t offset = sizeof(*sec) + i * sizeof(struct rebtf_var_secinfo) +
				offsetof(struct rebtf_var_secinfo, offset);

		program_slots_append(&r->slots,
				     (struct program_slot){
					     old_types + 4 * (uint64_t)*old_place + offset,
					     new_types + 4 * (uint64_t)r->new->places[new_id] +
						     offset,
				     });
	}
}

static struct rebtf_error *program_find_slots(struct program_renewal *r,
					      const struct section_bytes *btf)
{
	const struct module_section *old = &r->module->sections[REBTF_SECTION_BTF];
	struct btf_sections old_parts, new_parts;

	TRY(header_parse(old->data, old->size, &old_parts));
	TRY(header_parse(btf->data, btf->size, &new_parts));
	for (uint32_t i = 0; i < r->old->own_count; i++) {
		if (rebtf_type_kind(btf_own_type(r->old, i)) == REBTF_KIND_DATASEC)
			program_add_slots(r, r->old->start_id + i, old_parts.types.start,
					  new_parts.types.start);
	}
	return r->slots.failed ? error_nomem() : NULL;
}

static int program_compare_slots(const void *a, const void *b)
{
	const struct program_slot *left = a, *right = b;

	return by_number(left->old_offset, right->old_offset);
}

static struct rebtf_error *program_move_relocation(const struct program_renewal *r,
						   uint8_t *relocation)
{
	bool big_endian = r->old->big_endian;
	struct program_slot key = { .old_offset = get64(relocation, big_endian) };
	const struct program_slot *slot = NULL;

	if (r->slots.count)
		slot = bsearch(&key, r->slots.items, r->slots.count, sizeof(key),
			       program_compare_slots);
	if (!slot)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot renew: the relocation at offset %llu is not that of a "
				 "variable in a section",
				 (unsigned long long)key.old_offset);
	put64(relocation, slot->new_offset, big_endian);
	return NULL;
}

static struct rebtf_error *program_move_relocations(struct program_renewal *r,
						    const struct elf_section *found,
						    struct new_sections *sections)
{
	struct section_bytes *relos = &sections->program_relos;
	uint8_t *data;

	if (found->size % sizeof(Elf64_Rel))
		return error_new(REBTF_ERR_FORMAT,
				 "section of %llu bytes (expected a multiple of %zu)",
				 (unsigned long long)found->size, sizeof(Elf64_Rel));
	data = malloc(found->size);
	if (!data)
		return error_nomem();
	memcpy(data, r->module->image.data + found->offset, found->size);
	*relos = (struct section_bytes){ data, found->size };
	TRY(program_find_slots(r, &sections->btf));
	for (size_t i = 0; i < found->size; i += sizeof(Elf64_Rel))
		TRY(program_move_relocation(r, data + i));
	return NULL;
}

/* Whether the section has relocations without addends, as all objects of BPF programs do. */
static bool program_has_relocations(const struct program_renewal *r,
				    const struct elf_section *found)
{
	Elf_Scn *section = found->size ? elf_getscn(r->file.elf, found->index) : NULL;
	GElf_Shdr shdr;

	return section && gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_REL;
}

/* ---------------------------------------------------------------------------------------- steps */

/* Whether the new BTF is what deduplication made of the old one. */
static bool program_fits(const struct program_renewal *r, const struct rebtf_module_output *output)
{
	return output->btf == r->new && !rebtf_btf_base(r->new) &&
	       r->old->own_count == r->new->own_count + rebtf_dedup_gone(r->dedup, REBTF_ANY_KIND);
}

static struct rebtf_error *program_renew_all(struct program_renewal *r,
					     const struct rebtf_module_output *output,
					     struct new_sections *sections)
{
	static const char *const names[] = { PROGRAM_EXT, PROGRAM_RELOS };
	const struct module_section *btf = &r->module->sections[REBTF_SECTION_BTF];
	struct elf_section found[2];

	TRY(elf_file_open_mem(r->module->image.data, r->module->image.size, &r->file));
	TRY(elf_find_sections(&r->file, names, found, 2));
	TRY(error_at(rebtf_btf_open_mem(btf->data, btf->size, NULL, NULL, &r->old), NULL, ".BTF"));
	r->new = rebtf_btf_ref(rebtf_dedup_btf(r->dedup));
	if (!program_fits(r, output))
		return error_new(REBTF_ERR_ARGUMENT,
				 "cannot renew ids: the new BTF is not the result of "
				 "deduplicating the old one");
	if (found[0].size) {
		rebtf_btf_unref(r->new);
		r->new = NULL;
		TRY(error_at(program_renew_ext(r, &found[0], sections), NULL, names[0]));
		free(sections->btf.data);
		sections->btf.data = NULL;
		TRY(rebtf_btf_write(r->new, NULL, &sections->btf.data, &sections->btf.size));
	}
	if (!program_has_relocations(r, &found[1]))
		return NULL;
	return error_at(program_move_relocations(r, &found[1], sections), NULL, names[1]);
}

struct rebtf_error *program_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output,
				  struct new_sections *sections)
{
	_cleanup_(program_renewal_release) struct program_renewal r = {
		.module = module,
		.dedup = output->dedup,
	};

	if (!output->dedup || module->container != REBTF_CONTAINER_ELF ||
	    !program_elf_detect(module->image.data, module->image.size))
		return NULL;
	return program_renew_all(&r, output, sections);
}
