/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the numbers that DWARF has for the languages in a list. */
#include <string.h>

#include "module/language.h"
#include "util/error.h"

/* The names of --lang_exclude, as pahole has them: DWARF's without DW_LANG_. */
static const struct {
	const char *name;
	uint16_t language;
} languages[] = {
	{ "c89", 0x01 },
	{ "c", 0x02 },
	{ "ada83", 0x03 },
	{ "c++", 0x04 },
	{ "c_plus_plus", 0x04 },
	{ "cobol74", 0x05 },
	{ "cobol85", 0x06 },
	{ "fortran77", 0x07 },
	{ "fortran90", 0x08 },
	{ "pascal83", 0x09 },
	{ "modula2", 0x0a },
	{ "java", 0x0b },
	{ "c99", 0x0c },
	{ "ada95", 0x0d },
	{ "fortran95", 0x0e },
	{ "pli", 0x0f },
	{ "objc", 0x10 },
	{ "objc++", 0x11 },
	{ "objc_plus_plus", 0x11 },
	{ "upc", 0x12 },
	{ "d", 0x13 },
	{ "python", 0x14 },
	{ "opencl", 0x15 },
	{ "go", 0x16 },
	{ "modula3", 0x17 },
	{ "haskell", 0x18 },
	{ "c++03", 0x19 },
	{ "c_plus_plus_03", 0x19 },
	{ "c++11", 0x1a },
	{ "c_plus_plus_11", 0x1a },
	{ "ocaml", 0x1b },
	{ "rust", 0x1c },
	{ "c11", 0x1d },
	{ "swift", 0x1e },
	{ "julia", 0x1f },
	{ "dylan", 0x20 },
	{ "c++14", 0x21 },
	{ "c_plus_plus_14", 0x21 },
	{ "fortran03", 0x22 },
	{ "fortran08", 0x23 },
	{ "renderscript", 0x24 },
	{ "bliss", 0x25 },
	{ "zig", 0x27 },
	{ "c++17", 0x2a },
	{ "c++20", 0x2b },
	{ "c17", 0x2c },
	{ "asm", 0x8001 },
	{ "mips_assembler", 0x8001 },
};

struct rebtf_error *language_add(const char *list, struct language_vector *all)
{
	while (list && *list) {
		size_t size = strcspn(list, ","), i;

		for (i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
			if (!strncasecmp(list, languages[i].name, size) && !languages[i].name[size])
				break;
		}
		if (size && i == sizeof(languages) / sizeof(languages[0]))
			return error_new(REBTF_ERR_ARGUMENT, "unknown language '%.*s'",
					 size < 64 ? (int)size : 64, list);
		if (size && !language_vector_append(all, languages[i].language))
			return error_nomem();
		list += size + (list[size] == ',');
	}
	return NULL;
}
