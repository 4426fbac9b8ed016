/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Provides the vmlinux that builds of modules look for. The note in the file tells rebtf's own
 * files, which become stale with the next build of the kernel, from those of others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "btf/btf.h"
#include "btf/pointer_size.h"
#include "module/elf_file.h"
#include "module/loader.h"
#include "module/note.h"
#include "module/root.h"
#include "module/vmlinux_elf.h"
#include "util/options.h"
#include "util/replace.h"

const char *rebtf_vmlinux_outcome_name(enum rebtf_vmlinux_outcome outcome)
{
	static const char *const names[] = {
		[REBTF_VMLINUX_WRITTEN] = "written", [REBTF_VMLINUX_CURRENT] = "current",
		[REBTF_VMLINUX_FOREIGN] = "foreign", [REBTF_VMLINUX_REMOVED] = "removed",
		[REBTF_VMLINUX_ABSENT] = "absent",
	};

	return (size_t)outcome < sizeof(names) / sizeof(names[0]) ? names[outcome] : "unknown";
}

/* ----------------------------------------------------------------------------------- the place */

static struct rebtf_error *find_build_place(const char *root, const char *release,
					    struct file_place *place)
{
	_cleanup_directory_ struct directory *directory = NULL;
	_cleanup_free_ char *build = NULL, *path = NULL;
	int fd;

	if (asprintf(&build, "/lib/modules/%s/build", release) < 0)
		build = NULL;
	if (asprintf(&path, "%s/lib/modules/%s/build/vmlinux", root, release) < 0)
		path = NULL;
	if (!build || !path)
		return error_nomem();
	fd = root_open_directory(root, build);
	if (fd < 0)
		return error_at(
			error_io(
				errno,
				"cannot open the build directory of %s (are the kernel's headers installed?)",
				release),
			path, NULL);
	directory = directory_new(fd, true);
	if (!directory)
		return error_nomem();
	return place_in(directory, "vmlinux", path, place);
}

/* Reads the section @found, of at most @max bytes, of the file @fd. NULL: too large, or no memory. */
static uint8_t *vmlinux_read_section(int fd, const struct elf_section *found, size_t max)
{
	uint8_t *data = found->size <= max ? malloc(found->size + 1) : NULL;

	if (data && file_read_at(fd, data, found->size, found->offset) == found->size)
		return data;
	free(data);
	return NULL;
}

enum { SECTION_BTF, SECTION_NOTE, SECTIONS };

static bool has_our_note(int fd, const struct elf_section *found, bool big_endian)
{
	_cleanup_free_ uint8_t *data = found->index ? vmlinux_read_section(fd, found, NOTE_SIZE)
						    : NULL;
	struct rebtf_error *err;
	struct rebtf_note note;

	if (!data)
		return false;
	err = note_read(data, found->size, big_endian, &note);
	rebtf_error_free(err);
	return !err && note.form == REBTF_FORM_STANDALONE;
}

/*
 * Compares the file at @place with the @size bytes of BTF at @data (NULL: with no BTF): ABSENT,
 * CURRENT, FOREIGN, or WRITTEN if rebtf wrote it with other BTF. An unreadable file is foreign.
 */
static enum rebtf_vmlinux_outcome compare_file(const struct file_place *place, const void *data,
					       size_t size)
{
	static const char *const names[SECTIONS] = { ".BTF", ".note.rebtf" };
	enum rebtf_vmlinux_outcome outcome = REBTF_VMLINUX_FOREIGN;
	_cleanup_close_ int fd = place_open(place);
	_cleanup_free_ uint8_t *old = NULL;
	struct elf_section found[SECTIONS];
	struct rebtf_error *err;
	struct elf_file file;

	if (fd < 0)
		return errno == ENOENT ? REBTF_VMLINUX_ABSENT : REBTF_VMLINUX_FOREIGN;
	err = elf_file_open_fd(fd, &file);
	if (err) {
		rebtf_error_free(err);
		return REBTF_VMLINUX_FOREIGN;
	}
	err = elf_find_sections(&file, names, found, SECTIONS);
	if (!err &&
	    has_our_note(fd, &found[SECTION_NOTE], file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB)) {
		outcome = REBTF_VMLINUX_WRITTEN;
		old = data && found[SECTION_BTF].size == size
			      ? vmlinux_read_section(fd, &found[SECTION_BTF], size)
			      : NULL;
		if (old && !memcmp(old, data, size))
			outcome = REBTF_VMLINUX_CURRENT;
	}
	rebtf_error_free(err);
	elf_file_close(&file);
	return outcome;
}

