/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on files (no_memory.h): modules in their forms, lists of them, and kernels. */
#include <elf.h>
#include <stdatomic.h>

#include "no_memory.h"

/* ------------------------------------------------------------------------------ made-up modules */

static void prepare_raw(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "x.btf"));
	write_bytes(t->path, blobs.split.data, blobs.split.size);
}

static void prepare_pair(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "x.btf"));
	write_bytes(t->path, blobs.over_distilled.data, blobs.over_distilled.size);
	write_bytes(scratch_path(t->directory, "x.btf.base"), blobs.distilled_base.data,
		    blobs.distilled_base.size);
	write_bytes(scratch_path(t->directory, "x.btf.expects"), blobs.expects.data,
		    blobs.expects.size);
}

static void prepare_packed(struct things *t, enum codec codec)
{
	t->path = strdup(scratch_path(t->directory, "x.ko"));
	make_ko(t->path, blobs.split.data, blobs.split.size, codec, false);
}

static void prepare_ko(struct things *t)
{
	prepare_packed(t, CODEC_NONE);
}

static void prepare_gzip(struct things *t)
{
	prepare_packed(t, CODEC_GZIP);
}

static void prepare_xz(struct things *t)
{
	prepare_packed(t, CODEC_XZ);
}

static void prepare_zstd(struct things *t)
{
	prepare_packed(t, CODEC_ZSTD);
}

static struct rebtf_error *distill_file(struct things *t, struct outcome *outcome)
{
	struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.form = REBTF_FORM_DISTILLED,
		.made_over = t->base,
	};
	struct rebtf_btf *split;
	enum rebtf_form form;
	struct rebtf_error *err;

	TRY(rebtf_module_open(t->path, &outcome->module));
	TRY(rebtf_module_form(outcome->module, t->base, &form));
	TRY(rebtf_module_btf(outcome->module, t->base, &split));
	err = rebtf_distill_expects(split, NULL, &outcome->btf[0], &outcome->btf[1],
				    &outcome->btf[2]);
	rebtf_btf_unref(split);
	if (err)
		return err;
	output.distilled_base = outcome->btf[0];
	output.btf = outcome->btf[1];
	output.expects = outcome->btf[2];
	return rebtf_module_write(outcome->module, t->path, &output);
}

static struct rebtf_error *relocate_file(struct things *t, struct outcome *outcome)
{
	struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.form = REBTF_FORM_SPLIT,
		.made_over = t->base,
	};
	struct rebtf_btf *split;
	struct rebtf_error *err;

	TRY(rebtf_module_open(t->path, &outcome->module));
	TRY(rebtf_module_distilled(outcome->module, &split));
	err = rebtf_module_expects(outcome->module, rebtf_btf_base(split), &outcome->btf[0]);
	if (!err)
		err = rebtf_relocate(split, t->base, &outcome->report, &outcome->btf[1]);
	rebtf_btf_unref(split);
	if (err)
		return err;
	output.btf = outcome->btf[1];
	return rebtf_module_write(outcome->module, t->path, &output);
}

static struct rebtf_error *copy_file(struct things *t, struct outcome *outcome)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/copy", t->directory);
	TRY(rebtf_module_open(t->path, &outcome->module));
	return rebtf_module_copy(outcome->module, path);
}

/* A BPF program: its BTF has no base, and its ELF header names the BPF machine. */
static void prepare_program(struct things *t)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	t->path = strdup(scratch_path(t->directory, "x.o"));
	make_ko(t->path, blobs.base.data, blobs.base.size, CODEC_NONE, false);
	assert_ok(file_read(t->path, &bytes));
	((Elf64_Ehdr *)bytes.data)->e_machine = EM_BPF;
	write_bytes(t->path, bytes.data, bytes.size);
}

static struct rebtf_error *hand_over(struct things *t, struct outcome *outcome)
{
	TRY(rebtf_module_open(t->path, &outcome->module));
	return rebtf_module_loader_btf(outcome->module, NULL, &outcome->data, &outcome->size);
}

/* Directories whose names the snapshot of their parent skips. */
static void prepare_tree(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, ".from/modules.order"));
	assert_ok(rebtf_make_parents(t->path));
	assert_ok(rebtf_make_parents(scratch_path(t->directory, ".to/modules.order")));
	write_bytes(t->path, "x.ko\n", 5);
}

static struct rebtf_error *copy_tree_files(struct things *t, struct outcome *outcome)
{
	struct rebtf_dir *from = NULL, *to = NULL;
	char path[PATH_MAX];
	struct rebtf_error *err;

	(void)outcome;
	snprintf(path, sizeof(path), "%s/.from", t->directory);
	err = rebtf_dir_new(path, &from);
	snprintf(path, sizeof(path), "%s/.to", t->directory);
	if (!err)
		err = rebtf_dir_new(path, &to);
	if (!err)
		err = rebtf_copy_tree_files(from, to, "");
	rebtf_dir_free(from);
	rebtf_dir_free(to);
	return err;
}

void modules_are_written_or_stay_as_they_are(void **state)
{
	(void)state;
	try_all(distill_file, prepare_raw);
	try_all(distill_file, prepare_ko);
	try_all(distill_file, prepare_gzip);
	try_all(distill_file, prepare_xz);
	try_all(distill_file, prepare_zstd);
	try_all(relocate_file, prepare_pair);
	try_all(copy_file, prepare_pair);
	try_all(copy_file, prepare_ko);
	try_all(hand_over, prepare_program);
	try_all(copy_tree_files, prepare_tree);
}

