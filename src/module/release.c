/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Where distributions put kernels: what the running kernel shows, vmlinux files with their .BTF
 * section, and images to boot, which have to be unpacked and searched. Which comes first depends on
 * the question. For the BTF of a release, the cheap and certain places do; for what a release will
 * boot with, only the image itself cannot be left over from another build of that release.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/kernel.h"
#include "util/cleanup.h"

/* Each %s is the release. */
static const char *const shown[] = { "/sys/kernel/btf/vmlinux", NULL };

static const char *const files[] = {
	"/usr/src/linux-headers-%s/vmlinux",	     /* Debian's headers: stripped, with BTF */
	"/usr/lib/debug/boot/vmlinux-%s",	     /* Debian, Ubuntu: debug packages */
	"/usr/lib/debug/lib/modules/%s/vmlinux",     /* Fedora, RHEL, older Debian */
	"/usr/lib/debug/usr/lib/modules/%s/vmlinux", /* the same where /lib is /usr/lib */
	"/lib/modules/%s/vmlinux",
	"/usr/lib/modules/%s/vmlinux",
	"/lib/modules/%s/build/vmlinux", /* Arch's headers; one's own build */
	"/usr/lib/modules/%s/build/vmlinux",
	"/usr/src/kernels/%s/vmlinux", /* Fedora, RHEL: devel packages */
	NULL,
};

static const char *const images[] = {
	"/boot/vmlinux-%s",	      /* Debian on ppc64el, mips */
	"/lib/modules/%s/vmlinux.xz", /* openSUSE */
	"/usr/lib/modules/%s/vmlinux.xz",
	"/boot/vmlinux-%s.xz",
	"/boot/vmlinux-%s.gz",
	"/boot/vmlinuz-%s",	   /* nearly everywhere */
	"/lib/modules/%s/vmlinuz", /* Fedora, Arch, openSUSE */
	"/usr/lib/modules/%s/vmlinuz",
	"/boot/Image-%s",  /* openSUSE on arm64 */
	"/boot/image-%s",  /* openSUSE on s390x */
	"/boot/kernel-%s", /* Gentoo */
	NULL,
};

/* Each has up to three lists. */
static const char *const *const orders[][3] = {
	[KERNEL_ANY] = { files, images },
	[KERNEL_RUNNING] = { shown, files, images },
	[KERNEL_INSTALLED] = { images, files },
	[KERNEL_INSTALLED_RUNNING] = { images, files, shown },
};

/* A list that grows; its text is NULL once there was no memory. */
struct list {
	char *text;
	size_t count;
};

static void append(struct list *list, const char *item, const char *why)
{
	char *longer = NULL;

	if (list->text && asprintf(&longer, "%s%s%s%s%s%s", list->text, list->count ? ", " : "",
				   item, why ? " (" : "", why ?: "", why ? ")" : "") < 0)
		longer = NULL;
	free(list->text);
	list->text = longer;
	list->count++;
}

/* Of the files that are there and are of no use, so many stand in the error's sentence. */
#define USELESS_MAX 2

/* Where a release was looked for. */
struct search {
	const char *root;
	const char *release;
	struct list places;  /* all, each with what is wrong with the file there, if one is */
	struct list useless; /* the first of those with a file */
};

static void search_release(struct search *search)
{
	free(search->places.text);
	free(search->useless.text);
}

/* Tries one place. @btf stays NULL if it has no file, or none of use. */
static struct rebtf_error *try_place(struct search *search, const char *place,
				     struct rebtf_btf **btf)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *below = NULL;
	struct rebtf_error *err;
	bool absent;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (asprintf(&below, place, search->release) < 0 ||
	    asprintf(&path, "%s%s", search->root, below) < 0)
		return error_nomem();
#pragma GCC diagnostic pop
	err = kernel_open_path(path, btf);
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	absent = err->code == REBTF_ERR_IO && (err->errnum == ENOENT || err->errnum == ENOTDIR);
	append(&search->places, path, absent ? NULL : err->message);
	if (!absent && search->useless.count < USELESS_MAX)
		append(&search->useless, path, err->message);
	rebtf_error_free(err);
	return search->places.text && search->useless.text ? NULL : error_nomem();
}

static struct rebtf_error *not_found(const struct search *search)
{
	struct rebtf_error *err = error_new(
		REBTF_ERR_NO_BTF,
		"no such file, and no kernel of that release with BTF in any of %zu places%s%s",
		search->places.count, search->useless.count ? "; found " : "",
		search->useless.text);

	return error_at(error_detail(err, "looked for %s", search->places.text), search->release,
			NULL);
}

struct rebtf_error *kernel_open_release(const char *root, const char *release,
					enum kernel_order order, struct rebtf_btf **btf)
{
	_cleanup_(search_release) struct search search = {
		.root = root,
		.release = release,
		.places = { .text = strdup("") },
		.useless = { .text = strdup("") },
	};
	struct rebtf_btf *found = NULL;

	if (!search.places.text || !search.useless.text)
		return error_nomem();
	for (size_t i = 0; i < sizeof(orders[0]) / sizeof(orders[0][0]) && orders[order][i]; i++) {
		for (const char *const *place = orders[order][i]; *place && !found; place++)
			TRY(try_place(&search, *place, &found));
	}
	if (!found)
		return not_found(&search);
	*btf = found;
	return NULL;
}
