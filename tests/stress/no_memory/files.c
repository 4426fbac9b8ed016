/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Files for the operations (no_memory.h): modules in their forms, and kernels. */
#include <elf.h>

#include "allocations.h"
#include "no_memory.h"
#include "module/elf_file.h"
#include "module/name_order.h"
#include "module/note.h"
#include "module/tree.h"

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

static void prepare_noted(struct things *t)
{
	const struct rebtf_note note = { .form = REBTF_FORM_DISTILLED };
	uint8_t file[NOTE_FILE_SIZE];

	prepare_pair(t);
	assert_ok(note_file_write(&note,
				  iovec_of(blobs.over_distilled.data, blobs.over_distilled.size),
				  file));
	write_bytes(scratch_path(t->directory, "x.btf.note"), file, sizeof(file));
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
	free(image);
	free(packed);
}

/* The first place is a link to the BTF of the running kernel. The second place has the release. */
static void prepare_installed(struct things *t)
{
	const char *link = scratch_path(t->directory, ".root/boot/vmlinuz-9.8.7");
	const char *shown = scratch_path(t->directory, ".root/sys/kernel/btf/vmlinux");

	t->root = strdup(scratch_path(t->directory, ".root"));
	t->release = "9.8.7";
	t->path = strdup(scratch_path(t->directory, ".root/efi/token/9.8.7/linux"));
	assert_ok(tree_make_parents(t->path));
	write_bytes(t->path, blobs.base.data, blobs.base.size);
	assert_ok(tree_make_parents(shown));
	write_bytes(shown, blobs.new_base.data, blobs.new_base.size);
	assert_ok(tree_make_parents(link));
	assert_int_equal(symlink("../sys/kernel/btf/vmlinux", link), 0);
}

/* The name starts with a dot, because the harness compares all files except these. */
static void prepare_tree(struct things *t)
{
	const char *path = scratch_path(t->directory, ".from/modules.order");

	t->tree = strdup(scratch_path(t->directory, ".from"));
	assert_ok(tree_make_parents(path));
	write_bytes(path, "x.ko\n", 5);
}

const struct preparation file_preparations[] = {
	{ "raw_btf_is_written_or_stays_as_it_is", prepare_raw, false },
	{ "distilled_raw_btf_is_written_or_stays_as_it_is", prepare_pair, true },
	{ "raw_btf_with_a_note_is_written_or_stays_as_it_is", prepare_noted, true },
	{ "modules_are_written_or_stay_as_they_are", prepare_ko, false },
	{ "modules_in_gzip_are_written_or_stay_as_they_are", prepare_gzip, false },
	{ "modules_in_xz_are_written_or_stay_as_they_are", prepare_xz, false },
	{ "modules_in_zstd_are_written_or_stay_as_they_are", prepare_zstd, false },
	{ "programs_are_handed_over", prepare_program, false },
	{ "kernels_are_opened", prepare_kernel, false },
	{ "kernel_images_are_opened_and_cached", prepare_image, false },
	{ "installed_kernels_are_opened", prepare_installed, false },
	{ "other_files_of_trees_are_copied", prepare_tree, false },
	{},
};

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
	REBTF_OPTIONS(rebtf_transform_options, options, .base = kernel, .expects = true);
	REBTF_OPTIONS(rebtf_module_output, output);
	struct rebtf_transform *transform;
	struct rebtf_module *module;

	prepare_real(t);
	assert_ok(rebtf_module_open(t->path, NULL, &module));
	assert_ok(rebtf_module_distill(module, &options, &transform));
	rebtf_transform_output(transform, &output);
	assert_ok(rebtf_module_write(module, t->path, &output));
	rebtf_transform_free(transform);
	rebtf_module_free(module);
}

/* The real module without names of ids: no symbol belongs to .BTF_ids, and its words are zero. */
static void prepare_unnamed(struct things *t)
{
	static const char *const section = ".BTF_ids", prefix[] = "__BTF_ID__";
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct elf_section found;
	struct elf_file file;
	char *name;

	prepare_real(t);
	assert_ok(file_read(t->path, &bytes));
	assert_ok(elf_file_open_mem(bytes.data, bytes.size, &file));
	assert_ok(elf_find_sections(&file, &section, &found, 1));
	elf_file_close(&file);
	memset(bytes.data + found.offset, 0, found.size);
	while ((name = memmem(bytes.data, bytes.size, prefix, strlen(prefix))))
		*name = 'x';
	write_bytes(t->path, bytes.data, bytes.size);
}

static const struct preparation real = { "real", prepare_real, false };
static const struct preparation distilled_real = { "distilled_real", prepare_distilled, false };
static const struct preparation unnamed = { "unnamed", prepare_unnamed, false };