/* ------------------------------------------------------------------------------------ providing */

/* The machine that this program was built for. EM_NONE if unknown. */
static uint16_t own_machine(void)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint16_t machine = EM_NONE;
	struct rebtf_error *err;
	struct elf_file file;

	if (fd < 0)
		return EM_NONE;
	err = elf_file_open_fd(fd, &file);
	if (!err) {
		machine = file.ehdr.e_machine;
		elf_file_close(&file);
	}
	rebtf_error_free(err);
	return machine;
}

/* The machine of the kernel: that of its modules, or else of its image, or else of this program. */
static struct rebtf_error *find_machine(const char *root, const char *release, uint16_t *machine)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = release, .root = root);
	struct rebtf_loader *loader;
	struct rebtf_error *err;

	TRY(rebtf_loader_open(&options, &loader));
	err = loader_find_facts(loader);
	if (!err && !loader->machine)
		err = loader_read_image(loader);
	*machine = loader->machine ?: own_machine();
	rebtf_loader_free(loader);
	return err;
}

static struct rebtf_error *write_file(const struct file_place *place, struct buffer *bytes)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	struct iovec piece = { .iov_base = bytes->data, .iov_len = bytes->size };
	bool taken;

	TRY(replace_prepare(place, &piece, 1, NULL, 0, &new));
	TRY(replace_link(&new, &taken));
	return taken ? replace_any(&new) : NULL;
}

static struct rebtf_error *provide(const struct rebtf_vmlinux_options *options, const char *release,
				   const struct rebtf_btf *btf, const struct file_place *place,
				   enum rebtf_vmlinux_outcome *outcome)
{
	_cleanup_free_ void *data = NULL;
	struct buffer bytes = {};
	struct rebtf_error *err;
	uint16_t machine;
	size_t size;

	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	*outcome = compare_file(place, data, size);
	if (*outcome == REBTF_VMLINUX_CURRENT || *outcome == REBTF_VMLINUX_FOREIGN)
		return NULL;
	*outcome = REBTF_VMLINUX_WRITTEN;
	if (options->dry_run)
		return NULL;
	TRY(find_machine(options->root, release, &machine));
	err = vmlinux_elf_make(btf, machine, pointer_size(btf), &bytes);
	if (!err)
		err = write_file(place, &bytes);
	buffer_release(&bytes);
	return err;
}

static struct rebtf_error *withdraw(const struct rebtf_vmlinux_options *options,
				    const struct file_place *place,
				    enum rebtf_vmlinux_outcome *outcome)
{
	*outcome = compare_file(place, NULL, 0);
	if (*outcome != REBTF_VMLINUX_WRITTEN)
		return NULL;
	*outcome = REBTF_VMLINUX_REMOVED;
	if (!options->dry_run && unlinkat(place->directory->fd, place->name, 0))
		return error_at(error_io(errno, "cannot remove"), place->path, NULL);
	return NULL;
}

struct rebtf_error *rebtf_kernel_provide_vmlinux(const char *release,
						 const struct rebtf_vmlinux_options *options,
						 enum rebtf_vmlinux_outcome *outcome, char **path)
{
	REBTF_OPTIONS(rebtf_kernel_options, kernel);
	_cleanup_place_ struct file_place place = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_vmlinux_options known;
	struct utsname running;

	TRY(OPTIONS_COPY(rebtf_vmlinux_options, &known, options));
	if (known.root && !release)
		return error_new(REBTF_ERR_ARGUMENT,
				 "the running kernel has no root directory: name a release");
	if (!release && uname(&running))
		return error_io(errno, "cannot find the running kernel's release");
	TRY(known.path ? place_find(known.path, &place)
		       : find_build_place(known.root ?: "", release ?: running.release, &place));
	if (known.remove) {
		TRY(withdraw(&known, &place, outcome));
	} else {
		kernel.installed = release != NULL;
		kernel.root = known.root;
		kernel.cache_dir = known.cache_dir;
		TRY(rebtf_kernel_open(release, &kernel, &btf));
		TRY(error_at(provide(&known, release, btf, &place, outcome), place.path, NULL));
	}
	*path = strdup(place.path);
	return *path ? NULL : error_nomem();
}