/* --------------------------- a module with .BTF_ids, over a kernel whose index is there already */

static struct rebtf_btf *kernel;

static void prepare_real(struct things *t)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/ko/tcp_bbr.ko", getenv("TESTDATA"));
	assert_ok(file_read(path, &bytes));
	t->path = strdup(scratch_path(t->directory, "x.ko"));
	write_bytes(t->path, bytes.data, bytes.size);
	rebtf_btf_unref(t->base);
	t->base = rebtf_btf_ref(kernel);
}

static void prepare_distilled(struct things *t)
{
	struct outcome outcome = {};

	prepare_real(t);
	assert_ok(distill_file(t, &outcome));
	outcome_release(&outcome);
}

static struct rebtf_error *relocate_and_keep(struct things *t, struct outcome *outcome)
{
	struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.form = REBTF_FORM_SPLIT,
		.made_over = t->base,
		.save_original = true,
	};
	struct rebtf_trust ids = { .size = sizeof(struct rebtf_trust) };
	uint32_t *found = NULL;

	TRY(rebtf_module_open(t->path, &outcome->module));
	TRY(rebtf_module_distilled(outcome->module, &outcome->btf[0]));
	TRY(rebtf_module_ids(outcome->module, outcome->btf[0], &found, &ids.id_count));
	tell(outcome, found, ids.id_count * sizeof(*found));
	free(found);
	TRY(rebtf_relocate(outcome->btf[0], t->base, NULL, &outcome->btf[1]));
	output.btf = outcome->btf[1];
	return rebtf_module_write(outcome->module, t->path, &output);
}

void ids_of_a_real_module_follow_its_types(void **state)
{
	char path[PATH_MAX];

	(void)state;
	if (!getenv("TESTDATA"))
		skip();
	snprintf(path, sizeof(path), "%s/vmlinux/6.1.0-47-amd64.btf", getenv("TESTDATA"));
	assert_ok(rebtf_btf_open(path, NULL, &kernel));
	/* Builds the kernel's caches, which are created only once. */
	try_none(relocate_and_keep, prepare_distilled);
	try_all(distill_file, prepare_real);
	try_all(relocate_and_keep, prepare_distilled);
	rebtf_btf_unref(kernel);
}

/* ------------------------------------------------------------------- lists, threads and kernels */

static struct rebtf_error *list_files(struct things *t, struct outcome *outcome)
{
	const char *paths[] = { t->directory, t->path };
	struct rebtf_file_list *list;

	TRY(rebtf_file_list(paths, 2, &list));
	tell(outcome, &list->count, sizeof(list->count));
	rebtf_file_list_free(list);
	return NULL;
}

static void add_one(void *arg, size_t index, unsigned int worker)
{
	(void)index, (void)worker;
	atomic_fetch_add((atomic_size_t *)arg, 1);
}

static struct rebtf_error *work_in_parallel(struct things *t, struct outcome *outcome)
{
	atomic_size_t done = 0;
	size_t count;

	(void)t;
	TRY(rebtf_parallel(4, 100, add_one, &done));
	count = done;
	tell(outcome, &count, sizeof(count));
	return NULL;
}

static struct rebtf_error *open_kernel(struct things *t, struct outcome *outcome)
{
	return rebtf_kernel_open(t->path, &outcome->btf[0]);
}

static void prepare_kernel(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "vmlinux"));
	write_bytes(t->path, blobs.base.data, blobs.base.size);
}

/* An image with a compressed kernel behind some bytes of code. */
static void prepare_image(struct things *t)
{
	struct iovec piece = { (void *)blobs.base.data, blobs.base.size };
	uint8_t *packed, *image;
	size_t size;

	assert_ok(codec_compress(CODEC_GZIP, &piece, 1, &packed, &size));
	image = malloc(100 + size);
	memset(image, 0xc0, 100);
	memcpy(image + 100, packed, size);
	t->path = strdup(scratch_path(t->directory, "vmlinuz"));
	write_bytes(t->path, image, 100 + size);
	assert_ok(rebtf_make_parents(scratch_path(t->directory, ".xdg/rebtf/entry")));
	free(image);
	free(packed);
}

/* Opens the kernel from the image, and again from the cache if it could be written. */
static struct rebtf_error *open_image(struct things *t, struct outcome *outcome)
{
	const struct rebtf_kernel_options options = {
		.size = sizeof(options),
		.cache_dir = scratch_path(t->directory, ".xdg/rebtf"),
	};

	TRY(rebtf_kernel_open_with(t->path, &options, &outcome->btf[0]));
	return rebtf_kernel_open_with(t->path, &options, &outcome->btf[1]);
}

static struct rebtf_error *open_any(struct things *t, struct outcome *outcome)
{
	return rebtf_module_open_any(t->path, NULL, &outcome->module);
}

static struct rebtf_error *open_installed(struct things *t, struct outcome *outcome)
{
	return rebtf_kernel_open_in(scratch_path(t->directory, ".root"), "9.8.7", &outcome->btf[0]);
}

static void prepare_installed(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, ".root/efi/token/9.8.7/linux"));
	assert_ok(rebtf_make_parents(t->path));
	write_bytes(t->path, blobs.base.data, blobs.base.size);
}

void files_are_listed_and_kernels_opened(void **state)
{
	(void)state;
	try_all(list_files, prepare_pair);
	try_all(work_in_parallel, NULL);
	try_all(open_kernel, prepare_kernel);
	try_all(open_image, prepare_image);
	try_all(open_any, prepare_image);
	try_all(open_installed, prepare_installed);
}
