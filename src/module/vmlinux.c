/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Provides the vmlinux that builds of modules look for. The note in the file tells rebtf's own
 * files, which become stale with the next build of the kernel, from those of others.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "btf/btf.h"
#include "btf/pointer_size.h"
#include "module/elf_file.h"
#include "module/kernel.h"
#include "module/loader.h"
#include "module/note.h"
#include "module/root.h"
#include "module/vmlinux_elf.h"
#include "util/options.h"
#include "util/replace.h"
#include "util/text.h"

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

	build = text_join("/lib/modules/", release, "/build");
	path = text_join(root, "/lib/modules/", release, "/build/vmlinux");
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

/*
 * Sets @data to the bytes of the section @found, malloced; NULL if it has more than @max or cannot
 * be read. Errors: NOMEM.
 */
static struct rebtf_error *vmlinux_read_section(int fd, const struct elf_section *found, size_t max,
						uint8_t **data)
{
	_cleanup_free_ uint8_t *bytes = NULL;

	*data = NULL;
	if (!found->index || found->size > max)
		return NULL;
	bytes = malloc(found->size + 1);
	if (!bytes)
		return error_nomem();
	if (file_read_at(fd, bytes, found->size, found->offset) == found->size)
		*data = take_ptr(&bytes);
	return NULL;
}

enum { SECTION_BTF, SECTION_NOTE, SECTIONS };

static struct rebtf_error *has_our_note(int fd, const struct elf_section *found, bool big_endian,
					bool *ours)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct rebtf_note note = { .form = REBTF_FORM_SPLIT };

	TRY(vmlinux_read_section(fd, found, NOTE_SIZE, &data));
	if (data)
		TRY(error_nomem_only(note_read(data, found->size, big_endian, &note)));
	*ours = note.form == REBTF_FORM_STANDALONE;
	return NULL;
}

static struct rebtf_error *compare_elf(int fd, const struct elf_file *file, const void *data,
				       size_t size, enum rebtf_vmlinux_outcome *outcome)
{
	static const char *const names[SECTIONS] = { ".BTF", ".note.rebtf" };
	struct elf_section found[SECTIONS] = {};
	_cleanup_free_ uint8_t *old = NULL;
	bool ours;

	TRY(error_nomem_only(elf_find_sections(file, names, found, SECTIONS)));
	TRY(has_our_note(fd, &found[SECTION_NOTE], file->ehdr.e_ident[EI_DATA] == ELFDATA2MSB,
			 &ours));
	if (!ours)
		return NULL;
	*outcome = REBTF_VMLINUX_WRITTEN;
	if (!data || found[SECTION_BTF].size != size)
		return NULL;
	TRY(vmlinux_read_section(fd, &found[SECTION_BTF], size, &old));
	if (old && !memcmp(old, data, size))
		*outcome = REBTF_VMLINUX_CURRENT;
	return NULL;
}

/*
 * Compares the file at @place with the @size bytes of BTF at @data (NULL: with no BTF). Sets
 * @outcome to ABSENT, CURRENT, FOREIGN, or WRITTEN if rebtf wrote it with other BTF. An unreadable
 * file is foreign. Errors: NOMEM.
 */
static struct rebtf_error *compare_file(const struct file_place *place, const void *data,
					size_t size, enum rebtf_vmlinux_outcome *outcome)
{
	_cleanup_close_ int fd = place_open(place);
	struct elf_file file = {};
	struct rebtf_error *err;

	*outcome = fd < 0 && errno == ENOENT ? REBTF_VMLINUX_ABSENT : REBTF_VMLINUX_FOREIGN;
	if (fd < 0)
		return NULL;
	TRY(error_nomem_only(elf_file_open_fd(fd, &file)));
	if (!file.elf)
		return NULL;
	err = compare_elf(fd, &file, data, size, outcome);
	elf_file_close(&file);
	return err;
}

/* ------------------------------------------------------------------------------------ providing */

