/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Prints the fate of a kernel's file. */
#include "cli/json.h"
#include "cli/output.h"
#include "cli/provided.h"
#include "cli/text.h"

/* The fate of the file, for people. Of a dry run, "would be" comes before it. */
static const struct {
	const char *would;
	const char *words;
} provided_words[] = {
	[REBTF_VMLINUX_WRITTEN] = { "would be ", "written" },
	[REBTF_VMLINUX_CURRENT] = { "", "already has the BTF of this kernel" },
	[REBTF_VMLINUX_FOREIGN] = { "", "left alone, because rebtf did not write it" },
	[REBTF_VMLINUX_REMOVED] = { "would be ", "removed" },
	[REBTF_VMLINUX_ABSENT] = { "", "does not exist" },
};

void provided_print(const struct options *options, enum rebtf_vmlinux_outcome outcome,
		    const char *path)
{
	struct json_object *object;
	struct text text = {};

	if (options->json) {
		object = json_new_object();
		json_add_string(object, "file", path);
		json_add_string(object, "outcome", rebtf_vmlinux_outcome_name(outcome));
		if (options->dry_run)
			json_add_bool(object, "dry_run", true);
		json_print(&text, object);
	} else if (!options->quiet) {
		text_add_name(&text, path);
		text_addf(&text, ": %s%s\n", options->dry_run ? provided_words[outcome].would : "",
			  provided_words[outcome].words);
	}
	output_text(&text);
}
