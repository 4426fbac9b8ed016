/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares the arguments that programs read from their context with the prototype of their target.
 *
 * Source: btf_ctx_access() and get_ctx_arg_idx() in kernel/bpf/btf.c of Linux 6.1 and 6.12. Kernels
 * before 6.1 do not attach programs to functions with structs by value, and agree about all others.
 */
#include <stdio.h>

#include "btf/resolve.h"
#include "core/core_context.h"
#include "graph/spell.h"

#define CONTEXT_SLOT 8

/*
 * Kernels attach to no function with more parameters. Source: MAX_BPF_FUNC_ARGS in the kernel's
 * include/linux/bpf.h; a tracepoint has one more.
 */
#define CONTEXT_PARAMS_MAX 13

/* The context of a target: offsets in bytes. */
struct core_context {
	const struct rebtf_btf *btf;
	uint32_t proto;	       /* id of its prototype */
	uint32_t skipped;      /* first parameters that are not in the context */
	uint32_t count;	       /* arguments */
	uint64_t return_value; /* starts here, behind the arguments */
	uint64_t end;
};

/* Sets the prototype of a target: a function, or the type btf_trace_NAME of a tracepoint. */
static bool context_prototype(struct core_context *c, uint32_t target)
{
	const struct rebtf_type *t = btf_type(c->btf, target);

	if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF) {
		t = btf_type(c->btf, t->type);
		if (rebtf_type_kind(t) != REBTF_KIND_PTR)
			return false;
		/* void *__data */
		c->skipped = 1;
	}
	c->proto = t->type;
	t = btf_type(c->btf, c->proto);
	if (rebtf_type_kind(t) != REBTF_KIND_FUNC_PROTO || rebtf_type_vlen(t) < c->skipped ||
	    rebtf_type_vlen(t) > CONTEXT_PARAMS_MAX)
		return false;
	c->count = rebtf_type_vlen(t) - c->skipped;
	return true;
}

/* Adds the slots of a parameter or return value to @offset. Returns false if it has no size. */
static bool context_add(const struct rebtf_btf *btf, uint32_t id, uint64_t *offset)
{
	uint64_t size;

	if (!resolve_size(btf, id, CONTEXT_SLOT, &size) || size > UINT32_MAX)
		return false;
	*offset += (size + CONTEXT_SLOT - 1) / CONTEXT_SLOT * CONTEXT_SLOT;
	return true;
}

/* Returns false if no kernel attaches a program to that target, or its context is not known. */
static bool context_of(struct core_context *c, uint32_t target, bool returned)
{
	const struct rebtf_param *params;
	uint32_t result;

	if (!context_prototype(c, target))
		return false;
	params = rebtf_params(btf_type(c->btf, c->proto));
	for (uint32_t i = 0; i < c->count; i++) {
		if (!context_add(c->btf, params[c->skipped + i].type, &c->return_value))
			return false;
	}
	c->end = c->return_value;
	result = btf_type(c->btf, c->proto)->type;
	if (!returned)
		return true;
	if (!resolve_skip(c->btf, FAMILY_ALIAS, &result))
		return false;
	return !result || context_add(c->btf, result, &c->end);
}

static const char *context_reason(struct rebtf_core *core, const struct core_context *c,
				  bool returned, const char *name, uint32_t insn, int64_t offset)
{
	char proto[SPELLING_MAX] = "...", or_value[64] = "";
	uint64_t work = 0;
	uint32_t number;

	if (offset < 0 || offset % CONTEXT_SLOT)
		return core_keepf(core,
				  "instruction %u reads its context at offset %lld, where no "
				  "argument starts",
				  insn, (long long)offset);
	number = c->count + 1 + (uint32_t)(((uint64_t)offset - c->return_value) / CONTEXT_SLOT);
	if (returned)
		snprintf(or_value, sizeof(or_value), " (or a return value after %u)", number - 1);
	if (core->reason_budget)
		spell_type(c->btf, c->proto, proto, &work);
	core->reason_budget -= work < core->reason_budget ? work : core->reason_budget;
	return core_keepf(
		core,
		"instruction %u reads argument %u%s, but the kernel's %.255s has %u%s%s: '%s'",
		insn, number, or_value, name, c->count,
		returned && c->end == c->return_value ? " and no return value" : "",
		c->skipped ? " after the first" : "", proto);
}

/* The first read at or behind that instruction. */
static size_t context_first_read(const struct insn_reads *reads, uint32_t insn)
{
	size_t first = 0, end = reads->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (reads->items[middle].insn < insn)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

struct rebtf_error *core_check_context(struct rebtf_core *core, struct core_code *code, size_t func,
				       const struct attach_rule *a, const struct rebtf_btf *btf,
				       struct rebtf_core_answer *answer)
{
	const struct program_records *funcs = &core->program->records[BTF_EXT_FUNCS];
	const struct program_record *at = &funcs->items[func];
	bool is_last = func + 1 == funcs->count || funcs->items[func + 1].code != at->code;
	uint32_t start = at->insn_off / RELO_INSN_SIZE;
	uint32_t end = is_last ? UINT32_MAX : funcs->items[func + 1].insn_off / RELO_INSN_SIZE;
	struct core_context c = { .btf = btf };
	const struct insn_reach *reach;

	TRY(core_code_reach(code, at->code, &reach));
	if (!reach || !context_of(&c, answer->id, a->returned))
		return NULL;
	for (size_t i = context_first_read(&reach->reads, start); i < reach->reads.count; i++) {
		const struct insn_read *read = &reach->reads.items[i];

		if (read->insn >= end)
			break;
		if (read->offset >= 0 && (uint64_t)read->offset < c.end &&
		    read->offset % CONTEXT_SLOT == 0)
			continue;
		answer->verdict = REBTF_CORE_CHANGED;
		answer->reason =
			context_reason(core, &c, a->returned,
				       btf_string(btf, btf_type(btf, answer->id)->name_off),
				       read->insn - start, read->offset);
		core_locate(answer, core->program,
			    &(struct program_record){
				    .code = at->code,
				    .insn_off = read->insn * RELO_INSN_SIZE,
			    });
		break;
	}
	return NULL;
}
