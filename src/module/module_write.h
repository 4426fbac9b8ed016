/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The internals of writing modules: module_write.c writes ELF files, module_raw.c raw BTF. */
#ifndef REBTF_MODULE_MODULE_WRITE_H
#define REBTF_MODULE_MODULE_WRITE_H

#include "module/module.h"
#include "util/replace.h"

/* Sections of a BPF program's object that refer to its BTF. */
#define PROGRAM_EXT   ".BTF.ext"
#define PROGRAM_RELOS ".rel.BTF"

/* The new bytes of one section. */
struct section_bytes {
	void *data;
	size_t size;
};

/* The sections to write. No data: the section is absent. */
struct new_sections {
	struct section_bytes btf;
	struct section_bytes base;
	struct section_bytes expects;
	struct section_bytes ids;
	struct section_bytes base_ids;
	/* Of a BPF program's object. They keep their sizes. */
	struct section_bytes program_ext;
	struct section_bytes program_relos;
	struct section_bytes inlined;
	struct section_bytes note; /* of raw BTF: the file beside it */
};

/*
 * Copies the output that a caller gives. Errors: ARGUMENT (those of OPTIONS_COPY(); there is no BTF to
 * write).
 */
struct rebtf_error *output_copy(struct rebtf_module_output *copy,
				const struct rebtf_module_output *output);

/*
 * If the module is the object of a BPF program, and @output has the deduplicated BTF of it, makes the
 * sections that refer to the BTF, and @sections' BTF with the strings that they need. Errors: FORMAT,
 * NOMEM, UNSUPPORTED (those of btf_ext_renew()), ARGUMENT.
 */
struct rebtf_error *program_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output,
				  struct new_sections *sections);

/* The destination of a module. */
struct target {
	const struct file_place *place;
	bool in_place; /* replaces the file that was read, and no other */
};

/* Whether @place is the name under which the module was read, and still leads to it. */
bool target_is_own(const struct rebtf_module *module, const struct file_place *place);

/* Writes raw BTF and its companions. */
struct rebtf_error *raw_write(const struct rebtf_module *module, const struct target *target,
			      const struct rebtf_module_output *output,
			      const struct new_sections *sections);

/* Copies raw BTF and its companions unchanged. */
struct rebtf_error *raw_copy(const struct rebtf_module *module, const struct file_place *place);

#endif
