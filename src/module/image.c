/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Searches kernel images for BTF. The search is a series of guesses. Each either yields BTF that
 * opens in full, or only costs time.
 */
#include <string.h>

#include "btf/btf.h"
#include "btf/header.h"
#include "module/archive.h"
#include "module/built_for.h"
#include "module/carrier_link.h"
#include "module/codec.h"
#include "module/elf_file.h"
#include "module/foreign.h"
#include "module/image.h"
#include "module/tree.h"
#include "module/unpacked.h"

/* Nesting of streams and archives: a Debian package with a zboot image in it has four. */
#define DEPTH_MAX 4

/* Real images contain a handful of streams. By chance, data looks like a stream every few MB. */
#define STREAMS_MAX 64

/* Of the offsets that look like BTF, try those with the largest BTF. */
#define CANDIDATES_MAX 16

/* An initramfs contains some hundred modules with some fifty sections each. */
#define SECTION_HEADERS_MAX (1u << 20)

/* Only whole kernels have so many types. Finding one ends the search. */
#define KERNEL_TYPES 10000

/* How we know that some bytes are the kernel. */
enum role {
	ROLE_NAMED,  /* they are the file itself, or its decompressed contents */
	ROLE_KERNEL, /* a header points to them */
	ROLE_ANY,    /* unknown: they are a part of some image */
};

struct image_search {
	const char *name;
	size_t output_left; /* bytes that all streams together may still unpack to */
	unsigned int streams_left;
	struct foreign_rules foreign_rules;
	unsigned int depth;
	struct image_btf found;
	bool sure;		      /* the search is over */
	struct rebtf_error *problem;  /* an error in the BTF of the file itself; or NULL */
	struct rebtf_error *not_read; /* why a stream cannot be unpacked here; or NULL */

	/* image_each_layer() calls this instead of looking for BTF. NULL: look for BTF. */
	image_look *look;
	void *arg;
};

static struct rebtf_error *search_image(struct image_search *search, struct bytes image,
					enum role role);

void image_btf_release(struct image_btf *found)
{
	free(found->data);
	rebtf_btf_unref(found->btf);
	free(found->carrier);
	*found = (struct image_btf){};
}

static struct image_btf take_found(struct image_search *search)
{
	struct image_btf found = search->found;

	search->found = (struct image_btf){};
	return found;
}

/* Stores the first error for later. Returns only NOMEM errors. */
static struct rebtf_error *note_error(struct rebtf_error **noted, struct rebtf_error *err)
{
	if (err && err->code != REBTF_ERR_NOMEM && !*noted) {
		*noted = err;
		return NULL;
	}
	return error_nomem_only(err);
}

/* ----------------------------------------------------------------------------- the owner of BTF */

bool image_is_btf(const uint8_t *data, size_t size)
{
	return size >= HEADER_START_SIZE && header_detect(data, size) && data[2] == BTF_VERSION;
}

/* Every kernel has an INT "int". BPF programs have sections that kernels lack. */
static bool is_kernels(const struct rebtf_btf *btf)
{
	bool has_int = false;

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		const char *name = btf_string(btf, t->name_off);

		if (rebtf_type_kind(t) == REBTF_KIND_INT)
			has_int = has_int || !strcmp(name, "int");
		if (rebtf_type_kind(t) == REBTF_KIND_DATASEC &&
		    (!strcmp(name, "license") || !strcmp(name, ".maps")))
			return false;
	}
	return has_int && !rebtf_btf_is_distilled_base(btf);
}

/* Replaces the previous find with the BTF in @bytes, a part of @layer. */
static struct rebtf_error *take_btf(struct image_search *search, struct bytes layer,
				    struct bytes bytes, struct rebtf_btf *btf, bool sure)
{
	uint8_t *copy = malloc(bytes.size);

	if (!copy)
		return error_nomem();
	memcpy(copy, bytes.data, bytes.size);
	image_btf_release(&search->found);
	search->found.data = copy;
	search->found.size = bytes.size;
	search->found.btf = rebtf_btf_ref(btf);
	banner_release(layer, search->found.release);
	search->sure = sure || rebtf_btf_type_count(btf) >= KERNEL_TYPES;
	return NULL;
}

