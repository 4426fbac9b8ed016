/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads and writes ".BTF.base_ids": a version, the number of entries, and four words for each
 * entry, in the byte order of the ELF file. docs/formats.md describes them.
 */
#include <stdlib.h>

#include "module/btf_ids_record.h"
#include "util/bytes.h"

#define RECORD_VERSION 1
#define HEADER_WORDS   2
#define ENTRY_WORDS    4

struct rebtf_error *id_record_read(const uint8_t *data, size_t size, bool big_endian,
				   struct id_record *record)
{
	uint32_t version = size < HEADER_WORDS * 4 ? 0 : get32(data, big_endian);
	uint32_t count = version ? get32(data + 4, big_endian) : 0;

	if (version != RECORD_VERSION)
		return error_new(REBTF_ERR_FORMAT, "unsupported version %u (expected %u)", version,
				 RECORD_VERSION);
	if (size != HEADER_WORDS * 4 + (uint64_t)count * ENTRY_WORDS * 4)
		return error_new(REBTF_ERR_FORMAT,
				 "invalid size for %u entries (found %zu bytes, expected %llu)",
				 count, size,
				 (unsigned long long)(HEADER_WORDS * 4 +
						      (uint64_t)count * ENTRY_WORDS * 4));
	record->entries = calloc((size_t)count + 1, sizeof(*record->entries));
	if (!record->entries)
		return error_nomem();
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *at = data + (HEADER_WORDS + (size_t)i * ENTRY_WORDS) * 4;
		struct id_entry *entry = &record->entries[i];

		*entry = (struct id_entry){
			.offset = get32(at, big_endian),
			.owner = get32(at + 4, big_endian),
			.evidence = get32(at + 8, big_endian),
			.flags = get32(at + 12, big_endian),
		};
		if (entry->owner >= ID_OWNERS)
			return error_new(REBTF_ERR_FORMAT,
					 "invalid owner %u in entry %u (maximum %u)", entry->owner,
					 i, ID_OWNERS - 1);
		if (i && entry->offset <= entry[-1].offset)
			return error_new(
				REBTF_ERR_FORMAT,
				"entry %u is out of order (found offset %u, expected more than %u)",
				i, entry->offset, entry[-1].offset);
	}
	record->count = count;
	return NULL;
}

struct rebtf_error *id_record_write(const struct id_record *record, bool big_endian, uint8_t **data,
				    size_t *size)
{
	uint8_t *at;

	*size = (HEADER_WORDS + record->count * ENTRY_WORDS) * 4;
	*data = at = malloc(*size);
	if (!at)
		return error_nomem();
	put32(at, RECORD_VERSION, big_endian);
	put32(at + 4, (uint32_t)record->count, big_endian);
	at += HEADER_WORDS * 4;
	for (size_t i = 0; i < record->count; i++, at += ENTRY_WORDS * 4) {
		put32(at, record->entries[i].offset, big_endian);
		put32(at + 4, record->entries[i].owner, big_endian);
		put32(at + 8, record->entries[i].evidence, big_endian);
		put32(at + 12, record->entries[i].flags, big_endian);
	}
	return NULL;
}

void id_record_release(struct id_record *record)
{
	free(record->entries);
	*record = (struct id_record){};
}
