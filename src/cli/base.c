/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens the bases that the command line names. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base.h"
#include "cli/directory.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernels.h"
#include "cli/stdin.h"

void base_init(struct base *base, const struct options *options)
{
	*base = (struct base){ .options = options, .lock = PTHREAD_MUTEX_INITIALIZER };
}

void base_release(struct base *base)
{
	rebtf_btf_unref(base->btf);
	rebtf_error_free(base->err);
}

/*
 * With --root, a release is the kernel that is installed below that directory. An existing file of its
 * name is none.
 */
static struct rebtf_error *base_open_below(const struct options *options, const char *where,
					   struct rebtf_btf **btf)
{
	if (options->root && where && !stdin_is(where) && !strchr(where, '/') &&
	    (access(where, F_OK) || is_directory(where)))
		return kernels_open_installed(options->root, where, btf);
	return kernels_open(where, btf);
}

/* Replaces @base->btf by the BTF of a module over it. */
static struct rebtf_error *base_open_over(struct base *base, const char *path)
{
	GUARD(module) struct rebtf_module *module = NULL;
	struct rebtf_btf *btf;

	TRY(kernels_open_module(path, REBTF_READING_SPLIT, &module));
	TRY(rebtf_module_btf(module, base->btf, &btf));
	rebtf_btf_unref(base->btf);
	base->btf = btf;
	return NULL;
}

static struct rebtf_error *base_open_all(struct base *base)
{
	const struct options *options = base->options;

	if (options->kernel)
		return kernels_open_installed(options->root, options->kernel, &base->btf);
	TRY(base_open_below(options, options->base, &base->btf));
	for (size_t i = 0; i < options->over_count; i++)
		TRY(base_open_over(base, options->over[i]));
	return NULL;
}

static struct rebtf_error *base_try(struct base *base)
{
	struct rebtf_error *err = base_open_all(base);

	if (err && rebtf_error_code(err) == REBTF_ERR_NOMEM) {
		rebtf_btf_unref(base->btf);
		base->btf = NULL;
		return err;
	}
	base->tried = true;
	base->err = err;
	return NULL;
}

struct rebtf_error *base_get(struct base *base, struct rebtf_btf **btf)
{
	struct rebtf_error *err = NULL;

	pthread_mutex_lock(&base->lock);
	if (!base->tried)
		err = base_try(base);
	*btf = base->err ? NULL : base->btf;
	pthread_mutex_unlock(&base->lock);
	return err;
}

bool base_open(struct base *base, struct rebtf_btf **btf)
{
	base->err = base_get(base, btf) ?: base->err;
	if (!base->err ||
	    (base->options->kernel && rebtf_error_code(base->err) == REBTF_ERR_NO_BTF))
		return true;
	base_print_error(base);
	return false;
}

struct rebtf_error *base_error(const struct base *base)
{
	GUARD(memory) char *text = rebtf_error_text(base->err);

	return text ? rebtf_error_new(rebtf_error_code(base->err), NULL, NULL, text)
		    : rebtf_error_nomem();
}

void base_print_error(struct base *base)
{
	print_error(base->err);
	base->err = NULL;
	if (!base->options->base && !base->options->kernel)
		fputs("rebtf: without --base, the running kernel is the base: name another one with --base\n",
		      stderr);
}

struct rebtf_btf *base_named(const struct base *base)
{
	return base->options->base || base->options->kernel ? base->btf : NULL;
}

struct rebtf_btf *base_open_old(const struct options *options)
{
	struct rebtf_btf *btf = NULL;
	struct rebtf_error *err = base_open_below(options, options->old_base, &btf);

	if (err)
		print_error(err);
	return btf;
}
