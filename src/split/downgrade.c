/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Downgrades BTF: replaces what an older kernel refuses by what it accepts. Each type keeps its id, and
 * each string its offset. So BTF that is split from it, .BTF_ids and .BTF.ext stay valid, and a kernel
 * and its modules can be downgraded each by itself. The rules of kernels are those of the verifier.
 *
 * libbpf makes similar replacements in the BTF of programs, when it loads them into such kernels.
 */
#include <stdlib.h>

#include "btf/build.h"
#include "btf/reference.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"
#include "verify/verify.h"

/* The most elements of a type before Linux 7.2. */
#define ELEMENTS_OLD_MAX 0xffffu
/* The bits of info that count more. */
#define ELEMENTS_NEW 0xff0000u

struct downgrade {
	const struct rebtf_btf *btf;
	const struct kernel_rules *rules;
	const struct rebtf_downgrade_options *options;
	struct rebtf_builder *b;
	/* By id: the type below TYPE_TAGs, plus 1; 0: not known yet. */
	uint32_t *below_left_out; /* that are left out */
	uint32_t *below_all;
};

static uint32_t downgrade_info(uint32_t kind, bool kind_flag, uint32_t vlen)
{
	return (uint32_t)kind_flag << 31 | kind << 24 | vlen;
}

static void downgrade_note(const struct downgrade *d, enum rebtf_downgrade_change change,
			   uint32_t id, const struct rebtf_type *t, uint32_t left_out)
{
	const struct rebtf_downgraded note = {
		.change = change,
		.id = id,
		.kind = t ? rebtf_type_kind(t) : REBTF_KIND_VOID,
		.name = t ? btf_string(d->btf, t->name_off) : "",
		.left_out = left_out,
	};

	if (d->options->note)
		d->options->note(d->options->note_arg, &note);
}

const char *rebtf_downgrade_change_name(enum rebtf_downgrade_change change)
{
	static const char *const names[] = {
		[REBTF_DOWNGRADE_LEFT_OUT] = "left_out",
		[REBTF_DOWNGRADE_CONVERTED] = "converted",
		[REBTF_DOWNGRADE_SHORTENED] = "shortened",
		[REBTF_DOWNGRADE_TAG_BEHIND] = "tags_left_out",
		[REBTF_DOWNGRADE_LAYOUT] = "layout_left_out",
		[REBTF_DOWNGRADE_INLINE] = "inline_left_out",
	};

	return (size_t)change < sizeof(names) / sizeof(names[0]) ? names[change] : "unknown";
}

/* ----------------------------------------------------------------------------------------- tags */

static bool downgrade_drops_tag(const struct downgrade *d, const struct rebtf_type *t)
{
	return rebtf_type_kind(t) > d->rules->last_kind ||
	       (rebtf_type_kind_flag(t) && !d->rules->flagged_tags);
}

/* Whether references skip the type, which is a TYPE_TAG. */
static bool downgrade_skips(const struct downgrade *d, const uint32_t *below,
			    const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_TYPE_TAG &&
	       (below == d->below_all || downgrade_drops_tag(d, t));
}

/*
 * Returns the first type of the chain from @id that references do not skip. It is remembered for all
 * tags of the chain. No chain of tags leads back to itself: check.c refuses that.
 */
static uint32_t downgrade_below(const struct downgrade *d, uint32_t *below, uint32_t id)
{
	const struct rebtf_type *t;
	uint32_t end = id;

	while (!below[end] && downgrade_skips(d, below, t = btf_type(d->btf, end)))
		end = t->type;
	end = below[end] ? below[end] - 1 : end;
	for (; id != end && !below[id]; id = t->type) {
		t = btf_type(d->btf, id);
		below[id] = end + 1;
	}
	return end;
}

struct downgrade_reference {
	const struct downgrade *d;
	uint32_t *below;
};

static uint32_t downgrade_map_id(const void *arg, uint32_t id)
{
	const struct downgrade_reference *reference = arg;

	return downgrade_below(reference->d, reference->below, id);
}

/* Makes the references of own type @id, which was just added, skip tags. */
static void downgrade_references(const struct downgrade *d, uint32_t id)
{
	struct rebtf_type *t = builder_type(d->b, id);
	const struct downgrade_reference reference = { d, d->below_left_out };
	uint32_t kind = rebtf_type_kind(t), target;

	map_ids(t, downgrade_map_id, &reference);
	if (!d->rules->tags_first || kind_layout(kind)->family != FAMILY_ALIAS ||
	    kind == REBTF_KIND_TYPE_TAG)
		return;
	target = downgrade_below(d, d->below_all, t->type);
	if (target == t->type)
		return;
	t->type = target;
	downgrade_note(d, REBTF_DOWNGRADE_TAG_BEHIND, id, btf_type(d->btf, id), 0);
}

