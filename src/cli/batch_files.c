/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists the files of a batch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/batch_files.h"
#include "cli/kernels.h"
#include "cli/stdin.h"
#include "cli/tree_files.h"

void *batch_files_calloc(size_t number, size_t size)
{
	void *memory = calloc(number ?: 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

/* A list keeps each named directory open, and the command line may name thousands. */
static void allow_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whether to try @path, which @err reports as missing, as a kernel's release. */
static bool batch_files_is_release(const char *path, const struct rebtf_error *err)
{
	return rebtf_error_code(err) == REBTF_ERR_IO && rebtf_error_errnum(err) == ENOENT &&
	       kernels_is_release(path);
}

/* Lists each path separately, so that an unreadable one does not affect the others. */
static void batch_files_list(struct batch_files *files, bool takes_kernels)
{
	const struct options *options = files->options;
	struct tree_list **lists = files->lists;
	struct batch_item *item;

	if (options->path_count > 100)
		allow_open_files();
	for (size_t i = 0; i < options->path_count; i++) {
		const char *path = options->paths[i];
		struct rebtf_error *err;
		size_t more;

		err = stdin_is(path) ? NULL : tree_list_new(&path, 1, &lists[i]);
		files->named[i] = (struct tree_file){ .path = path, .relative = path };
		if (err && takes_kernels && batch_files_is_release(path, err)) {
			rebtf_error_free(err);
			err = NULL;
		}
		more = lists[i] ? lists[i]->count : 1;
		files->items = reallocarray(files->items, files->count + more + 1, sizeof(*item));
		if (!files->items)
			out_of_memory();
		item = &files->items[files->count];
		files->count += more;
		if (!lists[i])
			*item = (struct batch_item){ err ? NULL : &files->named[i], path, err };
		for (size_t j = 0; lists[i] && j < more; j++)
			*item++ = (struct batch_item){ .file = &lists[i]->files[j] };
	}
}

static int by_path_then_order(const void *a, const void *b)
{
	const struct batch_item *left = *(const struct batch_item *const *)a;
	const struct batch_item *right = *(const struct batch_item *const *)b;
	int order = strcmp(left->file->path, right->file->path);

	if (!order)
		order = strcmp(left->file->relative, right->file->relative);
	return order ?: (left > right) - (left < right);
}

/*
 * A file that is named twice, perhaps by itself and through its directory, must be processed once:
 * two threads that replaced it at once would each find a different state. The rest keeps its order.
 */
static void batch_files_drop_repeated(struct batch_files *files)
{
	struct batch_item **items = batch_files_calloc(files->count, sizeof(*items));
	size_t file_count = 0, kept = 0;

	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].file)
			items[file_count++] = &files->items[i];
	}
	qsort(items, file_count, sizeof(*items), by_path_then_order);
	for (size_t i = 1, first = 0; i < file_count; i++) {
		const struct tree_file *file = items[i]->file, *before = items[first]->file;

		/* Below --out-dir it has a separate place for each relative path. */
		if (!strcmp(file->path, before->path) &&
		    (!files->options->out_dir || !strcmp(file->relative, before->relative)))
			*items[i] = (struct batch_item){};
		else
			first = i;
	}
	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].file || files->items[i].err)
			files->items[kept++] = files->items[i];
	}
	files->count = kept;
	free(items);
}

/* The files among the items, in order. NULL for items that are not files. */
static const struct tree_file **batch_files_array(const struct batch_files *files)
{
	const struct tree_file **array = batch_files_calloc(files->count, sizeof(*array));

	for (size_t i = 0; i < files->count; i++)
		array[i] = files->items[i].file;
	return array;
}

/* Companions are not processed as files of their own. */
static void batch_files_drop_companions(struct batch_files *files)
{
	const struct tree_file **array = batch_files_array(files);
	size_t kept = 0;

	outputs_drop_companions(array, files->count);
	for (size_t i = 0; i < files->count; i++) {
		if (array[i] || files->items[i].err)
			files->items[kept++] = files->items[i];
	}
	files->count = kept;
	free(array);
}

void batch_files_init(struct batch_files *files, const struct options *options, bool takes_kernels)
{
	size_t count = options->path_count;

	*files = (struct batch_files){
		.options = options,
		.named = batch_files_calloc(count, sizeof(*files->named)),
		.lists = batch_files_calloc(count, sizeof(struct tree_list *)),
	};
	batch_files_list(files, takes_kernels);
	batch_files_drop_repeated(files);
	batch_files_drop_companions(files);
}

void batch_files_release(struct batch_files *files)
{
	while (files->count)
		rebtf_error_free(files->items[--files->count].err);
	for (size_t i = 0; i < files->options->path_count; i++)
		tree_list_free(files->lists[i]);
	free(files->items);
	free(files->named);
	free(files->lists);
}

bool batch_files_differ(const struct batch_files *files, name_below *name_of)
{
	const struct tree_file **array = batch_files_array(files);
	size_t count = 0;
	bool differ;

	for (size_t i = 0; i < files->count; i++) {
		if (array[i])
			array[count++] = array[i];
	}
	differ = outputs_differ(files->options, array, count, name_of);
	free(array);
	return differ;
}

bool batch_files_offer(const struct batch_files *files,
		       bool (*listed)(void *arg, const char *const *paths, size_t count), void *arg)
{
	const char **paths = batch_files_calloc(files->count, sizeof(*paths));
	size_t count = 0;
	bool ok;

	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].file)
			paths[count++] = files->items[i].file->path;
	}
	ok = listed(arg, paths, count);
	free(paths);
	return ok;
}

bool batch_files_copy_trees(const struct batch_files *files)
{
	bool copied = true;

	for (size_t i = 0; i < files->options->path_count; i++) {
		if (files->lists[i] && !tree_files_copy(files->options, files->lists[i]))
			copied = false;
	}
	return copied;
}
