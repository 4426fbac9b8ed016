/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tracks which names of --trust some module has. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/errors.h"
#include "cli/text.h"
#include "cli/interrupt.h"
#include "cli/trusted_names.h"

void trusted_names_init(struct trusted_names *names, const struct options *options)
{
	names->options = options;
	names->seen = calloc(options->trust_count + 1, sizeof(*names->seen));
	if (!names->seen)
		out_of_memory();
}

static bool trusted_names_has_name(const struct rebtf_btf *btf, const char *name)
{
	static const uint32_t kinds[] = { REBTF_KIND_STRUCT, REBTF_KIND_UNION, REBTF_KIND_ENUM,
					  REBTF_KIND_ENUM64, REBTF_KIND_FUNC,  REBTF_KIND_TYPEDEF };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (rebtf_btf_find(btf, name, kinds[i]))
			return true;
	}
	return false;
}

void trusted_names_look_for(struct trusted_names *names, const struct rebtf_btf *btf)
{
	if (!names->seen)
		return;
	atomic_store(&names->asked, true);
	for (size_t i = 0; i < names->options->trust_count; i++) {
		if (!atomic_load(&names->seen[i]) &&
		    trusted_names_has_name(btf, names->options->trust[i]))
			atomic_store(&names->seen[i], true);
	}
}

void trusted_names_finish(struct trusted_names *names)
{
	/* After an interrupt, an unopened module may have the name. */
	bool tell = atomic_load(&names->asked) && !interrupt_came();

	for (size_t i = 0; tell && i < names->options->trust_count; i++) {
		struct text text = {};

		if (atomic_load(&names->seen[i]))
			continue;
		text_add(&text, "rebtf: --trust ");
		text_add_name(&text, names->options->trust[i]);
		text_add(&text, ": no module has a type or function of that name\n");
		errors_print_text(&text);
	}
	free(names->seen);
}
