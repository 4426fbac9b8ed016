/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Measures how fast the encoder's reader walks over all DIEs of a file, without making anything of
 * them: ninja -C build tests/walk && build/tests/walk VMLINUX [REPETITIONS]
 *
 * Prints the least seconds of CPU time of three walks: past all DIEs, reading the attributes of
 * types and functions, and reading those of all DIEs. Each includes reading the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "encode/die.h"
#include "module/debug_file.h"

static void must(struct rebtf_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "walk: %s\n", rebtf_error_text(err));
	exit(2);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Walks over all units. Returns the number of wanted DIEs. */
static size_t walk_file(const struct dwarf_file *file, const struct die_filter *filter)
{
	struct dwarf_unit_vector units = {};
	struct unit_reader reader = {};
	size_t count = 0;

	must(dwarf_units(file, &units));
	for (size_t i = 0; i < units.count; i++) {
		struct die_cursor c;
		struct die die;

		must(unit_read(&reader, file, &units.items[i]));
		die_cursor_start(&c, &reader, filter, units.items[i].first_die);
		while (die_next(&c, &die))
			count++;
		must(c.err);
	}
	unit_reader_release(&reader);
	dwarf_unit_vector_release(&units);
	return count;
}

static void measure(const char *what, const struct dwarf_file *file,
		    const struct die_filter *filter, int repetitions)
{
	double least = 0;
	size_t count = 0;

	for (int i = 0; i < repetitions; i++) {
		double start = cpu_seconds(), taken;

		count = walk_file(file, filter);
		taken = cpu_seconds() - start;
		least = i && least < taken ? least : taken;
	}
	printf("%s\t%.3f s\t%zu DIEs read\n", what, least, count);
}

/* What the encoder of types wants. */
static void want_types(struct die_filter *filter)
{
	static const uint16_t tags[] = {
		DW_TAG_array_type,	 DW_TAG_enumeration_type,
		DW_TAG_formal_parameter, DW_TAG_member,
		DW_TAG_pointer_type,	 DW_TAG_structure_type,
		DW_TAG_subroutine_type,	 DW_TAG_typedef,
		DW_TAG_union_type,	 DW_TAG_subrange_type,
		DW_TAG_base_type,	 DW_TAG_const_type,
		DW_TAG_enumerator,	 DW_TAG_volatile_type,
		DW_TAG_subprogram,	 DW_TAG_unspecified_parameters,
	};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		die_filter_set(filter, tags[i], DIE_WANTED);
	die_filter_set(filter, DW_TAG_inlined_subroutine, DIE_CLOSED);
	die_filter_set(filter, DW_TAG_call_site, DIE_CLOSED);
}

int main(int argc, char **argv)
{
	int repetitions = argc > 2 ? atoi(argv[2]) : 5;
	struct die_filter none = {}, types = {};
	struct debug_file file = {};

	if (argc < 2 || repetitions < 1) {
		fputs("usage: walk VMLINUX [REPETITIONS]\n", stderr);
		return 2;
	}
	must(debug_file_open(argv[1], &file));
	want_types(&types);
	measure("past all", &file.object.dwarf, &none, repetitions);
	measure("types", &file.object.dwarf, &types, repetitions);
	measure("all", &file.object.dwarf, NULL, repetitions);
	debug_file_close(&file);
	return 0;
}
