/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: the form of BTF, and standalone BTF. The input is two files, each after its length:
 * a base, and BTF that is either split from that base or standalone. Split BTF is made standalone.
 * The result must be recognized as standalone. Presented over the base, it must still have its
 * types.
 */
#include "fuzz.h"
#include "module/module.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 2);
}

/* A module that consists of raw BTF, without a file. The caller frees its readings. */
static struct rebtf_module module_of(const void *data, size_t size)
{
	struct rebtf_module module = {
		.path = (char *)"input.btf",
		.container = REBTF_CONTAINER_RAW,
		.expects_sought = true,
	};

	module.sections[REBTF_SECTION_BTF].data = data;
	module.sections[REBTF_SECTION_BTF].size = size;
	must(readings_new(&module.readings));
	return module;
}

/* The form determines how to open the BTF. It must then open that way, unless the base is wrong. */
static void recognise(struct rebtf_module *module, struct rebtf_btf *base)
{
	struct rebtf_btf *btf;
	enum rebtf_form form;
	struct rebtf_error *err;

	if (!ok(rebtf_module_form(module, base, &form)))
		return;
	err = rebtf_module_btf(module, base, &btf);
	if (!err && !!rebtf_btf_base(btf) != (form == REBTF_FORM_SPLIT))
		fail("its form is not what it is opened as");
	if (!err)
		rebtf_btf_unref(btf);
	if (err && form != REBTF_FORM_SPLIT)
		fail("it has a form, and cannot be opened so");
	ok(err);
}

static void must_be_recognised(const struct rebtf_btf *standalone, struct rebtf_btf *base)
{
	struct rebtf_module module;
	struct rebtf_error *err;
	enum rebtf_form form;
	void *data;
	size_t size;

	must(rebtf_btf_write(standalone, NULL, &data, &size));
	module = module_of(data, size);
	must(rebtf_module_form(&module, NULL, &form));
	if (form != REBTF_FORM_STANDALONE)
		fail("what was made standalone is not recognised");
	/* It may also be valid as split from this base, but it is still standalone. */
	err = rebtf_module_form(&module, base, &form);
	if (!err ? form != REBTF_FORM_STANDALONE : rebtf_error_code(err) != REBTF_ERR_AMBIGUOUS)
		fail("what was made standalone is taken for something else over a base");
	ok(err);
	readings_free(module.readings);
	free(data);
}

static void renumber(const struct rebtf_btf *standalone, struct rebtf_btf *base)
{
	enum verdict before = worse(verdict_of(standalone), verdict_of(base));
	struct rebtf_btf *renumbered;

	if (!ok(rebtf_renumber(standalone, base, &renumbered)))
		return;
	must_be_same_types(standalone, renumbered, false);
	look_at(renumbered);
	must_be_taken(renumbered, before);
	must_reopen(renumbered, NULL);
	rebtf_btf_unref(renumbered);
}

static void make_standalone(const struct rebtf_btf *split, struct rebtf_btf *base, bool full)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = full);
	struct rebtf_btf *standalone;

	if (!ok(rebtf_standalone(split, &extent, &standalone)))
		return;
	look_at(standalone);
	must_reopen(standalone, NULL);
	must_be_recognised(standalone, base);
	must_be_taken(standalone, verdict_of(split));
	renumber(standalone, base);
	rebtf_btf_unref(standalone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_btf *base = next_btf(&input, NULL), *split;
	struct input file = next_file(&input);
	struct rebtf_module module = module_of(file.data ?: data, file.size);

	recognise(&module, NULL);
	module.reading = REBTF_READING_STANDALONE;
	recognise(&module, NULL);
	if (base) {
		recognise(&module, base);
		module.reading = REBTF_READING_SPLIT;
		recognise(&module, base);
	}
	readings_free(module.readings);
	if (!base)
		return 0;
	if (ok(rebtf_btf_open_mem(file.data, file.size, "input", base, &split))) {
		make_standalone(split, base, false);
		make_standalone(split, base, true);
		rebtf_btf_unref(split);
	}
	if (ok(rebtf_btf_open_mem(file.data, file.size, "input", NULL, &split))) {
		renumber(split, base);
		rebtf_btf_unref(split);
	}
	rebtf_btf_unref(base);
	return 0;
}
