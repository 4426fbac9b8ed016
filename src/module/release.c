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

/* A text that grows; NULL once there was no memory. */
static void append(char **text, const char *before, const char *line, const char *why)
{
	char *longer = NULL;

	if (*text && asprintf(&longer, "%s%s%s%s%s%s", *text, before, line, why ? " (" : "",
			      why ?: "", why ? ")" : "") < 0)
		longer = NULL;
	free(*text);
	*text = longer;
}

/*
 * Tries one place; what is wrong with a file that is there goes into @looked, and @btf stays NULL.
 */
static struct rebtf_error *try_place(const char *root, const char *place, const char *release,
				     char **looked, struct rebtf_btf **btf)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *below = NULL;
	struct rebtf_error *err;
	bool absent;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (asprintf(&below, place, release) < 0 || asprintf(&path, "%s%s", root, below) < 0)
		return error_nomem();
#pragma GCC diagnostic pop
	err = kernel_open_path(path, btf);
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	absent = err->code == REBTF_ERR_IO && (err->errnum == ENOENT || err->errnum == ENOTDIR);
	append(looked, **looked ? ", " : "", path, absent ? NULL : err->message);
	rebtf_error_free(err);
	return *looked ? NULL : error_nomem();
}

struct rebtf_error *kernel_open_release(const char *root, const char *release,
					enum kernel_order order, struct rebtf_btf **btf)
{
	_cleanup_free_ char *looked = strdup("");
	struct rebtf_btf *found = NULL;

	if (!looked)
		return error_nomem();
	for (size_t i = 0; i < sizeof(orders[0]) / sizeof(orders[0][0]) && orders[order][i]; i++) {
		for (const char *const *place = orders[order][i]; *place && !found; place++)
			TRY(try_place(root, *place, release, &looked, &found));
	}
	if (!found)
		return error_at(
			error_new(
				REBTF_ERR_NO_BTF,
				"no such file, and no kernel of that release with BTF; looked for %s",
				looked),
			release, NULL);
	*btf = found;
	return NULL;
}
