/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reports the modules that the running kernel has loaded without BTF. For each, it prints the reason
 * and a command line that a user can type. The commands name files as they are called on the running
 * system, so they also work if its root directory is elsewhere here.
 */
#include <stdio.h>
#include <string.h>

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/kernels.h"
#include "cli/loaded.h"
#include "cli/output.h"
#include "cli/text.h"

#define LOADED_STATES (REBTF_LOADED_FOREIGN + 1)

static const char *const loaded_reasons[LOADED_STATES] = {
	[REBTF_LOADED_KERNEL_WITHOUT_BTF] = "the kernel has no BTF now",
	[REBTF_LOADED_NOT_SUPPORTED] =
		"the kernel is built without support for BTF of modules (CONFIG_DEBUG_INFO_BTF_MODULES)",
	[REBTF_LOADED_WITHOUT_FILE] = "no file of the module is installed",
	[REBTF_LOADED_UNREADABLE] = "its file cannot be read",
	[REBTF_LOADED_FILE_WITHOUT_BTF] = "its file has no BTF",
	[REBTF_LOADED_OTHER_BASE] = "its file has BTF of another kernel",
	[REBTF_LOADED_OTHER_BUILD] =
		"its file belongs to another build of this release, which is installed but does not run yet",
	[REBTF_LOADED_DISTILLED] =
		"its file has distilled BTF, which kernels before 6.11 do not relocate",
	[REBTF_LOADED_MISFIT] = "its file has distilled BTF that does not fit this kernel",
	[REBTF_LOADED_REFUSED] = "this kernel refuses the BTF in its file",
	[REBTF_LOADED_EARLIER] = "it was loaded before its file or the kernel had this BTF",
	[REBTF_LOADED_FOREIGN] = "the kernel accepted BTF that was split from another kernel's",
};

/* The same for the last line, for modules without BTF. */
static const char *const loaded_words[LOADED_STATES] = {
	[REBTF_LOADED_KERNEL_WITHOUT_BTF] = "for lack of BTF of the kernel",
	[REBTF_LOADED_NOT_SUPPORTED] = "not supported by the kernel",
	[REBTF_LOADED_WITHOUT_FILE] = "without a file",
	[REBTF_LOADED_UNREADABLE] = "with an unreadable file",
	[REBTF_LOADED_FILE_WITHOUT_BTF] = "without BTF in the file",
	[REBTF_LOADED_OTHER_BASE] = "with BTF of another kernel",
	[REBTF_LOADED_OTHER_BUILD] = "with BTF of another build",
	[REBTF_LOADED_DISTILLED] = "with distilled BTF",
	[REBTF_LOADED_MISFIT] = "with BTF that does not fit",
	[REBTF_LOADED_REFUSED] = "refused",
	[REBTF_LOADED_EARLIER] = "loaded before",
};

/* ------------------------------------------------------------------------------------ commands */

