/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as a file with BTF in it, read as a module (ELF, raw, either compressed) and as a
 * kernel image. A module that opens is written again; what was written must open.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rebtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Errors are welcome, if they can be said. */
static bool ok(struct rebtf_error *err)
{
	if (!err)
		return true;
	free(rebtf_error_text(err));
	rebtf_error_free(err);
	return false;
}

static void write_again(const struct rebtf_module *module, const struct rebtf_btf *btf)
{
	const struct rebtf_module_output output = {
		.btf = btf,
		.form = rebtf_base(btf) ? REBTF_FORM_DISTILLED : REBTF_FORM_STANDALONE,
		.distilled_base = rebtf_base(btf),
		.flags = REBTF_MODULE_STRIP_SIGNATURE,
	};
	struct rebtf_module *again;
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/rebtf-fuzz-%d", getpid());
	if (ok(rebtf_module_write(module, path, &output))) {
		if (!ok(rebtf_module_open(path, &again)))
			abort();
		rebtf_module_free(again);
		unlink(path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);
	struct rebtf_module *module;
	enum rebtf_form form;
	struct rebtf_btf *btf;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (ok(rebtf_module_open(path, &module))) {
		ok(rebtf_module_form(module, NULL, &form));
		if (ok(rebtf_module_btf(module, NULL, &btf))) {
			write_again(module, btf);
			rebtf_unref(btf);
		}
		rebtf_module_free(module);
	}
	if (ok(rebtf_kernel_open(path, &btf)))
		rebtf_unref(btf);
	close(fd);
	return 0;
}
