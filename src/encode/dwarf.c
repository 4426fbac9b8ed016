/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Names the debug sections. */
#include "encode/dwarf.h"

const char *dwarf_section_name(enum dwarf_section_id id)
{
	static const char *const names[] = {
		[DWARF_INFO] = ".debug_info",	      [DWARF_TYPES] = ".debug_types",
		[DWARF_ABBREV] = ".debug_abbrev",     [DWARF_STR] = ".debug_str",
		[DWARF_LINE_STR] = ".debug_line_str", [DWARF_STR_OFFSETS] = ".debug_str_offsets",
		[DWARF_ADDR] = ".debug_addr",	      [DWARF_LOC] = ".debug_loc",
		[DWARF_LOCLISTS] = ".debug_loclists", [DWARF_RANGES] = ".debug_ranges",
		[DWARF_RNGLISTS] = ".debug_rnglists",
	};

	return names[id];
}
