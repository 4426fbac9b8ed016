/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf provide-vmlinux: puts the vmlinux that builds of external modules look for into a kernel's
 * build directory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernels.h"
#include "cli/options.h"
#include "cli/provided.h"

/* Whether a directory of $PATH has the program @name. */
static bool is_in_path(const char *name)
{
	const char *path = getenv("PATH");
	bool found = false;

	while (path && *path && !found) {
		size_t length = strcspn(path, ":");
		GUARD(memory) char *file = NULL;

		if (asprintf(&file, "%.*s/%s", (int)length, path, name) < 0)
			out_of_memory();
		found = !access(file, X_OK);
		path += length + (path[length] == ':');
	}
	return found;
}

/* With a vmlinux, builds fail if a program that they run for BTF is missing. */
static void warn_of_missing_programs(const struct options *options, const char *vmlinux)
{
	static const char resolver[] = "tools/bpf/resolve_btfids/resolve_btfids";
	const char *slash = strrchr(vmlinux, '/');
	int length = slash ? (int)(slash - vmlinux) : 0;
	GUARD(memory) char *file = NULL;

	if (!is_in_path("pahole"))
		fputs("rebtf: warning: pahole is not installed: builds of modules fail without it\n",
		      stderr);
	if (asprintf(&file, "%.*s/%s", length, vmlinux, resolver) < 0)
		out_of_memory();
	/* Below a root, a link may lead elsewhere than it does from here. */
	if (!options->root && access(file, X_OK))
		fprintf(stderr,
			"rebtf: warning: %s: missing: builds of modules fail without it, unless make gets "
			"RESOLVE_BTFIDS=PROGRAM\n",
			file);
}

static enum status run_provide_vmlinux(const struct options *options)
{
	const struct rebtf_vmlinux_options wanted = {
		.size = sizeof(wanted),
		.root = options->root,
		.path = options->out_dir,
		.cache_dir = kernels_cache_dir(),
		.remove = options->remove,
		.dry_run = options->dry_run,
	};
	GUARD(memory) char *path = NULL;
	enum rebtf_vmlinux_outcome outcome;
	struct rebtf_error *err = rebtf_kernel_provide_vmlinux(options->kernel, &wanted, &outcome,
							       &path);

	if (err) {
		print_error(err);
		return STATUS_TROUBLE;
	}
	provided_print(options, outcome, path);
	if (outcome == REBTF_VMLINUX_WRITTEN && !options->out_dir)
		warn_of_missing_programs(options, path);
	return STATUS_OK;
}

static const struct argp_option own_options[] = {
	{ "kernel", OPTION_KERNEL, "RELEASE", 0,
	  "The kernel, with the BTF of its installed image; by default the running kernel", 1 },
	{ "root", OPTION_ROOT, "DIR", 0, "The kernel is installed below DIR", 1 },
	{ "output", 'o', "FILE", 0, "Write FILE, not the vmlinux in the kernel's build directory",
	  1 },
	{ "remove", OPTION_REMOVE, NULL, 0, "Remove the file again, if rebtf wrote it", 1 },
	DRY_RUN_OPTION,
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only errors", 2 },
	{}
};

static const struct argp_child children[] = { { .argp = &cache_argp }, {} };

const struct verb verb_provide_vmlinux = {
	.name = "provide-vmlinux",
	.summary = "let builds of modules make BTF",
	.writes = true,
	.argp = {
		.options = own_options,
		.parser = parse_verb_without_files,
		.doc = "Writes the file without which builds of external modules, by DKMS for instance, make "
		       "no BTF: \"vmlinux\" in the kernel's build directory, /lib/modules/RELEASE/build. It "
		       "has the kernel's BTF, but no code. A vmlinux that rebtf did not write stays as it is."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf provide-vmlinux\n"
		       "  rebtf provide-vmlinux --kernel 6.1.0-56-amd64\n"
		       "  rebtf provide-vmlinux --kernel 6.1.0-56-amd64 --remove\n",
		.children = children,
	},
	.run = run_provide_vmlinux,
};
