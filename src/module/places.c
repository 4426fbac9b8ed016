/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the files of a kernel where distributions install them: the BTF in /sys of the running
 * kernel, vmlinux files with their .BTF section, and bootable images, which must be unpacked and
 * searched. Their order depends on the question. For the BTF of a release, cheap and certain files
 * come first. For the kernel that a release will boot, images come first, because any other file
 * may be left over from another build of that release.
 */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "module/kernel.h"
#include "module/places.h"
#include "module/root.h"
#include "util/cleanup.h"
#include "util/text.h"

/*
 * In each place, %s is the release, and * any name. A place without %s is a directory of images of
 * all releases. Each image is checked for its release.
 */
static const char *const shown[] = { "/sys/kernel/btf/vmlinux", NULL };

static const char *const place_files[] = {
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
	"/lib/modules/%s/vmlinuz", /* Fedora, Arch, openSUSE; ostree(1) and bootc take it from there */
	"/usr/lib/modules/%s/vmlinuz",
	"/boot/Image-%s",	     /* openSUSE on arm64 */
	"/boot/image-%s",	     /* openSUSE on s390x */
	"/boot/kernel-%s",	     /* Gentoo */
	"/boot/ostree/*/vmlinuz-%s", /* ostree: OS-CHECKSUM */
	"/boot/*/%s/linux*", /* kernel-install(8), layout "bls": ENTRY-TOKEN/RELEASE/linux, */
	"/efi/*/%s/linux*",  /* and openSUSE's sdbootutil: linux-CHECKSUM */
	"/boot/efi/*/%s/linux*",
	"/boot/kernels/*-linux-%s-*",	/* NixOS with GRUB: HASH-linux-RELEASE-bzImage */
	"/boot/EFI/nixos/*-linux-%s-*", /* NixOS with systemd-boot */
	/* Unified kernel images. */
	"/lib/modules/%s/*.efi", /* Fedora: vmlinuz-virt.efi, Azure Linux: vmlinuz-uki.efi, bootc */
	"/usr/lib/modules/%s/*.efi",
	"/usr/lib/linux/efi/kernel.efi-%s",   /* Ubuntu, */
	"/boot/efi/EFI/ubuntu/kernel.efi-%s", /* which nullboot copies to the EFI partition */
	"/boot/vmlinuz-uki-%s.efi",	      /* Azure Linux */
	"/efi/EFI/Linux/*.efi", /* kernel-install(8), layout "uki"; dracut(8), mkinitcpio(8), ukify(1) */
	"/boot/EFI/Linux/*.efi",
	"/boot/efi/EFI/Linux/*.efi",
	NULL,
};

/* Each order has up to three lists. */
static const char *const *const orders[][3] = {
	[KERNEL_ANY] = { place_files, images },
	[KERNEL_RUNNING] = { shown, place_files, images },
	[KERNEL_INSTALLED] = { images, place_files },
	[KERNEL_INSTALLED_RUNNING] = { images, place_files, shown },
};

struct places_search {
	const char *root;
	const char *release;
	places_visit *visit;
	void *arg;
	bool done;
};

/* ---------------------------------------------------------------------------------- opening a place */

/* Whether @path is a file in sys/kernel/btf below @root. */
static bool is_shown(const char *path, const char *root)
{
	static const char directory[] = "/sys/kernel/btf/";
	size_t length = strcmp(root, "/") ? strlen(root) : 0;

	return !strncmp(path, root, length) &&
	       !strncmp(path + length, directory, strlen(directory));
}

/* The path of the file in @fd without links; malloced. NULL: out of memory, or /proc is missing. */
static char *places_real_path(int fd)
{
	char self[sizeof("/proc/self/fd/") + 12];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return realpath(self, NULL);
}

/*
 * Whether a file opened below @root is the running kernel's file in /sys. Some users link a vmlinux
 * there for builds that require one, so the link shows the running kernel for every release.
 */
static struct rebtf_error *leads_to_running(const char *root, int fd, bool *leads)
{
	_cleanup_free_ char *real = NULL, *real_root = NULL;
	struct statfs st;

	*leads = !fstatfs(fd, &st) && st.f_type == SYSFS_MAGIC;
	if (*leads)
		return NULL;
	real = places_real_path(fd);
	if (!real && errno == ENOMEM)
		return error_nomem();
	real_root = realpath(*root ? root : "/", NULL);
	if (!real_root && errno == ENOMEM)
		return error_nomem();
	*leads = real && (is_shown(real, "/") || (real_root && is_shown(real, real_root)));
	return NULL;
}

static struct rebtf_error *places_show(struct places_search *search, const char *name, int fd,
				       const char *problem)
{
	_cleanup_free_ char *path = text_join(search->root, name);
	struct place place = { .name = name, .fd = fd, .problem = problem };

	if (!path)
		return error_nomem();
	place.path = path;
	return search->visit(search->arg, &place, &search->done);
}

static struct rebtf_error *visit_file(struct places_search *search, const char *name)
{
	_cleanup_close_ int fd = root_open(search->root, name);
	bool leads = false;

	if (fd < 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;

		return places_show(search, name, -1, absent ? NULL : strerror(errno));
	}
	if (strcmp(name, *shown))
		TRY(leads_to_running(search->root, fd, &leads));
	if (leads)
		return places_show(search, name, -1, "leads to the running kernel");
	return places_show(search, name, fd, NULL);
}

/* --------------------------------------------------------------------------- places with many names */

/* Drops ".efi", and the boot loader's count of tries before it: "+3" or "+2-1". */
static void drop_ending(char *name)
{
	char *plus;

	name[strlen(name) - strlen(".efi")] = '\0';
	plus = strrchr(name, '+');
	if (plus && plus[1] && plus[1 + strspn(plus + 1, "0123456789-")] == '\0')
		*plus = '\0';
}

