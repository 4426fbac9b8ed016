/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads Module.symvers: columns separated by tabs. The columns are CRC, symbol, exporter, kind and,
 * since Linux 5.4, namespace. Linux 5.4 itself has the namespace before the exporter.
 */
#include <string.h>

#include "module/codec.h"
#include "module/linkage.h"
#include "module/symvers.h"
#include "util/cleanup.h"

#define COLUMNS_MAX 5

/* More than two symbols of the kernel's limit of 511 bytes, and a path. */
#define LINE_MAX_SIZE 8192

/* Real files have three megabytes. */
#define SYMVERS_SIZE_MAX ((size_t)64 << 20)

static bool is_kind(const char *column)
{
	return !strncmp(column, "EXPORT_", strlen("EXPORT_"));
}

/* Splits @line at its tabs. Returns the number of columns, at most COLUMNS_MAX + 1. */
static size_t split(char *line, char *columns[COLUMNS_MAX])
{
	size_t count = 0;

	for (char *rest = line; rest; count++) {
		char *column = strsep(&rest, "\t");

		if (count == COLUMNS_MAX)
			return count + 1;
		columns[count] = column;
	}
	return count;
}

static bool parse_crc(const char *text, uint32_t *crc)
{
	uint64_t value = 0;

	if (strncmp(text, "0x", 2) || !text[2] || strlen(text) > 18)
		return false;
	for (text += 2; *text; text++) {
		int digit = *text >= '0' && *text <= '9'   ? *text - '0'
			    : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10
			    : *text >= 'A' && *text <= 'F' ? *text - 'A' + 10
							   : -1;

		if (digit < 0)
			return false;
		value = value << 4 | (uint64_t)digit;
	}
	*crc = (uint32_t)value;
	return value <= UINT32_MAX;
}

/* A module's name from its path in the build: "drivers/net/dummy", in some versions with ".ko". */
static const char *owner_name(char *path)
{
	char *name = strrchr(path, '/'), *end;

	name = name ? name + 1 : path;
	if (!strcmp(name, "vmlinux"))
		return "";
	end = strrchr(name, '.');
	if (end && !strcmp(end, ".ko"))
		*end = '\0';
	module_name_fold(name);
	return name;
}

/* False if the line is not of the file's format. */
static bool parse_line(char *line, struct export *symbol)
{
	char *columns[COLUMNS_MAX] = {};
	size_t count = split(line, columns);
	size_t kind = count == 5 && is_kind(columns[4]) ? 4 : 3;

	if (count < 4 || count > 5 || !is_kind(columns[kind]) || !*columns[1] ||
	    !parse_crc(columns[0], &symbol->crc))
		return false;
	symbol->name = columns[1];
	symbol->has_crc = true;
	symbol->owner = owner_name(columns[kind - 1]);
	symbol->namespace = kind == 4 ? columns[2] : count == 5 ? columns[4] : "";
	symbol->license = strstr(columns[kind], "_GPL") ? EXPORT_LICENSE_GPL : EXPORT_LICENSE_ANY;
	return true;
}

static struct rebtf_error *symvers_read_lines(const char *data, size_t size,
					      struct exports *exports)
{
	char line[LINE_MAX_SIZE];

	for (size_t number = 1; size; number++) {
		const char *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) : size;
		struct export symbol = {};

		/* A NUL cuts a line, and the rest is not a valid line. */
		if (length < sizeof(line)) {
			memcpy(line, data, length);
			line[length] = '\0';
			if (length && line[length - 1] == '\r')
				line[length - 1] = '\0';
		}
		if (length >= sizeof(line) || !parse_line(line, &symbol))
			return error_new(
				REBTF_ERR_FORMAT,
				"line %zu: not an exported symbol (expected CRC, symbol, exporter and kind, separated by tabs)",
				number);
		TRY(exports_add(exports, &symbol));
		data += length + (end != NULL);
		size -= length + (end != NULL);
	}
	return NULL;
}

struct rebtf_error *symvers_read(const uint8_t *data, size_t size, struct exports *exports)
{
	enum codec codec = codec_detect(data, size);
	_cleanup_free_ uint8_t *unpacked = NULL;

	if (codec == CODEC_NONE)
		return symvers_read_lines((const char *)data, size, exports);
	TRY(codec_decompress(codec, data, size, SYMVERS_SIZE_MAX, &unpacked, &size, NULL));
	return symvers_read_lines((const char *)unpacked, size, exports);
}

struct rebtf_error *symvers_check(const struct exports *exports)
{
	bool has_own = false, has_crc = false;
	struct export symbol;

	for (size_t i = 0; i < exports->entries.count && !has_crc; i++) {
		symbol = exports_at(exports, i);
		has_own |= !*symbol.owner;
		has_crc = !*symbol.owner && symbol.crc;
	}
	if (!has_own)
		return error_new(
			REBTF_ERR_FORMAT,
			"no symbol of the kernel itself: is it an external module's file?");
	/* Kernels with CONFIG_MODVERSIONS export it; others give all symbols the CRC 0. */
	if (has_crc && !exports_find(exports, "module_layout", &symbol))
		return error_new(REBTF_ERR_FORMAT, "no symbol module_layout (truncated?)");
	return NULL;
}
