/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on BPF programs and their wants from a kernel (operations.h). */
#include <string.h>

#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

/* The file as a BPF program, and the base as a kernel with a module. */
struct core_world {
	struct rebtf_program *program;
	struct rebtf_set *set;
};

static void core_world_release(struct core_world *c)
{
	rebtf_program_free(c->program);
	rebtf_set_free(c->set);
}

#define _cleanup_core_world_ _cleanup_(core_world_release)

static struct rebtf_error *open_core_world(const struct world *w, struct core_world *c)
{
	TRY(rebtf_program_open(w->path, NULL, &c->program));
	TRY(rebtf_set_open(w->base, NULL, 0, NULL, &c->set));
	return w->split ? rebtf_set_add(c->set, "split", w->split) : NULL;
}

static struct rebtf_error *open_program(const struct world *w, struct results *r)
{
	struct rebtf_program *program;

	TRY(rebtf_program_open(w->path, NULL, &program));
	/* Each run has a directory of its own. */
	tell_number(r, !strcmp(rebtf_program_path(program), w->path));
	tell_number(r, rebtf_btf_type_count(rebtf_program_btf(program)));
	rebtf_program_free(program);
	return NULL;
}

static void tell_answer(const struct rebtf_core_answer *a, struct results *r)
{
	tell_text(r, rebtf_core_subject_name(a->subject));
	tell_text(r, rebtf_core_verdict_name(a->verdict));
	tell_text(r, rebtf_relo_kind_name(a->kind));
	tell_text(r, a->section);
	tell_text(r, a->function);
	tell_text(r, a->file);
	tell_text(r, a->source);
	tell_text(r, a->path);
	tell_text(r, a->reason);
	tell_number(r, a->insn);
	tell_number(r, a->new_value);
	tell_number(r, a->id);
}

static void tell_core(const struct rebtf_core *core, struct results *r)
{
	for (size_t i = 0; i < rebtf_core_count(core); i++)
		tell_answer(rebtf_core_at(core, i), r);
	tell_number(r, rebtf_core_failures(core));
}

static struct rebtf_error *check_program(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_core_options, options, .all_modules = true);
	_cleanup_core_world_ struct core_world c = {};
	struct rebtf_core *core;

	TRY(open_core_world(w, &c));
	TRY(rebtf_core_check(c.program, c.set, NULL, &core));
	tell_core(core, r);
	rebtf_core_free(core);
	TRY(rebtf_core_check(c.program, c.set, &options, &core));
	tell_core(core, r);
	rebtf_core_free(core);
	return NULL;
}

static struct rebtf_error *make_min_core(const struct world *w, struct results *r, bool split)
{
	REBTF_OPTIONS(rebtf_min_core_options, options, .split = split);
	_cleanup_core_world_ struct core_world c = {};
	const struct rebtf_program *program;
	struct rebtf_min_core *m;

	TRY(open_core_world(w, &c));
	program = c.program;
	TRY(rebtf_min_core(&program, 1, c.set, &options, &m));
	for (size_t i = 0; i < 2; i++)
		r->btf[i] = rebtf_min_core_btf(m, i) ? rebtf_btf_ref(rebtf_min_core_btf(m, i))
						     : NULL;
	tell_core(rebtf_min_core_missing(m, 0), r);
	rebtf_min_core_free(m);
	return NULL;
}

static struct rebtf_error *make_flat_min_core(const struct world *w, struct results *r)
{
	return make_min_core(w, r, false);
}

static struct rebtf_error *make_split_min_core(const struct world *w, struct results *r)
{
	return make_min_core(w, r, true);
}

/* A kernel with a module, and the later one without. */
static struct rebtf_error *compare_answers(const struct world *w, struct results *r)
{
	_cleanup_core_world_ struct core_world c = {};
	struct rebtf_set *later;
	struct rebtf_program_diff *diff = NULL;
	struct rebtf_error *err;

	TRY(open_core_world(w, &c));
	TRY(rebtf_set_open(w->new_base, NULL, 0, NULL, &later));
	err = rebtf_diff_program(c.program, c.set, later, &diff);
	for (size_t i = 0; !err && i < rebtf_program_diff_count(diff); i++) {
		const struct rebtf_program_change *change = rebtf_program_diff_at(diff, i);

		tell_answer(change->old_answer, r);
		tell_answer(change->new_answer, r);
		tell_number(r, change->breaks);
	}
	if (!err)
		tell_number(r, rebtf_program_diff_broken(diff));
	rebtf_program_diff_free(diff);
	rebtf_set_free(later);
	return err;
}

const struct operation core_operations[] = {
	{ "open a program", NEEDS_FILE, open_program },
	{ "check a program", NEEDS_BASE | NEEDS_FILE, check_program },
	{ "make minimal BTF", NEEDS_BASE | NEEDS_FILE, make_flat_min_core },
	{ "make split minimal BTF", NEEDS_BASE | NEEDS_FILE, make_split_min_core },
	{ "compare answers to a program", NEEDS_BASE | NEEDS_NEW_BASE | NEEDS_FILE,
	  compare_answers },
	{},
};