/* ---------------------------------------------------------------------------------------- types */

/* An unnamed pointer to void is the smallest type that each kernel accepts. */
static void downgrade_leave_out(const struct downgrade *d, uint32_t id, const struct rebtf_type *t)
{
	const struct rebtf_type pointer = { .info = downgrade_info(REBTF_KIND_PTR, false, 0) };

	builder_add(d->b, &pointer, sizeof(pointer));
	downgrade_note(d, REBTF_DOWNGRADE_LEFT_OUT, id, t, 0);
}

/* libbpf replaces a FLOAT by such a struct, too. It has no name, because C has none for it. */
static void downgrade_float(const struct downgrade *d, uint32_t id, const struct rebtf_type *t)
{
	const struct rebtf_type structure = {
		.info = downgrade_info(REBTF_KIND_STRUCT, false, 0),
		.size = t->size,
	};

	builder_add(d->b, &structure, sizeof(structure));
	downgrade_note(d, REBTF_DOWNGRADE_CONVERTED, id, t, 0);
}

/* Readers of an ENUM without the kind flag take its values for signed. */
static bool downgrade_value_fits(const struct rebtf_type *t, const struct rebtf_enum64 *e)
{
	int64_t value = rebtf_enum64_value(e);

	return value == (int32_t)value && (value >= 0 || rebtf_type_kind_flag(t));
}

/* The most elements that a type may have. */
static uint32_t downgrade_room(const struct downgrade *d)
{
	return d->rules->info_mask & ELEMENTS_NEW ? UINT32_MAX : ELEMENTS_OLD_MAX;
}

static void downgrade_enum64(const struct downgrade *d, uint32_t id, const struct rebtf_type *t)
{
	const struct rebtf_type head = {
		.name_off = t->name_off,
		.info = downgrade_info(REBTF_KIND_ENUM, false, 0),
		.size = t->size,
	};
	const struct rebtf_enum64 *e = rebtf_enums64(t);
	uint32_t count = rebtf_type_vlen(t), room = downgrade_room(d), kept = 0;
	struct rebtf_enum *value;

	if (room > count)
		room = count;
	if (!builder_add(d->b, &head, sizeof(head)))
		return;
	value = (struct rebtf_enum *)builder_extend(d->b, room * sizeof(*value));
	if (!value)
		return;
	for (uint32_t i = 0; i < count && kept < room; i++) {
		if (downgrade_value_fits(t, &e[i]))
			value[kept++] = (struct rebtf_enum){ e[i].name_off, e[i].val_lo32 };
	}
	d->b->types.size -= (room - kept) * sizeof(*value);
	builder_type(d->b, id)->info = downgrade_info(REBTF_KIND_ENUM, false, kept);
	downgrade_note(d, REBTF_DOWNGRADE_CONVERTED, id, t, count - kept);
}

/* Adds @t with no more elements and flags than the kernel accepts. */
static void downgrade_plain(const struct downgrade *d, uint32_t id, const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t), vlen = rebtf_type_vlen(t), left_out = 0;
	bool flag = rebtf_type_kind_flag(t);
	bool loses_flag = flag && kind == REBTF_KIND_ENUM && !d->rules->signed_enums;
	struct rebtf_type *added;

	if (vlen > downgrade_room(d))
		left_out = vlen - downgrade_room(d);
	added = builder_add(d->b, t,
			    builder_type_size(t) - (size_t)left_out * layout_of(t)->elem_size);
	if (!added)
		return;
	added->info = downgrade_info(kind, flag && !loses_flag, vlen - left_out);
	if (left_out || loses_flag)
		downgrade_note(d, left_out ? REBTF_DOWNGRADE_SHORTENED : REBTF_DOWNGRADE_CONVERTED,
			       id, t, left_out);
}