void ids_of_a_real_module_follow_its_types(void **state)
{
	const struct operation *operation;
	char path[PATH_MAX];

	(void)state;
	if (!getenv("TESTDATA"))
		skip();
	snprintf(path, sizeof(path), "%s/vmlinux/6.1.0-47-amd64.btf", getenv("TESTDATA"));
	assert_ok(rebtf_btf_open(path, NULL, &kernel));
	for (size_t i = 0; (operation = operation_at(i)); i++) {
		if (!(operation->flags & READS_IDS))
			continue;
		/* Builds the kernel's caches, which are created only once. */
		try_none(operation, &real);
		try_none(operation, &distilled_real);
		/* Has lists without entries. */
		try_none(operation, &unnamed);
		try_all(operation, &real);
		try_all(operation, &distilled_real);
	}
	rebtf_btf_unref(kernel);
}

/* --------------------------------------------------------------------------- .BTF without types */

/* The saved original has types, but damaged .BTF has none, so their order takes 0 bytes. */
void no_types_take_no_memory(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *empty = NULL;
	const char *path = scratch_path(directory, "x.btf");
	uint32_t *order, count;
	struct rebtf_builder *b;
	struct things things = {};

	(void)state;
	assert_ok(rebtf_builder_new(NULL, &b));
	assert_ok(rebtf_builder_finish(b, &empty));
	assert_ok(rebtf_btf_write_file(empty, NULL, path));
	module = opened(path);
	things_make(&things);
	assert_fails(name_order_of_saved(module, things.split, &order, &count), REBTF_ERR_FORMAT,
		     "the saved original has other types than .BTF");
	things_release(&things);
}

/* The second search for a path allocates only the path. */
void outputs_are_set_on_success_only(void **state)
{
	struct rebtf_builder *const no_builder = (struct rebtf_builder *)&runs;
	struct rebtf_path *const no_path = (struct rebtf_path *)&runs, *path;
	struct rebtf_builder *b = no_builder;
	struct rebtf_paths *paths;
	struct things things = {};
	struct rebtf_error *err;

	(void)state;
	failing_start(1, 1);
	err = rebtf_builder_new(NULL, &b);
	failing_stop();
	assert_fails(err, REBTF_ERR_NOMEM, "");
	assert_ptr_equal(b, no_builder);

	things_make(&things);
	assert_ok(rebtf_paths_new(things.parts.split, NULL, &paths));
	assert_ok(rebtf_paths_find(paths, 1, REBTF_RELIANCE_POINTER_ONLY, &path));
	assert_non_null(path);
	rebtf_path_free(path);
	path = no_path;
	failing_start(1, 1);
	err = rebtf_paths_find(paths, 1, REBTF_RELIANCE_POINTER_ONLY, &path);
	failing_stop();
	assert_fails(err, REBTF_ERR_NOMEM, "");
	assert_ptr_equal(path, no_path);
	rebtf_paths_free(paths);
	things_release(&things);
}

/* ---------------------------------------------------------------------------- an object with DWARF */

static struct file_bytes object;

static void prepare_object(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "x.o"));
	write_bytes(t->path, object.data, object.size);
}

static bool compile_object(void)
{
	static const char text[] =
		"enum color { RED, GREEN = 7, LARGE = 1ull << 40 };\n"
		"struct list { struct list *next; struct { int bits : 3; double real; } inner[2][3]; };\n"
		"typedef union { struct list list; int (*call)(struct list *, ...); } any;\n"
		"__attribute__((section(\".data..percpu\"))) any variable;\n"
		"__attribute__((noinline)) int callee(struct list *l, enum color color)\n"
		"{ struct local { char c; } local = { color }; return l->inner[0][0].bits + local.c; }\n"
		"__attribute__((noinline)) static int removed(int used, int unused) { return used; }\n"
		"int caller(any *a) { return callee(&a->list, GREEN) + removed(variable.list.inner[0][0].bits, 2); }\n"
		"asm(\".pushsection .BTF_ids,\\\"a\\\"; .local __BTF_ID__set8__s, __BTF_ID__func__callee__1;\"\n"
		"    \"__BTF_ID__set8__s: .long 1, 1; __BTF_ID__func__callee__1: .long 0, 0;\"\n"
		"    \".size __BTF_ID__set8__s, 16; .popsection\");\n";
	_cleanup_scratch_ char *directory = scratch_new();
	char command[PATH_MAX];

	write_bytes(scratch_path(directory, "x.c"), text, sizeof(text) - 1);
	snprintf(command, sizeof(command), "cd '%s' && cc -g -O1 -c x.c 2>/dev/null", directory);
	if (system(command))
		return false;
	assert_ok(file_read(scratch_path(directory, "x.o"), &object));
	return true;
}

static const struct preparation with_dwarf = { "dwarf", prepare_object, false };

void an_object_is_encoded_or_stays_as_it_is(void **state)
{
	const struct operation *operation;

	(void)state;
	if (!compile_object())
		skip();
	for (size_t i = 0; (operation = operation_at(i)); i++) {
		if (operation->flags & READS_DWARF)
			try_all(operation, &with_dwarf);
	}
	file_bytes_release(&object);
}