/* Takes BTF that may be the kernel's. Unless @sure, it must be larger than the previous find. */
static struct rebtf_error *try_btf(struct image_search *search, struct bytes layer,
				   struct bytes bytes, bool sure)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	if (!sure && bytes.size <= search->found.size)
		return NULL;
	TRY(error_nomem_only(rebtf_btf_open_mem(bytes.data, bytes.size, search->name, NULL, &btf)));
	if (!btf || !is_kernels(btf))
		return NULL;
	return take_btf(search, layer, bytes, btf, sure);
}

/* The BTF belongs to the file itself, so errors in it are reported. */
static struct rebtf_error *image_open_named(struct image_search *search, struct bytes layer,
					    struct bytes bytes)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	TRY(rebtf_btf_open_mem(bytes.data, bytes.size, search->name, NULL, &btf));
	return take_btf(search, layer, bytes, btf, true);
}

/* ---------------------------------------------------------------------------------- BTF in sections */

struct rebtf_error *image_not_a_kernel(void)
{
	return error_new(REBTF_ERR_UNSUPPORTED, "not a kernel's BTF, but a module's");
}

struct rebtf_error *image_find_sections(const struct elf_file *file,
					struct elf_section found[IMAGE_SECTIONS])
{
	static const char *const names[IMAGE_SECTIONS] = {
		[IMAGE_BTF] = ".BTF",
		[IMAGE_BTF_BASE] = ".BTF.base",
		[IMAGE_THIS_MODULE] = ".gnu.linkonce.this_module",
		[IMAGE_MODINFO] = ".modinfo",
		[IMAGE_LINK] = ".BTF.link",
		[IMAGE_META] = ".BTF.meta",
	};

	return elf_find_sections(file, names, found, IMAGE_SECTIONS);
}

/* A kernel whose BTF is elsewhere ends the search. */
static struct rebtf_error *take_link(struct image_search *search, struct bytes image,
				     const struct elf_section found[IMAGE_SECTIONS],
				     bool big_endian)
{
	const struct elf_section *section;
	enum rebtf_link_form form;

	if (search->found.btf || !image_has_link(found, &form, &section))
		return NULL;
	TRY(error_at(carrier_link_parse(form, bytes_clip(image, section->offset, section->size),
					big_endian, &search->found.link),
		     NULL, rebtf_link_form_name(form)));
	banner_release(image, search->found.release);
	search->sure = true;
	return NULL;
}

/* A carrier is a module with the BTF of a kernel. */
static struct rebtf_error *open_carrier(struct image_search *search, struct bytes image,
					const struct elf_section found[IMAGE_SECTIONS],
					struct bytes btf)
{
	struct bytes modinfo = bytes_clip(image, found[IMAGE_MODINFO].offset,
					  found[IMAGE_MODINFO].size);

	if (found[IMAGE_BTF_BASE].index || !found[IMAGE_BTF].index || !carrier_is_name(modinfo))
		return image_not_a_kernel();
	TRY(error_at(image_open_named(search, image, btf), NULL, ".BTF"));
	modinfo_release(modinfo.data, modinfo.size, search->found.release);
	return NULL;
}

static struct rebtf_error *open_elf_section(struct image_search *search, struct bytes image,
					    enum role role)
{
	struct elf_section found[IMAGE_SECTIONS] = {};
	struct rebtf_error *err;
	struct elf_file file;
	struct bytes btf;
	bool big_endian;

	TRY(elf_file_open_mem(image.data, image.size, &file));
	big_endian = file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	err = image_find_sections(&file, found);
	elf_file_close(&file);
	if (err)
		return err;
	btf = bytes_clip(image, found[IMAGE_BTF].offset, found[IMAGE_BTF].size);
	if (image_is_module(found))
		return open_carrier(search, image, found, btf);
	if (!found[IMAGE_BTF].index)
		return take_link(search, image, found, big_endian);
	if (role != ROLE_NAMED)
		return try_btf(search, image, btf, true);
	return error_at(image_open_named(search, image, btf), NULL, ".BTF");
}