static void downgrade_type(const struct downgrade *d, uint32_t id)
{
	const struct rebtf_type *t = btf_type(d->btf, id);
	uint32_t kind = rebtf_type_kind(t);
	bool is_tag = kind == REBTF_KIND_DECL_TAG || kind == REBTF_KIND_TYPE_TAG;

	if (kind == REBTF_KIND_ENUM64 && kind > d->rules->last_kind)
		downgrade_enum64(d, id, t);
	else if (kind == REBTF_KIND_FLOAT && kind > d->rules->last_kind)
		downgrade_float(d, id, t);
	else if (kind > d->rules->last_kind || (is_tag && downgrade_drops_tag(d, t)) ||
		 (kind == REBTF_KIND_DATASEC && !rebtf_type_vlen(t) && !d->rules->empty_sections))
		downgrade_leave_out(d, id, t);
	else
		downgrade_plain(d, id, t);
}

/* --------------------------------------------------------------------------------------- objects */

static struct rebtf_error *downgrade_check(const struct rebtf_btf *btf,
					   const struct rebtf_btf *base)
{
	const struct rebtf_btf *own = btf->base;

	if (!base != !own || (base && (base->big_endian != own->big_endian ||
				       rebtf_btf_type_count(base) != btf->start_id ||
				       rebtf_btf_string_end(base) != btf->start_string)))
		return error_new(
			REBTF_ERR_ARGUMENT,
			"cannot downgrade over another base (expected the BTF's own base, downgraded or not)");
	/*
	 * Opening split BTF checks only its last types at first, so that without tags other types would
	 * be the last.
	 */
	if (base)
		TRY(reference_find_odd(btf));
	for (; btf; btf = btf->base)
		TRY(btf_require_known_kinds(btf, "downgrade"));
	return NULL;
}

/* Checks that the kernel accepts the result as its own BTF or a module's. */
static struct rebtf_error *downgrade_verify(const struct rebtf_btf *btf, const char *kernel)
{
	REBTF_OPTIONS(rebtf_verify_options, options, .kernel = kernel, .kernel_btf = true,
		      .limit = 1);
	struct rebtf_violations *violations = NULL;
	_cleanup_free_ void *data = NULL;
	struct rebtf_error *err = NULL;
	size_t size;

	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	TRY(rebtf_verify(data, size, NULL, btf->base, &options, &violations));
	if (rebtf_violations_count(violations)) {
		const struct rebtf_error *first = rebtf_violations_at(violations, 0);

		err = error_new(REBTF_ERR_UNSUPPORTED,
				"cannot downgrade: Linux %s would still refuse type [%u] '%s': %s",
				kernel, rebtf_error_type_id(first),
				rebtf_error_type_name(first) ?: "", rebtf_error_message(first));
	}
	rebtf_violations_free(violations);
	return err;
}

/* Makes the object. */
static struct rebtf_error *downgrade_build(struct downgrade *d, struct rebtf_btf *base,
					   struct rebtf_btf **downgraded)
{
	const struct rebtf_btf *btf = d->btf;
	uint32_t end = rebtf_btf_type_count(btf);
	struct rebtf_builder b;
	struct rebtf_error *err;

	builder_start_like(&b, base, btf, "downgrade");
	d->b = &b;
	if (!d->rules->layout_section) {
		b.like = NULL;
		if (btf->layout)
			downgrade_note(d, REBTF_DOWNGRADE_LAYOUT, 0, NULL, 0);
	}
	builder_make_room_like(&b, btf, 0);
	builder_keep_strings(&b, btf);
	for (uint32_t id = btf->start_id; id < end && !b.err; id++) {
		downgrade_type(d, id);
		if (!b.err)
			downgrade_references(d, id);
	}
	err = builder_assemble(&b, downgraded);
	builder_release(&b);
	return err;
}

struct rebtf_error *rebtf_downgrade(const struct rebtf_btf *btf, struct rebtf_btf *base,
				    const struct rebtf_downgrade_options *options,
				    struct rebtf_btf **downgraded)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	_cleanup_free_ uint32_t *below = NULL;
	struct rebtf_downgrade_options all;
	struct downgrade d = { .btf = btf, .options = &all };
	size_t count = rebtf_btf_type_count(btf);

	TRY(OPTIONS_COPY(rebtf_downgrade_options, &all, options));
	if (!all.kernel)
		return error_new(REBTF_ERR_ARGUMENT, "cannot downgrade without a version of Linux");
	TRY(kernel_rules_find(all.kernel, &d.rules));
	TRY(downgrade_check(btf, base));
	below = calloc(2 * count, sizeof(*below));
	if (!below)
		return error_nomem();
	d.below_left_out = below;
	d.below_all = below + count;
	TRY(downgrade_build(&d, base, &result));
	TRY(downgrade_verify(result, all.kernel));
	*downgraded = take_ptr(&result);
	return NULL;
}
