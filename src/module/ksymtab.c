/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decodes __ksymtab. An entry has two or three fields: the symbol's value, its name and, since
 * Linux 5.4, its namespace. A field is a pointer or, on some architectures (x86, arm64, s390 and
 * others), a 32-bit distance from the field's own address. The file does not record its layout, so
 * each one is tried. The kernel searches tables by bisection, so they are sorted by name: the
 * layout that yields all names in order is the right one.
 */
#include <string.h>

#include "module/ksymtab.h"
#include "util/bytes.h"

const char *const ksymtab_section_names[KSYMTAB_SECTIONS] = {
	[KSYMTAB_ENTRIES] = "__ksymtab", [KSYMTAB_ENTRIES_GPL] = "__ksymtab_gpl",
	[KSYMTAB_CRCS] = "__kcrctab",	 [KSYMTAB_CRCS_GPL] = "__kcrctab_gpl",
	[KSYMTAB_FLAGS] = "__kflagstab", [KSYMTAB_STRINGS] = "__ksymtab_strings",
};

/* The longest valid name is 511 bytes. Longer names in a damaged file are not read. */
#define NAME_SIZE_MAX 4096

struct ksymtab_layout {
	bool is_relative; /* fields are distances */
	size_t fields;
};

static const struct ksymtab_layout layouts[] = {
	{ true, 3 }, { false, 3 }, { true, 2 }, { false, 2 }
};

static size_t field_size(const struct ksymtab *k, const struct ksymtab_layout *layout)
{
	return layout->is_relative ? 4 : k->word;
}

static size_t entry_size(const struct ksymtab *k, const struct ksymtab_layout *layout)
{
	return field_size(k, layout) * layout->fields;
}

static uint64_t ksymtab_get_word(const struct ksymtab *k, const uint8_t *p)
{
	uint64_t first, second;

	if (k->word == 4)
		return get32(p, k->big_endian);
	first = get32(p, k->big_endian);
	second = get32(p + 4, k->big_endian);
	return k->big_endian ? first << 32 | second : second << 32 | first;
}

/* The target of a field of the entry at @at. 0 if the field is empty. */
static uint64_t field_target(const struct ksymtab *k, const struct ksymtab_layout *layout,
			     const struct ksymtab_section *table, size_t at, size_t field)
{
	size_t offset = at + field * field_size(k, layout);
	int32_t distance;

	if (!layout->is_relative)
		return ksymtab_get_word(k, table->data + offset);
	distance = (int32_t)get32(table->data + offset, k->big_endian);
	return distance ? table->address + offset + (uint64_t)(int64_t)distance : 0;
}

/* The string at @address. NULL if it is not in the table of strings. */
static const char *ksymtab_string_at(const struct ksymtab *k, uint64_t address)
{
	const struct ksymtab_section *strings = &k->sections[KSYMTAB_STRINGS];
	uint64_t offset = address - strings->address;
	size_t left;

	if (k->word == 4)
		offset &= UINT32_MAX;
	if (offset >= strings->size)
		return NULL;
	left = strings->size - (size_t)offset;
	if (left > NAME_SIZE_MAX)
		left = NAME_SIZE_MAX;
	return memchr(strings->data + offset, 0, left) ? (const char *)strings->data + offset
						       : NULL;
}

/* The namespace of the entry at @at, "" without one. NULL if the field is invalid. */
static const char *namespace_at(const struct ksymtab *k, const struct ksymtab_layout *layout,
				const struct ksymtab_section *table, size_t at)
{
	uint64_t address = layout->fields == 3 ? field_target(k, layout, table, at, 2) : 0;

	return address ? ksymtab_string_at(k, address) : "";
}

/*
 * Whether each name of the table is a string, and comes after the previous one. Limits the total
 * length of the names, because thousands of names could be ends of one long string.
 */