/*
 * An ELF file without .BTF can still contain a compressed kernel, as on MIPS and PowerPC. Modules
 * and BPF programs are relocatable objects; kernels are not.
 */
static struct rebtf_error *search_elf(struct image_search *search, struct bytes image,
				      enum role role, bool *over)
{
	struct rebtf_error *err;

	*over = elf_object_span(image.data, image.size, &search->foreign_rules.headers_left);
	if (search->look || (*over && role == ROLE_ANY))
		return NULL;
	err = open_elf_section(search, image, role);
	if (search->sure)
		*over = true;
	if (role == ROLE_NAMED)
		return note_error(&search->problem, err);
	return error_nomem_only(err);
}

/* --------------------------------------------------------------------------------- BTF anywhere */

/*
 * The BTF at the start of @image, if its header and the ends of its strings are plausible; else
 * empty.
 */
static struct bytes plausible_btf(struct bytes image)
{
	struct btf_sections sections;
	struct rebtf_error *err = header_parse(image.data, image.size, &sections);
	size_t end, types_end, layout_end;

	if (err) {
		rebtf_error_free(err);
		return (struct bytes){};
	}
	if (!sections.types.size || !sections.strings.size || image.data[sections.strings.start] ||
	    image.data[sections.strings.start + sections.strings.size - 1])
		return (struct bytes){};
	end = sections.strings.start + sections.strings.size;
	types_end = sections.types.start + sections.types.size;
	layout_end = sections.layout.start + sections.layout.size;
	end = types_end > end ? types_end : end;
	end = layout_end > end ? layout_end : end;
	return (struct bytes){ image.data, end };
}

/* Keeps the largest candidates, in descending order. */
static void add_candidate(struct bytes *candidates, size_t *count, struct bytes candidate)
{
	size_t i = *count;

	if (i < CANDIDATES_MAX)
		++*count;
	else if (candidates[--i].size >= candidate.size)
		return;
	for (; i && candidates[i - 1].size < candidate.size; i--)
		candidates[i] = candidates[i - 1];
	candidates[i] = candidate;
}

static void find_candidates(struct image_search *search, struct bytes image,
			    const uint8_t start[HEADER_START_SIZE],
			    struct bytes candidates[CANDIDATES_MAX], size_t *count)
{
	struct foreign foreign = foreign_walk(&search->foreign_rules, image);
	struct bytes rest = image;
	const uint8_t *at;

	while (rest.size && (at = memmem(rest.data, rest.size, start, HEADER_START_SIZE))) {
		size_t offset = (size_t)(at - image.data);
		size_t skip_to = foreign_end(&foreign, offset);

		rest = bytes_clip(image, offset, SIZE_MAX);
		if (!skip_to) {
			struct bytes candidate = plausible_btf(rest);

			if (candidate.size)
				add_candidate(candidates, count, candidate);
		}
		rest = bytes_clip(image, skip_to ?: offset + 1, SIZE_MAX);
	}
}

static struct rebtf_error *search_btf(struct image_search *search, struct bytes image, bool sure)
{
	struct bytes candidates[CANDIDATES_MAX];
	size_t count = 0;

	for (size_t order = 0; order < 2; order++)
		find_candidates(search, image, header_starts[order], candidates, &count);
	for (size_t i = 0; i < count && !search->sure; i++)
		TRY(try_btf(search, image, candidates[i], sure));
	return NULL;
}

/* ----------------------------------------------------------------------------- compressed parts */

/*
 * Decompresses the stream at the start of @packed and searches its contents. Sets @consumed to the
 * size of the stream.
 */
static struct rebtf_error *search_stream(struct image_search *search, struct bytes packed,
					 enum role role, size_t *consumed)
{
	_cleanup_free_ uint8_t *data = NULL;
	enum codec codec = codec_detect(packed.data, packed.size);
	struct rebtf_error *err;
	size_t size;

