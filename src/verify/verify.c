/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Would a kernel take this BTF? The frame of the verifier (see verify.h): the rules of each version,
 * header and strings, and the order of the passes. It works on bytes that nobody has looked at, as
 * what rebtf_open() refuses needs a verdict, too, and sees as little of rebtf's other parts as can
 * be, so that it can judge their work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf/header.h"
#include "btf/pointer_size.h"
#include "verify/verify.h"
#include "util/cleanup.h"
#include "util/error.h"

#define FAIL(...) return error_new(REBTF_ERR_FORMAT, __VA_ARGS__)

/* Bits 16 to 23, 29 and 30 of info mean something since Linux 7.2 alone. */
#define INFO_MASK_OLD 0x9f00ffffu

#define RULES_6_12                                                                                 \
	.info_mask = INFO_MASK_OLD, .tags_first = true, .printable_section = true, .records = true
#define RULES_7_2                                                                                  \
	.info_mask = UINT32_MAX, .printable_section = true, .flagged_tags = true,                  \
	.layout_section = true, .records = true, .res_spin_lock = true, .uptr = true,              \
	.one_in_all = true, .one_refcount = true

/* In the order of versions. Updates got some rules long after their version was new. */
static const struct kernel_rules all_rules[] = {
	{ .release = "6.1", .info_mask = INFO_MASK_OLD, .tags_first = true },
	{ .release = "6.12", RULES_6_12 },
	{ .release = "6.12.110", RULES_6_12, .one_in_all = true },
	{ .release = "6.12.112", RULES_6_12, .one_in_all = true, .owner_levels = true },
	{ .release = "6.12.114",
	  RULES_6_12,
	  .one_in_all = true,
	  .owner_levels = true,
	  .one_refcount = true },
	{ .release = "6.18",
	  RULES_6_12,
	  .flagged_tags = true,
	  .res_spin_lock = true,
	  .uptr = true },
	{ .release = "7.2", RULES_7_2 },
	{ .release = "7.2.9", RULES_7_2, .owner_levels = true },
};

#define RULES_COUNT (sizeof(all_rules) / sizeof(all_rules[0]))

/* The kernel's BTF_MAX_SIZE, for what programs load. */
#define LARGEST_FILE (16u << 20)

/* ----------------------------------------------------------------------------------------- rules */

/*
 * A number by which versions sort. Of "6.12.117+deb12-amd64", three parts count; where there are but
 * two, @update is the third.
 */
static bool parse_release(const char *release, unsigned int update, uint64_t *version)
{
	unsigned int major, minor;

	if (sscanf(release, "%5u.%5u.%5u", &major, &minor, &update) < 2)
		return false;
	*version = (uint64_t)major << 40 | (uint64_t)minor << 20 | update;
	return true;
}

struct rebtf_error *kernel_rules_find(const char *release, const struct kernel_rules **rules)
{
	uint64_t wanted, version;

	*rules = &all_rules[RULES_COUNT - 1];
	if (!release)
		return NULL;
	/* "6.12" stands for its newest update. */
	if (!parse_release(release, 99999, &wanted))
		return error_new(REBTF_ERR_ARGUMENT, "'%s' is no version of Linux, such as 6.12",
				 release);
	*rules = NULL;
	for (size_t i = 0; i < RULES_COUNT; i++) {
		if (parse_release(all_rules[i].release, 0, &version) && version <= wanted)
			*rules = &all_rules[i];
	}
	if (!*rules)
		return error_new(REBTF_ERR_ARGUMENT,
				 "Linux %s is older than %s, the oldest whose rules are known",
				 release, all_rules[0].release);
	return NULL;
}

/* -------------------------------------------------------------------------- what the passes share */

struct rebtf_error *note_violation(struct verifier *v, uint32_t id, struct rebtf_error *err)
{
	struct rebtf_violations *noted = v->noted;

	if (err->code == REBTF_ERR_NOMEM)
		return err;
	if (id != REBTF_NO_TYPE && id - v->start_id < v->own_count) {
		const struct rebtf_type *t = verifier_type(v, id);
		const char *string = verifier_string(v, t->name_off) ?: "";
		char name[LONGEST_NAME + 1];

		/* A string can have megabytes, and each type the same one. */
		snprintf(name, sizeof(name), "%.*s", LONGEST_NAME, string);
		error_at_type(err, id, rebtf_kind_name(rebtf_type_kind(t)), name);
		v->state[id - v->start_id] = RESOLVE_FAILED;
	} else if (id != REBTF_NO_TYPE) {
		error_at_type(err, id, NULL, NULL);
	}
	/* There is room for a power of two of them. */
	if (!(noted->count & (noted->count - 1))) {
		struct rebtf_error **longer = reallocarray(noted->errors,
							   noted->count ? noted->count * 2 : 1,
							   sizeof(*longer));

		if (!longer) {
			rebtf_error_free(err);
			return error_nomem();
		}
		noted->errors = longer;
	}
	noted->errors[noted->count++] = err;
	return NULL;
}

