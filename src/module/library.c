/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Loads a library and its functions at run time. */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "module/library.h"
#include "util/cleanup.h"

static struct rebtf_error *library_find(const struct library *library, void *handle,
					const char *file)
{
	for (size_t i = 0; library->functions[i]; i++) {
		void *address = dlsym(handle, library->functions[i]);

		if (!address)
			return error_new(REBTF_ERR_UNSUPPORTED, "%s, but %s has no %s()",
					 library->need, file, library->functions[i]);
		memcpy((char *)library->table + i * sizeof(address), &address, sizeof(address));
	}
	return NULL;
}

static struct rebtf_error *library_load(const struct library *library)
{
	_cleanup_free_ char *why = NULL;

	for (size_t i = 0; library->files[i]; i++) {
		void *handle = dlopen(library->files[i], RTLD_NOW | RTLD_LOCAL);

		if (handle)
			return library_find(library, handle, library->files[i]);
		/* The first file is the expected one, so report its error. */
		if (!why)
			why = strdup(dlerror());
	}
	return error_new(REBTF_ERR_UNSUPPORTED, "%s, but loading it fails: %s", library->need,
			 why ?: "out of memory");
}

struct rebtf_error *library_get(struct library *library)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (!library->is_tried)
		library->error = library_load(library);
	library->is_tried = true;
	pthread_mutex_unlock(&lock);
	if (!library->error)
		return NULL;
	/* Each caller frees its error, so each gets a copy. */
	return error_new(library->error->code, "%s", library->error->message);
}