	*consumed = 0;
	if (codec == CODEC_NONE || !search->streams_left || !search->output_left ||
	    search->depth == DEPTH_MAX)
		return NULL;
	search->streams_left--;
	err = codec_decompress(codec, packed.data, packed.size, search->output_left, &data, &size,
			       consumed);
	/* A stream that fails also uses up the bytes that it unpacked. */
	search->output_left -= size < search->output_left ? size : search->output_left;
	if (err && err->code == REBTF_ERR_UNSUPPORTED)
		return note_error(&search->not_read, err);
	if (err)
		return error_nomem_only(err);
	TRY(unpacked_take(size));
	search->depth++;
	err = search_image(search, (struct bytes){ data, size }, role);
	search->depth--;
	unpacked_give_back(size);
	return err;
}

static struct rebtf_error *search_streams(struct image_search *search, struct bytes image,
					  enum role role)
{
	/* All first bytes that codec_detect() recognizes. */
	static const bool starts[256] = {
		[0x02] = true, [0x1f] = true, [0x28] = true, ['B'] = true,
		[0x5d] = true, [0xfd] = true, [0x04] = true, [0x89] = true,
	};
	struct foreign foreign = foreign_walk(&search->foreign_rules, image);
	size_t at = 0;

	while (at < image.size && search->streams_left && !search->sure) {
		size_t consumed = 0, skip_to;

		if (!starts[image.data[at]]) {
			at++;
			continue;
		}
		skip_to = foreign_end(&foreign, at);
		if (skip_to) {
			at = skip_to;
			continue;
		}
		TRY(search_stream(search, bytes_clip(image, at, SIZE_MAX), at ? ROLE_ANY : role,
				  &consumed));
		at += consumed ?: 1;
	}
	return NULL;
}

/* -------------------------------------------------------------------------------- known formats */

/*
 * Searches the kernels in a unified kernel image. If that fails, its headers may be wrong: searches
 * the rest except its initrd.
 */
static struct rebtf_error *search_uki(struct image_search *search, struct bytes image,
				      const struct bytes *kernels, size_t count)
{
	size_t rest_count;
	const struct rebtf_btf *before = search->found.btf;
	_cleanup_free_ struct bytes *rest = NULL;

	for (size_t i = 0; i < count && search->found.btf == before && !search->sure; i++)
		TRY(search_image(search, kernels[i], ROLE_KERNEL));
	if (search->found.btf == before && !search->sure) {
		TRY(uki_rest(image, &rest, &rest_count));
		for (size_t i = 0; i < rest_count && !search->sure; i++) {
			if (!search->look)
				TRY(search_btf(search, rest[i], false));
			TRY(search_streams(search, rest[i], ROLE_ANY));
		}
	}
	if ((search->found.btf || search->found.link.form) && !search->found.release[0])
		uki_release(image, search->found.release);
	return NULL;
}

/* Searches each member separately. Fails if two of them contain different kernels. */
static struct rebtf_error *search_members(struct image_search *search, struct bytes archive,
					  struct image_btf *first)
{
	struct tar_member member, first_member = {};
	size_t offset = 0;

	while (tar_next(archive, &offset, &member)) {
		if (tree_loadable_length(member.name))
			continue;
		search->sure = false;
		TRY(search_image(search, member.content, ROLE_ANY));
		if (search->sure && search->look)
			return NULL;
		if (!search->found.btf)
			continue;
		if (!first->btf)
			first_member = member;
		else if (first->size != search->found.size ||
			 memcmp(first->data, search->found.data, first->size))
			return error_new(
				REBTF_ERR_UNSUPPORTED,
				"found several kernels, such as %s and %s: unpack one of them",
				first_member.name, member.name);
		image_btf_release(first);
		*first = take_found(search);
	}
	return NULL;
}

static struct rebtf_error *search_tar(struct image_search *search, struct bytes archive)
{
	_cleanup_image_btf_ struct image_btf before = take_found(search), first = {};
	struct rebtf_error *err;

	search->depth++;
	err = search_members(search, archive, &first);
	search->depth--;
	if (err || search->look)
		return err;
	search->sure = first.btf;
	search->found = first.btf ? first : before;
	*(first.btf ? &first : &before) = (struct image_btf){};
	return NULL;
}

static struct rebtf_error *search_payloads(struct image_search *search, struct bytes image)
{
	struct bytes (*const payloads[])(struct bytes image) = { bzimage_payload, zboot_payload };
	size_t consumed;

