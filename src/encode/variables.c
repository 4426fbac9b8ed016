/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the section of a variable by its address. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "encode/variables.h"
#include "util/error.h"
#include "util/order.h"

#define PER_CPU_SECTION ".data..percpu"

/* ------------------------------------------------------------------------------------- sections */

static bool section_counts(const struct encode_section *section, enum variable_choice choice)
{
	if (!section->is_data || choice == VARIABLES_NONE)
		return false;
	return choice == VARIABLES_ALL || !strcmp(section->name, PER_CPU_SECTION);
}

/* ----------------------------------------------------------------------- symbols at their starts */

static int symbol_by_section_and_name(const void *a, const void *b, void *arg)
{
	const struct encode_symbol *symbols = arg;
	const struct encode_symbol *left = &symbols[*(const uint32_t *)a];
	const struct encode_symbol *right = &symbols[*(const uint32_t *)b];

	return by_number(left->section, right->section) ?: strcmp(left->name, right->name);
}

/* Whether a symbol of that name is at the start of @section. */
static bool starts_have(const struct variable_sections *sections, uint32_t section,
			const char *name)
{
	const struct encode_symbol *symbols = sections->object->symbols.items;
	size_t low = 0, high = sections->starts.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct encode_symbol *symbol = &symbols[sections->starts.items[middle]];
		int order = by_number(symbol->section, section) ?: strcmp(symbol->name, name);

		if (!order)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool collect_starts(struct variable_sections *sections)
{
	const struct encode_object *object = sections->object;

	for (size_t i = 0; i < object->symbols.count; i++) {
		const struct encode_symbol *symbol = &object->symbols.items[i];
		uint32_t section;

		if (symbol->type != STT_OBJECT || symbol->section >= object->sections.count)
			continue;
		section = section_index_find(&sections->index, symbol->address);
		if (section == symbol->section &&
		    symbol->address == object->sections.items[section].address &&
		    !u32_vector_append(&sections->starts, (uint32_t)i))
			return false;
	}
	if (sections->starts.count)
		qsort_r(sections->starts.items, sections->starts.count, sizeof(uint32_t),
			symbol_by_section_and_name, object->symbols.items);
	return true;
}

struct rebtf_error *variable_sections_init(struct variable_sections *sections,
					   const struct encode_object *object,
					   enum variable_choice choice)
{
	*sections = (struct variable_sections){ .object = object };
	section_index_init(&sections->index, object);
	for (uint32_t i = 0; i < object->sections.count; i++) {
		if (section_counts(&object->sections.items[i], choice) &&
		    !section_index_add(&sections->index, i))
			return error_nomem();
	}
	if (!sections->index.by_address.count)
		return NULL;
	section_index_sort(&sections->index);
	return collect_starts(sections) ? NULL : error_nomem();
}

void variable_sections_release(struct variable_sections *sections)
{
	section_index_release(&sections->index);
	u32_vector_release(&sections->starts);
}

bool variable_sections_find(const struct variable_sections *sections, uint64_t address,
			    const char *name, uint32_t *section)
{
	*section = section_index_find(&sections->index, address);
	if (*section == SECTION_INDEX_NONE)
		return false;
	/*
	 * The linker sets the address of a discarded variable to 0. On x86 before Linux 6.15, the
	 * per-CPU section is at address 0. There only a symbol tells them apart.
	 */
	return address != sections->object->sections.items[*section].address ||
	       starts_have(sections, *section, name);
}

bool variable_name_is_useless(const char *name)
{
	static const char *const prefixes[] = {
		"__UNIQUE_ID",
		"__tpstrtab_",
		"__exitcall_",
		"__gendwarfksyms_ptr_",
		"__func_stack_frame_non_standard_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}
