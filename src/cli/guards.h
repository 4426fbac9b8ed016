/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Scope guards over the library's _free functions: "GUARD(module) struct rebtf_module *m = NULL;"
 * frees m when its scope ends. TRY returns an error to the caller.
 */
#ifndef REBTF_CLI_GUARDS_H
#define REBTF_CLI_GUARDS_H

#include <stdlib.h>

#include "rebtf.h"

#define GUARD(object) __attribute__((cleanup(guard_##object)))

static inline void guard_memory(void *p)
{
	free(*(void **)p);
}

static inline void guard_btf(struct rebtf_btf **btf)
{
	rebtf_btf_unref(*btf);
}

static inline void guard_module(struct rebtf_module **module)
{
	rebtf_module_free(*module);
}

static inline void guard_link(struct rebtf_link **link)
{
	rebtf_link_free(*link);
}

static inline void guard_transform(struct rebtf_transform **transform)
{
	rebtf_transform_free(*transform);
}

static inline void guard_loading(struct rebtf_loading **loading)
{
	rebtf_loading_free(*loading);
}

static inline void guard_encoding(struct rebtf_encoding **encoding)
{
	rebtf_encoding_free(*encoding);
}

static inline void guard_ids(struct rebtf_ids **ids)
{
	rebtf_ids_free(*ids);
}

static inline void guard_resolution(struct rebtf_resolution **resolution)
{
	rebtf_resolution_free(*resolution);
}

static inline void guard_diff(struct rebtf_diff **diff)
{
	rebtf_diff_free(*diff);
}

static inline void guard_symbols(struct rebtf_symbols **symbols)
{
	rebtf_symbols_free(*symbols);
}

static inline void guard_loader(struct rebtf_loader **loader)
{
	rebtf_loader_free(*loader);
}

#define TRY(call)                                                                                  \
	do {                                                                                       \
		struct rebtf_error *try_error = (call);                                            \
		if (try_error)                                                                     \
			return try_error;                                                          \
	} while (0)

#endif
