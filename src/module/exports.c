/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A hash table of symbols with open addressing. Owners and namespaces repeat in consecutive
 * symbols, so each is stored once for a run of symbols.
 */
#include <stdlib.h>
#include <string.h>

#include "module/exports.h"
#include "util/hash.h"

void exports_release(struct exports *exports)
{
	export_entries_release(&exports->entries);
	free(exports->slots);
	buffer_release(&exports->text);
	*exports = (struct exports){};
}

static const char *exports_string_at(const struct exports *exports, size_t offset)
{
	return (const char *)exports->text.data + offset;
}

struct export exports_at(const struct exports *exports, size_t index)
{
	const struct export_entry *entry = &exports->entries.items[index];

	return (struct export){
		.name = exports_string_at(exports, entry->name),
		.namespace = exports_string_at(exports, entry->namespace),
		.owner = exports_string_at(exports, entry->owner),
		.crc = entry->crc,
		.has_crc = entry->has_crc,
		.license = entry->license,
		.is_any_namespace = entry->is_any_namespace,
		.is_contested = entry->is_contested,
	};
}

/* The slot of @name, or the free slot for it. */
static size_t *exports_find_slot(const struct exports *exports, uint64_t hash, const char *name)
{
	for (size_t i = hash & exports->mask;; i = (i + 1) & exports->mask) {
		size_t slot = exports->slots[i];

		if (!slot ||
		    (exports->entries.items[slot - 1].hash == hash &&
		     !strcmp(exports_string_at(exports, exports->entries.items[slot - 1].name),
			     name)))
			return &exports->slots[i];
	}
}

bool exports_find(const struct exports *exports, const char *name, struct export *found)
{
	size_t slot;

	if (!exports->entries.count)
		return false;
	slot = *exports_find_slot(exports, hash_string(name, strlen(name)), name);
	if (slot)
		*found = exports_at(exports, slot - 1);
	return slot;
}

/* Keeps the table of slots at most half full. */
static struct rebtf_error *make_slots(struct exports *exports)
{
	size_t size = hash_table_size(exports->entries.room), *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return error_nomem();
	free(exports->slots);
	exports->slots = slots;
	exports->mask = size - 1;
	for (size_t i = 0; i < exports->entries.count; i++) {
		size_t at = exports->entries.items[i].hash & exports->mask;

		while (slots[at])
			at = (at + 1) & exports->mask;
		slots[at] = i + 1;
	}
	return NULL;
}

static struct rebtf_error *exports_grow(struct exports *exports)
{
	if (!export_entries_reserve(&exports->entries, 1))
		return error_nomem();
	/* Offset 0 is the empty string. */
	if (!exports->text.size && !buffer_append(&exports->text, "", 1))
		return error_nomem();
	return make_slots(exports);
}

static struct rebtf_error *exports_add_string(struct exports *exports, const char *string,
					      size_t *offset)
{
	*offset = exports->text.size;
	return buffer_append(&exports->text, string, strlen(string) + 1) ? NULL : error_nomem();
}

/* As exports_add_string(), but reuses the string at @last if it is equal. */
static struct rebtf_error *add_repeated(struct exports *exports, const char *string, size_t last,
					size_t *offset)
{
	*offset = string && *string ? last : 0;
	if (!*offset && string && *string)
		return exports_add_string(exports, string, offset);
	if (!string || !strcmp(exports_string_at(exports, *offset), string))
		return NULL;
	return exports_add_string(exports, string, offset);
}

/* Whether the comma-separated @list contains the @length bytes at @name. */
static bool exports_has_name(const char *list, const char *name, size_t length)
{
	for (const char *at = list; *at;) {
		size_t size = strcspn(at, ",");

		if (size == length && !memcmp(at, name, length))
			return true;
		at += size + (at[size] == ',');
	}
	return false;
}

/* Keeps only those of @old's namespaces that another module that imports the symbol also has. */
static struct rebtf_error *intersect(struct exports *exports, struct export_entry *old,
				     const char *others)
{
	size_t start = exports->text.size,
	       size = strlen(exports_string_at(exports, old->namespace));
	const char *at;
	char *end;

	if (!strcmp(exports_string_at(exports, old->namespace), others))
		return NULL;
	/* Reserve first, so that the text does not move. */
	if (!buffer_reserve(&exports->text, size + 1))
		return error_nomem();
	end = (char *)exports->text.data + start;
	for (at = exports_string_at(exports, old->namespace); *at;) {
		size_t length = strcspn(at, ",");

		if (exports_has_name(others, at, length)) {
			if (end != (char *)exports->text.data + start)
				*end++ = ',';
			end = mempcpy(end, at, length);
		}
		at += length + (at[length] == ',');
	}
	*end++ = '\0';
	/* The same length means the same list. */
	if ((size_t)(end - (char *)exports->text.data) - start == size + 1)
		return NULL;
	exports->text.size = (size_t)(end - (char *)exports->text.data);
	old->namespace = start;
	old->is_any_namespace = *exports_string_at(exports, start);
	return NULL;
}

/* Merges another symbol of the same name into @old. */
static struct rebtf_error *combine(struct exports *exports, struct export_entry *old,
				   const struct export *symbol)
{
	if (old->has_crc != symbol->has_crc || old->crc != symbol->crc)
		old->is_contested = true;
	if (old->license == EXPORT_LICENSE_UNKNOWN)
		old->license = symbol->license;
	return old->is_any_namespace ? intersect(exports, old, symbol->namespace ?: "") : NULL;
}

struct rebtf_error *exports_add(struct exports *exports, const struct export *symbol)
{
	uint64_t hash = hash_string(symbol->name, strlen(symbol->name));
	const struct export_entry *last;
	struct export_entry new_entry = {
		.hash = hash,
		.crc = symbol->crc,
		.has_crc = symbol->has_crc,
		.license = symbol->license,
		.is_any_namespace = symbol->is_any_namespace,
	};
	size_t *slot;

	if (exports->entries.count == exports->entries.room)
		TRY(exports_grow(exports));
	slot = exports_find_slot(exports, hash, symbol->name);
	if (*slot)
		return combine(exports, &exports->entries.items[*slot - 1], symbol);
	last = exports->entries.count ? &exports->entries.items[exports->entries.count - 1]
				      : &new_entry;
	TRY(add_repeated(exports, symbol->namespace, last->namespace, &new_entry.namespace));
	TRY(add_repeated(exports, symbol->owner, last->owner, &new_entry.owner));
	TRY(exports_add_string(exports, symbol->name, &new_entry.name));
	export_entries_append(&exports->entries, new_entry);
	*slot = exports->entries.count;
	return NULL;
}
