/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Lists of symbols: those of a file, and those that a kernel exports. Distributions keep lists of the
 * symbols whose interface they guard: RHEL's stablelists, Android's KMI lists, SUSE's lists. All have
 * a symbol in each line, maybe indented, and a title in brackets. Module.symvers has columns.
 */
#include <stdlib.h>
#include <string.h>

#include "module/codec.h"
#include "module/loader.h"
#include "module/symvers.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

struct rebtf_symbols {
	struct exports exports;
	const char **names; /* malloced; the strings belong to the exports */
	bool of_kernel_only;
};

/* Lists of kernels have up to a megabyte. */
#define SYMBOLS_SIZE_MAX  ((size_t)64 << 20)
#define SYMBOL_LENGTH_MAX 511

void rebtf_symbols_free(struct rebtf_symbols *symbols)
{
	if (!symbols)
		return;
	exports_release(&symbols->exports);
	free(symbols->names);
	free(symbols);
}

const char *const *rebtf_symbols_names(const struct rebtf_symbols *symbols, size_t *count)
{
	*count = symbols->exports.entries.count;
	return symbols->names;
}

bool rebtf_symbols_of_kernel_only(const struct rebtf_symbols *symbols)
{
	return symbols->of_kernel_only;
}

static struct rebtf_error *name_symbols(struct rebtf_symbols *symbols)
{
	size_t count = symbols->exports.entries.count;

	symbols->names = malloc((count + 1) * sizeof(*symbols->names));
	if (!symbols->names)
		return error_nomem();
	for (size_t i = 0; i < count; i++)
		symbols->names[i] = exports_at(&symbols->exports, i).name;
	return NULL;
}

/* ----------------------------------------------------------------------------------------- files */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Whether the first line has the columns of Module.symvers. */
static bool is_symvers(const char *data, size_t size)
{
	const char *end = memchr(data, '\n', size);

	size = end ? (size_t)(end - data) : size;
	return size > 2 && !memcmp(data, "0x", 2) && memchr(data, '\t', size);
}

/* Adds the symbol of a line, if it has one: its first word. */
static struct rebtf_error *symbols_add_line(struct rebtf_symbols *symbols, const char *line,
					    size_t size, size_t number)
{
	char name[SYMBOL_LENGTH_MAX + 1];
	struct export symbol = { .name = name, .namespace = "", .owner = "" };
	size_t length = 0;

	for (; size && is_blank(*line); line++)
		size--;
	if (!size || *line == '#' || *line == ';' || *line == '[')
		return NULL;
	while (length < size && !is_blank(line[length]))
		length++;
	if (length > SYMBOL_LENGTH_MAX || memchr(line, '\0', length))
		return error_new(REBTF_ERR_FORMAT, "line %zu: not the name of a symbol", number);
	memcpy(name, line, length);
	name[length] = '\0';
	return exports_add(&symbols->exports, &symbol);
}

static struct rebtf_error *symbols_read_list(struct rebtf_symbols *symbols, const char *data,
					     size_t size)
{
	for (size_t number = 1; size; number++) {
		const char *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) : size;

		TRY(symbols_add_line(symbols, data, length, number));
		data += length + (end != NULL);
		size -= length + (end != NULL);
	}
	return NULL;
}

static struct rebtf_error *read_symbols(struct rebtf_symbols *symbols, const char *path)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_free_ uint8_t *unpacked = NULL;
	const uint8_t *data;
	enum codec codec;
	size_t size;

	TRY(file_read(path, &bytes));
	data = bytes.data;
	size = bytes.size;
	codec = codec_detect(data, size);
	if (codec != CODEC_NONE) {
		TRY(codec_decompress(codec, data, size, SYMBOLS_SIZE_MAX, &unpacked, &size, NULL));
		data = unpacked;
	}
	if (size && is_symvers((const char *)data, size))
		TRY(symvers_read(data, size, &symbols->exports));
	else if (size)
		TRY(symbols_read_list(symbols, (const char *)data, size));
	if (!symbols->exports.entries.count)
		return error_new(REBTF_ERR_FORMAT, "no symbols in the list");
	return name_symbols(symbols);
}

struct rebtf_error *rebtf_symbols_open(const char *path, struct rebtf_symbols **symbols)
{
	struct rebtf_symbols *s = calloc(1, sizeof(*s));
	struct rebtf_error *err;

	if (!s)
		return error_nomem();
	err = read_symbols(s, path);
	if (err)
		rebtf_symbols_free(s);
	else
		*symbols = s;
	return error_at(err, path, NULL);
}

/* --------------------------------------------------------------------------------------- exports */

static struct rebtf_error *symbols_add_exports(struct rebtf_symbols *symbols,
					       const struct exports *exports)
{
	for (size_t i = 0; i < exports->entries.count; i++) {
		struct export symbol = exports_at(exports, i);

		TRY(exports_add(&symbols->exports, &symbol));
	}
	return NULL;
}

/* Reads the first source that exists. Only the image lacks the symbols of modules. */
static struct rebtf_error *symbols_read_exports(struct rebtf_symbols *symbols,
						struct rebtf_loader *loader)
{
	static const enum rebtf_symbol_source sources[] = {
		REBTF_SOURCE_OPTION,  REBTF_SOURCE_BUILD, REBTF_SOURCE_BOOT,
		REBTF_SOURCE_MODULES, REBTF_SOURCE_IMAGE,
	};

	TRY(loader_find_facts(loader));
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		const struct exports *exports;

		TRY(loader_source(loader, sources[i], &exports));
		if (!exports || !exports->entries.count)
			continue;
		symbols->of_kernel_only = sources[i] == REBTF_SOURCE_IMAGE;
		TRY(symbols_add_exports(symbols, exports));
		return name_symbols(symbols);
	}
	return error_new(REBTF_ERR_NO_BTF, "the kernel's exported symbols are unknown");
}

struct rebtf_error *rebtf_symbols_exported(struct rebtf_loader *loader,
					   struct rebtf_symbols **symbols)
{
	struct rebtf_symbols *s = calloc(1, sizeof(*s));
	struct rebtf_error *err;

	if (!s)
		return error_nomem();
	err = symbols_read_exports(s, loader);
	if (err)
		rebtf_symbols_free(s);
	else
		*symbols = s;
	return err;
}
