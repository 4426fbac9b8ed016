/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Names the form that BTF was read in for a verdict, in text and in JSON. */
#include "cli/reading.h"

void reading_add_text(struct text *text, const struct options *options, enum rebtf_form form)
{
	text_add(text, rebtf_form_name(form));
	if (form != REBTF_FORM_SPLIT)
		return;
	text_add(text, " over ");
	text_add_name(text, base_label(options));
	for (size_t i = 0; i < options->over_count; i++) {
		text_add(text, ", ");
		text_add_name(text, options->over[i]);
	}
}

void reading_add_json(struct json_object *object, const struct options *options,
		      enum rebtf_form form)
{
	struct json_object *reading = json_new_object(), *over;

	json_add_string(reading, "form", rebtf_form_name(form));
	if (form == REBTF_FORM_SPLIT) {
		over = json_new_array();
		for (size_t i = 0; i < options->over_count; i++) {
			struct json_object *module = json_new_object();

			json_add_string(module, "file", options->over[i]);
			json_append(over, module);
		}
		json_add_string(reading, "base", options->base);
		json_add(reading, "over", over);
	}
	json_add(object, "reading", reading);
}

void reading_counts_add_text(struct text *text, const struct options *options,
			     struct reading_counts *counts)
{
	size_t kinds = 0, shown = 0;

	for (int form = 0; form < FORMS; form++)
		kinds += counts->forms[form] != 0;
	for (int form = 0; form < FORMS; form++) {
		if (!counts->forms[form])
			continue;
		text_add(text, shown++ ? ", " : ", read as ");
		reading_add_text(text, options, (enum rebtf_form)form);
		if (kinds > 1)
			text_addf(text, " (%zu)", (size_t)counts->forms[form]);
	}
}