bool has_enough(const struct verifier *v)
{
	return v->limit && v->noted->count >= v->limit;
}

const struct rebtf_type *verifier_type(const struct verifier *v, uint32_t id)
{
	static const struct rebtf_type void_type;

	if (!id)
		return &void_type;
	if (id < v->start_id)
		return rebtf_type_by_id(v->base, id);
	if (id - v->start_id >= v->own_count)
		return NULL;
	return (const struct rebtf_type *)(v->types + v->places[id - v->start_id]);
}

const char *verifier_string(const struct verifier *v, uint32_t off)
{
	if (off > LARGEST_STRING_OFFSET)
		return NULL;
	if (off < v->start_string)
		return rebtf_string(v->base, off);
	off -= v->start_string;
	return off < v->strings_size ? v->strings + off : NULL;
}

/* As the kernel sees characters, which is as Latin-1; a dot counts as a letter, too. */
static bool is_letter(unsigned char c)
{
	if (c >= 0xc0)
		return c != 0xd7 && c != 0xf7;
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

static bool is_printable(unsigned char c)
{
	return (c >= ' ' && c <= '~') || c >= 0xa0;
}

bool is_identifier(const char *name)
{
	size_t i;

	if (!is_letter(name[0]))
		return false;
	for (i = 1; name[i] && i < LONGEST_NAME; i++) {
		if (!is_letter(name[i]) && (name[i] < '0' || name[i] > '9'))
			return false;
	}
	return !name[i];
}

bool is_section_name(const struct verifier *v, const char *name)
{
	size_t i;

	if (!v->rules->printable_section)
		return is_identifier(name);
	for (i = 0; name[i] && i < LONGEST_NAME; i++) {
		if (!is_printable(name[i]))
			return false;
	}
	return i && !name[i];
}

/* ---------------------------------------------------------------------------------------- header */

static uint32_t header_size(const struct verifier *v)
{
	return v->rules->layout_section ? HEADER_SIZE_LAYOUT : HEADER_SIZE;
}

/* Whether the header is long enough to name a layout section, and does. */
static bool has_layout(const struct verifier *v, const struct btf_header *h)
{
	return v->rules->layout_section && h->hdr_len >= HEADER_SIZE_LAYOUT && h->layout_len;
}

/* A header may be shorter than kernels know it: what it does not have is 0. */
static struct rebtf_error *read_header(const struct verifier *v, const uint8_t *data, size_t size,
				       struct btf_header *h, bool *swapped)
{
	uint32_t known = header_size(v);

	*h = (struct btf_header){};
	if (size < offsetof(struct btf_header, type_off))
		FAIL("%zu bytes are too few for a BTF header", size);
	memcpy(h, data, offsetof(struct btf_header, type_off));
	*swapped = h->magic == __builtin_bswap16(BTF_MAGIC);
	if (*swapped)
		h->hdr_len = __builtin_bswap32(h->hdr_len);
	if (h->hdr_len > size)
		FAIL("the header says it has %u bytes, and there are %zu", h->hdr_len, size);
	for (uint32_t i = known; i < h->hdr_len; i++) {
		if (data[i])
			FAIL("header byte %u is 0x%02x, and Linux %s knows no meaning for it", i,
			     data[i], v->rules->release);
	}
	known = h->hdr_len < known ? h->hdr_len : known;
	*h = (struct btf_header){};
	memcpy(h, data, known);
	if (*swapped) {
		h->magic = __builtin_bswap16(h->magic);
		swap_types(&h->hdr_len, sizeof(*h) - offsetof(struct btf_header, hdr_len));
	}
	return NULL;
}

static struct rebtf_error *check_header(const struct verifier *v, const struct btf_header *h,
					size_t size, bool big_endian)
{
	if (h->magic != BTF_MAGIC)
		FAIL("not BTF: it starts with 0x%04x instead of 0x%04x", h->magic, BTF_MAGIC);
	if (v->base && rebtf_big_endian(v->base) != big_endian)
		FAIL("it is %s-endian, and its base is not", big_endian ? "big" : "little");
	if (h->version != BTF_VERSION)
		FAIL("BTF version %u: kernels know version %u alone", h->version, BTF_VERSION);
	if (h->flags)
		FAIL("header flags 0x%02x: kernels know none", h->flags);
	if (!v->base && size == h->hdr_len)
		FAIL("there is nothing behind the header");
	return NULL;
}

struct named_span {
	const char *name;
	uint32_t off;
	uint32_t len;
};

static int compare_spans(const void *a, const void *b)
{
	const struct named_span *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->len < y->len ? -1 : x->len > y->len;
}

/* Sections follow one another, in any order, without a gap, up to the end. */
static struct rebtf_error *check_sections(const struct verifier *v, const struct btf_header *h,
					  size_t size)
{
	struct named_span spans[] = {
		{ "type section", h->type_off, h->type_len },
		{ "string section", h->str_off, h->str_len },
		{ "layout section", h->layout_off, h->layout_len },
	};
	size_t count = has_layout(v, h) ? 3 : 2, left = size - h->hdr_len;
	uint32_t end = 0;

	qsort(spans, count, sizeof(spans[0]), compare_spans);
	for (size_t i = 0; i < count; i++) {
		const struct named_span *s = &spans[i];

		if (s->off > end)
			FAIL("the %s is at offset %u, and what is before it ends at %u", s->name,
			     s->off, end);
		if (s->off < end)
			FAIL("the %s is at offset %u, inside the section before it, which ends at %u",
			     s->name, s->off, end);
		if (s->len > left - end)
			FAIL("the %s of %u bytes at offset %u ends after the file", s->name, s->len,
			     s->off);
		end += s->len;
	}
	if (end != left)
		FAIL("%zu bytes are in no section", left - end);
	return NULL;
}

static struct rebtf_error *check_strings(const struct verifier *v, const struct btf_header *h,
					 const char *strings, size_t left)
{
	if (h->hdr_len < header_size(v) || !v->rules->layout_section) {
		if (left != (size_t)h->str_off + h->str_len)
			FAIL("the string section is not the last one");
	}
	if (v->base && !h->str_len)
		return NULL;
	if (!h->str_len)
		FAIL("there is no string section");
	if (h->str_len - 1 > LARGEST_STRING_OFFSET)
		FAIL("the string section has %u bytes: at most %u are possible", h->str_len,
		     LARGEST_STRING_OFFSET + 1);
	if (strings[h->str_len - 1])
		FAIL("the string section does not end with a NUL");
	if (!v->base && strings[0])
		FAIL("the string section does not start with an empty string");
	return NULL;
}

static struct rebtf_error *check_layout(const struct verifier *v, const struct btf_header *h)
{
	if (!has_layout(v, h))
		return NULL;
	if (h->layout_off % 4 || h->layout_len % 4)
		FAIL("layout section of %u bytes at offset %u: both must be multiples of 4",
		     h->layout_len, h->layout_off);
	return NULL;
}

static struct rebtf_error *check_frame(struct verifier *v, const uint8_t *data, size_t size,
				       struct btf_header *h, bool *swapped)
{
	const uint8_t *sections;

	if (!v->kernel_btf && size > LARGEST_FILE)
		FAIL("%zu bytes: kernels take %u from programs", size, LARGEST_FILE);
	TRY(read_header(v, data, size, h, swapped));
	TRY(check_header(v, h, size, *swapped != HOST_BIG_ENDIAN));
	TRY(check_sections(v, h, size));
	sections = data + h->hdr_len;
	v->strings = (const char *)sections + h->str_off;
	v->strings_size = h->str_len;
	TRY(check_strings(v, h, v->strings, size - h->hdr_len));
	/* Kernels do not look at these in their own BTF. */
	if (v->kernel_btf)
		return NULL;
	TRY(check_layout(v, h));
	if (h->type_off % 4)
		FAIL("type section at offset %u, which is no multiple of 4", h->type_off);
	if (!v->base && !h->type_len)
		FAIL("there are no types");
	return NULL;
}

/* ---------------------------------------------------------------------------------------- passes */

/* A copy of the types, which in the bytes may stand at any address and in the other byte order. */
static struct rebtf_error *copy_types(struct verifier *v, const uint8_t *types, uint32_t size,
				      bool swapped)
{
	size_t most = size / sizeof(struct rebtf_type) + 1;

	v->types_size = size;
	v->types = malloc((size_t)size + 4);
	v->state = calloc(most, sizeof(*v->state));
	v->final = calloc(most, sizeof(*v->final));
	v->tags = calloc(most, sizeof(*v->tags));
	v->array_size = calloc(most, sizeof(*v->array_size));
	if (!v->types || !v->state || !v->final || !v->tags || !v->array_size)
		return error_nomem();
	memcpy(v->types, types, size);
	if (swapped)
		swap_types(v->types, size);
	return NULL;
}

/* The size of pointers that the BTF's own types tell; 0 if none does. */
static uint32_t own_pointer_size(const struct verifier *v)
{
	unsigned int best = UINT32_MAX;
	uint32_t found = 0;

	for (uint32_t i = 0; i < v->own_count && best; i++) {
		const struct rebtf_type *t = verifier_type(v, v->start_id + i);
		const char *name = verifier_string(v, t->name_off) ?: "";
		unsigned int rank;
		uint32_t size = pointer_size_from(t, name, &rank);

		if (!size || rank >= best)
			continue;
		found = size;
		best = rank;
	}
	return found;
}

/* The kernel that the BTF is for tells the size of its pointers; otherwise the BTF itself does. */
static void find_pointer_size(struct verifier *v)
{
	if (v->base)
		v->pointer_size = pointer_size(v->base);
	if (!v->pointer_size && v->kernel_types)
		v->pointer_size = pointer_size(v->kernel_types);
	if (!v->pointer_size)
		v->pointer_size = own_pointer_size(v);
	v->guesses_pointers = !v->pointer_size;
	if (v->guesses_pointers)
		v->pointer_size = 8;
}

static struct rebtf_error *verify(struct verifier *v, const uint8_t *data, size_t size)
{
	struct btf_header h;
	struct rebtf_error *err;
	bool swapped, whole;

	err = check_frame(v, data, size, &h, &swapped);
	if (err)
		return note_violation(v, REBTF_NO_TYPE, err);
	TRY(copy_types(v, data + h.hdr_len + h.type_off, h.type_len, swapped));
	TRY(verify_shapes(v, &whole));
	if (!whole)
		return NULL;
	if (!v->pointer_size)
		find_pointer_size(v);
	if (!v->kernel_btf)
		TRY(verify_references(v));
	TRY(verify_chains(v));
	/* Its rules stand on all others. */
	return v->kernel_btf || v->noted->count ? NULL : verify_specials(v);
}

void rebtf_violations_free(struct rebtf_violations *violations)
{
	for (size_t i = 0; i < violations->count; i++)
		rebtf_error_free(violations->errors[i]);
	free(violations->errors);
	*violations = (struct rebtf_violations){};
}

/*
 * Verifies as if pointers had @pointer_size bytes; 0: as many as the BTF tells. @guessed: whether it
 * did not tell. @found is to be freed, whatever comes out.
 */
static struct rebtf_error *verify_once(const void *data, size_t size, struct rebtf_btf *base,
				       const struct rebtf_verify_options *options,
				       uint32_t pointer_size, struct rebtf_violations *found,
				       bool *guessed)
{
	struct verifier v = {
		.kernel_btf = options->kernel_btf,
		.limit = options->limit,
		.noted = found,
		.kernel_types = options->kernel_types,
		.pointer_size = pointer_size,
		.base = base,
		.start_id = base ? rebtf_type_count(base) : 1,
		.start_string = base ? rebtf_string_end(base) : 0,
	};
	struct rebtf_error *err;

	TRY(kernel_rules_find(options->kernel, &v.rules));
	err = verify(&v, data, size);
	*guessed = v.guesses_pointers;
	free(v.types);
	free(v.places);
	free(v.state);
	free(v.final);
	free(v.tags);
	free(v.array_size);
	free(v.base_final);
	free(v.base_arrays);
	return err;
}

/*
 * Where nothing tells the size of pointers, the verdict holds if it is the same for both sizes.
 * Smaller pointers break no rule that larger ones keep, so only a refusal is in doubt.
 */
static struct rebtf_error *verify_both(const void *data, size_t size, struct rebtf_btf *base,
				       const struct rebtf_verify_options *options,
				       struct rebtf_violations *found)
{
	struct rebtf_violations other = {};
	struct rebtf_error *err;
	bool guessed;

	TRY(verify_once(data, size, base, options, options->pointer_size, found, &guessed));
	if (!guessed || !found->count)
		return NULL;
	err = verify_once(data, size, base, options, 4, &other, &guessed);
	if (!err && !other.count) {
		found->only_64_bit = true;
	} else if (!err) {
		/* These hold whatever the size is. */
		struct rebtf_violations swapped = *found;

		*found = other;
		other = swapped;
	}
	rebtf_violations_free(&other);
	return err;
}

struct rebtf_error *rebtf_verify(const void *data, size_t size, const char *name,
				 struct rebtf_btf *base, const struct rebtf_verify_options *options,
				 struct rebtf_violations *violations)
{
	static const struct rebtf_verify_options first_alone = { .limit = 1 };
	struct rebtf_violations found = {};
	struct rebtf_error *err;

	options = options ?: &first_alone;
	if (options->pointer_size && !pointer_size_is_valid(options->pointer_size))
		return error_new(REBTF_ERR_ARGUMENT, "pointers of %u bytes (expected 4 or 8)",
				 options->pointer_size);
	err = verify_both(data, size, base, options, &found);
	if (err) {
		rebtf_violations_free(&found);
		return err;
	}
	for (size_t i = 0; i < found.count; i++)
		error_at(found.errors[i], name, NULL);
	*violations = found;
	return NULL;
}
