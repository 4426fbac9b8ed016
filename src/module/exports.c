/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A hash table of symbols by name. Owners and namespaces repeat in consecutive symbols, so each is
 * stored once for a run of symbols.
 */
#include <stdlib.h>
#include <string.h>

#include "module/exports.h"
#include "util/hash.h"

void exports_release(struct exports *exports)
{
	export_entries_release(&exports->entries);
	table_release(&exports->by_name);
	buffer_release(&exports->text);
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

struct exports_key {
	const struct exports *exports;
	const char *name;
};

static inline bool exports_key_same(const void *arg, uint32_t number)
{
	const struct exports_key *key = arg;
	const struct export_entry *entry = &key->exports->entries.items[number - 1];

	return !strcmp(exports_string_at(key->exports, entry->name), key->name);
}

/* The slot of @name, or the free slot for it. */
static struct table_slot *exports_find_slot(const struct exports *exports, uint32_t hash,
					    const char *name)
{
	const struct exports_key key = { exports, name };

	return table_find(&exports->by_name, hash, exports_key_same, &key);
}

bool exports_find(const struct exports *exports, const char *name, struct export *found)
{
	uint32_t number;

	if (!exports->entries.count)
		return false;
	number = exports_find_slot(exports, hash_string(name, strlen(name)), name)->value;
	if (number)
		*found = exports_at(exports, number - 1);
	return number;
}

static struct rebtf_error *exports_make_room(struct exports *exports)
{
	/* Offset 0 is the empty string. */
	if (!export_entries_reserve(&exports->entries, 1) || !table_reserve(&exports->by_name, 1) ||
	    (!exports->text.size && !buffer_append(&exports->text, "", 1)))
		return error_nomem();
	return NULL;
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
	uint32_t hash = hash_string(symbol->name, strlen(symbol->name));
	const struct export_entry *last;
	struct export_entry new_entry = {
		.crc = symbol->crc,
		.has_crc = symbol->has_crc,
		.license = symbol->license,
		.is_any_namespace = symbol->is_any_namespace,
	};
	struct table_slot *slot;

	TRY(exports_make_room(exports));
	slot = exports_find_slot(exports, hash, symbol->name);
	if (slot->value)
		return combine(exports, &exports->entries.items[slot->value - 1], symbol);
	last = exports->entries.count ? &exports->entries.items[exports->entries.count - 1]
				      : &new_entry;
	TRY(add_repeated(exports, symbol->namespace, last->namespace, &new_entry.namespace));
	TRY(add_repeated(exports, symbol->owner, last->owner, &new_entry.owner));
	TRY(exports_add_string(exports, symbol->name, &new_entry.name));
	export_entries_append(&exports->entries, new_entry);
	table_add(&exports->by_name, slot, hash, exports->entries.count);
	return NULL;
}
