/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the carrier of a kernel and checks its BTF against the kernel's link. A carrier of another
 * build can lie in the same place, so the search continues after one that does not fit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "btf/btf.h"
#include "module/carrier.h"
#include "module/module.h"
#include "module/tree.h"
#include "module/unpacked.h"
#include "util/file.h"
#include "util/text.h"

/* A search for the carrier of one kernel. */
struct carrier_search {
	const char *path;	    /* of the kernel */
	struct image_btf *found;    /* has the link */
	struct rebtf_error *misfit; /* of the first carrier that cannot be used; or NULL */
};

/* Hexadecimal digits of a digest, and a NUL. */
#define DIGITS_SIZE (2 * REBTF_DIGEST_SIZE + 1)

static const char *carrier_digits(const uint8_t *digest, char text[DIGITS_SIZE])
{
	for (size_t i = 0; i < REBTF_DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

/* --------------------------------------------------------------------------------- one carrier */

static struct rebtf_error *check_fit(const struct carrier_search *search, struct bytes btf)
{
	struct rebtf_link *link = &search->found->link;
	char has[DIGITS_SIZE], wants[DIGITS_SIZE];
	uint8_t digest[REBTF_DIGEST_SIZE];

	TRY(carrier_link_check(link, btf, digest));
	if (link->fits)
		return NULL;
	return error_new(
		REBTF_ERR_WRONG_BASE,
		"not the BTF of the kernel %s (found %zu bytes with SHA-256 %s, expected %u bytes with SHA-256 %s)",
		search->path, btf.size, carrier_digits(digest, has), link->btf_size,
		carrier_digits(link->digest, wants));
}

static struct rebtf_error *carrier_take(struct carrier_search *search, const char *path,
					struct file_bytes *image)
{
	static const char *const name = ".BTF";
	struct elf_section section = {};
	struct rebtf_error *err;
	struct elf_file file;
	struct bytes btf;

	TRY(elf_file_open_mem(image->data, image->size, &file));
	err = elf_find_sections(&file, &name, &section, 1);
	elf_file_close(&file);
	TRY(err);
	if (!section.index)
		return module_no_btf();
	btf = (struct bytes){ image->data + section.offset, section.size };
	if (search->found->link.form)
		TRY(error_at(check_fit(search, btf), NULL, name));
	TRY(error_at(rebtf_btf_open_mem(btf.data, btf.size, path, NULL, &search->found->btf), NULL,
		     name));
	search->found->data = malloc(btf.size);
	search->found->carrier = strdup(path);
	if (!search->found->data || !search->found->carrier)
		return error_nomem();
	memcpy(search->found->data, btf.data, btf.size);
	search->found->size = btf.size;
	return NULL;
}

static struct rebtf_error *carrier_read(struct carrier_search *search, int fd, const char *path)
{
	_cleanup_file_bytes_ struct file_bytes image = {};
	struct rebtf_error *err;
	size_t unpacked = 0;

	TRY(file_read_fd(fd, path, NULL, &image));
	err = module_unpack(&image, NULL, NULL, &unpacked);
	if (!err)
		err = carrier_take(search, path, &image);
	unpacked_give_back(unpacked);
	return err;
}

/* Sets @search->found->btf, unless the file is missing or cannot be used. Errors: NOMEM. */
static struct rebtf_error *carrier_try(struct carrier_search *search, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct rebtf_error *err = file_open(path, &fd);

	if (err && err->errnum == ENOENT) {
		rebtf_error_free(err);
		return NULL;
	}
	if (!err)
		err = error_at(carrier_read(search, fd, path), path, NULL);
	if (!err || err->code == REBTF_ERR_NOMEM || search->misfit)
		return error_nomem_only(err);
	search->misfit = err;
	return NULL;
}

/* ------------------------------------------------------------------------------------- places */

/* Tries a module of the right name, with each compression, in the directory @directory/@below. */
static struct rebtf_error *carrier_try_directory(struct carrier_search *search,
						 const char *directory, const char *below)
{
	static const char *const endings[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings) && !search->found->btf; i++) {
		_cleanup_free_ char *path = text_join(directory, "/", below,
						      search->found->link.module, ".ko",
						      endings[i]);

		if (!path)
			return error_nomem();
		TRY(carrier_try(search, path));
	}
	return NULL;
}

static struct rebtf_error *carrier_try_tree(struct carrier_search *search, const char *tree)
{
	const char *name = search->found->link.module;
	struct tree_list *list = NULL;
	struct rebtf_error *err;
	struct stat st;

	if (stat(tree, &st) || !S_ISDIR(st.st_mode))
		return NULL;
	err = error_nomem_only(tree_list_new(&tree, 1, &list));
	for (size_t i = 0; list && !err && i < list->count && !search->found->btf; i++) {
		const char *path = list->files[i].path;
		const char *file = strrchr(path, '/') + 1;
		size_t length = tree_module_length(file);

		if (length == strlen(name) && !strncmp(file, name, length))
			err = carrier_try(search, path);
	}
	tree_list_free(list);
	return err;
}

/* Tries the modules of the kernel in the root directory that is the first @length bytes of @path. */
static struct rebtf_error *carrier_try_root(struct carrier_search *search, const char *path,
					    size_t length)
{
	static const char *const trees[] = { "/lib/modules/", "/usr/lib/modules/" };

	for (size_t i = 0; i < 2 && *search->found->release && !search->found->btf; i++) {
		_cleanup_free_ char *tree = NULL;

		if (asprintf(&tree, "%.*s%s%s", (int)length, path, trees[i],
			     search->found->release) < 0) {
			tree = NULL;
			return error_nomem();
		}
		TRY(carrier_try_tree(search, tree));
	}
	return NULL;
}

/*
 * Searches beside the kernel, where its build writes it, and below each directory above the kernel
 * as a root. The last one is the real root.
 */
static struct rebtf_error *carrier_search_all(struct carrier_search *search)
{
	static const char *const below[] = { "", "kernel/bpf/" };
	_cleanup_free_ char *path = realpath(search->path, NULL);
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash)
		return carrier_try_root(search, "", 0);
	*slash = '\0';
	for (size_t i = 0; i < 2; i++)
		TRY(carrier_try_directory(search, path, below[i]));
	for (size_t length = strlen(path);; length--) {
		if (search->found->btf)
			return NULL;
		if (!length || path[length] == '/' || !path[length])
			TRY(carrier_try_root(search, path, length));
		if (!length)
			return NULL;
	}
}