	for (size_t i = 0; i < 2 && !search->sure; i++) {
		struct bytes payload = payloads[i](image);

		if (payload.size)
			TRY(search_stream(search, payload, ROLE_KERNEL, &consumed));
	}
	return NULL;
}

/* An unpacked kernel without section headers can have a link, too. */
static void search_link(struct image_search *search, struct bytes image)
{
	if (search->found.btf || search->found.link.form)
		return;
	carrier_link_search(image, &search->found.link);
	if (!search->found.link.form)
		return;
	banner_release(image, search->found.release);
	search->sure = true;
}

static struct rebtf_error *search_image(struct image_search *search, struct bytes image,
					enum role role)
{
	struct bytes kernels[UKI_KERNELS_MAX];
	size_t kernel_count;
	bool over;

	if (role == ROLE_NAMED && !search->look && image_is_btf(image.data, image.size))
		return image_open_named(search, image, image);
	if (role == ROLE_NAMED && rpm_detect(image))
		search->foreign_rules.in_package = true;
	if (search->depth < DEPTH_MAX && tar_detect(image))
		return search_tar(search, image);
	if (elf_detect(image.data, image.size)) {
		TRY(search_elf(search, image, role, &over));
		if (over)
			return NULL;
	}
	/* The kernel inside a unified kernel image is never itself a unified kernel image. */
	kernel_count = role != ROLE_KERNEL ? uki_kernels(image, kernels) : 0;
	if (kernel_count)
		return search_uki(search, image, kernels, kernel_count);
	if (search->look)
		TRY(search->look(search->arg, image, &search->sure));
	if (!search->sure)
		TRY(search_payloads(search, image));
	if (!search->sure && !search->look) {
		TRY(search_btf(search, image, role == ROLE_KERNEL));
		search_link(search, image);
	}
	if (!search->sure)
		TRY(search_streams(search, image, role));
	if ((search->found.btf || search->found.link.form) && !search->found.release[0])
		bzimage_release(image, search->found.release);
	return NULL;
}

/* The error for an image without BTF. */
static struct rebtf_error *nothing_found(const struct image_search *search, size_t size)
{
	if (!search->output_left)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"no BTF found: unpacked data is too large (maximum %zu bytes for a file of this size)",
			codec_output_max(size));
	if (search->not_read)
		return error_new(REBTF_ERR_NO_BTF, "no BTF found, but some data is unreadable: %s",
				 search->not_read->message);
	return error_new(REBTF_ERR_NO_BTF, "no BTF found, neither plain nor compressed%s",
			 search->streams_left ? ""
					      : ": search incomplete (too many compressed files)");
}

static struct image_search start_search(size_t size)
{
	return (struct image_search){
		.output_left = codec_output_max(size),
		.streams_left = STREAMS_MAX,
		.foreign_rules = { .headers_left = SECTION_HEADERS_MAX },
	};
}

struct rebtf_error *image_each_layer(struct bytes image, image_look *look, void *arg)
{
	struct image_search search = start_search(image.size);
	struct rebtf_error *err;

	search.look = look;
	search.arg = arg;
	err = search_image(&search, image, ROLE_NAMED);
	rebtf_error_free(search.not_read);
	return err;
}

struct rebtf_error *image_find_btf(const uint8_t *data, size_t size, const char *name,
				   struct image_btf *found)
{
	struct image_search search = start_search(size);
	struct rebtf_error *err;

	search.name = name;
	err = search_image(&search, (struct bytes){ data, size }, ROLE_NAMED);
	if (!err && !search.found.btf) {
		err = search.problem ?: nothing_found(&search, size);
		search.problem = err == search.problem ? NULL : search.problem;
	}
	rebtf_error_free(search.problem);
	rebtf_error_free(search.not_read);
	if (err && err->code == REBTF_ERR_NO_BTF) {
		found->link = search.found.link;
		memcpy(found->release, search.found.release, RELEASE_SIZE);
	}
	if (err) {
		image_btf_release(&search.found);
		return error_at(err, name, NULL);
	}
	*found = search.found;
	return NULL;
}
