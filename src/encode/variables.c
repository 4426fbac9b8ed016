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

static int section_by_address(const void *a, const void *b, void *arg)
{
	const struct encode_section *sections = arg;
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return by_number(sections[left].address, sections[right].address) ?: by_number(left, right);
}

static bool section_counts(const struct encode_section *section, enum variable_choice choice)
{
	if (!section->is_data || !section->size || choice == VARIABLES_NONE)
		return false;
	return choice == VARIABLES_ALL || !strcmp(section->name, PER_CPU_SECTION);
}

/* Returns the section with @address, or UINT32_MAX. */
static uint32_t section_at(const struct variable_sections *sections, uint64_t address)
{
	const struct encode_section *all = sections->object->sections.items, *section;
	size_t low = 0, high = sections->by_address.count;
	uint32_t index;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all[sections->by_address.items[middle]].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return UINT32_MAX;
	index = sections->by_address.items[low - 1];
	section = &all[index];
	return address - section->address < section->size ? index : UINT32_MAX;
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
		section = section_at(sections, symbol->address);
		if (section == symbol->section &&
		    symbol->address == object->sections.items[section].address &&
		    !section_index_vector_append(&sections->starts, (uint32_t)i))
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
	for (size_t i = 0; i < object->sections.count; i++) {
		if (section_counts(&object->sections.items[i], choice) &&
		    !section_index_vector_append(&sections->by_address, (uint32_t)i))
			return error_nomem();
	}
	if (!sections->by_address.count)
		return NULL;
	qsort_r(sections->by_address.items, sections->by_address.count, sizeof(uint32_t),
		section_by_address, object->sections.items);
	return collect_starts(sections) ? NULL : error_nomem();
}

void variable_sections_release(struct variable_sections *sections)
{
	section_index_vector_release(&sections->by_address);
	section_index_vector_release(&sections->starts);
}

bool variable_sections_find(const struct variable_sections *sections, uint64_t address,
			    const char *name, uint32_t *section)
{
	*section = section_at(sections, address);
	if (*section == UINT32_MAX)
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