struct rebtf_error *carrier_open_alone(const char *root, struct image_btf *found)
{
	struct carrier_search search = { .path = root, .found = found };
	struct rebtf_error *err;

	found->link = (struct rebtf_link){ .module = CARRIER_NAME };
	err = carrier_try_root(&search, root, strlen(root));
	found->link = (struct rebtf_link){};
	if (err || found->btf) {
		rebtf_error_free(search.misfit);
		return err;
	}
	return search.misfit;
}

static struct rebtf_error *carrier_missing(const struct rebtf_link *link, const char *release)
{
	char digits[DIGITS_SIZE];

	return error_new(
		REBTF_ERR_NO_BTF,
		"the kernel's BTF (%u bytes with SHA-256 %s) is in the module %s.ko, which is neither beside the kernel nor below /lib/modules/%s",
		link->btf_size, carrier_digits(link->digest, digits), link->module,
		*release ? release : "RELEASE");
}

struct rebtf_error *carrier_open(const char *path, struct image_btf *found)
{
	struct carrier_search search = { .path = path, .found = found };
	struct rebtf_error *err = carrier_search_all(&search);

	if (err || found->btf) {
		rebtf_error_free(search.misfit);
		return err;
	}
	return search.misfit ?: error_at(carrier_missing(&found->link, found->release), path, NULL);
}
