/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Decides whether BTF needs a base, and opens both. */
#include <stdio.h>
#include <string.h>

#include "cli/base.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/joined.h"
#include "cli/kernels.h"
#include "cli/one_btf.h"

/* Notes that the output does not have all types of the section. */
static void one_btf_note_joined(const struct rebtf_module *module)
{
	struct joined_rest rest = joined_count(module);
	struct text line = {};

	if (!rest.blobs)
		return;
	text_add(&line, "rebtf: ");
	text_add_name(&line, rebtf_module_path(module));
	text_add(&line, ": .BTF: left out ");
	text_add_counted(&line, rest.blobs, "joined blob");
	text_add(&line, " behind the first (");
	text_add_counted(&line, rest.bytes, "byte");
	text_add(&line, "); rebtf dedup merges them\n");
	errors_print_text(&line);
}

/*
 * Notes that the running kernel is the base by default. BTF in /sys/kernel/btf belongs to the
 * running kernel, and a module usually does. But raw BTF can come from anywhere.
 */
static void one_btf_note_base(const struct rebtf_module *module)
{
	static const char own[] = "/sys/kernel/btf/";
	const char *path = rebtf_module_path(module);
	struct text line = {};

	if (rebtf_module_container(module) != REBTF_CONTAINER_RAW ||
	    !strncmp(path, own, strlen(own)))
		return;
	text_add(&line, "rebtf: ");
	text_add_name(&line, path);
	text_add(&line,
		 ": split BTF, read over the running kernel; name another base with --base\n");
	errors_print_text(&line);
}

/* Whether the BTF is read over a base. A named base decides for BTF of unclear form. */
static struct rebtf_error *one_btf_needs_base(const struct rebtf_module *module, bool is_named,
					      bool *needs_base)
{
	enum rebtf_form form;
	struct rebtf_error *err = rebtf_module_form(module, NULL, &form);

	*needs_base = err || form == REBTF_FORM_SPLIT ||
		      (form == REBTF_FORM_STANDALONE && is_named);
	if (!err || !is_named ||
	    (rebtf_error_code(err) != REBTF_ERR_AMBIGUOUS &&
	     rebtf_error_code(err) != REBTF_ERR_FORMAT))
		return err;
	rebtf_error_free(err);
	return NULL;
}

/* Whether BTF that was opened without a base needs one. Then frees @err. */
static bool one_btf_lacks_base(struct rebtf_error *err)
{
	if (!err || rebtf_error_code(err) != REBTF_ERR_ARGUMENT)
		return false;
	rebtf_error_free(err);
	return true;
}

/*
 * Opens the BTF. Only split BTF needs a base. BTF that looks standalone could be split from a named
 * base, so then the base is read as well. If the base cannot be opened, prints a message and leaves
 * *@btf NULL.
 */
static struct rebtf_error *one_btf_read(struct base *base, const struct rebtf_module *module,
					struct rebtf_btf **btf)
{
	bool is_named = base->options->base, needs_base;
	struct rebtf_btf *base_btf = NULL;

	/*
	 * Without a named base, most BTF needs no base. Try that first, and read the BTF only once.
	 */
	if (!is_named) {
		struct rebtf_error *err = rebtf_module_btf(module, NULL, btf);

		if (!one_btf_lacks_base(err))
			return err;
	}
	TRY(one_btf_needs_base(module, is_named, &needs_base));
	if (needs_base && !base_open(base, &base_btf))
		return NULL;
	TRY(rebtf_module_btf(module, base_btf, btf));
	if (base_btf && !is_named)
		one_btf_note_base(module);
	return NULL;
}

/* Replaces the module's BTF by the inline BTF over it. */
static struct rebtf_error *one_btf_read_inlined(const struct rebtf_module *module,
						struct rebtf_btf **btf)
{
	struct rebtf_btf *inlined;

	TRY(rebtf_module_inlined(module, *btf, &inlined));
	if (!inlined)
		return rebtf_error_new(REBTF_ERR_NO_BTF, rebtf_module_path(module), NULL,
				       "no section .BTF.inline");
	rebtf_btf_unref(*btf);
	*btf = inlined;
	return NULL;
}

/* Leaves *@btf NULL after a message about the base. */
static struct rebtf_error *one_btf_open_file(const struct options *options, struct base *base,
					     struct rebtf_btf **btf, struct rebtf_kfuncs **kfuncs)
{
	const struct tree_file file = { .path = options->paths[0] };
	GUARD(module) struct rebtf_module *module = NULL;

	TRY(open_any(options, &file, &module));
	TRY(one_btf_read(base, module, btf));
	if (*btf && options->inlined)
		return one_btf_read_inlined(module, btf);
	if (*btf)
		one_btf_note_joined(module);
	return *btf && kfuncs ? rebtf_module_kfuncs(module, *btf, kfuncs) : NULL;
}

bool one_btf_open(const struct options *options, const char *verb, struct rebtf_btf **btf,
		  struct rebtf_kfuncs **kfuncs)
{
	struct rebtf_error *err;
	struct base base;

	if (options->path_count > 1) {
		fprintf(stderr, "rebtf: too many files for %s (found %zu, expected 1)\n", verb,
			options->path_count);
		return false;
	}
	base_init(&base, options);
	err = one_btf_open_file(options, &base, btf, kfuncs);
	base_release(&base);
	if (err)
		print_error(err);
	return !err && *btf;
}
