/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens the BTF of a release, from the first of its files that has BTF. */
#include <stdio.h>
#include <string.h>

#include "btf/btf.h"
#include "module/carrier.h"
#include "module/kernel.h"
#include "module/places.h"
#include "util/cleanup.h"
#include "util/text.h"

/* A growing list. Its text is NULL after a failed allocation. */
struct list {
	char *text;
	size_t count;
};

static void release_append(struct list *list, const char *item, const char *why)
{
	char *longer = NULL;

	if (list->text)
		longer = text_join(list->text, list->count ? ", " : "", item, why ? " (" : "",
				   why ?: "", why ? ")" : "");
	free(list->text);
	list->text = longer;
	list->count++;
}

/* The error names at most this many existing but useless files. */
#define USELESS_MAX 2

/* A search for one release. */
struct release_search {
	const char *release;
	struct list places;  /* all places so far, each with the problem of its file */
	struct list useless; /* the first places with a file */
	bool has_link;	     /* some file is a kernel whose BTF is in a carrier */
	const char *cache;   /* see kernel_file_open() */
	const struct stat *own;
	struct image_btf found;
};

/* Records a place without a useful file. @problem NULL: no file. */
static struct rebtf_error *note_place(struct release_search *search, const char *path,
				      const char *problem)
{
	release_append(&search->places, path, problem);
	if (problem && search->useless.count < USELESS_MAX)
		release_append(&search->useless, path, problem);
	return search->places.text && search->useless.text ? NULL : error_nomem();
}

static bool release_is_own(const struct release_search *search, int fd)
{
	struct stat st;

	return search->own && !fstat(fd, &st) && st.st_dev == search->own->st_dev &&
	       st.st_ino == search->own->st_ino;
}

/* Continues the search if the file has no usable BTF. */
static struct rebtf_error *release_try_place(void *arg, const struct place *place, bool *done)
{
	struct release_search *search = arg;
	struct rebtf_error *err, *noted;

	if (place->fd < 0)
		return note_place(search, place->path, place->problem);
	if (release_is_own(search, place->fd))
		return note_place(search, place->path, "was written by rebtf");
	err = kernel_file_open(place->fd, place->path, search->cache, &search->found);
	if (!err && search->found.btf->release &&
	    strcmp(search->found.btf->release, search->release)) {
		err = error_new(REBTF_ERR_NO_BTF, "is the kernel %s", search->found.btf->release);
		image_btf_release(&search->found);
	}
	*done = !err;
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	search->has_link |= search->found.link.form;
	search->found = (struct image_btf){};
	noted = note_place(search, place->path, err->message);
	rebtf_error_free(err);
	return noted;
}

/* Containers often have the modules of a kernel, but no image. */
static struct rebtf_error *release_try_carrier(const char *root, struct release_search *search)
{
	struct image_btf *found = &search->found;
	struct rebtf_error *err, *noted;

	if (strlen(search->release) >= RELEASE_SIZE)
		return NULL;
	strcpy(found->release, search->release);
	err = carrier_open_alone(root, found);
	if (!err && found->btf) {
		found->btf->file = take_ptr(&found->carrier);
		return NULL;
	}
	image_btf_release(found);
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	noted = note_place(search, err->file ?: root, err->message);
	rebtf_error_free(err);
	return noted;
}

static struct rebtf_error *not_found(const struct release_search *search)
{
	struct rebtf_error *err = error_new(
		REBTF_ERR_NO_BTF,
		"no such file, and no kernel of that release with BTF in any of %zu places%s%s",
		search->places.count, search->useless.count ? "; found " : "",
		search->useless.text);

	return error_at(error_detail(err, "looked for %s", search->places.text), search->release,
			NULL);
}

static void search_release(struct release_search *search)
{
	free(search->places.text);
	free(search->useless.text);
	image_btf_release(&search->found);
}

struct rebtf_error *kernel_open_release(const char *root, const char *release,
					enum kernel_order order, const char *cache,
					const struct stat *own, struct image_btf *found)
{
	_cleanup_(search_release) struct release_search search = {
		.release = release,
		.cache = cache,
		.own = own,
		.places = { .text = strdup("") },
		.useless = { .text = strdup("") },
	};

	if (!search.places.text || !search.useless.text)
		return error_nomem();
	TRY(places_each(root, release, order, release_try_place, &search));
	if (!search.found.btf && !search.has_link)
		TRY(release_try_carrier(root, &search));
	if (!search.found.btf)
		return not_found(&search);
	if (!search.found.btf->release)
		TRY(kernel_set_release(search.found.btf, release));
	*found = search.found;
	search.found = (struct image_btf){};
	return NULL;
}
