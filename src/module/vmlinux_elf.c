/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes a minimal vmlinux. */
#include "module/elf_make.h"
#include "module/note.h"
#include "module/vmlinux_elf.h"
#include "util/cleanup.h"

struct rebtf_error *vmlinux_elf_make(const struct rebtf_btf *btf, uint16_t machine,
				     uint32_t pointer_size, struct buffer *out)
{
	const struct rebtf_note standalone = { .form = REBTF_FORM_STANDALONE };
	_cleanup_free_ void *data = NULL;
	uint8_t note[NOTE_SIZE];
	struct elf_make make = {
		.type = ET_EXEC,
		.machine = machine,
		.pointer_size = pointer_size,
		.big_endian = rebtf_btf_is_big_endian(btf),
		.sections = { { .name = ".BTF" },
			      { .name = ".note.rebtf",
				.data = note,
				.size = sizeof(note),
				.type = SHT_NOTE,
				.alignment = 4 } },
		.count = 2,
	};

	TRY(rebtf_btf_write(btf, NULL, &data, &make.sections[0].size));
	make.sections[0].data = data;
	note_write(&standalone, make.big_endian, note);
	return elf_make(&make, out);
}
