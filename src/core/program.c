/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The records of a BPF object: sorted, and found by instruction. */
#include <string.h>

#include "core/relo.h"
#include "core/program.h"
#include "util/order.h"

struct rebtf_error *program_new(const char *path, struct rebtf_program **program)
{
	struct rebtf_program *p = calloc(1, sizeof(*p));

	if (!p)
		return error_nomem();
	p->path = strdup(path);
	if (!p->path) {
		free(p);
		return error_nomem();
	}
	*program = p;
	return NULL;
}

void rebtf_program_free(struct rebtf_program *p)
{
	if (!p)
		return;
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++)
		program_records_release(&p->records[part]);
	btf_ext_release(&p->ext);
	program_codes_release(&p->codes);
	program_externs_release(&p->externs);
	program_addresses_release(&p->addresses);
	rebtf_btf_unref(p->btf);
	if (p->close)
		p->close(p->file);
	free(p->path);
	free(p);
}

const struct rebtf_btf *rebtf_program_btf(const struct rebtf_program *program)
{
	return program->btf;
}

const char *rebtf_program_path(const struct rebtf_program *program)
{
	return program->path;
}

static int program_compare_codes(const void *a, const void *b)
{
	const struct program_code *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static int program_compare_externs(const void *a, const void *b)
{
	const struct program_extern *left = a, *right = b;

	return strcmp(left->name, right->name);
}

const struct program_extern *program_find_extern(const struct rebtf_program *p, const char *name)
{
	const struct program_extern key = { .name = name };

	return p->externs.count ? bsearch(&key, p->externs.items, p->externs.count, sizeof(key),
					  program_compare_externs)
				: NULL;
}

static int program_compare_addresses(const void *a, const void *b)
{
	const struct program_address *left = a, *right = b;

	return by_number(left->section, right->section);
}

const struct program_address *program_addresses_in(const struct rebtf_program *p, uint32_t section,
						   size_t *count)
{
	const struct program_addresses *all = &p->addresses;
	size_t first = 0, end = all->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (all->items[middle].section < section)
			first = middle + 1;
		else
			end = middle;
	}
	while (end < all->count && all->items[end].section == section)
		end++;
	*count = end - first;
	return *count ? &all->items[first] : NULL;
}

/* In the order of the file if all else is equal: records are consecutive in memory. */
static int program_compare_records(const void *a, const void *b)
{
	const struct program_record *left = a, *right = b;

	return by_number(left->code, right->code)
		       ?: by_number(left->insn_off, right->insn_off)
		       ?: by_number((uintptr_t)left->record, (uintptr_t)right->record);
}

static struct rebtf_error *program_add_list(struct rebtf_program *p, enum btf_ext_part part,
					    const struct btf_ext_list *list)
{
	struct program_code key = { .name = btf_string(p->btf, list->name_off) };
	const struct program_code *code = NULL;

	if (p->codes.count)
		code = bsearch(&key, p->codes.items, p->codes.count, sizeof(key),
			       program_compare_codes);
	if (!code)
		return error_new(REBTF_ERR_FORMAT, "records for section '%.64s', which has no code",
				 key.name);
	for (uint32_t i = 0; i < list->count; i++) {
		/* All kinds of records start with the offset. */
		const uint32_t *record = btf_ext_record(&p->ext, part, list, i);
		struct program_record entry = {
			.code = (uint32_t)(code - p->codes.items),
			.insn_off = *record,
			.record = record,
		};

		if (*record % RELO_INSN_SIZE || *record >= code->size)
			return error_new(
				REBTF_ERR_FORMAT,
				"section '%.64s': no instruction at offset %u (the section "
				"has %zu bytes)",
				key.name, *record, code->size);
		program_records_append(&p->records[part], entry);
	}
	return p->records[part].failed ? error_nomem() : NULL;
}

static struct rebtf_error *program_read_records(struct rebtf_program *p, const void *data,
						size_t size)
{
	TRY(btf_ext_read(data, size, p->btf, &p->ext));
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++) {
		const struct btf_ext_lists *lists = &p->ext.parts[part].lists;
		struct program_records *records = &p->records[part];

		for (size_t i = 0; i < lists->count; i++)
			TRY(program_add_list(p, part, &lists->items[i]));
		if (part != BTF_EXT_RELOS && records->count)
			qsort(records->items, records->count, sizeof(*records->items),
			      program_compare_records);
	}
	return NULL;
}

struct rebtf_error *program_read_ext(struct rebtf_program *p, const void *data, size_t size)
{
	if (p->codes.count)
		qsort(p->codes.items, p->codes.count, sizeof(*p->codes.items),
		      program_compare_codes);
	if (p->externs.count)
		qsort(p->externs.items, p->externs.count, sizeof(*p->externs.items),
		      program_compare_externs);
	if (p->addresses.count)
		qsort(p->addresses.items, p->addresses.count, sizeof(*p->addresses.items),
		      program_compare_addresses);
	return size ? error_at(program_read_records(p, data, size), p->path, ".BTF.ext") : NULL;
}

/* The index of the first record that comes after @key. */
static size_t program_upper_bound(const struct program_records *records,
				  const struct program_record *key)
{
	size_t first = 0, end = records->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (program_compare_records(&records->items[middle], key) <= 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

const void *program_find_record(const struct rebtf_program *p, enum btf_ext_part part,
				uint32_t code, uint32_t insn_off)
{
	const struct program_records *records = &p->records[part];
	const struct program_record key = { code, insn_off, (const void *)UINTPTR_MAX };
	size_t end = program_upper_bound(records, &key);

	return end && records->items[end - 1].code == code ? records->items[end - 1].record : NULL;
}

size_t program_first_record(const struct rebtf_program *p, enum btf_ext_part part, uint32_t code)
{
	const struct program_record key = { code, 0, NULL };

	return program_upper_bound(&p->records[part], &key);
}

const char *program_function(const struct rebtf_program *p, uint32_t code, uint32_t insn_off)
{
	const struct btf_ext_func *func = program_find_record(p, BTF_EXT_FUNCS, code, insn_off);

	return func ? rebtf_btf_type_name(p->btf, btf_type(p->btf, func->type_id))
		    : p->codes.items[code].name;
}