static bool is_in_order(const struct ksymtab *k, const struct ksymtab_layout *layout,
			enum ksymtab_section_id id)
{
	const struct ksymtab_section *table = &k->sections[id];
	size_t size = entry_size(k, layout), left = 2 * k->sections[KSYMTAB_STRINGS].size;
	const char *last = "";

	left += 8 * table->size;
	if (table->size % size)
		return false;
	for (size_t at = 0; at < table->size; at += size) {
		const char *name = ksymtab_string_at(k, field_target(k, layout, table, at, 1));
		const char *namespace = namespace_at(k, layout, table, at);
		size_t length;

		if (!name || !namespace || strcmp(last, name) >= 0)
			return false;
		length = strlen(name) + strlen(namespace);
		if (length > left)
			return false;
		left -= length;
		last = name;
	}
	return true;
}

static const struct ksymtab_layout *ksymtab_find_layout(const struct ksymtab *k)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		if (is_in_order(k, &layouts[i], KSYMTAB_ENTRIES) &&
		    is_in_order(k, &layouts[i], KSYMTAB_ENTRIES_GPL))
			return &layouts[i];
	}
	return NULL;
}

/*
 * Before Linux 5.19, some architectures stored a distance to each CRC in the table. Real CRCs are
 * spread over all 32 bits; distances within a kernel are not.
 */
static bool has_distances(const struct ksymtab_section *crcs, bool big_endian)
{
	for (size_t i = 0; i < crcs->size / 4; i++) {
		int32_t value = (int32_t)get32(crcs->data + 4 * i, big_endian);

		if (value > 1 << 28 || value < -(1 << 28))
			return false;
	}
	return crcs->size >= 64;
}

static struct rebtf_error *read_table(const struct ksymtab *k, const struct ksymtab_layout *layout,
				      bool gpl, struct exports *exports)
{
	const struct ksymtab_section *table =
		&k->sections[gpl ? KSYMTAB_ENTRIES_GPL : KSYMTAB_ENTRIES];
	const struct ksymtab_section *crcs = &k->sections[gpl ? KSYMTAB_CRCS_GPL : KSYMTAB_CRCS];
	const struct ksymtab_section *flags = &k->sections[KSYMTAB_FLAGS];
	size_t size = entry_size(k, layout), count = table->size / size;
	/* A CRC was a whole word before Linux 4.11. */
	size_t stride = count && crcs->size == count * 8 ? 8 : 4;
	bool has_crcs = crcs->size == count * stride && !has_distances(crcs, k->big_endian);

	for (size_t i = 0; i < count; i++) {
		struct export symbol = {
			.name = ksymtab_string_at(k, field_target(k, layout, table, i * size, 1)),
			.namespace = namespace_at(k, layout, table, i * size),
			.owner = "",
			.license = gpl ? EXPORT_LICENSE_GPL : EXPORT_LICENSE_ANY,
		};

		if (!gpl && i < flags->size && flags->data[i] & KSYM_FLAG_GPL_ONLY)
			symbol.license = EXPORT_LICENSE_GPL;
		if (has_crcs) {
			symbol.crc = get32(crcs->data + i * stride +
						   (stride == 8 && k->big_endian ? 4 : 0),
					   k->big_endian);
			symbol.has_crc = true;
		}
		TRY(exports_add(exports, &symbol));
	}
	return NULL;
}

struct rebtf_error *ksymtab_read(const struct ksymtab *k, struct exports *exports)
{
	const struct ksymtab_layout *layout;

	if (!k->sections[KSYMTAB_ENTRIES].size || !k->sections[KSYMTAB_STRINGS].size)
		return error_new(REBTF_ERR_FORMAT, "no table of exported symbols (no %s)",
				 ksymtab_section_names[KSYMTAB_ENTRIES]);
	layout = ksymtab_find_layout(k);
	if (!layout)
		return error_new(REBTF_ERR_FORMAT,
				 "unknown layout of the table of exported symbols");
	TRY(read_table(k, layout, false, exports));
	return read_table(k, layout, true, exports);
}
