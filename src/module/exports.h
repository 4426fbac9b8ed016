/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Symbols by name, each with its CRC, license and namespace: the exports of a kernel or of a
 * module, or the versions that a module was built against. A table owns its strings. It is filled
 * once and then only read, so threads may share it.
 */
#ifndef REBTF_MODULE_EXPORTS_H
#define REBTF_MODULE_EXPORTS_H

#include "util/buffer.h"
#include "util/error.h"

enum export_license {
	EXPORT_LICENSE_UNKNOWN,
	EXPORT_LICENSE_ANY, /* EXPORT_SYMBOL */
	EXPORT_LICENSE_GPL, /* EXPORT_SYMBOL_GPL: for modules with a compatible license */
};

struct export
{
	const char *name;
	const char *namespace; /* "" if the symbol is in none; but see is_any_namespace */
	const char *owner;     /* the exporting module's name; "" is the kernel itself */
	uint32_t crc;
	bool has_crc;
	enum export_license license;
	/*
	 * Modules were seen that import the symbol, not the export itself: @namespace has names
	 * with commas between them, and the symbol is in one of these, or in none.
	 */
	bool is_any_namespace;
	bool is_contested; /* two that name it give different CRCs */
};

/* As struct export, with offsets into the table's text, which moves while it grows. */
struct export_entry {
	size_t name;
	size_t namespace;
	size_t owner;
	uint64_t hash;
	uint32_t crc;
	bool has_crc;
	enum export_license license;
	bool is_any_namespace;
	bool is_contested;
};

struct exports {
	struct export_entry *entries;
	size_t count;
	size_t room;
	size_t *slots; /* an index plus one; 0: free */
	size_t mask;
	struct buffer text; /* NUL-terminated strings; offset 0 is "" */
};

/*
 * Adds a symbol. The strings are copied. Of several symbols with one name the first counts, because
 * a kernel too stops at the first; a different CRC makes it contested, and what was not known of
 * its license and its namespace may become so. Errors: NOMEM.
 */
struct rebtf_error *exports_add(struct exports *exports, const struct export *symbol);

/* False if the table has no symbol of that name. */
bool exports_find(const struct exports *exports, const char *name, struct export *found);

/* The symbol at @index, in the order in which they were added. */
struct export exports_at(const struct exports *exports, size_t index);

/* Frees the memory and leaves an empty table. A table starts as {}. */
void exports_release(struct exports *exports);
#define _cleanup_exports_ _cleanup_(exports_release)

#endif
