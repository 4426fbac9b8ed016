/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Loads a library and its functions at run time. */
#include <dlfcn.h>
#include <string.h>

#include "module/library.h"
#include "util/cleanup.h"

static struct rebtf_error *library_find(const struct library *library, void *handle,
					const char *name, void *table)
{
	for (size_t i = 0; i < library->function_count; i++) {
		const struct library_function *function = &library->functions[i];
		void *address = dlsym(handle, function->name);

		if (!address)
			return error_new(REBTF_ERR_UNSUPPORTED, "%s, but %s has no %s()",
					 library->need, name, function->name);
		memcpy((char *)table + function->offset, &address, sizeof(address));
	}
	return NULL;
}

struct rebtf_error *library_load(const struct library *library, const char *const *names,
				 size_t count, void *table)
{
	_cleanup_free_ char *why = NULL;

	for (size_t i = 0; i < count; i++) {
		void *handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);

		if (handle)
			return library_find(library, handle, names[i], table);
		/* The first library is the expected one, so report its error. */
		if (!why)
			why = strdup(dlerror());
	}
	return error_new(REBTF_ERR_UNSUPPORTED, "%s, but loading it fails: %s", library->need,
			 why ?: "out of memory");
}
