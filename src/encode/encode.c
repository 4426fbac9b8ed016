/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Runs the steps of the encoder, and distributes units to threads. */
#include <stdio.h>
#include <stdlib.h>

#include "encode/condense.h"
#include "encode/encode.h"
#include "encode/encoding.h"
#include "graph/dedup.h"
#include "split/inlined.h"
#include "util/cleanup.h"
#include "util/order.h"
#include "util/parallel.h"

void encode_report_release(struct encode_report *report)
{
	encode_skip_vector_release(&report->skips);
	for (size_t i = 0; i < report->losses.count; i++)
		free(report->losses.items[i].text);
	encode_loss_vector_release(&report->losses);
	fates_release(&report->fates);
	*report = (struct encode_report){};
}

static void encoding_release(struct encoding *e)
{
	for (uint32_t i = 0; e->lists && i < encoding_unit_count(e); i++)
		unit_list_release(&e->lists[i]);
	for (uint32_t i = 0; i < e->worker_count; i++) {
		struct encode_worker *worker = &e->workers[i];

		unit_reader_release(&worker->reader);
		unit_functions_free(worker->functions);
		unit_sites_free(worker->sites);
		node_store_free(worker->store);
		unit_types_release(&worker->types);
		rebtf_error_free(worker->err);
	}
	declarations_release(&e->declarations);
	sites_release(&e->sites);
	free(e->lists);
	free(e->workers);
	remotes_release(e);
	dwarf_unit_vector_release(&e->units);
	dwarf_unit_vector_release(&e->supplementary);
}

static void encode_cleanup_store(struct node_store **store)
{
	node_store_free(*store);
}

static void encode_cleanup_condense(struct condense **condense)
{
	condense_free(*condense);
}

/* --- reading units */

static bool encode_has_language(const uint16_t *languages, size_t count, uint16_t language)
{
	for (size_t i = 0; i < count; i++) {
		if (languages[i] == language)
			return true;
	}
	return false;
}

static bool encode_is_excluded(const struct encoding *e, uint16_t language)
{
	const struct encode_options *o = e->options;

	return encode_has_language(o->languages, o->language_count, language) ||
	       (o->only_count && !encode_has_language(o->only, o->only_count, language));
}

struct rebtf_error *encoding_read_unit(struct encoding *e, uint32_t unit, uint32_t number,
				       bool again)
{
	struct encode_worker *worker = &e->workers[number];
	struct unit_types *types = &worker->types;
	bool supplementary = unit >= e->units.count;
	const struct dwarf_unit *header = supplementary
						  ? &e->supplementary.items[unit - e->units.count]
						  : &e->units.items[unit];
	const struct dwarf_file *file = &e->object->dwarf;

	TRY(unit_read(&worker->reader, supplementary ? file->supplementary : file, header));
	types->reader = &worker->reader;
	if (encode_is_excluded(e, worker->reader.language)) {
		worker->excluded += !again;
		unit_types_clear(types);
		return NULL;
	}
	types->supplementary = supplementary;
	types->quiet = e->lists[unit].bytes;
	types->functions = again || supplementary ? NULL : worker->functions;
	TRY(unit_types_read(types, &worker->reader, unit));
	if (worker->sites && types->functions)
		TRY(unit_sites_read(worker->sites, types));
	return types->quiet ? NULL
			    : unit_list_make(&e->lists[unit], types->nodes.items,
					     types->nodes.count, number);
}

/* Notes that @unit failed, unless an earlier one did. */
static void encode_note_failure(struct encoding *e, uint32_t unit)
{
	unsigned int known = atomic_load(&e->failed_unit);

	while (unit < known && !atomic_compare_exchange_weak(&e->failed_unit, &known, unit))
		;
}

void encoding_note_error(struct encoding *e, uint32_t unit, uint32_t number,
			 struct rebtf_error *err)
{
	struct encode_worker *worker = &e->workers[number];

	encode_note_failure(e, unit);
	if (worker->err && worker->failed_unit < unit) {
		rebtf_error_free(err);
		return;
	}
	rebtf_error_free(worker->err);
	worker->err = err;
	worker->failed_unit = unit;
}

