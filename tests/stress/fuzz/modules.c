/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks of whole modules, shared by fuzz targets. They write each module that opens again, with
 * and without a saved original. The written module must open, its sections that do not concern BTF
 * must be unchanged, and writing it once more must give the same bytes.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"

#include "module/elf_same_for_test.h"
#include "module/module.h"

const char *file_of(const void *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		fail("no file to write to");
	return path;
}

static void *read_all(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st))
		fail("what was written is not there");
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	if (!data || read(fd, data, *size) != (ssize_t)*size)
		fail("what was written cannot be read");
	close(fd);
	return data;
}

/* Removes all files that a write can create, including those beside raw BTF. */
static void remove_all(const char *path)
{
	static const char *const endings[] = { "", ".base", ".expects", ".note" };
	char beside[128];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(beside, sizeof(beside), "%s%s", path, endings[i]);
		unlink(beside);
	}
}

/*
 * Writing a set of kfuncs sorts it. Entries for functions without BTF are zero except for their
 * flags, and can then no longer be told apart.
 */
static bool no_error_but_flags(struct rebtf_error *err)
{
	if (err && rebtf_error_code(err) != REBTF_ERR_UNSUPPORTED)
		must(err);
	return ok(err);
}

/* Compares the file that file_of() made for the module with @data, the written module. */
static void must_be_same_object(const struct rebtf_module *module, const void *data, size_t size)
{
	static const char *const ours[] = { ".BTF",	      ".BTF.base",
					    ".BTF_ids",	      ".BTF.base_expects",
					    ".note.rebtf",    ".BTF.kept",
					    ".BTF.kept_base", NULL };
	const char *wrong;
	size_t old_size;
	void *old;

	if (rebtf_module_container(module) != REBTF_CONTAINER_ELF ||
	    rebtf_module_compression(module) != REBTF_COMPRESSION_NONE)
		return;
	old = read_all(rebtf_module_path(module), &old_size);
	wrong = elf_difference(old, old_size, data, size, ours);
	if (wrong)
		fail(wrong);
	free(old);
}

/* What is written with a note has it, and agrees with it. */
static void must_have_note(const struct rebtf_module *written,
			   const struct rebtf_module_output *output)
{
	enum rebtf_form form;

	if (rebtf_module_container(written) != REBTF_CONTAINER_RAW || !output->note)
		return;
	if (!rebtf_module_note(written))
		fail("what was written lacks its note");
	must(rebtf_module_form(written, NULL, &form));
	if (form != rebtf_module_note(written)->form)
		fail("what was written has another form than its note");
}

/*
 * Writes the module as @output requires, and writes the result again in the same way. The second
 * write must not change the module.
 */
static void write_twice(const struct rebtf_module *module, const struct rebtf_module_output *output)
{
	struct rebtf_module *again;
	size_t size, second_size;
	void *data, *second;
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/rebtf-fuzz-%d", getpid());
	if (!ok(rebtf_module_write(module, path, output)))
		return;
	must(rebtf_module_open(path, NULL, &again));
	if (rebtf_module_compression(again) != rebtf_module_compression(module))
		fail("what was written is compressed in another way");
	must_have_note(again, output);
	data = read_all(path, &size);
	must_be_same_object(module, data, size);
	if (no_error_but_flags(rebtf_module_write(again, path, output))) {
		second = read_all(path, &second_size);
		if (second_size != size || memcmp(data, second, size))
			fail("a module that was written is written in another way");
		free(second);
	}
	free(data);
	rebtf_module_free(again);
	remove_all(path);
}

static void write_again(const struct rebtf_module *module, const struct rebtf_btf *btf)
{
	struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = btf,
		.distilled = rebtf_btf_base(btf),
		.note = true,
		.strip_signature = true,
	};

	write_twice(module, &output);
}

/* Like a relocation to a kernel that consists of the distilled base. */
static void relocate(const struct rebtf_module *module, struct rebtf_btf *btf,
		     struct rebtf_btf *expects)
{
	struct rebtf_reconcile_options options = { .size = sizeof(struct rebtf_reconcile_options),
						   .policy = REBTF_POLICY_STRICT,
						   .expects = expects };
	struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.strip_signature = true,
	};
	struct rebtf_btf *relocated;

	if (!ok(rebtf_reconcile(btf, rebtf_btf_base(btf), &options, NULL, &relocated)))
		return;
	output.btf = relocated;
	write_twice(module, &output);
	output.save_original = true;
	write_twice(module, &output);
	rebtf_btf_unref(relocated);
}

static void look_at_distilled(const struct rebtf_module *module)
{
	struct rebtf_btf *btf, *expects = NULL;

	if (!ok(rebtf_module_distilled(module, &btf)))
		return;
	if (!rebtf_module_has_distilled(module))
		fail("it is distilled, and says that it is not");
	ok(rebtf_module_expects(module, rebtf_btf_base(btf), &expects));
	relocate(module, btf, expects);
	rebtf_btf_unref(expects);
	rebtf_btf_unref(btf);
}

/* Ids must be ascending, unique and valid. */
static void check_ids(const struct rebtf_btf *btf, const uint32_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!rebtf_btf_type(btf, ids[i]) || (i && ids[i] <= ids[i - 1]))
			fail("the ids of .BTF_ids are out of order");
	}
}

/* Opens its BTF in its own form, and in the forms that a user can request. */
static void look_at_btf(const struct rebtf_module *module, struct rebtf_btf *base)
{
	const struct rebtf_note *note = rebtf_module_note(module);
	enum rebtf_form form;
	struct rebtf_btf *btf;
	size_t id_count;
	uint32_t *ids;
	bool fits;

	ok(rebtf_module_form(module, base, &form));
	if (note && base)
		ok(rebtf_note_fits(note, base, &fits));
	if (!ok(rebtf_module_btf(module, base, &btf)))
		return;
	if (ok(rebtf_module_ids(module, btf, &ids, &id_count))) {
		check_ids(btf, ids, id_count);
		free(ids);
	}
	if (rebtf_btf_base(btf) != base || !base)
		write_again(module, btf);
	rebtf_btf_unref(btf);
}

static struct rebtf_btf *make_base(void)
{
	struct rebtf_builder *b;
	struct rebtf_btf *base;

	must(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	must(rebtf_builder_finish(b, &base));
	return base;
}

/* The BTF for the loader is valid BTF, but maybe not accepted by a kernel. */
static void look_at_program(const struct rebtf_module *module)
{
	struct rebtf_violations *violations;
	void *data;
	size_t size;

	if (!ok(rebtf_module_loader_btf(module, "6.1", &data, &size)) || !data)
		return;
	must(rebtf_verify(data, size, NULL, NULL, NULL, &violations));
	rebtf_violations_free(violations);
	free(data);
}

void look_at_module(struct rebtf_module *module)
{
	static struct rebtf_btf *base;

	base = base ?: make_base();
	for (int section = 0; section <= REBTF_SECTION_SAVED_BASE; section++) {
		size_t size;

		rebtf_module_section(module, section, &size);
	}
	rebtf_module_signed(module);
	look_at_btf(module, NULL);
	look_at_btf(module, base);
	look_at_distilled(module);
	look_at_program(module);
	module->reading = REBTF_READING_SPLIT;
	look_at_btf(module, base);
	module->reading = REBTF_READING_STANDALONE;
	look_at_btf(module, NULL);
}