/* Adds @word for a shell: in quotes unless it has only harmless characters. */
static void loaded_add_word(struct text *text, const char *word)
{
	static const char harmless[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./,:=@";

	text_add(text, " ");
	if (*word && word[strspn(word, harmless)] == '\0') {
		text_add(text, word);
		return;
	}
	text_add(text, "'");
	for (; *word; word++)
		text_add_bytes(text, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
	text_add(text, "'");
}

/* The path of a file on the running system. */
static const char *loaded_path(const struct options *options, const char *path)
{
	size_t length = options->root ? strlen(options->root) : 0;

	while (length && options->root[length - 1] == '/')
		length--;
	return path + length;
}

static void loaded_add_relocate(struct text *text, const struct rebtf_loaded *loaded,
				const struct rebtf_loaded_module *module, const char *file)
{
	text_add(text, "rebtf relocate --strip-signature --base");
	loaded_add_word(text, rebtf_loaded_release(loaded));
	if (module->state == REBTF_LOADED_OTHER_BASE || module->state == REBTF_LOADED_FOREIGN) {
		text_add(text, " --old-base");
		loaded_add_word(text, module->built_for ?: "OLD-KERNEL");
	}
	if (module->state == REBTF_LOADED_MISFIT)
		text_add(text, " --on-mismatch local");
	loaded_add_word(text, file);
}

/* Whether the module has to be loaded again after the first command. */
static bool loaded_needs_reload(enum rebtf_loaded_state state)
{
	return state != REBTF_LOADED_WITH_BTF && state != REBTF_LOADED_KERNEL_WITHOUT_BTF &&
	       state != REBTF_LOADED_NOT_SUPPORTED && state != REBTF_LOADED_WITHOUT_FILE &&
	       state != REBTF_LOADED_UNREADABLE && state != REBTF_LOADED_OTHER_BUILD;
}

/* Adds a command line that gives BTF to the module; or nothing. */
static void loaded_add_command(struct text *text, const struct options *options,
			       const struct rebtf_loaded *loaded,
			       const struct rebtf_loaded_module *module)
{
	const char *file = module->file ? loaded_path(options, module->file) : NULL;
	size_t start = text->size;

	switch (module->state) {
	case REBTF_LOADED_KERNEL_WITHOUT_BTF:
		if (rebtf_loaded_carrier(loaded) && !rebtf_loaded_has_carrier(loaded))
			text_add(text, "modprobe btf_vmlinux");
		break;
	case REBTF_LOADED_FILE_WITHOUT_BTF:
		text_add(text, "rebtf encode --strip-signature --base");
		loaded_add_word(text, rebtf_loaded_release(loaded));
		loaded_add_word(text, file);
		break;
	case REBTF_LOADED_OTHER_BASE:
	case REBTF_LOADED_DISTILLED:
	case REBTF_LOADED_MISFIT:
		loaded_add_relocate(text, loaded, module, file);
		break;
	case REBTF_LOADED_FOREIGN:
		if (!file)
			return;
		if (!module->file_fits)
			loaded_add_relocate(text, loaded, module, file);
		break;
	case REBTF_LOADED_REFUSED:
		text_add(text, "rebtf verify --kernel-btf --base");
		loaded_add_word(text, rebtf_loaded_release(loaded));
		loaded_add_word(text, file);
		return;
	case REBTF_LOADED_OTHER_BUILD:
		text_add(text, "reboot");
		break;
	case REBTF_LOADED_WITH_BTF:
	case REBTF_LOADED_NOT_SUPPORTED:
	case REBTF_LOADED_WITHOUT_FILE:
	case REBTF_LOADED_UNREADABLE:
	case REBTF_LOADED_EARLIER:
		break;
	}
	if (!loaded_needs_reload(module->state))
		return;
	text_add(text, text->size > start ? " && modprobe -r" : "modprobe -r");
	loaded_add_word(text, module->name);
	text_add(text, " && modprobe");
	loaded_add_word(text, module->name);
}

/* -------------------------------------------------------------------------------------- modules */

static void loaded_add_text(struct text *text, const struct options *options,
			    const struct rebtf_loaded *loaded,
			    const struct rebtf_loaded_module *module)
{
	struct text command = {};

	text_add_name(text, module->name);
	text_addf(text, ": %s BTF: %s", module->state == REBTF_LOADED_FOREIGN ? "wrong" : "no",
		  loaded_reasons[module->state]);
	if (module->detail) {
		text_add(text, ": ");
		text_add_name(text, module->detail);
	}
	text_add(text, "\n");
	if (module->file) {
		text_add(text, "    file    ");
		text_add_name(text, module->file);
		text_add(text,
			 module->is_replaced ? ", which is not the one that was loaded\n" : "\n");
	}
	if (module->log) {
		text_add(text, "    log     ");
		text_add_name(text, module->log);
		text_add(text, "\n");
	}
	loaded_add_command(&command, options, loaded, module);
	if (command.size) {
		text_add(text, "    run     ");
		text_add_bytes(text, command.data, command.size);
		if (module->users && loaded_needs_reload(module->state)) {
			text_add(text, "\n    but     ");
			text_add_counted(text, module->users, "user");
			text_add(text, " of the module must stop first, or the machine reboot");
		}
		text_add(text, "\n");
	}
	text_release(&command);
}

static void loaded_add_json(struct text *text, const struct options *options,
			    const struct rebtf_loaded *loaded,
			    const struct rebtf_loaded_module *module)
{
	struct json_object *object = json_new_object();
	struct text command = {};
	GUARD(memory) char *line = NULL;

	loaded_add_command(&command, options, loaded, module);
	line = command.size ? text_end(&command) : NULL;
	text_release(&command);
	json_add_string(object, "module", module->name);
	json_add_string(object, "outcome", "loaded_module");
	json_add_string(object, "state", rebtf_loaded_state_name(module->state));
	json_add_string(object, "file", module->file);
	json_add_bool(object, "replaced", module->is_replaced);
	json_add_string(object, "built_for", module->built_for);
	json_add_string(object, "detail", module->detail);
	json_add_bool(object, "file_fits", module->file_fits);
	json_add_string(object, "log", module->log);
	json_add_number(object, "users", module->users);
	json_add_string(object, "command", line);
	json_print(text, object);
}

/* ------------------------------------------------------------------------------------- summary */

/* Adds how many modules have no BTF for each reason. */
static void loaded_add_states(struct text *text, const size_t states[LOADED_STATES])
{
	const char *before = " (";

	for (size_t i = 0; i < LOADED_STATES; i++) {
		if (!states[i] || !loaded_words[i])
			continue;
		text_add(text, before);
		text_add_count(text, states[i]);
		text_addf(text, " %s", loaded_words[i]);
		before = ", ";
	}
	text_add(text, ")");
}

static void loaded_add_summary(struct text *text, const struct options *options,
			       const struct rebtf_loaded *loaded,
			       const size_t states[LOADED_STATES])
{
	size_t count = rebtf_loaded_count(loaded), with = states[REBTF_LOADED_WITH_BTF];
	size_t foreign = states[REBTF_LOADED_FOREIGN], none = count - with - foreign;

	if (options->json) {
		struct json_object *object = json_new_object(), *counts = json_new_object();

		json_add_string(object, "outcome", "loaded_modules");
		json_add_string(object, "release", rebtf_loaded_release(loaded));
		json_add_string(object, "carrier", rebtf_loaded_carrier(loaded));
		json_add_bool(object, "has_carrier", rebtf_loaded_has_carrier(loaded));
		json_add_number(object, "modules", count);
		for (size_t i = 0; i < LOADED_STATES; i++)
			json_add_number(counts, rebtf_loaded_state_name((enum rebtf_loaded_state)i),
					states[i]);
		json_add(object, "states", counts);
		json_print(text, object);
		return;
	}
	text_add_counted(text, count, "loaded module");
	text_add(text, ": ");
	text_add_count(text, with);
	text_add(text, with == 1 ? " has BTF" : " have BTF");
	if (foreign) {
		text_add(text, ", ");
		text_add_count(text, foreign);
		text_addf(text, " %s BTF of another kernel", foreign == 1 ? "has" : "have");
	}
	if (none) {
		text_add(text, ", ");
		text_add_count(text, none);
		text_add(text, none == 1 ? " has none" : " have none");
		loaded_add_states(text, states);
	}
	text_add(text, "\n");
}

static void loaded_print(const struct options *options, const struct rebtf_loaded *loaded,
			 size_t states[LOADED_STATES])
{
	struct text text = {};

	for (size_t i = 0; i < rebtf_loaded_count(loaded); i++) {
		const struct rebtf_loaded_module *module = rebtf_loaded_at(loaded, i);

		states[module->state]++;
		if (options->quiet)
			continue;
		if (options->json)
			loaded_add_json(&text, options, loaded, module);
		else if (module->state != REBTF_LOADED_WITH_BTF)
			loaded_add_text(&text, options, loaded, module);
	}
	if (!options->quiet)
		loaded_add_summary(&text, options, loaded, states);
	output_text(&text);
}

enum status loaded_run(const struct options *options)
{
	REBTF_OPTIONS(rebtf_loaded_options, how, .root = options->root,
		      .cache_dir = kernels_cache_dir());
	size_t states[LOADED_STATES] = {};
	struct rebtf_loaded *loaded;
	struct rebtf_error *err = rebtf_loaded_open(&how, &loaded);
	bool all;

	if (err) {
		print_error(err);
		return STATUS_TROUBLE;
	}
	loaded_print(options, loaded, states);
	all = states[REBTF_LOADED_WITH_BTF] == rebtf_loaded_count(loaded);
	rebtf_loaded_free(loaded);
	return all ? STATUS_OK : STATUS_MISFIT;
}