struct rebtf_error *encoding_first_error(struct encoding *e)
{
	for (uint32_t i = 0; i < e->worker_count; i++) {
		if (e->workers[i].err && e->workers[i].failed_unit == e->failed_unit)
			return take_ptr(&e->workers[i].err);
	}
	return NULL;
}

/*
 * All units before the first one with an error are read. So threads do not decide which error is
 * reported.
 */
static void encode_unit(void *arg, size_t unit, unsigned int number)
{
	struct encoding *e = arg;
	struct rebtf_error *err;

	if (unit > atomic_load(&e->failed_unit))
		return;
	err = encoding_read_unit(e, unit, number, false);
	if (err && node_store_is_over_limit(e->workers[number].store)) {
		rebtf_error_free(err);
		err = error_at(
			error_new(REBTF_ERR_FORMAT,
				  "names start inside each other, and are longer than the file"),
			e->object->dwarf.name, ".debug_str");
	}
	if (err)
		encoding_note_error(e, unit, number, err);
}

/*
 * The maximum size in bytes of all different names: twice that of the sections with names, because a
 * linker lets a string end inside another.
 */
static size_t encode_text_limit(const struct dwarf_file *file)
{
	static const enum dwarf_section_id with_names[] = { DWARF_INFO, DWARF_TYPES, DWARF_STR,
							    DWARF_LINE_STR };
	uint64_t size = 1 << 20;

	for (; file; file = file->supplementary) {
		for (size_t i = 0; i < sizeof(with_names) / sizeof(with_names[0]); i++)
			size += 2 * file->sections[with_names[i]].size;
	}
	return size < SIZE_MAX ? (size_t)size : SIZE_MAX;
}

/* A DIE of a type takes so many bytes on average. Larger files repeat their types. */
#define TYPE_BYTES 64
#define MOST_NODES (1 << 14)

static struct rebtf_error *encode_start_workers(struct encoding *e)
{
	unsigned int jobs = parallel_jobs(e->options->jobs, e->units.count);
	size_t text_limit = encode_text_limit(&e->object->dwarf);
	uint64_t nodes = e->object->dwarf.sections[DWARF_INFO].size / TYPE_BYTES;

	nodes = nodes < MOST_NODES ? nodes : MOST_NODES;

	e->workers = calloc(jobs, sizeof(*e->workers));
	if (!e->workers)
		return error_nomem();
	while (e->worker_count < jobs) {
		/* From now on encoding_release() frees the worker's objects. */
		struct encode_worker *worker = &e->workers[e->worker_count++];

		TRY(node_store_new(&worker->store));
		node_store_limit_text(worker->store, text_limit);
		node_store_reserve(worker->store, nodes, nodes * 2);
		TRY(declarations_collector(&e->declarations, &e->units, &e->supplementary,
					   worker->store, &worker->functions));
		if (e->options->inlined)
			TRY(unit_sites_new(worker->store, e->has_start ? &e->start : NULL,
					   &worker->sites));
		unit_types_init(&worker->types, worker->store, e->options->features);
		if (e->declarations.sections.index.by_address.count)
			unit_types_want_variables(&worker->types);
	}
	return NULL;
}

static struct rebtf_error *encode_read_units(struct encoding *e)
{
	const struct dwarf_file *file = &e->object->dwarf;

	TRY(dwarf_units(file, &e->units));
	if (file->supplementary)
		TRY(dwarf_units(file->supplementary, &e->supplementary));
	e->lists = calloc((size_t)encoding_unit_count(e) + 1, sizeof(*e->lists));
	if (!e->lists)
		return error_nomem();
	TRY(declarations_init(&e->declarations, e->object, e->options->features));
	e->has_start = e->options->inlined && sites_find_start(e->object, &e->start);
	TRY(encode_start_workers(e));
	TRY(parallel_run(e->worker_count, e->units.count, encode_unit, e));
	TRY(encoding_first_error(e));
	return remotes_find(e);
}

/* --- from nodes to BTF */

/* Frees the memory that only reading needs. */
static void encode_release_readers(struct encoding *e)
{
	for (uint32_t i = 0; i < e->worker_count; i++) {
		unit_reader_release(&e->workers[i].reader);
		unit_types_release(&e->workers[i].types);
	}
}

