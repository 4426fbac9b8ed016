/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Where distributions put kernels. Cheap and certain places come first: what the running kernel
 * shows, then vmlinux files with their .BTF section, then boot images, which have to be unpacked
 * and searched.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/kernel.h"
#include "util/cleanup.h"

/* Each %s is the release. */
static const char *const places[] = {
	"/usr/src/linux-headers-%s/vmlinux",	     /* Debian's headers: stripped, with BTF */
	"/usr/lib/debug/boot/vmlinux-%s",	     /* Debian, Ubuntu: debug packages */
	"/usr/lib/debug/lib/modules/%s/vmlinux",     /* Fedora, RHEL, older Debian */
	"/usr/lib/debug/usr/lib/modules/%s/vmlinux", /* the same where /lib is /usr/lib */
	"/lib/modules/%s/vmlinux",
	"/usr/lib/modules/%s/vmlinux",
	"/lib/modules/%s/build/vmlinux", /* Arch's headers; one's own build */
	"/usr/lib/modules/%s/build/vmlinux",
	"/usr/src/kernels/%s/vmlinux", /* Fedora, RHEL: devel packages */
	"/boot/vmlinux-%s",	       /* Debian on ppc64el, mips */
	"/lib/modules/%s/vmlinux.xz",  /* openSUSE */
	"/usr/lib/modules/%s/vmlinux.xz",
	"/boot/vmlinux-%s.xz",
	"/boot/vmlinux-%s.gz",
	"/boot/vmlinuz-%s",	   /* nearly everywhere */
	"/lib/modules/%s/vmlinuz", /* Fedora, Arch, openSUSE */
	"/usr/lib/modules/%s/vmlinuz",
	"/boot/Image-%s",  /* openSUSE on arm64 */
	"/boot/image-%s",  /* openSUSE on s390x */
	"/boot/kernel-%s", /* Gentoo */
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

/* Tries one place; what is wrong with a file that is there goes into @looked. */
static struct rebtf_error *try_place(const char *path, char **looked, struct rebtf_btf **btf)
{
	struct rebtf_error *err = kernel_open_path(path, btf);
	bool absent = err && err->code == REBTF_ERR_IO &&
		      (err->errnum == ENOENT || err->errnum == ENOTDIR);

	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	append(looked, **looked ? ", " : "", path, absent ? NULL : err->message);
	rebtf_error_free(err);
	return *looked ? NULL : error_nomem();
}

struct rebtf_error *kernel_open_release(const char *root, const char *release, bool running,
					struct rebtf_btf **btf)
{
	_cleanup_free_ char *looked = strdup("");
	struct rebtf_btf *found = NULL;

	if (!looked)
		return error_nomem();
	for (size_t i = 0; i <= sizeof(places) / sizeof(places[0]) && !found; i++) {
		_cleanup_free_ char *path = NULL;
		_cleanup_free_ char *below = NULL;

		if (!i && !running)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (asprintf(&below, i ? places[i - 1] : "/sys/kernel/btf/vmlinux", release) < 0 ||
		    asprintf(&path, "%s%s", root, below) < 0)
			return error_nomem();
#pragma GCC diagnostic pop
		TRY(try_place(path, &looked, &found));
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