/* Sets @machine to that of this program. EM_NONE if unknown. Errors: NOMEM. */
static struct rebtf_error *find_own_machine(uint16_t *machine)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf_file file = {};

	*machine = EM_NONE;
	if (fd < 0)
		return NULL;
	TRY(error_nomem_only(elf_file_open_fd(fd, &file)));
	if (!file.elf)
		return NULL;
	*machine = file.ehdr.e_machine;
	elf_file_close(&file);
	return NULL;
}

/* The machine of the kernel: that of its modules, or else of its image, or else of this program. */
static struct rebtf_error *find_machine(const char *root, const char *release, uint16_t *machine)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = release, .root = root);
	struct rebtf_loader *loader;
	struct rebtf_error *err;

	TRY(rebtf_loader_open(&options, &loader));
	err = loader_find_facts(loader);
	*machine = loader->machine;
	rebtf_loader_free(loader);
	return err || *machine ? err : find_own_machine(machine);
}

static struct rebtf_error *provide(const struct rebtf_vmlinux_options *options, const char *release,
				   const struct rebtf_btf *btf, const struct file_place *place,
				   enum rebtf_vmlinux_outcome *outcome)
{
	_cleanup_free_ void *data = NULL;
	struct buffer bytes = {};
	struct rebtf_error *err;
	struct iovec piece;
	uint16_t machine;
	size_t size;

	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	TRY(compare_file(place, data, size, outcome));
	if (*outcome == REBTF_VMLINUX_CURRENT || *outcome == REBTF_VMLINUX_FOREIGN)
		return NULL;
	*outcome = REBTF_VMLINUX_WRITTEN;
	if (options->dry_run)
		return NULL;
	TRY(find_machine(options->root, release, &machine));
	err = vmlinux_elf_make(btf, machine, pointer_size(btf), &bytes);
	piece = (struct iovec){ bytes.data, bytes.size };
	if (!err)
		err = replace_write(place, &piece, 1);
	buffer_release(&bytes);
	return err;
}

/* Opens the kernel's BTF, but not from the file at @place if rebtf wrote that file. */
static struct rebtf_error *vmlinux_open_source(const struct rebtf_vmlinux_options *options,
					       const char *release, const struct file_place *place,
					       struct rebtf_btf **btf)
{
	REBTF_OPTIONS(rebtf_kernel_options, kernel, .installed = release != NULL,
		      .root = options->root, .cache_dir = options->cache_dir);
	_cleanup_image_btf_ struct image_btf found = {};
	enum rebtf_vmlinux_outcome outcome;
	struct stat own;
	bool has_own;

	TRY(compare_file(place, NULL, 0, &outcome));
	has_own = outcome == REBTF_VMLINUX_WRITTEN && place_stat(place, &own);
	TRY(kernel_find(release, &kernel, has_own ? &own : NULL, &found));
	*btf = take_ptr(&found.btf);
	return NULL;
}

static struct rebtf_error *withdraw(const struct rebtf_vmlinux_options *options,
				    const struct file_place *place,
				    enum rebtf_vmlinux_outcome *outcome)
{
	TRY(compare_file(place, NULL, 0, outcome));
	if (*outcome != REBTF_VMLINUX_WRITTEN)
		return NULL;
	*outcome = REBTF_VMLINUX_REMOVED;
	return options->dry_run ? NULL : place_remove(place, NULL);
}

struct rebtf_error *rebtf_kernel_provide_vmlinux(const char *release,
						 const struct rebtf_vmlinux_options *options,
						 enum rebtf_vmlinux_outcome *outcome, char **path)
{
	_cleanup_place_ struct file_place place = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_vmlinux_options known;
	struct utsname running;

	TRY(OPTIONS_COPY(rebtf_vmlinux_options, &known, options));
	if (known.btf && rebtf_btf_base(known.btf))
		return error_new(REBTF_ERR_ARGUMENT, "split BTF is not a kernel's");
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
		if (known.btf)
			btf = rebtf_btf_ref(known.btf);
		else
			TRY(vmlinux_open_source(&known, release, &place, &btf));
		TRY(error_at(provide(&known, release, btf, &place, outcome), place.path, NULL));
	}
	*path = strdup(place.path);
	return *path ? NULL : error_nomem();
}
