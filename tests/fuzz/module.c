/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as a file with BTF in it, read as a module (ELF, raw, either compressed)
 * and as a kernel image. All that a module has is opened: its BTF, what was kept, expectations,
 * .BTF_ids, the mark. What opens is written again, with and without keeping the original; what was
 * written must open, and to write that once more must give the same.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static struct rebtf_module *must_open(const char *path)
{
	struct rebtf_module *module;

	if (!ok(rebtf_module_open(path, &module)))
		abort();
	return module;
}

static void *read_all(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st))
		abort();
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	if (!data || read(fd, data, *size) != (ssize_t)*size)
		abort();
	close(fd);
	return data;
}

/* What a write may have left, the files beside raw BTF as well. */
static void remove_all(const char *path)
{
	static const char *const endings[] = { "", ".base", ".expects" };
	char beside[128];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(beside, sizeof(beside), "%s%s", path, endings[i]);
		unlink(beside);
	}
}

/*
 * Writes the module as @output says, and then what came of it in the same way: nothing may change.
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
	again = must_open(path);
	data = read_all(path, &size);
	if (!ok(rebtf_module_write(again, path, output)))
		abort();
	second = read_all(path, &second_size);
	if (second_size != size || memcmp(data, second, size))
		abort();
	free(data);
	free(second);
	rebtf_module_free(again);
	remove_all(path);
}

static void write_again(const struct rebtf_module *module, const struct rebtf_btf *btf)
{
	struct rebtf_module_output output = {
		.btf = btf,
		.distilled_base = rebtf_base(btf),
		.form = rebtf_base(btf) ? REBTF_FORM_DISTILLED : REBTF_FORM_STANDALONE,
		.flags = REBTF_MODULE_STRIP_SIGNATURE,
	};

	write_twice(module, &output);
}

/* As a relocation does, to a kernel that consists of the distilled base. */
static void relocate_and_keep(const struct rebtf_module *module, struct rebtf_btf *btf,
			      struct rebtf_btf *expects)
{
	struct rebtf_reconcile_options options = { .policy = REBTF_POLICY_STRICT,
						   .expects = expects };
	struct rebtf_module_output output = {
		.form = REBTF_FORM_SPLIT,
		.made_over = rebtf_base(btf),
		.flags = REBTF_MODULE_STRIP_SIGNATURE | REBTF_MODULE_KEEP,
	};
	struct rebtf_btf *relocated;

	if (!ok(rebtf_reconcile(btf, rebtf_base(btf), &options, NULL, &relocated)))
		return;
	output.btf = relocated;
	write_twice(module, &output);
	rebtf_unref(relocated);
}

static void look_at_distilled(const struct rebtf_module *module)
{
	struct rebtf_btf *btf, *expects = NULL;

	if (!ok(rebtf_module_distilled(module, &btf)))
		return;
	if (!rebtf_module_has_distilled(module))
		abort();
	ok(rebtf_module_expects(module, rebtf_base(btf), &expects));
	relocate_and_keep(module, btf, expects);
	rebtf_unref(expects);
	rebtf_unref(btf);
}

/* Its BTF in the form that it has, or as somebody wants to see it. */
static void look_at_btf(const struct rebtf_module *module, struct rebtf_btf *base)
{
	const struct rebtf_mark *mark = rebtf_module_mark(module);
	enum rebtf_form form;
	struct rebtf_btf *btf;
	size_t id_count;
	uint32_t *ids;
	bool fits;

	ok(rebtf_module_form(module, base, &form));
	if (mark && base)
		ok(rebtf_mark_fits(mark, base, &fits));
	if (!ok(rebtf_module_btf(module, base, &btf)))
		return;
	if (ok(rebtf_module_ids(module, btf, &ids, &id_count)))
		free(ids);
	if (rebtf_base(btf) != base || !base)
		write_again(module, btf);
	rebtf_unref(btf);
}

static struct rebtf_btf *make_base(void)
{
	struct rebtf_builder *b;
	struct rebtf_btf *base;

	if (!ok(rebtf_builder_new(NULL, &b)))
		abort();
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	if (!ok(rebtf_builder_finish(b, &base)))
		abort();
	return base;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rebtf_btf *base;
	int fd = memfd_create("fuzz", 0);
	struct rebtf_module *module;
	struct rebtf_btf *btf;
	char path[32];

	base = base ?: make_base();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (ok(rebtf_module_open(path, &module))) {
		look_at_btf(module, NULL);
		look_at_btf(module, base);
		look_at_distilled(module);
		rebtf_module_read_as(module, REBTF_FORM_SPLIT);
		look_at_btf(module, base);
		rebtf_module_read_as(module, REBTF_FORM_STANDALONE);
		look_at_btf(module, NULL);
		rebtf_module_free(module);
	}
	if (ok(rebtf_kernel_open(path, &btf)))
		rebtf_unref(btf);
	close(fd);
	return 0;
}