/*
 * Whether the file name of a unified kernel image names @release. Forms: ENTRY-TOKEN-RELEASE.efi
 * from kernel-install(8), linux-RELEASE-MACHINE-ID.efi or linux-RELEASE-MACHINE-ID-BUILD.efi from
 * dracut(8).
 */
static bool places_names_release(const char *file_name, const char *release)
{
	size_t length = strlen(file_name), release_length = strlen(release);
	char name[NAME_MAX + 1];
	const char *behind;

	if (length > NAME_MAX)
		return false;
	memcpy(name, file_name, length + 1);
	drop_ending(name);
	length = strlen(name);
	if (length >= release_length && !strcmp(name + length - release_length, release))
		return length == release_length || name[length - release_length - 1] == '-';
	if (strncmp(name, "linux-", 6) || strncmp(name + 6, release, release_length))
		return false;
	behind = name + 6 + release_length;
	return behind[0] == '-' && strspn(behind + 1, "0123456789abcdef") >= 32 &&
	       (behind[33] == '\0' || behind[33] == '-');
}

/*
 * Whether the unified kernel image at @place has the release. The release inside the image takes
 * precedence over its name.
 */
static bool places_is_of_release(const struct places_search *search, const char *place)
{
	_cleanup_close_ int fd = root_open(search->root, place);
	char release[RELEASE_SIZE];

	if (fd < 0)
		return false;
	kernel_file_release(fd, release);
	if (release[0])
		return !strcmp(release, search->release);
	return places_names_release(strrchr(place, '/') + 1, search->release);
}

/* Copies @text with a backslash before each special character of glob(3). */
static char *escape(const char *text)
{
	char *escaped = malloc(2 * strlen(text) + 1), *p = escaped;

	for (; escaped && *text; *p++ = *text++) {
		if (strchr("*?[]\\", *text))
			*p++ = '\\';
	}
	if (escaped)
		*p = '\0';
	return escaped;
}

char *places_fill_in(const char *place, const char *release)
{
	const char *gap = strstr(place, "%s");
	char *filled;

	if (!gap)
		return strdup(place);
	if (asprintf(&filled, "%.*s%s%s", (int)(gap - place), place, release, gap + 2) < 0)
		return NULL;
	return filled;
}

static void release_glob(glob_t *found)
{
	globfree(found);
}

/* Visits each file that matches the pattern @place. */
static struct rebtf_error *visit_pattern(struct places_search *search, const char *place)
{
	_cleanup_free_ char *root = escape(search->root), *release = escape(search->release);
	_cleanup_free_ char *below = release ? places_fill_in(place, release) : NULL;
	_cleanup_free_ char *shown_place = places_fill_in(place, search->release);
	_cleanup_(release_glob) glob_t found = {};
	_cleanup_free_ char *pattern = NULL;
	bool visited = false;
	int rc;

	if (root && below)
		pattern = text_join(root, below);
	if (!pattern || !shown_place)
		return error_nomem();
	rc = glob(pattern, 0, NULL, &found);
	if (rc == GLOB_NOSPACE)
		return error_nomem();
	for (size_t i = 0; !rc && i < found.gl_pathc && !search->done; i++) {
		const char *file = found.gl_pathv[i] + strlen(search->root);

		if (!strstr(place, "%s") && !places_is_of_release(search, file))
			continue;
		visited = true;
		TRY(visit_file(search, file));
	}
	return visited ? NULL : places_show(search, shown_place, -1, NULL);
}

static struct rebtf_error *visit_place(struct places_search *search, const char *place)
{
	_cleanup_free_ char *file = NULL;

	if (strchr(place, '*'))
		return visit_pattern(search, place);
	file = places_fill_in(place, search->release);
	return file ? visit_file(search, file) : error_nomem();
}

struct rebtf_error *places_each(const char *root, const char *release, enum kernel_order order,
				places_visit *visit, void *arg)
{
	struct places_search search = {
		.root = root, .release = release, .visit = visit, .arg = arg
	};

	for (size_t i = 0; i < sizeof(orders[0]) / sizeof(orders[0][0]) && orders[order][i]; i++) {
		for (const char *const *place = orders[order][i]; *place && !search.done; place++)
			TRY(visit_place(&search, *place));
	}
	return NULL;
}

/* -------------------------------------------------------------------------------- paths as places */

/* Whether @path is @place, below any root and for any release. */
static bool is_place(const char *path, const char *place, struct place_parts *parts)
{
	const char *percent = strstr(place, "%s"), *end;
	size_t before, after, size = strlen(path);

	if (!percent || strchr(place, '*'))
		return false;
	end = percent + 2;
	before = (size_t)(percent - place);
	after = strlen(end);
	for (const char *at = path; (at = strchr(at, '/')); at++) {
		size_t root = (size_t)(at - path);

		if (size - root <= before + after || strcmp(path + size - after, end))
			return false;
		if (strncmp(at, place, before))
			continue;
		parts->root_length = root;
		parts->release = at + before;
		parts->release_length = size - root - before - after;
		if (!memchr(parts->release, '/', parts->release_length))
			return true;
	}
	return false;
}

/* Of several places that match, the one with the longest fixed text leaves the least of the path. */
bool places_take_apart(const char *path, struct place_parts *parts)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < sizeof(orders[0]) / sizeof(orders[0][0]); i++) {
		const char *const *place = orders[KERNEL_INSTALLED][i];

		for (; place && *place; place++) {
			struct place_parts found;

			if (!is_place(path, *place, &found) ||
			    found.root_length + found.release_length >= least)
				continue;
			least = found.root_length + found.release_length;
			*parts = found;
		}
	}
	return least != SIZE_MAX;
}
