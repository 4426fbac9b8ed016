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
#include "util/table.h"
#include "util/vec.h"

/* Linux 7 has a byte of flags for each exported symbol. */
#define KSYM_FLAG_GPL_ONLY 1

enum export_license {
	EXPORT_LICENSE_UNKNOWN,
	EXPORT_LICENSE_ANY, /* EXPORT_SYMBOL */
	EXPORT_LICENSE_GPL, /* EXPORT_SYMBOL_GPL: for modules with a compatible license */
};

struct export
{
	const char *name;
	const char *namespace; /* "" without a namespace; but see is_any_namespace */
	const char *owner;     /* the exporting module's name; "" is the kernel itself */
	uint32_t crc;
	bool has_crc;
	enum export_license license;
	/*
	 * Known only from modules that import the symbol, not from the export itself. @namespace is
	 * a comma-separated list, and the symbol is in one of these namespaces, or has no
	 * namespace.
	 */
	bool is_any_namespace;
	bool is_contested; /* two entries give different CRCs */
};

/* As struct export, with offsets into the table's text, which may move while it grows. */
struct export_entry {
	size_t name;
	size_t namespace;
	size_t owner;
	uint32_t crc;
	bool has_crc;
	enum export_license license;
	bool is_any_namespace;
	bool is_contested;
};

DEFINE_VECTOR(export_entries, struct export_entry);

struct exports {
	struct export_entries entries;
	struct table by_name; /* indices of entries, plus one */
	struct buffer text;   /* NUL-terminated strings; offset 0 is "" */
};

/*
 * Adds a symbol and copies its strings. For several symbols of one name the first wins, as in a
 * kernel. A different CRC makes it contested. An unknown license, and the candidates for its
 * namespace, may be refined. Errors: NOMEM.
 */
struct rebtf_error *exports_add(struct exports *exports, const struct export *symbol);

/* False if the table has no symbol of that name. */
bool exports_find(const struct exports *exports, const char *name, struct export *found);

/* The symbol at @index, in insertion order. */
struct export exports_at(const struct exports *exports, size_t index);

/* Frees the memory and leaves an empty table. A table starts as {}. */
void exports_release(struct exports *exports);
#define _cleanup_exports_ _cleanup_(exports_release)

#endif