/* Longer names are cut, so that the report stays small. */
#define LOSS_NAME_SIZE 127

/* Which type or member is lost, and why. NULL: out of memory. */
static char *encode_loss_text(const struct loss *loss, const struct node_store *store)
{
	const char *type = node_real_name(node_store_text(store, loss->name));
	const char *member = node_store_text(store, loss->member);
	char *text;
	int length;

	if (!loss->index)
		length = asprintf(&text, "%s '%.*s': a name is not an identifier",
				  rebtf_kind_name(loss->kind), LOSS_NAME_SIZE, type);
	else
		length = asprintf(&text,
				  "%s '%.*s': member '%.*s' has a type or name that BTF cannot "
				  "express",
				  rebtf_kind_name(loss->kind), LOSS_NAME_SIZE,
				  *type ? type : "(anon)", LOSS_NAME_SIZE,
				  *member ? member : "(anon)");
	return length < 0 ? NULL : text;
}

static struct rebtf_error *encode_report_losses(struct encode_report *report,
						const struct losses *losses,
						const struct node_store *store)
{
	uint32_t unit = UINT32_MAX, in_unit = 0;

	if (!report)
		return NULL;
	report->loss_count = losses->list.count;
	for (size_t i = 0; i < losses->list.count; i++) {
		const struct loss *loss = &losses->list.items[i];
		struct encode_loss kept = { .unit = loss->first >> 32 };

		in_unit = kept.unit == unit ? in_unit + 1 : 0;
		unit = kept.unit;
		if (in_unit >= SKIPS_KEPT)
			continue;
		kept.text = encode_loss_text(loss, store);
		if (!kept.text || !encode_loss_vector_append(&report->losses, kept)) {
			free(kept.text);
			return error_nomem();
		}
	}
	return NULL;
}

/* Makes a store of all workers' nodes. Sets one map for each worker. */
static struct rebtf_error *encode_merge_stores(struct encoding *e, struct node_map *maps,
					       struct losses *losses, struct node_store **all)
{
	_cleanup_free_ struct node_store **stores = calloc(e->worker_count, sizeof(*stores));

	if (!stores)
		return error_nomem();
	for (uint32_t i = 0; i < e->worker_count; i++)
		stores[i] = e->workers[i].store;
	if (e->worker_count == 1 && node_merge_is_copy(stores[0])) {
		*all = take_ptr(&e->workers[0].store);
		node_store_limit_text(*all, SIZE_MAX);
		return node_map_same(&maps[0], *all);
	}
	TRY(node_store_new(all));
	return node_merge(stores, e->worker_count, remotes_node, e, *all, maps, losses);
}

/*
 * Hands the functions and variables of the workers over to @e, and frees the workers' lists and
 * stores.
 */
static struct rebtf_error *encode_gather(struct encoding *e, const struct node_map *maps)
{
	for (uint32_t i = 0; i < e->worker_count; i++) {
		struct encode_worker *worker = &e->workers[i];

		TRY(declarations_gather(&e->declarations, worker->functions, &maps[i]));
		unit_functions_free(take_ptr(&worker->functions));
		if (worker->sites)
			TRY(sites_gather(&e->sites, worker->sites, &maps[i]));
		unit_sites_free(take_ptr(&worker->sites));
		node_store_free(take_ptr(&worker->store));
	}
	return NULL;
}

/* Reports on the functions and variables that the options ask for. */
static struct rebtf_error *encode_report_fates(struct encoding *e, const struct node_store *store)
{
	struct fate_vector *fates = e->report ? &e->report->fates : NULL;

	if (fates && e->options->report_skipped)
		TRY(declarations_skipped(&e->declarations, store, fates));
	if (fates && e->options->explain)
		TRY(declarations_explain(&e->declarations, store, e->options->explain, fates));
	return NULL;
}

/* The types that follow belong to the inline BTF. */
static struct rebtf_error *encode_write_sites(struct encoding *e, const struct node_store *store,
					      struct contexts *contexts, struct condense *condense,
					      struct rebtf_builder *builder)
{
	struct type_view view = { store, contexts, 0, e->declarations.rules.pointer_size };

	inlined_add_mark(builder);
	return sites_write(&e->sites, e->object, &view, condense, builder);
}

static struct rebtf_error *encode_write_types(struct encoding *e, struct node_store *store,
					      const struct node_map *maps,
					      struct rebtf_builder *builder)
{
	_cleanup_(contexts_release) struct contexts contexts = {};
	_cleanup_(encode_cleanup_condense) struct condense *condense = NULL;
	uint32_t index_type = condense_index_type(store);

	TRY(contexts_make(&contexts, store, maps, e->lists, encoding_unit_count(e)));
	TRY(condense_new(&contexts, index_type, builder, &condense));
	TRY(declarations_write(&e->declarations, store, &contexts, condense, builder));
	if (e->options->inlined)
		TRY(encode_write_sites(e, store, &contexts, condense, builder));
	return encode_report_fates(e, store);
}

static struct rebtf_error *encode_build_types(struct encoding *e, struct node_map *maps,
					      struct rebtf_btf **btf)
{
	_cleanup_(encode_cleanup_store) struct node_store *all = NULL;
	_cleanup_(losses_release) struct losses losses = {};
	struct rebtf_builder *builder;
	struct rebtf_error *err;

	TRY(encode_merge_stores(e, maps, &losses, &all));
	TRY(encode_report_losses(e->report, &losses, all));
	TRY(encode_gather(e, maps));
	TRY(rebtf_builder_new(e->options->base, &builder));
	rebtf_builder_set_byte_order(builder, e->object->dwarf.big_endian
						      ? REBTF_BYTE_ORDER_BIG
						      : REBTF_BYTE_ORDER_LITTLE);
	rebtf_builder_set_layout(builder, e->options->features & ENCODE_LAYOUT
						  ? REBTF_LAYOUT_WITH
						  : REBTF_LAYOUT_WITHOUT);
	err = encode_write_types(e, all, maps, builder);
	if (!err)
		return rebtf_builder_finish(builder, btf);
	rebtf_builder_free(builder);
	return err;
}

static struct rebtf_error *encode_merge_and_build(struct encoding *e, struct rebtf_btf **btf)
{
	struct node_map *maps = calloc(e->worker_count, sizeof(*maps));
	struct rebtf_error *err = maps ? encode_build_types(e, maps, btf) : error_nomem();

	for (uint32_t i = 0; maps && i < e->worker_count; i++)
		node_map_release(&maps[i]);
	free(maps);
	return err;
}

/* --- the report */

static int encode_order_skips(const void *a, const void *b)
{
	const struct encode_skip *x = a, *y = b;

	return by_number(x->unit, y->unit) ?: by_number(x->offset, y->offset);
}

static struct rebtf_error *encode_make_report(const struct encoding *e,
					      struct encode_report *report)
{
	for (uint32_t i = 0; i < e->worker_count; i++) {
		const struct encode_worker *worker = &e->workers[i];

		report->excluded_units += worker->excluded;
		for (int reason = 0; reason < SKIP_REASONS; reason++)
			report->skip_counts[reason] += worker->types.skip_counts[reason];
		if (!encode_skip_vector_extend(&report->skips, worker->types.skips.items,
					       worker->types.skips.count))
			return error_nomem();
	}
	report->unit_count = e->units.count;
	if (report->skips.count)
		qsort(report->skips.items, report->skips.count, sizeof(*report->skips.items),
		      encode_order_skips);
	return NULL;
}

struct rebtf_error *encode_object(const struct encode_object *object,
				  const struct encode_options *options,
				  struct encode_report *report, struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *all = NULL, *deduplicated = NULL;
	_cleanup_(encoding_release) struct encoding e = {
		.object = object, .options = options, .report = report, .failed_unit = UINT32_MAX
	};

	TRY(encode_read_units(&e));
	if (report)
		TRY(encode_make_report(&e, report));
	encode_release_readers(&e);
	TRY(encode_merge_and_build(&e, &all));
	if (!options->sort)
		return dedup_types(all, btf, NULL);
	TRY(dedup_types(all, &deduplicated, NULL));
	return rebtf_sort(deduplicated, btf);
}
